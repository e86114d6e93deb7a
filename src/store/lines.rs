//! Lines: our phone numbers, each at one account and bound to at most one organisation.

use crate::model::answer::Answer;
use crate::model::ids::{AccountId, LineId, OrganisationId};
use crate::model::phone::PhoneNumber;
use crate::store::audit::write_entry;
use crate::store::columns::micros;
use crate::store::db::{find, list, one, run, write_tx};
use crate::store::{By, Store, StoreError, bump_generation};

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LineRow {
    /// Its id, as it stands in webhook URLs.
    pub id: LineId,
    /// At which account.
    pub account: AccountId,
    /// The number.
    pub number: PhoneNumber,
    /// Whose calls it takes; None: nobody's yet.
    pub organisation: Option<OrganisationId>,
    /// Forwards at once as this answer; None: the question is asked.
    pub inbound: Option<Answer>,
    /// The line that texts are sent from, where it is not this one.
    pub text_line: Option<LineId>,
    /// The URL that the provider asks when ours does not answer.
    pub fallback_url: Option<String>,
}

/// All columns, from where the rest says.
macro_rules! select {
    ($rest:literal) => {
        concat!("select id, account, number, organisation, inbound, text_line, fallback_url from lines ", $rest)
    };
}

impl Store {
    /// All lines in the order of their ids.
    ///
    /// # Errors
    /// The database's.
    pub async fn lines(&self) -> Result<Vec<LineRow>, StoreError> {
        list!(&self.db, LineRow, select!("order by id"))
    }

    /// One line.
    ///
    /// # Errors
    /// `NotFound`, or the database's.
    pub async fn line(&self, id: &LineId) -> Result<LineRow, StoreError> {
        find!(&self.db, LineRow, select!("where id = $1"), id)?.ok_or(StoreError::NotFound)
    }

    /// Makes or changes a line: is it new?
    ///
    /// # Errors
    /// `NotFound`: there is no such account or organisation. `Conflict("a line with this number")`: another line has the
    /// number at this account. Or the database's.
    pub async fn put_line(&self, line: &LineRow, by: By<'_>) -> Result<bool, StoreError> {
        write_tx!(&self.db, |link| {
            let account: Option<(i64,)> = one!(link, (i64,), "select count(*) from accounts where id = $1", &line.account)?;
            let organisation: Option<(i64,)> =
                one!(link, (i64,), "select count(*) from organisations where id = $1", &line.organisation)?;
            let count = |found: Option<(i64,)>| found.map_or(0, |(count,)| count);
            if count(account) == 0 || (line.organisation.is_some() && count(organisation) == 0) {
                return Err(StoreError::NotFound);
            }
            let twin: Option<(i64,)> = one!(
                link,
                (i64,),
                "select count(*) from lines where account = $1 and number = $2 and id <> $3",
                &line.account,
                &line.number,
                &line.id
            )?;
            if count(twin) > 0 {
                return Err(StoreError::Conflict("a line with this number"));
            }
            let there: Option<(i64,)> = one!(link, (i64,), "select count(*) from lines where id = $1", &line.id)?;
            run!(
                link,
                "insert into lines (id, account, number, organisation, inbound, text_line, fallback_url, created_at, updated_at) \
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $8) \
                 on conflict (id) do update set account = excluded.account, number = excluded.number, \
                 organisation = excluded.organisation, inbound = excluded.inbound, text_line = excluded.text_line, \
                 fallback_url = excluded.fallback_url, updated_at = excluded.updated_at",
                &line.id,
                &line.account,
                &line.number,
                &line.organisation,
                line.inbound,
                &line.text_line,
                &line.fallback_url,
                micros(by.at)
            )?;
            write_entry(link, by, line.organisation.as_ref(), "line.put", line.id.as_str()).await?;
            bump_generation(link).await?;
            Ok(count(there) == 0)
        })
    }
}
