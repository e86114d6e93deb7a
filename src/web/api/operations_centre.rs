//! `/v1/operations-centre`: set once for the installation.

use crate::app::engine::App;
use crate::app::save_operations_centre::SavedOperationsCentre;
use crate::model::access::Right;
use crate::settings::requests::check_save;
use crate::store::StoreError;
use crate::web::api::answers;
use crate::web::auth::Caller;
use crate::web::body::{JsonBody, Parameters, valid};
use crate::web::error::ApiError;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;

/// `GET /v1/operations-centre`.
pub async fn get(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, ApiError> {
    caller.installation(Right::Administer)?;
    let row = app.store.operations_centre().await?.ok_or(ApiError::NotFound)?;
    Ok(answers::ok(centre_shown(&row.document)?))
}

/// `PUT /v1/operations-centre?confirm=`.
pub async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    Parameters(query): Parameters,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    caller.installation(Right::Administer)?;
    let confirmed = valid(check_save(&query, app.clock.now()))?.confirm;
    let saved = app.save_operations_centre(&body, &confirmed, caller.0.by(app.clock.now())).await?;
    Ok(answers::put(saved.is_new, "/v1/operations-centre", saved_shown(&saved)?))
}

/// The operations centre after a save, with what became of it.
///
/// # Errors
/// A stored document that cannot be read.
pub fn saved_shown(saved: &SavedOperationsCentre) -> Result<Value, StoreError> {
    let versions: Vec<Value> = saved
        .versions
        .iter()
        .map(|row| json!({"organisation": row.organisation, "version": row.version, "state": row.state.as_str()}))
        .collect();
    Ok(answers::with(
        centre_shown(&saved.row.document)?,
        json!({"version": saved.row.version, "versions": versions, "warnings": saved.warnings}),
    ))
}

/// The operations centre as typed, with the defaults of what was left out.
///
/// # Errors
/// A stored document that cannot be read.
pub fn centre_shown(document: &str) -> Result<Value, StoreError> {
    let typed: Value = serde_json::from_str(document)?;
    let defaults = [
        ("name", Value::Null),
        ("former_names", json!([])),
        ("phone", Value::Null),
        ("must_confirm", json!(false)),
        ("ring_seconds", json!(crate::settings::RING_SECONDS_DEFAULT)),
        ("hours", Value::Null),
        ("recipients", json!([])),
    ];
    let field = |(name, default): (&str, Value)| {
        let typed = typed.get(name).filter(|value| !value.is_null()).cloned();
        (name.to_owned(), typed.unwrap_or(default))
    };
    Ok(Value::Object(defaults.into_iter().map(field).collect()))
}
