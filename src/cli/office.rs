//! Commands work on the database itself; no server needs to run, and one that runs notices within a second. This opens the
//! database for one command, and shows what came of it.

use crate::app::engine::App;
use crate::app::open_engine::{EngineParts, open_engine};
use crate::app::save_settings::SaveSettingsError;
use crate::cli::output::{self, Outcome};
use crate::config::{Config, ConfigFlags};
use crate::model::clock::Clock;
use crate::model::ids::{IdSource, OrganisationId};
use crate::outbound::carrier::Carrier;
use crate::settings::bodies::CheckedBody;
use crate::settings::{Problem, Tongue, read_document};
use crate::store::seal::Keys;
use crate::store::{By, OpenOptions, Store, StoreError};
use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Who did it, in the audit log.
const WHO: &str = "command line";

/// How a result is printed.
#[derive(Debug, Clone, Copy, Args)]
pub struct Form {
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// A document on the command line: a file, or `-` for standard input.
#[derive(Debug, Clone, Args)]
pub struct Document {
    /// The document, JSON; - reads standard input
    #[arg(value_name = "FILE.json")]
    pub file: PathBuf,
}

impl Document {
    /// Reads it.
    ///
    /// # Errors
    /// A file that cannot be read, or is no JSON.
    pub fn read(&self) -> Result<Value> {
        let text = if self.file == Path::new("-") {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("cannot read standard input")?;
            text
        } else {
            std::fs::read_to_string(&self.file).with_context(|| format!("cannot read {}", self.file.display()))?
        };
        read_document(&text).map_err(|error| anyhow!("{}: {error}", self.file.display()))
    }
}

/// The engine of one command: it writes no calls and places none.
#[derive(Debug)]
pub struct Office {
    /// The engine.
    pub app: Arc<App>,
}

impl Office {
    /// Opens the database of the configuration.
    ///
    /// # Errors
    /// Says what to do.
    pub async fn open(flags: &ConfigFlags) -> Result<Self> {
        let config = Config::load(flags)?;
        let store = Store::open(config.database_url.expose_secret(), OpenOptions { serve: false }).await?;
        let keys = Keys::from_file(&config.secret_key_file)
            .with_context(|| format!("cannot use the secret key {}", config.secret_key_file.display()))?;
        let parts = EngineParts {
            store,
            keys,
            clock: Clock::Real,
            ids: IdSource::Random,
            carrier: Carrier::new().context("TLS cannot be set up")?,
            public_url: config.public_url.unwrap_or_default(),
            // The last-known-good file is the server's.
            state_dir: None,
        };
        let (app, _writer) = open_engine(parts).await.context("the database cannot be read")?;
        Ok(Self { app })
    }

    /// As whoever sits at this command line, now.
    #[must_use]
    pub fn by(&self) -> By<'static> {
        By { who: WHO, at: self.app.clock.now() }
    }

    /// Closes the database.
    pub async fn close(self) {
        self.app.store.close().await;
    }
}

/// The organisation that a flag names.
///
/// # Errors
/// It is no id.
pub fn organisation(text: &str) -> Result<OrganisationId> {
    OrganisationId::new(text).with_context(|| format!("--org is '{text}': an id is 1 to 40 of a-z, 0-9 and -"))
}

/// Parameters of flags as an object, as the checks want them; what was not given is left out.
#[must_use]
pub fn parameters<const N: usize>(given: [(&str, Option<Value>); N]) -> Value {
    Value::Object(given.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
}

/// What was checked; else every problem is told, and it is misuse.
///
/// # Errors
/// All problems, a line each.
pub fn valid<T>(checked: CheckedBody<T>) -> Result<T> {
    let CheckedBody { body, problems, .. } = checked;
    body.ok_or_else(|| anyhow!("{}", told(&problems)))
}

/// Problems for people, a line each.
#[must_use]
pub fn told(problems: &[Problem]) -> String {
    let line = |problem: &Problem| {
        let path = if problem.path.is_empty() { "document" } else { &problem.path };
        format!("{path}: {}. {}.", problem.message(Tongue::English), problem.hint(Tongue::English))
    };
    problems.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Tells what is worth knowing.
pub fn tell_warnings(warnings: &[Problem]) {
    if !warnings.is_empty() {
        output::remark(&format!("Worth knowing:\n{}", told(warnings)));
    }
}

/// Tells every problem: a finding.
///
/// # Errors
/// Where standard output cannot be written.
pub fn refused(problems: &[Problem], form: Form) -> Result<Outcome> {
    if form.json {
        output::json(&json!({"problems": problems}))?
    } else {
        output::line(&told(problems))?
    }
    Ok(Outcome::Finding)
}

/// Tells why settings were not saved.
///
/// # Errors
/// What is no finding: the store's.
pub fn not_saved(error: SaveSettingsError, form: Form) -> Result<Outcome> {
    let (text, document) = match error {
        SaveSettingsError::Invalid(problems) => return refused(&problems, form),
        SaveSettingsError::NothingActive => bail!("no version is active"),
        SaveSettingsError::VersionMoved { current } => {
            let active = current.map_or_else(|| "none is active".to_owned(), |version| format!("version {version} is active"));
            (format!("Another version was expected; {active}."), json!({"current": current}))
        }
        SaveSettingsError::OtherPlanned(rows) => {
            let versions: Vec<u32> = rows.iter().map(|row| row.version).collect();
            let text = format!("Another version is planned ({versions:?}): say --planned keep or --planned cancel.");
            (text, json!({"planned": versions}))
        }
        SaveSettingsError::NeedsConfirm { codes, warnings } => {
            let text = format!("{}\nThis needs your confirmation: --confirm {}", told(&warnings), codes.join(","));
            (text, json!({"confirm": codes, "warnings": warnings}))
        }
        SaveSettingsError::Store(StoreError::NotFound) => bail!("there is no such organisation or version"),
        SaveSettingsError::Store(error) => return Err(error.into()),
    };
    if form.json {
        output::json(&document)?
    } else {
        output::line(&text)?
    }
    Ok(Outcome::Finding)
}

/// The store's errors, in words that help at a command line.
///
/// # Errors
/// Always, where there is one.
pub fn known<T>(result: Result<T, StoreError>, what: &str) -> Result<T> {
    result.map_err(|error| match error {
        StoreError::NotFound => anyhow!("there is no such {what}"),
        StoreError::Conflict(_) | StoreError::Busy | StoreError::Down | StoreError::Corrupt => error.into(),
    })
}
