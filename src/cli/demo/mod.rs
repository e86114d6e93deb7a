//! `demo`: the whole thing on loopback, with a simulated provider: status calls to a dozen travellers, an inbound call, a
//! text, settings that change while calls run.
//!
//! No special path: the engine is the one of `serve`, everything is set up over the config API, every document is fetched
//! over HTTP with a signature.

/// The config API as a client sees it.
mod client;
/// The people of the demo, their phones, and what the organisations save.
mod cast;
/// Tells what happens, call by call.
mod teller;
/// What stands at the end.
mod summary;

use crate::app::open_engine::EngineParts;
use crate::cli::engine::{self, Running};
use crate::cli::output::{self, Outcome};
use crate::model::clock::{Busy, Clock};
use crate::model::ids::IdSource;
use crate::model::phone::PhoneNumber;
use crate::outbound::carrier::Carrier;
use crate::simulator::observation::Observation;
use crate::simulator::provider::{Provider, ProviderConfig};
use crate::simulator::rest;
use crate::store::seal::Keys;
use crate::store::{OpenOptions, Store};
use crate::{decide, telemetry, web};
use anyhow::{Context, Result};
use cast::{ACCOUNT_SID, AUTH_TOKEN, Cast, SOUTH};
use chrono::TimeDelta;
use clap::Args;
use client::Client;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use teller::Teller;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long the demo may take by the simulated clock; what is not over then never will be.
const DEMO_SECONDS_MAX: i64 = 500;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Speed {
    Times(u32),
    Max,
}

fn speed(text: &str) -> Result<Speed, String> {
    match text {
        "max" => Ok(Speed::Max),
        number => match number.parse() {
            Ok(times @ 1..=1000) => Ok(Speed::Times(times)),
            Ok(_) | Err(_) => Err("a number from 1 to 1000, or max".to_owned()),
        },
    }
}

/// Watch assistline at work: a dozen simulated travellers, two organisations, no account needed
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  assistline demo               20 times as fast as real time, about half a minute
  assistline demo --speed max   as fast as the machine can
  assistline demo --xml         with every request and document
  assistline demo --keep        leaves everything running and prints what to try")]
pub struct Demo {
    /// How many times as fast as real time (1 to 1000), or max
    #[arg(long, default_value = "20", value_name = "N|max", value_parser = speed)]
    speed: Speed,
    /// Leave everything running in real time afterwards, until Ctrl-C
    #[arg(long)]
    keep: bool,
    /// Show each request and document
    #[arg(long)]
    xml: bool,
}

/// The demo's world: engine, provider, and how to reach both.
struct World {
    running: Running,
    provider: Arc<Provider>,
    api: Client,
    clock: Clock,
    provider_base: String,
    stop_provider: CancellationToken,
    folder: PathBuf,
}

impl Demo {
    /// Runs the command.
    ///
    /// # Errors
    /// A port, folder or database that cannot be used.
    pub async fn run(self) -> Result<Outcome> {
        telemetry::start("error");
        decide::warm_up();
        let clock = match self.speed {
            Speed::Times(times) => Clock::fast(Clock::Real.now(), times),
            Speed::Max => Clock::jumping(Clock::Real.now()),
        };
        let busy = clock.busy();
        let cast = Cast::new()?;
        let folder = std::env::temp_dir().join(format!("assistline-demo-{}", std::process::id()));
        let (world, observations) = open(&cast, &clock, &folder).await?;
        introduce(&world, self.speed)?;
        cast.set_up(&world.api, &world.provider_base).await?;
        let telling = TaskTracker::new();
        let teller = Teller::new(&cast, Arc::clone(&world.running.app), clock.now(), self.xml);
        let told = telling.spawn(teller.tell(observations));
        let queries = cast.start_queries(&world.api).await?;
        drop(world.play(&cast, busy).await?);
        if self.keep {
            clock.set_speed(1);
        }
        // The last calls are told when they are over; what comes later under --keep is told as well.
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        // People's answers are for the duty officer alone.
        let token = world.api.post("/v1/tokens", &json!({"role": "duty", "organisation": null, "name": "duty officer"})).await?;
        let duty = Client::new(world.api.base.clone(), token["token"].as_str().unwrap_or_default().to_owned())?;
        summary::print(&cast, &world.running.app, &duty, &queries).await?;
        if self.keep {
            keep(&world).await?;
        }
        world.close().await;
        told.abort();
        Ok(Outcome::Well)
    }
}

async fn open(cast: &Cast, clock: &Clock, folder: &Path) -> Result<(World, mpsc::UnboundedReceiver<Observation>)> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let public = TcpListener::bind(("127.0.0.1", 0)).await.context("no free port")?;
    let private = TcpListener::bind(("127.0.0.1", 0)).await.context("no free port")?;
    let public_url = format!("http://{}", public.local_addr()?);
    let api_base = format!("http://{}", private.local_addr()?);
    let carrier = Carrier::new().context("TLS cannot be set up")?;
    let store = Store::open(&format!("sqlite://{}", folder.join("assistline.db").display()), OpenOptions { serve: true }).await?;
    let parts = EngineParts {
        store,
        keys: Keys::from_file(&folder.join("secret.key"))?,
        clock: clock.clone(),
        ids: IdSource::Random,
        carrier: carrier.clone(),
        public_url: public_url.clone(),
        state_dir: Some(folder.to_owned()),
    };
    let running = engine::start(parts).await?;
    let token = uuid::Uuid::new_v4().as_simple().to_string();
    crate::app::tokens::ensure_admin_token(&running.app, &token.clone().into()).await?;
    running.listen(public, web::webhooks::router(Arc::clone(&running.app)));
    running.listen(private, web::private::router(Arc::clone(&running.app)));
    let lines = cast.lines.iter().map(|(id, _, number)| (number.clone(), format!("{public_url}/webhooks/{id}")));
    let config = ProviderConfig {
        clock: clock.clone(),
        account_sid: ACCOUNT_SID.to_owned(),
        auth_token: AUTH_TOKEN.to_owned(),
        phones: cast.phones.clone(),
        lines: lines.collect(),
        reports_machine_start: false,
    };
    let (provider, observations) = Provider::new(config, carrier);
    let provider = Arc::new(provider);
    let stop_provider = CancellationToken::new();
    let provider_base = rest::listen(Arc::clone(&provider), stop_provider.clone()).await?;
    let api = Client::new(api_base, token)?;
    let folder = folder.to_owned();
    Ok((World { running, provider, api, clock: clock.clone(), provider_base, stop_provider, folder }, observations))
}

fn introduce(world: &World, speed: Speed) -> Result<()> {
    let speed = match speed {
        Speed::Times(times) => format!("{times} times as fast as real time"),
        Speed::Max => "as fast as it can".to_owned(),
    };
    output::line(&format!(
        "assistline demo, {speed}. Two organisations: Nordwind (the operator's operations centre takes its calls) and Südstern (own
contacts, a medical and a travel provider). After unrest in the city centre both ask their travellers; a simulated provider
at {} rings them, fetches our documents over signed HTTP from {} and obeys them.
Times are minutes:seconds of the simulated clock. A call is told when it is over.",
        world.provider_base, world.running.app.public_url
    ))
}

impl World {
    /// What happens beside the status calls, and then the end of all of it.
    async fn play(&self, cast: &Cast, busy: Busy) -> Result<Busy> {
        let start = self.clock.now();
        let at = |seconds: i64| start + TimeDelta::seconds(seconds);
        let (north, south) = (cast.line_of(cast::NORTH)?, cast.line_of(SOUTH)?);
        let busy = self.clock.sleep_until(busy, at(15)).await;
        self.provider.text_in(&cast.person("nils")?.phone, north, "Bitte helfen Sie mir, ich kann nicht sprechen").await;
        let busy = self.clock.sleep_until(busy, at(32)).await;
        output::line(
            "\n>> An administrator of Südstern saves new settings over the config API: the first contact is Nachtdienst now.\n>> Running calls keep the version that they began with; the next call goes by the new one.",
        )?;
        let saved = cast.change_settings(&self.api).await?;
        output::line(&format!(">> Version {} is active.", saved["version"]))?;
        let mara: &PhoneNumber = &cast.person("mara")?.phone;
        let busy = self.clock.sleep_until(busy, at(36)).await;
        self.provider.ring_in(mara, mara.e164(), south);
        self.until_quiet(busy, at(DEMO_SECONDS_MAX)).await
    }

    /// Until no call runs and no attempt is planned.
    async fn until_quiet(&self, mut busy: Busy, limit: chrono::DateTime<chrono::Utc>) -> Result<Busy> {
        let mut quiet = 0;
        while quiet < 3 && self.clock.now() < limit {
            busy = self.clock.sleep_until(busy, self.clock.now() + TimeDelta::seconds(2)).await;
            let planned = self.running.app.store.next_attempt_at().await?.is_some();
            quiet = if self.provider.running() == 0 && !planned { quiet + 1 } else { 0 };
        }
        Ok(busy)
    }

    async fn close(self) {
        self.stop_provider.cancel();
        self.running.end().await;
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

async fn keep(world: &World) -> Result<()> {
    let (base, token) = (&world.api.base, &world.api.token);
    output::line(&format!(
        "
Everything goes on running, in real time. To try (Ctrl-C ends it):

  curl -s -H 'Authorization: Bearer {token}' {base}/v1/organisations/suedstern/settings
  curl -s -H 'Authorization: Bearer {token}' '{base}/v1/organisations/suedstern/route?answer=medical'
  curl -s -H 'Authorization: Bearer {token}' {base}/v1/organisations/nordwind/alerts
  curl -s -X POST -H 'Authorization: Bearer {token}' -H 'Content-Type: application/json' \\
       -d '{{\"incident\": {{\"de\": \"Erdbeben\", \"en\": \"earthquake\"}}, \"travellers\": [\"anna\", \"ben\"]}}' \\
       {base}/v1/organisations/nordwind/status-queries"
    ))?;
    tokio::signal::ctrl_c().await?;
    Ok(())
}
