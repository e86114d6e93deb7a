//! Shows a status query: who stands how, and what was tried.

use crate::app::engine::App;
use crate::model::answer::Answer;
use crate::model::ids::{OrganisationId, QueryId, TravellerRow};
use crate::store::StoreError;
use crate::store::queries::{AttemptRow, QueryPersonRow, QueryRow};
use std::collections::BTreeMap;

/// People that are read at once.
const PEOPLE_AT_ONCE: i64 = 1_000;

/// A status query with its people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownQuery {
    /// The query.
    pub row: QueryRow,
    /// How many people stand how.
    pub counts: QueryCounts,
    /// The people with their attempts.
    pub people: Vec<(QueryPersonRow, Vec<AttemptRow>)>,
}

/// How many people of a query stand how.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueryCounts {
    /// By answer.
    pub answered: BTreeMap<&'static str, i64>,
    /// Nothing came, and nothing more is tried.
    pub unreached: i64,
    /// Nothing came yet.
    pub waiting: i64,
    /// Everybody.
    pub all: i64,
}

impl App {
    /// One query of this organisation with its people.
    ///
    /// # Errors
    /// `NotFound`, also for another organisation's. Or the store's.
    pub async fn show_status_query(&self, organisation: &OrganisationId, id: QueryId) -> Result<ShownQuery, StoreError> {
        let row = self.query_of(organisation, id).await?;
        let counts = self.count_people(id).await?;
        let mut people = Vec::new();
        let mut after: Option<TravellerRow> = None;
        loop {
            let some = self.store.query_people(id, after, PEOPLE_AT_ONCE).await?;
            let (Some(first), Some(last)) = (some.first(), some.last()) else { break };
            let mut attempts: BTreeMap<TravellerRow, Vec<AttemptRow>> = BTreeMap::new();
            for attempt in self.store.query_attempts(id, first.traveller, last.traveller).await? {
                attempts.entry(attempt.traveller).or_default().push(attempt);
            }
            after = Some(last.traveller);
            people.extend(some.into_iter().map(|person| {
                let own = attempts.remove(&person.traveller).unwrap_or_default();
                (person, own)
            }));
        }
        Ok(ShownQuery { row, counts, people })
    }

    /// The query of this organisation.
    ///
    /// # Errors
    /// `NotFound`, also for another organisation's. Or the store's.
    pub async fn query_of(&self, organisation: &OrganisationId, id: QueryId) -> Result<QueryRow, StoreError> {
        let row = self.store.query(id).await?;
        if row.organisation == *organisation { Ok(row) } else { Err(StoreError::NotFound) }
    }

    /// How many people of a query stand how.
    ///
    /// # Errors
    /// The store's.
    pub async fn count_people(&self, id: QueryId) -> Result<QueryCounts, StoreError> {
        let mut counts = QueryCounts::default();
        for answer in [Answer::Safe, Answer::Help, Answer::Medical, Answer::Travel, Answer::Unclear] {
            counts.answered.insert(answer.as_str(), 0);
        }
        for count in self.store.query_counts(id).await? {
            counts.all += count.people;
            match (count.status, count.done) {
                (Some(answer), _) => *counts.answered.entry(answer.as_str()).or_default() += count.people,
                (None, true) => counts.unreached += count.people,
                (None, false) => counts.waiting += count.people,
            }
        }
        Ok(counts)
    }
}
