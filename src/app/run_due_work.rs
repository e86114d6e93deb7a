//! Runs what is due now: planned versions, deadlines, attempts, jobs, the spool. Everything is claimed before it is done and
//! safe to be done twice. What may take long (requests, mails) is started and not waited for, so that a provider or a mail
//! server that hangs holds up nothing but its own work.

use crate::app::change_call::AboutCall;
use crate::app::engine::App;
use crate::app::find_order::{JOB_FIND_ORDER, Looked};
use crate::app::judge_step::{JOB_CALL_UNKNOWN, JOB_CHANGE_CALL};
use crate::app::place_call::Attempt;
use crate::model::alert::{AlertKind, Severity};
use crate::model::ids::{AccountId, CallId, OrganisationId};
use crate::model::limits;
use crate::store::StoreError;
use crate::store::jobs::{JOB_TELL_RECIPIENTS, JOB_WITHDRAW_ORDERS, Job, JobLane};
use crate::store::queries::DueAttempt;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The name under which this process claims jobs.
const WORKER: &str = "serve";
/// An organisation without a line is looked at again after this time.
const NO_LINE_SECONDS: i64 = 60;

/// What became of a job.
enum Ran {
    /// It needs no more doing.
    Done,
    /// It is to be run again then.
    Again(DateTime<Utc>),
}

impl App {
    /// Runs what is due, to its end. Returns when something is due next, if anything waits. For whoever moves the clock.
    ///
    /// # Errors
    /// The store's: what was not done stays due.
    pub async fn run_due_work(self: &Arc<Self>) -> Result<Option<DateTime<Utc>>, StoreError> {
        self.start_due_work().await?;
        self.under_way.work.none_left(()).await;
        let now = self.clock.now();
        let left = if self.journal.due_deadlines(now).is_empty() { None } else { Some(now) };
        let attempts = self.store.organisations_with_due_attempts(now).await?;
        let ready = attempts.iter().map(|organisation| self.ready_at(organisation).max(now)).min();
        let next = self.next_due(now).await?;
        Ok([left, ready, next].into_iter().flatten().min())
    }

    /// Starts what is due. Returns when something is due next, if anything waits; the bell rings when something that was
    /// started has ended.
    ///
    /// # Errors
    /// The store's: what was not started stays due.
    pub async fn start_due_work(self: &Arc<Self>) -> Result<Option<DateTime<Utc>>, StoreError> {
        let now = self.clock.now();
        if !self.store.activate_due_versions(now).await?.is_empty() {
            self.settings.refresh(&self.store, now).await?;
        }
        self.tell_unrecorded().await?;
        for (call, deadline) in self.journal.due_deadlines(now) {
            if self.under_way.begin_deadline(call, deadline.serial) {
                self.start_deadline(call, deadline.serial);
            }
        }
        let attempts = self.start_due_attempts(now).await?;
        self.start_jobs(JobLane::Telephone, now).await?;
        self.start_jobs(JobLane::Mail, now).await?;
        Ok([attempts, self.next_due(now).await?].into_iter().flatten().min())
    }

    /// What is due after now, and jobs at any time.
    async fn next_due(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
        let due = [
            self.journal.next_deadline_after(now),
            self.store.next_attempt_after(now).await?,
            self.store.next_job_at().await?,
            self.store.next_activation().await?,
        ];
        Ok(due.into_iter().flatten().min())
    }

    /// Runs beside everything else. Its end rings the bell where `work` says that something may follow.
    fn start(self: &Arc<Self>, work: impl Future<Output = bool> + Send + 'static) {
        let (app, begun, busy) = (Arc::clone(self), self.under_way.work.begin(()), self.clock.busy());
        self.tasks.spawn(async move {
            if work.await {
                app.work.ring(&app.clock);
            }
            drop((begun, busy));
        });
    }

    fn start_deadline(self: &Arc<Self>, call: CallId, serial: u32) {
        let app = Arc::clone(self);
        self.start(async move {
            let judged = app.pass_deadline(call, serial).await;
            app.under_way.end_deadline(call, serial);
            if let Err(error) = &judged {
                tracing::warn!(%call, %error, "A deadline could not be judged; it stands and is judged again");
            }
            let stands = app.journal.due_deadlines(app.clock.now()).iter().any(|(due, now)| (*due, now.serial) == (call, serial));
            !stands
        });
    }

    /// When the account over which an organisation is served may take an order.
    fn ready_at(&self, organisation: &OrganisationId) -> DateTime<Utc> {
        match self.settings.now().line_of(organisation) {
            Some(line) => self.pace.ready_at(&line.account.id),
            None => self.clock.now() + TimeDelta::seconds(NO_LINE_SECONDS),
        }
    }

    /// Places attempts whose time has come, as many as each account takes. Returns when the next account with due attempts
    /// may take one.
    async fn start_due_attempts(self: &Arc<Self>, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
        let snapshot = self.settings.now();
        let mut queues: BTreeMap<AccountId, (f64, Vec<OrganisationId>)> = BTreeMap::new();
        let mut next = None;
        for organisation in self.store.organisations_with_due_attempts(now).await? {
            if let Some(line) = snapshot.line_of(&organisation) {
                let account = &line.account;
                let queue = queues.entry(account.id.clone()).or_insert_with(|| (account.calls_per_second, Vec::new()));
                queue.1.push(organisation);
            } else {
                tracing::error!(%organisation, "Status calls cannot be placed: the organisation has no line");
                self.tell_operator(AlertKind::AccountFault, Severity::High, None, &format!("no line of {organisation}")).await;
                next = Some(now + TimeDelta::seconds(NO_LINE_SECONDS));
            }
        }
        for (account, (calls_per_second, organisations)) in queues {
            if self.pace.ready_at(&account) <= now {
                self.place_due_attempts(&account, calls_per_second, &organisations, now).await?;
            }
            next = [next, Some(self.pace.ready_at(&account).max(now))].into_iter().flatten().min();
        }
        Ok(next)
    }

    async fn place_due_attempts(
        self: &Arc<Self>,
        account: &AccountId,
        calls_per_second: f64,
        organisations: &[OrganisationId],
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut due: Vec<DueAttempt> = Vec::new();
        for organisation in organisations {
            due.extend(self.store.due_attempts(organisation, now, limits::ATTEMPTS_AT_ONCE_MAX).await?);
        }
        // First calls before retries, whoever's they are.
        due.sort_by_key(|due| (due.attempt > 1, due.planned_at, due.traveller));
        for due in due {
            if !self.pace.take_turn(account, calls_per_second, now) {
                return Ok(());
            }
            let attempt =
                Attempt { organisation: due.organisation, query: due.query, traveller: due.traveller, attempt: due.attempt };
            let under_way = self.under_way.orders.begin(attempt.query);
            let Some(claimed) = self.claim_attempt(&attempt).await? else { continue };
            let app = Arc::clone(self);
            self.start(async move {
                let carried_out = app.carry_out(&attempt, &claimed).await;
                if let Err(error) = carried_out {
                    tracing::warn!(call = %claimed.state.call, %error, "What became of an order could not be stored; its deadline looks it up");
                }
                drop(under_way);
                true
            });
        }
        Ok(())
    }

    async fn start_jobs(self: &Arc<Self>, lane: JobLane, now: DateTime<Utc>) -> Result<(), StoreError> {
        let free = match lane {
            JobLane::Telephone => self.under_way.errands_free(),
            JobLane::Mail => self.under_way.mails_free(),
        };
        let limit = i64::try_from(free).unwrap_or(0).min(limits::JOBS_AT_ONCE_MAX);
        if limit == 0 {
            return Ok(());
        }
        let lease = TimeDelta::seconds(limits::JOB_LEASE_SECONDS);
        for job in self.store.claim_jobs_of(Some(lane), WORKER, now, lease, limit).await? {
            let place = match lane {
                JobLane::Telephone => self.under_way.errand(),
                JobLane::Mail => self.under_way.mail(),
            };
            let app = Arc::clone(self);
            self.start(async move {
                if let Err(error) = app.run_job(&job).await {
                    tracing::warn!(kind = job.kind, %error, "A job's end could not be stored; it runs again when its lease is over");
                }
                drop(place);
                true
            });
        }
        Ok(())
    }

    async fn run_job(self: &Arc<Self>, job: &Job) -> Result<(), StoreError> {
        let ran = self.try_job(job).await;
        let now = self.clock.now();
        match ran {
            Ok(Ran::Done) => self.store.finish_job(job, WORKER, now).await.map(drop),
            Ok(Ran::Again(at)) => self.store.postpone_job(job, WORKER, at).await.map(drop),
            // Telling people is never given up.
            Err(error) if job.attempts < limits::JOB_TRIES_MAX || job.kind == JOB_TELL_RECIPIENTS => {
                tracing::warn!(kind = job.kind, %error, "A job failed and is tried again");
                // 2, 4, 8, … seconds.
                let pause = TimeDelta::seconds(1 << job.attempts.min(6));
                self.store.postpone_job(job, WORKER, now + pause).await.map(drop)
            }
            Err(error) => {
                tracing::error!(kind = job.kind, %error, "A job failed too often and is given up");
                self.store.finish_job(job, WORKER, now).await.map(drop)
            }
        }
    }

    async fn try_job(self: &Arc<Self>, job: &Job) -> Result<Ran, StoreError> {
        match job.kind.as_str() {
            JOB_TELL_RECIPIENTS => {
                let next = self.tell_recipients(serde_json::from_str(&job.payload)?).await?;
                Ok(next.map_or(Ran::Done, Ran::Again))
            }
            JOB_CHANGE_CALL => self.change_call(&serde_json::from_str(&job.payload)?).await.map(|()| Ran::Done),
            JOB_CALL_UNKNOWN => {
                let about: AboutCall = serde_json::from_str(&job.payload)?;
                let line = self.settings.now().lines.get(&about.line).cloned();
                self.tell_operator(AlertKind::CallUnknown, Severity::High, line.as_deref(), "look-up").await;
                Ok(Ran::Done)
            }
            JOB_FIND_ORDER => {
                let about: AboutCall = serde_json::from_str(&job.payload)?;
                let looks = limits::LOST_ORDER_LOOKS_SECONDS;
                let look = usize::try_from(job.attempts).unwrap_or(usize::MAX);
                Ok(match (self.find_order(&about, look >= looks.len()).await?, looks.get(look)) {
                    (Looked::NotYet, Some(seconds)) => {
                        let before = looks.get(look.saturating_sub(1)).copied().unwrap_or(0);
                        Ran::Again(job.due_at + TimeDelta::seconds(seconds - before))
                    }
                    (Looked::NotYet | Looked::Done, _) => Ran::Done,
                })
            }
            JOB_WITHDRAW_ORDERS => self.withdraw_orders(serde_json::from_str(&job.payload)?).await.map(|()| Ran::Done),
            kind => {
                tracing::error!(kind, "A job of an unknown kind is put away");
                Ok(Ran::Done)
            }
        }
    }
}
