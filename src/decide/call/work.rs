//! The desk at which one step of a call is worked out: the state as it changes, and what the step leads to.

use crate::decide::ledger::Ledger;
use crate::decide::{Decision, Facts};
use crate::model::answer::Answer;
use crate::model::call_state::{CallState, Deadline, Phase};
use crate::model::effect::{Effect, SayKey, Status, TelephoneAction};
use crate::model::event::Direction;
use crate::model::limits;
use chrono::{DateTime, TimeDelta, Utc};

/// One step in the making.
pub(super) struct Work<'a> {
    pub(super) state: CallState,
    pub(super) facts: &'a Facts<'a>,
    pub(super) now: DateTime<Utc>,
    pub(super) ledger: Ledger,
    telephone: Vec<TelephoneAction>,
    because: Vec<String>,
    /// Does the provider wait for no document? Then telephone actions need a redirect.
    callback: bool,
}

impl<'a> Work<'a> {
    pub(super) fn new(state: &CallState, callback: bool, facts: &'a Facts<'a>, now: DateTime<Utc>) -> Self {
        let mut state = state.clone();
        let alerts = std::mem::take(&mut state.alerts);
        let ledger = Ledger::new(state.call, facts.seed, &state.travellers, facts.people, alerts);
        Self { state, facts, now, ledger, telephone: Vec::new(), because: Vec::new(), callback }
    }

    /// The decision that came of it.
    pub(super) fn close(mut self) -> Decision {
        if !self.telephone.is_empty() {
            self.state.document.clone_from(&self.telephone);
            if self.callback && self.facts.capabilities.change_call {
                self.state.change_pending = true;
                self.ledger.write(Effect::ChangeCall);
            }
        } else if self.state.phase == Phase::Over && self.state.document.last() != Some(&TelephoneAction::HangUp) {
            // The call is over without a word: what it asked or rang before must not come back with a late fetch.
            self.state.document.clear();
        }
        let (effects, alerts) = self.ledger.close();
        self.state.alerts = alerts;
        Decision { state: self.state, telephone: self.telephone, effects, plan: None, because: self.because }
    }

    pub(super) fn because(&mut self, sentence: &str) {
        self.because.push(sentence.to_owned());
    }

    pub(super) fn because_all(&mut self, sentences: impl IntoIterator<Item = String>) {
        self.because.extend(sentences);
    }

    pub(super) fn act(&mut self, action: TelephoneAction) {
        self.telephone.push(action);
    }

    pub(super) fn say(&mut self, key: SayKey) {
        self.act(TelephoneAction::Say { key });
    }

    /// Moves to a phase and sets what it waits for, in seconds from now; None: for nothing.
    pub(super) fn go(&mut self, phase: Phase, wait_seconds: Option<u32>) {
        self.state.phase = phase;
        self.state.looks = 0;
        self.wait(wait_seconds);
    }

    /// Waits from now on for so many seconds; None: for nothing.
    pub(super) fn wait(&mut self, seconds: Option<u32>) {
        self.state.deadline = seconds.map(|seconds| {
            self.state.deadlines_set += 1;
            Deadline { serial: self.state.deadlines_set, at: self.now + TimeDelta::seconds(i64::from(seconds)) }
        });
    }

    /// Ends the line; nothing is waited for any more.
    pub(super) fn hang_up(&mut self) {
        self.act(TelephoneAction::HangUp);
        self.go(Phase::Over, None);
    }

    /// Ends the line with last words that can be interrupted (rule 15a).
    pub(super) fn hang_up_after_last_words(&mut self) {
        self.act(TelephoneAction::HangUp);
        self.state.pauses = self.state.pauses.saturating_add(1);
        self.go(Phase::LastWords, Some(limits::LAST_WORDS_SECONDS_MAX));
    }

    pub(super) fn is_outbound(&self) -> bool {
        self.state.direction == Direction::Outbound
    }

    /// Does the call speak for several travellers at once (rule 4)?
    pub(super) fn is_shared(&self) -> bool {
        !self.is_outbound() && self.state.travellers.len() > 1
    }

    /// Was the answer one that leads to a forward (rule 21)?
    pub(super) const fn was_forwarded(&self) -> bool {
        matches!(self.state.answer, Some(Answer::Help | Answer::Medical | Answer::Travel | Answer::Unclear))
    }

    pub(super) fn is_about_travel(&self) -> bool {
        self.state.answer == Some(Answer::Travel)
    }

    /// Notes the one result of the attempt (rule 23). Returns whether it is the first.
    pub(super) fn end_attempt(&mut self, result: Status) -> bool {
        let first = !self.state.attempt_ended;
        self.state.attempt_ended = true;
        if let (true, Some(query), Some(traveller)) = (first, self.state.query, self.state.travellers.first().copied()) {
            let attempt = self.state.attempt;
            self.ledger.write(Effect::EndAttempt { query, traveller, attempt, result });
        }
        first
    }
}
