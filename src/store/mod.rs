//! The memory: one SQL text for SQLite and PostgreSQL. Layer 3.
//!
//! Invariants: what is acknowledged is durable; a write is one transaction; nobody judges here: what a step does to the
//! records stands in `effects`, what it means was decided above. Times are arguments.

/// What can go wrong.
pub mod error;

/// How the nouns of the trade stand in columns.
mod columns;

/// Two engines, one text.
mod db;

/// The database file or server: opening, tables, lock.
pub mod open;

/// The log of who changed and looked at what.
pub mod audit;

/// Organisations.
pub mod organisations;

/// Versions of settings.
pub mod settings_versions;

/// The operations centre of the installation.
pub mod operations_centre;

/// Accounts: contracts with providers.
pub mod accounts;

/// Lines: our phone numbers.
pub mod lines;

/// Travellers, their positions, and the file that a judgement sees.
pub mod travellers;

/// Work that waits.
pub mod jobs;

/// Calls: found by the provider's id.
pub mod calls;

/// Status queries and their attempts.
pub mod queries;

/// Alerts.
pub mod alerts;

/// Mails about alerts.
pub mod alert_mails;

/// Tokens of the private listener.
pub mod tokens;

/// Answers under an `Idempotency-Key`.
pub mod answers;

/// Texts that we send.
pub mod texts;

/// What a step does to the records.
mod effects;

/// The memory of calls.
pub mod journal;

/// Seals step tokens and stored secrets.
pub mod seal;
/// Settings, lines and accounts in memory.
pub mod snapshot;
/// Help that could not be recorded.
pub mod spool;

pub use audit::By;
pub use error::{OpenError, StoreError};
pub use journal::Journal;
pub use open::OpenOptions;

use db::{Db, Link, find, run};
use std::sync::Arc;
use tokio::sync::Notify;

/// The memory. Clones share the same connections.
#[derive(Debug, Clone)]
pub struct Store {
    db: Db,
    writer_options: open::WriterOptions,
    jobs_added: Arc<Notify>,
    /// Held as long as this process serves.
    _lock: Option<Arc<std::fs::File>>,
    /// Removed with the last clone.
    _folder: Option<Arc<open::TemporaryFolder>>,
}

impl Store {
    /// Can the database be read?
    ///
    /// # Errors
    /// Why not.
    pub async fn check_health(&self) -> Result<(), StoreError> {
        self.generation().await.map(drop)
    }

    /// A number that counts up with each change of settings, lines, accounts or the operations centre, by whatever
    /// process: whoever keeps them in memory looks again when it has moved.
    ///
    /// # Errors
    /// The database's.
    pub async fn generation(&self) -> Result<i64, StoreError> {
        let row: Option<(i64,)> = find!(&self.db, (i64,), "select number from generation where id = 1")?;
        row.map(|(number,)| number).ok_or(StoreError::Corrupt)
    }

    /// Closes all connections: what is in the WAL goes into the file.
    pub async fn close(&self) {
        db::on_db!(&self.db, |pool| pool.close().await);
    }
}

/// Says to everybody who keeps settings in memory that they have moved.
async fn bump_generation(link: &mut Link<'_>) -> Result<(), StoreError> {
    run!(link, "update generation set number = number + 1 where id = 1").map(drop)
}
