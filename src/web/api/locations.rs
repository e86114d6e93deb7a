//! `/v1/organisations/{org}/locations`: positions reported by or for travellers. Only the role `duty` sees them.

use crate::app::engine::App;
use crate::model::access::Right;
use crate::settings::requests::{check_list, unknown_name};
use crate::store::StoreError;
use crate::web::api::answers;
use crate::web::auth::Caller;
use crate::web::body::{JsonBody, Parameters, valid};
use crate::web::error::ApiError;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::sync::Arc;

/// `GET …/locations?traveller=`.
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(org): Path<String>,
    Parameters(query): Parameters,
) -> Result<Response, ApiError> {
    let organisation = caller.organisation(&org, Right::SeePeople)?;
    app.store.organisation(&organisation).await?;
    let wanted = valid(check_list(&query, &["traveller"]))?;
    let before = answers::row_cursor(wanted.after.as_deref())?;
    let traveller = match &wanted.traveller {
        None => None,
        Some(id) => match app.store.traveller(&organisation, id).await {
            Ok(entry) => Some(entry.row),
            Err(StoreError::NotFound) => return Err(ApiError::Invalid(unknown_name("traveller"))),
            Err(error) => return Err(error.into()),
        },
    };
    let rows = app.store.locations(&organisation, traveller, before, wanted.limit.saturating_add(1)).await?;
    let subject = wanted.traveller.as_ref().map_or_else(|| format!("{} locations", rows.len()), |id| id.to_string());
    app.store.note_in_audit(caller.0.by(app.clock.now()), Some(&organisation), "locations.read", &subject).await?;
    let mut shown = Vec::with_capacity(rows.len());
    for row in rows {
        let traveller = app.store.traveller_by_row(row.traveller).await?.id;
        let body = json!({
            "traveller": traveller,
            "latitude": row.latitude,
            "longitude": row.longitude,
            "accuracy_m": row.accuracy_m,
            "place": row.place,
            "source": row.source,
            "at": row.at,
        });
        shown.push((row.row_id, body));
    }
    Ok(answers::ok(answers::page("locations", shown, wanted.limit, |(row, _)| row.to_string(), |(_, body)| body)))
}

/// `POST …/locations`.
pub async fn post(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(org): Path<String>,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let organisation = caller.organisation(&org, Right::Operate)?;
    app.store.organisation(&organisation).await?;
    let (location, at) = app.add_location(&organisation, &body, caller.0.by(app.clock.now())).await?;
    let body = json!({
        "traveller": location.traveller,
        "latitude": location.position.map(|(north, _)| north),
        "longitude": location.position.map(|(_, east)| east),
        "accuracy_m": location.accuracy_m,
        "place": location.place,
        "source": location.source,
        "at": at,
    });
    Ok((StatusCode::CREATED, Json(body)).into_response())
}
