//! `replay`: runs scenarios through the whole engine, each in a temporary database of its own.

use crate::app::engine::App;
use crate::app::open_engine::{EngineParts, open_engine};
use crate::app::replay_scenario::{Difference, replay_scenario};
use crate::app::scenario::{self, Scenario};
use crate::cli::output::{self, Outcome};
use crate::model::clock::Clock;
use crate::model::ids::IdSource;
use crate::outbound::carrier::Carrier;
use crate::outbound::mail::Mailer;
use crate::store::Store;
use crate::store::seal::Keys;
use anyhow::{Context, Result};
use chrono::DateTime;
use clap::Args;
use indicatif::ProgressBar;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Run scenarios through the whole engine (a temporary database each) and compare what it does, event by event
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  assistline replay --words-as-given tests/data/corpora/scenarios/*.json tests/data/corpora/generated.jsonl
  assistline replay --json my-scenario.json

Exit status: 0 all ok, 1 a scenario differs, 2 a file cannot be read.")]
pub struct Replay {
    /// The words of a delivery mean what the step's `means` says, so only the rules are tested
    #[arg(long)]
    words_as_given: bool,
    /// One JSON document a line
    #[arg(long)]
    json: bool,
    /// Scenario files: .json with one scenario, .jsonl with one a line
    #[arg(required = true, value_name = "SCENARIO.json|.jsonl")]
    files: Vec<PathBuf>,
}

impl Replay {
    /// Runs the command.
    ///
    /// # Errors
    /// A file that cannot be read, a database that cannot be made.
    pub async fn run(self) -> Result<Outcome> {
        let scenarios = read_all(&self.files)?;
        let folder = std::env::temp_dir().join(format!("assistline-replay-{}", std::process::id()));
        std::fs::create_dir_all(&folder).context("cannot make a temporary folder")?;
        let template = folder.join("template.db");
        let progress = if self.json { ProgressBar::hidden() } else { ProgressBar::new(scenarios.len() as u64) };
        let mut differing = 0_usize;
        for scenario in &scenarios {
            let result = replay_one(&template, scenario, self.words_as_given).await;
            differing += usize::from(!matches!(result, Ok(None)));
            progress.suspend(|| self.tell(scenario, &result))?;
            progress.inc(1);
        }
        progress.finish_and_clear();
        drop(std::fs::remove_dir_all(&folder));
        if !self.json {
            output::line(&format!("{} scenarios, {} ok, {differing} differ", scenarios.len(), scenarios.len() - differing))?;
        }
        Ok(Outcome::found(differing > 0))
    }

    fn tell(&self, scenario: &Scenario, result: &Result<Option<Difference>>) -> Result<()> {
        let name = &scenario.name;
        match (result, self.json) {
            (Ok(None), true) => output::json(&json!({"name": name, "ok": true})),
            (Ok(None), false) => Ok(()),
            (Ok(Some(found)), true) => {
                let step = found.step.map_or_else(|| json!("end"), |step| json!(step));
                output::json(
                    &json!({"name": name, "ok": false, "step": step, "expected": found.expected, "actual": found.actual}),
                )
            }
            (Ok(Some(found)), false) => {
                let step = found.step.map_or_else(|| "at the end".to_owned(), |step| format!("in step {step}"));
                output::line(&format!("{name} differs {step}\n  expected {}\n  actual   {}", found.expected, found.actual))
            }
            (Err(error), true) => {
                output::json(&json!({"name": name, "ok": false, "step": "end", "expected": null, "actual": format!("{error:#}")}))
            }
            (Err(error), false) => output::line(&format!("{name} could not be replayed: {error:#}")),
        }
    }
}

fn read_all(files: &[PathBuf]) -> Result<Vec<Scenario>> {
    let mut scenarios = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let lines = path.extension().is_some_and(|ending| ending == "jsonl");
        let read = scenario::read(&text, lines).map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
        scenarios.extend(read);
    }
    Ok(scenarios)
}

async fn replay_one(template: &Path, scenario: &Scenario, words_as_given: bool) -> Result<Option<Difference>> {
    let stop = CancellationToken::new();
    let app = open(template, &stop).await?;
    let result = replay_scenario(&app, scenario, words_as_given).await;
    stop.cancel();
    app.tasks.close();
    app.tasks.wait().await;
    app.store.close().await;
    Ok(result?)
}

/// An engine on a temporary database, on a clock that stands still.
async fn open(template: &Path, stop: &CancellationToken) -> Result<Arc<App>> {
    let parts = EngineParts {
        store: Store::open_template_copy(template).await?,
        keys: Keys::derive(b"keys of a temporary engine"),
        clock: Clock::owned(DateTime::from_timestamp(1_790_000_000, 0).unwrap_or_default()),
        ids: IdSource::counted(),
        carrier: Carrier::new()?,
        mailer: Mailer::to_nobody(),
        public_url: "https://replay.example".to_owned(),
        state_dir: None,
    };
    let (app, writer) = open_engine(parts).await?;
    app.tasks.spawn(writer.run(stop.clone()));
    Ok(app)
}
