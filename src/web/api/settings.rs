//! `/v1/organisations/{org}/settings` and below it the versions.

use crate::app::engine::App;
use crate::app::save_settings::{Change, SaveSettingsError, SavedSettings};
use crate::model::access::Right;
use crate::model::ids::Version;
use crate::settings::requests::{check_activation, check_diff, check_list, check_save};
use crate::settings::{Difference, differences};
use crate::store::StoreError;
use crate::store::settings_versions::VersionRow;
use crate::web::api::{answers, organisations};
use crate::web::auth::Caller;
use crate::web::body::{JsonBody, Parameters, valid};
use crate::web::error::ApiError;
use crate::web::tags;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::sync::Arc;

/// `GET …/settings`: the active document as typed.
pub async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(org): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let organisation = caller.organisation(&org, Right::Read)?;
    let row = app.store.active_version(&organisation).await?;
    let tag = [(header::ETAG, tags::of_version(row.version))];
    if tags::is_known(&headers, row.version) {
        return Ok((StatusCode::NOT_MODIFIED, tag).into_response());
    }
    let mut response = (tag, row.document).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// `PUT …/settings`.
pub async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(org): Path<String>,
    Parameters(query): Parameters,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    save(&app, &caller, &org, &query, &headers, Change::Document(&body)).await
}

/// `PATCH …/settings`: a JSON merge patch of the active document.
pub async fn patch(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(org): Path<String>,
    Parameters(query): Parameters,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    save(&app, &caller, &org, &query, &headers, Change::Patch(&body)).await
}

async fn save(
    app: &App,
    caller: &Caller,
    org: &str,
    query: &Value,
    headers: &HeaderMap,
    change: Change<'_>,
) -> Result<Response, ApiError> {
    let organisation = organisations::may_make(app, caller, org).await?;
    let parameters = valid(check_save(query, app.clock.now()))?;
    let (expected, yours) = tags::if_match(headers);
    let by = caller.0.by(app.clock.now());
    let saved = match app.save_settings(&organisation, change, &parameters, &expected, by).await {
        Err(SaveSettingsError::VersionMoved { current }) => return Err(ApiError::VersionMoved { current, yours }),
        other => other?,
    };
    let address = format!("/v1/organisations/{organisation}/settings");
    let mut response = answers::put(saved.is_new, &address, saved_shown(&saved)?);
    response.headers_mut().insert(header::ETAG, tags::of_version(saved.row.version));
    Ok(response)
}

/// `GET …/settings/versions`.
pub async fn versions(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(org): Path<String>,
    Parameters(query): Parameters,
) -> Result<Response, ApiError> {
    let organisation = caller.organisation(&org, Right::Read)?;
    app.store.organisation(&organisation).await?;
    let wanted = valid(check_list(&query, &[]))?;
    let before = answers::row_cursor(wanted.after.as_deref())?.and_then(|row| Version::try_from(row).ok());
    let rows = app.store.versions(&organisation, before, wanted.limit.saturating_add(1)).await?;
    let body = answers::page("versions", rows, wanted.limit, |row| row.version.to_string(), |row| version_shown(&row));
    Ok(answers::ok(body))
}

/// `GET …/settings/versions/{version}`.
pub async fn version(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((org, version)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let organisation = caller.organisation(&org, Right::Read)?;
    let row = app.store.version(&organisation, number(&version)?).await?;
    let settings: Value = serde_json::from_str(&row.document).map_err(StoreError::from)?;
    Ok(answers::ok(answers::with(version_shown(&row), json!({"settings": settings}))))
}

/// `GET …/settings/versions/diff?from=&to=`.
pub async fn diff(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(org): Path<String>,
    Parameters(query): Parameters,
) -> Result<Response, ApiError> {
    let organisation = caller.organisation(&org, Right::Read)?;
    let (from, to) = valid(check_diff(&query))?;
    let rows = (app.store.version(&organisation, from).await?, app.store.version(&organisation, to).await?);
    Ok(answers::ok(diff_shown(&rows.0, &rows.1)?))
}

/// `POST …/settings/versions/{version}/activate`.
pub async fn activate(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((org, version)): Path<(String, String)>,
    Parameters(query): Parameters,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let organisation = caller.organisation(&org, Right::Administer)?;
    let version = number(&version)?;
    let activation = valid(check_activation(&answers::with(body, query), app.clock.now()))?;
    let by = caller.0.by(app.clock.now());
    let saved = app.activate_settings(&organisation, version, &activation, by).await?;
    let mut response = answers::ok(saved_shown(&saved)?);
    response.headers_mut().insert(header::ETAG, tags::of_version(saved.row.version));
    Ok(response)
}

fn number(version: &str) -> Result<Version, ApiError> {
    version.parse().map_err(|_| ApiError::NotFound)
}

/// A version that was saved or activated.
///
/// # Errors
/// A stored document that cannot be read.
pub fn saved_shown(saved: &SavedSettings) -> Result<Value, StoreError> {
    let settings: Value = serde_json::from_str(&saved.row.document)?;
    Ok(json!({
        "version": saved.row.version,
        "state": saved.row.state.as_str(),
        "activates_at": saved.row.activates_at,
        "settings": settings,
        "warnings": saved.warnings,
    }))
}

/// A version in the list.
#[must_use]
pub fn version_shown(row: &VersionRow) -> Value {
    json!({
        "version": row.version,
        "state": row.state.as_str(),
        "author": row.author,
        "created_at": row.created_at,
        "activated_at": row.activated_at,
        "activates_at": row.activates_at,
        "note": row.note,
    })
}

/// What changed between two versions, the operations centre of their time included.
///
/// # Errors
/// A stored document that cannot be read.
pub fn diff_shown(from: &VersionRow, to: &VersionRow) -> Result<Value, StoreError> {
    let whole = |row: &VersionRow| -> Result<(Value, Value), StoreError> {
        let centre: Option<Value> = row.operations_centre.as_deref().map(serde_json::from_str).transpose()?;
        Ok((serde_json::from_str(&row.document)?, json!({"operations_centre": centre})))
    };
    let ((from_document, from_centre), (to_document, to_centre)) = (whole(from)?, whole(to)?);
    let mut found: Vec<Difference> = differences(&from_document, &to_document);
    found.extend(differences(&from_centre, &to_centre));
    Ok(json!({"from": from.version, "to": to.version, "differences": found}))
}
