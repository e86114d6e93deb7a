//! Whose fault a refusal of Twilio's REST interface is. The code decides, never the text.
//!
//! Source: Twilio docs, the error pages of the codes named.

use crate::dialect::{CarrierError, CarrierErrorKind, ProviderResponse};
use serde_json::Value;

/// The error of an answer that is no success.
pub(super) fn error(response: &ProviderResponse) -> CarrierError {
    let body: Option<Value> = serde_json::from_slice(&response.body).ok();
    let code = body.as_ref().and_then(|body| body.get("code")?.as_u64()).and_then(|code| u32::try_from(code).ok());
    let kind = kind(response.status, code);
    CarrierError { kind, code: code.unwrap_or(u32::from(response.status)), retry_after_seconds: response.retry_after_seconds }
}

/// An answer that says it went well and cannot be read.
pub(super) fn unintelligible(response: &ProviderResponse) -> CarrierError {
    CarrierError {
        kind: CarrierErrorKind::Unintelligible,
        code: u32::from(response.status),
        retry_after_seconds: response.retry_after_seconds,
    }
}

/// Whose fault, by Twilio's code, else by the HTTP status.
fn kind(status: u16, code: Option<u32>) -> CarrierErrorKind {
    // A server's own trouble comes first: whatever it says, the call may or may not exist.
    if status >= 500 {
        return CarrierErrorKind::Unreachable;
    }
    match code {
        // Too many at a time; the queue of calls is full.
        Some(20_429 | 22_005) => CarrierErrorKind::Throttled,
        // Credentials; a URL of ours; our own number is not ours, not verified, or cannot send texts.
        Some(20_003 | 21_205 | 21_210 | 21_601 | 21_606 | 21_661) => CarrierErrorKind::Account,
        // No such call; it is not in progress.
        Some(20_404 | 21_220) => CarrierErrorKind::NoSuchCall,
        // Special services, invalid, unreachable, countries not enabled, blocked, trial, opted out, landlines. A country
        // that is not enabled concerns its travellers alone: the others are called on.
        Some(
            21_202 | 21_211 | 21_214 | 21_215 | 21_216 | 21_217 | 21_219 | 21_408 | 21_608 | 21_610 | 21_612 | 21_614 | 21_635,
        ) => CarrierErrorKind::Refused,
        _ => kind_of_status(status),
    }
}

const fn kind_of_status(status: u16) -> CarrierErrorKind {
    match status {
        429 => CarrierErrorKind::Throttled,
        401..=403 => CarrierErrorKind::Account,
        404 | 410 => CarrierErrorKind::NoSuchCall,
        408 => CarrierErrorKind::Unreachable,
        400..=499 => CarrierErrorKind::Refused,
        _ => CarrierErrorKind::Unintelligible,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, body: &str, kind: CarrierErrorKind, code: u32) {
        let response = ProviderResponse { status, retry_after_seconds: Some(7), body: body.as_bytes().to_vec() };
        assert_eq!(error(&response), CarrierError { kind, code, retry_after_seconds: Some(7) }, "{status} {body}");
    }

    fn code(status: u16, code: u32, kind: CarrierErrorKind) {
        check(status, &format!(r#"{{"code": {code}, "message": "x +447700900123", "status": {status}}}"#), kind, code);
    }

    #[test]
    fn each_code_of_the_table() {
        for refused in [21_202, 21_211, 21_214, 21_215, 21_216, 21_217, 21_219, 21_408, 21_608, 21_610, 21_612, 21_614, 21_635] {
            code(400, refused, CarrierErrorKind::Refused);
        }
        for account in [21_205, 21_210, 21_601, 21_606, 21_661] {
            code(400, account, CarrierErrorKind::Account);
        }
        code(401, 20_003, CarrierErrorKind::Account);
        code(404, 20_404, CarrierErrorKind::NoSuchCall);
        code(400, 21_220, CarrierErrorKind::NoSuchCall);
        code(429, 20_429, CarrierErrorKind::Throttled);
        code(400, 22_005, CarrierErrorKind::Throttled);
    }

    #[test]
    fn without_a_known_code_the_status_decides() {
        code(400, 29_999, CarrierErrorKind::Refused);
        code(503, 20_003, CarrierErrorKind::Unreachable);
        check(500, "", CarrierErrorKind::Unreachable, 500);
        check(429, "<html>", CarrierErrorKind::Throttled, 429);
        check(403, "{}", CarrierErrorKind::Account, 403);
        check(404, "[]", CarrierErrorKind::NoSuchCall, 404);
        check(302, "", CarrierErrorKind::Unintelligible, 302);
        check(400, r#"{"code": "21211"}"#, CarrierErrorKind::Refused, 400);
        check(400, r#"{"code": 99999999999}"#, CarrierErrorKind::Refused, 400);
    }
}
