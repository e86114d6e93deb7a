//! `/v1/organisations/{org}/route` and `…/emergency-contact`: who would take a call, and whom travellers call.

use crate::app::engine::App;
use crate::app::preview_route::{EmergencyContact, RoutePreview};
use crate::model::access::Right;
use crate::settings::requests::check_route;
use crate::web::api::answers;
use crate::web::auth::Caller;
use crate::web::body::{Parameters, valid};
use crate::web::error::ApiError;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::sync::Arc;

/// Octets of a vCard line before it is folded (RFC 2426, 2.6).
const VCARD_LINE_BYTES_MAX: usize = 75;

/// `GET …/route?answer=&at=&language=&version=`.
pub async fn preview(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(org): Path<String>,
    Parameters(query): Parameters,
) -> Result<Response, ApiError> {
    let organisation = caller.organisation(&org, Right::Read)?;
    let wanted = valid(check_route(&query))?;
    Ok(answers::ok(route_shown(&app.preview_route(&organisation, &wanted).await?)))
}

/// `GET …/emergency-contact`, as JSON or, where `Accept` asks for it, as `text/vcard`.
pub async fn emergency_contact(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(org): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let organisation = caller.organisation(&org, Right::Read)?;
    let contact = app.emergency_contact(&organisation).await?;
    let wants_card =
        headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|accept| accept.contains("text/vcard"));
    let varies = (header::VARY, "Accept");
    if !wants_card {
        return Ok(([varies], answers::ok(contact_shown(&contact))).into_response());
    }
    let kind = (header::CONTENT_TYPE, "text/vcard; charset=utf-8");
    let name = (header::CONTENT_DISPOSITION, "attachment; filename=\"emergency-contact.vcf\"");
    Ok(([kind, name, varies], vcard(&contact)).into_response())
}

/// A route.
#[must_use]
pub fn route_shown(route: &RoutePreview) -> Value {
    let desks = route.stops.iter().map(|stop| {
        json!({
            "role": stop.desk.role.as_str(),
            "name": stop.desk.name,
            "phone": stop.desk.phone.e164(),
            "must_confirm": stop.desk.must_confirm,
            "ring_seconds": stop.desk.ring_seconds,
            "open": stop.desk.open,
            "because": stop.because,
        })
    });
    json!({
        "version": route.version,
        "answer": route.answer.as_str(),
        "at": route.at,
        "emergency_number": route.emergency_number.as_ref().map(|number| number.e164()),
        "caller_id": route.caller_id.as_ref().map(|number| number.e164()),
        "desks": desks.collect::<Vec<_>>(),
        "because": route.because,
    })
}

fn contact_shown(contact: &EmergencyContact) -> Value {
    json!({
        "organisation": contact.organisation,
        "name": contact.name,
        "phone": contact.phone.e164(),
        "tel": format!("tel:{}", contact.phone.e164()),
        "version": contact.version,
    })
}

/// A vCard 3.0 (RFC 2426), which every phone takes.
fn vcard(contact: &EmergencyContact) -> String {
    let (name, organisation) = (escaped(&contact.name), escaped(&contact.organisation_name));
    let lines = [
        "BEGIN:VCARD".to_owned(),
        "VERSION:3.0".to_owned(),
        format!("FN:{name}"),
        format!("N:{name};;;;"),
        format!("ORG:{organisation}"),
        format!("TEL;TYPE=WORK,VOICE,PREF:{}", contact.phone.e164()),
        "END:VCARD".to_owned(),
    ];
    lines.iter().map(|line| folded(line)).collect()
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n")
}

/// A long line goes on behind a line break and a blank; no character is cut in two.
fn folded(line: &str) -> String {
    let (mut text, mut length) = (String::new(), 0);
    for sign in line.chars() {
        if length + sign.len_utf8() > VCARD_LINE_BYTES_MAX {
            text.push_str("\r\n ");
            length = 1;
        }
        text.push(sign);
        length += sign.len_utf8();
    }
    text.push_str("\r\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::OrganisationId;
    use crate::model::phone::PhoneNumber;

    #[test]
    fn a_card_keeps_its_form_whatever_the_names_hold() {
        let contact = EmergencyContact {
            organisation: OrganisationId::new("acme").unwrap(),
            organisation_name: "L’Œil; <Süd>, & Söhne 🚑".to_owned(),
            name: "x".repeat(100),
            phone: PhoneNumber::from_e164("+493023125010").unwrap(),
            version: 3,
        };
        let card = vcard(&contact);
        assert!(card.contains("\r\nORG:L’Œil\\; <Süd>\\, & Söhne 🚑\r\n"), "{card}");
        assert!(card.contains("\r\nTEL;TYPE=WORK,VOICE,PREF:+493023125010\r\n"), "{card}");
        assert!(card.split("\r\n").all(|line| line.len() <= VCARD_LINE_BYTES_MAX), "{card}");
        assert_eq!(card.replace("\r\n ", "").matches(&"x".repeat(100)).count(), 2, "folding loses nothing");
    }
}
