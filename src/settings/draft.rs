//! What was typed: a JSON document, read field by field, with every complaint collected and none of them in the way of
//! the next field. The document itself is kept as it was typed; this only looks.
//!
//! Null is the same as left out: forms send it, and a merge patch means it so.

use super::problems::{Problems, Wanted};
use serde_json::{Map, Value};
use std::ops::RangeInclusive;

/// A value in the document, and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Typed<'a> {
    pub(super) path: String,
    /// None: left out, or null.
    value: Option<&'a Value>,
}

/// An object whose fields are all known by name.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    path: String,
    map: Option<&'a Map<String, Value>>,
}

/// Keys of a document that nobody knows are shown, but no longer than this.
const SHOWN_KEY_CHARS_MAX: usize = 60;

impl<'a> Typed<'a> {
    /// The whole document.
    pub(super) fn root(document: &'a Value) -> Self {
        Self { path: String::new(), value: Some(document) }
    }

    pub(super) fn is_left_out(&self) -> bool {
        self.value.is_none_or(Value::is_null)
    }

    /// The value, where there is one.
    pub(super) fn value(&self) -> Option<&'a Value> {
        self.value.filter(|value| !value.is_null())
    }

    /// The value as this type; another type is a problem, none is None.
    fn typed<T>(&self, wanted: Wanted, read: impl FnOnce(&'a Value) -> Option<T>, found: &mut Problems) -> Option<T> {
        let value = self.value()?;
        let read = read(value);
        if read.is_none() {
            found.wrong_type(&self.path, wanted);
        }
        read
    }

    /// The fields of an object; those that are not known are named.
    pub(super) fn fields(&self, known: &[&str], found: &mut Problems) -> Fields<'a> {
        let map = self.typed(Wanted::Object, Value::as_object, found);
        for name in map.into_iter().flat_map(Map::keys).filter(|name| !known.contains(&name.as_str())) {
            found.unknown_field(&join(&self.path, &shown(name)), known);
        }
        Fields { path: self.path.clone(), map }
    }

    /// The entries of a list; None where it is left out or no list.
    pub(super) fn list(&self, found: &mut Problems) -> Option<Vec<Self>> {
        let list = self.typed(Wanted::List, Value::as_array, found)?;
        let entry = |(place, value)| Self { path: format!("{}[{place}]", self.path), value: Some(value) };
        Some(list.iter().enumerate().map(entry).collect())
    }

    /// The entries of an object whose names are free.
    pub(super) fn entries(&self) -> Vec<(&'a str, Self)> {
        let map = self.value().and_then(Value::as_object);
        let entry = |(name, value): (&'a String, &'a Value)| {
            (name.as_str(), Self { path: join(&self.path, &shown(name)), value: Some(value) })
        };
        map.into_iter().flatten().map(entry).collect()
    }

    /// A text without blanks at its ends, at most so long, without signs that nobody can show or speak.
    pub(super) fn text(&self, characters_max: usize, found: &mut Problems) -> Option<&'a str> {
        let text = self.typed(Wanted::Text, Value::as_str, found)?.trim();
        if text.chars().any(is_unspeakable) {
            found.control_characters(&self.path);
            return None;
        }
        if text.chars().count() > characters_max {
            found.too_long(&self.path, characters_max);
            return None;
        }
        Some(text)
    }

    /// The same, and it must be there.
    pub(super) fn needed_text(&self, characters_max: usize, found: &mut Problems) -> Option<&'a str> {
        if self.is_left_out() {
            found.missing(&self.path);
        }
        let text = self.text(characters_max, found)?;
        if text.is_empty() {
            found.missing(&self.path);
        }
        (!text.is_empty()).then_some(text)
    }

    /// A text that may be left out; an empty one counts as left out.
    pub(super) fn optional_text(&self, characters_max: usize, found: &mut Problems) -> Option<&'a str> {
        self.text(characters_max, found).filter(|text| !text.is_empty())
    }

    pub(super) fn flag(&self, default: bool, found: &mut Problems) -> bool {
        self.typed(Wanted::Flag, Value::as_bool, found).unwrap_or(default)
    }

    /// A whole number within bounds; None where it is left out, or a problem was found.
    pub(super) fn whole<N>(&self, bounds: RangeInclusive<N>, found: &mut Problems) -> Option<N>
    where
        N: TryFrom<i64> + PartialOrd + std::fmt::Display,
    {
        // Numbers beyond i64 are out of every bound here, and -1 stands for all of them.
        let whole = |value: &Value| value.as_i64().or_else(|| value.is_u64().then_some(-1));
        let number = self.typed(Wanted::WholeNumber, whole, found)?;
        let within = N::try_from(number).ok().filter(|number| bounds.contains(number));
        if within.is_none() {
            found.out_of_range(&self.path, &bounds.start().to_string(), &bounds.end().to_string());
        }
        within
    }

    /// A number within bounds; None where it is left out, or a problem was found.
    pub(super) fn number(&self, bounds: RangeInclusive<f64>, found: &mut Problems) -> Option<f64> {
        let number = self.typed(Wanted::Number, Value::as_f64, found)?;
        if !bounds.contains(&number) {
            found.out_of_range(&self.path, &bounds.start().to_string(), &bounds.end().to_string());
        }
        bounds.contains(&number).then_some(number)
    }

    /// One of a few words, each with its meaning.
    pub(super) fn word<T: Copy>(&self, words: &[(&str, T)], found: &mut Problems) -> Option<T> {
        let typed = self.typed(Wanted::Text, Value::as_str, found)?;
        let meaning = words.iter().find(|(word, _)| *word == typed).map(|(_, meaning)| *meaning);
        if meaning.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            found.unknown_value(&self.path, &known);
        }
        meaning
    }
}

impl<'a> Fields<'a> {
    pub(super) fn field(&self, name: &str) -> Typed<'a> {
        Typed { path: join(&self.path, name), value: self.map.and_then(|map| map.get(name)) }
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn shown(name: &str) -> String {
    name.chars().map(|sign| if is_unspeakable(sign) { '\u{FFFD}' } else { sign }).take(SHOWN_KEY_CHARS_MAX).collect()
}

/// Signs that no document can carry or no voice can speak: controls, line separators, and those that Unicode promises
/// never to assign (XML refuses U+FFFE and U+FFFF).
pub(super) fn is_unspeakable(sign: char) -> bool {
    let code = u32::from(sign);
    sign.is_control() || matches!(sign, '\u{2028}' | '\u{2029}' | '\u{FDD0}'..='\u{FDEF}') || code & 0xFFFE == 0xFFFE
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn codes(found: Problems) -> Vec<(String, &'static str)> {
        found.into_list().into_iter().map(|problem| (problem.path, problem.code)).collect()
    }

    #[test]
    fn every_field_is_looked_at_whatever_the_others_are() {
        let document = json!({"name": 1, "colour": 2, "a\u{0}b": 3, "list": {}, "flag": "yes", "number": 7.5, "big": u64::MAX});
        let mut found = Problems::none();
        let fields = Typed::root(&document).fields(&["name", "list", "flag", "number", "big", "left_out"], &mut found);
        assert_eq!(fields.field("name").needed_text(9, &mut found), None);
        assert!(fields.field("list").list(&mut found).is_none());
        assert!(fields.field("flag").flag(true, &mut found));
        assert_eq!(fields.field("number").whole(1..=9_u16, &mut found), None);
        assert_eq!(fields.field("big").whole(1..=9_u16, &mut found), None);
        assert_eq!(fields.field("left_out").whole(1..=9_u16, &mut found), None);
        let expect = [
            ("colour", "unknown_field"),
            ("a\u{FFFD}b", "unknown_field"),
            ("name", "wrong_type"),
            ("list", "wrong_type"),
            ("flag", "wrong_type"),
            ("number", "wrong_type"),
            ("big", "out_of_range"),
        ];
        assert_eq!(codes(found), expect.map(|(path, code)| (path.to_owned(), code)));
    }

    #[test]
    fn texts_lose_blanks_and_refuse_what_nobody_can_say() {
        let check = |text: &str, expect: Result<&str, &str>| {
            let document = json!({ "name": text });
            let mut found = Problems::none();
            let read = Typed::root(&document).fields(&["name"], &mut found).field("name").needed_text(5, &mut found);
            match expect {
                Ok(expect) => assert_eq!(read, Some(expect)),
                Err(code) => assert_eq!(codes(found), [("name".to_owned(), code)], "{text:?}"),
            }
        };
        check(" ACME ", Ok("ACME"));
        check("Œ🚑<&>", Ok("Œ🚑<&>"));
        check("ab cde", Err("too_long"));
        check("  ", Err("missing"));
        for sign in ['\u{0}', '\u{8}', '\u{1b}', '\u{85}', '\u{2028}', '\u{FFFF}', '\u{1FFFE}', '\u{FDD0}'] {
            check(&format!("a{sign}b"), Err("control_characters"));
        }
    }
}
