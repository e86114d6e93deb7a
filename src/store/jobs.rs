//! Work that waits: rows that survive the process. Whoever claims a job has it for a while; a claim that was lost to
//! somebody else can no longer finish, postpone or free it.

use crate::model::ids::OrganisationId;
use crate::store::columns::{Micros, micros};
use crate::store::db::{Db, Link, find, list, run, write_tx};
use crate::store::{Store, StoreError};
use chrono::{DateTime, TimeDelta, Utc};

/// The recipients of an alert are told, until somebody takes it. The payload is the alert's id.
pub const JOB_TELL_RECIPIENTS: &str = "tell_recipients";
/// The orders of a stopped query are withdrawn at the provider. The payload is the query's id.
pub const JOB_WITHDRAW_ORDERS: &str = "withdraw_orders";

/// Kinds of work that do not wait for each other: a mail server that hangs must not hold up a redirect of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobLane {
    /// Errands at telephony providers.
    Telephone,
    /// Mails.
    Mail,
}

/// A job to be planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// What is to be done (`tell_alert`).
    pub kind: &'static str,
    /// Names this very piece of work: planned a second time, it is still one.
    pub key: String,
    /// For whom; None: the installation.
    pub organisation: Option<OrganisationId>,
    /// What it needs to know, JSON.
    pub payload: String,
    /// When it is to be done.
    pub due_at: DateTime<Utc>,
}

/// A job that was claimed.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Job {
    /// The row.
    pub row_id: i64,
    /// What is to be done.
    pub kind: String,
    /// Its key.
    #[sqlx(rename = "job_key")]
    pub key: String,
    /// For whom.
    pub organisation: Option<OrganisationId>,
    /// What it needs to know, JSON.
    pub payload: String,
    /// When it was to be done.
    #[sqlx(try_from = "Micros")]
    pub due_at: DateTime<Utc>,
    /// The how-manieth try this is: 1, 2, … It also tells this claim from any other of the same job.
    #[sqlx(try_from = "i64")]
    pub attempts: u32,
}

/// What tells one engine's claim from the other's: on PostgreSQL several processes claim at once.
const CLAIM_SQLITE: &str = "update jobs set claimed_by = $1, claimed_until = $2, attempts = attempts + 1 where row_id in \
     (select row_id from jobs where done_at is null and due_at <= $3 and (claimed_until is null or claimed_until <= $3) \
     and ($5 is null or (kind = 'tell_recipients') = $5) order by due_at, row_id limit $4) returning row_id, kind, job_key, organisation, payload, due_at, attempts";
const CLAIM_POSTGRES: &str = "update jobs set claimed_by = $1, claimed_until = $2, attempts = attempts + 1 where row_id in \
     (select row_id from jobs where done_at is null and due_at <= $3 and (claimed_until is null or claimed_until <= $3) \
     order by due_at, row_id limit $4 for update skip locked) \
     returning row_id, kind, job_key, organisation, payload, due_at, attempts";

impl Store {
    /// Plans a job: is it new? One with the same key stays as it is, done or not.
    ///
    /// # Errors
    /// The database's.
    pub async fn add_job(&self, job: &NewJob, now: DateTime<Utc>) -> Result<bool, StoreError> {
        let added = write_tx!(&self.db, |link| add(link, job, now).await)?;
        self.jobs_added.notify_one();
        Ok(added)
    }

    /// Claims jobs that are due, the longest due first, for as long as the lease.
    ///
    /// # Errors
    /// The database's.
    pub async fn claim_jobs(
        &self,
        worker: &str,
        now: DateTime<Utc>,
        lease: TimeDelta,
        limit: i64,
    ) -> Result<Vec<Job>, StoreError> {
        self.claim_jobs_of(None, worker, now, lease, limit).await
    }

    /// The same, of one lane.
    ///
    /// # Errors
    /// The database's.
    pub async fn claim_jobs_of(
        &self,
        lane: Option<JobLane>,
        worker: &str,
        now: DateTime<Utc>,
        lease: TimeDelta,
        limit: i64,
    ) -> Result<Vec<Job>, StoreError> {
        let mails = lane.map(|lane| lane == JobLane::Mail);
        let due: Option<(i64,)> = find!(
            &self.db,
            (i64,),
            "select count(*) from (select 1 as due from jobs where done_at is null and due_at <= $1 \
             and (claimed_until is null or claimed_until <= $1) limit 1) as any_due",
            micros(now)
        )?;
        if due.is_none_or(|(count,)| count == 0) {
            return Ok(Vec::new()); // nobody waits for a turn to write only to learn that
        }
        let sql = match &self.db {
            Db::Sqlite { .. } => CLAIM_SQLITE,
            Db::Postgres(_) => CLAIM_POSTGRES,
        };
        let mut jobs: Vec<Job> = write_tx!(&self.db, |link| crate::store::db::all!(
            link,
            Job,
            sql,
            worker,
            micros(now + lease),
            micros(now),
            limit,
            mails
        ))?;
        jobs.sort_by_key(|job| (job.due_at, job.row_id));
        Ok(jobs)
    }

    /// The job is done: false if the claim was lost meanwhile, and then nothing has changed.
    ///
    /// # Errors
    /// The database's.
    pub async fn finish_job(&self, job: &Job, worker: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        write_tx!(&self.db, |link| {
            let done = run!(
                link,
                "update jobs set done_at = $4, claimed_until = null where row_id = $1 and claimed_by = $2 and attempts = $3 \
                 and done_at is null",
                job.row_id,
                worker,
                i64::from(job.attempts),
                micros(now)
            )?;
            Ok(done > 0)
        })
    }

    /// The job is to be tried again at another time: false if the claim was lost meanwhile.
    ///
    /// # Errors
    /// The database's.
    pub async fn postpone_job(&self, job: &Job, worker: &str, due_at: DateTime<Utc>) -> Result<bool, StoreError> {
        write_tx!(&self.db, |link| {
            let postponed = run!(
                link,
                "update jobs set due_at = $4, claimed_until = null where row_id = $1 and claimed_by = $2 and attempts = $3 \
                 and done_at is null",
                job.row_id,
                worker,
                i64::from(job.attempts),
                micros(due_at)
            )?;
            Ok(postponed > 0)
        })
    }

    /// Frees what a process that is gone had claimed: how many. Only where no other process can be at work (SQLite); else
    /// the leases run out by themselves.
    ///
    /// # Errors
    /// The database's.
    pub async fn free_jobs_of_the_gone(&self) -> Result<u64, StoreError> {
        match &self.db {
            Db::Sqlite { .. } => write_tx!(&self.db, |link| run!(
                link,
                "update jobs set claimed_until = null where done_at is null and claimed_until is not null"
            )),
            Db::Postgres(_) => Ok(0),
        }
    }

    /// Whoever works on it, the job with this key needs no more doing: was it still waiting?
    ///
    /// # Errors
    /// The database's.
    pub async fn cancel_job(&self, key: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
        write_tx!(&self.db, |link| {
            let cancel = "update jobs set done_at = $2 where job_key = $1 and done_at is null";
            Ok(run!(link, cancel, key, micros(now))? > 0)
        })
    }

    /// When the next job is due (or its claim ends).
    ///
    /// # Errors
    /// The database's.
    pub async fn next_job_at(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let next: Option<(Option<Micros>,)> = find!(
            &self.db,
            (Option<Micros>,),
            "select min(case when claimed_until is not null and claimed_until > due_at then claimed_until else due_at end) \
             from jobs where done_at is null"
        )?;
        Ok(next.and_then(|(at,)| at).map(DateTime::from))
    }

    /// Jobs that are not done, the next due first: for tests, `preflight` and the metrics.
    ///
    /// # Errors
    /// The database's.
    pub async fn waiting_jobs(&self, limit: i64) -> Result<Vec<Job>, StoreError> {
        list!(
            &self.db,
            Job,
            "select row_id, kind, job_key, organisation, payload, due_at, attempts from jobs where done_at is null \
             order by due_at, row_id limit $1",
            limit
        )
    }

    /// Clears away jobs that were done before that time; their keys are free again: how many.
    ///
    /// # Errors
    /// The database's.
    pub async fn clear_done_jobs(&self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        write_tx!(&self.db, |link| run!(link, "delete from jobs where done_at < $1", micros(before)))
    }

    /// Waits until this process plans a job; one that was planned since the last wait counts. For one waiter.
    pub async fn job_added(&self) {
        self.jobs_added.notified().await;
    }
}

/// Plans a job on an open write: is it new?
pub(crate) async fn add(link: &mut Link<'_>, job: &NewJob, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let added = run!(
        link,
        "insert into jobs (kind, job_key, organisation, payload, due_at, created_at) values ($1, $2, $3, $4, $5, $6) \
         on conflict (job_key) do nothing",
        job.kind,
        &job.key,
        &job.organisation,
        &job.payload,
        micros(job.due_at),
        micros(now)
    )?;
    Ok(added > 0)
}
