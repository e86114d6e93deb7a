//! Alerts: facts that a human must look at.

use crate::model::ids::{AlertId, CallId};
use serde::{Deserialize, Serialize};

/// Why somebody must look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// Help was asked for.
    Help,
    /// Somebody is ill or hurt.
    Medical,
    /// Forwarded without an understood answer, or a spoken safe was taken back.
    Unclear,
    /// No desk took the call.
    NotConnected,
    /// Attempts used up, or silence to the end.
    Unreached,
    /// An inbound caller hung up before any answer.
    HungUp,
    /// A call or text for a number of no organisation.
    UnknownCalledNumber,
    /// Operator: webhooks are being refused (a rotated secret?).
    WebhooksRefused,
    /// Operator: a fault of our account at a provider.
    AccountFault,
    /// Operator: a call that the provider does not know.
    CallUnknown,
    /// Operator: a mail could not be delivered.
    MailFailed,
    /// Operator: the reply to a text could not be sent.
    ReplyFailed,
    /// Operator: help was forwarded while nothing could be stored.
    HelpUnrecorded,
}

impl AlertKind {
    /// All kinds.
    pub const ALL: [Self; 13] = [
        Self::Help,
        Self::Medical,
        Self::Unclear,
        Self::NotConnected,
        Self::Unreached,
        Self::HungUp,
        Self::UnknownCalledNumber,
        Self::WebhooksRefused,
        Self::AccountFault,
        Self::CallUnknown,
        Self::MailFailed,
        Self::ReplyFailed,
        Self::HelpUnrecorded,
    ];

    /// The word of the API and the corpora.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Help => "help",
            Self::Medical => "medical",
            Self::Unclear => "unclear",
            Self::NotConnected => "not_connected",
            Self::Unreached => "unreached",
            Self::HungUp => "hung_up",
            Self::UnknownCalledNumber => "unknown_called_number",
            Self::WebhooksRefused => "webhooks_refused",
            Self::AccountFault => "account_fault",
            Self::CallUnknown => "call_unknown",
            Self::MailFailed => "mail_failed",
            Self::ReplyFailed => "reply_failed",
            Self::HelpUnrecorded => "help_unrecorded",
        }
    }

    /// The kind with that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// How urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Look at it.
    Warning,
    /// Follow it up.
    High,
    /// Act now: help was asked for and nobody is with the traveller.
    Critical,
}

impl Severity {
    /// The word of the API and the corpora.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The severity with that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Warning, Self::High, Self::Critical].into_iter().find(|severity| severity.as_str() == word)
    }
}

/// Where an alert stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// Nobody has it.
    Open,
    /// A desk's leg is answered right now; repeats pause.
    BeingAnswered,
    /// A named person has it.
    Taken,
    /// It is over.
    Settled,
}

impl AlertState {
    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::BeingAnswered => "being_answered",
            Self::Taken => "taken",
            Self::Settled => "settled",
        }
    }
}

/// An alert that is not settled, as the judgement sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenAlert {
    /// Its id.
    pub id: AlertId,
    /// Its kind.
    pub kind: AlertKind,
    /// Was it raised about a booking question (a `not_connected` after an answer of travel)?
    pub about_travel: bool,
    /// The call that raised it, or the message.
    pub call: CallId,
}
