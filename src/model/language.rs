//! BCP 47 language tags, as far as calls need them.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A well-formed BCP 47 tag of the shape `de`, `pt-BR`, `zh-Hant-TW`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LanguageTag(Box<str>);

impl LanguageTag {
    /// Reads a tag and puts its parts into their usual case (`PT_br` becomes `pt-BR`). None: not such a tag.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let mut parts = text.trim().split(['-', '_']);
        let primary = parts.next()?.to_ascii_lowercase();
        if !(2..=3).contains(&primary.len()) || !primary.bytes().all(|b| b.is_ascii_lowercase()) {
            return None;
        }
        let mut tag = primary;
        for part in parts {
            let letters = part.bytes().all(|b| b.is_ascii_alphabetic());
            tag.push('-');
            match part.len() {
                4 if letters => {
                    let (first, rest) = part.split_at(1);
                    tag.push_str(&first.to_ascii_uppercase());
                    tag.push_str(&rest.to_ascii_lowercase());
                }
                2 if letters => tag.push_str(&part.to_ascii_uppercase()),
                3 if part.bytes().all(|b| b.is_ascii_digit()) => tag.push_str(part),
                _ => return None,
            }
        }
        (tag.len() <= 12).then(|| Self(tag.into()))
    }

    /// English, the language of last resort.
    #[must_use]
    pub fn english() -> Self {
        Self("en".into())
    }

    /// The tag as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The primary language: `pt` of `pt-BR`.
    #[must_use]
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }
}

impl fmt::Display for LanguageTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for LanguageTag {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        Self::new(&text).ok_or_else(|| format!("'{text}' is not a language tag like de, pt-BR or zh-Hant"))
    }
}

impl From<LanguageTag> for String {
    fn from(tag: LanguageTag) -> Self {
        tag.0.into()
    }
}

/// The language of a call (rule 7): the traveller's tag if the list has it, else the first entry with the same
/// primary language, else the first entry. An empty list, which settings cannot have, yields English.
#[must_use]
pub fn choose_language(wanted: Option<&LanguageTag>, offered: &[LanguageTag]) -> LanguageTag {
    let same = |wanted: &LanguageTag| offered.iter().find(|tag| *tag == wanted);
    let kin = |wanted: &LanguageTag| offered.iter().find(|tag| tag.primary() == wanted.primary());
    wanted
        .and_then(|tag| same(tag).or_else(|| kin(tag)))
        .or_else(|| offered.first())
        .cloned()
        .unwrap_or_else(LanguageTag::english)
}
