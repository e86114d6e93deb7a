//! Every message with every combination of its conditions against `messages.json`, and the words of the most important ones.

use super::*;
use crate::wording::rules::MessageRule;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const BOOLS: [bool; 2] = [false, true];
const AGAIN: [Again; 2] = [Again::Unclear, Again::Silence];

fn tag(text: &str) -> LanguageTag {
    LanguageTag::new(text).unwrap()
}

fn words(language: &str) -> &'static Words {
    Words::of(&tag(language)).unwrap()
}

fn number() -> PhoneNumber {
    PhoneNumber::from_e164("+493023125010").unwrap()
}

fn offers() -> impl Iterator<Item = Offers> {
    BOOLS.into_iter().flat_map(|medical| BOOLS.map(|travel| Offers { medical, travel }))
}

/// What messages are made of.
struct Names {
    organisation: String,
    person: String,
    incident: String,
    place: String,
    language: LanguageTag,
    number: PhoneNumber,
}

impl Names {
    fn new(organisation: &str, person: &str, incident: &str, place: &str) -> Self {
        let [organisation, person, incident, place] = [organisation, person, incident, place].map(str::to_owned);
        Self { organisation, person, incident, place, language: tag("fr"), number: number() }
    }

    fn typical() -> Self {
        Self::new("ACME", "Anna Meier", "Unruhen in der Innenstadt", "Lagos")
    }

    fn questions(&self) -> Vec<Message<'_>> {
        let organisation = self.organisation.as_str();
        let reasons = [Reason::Exercise, Reason::Incident(&self.incident), Reason::Safety];
        let mut all = Vec::new();
        for offers in offers() {
            for speech in BOOLS {
                all.push(Message::question_first_inbound(organisation, speech, offers));
                for reason in reasons {
                    for person in [None, Some(self.person.as_str())] {
                        all.push(Message::question_first_outbound(organisation, person, reason, speech, offers));
                    }
                }
            }
            for again in AGAIN {
                for last in BOOLS {
                    all.push(Message::question_again_inbound(organisation, again, offers, last));
                }
                for reason in reasons {
                    for closing in [Closing::Doubt, Closing::LastConnect, Closing::LastTell] {
                        all.push(Message::question_again_outbound(organisation, reason, again, offers, closing));
                    }
                }
            }
        }
        all
    }

    fn last_words(&self) -> Vec<Message<'_>> {
        let (organisation, number) = (self.organisation.as_str(), &self.number);
        let mut all = vec![
            Message::goodbye_safe(),
            Message::safe_not_saved(),
            Message::next_desk(),
            Message::emergency_number_no_desk(number),
            Message::emergency_number_shared_phone(number),
            Message::callback_call(organisation, None),
            Message::callback_call(organisation, Some(&self.person)),
            Message::safe_plan_start(None),
            Message::safe_plan_start(Some(organisation)),
            Message::safe_plan_end(None),
            Message::safe_plan_end(Some(number)),
        ];
        for to in [ConnectTo::Person, ConnectTo::Medical, ConnectTo::Travel] {
            all.push(Message::connecting(None, to));
            all.push(Message::connecting(Some(organisation), to));
        }
        for first in BOOLS {
            all.push(Message::callback_promise(first));
            for second in BOOLS {
                all.push(Message::emergency_number_silence(first, second, number));
                all.push(Message::voicemail_message(organisation, first, second, number));
            }
        }
        all
    }

    fn desks(&self) -> Vec<Message<'_>> {
        let organisation = self.organisation.as_str();
        let mut all = vec![Message::desk_declined(), Message::desk_no_key()];
        all.extend([Message::drill_call(organisation), Message::drill_done(), Message::drill_no_key()]);
        for who in [Who::Named(&self.person), Who::Shared, Who::Unknown] {
            all.extend([None, Some(&self.number)].map(|number| Message::desk_hung_up(who, number)));
            for place in [None, Some(self.place.as_str())] {
                for language in [None, Some(&self.language)] {
                    for cry in [Cry::Help, Cry::Medical, Cry::Travel, Cry::Unclear] {
                        for exercise in BOOLS {
                            let whisper = Whisper { exercise, cry, organisation, about: About { who, place, language } };
                            all.push(Message::whisper(whisper, true));
                            all.push(Message::whisper(whisper, false));
                            all.push(Message::whisper_again(whisper));
                            all.push(Message::whisper_details(whisper));
                            all.push(Message::whisper_discreet(organisation, exercise, cry == Cry::Travel));
                        }
                    }
                }
            }
        }
        all
    }

    fn alerts(&self) -> Vec<Message<'_>> {
        let mut all = vec![
            Message::alert_taken(),
            Message::alert_taken_connecting(),
            Message::alert_already(&self.person),
            Message::alert_no_key(),
            Message::alert_not_reached(),
        ];
        for kind in AlertKind::ALL {
            for bits in 0_usize..32 {
                let bit = |place: usize| bits >> place & 1 == 1;
                let (exercise, critical, wrote, can_call) = (bit(0), bit(1), bit(2), bit(3));
                let open_alerts = if bit(4) { 3 } else { 1 };
                let organisation = self.organisation.as_str();
                let alert = AlertCall { exercise, organisation, kind, critical, wrote, can_call, open_alerts };
                all.extend(Message::alert_call(&alert));
            }
        }
        all
    }

    fn all(&self) -> Vec<Message<'_>> {
        [self.questions(), self.last_words(), self.desks(), self.alerts()].concat()
    }
}

/// All lists of sentences that a rule allows.
fn variants(rule: &MessageRule) -> BTreeSet<Vec<String>> {
    let mut lists = vec![Vec::new()];
    for part in &rule.parts {
        let keys = part.trim_end_matches('?').split('|').map(|key| Some(key.to_owned()));
        let choices: Vec<Option<String>> = keys.chain(part.ends_with('?').then_some(None)).collect();
        lists = lists
            .iter()
            .flat_map(|list: &Vec<String>| {
                choices.iter().map(|choice| list.iter().cloned().chain(choice.clone()).collect::<Vec<String>>())
            })
            .collect();
    }
    let allowed = |list: &Vec<String>| {
        let one = rule.exactly_one.iter().filter(|key| list.contains(key)).count();
        let together = rule.without.iter().any(|pair| pair.iter().all(|key| list.contains(key)));
        (rule.exactly_one.is_empty() || one == 1) && !together
    };
    lists.into_iter().filter(allowed).collect()
}

#[test]
fn every_message_is_one_that_the_rules_allow_and_all_that_they_allow_can_be_said() {
    let names = Names::typical();
    let mut made: BTreeMap<&str, BTreeSet<Vec<String>>> = BTreeMap::new();
    for message in names.all() {
        let keys = message.sentences().iter().map(|sentence| sentence.key().to_owned()).collect();
        made.entry(message.name()).or_default().insert(keys);
    }
    for (name, lists) in &made {
        let rule = rules::of(name).unwrap_or_else(|| panic!("{name} has no rule"));
        assert_eq!(*lists, variants(rule), "{name}");
    }
    let spoken: BTreeSet<&str> = rules::names().filter(|name| !rules::of(name).unwrap().sms).collect();
    assert_eq!(made.keys().copied().collect::<BTreeSet<_>>(), spoken);
}

#[test]
fn what_is_left_out_is_what_the_rules_say() {
    let rule_of = |name: &str| rules::of(name).unwrap();
    for name in rules::names() {
        let known = |key: &String| Sentence::from_key(key).is_some();
        assert!(rule_of(name).leave_out.iter().all(known), "{name}");
    }
    // A reason must be given, and a call begins with a greeting: shorter sentences stand for the longer ones.
    let names = Names::new(&"Wort ".repeat(6), &"Name ".repeat(6), "Schüsse in einem Einkaufszentrum am Platz", "Ort");
    for message in names.questions() {
        let rule = rule_of(message.name());
        let allowed = variants(rule);
        let mut cut = message.clone();
        for key in &rule.leave_out {
            cut.leave_out(Sentence::from_key(key).unwrap());
            let keys: Vec<String> = cut.sentences().iter().map(|sentence| sentence.key().to_owned()).collect();
            assert!(allowed.contains(&keys), "{}: {keys:?}", message.name());
        }
    }
}

#[test]
fn the_question_as_it_is_heard() {
    let both = Offers { medical: true, travel: true };
    let check = |language: &str, message: &Message<'_>, expect: &str| assert_eq!(message.say(words(language)).text, expect);
    check(
        "de",
        &Message::question_first_outbound("ACME", Some("Anna Meier"), Reason::Incident("Unruhen in der Innenstadt"), true, both),
        "Guten Tag, Anna Meier. Hier ist ACME mit einem automatischen Statusanruf. Anlass: Unruhen in der Innenstadt. Wenn Sie \
         Hilfe brauchen, drücken Sie die 2 oder sagen Sie Hilfe. Wenn Sie in Sicherheit sind, drücken Sie die 1. Wenn jemand krank \
         oder verletzt ist, drücken Sie die 3. Für Fragen zu Ihrer Buchung drücken Sie die 4.",
    );
    check(
        "en",
        &Message::question_first_outbound("ACME", None, Reason::Safety, false, Offers::default()),
        "Hello. This is ACME with an automated status call. It is about your safety. If you need help, press 2. If you are safe, \
         press 1.",
    );
    check(
        "en",
        &Message::question_first_outbound("ACME", Some("🚑"), Reason::Exercise, false, Offers::default()),
        "Hello. This is an exercise. This is ACME with an automated status call. If you need help, press 2. If you are safe, \
         press 1.",
    );
    check(
        "en",
        &Message::question_again_outbound("ACME", Reason::Incident("..."), Again::Silence, Offers::default(), Closing::LastTell),
        "This is ACME with an automated status call. It is about your safety. You do not have to speak. One key is enough. If you \
         need help, press 2. If you are safe, press 1. If there is no answer now, we will alert a person.",
    );
}

#[test]
fn a_desk_hears_who_is_calling() {
    let french = tag("fr");
    let about = About { who: Who::Named("Anna Meier"), place: Some("Lagos"), language: Some(&french) };
    let whisper = Whisper { exercise: false, cry: Cry::Medical, organisation: "ACME", about };
    let check = |language: &str, message: &Message<'_>, expect: &str| assert_eq!(message.say(words(language)).text, expect);
    check(
        "en",
        &Message::whisper(whisper, false),
        "Medical call, ACME. Anna Meier. Last place: Lagos. Language: French. You are connected now.",
    );
    check("en", &Message::whisper_discreet("ACME", false, false), "Help call, ACME. To take the call, press 1.");
    check(
        "de",
        &Message::whisper_details(whisper),
        "Medizinischer Anruf, ACME. Anna Meier. Zuletzt: Lagos. Sprache: Französisch. Sie sind jetzt verbunden.",
    );
    // The language is named only where it is another one, and only where it has a name.
    let check_language = |language: &str, expect: bool| {
        let language = tag(language);
        let about = About { language: Some(&language), ..about };
        let said = Message::whisper(Whisper { about, ..whisper }, false).say(words("en")).text;
        assert_eq!(said.contains("Language:"), expect, "{said}");
    };
    check_language("fr-CA", true);
    check_language("en-GB", false);
    check_language("sw", false);
}

#[test]
fn long_names_give_way_in_the_order_of_the_rules() {
    let both = Offers { medical: true, travel: true };
    let long = "Beispiel Maschinenbau AG";
    let said = |person: Option<&str>, incident: &str| {
        let message = Message::question_first_outbound(long, person, Reason::Incident(incident), true, both);
        message.say(words("de")).text
    };
    // First the incident, then the name: the key for help must be named within 10 s.
    let without_incident = said(Some("Ida"), "Schüsse in einem Einkaufszentrum");
    assert!(without_incident.contains("Guten Tag, Ida. ") && without_incident.contains("Es geht um Ihre Sicherheit."));
    let without_both = said(Some("Maximilian Alexander Hohenstein"), "Schüsse in einem Einkaufszentrum");
    assert!(without_both.starts_with("Guten Tag. Hier ist Beispiel Maschinenbau AG"), "{without_both}");

    // What would not make it shorter stays.
    let short_incident = said(Some("Maximilian Alexander Hohenstein"), "Brand");
    assert!(short_incident.starts_with("Guten Tag. Hier ist") && short_incident.contains("Anlass: Brand."), "{short_incident}");

    let french = tag("fr");
    let about = About { who: Who::Named("Maximilian Hohenstein"), place: Some("Ho Chi Minh City"), language: Some(&french) };
    let whisper = Whisper { exercise: true, cry: Cry::Help, organisation: long, about };
    let said = Message::whisper(whisper, true).say(words("en")).text;
    assert!(!said.contains("Last place") && said.contains("Maximilian Hohenstein"), "{said}");
    // After its key the desk hears all of it.
    assert!(Message::whisper_details(whisper).say(words("en")).text.contains("Last place: Ho Chi Minh City."));
}

#[test]
fn numbers_are_said_twice() {
    let number = number();
    assert_eq!(
        Message::safe_plan_end(Some(&number)).say(words("en")).text,
        "We have not reached anyone yet. Call this number again, and keep trying. The emergency number is plus four nine, three \
         zero, two three one, two five zero, one zero. Once more: plus four nine, three zero, two three one, two five zero, one \
         zero. If you are in danger now, call the local police or ambulance as well."
    );
}

fn check_said(message: &Message<'_>, words: &Words) {
    let said = message.say(words);
    let name = message.name();
    assert!(!said.text.contains(['{', '}', '<', '>', '&', '"']), "{name}: {}", said.text);
    assert!(!said.text.contains(char::is_control), "{name}: {:?}", said.text);
    assert!(said.text.chars().count() <= 1000, "{name}: {}", said.text);
    assert!(said.milliseconds > 0, "{name}");
}

#[test]
fn every_message_can_be_said_in_every_language() {
    let nasty = Names::new("L’Œil <Süd> & Söhne {name}", "Anna\u{8} \u{ffff}", "\u{202e}\"M\" 6.1", "🚑");
    for names in [Names::typical(), nasty] {
        for message in names.all() {
            Words::all().for_each(|words| check_said(&message, words));
        }
    }
}

proptest! {
    // Each case speaks some thousand messages.
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn no_name_breaks_a_message(
        organisation in ".{0,40}",
        person in ".{0,40}",
        incident in "\\PC{0,60}",
        place in "\\PC{0,40}",
    ) {
        let names = Names::new(&organisation, &person, &incident, &place);
        for message in names.all() {
            check_said(&message, words("de"));
        }
    }
}
