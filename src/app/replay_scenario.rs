//! Replays a scenario through the whole engine: a database of its own, settings saved as an administrator saves them, calls
//! begun as calls begin, every event judged and journalled. Only the provider is left out.

use crate::app::delivery;
use crate::app::engine::App;
use crate::app::judge_step::{Incoming, Wanted};
use crate::app::place_call::Attempt;
use crate::app::scenario::{self, Action, AdministratorEvent, End, Kind, ProviderEvent, Scenario, Step, VersionState};
use crate::model::alert::AlertKind;
use crate::model::answer::Answer;
use crate::model::effect::{Effect, TelephoneAction};
use crate::model::event::{Event, LineStatus};
use crate::model::ids::{AccountId, CallId, LineId, OrganisationId, ProviderCallId, QueryId, TravellerId, TravellerRow};
use crate::model::phone::PhoneNumber;
use crate::store::accounts::AccountRow;
use crate::store::alerts::AlertFilter;
use crate::store::journal::SeenId;
use crate::store::lines::LineRow;
use crate::store::queries::NewQuery;
use crate::store::settings_versions::{Becomes, NewVersion, PlannedVersions};
use crate::store::snapshot::{Line, SealedSecret};
use crate::store::travellers::TravellerFields;
use crate::store::{By, StoreError};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What differed first.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// From 1; None: the last comparison.
    pub step: Option<usize>,
    /// What the scenario wants.
    pub expected: serde_json::Value,
    /// What the engine did.
    pub actual: serde_json::Value,
}

/// Why a scenario could not be replayed to its end.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The scenario says something that cannot be.
    #[error("{0}")]
    Scenario(String),
    /// The engine's memory.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine answered a provider in a way that no provider understands.
    #[error("step {step}: {says}")]
    Answer {
        /// From 1; 0: before the first step.
        step: usize,
        /// What is wrong with the answer.
        says: String,
    },
}

impl From<String> for ReplayError {
    fn from(text: String) -> Self {
        Self::Scenario(text)
    }
}

/// The webhook secret of the replayed account, and its password.
pub const REPLAY_SECRET: &str = "a secret for replays only";
/// The replayed account's id at its provider.
pub const REPLAY_ACCOUNT_SID: &str = "AC00000000000000000000000000000000";
/// The replayed line, as its webhooks name it.
pub const REPLAY_LINE: &str = "replayed";

/// The account that a scenario is replayed over.
#[derive(Debug, Clone)]
pub struct ReplayAccount {
    /// Whose dialect it speaks.
    pub provider: String,
    /// Where our REST requests go; None: there are none.
    pub api_base_url: Option<String>,
}

impl Default for ReplayAccount {
    fn default() -> Self {
        Self { provider: "twilio".to_owned(), api_base_url: None }
    }
}

/// A scenario on its way through an engine.
#[derive(Debug)]
pub struct Replay {
    app: Arc<App>,
    line: Arc<Line>,
    organisation: OrganisationId,
    query: Option<(QueryId, TravellerRow)>,
    names: BTreeMap<TravellerRow, String>,
    calls: BTreeMap<String, CallId>,
    words_as_given: bool,
}

fn slug(error: &str) -> ReplayError {
    ReplayError::Scenario(error.to_owned())
}

/// Replays one scenario. None: it went as it should.
///
/// # Errors
/// A scenario that cannot be, or the memory's.
pub async fn replay_scenario(
    app: &Arc<App>,
    scenario: &Scenario,
    words_as_given: bool,
) -> Result<Option<Difference>, ReplayError> {
    scenario::check_words(scenario)?;
    let mut replay = Replay::prepare(app, scenario, words_as_given, &ReplayAccount::default()).await?;
    replay.begin(scenario).await?;
    for (number, step) in (1..).zip(&scenario.steps) {
        let actual = replay.play(step).await?;
        if !scenario::same(&step.engine, &actual) {
            return Ok(Some(difference(Some(number), &step.engine, &actual)));
        }
    }
    let end = replay.end().await?;
    Ok((end != scenario.end).then(|| difference(None, &scenario.end, &end)))
}

/// A difference as the API shows it.
pub fn difference<T: serde::Serialize + ?Sized, U: serde::Serialize + ?Sized>(
    step: Option<usize>,
    expected: &T,
    actual: &U,
) -> Difference {
    let value = |result: serde_json::Result<serde_json::Value>| result.unwrap_or(serde_json::Value::Null);
    Difference { step, expected: value(serde_json::to_value(expected)), actual: value(serde_json::to_value(actual)) }
}

impl Replay {
    /// Saves what the scenario begins with: settings, line, travellers, query. No attempt is placed yet.
    ///
    /// # Errors
    /// A scenario that cannot be, or the memory's.
    pub async fn prepare(
        app: &Arc<App>,
        scenario: &Scenario,
        words_as_given: bool,
        account: &ReplayAccount,
    ) -> Result<Self, ReplayError> {
        let organisation = OrganisationId::new("replayed").ok_or_else(|| slug("no organisation"))?;
        save_versions(app, &organisation, scenario).await?;
        let line = save_line(app, &organisation, scenario, account).await?;
        let mut names = BTreeMap::new();
        for traveller in &scenario.situation.travellers {
            let id = TravellerId::new(&traveller.id).ok_or_else(|| slug("no traveller id"))?;
            let fields = TravellerFields {
                phones: vec![scenario::phone(&traveller.phone)?],
                language: Some(scenario::language(&traveller.language)?),
                ..TravellerFields::default()
            };
            let (entry, _) = app.store.put_traveller(&organisation, &id, &fields, by(app)).await?;
            names.insert(entry.row, traveller.id.clone());
        }
        let mut replay =
            Self { app: Arc::clone(app), line, organisation, query: None, names, calls: BTreeMap::new(), words_as_given };
        replay.start_query(scenario).await?;
        Ok(replay)
    }

    async fn start_query(&mut self, scenario: &Scenario) -> Result<(), ReplayError> {
        let Some(open) = &scenario.situation.query else { return Ok(()) };
        let row = self.names.iter().find(|(_, name)| **name == open.traveller).map(|(row, _)| *row);
        let row = row.ok_or_else(|| slug("the query asks nobody who is there"))?;
        let active = scenario.organisation.versions.iter().find(|version| version.state == VersionState::Active);
        let retry_minutes = active.ok_or_else(|| slug("no version is active"))?.retry_minutes();
        let id = QueryId(self.app.ids.fresh());
        let new = NewQuery {
            id,
            organisation: &self.organisation,
            incident: "{}",
            exercise: false,
            travellers: &[row],
            retry_minutes,
            idempotency_key: None,
        };
        self.app.store.start_query(&new, by(&self.app)).await?;
        self.query = Some((id, row));
        Ok(())
    }

    /// Places attempt 1 of the query, if there is one: what happens before the first step.
    ///
    /// # Errors
    /// A scenario that cannot be, or the memory's.
    pub async fn begin(&mut self, scenario: &Scenario) -> Result<(), ReplayError> {
        if self.query.is_none() {
            return Ok(());
        }
        let first = self.place("out-1", 1).await?;
        if scenario.situation.kind != Kind::OutboundStatusCall {
            // Attempt 1 was made and failed before the scenario begins.
            let event = Event::CallStatus { status: LineStatus::NoAnswer };
            self.app.judge_step(&self.incoming(first, event, None)).await?;
        }
        Ok(())
    }

    /// An attempt of the scenario's query.
    ///
    /// # Errors
    /// The scenario has no query.
    pub fn attempt(&self, attempt: u8) -> Result<Attempt, ReplayError> {
        let (query, traveller) = self.query.ok_or_else(|| slug("an attempt without a query"))?;
        Ok(Attempt { organisation: self.organisation.clone(), query, traveller, attempt })
    }

    /// Is there a query that an attempt can belong to?
    #[must_use]
    pub const fn has_query(&self) -> bool {
        self.query.is_some()
    }

    async fn place(&mut self, name: &str, attempt: u8) -> Result<CallId, ReplayError> {
        let attempt = self.attempt(attempt)?;
        let claimed = self.app.claim_attempt(&attempt).await?;
        let call = claimed.ok_or_else(|| ReplayError::Scenario(format!("{name} is not planned")))?.state.call;
        self.calls.insert(name.to_owned(), call);
        Ok(call)
    }

    /// The call of an event; an attempt is placed, and an inbound call begins, at its first event.
    ///
    /// # Errors
    /// A name that is none, or the memory's.
    pub async fn call(&mut self, name: &str) -> Result<CallId, ReplayError> {
        if let Some(call) = self.calls.get(name) {
            return Ok(*call);
        }
        if let Some(attempt) = attempt_number(name)? {
            return self.place(name, attempt).await;
        }
        let call = CallId(self.app.ids.fresh());
        self.calls.insert(name.to_owned(), call);
        Ok(call)
    }

    fn incoming(&self, call: CallId, event: Event, delivery: Option<&str>) -> Incoming {
        Incoming {
            call,
            line: Arc::clone(&self.line),
            event,
            delivery: delivery.map(delivery::named),
            seen: vec![SeenId { leg: 0, id: ProviderCallId(format!("replayed-{call}")) }],
            wanted: Wanted::Traveller,
        }
    }

    /// Plays one step and says what the engine did.
    ///
    /// # Errors
    /// A scenario that cannot be, or the memory's.
    pub async fn play(&mut self, step: &Step) -> Result<Vec<Action>, ReplayError> {
        if let Some(event) = &step.administrator {
            self.administrate(event).await?;
            return Ok(vec![Action::Nothing]);
        }
        let provider = step.provider.as_ref().ok_or_else(|| slug("a step without an event"))?;
        self.give_words(step);
        self.deliver(provider).await
    }

    /// From now on the words of a delivery mean what the step says, where that is wanted.
    pub fn give_words(&self, step: &Step) {
        self.app.words_given.set(step.means.as_deref().and_then(Answer::from_word).filter(|_| self.words_as_given));
    }

    /// What a decision did, in the words of the corpora.
    #[must_use]
    pub fn actions(&self, telephone: &[TelephoneAction], effects: &[Effect]) -> Vec<Action> {
        scenario::actions(telephone, effects, |row| self.names.get(&row).cloned().unwrap_or_default())
    }

    /// Does what an administrator does.
    ///
    /// # Errors
    /// The memory's.
    pub async fn administrate(&self, event: &AdministratorEvent) -> Result<(), ReplayError> {
        let AdministratorEvent::SettingsActivated { version } = event;
        self.app.store.activate_version(&self.organisation, *version, None, by(&self.app)).await?;
        self.app.settings.refresh(&self.app.store, self.app.clock.now()).await?;
        Ok(())
    }

    async fn deliver(&mut self, provider: &ProviderEvent) -> Result<Vec<Action>, ReplayError> {
        let event = provider.event()?;
        let (telephone, effects) = match &provider.call {
            None => {
                let answered = self.app.judge_text(&self.line, &event, delivery::named(&provider.id)).await?;
                (answered.telephone, answered.effects)
            }
            Some(name) => {
                let call = self.call(name).await?;
                let answered = self.app.judge_step(&self.incoming(call, event, Some(&provider.id))).await?;
                (answered.telephone, answered.effects)
            }
        };
        Ok(self.actions(&telephone, &effects))
    }

    /// What stands at the end, read from the memory.
    ///
    /// # Errors
    /// The memory's.
    pub async fn end(&self) -> Result<End, ReplayError> {
        let mut status = BTreeMap::new();
        for (row, name) in &self.names {
            let entry = self.app.store.traveller_by_row(*row).await?;
            status.insert(name.clone(), entry.status.map_or("unknown", Answer::as_str).to_owned());
        }
        let mut alerts = self.app.store.alerts(Some(&self.organisation), AlertFilter::Unsettled, None, 1_000).await?;
        alerts.extend(self.app.store.alerts(None, AlertFilter::Unsettled, None, 1_000).await?);
        alerts.sort_by_key(|alert| alert.row_id);
        let mut kinds: Vec<AlertKind> = Vec::new();
        for alert in alerts {
            if !kinds.contains(&alert.kind) {
                kinds.push(alert.kind);
            }
        }
        let people = match self.query {
            Some((query, _)) => self.app.store.query_people(query, None, 1_000).await?,
            None => Vec::new(),
        };
        Ok(End {
            status,
            open_alerts: kinds.into_iter().map(|kind| kind.as_str().to_owned()).collect(),
            retry_pending: people.iter().any(|person| person.planned.is_some()),
        })
    }
}

/// The attempt that a call's name stands for; None: the call comes in.
///
/// # Errors
/// A name that is none.
pub fn attempt_number(name: &str) -> Result<Option<u8>, ReplayError> {
    let Some(number) = name.strip_prefix("out-") else { return Ok(None) };
    number.parse().map(Some).map_err(|error| ReplayError::Scenario(format!("{name}: {error}")))
}

fn by(app: &App) -> By<'static> {
    By { who: "replay", at: app.clock.now() }
}

async fn save_versions(app: &App, organisation: &OrganisationId, scenario: &Scenario) -> Result<(), ReplayError> {
    let versions = scenario.organisation.versions.iter();
    for document in versions.clone() {
        let (settings, centre) = document.documents(&scenario.organisation.name);
        let (settings, centre) = (settings.to_string(), centre.to_string());
        let new = NewVersion {
            organisation,
            document: &settings,
            operations_centre: Some(&centre),
            becomes: Becomes::Draft,
            planned: PlannedVersions::Keep,
            expected: &[],
            note: None,
        };
        let saved = app.store.save_version(&new, by(app)).await?;
        if saved.version != document.version {
            return Err(slug("versions are numbered 1, 2, … in their order"));
        }
    }
    let active = versions.filter(|version| version.state == VersionState::Active).map(|version| version.version);
    for version in active {
        app.store.activate_version(organisation, version, None, by(app)).await?;
    }
    Ok(())
}

async fn save_line(
    app: &App,
    organisation: &OrganisationId,
    scenario: &Scenario,
    over: &ReplayAccount,
) -> Result<Arc<Line>, ReplayError> {
    let account = AccountId::new("replayed").ok_or_else(|| slug("no account"))?;
    let secrets = vec![SealedSecret { key: None, secret: REPLAY_SECRET.to_owned() }];
    let seal =
        |plain: Vec<u8>| app.keys.seal_secret(&plain, account.as_str()).map_err(|error| ReplayError::Scenario(error.to_string()));
    let json = |error: serde_json::Error| ReplayError::Scenario(error.to_string());
    let credentials = BTreeMap::from([("account_sid", REPLAY_ACCOUNT_SID), ("auth_token", REPLAY_SECRET)]);
    let row = AccountRow {
        id: account.clone(),
        provider: over.provider.clone(),
        region: None,
        credentials: seal(serde_json::to_vec(&credentials).map_err(json)?)?,
        webhook_secrets: seal(serde_json::to_vec(&secrets).map_err(json)?)?,
        api_base_url: over.api_base_url.clone(),
        calls_per_second: 1.0,
    };
    app.store.put_account(&row, by(app)).await?;
    let id = LineId::new(REPLAY_LINE).ok_or_else(|| slug("no line"))?;
    let number: PhoneNumber = scenario::phone(&scenario.organisation.emergency_number)?;
    let line = LineRow {
        id: id.clone(),
        account,
        number,
        organisation: Some(organisation.clone()),
        inbound: None,
        text_line: None,
        fallback_url: None,
    };
    app.store.put_line(&line, by(app)).await?;
    app.settings.refresh(&app.store, app.clock.now()).await?;
    app.settings.now().lines.get(&id).cloned().ok_or_else(|| slug("the line was not read back"))
}
