//! Every language file against the rules of the words: the same keys and placeholders everywhere, nothing that a voice
//! spells, the key of the phone once and in time, and every message within its length in every combination of its parts.
//!
//! Reads the files themselves and shares no code with the engine, so that one checks the other.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a file of the project that cannot be read fails the test")]
#![expect(clippy::cast_possible_truncation, reason = "seconds of speech, and digits")]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The file that all others are compared with.
const REFERENCE: &str = "en";
/// A rendered message; the tightest provider takes 1500.
const SPOKEN_CHARACTERS_MAX: usize = 1000;
const WORDS_A_SENTENCE_MAX: usize = 20;
/// An estimate is not a measurement.
const ESTIMATE_SLACK: f64 = 1.15;
const GSM7: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿\
                    abcdefghijklmnopqrstuvwxyzäöñüà";
const GSM7_DOUBLE: &str = "^{}\\[~]|€\u{c}";
/// Voices spell them, and documents break on them.
const FORBIDDEN: &str = "<>&\"“”„«»*#\\|[]~^`@=_%/()!…–—;¡\u{fffd}\u{200b}\u{2060}\u{feff}";
const QUESTION_MARKS: &str = "?؟？\u{37e}¿";
const LANGUAGES: &str = "ar ca cs da de el en es fi fr he hi hu id it ja ko nb nl pl pt ro ru sk sv th tr uk vi yue zh";
const FIELDS: [&str; 12] =
    ["language", "name", "status", "direction", "espeak", "sms", "plus", "digits", "never", "languages", "hints", "words"];
const KEYS: [(&str, &str); 17] = [
    ("help.key_or_word", "2"),
    ("help.key", "2"),
    ("help.after_all", "2"),
    ("help.now", "2"),
    ("safe.key", "1"),
    ("medical.key", "3"),
    ("travel.key", "4"),
    ("whisper.accept", "1"),
    ("drill.confirm", "1"),
    ("alert.take", "1"),
    ("alert.take_connect", "2"),
    ("sms.question", "21"),
    ("sms.unreached", "21"),
    ("sms.reply.unclear", "21"),
    ("sms.reply.safe", "2"),
    ("sms.reply.travel", "2"),
    ("sms.reply.shared_phone", "2"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/wording")
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The language files by the names of their files.
fn languages() -> BTreeMap<String, Value> {
    let entries = std::fs::read_dir(folder().join("words")).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), read(&path))).collect()
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or_default()
}

fn texts<'v>(value: &'v Value, field: &str) -> Vec<&'v str> {
    value[field].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn keys_of(value: &Value) -> BTreeSet<&str> {
    value.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect()
}

/// The sentence keys of a part: `a|b?`.
fn alternatives(part: &str) -> impl Iterator<Item = &str> {
    part.trim_end_matches('?').split('|')
}

fn key_of(sentence: &str) -> &'static str {
    KEYS.iter().find(|(key, _)| *key == sentence).map_or("", |(_, digits)| digits)
}

/// A sentence cut at its placeholders: what stands between, and their names.
fn split_placeholders(text: &str) -> (String, Vec<&str>) {
    let (mut plain, mut names, mut rest) = (String::new(), Vec::new(), text);
    while let Some((before, behind)) = rest.split_once('{') {
        let (name, after) = behind.split_once('}').unwrap_or((behind, ""));
        plain.push_str(before);
        names.push(name);
        rest = after;
    }
    plain.push_str(rest);
    names.sort_unstable();
    (plain, names)
}

/// By limit and size of the names: the longest combination over the limit, in milliseconds, and its parts.
type Worst = BTreeMap<(&'static str, &'static str), (u64, String)>;

/// What is found wrong, each with its place.
struct Check {
    rules: Value,
    reference: Value,
    problems: Vec<String>,
}

impl Check {
    fn new() -> Self {
        let reference = languages().remove(REFERENCE).unwrap();
        Self { rules: read(&folder().join("messages.json")), reference, problems: Vec::new() }
    }

    fn wrong(&mut self, place: &str, what: impl std::fmt::Display) {
        let problem = format!("{place}: {what}");
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Everything in one language file.
    fn language(&mut self, name: &str, file: &Value) {
        self.fields(name, file);
        for (key, sentence) in file["words"].as_object().unwrap() {
            let place = format!("{name} {key}");
            if self.reference["words"].get(key).is_none() {
                self.wrong(&place, "no message knows it");
                continue;
            }
            self.sentence(&place, key, sentence.as_str().unwrap(), &texts(file, "never"));
        }
        for (message, rule) in self.rules["messages"].as_object().unwrap().clone() {
            if variants(&rule).iter().flatten().all(|key| file["words"].get(key).is_some()) {
                self.message(&message, &rule, file);
            }
        }
    }

    fn fields(&mut self, name: &str, file: &Value) {
        for field in FIELDS {
            // Words for recognisers are optional.
            if file.get(field).is_none() && field != "hints" {
                self.wrong(name, format!("field {field} is missing"));
            }
        }
        for field in keys_of(file).difference(&FIELDS.into_iter().collect()) {
            self.wrong(name, format!("field {field} is unknown"));
        }
        if text(file, "language") != name {
            self.wrong(name, "file name and language differ");
        }
        if !["draft", "translated", "heard", "approved"].contains(&text(file, "status")) {
            self.wrong(name, format!("status {}", file["status"]));
        }
        if !["ltr", "rtl"].contains(&text(file, "direction")) || !["gsm7", "ucs2"].contains(&text(file, "sms")) {
            self.wrong(name, "direction is ltr or rtl, sms is gsm7 or ucs2");
        }
        if texts(file, "digits").into_iter().collect::<BTreeSet<_>>().len() != 10 {
            self.wrong(name, "digits: ten different words are needed");
        }
        if keys_of(&file["languages"]) != LANGUAGES.split(' ').collect() {
            self.wrong(name, "languages: each of the 31 needs its name");
        }
        for hint in texts(file, "hints") {
            if hint.trim().is_empty() || hint.contains(',') || hint.chars().count() > 100 {
                self.wrong(name, format!("hint '{hint}': words without a comma, at most 100 characters"));
            }
        }
        let reference = self.reference["words"].clone();
        for key in keys_of(&reference).difference(&keys_of(&file["words"])) {
            self.wrong(name, format!("{key} is missing"));
        }
    }

    fn sentence(&mut self, place: &str, key: &str, sentence: &str, never: &[&str]) {
        let (plain, names) = split_placeholders(sentence);
        let reference = self.reference["words"][key].as_str().unwrap().to_owned();
        let (_, expected) = split_placeholders(&reference);
        if names != expected {
            self.wrong(place, format!("placeholders {names:?}, not {expected:?}"));
        }
        for name in names {
            if self.rules["parameters"].get(name).is_none() {
                self.wrong(place, format!("unknown placeholder {name}"));
            }
        }
        for c in plain.chars().filter(|c| is_forbidden(*c)) {
            self.wrong(place, format!("forbidden character {c:?}"));
        }
        if plain.contains(|c| QUESTION_MARKS.contains(c)) {
            self.wrong(place, "a question mark: a bare yes or no means nothing to us");
        }
        if sentence != sentence.trim() || sentence.contains("  ") {
            self.wrong(place, "stray spaces");
        }
        let is_capitals =
            |word: &str| word.chars().count() > 1 && word.chars().all(|c| c.is_ascii_uppercase() || "ÄÖÜ".contains(c));
        if key != "exercise.text" && plain.split(|c: char| !c.is_alphanumeric()).any(is_capitals) {
            self.wrong(place, "capitals: a voice may spell them");
        }
        for word in never.iter().filter(|word| sentence.to_lowercase().contains(**word)) {
            self.wrong(place, format!("never say '{word}'"));
        }
        self.shape(place, key, sentence, &plain);
    }

    fn shape(&mut self, place: &str, key: &str, sentence: &str, plain: &str) {
        let stop = |short: &&str| {
            plain.match_indices(&format!("{short}.")).any(|(at, _)| !plain[..at].ends_with(|c: char| c.is_alphanumeric()))
        };
        if let Some(short) = ["ca", "etc", "bzw", "usw", "Nr", "Tel", "No"].into_iter().find(stop) {
            self.wrong(place, format!("abbreviation {short}."));
        }
        for words in plain.split(['.', ':', '。', '।']).map(|part| part.split_whitespace().count()) {
            if words > WORDS_A_SENTENCE_MAX {
                self.wrong(place, format!("{words} words in one sentence"));
            }
        }
        let digits: String = plain.chars().filter(|c| c.is_numeric()).collect();
        if digits != key_of(key) {
            self.wrong(place, format!("keys '{digits}', not '{}'", key_of(key)));
        }
        if key.starts_with("sms.") {
            if !sentence.starts_with("{organisation}") || !sentence.ends_with("{number}") {
                self.wrong(place, "a text begins with who writes and ends with the number, without a full stop");
            }
        } else if !sentence.ends_with(['.', '。', '।']) {
            self.wrong(place, "a spoken sentence ends with a full stop");
        }
    }

    /// One message in one language, in every combination of its parts, with typical and with long names.
    fn message(&mut self, name: &str, rule: &Value, file: &Value) {
        let place = format!("{} {name}", text(file, "language"));
        let mut worst = Worst::new();
        for size in ["typical", "long"] {
            let values = values(&self.rules["parameters"], file, size);
            for keys in variants(rule) {
                let said: Vec<String> = keys.iter().map(|key| fill(text(&file["words"], key), &values)).collect();
                if rule["sms"].as_bool() == Some(true) {
                    self.text_message(&place, &said.join(" "), text(file, "sms"), &keys);
                } else {
                    self.spoken(&place, rule, size, &keys, &said, &mut worst);
                }
            }
        }
        for ((limit, size), (milliseconds, keys)) in worst {
            let taken = milliseconds as f64 / 1000.0;
            self.wrong(&place, format!("{limit} {taken:.1} of {} s ({size}: {keys})", rule[limit]));
        }
    }

    fn text_message(&mut self, place: &str, text: &str, alphabet: &str, keys: &[&str]) {
        let (units, most) = if alphabet == "gsm7" {
            for c in text.chars().filter(|c| !GSM7.contains(*c) && !GSM7_DOUBLE.contains(*c)) {
                self.wrong(place, format!("{c:?} is not in the alphabet of texts"));
            }
            (text.chars().map(|c| if GSM7_DOUBLE.contains(c) { 2 } else { 1 }).sum(), 160)
        } else {
            (text.encode_utf16().count(), 134)
        };
        if units > most {
            self.wrong(place, format!("{units} units of {most} ({})", keys.join(" ")));
        }
    }

    fn spoken(&mut self, place: &str, rule: &Value, size: &'static str, keys: &[&str], said: &[String], worst: &mut Worst) {
        let characters = said.join(" ").chars().count();
        if characters > SPOKEN_CHARACTERS_MAX {
            self.wrong(place, format!("{characters} characters"));
        }
        // With long names, and in exercises, the engine leaves out what it may until the limit holds.
        let may_shrink = texts(rule, "leave_out").iter().any(|part| keys.contains(part));
        let exercise = keys.iter().any(|key| key.starts_with("exercise"));
        if may_shrink && (size == "long" || exercise) {
            return;
        }
        let before = keys.iter().position(|key| *key == text(rule, "before")).unwrap_or(0);
        let measured = [
            ("seconds", seconds(said)),
            ("before_seconds", seconds(&said[..before])),
            ("key_by", key_seconds(text(rule, "key"), keys, said)),
        ];
        for (limit, taken) in measured {
            if rule[limit].as_f64().is_some_and(|most| taken > most * ESTIMATE_SLACK) {
                let found = ((taken * 1000.0) as u64, keys.join(" "));
                let known = worst.entry((limit, size)).or_default();
                *known = found.max(known.clone());
            }
        }
    }
}

fn is_forbidden(c: char) -> bool {
    FORBIDDEN.contains(c) || c.is_control() || ('\u{2600}'..='\u{27bf}').contains(&c) || ('\u{1f000}'..='\u{1faff}').contains(&c)
}

/// All lists of sentence keys that a message can be made of.
fn variants(rule: &Value) -> Vec<Vec<&str>> {
    let mut lists = vec![Vec::new()];
    for part in texts(rule, "parts") {
        let choices: Vec<Option<&str>> = alternatives(part).map(Some).chain(part.ends_with('?').then_some(None)).collect();
        let with = |list: &Vec<_>, choice: &Option<_>| list.iter().copied().chain(*choice).collect::<Vec<_>>();
        lists = lists.iter().flat_map(|list| choices.iter().map(|choice| with(list, choice)).collect::<Vec<_>>()).collect();
    }
    let one = texts(rule, "exactly_one");
    lists.retain(|list| one.is_empty() || list.iter().filter(|key| one.contains(key)).count() == 1);
    let pairs: Vec<Vec<&str>> = rule["without"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|pair| pair.as_array().unwrap().iter().filter_map(Value::as_str).collect())
        .collect();
    lists.retain(|list| !pairs.iter().any(|pair| pair.iter().all(|key| list.contains(key))));
    lists
}

/// What stands in place of the placeholders.
fn values(parameters: &Value, file: &Value, size: &str) -> Vec<(String, String)> {
    let value = |(name, rule): (&String, &Value)| {
        let given = &rule[size];
        let in_language = given.get(text(file, "language")).or_else(|| given.get("*")).unwrap_or(given);
        let given = in_language.as_str().unwrap();
        let said = match name.as_str() {
            "number_spoken" => number_spoken(given, file),
            "language" => text(&file["languages"], given).to_owned(),
            _ => given.to_owned(),
        };
        (name.clone(), said)
    };
    parameters.as_object().unwrap().iter().map(value).collect()
}

fn fill(sentence: &str, values: &[(String, String)]) -> String {
    values.iter().fold(sentence.to_owned(), |filled, (name, value)| filled.replace(&format!("{{{name}}}"), value))
}

/// Digit by digit, in groups of three and two, never one alone.
fn number_spoken(written: &str, file: &Value) -> String {
    let digits = texts(file, "digits");
    let mut groups = Vec::new();
    for block in written.trim_start_matches('+').split(' ') {
        let mut rest = block;
        while !rest.is_empty() {
            // Four are two and two, and so are the last four of seven, ten, thirteen.
            let size = if rest.len() == 4 || rest.len() == 2 { 2 } else { rest.len().min(3) };
            let (group, behind) = rest.split_at(size);
            let said: Vec<&str> = group.chars().map(|digit| digits[digit.to_digit(10).unwrap() as usize]).collect();
            groups.push(said.join(" "));
            rest = behind;
        }
    }
    format!("{} {}", text(file, "plus"), groups.join(", "))
}

/// Measured with a voice at its normal speed; a character may be a letter, a syllable or a word.
fn sentence_seconds(sentence: &str) -> f64 {
    let character = |c: char| match u32::from(c) {
        0x590..=0x5ff => 0.075,
        0x600..=0x6ff => 0.095,
        0x900..=0xd7f => 0.07,
        0xe00..=0xe7f => 0.105,
        0xac00..=0xd7af => 0.145,
        0x3040..=0x30ff => 0.13,
        0x2e80..=0x9fff | 0xf900..=0xffef => 0.195,
        _ => 0.055,
    };
    0.3 + sentence.chars().map(character).sum::<f64>()
}

fn seconds(said: &[String]) -> f64 {
    said.iter().map(|sentence| sentence_seconds(sentence)).sum()
}

/// When the key has been named for the first time.
fn key_seconds(key: &str, keys: &[&str], said: &[String]) -> f64 {
    let Some(place) = keys.iter().position(|sentence| !key.is_empty() && key_of(sentence) == key) else { return 0.0 };
    let (before, from) = said.split_at(place);
    let named = from[0].split_once(key).map_or("", |(words, _)| words);
    seconds(before) + sentence_seconds(named) + 0.055
}

#[test]
fn every_language_file_keeps_the_rules_of_the_words() {
    let mut check = Check::new();
    for (name, file) in languages() {
        check.language(&name, &file);
    }
    assert!(check.problems.is_empty(), "\n{}", check.problems.join("\n"));
}

#[test]
fn every_sentence_is_used_and_every_condition_is_about_one() {
    let check = Check::new();
    let messages = check.rules["messages"].as_object().unwrap();
    let parts: Vec<&str> = messages.values().flat_map(|rule| texts(rule, "parts")).collect();
    let used: BTreeSet<&str> = parts.iter().flat_map(|part| alternatives(part)).collect();
    assert_eq!(used, keys_of(&check.reference["words"]));
    let conditions = keys_of(&check.rules["conditions"]);
    assert_eq!(conditions.difference(&used).collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn the_check_finds_what_is_wrong() {
    let check = |key: &str, sentence: &str, expect: &str| {
        let mut check = Check::new();
        let mut file = check.reference.clone();
        file["words"][key] = sentence.into();
        check.language(REFERENCE, &file);
        assert!(check.problems.iter().any(|problem| problem.contains(expect)), "{expect} is not in {:?}", check.problems);
    };
    check("hello.name", "Hello, {nam}.", "placeholders");
    check("goodbye", "Goodbye!", "forbidden character '!'");
    check("goodbye", "Are you safe?", "a question mark");
    check("goodbye", "Good  bye.", "stray spaces");
    check("goodbye", "GOOD bye.", "capitals");
    check("goodbye", "Sorry.", "never say 'sorry'");
    check("goodbye", "See No. One.", "abbreviation No.");
    check("goodbye", "Goodbye", "ends with a full stop");
    check("goodbye", "Press 3.", "keys '3', not ''");
    check("help.key", "If you need help, press 2 or 2.", "keys '22', not '2'");
    check("safe.key", "If you are safe, press one.", "keys '', not '1'");
    check("goodbye", &format!("{}.", "word ".repeat(21).trim()), "21 words in one sentence");
    check("goodbye.later", &format!("{}.", "long words here, ".repeat(12).trim()), "goodbye_safe: seconds 1");
    check("hello", &format!("{}.", "long words here, ".repeat(6).trim()), "key_by");
    check("whisper.help", &format!("Help call, {{organisation}}, {}.", "words, ".repeat(17).trim()), "before_seconds");
    check("sms.reply.safe", "{organisation}: 2 {number}.", "a text begins with");
    check("sms.reply.safe", &format!("{{organisation}}: {} 2 {{number}}", "x".repeat(140)), "units of 160");
    check("sms.reply.safe", "{organisation}: ł 2 {number}", "'ł' is not in the alphabet");
    check("sms.new", "{organisation} {number}", "no message knows it");
}
