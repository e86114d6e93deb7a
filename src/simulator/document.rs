//! Reads call-control documents as strictly as Twilio documents them: what it does not know, it refuses, so that a wrong
//! document shows in the demo and in tests and not on a traveller's line.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use std::collections::BTreeMap;

/// One element with what stands in it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Element {
    /// Its name.
    pub name: String,
    /// Its attributes.
    pub attributes: BTreeMap<String, String>,
    /// The elements in it.
    pub children: Vec<Self>,
    /// The text in it.
    pub text: String,
}

impl Element {
    /// An attribute's value.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }

    /// An attribute that is a whole number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<u32> {
        self.attribute(name)?.parse().ok()
    }
}

/// Which elements may stand where: parent, child.
const LEGAL: [(&str, &[&str]); 5] = [
    ("Response", &["Say", "Pause", "Play", "Gather", "Dial", "Redirect", "Hangup", "Reject", "Message"]),
    ("Gather", &["Say", "Pause", "Play"]),
    ("Dial", &["Number"]),
    ("Say", &[]),
    ("Message", &[]),
];

/// The verbs of a document, in order.
///
/// # Errors
/// Says what is wrong with it, in Twilio's sense (12100: not well-formed; 12200: an element in the wrong place; 11750: too long).
pub fn read(text: &str) -> Result<Vec<Element>, String> {
    if text.len() > 64_000 {
        return Err("11750: the document has more than 64 kB".to_owned());
    }
    let mut reader = Reader::from_str(text);
    let mut stack = vec![Element::default()];
    loop {
        match reader.read_event().map_err(|error| format!("12100: {error}"))? {
            Event::Start(start) => stack.push(open(&start)?),
            Event::Empty(start) => {
                let element = open(&start)?;
                put(&mut stack, element)?;
            }
            Event::End(_) => {
                let element = stack.pop().unwrap_or_default();
                put(&mut stack, element)?;
            }
            Event::Text(piece) => {
                let piece = piece.xml10_content();
                if let Some(top) = stack.last_mut() {
                    top.text.push_str(&piece);
                }
            }
            Event::GeneralRef(name) => {
                let character = entity(&name.xml10_content())?;
                if let Some(top) = stack.last_mut() {
                    top.text.push(character);
                }
            }
            Event::Decl(_) | Event::Comment(_) => {}
            Event::Eof => break,
            Event::CData(_) | Event::PI(_) | Event::DocType(_) => {
                return Err("12100: only elements and text belong here".to_owned());
            }
        }
    }
    let mut root = stack.pop().ok_or("12100: no document")?;
    let whole = stack.is_empty() && root.children.len() == 1;
    let response = root.children.pop().filter(|_| whole);
    let response = response.ok_or("12100: the root is not one whole Response")?;
    Ok(response.children)
}

fn entity(name: &str) -> Result<char, String> {
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    let found = match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => match name.strip_prefix("#x") {
            Some(digits) => number(digits, 16),
            None => name.strip_prefix('#').and_then(|digits| number(digits, 10)),
        },
    };
    found.ok_or_else(|| format!("12100: unknown entity {name}"))
}

fn open(start: &BytesStart<'_>) -> Result<Element, String> {
    let name = start.name().as_ref().to_owned();
    let mut attributes = BTreeMap::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| format!("12100: {error}"))?;
        let key = attribute.key.as_ref().to_owned();
        let value = attribute.normalized_value(quick_xml::XmlVersion::Explicit1_0).map_err(|error| format!("12100: {error}"))?;
        attributes.insert(key, value.into_owned());
    }
    Ok(Element { name, attributes, ..Element::default() })
}

fn put(stack: &mut [Element], element: Element) -> Result<(), String> {
    let depth = stack.len();
    let Some(parent) = stack.last_mut() else { return Err("12100: an end without a beginning".to_owned()) };
    let legal = if depth == 1 {
        element.name == "Response"
    } else {
        LEGAL.iter().find(|(name, _)| *name == parent.name).is_some_and(|(_, children)| children.contains(&element.name.as_str()))
    };
    if !legal {
        return Err(format!("12200: <{}> has no place in <{}>", element.name, parent.name));
    }
    parent.children.push(element);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read_whole() {
        let verbs = read(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Gather numDigits=\"1\" action=\"https://a.example/?x=1&amp;y=2\">\
             <Say language=\"de-DE\">K&#xF6;ln &amp; mehr</Say></Gather><Hangup/></Response>",
        )
        .unwrap();
        assert_eq!(verbs[0].attribute("action"), Some("https://a.example/?x=1&y=2"));
        assert_eq!(verbs[0].children[0].text, "Köln & mehr");
        assert_eq!(verbs[1].name, "Hangup");
    }

    #[test]
    fn what_twilio_would_refuse_is_refused() {
        for wrong in [
            "",
            "<Response>",
            "<Response/><Response/>",
            "<Response><Dial><Say>x</Say></Dial></Response>",
            "<Response><Record/></Response>",
            "<!DOCTYPE x><Response/>",
            "<response/>",
            "<Response><Say>a & b</Say></Response>",
            "<Response><Say>&nbsp;</Say></Response>",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
