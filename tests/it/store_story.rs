//! The memory, told as stories: what is written is there, what was acknowledged stays, whoever judged by something old
//! loses. [`Memory::fresh`] chooses the engine: SQLite, or the PostgreSQL of `ASSISTLINE_TEST_POSTGRES_URL` where it is set.

use assistline::model::alert::{AlertKind, AlertState, Severity};
use assistline::model::answer::Answer;
use assistline::model::call_state::CallState;
use assistline::model::effect::{Effect, Status};
use assistline::model::event::{Direction, Event, LineStatus};
use assistline::model::ids::{
    AccountId, AlertId, CallId, LineId, OrganisationId, ProviderCallId, QueryId, TravellerId, TravellerRow,
};
use assistline::model::language::LanguageTag;
use assistline::model::phone::PhoneNumber;
use assistline::model::plan::{Plan, Spoken, Verb};
use assistline::store::accounts::AccountRow;
use assistline::store::alert_mails::{MailKey, MailOutcome};
use assistline::store::alerts::{AlertFilter, NewAlert, Settle, Take};
use assistline::store::answers::RememberedAnswer;
use assistline::store::calls::NewCall;
use assistline::store::jobs::{Job, JobLane, NewJob};
use assistline::store::journal::{DeliveryId, Journal, JournalWriter, SeenId, StepWrite};
use assistline::store::lines::LineRow;
use assistline::store::queries::{AttemptChange, NewQuery, QueryCommand, QueryState};
use assistline::store::settings_versions::{Becomes, NewVersion, PlannedVersions, VersionState};
use assistline::store::texts::{NewText, TextState};
use assistline::store::tokens::TokenRow;
use assistline::store::travellers::{NewLocation, TravellerFields};
use assistline::store::{By, OpenError, OpenOptions, Store, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

/// The moment at which all stories begin, and seconds after it.
fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 123_456_000).unwrap() + TimeDelta::seconds(seconds)
}

fn by(seconds: i64) -> By<'static> {
    By { who: "anna", at: at(seconds) }
}

fn organisation() -> OrganisationId {
    OrganisationId::new("acme").unwrap()
}

fn line() -> LineId {
    LineId::new("line-1").unwrap()
}

fn account() -> AccountId {
    AccountId::new("main").unwrap()
}

fn phone(last_digit: u8) -> PhoneNumber {
    PhoneNumber::from_e164(&format!("+4917139200{last_digit:02}")).unwrap()
}

fn query(number: u128) -> QueryId {
    QueryId(Uuid::from_u128(0x0F00_0000 + number))
}

fn alert_id(number: u128) -> AlertId {
    AlertId(Uuid::from_u128(0xA000_0000 + number))
}

/// A database of one story, and the journal on it.
struct Memory {
    store: Store,
    journal: Journal,
    url: String,
    stop: CancellationToken,
    tasks: TaskTracker,
    folder: Option<tempfile::TempDir>,
}

impl Memory {
    /// An empty database of the engine that the tests run on.
    async fn fresh() -> Self {
        #[expect(clippy::disallowed_methods, reason = "a test has no configuration")]
        let server = std::env::var("ASSISTLINE_TEST_POSTGRES_URL").ok();
        match server {
            None => Self::fresh_sqlite().await,
            Some(server) => {
                let schema = format!("story_{}", Uuid::new_v4().as_simple());
                let admin = sqlx::PgPool::connect(&server).await.unwrap();
                sqlx::query(sqlx::AssertSqlSafe(format!("create schema {schema}"))).execute(&admin).await.unwrap();
                admin.close().await;
                Self::open(format!("{server}?options=-csearch_path%3D{schema}"), None).await
            }
        }
    }

    async fn fresh_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("assistline.db").display());
        Self::open(url, Some(folder)).await
    }

    async fn open(url: String, folder: Option<tempfile::TempDir>) -> Self {
        let store = Store::open(&url, OpenOptions { serve: true }).await.unwrap();
        let (journal, writer) = Journal::open(&store).await.unwrap();
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        tasks.spawn(JournalWriter::run(writer, stop.clone()));
        tasks.close();
        Self { store, journal, url, stop, tasks, folder }
    }

    /// Ends as a process does, and starts again on the same database.
    async fn restarted(self) -> Self {
        let Self { store, journal, url, stop, tasks, folder } = self;
        stop.cancel();
        tasks.wait().await;
        store.close().await;
        drop((store, journal));
        Self::open(url, folder).await
    }

    fn is_sqlite(&self) -> bool {
        self.folder.is_some()
    }

    /// An organisation with a line and two travellers.
    async fn with_acme(self) -> Self {
        let store = &self.store;
        store.save_version(&version(Becomes::Active), by(0)).await.unwrap();
        store.put_account(&account_row(), by(0)).await.unwrap();
        store.put_line(&line_row(), by(0)).await.unwrap();
        self.traveller("t-1", &[phone(1)]).await;
        self.traveller("t-2", &[phone(2), phone(1)]).await;
        self
    }

    async fn traveller(&self, id: &str, phones: &[PhoneNumber]) -> TravellerRow {
        let fields = TravellerFields { name: Some(format!("Name of {id}")), phones: phones.to_vec(), ..fields() };
        let id = TravellerId::new(id).unwrap();
        self.store.put_traveller(&organisation(), &id, &fields, by(0)).await.unwrap().0.row
    }

    async fn revision(&self, row: TravellerRow) -> u64 {
        self.store.people(&[row], at(0)).await.unwrap()[0].revision
    }
}

fn fields() -> TravellerFields {
    TravellerFields { language: LanguageTag::new("de"), groups: vec!["berlin".to_owned()], ..TravellerFields::default() }
}

fn version(becomes: Becomes) -> NewVersion<'static> {
    static ORGANISATION: std::sync::LazyLock<OrganisationId> = std::sync::LazyLock::new(organisation);
    NewVersion {
        organisation: &ORGANISATION,
        document: r#"{"name":"ACME GmbH"}"#,
        operations_centre: Some(r#"{"name":"Centre"}"#),
        becomes,
        planned: PlannedVersions::Refuse,
        expected: &[],
        note: Some("why"),
    }
}

fn account_row() -> AccountRow {
    AccountRow {
        id: account(),
        provider: "twilio".to_owned(),
        region: Some("ie1".to_owned()),
        credentials: vec![1, 0, 255],
        webhook_secrets: vec![2],
        api_base_url: None,
        calls_per_second: 1.5,
    }
}

fn line_row() -> LineRow {
    LineRow {
        id: line(),
        account: account(),
        number: PhoneNumber::from_e164("+493023125001").unwrap(),
        organisation: Some(organisation()),
        inbound: Some(Answer::Help),
        text_line: None,
        fallback_url: Some("https://fallback.example/".to_owned()),
    }
}

/// The state of a call, with what a story changes in it.
fn state(call: CallId, phase: &str, changes: serde_json::Value) -> CallState {
    let mut state = json!({
        "format": 1, "call": call, "organisation": "acme", "line": "line-1", "direction": "outbound", "version": 1,
        "travellers": [], "traveller_phone": null, "query": null, "attempt": 0, "language": "de", "phase": phase,
        "ask": 0, "heard": false, "keys": "", "key_pressed": false, "machine": false, "attempt_ended": false,
        "line_ended": false, "answer": null, "last_heard": null, "safe_by_words": false, "taken_back": false, "legs": 0,
        "forward": null, "replaced": [], "tried": [], "tried_mask": 0, "connected": false, "alerts": [], "pauses": 0,
        "document": [], "change_pending": false, "looks": 0, "deadline": null, "deadlines_set": 0
    });
    for (name, value) in changes.as_object().unwrap() {
        state[name] = value.clone();
    }
    serde_json::from_value(state).unwrap()
}

fn new_call(call: CallId, provider_call: Option<&str>) -> NewCall {
    NewCall {
        id: call,
        organisation: Some(organisation()),
        line: line(),
        account: account(),
        provider_call: provider_call.map(|id| ProviderCallId(id.to_owned())),
        direction: Direction::Outbound,
        traveller: None,
        query: None,
        attempt: 0,
        version: 1,
        started_at: at(0),
    }
}

/// The first step of a new call.
fn first_step(call: CallId, provider_call: Option<&str>) -> StepWrite {
    StepWrite {
        organisation: Some(organisation()),
        state: Some(state(call, "placing", json!({}))),
        new_call: Some(new_call(call, provider_call)),
        ..StepWrite::new(call, 1, "placed", at(1))
    }
}

/// A later step.
fn step(call: CallId, number: u32, phase: &str) -> StepWrite {
    StepWrite {
        organisation: Some(organisation()),
        state: Some(state(call, phase, json!({}))),
        because: vec!["for the story".to_owned()],
        ..StepWrite::new(call, number, "document_fetched", at(i64::from(number)))
    }
}

fn delivery(number: u8) -> DeliveryId {
    DeliveryId([number; 16])
}

fn call(number: u128) -> CallId {
    CallId(Uuid::from_u128(0xCA11_0000 + number))
}

fn hello() -> Plan {
    let text = "Hallo".to_owned();
    Plan::new(vec![Verb::Say(Spoken { text, language: LanguageTag::english() }), Verb::Hangup])
}

#[tokio::test]
async fn settings_versions_are_kept_and_one_is_active() {
    let memory = Memory::fresh().await;
    let (store, acme) = (&memory.store, organisation());
    let before = store.generation().await.unwrap();
    let first = store.save_version(&version(Becomes::Active), by(0)).await.unwrap();
    assert_eq!((first.version, first.state, first.activated_at), (1, VersionState::Active, Some(at(0))));
    assert_eq!((first.author.as_str(), first.created_at, first.note.as_deref()), ("anna", at(0), Some("why")));
    assert!(store.generation().await.unwrap() > before, "others must notice");

    let draft = store.save_version(&version(Becomes::Draft), by(1)).await.unwrap();
    assert_eq!((draft.version, draft.state), (2, VersionState::Draft));
    assert_eq!(store.active_version(&acme).await.unwrap().version, 1);

    let stale = NewVersion { expected: &[2], ..version(Becomes::Active) };
    assert_eq!(store.save_version(&stale, by(2)).await, Err(StoreError::Conflict("the active version")));
    let fitting = NewVersion { expected: &[7, 1], ..version(Becomes::Planned(at(100))) };
    assert_eq!(store.save_version(&fitting, by(2)).await.unwrap().state, VersionState::Planned);
    assert_eq!(store.next_activation().await.unwrap(), Some(at(100)));
    assert_eq!(store.save_version(&version(Becomes::Active), by(3)).await, Err(StoreError::Conflict("a planned version")));

    assert_eq!(store.activate_due_versions(at(99)).await.unwrap(), []);
    let activated = store.activate_due_versions(at(100)).await.unwrap();
    assert_eq!(activated.iter().map(|row| row.version).collect::<Vec<_>>(), [3]);
    let past = store.version(&acme, 1).await.unwrap();
    assert_eq!((past.state, past.retired_at), (VersionState::Past, Some(at(100))));
    let in_use =
        |rows: Vec<assistline::store::settings_versions::VersionRow>| rows.iter().map(|row| row.version).collect::<Vec<_>>();
    assert_eq!(in_use(store.versions_in_use(at(50)).await.unwrap()), [1, 3]);
    assert_eq!(in_use(store.versions_in_use(at(101)).await.unwrap()), [3]);

    let back = store.activate_version(&acme, 1, None, by(200)).await.unwrap();
    assert_eq!((back.state, back.activated_at, back.retired_at), (VersionState::Active, Some(at(200)), None));
    assert_eq!(store.activate_version(&acme, 9, None, by(200)).await, Err(StoreError::NotFound));
    assert_eq!(in_use(store.versions(&acme, None, 2).await.unwrap()), [3, 2]);
    assert_eq!(in_use(store.versions(&acme, Some(2), 2).await.unwrap()), [1]);

    let (centre, saved) = store.set_operations_centre("{}", by(300), &[version(Becomes::Active)]).await.unwrap();
    assert_eq!((centre.version, saved[0].version), (1, 4));
    assert_eq!(store.operations_centre().await.unwrap(), Some(centre));
    let refused = store.set_operations_centre("{}", by(300), &[stale]).await;
    assert_eq!(refused, Err(StoreError::Conflict("the active version")));
    assert_eq!(store.operations_centre().await.unwrap().unwrap().version, 1, "all or nothing");

    let actions: Vec<String> = store.audit(&acme, None, 100).await.unwrap().into_iter().map(|row| row.action).collect();
    assert_eq!(actions.iter().filter(|action| *action == "settings.saved").count(), 4);
    assert_eq!(actions.last().unwrap(), "organisation.created");
    assert_eq!(store.organisations(None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn accounts_lines_tokens_texts_and_answers_come_back_as_they_were() {
    let memory = Memory::fresh().await.with_acme().await;
    let store = &memory.store;
    assert_eq!(store.accounts().await.unwrap(), [account_row()]);
    assert_eq!(store.account(&account()).await.unwrap(), account_row());
    assert_eq!(store.lines().await.unwrap(), [line_row()]);
    let generation = store.generation().await.unwrap();
    assert!(!store.put_line(&LineRow { inbound: None, ..line_row() }, by(1)).await.unwrap(), "not new");
    assert_eq!(store.line(&line()).await.unwrap().inbound, None);
    assert_eq!(store.generation().await.unwrap(), generation + 1);
    let twin = LineRow { id: LineId::new("line-2").unwrap(), ..line_row() };
    assert_eq!(store.put_line(&twin, by(1)).await, Err(StoreError::Conflict("a line with this number")));
    let nowhere = LineRow { account: AccountId::new("other").unwrap(), ..twin };
    assert_eq!(store.put_line(&nowhere, by(1)).await, Err(StoreError::NotFound));

    let token = TokenRow {
        id: "tk-1".to_owned(),
        hash: vec![9; 32],
        role: "duty".to_owned(),
        organisation: Some(organisation()),
        name: None,
        created_at: at(5),
    };
    assert!(store.add_token(&token, by(5)).await.unwrap());
    assert!(!store.add_token(&token, by(5)).await.unwrap(), "the same hash stays as it is");
    assert_eq!(store.token_by_hash(&[9; 32]).await.unwrap(), Some(token));
    assert_eq!(store.remove_token("tk-1", by(6)).await, Ok(()));
    assert_eq!(store.remove_token("tk-1", by(6)).await, Err(StoreError::NotFound));
    assert_eq!(store.tokens().await.unwrap(), []);

    let text = NewText {
        id: Uuid::from_u128(7),
        organisation: Some(&organisation()),
        line: &line(),
        account: &account(),
        traveller: None,
        phone: &phone(1),
        kind: "reply_help",
    };
    store.add_text(&text, at(7)).await.unwrap();
    let provider_id = ProviderCallId("SM1".to_owned());
    store.text_tried(text.id, TextState::Sent, Some(&provider_id), at(8)).await.unwrap();
    let stored = store.text(text.id).await.unwrap();
    assert_eq!((stored.state, stored.attempts, stored.phone, stored.created_at), (TextState::Sent, 1, phone(1), at(7)));

    let answer = RememberedAnswer { fingerprint: vec![1], answer: "{}".to_owned() };
    store.remember_answer("token/route", "key", &answer, at(1)).await.unwrap();
    let other = RememberedAnswer { fingerprint: vec![2], answer: "[]".to_owned() };
    store.remember_answer("token/route", "key", &other, at(2)).await.unwrap();
    assert_eq!(store.remembered_answer("token/route", "key").await.unwrap(), Some(answer));
    assert_eq!(store.forget_answers(at(2)).await.unwrap(), 1);
}

#[tokio::test]
async fn travellers_are_found_by_number_and_have_a_file() {
    let memory = Memory::fresh().await.with_acme().await;
    let (store, acme) = (&memory.store, organisation());
    let one = store.traveller(&acme, &TravellerId::new("t-1").unwrap()).await.unwrap();
    let two = store.traveller(&acme, &TravellerId::new("t-2").unwrap()).await.unwrap();
    assert_eq!(two.phones, [phone(2), phone(1)]);
    assert_eq!(store.travellers_by_phone(&acme, &phone(1)).await.unwrap(), [one.row, two.row]);
    assert_eq!(store.travellers_by_phone(&OrganisationId::new("other").unwrap(), &phone(1)).await.unwrap(), []);
    let (changed, new) =
        store.put_traveller(&acme, &two.id, &TravellerFields { phones: vec![phone(3)], ..fields() }, by(9)).await.unwrap();
    assert_eq!((new, changed.row, changed.revision, changed.name), (false, two.row, two.revision + 1, None));
    assert_eq!(store.travellers_by_phone(&acme, &phone(1)).await.unwrap(), [one.row]);
    let list = [(TravellerId::new("t-3").unwrap(), fields()), (one.id.clone(), fields())];
    assert_eq!(store.put_travellers(&acme, &list, by(9)).await.unwrap(), 1);
    let ids: Vec<String> =
        store.travellers(&acme, Some(&one.id), 10).await.unwrap().into_iter().map(|row| row.id.to_string()).collect();
    assert_eq!(ids, ["t-2", "t-3"]);

    for (seconds, place) in [(-90_000, "Kano"), (10, "Lagos"), (20, "Abuja")] {
        let location = NewLocation {
            traveller: one.row,
            latitude: Some(6.5),
            longitude: Some(3.4),
            accuracy_m: None,
            place: Some(place),
            source: "roster",
            at: at(seconds),
        };
        store.add_location(&acme, &location, by(20)).await.unwrap();
    }
    assert_eq!(store.locations(&acme, Some(one.row), None, 2).await.unwrap().len(), 2);
    let people = store.people(&[two.row, TravellerRow(999), one.row], at(30)).await.unwrap();
    let places: Vec<_> = people.iter().map(|person| (person.row, person.place.as_deref())).collect();
    assert_eq!(places, [(two.row, None), (one.row, Some("Abuja"))], "in the order asked for, the newest place");
    let later = store.people(&[one.row], at(90_000)).await.unwrap();
    assert_eq!(later[0].place, None, "older than a day");
}

/// A query from its start to its end, step by step, and what each step does to file, query, attempts and alerts.
#[tokio::test]
async fn a_status_query_runs_from_start_to_end() {
    let memory = Memory::fresh().await.with_acme().await;
    let (store, journal, acme) = (&memory.store, &memory.journal, organisation());
    let rows = store.travellers_by_phone(&acme, &phone(1)).await.unwrap();
    let (one, two) = (rows[0], rows[1]);
    let new = NewQuery {
        id: query(1),
        organisation: &acme,
        incident: r#"{"de":"Erdbeben"}"#,
        exercise: false,
        travellers: &[one, two],
        retry_minutes: &[0, 2, 5],
        idempotency_key: Some("key-1"),
    };
    let stranger = NewQuery { travellers: &[one, TravellerRow(999)], ..new };
    assert_eq!(store.start_query(&stranger, by(0)).await, Err(StoreError::NotFound));
    let (row, fresh) = store.start_query(&new, by(0)).await.unwrap();
    assert_eq!((row.state, fresh, row.started_by.as_str()), (QueryState::Running, true, "anna"));
    let again = NewQuery { id: query(2), ..new };
    assert_eq!(store.start_query(&again, by(1)).await.unwrap(), (row, false), "the same key starts nothing");

    let person = store.people(&[one], at(1)).await.unwrap().remove(0);
    let part = person.query.clone().unwrap();
    assert_eq!((part.query, part.placed, part.planned, part.settled), (query(1), 0, Some(1), false));
    assert_eq!(part.retry_minutes, [0, 2, 5]);
    let due = store.due_attempts(&organisation(), at(0), 10).await.unwrap();
    assert_eq!(due.iter().map(|due| (due.traveller, due.attempt)).collect::<Vec<_>>(), [(one, 1), (two, 1)]);
    assert_eq!(store.due_attempts(&organisation(), at(-1), 10).await.unwrap(), []);

    // The claim is written before the call is dialled, and only once.
    let claim = |retry_minutes: &[u16]| AttemptChange::Claim {
        query: query(1),
        traveller: one,
        attempt: 1,
        phone_index: 0,
        retry_minutes: retry_minutes.to_vec(),
    };
    let placing = json!({"query": query(1), "attempt": 1, "travellers": [one]});
    let place = StepWrite {
        state: Some(state(call(1), "placing", placing.clone())),
        people: vec![(one, person.revision)],
        attempt: Some(claim(&[0, 3])),
        ..first_step(call(1), None)
    };
    journal.write(place).await.unwrap();
    let second = StepWrite { attempt: Some(claim(&[0, 3])), ..first_step(call(2), None) };
    assert_eq!(journal.write(second).await, Err(StoreError::Conflict("the attempt")));
    assert_eq!(journal.call(call(2)).await.unwrap(), None, "nothing of the refused step is left");
    let part = store.people(&[one], at(1)).await.unwrap().remove(0).query.unwrap();
    assert_eq!((part.placed, part.planned, part.retry_minutes), (1, None, vec![0, 3]));
    assert_eq!(store.running_attempts(query(1)).await.unwrap().len(), 1);

    // Not reached: the attempt ends, the next one is planned from the first call on.
    let busy = StepWrite {
        people: vec![(one, memory.revision(one).await)],
        event: Some(Event::CallStatus { status: LineStatus::Busy }),
        state: Some(state(call(1), "over", placing)),
        effects: vec![
            Effect::Record { traveller: Some(one), status: Status::Busy },
            Effect::EndAttempt { query: query(1), traveller: one, attempt: 1, result: Status::Busy },
            Effect::Retry { query: query(1), traveller: one, attempt: 2, after_minutes: 3 },
        ],
        ..step(call(1), 2, "over")
    };
    journal.write(busy).await.unwrap();
    let person = store.people(&[one], at(1)).await.unwrap().remove(0);
    let part = person.query.unwrap();
    assert_eq!((part.ended, part.planned, part.placed), (vec![1], Some(2), 1));
    let board = store.query_people(query(1), None, 10).await.unwrap();
    assert_eq!(board[0].next_attempt_at, Some(at(1 + 180)), "from the first call, which was at second 1");
    assert_eq!(store.running_attempts(query(1)).await.unwrap(), []);
    let attempts = store.query_attempts(query(1), one, one).await.unwrap();
    assert_eq!(attempts.iter().map(|row| (row.attempt, row.result)).collect::<Vec<_>>(), [(1, Some(Status::Busy))]);

    // Pause and resume.
    store.command_query(&acme, query(1), QueryCommand::Pause, by(2)).await.unwrap();
    assert_eq!(store.due_attempts(&organisation(), at(10_000), 10).await.unwrap(), []);
    store.command_query(&acme, query(1), QueryCommand::Resume, by(2)).await.unwrap();
    assert_eq!(store.next_attempt_after(at(-1)).await.unwrap(), Some(at(0)), "the other traveller waits since the start");

    // An answer settles the query for one traveller; their planned attempt goes.
    let safe = StepWrite {
        event: Some(Event::Gathered { digits: Some("1".to_owned()), speech: None }),
        people: vec![(one, person.revision)],
        effects: vec![
            Effect::SetStatus { traveller: one, status: Answer::Safe },
            Effect::SettleQuery { query: query(1), traveller: one },
        ],
        ..first_step(call(3), Some("CA3"))
    };
    journal.write(safe).await.unwrap();
    let board = store.query_people(query(1), None, 10).await.unwrap();
    assert_eq!(
        (board[0].status, board[0].proof.as_deref(), board[0].planned, board[0].done),
        (Some(Answer::Safe), Some("key"), None, true)
    );
    assert_eq!(store.query(query(1)).await.unwrap().state, QueryState::Running);
    let counts = store.query_counts(query(1)).await.unwrap();
    assert_eq!(counts.iter().map(|count| count.people).sum::<i64>(), 2);

    // An order that failed for a fault of ours gives the attempt back.
    let place_two = StepWrite {
        attempt: Some(AttemptChange::Claim {
            query: query(1),
            traveller: two,
            attempt: 1,
            phone_index: 1,
            retry_minutes: vec![0],
        }),
        ..first_step(call(4), None)
    };
    journal.write(place_two).await.unwrap();
    let again_at = at(50);
    let give_back = AttemptChange::GiveBack { query: query(1), traveller: two, attempt: 1, again_at };
    journal.write(StepWrite { attempt: Some(give_back), ..step(call(4), 2, "over") }).await.unwrap();
    let due = store.due_attempts(&organisation(), at(50), 10).await.unwrap();
    assert_eq!(due.iter().map(|due| (due.traveller, due.attempt, due.planned_at)).collect::<Vec<_>>(), [(two, 1, again_at)]);

    // The last traveller runs out of attempts: the query is finished.
    let place_again = StepWrite {
        attempt: Some(AttemptChange::Claim {
            query: query(1),
            traveller: two,
            attempt: 1,
            phone_index: 0,
            retry_minutes: vec![0],
        }),
        ..first_step(call(5), None)
    };
    journal.write(place_again).await.unwrap();
    let unreached = StepWrite {
        effects: vec![
            Effect::EndAttempt { query: query(1), traveller: two, attempt: 1, result: Status::NoAnswer },
            Effect::RaiseAlert {
                id: alert_id(1),
                kind: AlertKind::Unreached,
                severity: Severity::High,
                travellers: vec![two],
                about_travel: false,
            },
        ],
        ..step(call(5), 2, "over")
    };
    journal.write(unreached).await.unwrap();
    let row = store.query(query(1)).await.unwrap();
    assert_eq!((row.state, row.ended_at), (QueryState::Finished, Some(at(2))));
    let over = store.command_query(&acme, query(1), QueryCommand::Stop, by(9)).await;
    assert_eq!(over, Err(StoreError::Conflict("the query's state")));
    let alerts = store.people(&[two], at(9)).await.unwrap().remove(0).alerts;
    assert_eq!(
        alerts.iter().map(|alert| (alert.id, alert.kind, alert.call)).collect::<Vec<_>>(),
        [(alert_id(1), AlertKind::Unreached, call(5))]
    );

    // Stopped: nothing begins any more, and the files know.
    let (_, fresh) = store.start_query(&NewQuery { id: query(3), idempotency_key: None, ..new }, by(10)).await.unwrap();
    assert!(fresh);
    let before = memory.revision(one).await;
    store.command_query(&acme, query(3), QueryCommand::Stop, by(11)).await.unwrap();
    assert_eq!(store.due_attempts(&organisation(), at(10_000), 10).await.unwrap(), []);
    let person = store.people(&[one], at(11)).await.unwrap().remove(0);
    assert!(person.revision > before && person.query.unwrap().settled);
    assert_eq!(store.queries(&acme, None, 10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_query_takes_in_thousands_at_once() {
    let memory = Memory::fresh().await.with_acme().await;
    let (store, acme) = (&memory.store, organisation());
    let list: Vec<_> = (0..2_000).map(|n| (TravellerId::new(&format!("m-{n:04}")).unwrap(), fields())).collect();
    store.put_travellers(&acme, &list, by(0)).await.unwrap();
    let mut rows = Vec::new();
    let mut after = None;
    loop {
        let page = store.travellers(&acme, after.as_ref(), 700).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.id.clone());
        rows.extend(page.iter().map(|entry| entry.row));
    }
    rows.sort();
    let new = NewQuery {
        id: query(1),
        organisation: &acme,
        incident: "{}",
        exercise: true,
        travellers: &rows,
        retry_minutes: &[0],
        idempotency_key: None,
    };
    store.start_query(&new, by(0)).await.unwrap();
    let due = store.due_attempts(&organisation(), at(0), 5_000).await.unwrap();
    assert_eq!(due.len(), 2_002);
    let page = store.query_people(query(1), Some(rows[1_999]), 1_000).await.unwrap();
    assert_eq!(page.len(), 2);
}

#[tokio::test]
async fn an_alert_is_settled_when_it_is_for_everybody_and_the_first_to_take_it_has_it() {
    let memory = Memory::fresh().await.with_acme().await;
    let (store, journal, acme) = (&memory.store, &memory.journal, organisation());
    let rows = store.travellers_by_phone(&acme, &phone(1)).await.unwrap();
    let (one, two) = (rows[0], rows[1]);
    let raise = |id: AlertId, travellers: Vec<TravellerRow>| Effect::RaiseAlert {
        id,
        kind: AlertKind::Help,
        severity: Severity::High,
        travellers,
        about_travel: false,
    };
    let shared = StepWrite {
        effects: vec![raise(alert_id(1), vec![one, two]), raise(alert_id(2), vec![]), raise(alert_id(3), vec![one])],
        ..first_step(call(1), Some("CA1"))
    };
    journal.write(shared).await.unwrap();
    let alerts = |row: TravellerRow| async move {
        let person = store.people(&[row], at(0)).await.unwrap().remove(0);
        person.alerts.iter().map(|alert| alert.id).collect::<Vec<_>>()
    };
    assert_eq!(alerts(one).await, [alert_id(1), alert_id(3)], "in the order of raising");
    let settle = |id: AlertId, traveller: Option<TravellerRow>| Effect::SettleAlert { id, traveller };
    let answered = StepWrite {
        effects: vec![
            settle(alert_id(1), Some(one)),
            settle(alert_id(2), None),
            Effect::AlertBeingAnswered { id: alert_id(1) },
            Effect::AlertBeingAnswered { id: alert_id(2) },
        ],
        ..step(call(1), 2, "forwarding")
    };
    journal.write(answered).await.unwrap();
    assert_eq!(alerts(one).await, [alert_id(3)]);
    assert_eq!(alerts(two).await, [alert_id(1)]);
    assert_eq!(store.alert(alert_id(1)).await.unwrap().state, AlertState::BeingAnswered);
    let alone = store.alert(alert_id(2)).await.unwrap();
    assert_eq!((alone.state, alone.settled_by.as_deref()), (AlertState::Settled, Some("engine")), "settled stays settled");
    let again = StepWrite { effects: vec![Effect::AlertOpenAgain { id: alert_id(1) }], ..step(call(1), 3, "forwarding") };
    journal.write(again).await.unwrap();
    let row = store.alert(alert_id(1)).await.unwrap();
    assert_eq!((row.state, row.traveller, row.call), (AlertState::Open, TravellerId::new("t-1"), Some(call(1))));
    assert_eq!(store.alert_people(alert_id(1)).await.unwrap().len(), 2);

    assert!(matches!(store.take_alert(alert_id(1), by(5)).await.unwrap(), Take::Theirs(_)));
    assert!(matches!(store.take_alert(alert_id(1), by(6)).await.unwrap(), Take::Theirs(row) if row.taken_at == Some(at(5))));
    let other = By { who: "ben", at: at(7) };
    assert!(
        matches!(store.take_alert(alert_id(1), other).await.unwrap(), Take::Anothers(row) if row.taken_by.as_deref() == Some("anna"))
    );
    let opens = StepWrite {
        effects: vec![Effect::AlertBeingAnswered { id: alert_id(1) }, Effect::AlertOpenAgain { id: alert_id(1) }],
        ..step(call(1), 4, "forwarding")
    };
    journal.write(opens).await.unwrap();
    assert_eq!(store.alert(alert_id(1)).await.unwrap().state, AlertState::Taken, "who has it keeps it");
    journal.write(StepWrite { effects: vec![settle(alert_id(1), Some(two))], ..step(call(1), 5, "over") }).await.unwrap();
    let row = store.alert(alert_id(1)).await.unwrap();
    assert_eq!((row.state, row.taken_by.as_deref(), row.settled_at), (AlertState::Settled, Some("anna"), Some(at(5))));
    assert!(matches!(store.take_alert(alert_id(1), other).await.unwrap(), Take::Settled(same) if same == row));

    let before = memory.revision(one).await;
    assert!(matches!(store.settle_alert(alert_id(3), Some("reached"), None, other).await.unwrap(), Settle::Done(_)));
    assert!(
        matches!(store.settle_alert(alert_id(3), None, None, by(9)).await.unwrap(), Settle::Already(row) if row.settled_by.as_deref() == Some("ben"))
    );
    assert_eq!(alerts(one).await, []);
    assert!(memory.revision(one).await > before);

    let operator = NewAlert {
        id: alert_id(9),
        organisation: None,
        kind: AlertKind::WebhooksRefused,
        severity: Severity::High,
        travellers: vec![],
        about_travel: false,
        call: None,
        query: None,
        line: Some(line()),
        once_key: Some("webhooks_refused/line-1".to_owned()),
    };
    assert!(store.raise_alert(&operator, at(10)).await.unwrap());
    assert!(!store.raise_alert(&NewAlert { id: alert_id(10), ..operator.clone() }, at(11)).await.unwrap(), "one at a time");
    store.settle_alert(alert_id(9), None, None, by(12)).await.unwrap();
    assert!(store.raise_alert(&NewAlert { id: alert_id(11), ..operator }, at(13)).await.unwrap());
    let list = |rows: Vec<assistline::store::alerts::AlertRow>| rows.iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(list(store.alerts(None, AlertFilter::Unsettled, None, 10).await.unwrap()), [alert_id(11)]);
    assert_eq!(
        list(store.alerts(Some(&acme), AlertFilter::All, None, 10).await.unwrap()),
        [alert_id(3), alert_id(2), alert_id(1)]
    );
    let settled = AlertFilter::In(AlertState::Settled);
    assert_eq!(list(store.alerts(None, settled, None, 10).await.unwrap()), [alert_id(9)]);
    assert_eq!(list(store.unsettled_alerts().await.unwrap()), [alert_id(11)]);
}

/// Field case F22: taking and settling at the same moment, both orders, always ends settled with its settler.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn taken_while_it_is_being_settled() {
    let memory = Memory::fresh().await.with_acme().await;
    let one = memory.store.travellers_by_phone(&organisation(), &phone(2)).await.unwrap()[0];
    let shared = Arc::new(memory);
    for round in 0..100 {
        let (id, number) = (alert_id(round), u32::try_from(round).unwrap() * 2);
        let raise = Effect::RaiseAlert {
            id,
            kind: AlertKind::Help,
            severity: Severity::High,
            travellers: vec![one],
            about_travel: false,
        };
        let first = if round == 0 { first_step(call(1), Some("CA1")) } else { step(call(1), number + 1, "forwarding") };
        shared.journal.write(StepWrite { effects: vec![raise], ..first }).await.unwrap();
        let settle = StepWrite {
            effects: vec![Effect::SettleAlert { id, traveller: Some(one) }],
            ..step(call(1), number + 2, "forwarding")
        };
        let (left, right) = (Arc::clone(&shared), Arc::clone(&shared));
        let take = tokio::task::spawn(async move { left.store.take_alert(id, by(5)).await });
        let settled = tokio::task::spawn(async move { right.journal.write(settle).await });
        settled.await.unwrap().unwrap();
        let taken = take.await.unwrap().unwrap();
        let row = shared.store.alert(id).await.unwrap();
        assert_eq!((row.state, row.settled_by.as_deref()), (AlertState::Settled, Some("engine")));
        assert_eq!(row.taken_by.is_some(), matches!(taken, Take::Theirs(_)));
    }
}

#[tokio::test]
async fn whoever_judged_by_something_old_loses() {
    let memory = Memory::fresh().await.with_acme().await;
    let (store, journal) = (&memory.store, &memory.journal);
    let one = store.travellers_by_phone(&organisation(), &phone(2)).await.unwrap()[0];
    let revision = memory.revision(one).await;
    journal.write(first_step(call(1), Some("CA1"))).await.unwrap();

    // The call's state has moved.
    assert_eq!(journal.write(step(call(1), 1, "asking")).await, Err(StoreError::Conflict("the call's state")));
    assert_eq!(journal.write(step(call(1), 3, "asking")).await, Err(StoreError::Conflict("the call's state")));
    // The same arrival twice at once.
    assert_eq!(journal.write(first_step(call(2), Some("CA1"))).await, Err(StoreError::Conflict("the call")));

    // The traveller's file has moved.
    let help = StepWrite {
        people: vec![(one, revision)],
        effects: vec![Effect::SetStatus { traveller: one, status: Answer::Help }],
        ..step(call(1), 2, "forwarding")
    };
    journal.write(help.clone()).await.unwrap();
    let late = StepWrite { number: 3, ..help };
    assert_eq!(journal.write(late.clone()).await, Err(StoreError::Conflict("a traveller's file")));
    let nothing_changed = StepWrite { effects: vec![], ..late.clone() };
    assert_eq!(journal.write(nothing_changed).await, Err(StoreError::Conflict("a traveller's file")), "it judged by it");
    let moved = memory.revision(one).await;
    assert_eq!(moved, revision + 1);
    journal.write(StepWrite { people: vec![(one, moved)], effects: vec![], ..late }).await.unwrap();
    assert_eq!(memory.revision(one).await, moved, "a step that changes no file raises none");
    assert_eq!(store.traveller_by_row(one).await.unwrap().status, Some(Answer::Help));

    // A provider's id that contradicts.
    let seen = |leg: u8, id: &str| vec![SeenId { leg, id: ProviderCallId(id.to_owned()) }];
    let wrong = StepWrite { seen: seen(0, "CA9"), ..step(call(1), 4, "asking") };
    assert_eq!(journal.write(wrong).await, Err(StoreError::Conflict("the provider's id of the call")));
    journal.write(StepWrite { seen: seen(0, "CA1"), ..step(call(1), 4, "asking") }).await.unwrap();
    journal.write(StepWrite { seen: seen(1, "CA1-leg"), ..step(call(1), 5, "asking") }).await.unwrap();
    journal.write(StepWrite { seen: seen(1, "CA1-other"), ..step(call(1), 6, "asking") }).await.unwrap();
    let legs = journal.call(call(1)).await.unwrap().unwrap().legs;
    assert_eq!(legs, [(1, ProviderCallId("CA1-leg".to_owned()))], "bound at first sight");
    let numbers: Vec<u32> = journal.steps(call(1)).await.unwrap().iter().map(|step| step.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn an_outbound_call_is_adopted_by_the_id_that_comes_with_its_token() {
    let memory = Memory::fresh().await.with_acme().await;
    let journal = &memory.journal;
    journal.write(first_step(call(1), None)).await.unwrap();
    let id = ProviderCallId("CA7".to_owned());
    assert_eq!(journal.find_call(&account(), &id).await.unwrap(), None);
    journal.write(StepWrite { seen: vec![SeenId { leg: 0, id: id.clone() }], ..step(call(1), 2, "asking") }).await.unwrap();
    assert_eq!(journal.find_call(&account(), &id).await.unwrap(), Some(call(1)));
    let memory = memory.restarted().await;
    assert_eq!(memory.journal.find_call(&account(), &id).await.unwrap(), Some(call(1)));
    assert_eq!(memory.journal.call(call(1)).await.unwrap().unwrap().provider_call, Some(id));
    assert_eq!(memory.store.calls(&organisation(), None, 10).await.unwrap().len(), 1);
}

/// A repeat is known however late it comes, also after a restart, and finds the answer that was given.
#[tokio::test]
async fn a_repeated_delivery_finds_the_same_answer() {
    let mut memory = Memory::fresh().await.with_acme().await;
    let answered = StepWrite {
        delivery: Some(delivery(1)),
        plan: Some(hello()),
        event: Some(Event::DocumentFetched),
        effects: vec![Effect::Record { traveller: None, status: Status::Unclear }],
        ..first_step(call(1), Some("CA1"))
    };
    let written = memory.journal.write(answered).await.unwrap();
    let repeat = StepWrite { delivery: Some(delivery(1)), ..step(call(1), 2, "asking") };
    assert_eq!(memory.journal.write(repeat.clone()).await, Err(StoreError::Conflict("the delivery")));
    memory.journal.write(StepWrite { delivery: Some(delivery(2)), ..step(call(1), 2, "over") }).await.unwrap();
    // A text: a call of its own, with no state.
    let text =
        StepWrite { delivery: Some(delivery(3)), plan: Some(hello()), ..StepWrite::new(call(9), 1, "sms_received", at(3)) };
    memory.journal.write(text.clone()).await.unwrap();
    let text_again = StepWrite { call: call(10), ..text };
    assert_eq!(memory.journal.write(text_again).await, Err(StoreError::Conflict("the delivery")));

    for round in 0..3 {
        let found = memory.journal.delivery(delivery(1)).await.unwrap().unwrap();
        assert_eq!(
            (found.call, found.number, found.row_id, &found.plan),
            (call(1), 1, written.row_id, &Some(hello())),
            "round {round}"
        );
        assert_eq!(found.effects, [Effect::Record { traveller: None, status: Status::Unclear }]);
        assert_eq!((found.event, found.at, found.kind.as_str()), (Some(Event::DocumentFetched), at(1), "placed"));
        assert_eq!(memory.journal.delivery(delivery(3)).await.unwrap().unwrap().state, None);
        assert_eq!(memory.journal.delivery(delivery(8)).await.unwrap(), None);
        if round == 1 && memory.is_sqlite() {
            assert_eq!(memory.journal.file_deliveries(at(3600)).await.unwrap(), 0, "still at hand");
            assert_eq!(memory.journal.file_deliveries(at(24 * 3600 + 60)).await.unwrap(), 3);
            assert_eq!(memory.journal.file_deliveries(at(24 * 3600 + 60)).await.unwrap(), 0);
        }
        memory = memory.restarted().await;
    }
}

#[tokio::test]
async fn the_memory_of_calls_comes_back_after_a_restart() {
    let memory = Memory::fresh().await.with_acme().await;
    let deadline = |serial: u32, seconds: i64| json!({"deadline": {"serial": serial, "at": at(seconds)}});
    for number in 1..=3 {
        memory.journal.write(first_step(call(number), Some(&format!("CA{number}")))).await.unwrap();
    }
    let waits = |number, serial, seconds| StepWrite {
        state: Some(state(call(number), "asking", deadline(serial, seconds))),
        ..step(call(number), 2, "asking")
    };
    memory.journal.write(waits(1, 1, 60)).await.unwrap();
    memory.journal.write(waits(2, 1, 30)).await.unwrap();
    memory.journal.write(step(call(3), 2, "over")).await.unwrap();
    if !memory.is_sqlite() {
        return; // several processes: deadlines are not a matter of one's memory
    }
    assert_eq!(memory.journal.next_deadline(), Some(at(30)));
    tokio::time::timeout(Duration::from_secs(1), memory.journal.deadline_moved()).await.unwrap();

    let memory = memory.restarted().await;
    let journal = &memory.journal;
    assert_eq!(journal.due_deadlines(at(29)), []);
    let due: Vec<_> = journal.due_deadlines(at(60)).into_iter().map(|(call, deadline)| (call, deadline.serial)).collect();
    assert_eq!(due, [(call(2), 1), (call(1), 1)]);
    let mut open: Vec<_> = journal.open_calls().into_iter().map(|known| (known.call, known.number)).collect();
    open.sort();
    assert_eq!(open, [(call(1), 2), (call(2), 2)]);
    let known = journal.call(call(2)).await.unwrap().unwrap();
    assert_eq!(known.state.unwrap().deadline.as_ref().unwrap().at, at(30));
    // A call that is over is read from its rows, and a late event still finds its place.
    let over = journal.call(call(3)).await.unwrap().unwrap();
    assert_eq!((over.number, over.provider_call), (2, Some(ProviderCallId("CA3".to_owned()))));
    journal.write(step(call(3), 3, "over")).await.unwrap();
    assert_eq!(journal.steps(call(3)).await.unwrap().len(), 3);
    // A step moves its deadline, and one without takes it away.
    let later = StepWrite { state: Some(state(call(2), "asking", deadline(2, 90))), ..step(call(2), 3, "asking") };
    journal.write(later).await.unwrap();
    assert_eq!(journal.next_deadline(), Some(at(60)));
    journal.write(step(call(1), 3, "over")).await.unwrap();
    assert_eq!(journal.next_deadline(), Some(at(90)));
}

#[tokio::test]
async fn a_job_is_claimed_once_and_a_lost_claim_moves_nothing() {
    let memory = Memory::fresh().await;
    let store = &memory.store;
    let job = |key: &str, seconds| NewJob {
        kind: "tell_alert",
        key: key.to_owned(),
        organisation: None,
        payload: "{}".to_owned(),
        due_at: at(seconds),
    };
    assert!(store.add_job(&job("a", 10), at(0)).await.unwrap());
    assert!(!store.add_job(&job("a", 99), at(0)).await.unwrap(), "a key is one piece of work");
    store.add_job(&job("b", 5), at(0)).await.unwrap();
    tokio::time::timeout(Duration::from_secs(1), store.job_added()).await.unwrap();
    assert_eq!(store.next_job_at().await.unwrap(), Some(at(5)));
    let lease = TimeDelta::seconds(60);
    assert_eq!(store.claim_jobs("w1", at(4), lease, 10).await.unwrap(), []);
    let mine = store.claim_jobs("w1", at(20), lease, 10).await.unwrap();
    assert_eq!(mine.iter().map(|job| (job.key.as_str(), job.attempts)).collect::<Vec<_>>(), [("b", 1), ("a", 1)]);
    assert_eq!(store.claim_jobs("w2", at(79), lease, 10).await.unwrap(), [], "they are taken");
    assert_eq!(store.next_job_at().await.unwrap(), Some(at(80)));
    // Field case F29: the lease ran out while the first worker slept.
    let theirs = store.claim_jobs("w2", at(80), lease, 1).await.unwrap();
    assert_eq!((theirs[0].key.as_str(), theirs[0].attempts), ("b", 2));
    assert!(!store.finish_job(&mine[0], "w1", at(81)).await.unwrap());
    assert!(!store.postpone_job(&mine[0], "w1", at(81)).await.unwrap());
    assert_eq!(store.claim_jobs("w3", at(82), lease, 10).await.unwrap().len(), 1, "only a, whose lease has run out");
    assert!(store.postpone_job(&theirs[0], "w2", at(500)).await.unwrap());
    assert!(store.cancel_job("b", at(90)).await.unwrap());
    assert!(!store.cancel_job("b", at(90)).await.unwrap());
    let again = store.claim_jobs("w3", at(200), lease, 10).await.unwrap();
    assert!(store.finish_job(&again[0], "w3", at(201)).await.unwrap());
    assert!(!store.add_job(&job("a", 1), at(202)).await.unwrap(), "done work is not planned again");
    assert_eq!(store.waiting_jobs(10).await.unwrap(), []);
    assert_eq!(store.clear_done_jobs(at(300)).await.unwrap(), 2);
    assert!(store.add_job(&job("a", 1), at(301)).await.unwrap());

    // A step's jobs come with its commit, or not at all.
    let memory = memory.with_acme().await;
    let refused = StepWrite { jobs: vec![job("c", 1)], ..step(call(1), 2, "asking") };
    assert!(memory.journal.write(refused).await.is_err());
    memory.journal.write(StepWrite { jobs: vec![job("d", 1)], ..first_step(call(1), None) }).await.unwrap();
    let keys: Vec<String> = memory.store.waiting_jobs(10).await.unwrap().into_iter().map(|job| job.key).collect();
    assert_eq!(keys, ["a", "d"]);
}

/// A mail begins only for an alert that is open, and a sent one never again; telling people is a lane of its own.
#[tokio::test]
async fn mails_begin_only_while_nobody_has_the_alert() {
    let memory = Memory::fresh().await.with_acme().await;
    let store = &memory.store;
    let organisation = organisation();
    let raise = |number| NewAlert {
        id: alert_id(number),
        organisation: Some(organisation.clone()),
        kind: AlertKind::Help,
        severity: Severity::Critical,
        travellers: Vec::new(),
        about_travel: false,
        call: None,
        query: None,
        line: None,
        once_key: None,
    };
    assert!(store.raise_alert(&raise(1), at(0)).await.unwrap());
    let mail = |recipient| MailKey { alert: alert_id(1), round: 0, recipient };
    assert!(store.begin_mail(mail(0), Some(&organisation), at(1)).await.unwrap());
    store.end_mail(mail(0), MailOutcome::Failed, at(2)).await.unwrap();
    assert!(store.begin_mail(mail(0), Some(&organisation), at(3)).await.unwrap(), "tried again");
    store.end_mail(mail(0), MailOutcome::Sent, at(4)).await.unwrap();
    assert!(!store.begin_mail(mail(0), Some(&organisation), at(5)).await.unwrap(), "sent once");
    store.take_alert(alert_id(1), by(6)).await.unwrap();
    assert!(!store.begin_mail(mail(1), Some(&organisation), at(7)).await.unwrap(), "somebody has it");
    let mails = store.alert_mails(alert_id(1)).await.unwrap();
    assert_eq!(mails.len(), 1);
    assert_eq!((mails[0].tries, mails[0].outcome, mails[0].sent_at), (2, MailOutcome::Sent, Some(at(4))));

    let errand = NewJob { kind: "change_call", key: "x".to_owned(), organisation: None, payload: "{}".to_owned(), due_at: at(0) };
    store.add_job(&errand, at(0)).await.unwrap();
    let lease = TimeDelta::seconds(60);
    let errands = store.claim_jobs_of(Some(JobLane::Telephone), "w1", at(10), lease, 10).await.unwrap();
    let mails = store.claim_jobs_of(Some(JobLane::Mail), "w1", at(10), lease, 10).await.unwrap();
    let kinds = |jobs: &[Job]| jobs.iter().map(|job| job.kind.clone()).collect::<Vec<_>>();
    assert_eq!((kinds(&errands), kinds(&mails)), (vec!["change_call".to_owned()], vec!["tell_recipients".to_owned()]));
}

/// Sixteen writers at once, beside writes that do not go through the journal: nobody is told "busy", nothing is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixteen_writers_lose_nothing() {
    const CALLS: u128 = 12;
    const STEPS: u32 = 8;
    let memory = Arc::new(Memory::fresh().await.with_acme().await);
    let mut writers = Vec::new();
    for writer in 0..16_u128 {
        let memory = Arc::clone(&memory);
        writers.push(tokio::task::spawn(async move {
            for number in 0..CALLS {
                let call = call(writer * 1_000 + number);
                memory.journal.write(first_step(call, Some(&format!("CA{writer}-{number}")))).await.unwrap();
                for step_number in 2..=STEPS {
                    memory
                        .journal
                        .write(step(call, step_number, if step_number == STEPS { "over" } else { "asking" }))
                        .await
                        .unwrap();
                }
                memory.traveller(&format!("w-{writer}-{number}"), &[phone(5)]).await;
            }
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(memory.store.travellers_by_phone(&organisation(), &phone(5)).await.unwrap().len(), 16 * 12);
    for writer in 0..16_u128 {
        for number in 0..CALLS {
            let steps = memory.journal.steps(call(writer * 1_000 + number)).await.unwrap();
            assert_eq!(steps.iter().map(|step| step.number).collect::<Vec<_>>(), (1..=STEPS).collect::<Vec<_>>());
        }
    }
}

/// Many judge by the same file at once: each wins once, in turn, and no change is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_file_is_changed_by_one_at_a_time() {
    let memory = Arc::new(Memory::fresh().await.with_acme().await);
    let one = memory.store.travellers_by_phone(&organisation(), &phone(2)).await.unwrap()[0];
    let start = memory.revision(one).await;
    let writers: Vec<_> = (0..16_u128)
        .map(|writer| {
            let memory = Arc::clone(&memory);
            tokio::task::spawn(async move {
                let mut lost = 0;
                loop {
                    let attempt = StepWrite {
                        people: vec![(one, memory.revision(one).await)],
                        effects: vec![Effect::SetStatus { traveller: one, status: Answer::Help }],
                        ..first_step(call(writer), None)
                    };
                    match memory.journal.write(attempt).await {
                        Ok(_) => return lost,
                        Err(StoreError::Conflict("a traveller's file" | "a record")) => lost += 1,
                        Err(error) => panic!("{error}"),
                    }
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(memory.revision(one).await, start + 16);
}

/// Field case F13: requests that are dropped at any moment leave no transaction open, and what was answered is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_requests_leave_nothing_open() {
    let memory = Memory::fresh().await.with_acme().await;
    let mut answered = Vec::new();
    for round in 0..600_u32 {
        let patience = Duration::from_micros(u64::from(round % 60) * 25);
        let id = call(u128::from(round));
        let write = memory.journal.write(first_step(id, None));
        if let Ok(Ok(_)) = tokio::time::timeout(patience, write).await {
            answered.push(id);
        }
        let (acme, fields) = (organisation(), fields());
        let traveller = TravellerId::new(&format!("d-{round}")).unwrap();
        let put = memory.store.put_traveller(&acme, &traveller, &fields, by(0));
        let dropped = tokio::time::timeout(patience, put).await.is_err();
        if !dropped {
            memory.store.traveller(&organisation(), &traveller).await.unwrap();
        }
    }
    assert!(!answered.is_empty() && answered.len() < 600, "some were dropped, some were not: {}", answered.len());
    let begun = Instant::now();
    for round in 0..200_u32 {
        memory.journal.write(first_step(call(10_000 + u128::from(round)), None)).await.unwrap();
        memory.traveller(&format!("e-{round}"), &[]).await;
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "200 whole ones took {:?}", begun.elapsed());
    let memory = memory.restarted().await;
    for id in answered {
        assert_eq!(memory.journal.steps(id).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn what_nobody_waits_for_any_more_is_written_unless_it_must_not_be() {
    let memory = Memory::fresh().await.with_acme().await;
    // The writer is held back by another write, so that both steps wait.
    let (help, safe) = (first_step(call(1), None), StepWrite { only_if_awaited: true, ..first_step(call(2), None) });
    if !memory.is_sqlite() {
        return;
    }
    let path = memory.url.strip_prefix("sqlite://").unwrap();
    let mut other = <sqlx::SqliteConnection as sqlx::Connection>::connect(path).await.unwrap();
    sqlx::query("begin immediate").execute(&mut other).await.unwrap();
    let patience = Duration::from_millis(50);
    // The first one goes into the waiting batch, the others queue up behind it.
    let waiting = tokio::time::timeout(patience, memory.journal.write(first_step(call(3), None)));
    assert!(waiting.await.is_err());
    assert!(tokio::time::timeout(patience, memory.journal.write(help)).await.is_err());
    assert!(tokio::time::timeout(patience, memory.journal.write(safe)).await.is_err());
    sqlx::query("commit").execute(&mut other).await.unwrap();
    memory.journal.write(first_step(call(4), None)).await.unwrap();
    assert!(memory.journal.call(call(1)).await.unwrap().is_some(), "a cry for help is written however late");
    assert!(memory.journal.call(call(2)).await.unwrap().is_none());
}

#[tokio::test]
async fn one_serves_and_commands_write_beside_it() {
    let memory = Memory::fresh_sqlite().await.with_acme().await;
    let second = Store::open(&memory.url, OpenOptions { serve: true }).await;
    assert!(matches!(second, Err(OpenError::InUse(_))), "{second:?}");
    let command = Store::open(&memory.url, OpenOptions::default()).await.unwrap();
    let before = memory.store.generation().await.unwrap();
    command.save_version(&version(Becomes::Active), by(1)).await.unwrap();
    assert!(memory.store.generation().await.unwrap() > before);
    let path = memory.url.strip_prefix("sqlite://").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions());
    assert_eq!(mode & 0o077, 0, "nobody else may read it");
    let memory = memory.restarted().await;
    assert!(memory.store.check_health().await.is_ok());

    for (url, says) in [
        ("mysql://x", "sqlite:// or postgres://"),
        ("sqlite::memory:", "forgets everything"),
        ("sqlite:///proc/none/x.db", "cannot use"),
    ] {
        let refused = Store::open(url, OpenOptions::default()).await.unwrap_err();
        assert!(refused.to_string().contains(says), "{url}: {refused}");
    }
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    let memory = Memory::fresh_sqlite().await;
    let path = memory.url.strip_prefix("sqlite://").unwrap();
    let mut other = <sqlx::SqliteConnection as sqlx::Connection>::connect(path).await.unwrap();
    sqlx::query("update meta set value = '2' where name = 'compat'").execute(&mut other).await.unwrap();
    let refused = Store::open(&memory.url, OpenOptions::default()).await;
    assert!(matches!(refused, Err(OpenError::TooNew { found: 2, known: 1 })), "{refused:?}");
}

#[tokio::test]
async fn what_is_written_never_changes() {
    let memory = Memory::fresh_sqlite().await.with_acme().await;
    memory.journal.write(first_step(call(1), None)).await.unwrap();
    let path = memory.url.strip_prefix("sqlite://").unwrap();
    let mut other = <sqlx::SqliteConnection as sqlx::Connection>::connect(path).await.unwrap();
    for change in ["update journal set state = null", "update settings_versions set document = '{}'"] {
        assert!(sqlx::query(change).execute(&mut other).await.is_err(), "{change}");
    }
}

/// Replays need hundreds of databases: each a copy of one that is migrated, gone afterwards.
#[tokio::test]
async fn copies_of_a_template_come_by_the_hundred() {
    let folder = tempfile::tempdir().unwrap();
    let template = folder.path().join("template.db");
    let begun = Instant::now();
    for number in 0..100_u128 {
        let store = Store::open_template_copy(&template).await.unwrap();
        let (journal, writer) = Journal::open(&store).await.unwrap();
        let stop = CancellationToken::new();
        let task = tokio::task::spawn(writer.run(stop.clone()));
        store.save_version(&version(Becomes::Active), by(0)).await.unwrap();
        assert_eq!(store.versions(&organisation(), None, 9).await.unwrap().len(), 1, "each is empty at its start");
        journal.write(first_step(call(number), None)).await.unwrap();
        stop.cancel();
        task.await.unwrap();
        store.close().await;
    }
    assert!(begun.elapsed() < Duration::from_secs(20), "100 copies took {:?}", begun.elapsed());
}

/// The other half of the test below: a process that writes and says what was acknowledged, until it is killed.
#[tokio::test]
#[ignore = "run by what_was_acknowledged_survives_a_kill"]
async fn writes_until_it_is_killed() {
    #[expect(clippy::disallowed_methods, reason = "how the parent names the database")]
    let Ok(url) = std::env::var("ASSISTLINE_TEST_STORY_URL") else { return };
    let memory = Arc::new(Memory::open(url, None).await);
    for _ in 0..8 {
        let memory = Arc::clone(&memory);
        tokio::task::spawn(async move {
            loop {
                let id = CallId(Uuid::new_v4());
                let first = StepWrite { delivery: Some(DeliveryId(*id.0.as_bytes())), ..first_step(id, None) };
                memory.journal.write(first).await.unwrap();
                println!("acknowledged {id}");
                let name = format!("k-{}", id.0);
                memory.traveller(&name, &[]).await;
                println!("traveller {name}");
            }
        });
    }
    tokio::time::sleep(Duration::from_secs(60)).await;
}

/// Promise 4: `kill -9` at any moment loses nothing that was acknowledged.
#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() {
    let mut memory = Memory::fresh_sqlite().await.with_acme().await;
    for round in 0..3_u64 {
        let Memory { store, journal, url, stop, tasks, folder } = memory;
        stop.cancel();
        tasks.wait().await;
        store.close().await;
        drop((store, journal));
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["store_story::writes_until_it_is_killed", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
            .env("ASSISTLINE_TEST_STORY_URL", &url)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut said = Vec::new();
        while said.len() < 200 {
            said.push(lines.next().expect("the child writes").unwrap());
        }
        std::thread::sleep(Duration::from_millis(round * 7)); // another moment each time
        child.kill().unwrap();
        child.wait().unwrap();
        said.extend(lines.map_while(Result::ok)); // said before it died
        memory = Memory::open(url, folder).await;
        let mut found = 0;
        for line in said {
            // The test harness may write its own words in front.
            if let Some((_, id)) = line.split_once("acknowledged ").filter(|(_, id)| id.len() == 36) {
                let id = CallId(id.parse().unwrap());
                assert_eq!(memory.journal.steps(id).await.unwrap().len(), 1, "round {round}");
                assert!(memory.journal.delivery(DeliveryId(*id.0.as_bytes())).await.unwrap().is_some());
                found += 1;
            } else if let Some((_, id)) = line.split_once("traveller ").filter(|(_, id)| id.len() == 38) {
                memory.store.traveller(&organisation(), &TravellerId::new(id).unwrap()).await.unwrap();
            }
        }
        assert!(found > 50, "{found}");
    }
}
