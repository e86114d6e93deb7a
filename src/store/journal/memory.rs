//! What the journal keeps in memory: the newest state of calls, the deliveries of the last day, the deadlines.
//!
//! Invariant: it holds only what is committed, and only on SQLite, where one process writes; on PostgreSQL it stays
//! empty and the indexes answer.

use crate::model::call_state::{CallState, Deadline, Phase};
use crate::model::ids::{AccountId, CallId, ProviderCallId};
use crate::store::journal::step::{DeliveryId, PreparedStep};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

/// How long a call that is over stays at hand; an older one is read from its row.
const OVER_HOURS_KEPT: i64 = 2;
/// How long deliveries stay here before they are filed in their table.
const DELIVERY_HOURS_KEPT: i64 = 24;

/// A call as the journal knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownCall {
    /// The call.
    pub call: CallId,
    /// The number of its newest row: the next step is one more.
    pub number: u32,
    /// That row.
    pub row_id: i64,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// The state after it.
    pub state: Option<Arc<CallState>>,
    /// At which account it runs.
    pub account: Option<AccountId>,
    /// The provider's id of the traveller's line, once it is known.
    pub provider_call: Option<ProviderCallId>,
    /// The provider's ids of legs, as they were first seen.
    pub legs: Vec<(u8, ProviderCallId)>,
}

impl KnownCall {
    /// Is it over?
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.state.as_ref().is_none_or(|state| state.phase == Phase::Over)
    }

    fn deadline(&self) -> Option<&Deadline> {
        self.state.as_ref().and_then(|state| state.deadline.as_ref())
    }
}

/// What is kept.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    calls: HashMap<CallId, KnownCall>,
    /// Calls whose newest row is in doubt since a write failed: only their deadlines are to be trusted.
    doubtful: HashSet<CallId>,
    by_provider_id: HashMap<(AccountId, ProviderCallId), CallId>,
    deadlines: BTreeMap<(DateTime<Utc>, CallId), u32>,
    deliveries: HashMap<DeliveryId, i64>,
    delivered: VecDeque<(DateTime<Utc>, DeliveryId, i64)>,
    swept_at: Option<DateTime<Utc>>,
}

impl Memory {
    /// The call, if it is at hand and beyond doubt.
    pub(crate) fn call(&self, call: CallId) -> Option<&KnownCall> {
        self.calls.get(&call).filter(|_| !self.doubtful.contains(&call))
    }

    /// The call that the provider knows by this id, if it is at hand.
    pub(crate) fn by_provider_id(&self, account: &AccountId, id: &ProviderCallId) -> Option<CallId> {
        self.by_provider_id.get(&(account.clone(), id.clone())).copied()
    }

    /// The row that answered this delivery, if it is at hand.
    pub(crate) fn delivery(&self, delivery: DeliveryId) -> Option<i64> {
        self.deliveries.get(&delivery).copied()
    }

    /// Takes in a call as it was read from its rows; one that is newer here stays.
    pub(crate) fn learn(&mut self, known: KnownCall) {
        let doubtful = self.doubtful.remove(&known.call);
        if self.calls.get(&known.call).is_none_or(|here| doubtful || here.number < known.number) {
            self.put(known);
        }
    }

    /// The newest row of a call is in doubt: it is read again when it is needed. Its deadline stays, for nothing waits
    /// for ever.
    pub(crate) fn doubt(&mut self, call: CallId) {
        if self.calls.contains_key(&call) {
            self.doubtful.insert(call);
        }
    }

    /// Takes in a delivery and the row that answered it.
    pub(crate) fn delivered(&mut self, delivery: DeliveryId, row_id: i64, at: DateTime<Utc>) {
        self.deliveries.insert(delivery, row_id);
        self.delivered.push_back((at, delivery, row_id));
    }

    /// Takes in a step that was committed.
    pub(crate) fn committed(&mut self, step: &PreparedStep, row_id: i64) {
        if let Some(delivery) = step.delivery {
            self.delivered(delivery, row_id, step.at);
        }
        if step.state.is_none() {
            return; // a text: nothing follows it
        }
        let before = self.calls.get(&step.call);
        if before.is_none() && step.new_call.is_none() {
            self.doubtful.insert(step.call); // its account and ids are not at hand
        }
        let mut known = KnownCall {
            call: step.call,
            number: step.number,
            row_id,
            at: step.at,
            state: step.state.clone(),
            account: before.and_then(|call| call.account.clone()),
            provider_call: before.and_then(|call| call.provider_call.clone()),
            legs: before.map(|call| call.legs.clone()).unwrap_or_default(),
        };
        if let Some(call) = &step.new_call {
            known.account = Some(call.account.clone());
            known.provider_call.clone_from(&call.provider_call);
        }
        for seen in &step.seen {
            if seen.leg == 0 {
                known.provider_call.get_or_insert_with(|| seen.id.clone());
            } else if !known.legs.iter().any(|(leg, _)| *leg == seen.leg) {
                known.legs.push((seen.leg, seen.id.clone()));
            }
        }
        self.put(known);
    }

    fn put(&mut self, known: KnownCall) {
        if let Some(before) = self.calls.get(&known.call).and_then(KnownCall::deadline) {
            let key = (before.at, known.call);
            self.deadlines.remove(&key);
        }
        if let Some(deadline) = known.deadline() {
            self.deadlines.insert((deadline.at, known.call), deadline.serial);
        }
        if let (Some(account), Some(id)) = (&known.account, &known.provider_call) {
            self.by_provider_id.insert((account.clone(), id.clone()), known.call);
        }
        self.calls.insert(known.call, known);
    }

    fn forget(&mut self, call: CallId) {
        self.doubtful.remove(&call);
        let Some(known) = self.calls.remove(&call) else { return };
        if let Some(deadline) = known.deadline() {
            self.deadlines.remove(&(deadline.at, known.call));
        }
        if let (Some(account), Some(id)) = (&known.account, &known.provider_call) {
            self.by_provider_id.remove(&(account.clone(), id.clone()));
        }
    }

    /// Deadlines that have passed, the longest first.
    pub(crate) fn due_deadlines(&self, now: DateTime<Utc>) -> Vec<(CallId, Deadline)> {
        let due = self.deadlines.iter().take_while(|((at, _), _)| *at <= now);
        due.map(|((at, call), serial)| (*call, Deadline { serial: *serial, at: *at })).collect()
    }

    /// The next deadline of any call.
    pub(crate) fn next_deadline(&self) -> Option<DateTime<Utc>> {
        self.deadlines.keys().next().map(|(at, _)| *at)
    }

    /// The next deadline of any call after this moment.
    pub(crate) fn next_deadline_after(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let last = (now, CallId(uuid::Uuid::max()));
        self.deadlines.range((std::ops::Bound::Excluded(last), std::ops::Bound::Unbounded)).next().map(|((at, _), _)| *at)
    }

    /// Calls that are not over.
    pub(crate) fn open_calls(&self) -> Vec<KnownCall> {
        self.calls.values().filter(|call| !call.is_over()).cloned().collect()
    }

    /// Once a minute, drops calls that have been over for a while.
    pub(crate) fn sweep(&mut self, now: DateTime<Utc>) {
        if self.swept_at.is_some_and(|at| now - at < TimeDelta::minutes(1)) {
            return;
        }
        self.swept_at = Some(now);
        let old = now - TimeDelta::hours(OVER_HOURS_KEPT);
        let gone: Vec<CallId> =
            self.calls.values().filter(|call| call.is_over() && call.at < old).map(|call| call.call).collect();
        for call in gone {
            self.forget(call);
        }
    }

    /// Deliveries that are to be filed in their table, oldest first.
    pub(crate) fn deliveries_to_file(&self, now: DateTime<Utc>, limit: usize) -> Vec<(DeliveryId, i64)> {
        let old = now - TimeDelta::hours(DELIVERY_HOURS_KEPT);
        let waiting = self.delivered.iter().take_while(|(at, ..)| *at < old).take(limit);
        waiting.map(|(_, delivery, row_id)| (*delivery, *row_id)).collect()
    }

    /// Deliveries up to this row are filed: they are found in their table from now on.
    pub(crate) fn filed(&mut self, up_to: i64) {
        while self.delivered.front().is_some_and(|(.., row_id)| *row_id <= up_to) {
            if let Some((_, delivery, _)) = self.delivered.pop_front() {
                self.deliveries.remove(&delivery);
            }
        }
    }
}
