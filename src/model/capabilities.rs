//! What a provider's line can and cannot do, as data. `decide` reads it; nothing asks for a provider by name.

use crate::model::language::LanguageTag;

/// What one language has at a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LanguageSupport {
    /// The primary language or full tag that this row serves: `de`, `pt-BR`.
    pub tag: &'static str,
    /// The provider's language code and voice for speaking; None: it cannot be spoken.
    pub voice: Option<(&'static str, &'static str)>,
    /// The provider's language code for recognition; None: it cannot be heard.
    pub recogniser: Option<&'static str>,
}

/// What a provider can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// It recognises speech.
    pub speech: bool,
    /// A desk can be asked for a key before the lines meet.
    pub confirm: bool,
    /// It can speak to the desk after its key and before the lines meet (`whisper.discreet`, then `whisper.details`).
    pub speaks_after_key: bool,
    /// It tells machines from people without holding the call back.
    pub machine_detection: bool,
    /// A running call can be redirected to another document.
    pub change_call: bool,
    /// It carries texts.
    pub texts: bool,
    /// Languages, most specific tag first within a language.
    pub languages: &'static [LanguageSupport],
}

impl Capabilities {
    /// The row for a language: its exact tag, else its primary language.
    #[must_use]
    pub fn language(&self, tag: &LanguageTag) -> Option<&'static LanguageSupport> {
        let rows = self.languages;
        rows.iter().find(|row| row.tag == tag.as_str()).or_else(|| rows.iter().find(|row| row.tag == tag.primary()))
    }

    /// Can the language be spoken?
    #[must_use]
    pub fn speaks(&self, tag: &LanguageTag) -> bool {
        self.language(tag).is_some_and(|row| row.voice.is_some())
    }

    /// Can the language be heard?
    #[must_use]
    pub fn hears(&self, tag: &LanguageTag) -> bool {
        self.speech && self.language(tag).is_some_and(|row| row.recogniser.is_some())
    }
}
