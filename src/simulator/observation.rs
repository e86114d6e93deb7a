//! What can be seen of the simulated world from outside: the demo prints it, tests assert on it.

use crate::model::phone::PhoneNumber;
use chrono::{DateTime, Utc};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// When, by the simulated clock.
    pub at: DateTime<Utc>,
    /// The provider's id of the traveller's line (or of the message).
    pub call: String,
    /// Whose phone.
    pub phone: PhoneNumber,
    /// What.
    pub what: What,
}

/// What happened on a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// It begins to ring.
    Rings,
    /// Somebody, or something, picked up.
    PicksUp {
        /// A person, a machine or a fax.
        who: &'static str,
    },
    /// It rings somebody else: an inbound call.
    Dials,
    /// The phone hears words.
    Hears {
        /// The words.
        text: String,
        /// In which language.
        language: String,
    },
    /// A key is pressed.
    Presses(char),
    /// Words are said.
    Says(String),
    /// Nothing is done although a key or word was waited for.
    StaysSilent,
    /// A desk begins to ring.
    DeskRings,
    /// Two lines have met.
    Connected {
        /// The desk.
        desk: PhoneNumber,
    },
    /// A forward ended, in the provider's word.
    DialEnded {
        /// The desk.
        desk: PhoneNumber,
        /// `completed`, `busy`, …
        status: &'static str,
        /// Seconds they talked.
        talked_seconds: u32,
    },
    /// The person hangs up.
    HangsUp,
    /// The line has ended, in the provider's word.
    Ended(&'static str),
    /// A text was written by the phone's owner.
    Writes(String),
    /// A text arrives at the phone.
    ReceivesText(String),
    /// The engine's document or answer could not be obeyed: a fault of the engine.
    Fault(String),
    /// One exchange, for `--xml`.
    Exchange {
        /// Request line and parameters.
        request: String,
        /// Status and document.
        response: String,
    },
}
