//! The time for what a call waits for is over (promise 8): the provider is asked how the line stands, and that is an event.

use crate::app::engine::App;
use crate::app::find_order::{LostOrder, attempt_of};
use crate::app::judge_step::{Incoming, Wanted};
use crate::dialect::CarrierError;
use crate::model::call_state::Phase;
use crate::model::event::{Event, LineFound};
use crate::model::ids::{CallId, ProviderCallId};
use crate::store::StoreError;
use crate::store::journal::SeenId;
use crate::store::snapshot::Line;

impl App {
    /// Judges a passed deadline.
    ///
    /// # Errors
    /// The store's; the deadline stands then and is judged again.
    pub async fn pass_deadline(&self, call: CallId, serial: u32) -> Result<(), StoreError> {
        let Some(known) = self.journal.call(call).await? else { return Ok(()) };
        let Some(state) = known.state else { return Ok(()) };
        let Some(line) = self.settings.now().lines.get(&state.line).cloned() else { return Ok(()) };
        let (found, seen) = match (&known.provider_call, &state.traveller_phone, attempt_of(&state)) {
            (Some(id), _, _) => (self.look_up(&line, id).await, Vec::new()),
            // An order whose answer is lost, or was never sent because the process ended.
            (None, Some(to), Some(attempt)) if state.phase == Phase::Placing => {
                let since = self.store.call(call).await?.started_at;
                match self.look_for_order(&line, LostOrder { call, to, since }).await {
                    Ok(Some(found)) => (found.line, vec![SeenId { leg: 0, id: found.id }]),
                    Ok(None) => {
                        let because = "The provider never took the order, so the attempt is planned again.";
                        return self.give_back(&attempt, call, because).await;
                    }
                    Err(error) => (unknown_because(&error), Vec::new()),
                }
            }
            (None, _, _) => (LineFound::Unknown, Vec::new()),
        };
        let event = Event::DeadlinePassed { serial, line: found };
        let incoming = Incoming { call, line, event, delivery: None, seen, wanted: Wanted::Nothing };
        self.judge_step(&incoming).await.map(drop)
    }

    /// How the line stands at the provider.
    async fn look_up(&self, line: &Line, id: &ProviderCallId) -> LineFound {
        let (dialect, access) = (line.account.dialect, &line.account.access);
        let found = match self.carrier.send(dialect.find_call(id, access)).await {
            Ok(response) => dialect.read_found(&response),
            Err(error) => Err(error),
        };
        match found {
            Ok(calls) => calls.first().map_or(LineFound::Unknown, |call| call.line),
            Err(error) => unknown_because(&error),
        }
    }
}

fn unknown_because(error: &CarrierError) -> LineFound {
    tracing::warn!(%error, "A call could not be looked up at the provider");
    LineFound::Unknown
}
