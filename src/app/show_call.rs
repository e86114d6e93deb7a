//! Shows a call: its legs and the steps of its journal, as much of it as whoever looks may see.

use crate::app::engine::App;
use crate::app::scenario::{self, Action};
use crate::model::alert::AlertKind;
use crate::model::answer::Answer;
use crate::model::desk::{DeskCall, Role};
use crate::model::effect::TelephoneAction;
use crate::model::event::{DialOutcome, Event};
use crate::model::ids::{CallId, OrganisationId, TravellerId, TravellerRow};
use crate::store::StoreError;
use crate::store::calls::CallRow;
use crate::store::journal::StoredStep;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use std::collections::HashMap;

/// A forward of a call, as it turned out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownLeg {
    /// The desk; None: it would tell a medical answer to somebody who may not see one.
    pub desk: Option<DeskCall>,
    /// How it ended; None: not yet, or never told.
    pub result: Option<DialOutcome>,
    /// Has the desk pressed 1?
    pub confirmed: bool,
    /// How long the two talked, in seconds.
    pub duration_seconds: Option<u32>,
}

/// A step of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownStep {
    /// Its number.
    pub step: u32,
    /// When.
    pub at: DateTime<Utc>,
    /// What happened.
    pub event: Value,
    /// What the engine did, in the words of the trade.
    pub actions: Vec<Value>,
    /// Why.
    pub because: Vec<String>,
}

/// A call.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownCall {
    /// The row.
    pub row: CallRow,
    /// The traveller's id.
    pub traveller: Option<TravellerId>,
    /// Where it stands.
    pub state: &'static str,
    /// Its forwards.
    pub legs: Vec<ShownLeg>,
    /// Its steps.
    pub steps: Vec<ShownStep>,
}

impl App {
    /// One call of this organisation with its steps.
    ///
    /// # Errors
    /// `NotFound`, also for another organisation's. Or the store's.
    pub async fn show_call(&self, organisation: &OrganisationId, id: CallId, sees_people: bool) -> Result<ShownCall, StoreError> {
        let row = self.store.call(id).await?;
        if row.organisation.as_ref() != Some(organisation) {
            return Err(StoreError::NotFound);
        }
        let steps = self.journal.steps(id).await?;
        let mut names = HashMap::new();
        let people = steps.iter().filter_map(|step| step.state.as_ref()).flat_map(|state| state.travellers.clone());
        for traveller in people.chain(row.traveller) {
            if !names.contains_key(&traveller) {
                names.insert(traveller, self.store.traveller_by_row(traveller).await?.id);
            }
        }
        let state = state_of(&row, steps.last());
        let legs = legs(&steps, sees_people);
        let steps = steps.iter().map(|step| shown_step(step, &names, sees_people)).collect();
        let traveller = row.traveller.and_then(|traveller| names.remove(&traveller));
        Ok(ShownCall { row, traveller, state, legs, steps })
    }

    /// Calls of this organisation without their steps, newest first, from below the cursor.
    ///
    /// # Errors
    /// The store's.
    pub async fn show_calls(
        &self,
        organisation: &OrganisationId,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<ShownCall>, StoreError> {
        self.store.organisation(organisation).await?;
        let mut calls = Vec::new();
        for row in self.store.calls(organisation, before, limit).await? {
            let traveller = match row.traveller {
                Some(traveller) => Some(self.store.traveller_by_row(traveller).await?.id),
                None => None,
            };
            let known = if row.ended_at.is_none() { self.journal.call(row.id).await? } else { None };
            let phase = known.and_then(|known| known.state).map(|state| phase_word(state.phase));
            let state = phase.unwrap_or(if row.ended_at.is_some() { "over" } else { "placing" });
            calls.push(ShownCall { row, traveller, state, legs: Vec::new(), steps: Vec::new() });
        }
        Ok(calls)
    }
}

const fn phase_word(phase: crate::model::call_state::Phase) -> &'static str {
    use crate::model::call_state::Phase;
    match phase {
        Phase::Placing => "placing",
        Phase::Asking => "asking",
        Phase::Forwarding => "forwarding",
        Phase::LastWords => "last_words",
        Phase::Over => "over",
    }
}

fn state_of(row: &CallRow, last: Option<&StoredStep>) -> &'static str {
    let phase = last.and_then(|step| step.state.as_ref()).map(|state| phase_word(state.phase));
    phase.unwrap_or(if row.ended_at.is_some() { "over" } else { "placing" })
}

/// The forwards in their order, each with what became of it: of the latest one to that number.
fn legs(steps: &[StoredStep], sees_people: bool) -> Vec<ShownLeg> {
    let mut legs: Vec<(DeskCall, ShownLeg)> = Vec::new();
    for step in steps {
        match &step.event {
            Some(Event::DialResult { phone, result, duration_seconds }) => {
                if let Some((_, leg)) = legs.iter_mut().rev().find(|(desk, _)| desk.phone == *phone) {
                    leg.result = Some(*result);
                    leg.duration_seconds = *duration_seconds;
                }
            }
            Some(Event::TargetConfirmed { phone }) => {
                if let Some((_, leg)) = legs.iter_mut().rev().find(|(desk, _)| desk.phone == *phone) {
                    leg.confirmed = true;
                }
            }
            Some(
                Event::CallAnswered { .. }
                | Event::Gathered { .. }
                | Event::TargetDeclined { .. }
                | Event::CallStatus { .. }
                | Event::AnsweredBy { .. }
                | Event::SmsReceived { .. }
                | Event::LegAnswered { .. }
                | Event::LegEnded { .. }
                | Event::DeadlinePassed { .. }
                | Event::DocumentFetched,
            )
            | None => {}
        }
        for action in &step.telephone {
            if let TelephoneAction::Forward { desk } = action {
                let shown = (sees_people || !tells_a_medical_answer(desk.role)).then(|| desk.clone());
                legs.push((desk.clone(), ShownLeg { desk: shown, result: None, confirmed: false, duration_seconds: None }));
            }
        }
    }
    legs.into_iter().map(|(_, leg)| leg).collect()
}

fn shown_step(step: &StoredStep, names: &HashMap<TravellerRow, TravellerId>, sees_people: bool) -> ShownStep {
    let name = |row: TravellerRow| names.get(&row).map_or_else(|| row.0.to_string(), |id| id.as_str().to_owned());
    let actions = scenario::actions(&step.telephone, &step.effects, name);
    let actions = actions.iter().filter(|action| **action != Action::Nothing);
    let actions = actions.filter_map(|action| serde_json::to_value(action).ok());
    let event = step.event.as_ref().and_then(|event| serde_json::to_value(event).ok());
    let event = event.unwrap_or_else(|| json!({"event": step.kind}));
    ShownStep {
        step: step.number,
        at: step.at,
        event: if sees_people { event } else { without_words(event) },
        actions: actions.map(|action| if sees_people { action } else { without_medical(action) }).collect(),
        // Reasons tell what was answered.
        because: if sees_people { step.because.clone() } else { Vec::new() },
    }
}

/// What was said, keyed and written is left out, and so are the numbers of desks.
fn without_words(mut event: Value) -> Value {
    if let Some(fields) = event.as_object_mut() {
        for words in ["digits", "speech", "text", "phone"] {
            fields.shift_remove(words);
        }
    }
    event
}

/// A medical answer is `answered`, its alert one of help, its desk nobody's.
fn without_medical(mut action: Value) -> Value {
    let Some(fields) = action.as_object_mut() else { return action };
    let is =
        |fields: &serde_json::Map<String, Value>, name: &str, word: &str| fields.get(name).is_some_and(|value| value == word);
    if is(fields, "status", Answer::Medical.as_str()) {
        fields.insert("status".to_owned(), json!("answered"));
    }
    if is(fields, "kind", AlertKind::Medical.as_str()) {
        fields.insert("kind".to_owned(), json!(AlertKind::Help.as_str()));
    }
    if is(fields, "role", Role::MedicalProvider.as_str()) {
        fields.insert("role".to_owned(), Value::Null);
        fields.insert("phone".to_owned(), Value::Null);
    }
    action
}

/// Does only a medical answer reach this desk?
const fn tells_a_medical_answer(role: Role) -> bool {
    match role {
        Role::MedicalProvider => true,
        Role::OperationsCentre | Role::OwnContact | Role::TravelProvider => false,
    }
}
