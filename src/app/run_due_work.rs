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
use std::sync::Arc;

/// The name under which this process claims jobs.
const WORKER: &str = "serve";

/// What became of several pieces of work: one that fails does not hold up the others.
#[derive(Debug)]
struct Results(Result<(), StoreError>);

impl Results {
    fn take_in(&mut self, what: &str, result: Result<(), StoreError>) {
        if let Err(error) = result {
            tracing::warn!(what, %error, "Due work could not be done and stays due");
            if self.0.is_ok() {
                self.0 = Err(error);
            }
        }
    }
}

impl App {
    /// Runs what is due. Returns when something is due next, if anything waits.
    ///
    /// # Errors
    /// The first of the store's: what was not done stays due, and the rest is done all the same.
    pub async fn run_due_work(self: &Arc<Self>) -> Result<Option<DateTime<Utc>>, StoreError> {
        let now = self.clock.now();
        let mut results = Results(Ok(()));
        // First what was answered already: no deadline may pass for what the caller has long done.
        results.take_in("catch up", self.catch_up_all().await);
        results.take_in("unrecorded help", self.tell_unrecorded().await);
        results.take_in("deadlines", self.pass_deadlines(now).await);
        results.take_in("planned versions", self.activate_versions(now).await);
        results.take_in("attempts", self.place_attempts(now).await);
        results.take_in("jobs", self.run_jobs(now).await);
        results.0?;
        self.next_due().await
    }

    async fn activate_versions(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        if !self.store.activate_due_versions(now).await?.is_empty() {
            self.settings.refresh(&self.store, now).await?;
        }
        Ok(())
    }

    /// Judges the passed deadlines, several at once: each asks the provider, and none may wait for all the others.
    async fn pass_deadlines(self: &Arc<Self>, now: DateTime<Utc>) -> Result<(), StoreError> {
        let mut results = Results(Ok(()));
        let waiting = self.missed.calls();
        let due: Vec<_> = self.journal.due_deadlines(now).into_iter().filter(|(call, _)| !waiting.contains(call)).collect();
        for some in due.chunks(limits::DEADLINES_AT_ONCE_MAX) {
            let passing: Vec<_> = some
                .iter()
                .map(|(call, deadline)| {
                    let (app, call, serial) = (Arc::clone(self), *call, deadline.serial);
                    self.tasks.spawn(async move { app.pass_deadline(call, serial).await })
                })
                .collect();
            for passed in passing {
                // An error of ours in one call is no reason to leave the others waiting.
                results.take_in("deadline", passed.await.unwrap_or(Err(StoreError::Corrupt)));
            }
        }
        results.0
    }

    async fn place_attempts(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let mut results = Results(Ok(()));
        for due in self.store.due_attempts(now, limits::ATTEMPTS_AT_ONCE_MAX).await? {
            let attempt =
                Attempt { organisation: due.organisation, query: due.query, traveller: due.traveller, attempt: due.attempt };
            results.take_in("attempt", self.place_call(&attempt).await);
        }
        results.0
    }

    async fn run_jobs(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let mut results = Results(Ok(()));
        let lease = TimeDelta::seconds(limits::JOB_LEASE_SECONDS);
        for job in self.store.claim_jobs(WORKER, now, lease, limits::JOBS_AT_ONCE_MAX).await? {
            results.take_in("job", self.run_job(&job).await);
        }
        results.0
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
