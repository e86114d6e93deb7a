//! `replay`: runs scenarios through the whole engine, each in a temporary database of its own, with or without a provider's
//! dialect in between.

use crate::app::engine::App;
use crate::app::open_engine::{EngineParts, open_engine};
use crate::app::replay_scenario::{Difference, replay_scenario};
use crate::app::scenario::{self, Scenario};
use crate::cli::output::{self, Outcome};
use crate::decide;
use crate::dialect::{self, Dialect};
use crate::model::clock::Clock;
use crate::model::ids::IdSource;
use crate::outbound::carrier::Carrier;
use crate::simulator::replay::exchange::{Exchange, ExchangeLog};
use crate::simulator::replay::order_book::OrderBook;
use crate::simulator::replay::wire::{REPLAY_PUBLIC_URL, WireResult, Wiring, replay_over};
use crate::store::Store;
use crate::store::seal::Keys;
use crate::web::{listen, webhooks};
use anyhow::{Context, Result};
use axum::Router;
use chrono::DateTime;
use clap::Args;
use indicatif::ProgressBar;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Run scenarios through the whole engine (a temporary database each) and compare what it does, event by event
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  assistline replay --words-as-given tests/data/corpora/scenarios/*.json tests/data/corpora/generated.jsonl
  assistline replay --provider twilio --save exchanges tests/data/corpora/scenarios/*.json
  assistline replay --json my-scenario.json

With a provider every event goes over HTTP, signed, in the provider's dialect; a decision counts only if the document
carries it out. What the provider cannot do is skipped and said so.

Exit status: 0 all ok, 1 a scenario differs, 2 a file cannot be read.")]
pub struct Replay {
    /// Send each event in this provider's dialect, over HTTP with its signature (twilio)
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// Write each request and document to DIR/SCENARIO/NN.request.http, .response.xml, .rest.http
    #[arg(long, value_name = "DIR", requires = "provider")]
    save: Option<PathBuf>,
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

/// How the replay of one scenario ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Played {
    /// As it should.
    Ok,
    /// Something differs.
    Differs(Difference),
    /// The provider lacks something.
    Skipped(&'static str),
}

/// Replays scenarios, each in an engine of its own.
#[derive(Clone)]
pub struct Replayer {
    template: PathBuf,
    carrier: Carrier,
    provider: Option<&'static dyn Dialect>,
    words_as_given: bool,
}

impl Replay {
    /// Runs the command.
    ///
    /// # Errors
    /// A file that cannot be read, a provider that there is not, a database that cannot be made.
    pub async fn run(self) -> Result<Outcome> {
        let scenarios = read_all(&self.files)?;
        let provider = self.provider.as_deref().map(known_provider).transpose()?;
        let folder = std::env::temp_dir().join(format!("assistline-replay-{}", std::process::id()));
        std::fs::create_dir_all(&folder).context("cannot make a temporary folder")?;
        let replayer = Replayer::new(&folder, provider, self.words_as_given)?;
        let progress = if self.json { ProgressBar::hidden() } else { ProgressBar::new(scenarios.len() as u64) };
        let counts = self.replay_all(&replayer, &scenarios, &progress).await;
        progress.finish_and_clear();
        drop(std::fs::remove_dir_all(&folder));
        let Counts { ok, skipped, differing } = counts?;
        if !self.json {
            let skipped_too = if skipped > 0 { format!(", {skipped} skipped") } else { String::new() };
            output::line(&format!("{} scenarios, {ok} ok, {differing} differ{skipped_too}", scenarios.len()))?;
        }
        Ok(Outcome::found(differing > 0))
    }

    /// Some at a time; the results come in the order of the scenarios.
    async fn replay_all(&self, replayer: &Replayer, scenarios: &[Scenario], progress: &ProgressBar) -> Result<Counts> {
        // One writes while another one is judged.
        let at_once = std::thread::available_parallelism().map_or(2, |cores| cores.get() * 2);
        let mut counts = Counts::default();
        let mut running = JoinSet::new();
        let mut waiting = scenarios.iter().cloned().enumerate();
        let mut ready = BTreeMap::new();
        let mut next = 0;
        // The template is made once, by the first.
        replayer.make_template().await?;
        while next < scenarios.len() {
            while running.len() < at_once {
                let Some((place, scenario)) = waiting.next() else { break };
                let replayer = replayer.clone();
                running.spawn(async move { (place, replayer.replay(&scenario).await) });
            }
            let Some(done) = running.join_next().await else { break };
            let (place, result) = done?;
            ready.insert(place, result);
            progress.inc(1);
            while let Some((scenario, (result, exchanges))) = scenarios.get(next).zip(ready.remove(&next)) {
                if let Some(folder) = &self.save {
                    save(folder, &scenario.name, &exchanges)?;
                }
                counts.add(&result);
                progress.suspend(|| self.tell(scenario, &result))?;
                next += 1;
            }
        }
        Ok(counts)
    }

    fn tell(&self, scenario: &Scenario, result: &Result<Played>) -> Result<()> {
        let name = &scenario.name;
        match (result, self.json) {
            (Ok(Played::Ok), true) => output::json(&json!({"name": name, "ok": true})),
            (Ok(Played::Ok), false) => Ok(()),
            (Ok(Played::Skipped(lacks)), true) => output::json(&json!({"name": name, "skipped": "capability", "lacks": lacks})),
            (Ok(Played::Skipped(lacks)), false) => output::line(&format!("{name} skipped: the provider lacks {lacks}")),
            (Ok(Played::Differs(found)), true) => {
                let step = found.step.map_or_else(|| json!("end"), |step| json!(step));
                output::json(
                    &json!({"name": name, "ok": false, "step": step, "expected": found.expected, "actual": found.actual}),
                )
            }
            (Ok(Played::Differs(found)), false) => {
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

#[derive(Debug, Default)]
struct Counts {
    ok: usize,
    skipped: usize,
    differing: usize,
}

impl Counts {
    const fn add(&mut self, result: &Result<Played>) {
        match result {
            Ok(Played::Ok) => self.ok += 1,
            Ok(Played::Skipped(_)) => self.skipped += 1,
            Ok(Played::Differs(_)) | Err(_) => self.differing += 1,
        }
    }
}

/// The provider with that name.
///
/// # Errors
/// There is none; says which there are.
pub fn known_provider(name: &str) -> Result<&'static dyn Dialect> {
    dialect::by_name(name).with_context(|| {
        let known: Vec<&str> = dialect::ALL.iter().map(|dialect| dialect.name()).collect();
        format!("no provider is called {name}; there is {}", known.join(", "))
    })
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

/// An engine for one scenario, with what listens for it.
#[derive(Debug)]
pub struct FreshEngine {
    /// The engine.
    pub app: Arc<App>,
    stop_listening: CancellationToken,
    stop_writing: CancellationToken,
    listening: tokio_util::task::TaskTracker,
}

impl FreshEngine {
    /// Serves a router on a loopback port: its base URL.
    async fn listen(&self, router: Router) -> Result<String> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("no loopback port is free")?;
        let base = format!("http://{}", listener.local_addr()?);
        self.listening.spawn(listen::serve(listener, router, self.stop_listening.clone()));
        Ok(base)
    }

    /// Ends it; its database is gone with it.
    pub async fn end(self) {
        self.stop_listening.cancel();
        self.listening.close();
        self.listening.wait().await;
        self.stop_writing.cancel();
        self.app.tasks.close();
        self.app.tasks.wait().await;
        self.app.store.close().await;
    }
}

impl Replayer {
    /// Keeps its template of a database in `folder`. `provider`: None, the events go straight to the engine.
    ///
    /// # Errors
    /// Where TLS cannot be set up.
    pub fn new(folder: &Path, provider: Option<&'static dyn Dialect>, words_as_given: bool) -> Result<Self> {
        // Words and lexicons are read now, not while a provider waits.
        decide::warm_up();
        Ok(Self { template: folder.join("template.db"), carrier: Carrier::new()?, provider, words_as_given })
    }

    async fn make_template(&self) -> Result<()> {
        Store::open_template_copy(&self.template).await?.close().await;
        Ok(())
    }

    /// Replays one scenario: how it ended, and what was said between the provider and the engine.
    pub async fn replay(&self, scenario: &Scenario) -> (Result<Played>, Vec<Exchange>) {
        let log = ExchangeLog::default();
        let result = self.replay_in_an_engine(scenario, &log).await;
        (result, log.all())
    }

    async fn replay_in_an_engine(&self, scenario: &Scenario, log: &ExchangeLog) -> Result<Played> {
        let engine = self.open().await?;
        let result = self.play(&engine, scenario, log).await;
        engine.end().await;
        result
    }

    /// Replays one scenario in an engine that is fresh.
    ///
    /// # Errors
    /// A scenario that cannot be replayed.
    pub async fn play(&self, running: &FreshEngine, scenario: &Scenario, log: &ExchangeLog) -> Result<Played> {
        let Some(dialect) = self.provider else {
            let difference = replay_scenario(&running.app, scenario, self.words_as_given).await?;
            return Ok(difference.map_or(Played::Ok, Played::Differs));
        };
        let order_book = OrderBook::new(log.clone());
        let wiring = Wiring {
            app: Arc::clone(&running.app),
            engine_base: running.listen(webhooks::router(Arc::clone(&running.app))).await?,
            rest_base: running.listen(order_book.router()).await?,
            order_book,
            log: log.clone(),
        };
        Ok(match replay_over(&wiring, dialect, scenario, self.words_as_given).await? {
            WireResult::Ok => Played::Ok,
            WireResult::Differs(difference) => Played::Differs(difference),
            WireResult::Skipped { lacks } => Played::Skipped(lacks),
        })
    }

    /// An engine on a temporary database, on a clock that stands still.
    ///
    /// # Errors
    /// A database that cannot be made.
    pub async fn open(&self) -> Result<FreshEngine> {
        let parts = EngineParts {
            store: Store::open_template_copy(&self.template).await?,
            keys: Keys::derive(b"keys of a temporary engine"),
            clock: Clock::owned(DateTime::from_timestamp(1_790_000_000, 0).unwrap_or_default()),
            ids: IdSource::counted(),
            carrier: self.carrier.clone(),
            public_url: REPLAY_PUBLIC_URL.to_owned(),
            state_dir: None,
        };
        let (app, writer) = open_engine(parts).await?;
        let stop_writing = CancellationToken::new();
        app.tasks.spawn(writer.run(stop_writing.clone()));
        let (stop_listening, listening) = (CancellationToken::new(), tokio_util::task::TaskTracker::new());
        Ok(FreshEngine { app, stop_listening, stop_writing, listening })
    }
}

/// Writes what was said into a folder of the scenario's name; what an earlier replay left there goes.
fn save(folder: &Path, name: &str, exchanges: &[Exchange]) -> Result<()> {
    let folder = folder.join(folder_name(name));
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for entry in std::fs::read_dir(&folder)? {
        let path = entry?.path();
        let ours = path
            .file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| [".request.http", ".response.xml", ".rest.http"].iter().any(|ending| name.ends_with(ending)));
        if ours {
            std::fs::remove_file(&path).with_context(|| format!("cannot remove {}", path.display()))?;
        }
    }
    for (number, exchange) in (1..).zip(exchanges) {
        for (file, text) in exchange.files(number) {
            let path = folder.join(file);
            std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    Ok(())
}

/// A name that stays within its folder.
fn folder_name(name: &str) -> String {
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect();
    if name.trim_start_matches('.').is_empty() { "scenario".to_owned() } else { name.trim_start_matches('.').to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_is_saved_within_the_folder() {
        for (name, expect) in [("keys-112-de", "keys-112-de"), ("../a/b", "-a-b"), ("..", "scenario"), ("", "scenario")] {
            assert_eq!(folder_name(name), expect);
        }
    }
}
