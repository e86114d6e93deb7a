//! The traveller's line: the question, the way to a desk, the last words.

use crate::decide::speak::voice::Voice;
use crate::decide::speak::{Judged, Standing, text};
use crate::model::answer::Answer;
use crate::model::call_state::{Forward, Phase};
use crate::model::desk::{DeskCall, Role};
use crate::model::effect::{Effect, SayKey, TelephoneAction};
use crate::model::event::{Direction, Event};
use crate::model::language::LanguageTag;
use crate::model::limits::{CHANGE_PAUSE_SECONDS, LAST_PAUSE_SECONDS, LAST_PAUSES_MAX, QUESTION_WAIT_SECONDS, TALK_SECONDS_MAX};
use crate::model::plan::{Plan, Spoken, Verb};
use crate::model::token::CallbackKind;
use crate::wording::message::{Again, Closing, ConnectTo, Offers, Reason};
use crate::wording::{Message, TextKind};

/// The document for what was decided. None: nothing is done on the telephone.
#[must_use]
pub fn plan(judged: &Judged<'_>) -> Option<Plan> {
    let standing = &judged.standing;
    let voice = standing.voice(&standing.state.language);
    let mut words = Vec::new();
    for action in judged.telephone {
        let verbs = match action {
            TelephoneAction::Say { key } => {
                words.push(voice.say(&judged.fixed_message(*key)));
                continue;
            }
            TelephoneAction::Prompt { choices, language, ask } => {
                let offered = |answer: Answer| choices.contains(&answer);
                let offers = Offers { medical: offered(Answer::Medical), travel: offered(Answer::Travel) };
                let again = (*ask > 1).then(|| judged.after());
                vec![standing.question(language, *ask, offers, again)]
            }
            TelephoneAction::Forward { desk } => standing.forward(&voice, &standing.begun(desk)),
            TelephoneAction::HangUp => return Some(judged.hang_up(&voice, words)),
            TelephoneAction::Refuse => return Some(Plan::new(vec![Verb::Reject])),
            TelephoneAction::ReplyText { kind } => {
                return Some(text(TextKind::Reply(*kind), &standing.state.language, standing.facts));
            }
        };
        return Some(Plan::new(words.into_iter().map(Verb::Say).chain(verbs).collect()));
    }
    // Words without an end would leave the caller in silence.
    (!words.is_empty()).then(|| judged.hang_up(&voice, words))
}

/// The document of the state, for a provider that waits while the rules have nothing new: the question once more, the
/// desk that is being called, the last pause, the hang-up. It counts as no ask.
#[must_use]
pub fn waiting(standing: &Standing<'_>) -> Plan {
    let state = standing.state;
    if state.change_pending {
        // A redirect of ours is on its way and brings the document. Saying it here as well would ring a desk twice, a
        // hang-up would overtake it; should it be lost, the caller fetches it all the same.
        let redirect = Verb::Redirect { to: standing.token(CallbackKind::Redirect) };
        return Plan::new(vec![Verb::Pause { seconds: CHANGE_PAUSE_SECONDS }, redirect]);
    }
    let voice = standing.voice(&state.language);
    match (state.phase, &state.forward) {
        (Phase::Placing | Phase::Asking, _) => {
            let settings = standing.facts.settings;
            let offers = Offers { medical: settings.medical_provider.is_some(), travel: settings.travel_provider.is_some() };
            Plan::new(vec![standing.question(&state.language, state.ask.max(1), offers, standing.heard_before())])
        }
        (Phase::Forwarding, Some(forward)) => Plan::new(standing.forward(&voice, forward)),
        // No state is like this; whoever is in it hears where help is.
        (Phase::Forwarding, None) => {
            let number = voice.say(&Message::emergency_number_no_desk(standing.facts.emergency_number));
            Plan::new(vec![Verb::Say(number), Verb::Hangup])
        }
        (Phase::LastWords, _) if state.pauses <= LAST_PAUSES_MAX => standing.last_pause(&voice, Vec::new()),
        (Phase::LastWords | Phase::Over, _) => Plan::new(vec![Verb::Hangup]),
    }
}

impl Standing<'_> {
    /// The voice for the traveller.
    fn voice(&self, wanted: &LanguageTag) -> Voice {
        let settings = self.facts.settings;
        Voice::choose(std::iter::once(wanted).chain(&settings.languages), self.facts.capabilities)
    }

    fn is_outbound(&self) -> bool {
        self.state.direction == Direction::Outbound
    }

    /// Does the call belong to an exercise? Calls to us never do: an emergency does not wait for its end.
    pub(super) fn is_exercise(&self) -> bool {
        self.is_outbound() && self.facts.query.is_some_and(|query| query.exercise)
    }

    /// The question, and where its answer goes. `again`: it was put before, and that came of it.
    fn question(&self, language: &LanguageTag, ask: u8, offers: Offers, again: Option<Again>) -> Verb {
        let voice = self.voice(language);
        let listen = if self.takes_keys_only() { None } else { voice.listen(self.facts.settings, self.facts.capabilities) };
        let organisation = self.facts.settings.spoken_name.as_str();
        let last = ask >= self.facts.settings.status_call.max_prompts;
        let message = match (self.state.direction, again) {
            (Direction::Outbound, None) => {
                let reason = self.reason(&voice, language);
                Message::question_first_outbound(organisation, self.name(), reason, listen.is_some(), offers)
            }
            (Direction::Outbound, Some(again)) => {
                let closing = match (last, self.state.heard) {
                    (false, _) => Closing::Doubt,
                    (true, true) => Closing::LastConnect,
                    (true, false) => Closing::LastTell,
                };
                Message::question_again_outbound(organisation, self.reason(&voice, language), again, offers, closing)
            }
            (Direction::Inbound, None) => Message::question_first_inbound(organisation, listen.is_some(), offers),
            (Direction::Inbound, Some(again)) => Message::question_again_inbound(organisation, again, offers, last),
        };
        let mut then = self.token(CallbackKind::Question);
        then.ask = ask;
        Verb::Gather { say: vec![voice.say(&message)], listen, wait_seconds: QUESTION_WAIT_SECONDS, report_silence: true, then }
    }

    /// After a machine's greeting words are ignored until a key proves a human (rule 22): then keys alone are asked for,
    /// and the greeting cannot cut the question short.
    fn takes_keys_only(&self) -> bool {
        self.is_outbound() && self.state.machine && !self.state.key_pressed
    }

    /// Why the traveller is called. An incident is named only in its own language.
    fn reason(&self, voice: &Voice, language: &LanguageTag) -> Reason<'_> {
        let Some(query) = self.facts.query else { return Reason::Safety };
        match &query.incident {
            _ if query.exercise => Reason::Exercise,
            Some(incident) if voice.serves(language) => Reason::Incident(incident),
            Some(_) | None => Reason::Safety,
        }
    }

    /// The name of the one traveller of the call, if it is known.
    pub(super) fn name(&self) -> Option<&str> {
        match self.facts.people {
            [person] if self.state.travellers.len() == 1 => person.name.as_deref(),
            _ => None,
        }
    }

    /// How the question goes on, where no event says it. None: as if for the first time.
    fn heard_before(&self) -> Option<Again> {
        if self.state.heard || self.takes_keys_only() {
            Some(Again::Unclear)
        } else {
            (self.state.ask > 1).then_some(Again::Silence)
        }
    }

    /// The forward that a decision has begun.
    fn begun(&self, desk: &DeskCall) -> Forward {
        match &self.state.forward {
            Some(forward) if forward.desk == *desk => forward.clone(),
            Some(_) | None => Forward {
                leg: self.state.legs.max(1),
                desk: desk.clone(),
                answered: false,
                confirmed: false,
                leg_ended: false,
                replaced: false,
            },
        }
    }

    /// Says what happens, and calls the desk.
    fn forward(&self, voice: &Voice, forward: &Forward) -> Vec<Verb> {
        let straight = !self.is_outbound() && self.facts.inbound.is_some();
        let message = match (forward.leg, forward.desk.role) {
            (2.., _) => Message::next_desk(),
            (0 | 1, role) => {
                let organisation = straight.then_some(self.facts.settings.spoken_name.as_str());
                Message::connecting(organisation, connect_to(role))
            }
        };
        vec![Verb::Say(voice.say(&message)), self.dial(forward)]
    }

    fn dial(&self, forward: &Forward) -> Verb {
        let desk = &forward.desk;
        Verb::Dial {
            phone: desk.phone.clone(),
            caller_id: self.facts.line_number.clone(),
            ring_seconds: desk.ring_seconds,
            time_limit_seconds: TALK_SECONDS_MAX,
            whisper: self.facts.capabilities.confirm.then(|| self.leg_token(CallbackKind::Whisper, forward)),
            leg_status: self.leg_token(CallbackKind::LegStatus, forward),
            then: self.leg_token(CallbackKind::DialResult, forward),
        }
    }

    /// Words that one key or a word can interrupt, a pause for it, then the hang-up (rule 15a).
    fn last_pause(&self, voice: &Voice, say: Vec<Spoken>) -> Plan {
        let listen = voice.listen(self.facts.settings, self.facts.capabilities);
        let then = self.token(CallbackKind::LastWords);
        let gather = Verb::Gather { say, listen, wait_seconds: LAST_PAUSE_SECONDS, report_silence: false, then };
        Plan::new(vec![gather, Verb::Hangup])
    }
}

impl<'a> Judged<'a> {
    /// Was the last answer something that was not understood, or nothing at all (rule 12)? A question that is put again
    /// for another reason (our own redirect, a deadline) goes by what was heard last in the call.
    fn after(&self) -> Again {
        let heard = match self.event {
            Event::Gathered { digits, speech } => {
                let keys = digits.as_ref().is_some_and(|digits| !digits.is_empty());
                keys || speech.as_ref().is_some_and(|speech| speech.text.chars().any(char::is_alphanumeric))
            }
            Event::CallAnswered { .. }
            | Event::DialResult { .. }
            | Event::TargetConfirmed { .. }
            | Event::TargetDeclined { .. }
            | Event::CallStatus { .. }
            | Event::AnsweredBy { .. }
            | Event::SmsReceived { .. }
            | Event::LegAnswered { .. }
            | Event::LegEnded { .. }
            | Event::DeadlinePassed { .. }
            | Event::DocumentFetched => self.standing.state.last_heard.is_some_and(|answer| answer != Answer::Silence),
        };
        if heard { Again::Unclear } else { Again::Silence }
    }

    /// Can a key still change what happens (rule 15a)? After the third pause of a call it cannot.
    fn is_interruptible(&self) -> bool {
        let state = self.standing.state;
        state.phase == Phase::LastWords && state.pauses <= LAST_PAUSES_MAX
    }

    fn hang_up(&self, voice: &Voice, words: Vec<Spoken>) -> Plan {
        if self.is_interruptible() {
            return self.standing.last_pause(voice, words);
        }
        Plan::new(words.into_iter().map(Verb::Say).chain([Verb::Hangup]).collect())
    }

    /// One of the engine's fixed messages, in the form that fits what happened.
    fn fixed_message(&self, key: SayKey) -> Message<'a> {
        let Standing { facts, state, .. } = self.standing;
        let number = facts.emergency_number;
        match key {
            SayKey::GoodbyeSafe if facts.durable => Message::goodbye_safe(),
            // Promise 4: what is not stored is not accepted, and the caller hears it.
            SayKey::GoodbyeSafe => Message::safe_not_saved(),
            SayKey::CallbackPromise => Message::callback_promise(state.traveller_phone.is_none()),
            SayKey::EmergencyNumber if self.says(SayKey::CallbackPromise) => Message::emergency_number_no_desk(number),
            SayKey::EmergencyNumber if state.travellers.len() > 1 => Message::emergency_number_shared_phone(number),
            SayKey::EmergencyNumber => {
                Message::emergency_number_silence(self.standing.is_exercise(), self.is_interruptible(), number)
            }
            SayKey::VoicemailMessage => {
                let organisation = facts.settings.spoken_name.as_str();
                Message::voicemail_message(organisation, self.standing.is_exercise(), self.more_attempts(), number)
            }
        }
    }

    /// Are more attempts planned? By this step, or by the one before that our own redirect has fetched.
    fn more_attempts(&self) -> bool {
        let Standing { facts, state, .. } = self.standing;
        let planned_now = self.effects.iter().any(|effect| matches!(effect, Effect::Retry { .. }));
        let mut parts = facts.people.iter().filter_map(|person| person.query.as_ref());
        let planned = parts.any(|part| Some(part.query) == state.query && part.planned.is_some_and(|next| next > state.attempt));
        planned_now || planned
    }

    fn says(&self, wanted: SayKey) -> bool {
        self.telephone.iter().any(|action| matches!(action, TelephoneAction::Say { key } if *key == wanted))
    }
}

const fn connect_to(role: Role) -> ConnectTo {
    match role {
        Role::MedicalProvider => ConnectTo::Medical,
        Role::TravelProvider => ConnectTo::Travel,
        Role::OperationsCentre | Role::OwnContact => ConnectTo::Person,
    }
}
