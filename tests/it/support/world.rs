//! A world in memory in which scenarios and random sequences play: calls, files, deliveries. Its only logic about people
//! and alerts is `decide::apply`.

use crate::support::twiml_check;
use assistline::app::scenario::{
    Action, AdministratorEvent, End, Kind, ProviderEvent, Scenario, Step, VersionState, actions, language, phone,
};
use assistline::decide::speak::{self, Judged, Standing};
use assistline::decide::{Decision, Facts, apply, call, text};
use assistline::dialect::twilio::Twilio;
use assistline::dialect::{Callbacks, Dialect};
use assistline::model::alert::{AlertKind, OpenAlert};
use assistline::model::answer::Answer;
use assistline::model::call_state::{CallState, Phase};
use assistline::model::capabilities::Capabilities;
use assistline::model::effect::{Effect, Status, TelephoneAction};
use assistline::model::event::{Direction, Event};
use assistline::model::ids::{AlertId, CallId, IdSource, LineId, OrganisationId, QueryId, TravellerRow};
use assistline::model::phone::PhoneNumber;
use assistline::model::plan::Verb;
use assistline::model::token::StepToken;
use assistline::model::traveller::{Person, QueryPart};
use assistline::settings::Settings;
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// A provider that can do everything.
pub(crate) static ABLE: Capabilities = Capabilities {
    speech: true,
    confirm: true,
    speaks_after_key: true,
    machine_detection: true,
    change_call: true,
    texts: true,
    languages: &[],
};

/// The world.
pub(crate) struct World {
    /// Settings by version.
    pub(crate) settings: BTreeMap<u32, Settings>,
    /// The active version.
    pub(crate) active: u32,
    /// The organisation's line, which is also its emergency number.
    pub(crate) line: PhoneNumber,
    /// Travellers' files, and their numbers and names beside them.
    pub(crate) people: Vec<Person>,
    numbers: Vec<(String, PhoneNumber)>,
    /// Alerts without a traveller.
    pub(crate) alerts_of_nobody: Vec<OpenAlert>,
    /// All alerts ever raised, in order.
    pub(crate) raised: Vec<(AlertId, AlertKind)>,
    /// Calls by the provider's name for them.
    pub(crate) calls: BTreeMap<String, CallState>,
    deliveries: BTreeMap<String, Vec<TelephoneAction>>,
    /// The traveller that the query is about.
    pub(crate) queried: Option<TravellerRow>,
    /// Why the last decision was taken.
    pub(crate) because: Vec<String>,
    connected: Vec<TravellerRow>,
    ids: IdSource,
    /// The time of day; stands still unless its owner moves it.
    pub(crate) now: DateTime<Utc>,
}

/// The one query of a world.
pub(crate) const QUERY: QueryId = QueryId(uuid::Uuid::from_u128(7));

impl World {
    /// The world before the first step of a scenario.
    pub(crate) fn new(scenario: &Scenario) -> Result<Self, String> {
        let organisation = &scenario.organisation;
        let versions = organisation.versions.iter();
        let settings: BTreeMap<u32, Settings> = versions
            .map(|document| Ok((document.version, document.settings(&organisation.name)?)))
            .collect::<Result<_, String>>()?;
        let active = organisation.versions.iter().find(|document| document.state == VersionState::Active);
        let active = active.ok_or("no version is active")?.version;
        let mut world = Self::of(settings, phone(&organisation.emergency_number)?, Vec::new());
        world.active = active;
        world.people_of(scenario)?;
        world.attempt_1_of(scenario);
        Ok(world)
    }

    /// A world with these settings, version 1 active, and these files with their names and numbers.
    pub(crate) fn of(settings: BTreeMap<u32, Settings>, line: PhoneNumber, files: Vec<(Person, String, PhoneNumber)>) -> Self {
        let (people, numbers) = files.into_iter().map(|(person, name, number)| (person, (name, number))).unzip();
        Self {
            settings,
            active: 1,
            line,
            people,
            numbers,
            alerts_of_nobody: Vec::new(),
            raised: Vec::new(),
            calls: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            queried: None,
            because: Vec::new(),
            connected: Vec::new(),
            ids: IdSource::counted(),
            now: DateTime::from_timestamp(1_790_000_000, 0).expect("a time"),
        }
    }

    fn people_of(&mut self, scenario: &Scenario) -> Result<(), String> {
        for (row, traveller) in (1..).zip(&scenario.situation.travellers) {
            let query = scenario.situation.query.as_ref().filter(|query| query.traveller == traveller.id);
            let row = TravellerRow(row);
            let part = query.map(|query| QueryPart {
                query: QUERY,
                settled: false,
                retry_minutes: self.settings[&self.active].status_call.retry_minutes.clone(),
                placed: 1,
                planned: query.retry_pending.then_some(2),
                ended: if query.retry_pending { vec![1] } else { Vec::new() },
            });
            if part.is_some() {
                self.queried = Some(row);
            }
            self.people.push(Person {
                row,
                name: None,
                language: Some(language(&traveller.language)?),
                status: None,
                query: part,
                alerts: Vec::new(),
                place: None,
                revision: 0,
            });
            self.numbers.push((traveller.id.clone(), phone(&traveller.phone)?));
        }
        Ok(())
    }

    fn attempt_1_of(&mut self, scenario: &Scenario) {
        if scenario.situation.kind == Kind::OutboundStatusCall {
            self.place("out-1");
        } else if self.queried.is_some() {
            // It was made and failed before the scenario begins.
            self.place("out-1");
            let state = self.calls.get_mut("out-1").expect("placed");
            (state.attempt_ended, state.line_ended, state.phase) = (true, true, Phase::Over);
        }
    }

    /// Places an attempt of the query with the active version.
    pub(crate) fn place(&mut self, name: &str) {
        let attempt: u8 = name.trim_start_matches("out-").parse().expect("a number of an attempt");
        let row = self.queried.expect("a query");
        let called = self.number(row).clone();
        let person = self.people.iter_mut().find(|person| person.row == row).expect("a traveller");
        apply::placed(person, QUERY, attempt);
        self.begin(name, Direction::Outbound, Some(called), vec![row], attempt);
    }

    fn begin(&mut self, name: &str, direction: Direction, phone: Option<PhoneNumber>, rows: Vec<TravellerRow>, attempt: u8) {
        let beginning = call::Beginning {
            call: CallId(self.ids.fresh()),
            organisation: OrganisationId::new("org").expect("a slug"),
            line: LineId::new("line").expect("a slug"),
            direction,
            version: self.active,
            traveller_phone: phone,
            query: (attempt > 0).then_some(QUERY),
            attempt,
        };
        let people = self.files(&rows);
        let state = call::begin(beginning, &self.facts(self.active, &people, None), self.now);
        self.calls.insert(name.to_owned(), state);
    }

    fn number(&self, row: TravellerRow) -> &PhoneNumber {
        let place = usize::try_from(row.0 - 1).expect("a row");
        &self.numbers[place].1
    }

    /// The travellers with that number.
    fn rows_with(&self, number: Option<&PhoneNumber>) -> Vec<TravellerRow> {
        let rows = self.people.iter().map(|person| person.row);
        rows.filter(|row| Some(self.number(*row)) == number).collect()
    }

    fn files(&self, rows: &[TravellerRow]) -> Vec<Person> {
        self.people.iter().filter(|person| rows.contains(&person.row)).cloned().collect()
    }

    fn facts<'a>(&'a self, version: u32, people: &'a [Person], words_mean: Option<Answer>) -> Facts<'a> {
        Facts {
            settings: &self.settings[&version],
            line_number: &self.line,
            emergency_number: &self.line,
            people,
            query: None,
            capabilities: &ABLE,
            inbound: None,
            caller_is_ours: false,
            words_mean,
            durable: true,
            seed: self.ids.fresh(),
        }
    }

    /// Plays one step and says what the engine did.
    pub(crate) fn play(&mut self, step: &Step) -> Result<Vec<Action>, String> {
        if let Some(AdministratorEvent::SettingsActivated { version }) = step.administrator {
            self.active = version;
            return Ok(vec![Action::Nothing]);
        }
        let provider = step.provider.as_ref().ok_or("a step without an event")?;
        let words_mean = step.means.as_deref().and_then(Answer::from_word);
        self.deliver(provider, words_mean)
    }

    fn deliver(&mut self, provider: &ProviderEvent, words_mean: Option<Answer>) -> Result<Vec<Action>, String> {
        let (telephone, effects) = match self.deliveries.get(&provider.id) {
            Some(stored) => (stored.clone(), Vec::new()),
            None => {
                let event = provider.event()?;
                let (telephone, effects) = match &provider.call {
                    Some(name) => self.happens(name, &event, words_mean),
                    None => self.text(&event, words_mean),
                };
                self.deliveries.insert(provider.id.clone(), telephone.clone());
                (telephone, effects)
            }
        };
        let name = |row: TravellerRow| self.numbers[usize::try_from(row.0 - 1).expect("a row")].0.clone();
        Ok(actions(&telephone, &effects, name))
    }

    /// An event of a call happens.
    pub(crate) fn happens(
        &mut self,
        name: &str,
        event: &Event,
        words_mean: Option<Answer>,
    ) -> (Vec<TelephoneAction>, Vec<Effect>) {
        if !self.calls.contains_key(name) {
            self.arrive(name, event);
        }
        let state = &self.calls[name];
        let version = if state.organisation.is_some() { state.version } else { self.active };
        let people = self.files(&state.travellers);
        let facts = self.facts(version, &people, words_mean);
        let decision = call::step(state, event, &facts, self.now);
        check_document(&decision, event, &facts, self.now);
        self.remember(&decision.effects, decision.state.call);
        self.calls.insert(name.to_owned(), decision.state);
        self.because = decision.because;
        (decision.telephone, decision.effects)
    }

    /// The first event of a call that is not known yet.
    fn arrive(&mut self, name: &str, event: &Event) {
        if name.starts_with("out-") {
            return self.place(name);
        }
        if let Event::CallAnswered { caller, called, .. } = event
            && *called == self.line
        {
            let caller = caller.clone();
            let rows = self.rows_with(caller.as_ref());
            self.begin(name, Direction::Inbound, caller, rows, 0);
        } else {
            let state = call::begin_for_nobody(CallId(self.ids.fresh()), LineId::new("line").expect("a slug"));
            self.calls.insert(name.to_owned(), state);
        }
    }

    /// A text comes in.
    pub(crate) fn text(&mut self, event: &Event, words_mean: Option<Answer>) -> (Vec<TelephoneAction>, Vec<Effect>) {
        let Event::SmsReceived { caller, called, text } = event else { return (Vec::new(), Vec::new()) };
        let message = CallId(self.ids.fresh());
        let decision = if *called == self.line {
            let people = self.files(&self.rows_with(caller.as_ref()));
            text::judge(message, text, &self.facts(self.active, &people, words_mean))
        } else {
            text::to_nobody(message, self.ids.fresh())
        };
        self.remember(&decision.effects, message);
        (decision.telephone, decision.effects)
    }

    fn remember(&mut self, effects: &[Effect], call: CallId) {
        for effect in effects {
            if let Effect::RaiseAlert { id, kind, .. } = effect {
                self.raised.push((*id, *kind));
            }
            if let Effect::Record { traveller: Some(row), status: Status::Connected } = effect {
                self.connected.push(*row);
            }
            for person in &mut self.people {
                apply::apply(person, effect, call);
            }
            apply::apply_to_alerts_of_nobody(&mut self.alerts_of_nobody, effect, call);
        }
    }

    /// Did a desk take any call of this traveller?
    pub(crate) fn was_connected(&self, row: TravellerRow) -> bool {
        self.connected.contains(&row)
    }

    /// Alerts that are not settled, in order of raising.
    pub(crate) fn open_alerts(&self) -> Vec<AlertKind> {
        let files = self.people.iter().flat_map(|person| &person.alerts).chain(&self.alerts_of_nobody);
        let open: Vec<AlertId> = files.map(|alert| alert.id).collect();
        self.raised.iter().filter(|(id, _)| open.contains(id)).map(|(_, kind)| *kind).collect()
    }

    /// What stands at the end.
    pub(crate) fn end(&self) -> End {
        let names = self.numbers.iter().map(|(name, _)| name.clone());
        let statuses = self.people.iter().map(|person| person.status.map_or("unknown", Answer::as_str).to_owned());
        let mut kinds: Vec<AlertKind> = Vec::new();
        for kind in self.open_alerts() {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        End {
            status: names.zip(statuses).collect(),
            open_alerts: kinds.into_iter().map(|kind| kind.as_str().to_owned()).collect(),
            retry_pending: self.people.iter().any(|person| person.query.as_ref().is_some_and(|part| part.planned.is_some())),
        }
    }
}

/// Whatever was decided, whoever waits gets valid call control: no dead end, no number but that of the desk being called,
/// and a document by the provider's rules.
fn check_document(decision: &Decision, event: &Event, facts: &Facts<'_>, now: DateTime<Utc>) {
    let standing = Standing { facts, state: &decision.state, step: 7, now };
    let judged = Judged { standing, event, telephone: &decision.telephone, effects: &decision.effects };
    let plan = speak::plan(&judged).unwrap_or_else(|| speak::waiting(&standing));
    assert!(!plan.has_dead_end(), "a dead end: {plan:?}");
    for verb in &plan.verbs {
        if let Verb::Dial { phone, caller_id, .. } = verb {
            let desk = decision.state.forward.as_ref().map(|forward| &forward.desk.phone);
            assert_eq!(Some(phone), desk, "a number that is not the desk being called");
            assert_eq!(caller_id, facts.line_number);
        }
    }
    let seal = |_: &StepToken| "token".to_owned();
    let callbacks = Callbacks { public_url: "https://calls.example", line: "line", seal: &seal };
    let reply = Twilio.render(&plan, &callbacks);
    assert!(reply.body.len() <= 64_000);
    let whole = reply.body.ends_with("</Response>") || reply.body.ends_with("<Response/>");
    assert!(whole && !twiml_check::records(&reply.body), "{}", reply.body);
    // The strict reading costs more than all the rest; a part of the documents is enough to meet every kind of them.
    if reply.body.len().is_multiple_of(8) {
        let problems = twiml_check::check(&reply.body, "voice", "document");
        let errors: Vec<_> = problems.iter().filter(|problem| problem.severity == "error").collect();
        assert!(errors.is_empty(), "{errors:?} in {}", reply.body);
    }
}
