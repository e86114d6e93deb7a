//! The one task that writes the journal: it takes whatever waits, writes it in one transaction, commits once, and
//! answers each with its own result.
//!
//! Invariants: nobody is answered `Ok` before the commit. A step that is refused takes nothing of the others with it. A
//! request that was dropped leaves nothing behind, for the transaction is not its own.

use crate::model::ids::{CallId, TravellerRow};
use crate::store::columns::micros;
use crate::store::db::{self, Db, Link, all, begin, commit, on_link, rollback, run};
use crate::store::effects::{self, StepFacts, Touched};
use crate::store::journal::Inner;
use crate::store::journal::step::{DeliveryId, PreparedStep};
use crate::store::open::WriterOptions;
use crate::store::queries::AttemptChange;
use crate::store::{StoreError, calls, jobs, queries};
use sqlx::{Connection, PgConnection, SqliteConnection};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// How many steps one commit takes along: the wait for the disk is shared, and nobody waits for a crowd.
const BATCH_STEPS_MAX: usize = 256;

/// A step and who waits for it.
pub(crate) struct Order {
    pub(crate) step: PreparedStep,
    pub(crate) reply: oneshot::Sender<Result<i64, StoreError>>,
}

/// The task that writes. Give its [`JournalWriter::run`] to a task tracker.
pub struct JournalWriter {
    pub(crate) inner: Arc<Inner>,
    pub(crate) orders: mpsc::Receiver<Order>,
}

/// The writer's own connection.
enum Own {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Own {
    async fn connect(options: &WriterOptions) -> Result<Self, StoreError> {
        Ok(match options {
            WriterOptions::Sqlite(options) => Self::Sqlite(SqliteConnection::connect_with(options).await?),
            WriterOptions::Postgres(options) => Self::Postgres(PgConnection::connect_with(options).await?),
        })
    }

    const fn link(&mut self) -> Link<'_> {
        match self {
            Self::Sqlite(connection) => Link::Sqlite(connection),
            Self::Postgres(connection) => Link::Postgres(connection),
        }
    }

    async fn close(self) {
        let closed = match self {
            Self::Sqlite(connection) => connection.close().await,
            Self::Postgres(connection) => connection.close().await,
        };
        if closed.is_err() {
            tracing::debug!("The journal's connection was broken when it was closed");
        }
    }
}

/// What became of a batch.
enum Batch {
    /// Committed; each step has its row or was refused by itself.
    Done(Vec<Result<i64, StoreError>>),
    /// One step failed in the middle of its writes: all is taken back, each is to be tried by itself.
    OneByOne,
    /// The database failed: nothing was written, or nobody knows.
    Failed(StoreError),
}

impl JournalWriter {
    /// Writes until `stop` is cancelled, or every [`crate::store::Journal`] is gone; what waits then is still written.
    pub async fn run(self, stop: CancellationToken) {
        let inner = Arc::clone(&self.inner);
        tokio::select! {
            () = self.write_all(stop) => {}
            () = async {
                inner.keep_log_short().await;
                std::future::pending::<()>().await;
            } => {}
        }
    }

    async fn write_all(mut self, stop: CancellationToken) {
        let mut own = None;
        let mut orders = Vec::with_capacity(BATCH_STEPS_MAX);
        loop {
            let count = tokio::select! {
                biased;
                count = self.orders.recv_many(&mut orders, BATCH_STEPS_MAX) => count,
                () = stop.cancelled(), if !self.orders.is_closed() => {
                    self.orders.close();
                    continue;
                }
            };
            if count == 0 {
                break;
            }
            orders.retain(|order| !(order.step.only_if_awaited && order.reply.is_closed()));
            self.write(&mut own, &mut orders).await;
        }
        if let Some(own) = own {
            own.close().await;
        }
    }

    async fn write(&self, own: &mut Option<Own>, orders: &mut Vec<Order>) {
        match self.write_batch(own, orders).await {
            Batch::Done(results) => self.answer(orders, results),
            Batch::Failed(error) => self.give_up(own, orders, error).await,
            Batch::OneByOne => {
                while !orders.is_empty() {
                    let mut single: Vec<Order> = orders.drain(..1).collect();
                    match self.write_batch(own, &single).await {
                        Batch::Done(results) => self.answer(&mut single, results),
                        Batch::OneByOne => self.answer(&mut single, vec![Err(StoreError::Conflict("a record"))]),
                        Batch::Failed(error) => {
                            self.give_up(own, &mut single, error).await;
                            if error != StoreError::Corrupt {
                                self.give_up(own, orders, error).await; // nobody waits for each to fail by itself
                            }
                        }
                    }
                }
            }
        }
    }

    /// Takes in what is durable, then tells everybody.
    fn answer(&self, orders: &mut Vec<Order>, results: Vec<Result<i64, StoreError>>) {
        let mut deadline_moved = false;
        let mut jobs_added = false;
        {
            let mut memory = self.inner.memory.lock().unwrap_or_else(PoisonError::into_inner);
            let next = memory.next_deadline();
            for (order, result) in orders.iter().zip(&results) {
                match result {
                    Ok(row_id) if self.inner.alone => {
                        memory.committed(&order.step, *row_id);
                        jobs_added |= !order.step.jobs.is_empty();
                    }
                    Ok(_) => jobs_added |= !order.step.jobs.is_empty(),
                    Err(_) => {}
                }
            }
            if let Some(last) = orders.last() {
                memory.sweep(last.step.at);
            }
            deadline_moved |= memory.next_deadline() != next;
        }
        self.inner.written.notify_one();
        for (order, result) in orders.drain(..).zip(results) {
            if order.reply.send(result).is_err() {
                tracing::debug!("A step was written whose sender had gone");
            }
        }
        if deadline_moved {
            self.inner.deadline_moved.notify_one();
        }
        if jobs_added {
            self.inner.store.jobs_added.notify_one();
        }
    }

    /// Nobody knows what the database has: doubt what these steps were based on, and connect afresh.
    async fn give_up(&self, own: &mut Option<Own>, orders: &mut Vec<Order>, error: StoreError) {
        if let Some(broken) = own.take() {
            broken.close().await;
        }
        {
            let mut memory = self.inner.memory.lock().unwrap_or_else(PoisonError::into_inner);
            for order in orders.iter() {
                memory.doubt(order.step.call);
            }
        }
        for order in orders.drain(..) {
            if order.reply.send(Err(error)).is_err() {
                tracing::warn!("A step could not be written, and its sender had gone");
            }
        }
    }

    async fn write_batch(&self, own: &mut Option<Own>, orders: &[Order]) -> Batch {
        let _turn = match &self.inner.store.db {
            Db::Sqlite { writing, .. } => Some(writing.lock().await),
            Db::Postgres(_) => None,
        };
        let connection = match own {
            Some(connection) => connection,
            None => match Own::connect(&self.inner.store.writer_options).await {
                Ok(connection) => own.insert(connection),
                Err(error) => return Batch::Failed(error),
            },
        };
        let mut link = connection.link();
        if let Err(error) = begin(&mut link).await {
            return Batch::Failed(error);
        }
        let mut before = Pending::default();
        let mut results = Vec::with_capacity(orders.len());
        for order in orders {
            if order.step.only_if_awaited && order.reply.is_closed() {
                results.push(Err(StoreError::Busy)); // given up while the turn to write was waited for
                continue;
            }
            let mut writes = false;
            match self.write_step(&mut link, &order.step, &before, &mut writes).await {
                Ok(row_id) => {
                    before.take_in(&order.step);
                    results.push(Ok(row_id));
                }
                Err(error @ (StoreError::Down | StoreError::Busy | StoreError::Corrupt)) if orders.len() == 1 => {
                    return Self::taken_back(&mut link, Batch::Failed(error)).await;
                }
                Err(error) if orders.len() == 1 => {
                    return Self::taken_back(&mut link, Batch::Done(vec![Err(error)])).await;
                }
                Err(error @ (StoreError::Conflict(_) | StoreError::NotFound)) if !writes => results.push(Err(error)),
                Err(_) => return Self::taken_back(&mut link, Batch::OneByOne).await,
            }
        }
        match commit(&mut link).await {
            Ok(()) => Batch::Done(results),
            Err(error) => Self::taken_back(&mut link, Batch::Failed(error)).await,
        }
    }

    async fn taken_back(link: &mut Link<'_>, batch: Batch) -> Batch {
        match rollback(link).await {
            Ok(()) => batch,
            Err(error) => Batch::Failed(error),
        }
    }

    /// Writes one step. What can be refused is looked at first; `writes` says that a refusal would leave traces.
    async fn write_step(
        &self,
        link: &mut Link<'_>,
        step: &PreparedStep,
        before: &Pending,
        writes: &mut bool,
    ) -> Result<i64, StoreError> {
        self.refuse_stale(link, step, before).await?;
        see_people(link, &step.people).await?;
        let arrives = step.new_call.as_ref().and_then(|call| call.provider_call.as_ref().map(|id| (&call.account, id)));
        if let Some((account, id)) = arrives
            && calls::is_known(link, account, id).await?
        {
            return Err(StoreError::Conflict("the call"));
        }
        *writes = true;
        let mut touched = Touched::default();
        if let Some(change) = &step.attempt {
            let (AttemptChange::Claim { query, traveller, .. } | AttemptChange::GiveBack { query, traveller, .. }) = change;
            queries::change_attempt(link, change, step.call, step.at).await?;
            touched.part(*query, *traveller);
        }
        let row_id = insert(link, step).await?;
        self.write_call(link, step, row_id).await?;
        let state = step.state.as_deref();
        let facts = StepFacts {
            call: step.call,
            organisation: step.organisation.as_ref(),
            line: state.map(|state| &state.line),
            query: state.and_then(|state| state.query),
            attempt: state.map_or(0, |state| state.attempt),
            kind: step.kind,
            proof: step.proof,
            at: step.at,
        };
        for effect in &step.effects {
            effects::apply(link, &facts, effect, &mut touched).await?;
        }
        effects::finish(link, &touched, &step.people, step.at).await?;
        for job in &step.jobs {
            jobs::add(link, job, step.at).await?;
        }
        Ok(row_id)
    }

    /// Is it the next row of its call, and a delivery that is new?
    async fn refuse_stale(&self, link: &mut Link<'_>, step: &PreparedStep, before: &Pending) -> Result<(), StoreError> {
        let known = {
            let memory = self.inner.memory.lock().unwrap_or_else(PoisonError::into_inner);
            if step.delivery.is_some_and(|id| memory.delivery(id).is_some() || before.deliveries.contains(&id)) {
                return Err(StoreError::Conflict("the delivery"));
            }
            memory.call(step.call).map(|call| call.number)
        };
        let newest = match (before.numbers.get(&step.call).copied(), known) {
            (Some(number), _) | (None, Some(number)) => number,
            // A fresh id; should it not be one, the table of calls refuses it.
            (None, None) if step.number == 1 && (step.new_call.is_some() || step.state.is_none()) => 0,
            (None, None) => self.inner.newest_number(link, step.call).await?,
        };
        if step.number == newest + 1 { Ok(()) } else { Err(StoreError::Conflict("the call's state")) }
    }

    async fn write_call(&self, link: &mut Link<'_>, step: &PreparedStep, row_id: i64) -> Result<(), StoreError> {
        if let Some(call) = &step.new_call {
            calls::insert(link, call, row_id).await?;
        }
        for seen in &step.seen {
            let bound = {
                let memory = self.inner.memory.lock().unwrap_or_else(PoisonError::into_inner);
                memory.call(step.call).is_some_and(|call| match seen.leg {
                    0 => call.provider_call.as_ref() == Some(&seen.id),
                    leg => call.legs.iter().any(|(bound, _)| *bound == leg),
                })
            };
            if bound {
                continue;
            }
            if seen.leg > 0 {
                calls::bind_leg(link, step.call, seen.leg, &seen.id, step.at).await?;
            } else if !calls::bind(link, step.call, &seen.id).await? {
                return Err(StoreError::Conflict("the provider's id of the call"));
            }
        }
        if step.is_over() {
            calls::end(link, step.call, row_id, step.at).await?;
        }
        match step.delivery {
            Some(delivery) if !self.inner.alone => file_delivery(link, delivery, row_id).await,
            Some(_) | None => Ok(()),
        }
    }
}

/// Steps of the same batch, written and not yet committed.
#[derive(Default)]
struct Pending {
    numbers: HashMap<CallId, u32>,
    deliveries: HashSet<DeliveryId>,
}

impl Pending {
    fn take_in(&mut self, step: &PreparedStep) {
        self.numbers.insert(step.call, step.number);
        self.deliveries.extend(step.delivery);
    }
}

/// Are the travellers' files still those that the judgement saw?
async fn see_people(link: &mut Link<'_>, people: &[(TravellerRow, u64)]) -> Result<(), StoreError> {
    for some in people.chunks(4) {
        let mut rows = [-1; 4];
        for (place, (row, _)) in rows.iter_mut().zip(some) {
            *place = row.0;
        }
        let [a, b, c, d] = rows;
        let sql = "select row_id, revision from travellers where row_id in ($1, $2, $3, $4)";
        let found: Vec<(TravellerRow, i64)> = all!(link, (TravellerRow, i64), sql, a, b, c, d)?;
        let moved = |(row, seen): &(TravellerRow, u64)| {
            !found.iter().any(|(found, revision)| found == row && u64::try_from(*revision) == Ok(*seen))
        };
        if some.iter().any(moved) {
            return Err(StoreError::Conflict("a traveller's file"));
        }
    }
    Ok(())
}

const INSERT: &str = "insert into journal (call, number, delivery, organisation, at, kind, event, state, plan, telephone, effects, \
     because) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) returning row_id";

async fn insert(link: &mut Link<'_>, step: &PreparedStep) -> Result<i64, StoreError> {
    let texts = &step.texts;
    let row: (i64,) = on_link!(link, |connection| {
        sqlx::query_as(INSERT)
            .bind(step.call)
            .bind(i64::from(step.number))
            .bind(step.delivery.map(|delivery| delivery.0.to_vec()))
            .bind(&step.organisation)
            .bind(micros(step.at))
            .bind(step.kind)
            .bind(&texts.event)
            .bind(&texts.state)
            .bind(&texts.plan)
            .bind(&texts.telephone)
            .bind(&texts.effects)
            .bind(&texts.because)
            .fetch_one(connection)
            .await?
    });
    Ok(row.0)
}

/// Puts a delivery into its table: refused if it is there.
pub(crate) async fn file_delivery(link: &mut Link<'_>, delivery: DeliveryId, row_id: i64) -> Result<(), StoreError> {
    let sql = "insert into deliveries (delivery, row_id) values ($1, $2) on conflict (delivery) do nothing";
    let filed = db::run!(link, sql, delivery.0.to_vec(), row_id)?;
    if filed == 0 { Err(StoreError::Conflict("the delivery")) } else { Ok(()) }
}

/// Says up to which row all deliveries are filed.
pub(crate) async fn note_filed(link: &mut Link<'_>, row_id: i64) -> Result<(), StoreError> {
    run!(link, "update meta set value = $1 where name = 'deliveries_filed_to'", row_id.to_string()).map(drop)
}
