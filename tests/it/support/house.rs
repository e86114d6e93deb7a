//! A whole engine for one test: a database in a folder of its own, a clock that the test moves, mails in memory, a provider
//! that does as it is told. Webhooks come in as the provider would send them, signed.

use super::carrier::Carrier;
use assistline::app::engine::App;
use assistline::app::open_engine::{EngineParts, open_engine};
use assistline::app::take_webhook::{WebhookReply, WebhookRoute, take_webhook};
use assistline::dialect::RawRequest;
use assistline::model::alert::{AlertKind, Severity};
use assistline::model::clock::Clock;
use assistline::model::ids::{AccountId, AlertId, IdSource, LineId, OrganisationId, QueryId, TravellerId, TravellerRow};
use assistline::model::phone::PhoneNumber;
use assistline::outbound::carrier::Carrier as Client;
use assistline::outbound::mail::{Letter, MailMemory, Mailer};
use assistline::simulator::signer;
use assistline::store::accounts::AccountRow;
use assistline::store::alerts::{AlertFilter, AlertRow, NewAlert};
use assistline::store::lines::LineRow;
use assistline::store::queries::{AttemptRow, NewQuery};
use assistline::store::seal::Keys;
use assistline::store::settings_versions::{Becomes, NewVersion, PlannedVersions};
use assistline::store::snapshot::SealedSecret;
use assistline::store::travellers::TravellerFields;
use assistline::store::{By, OpenOptions, Store, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The secret that signs webhooks.
pub(crate) const SECRET: &str = "house-secret-0123456789abcdef0123";
/// What providers call.
pub(crate) const PUBLIC_URL: &str = "https://calls.example";
/// Our line.
pub(crate) const LINE: &str = "+493023125099";

/// What the engine is like.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Calls per second of the account.
    pub(crate) calls_per_second: f64,
    /// Minutes after the first call.
    pub(crate) retry_minutes: Vec<u16>,
    /// Addresses of the organisation's recipients, in order.
    pub(crate) recipients: Vec<&'static str>,
    /// Addresses of the installation's.
    pub(crate) installation: Vec<&'static str>,
    /// How the mails go; None: into memory.
    pub(crate) mailer: Option<Mailer>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            calls_per_second: 10.0,
            retry_minutes: vec![0, 2, 5, 10],
            recipients: vec!["a@acme.example", "b@acme.example", "c@acme.example"],
            installation: vec!["ops@centre.example"],
            mailer: None,
        }
    }
}

/// The engine and all around it.
pub(crate) struct House {
    pub(crate) app: Arc<App>,
    pub(crate) clock: Clock,
    pub(crate) mails: Arc<MailMemory>,
    pub(crate) carrier: Arc<Carrier>,
    pub(crate) folder: tempfile::TempDir,
    mailer: Mailer,
    ids: IdSource,
    stop: CancellationToken,
}

pub(crate) fn acme() -> OrganisationId {
    OrganisationId::new("acme").expect("a slug")
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).expect("a time")
}

fn recipients(addresses: &[&str]) -> Vec<Value> {
    // Names of people: no mail but their own may hold them, no log at all.
    addresses.iter().map(|address| json!({"name": format!("Person {address}"), "email": address, "language": "en"})).collect()
}

impl House {
    /// With the usual plan.
    pub(crate) async fn new() -> Self {
        Self::with(Plan::default()).await
    }

    /// As planned.
    pub(crate) async fn with(plan: Plan) -> Self {
        let clock = Clock::owned(start());
        let (carrier, base) = Carrier::listen(clock.clone()).await;
        let (memory, mails) = Mailer::in_memory();
        let mailer = plan.mailer.clone().unwrap_or(memory).with_time_limit(Duration::from_millis(200));
        let folder = tempfile::tempdir().expect("a folder");
        let (ids, stop) = (IdSource::counted(), CancellationToken::new());
        let app = open(&folder, &clock, &mailer, &ids, &stop).await;
        let house = Self { app, clock, mails, carrier, folder, mailer, ids, stop };
        house.furnish(&plan, &base).await;
        house
    }

    async fn furnish(&self, plan: &Plan, api_base_url: &str) {
        let store = &self.app.store;
        let centre = json!({
            "name": "Centre", "phone": "+493023125088", "recipients": recipients(&plan.installation),
        })
        .to_string();
        store.set_operations_centre(&centre, self.by("setup"), &[]).await.expect("an operations centre");
        let document = json!({
            "name": "ACME GmbH", "country": "DE", "time_zone": "Europe/Berlin", "languages": ["de", "en"],
            "assistance": {
                "mode": "own_contact",
                "own_contacts": [{"name": "Werkschutz", "phone": "+49 30 23125010", "must_confirm": true, "ring_seconds": 20},
                                 {"name": "Leitung", "phone": "+49 30 23125011", "must_confirm": true, "ring_seconds": 20}],
                "last_resort_operations_centre": true,
            },
            "status_call": {"retry_minutes": plan.retry_minutes},
            "alerts": {"recipients": recipients(&plan.recipients), "repeat_minutes": 5},
        })
        .to_string();
        let organisation = acme();
        let version = NewVersion {
            organisation: &organisation,
            document: &document,
            operations_centre: Some(&centre),
            becomes: Becomes::Active,
            planned: PlannedVersions::Keep,
            expected: &[],
            note: None,
        };
        store.save_version(&version, self.by("setup")).await.expect("settings");
        let account = AccountId::new("main").expect("a slug");
        let seal = |value: &Value| self.app.keys.seal_secret(value.to_string().as_bytes(), "main").expect("sealed");
        let secrets = vec![SealedSecret { key: None, secret: SECRET.to_owned() }];
        let credentials = BTreeMap::from([("account_sid", "AC00000000000000000000000000000001"), ("auth_token", SECRET)]);
        let row = AccountRow {
            id: account.clone(),
            provider: "twilio".to_owned(),
            region: None,
            credentials: seal(&json!(credentials)),
            webhook_secrets: seal(&json!(secrets)),
            api_base_url: Some(api_base_url.to_owned()),
            calls_per_second: plan.calls_per_second,
        };
        store.put_account(&row, self.by("setup")).await.expect("an account");
        let line = LineRow {
            id: LineId::new("berlin").expect("a slug"),
            account,
            number: PhoneNumber::from_e164(LINE).expect("a number"),
            organisation: Some(acme()),
            inbound: None,
            text_line: None,
            fallback_url: None,
        };
        store.put_line(&line, self.by("setup")).await.expect("a line");
        self.app.settings.refresh(store, self.clock.now()).await.expect("settings");
        let snapshot = self.app.settings.now();
        assert!(snapshot.organisations.contains_key(&acme()), "the settings are valid");
    }

    /// Ends the engine as a kill does: nothing is finished, and what is on the disk stays. Then a new one starts.
    pub(crate) async fn restart(mut self) -> Self {
        self.stop.cancel();
        self.app.tasks.close();
        self.app.tasks.wait().await;
        self.app.store.close().await;
        self.stop = CancellationToken::new();
        self.app = open(&self.folder, &self.clock, &self.mailer, &self.ids, &self.stop).await;
        self
    }

    pub(crate) fn by(&self, who: &'static str) -> By<'static> {
        By { who, at: self.clock.now() }
    }

    /// Time passes, and whatever falls due is done at its moment.
    pub(crate) async fn pass(&self, seconds: i64) {
        let end = self.clock.now() + TimeDelta::seconds(seconds);
        loop {
            let next = match self.app.run_due_work().await {
                // A machine under load: as the engine's own loop, it looks again.
                Err(StoreError::Busy) => continue,
                next => next.expect("due work"),
            };
            let now = self.clock.now();
            match next {
                Some(next) if next <= end && now < end => {
                    self.clock.advance((next - now).max(TimeDelta::milliseconds(100)).min(end - now));
                }
                _ if now < end => self.clock.advance(end - now),
                _ => return,
            }
        }
    }

    /// A traveller with these numbers.
    pub(crate) async fn traveller(&self, id: &str, phones: &[&str]) -> TravellerRow {
        let fields = TravellerFields {
            name: Some("Anna Meier".to_owned()),
            phones: phones.iter().map(|phone| PhoneNumber::from_e164(phone).expect("a number")).collect(),
            ..TravellerFields::default()
        };
        let id = TravellerId::new(id).expect("a slug");
        self.app.store.put_traveller(&acme(), &id, &fields, self.by("setup")).await.expect("a traveller").0.row
    }

    /// So many travellers.
    pub(crate) async fn travellers(&self, count: u32) -> Vec<TravellerRow> {
        let mut rows = Vec::new();
        for number in 0..count {
            rows.push(self.traveller(&format!("t-{number}"), &[&format!("+49171392{number:05}")]).await);
        }
        rows
    }

    /// A query to these travellers begins.
    pub(crate) async fn query(&self, travellers: &[TravellerRow]) -> QueryId {
        let id = QueryId(self.app.ids.fresh());
        let organisation = acme();
        let new = NewQuery {
            id,
            organisation: &organisation,
            incident: "{}",
            exercise: false,
            travellers,
            retry_minutes: &[0],
            idempotency_key: None,
        };
        self.app.store.start_query(&new, self.by("anna")).await.expect("a query");
        id
    }

    /// The attempts of a query.
    pub(crate) async fn attempts(&self, query: QueryId) -> Vec<AttemptRow> {
        self.app.store.query_attempts(query, TravellerRow(0), TravellerRow(i64::MAX)).await.expect("attempts")
    }

    /// Seconds from the start of the story to each order that the provider knows.
    pub(crate) fn ordered_at_seconds(&self) -> Vec<i64> {
        self.carrier.calls().iter().map(|call| (call.at - start()).num_seconds()).collect()
    }

    /// An alert is raised, as the engine does outside a step.
    pub(crate) async fn raise(&self, kind: AlertKind) -> AlertId {
        let alert = NewAlert {
            id: AlertId(self.app.ids.fresh()),
            organisation: Some(acme()),
            kind,
            severity: Severity::Critical,
            travellers: Vec::new(),
            about_travel: false,
            call: None,
            query: None,
            line: None,
            once_key: None,
        };
        assert!(self.app.store.raise_alert(&alert, self.clock.now()).await.expect("raised"));
        alert.id
    }

    /// The operator's alerts that are not settled.
    pub(crate) async fn operator_alerts(&self) -> Vec<AlertRow> {
        self.app.store.alerts(None, AlertFilter::Unsettled, None, 100).await.expect("alerts")
    }

    /// The organisation's alerts that are not settled.
    pub(crate) async fn alerts(&self) -> Vec<AlertRow> {
        self.app.store.alerts(Some(&acme()), AlertFilter::Unsettled, None, 100).await.expect("alerts")
    }

    /// Minutes from the start of the story, and the address, of each mail.
    pub(crate) fn told(&self) -> Vec<(i64, String)> {
        self.mails.sent().iter().map(|letter| ((letter.at - start()).num_minutes(), letter.address.clone())).collect()
    }

    /// The newest mail.
    pub(crate) fn newest_mail(&self) -> Letter {
        self.mails.sent().pop().expect("a mail")
    }

    /// The provider posts a webhook to one of our URLs.
    pub(crate) async fn webhook(&self, url: &str, parameters: &[(&str, &str)]) -> WebhookReply {
        let parameters: Vec<(String, String)> =
            parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let target = url.strip_prefix(PUBLIC_URL).expect("one of our URLs").to_owned();
        let mut parts = target.trim_start_matches("/webhooks/").splitn(3, '/');
        let (line, kind, token) = (parts.next().expect("a line"), parts.next().expect("a kind"), parts.next());
        let route = match (kind, token) {
            ("voice", None) => WebhookRoute::Voice,
            ("step", Some(token)) => WebhookRoute::Step(token.to_owned()),
            ("status", token) => WebhookRoute::Status(token.map(str::to_owned)),
            _ => panic!("no webhook comes to {target}"),
        };
        let request = RawRequest {
            method: "POST".to_owned(),
            public_url: PUBLIC_URL.to_owned(),
            headers: vec![
                ("content-type".to_owned(), b"application/x-www-form-urlencoded".to_vec()),
                ("x-twilio-signature".to_owned(), signer::sign(url, &parameters, SECRET).into_bytes()),
            ],
            body: form_urlencoded::Serializer::new(String::new()).extend_pairs(&parameters).finish().into_bytes(),
            target: target.clone(),
        };
        let line = line.to_owned();
        take_webhook(&self.app, &line, route, request).await
    }

    /// The document that a webhook is answered with.
    pub(crate) async fn document(&self, url: &str, parameters: &[(&str, &str)]) -> String {
        let reply = self.webhook(url, parameters).await;
        let WebhookReply::Document(reply) = reply else { panic!("no document: {reply:?}") };
        reply.body
    }
}

async fn open(folder: &tempfile::TempDir, clock: &Clock, mailer: &Mailer, ids: &IdSource, stop: &CancellationToken) -> Arc<App> {
    let url = format!("sqlite://{}", folder.path().join("assistline.db").display());
    let parts = EngineParts {
        store: Store::open(&url, OpenOptions::default()).await.expect("a database"),
        keys: Keys::derive(b"keys of a house"),
        clock: clock.clone(),
        ids: ids.clone(),
        carrier: Client::new().expect("a client"),
        mailer: mailer.clone(),
        public_url: PUBLIC_URL.to_owned(),
        state_dir: Some(folder.path().to_owned()),
    };
    let (app, writer) = open_engine(parts).await.expect("an engine");
    app.tasks.spawn(writer.run(stop.clone()));
    app
}

/// The value of an attribute in a document: the first URL after that name.
pub(crate) fn url_of(document: &str, attribute: &str) -> String {
    let (_, rest) = document.split_once(&format!("{attribute}=\"")).unwrap_or_else(|| panic!("no {attribute} in {document}"));
    rest.split('"').next().unwrap_or_default().replace("&amp;", "&")
}
