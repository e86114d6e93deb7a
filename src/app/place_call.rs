//! Places the status call of one attempt: the claim is durable before the phone rings, so that no crash rings it twice.

use crate::app::engine::App;
use crate::app::facts::Gathered;
use crate::app::judge_step::{Incoming, Wanted};
use crate::decide::call::{self, Beginning};
use crate::dialect::{CallOrder, Callbacks, CarrierError, CarrierErrorKind};
use crate::model::alert::{AlertKind, Severity};
use crate::model::call_state::{CallState, Phase};
use crate::model::event::{Direction, Event, LineStatus};
use crate::model::ids::{CallId, OrganisationId, ProviderCallId, QueryId, TravellerRow};
use crate::model::limits;
use crate::model::phone::PhoneNumber;
use crate::model::token::{CallbackKind, StepToken};
use crate::store::StoreError;
use crate::store::calls::NewCall;
use crate::store::journal::{SeenId, StepWrite};
use crate::store::queries::AttemptChange;
use crate::store::snapshot::Line;
use chrono::SubsecRound;
use std::sync::Arc;

/// Which attempt is placed.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Whose query.
    pub organisation: OrganisationId,
    /// Which query.
    pub query: QueryId,
    /// Whom it asks.
    pub traveller: TravellerRow,
    /// 1, 2, …
    pub attempt: u8,
}

/// An attempt that is claimed: its call exists here, and nowhere else yet.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// The call.
    pub state: CallState,
    /// Over which line.
    pub line: Arc<Line>,
    /// Whom it rings; None: the traveller has no number any more.
    pub to: Option<PhoneNumber>,
}

impl App {
    /// Claims an attempt: begins its call in the journal. None: it is not planned any more, or has no line.
    ///
    /// # Errors
    /// The store's.
    pub async fn claim_attempt(&self, attempt: &Attempt) -> Result<Option<Claimed>, StoreError> {
        let snapshot = self.settings.now();
        let Some(organisation) = snapshot.organisations.get(&attempt.organisation) else { return Ok(None) };
        let Some(line) = snapshot.line_of(&organisation.id) else { return Ok(None) };
        let entry = self.store.traveller_by_row(attempt.traveller).await?;
        let phone_index = usize::from(attempt.attempt.saturating_sub(1)).checked_rem(entry.phones.len()).unwrap_or(0);
        let to = entry.phones.get(phone_index).cloned();
        let mut gathered = Gathered::from_memory(self, &snapshot, line, Arc::clone(&organisation.active));
        gathered.people = self.people(&[attempt.traveller]).await?;
        let now = self.clock.now();
        let beginning = Beginning {
            call: CallId(self.ids.fresh()),
            organisation: organisation.id.clone(),
            line: line.id.clone(),
            direction: Direction::Outbound,
            version: organisation.active.version,
            traveller_phone: to.clone(),
            query: Some(attempt.query),
            attempt: attempt.attempt,
        };
        let state = call::begin(beginning, &gathered.facts(), now);
        let mut write = StepWrite::new(state.call, 1, "claimed", now);
        write.organisation = Some(organisation.id.clone());
        write.state = Some(state.clone());
        write.because = vec!["The attempt is claimed, so that no other process places it, too.".to_owned()];
        write.people = gathered.people.iter().map(|person| (person.row, person.revision)).collect();
        write.new_call = Some(NewCall {
            id: state.call,
            organisation: Some(organisation.id.clone()),
            line: line.id.clone(),
            account: line.account.id.clone(),
            provider_call: None,
            direction: Direction::Outbound,
            traveller: Some(attempt.traveller),
            query: Some(attempt.query),
            attempt: attempt.attempt,
            version: state.version,
            started_at: now,
        });
        write.attempt = Some(AttemptChange::Claim {
            query: attempt.query,
            traveller: attempt.traveller,
            attempt: attempt.attempt,
            phone_index: u8::try_from(phone_index).unwrap_or(u8::MAX),
            retry_minutes: organisation.active.settings.status_call.retry_minutes.clone(),
        });
        match self.journal.write(write).await {
            Ok(_) => Ok(Some(Claimed { state, line: Arc::clone(line), to })),
            // Somebody else has it, or the person has answered meanwhile; what is still planned comes again.
            Err(StoreError::Conflict(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Claims an attempt and orders its call at the provider.
    ///
    /// # Errors
    /// The store's.
    pub async fn place_call(&self, attempt: &Attempt) -> Result<(), StoreError> {
        // From before the claim until the answer is written down, so that a stop knows what it has to wait for.
        let _under_way = self.under_way.orders.begin(attempt.query);
        match self.claim_attempt(attempt).await? {
            Some(claimed) => self.carry_out(attempt, &claimed).await,
            None => Ok(()),
        }
    }

    /// Orders the call of a claimed attempt at the provider.
    ///
    /// # Errors
    /// The store's: the deadline of the call takes care of it.
    pub async fn carry_out(&self, attempt: &Attempt, claimed: &Claimed) -> Result<(), StoreError> {
        let Some(to) = &claimed.to else { return self.cannot_be_called(claimed).await };
        let account = &claimed.line.account.id;
        match self.order(claimed, to).await {
            Ok(id) => {
                self.pace.answered(account);
                self.bind(&claimed.state, id).await
            }
            Err(error) => self.order_failed(attempt, claimed, &error).await,
        }
    }

    async fn order(&self, claimed: &Claimed, to: &PhoneNumber) -> Result<ProviderCallId, CarrierError> {
        let Claimed { state, line, .. } = claimed;
        let token = |kind| StepToken {
            call: state.call,
            step: 1,
            leg: 0,
            kind,
            direction: Direction::Outbound,
            traveller: state.travellers.first().copied(),
            language: state.language.clone(),
            ask: 0,
            heard: false,
            keys: String::new(),
            answer: None,
            tried: 0,
            version: state.version,
            issued_at: self.clock.now().trunc_subsecs(0),
        };
        let ring_seconds = self.settings.now().ring_seconds(state);
        let order = CallOrder {
            to: to.clone(),
            from: line.number.clone(),
            ring_seconds,
            answered: token(CallbackKind::Answered),
            status: token(CallbackKind::LineStatus),
            machine: token(CallbackKind::Machine),
            fallback_url: line.fallback_url.clone(),
        };
        let request = {
            let seal = |token: &StepToken| self.seal(token, &line.id);
            let callbacks = Callbacks { public_url: &self.public_url, line: line.id.as_str(), seal: &seal };
            line.account.dialect.place_call(&order, &line.account.access, &callbacks)
        };
        let response = self.carrier.send(request).await?;
        line.account.dialect.read_placed(&response)
    }

    /// Remembers which call of the provider's it is. A webhook may have been quicker; then that is known already.
    pub(crate) async fn bind(&self, call: &CallState, id: ProviderCallId) -> Result<(), StoreError> {
        for _ in 0..limits::DECISIONS_MAX {
            let Some(known) = self.journal.call(call.call).await? else { return Ok(()) };
            if known.provider_call.is_some() {
                return Ok(());
            }
            let mut write = StepWrite::new(call.call, known.number.saturating_add(1), "placed", self.clock.now());
            write.organisation.clone_from(&call.organisation);
            write.state = known.state.map(|state| CallState::clone(&state));
            write.because = vec!["The provider has taken the order.".to_owned()];
            write.seen = vec![SeenId { leg: 0, id: id.clone() }];
            match self.journal.write(write).await {
                Ok(_) => return Ok(()),
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Busy)
    }

    async fn order_failed(&self, attempt: &Attempt, claimed: &Claimed, error: &CarrierError) -> Result<(), StoreError> {
        let (call, account) = (claimed.state.call, &claimed.line.account.id);
        tracing::warn!(%call, %error, "A status call could not be ordered");
        let now = self.clock.now();
        let retry_after = error.retry_after_seconds.map_or(0, i64::from);
        match error.kind {
            // This number cannot be called: the attempt has its result.
            CarrierErrorKind::Refused => {
                self.pace.answered(account);
                self.cannot_be_called(claimed).await
            }
            // Faults of ours stop the account's queue and burn no attempt.
            CarrierErrorKind::Throttled => {
                self.pace.pause(account, now, retry_after.max(limits::THROTTLED_PAUSE_SECONDS));
                self.give_back(attempt, call, "The provider has too many orders, so the attempt is planned again.").await
            }
            CarrierErrorKind::Account | CarrierErrorKind::NoSuchCall => {
                self.pace.pause(account, now, retry_after.max(limits::ACCOUNT_FAULT_PAUSE_SECONDS));
                let because = "The order failed for a fault of our account, so the attempt is planned again.";
                self.give_back(attempt, call, because).await?;
                self.tell_operator(AlertKind::AccountFault, Severity::High, Some(&claimed.line), "account").await;
                Ok(())
            }
            // The call may exist: it is looked for, and its webhooks are adopted by this attempt.
            CarrierErrorKind::Unreachable | CarrierErrorKind::Unintelligible => {
                self.pace.unanswered(account, now);
                self.plan_looks(&claimed.state).await
            }
        }
    }

    /// The attempt ends as failed: nobody can be called.
    async fn cannot_be_called(&self, claimed: &Claimed) -> Result<(), StoreError> {
        let incoming = Incoming {
            call: claimed.state.call,
            line: Arc::clone(&claimed.line),
            event: Event::CallStatus { status: LineStatus::Failed },
            delivery: None,
            seen: Vec::new(),
            wanted: Wanted::Nothing,
        };
        self.judge_step(&incoming).await.map(drop)
    }

    /// Plans the attempt again, at once: nothing rang. What holds the account's queue holds it, too.
    pub(crate) async fn give_back(&self, attempt: &Attempt, call: CallId, because: &str) -> Result<(), StoreError> {
        for _ in 0..limits::DECISIONS_MAX {
            let Some(known) = self.journal.call(call).await? else { return Ok(()) };
            let Some(state) = known.state.filter(|state| state.phase == Phase::Placing) else { return Ok(()) };
            if known.provider_call.is_some() {
                return Ok(()); // it exists after all
            }
            let people = self.people(&state.travellers).await?;
            let mut state = CallState::clone(&state);
            state.phase = Phase::Over;
            state.deadline = None;
            let now = self.clock.now();
            let mut write = StepWrite::new(call, known.number.saturating_add(1), "given_back", now);
            write.organisation.clone_from(&state.organisation);
            write.state = Some(state);
            write.because = vec![because.to_owned()];
            write.people = people.iter().map(|person| (person.row, person.revision)).collect();
            write.attempt = Some(AttemptChange::GiveBack {
                query: attempt.query,
                traveller: attempt.traveller,
                attempt: attempt.attempt,
                again_at: now,
            });
            match self.journal.write(write).await {
                Ok(_) => {
                    self.work.ring(&self.clock);
                    return Ok(());
                }
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Busy)
    }
}
