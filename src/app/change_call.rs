//! Redirects a running call to a fresh step, because the provider did not wait for a document (machine detection, a
//! deadline). The document is judged again when it is fetched.

use crate::app::engine::App;
use crate::dialect::{Callbacks, CarrierErrorKind};
use crate::model::alert::{AlertKind, Severity};
use crate::model::call_state::Phase;
use crate::model::ids::{CallId, LineId};
use crate::model::token::{CallbackKind, StepToken};
use crate::store::StoreError;
use chrono::SubsecRound;
use serde::Deserialize;

/// What a job about a call names.
#[derive(Debug, Clone, Deserialize)]
pub struct AboutCall {
    /// The call.
    pub call: CallId,
    /// Its line.
    pub line: LineId,
    /// The step that made the job.
    pub step: u32,
}

impl App {
    /// Redirects the call. Safe to run twice: a call that is over, or that has gone on, is left alone.
    ///
    /// # Errors
    /// The store's; the job runs again then.
    pub async fn change_call(&self, about: &AboutCall) -> Result<(), StoreError> {
        let Some(known) = self.journal.call(about.call).await? else { return Ok(()) };
        let (Some(state), Some(provider_call)) = (known.state, known.provider_call) else { return Ok(()) };
        let Some(line) = self.settings.now().lines.get(&about.line).cloned() else { return Ok(()) };
        if state.line_ended || !state.change_pending {
            return Ok(());
        }
        let token = StepToken {
            call: state.call,
            step: known.number,
            leg: 0,
            kind: CallbackKind::Redirect,
            direction: state.direction,
            traveller: match state.travellers.as_slice() {
                [one] => Some(*one),
                _ => None,
            },
            language: state.language.clone(),
            ask: state.ask,
            heard: state.heard,
            keys: String::new(),
            answer: state.answer,
            tried: state.tried_mask,
            version: state.version,
            issued_at: self.clock.now().trunc_subsecs(0),
        };
        let request = {
            let seal = |token: &StepToken| self.seal(token, &line.id);
            let callbacks = Callbacks { public_url: &self.public_url, line: line.id.as_str(), seal: &seal };
            line.account.dialect.change_call(&provider_call, &token, &line.account.access, &callbacks)
        };
        let done = match self.carrier.send(request).await {
            Ok(response) => line.account.dialect.read_done(&response),
            Err(error) => Err(error),
        };
        match done {
            Ok(()) => Ok(()),
            Err(error) if error.kind == CarrierErrorKind::NoSuchCall => {
                // It ended meanwhile, most likely; its status callback or deadline says so.
                tracing::info!(call = %about.call, %error, "A call could not be redirected: it is not running any more");
                if state.phase == Phase::Forwarding {
                    self.tell_operator(AlertKind::CallUnknown, Severity::High, Some(&line), "redirect").await;
                }
                Ok(())
            }
            Err(error) => {
                tracing::warn!(call = %about.call, %error, "A call could not be redirected; it is tried again");
                Err(StoreError::Busy)
            }
        }
    }
}
