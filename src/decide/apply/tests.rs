//! Tables of cases for the file beside this folder.

use super::*;
use crate::decide::fixture::{QUERY, person};
use crate::model::alert::{AlertKind, Severity};
use crate::model::effect::Status;
use uuid::Uuid;

const CALL: CallId = CallId(Uuid::from_u128(1));
const ALERT: AlertId = AlertId(Uuid::from_u128(2));
const ANNA: TravellerRow = TravellerRow(1);

fn help_about(travellers: Vec<TravellerRow>) -> Effect {
    Effect::RaiseAlert { id: ALERT, kind: AlertKind::Help, severity: Severity::High, travellers, about_travel: false }
}

#[test]
fn an_effect_changes_the_file_once_and_counts_the_revision() {
    let effects = [
        Effect::SetStatus { traveller: ANNA, status: Answer::Help },
        help_about(vec![ANNA, TravellerRow(2)]),
        Effect::Retry { query: QUERY, traveller: ANNA, attempt: 2, after_minutes: 2 },
        Effect::EndAttempt { query: QUERY, traveller: ANNA, attempt: 1, result: Status::Busy },
        Effect::SettleQuery { query: QUERY, traveller: ANNA },
        Effect::SettleAlert { id: ALERT, traveller: Some(ANNA) },
    ];
    let mut file = person(1);
    for (before, effect) in (0..).zip(&effects) {
        assert_eq!(file.revision, before);
        assert!(apply(&mut file, effect, CALL), "{effect:?}");
        assert!(!apply(&mut file, effect, CALL), "{effect:?} twice");
        assert_eq!(file.revision, before + 1);
    }
    let part = file.query.expect("a part");
    assert_eq!((part.settled, part.planned, part.ended), (true, None, vec![1]));
    assert_eq!((file.status, file.alerts), (Some(Answer::Help), Vec::new()));
}

#[test]
fn effects_about_others_change_nothing() {
    let other = TravellerRow(2);
    let mut file = person(1);
    for effect in [
        Effect::SetStatus { traveller: other, status: Answer::Help },
        help_about(vec![other]),
        help_about(Vec::new()),
        Effect::SettleQuery { query: QUERY, traveller: other },
        Effect::SettleQuery { query: QueryId(Uuid::from_u128(8)), traveller: ANNA },
        Effect::SettleAlert { id: ALERT, traveller: None },
        Effect::Record { traveller: Some(ANNA), status: Status::Connected },
        Effect::ChangeCall,
    ] {
        assert!(!apply(&mut file, &effect, CALL), "{effect:?}");
    }
    assert_eq!(file, person(1));
}

#[test]
fn a_settled_query_plans_nothing() {
    let mut file = person(1);
    let retry = Effect::Retry { query: QUERY, traveller: ANNA, attempt: 2, after_minutes: 2 };
    apply(&mut file, &retry, CALL);
    apply(&mut file, &Effect::SettleQuery { query: QUERY, traveller: ANNA }, CALL);
    assert!(!apply(&mut file, &retry, CALL));
    assert_eq!(file.query.expect("a part").planned, None);
}

#[test]
fn a_placed_attempt_is_planned_no_longer() {
    let mut file = person(1);
    apply(&mut file, &Effect::Retry { query: QUERY, traveller: ANNA, attempt: 2, after_minutes: 2 }, CALL);
    assert!(placed(&mut file, QUERY, 2));
    assert!(!placed(&mut file, QUERY, 2));
    let part = file.query.as_ref().expect("a part");
    assert_eq!((part.placed, part.planned), (2, None));
    // What was placed meanwhile is not planned again.
    assert!(!apply(&mut file, &Effect::Retry { query: QUERY, traveller: ANNA, attempt: 2, after_minutes: 2 }, CALL));
}

#[test]
fn alerts_of_nobody_are_raised_and_settled_by_themselves() {
    let mut alerts = Vec::new();
    assert!(!apply_to_alerts_of_nobody(&mut alerts, &help_about(vec![ANNA]), CALL));
    assert!(apply_to_alerts_of_nobody(&mut alerts, &help_about(Vec::new()), CALL));
    assert!(!apply_to_alerts_of_nobody(&mut alerts, &Effect::SettleAlert { id: ALERT, traveller: Some(ANNA) }, CALL));
    assert!(apply_to_alerts_of_nobody(&mut alerts, &Effect::SettleAlert { id: ALERT, traveller: None }, CALL));
    assert_eq!(alerts, Vec::new());
}
