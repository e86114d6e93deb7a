//! Status queries: who is asked, which attempt is planned, placed and ended, and when a query is over.
//!
//! Invariant: an attempt is claimed in one step before it is dialled; a claim that finds it settled, stopped or already
//! placed is refused. `query_people.planned` is the plan itself; no other row has to agree with it.

use crate::model::answer::Answer;
use crate::model::effect::Status;
use crate::model::ids::{CallId, OrganisationId, ProviderCallId, QueryId, TravellerId, TravellerRow};
use crate::store::audit::write_entry;
use crate::store::columns::{MaybeMicros, MaybeNumber, Micros, json, micros};
use crate::store::db::{Link, find, list, on_link, one, run, write_tx};
use crate::store::jobs::{self, JOB_WITHDRAW_ORDERS, NewJob};
use crate::store::{By, Store, StoreError};
use chrono::{DateTime, TimeDelta, Utc};

/// Calls to one traveller are at least this far apart (DESIGN 5).
const ATTEMPTS_APART_SECONDS: i64 = 60;
/// How many travellers one statement takes into a query.
const PEOPLE_PER_STATEMENT: usize = 32;

/// Where a query stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QueryState {
    /// Calls are placed.
    Running,
    /// None is placed until it is resumed.
    Paused,
    /// It was stopped: no call begins any more.
    Stopped,
    /// Everybody is settled or out of attempts.
    Finished,
}

impl QueryState {
    /// The word of the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
            Self::Finished => "finished",
        }
    }
}

impl TryFrom<String> for QueryState {
    type Error = String;
    fn try_from(word: String) -> Result<Self, String> {
        [Self::Running, Self::Paused, Self::Stopped, Self::Finished]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| "not a state of a query".to_owned())
    }
}

/// A query to be started.
#[derive(Debug, Clone, Copy)]
pub struct NewQuery<'a> {
    /// Its fresh id.
    pub id: QueryId,
    /// Whose.
    pub organisation: &'a OrganisationId,
    /// The incident's text by language, JSON.
    pub incident: &'a str,
    /// Is it an exercise?
    pub exercise: bool,
    /// Whom it asks; each once.
    pub travellers: &'a [TravellerRow],
    /// The retry plan of the settings in force.
    pub retry_minutes: &'a [u16],
    /// The caller's name for this request: a second one with it starts nothing.
    pub idempotency_key: Option<&'a str>,
}

/// A query as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct QueryRow {
    /// Counts up; the cursor of the list.
    pub row_id: i64,
    /// Its id.
    pub id: QueryId,
    /// Whose.
    pub organisation: OrganisationId,
    /// The incident's text by language, JSON.
    pub incident: String,
    /// Is it an exercise?
    pub exercise: bool,
    /// Where it stands.
    #[sqlx(try_from = "String")]
    pub state: QueryState,
    /// When it was started.
    #[sqlx(try_from = "Micros")]
    pub started_at: DateTime<Utc>,
    /// By whom.
    pub started_by: String,
    /// When it was stopped or finished.
    #[sqlx(try_from = "MaybeMicros")]
    pub ended_at: Option<DateTime<Utc>>,
}

/// All columns, from where the rest says.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select row_id, id, organisation, incident, exercise, state, started_at, started_by, ended_at from status_queries ",
            $rest
        )
    };
}

/// One traveller's part in a query, for the board.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct QueryPersonRow {
    /// Who.
    pub traveller: TravellerRow,
    /// The id that people use.
    pub id: TravellerId,
    /// What counts of their answers to this query; None: nothing yet.
    pub status: Option<Answer>,
    /// What proves it: `key`, `words` or `text`.
    pub proof: Option<String>,
    /// Since when nothing more is asked of them.
    #[sqlx(try_from = "MaybeMicros")]
    pub settled_at: Option<DateTime<Utc>>,
    /// The highest attempt that was placed.
    #[sqlx(try_from = "i64")]
    pub placed: u8,
    /// The attempt that is planned.
    #[sqlx(try_from = "MaybeNumber")]
    pub planned: Option<u8>,
    /// When that is.
    #[sqlx(rename = "planned_at", try_from = "MaybeMicros")]
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// Is nothing more to come: settled, or out of attempts?
    pub done: bool,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AttemptRow {
    /// Whose.
    pub traveller: TravellerRow,
    /// 1, 2, …
    #[sqlx(try_from = "i64")]
    pub attempt: u8,
    /// The call.
    pub call: CallId,
    /// Which of the traveller's numbers: 0, 1, …
    #[sqlx(try_from = "i64")]
    pub phone_index: u8,
    /// Its one result; None: it runs, or was answered.
    pub result: Option<Status>,
    /// When it was placed.
    #[sqlx(try_from = "Micros")]
    pub started_at: DateTime<Utc>,
    /// When it had its result.
    #[sqlx(try_from = "MaybeMicros")]
    pub ended_at: Option<DateTime<Utc>>,
}

/// How many people of a query stand alike.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct QueryCount {
    /// What counts of their answers.
    pub status: Option<Answer>,
    /// Is nothing more to come?
    pub done: bool,
    /// How many.
    pub people: i64,
}

/// An attempt whose time has come.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct DueAttempt {
    /// Of which query.
    pub query: QueryId,
    /// Whose query.
    pub organisation: OrganisationId,
    /// Whom to call.
    pub traveller: TravellerRow,
    /// Which attempt.
    #[sqlx(rename = "planned", try_from = "i64")]
    pub attempt: u8,
    /// Since when it is due.
    #[sqlx(try_from = "Micros")]
    pub planned_at: DateTime<Utc>,
}

/// An attempt whose call is not over.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RunningAttempt {
    /// Whose.
    pub traveller: TravellerRow,
    /// Which.
    #[sqlx(try_from = "i64")]
    pub attempt: u8,
    /// The call.
    pub call: CallId,
    /// The provider's id of it, where the order was answered.
    #[sqlx(rename = "provider_call_id")]
    pub provider_call: Option<ProviderCallId>,
}

/// What an administrator does to a running query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryCommand {
    /// No call begins until it is resumed.
    Pause,
    /// Calls begin again.
    Resume,
    /// No call begins any more, no retry, no `unreached`.
    Stop,
}

/// What a step does to an attempt, beside its effects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttemptChange {
    /// It is about to be dialled: planned until now, placed from now on. Refused with `Conflict("the attempt")` where it
    /// is not planned any more, settled, or its query does not run.
    Claim {
        /// Of which query.
        query: QueryId,
        /// Whose.
        traveller: TravellerRow,
        /// Which.
        attempt: u8,
        /// Which of the traveller's numbers: 0, 1, …
        phone_index: u8,
        /// The retry plan of the version that is active now: kept if this is the first call of the query to them (rule 5).
        retry_minutes: Vec<u16>,
    },
    /// It could not be ordered for a fault of our own: it is planned again and burned nothing.
    GiveBack {
        /// Of which query.
        query: QueryId,
        /// Whose.
        traveller: TravellerRow,
        /// Which.
        attempt: u8,
        /// When it is to be tried again.
        again_at: DateTime<Utc>,
    },
}

impl Store {
    /// Starts a query: its row, and is it new? With a key that was used before, the one that it started.
    ///
    /// # Errors
    /// `NotFound`: one of the travellers is not of this organisation. Or the database's.
    pub async fn start_query(&self, new: &NewQuery<'_>, by: By<'_>) -> Result<(QueryRow, bool), StoreError> {
        write_tx!(&self.db, |link| {
            if let Some(known) = known_by_key(link, new).await? {
                return Ok((known, false));
            }
            run!(
                link,
                "insert into status_queries (id, organisation, incident, exercise, state, started_at, started_by, \
                 idempotency_key) values ($1, $2, $3, $4, 'running', $5, $6, $7)",
                new.id,
                new.organisation,
                new.incident,
                new.exercise,
                micros(by.at),
                by.who,
                new.idempotency_key
            )?;
            for some in new.travellers.chunks(PEOPLE_PER_STATEMENT) {
                take_in(link, new, some, by.at).await?;
            }
            write_entry(link, by, Some(new.organisation), "status_query.started", &new.id.to_string()).await?;
            let row = one!(link, QueryRow, select!("where id = $1"), new.id)?.ok_or(StoreError::Corrupt)?;
            Ok((row, true))
        })
    }

    /// One query, whatever the organisation: the caller compares it.
    ///
    /// # Errors
    /// `NotFound`, or the database's.
    pub async fn query(&self, id: QueryId) -> Result<QueryRow, StoreError> {
        find!(&self.db, QueryRow, select!("where id = $1"), id)?.ok_or(StoreError::NotFound)
    }

    /// Queries of an organisation, newest first, from below the cursor `before`.
    ///
    /// # Errors
    /// The database's.
    pub async fn queries(
        &self,
        organisation: &OrganisationId,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<QueryRow>, StoreError> {
        list!(
            &self.db,
            QueryRow,
            select!("where organisation = $1 and row_id < $2 order by row_id desc limit $3"),
            organisation,
            before.unwrap_or(i64::MAX),
            limit
        )
    }

    /// The people of a query in the order of their row numbers, from behind the cursor `after`.
    ///
    /// # Errors
    /// The database's.
    pub async fn query_people(
        &self,
        id: QueryId,
        after: Option<TravellerRow>,
        limit: i64,
    ) -> Result<Vec<QueryPersonRow>, StoreError> {
        list!(
            &self.db,
            QueryPersonRow,
            "select p.traveller, t.id, p.status, p.proof, p.settled_at, p.placed, p.planned, p.planned_at, p.done \
             from query_people p join travellers t on t.row_id = p.traveller \
             where p.query = $1 and p.traveller > $2 order by p.traveller limit $3",
            id,
            after.map_or(0, |row| row.0),
            limit
        )
    }

    /// The attempts of a query to the travellers from one row number to another, both included.
    ///
    /// # Errors
    /// The database's.
    pub async fn query_attempts(&self, id: QueryId, from: TravellerRow, to: TravellerRow) -> Result<Vec<AttemptRow>, StoreError> {
        list!(
            &self.db,
            AttemptRow,
            "select traveller, attempt, call, phone_index, result, started_at, ended_at from attempts \
             where query = $1 and traveller between $2 and $3 order by traveller, attempt",
            id,
            from,
            to
        )
    }

    /// How many people of a query stand how.
    ///
    /// # Errors
    /// The database's.
    pub async fn query_counts(&self, id: QueryId) -> Result<Vec<QueryCount>, StoreError> {
        list!(
            &self.db,
            QueryCount,
            "select status, done, count(*) as people from query_people where query = $1 group by status, done \
             order by status, done",
            id
        )
    }

    /// Attempts of an organisation whose time has come in queries that run: first calls before retries, the longest due
    /// first.
    ///
    /// # Errors
    /// The database's.
    pub async fn due_attempts(
        &self,
        organisation: &OrganisationId,
        now: DateTime<Utc>,
        limit: i64,
    ) -> Result<Vec<DueAttempt>, StoreError> {
        list!(
            &self.db,
            DueAttempt,
            "select p.query, p.organisation, p.traveller, p.planned, p.planned_at from query_people p \
             join status_queries q on q.id = p.query \
             where p.planned is not null and p.planned_at <= $2 and q.state = 'running' and p.organisation = $1 \
             order by case when p.planned = 1 then 0 else 1 end, p.planned_at, p.traveller limit $3",
            organisation,
            micros(now),
            limit
        )
    }

    /// Organisations that have attempts whose time has come.
    ///
    /// # Errors
    /// The database's.
    pub async fn organisations_with_due_attempts(&self, now: DateTime<Utc>) -> Result<Vec<OrganisationId>, StoreError> {
        let rows: Vec<(OrganisationId,)> = list!(
            &self.db,
            (OrganisationId,),
            "select p.organisation from query_people p join status_queries q on q.id = p.query \
             where p.planned is not null and p.planned_at <= $1 and q.state = 'running' group by p.organisation \
             order by p.organisation",
            micros(now)
        )?;
        Ok(rows.into_iter().map(|(organisation,)| organisation).collect())
    }

    /// When the next attempt of a running query is due after this moment.
    ///
    /// # Errors
    /// The database's.
    pub async fn next_attempt_after(&self, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>, StoreError> {
        let next: Option<(Option<Micros>,)> = find!(
            &self.db,
            (Option<Micros>,),
            "select min(p.planned_at) from query_people p join status_queries q on q.id = p.query \
             where p.planned is not null and p.planned_at > $1 and q.state = 'running'",
            micros(now)
        )?;
        Ok(next.and_then(|(at,)| at).map(DateTime::from))
    }

    /// Attempts of a query without a result whose call is not over: what `stop` may still have to cancel.
    ///
    /// # Errors
    /// The database's.
    pub async fn running_attempts(&self, id: QueryId) -> Result<Vec<RunningAttempt>, StoreError> {
        list!(
            &self.db,
            RunningAttempt,
            "select a.traveller, a.attempt, a.call, c.provider_call_id from attempts a join calls c on c.id = a.call \
             where a.query = $1 and a.result is null and c.ended_at is null order by a.traveller, a.attempt",
            id
        )
    }

    /// Pauses, resumes or stops a query. Doing so twice changes nothing.
    ///
    /// # Errors
    /// `NotFound`: not of this organisation. `Conflict("the query's state")`: it is over. Or the database's.
    pub async fn command_query(
        &self,
        organisation: &OrganisationId,
        id: QueryId,
        command: QueryCommand,
        by: By<'_>,
    ) -> Result<QueryRow, StoreError> {
        write_tx!(&self.db, |link| {
            let row = one!(link, QueryRow, select!("where id = $1 and organisation = $2"), id, organisation)?
                .ok_or(StoreError::NotFound)?;
            let (next, action) = match command {
                QueryCommand::Pause => (QueryState::Paused, "status_query.paused"),
                QueryCommand::Resume => (QueryState::Running, "status_query.resumed"),
                QueryCommand::Stop => (QueryState::Stopped, "status_query.stopped"),
            };
            if row.state == next {
                return Ok(row);
            }
            if matches!(row.state, QueryState::Stopped | QueryState::Finished) {
                return Err(StoreError::Conflict("the query's state"));
            }
            run!(link, "update status_queries set state = $2 where id = $1", id, next.as_str())?;
            if command == QueryCommand::Stop {
                stop(link, id, by.at).await?;
                let withdraw = NewJob {
                    kind: JOB_WITHDRAW_ORDERS,
                    key: format!("{JOB_WITHDRAW_ORDERS}:{id}"),
                    organisation: Some(organisation.clone()),
                    payload: json(&id),
                    due_at: by.at,
                };
                jobs::add(link, &withdraw, by.at).await?;
            }
            write_entry(link, by, Some(organisation), action, &id.to_string()).await?;
            one!(link, QueryRow, select!("where id = $1"), id)?.ok_or(StoreError::Corrupt)
        })
    }
}

async fn known_by_key(link: &mut Link<'_>, new: &NewQuery<'_>) -> Result<Option<QueryRow>, StoreError> {
    let Some(key) = new.idempotency_key else { return Ok(None) };
    one!(link, QueryRow, select!("where organisation = $1 and idempotency_key = $2"), new.organisation, key)
}

/// `in` over a fixed number of travellers, so that the text stays the same; places that are not needed hold one that no
/// traveller has.
macro_rules! in_32 {
    () => {
        "in ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, \
         $25, $26, $27, $28, $29, $30, $31, $32)"
    };
}
const TAKE_IN: &str = concat!(
    "insert into query_people (query, traveller, organisation, retry_minutes, planned, planned_at, created_at) \
     select $33, row_id, organisation, $35, 1, $36, $36 from travellers where organisation = $34 and row_id ",
    in_32!()
);
const TELL_FILES: &str =
    concat!("update travellers set newest_query = $33, revision = revision + 1 where organisation = $34 and row_id ", in_32!());

async fn take_in(
    link: &mut Link<'_>,
    new: &NewQuery<'_>,
    travellers: &[TravellerRow],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut numbers = [-1; PEOPLE_PER_STATEMENT];
    for (place, row) in numbers.iter_mut().zip(travellers) {
        *place = row.0;
    }
    let taken = on_link!(link, |connection| {
        let statement = numbers.iter().fold(sqlx::query(TAKE_IN), |statement, number| statement.bind(*number));
        let statement = statement.bind(new.id).bind(new.organisation).bind(json(new.retry_minutes)).bind(micros(at));
        statement.execute(connection).await.map(|done| done.rows_affected())?
    });
    on_link!(link, |connection| {
        let statement = numbers.iter().fold(sqlx::query(TELL_FILES), |statement, number| statement.bind(*number));
        statement.bind(new.id).bind(new.organisation).execute(connection).await.map(drop)?;
    });
    if usize::try_from(taken).ok() == Some(travellers.len()) { Ok(()) } else { Err(StoreError::NotFound) }
}

async fn stop(link: &mut Link<'_>, id: QueryId, at: DateTime<Utc>) -> Result<(), StoreError> {
    run!(link, "update status_queries set ended_at = $2 where id = $1", id, micros(at))?;
    run!(
        link,
        "update travellers set revision = revision + 1 where row_id in \
         (select traveller from query_people where query = $1 and settled_at is null)",
        id
    )?;
    run!(
        link,
        "update query_people set settled_at = $2, planned = null, planned_at = null, done = true \
         where query = $1 and settled_at is null",
        id,
        micros(at)
    )
    .map(drop)
}

/// Applies what a step does to an attempt. The traveller's file is raised by the caller.
pub(crate) async fn change_attempt(
    link: &mut Link<'_>,
    change: &AttemptChange,
    call: CallId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    match change {
        AttemptChange::Claim { query, traveller, attempt, phone_index, retry_minutes } => {
            claim(link, (*query, *traveller, *attempt), (*phone_index, retry_minutes), call, at).await
        }
        AttemptChange::GiveBack { query, traveller, attempt, again_at } => {
            give_back(link, (*query, *traveller, *attempt), *again_at).await
        }
    }
}

async fn claim(
    link: &mut Link<'_>,
    (query, traveller, attempt): (QueryId, TravellerRow, u8),
    (phone_index, retry_minutes): (u8, &[u16]),
    call: CallId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let claimed = run!(
        link,
        "update query_people set placed = $3, planned = null, planned_at = null, last_call_at = $4, \
         retry_minutes = case when first_call_at is null then $5 else retry_minutes end, \
         first_call_at = coalesce(first_call_at, $4) \
         where query = $1 and traveller = $2 and planned = $3 and settled_at is null \
         and exists (select 1 from status_queries q where q.id = $1 and q.state = 'running')",
        query,
        traveller,
        i64::from(attempt),
        micros(at),
        json(retry_minutes)
    )?;
    if claimed == 0 {
        return Err(StoreError::Conflict("the attempt"));
    }
    run!(
        link,
        "insert into attempts (query, traveller, attempt, organisation, call, phone_index, started_at) \
         select query, traveller, $3, organisation, $4, $5, $6 from query_people where query = $1 and traveller = $2",
        query,
        traveller,
        i64::from(attempt),
        call,
        i64::from(phone_index),
        micros(at)
    )
    .map(drop)
}

async fn give_back(
    link: &mut Link<'_>,
    (query, traveller, attempt): (QueryId, TravellerRow, u8),
    again_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    run!(
        link,
        "delete from attempts where query = $1 and traveller = $2 and attempt = $3 and result is null",
        query,
        traveller,
        i64::from(attempt)
    )?;
    run!(
        link,
        "update query_people set placed = $3 - 1, planned = $3, planned_at = $4, \
         first_call_at = case when $3 = 1 then null else first_call_at end \
         where query = $1 and traveller = $2 and placed = $3 and settled_at is null",
        query,
        traveller,
        i64::from(attempt),
        micros(again_at)
    )?;
    see_whether_done(link, query, traveller).await
}

/// The query is settled for this traveller: nothing that is planned will be placed.
pub(crate) async fn settle(
    link: &mut Link<'_>,
    query: QueryId,
    traveller: TravellerRow,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    run!(
        link,
        "update query_people set settled_at = coalesce(settled_at, $3), planned = null, planned_at = null \
         where query = $1 and traveller = $2",
        query,
        traveller,
        micros(at)
    )?;
    see_whether_done(link, query, traveller).await
}

/// What counts of the traveller's answers to their newest query, and its proof.
pub(crate) async fn set_status(
    link: &mut Link<'_>,
    traveller: TravellerRow,
    status: Answer,
    proof: &'static str,
) -> Result<(), StoreError> {
    run!(
        link,
        "update query_people set status = $2, proof = $3 where traveller = $1 \
         and query = (select newest_query from travellers where row_id = $1)",
        traveller,
        status,
        proof
    )
    .map(drop)
}

/// An attempt has its one result; a second one changes nothing.
pub(crate) async fn end_attempt(
    link: &mut Link<'_>,
    (query, traveller, attempt): (QueryId, TravellerRow, u8),
    result: Status,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    run!(
        link,
        "update attempts set result = $4, ended_at = $5 where query = $1 and traveller = $2 and attempt = $3 and result is null",
        query,
        traveller,
        i64::from(attempt),
        result,
        micros(at)
    )?;
    run!(
        link,
        "update query_people set ended = ended | $3 where query = $1 and traveller = $2",
        query,
        traveller,
        1_i64 << attempt.min(62)
    )?;
    see_whether_done(link, query, traveller).await
}

/// The next attempt is planned: so many minutes after the first call, and at least a minute after the last one.
pub(crate) async fn plan_retry(
    link: &mut Link<'_>,
    (query, traveller, attempt): (QueryId, TravellerRow, u8),
    after_minutes: u16,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let after = TimeDelta::minutes(i64::from(after_minutes)).num_microseconds().unwrap_or(i64::MAX);
    let apart = TimeDelta::seconds(ATTEMPTS_APART_SECONDS).num_microseconds().unwrap_or(i64::MAX);
    run!(
        link,
        "update query_people set planned = $3, planned_at = case \
         when coalesce(first_call_at, $5) + $4 > coalesce(last_call_at, $5) + $6 then coalesce(first_call_at, $5) + $4 \
         else coalesce(last_call_at, $5) + $6 end, done = false \
         where query = $1 and traveller = $2 and settled_at is null",
        query,
        traveller,
        i64::from(attempt),
        after,
        micros(at),
        apart
    )
    .map(drop)
}

/// Settled, or nothing planned and nothing running: then nothing more will come for this traveller.
async fn see_whether_done(link: &mut Link<'_>, query: QueryId, traveller: TravellerRow) -> Result<(), StoreError> {
    run!(
        link,
        "update query_people set done = (settled_at is not null or (planned is null and not exists (select 1 from attempts a \
         where a.query = query_people.query and a.traveller = query_people.traveller and a.result is null))) \
         where query = $1 and traveller = $2",
        query,
        traveller
    )
    .map(drop)
}

/// Finishes a query for whose people nothing more will come. Called when all effects of a step are applied.
pub(crate) async fn finish_if_done(link: &mut Link<'_>, query: QueryId, at: DateTime<Utc>) -> Result<(), StoreError> {
    run!(
        link,
        "update status_queries set state = 'finished', ended_at = $2 where id = $1 and state in ('running', 'paused') \
         and not exists (select 1 from query_people p where p.query = $1 and not p.done)",
        query,
        micros(at)
    )
    .map(drop)
}
