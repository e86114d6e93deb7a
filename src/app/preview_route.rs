//! Who would take a call now, and why: the same judgement that a call gets.

use crate::app::engine::App;
use crate::decide::route::{self, Excluded, Stop};
use crate::model::answer::Answer;
use crate::model::ids::{OrganisationId, Version};
use crate::model::language::choose_language;
use crate::model::phone::PhoneNumber;
use crate::settings::requests::RouteParameters;
use crate::settings::valid::EmergencyNumberChoice;
use crate::settings::{Settings, emergency_number};
use crate::store::StoreError;
use crate::store::snapshot::read_version;
use chrono::{DateTime, Utc};

/// A route, looked at beforehand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutePreview {
    /// By which version.
    pub version: Version,
    /// For which answer.
    pub answer: Answer,
    /// When.
    pub at: DateTime<Utc>,
    /// The ONE number that travellers are told.
    pub emergency_number: Option<PhoneNumber>,
    /// What desks see as the caller; None: the organisation has no line yet.
    pub caller_id: Option<PhoneNumber>,
    /// The desks in calling order.
    pub stops: Vec<Stop>,
    /// What holds for the whole route.
    pub because: Vec<String>,
}

/// Whom travellers of an organisation call in an emergency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmergencyContact {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The organisation's name.
    pub organisation_name: String,
    /// Who answers.
    pub name: String,
    /// The number.
    pub phone: PhoneNumber,
    /// The version that says so.
    pub version: Version,
}

impl App {
    /// Who takes a call with this answer.
    ///
    /// # Errors
    /// `NotFound`: no such organisation, version, or none is active.
    pub async fn preview_route(
        &self,
        organisation: &OrganisationId,
        parameters: &RouteParameters,
    ) -> Result<RoutePreview, StoreError> {
        let (version, settings) = self.version_or_active(organisation, parameters.version).await?;
        let lines = self.store.lines().await?;
        let own_line = lines.iter().find(|line| line.organisation.as_ref() == Some(organisation)).map(|line| line.number.clone());
        let at = parameters.at.unwrap_or_else(|| self.clock.now());
        let numbers: Vec<&PhoneNumber> = lines.iter().map(|line| &line.number).collect();
        let excluded = Excluded { lines: &numbers, ..Excluded::default() };
        let route = route::desks(&settings, parameters.answer, at, &excluded);
        let mut because = route.because;
        if let Some(wanted) = &parameters.language {
            let spoken = choose_language(Some(wanted), &settings.languages);
            because.push(format!("The call is spoken in {spoken}."));
        }
        Ok(RoutePreview {
            version,
            answer: parameters.answer,
            at,
            emergency_number: emergency_number(&settings, own_line.as_ref()),
            caller_id: own_line,
            stops: route.stops,
            because,
        })
    }

    /// Whom travellers call in an emergency, by the active settings.
    ///
    /// # Errors
    /// `NotFound`: no such organisation, or no version is active.
    pub async fn emergency_contact(&self, organisation: &OrganisationId) -> Result<EmergencyContact, StoreError> {
        let (version, settings) = self.version_or_active(organisation, None).await?;
        let lines = self.store.lines().await?;
        let own_line = lines.iter().find(|line| line.organisation.as_ref() == Some(organisation)).map(|line| &line.number);
        let phone = emergency_number(&settings, own_line).ok_or(StoreError::NotFound)?;
        let is_line = settings.emergency_number == EmergencyNumberChoice::Line && own_line.is_some();
        let desk = settings.first_desk().filter(|_| !is_line);
        let name = desk.map_or_else(|| settings.name.clone(), |desk| desk.name.clone());
        Ok(EmergencyContact { organisation: organisation.clone(), organisation_name: settings.name, name, phone, version })
    }

    async fn version_or_active(
        &self,
        organisation: &OrganisationId,
        version: Option<Version>,
    ) -> Result<(Version, Settings), StoreError> {
        let row = match version {
            Some(version) => self.store.version(organisation, version).await?,
            None => self.store.active_version(organisation).await?,
        };
        let settings = read_version(&row.document, row.operations_centre.as_deref()).ok_or(StoreError::Corrupt)?;
        Ok((row.version, settings))
    }
}
