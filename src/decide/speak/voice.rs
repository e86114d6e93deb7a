//! In which language is spoken and listened: the wanted one where the line's provider has a voice and we have words for
//! it, else the organisation's next, at last English.

use crate::model::capabilities::Capabilities;
use crate::model::language::LanguageTag;
use crate::model::plan::{Listen, Spoken};
use crate::settings::Settings;
use crate::wording::{Message, Words};

/// Twilio takes 500 hints of at most 100 characters each (reference: `Gather`); no other provider takes fewer.
const HINTS_MAX: usize = 500;
const HINT_CHARS_MAX: usize = 100;

/// A language that is spoken, and its words.
#[derive(Debug, Clone)]
pub(super) struct Voice {
    /// The provider is asked for this language.
    tag: LanguageTag,
    words: &'static Words,
}

impl Voice {
    /// The first of these languages that the provider speaks and that has words. If there is none: English, which a line
    /// has before any other.
    pub(super) fn choose<'t>(wanted: impl IntoIterator<Item = &'t LanguageTag>, capabilities: &Capabilities) -> Self {
        let voice = |tag: &LanguageTag| {
            let words = Words::of(tag)?;
            // A provider may know a language by the name of its file only (`nb` for `no`).
            let spoken = [tag, words.language()].into_iter().find(|tag| capabilities.speaks(tag))?;
            Some(Self { tag: spoken.clone(), words })
        };
        let chosen = wanted.into_iter().find_map(voice);
        chosen.unwrap_or_else(|| Self { tag: LanguageTag::english(), words: Words::english() })
    }

    /// The message as this voice says it.
    pub(super) fn say(&self, message: &Message<'_>) -> Spoken {
        Spoken { text: message.say(self.words).text, language: self.tag.clone() }
    }

    /// Is this the language that was asked for, and not the next one?
    pub(super) fn serves(&self, tag: &LanguageTag) -> bool {
        self.words.serve(tag)
    }

    /// What a gather listens to beside keys; None: keys only.
    pub(super) fn listen(&self, settings: &Settings, capabilities: &Capabilities) -> Option<Listen> {
        if !settings.status_call.speech {
            return None;
        }
        let language = [&self.tag, self.words.language()].into_iter().find(|tag| capabilities.hears(tag))?;
        Some(Listen { language: language.clone(), hints: self.hints(settings) })
    }

    /// Words that an answer is likely to hold: those of the language, and the names of the operations centre, which may be
    /// asked for by name (rule 13).
    fn hints(&self, settings: &Settings) -> Vec<String> {
        let centre = settings.operations_centre.iter();
        let names = centre.flat_map(|centre| std::iter::once(&centre.desk.name).chain(&centre.former_names));
        let mut hints: Vec<String> = Vec::new();
        for hint in self.words.hints().iter().chain(names) {
            // Providers separate hints by commas.
            let hint = hint.replace(',', " ");
            let hint = hint.trim();
            let fits = (1..=HINT_CHARS_MAX).contains(&hint.chars().count()) && hints.len() < HINTS_MAX;
            if fits && !hints.iter().any(|known| known == hint) {
                hints.push(hint.to_owned());
            }
        }
        hints
    }
}
