//! Requests of every kind, and requests that are out of joint.

use super::*;
use crate::model::ids::CallId;
use crate::model::language::LanguageTag;
use crate::model::token::StepToken;
use chrono::DateTime;
use uuid::Uuid;

const CALL: &str = "CA00000000000000000000000000000a01";
const LEG: &str = "CA00000000000000000000000000000b02";
const TEXT: &str = "SM00000000000000000000000000000c03";

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::from_e164(text).expect("a number")
}

fn desk() -> PhoneNumber {
    number("+493023125010")
}

fn token(kind: CallbackKind) -> StepToken {
    StepToken {
        call: CallId(Uuid::from_u128(1)),
        step: 3,
        leg: 1,
        kind,
        direction: Direction::Outbound,
        traveller: None,
        language: LanguageTag::english(),
        ask: 1,
        heard: false,
        keys: String::new(),
        answer: None,
        tried: 0,
        version: 1,
        issued_at: DateTime::UNIX_EPOCH,
    }
}

fn post(target: &str, body: &str) -> RawRequest {
    RawRequest {
        method: "POST".to_owned(),
        public_url: "https://a.example".to_owned(),
        target: target.to_owned(),
        headers: vec![("content-type".to_owned(), b"application/x-www-form-urlencoded".to_vec())],
        body: body.as_bytes().to_vec(),
    }
}

/// What a step of that kind says, with the ids of a call in front of these parameters.
fn step(kind: CallbackKind, parameters: &str) -> Result<Heard, WebhookError> {
    let request = post("/webhooks/l/step/t", &format!("CallSid={CALL}&{parameters}"));
    parse(&request, &ParseContext { token: Some(&token(kind)), desk: Some(&desk()), message: false })
}

fn events(kind: CallbackKind, parameters: &str) -> Vec<Event> {
    step(kind, parameters).expect(parameters).events
}

fn open(target: &str, body: &str) -> Result<Heard, WebhookError> {
    parse(&post(target, body), &ParseContext { token: None, desk: None, message: target.ends_with("/message") })
}

fn gathered(digits: Option<&str>, speech: Option<(&str, Confidence)>) -> Event {
    let speech = speech.map(|(text, confidence)| Speech { text: text.to_owned(), confidence });
    Event::Gathered { digits: digits.map(str::to_owned), speech }
}

fn ended(status: LineStatus) -> Event {
    Event::CallStatus { status }
}

#[test]
fn what_was_pressed_and_said() {
    let check =
        |parameters: &str, expect: Event| assert_eq!(events(CallbackKind::Question, parameters), [expect], "{parameters}");
    check("Digits=2", gathered(Some("2"), None));
    check("Digits=", gathered(None, None));
    check("Digits=&SpeechResult=", gathered(None, None));
    check("", gathered(None, None));
    check("Digits=%23", gathered(Some("#"), None));
    check("Digits=*0%23", gathered(Some("*0#"), None));
    check("Digits=A", gathered(Some("*"), None));
    check("SpeechResult=++help+&Confidence=0.5", gathered(None, Some(("  help ", Confidence::Of(0.5)))));
    check("SpeechResult=%00Hilfe", gathered(None, Some(("Hilfe", Confidence::NotGiven))));
    check("SpeechResult=%FF", gathered(None, Some(("\u{FFFD}", Confidence::NotGiven))));
    check("Digits=1&SpeechResult=no", gathered(Some("1"), Some(("no", Confidence::NotGiven))));
    check("Digits=1&Digits=2", gathered(Some("1"), None));
    check("UnstableSpeechResult=hel&NewThing2027=1", gathered(None, None));
}

#[test]
fn a_faint_yes_is_not_silence() {
    // jambonz/freeswitch-modules#11: words with a low confidence were thrown away.
    for (wire, confidence) in [
        ("0.05", Confidence::Of(0.05)),
        ("", Confidence::NotGiven),
        ("abc", Confidence::Unreadable),
        ("0%2C87", Confidence::Unreadable),
        ("1.5", Confidence::Unreadable),
        ("NaN", Confidence::Unreadable),
    ] {
        let said = events(CallbackKind::Question, &format!("SpeechResult=Hilfe&Confidence={wire}"));
        assert_eq!(said, [gathered(None, Some(("Hilfe", confidence)))], "{wire}");
    }
}

#[test]
fn an_answer_of_a_line_that_has_ended_still_counts_and_silence_of_it_is_its_end() {
    let end = ended(LineStatus::Completed);
    let said = events(CallbackKind::Question, "CallStatus=completed&SpeechResult=help");
    assert_eq!(said, [end.clone(), gathered(None, Some(("help", Confidence::NotGiven)))]);
    assert_eq!(events(CallbackKind::LastWords, "CallStatus=completed&Digits="), [end]);
    assert_eq!(events(CallbackKind::Question, "CallStatus=in-progress&Digits=2"), [gathered(Some("2"), None)]);
    assert_eq!(events(CallbackKind::Question, "CallStatus=daydreaming&Digits=2"), [gathered(Some("2"), None)]);
}

#[test]
fn how_a_forward_ended() {
    let check = |parameters: &str, result: DialOutcome, duration_seconds: Option<u32>| {
        let expect = Event::DialResult { phone: desk(), result, duration_seconds };
        assert_eq!(events(CallbackKind::DialResult, parameters), [expect], "{parameters}");
    };
    check("DialCallStatus=completed&DialBridged=true&DialCallDuration=184", DialOutcome::Completed, Some(184));
    check("DialCallStatus=completed&DialBridged=true&DialCallDuration=0", DialOutcome::Completed, Some(1));
    check("DialCallStatus=completed&DialBridged=true", DialOutcome::Completed, Some(1));
    check("DialCallStatus=completed&DialBridged=true&DialCallDuration=-3", DialOutcome::Completed, Some(1));
    check("DialCallStatus=completed&DialBridged=false&DialCallDuration=7", DialOutcome::Completed, Some(0));
    check("DialCallStatus=completed&DialCallDuration=7", DialOutcome::Completed, None);
    check("DialCallStatus=completed&DialCallDuration=0", DialOutcome::Completed, Some(0));
    check("DialCallStatus=completed&DialBridged=maybe", DialOutcome::Completed, None);
    check("DialCallStatus=answered", DialOutcome::Completed, None);
    check("DialCallStatus=busy&DialBridged=false", DialOutcome::Busy, Some(0));
    check("DialCallStatus=busy", DialOutcome::Busy, Some(0));
    check("DialCallStatus=no-answer", DialOutcome::NoAnswer, Some(0));
    check("DialCallStatus=failed", DialOutcome::Failed, Some(0));
    check("DialCallStatus=canceled&DialBridged=false", DialOutcome::Canceled, Some(0));
    check("DialCallStatus=canceled&DialBridged=true&DialCallDuration=9", DialOutcome::Canceled, Some(9));
    check("DialCallStatus=declined", DialOutcome::Failed, Some(0));
    check("DialCallStatus=declined&DialBridged=true&DialCallDuration=9", DialOutcome::Completed, Some(9));
    check("", DialOutcome::Failed, Some(0));
}

#[test]
fn the_end_of_the_line_comes_before_the_result_of_its_forward() {
    let said = events(CallbackKind::DialResult, "CallStatus=completed&DialCallStatus=no-answer&DialBridged=false");
    let result = Event::DialResult { phone: desk(), result: DialOutcome::NoAnswer, duration_seconds: Some(0) };
    assert_eq!(said, [ended(LineStatus::Completed), result]);
}

#[test]
fn a_forward_names_its_leg_where_it_has_one() {
    let leg = |parameters: &str| step(CallbackKind::DialResult, parameters).expect("reads").leg.map(|leg| leg.0);
    assert_eq!(leg(&format!("DialCallSid={LEG}")), Some(LEG.to_owned()));
    assert_eq!(leg("DialCallStatus=answered"), None);
    assert_eq!(leg("DialCallSid=strange"), None);
}

#[test]
fn the_safe_plan_goes_on_without_knowing_its_desk() {
    let request = post("/webhooks/l/step/t", &format!("CallSid={CALL}&DialCallStatus=busy"));
    let context = |desk| ParseContext { token: None, desk, message: false };
    let safe_plan = token(CallbackKind::SafePlan);
    let heard = parse(&request, &ParseContext { token: Some(&safe_plan), ..context(None) }).expect("reads");
    assert_eq!((heard.events, heard.waits), (Vec::new(), true));
    let result = token(CallbackKind::DialResult);
    let unknown = parse(&request, &ParseContext { token: Some(&result), ..context(None) });
    assert_eq!(unknown, Err(WebhookError::Missing("the desk of its token")));
}

#[test]
fn the_desk_asks_for_its_document_and_presses_a_key() {
    let leg = |kind: CallbackKind, parameters: &str| {
        let body = format!("CallSid={LEG}&ParentCallSid={CALL}&CallStatus=in-progress&{parameters}");
        let request = post("/webhooks/l/step/t", &body);
        let heard = parse(&request, &ParseContext { token: Some(&token(kind)), desk: Some(&desk()), message: false });
        let heard = heard.expect(parameters);
        assert_eq!((heard.call.0.as_str(), heard.leg.map(|leg| leg.0).as_deref(), heard.waits), (CALL, Some(LEG), true));
        heard.events
    };
    assert_eq!(leg(CallbackKind::Whisper, ""), [Event::LegAnswered { phone: desk() }]);
    assert_eq!(leg(CallbackKind::WhisperKey, "Digits=1"), [Event::TargetConfirmed { phone: desk() }]);
    assert_eq!(leg(CallbackKind::WhisperKey, "Digits=11"), [Event::TargetConfirmed { phone: desk() }]);
    assert_eq!(leg(CallbackKind::WhisperKey, "Digits=12"), [Event::TargetDeclined { phone: desk() }]);
    assert_eq!(leg(CallbackKind::WhisperKey, "Digits=%23"), [Event::TargetDeclined { phone: desk() }]);
    assert_eq!(leg(CallbackKind::WhisperKey, "Digits="), []);
    assert_eq!(leg(CallbackKind::WhisperKey, ""), []);
    // The desk has hung up after its key: its key counts, and its leg's end is not the traveller's.
    assert_eq!(leg(CallbackKind::WhisperKey, "Digits=1&CallStatus=completed"), [Event::TargetConfirmed { phone: desk() }]);
}

#[test]
fn a_leg_without_a_parent_or_a_known_desk() {
    let whisper = token(CallbackKind::Whisper);
    let ask = |body: &str| {
        let context = ParseContext { token: Some(&whisper), desk: None, message: false };
        parse(&post("/webhooks/l/step/t", body), &context)
    };
    let heard = ask(&format!("CallSid={LEG}&To=%2B493023125011")).expect("reads");
    assert_eq!((heard.call.0.as_str(), heard.leg.map(|leg| leg.0).as_deref()), (LEG, Some(LEG)));
    assert_eq!(heard.events, [Event::LegAnswered { phone: number("+493023125011") }]);
    assert_eq!(ask(&format!("CallSid={LEG}&To=sip:x@a.example")), Err(WebhookError::Missing("the desk of its token")));
}

#[test]
fn progress_of_a_leg() {
    let check = |status: &str, expect: &[Event]| {
        let heard = step(CallbackKind::LegStatus, &format!("ParentCallSid={CALL}&CallStatus={status}")).expect(status);
        assert_eq!((heard.events.as_slice(), heard.waits), (expect, false), "{status}");
    };
    let leg_ended = |withdrawn| Event::LegEnded { phone: desk(), withdrawn };
    check("in-progress", &[Event::LegAnswered { phone: desk() }]);
    for status in ["completed", "busy", "no-answer", "failed"] {
        check(status, &[leg_ended(false)]);
    }
    check("canceled", &[leg_ended(true)]);
    for status in ["queued", "initiated", "ringing", "daydreaming", ""] {
        check(status, &[]);
    }
}

#[test]
fn progress_of_the_line() {
    let check = |status: &str, expect: Option<LineStatus>| {
        let heard = step(CallbackKind::LineStatus, &format!("CallStatus={status}")).expect(status);
        assert_eq!(heard.events, expect.map(ended).into_iter().collect::<Vec<_>>(), "{status}");
        assert!(!heard.waits);
    };
    check("initiated", Some(LineStatus::Initiated));
    check("ringing", Some(LineStatus::Ringing));
    check("in-progress", Some(LineStatus::InProgress));
    check("completed", Some(LineStatus::Completed));
    check("busy", Some(LineStatus::Busy));
    check("no-answer", Some(LineStatus::NoAnswer));
    check("canceled", Some(LineStatus::NoAnswer));
    check("failed", Some(LineStatus::Failed));
    check("daydreaming", None);
    check("", None);
}

#[test]
fn machine_detection() {
    let check = |wire: &str, by: AnsweredBy| {
        let heard = step(CallbackKind::Machine, &format!("AnsweredBy={wire}")).expect(wire);
        assert_eq!((heard.events.as_slice(), heard.waits), (&[Event::AnsweredBy { by }][..], false), "{wire}");
    };
    check("human", AnsweredBy::Human);
    check("machine_start", AnsweredBy::MachineStart);
    check("machine_end_beep", AnsweredBy::MachineEndBeep);
    check("machine_end_silence", AnsweredBy::MachineEndBeep);
    check("machine_end_other", AnsweredBy::MachineEndBeep);
    check("machine_end_2027", AnsweredBy::MachineEndBeep);
    check("fax", AnsweredBy::Fax);
    check("unknown", AnsweredBy::Unknown);
    check("robot", AnsweredBy::Unknown);
    assert_eq!(step(CallbackKind::Machine, ""), Err(WebhookError::Missing("AnsweredBy")));
}

#[test]
fn a_call_arrives() {
    let arrives = |from: &str| {
        let body = format!("CallSid={CALL}&CallStatus=ringing&Direction=inbound&From={from}&To=%2B12025550142");
        open("/webhooks/l/voice", &body).expect("reads").events
    };
    let expect = |caller: Option<&str>| {
        let caller = caller.map(number);
        [Event::CallAnswered { direction: Direction::Inbound, caller, called: number("+12025550142") }]
    };
    assert_eq!(arrives("%2B447700900123"), expect(Some("+447700900123")));
    for nobody in ["anonymous", "", "%2B266696687", "+447700900123", "sip%3Aanonymous%40x.example", "client%3Aann"] {
        assert_eq!(arrives(nobody), expect(None), "{nobody}");
    }
}

#[test]
fn an_arrival_that_cannot_be_read() {
    let arrives = |parameters: &str| open("/webhooks/l/voice", parameters).map(|heard| heard.events.len());
    assert_eq!(arrives("From=%2B447700900123&To=%2B12025550142"), Err(WebhookError::Missing("CallSid")));
    assert_eq!(arrives(&format!("CallSid={CALL}")), Err(WebhookError::Missing("To")));
    assert_eq!(arrives(&format!("CallSid={CALL}&To=12025550142")), Err(WebhookError::BadValue("To")));
    assert_eq!(arrives(&format!("CallSid={CALL}&To=%2B12025550142&AccountSid=AC1")), Err(WebhookError::BadValue("AccountSid")));
    for sid in
        ["CA1", "CA0000000000000000000000000000000g", "SM00000000000000000000000000000a01", "CA00000000000000000000000000000a012"]
    {
        assert_eq!(arrives(&format!("CallSid={sid}&To=%2B12025550142")), Err(WebhookError::BadValue("CallSid")), "{sid}");
    }
}

#[test]
fn an_arrival_of_a_call_that_has_ended_is_both() {
    let body = format!("CallSid={CALL}&CallStatus=completed&From=%2B447700900123&To=%2B12025550142");
    let events = open("/webhooks/l/voice", &body).expect("reads").events;
    assert!(matches!(events.as_slice(), [Event::CallAnswered { .. }, Event::CallStatus { status: LineStatus::Completed }]));
}

#[test]
fn our_own_call_is_answered() {
    let said =
        events(CallbackKind::Answered, "Direction=outbound-api&CallStatus=in-progress&From=%2B12025550142&To=%2B447700900123");
    let answered = Event::CallAnswered {
        direction: Direction::Outbound,
        caller: Some(number("+12025550142")),
        called: number("+447700900123"),
    };
    assert_eq!(said, [answered]);
}

#[test]
fn a_get_speaks_through_its_query_and_a_post_through_its_body_alone() {
    let mut request = post(&format!("/webhooks/l/voice?CallSid={CALL}&To=%2B12025550142"), "CallSid=CA1&To=1");
    request.method = "GET".to_owned();
    let context = ParseContext { token: None, desk: None, message: false };
    assert_eq!(parse(&request, &context).expect("reads").call.0, CALL);
    let question = token(CallbackKind::Question);
    let request = post("/webhooks/l/step/t?Digits=9", &format!("CallSid={CALL}&Digits=1"));
    let heard = parse(&request, &ParseContext { token: Some(&question), desk: None, message: false });
    assert_eq!(heard.expect("reads").events, [gathered(Some("1"), None)]);
}

#[test]
fn a_status_without_a_token() {
    let status = |parameters: &str| open("/webhooks/l/status", &format!("CallSid={CALL}&{parameters}")).expect(parameters);
    let heard = status("CallStatus=completed&Direction=inbound&To=%2B12025550142");
    assert_eq!((heard.events, heard.waits), (vec![ended(LineStatus::Completed)], false));
    assert_eq!(status("AnsweredBy=human").events, [Event::AnsweredBy { by: AnsweredBy::Human }]);
    let leg = status(&format!("CallStatus=in-progress&ParentCallSid={CALL}&To=%2B493023125010"));
    assert_eq!(leg.events, [Event::LegAnswered { phone: desk() }]);
    // A number whose status callback was pointed at the wrong address is no new call.
    let body = format!("CallSid={CALL}&CallStatus=completed&CallbackSource=call-progress-events&To=%2B12025550142");
    assert_eq!(open("/webhooks/l/voice", &body).expect("reads").events, [ended(LineStatus::Completed)]);
}

#[test]
fn a_text_comes_in() {
    let message = |parameters: &str| open("/webhooks/l/message", &format!("MessageSid={TEXT}&To=%2B12025550142&{parameters}"));
    let heard = message("SmsStatus=received&From=%2B447700900123&Body=Hilfe%00%0Aschnell&OptOutType=STOP").expect("reads");
    let received = Event::SmsReceived {
        caller: Some(number("+447700900123")),
        called: number("+12025550142"),
        text: "Hilfe\nschnell".to_owned(),
    };
    assert_eq!((heard.events.as_slice(), heard.waits), (&[received][..], true));
    assert_eq!(heard.call.0, TEXT);
    let empty = message("From=%2B447700900123&Body=").expect("reads");
    assert!(matches!(&empty.events[..], [Event::SmsReceived { text, .. }] if text.is_empty()));
    let sender = message("From=ACME&Body=x").expect("reads");
    assert!(matches!(&sender.events[..], [Event::SmsReceived { caller: None, .. }]));
    assert_eq!(open("/webhooks/l/message", "Body=x&To=%2B12025550142"), Err(WebhookError::Missing("MessageSid")));
    assert_eq!(open("/webhooks/l/message", "MessageSid=SM1&To=%2B12025550142"), Err(WebhookError::BadValue("MessageSid")));
}

#[test]
fn progress_of_our_own_text_moves_nothing() {
    for target in ["/webhooks/l/message", "/webhooks/l/status"] {
        let heard = open(target, &format!("MessageSid={TEXT}&MessageStatus=undelivered&SmsStatus=undelivered&ErrorCode=30003"));
        let heard = heard.expect("reads");
        assert_eq!((heard.events, heard.waits, heard.call.0.as_str()), (Vec::new(), false, TEXT));
    }
}

#[test]
fn a_retry_and_a_fallback_are_the_same_delivery() {
    let heard = |more: &str| {
        let body = format!("CallSid={CALL}&CallStatus=ringing&From=%2B447700900123&To=%2B12025550142{more}");
        open("/webhooks/l/voice", &body).expect("reads").fingerprint
    };
    let first = heard("");
    assert_eq!(heard("&ErrorCode=11200&ErrorUrl=https%3A%2F%2Fa.example%2F"), first);
    assert_eq!(heard("&Timestamp=Mon%2C+23+Nov+2026&FromCity=K%C3%B6ln&StirVerstat=No-TN-Validation&NewThing2027=1"), first);
    let press = |digits: &str| step(CallbackKind::Question, &format!("Digits={digits}")).expect("reads").fingerprint;
    assert_ne!(press("1"), press("2"));
    let status =
        |status: &str| step(CallbackKind::LineStatus, &format!("CallStatus={status}&Timestamp=x")).expect("reads").fingerprint;
    assert_ne!(status("ringing"), status("completed"));
}

#[test]
fn the_name_of_a_delivery() {
    let named = |header: &[u8], target: &str, body: &str| {
        let mut request = post(target, body);
        request.headers.push(("i-twilio-idempotency-token".to_owned(), header.to_vec()));
        let context = ParseContext { token: None, desk: None, message: target.ends_with("/message") };
        parse(&request, &context).expect("reads").delivery
    };
    let call = format!("CallSid={CALL}&To=%2B12025550142");
    assert_eq!(
        named(b"00000000-0000-4000-8000-000000000001", "/webhooks/l/voice", &call).as_deref(),
        Some("00000000-0000-4000-8000-000000000001")
    );
    for strange in [&b""[..], b"a b", b"\xFF", &[b'x'; 101]] {
        assert_eq!(named(strange, "/webhooks/l/voice", &call), None);
    }
    // The same text came again minutes later in a request of its own: nyaruka/courier#225.
    let text = format!("MessageSid={TEXT}&To=%2B12025550142&Body=x");
    assert_eq!(named(b"one", "/webhooks/l/message", &text), named(b"two", "/webhooks/l/message", &text));
}

#[test]
fn a_document_is_fetched_for_our_redirect() {
    assert_eq!(events(CallbackKind::Redirect, "CallStatus=in-progress"), [Event::DocumentFetched]);
}
