//! Saves an account: its credentials and webhook secrets are sealed before they reach the database, and never come out again.

use crate::app::engine::App;
use crate::dialect;
use crate::model::ids::AccountId;
use crate::settings::Problem;
use crate::settings::bodies::{KnownProvider, Secret, WebhookSecret, check_account, is_keep};
use crate::store::accounts::AccountRow;
use crate::store::snapshot::SealedSecret;
use crate::store::{By, StoreError};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::collections::BTreeMap;

/// An account as it may be shown: which secrets there are, not what they are.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownAccount {
    /// Its id.
    pub id: AccountId,
    /// The provider's name.
    pub provider: String,
    /// The provider's region.
    pub region: Option<String>,
    /// Names of the credentials.
    pub credentials: Vec<String>,
    /// Names of the keys of the webhook secrets, None: a secret without one.
    pub webhook_secrets: Vec<Option<String>>,
    /// Another address than the provider's own.
    pub api_base_url: Option<String>,
    /// New calls per second.
    pub calls_per_second: f64,
}

/// Why an account was not saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveAccountError {
    /// Everything that is wrong.
    Invalid(Vec<Problem>),
    /// The stored secrets cannot be opened: another secret key file.
    Locked,
    /// The system has no randomness to seal with.
    NoRandomness,
    /// The store's.
    Store(StoreError),
}

impl From<StoreError> for SaveAccountError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The secrets of an account, open.
#[derive(Default)]
struct Secrets {
    credentials: BTreeMap<String, String>,
    webhooks: Vec<SealedSecret>,
}

impl App {
    /// Makes or changes an account: what may be shown of it, what is worth knowing, and is it new?
    ///
    /// # Errors
    /// See [`SaveAccountError`].
    pub async fn save_account(
        &self,
        id: &AccountId,
        document: &Value,
        by: By<'_>,
    ) -> Result<(ShownAccount, Vec<Problem>, bool), SaveAccountError> {
        let stored = match self.store.account(id).await {
            Ok(row) => Some(row),
            Err(StoreError::NotFound) => None,
            Err(error) => return Err(error.into()),
        };
        let opened = stored.as_ref().map(|row| self.open_secrets(row));
        let keeps_nothing = !document.to_string().contains("\"set\"");
        let kept = match opened {
            Some(None) if !keeps_nothing => return Err(SaveAccountError::Locked),
            Some(secrets) => secrets.unwrap_or_default(),
            None => Secrets::default(),
        };
        let providers: Vec<KnownProvider<'_>> = dialect::ALL
            .iter()
            .map(|dialect| KnownProvider {
                name: dialect.name(),
                signs: dialect.signs(),
                needed_credentials: dialect.needed_credentials(),
            })
            .collect();
        let document = without_unknown_keeps(document, &kept);
        let checked = check_account(&document, &providers, stored.is_some());
        let Some(body) = checked.body else { return Err(SaveAccountError::Invalid(checked.problems)) };
        let credentials = if is_keep(document.get("credentials")) {
            kept.credentials.clone()
        } else {
            let value = |name: &str, secret: &Secret| match secret {
                Secret::Keep => kept.credentials.get(name).cloned(),
                Secret::New(secret) => Some(secret.expose_secret().to_owned()),
            };
            body.credentials.iter().filter_map(|(name, secret)| Some((name.clone(), value(name, secret)?))).collect()
        };
        let webhooks = body.webhook_secrets.map_or_else(|| kept.webhooks.clone(), |typed| webhook_secrets(&typed, &kept));
        let seal = |plain: serde_json::Result<Vec<u8>>| {
            let plain = plain.map_err(|error| SaveAccountError::Store(error.into()))?;
            self.keys.seal_secret(&plain, id.as_str()).map_err(|error| {
                tracing::error!(%error, "A secret could not be sealed");
                SaveAccountError::NoRandomness
            })
        };
        let row = AccountRow {
            id: id.clone(),
            provider: body.provider,
            region: body.region,
            credentials: seal(serde_json::to_vec(&credentials))?,
            webhook_secrets: seal(serde_json::to_vec(&webhooks))?,
            api_base_url: body.api_base_url,
            calls_per_second: body.calls_per_second,
        };
        let is_new = self.store.put_account(&row, by).await?;
        self.settings_changed().await?;
        Ok((shown(row, &Secrets { credentials, webhooks }), checked.warnings, is_new))
    }

    /// One account.
    ///
    /// # Errors
    /// `NotFound`, or the store's.
    pub async fn show_account(&self, id: &AccountId) -> Result<ShownAccount, StoreError> {
        let row = self.store.account(id).await?;
        Ok(self.shown_account(row))
    }

    /// All accounts.
    ///
    /// # Errors
    /// The store's.
    pub async fn show_accounts(&self) -> Result<Vec<ShownAccount>, StoreError> {
        Ok(self.store.accounts().await?.into_iter().map(|row| self.shown_account(row)).collect())
    }

    fn shown_account(&self, row: AccountRow) -> ShownAccount {
        let secrets = self.open_secrets(&row).unwrap_or_default();
        shown(row, &secrets)
    }

    fn open_secrets(&self, row: &AccountRow) -> Option<Secrets> {
        let open = |sealed: &[u8]| self.keys.open_secret(sealed, row.id.as_str());
        Some(Secrets {
            credentials: serde_json::from_slice(&open(&row.credentials)?).ok()?,
            webhooks: serde_json::from_slice(&open(&row.webhook_secrets)?).ok()?,
        })
    }
}

fn shown(row: AccountRow, secrets: &Secrets) -> ShownAccount {
    ShownAccount {
        id: row.id,
        provider: row.provider,
        region: row.region,
        credentials: secrets.credentials.keys().cloned().collect(),
        webhook_secrets: secrets.webhooks.iter().map(|secret| secret.key.clone()).collect(),
        api_base_url: row.api_base_url,
        calls_per_second: row.calls_per_second,
    }
}

/// `{"set": true}` for something that is not stored is nothing at all, so that the check names it as missing.
fn without_unknown_keeps(document: &Value, kept: &Secrets) -> Value {
    let mut document = document.clone();
    if let Some(credentials) = document.get_mut("credentials").and_then(Value::as_object_mut) {
        for (name, value) in credentials {
            if is_keep(Some(value)) && !kept.credentials.contains_key(name) {
                *value = Value::Null;
            }
        }
    }
    if let Some(list) = document.get_mut("webhook_secrets").and_then(Value::as_array_mut) {
        for (place, entry) in list.iter_mut().enumerate() {
            let key = entry.get("key").and_then(Value::as_str).map(str::to_owned);
            let is_known = kept_webhook(kept, place, key.as_deref()).is_some();
            if let Some(secret) = entry.get_mut("secret").filter(|secret| is_keep(Some(secret)) && !is_known) {
                *secret = Value::Null;
            } else if is_keep(Some(entry)) && !is_known {
                *entry = Value::Null;
            }
        }
    }
    document
}

/// The stored secret with that key; without one, the secret at the same place of the list.
fn kept_webhook<'a>(kept: &'a Secrets, place: usize, key: Option<&str>) -> Option<&'a SealedSecret> {
    match key {
        Some(key) => kept.webhooks.iter().find(|secret| secret.key.as_deref() == Some(key)),
        None => kept.webhooks.get(place),
    }
}

fn webhook_secrets(typed: &[WebhookSecret], kept: &Secrets) -> Vec<SealedSecret> {
    let secrets = typed.iter().enumerate().filter_map(|(place, typed)| match &typed.secret {
        Secret::Keep => kept_webhook(kept, place, typed.key.as_deref()).cloned(),
        Secret::New(secret) => Some(SealedSecret { key: typed.key.clone(), secret: secret.expose_secret().to_owned() }),
    });
    secrets.collect()
}
