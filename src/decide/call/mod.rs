//! The step function of a call: one event, one decision (the rules of the call, 1 to 29).
//!
//! Invariant: pure and total. Whoever asked for help is connected, or an alert about them is open.

use crate::decide::{Decision, Facts, ledger::Ledger};
use crate::model::alert::{AlertKind, Severity};
use crate::model::answer::Answer;
use crate::model::call_state::{CallState, Deadline, Phase, STATE_FORMAT};
use crate::model::effect::TelephoneAction;
use crate::model::event::{Direction, Event};
use crate::model::ids::{CallId, LineId, OrganisationId, QueryId, Version};
use crate::model::language::{LanguageTag, choose_language};
use crate::model::limits;
use crate::model::phone::PhoneNumber;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;
use work::Work;

/// What follows from an answer.
mod answers;
/// Deadlines, and our own redirects.
mod deadlines;
/// Machine detection.
mod detection;
/// The end of the traveller's line.
mod ends;
/// Connecting to desks.
mod forwarding;
/// Keys and words of the traveller.
mod hearing;
/// The progress of a desk's leg.
mod legs;
/// The step in the making.
mod work;

/// What is known of a call when it begins.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// The call.
    pub call: CallId,
    /// Whose it is.
    pub organisation: OrganisationId,
    /// The line that it runs over.
    pub line: LineId,
    /// Who rings whom.
    pub direction: Direction,
    /// The settings version that is active now (rule 5).
    pub version: Version,
    /// The traveller's number; None: withheld.
    pub traveller_phone: Option<PhoneNumber>,
    /// The status query that it is placed for.
    pub query: Option<QueryId>,
    /// Which attempt of that query; 0: inbound.
    pub attempt: u8,
}

/// The state of a call that begins: an attempt that is placed, or an inbound call whose `call_answered` comes next.
/// `facts.people` are the travellers that it speaks for (rule 4).
#[must_use]
pub fn begin(beginning: Beginning, facts: &Facts<'_>, now: DateTime<Utc>) -> CallState {
    let wanted = facts.people.first().and_then(|person| person.language.as_ref());
    let language = choose_language(wanted, &facts.settings.languages);
    let mut state = empty(beginning.call, beginning.line, beginning.direction, language);
    state.organisation = Some(beginning.organisation);
    state.version = beginning.version;
    state.travellers = facts.people.iter().map(|person| person.row).collect();
    state.traveller_phone = beginning.traveller_phone;
    state.query = beginning.query;
    state.attempt = beginning.attempt;
    if state.direction == Direction::Outbound {
        state.deadlines_set = 1;
        state.deadline = Some(Deadline { serial: 1, at: now + TimeDelta::seconds(i64::from(limits::PLACING_SECONDS_MAX)) });
    }
    state
}

/// The state of an inbound call to a number of no organisation (rule 2).
#[must_use]
pub fn begin_for_nobody(call: CallId, line: LineId) -> CallState {
    empty(call, line, Direction::Inbound, LanguageTag::english())
}

/// Judges one event of a call. The caller of this function has made sure that it is no repeat (rule 28).
#[must_use]
pub fn step(state: &CallState, event: &Event, facts: &Facts<'_>, now: DateTime<Utc>) -> Decision {
    if state.organisation.is_none() {
        return step_for_nobody(state, event, facts.seed);
    }
    let callback = matches!(event, Event::AnsweredBy { .. } | Event::DeadlinePassed { .. });
    let mut work = Work::new(state, callback, facts, now);
    match event {
        Event::CallAnswered { direction, .. } => answered(&mut work, *direction),
        Event::Gathered { digits, speech } => hearing::gathered(&mut work, digits.as_deref(), speech.as_ref()),
        Event::DialResult { phone, result, duration_seconds } => {
            forwarding::dial_result(&mut work, phone, *result, *duration_seconds);
        }
        Event::TargetConfirmed { phone } => forwarding::confirmed(&mut work, phone),
        Event::TargetDeclined { .. } => forwarding::declined(&mut work),
        Event::CallStatus { status } => ends::line_status(&mut work, *status),
        Event::AnsweredBy { by } => detection::answered_by(&mut work, *by),
        Event::SmsReceived { .. } => work.because("A text is no event of a call."),
        Event::LegAnswered { phone } => legs::answered(&mut work, phone),
        Event::LegEnded { phone, withdrawn } => legs::ended(&mut work, phone, *withdrawn),
        Event::DeadlinePassed { serial, line } => deadlines::passed(&mut work, *serial, *line),
        Event::DocumentFetched => deadlines::document_fetched(&mut work),
    }
    work.close()
}

/// A call to a number of no organisation (rule 2): there are no settings, so somebody is alerted and the call ends.
#[must_use]
pub fn step_for_nobody(state: &CallState, event: &Event, seed: Uuid) -> Decision {
    let mut state = state.clone();
    let mut ledger = Ledger::new(state.call, seed, &[], &[], std::mem::take(&mut state.alerts));
    let first = state.phase == Phase::Placing && matches!(event, Event::CallAnswered { .. });
    let (telephone, because) = if first {
        ledger.raise(AlertKind::UnknownCalledNumber, Severity::High, false);
        (vec![TelephoneAction::HangUp], "The called number belongs to no organisation.")
    } else {
        (Vec::new(), "The call belongs to no organisation and is over.")
    };
    state.phase = Phase::Over;
    let (effects, alerts) = ledger.close();
    state.alerts = alerts;
    Decision { state, telephone, effects, plan: None, because: vec![because.to_owned()] }
}

/// The traveller has picked up, or has rung us and wants to know what to do.
fn answered(work: &mut Work<'_>, direction: Direction) {
    match work.state.phase {
        Phase::Placing if direction == Direction::Inbound && work.facts.caller_is_ours => {
            work.because("The caller is one of our own lines: a desk diverts to us, so the call is refused as busy.");
            work.act(TelephoneAction::Refuse);
            work.state.line_ended = true;
            work.go(Phase::Over, None);
        }
        Phase::Placing if direction == Direction::Inbound => ask_or_forward(work),
        Phase::Over if work.state.change_pending => deadlines::document_fetched(work),
        Phase::Placing => answers::ask(work),
        Phase::Over if was_given_up(&work.state) => {
            work.because("The call was given up as not answered, but somebody has picked up after all.");
            answers::ask(work);
        }
        Phase::Asking | Phase::Forwarding | Phase::LastWords | Phase::Over => work.because("The call was answered before."),
    }
}

/// Did the attempt end because nobody picked up in time, without an end of the line that the provider knows of?
const fn was_given_up(state: &CallState) -> bool {
    state.ask == 0 && state.answer.is_none() && state.document.is_empty() && !state.line_ended
}

/// A line on which every call means the same forwards without a question.
fn ask_or_forward(work: &mut Work<'_>) {
    match work.facts.inbound {
        Some(answer @ (Answer::Help | Answer::Medical | Answer::Travel | Answer::Unclear)) => {
            work.because("Calls on this line are forwarded at once.");
            answers::take(work, answers::Said { answer, by_words: true });
        }
        Some(Answer::Safe | Answer::Silence) | None => answers::ask(work),
    }
}

fn empty(call: CallId, line: LineId, direction: Direction, language: LanguageTag) -> CallState {
    CallState {
        format: STATE_FORMAT,
        call,
        organisation: None,
        line,
        direction,
        version: 0,
        travellers: Vec::new(),
        traveller_phone: None,
        query: None,
        attempt: 0,
        language,
        phase: Phase::Placing,
        ask: 0,
        heard: false,
        keys: String::new(),
        key_pressed: false,
        machine: false,
        attempt_ended: false,
        line_ended: false,
        answer: None,
        last_heard: None,
        safe_by_words: false,
        taken_back: false,
        legs: 0,
        forward: None,
        replaced: Vec::new(),
        tried: Vec::new(),
        tried_mask: 0,
        connected: false,
        alerts: Vec::new(),
        pauses: 0,
        document: Vec::new(),
        change_pending: false,
        looks: 0,
        deadline: None,
        deadlines_set: 0,
    }
}

#[cfg(test)]
mod tests;
