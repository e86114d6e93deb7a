//! `/v1/lines`: our numbers.

use crate::app::engine::App;
use crate::model::access::Right;
use crate::model::ids::LineId;
use crate::store::lines::LineRow;
use crate::web::api::answers;
use crate::web::auth::Caller;
use crate::web::body::JsonBody;
use crate::web::error::ApiError;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;

/// `GET /v1/lines`.
pub async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, ApiError> {
    caller.installation(Right::Administer)?;
    let lines = app.store.lines().await?;
    let shown = lines.iter().map(|line| answers::with(json!({"id": line.id}), line_shown(line)));
    Ok(answers::ok(json!({"lines": shown.collect::<Vec<_>>(), "next": null})))
}

/// `GET /v1/lines/{line}`.
pub async fn get(State(app): State<Arc<App>>, caller: Caller, Path(line): Path<String>) -> Result<Response, ApiError> {
    caller.installation(Right::Administer)?;
    let id = LineId::new(&line).ok_or(ApiError::NotFound)?;
    Ok(answers::ok(line_shown(&app.store.line(&id).await?)))
}

/// `PUT /v1/lines/{line}`.
pub async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(line): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    caller.installation(Right::Administer)?;
    let id = answers::new_id(&line, "line", LineId::new)?;
    let (line, warnings, is_new) = app.save_line(&id, &body, caller.0.by(app.clock.now())).await?;
    let shown = answers::with(line_shown(&line), json!({"warnings": warnings}));
    Ok(answers::put(is_new, &format!("/v1/lines/{id}"), shown))
}

/// A line.
#[must_use]
pub fn line_shown(line: &LineRow) -> Value {
    json!({
        "account": line.account,
        "number": line.number.e164(),
        "organisation": line.organisation,
        "inbound": line.inbound.map_or("ask", |answer| answer.as_str()),
        "text_line": line.text_line,
        "fallback_url": line.fallback_url,
    })
}
