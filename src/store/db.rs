//! Two engines, one SQL text: [`Db`] holds the connections, `on_db!` reads, `write_tx!` writes.
//!
//! Invariants: a write on SQLite begins with `BEGIN IMMEDIATE` (a deferred one fails at once under contention), and the
//! writes of this process wait in line for each other instead of asking the file again and again. A connection whose
//! transaction was left in the middle (a request that was dropped) is closed, never given to somebody else.

use crate::store::error::StoreError;
use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool};
use std::sync::Arc;
use tokio::sync::{Mutex, OwnedMutexGuard};

/// The connections to the database.
#[derive(Debug, Clone)]
pub(crate) enum Db {
    /// One file.
    Sqlite {
        /// Connections.
        pool: SqlitePool,
        /// Held by whoever writes.
        writing: Arc<Mutex<()>>,
    },
    /// A server.
    Postgres(PgPool),
}

/// Runs the same expression with the connections of whichever engine there is.
macro_rules! on_db {
    ($db:expr, |$pool:ident| $body:expr) => {
        match $db {
            $crate::store::db::Db::Sqlite { pool: $pool, .. } => $body,
            $crate::store::db::Db::Postgres($pool) => $body,
        }
    };
}
pub(crate) use on_db;

/// One connection within a transaction.
pub(crate) enum Link<'c> {
    /// To the file.
    Sqlite(&'c mut SqliteConnection),
    /// To the server.
    Postgres(&'c mut PgConnection),
}

/// Runs the same expression with the connection of whichever engine there is.
macro_rules! on_link {
    ($link:expr, |$connection:ident| $body:expr) => {
        match $link {
            $crate::store::db::Link::Sqlite(connection) => {
                let $connection = &mut **connection;
                $body
            }
            $crate::store::db::Link::Postgres(connection) => {
                let $connection = &mut **connection;
                $body
            }
        }
    };
}
pub(crate) use on_link;

/// Opens a write, runs the block with its connection, and commits where the block is `Ok`, else takes all of it back.
/// The block ends in a `Result<_, StoreError>`; `?` leaves the block, not the function.
macro_rules! write_tx {
    ($db:expr, |$link:ident| $body:expr) => {{
        let mut tx = $crate::store::db::WriteTx::begin($db).await?;
        let result = {
            let $link = &mut tx.link();
            $crate::store::db::fallible(async { $body }).await
        };
        tx.end(result).await
    }};
}
pub(crate) use write_tx;

/// Says what the block of a `write_tx!` yields.
pub(crate) const fn fallible<T, F: Future<Output = Result<T, StoreError>>>(block: F) -> F {
    block
}

/// How a write begins.
const BEGIN_SQLITE: &str = "begin immediate";
const BEGIN_POSTGRES: &str = "begin";

/// An open write.
pub(crate) struct WriteTx {
    connection: Pooled,
    open: bool,
    _turn: Option<OwnedMutexGuard<()>>,
}

enum Pooled {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

impl WriteTx {
    /// Begins a write.
    pub(crate) async fn begin(db: &Db) -> Result<Self, StoreError> {
        let (connection, turn) = match db {
            Db::Sqlite { pool, writing } => {
                let turn = Arc::clone(writing).lock_owned().await;
                (Pooled::Sqlite(pool.acquire().await?), Some(turn))
            }
            Db::Postgres(pool) => (Pooled::Postgres(pool.acquire().await?), None),
        };
        // Open before the statement runs: dropped in the middle of it, the connection is closed as well.
        let mut tx = Self { connection, open: true, _turn: turn };
        begin(&mut tx.link()).await?;
        Ok(tx)
    }

    /// The connection.
    pub(crate) fn link(&mut self) -> Link<'_> {
        match &mut self.connection {
            Pooled::Sqlite(connection) => Link::Sqlite(connection),
            Pooled::Postgres(connection) => Link::Postgres(connection),
        }
    }

    /// Commits what is `Ok`, else takes it back. An error of the commit itself is the result.
    pub(crate) async fn end<T>(mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        let kept = match &result {
            Ok(_) => commit(&mut self.link()).await,
            Err(_) => rollback(&mut self.link()).await,
        };
        match (result, kept) {
            (result, Ok(())) => {
                self.open = false;
                result
            }
            (Err(error), Err(_)) | (Ok(_), Err(error)) => Err(error),
        }
    }
}

impl Drop for WriteTx {
    fn drop(&mut self) {
        if self.open {
            match &mut self.connection {
                Pooled::Sqlite(connection) => connection.close_on_drop(),
                Pooled::Postgres(connection) => connection.close_on_drop(),
            }
        }
    }
}

/// Begins a write on a connection.
pub(crate) async fn begin(link: &mut Link<'_>) -> Result<(), StoreError> {
    match link {
        Link::Sqlite(connection) => sqlx::query(BEGIN_SQLITE).execute(&mut **connection).await.map(drop)?,
        Link::Postgres(connection) => sqlx::query(BEGIN_POSTGRES).execute(&mut **connection).await.map(drop)?,
    }
    Ok(())
}

/// Makes it durable.
pub(crate) async fn commit(link: &mut Link<'_>) -> Result<(), StoreError> {
    on_link!(link, |connection| sqlx::query("commit").execute(connection).await.map(drop)?);
    Ok(())
}

/// Takes it back.
pub(crate) async fn rollback(link: &mut Link<'_>) -> Result<(), StoreError> {
    on_link!(link, |connection| sqlx::query("rollback").execute(connection).await.map(drop)?);
    Ok(())
}

/// Runs one statement with these values on a link: how many rows it touched.
macro_rules! run {
    ($link:expr, $sql:expr $(, $value:expr)* $(,)?) => {
        $crate::store::db::on_link!($link, |connection| sqlx::query($sql)$(.bind($value))*.execute(connection).await.map(|done| done.rows_affected()))
            .map_err($crate::store::error::StoreError::from)
    };
}
pub(crate) use run;

/// Reads at most one row on a link.
macro_rules! one {
    ($link:expr, $row:ty, $sql:expr $(, $value:expr)* $(,)?) => {
        $crate::store::db::on_link!($link, |connection| sqlx::query_as::<_, $row>($sql)$(.bind($value))*.fetch_optional(connection).await)
            .map_err($crate::store::error::StoreError::from)
    };
}
pub(crate) use one;

/// Reads all rows on a link.
macro_rules! all {
    ($link:expr, $row:ty, $sql:expr $(, $value:expr)* $(,)?) => {
        $crate::store::db::on_link!($link, |connection| sqlx::query_as::<_, $row>($sql)$(.bind($value))*.fetch_all(connection).await)
            .map_err($crate::store::error::StoreError::from)
    };
}
pub(crate) use all;

/// Reads at most one row outside a transaction.
macro_rules! find {
    ($db:expr, $row:ty, $sql:expr $(, $value:expr)* $(,)?) => {
        $crate::store::db::on_db!($db, |pool| sqlx::query_as::<_, $row>($sql)$(.bind($value))*.fetch_optional(pool).await)
            .map_err($crate::store::error::StoreError::from)
    };
}
pub(crate) use find;

/// Reads all rows outside a transaction.
macro_rules! list {
    ($db:expr, $row:ty, $sql:expr $(, $value:expr)* $(,)?) => {
        $crate::store::db::on_db!($db, |pool| sqlx::query_as::<_, $row>($sql)$(.bind($value))*.fetch_all(pool).await)
            .map_err($crate::store::error::StoreError::from)
    };
}
pub(crate) use list;
