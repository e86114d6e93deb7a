//! Saves a traveller: whom we may call.

use crate::app::engine::App;
use crate::model::ids::{OrganisationId, TravellerId};
use crate::settings::Problem;
use crate::settings::bodies::check_traveller;
use crate::store::travellers::{TravellerEntry, TravellerFields};
use crate::store::{By, StoreError};
use serde_json::Value;

/// Why a traveller was not saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SaveTravellerError {
    /// Everything that is wrong.
    Invalid(Vec<Problem>),
    /// The store's.
    Store(StoreError),
}

impl From<StoreError> for SaveTravellerError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl App {
    /// Makes or changes a traveller: the entry, what is worth knowing, and is it new? National numbers are read in the country
    /// of the organisation's active settings.
    ///
    /// # Errors
    /// See [`SaveTravellerError`].
    pub async fn save_traveller(
        &self,
        organisation: &OrganisationId,
        id: &TravellerId,
        document: &Value,
        by: By<'_>,
    ) -> Result<(TravellerEntry, Vec<Problem>, bool), SaveTravellerError> {
        let snapshot = self.settings.now();
        let country = snapshot.organisations.get(organisation).map(|known| known.active.settings.country.clone());
        let checked = check_traveller(document, &country.unwrap_or_default());
        let Some(body) = checked.body else { return Err(SaveTravellerError::Invalid(checked.problems)) };
        let fields = TravellerFields {
            name: body.name,
            phones: body.phones.into_iter().map(|(_, phone)| phone).collect(),
            language: body.language,
            email: body.email,
            person_key: body.person_key,
            groups: body.groups,
            valid_until: body.valid_until.map(|until| until.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)),
        };
        let (entry, is_new) = self.store.put_traveller(organisation, id, &fields, by).await?;
        Ok((entry, checked.warnings, is_new))
    }
}
