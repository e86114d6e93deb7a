//! The provider's REST interface, as far as the engine uses it: place, change, end and find a call, send a message
//! (reference: Twilio REST, Calls and Messages).

use crate::model::phone::PhoneNumber;
use crate::simulator::call::Order;
use crate::simulator::observation::What;
use crate::simulator::provider::{CallEntry, Interrupt, Provider};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// All routes.
pub fn router(provider: Arc<Provider>) -> Router {
    Router::new()
        .route("/2010-04-01/Accounts/{account}/Calls.json", post(place).get(find_to))
        .route("/2010-04-01/Accounts/{account}/Calls/{call}", post(change).get(find))
        .route("/2010-04-01/Accounts/{account}/Messages.json", post(message))
        .with_state(provider)
}

/// Serves the REST interface on a loopback port until `stop`; returns its base URL.
///
/// # Errors
/// Where no port is free.
pub async fn listen(provider: Arc<Provider>, stop: CancellationToken) -> std::io::Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let base = format!("http://{}", listener.local_addr()?);
    let router = router(Arc::clone(&provider));
    provider.tasks.spawn(async move {
        let served = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await;
        if let Err(error) = served {
            tracing::warn!(%error, "The simulated provider's REST interface ended");
        }
    });
    Ok(base)
}

fn error(status: StatusCode, code: u32, message: &str) -> Response {
    let body = json!({"code": code, "message": message, "more_info": format!("https://www.twilio.com/docs/errors/{code}"), "status": status.as_u16()});
    (status, Json(body)).into_response()
}

/// Basic credentials, or the error that Twilio gives (20003).
fn refused(provider: &Provider, account: &str, headers: &HeaderMap) -> Option<Response> {
    let expected = STANDARD.encode(format!("{}:{}", provider.config.account_sid, provider.config.auth_token));
    let given =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|text| text.strip_prefix("Basic "));
    let fits = given == Some(expected.as_str()) && account == provider.config.account_sid;
    (!fits).then(|| error(StatusCode::UNAUTHORIZED, 20003, "Authenticate"))
}

fn pairs(body: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(body).into_owned().collect()
}

fn one<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn shown(sid: &str, entry: &CallEntry) -> Value {
    json!({
        "sid": sid, "status": entry.status, "to": entry.to, "from": entry.from, "direction": "outbound-api", "queue_time": "0",
        "start_time": entry.start_time, "date_created": entry.start_time,
    })
}

async fn place(
    State(provider): State<Arc<Provider>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Response {
    let busy = provider.config.clock.busy();
    if let Some(response) = refused(&provider, &account, &headers) {
        return response;
    }
    let pairs = pairs(&body);
    let Some(to) = one(&pairs, "To").and_then(PhoneNumber::from_e164) else {
        return error(StatusCode::BAD_REQUEST, 21211, "Invalid 'To' Phone Number");
    };
    let Some(from) = one(&pairs, "From").and_then(PhoneNumber::from_e164).filter(|from| provider.config.lines.contains_key(from))
    else {
        return error(StatusCode::BAD_REQUEST, 21210, "'From' is not a number of this account");
    };
    let Some(url) = one(&pairs, "Url") else {
        return error(StatusCode::BAD_REQUEST, 21205, "Url is not a valid URL");
    };
    let text = |name: &str| one(&pairs, name).map(str::to_owned);
    let order = Order {
        url: url.to_owned(),
        fallback_url: text("FallbackUrl"),
        status_callback: text("StatusCallback"),
        status_events: pairs.iter().filter(|(name, _)| name == "StatusCallbackEvent").map(|(_, value)| value.clone()).collect(),
        machine_callback: text("AsyncAmdStatusCallback").filter(|_| one(&pairs, "AsyncAmd") == Some("true")),
        ring_seconds: one(&pairs, "Timeout").and_then(|text| text.parse().ok()).unwrap_or(60),
    };
    let sid = provider.place(&to, &from, order);
    let entry = provider.call(&sid);
    drop(busy);
    entry.map_or_else(
        || StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        |entry| (StatusCode::CREATED, Json(shown(&sid, &entry))).into_response(),
    )
}

async fn change(
    State(provider): State<Arc<Provider>>,
    Path((account, call)): Path<(String, String)>,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Response {
    if let Some(response) = refused(&provider, &account, &headers) {
        return response;
    }
    let sid = call.trim_end_matches(".json");
    let Some(entry) = provider.call(sid) else {
        return error(StatusCode::NOT_FOUND, 20404, "The requested resource was not found");
    };
    let pairs = pairs(&body);
    let interrupt = match (one(&pairs, "Status"), one(&pairs, "Url")) {
        (Some("completed"), _) => Interrupt::EndedByRest,
        (Some("canceled"), _) if ["queued", "ringing"].contains(&entry.status) => Interrupt::EndedByRest,
        (None, Some(url)) if entry.status == "in-progress" => Interrupt::Redirect { url: url.to_owned() },
        _ => return error(StatusCode::BAD_REQUEST, 21220, "Call is not in-progress. Cannot redirect."),
    };
    if !provider.interrupt(sid, interrupt) {
        return error(StatusCode::BAD_REQUEST, 21220, "Call is not in-progress. Cannot redirect.");
    }
    Json(shown(sid, &entry)).into_response()
}

async fn find(
    State(provider): State<Arc<Provider>>,
    Path((account, call)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    if let Some(response) = refused(&provider, &account, &headers) {
        return response;
    }
    let sid = call.trim_end_matches(".json");
    match provider.call(sid) {
        Some(entry) => Json(shown(sid, &entry)).into_response(),
        None => error(StatusCode::NOT_FOUND, 20404, "The requested resource was not found"),
    }
}

async fn find_to(
    State(provider): State<Arc<Provider>>,
    Path(account): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    if let Some(response) = refused(&provider, &account, &headers) {
        return response;
    }
    let to = query.get("To").map_or("", String::as_str);
    let calls: Vec<Value> = provider.calls_to(to).iter().map(|(sid, entry)| shown(sid, entry)).collect();
    Json(json!({"calls": calls, "page": 0, "page_size": 50, "next_page_uri": null})).into_response()
}

async fn message(
    State(provider): State<Arc<Provider>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Response {
    if let Some(response) = refused(&provider, &account, &headers) {
        return response;
    }
    let pairs = pairs(&body);
    let (Some(to), Some(text)) = (one(&pairs, "To").and_then(PhoneNumber::from_e164), one(&pairs, "Body")) else {
        return error(StatusCode::BAD_REQUEST, 21211, "Invalid 'To' Phone Number");
    };
    let sid = provider.fresh_sid("SM");
    provider.observe(&sid, &to, What::ReceivesText(text.to_owned()));
    (StatusCode::CREATED, Json(json!({"sid": sid, "status": "queued"}))).into_response()
}
