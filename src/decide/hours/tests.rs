//! Tables of cases for the file beside this folder.

use super::*;
use crate::decide::fixture::{at, span};
use chrono::Weekday::{Fri, Mon, Sun, Thu, Tue, Wed};

const LONDON: Tz = Tz::Europe__London;

/// grafana-cold-storage/oncall#3261: shifts entered in summer began an hour early after the change.
#[test]
fn office_hours_follow_the_wall_clock() {
    let office = [span(&[Mon, Tue, Wed, Thu, Fri], (8, 30), (17, 30))];
    let check = |moment: &str, expect: bool| assert_eq!(is_open(Some(&office), LONDON, at(moment)), expect, "{moment}");
    // The Fridays before and the Mondays after the changes of 2026-03-29 and 2026-10-25.
    for (day, offset) in [("2026-03-27", "+00:00"), ("2026-03-30", "+01:00"), ("2026-10-23", "+01:00"), ("2026-10-26", "+00:00")]
    {
        check(&format!("{day}T08:29:59{offset}"), false);
        check(&format!("{day}T08:30:00{offset}"), true);
        check(&format!("{day}T17:29:59{offset}"), true);
        check(&format!("{day}T17:30:00{offset}"), false);
    }
    check("2026-03-28T12:00:00+00:00", false);
}

/// mozilla-mobile/prox#124 and others: overnight hours were closed after midnight, all day had a hole of a minute.
#[test]
fn the_night_belongs_to_the_day_it_began_on() {
    let night = [span(&[Fri], (22, 0), (6, 0))];
    let check =
        |spans: &[Hours], moment: &str, expect: bool| assert_eq!(is_open(Some(spans), Tz::UTC, at(moment)), expect, "{moment}");
    check(&night, "2026-03-27T21:59:59Z", false);
    check(&night, "2026-03-27T22:00:00Z", true);
    check(&night, "2026-03-28T02:00:00Z", true);
    check(&night, "2026-03-28T06:00:00Z", false);
    check(&night, "2026-03-27T02:00:00Z", false);
    let all_day = [span(&[Sun], (0, 0), (24, 0))];
    check(&all_day, "2026-03-29T00:00:00Z", true);
    check(&all_day, "2026-03-29T23:59:30Z", true);
    check(&all_day, "2026-03-30T00:00:00Z", false);
    let round = [span(&[Mon], (9, 0), (9, 0))];
    check(&round, "2026-03-31T08:59:59Z", true);
    check(&round, "2026-03-31T09:00:00Z", false);
}

#[test]
fn the_day_is_that_of_the_organisation() {
    let monday = [span(&[Mon], (0, 0), (24, 0))];
    // Sunday in London is Monday in Sydney.
    assert!(is_open(Some(&monday), Tz::Australia__Sydney, at("2026-03-29T20:00:00Z")));
    assert!(!is_open(Some(&monday), LONDON, at("2026-03-29T20:00:00Z")));
}

#[test]
fn without_hours_a_desk_is_always_open() {
    assert!(is_open(None, LONDON, at("2026-03-29T03:00:00Z")));
    assert!(!is_open(Some(&[]), LONDON, at("2026-03-29T03:00:00Z")));
}
