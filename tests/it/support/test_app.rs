//! A whole engine in the process: temporary database, a clock that jumps, counted ids, the public router served on loopback,
//! and a simulated provider that rings the phones of the test.

use assistline::app::engine::App;
use assistline::app::open_engine::{EngineParts, open_engine};
use assistline::model::alert::{AlertKind, AlertState};
use assistline::model::answer::Answer;
use assistline::model::clock::{Busy, Clock};
use assistline::model::ids::{AccountId, CallId, IdSource, LineId, OrganisationId, ProviderCallId, QueryId, TravellerId};
use assistline::model::phone::PhoneNumber;
use assistline::outbound::carrier::Carrier;
use assistline::simulator::observation::{Observation, What};
use assistline::simulator::phones::{Phone, Reaction, Ring};
use assistline::simulator::provider::{Provider, ProviderConfig};
use assistline::simulator::{rest, signer};
use assistline::store::accounts::AccountRow;
use assistline::store::alerts::AlertFilter;
use assistline::store::journal::StoredStep;
use assistline::store::lines::LineRow;
use assistline::store::queries::NewQuery;
use assistline::store::seal::Keys;
use assistline::store::settings_versions::{Becomes, NewVersion, PlannedVersions};
use assistline::store::snapshot::SealedSecret;
use assistline::store::travellers::TravellerFields;
use assistline::store::{By, OpenOptions, Store};
use assistline::web::{listen, webhooks};
use assistline::worker::timekeeper::keep_time;
use chrono::{DateTime, TimeDelta};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

static TURNS: Semaphore = Semaphore::const_new(3);

/// The line of `acme`; also its emergency number.
pub(crate) const LINE: &str = "+493023125101";
/// The line of `other`, at another account.
pub(crate) const OTHER_LINE: &str = "+493023125102";
/// A second line of `acme`'s account, of the organisation `third`.
pub(crate) const THIRD_LINE: &str = "+493023125103";
/// The first own contact of `acme`; must confirm.
pub(crate) const FIRST: &str = "+493023125121";
/// The second own contact of `acme`; must confirm.
pub(crate) const SECOND: &str = "+493023125122";
/// The operations centre.
pub(crate) const CENTRE: &str = "+493023125110";
/// The medical provider of `acme`.
pub(crate) const MEDICAL: &str = "+493023125124";
/// The travel provider of `acme`.
pub(crate) const TRAVEL: &str = "+493023125125";
/// The only contact of `third`.
pub(crate) const THIRD_DESK: &str = "+493023125130";
/// Anna, who speaks German.
pub(crate) const ANNA: &str = "+491713920010";
/// Ben, who speaks English.
pub(crate) const BEN: &str = "+14155550100";
/// Nobody that anybody knows.
pub(crate) const STRANGER: &str = "+447700900099";
/// The account of `acme`.
pub(crate) const ACCOUNT_SID: &str = "AC0000000000000000000000000000000a";
/// Its secret.
pub(crate) const SECRET: &str = "invented-secret-of-the-first-account";
/// The account of `other`.
pub(crate) const OTHER_ACCOUNT_SID: &str = "AC0000000000000000000000000000000b";
/// Its secret.
pub(crate) const OTHER_SECRET: &str = "invented-secret-of-the-second-account";

/// A number of the test ranges.
pub(crate) fn phone(text: &str) -> PhoneNumber {
    PhoneNumber::from_e164(text).expect("a number")
}

/// A desk that picks up after some seconds and presses 1 where it is asked to.
pub(crate) fn desk(after_seconds: u32) -> Phone {
    Phone::person(after_seconds, vec![Reaction::key('1')])
}

/// A mailbox: picks up, greets, beeps.
pub(crate) fn mailbox() -> Phone {
    Phone::ringing(Ring::Voicemail { after_seconds: 5, greeting_seconds: 6 })
}

/// The settings of `acme`.
pub(crate) fn acme() -> Value {
    json!({
        "name": "Acme Maschinenbau GmbH", "spoken_name": "Acme", "country": "DE", "time_zone": "Europe/Berlin",
        "languages": ["de", "en"], "emergency_number": "line",
        "assistance": {
            "mode": "own_contact",
            "own_contacts": [
                {"name": "Werkschutz", "phone": FIRST, "must_confirm": true, "ring_seconds": 20},
                {"name": "Reisesicherheit", "phone": SECOND, "must_confirm": true, "ring_seconds": 20},
            ],
            "last_resort_operations_centre": true,
        },
        "medical_provider": {"name": "MedAssist", "phone": MEDICAL, "ring_seconds": 20},
        "travel_provider": {"name": "Kompass", "phone": TRAVEL, "ring_seconds": 20},
        "status_call": {"max_prompts": 3, "ring_seconds": 25, "retry_minutes": [0, 2], "speech": true, "text_first": false},
        "alerts": {"recipients": [{"name": "Duty", "email": "duty@acme.example", "phone": null, "language": "de"}], "repeat_minutes": 5},
        "retention": {"status_queries": "P13M", "alerts": "P24M", "locations": "P90D"},
    })
}

/// The settings of another organisation with one own contact.
pub(crate) fn small(name: &str, contact: &str) -> Value {
    let mut settings = acme();
    settings["name"] = json!(name);
    settings["spoken_name"] = json!(name);
    settings["languages"] = json!(["en"]);
    settings["medical_provider"] = Value::Null;
    settings["travel_provider"] = Value::Null;
    settings["assistance"]["own_contacts"] =
        json!([{"name": "Own desk", "phone": contact, "must_confirm": true, "ring_seconds": 20}]);
    settings["assistance"]["last_resort_operations_centre"] = json!(false);
    settings
}

/// The engine, its provider, and what was seen.
pub(crate) struct TestApp {
    /// The engine.
    pub(crate) app: Arc<App>,
    /// The provider.
    pub(crate) provider: Arc<Provider>,
    /// The clock of both.
    pub(crate) clock: Clock,
    /// Where the public router listens.
    pub(crate) address: SocketAddr,
    /// The database file.
    pub(crate) database: PathBuf,
    observations: Arc<Mutex<Vec<Observation>>>,
    busy: Mutex<Option<Busy>>,
    stop: CancellationToken,
    stop_writer: CancellationToken,
    /// What runs beside the test; dropped with its runtime.
    _tasks: TaskTracker,
    /// Three worlds at a time: promises are measured in real seconds, and a machine has few cores.
    _turn: SemaphorePermit<'static>,
    folder: tempfile::TempDir,
}

fn organisation(id: &str) -> OrganisationId {
    OrganisationId::new(id).expect("a slug")
}

impl TestApp {
    /// Everything up, on a clock that jumps to the next moment somebody waits for.
    pub(crate) async fn new() -> Self {
        let start = DateTime::from_timestamp(1_790_000_000, 0).expect("a time");
        Self::with_clock(Clock::jumping(start), tempfile::tempdir().expect("a folder")).await
    }

    /// The same on the time of day: for what is measured in real seconds.
    pub(crate) async fn in_real_time() -> Self {
        Self::with_clock(Clock::Real, tempfile::tempdir().expect("a folder")).await
    }

    async fn with_clock(clock: Clock, folder: tempfile::TempDir) -> Self {
        let turn = TURNS.acquire().await.expect("a turn");
        assistline::decide::warm_up();
        let busy = clock.busy();
        let database = folder.path().join("assistline.db");
        let url = format!("sqlite://{}", database.display());
        let store = Store::open(&url, OpenOptions::default()).await.expect("a database");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let public_url = format!("http://{address}");
        let carrier = Carrier::new().expect("a client");
        let parts = EngineParts {
            store,
            keys: Keys::derive(b"a key of 32 bytes for tests only"),
            clock: clock.clone(),
            ids: IdSource::counted(),
            carrier: carrier.clone(),
            public_url: public_url.clone(),
            state_dir: Some(folder.path().to_owned()),
        };
        let (app, writer) = open_engine(parts).await.expect("an engine");
        let (stop, stop_writer, tasks) = (CancellationToken::new(), CancellationToken::new(), TaskTracker::new());
        tasks.spawn(writer.run(stop_writer.clone()));
        tasks.spawn(keep_time(Arc::clone(&app), stop.clone()));
        tasks.spawn(listen::serve(listener, webhooks::router(Arc::clone(&app)), stop.clone()));
        let lines = [(LINE, "berlin"), (THIRD_LINE, "third")];
        let (provider, mut receiver) = Provider::new(
            ProviderConfig {
                clock: clock.clone(),
                account_sid: ACCOUNT_SID.to_owned(),
                auth_token: SECRET.to_owned(),
                phones: HashMap::new(),
                lines: lines.map(|(number, id)| (phone(number), format!("{public_url}/webhooks/{id}"))).into(),
                reports_machine_start: true,
            },
            carrier,
        );
        let provider = Arc::new(provider);
        let base = rest::listen(Arc::clone(&provider), stop.clone()).await.expect("a port");
        let observations: Arc<Mutex<Vec<Observation>>> = Arc::default();
        let seen = Arc::clone(&observations);
        tasks.spawn(async move {
            while let Some(observation) = receiver.recv().await {
                seen.lock().unwrap_or_else(PoisonError::into_inner).push(observation);
            }
        });
        let busy = Mutex::new(Some(busy));
        let app = Self {
            app,
            provider,
            clock,
            address,
            database,
            observations,
            busy,
            stop,
            stop_writer,
            _tasks: tasks,
            _turn: turn,
            folder,
        };
        app.set_up(&base).await;
        app
    }

    fn by(&self) -> By<'static> {
        By { who: "test", at: self.clock.now() }
    }

    async fn set_up(&self, provider_base: &str) {
        self.save("acme", &acme()).await;
        self.save("other", &small("Other", "+493023125140")).await;
        self.save("third", &small("Third", THIRD_DESK)).await;
        self.put_account("main", ACCOUNT_SID, &[SECRET], provider_base).await;
        self.put_account("second", OTHER_ACCOUNT_SID, &[OTHER_SECRET], provider_base).await;
        for (id, account, number, owner) in
            [("berlin", "main", LINE, "acme"), ("third", "main", THIRD_LINE, "third"), ("other", "second", OTHER_LINE, "other")]
        {
            self.put_line(id, account, number, Some(owner)).await;
        }
        self.put_traveller("anna", "Anna Meier", ANNA, "de").await;
        self.put_traveller("ben", "Ben Carter", BEN, "en").await;
        for (number, what) in [(FIRST, desk(5)), (SECOND, desk(6)), (CENTRE, desk(4)), (MEDICAL, desk(5)), (TRAVEL, desk(7))] {
            self.provider.set_phone(&phone(number), what);
        }
        self.refresh().await;
    }

    /// Settings, lines and accounts are read again.
    pub(crate) async fn refresh(&self) {
        self.app.settings.refresh(&self.app.store, self.clock.now()).await.expect("a refresh");
    }

    /// Saves and activates settings.
    pub(crate) async fn save(&self, id: &str, settings: &Value) {
        let centre =
            json!({"name": "Crisis24", "former_names": ["EXOP"], "phone": CENTRE, "must_confirm": false, "ring_seconds": 20});
        let new = NewVersion {
            organisation: &organisation(id),
            document: &settings.to_string(),
            operations_centre: Some(&centre.to_string()),
            becomes: Becomes::Active,
            planned: PlannedVersions::Keep,
            expected: &[],
            note: None,
        };
        self.app.store.save_version(&new, self.by()).await.expect("a version");
        self.refresh().await;
    }

    /// Makes or changes an account.
    pub(crate) async fn put_account(&self, id: &str, sid: &str, secrets: &[&str], base: &str) {
        let sealed: Vec<SealedSecret> =
            secrets.iter().map(|secret| SealedSecret { key: None, secret: (*secret).to_owned() }).collect();
        let seal = |plain: Vec<u8>| self.app.keys.seal_secret(&plain, id).expect("sealed");
        let credentials = BTreeMap::from([("account_sid", sid), ("auth_token", SECRET)]);
        let row = AccountRow {
            id: AccountId::new(id).expect("a slug"),
            provider: "twilio".to_owned(),
            region: None,
            credentials: seal(serde_json::to_vec(&credentials).expect("JSON")),
            webhook_secrets: seal(serde_json::to_vec(&sealed).expect("JSON")),
            api_base_url: Some(base.to_owned()),
            calls_per_second: 10.0,
        };
        self.app.store.put_account(&row, self.by()).await.expect("an account");
    }

    /// Makes or changes a line.
    pub(crate) async fn put_line(&self, id: &str, account: &str, number: &str, owner: Option<&str>) {
        let row = LineRow {
            id: LineId::new(id).expect("a slug"),
            account: AccountId::new(account).expect("a slug"),
            number: phone(number),
            organisation: owner.map(organisation),
            inbound: None,
            text_line: None,
            fallback_url: None,
        };
        self.app.store.put_line(&row, self.by()).await.expect("a line");
    }

    /// Makes or changes a traveller of `acme`.
    pub(crate) async fn put_traveller(&self, id: &str, name: &str, number: &str, language: &str) {
        let fields = TravellerFields {
            name: Some(name.to_owned()),
            phones: vec![phone(number)],
            language: Some(assistline::app::scenario::language(language).expect("a language")),
            ..TravellerFields::default()
        };
        let id = TravellerId::new(id).expect("a slug");
        self.app.store.put_traveller(&organisation("acme"), &id, &fields, self.by()).await.expect("a traveller");
    }

    /// Starts a status query of `acme`.
    pub(crate) async fn asks(&self, travellers: &[&str]) -> QueryId {
        let mut rows = Vec::new();
        for id in travellers {
            let id = TravellerId::new(id).expect("a slug");
            rows.push(self.app.store.traveller(&organisation("acme"), &id).await.expect("a traveller").row);
        }
        let id = QueryId(self.app.ids.fresh());
        let active = self.app.store.active_version(&organisation("acme")).await.expect("a version");
        let document: Value = serde_json::from_str(&active.document).expect("JSON");
        let minutes: Vec<u16> = serde_json::from_value(document["status_call"]["retry_minutes"].clone()).expect("minutes");
        let new = NewQuery {
            id,
            organisation: &organisation("acme"),
            incident: r#"{"de": "Erdbeben", "en": "earthquake"}"#,
            exercise: false,
            travellers: &rows,
            retry_minutes: &minutes,
            idempotency_key: None,
        };
        self.app.store.start_query(&new, self.by()).await.expect("a query");
        self.app.work.ring(&self.clock);
        id
    }

    /// Everything that was seen so far.
    pub(crate) fn seen(&self) -> Vec<Observation> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Observation>> {
        self.observations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the provider could not obey, or what was answered with an error.
    pub(crate) fn faults(&self) -> Vec<String> {
        let fault = |observation: Observation| match observation.what {
            What::Fault(fault) => Some(fault),
            _ => None,
        };
        self.seen().into_iter().filter_map(fault).collect()
    }

    fn take_busy(&self) -> Busy {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }

    fn put_busy(&self, busy: Busy) {
        *self.busy.lock().unwrap_or_else(PoisonError::into_inner) = Some(busy);
    }

    /// Lets time pass.
    pub(crate) async fn pass(&self, seconds: i64) {
        let moment = self.clock.now() + TimeDelta::seconds(seconds);
        let busy = self.clock.sleep_until(self.take_busy(), moment).await;
        self.put_busy(busy);
    }

    /// Lets time pass until no call runs and no attempt is planned, for half an hour at most.
    pub(crate) async fn until_quiet(&self) {
        let mut quiet = 0;
        for _ in 0..900 {
            self.pass(2).await;
            let planned = self.app.store.next_attempt_at().await.expect("a look").is_some();
            quiet = if self.provider.running() == 0 && !planned { quiet + 1 } else { 0 };
            if quiet == 3 {
                // What was seen comes over a channel.
                tokio::time::sleep(Duration::from_millis(5)).await;
                return;
            }
        }
        panic!("calls that never end: {:#?}", self.seen().iter().rev().take(20).collect::<Vec<_>>());
    }

    /// The status of a traveller's file.
    pub(crate) async fn status(&self, id: &str) -> Option<Answer> {
        let id = TravellerId::new(id).expect("a slug");
        self.app.store.traveller(&organisation("acme"), &id).await.expect("a traveller").status
    }

    /// All alerts of `acme` and of the operator in order of raising: kind and state.
    pub(crate) async fn alerts(&self) -> Vec<(AlertKind, AlertState)> {
        let mut alerts = Vec::new();
        for owner in [Some("acme"), Some("third"), Some("other"), None] {
            let owner = owner.map(organisation);
            alerts.extend(self.app.store.alerts(owner.as_ref(), AlertFilter::All, None, 1_000).await.expect("alerts"));
        }
        alerts.sort_by_key(|alert| alert.row_id);
        alerts.into_iter().map(|alert| (alert.kind, alert.state)).collect()
    }

    /// The call that the provider knows by this id.
    pub(crate) async fn call_of(&self, sid: &str) -> Option<CallId> {
        let account = AccountId::new("main").expect("a slug");
        self.app.journal.find_call(&account, &ProviderCallId(sid.to_owned())).await.expect("a look")
    }

    /// All steps of a call of the provider's.
    pub(crate) async fn steps(&self, sid: &str) -> Vec<StoredStep> {
        match self.call_of(sid).await {
            Some(call) => self.app.journal.steps(call).await.expect("steps"),
            None => Vec::new(),
        }
    }

    /// How many calls there are of `acme`.
    pub(crate) async fn calls(&self) -> usize {
        self.app.store.calls(&organisation("acme"), None, 1_000).await.expect("calls").len()
    }

    /// How often help is known to have gone unrecorded: what the spool holds, and what the operator was told of it.
    pub(crate) async fn unrecorded(&self) -> usize {
        let folder = self.folder.path().join("spool");
        let lines = |name: &str| {
            std::fs::read_to_string(folder.join(name)).map_or(0, |text| text.lines().filter(|line| !line.is_empty()).count())
        };
        let told = self.app.store.alerts(None, AlertFilter::All, None, 1_000).await.unwrap_or_default();
        let told = told.iter().filter(|alert| alert.kind == AlertKind::HelpUnrecorded).count();
        lines("unrecorded.jsonl") + lines("unrecorded.taken.jsonl") + told
    }

    /// Signs a form POST as the first account does.
    pub(crate) fn sign(&self, target: &str, pairs: &[(&str, &str)]) -> String {
        self.sign_with(SECRET, target, pairs)
    }

    /// Signs a form POST.
    pub(crate) fn sign_with(&self, secret: &str, target: &str, pairs: &[(&str, &str)]) -> String {
        let pairs: Vec<(String, String)> = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        signer::sign(&format!("{}{target}", self.app.public_url), &pairs, secret)
    }

    /// The journal's writer stops: nothing can be written any more.
    pub(crate) fn stop_writing(&self) {
        self.stop_writer.cancel();
    }

    /// Ends everything.
    pub(crate) async fn end(self) {
        drop(self.take_busy());
        self.stop.cancel();
        self.stop_writer.cancel();
        self.app.store.close().await;
    }
}
