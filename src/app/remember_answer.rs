//! Remembers what was answered under an `Idempotency-Key`, so that a repeat is answered alike and does nothing. Answers are
//! sealed: they hold what nobody but the caller may read, a fresh token among them.

use crate::app::engine::App;
use crate::store::StoreError;
use crate::store::answers::RememberedAnswer;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// An answer that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenAnswer {
    /// The HTTP status.
    pub status: u16,
    /// `Location`, where there was one.
    pub location: Option<String>,
    /// The body.
    pub body: String,
}

/// What is remembered under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remembered {
    /// Nothing.
    Nothing,
    /// This answer to this very request.
    Answer(GivenAnswer),
    /// An answer to another request: a mistake of the sender.
    AnotherRequest,
}

impl App {
    /// What was answered in this scope (a token and a route) under this key to a request with this body.
    ///
    /// # Errors
    /// The store's.
    pub async fn remembered_answer(&self, scope: &str, key: &str, body: &[u8]) -> Result<Remembered, StoreError> {
        let Some(known) = self.store.remembered_answer(scope, key).await? else { return Ok(Remembered::Nothing) };
        if known.fingerprint != Sha256::digest(body).to_vec() {
            return Ok(Remembered::AnotherRequest);
        }
        let opened = hex::decode(&known.answer).ok().and_then(|sealed| self.keys.open_secret(&sealed, scope));
        let answer = opened.and_then(|plain| serde_json::from_slice(&plain).ok()).ok_or(StoreError::Corrupt)?;
        Ok(Remembered::Answer(answer))
    }

    /// Remembers an answer; one that is there already stays.
    ///
    /// # Errors
    /// The store's.
    pub async fn remember_answer(&self, scope: &str, key: &str, body: &[u8], answer: &GivenAnswer) -> Result<(), StoreError> {
        let plain = serde_json::to_vec(answer)?;
        let sealed = self.keys.seal_secret(&plain, scope).map_err(|error| {
            tracing::error!(%error, "An answer could not be sealed");
            StoreError::Down
        })?;
        let remembered = RememberedAnswer { fingerprint: Sha256::digest(body).to_vec(), answer: hex::encode(sealed) };
        self.store.remember_answer(scope, key, &remembered, self.clock.now()).await
    }
}
