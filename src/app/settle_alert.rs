//! Takes and settles alerts. Who comes first has it; whoever comes later is told who.

use crate::app::engine::App;
use crate::model::ids::{AlertId, OrganisationId};
use crate::settings::requests::Settlement;
use crate::store::alerts::{AlertRow, Settle, Take};
use crate::store::{By, StoreError};

impl App {
    /// One alert; with an organisation, only if it is that one's.
    ///
    /// # Errors
    /// `NotFound`, also for another organisation's. Or the store's.
    pub async fn alert_of(&self, organisation: Option<&OrganisationId>, id: AlertId) -> Result<AlertRow, StoreError> {
        let row = self.store.alert(id).await?;
        if organisation.is_none() || row.organisation.as_ref() == organisation { Ok(row) } else { Err(StoreError::NotFound) }
    }

    /// Somebody takes an alert; repeats end with that.
    ///
    /// # Errors
    /// `NotFound`, also for another organisation's. Or the store's.
    pub async fn take_alert(&self, organisation: Option<&OrganisationId>, id: AlertId, by: By<'_>) -> Result<Take, StoreError> {
        self.alert_of(organisation, id).await?;
        let taken = self.store.take_alert(id, by).await?;
        self.work.ring(&self.clock);
        Ok(taken)
    }

    /// Somebody settles an alert, for everybody whom it is about.
    ///
    /// # Errors
    /// `NotFound`, also for another organisation's. Or the store's.
    pub async fn settle_alert(
        &self,
        organisation: Option<&OrganisationId>,
        id: AlertId,
        settlement: &Settlement,
        by: By<'_>,
    ) -> Result<Settle, StoreError> {
        self.alert_of(organisation, id).await?;
        let settled = self.store.settle_alert(id, Some(&settlement.outcome), settlement.how.as_deref(), by).await?;
        self.work.ring(&self.clock);
        Ok(settled)
    }
}
