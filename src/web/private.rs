//! The private listener: the API for people and programs, health and metrics. Everything below `/v1` needs a token.

use crate::app::engine::App;
use crate::web::error::ApiError;
use crate::web::openapi;
use crate::web::routes::ROUTES;
use crate::web::{auth, repeats};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;

/// All routes of the private listener, without metrics.
pub fn router(app: Arc<App>) -> Router {
    router_with_metrics(app, None)
}

/// All routes of the private listener.
pub fn router_with_metrics(app: Arc<App>, metrics: Option<PrometheusHandle>) -> Router {
    let api = ROUTES.iter().fold(Router::new(), |router, route| router.route(route.path, (route.handler)()));
    let api = api
        .method_not_allowed_fallback(|| async { ApiError::NoSuchMethod })
        .layer(from_fn_with_state(Arc::clone(&app), repeats::answered_alike))
        .layer(from_fn_with_state(Arc::clone(&app), auth::known_only));
    let unknown = Router::new()
        .route("/v1", get(|| async { ApiError::NotFound }))
        .route("/v1/{*rest}", axum::routing::any(|| async { ApiError::NotFound }))
        .layer(from_fn_with_state(Arc::clone(&app), auth::known_only));
    api.merge(unknown)
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(move || async move { metrics_text(metrics.as_ref()) }))
        .route("/openapi.json", get(|| async { Json(openapi::document()) }))
        .route("/docs", get(|| async { Html(openapi::page()) }))
        .fallback(|| async { ApiError::NotFound })
        .with_state(app)
}

/// Can it work: does the database answer?
async fn ready(State(app): State<Arc<App>>) -> Response {
    match app.store.check_health().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {error}\n")).into_response(),
    }
}

fn metrics_text(metrics: Option<&PrometheusHandle>) -> Response {
    let Some(metrics) = metrics else { return ApiError::NotFound.into_response() };
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], metrics.render()).into_response()
}
