//! The safe plan (promise 3): what a caller gets when the memory is down or slow, a token cannot be read, or we erred.
//!
//! First what the token and the settings in memory still allow: the same judgement, on a state rebuilt from the token, with
//! nothing durable (help is forwarded, safe is not accepted, and the caller hears it). Where even that is gone: speak, then
//! dial the desks last known, in order. What was answered so is kept, to be stored as soon as the memory answers again.

use crate::app::engine::App;
use crate::app::facts::Gathered;
use crate::app::from_token::{all_desks, answer_for_desks, confirm_who_talked, desk_of_leg, is_ahead, overlay};
use crate::app::missed::Delivered;
use crate::decide::call::{self, Beginning};
use crate::decide::speak::{self, DeskMoment, Judged, SafePlan, Standing};
use crate::model::answer::Answer;
use crate::model::call_state::{CallState, Phase};
use crate::model::desk::DeskCall;
use crate::model::effect::{Effect, SayKey, TelephoneAction};
use crate::model::event::{Direction, Event};
use crate::model::ids::{CallId, TravellerRow};
use crate::model::language::LanguageTag;
use crate::model::phone::PhoneNumber;
use crate::model::plan::{Plan, Verb};
use crate::model::token::{CallbackKind, StepToken};
use crate::store::snapshot::{ActiveSettings, Line, Organisation, Snapshot};
use crate::store::spool::{self, Unrecorded};
use chrono::{DateTime, SubsecRound, Utc};
use std::sync::Arc;

/// What is asked for while nothing can be stored.
#[derive(Debug, Clone, Copy)]
pub struct Unstored<'a> {
    /// The line.
    pub line: &'a Arc<Line>,
    /// The call, where it is known which.
    pub call: Option<CallId>,
    /// The open token, if there is one that could be read.
    pub token: Option<&'a StepToken>,
    /// What happened, as far as it could be understood.
    pub heard: &'a [Delivered],
}

/// What is still known of the call.
struct Known {
    line: Arc<Line>,
    organisation: Arc<Organisation>,
    settings: Arc<ActiveSettings>,
    call: CallId,
    /// The call as memory last saw it, and its number.
    remembered: Option<(Arc<CallState>, u32)>,
    /// The token; of a version that is gone its places mean nothing, so none of them counts as tried.
    token: Option<StepToken>,
    own_lines: Vec<PhoneNumber>,
}

/// A document made without the memory.
struct Unrecordable {
    plan: Plan,
    /// What happened counts. Not so a safe, which the caller heard refused.
    counts: bool,
    /// Must somebody be told, because a cry for help could not be recorded?
    cry: bool,
}

impl App {
    /// Call control without the memory. None: no desk is known, so that the provider's fallback must take the call (503).
    #[must_use]
    pub fn answer_safely(&self, asked: Unstored<'_>) -> Option<Plan> {
        let snapshot = self.settings.now();
        let known = self.known(&snapshot, &asked)?;
        let made = self.make(&snapshot, &known, asked.heard)?;
        if made.counts {
            for delivered in asked.heard {
                self.missed.keep(known.call, &known.line, delivered);
            }
        }
        let forward = made.plan.verbs.iter().find_map(|verb| match verb {
            Verb::Dial { then, .. } => Some(then),
            Verb::Say(_)
            | Verb::Play { .. }
            | Verb::Pause { .. }
            | Verb::Gather { .. }
            | Verb::Redirect { .. }
            | Verb::Reject
            | Verb::Hangup
            | Verb::Connect
            | Verb::Message { .. } => None,
        });
        if let Some(then) = forward {
            self.missed.forwarded(known.call, &known.line, then);
        }
        if made.cry {
            self.spool_cry(&known);
        }
        self.work.ring(&self.clock);
        Some(made.plan)
    }

    /// The desk that a token's leg stands for, from the settings in memory.
    pub(crate) fn desk_of_token(&self, line: &Arc<Line>, token: &StepToken) -> Option<PhoneNumber> {
        let snapshot = self.settings.now();
        let asked = Unstored { line, call: Some(token.call), token: Some(token), heard: &[] };
        let known = self.known(&snapshot, &asked)?;
        let token = known.token.as_ref()?;
        desk_of_leg(token, &known.desks(token.issued_at)).map(|desk| desk.phone.clone())
    }

    fn known(&self, snapshot: &Snapshot, asked: &Unstored<'_>) -> Option<Known> {
        let call = asked.call.or(asked.token.map(|token| token.call)).unwrap_or_else(|| CallId(self.ids.fresh()));
        let remembered = self.journal.remembered(call).and_then(|known| Some((known.state?, known.number)));
        // Whose call it is never changes, whoever has the line by now.
        let organisation = match &remembered {
            Some((state, _)) => state.organisation.as_ref(),
            None => asked.line.organisation.as_ref(),
        };
        let organisation = Arc::clone(organisation.and_then(|id| snapshot.organisations.get(id))?);
        let version = remembered.as_ref().map(|(state, _)| state.version).or(asked.token.map(|token| token.version));
        let settings = version.and_then(|version| organisation.versions.get(&version)).unwrap_or(&organisation.active);
        let settings = Arc::clone(settings);
        let token = asked.token.map(|token| {
            let tried = if token.version == settings.version { token.tried } else { 0 };
            StepToken { version: settings.version, tried, ..token.clone() }
        });
        let own_lines = snapshot.lines.values().map(|line| line.number.clone()).collect();
        Some(Known { line: Arc::clone(asked.line), organisation, settings, call, remembered, token, own_lines })
    }

    fn make(&self, snapshot: &Snapshot, known: &Known, heard: &[Delivered]) -> Option<Unrecordable> {
        match known.token.as_ref().map(|token| token.kind) {
            Some(CallbackKind::Whisper | CallbackKind::WhisperKey) => {
                return Some(Unrecordable { plan: known.whisper(heard), counts: true, cry: false });
            }
            Some(
                CallbackKind::Question
                | CallbackKind::LastWords
                | CallbackKind::Answered
                | CallbackKind::DialResult
                | CallbackKind::SafePlan
                | CallbackKind::Redirect,
            )
            | None => {}
            Some(CallbackKind::LineStatus | CallbackKind::LegStatus | CallbackKind::Machine) => return None,
        }
        let now = self.clock.now();
        if let Some(made) = self.judge_unstored(snapshot, known, heard, now) {
            return Some(made);
        }
        known.dial(heard, now)
    }

    /// The same judgement, on what the token and the memory remember. None: too little is known for it.
    fn judge_unstored(
        &self,
        snapshot: &Snapshot,
        known: &Known,
        heard: &[Delivered],
        now: DateTime<Utc>,
    ) -> Option<Unrecordable> {
        let first = heard.first()?;
        let mut gathered = Gathered::from_memory(self, snapshot, &known.line, Arc::clone(&known.settings));
        gathered.emergency_number = known.emergency_number();
        gathered.durable = false;
        if let Event::CallAnswered { caller, .. } = &first.event {
            gathered.caller_is_ours = caller.as_ref().is_some_and(|caller| snapshot.is_own_line(caller));
        }
        let facts = gathered.facts();
        let mut state = self.state_before(known, first, &facts, now)?;
        let mut standing_step = known.token.as_ref().map_or(0, |token| token.step);
        standing_step = standing_step.max(known.remembered.as_ref().map_or(0, |(_, number)| *number)).saturating_add(1);
        let (mut plan, mut counts, mut cry) = (None, true, false);
        for delivered in heard {
            confirm_who_talked(&mut state, &delivered.event);
            let decision = call::step(&state, &delivered.event, &facts, now);
            let standing = Standing { facts: &facts, state: &decision.state, step: standing_step, now };
            let judged = Judged { standing, event: &delivered.event, telephone: &decision.telephone, effects: &decision.effects };
            plan = speak::plan(&judged).or(plan);
            counts &= !decision.telephone.contains(&TelephoneAction::Say { key: SayKey::GoodbyeSafe });
            cry |= decision.effects.iter().any(|effect| matches!(effect, Effect::RaiseAlert { .. }));
            state = decision.state;
        }
        let standing = Standing { facts: &facts, state: &state, step: standing_step, now };
        Some(Unrecordable { plan: plan.unwrap_or_else(|| speak::waiting(&standing)), counts, cry })
    }

    /// The state before what was heard.
    fn state_before(
        &self,
        known: &Known,
        first: &Delivered,
        facts: &crate::decide::Facts<'_>,
        now: DateTime<Utc>,
    ) -> Option<CallState> {
        if let Some((state, _)) = &known.remembered
            && !known.token.as_ref().is_some_and(|token| is_ahead(token, state))
        {
            return Some(CallState::clone(state));
        }
        let begun = |direction, traveller_phone: Option<&PhoneNumber>| {
            let beginning = Beginning {
                call: known.call,
                organisation: known.organisation.id.clone(),
                line: known.line.id.clone(),
                direction,
                version: known.settings.version,
                traveller_phone: traveller_phone.cloned(),
                query: None,
                attempt: u8::from(direction == Direction::Outbound),
            };
            call::begin(beginning, facts, now)
        };
        let Some(token) = &known.token else {
            let Event::CallAnswered { caller, .. } = &first.event else { return None };
            return Some(begun(Direction::Inbound, caller.as_ref()));
        };
        let base = match &known.remembered {
            Some((state, _)) => CallState::clone(state),
            None => {
                let mut state = begun(token.direction, None);
                state.travellers = token.traveller.into_iter().collect();
                state
            }
        };
        overlay(base, token, &known.desks(token.issued_at), now)
    }

    /// Writes down help that could not be recorded, so that somebody is told as soon as anything works again (promise 4).
    fn spool_cry(&self, known: &Known) {
        tracing::error!(call = %known.call, line = %known.line.id, "Help was forwarded and could not be recorded");
        let Some(folder) = &self.spool else { return };
        let entry = Unrecorded {
            at: self.clock.now(),
            call: known.call,
            line: known.line.id.clone(),
            organisation: Some(known.organisation.id.clone()),
            traveller: known.traveller(),
        };
        if let Err(error) = spool::append(folder, &entry) {
            tracing::error!(%error, "Nor could it be written to the spool");
        }
    }
}

impl Known {
    fn remembered_state(&self) -> Option<&CallState> {
        self.remembered.as_ref().map(|(state, _)| state.as_ref())
    }

    fn emergency_number(&self) -> PhoneNumber {
        self.organisation.emergency_number().unwrap_or_else(|| self.line.number.clone())
    }

    fn traveller(&self) -> Option<TravellerRow> {
        let token = self.token.as_ref().and_then(|token| token.traveller);
        token.or_else(|| match self.remembered_state()?.travellers.as_slice() {
            [one] => Some(*one),
            _ => None,
        })
    }

    /// All desks in calling order at that moment.
    fn desks(&self, at: DateTime<Utc>) -> Vec<DeskCall> {
        let traveller = self.remembered_state().and_then(|state| state.traveller_phone.as_ref());
        let lines: Vec<&PhoneNumber> = self.own_lines.iter().collect();
        let answer = match self.remembered_state().and_then(|state| state.answer) {
            Some(answer @ (Answer::Medical | Answer::Travel)) if self.token.as_ref().is_none_or(|t| t.answer.is_none()) => answer,
            Some(_) | None => answer_for_desks(self.token.as_ref()),
        };
        all_desks(&self.settings.settings, answer, traveller, &lines, at)
    }

    /// The document for a desk.
    fn whisper(&self, heard: &[Delivered]) -> Plan {
        let token = self.token_or_fresh(self.token.as_ref().map_or_else(DateTime::default, |token| token.issued_at));
        let moment = match heard.first().map(|delivered| &delivered.event) {
            Some(Event::TargetConfirmed { .. }) => DeskMoment::Confirmed,
            Some(Event::TargetDeclined { .. }) => DeskMoment::Declined,
            _ => DeskMoment::Answered,
        };
        // Only the desk of this leg: the words depend on what it must do.
        let desks = self.desks(token.issued_at);
        let desk: Vec<DeskCall> = desk_of_leg(&token, &desks).cloned().into_iter().collect();
        speak::safe_whisper(&self.safe_plan(&desk, &token, self.organisation.emergency_number().as_ref()), moment)
    }

    /// Speaks, then dials the first desk that was not tried.
    fn dial(&self, heard: &[Delivered], now: DateTime<Utc>) -> Option<Unrecordable> {
        let talked = |delivered: &Delivered| matches!(&delivered.event, Event::DialResult { duration_seconds: Some(1..), .. });
        let ended = |delivered: &Delivered| matches!(&delivered.event, Event::CallStatus { .. });
        if heard.iter().any(|delivered| talked(delivered) || ended(delivered)) {
            return Some(Unrecordable { plan: Plan::new(vec![Verb::Hangup]), counts: true, cry: false });
        }
        let token = self.token_or_fresh(now);
        let desks = self.desks(now);
        if desks.is_empty() {
            return None;
        }
        let plan = speak::safe_plan(&self.safe_plan(&desks, &token, self.organisation.emergency_number().as_ref()));
        Some(Unrecordable { plan, counts: true, cry: token.kind != CallbackKind::SafePlan })
    }

    fn safe_plan<'a>(
        &'a self,
        desks: &'a [DeskCall],
        token: &'a StepToken,
        emergency_number: Option<&'a PhoneNumber>,
    ) -> SafePlan<'a> {
        SafePlan {
            organisation: Some(&self.settings.settings.spoken_name),
            languages: &self.settings.settings.languages,
            capabilities: self.line.account.dialect.capabilities(),
            line_number: &self.line.number,
            emergency_number,
            desks,
            token,
        }
    }

    /// The token, with what the memory knows of the call beside it; a fresh one for a call that has none.
    fn token_or_fresh(&self, now: DateTime<Utc>) -> StepToken {
        let state = self.remembered_state();
        let mut token = self.token.clone().unwrap_or_else(|| StepToken {
            call: self.call,
            step: 0,
            leg: 0,
            kind: CallbackKind::Question,
            direction: Direction::Inbound,
            traveller: None,
            language: self.settings.settings.languages.first().cloned().unwrap_or_else(LanguageTag::english),
            ask: 0,
            heard: false,
            keys: String::new(),
            answer: None,
            tried: 0,
            version: self.settings.version,
            issued_at: now.trunc_subsecs(0),
        });
        if let Some(state) = state.filter(|state| state.version == token.version) {
            token.answer = token.answer.or(state.answer.filter(|_| state.phase == Phase::Forwarding));
            token.tried |= state.tried_mask;
            // The token of a desk's leg keeps its number; a new forward gets one that no leg had.
            if !matches!(token.kind, CallbackKind::Whisper | CallbackKind::WhisperKey) {
                token.leg = token.leg.max(state.legs);
            }
        }
        token
    }
}
