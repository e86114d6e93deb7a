//! What the private listener answered under an `Idempotency-Key`, so that a repeat is answered alike.

use crate::store::columns::micros;
use crate::store::db::{find, run, write_tx};
use crate::store::{Store, StoreError};
use chrono::{DateTime, Utc};

/// An answer that was given.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RememberedAnswer {
    /// The hash of the request: another request under the same key is a mistake of the sender.
    pub fingerprint: Vec<u8>,
    /// The answer, JSON.
    pub answer: String,
}

impl Store {
    /// The answer that was given in this scope (a token and a route) under this key.
    ///
    /// # Errors
    /// The database's.
    pub async fn remembered_answer(&self, scope: &str, key: &str) -> Result<Option<RememberedAnswer>, StoreError> {
        find!(
            &self.db,
            RememberedAnswer,
            "select fingerprint, answer from idempotency where scope = $1 and idem_key = $2",
            scope,
            key
        )
    }

    /// Remembers an answer; one that is there already stays.
    ///
    /// # Errors
    /// The database's.
    pub async fn remember_answer(
        &self,
        scope: &str,
        key: &str,
        answer: &RememberedAnswer,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        write_tx!(&self.db, |link| run!(
            link,
            "insert into idempotency (scope, idem_key, fingerprint, answer, at) values ($1, $2, $3, $4, $5) \
             on conflict do nothing",
            scope,
            key,
            &answer.fingerprint,
            &answer.answer,
            micros(at)
        )
        .map(drop))
    }

    /// Forgets answers that were given before that time: how many.
    ///
    /// # Errors
    /// The database's.
    pub async fn forget_answers(&self, before: DateTime<Utc>) -> Result<u64, StoreError> {
        write_tx!(&self.db, |link| run!(link, "delete from idempotency where at < $1", micros(before)))
    }
}
