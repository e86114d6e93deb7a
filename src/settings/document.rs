//! Reads the text of a JSON document and refuses what JSON readers pass over in silence: a field that stands there twice.
//! Two readers would take two different ones, and with a phone number that is a wrong number dialled.

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::cell::RefCell;
use std::fmt;

/// Why a text is no document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// It is not JSON.
    #[error("not JSON: line {line}, column {column}")]
    NotJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// The same field twice in one object.
    #[error("the field {path} stands there twice")]
    DuplicateKey {
        /// Which.
        path: String,
    },
}

/// Reads a document. The order of its fields stays.
///
/// # Errors
/// It is not JSON (nested deeper than 127 included), or a field stands there twice; the first such field is named.
pub fn read_document(text: &str) -> Result<Value, DocumentError> {
    let duplicate = RefCell::new(None);
    let seed = Node { path: String::new(), duplicate: &duplicate };
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = seed.deserialize(&mut reader).and_then(|value| reader.end().map(|()| value));
    match (value, duplicate.into_inner()) {
        (_, Some(path)) => Err(DocumentError::DuplicateKey { path }),
        (Ok(value), None) => Ok(value),
        (Err(error), None) => Err(DocumentError::NotJson { line: error.line(), column: error.column() }),
    }
}

/// One value of the document, and where it stands.
struct Node<'a> {
    path: String,
    duplicate: &'a RefCell<Option<String>>,
}

impl Node<'_> {
    fn inner(&self, path: String) -> Self {
        Self { path, duplicate: self.duplicate }
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.inner(format!("{}[{}]", self.path, list.len())))? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let path = if self.path.is_empty() { name.clone() } else { format!("{}.{name}", self.path) };
            if object.contains_key(&name) {
                *self.duplicate.borrow_mut() = Some(path);
                return Err(A::Error::custom("the same field twice"));
            }
            let value = fields.next_value_seed(self.inner(path))?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expect: Result<&str, &str>) {
        let read = read_document(text).map(|value| value.to_string()).map_err(|error| error.to_string());
        assert_eq!(read, expect.map(str::to_owned).map_err(str::to_owned), "{text}");
    }

    #[test]
    fn documents_are_read_and_doubles_are_named() {
        check(r#"{"b": 1, "a": [true, null, -2, 1.5, "x"]}"#, Ok(r#"{"b":1,"a":[true,null,-2,1.5,"x"]}"#));
        check(r#"{"a": 1, "a": 2}"#, Err("the field a stands there twice"));
        check(r#"{"a": [{"phone": 1, "phone": 1}]}"#, Err("the field a[0].phone stands there twice"));
        check(r#"{"a": 1, "\u0061": 2}"#, Err("the field a stands there twice"));
        check("{", Err("not JSON: line 1, column 1"));
        check("", Err("not JSON: line 1, column 0"));
        check("{}\n{}", Err("not JSON: line 2, column 1"));
        check("{'a': 1}", Err("not JSON: line 1, column 2"));
        check(&"[".repeat(100_000), Err("not JSON: line 1, column 128"));
    }

    proptest! {
        #[test]
        fn reads_what_everybody_reads(text in r#"[\{\}\[\]",:a0 \\-]{0,24}"#) {
            let usual = serde_json::from_str::<Value>(&text);
            match read_document(&text) {
                Ok(value) => prop_assert_eq!(value, usual.unwrap()),
                Err(DocumentError::NotJson { .. }) => prop_assert!(usual.is_err()),
                Err(DocumentError::DuplicateKey { .. }) => {}
            }
        }
    }
}
