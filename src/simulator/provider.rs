//! The provider itself: one account with its lines, its phones, its calls, and the clock that it shares with the engine.

use crate::model::clock::{Busy, Clock};
use crate::model::phone::PhoneNumber;
use crate::outbound::carrier::Carrier;
use crate::simulator::observation::{Observation, What};
use crate::simulator::phones::{Phone, Reaction, Ring};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;
use tokio_util::task::TaskTracker;

/// What the provider is told at its start.
#[derive(Debug)]
pub struct ProviderConfig {
    /// The clock of the simulated world.
    pub clock: Clock,
    /// The account's id: `AC` and 32 hex digits.
    pub account_sid: String,
    /// The account's secret.
    pub auth_token: String,
    /// Who is behind which number.
    pub phones: HashMap<PhoneNumber, Phone>,
    /// Our lines: number, and the base of their webhooks (`http://127.0.0.1:8080/webhooks/berlin`).
    pub lines: HashMap<PhoneNumber, String>,
    /// Does machine detection report the start of a greeting, too (as Twilio's rivals do)?
    pub reports_machine_start: bool,
}

/// What can reach a running call from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Interrupt {
    /// REST asked for another document.
    Redirect {
        /// Its URL.
        url: String,
    },
    /// REST ended the call.
    EndedByRest,
    /// The traveller hung up.
    HungUp,
}

/// One call as REST shows it.
#[derive(Debug, Clone)]
pub struct CallEntry {
    /// Whom it rings.
    pub to: String,
    /// From which number.
    pub from: String,
    /// The provider's word: `queued`, `in-progress`, …
    pub status: &'static str,
    /// RFC 2822, as Twilio writes it.
    pub start_time: String,
    pub(crate) interrupts: mpsc::UnboundedSender<(Interrupt, Busy)>,
}

/// A simulated provider; one per account.
#[derive(Debug)]
pub struct Provider {
    /// What it was told.
    pub config: ProviderConfig,
    pub(crate) carrier: Carrier,
    pub(crate) tasks: TaskTracker,
    calls: Mutex<HashMap<String, CallEntry>>,
    rung: Mutex<HashMap<PhoneNumber, usize>>,
    phones: Mutex<HashMap<PhoneNumber, Phone>>,
    lost: Mutex<Vec<String>>,
    serial: AtomicU64,
    observations: mpsc::UnboundedSender<Observation>,
}

fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Provider {
    /// A provider that tells what happens through the receiver.
    #[must_use]
    pub fn new(config: ProviderConfig, carrier: Carrier) -> (Self, mpsc::UnboundedReceiver<Observation>) {
        let (observations, receiver) = mpsc::unbounded_channel();
        let phones = Mutex::new(config.phones.clone());
        let provider = Self {
            phones,
            lost: Mutex::default(),
            config,
            carrier,
            tasks: TaskTracker::new(),
            calls: Mutex::default(),
            rung: Mutex::default(),
            serial: AtomicU64::new(1),
            observations,
        };
        (provider, receiver)
    }

    /// A fresh id of the provider's form: two letters and 32 hex digits.
    #[must_use]
    pub fn fresh_sid(&self, letters: &str) -> String {
        format!("{letters}{:032x}", self.serial.fetch_add(1, Ordering::Relaxed))
    }

    /// The auth token's URL-independent part: who signs.
    pub(crate) fn observe(&self, call: &str, phone: &PhoneNumber, what: What) {
        // Nobody may be looking; then nothing is lost.
        drop(self.observations.send(Observation {
            at: self.config.clock.now(),
            call: call.to_owned(),
            phone: phone.clone(),
            what,
        }));
    }

    /// From now on this is what the phone does; its calls are counted afresh.
    pub fn set_phone(&self, number: &PhoneNumber, phone: Phone) {
        unpoisoned(&self.phones).insert(number.clone(), phone);
        unpoisoned(&self.rung).remove(number);
    }

    pub(crate) fn phone(&self, number: &PhoneNumber) -> Option<Phone> {
        unpoisoned(&self.phones).get(number).cloned()
    }

    /// The next webhook with this word in its parameters is lost on its way: nobody sends it, nobody answers it.
    pub fn lose_next(&self, word: &str) {
        unpoisoned(&self.lost).push(word.to_owned());
    }

    /// Is this webhook one that is to be lost? Then it is, once.
    pub(crate) fn loses(&self, body: &str) -> bool {
        let mut lost = unpoisoned(&self.lost);
        let found = lost.iter().position(|word| body.contains(word.as_str()));
        found.map(|place| lost.remove(place)).is_some()
    }

    /// Somebody hangs up in the middle of a call. False: there is none.
    pub fn hang_up(&self, sid: &str) -> bool {
        self.interrupt(sid, Interrupt::HungUp)
    }

    /// What this phone does on its next call.
    pub(crate) fn next_ring(&self, phone: &PhoneNumber) -> (Ring, Vec<Reaction>) {
        let Some(script) = self.phone(phone) else { return (Ring::Unroutable, Vec::new()) };
        let mut rung = unpoisoned(&self.rung);
        let count = rung.entry(phone.clone()).or_default();
        let (ring, reactions) = script.on_call(*count);
        *count += 1;
        (ring, reactions)
    }

    pub(crate) fn enter(&self, sid: &str, entry: CallEntry) {
        unpoisoned(&self.calls).insert(sid.to_owned(), entry);
    }

    pub(crate) fn set_status(&self, sid: &str, status: &'static str) {
        if let Some(entry) = unpoisoned(&self.calls).get_mut(sid) {
            entry.status = status;
        }
    }

    /// One call as it stands.
    #[must_use]
    pub fn call(&self, sid: &str) -> Option<CallEntry> {
        unpoisoned(&self.calls).get(sid).cloned()
    }

    /// All calls to a number.
    #[must_use]
    pub fn calls_to(&self, number: &str) -> Vec<(String, CallEntry)> {
        let calls = unpoisoned(&self.calls);
        let mut found: Vec<_> =
            calls.iter().filter(|(_, entry)| entry.to == number).map(|(sid, entry)| (sid.clone(), entry.clone())).collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found
    }

    /// How many calls are not over.
    #[must_use]
    pub fn running(&self) -> usize {
        let over = ["completed", "busy", "no-answer", "failed", "canceled"];
        unpoisoned(&self.calls).values().filter(|entry| !over.contains(&entry.status)).count()
    }

    /// Reaches into a running call. False: there is none.
    pub(crate) fn interrupt(&self, sid: &str, interrupt: Interrupt) -> bool {
        let busy = self.config.clock.busy();
        self.call(sid).is_some_and(|entry| entry.interrupts.send((interrupt, busy)).is_ok())
    }
}
