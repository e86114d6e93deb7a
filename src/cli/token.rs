//! `token create`: makes a token of the API. It is printed once.

use crate::app::tokens::CreateTokenError;
use crate::cli::office::{Form, Office, parameters, valid};
use crate::cli::output::{self, Outcome};
use crate::config::ConfigFlags;
use crate::settings::requests::check_token;
use crate::web::api::tokens::token_shown;
use anyhow::{Result, anyhow};
use clap::{Args, Subcommand, ValueEnum};
use secrecy::ExposeSecret;
use serde_json::Value;

/// Make tokens for the API
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  assistline token create --role admin --name \"Anna Meier\"
  assistline token create --role duty --org acme --name \"Night desk\" --json")]
pub struct Token {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleName {
    /// Changes everything; sees no words, positions and medical answers
    Admin,
    /// Sees all; changes status queries, alerts, travellers and locations
    Duty,
    /// Sees all but words, positions and medical answers; changes nothing
    Read,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make a token and print it, once
    Create {
        /// What it may do
        #[arg(long, value_enum)]
        role: RoleName,
        /// For this organisation only; without it for the installation
        #[arg(long, value_name = "ORG")]
        org: Option<String>,
        /// Who has it: the name on alerts and in the audit log
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        #[command(flatten)]
        form: Form,
    },
}

impl Token {
    /// Runs the command.
    ///
    /// # Errors
    /// A database that cannot be read, an organisation that is not there.
    pub async fn run(self, flags: &ConfigFlags) -> Result<Outcome> {
        let Verb::Create { role, org, name, form } = self.verb;
        let role = match role {
            RoleName::Admin => "admin",
            RoleName::Duty => "duty",
            RoleName::Read => "read",
        };
        let order = valid(check_token(&parameters([
            ("role", Some(Value::from(role))),
            ("organisation", org.map(Value::from)),
            ("name", name.map(Value::from)),
        ])))?;
        let office = Office::open(flags).await?;
        let made = office.app.create_token(order, office.by()).await;
        office.close().await;
        let token = made.map_err(|error| match error {
            CreateTokenError::UnknownOrganisation => anyhow!("--org names an organisation that is not there"),
            CreateTokenError::NoRandomness | CreateTokenError::Store(_) => error.into(),
        })?;
        if form.json {
            output::json(&token_shown(&token))?;
        } else {
            output::remark("The token is shown once. Keep it like a password.");
            output::line(token.secret.expose_secret())?;
        }
        Ok(Outcome::Well)
    }
}
