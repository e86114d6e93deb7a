//! Pauses, resumes and stops a status query. After the answer to `stop` no phone begins to ring: nothing new is ordered, and
//! orders that do not ring yet are withdrawn at the provider. Calls that run go on: help still reaches its desk.

use crate::app::engine::App;
use crate::model::ids::{OrganisationId, QueryId};
use crate::store::queries::{QueryCommand, QueryRow};
use crate::store::{By, StoreError};
use std::sync::Arc;

/// Orders that are withdrawn at the same time.
const WITHDRAWN_AT_ONCE: usize = 20;

impl App {
    /// Pauses, resumes or stops a query. Doing so twice changes nothing.
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
        if command == QueryCommand::Stop {
            self.withdraw_orders(query).await?;
        }
        self.work.ring(&self.clock);
        Ok(row)
    }

    /// Withdraws the orders of a query that nobody has answered. A provider that does not answer leaves them to their end.
    async fn withdraw_orders(self: &Arc<Self>, query: QueryId) -> Result<(), StoreError> {
        for some in self.store.running_attempts(query).await?.chunks(WITHDRAWN_AT_ONCE) {
            let mut withdrawn = Vec::with_capacity(some.len());
            for attempt in some {
                let Some(provider_call) = attempt.provider_call.clone() else { continue };
                let row = self.store.call(attempt.call).await?;
                let Some(line) = self.settings.now().lines.get(&row.line).cloned() else { continue };
                let app = Arc::clone(self);
                withdrawn.push(self.tasks.spawn(async move {
                    let request = line.account.dialect.cancel_call(&provider_call, &line.account.access);
                    let done = match app.carrier.send(request).await {
                        Ok(response) => line.account.dialect.read_done(&response),
                        Err(error) => Err(error),
                    };
                    if let Err(error) = done {
                        tracing::warn!(line = %line.id, %error, "An order of a stopped query could not be withdrawn");
                    }
                }));
            }
            for task in withdrawn {
                if let Err(error) = task.await {
                    tracing::error!(%error, "Withdrawing an order was broken off");
                }
            }
        }
        Ok(())
    }
}
