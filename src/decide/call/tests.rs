//! Tables of cases for the file beside this folder.

use super::*;
use crate::decide::apply::apply;
use crate::decide::fixture::{QUERY, at, desk, facts, person, phone, settings};
use crate::model::effect::{Effect, SayKey, Status};
use crate::model::event::{AnsweredBy, Confidence, DialOutcome, LineFound, LineStatus, Speech};
use crate::model::traveller::Person;
use crate::settings::Settings;
use DialOutcome::{Busy, Canceled, Completed};

/// A call in a world of its own.
struct Call {
    settings: Settings,
    people: Vec<Person>,
    state: CallState,
    now: DateTime<Utc>,
    steps: u128,
    durable: bool,
    ours: bool,
    inbound: Option<Answer>,
    last: Decision,
}

impl Call {
    fn new(settings: Settings, people: Vec<Person>, direction: Direction) -> Self {
        let (line, now) = (phone("+493023125100"), at("2026-06-01T12:00:00Z"));
        let outbound = direction == Direction::Outbound;
        let beginning = Beginning {
            call: CallId(Uuid::from_u128(1)),
            organisation: OrganisationId::new("beispiel").expect("a slug"),
            line: LineId::new("line").expect("a slug"),
            direction,
            version: 1,
            traveller_phone: Some(phone("+491713920010")),
            query: outbound.then_some(QUERY),
            attempt: u8::from(outbound),
        };
        let state = begin(beginning, &facts(&settings, &line, &people, 0), now);
        let last = Decision { state: state.clone(), telephone: Vec::new(), effects: Vec::new(), plan: None, because: Vec::new() };
        Self { settings, people, state, now, steps: 0, durable: true, ours: false, inbound: None, last }
    }

    fn outbound() -> Self {
        Self::new(settings(), vec![person(1)], Direction::Outbound)
    }

    fn inbound() -> Self {
        Self::new(settings(), vec![person(1)], Direction::Inbound)
    }

    /// An event happens; what is done on the telephone in short.
    fn on(&mut self, event: &Event) -> String {
        self.steps += 1;
        let line = phone("+493023125100");
        let facts = Facts {
            durable: self.durable,
            caller_is_ours: self.ours,
            inbound: self.inbound,
            words_mean: None,
            ..facts(&self.settings, &line, &self.people, self.steps)
        };
        let decision = step(&self.state, event, &facts, self.now);
        for person in &mut self.people {
            for effect in &decision.effects {
                apply(person, effect, self.state.call);
            }
        }
        self.state = decision.state.clone();
        self.last = decision;
        self.last.telephone.iter().map(short).collect::<Vec<_>>().join(", ")
    }

    fn answered(&mut self) -> String {
        let direction = self.state.direction;
        self.on(&Event::CallAnswered { direction, caller: None, called: phone("+493023125100") })
    }

    fn key(&mut self, keys: &str) -> String {
        self.on(&Event::Gathered { digits: Some(keys.to_owned()), speech: None })
    }

    fn says(&mut self, text: &str) -> String {
        self.on(&Event::Gathered {
            digits: None,
            speech: Some(Speech { text: text.to_owned(), confidence: Confidence::NotGiven }),
        })
    }

    fn silence(&mut self) -> String {
        self.on(&Event::Gathered { digits: None, speech: None })
    }

    fn result(&mut self, end: u8, result: DialOutcome, duration_seconds: Option<u32>) -> String {
        self.on(&Event::DialResult { phone: desk(end, true).phone, result, duration_seconds })
    }

    fn line(&mut self, status: LineStatus) -> String {
        self.on(&Event::CallStatus { status })
    }

    fn leg_answered(&mut self, end: u8) {
        assert_eq!(self.on(&Event::LegAnswered { phone: desk(end, true).phone }), "");
    }

    fn leg_ended(&mut self, end: u8, withdrawn: bool) {
        assert_eq!(self.on(&Event::LegEnded { phone: desk(end, true).phone, withdrawn }), "");
    }

    /// The deadline passes that the call has now.
    fn passes(&mut self, line: LineFound) -> String {
        let deadline = self.state.deadline.clone().expect("a deadline");
        self.now = deadline.at;
        self.on(&Event::DeadlinePassed { serial: deadline.serial, line })
    }

    fn waits_seconds(&self) -> Option<i64> {
        self.state.deadline.as_ref().map(|deadline| (deadline.at - self.now).num_seconds())
    }

    fn recorded(&self) -> Vec<Status> {
        let status = |effect: &Effect| if let Effect::Record { status, .. } = effect { Some(*status) } else { None };
        self.last.effects.iter().filter_map(status).collect()
    }

    fn did(&self, wanted: impl Fn(&Effect) -> bool) -> bool {
        self.last.effects.iter().any(wanted)
    }

    fn alerts(&self) -> Vec<AlertKind> {
        self.people.iter().flat_map(|person| &person.alerts).map(|alert| alert.kind).collect()
    }

    /// Help was asked for and contact 41 rings.
    fn ringing() -> Self {
        let mut call = Self::outbound();
        call.answered();
        assert_eq!(call.key("2"), "forward 41");
        call
    }
}

fn short(action: &TelephoneAction) -> String {
    match action {
        TelephoneAction::Prompt { ask, .. } => format!("prompt {ask}"),
        TelephoneAction::Forward { desk } => format!("forward {}", &desk.phone.e164()[11..]),
        TelephoneAction::Say { key } => key.as_str().to_owned(),
        TelephoneAction::HangUp => "hang_up".to_owned(),
        TelephoneAction::ReplyText { .. } => "reply".to_owned(),
        TelephoneAction::Refuse => "refuse".to_owned(),
    }
}

const fn is_open_again(effect: &Effect) -> bool {
    matches!(effect, Effect::AlertOpenAgain { .. })
}

#[test]
fn each_phase_has_its_deadline() {
    let mut call = Call::outbound();
    assert_eq!(call.waits_seconds(), Some(120), "placing");
    call.answered();
    assert_eq!(call.waits_seconds(), Some(25 + 6 + 30), "asking");
    call.key("2");
    assert_eq!(call.waits_seconds(), Some(25 + 30 + 30), "forwarding: ring, whisper, 30 s");
    call.leg_answered(41);
    assert_eq!(call.waits_seconds(), Some(30 + 30), "a desk that must confirm: whisper, 30 s");
    call.on(&Event::TargetConfirmed { phone: desk(41, true).phone });
    assert_eq!(call.waits_seconds(), Some(4 * 3600 + 60), "the talk");
    call.leg_ended(41, false);
    assert_eq!(call.waits_seconds(), Some(30), "the result");
    assert_eq!(call.result(41, Completed, Some(60)), "hang_up");
    assert_eq!(call.waits_seconds(), None, "over");

    let mut safe = Call::outbound();
    safe.answered();
    safe.key("1");
    assert_eq!(safe.waits_seconds(), Some(30), "last words");
}

#[test]
fn a_desk_that_need_not_confirm_may_talk_from_its_answer() {
    let mut call = Call::ringing();
    call.result(41, Busy, Some(0));
    call.result(42, Busy, Some(0));
    call.leg_answered(10);
    assert_eq!(call.waits_seconds(), Some(4 * 3600 + 60));
}

#[test]
fn a_deadline_that_moved_is_stale() {
    let mut call = Call::outbound();
    call.answered();
    assert_eq!(call.on(&Event::DeadlinePassed { serial: 1, line: LineFound::Up }), "");
    assert_eq!((call.state.phase, call.last.effects.len()), (Phase::Asking, 0));
}

/// qisoft/i-hate-making-calls#31: the provider takes the order and never calls back.
#[test]
fn an_attempt_without_any_callback_ends_as_no_answer() {
    let mut call = Call::outbound();
    assert_eq!(call.passes(LineFound::NotYetAnswered), "");
    assert_eq!(call.recorded(), [Status::NoAnswer]);
    assert!(call.did(|effect| matches!(effect, Effect::Retry { attempt: 2, after_minutes: 2, .. })));
    // Who picks up all the same is asked, and what they say counts.
    assert_eq!(call.answered(), "prompt 1");
    assert_eq!(call.key("2"), "forward 41");
    assert_eq!(call.recorded(), [Status::Help]);
    assert!(call.people[0].query.as_ref().is_some_and(|part| part.settled && part.planned.is_none()));
}

#[test]
fn a_provider_that_does_not_know_the_call_is_asked_again_and_then_given_up() {
    let mut call = Call::ringing();
    for look in 0..3 {
        assert_eq!(call.passes(LineFound::Unknown), "");
        assert!(call.did(|effect| *effect == Effect::LookUpCall));
        assert_eq!(call.did(|effect| *effect == Effect::CallUnknown), look == 0, "the operator is told once");
        assert_eq!(call.waits_seconds(), Some(30));
    }
    call.passes(LineFound::Unknown);
    assert_eq!(call.recorded(), [Status::Abandoned]);
    assert_eq!(call.alerts(), [AlertKind::Help, AlertKind::NotConnected]);
}

#[test]
fn a_lost_answer_stands_for_silence() {
    let mut call = Call::outbound();
    call.answered();
    assert_eq!(call.passes(LineFound::Up), "prompt 2");
    assert!(call.did(|effect| *effect == Effect::ChangeCall));
    assert_eq!(call.on(&Event::DocumentFetched), "prompt 2");
    assert!(!call.did(|effect| *effect == Effect::ChangeCall));
    assert_eq!(call.passes(LineFound::Up), "prompt 3");
    assert_eq!(call.passes(LineFound::Up), "emergency_number, hang_up");
    assert_eq!(call.alerts(), [AlertKind::Unreached]);
}

#[test]
fn a_line_that_ended_unnoticed_is_a_hang_up() {
    let mut call = Call::outbound();
    call.answered();
    call.passes(LineFound::Ended(LineStatus::Completed));
    assert_eq!(call.recorded(), [Status::HungUp]);
}

/// qisoft/i-hate-making-calls#25: redirecting a call in mid-dial reports the interrupted dial as completed, or canceled.
#[test]
fn our_own_redirect_is_no_connection_and_no_end_of_the_line() {
    for (result, duration) in [(Completed, Some(0)), (Completed, None), (Canceled, Some(0))] {
        let mut call = Call::ringing();
        assert_eq!(call.passes(LineFound::Up), "forward 42");
        assert!(call.did(|effect| *effect == Effect::ChangeCall));
        assert_eq!(call.result(41, result, duration), "", "{result:?}");
        assert_eq!((call.last.effects.len(), call.state.phase), (0, Phase::Forwarding), "{result:?}");
        assert_eq!(call.on(&Event::DocumentFetched), "forward 42");
        assert_eq!(call.alerts(), [AlertKind::Help]);
        assert_eq!(call.result(42, Busy, Some(0)), "forward 10");
    }
}

#[test]
fn a_replaced_forward_that_brings_a_connection_after_all_counts() {
    let mut call = Call::ringing();
    call.result(41, Busy, Some(0));
    call.result(42, Busy, Some(0));
    call.passes(LineFound::Up);
    assert_eq!(call.recorded(), [Status::NotConnected]);
    assert_eq!(call.result(10, Completed, Some(50)), "");
    assert_eq!(call.recorded(), [Status::Connected]);
    assert_eq!(call.alerts(), []);

    let mut key = Call::ringing();
    key.passes(LineFound::Up);
    assert_eq!(key.on(&Event::TargetConfirmed { phone: desk(41, true).phone }), "");
    assert_eq!((key.recorded(), key.alerts()), (vec![Status::Connected], vec![]));
    assert_eq!(key.result(41, Completed, Some(0)), "");
    assert_eq!(key.alerts(), [AlertKind::Help], "they never talked");
}

/// A redirect that was on its way when the traveller's key began a forward cuts that forward off.
#[test]
fn a_redirect_that_crosses_a_key_rings_the_desk_again() {
    let mut call = Call::outbound();
    call.answered();
    call.passes(LineFound::Up);
    assert_eq!(call.key("2"), "forward 41");
    assert_eq!(call.result(41, Canceled, Some(0)), "");
    assert_eq!(call.state.phase, Phase::Forwarding);
    assert_eq!(call.on(&Event::DocumentFetched), "forward 41");
    assert_eq!(call.result(41, Busy, Some(0)), "forward 42");
}

/// chatwoot/chatwoot#14346: taken, but nobody is on the line.
#[test]
fn an_alert_is_being_answered_only_as_long_as_the_leg_lasts() {
    let mut call = Call::ringing();
    call.leg_answered(41);
    assert!(call.did(|effect| matches!(effect, Effect::AlertBeingAnswered { .. })));
    call.leg_answered(41);
    assert!(!call.did(|effect| matches!(effect, Effect::AlertBeingAnswered { .. })), "once");
    call.leg_ended(41, false);
    assert!(call.did(is_open_again));
    assert_eq!(call.waits_seconds(), Some(30));
    assert_eq!(call.passes(LineFound::Up), "forward 42");
    assert_eq!(call.alerts(), [AlertKind::Help]);
}

#[test]
fn a_leg_without_a_key_ends_the_answering_at_the_deadline_too() {
    let mut call = Call::ringing();
    call.leg_answered(41);
    assert_eq!(call.passes(LineFound::Up), "forward 42");
    assert!(call.did(is_open_again));
}

#[test]
fn a_confirmed_leg_leaves_nothing_to_open_again() {
    let mut call = Call::ringing();
    call.leg_answered(41);
    call.on(&Event::TargetConfirmed { phone: desk(41, true).phone });
    call.leg_ended(41, false);
    assert!(!call.did(is_open_again));
    assert_eq!(call.passes(LineFound::Up), "hang_up");
    assert!(call.did(|effect| *effect == Effect::ChangeCall));
}

#[test]
fn a_withdrawn_leg_is_the_end_of_the_line() {
    let mut call = Call::ringing();
    call.leg_ended(41, true);
    assert_eq!(call.recorded(), [Status::Abandoned]);
    assert_eq!((call.state.phase, call.alerts()), (Phase::Over, vec![AlertKind::Help, AlertKind::NotConnected]));
}

#[test]
fn a_leg_that_ends_after_the_line_stands_for_the_result() {
    let mut call = Call::ringing();
    call.line(LineStatus::Completed);
    assert_eq!(call.state.phase, Phase::Forwarding);
    call.leg_ended(41, false);
    assert_eq!(call.recorded(), [Status::Abandoned]);

    let mut other_order = Call::ringing();
    other_order.leg_ended(41, false);
    assert_eq!(other_order.recorded(), []);
    other_order.line(LineStatus::Completed);
    assert_eq!(other_order.recorded(), [Status::Abandoned]);
    // Its key is too late then, a proof of a talk is not.
    other_order.on(&Event::TargetConfirmed { phone: desk(41, true).phone });
    assert_eq!(other_order.recorded(), []);
}

#[test]
fn a_talk_that_both_ended_waits_for_its_proof() {
    let mut call = Call::ringing();
    call.result(41, Busy, Some(0));
    call.result(42, Busy, Some(0));
    call.leg_answered(10);
    call.line(LineStatus::Completed);
    call.leg_ended(10, false);
    assert!(call.did(is_open_again) && call.recorded().is_empty());
    let mut lost = Call { last: call.last.clone(), state: call.state.clone(), people: call.people.clone(), ..Call::outbound() };
    assert_eq!(call.result(10, Completed, Some(300)), "");
    assert_eq!((call.recorded(), call.alerts()), (vec![Status::Connected], vec![]));
    lost.passes(LineFound::Ended(LineStatus::Completed));
    assert_eq!(lost.recorded(), [Status::Abandoned], "no proof, so somebody must look");
    assert_eq!(lost.result(10, Completed, None), "");
    assert_eq!((lost.recorded(), lost.alerts()), (vec![Status::Connected], vec![]), "a late proof settles");
}

#[test]
fn a_desk_may_still_accept_after_the_line_has_ended() {
    let mut call = Call::ringing();
    call.line(LineStatus::Completed);
    call.on(&Event::TargetConfirmed { phone: desk(41, true).phone });
    assert_eq!((call.recorded(), call.alerts()), (vec![Status::Connected], vec![]));
    assert_eq!(call.result(41, Completed, Some(12)), "");
    assert_eq!(call.state.phase, Phase::Over);
}

/// fusionpbx/fusionpbx#2746: two that forward to each other.
#[test]
fn a_call_from_our_own_line_is_refused() {
    let mut call = Call { ours: true, people: Vec::new(), ..Call::new(settings(), Vec::new(), Direction::Inbound) };
    assert_eq!(call.answered(), "refuse");
    assert_eq!(call.last.effects, []);
    assert_eq!(call.line(LineStatus::Busy), "");
    assert_eq!((call.last.effects.len(), call.state.phase), (0, Phase::Over));
}

#[test]
fn a_line_that_forwards_at_once_asks_nothing() {
    let mut call = Call { inbound: Some(Answer::Help), ..Call::inbound() };
    assert_eq!(call.answered(), "forward 41");
    assert_eq!((call.recorded(), call.alerts()), (vec![Status::Help], vec![AlertKind::Help]));
}

#[test]
fn a_message_is_left_by_a_redirect_and_comes_again_at_its_fetch() {
    let mut call = Call::outbound();
    call.answered();
    let said = call.on(&Event::AnsweredBy { by: AnsweredBy::MachineEndBeep });
    assert_eq!(said, "voicemail_message, hang_up");
    assert!(call.did(|effect| *effect == Effect::ChangeCall));
    assert_eq!(call.on(&Event::DocumentFetched), said);
    assert_eq!(call.recorded(), []);
}

#[test]
fn a_machine_that_plays_for_ever_gets_its_message_at_the_deadline() {
    let mut call = Call::outbound();
    call.answered();
    call.on(&Event::AnsweredBy { by: AnsweredBy::MachineStart });
    assert_eq!(call.says("press the hash key"), "");
    assert_eq!(call.passes(LineFound::Up), "voicemail_message, hang_up");
    assert_eq!(call.recorded(), [Status::Voicemail]);
}

#[test]
fn after_a_greeting_only_a_key_and_help_beside_it_count() {
    let heard = |digits: Option<&str>, text: &str| {
        let mut call = Call::outbound();
        call.answered();
        call.on(&Event::AnsweredBy { by: AnsweredBy::MachineStart });
        let speech = Speech { text: text.to_owned(), confidence: Confidence::NotGiven };
        let said = call.on(&Event::Gathered { digits: digits.map(str::to_owned), speech: Some(speech) });
        (said, call.on(&Event::AnsweredBy { by: AnsweredBy::MachineEndBeep }))
    };
    assert_eq!(heard(None, "Crisis24").0, "");
    assert_eq!(heard(Some("9"), "Crisis24").0, "forward 41");
    let (said, beep) = heard(Some("9"), "hello");
    assert_eq!((said.as_str(), beep.as_str()), ("prompt 2", ""), "a key proves a human: detection is ignored from then on");
}

#[test]
fn last_words_can_be_interrupted_until_the_line_ends() {
    let mut call = Call::outbound();
    call.answered();
    assert_eq!(call.key("1"), "goodbye_safe, hang_up");
    for pause in 2..=5 {
        assert_eq!(call.key("1"), "hang_up");
        assert_eq!(call.state.pauses, pause);
    }
    assert_eq!(call.key("2"), "forward 41");
    assert_eq!(call.recorded(), [Status::Help]);
}

#[test]
fn last_words_that_nobody_hears_the_end_of_are_ended() {
    let mut call = Call::outbound();
    call.answered();
    call.key("1");
    for _ in 0..limits::LOOKS_MAX {
        assert_eq!(call.passes(LineFound::Up), "");
    }
    assert_eq!(call.passes(LineFound::Up), "hang_up");
    assert_eq!(call.state.phase, Phase::Over);
}

#[test]
fn safe_is_not_accepted_where_nothing_can_be_stored() {
    let mut call = Call { durable: false, ..Call::outbound() };
    call.answered();
    assert_eq!(call.key("1"), "goodbye_safe, hang_up");
    assert_eq!(call.last.effects, []);
    call.durable = true;
    assert_eq!(call.key("1"), "goodbye_safe, hang_up");
    assert_eq!(call.recorded(), [Status::Safe]);
}

#[test]
fn help_is_forwarded_although_nothing_can_be_stored() {
    let mut call = Call { durable: false, ..Call::outbound() };
    call.answered();
    assert_eq!(call.key("2"), "forward 41");
}

/// A faint yes is not silence, and a faint cry for help is one (jambonz/freeswitch-modules#11).
#[test]
fn faint_words() {
    let heard = |text: &str, confidence: Option<&str>| {
        let mut call = Call::inbound();
        call.answered();
        let speech = Speech { text: text.to_owned(), confidence: Confidence::from_wire(confidence) };
        call.on(&Event::Gathered { digits: None, speech: Some(speech) });
        (call.state.heard, call.state.last_heard)
    };
    for confidence in [Some("0.05"), Some("abc"), Some("0,87"), Some("0.49")] {
        assert_eq!(heard("alles gut", confidence), (true, Some(Answer::Unclear)), "{confidence:?}");
        assert_eq!(heard("Crisis24", confidence), (false, Some(Answer::Help)), "{confidence:?}");
    }
    assert_eq!(heard("?!", Some("0.05")), (false, Some(Answer::Silence)));
}

#[test]
fn the_number_of_a_query_that_is_settled_is_not_tried_again() {
    let mut call = Call::outbound();
    call.people[0].query.as_mut().expect("a part").settled = true;
    call.line(LineStatus::Busy);
    assert_eq!(call.recorded(), [Status::Busy]);
    assert!(!call.did(|effect| matches!(effect, Effect::Retry { .. } | Effect::RaiseAlert { .. })));
}

#[test]
fn a_call_to_nobody_is_an_alert_and_a_hang_up() {
    let line = LineId::new("line").expect("a slug");
    let state = begin_for_nobody(CallId(Uuid::from_u128(1)), line);
    let event = Event::CallAnswered { direction: Direction::Inbound, caller: None, called: phone("+493023125199") };
    let first = step_for_nobody(&state, &event, Uuid::from_u128(1));
    assert_eq!(first.telephone, [TelephoneAction::HangUp]);
    assert!(matches!(first.effects.as_slice(), [Effect::RaiseAlert { kind: AlertKind::UnknownCalledNumber, .. }]));
    let second = step_for_nobody(&first.state, &event, Uuid::from_u128(2));
    assert_eq!((second.telephone.len(), second.effects.len()), (0, 0));
}

#[test]
fn the_state_survives_the_journal() {
    let mut call = Call::ringing();
    call.leg_answered(41);
    let row = serde_json::to_string(&call.state).expect("a row");
    assert_eq!(serde_json::from_str::<CallState>(&row).expect("a state"), call.state);
}

#[test]
fn the_words_of_the_silence_to_the_end() {
    let mut call = Call::outbound();
    call.answered();
    call.silence();
    call.silence();
    assert_eq!(call.silence(), format!("{}, hang_up", SayKey::EmergencyNumber.as_str()));
    assert_eq!(call.key("1"), "goodbye_safe, hang_up");
    assert_eq!((call.recorded(), call.alerts()), (vec![Status::Safe], vec![]), "a safe settles unreached");
}
