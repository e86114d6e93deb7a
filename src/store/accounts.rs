//! Accounts: contracts with providers. Credentials and secrets arrive and leave sealed; the key is not here.

use crate::model::ids::AccountId;
use crate::store::audit::write_entry;
use crate::store::columns::micros;
use crate::store::db::{find, list, one, run, write_tx};
use crate::store::{By, Store, StoreError, bump_generation};

/// One account.
#[derive(Clone, PartialEq, sqlx::FromRow)]
pub struct AccountRow {
    /// Its id.
    pub id: AccountId,
    /// The dialect's name (`twilio`).
    pub provider: String,
    /// The provider's region (`ie1`).
    pub region: Option<String>,
    /// Credentials, sealed.
    pub credentials: Vec<u8>,
    /// Webhook secrets, sealed.
    pub webhook_secrets: Vec<u8>,
    /// Another base URL than the provider's own.
    pub api_base_url: Option<String>,
    /// How many calls it may begin in a second.
    pub calls_per_second: f64,
}

impl std::fmt::Debug for AccountRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccountRow").field("id", &self.id).field("provider", &self.provider).finish_non_exhaustive()
    }
}

/// All columns, from where the rest says.
macro_rules! select {
    ($rest:literal) => {
        concat!("select id, provider, region, credentials, webhook_secrets, api_base_url, calls_per_second from accounts ", $rest)
    };
}

impl Store {
    /// All accounts in the order of their ids.
    ///
    /// # Errors
    /// The database's.
    pub async fn accounts(&self) -> Result<Vec<AccountRow>, StoreError> {
        list!(&self.db, AccountRow, select!("order by id"))
    }

    /// One account.
    ///
    /// # Errors
    /// `NotFound`, or the database's.
    pub async fn account(&self, id: &AccountId) -> Result<AccountRow, StoreError> {
        find!(&self.db, AccountRow, select!("where id = $1"), id)?.ok_or(StoreError::NotFound)
    }

    /// Makes or changes an account: is it new?
    ///
    /// # Errors
    /// The database's.
    pub async fn put_account(&self, account: &AccountRow, by: By<'_>) -> Result<bool, StoreError> {
        write_tx!(&self.db, |link| {
            let there: Option<(i64,)> = one!(link, (i64,), "select count(*) from accounts where id = $1", &account.id)?;
            let new = there.is_none_or(|(count,)| count == 0);
            run!(
                link,
                "insert into accounts (id, provider, region, credentials, webhook_secrets, api_base_url, calls_per_second, \
                 created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $8) \
                 on conflict (id) do update set provider = excluded.provider, region = excluded.region, \
                 credentials = excluded.credentials, webhook_secrets = excluded.webhook_secrets, \
                 api_base_url = excluded.api_base_url, calls_per_second = excluded.calls_per_second, \
                 updated_at = excluded.updated_at",
                &account.id,
                &account.provider,
                &account.region,
                &account.credentials,
                &account.webhook_secrets,
                &account.api_base_url,
                account.calls_per_second,
                micros(by.at)
            )?;
            write_entry(link, by, None, "account.put", account.id.as_str()).await?;
            bump_generation(link).await?;
            Ok(new)
        })
    }
}
