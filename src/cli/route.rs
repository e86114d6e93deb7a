//! `route`: who takes a call, and why.

use crate::cli::office::{self, Form, Office, organisation, parameters, valid};
use crate::cli::output::{self, Outcome};
use crate::config::ConfigFlags;
use crate::model::ids::Version;
use crate::settings::requests::check_route;
use crate::web::api::route::route_shown;
use anyhow::Result;
use clap::Args;
use serde_json::Value;

/// Say who takes a call with this answer, in which order, and why
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  assistline route --org acme --answer help
  assistline route --org acme --answer medical --at 2026-12-24T23:00:00+01:00
  assistline route --org acme --answer help --version 7 --json")]
pub struct Route {
    /// The organisation's id
    #[arg(long, value_name = "ORG")]
    org: String,
    /// safe, help, medical, travel, unclear or silence
    #[arg(long, value_name = "ANSWER")]
    answer: String,
    /// When, such as 2026-12-24T23:00:00+01:00; without it now
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// The traveller's language, such as pt-BR
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// A version instead of the active one
    #[arg(long, value_name = "N")]
    version: Option<Version>,
    #[command(flatten)]
    form: Form,
}

impl Route {
    /// Runs the command.
    ///
    /// # Errors
    /// A database that cannot be read, an organisation or version that is not there.
    pub async fn run(self, flags: &ConfigFlags) -> Result<Outcome> {
        let organisation = organisation(&self.org)?;
        let wanted = valid(check_route(&parameters([
            ("answer", Some(Value::from(self.answer.as_str()))),
            ("at", self.at.map(Value::from)),
            ("language", self.language.map(Value::from)),
            ("version", self.version.map(Value::from)),
        ])))?;
        let office = Office::open(flags).await?;
        let route = office.app.preview_route(&organisation, &wanted).await;
        office.close().await;
        let route = office::known(route, "organisation, or no version of it is active")?;
        if self.form.json {
            output::json(&route_shown(&route))?;
            return Ok(Outcome::Well);
        }
        let number = route.emergency_number.as_ref().map_or("none", |number| number.e164());
        output::line(&format!(
            "Version {}, {} at {}; emergency number {number}",
            route.version,
            self.answer,
            route.at.to_rfc3339()
        ))?;
        for (place, stop) in (1..).zip(&route.stops) {
            let desk = &stop.desk;
            let confirm = if desk.must_confirm { ", must press 1" } else { "" };
            let closed = if desk.open { "" } else { ", closed" };
            output::line(&format!("{place}. {} {} ({} s{confirm}{closed})", desk.name, desk.phone.e164(), desk.ring_seconds))?;
            output::line(&format!("   {}", stop.because.join(" ")))?;
        }
        output::line(&route.because.join(" "))?;
        Ok(Outcome::Well)
    }
}
