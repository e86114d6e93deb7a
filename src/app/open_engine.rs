//! Puts an engine together from its parts.

use crate::app::engine::{App, WordsGiven, WorkBell};
use crate::model::clock::Clock;
use crate::model::ids::IdSource;
use crate::outbound::carrier::Carrier;
use crate::store::journal::{Journal, JournalWriter};
use crate::store::seal::Keys;
use crate::store::snapshot::SettingsMemory;
use crate::store::{Store, StoreError};
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
        public_url: parts.public_url,
        spool: parts.state_dir.map(|folder| folder.join("spool")),
        tasks: TaskTracker::new(),
        work: WorkBell::default(),
        refused: std::sync::Mutex::default(),
        missed: crate::app::missed::Missed::default(),
        words_given: WordsGiven::default(),
    };
    Ok((Arc::new(app), writer))
}
