//! Tables of cases for the file beside this folder.

use super::*;
use crate::decide::fixture::{at, desk, phone, settings, span};
use chrono::Weekday::{Mon, Tue};

const MONDAY: &str = "2026-06-01T12:00:00Z";

/// The route as the last two digits of its numbers.
fn ends(settings: &Settings, answer: Answer, moment: &str, excluded: &Excluded<'_>) -> String {
    let route = desks(settings, answer, at(moment), excluded);
    let end =
        |stop: &Stop| stop.desk.phone.e164().chars().rev().take(2).collect::<Vec<_>>().into_iter().rev().collect::<String>();
    route.stops.iter().map(end).collect::<Vec<_>>().join(" ")
}

fn with_providers() -> Settings {
    Settings { medical_provider: Some(desk(20, false)), travel_provider: Some(desk(30, false)), ..settings() }
}

#[test]
fn the_order_of_desks() {
    let own = settings();
    let centre = Settings { mode: AssistanceMode::OperationsCentre, own_contacts: Vec::new(), ..settings() };
    let alone = Settings { last_resort: false, ..settings() };
    let full = with_providers();
    let check = |settings: &Settings, answer, expect: &str| {
        assert_eq!(ends(settings, answer, MONDAY, &Excluded::default()), expect, "{answer:?}");
    };
    check(&own, Answer::Help, "41 42 10");
    check(&own, Answer::Unclear, "41 42 10");
    check(&own, Answer::Silence, "41 42 10");
    check(&own, Answer::Medical, "41 42 10");
    check(&own, Answer::Safe, "");
    check(&centre, Answer::Help, "10");
    check(&alone, Answer::Travel, "41 42");
    check(&full, Answer::Medical, "20 41 42 10");
    check(&full, Answer::Travel, "30 41 42 10");
    check(&full, Answer::Help, "41 42 10");
}

#[test]
fn a_number_is_called_once_as_its_first_entry() {
    let mut settings = with_providers();
    settings.medical_provider = Some(desk(42, false));
    assert_eq!(ends(&settings, Answer::Medical, MONDAY, &Excluded::default()), "42 41 10");
    let route = desks(&settings, Answer::Medical, at(MONDAY), &Excluded::default());
    assert_eq!((route.stops[0].desk.role, route.stops[0].desk.must_confirm), (Role::MedicalProvider, false));
    assert!(route.because.iter().any(|why| why.contains("in the list already")), "{:?}", route.because);
}

#[test]
fn who_is_left_out() {
    let (own, tried, line) = (phone("+493023125141"), [phone("+493023125142")], phone("+493023125110"));
    let excluded = Excluded { traveller: Some(&own), tried: &tried, lines: &[&line] };
    let route = desks(&settings(), Answer::Help, at(MONDAY), &excluded);
    assert_eq!(route.stops, Vec::new());
    assert_eq!(route.because.len(), 4, "{:?}", route.because);
}

#[test]
fn closed_desks_come_after_all_open_ones() {
    let mut settings = with_providers();
    let tuesday = Some(vec![span(&[Tue], (0, 0), (24, 0))]);
    settings.medical_provider.as_mut().expect("entered").hours.clone_from(&tuesday);
    settings.own_contacts[0].hours = tuesday;
    settings.own_contacts[1].hours = Some(vec![span(&[Mon], (8, 0), (18, 0))]);
    assert_eq!(ends(&settings, Answer::Medical, MONDAY, &Excluded::default()), "42 10 20 41");
    assert_eq!(ends(&settings, Answer::Medical, "2026-06-02T12:00:00Z", &Excluded::default()), "20 41 10 42");
    let route = desks(&settings, Answer::Medical, at(MONDAY), &Excluded::default());
    let open: Vec<bool> = route.stops.iter().map(|stop| stop.desk.open).collect();
    assert_eq!(open, [true, true, false, false]);
    assert_eq!(route.stops[2].because.len(), 2);
}
