//! The operations centre of the installation: set once, kept in versions, copied into each settings version that is saved.

use crate::model::ids::Version;
use crate::store::audit::write_entry;
use crate::store::columns::{Micros, micros};
use crate::store::db::{find, one, run, write_tx};
use crate::store::settings_versions::{NewVersion, VersionRow, save};
use crate::store::{By, Store, StoreError, bump_generation};
use chrono::{DateTime, Utc};

/// A version of the operations centre. None is ever changed; the newest is in force.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OperationsCentreRow {
    /// 1, 2, …
    #[sqlx(try_from = "i64")]
    pub version: Version,
    /// The document as typed, JSON.
    pub document: String,
    /// Who.
    pub author: String,
    /// When.
    #[sqlx(try_from = "Micros")]
    pub created_at: DateTime<Utc>,
}

impl Store {
    /// The operations centre in force, if one is set.
    ///
    /// # Errors
    /// The database's.
    pub async fn operations_centre(&self) -> Result<Option<OperationsCentreRow>, StoreError> {
        find!(
            &self.db,
            OperationsCentreRow,
            "select version, document, author, created_at from operations_centre order by version desc limit 1"
        )
    }

    /// Sets the operations centre, and with it new versions for the organisations that use it, in one step.
    ///
    /// # Errors
    /// `Conflict` where one of the versions is refused (nothing is changed then), or the database's.
    pub async fn set_operations_centre(
        &self,
        document: &str,
        by: By<'_>,
        versions: &[NewVersion<'_>],
    ) -> Result<(OperationsCentreRow, Vec<VersionRow>), StoreError> {
        write_tx!(&self.db, |link| {
            let newest: Option<(i64,)> = one!(link, (i64,), "select coalesce(max(version), 0) from operations_centre")?;
            let next = newest.map_or(1, |(version,)| version + 1);
            let insert = "insert into operations_centre (version, document, author, created_at) values ($1, $2, $3, $4)";
            run!(link, insert, next, document, by.who, micros(by.at))?;
            write_entry(link, by, None, "operations_centre.set", &format!("version {next}")).await?;
            bump_generation(link).await?;
            let mut saved = Vec::with_capacity(versions.len());
            for version in versions {
                saved.push(save(link, version, by).await?);
            }
            let row = OperationsCentreRow {
                version: Version::try_from(next).unwrap_or(Version::MAX),
                document: document.to_owned(),
                author: by.who.to_owned(),
                created_at: by.at,
            };
            Ok((row, saved))
        })
    }
}
