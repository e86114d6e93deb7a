//! What a token remembers of a call, laid over what the memory remembers: the state that a judgement can go on with when
//! the memory is gone, or knows less than the caller heard.

use crate::decide::route::{self, Excluded};
use crate::model::answer::Answer;
use crate::model::call_state::{CallState, Deadline, Forward, Phase};
use crate::model::desk::DeskCall;
use crate::model::event::Event;
use crate::model::limits;
use crate::model::phone::PhoneNumber;
use crate::model::token::{CallbackKind, StepToken};
use crate::settings::Settings;
use chrono::{DateTime, TimeDelta, Utc};

/// Which answer chooses the desks. Whoever must be forwarded is never without them.
#[must_use]
pub fn answer_for_desks(token: Option<&StepToken>) -> Answer {
    match token.and_then(|token| token.answer) {
        Some(answer @ (Answer::Help | Answer::Medical | Answer::Travel | Answer::Unclear)) => answer,
        Some(Answer::Safe | Answer::Silence) | None => Answer::Help,
    }
}

/// Every desk in calling order, nothing left out but these numbers: our own lines and the traveller's.
#[must_use]
pub fn all_desks(
    settings: &Settings,
    answer: Answer,
    traveller: Option<&PhoneNumber>,
    lines: &[&PhoneNumber],
    at: DateTime<Utc>,
) -> Vec<DeskCall> {
    let excluded = Excluded { traveller, tried: &[], lines };
    route::desks(settings, answer, at, &excluded).stops.into_iter().map(|stop| stop.desk).collect()
}

/// The desk that a token's leg stands for. `desks`: all of them in calling order when the token was made. It was the first
/// that had not been tried, so the tried ones run up to it.
#[must_use]
pub fn desk_of_leg<'d>(token: &StepToken, desks: &'d [DeskCall]) -> Option<&'d DeskCall> {
    let tried = |desk: &&DeskCall| is_tried(token, desk);
    let run = desks.iter().take_while(tried).last();
    run.or_else(|| desks.iter().rfind(tried))
}

fn is_tried(token: &StepToken, desk: &DeskCall) -> bool {
    token.tried & bit(desk) != 0
}

fn bit(desk: &DeskCall) -> u32 {
    1_u32.checked_shl(u32::from(desk.position.0)).unwrap_or(0)
}

/// Does the token know of something that the state does not: a forward, a question or last words that could not be stored?
#[must_use]
pub fn is_ahead(token: &StepToken, state: &CallState) -> bool {
    if token.version != state.version {
        return false; // its places mean other desks
    }
    match token.kind {
        CallbackKind::DialResult | CallbackKind::Whisper | CallbackKind::WhisperKey | CallbackKind::SafePlan => {
            token.leg > state.legs || token.tried & !state.tried_mask != 0
        }
        CallbackKind::Question => token.ask > state.ask && matches!(state.phase, Phase::Placing | Phase::Asking),
        CallbackKind::LastWords => matches!(state.phase, Phase::Placing | Phase::Asking),
        CallbackKind::Answered
        | CallbackKind::Redirect
        | CallbackKind::LineStatus
        | CallbackKind::LegStatus
        | CallbackKind::Machine => false,
    }
}

/// A desk that must confirm is let in by its key alone, so two that are known to have talked show that it was pressed: for a
/// forward whose steps may be missing.
pub fn confirm_who_talked(state: &mut CallState, event: &Event) {
    let Event::DialResult { phone, duration_seconds: Some(1..), .. } = event else { return };
    if let Some(forward) = state.forward.as_mut().filter(|forward| forward.desk.phone == *phone) {
        forward.confirmed |= forward.desk.must_confirm;
    }
}

/// The state with what the token knows. `desks`: as for [`desk_of_leg`]. None: the token is of no such moment.
#[must_use]
pub fn overlay(mut state: CallState, token: &StepToken, desks: &[DeskCall], now: DateTime<Utc>) -> Option<CallState> {
    state.language.clone_from(&token.language);
    state.ask = state.ask.max(token.ask);
    state.heard |= token.heard;
    if !state.keys.ends_with(&token.keys) {
        state.keys.clone_from(&token.keys);
    }
    state.answer = token.answer.or(state.answer);
    state.phase = match token.kind {
        CallbackKind::Answered => Phase::Placing,
        CallbackKind::Question => Phase::Asking,
        CallbackKind::LastWords => Phase::LastWords,
        CallbackKind::DialResult | CallbackKind::Whisper | CallbackKind::WhisperKey | CallbackKind::SafePlan => {
            state.answer.get_or_insert(Answer::Unclear);
            Phase::Forwarding
        }
        CallbackKind::Redirect | CallbackKind::LineStatus | CallbackKind::LegStatus | CallbackKind::Machine => return None,
    };
    state.tried_mask |= token.tried;
    for desk in desks.iter().filter(|desk| is_tried(token, desk)) {
        if !state.tried.contains(&desk.phone) {
            state.tried.push(desk.phone.clone());
        }
    }
    state.legs = state.legs.max(token.leg);
    if state.phase == Phase::Forwarding {
        let desk = desk_of_leg(token, desks)?.clone();
        let running = state.forward.take();
        if let Some(running) = running.filter(|running| running.desk.phone != desk.phone) {
            state.replaced.push(Forward { replaced: false, ..running });
        }
        state.replaced.retain(|forward| forward.desk.phone != desk.phone);
        state.forward =
            Some(Forward { leg: token.leg, desk, answered: false, confirmed: false, leg_ended: false, replaced: false });
        // They may be talking already, and nothing may cut them off; the result of the forward is what comes next.
        state.deadlines_set = state.deadlines_set.saturating_add(1);
        let wait = TimeDelta::seconds(i64::from(limits::TALK_SECONDS_MAX + limits::TALK_GRACE_SECONDS));
        state.deadline = Some(Deadline { serial: state.deadlines_set, at: now + wait });
    }
    Some(state)
}
