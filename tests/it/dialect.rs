//! Dialects from outside: documents against the table of what is legal, whole requests against what they say.
//!
//! `twiml-fixtures/<dialect>/<case>/` holds either `request.http`, `context.json` and `heard.json`, or `plan.json` and
//! `document.xml`. `UPDATE_FIXTURES=1` writes the expected files anew; a folder that nobody reads fails.

use crate::support::twiml_check::{self, Node, Problem};
use assistline::dialect::{
    AccountAccess, CallOrder, Callbacks, Dialect, Heard, ParseContext, RawRequest, WebhookSecret, by_name,
};
use assistline::model::event::{Direction, Event};
use assistline::model::ids::{CallId, ProviderCallId};
use assistline::model::language::LanguageTag;
use assistline::model::limits::DOCUMENT_BYTES_MAX;
use assistline::model::phone::PhoneNumber;
use assistline::model::plan::{Listen, Plan, Spoken, Verb};
use assistline::model::token::{CallbackKind, StepToken};
use proptest::prelude::*;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const PUBLIC_URL: &str = "https://router.example.org";

fn twilio() -> &'static dyn Dialect {
    by_name("twilio").expect("twilio is a dialect")
}

fn token(kind: CallbackKind, direction: Direction, step: u32) -> StepToken {
    StepToken {
        call: CallId(uuid::Uuid::from_u128(1)),
        step,
        leg: 1,
        kind,
        direction,
        traveller: None,
        language: LanguageTag::english(),
        ask: 1,
        heard: false,
        keys: String::new(),
        answer: None,
        tried: 0,
        version: 1,
        issued_at: chrono::DateTime::UNIX_EPOCH,
    }
}

/// A token as tests read it in a document.
fn sealed(token: &StepToken) -> String {
    let kind = serde_json::to_value(token.kind).expect("a word");
    format!("{}-{}", kind.as_str().expect("a word"), token.step)
}

fn url(token: &StepToken) -> String {
    let folder = if token.kind.is_status() { "status" } else { "step" };
    format!("{PUBLIC_URL}/webhooks/main/{folder}/{}", sealed(token))
}

fn document(plan: &Plan) -> String {
    let reply = twilio().render(plan, &Callbacks { public_url: PUBLIC_URL, line: "main", seal: &sealed });
    assert_eq!((reply.status, reply.content_type), (200, "text/xml; charset=utf-8"));
    reply.body
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

// --- The judge of documents ------------------------------------------------------------------------------------------

#[test]
fn each_bad_document_is_caught_by_its_rule() {
    #[derive(Deserialize)]
    struct Bad {
        id: String,
        kind: String,
        context: String,
        severity: String,
        rule: String,
        document: String,
    }
    let lines = include_str!("../data/twilio/documents-to-reject.jsonl").lines();
    let cases: Vec<Bad> = lines.map(|line| serde_json::from_str(line).expect("a case")).collect();
    assert_eq!(cases.len(), 54);
    for bad in cases {
        let problems = twiml_check::check(&bad.document, &bad.kind, &bad.context);
        let caught = problems.iter().any(|problem| problem.severity == bad.severity && problem.rule == bad.rule);
        assert!(caught, "{}: {problems:?}", bad.id);
    }
}

#[test]
fn each_document_of_the_sdks_passes() {
    let mut passed = 0;
    for builder in folders(&root().join("tests/data/twilio/documents")) {
        for file in files(&builder) {
            let name = file.file_name().expect("a name").to_string_lossy().into_owned();
            let xml = std::fs::read_to_string(&file).expect("reads");
            let kind = if name.starts_with("sms") { "messaging" } else { "voice" };
            let context = if name.starts_with("whisper") { "whisper" } else { "document" };
            let problems = twiml_check::check(&xml, kind, context);
            let errors: Vec<&Problem> = problems.iter().filter(|problem| problem.severity == "error").collect();
            assert!(errors.is_empty(), "{name}: {errors:?}");
            passed += 1;
        }
    }
    assert_eq!(passed, 23);
}

// --- Any plan --------------------------------------------------------------------------------------------------------

/// Texts of any characters, with those that documents break on more often than by chance.
fn any_text() -> impl Strategy<Value = String> {
    let odd = "<>&\"'\u{0}\u{8}\u{b}\u{1f}\u{7f}\u{85}\u{fffe}\u{ffff}\u{200e}\t\r\n,; ]]>’🚑ßçあ";
    let odd: Vec<char> = odd.chars().collect();
    let char = prop_oneof![proptest::sample::select(odd), any::<char>(), proptest::char::range('a', 'z')];
    proptest::collection::vec(char, 0..60).prop_map(String::from_iter)
}

fn any_spoken() -> impl Strategy<Value = Spoken> {
    let tags = ["de", "de-CH", "en-GB", "pt-BR", "zh-Hant-TW", "yue", "ar", "no", "xx", "xx-YY"];
    let tag = proptest::sample::select(tags.to_vec()).prop_map(|tag| LanguageTag::new(tag).expect("a tag"));
    (any_text(), tag).prop_map(|(text, language)| Spoken { text, language })
}

fn any_number() -> impl Strategy<Value = PhoneNumber> {
    (0_u32..1_000).prop_map(|last| PhoneNumber::from_e164(&format!("+493023125{last:03}")).expect("a number"))
}

fn any_token(kinds: &'static [CallbackKind]) -> impl Strategy<Value = StepToken> {
    let direction = prop_oneof![Just(Direction::Inbound), Just(Direction::Outbound)];
    (proptest::sample::select(kinds), direction, any::<u32>()).prop_map(|(kind, direction, step)| token(kind, direction, step))
}

fn any_gather(kinds: &'static [CallbackKind]) -> impl Strategy<Value = Verb> {
    let listen = (any_spoken(), proptest::collection::vec(any_text(), 0..8));
    let listen = listen.prop_map(|(spoken, hints)| Listen { language: spoken.language, hints });
    let say = proptest::collection::vec(any_spoken(), 0..3);
    (say, proptest::option::of(listen), any::<u8>(), any::<bool>(), any_token(kinds)).prop_map(
        |(say, listen, wait_seconds, report_silence, then)| Verb::Gather { say, listen, wait_seconds, report_silence, then },
    )
}

fn any_dial() -> impl Strategy<Value = Verb> {
    let whisper = proptest::option::of(any_token(&[CallbackKind::Whisper]));
    let tokens = (whisper, any_token(&[CallbackKind::LegStatus]), any_token(&[CallbackKind::DialResult, CallbackKind::SafePlan]));
    (any_number(), any_number(), any::<u16>(), any::<u32>(), tokens).prop_map(
        |(phone, caller_id, ring_seconds, time_limit_seconds, (whisper, leg_status, then))| Verb::Dial {
            phone,
            caller_id,
            ring_seconds,
            time_limit_seconds,
            whisper,
            leg_status,
            then,
        },
    )
}

fn any_simple_verb() -> impl Strategy<Value = Verb> {
    prop_oneof![
        4 => any_spoken().prop_map(Verb::Say),
        1 => any_text().prop_map(|text| Verb::Play { url: format!("https://media.example.org/{text}") }),
        1 => any_text().prop_map(|url| Verb::Play { url }),
        1 => any::<u8>().prop_map(|seconds| Verb::Pause { seconds }),
        1 => Just(Verb::Hangup),
    ]
}

fn any_voice_plan() -> impl Strategy<Value = Plan> {
    let verb = prop_oneof![
        5 => any_simple_verb(),
        2 => any_gather(&[CallbackKind::Question, CallbackKind::LastWords]),
        1 => any_dial(),
        1 => any_token(&[CallbackKind::Redirect]).prop_map(|to| Verb::Redirect { to }),
        1 => Just(Verb::Reject),
    ];
    proptest::collection::vec(verb, 0..8).prop_map(Plan::new)
}

fn any_desk_plan() -> impl Strategy<Value = Plan> {
    let verb = prop_oneof![3 => any_simple_verb(), 2 => any_gather(&[CallbackKind::WhisperKey]), 1 => Just(Verb::Connect)];
    let key = any_gather(&[CallbackKind::WhisperKey]);
    (key, proptest::collection::vec(verb, 0..6)).prop_map(|(key, mut verbs)| {
        verbs.insert(0, key);
        Plan::new(verbs)
    })
}

/// A text as a listener gets it: only what can be spoken or read, blanks squeezed.
fn heard_text(text: &str) -> String {
    let unseen = |c: char| (c.is_control() && !c.is_whitespace()) || matches!(c, '\u{fffe}' | '\u{ffff}');
    let shown: String = text.chars().filter(|c| !unseen(*c)).collect();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the plan means, one line a verb: what runs, with which words, numbers and addresses.
fn meant(plan: &Plan, for_desk: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for verb in &plan.verbs {
        match verb {
            Verb::Say(spoken) => lines.push(format!("say {}", heard_text(&spoken.text))),
            Verb::Play { url } if url.starts_with("https://media") => lines.push("play https://media.example.org/".to_owned()),
            Verb::Pause { seconds } if *seconds > 0 && !for_desk => lines.push(format!("pause {seconds}")),
            Verb::Play { .. } | Verb::Pause { .. } => {}
            Verb::Gather { say, report_silence, then, .. } => {
                let words: Vec<String> =
                    say.iter().map(|spoken| heard_text(&spoken.text)).filter(|text| !text.is_empty()).collect();
                lines.push(format!("gather {} silence={report_silence} {words:?}", url(then)));
            }
            Verb::Dial { phone, caller_id, whisper, leg_status, then, .. } => {
                let whisper = whisper.as_ref().map(url);
                let (phone, caller_id) = (phone.e164(), caller_id.e164());
                lines.push(format!("dial {phone} as {caller_id} {whisper:?} {} {}", url(leg_status), url(then)));
                return lines;
            }
            Verb::Redirect { to } => {
                lines.push(format!("redirect {}", url(to)));
                return lines;
            }
            Verb::Reject if lines.is_empty() => return vec!["reject busy".to_owned()],
            Verb::Reject | Verb::Hangup => {
                lines.push("hangup".to_owned());
                return lines;
            }
            Verb::Connect => return lines,
            Verb::Message { text } => lines.push(format!("message {}", heard_text(text))),
        }
        lines.retain(|line| line != "say ");
    }
    if !lines.last().is_some_and(|line| line.starts_with("gather") && line.contains("silence=true")) {
        lines.push("hangup".to_owned());
    }
    lines
}

/// The same from a document.
fn parse_back(root: &Node) -> Vec<String> {
    let texts = |node: &Node| node.children.iter().map(|say| say.text.clone()).collect::<Vec<_>>();
    let value = |node: &Node, name: &str| node.attribute(name).map(str::to_owned);
    let verb = |node: &Node| match node.name.as_str() {
        "Say" => format!("say {}", node.text),
        "Play" => format!("play {}", &node.text[.."https://media.example.org/".len()]),
        "Pause" => format!("pause {}", value(node, "length").expect("a length")),
        "Gather" => {
            let silence = value(node, "actionOnEmptyResult").as_deref() == Some("true");
            format!("gather {} silence={silence} {:?}", value(node, "action").expect("an action"), texts(node))
        }
        "Dial" => {
            let number = &node.children[0];
            let (caller_id, action) = (value(node, "callerId").expect("a number"), value(node, "action").expect("an action"));
            let status = value(number, "statusCallback").expect("a status");
            format!("dial {} as {caller_id} {:?} {status} {action}", number.text, value(number, "url"))
        }
        "Redirect" => format!("redirect {}", node.text),
        "Reject" => format!("reject {}", value(node, "reason").expect("a reason")),
        "Hangup" => "hangup".to_owned(),
        "Message" => format!("message {}", node.text.split_whitespace().collect::<Vec<_>>().join(" ")),
        other => panic!("no verb of ours: {other}"),
    };
    root.children.iter().map(verb).collect()
}

/// Legal without a warning, of our size, and nothing is recorded.
fn is_right(xml: &str, kind: &str, context: &str, may: &[&str]) {
    let mut problems = twiml_check::check(xml, kind, context);
    problems.retain(|problem| !may.contains(&problem.rule.as_str()));
    assert!(problems.is_empty(), "{problems:?}\n{xml}");
    assert!(xml.len() <= DOCUMENT_BYTES_MAX, "{} bytes", xml.len());
    assert!(!twiml_check::records(xml), "{xml}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_plan_for_a_caller_is_a_right_document_that_means_the_same(plan in any_voice_plan()) {
        let xml = document(&plan);
        is_right(&xml, "voice", "document", &[]);
        prop_assert_eq!(parse_back(&twiml_check::read(&xml).expect("well-formed")), meant(&plan, false));
    }

    #[test]
    fn any_plan_for_a_desk_is_a_right_document_that_means_the_same(plan in any_desk_plan()) {
        let xml = document(&plan);
        // Behind a key that was not pressed the lines may meet.
        let connects = plan.verbs.contains(&Verb::Connect);
        is_right(&xml, "voice", "whisper", if connects { &["gather-fallthrough"] } else { &[] });
        prop_assert_eq!(parse_back(&twiml_check::read(&xml).expect("well-formed")), meant(&plan, true));
    }

    #[test]
    fn any_reply_to_a_text_is_a_right_document(texts in proptest::collection::vec(any_text(), 1..4)) {
        let plan = Plan::new(texts.into_iter().map(|text| Verb::Message { text }).collect());
        let xml = document(&plan);
        is_right(&xml, "messaging", "document", &[]);
        let mut lines = meant(&plan, false);
        lines.retain(|line| line != "hangup" && line != "message ");
        prop_assert_eq!(parse_back(&twiml_check::read(&xml).expect("well-formed")), lines);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn however_much_is_said_the_document_is_right_and_has_its_end(plan in any_voice_plan(), text in any_text(), times in 100_usize..3_000) {
        let mut plan = plan;
        plan.verbs.retain(|verb| !matches!(verb, Verb::Hangup | Verb::Reject | Verb::Redirect { .. } | Verb::Dial { .. }));
        let long = Spoken { text: text.repeat(times), language: LanguageTag::english() };
        for verb in &mut plan.verbs {
            if let Verb::Say(spoken) = verb {
                *spoken = long.clone();
            } else if let Verb::Gather { say, .. } = verb {
                say.push(long.clone());
            }
        }
        plan.verbs.push(Verb::Redirect { to: token(CallbackKind::Redirect, Direction::Inbound, 7) });
        let xml = document(&plan);
        is_right(&xml, "voice", "document", &[]);
        let back = parse_back(&twiml_check::read(&xml).expect("well-formed"));
        prop_assert_eq!(back.last().map(String::as_str), Some("redirect https://router.example.org/webhooks/main/step/redirect-7"));
        let questions = plan.verbs.iter().filter(|verb| matches!(verb, Verb::Gather { .. })).count();
        prop_assert_eq!(back.iter().filter(|line| line.starts_with("gather")).count(), questions);
    }
}

// --- Requests of ours ------------------------------------------------------------------------------------------------

#[test]
fn an_order_names_the_right_url_for_each_thing() {
    let secret = |name: &str, value: &str| (name.to_owned(), SecretString::from(value));
    let access = AccountAccess {
        credentials: [secret("account_sid", "AC1"), secret("auth_token", "t")].into(),
        api_base_url: Some("http://127.0.0.1:1".to_owned()),
        region: None,
    };
    let callbacks = Callbacks { public_url: PUBLIC_URL, line: "main", seal: &sealed };
    let phone = |text: &str| PhoneNumber::from_e164(text).expect("a number");
    let order = |fallback_url: Option<&str>| CallOrder {
        to: phone("+447700900123"),
        from: phone("+12025550142"),
        ring_seconds: 25,
        answered: token(CallbackKind::Answered, Direction::Outbound, 1),
        status: token(CallbackKind::LineStatus, Direction::Outbound, 2),
        machine: token(CallbackKind::Machine, Direction::Outbound, 3),
        fallback_url: fallback_url.map(str::to_owned),
    };
    let field = |order: &CallOrder, name: &str| {
        let request = twilio().place_call(order, &access, &callbacks);
        let mut fields = form_urlencoded::parse(request.body.as_bytes()).into_owned();
        fields.find(|(field, _)| field == name).map(|(_, value)| value)
    };
    let check =
        |name: &str, path: &str| assert_eq!(field(&order(None), name), Some(format!("{PUBLIC_URL}/webhooks/main/{path}")));
    check("Url", "step/answered-1");
    check("FallbackUrl", "step/answered-1");
    check("StatusCallback", "status/line_status-2");
    check("AsyncAmdStatusCallback", "status/machine-3");
    let elsewhere = "https://fallback.example.org/x";
    assert_eq!(field(&order(Some(elsewhere)), "FallbackUrl").as_deref(), Some(elsewhere));
    let call = ProviderCallId("CA00000000000000000000000000000a01".to_owned());
    let redirect = twilio().change_call(&call, &token(CallbackKind::Redirect, Direction::Outbound, 4), &access, &callbacks);
    assert_eq!(redirect.url, "http://127.0.0.1:1/2010-04-01/Accounts/AC1/Calls/CA00000000000000000000000000000a01.json");
    assert!(redirect.body.contains("redirect-4"), "{}", redirect.body);
}

// --- Fixtures --------------------------------------------------------------------------------------------------------

#[derive(Deserialize)]
struct Context {
    public_url: String,
    secrets: Vec<String>,
    /// What the token of the URL says it is about; None: no token.
    kind: Option<CallbackKind>,
    desk: Option<PhoneNumber>,
}

#[derive(Serialize)]
struct Said<'a> {
    call: &'a str,
    leg: Option<&'a str>,
    account: Option<&'a str>,
    waits: bool,
    delivery: Option<&'a str>,
    events: &'a [Event],
    fingerprint: &'a [(String, String)],
}

fn said(heard: &Heard) -> String {
    let said = Said {
        call: &heard.call.0,
        leg: heard.leg.as_ref().map(|leg| leg.0.as_str()),
        account: heard.account.as_deref(),
        waits: heard.waits,
        delivery: heard.delivery.as_deref(),
        events: &heard.events,
        fingerprint: &heard.fingerprint,
    };
    serde_json::to_string_pretty(&said).expect("JSON") + "\n"
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    files(folder).into_iter().filter(|path| path.is_dir()).collect()
}

fn text(folder: &Path, file: &str) -> String {
    let path = folder.join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A request as it stands in a file: start line, headers, an empty line, and the body to the last byte.
fn read_request(folder: &Path, public_url: &str) -> RawRequest {
    let bytes = std::fs::read(folder.join("request.http")).expect("a request");
    let split = bytes.windows(2).position(|pair| pair == b"\n\n").expect("an empty line behind the headers");
    let head = std::str::from_utf8(&bytes[..split]).expect("headers are text");
    let mut lines = head.lines();
    let mut start = lines.next().expect("a start line").split(' ');
    let (method, target) = (start.next().expect("a method"), start.next().expect("a target"));
    let header = |line: &str| {
        let (name, value) = line.split_once(": ").unwrap_or_else(|| panic!("{line:?} is no header"));
        (name.to_ascii_lowercase(), value.as_bytes().to_vec())
    };
    RawRequest {
        method: method.to_owned(),
        public_url: public_url.to_owned(),
        target: target.to_owned(),
        headers: lines.map(header).collect(),
        body: bytes[split + 2..].to_vec(),
    }
}

/// Is this the run that writes expected files anew?
#[expect(clippy::disallowed_methods, reason = "a switch of the test, no setting of the process")]
fn updates() -> bool {
    std::env::var_os("UPDATE_FIXTURES").is_some_and(|value| value == "1")
}

/// Signs a new fixture: `X-Twilio-Signature: ?` becomes the signature with the last secret of its context. The fixtures
/// that came with this test were signed elsewhere, so the engine's own check is not judged by itself.
fn sign_request(folder: &Path, context: &Context) {
    use base64::Engine as _;
    use hmac::{KeyInit as _, Mac as _};
    let path = folder.join("request.http");
    let bytes = std::fs::read(&path).expect("a request");
    let request = read_request(folder, &context.public_url);
    if !updates() || request.header("x-twilio-signature") != Some("?") {
        return;
    }
    let mut pairs: Vec<(String, String)> = form_urlencoded::parse(&request.body).into_owned().collect();
    pairs.sort();
    pairs.dedup();
    let parameters: String = pairs.into_iter().flat_map(|(name, value)| [name, value]).collect();
    let signed = format!("{}{}{parameters}", context.public_url, request.target);
    let secret = context.secrets.last().expect("a secret");
    let mac = hmac::Hmac::<sha1::Sha1>::new_from_slice(secret.as_bytes()).expect("a key").chain_update(signed);
    let signature = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
    let head = b"X-Twilio-Signature: ";
    let at = bytes.windows(head.len()).position(|window| window == head).expect("the header") + head.len();
    let signed = [&bytes[..at], signature.as_bytes(), &bytes[at + 1..]].concat();
    std::fs::write(&path, signed).expect("writes");
}

/// What a request says, or why nothing of it is believed.
fn hear(dialect: &dyn Dialect, folder: &Path) -> (String, Vec<Event>) {
    let context: Context = serde_json::from_str(&text(folder, "context.json")).expect("a context");
    sign_request(folder, &context);
    let request = read_request(folder, &context.public_url);
    let secret = |secret: &String| WebhookSecret { key: None, secret: SecretString::from(secret.as_str()) };
    let secrets: Vec<WebhookSecret> = context.secrets.iter().map(secret).collect();
    let token = context.kind.map(|kind| token(kind, Direction::Outbound, 1));
    let message = request.target.split('?').next().is_some_and(|path| path.ends_with("/message"));
    let parse_context = ParseContext { token: token.as_ref(), desk: context.desk.as_ref(), message };
    match dialect.verify(&request, &secrets).and_then(|()| dialect.parse(&request, &parse_context)) {
        Ok(heard) => (said(&heard), heard.events),
        Err(error) => {
            (serde_json::to_string_pretty(&serde_json::json!({ "refused": error.to_string() })).expect("JSON") + "\n", Vec::new())
        }
    }
}

/// The document of a plan, held against what is legal.
fn write_document(folder: &Path) -> String {
    let plan: Plan = serde_json::from_str(&text(folder, "plan.json")).expect("a plan");
    let xml = document(&plan);
    let name = folder.file_name().expect("a name").to_string_lossy();
    let kind = if plan.verbs.iter().any(|verb| matches!(verb, Verb::Message { .. })) { "messaging" } else { "voice" };
    let context = if name.contains("desk") { "whisper" } else { "document" };
    is_right(&xml, kind, context, &[]);
    xml
}

fn compare(folder: &Path, file: &str, actual: &str) {
    let path = folder.join(file);
    if updates() {
        std::fs::write(&path, actual).expect("writes");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(actual, expected, "{} (UPDATE_FIXTURES=1 writes it anew)", path.display());
}

#[test]
fn each_fixture_says_what_it_should() {
    let mut kinds = BTreeSet::new();
    for provider in folders(&root().join("twiml-fixtures")) {
        let name = provider.file_name().expect("a name").to_string_lossy().into_owned();
        let dialect = by_name(&name).unwrap_or_else(|| panic!("{name} is no dialect"));
        for folder in files(&provider) {
            let read: &[&str] = if folder.join("request.http").is_file() {
                let (heard, events) = hear(dialect, &folder);
                kinds.extend(events.iter().map(Event::kind));
                compare(&folder, "heard.json", &heard);
                &["request.http", "context.json", "heard.json"]
            } else if folder.join("plan.json").is_file() {
                compare(&folder, "document.xml", &write_document(&folder));
                &["plan.json", "document.xml"]
            } else {
                panic!("{}: a folder that nobody reads", folder.display());
            };
            let unread = files(&folder).into_iter().find(|path| !read.iter().any(|name| path.ends_with(name)));
            assert_eq!(unread, None, "a file that nobody reads");
        }
    }
    let spoken_of = [
        "answered_by",
        "call_answered",
        "call_status",
        "dial_result",
        "document_fetched",
        "gathered",
        "leg_answered",
        "leg_ended",
        "sms_received",
        "target_confirmed",
        "target_declined",
    ];
    assert_eq!(kinds, BTreeSet::from(spoken_of), "every event that a provider can tell of has a fixture");
}
