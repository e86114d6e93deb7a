//! Alerts: raised, being answered, taken and settled. Who comes first wins; whoever comes later is told who has it.
//!
//! Invariant: whatever raises an alert (a step, a text, the operator's), the work of telling people stands beside it in
//! the same write.

use crate::model::alert::{AlertKind, AlertState, Severity};
use crate::model::ids::{AlertId, CallId, LineId, OrganisationId, QueryId, TravellerId, TravellerRow};
use crate::store::audit::write_entry;
use crate::store::columns::{MaybeMicros, Micros, json, micros};
use crate::store::db::{Link, find, list, one, run, write_tx};
use crate::store::jobs::{self, JOB_TELL_RECIPIENTS, NewJob};
use crate::store::{By, Store, StoreError};
use chrono::{DateTime, Utc};

/// An alert to be raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAlert {
    /// Its fresh id.
    pub id: AlertId,
    /// Whose; None: the operator's.
    pub organisation: Option<OrganisationId>,
    /// Its kind.
    pub kind: AlertKind,
    /// How urgent.
    pub severity: Severity,
    /// About whom; with anybody here, `call` is given.
    pub travellers: Vec<TravellerRow>,
    /// Is it about a booking question?
    pub about_travel: bool,
    /// The call that raised it, or the message.
    pub call: Option<CallId>,
    /// The query of that call.
    pub query: Option<QueryId>,
    /// The line that it is about.
    pub line: Option<LineId>,
    /// As long as one with this key is not settled, no second one is raised.
    pub once_key: Option<String>,
}

/// An alert as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AlertRow {
    /// Counts up in the order of raising; the cursor of the list.
    pub row_id: i64,
    /// Its id.
    pub id: AlertId,
    /// Whose; None: the operator's.
    pub organisation: Option<OrganisationId>,
    /// Its kind.
    pub kind: AlertKind,
    /// How urgent.
    pub severity: Severity,
    /// Is it about a booking question?
    pub about_travel: bool,
    /// Where it stands.
    pub state: AlertState,
    /// About whom (the first, where several share a phone).
    pub traveller: Option<TravellerId>,
    /// The call or message that raised it.
    pub call: Option<CallId>,
    /// The query of that call.
    pub query: Option<QueryId>,
    /// The line that it is about.
    pub line: Option<LineId>,
    /// When it was raised.
    #[sqlx(try_from = "Micros")]
    pub raised_at: DateTime<Utc>,
    /// Who has it.
    pub taken_by: Option<String>,
    /// Since when.
    #[sqlx(try_from = "MaybeMicros")]
    pub taken_at: Option<DateTime<Utc>>,
    /// Who settled it; `engine`: a step did.
    pub settled_by: Option<String>,
    /// When.
    #[sqlx(try_from = "MaybeMicros")]
    pub settled_at: Option<DateTime<Utc>>,
    /// What came of it.
    pub settled_outcome: Option<String>,
    /// How.
    pub settled_how: Option<String>,
}

/// All columns, from where the rest says.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select row_id, id, organisation, kind, severity, about_travel, state, (select t.id from alert_people p \
             join travellers t on t.row_id = p.traveller where p.alert = alerts.row_id order by p.traveller limit 1) as traveller, \
             call, query, line, raised_at, taken_by, taken_at, settled_by, settled_at, settled_outcome, settled_how from alerts ",
            $rest
        )
    };
}

/// Somebody whom an alert is about.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AlertPersonRow {
    /// Who.
    pub traveller: TravellerRow,
    /// The id that people use.
    pub id: TravellerId,
    /// When it was settled for them.
    #[sqlx(try_from = "MaybeMicros")]
    pub settled_at: Option<DateTime<Utc>>,
}

/// Which alerts a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlertFilter {
    /// All of them.
    All,
    /// Whatever is not settled.
    Unsettled,
    /// One state.
    In(AlertState),
}

/// What came of taking an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Take {
    /// It is theirs (and may have been before).
    Theirs(AlertRow),
    /// Somebody else has it.
    Anothers(AlertRow),
    /// It is settled, and stays as it is.
    Settled(AlertRow),
}

/// What came of settling an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settle {
    /// It is settled now.
    Done(AlertRow),
    /// It was before, and stays as it is.
    Already(AlertRow),
}

impl Store {
    /// Raises an alert outside a step: is it new? One with the same `once_key` that is not settled stands for it.
    ///
    /// # Errors
    /// The database's.
    pub async fn raise_alert(&self, alert: &NewAlert, at: DateTime<Utc>) -> Result<bool, StoreError> {
        write_tx!(&self.db, |link| {
            let raised = raise(link, alert, at).await?;
            if raised {
                for traveller in &alert.travellers {
                    crate::store::travellers::bump(link, *traveller).await?;
                }
            }
            Ok(raised)
        })
        .inspect(|raised| {
            if *raised {
                self.jobs_added.notify_one();
            }
        })
    }

    /// One alert, whatever the organisation: the caller compares it.
    ///
    /// # Errors
    /// `NotFound`, or the database's.
    pub async fn alert(&self, id: AlertId) -> Result<AlertRow, StoreError> {
        find!(&self.db, AlertRow, select!("where id = $1"), id)?.ok_or(StoreError::NotFound)
    }

    /// Whom an alert is about.
    ///
    /// # Errors
    /// The database's.
    pub async fn alert_people(&self, id: AlertId) -> Result<Vec<AlertPersonRow>, StoreError> {
        list!(
            &self.db,
            AlertPersonRow,
            "select p.traveller, t.id, p.settled_at from alerts a join alert_people p on p.alert = a.row_id \
             join travellers t on t.row_id = p.traveller where a.id = $1 order by p.traveller",
            id
        )
    }

    /// Alerts of an organisation (None: the operator's), newest first, from below the cursor `before`.
    ///
    /// # Errors
    /// The database's.
    pub async fn alerts(
        &self,
        organisation: Option<&OrganisationId>,
        filter: AlertFilter,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<AlertRow>, StoreError> {
        let before = before.unwrap_or(i64::MAX);
        let (unsettled, state) = match filter {
            AlertFilter::All => (false, None),
            AlertFilter::Unsettled => (true, None),
            AlertFilter::In(state) => (false, Some(state)),
        };
        match organisation {
            Some(organisation) => list!(
                &self.db,
                AlertRow,
                select!(
                    "where organisation = $1 and ($2 is null or state = $2) and (not $3 or state <> 'settled') \
                     and row_id < $4 order by row_id desc limit $5"
                ),
                organisation,
                state,
                unsettled,
                before,
                limit
            ),
            None => list!(
                &self.db,
                AlertRow,
                select!(
                    "where organisation is null and ($1 is null or state = $1) and (not $2 or state <> 'settled') \
                     and row_id < $3 order by row_id desc limit $4"
                ),
                state,
                unsettled,
                before,
                limit
            ),
        }
    }

    /// Every alert that is not settled, oldest first: for the clock of the repeats.
    ///
    /// # Errors
    /// The database's.
    pub async fn unsettled_alerts(&self) -> Result<Vec<AlertRow>, StoreError> {
        list!(&self.db, AlertRow, select!("where state <> 'settled' order by row_id"))
    }

    /// Somebody takes an alert.
    ///
    /// # Errors
    /// `NotFound`, or the database's.
    pub async fn take_alert(&self, id: AlertId, by: By<'_>) -> Result<Take, StoreError> {
        write_tx!(&self.db, |link| {
            let taken = run!(
                link,
                "update alerts set state = 'taken', taken_by = $2, taken_at = $3 where id = $1 \
                 and state in ('open', 'being_answered')",
                id,
                by.who,
                micros(by.at)
            )?;
            let row = one!(link, AlertRow, select!("where id = $1"), id)?.ok_or(StoreError::NotFound)?;
            if taken > 0 {
                write_entry(link, by, row.organisation.as_ref(), "alert.taken", &id.to_string()).await?;
            }
            Ok(match row.state {
                AlertState::Settled => Take::Settled(row),
                AlertState::Taken if row.taken_by.as_deref() == Some(by.who) => Take::Theirs(row),
                AlertState::Taken | AlertState::Open | AlertState::BeingAnswered => Take::Anothers(row),
            })
        })
    }

    /// Somebody settles an alert, for everybody whom it is about.
    ///
    /// # Errors
    /// `NotFound`, or the database's.
    pub async fn settle_alert(
        &self,
        id: AlertId,
        outcome: Option<&str>,
        how: Option<&str>,
        by: By<'_>,
    ) -> Result<Settle, StoreError> {
        write_tx!(&self.db, |link| {
            let row = one!(link, AlertRow, select!("where id = $1"), id)?.ok_or(StoreError::NotFound)?;
            if row.state == AlertState::Settled {
                return Ok(Settle::Already(row));
            }
            let open_for = "select traveller from alert_people where alert = $1 and settled_at is null";
            for (traveller,) in crate::store::db::all!(link, (TravellerRow,), open_for, row.row_id)? {
                crate::store::travellers::bump(link, traveller).await?;
            }
            run!(
                link,
                "update alert_people set settled_at = $2 where alert = $1 and settled_at is null",
                row.row_id,
                micros(by.at)
            )?;
            run!(
                link,
                "update alerts set state = 'settled', settled_by = $2, settled_at = $3, settled_outcome = $4, settled_how = $5 \
                 where id = $1",
                id,
                by.who,
                micros(by.at),
                outcome,
                how
            )?;
            write_entry(link, by, row.organisation.as_ref(), "alert.settled", &id.to_string()).await?;
            one!(link, AlertRow, select!("where id = $1"), id)?.ok_or(StoreError::Corrupt).map(Settle::Done)
        })
    }
}

/// Raises an alert on an open write: is it new? The travellers' files are raised by the caller.
pub(crate) async fn raise(link: &mut Link<'_>, alert: &NewAlert, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let row: Option<(i64,)> = one!(
        link,
        (i64,),
        "insert into alerts (id, organisation, kind, severity, about_travel, state, call, query, line, once_key, raised_at) \
         values ($1, $2, $3, $4, $5, 'open', $6, $7, $8, $9, $10) on conflict do nothing returning row_id",
        alert.id,
        &alert.organisation,
        alert.kind,
        alert.severity,
        alert.about_travel,
        alert.call,
        alert.query,
        &alert.line,
        &alert.once_key,
        micros(at)
    )?;
    let Some((row,)) = row else { return Ok(false) };
    let tell = NewJob {
        kind: JOB_TELL_RECIPIENTS,
        key: format!("{JOB_TELL_RECIPIENTS}:{}", alert.id),
        organisation: alert.organisation.clone(),
        payload: json(&alert.id),
        due_at: at,
    };
    jobs::add(link, &tell, at).await?;
    for traveller in &alert.travellers {
        run!(
            link,
            "insert into alert_people (alert, traveller, organisation, created_at) values ($1, $2, $3, $4) \
             on conflict do nothing",
            row,
            traveller,
            &alert.organisation,
            micros(at)
        )?;
    }
    Ok(true)
}

/// A step settles an alert for one traveller (None: an alert about nobody); it ends when it is settled for all.
pub(crate) async fn settle_for(
    link: &mut Link<'_>,
    id: AlertId,
    traveller: Option<TravellerRow>,
    how: &str,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    if let Some(traveller) = traveller {
        run!(
            link,
            "update alert_people set settled_at = $3 where traveller = $2 and settled_at is null \
             and alert = (select row_id from alerts where id = $1)",
            id,
            traveller,
            micros(at)
        )?;
    }
    run!(
        link,
        "update alerts set state = 'settled', settled_by = 'engine', settled_at = $2, settled_how = $3 where id = $1 \
         and state <> 'settled' and not exists \
         (select 1 from alert_people p where p.alert = alerts.row_id and p.settled_at is null)",
        id,
        micros(at),
        how
    )
    .map(drop)
}

/// A leg is answered: the alert is being answered, unless somebody has it already.
pub(crate) async fn being_answered(link: &mut Link<'_>, id: AlertId) -> Result<(), StoreError> {
    run!(link, "update alerts set state = 'being_answered' where id = $1 and state = 'open'", id).map(drop)
}

/// The leg has ended without a connection: the alert is open again, unless somebody has it.
pub(crate) async fn open_again(link: &mut Link<'_>, id: AlertId) -> Result<(), StoreError> {
    run!(link, "update alerts set state = 'open' where id = $1 and state = 'being_answered'", id).map(drop)
}
