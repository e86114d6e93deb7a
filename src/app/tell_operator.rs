//! Operator alerts: faults of the installation that a person must mend (no organisation).

use crate::app::engine::App;
use crate::app::take_webhook::WebhookRoute;
use crate::dialect::{RawRequest, WebhookError};
use crate::model::alert::{AlertKind, Severity};
use crate::model::ids::AlertId;
use crate::model::limits;
use crate::model::token::StepToken;
use crate::store::alerts::NewAlert;
use crate::store::snapshot::Line;
use chrono::TimeDelta;
use std::sync::PoisonError;

impl App {
    /// Raises an operator alert, once as long as it is not settled: `what` and the line name it.
    pub async fn tell_operator(&self, kind: AlertKind, severity: Severity, line: Option<&Line>, what: &str) {
        let name = line.map_or("installation", |line| line.id.as_str());
        let alert = NewAlert {
            id: AlertId(self.ids.fresh()),
            organisation: None,
            kind,
            severity,
            travellers: Vec::new(),
            about_travel: false,
            call: None,
            query: None,
            line: line.map(|line| line.id.clone()),
            once_key: Some(format!("{}:{name}:{what}", kind.as_str())),
        };
        match self.store.raise_alert(&alert, self.clock.now()).await {
            Ok(true) => {
                tracing::error!(kind = kind.as_str(), line = name, "The operator is alerted");
                self.work.ring(&self.clock);
            }
            Ok(false) => {}
            Err(error) => tracing::error!(kind = kind.as_str(), line = name, %error, "The operator alert could not be stored"),
        }
    }

    /// A refused webhook. One that names a call we placed, or ten within ten minutes on one line, is an operator alert: a
    /// rotated secret must not silence us for weeks (promise 7).
    pub(crate) async fn note_refused_webhook(
        &self,
        line: &Line,
        route: &WebhookRoute,
        request: &RawRequest,
        error: &WebhookError,
    ) {
        tracing::info!(line = %line.id, %error, bytes = request.body.len(), "A webhook was refused");
        metrics::counter!("assistline_webhooks_refused_total", "line" => line.id.to_string()).increment(1);
        let now = self.clock.now();
        let many = {
            let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
            let times = refused.entry(line.id.clone()).or_default();
            times.retain(|at| now - *at < TimeDelta::minutes(limits::REFUSED_MINUTES));
            if times.len() < limits::REFUSED_WEBHOOKS_MAX {
                times.push(now);
            }
            times.len() >= limits::REFUSED_WEBHOOKS_MAX
        };
        if many || self.names_a_call_of_ours(line, route) {
            self.tell_operator(AlertKind::WebhooksRefused, Severity::High, Some(line), "signature").await;
        }
    }

    /// Only we can make a token that opens.
    fn names_a_call_of_ours(&self, line: &Line, route: &WebhookRoute) -> bool {
        let sealed = match route {
            WebhookRoute::Step(token) | WebhookRoute::Status(Some(token)) => token,
            WebhookRoute::Voice | WebhookRoute::Status(None) | WebhookRoute::Message => return false,
        };
        self.keys.open_token(sealed, &line.id, self.clock.now()).is_ok()
    }

    /// A verified webhook whose provider id contradicts its token: it is refused, and moves nothing.
    pub(crate) fn note_foreign_token(&self, line: &Line) {
        tracing::warn!(line = %line.id, "A webhook was refused: the provider's id contradicts its token");
    }

    /// A step of the safe plan, told as loudly as can be.
    pub(crate) fn note_safe_plan(&self, line: &Line, token: Option<&StepToken>) {
        tracing::error!(line = %line.id, call = ?token.map(|token| token.call), "A call runs on the safe plan");
    }
}
