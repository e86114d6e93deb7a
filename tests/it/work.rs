//! Work that waits: attempts and their plan, orders whose answer is lost, faults of accounts, stops, deadlines, restarts.

use crate::support::carrier::Order;
use crate::support::house::{House, LINE, Plan, acme, url_of};
use assistline::app::place_call::Attempt;
use assistline::model::alert::AlertKind;
use assistline::model::call_state::Phase;
use assistline::model::effect::Status;
use assistline::model::event::{Event, LineStatus};
use assistline::model::ids::{CallId, QueryId};
use assistline::store::jobs::NewJob;
use assistline::store::queries::{QueryCommand, QueryState};
use chrono::TimeDelta;
use std::io::Write;
use std::sync::{Arc, Mutex};

/// The provider reports how a line stands.
async fn report(house: &House, place: usize, status: &str) {
    let call = house.carrier.calls().remove(place);
    house.carrier.set_status(&call.sid, status);
    let parameters = [("CallSid", call.sid.as_str()), ("CallStatus", status), ("To", call.to.as_str()), ("From", LINE)];
    house.webhook(&call.status_url, &parameters).await;
}

async fn state_of(house: &House, query: QueryId) -> QueryState {
    house.app.store.query(query).await.unwrap().state
}

async fn newest_call(house: &House, query: QueryId) -> CallId {
    house.attempts(query).await.last().unwrap().call
}

#[tokio::test]
async fn whoever_does_not_answer_is_called_by_the_plan_on_each_number_in_turn() {
    let house = House::new().await;
    let row = house.traveller("t-1", &["+491713920001", "+491713920002"]).await;
    let query = house.query(&[row]).await;
    for (place, wait) in [0, 100, 160, 280].into_iter().enumerate() {
        house.pass(wait).await;
        assert_eq!(house.carrier.calls().len(), place + 1);
        house.pass(20).await;
        report(&house, place, "no-answer").await;
    }
    house.pass(3600).await;
    assert_eq!(house.ordered_at_seconds(), [0, 120, 300, 600]);
    let numbers: Vec<String> = house.carrier.calls().into_iter().map(|call| call.to).collect();
    assert_eq!(numbers, ["+491713920001", "+491713920002", "+491713920001", "+491713920002"]);
    let alerts: Vec<AlertKind> = house.alerts().await.iter().map(|alert| alert.kind).collect();
    assert_eq!(alerts, [AlertKind::Unreached]);
    assert_eq!(state_of(&house, query).await, QueryState::Finished);
}

#[tokio::test]
async fn orders_keep_the_accounts_pace_and_first_calls_come_before_retries() {
    let house = House::with(Plan { calls_per_second: 1.0, retry_minutes: vec![0, 1], ..Plan::default() }).await;
    let early = house.travellers(2).await;
    house.query(&early).await;
    house.pass(3).await;
    assert_eq!(house.ordered_at_seconds(), [0, 1]);
    for place in [0, 1] {
        report(&house, place, "busy").await;
    }
    // At minute 1 two retries are due, and five others are called for the first time.
    house.pass(56).await;
    let mut late = Vec::new();
    for number in 0..5 {
        late.push(house.traveller(&format!("late-{number}"), &[&format!("+4917139209{number:02}")]).await);
    }
    house.query(&late).await;
    house.pass(30).await;
    let calls = house.carrier.calls();
    assert_eq!(house.ordered_at_seconds()[2..], [59, 60, 61, 62, 63, 64, 65], "one a second, without a gap");
    let retries: Vec<usize> = (2..calls.len()).filter(|place| calls[*place].to.starts_with("+49171392000")).collect();
    assert_eq!(retries, [7, 8], "the retries come last");
}

#[tokio::test]
async fn an_order_whose_answer_is_lost_rings_once() {
    for order in [Order::TakenAnd503, Order::TakenAndGarbled, Order::TakenLater(20)] {
        let house = House::with(Plan { retry_minutes: vec![0], ..Plan::default() }).await;
        let query = house.query(&[house.traveller("t-1", &["+491713920001"]).await]).await;
        house.carrier.next_orders(&[order]);
        house.pass(50).await;
        assert_eq!(house.carrier.calls().len(), 1, "{order:?}");
        let attempts = house.attempts(query).await;
        assert_eq!(attempts.len(), 1);
        let known = house.app.journal.call(attempts[0].call).await.unwrap().unwrap();
        assert_eq!(known.provider_call.map(|id| id.0), Some(house.carrier.calls()[0].sid.clone()), "{order:?} is adopted");
        report(&house, 0, "no-answer").await;
        house.pass(3600).await;
        assert_eq!(house.carrier.calls().len(), 1, "{order:?}");
        assert_eq!(house.attempts(query).await[0].result, Some(Status::NoAnswer));
    }
}

#[tokio::test]
async fn the_webhooks_of_a_lost_order_are_adopted_by_its_attempt() {
    let house = House::new().await;
    let query = house.query(&[house.traveller("t-1", &["+491713920001"]).await]).await;
    house.carrier.next_orders(&[Order::TakenAnd503]);
    house.pass(0).await;
    // Picked up before anybody has looked for the order.
    let call = house.carrier.calls().remove(0);
    let answered = [("CallSid", call.sid.as_str()), ("CallStatus", "in-progress"), ("To", call.to.as_str()), ("From", LINE)];
    let question = house.document(&call.url, &answered).await;
    let safe = [answered[0], answered[1], ("Digits", "1")];
    house.document(&url_of(&question, "action"), &safe).await;
    house.pass(3600).await;
    assert_eq!(house.carrier.calls().len(), 1);
    assert_eq!(state_of(&house, query).await, QueryState::Finished);
    let people = house.app.store.query_people(query, None, 10).await.unwrap();
    assert_eq!(people[0].status.map(|status| status.as_str()), Some("safe"));
    assert!(!house.carrier.asked().contains(&"list".to_owned()), "nothing was left to look for");
}

#[tokio::test]
async fn an_order_that_was_never_taken_is_placed_again_as_the_same_attempt() {
    let house = House::new().await;
    let query = house.query(&[house.traveller("t-1", &["+491713920001"]).await]).await;
    house.carrier.next_orders(&[Order::Lost]);
    house.pass(59).await;
    assert_eq!(house.carrier.calls().len(), 0, "as long as it may still turn up");
    assert_eq!(house.carrier.asked(), ["list", "list"]);
    house.pass(10).await;
    assert_eq!(house.carrier.calls().len(), 1);
    let attempts = house.attempts(query).await;
    assert_eq!((attempts.len(), attempts[0].attempt), (1, 1), "no attempt is burned");
}

#[tokio::test]
async fn somebody_who_picks_up_after_the_order_was_given_back_is_asked_all_the_same() {
    let house = House::new().await;
    house.query(&[house.traveller("t-1", &["+491713920001"]).await]).await;
    house.carrier.next_orders(&[Order::TakenLater(300)]);
    house.pass(70).await;
    assert_eq!(house.carrier.calls().len(), 2, "nobody could know that it was taken");
    let first = house.carrier.calls().remove(0);
    let answered = [("CallSid", first.sid.as_str()), ("CallStatus", "in-progress"), ("To", first.to.as_str()), ("From", LINE)];
    let question = house.document(&first.url, &answered).await;
    assert!(question.contains("<Gather"), "{question}");
}

#[tokio::test]
async fn a_provider_that_is_down_does_not_use_up_everybodys_attempts() {
    let house = House::new().await;
    let query = house.query(&house.travellers(50).await).await;
    house.carrier.set_down(true);
    house.pass(60).await;
    assert!(house.attempts(query).await.len() < 20, "the queue waits longer and longer");
    house.carrier.set_down(false);
    house.pass(300).await;
    assert_eq!(house.attempts(query).await.iter().filter(|attempt| attempt.attempt == 1).count(), 50);
    let called: std::collections::BTreeSet<String> = house.carrier.calls().into_iter().map(|call| call.to).collect();
    assert_eq!(called.len(), 50);
}

#[tokio::test]
async fn too_many_orders_pause_the_queue_for_as_long_as_the_provider_says() {
    let house = House::with(Plan { calls_per_second: 1.0, ..Plan::default() }).await;
    let query = house.query(&house.travellers(3).await).await;
    house.carrier.next_orders(&[Order::Taken, Order::TooMany(Some(30)), Order::Taken, Order::TooMany(None)]);
    house.pass(100).await;
    assert_eq!(house.ordered_at_seconds(), [0, 31, 37], "at second 1 a pause of 30 s, at second 32 one of 5 s");
    assert!(house.attempts(query).await.iter().all(|attempt| attempt.attempt == 1), "no attempt is burned");
    assert!(house.operator_alerts().await.is_empty());
}

#[tokio::test]
async fn a_fault_of_our_account_pauses_its_queue_and_alerts_the_operator() {
    let house = House::with(Plan { calls_per_second: 1.0, ..Plan::default() }).await;
    let query = house.query(&house.travellers(3).await).await;
    house.carrier.next_orders(&[Order::WrongPassword]);
    house.pass(59).await;
    assert_eq!(house.carrier.calls().len(), 0);
    assert_eq!(house.operator_alerts().await.iter().map(|alert| alert.kind).collect::<Vec<_>>(), [AlertKind::AccountFault]);
    house.pass(10).await;
    assert_eq!(house.ordered_at_seconds(), [60, 61, 62]);
    assert!(house.attempts(query).await.iter().all(|attempt| attempt.attempt == 1), "no attempt is burned");
}

#[tokio::test]
async fn a_number_that_cannot_be_called_ends_its_attempt() {
    let house = House::with(Plan { retry_minutes: vec![0, 2], ..Plan::default() }).await;
    let query = house.query(&[house.traveller("t-1", &["+491713920001", "+491713920002"]).await]).await;
    house.carrier.next_orders(&[Order::Refused(21_211)]);
    house.pass(60).await;
    assert_eq!(house.attempts(query).await[0].result, Some(Status::Failed));
    house.pass(61).await;
    assert_eq!(house.carrier.calls()[0].to, "+491713920002", "the next attempt takes the next number");
    let nobody = house.query(&[house.traveller("t-2", &[]).await]).await;
    house.pass(3600).await;
    assert_eq!(house.attempts(nobody).await.len(), 2, "without a number every attempt fails at once");
    assert_eq!(state_of(&house, nobody).await, QueryState::Finished);
    assert!(house.alerts().await.iter().any(|alert| alert.query == Some(nobody) && alert.kind == AlertKind::Unreached));
}

#[tokio::test]
async fn after_the_answer_to_stop_no_phone_begins_to_ring() {
    let house = House::with(Plan { calls_per_second: 1.0, ..Plan::default() }).await;
    let query = house.query(&house.travellers(20).await).await;
    house.pass(4).await;
    let calls = house.carrier.calls();
    assert_eq!(calls.len(), 5);
    report(&house, 0, "ringing").await;
    // The second is picked up and asks for help.
    let answered =
        [("CallSid", calls[1].sid.as_str()), ("CallStatus", "in-progress"), ("To", calls[1].to.as_str()), ("From", LINE)];
    let question = house.document(&calls[1].url, &answered).await;
    let row = house.app.command_status_query(&acme(), query, QueryCommand::Stop, house.by("anna")).await.unwrap();
    assert_eq!(row.state, QueryState::Stopped);
    let withdrawn: Vec<String> = house.carrier.asked();
    let expected: Vec<String> = calls[2..].iter().map(|call| format!("cancel {}", call.sid)).collect();
    let mut sorted = withdrawn.clone();
    sorted.sort();
    assert_eq!(sorted, expected, "those that do not ring yet");
    // Help still reaches its desk.
    let dial = house.document(&url_of(&question, "action"), &[answered[0], answered[1], ("Digits", "2")]).await;
    assert!(dial.contains("+493023125010"), "{dial}");
    report(&house, 0, "no-answer").await;
    for place in 2..5 {
        report(&house, place, "canceled").await;
    }
    house.pass(3600).await;
    assert_eq!(house.carrier.calls().len(), 5, "no order, no retry");
    assert!(house.alerts().await.iter().all(|alert| alert.kind != AlertKind::Unreached));
    assert_eq!(house.carrier.asked().iter().filter(|asked| asked.starts_with("cancel")).count(), 3, "the job found nothing left");
}

#[tokio::test]
async fn an_order_that_is_lost_while_its_query_is_stopped_is_withdrawn_when_it_is_found() {
    let house = House::new().await;
    let query = house.query(&[house.traveller("t-1", &["+491713920001"]).await]).await;
    house.carrier.next_orders(&[Order::TakenAnd503]);
    house.pass(1).await;
    house.app.command_status_query(&acme(), query, QueryCommand::Stop, house.by("anna")).await.unwrap();
    house.pass(30).await;
    let sid = house.carrier.calls()[0].sid.clone();
    assert!(house.carrier.asked().contains(&format!("cancel {sid}")), "{:?}", house.carrier.asked());
}

#[tokio::test]
async fn paused_nothing_begins_and_resumed_it_goes_on() {
    let house = House::with(Plan { calls_per_second: 1.0, ..Plan::default() }).await;
    let query = house.query(&house.travellers(5).await).await;
    house.pass(1).await;
    house.app.command_status_query(&acme(), query, QueryCommand::Pause, house.by("anna")).await.unwrap();
    house.pass(60).await;
    assert_eq!(house.ordered_at_seconds(), [0, 1]);
    house.app.command_status_query(&acme(), query, QueryCommand::Resume, house.by("anna")).await.unwrap();
    house.pass(10).await;
    assert_eq!(house.ordered_at_seconds(), [0, 1, 61, 62, 63]);
    assert!(house.carrier.asked().is_empty());
}

#[tokio::test]
async fn a_provider_that_never_calls_back_ends_each_attempt_by_its_deadline() {
    let house = House::with(Plan { retry_minutes: vec![0, 2, 5], ..Plan::default() }).await;
    let query = house.query(&[house.traveller("t-1", &["+491713920001"]).await]).await;
    house.pass(3600).await;
    assert_eq!(house.ordered_at_seconds(), [0, 120, 300]);
    let results: Vec<_> = house.attempts(query).await.iter().map(|attempt| attempt.result).collect();
    assert_eq!(results, [Some(Status::NoAnswer); 3]);
    assert_eq!(house.alerts().await.iter().map(|alert| alert.kind).collect::<Vec<_>>(), [AlertKind::Unreached]);
    let looks = house.carrier.asked().iter().filter(|asked| asked.starts_with("show")).count();
    assert_eq!(looks, 3, "each was looked up at its deadline");
}

#[tokio::test]
async fn a_clock_that_goes_back_delays_nothing_by_that_much_and_repeats_nothing() {
    let house = House::with(Plan { retry_minutes: vec![0, 2], ..Plan::default() }).await;
    let query = house.query(&house.travellers(20).await).await;
    house.pass(10).await;
    assert_eq!(house.carrier.calls().len(), 20);
    report(&house, 0, "busy").await;
    house.raise(AlertKind::Help).await;
    house.pass(0).await;
    house.clock.advance(TimeDelta::hours(-2));
    house.pass(20 * 60).await;
    assert_eq!(house.carrier.calls().len(), 40, "every retry, each once");
    let last = house.carrier.calls().iter().map(|call| call.at).max().unwrap();
    assert!(last - house.carrier.calls()[0].at < TimeDelta::minutes(4), "and none of them late");
    assert_eq!(state_of(&house, query).await, QueryState::Finished);
    let told = house.mails.sent().iter().filter(|mail| mail.subject.contains("Help has been asked for")).count();
    assert!(told >= 6, "repeats go on: {told}");
}

#[tokio::test]
async fn the_clock_that_was_set_back_while_nothing_ran_delays_nothing_either() {
    let mut house = House::with(Plan { retry_minutes: vec![0, 2], ..Plan::default() }).await;
    house.query(&[house.traveller("t-1", &["+491713920001"]).await]).await;
    house.pass(1).await;
    report(&house, 0, "busy").await;
    // A process that starts anew reads a wall clock that shows less than the memory holds.
    let clock = assistline::model::clock::Clock::owned(house.clock.now() - TimeDelta::hours(2));
    house.clock = clock;
    house = house.restart().await;
    house.pass(180).await;
    assert_eq!(house.carrier.calls().len(), 2);
}

#[tokio::test]
async fn a_process_that_ended_between_claim_and_order_leaves_an_attempt_that_is_placed_once() {
    let mut house = House::new().await;
    let row = house.traveller("t-1", &["+491713920001"]).await;
    let query = house.query(&[row]).await;
    let attempt = Attempt { organisation: acme(), query, traveller: row, attempt: 1 };
    assert!(house.app.claim_attempt(&attempt).await.unwrap().is_some());
    house = house.restart().await;
    house.pass(119).await;
    assert_eq!(house.carrier.calls().len(), 0);
    house.pass(10).await;
    assert_eq!(house.carrier.calls().len(), 1);
    let attempts = house.attempts(query).await;
    assert_eq!((attempts.len(), attempts[0].attempt), (1, 1));
}

#[tokio::test]
async fn deadlines_and_retries_that_passed_while_nothing_ran_are_met_at_the_start() {
    let mut house = House::with(Plan { retry_minutes: vec![0, 2], ..Plan::default() }).await;
    let query = house.query(&[house.traveller("t-1", &["+491713920001"]).await]).await;
    house.pass(1).await;
    house.clock.advance(TimeDelta::minutes(30));
    house = house.restart().await;
    house.pass(1).await;
    assert_eq!(house.attempts(query).await[0].result, Some(Status::NoAnswer));
    assert_eq!(house.carrier.calls().len(), 2, "and its retry rings at once");
}

#[tokio::test]
async fn a_claimed_job_runs_again_when_its_lease_is_over() {
    let house = House::new().await;
    let alert = house.raise(AlertKind::Help).await;
    let lease = TimeDelta::seconds(60);
    assert_eq!(house.app.store.claim_jobs("gone", house.clock.now(), lease, 10).await.unwrap().len(), 1);
    house.pass(59).await;
    assert!(house.app.store.alert_mails(alert).await.unwrap().is_empty());
    house.pass(1).await;
    assert_eq!(house.app.store.alert_mails(alert).await.unwrap().len(), 1);
    let other = house.raise(AlertKind::Unreached).await;
    assert_eq!(house.app.store.claim_jobs("gone", house.clock.now(), lease, 10).await.unwrap().len(), 1);
    assert_eq!(house.app.store.free_jobs_of_the_gone().await.unwrap(), 1, "a start of the only process frees it at once");
    house.pass(0).await;
    assert_eq!(house.app.store.alert_mails(other).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_job_that_nobody_knows_is_put_away() {
    let house = House::new().await;
    let job = NewJob {
        kind: "from_another_version",
        key: "x".to_owned(),
        organisation: None,
        payload: "{}".to_owned(),
        due_at: house.clock.now(),
    };
    house.app.store.add_job(&job, house.clock.now()).await.unwrap();
    house.pass(1).await;
    assert!(house.app.store.waiting_jobs(10).await.unwrap().is_empty());
}

/// Picked up, and help asked for: the document that dials the first desk.
async fn asks_for_help(house: &House) -> (String, String) {
    let call = house.carrier.calls().remove(0);
    house.carrier.set_status(&call.sid, "in-progress");
    let answered = [("CallSid", call.sid.as_str()), ("CallStatus", "in-progress"), ("To", call.to.as_str()), ("From", LINE)];
    let question = house.document(&call.url, &answered).await;
    let dial = house.document(&url_of(&question, "action"), &[answered[0], answered[1], ("Digits", "2")]).await;
    (call.sid, dial)
}

#[tokio::test]
async fn a_dial_result_that_never_comes_calls_the_next_desk() {
    let house = House::new().await;
    let query = house.query(&[house.traveller("t-1", &["+491713920001"]).await]).await;
    house.pass(0).await;
    let (sid, _) = asks_for_help(&house).await;
    house.pass(79).await;
    assert!(!house.carrier.asked().contains(&format!("redirect {sid}")));
    house.pass(30).await;
    assert!(house.carrier.asked().contains(&format!("redirect {sid}")), "{:?}", house.carrier.asked());
    let known = house.app.journal.call(newest_call(&house, query).await).await.unwrap().unwrap();
    let forward = known.state.as_ref().and_then(|state| state.forward.clone()).unwrap();
    assert_eq!(forward.desk.phone.e164(), "+493023125011");
}

#[tokio::test]
async fn a_long_talk_is_left_alone() {
    let house = House::new().await;
    let query = house.query(&[house.traveller("t-1", &["+491713920001"]).await]).await;
    house.pass(0).await;
    let (sid, dial) = asks_for_help(&house).await;
    let leg = [
        ("CallSid", "CA000000000000000000000000000000bb"),
        ("ParentCallSid", sid.as_str()),
        ("CallStatus", "in-progress"),
        ("To", "+493023125010"),
    ];
    house.webhook(&url_of(&dial, "statusCallback"), &leg).await;
    let whisper = house.document(&url_of(&dial, " url"), &leg).await;
    house.document(&url_of(&whisper, "action"), &[leg[0], leg[1], leg[2], leg[3], ("Digits", "1")]).await;
    house.pass(3 * 3600).await;
    assert!(house.carrier.asked().iter().all(|asked| !asked.starts_with("redirect") && !asked.starts_with("end")));
    let known = house.app.journal.call(newest_call(&house, query).await).await.unwrap().unwrap();
    assert_eq!(known.state.as_ref().map(|state| state.phase), Some(Phase::Forwarding));
    assert!(house.alerts().await.is_empty(), "help has reached its desk");
}

#[tokio::test]
async fn progress_that_comes_twice_and_late_changes_nothing() {
    let house = House::with(Plan { retry_minutes: vec![0, 2], ..Plan::default() }).await;
    let query = house.query(&[house.traveller("t-1", &["+491713920001"]).await]).await;
    house.pass(0).await;
    for status in ["no-answer", "ringing", "no-answer", "initiated"] {
        report(&house, 0, status).await;
    }
    house.pass(60).await;
    let steps = house.app.journal.steps(newest_call(&house, query).await).await.unwrap();
    let ends = |event: &Option<Event>| matches!(event, Some(Event::CallStatus { status: LineStatus::NoAnswer }));
    assert_eq!(steps.iter().filter(|step| ends(&step.event)).count(), 1, "a repeat is recorded once");
    house.pass(60).await;
    assert_eq!(house.carrier.calls().len(), 2);
}

/// Everything that is logged on this thread.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_secret_name_or_number_is_in_the_logs() {
    use assistline::outbound::mail::{MailConfig, Mailer};
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // With one subscriber alone, what other tests' threads log first is thought to be wanted by nobody.
    let _another = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let guard = tracing::subscriber::set_default(subscriber);
    let (_server, place) = crate::support::smtp::MailServer::listen().await;
    let mailer = Mailer::new(&MailConfig {
        smtp_url: Some(format!("smtp://anna:hunter2@{place}").into()),
        from: Some("alerts@acme.example".to_owned()),
        pages_url: None,
    })
    .unwrap();
    let house = House::with(Plan { mailer: Some(mailer), retry_minutes: vec![0, 1], ..Plan::default() }).await;
    house.query(&house.travellers(4).await).await;
    house.carrier.next_orders(&[Order::Taken, Order::Refused(21_211), Order::TakenAnd503, Order::WrongPassword]);
    house.pass(1).await;
    let (_, dial) = asks_for_help(&house).await;
    assert!(dial.contains("+493023125010"));
    house.carrier.set_down(true);
    house.pass(300).await;
    let refused =
        house.webhook("https://calls.example/webhooks/berlin/voice", &[("From", "+491713920000"), ("CallSid", "x")]).await;
    drop(refused);
    drop(guard);
    let text = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(text.contains("An alert could not be told by mail") && text.contains("could not be ordered"), "{text}");
    for secret in [
        "hunter2",
        "anna",
        "Anna",
        "Meier",
        "Person",
        "@acme.example",
        "@centre.example",
        "171392",
        "+4930231250",
        "SECRET-OF-THE-PROVIDER",
        crate::support::house::SECRET,
        "AC00000000000000000000000000000001",
        "/step/",
        "/status/",
    ] {
        let line = text.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret} in: {}", line.unwrap_or_default());
    }
}
