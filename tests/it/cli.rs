//! The commands, as people type them: the binary itself, on a database of its own.

use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A command line with a state directory of its own.
struct Shell(TempDir);

impl Shell {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn run(&self, arguments: &[&str], input: Option<&Value>) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_assistline"))
            .args(arguments)
            .args(["--state-dir", self.0.path().to_str().expect("a path")])
            .current_dir(self.0.path())
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary");
        let mut stdin = child.stdin.take().expect("standard input");
        if let Some(input) = input {
            stdin.write_all(input.to_string().as_bytes()).expect("written");
        }
        drop(stdin);
        child.wait_with_output().expect("an end")
    }

    /// What it prints with that exit status.
    #[track_caller]
    fn prints(&self, status: i32, arguments: &[&str], input: Option<&Value>) -> String {
        let output = self.run(arguments, input);
        let error = String::from_utf8_lossy(&output.stderr);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}\n{text}\n{error}");
        text
    }

    #[track_caller]
    fn json(&self, status: i32, arguments: &[&str], input: Option<&Value>) -> Value {
        let text = self.prints(status, arguments, input);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{arguments:?} printed no JSON ({error}): {text}"))
    }

    /// With an operations centre and the organisation acme.
    fn furnished() -> Self {
        let shell = Self::new();
        shell.json(0, &["operations-centre", "put", "-"], Some(&json!({"name": "Crisis24", "phone": "+493023125001"})));
        let acme = json!({"name": "ACME GmbH", "country": "DE", "time_zone": "Europe/Berlin", "languages": ["de"]});
        assert_eq!(shell.json(0, &["organisation", "put", "acme", "-"], Some(&acme))["version"], 1);
        shell
    }
}

/// Names of the commands that a help text lists.
fn listed(help: &str) -> Vec<String> {
    let commands = help.split("Commands:\n").nth(1).unwrap_or_default().split("\n\n").next().unwrap_or_default();
    let lines = commands.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = lines.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    names.map(str::to_owned).collect()
}

#[test]
fn every_command_explains_itself() {
    let shell = Shell::new();
    let commands = listed(&shell.prints(0, &["--help"], None));
    for name in
        ["serve", "demo", "understand", "route", "settings", "status-query", "token", "replay", "verify-webhook", "number"]
    {
        assert!(commands.iter().any(|command| command == name), "{name} is missing in {commands:?}");
    }
    for command in &commands {
        let help = shell.prints(0, &[command, "--help"], None);
        assert!(help.contains("Example") || help.contains("assistline "), "{command} --help has no example:\n{help}");
        for verb in listed(&help) {
            assert!(shell.prints(0, &[command, &verb, "--help"], None).contains("Usage:"));
        }
    }
}

#[test]
fn misuse_is_told_with_status_2() {
    let shell = Shell::furnished();
    let check = |arguments: &[&str], told: &str| {
        let output = shell.run(arguments, None);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {error}");
        assert!(error.contains(told), "{arguments:?}: {error}");
        assert!(output.stdout.is_empty());
    };
    check(&["nothing"], "unrecognized subcommand");
    check(&["route", "--org", "acme"], "--answer");
    check(&["route", "--org", "acme", "--answer", "perhaps"], "answer");
    check(&["route", "--org", "ACME GmbH", "--answer", "help"], "an id is 1 to 40");
    check(&["route", "--org", "nobody", "--answer", "help"], "there is no such organisation");
    check(&["settings", "show", "--org", "nobody"], "there is no such organisation");
    check(&["settings", "check", "missing.json"], "cannot read missing.json");
    check(&["settings", "apply", "--org", "acme", "--activate", "2001-01-01T00:00:00Z", "-"], "lies in the past");
    check(&["token", "create", "--role", "root"], "root");
    check(&["token", "create", "--role", "duty", "--org", "nobody"], "not there");
    check(&["understand"], "TEXT");
    check(&["understand", "--file", "missing.jsonl"], "cannot read");
    check(&["status-query", "show", "--org", "acme", "not-an-id"], "not-an-id");
    check(&["traveller", "show", "--org", "acme", "t-1"], "there is no such traveller");
    check(&["settings", "show", "--org", "acme", "--database-url", "mysql://x"], "sqlite://");
}

#[test]
fn settings_go_round_by_the_shell() {
    let shell = Shell::furnished();
    let show = |version: &[&str]| shell.json(0, &[&["settings", "show", "--org", "acme", "--json"], version].concat(), None);
    let mut document = show(&[]);
    assert_eq!(shell.json(0, &["settings", "check", "--org", "acme", "--json", "-"], Some(&document))["ok"], true);
    document["colour"] = json!(1);
    document["country"] = json!("XX");
    let refused = shell.json(1, &["settings", "check", "--org", "acme", "--json", "-"], Some(&document));
    let paths: Vec<&str> =
        refused["problems"].as_array().unwrap().iter().filter_map(|problem| problem["path"].as_str()).collect();
    assert_eq!(paths, ["colour", "country"]);
    let text = shell.prints(1, &["settings", "check", "--org", "acme", "-"], Some(&document));
    assert!(text.contains("country: "), "{text}");
    shell.prints(1, &["settings", "apply", "--org", "acme", "-"], Some(&document));
    let mut document = show(&[]);
    document["spoken_name"] = json!("ACME");
    let saved = shell.json(0, &["settings", "apply", "--org", "acme", "--note", "short", "--json", "-"], Some(&document));
    assert_eq!((&saved["version"], &saved["state"]), (&json!(2), &json!("active")));
    let diff = shell.json(0, &["settings", "diff", "--org", "acme", "--from", "1", "--to", "2", "--json"], None);
    assert_eq!(diff["differences"], json!([{"path": "spoken_name", "from": null, "to": "ACME"}]));
    let versions = shell.prints(0, &["settings", "versions", "--org", "acme", "--json"], None);
    assert_eq!(versions.lines().count(), 2);
    assert!(versions.lines().next().unwrap().contains("\"note\":\"short\""), "{versions}");
    document["assistance"] = json!({"mode": "own_contact", "own_contacts": [{"name": "Werkschutz", "phone": "030 23125010"}]});
    let asked = shell.json(1, &["settings", "apply", "--org", "acme", "--json", "-"], Some(&document));
    assert_eq!(asked["confirm"], json!(["emergency_number_changes"]));
    let confirm =
        ["settings", "apply", "--org", "acme", "--confirm", "emergency_number_changes", "--if-version", "2", "--json", "-"];
    assert_eq!(shell.json(0, &confirm, Some(&document))["version"], 3);
    assert_eq!(shell.json(1, &confirm, Some(&document))["current"], 3);
    let back = shell.json(0, &["settings", "activate", "--org", "acme", "2", "--json"], None);
    assert_eq!((&back["version"], &back["state"]), (&json!(2), &json!("active")));
    assert_eq!(show(&["--version", "3"])["assistance"]["mode"], "own_contact");
}

#[test]
fn a_route_is_told_to_people_and_programs() {
    let shell = Shell::furnished();
    let route =
        shell.json(0, &["route", "--org", "acme", "--answer", "help", "--at", "2026-12-24T23:00:00+01:00", "--json"], None);
    assert_eq!(route["desks"][0]["phone"], "+493023125001");
    assert_eq!(route["at"], "2026-12-24T22:00:00Z");
    let text = shell.prints(0, &["route", "--org", "acme", "--answer", "help"], None);
    assert!(text.contains("1. Crisis24 +493023125001 (25 s)"), "{text}");
}

#[test]
fn a_token_is_printed_once() {
    let shell = Shell::furnished();
    let made = shell.json(0, &["token", "create", "--role", "duty", "--org", "acme", "--name", "Dora", "--json"], None);
    let fields: Vec<&str> = made.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, ["id", "token", "role", "organisation", "name"]);
    assert!(made["token"].as_str().unwrap().len() >= 43);
    let text = shell.prints(0, &["token", "create", "--role", "admin"], None);
    assert_eq!(text.lines().count(), 1, "the token alone is the result");
}

#[test]
fn a_status_query_by_the_shell() {
    let shell = Shell::furnished();
    let anna = json!({"name": "Anna", "phones": ["0171 3920001"], "groups": ["lagos"]});
    assert_eq!(
        shell.json(0, &["traveller", "put", "--org", "acme", "t-1", "-"], Some(&anna))["phones"],
        json!(["+491713920001"])
    );
    shell.json(1, &["status-query", "start", "--org", "acme", "--group", "paris", "--json"], None);
    let started = shell.json(0, &["status-query", "start", "--org", "acme", "--all", "--incident", "Flut", "--json"], None);
    let id = started["id"].as_str().unwrap();
    let shown = shell.json(0, &["status-query", "show", "--org", "acme", id, "--json"], None);
    assert_eq!((&shown["state"], &shown["people"][0]["traveller"]), (&json!("running"), &json!("t-1")));
    assert_eq!(shell.json(0, &["status-query", "pause", "--org", "acme", id, "--json"], None)["state"], "paused");
    assert_eq!(shell.json(0, &["status-query", "stop", "--org", "acme", id, "--json"], None)["state"], "stopped");
    shell.prints(2, &["status-query", "resume", "--org", "acme", id], None);
    assert!(shell.prints(0, &["status-query", "show", "--org", "acme", id], None).contains("stopped: 1 no answer"));
}

#[test]
fn answers_are_understood_one_by_one_and_by_the_file() {
    let shell = Shell::new();
    let one = shell.json(0, &["understand", "--lang", "de", "--json", "Hilfe, wir sind eingeschlossen"], None);
    assert_eq!((&one["answer"], &one["lang"]), (&json!("help"), &json!("de")));
    assert!(!one["because"].as_array().unwrap().is_empty());
    let file = shell.0.path().join("answers.jsonl");
    let rows = "{\"lang\": \"en\", \"text\": \"help\", \"label\": \"help\"}\n\n{\"lang\": \"de\", \"text\": \"2\", \"label\": \"safe\"}\n{\"text\": \"1\"}\n";
    std::fs::write(&file, rows).unwrap();
    let file = file.to_str().unwrap();
    let lines = shell.prints(1, &["understand", "--file", file, "--json"], None);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let right: Vec<&Value> = lines.iter().map(|line| &line["right"]).collect();
    assert_eq!(right, [&json!(true), &json!(false), &Value::Null]);
    assert!(lines[2].get("label").is_none());
    let table = shell.prints(1, &["understand", "--file", file, "--wrong"], None);
    assert!(table.starts_with("de  safe taken for help: 2"), "{table}");
    assert!(table.contains("together         2       1"), "{table}");
}
