//! assistline: the command. Everything is in the library; this hands over arguments and the exit status.

use std::process::ExitCode;

fn main() -> ExitCode {
    assistline::cli::main()
}
