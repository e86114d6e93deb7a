//! Runs what is due now: attempts, deadlines, jobs, planned versions. Everything is claimed before it is done and safe to be
//! done twice. The worker calls it again and again; a test calls it when its clock has moved.

use crate::app::change_call::AboutCall;
use crate::app::engine::App;
use crate::app::judge_step::{JOB_CALL_UNKNOWN, JOB_CHANGE_CALL};
use crate::app::place_call::Attempt;
use crate::model::alert::{AlertKind, Severity};
use crate::model::limits;
use crate::store::StoreError;
use crate::store::jobs::Job;
use chrono::{DateTime, TimeDelta, Utc};

/// The name under which this process claims jobs.
const WORKER: &str = "serve";

impl App {
    /// Runs what is due. Returns when something is due next, if anything waits.
    ///
    /// # Errors
    /// The store's: what was not done stays due.
    pub async fn run_due_work(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let now = self.clock.now();
        if !self.store.activate_due_versions(now).await?.is_empty() {
            self.settings.refresh(&self.store, now).await?;
        }
        for (call, deadline) in self.journal.due_deadlines(now) {
            self.pass_deadline(call, deadline.serial).await?;
        }
        for due in self.store.due_attempts(now, limits::ATTEMPTS_AT_ONCE_MAX).await? {
            let attempt =
                Attempt { organisation: due.organisation, query: due.query, traveller: due.traveller, attempt: due.attempt };
            self.place_call(&attempt).await?;
        }
        let lease = TimeDelta::seconds(limits::JOB_LEASE_SECONDS);
        for job in self.store.claim_jobs(WORKER, now, lease, limits::JOBS_AT_ONCE_MAX).await? {
            self.run_job(&job).await?;
        }
        self.next_due().await
    }

    async fn run_job(&self, job: &Job) -> Result<(), StoreError> {
        let now = self.clock.now();
        let done = match (job.kind.as_str(), serde_json::from_str::<AboutCall>(&job.payload)) {
            (JOB_CHANGE_CALL, Ok(about)) => self.change_call(&about).await,
            (JOB_CALL_UNKNOWN, Ok(about)) => {
                let line = self.settings.now().lines.get(&about.line).cloned();
                self.tell_operator(AlertKind::CallUnknown, Severity::High, line.as_deref(), "look-up").await;
                Ok(())
            }
            (kind, _) => {
                tracing::error!(kind, "A job of an unknown kind is put away");
                Ok(())
            }
        };
        match done {
            Ok(()) => self.store.finish_job(job, WORKER, now).await.map(drop),
            Err(error) if job.attempts < limits::JOB_TRIES_MAX => {
                tracing::warn!(kind = job.kind, %error, "A job failed and is tried again");
                // 1, 2, 4, … seconds.
                let pause = TimeDelta::seconds(1 << job.attempts.min(6));
                self.store.postpone_job(job, WORKER, now + pause).await.map(drop)
            }
            Err(error) => {
                tracing::error!(kind = job.kind, %error, "A job failed too often and is given up");
                self.store.finish_job(job, WORKER, now).await.map(drop)
            }
        }
    }

    async fn next_due(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let due = [
            self.journal.next_deadline(),
            self.store.next_attempt_at().await?,
            self.store.next_job_at().await?,
            self.store.next_activation().await?,
        ];
        Ok(due.into_iter().flatten().min())
    }
}
