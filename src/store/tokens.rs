//! Tokens of the private listener: only their hashes are stored.

use crate::model::ids::OrganisationId;
use crate::store::audit::write_entry;
use crate::store::columns::{Micros, micros};
use crate::store::db::{find, list, one, run, write_tx};
use crate::store::{By, Store, StoreError};
use chrono::{DateTime, Utc};

/// One token.
#[derive(Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TokenRow {
    /// Its id.
    pub id: String,
    /// The hash that it is known by.
    pub hash: Vec<u8>,
    /// `admin`, `duty` or `read`.
    pub role: String,
    /// For which organisation; None: the installation.
    pub organisation: Option<OrganisationId>,
    /// What people call it.
    pub name: Option<String>,
    /// When it was made.
    #[sqlx(try_from = "Micros")]
    pub created_at: DateTime<Utc>,
}

impl std::fmt::Debug for TokenRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenRow").field("id", &self.id).field("role", &self.role).finish_non_exhaustive()
    }
}

/// All columns, from where the rest says.
macro_rules! select {
    ($rest:literal) => {
        concat!("select id, hash, role, organisation, name, created_at from tokens ", $rest)
    };
}

impl Store {
    /// Stores a token: is it new? One with the same hash stays as it is.
    ///
    /// # Errors
    /// `NotFound`: no such organisation. Or the database's.
    pub async fn add_token(&self, token: &TokenRow, by: By<'_>) -> Result<bool, StoreError> {
        write_tx!(&self.db, |link| {
            if let Some(organisation) = &token.organisation {
                let known: Option<(i64,)> = one!(link, (i64,), "select count(*) from organisations where id = $1", organisation)?;
                if known.is_none_or(|(count,)| count == 0) {
                    return Err(StoreError::NotFound);
                }
            }
            let added = run!(
                link,
                "insert into tokens (id, hash, role, organisation, name, created_at) values ($1, $2, $3, $4, $5, $6) \
                 on conflict (hash) do nothing",
                &token.id,
                &token.hash,
                &token.role,
                &token.organisation,
                &token.name,
                micros(token.created_at)
            )?;
            if added > 0 {
                write_entry(link, by, token.organisation.as_ref(), "token.created", &token.id).await?;
            }
            Ok(added > 0)
        })
    }

    /// The token with this hash.
    ///
    /// # Errors
    /// The database's.
    pub async fn token_by_hash(&self, hash: &[u8]) -> Result<Option<TokenRow>, StoreError> {
        find!(&self.db, TokenRow, select!("where hash = $1"), hash)
    }

    /// All tokens, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn tokens(&self) -> Result<Vec<TokenRow>, StoreError> {
        list!(&self.db, TokenRow, select!("order by created_at, id"))
    }

    /// Takes a token away.
    ///
    /// # Errors
    /// `NotFound`, or the database's.
    pub async fn remove_token(&self, id: &str, by: By<'_>) -> Result<(), StoreError> {
        write_tx!(&self.db, |link| {
            if run!(link, "delete from tokens where id = $1", id)? == 0 {
                return Err(StoreError::NotFound);
            }
            write_entry(link, by, None, "token.removed", id).await
        })
    }
}
