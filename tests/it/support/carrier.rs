//! A provider's REST interface as tests want it: it takes, loses, delays or refuses orders on demand, and remembers what it
//! was asked. It never calls back by itself.

use assistline::model::clock::Clock;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::task::TaskTracker;

/// What becomes of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Taken, 201.
    Taken,
    /// Taken, and answered with 503.
    TakenAnd503,
    /// Answered with 503, and taken so many seconds later.
    TakenLater(i64),
    /// Taken, and answered with something that cannot be read.
    TakenAndGarbled,
    /// Answered with 503, and never taken.
    Lost,
    /// 429; with `Retry-After` in seconds.
    TooMany(Option<u32>),
    /// 400 with Twilio's code.
    Refused(u32),
    /// 401.
    WrongPassword,
}

/// A call that the provider knows.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) sid: String,
    pub(crate) to: String,
    /// The first document.
    pub(crate) url: String,
    /// Progress of the line.
    pub(crate) status_url: String,
    /// When it was ordered.
    pub(crate) at: DateTime<Utc>,
    /// From when it is shown.
    shown_from: DateTime<Utc>,
    /// The provider's word.
    pub(crate) status: String,
}

/// The provider.
pub(crate) struct Carrier {
    clock: Clock,
    orders: Mutex<VecDeque<Order>>,
    calls: Mutex<Vec<Known>>,
    asked: Mutex<Vec<String>>,
    down: Mutex<bool>,
    tasks: TaskTracker,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Carrier {
    /// Listens on a loopback port; returns itself and its base URL.
    pub(crate) async fn listen(clock: Clock) -> (Arc<Self>, String) {
        let carrier = Arc::new(Self {
            clock,
            orders: Mutex::default(),
            calls: Mutex::default(),
            asked: Mutex::default(),
            down: Mutex::new(false),
            tasks: TaskTracker::new(),
        });
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new()
            .route("/2010-04-01/Accounts/{account}/Calls.json", post(place).get(list))
            .route("/2010-04-01/Accounts/{account}/Calls/{call}", post(change).get(show))
            .with_state(Arc::clone(&carrier));
        carrier.tasks.spawn(async move { axum::serve(listener, router).await });
        (carrier, base)
    }

    /// What becomes of the next orders; after these all are taken.
    pub(crate) fn next_orders(&self, orders: &[Order]) {
        locked(&self.orders).extend(orders);
    }

    /// Every request is answered with 500 from now on, or not any more.
    pub(crate) fn set_down(&self, down: bool) {
        *locked(&self.down) = down;
    }

    /// All calls, in the order of their orders.
    pub(crate) fn calls(&self) -> Vec<Known> {
        locked(&self.calls).clone()
    }

    /// How a call stands from now on.
    pub(crate) fn set_status(&self, sid: &str, status: &str) {
        for call in locked(&self.calls).iter_mut().filter(|call| call.sid == sid) {
            status.clone_into(&mut call.status);
        }
    }

    /// What was asked beside orders: `show CA…`, `list`, `cancel CA…`, `redirect CA…`.
    pub(crate) fn asked(&self) -> Vec<String> {
        locked(&self.asked).clone()
    }

    fn take(&self, form: &HashMap<String, String>, later_seconds: i64) -> Known {
        let mut calls = locked(&self.calls);
        let now = self.clock.now();
        let known = Known {
            sid: format!("CA{:032x}", calls.len() + 1),
            to: form.get("To").cloned().unwrap_or_default(),
            url: form.get("Url").cloned().unwrap_or_default(),
            status_url: form.get("StatusCallback").cloned().unwrap_or_default(),
            at: now,
            shown_from: now + TimeDelta::seconds(later_seconds),
            status: "queued".to_owned(),
        };
        calls.push(known.clone());
        known
    }
}

fn shown(call: &Known) -> Value {
    let created = (call.shown_from).to_rfc2822();
    json!({"sid": call.sid, "status": call.status, "to": call.to, "date_created": created})
}

fn error(status: StatusCode, code: u32, to: &str) -> Response {
    // Providers echo what they were sent: none of it may reach a log.
    let message = format!("The number {to} is not to be called with token SECRET-OF-THE-PROVIDER");
    (status, Json(json!({"code": code, "message": message, "status": status.as_u16()}))).into_response()
}

async fn place(State(carrier): State<Arc<Carrier>>, body: String) -> Response {
    let form: HashMap<String, String> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let to = form.get("To").cloned().unwrap_or_default();
    if *locked(&carrier.down) {
        return error(StatusCode::INTERNAL_SERVER_ERROR, 20_500, &to);
    }
    let order = locked(&carrier.orders).pop_front().unwrap_or(Order::Taken);
    match order {
        Order::Taken => (StatusCode::CREATED, Json(shown(&carrier.take(&form, 0)))).into_response(),
        Order::TakenAnd503 => {
            carrier.take(&form, 0);
            error(StatusCode::SERVICE_UNAVAILABLE, 20_503, &to)
        }
        Order::TakenLater(seconds) => {
            carrier.take(&form, seconds);
            error(StatusCode::SERVICE_UNAVAILABLE, 20_503, &to)
        }
        Order::TakenAndGarbled => {
            carrier.take(&form, 0);
            (StatusCode::CREATED, "<html>").into_response()
        }
        Order::Lost => error(StatusCode::SERVICE_UNAVAILABLE, 20_503, &to),
        Order::TooMany(seconds) => {
            let mut response = error(StatusCode::TOO_MANY_REQUESTS, 20_429, &to);
            if let Some(seconds) = seconds {
                response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            response
        }
        Order::Refused(code) => error(StatusCode::BAD_REQUEST, code, &to),
        Order::WrongPassword => error(StatusCode::UNAUTHORIZED, 20_003, &to),
    }
}

async fn list(State(carrier): State<Arc<Carrier>>, Query(query): Query<HashMap<String, String>>) -> Response {
    locked(&carrier.asked).push("list".to_owned());
    if *locked(&carrier.down) {
        return error(StatusCode::INTERNAL_SERVER_ERROR, 20_500, "");
    }
    let (to, now) = (query.get("To").map_or("", String::as_str), carrier.clock.now());
    let calls: Vec<Value> =
        locked(&carrier.calls).iter().rev().filter(|call| call.to == to && call.shown_from <= now).map(shown).collect();
    Json(json!({"calls": calls, "next_page_uri": null})).into_response()
}

async fn show(State(carrier): State<Arc<Carrier>>, Path((_, call)): Path<(String, String)>) -> Response {
    let sid = call.trim_end_matches(".json");
    locked(&carrier.asked).push(format!("show {sid}"));
    if *locked(&carrier.down) {
        return error(StatusCode::INTERNAL_SERVER_ERROR, 20_500, "");
    }
    let calls = locked(&carrier.calls);
    match calls.iter().find(|call| call.sid == sid) {
        Some(call) => Json(shown(call)).into_response(),
        None => error(StatusCode::NOT_FOUND, 20_404, ""),
    }
}

async fn change(State(carrier): State<Arc<Carrier>>, Path((_, call)): Path<(String, String)>, body: String) -> Response {
    let form: HashMap<String, String> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
    let sid = call.trim_end_matches(".json");
    let what = match (form.get("Status").map(String::as_str), form.get("Url")) {
        (Some("canceled"), _) => "cancel",
        (Some(_), _) => "end",
        (None, _) => "redirect",
    };
    locked(&carrier.asked).push(format!("{what} {sid}"));
    if *locked(&carrier.down) {
        return error(StatusCode::INTERNAL_SERVER_ERROR, 20_500, "");
    }
    if what != "redirect" {
        carrier.set_status(sid, "canceled");
    }
    Json(json!({"sid": sid})).into_response()
}
