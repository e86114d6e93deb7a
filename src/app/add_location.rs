//! Stores a position that was reported by or for a traveller.

use crate::app::engine::App;
use crate::model::ids::OrganisationId;
use crate::settings::Problem;
use crate::settings::requests::{LocationBody, check_location, unknown_name};
use crate::store::travellers::NewLocation;
use crate::store::{By, StoreError};
use chrono::{DateTime, Utc};
use serde_json::Value;

/// Why a position was not stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddLocationError {
    /// Everything that is wrong.
    Invalid(Vec<Problem>),
    /// The store's.
    Store(StoreError),
}

impl App {
    /// Stores a position: what was stored, and for when.
    ///
    /// # Errors
    /// See [`AddLocationError`].
    pub async fn add_location(
        &self,
        organisation: &OrganisationId,
        document: &Value,
        by: By<'_>,
    ) -> Result<(LocationBody, DateTime<Utc>), AddLocationError> {
        let checked = check_location(document);
        let Some(body) = checked.body else { return Err(AddLocationError::Invalid(checked.problems)) };
        let traveller = match self.store.traveller(organisation, &body.traveller).await {
            Ok(entry) => entry.row,
            Err(StoreError::NotFound) => return Err(AddLocationError::Invalid(unknown_name("traveller"))),
            Err(error) => return Err(AddLocationError::Store(error)),
        };
        let at = body.at.unwrap_or(by.at);
        let location = NewLocation {
            traveller,
            latitude: body.position.map(|(north, _)| north),
            longitude: body.position.map(|(_, east)| east),
            accuracy_m: body.accuracy_m,
            place: body.place.as_deref(),
            source: &body.source,
            at,
        };
        self.store.add_location(organisation, &location, by).await.map_err(AddLocationError::Store)?;
        let note = self.store.note_in_audit(by, Some(organisation), "location.added", body.traveller.as_str()).await;
        note.map_err(AddLocationError::Store)?;
        Ok((body, at))
    }
}
