//! `messages.json`: which sentences a message holds and in which order, how long it may be, and how long a name in it may be.
//!
//! The engine reads limits and the lengths of parameters from here; that its messages keep to the order is tested.

use crate::wording::words::Parameter;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::LazyLock;

/// The file itself.
pub const TEXT: &str = include_str!("messages.json");

/// The rules of one message.
#[derive(Debug, Clone, Deserialize)]
pub struct MessageRule {
    /// Its parts in order: `a|b` is one of them, `a?` may be missing.
    pub parts: Vec<String>,
    /// Parts of which exactly one is said.
    #[serde(default)]
    pub exactly_one: Vec<String>,
    /// Parts that go, in this order, when the message is too long.
    #[serde(default)]
    pub leave_out: Vec<String>,
    /// Parts that never stand together.
    #[serde(default)]
    pub without: Vec<[String; 2]>,
    /// The key that must be named early.
    pub key: Option<char>,
    /// Until when it has been named, in seconds.
    pub key_by: Option<u32>,
    /// The sentence with the accepting key.
    pub before: Option<String>,
    /// How long the words before that sentence may take, in seconds.
    pub before_seconds: Option<u32>,
    /// How long the whole may take, in seconds.
    pub seconds: Option<u32>,
    /// Is it a text?
    #[serde(default)]
    pub sms: bool,
}

#[derive(Debug, Deserialize)]
struct ParameterRule {
    max: usize,
}

#[derive(Debug, Deserialize)]
struct File {
    parameters: HashMap<String, ParameterRule>,
    messages: HashMap<String, MessageRule>,
}

static RULES: LazyLock<Option<File>> = LazyLock::new(|| serde_json::from_str(TEXT).ok());

/// The rules of a message, by its name.
#[must_use]
pub fn of(message: &str) -> Option<&'static MessageRule> {
    RULES.as_ref()?.messages.get(message)
}

/// The names of all messages that have rules.
pub fn names() -> impl Iterator<Item = &'static str> {
    RULES.iter().flat_map(|rules| rules.messages.keys().map(String::as_str))
}

/// How many characters a parameter may have.
#[must_use]
pub fn characters_max(parameter: Parameter) -> usize {
    // A file that cannot be read (no test lets it through) leaves names at the length of the shortest rule.
    const WITHOUT_RULES: usize = 30;
    let rule = RULES.as_ref().and_then(|rules| rules.parameters.get(parameter.as_str()));
    rule.map_or(WITHOUT_RULES, |rule| rule.max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_can_be_read_and_knows_every_parameter() {
        let rules = RULES.as_ref().unwrap();
        let mut named: Vec<&str> = rules.parameters.keys().map(String::as_str).collect();
        let mut known = Parameter::ALL.map(Parameter::as_str);
        named.sort_unstable();
        known.sort_unstable();
        assert_eq!(named, known);
        assert_eq!(characters_max(Parameter::Incident), 40);
        assert_eq!(of("goodbye_safe").unwrap().seconds, Some(12));
        assert!(of("goodbye").is_none());
    }
}
