//! Places the status call of one attempt: the claim is durable before the phone rings, so that no crash rings it twice.

use crate::app::engine::App;
use crate::app::facts::Gathered;
use crate::app::judge_step::{Incoming, Wanted};
use crate::decide::call::{self, Beginning};
use crate::dialect::{CallOrder, Callbacks, CarrierError, CarrierErrorKind};
use crate::model::alert::{AlertKind, Severity};
use crate::model::call_state::CallState;
use crate::model::event::{Direction, Event, LineStatus};
use crate::model::ids::{CallId, OrganisationId, ProviderCallId, QueryId, TravellerRow};
use crate::model::phone::PhoneNumber;
use crate::model::token::{CallbackKind, StepToken};
use crate::store::StoreError;
use crate::store::calls::NewCall;
use crate::store::journal::{SeenId, StepWrite};
use crate::store::queries::AttemptChange;
use crate::store::snapshot::Line;
use chrono::{SubsecRound, TimeDelta};
use std::sync::Arc;

/// How long an attempt waits that could not be ordered for a fault of our own account.
const ACCOUNT_FAULT_PAUSE_SECONDS: i64 = 60;

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
    /// Whom it rings.
    pub to: PhoneNumber,
}

impl App {
    /// Claims an attempt: begins its call in the journal. None: it is not planned any more, or has no line or number.
    ///
    /// # Errors
    /// The store's.
    pub async fn claim_attempt(&self, attempt: &Attempt) -> Result<Option<Claimed>, StoreError> {
        let snapshot = self.settings.now();
        let Some(organisation) = snapshot.organisations.get(&attempt.organisation) else { return Ok(None) };
        let mut lines: Vec<&Arc<Line>> =
            snapshot.lines.values().filter(|line| line.organisation.as_ref() == Some(&organisation.id)).collect();
        lines.sort_by(|a, b| a.id.cmp(&b.id));
        let entry = self.store.traveller_by_row(attempt.traveller).await?;
        let Some(phone_index) = usize::from(attempt.attempt.saturating_sub(1)).checked_rem(entry.phones.len()) else {
            return Ok(None);
        };
        let (Some(line), Some(to)) = (lines.first(), entry.phones.get(phone_index).cloned()) else {
            tracing::error!(organisation = %organisation.id, "A status call cannot be placed: the organisation has no line");
            return Ok(None);
        };
        let mut gathered = Gathered::from_memory(self, &snapshot, line, Arc::clone(&organisation.active));
        gathered.people = self.people(&[attempt.traveller]).await?;
        let now = self.clock.now();
        let beginning = Beginning {
            call: CallId(self.ids.fresh()),
            organisation: organisation.id.clone(),
            line: line.id.clone(),
            direction: Direction::Outbound,
            version: organisation.active.version,
            traveller_phone: Some(to.clone()),
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
        let Some(claimed) = self.claim_attempt(attempt).await? else { return Ok(()) };
        match self.order(&claimed).await {
            Ok(id) => self.bind(&claimed, id).await,
            Err(error) => self.order_failed(attempt, &claimed, &error).await,
        }
    }

    async fn order(&self, claimed: &Claimed) -> Result<ProviderCallId, CarrierError> {
        let Claimed { state, line, to } = claimed;
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
    async fn bind(&self, claimed: &Claimed, id: ProviderCallId) -> Result<(), StoreError> {
        for _ in 0..crate::model::limits::DECISIONS_MAX {
            let Some(known) = self.journal.call(claimed.state.call).await? else { return Ok(()) };
            if known.provider_call.is_some() {
                return Ok(());
            }
            let mut write = StepWrite::new(claimed.state.call, known.number.saturating_add(1), "placed", self.clock.now());
            write.organisation.clone_from(&claimed.state.organisation);
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
        tracing::warn!(call = %claimed.state.call, %error, "A status call could not be ordered");
        match error.kind {
            // This number cannot be called: the attempt has its result.
            CarrierErrorKind::Refused => {
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
            // A fault of ours burns no attempt.
            CarrierErrorKind::Account | CarrierErrorKind::Throttled | CarrierErrorKind::NoSuchCall => {
                let pause = error.retry_after_seconds.map_or(0, i64::from).max(ACCOUNT_FAULT_PAUSE_SECONDS);
                self.give_back(attempt, claimed, TimeDelta::seconds(pause)).await?;
                if error.kind == CarrierErrorKind::Throttled {
                    return Ok(());
                }
                self.tell_operator(AlertKind::AccountFault, Severity::High, Some(&claimed.line), "account").await;
                Ok(())
            }
            // The call may exist: its deadline looks it up, and its webhooks are adopted by this attempt.
            CarrierErrorKind::Unreachable | CarrierErrorKind::Unintelligible => Ok(()),
        }
    }

    /// Plans the attempt again: nothing rang.
    async fn give_back(&self, attempt: &Attempt, claimed: &Claimed, pause: TimeDelta) -> Result<(), StoreError> {
        for _ in 0..crate::model::limits::DECISIONS_MAX {
            let Some(known) = self.journal.call(claimed.state.call).await? else { return Ok(()) };
            let Some(state) = known.state else { return Ok(()) };
            let people = self.people(&state.travellers).await?;
            let mut state = CallState::clone(&state);
            state.phase = crate::model::call_state::Phase::Over;
            state.deadline = None;
            let now = self.clock.now();
            let mut write = StepWrite::new(state.call, known.number.saturating_add(1), "given_back", now);
            write.organisation.clone_from(&state.organisation);
            write.state = Some(state);
            write.because = vec!["The order failed for a fault of our account, so the attempt is planned again.".to_owned()];
            write.people = people.iter().map(|person| (person.row, person.revision)).collect();
            write.attempt = Some(AttemptChange::GiveBack {
                query: attempt.query,
                traveller: attempt.traveller,
                attempt: attempt.attempt,
                again_at: now + pause,
            });
            match self.journal.write(write).await {
                Ok(_) => return Ok(()),
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Busy)
    }
}
