//! `/v1/organisations/{org}/calls`: what was asked, answered and decided, step by step.

use crate::app::engine::App;
use crate::app::show_call::{ShownCall, ShownLeg};
use crate::model::access::Right;
use crate::model::event::Direction;
use crate::model::ids::CallId;
use crate::settings::requests::check_list;
use crate::web::api::answers;
use crate::web::auth::Caller;
use crate::web::body::{Parameters, valid};
use crate::web::error::ApiError;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// `GET …/calls`: newest first, without their steps.
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(org): Path<String>,
    Parameters(query): Parameters,
) -> Result<Response, ApiError> {
    let organisation = caller.organisation(&org, Right::Read)?;
    let wanted = valid(check_list(&query, &[]))?;
    let before = answers::row_cursor(wanted.after.as_deref())?;
    let calls = app.show_calls(&organisation, before, wanted.limit.saturating_add(1)).await?;
    let cursor = |call: &ShownCall| call.row.row_id.to_string();
    Ok(answers::ok(answers::page("calls", calls, wanted.limit, cursor, |call| call_shown(&call))))
}

/// `GET …/calls/{call}`.
pub async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((org, call)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let organisation = caller.organisation(&org, Right::Read)?;
    let id = Uuid::parse_str(&call).map(CallId).map_err(|_| ApiError::NotFound)?;
    let call = app.show_call(&organisation, id, caller.0.sees_people()).await?;
    app.store.note_in_audit(caller.0.by(app.clock.now()), Some(&organisation), "call.read", &id.to_string()).await?;
    let steps = call.steps.iter().map(
        |step| json!({"step": step.step, "at": step.at, "event": step.event, "actions": step.actions, "because": step.because}),
    );
    let more = json!({
        "legs": call.legs.iter().map(leg_shown).collect::<Vec<_>>(),
        "steps": steps.collect::<Vec<_>>(),
    });
    Ok(answers::ok(answers::with(call_shown(&call), more)))
}

fn call_shown(call: &ShownCall) -> Value {
    let direction = match call.row.direction {
        Direction::Outbound => "outbound",
        Direction::Inbound => "inbound",
    };
    json!({
        "id": call.row.id,
        "direction": direction,
        "line": call.row.line,
        "traveller": call.traveller,
        "query": call.row.query,
        "attempt": call.row.attempt,
        "settings_version": call.row.version,
        "state": call.state,
        "started_at": call.row.started_at,
        "ended_at": call.row.ended_at,
    })
}

fn leg_shown(leg: &ShownLeg) -> Value {
    let desk = leg.desk.as_ref();
    json!({
        "role": desk.map(|desk| desk.role.as_str()),
        "phone": desk.map(|desk| desk.phone.e164()),
        "result": leg.result,
        "confirmed": leg.confirmed,
        "duration_seconds": leg.duration_seconds,
    })
}
