//! `status-query`: starts, shows, pauses, resumes and stops status queries. Calls are placed by the server that runs.

use crate::app::show_status_query::ShownQuery;
use crate::app::start_status_query::StatusQueryError;
use crate::cli::office::{self, Form, Office, organisation};
use crate::cli::output::{self, Outcome};
use crate::config::ConfigFlags;
use crate::model::ids::QueryId;
use crate::store::queries::QueryCommand;
use crate::web::api::status_queries::{query_shown, whole_query_shown};
use anyhow::{Context, Result, anyhow};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use uuid::Uuid;

/// Ask travellers how they are: start a status query, look at it, pause, resume or stop it
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  assistline status-query start --org acme --all --incident \"Earthquake in Athens\"
  assistline status-query start --org acme --group lagos --group abuja --exercise
  assistline status-query show --org acme 01990f3e-5a7c-7b61-8d43-3c9d2a1f0b11
  assistline status-query stop --org acme 01990f3e-5a7c-7b61-8d43-3c9d2a1f0b11")]
pub struct StatusQuery {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Args)]
struct Which {
    /// The organisation's id
    #[arg(long, value_name = "ORG")]
    org: String,
    /// The query's id
    #[arg(value_name = "QUERY")]
    query: Uuid,
    #[command(flatten)]
    form: Form,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Start a status query
    Start {
        /// The organisation's id
        #[arg(long, value_name = "ORG")]
        org: String,
        /// What has happened, at most 40 characters, in the organisation's first language
        #[arg(long, value_name = "TEXT")]
        incident: Option<String>,
        /// Ask everybody
        #[arg(long)]
        all: bool,
        /// Ask whoever is in this group (may be repeated)
        #[arg(long, value_name = "GROUP", conflicts_with = "all")]
        group: Vec<String>,
        /// Ask this traveller (may be repeated)
        #[arg(long, value_name = "ID", conflicts_with_all = ["all", "group"])]
        traveller: Vec<String>,
        /// It is an exercise, and people hear that it is one
        #[arg(long)]
        exercise: bool,
        #[command(flatten)]
        form: Form,
    },
    /// Who stands how
    Show(Which),
    /// No call begins until it is resumed
    Pause(Which),
    /// Calls begin again
    Resume(Which),
    /// No phone begins to ring any more; calls that run go on
    Stop(Which),
}

impl StatusQuery {
    /// Runs the command.
    ///
    /// # Errors
    /// A database that cannot be read, an organisation or query that is not there.
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
            Self::Start { org, incident, all, group, traveller, exercise, form } => {
                let travellers = if all {
                    json!("all")
                } else if group.is_empty() {
                    json!(traveller)
                } else {
                    json!({"groups": group})
                };
                let document = json!({"incident": incident, "travellers": travellers, "exercise": exercise});
                start(office, &org, &document, form).await
            }
            Self::Show(which) => show(office, &which).await,
            Self::Pause(which) => command(office, &which, QueryCommand::Pause).await,
            Self::Resume(which) => command(office, &which, QueryCommand::Resume).await,
            Self::Stop(which) => command(office, &which, QueryCommand::Stop).await,
        }
    }
}

async fn start(office: &Office, org: &str, document: &Value, form: Form) -> Result<Outcome> {
    let organisation = organisation(org)?;
    let (row, warnings, _) = match office.app.start_status_query(&organisation, document, None, office.by()).await {
        Ok(started) => started,
        Err(StatusQueryError::Invalid(problems)) => return office::refused(&problems, form),
        Err(StatusQueryError::NothingActive) => return Err(anyhow!("the organisation has no active settings")),
        Err(StatusQueryError::Store(error)) => return office::known(Err(error), "organisation"),
    };
    office::tell_warnings(&warnings);
    let counts = office.app.count_people(row.id).await?;
    if form.json {
        output::json(&query_shown(&row, &counts, true))?;
    } else {
        output::line(&format!("{}  {} people are asked", row.id, counts.all))?;
    }
    Ok(Outcome::Well)
}

async fn show(office: &Office, which: &Which) -> Result<Outcome> {
    let organisation = organisation(&which.org)?;
    let shown = office::known(office.app.show_status_query(&organisation, QueryId(which.query)).await, "status query")?;
    let subject = shown.row.id.to_string();
    office.app.store.note_in_audit(office.by(), Some(&organisation), "status_query.read", &subject).await?;
    if which.form.json {
        output::json(&whole_query_shown(&shown, true))?
    } else {
        tell(&shown)?
    }
    Ok(Outcome::Well)
}

fn tell(shown: &ShownQuery) -> Result<()> {
    let counts = &shown.counts;
    let answered = counts.answered.iter().filter(|(_, people)| **people > 0);
    let mut told: Vec<String> = answered.map(|(answer, people)| format!("{people} {answer}")).collect();
    told.extend([format!("{} no answer", counts.no_answer), format!("{} waiting", counts.waiting)]);
    output::line(&format!("{}  {}: {}", shown.row.id, shown.row.state.as_str(), told.join(", ")))?;
    for (person, attempts) in &shown.people {
        let status = person.status.map_or("-", |status| status.as_str());
        let next = person.next_attempt_at.map(|at| format!(", next call {}", at.to_rfc3339())).unwrap_or_default();
        output::line(&format!("  {:<20} {status:<8} {} calls{next}", person.id.as_str(), attempts.len()))?;
    }
    Ok(())
}

async fn command(office: &Office, which: &Which, command: QueryCommand) -> Result<Outcome> {
    let organisation = organisation(&which.org)?;
    let row = office.app.command_status_query(&organisation, QueryId(which.query), command, office.by()).await;
    let row = office::known(row, "status query").context("the status query stays as it is")?;
    let counts = office.app.count_people(row.id).await?;
    if which.form.json {
        output::json(&query_shown(&row, &counts, true))?;
    } else {
        output::line(&format!("{}  {}", row.id, row.state.as_str()))?;
    }
    Ok(Outcome::Well)
}
