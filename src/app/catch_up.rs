//! Stores what was answered while the memory was away, as soon as it answers again (promise 4): before the next step of the
//! same call is judged, and whenever work is looked for. Safe to be done twice: each event has its delivery.

use crate::app::engine::App;
use crate::app::judge_step::{Incoming, Wanted};
use crate::model::ids::CallId;
use crate::store::StoreError;
use std::sync::Arc;

impl App {
    /// Stores what one call waits to have stored.
    ///
    /// # Errors
    /// `Busy` or `Down`: what is left stays, and is tried again.
    pub async fn catch_up(&self, call: CallId) -> Result<(), StoreError> {
        let Some(missed) = self.missed.of(call) else { return Ok(()) };
        for delivered in &missed.events {
            let incoming = Incoming {
                call,
                line: Arc::clone(&missed.line),
                event: delivered.event.clone(),
                delivery: Some(delivered.delivery),
                seen: delivered.seen.clone(),
                wanted: Wanted::Nothing,
            };
            match self.judge_heard(&incoming, delivered.token.as_ref()).await {
                Ok(_) => {
                    tracing::warn!(%call, event = incoming.event.kind(), "What was answered without the memory is stored now")
                }
                Err(error @ (StoreError::Busy | StoreError::Down)) => return Err(error),
                // It never will be stored; the call goes on without it.
                Err(error) => tracing::error!(%call, %error, "What was answered without the memory cannot be stored"),
            }
            self.missed.stored(call, delivered.delivery);
        }
        if let Some(token) = &missed.forward {
            self.adopt_forward(call, &missed.line, token).await?;
        }
        self.missed.caught_up(call, missed.forward.as_ref());
        Ok(())
    }

    /// The same for all calls. One that fails does not stop the others.
    ///
    /// # Errors
    /// The first failure.
    pub async fn catch_up_all(&self) -> Result<(), StoreError> {
        let mut result = Ok(());
        for call in self.missed.calls() {
            result = result.and(self.catch_up(call).await);
        }
        result
    }
}
