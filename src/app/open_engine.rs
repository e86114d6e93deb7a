//! Puts an engine together from its parts.

use crate::app::engine::{App, WordsGiven, WorkBell};
use crate::app::pace::Pace;
use crate::app::under_way::UnderWay;
use crate::model::clock::Clock;
use crate::model::ids::IdSource;
use crate::outbound::carrier::Carrier;
use crate::outbound::mail::Mailer;
use crate::store::journal::{Journal, JournalWriter};
use crate::store::seal::Keys;
use crate::store::snapshot::SettingsMemory;
use crate::store::{Store, StoreError};
use chrono::TimeDelta;
use std::path::PathBuf;
use std::sync::Arc;
use tokio_util::task::TaskTracker;

/// What an engine is made of.
#[derive(Debug)]
pub struct EngineParts {
    /// The memory, open.
    pub store: Store,
    /// The installation's keys.
    pub keys: Keys,
    /// The time.
    pub clock: Clock,
    /// Fresh ids.
    pub ids: IdSource,
    /// REST requests.
    pub carrier: Carrier,
    /// Mails: [`Mailer::new`] with the configuration's `mail`, or [`Mailer::to_nobody`].
    pub mailer: Mailer,
    /// What providers call and sign, without a slash at the end.
    pub public_url: String,
    /// Where the last-known-good file and the spool lie; None: a temporary engine writes neither.
    pub state_dir: Option<PathBuf>,
}

/// Opens the engine: the journal's memory is rebuilt, settings are read. The writer must be run for anything to be written.
///
/// # Errors
/// The database's. Without a database the last-known-good settings can be served all the same: see [`SettingsMemory::take_last_known_good`].
pub async fn open_engine(parts: EngineParts) -> Result<(Arc<App>, JournalWriter), StoreError> {
    let (journal, writer) = Journal::open(&parts.store).await?;
    go_on_in_time(&journal, &parts.clock).await?;
    if parts.mailer.tells_nobody() && parts.state_dir.is_some() {
        tracing::error!("ALERTS ARE TOLD TO NOBODY BY MAIL: set ASSISTLINE_SMTP_URL and ASSISTLINE_MAIL_FROM");
    }
    let settings = SettingsMemory::new(parts.keys.clone(), parts.state_dir.as_deref());
    settings.refresh(&parts.store, parts.clock.now()).await?;
    let app = App {
        journal,
        settings,
        store: parts.store,
        keys: parts.keys,
        clock: parts.clock,
        ids: parts.ids,
        carrier: parts.carrier,
        mailer: parts.mailer,
        public_url: parts.public_url,
        spool: parts.state_dir.map(|folder| folder.join("spool")),
        tasks: TaskTracker::new(),
        work: WorkBell::default(),
        pace: Pace::default(),
        under_way: UnderWay::default(),
        refused: std::sync::Mutex::default(),
        words_given: WordsGiven::default(),
    };
    Ok((Arc::new(app), writer))
}

/// How far ahead of the clock the memory may be, so that the clock is taken for one that was set back: a day. More than that
/// is a clock that was wrong before.
const SET_BACK_HOURS_MAX: i64 = 24;

/// A clock that was set back while nothing ran must not delay what waits by that much: time goes on from the newest step.
async fn go_on_in_time(journal: &Journal, clock: &Clock) -> Result<(), StoreError> {
    let Some(newest) = journal.newest_at().await? else { return Ok(()) };
    let behind = newest - clock.now();
    if behind > TimeDelta::hours(SET_BACK_HOURS_MAX) {
        tracing::error!(
            hours = behind.num_hours(),
            "The newest step of the memory lies in the future: the clock is or was wrong. What waits may be late; check the time of this machine"
        );
    } else if behind > TimeDelta::zero() {
        tracing::warn!(seconds = behind.num_seconds(), "The clock was set back; time goes on from the newest step of the memory");
        clock.go_on_from(newest);
    }
    Ok(())
}
