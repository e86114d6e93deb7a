//! Help that was forwarded while nothing could be stored is told as soon as the memory answers again (promise 4): what the
//! spool holds becomes critical operator alerts, and is forgotten only when they stand.

use crate::app::engine::App;
use crate::model::alert::{AlertKind, Severity};
use crate::model::ids::AlertId;
use crate::store::StoreError;
use crate::store::alerts::NewAlert;
use crate::store::spool;

impl App {
    /// Tells what the spool holds. Cheap where it holds nothing: one look at a folder.
    ///
    /// # Errors
    /// The store's: all of it is told the next time.
    pub async fn tell_unrecorded(&self) -> Result<(), StoreError> {
        let Some(folder) = &self.spool else { return Ok(()) };
        let entries = match spool::take(folder) {
            Ok(entries) => entries,
            Err(error) => {
                tracing::error!(%error, "The spool of unrecorded help cannot be read");
                return Ok(());
            }
        };
        for entry in &entries {
            let alert = NewAlert {
                id: AlertId(self.ids.fresh()),
                organisation: None,
                kind: AlertKind::HelpUnrecorded,
                severity: Severity::Critical,
                travellers: Vec::new(),
                about_travel: false,
                call: Some(entry.call),
                query: None,
                line: Some(entry.line.clone()),
                once_key: Some(format!("{}:{}", AlertKind::HelpUnrecorded.as_str(), entry.call)),
            };
            if self.store.raise_alert(&alert, self.clock.now()).await? {
                tracing::error!(call = %entry.call, line = %entry.line, at = %entry.at, "Help was forwarded and not recorded; an alert says so now");
            }
        }
        if let Err(error) = spool::forget(folder) {
            tracing::error!(%error, "The spool of unrecorded help cannot be emptied; what it holds is told again");
        }
        if !entries.is_empty() {
            self.work.ring(&self.clock);
        }
        Ok(())
    }
}
