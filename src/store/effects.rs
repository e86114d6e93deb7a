//! What a step does to the records: each effect as plain SQL, on the open write of its journal row.
//!
//! Invariant: this file judges nothing. Whoever's file an effect changes has its revision raised, and the step loses
//! (`Conflict`) where that revision is not the one that the judgement saw.

use crate::model::answer::Answer;
use crate::model::effect::{Effect, Status};
use crate::model::ids::{CallId, LineId, OrganisationId, QueryId, TravellerRow};
use crate::store::alerts::{self, NewAlert};
use crate::store::columns::micros;
use crate::store::db::{Link, run};
use crate::store::{StoreError, queries, travellers};
use chrono::{DateTime, Utc};

/// The step that the effects belong to.
pub(crate) struct StepFacts<'a> {
    /// The call or message.
    pub(crate) call: CallId,
    /// Whose.
    pub(crate) organisation: Option<&'a OrganisationId>,
    /// Over which line.
    pub(crate) line: Option<&'a LineId>,
    /// For which query the call was placed.
    pub(crate) query: Option<QueryId>,
    /// Which attempt; 0: none.
    pub(crate) attempt: u8,
    /// The word of the event.
    pub(crate) kind: &'a str,
    /// What the event proves an answer by.
    pub(crate) proof: &'static str,
    /// When.
    pub(crate) at: DateTime<Utc>,
}

/// What the effects of one step have touched.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    people: Vec<(TravellerRow, Option<Answer>)>,
    queries: Vec<QueryId>,
}

impl Touched {
    /// A traveller's file changes.
    pub(crate) fn person(&mut self, traveller: TravellerRow) {
        if !self.people.iter().any(|(row, _)| *row == traveller) {
            self.people.push((traveller, None));
        }
    }

    fn status(&mut self, traveller: TravellerRow, status: Answer) {
        self.person(traveller);
        for (_, newest) in self.people.iter_mut().filter(|(row, _)| *row == traveller) {
            *newest = Some(status);
        }
    }

    /// A part of a query changes, and with it the traveller's file.
    pub(crate) fn part(&mut self, query: QueryId, traveller: TravellerRow) {
        self.person(traveller);
        if !self.queries.contains(&query) {
            self.queries.push(query);
        }
    }
}

/// Applies one effect. The three that are done on the telephone network leave no record here: their jobs do.
pub(crate) async fn apply(
    link: &mut Link<'_>,
    step: &StepFacts<'_>,
    effect: &Effect,
    touched: &mut Touched,
) -> Result<(), StoreError> {
    match effect {
        Effect::Record { traveller, status } => record(link, step, *traveller, *status).await,
        Effect::SetStatus { traveller, status } => {
            touched.status(*traveller, *status);
            queries::set_status(link, *traveller, *status, step.proof).await
        }
        Effect::RaiseAlert { id, kind, severity, travellers, about_travel } => {
            travellers.iter().for_each(|traveller| touched.person(*traveller));
            let alert = NewAlert {
                id: *id,
                organisation: step.organisation.cloned(),
                kind: *kind,
                severity: *severity,
                travellers: travellers.clone(),
                about_travel: *about_travel,
                call: Some(step.call),
                query: step.query,
                line: step.line.cloned(),
                once_key: None,
            };
            alerts::raise(link, &alert, step.at).await.map(drop)
        }
        Effect::SettleAlert { id, traveller } => {
            traveller.iter().for_each(|traveller| touched.person(*traveller));
            alerts::settle_for(link, *id, *traveller, step.kind, step.at).await
        }
        Effect::AlertBeingAnswered { id } => alerts::being_answered(link, *id).await,
        Effect::AlertOpenAgain { id } => alerts::open_again(link, *id).await,
        Effect::SettleQuery { query, traveller } => {
            touched.part(*query, *traveller);
            queries::settle(link, *query, *traveller, step.at).await
        }
        Effect::EndAttempt { query, traveller, attempt, result } => {
            touched.part(*query, *traveller);
            queries::end_attempt(link, (*query, *traveller, *attempt), *result, step.at).await
        }
        Effect::Retry { query, traveller, attempt, after_minutes } => {
            touched.part(*query, *traveller);
            queries::plan_retry(link, (*query, *traveller, *attempt), *after_minutes, step.at).await
        }
        Effect::ChangeCall | Effect::LookUpCall | Effect::CallUnknown => Ok(()),
    }
}

/// What follows when all effects of a step are applied: files are raised, queries that have run out are finished.
pub(crate) async fn finish(
    link: &mut Link<'_>,
    touched: &Touched,
    seen: &[(TravellerRow, u64)],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    for (traveller, status) in &touched.people {
        let revision = seen.iter().find(|(row, _)| row == traveller).map(|(_, revision)| *revision);
        if !travellers::change_file(link, *traveller, revision, *status, at).await? {
            return Err(StoreError::Conflict("a traveller's file"));
        }
    }
    for query in &touched.queries {
        queries::finish_if_done(link, *query, at).await?;
    }
    Ok(())
}

async fn record(
    link: &mut Link<'_>,
    step: &StepFacts<'_>,
    traveller: Option<TravellerRow>,
    status: Status,
) -> Result<(), StoreError> {
    run!(
        link,
        "insert into records (organisation, traveller, status, call, query, attempt, at) values ($1, $2, $3, $4, $5, $6, $7)",
        step.organisation,
        traveller,
        status,
        step.call,
        step.query,
        i64::from(step.attempt),
        micros(step.at)
    )
    .map(drop)
}
