//! What holds for any valid settings and any sequence of events: random worlds, on the pure functions.

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

fn hours() -> impl Strategy<Value = Option<Vec<Hours>>> {
    let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).expect("a time");
    let span = (0_u32..24, prop::option::of(0_u32..24), vec(0_u8..7, 1..4)).prop_map(move |(from, to, days)| Hours {
        days: days.into_iter().filter_map(|day| Weekday::try_from(day).ok()).collect(),
        from: time(from),
        to: to.map(time),
    });
    prop::option::weighted(0.2, vec(span, 1..3))
}

fn desk() -> impl Strategy<Value = Desk> {
    // A desk may have a traveller's number, and even our own line's: the settings refuse the latter, the route must too.
    let place = prop_oneof![8 => 4_usize..10, 1 => 0_usize..4];
    (place, any::<bool>(), 5_u16..=120, hours()).prop_map(|(place, must_confirm, ring_seconds, hours)| Desk {
        name: format!("Desk {place}"),
        phone: number(place),
        must_confirm,
        ring_seconds,
        hours,
    })
}

fn settings() -> impl Strategy<Value = Settings> {
    let contacts = vec(desk(), 0..4);
    let optional = || prop::option::of(desk());
    (contacts, optional(), optional(), optional(), any::<bool>(), any::<bool>(), 1_u8..=3, 1_usize..4).prop_map(
        |(own_contacts, centre, medical_provider, travel_provider, own_first, last_resort, max_prompts, attempts)| {
            // As `check` has it: own contacts need one contact, the mode and the last resort need the centre.
            let own = !own_contacts.is_empty() && (own_first || centre.is_none());
            let centre = centre.or_else(|| (!own).then(|| Desk { name: "Centre".to_owned(), ..plain_desk(9) }));
            Settings {
                name: "ACME".to_owned(),
                spoken_name: "ACME".to_owned(),
                country: "DE".to_owned(),
                time_zone: chrono_tz::Tz::Europe__Berlin,
                languages: languages(),
                emergency_number: EmergencyNumberChoice::Line,
                mode: if own { AssistanceMode::OwnContact } else { AssistanceMode::OperationsCentre },
                own_contacts,
                last_resort: last_resort && centre.is_some(),
                operations_centre: centre.map(|desk| OperationsCentre { desk, former_names: vec!["EXOP".to_owned()] }),
                medical_provider,
                travel_provider,
                status_call: StatusCallRules {
                    max_prompts,
                    ring_seconds: 25,
                    retry_minutes: [0, 2, 5, 10].into_iter().take(attempts).collect(),
                    speech: true,
                    text_first: false,
                },
                alerts: AlertRules { recipients: Vec::new(), repeat_minutes: 5 },
                retention: Retention {
                    status_queries: "P13M".to_owned(),
                    alerts: "P24M".to_owned(),
                    locations: "P90D".to_owned(),
                },
            }
        },
    )
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

fn answer() -> impl Strategy<Value = Answer> {
    prop::sample::select(Answer::ALL.to_vec())
}

fn gathered() -> impl Strategy<Value = (Event, Option<Answer>)> {
    let digits =
        prop::option::of(prop::sample::select(vec!["1", "2", "3", "4", "9", "0", "11", "112", "*", "#1", "34", "999", ""]));
    let speech = prop::option::of(prop::sample::select(vec!["words", "?!", "", "🆘"]));
    (digits, speech, answer()).prop_map(|(digits, speech, means)| {
        let speech = speech.map(|text| Speech { text: text.to_owned(), confidence: Confidence::NotGiven });
        (Event::Gathered { digits: digits.map(str::to_owned), speech }, Some(means))
    })
}

fn line_status() -> impl Strategy<Value = LineStatus> {
    use LineStatus::{Busy, Completed, Failed, InProgress, Initiated, NoAnswer, Ringing};
    prop::sample::select(vec![Initiated, Ringing, InProgress, Completed, Completed, Busy, NoAnswer, Failed])
}

fn line_found() -> impl Strategy<Value = LineFound> {
    prop_oneof![
        line_status().prop_map(LineFound::Ended),
        Just(LineFound::Up),
        Just(LineFound::NotYetAnswered),
        Just(LineFound::Unknown)
    ]
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

fn desk_event() -> impl Strategy<Value = DeskEvent> {
    use DialOutcome::{Busy, Canceled, Completed, Failed, NoAnswer};
    let outcome = prop::sample::select(vec![Completed, Completed, Busy, NoAnswer, Failed, Canceled]);
    prop_oneof![
        5 => (outcome, prop::sample::select(vec![None, Some(0), Some(60)])).prop_map(|(result, talked)| DeskEvent::Result(result, talked)),
        2 => Just(DeskEvent::Confirmed),
        1 => Just(DeskEvent::Declined),
        2 => Just(DeskEvent::LegAnswered),
        2 => any::<bool>().prop_map(DeskEvent::LegEnded),
    ]
}

fn happening() -> impl Strategy<Value = Happening> {
    use AnsweredBy::{Fax, Human, MachineEndBeep, MachineStart, Unknown};
    let by = prop::sample::select(vec![Human, Unknown, MachineStart, MachineEndBeep, Fax]);
    prop_oneof![
        8 => gathered().prop_map(|(event, means)| Happening::Plain(event, means)),
        3 => line_status().prop_map(|status| Happening::Plain(Event::CallStatus { status }, None)),
        2 => by.prop_map(|by| Happening::Plain(Event::AnsweredBy { by }, None)),
        1 => Just(Happening::Plain(Event::DocumentFetched, None)),
        10 => (prop_oneof![5 => Just(0_usize), 1 => 0_usize..3], desk_event()).prop_map(|(back, event)| Happening::Desk(back, event)),
        4 => (prop::bool::weighted(0.1), line_found()).prop_map(|(stale, line)| Happening::Deadline { stale, line }),
    ]
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

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let text = prop::sample::select(vec!["words", "1", "2 2", "9", "👍", "🆘", "…"]);
    let one = prop_oneof![
        20 => (0..CALLS.len(), happening()).prop_map(|(call, happening)| Move::Call(call, happening)),
        2 => (1_usize..6, text, answer()).prop_map(|(from, text, means)| Move::Text { from, text, means }),
        1 => (1_u32..=2).prop_map(Move::Activate),
        2 => (0_i64..90_000).prop_map(Move::Pass),
    ];
    vec(one, 1..40)
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

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens(settings in settings(), other in settings(), moves in moves(), found in line_found()) {
        let mut world = world(settings, other);
        for step in &moves {
            play(&mut world, step)?;
        }
        drain(&mut world, found)?;
        nobody_is_forgotten(&world)?;
    }

    #[test]
    fn a_repeat_moves_nothing(settings in settings(), moves in moves(), extra in happening()) {
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
    fn progress_in_any_order_ends_alike(settings in settings(), key in prop::sample::select(vec!["2", "3", "4", "9"]), withdrawn in any::<bool>(), order in Just(vec![0, 1, 2, 3, 4, 5]).prop_shuffle()) {
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
        let (straight, shuffled) = (run(&[0, 1, 2, 4, 5, 3])?, run(&order)?);
        prop_assert_eq!(straight.end(), shuffled.end());
        let essence = |world: &World| {
            let state = &world.calls["out-1"];
            (state.phase, state.line_ended, state.connected, state.answer, state.tried.clone(), state.attempt_ended)
        };
        prop_assert_eq!(essence(&straight), essence(&shuffled));
    }
}
