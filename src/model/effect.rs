//! What a judgement leads to: what is said on the telephone, and what becomes durable with the step.

use crate::model::alert::{AlertKind, Severity};
use crate::model::answer::Answer;
use crate::model::desk::DeskCall;
use crate::model::ids::{AlertId, QueryId, TravellerRow};
use crate::model::language::LanguageTag;
use serde::{Deserialize, Serialize};

/// A status as it is recorded for a traveller (the corpora's table of statuses).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Out of danger.
    Safe,
    /// Asked for help.
    Help,
    /// Ill or hurt.
    Medical,
    /// A booking question.
    Travel,
    /// No understood answer.
    Unclear,
    /// Did not pick up, or stayed silent to the end.
    NoAnswer,
    /// Engaged.
    Busy,
    /// Could not be placed.
    Failed,
    /// A machine.
    Voicemail,
    /// A fax.
    Fax,
    /// Hung up before any answer.
    HungUp,
    /// A desk took the call.
    Connected,
    /// All desks failed.
    NotConnected,
    /// The traveller's line ended before a desk took the call.
    Abandoned,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Safe,
        Self::Help,
        Self::Medical,
        Self::Travel,
        Self::Unclear,
        Self::NoAnswer,
        Self::Busy,
        Self::Failed,
        Self::Voicemail,
        Self::Fax,
        Self::HungUp,
        Self::Connected,
        Self::NotConnected,
        Self::Abandoned,
    ];

    /// The word of the API and the corpora.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Help => "help",
            Self::Medical => "medical",
            Self::Travel => "travel",
            Self::Unclear => "unclear",
            Self::NoAnswer => "no_answer",
            Self::Busy => "busy",
            Self::Failed => "failed",
            Self::Voicemail => "voicemail",
            Self::Fax => "fax",
            Self::HungUp => "hung_up",
            Self::Connected => "connected",
            Self::NotConnected => "not_connected",
            Self::Abandoned => "abandoned",
        }
    }

    /// The status with that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// One of the engine's fixed messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SayKey {
    /// The emergency number, spoken twice.
    EmergencyNumber,
    /// Thanks after safe; can be interrupted.
    GoodbyeSafe,
    /// We will call back.
    CallbackPromise,
    /// The message for a machine.
    VoicemailMessage,
}

impl SayKey {
    /// The word of the corpora.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EmergencyNumber => "emergency_number",
            Self::GoodbyeSafe => "goodbye_safe",
            Self::CallbackPromise => "callback_promise",
            Self::VoicemailMessage => "voicemail_message",
        }
    }
}

/// Which reply a text gets. All of them hold the emergency number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplyKind {
    /// Noted, you are safe.
    Safe,
    /// A person is alerted.
    Help,
    /// The same words as help.
    Medical,
    /// A booking question: call.
    Travel,
    /// Not understood.
    Unclear,
    /// Unclear, but help was asked for before.
    Added,
    /// Safe from a phone that several travellers share.
    SharedPhone,
    /// Safe, but nothing can be stored.
    NotSaved,
}

/// What is done on the telephone, in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "action")]
pub enum TelephoneAction {
    /// The question is put.
    Prompt {
        /// What is offered, in the order of the corpora: safe, help, medical, travel.
        choices: Vec<Answer>,
        /// In which language (rule 7).
        language: LanguageTag,
        /// Which time the question is put in this call: 1, 2, 3 ("attempt" in the corpora).
        ask: u8,
    },
    /// The traveller is connected to a desk.
    Forward {
        /// The desk.
        desk: DeskCall,
    },
    /// A fixed message.
    Say {
        /// Which.
        key: SayKey,
    },
    /// The line is ended (after an interruptible pause where rule 15a says so).
    HangUp,
    /// A text is answered.
    ReplyText {
        /// With which words.
        kind: ReplyKind,
    },
    /// A call from one of our own lines is refused as busy.
    Refuse,
}

/// What becomes durable with the step, or is done right after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "effect")]
pub enum Effect {
    /// A status is recorded.
    Record {
        /// Whose; None: unknown caller.
        traveller: Option<TravellerRow>,
        /// Which.
        status: Status,
    },
    /// The status that counts for a traveller ("end" in the corpora) becomes this one (rule 29).
    SetStatus {
        /// Whose.
        traveller: TravellerRow,
        /// Safe, help, medical, travel or unclear.
        status: Answer,
    },
    /// An alert is raised.
    RaiseAlert {
        /// Its fresh id.
        id: AlertId,
        /// Its kind.
        kind: AlertKind,
        /// How urgent.
        severity: Severity,
        /// About whom; empty: an unknown caller.
        travellers: Vec<TravellerRow>,
        /// Is it about a booking question?
        about_travel: bool,
    },
    /// An alert is settled for one traveller; one of a shared phone ends when it is settled for each of its travellers.
    SettleAlert {
        /// Which.
        id: AlertId,
        /// For whom; None: an alert without a traveller, by its own call.
        traveller: Option<TravellerRow>,
    },
    /// A leg was answered: repeats of the alert pause.
    AlertBeingAnswered {
        /// Which.
        id: AlertId,
    },
    /// The leg has ended without a connection: the alert is open again.
    AlertOpenAgain {
        /// Which.
        id: AlertId,
    },
    /// The status query is settled for this traveller: attempts not yet placed are cancelled (rule 25).
    SettleQuery {
        /// Which query.
        query: QueryId,
        /// For whom.
        traveller: TravellerRow,
    },
    /// An attempt has its one result (rule 23).
    EndAttempt {
        /// Which query.
        query: QueryId,
        /// Whose.
        traveller: TravellerRow,
        /// Attempt 1, 2, …
        attempt: u8,
        /// The result.
        result: Status,
    },
    /// The next attempt is planned ("retry" in the corpora).
    Retry {
        /// Which query.
        query: QueryId,
        /// Whose.
        traveller: TravellerRow,
        /// The attempt that is planned: 2, 3, …
        attempt: u8,
        /// The plan's entry: minutes after the traveller's first call of the query.
        after_minutes: u16,
    },
    /// The running call is redirected to a fresh document, because the provider does not wait for one.
    ChangeCall,
    /// The call is looked up at the provider again at its deadline.
    LookUpCall,
    /// The operator must know that a call cannot be found at the provider.
    CallUnknown,
}
