//! What was said between the replayed provider and the engine, in order, as it is saved: whole requests as text, and the
//! documents that answered them. Hosts are the public names, never the loopback ports, so that two runs save the same.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// One request and what it was answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exchange {
    /// A webhook of the provider.
    Webhook {
        /// The request, with the step it belongs to in front.
        request: String,
        /// The document, where the answer has a body.
        response: Option<String>,
    },
    /// A REST request of ours.
    Rest {
        /// The request, with the step it belongs to in front.
        request: String,
    },
}

impl Exchange {
    /// The files of this exchange when it is the `number`th, from 1: name and content.
    #[must_use]
    pub fn files(&self, number: usize) -> Vec<(String, &str)> {
        match self {
            Self::Webhook { request, response } => {
                let request = (format!("{number:02}.request.http"), request.as_str());
                let response = response.as_deref().map(|text| (format!("{number:02}.response.xml"), text));
                std::iter::once(request).chain(response).collect()
            }
            Self::Rest { request } => vec![(format!("{number:02}.rest.http"), request.as_str())],
        }
    }
}

/// A request as text.
#[derive(Debug)]
pub(super) struct RequestText<'a> {
    pub(super) method: &'a str,
    /// Path and query.
    pub(super) target: &'a str,
    pub(super) host: &'a str,
    pub(super) headers: &'a [(String, String)],
    pub(super) body: &'a str,
}

/// All exchanges of one scenario. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct ExchangeLog(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    step: usize,
    exchanges: Vec<Exchange>,
}

impl ExchangeLog {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on everything belongs to this step (from 1; 0: before the first).
    pub fn begin_step(&self, step: usize) {
        self.lock().step = step;
    }

    /// Everything so far.
    #[must_use]
    pub fn all(&self) -> Vec<Exchange> {
        self.lock().exchanges.clone()
    }

    pub(super) fn add_webhook(&self, request: &RequestText<'_>, body: &str) {
        let response = (!body.is_empty()).then(|| body.to_owned());
        let mut inner = self.lock();
        let request = text(inner.step, request);
        inner.exchanges.push(Exchange::Webhook { request, response });
    }

    pub(super) fn add_rest(&self, request: &RequestText<'_>) {
        let mut inner = self.lock();
        let request = text(inner.step, request);
        inner.exchanges.push(Exchange::Rest { request });
    }
}

fn text(step: usize, request: &RequestText<'_>) -> String {
    let RequestText { method, target, host, headers, body } = request;
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    format!("X-Replay-Step: {step}\n{method} {target} HTTP/1.1\nHost: {host}\n{headers}\n{body}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_numbered_and_begin_with_the_step() {
        let log = ExchangeLog::default();
        log.begin_step(7);
        let headers = [("X-A".to_owned(), "b".to_owned())];
        let request = RequestText { method: "POST", target: "/x?y", host: "h.example", headers: &headers, body: "a=1" };
        log.add_webhook(&request, "");
        log.add_webhook(&request, "<Response/>");
        log.add_rest(&request);
        let all = log.all();
        let names = |number: usize| all[number].files(number + 1).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(0), ["01.request.http"]);
        assert_eq!(names(1), ["02.request.http", "02.response.xml"]);
        assert_eq!(names(2), ["03.rest.http"]);
        assert_eq!(all[2].files(100)[0].0, "100.rest.http");
        let text = all[0].files(1)[0].1.to_owned();
        assert_eq!(text, "X-Replay-Step: 7\nPOST /x?y HTTP/1.1\nHost: h.example\nX-A: b\n\na=1");
    }
}
