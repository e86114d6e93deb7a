//! `/v1/organisations/{org}/audit`: who changed and looked at what.

use crate::app::engine::App;
use crate::model::access::Right;
use crate::settings::requests::check_list;
use crate::store::audit::AuditRow;
use crate::web::api::answers;
use crate::web::auth::Caller;
use crate::web::body::{Parameters, valid};
use crate::web::error::ApiError;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;
use std::sync::Arc;

/// `GET …/audit`: newest first.
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(org): Path<String>,
    Parameters(query): Parameters,
) -> Result<Response, ApiError> {
    let organisation = caller.organisation(&org, Right::Read)?;
    app.store.organisation(&organisation).await?;
    let wanted = valid(check_list(&query, &[]))?;
    let before = answers::row_cursor(wanted.after.as_deref())?;
    let rows = app.store.audit(&organisation, before, wanted.limit.saturating_add(1)).await?;
    let shown = |row: AuditRow| json!({"at": row.at, "who": row.who, "action": row.action, "subject": row.subject});
    Ok(answers::ok(answers::page("audit", rows, wanted.limit, |row| row.row_id.to_string(), shown)))
}
