//! Whole calls: a simulated provider rings, fetches our documents over signed HTTP and obeys them as Twilio would. Nothing
//! in between is left out, and whatever it could not obey fails the test.

use crate::support::test_app::{
    ANNA, BEN, CENTRE, FIRST, LINE, MEDICAL, SECOND, STRANGER, THIRD_DESK, TRAVEL, TestApp, acme, desk, mailbox, phone,
};
use crate::support::wire::attribute;
use assistline::model::alert::{AlertKind, AlertState};
use assistline::model::answer::Answer;
use assistline::model::effect::Effect;
use assistline::simulator::observation::What;
use assistline::simulator::phones::{Phone, Reaction, Ring};
use serde_json::json;

const OPEN: AlertState = AlertState::Open;
const SETTLED: AlertState = AlertState::Settled;

#[tokio::test]
async fn key_2_is_help_and_the_first_contact_takes_it() {
    let app = TestApp::new().await;
    let told = app
        .traveller("ben", BEN)
        .is_called()
        .hears("If you need help, press 2")
        .presses('2')
        .hears("We are connecting you with a person now")
        .rings_at(FIRST)
        .desk_hears(FIRST, "Hilferuf, Acme. Zum Annehmen drücken Sie die 1.")
        .desk_hears(FIRST, "Ben Carter")
        .is_forwarded_to(FIRST)
        .ends("completed")
        .tell()
        .await;
    assert_eq!(told.desks(), [FIRST]);
    assert_eq!(app.status("ben").await, Some(Answer::Help));
    assert_eq!(app.alerts().await, [(AlertKind::Help, SETTLED)]);
    app.end().await;
}

#[tokio::test]
async fn hilfe_and_the_first_contact_does_not_confirm() {
    let app = TestApp::new().await;
    app.provider.set_phone(&phone(FIRST), mailbox());
    let told = app
        .traveller("anna", ANNA)
        .is_called()
        .hears("drücken Sie die 2 oder sagen Sie Hilfe")
        .says("Hilfe")
        .rings_at(FIRST)
        .desk_hears(FIRST, "Es wurde keine Taste gedrückt")
        .hears("Wir versuchen den nächsten Kontakt")
        .is_forwarded_to(SECOND)
        .ends("completed")
        .tell()
        .await;
    assert_eq!(told.desks(), [FIRST, SECOND]);
    assert!(!told.heard_by(FIRST).contains("Anna"), "a mailbox never learns who needs help");
    assert_eq!(app.alerts().await, [(AlertKind::Help, SETTLED)]);
    app.end().await;
}

#[tokio::test]
async fn the_medical_provider_is_engaged_and_the_first_contact_follows() {
    let app = TestApp::new().await;
    app.provider.set_phone(&phone(MEDICAL), Phone::ringing(Ring::Busy));
    let told = app.traveller("ben", BEN).is_called().hears("press 3").presses('3').is_forwarded_to(FIRST).tell().await;
    assert_eq!(told.desks(), [MEDICAL, FIRST]);
    assert_eq!(app.status("ben").await, Some(Answer::Medical));
    app.end().await;
}

#[tokio::test]
async fn a_booking_question_goes_to_the_travel_provider_and_alerts_nobody() {
    let app = TestApp::new().await;
    let story = app.traveller("anna", ANNA).is_called().hears("drücken Sie die 4").presses('4');
    let told = story.hears("mit dem Reisedienst").is_forwarded_to(TRAVEL).ends("completed").tell().await;
    assert_eq!(told.desks(), [TRAVEL]);
    assert_eq!((app.status("anna").await, app.alerts().await), (Some(Answer::Travel), vec![]));
    app.end().await;
}

#[tokio::test]
async fn safe_is_noted_and_can_be_corrected_in_the_goodbye() {
    let app = TestApp::new().await;
    let told = app.traveller("ben", BEN).is_called().presses('1').hears("We have noted that you are safe").ends("completed");
    assert!(told.tell().await.desks().is_empty());
    assert_eq!((app.status("ben").await, app.alerts().await), (Some(Answer::Safe), vec![]));
    let story = app.traveller("anna", ANNA).is_called().presses('1').hears("in Sicherheit sind").hears("doch Hilfe brauchen");
    let told = story.presses('2').is_forwarded_to(FIRST).ends("completed").tell().await;
    assert_eq!(told.desks(), [FIRST]);
    assert_eq!(app.status("anna").await, Some(Answer::Help));
    app.end().await;
}

#[tokio::test]
async fn an_emergency_number_keyed_one_by_one_is_help() {
    let app = TestApp::new().await;
    for (id, number, last) in [("anna", ANNA, '2'), ("ben", BEN, '0')] {
        let story = app.traveller(id, number).is_called().presses('1').presses('1').presses(last);
        let told = story.is_forwarded_to(FIRST).tell().await;
        assert_eq!((told.desks(), app.status(id).await), (vec![FIRST.to_owned()], Some(Answer::Help)));
    }
    app.end().await;
}

#[tokio::test]
async fn a_voicemail_hears_the_emergency_number_and_the_call_is_tried_again() {
    let app = TestApp::new().await;
    let script = Phone {
        rings: vec![Ring::Voicemail { after_seconds: 10, greeting_seconds: 8 }, Ring::Answers { after_seconds: 5 }],
        reactions: vec![Vec::new(), vec![Reaction::key('1')]],
        ..desk(5)
    };
    app.provider.set_phone(&phone(ANNA), script);
    app.asks(&["anna"]).await;
    app.until_quiet().await;
    let seen = app.seen();
    let ends: Vec<_> =
        seen.iter().filter(|seen| matches!(seen.what, What::Ended(_))).map(|seen| (seen.call.clone(), seen.at)).collect();
    assert_eq!(ends.len(), 2, "one retry, and no more");
    let message =
        seen.iter().find(|seen| matches!(&seen.what, What::Hears { text, .. } if text.contains("Rufen Sie uns zurück")));
    assert_eq!(message.expect("a message").call, ends[0].0);
    assert!((ends[1].1 - ends[0].1).num_seconds() >= 60, "calls to one traveller are a minute apart");
    assert_eq!((app.status("anna").await, app.alerts().await), (Some(Answer::Safe), vec![]));
    assert_eq!(app.faults(), Vec::<String>::new());
    app.end().await;
}

#[tokio::test]
async fn silence_to_the_end_hears_the_emergency_number_and_alerts_a_person() {
    let app = TestApp::new().await;
    let story = app.traveller("anna", ANNA).is_called().stays_silent().stays_silent().stays_silent();
    let told = story.hears("Eine Taste genügt").hears("alarmieren jetzt einen Menschen. Wenn Sie Hilfe brauchen, drücken Sie jetzt die 2. Die Notrufnummer ist plus vier neun").ends("completed");
    assert!(told.tell().await.desks().is_empty());
    assert_eq!(app.alerts().await, [(AlertKind::Unreached, OPEN)]);
    app.end().await;
}

#[tokio::test]
async fn who_cannot_be_understood_is_connected() {
    let app = TestApp::new().await;
    let story = app.traveller("ben", BEN).is_called().says("purple monkey").says("dishwasher").says("lamp");
    let told = story.hears("If you press no key now, we will connect you").is_forwarded_to(FIRST).tell().await;
    assert_eq!(told.desks(), [FIRST]);
    assert_eq!(app.status("ben").await, Some(Answer::Unclear));
    app.end().await;
}

#[tokio::test]
async fn a_known_caller_is_recognised_and_a_stranger_is_helped_all_the_same() {
    let app = TestApp::new().await;
    let story = app.traveller("anna", ANNA).rings_us_as(ANNA).hears("das Notfalltelefon für Reisende").says("Hilfe");
    let told = story.is_forwarded_to(FIRST).ends("completed").tell().await;
    assert!(told.heard_by(FIRST).contains("Anna Meier"));
    let story = app.traveller("", STRANGER).rings_us_as(STRANGER).says("I need help, somebody is following me");
    let told = story.is_forwarded_to(FIRST).tell().await;
    assert!(told.heard_by(FIRST).contains("Name unbekannt"));
    assert_eq!(app.alerts().await, [(AlertKind::Help, SETTLED), (AlertKind::Help, SETTLED)]);
    app.end().await;
}

/// Field case F10: numbers that are nobody's.
#[tokio::test]
async fn withheld_numbers_are_routed_like_any_and_never_shown_as_numbers() {
    let app = TestApp::new().await;
    for shown in ["anonymous", "", "+266696687", "Restricted", "unavailable"] {
        let told = app.traveller("", STRANGER).rings_us_as(shown).presses('2').is_forwarded_to(FIRST).tell().await;
        let steps = app.steps(&told.sid).await;
        let state = steps.last().and_then(|step| step.state.clone()).expect("a state");
        assert_eq!((state.traveller_phone, state.travellers), (None, vec![]), "{shown:?}");
        let caller_id = told.documents().iter().find_map(|document| attribute(document, "Dial", "callerId"));
        assert_eq!(caller_id.as_deref(), Some(LINE), "{shown:?}");
        assert!(!told.heard_by(FIRST).contains("2, 6, 6"), "{shown:?}");
    }
    app.end().await;
}

#[tokio::test]
async fn a_caller_who_hangs_up_before_an_answer_is_noticed() {
    let app = TestApp::new().await;
    app.traveller("anna", ANNA).rings_us_as(ANNA).hangs_up().ends("completed").tell().await;
    assert_eq!(app.alerts().await, [(AlertKind::HungUp, OPEN)]);
    app.end().await;
}

#[tokio::test]
async fn nobody_takes_the_call() {
    let app = TestApp::new().await;
    for (number, ring) in [(FIRST, Ring::Busy), (SECOND, Ring::NoAnswer), (CENTRE, Ring::Unroutable)] {
        app.provider.set_phone(&phone(number), Phone::ringing(ring));
    }
    let story = app.traveller("ben", BEN).is_called().presses('2').rings_at(FIRST).rings_at(SECOND).rings_at(CENTRE);
    let story = story.hears("A person will call you back on this phone").hears("The emergency number is");
    let told = story.ends("completed").tell().await;
    assert_eq!(told.desks(), [FIRST, SECOND, CENTRE], "each once");
    assert_eq!(app.alerts().await, [(AlertKind::Help, OPEN), (AlertKind::NotConnected, OPEN)]);
    app.end().await;
}

#[tokio::test]
async fn a_desk_that_hangs_up_or_declines_is_followed_by_the_next() {
    let app = TestApp::new().await;
    app.provider.set_phone(&phone(FIRST), Phone::person(5, vec![Reaction::HangUp { after_seconds: 1 }]));
    app.provider.set_phone(&phone(SECOND), Phone::person(5, vec![Reaction::key('9')]));
    let told = app.traveller("anna", ANNA).is_called().presses('2').is_forwarded_to(CENTRE).tell().await;
    assert_eq!(told.desks(), [FIRST, SECOND, CENTRE]);
    assert!(told.heard_by(SECOND).contains("Danke. Sie werden nicht verbunden."));
    app.end().await;
}

#[tokio::test]
async fn a_traveller_who_hangs_up_while_it_rings_is_an_alarm() {
    let app = TestApp::new().await;
    app.provider.set_phone(&phone(FIRST), desk(15));
    let told =
        app.traveller("anna", ANNA).is_called().presses('2').gives_up_after(4).rings_at(FIRST).ends("completed").tell().await;
    assert_eq!(told.desks(), [FIRST], "no desk is rung for a line that is gone");
    assert!(!told.is_connected());
    assert_eq!(app.alerts().await, [(AlertKind::Help, OPEN), (AlertKind::NotConnected, OPEN)]);
    app.end().await;
}

#[tokio::test]
async fn a_text_for_help_is_answered_and_alarms() {
    let app = TestApp::new().await;
    app.provider.text_in(&phone(ANNA), &phone(LINE), "Hilfe, ich kann nicht sprechen").await;
    app.until_quiet().await;
    let seen = app.seen();
    let reply = seen.iter().find_map(|seen| match &seen.what {
        What::ReceivesText(text) => Some(text.clone()),
        _ => None,
    });
    let reply = reply.expect("a reply");
    assert!(reply.contains("Wir alarmieren einen Menschen") && reply.contains("+49 30 23125101"), "{reply}");
    assert_eq!((app.alerts().await, app.status("anna").await), (vec![(AlertKind::Help, OPEN)], Some(Answer::Help)));
    assert!(app.faults().is_empty() && !seen.iter().any(|seen| seen.what == What::Rings), "no call is placed");
    app.end().await;
}

#[tokio::test]
async fn settings_activated_in_mid_call_route_the_next_call_only() {
    let app = TestApp::new().await;
    let before = app.seen().len();
    let story = app.traveller("ben", BEN).is_called().stays_silent().presses('2').is_forwarded_to(FIRST);
    let sid = story.begin().await;
    app.pass(8).await;
    let mut settings = acme();
    settings["assistance"]["own_contacts"][0] = json!({"name": "Night shift", "phone": THIRD_DESK, "must_confirm": true});
    app.provider.set_phone(&phone(THIRD_DESK), desk(4));
    app.save("acme", &settings).await;
    app.until_quiet().await;
    assert_eq!(story.look(before, sid).desks(), [FIRST]);
    let told = app.traveller("anna", ANNA).is_called().presses('2').is_forwarded_to(THIRD_DESK).tell().await;
    assert_eq!(told.desks(), [THIRD_DESK]);
    app.end().await;
}

#[tokio::test]
async fn a_person_taken_for_a_machine_is_heard_by_the_key() {
    let app = TestApp::new().await;
    let ring = Ring::TakenForMachine { after_seconds: 4 };
    let story = app.traveller("anna", ANNA).is_called().is_answered_by(ring).says("Hallo, wer ist da?").presses('2');
    let told = story.is_forwarded_to(FIRST).ends("completed").tell().await;
    assert_eq!(told.desks(), [FIRST]);
    assert_eq!(app.status("anna").await, Some(Answer::Help));
    app.end().await;
}

#[tokio::test]
async fn a_lost_result_of_a_forward_leads_to_the_next_desk_once() {
    let app = TestApp::new().await;
    app.provider.set_phone(&phone(FIRST), Phone::ringing(Ring::NoAnswer));
    app.provider.lose_next("DialCallStatus=no-answer");
    let told = app.traveller("ben", BEN).is_called().presses('2').rings_at(FIRST).is_forwarded_to(SECOND).tell().await;
    assert_eq!(told.desks(), [FIRST, SECOND]);
    assert_eq!(app.alerts().await, [(AlertKind::Help, SETTLED)]);
    app.end().await;
}

/// Field case F07: after our own redirect the action of the interrupted forward is reported as a finished talk.
#[tokio::test]
async fn our_own_redirect_is_no_finished_talk() {
    for late in [("completed", "true-not"), ("canceled", "")] {
        let app = TestApp::new().await;
        app.provider.set_phone(&phone(FIRST), Phone::ringing(Ring::NoAnswer));
        app.provider.set_phone(&phone(SECOND), desk(12));
        app.provider.lose_next("DialCallStatus=no-answer");
        let before = app.seen().len();
        let story = app.traveller("ben", BEN).is_called().presses('2').rings_at(SECOND).is_forwarded_to(SECOND).ends("completed");
        let sid = story.begin().await;
        for _ in 0..200 {
            app.pass(1).await;
            if app.seen().iter().any(|seen| seen.what == What::DeskRings && seen.phone == phone(SECOND)) {
                break;
            }
        }
        let so_far = app.traveller("ben", BEN).look(before, sid.clone());
        let action = so_far.documents().iter().find_map(|document| attribute(document, "Dial", "action")).expect("a dial");
        let pairs = [
            ("AccountSid", "AC0000000000000000000000000000000a"),
            ("CallSid", so_far.sid.as_str()),
            ("CallStatus", "in-progress"),
            ("DialCallSid", "CA000000000000000000000000000000ff"),
            ("DialCallStatus", late.0),
            ("DialBridged", "false"),
            ("DialCallDuration", "0"),
        ];
        let answer = app.post(&app.target(&action), &pairs).await;
        assert_eq!(answer.status, 200);
        app.until_quiet().await;
        assert_eq!(story.look(before, sid).desks(), [FIRST, SECOND], "{late:?}");
        assert_eq!(app.alerts().await, [(AlertKind::Help, SETTLED)]);
        app.end().await;
    }
}

/// Field case F08: taken, but nobody is on the line.
#[tokio::test]
async fn a_desk_that_picks_up_and_is_gone_leaves_the_alert_open() {
    let app = TestApp::new().await;
    app.provider.set_phone(&phone(FIRST), Phone::person(5, Vec::new()));
    app.provider.lose_next("DialCallStatus=completed");
    let told = app.traveller("anna", ANNA).is_called().presses('2').rings_at(FIRST).is_forwarded_to(SECOND).tell().await;
    assert_eq!(told.desks(), [FIRST, SECOND]);
    let steps = app.steps(&told.sid).await;
    let moves: Vec<&str> = steps
        .iter()
        .flat_map(|step| &step.effects)
        .filter_map(|effect| match effect {
            Effect::AlertBeingAnswered { .. } => Some("being answered"),
            Effect::AlertOpenAgain { .. } => Some("open again"),
            Effect::SettleAlert { .. } => Some("settled"),
            _ => None,
        })
        .collect();
    assert_eq!(moves, ["being answered", "open again", "being answered", "settled"]);
    app.end().await;
}

/// Field case F09: two that forward to each other.
#[tokio::test]
async fn a_desk_that_diverts_to_us_is_refused_as_busy() {
    let app = TestApp::new().await;
    app.provider.set_phone(&phone(FIRST), desk(15));
    let before = app.seen().len();
    let story = app.traveller("anna", ANNA).is_called().presses('2').rings_at(FIRST).is_forwarded_to(FIRST);
    let sid = story.begin().await;
    app.pass(16).await;
    let alerts = app.alerts().await;
    for number in 0..100 {
        let diverted = app.call_by_hand(0xD000 + number, LINE);
        let answer = app.post(&diverted.voice(), &diverted.pairs(&[("ForwardedFrom", FIRST)])).await;
        assert!(answer.status == 200 && answer.body.contains("<Reject"), "{answer:?}");
    }
    assert_eq!(app.alerts().await, alerts, "no storm of alerts");
    app.until_quiet().await;
    assert_eq!(story.look(before, sid).desks(), [FIRST], "the first call goes on");
    app.end().await;
}

#[tokio::test]
async fn a_call_to_the_second_line_of_an_account_is_its_own_organisations() {
    let app = TestApp::new().await;
    app.provider.set_phone(&phone(THIRD_DESK), desk(4));
    let story = app.traveller("", STRANGER).rings(STRANGER, crate::support::test_app::THIRD_LINE).hears("This is Third");
    let told = story.presses('2').is_forwarded_to(THIRD_DESK).tell().await;
    assert_eq!(told.desks(), [THIRD_DESK]);
    app.end().await;
}
