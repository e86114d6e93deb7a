//! Alerts are told to people until one of them takes it.

use crate::support::house::{House, Plan, acme};
use crate::support::smtp::MailServer;
use assistline::model::alert::{AlertKind, AlertState};
use assistline::model::ids::{CallId, LineId};
use assistline::outbound::mail::{MailConfig, MailboxMood, Mailer};
use assistline::store::alert_mails::MailOutcome;
use assistline::store::alerts::{Settle, Take};
use assistline::store::spool;
use assistline::store::{By, StoreError};
use std::sync::Arc;

const A: &str = "a@acme.example";
const B: &str = "b@acme.example";
const C: &str = "c@acme.example";
const OPS: &str = "ops@centre.example";

fn told(expected: &[(i64, &str)]) -> Vec<(i64, String)> {
    expected.iter().map(|(minute, address)| (*minute, (*address).to_owned())).collect()
}

fn sorted(mut mails: Vec<(i64, String)>) -> Vec<(i64, String)> {
    mails.sort();
    mails
}

#[tokio::test]
async fn each_repeat_adds_the_next_recipient_and_at_last_the_installations() {
    let house = House::new().await;
    house.raise(AlertKind::Help).await;
    house.pass(0).await;
    assert_eq!(house.told(), told(&[(0, A)]), "the first one at once");
    house.pass(16 * 60).await;
    let expected = told(&[(0, A), (5, A), (5, B), (10, A), (10, B), (10, C), (15, A), (15, B), (15, C), (15, OPS)]);
    assert_eq!(sorted(house.told()), expected);
    house.pass(5 * 60).await;
    assert_eq!(house.told().len(), 14, "and then all of them, again and again");
    assert!(house.operator_alerts().await.is_empty());
}

#[tokio::test]
async fn who_takes_it_ends_the_telling() {
    let house = House::new().await;
    let alert = house.raise(AlertKind::Help).await;
    house.pass(60).await;
    assert!(matches!(house.app.store.take_alert(alert, house.by("anna")).await, Ok(Take::Theirs(_))));
    house.pass(3600).await;
    assert_eq!(house.told(), told(&[(0, A)]));
    assert!(house.app.store.waiting_jobs(10).await.unwrap().is_empty(), "nothing is left to do");
    let settled = house.raise(AlertKind::Unreached).await;
    house.app.store.settle_alert(settled, None, None, house.by("anna")).await.unwrap();
    house.pass(3600).await;
    assert_eq!(house.told().len(), 1, "a settled one is not told at all");
}

#[tokio::test]
async fn while_a_desk_talks_repeats_pause_and_their_clock_runs_on() {
    let house = House::new().await;
    let document = house.document("https://calls.example/webhooks/berlin/voice", &call_from("+491713920000")).await;
    let question = crate::support::house::url_of(&document, "action");
    let sid = ("CallSid", SID);
    let dial = house.document(&question, &[sid, ("Digits", "2"), ("CallStatus", "in-progress")]).await;
    house.pass(0).await;
    assert_eq!(house.told(), told(&[(0, A)]));
    let leg = crate::support::house::url_of(&dial, "statusCallback");
    let of_leg = [
        ("CallSid", "CA000000000000000000000000000000bb"),
        ("ParentCallSid", SID),
        ("CallStatus", "in-progress"),
        ("To", "+493023125010"),
    ];
    house.webhook(&leg, &of_leg).await;
    let alert = house.alerts().await.remove(0);
    assert_eq!(alert.state, AlertState::BeingAnswered);
    let whisper = crate::support::house::url_of(&dial, " url");
    let key = crate::support::house::url_of(&house.document(&whisper, &of_leg).await, "action");
    let confirmed = [of_leg[0], of_leg[1], of_leg[2], of_leg[3], ("Digits", "1")];
    house.document(&key, &confirmed).await;
    let alert = house.app.store.alert(alert.id).await.unwrap();
    assert_eq!(alert.state, AlertState::Settled, "a desk that has confirmed has the call");
    house.pass(3600).await;
    assert_eq!(house.told(), told(&[(0, A)]));
}

const SID: &str = "CA000000000000000000000000000000aa";

fn call_from(number: &str) -> [(&str, &str); 5] {
    [("CallSid", SID), ("From", number), ("To", crate::support::house::LINE), ("CallStatus", "ringing"), ("Direction", "inbound")]
}

#[tokio::test]
async fn what_fell_due_while_a_desk_talked_is_told_when_it_has_hung_up() {
    let house = House::new().await;
    let document = house.document("https://calls.example/webhooks/berlin/voice", &call_from("+491713920000")).await;
    let question = crate::support::house::url_of(&document, "action");
    let dial = house.document(&question, &[("CallSid", SID), ("Digits", "2"), ("CallStatus", "in-progress")]).await;
    house.pass(0).await;
    let leg = crate::support::house::url_of(&dial, "statusCallback");
    let status = |status: &'static str| {
        [
            ("CallSid", "CA000000000000000000000000000000bb"),
            ("ParentCallSid", SID),
            ("CallStatus", status),
            ("To", "+493023125010"),
        ]
    };
    let alert = house.alerts().await.remove(0);
    house.webhook(&leg, &status("in-progress")).await;
    assert_eq!(house.app.store.alert(alert.id).await.unwrap().state, AlertState::BeingAnswered);
    // The memory alone decides here: the deadline of the whisper would call the next desk long before.
    house.clock.advance(chrono::TimeDelta::minutes(6));
    let again = house.app.tell_recipients(alert.id).await.unwrap();
    assert_eq!(again, Some(house.clock.now() + chrono::TimeDelta::seconds(5)), "it is looked at again soon");
    assert_eq!(house.told(), told(&[(0, A)]), "and nobody is told meanwhile");
    house.webhook(&leg, &status("completed")).await;
    assert_eq!(house.app.store.alert(alert.id).await.unwrap().state, AlertState::Open);
    house.app.tell_recipients(alert.id).await.unwrap();
    assert_eq!(sorted(house.told()), told(&[(0, A), (6, A), (6, B)]), "the repeat of minute 5 comes now");
}

#[tokio::test]
async fn a_mailbox_that_refuses_or_hangs_passes_its_turn_to_the_next_at_once() {
    let house = House::new().await;
    house.mails.set_mood(A, MailboxMood::Refuses);
    house.mails.set_mood(B, MailboxMood::Hangs);
    let alert = house.raise(AlertKind::Help).await;
    house.pass(0).await;
    let about = |told: Vec<(i64, String)>| told.into_iter().filter(|(_, to)| to != OPS).collect::<Vec<_>>();
    assert_eq!(about(house.told()), told(&[(0, C)]), "within the minute");
    let mails = house.app.store.alert_mails(alert).await.unwrap();
    let outcomes: Vec<_> = mails.iter().map(|mail| (mail.recipient, mail.outcome)).collect();
    assert_eq!(outcomes, [(0, MailOutcome::Refused), (1, MailOutcome::Failed), (2, MailOutcome::Sent)]);
    let faults = house.operator_alerts().await;
    assert_eq!(faults.iter().map(|alert| alert.kind).collect::<Vec<_>>(), [AlertKind::MailFailed; 2], "one for each");
    assert!(faults.iter().all(|alert| alert.organisation.is_none()));
    house.pass(1).await;
    let faults_told = house.mails.sent().iter().filter(|mail| mail.subject.contains("could not be delivered")).count();
    assert_eq!(faults_told, 2, "the installation's recipient is told of both");
    house.mails.set_mood(B, MailboxMood::Takes);
    house.pass(60).await;
    assert!(about(house.told()).contains(&(0, B.to_owned())), "what hung is tried again soon");
    house.pass(5 * 60).await;
    let fifth: Vec<String> = house
        .mails
        .sent()
        .iter()
        .filter(|mail| mail.id.starts_with(&format!("{alert}.1.")))
        .map(|mail| mail.address.clone())
        .collect();
    assert!(fifth.contains(&C.to_owned()) && fifth.contains(&OPS.to_owned()), "the next repeat adds the next one: {fifth:?}");
}

#[tokio::test]
async fn a_passing_fault_is_tried_again_before_the_next_repeat() {
    let house = House::with(Plan { recipients: vec![A], installation: Vec::new(), ..Plan::default() }).await;
    house.mails.set_mood(A, MailboxMood::Postpones);
    let alert = house.raise(AlertKind::Help).await;
    house.pass(20).await;
    assert_eq!(house.app.store.alert_mails(alert).await.unwrap()[0].tries, 2, "after 15 s");
    house.mails.set_mood(A, MailboxMood::Takes);
    house.pass(60).await;
    let mails = house.app.store.alert_mails(alert).await.unwrap();
    assert_eq!((mails.len(), mails[0].tries, mails[0].outcome), (1, 3, MailOutcome::Sent));
    house.pass(5 * 60).await;
    assert_eq!(house.told().len(), 2, "one mail a round");
}

#[tokio::test]
async fn mails_tell_whose_help_and_where_and_nothing_else() {
    let house = House::new().await;
    let row = house.traveller("t-1", &["+491713920001"]).await;
    assert!(row.0 > 0);
    let document = house.document("https://calls.example/webhooks/berlin/voice", &call_from("+491713920001")).await;
    let question = crate::support::house::url_of(&document, "action");
    let speech =
        [("CallSid", SID), ("SpeechResult", "ich blute stark am Kopf"), ("Confidence", "0.9"), ("CallStatus", "in-progress")];
    house.document(&question, &speech).await;
    house.pass(0).await;
    let alert = house.alerts().await.remove(0);
    assert_eq!(alert.kind, AlertKind::Medical);
    let mail = house.newest_mail();
    assert_eq!(mail.subject, "ACME GmbH: Help has been asked for");
    for part in ["ACME GmbH", "+49 30 23125010", &format!("POST /v1/organisations/acme/alerts/{}/take", alert.id)] {
        assert!(mail.body.contains(part), "{part} in\n{}", mail.body);
    }
    let all = format!("{}\n{}", mail.subject, mail.body).to_lowercase();
    for secret in ["medic", "anna", "meier", "blute", "kopf", "713920001", "t-1"] {
        assert!(!all.contains(secret), "{secret} in\n{all}");
    }
}

#[tokio::test]
async fn taken_while_it_is_being_settled_it_always_ends_settled() {
    let house = House::new().await;
    for number in 0..1_000_u32 {
        let alert = house.raise(AlertKind::Help).await;
        let (app, at) = (Arc::clone(&house.app), house.clock.now());
        let take = async { app.store.take_alert(alert, By { who: "anna", at }).await };
        let settle = async { app.store.settle_alert(alert, Some("safe"), Some("called"), By { who: "ben", at }).await };
        let (taken, settled): (Result<Take, StoreError>, Result<Settle, StoreError>) = if number % 2 == 0 {
            tokio::join!(take, settle)
        } else {
            let (settled, taken) = tokio::join!(settle, take);
            (taken, settled)
        };
        assert!(matches!(settled.unwrap(), Settle::Done(_)), "the settling counts, whoever came first");
        assert!(matches!(taken.unwrap(), Take::Theirs(_) | Take::Settled(_)));
        let row = app.store.alert(alert).await.unwrap();
        assert_eq!((row.state, row.settled_by.as_deref()), (AlertState::Settled, Some("ben")));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_take_was_answered_no_mail_begins() {
    let house = House::with(Plan { installation: Vec::new(), ..Plan::default() }).await;
    for number in 0..200_u64 {
        let alert = house.raise(AlertKind::Help).await;
        let (app, at) = (Arc::clone(&house.app), house.clock.now());
        let telling = {
            let app = Arc::clone(&app);
            app.clone().tasks.spawn(async move { app.tell_recipients(alert).await })
        };
        tokio::time::sleep(std::time::Duration::from_micros(number * 10)).await;
        let taken = app.store.take_alert(alert, By { who: "anna", at }).await.unwrap();
        assert!(matches!(taken, Take::Theirs(_)));
        let begun = app.store.alert_mails(alert).await.unwrap().len();
        telling.await.unwrap().unwrap();
        assert_eq!(app.tell_recipients(alert).await.unwrap(), None);
        assert_eq!(app.store.alert_mails(alert).await.unwrap().len(), begun);
    }
}

#[tokio::test]
async fn a_restart_goes_on_where_the_telling_stopped() {
    let mut house = House::new().await;
    let alert = house.raise(AlertKind::Help).await;
    house.pass(6 * 60).await;
    assert_eq!(house.told().len(), 3);
    house = house.restart().await;
    house.pass(60).await;
    assert_eq!(house.told().len(), 3, "nothing is told twice");
    house.clock.advance(chrono::TimeDelta::minutes(20));
    house = house.restart().await;
    house.pass(0).await;
    let at_once: Vec<String> = house.mails.sent().iter().skip(3).map(|mail| mail.address.clone()).collect();
    assert_eq!(at_once.len(), 4, "everybody whose turn came while nothing ran: {at_once:?}");
    assert!(house.mails.sent().iter().skip(3).all(|mail| mail.id.starts_with(&format!("{alert}.5."))));
}

#[tokio::test]
async fn help_that_could_not_be_recorded_is_told_when_the_memory_answers_again() {
    let house = House::new().await;
    let folder = house.folder.path().join("spool");
    let entry = |number: u128| spool::Unrecorded {
        at: house.clock.now(),
        call: CallId(uuid::Uuid::from_u128(number)),
        line: LineId::new("berlin").unwrap(),
        organisation: Some(acme()),
        traveller: None,
    };
    for number in [1, 1, 2] {
        spool::append(&folder, &entry(number)).unwrap();
    }
    house.pass(0).await;
    let alerts = house.operator_alerts().await;
    assert_eq!(alerts.iter().map(|alert| alert.kind).collect::<Vec<_>>(), [AlertKind::HelpUnrecorded; 2], "one for each call");
    assert!(spool::take(&folder).unwrap().is_empty(), "it is forgotten when it stands");
    assert_eq!(house.told(), told(&[(0, OPS), (0, OPS)]));
    assert!(house.newest_mail().subject.contains("Help was forwarded and could not be recorded"));
}

#[tokio::test]
async fn without_a_mail_server_the_telling_waits_for_one() {
    let house = House::with(Plan { mailer: Some(Mailer::to_nobody()), ..Plan::default() }).await;
    let alert = house.raise(AlertKind::Help).await;
    house.pass(12 * 60).await;
    assert!(house.app.store.alert_mails(alert).await.unwrap().is_empty());
    assert_eq!(house.app.store.waiting_jobs(10).await.unwrap().len(), 1);
}

fn smtp(place: &str) -> Mailer {
    let config = MailConfig {
        smtp_url: Some(format!("smtp://{place}").into()),
        from: Some("alerts@acme.example".to_owned()),
        pages_url: Some("https://pages.example".to_owned()),
    };
    Mailer::new(&config).unwrap()
}

#[tokio::test]
async fn a_mail_server_that_hangs_up_on_idle_connections_misses_no_repeat() {
    let (server, place) = MailServer::listen().await;
    let house = House::with(Plan { mailer: Some(smtp(&place)), recipients: vec![A], ..Plan::default() }).await;
    house.raise(AlertKind::Help).await;
    for minutes in [0, 5, 5] {
        house.pass(minutes * 60).await;
        tokio::time::sleep(std::time::Duration::from_millis(80)).await; // longer than the server waits
    }
    let mails = server.mails();
    assert_eq!(mails.iter().filter(|mail| mail.contains(A)).count(), 3);
    assert!(mails[0].contains("https://pages.example/organisations/acme/alerts?state=open#"), "{}", mails[0]);
    assert!(house.operator_alerts().await.is_empty());
}

#[tokio::test]
async fn a_real_refusal_and_a_real_hang_pass_the_turn() {
    let (server, place) = MailServer::listen().await;
    let recipients = vec!["refuses@acme.example", "hangs@acme.example", C];
    let house = House::with(Plan { mailer: Some(smtp(&place)), recipients, ..Plan::default() }).await;
    let alert = house.raise(AlertKind::Help).await;
    house.pass(0).await;
    let outcomes: Vec<_> = house.app.store.alert_mails(alert).await.unwrap().iter().map(|mail| mail.outcome).collect();
    assert_eq!(outcomes, [MailOutcome::Refused, MailOutcome::Failed, MailOutcome::Sent]);
    assert!(server.mails().iter().any(|mail| mail.contains(C)));
}

/// A real mail server: `tests/all.sh` starts one and names it.
#[tokio::test]
async fn a_real_mail_server_takes_the_mails() {
    #[expect(clippy::disallowed_methods, reason = "a test has no configuration")]
    let (place, folder, all) =
        (std::env::var("ASSISTLINE_TEST_SMTP"), std::env::var("ASSISTLINE_TEST_SMTP_MAILS"), std::env::var("ASSISTLINE_TESTS"));
    let (Ok(place), Ok(folder)) = (place, folder) else {
        assert!(all.is_err(), "all tests were asked for, and no mail server is named");
        println!("not run: ASSISTLINE_TEST_SMTP names no mail server (tests/all.sh starts one)");
        return;
    };
    let folder = std::path::PathBuf::from(folder);
    let house = House::with(Plan { mailer: Some(smtp(&place)), recipients: vec![A], ..Plan::default() }).await;
    let alert = house.raise(AlertKind::Medical).await;
    house.pass(0).await;
    assert_eq!(house.app.store.alert_mails(alert).await.unwrap()[0].outcome, MailOutcome::Sent);
    let mut texts =
        std::fs::read_dir(folder.join("new")).unwrap().map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap());
    assert!(texts.any(
        |text| text.contains(&format!("Message-ID: <{alert}.0.0@acme.example>")) && text.contains("Subject: ACME GmbH: Help")
    ));
}
