//! Sets up logs and metrics. Lines go to standard error; standard output belongs to a command's result.

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

/// Starts logging with a filter such as `info` or `assistline=debug`; a filter that cannot be read counts as `info`.
/// A second call does nothing.
pub fn start(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_error| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    drop(subscriber.try_init());
}

/// Sets up metrics: what `/metrics` shows. None: they were set up before, or another recorder was.
#[must_use]
pub fn metrics() -> Option<PrometheusHandle> {
    match PrometheusBuilder::new().install_recorder() {
        Ok(handle) => Some(handle),
        Err(error) => {
            tracing::warn!(%error, "Metrics could not be set up");
            None
        }
    }
}
