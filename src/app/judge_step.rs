//! Judges one event of a call and makes it durable: read, decide, write; whoever was too slow decides again.
//!
//! There is no second way: webhooks, deadlines, orders and replays all come through here.

use crate::app::engine::App;
use crate::app::facts::Gathered;
use crate::app::from_token::{all_desks, answer_for_desks, confirm_who_talked, is_ahead, overlay};
use crate::decide::Decision;
use crate::decide::call::{self, Beginning};
use crate::decide::speak::{self, DeskMoment, Judged, Standing};
use crate::model::answer::Answer;
use crate::model::call_state::{CallState, Phase};
use crate::model::effect::{Effect, Status, TelephoneAction};
use crate::model::event::{Direction, Event};
use crate::model::ids::{AccountId, CallId};
use crate::model::limits;
use crate::model::phone::PhoneNumber;
use crate::model::plan::Plan;
use crate::model::token::{CallbackKind, StepToken};
use crate::settings::Settings;
use crate::store::StoreError;
use crate::store::calls::NewCall;
use crate::store::jobs::NewJob;
use crate::store::journal::{DeliveryId, SeenId, StepWrite};
use crate::store::snapshot::{ActiveSettings, Line};
use std::sync::Arc;

/// For whom a document is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// For the traveller's line.
    Traveller,
    /// For a desk, before the lines meet.
    Desk {
        /// The forward.
        leg: u8,
        /// What has just happened there.
        moment: DeskMoment,
    },
    /// Nobody waits for one.
    Nothing,
}

/// One event on its way.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The call.
    pub call: CallId,
    /// The line.
    pub line: Arc<Line>,
    /// What happened.
    pub event: Event,
    /// What names the delivery; None: nobody delivered anything.
    pub delivery: Option<DeliveryId>,
    /// Ids of the provider that came along.
    pub seen: Vec<SeenId>,
    /// For whom a document is wanted.
    pub wanted: Wanted,
}

/// What became of it.
#[derive(Debug, Clone)]
pub struct Answered {
    /// What is done on the telephone.
    pub telephone: Vec<TelephoneAction>,
    /// What became durable; empty for a repeat.
    pub effects: Vec<Effect>,
    /// The document, for whoever waits.
    pub plan: Plan,
    /// Was it a repeat?
    pub repeated: bool,
}

/// Where a call stands before a step.
struct Standpoint {
    gathered: Gathered,
    state: CallState,
    /// The number of its newest row; 0: it has none.
    number: u32,
    new_call: Option<NewCall>,
}

/// What was answered before and is recorded with this step only.
#[derive(Default)]
struct Unrecorded {
    effects: Vec<Effect>,
    because: Vec<String>,
}

impl Unrecorded {
    fn add_to(mut self, decision: &mut Decision) {
        self.effects.append(&mut decision.effects);
        self.because.append(&mut decision.because);
        (decision.effects, decision.because) = (self.effects, self.because);
    }
}

/// The key that means what a forward of this token was begun for.
const fn keys_of(token: &StepToken) -> Option<&'static str> {
    match (token.kind, token.answer) {
        (CallbackKind::Question | CallbackKind::LastWords | CallbackKind::Answered, _) => None,
        (_, Some(Answer::Help)) => Some("2"),
        (_, Some(Answer::Medical)) => Some("3"),
        (_, Some(Answer::Travel)) => Some("4"),
        (_, Some(Answer::Safe | Answer::Unclear | Answer::Silence) | None) => None,
    }
}

/// How one try ended.
enum Tried {
    Answered(Answered),
    /// Another step was quicker.
    Lost,
}

impl App {
    /// Judges an event and makes it durable.
    ///
    /// # Errors
    /// The store's; nothing is known to be written then. `Conflict`: a provider's id contradicts the token.
    pub async fn judge_step(&self, incoming: &Incoming) -> Result<Answered, StoreError> {
        self.judge_heard(incoming, None).await
    }

    /// The same for what came with a token: it may know of steps that were answered and could not be stored.
    ///
    /// # Errors
    /// As [`App::judge_step`]. `NotFound`: the call of the token is not to be told from the memory.
    pub async fn judge_heard(&self, incoming: &Incoming, token: Option<&StepToken>) -> Result<Answered, StoreError> {
        for _ in 0..limits::DECISIONS_MAX {
            match self.try_step(incoming, token).await? {
                Tried::Answered(answered) => return Ok(answered),
                Tried::Lost => {}
            }
        }
        // So many others at once is no ordinary day: say so, and let the safe plan answer.
        tracing::warn!(call = %incoming.call, "A step lost against others again and again");
        Err(StoreError::Busy)
    }

    async fn try_step(&self, incoming: &Incoming, token: Option<&StepToken>) -> Result<Tried, StoreError> {
        if let Some(delivery) = incoming.delivery
            && let Some(answered) = self.repeat(incoming, delivery).await?
        {
            return Ok(Tried::Answered(answered));
        }
        let now = self.clock.now();
        let Standpoint { gathered, mut state, number, new_call } = self.standpoint(incoming, token, now).await?;
        let mut unrecorded = Unrecorded::default();
        if let Some(token) = token.filter(|token| is_ahead(token, &state))
            && let Some((caught_up, missed)) = self.with_token(&gathered, &state, token, now)
        {
            (state, unrecorded) = (caught_up, missed);
            confirm_who_talked(&mut state, &incoming.event);
        }
        let facts = gathered.facts();
        let mut decision = call::step(&state, &incoming.event, &facts, now);
        unrecorded.add_to(&mut decision);
        let step = number.saturating_add(1);
        let standing = Standing { facts: &facts, state: &decision.state, step, now };
        let plan = new_plan(&incoming.wanted, &standing, &incoming.event, &decision);
        let write = self.step_write(incoming, step, &decision, plan.clone(), &gathered, new_call);
        match self.journal.write(write).await {
            Ok(_) => {}
            Err(StoreError::Conflict("the provider's id of the call")) => {
                return Err(StoreError::Conflict("the provider's id of the call"));
            }
            Err(StoreError::Conflict(_)) => return Ok(Tried::Lost),
            Err(error) => return Err(error),
        }
        self.work.ring(&self.clock);
        log_step(incoming, &decision);
        let plan = plan.unwrap_or_else(|| document_of_state(&incoming.wanted, &standing));
        Ok(Tried::Answered(Answered { telephone: decision.telephone, effects: decision.effects, plan, repeated: false }))
    }

    /// Where the call stands: as the memory has it, or as it begins now.
    async fn standpoint(
        &self,
        incoming: &Incoming,
        token: Option<&StepToken>,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<Standpoint, StoreError> {
        let known = self.journal.call(incoming.call).await?;
        if let Some((state, number)) = known.and_then(|known| Some((known.state?, known.number))) {
            let gathered = self.gather(&incoming.line, &state).await?;
            return Ok(Standpoint { gathered, state: CallState::clone(&state), number, new_call: None });
        }
        let (gathered, state) = match token {
            Some(token) => self.begin_from_token(incoming, token).await?,
            None => self.begin_inbound(incoming).await?,
        };
        let new_call = new_call(incoming, &state, now);
        Ok(Standpoint { gathered, state, number: 0, new_call: Some(new_call) })
    }

    /// A call that was answered and never stored: its token says whose it is and where it stands.
    async fn begin_from_token(&self, incoming: &Incoming, token: &StepToken) -> Result<(Gathered, CallState), StoreError> {
        let snapshot = self.settings.now();
        let organisation = incoming.line.organisation.as_ref().ok_or(StoreError::NotFound)?;
        let settings = self.settings_of(organisation, token.version).await?;
        let mut gathered = Gathered::from_memory(self, &snapshot, &incoming.line, settings);
        if let Some(row) = token.traveller {
            if self.store.traveller_by_row(row).await?.organisation != *organisation {
                return Err(StoreError::NotFound); // the line belonged to somebody else when the call began
            }
            gathered.people = self.people(&[row]).await?;
        }
        let beginning = Beginning {
            call: incoming.call,
            organisation: organisation.clone(),
            line: incoming.line.id.clone(),
            direction: token.direction,
            version: token.version,
            traveller_phone: None,
            query: None,
            attempt: u8::from(token.direction == Direction::Outbound),
        };
        tracing::warn!(call = %incoming.call, "A call that was never stored is taken up from its token");
        let state = call::begin(beginning, &gathered.facts(), self.clock.now());
        Ok((gathered, state))
    }

    /// The state with what its token knows beyond it, and what was never recorded of that.
    fn with_token(
        &self,
        gathered: &Gathered,
        state: &CallState,
        token: &StepToken,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Option<(CallState, Unrecorded)> {
        let mut state = state.clone();
        let mut unrecorded = Unrecorded {
            effects: Vec::new(),
            because: vec!["The token knows of steps that were answered while nothing could be stored.".to_owned()],
        };
        if let Some(keys) = keys_of(token).filter(|_| state.answer.is_none_or(|answer| answer == Answer::Safe)) {
            // What was answered then is recorded now, by the same rules as a key.
            if state.phase == Phase::Placing {
                state.phase = Phase::Asking;
            }
            let seed = self.ids.fresh();
            let facts = crate::decide::Facts { seed, ..gathered.facts() };
            let event = Event::Gathered { digits: Some(keys.to_owned()), speech: None };
            let decision = call::step(&state, &event, &facts, now);
            unrecorded.effects = decision.effects;
            state = CallState { forward: None, legs: 0, tried: Vec::new(), tried_mask: 0, ..decision.state };
        }
        let snapshot = self.settings.now();
        let lines: Vec<&PhoneNumber> = snapshot.lines.values().map(|line| &line.number).collect();
        let settings = &gathered.settings.settings;
        let traveller = state.traveller_phone.clone();
        let desks = all_desks(settings, answer_for_desks(Some(token)), traveller.as_ref(), &lines, token.issued_at);
        overlay(state, token, &desks, now).map(|state| (state, unrecorded))
    }

    /// A forward that was answered without the memory becomes the state of its call, if the state does not know of it.
    ///
    /// # Errors
    /// `Busy` or `Down`.
    pub(crate) async fn adopt_forward(&self, call: CallId, line: &Arc<Line>, token: &StepToken) -> Result<(), StoreError> {
        for _ in 0..limits::DECISIONS_MAX {
            let Some(known) = self.journal.call(call).await? else { return Ok(()) };
            let Some(state) = known.state.filter(|state| is_ahead(token, state)) else { return Ok(()) };
            let now = self.clock.now();
            let gathered = self.gather(line, &state).await?;
            let Some((state, unrecorded)) = self.with_token(&gathered, &state, token, now) else { return Ok(()) };
            let mut write = StepWrite::new(call, known.number.saturating_add(1), "caught_up", now);
            write.organisation.clone_from(&state.organisation);
            write.effects = unrecorded.effects;
            write.because = unrecorded.because;
            write.people = gathered.people.iter().map(|person| (person.row, person.revision)).collect();
            write.state = Some(state);
            match self.journal.write(write).await {
                Ok(_) => return Ok(()),
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Busy)
    }

    /// The answer to a delivery that was answered before: alike, and nothing is recorded (rule 28).
    async fn repeat(&self, incoming: &Incoming, delivery: DeliveryId) -> Result<Option<Answered>, StoreError> {
        let Some(stored) = self.journal.delivery(delivery).await? else { return Ok(None) };
        let plan = match (stored.plan, stored.state) {
            (Some(plan), _) => plan,
            (None, Some(state)) => {
                let gathered = self.gather(&incoming.line, &state).await?;
                let facts = gathered.facts();
                document_of_state(
                    &incoming.wanted,
                    &Standing { facts: &facts, state: &state, step: stored.number, now: stored.at },
                )
            }
            (None, None) => Plan::default(),
        };
        Ok(Some(Answered { telephone: stored.telephone, effects: Vec::new(), plan, repeated: true }))
    }

    /// The document of a call as it stands, for a webhook that says nothing new.
    ///
    /// # Errors
    /// The store's. `NotFound`: nobody knows the call.
    pub async fn document_of_call(&self, call: CallId, line: &Arc<Line>, wanted: &Wanted) -> Result<Plan, StoreError> {
        let known = self.journal.call(call).await?;
        let Some((state, number)) = known.and_then(|known| Some((known.state?, known.number))) else {
            return Err(StoreError::NotFound);
        };
        let gathered = self.gather(line, &state).await?;
        let facts = gathered.facts();
        Ok(document_of_state(wanted, &Standing { facts: &facts, state: &state, step: number, now: self.clock.now() }))
    }

    /// The facts for a call that is under way. Its line and organisation are those that it began with, whatever URL the
    /// provider asks and whoever has the line by now.
    pub(crate) async fn gather(&self, line: &Arc<Line>, state: &CallState) -> Result<Gathered, StoreError> {
        let snapshot = self.settings.now();
        let line = snapshot.lines.get(&state.line).filter(|own| own.account.id == line.account.id).unwrap_or(line);
        let settings = match &state.organisation {
            Some(organisation) => self.settings_of(organisation, state.version).await?,
            None => nobody_s_settings(),
        };
        let mut gathered = Gathered::from_memory(self, &snapshot, line, settings);
        let organisation = state.organisation.as_ref().and_then(|id| snapshot.organisations.get(id));
        if let Some(number) = organisation.and_then(|organisation| organisation.emergency_number()) {
            gathered.emergency_number = number;
        }
        gathered.people = self.people(&state.travellers).await?;
        gathered.query = self.query_facts(state.query, &state.language).await?;
        Ok(gathered)
    }

    /// A call that has just come in: whose it is says the called number, who calls says the caller's.
    async fn begin_inbound(&self, incoming: &Incoming) -> Result<(Gathered, CallState), StoreError> {
        let snapshot = self.settings.now();
        let (caller, called) = match &incoming.event {
            Event::CallAnswered { caller, called, .. } => (caller.as_ref(), Some(called)),
            // Anything else of a call that nobody knows: it belongs to nobody.
            Event::Gathered { .. }
            | Event::DialResult { .. }
            | Event::TargetConfirmed { .. }
            | Event::TargetDeclined { .. }
            | Event::CallStatus { .. }
            | Event::AnsweredBy { .. }
            | Event::SmsReceived { .. }
            | Event::LegAnswered { .. }
            | Event::LegEnded { .. }
            | Event::DeadlinePassed { .. }
            | Event::DocumentFetched => (None, None),
        };
        let line = called_line(&snapshot, &incoming.line, called);
        let organisation =
            line.as_ref().and_then(|line| line.organisation.as_ref()).and_then(|id| snapshot.organisations.get(id));
        let Some((line, organisation)) = line.as_ref().zip(organisation) else {
            let gathered = Gathered::from_memory(self, &snapshot, &incoming.line, nobody_s_settings());
            return Ok((gathered, call::begin_for_nobody(incoming.call, incoming.line.id.clone())));
        };
        let mut gathered = Gathered::from_memory(self, &snapshot, line, Arc::clone(&organisation.active));
        gathered.people = self.travellers_with_phone(&organisation.id, caller).await?;
        gathered.caller_is_ours = caller.is_some_and(|caller| snapshot.is_own_line(caller));
        let beginning = Beginning {
            call: incoming.call,
            organisation: organisation.id.clone(),
            line: line.id.clone(),
            direction: Direction::Inbound,
            version: organisation.active.version,
            traveller_phone: caller.cloned(),
            query: None,
            attempt: 0,
        };
        let state = call::begin(beginning, &gathered.facts(), self.clock.now());
        Ok((gathered, state))
    }

    fn step_write(
        &self,
        incoming: &Incoming,
        step: u32,
        decision: &Decision,
        plan: Option<Plan>,
        gathered: &Gathered,
        new_call: Option<NewCall>,
    ) -> StepWrite {
        let mut write = StepWrite::new(incoming.call, step, incoming.event.kind(), self.clock.now());
        write.delivery = incoming.delivery;
        write.organisation.clone_from(&decision.state.organisation);
        write.event = Some(incoming.event.clone());
        write.telephone.clone_from(&decision.telephone);
        write.effects.clone_from(&decision.effects);
        write.because.clone_from(&decision.because);
        write.plan = plan;
        write.people = gathered.people.iter().map(|person| (person.row, person.revision)).collect();
        write.new_call = new_call;
        write.seen.clone_from(&incoming.seen);
        // Who waits too long for it hears that safe is not accepted; then it must not be written later.
        write.only_if_awaited =
            decision.effects.iter().any(|effect| matches!(effect, Effect::Record { status: Status::Safe, .. }));
        write.jobs = jobs(incoming, step, decision, self.clock.now());
        write.state = Some(decision.state.clone());
        write
    }
}

/// The line that was really called: one application URL may serve many numbers of one account. None: a number that is no line.
fn called_line(snapshot: &crate::store::snapshot::Snapshot, line: &Arc<Line>, called: Option<&PhoneNumber>) -> Option<Arc<Line>> {
    let called = called?;
    if *called == line.number {
        return Some(Arc::clone(line));
    }
    snapshot.line_with_number(&line.account.id, called).cloned()
}

fn new_call(incoming: &Incoming, state: &CallState, now: chrono::DateTime<chrono::Utc>) -> NewCall {
    let account: AccountId = incoming.line.account.id.clone();
    let traveller = match state.travellers.as_slice() {
        [one] => Some(*one),
        _ => None,
    };
    NewCall {
        id: incoming.call,
        organisation: state.organisation.clone(),
        line: state.line.clone(),
        account,
        provider_call: incoming.seen.iter().find(|seen| seen.leg == 0).map(|seen| seen.id.clone()),
        direction: state.direction,
        traveller,
        query: state.query,
        attempt: state.attempt,
        version: state.version,
        started_at: now,
    }
}

/// The new document of a step, if it makes one.
fn new_plan(wanted: &Wanted, standing: &Standing<'_>, event: &Event, decision: &Decision) -> Option<Plan> {
    match wanted {
        Wanted::Desk { leg, moment } => Some(speak::whisper(standing, *leg, *moment)),
        Wanted::Traveller | Wanted::Nothing => {
            let judged = Judged { standing: *standing, event, telephone: &decision.telephone, effects: &decision.effects };
            speak::plan(&judged)
        }
    }
}

/// What whoever waits gets where the rules say `nothing`.
fn document_of_state(wanted: &Wanted, standing: &Standing<'_>) -> Plan {
    match wanted {
        Wanted::Desk { leg, moment } => speak::whisper(standing, *leg, *moment),
        Wanted::Traveller => speak::waiting(standing),
        Wanted::Nothing => Plan::default(),
    }
}

/// What is done right after the step, outside the database.
fn jobs(incoming: &Incoming, step: u32, decision: &Decision, now: chrono::DateTime<chrono::Utc>) -> Vec<NewJob> {
    let mut jobs = Vec::new();
    for effect in &decision.effects {
        let kind = match effect {
            Effect::ChangeCall => JOB_CHANGE_CALL,
            Effect::CallUnknown => JOB_CALL_UNKNOWN,
            // The state's next deadline looks the call up again.
            Effect::LookUpCall => continue,
            Effect::Record { .. }
            | Effect::SetStatus { .. }
            | Effect::RaiseAlert { .. }
            | Effect::SettleAlert { .. }
            | Effect::AlertBeingAnswered { .. }
            | Effect::AlertOpenAgain { .. }
            | Effect::SettleQuery { .. }
            | Effect::EndAttempt { .. }
            | Effect::Retry { .. } => continue,
        };
        jobs.push(NewJob {
            kind,
            key: format!("{kind}:{}:{step}", incoming.call),
            organisation: decision.state.organisation.clone(),
            payload: serde_json::json!({"call": incoming.call, "line": incoming.line.id, "step": step}).to_string(),
            due_at: now,
        });
    }
    jobs
}

/// A running call is redirected.
pub const JOB_CHANGE_CALL: &str = "change_call";
/// The operator is told of a call that the provider does not know.
pub const JOB_CALL_UNKNOWN: &str = "call_unknown";

/// Settings for a call that belongs to nobody: nothing in them is ever used but the language of the safe plan.
fn nobody_s_settings() -> Arc<ActiveSettings> {
    static NOBODY: std::sync::LazyLock<Arc<ActiveSettings>> =
        std::sync::LazyLock::new(|| Arc::new(ActiveSettings { version: 0, settings: Settings::of_nobody() }));
    Arc::clone(&NOBODY)
}

fn log_step(incoming: &Incoming, decision: &Decision) {
    let because = decision.because.join(" ");
    tracing::info!(call = %incoming.call, event = incoming.event.kind(), phase = ?decision.state.phase, "{because}");
}
