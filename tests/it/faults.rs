//! When things break (promises 3 and 4): the memory is locked, gone or damaged in mid-call, we panic, clients vanish. The
//! caller always gets valid call control within 2 s, help is forwarded, safe is not accepted, and nothing that was
//! acknowledged is lost.

use crate::support::test_app::{ACCOUNT_SID, BEN, CENTRE, FIRST, LINE, SECOND, STRANGER, TestApp};
use crate::support::wire::{Answer, Hand, Wire, dialled};
use assistline::app::take_webhook::{self, WebhookReply, WebhookRoute};
use assistline::model::alert::{AlertKind, AlertState};
use assistline::model::answer::Answer as Meaning;
use assistline::model::ids::{AccountId, LineId, ProviderCallId};
use sqlx::{Connection, SqliteConnection};
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// How the memory breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Break {
    /// Another process holds the write lock.
    Locked,
    /// The journal's writer has stopped.
    NoWriter,
    /// All connections are gone as well.
    Gone,
    /// The file is overwritten.
    Damaged,
}

const BREAKS: [Break; 4] = [Break::Locked, Break::NoWriter, Break::Gone, Break::Damaged];

/// Breaks the memory. A lock lasts as long as the connection that comes back.
async fn breaks(app: &TestApp, how: Break) -> Option<SqliteConnection> {
    match how {
        Break::Locked => return Some(lock(app).await),
        Break::NoWriter => app.stop_writing(),
        Break::Gone => {
            app.stop_writing();
            app.app.store.close().await;
        }
        Break::Damaged => {
            // In place: a file that shrinks under its readers would end the process, not the memory.
            for suffix in ["", "-wal"] {
                let path = format!("{}{suffix}", app.database.display());
                let mut file = std::fs::OpenOptions::new().write(true).open(&path).expect("a file");
                let length = usize::try_from(file.metadata().expect("a file").len()).expect("a size");
                file.write_all(&vec![0xA5_u8; length]).expect("damaged");
            }
        }
    }
    None
}

async fn lock(app: &TestApp) -> SqliteConnection {
    let url = format!("sqlite://{}", app.database.display());
    let mut connection = SqliteConnection::connect(&url).await.expect("a connection");
    sqlx::query("begin exclusive").execute(&mut connection).await.expect("the lock");
    connection
}

/// Valid call control, in time.
async fn in_time(answer: impl Future<Output = Answer>) -> Answer {
    let begin = Instant::now();
    let answer = answer.await;
    let took = begin.elapsed();
    assert!(took < Duration::from_millis(2_000), "{took:?}");
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn help_is_forwarded_desk_by_desk_whatever_is_broken() {
    for how in BREAKS {
        let app = TestApp::new().await;
        let call = app.call_by_hand(1, STRANGER);
        let question = call.arrives().await;
        let lock = breaks(&app, how).await;
        let mut answer = in_time(call.presses(&question, "2")).await;
        let mut desks = Vec::new();
        while let Some(desk) = dialled(&answer.body) {
            desks.push(desk);
            assert!(desks.len() < 10, "{how:?}: {desks:?}");
            let whisper = in_time(call.desk_answers(&answer)).await;
            let words = if desks.len() == 3 { "verbunden" } else { "Zum Annehmen" };
            assert!(whisper.body.contains(words), "{how:?}: {whisper:?}");
            answer = in_time(call.dial_ends(&answer, "completed", "0")).await;
        }
        assert_eq!(desks, [FIRST, SECOND, CENTRE], "{how:?}: the right desks, each once");
        assert!(answer.body.contains("<Say") && answer.body.contains("<Hangup"), "{how:?}: {answer:?}");
        assert!(app.unrecorded().await >= 1, "{how:?}: it is said as soon as anything works again");
        drop(lock);
        app.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_takes_the_call_whatever_is_broken() {
    for how in BREAKS {
        let app = TestApp::new().await;
        let call = app.call_by_hand(1, STRANGER);
        let question = call.arrives().await;
        let lock = breaks(&app, how).await;
        let forward = in_time(call.presses(&question, "3")).await;
        let whisper = in_time(call.desk_answers(&forward)).await;
        assert!(whisper.body.contains("Medizinischer Anruf"), "{how:?}: {whisper:?}");
        // The medical provider need not confirm, and talks.
        let end = in_time(call.dial_ends(&forward, "completed", "40")).await;
        assert_eq!(dialled(&end.body), None, "{how:?}: {end:?}");
        let other = app.call_by_hand(2, STRANGER);
        let question = in_time(other.arrives()).await;
        let forward = in_time(other.says(&question, "Hilfe", None)).await;
        let whisper = in_time(other.desk_answers(&forward)).await;
        let taken = in_time(other.desk_presses(&forward, &whisper, "1")).await;
        assert!(taken.body.contains("verbunden") && !taken.body.contains("<Hangup"), "{how:?}: {taken:?}");
        let end = in_time(other.dial_ends(&forward, "completed", "40")).await;
        assert_eq!(dialled(&end.body), None, "{how:?}: who has talked with a desk is not sent to the next: {end:?}");
        drop(lock);
        app.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn safe_is_not_accepted_while_nothing_can_be_stored_and_the_caller_hears_it() {
    for how in BREAKS {
        let app = TestApp::new().await;
        let call = app.call_by_hand(1, BEN);
        let question = call.arrives().await;
        let mut lock = breaks(&app, how).await;
        let answer = in_time(call.presses(&question, "1")).await;
        assert!(answer.body.contains("your answer is not saved"), "{how:?}: {answer:?}");
        assert!(!answer.body.contains("noted"), "{how:?}: {answer:?}");
        if let Some(lock) = lock.as_mut() {
            sqlx::query("rollback").execute(lock).await.expect("the lock is given back");
            tokio::time::sleep(Duration::from_millis(300)).await;
            assert_eq!(app.status("ben").await, None, "and it is not written later");
            let help = call.presses(&answer, "2").await;
            assert_eq!(dialled(&help.body).as_deref(), Some(FIRST), "the goodbye can be interrupted");
        } else {
            let help = in_time(call.presses(&answer, "2")).await;
            assert_eq!(dialled(&help.body).as_deref(), Some(FIRST), "{how:?}: the goodbye can be interrupted");
        }
        app.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_lock_the_call_goes_on_where_it_was_and_everything_is_recorded() {
    let app = TestApp::new().await;
    let mut lock = lock(&app).await;
    let call = app.call_by_hand(1, BEN);
    let question = in_time(call.arrives()).await;
    let first = in_time(call.presses(&question, "2")).await;
    assert_eq!(dialled(&first.body).as_deref(), Some(FIRST));
    sqlx::query("rollback").execute(&mut lock).await.expect("the lock is given back");
    let second = call.dial_ends(&first, "busy", "0").await;
    assert_eq!(dialled(&second.body).as_deref(), Some(SECOND), "{second:?}");
    let whisper = call.desk_answers(&second).await;
    let taken = call.desk_presses(&second, &whisper, "1").await;
    assert!(taken.body.contains("Ben Carter"), "the call is known again: {taken:?}");
    let end = call.dial_ends(&second, "completed", "30").await;
    assert_eq!(dialled(&end.body), None);
    assert_eq!((app.calls().await, app.status("ben").await), (1, Some(Meaning::Help)));
    // It is recorded after all, and the operator is told that it was not for a while (promise 4).
    assert!(app.unrecorded().await > 0);
    let alerts: Vec<_> = app.alerts().await.into_iter().filter(|(kind, _)| *kind != AlertKind::HelpUnrecorded).collect();
    assert_eq!(alerts, [(AlertKind::Help, AlertState::Settled)]);
    app.end().await;
}

/// The process that answered without the memory is gone as well: only the token knows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_lock_and_a_restart_the_token_brings_the_call_back() {
    let app = TestApp::new().await;
    let call = app.call_by_hand(1, BEN);
    let question = call.arrives().await;
    let mut lock = lock(&app).await;
    let first = in_time(call.presses(&question, "2")).await;
    let second = in_time(call.dial_ends(&first, "no-answer", "0")).await;
    assert_eq!(dialled(&second.body).as_deref(), Some(SECOND));
    for call in app.app.missed.calls() {
        let missed = app.app.missed.of(call).expect("a call");
        for event in &missed.events {
            app.app.missed.stored(call, event.delivery);
        }
        app.app.missed.caught_up(call, missed.forward.as_ref());
    }
    sqlx::query("rollback").execute(&mut lock).await.expect("the lock is given back");
    let whisper = call.desk_answers(&second).await;
    assert!(whisper.body.contains("Hilferuf") && whisper.body.contains("Annehmen"), "{whisper:?}");
    let third = call.dial_ends(&second, "completed", "0").await;
    assert_eq!(dialled(&third.body).as_deref(), Some(CENTRE), "{third:?}");
    assert_eq!(app.status("ben").await, Some(Meaning::Help));
    app.end().await;
}

/// Field case F12: an error of ours yields the whole safe plan, never a part of a document, never the error's words.
#[tokio::test]
async fn a_panic_or_a_hang_yields_the_whole_safe_plan() {
    let app = TestApp::new().await;
    let line = app.app.settings.now().lines.get(&LineId::new("berlin").expect("a slug")).cloned().expect("a line");
    let panics = async { panic!("+14155550100 said something that nobody may read") };
    let hangs = async { std::future::pending::<WebhookReply>().await };
    let replies = [
        take_webhook::guarded(&app.app, &line, &WebhookRoute::Voice, panics).await,
        take_webhook::guarded(&app.app, &line, &WebhookRoute::Step("x".to_owned()), hangs).await,
    ];
    for reply in replies {
        let WebhookReply::Document(reply) = reply else { panic!("{reply:?}") };
        assert_eq!((reply.status, dialled(&reply.body).as_deref()), (200, Some(FIRST)));
        assert!(!reply.body.contains("nobody may read"));
    }
    let status = take_webhook::guarded(&app.app, &line, &WebhookRoute::Status(None), async { panic!("again") }).await;
    assert_eq!(status, WebhookReply::NobodyToCall, "the provider tries a status again");
    app.end().await;
}

/// What runs on the safe plan is not interrupted by the deadline of the question that broke.
#[tokio::test]
async fn a_talk_on_the_safe_plan_is_not_cut_off_by_a_deadline() {
    let app = TestApp::new().await;
    let call = app.call_by_hand(1, BEN);
    let question = call.arrives().await;
    let url = crate::support::wire::attribute(&question.body, "Gather", "action").expect("a gather");
    let token = app.target(&url).rsplit('/').next().expect("a token").to_owned();
    let line = app.app.settings.now().lines.get(&LineId::new("berlin").expect("a slug")).cloned().expect("a line");
    let reply = take_webhook::guarded(&app.app, &line, &WebhookRoute::Step(token), async { panic!("a bug") }).await;
    let WebhookReply::Document(reply) = reply else { panic!("{reply:?}") };
    assert_eq!(dialled(&reply.body).as_deref(), Some(FIRST));
    let document = Answer { status: 200, body: reply.body };
    let whisper = call.desk_answers(&document).await;
    let taken = call.desk_presses(&document, &whisper, "1").await;
    assert!(taken.body.contains("verbunden") && !taken.body.contains("<Hangup"), "{taken:?}");
    app.pass(300).await;
    let steps = app.steps(&call.sid).await;
    assert!(steps.iter().any(|step| step.kind == "caught_up"), "{:?}", steps.iter().map(|step| &step.kind).collect::<Vec<_>>());
    assert!(!steps.iter().any(|step| step.kind == "deadline_passed"));
    let end = call.dial_ends(&document, "completed", "200").await;
    assert_eq!((end.status, dialled(&end.body)), (200, None), "{end:?}");
    app.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_delivery_twenty_times_at_once_is_recorded_once() {
    let app = Arc::new(TestApp::new().await);
    let call = app.call_by_hand(1, BEN);
    let question = call.arrives().await;
    let url = crate::support::wire::attribute(&question.body, "Gather", "action").expect("a gather");
    let pairs = call.pairs(&[("Digits", "2")]);
    let target = app.target(&url);
    let bytes = app.form_request(&app.sign(&target, &pairs), &target, &pairs);
    let mut posts = JoinSet::new();
    for _ in 0..20 {
        let (app, bytes) = (Arc::clone(&app), bytes.clone());
        posts.spawn(async move {
            let mut wire = Wire::to(&app).await;
            wire.send(&bytes).await;
            wire.read().await
        });
    }
    let answers = posts.join_all().await;
    assert!(answers.iter().all(|answer| *answer == answers[0] && answer.status == 200), "{answers:?}");
    assert_eq!(app.steps(&call.sid).await.len(), 2);
    assert_eq!(app.alerts().await, [(AlertKind::Help, AlertState::Open)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn steps_of_one_call_at_the_same_moment_come_one_after_the_other() {
    let app = TestApp::new().await;
    for number in 0..10 {
        let call = app.call_by_hand(100 + number, BEN);
        let question = call.arrives().await;
        let ends = [("AccountSid", ACCOUNT_SID), ("CallSid", call.sid.as_str()), ("CallStatus", "completed")];
        let (help, end, other) = tokio::join!(
            call.presses(&question, "2"),
            app.post("/webhooks/berlin/status", &ends),
            call.says(&question, "we are fine", Some("0.9")),
        );
        assert_eq!((help.status, end.status, other.status), (200, 200, 200));
        let steps = app.steps(&call.sid).await;
        assert_eq!(steps.iter().map(|step| step.number).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert!(app.status("ben").await == Some(Meaning::Help), "whatever came first, the cry for help counts");
    }
    app.end().await;
}

/// Field case F13: clients that close in the middle leave nothing half done.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_clients_that_vanish_leave_the_memory_whole() {
    let app = Arc::new(TestApp::in_real_time().await);
    let account = AccountId::new("main").expect("a slug");
    let mut answered = Vec::new();
    let mut delay = 0x9E37_79B9_u64;
    for batch in 0..40_u32 {
        let mut clients = JoinSet::new();
        for number in 0..50 {
            // Some spread of 0 to 3 ms that is the same in every run.
            delay = delay.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (app, patience) = (Arc::clone(&app), Duration::from_micros((delay >> 33) % 3_000));
            clients.spawn(async move {
                let call = app.call_by_hand(0x10_0000 + batch * 50 + number, STRANGER);
                let (target, pairs) = (call.voice(), call.pairs(&[]));
                let bytes = app.form_request(&app.sign(&target, &pairs), &target, &pairs);
                let mut wire = Wire::to(&app).await;
                wire.send(&bytes).await;
                let answer = tokio::time::timeout(patience, wire.read()).await;
                answer.is_ok_and(|answer| answer.status == 200).then(|| call.sid.clone())
            });
        }
        answered.extend(clients.join_all().await.into_iter().flatten());
    }
    while !app.app.tasks.is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await; // the trips of those who left go on to their end
    }
    let mut whole = JoinSet::new();
    for number in 0..200_u32 {
        let app = Arc::clone(&app);
        whole.spawn(async move {
            tokio::time::sleep(Duration::from_millis(u64::from(number) * 10)).await;
            let call: Hand<'_> = app.call_by_hand(0x20_0000 + number, STRANGER);
            let answer = in_time(call.arrives()).await;
            assert!(answer.body.contains("<Gather"), "{answer:?}");
            call.sid.clone()
        });
    }
    answered.extend(whole.join_all().await);
    assert!(answered.len() >= 200);
    assert!(app.app.missed.calls().is_empty() && app.unrecorded().await == 0, "nobody was answered without the memory");
    for sid in &answered {
        let row = app.app.store.call_by_provider_id(&account, &ProviderCallId(sid.clone())).await.expect("a look");
        assert!(row.is_some(), "{sid} was answered and is not there");
    }
    let mut other = lock(&app).await;
    sqlx::query("rollback").execute(&mut other).await.expect("no connection is left in a transaction");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_for_help_that_cannot_be_stored_is_told_and_stands_in_the_spool() {
    for how in BREAKS {
        let app = TestApp::new().await;
        let lock = breaks(&app, how).await;
        for (number, body, spooled) in [(1, "alles gut", 0), (2, "Hilfe", 1)] {
            let sid = format!("SM{number:032x}");
            let pairs = [
                ("AccountSid", ACCOUNT_SID),
                ("Body", body),
                ("From", STRANGER),
                ("MessageSid", sid.as_str()),
                ("SmsStatus", "received"),
                ("To", LINE),
            ];
            let answer = in_time(app.post("/webhooks/berlin/message", &pairs)).await;
            assert!(answer.body.contains("nicht gespeichert") && answer.body.contains("+49 30 23125101"), "{how:?}: {answer:?}");
            assert_eq!(app.unrecorded().await, spooled, "{how:?}: {body}");
        }
        drop(lock);
        app.end().await;
    }
}

/// A flood of forged webhooks beside a real call.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_forged_webhooks_slows_no_caller_down() {
    let app = Arc::new(TestApp::new().await);
    let mut flood = JoinSet::new();
    for number in 0..400 {
        let app = Arc::clone(&app);
        flood.spawn(async move {
            let call = app.call_by_hand(0xF000 + number, STRANGER);
            app.post_with("Zm9yZ2Vk", &call.voice(), &call.pairs(&[])).await.status
        });
    }
    let call = app.call_by_hand(1, STRANGER);
    let question = in_time(call.arrives()).await;
    let help = in_time(call.presses(&question, "2")).await;
    assert_eq!(dialled(&help.body).as_deref(), Some(FIRST));
    assert!(flood.join_all().await.iter().all(|status| *status == 403));
    assert_eq!(app.calls().await, 1);
    let refused = app.alerts().await.into_iter().filter(|(kind, _)| *kind == AlertKind::WebhooksRefused).count();
    assert_eq!(refused, 1);
}
