//! Travellers as the judgement sees them: a file that holds the status, the query and the open alerts.

use crate::model::alert::OpenAlert;
use crate::model::answer::Answer;
use crate::model::ids::{QueryId, TravellerRow};
use crate::model::language::LanguageTag;
use serde::{Deserialize, Serialize};

/// The part of a traveller in their newest status query.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryPart {
    /// The query.
    pub query: QueryId,
    /// Is it settled for this traveller (rule 25)? Then there are no further attempts and no `unreached`.
    pub settled: bool,
    /// The retry plan of the query's first call (rule 5): minutes after the traveller's first call, first 0.
    pub retry_minutes: Vec<u16>,
    /// The highest attempt that was placed: 1, 2, …; 0: none yet.
    pub placed: u8,
    /// The attempt that is planned and not yet placed.
    pub planned: Option<u8>,
    /// Attempts that have their one result (rule 23).
    pub ended: Vec<u8>,
}

/// A traveller's file: everything about a person that a judgement may look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The row number.
    pub row: TravellerRow,
    /// The name, as people say it.
    pub name: Option<String>,
    /// The traveller's language.
    pub language: Option<LanguageTag>,
    /// The last of safe, help, medical, travel, unclear that counts (rule 29); None: unknown.
    pub status: Option<Answer>,
    /// The newest status query that the traveller is part of.
    pub query: Option<QueryPart>,
    /// Alerts about this traveller that are not settled for them, in order of raising.
    pub alerts: Vec<OpenAlert>,
    /// The last known place, if it is younger than 24 h ("Lagos").
    pub place: Option<String>,
    /// Counts up with every change; a step that saw an older one loses and decides again.
    pub revision: u64,
}
