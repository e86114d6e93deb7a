//! How results are printed: for people, or with `--json` one JSON document a line for programs.

use anyhow::Result;
use serde::Serialize;
use std::io::{self, Write};
use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All well.
    Well,
    /// Something was found that somebody should look at.
    Finding,
    /// The command was called wrongly, or could not run.
    Misuse,
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Well => Self::SUCCESS,
            Outcome::Finding => Self::from(1),
            Outcome::Misuse => Self::from(2),
        }
    }
}

impl Outcome {
    /// `Finding` if anything was found.
    #[must_use]
    pub const fn found(anything: bool) -> Self {
        if anything { Self::Finding } else { Self::Well }
    }
}

/// Prints a line to standard output. A reader that went away (`| head`) ends the program quietly.
///
/// # Errors
/// Where standard output cannot be written.
pub fn line(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => Ok(other?),
    }
}

/// Prints one JSON document on a line.
///
/// # Errors
/// Where standard output cannot be written.
pub fn json<T: Serialize>(value: &T) -> Result<()> {
    line(&serde_json::to_string(value)?)
}

/// Prints an error to standard error.
pub fn error(text: &str) {
    // If standard error is gone, too, there is nobody left to tell.
    drop(writeln!(io::stderr().lock(), "assistline: {text}"));
}

/// Prints a remark to standard error.
pub fn remark(text: &str) {
    drop(writeln!(io::stderr().lock(), "{text}"));
}
