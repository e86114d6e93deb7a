//! `/v1/organisations/{org}/status-queries`: one question to many travellers.

use crate::app::engine::App;
use crate::app::show_status_query::{QueryCounts, ShownQuery};
use crate::model::access::Right;
use crate::model::answer::Answer;
use crate::model::effect::Status;
use crate::model::ids::QueryId;
use crate::settings::requests::{check_list, check_nothing};
use crate::store::queries::{AttemptRow, QueryCommand, QueryPersonRow, QueryRow};
use crate::web::api::answers::{self, ANSWERED};
use crate::web::auth::Caller;
use crate::web::body::{JsonBody, Parameters, valid};
use crate::web::error::ApiError;
use crate::web::repeats::IDEMPOTENCY_KEY;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use uuid::Uuid;

/// `GET …/status-queries`: newest first, without their people.
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
    let rows = app.store.queries(&organisation, before, wanted.limit.saturating_add(1)).await?;
    let mut shown = Vec::with_capacity(rows.len());
    for row in rows {
        let counts = app.count_people(row.id).await?;
        shown.push((row.row_id, query_shown(&row, &counts, caller.0.sees_people())));
    }
    Ok(answers::ok(answers::page("status_queries", shown, wanted.limit, |(row, _)| row.to_string(), |(_, body)| body)))
}

/// `POST …/status-queries`.
pub async fn start(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path(org): Path<String>,
    headers: HeaderMap,
    JsonBody(body): JsonBody,
) -> Result<Response, ApiError> {
    let organisation = caller.organisation(&org, Right::Operate)?;
    // One token's keys are its own.
    let key = headers.get(IDEMPOTENCY_KEY).and_then(|key| key.to_str().ok()).map(|key| format!("{} {key}", caller.0.token));
    let by = caller.0.by(app.clock.now());
    let (row, warnings, _) = app.start_status_query(&organisation, &body, key.as_deref(), by).await?;
    let counts = app.count_people(row.id).await?;
    let shown = answers::with(query_shown(&row, &counts, caller.0.sees_people()), json!({"warnings": warnings}));
    Ok(answers::created(&format!("/v1/organisations/{organisation}/status-queries/{}", row.id), shown))
}

/// `GET …/status-queries/{query}`.
pub async fn get(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((org, query)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    let organisation = caller.organisation(&org, Right::Read)?;
    let shown = app.show_status_query(&organisation, id(&query)?).await?;
    let by = caller.0.by(app.clock.now());
    app.store.note_in_audit(by, Some(&organisation), "status_query.read", &shown.row.id.to_string()).await?;
    Ok(answers::ok(whole_query_shown(&shown, caller.0.sees_people())))
}

/// `POST …/status-queries/{query}/pause`.
pub async fn pause(
    app: State<Arc<App>>,
    caller: Caller,
    path: Path<(String, String)>,
    body: JsonBody,
) -> Result<Response, ApiError> {
    command(app, caller, path, body, QueryCommand::Pause).await
}

/// `POST …/status-queries/{query}/resume`.
pub async fn resume(
    app: State<Arc<App>>,
    caller: Caller,
    path: Path<(String, String)>,
    body: JsonBody,
) -> Result<Response, ApiError> {
    command(app, caller, path, body, QueryCommand::Resume).await
}

/// `POST …/status-queries/{query}/stop`.
pub async fn stop(
    app: State<Arc<App>>,
    caller: Caller,
    path: Path<(String, String)>,
    body: JsonBody,
) -> Result<Response, ApiError> {
    command(app, caller, path, body, QueryCommand::Stop).await
}

async fn command(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((org, query)): Path<(String, String)>,
    JsonBody(body): JsonBody,
    command: QueryCommand,
) -> Result<Response, ApiError> {
    let organisation = caller.organisation(&org, Right::Operate)?;
    valid(check_nothing(&body))?;
    let by = caller.0.by(app.clock.now());
    let row = app.command_status_query(&organisation, id(&query)?, command, by).await?;
    let counts = app.count_people(row.id).await?;
    Ok(answers::ok(query_shown(&row, &counts, caller.0.sees_people())))
}

fn id(query: &str) -> Result<QueryId, ApiError> {
    Uuid::parse_str(query).map(QueryId).map_err(|_| ApiError::NotFound)
}

/// A query without its people.
#[must_use]
pub fn query_shown(row: &QueryRow, counts: &QueryCounts, sees_people: bool) -> Value {
    let incident: Value = serde_json::from_str(&row.incident).unwrap_or(Value::Null);
    let incident = if incident.as_object().is_some_and(Map::is_empty) { Value::Null } else { incident };
    json!({
        "id": row.id,
        "state": row.state.as_str(),
        "incident": incident,
        "exercise": row.exercise,
        "started_at": row.started_at,
        "started_by": row.started_by,
        "ended_at": row.ended_at,
        "counts": counts_shown(counts, sees_people),
    })
}

fn counts_shown(counts: &QueryCounts, sees_people: bool) -> Value {
    let mut shown = Map::new();
    for (answer, people) in &counts.answered {
        let name = if *answer == Answer::Medical.as_str() && !sees_people { ANSWERED } else { *answer };
        shown.insert(name.to_owned(), json!(people));
    }
    for (name, people) in [("unreached", counts.unreached), ("waiting", counts.waiting), ("all", counts.all)] {
        shown.insert(name.to_owned(), json!(people));
    }
    Value::Object(shown)
}

/// A query with its people.
#[must_use]
pub fn whole_query_shown(query: &ShownQuery, sees_people: bool) -> Value {
    let people = query.people.iter().map(|(person, attempts)| person_shown(person, attempts, sees_people));
    answers::with(query_shown(&query.row, &query.counts, sees_people), json!({"people": people.collect::<Vec<_>>()}))
}

fn person_shown(person: &QueryPersonRow, attempts: &[AttemptRow], sees_people: bool) -> Value {
    let result = |status: Status| match status {
        Status::Medical if !sees_people => ANSWERED,
        other => other.as_str(),
    };
    let attempts = attempts.iter().map(|attempt| {
        json!({
            "attempt": attempt.attempt,
            "call": attempt.call,
            "result": attempt.result.map(result),
            "at": attempt.started_at,
        })
    });
    json!({
        "traveller": person.id,
        "status": person.status.map(|answer| answers::answer_word(answer, sees_people)),
        "proof": person.proof,
        "attempts": attempts.collect::<Vec<_>>(),
        "next_attempt_at": person.next_attempt_at,
    })
}
