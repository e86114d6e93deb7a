//! Sets up logs. Lines go to standard error; standard output belongs to a command's result.

use tracing_subscriber::EnvFilter;

/// Starts logging with a filter such as `info` or `assistline=debug`; a filter that cannot be read counts as `info`.
/// A second call does nothing.
pub fn start(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_error| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    drop(subscriber.try_init());
}
