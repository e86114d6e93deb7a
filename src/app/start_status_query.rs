//! Starts a status query: finds out whom it asks, and plans everybody's first attempt.

use crate::app::engine::App;
use crate::model::ids::{OrganisationId, QueryId, TravellerRow};
use crate::settings::Problem;
use crate::settings::bodies::{Asked, check_status_query};
use crate::settings::requests::{no_line_to_call, nobody_asked, unknown_name};
use crate::store::queries::{NewQuery, QueryRow};
use crate::store::travellers::TravellerEntry;
use crate::store::{By, StoreError};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

/// Travellers that are read at once.
const TRAVELLERS_AT_ONCE: i64 = 1_000;

/// Why a status query was not started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatusQueryError {
    /// Everything that is wrong; nobody to ask is such a thing.
    Invalid(Vec<Problem>),
    /// The organisation has no active settings.
    NothingActive,
    /// The store's.
    Store(StoreError),
}

impl From<StoreError> for StatusQueryError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl App {
    /// Starts a status query: the query, what is worth knowing, and is it new? With a key that was used before, the one that
    /// it started.
    ///
    /// # Errors
    /// See [`StatusQueryError`].
    pub async fn start_status_query(
        &self,
        organisation: &OrganisationId,
        document: &Value,
        idempotency_key: Option<&str>,
        by: By<'_>,
    ) -> Result<(QueryRow, Vec<Problem>, bool), StatusQueryError> {
        self.store.organisation(organisation).await?;
        let snapshot = self.settings.now();
        let Some(known) = snapshot.organisations.get(organisation) else { return Err(StatusQueryError::NothingActive) };
        let settings = &known.active.settings;
        let first_language = settings.languages.first().cloned().unwrap_or_else(crate::model::language::LanguageTag::english);
        let checked = check_status_query(document, &first_language);
        let Some(body) = checked.body else { return Err(StatusQueryError::Invalid(checked.problems)) };
        let travellers = self.whom(organisation, &body.travellers, by.at).await?;
        if travellers.is_empty() {
            return Err(StatusQueryError::Invalid(nobody_asked("travellers")));
        }
        let incident: Map<String, Value> =
            body.incident.into_iter().map(|(language, text)| (language.as_str().to_owned(), Value::String(text))).collect();
        let query = NewQuery {
            id: QueryId(self.ids.fresh()),
            organisation,
            incident: &Value::Object(incident).to_string(),
            exercise: body.exercise,
            travellers: &travellers,
            retry_minutes: &settings.status_call.retry_minutes,
            idempotency_key,
        };
        let (row, is_new) = self.store.start_query(&query, by).await?;
        self.work.ring(&self.clock);
        let has_line = snapshot.lines.values().any(|line| line.organisation.as_ref() == Some(organisation));
        let warnings = if has_line { Vec::new() } else { no_line_to_call() };
        Ok((row, warnings, is_new))
    }

    /// Whom a query asks, each once. Those whose time is over are left out, unless they are named.
    async fn whom(
        &self,
        organisation: &OrganisationId,
        asked: &Asked,
        now: DateTime<Utc>,
    ) -> Result<Vec<TravellerRow>, StatusQueryError> {
        match asked {
            Asked::Travellers(ids) => {
                let (mut rows, mut problems) = (Vec::new(), Vec::new());
                for (place, id) in ids.iter().enumerate() {
                    match self.store.traveller(organisation, id).await {
                        Ok(entry) => rows.push(entry.row),
                        Err(StoreError::NotFound) => problems.extend(unknown_name(&format!("travellers[{place}]"))),
                        Err(error) => return Err(error.into()),
                    }
                }
                if problems.is_empty() { Ok(rows) } else { Err(StatusQueryError::Invalid(problems)) }
            }
            Asked::All => self.all_who(organisation, |entry| is_valid(entry, now)).await,
            Asked::Groups(groups) => {
                let is_in = |entry: &TravellerEntry| entry.groups.iter().any(|group| groups.contains(group));
                self.all_who(organisation, |entry| is_in(entry) && is_valid(entry, now)).await
            }
        }
    }

    async fn all_who(
        &self,
        organisation: &OrganisationId,
        wanted: impl Fn(&TravellerEntry) -> bool,
    ) -> Result<Vec<TravellerRow>, StatusQueryError> {
        let mut rows = Vec::new();
        let mut after = None;
        loop {
            let entries = self.store.travellers(organisation, after.as_ref(), TRAVELLERS_AT_ONCE).await?;
            let Some(last) = entries.last() else { return Ok(rows) };
            after = Some(last.id.clone());
            rows.extend(entries.iter().filter(|entry| wanted(entry)).map(|entry| entry.row));
        }
    }
}

fn is_valid(entry: &TravellerEntry, now: DateTime<Utc>) -> bool {
    let until = entry.valid_until.as_deref().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    until.is_none_or(|until| until >= now)
}
