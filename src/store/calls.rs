//! Calls: how one is found by the provider's id, and which rows of the journal are its own.
//!
//! Invariant: the state of a call is its newest row in the journal; nothing here repeats it.

use crate::model::event::Direction;
use crate::model::ids::{AccountId, CallId, LineId, OrganisationId, ProviderCallId, QueryId, TravellerRow, Version};
use crate::store::columns::{MaybeMicros, Micros, micros};
use crate::store::db::{Link, find, list, one, run};
use crate::store::{Store, StoreError};
use chrono::{DateTime, Utc};
use std::collections::HashMap;

/// A call that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCall {
    /// Our id.
    pub id: CallId,
    /// Whose; None: the called number belongs to nobody.
    pub organisation: Option<OrganisationId>,
    /// Over which line.
    pub line: LineId,
    /// At which account.
    pub account: AccountId,
    /// The provider's id; None: it is still to be placed.
    pub provider_call: Option<ProviderCallId>,
    /// Who rang whom.
    pub direction: Direction,
    /// The traveller, where exactly one is known.
    pub traveller: Option<TravellerRow>,
    /// The query that it is placed for.
    pub query: Option<QueryId>,
    /// Which attempt; 0: inbound.
    pub attempt: u8,
    /// The settings version that it keeps.
    pub version: Version,
    /// When it began.
    pub started_at: DateTime<Utc>,
}

/// A call as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct CallRow {
    /// Counts up; the cursor of the list.
    pub row_id: i64,
    /// Our id.
    pub id: CallId,
    /// Whose.
    pub organisation: Option<OrganisationId>,
    /// Over which line.
    pub line: LineId,
    /// At which account.
    pub account: AccountId,
    /// The provider's id, where it is known.
    #[sqlx(rename = "provider_call_id")]
    pub provider_call: Option<ProviderCallId>,
    /// Who rang whom.
    pub direction: Direction,
    /// The traveller, where exactly one is known.
    pub traveller: Option<TravellerRow>,
    /// The query that it was placed for.
    pub query: Option<QueryId>,
    /// Which attempt; 0: inbound.
    #[sqlx(try_from = "i64")]
    pub attempt: u8,
    /// The settings version that it keeps.
    #[sqlx(try_from = "i64")]
    pub version: Version,
    /// When it began.
    #[sqlx(try_from = "Micros")]
    pub started_at: DateTime<Utc>,
    /// When it was over; None: it is not.
    #[sqlx(try_from = "MaybeMicros")]
    pub ended_at: Option<DateTime<Utc>>,
    /// Its first row in the journal.
    pub first_row: Option<i64>,
    /// Its last row in the journal, known once it is over.
    pub last_row: Option<i64>,
}

/// All columns, from where the rest says.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select row_id, id, organisation, line, account, provider_call_id, direction, traveller, query, attempt, version, \
             started_at, ended_at, first_row, last_row from calls ",
            $rest
        )
    };
}

impl Store {
    /// One call, whatever the organisation: the caller compares it.
    ///
    /// # Errors
    /// `NotFound`, or the database's.
    pub async fn call(&self, id: CallId) -> Result<CallRow, StoreError> {
        find!(&self.db, CallRow, select!("where id = $1"), id)?.ok_or(StoreError::NotFound)
    }

    /// The call that the provider knows by this id at this account.
    ///
    /// # Errors
    /// The database's.
    pub async fn call_by_provider_id(
        &self,
        account: &AccountId,
        provider_call: &ProviderCallId,
    ) -> Result<Option<CallRow>, StoreError> {
        find!(&self.db, CallRow, select!("where account = $1 and provider_call_id = $2"), account, provider_call)
    }

    /// Calls of an organisation, newest first, from below the cursor `before`.
    ///
    /// # Errors
    /// The database's.
    pub async fn calls(
        &self,
        organisation: &OrganisationId,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<CallRow>, StoreError> {
        list!(
            &self.db,
            CallRow,
            select!("where organisation = $1 and row_id < $2 order by row_id desc limit $3"),
            organisation,
            before.unwrap_or(i64::MAX),
            limit
        )
    }

    /// Calls that are not over, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn open_calls(&self) -> Result<Vec<CallRow>, StoreError> {
        list!(&self.db, CallRow, select!("where ended_at is null order by row_id"))
    }
}

/// Does the provider's id belong to a call already?
pub(crate) async fn is_known(
    link: &mut Link<'_>,
    account: &AccountId,
    provider_call: &ProviderCallId,
) -> Result<bool, StoreError> {
    let known: Option<(i64,)> =
        one!(link, (i64,), "select count(*) from calls where account = $1 and provider_call_id = $2", account, provider_call)?;
    Ok(known.is_some_and(|(count,)| count > 0))
}

/// Writes down a call whose first row of the journal is written.
pub(crate) async fn insert(link: &mut Link<'_>, call: &NewCall, first_row: i64) -> Result<(), StoreError> {
    run!(
        link,
        "insert into calls (id, organisation, line, account, provider_call_id, direction, traveller, query, attempt, version, \
         started_at, first_row) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        call.id,
        &call.organisation,
        &call.line,
        &call.account,
        &call.provider_call,
        call.direction,
        call.traveller,
        call.query,
        i64::from(call.attempt),
        i64::from(call.version),
        micros(call.started_at),
        first_row
    )
    .map(drop)
}

/// The call is over: from here to there its rows stand in the journal. A row that comes late moves the end.
pub(crate) async fn end(link: &mut Link<'_>, call: CallId, last_row: i64, at: DateTime<Utc>) -> Result<(), StoreError> {
    run!(link, "update calls set last_row = $2, ended_at = coalesce(ended_at, $3) where id = $1", call, last_row, micros(at))
        .map(drop)
}

/// Binds a call to the provider's id, once: is it bound to this one now?
pub(crate) async fn bind(link: &mut Link<'_>, call: CallId, provider_call: &ProviderCallId) -> Result<bool, StoreError> {
    let bound = run!(
        link,
        "update calls set provider_call_id = $2 where id = $1 and (provider_call_id is null or provider_call_id = $2)",
        call,
        provider_call
    )?;
    Ok(bound > 0)
}

/// Binds a leg to the provider's id, once; one that is bound already stays so.
pub(crate) async fn bind_leg(
    link: &mut Link<'_>,
    call: CallId,
    leg: u8,
    provider_call: &ProviderCallId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    run!(
        link,
        "insert into call_legs (call, leg, provider_call_id, seen_at) values ($1, $2, $3, $4) on conflict (call, leg) do nothing",
        call,
        i64::from(leg),
        provider_call,
        micros(at)
    )
    .map(drop)
}

/// The legs of all calls that are not over.
pub(crate) async fn legs_of_open_calls(store: &Store) -> Result<HashMap<CallId, Vec<(u8, ProviderCallId)>>, StoreError> {
    let sql = "select l.call, l.leg, l.provider_call_id from calls c join call_legs l on l.call = c.id \
               where c.ended_at is null order by l.leg";
    let rows: Vec<(CallId, i64, ProviderCallId)> = list!(&store.db, (CallId, i64, ProviderCallId), sql)?;
    let mut legs: HashMap<CallId, Vec<(u8, ProviderCallId)>> = HashMap::new();
    for (call, leg, id) in rows {
        legs.entry(call).or_default().push((u8::try_from(leg)?, id));
    }
    Ok(legs)
}

/// The legs of a call and the provider's ids that they are bound to.
pub(crate) async fn legs_of(store: &Store, call: CallId) -> Result<Vec<(u8, ProviderCallId)>, StoreError> {
    let sql = "select leg, provider_call_id from call_legs where call = $1 order by leg";
    let rows: Vec<(i64, ProviderCallId)> = list!(&store.db, (i64, ProviderCallId), sql, call)?;
    let legs = rows.into_iter().map(|(leg, id)| u8::try_from(leg).map(|leg| (leg, id)));
    Ok(legs.collect::<Result<_, _>>()?)
}
