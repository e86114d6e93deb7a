//! The log of who changed and looked at what. Entries are written in the transaction of the change itself.

use crate::model::ids::OrganisationId;
use crate::store::columns::{Micros, micros};
use crate::store::db::{Link, list, run, write_tx};
use crate::store::{Store, StoreError};
use chrono::{DateTime, Utc};

/// Who changes something, and when.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// The name of the token or person, or the part of the engine.
    pub who: &'a str,
    /// When.
    pub at: DateTime<Utc>,
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AuditRow {
    /// Counts up; the cursor of the list.
    pub row_id: i64,
    /// When.
    #[sqlx(try_from = "Micros")]
    pub at: DateTime<Utc>,
    /// In which organisation; None: the installation.
    pub organisation: Option<OrganisationId>,
    /// Who.
    pub who: String,
    /// What was done: `settings.saved`, `traveller.read`.
    pub action: String,
    /// To what: an id, or `version 14`. Never a name or number of a person.
    pub subject: String,
    /// More, as JSON.
    pub detail: Option<String>,
}

/// Writes an entry on an open write.
pub(crate) async fn write_entry(
    link: &mut Link<'_>,
    by: By<'_>,
    organisation: Option<&OrganisationId>,
    action: &'static str,
    subject: &str,
) -> Result<(), StoreError> {
    run!(
        link,
        "insert into audit (at, organisation, who, action, subject) values ($1, $2, $3, $4, $5)",
        micros(by.at),
        organisation,
        by.who,
        action,
        subject
    )
    .map(drop)
}

impl Store {
    /// Writes down a look at something, or a change that this store does not note itself.
    ///
    /// # Errors
    /// The database's.
    pub async fn note_in_audit(
        &self,
        by: By<'_>,
        organisation: Option<&OrganisationId>,
        action: &'static str,
        subject: &str,
    ) -> Result<(), StoreError> {
        write_tx!(&self.db, |link| write_entry(link, by, organisation, action, subject).await)
    }

    /// The entries of an organisation, newest first, from below the cursor `before`.
    ///
    /// # Errors
    /// The database's.
    pub async fn audit(
        &self,
        organisation: &OrganisationId,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<AuditRow>, StoreError> {
        list!(
            &self.db,
            AuditRow,
            "select row_id, at, organisation, who, action, subject, detail from audit \
             where organisation = $1 and row_id < $2 order by row_id desc limit $3",
            organisation,
            before.unwrap_or(i64::MAX),
            limit
        )
    }
}
