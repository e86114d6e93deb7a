//! Our requests beside those that the SDK makes, and answers of every kind.

use super::*;
use serde_json::json;
use std::collections::BTreeMap;

const ACCOUNT: &str = "AC0123456789abcdef0123456789abcdef";
const CALL: &str = "CA00000000000000000000000000000a01";

fn access() -> AccountAccess {
    let secret = |name: &str, value: &str| (name.to_owned(), SecretString::from(value));
    AccountAccess {
        credentials: BTreeMap::from([
            secret("account_sid", ACCOUNT),
            secret("auth_token", "fake-twilio-auth-token-primary-0001"),
        ]),
        api_base_url: None,
        region: None,
    }
}

fn call() -> ProviderCallId {
    ProviderCallId(CALL.to_owned())
}

/// A request as what it means: parameters decoded, those that only state Twilio's default left out.
fn meaning(request: &ProviderRequest) -> Value {
    let mut fields = pairs(&request.body);
    let stated = ["FallbackMethod=POST", "AsyncAmdStatusCallbackMethod=POST", "Method=POST", "StatusCallbackMethod=POST"];
    fields.retain(|field| !stated.contains(&field.as_str()));
    let (user, password) = request.basic.as_ref().expect("credentials");
    json!({
        "method": request.method, "url": request.url, "fields": fields,
        "user": user, "password": password.expose_secret(),
        "type": request.headers.iter().find(|(name, _)| *name == "content-type").map(|(_, value)| value),
    })
}

fn pairs(form: &str) -> Vec<String> {
    let mut pairs: Vec<String> = form_urlencoded::parse(form.as_bytes()).map(|(name, value)| format!("{name}={value}")).collect();
    pairs.sort();
    pairs
}

/// What the SDK's request of that case means.
fn sdk(case: &str) -> Value {
    let lines = include_str!("../../../../tests/data/twilio/rest.jsonl").lines();
    let line = lines.map(|line| serde_json::from_str::<Value>(line).expect("json")).find(|line| line["case"] == case);
    let line = line.expect(case);
    let text = |pointer: &str| line.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let request = ProviderRequest {
        method: if text("/method").as_deref() == Some("POST") { "POST" } else { "GET" },
        url: text("/url").expect("url"),
        headers: text("/headers/Content-Type").map(|value| ("content-type", value)).into_iter().collect(),
        basic: text("/credentials/user").zip(text("/credentials/password").map(SecretString::from)),
        body: text("/body").unwrap_or_default(),
    };
    meaning(&request)
}

fn without(mut meaning: Value, fields: &[&str]) -> Value {
    let list = meaning["fields"].as_array_mut().expect("fields");
    list.retain(|field| !fields.iter().any(|name| field.as_str().is_some_and(|field| field.starts_with(&format!("{name}=")))));
    meaning
}

const ORDER: Order<'static> = Order {
    to: "+447700900123",
    from: "+12025550142",
    ring_seconds: 30,
    answered_url: "https://router.example.org/twilio/answered?trip=TR-1001&step=0",
    fallback_url: "https://router.example.org/twilio/fallback",
    status_url: "https://router.example.org/twilio/status",
    machine_url: "https://router.example.org/twilio/amd",
};

#[test]
fn an_order_means_what_the_sdks_order_means() {
    let ours = meaning(&ORDER.request(&access()));
    let detection = ["MachineDetection", "AsyncAmd", "AsyncAmdStatusCallback"];
    assert_eq!(without(ours.clone(), &detection), sdk("call"));
    let answered_url = "https://router.example.org/twilio/answered";
    let ours = meaning(&Order { answered_url, ..ORDER }.request(&access()));
    // The SDK's case asks for the start of a greeting, we ask for its end, and for a time and a fallback of ours.
    let ours = without(ours, &["Timeout", "FallbackUrl", "MachineDetection"]);
    assert_eq!(ours, without(sdk("call-amd-async"), &["MachineDetection"]));
}

#[test]
fn an_order_asks_for_every_event_once_and_for_the_end_of_a_greeting() {
    let fields = pairs(&ORDER.request(&access()).body);
    let events: Vec<&String> = fields.iter().filter(|field| field.starts_with("StatusCallbackEvent=")).collect();
    let wanted = ["answered", "completed", "initiated", "ringing"].map(|event| format!("StatusCallbackEvent={event}"));
    assert_eq!(events, wanted.iter().collect::<Vec<_>>());
    assert!(fields.contains(&"MachineDetection=DetectMessageEnd".to_owned()));
    assert!(fields.contains(&"AsyncAmd=true".to_owned()));
    assert!(ORDER.request(&access()).body.contains("To=%2B447700900123&From=%2B12025550142"), "a bare plus is a blank");
}

#[test]
fn a_phone_rings_no_shorter_and_no_longer_than_twilio_can() {
    let timeout = |ring_seconds| {
        let fields = pairs(&Order { ring_seconds, ..ORDER }.request(&access()).body);
        fields.into_iter().find(|field| field.starts_with("Timeout="))
    };
    assert_eq!(timeout(0).as_deref(), Some("Timeout=5"));
    assert_eq!(timeout(25).as_deref(), Some("Timeout=25"));
    assert_eq!(timeout(u16::MAX).as_deref(), Some("Timeout=600"));
}

#[test]
fn changing_ending_and_finding_a_call_mean_what_the_sdk_means() {
    let url = "https://router.example.org/twilio/answered?step=1";
    assert_eq!(meaning(&redirect(&call(), url, &access())), sdk("call-redirect"));
    assert_eq!(meaning(&end(&call(), &access())), sdk("call-hang-up"));
    assert_eq!(meaning(&cancel(&call(), &access())), sdk("call-cancel"));
    assert_eq!(meaning(&find(&call(), &access())), sdk("call-fetch"));
}

#[test]
fn a_text_means_what_the_sdks_text_means() {
    let text =
        "Example Travel Care: help is on the way. Call +12025550142 & quote \"TR-1001\" <urgent>. Ça va aller – bon courage 🆘";
    let ours = meaning(&message("+447700900123", "+12025550142", text, &access()));
    assert_eq!(ours, without(sdk("sms"), &["StatusCallback"]));
}

#[test]
fn any_other_order_is_built_alike() {
    let fields =
        [("To", "+447700900123"), ("From", "+12025550142"), ("Twiml", "<Response><Say>Köln &amp; help</Say></Response>")];
    assert_eq!(meaning(&post(&access(), "Calls.json", &fields)), sdk("call-inline-twiml"));
}

#[test]
fn every_case_of_the_sdk_is_compared() {
    let compared =
        ["call", "call-amd-async", "call-inline-twiml", "call-hang-up", "call-cancel", "call-redirect", "call-fetch", "sms"];
    let lines = include_str!("../../../../tests/data/twilio/rest.jsonl").lines();
    let cases: Vec<Value> = lines.map(|line| serde_json::from_str::<Value>(line).expect("json")["case"].clone()).collect();
    assert_eq!(cases, compared);
}

#[test]
fn calls_to_a_number_are_looked_for_from_the_day_of_the_order() {
    let search = |since: &str| {
        let since = DateTime::parse_from_rfc3339(since).expect("a time").to_utc();
        let request = find_to("+447700900123", since, &access());
        assert_eq!((request.method, request.body.as_str()), ("GET", ""));
        request.url
    };
    let url = |day: &str| {
        format!("https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Calls.json?To=%2B447700900123&StartTime%3E={day}")
    };
    assert_eq!(search("2026-11-23T08:15:30Z"), url("2026-11-23"));
    assert_eq!(search("2026-11-23T00:15:30Z"), url("2026-11-22"), "clocks differ");
}

#[test]
fn the_account_decides_where_and_as_whom() {
    let with = |credentials: &[(&str, &str)], api_base_url: Option<&str>, region: Option<&str>| {
        let credentials = credentials.iter().map(|(name, value)| ((*name).to_owned(), SecretString::from(*value))).collect();
        let access =
            AccountAccess { credentials, api_base_url: api_base_url.map(str::to_owned), region: region.map(str::to_owned) };
        let request = find(&call(), &access);
        (request.url, request.basic.map(|(user, _)| user))
    };
    let url = |host: &str| format!("https://{host}/2010-04-01/Accounts/AC1/Calls/{CALL}.json");
    let token = [("account_sid", "AC1"), ("auth_token", "t")];
    let key = [("account_sid", "AC1"), ("auth_token", "t"), ("api_key_sid", "SK1"), ("api_key_secret", "s")];
    let user = |user: &str| Some(user.to_owned());
    assert_eq!(with(&token, None, None), (url("api.twilio.com"), user("AC1")));
    assert_eq!(with(&key, None, Some("ie1")), (url("api.dublin.ie1.twilio.com"), user("SK1")));
    assert_eq!(with(&key, None, Some("au1")), (url("api.sydney.au1.twilio.com"), user("SK1")));
    assert_eq!(with(&token, None, Some("us1")), (url("api.twilio.com"), user("AC1")));
    assert_eq!(with(&token, None, Some("br1")), (url("api.twilio.com"), user("AC1")));
    let local = format!("http://127.0.0.1:9/2010-04-01/Accounts/AC1/Calls/{CALL}.json");
    assert_eq!(with(&token, Some("http://127.0.0.1:9/"), Some("ie1")), (local, user("AC1")));
    assert_eq!(with(&[("account_sid", "AC1"), ("auth_token", "")], None, None).1, None);
}

fn answer(status: u16, body: &Value) -> ProviderResponse {
    ProviderResponse { status, retry_after_seconds: None, body: body.to_string().into_bytes() }
}

#[test]
fn an_order_was_taken_or_not() {
    let kind = |response: &ProviderResponse| read_placed(response).map_err(|error| error.kind);
    assert_eq!(kind(&answer(201, &json!({"sid": CALL, "status": "queued", "new": [1]}))), Ok(call()));
    assert_eq!(kind(&answer(201, &json!({"status": "queued"}))), Err(CarrierErrorKind::Unintelligible));
    assert_eq!(kind(&answer(201, &json!("x"))), Err(CarrierErrorKind::Unintelligible));
    assert_eq!(kind(&answer(400, &json!({"code": 21211}))), Err(CarrierErrorKind::Refused));
    assert_eq!(kind(&answer(400, &json!({"code": 21210}))), Err(CarrierErrorKind::Account));
    assert_eq!(kind(&answer(404, &json!({"code": 20404}))), Err(CarrierErrorKind::Account), "the account's region is wrong");
    assert_eq!(kind(&answer(503, &json!({}))), Err(CarrierErrorKind::Unreachable));
}

#[test]
fn how_a_call_stands() {
    let stands = |status: &str| read_found(&answer(200, &json!({"sid": CALL, "status": status}))).map(|found| found[0].line);
    assert_eq!(stands("queued"), Ok(LineFound::NotYetAnswered));
    assert_eq!(stands("ringing"), Ok(LineFound::NotYetAnswered));
    assert_eq!(stands("in-progress"), Ok(LineFound::Up));
    assert_eq!(stands("completed"), Ok(LineFound::Ended(LineStatus::Completed)));
    assert_eq!(stands("busy"), Ok(LineFound::Ended(LineStatus::Busy)));
    assert_eq!(stands("failed"), Ok(LineFound::Ended(LineStatus::Failed)));
    assert_eq!(stands("no-answer"), Ok(LineFound::Ended(LineStatus::NoAnswer)));
    assert_eq!(stands("canceled"), Ok(LineFound::Ended(LineStatus::NoAnswer)));
    assert_eq!(stands("daydreaming"), Ok(LineFound::Unknown));
}

#[test]
fn a_search_finds_any_number_of_calls_with_their_time() {
    let list = json!({"calls": [
        {"sid": CALL, "status": "queued", "date_created": "Mon, 23 Nov 2026 08:15:30 +0000", "start_time": null},
        {"sid": "CA2", "status": "completed"},
    ]});
    let found = read_found(&answer(200, &list)).expect("reads");
    let created_at = DateTime::parse_from_rfc3339("2026-11-23T08:15:30Z").expect("a time").to_utc();
    assert_eq!(found[0], FoundCall { id: call(), line: LineFound::NotYetAnswered, created_at: Some(created_at) });
    assert_eq!((found[1].line, found[1].created_at), (LineFound::Ended(LineStatus::Completed), None));
    assert_eq!(read_found(&answer(200, &json!({"calls": []}))), Ok(Vec::new()));
    let kind = |body: &Value| read_found(&answer(200, body)).map_err(|error| error.kind);
    assert_eq!(kind(&json!({"calls": [{"status": "queued"}]})), Err(CarrierErrorKind::Unintelligible));
    assert_eq!(kind(&json!({})), Err(CarrierErrorKind::Unintelligible));
    let missing = read_found(&answer(404, &json!({"code": 20404}))).map_err(|error| error.kind);
    assert_eq!(missing, Err(CarrierErrorKind::NoSuchCall));
}

#[test]
fn what_was_done() {
    assert_eq!(read_done(&answer(200, &json!({}))), Ok(()));
    let error = read_done(&answer(400, &json!({"code": 21220, "message": "+447700900123"}))).expect_err("not in progress");
    assert_eq!((error.kind, error.code), (CarrierErrorKind::NoSuchCall, 21_220));
    assert!(!error.to_string().contains("4477"));
}
