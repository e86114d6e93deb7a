//! What is spoken: every message there is, what it needs to know, and how it becomes words.
//!
//! Promises: a message holds the sentences that `messages.json` allows for it, in that order (tested). Where its estimated
//! length is over the limit, parts go in the order of `leave_out`. No placeholder is left, whatever the names are.

use crate::model::alert::AlertKind;
use crate::model::language::LanguageTag;
use crate::model::phone::PhoneNumber;
use crate::wording::sentence::Sentence::{self, *};
use crate::wording::words::{Parameter, Words};
use crate::wording::{clean, estimate, number, rules};

/// Why a traveller is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason<'a> {
    /// The query is an exercise: no incident is named.
    Exercise,
    /// The query names an incident, and this is its text in the language of the call.
    Incident(&'a str),
    /// Anything else.
    Safety,
}

/// Which providers are entered, so that medical help and travel are offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Offers {
    /// Key 3.
    pub medical: bool,
    /// Key 4.
    pub travel: bool,
}

/// Why the question is put again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Again {
    /// Something was heard, its meaning was not.
    Unclear,
    /// Nothing was heard.
    Silence,
}

/// How the question ends when it is put again on an outbound call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// Not the last time: who doubts the call is told what to do.
    Doubt,
    /// The last time, and something was heard: no key now means a person.
    LastConnect,
    /// The last time, and nothing was heard: no answer now means an alert.
    LastTell,
}

/// Whom the traveller is connected with first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectTo {
    /// A person.
    Person,
    /// The medical provider.
    Medical,
    /// The travel provider.
    Travel,
}

/// What a desk is called for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cry {
    /// Help was asked for.
    Help,
    /// Somebody is ill or hurt.
    Medical,
    /// A booking question.
    Travel,
    /// A voice that was not understood.
    Unclear,
}

/// Who is calling, as the desk hears it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who<'a> {
    /// One traveller whose name is known.
    Named(&'a str),
    /// A phone that several travellers share.
    Shared,
    /// Nobody knows.
    Unknown,
}

/// The traveller as the desk hears of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About<'a> {
    /// Who.
    pub who: Who<'a>,
    /// The last known place, younger than 24 h.
    pub place: Option<&'a str>,
    /// The traveller's language; not said to a desk that is spoken to in it.
    pub language: Option<&'a LanguageTag>,
}

/// What a desk is told of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whisper<'a> {
    /// Does the call belong to an exercise?
    pub exercise: bool,
    /// What for.
    pub cry: Cry,
    /// The organisation.
    pub organisation: &'a str,
    /// The traveller.
    pub about: About<'a>,
}

/// An alert as a duty officer hears of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlertCall<'a> {
    /// Does it belong to an exercise?
    pub exercise: bool,
    /// The organisation.
    pub organisation: &'a str,
    /// Its kind.
    pub kind: AlertKind,
    /// Is it critical?
    pub critical: bool,
    /// Was help asked for by text? Then nobody may call the traveller.
    pub wrote: bool,
    /// Is the traveller's number known?
    pub can_call: bool,
    /// How many alerts of this recipient are open.
    pub open_alerts: usize,
}

/// A message in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Whole sentences.
    pub text: String,
    /// How long they take to speak, estimated, in milliseconds.
    pub milliseconds: u32,
}

/// A message that can be spoken in any language: its sentences, and what stands in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<'a> {
    name: &'static str,
    sentences: Vec<Sentence>,
    organisation: String,
    person: String,
    incident: String,
    place: String,
    language: Option<&'a LanguageTag>,
    count: String,
    number: Option<&'a PhoneNumber>,
}

/// The question of a status call, and of a call to us.
impl<'a> Message<'a> {
    /// The question of a status call, put for the first time. `speech`: words are understood in this language on this line.
    #[must_use]
    pub fn question_first_outbound(
        organisation: &str,
        person: Option<&str>,
        reason: Reason<'_>,
        speech: bool,
        offers: Offers,
    ) -> Self {
        let (incident, reason) = said_reason(reason);
        let person = cleaned(person, Parameter::Name);
        Self::of(
            "question.first.outbound",
            [
                Some(if person.is_empty() { Hello } else { HelloName }),
                (reason == ExerciseTraveller).then_some(ExerciseTraveller),
                Some(WhoOutbound),
                (reason != ExerciseTraveller).then_some(reason),
                Some(help_key(speech)),
                Some(SafeKey),
                offers.medical.then_some(MedicalKey),
                offers.travel.then_some(TravelKey),
            ],
        )
        .from(organisation)
        .to(person)
        .because_of(incident)
    }

    /// The question to somebody who calls us, put for the first time.
    #[must_use]
    pub fn question_first_inbound(organisation: &str, speech: bool, offers: Offers) -> Self {
        Self::of(
            "question.first.inbound",
            [
                Some(Hello),
                Some(WhoInbound),
                Some(help_key(speech)),
                Some(SafeKey),
                offers.medical.then_some(MedicalKey),
                offers.travel.then_some(TravelKey),
            ],
        )
        .from(organisation)
    }

    /// The question of a status call, put again.
    #[must_use]
    pub fn question_again_outbound(
        organisation: &str,
        reason: Reason<'_>,
        again: Again,
        offers: Offers,
        closing: Closing,
    ) -> Self {
        let (incident, reason) = said_reason(reason);
        Self::of(
            "question.again.outbound",
            [
                (reason == ExerciseTraveller).then_some(ExerciseTraveller),
                Some(WhoOutbound),
                (reason != ExerciseTraveller).then_some(reason),
                Some(again_sentence(again)),
                Some(HelpKey),
                Some(SafeKey),
                offers.medical.then_some(MedicalKey),
                offers.travel.then_some(TravelKey),
                Some(match closing {
                    Closing::Doubt => Doubt,
                    Closing::LastConnect => LastConnect,
                    Closing::LastTell => LastTell,
                }),
            ],
        )
        .from(organisation)
        .because_of(incident)
    }

    /// The question to somebody who calls us, put again. `last`: no key now means a person.
    #[must_use]
    pub fn question_again_inbound(organisation: &str, again: Again, offers: Offers, last: bool) -> Self {
        Self::of(
            "question.again.inbound",
            [
                Some(WhoInbound),
                Some(again_sentence(again)),
                Some(HelpKey),
                Some(SafeKey),
                offers.medical.then_some(MedicalKey),
                offers.travel.then_some(TravelKey),
                last.then_some(LastConnect),
            ],
        )
        .from(organisation)
    }
}

/// Last words, and what is said on the way to a desk.
impl<'a> Message<'a> {
    /// Thanks after safe; can be interrupted.
    #[must_use]
    pub fn goodbye_safe() -> Self {
        Self::of("goodbye_safe", [GoodbyeNoted, HelpAfterAll, GoodbyeLater, Goodbye].map(Some))
    }

    /// Safe was said, but nothing can be stored; can be interrupted.
    #[must_use]
    pub fn safe_not_saved() -> Self {
        Self::of("safe_not_saved", [NotSaved, HelpNow, NotSavedAgain, Goodbye].map(Some))
    }

    /// Before the first desk is called. `organisation` only on a line that forwards without a question.
    #[must_use]
    pub fn connecting(organisation: Option<&str>, to: ConnectTo) -> Self {
        let whom = match to {
            ConnectTo::Person => ConnectingPerson,
            ConnectTo::Medical => ConnectingMedical,
            ConnectTo::Travel => ConnectingTravel,
        };
        let parts = [organisation.map(|_| WhoInbound), Some(whom), Some(ConnectingStay)];
        Self::of("connecting", parts).from(organisation.unwrap_or_default())
    }

    /// Between desks, each time.
    #[must_use]
    pub fn next_desk() -> Self {
        Self::of("next_desk", [Some(NextDesk)])
    }

    /// All desks failed. `withheld`: the caller's number is not known.
    #[must_use]
    pub fn callback_promise(withheld: bool) -> Self {
        let promise = if withheld { PromiseWithheld } else { PromiseCallback };
        Self::of("callback_promise", [LeadNoDesk, promise].map(Some))
    }

    /// The emergency number after that promise.
    #[must_use]
    pub fn emergency_number_no_desk(number: &'a PhoneNumber) -> Self {
        Self::of("emergency_number.no_desk", [NumberSay, Danger, Goodbye].map(Some)).with_number(number)
    }

    /// The emergency number after silence to the end. `interruptible`: a key interrupts it.
    #[must_use]
    pub fn emergency_number_silence(exercise: bool, interruptible: bool, number: &'a PhoneNumber) -> Self {
        let exercise = exercise.then_some(ExerciseTraveller);
        let parts = [exercise, Some(LeadSilence), interruptible.then_some(HelpNow), Some(NumberSay)];
        Self::of("emergency_number.silence", parts).with_number(number)
    }

    /// The emergency number after safe from a phone that several travellers share; can be interrupted.
    #[must_use]
    pub fn emergency_number_shared_phone(number: &'a PhoneNumber) -> Self {
        let parts = [LeadSharedPhone, HelpNow, NumberSay, Goodbye].map(Some);
        Self::of("emergency_number.shared_phone", parts).with_number(number)
    }

    /// For a machine. `more_attempts`: more attempts are planned.
    #[must_use]
    pub fn voicemail_message(organisation: &str, exercise: bool, more_attempts: bool, number: &'a PhoneNumber) -> Self {
        let parts = [
            Some(Hello),
            exercise.then_some(ExerciseTraveller),
            Some(WhoOutbound),
            Some(VoicemailCallBack),
            Some(if more_attempts { VoicemailFirst } else { VoicemailLast }),
            Some(VoicemailOnceMore),
        ];
        Self::of("voicemail_message", parts).from(organisation).with_number(number)
    }

    /// A call back to a traveller.
    #[must_use]
    pub fn callback_call(organisation: &str, person: Option<&str>) -> Self {
        let person = cleaned(person, Parameter::Name);
        let hello = if person.is_empty() { Hello } else { HelloName };
        Self::of("callback.call", [hello, WhoCallback, ConnectingPerson, ConnectingStay].map(Some)).from(organisation).to(person)
    }

    /// Last resort (promise 3): before the desks are dialled. `organisation` on an outbound call, where it is known.
    #[must_use]
    pub fn safe_plan_start(organisation: Option<&str>) -> Self {
        let who = if organisation.is_some() { WhoOutbound } else { SafePlanLine };
        Self::of("safe_plan.start", [who, ConnectingPerson, ConnectingStay].map(Some)).from(organisation.unwrap_or_default())
    }

    /// Last resort: all desks failed.
    #[must_use]
    pub fn safe_plan_end(number: Option<&'a PhoneNumber>) -> Self {
        let message = Self::of("safe_plan.end", [Some(SafePlanEnd), number.map(|_| NumberSay), Some(Danger)]);
        Self { number, ..message }
    }
}

/// What desks hear.
impl<'a> Message<'a> {
    /// To a desk before the lines meet, all at once. `must_confirm`: it must press 1.
    #[must_use]
    pub fn whisper(whisper: Whisper<'a>, must_confirm: bool) -> Self {
        let [who, place, language] = about(&whisper.about);
        let parts = [
            whisper.exercise.then_some(ExerciseDesk),
            Some(cry(whisper.cry)),
            who,
            place,
            language,
            Some(if must_confirm { WhisperAccept } else { WhisperConnect }),
        ];
        Self::of("whisper", parts).from(whisper.organisation).about(whisper.about)
    }

    /// The same once more, after some seconds without a key.
    #[must_use]
    pub fn whisper_again(whisper: Whisper<'a>) -> Self {
        let [who, place, language] = about(&whisper.about);
        let parts = [Some(WhisperOnceMore), Some(cry(whisper.cry)), who, place, language, Some(WhisperAccept)];
        Self::of("whisper.again", parts).from(whisper.organisation).about(whisper.about)
    }

    /// To a desk that must confirm, before its key: nothing about the traveller, and medical is help.
    #[must_use]
    pub fn whisper_discreet(organisation: &str, exercise: bool, travel: bool) -> Self {
        let cry = if travel { WhisperTravel } else { WhisperHelp };
        Self::of("whisper.discreet", [exercise.then_some(ExerciseDesk), Some(cry), Some(WhisperAccept)]).from(organisation)
    }

    /// To a desk after its key, before the lines meet.
    #[must_use]
    pub fn whisper_details(whisper: Whisper<'a>) -> Self {
        let [who, place, language] = about(&whisper.about);
        let medical = (whisper.cry == Cry::Medical).then_some(WhisperMedical);
        let parts = [medical, who, place, language, Some(WhisperConnect)];
        Self::of("whisper.details", parts).from(whisper.organisation).about(whisper.about)
    }

    /// To a desk that accepts after the traveller's line has ended.
    #[must_use]
    pub fn desk_hung_up(who: Who<'_>, number: Option<&'a PhoneNumber>) -> Self {
        let about = About { who, place: None, language: None };
        let [who, ..] = self::about(&about);
        let call_back = if number.is_some() { DeskNumber } else { DeskWithheld };
        let message = Self::of("desk.hung_up", [Some(DeskHungUp), who, Some(call_back)]).person_of(about.who);
        Self { number, ..message }
    }

    /// To a desk that declined.
    #[must_use]
    pub fn desk_declined() -> Self {
        Self::of("desk.declined", [DeskDeclined, Goodbye].map(Some))
    }

    /// To a desk that pressed no key.
    #[must_use]
    pub fn desk_no_key() -> Self {
        Self::of("desk.no_key", [DeskNoKey, Goodbye].map(Some))
    }

    /// A test call to a desk.
    #[must_use]
    pub fn drill_call(organisation: &str) -> Self {
        Self::of("drill.call", [Hello, DrillIntro, DrillConfirm].map(Some)).from(organisation)
    }

    /// The test call was answered.
    #[must_use]
    pub fn drill_done() -> Self {
        Self::of("drill.done", [DrillDone, Goodbye].map(Some))
    }

    /// The test call was not answered.
    #[must_use]
    pub fn drill_no_key() -> Self {
        Self::of("drill.no_key", [DrillNoKey, Goodbye].map(Some))
    }
}

/// What duty officers hear.
impl<'a> Message<'a> {
    /// The call about an alert. None: alerts of the operator are not spoken.
    #[must_use]
    pub fn alert_call(alert: &AlertCall<'_>) -> Option<Self> {
        let about = alert_sentence(alert.kind)?;
        let nobody = alert.critical && matches!(about, AlertHelp | AlertNotConnected);
        let wrote = alert.wrote && about == AlertHelp;
        let parts = [
            Some(Hello),
            alert.exercise.then_some(ExerciseDesk),
            Some(AlertIntro),
            Some(about),
            nobody.then_some(AlertNobody),
            wrote.then_some(AlertWrote),
            Some(AlertTake),
            (alert.can_call && !wrote).then_some(AlertTakeConnect),
            (alert.open_alerts > 1).then_some(AlertMore),
        ];
        let message = Self::of("alert.call", parts).from(alert.organisation);
        Some(Self { count: alert.open_alerts.min(999).to_string(), ..message })
    }

    /// The alert is taken.
    #[must_use]
    pub fn alert_taken() -> Self {
        Self::of("alert.taken", [AlertTaken, Goodbye].map(Some))
    }

    /// The alert is taken, and the traveller is called.
    #[must_use]
    pub fn alert_taken_connecting() -> Self {
        Self::of("alert.taken_connecting", [AlertTakenConnecting, ConnectingStay].map(Some))
    }

    /// Somebody else took it.
    #[must_use]
    pub fn alert_already(person: &str) -> Self {
        Self::of("alert.already", [AlertAlready, Goodbye].map(Some)).to(cleaned(Some(person), Parameter::Name))
    }

    /// No key was pressed.
    #[must_use]
    pub fn alert_no_key() -> Self {
        Self::of("alert.no_key", [AlertNoKey, Goodbye].map(Some))
    }

    /// The traveller does not answer.
    #[must_use]
    pub fn alert_not_reached() -> Self {
        Self::of("alert.not_reached", [AlertNotReached, Goodbye].map(Some))
    }
}

impl<'a> Message<'a> {
    /// The name in `messages.json`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The sentences, in order; which language is named to a desk is decided when it is spoken.
    #[must_use]
    pub fn sentences(&self) -> &[Sentence] {
        &self.sentences
    }

    /// The message in the words of a language, shortened where it would be too long.
    #[must_use]
    pub fn say(&self, words: &Words) -> Said {
        let mut message = self.clone();
        if self.language_named(words).is_none() {
            message.sentences.retain(|sentence| *sentence != WhisperLanguage);
        }
        let mut filled = message.filled(words);
        let Some(rule) = rules::of(self.name) else { return filled.said() };
        for sentence in rule.leave_out.iter().filter_map(|key| Sentence::from_key(key)) {
            if filled.fits(rule) {
                break;
            }
            let mut shorter = message.clone();
            shorter.leave_out(sentence);
            let cut = shorter.filled(words);
            // "Reason: fire." may be shorter than the sentence that would stand for it.
            if milliseconds(&cut.sentences) < milliseconds(&filled.sentences) {
                (message, filled) = (shorter, cut);
            }
        }
        filled.said()
    }

    /// Takes a sentence out, or puts the shorter one that it stands for in its place.
    fn leave_out(&mut self, sentence: Sentence) {
        let Some(place) = self.sentences.iter().position(|there| *there == sentence) else { return };
        const SHORTER: [(Sentence, Sentence); 2] = [(ReasonIncident, ReasonSafety), (HelloName, Hello)];
        let shorter = SHORTER.iter().find(|(long, _)| *long == sentence).map(|(_, short)| *short);
        self.sentences.splice(place..=place, shorter);
    }

    /// The traveller's language as this desk hears it: not where the words are in it, and not where it has no name.
    fn language_named<'w>(&self, words: &'w Words) -> Option<&'w str> {
        let language = self.language.filter(|language| !words.serve(language))?;
        words.name_of(language)
    }

    fn filled(&self, words: &Words) -> Filled {
        let number_spoken = self.number.map(|number| number::spoken(number, words)).unwrap_or_default();
        let language = self.language_named(words).unwrap_or_default();
        let value = |parameter: Parameter| match parameter {
            Parameter::Organisation => self.organisation.as_str(),
            Parameter::Name => self.person.as_str(),
            Parameter::Incident => self.incident.as_str(),
            Parameter::Place => self.place.as_str(),
            Parameter::Language => language,
            Parameter::Count => self.count.as_str(),
            Parameter::NumberSpoken => number_spoken.as_str(),
            // Only texts hold a number in digits.
            Parameter::Number => "",
        };
        let fill = |sentence: &Sentence| {
            let template = words.template(*sentence);
            let key_named = sentence.phone_key().and_then(|key| template.up_to(key)).map(|part| part.fill(value));
            FilledSentence { sentence: *sentence, text: template.fill(value), key_named }
        };
        Filled { sentences: self.sentences.iter().map(fill).collect() }
    }

    fn of<const N: usize>(name: &'static str, parts: [Option<Sentence>; N]) -> Self {
        Self {
            name,
            sentences: parts.into_iter().flatten().collect(),
            organisation: String::new(),
            person: String::new(),
            incident: String::new(),
            place: String::new(),
            language: None,
            count: String::new(),
            number: None,
        }
    }

    fn from(self, organisation: &str) -> Self {
        Self { organisation: cleaned(Some(organisation), Parameter::Organisation), ..self }
    }

    fn to(self, person: String) -> Self {
        Self { person, ..self }
    }

    fn because_of(self, incident: String) -> Self {
        Self { incident, ..self }
    }

    fn person_of(self, who: Who<'_>) -> Self {
        match who {
            Who::Named(person) => self.to(cleaned(Some(person), Parameter::Name)),
            Who::Shared | Who::Unknown => self,
        }
    }

    fn about(self, about: About<'a>) -> Self {
        let place = cleaned(about.place, Parameter::Place);
        Self { place, language: about.language, ..self.person_of(about.who) }
    }

    fn with_number(self, number: &'a PhoneNumber) -> Self {
        Self { number: Some(number), ..self }
    }
}

/// A sentence without placeholders.
struct FilledSentence {
    sentence: Sentence,
    text: String,
    /// The sentence up to the key that it tells the listener to press.
    key_named: Option<String>,
}

struct Filled {
    sentences: Vec<FilledSentence>,
}

impl Filled {
    fn said(&self) -> Said {
        let texts: Vec<&str> = self.sentences.iter().map(|sentence| sentence.text.as_str()).collect();
        Said { text: texts.join(" "), milliseconds: milliseconds(&self.sentences) }
    }

    /// Is it as short as its rule wants it?
    fn fits(&self, rule: &rules::MessageRule) -> bool {
        let within =
            |milliseconds: u32, seconds: Option<u32>| seconds.is_none_or(|most| milliseconds <= most.saturating_mul(1000));
        let key_ms = rule.key.map_or(0, |key| self.key_ms(key));
        let before_ms = rule.before.as_deref().map_or(0, |key| self.before_ms(key));
        within(milliseconds(&self.sentences), rule.seconds)
            && within(key_ms, rule.key_by)
            && within(before_ms, rule.before_seconds)
    }

    /// When a key of the phone has been named for the first time.
    fn key_ms(&self, key: char) -> u32 {
        let names = |sentence: &FilledSentence| sentence.sentence.phone_key() == Some(key);
        let Some(place) = self.sentences.iter().position(names) else { return 0 };
        let (before, from) = self.sentences.split_at(place);
        let named = from.first().and_then(|sentence| sentence.key_named.as_deref()).map_or(0, estimate::sentence_ms);
        milliseconds(before).saturating_add(named)
    }

    /// When a sentence begins; 0 if it is not said.
    fn before_ms(&self, key: &str) -> u32 {
        let place = self.sentences.iter().position(|sentence| sentence.sentence.key() == key);
        milliseconds(self.sentences.get(..place.unwrap_or(0)).unwrap_or_default())
    }
}

fn milliseconds(sentences: &[FilledSentence]) -> u32 {
    sentences.iter().map(|sentence| estimate::sentence_ms(&sentence.text)).fold(0, u32::saturating_add)
}

fn cleaned(text: Option<&str>, parameter: Parameter) -> String {
    text.map(|text| clean::spoken(text, rules::characters_max(parameter))).unwrap_or_default()
}

/// The incident as it can be spoken, and the sentence that gives the reason. An incident without a word is none.
fn said_reason(reason: Reason<'_>) -> (String, Sentence) {
    match reason {
        Reason::Exercise => (String::new(), ExerciseTraveller),
        Reason::Safety => (String::new(), ReasonSafety),
        Reason::Incident(incident) => {
            let incident = cleaned(Some(incident), Parameter::Incident);
            let sentence = if incident.is_empty() { ReasonSafety } else { ReasonIncident };
            (incident, sentence)
        }
    }
}

const fn help_key(speech: bool) -> Sentence {
    if speech { HelpKeyOrWord } else { HelpKey }
}

const fn again_sentence(again: Again) -> Sentence {
    match again {
        Again::Unclear => AgainUnclear,
        Again::Silence => AgainSilence,
    }
}

const fn cry(cry: Cry) -> Sentence {
    match cry {
        Cry::Help => WhisperHelp,
        Cry::Medical => WhisperMedical,
        Cry::Travel => WhisperTravel,
        Cry::Unclear => WhisperUnclear,
    }
}

/// Name, place and language of a traveller, as far as there is something to say.
fn about(about: &About<'_>) -> [Option<Sentence>; 3] {
    let who = match about.who {
        Who::Named(person) if cleaned(Some(person), Parameter::Name).is_empty() => WhisperUnknown,
        Who::Named(_) => WhisperName,
        Who::Shared => WhisperShared,
        Who::Unknown => WhisperUnknown,
    };
    let place = (!cleaned(about.place, Parameter::Place).is_empty()).then_some(WhisperPlace);
    [Some(who), place, about.language.map(|_| WhisperLanguage)]
}

const fn alert_sentence(kind: AlertKind) -> Option<Sentence> {
    match kind {
        AlertKind::Help | AlertKind::Medical => Some(AlertHelp),
        AlertKind::Unclear => Some(AlertUnclear),
        AlertKind::NotConnected => Some(AlertNotConnected),
        AlertKind::Unreached => Some(AlertUnreached),
        AlertKind::HungUp => Some(AlertHungUp),
        AlertKind::UnknownCalledNumber => Some(AlertUnknownNumber),
        AlertKind::WebhooksRefused
        | AlertKind::AccountFault
        | AlertKind::CallUnknown
        | AlertKind::MailFailed
        | AlertKind::ReplyFailed
        | AlertKind::HelpUnrecorded => None,
    }
}

#[cfg(test)]
mod tests;
