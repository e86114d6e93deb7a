//! What can go wrong with the memory, told by what the caller can do about it.
//!
//! Invariant: no text of the database leaves this file; it may hold numbers and names of people (promise 10).

use std::path::PathBuf;

/// Why something could not be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no such thing.
    #[error("not found")]
    NotFound,
    /// Somebody was faster, or it contradicts what is there: look again and decide again. Names what has moved.
    #[error("{0} has changed meanwhile, or is already there")]
    Conflict(&'static str),
    /// The database is there, but has no turn for us now: try again.
    #[error("the database is busy")]
    Busy,
    /// The database cannot be reached or cannot write.
    #[error("the database cannot be used at the moment")]
    Down,
    /// What is stored cannot be read.
    #[error("the database holds something that cannot be read")]
    Corrupt,
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let found = classify(&error);
        let code = error.as_database_error().and_then(|error| error.code()).unwrap_or_default().into_owned();
        match found {
            Self::NotFound | Self::Conflict(_) => tracing::debug!(%code, "The database refused: {found}"),
            Self::Busy | Self::Down => tracing::warn!(%code, kind = kind(&error), "Database: {found}"),
            Self::Corrupt => tracing::error!(%code, kind = kind(&error), "Database: {found}"),
        }
        found
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(_: serde_json::Error) -> Self {
        tracing::error!("The database holds a document that cannot be read");
        Self::Corrupt
    }
}

impl From<std::num::TryFromIntError> for StoreError {
    fn from(_: std::num::TryFromIntError) -> Self {
        tracing::error!("The database holds a number that is out of bounds");
        Self::Corrupt
    }
}

impl From<tokio::sync::oneshot::error::RecvError> for StoreError {
    fn from(_: tokio::sync::oneshot::error::RecvError) -> Self {
        Self::Down // the writer has stopped
    }
}

/// What sort of fault it is, in one word for the log.
fn kind(error: &sqlx::Error) -> &'static str {
    if error.as_database_error().is_some() {
        "database"
    } else if matches!(error, sqlx::Error::PoolTimedOut) {
        "no connection in time"
    } else if matches!(error, sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed) {
        "closed"
    } else if matches!(error, sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_)) {
        "connection"
    } else if is_decoding(error) {
        "decoding"
    } else {
        "other"
    }
}

const fn is_decoding(error: &sqlx::Error) -> bool {
    matches!(
        error,
        sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Decode(_)
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::ColumnIndexOutOfBounds { .. }
    )
}

fn classify(error: &sqlx::Error) -> StoreError {
    if let Some(refusal) = error.as_database_error() {
        by_code(&refusal.code().unwrap_or_default())
    } else if matches!(error, sqlx::Error::RowNotFound) {
        StoreError::NotFound
    } else if matches!(error, sqlx::Error::PoolTimedOut) {
        StoreError::Busy
    } else if is_decoding(error) {
        StoreError::Corrupt
    } else {
        StoreError::Down
    }
}

/// By the code of the engine: SQLite's are numbers (the primary code in the low byte), PostgreSQL's are five characters.
fn by_code(code: &str) -> StoreError {
    if code.len() == 5 {
        return match code.get(..2) {
            Some("23") => StoreError::Conflict("a record"),
            Some("40" | "55") => StoreError::Busy, // serialisation, deadlock; lock not available
            Some("XX") => StoreError::Corrupt,
            _ => StoreError::Down,
        };
    }
    match code.parse::<u32>().map(|code| code & 0xff) {
        Ok(5 | 6) => StoreError::Busy,              // SQLITE_BUSY, SQLITE_LOCKED
        Ok(11 | 26) => StoreError::Corrupt,         // SQLITE_CORRUPT, SQLITE_NOTADB
        Ok(19) => StoreError::Conflict("a record"), // SQLITE_CONSTRAINT
        _ => StoreError::Down,
    }
}

/// Why the memory could not be opened: for the operator, so each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The URL is of no engine that we know.
    #[error("the database URL must begin with sqlite:// or postgres://")]
    UnknownEngine,
    /// The URL cannot be read.
    #[error("the database URL cannot be read; write sqlite://path/to/assistline.db")]
    BadUrl(#[source] sqlx::Error),
    /// A database in memory only would lose what was acknowledged.
    #[error("a database in memory forgets everything at the end; name a file")]
    InMemory,
    /// Another `serve` has it.
    #[error("another assistline serves this database already (lock file {}); stop it first, commands may run beside it", .0.display())]
    InUse(PathBuf),
    /// It was written by a newer version.
    #[error(
        "the database was written by a newer version (compatibility {found}, this program reads up to {known}); run the newer program"
    )]
    TooNew {
        /// What the database says.
        found: i64,
        /// What we read.
        known: i64,
    },
    /// A file or folder cannot be used.
    #[error("cannot use {}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The tables could not be brought up to date.
    #[error("the tables could not be brought up to date")]
    Migration(#[source] sqlx::migrate::MigrateError),
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_engines_say_what_can_be_done() {
        for (code, expect) in [
            ("5", StoreError::Busy),
            ("517", StoreError::Busy), // SQLITE_BUSY_SNAPSHOT
            ("13", StoreError::Down),  // SQLITE_FULL
            ("778", StoreError::Down), // SQLITE_IOERR_WRITE
            ("11", StoreError::Corrupt),
            ("2067", StoreError::Conflict("a record")), // SQLITE_CONSTRAINT_UNIQUE
            ("23505", StoreError::Conflict("a record")),
            ("40P01", StoreError::Busy),
            ("25006", StoreError::Down), // read only: a server that was primary yesterday
            ("XX001", StoreError::Corrupt),
            ("", StoreError::Down),
        ] {
            assert_eq!(by_code(code), expect, "{code}");
        }
    }
}
