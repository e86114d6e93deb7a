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

    /// The call, if it is at hand, in doubt or not.
    pub(crate) fn remembered(&self, call: CallId) -> Option<&KnownCall> {
        self.calls.get(&call)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::journal::step::StepWrite;
    use serde_json::json;
    use uuid::Uuid;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000 + seconds, 0).unwrap()
    }

    fn known(number: u32, phase: &str, deadline: Option<i64>) -> KnownCall {
        let call = CallId(Uuid::from_u128(1));
        let deadline = deadline.map(|seconds| json!({"serial": number, "at": at(seconds)}));
        let state = json!({
            "format": 1, "call": call, "organisation": "acme", "line": "line-1", "direction": "inbound", "version": 1,
            "travellers": [], "traveller_phone": null, "query": null, "attempt": 0, "language": "de", "phase": phase,
            "ask": 0, "heard": false, "keys": "", "key_pressed": false, "machine": false, "attempt_ended": false,
            "line_ended": false, "answer": null, "last_heard": null, "safe_by_words": false, "taken_back": false, "legs": 0,
            "forward": null, "replaced": [], "tried": [], "tried_mask": 0, "connected": false, "alerts": [], "pauses": 0,
            "document": [], "change_pending": false, "looks": 0, "deadline": deadline, "deadlines_set": 0
        });
        KnownCall {
            call,
            number,
            row_id: i64::from(number),
            at: at(0),
            state: Some(serde_json::from_value(state).unwrap()),
            account: AccountId::new("main"),
            provider_call: Some(ProviderCallId("CA1".to_owned())),
            legs: Vec::new(),
        }
    }

    #[test]
    fn a_call_in_doubt_is_read_again_and_keeps_its_deadline() {
        let mut memory = Memory::default();
        memory.learn(known(3, "asking", Some(30)));
        memory.learn(known(2, "asking", Some(20)));
        let call = known(3, "asking", None).call;
        assert_eq!(memory.call(call).map(|call| call.number), Some(3), "what is newer stays");
        memory.doubt(call);
        assert_eq!(memory.call(call), None);
        assert_eq!(memory.next_deadline(), Some(at(30)), "nothing waits for ever");
        memory.learn(known(2, "asking", Some(20)));
        assert_eq!(memory.call(call).map(|call| call.number), Some(2), "what was read counts, older or not");
        assert_eq!(memory.due_deadlines(at(60)).len(), 1, "and its old deadline has gone");
    }

    #[test]
    fn a_step_of_a_call_that_is_not_at_hand_leaves_it_in_doubt_with_its_deadline() {
        let mut memory = Memory::default();
        let later = known(5, "asking", Some(50));
        let state = later.state.as_deref().cloned();
        let step = StepWrite { state, ..StepWrite::new(later.call, 5, "gathered", at(1)) };
        memory.committed(&step.into(), 77);
        assert_eq!(memory.call(later.call), None, "its account and ids are read before anybody decides by them");
        assert_eq!(memory.next_deadline(), Some(at(50)));
    }

    #[test]
    fn calls_that_are_long_over_make_room() {
        let mut memory = Memory::default();
        memory.learn(known(4, "over", None));
        let (call, account) = (known(4, "over", None).call, AccountId::new("main").unwrap());
        let id = ProviderCallId("CA1".to_owned());
        memory.sweep(at(3_600));
        assert_eq!(memory.by_provider_id(&account, &id), Some(call), "an hour is not long");
        memory.sweep(at(3_610));
        memory.sweep(at(3 * 3_600));
        assert_eq!((memory.call(call), memory.by_provider_id(&account, &id)), (None, None));
        memory.learn(known(4, "asking", Some(10)));
        memory.sweep(at(9 * 3_600));
        assert!(memory.call(call).is_some(), "what is open stays");
    }
}
