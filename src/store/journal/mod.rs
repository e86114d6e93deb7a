//! The journal: the memory of calls. One row a step; the newest row of a call is its state, and there is no other.
//!
//! Invariants: rows are only added. A step is written once or refused: whoever judged by an older state, by an older
//! traveller's file, or the same delivery a second time, gets `Conflict`, looks again and decides again. What is answered
//! `Ok` is on the disk.

/// What is kept in memory.
mod memory;

/// One row.
mod step;

/// The one task that writes.
mod writer;

pub use memory::KnownCall;
pub use step::{DeliveryId, SeenId, StepWrite, StoredStep, Written};
pub use writer::JournalWriter;

use crate::model::call_state::{CallState, Deadline};
use crate::model::ids::{AccountId, CallId, ProviderCallId};
use crate::store::calls::{self, CallRow};
use crate::store::columns::Micros;
use crate::store::db::{Db, Link, find, list, one, write_tx};
use crate::store::{Store, StoreError};
use chrono::{DateTime, Utc};
use memory::Memory;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use step::StepRow;
use tokio::sync::{Notify, mpsc, oneshot};
use writer::{Order, file_delivery, note_filed};

/// Steps that may wait for the writer before whoever hands in the next one has to wait too.
const WAITING_STEPS_MAX: usize = 4_096;
/// Rows that are read at once when the memory is rebuilt.
const REBUILD_ROWS: i64 = 2_000;
/// Deliveries that one transaction files away: short, so that no step waits long behind it.
const FILED_AT_ONCE: usize = 500;

/// All columns of a row, from where the rest says.
macro_rules! select_step {
    ($rest:literal) => {
        concat!(
            "select row_id, call, number, organisation, at, kind, event, state, plan, telephone, effects, because from journal ",
            $rest
        )
    };
}

/// The journal. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Journal {
    inner: Arc<Inner>,
    orders: mpsc::Sender<Order>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    store: Store,
    /// Is this the only process that writes (SQLite)? Then its memory is the truth.
    alone: bool,
    memory: Mutex<Memory>,
    deadline_moved: Notify,
}

impl Journal {
    /// Opens the journal and rebuilds its memory from its newest rows. Nothing is written until the writer runs.
    ///
    /// # Errors
    /// The database's.
    pub async fn open(store: &Store) -> Result<(Self, JournalWriter), StoreError> {
        let inner = Arc::new(Inner {
            store: store.clone(),
            alone: matches!(store.db, Db::Sqlite { .. }),
            memory: Mutex::default(),
            deadline_moved: Notify::new(),
        });
        if inner.alone {
            inner.rebuild_deliveries().await?;
            inner.rebuild_calls().await?;
        }
        let (sender, orders) = mpsc::channel(WAITING_STEPS_MAX);
        Ok((Self { inner: Arc::clone(&inner), orders: sender }, JournalWriter { inner, orders }))
    }

    /// Writes a step; back when it is on the disk. If this future is dropped, the step is written all the same (unless
    /// `only_if_awaited` is set).
    ///
    /// # Errors
    /// `Conflict`: look again and decide again. `Busy`, `Down`, `Corrupt`: nothing is known to be written.
    pub async fn write(&self, step: StepWrite) -> Result<Written, StoreError> {
        let (reply, result) = oneshot::channel();
        let order = Order { step: step.into(), reply };
        self.orders.send(order).await.map_err(|_| StoreError::Down)?;
        let row_id = result.await.map_err(|_| StoreError::Down)??;
        Ok(Written { row_id })
    }

    /// A call with its newest state. Needs no database as long as the call is not long over.
    ///
    /// # Errors
    /// The database's.
    pub async fn call(&self, call: CallId) -> Result<Option<KnownCall>, StoreError> {
        if let Some(known) = self.inner.memory().call(call) {
            return Ok(Some(known.clone()));
        }
        let Some(row) = find_call_row(&self.inner.store, call).await? else { return Ok(None) };
        let known = self.inner.read_call(&row).await?;
        if self.inner.alone {
            if let Some(known) = &known {
                self.inner.memory().learn(known.clone());
            }
        }
        Ok(known)
    }

    /// The call that the provider knows by this id at this account.
    ///
    /// # Errors
    /// The database's.
    pub async fn find_call(&self, account: &AccountId, id: &ProviderCallId) -> Result<Option<CallId>, StoreError> {
        let known = self.inner.memory().by_provider_id(account, id);
        if known.is_some() {
            return Ok(known);
        }
        Ok(self.inner.store.call_by_provider_id(account, id).await?.map(|call| call.id))
    }

    /// The step that answered this delivery, so that a repeat is answered alike.
    ///
    /// # Errors
    /// The database's.
    pub async fn delivery(&self, delivery: DeliveryId) -> Result<Option<StoredStep>, StoreError> {
        let known = self.inner.memory().delivery(delivery);
        let row_id = match known {
            Some(row_id) => row_id,
            None => {
                let filed: Option<(i64,)> = find!(
                    &self.inner.store.db,
                    (i64,),
                    "select row_id from deliveries where delivery = $1",
                    delivery.0.to_vec()
                )?;
                let Some((row_id,)) = filed else { return Ok(None) };
                row_id
            }
        };
        // A row that retention has deleted leaves its delivery unknown, not broken.
        let row: Option<StepRow> = find!(&self.inner.store.db, StepRow, select_step!("where row_id = $1"), row_id)?;
        row.map(StoredStep::try_from).transpose()
    }

    /// All steps of a call, in order.
    ///
    /// # Errors
    /// The database's.
    pub async fn steps(&self, call: CallId) -> Result<Vec<StoredStep>, StoreError> {
        let Some(row) = find_call_row(&self.inner.store, call).await? else { return Ok(Vec::new()) };
        let rows: Vec<StepRow> = list!(
            &self.inner.store.db,
            StepRow,
            select_step!("where row_id between $2 and $3 and call = $1 order by row_id"),
            call,
            row.first_row.unwrap_or(0),
            row.last_row.unwrap_or(i64::MAX)
        )?;
        rows.into_iter().map(StoredStep::try_from).collect()
    }

    /// Calls that are not over.
    #[must_use]
    pub fn open_calls(&self) -> Vec<KnownCall> {
        self.inner.memory().open_calls()
    }

    /// Deadlines that have passed, the longest first. They stay until a step moves them.
    #[must_use]
    pub fn due_deadlines(&self, now: DateTime<Utc>) -> Vec<(CallId, Deadline)> {
        self.inner.memory().due_deadlines(now)
    }

    /// The next deadline of any call.
    #[must_use]
    pub fn next_deadline(&self) -> Option<DateTime<Utc>> {
        self.inner.memory().next_deadline()
    }

    /// The next deadline of any call after this moment.
    #[must_use]
    pub fn next_deadline_after(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.inner.memory().next_deadline_after(now)
    }

    /// When the newest step of any call was written.
    ///
    /// # Errors
    /// The database's.
    pub async fn newest_at(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let newest: Option<(Micros,)> =
            find!(&self.inner.store.db, (Micros,), "select at from journal order by row_id desc limit 1")?;
        Ok(newest.map(|(at,)| at.into()))
    }

    /// Waits until the next deadline is another one; a change since the last wait counts. For one waiter.
    pub async fn deadline_moved(&self) {
        self.inner.deadline_moved.notified().await;
    }

    /// Moves deliveries of more than a day ago from memory into their table: how many. To be called every hour.
    ///
    /// # Errors
    /// The database's; what is not filed stays in memory.
    pub async fn file_deliveries(&self, now: DateTime<Utc>) -> Result<usize, StoreError> {
        let mut total = 0;
        loop {
            let waiting = self.inner.memory().deliveries_to_file(now, FILED_AT_ONCE);
            let Some((_, last)) = waiting.last().copied() else { return Ok(total) };
            write_tx!(&self.inner.store.db, |link| {
                for (delivery, row_id) in &waiting {
                    match file_delivery(link, *delivery, *row_id).await {
                        Ok(()) | Err(StoreError::Conflict(_)) => {}
                        Err(error) => return Err(error),
                    }
                }
                note_filed(link, last).await
            })?;
            self.inner.memory().filed(last);
            total += waiting.len();
        }
    }
}

async fn find_call_row(store: &Store, call: CallId) -> Result<Option<CallRow>, StoreError> {
    match store.call(call).await {
        Ok(row) => Ok(Some(row)),
        Err(StoreError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

#[derive(sqlx::FromRow)]
struct NewestRow {
    row_id: i64,
    #[sqlx(try_from = "i64")]
    number: u32,
    #[sqlx(try_from = "Micros")]
    at: DateTime<Utc>,
    state: Option<String>,
}

const NEWEST_ROW: &str = "select row_id, number, at, state from journal where row_id between $2 and $3 and call = $1 \
     order by row_id desc limit 1";

#[derive(sqlx::FromRow)]
struct DeliveryRow {
    row_id: i64,
    delivery: Option<Vec<u8>>,
    #[sqlx(try_from = "Micros")]
    at: DateTime<Utc>,
}

impl Inner {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a call's newest row, from the disk; 0: it has none.
    async fn newest_number(&self, link: &mut Link<'_>, call: CallId) -> Result<u32, StoreError> {
        let rows: Option<(Option<i64>, Option<i64>)> =
            one!(link, (Option<i64>, Option<i64>), "select first_row, last_row from calls where id = $1", call)?;
        let Some((first, last)) = rows else { return Ok(0) };
        let newest: Option<NewestRow> = one!(link, NewestRow, NEWEST_ROW, call, first.unwrap_or(0), last.unwrap_or(i64::MAX))?;
        Ok(newest.map_or(0, |row| row.number))
    }

    /// A call from its rows.
    async fn read_call(&self, row: &CallRow) -> Result<Option<KnownCall>, StoreError> {
        let newest: Option<NewestRow> =
            find!(&self.store.db, NewestRow, NEWEST_ROW, row.id, row.first_row.unwrap_or(0), row.last_row.unwrap_or(i64::MAX))?;
        let Some(newest) = newest else { return Ok(None) };
        let state: Option<CallState> = newest.state.as_deref().map(serde_json::from_str).transpose()?;
        Ok(Some(KnownCall {
            call: row.id,
            number: newest.number,
            row_id: newest.row_id,
            at: newest.at,
            state: state.map(Arc::new),
            account: Some(row.account.clone()),
            provider_call: row.provider_call.clone(),
            legs: calls::legs_of(&self.store, row.id).await?,
        }))
    }

    /// Deliveries that are not in their table, from the tail of the journal.
    async fn rebuild_deliveries(&self) -> Result<(), StoreError> {
        let filed: Option<(String,)> =
            find!(&self.store.db, (String,), "select value from meta where name = 'deliveries_filed_to'")?;
        let mut after: i64 = filed.and_then(|(value,)| value.parse().ok()).unwrap_or(0);
        loop {
            let rows: Vec<DeliveryRow> = list!(
                &self.store.db,
                DeliveryRow,
                "select row_id, delivery, at from journal where row_id > $1 order by row_id limit $2",
                after,
                REBUILD_ROWS
            )?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = last.row_id;
            let mut memory = self.memory();
            for row in rows {
                if let Some(delivery) = row.delivery.and_then(|bytes| <[u8; 16]>::try_from(bytes).ok()) {
                    memory.delivered(DeliveryId(delivery), row.row_id, row.at);
                }
            }
        }
    }

    /// The newest states of calls that are not over, and with them the deadlines.
    async fn rebuild_calls(&self) -> Result<(), StoreError> {
        for row in self.store.open_calls().await? {
            if let Some(known) = self.read_call(&row).await? {
                self.memory().learn(known);
            }
        }
        Ok(())
    }
}
