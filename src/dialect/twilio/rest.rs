//! Our requests to Twilio's REST interface, and its answers.
//!
//! Source: Twilio docs "Call resource" and "Message resource"; repository twilio/twilio-oai, `twilio_api_v2010.json`.
//! Fixtures: `tests/data/twilio/rest.jsonl`, the SDK's own requests. There is no idempotency key: after a lost answer the
//! call is looked for before it is placed again.

use crate::dialect::twilio::errors::{error, unintelligible};
use crate::dialect::twilio::parse::{is_end, line_status};
use crate::dialect::{AccountAccess, CarrierError, CarrierErrorKind, FoundCall, ProviderRequest, ProviderResponse, form};
use crate::model::event::{LineFound, LineStatus};
use crate::model::ids::ProviderCallId;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// `Timeout`: how long a phone may ring, in seconds.
const RING_SECONDS: std::ops::RangeInclusive<u16> = 5..=600;
/// Clocks differ: a search for calls begins this long before the order, and `StartTime` knows days only.
const SEARCH_MARGIN_HOURS: i64 = 1;

/// A status call, with its URLs spelt out.
pub(super) struct Order<'a> {
    /// The traveller.
    pub(super) to: &'a str,
    /// Our line.
    pub(super) from: &'a str,
    /// How long it may ring.
    pub(super) ring_seconds: u16,
    /// The first document.
    pub(super) answered_url: &'a str,
    /// What Twilio asks when `answered_url` fails.
    pub(super) fallback_url: &'a str,
    /// The line's progress.
    pub(super) status_url: &'a str,
    /// Machine detection.
    pub(super) machine_url: &'a str,
}

impl Order<'_> {
    /// The order as a request. Detection is asynchronous (nobody waits in silence for it) and reports the end of a
    /// greeting, when a message can be left. The wanted events are repeated, one parameter each: as one list Twilio takes
    /// the order and never reports anything (vellum-ai/vellum-assistant#6044).
    pub(super) fn request(&self, access: &AccountAccess) -> ProviderRequest {
        let ring_seconds = self.ring_seconds.clamp(*RING_SECONDS.start(), *RING_SECONDS.end()).to_string();
        post(
            access,
            "Calls.json",
            &[
                ("To", self.to),
                ("From", self.from),
                ("Url", self.answered_url),
                ("Method", "POST"),
                ("FallbackUrl", self.fallback_url),
                ("FallbackMethod", "POST"),
                ("StatusCallback", self.status_url),
                ("StatusCallbackMethod", "POST"),
                ("StatusCallbackEvent", "initiated"),
                ("StatusCallbackEvent", "ringing"),
                ("StatusCallbackEvent", "answered"),
                ("StatusCallbackEvent", "completed"),
                ("Timeout", &ring_seconds),
                ("MachineDetection", "DetectMessageEnd"),
                ("AsyncAmd", "true"),
                ("AsyncAmdStatusCallback", self.machine_url),
                ("AsyncAmdStatusCallbackMethod", "POST"),
            ],
        )
    }
}

/// Another document for a running call.
pub(super) fn redirect(call: &ProviderCallId, url: &str, access: &AccountAccess) -> ProviderRequest {
    post(access, &one_call(call), &[("Url", url), ("Method", "POST")])
}

/// Ends a call in any state.
pub(super) fn end(call: &ProviderCallId, access: &AccountAccess) -> ProviderRequest {
    post(access, &one_call(call), &[("Status", "completed")])
}

/// Ends a call only while it is queued or rings.
pub(super) fn cancel(call: &ProviderCallId, access: &AccountAccess) -> ProviderRequest {
    post(access, &one_call(call), &[("Status", "canceled")])
}

/// One call.
pub(super) fn find(call: &ProviderCallId, access: &AccountAccess) -> ProviderRequest {
    get(access, &one_call(call), &[])
}

/// Calls to a number since the day of a moment.
pub(super) fn find_to(to: &str, since: DateTime<Utc>, access: &AccountAccess) -> ProviderRequest {
    let day = (since - TimeDelta::hours(SEARCH_MARGIN_HOURS)).format("%Y-%m-%d").to_string();
    get(access, "Calls.json", &[("To", to), ("StartTime>", &day)])
}

/// A text.
pub(super) fn message(to: &str, from: &str, text: &str, access: &AccountAccess) -> ProviderRequest {
    post(access, "Messages.json", &[("To", to), ("From", from), ("Body", text)])
}

fn one_call(call: &ProviderCallId) -> String {
    format!("Calls/{}.json", call.0)
}

fn post(access: &AccountAccess, path: &str, fields: &[(&str, &str)]) -> ProviderRequest {
    let mut request = get(access, path, &[]);
    request.method = "POST";
    request.headers.push(("content-type", "application/x-www-form-urlencoded".to_owned()));
    request.body = form::encode(fields);
    request
}

fn get(access: &AccountAccess, path: &str, query: &[(&str, &str)]) -> ProviderRequest {
    let account = credential(access, "account_sid").map(|sid| sid.expose_secret().to_owned()).unwrap_or_default();
    let query = if query.is_empty() { String::new() } else { format!("?{}", form::encode(query)) };
    ProviderRequest {
        method: "GET",
        url: format!("{}/2010-04-01/Accounts/{account}/{path}{query}", base_url(access)),
        headers: vec![("accept", "application/json".to_owned())],
        basic: basic(access),
        body: String::new(),
    }
}

fn credential<'a>(access: &'a AccountAccess, name: &str) -> Option<&'a SecretString> {
    access.credentials.get(name).filter(|value| !value.expose_secret().is_empty())
}

/// An API key where the account has one (regions accept no other), else the account itself.
fn basic(access: &AccountAccess) -> Option<(String, SecretString)> {
    let pair = |user: &str, password: &str| {
        let user = credential(access, user)?.expose_secret().to_owned();
        Some((user, credential(access, password)?.clone()))
    };
    pair("api_key_sid", "api_key_secret").or_else(|| pair("account_sid", "auth_token"))
}

/// Where the account's region answers. Twilio processes calls in the United States, Ireland and Australia; the names of
/// its other regions choose an edge only, and `api.{region}.twilio.com` is switched off since 28 April 2026.
/// Source: Twilio docs "API domain migration guide" and "Legacy edge location IDs".
fn base_url(access: &AccountAccess) -> String {
    match (&access.api_base_url, access.region.as_deref()) {
        (Some(url), _) => url.trim_end_matches('/').to_owned(),
        (None, Some("ie1")) => "https://api.dublin.ie1.twilio.com".to_owned(),
        (None, Some("au1")) => "https://api.sydney.au1.twilio.com".to_owned(),
        (None, _) => "https://api.twilio.com".to_owned(),
    }
}

const fn is_success(response: &ProviderResponse) -> bool {
    response.status >= 200 && response.status < 300
}

/// The answer to an order. A success that cannot be read may well have placed the call.
pub(super) fn read_placed(response: &ProviderResponse) -> Result<ProviderCallId, CarrierError> {
    if !is_success(response) {
        let error = error(response);
        // Where calls are placed there is no call to be missing: the account is, or its region is another one.
        let kind = if error.kind == CarrierErrorKind::NoSuchCall { CarrierErrorKind::Account } else { error.kind };
        return Err(CarrierError { kind, ..error });
    }
    let body: Option<Value> = serde_json::from_slice(&response.body).ok();
    let call = body.as_ref().and_then(read_call).ok_or_else(|| unintelligible(response))?;
    Ok(call.id)
}

/// The answer to a look-up: one call, or a list of calls.
pub(super) fn read_found(response: &ProviderResponse) -> Result<Vec<FoundCall>, CarrierError> {
    if !is_success(response) {
        return Err(error(response));
    }
    let body: Value = serde_json::from_slice(&response.body).ok().ok_or_else(|| unintelligible(response))?;
    let calls = match body.get("calls").and_then(Value::as_array) {
        Some(calls) => calls.iter().map(read_call).collect::<Option<Vec<_>>>(),
        None => read_call(&body).map(|call| vec![call]),
    };
    calls.ok_or_else(|| unintelligible(response))
}

/// The answer where only success counts.
pub(super) fn read_done(response: &ProviderResponse) -> Result<(), CarrierError> {
    if is_success(response) { Ok(()) } else { Err(error(response)) }
}

fn read_call(call: &Value) -> Option<FoundCall> {
    let text = |name: &str| call.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let created_at = text("date_created").and_then(|date| DateTime::parse_from_rfc2822(date).ok());
    Some(FoundCall {
        id: ProviderCallId(text("sid")?.to_owned()),
        line: text("status").and_then(line_status).map_or(LineFound::Unknown, line_found),
        created_at: created_at.map(|date| date.to_utc()),
    })
}

const fn line_found(status: LineStatus) -> LineFound {
    if is_end(status) {
        return LineFound::Ended(status);
    }
    match status {
        LineStatus::InProgress => LineFound::Up,
        LineStatus::Initiated
        | LineStatus::Ringing
        | LineStatus::Completed
        | LineStatus::Busy
        | LineStatus::NoAnswer
        | LineStatus::Failed => LineFound::NotYetAnswered,
    }
}

#[cfg(test)]
mod tests;
