//! The time for what a call waits for is over (promise 8): the provider is asked how the line stands, and that is an event.

use crate::app::engine::App;
use crate::app::judge_step::{Incoming, Wanted};
use crate::dialect::CarrierError;
use crate::model::event::{Event, LineFound};
use crate::model::ids::{CallId, ProviderCallId};
use crate::model::phone::PhoneNumber;
use crate::store::StoreError;
use crate::store::snapshot::Line;
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;

impl App {
    /// Judges a passed deadline.
    ///
    /// # Errors
    /// The store's; the deadline stands then and is judged again.
    pub async fn pass_deadline(&self, call: CallId, serial: u32) -> Result<(), StoreError> {
        let Some(known) = self.journal.call(call).await? else { return Ok(()) };
        let Some(state) = known.state else { return Ok(()) };
        let snapshot = self.settings.now();
        let Some(line) = snapshot.lines.get(&state.line).cloned() else { return Ok(()) };
        let started = self.store.call(call).await?.started_at;
        let found = self.look_up(&line, known.provider_call.as_ref(), state.traveller_phone.as_ref(), started).await;
        let event = Event::DeadlinePassed { serial, line: found };
        let incoming = Incoming { call, line, event, delivery: None, seen: Vec::new(), wanted: Wanted::Nothing };
        self.judge_step(&incoming).await.map(drop)
    }

    /// How the line stands at the provider. A call whose order was never answered is looked for by its number.
    async fn look_up(
        &self,
        line: &Arc<Line>,
        id: Option<&ProviderCallId>,
        to: Option<&PhoneNumber>,
        since: DateTime<Utc>,
    ) -> LineFound {
        let (dialect, access) = (line.account.dialect, &line.account.access);
        let request = match (id, to) {
            (Some(id), _) => dialect.find_call(id, access),
            (None, Some(to)) => dialect.find_calls_to(to, since, access),
            (None, None) => return LineFound::Unknown,
        };
        let found = match self.carrier.send(request).await {
            Ok(response) => dialect.read_found(&response),
            Err(error) => Err(error),
        };
        match found {
            Ok(calls) => {
                // A search by day also finds older calls of that day.
                let recent = calls
                    .iter()
                    .rfind(|call| id.is_some() || call.created_at.is_none_or(|at| at >= since - TimeDelta::seconds(5)));
                recent.map_or(LineFound::Unknown, |call| call.line)
            }
            Err(error) => unknown_because(&error),
        }
    }
}

fn unknown_because(error: &CarrierError) -> LineFound {
    tracing::warn!(%error, "A call could not be looked up at the provider");
    LineFound::Unknown
}
