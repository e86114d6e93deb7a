//! What an answer, a connection or an end leads to in the files: records, statuses, alerts, queries, attempts.
//!
//! The effects are applied to working copies as they are written, so each sees what the ones before it did.

use crate::decide::apply::{apply, apply_to_alerts_of_nobody};
use crate::model::alert::{AlertKind, OpenAlert, Severity};
use crate::model::answer::Answer;
use crate::model::effect::{Effect, Status};
use crate::model::ids::{AlertId, CallId, QueryId, TravellerRow};
use crate::model::traveller::{Person, QueryPart};
use uuid::Uuid;

/// The effects of one step, and the files as they stand after them.
pub(super) struct Ledger {
    call: CallId,
    seed: Uuid,
    travellers: Vec<TravellerRow>,
    people: Vec<Person>,
    /// Alerts that this call raised and that are not settled.
    alerts: Vec<OpenAlert>,
    raised: u8,
    effects: Vec<Effect>,
}

/// How much an unclear answer weighs for the status of a traveller (rule 29).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// It was given in a call.
    Full,
    /// By text, or for a safe from a shared phone: changes no status but unknown.
    Light,
}

impl Ledger {
    /// A ledger of a call (or text) that speaks for these travellers. `alerts`: what the call raised before.
    pub(super) fn new(call: CallId, seed: Uuid, travellers: &[TravellerRow], people: &[Person], alerts: Vec<OpenAlert>) -> Self {
        let people = people.iter().filter(|person| travellers.contains(&person.row)).cloned().collect();
        Self { call, seed, travellers: travellers.to_vec(), people, alerts, raised: 0, effects: Vec::new() }
    }

    /// The effects in order, and the alerts of the call that are not settled.
    pub(super) fn close(self) -> (Vec<Effect>, Vec<OpenAlert>) {
        (self.effects, self.alerts)
    }

    /// Writes an effect down and applies it to the working copies.
    pub(super) fn write(&mut self, effect: Effect) {
        for person in &mut self.people {
            apply(person, &effect, self.call);
        }
        if self.travellers.is_empty() {
            apply_to_alerts_of_nobody(&mut self.alerts, &effect, self.call);
        }
        self.effects.push(effect);
    }

    /// Records a status for each traveller of the call, or for the unknown caller.
    pub(super) fn record(&mut self, status: Status) {
        for traveller in self.recipients() {
            self.write(Effect::Record { traveller, status });
        }
    }

    /// Records safe, help, medical or travel: status (rule 29), query (rule 25), and the alerts that any answer settles.
    pub(super) fn record_answer(&mut self, answer: Answer) {
        self.record(status_of(answer));
        self.set_status(answer, Weight::Full);
        self.settle_query();
        self.settle(|alert| matches!(alert.kind, AlertKind::Unreached | AlertKind::HungUp));
    }

    /// Records unclear, which settles nothing.
    pub(super) fn record_unclear(&mut self, weight: Weight) {
        self.record(Status::Unclear);
        self.set_status(Answer::Unclear, weight);
    }

    /// Raises an alert about the travellers of the call.
    pub(super) fn raise(&mut self, kind: AlertKind, severity: Severity, about_travel: bool) {
        self.raised += 1;
        // A place within the random bits of the seed that neither its time nor a test's small numbers reach.
        let id = AlertId(Uuid::from_u128(self.seed.as_u128() ^ (u128::from(self.raised) << 48)));
        let travellers = self.travellers.clone();
        if !travellers.is_empty() {
            self.alerts.push(OpenAlert { id, kind, about_travel, call: self.call });
        }
        self.write(Effect::RaiseAlert { id, kind, severity, travellers, about_travel });
    }

    /// A desk has taken the call: recorded, and it settles what a connection settles.
    pub(super) fn record_connection(&mut self, about_travel: bool) {
        self.record(Status::Connected);
        self.settle(|alert| is_settled_by_connection(alert, about_travel));
    }

    /// The status query is settled for the travellers of the call (rule 25).
    pub(super) fn settle_query(&mut self) {
        let open = |person: &Person| {
            let part = person.query.as_ref().filter(|part| !part.settled)?;
            Some(Effect::SettleQuery { query: part.query, traveller: person.row })
        };
        let settled: Vec<Effect> = self.people.iter().filter_map(open).collect();
        for effect in settled {
            self.write(effect);
        }
    }

    /// The traveller's part in a query, if it is their newest one and not settled: what is settled brings neither a retry
    /// nor `unreached` (rule 25).
    pub(super) fn open_part(&self, query: Option<QueryId>) -> Option<(TravellerRow, &QueryPart)> {
        let person = self.people.first()?;
        let part = person.query.as_ref().filter(|part| Some(part.query) == query && !part.settled)?;
        Some((person.row, part))
    }

    /// Has somebody of the call asked for help before, and is that alert open?
    pub(super) fn help_is_open(&self) -> bool {
        self.people.iter().any(help_is_open)
    }

    /// Alerts of this call that a connection would settle now.
    pub(super) fn alerts_for_a_desk(&self, about_travel: bool) -> Vec<AlertId> {
        let open = |alert: &&OpenAlert| self.travellers.is_empty() || self.people.iter().any(|person| has(person, alert.id));
        let waits = |alert: &&OpenAlert| is_settled_by_connection(alert, about_travel);
        self.alerts.iter().filter(waits).filter(open).map(|alert| alert.id).collect()
    }

    fn recipients(&self) -> Vec<Option<TravellerRow>> {
        if self.travellers.is_empty() { vec![None] } else { self.travellers.iter().copied().map(Some).collect() }
    }

    /// Sets the status that counts, where rule 29 lets it.
    fn set_status(&mut self, status: Answer, weight: Weight) {
        let counts = |person: &Person| match status {
            Answer::Help | Answer::Medical => true,
            Answer::Unclear if weight == Weight::Light => person.status.is_none(),
            Answer::Safe | Answer::Travel | Answer::Unclear => {
                let asked = matches!(person.status, Some(Answer::Help | Answer::Medical));
                !(asked && help_is_open(person))
            }
            Answer::Silence => false,
        };
        let rows: Vec<TravellerRow> = self.people.iter().filter(|person| counts(person)).map(|person| person.row).collect();
        for traveller in rows {
            self.write(Effect::SetStatus { traveller, status });
        }
    }

    /// Settles the alerts of each traveller that `which` names; for an unknown caller those of this call alone.
    fn settle(&mut self, which: impl Fn(&OpenAlert) -> bool) {
        let of_person = |person: &Person| {
            let settled = person.alerts.iter().filter(|alert| which(alert));
            let row = person.row;
            settled.map(move |alert| Effect::SettleAlert { id: alert.id, traveller: Some(row) }).collect::<Vec<_>>()
        };
        let mut effects: Vec<Effect> = self.people.iter().flat_map(of_person).collect();
        if self.travellers.is_empty() {
            let own = self.alerts.iter().filter(|alert| which(alert));
            effects.extend(own.map(|alert| Effect::SettleAlert { id: alert.id, traveller: None }));
        }
        for effect in effects {
            self.write(effect);
        }
        if !self.travellers.is_empty() {
            self.alerts.retain(|alert| !which(alert));
        }
    }
}

/// Is an alert open that keeps the status (rule 29)?
fn help_is_open(person: &Person) -> bool {
    person.alerts.iter().any(|alert| matches!(alert.kind, AlertKind::Help | AlertKind::Medical | AlertKind::NotConnected))
}

fn has(person: &Person, id: AlertId) -> bool {
    person.alerts.iter().any(|alert| alert.id == id)
}

/// The corpora's table of alerts: what a connection settles.
const fn is_settled_by_connection(alert: &OpenAlert, about_travel: bool) -> bool {
    match alert.kind {
        AlertKind::Help | AlertKind::Medical | AlertKind::Unclear => !about_travel,
        AlertKind::NotConnected => alert.about_travel || !about_travel,
        AlertKind::Unreached | AlertKind::HungUp => true,
        AlertKind::UnknownCalledNumber
        | AlertKind::WebhooksRefused
        | AlertKind::AccountFault
        | AlertKind::CallUnknown
        | AlertKind::MailFailed
        | AlertKind::ReplyFailed
        | AlertKind::HelpUnrecorded => false,
    }
}

/// The status that is recorded for an answer.
pub(super) const fn status_of(answer: Answer) -> Status {
    match answer {
        Answer::Safe => Status::Safe,
        Answer::Help => Status::Help,
        Answer::Medical => Status::Medical,
        Answer::Travel => Status::Travel,
        Answer::Unclear => Status::Unclear,
        Answer::Silence => Status::NoAnswer,
    }
}
