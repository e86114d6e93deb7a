//! `verify-webhook`: is each request authentic?

use crate::cli::output::{self, Outcome};
use crate::dialect::vectors;
use anyhow::{Context, Result, anyhow};
use clap::Args;
use serde_json::json;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

/// Judge signed requests from a file, one JSON object a line, and say whether each is authentic and why
#[derive(Debug, Args)]
#[command(
    after_help = "Each line: {\"id\", \"provider\", \"method\", \"url\" (the public URL as the provider knows it), \"target\", \"headers\", \"body\",
\"secrets\": [\"…\" or {\"key\", \"secret\"}], \"accept\": true|false|null}. Where \"accept\" is null or missing nothing is a finding.

Example:
  assistline verify-webhook tests/data/twilio/webhooks.jsonl"
)]
pub struct VerifyWebhook {
    /// One JSON document a line
    #[arg(long)]
    json: bool,
    /// The file; - for standard input
    #[arg(value_name = "FILE.jsonl")]
    file: PathBuf,
}

impl VerifyWebhook {
    /// Runs the command.
    ///
    /// # Errors
    /// A file or line that cannot be read.
    pub fn run(self) -> Result<Outcome> {
        let (mut all, mut findings) = (0_usize, 0_usize);
        for (number, line) in (1..).zip(open(&self.file)?.lines()) {
            let line = line.with_context(|| format!("cannot read {}", self.file.display()))?;
            if line.trim().is_empty() {
                continue;
            }
            let vector =
                vectors::read_vector(&line).map_err(|error| anyhow!("{}, line {number}: {error}", self.file.display()))?;
            let verdict = vectors::judge(&vector);
            all += 1;
            let finding = vector.accept.is_some_and(|accept| accept != verdict.accepted);
            findings += usize::from(finding);
            if self.json {
                output::json(&json!({"id": vector.id, "accepted": verdict.accepted, "because": verdict.because}))?;
            } else {
                let word = if verdict.accepted { "accepted" } else { "refused " };
                let mark = if finding { "  <- not as expected" } else { "" };
                output::line(&format!("{word}  {}: {}{mark}", vector.id, verdict.because))?;
            }
        }
        if !self.json {
            output::line(&format!("{all} requests, {findings} not as expected"))?;
        }
        Ok(Outcome::found(findings > 0))
    }
}

fn open(path: &PathBuf) -> Result<Box<dyn BufRead>> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(BufReader::new(std::io::stdin())));
    }
    let file = std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Box::new(BufReader::new(file)))
}
