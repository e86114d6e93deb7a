//! What is put away every hour, so that memory and tables stay small: deliveries of the day before, and jobs that are done.

use crate::app::engine::App;
use crate::store::StoreError;
use chrono::{DateTime, TimeDelta, Utc};

/// How long a job that is done stays, so that the same work is not planned twice: the longest token, twice.
const DONE_JOBS_HOURS: i64 = 24;

impl App {
    /// Puts away what is old.
    ///
    /// # Errors
    /// The store's; what was not put away is put away the next time.
    pub async fn put_away(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let deliveries = self.journal.file_deliveries(now).await?;
        let jobs = self.store.clear_done_jobs(now - TimeDelta::hours(DONE_JOBS_HOURS)).await?;
        if deliveries > 0 || jobs > 0 {
            tracing::debug!(deliveries, jobs, "Old deliveries and jobs were put away");
        }
        Ok(())
    }
}
