//! One call as the journal remembers it. The newest row of a call is its state; there is no second place.

use crate::model::alert::OpenAlert;
use crate::model::answer::Answer;
use crate::model::desk::DeskCall;
use crate::model::effect::TelephoneAction;
use crate::model::event::Direction;
use crate::model::ids::{CallId, LineId, OrganisationId, QueryId, TravellerRow, Version};
use crate::model::language::LanguageTag;
use crate::model::phone::PhoneNumber;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The format of a journalled state; a reader takes its own and older ones.
pub const STATE_FORMAT: u8 = 1;

/// Where the call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Ordered at the provider, or about to be; nobody has answered.
    Placing,
    /// A question waits for its answer.
    Asking,
    /// A desk is being called, or talks.
    Forwarding,
    /// The last words, which can be interrupted (rule 15a).
    LastWords,
    /// The engine has hung up, or the line has ended.
    Over,
}

/// What the call waits for, and until when (promise 8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// Counts up within the call, so that a stale deadline is known as such.
    pub serial: u32,
    /// When it passes.
    pub at: DateTime<Utc>,
}

/// A forward that has no result yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forward {
    /// The number of the forward within the call, from 1; the leg of the step token.
    pub leg: u8,
    /// The desk.
    pub desk: DeskCall,
    /// Has the leg been answered (or its whisper fetched)?
    pub answered: bool,
    /// Has the desk pressed 1?
    pub confirmed: bool,
    /// Has its leg ended without a result of the forward yet?
    pub leg_ended: bool,
    /// Did our own redirect replace it? Then its result counts only if it shows a connection. False among
    /// [`CallState::replaced`]: its result was missing, and something else stood for it.
    pub replaced: bool,
}

/// The state of one call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallState {
    /// [`STATE_FORMAT`] when it was written.
    pub format: u8,
    /// The call.
    pub call: CallId,
    /// Whose call it is; None: the called number belongs to nobody (rule 2).
    pub organisation: Option<OrganisationId>,
    /// The line that it runs over.
    pub line: LineId,
    /// Who rang whom.
    pub direction: Direction,
    /// The settings version that the call keeps to its end (rule 5).
    pub version: Version,
    /// Outbound: the one traveller it was made for. Inbound: all who share the caller's number; empty: unknown.
    pub travellers: Vec<TravellerRow>,
    /// The traveller's number; None: withheld.
    pub traveller_phone: Option<PhoneNumber>,
    /// The status query that it was placed for.
    pub query: Option<QueryId>,
    /// Which attempt of that query: 1, 2, …; 0: inbound.
    pub attempt: u8,
    /// The language of the call (rule 7).
    pub language: LanguageTag,
    /// Where it stands.
    pub phase: Phase,
    /// How often the question was put.
    pub ask: u8,
    /// Was anything but silence heard?
    pub heard: bool,
    /// The last keys of the call, oldest first (rule 9).
    pub keys: String,
    /// Was any key pressed (rule 22: proof of a human)?
    pub key_pressed: bool,
    /// Has a machine's greeting been detected (rule 22)?
    pub machine: bool,
    /// Has the line ended, or a beep or fax been detected, or did the attempt end otherwise?
    pub attempt_ended: bool,
    /// Does the provider say that the traveller's line has ended?
    pub line_ended: bool,
    /// The first answer that counted while the line was up; after a safe or a silence to the end a later one takes its
    /// place (rule 15a). Answers after the end are recorded and do not stand here.
    pub answer: Option<Answer>,
    /// What was heard last while the line was up: chooses the words of the next ask.
    pub last_heard: Option<Answer>,
    /// Was safe said, and by words alone?
    pub safe_by_words: bool,
    /// Was a spoken safe taken back already (once, rule 22)?
    pub taken_back: bool,
    /// How many forwards were begun.
    pub legs: u8,
    /// The forward that has no result yet.
    pub forward: Option<Forward>,
    /// Forwards that were replaced by our own redirect, or whose result was missing: they may still bring a connection.
    pub replaced: Vec<Forward>,
    /// Numbers tried in this call (rule 16), each once.
    pub tried: Vec<PhoneNumber>,
    /// The same as positions in the settings document, one bit each: for the step token.
    pub tried_mask: u32,
    /// Has a desk taken the call?
    pub connected: bool,
    /// Alerts that this call raised and that are not settled.
    pub alerts: Vec<OpenAlert>,
    /// Interruptible pauses of the last words so far.
    pub pauses: u8,
    /// The newest telephone actions of the call: what a redirect of ours fetches, and what the state's document is made of.
    pub document: Vec<TelephoneAction>,
    /// Was a redirect of ours sent that has not been fetched yet? Until then the withdrawal of a forward may be its doing.
    pub change_pending: bool,
    /// How often the provider was looked up in vain since the last step forward.
    pub looks: u8,
    /// What it waits for.
    pub deadline: Option<Deadline>,
    /// Serial of the last deadline set.
    pub deadlines_set: u32,
}
