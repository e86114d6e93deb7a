//! The command line, one file a command. Layer 6. Standard output is the result, standard error the way there.

use crate::config::ConfigFlags;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// How results are printed, and the three exit statuses.
pub mod output;
/// Starts and ends an engine as a process runs it.
pub mod engine;
/// `serve`: answers webhooks and the API.
pub mod serve;
/// `demo`: the whole thing with a simulated provider.
pub mod demo;
/// `verify-webhook`: is each request authentic.
pub mod verify_webhook;
/// `number`: how a number is read.
pub mod number;
/// `replay`: runs scenarios through the whole engine.
pub mod replay;

use output::Outcome;

/// assistline: the call router for travellers in trouble.
#[derive(Debug, Parser)]
#[command(name = "assistline", version, about, long_about = LONG_ABOUT, max_term_width = 110)]
struct Cli {
    #[command(flatten)]
    config: ConfigFlags,
    #[command(subcommand)]
    command: Command,
}

const LONG_ABOUT: &str = "assistline rings travellers after an incident, understands what they press or say, and connects whoever asks for help \
to the right desk.

Start with `assistline demo`: it needs no account and no configuration.

Exit status: 0 all well, 1 a finding, 2 misuse. Configuration: flags beat the environment (ASSISTLINE_…), which beats assistline.toml.";

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Demo(demo::Demo),
    VerifyWebhook(verify_webhook::VerifyWebhook),
    Number(number::Number),
    Replay(replay::Replay),
}

/// Runs the command that the arguments name.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are results, everything else is misuse.
            drop(error.print());
            return if error.use_stderr() { Outcome::Misuse.into() } else { Outcome::Well.into() };
        }
    };
    let outcome = match cli.command {
        Command::Serve(command) => run_async(command.run(&cli.config)),
        Command::Demo(command) => run_async(command.run()),
        Command::VerifyWebhook(command) => command.run(),
        Command::Number(command) => command.run(),
        Command::Replay(command) => run_async(command.run()),
    };
    match outcome {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            output::error(&format!("{error:#}"));
            Outcome::Misuse.into()
        }
    }
}

/// Runs a command that waits for something.
fn run_async(command: impl Future<Output = anyhow::Result<Outcome>>) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(command)
}
