//! One row of the journal: as it is handed in, as it is written, and as it is read back.

use crate::model::call_state::{CallState, Phase};
use crate::model::effect::{Effect, TelephoneAction};
use crate::model::event::Event;
use crate::model::ids::{CallId, OrganisationId, ProviderCallId, TravellerRow};
use crate::model::plan::Plan;
use crate::store::StoreError;
use crate::store::calls::NewCall;
use crate::store::columns::{Micros, json};
use crate::store::jobs::NewJob;
use crate::store::queries::AttemptChange;
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// What names a delivery: a hash of 16 bytes. The same delivery repeated has the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeliveryId(pub [u8; 16]);

impl std::fmt::Debug for DeliveryId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DeliveryId({})", hex::encode(self.0))
    }
}

/// A provider's id that came with a token: the traveller's line (leg 0), or a leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenId {
    /// 0: the traveller's line; else the number of the forward.
    pub leg: u8,
    /// The provider's id.
    pub id: ProviderCallId,
}

/// One step to be written, with all that becomes durable with it.
#[derive(Debug, Clone)]
pub struct StepWrite {
    /// The call. For a text: the message.
    pub call: CallId,
    /// The number of this row within the call: one more than the one that the judgement saw; 1: the first.
    pub number: u32,
    /// The delivery that it answers; None: nobody delivered anything (a deadline, an order of ours).
    pub delivery: Option<DeliveryId>,
    /// Whose.
    pub organisation: Option<OrganisationId>,
    /// When.
    pub at: DateTime<Utc>,
    /// The word for what happened: [`Event::kind`], or a word of our own (`placed`).
    pub kind: &'static str,
    /// What happened, where it is an event.
    pub event: Option<Event>,
    /// The state after it; None: a text.
    pub state: Option<CallState>,
    /// What was done on the telephone.
    pub telephone: Vec<TelephoneAction>,
    /// What becomes durable with it.
    pub effects: Vec<Effect>,
    /// The document, where there is a new one.
    pub plan: Option<Plan>,
    /// Why.
    pub because: Vec<String>,
    /// The files that the judgement saw, with their revisions: the step loses if one has moved.
    pub people: Vec<(TravellerRow, u64)>,
    /// The call, where it begins with this step.
    pub new_call: Option<NewCall>,
    /// The attempt that is claimed or given back with it.
    pub attempt: Option<AttemptChange>,
    /// Ids of the provider that came with it, bound at first sight.
    pub seen: Vec<SeenId>,
    /// Work that follows from it.
    pub jobs: Vec<NewJob>,
    /// Is it not to be written when nobody waits for the result any more? Set it where the caller was promised that it
    /// did not count (promise 4: a safe that could not be stored in time); a cry for help is written however late.
    pub only_if_awaited: bool,
}

impl StepWrite {
    /// A step of a call with nothing but its place; the rest is filled in by whoever makes it.
    #[must_use]
    pub fn new(call: CallId, number: u32, kind: &'static str, at: DateTime<Utc>) -> Self {
        Self {
            call,
            number,
            delivery: None,
            organisation: None,
            at,
            kind,
            event: None,
            state: None,
            telephone: Vec::new(),
            effects: Vec::new(),
            plan: None,
            because: Vec::new(),
            people: Vec::new(),
            new_call: None,
            attempt: None,
            seen: Vec::new(),
            jobs: Vec::new(),
            only_if_awaited: false,
        }
    }
}

/// A step that is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Its row in the journal.
    pub row_id: i64,
}

/// A step with its documents turned into text: done by whoever hands it in, so that the one writer only writes.
pub(crate) struct PreparedStep {
    pub(crate) call: CallId,
    pub(crate) number: u32,
    pub(crate) delivery: Option<DeliveryId>,
    pub(crate) organisation: Option<OrganisationId>,
    pub(crate) at: DateTime<Utc>,
    pub(crate) kind: &'static str,
    pub(crate) proof: &'static str,
    pub(crate) state: Option<Arc<CallState>>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) people: Vec<(TravellerRow, u64)>,
    pub(crate) new_call: Option<NewCall>,
    pub(crate) attempt: Option<AttemptChange>,
    pub(crate) seen: Vec<SeenId>,
    pub(crate) jobs: Vec<NewJob>,
    pub(crate) only_if_awaited: bool,
    pub(crate) texts: StepTexts,
}

/// The documents of a step as JSON text.
pub(crate) struct StepTexts {
    pub(crate) event: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) plan: Option<String>,
    pub(crate) telephone: String,
    pub(crate) effects: String,
    pub(crate) because: String,
}

impl From<StepWrite> for PreparedStep {
    fn from(step: StepWrite) -> Self {
        let texts = StepTexts {
            event: step.event.as_ref().map(json),
            state: step.state.as_ref().map(json),
            plan: step.plan.as_ref().map(json),
            telephone: json(&step.telephone),
            effects: json(&step.effects),
            because: json(&step.because),
        };
        Self {
            call: step.call,
            number: step.number,
            delivery: step.delivery,
            organisation: step.organisation,
            at: step.at,
            kind: step.kind,
            proof: step.event.as_ref().map_or("call", proof),
            state: step.state.map(Arc::new),
            effects: step.effects,
            people: step.people,
            new_call: step.new_call,
            attempt: step.attempt,
            seen: step.seen,
            jobs: step.jobs,
            only_if_awaited: step.only_if_awaited,
            texts,
        }
    }
}

impl PreparedStep {
    /// Is the call over with it?
    pub(crate) fn is_over(&self) -> bool {
        self.state.as_ref().is_some_and(|state| state.phase == Phase::Over)
    }
}

/// What an answer is proved by, for the board: a key, words or a text.
fn proof(event: &Event) -> &'static str {
    match event {
        Event::Gathered { digits: Some(digits), .. } if digits.bytes().any(|key| key.is_ascii_digit()) => "key",
        Event::Gathered { .. } => "words",
        Event::SmsReceived { .. } => "text",
        Event::CallAnswered { .. }
        | Event::DialResult { .. }
        | Event::TargetConfirmed { .. }
        | Event::TargetDeclined { .. }
        | Event::CallStatus { .. }
        | Event::AnsweredBy { .. }
        | Event::LegAnswered { .. }
        | Event::LegEnded { .. }
        | Event::DeadlinePassed { .. }
        | Event::DocumentFetched => "call",
    }
}

/// A row as it is read back.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredStep {
    /// The row.
    pub row_id: i64,
    /// The call or message.
    pub call: CallId,
    /// The number within the call.
    pub number: u32,
    /// Whose.
    pub organisation: Option<OrganisationId>,
    /// When.
    pub at: DateTime<Utc>,
    /// The word for what happened.
    pub kind: String,
    /// What happened.
    pub event: Option<Event>,
    /// The state after it.
    pub state: Option<CallState>,
    /// What was done on the telephone.
    pub telephone: Vec<TelephoneAction>,
    /// What became durable with it.
    pub effects: Vec<Effect>,
    /// The document.
    pub plan: Option<Plan>,
    /// Why.
    pub because: Vec<String>,
}

/// The columns of a row.
#[derive(sqlx::FromRow)]
pub(crate) struct StepRow {
    row_id: i64,
    call: CallId,
    #[sqlx(try_from = "i64")]
    number: u32,
    organisation: Option<OrganisationId>,
    #[sqlx(try_from = "Micros")]
    at: DateTime<Utc>,
    kind: String,
    event: Option<String>,
    state: Option<String>,
    plan: Option<String>,
    telephone: String,
    effects: String,
    because: String,
}

impl TryFrom<StepRow> for StoredStep {
    type Error = StoreError;
    fn try_from(row: StepRow) -> Result<Self, StoreError> {
        Ok(Self {
            row_id: row.row_id,
            call: row.call,
            number: row.number,
            organisation: row.organisation,
            at: row.at,
            kind: row.kind,
            event: row.event.as_deref().map(serde_json::from_str).transpose()?,
            state: row.state.as_deref().map(serde_json::from_str).transpose()?,
            plan: row.plan.as_deref().map(serde_json::from_str).transpose()?,
            telephone: serde_json::from_str(&row.telephone)?,
            effects: serde_json::from_str(&row.effects)?,
            because: serde_json::from_str(&row.because)?,
        })
    }
}
