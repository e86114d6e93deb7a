//! The safe plan (promise 3): what a caller gets when the memory is down or slow, a token cannot be read, or we erred.
//!
//! First what the token and the settings in memory still allow: the same judgement, on a state rebuilt from the token, with
//! nothing durable (help is forwarded, safe is not accepted, and the caller hears it). Where even that is gone: speak, then
//! dial the desks last known, in order.

use crate::app::engine::App;
use crate::app::facts::Gathered;
use crate::decide::call::{self, Beginning};
use crate::decide::route::{self, Excluded};
use crate::decide::speak::{self, DeskMoment, Judged, SafePlan, Standing};
use crate::model::answer::Answer;
use crate::model::call_state::{CallState, Forward, Phase};
use crate::model::desk::DeskCall;
use crate::model::event::{DialOutcome, Direction, Event};
use crate::model::ids::CallId;
use crate::model::language::LanguageTag;
use crate::model::plan::{Plan, Verb};
use crate::model::token::{CallbackKind, StepToken};
use crate::store::snapshot::{ActiveSettings, Line, Organisation, Snapshot};
use chrono::SubsecRound;
use std::sync::Arc;

/// What is asked for while nothing can be stored.
#[derive(Debug, Clone, Copy)]
pub struct Unstored<'a> {
    /// The line.
    pub line: &'a Arc<Line>,
    /// The open token, if there is one that could be read.
    pub token: Option<&'a StepToken>,
    /// What happened, as far as it could be understood.
    pub events: &'a [Event],
}

impl App {
    /// Call control without the memory. None: no desk is known, so that the provider's fallback must take the call (503).
    #[must_use]
    pub fn answer_safely(&self, asked: Unstored<'_>) -> Option<Plan> {
        let snapshot = self.settings.now();
        let organisation = asked.line.organisation.as_ref().and_then(|id| snapshot.organisations.get(id))?;
        if let Some(token) = asked.token {
            let settings = organisation.versions.get(&token.version).unwrap_or(&organisation.active);
            match token.kind {
                CallbackKind::Question | CallbackKind::LastWords | CallbackKind::Answered | CallbackKind::DialResult => {
                    if let Some(plan) = self.judge_unstored(&snapshot, &asked, token, settings) {
                        return Some(plan);
                    }
                }
                CallbackKind::Whisper | CallbackKind::WhisperKey => {
                    return Some(self.whisper_safely(organisation, settings, &asked, token));
                }
                CallbackKind::SafePlan | CallbackKind::Redirect => {}
                CallbackKind::LineStatus | CallbackKind::LegStatus | CallbackKind::Machine => return None,
            }
            if connected(asked.events) {
                return Some(Plan::new(vec![Verb::Hangup]));
            }
        } else if let [Event::CallAnswered { .. }] = asked.events
            && let Some(plan) = self.question_unstored(&snapshot, &asked, organisation)
        {
            return Some(plan);
        }
        self.dial_safely(organisation, &asked)
    }

    /// The same judgement on what the token remembers.
    fn judge_unstored(
        &self,
        snapshot: &Snapshot,
        asked: &Unstored<'_>,
        token: &StepToken,
        settings: &Arc<ActiveSettings>,
    ) -> Option<Plan> {
        let event = asked.events.first()?;
        let now = self.clock.now();
        let mut gathered = Gathered::from_memory(self, snapshot, asked.line, Arc::clone(settings));
        gathered.durable = false;
        let facts = gathered.facts();
        let before = state_from_token(asked.line, token, settings, &facts, now)?;
        let decision = call::step(&before, event, &facts, now);
        let standing = Standing { facts: &facts, state: &decision.state, step: token.step.saturating_add(1), now };
        let judged = Judged { standing, event, telephone: &decision.telephone, effects: &decision.effects };
        self.spool_help(asked, token, &decision.effects);
        Some(speak::plan(&judged).unwrap_or_else(|| speak::waiting(&standing)))
    }

    /// A call that has just come in: the question, although nothing can be stored.
    fn question_unstored(&self, snapshot: &Snapshot, asked: &Unstored<'_>, organisation: &Arc<Organisation>) -> Option<Plan> {
        let event = asked.events.first()?;
        let Event::CallAnswered { caller, .. } = event else { return None };
        let now = self.clock.now();
        let mut gathered = Gathered::from_memory(self, snapshot, asked.line, Arc::clone(&organisation.active));
        gathered.durable = false;
        gathered.caller_is_ours = caller.as_ref().is_some_and(|caller| snapshot.is_own_line(caller));
        let facts = gathered.facts();
        let beginning = Beginning {
            call: CallId(self.ids.fresh()),
            organisation: organisation.id.clone(),
            line: asked.line.id.clone(),
            direction: Direction::Inbound,
            version: organisation.active.version,
            traveller_phone: caller.clone(),
            query: None,
            attempt: 0,
        };
        let before = call::begin(beginning, &facts, now);
        let decision = call::step(&before, event, &facts, now);
        let standing = Standing { facts: &facts, state: &decision.state, step: 1, now };
        speak::plan(&Judged { standing, event, telephone: &decision.telephone, effects: &decision.effects })
    }

    fn whisper_safely(
        &self,
        organisation: &Organisation,
        settings: &ActiveSettings,
        asked: &Unstored<'_>,
        token: &StepToken,
    ) -> Plan {
        let desks = all_desks(settings, token.answer.unwrap_or(Answer::Help), asked.line, self.clock.now());
        let emergency_number = organisation.emergency_number();
        let moment = match asked.events.first() {
            Some(Event::TargetConfirmed { .. }) => DeskMoment::Confirmed,
            Some(Event::TargetDeclined { .. }) => DeskMoment::Declined,
            _ => DeskMoment::Answered,
        };
        let safe = SafePlan {
            organisation: Some(&settings.settings.spoken_name),
            languages: &settings.settings.languages,
            capabilities: asked.line.account.dialect.capabilities(),
            line_number: &asked.line.number,
            emergency_number: emergency_number.as_ref(),
            desks: &desks,
            token,
        };
        speak::safe_whisper(&safe, moment)
    }

    fn dial_safely(&self, organisation: &Organisation, asked: &Unstored<'_>) -> Option<Plan> {
        let now = self.clock.now();
        let version = asked.token.map(|token| token.version);
        let settings = version.and_then(|version| organisation.versions.get(&version)).unwrap_or(&organisation.active);
        let answer = asked.token.and_then(|token| token.answer).unwrap_or(Answer::Help);
        let desks = all_desks(settings, answer, asked.line, now);
        if desks.is_empty() {
            return None;
        }
        let fresh = StepToken {
            call: CallId(self.ids.fresh()),
            step: 0,
            leg: 0,
            kind: CallbackKind::Question,
            direction: Direction::Inbound,
            traveller: None,
            language: settings.settings.languages.first().cloned().unwrap_or_else(LanguageTag::english),
            ask: 0,
            heard: false,
            keys: String::new(),
            answer: Some(Answer::Help),
            tried: 0,
            version: settings.version,
            issued_at: now.trunc_subsecs(0),
        };
        let emergency_number = organisation.emergency_number();
        let token = asked.token.unwrap_or(&fresh);
        Some(speak::safe_plan(&SafePlan {
            organisation: Some(&settings.settings.spoken_name),
            languages: &settings.settings.languages,
            capabilities: asked.line.account.dialect.capabilities(),
            line_number: &asked.line.number,
            emergency_number: emergency_number.as_ref(),
            desks: &desks,
            token,
        }))
    }

    /// Writes down help that could not be recorded, so that somebody is told as soon as anything works again (promise 4).
    fn spool_help(&self, asked: &Unstored<'_>, token: &StepToken, effects: &[crate::model::effect::Effect]) {
        let raised = effects.iter().any(|effect| matches!(effect, crate::model::effect::Effect::RaiseAlert { .. }));
        if !raised {
            return;
        }
        tracing::error!(call = %token.call, line = %asked.line.id, "Help was forwarded and could not be recorded: the memory does not answer");
        let Some(spool) = &self.spool else { return };
        let entry = crate::store::spool::Unrecorded {
            at: self.clock.now(),
            call: token.call,
            line: asked.line.id.clone(),
            organisation: asked.line.organisation.clone(),
            traveller: token.traveller,
        };
        if let Err(error) = crate::store::spool::append(spool, &entry) {
            tracing::error!(%error, "Nor could it be written to the spool");
        }
    }
}

fn connected(events: &[Event]) -> bool {
    events.iter().any(|event| matches!(event, Event::DialResult { result: DialOutcome::Completed, duration_seconds, .. } if *duration_seconds != Some(0)))
}

/// Every desk in calling order, nothing left out but our own line.
fn all_desks(settings: &ActiveSettings, answer: Answer, line: &Line, now: chrono::DateTime<chrono::Utc>) -> Vec<DeskCall> {
    let excluded = Excluded { traveller: None, tried: &[], lines: &[&line.number] };
    route::desks(&settings.settings, answer, now, &excluded).stops.into_iter().map(|stop| stop.desk).collect()
}

/// The state of a call as far as its token remembers it. None: the token is of no such moment.
fn state_from_token(
    line: &Arc<Line>,
    token: &StepToken,
    settings: &ActiveSettings,
    facts: &crate::decide::Facts<'_>,
    now: chrono::DateTime<chrono::Utc>,
) -> Option<CallState> {
    let beginning = Beginning {
        call: token.call,
        organisation: line.organisation.clone()?,
        line: line.id.clone(),
        direction: token.direction,
        version: settings.version,
        traveller_phone: None,
        query: None,
        attempt: u8::from(token.direction == Direction::Outbound),
    };
    let mut state = call::begin(beginning, facts, now);
    state.travellers = token.traveller.into_iter().collect();
    state.language = token.language.clone();
    state.ask = token.ask;
    state.heard = token.heard;
    state.keys.clone_from(&token.keys);
    state.answer = token.answer;
    state.tried_mask = token.tried;
    let desks = all_desks(settings, token.answer.unwrap_or(Answer::Help), line, now);
    let tried: Vec<&DeskCall> =
        desks.iter().filter(|desk| token.tried & (1_u32.checked_shl(u32::from(desk.position.0)).unwrap_or(0)) != 0).collect();
    state.tried = tried.iter().map(|desk| desk.phone.clone()).collect();
    state.legs = token.leg;
    match token.kind {
        CallbackKind::Answered => state.phase = Phase::Placing,
        CallbackKind::Question => state.phase = Phase::Asking,
        CallbackKind::LastWords => state.phase = Phase::LastWords,
        CallbackKind::DialResult => {
            state.phase = Phase::Forwarding;
            let desk = (*tried.last()?).clone();
            state.forward =
                Some(Forward { leg: token.leg, desk, answered: false, confirmed: false, leg_ended: false, replaced: false });
        }
        CallbackKind::Whisper
        | CallbackKind::WhisperKey
        | CallbackKind::Redirect
        | CallbackKind::LineStatus
        | CallbackKind::LegStatus
        | CallbackKind::Machine
        | CallbackKind::SafePlan => return None,
    }
    Some(state)
}
