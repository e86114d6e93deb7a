//! `settings`: an organisation's routing table, its versions and what changed between them.

use crate::app::save_settings::{Change, Expected};
use crate::cli::office::{self, Document, Form, Office, organisation, parameters, valid};
use crate::cli::output::{self, Outcome};
use crate::config::ConfigFlags;
use crate::model::ids::Version;
use crate::settings::requests::{check_activation, check_save};
use crate::store::settings_versions::VersionRow;
use crate::web::api::settings::{diff_shown, saved_shown, version_shown};
use anyhow::Result;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

/// Versions that `versions` shows.
const VERSIONS_MAX: i64 = 1_000;

/// Show, check, save and activate the settings of an organisation
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  assistline settings show --org acme > acme.json
  assistline settings check --org acme acme.json
  assistline settings apply --org acme acme.json --note \"New night number\"
  assistline settings apply --org acme acme.json --activate draft
  assistline settings versions --org acme
  assistline settings diff --org acme --from 3 --to 4
  assistline settings activate --org acme 3

Exit status: 0 all well, 1 problems or something to confirm, 2 misuse.")]
pub struct Settings {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print the active document as it was typed, or that of a version
    Show {
        /// The organisation's id
        #[arg(long, value_name = "ORG")]
        org: String,
        /// A version instead of the active one
        #[arg(long, value_name = "N")]
        version: Option<Version>,
        #[command(flatten)]
        form: Form,
    },
    /// Check a document as a save would, and change nothing
    Check {
        /// The organisation whose active version it would replace; without it, a new one's
        #[arg(long, value_name = "ORG")]
        org: Option<String>,
        #[command(flatten)]
        document: Document,
        #[command(flatten)]
        form: Form,
    },
    /// Save a document as a new version and activate it
    Apply {
        /// The organisation's id; made where it is new
        #[arg(long, value_name = "ORG")]
        org: String,
        /// now, draft, or a time such as 2027-01-01T00:00:00Z
        #[arg(long, value_name = "WHEN")]
        activate: Option<String>,
        /// What the version is about
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
        /// What becomes of another version that is planned: keep or cancel
        #[arg(long, value_name = "WHAT")]
        planned: Option<String>,
        /// Codes to confirm, with commas between them
        #[arg(long, value_name = "CODES")]
        confirm: Option<String>,
        /// Save only if this version is active
        #[arg(long, value_name = "N")]
        if_version: Option<Version>,
        #[command(flatten)]
        document: Document,
        #[command(flatten)]
        form: Form,
    },
    /// What changed between two versions
    Diff {
        /// The organisation's id
        #[arg(long, value_name = "ORG")]
        org: String,
        /// The older version
        #[arg(long, value_name = "N")]
        from: Version,
        /// The newer version
        #[arg(long, value_name = "N")]
        to: Version,
        #[command(flatten)]
        form: Form,
    },
    /// List the versions, newest first
    Versions {
        /// The organisation's id
        #[arg(long, value_name = "ORG")]
        org: String,
        #[command(flatten)]
        form: Form,
    },
    /// Make a saved version active, at once or at a time
    Activate {
        /// The organisation's id
        #[arg(long, value_name = "ORG")]
        org: String,
        /// When; without it at once
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        /// Why
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
        /// Codes to confirm, with commas between them
        #[arg(long, value_name = "CODES")]
        confirm: Option<String>,
        /// The version
        #[arg(value_name = "N")]
        version: Version,
        #[command(flatten)]
        form: Form,
    },
}

impl Settings {
    /// Runs the command.
    ///
    /// # Errors
    /// A database or file that cannot be read, an organisation that is not there.
    pub async fn run(self, flags: &ConfigFlags) -> Result<Outcome> {
        let office = Office::open(flags).await?;
        let outcome = self.verb.run(&office).await;
        office.close().await;
        outcome
    }
}

impl Verb {
    async fn run(self, office: &Office) -> Result<Outcome> {
        match self {
            Self::Show { org, version, form } => show(office, &org, version, form).await,
            Self::Check { org, document, form } => check(office, org.as_deref(), &document, form).await,
            Self::Apply { org, activate, note, planned, confirm, if_version, document, form } => {
                let given = parameters([
                    ("activate", activate.map(Value::from)),
                    ("note", note.map(Value::from)),
                    ("planned", planned.map(Value::from)),
                    ("confirm", confirm.map(Value::from)),
                ]);
                let expected = if_version.map_or(Expected::Anything, |version| Expected::OneOf(vec![version]));
                apply(office, &org, &given, &expected, &document, form).await
            }
            Self::Diff { org, from, to, form } => diff(office, &org, from, to, form).await,
            Self::Versions { org, form } => versions(office, &org, form).await,
            Self::Activate { org, at, note, confirm, version, form } => {
                let given = parameters([
                    ("at", at.map(Value::from)),
                    ("note", note.map(Value::from)),
                    ("confirm", confirm.map(Value::from)),
                ]);
                activate(office, &org, version, &given, form).await
            }
        }
    }
}

async fn show(office: &Office, org: &str, version: Option<Version>, form: Form) -> Result<Outcome> {
    let organisation = organisation(org)?;
    let row = match version {
        Some(version) => office.app.store.version(&organisation, version).await,
        None => office.app.store.active_version(&organisation).await,
    };
    let row = office::known(row, "organisation or version")?;
    if form.json {
        output::line(&row.document)?;
    } else {
        let document: Value = serde_json::from_str(&row.document)?;
        output::line(&serde_json::to_string_pretty(&document)?)?;
    }
    Ok(Outcome::Well)
}

async fn check(office: &Office, org: Option<&str>, document: &Document, form: Form) -> Result<Outcome> {
    let document = document.read()?;
    // An id that nobody has: checked as the first settings of a new organisation.
    let id = org.map_or_else(|| organisation("-"), organisation)?;
    let checked = office.app.check_settings(&id, &document).await?;
    let is_good = checked.settings.is_some();
    if form.json {
        output::json(&json!({
            "ok": is_good,
            "problems": checked.problems,
            "warnings": checked.warnings,
            "confirm": checked.needs_confirm,
        }))?;
    } else {
        office::tell_warnings(&checked.warnings);
        if !checked.needs_confirm.is_empty() {
            output::remark(&format!("To be confirmed: {}", checked.needs_confirm.join(", ")));
        }
        output::line(&if is_good { "ok".to_owned() } else { office::told(&checked.problems) })?;
    }
    Ok(Outcome::found(!is_good))
}

async fn apply(
    office: &Office,
    org: &str,
    given: &Value,
    expected: &Expected,
    document: &Document,
    form: Form,
) -> Result<Outcome> {
    let organisation = organisation(org)?;
    let parameters = valid(check_save(given, office.app.clock.now()))?;
    let document = document.read()?;
    let change = Change::Document(&document);
    match office.app.save_settings(&organisation, change, &parameters, expected, office.by()).await {
        Err(error) => office::not_saved(error, form),
        Ok(saved) if form.json => {
            output::json(&saved_shown(&saved)?)?;
            Ok(Outcome::Well)
        }
        Ok(saved) => {
            office::tell_warnings(&saved.warnings);
            output::line(&version_told(&saved.row))?;
            Ok(Outcome::Well)
        }
    }
}

async fn diff(office: &Office, org: &str, from: Version, to: Version, form: Form) -> Result<Outcome> {
    let organisation = organisation(org)?;
    let from = office::known(office.app.store.version(&organisation, from).await, "version")?;
    let to = office::known(office.app.store.version(&organisation, to).await, "version")?;
    let shown = diff_shown(&from, &to)?;
    if form.json {
        output::json(&shown)?;
        return Ok(Outcome::Well);
    }
    let differences = shown["differences"].as_array().cloned().unwrap_or_default();
    for difference in &differences {
        let path = difference["path"].as_str().unwrap_or_default();
        output::line(&format!("{path}: {} -> {}", difference["from"], difference["to"]))?;
    }
    if differences.is_empty() {
        output::line("no difference")?;
    }
    Ok(Outcome::Well)
}

async fn versions(office: &Office, org: &str, form: Form) -> Result<Outcome> {
    let organisation = organisation(org)?;
    office::known(office.app.store.organisation(&organisation).await, "organisation")?;
    for row in office.app.store.versions(&organisation, None, VERSIONS_MAX).await? {
        if form.json { output::json(&version_shown(&row))? } else { output::line(&version_told(&row))? }
    }
    Ok(Outcome::Well)
}

async fn activate(office: &Office, org: &str, version: Version, given: &Value, form: Form) -> Result<Outcome> {
    let organisation = organisation(org)?;
    let activation = valid(check_activation(given, office.app.clock.now()))?;
    match office.app.activate_settings(&organisation, version, &activation, office.by()).await {
        Err(error) => office::not_saved(error, form),
        Ok(saved) => {
            if form.json {
                output::json(&saved_shown(&saved)?)?
            } else {
                output::line(&version_told(&saved.row))?
            }
            Ok(Outcome::Well)
        }
    }
}

fn version_told(row: &VersionRow) -> String {
    let mut text =
        format!("version {:<4} {:<8} {}  {}", row.version, row.state.as_str(), row.created_at.to_rfc3339(), row.author);
    if let Some(at) = row.activates_at {
        text.push_str(&format!(", active from {}", at.to_rfc3339()));
    }
    if let Some(note) = &row.note {
        text.push_str(&format!(", {note}"));
    }
    text
}
