//! `operations-centre`, `account`, `line`, `organisation`, `traveller`: put and show, the same documents as the API.

use crate::app::save_account::SaveAccountError;
use crate::app::save_line::SaveLineError;
use crate::app::save_operations_centre::SaveOperationsCentreError;
use crate::app::save_traveller::SaveTravellerError;
use crate::cli::office::{self, Document, Form, Office, organisation, parameters, valid};
use crate::cli::output::{self, Outcome};
use crate::config::ConfigFlags;
use crate::model::ids::{AccountId, LineId, TravellerId};
use crate::settings::Problem;
use crate::settings::requests::check_save;
use crate::web::api::{accounts, answers, lines, operations_centre, organisations, settings, travellers};
use anyhow::{Context, Result, anyhow};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

/// Set or show the operations centre of the installation
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  echo '{\"name\": \"Crisis24\", \"phone\": \"+493023125001\"}' | assistline operations-centre put -
  assistline operations-centre show")]
pub struct OperationsCentre {
    #[command(subcommand)]
    verb: CentreVerb,
}

#[derive(Debug, Subcommand)]
enum CentreVerb {
    /// Set it from a document
    Put {
        /// Codes to confirm, with commas between them
        #[arg(long, value_name = "CODES")]
        confirm: Option<String>,
        #[command(flatten)]
        document: Document,
    },
    /// Print it
    Show,
}

/// Set or show an account at a provider
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  assistline account put main account.json
  assistline account show main

The document: {\"provider\": \"twilio\", \"credentials\": {\"account_sid\": \"AC…\", \"auth_token\": \"…\"}, \"webhook_secrets\": [\"…\"]}")]
pub struct Account {
    #[command(subcommand)]
    verb: NamedVerb,
}

/// Set or show a line
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  echo '{\"account\": \"main\", \"number\": \"+493023125099\", \"organisation\": \"acme\"}' | assistline line put berlin -
  assistline line show berlin")]
pub struct Line {
    #[command(subcommand)]
    verb: NamedVerb,
}

/// Make or show an organisation
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  echo '{\"name\": \"ACME GmbH\", \"country\": \"DE\", \"time_zone\": \"Europe/Berlin\", \"languages\": [\"de\"]}' | assistline organisation put acme -
  assistline organisation show acme")]
pub struct Organisation {
    #[command(subcommand)]
    verb: NamedVerb,
}

/// Set or show a traveller
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  echo '{\"name\": \"Anna Meier\", \"phones\": [\"+491713920001\"]}' | assistline traveller put --org acme t-1 -
  assistline traveller show --org acme t-1")]
pub struct Traveller {
    #[command(subcommand)]
    verb: TravellerVerb,
}

#[derive(Debug, Subcommand)]
enum NamedVerb {
    /// Make or change it from a document
    Put {
        /// Its id
        id: String,
        #[command(flatten)]
        document: Document,
    },
    /// Print it
    Show {
        /// Its id
        id: String,
    },
}

#[derive(Debug, Subcommand)]
enum TravellerVerb {
    /// Make or change a traveller from a document
    Put {
        /// The organisation's id
        #[arg(long, value_name = "ORG")]
        org: String,
        /// Its id
        id: String,
        #[command(flatten)]
        document: Document,
    },
    /// Print a traveller
    Show {
        /// The organisation's id
        #[arg(long, value_name = "ORG")]
        org: String,
        /// Its id
        id: String,
    },
}

/// What these commands print is a document in any case.
const JSON: Form = Form { json: true };

/// Opens the database, runs a command on it, and closes it.
macro_rules! with_office {
    ($flags:expr, |$office:ident| $body:expr) => {{
        let opened = Office::open($flags).await?;
        let outcome = {
            let $office = &opened;
            async { $body }.await
        };
        opened.close().await;
        outcome
    }};
}

fn print(document: &Value) -> Result<Outcome> {
    output::line(&serde_json::to_string_pretty(document)?)?;
    Ok(Outcome::Well)
}

fn saved(document: Value, warnings: &[Problem]) -> Result<Outcome> {
    print(&answers::with(document, json!({"warnings": warnings})))
}

fn id<T>(text: &str, new: impl Fn(&str) -> Option<T>) -> Result<T> {
    new(text).with_context(|| format!("'{text}' is no id: an id is 1 to 40 of a-z, 0-9 and -"))
}

impl OperationsCentre {
    /// Runs the command.
    ///
    /// # Errors
    /// A database or document that cannot be read.
    pub async fn run(self, flags: &ConfigFlags) -> Result<Outcome> {
        with_office!(flags, |office| match self.verb {
            CentreVerb::Put { confirm, document } => {
                let given = parameters([("confirm", confirm.map(Value::from))]);
                let confirmed = valid(check_save(&given, office.app.clock.now()))?.confirm;
                match office.app.save_operations_centre(&document.read()?, &confirmed, office.by()).await {
                    Ok(centre) => print(&operations_centre::saved_shown(&centre)?),
                    Err(SaveOperationsCentreError::Invalid(problems)) => office::refused(&problems, JSON),
                    Err(SaveOperationsCentreError::NeedsConfirm(codes)) => {
                        output::json(&json!({"confirm": codes}))?;
                        Ok(Outcome::Finding)
                    }
                    Err(SaveOperationsCentreError::Store(error)) => Err(error.into()),
                }
            }
            CentreVerb::Show => {
                let row = office.app.store.operations_centre().await?;
                let row = row.ok_or_else(|| anyhow!("no operations centre is set"))?;
                print(&operations_centre::centre_shown(&row.document)?)
            }
        })
    }
}

impl Account {
    /// Runs the command.
    ///
    /// # Errors
    /// A database or document that cannot be read.
    pub async fn run(self, flags: &ConfigFlags) -> Result<Outcome> {
        with_office!(flags, |office| match self.verb {
            NamedVerb::Put { id: name, document } => {
                match office.app.save_account(&id(&name, AccountId::new)?, &document.read()?, office.by()).await {
                    Ok((account, warnings, _)) => saved(accounts::account_shown(&account), &warnings),
                    Err(SaveAccountError::Invalid(problems)) => office::refused(&problems, JSON),
                    Err(SaveAccountError::Locked) => {
                        Err(anyhow!("the stored secrets cannot be opened with this secret key file; enter all of them again"))
                    }
                    Err(SaveAccountError::NoRandomness) => Err(anyhow!("the system has no random numbers")),
                    Err(SaveAccountError::Store(error)) => Err(error.into()),
                }
            }
            NamedVerb::Show { id: name } => {
                let account = office.app.show_account(&id(&name, AccountId::new)?).await;
                print(&accounts::account_shown(&office::known(account, "account")?))
            }
        })
    }
}

impl Line {
    /// Runs the command.
    ///
    /// # Errors
    /// A database or document that cannot be read.
    pub async fn run(self, flags: &ConfigFlags) -> Result<Outcome> {
        with_office!(flags, |office| match self.verb {
            NamedVerb::Put { id: name, document } => {
                match office.app.save_line(&id(&name, LineId::new)?, &document.read()?, office.by()).await {
                    Ok((line, warnings, _)) => saved(lines::line_shown(&line), &warnings),
                    Err(SaveLineError::Invalid(problems)) => office::refused(&problems, JSON),
                    Err(SaveLineError::Store(error)) => Err(error.into()),
                }
            }
            NamedVerb::Show { id: name } => {
                let line = office.app.store.line(&id(&name, LineId::new)?).await;
                print(&lines::line_shown(&office::known(line, "line")?))
            }
        })
    }
}

impl Organisation {
    /// Runs the command.
    ///
    /// # Errors
    /// A database or document that cannot be read.
    pub async fn run(self, flags: &ConfigFlags) -> Result<Outcome> {
        with_office!(flags, |office| match self.verb {
            NamedVerb::Put { id: name, document } => {
                let organisation = organisation(&name)?;
                let (document, parameters) = (document.read()?, crate::settings::requests::SaveParameters::default());
                match office.app.save_organisation(&organisation, &document, &parameters, office.by()).await {
                    Ok(made) => print(&answers::with(json!({"id": organisation}), settings::saved_shown(&made)?)),
                    Err(error) => office::not_saved(error, JSON),
                }
            }
            NamedVerb::Show { id: name } => {
                let organisation = organisation(&name)?;
                office::known(office.app.store.organisation(&organisation).await, "organisation")?;
                print(&organisations::organisation_shown(&office.app, &organisation).await?)
            }
        })
    }
}

impl Traveller {
    /// Runs the command.
    ///
    /// # Errors
    /// A database or document that cannot be read, an organisation that is not there.
    pub async fn run(self, flags: &ConfigFlags) -> Result<Outcome> {
        with_office!(flags, |office| match self.verb {
            TravellerVerb::Put { org, id: name, document } => {
                let (organisation, id) = (organisation(&org)?, id(&name, TravellerId::new)?);
                match office.app.save_traveller(&organisation, &id, &document.read()?, office.by()).await {
                    Ok((entry, warnings, _)) => saved(travellers::traveller_shown(&entry), &warnings),
                    Err(SaveTravellerError::Invalid(problems)) => office::refused(&problems, JSON),
                    Err(SaveTravellerError::Store(error)) => office::known(Err(error), "organisation"),
                }
            }
            TravellerVerb::Show { org, id: name } => {
                let (organisation, id) = (organisation(&org)?, id(&name, TravellerId::new)?);
                let entry = office::known(office.app.store.traveller(&organisation, &id).await, "traveller")?;
                office.app.store.note_in_audit(office.by(), Some(&organisation), "traveller.read", id.as_str()).await?;
                print(&travellers::traveller_shown(&entry))
            }
        })
    }
}
