//! Scenarios through the whole engine, and over HTTP in a provider's dialect: what is decided reaches the telephone, every
//! document is legal, no URL tells anything, a repeat changes nothing.

use crate::support::twiml_check;
use assistline::app::scenario::{Action, Scenario, Step, read};
use assistline::cli::replay::{Played, Replayer, known_provider};
use assistline::simulator::replay::exchange::{Exchange, ExchangeLog};
use assistline::store::journal::StoredStep;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data");
const PUBLIC_URL: &str = "https://replay.example";

fn scenarios_in(folder: &str) -> Vec<Scenario> {
    let mut paths: Vec<_> = std::fs::read_dir(format!("{DATA}/{folder}")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().flat_map(|path| read(&std::fs::read_to_string(path).unwrap(), false).unwrap()).collect()
}

fn written() -> Vec<Scenario> {
    let scenarios = scenarios_in("corpora/scenarios");
    assert_eq!(scenarios.len(), 49, "a scenario that nobody reads proves nothing");
    scenarios
}

/// 60 of the generated ones, from all over the file.
fn generated() -> Vec<Scenario> {
    let text = std::fs::read_to_string(format!("{DATA}/corpora/generated.jsonl")).unwrap();
    let all = read(&text, true).unwrap();
    let every = all.len() / 60;
    all.into_iter().step_by(every).take(60).collect()
}

fn named(name: &str) -> Scenario {
    let all = written().into_iter().chain(scenarios_in("replay"));
    all.into_iter().find(|scenario| scenario.name == name).unwrap()
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(future)
}

fn replayer(folder: &Path, provider: Option<&str>) -> Replayer {
    Replayer::new(folder, provider.map(|name| known_provider(name).unwrap()), true).unwrap()
}

/// Generated ones that need a key of a desk whose document asks for none: no request can say that at Twilio.
const CANNOT_HAPPEN: [&str; 3] = ["generated-words-295", "generated-words-337", "generated-words-479"];

/// Replays all of them; what was said, scenario by scenario.
fn all_ok(scenarios: &[Scenario], provider: Option<&str>) -> Vec<Vec<Exchange>> {
    let folder = tempfile::tempdir().unwrap();
    let replayer = replayer(folder.path(), provider);
    let results = run(async {
        let mut results = Vec::new();
        for scenario in scenarios {
            results.push(replayer.replay(scenario).await);
        }
        results
    });
    let mut said = Vec::new();
    let mut differing = Vec::new();
    for (scenario, (result, exchanges)) in scenarios.iter().zip(results) {
        match result {
            Ok(Played::Ok) => said.push(exchanges),
            Ok(Played::Skipped(_)) if CANNOT_HAPPEN.contains(&scenario.name.as_str()) => said.push(exchanges),
            other => differing.push(format!("{}: {other:?}", scenario.name)),
        }
    }
    assert!(differing.is_empty(), "{} of {} differ:\n{}", differing.len(), scenarios.len(), differing.join("\n"));
    said
}

fn webhooks(said: &[Exchange]) -> Vec<(&str, Option<&str>)> {
    said.iter()
        .filter_map(|exchange| match exchange {
            Exchange::Webhook { request, response } => Some((request.as_str(), response.as_deref())),
            Exchange::Rest { .. } => None,
        })
        .collect()
}

fn body(request: &str) -> &str {
    request.split_once("\n\n").unwrap().1
}

#[test]
fn the_written_scenarios_through_the_engine() {
    all_ok(&written(), None);
}

#[test]
fn generated_scenarios_through_the_engine() {
    all_ok(&generated(), None);
}

#[test]
fn the_written_scenarios_over_http() {
    let scenarios = written();
    let said = all_ok(&scenarios, Some("twilio"));
    let mut documents = 0;
    for (scenario, exchanges) in scenarios.iter().zip(&said) {
        for (request, response) in webhooks(exchanges) {
            let Some(document) = response else { continue };
            documents += 1;
            documents_are_legal(&scenario.name, request, document);
        }
        urls_tell_nothing(scenario, exchanges);
    }
    assert!(documents > 250, "{documents} documents");
}

#[test]
fn generated_scenarios_over_http() {
    let scenarios = generated();
    for (scenario, exchanges) in scenarios.iter().zip(all_ok(&scenarios, Some("twilio"))) {
        for (request, response) in webhooks(&exchanges) {
            documents_are_legal(&scenario.name, request, response.unwrap_or("<Response><Hangup/></Response>"));
        }
        urls_tell_nothing(scenario, &exchanges);
    }
}

fn documents_are_legal(name: &str, request: &str, document: &str) {
    let start = request.lines().nth(1).unwrap();
    let kind = if start.contains("/message ") { "messaging" } else { "voice" };
    let context = if body(request).contains("ParentCallSid=") { "whisper" } else { "document" };
    let mut problems = twiml_check::check(document, kind, context);
    // Nobody waits for the answer to a status callback.
    problems.retain(|problem| !(start.contains("/status") && problem.rule == "empty-response"));
    assert!(problems.is_empty(), "{name}: {problems:?}\n{request}\n{document}");
    assert!(!twiml_check::records(document), "{name}: {document}");
}

/// Every callback URL that stands in what was said.
fn urls(exchanges: &[Exchange]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for exchange in exchanges {
        let texts = match exchange {
            Exchange::Webhook { request: _, response } => vec![response.clone().unwrap_or_default()],
            Exchange::Rest { request } => {
                form_urlencoded::parse(body(request).as_bytes()).map(|(_, value)| value.into_owned()).collect()
            }
        };
        for text in texts {
            for (at, _) in text.match_indices(PUBLIC_URL) {
                let url = text[at..].chars().take_while(|c| c.is_ascii_graphic() && !"\"'<>".contains(*c));
                found.insert(url.collect());
            }
        }
    }
    found
}

/// What must not be read in a URL.
fn secrets(scenario: &Scenario) -> Vec<String> {
    let mut secrets: Vec<String> =
        ["safe", "help", "medical", "travel", "unclear", "silence", "connected", "voicemail", "abandoned"]
            .map(str::to_owned)
            .to_vec();
    secrets.push(scenario.organisation.name.clone());
    let mut number = |phone: &str| secrets.push(phone.trim_start_matches('+').to_owned());
    scenario.situation.travellers.iter().for_each(|traveller| number(&traveller.phone));
    number(&scenario.organisation.emergency_number);
    for action in scenario.steps.iter().flat_map(|step| &step.engine) {
        if let Action::Forward { phone, .. } = action {
            number(phone);
        }
    }
    secrets
}

fn urls_tell_nothing(scenario: &Scenario, exchanges: &[Exchange]) {
    let secrets = secrets(scenario);
    for url in urls(exchanges) {
        let path: Vec<&str> = url.strip_prefix(PUBLIC_URL).unwrap().split('/').collect();
        let ["", "webhooks", "replayed", "step" | "status", token] = path.as_slice() else { panic!("{url}") };
        assert!(token.len() <= 200, "{url}");
        let bytes = URL_SAFE_NO_PAD.decode(token).unwrap();
        let plain = bytes.iter().map(|byte| char::from(*byte)).collect::<String>().to_lowercase();
        for secret in &secrets {
            assert!(!plain.contains(&secret.to_lowercase()), "{}: {secret} can be read in {url}", scenario.name);
            // A short word may stand in a random text by chance; a number or a long word does not.
            assert!(secret.len() < 6 || !token.contains(secret.as_str()), "{}: {secret} stands in {url}", scenario.name);
            let number = secret.parse::<u64>().ok().filter(|_| secret.len() > 6).map(u64::to_be_bytes);
            let hidden = number.is_some_and(|number| bytes.windows(6).any(|window| window == &number[2..]));
            assert!(!hidden, "{}: {secret} can be read in {url}", scenario.name);
        }
    }
}

#[test]
fn two_tokens_of_one_call_have_nothing_in_common() {
    // A token that were only encoded would repeat the call's id.
    let said = all_ok(&[named("keys-112-one-by-one-de")], Some("twilio"));
    let tokens: Vec<Vec<u8>> =
        urls(&said[0]).iter().map(|url| URL_SAFE_NO_PAD.decode(url.rsplit('/').next().unwrap()).unwrap()).collect();
    assert!(tokens.len() > 5);
    for (place, token) in tokens.iter().enumerate() {
        for other in &tokens[place + 1..] {
            let same = token.windows(6).any(|window| other.windows(6).any(|piece| piece == window));
            assert!(!same, "{token:?} {other:?}");
        }
    }
}

#[test]
fn an_emergency_number_keyed_one_by_one_ends_in_a_forward() {
    for (name, keys) in [("keys-112-one-by-one-de", ["1", "1", "2"]), ("keys-110-one-by-one-de", ["1", "1", "0"])] {
        let said = all_ok(&[named(name)], Some("twilio"));
        let gathered: Vec<(String, &str)> = webhooks(&said[0])
            .into_iter()
            .filter_map(|(request, response)| {
                let (_, keys) = form_urlencoded::parse(body(request).as_bytes()).find(|(field, _)| field == "Digits")?;
                Some((keys.into_owned(), response?))
            })
            .collect();
        assert_eq!(gathered.iter().map(|(keys, _)| keys.as_str()).collect::<Vec<_>>(), keys, "{name}");
        let dials: Vec<bool> = gathered.iter().map(|(_, document)| document.contains("<Dial ")).collect();
        assert_eq!(dials, [false, false, true], "{name}");
    }
}

/// Every delivery comes again at once, and once more when everything is over.
fn with_repeats(scenario: &Scenario) -> Scenario {
    let telephone = |action: &&Action| match action {
        Action::Prompt { .. }
        | Action::Forward { .. }
        | Action::Say { .. }
        | Action::HangUp
        | Action::ReplySms { .. }
        | Action::Refuse => true,
        Action::Record { .. } | Action::Alert { .. } | Action::Retry { .. } | Action::Nothing => false,
    };
    let again = |step: &Step| {
        let mut again = step.clone();
        again.engine = step.engine.iter().filter(telephone).cloned().collect();
        if again.engine.is_empty() {
            again.engine.push(Action::Nothing);
        }
        again
    };
    let mut repeated = scenario.clone();
    let delivered = |step: &&Step| step.provider.is_some();
    let twice =
        scenario.steps.iter().flat_map(|step| std::iter::once(step.clone()).chain(step.provider.as_ref().map(|_| again(step))));
    repeated.steps = twice.chain(scenario.steps.iter().filter(delivered).map(again)).collect();
    repeated
}

#[test]
fn a_repeat_of_a_delivery_changes_no_row() {
    let folder = tempfile::tempdir().unwrap();
    let replayer = replayer(folder.path(), Some("twilio"));
    let rows = async |scenario: &Scenario| {
        let engine = replayer.open().await.unwrap();
        let played = replayer.play(&engine, scenario, &ExchangeLog::default()).await.unwrap();
        assert_eq!(played, Played::Ok, "{}", scenario.name);
        let rows = engine.app.journal.steps_after(0, 10_000).await.unwrap();
        engine.end().await;
        // Ids differ: a repeat may use one up before it is known as one.
        let facts = |row: StoredStep| (row.row_id, row.number, row.kind, row.telephone, row.because, row.effects.len());
        rows.into_iter().map(facts).collect::<Vec<_>>()
    };
    run(async {
        for scenario in written() {
            let (once, often) = (rows(&scenario).await, rows(&with_repeats(&scenario)).await);
            assert_eq!(once, often, "{}", scenario.name);
        }
    });
}

#[test]
fn what_is_said_is_the_same_every_time() {
    for name in ["voicemail-before-and-after-the-beep-de", "confirmed-but-they-never-talked-en"] {
        let scenarios = [named(name)];
        assert_eq!(all_ok(&scenarios, Some("twilio")), all_ok(&scenarios, Some("twilio")), "{name}");
    }
}

#[test]
fn what_differs_is_named_with_its_step() {
    let folder = tempfile::tempdir().unwrap();
    for provider in [None, Some("twilio")] {
        let replayer = replayer(folder.path(), provider);
        let mut scenario = named("outbound-help-digit-operations-centre-de");
        let (number, step) = (1..)
            .zip(&mut scenario.steps)
            .find(|(_, step)| step.engine.iter().any(|action| matches!(action, Action::Forward { .. })))
            .unwrap();
        for action in &mut step.engine {
            if let Action::Forward { timeout_s, .. } = action {
                *timeout_s += 1;
            }
        }
        let (played, _) = run(replayer.replay(&scenario));
        let Ok(Played::Differs(difference)) = played else { panic!("{played:?}") };
        assert_eq!(difference.step, Some(number));
        let forwards = |value: &Value| value.as_array().unwrap().iter().any(|action| action["action"] == "forward");
        assert!(forwards(&difference.expected) && forwards(&difference.actual));
    }
}

#[test]
fn the_command_saves_what_was_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("{DATA}/replay/keys-110-one-by-one-de.json");
    let assistline = |arguments: &[&str]| Command::new(env!("CARGO_BIN_EXE_assistline")).args(arguments).output().unwrap();
    let save = folder.path().to_str().unwrap();
    let output = assistline(&["replay", "--json", "--words-as-given", "--provider", "twilio", "--save", save, &file]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "{\"name\":\"keys-110-one-by-one-de\",\"ok\":true}\n");
    let read = |name: &str| std::fs::read_to_string(folder.path().join("keys-110-one-by-one-de").join(name)).unwrap();
    assert!(read("01.rest.http").starts_with("X-Replay-Step: 0\nPOST /2010-04-01/"));
    assert!(read("02.request.http").starts_with("X-Replay-Step: 1\nPOST /webhooks/replayed/step/"));
    assert!(read("05.response.xml").contains("<Dial "));
    assert_eq!(assistline(&["replay", "--provider", "nobody", &file]).status.code(), Some(2));
    assert_eq!(assistline(&["replay", "--save", save, &file]).status.code(), Some(2));
}
