//! What is sent as a text: one sentence with the organisation in front and the emergency number at its end.
//!
//! Promise: at most 160 characters where the alphabet of texts (GSM 03.38) has them all, else at most 134 (two parts of
//! UCS-2). The organisation's name is cut for it, the number never.

use crate::model::effect::ReplyKind;
use crate::model::phone::PhoneNumber;
use crate::wording::sentence::Sentence;
use crate::wording::words::{Parameter, Words};
use crate::wording::{clean, number, rules};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Characters of a text in its own alphabet: one part.
pub const GSM7_UNITS_MAX: usize = 160;
/// UTF-16 units of any other text: two parts of 67.
pub const UCS2_UNITS_MAX: usize = 134;

/// The alphabet of texts; each character is one unit.
const GSM7: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿\
                    abcdefghijklmnopqrstuvwxyzäöñüà";
/// Its second page; each character is two units.
const GSM7_DOUBLE: &str = "^{}\\[~]|€\u{c}";

/// Which text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextKind {
    /// The status query, asked by text first.
    Question,
    /// A reply.
    Reply(ReplyKind),
    /// With the alert that a traveller was not reached.
    Unreached,
}

impl TextKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Question,
        Self::Reply(ReplyKind::Safe),
        Self::Reply(ReplyKind::Help),
        Self::Reply(ReplyKind::Medical),
        Self::Reply(ReplyKind::Travel),
        Self::Reply(ReplyKind::Unclear),
        Self::Reply(ReplyKind::Added),
        Self::Reply(ReplyKind::SharedPhone),
        Self::Reply(ReplyKind::NotSaved),
        Self::Unreached,
    ];

    /// Its sentence; in `messages.json` the message has the same name.
    #[must_use]
    pub const fn sentence(self) -> Sentence {
        match self {
            Self::Question => Sentence::SmsQuestion,
            Self::Reply(ReplyKind::Safe) => Sentence::SmsReplySafe,
            Self::Reply(ReplyKind::Help) => Sentence::SmsReplyHelp,
            Self::Reply(ReplyKind::Medical) => Sentence::SmsReplyMedical,
            Self::Reply(ReplyKind::Travel) => Sentence::SmsReplyTravel,
            Self::Reply(ReplyKind::Unclear) => Sentence::SmsReplyUnclear,
            Self::Reply(ReplyKind::Added) => Sentence::SmsReplyAdded,
            Self::Reply(ReplyKind::SharedPhone) => Sentence::SmsReplySharedPhone,
            Self::Reply(ReplyKind::NotSaved) => Sentence::SmsReplyNotSaved,
            Self::Unreached => Sentence::SmsUnreached,
        }
    }
}

/// A text, with what it needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text<'a> {
    /// Which.
    pub kind: TextKind,
    /// Does it belong to an exercise?
    pub exercise: bool,
    /// The organisation.
    pub organisation: &'a str,
    /// The organisation's emergency number.
    pub number: &'a PhoneNumber,
}

impl Text<'_> {
    /// The text in the words of a language.
    #[must_use]
    pub fn write(&self, words: &Words) -> String {
        let name = clean::whole_words(&clean::written(self.organisation), rules::characters_max(Parameter::Organisation));
        let number = number::written(self.number);
        let whole = self.filled(&name, &number, words);
        if fits(&whole) {
            return whole;
        }
        // A name with signs of another alphabet makes the text dear and short: first without its accents, then cut.
        let plain = without_accents(&name);
        let longest = plain.chars().count();
        let mut cut = (0..=longest).rev().map(|length| self.filled(&clean::whole_words(&plain, length), &number, words));
        cut.find(|text| fits(text)).unwrap_or_else(|| self.filled("", &number, words))
    }

    fn filled(&self, organisation: &str, number: &str, words: &Words) -> String {
        let value = |parameter: Parameter| match parameter {
            Parameter::Organisation => organisation,
            Parameter::Number => number,
            Parameter::Name
            | Parameter::Incident
            | Parameter::Place
            | Parameter::Language
            | Parameter::Count
            | Parameter::NumberSpoken => "",
        };
        let template = words.template(self.kind.sentence());
        let exercise = if self.exercise { words.template(Sentence::ExerciseText).fill(value) + " " } else { String::new() };
        match template.without_last(Parameter::Number).filter(|_| words.is_right_to_left()) {
            // On a line of its own and marked as left to right, the number keeps its order and its plus in front.
            Some(before) => format!("{exercise}{}\n\u{200e}{number}", before.fill(value).trim_end()),
            None => exercise + &template.fill(value),
        }
    }
}

/// Can the text be sent in its own alphabet?
#[must_use]
pub fn is_gsm7(text: &str) -> bool {
    text.chars().all(|c| GSM7.contains(c) || GSM7_DOUBLE.contains(c))
}

/// Its length in the units that count.
#[must_use]
pub fn units(text: &str) -> usize {
    if is_gsm7(text) {
        text.chars().map(|c| if GSM7_DOUBLE.contains(c) { 2 } else { 1 }).sum()
    } else {
        text.encode_utf16().count()
    }
}

fn fits(text: &str) -> bool {
    units(text) <= if is_gsm7(text) { GSM7_UNITS_MAX } else { UCS2_UNITS_MAX }
}

/// The name with the letters of the alphabet of texts, where it has a letter that looks alike.
fn without_accents(name: &str) -> String {
    const ALIKE: [(char, &str); 12] = [
        ('ł', "l"),
        ('Ł', "L"),
        ('đ', "d"),
        ('Đ', "D"),
        ('ı', "i"),
        ('œ', "oe"),
        ('Œ', "OE"),
        ('’', "'"),
        ('‘', "'"),
        ('–', "-"),
        ('—', "-"),
        ('\u{a0}', " "),
    ];
    let mut plain = String::new();
    for c in name.chars() {
        if GSM7.contains(c) || GSM7_DOUBLE.contains(c) {
            plain.push(c);
        } else if let Some((_, alike)) = ALIKE.iter().find(|(letter, _)| *letter == c) {
            plain.push_str(alike);
        } else {
            plain.extend(std::iter::once(c).nfd().filter(|part| !is_combining_mark(*part)));
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::language::LanguageTag;
    use proptest::prelude::*;

    fn number() -> PhoneNumber {
        PhoneNumber::from_e164("+493023125010").unwrap()
    }

    fn write(language: &str, kind: TextKind, organisation: &str, exercise: bool) -> String {
        let words = Words::of(&LanguageTag::new(language).unwrap()).unwrap();
        Text { kind, exercise, organisation, number: &number() }.write(words)
    }

    #[test]
    fn a_text_says_who_writes_and_ends_with_the_number() {
        assert_eq!(
            write("en", TextKind::Reply(ReplyKind::Safe), "ACME", false),
            "ACME: noted, you are safe. If you need help, reply 2 or call +49 30 23125010"
        );
        assert_eq!(
            write("de", TextKind::Question, "ACME", true),
            "ÜBUNG. ACME, Statusabfrage zu Ihrer Sicherheit. Wenn Sie Hilfe brauchen: Antwort 2. In Sicherheit: Antwort 1. \
             Oder Anruf: +49 30 23125010"
        );
    }

    #[test]
    fn names_give_way_to_the_number() {
        let check = |organisation: &str, begins: &str| {
            let text = write("de", TextKind::Reply(ReplyKind::Help), organisation, true);
            assert!(text.starts_with(&format!("ÜBUNG. {begins}: Nachricht")), "{text}");
            assert!(text.ends_with("Anruf: +49 30 23125010"), "{text}");
            assert!(fits(&text), "{} units: {text}", units(&text));
        };
        check("ACME", "ACME");
        check("Beispiel Maschinenbau AG", "Beispiel Maschinenbau AG");
        check("Beispiel Maschinenwerke AG", "Beispiel Maschinenwerke");
        check("Škoda", "Skoda");
        check("Łódź 🚑", "Lodz");
        check("[ACME]", "[ACME]");
    }

    #[test]
    fn a_language_from_right_to_left_has_the_number_on_its_own_line() {
        let hebrew = crate::wording::words::FILES.iter().find(|(name, _)| *name == "en").unwrap().1;
        let words = Words::read(&hebrew.replace("\"ltr\"", "\"rtl\"")).unwrap();
        let kind = TextKind::Reply(ReplyKind::Safe);
        let text = Text { kind, exercise: false, organisation: "ACME", number: &number() }.write(&words);
        assert_eq!(text, "ACME: noted, you are safe. If you need help, reply 2 or call\n\u{200e}+49 30 23125010");
    }

    proptest! {
        #[test]
        fn whatever_the_name_the_text_is_short_and_ends_with_the_number(
            organisation in "\\PC{0,60}",
            digits in "[1-9][0-9]{6,14}",
            kind in proptest::sample::select(TextKind::ALL.to_vec()),
            exercise: bool,
            words in proptest::sample::select(Words::all().collect::<Vec<_>>()),
        ) {
            let number = PhoneNumber::from_e164(&format!("+{digits}")).unwrap();
            let text = Text { kind, exercise, organisation: &organisation, number: &number }.write(words);
            prop_assert!(text.ends_with(&number::written(&number)), "{}", text);
            prop_assert!(fits(&text), "{} units: {}", units(&text), text);
            prop_assert!(!text.contains(['{', '}']), "{}", text);
        }
    }
}
