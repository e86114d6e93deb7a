//! `/v1/organisations`: customers, each made with the settings of version 1.

use crate::app::engine::App;
use crate::model::access::Right;
use crate::model::ids::OrganisationId;
use crate::settings::requests::{SaveParameters, check_list, check_save};
use crate::store::StoreError;
use crate::web::api::answers;
use crate::web::api::settings::saved_shown;
use crate::web::auth::Caller;
use crate::web::body::{JsonBody, Parameters, valid};
use crate::web::error::ApiError;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;

/// `GET /v1/organisations`.
pub async fn list(State(app): State<Arc<App>>, caller: Caller, Parameters(query): Parameters) -> Result<Response, ApiError> {
    let wanted = valid(check_list(&query, &[]))?;
    let after = wanted.after.as_deref().and_then(OrganisationId::new);
    let rows = match &caller.0.organisation {
        Some(own) => vec![app.store.organisation(own).await?],
        None => app.store.organisations(after.as_ref(), wanted.limit.saturating_add(1)).await?,
    };
    let mut shown = Vec::with_capacity(rows.len());
    for row in rows {
        shown.push((row.id.clone(), organisation_shown(&app, &row.id).await?));
    }
    Ok(answers::ok(answers::page("organisations", shown, wanted.limit, |(id, _)| id.to_string(), |(_, body)| body)))
}

/// `GET /v1/organisations/{org}`.
pub async fn get(State(app): State<Arc<App>>, caller: Caller, Path(org): Path<String>) -> Result<Response, ApiError> {
    let organisation = caller.organisation(&org, Right::Read)?;
    app.store.organisation(&organisation).await?;
    Ok(answers::ok(organisation_shown(&app, &organisation).await?))
}

/// `PUT /v1/organisations/{org}`.
pub async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(org): Path<String>,
    Parameters(query): Parameters,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let organisation = may_make(&app, &caller, &org).await?;
    let parameters: SaveParameters = valid(check_save(&query, app.clock.now()))?;
    let by = caller.0.by(app.clock.now());
    let saved = app.save_organisation(&organisation, &body, &parameters, by).await?;
    let address = format!("/v1/organisations/{organisation}");
    let is_new = saved.is_new;
    Ok(answers::put(is_new, &address, answers::with(json!({"id": organisation}), saved_shown(&saved)?)))
}

/// The organisation of a path that is changed, or made where it is new: only the installation makes one.
///
/// # Errors
/// 403, 404, or 422 for an id that is none.
pub async fn may_make(app: &App, caller: &Caller, org: &str) -> Result<OrganisationId, ApiError> {
    if caller.0.organisation.is_none() {
        let organisation = answers::new_id(org, "organisation", OrganisationId::new)?;
        caller.installation(Right::Administer)?;
        return Ok(organisation);
    }
    let organisation = caller.organisation(org, Right::Administer)?;
    app.store.organisation(&organisation).await?;
    Ok(organisation)
}

/// An organisation as it is shown: what its active settings say.
///
/// # Errors
/// The store's.
pub async fn organisation_shown(app: &App, organisation: &OrganisationId) -> Result<Value, StoreError> {
    let (document, version) = match app.store.active_version(organisation).await {
        Ok(row) => (serde_json::from_str(&row.document)?, Some(row.version)),
        Err(StoreError::NotFound) => (Value::Null, None),
        Err(error) => return Err(error),
    };
    let field = |name: &str| document.get(name).cloned().unwrap_or(Value::Null);
    Ok(json!({
        "id": organisation,
        "name": field("name"),
        "country": field("country"),
        "time_zone": field("time_zone"),
        "languages": field("languages"),
        "version": version,
    }))
}
