//! Texts that we send: written down before they are handed to the provider. Their words are not kept.

use crate::model::ids::{AccountId, LineId, OrganisationId, ProviderCallId, TravellerRow};
use crate::model::phone::PhoneNumber;
use crate::store::columns::{Micros, micros};
use crate::store::db::{find, list, run, write_tx};
use crate::store::{Store, StoreError};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// How a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextState {
    /// To be sent.
    Waiting,
    /// The provider has it.
    Sent,
    /// It could not be sent.
    Failed,
}

impl TextState {
    /// The word of the column.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Failed => "failed",
        }
    }
}

impl TryFrom<String> for TextState {
    type Error = String;
    fn try_from(word: String) -> Result<Self, String> {
        [Self::Waiting, Self::Sent, Self::Failed]
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| "not a state of a text".to_owned())
    }
}

/// A text to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewText<'a> {
    /// Its fresh id.
    pub id: Uuid,
    /// Whose.
    pub organisation: Option<&'a OrganisationId>,
    /// From which line.
    pub line: &'a LineId,
    /// At which account.
    pub account: &'a AccountId,
    /// To whom, where exactly one is known.
    pub traveller: Option<TravellerRow>,
    /// To which number.
    pub phone: &'a PhoneNumber,
    /// Which words (`reply_help`).
    pub kind: &'a str,
}

/// A text as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TextRow {
    /// Counts up; the cursor of the list.
    pub row_id: i64,
    /// Whose.
    pub organisation: Option<OrganisationId>,
    /// From which line.
    pub line: LineId,
    /// To whom.
    pub traveller: Option<TravellerRow>,
    /// To which number.
    pub phone: PhoneNumber,
    /// Which words.
    pub kind: String,
    /// How it stands.
    #[sqlx(try_from = "String")]
    pub state: TextState,
    /// How often it was tried.
    #[sqlx(try_from = "i64")]
    pub attempts: u32,
    /// When it was written down.
    #[sqlx(try_from = "Micros")]
    pub created_at: DateTime<Utc>,
}

impl Store {
    /// Writes a text down before it is sent.
    ///
    /// # Errors
    /// The database's.
    pub async fn add_text(&self, text: &NewText<'_>, at: DateTime<Utc>) -> Result<(), StoreError> {
        write_tx!(&self.db, |link| run!(
            link,
            "insert into texts (id, organisation, line, account, traveller, phone, kind, state, created_at, updated_at) \
             values ($1, $2, $3, $4, $5, $6, $7, 'waiting', $8, $8)",
            text.id.as_bytes().to_vec(),
            text.organisation,
            text.line,
            text.account,
            text.traveller,
            text.phone,
            text.kind,
            micros(at)
        )
        .map(drop))
    }

    /// Says what became of a try to send it.
    ///
    /// # Errors
    /// `NotFound`, or the database's.
    pub async fn text_tried(
        &self,
        id: Uuid,
        state: TextState,
        provider_message: Option<&ProviderCallId>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        write_tx!(&self.db, |link| {
            let found = run!(
                link,
                "update texts set state = $2, provider_message_id = coalesce($3, provider_message_id), attempts = attempts + 1, \
                 updated_at = $4 where id = $1",
                id.as_bytes().to_vec(),
                state.as_str(),
                provider_message,
                micros(at)
            )?;
            if found == 0 { Err(StoreError::NotFound) } else { Ok(()) }
        })
    }

    /// One text.
    ///
    /// # Errors
    /// `NotFound`, or the database's.
    pub async fn text(&self, id: Uuid) -> Result<TextRow, StoreError> {
        find!(
            &self.db,
            TextRow,
            "select row_id, organisation, line, traveller, phone, kind, state, attempts, created_at from texts where id = $1",
            id.as_bytes().to_vec()
        )?
        .ok_or(StoreError::NotFound)
    }

    /// Texts of an organisation, newest first, from below the cursor `before`.
    ///
    /// # Errors
    /// The database's.
    pub async fn texts(
        &self,
        organisation: &OrganisationId,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<TextRow>, StoreError> {
        list!(
            &self.db,
            TextRow,
            "select row_id, organisation, line, traveller, phone, kind, state, attempts, created_at from texts \
             where organisation = $1 and row_id < $2 order by row_id desc limit $3",
            organisation,
            before.unwrap_or(i64::MAX),
            limit
        )
    }
}
