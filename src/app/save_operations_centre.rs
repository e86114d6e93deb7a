//! Sets the operations centre of the installation, and with it a new version for every organisation that uses it.

use crate::app::engine::App;
use crate::model::ids::{OrganisationId, Version};
use crate::model::limits::DECISIONS_MAX;
use crate::settings::valid::OperationsCentre;
use crate::settings::{self, Problem};
use crate::store::operations_centre::OperationsCentreRow;
use crate::store::settings_versions::{Becomes, NewVersion, PlannedVersions, VersionRow, VersionState};
use crate::store::snapshot::read_version;
use crate::store::{By, StoreError};
use serde_json::Value;

/// What organisations read in the list of their versions.
const NOTE: &str = "The operations centre has changed";
/// Organisations that are read at once.
const ORGANISATIONS_AT_ONCE: i64 = 500;

/// An operations centre that was set.
#[derive(Debug, Clone)]
pub struct SavedOperationsCentre {
    /// Its version.
    pub row: OperationsCentreRow,
    /// The versions that organisations got by it.
    pub versions: Vec<VersionRow>,
    /// What is worth knowing about it.
    pub warnings: Vec<Problem>,
    /// Is it the first?
    pub is_new: bool,
}

/// Why it was not set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveOperationsCentreError {
    /// Everything that is wrong.
    Invalid(Vec<Problem>),
    /// These codes must be confirmed first.
    NeedsConfirm(Vec<&'static str>),
    /// The store's.
    Store(StoreError),
}

impl From<StoreError> for SaveOperationsCentreError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// A version that an organisation gets.
struct Successor {
    organisation: OrganisationId,
    document: String,
    becomes: Becomes,
    expected: Vec<Version>,
    /// Do the planned versions before it become drafts?
    replaces_planned: bool,
}

impl App {
    /// Sets the operations centre. The same again changes nothing.
    ///
    /// # Errors
    /// See [`SaveOperationsCentreError`]; nothing is changed then.
    pub async fn save_operations_centre(
        &self,
        document: &Value,
        confirmed: &[String],
        by: By<'_>,
    ) -> Result<SavedOperationsCentre, SaveOperationsCentreError> {
        let before = self.operations_centre_now().await?;
        let lines: Vec<_> = self.store.lines().await?.into_iter().map(|line| line.number).collect();
        let checked = settings::check_operations_centre(document, &lines, before.as_ref().map(|(_, centre)| centre), confirmed);
        let Some(centre) = checked.settings else { return Err(SaveOperationsCentreError::Invalid(checked.problems)) };
        if !checked.needs_confirm.is_empty() {
            return Err(SaveOperationsCentreError::NeedsConfirm(checked.needs_confirm));
        }
        let typed = document.to_string();
        let row = self.store.operations_centre().await?;
        let is_new = row.is_none();
        if let Some(row) = row.filter(|row| row.document == typed) {
            return Ok(SavedOperationsCentre { row, versions: Vec::new(), warnings: checked.warnings, is_new });
        }
        let is_same_desk = before.is_some_and(|(_, before)| before.centre == centre.centre);
        for _ in 0..DECISIONS_MAX {
            let successors = if is_same_desk { Vec::new() } else { self.successors(&typed, &centre.centre).await? };
            let versions: Vec<NewVersion<'_>> = successors.iter().map(|successor| successor.version(&typed)).collect();
            match self.store.set_operations_centre(&typed, by, &versions).await {
                Ok((row, versions)) => {
                    self.settings_changed().await?;
                    return Ok(SavedOperationsCentre { row, versions, warnings: checked.warnings, is_new });
                }
                Err(StoreError::Conflict("the active version")) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(SaveOperationsCentreError::Store(StoreError::Busy))
    }

    /// The versions that organisations get: of the active one, and of every planned one, where they use the centre.
    async fn successors(&self, typed: &str, centre: &OperationsCentre) -> Result<Vec<Successor>, StoreError> {
        let uses = |row: &VersionRow| {
            read_version(&row.document, Some(typed)).and_then(|settings| settings.operations_centre).as_ref() == Some(centre)
        };
        let mut successors: Vec<Successor> = Vec::new();
        let mut after: Option<OrganisationId> = None;
        loop {
            let organisations = self.store.organisations(after.as_ref(), ORGANISATIONS_AT_ONCE).await?;
            let Some(last) = organisations.last() else { return Ok(successors) };
            after = Some(last.id.clone());
            for organisation in organisations {
                let active = match self.store.active_version(&organisation.id).await {
                    Ok(row) => Some(row),
                    Err(StoreError::NotFound) => None,
                    Err(error) => return Err(error),
                };
                let planned = self.planned_versions(&organisation.id).await?;
                let planned: Vec<VersionRow> = planned.into_iter().rev().collect();
                let has_outdated_plan = planned.iter().any(uses);
                let mut own: Vec<Successor> = Vec::new();
                let expected: Vec<Version> = active.iter().map(|row| row.version).collect();
                if let Some(row) = active.filter(uses) {
                    own.push(Successor::of(row, Becomes::Active, expected.clone()));
                }
                for row in planned.into_iter().filter(|_| has_outdated_plan) {
                    let Some(at) = row.activates_at.filter(|_| row.state == VersionState::Planned) else { continue };
                    // The active version is another one by now, if the first of these changed it.
                    let expected = if own.is_empty() { expected.clone() } else { Vec::new() };
                    own.push(Successor::of(row, Becomes::Planned(at), expected));
                }
                if let Some(first) = own.first_mut().filter(|_| has_outdated_plan) {
                    first.replaces_planned = true;
                }
                successors.append(&mut own);
            }
        }
    }
}

impl Successor {
    fn of(row: VersionRow, becomes: Becomes, expected: Vec<Version>) -> Self {
        Self { organisation: row.organisation, document: row.document, becomes, expected, replaces_planned: false }
    }

    fn version<'a>(&'a self, centre: &'a str) -> NewVersion<'a> {
        NewVersion {
            organisation: &self.organisation,
            document: &self.document,
            operations_centre: Some(centre),
            becomes: self.becomes,
            planned: if self.replaces_planned { PlannedVersions::Cancel } else { PlannedVersions::Keep },
            expected: &self.expected,
            note: Some(NOTE),
        }
    }
}
