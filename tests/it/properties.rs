//! What holds for any valid settings and any sequence of events: random worlds, on the pure functions.

#![expect(clippy::expect_used, reason = "a test that cannot go on may fail loudly")]

use crate::support::world::{QUERY, World};
use assistline::decide::apply::apply;
use assistline::model::alert::AlertKind;
use assistline::model::answer::Answer;
use assistline::model::call_state::{CallState, Phase};
use assistline::model::effect::{Effect, Status, TelephoneAction};
use assistline::model::event::{AnsweredBy, Confidence, DialOutcome, Direction, Event, LineFound, LineStatus, Speech};
use assistline::model::ids::{CallId, TravellerRow};
use assistline::model::language::LanguageTag;
use assistline::model::phone::PhoneNumber;
use assistline::model::traveller::{Person, QueryPart};
use assistline::settings::Settings;
use assistline::settings::valid::{
    AlertRules, AssistanceMode, Desk, EmergencyNumberChoice, Hours, OperationsCentre, Retention, StatusCallRules,
};
use chrono::{NaiveTime, TimeDelta, Weekday};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

const CASES: u32 = 10_000;

/// Number 0 is the organisation's line, 1 to 3 are travellers', 1 is shared by two of them, 4 to 9 are desks' or strangers'.
fn number(place: usize) -> PhoneNumber {
    PhoneNumber::from_e164(&format!("+44207946{:04}", 100 + place)).expect("a test number")
}

fn languages() -> Vec<LanguageTag> {
    ["en", "de"].into_iter().filter_map(LanguageTag::new).collect()
}

/// A throw of dice that is made from one number, so that a case is small to make and to shrink.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn chance(&mut self, of_ten: u64) -> bool {
        self.roll(10) < of_ten
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        let place = self.roll(from.len() as u64);
        from[usize::try_from(place).expect("a place")].clone()
    }

    fn small(&mut self, below: u8) -> u8 {
        u8::try_from(self.roll(u64::from(below))).expect("a small number")
    }
}

fn hours(dice: &mut Dice) -> Option<Vec<Hours>> {
    let time = |hour| NaiveTime::from_hms_opt(u32::from(hour), 0, 0).expect("a time");
    let mut span = || Hours {
        days: (0..3).filter_map(|_| Weekday::try_from(dice.small(7)).ok()).collect(),
        from: time(dice.small(24)),
        to: dice.chance(7).then(|| time(dice.small(24))),
    };
    let spans = vec![span(), span()];
    dice.chance(2).then_some(spans)
}

fn desk(dice: &mut Dice) -> Desk {
    // A desk may have a traveller's number, and even our own line's: the settings refuse the latter, the route must too.
    let place = if dice.chance(1) { dice.roll(4) } else { 4 + dice.roll(6) };
    let place = usize::try_from(place).expect("a place");
    Desk {
        name: format!("Desk {place}"),
        phone: number(place),
        must_confirm: dice.chance(5),
        ring_seconds: 5 + u16::from(dice.small(116)),
        hours: hours(dice),
    }
}

fn settings() -> impl Strategy<Value = Settings> {
    any::<u64>().prop_map(|seed| {
        let dice = &mut Dice(seed);
        let contacts = dice.small(4);
        let own_contacts: Vec<Desk> = (0..contacts).map(|_| desk(dice)).collect();
        let centre = dice.chance(7).then(|| desk(dice));
        // As `check` has it: own contacts need one contact, the mode and the last resort need the centre.
        let own = !own_contacts.is_empty() && (centre.is_none() || dice.chance(5));
        let centre = centre.or_else(|| (!own).then(|| plain_desk(9)));
        let attempts = 1 + usize::from(dice.small(3));
        Settings {
            name: "ACME".to_owned(),
            spoken_name: "ACME".to_owned(),
            country: "DE".to_owned(),
            time_zone: chrono_tz::Tz::Europe__Berlin,
            languages: languages(),
            emergency_number: EmergencyNumberChoice::Line,
            mode: if own { AssistanceMode::OwnContact } else { AssistanceMode::OperationsCentre },
            own_contacts,
            last_resort: centre.is_some() && dice.chance(7),
            operations_centre: centre.map(|desk| OperationsCentre { desk, former_names: vec!["EXOP".to_owned()] }),
            medical_provider: dice.chance(5).then(|| desk(dice)),
            travel_provider: dice.chance(5).then(|| desk(dice)),
            status_call: StatusCallRules {
                max_prompts: 1 + dice.small(3),
                ring_seconds: 25,
                retry_minutes: [0, 2, 5, 10].into_iter().take(attempts).collect(),
                speech: true,
                text_first: false,
            },
            alerts: AlertRules { recipients: Vec::new(), repeat_minutes: 5 },
            retention: Retention { status_queries: "P13M".to_owned(), alerts: "P24M".to_owned(), locations: "P90D".to_owned() },
        }
    })
}

fn plain_desk(place: usize) -> Desk {
    Desk { name: format!("Desk {place}"), phone: number(place), must_confirm: false, ring_seconds: 25, hours: None }
}

/// A world with two travellers on one number and one on another, the first of them queried.
fn world(settings: Settings, other: Settings) -> World {
    let retry_minutes = settings.status_call.retry_minutes.clone();
    let part = QueryPart { query: QUERY, settled: false, retry_minutes, placed: 0, planned: Some(1), ended: Vec::new() };
    let people = [(1, 1), (2, 1), (3, 2)].map(|(row, place)| {
        let file = Person {
            row: TravellerRow(row),
            name: None,
            language: LanguageTag::new("de"),
            status: None,
            query: (row == 1).then(|| part.clone()),
            alerts: Vec::new(),
            place: None,
            revision: 0,
        };
        (file, format!("t-{row}"), number(place))
    });
    let mut world = World::of(BTreeMap::from([(1, settings), (2, other)]), number(0), people.into());
    world.queried = Some(TravellerRow(1));
    world
}

fn gathered(dice: &mut Dice) -> (Event, Option<Answer>) {
    const KEYS: [&str; 13] = ["1", "2", "3", "4", "9", "0", "11", "112", "*", "#1", "34", "999", ""];
    let digits = dice.chance(5).then(|| dice.pick(&KEYS).to_owned());
    let speech = dice.chance(6).then(|| dice.pick(&["words", "words", "?!", "", "🆘"]).to_owned());
    let speech = speech.map(|text| Speech { text, confidence: Confidence::NotGiven });
    (Event::Gathered { digits, speech }, Some(dice.pick(&Answer::ALL)))
}

fn line_status(dice: &mut Dice) -> LineStatus {
    use LineStatus::{Busy, Completed, Failed, InProgress, Initiated, NoAnswer, Ringing};
    dice.pick(&[Initiated, Ringing, InProgress, Completed, Completed, Busy, NoAnswer, Failed])
}

fn line_found(dice: &mut Dice) -> LineFound {
    let ended = LineFound::Ended(line_status(dice));
    dice.pick(&[ended, LineFound::Up, LineFound::NotYetAnswered, LineFound::Unknown])
}

/// What happens to a call. A desk is named by how far back it was called: mostly the one that rings now.
#[derive(Debug, Clone)]
enum Happening {
    Plain(Event, Option<Answer>),
    Desk(usize, DeskEvent),
    /// The deadline that the call has now, or one that it had.
    Deadline {
        stale: bool,
        line: LineFound,
    },
}

#[derive(Debug, Clone, Copy)]
enum DeskEvent {
    Result(DialOutcome, Option<u32>),
    Confirmed,
    Declined,
    LegAnswered,
    LegEnded(bool),
}

fn desk_event(dice: &mut Dice) -> DeskEvent {
    use DialOutcome::{Busy, Canceled, Completed, Failed, NoAnswer};
    match dice.roll(12) {
        0..=4 => {
            let result = dice.pick(&[Completed, Completed, Busy, NoAnswer, Failed, Canceled]);
            DeskEvent::Result(result, dice.pick(&[None, Some(0), Some(60)]))
        }
        5..=6 => DeskEvent::Confirmed,
        7 => DeskEvent::Declined,
        8..=9 => DeskEvent::LegAnswered,
        _ => DeskEvent::LegEnded(dice.chance(5)),
    }
}

fn happening(dice: &mut Dice) -> Happening {
    use AnsweredBy::{Fax, Human, MachineEndBeep, MachineStart, Unknown};
    match dice.roll(28) {
        0..=7 => {
            let (event, means) = gathered(dice);
            Happening::Plain(event, means)
        }
        8..=10 => Happening::Plain(Event::CallStatus { status: line_status(dice) }, None),
        11..=12 => {
            Happening::Plain(Event::AnsweredBy { by: dice.pick(&[Human, Unknown, MachineStart, MachineEndBeep, Fax]) }, None)
        }
        13 => Happening::Plain(Event::DocumentFetched, None),
        14..=23 => {
            let back = if dice.chance(8) { 0 } else { usize::from(dice.small(3)) };
            Happening::Desk(back, desk_event(dice))
        }
        _ => Happening::Deadline { stale: dice.chance(1), line: line_found(dice) },
    }
}

impl Happening {
    fn event(&self, state: Option<&CallState>) -> (Event, Option<Answer>) {
        match self {
            Self::Plain(event, means) => (event.clone(), *means),
            Self::Deadline { stale, line } => {
                let serial = state.and_then(|state| state.deadline.as_ref()).map_or(0, |deadline| deadline.serial);
                (Event::DeadlinePassed { serial: serial.saturating_sub(u32::from(*stale)), line: *line }, None)
            }
            Self::Desk(back, event) => {
                let tried = state.map(|state| state.tried.as_slice()).unwrap_or_default();
                let phone = tried.iter().rev().nth(*back).cloned().unwrap_or_else(|| number(9));
                (event.event(phone), None)
            }
        }
    }
}

impl DeskEvent {
    fn event(self, phone: PhoneNumber) -> Event {
        match self {
            Self::Result(result, duration_seconds) => Event::DialResult { phone, result, duration_seconds },
            Self::Confirmed => Event::TargetConfirmed { phone },
            Self::Declined => Event::TargetDeclined { phone },
            Self::LegAnswered => Event::LegAnswered { phone },
            Self::LegEnded(withdrawn) => Event::LegEnded { phone, withdrawn },
        }
    }
}

/// One step of a random world.
#[derive(Debug, Clone)]
enum Move {
    /// Something happens to a call; the first thing is always that it is answered, unless it is outbound.
    Call(usize, Happening),
    Text {
        from: usize,
        text: &'static str,
        means: Answer,
    },
    Activate(u32),
    Pass(i64),
}

const CALLS: [&str; 5] = ["out-1", "out-2", "in-1", "in-2", "in-3"];

fn a_move(dice: &mut Dice) -> Move {
    match dice.roll(25) {
        0..=1 => Move::Text {
            from: usize::from(1 + dice.small(5)),
            text: dice.pick(&["words", "1", "2 2", "9", "👍", "🆘", "…"]),
            means: dice.pick(&Answer::ALL),
        },
        2 => Move::Activate(u32::from(1 + dice.small(2))),
        3..=4 => Move::Pass(i64::from(dice.small(250)) * 400),
        _ => Move::Call(usize::from(dice.small(5)), happening(dice)),
    }
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let decode = |seeds: Vec<u64>| seeds.into_iter().map(|seed| a_move(&mut Dice(seed))).collect();
    vec(any::<u64>(), 1..30).prop_map(decode)
}

fn found() -> impl Strategy<Value = LineFound> {
    any::<u64>().prop_map(|seed| line_found(&mut Dice(seed)))
}

/// The first event of a call.
fn arrival(name: &str) -> Event {
    let (direction, caller, called) = match name {
        "in-1" => (Direction::Inbound, number(1), number(0)),
        "in-2" => (Direction::Inbound, number(7), number(0)),
        "in-3" => (Direction::Inbound, number(2), number(8)),
        _ => (Direction::Outbound, number(0), number(1)),
    };
    Event::CallAnswered { direction, caller: Some(caller), called }
}

/// Plays a move, and checks what must hold after every step.
fn play(world: &mut World, step: &Move) -> Result<(), TestCaseError> {
    match step {
        Move::Activate(version) => world.active = *version,
        Move::Pass(seconds) => world.now += TimeDelta::seconds(*seconds),
        Move::Text { from, text, means } => {
            let event = Event::SmsReceived { caller: Some(number(*from)), called: number(0), text: (*text).to_owned() };
            let before = world.people.clone();
            let (telephone, effects) = world.text(&event, Some(*means));
            prop_assert_eq!(telephone.len(), 1);
            alerts_are_kept(world, &before, &effects)?;
        }
        Move::Call(place, happening) => {
            let name = CALLS[*place];
            if !world.calls.contains_key(name) {
                return one_event(world, name, &arrival(name), None);
            }
            let (event, means) = happening.event(world.calls.get(name));
            one_event(world, name, &event, means)?;
        }
    }
    Ok(())
}

fn one_event(world: &mut World, name: &str, event: &Event, means: Option<Answer>) -> Result<(), TestCaseError> {
    let before = world.people.clone();
    let was = world.calls.get(name).cloned();
    let (telephone, effects) = world.happens(name, event, means);
    let now = &world.calls[name];
    only_desks_are_dialled(world, was.as_ref(), now, &telephone)?;
    waits_for_something(now)?;
    document_ends(&telephone)?;
    alerts_are_kept(world, &before, &effects)?;
    applied_once(world, &effects, now.call)?;
    prop_assert!(!world.because.is_empty(), "a decision without a reason: {event:?}");
    Ok(())
}

/// Never a number that is no desk of the call's version, never one of ours or the traveller's, none twice.
fn only_desks_are_dialled(
    world: &World,
    was: Option<&CallState>,
    now: &CallState,
    telephone: &[TelephoneAction],
) -> Result<(), TestCaseError> {
    for action in telephone {
        let TelephoneAction::Forward { desk } = action else { continue };
        let settings = &world.settings[&now.version];
        let known = settings.desks().into_iter().any(|(role, place, known)| {
            role == desk.role && place == desk.position && known.phone == desk.phone && known.must_confirm == desk.must_confirm
        });
        prop_assert!(known, "dialled who is no desk of version {}", now.version);
        prop_assert!(desk.phone != world.line && Some(&desk.phone) != now.traveller_phone.as_ref());
        let again = was.is_some_and(|was| was.tried.contains(&desk.phone));
        let same = was.is_some_and(|was| was.forward.as_ref().is_some_and(|forward| forward.desk.phone == desk.phone));
        prop_assert!(!again || same, "a number twice in one call");
        prop_assert_eq!(Some(&desk.phone), now.forward.as_ref().map(|forward| &forward.desk.phone));
    }
    let mut tried = now.tried.clone();
    tried.sort();
    tried.dedup();
    prop_assert_eq!(tried.len(), now.tried.len(), "a number twice in one call");
    Ok(())
}

/// Nothing waits for ever, and what is over waits for nothing (promise 8).
fn waits_for_something(state: &CallState) -> Result<(), TestCaseError> {
    let over = state.phase == Phase::Over;
    let waits = state.deadline.is_some();
    prop_assert!(over != waits, "{:?} waits: {waits}", state.phase);
    prop_assert_eq!(state.phase == Phase::Forwarding, state.forward.is_some());
    Ok(())
}

/// Every document ends in a next step or a hang-up (promise 3).
fn document_ends(telephone: &[TelephoneAction]) -> Result<(), TestCaseError> {
    let ends = telephone.last().is_none_or(|last| !matches!(last, TelephoneAction::Say { .. }));
    prop_assert!(ends, "a dead end: {telephone:?}");
    Ok(())
}

const fn is_cry(kind: AlertKind) -> bool {
    matches!(kind, AlertKind::Help | AlertKind::Medical)
}

/// A cry for help raises an alert about each of its travellers, and only a connection ends it.
fn alerts_are_kept(world: &World, before: &[Person], effects: &[Effect]) -> Result<(), TestCaseError> {
    for (was, is) in before.iter().zip(&world.people) {
        let recorded = |wanted: Status| {
            effects.iter().any(
                |effect| matches!(effect, Effect::Record { traveller: Some(row), status } if *row == is.row && *status == wanted),
            )
        };
        let raised = |id| effects.iter().any(|effect| matches!(effect, Effect::RaiseAlert { id: new, .. } if *new == id));
        if recorded(Status::Help) || recorded(Status::Medical) {
            prop_assert!(is.alerts.iter().any(|alert| is_cry(alert.kind) && raised(alert.id)), "a cry for help without an alert");
        }
        for lost in was.alerts.iter().filter(|alert| !is.alerts.contains(alert)) {
            let weak = matches!(lost.kind, AlertKind::Unreached | AlertKind::HungUp);
            prop_assert!(weak || recorded(Status::Connected), "{:?} ended without a connection", lost.kind);
        }
    }
    Ok(())
}

/// Effects that are applied a second time change nothing.
fn applied_once(world: &World, effects: &[Effect], call: CallId) -> Result<(), TestCaseError> {
    for person in &world.people {
        let mut again = person.clone();
        // A status that was set before another one is set again in between, so only the whole row of effects is idempotent.
        for effect in effects.iter().filter(|effect| !matches!(effect, Effect::SettleAlert { .. } | Effect::RaiseAlert { .. })) {
            apply(&mut again, effect, call);
        }
        prop_assert_eq!(&again.status, &person.status);
        prop_assert_eq!(&again.query, &person.query);
    }
    Ok(())
}

/// Lets every deadline pass, with the line as `found` says, until all calls are over.
fn drain(world: &mut World, found: LineFound) -> Result<(), TestCaseError> {
    for _ in 0..80 {
        let waiting = world.calls.iter().find_map(|(name, state)| Some((name.clone(), state.deadline.clone()?)));
        let Some((name, deadline)) = waiting else { return Ok(()) };
        world.now = world.now.max(deadline.at);
        one_event(world, &name, &Event::DeadlinePassed { serial: deadline.serial, line: found }, None)?;
    }
    prop_assert!(false, "a call waits for ever");
    Ok(())
}

/// Whoever asked for help in a call that reached nobody has an alert that says so.
fn nobody_is_forgotten(world: &World) -> Result<(), TestCaseError> {
    for state in
        world.calls.values().filter(|state| matches!(state.answer, Some(Answer::Help | Answer::Medical | Answer::Unclear)))
    {
        for person in world.people.iter().filter(|person| state.travellers.contains(&person.row)) {
            let open = person
                .alerts
                .iter()
                .any(|alert| is_cry(alert.kind) || matches!(alert.kind, AlertKind::Unclear | AlertKind::NotConnected));
            prop_assert!(state.connected || open || world.was_connected(person.row), "a cry for help that nobody hears");
        }
    }
    Ok(())
}

/// The numbers below `count` in some order.
fn shuffled(count: u8, dice: &mut Dice) -> Vec<usize> {
    let mut left: Vec<usize> = (0..usize::from(count)).collect();
    (0..count).rev().map(|most| left.swap_remove(usize::from(dice.small(most + 1)))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens(settings in settings(), other in settings(), moves in moves(), found in found()) {
        let mut world = world(settings, other);
        for step in &moves {
            play(&mut world, step)?;
        }
        drain(&mut world, found)?;
        nobody_is_forgotten(&world)?;
    }

    #[test]
    fn a_repeat_moves_nothing(settings in settings(), moves in moves(), extra in any::<u64>().prop_map(|seed| happening(&mut Dice(seed)))) {
        let mut world = world(settings.clone(), settings);
        for step in &moves {
            play(&mut world, step)?;
        }
        let name = "out-1";
        if !world.calls.contains_key(name) {
            one_event(&mut world, name, &arrival(name), None)?;
        }
        let (event, means) = extra.event(world.calls.get(name));
        if !matches!(event, Event::Gathered { .. } | Event::DocumentFetched) {
            one_event(&mut world, name, &event, means)?;
            let (telephone, effects) = world.happens(name, &event, means);
            prop_assert!(telephone.is_empty() && effects.is_empty(), "{event:?} counted twice: {telephone:?} {effects:?}");
        }
    }

    #[test]
    fn progress_in_any_order_ends_alike(settings in settings(), key in 0_u64..4, withdrawn in any::<bool>(), seed in any::<u64>()) {
        let key = ["2", "3", "4", "9"][usize::try_from(key).expect("a place")];
        let order = shuffled(6, &mut Dice(seed));
        let run = |order: &[usize]| -> Result<World, TestCaseError> {
            let mut world = world(settings.clone(), settings.clone());
            one_event(&mut world, "out-1", &arrival("out-1"), None)?;
            for _ in 0..3 {
                let event = Event::Gathered { digits: Some(key.to_owned()), speech: None };
                one_event(&mut world, "out-1", &event, None)?;
            }
            let phone = world.calls["out-1"].tried.last().cloned().unwrap_or_else(|| number(9));
            let progress = [
                Event::CallStatus { status: LineStatus::Initiated },
                Event::CallStatus { status: LineStatus::Ringing },
                Event::CallStatus { status: LineStatus::InProgress },
                Event::CallStatus { status: LineStatus::Completed },
                Event::LegAnswered { phone: phone.clone() },
                Event::LegEnded { phone, withdrawn },
            ];
            for place in order {
                one_event(&mut world, "out-1", &progress[*place], None)?;
            }
            drain(&mut world, LineFound::Ended(LineStatus::Completed))?;
            Ok(world)
        };
        let (straight, mixed) = (run(&[0, 1, 2, 4, 5, 3])?, run(&order)?);
        prop_assert_eq!(straight.end(), mixed.end());
        let essence = |world: &World| {
            let state = &world.calls["out-1"];
            (state.phase, state.line_ended, state.connected, state.answer, state.tried.clone(), state.attempt_ended)
        };
        prop_assert_eq!(essence(&straight), essence(&mixed));
    }
}
