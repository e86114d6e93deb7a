//! How effects change travellers' files. The store, the step itself and the tests all go through here: there is no
//! second way.
//!
//! Invariant: applying an effect twice changes nothing the second time.

use crate::model::alert::OpenAlert;
use crate::model::answer::Answer;
use crate::model::effect::Effect;
use crate::model::ids::{AlertId, CallId, QueryId, TravellerRow};
use crate::model::traveller::{Person, QueryPart};

/// Applies one effect of a call (or text) to one traveller's file, and counts its revision up if that changed it.
/// Returns whether it did. Effects about somebody else, or about nobody's file, change nothing.
pub fn apply(person: &mut Person, effect: &Effect, call: CallId) -> bool {
    let changed = match effect {
        Effect::SetStatus { traveller, status } => *traveller == person.row && set_status(person, *status),
        Effect::RaiseAlert { id, kind, travellers, about_travel, severity: _ } => {
            let alert = OpenAlert { id: *id, kind: *kind, about_travel: *about_travel, call };
            travellers.contains(&person.row) && raise(&mut person.alerts, alert)
        }
        Effect::SettleAlert { id, traveller } => *traveller == Some(person.row) && settle(&mut person.alerts, *id),
        Effect::SettleQuery { query, traveller } => part(person, *traveller, *query).is_some_and(|part| {
            let open = !part.settled || part.planned.is_some();
            part.settled = true;
            part.planned = None;
            open
        }),
        Effect::EndAttempt { query, traveller, attempt, result: _ } => part(person, *traveller, *query).is_some_and(|part| {
            let first = !part.ended.contains(attempt);
            if first {
                part.ended.push(*attempt);
            }
            first
        }),
        Effect::Retry { query, traveller, attempt, after_minutes: _ } => {
            part(person, *traveller, *query).is_some_and(|part| plan(part, *attempt))
        }
        Effect::Record { .. }
        | Effect::AlertBeingAnswered { .. }
        | Effect::AlertOpenAgain { .. }
        | Effect::ChangeCall
        | Effect::LookUpCall
        | Effect::CallUnknown => false,
    };
    person.revision += u64::from(changed);
    changed
}

/// The same for alerts without a traveller, which stand in nobody's file.
pub fn apply_to_alerts_of_nobody(alerts: &mut Vec<OpenAlert>, effect: &Effect, call: CallId) -> bool {
    match effect {
        Effect::RaiseAlert { id, kind, travellers, about_travel, severity: _ } => {
            let alert = OpenAlert { id: *id, kind: *kind, about_travel: *about_travel, call };
            travellers.is_empty() && raise(alerts, alert)
        }
        Effect::SettleAlert { id, traveller } => traveller.is_none() && settle(alerts, *id),
        Effect::Record { .. }
        | Effect::SetStatus { .. }
        | Effect::AlertBeingAnswered { .. }
        | Effect::AlertOpenAgain { .. }
        | Effect::SettleQuery { .. }
        | Effect::EndAttempt { .. }
        | Effect::Retry { .. }
        | Effect::ChangeCall
        | Effect::LookUpCall
        | Effect::CallUnknown => false,
    }
}

/// Notes in a traveller's file that an attempt was placed: it is planned no longer. Returns whether that changed the file.
pub fn placed(person: &mut Person, query: QueryId, attempt: u8) -> bool {
    let row = person.row;
    let changed = part(person, row, query).is_some_and(|part| {
        let new = part.placed < attempt || part.planned.is_some_and(|planned| planned <= attempt);
        part.placed = part.placed.max(attempt);
        part.planned = part.planned.filter(|planned| *planned > attempt);
        new
    });
    person.revision += u64::from(changed);
    changed
}

fn set_status(person: &mut Person, status: Answer) -> bool {
    let changed = person.status != Some(status);
    person.status = Some(status);
    changed
}

fn raise(alerts: &mut Vec<OpenAlert>, alert: OpenAlert) -> bool {
    let new = alerts.iter().all(|known| known.id != alert.id);
    if new {
        alerts.push(alert);
    }
    new
}

fn settle(alerts: &mut Vec<OpenAlert>, id: AlertId) -> bool {
    let before = alerts.len();
    alerts.retain(|alert| alert.id != id);
    alerts.len() != before
}

/// The traveller's part in that query, if the file is theirs and the query is the newest one.
fn part(person: &mut Person, traveller: TravellerRow, query: QueryId) -> Option<&mut QueryPart> {
    let theirs = person.row == traveller;
    person.query.as_mut().filter(|part| theirs && part.query == query)
}

/// Plans an attempt, unless the query is settled or that attempt was placed meanwhile.
fn plan(part: &mut QueryPart, attempt: u8) -> bool {
    let wanted = !part.settled && part.placed < attempt && part.planned != Some(attempt);
    if wanted {
        part.planned = Some(attempt);
    }
    wanted
}

#[cfg(test)]
mod tests;
