//! What was answered without the memory, kept in the process until it can be stored: the events of each call in their order,
//! and the token of the newest forward.
//!
//! The spool holds help beyond a crash; this holds everything else as long as the process lives, so that the judgement of
//! later steps, of deadlines and of people on the board does not lag behind what the caller heard.

use crate::model::event::Event;
use crate::model::ids::CallId;
use crate::model::limits;
use crate::model::token::StepToken;
use crate::store::journal::{DeliveryId, SeenId};
use crate::store::snapshot::Line;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An event with what names it.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// What happened.
    pub event: Event,
    /// What names the delivery.
    pub delivery: DeliveryId,
    /// Ids of the provider that came along.
    pub seen: Vec<SeenId>,
    /// The token that it came with.
    pub token: Option<StepToken>,
}

/// What one call waits to have stored.
#[derive(Debug, Clone)]
pub struct MissedCall {
    /// Its line.
    pub line: Arc<Line>,
    /// What happened, oldest first.
    pub events: VecDeque<Delivered>,
    /// The token of the newest forward that was answered without the memory.
    pub forward: Option<StepToken>,
}

/// All of it.
#[derive(Debug, Default)]
pub struct Missed(Mutex<HashMap<CallId, MissedCall>>);

impl Missed {
    fn lock(&self) -> MutexGuard<'_, HashMap<CallId, MissedCall>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn entry(&self, call: CallId, line: &Arc<Line>, change: impl FnOnce(&mut MissedCall)) {
        let mut calls = self.lock();
        if calls.len() >= limits::MISSED_CALLS_MAX && !calls.contains_key(&call) {
            return; // help stands in the spool, and deadlines look the rest up
        }
        let fresh = || MissedCall { line: Arc::clone(line), events: VecDeque::new(), forward: None };
        change(calls.entry(call).or_insert_with(fresh));
    }

    /// Keeps an event. A repeat is kept once.
    pub fn keep(&self, call: CallId, line: &Arc<Line>, event: &Delivered) {
        self.entry(call, line, |missed| {
            let known = missed.events.iter().any(|kept| kept.delivery == event.delivery);
            if !known && missed.events.len() < limits::MISSED_EVENTS_MAX {
                missed.events.push_back(event.clone());
            }
        });
    }

    /// Keeps the token of a forward that was answered.
    pub fn forwarded(&self, call: CallId, line: &Arc<Line>, token: &StepToken) {
        self.entry(call, line, |missed| missed.forward = Some(token.clone()));
    }

    /// What a call waits to have stored. It stays until it is taken off.
    #[must_use]
    pub fn of(&self, call: CallId) -> Option<MissedCall> {
        self.lock().get(&call).cloned()
    }

    /// All calls of which something waits.
    #[must_use]
    pub fn calls(&self) -> Vec<CallId> {
        self.lock().keys().copied().collect()
    }

    /// Takes off an event that is stored.
    pub fn stored(&self, call: CallId, delivery: DeliveryId) {
        if let Some(missed) = self.lock().get_mut(&call) {
            missed.events.retain(|kept| kept.delivery != delivery);
        }
    }

    /// Takes off the call, unless something new came meanwhile.
    pub fn caught_up(&self, call: CallId, forward: Option<&StepToken>) {
        let mut calls = self.lock();
        if calls.get(&call).is_some_and(|missed| missed.events.is_empty() && missed.forward.as_ref() == forward) {
            calls.remove(&call);
        }
    }
}
