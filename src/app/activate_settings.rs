//! Makes a saved version of settings active, at once or at a time.
//!
//! Invariant: no version brings back an operations centre that is not in force any more (a wrong number dialled), and none
//! becomes active that could not be saved now. A version whose operations centre is outdated becomes active as a new version
//! with the same document.

use crate::app::engine::App;
use crate::app::save_settings::{Change, Expected, SaveSettingsError, SavedSettings};
use crate::model::ids::{OrganisationId, Version};
use crate::settings::requests::{Activation, SaveParameters, When, WithPlanned};
use crate::store::settings_versions::VersionState;
use crate::store::{By, StoreError};
use serde_json::Value;

/// Codes that a version confirmed when it was active before; what is lost for ever is asked again.
const ASKED_AGAIN: &str = "retention_loses_data";

impl App {
    /// Activates a version, or plans that. Doing so twice changes nothing.
    ///
    /// # Errors
    /// `Store(NotFound)`: there is no such version. See [`SaveSettingsError`].
    pub async fn activate_settings(
        &self,
        organisation: &OrganisationId,
        version: Version,
        activation: &Activation,
        by: By<'_>,
    ) -> Result<SavedSettings, SaveSettingsError> {
        let row = self.store.version(organisation, version).await?;
        let around = self.surroundings(organisation).await?;
        let document: Value = serde_json::from_str(&row.document).map_err(StoreError::from)?;
        let mut checked = around.check(&document, &activation.confirm);
        if row.state == VersionState::Active {
            return Ok(SavedSettings { row, warnings: checked.warnings, is_new: false });
        }
        if checked.settings.is_none() {
            return Err(SaveSettingsError::Invalid(checked.problems));
        }
        if row.activated_at.is_some() {
            checked.needs_confirm.retain(|code| *code == ASKED_AGAIN);
        }
        if !checked.needs_confirm.is_empty() {
            return Err(SaveSettingsError::NeedsConfirm { codes: checked.needs_confirm, warnings: checked.warnings });
        }
        let centre_now = around.centre.as_ref().map(|(typed, _)| typed.as_str());
        if row.operations_centre.as_deref() == centre_now {
            let row = self.store.activate_version(organisation, version, activation.at, by).await?;
            if let Some(note) = &activation.note {
                // A saved version never changes, its note included: why it was activated stands in the audit log.
                let subject = format!("version {version}: {note}");
                self.store.note_in_audit(by, Some(organisation), "settings.activation_note", &subject).await?;
            }
            self.settings_changed().await?;
            return Ok(SavedSettings { row, warnings: checked.warnings, is_new: false });
        }
        let note = activation.note.clone();
        let parameters = SaveParameters {
            when: activation.at.map_or(When::Now, When::At),
            note: Some(note.unwrap_or_else(|| format!("Version {version} again, with the operations centre of today"))),
            planned: WithPlanned::Keep,
            confirm: around.check(&document, &[]).needs_confirm.into_iter().map(str::to_owned).collect(),
        };
        self.save_settings(organisation, Change::Document(&document), &parameters, &Expected::Anything, by).await
    }
}
