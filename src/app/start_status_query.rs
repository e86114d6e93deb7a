//! Starts a status query, pauses, resumes and stops it.
//!
//! Invariant: after the answer to `stop` no phone begins to ring: nothing new is ordered, and orders that do not ring yet are
//! withdrawn at the provider. Calls that were answered go on.

use crate::app::engine::App;
use crate::model::ids::{OrganisationId, QueryId, TravellerRow};
use crate::settings::Problem;
use crate::settings::bodies::{Asked, check_status_query};
use crate::settings::requests::{no_line_to_call, nobody_asked, unknown_name};
use crate::store::queries::{NewQuery, QueryCommand, QueryRow};
use crate::store::travellers::TravellerEntry;
use crate::store::{By, StoreError};
use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Travellers that are read at once.
const TRAVELLERS_AT_ONCE: i64 = 1_000;
/// Orders that are withdrawn at the same time.
const WITHDRAWN_AT_ONCE: usize = 20;

/// Why a status query was not started or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatusQueryError {
    /// Everything that is wrong; nobody to ask is such a thing.
    Invalid(Vec<Problem>),
    /// The organisation has no active settings.
    NothingActive,
    /// It is over.
    Over,
    /// The store's.
    Store(StoreError),
}

impl From<StoreError> for StatusQueryError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict("the query's state") => Self::Over,
            other => Self::Store(other),
        }
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

    /// Pauses, resumes or stops a query. Doing so twice changes nothing.
    ///
    /// # Errors
    /// `Over`, or the store's: `NotFound` where it is another organisation's.
    pub async fn command_status_query(
        self: &Arc<Self>,
        organisation: &OrganisationId,
        id: QueryId,
        command: QueryCommand,
        by: By<'_>,
    ) -> Result<QueryRow, StatusQueryError> {
        let row = self.store.command_query(organisation, id, command, by).await?;
        if command == QueryCommand::Stop {
            self.withdraw_orders(id).await?;
        }
        self.work.ring(&self.clock);
        Ok(row)
    }

    /// Withdraws the orders of a query that nobody has answered. A provider that does not answer leaves them to their end.
    async fn withdraw_orders(self: &Arc<Self>, id: QueryId) -> Result<(), StoreError> {
        for some in self.store.running_attempts(id).await?.chunks(WITHDRAWN_AT_ONCE) {
            let mut withdrawn = Vec::with_capacity(some.len());
            for attempt in some {
                let Some(provider_call) = attempt.provider_call.clone() else { continue };
                let row = self.store.call(attempt.call).await?;
                let Some(line) = self.settings.now().lines.get(&row.line).cloned() else { continue };
                let app = Arc::clone(self);
                withdrawn.push(self.tasks.spawn(async move {
                    let request = line.account.dialect.cancel_call(&provider_call, &line.account.access);
                    let done = match app.carrier.send(request).await {
                        Ok(response) => line.account.dialect.read_done(&response),
                        Err(error) => Err(error),
                    };
                    if let Err(error) = done {
                        tracing::warn!(line = %line.id, %error, "An order of a stopped query could not be withdrawn");
                    }
                }));
            }
            for task in withdrawn {
                if let Err(error) = task.await {
                    tracing::error!(%error, "Withdrawing an order was broken off");
                }
            }
        }
        Ok(())
    }
}

fn is_valid(entry: &TravellerEntry, now: DateTime<Utc>) -> bool {
    let until = entry.valid_until.as_deref().and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    until.is_none_or(|until| until >= now)
}
