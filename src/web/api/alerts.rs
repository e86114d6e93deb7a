//! `/v1/organisations/{org}/alerts`, and `/v1/alerts` for the installation: facts that a human must look at.

use crate::app::engine::App;
use crate::model::access::Right;
use crate::model::alert::AlertKind;
use crate::model::ids::{AlertId, OrganisationId};
use crate::settings::requests::{check_list, check_nothing, check_settlement};
use crate::store::alerts::{AlertFilter, AlertRow, Settle, Take};
use crate::web::api::answers;
use crate::web::auth::Caller;
use crate::web::body::{JsonBody, Parameters, valid};
use crate::web::error::ApiError;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// `GET …/alerts?state=`.
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(org): Path<String>,
    Parameters(query): Parameters,
) -> Result<Response, ApiError> {
    let organisation = caller.organisation(&org, Right::Read)?;
    app.store.organisation(&organisation).await?;
    list_of(&app, &caller, Some(&organisation), &query).await
}

/// `GET /v1/alerts?state=`: of all organisations, and the operator's.
pub async fn list_all(State(app): State<Arc<App>>, caller: Caller, Parameters(query): Parameters) -> Result<Response, ApiError> {
    caller.installation(Right::Read)?;
    list_of(&app, &caller, None, &query).await
}

async fn list_of(app: &App, caller: &Caller, organisation: Option<&OrganisationId>, query: &Value) -> Result<Response, ApiError> {
    let wanted = valid(check_list(query, &["state"]))?;
    let before = answers::row_cursor(wanted.after.as_deref())?;
    let limit = wanted.limit.saturating_add(1);
    let filter = wanted.state.map_or(AlertFilter::All, AlertFilter::In);
    let rows = match organisation {
        Some(_) => app.store.alerts(organisation, filter, before, limit).await?,
        None => app.store.alerts_of_all(wanted.state, before, limit).await?,
    };
    let sees = caller.0.sees_people();
    let shown = |row: AlertRow| alert_shown(&row, sees);
    Ok(answers::ok(answers::page("alerts", rows, wanted.limit, |row| row.row_id.to_string(), shown)))
}

/// `GET …/alerts/{alert}`.
pub async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((org, alert)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let organisation = caller.organisation(&org, Right::Read)?;
    let row = app.alert_of(Some(&organisation), id(&alert)?).await?;
    Ok(answers::ok(alert_shown(&row, caller.0.sees_people())))
}

/// `GET /v1/alerts/{alert}`.
pub async fn get_any(State(app): State<Arc<App>>, caller: Caller, Path(alert): Path<String>) -> Result<Response, ApiError> {
    caller.installation(Right::Read)?;
    let row = app.alert_of(None, id(&alert)?).await?;
    Ok(answers::ok(alert_shown(&row, caller.0.sees_people())))
}

/// `POST …/alerts/{alert}/take`.
pub async fn take(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((org, alert)): Path<(String, String)>,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let organisation = caller.organisation(&org, Right::Operate)?;
    take_of(&app, &caller, Some(&organisation), &alert, &body).await
}

/// `POST /v1/alerts/{alert}/take`.
pub async fn take_any(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(alert): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    caller.installation(Right::Operate)?;
    take_of(&app, &caller, None, &alert, &body).await
}

async fn take_of(
    app: &App,
    caller: &Caller,
    organisation: Option<&OrganisationId>,
    alert: &str,
    body: &Value,
) -> Result<Response, ApiError> {
    valid(check_nothing(body))?;
    let by = caller.0.by(app.clock.now());
    let sees = caller.0.sees_people();
    match app.take_alert(organisation, id(alert)?, by).await? {
        Take::Theirs(row) => Ok(answers::ok(alert_shown(&row, sees))),
        Take::Anothers(row) => {
            let alert = alert_shown(&row, sees);
            let fields = json!({"taken_by": row.taken_by, "taken_at": row.taken_at, "alert": alert});
            Err(ApiError::conflict("Somebody else has taken the alert", fields))
        }
        Take::Settled(row) => Err(ApiError::conflict("The alert is settled", json!({"alert": alert_shown(&row, sees)}))),
    }
}

/// `POST …/alerts/{alert}/settle`.
pub async fn settle(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((org, alert)): Path<(String, String)>,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let organisation = caller.organisation(&org, Right::Operate)?;
    settle_of(&app, &caller, Some(&organisation), &alert, &body).await
}

/// `POST /v1/alerts/{alert}/settle`.
pub async fn settle_any(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(alert): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    caller.installation(Right::Operate)?;
    settle_of(&app, &caller, None, &alert, &body).await
}

async fn settle_of(
    app: &App,
    caller: &Caller,
    organisation: Option<&OrganisationId>,
    alert: &str,
    body: &Value,
) -> Result<Response, ApiError> {
    let id = id(alert)?;
    app.alert_of(organisation, id).await?;
    let settlement = valid(check_settlement(body))?;
    let sees = caller.0.sees_people();
    match app.settle_alert(organisation, id, &settlement, caller.0.by(app.clock.now())).await? {
        Settle::Done(row) => Ok(answers::ok(alert_shown(&row, sees))),
        Settle::Already(row) => {
            Err(ApiError::conflict("The alert was settled before", json!({"alert": alert_shown(&row, sees)})))
        }
    }
}

fn id(alert: &str) -> Result<AlertId, ApiError> {
    Uuid::parse_str(alert).map(AlertId).map_err(|_| ApiError::NotFound)
}

/// An alert as whoever looks may see it.
#[must_use]
pub fn alert_shown(row: &AlertRow, sees_people: bool) -> Value {
    let is_hidden = row.kind == AlertKind::Medical && !sees_people;
    let kind = if is_hidden { AlertKind::Help } else { row.kind };
    json!({
        "id": row.id,
        "organisation": row.organisation,
        "kind": kind.as_str(),
        "severity": row.severity.as_str(),
        "state": row.state.as_str(),
        "traveller": row.traveller,
        "call": row.call,
        "query": row.query,
        "raised_at": row.raised_at,
        "taken_by": row.taken_by,
        "taken_at": row.taken_at,
        "settled_by": row.settled_by,
        "settled_at": row.settled_at,
    })
}
