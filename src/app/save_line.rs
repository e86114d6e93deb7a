//! Saves a line: one of our numbers, at an account, for an organisation.

use crate::app::engine::App;
use crate::model::ids::LineId;
use crate::settings::Problem;
use crate::settings::bodies::{LineContext, check_line};
use crate::settings::requests::number_taken;
use crate::store::lines::LineRow;
use crate::store::{By, StoreError};
use serde_json::Value;

/// More organisations than that nobody has at one installation.
const ORGANISATIONS_MAX: i64 = 100_000;

/// Why a line was not saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveLineError {
    /// Everything that is wrong.
    Invalid(Vec<Problem>),
    /// The store's.
    Store(StoreError),
}

impl From<StoreError> for SaveLineError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl App {
    /// Makes or changes a line: the line, what is worth knowing, and is it new?
    ///
    /// # Errors
    /// See [`SaveLineError`].
    pub async fn save_line(
        &self,
        id: &LineId,
        document: &Value,
        by: By<'_>,
    ) -> Result<(LineRow, Vec<Problem>, bool), SaveLineError> {
        let accounts: Vec<_> = self.store.accounts().await?.into_iter().map(|row| row.id).collect();
        let organisations = self.store.organisations(None, ORGANISATIONS_MAX).await?;
        let organisations: Vec<_> = organisations.into_iter().map(|row| row.id).collect();
        let lines: Vec<_> = self.store.lines().await?.into_iter().map(|row| row.id).collect();
        let mut desk_numbers: Vec<_> =
            self.operations_centre_now().await?.into_iter().map(|(_, c)| c.centre.desk.phone).collect();
        self.settings.refresh(&self.store, by.at).await?;
        for organisation in self.settings.now().organisations.values() {
            desk_numbers.extend(organisation.active.settings.desks().into_iter().map(|(_, _, desk)| desk.phone.clone()));
        }
        let context =
            LineContext { accounts: &accounts, organisations: &organisations, lines: &lines, desk_numbers: &desk_numbers };
        let checked = check_line(document, &context);
        let Some(body) = checked.body else { return Err(SaveLineError::Invalid(checked.problems)) };
        let row = LineRow {
            id: id.clone(),
            account: body.account,
            number: body.number,
            organisation: Some(body.organisation),
            inbound: body.inbound,
            text_line: body.text_line,
            fallback_url: body.fallback_url,
        };
        match self.store.put_line(&row, by).await {
            Ok(is_new) => {
                self.settings_changed().await?;
                Ok((row, checked.warnings, is_new))
            }
            Err(StoreError::Conflict("a line with this number")) => Err(SaveLineError::Invalid(number_taken("number"))),
            Err(error) => Err(error.into()),
        }
    }
}
