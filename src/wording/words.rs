//! A language file, read and checked: the sentences of one language, its digits and its names of languages.
//!
//! Promise: what is read here is whole. A file that lacks a sentence, or holds a placeholder that nobody knows, is left
//! out (a test says so long before), and its language falls back to the next one, at last to English.

use crate::model::language::LanguageTag;
use crate::wording::sentence::Sentence;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::LazyLock;

macro_rules! files {
    ($($language:literal)*) => {
        [$(($language, include_str!(concat!("words/", $language, ".json"))),)*]
    };
}

/// Every language file in the program: its name and its text. A new language is a file below `words/` and a word here.
pub const FILES: &[(&str, &str)] = &files![
    "ar" "ca" "cs" "da" "de" "el" "en" "es" "fi" "fr" "he" "hi" "hu" "id" "it" "ja" "ko" "nb" "nl" "pl"
    "pt" "ro" "ru" "sk" "sv" "th" "tr" "uk" "vi" "yue" "zh"
];

/// What stands in a sentence in place of a name or number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Parameter {
    /// The organisation, as it is spoken.
    Organisation,
    /// The traveller's or the duty officer's name.
    Name,
    /// The incident.
    Incident,
    /// The traveller's last known place.
    Place,
    /// The name of a language.
    Language,
    /// How many alerts are open.
    Count,
    /// A phone number in words.
    NumberSpoken,
    /// A phone number in digits.
    Number,
}

impl Parameter {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Organisation,
        Self::Name,
        Self::Incident,
        Self::Place,
        Self::Language,
        Self::Count,
        Self::NumberSpoken,
        Self::Number,
    ];

    /// As it stands between braces.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Organisation => "organisation",
            Self::Name => "name",
            Self::Incident => "incident",
            Self::Place => "place",
            Self::Language => "language",
            Self::Count => "count",
            Self::NumberSpoken => "number_spoken",
            Self::Number => "number",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|parameter| parameter.as_str() == word)
    }
}

/// A sentence with its placeholders found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Template(Vec<Piece>);

/// A part of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Words as they are.
    Text(Box<str>),
    /// To be replaced.
    Parameter(Parameter),
}

impl Template {
    /// Reads `Reason: {incident}.`
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            let (word, after) = behind.split_once('}').ok_or_else(|| format!("a brace is open in '{text}'"))?;
            let parameter = Parameter::from_word(word).ok_or_else(|| format!("unknown placeholder {{{word}}}"))?;
            if !before.is_empty() {
                pieces.push(Piece::Text(before.into()));
            }
            pieces.push(Piece::Parameter(parameter));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.into()));
        }
        let stray = |piece: &Piece| matches!(piece, Piece::Text(text) if text.contains(['{', '}']));
        if pieces.iter().any(stray) { Err(format!("a stray brace in '{text}'")) } else { Ok(Self(pieces)) }
    }

    /// The sentence with every placeholder replaced.
    pub(crate) fn fill<'a>(&self, value: impl Fn(Parameter) -> &'a str) -> String {
        let mut filled = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Parameter(parameter) => filled.push_str(value(*parameter)),
            }
        }
        filled
    }

    /// The sentence up to a key of the phone, the key included; None: it names no such key.
    pub(crate) fn up_to(&self, key: char) -> Option<Self> {
        let mut pieces = Vec::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => match text.split_once(key) {
                    Some((before, _)) => {
                        pieces.push(Piece::Text(format!("{before}{key}").into()));
                        return Some(Self(pieces));
                    }
                    None => pieces.push(piece.clone()),
                },
                Piece::Parameter(_) => pieces.push(piece.clone()),
            }
        }
        None
    }

    /// The sentence in two: before its last placeholder, where that is the given one and ends it, and nothing behind.
    pub(crate) fn without_last(&self, parameter: Parameter) -> Option<Self> {
        let (last, before) = self.0.split_last()?;
        (*last == Piece::Parameter(parameter)).then(|| Self(before.to_vec()))
    }
}

/// How far a language file is reviewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Review {
    /// Checked by the tests alone.
    Draft,
    /// Written by a native speaker, translated back by a second one.
    Translated,
    /// Played to strangers over a phone.
    Heard,
    /// Approved.
    Approved,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Direction {
    Ltr,
    Rtl,
}

/// A language file as it stands. Fields that only the checks need (`espeak`, `sms`, `never`) are not read.
#[derive(Deserialize)]
struct File {
    language: LanguageTag,
    name: String,
    status: Review,
    direction: Direction,
    plus: String,
    digits: [String; 10],
    languages: HashMap<String, String>,
    #[serde(default)]
    hints: Vec<String>,
    words: HashMap<String, String>,
}

/// All words of one language.
#[derive(Debug, Clone)]
pub struct Words {
    language: LanguageTag,
    name: String,
    review: Review,
    right_to_left: bool,
    plus: String,
    digits: [String; 10],
    languages: HashMap<String, String>,
    hints: Vec<String>,
    templates: Vec<Template>,
}

impl Words {
    /// Reads a language file.
    ///
    /// # Errors
    /// Says what the file lacks.
    pub fn read(json: &str) -> Result<Self, String> {
        let file: File = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let mut templates = Vec::with_capacity(Sentence::ALL.len());
        for sentence in Sentence::ALL {
            let text = file.words.get(sentence.key()).ok_or_else(|| format!("{} is missing", sentence.key()))?;
            templates.push(Template::read(text).map_err(|error| format!("{}: {error}", sentence.key()))?);
        }
        Ok(Self {
            language: file.language,
            name: file.name,
            review: file.status,
            right_to_left: file.direction == Direction::Rtl,
            plus: file.plus,
            digits: file.digits,
            languages: file.languages,
            hints: file.hints,
            templates,
        })
    }

    /// The words for a language, if there is a file that serves it: its own, that of its primary language, or that of the
    /// language it is a form of (`no` is served by `nb`, `zh-HK` by `yue`).
    #[must_use]
    pub fn of(tag: &LanguageTag) -> Option<&'static Self> {
        let served_by = served_by(tag);
        let named = |name: &str| CATALOGUE.iter().find(|words| words.language.as_str() == name);
        named(tag.as_str()).or_else(|| named(served_by)).or_else(|| named(tag.primary()))
    }

    /// English, the language of last resort.
    #[must_use]
    pub fn english() -> &'static Self {
        Self::of(&LanguageTag::english()).unwrap_or_else(|| &ENGLISH_IS_BROKEN)
    }

    /// The words for writing to somebody: in the wanted language, else in the first of the others that has a file, else in
    /// English.
    #[must_use]
    pub fn for_writing(wanted: &LanguageTag, others: &[LanguageTag]) -> &'static Self {
        std::iter::once(wanted).chain(others).find_map(Self::of).unwrap_or_else(Self::english)
    }

    /// All languages that have a file, in the order of [`FILES`].
    pub fn all() -> impl Iterator<Item = &'static Self> {
        CATALOGUE.iter()
    }

    /// The file's language.
    #[must_use]
    pub const fn language(&self) -> &LanguageTag {
        &self.language
    }

    /// The language's name for itself.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How far the file is reviewed.
    #[must_use]
    pub const fn review(&self) -> Review {
        self.review
    }

    /// Is it written from right to left?
    #[must_use]
    pub const fn is_right_to_left(&self) -> bool {
        self.right_to_left
    }

    /// How the plus of a phone number is said.
    #[must_use]
    pub fn plus(&self) -> &str {
        &self.plus
    }

    /// How a digit is said on the phone; nothing for other characters.
    #[must_use]
    pub fn digit(&self, digit: char) -> &str {
        let place = digit.to_digit(10).and_then(|value| usize::try_from(value).ok());
        place.and_then(|place| self.digits.get(place)).map_or("", String::as_str)
    }

    /// The name of a language in this one, if it is known here.
    #[must_use]
    pub fn name_of(&self, tag: &LanguageTag) -> Option<&str> {
        let known = self.languages.get(served_by(tag)).or_else(|| self.languages.get(tag.primary()));
        known.map(String::as_str)
    }

    /// Do these words serve that language?
    #[must_use]
    pub fn serve(&self, tag: &LanguageTag) -> bool {
        [tag.as_str(), served_by(tag), tag.primary()].contains(&self.language.as_str())
    }

    /// Words that an answer is likely to hold, for recognisers.
    #[must_use]
    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// A sentence of this language, its placeholders found.
    pub(crate) fn template(&self, sentence: Sentence) -> &Template {
        static NOTHING: Template = Template(Vec::new());
        self.templates.get(sentence.place()).unwrap_or(&NOTHING)
    }
}

/// The name of the file that serves a language whose own tag is not that of a file.
fn served_by(tag: &LanguageTag) -> &str {
    match (tag.primary(), tag.as_str()) {
        // Norwegian is written in two forms, and both readers take Bokmål.
        ("no" | "nn", _) => "nb",
        // Spoken Chinese of Hong Kong and Macau is Cantonese.
        (_, "zh-HK" | "zh-MO" | "zh-Hant-HK" | "zh-Hant-MO") => "yue",
        ("cmn", _) => "zh",
        // Tags that ISO 639 gave up and that phones still send.
        ("iw", _) => "he",
        ("in", _) => "id",
        (primary, _) => primary,
    }
}

static CATALOGUE: LazyLock<Vec<Words>> = LazyLock::new(|| FILES.iter().filter_map(|(_, json)| Words::read(json).ok()).collect());

/// Stands in for an English file that cannot be read, which no test lets through: nothing is said, and the keys work.
static ENGLISH_IS_BROKEN: LazyLock<Words> = LazyLock::new(|| Words {
    language: LanguageTag::english(),
    name: String::new(),
    review: Review::Draft,
    right_to_left: false,
    plus: String::new(),
    digits: Default::default(),
    languages: HashMap::new(),
    hints: Vec::new(),
    templates: Vec::new(),
});

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(text: &str) -> LanguageTag {
        LanguageTag::new(text).unwrap()
    }

    #[test]
    fn every_file_is_whole_and_bears_its_name() {
        for (name, json) in FILES {
            let words = Words::read(json).unwrap_or_else(|error| panic!("{name}.json: {error}"));
            assert_eq!(words.language.as_str(), *name);
        }
        assert_eq!(CATALOGUE.len(), FILES.len());
    }

    #[test]
    fn every_file_of_the_folder_is_in_the_program() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/wording/words");
        let mut there: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        there.sort();
        let listed: Vec<&str> = FILES.iter().map(|(name, _)| *name).collect();
        assert_eq!(listed, there, "words::FILES names each file of src/wording/words, in order");
    }

    #[test]
    fn a_broken_file_says_what_is_wrong() {
        let good = FILES.iter().find(|(name, _)| *name == "en").unwrap().1;
        let check = |from: &str, to: &str, expect: &str| {
            assert!(good.contains(from), "{from}");
            let error = Words::read(&good.replace(from, to)).unwrap_err();
            assert!(error.contains(expect), "{error}");
        };
        check("\"goodbye\":", "\"good_bye\":", "goodbye is missing");
        check("Hello, {name}.", "Hello, {naem}.", "hello.name: unknown placeholder {naem}");
        check("Hello, {name}.", "Hello, {name.", "hello.name: a brace is open");
        check("Hello, {name}.", "Hello, name}.", "hello.name: a stray brace");
        check("\"seven\", ", "", "length 10");
        assert!(Words::read("").is_err());
    }

    #[test]
    fn without_any_file_nothing_is_said_and_nothing_panics() {
        let broken = &*ENGLISH_IS_BROKEN;
        assert_eq!(broken.template(Sentence::HelpKey).fill(|_| "x"), "");
        assert_eq!((broken.digit('2'), broken.name_of(&tag("de"))), ("", None));
    }

    #[test]
    fn a_language_is_served_by_its_file_or_not_at_all() {
        let check = |asked: &str, expect: Option<&str>| {
            assert_eq!(Words::of(&tag(asked)).map(|words| words.language().as_str()), expect, "{asked}");
        };
        check("de", Some("de"));
        check("de-AT", Some("de"));
        check("en-GB", Some("en"));
        check("sw", None);
        assert_eq!(served_by(&tag("no")), "nb");
        assert_eq!(served_by(&tag("zh-HK")), "yue");
        assert_eq!(served_by(&tag("zh-TW")), "zh");
    }

    #[test]
    fn texts_are_written_in_the_next_language_that_has_words() {
        let check = |wanted: &str, others: &[&str], expect: &str| {
            let others: Vec<LanguageTag> = others.iter().map(|other| tag(other)).collect();
            assert_eq!(Words::for_writing(&tag(wanted), &others).language().as_str(), expect);
        };
        check("de", &["en"], "de");
        check("sw", &["de", "en"], "de");
        check("sw", &["am"], "en");
    }

    #[test]
    fn languages_have_names() {
        let german = Words::of(&tag("de")).unwrap();
        assert_eq!(german.name_of(&tag("no")), Some("Norwegisch"));
        assert_eq!(german.name_of(&tag("pt-BR")), Some("Portugiesisch"));
        assert_eq!(german.name_of(&tag("sw")), None);
        assert!(german.serve(&tag("de-CH")) && !german.serve(&tag("en")));
        assert_eq!(german.digit('2'), "zwei");
    }
}
