//! Accepts connections of one listener, and ends without dropping an answer: after the stop nothing new is accepted, what
//! runs is finished, and idle or half-open connections hold nothing up (field case F19).

use crate::model::limits;
use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Serves until `stop`, then waits for running answers, at most [`limits::SHUTDOWN_MS_MAX`].
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    let graceful = GracefulShutdown::new();
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file descriptors, most likely: others may end meanwhile.
                tracing::warn!(%error, "A connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        // A small answer must not wait for the peer's acknowledgement of nothing.
        drop(stream.set_nodelay(true));
        let mut http = hyper::server::conn::http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(Duration::from_millis(limits::HEADER_READ_MS_MAX)).keep_alive(true);
        let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
        let connection = graceful.watch(connection);
        connections.spawn(async move {
            // A peer that hangs up, or sends no HTTP, is its own affair.
            drop(connection.await);
        });
    }
    drop(listener);
    connections.close();
    let ended = tokio::time::timeout(Duration::from_millis(limits::SHUTDOWN_MS_MAX), async {
        graceful.shutdown().await;
        connections.wait().await;
    });
    if ended.await.is_err() {
        tracing::info!(open = connections.len(), "Connections that say nothing were left behind at the end");
    }
}
