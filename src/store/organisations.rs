//! Organisations. All else about one stands in its settings.

use crate::model::ids::OrganisationId;
use crate::store::audit::write_entry;
use crate::store::columns::{Micros, micros};
use crate::store::db::{Link, find, list, run};
use crate::store::{By, Store, StoreError};
use chrono::{DateTime, Utc};

/// An organisation. All else about it stands in its settings.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OrganisationRow {
    /// Its id.
    pub id: OrganisationId,
    /// When it came to be.
    #[sqlx(try_from = "Micros")]
    pub created_at: DateTime<Utc>,
}

impl Store {
    /// Organisations in the order of their ids, from behind the cursor `after`.
    ///
    /// # Errors
    /// The database's.
    pub async fn organisations(&self, after: Option<&OrganisationId>, limit: i64) -> Result<Vec<OrganisationRow>, StoreError> {
        list!(
            &self.db,
            OrganisationRow,
            "select id, created_at from organisations where id > $1 order by id limit $2",
            after.map_or("", OrganisationId::as_str),
            limit
        )
    }

    /// Is there such an organisation?
    ///
    /// # Errors
    /// `NotFound`, or the database's.
    pub async fn organisation(&self, id: &OrganisationId) -> Result<OrganisationRow, StoreError> {
        find!(&self.db, OrganisationRow, "select id, created_at from organisations where id = $1", id)?
            .ok_or(StoreError::NotFound)
    }
}

/// Makes the organisation where it is new.
pub(crate) async fn ensure(link: &mut Link<'_>, id: &OrganisationId, by: By<'_>) -> Result<(), StoreError> {
    let insert = "insert into organisations (id, created_at) values ($1, $2) on conflict (id) do nothing";
    if run!(link, insert, id, micros(by.at))? > 0 {
        write_entry(link, by, Some(id), "organisation.created", id.as_str()).await?;
    }
    Ok(())
}
