//! Repeats of a POST under an `Idempotency-Key`: answered alike, done once. A request whose answer was lost can be sent again.

use crate::app::engine::App;
use crate::app::remember_answer::{GivenAnswer, Remembered};
use crate::app::tokens::Identity;
use crate::web::body::read_all;
use crate::web::error::ApiError;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// The header.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// A UUID has 36 characters; somebody's own scheme may need more.
const KEY_CHARS_MAX: usize = 255;

/// Answers a repeat from memory, and remembers what succeeds.
pub async fn answered_alike(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let key = request.headers().get(IDEMPOTENCY_KEY).map(|key| key.to_str().map(str::to_owned));
    let (Some(key), &Method::POST, Some(identity)) = (key, request.method(), request.extensions().get::<Identity>()) else {
        return next.run(request).await;
    };
    let Some(key) = key.ok().filter(|key| (1..=KEY_CHARS_MAX).contains(&key.len())) else {
        return ApiError::Unreadable("the Idempotency-Key has 1 to 255 visible characters".to_owned()).into_response();
    };
    let scope = format!("{} {}", identity.token, request.uri());
    match once(&app, &scope, &key, request, next).await {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

async fn once(app: &App, scope: &str, key: &str, request: Request, next: Next) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    let body = read_all(body).await?;
    match app.remembered_answer(scope, key, &body).await? {
        Remembered::Answer(answer) => return Ok(again(answer)),
        Remembered::AnotherRequest => return Err(ApiError::KeyUsed),
        Remembered::Nothing => {}
    }
    let response = next.run(Request::from_parts(parts, Body::from(body.clone()))).await;
    if !response.status().is_success() {
        return Ok(response);
    }
    let (head, answer) = response.into_parts();
    let answer = read_all(answer).await?;
    let given = GivenAnswer {
        status: head.status.as_u16(),
        location: head.headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).map(str::to_owned),
        body: String::from_utf8_lossy(&answer).into_owned(),
    };
    app.remember_answer(scope, key, &body, &given).await?;
    Ok(Response::from_parts(head, Body::from(answer)))
}

fn again(answer: GivenAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, answer.body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(location) = answer.location.and_then(|location| HeaderValue::from_str(&location).ok()) {
        headers.insert(header::LOCATION, location);
    }
    response
}
