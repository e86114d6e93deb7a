//! `/v1/tokens`: who may use the API. A token is shown once, when it is made.

use crate::app::engine::App;
use crate::app::tokens::NewToken;
use crate::model::access::Right;
use crate::settings::requests::check_token;
use crate::store::tokens::TokenRow;
use crate::web::api::answers;
use crate::web::auth::Caller;
use crate::web::body::{JsonBody, valid};
use crate::web::error::ApiError;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::sync::Arc;

/// `GET /v1/tokens`.
pub async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, ApiError> {
    caller.installation(Right::Administer)?;
    let tokens = app.store.tokens().await?;
    let shown = tokens.iter().map(|row| answers::with(row_shown(row), json!({"created_at": row.created_at})));
    Ok(answers::ok(json!({"tokens": shown.collect::<Vec<_>>(), "next": null})))
}

/// `POST /v1/tokens`.
pub async fn create(State(app): State<Arc<App>>, caller: Caller, JsonBody(body): JsonBody) -> Result<Response, ApiError> {
    caller.installation(Right::Administer)?;
    let order = valid(check_token(&body))?;
    let token = app.create_token(order, caller.0.by(app.clock.now())).await?;
    Ok(answers::created(&format!("/v1/tokens/{}", token.row.id), token_shown(&token)))
}

/// `DELETE /v1/tokens/{token}`.
pub async fn remove(State(app): State<Arc<App>>, caller: Caller, Path(token): Path<String>) -> Result<Response, ApiError> {
    caller.installation(Right::Administer)?;
    app.store.remove_token(&token, caller.0.by(app.clock.now())).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A token that was just made, the token itself included.
#[must_use]
pub fn token_shown(token: &NewToken) -> Value {
    let TokenRow { id, role, organisation, name, .. } = &token.row;
    json!({"id": id, "token": token.secret.expose_secret(), "role": role, "organisation": organisation, "name": name})
}

fn row_shown(row: &TokenRow) -> Value {
    json!({"id": row.id, "role": row.role, "organisation": row.organisation, "name": row.name})
}
