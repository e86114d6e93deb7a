//! Orders whose answer was lost: they are looked for at the provider by the traveller's number before anybody is rung again
//! (field case F15). Found, the call is adopted by its attempt; not found by the last look, it was never taken.

use crate::app::change_call::AboutCall;
use crate::app::engine::App;
use crate::app::place_call::Attempt;
use crate::dialect::{CarrierError, FoundCall};
use crate::model::call_state::{CallState, Phase};
use crate::model::ids::{CallId, TravellerRow};
use crate::model::limits;
use crate::model::phone::PhoneNumber;
use crate::store::StoreError;
use crate::store::jobs::NewJob;
use crate::store::snapshot::Line;
use chrono::{DateTime, TimeDelta, Utc};

/// An order whose answer was lost is looked for.
pub const JOB_FIND_ORDER: &str = "find_order";

/// What is known about an order that was not answered.
#[derive(Debug, Clone, Copy)]
pub struct LostOrder<'a> {
    /// The call.
    pub call: CallId,
    /// The traveller's number.
    pub to: &'a PhoneNumber,
    /// When it was claimed, by our clock.
    pub since: DateTime<Utc>,
}

/// What a look for a lost order leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// It is found, or needs no more looking for.
    Done,
    /// It is not there yet.
    NotYet,
}

impl App {
    /// Plans the looks for an order that got no answer.
    pub(crate) async fn plan_looks(&self, state: &CallState) -> Result<(), StoreError> {
        let now = self.clock.now();
        let [first, ..] = limits::LOST_ORDER_LOOKS_SECONDS;
        let job = NewJob {
            kind: JOB_FIND_ORDER,
            key: format!("{JOB_FIND_ORDER}:{}", state.call),
            organisation: state.organisation.clone(),
            payload: serde_json::json!({"call": state.call, "line": state.line, "step": 1}).to_string(),
            due_at: now + TimeDelta::seconds(first),
        };
        self.store.add_job(&job, now).await.map(drop)
    }

    /// Looks for a lost order once. `last`: if it is not there now, its attempt is planned again.
    ///
    /// # Errors
    /// The store's.
    pub async fn find_order(&self, about: &AboutCall, last: bool) -> Result<Looked, StoreError> {
        let Some(known) = self.journal.call(about.call).await? else { return Ok(Looked::Done) };
        let Some(state) = known.state else { return Ok(Looked::Done) };
        let Some(line) = self.settings.now().lines.get(&about.line).cloned() else { return Ok(Looked::Done) };
        if known.provider_call.is_some() || state.phase != Phase::Placing {
            return Ok(Looked::Done);
        }
        let (Some(to), Some(attempt)) = (state.traveller_phone.as_ref(), attempt_of(&state)) else { return Ok(Looked::Done) };
        let since = self.store.call(about.call).await?.started_at;
        match self.look_for_order(&line, LostOrder { call: about.call, to, since }).await {
            Ok(Some(found)) => {
                self.bind(&state, found.id).await?;
                self.withdraw_if_stopped(&attempt, about.call).await?;
                Ok(Looked::Done)
            }
            Ok(None) if last => {
                self.give_back(&attempt, about.call, "The provider never took the order, so the attempt is planned again.")
                    .await?;
                Ok(Looked::Done)
            }
            Ok(None) => Ok(Looked::NotYet),
            Err(error) => {
                tracing::warn!(call = %about.call, %error, "An order could not be looked for");
                // The deadline of the call asks again.
                Ok(if last { Looked::Done } else { Looked::NotYet })
            }
        }
    }

    /// The call of a lost order as the provider shows it. A call that is another attempt's, or older than the order, is
    /// not it.
    ///
    /// # Errors
    /// The provider's: nothing is known then.
    pub(crate) async fn look_for_order(&self, line: &Line, order: LostOrder<'_>) -> Result<Option<FoundCall>, CarrierError> {
        let (dialect, access) = (line.account.dialect, &line.account.access);
        // Our own clock may be ahead, since it does not follow a wall clock that was set back; the provider's is not.
        let since = order.since - self.clock.lead();
        let response = self.carrier.send(dialect.find_calls_to(order.to, since, access)).await?;
        let earliest = since - TimeDelta::seconds(limits::CLOCKS_APART_SECONDS);
        let mut fitting = None;
        for found in dialect.read_found(&response)? {
            if found.created_at.is_some_and(|at| at < earliest) {
                continue;
            }
            let owner = self.journal.find_call(&line.account.id, &found.id).await;
            if matches!(owner, Ok(None)) || matches!(owner, Ok(Some(owner)) if owner == order.call) {
                fitting = Some(found);
            }
        }
        Ok(fitting)
    }
}

/// The attempt that a call was placed for.
pub(crate) fn attempt_of(state: &CallState) -> Option<Attempt> {
    let traveller: TravellerRow = state.travellers.first().copied()?;
    Some(Attempt { organisation: state.organisation.clone()?, query: state.query?, traveller, attempt: state.attempt })
}
