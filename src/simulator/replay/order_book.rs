//! Takes the engine's REST requests over HTTP, writes them down, and answers them as Twilio does: ids that count up, 21220
//! for a call that cannot be changed any more (reference: Twilio REST, Calls and Messages). It rings nobody.

use crate::app::replay_scenario::{REPLAY_ACCOUNT_SID, REPLAY_SECRET};
use crate::simulator::replay::exchange::{ExchangeLog, RequestText};
use axum::body::Bytes;
use axum::extract::{OriginalUri, Path, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The host that saved REST requests name in place of a loopback port.
const REST_HOST: &str = "api.replay.example";

/// An order that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) sid: String,
    pub(super) to: String,
    pub(super) from: String,
    pub(super) url: String,
    pub(super) status_callback: String,
    pub(super) machine_callback: String,
}

/// The orders, redirects and calls that it knows. Clones are the same one.
#[derive(Debug, Clone)]
pub struct OrderBook {
    log: ExchangeLog,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    issued: HashMap<&'static str, u64>,
    orders: Vec<Order>,
    redirects: Vec<(String, String)>,
    /// How each call stands, in Twilio's word.
    statuses: HashMap<String, &'static str>,
}

impl OrderBook {
    /// An order book that writes into `log`.
    #[must_use]
    pub fn new(log: ExchangeLog) -> Self {
        Self { log, inner: Arc::default() }
    }

    /// All routes.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/2010-04-01/Accounts/{account}/Calls.json", post(place).get(find_to))
            .route("/2010-04-01/Accounts/{account}/Calls/{call}", post(change).get(find))
            .route("/2010-04-01/Accounts/{account}/Messages.json", post(message))
            .with_state(self.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A fresh id of Twilio's form: two letters and 32 hex digits, counting up from 1.
    pub(super) fn fresh_sid(&self, letters: &'static str) -> String {
        let mut inner = self.lock();
        let last = inner.issued.entry(letters).or_default();
        *last += 1;
        format!("{letters}{last:032x}")
    }

    /// The newest order, if one came since there were `before`.
    pub(super) fn order_after(&self, before: usize) -> Option<Order> {
        self.lock().orders.get(before).cloned()
    }

    pub(super) fn orders(&self) -> usize {
        self.lock().orders.len()
    }

    /// Redirects that nobody has followed yet: the call's id and the URL of its next document.
    pub(super) fn take_redirects(&self) -> Vec<(String, String)> {
        std::mem::take(&mut self.lock().redirects)
    }

    pub(super) fn set_status(&self, sid: &str, status: &'static str) {
        self.lock().statuses.insert(sid.to_owned(), status);
    }

    fn status(&self, sid: &str) -> Option<&'static str> {
        self.lock().statuses.get(sid).copied()
    }

    fn note(&self, request: &Incoming<'_>) {
        let headers: Vec<(String, String)> = request
            .headers
            .iter()
            .filter(|(name, _)| **name != header::HOST)
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let target = request.uri.path_and_query().map_or("/", |target| target.as_str());
        let body = String::from_utf8_lossy(request.body);
        let method = request.method.as_str();
        self.log.add_rest(&RequestText { method, target, host: REST_HOST, headers: &headers, body: &body });
    }

    /// Writes the request down; the error that Twilio gives for wrong credentials (20003).
    fn refused(&self, account: &str, request: &Incoming<'_>) -> Option<Response> {
        self.note(request);
        let expected = STANDARD.encode(format!("{REPLAY_ACCOUNT_SID}:{REPLAY_SECRET}"));
        let given = request.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let fits = given.and_then(|text| text.strip_prefix("Basic ")) == Some(expected.as_str()) && account == REPLAY_ACCOUNT_SID;
        (!fits).then(|| error(StatusCode::UNAUTHORIZED, 20003, "Authenticate"))
    }
}

struct Incoming<'a> {
    method: Method,
    uri: &'a axum::http::Uri,
    headers: &'a HeaderMap,
    body: &'a [u8],
}

fn error(status: StatusCode, code: u32, message: &str) -> Response {
    let more_info = format!("https://www.twilio.com/docs/errors/{code}");
    let body = json!({"code": code, "message": message, "more_info": more_info, "status": status.as_u16()});
    (status, Json(body)).into_response()
}

fn pairs(body: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(body).into_owned().collect()
}

fn one(pairs: &[(String, String)], name: &str) -> Option<String> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
}

fn shown(order: &Order, status: &str) -> Value {
    json!({"sid": order.sid, "status": status, "to": order.to, "from": order.from, "direction": "outbound-api", "queue_time": "0"})
}

async fn place(
    State(order_book): State<OrderBook>,
    Path(account): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = Incoming { method: Method::POST, uri: &uri, headers: &headers, body: &body };
    if let Some(response) = order_book.refused(&account, &request) {
        return response;
    }
    let pairs = pairs(&body);
    let needed = |name: &str| one(&pairs, name).filter(|value| !value.is_empty());
    let (Some(to), Some(from)) = (needed("To"), needed("From")) else {
        return error(StatusCode::BAD_REQUEST, 21211, "Invalid 'To' Phone Number");
    };
    let Some(url) = needed("Url") else { return error(StatusCode::BAD_REQUEST, 21205, "Url is not a valid URL") };
    let order = Order {
        sid: order_book.fresh_sid("CA"),
        to,
        from,
        url,
        status_callback: needed("StatusCallback").unwrap_or_default(),
        machine_callback: needed("AsyncAmdStatusCallback").unwrap_or_default(),
    };
    order_book.set_status(&order.sid, "queued");
    let shown = shown(&order, "queued");
    order_book.lock().orders.push(order);
    (StatusCode::CREATED, Json(shown)).into_response()
}

async fn change(
    State(order_book): State<OrderBook>,
    Path((account, call)): Path<(String, String)>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = Incoming { method: Method::POST, uri: &uri, headers: &headers, body: &body };
    if let Some(response) = order_book.refused(&account, &request) {
        return response;
    }
    let sid = call.trim_end_matches(".json");
    let Some(status) = order_book.status(sid) else {
        return error(StatusCode::NOT_FOUND, 20404, "The requested resource was not found");
    };
    let pairs = pairs(&body);
    match (one(&pairs, "Url"), one(&pairs, "Status").as_deref()) {
        (Some(url), None) if status == "in-progress" => order_book.lock().redirects.push((sid.to_owned(), url)),
        (None, Some("completed")) => order_book.set_status(sid, "completed"),
        (None, Some("canceled")) if status == "queued" => order_book.set_status(sid, "canceled"),
        _ => return error(StatusCode::BAD_REQUEST, 21220, "Call is not in-progress. Cannot redirect."),
    }
    Json(json!({"sid": sid, "status": order_book.status(sid)})).into_response()
}

async fn find(
    State(order_book): State<OrderBook>,
    Path((account, call)): Path<(String, String)>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let request = Incoming { method: Method::GET, uri: &uri, headers: &headers, body: &[] };
    if let Some(response) = order_book.refused(&account, &request) {
        return response;
    }
    let sid = call.trim_end_matches(".json");
    match order_book.status(sid) {
        Some(status) => Json(json!({"sid": sid, "status": status})).into_response(),
        None => error(StatusCode::NOT_FOUND, 20404, "The requested resource was not found"),
    }
}

async fn find_to(
    State(order_book): State<OrderBook>,
    Path(account): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let request = Incoming { method: Method::GET, uri: &uri, headers: &headers, body: &[] };
    if let Some(response) = order_book.refused(&account, &request) {
        return response;
    }
    let query = pairs(uri.query().unwrap_or_default().as_bytes());
    let to = one(&query, "To").unwrap_or_default();
    let orders: Vec<Order> = order_book.lock().orders.iter().filter(|order| order.to == to).cloned().collect();
    let calls: Vec<Value> = orders.iter().map(|order| shown(order, order_book.status(&order.sid).unwrap_or("queued"))).collect();
    Json(json!({"calls": calls, "page": 0, "page_size": 50, "next_page_uri": null})).into_response()
}

async fn message(
    State(order_book): State<OrderBook>,
    Path(account): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let request = Incoming { method: Method::POST, uri: &uri, headers: &headers, body: &body };
    if let Some(response) = order_book.refused(&account, &request) {
        return response;
    }
    (StatusCode::CREATED, Json(json!({"sid": order_book.fresh_sid("SM"), "status": "queued"}))).into_response()
}
