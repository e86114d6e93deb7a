//! Names and other people's words, made fit to be spoken and written: what a voice would spell, what breaks a document and
//! what hides the order of characters is left out, and what is too long is cut after a whole word.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Signs that a voice spells or stumbles over, beside control characters and pictures.
const NEVER_SPOKEN: &str = "<>&\"“”„«»*#\\|[]{}~^`@=_%/()!…–—;¡?؟？¿";

/// A name as a voice can say it: at most `characters_max` characters, no signs that a voice spells, no stop at its end.
#[must_use]
pub fn spoken(name: &str, characters_max: usize) -> String {
    let speakable = |c: char| !NEVER_SPOKEN.contains(c) && !is_picture(c);
    let words = whole_words(&keep(name, speakable), characters_max);
    words.trim_matches(|c: char| matches!(c, '.' | ',' | '-' | '。') || c.is_whitespace()).to_owned()
}

/// A name as it stands in a text: no control characters and no marks that turn the direction, so that the number behind
/// it cannot be hidden; not cut.
#[must_use]
pub fn written(name: &str) -> String {
    keep(name, |c| !matches!(c, '{' | '}'))
}

/// The first whole words that fit; a first word that does not is cut before a letter, never before its accent.
#[must_use]
pub fn whole_words(text: &str, characters_max: usize) -> String {
    let mut kept = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let space = usize::from(!kept.is_empty());
        let characters = word.chars().count();
        if length + space + characters > characters_max {
            break;
        }
        if space == 1 {
            kept.push(' ');
        }
        kept.push_str(word);
        length += space + characters;
    }
    if kept.is_empty() { letters(text.trim(), characters_max) } else { kept }
}

/// The first letters that fit, each with its accents.
fn letters(text: &str, characters_max: usize) -> String {
    let mut kept: Vec<char> = text.chars().take(characters_max).collect();
    let joins_on = |c: char| is_combining_mark(c) || matches!(c, '\u{200c}' | '\u{200d}');
    if text.chars().nth(characters_max).is_some_and(joins_on) {
        while kept.pop().is_some_and(joins_on) {}
    }
    kept.into_iter().collect()
}

/// Keeps letters that pass; everything else becomes a blank, and blanks become one.
fn keep(text: &str, passes: impl Fn(char) -> bool) -> String {
    let mut kept = String::with_capacity(text.len());
    for c in text.nfc() {
        let invisible = is_invisible(c);
        if !c.is_whitespace() && !invisible && passes(c) {
            kept.push(c);
        } else if !invisible || c.is_control() {
            kept.push(' ');
        }
    }
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Control and format characters, and what is no character at all. The joiners of Persian and the languages of India are
/// letters to them.
fn is_invisible(c: char) -> bool {
    let nothing = matches!(
        c.general_category(),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::PrivateUse
            | GeneralCategory::Surrogate
            | GeneralCategory::Unassigned
    );
    (nothing && !matches!(c, '\u{200c}' | '\u{200d}')) || c == '\u{fffd}'
}

fn is_picture(c: char) -> bool {
    c.general_category() == GeneralCategory::OtherSymbol || matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_fit_for_a_voice() {
        let check = |name: &str, expect: &str| assert_eq!(spoken(name, 30), expect);
        check("ACME", "ACME");
        check("L’Œil <Süd> & Söhne 🚑", "L’Œil Süd Söhne");
        check("  Anna\u{8}\u{ffff}  Meier\n", "Anna Meier");
        check("Beispiel Inc.", "Beispiel Inc");
        check("Müller/Meier (Berlin)", "Müller Meier Berlin");
        check("Jean-Luc O'Neill", "Jean-Luc O'Neill");
        check("Anna Meier?!", "Anna Meier");
        check("a{name}b", "a name b");
        check("\u{202e}reieM\u{202c}", "reieM");
        check("Maximilian Hohenstein von und zu Beispiel", "Maximilian Hohenstein von und");
        check("Donaudampfschifffahrtsgesellschaftskapitän", "Donaudampfschifffahrtsgesellsc");
        check("नमस्ते", "नमस्ते");
        check("🚑", "");
        check("", "");
    }

    #[test]
    fn a_cut_keeps_letters_whole() {
        let check = |text: &str, max: usize, expect: &str| assert_eq!(whole_words(text, max), expect);
        check("one two three", 7, "one two");
        check("one two three", 6, "one");
        check("one two three", 2, "on");
        check("x\u{302}x\u{302}", 3, "x\u{302}");
        check("x\u{302}x\u{302}", 0, "");
    }

    #[test]
    fn names_in_texts_keep_their_signs_but_cannot_hide_the_number() {
        let check = |name: &str, expect: &str| assert_eq!(written(name), expect);
        check("Müller & Söhne (Süd)", "Müller & Söhne (Süd)");
        check("ACME\r\nCall +1 900", "ACME Call +1 900");
        check("\u{202e}ACME\u{200f}\u{feff}", "ACME");
    }
}
