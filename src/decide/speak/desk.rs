//! The desk's line before the lines meet: what a desk hears of the call, and what becomes of its key.
//!
//! A plan for a desk that has the call now ends in `Connect`; every other one hangs up. Promise 2: to a desk that must
//! confirm nothing is told of the traveller before its key, where the provider can speak after it; its mailbox never
//! learns who needs help.

use crate::decide::speak::Standing;
use crate::decide::speak::voice::Voice;
use crate::model::answer::Answer;
use crate::model::call_state::Phase;
use crate::model::language::LanguageTag;
use crate::model::limits::WHISPER_WAIT_SECONDS;
use crate::model::plan::{Plan, Verb};
use crate::model::token::{CallbackKind, StepToken};
use crate::wording::Message;
use crate::wording::message::{About, Cry, Whisper, Who};

/// What has just happened on the desk's line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeskMoment {
    /// Somebody, or a machine, has picked up, and the provider asks what the desk hears.
    Answered,
    /// The desk pressed 1.
    Confirmed,
    /// The desk pressed another key.
    Declined,
}

/// The document for a desk. `leg`: the number of the forward, as the token names it; `step`, `state` and the rest as they
/// are after the event was judged.
#[must_use]
pub fn whisper(standing: &Standing<'_>, leg: u8, moment: DeskMoment) -> Plan {
    let Standing { facts, state, .. } = *standing;
    let voice = Voice::choose(&facts.settings.languages, facts.capabilities);
    let forward = state.forward.iter().chain(&state.replaced).find(|forward| forward.leg == leg);
    let must_confirm = forward.is_none_or(|forward| forward.desk.must_confirm);
    let accepts = match moment {
        DeskMoment::Answered => !must_confirm,
        DeskMoment::Confirmed => true,
        DeskMoment::Declined => false,
    };
    let has_ended = state.line_ended || state.phase == Phase::Over;
    let whisper = standing.about_the_call();
    match forward {
        // A desk that must confirm is asked even now: before its key nobody knows that it is no mailbox.
        Some(_) if accepts && has_ended => hung_up(&voice, standing, whisper.about.who),
        Some(forward) => {
            let key = standing.leg_token(CallbackKind::WhisperKey, forward);
            let speaks_after_key = facts.capabilities.speaks_after_key;
            DeskWords { voice: &voice, whisper, must_confirm, speaks_after_key }.plan(moment, key)
        }
        // Its forward is over. Without a connection the traveller still waits for a call.
        None if accepts && has_ended && !state.connected => hung_up(&voice, standing, whisper.about.who),
        None => ends_with(&voice, &Message::desk_declined()),
    }
}

fn hung_up(voice: &Voice, standing: &Standing<'_>, who: Who<'_>) -> Plan {
    ends_with(voice, &Message::desk_hung_up(who, standing.state.traveller_phone.as_ref()))
}

fn ends_with(voice: &Voice, message: &Message<'_>) -> Plan {
    Plan::new(vec![Verb::Say(voice.say(message)), Verb::Hangup])
}

/// All that the words for a desk depend on.
pub(super) struct DeskWords<'a> {
    pub(super) voice: &'a Voice,
    pub(super) whisper: Whisper<'a>,
    pub(super) must_confirm: bool,
    /// Can the provider speak to the desk after its key?
    pub(super) speaks_after_key: bool,
}

impl DeskWords<'_> {
    /// The document. `key`: where the desk's key goes.
    pub(super) fn plan(&self, moment: DeskMoment, key: StepToken) -> Plan {
        match moment {
            DeskMoment::Answered if self.must_confirm => self.ask(key),
            DeskMoment::Answered => Plan::new(vec![self.say(&Message::whisper(self.whisper, false)), Verb::Connect]),
            DeskMoment::Confirmed if self.speaks_after_key => {
                Plan::new(vec![self.say(&Message::whisper_details(self.whisper)), Verb::Connect])
            }
            // All was said before the key.
            DeskMoment::Confirmed => Plan::new(vec![Verb::Connect]),
            DeskMoment::Declined => ends_with(self.voice, &Message::desk_declined()),
        }
    }

    /// Asks for the key twice; the first words may have met a phone on its way to the ear.
    fn ask(&self, key: StepToken) -> Plan {
        let readings = if self.speaks_after_key {
            let travel = self.whisper.cry == Cry::Travel;
            let discreet = Message::whisper_discreet(self.whisper.organisation, self.whisper.exercise, travel);
            [discreet.clone(), discreet]
        } else {
            [Message::whisper(self.whisper, true), Message::whisper_again(self.whisper)]
        };
        let mut verbs: Vec<Verb> = readings.iter().map(|reading| self.gather(reading, key.clone())).collect();
        verbs.extend([self.say(&Message::desk_no_key()), Verb::Hangup]);
        Plan::new(verbs)
    }

    fn gather(&self, message: &Message<'_>, then: StepToken) -> Verb {
        let say = vec![self.voice.say(message)];
        Verb::Gather { say, listen: None, wait_seconds: WHISPER_WAIT_SECONDS, report_silence: false, then }
    }

    fn say(&self, message: &Message<'_>) -> Verb {
        Verb::Say(self.voice.say(message))
    }
}

impl Standing<'_> {
    /// What a desk is told of this call.
    fn about_the_call(&self) -> Whisper<'_> {
        let alone = self.state.travellers.len() == 1;
        let who = match (self.state.travellers.len(), self.name()) {
            (1, Some(name)) => Who::Named(name),
            (0 | 1, _) => Who::Unknown,
            (2.., _) => Who::Shared,
        };
        let place = self.facts.people.first().filter(|_| alone).and_then(|person| person.place.as_deref());
        Whisper {
            exercise: self.is_exercise(),
            cry: cry(self.state.answer),
            organisation: &self.facts.settings.spoken_name,
            about: About { who, place, language: self.language_of_travellers() },
        }
    }

    /// The language of the traveller, or of all who share the phone.
    fn language_of_travellers(&self) -> Option<&LanguageTag> {
        let (first, others) = self.facts.people.split_first()?;
        let language = first.language.as_ref()?;
        others.iter().all(|person| person.language.as_ref() == Some(language)).then_some(language)
    }
}

/// What the desk is called for. A safe that was followed by a forward was taken back by a cry for help.
pub(super) const fn cry(answer: Option<Answer>) -> Cry {
    match answer {
        Some(Answer::Help | Answer::Safe) => Cry::Help,
        Some(Answer::Medical) => Cry::Medical,
        Some(Answer::Travel) => Cry::Travel,
        Some(Answer::Unclear | Answer::Silence) | None => Cry::Unclear,
    }
}
