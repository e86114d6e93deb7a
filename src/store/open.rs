//! Opens the memory: the file or server, its tables, and the lock that keeps a second `serve` off one file.
//!
//! Migrations are compiled in, under the same names for both engines (`migrations/sqlite`, `migrations/postgres`).

use crate::model::limits::STORE_MS_MAX;
use crate::store::Store;
use crate::store::db::{Db, find};
use crate::store::error::OpenError;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqlSafeStr};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, Notify};
use uuid::Uuid;

/// The compatibility that this program reads: raised by a migration that an older program must not work on.
pub const COMPAT: i64 = 1;

/// How long a write waits for another process's turn on the file.
const BUSY_SECONDS_MAX: u64 = 5;
/// Connections beside the writer's: reads are short, and each costs a thread on SQLite.
const CONNECTIONS_MAX: u32 = 6;

/// Name, SQLite's text and PostgreSQL's text of each migration, oldest first.
static MIGRATIONS: &[(i64, &str, &str, &str)] = &[
    (
        1,
        "memory",
        include_str!("../../migrations/sqlite/0001_memory.sql"),
        include_str!("../../migrations/postgres/0001_memory.sql"),
    ),
    (2, "mail", include_str!("../../migrations/sqlite/0002_mail.sql"), include_str!("../../migrations/postgres/0002_mail.sql")),
];

/// How a database is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OpenOptions {
    /// Is this the process that serves calls? On SQLite there may be one, and it holds the lock file.
    pub serve: bool,
}

impl Store {
    /// Opens `sqlite://path` (the file and its folder are made where they are missing) or `postgres://…`, and brings the
    /// tables up to date.
    ///
    /// # Errors
    /// Says what to do: a wrong URL, a file that cannot be used, a newer database, another `serve` on the same file.
    pub async fn open(url: &str, options: OpenOptions) -> Result<Self, OpenError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Self::open_postgres(url).await;
        }
        if !url.starts_with("sqlite:") {
            return Err(OpenError::UnknownEngine);
        }
        let connect = SqliteConnectOptions::from_str(url).map_err(|_| OpenError::BadUrl)?;
        let path = connect.get_filename().to_owned();
        if path.as_os_str().is_empty() || url.contains(":memory:") || url.contains("mode=memory") {
            return Err(OpenError::InMemory);
        }
        make_private_file(&path)?;
        let lock = if options.serve { Some(Arc::new(lock_for_serving(&path)?)) } else { None };
        let connect = sqlite_options(connect, SqliteSynchronous::Full);
        let store = Self::from_sqlite(connect, lock, None);
        store.migrate_sqlite(&path).await?;
        Ok(store)
    }

    /// A database of its own for one replay: a copy of a migrated file in the system's temporary folder, gone when the
    /// last clone of the store is. The template is made where it is missing. Nothing in the copy outlives a crash.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub async fn open_template_copy(template: &Path) -> Result<Self, OpenError> {
        if !template.exists() {
            Self::make_template(template).await?;
        }
        let folder = TemporaryFolder::new()?;
        let path = folder.0.join("copy.db");
        std::fs::copy(template, &path).map_err(|source| OpenError::Io { path: path.clone(), source })?;
        let connect = sqlite_options(SqliteConnectOptions::new().filename(&path), SqliteSynchronous::Off);
        Ok(Self::from_sqlite(connect, None, Some(Arc::new(folder))))
    }

    /// Makes a migrated, empty file and closes it. Several processes may do so at once: the last one wins.
    async fn make_template(template: &Path) -> Result<(), OpenError> {
        let folder = TemporaryFolder::new()?;
        let path = folder.0.join("template.db");
        let connect = sqlite_options(SqliteConnectOptions::new().filename(&path).create_if_missing(true), SqliteSynchronous::Off);
        let store = Self::from_sqlite(connect, None, None);
        store.migrate_sqlite(&path).await?;
        store.close().await;
        let beside = template.with_extension(format!("{}.new", Uuid::new_v4().as_simple()));
        std::fs::copy(&path, &beside)
            .and_then(|_| std::fs::rename(&beside, template))
            .map_err(|source| OpenError::Io { path: template.to_owned(), source })
    }

    fn from_sqlite(connect: SqliteConnectOptions, lock: Option<Arc<File>>, folder: Option<Arc<TemporaryFolder>>) -> Self {
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(Duration::from_millis(STORE_MS_MAX))
            .test_before_acquire(false) // a file does not go away between two statements
            .connect_lazy_with(connect.clone());
        let db = Db::Sqlite { pool, writing: Arc::new(Mutex::new(())) };
        Self {
            db,
            writer_options: WriterOptions::Sqlite(connect),
            jobs_added: Arc::new(Notify::new()),
            _lock: lock,
            _folder: folder,
        }
    }

    async fn open_postgres(url: &str) -> Result<Self, OpenError> {
        let connect = PgConnectOptions::from_str(url).map_err(|_| OpenError::BadUrl)?;
        let connect = connect.application_name("assistline").disable_statement_logging();
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(Duration::from_millis(STORE_MS_MAX))
            .connect_lazy_with(connect.clone());
        let db = Db::Postgres(pool.clone());
        let store = Self {
            db,
            writer_options: WriterOptions::Postgres(connect),
            jobs_added: Arc::new(Notify::new()),
            _lock: None,
            _folder: None,
        };
        let tables: Option<(i64,)> =
            find!(&store.db, (i64,), "select count(*) from information_schema.tables where table_name = 'meta'")?;
        if tables.is_some_and(|(count,)| count > 0) {
            store.refuse_newer().await?;
        }
        migrator(|(_, _, _, postgres)| postgres).run(&pool).await.map_err(OpenError::Migration)?;
        Ok(store)
    }

    async fn migrate_sqlite(&self, path: &Path) -> Result<(), OpenError> {
        let Db::Sqlite { pool, .. } = &self.db else { return Ok(()) };
        // Two processes that start together bring the tables up to date one after the other.
        let lock_path = with_suffix(path, "-migrate.lock");
        let lock = File::create(&lock_path).map_err(|source| OpenError::Io { path: lock_path.clone(), source })?;
        let lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await;
        let _held = match lock {
            Ok(Ok(lock)) => lock,
            Ok(Err(source)) => return Err(OpenError::Io { path: lock_path, source }),
            Err(stopped) => return Err(OpenError::Io { path: lock_path, source: std::io::Error::other(stopped) }),
        };
        let tables: Option<(i64,)> = find!(&self.db, (i64,), "select count(*) from sqlite_master where name = 'meta'")?;
        if tables.is_some_and(|(count,)| count > 0) {
            self.refuse_newer().await?;
        }
        migrator(|(_, _, sqlite, _)| sqlite).run(pool).await.map_err(OpenError::Migration)
    }

    async fn refuse_newer(&self) -> Result<(), OpenError> {
        let found: Option<(String,)> = find!(&self.db, (String,), "select value from meta where name = 'compat'")?;
        let found = found.and_then(|(value,)| value.parse().ok()).unwrap_or(0);
        if found > COMPAT { Err(OpenError::TooNew { found, known: COMPAT }) } else { Ok(()) }
    }
}

/// How the journal's writer gets its own connection.
#[derive(Debug, Clone)]
pub(crate) enum WriterOptions {
    /// To the file.
    Sqlite(SqliteConnectOptions),
    /// To the server.
    Postgres(PgConnectOptions),
}

fn sqlite_options(connect: SqliteConnectOptions, synchronous: SqliteSynchronous) -> SqliteConnectOptions {
    connect
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(BUSY_SECONDS_MAX))
        .pragma("secure_delete", "on") // promise 9: deleted means gone
        .pragma("journal_size_limit", "8388608") // a WAL that grew once is cut again at the next checkpoint
        .disable_statement_logging()
}

fn migrator(text: fn(&(i64, &'static str, &'static str, &'static str)) -> &'static str) -> Migrator {
    let migrations = MIGRATIONS.iter().map(|migration| {
        let (version, name, ..) = migration;
        Migration::new(*version, (*name).into(), MigrationType::Simple, text(migration).into_sql_str(), false)
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    // A newer program may have added tables that do not hinder us: `compat` says whether they do.
    migrator.set_ignore_missing(true);
    migrator
}

/// Makes the folder and the file, readable for their owner alone: they hold people's numbers and words.
fn make_private_file(path: &Path) -> Result<(), OpenError> {
    use std::os::unix::fs::OpenOptionsExt;
    let failed = |source| OpenError::Io { path: path.to_owned(), source };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    File::options().append(true).create(true).mode(0o600).open(path).map_err(failed)?;
    Ok(())
}

/// Takes the lock that only one `serve` can have; it is gone with the process, however that ends.
fn lock_for_serving(database: &Path) -> Result<File, OpenError> {
    let path = with_suffix(database, "-serve.lock");
    let file = File::create(&path).map_err(|source| OpenError::Io { path: path.clone(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(path)),
        Err(TryLockError::Error(source)) => Err(OpenError::Io { path, source }),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// A folder that goes when its owner does.
#[derive(Debug)]
pub(crate) struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn new() -> Result<Self, OpenError> {
        let path = std::env::temp_dir().join(format!("assistline-{}", Uuid::new_v4().as_simple()));
        std::fs::create_dir(&path).map_err(|source| OpenError::Io { path: path.clone(), source })?;
        Ok(Self(path))
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, "A temporary folder could not be removed");
        }
    }
}
