//! `understand`: what an answer means and why, for one text or a whole file of labelled ones.

use crate::cli::output::{self, Outcome};
use crate::decide::answer;
use crate::model::answer::{Answer, Understood};
use anyhow::{Context, Result};
use clap::Args;
use indicatif::ProgressBar;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// Shorter files are done before anybody looks.
const LINES_WITHOUT_PROGRESS: usize = 2_000;

/// Say what an answer means and why; measure a whole file of answers with labels
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  assistline understand \"wir sind eingeschlossen, holt uns hier raus\"
  assistline understand --lang pt \"estou bem, obrigada\"
  assistline understand --file answers.jsonl --wrong

Each line of a file: {\"lang\", \"text\", \"label\"}; without a label it is only said what it means. A text counts as a text
message. Exit status: 0 all well, 1 an answer that is not as its label says, 2 misuse.")]
pub struct Understand {
    /// The language of the text; only shown: whatever was asked, all languages are listened to
    #[arg(long, value_name = "TAG")]
    lang: Option<String>,
    /// Answers from a file, one JSON object a line
    #[arg(long, value_name = "FILE.jsonl", conflicts_with_all = ["text", "lang"])]
    file: Option<PathBuf>,
    /// Show only answers that are not as their label says
    #[arg(long, requires = "file")]
    wrong: bool,
    /// Names of the operations centre: who asks for it asks for help
    #[arg(long, value_name = "NAME", default_values = ["Crisis24", "EXOP"])]
    centre: Vec<String>,
    /// One JSON document a line
    #[arg(long)]
    json: bool,
    /// The text
    #[arg(required_unless_present = "file")]
    text: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Row {
    lang: Option<String>,
    text: String,
    label: Option<Answer>,
}

/// How well the answers of one language were understood.
#[derive(Debug, Clone, Copy, Default)]
struct Score {
    all: usize,
    right: usize,
    cries: usize,
    /// Help or medical that was taken for safe or travel.
    fatal: usize,
    /// Help or medical, and neither was heard.
    missed: usize,
    /// Anything else but safe that was taken for safe.
    falsely_safe: usize,
}

impl Score {
    fn add(&mut self, label: Answer, heard: Answer) {
        let is_cry = |answer| matches!(answer, Answer::Help | Answer::Medical);
        self.all += 1;
        self.right += usize::from(label == heard);
        self.cries += usize::from(is_cry(label));
        self.fatal += usize::from(is_cry(label) && matches!(heard, Answer::Safe | Answer::Travel));
        self.missed += usize::from(is_cry(label) && !is_cry(heard));
        self.falsely_safe += usize::from(!is_cry(label) && label != Answer::Safe && heard == Answer::Safe);
    }

    fn plus(self, other: Self) -> Self {
        Self {
            all: self.all + other.all,
            right: self.right + other.right,
            cries: self.cries + other.cries,
            fatal: self.fatal + other.fatal,
            missed: self.missed + other.missed,
            falsely_safe: self.falsely_safe + other.falsely_safe,
        }
    }

    fn told(self, name: &str) -> String {
        let per_mille = self.right * 1_000 / self.all.max(1);
        format!(
            "{name:<10} {:>7} {:>7} {:>4}.{} % {:>7} {:>6} {:>7} {:>12}",
            self.all,
            self.right,
            per_mille / 10,
            per_mille % 10,
            self.cries,
            self.fatal,
            self.missed,
            self.falsely_safe
        )
    }
}

impl Understand {
    /// Runs the command.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn run(self) -> Result<Outcome> {
        let centre: Vec<&str> = self.centre.iter().map(String::as_str).collect();
        match (&self.file, &self.text) {
            (Some(path), _) => self.file(path, &centre),
            (None, text) => {
                let row = Row { lang: self.lang.clone(), text: text.clone().unwrap_or_default(), label: None };
                self.tell(&row, &answer::text(&row.text, &centre))?;
                Ok(Outcome::Well)
            }
        }
    }

    fn file(&self, path: &Path, centre: &[&str]) -> Result<Outcome> {
        let rows = read(path)?;
        let is_long = rows.len() > LINES_WITHOUT_PROGRESS;
        let progress = if is_long { ProgressBar::new(rows.len() as u64) } else { ProgressBar::hidden() };
        let mut scores: BTreeMap<String, Score> = BTreeMap::new();
        for row in &rows {
            let understood = answer::text(&row.text, centre);
            let is_right = row.label.is_none_or(|label| label == understood.answer);
            if let Some(label) = row.label {
                let language = row.lang.clone().unwrap_or_else(|| "-".to_owned());
                scores.entry(language).or_default().add(label, understood.answer);
            }
            // With a table at the end nobody reads thousands of lines above it.
            let is_shown = if self.json { !self.wrong || !is_right } else { !is_right || row.label.is_none() };
            if is_shown && (self.json || self.wrong || row.label.is_none()) {
                progress.suspend(|| self.tell(row, &understood))?;
            }
            progress.inc(1);
        }
        progress.finish_and_clear();
        let whole = scores.values().fold(Score::default(), |sum, score| sum.plus(*score));
        if !self.json && whole.all > 0 {
            output::line("language       all   right          cries  fatal  missed  falsely safe")?;
            for (language, score) in &scores {
                output::line(&score.told(language))?;
            }
            output::line(&whole.told("together"))?;
        }
        Ok(Outcome::found(whole.right < whole.all))
    }

    fn tell(&self, row: &Row, understood: &Understood) -> Result<()> {
        if self.json { output::json(&shown(row, understood)) } else { output::line(&told(row, understood)) }
    }
}

fn read(path: &Path) -> Result<Vec<Row>> {
    let file = std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut rows = Vec::new();
    for (number, line) in (1..).zip(BufReader::new(file).lines()) {
        let line = line.with_context(|| format!("cannot read {}", path.display()))?;
        if line.trim().is_empty() {
            continue;
        }
        rows.push(serde_json::from_str(&line).with_context(|| format!("{}, line {number}", path.display()))?);
    }
    Ok(rows)
}

fn shown(row: &Row, understood: &Understood) -> Value {
    let mut document = json!({
        "lang": row.lang,
        "text": row.text,
        "answer": understood.answer.as_str(),
        "because": understood.because,
    });
    if let Some(label) = row.label {
        document["label"] = json!(label.as_str());
        document["right"] = json!(label == understood.answer);
    }
    document
}

fn told(row: &Row, understood: &Understood) -> String {
    let because = understood.because.join("; ");
    let answer = understood.answer.as_str();
    match row.label {
        Some(label) if label != understood.answer => {
            let language = row.lang.as_deref().unwrap_or("-");
            format!("{language}  {} taken for {answer}: {}  ({because})", label.as_str(), row.text)
        }
        Some(_) | None => format!("{answer}  ({because})"),
    }
}
