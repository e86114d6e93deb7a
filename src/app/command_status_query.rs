//! Pauses, resumes and stops a status query. After the answer to `stop` no phone begins to ring: orders on their way are
//! waited for, and those that do not ring yet are withdrawn at the provider (field case F16). Calls that run go on: help
//! still reaches its desk.

use crate::app::engine::App;
use crate::app::place_call::Attempt;
use crate::dialect::CarrierErrorKind;
use crate::model::call_state::Phase;
use crate::model::event::{Event, LineStatus};
use crate::model::ids::{CallId, OrganisationId, QueryId};
use crate::model::limits;
use crate::store::queries::{QueryCommand, QueryRow, QueryState};
use crate::store::{By, StoreError};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

impl App {
    /// Pauses, resumes or stops a query. A stop is back when its orders are withdrawn, or after [`limits::STOP_MS_MAX`];
    /// what is left then is withdrawn by its job.
    ///
    /// # Errors
    /// `NotFound`: not of this organisation. `Conflict("the query's state")`: it is over. Or the store's.
    pub async fn command_status_query(
        self: &Arc<Self>,
        organisation: &OrganisationId,
        query: QueryId,
        command: QueryCommand,
        by: By<'_>,
    ) -> Result<QueryRow, StoreError> {
        let row = self.store.command_query(organisation, query, command, by).await?;
        if row.state == QueryState::Stopped {
            let limit = Duration::from_millis(limits::STOP_MS_MAX);
            match tokio::time::timeout(limit, self.withdraw_orders(query)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => tracing::warn!(%query, "Not every order of a stopped query is withdrawn yet"),
            }
        }
        self.work.ring(&self.clock);
        Ok(row)
    }

    /// Withdraws the orders of a stopped query that do not ring yet. Safe to run twice.
    ///
    /// # Errors
    /// `Busy`: some could not be withdrawn, or their order is not answered yet; to be run again. Or the store's.
    pub async fn withdraw_orders(self: &Arc<Self>, query: QueryId) -> Result<(), StoreError> {
        // No order can begin any more; those that have begun learn their ids first.
        self.under_way.orders.none_left(query).await;
        let mut waiting = self.store.running_attempts(query).await?.into_iter();
        let mut errands = JoinSet::new();
        let mut left = false;
        loop {
            while errands.len() < limits::ERRANDS_AT_ONCE_MAX
                && let Some(running) = waiting.next()
            {
                let app = Arc::clone(self);
                errands.spawn(async move { app.withdraw(running.call).await });
            }
            match errands.join_next().await {
                Some(Ok(Ok(withdrawn))) => left |= !withdrawn,
                Some(Ok(Err(error))) => return Err(error),
                Some(Err(_panicked)) => left = true,
                None => return if left { Err(StoreError::Busy) } else { Ok(()) },
            }
        }
    }

    /// A call of a query that was stopped while its order was on its way.
    pub(crate) async fn withdraw_if_stopped(&self, attempt: &Attempt, call: CallId) -> Result<(), StoreError> {
        if self.store.query(attempt.query).await?.state == QueryState::Stopped {
            self.withdraw(call).await?;
        }
        Ok(())
    }

    /// Withdraws one call unless it rings already: false where that has to be tried again.
    async fn withdraw(&self, call: CallId) -> Result<bool, StoreError> {
        let Some(known) = self.journal.call(call).await? else { return Ok(true) };
        let Some(state) = known.state.filter(|state| state.phase == Phase::Placing) else { return Ok(true) };
        let Some(line) = self.settings.now().lines.get(&state.line).cloned() else { return Ok(true) };
        // Without an id its order is lost: whoever finds it withdraws it.
        let Some(provider_call) = known.provider_call else { return Ok(false) };
        if self.rings(call).await? {
            return Ok(true);
        }
        let request = line.account.dialect.cancel_call(&provider_call, &line.account.access);
        let done = match self.carrier.send(request).await {
            Ok(response) => line.account.dialect.read_done(&response),
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => Ok(true),
            // Answered or over meanwhile: it goes on, or needs no withdrawing.
            Err(error) if error.kind == CarrierErrorKind::NoSuchCall => Ok(true),
            Err(error) => {
                tracing::warn!(%call, %error, "An order could not be withdrawn");
                Ok(false)
            }
        }
    }

    /// Does the provider say that the phone rings?
    async fn rings(&self, call: CallId) -> Result<bool, StoreError> {
        let steps = self.journal.steps(call).await?;
        Ok(steps
            .iter()
            .any(|step| matches!(step.event, Some(Event::CallStatus { status: LineStatus::Ringing | LineStatus::InProgress }))))
    }
}
