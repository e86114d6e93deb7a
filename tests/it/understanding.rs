//! The understanding of answers, measured on the corpora and on sentences of our own.

use assistline::decide::answer::{patterns, words};
use assistline::model::answer::Answer;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// One labelled answer.
#[derive(Debug, Clone, Deserialize)]
struct Labelled {
    lang: String,
    text: String,
    label: Answer,
}

/// The names of the operations centre that the corpora use.
const CENTRE_NAMES: [&str; 2] = ["Crisis24", "EXOP"];

/// Half of the lines are for tuning, the other half is only measured: by the parity of a sum over the text.
fn is_held_out(text: &str) -> bool {
    text.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))) / 7 % 2 == 1
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/answers")
}

fn read(path: &Path) -> Vec<Labelled> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    files
}

fn corpora() -> Vec<Labelled> {
    files(&data()).iter().flat_map(|path| read(path)).collect()
}

/// Sentences of our own, and the part of the sentences that was written for one group of languages at a time.
fn own() -> Vec<Labelled> {
    files(&data().join("own")).iter().flat_map(|path| read(path)).collect()
}

/// How well a set of answers was understood.
#[derive(Debug, Clone, Copy, Default)]
struct Score {
    all: usize,
    right: usize,
    /// Help or medical that was taken for safe or travel.
    fatal: usize,
    /// Help or medical, and neither was heard.
    missed: usize,
    cries: usize,
    /// Anything else that was taken for safe.
    falsely_safe: usize,
}

impl Score {
    fn add(&mut self, label: Answer, heard: Answer) {
        let cry = |answer| matches!(answer, Answer::Help | Answer::Medical);
        self.all += 1;
        self.right += usize::from(label == heard);
        self.cries += usize::from(cry(label));
        self.fatal += usize::from(cry(label) && matches!(heard, Answer::Safe | Answer::Travel));
        self.missed += usize::from(cry(label) && !cry(heard));
        self.falsely_safe += usize::from(!cry(label) && label != Answer::Safe && heard == Answer::Safe);
    }

    fn right_per_mille(self) -> usize {
        self.right * 1000 / self.all.max(1)
    }
}

/// The languages that count as one.
fn group_of(lang: &str) -> &str {
    if lang == "no" { "nb" } else { lang }
}

/// The score of each language, and of all.
fn evaluate(answers: &[Labelled]) -> (BTreeMap<String, Score>, Score) {
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    let mut total = Score::default();
    for answer in answers {
        let heard = words(&answer.text, &CENTRE_NAMES).answer;
        scores.entry(group_of(&answer.lang).to_owned()).or_default().add(answer.label, heard);
        total.add(answer.label, heard);
    }
    (scores, total)
}

fn table(title: &str, answers: &[Labelled]) -> String {
    let (scores, total) = evaluate(answers);
    let mut table = format!("{title}\n{:8}{:>6}{:>8}{:>7}{:>8}{:>13}\n", "", "all", "right", "fatal", "missed", "falsely safe");
    for (lang, score) in scores.iter().map(|(lang, score)| (lang.as_str(), *score)).chain([("total", total)]) {
        let percent = f64::from(u32::try_from(score.right_per_mille()).unwrap()) / 10.0;
        writeln!(table, "{lang:8}{:>6}{percent:>7.1}%{:>7}{:>8}{:>13}", score.all, score.fatal, score.missed, score.falsely_safe)
            .unwrap();
    }
    table
}

/// Prints how well the corpora and our own sentences are understood: `cargo test --test it understanding -- --nocapture`.
#[test]
fn prints_the_measure() {
    let (held_out, tuned): (Vec<_>, Vec<_>) = corpora().into_iter().partition(|answer| is_held_out(&answer.text));
    println!("{}", table("corpora, tuning half", &tuned));
    println!("{}", table("corpora, other half", &held_out));
    println!("{}", table("own sentences", &own()));
}

/// Lists what is not understood as labelled; for those who mend a lexicon: `-- --ignored --nocapture lists_what_is_wrong`.
#[test]
#[ignore = "a list for those who mend a lexicon, not a check"]
fn lists_what_is_wrong() {
    for (part, answers) in [("tune", corpora()), ("own", own())] {
        for answer in answers {
            let understood = words(&answer.text, &CENTRE_NAMES);
            if understood.answer != answer.label {
                let part = if part == "tune" && is_held_out(&answer.text) { "held" } else { part };
                println!(
                    "{part} {} {}->{} | {} | {:?}",
                    answer.lang,
                    answer.label.as_str(),
                    understood.answer.as_str(),
                    answer.text,
                    patterns(&answer.text)
                );
            }
        }
    }
}
