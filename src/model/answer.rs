//! What a traveller meant. The words of `twiml-fixtures` and of the journal.

use serde::{Deserialize, Serialize};

/// What a traveller meant by keys, words or a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Out of danger.
    Safe,
    /// A cry for help without a named bodily cause.
    Help,
    /// Somebody is ill or hurt.
    Medical,
    /// A question about a trip or booking.
    Travel,
    /// Something was heard, its meaning was not.
    Unclear,
    /// Nothing was heard.
    Silence,
}

impl Answer {
    /// All six, in the order of the documents.
    pub const ALL: [Self; 6] = [Self::Safe, Self::Help, Self::Medical, Self::Travel, Self::Unclear, Self::Silence];

    /// The word of the API and the journal.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Help => "help",
            Self::Medical => "medical",
            Self::Travel => "travel",
            Self::Unclear => "unclear",
            Self::Silence => "silence",
        }
    }

    /// The answer with that word, if there is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answer| answer.as_str() == word)
    }
}

/// What an answer was judged to mean, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Understood {
    /// The meaning.
    pub answer: Answer,
    /// The words or keys that decided, in order, each as one short clause for the duty officer.
    pub because: Vec<String>,
}
