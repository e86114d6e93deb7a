//! Tokens of the private listener: made, known again, taken away; and what their holders may do.
//!
//! Invariant: a token is shown once, when it is made; what is stored is its hash. A token of one organisation learns nothing
//! of another, not even that it exists.

use crate::app::engine::App;
use crate::model::access::{AccessRole, Right};
use crate::model::ids::OrganisationId;
use crate::settings::requests::TokenOrder;
use crate::store::tokens::TokenRow;
use crate::store::{By, StoreError};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// The id of the token that the environment names.
const ENVIRONMENT: &str = "environment";
/// 256 bits: nobody guesses it, so a fast hash is enough.
const TOKEN_BYTES: usize = 32;
/// What our tokens begin with, so that a scanner of leaked secrets knows them.
const TOKEN_PREFIX: &str = "assistline_";

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The token's id.
    pub token: String,
    /// The name on alerts and in the audit log.
    pub who: String,
    /// What they may do.
    pub role: AccessRole,
    /// For which organisation; None: the installation.
    pub organisation: Option<OrganisationId>,
}

/// Why somebody may not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// It is another organisation's: for them it does not exist.
    #[error("there is no such organisation")]
    Foreign,
    /// The role is too low.
    #[error("this needs a token of the role {}", .0.held_by())]
    RoleTooLow(Right),
    /// It belongs to the installation.
    #[error("this needs a token of the installation")]
    InstallationOnly,
}

impl Identity {
    /// May they, in this organisation?
    ///
    /// # Errors
    /// Why not.
    pub fn in_organisation(&self, organisation: &OrganisationId, right: Right) -> Result<(), AccessError> {
        if self.organisation.as_ref().is_some_and(|own| own != organisation) {
            return Err(AccessError::Foreign);
        }
        if self.role.has(right) { Ok(()) } else { Err(AccessError::RoleTooLow(right)) }
    }

    /// May they, in the installation?
    ///
    /// # Errors
    /// Why not.
    pub fn in_installation(&self, right: Right) -> Result<(), AccessError> {
        if self.organisation.is_some() {
            return Err(AccessError::InstallationOnly);
        }
        if self.role.has(right) { Ok(()) } else { Err(AccessError::RoleTooLow(right)) }
    }

    /// Do they see words, positions and medical answers?
    #[must_use]
    pub fn sees_people(&self) -> bool {
        self.role.has(Right::SeePeople)
    }

    /// As whoever does something at that moment.
    #[must_use]
    pub fn by(&self, at: DateTime<Utc>) -> By<'_> {
        By { who: &self.who, at }
    }
}

/// A token that was just made.
#[derive(Debug)]
pub struct NewToken {
    /// What is stored of it.
    pub row: TokenRow,
    /// The token itself: shown now and never again.
    pub secret: SecretString,
}

/// Why a token was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateTokenError {
    /// There is no such organisation.
    #[error("there is no such organisation")]
    UnknownOrganisation,
    /// The system has no randomness.
    #[error("the system has no random numbers")]
    NoRandomness,
    /// The store's.
    #[error(transparent)]
    Store(StoreError),
}

fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}

impl App {
    /// Whose token is it? None: nobody's.
    ///
    /// # Errors
    /// The store's.
    pub async fn authenticate(&self, secret: &str) -> Result<Option<Identity>, StoreError> {
        let Some(row) = self.store.token_by_hash(&hash(secret)).await? else { return Ok(None) };
        let role = AccessRole::from_word(&row.role).ok_or(StoreError::Corrupt)?;
        Ok(Some(Identity {
            who: row.name.unwrap_or_else(|| row.id.clone()),
            token: row.id,
            role,
            organisation: row.organisation,
        }))
    }

    /// Makes a token.
    ///
    /// # Errors
    /// See [`CreateTokenError`].
    pub async fn create_token(&self, order: TokenOrder, by: By<'_>) -> Result<NewToken, CreateTokenError> {
        let mut bytes = [0_u8; TOKEN_BYTES];
        getrandom::fill(&mut bytes).map_err(|error| {
            tracing::error!(%error, "The system has no random numbers");
            CreateTokenError::NoRandomness
        })?;
        let secret = format!("{TOKEN_PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes));
        let row = TokenRow {
            id: self.ids.fresh().to_string(),
            hash: hash(&secret),
            role: order.role.as_str().to_owned(),
            organisation: order.organisation,
            name: order.name,
            created_at: by.at,
        };
        match self.store.add_token(&row, by).await {
            Ok(_) => Ok(NewToken { row, secret: secret.into() }),
            Err(StoreError::NotFound) => Err(CreateTokenError::UnknownOrganisation),
            Err(error) => Err(CreateTokenError::Store(error)),
        }
    }
}

/// Makes sure that this token (`ASSISTLINE_ADMIN_TOKEN`) is an admin of the installation: is it new? The one that the
/// environment named before is one no longer, so that a leaked token can be replaced.
///
/// # Errors
/// The store's.
pub async fn ensure_admin_token(app: &App, secret: &SecretString) -> Result<bool, StoreError> {
    let by = By { who: "serve", at: app.clock.now() };
    let hash = hash(secret.expose_secret());
    let known = app.store.token_by_hash(&hash).await?;
    if known.as_ref().is_some_and(is_installation_admin) {
        return Ok(false);
    }
    let outdated = app.store.tokens().await?.into_iter().find(|token| token.id == ENVIRONMENT);
    for token in known.into_iter().chain(outdated) {
        match app.store.remove_token(&token.id, by).await {
            Ok(()) | Err(StoreError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    let row = TokenRow {
        id: ENVIRONMENT.to_owned(),
        hash,
        role: AccessRole::Admin.as_str().to_owned(),
        organisation: None,
        name: Some("ASSISTLINE_ADMIN_TOKEN".to_owned()),
        created_at: by.at,
    };
    app.store.add_token(&row, by).await
}

/// Is any admin token of the installation stored? Without one nobody can configure anything over HTTP.
///
/// # Errors
/// The store's.
pub async fn has_admin_token(app: &App) -> Result<bool, StoreError> {
    Ok(app.store.tokens().await?.iter().any(is_installation_admin))
}

/// What `serve` tells where [`has_admin_token`] says no.
pub const HOW_TO_MAKE_A_TOKEN: &str = "No admin token is stored, so nobody can use the API yet. Make one with\n    \
     assistline token create --role admin --name YOUR-NAME\nor set ASSISTLINE_ADMIN_TOKEN (at least 16 characters).";

fn is_installation_admin(token: &TokenRow) -> bool {
    token.role == AccessRole::Admin.as_str() && token.organisation.is_none()
}
