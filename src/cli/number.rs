//! `number`: how a number is read, or why it is refused.

use crate::cli::output::{self, Outcome};
use crate::settings::{NumberReading, NumberRole, read_number};
use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RoleName {
    /// Somebody whom calls are forwarded to
    Desk,
    /// Somebody who is rung
    Traveller,
}

impl From<RoleName> for NumberRole {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Desk => Self::Desk,
            RoleName::Traveller => Self::Traveller,
        }
    }
}

/// Read a phone number as people type it, and say how it is dialled or why it is refused
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  assistline number --country DE \"030 23125010\"
  assistline number --country FR --role traveller \"+33 06 39 98 00 00\"
  assistline number --file numbers.jsonl

Each line of a file: {\"id\", \"typed\", \"country\", \"role\": \"desk\"|\"traveller\"}.")]
pub struct Number {
    /// ISO 3166 country in which a number without a country code is read
    #[arg(long, value_name = "XX")]
    country: Option<String>,
    /// For whom the number is
    #[arg(long, value_enum, default_value = "desk")]
    role: RoleName,
    /// Numbers from a file, one JSON object a line
    #[arg(long, value_name = "FILE.jsonl", conflicts_with = "text")]
    file: Option<PathBuf>,
    /// One JSON document a line
    #[arg(long)]
    json: bool,
    /// The number as typed
    #[arg(required_unless_present = "file")]
    text: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Row {
    id: Option<String>,
    typed: String,
    country: Option<String>,
    role: Option<RoleName>,
}

impl Number {
    /// Runs the command.
    ///
    /// # Errors
    /// A file that cannot be read, a country that is none.
    pub fn run(self) -> Result<Outcome> {
        let country = self.country.as_deref().unwrap_or_default().to_ascii_uppercase();
        let is_country = country.len() == 2 && country.bytes().all(|b| b.is_ascii_alphabetic());
        if !country.is_empty() && !is_country {
            bail!("--country is '{country}': it needs two letters of ISO 3166, like DE");
        }
        let mut refused = false;
        for row in self.rows()? {
            let country = row.country.as_deref().unwrap_or(&country);
            let reading = read_number(&row.typed, country, row.role.unwrap_or(self.role).into());
            refused |= reading.result.is_err();
            if self.json { output::json(&shown(&row, &reading))? } else { output::line(&told(&row, &reading))? }
        }
        // A refused row of a file is a result like any other; a single refused number is a finding.
        Ok(Outcome::found(refused && self.file.is_none()))
    }

    fn rows(&self) -> Result<Vec<Row>> {
        let Some(path) = &self.file else {
            let typed = self.text.clone().unwrap_or_default();
            return Ok(vec![Row { id: None, typed, country: None, role: None }]);
        };
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        lines
            .map(|(number, line)| serde_json::from_str(line).with_context(|| format!("{}, line {number}", path.display())))
            .collect()
    }
}

fn shown(row: &Row, reading: &NumberReading) -> Value {
    let number = reading.result.as_ref().ok();
    json!({
        "id": row.id,
        "accepted": number.is_some(),
        "e164": number.map(|number| number.e164()),
        "extension": reading.extension,
        "reason": reading.result.as_ref().err().map(|refusal| refusal.as_str()),
        "warnings": reading.warnings.iter().map(|warning| warning.as_str()).collect::<Vec<_>>(),
    })
}

fn told(row: &Row, reading: &NumberReading) -> String {
    let name = row.id.as_deref().map(|id| format!("{id}  ")).unwrap_or_default();
    let mut text = match &reading.result {
        Ok(number) => format!("{name}{}  {}", row.typed, number.e164()),
        Err(refusal) => format!("{name}{}  refused: {}", row.typed, refusal.as_str()),
    };
    if let Some(extension) = &reading.extension {
        text.push_str(&format!(", extension {extension}"));
    }
    for warning in &reading.warnings {
        text.push_str(&format!(", warning: {}", warning.as_str()));
    }
    text
}
