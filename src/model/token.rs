//! The step token: what a callback URL carries, before it is sealed.
//!
//! With the database up it only addresses and the stored state decides; it holds a compact copy of the state so that
//! the next desk can be dialled with a dead database. `app::seal` encrypts it deterministically.

use crate::model::answer::Answer;
use crate::model::event::Direction;
use crate::model::ids::{CallId, TravellerRow, Version};
use crate::model::language::LanguageTag;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What a callback is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackKind {
    /// The first document of an outbound call: the provider asks what to do now that it was answered.
    Answered,
    /// The result of the question.
    Question,
    /// The result of the last words (rule 15a).
    LastWords,
    /// The result of a forward.
    DialResult,
    /// The document for the desk.
    Whisper,
    /// The desk's key.
    WhisperKey,
    /// A document that our own redirect named.
    Redirect,
    /// The progress of the traveller's line.
    LineStatus,
    /// The progress of a desk's leg.
    LegStatus,
    /// Asynchronous machine detection.
    Machine,
    /// A desk of the safe plan has been tried: the next one, without the database.
    SafePlan,
}

impl CallbackKind {
    /// All kinds; a kind's place is its number in the sealed token: append only.
    pub const ALL: [Self; 11] = [
        Self::Answered,
        Self::Question,
        Self::LastWords,
        Self::DialResult,
        Self::Whisper,
        Self::WhisperKey,
        Self::Redirect,
        Self::LineStatus,
        Self::LegStatus,
        Self::Machine,
        Self::SafePlan,
    ];

    /// Does it belong to `/webhooks/{line}/status/…` (the provider waits for no document)?
    #[must_use]
    pub const fn is_status(self) -> bool {
        matches!(self, Self::LineStatus | Self::LegStatus | Self::Machine)
    }
}

/// A step token, open.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StepToken {
    /// The call.
    pub call: CallId,
    /// The step whose document named this URL.
    pub step: u32,
    /// The leg: the number of the forward within the call, from 1; 0: the traveller's line.
    pub leg: u8,
    /// What the callback is about.
    pub kind: CallbackKind,
    /// Who rang whom.
    pub direction: Direction,
    /// The traveller, where exactly one is known.
    pub traveller: Option<TravellerRow>,
    /// The language of the call.
    pub language: LanguageTag,
    /// Which time the question was put: 0 to 3.
    pub ask: u8,
    /// Was anything but silence heard in this call?
    pub heard: bool,
    /// The last two keys (an emergency number may be keyed one by one); at most two characters.
    pub keys: String,
    /// The answer so far.
    pub answer: Option<Answer>,
    /// The desks tried: bit n is the desk at position n of the settings document.
    pub tried: u32,
    /// The settings version of the call.
    pub version: Version,
    /// When it was made: the time of the journal row, whole seconds.
    pub issued_at: DateTime<Utc>,
}
