//! XML as documents for providers need it: whole, escaped, without the characters that XML cannot carry.
//!
//! Invariant: writing never fails, and what is written is well-formed whatever the texts hold.

use quick_xml::events::{BytesStart, BytesText};
use std::borrow::Cow;

/// Can XML 1.0 carry this character at all?
#[must_use]
pub const fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

/// The text without the characters that XML cannot carry.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_xml_char) { Cow::Borrowed(text) } else { text.chars().filter(|c| is_xml_char(*c)).collect() }
}

/// An element's start and end, for what comes between them.
#[must_use]
pub fn tags(name: &str, attributes: &[(&str, &str)]) -> (String, String) {
    (format!("<{}>", &*start(name, attributes)), format!("</{name}>"))
}

/// An element without content.
#[must_use]
pub fn empty(name: &str, attributes: &[(&str, &str)]) -> String {
    format!("<{}/>", &*start(name, attributes))
}

/// An element that holds text.
#[must_use]
pub fn element(name: &str, attributes: &[(&str, &str)], text: &str) -> String {
    let text = clean(text);
    format!("<{}>{}</{name}>", &*start(name, attributes), &*BytesText::new(&text))
}

fn start<'a>(name: &'a str, attributes: &[(&str, &str)]) -> BytesStart<'a> {
    let mut start = BytesStart::new(name);
    for (attribute, value) in attributes {
        start.push_attribute((*attribute, &*clean(value)));
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_carry_is_left_out() {
        assert_eq!(clean("a\u{8}b\u{FFFF}c\u{1F}\u{FFFE}\u{0}d"), "abcd");
        assert_eq!(clean("L’Œil <Süd> & Söhne 🚑\t\n\r"), "L’Œil <Süd> & Söhne 🚑\t\n\r");
    }

    #[test]
    fn markup_in_texts_and_attributes_is_escaped() {
        assert_eq!(
            element("Say", &[("voice", "a\"<&'\u{1}")], "<b>&\u{7}"),
            "<Say voice=\"a&quot;&lt;&amp;&apos;\">&lt;b&gt;&amp;</Say>"
        );
        assert_eq!(empty("Hangup", &[]), "<Hangup/>");
        assert_eq!(tags("Gather", &[("hints", "a\nb")]), ("<Gather hints=\"a&#10;b\">".to_owned(), "</Gather>".to_owned()));
    }
}
