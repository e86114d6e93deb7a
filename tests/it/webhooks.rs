//! What providers post, and what others try: every request here goes over a socket, byte for byte.

use crate::support::test_app::{
    ACCOUNT_SID, ANNA, BEN, FIRST, LINE, OTHER_ACCOUNT_SID, OTHER_LINE, OTHER_SECRET, SECOND, SECRET, STRANGER, THIRD_DESK,
    THIRD_LINE, TestApp, acme, phone,
};
use crate::support::wire::{Answer, Wire, attribute, dialled, form, request};
use assistline::model::alert::{AlertKind, AlertState};
use assistline::model::answer::Answer as Meaning;
use assistline::model::event::Direction;
use assistline::model::ids::{CallId, LineId};
use assistline::model::language::LanguageTag;
use assistline::model::token::{CallbackKind, StepToken};
use assistline::simulator::signer;
use chrono::{SubsecRound, TimeDelta};
use serde_json::json;

const OPEN: AlertState = AlertState::Open;

fn target_of(app: &TestApp, document: &Answer) -> String {
    app.target(&attribute(&document.body, "Gather", "action").expect("a gather"))
}

/// Field case F01: a query string that was rebuilt.
#[tokio::test]
async fn signatures_are_checked_over_the_bytes_of_the_request_line() {
    let app = TestApp::new().await;
    let call = app.call_by_hand(1, STRANGER);
    let question = call.arrives().await;
    let target = format!("{}?Retry=1&AccountSid=AC1&Note=Couldn%27t+find", target_of(&app, &question));
    let pairs = call.pairs(&[("Digits", "2")]);
    let signature = app.sign(&target, &pairs);
    let rebuilt = [
        target.replace("Retry=1&AccountSid=AC1&Note", "AccountSid=AC1&Note").replace("find", "find&Retry=1"),
        target.replace('+', "%20"),
        target.replace("%27", "'"),
        target.replace("?Retry=1&", "?"),
    ];
    for other in rebuilt {
        assert_eq!(app.post_with(&signature, &other, &pairs).await.status, 403, "{other}");
    }
    let answer = app.post_with(&signature, &target, &pairs).await;
    assert_eq!((answer.status, dialled(&answer.body).as_deref()), (200, Some(FIRST)));
    app.end().await;
}

/// Field case F02: the other account's secret.
#[tokio::test]
async fn the_line_picks_the_account_and_its_secret() {
    let app = TestApp::new().await;
    let pairs = [
        ("AccountSid", OTHER_ACCOUNT_SID),
        ("CallSid", "CA00000000000000000000000000000001"),
        ("CallStatus", "ringing"),
        ("Direction", "inbound"),
        ("From", STRANGER),
        ("To", OTHER_LINE),
    ];
    let target = "/webhooks/other/voice";
    let foreign = app.sign_with(SECRET, target, &pairs);
    assert_eq!(app.post_with(&foreign, target, &pairs).await.status, 403);
    assert!(app.app.store.calls(&"other".to_owned().try_into().expect("a slug"), None, 9).await.expect("calls").is_empty());
    let own = app.sign_with(OTHER_SECRET, target, &pairs);
    let answer = app.post_with(&own, target, &pairs).await;
    assert!(answer.status == 200 && answer.body.contains("This is Other"), "{answer:?}");
    app.end().await;
}

/// Field case F03: an account that cannot check.
#[tokio::test]
async fn an_account_without_a_secret_never_accepts() {
    let app = TestApp::new().await;
    app.put_account("bare", "AC0000000000000000000000000000000c", &[], "http://127.0.0.1:9").await;
    app.put_line("bare", "bare", "+493023125104", Some("acme")).await;
    app.refresh().await;
    let call = app.call_to_by_hand(1, STRANGER, "bare", "+493023125104");
    let (target, pairs) = (call.voice(), call.pairs(&[]));
    for signature in [String::new(), app.sign_with("", &target, &pairs), app.sign(&target, &pairs)] {
        let answer = app.post_with(&signature, &target, &pairs).await;
        assert_eq!((answer.status, answer.body.as_str()), (503, ""), "the provider's fallback takes the call");
    }
    assert_eq!(app.calls().await, 0);
    app.end().await;
}

/// Field case F04: a rotated secret must not silence us for weeks.
#[tokio::test]
async fn a_refused_webhook_of_a_call_of_ours_alerts_the_operator_at_once() {
    let app = TestApp::new().await;
    let call = app.call_by_hand(1, STRANGER);
    let question = call.arrives().await;
    let pairs = call.pairs(&[("Digits", "2")]);
    let target = target_of(&app, &question);
    let rotated = app.sign_with("the secret after the rotation", &target, &pairs);
    assert_eq!(app.post_with(&rotated, &target, &pairs).await, Answer { status: 403, body: String::new() });
    assert_eq!(app.alerts().await, [(AlertKind::WebhooksRefused, OPEN)]);
    app.post_with(&rotated, &target, &pairs).await;
    assert_eq!(app.alerts().await.len(), 1, "once");
    app.end().await;
}

#[tokio::test]
async fn ten_refused_webhooks_in_ten_minutes_alert_the_operator() {
    let app = TestApp::new().await;
    let call = app.call_by_hand(1, STRANGER);
    for _ in 0..9 {
        assert_eq!(app.post_with("bm90IGEgc2lnbmF0dXJl", &call.voice(), &call.pairs(&[])).await.status, 403);
    }
    assert!(app.alerts().await.is_empty());
    app.post_with("bm90IGEgc2lnbmF0dXJl", &call.voice(), &call.pairs(&[])).await;
    assert_eq!(app.alerts().await, [(AlertKind::WebhooksRefused, OPEN)]);
    assert_eq!(app.calls().await, 0);
    app.end().await;
}

/// Field case F05: the arrival that came twice.
#[tokio::test]
async fn an_arrival_that_comes_three_times_is_one_call_with_one_document() {
    let app = TestApp::new().await;
    let call = app.call_by_hand(1, ANNA);
    let (target, pairs) = (call.voice(), call.pairs(&[]));
    let signature = app.sign(&target, &pairs);
    let mut with_token = app.form_request(&signature, &target, &pairs);
    let header = b"I-Twilio-Idempotency-Token: 5a8c0c52-4c2a-4cc5-9d5d-3a1b0c7a9f10\r\n";
    let at = with_token.windows(2).position(|two| two == b"\r\n").expect("a line") + 2;
    with_token.splice(at..at, header.iter().copied());
    let mut wire = Wire::to(&app).await;
    wire.send(&with_token).await;
    let first = wire.read().await;
    let again = app.post(&target, &pairs).await;
    let fallback = call.pairs(&[("ErrorCode", "11200"), ("ErrorUrl", "https://calls.example/x")]);
    let fallback = app.post(&target, &fallback).await;
    assert_eq!((first.status, &first, &again), (200, &again, &fallback));
    assert_eq!((app.calls().await, app.steps(&call.sid).await.len()), (1, 1));
    app.end().await;
}

/// Field case F06: the text that came again minutes later.
#[tokio::test]
async fn a_text_that_comes_again_is_one_record_and_gets_the_same_reply() {
    let app = TestApp::new().await;
    let pairs = [
        ("AccountSid", ACCOUNT_SID),
        ("Body", "Hilfe"),
        ("From", ANNA),
        ("MessageSid", "SM00000000000000000000000000000001"),
        ("SmsStatus", "received"),
        ("To", LINE),
    ];
    let first = app.post("/webhooks/berlin/message", &pairs).await;
    app.pass(180).await;
    let again = app.post("/webhooks/berlin/message", &pairs).await;
    assert!(first.status == 200 && first.body.contains("<Message"), "{first:?}");
    assert_eq!((first, app.alerts().await), (again, vec![(AlertKind::Help, OPEN)]));
    app.end().await;
}

/// Field case F11: signs that XML cannot carry.
#[tokio::test]
async fn names_with_markup_and_control_characters_are_spoken_and_break_nothing() {
    let app = TestApp::new().await;
    let mut settings = acme();
    settings["name"] = json!("L’Œil <Süd> & Söhne 🚑");
    settings["spoken_name"] = json!("L’Œil <Süd> & Söhne");
    app.save("acme", &settings).await;
    app.put_traveller("anna", "Anna\u{8} <b>\"Meier\"\u{FFFF} & ]]> O’Neil", ANNA, "de").await;
    let told = app
        .traveller("anna", ANNA)
        .is_called()
        .hears("Hier ist L’Œil Süd Söhne")
        .presses('2')
        .is_forwarded_to(FIRST)
        .tell()
        .await;
    assert!(told.heard_by(FIRST).contains("Meier"), "{}", told.heard_by(FIRST));
    app.provider.text_in(&phone(ANNA), &phone(LINE), "Hilfe <&> \u{1F6A8}").await;
    app.until_quiet().await;
    assert!(app.faults().is_empty(), "{:?}", app.faults());
    app.end().await;
}

/// Field case F14: a faint yes is not silence.
#[tokio::test]
async fn confidence_makes_safe_doubtful_and_help_never() {
    let app = TestApp::new().await;
    let mut number = 0;
    for confidence in [None, Some(""), Some("0.05"), Some("abc"), Some("0,87"), Some("NaN"), Some("-1"), Some("0.93")] {
        number += 1;
        let call = app.call_by_hand(number, STRANGER);
        let question = call.arrives().await;
        let help = call.says(&question, "Hilfe", confidence).await;
        assert_eq!(dialled(&help.body).as_deref(), Some(FIRST), "{confidence:?}");
        number += 1;
        let call = app.call_by_hand(number, STRANGER);
        let question = call.arrives().await;
        let safe = call.says(&question, "alles gut", confidence).await;
        let good = matches!(confidence, None | Some("" | "0.93"));
        assert_eq!(safe.body.contains("notiert"), good, "{confidence:?}: {}", safe.body);
        if !good {
            let again = call.says(&safe, "alles gut", confidence).await;
            let last = call.says(&again, "alles gut", confidence).await;
            assert_eq!(dialled(&last.body).as_deref(), Some(FIRST), "unclear, not silence: {confidence:?}");
        }
    }
    app.end().await;
}

#[tokio::test]
async fn zero_bytes_and_bytes_that_are_no_text_hide_no_cry_for_help() {
    let app = TestApp::new().await;
    let call = app.call_by_hand(1, STRANGER);
    let question = call.arrives().await;
    let help = call.says(&question, "\0Hil\0fe\0", Some("0.9")).await;
    assert_eq!(dialled(&help.body).as_deref(), Some(FIRST));
    // What is no UTF-8 is signed as its bytes were read.
    let call = app.call_by_hand(2, STRANGER);
    let question = call.arrives().await;
    let target = target_of(&app, &question);
    let signature = app.sign(&target, &call.pairs(&[("SpeechResult", "Hilfe \u{FFFD}\u{FFFD}")]));
    let body = form(&call.pairs(&[("SpeechResult", "Hilfe ")])).replace("Hilfe+", "Hilfe+%FF%FE");
    let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("X-Twilio-Signature", signature.as_str())];
    let mut wire = Wire::to(&app).await;
    wire.send(&request("POST", &target, &headers, body.as_bytes())).await;
    let answer = wire.read().await;
    assert_eq!((answer.status, dialled(&answer.body).as_deref()), (200, Some(FIRST)), "{answer:?}");
    app.end().await;
}

#[tokio::test]
async fn what_is_too_large_unknown_or_no_webhook_is_told_so() {
    let app = TestApp::new().await;
    let call = app.call_by_hand(1, STRANGER);
    let mut wire = Wire::to(&app).await;
    wire.send(&request("POST", &call.voice(), &[], &vec![b'a'; 70_000])).await;
    assert_eq!(wire.read().await.status, 413);
    for (method, target, status) in [
        ("POST", "/webhooks/nowhere/voice", 404),
        ("POST", "/webhooks/NOT-A-SLUG/voice", 404),
        ("POST", "/webhooks/berlin/elsewhere", 404),
        ("PUT", "/webhooks/berlin/voice", 405),
        ("DELETE", "/webhooks/berlin/message", 405),
        ("GET", "/v1/organisations/acme/settings", 404),
        ("GET", "/healthz", 200),
        ("GET", "/webhooks/berlin/voice", 403),
    ] {
        let mut wire = Wire::to(&app).await;
        wire.send(&request(method, target, &[], b"")).await;
        assert_eq!(wire.read().await.status, status, "{method} {target}");
    }
    app.end().await;
}

#[tokio::test]
async fn a_webhook_may_come_as_get_and_connections_are_kept() {
    let app = TestApp::new().await;
    let mut wire = Wire::to(&app).await;
    for number in 1..=3 {
        let call = app.call_by_hand(number, STRANGER);
        let target = format!("{}?{}", call.voice(), form(&call.pairs(&[])));
        let signature = signer::sign(&format!("{}{target}", app.app.public_url), &[], SECRET);
        wire.send(&request("GET", &target, &[("X-Twilio-Signature", &signature)], b"")).await;
        let answer = wire.read().await;
        assert!(answer.status == 200 && answer.body.contains("<Gather"), "{answer:?}");
    }
    assert_eq!(app.calls().await, 3);
    app.end().await;
}

fn token(app: &TestApp, kind: CallbackKind) -> StepToken {
    StepToken {
        call: CallId(uuid::Uuid::from_u128(0xC0FFEE)),
        step: 3,
        leg: 0,
        kind,
        direction: Direction::Inbound,
        traveller: None,
        language: LanguageTag::english(),
        ask: 1,
        heard: false,
        keys: String::new(),
        answer: None,
        tried: 0,
        version: 1,
        issued_at: app.clock.now().trunc_subsecs(0),
    }
}

#[tokio::test]
async fn tokens_that_cannot_be_opened_lead_to_the_safe_plan_of_the_line() {
    let app = TestApp::new().await;
    let berlin = LineId::new("berlin").expect("a slug");
    let call = app.call_by_hand(1, STRANGER);
    let question = call.arrives().await;
    let own = target_of(&app, &question);
    let mut expired = token(&app, CallbackKind::Question);
    expired.issued_at -= TimeDelta::hours(13);
    let changed = own.replacen(&own[own.len() - 4..], "AAAA", 1);
    let strange = [
        changed,
        format!("/webhooks/berlin/step/{}", app.app.seal(&expired, &berlin)),
        format!("/webhooks/berlin/step/{}", app.app.seal(&token(&app, CallbackKind::LineStatus), &berlin)),
        "/webhooks/berlin/step/x".to_owned(),
    ];
    for target in &strange {
        let answer = app.post(target, &call.pairs(&[("Digits", "2")])).await;
        assert_eq!((answer.status, dialled(&answer.body).as_deref()), (200, Some(FIRST)), "{target}");
        let status = target.replace("/step/", "/status/");
        if !target.contains(&app.app.seal(&token(&app, CallbackKind::LineStatus), &berlin)) {
            assert_eq!(app.post(&status, &call.pairs(&[])).await.status, 400, "{status}");
        }
    }
    // A token of another line of the same account: that line's own desks, never the others.
    let elsewhere = own.replace("/berlin/", "/third/");
    let answer = app.post(&elsewhere, &call.pairs(&[("Digits", "2")])).await;
    assert_eq!((answer.status, dialled(&answer.body).as_deref()), (200, Some(THIRD_DESK)));
    assert!(app.unrecorded().await > 0, "a call on the safe plan is told as soon as anything works again");
    app.end().await;
}

#[tokio::test]
async fn the_safe_plan_tries_every_desk_once_and_ends_with_words() {
    let app = TestApp::new().await;
    let call = app.call_by_hand(1, STRANGER);
    let mut answer = app.post("/webhooks/berlin/step/x", &call.pairs(&[])).await;
    let mut desks = Vec::new();
    while let Some(desk) = dialled(&answer.body) {
        desks.push(desk);
        assert!(desks.len() < 10, "{desks:?}");
        answer = call.dial_ends(&answer, "no-answer", "0").await;
    }
    assert_eq!(desks, [FIRST, SECOND, crate::support::test_app::CENTRE]);
    assert!(answer.status == 200 && answer.body.contains("<Say") && answer.body.contains("<Hangup"), "{answer:?}");
    app.end().await;
}

#[tokio::test]
async fn the_safe_plan_ends_where_a_desk_took_the_call() {
    let app = TestApp::new().await;
    let call = app.call_by_hand(1, STRANGER);
    let answer = app.post("/webhooks/berlin/step/x", &call.pairs(&[])).await;
    let whisper = call.desk_answers(&answer).await;
    assert!(whisper.body.contains("Zum Annehmen drücken Sie die 1"), "{whisper:?}");
    let taken = call.desk_presses(&answer, &whisper, "1").await;
    assert!(taken.body.contains("Sie sind jetzt verbunden") && !taken.body.contains("<Hangup"), "{taken:?}");
    let end = call.dial_ends(&answer, "completed", "40").await;
    assert_eq!((end.status, dialled(&end.body)), (200, None), "{end:?}");
    app.end().await;
}

#[tokio::test]
async fn a_provider_id_that_contradicts_the_token_is_refused_and_moves_nothing() {
    let app = TestApp::new().await;
    let call = app.call_by_hand(1, STRANGER);
    let question = call.arrives().await;
    let other = app.call_by_hand(2, STRANGER);
    let answer = other.presses(&question, "1").await;
    assert_eq!(answer.status, 403);
    assert_eq!(app.steps(&call.sid).await.len(), 1);
    let answer = call.presses(&question, "2").await;
    assert_eq!(dialled(&answer.body).as_deref(), Some(FIRST));
    app.end().await;
}

#[tokio::test]
async fn a_body_that_cannot_be_read_gets_the_safe_plan_where_a_caller_waits() {
    let app = TestApp::new().await;
    for (target, status) in [("/webhooks/berlin/voice", 200), ("/webhooks/berlin/message", 400), ("/webhooks/berlin/status", 400)]
    {
        for body in ["", "%%%=&&&=;", "CallSid=nonsense&To=also", "a=%00%01"] {
            let pairs: Vec<(String, String)> = form_urlencoded::parse(body.as_bytes()).into_owned().collect();
            let signature = signer::sign(&format!("{}{target}", app.app.public_url), &pairs, SECRET);
            let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("X-Twilio-Signature", signature.as_str())];
            let mut wire = Wire::to(&app).await;
            wire.send(&request("POST", target, &headers, body.as_bytes())).await;
            let answer = wire.read().await;
            if answer.status == 403 {
                continue; // signed as other programs read such a form: then it is refused, and the provider says so
            }
            assert_eq!(answer.status, status, "{target} {body}");
            if status == 200 {
                assert_eq!(dialled(&answer.body).as_deref(), Some(FIRST), "{target} {body}");
            }
        }
    }
    app.end().await;
}

#[tokio::test]
async fn progress_of_a_call_that_nobody_knows_is_acknowledged_and_recorded_nowhere() {
    let app = TestApp::new().await;
    let call = app.call_by_hand(1, STRANGER);
    let berlin = LineId::new("berlin").expect("a slug");
    let sealed = app.app.seal(&token(&app, CallbackKind::LineStatus), &berlin);
    for target in ["/webhooks/berlin/status".to_owned(), format!("/webhooks/berlin/status/{sealed}")] {
        for status in ["ringing", "in-progress", "completed", "busy"] {
            let answer = app.post(&target, &[("AccountSid", ACCOUNT_SID), ("CallSid", &call.sid), ("CallStatus", status)]).await;
            assert_eq!(answer.status, 200, "{target} {status}");
        }
    }
    assert_eq!((app.calls().await, app.alerts().await), (0, vec![]));
    app.end().await;
}

#[tokio::test]
async fn a_call_that_was_never_stored_is_taken_up_from_its_token() {
    let app = TestApp::new().await;
    let berlin = LineId::new("berlin").expect("a slug");
    let call = app.call_by_hand(1, STRANGER);
    let target = format!("/webhooks/berlin/step/{}", app.app.seal(&token(&app, CallbackKind::Question), &berlin));
    let answer = app.post(&target, &call.pairs(&[("Digits", "2")])).await;
    assert_eq!((answer.status, dialled(&answer.body).as_deref()), (200, Some(FIRST)), "{answer:?}");
    assert_eq!((app.calls().await, app.alerts().await), (1, vec![(AlertKind::Help, OPEN)]));
    // Another one that was forwarded already: the next desk, and the cry for help is recorded now.
    let call = app.call_by_hand(2, STRANGER);
    let mut forwarded = token(&app, CallbackKind::DialResult);
    (forwarded.call, forwarded.leg, forwarded.answer) = (CallId(uuid::Uuid::from_u128(0xC0DE)), 1, Some(Meaning::Help));
    forwarded.tried = 1 << 3;
    let target = format!("/webhooks/berlin/step/{}", app.app.seal(&forwarded, &berlin));
    let answer = app.post(&target, &call.pairs(&[("DialCallStatus", "no-answer"), ("DialBridged", "false")])).await;
    assert_eq!(dialled(&answer.body).as_deref(), Some(SECOND), "{answer:?}");
    assert_eq!(app.alerts().await.len(), 2);
    app.end().await;
}

#[tokio::test]
async fn one_url_serves_several_numbers_of_its_account() {
    let app = TestApp::new().await;
    let call = app.call_to_by_hand(1, STRANGER, "berlin", THIRD_LINE);
    let question = call.arrives().await;
    assert!(question.body.contains("This is Third"), "{question:?}");
    let help = call.presses(&question, "2").await;
    assert_eq!(dialled(&help.body).as_deref(), Some(THIRD_DESK));
    assert_eq!(attribute(&help.body, "Dial", "callerId").as_deref(), Some(THIRD_LINE));
    let end = call.dial_ends(&help, "busy", "0").await;
    assert!(!end.body.contains("1, 0, 1") && end.body.contains("<Hangup"), "never the number of another organisation: {end:?}");
    // A number that is no line of ours.
    let nobody = app.call_to_by_hand(2, STRANGER, "berlin", "+493023125199");
    let answer = nobody.arrives().await;
    assert!(answer.status == 200 && answer.body.contains("<Hangup"), "{answer:?}");
    assert!(app.alerts().await.contains(&(AlertKind::UnknownCalledNumber, OPEN)));
    app.end().await;
}

#[tokio::test]
async fn a_line_that_changed_hands_leaves_running_calls_where_they_were() {
    let app = TestApp::new().await;
    let call = app.call_by_hand(1, ANNA);
    let question = call.arrives().await;
    app.put_line("berlin", "main", LINE, Some("third")).await;
    app.refresh().await;
    let help = call.presses(&question, "2").await;
    assert_eq!(dialled(&help.body).as_deref(), Some(FIRST), "the desks of the organisation that the call began with");
    let mut answer = help;
    while let Some(desk) = dialled(&answer.body) {
        assert_ne!(desk, THIRD_DESK);
        answer = call.dial_ends(&answer, "no-answer", "0").await;
    }
    assert_eq!(answer.status, 200);
    let fresh = app.call_by_hand(2, ANNA);
    let question = fresh.arrives().await;
    assert!(question.body.contains("This is Third"), "{question:?}");
    app.end().await;
}

#[tokio::test]
async fn a_body_that_never_comes_does_not_hold_the_connection() {
    let app = TestApp::new().await;
    let mut wire = Wire::to(&app).await;
    wire.send(b"POST /webhooks/berlin/voice HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nCallSid=").await;
    assert_eq!(wire.read().await.status, 408);
    app.end().await;
}

#[tokio::test]
async fn nobody_can_make_themselves_safe_by_posting_without_the_secret() {
    let app = TestApp::new().await;
    let told = app.traveller("ben", BEN).is_called().stays_silent().stays_silent().stays_silent().tell().await;
    let action = told.documents().iter().find_map(|document| attribute(document, "Gather", "action")).expect("a gather");
    let pairs = [("AccountSid", ACCOUNT_SID), ("CallSid", told.sid.as_str()), ("Digits", "1")];
    for signature in ["", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "💥"] {
        assert_eq!(app.post_with(signature, &app.target(&action), &pairs).await.status, 403);
    }
    let wrong = app.sign_with("another secret", &app.target(&action), &pairs);
    assert_eq!(app.post_with(&wrong, &app.target(&action), &pairs).await.status, 403);
    assert_ne!(app.status("ben").await, Some(Meaning::Safe));
    app.end().await;
}

/// Whoever said safe and then cannot be read is never left with an error.
#[tokio::test]
async fn last_words_that_cannot_be_read_lead_to_a_desk() {
    let app = TestApp::new().await;
    let berlin = LineId::new("berlin").expect("a slug");
    let mut last = token(&app, CallbackKind::LastWords);
    last.answer = Some(Meaning::Safe);
    let target = format!("/webhooks/berlin/step/{}", app.app.seal(&last, &berlin));
    let answer = app.post(&target, &[("AccountSid", ACCOUNT_SID), ("CallSid", "nonsense"), ("Digits", "2")]).await;
    assert_eq!((answer.status, dialled(&answer.body).as_deref()), (200, Some(FIRST)), "{answer:?}");
    app.end().await;
}

/// A call of an earlier version, whose places mean nothing now, is not sent past desks that were never tried.
#[tokio::test]
async fn a_token_of_an_unknown_version_skips_no_desk() {
    let app = TestApp::new().await;
    let berlin = LineId::new("berlin").expect("a slug");
    let call = app.call_by_hand(1, STRANGER);
    let mut old = token(&app, CallbackKind::DialResult);
    (old.version, old.leg, old.tried, old.answer) = (77, 2, u32::MAX, Some(Meaning::Help));
    let target = format!("/webhooks/berlin/step/{}", app.app.seal(&old, &berlin));
    let mut answer = app.post(&target, &call.pairs(&[("DialCallStatus", "no-answer"), ("DialBridged", "false")])).await;
    let mut desks = Vec::new();
    while let Some(desk) = dialled(&answer.body) {
        desks.push(desk);
        assert!(desks.len() < 10, "{desks:?}");
        answer = call.dial_ends(&answer, "no-answer", "0").await;
    }
    assert_eq!(desks, [FIRST, SECOND, crate::support::test_app::CENTRE]);
    assert_eq!(answer.status, 200);
    app.end().await;
}
