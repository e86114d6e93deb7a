//! What happened, in the words of the trade. Dialects translate into these; `decide` knows nothing else.

use crate::model::phone::PhoneNumber;
use serde::{Deserialize, Serialize};

/// Who rang whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// We rang the traveller.
    Outbound,
    /// Somebody rang one of our lines.
    Inbound,
}

/// How a forward to a desk ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DialOutcome {
    /// The leg was answered and has ended; proves no conversation by itself.
    Completed,
    /// The desk was engaged.
    Busy,
    /// It rang in vain.
    NoAnswer,
    /// It could not be routed.
    Failed,
    /// Withdrawn, because the traveller's line ended.
    Canceled,
}

/// How the traveller's line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineStatus {
    /// The provider has begun to dial.
    Initiated,
    /// It rings.
    Ringing,
    /// It was answered.
    InProgress,
    /// It ended after it was answered.
    Completed,
    /// Engaged.
    Busy,
    /// Rang in vain (or was canceled before an answer).
    NoAnswer,
    /// Could not be placed.
    Failed,
}

/// What machine detection says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnsweredBy {
    /// A person.
    Human,
    /// A greeting is playing, before the beep.
    MachineStart,
    /// The greeting is over; a message can be left.
    MachineEndBeep,
    /// A fax.
    Fax,
    /// It could not tell.
    Unknown,
}

/// How sure the recogniser was of the words (rule 11).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// None was given: good enough.
    NotGiven,
    /// From 0 to 1.
    Of(f32),
    /// Something that is no number from 0 to 1: counts as 0.
    Unreadable,
}

impl Confidence {
    /// As it stands on the wire: absent or empty is none; what is no number from 0 to 1 is unreadable.
    #[must_use]
    pub fn from_wire(text: Option<&str>) -> Self {
        match text.map(str::trim) {
            None | Some("") => Self::NotGiven,
            Some(text) => match text.parse::<f32>() {
                Ok(value) if (0.0..=1.0).contains(&value) => Self::Of(value),
                _ => Self::Unreadable,
            },
        }
    }

    /// Are words of this confidence good enough to be believed (0.5 and above, or none given)?
    #[must_use]
    pub fn is_good(self) -> bool {
        match self {
            Self::NotGiven => true,
            Self::Of(value) => value >= 0.5,
            Self::Unreadable => false,
        }
    }
}

/// Words as a recogniser wrote them down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Speech {
    /// The words.
    pub text: String,
    /// How sure it was.
    pub confidence: Confidence,
}

/// What a look at the provider said of a call whose result is missing (promise 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineFound {
    /// The provider says that the line has ended, and how.
    Ended(LineStatus),
    /// It still waits in the provider's queue or rings.
    NotYetAnswered,
    /// It is up.
    Up,
    /// The provider did not answer, or does not know the call.
    Unknown,
}

/// One fact about a call or a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// The call was answered (outbound), or has come in and wants to know what to do (inbound).
    CallAnswered {
        /// Who rang whom.
        direction: Direction,
        /// The caller's number; None: withheld, or not a phone number.
        caller: Option<PhoneNumber>,
        /// The called number.
        called: PhoneNumber,
    },
    /// The traveller pressed keys or spoke; both None: nothing was heard in time.
    Gathered {
        /// Keys: 0-9 `*` `#`.
        digits: Option<String>,
        /// Words.
        speech: Option<Speech>,
    },
    /// A forward has ended.
    DialResult {
        /// The desk's number.
        phone: PhoneNumber,
        /// How.
        result: DialOutcome,
        /// Seconds the two talked; 0: the legs were never connected; None: unknown.
        duration_seconds: Option<u32>,
    },
    /// The desk pressed 1.
    TargetConfirmed {
        /// The desk's number.
        phone: PhoneNumber,
    },
    /// The desk pressed another key.
    TargetDeclined {
        /// The desk's number.
        phone: PhoneNumber,
    },
    /// The traveller's line has changed. Only the four ends move a call; progress is recorded by `app`.
    CallStatus {
        /// How it stands now.
        status: LineStatus,
    },
    /// Machine detection has decided.
    AnsweredBy {
        /// What it thinks.
        by: AnsweredBy,
    },
    /// A text has come in.
    SmsReceived {
        /// Who wrote.
        caller: Option<PhoneNumber>,
        /// To which number.
        called: PhoneNumber,
        /// The words.
        text: String,
    },
    /// A desk's leg was answered, or the desk asked for its whisper: somebody, or a machine, has picked up.
    LegAnswered {
        /// The desk's number.
        phone: PhoneNumber,
    },
    /// A desk's leg has ended.
    LegEnded {
        /// The desk's number.
        phone: PhoneNumber,
        /// Was it withdrawn before it was answered (because the traveller's line ended, or by ourselves)?
        withdrawn: bool,
    },
    /// The time for what the call waits for is over (promise 8); the provider has been asked how the line stands.
    DeadlinePassed {
        /// The deadline that passed, as the state named it: one that the state no longer has is stale.
        serial: u32,
        /// How the line stands.
        line: LineFound,
    },
    /// The provider fetches the document that our own redirect of the running call named.
    DocumentFetched,
}

impl Event {
    /// The word of the journal and the API.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::CallAnswered { .. } => "call_answered",
            Self::Gathered { .. } => "gathered",
            Self::DialResult { .. } => "dial_result",
            Self::TargetConfirmed { .. } => "target_confirmed",
            Self::TargetDeclined { .. } => "target_declined",
            Self::CallStatus { .. } => "call_status",
            Self::AnsweredBy { .. } => "answered_by",
            Self::SmsReceived { .. } => "sms_received",
            Self::LegAnswered { .. } => "leg_answered",
            Self::LegEnded { .. } => "leg_ended",
            Self::DeadlinePassed { .. } => "deadline_passed",
            Self::DocumentFetched => "document_fetched",
        }
    }
}
