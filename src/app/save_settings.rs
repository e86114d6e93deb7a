//! Saves a version of an organisation's settings: checked as a whole, against everything around it, and active at once, at a
//! time, or not yet.
//!
//! Invariant: what was checked is what is saved. If another version became active in between, the check is done again.

use crate::app::engine::App;
use crate::model::ids::{OrganisationId, Version};
use crate::model::limits::DECISIONS_MAX;
use crate::model::phone::PhoneNumber;
use crate::settings::requests::{SaveParameters, When, WithPlanned};
use crate::settings::valid::OperationsCentreSettings;
use crate::settings::{self, Active, CheckContext, Problem, Settings};
use crate::store::settings_versions::{Becomes, NewVersion, PlannedVersions, VersionRow, VersionState};
use crate::store::snapshot::read_version;
use crate::store::{By, StoreError};
use serde_json::Value;

/// More planned versions than that nobody has.
const PLANNED_LOOKED_AT_MAX: i64 = 1_000;

/// What is to be saved.
#[derive(Debug, Clone, Copy)]
pub enum Change<'a> {
    /// The whole document.
    Document(&'a Value),
    /// A merge patch of the active one.
    Patch(&'a Value),
}

/// Which version must be active (`If-Match`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// No condition.
    Anything,
    /// Any, but one.
    Exists,
    /// One of these; an empty list is a condition that nothing fulfils.
    OneOf(Vec<Version>),
}

impl Expected {
    /// Is the condition fulfilled while this version is active?
    #[must_use]
    pub fn allows(&self, active: Option<Version>) -> bool {
        match self {
            Self::Anything => true,
            Self::Exists => active.is_some(),
            Self::OneOf(versions) => active.is_some_and(|active| versions.contains(&active)),
        }
    }
}

/// A version that was saved.
#[derive(Debug, Clone)]
pub struct SavedSettings {
    /// The version.
    pub row: VersionRow,
    /// What is worth knowing about it.
    pub warnings: Vec<Problem>,
    /// Are these the organisation's first settings?
    pub is_new: bool,
}

/// Why settings were not saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveSettingsError {
    /// Everything that is wrong.
    Invalid(Vec<Problem>),
    /// There is no active version that a patch could change.
    NothingActive,
    /// Another version is active than the one that was expected.
    VersionMoved {
        /// The active one.
        current: Option<Version>,
    },
    /// These versions are planned, and nothing was said about them.
    OtherPlanned(Vec<VersionRow>),
    /// These codes must be confirmed first.
    NeedsConfirm {
        /// Codes.
        codes: Vec<&'static str>,
        /// The warnings that they come from, among others.
        warnings: Vec<Problem>,
    },
    /// The store's.
    Store(StoreError),
}

impl From<StoreError> for SaveSettingsError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What a document is checked against, read at one moment.
pub(crate) struct Surroundings {
    /// The operations centre: as typed, and what it means.
    pub(crate) centre: Option<(String, OperationsCentreSettings)>,
    own_lines: Vec<PhoneNumber>,
    organisation_line: Option<PhoneNumber>,
    /// The active version: its row, its document, what it means.
    pub(crate) active: Option<(VersionRow, Value, Settings)>,
}

impl Surroundings {
    /// The active version's number.
    pub(crate) fn active_version(&self) -> Option<Version> {
        self.active.as_ref().map(|(row, ..)| row.version)
    }

    /// Checks a document of that organisation here.
    pub(crate) fn check(&self, document: &Value, confirmed: &[String]) -> settings::Checked {
        let active = self.active.as_ref().map(|(_, document, settings)| Active { document, settings });
        settings::check(
            document,
            &CheckContext {
                operations_centre: self.centre.as_ref().map(|(_, centre)| centre),
                own_line_numbers: &self.own_lines,
                organisation_line: self.organisation_line.as_ref(),
                active,
                confirmed,
            },
        )
    }
}

impl App {
    /// Reads what a document of this organisation is checked against.
    pub(crate) async fn surroundings(&self, organisation: &OrganisationId) -> Result<Surroundings, StoreError> {
        let lines = self.store.lines().await?;
        let organisation_line = lines.iter().find(|line| line.organisation.as_ref() == Some(organisation));
        let organisation_line = organisation_line.map(|line| line.number.clone());
        Ok(Surroundings {
            centre: self.operations_centre_now().await?,
            own_lines: lines.into_iter().map(|line| line.number).collect(),
            organisation_line,
            active: self.active_settings(organisation).await?,
        })
    }

    /// The operations centre in force: as typed, and what it means.
    pub(crate) async fn operations_centre_now(&self) -> Result<Option<(String, OperationsCentreSettings)>, StoreError> {
        let Some(row) = self.store.operations_centre().await? else { return Ok(None) };
        let typed: Value = serde_json::from_str(&row.document)?;
        Ok(settings::check_operations_centre(&typed, &[], None, &[]).settings.map(|centre| (row.document, centre)))
    }

    async fn active_settings(&self, organisation: &OrganisationId) -> Result<Option<(VersionRow, Value, Settings)>, StoreError> {
        let row = match self.store.active_version(organisation).await {
            Ok(row) => row,
            Err(StoreError::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        let document = serde_json::from_str(&row.document)?;
        let settings = read_version(&row.document, row.operations_centre.as_deref()).ok_or(StoreError::Corrupt)?;
        Ok(Some((row, document, settings)))
    }

    /// Checks a document as a save would, and changes nothing. The active version counts, where there is one.
    ///
    /// # Errors
    /// The store's.
    pub async fn check_settings(&self, organisation: &OrganisationId, document: &Value) -> Result<settings::Checked, StoreError> {
        Ok(self.surroundings(organisation).await?.check(document, &[]))
    }

    /// Saves settings.
    ///
    /// # Errors
    /// See [`SaveSettingsError`]; nothing is changed then.
    pub async fn save_settings(
        &self,
        organisation: &OrganisationId,
        change: Change<'_>,
        parameters: &SaveParameters,
        expected: &Expected,
        by: By<'_>,
    ) -> Result<SavedSettings, SaveSettingsError> {
        for _ in 0..DECISIONS_MAX {
            let around = self.surroundings(organisation).await?;
            if !expected.allows(around.active_version()) {
                return Err(SaveSettingsError::VersionMoved { current: around.active_version() });
            }
            match self.save_once(organisation, change, parameters, &around, by).await {
                Err(SaveSettingsError::Store(StoreError::Conflict("the active version"))) => {}
                other => return other,
            }
        }
        Err(SaveSettingsError::Store(StoreError::Busy))
    }

    async fn save_once(
        &self,
        organisation: &OrganisationId,
        change: Change<'_>,
        parameters: &SaveParameters,
        around: &Surroundings,
        by: By<'_>,
    ) -> Result<SavedSettings, SaveSettingsError> {
        let document = match (change, &around.active) {
            (Change::Document(document), _) => document.clone(),
            (Change::Patch(patch), Some((_, active, _))) => settings::merge(active, patch),
            (Change::Patch(_), None) => return Err(SaveSettingsError::NothingActive),
        };
        let checked = around.check(&document, &parameters.confirm);
        if checked.settings.is_none() {
            return Err(SaveSettingsError::Invalid(checked.problems));
        }
        if parameters.when != When::Draft && !checked.needs_confirm.is_empty() {
            return Err(SaveSettingsError::NeedsConfirm { codes: checked.needs_confirm, warnings: checked.warnings });
        }
        let is_new = around.active.is_none() && self.store.versions(organisation, None, 1).await?.is_empty();
        let expected: Vec<Version> = around.active_version().into_iter().collect();
        let version = NewVersion {
            organisation,
            document: &document.to_string(),
            operations_centre: around.centre.as_ref().map(|(typed, _)| typed.as_str()),
            becomes: match parameters.when {
                When::Now => Becomes::Active,
                When::Draft => Becomes::Draft,
                When::At(at) => Becomes::Planned(at),
            },
            planned: match parameters.planned {
                WithPlanned::Refuse => PlannedVersions::Refuse,
                WithPlanned::Keep => PlannedVersions::Keep,
                WithPlanned::Cancel => PlannedVersions::Cancel,
            },
            expected: &expected,
            note: parameters.note.as_deref(),
        };
        match self.store.save_version(&version, by).await {
            Ok(row) => {
                self.settings_changed().await?;
                Ok(SavedSettings { row, warnings: checked.warnings, is_new })
            }
            Err(StoreError::Conflict("a planned version")) => {
                Err(SaveSettingsError::OtherPlanned(self.planned_versions(organisation).await?))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Versions of an organisation that are planned, newest first.
    pub(crate) async fn planned_versions(&self, organisation: &OrganisationId) -> Result<Vec<VersionRow>, StoreError> {
        let mut versions = self.store.versions(organisation, None, PLANNED_LOOKED_AT_MAX).await?;
        versions.retain(|row| row.state == VersionState::Planned);
        Ok(versions)
    }

    /// Settings, lines or accounts have changed: this process knows at once, others within a second.
    pub(crate) async fn settings_changed(&self) -> Result<(), StoreError> {
        self.settings.refresh(&self.store, self.clock.now()).await?;
        self.work.ring(&self.clock);
        Ok(())
    }
}
