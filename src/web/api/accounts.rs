//! `/v1/accounts`: contracts with providers. No secret ever comes out.

use crate::app::engine::App;
use crate::app::save_account::ShownAccount;
use crate::model::access::Right;
use crate::model::ids::AccountId;
use crate::web::api::answers;
use crate::web::auth::Caller;
use crate::web::body::JsonBody;
use crate::web::error::ApiError;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// `GET /v1/accounts`.
pub async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, ApiError> {
    caller.installation(Right::Administer)?;
    let accounts = app.show_accounts().await?;
    let shown = accounts.iter().map(|account| answers::with(json!({"id": account.id}), account_shown(account)));
    Ok(answers::ok(json!({"accounts": shown.collect::<Vec<_>>(), "next": null})))
}

/// `GET /v1/accounts/{account}`.
pub async fn get(State(app): State<Arc<App>>, caller: Caller, Path(account): Path<String>) -> Result<Response, ApiError> {
    caller.installation(Right::Administer)?;
    let id = AccountId::new(&account).ok_or(ApiError::NotFound)?;
    Ok(answers::ok(account_shown(&app.show_account(&id).await?)))
}

/// `PUT /v1/accounts/{account}`.
pub async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(account): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    caller.installation(Right::Administer)?;
    let id = answers::new_id(&account, "account", AccountId::new)?;
    let (account, warnings, is_new) = app.save_account(&id, &body, caller.0.by(app.clock.now())).await?;
    let shown = answers::with(account_shown(&account), json!({"warnings": warnings}));
    Ok(answers::put(is_new, &format!("/v1/accounts/{id}"), shown))
}

/// An account with `{"set": true}` in place of each secret.
#[must_use]
pub fn account_shown(account: &ShownAccount) -> Value {
    let set = || json!({"set": true});
    let credentials: Map<String, Value> = account.credentials.iter().map(|name| (name.clone(), set())).collect();
    let secrets = account.webhook_secrets.iter().map(|key| match key {
        Some(key) => json!({"key": key, "secret": set()}),
        None => set(),
    });
    json!({
        "provider": account.provider,
        "region": account.region,
        "credentials": credentials,
        "webhook_secrets": secrets.collect::<Vec<_>>(),
        "api_base_url": account.api_base_url,
        "calls_per_second": account.calls_per_second,
    })
}
