//! What is said in each situation, and that no plan leaves a caller alone.

use super::*;
use crate::decide::QueryFacts;
use crate::model::answer::Answer;
use crate::model::call_state::{Forward, Phase, STATE_FORMAT};
use crate::model::capabilities::{Capabilities, LanguageSupport};
use crate::model::desk::{DeskCall, DeskPosition, Role};
use crate::model::effect::{ReplyKind, SayKey};
use crate::model::event::{Confidence, Direction, Speech};
use crate::model::ids::{CallId, LineId, OrganisationId, QueryId, TravellerRow};
use crate::model::language::LanguageTag;
use crate::model::limits::{LAST_PAUSES_MAX, TALK_SECONDS_MAX};
use crate::model::phone::PhoneNumber;
use crate::model::plan::{Listen, Spoken};
use crate::model::token::{CallbackKind, StepToken};
use crate::model::traveller::{Person, QueryPart};
use crate::settings::Settings;
use crate::settings::valid::{
    AlertRules, AssistanceMode, Desk, EmergencyNumberChoice, OperationsCentre, Retention, StatusCallRules,
};
use crate::wording::TextKind;
use chrono::{SubsecRound, TimeZone};
use proptest::prelude::*;
use uuid::Uuid;

/// A language with voice and recogniser, one without a recogniser, one with neither.
const LANGUAGES: &[LanguageSupport] = &[
    LanguageSupport { tag: "de", voice: Some(("de-DE", "voice")), recogniser: Some("de-DE") },
    LanguageSupport { tag: "en", voice: Some(("en-GB", "voice")), recogniser: None },
    LanguageSupport { tag: "fr", voice: None, recogniser: Some("fr-FR") },
];
const LINE: Capabilities = Capabilities {
    speech: true,
    confirm: true,
    speaks_after_key: true,
    machine_detection: true,
    change_call: true,
    texts: true,
    languages: LANGUAGES,
};

fn tag(text: &str) -> LanguageTag {
    LanguageTag::new(text).unwrap()
}

fn phone(text: &str) -> PhoneNumber {
    PhoneNumber::from_e164(text).unwrap()
}

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 20, 12, 0, 0).unwrap() + chrono::TimeDelta::microseconds(123_456)
}

fn desk(name: &str, number: &str, must_confirm: bool) -> Desk {
    Desk { name: name.to_owned(), phone: phone(number), must_confirm, ring_seconds: 25, hours: None }
}

fn settings() -> Settings {
    Settings {
        name: "ACME GmbH".to_owned(),
        spoken_name: "ACME".to_owned(),
        country: "DE".to_owned(),
        time_zone: chrono_tz::Europe::Berlin,
        languages: vec![tag("de"), tag("en")],
        emergency_number: EmergencyNumberChoice::Line,
        mode: AssistanceMode::OwnContact,
        own_contacts: vec![desk("Werkschutz", "+493023125010", true), desk("Leitung", "+493023125011", true)],
        last_resort: true,
        operations_centre: Some(OperationsCentre {
            desk: desk("Crisis24", "+493023125012", false),
            former_names: vec!["EXOP".to_owned()],
        }),
        medical_provider: Some(desk("MedAssist", "+493023125013", false)),
        travel_provider: None,
        status_call: StatusCallRules {
            max_prompts: 3,
            ring_seconds: 25,
            retry_minutes: vec![0, 2, 5],
            speech: true,
            text_first: false,
        },
        alerts: AlertRules { recipients: Vec::new(), repeat_minutes: 5 },
        retention: Retention { status_queries: "P13M".to_owned(), alerts: "P24M".to_owned(), locations: "P90D".to_owned() },
    }
}

/// A status call to Anna Meier that is being asked for the first time.
fn state() -> CallState {
    CallState {
        format: STATE_FORMAT,
        call: CallId(Uuid::from_u128(7)),
        organisation: OrganisationId::new("acme"),
        line: LineId::new("berlin").unwrap(),
        direction: Direction::Outbound,
        version: 3,
        travellers: vec![TravellerRow(11)],
        traveller_phone: Some(phone("+491713920011")),
        query: Some(QueryId(Uuid::from_u128(9))),
        attempt: 1,
        language: tag("de"),
        phase: Phase::Asking,
        ask: 1,
        heard: false,
        keys: String::new(),
        key_pressed: false,
        machine: false,
        attempt_ended: false,
        line_ended: false,
        answer: None,
        last_heard: None,
        safe_by_words: false,
        taken_back: false,
        legs: 0,
        forward: None,
        replaced: Vec::new(),
        tried: Vec::new(),
        tried_mask: 0,
        connected: false,
        alerts: Vec::new(),
        pauses: 0,
        document: Vec::new(),
        change_pending: false,
        looks: 0,
        deadline: None,
        deadlines_set: 0,
    }
}

fn anna() -> Person {
    Person {
        row: TravellerRow(11),
        name: Some("Anna Meier".to_owned()),
        language: Some(tag("fr")),
        status: None,
        query: None,
        alerts: Vec::new(),
        place: Some("Lagos".to_owned()),
        revision: 1,
    }
}

/// A situation that a test bends to its needs.
#[derive(Debug)]
struct Scene {
    settings: Settings,
    capabilities: Capabilities,
    people: Vec<Person>,
    query: Option<QueryFacts>,
    inbound: Option<Answer>,
    durable: bool,
    state: CallState,
    event: Event,
    effects: Vec<Effect>,
}

fn scene() -> Scene {
    Scene {
        settings: settings(),
        capabilities: LINE,
        people: vec![anna()],
        query: Some(QueryFacts::default()),
        inbound: None,
        durable: true,
        state: state(),
        event: Event::Gathered { digits: None, speech: None },
        effects: Vec::new(),
    }
}

impl Scene {
    fn with<T>(&self, use_it: impl FnOnce(Judged<'_>) -> T) -> T {
        let (line_number, emergency_number) = (phone("+493023125000"), phone("+493023125001"));
        let facts = Facts {
            settings: &self.settings,
            line_number: &line_number,
            emergency_number: &emergency_number,
            people: &self.people,
            query: self.query.as_ref(),
            capabilities: &self.capabilities,
            inbound: self.inbound,
            caller_is_ours: false,
            words_mean: None,
            durable: self.durable,
            seed: Uuid::from_u128(1),
        };
        let standing = Standing { facts: &facts, state: &self.state, step: 5, now: now() };
        let effects = &self.effects;
        use_it(Judged { standing, event: &self.event, telephone: &[], effects })
    }

    fn plan(&self, telephone: &[TelephoneAction]) -> Plan {
        self.with(|judged| plan(&Judged { telephone, ..judged })).unwrap()
    }

    fn waiting(&self) -> Plan {
        self.with(|judged| waiting(&judged.standing))
    }

    fn whisper(&self, leg: u8, moment: DeskMoment) -> Plan {
        self.with(|judged| whisper(&judged.standing, leg, moment))
    }

    fn inbound() -> Self {
        let mut scene = scene();
        scene.state.direction = Direction::Inbound;
        scene.state.query = None;
        scene.query = None;
        scene
    }

    /// A desk is being called for the nth time.
    fn forwarding(leg: u8, role: Role, must_confirm: bool) -> Self {
        let mut scene = scene();
        let position = DeskPosition(leg + 2);
        let desk = desk("Werkschutz", "+493023125010", must_confirm).call(role, position, true);
        scene.state.phase = Phase::Forwarding;
        scene.state.answer = Some(Answer::Help);
        scene.state.legs = leg;
        let forward = Forward { leg, desk, answered: false, confirmed: false, leg_ended: false, replaced: false };
        scene.state.forward = Some(forward);
        scene
    }

    fn desk(&self) -> DeskCall {
        self.state.forward.as_ref().unwrap().desk.clone()
    }

    fn forward(&self) -> Plan {
        self.plan(&[TelephoneAction::Forward { desk: self.desk() }])
    }
}

fn prompt(ask: u8) -> TelephoneAction {
    let choices = vec![Answer::Safe, Answer::Help, Answer::Medical];
    TelephoneAction::Prompt { choices, language: tag("de"), ask }
}

fn say(key: SayKey) -> TelephoneAction {
    TelephoneAction::Say { key }
}

/// All that a plan says, in one line; the verbs in brackets.
fn script(plan: &Plan) -> String {
    let words = |say: &[Spoken]| say.iter().map(|spoken| spoken.text.clone()).collect::<Vec<_>>().join(" ");
    let verb = |verb: &Verb| match verb {
        Verb::Say(spoken) => spoken.text.clone(),
        Verb::Gather { say, listen, wait_seconds, report_silence, .. } => {
            let ears = listen.as_ref().map_or("keys".to_owned(), |listen| format!("keys and {}", listen.language));
            let silence = if *report_silence { ", reports silence" } else { "" };
            format!("{} [{ears}, {wait_seconds} s{silence}]", words(say))
        }
        Verb::Dial { phone, .. } => format!("[dial {}]", phone.e164()),
        Verb::Hangup => "[hang up]".to_owned(),
        Verb::Connect => "[connect]".to_owned(),
        Verb::Reject => "[reject]".to_owned(),
        Verb::Message { text } => format!("[text] {text}"),
        Verb::Play { .. } | Verb::Pause { .. } | Verb::Redirect { .. } => panic!("not used here"),
    };
    plan.verbs.iter().map(verb).collect::<Vec<_>>().join(" ").trim().to_owned()
}

fn check(plan: &Plan, expect: &str) {
    assert_eq!(script(plan), expect);
    assert!(!plan.has_dead_end());
}

fn check_holds(plan: &Plan, expect: &[&str]) {
    let script = script(plan);
    let mut rest = script.as_str();
    for words in expect {
        let found = rest.find(words).unwrap_or_else(|| panic!("no '{words}' in the rest of '{script}'"));
        rest = &rest[found..];
    }
    assert!(!plan.has_dead_end());
}

#[test]
fn the_first_question_says_who_why_and_the_key_for_help() {
    let mut scene = scene();
    scene.query = Some(QueryFacts { incident: Some("Unruhen in der Innenstadt".to_owned()), exercise: false });
    check(
        &scene.plan(&[prompt(1)]),
        "Guten Tag, Anna Meier. Hier ist ACME mit einem automatischen Statusanruf. Anlass: Unruhen in der Innenstadt. Wenn Sie \
         Hilfe brauchen, drücken Sie die 2 oder sagen Sie Hilfe. Wenn Sie in Sicherheit sind, drücken Sie die 1. Wenn jemand krank \
         oder verletzt ist, drücken Sie die 3. [keys and de, 6 s, reports silence]",
    );
    scene.query = Some(QueryFacts { incident: Some("Unruhen".to_owned()), exercise: true });
    check_holds(&scene.plan(&[prompt(1)]), &["Dies ist eine Übung. Hier ist ACME"]);
    assert!(!script(&scene.plan(&[prompt(1)])).contains("Unruhen"));
}

#[test]
fn the_question_is_put_again_with_what_came_of_it() {
    let mut scene = scene();
    let heard = |digits: Option<&str>, words: &str| Event::Gathered {
        digits: digits.map(str::to_owned),
        speech: Some(Speech { text: words.to_owned(), confidence: Confidence::NotGiven }),
    };
    check_holds(&scene.plan(&[prompt(2)]), &["Sie müssen nicht sprechen.", "drücken Sie die 2.", "Wenn Sie zweifeln"]);
    check_holds(&scene.plan(&[prompt(3)]), &["Sie müssen nicht sprechen.", "alarmieren wir einen Menschen."]);
    scene.event = heard(None, " … ");
    check_holds(&scene.plan(&[prompt(2)]), &["Sie müssen nicht sprechen."]);
    scene.event = heard(None, "Hallo?");
    scene.state.heard = true;
    check_holds(&scene.plan(&[prompt(2)]), &["Bitte drücken Sie eine Taste am Telefon.", "Wenn Sie zweifeln"]);
    check_holds(&scene.plan(&[prompt(3)]), &["verbinden wir Sie mit einem Menschen."]);
    scene.event = heard(Some("9"), "");
    check_holds(&scene.plan(&[prompt(2)]), &["Bitte drücken Sie eine Taste am Telefon."]);

    let mut inbound = Scene::inbound();
    check_holds(&inbound.plan(&[prompt(1)]), &["Guten Tag. Hier ist ACME, das Notfalltelefon für Reisende."]);
    assert!(!script(&inbound.plan(&[prompt(2)])).contains("zweifeln"));
    check_holds(&inbound.plan(&[prompt(3)]), &["verbinden wir Sie mit einem Menschen."]);
    inbound.settings.status_call.max_prompts = 2;
    check_holds(&inbound.plan(&[prompt(2)]), &["verbinden wir Sie mit einem Menschen."]);
}

#[test]
fn a_language_is_spoken_and_heard_only_where_the_line_can() {
    let question = |language: &str, bend: &dyn Fn(&mut Scene)| {
        let mut scene = scene();
        scene.state.language = tag(language);
        bend(&mut scene);
        let action = TelephoneAction::Prompt { choices: vec![Answer::Safe, Answer::Help], language: tag(language), ask: 1 };
        script(&scene.plan(&[action]))
    };
    let german = question("de-AT", &|_| {});
    assert!(german.contains("oder sagen Sie Hilfe") && german.contains("[keys and de-AT,"), "{german}");
    let english = question("en", &|_| {});
    assert!(english.contains("press 2. If") && english.contains("[keys, 6 s"), "{english}");
    // No voice for French: the organisation's next language, and an incident in French is not read by a German voice.
    let incident = |scene: &mut Scene| {
        scene.query = Some(QueryFacts { incident: Some("troubles".to_owned()), exercise: false });
    };
    let french = question("fr", &incident);
    assert!(french.contains("Es geht um Ihre Sicherheit.") && !french.contains("troubles"), "{french}");
    let keys_only = question("de", &|scene| scene.settings.status_call.speech = false);
    assert!(keys_only.contains("drücken Sie die 2. Wenn") && keys_only.contains("[keys, 6 s"), "{keys_only}");
    // A line that speaks nothing we know is spoken to in English.
    let mute = question("de", &|scene| scene.capabilities.languages = &[]);
    assert!(mute.starts_with("Hello, Anna Meier."), "{mute}");
}

#[test]
fn recognisers_are_told_what_to_expect() {
    let plan = scene().plan(&[prompt(1)]);
    let Some(Verb::Gather { listen: Some(Listen { hints, .. }), .. }) = plan.verbs.first() else { panic!("no ears") };
    for word in ["Hilfe", "Arzt", "in Sicherheit", "Crisis24", "EXOP"] {
        assert!(hints.iter().any(|hint| hint == word), "{word} is not among {hints:?}");
    }
    assert!(hints.iter().all(|hint| !hint.contains(',')));
}

#[test]
fn a_human_taken_for_a_machine_hears_the_keys_again() {
    let mut scene = scene();
    scene.state.machine = true;
    let expect =
        ["Bitte drücken Sie eine Taste am Telefon. Wenn Sie Hilfe brauchen, drücken Sie die 2. Wenn", "[keys, 6 s, reports"];
    check_holds(&scene.waiting(), &expect);
    scene.state.key_pressed = true;
    check_holds(&scene.waiting(), &["Guten Tag, Anna Meier.", "oder sagen Sie Hilfe", "[keys and de, 6 s, reports"]);
    scene.state.ask = 2;
    check_holds(&scene.waiting(), &["Sie müssen nicht sprechen."]);
}

#[test]
fn a_desk_is_called_under_our_own_number() {
    let scene = Scene::forwarding(1, Role::OwnContact, true);
    let plan = scene.forward();
    check(
        &plan,
        "Wir verbinden Sie jetzt mit einem Menschen. Bleiben Sie am Telefon. Sie hören es gleich klingeln. [dial +493023125010]",
    );
    let Some(Verb::Dial { caller_id, ring_seconds, time_limit_seconds, whisper, leg_status, then, .. }) = plan.verbs.last()
    else {
        panic!("no dial")
    };
    assert_eq!((caller_id.e164(), *ring_seconds, *time_limit_seconds), ("+493023125000", 25, TALK_SECONDS_MAX));
    let kinds = [whisper.as_ref().unwrap(), leg_status, then].map(|token| (token.kind, token.leg, token.step, token.tried));
    let expect = [CallbackKind::Whisper, CallbackKind::LegStatus, CallbackKind::DialResult].map(|kind| (kind, 1, 5, 1 << 3));
    assert_eq!(kinds, expect);
    assert_eq!(scene.waiting(), plan);
}

#[test]
fn the_way_to_a_desk_is_told() {
    let first = |role: Role| script(&Scene::forwarding(1, role, false).forward());
    assert!(first(Role::MedicalProvider).contains("mit dem medizinischen Dienst"));
    assert!(first(Role::TravelProvider).contains("mit dem Reisedienst"));
    assert!(first(Role::OperationsCentre).contains("mit einem Menschen"));
    let second = Scene::forwarding(2, Role::OperationsCentre, false);
    check_holds(&second.forward(), &["Dort hat noch niemand abgenommen. Wir versuchen den nächsten Kontakt."]);
    // A line that forwards at once says first who is there; a provider that cannot ask the desk gets no whisper.
    let mut straight = Scene::forwarding(1, Role::OperationsCentre, false);
    straight.state.direction = Direction::Inbound;
    straight.inbound = Some(Answer::Help);
    straight.capabilities.confirm = false;
    let plan = straight.forward();
    check_holds(&plan, &["Hier ist ACME, das Notfalltelefon für Reisende. Wir verbinden"]);
    assert!(matches!(plan.verbs.last(), Some(Verb::Dial { whisper: None, .. })));
}

#[test]
fn safe_is_followed_by_a_goodbye_that_can_be_interrupted() {
    let mut scene = scene();
    scene.state.phase = Phase::LastWords;
    scene.state.answer = Some(Answer::Safe);
    scene.state.pauses = 1;
    let goodbye = [say(SayKey::GoodbyeSafe), TelephoneAction::HangUp];
    check(
        &scene.plan(&goodbye),
        "Danke. Wir haben notiert, dass Sie in Sicherheit sind. Wenn Sie doch Hilfe brauchen, drücken Sie jetzt die 2. Sie können \
         diese Nummer jederzeit anrufen. Auf Wiederhören. [keys and de, 4 s] [hang up]",
    );
    let Some(Verb::Gather { then, .. }) = scene.plan(&goodbye).verbs.into_iter().next() else { panic!("no gather") };
    assert_eq!((then.kind, then.leg), (CallbackKind::LastWords, 0));
    scene.durable = false;
    check_holds(&scene.plan(&goodbye), &["nicht gespeichert", "drücken Sie jetzt die 2", "[keys and de, 4 s] [hang up]"]);
    // Each further hang-up is such a pause, until there were three.
    for pauses in 2..=LAST_PAUSES_MAX {
        scene.state.pauses = pauses;
        check(&scene.plan(&[TelephoneAction::HangUp]), "[keys and de, 4 s] [hang up]");
    }
    scene.state.pauses = LAST_PAUSES_MAX + 1;
    check(&scene.plan(&[TelephoneAction::HangUp]), "[hang up]");
    scene.state.pauses = 1;
    scene.state.phase = Phase::Over;
    check(&scene.plan(&[TelephoneAction::HangUp]), "[hang up]");
}

#[test]
fn the_emergency_number_is_said_in_the_form_that_fits() {
    let mut scene = scene();
    let number = [say(SayKey::EmergencyNumber), TelephoneAction::HangUp];
    scene.state.phase = Phase::LastWords;
    check(
        &scene.plan(&number),
        "Wir haben keine Antwort gehört. Wir alarmieren jetzt einen Menschen. Wenn Sie Hilfe brauchen, drücken Sie jetzt die 2. Die \
         Notrufnummer ist plus vier neun, drei null, zwei drei eins, zwei fünf null, null eins. Noch einmal: plus vier neun, drei \
         null, zwei drei eins, zwei fünf null, null eins. [keys and de, 4 s] [hang up]",
    );
    scene.state.travellers.push(TravellerRow(12));
    check_holds(&scene.plan(&number), &["Mehrere Reisende nutzen dieses Telefon.", "[keys and de, 4 s] [hang up]"]);

    let failed = [say(SayKey::CallbackPromise), say(SayKey::EmergencyNumber), TelephoneAction::HangUp];
    scene.state.phase = Phase::Over;
    check_holds(
        &scene.plan(&failed),
        &[
            "Wir haben noch niemanden erreicht.",
            "Ein Mensch ruft Sie auf diesem Telefon zurück.",
            "Die Notrufnummer",
            "[hang up]",
        ],
    );
    scene.state.traveller_phone = None;
    check_holds(&scene.plan(&failed), &["Wir sehen Ihre Nummer nicht"]);
}

#[test]
fn a_machine_hears_the_organisation_and_the_number_alone() {
    let mut scene = scene();
    scene.state.phase = Phase::Over;
    let message = [say(SayKey::VoicemailMessage), TelephoneAction::HangUp];
    check_holds(
        &scene.plan(&message),
        &["Guten Tag. Hier ist ACME", "Wir haben Sie nicht erreicht", "Noch einmal: plus", "[hang up]"],
    );
    assert!(!script(&scene.plan(&message)).contains("Anna"));
    let query = QueryId(Uuid::from_u128(9));
    scene.effects = vec![Effect::Retry { query, traveller: TravellerRow(11), attempt: 2, after_minutes: 2 }];
    check_holds(&scene.plan(&message), &["Wir rufen Sie auch wieder an."]);
    // Fetched by our own redirect, the retry stands in the traveller's file.
    scene.effects.clear();
    let part = |planned| QueryPart { query, settled: false, retry_minutes: vec![0, 2], placed: 1, planned, ended: vec![1] };
    scene.people = vec![Person { query: Some(part(Some(2))), ..anna() }];
    check_holds(&scene.plan(&message), &["Wir rufen Sie auch wieder an."]);
    scene.people = vec![Person { query: Some(part(None)), ..anna() }];
    check_holds(&scene.plan(&message), &["Wir haben Sie nicht erreicht und alarmieren einen Menschen."]);
}

#[test]
fn calls_that_are_not_taken_are_refused_and_nothing_is_nothing() {
    check(&scene().plan(&[TelephoneAction::Refuse]), "[reject]");
    assert_eq!(scene().with(|judged| plan(&judged)), None);
}

#[test]
fn texts_are_answered_with_the_emergency_number() {
    let mut scene = scene();
    let reply = [TelephoneAction::ReplyText { kind: ReplyKind::Safe }];
    check_holds(&scene.plan(&reply), &["[text] ACME: notiert", "+49 30 23125001"]);
    scene.query = Some(QueryFacts { incident: None, exercise: true });
    check_holds(&scene.plan(&reply), &["[text] ÜBUNG. ACME: notiert"]);
    let written = scene.with(|judged| text(TextKind::Unreached, &tag("sw"), judged.standing.facts));
    check_holds(&written, &["Wir haben Sie nicht erreicht", "+49 30 23125001"]);
}

#[test]
fn a_caller_for_whom_there_is_nothing_new_gets_the_document_of_the_state() {
    let mut scene = scene();
    scene.state.phase = Phase::LastWords;
    scene.state.pauses = 1;
    check(&scene.waiting(), "[keys and de, 4 s] [hang up]");
    scene.state.pauses = LAST_PAUSES_MAX + 1;
    check(&scene.waiting(), "[hang up]");
    scene.state.phase = Phase::Over;
    check(&scene.waiting(), "[hang up]");
    scene.state.phase = Phase::Placing;
    scene.state.ask = 0;
    check_holds(&scene.waiting(), &["Guten Tag, Anna Meier.", "reports silence"]);
}

#[test]
fn a_desk_that_must_confirm_learns_nothing_before_its_key() {
    let mut scene = Scene::forwarding(1, Role::OwnContact, true);
    scene.state.answer = Some(Answer::Medical);
    check(
        &scene.whisper(1, DeskMoment::Answered),
        "Hilferuf, ACME. Zum Annehmen drücken Sie die 1. [keys, 4 s] Hilferuf, ACME. Zum Annehmen drücken Sie die 1. [keys, 4 s] Es \
         wurde keine Taste gedrückt. Sie werden nicht verbunden. Auf Wiederhören. [hang up]",
    );
    let Some(Verb::Gather { then, .. }) = scene.whisper(1, DeskMoment::Answered).verbs.into_iter().next() else {
        panic!("no gather")
    };
    assert_eq!((then.kind, then.leg), (CallbackKind::WhisperKey, 1));
    assert_eq!(
        script(&scene.whisper(1, DeskMoment::Confirmed)),
        "Medizinischer Anruf, ACME. Anna Meier. Zuletzt: Lagos. Sprache: Französisch. Sie sind jetzt verbunden. [connect]"
    );
    check(&scene.whisper(1, DeskMoment::Declined), "Danke. Sie werden nicht verbunden. Auf Wiederhören. [hang up]");
    // A provider that cannot speak after the key has to say all of it before.
    scene.capabilities.speaks_after_key = false;
    check_holds(
        &scene.whisper(1, DeskMoment::Answered),
        &["Medizinischer Anruf, ACME. Anna Meier. Zuletzt: Lagos.", "Noch einmal. Medizinischer Anruf", "[hang up]"],
    );
    assert_eq!(scene.whisper(1, DeskMoment::Confirmed), Plan::new(vec![Verb::Connect]));
}

#[test]
fn a_desk_that_need_not_confirm_is_connected_after_the_words() {
    let mut scene = Scene::forwarding(1, Role::OperationsCentre, false);
    let said = |scene: &Scene| script(&scene.whisper(1, DeskMoment::Answered));
    assert_eq!(
        said(&scene),
        "Hilferuf, ACME. Anna Meier. Zuletzt: Lagos. Sprache: Französisch. Sie sind jetzt verbunden. [connect]"
    );
    scene.people = vec![Person { name: None, place: None, language: Some(tag("de")), ..anna() }];
    assert_eq!(said(&scene), "Hilferuf, ACME. Name unbekannt. Sie sind jetzt verbunden. [connect]");
    scene.people = vec![anna(), Person { row: TravellerRow(12), ..anna() }];
    scene.state.travellers.push(TravellerRow(12));
    assert_eq!(said(&scene), "Hilferuf, ACME. Gemeinsames Telefon. Sprache: Französisch. Sie sind jetzt verbunden. [connect]");
    scene.people.clear();
    scene.state.travellers.clear();
    scene.state.answer = Some(Answer::Unclear);
    scene.query = Some(QueryFacts { incident: None, exercise: true });
    assert_eq!(
        said(&scene),
        "Übung. Fragen Sie, ob es ernst ist. Möglicher Hilferuf, ACME. Name unbekannt. Sie sind jetzt verbunden. [connect]"
    );
    // The desk's language is the organisation's first that the line speaks.
    scene.settings.languages = vec![tag("fr"), tag("en")];
    assert!(said(&scene).ends_with("You are connected now. [connect]"));
}

#[test]
fn a_desk_that_accepts_too_late_is_told_to_call_back() {
    let hung_up =
        "Die anrufende Person hat aufgelegt. Sie sind nicht verbunden. Anna Meier. Rufen Sie jetzt zurück: plus vier neun";
    let mut scene = Scene::forwarding(1, Role::OwnContact, true);
    scene.state.line_ended = true;
    check_holds(&scene.whisper(1, DeskMoment::Confirmed), &[hung_up, "[hang up]"]);
    // Its mailbox still learns nothing.
    check_holds(&scene.whisper(1, DeskMoment::Answered), &["Hilferuf, ACME. Zum Annehmen"]);
    let mut willing = Scene::forwarding(1, Role::OperationsCentre, false);
    willing.state.line_ended = true;
    check_holds(&willing.whisper(1, DeskMoment::Answered), &[hung_up, "[hang up]"]);
    // After the end of its forward: told to call back, unless another desk has the traveller.
    scene.state.forward = None;
    scene.state.traveller_phone = None;
    check_holds(&scene.whisper(1, DeskMoment::Confirmed), &["Anna Meier. Die Nummer ist unterdrückt."]);
    scene.state.connected = true;
    check(&scene.whisper(1, DeskMoment::Confirmed), "Danke. Sie werden nicht verbunden. Auf Wiederhören. [hang up]");
    check_holds(&scene.whisper(1, DeskMoment::Answered), &["Sie werden nicht verbunden."]);
}

#[test]
fn a_token_is_a_compact_copy_of_the_state() {
    let mut scene = scene();
    scene.state.keys = "4911".to_owned();
    scene.state.heard = true;
    scene.state.tried_mask = 0b1010;
    let Some(Verb::Gather { then, .. }) = scene.plan(&[prompt(2)]).verbs.into_iter().next() else { panic!("no gather") };
    let expect = StepToken {
        call: scene.state.call,
        step: 5,
        leg: 0,
        kind: CallbackKind::Question,
        direction: Direction::Outbound,
        traveller: Some(TravellerRow(11)),
        language: tag("de"),
        ask: 2,
        heard: true,
        keys: "11".to_owned(),
        answer: None,
        tried: 0b1010,
        version: 3,
        issued_at: now().trunc_subsecs(0),
    };
    assert_eq!(then, expect);
    scene.state.travellers.push(TravellerRow(12));
    let Some(Verb::Gather { then, .. }) = scene.plan(&[prompt(2)]).verbs.into_iter().next() else { panic!("no gather") };
    assert_eq!(then.traveller, None);
}

#[test]
fn the_asking_deadline_knows_how_long_the_question_takes() {
    let plan = scene().plan(&[prompt(1)]);
    // Some 17 s of words and 6 s to answer.
    assert!((18..=26).contains(&seconds(&plan)), "{}", seconds(&plan));
    assert_eq!(seconds(&Plan::default()), 0);
}

/// The worst case, with three desks: our own line, one that must confirm, one that need not.
fn worst_case(token: &StepToken, use_it: impl FnOnce(SafePlan<'_>)) {
    let line = phone("+493023125000");
    let stop =
        |number: &str, must_confirm, place| desk("desk", number, must_confirm).call(Role::OwnContact, DeskPosition(place), true);
    let desks = [
        stop("+493023125000", true, 3),
        stop("+493023125010", true, 4),
        stop("+493023125010", true, 5),
        stop("+493023125012", false, 2),
    ];
    use_it(SafePlan {
        organisation: Some("ACME"),
        languages: &[tag("de")],
        capabilities: &LINE,
        line_number: &line,
        emergency_number: Some(&phone("+493023125001")),
        desks: &desks,
        token,
    });
}

fn fresh_token() -> StepToken {
    let token = scene().with(|judged| judged.standing.token(CallbackKind::Answered));
    StepToken { language: tag("en"), ..token }
}

#[test]
fn the_safe_plan_tries_every_desk_once_and_never_our_own_line() {
    let mut token = fresh_token();
    let mut said = Vec::new();
    for _ in 0..5 {
        let mut next = None;
        worst_case(&token, |safe| {
            let plan = safe_plan(&safe);
            assert!(!plan.has_dead_end());
            said.push(script(&plan));
            if let Some(Verb::Dial { then, .. }) = plan.verbs.last() {
                next = Some(then.clone());
            }
        });
        match next {
            Some(next) => token = next,
            None => break,
        }
    }
    let end = "We have not reached anyone yet. Call this number again, and keep trying. The emergency number is plus four nine, three \
               zero, two three one, two five zero, zero one. Once more: plus four nine, three zero, two three one, two five zero, zero \
               one. If you are in danger now, call the local police or ambulance as well. [hang up]";
    assert_eq!(
        said,
        [
            "This is ACME with an automated status call. We are connecting you with a person now. Stay on the line. You will hear it \
             ring. [dial +493023125010]",
            "No one has answered there yet. We are trying the next contact. Stay on the line. [dial +493023125012]",
            end,
        ]
    );
    assert_eq!((token.kind, token.leg), (CallbackKind::SafePlan, 2));
}

#[test]
fn the_safe_plan_needs_almost_nothing() {
    let token = StepToken { direction: Direction::Inbound, language: tag("sw"), ..fresh_token() };
    worst_case(&token, |safe| {
        let bare = SafePlan { organisation: None, languages: &[], emergency_number: None, ..safe };
        check_holds(&safe_plan(&bare), &["This is the emergency line for travellers.", "[dial +493023125010]"]);
        let nobody = SafePlan { desks: &[], ..bare };
        check_holds(&safe_plan(&nobody), &["We have not reached anyone yet.", "If you are in danger now", "[hang up]"]);
    });
}

#[test]
fn desks_of_the_safe_plan_are_asked_for_their_key_too() {
    let token = StepToken { kind: CallbackKind::Whisper, tried: 1 << 4, leg: 1, answer: Some(Answer::Help), ..fresh_token() };
    worst_case(&token, |safe| {
        check_holds(
            &safe_whisper(&safe, DeskMoment::Answered),
            &["Hilferuf, ACME. Zum Annehmen drücken Sie die 1.", "[hang up]"],
        );
        let connected = safe_whisper(&safe, DeskMoment::Confirmed);
        assert_eq!(script(&connected), "Name unbekannt. Sprache: Englisch. Sie sind jetzt verbunden. [connect]");
    });
    let token = StepToken { tried: 1 << 4 | 1 << 2, ..token };
    worst_case(&token, |safe| {
        assert!(script(&safe_whisper(&safe, DeskMoment::Answered)).ends_with("Sie sind jetzt verbunden. [connect]"));
    });
}

fn any_answer() -> impl Strategy<Value = Option<Answer>> {
    proptest::option::of(proptest::sample::select(Answer::ALL.to_vec()))
}

fn any_action() -> impl Strategy<Value = TelephoneAction> {
    let keys = [SayKey::EmergencyNumber, SayKey::GoodbyeSafe, SayKey::CallbackPromise, SayKey::VoicemailMessage];
    let contact = desk("Werkschutz", "+493023125010", true).call(Role::OwnContact, DeskPosition(3), true);
    prop_oneof![
        (0_u8..5).prop_map(prompt),
        Just(TelephoneAction::Forward { desk: contact }),
        proptest::sample::select(keys.to_vec()).prop_map(say),
        Just(TelephoneAction::HangUp),
        Just(TelephoneAction::Refuse),
        Just(TelephoneAction::ReplyText { kind: ReplyKind::Added }),
    ]
}

prop_compose! {
    fn any_scene()(
        outbound: bool,
        phase in proptest::sample::select(vec![Phase::Placing, Phase::Asking, Phase::Forwarding, Phase::LastWords, Phase::Over]),
        language in proptest::sample::select(vec!["de", "en", "fr", "sw", "pt-BR"]),
        name in proptest::option::of(".{0,40}"),
        organisation in ".{0,30}",
        incident in proptest::option::of("\\PC{0,60}"),
        travellers in 0_usize..3,
        answer in any_answer(),
        inbound in any_answer(),
        numbers in (0_u8..5, 0_u8..6, 0_u8..5),
        flags: [bool; 8],
        keys in "[0-9*#]{0,8}",
        forward in proptest::option::of((0_u8..4, 0_u8..40, any::<bool>())),
    ) -> Scene {
        let mut scene = scene();
        let (ask, pauses, max_prompts) = numbers;
        let [heard, machine, key_pressed, line_ended, durable, withheld, exercise, speaks_after_key] = flags;
        scene.settings.spoken_name = organisation;
        scene.settings.status_call.max_prompts = max_prompts;
        scene.capabilities.speaks_after_key = speaks_after_key;
        scene.people = (0..travellers).map(|_| Person { name: name.clone(), ..anna() }).collect();
        scene.query = Some(QueryFacts { incident, exercise });
        scene.inbound = inbound;
        scene.durable = durable;
        let state = &mut scene.state;
        state.direction = if outbound { Direction::Outbound } else { Direction::Inbound };
        state.phase = phase;
        state.language = tag(language);
        state.travellers = (0..travellers).map(|_| TravellerRow(11)).collect();
        state.traveller_phone = state.traveller_phone.take().filter(|_| !withheld);
        (state.ask, state.pauses, state.keys, state.answer) = (ask, pauses, keys, answer);
        (state.heard, state.machine, state.key_pressed, state.line_ended) = (heard, machine, key_pressed, line_ended);
        state.forward = forward.map(|(leg, place, must_confirm)| Forward {
            leg,
            desk: desk("desk", "+493023125011", must_confirm).call(Role::OwnContact, DeskPosition(place), true),
            answered: false,
            confirmed: false,
            leg_ended: false,
            replaced: false,
        });
        scene
    }
}

/// Nothing in a plan may be empty, unreplaced or unspeakable.
fn words_are_fit(plan: &Plan) -> Result<(), TestCaseError> {
    let mut texts: Vec<String> = Vec::new();
    for verb in &plan.verbs {
        match verb {
            Verb::Say(spoken) => texts.push(spoken.text.clone()),
            Verb::Gather { say, .. } => texts.extend(say.iter().map(|spoken| spoken.text.clone())),
            Verb::Message { text } => texts.push(text.clone()),
            Verb::Play { .. }
            | Verb::Pause { .. }
            | Verb::Dial { .. }
            | Verb::Redirect { .. }
            | Verb::Reject
            | Verb::Hangup
            | Verb::Connect => {}
        }
    }
    for text in texts {
        prop_assert!(!text.is_empty() && !text.contains(['{', '}']) && !text.contains(|c: char| c.is_control()), "{:?}", text);
    }
    prop_assert!(seconds(plan) <= 120, "{} s", seconds(plan));
    Ok(())
}

proptest! {
    #[test]
    fn no_plan_leaves_a_caller_alone(scene in any_scene(), telephone in proptest::collection::vec(any_action(), 0..4)) {
        let plan = scene.with(|judged| plan(&Judged { telephone: &telephone, ..judged }));
        prop_assert_eq!(plan.is_none(), telephone.is_empty());
        for plan in plan.into_iter().chain([scene.waiting()]) {
            prop_assert!(!plan.has_dead_end(), "{:?}", plan);
            words_are_fit(&plan)?;
        }
    }

    #[test]
    fn a_mailbox_never_learns_who_needs_help(scene in any_scene(), leg in 0_u8..4) {
        let asked = scene.whisper(leg, DeskMoment::Answered);
        words_are_fit(&asked)?;
        let must_confirm = scene.state.forward.as_ref().is_none_or(|forward| forward.leg != leg || forward.desk.must_confirm);
        if must_confirm {
            prop_assert!(matches!(asked.verbs.last(), Some(Verb::Hangup)));
            if scene.capabilities.speaks_after_key {
                let words = script(&asked);
                prop_assert!(!words.contains("Medizin") && !words.contains("Lagos") && !words.contains("Name"), "{}", words);
            }
        }
        for moment in [DeskMoment::Confirmed, DeskMoment::Declined] {
            words_are_fit(&scene.whisper(leg, moment))?;
        }
        prop_assert!(!scene.whisper(leg, DeskMoment::Declined).has_dead_end());
    }
}
