//! Makes an organisation: version 1 with the defaults. One that exists gets the four fields into its active settings.

use crate::app::engine::App;
use crate::app::save_settings::{Change, Expected, SaveSettingsError, SavedSettings};
use crate::model::ids::OrganisationId;
use crate::settings::bodies::check_organisation;
use crate::settings::requests::SaveParameters;
use crate::store::{By, StoreError};
use serde_json::Value;

impl App {
    /// Makes or changes an organisation from `{"name", "country", "time_zone", "languages"}`. The same again changes nothing.
    ///
    /// # Errors
    /// See [`SaveSettingsError`].
    pub async fn save_organisation(
        &self,
        organisation: &OrganisationId,
        document: &Value,
        parameters: &SaveParameters,
        by: By<'_>,
    ) -> Result<SavedSettings, SaveSettingsError> {
        let around = self.surroundings(organisation).await?;
        let Some((row, active, _)) = &around.active else {
            let checked = check_organisation(document, around.centre.as_ref().map(|(_, centre)| centre));
            let Some(version_1) = checked.body else { return Err(SaveSettingsError::Invalid(checked.problems)) };
            return self.save_settings(organisation, Change::Document(&version_1), parameters, &Expected::Anything, by).await;
        };
        let unknown = check_organisation(document, around.centre.as_ref().map(|(_, centre)| centre));
        let unknown: Vec<_> = unknown.problems.into_iter().filter(|problem| problem.code == "unknown_field").collect();
        if !document.is_object() || !unknown.is_empty() {
            return Err(SaveSettingsError::Invalid(unknown));
        }
        let same = document.as_object().is_some_and(|fields| fields.iter().all(|(name, value)| active.get(name) == Some(value)));
        if same {
            return Ok(SavedSettings { row: row.clone(), warnings: Vec::new(), is_new: false });
        }
        self.save_settings(organisation, Change::Patch(document), parameters, &Expected::Anything, by).await
    }

    /// Does the organisation exist?
    ///
    /// # Errors
    /// The store's.
    pub async fn organisation_exists(&self, organisation: &OrganisationId) -> Result<bool, StoreError> {
        match self.store.organisation(organisation).await {
            Ok(_) => Ok(true),
            Err(StoreError::NotFound) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
