//! Judges one event of a call and makes it durable: read, decide, write; whoever was too slow decides again.
//!
//! There is no second way: webhooks, deadlines, orders and replays all come through here.

use crate::app::engine::App;
use crate::app::facts::Gathered;
use crate::decide::Decision;
use crate::decide::call::{self, Beginning};
use crate::decide::speak::{self, DeskMoment, Judged, Standing};
use crate::model::call_state::CallState;
use crate::model::effect::{Effect, TelephoneAction};
use crate::model::event::{Direction, Event};
use crate::model::ids::{AccountId, CallId};
use crate::model::limits;
use crate::model::phone::PhoneNumber;
use crate::model::plan::{Plan, Verb};
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
        for _ in 0..limits::DECISIONS_MAX {
            match self.try_step(incoming).await? {
                Tried::Answered(answered) => return Ok(answered),
                Tried::Lost => {}
            }
        }
        // So many others at once is no ordinary day: say so, and let the safe plan answer.
        tracing::warn!(call = %incoming.call, "A step lost against others again and again");
        Err(StoreError::Busy)
    }

    async fn try_step(&self, incoming: &Incoming) -> Result<Tried, StoreError> {
        if let Some(delivery) = incoming.delivery
            && let Some(answered) = self.repeat(incoming, delivery).await?
        {
            return Ok(Tried::Answered(answered));
        }
        let known = self.journal.call(incoming.call).await?;
        let now = self.clock.now();
        let (gathered, before, number, new_call) =
            match known.as_ref().and_then(|known| known.state.as_ref().map(|state| (known, state))) {
                Some((known, state)) => (self.gather(&incoming.line, state).await?, CallState::clone(state), known.number, None),
                None => {
                    let (gathered, state) = self.begin_inbound(incoming).await?;
                    let new_call = new_call(incoming, &state, now);
                    (gathered, state, 0, Some(new_call))
                }
            };
        let facts = gathered.facts();
        let decision = call::step(&before, &incoming.event, &facts, now);
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

    /// The document of a call as it stands, for a webhook that says nothing new. A call that nobody knows is hung up.
    ///
    /// # Errors
    /// The store's.
    pub async fn document_of_call(&self, call: CallId, line: &Arc<Line>, wanted: &Wanted) -> Result<Plan, StoreError> {
        let known = self.journal.call(call).await?;
        let Some((state, number)) = known.and_then(|known| Some((known.state?, known.number))) else {
            return Ok(Plan::new(vec![Verb::Hangup]));
        };
        let gathered = self.gather(line, &state).await?;
        let facts = gathered.facts();
        Ok(document_of_state(wanted, &Standing { facts: &facts, state: &state, step: number, now: self.clock.now() }))
    }

    /// The facts for a call that is under way.
    pub(crate) async fn gather(&self, line: &Arc<Line>, state: &CallState) -> Result<Gathered, StoreError> {
        let snapshot = self.settings.now();
        let settings = match &state.organisation {
            Some(organisation) => self.settings_of(organisation, state.version).await?,
            None => nobody_s_settings(),
        };
        let mut gathered = Gathered::from_memory(self, &snapshot, line, settings);
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
