//! Tables of cases for the file beside this folder.

use super::*;
use crate::decide::fixture::{QUERY, facts, person, phone, settings};
use crate::model::alert::OpenAlert;
use crate::model::effect::Status;
use crate::model::ids::AlertId;
use crate::model::traveller::Person;

const MESSAGE: CallId = CallId(Uuid::from_u128(9));

/// What a text with words of that meaning leads to.
fn judged(text: &str, words_mean: Option<Answer>, people: &[Person], durable: bool) -> TextDecision {
    let (settings, line) = (settings(), phone("+493023125100"));
    let facts = Facts { words_mean, durable, ..facts(&settings, &line, people, 1) };
    judge(MESSAGE, text, &facts)
}

fn reply(decision: &TextDecision) -> ReplyKind {
    match decision.telephone.as_slice() {
        [TelephoneAction::ReplyText { kind }] => *kind,
        other => panic!("no single reply: {other:?}"),
    }
}

#[test]
fn what_a_text_means() {
    let check =
        |text: &str, words: Answer, expect: Answer| assert_eq!(judged(text, Some(words), &[], true).answer, expect, "{text}");
    check("words", Answer::Medical, Answer::Medical);
    check("words", Answer::Silence, Answer::Unclear);
    check("1 1 2", Answer::Safe, Answer::Help);
    check("4", Answer::Help, Answer::Travel);
    check("9", Answer::Help, Answer::Unclear);
    check("…?!", Answer::Help, Answer::Unclear);
    check("", Answer::Help, Answer::Unclear);
    check("👍🏽", Answer::Help, Answer::Safe);
    check("👍 🚑", Answer::Help, Answer::Medical);
    check("🚑🆘", Answer::Safe, Answer::Help);
    check("🆘 words", Answer::Safe, Answer::Safe);
}

#[test]
fn a_cry_for_help_is_critical_for_each_who_shares_the_number() {
    let decision = judged("2", None, &[person(1), person(2)], true);
    assert_eq!(reply(&decision), ReplyKind::Help);
    let count = |wanted: fn(&Effect) -> bool| decision.effects.iter().filter(|effect| wanted(effect)).count();
    assert_eq!(count(|effect| matches!(effect, Effect::Record { status: Status::Help, .. })), 2);
    assert_eq!(count(|effect| matches!(effect, Effect::SettleQuery { .. })), 2);
    assert_eq!(
        count(
            |effect| matches!(effect, Effect::RaiseAlert { kind: AlertKind::Help, severity: Severity::Critical, travellers, .. } if travellers.len() == 2)
        ),
        1
    );
}

#[test]
fn safe_counts_for_one_and_only_where_it_can_be_stored() {
    let safe = judged("1", None, &[person(1)], true);
    let row = person(1).row;
    assert_eq!(reply(&safe), ReplyKind::Safe);
    assert!(safe.effects.contains(&Effect::SetStatus { traveller: row, status: Answer::Safe }));
    assert!(safe.effects.contains(&Effect::SettleQuery { query: QUERY, traveller: row }));

    let lost = judged("1", None, &[person(1)], false);
    assert_eq!((reply(&lost), lost.effects.len()), (ReplyKind::NotSaved, 0));

    let shared = judged("1", None, &[person(1), person(2)], true);
    assert_eq!(reply(&shared), ReplyKind::SharedPhone);
    assert!(!shared.effects.iter().any(|effect| matches!(effect, Effect::SettleQuery { .. })), "it settles nothing");
}

#[test]
fn unclear_after_a_cry_for_help_is_added_to_it() {
    let alert = OpenAlert { id: AlertId(Uuid::from_u128(5)), kind: AlertKind::Help, about_travel: false, call: MESSAGE };
    let asked = Person { status: Some(Answer::Help), alerts: vec![alert], ..person(1) };
    let decision = judged("9", None, std::slice::from_ref(&asked), true);
    assert_eq!(reply(&decision), ReplyKind::Added);
    let row = Some(asked.row);
    assert_eq!(decision.effects, [Effect::Record { traveller: row, status: Status::Unclear }]);
    assert_eq!(reply(&judged("9", None, &[person(1)], true)), ReplyKind::Unclear);
}

#[test]
fn an_unknown_writer_is_recorded_and_answered() {
    let decision = judged("2", None, &[], true);
    assert_eq!(reply(&decision), ReplyKind::Help);
    assert_eq!(decision.effects.first(), Some(&Effect::Record { traveller: None, status: Status::Help }));
    assert!(matches!(decision.effects.last(), Some(Effect::RaiseAlert { travellers, .. }) if travellers.is_empty()));
}

#[test]
fn a_text_to_nobody_is_an_alert_and_no_reply() {
    let decision = to_nobody(MESSAGE, Uuid::from_u128(1));
    assert!(decision.telephone.is_empty());
    assert!(matches!(decision.effects.as_slice(), [Effect::RaiseAlert { kind: AlertKind::UnknownCalledNumber, .. }]));
}
