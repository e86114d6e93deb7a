//! `serve`: answers webhooks and the API, keeps time, until it is told to stop.

use crate::app::open_engine::EngineParts;
use crate::app::tokens;
use crate::cli::engine::{self, Running};
use crate::cli::output::{self, Outcome};
use crate::config::{Config, ConfigFlags};
use crate::model::clock::Clock;
use crate::model::ids::IdSource;
use crate::outbound::carrier::Carrier;
use crate::store::seal::Keys;
use crate::store::{OpenOptions, Store};
use crate::{decide, telemetry, web};
use anyhow::{Context, Result};
use clap::Args;
use secrecy::ExposeSecret;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Answer webhooks, serve the API, place calls and keep time, until SIGTERM or Ctrl-C
#[derive(Debug, Args)]
#[command(after_help = "Environment (or the same keys in small letters in assistline.toml):
  ASSISTLINE_PUBLIC_URL      what providers call and sign; without it no status call can be placed
  ASSISTLINE_LISTEN          public listener [default: 127.0.0.1:8080]
  ASSISTLINE_ADMIN_LISTEN    private listener [default: 127.0.0.1:8081]
  ASSISTLINE_ADMIN_TOKEN     first admin token, at least 16 characters
  ASSISTLINE_DATABASE_URL    [default: sqlite://assistline-data/assistline.db]
  ASSISTLINE_STATE_DIR       [default: assistline-data]
  ASSISTLINE_SECRET_KEY_FILE [default: secret.key in the state directory]
  ASSISTLINE_LOG             filter such as info or assistline=debug

Example:
  ASSISTLINE_PUBLIC_URL=https://calls.example.org ASSISTLINE_ADMIN_TOKEN=$(openssl rand -hex 16) assistline serve")]
pub struct Serve {}

impl Serve {
    /// Runs the command.
    ///
    /// # Errors
    /// A configuration, database or port that cannot be used: one line that says what to do.
    pub async fn run(self, flags: &ConfigFlags) -> Result<Outcome> {
        let config = Config::load(flags)?;
        telemetry::start(&config.log);
        let metrics = telemetry::metrics();
        let running = start(&config).await?;
        if let Some(token) = &config.admin_token {
            tokens::ensure_admin_token(&running.app, token).await.context("the admin token cannot be stored")?;
        } else if !tokens::has_admin_token(&running.app).await.context("the tokens cannot be read")? {
            output::remark(tokens::HOW_TO_MAKE_A_TOKEN);
        }
        let public = bind(config.listen, "ASSISTLINE_LISTEN").await?;
        let private = bind(config.admin_listen, "ASSISTLINE_ADMIN_LISTEN").await?;
        tracing::info!(public = %config.listen, private = %config.admin_listen, "assistline serves");
        running.listen(public, web::webhooks::router(Arc::clone(&running.app)));
        running.listen(private, web::private::router_with_metrics(Arc::clone(&running.app), metrics));
        stopped().await?;
        tracing::info!("Told to stop: running steps are finished");
        running.end().await;
        Ok(Outcome::Well)
    }
}

async fn start(config: &Config) -> Result<Running> {
    std::fs::create_dir_all(&config.state_dir)
        .with_context(|| format!("cannot make the state directory {}", config.state_dir.display()))?;
    let keys = Keys::from_file(&config.secret_key_file)
        .with_context(|| format!("cannot use the secret key {}", config.secret_key_file.display()))?;
    let store = Store::open(config.database_url.expose_secret(), OpenOptions { serve: true }).await?;
    if config.public_url.is_none() {
        output::remark(
            "ASSISTLINE_PUBLIC_URL is not set: providers sign the URL that they call, so every webhook will be refused",
        );
    }
    // Numbers and words are read once, so that the first caller does not wait for them.
    decide::warm_up();
    let parts = EngineParts {
        store,
        keys,
        clock: Clock::Real,
        ids: IdSource::Random,
        carrier: Carrier::new().context("TLS cannot be set up")?,
        public_url: config.public_url.clone().unwrap_or_default(),
        state_dir: Some(config.state_dir.clone()),
    };
    engine::start(parts).await
}

async fn bind(address: std::net::SocketAddr, name: &str) -> Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}: choose another {name}"))
}

/// Until SIGTERM or Ctrl-C.
async fn stopped() -> Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result?,
        _ = terminate.recv() => {}
    }
    Ok(())
}
