//! Starts and ends an engine as a process runs it: journal writer, timekeeper, listeners, in that order, and back.

use crate::app::engine::App;
use crate::app::open_engine::{EngineParts, open_engine};
use crate::web::listen;
use crate::worker::timekeeper::keep_time;
use anyhow::{Context, Result};
use axum::Router;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// An engine that runs.
#[derive(Debug)]
pub struct Running {
    /// The engine.
    pub app: Arc<App>,
    /// Listeners and timekeeper: end first.
    work: TaskTracker,
    stop_work: CancellationToken,
    /// The journal's writer: ends last.
    writer: TaskTracker,
    stop_writer: CancellationToken,
}

/// Starts an engine; nothing listens yet.
///
/// # Errors
/// The database's.
pub async fn start(parts: EngineParts) -> Result<Running> {
    let (app, journal_writer) = open_engine(parts).await.context("the database cannot be read")?;
    let (writer, stop_writer) = (TaskTracker::new(), CancellationToken::new());
    writer.spawn(journal_writer.run(stop_writer.clone()));
    let (work, stop_work) = (TaskTracker::new(), CancellationToken::new());
    work.spawn(keep_time(Arc::clone(&app), stop_work.clone()));
    Ok(Running { app, work, stop_work, writer, stop_writer })
}

impl Running {
    /// Serves a router on a listener until the end.
    pub fn listen(&self, listener: TcpListener, router: Router) {
        self.work.spawn(listen::serve(listener, router, self.stop_work.clone()));
    }

    /// Ends without dropping a call: no new work, running steps are finished, what is left stays in the database.
    pub async fn end(self) {
        self.stop_work.cancel();
        self.work.close();
        self.work.wait().await;
        self.app.tasks.close();
        self.app.tasks.wait().await;
        self.stop_writer.cancel();
        self.writer.close();
        self.writer.wait().await;
        self.app.store.close().await;
    }
}
