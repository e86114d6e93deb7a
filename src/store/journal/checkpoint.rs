//! Moves what was written from SQLite's write-ahead log into the file, beside the writer instead of in its way.
//!
//! Invariant: without this loop nothing is lost and the log stays bounded all the same (SQLite does it within a commit
//! then, from [`crate::store::open`]'s bound on); it only takes the wait off the callers.

use crate::store::StoreError;
use crate::store::db::Db;
use crate::store::journal::Inner;
use crate::store::open::WriterOptions;
use sqlx::{Connection, SqliteConnection};
use std::time::Duration;

/// A log of this many pages (4 KiB each) is emptied while no write of this process is under way.
const LOG_PAGES_MAX: i64 = 4_096;
/// At least this long between two looks: a checkpoint of few pages costs as many syncs as one of many.
const PAUSE: Duration = Duration::from_millis(250);

impl Inner {
    /// Runs until it is dropped. On PostgreSQL the server does this by itself.
    pub(crate) async fn keep_log_short(&self) {
        let WriterOptions::Sqlite(options) = &self.store.writer_options else { return };
        let mut connection = None;
        loop {
            self.written.notified().await;
            let done = match &mut connection {
                Some(open) => self.checkpoint(open).await,
                None => match SqliteConnection::connect_with(options).await {
                    Ok(open) => self.checkpoint(connection.insert(open)).await,
                    Err(error) => Err(error.into()),
                },
            };
            if done.is_err() {
                connection = None; // said where the error was made; the next write tries again
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn checkpoint(&self, connection: &mut SqliteConnection) -> Result<(), StoreError> {
        let pages = checkpoint(connection).await?;
        if let Db::Sqlite { writing, .. } = &self.store.db
            && pages > LOG_PAGES_MAX
        {
            // With nobody writing, the whole log goes over, and the next write begins it anew.
            let _turn = writing.lock().await;
            checkpoint(connection).await?;
        }
        Ok(())
    }
}

/// One checkpoint that waits for nobody: how many pages the log has.
async fn checkpoint(connection: &mut SqliteConnection) -> Result<i64, StoreError> {
    let (_, pages, _): (i64, i64, i64) = sqlx::query_as("pragma wal_checkpoint(passive)").fetch_one(connection).await?;
    Ok(pages)
}
