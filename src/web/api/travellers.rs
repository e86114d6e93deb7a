//! `/v1/organisations/{org}/travellers`: whom we may call. Each look is in the audit log.

use crate::app::engine::App;
use crate::model::access::Right;
use crate::model::ids::TravellerId;
use crate::settings::requests::check_list;
use crate::store::travellers::TravellerEntry;
use crate::web::api::answers;
use crate::web::auth::Caller;
use crate::web::body::{JsonBody, Parameters, valid};
use crate::web::error::ApiError;
use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;

/// `GET …/travellers`.
pub async fn list(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(org): Path<String>,
    Parameters(query): Parameters,
) -> Result<Response, ApiError> {
    let organisation = caller.organisation(&org, Right::Read)?;
    app.store.organisation(&organisation).await?;
    let wanted = valid(check_list(&query, &[]))?;
    let after = wanted.after.as_deref().and_then(TravellerId::new);
    let rows = app.store.travellers(&organisation, after.as_ref(), wanted.limit.saturating_add(1)).await?;
    let subject = format!("{} travellers", rows.len());
    app.store.note_in_audit(caller.0.by(app.clock.now()), Some(&organisation), "travellers.read", &subject).await?;
    let shown = |row: TravellerEntry| answers::with(json!({"id": row.id}), traveller_shown(&row));
    Ok(answers::ok(answers::page("travellers", rows, wanted.limit, |row| row.id.to_string(), shown)))
}

/// `GET …/travellers/{traveller}`.
pub async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((org, traveller)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let organisation = caller.organisation(&org, Right::Read)?;
    let id = TravellerId::new(&traveller).ok_or(ApiError::NotFound)?;
    let entry = app.store.traveller(&organisation, &id).await?;
    app.store.note_in_audit(caller.0.by(app.clock.now()), Some(&organisation), "traveller.read", id.as_str()).await?;
    Ok(answers::ok(traveller_shown(&entry)))
}

/// `PUT …/travellers/{traveller}`.
pub async fn put(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((org, traveller)): Path<(String, String)>,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let organisation = caller.organisation(&org, Right::Operate)?;
    app.store.organisation(&organisation).await?;
    let id = answers::new_id(&traveller, "traveller", TravellerId::new)?;
    let by = caller.0.by(app.clock.now());
    let (entry, warnings, is_new) = app.save_traveller(&organisation, &id, &body, by).await?;
    let shown = answers::with(traveller_shown(&entry), json!({"warnings": warnings}));
    Ok(answers::put(is_new, &format!("/v1/organisations/{organisation}/travellers/{id}"), shown))
}

/// A traveller.
#[must_use]
pub fn traveller_shown(entry: &TravellerEntry) -> Value {
    json!({
        "name": entry.name,
        "phones": entry.phones.iter().map(|phone| phone.e164()).collect::<Vec<_>>(),
        "language": entry.language,
        "email": entry.email,
        "person_key": entry.person_key,
        "groups": entry.groups,
        "valid_until": entry.valid_until,
    })
}
