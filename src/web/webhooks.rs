//! The public listener: what providers post. Reads the request as it arrived, byte for byte, and hands it to `app`.
//!
//! Invariant: a verified voice webhook is always answered with valid call control, whatever is broken (promise 3); a panic
//! behind it yields the safe plan.

use crate::app::engine::App;
use crate::app::take_webhook::{self, WebhookReply, WebhookRoute};
use crate::dialect::RawRequest;
use crate::model::limits;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use std::sync::Arc;
use std::time::Duration;

/// All routes of the public listener.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/webhooks/{line}/voice", any(voice))
        .route("/webhooks/{line}/step/{token}", any(step))
        .route("/webhooks/{line}/status", any(status))
        .route("/webhooks/{line}/status/{token}", any(status_of))
        .route("/webhooks/{line}/message", any(message))
        .route("/healthz", get(|| async { "ok\n" }))
        .with_state(app)
}

async fn voice(State(app): State<Arc<App>>, Path(line): Path<String>, request: Request) -> Response {
    answer(app, line, WebhookRoute::Voice, request).await
}

async fn step(State(app): State<Arc<App>>, Path((line, token)): Path<(String, String)>, request: Request) -> Response {
    answer(app, line, WebhookRoute::Step(token), request).await
}

async fn status(State(app): State<Arc<App>>, Path(line): Path<String>, request: Request) -> Response {
    answer(app, line, WebhookRoute::Status(None), request).await
}

async fn status_of(State(app): State<Arc<App>>, Path((line, token)): Path<(String, String)>, request: Request) -> Response {
    answer(app, line, WebhookRoute::Status(Some(token)), request).await
}

async fn message(State(app): State<Arc<App>>, Path(line): Path<String>, request: Request) -> Response {
    answer(app, line, WebhookRoute::Message, request).await
}

async fn answer(app: Arc<App>, line: String, route: WebhookRoute, request: Request) -> Response {
    let busy = app.clock.busy();
    let (parts, body) = request.into_parts();
    if parts.method != "GET" && parts.method != "POST" {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, POST")]).into_response();
    }
    let body = Limited::new(body, limits::WEBHOOK_BODY_BYTES_MAX).collect();
    // Of a body that is not whole nothing can be verified, so nothing counts; the provider's fallback URL takes the call.
    let body = match tokio::time::timeout(Duration::from_millis(limits::WEBHOOK_BODY_MS_MAX), body).await {
        Ok(Ok(body)) => body.to_bytes().to_vec(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        Ok(Err(_)) => return StatusCode::BAD_REQUEST.into_response(),
        Err(_) => return (StatusCode::REQUEST_TIMEOUT, [(header::CONNECTION, "close")]).into_response(),
    };
    let raw = RawRequest {
        method: parts.method.as_str().to_owned(),
        public_url: app.public_url.clone(),
        target: parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned(),
        headers: parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec())).collect(),
        body,
    };
    let reply = take_webhook::take_webhook(&app, &line, route, raw).await;
    drop(busy);
    into_response(reply)
}

fn into_response(reply: WebhookReply) -> Response {
    match reply {
        WebhookReply::Document(reply) => {
            let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK);
            if reply.body.is_empty() {
                return status.into_response();
            }
            let mut response = (status, Body::from(reply.body)).into_response();
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
            response
        }
        WebhookReply::Refused => StatusCode::FORBIDDEN.into_response(),
        WebhookReply::UnknownLine => StatusCode::NOT_FOUND.into_response(),
        WebhookReply::Unreadable => StatusCode::BAD_REQUEST.into_response(),
        WebhookReply::NobodyToCall => (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "5")]).into_response(),
    }
}
