//! The worst case (promise 3): nothing works but this. Speak, then dial the desks last known, one after the other.
//!
//! Invariant: needs no database, no state and no settings; whatever of them is left is handed in.

use crate::decide::speak::desk::{DeskMoment, DeskWords, cry};
use crate::decide::speak::token::bit;
use crate::decide::speak::voice::Voice;
use crate::model::capabilities::Capabilities;
use crate::model::desk::DeskCall;
use crate::model::event::Direction;
use crate::model::language::LanguageTag;
use crate::model::limits::TALK_SECONDS_MAX;
use crate::model::phone::PhoneNumber;
use crate::model::plan::{Plan, Verb};
use crate::model::token::{CallbackKind, StepToken};
use crate::wording::Message;
use crate::wording::message::{About, Whisper, Who};

/// What a desk hears in place of an organisation that cannot be read.
const NO_ORGANISATION: &str = "assistline";

/// What is still known when nothing works.
#[derive(Debug, Clone, Copy)]
pub struct SafePlan<'a> {
    /// The organisation as people hear it; None: it cannot be read.
    pub organisation: Option<&'a str>,
    /// The organisation's languages; may be empty. That of the call stands in the token.
    pub languages: &'a [LanguageTag],
    /// What the line's provider can do.
    pub capabilities: &'a Capabilities,
    /// The line's own number: the caller id, and never dialled.
    pub line_number: &'a PhoneNumber,
    /// The emergency number, if it is known.
    pub emergency_number: Option<&'a PhoneNumber>,
    /// The desks in the order in which they are to be tried.
    pub desks: &'a [DeskCall],
    /// The token of the request; for a call that has none yet, a fresh one.
    pub token: &'a StepToken,
}

/// Speaks, then dials the first desk that the token does not name as tried; after the last one the emergency number is
/// said, if it is known.
#[must_use]
pub fn safe_plan(safe: &SafePlan<'_>) -> Plan {
    let voice = Voice::choose(std::iter::once(&safe.token.language).chain(safe.languages), safe.capabilities);
    let Some(desk) = safe.next_desk() else {
        let end = voice.say(&Message::safe_plan_end(safe.emergency_number));
        return Plan::new(vec![Verb::Say(end), Verb::Hangup]);
    };
    let message = if safe.token.kind == CallbackKind::SafePlan {
        Message::next_desk()
    } else {
        let outbound = safe.token.direction == Direction::Outbound;
        Message::safe_plan_start(safe.organisation.filter(|_| outbound))
    };
    Plan::new(vec![Verb::Say(voice.say(&message)), safe.dial(desk)])
}

/// The document for a desk of the safe plan. Which desk it is says the token: the last one tried. Of the traveller nothing
/// is known.
#[must_use]
pub fn safe_whisper(safe: &SafePlan<'_>, moment: DeskMoment) -> Plan {
    let voice = Voice::choose(safe.languages, safe.capabilities);
    let must_confirm = safe.desks.iter().rfind(|desk| safe.has_tried(desk)).is_none_or(|desk| desk.must_confirm);
    let about = About { who: Who::Unknown, place: None, language: Some(&safe.token.language) };
    let organisation = safe.organisation.unwrap_or(NO_ORGANISATION);
    let whisper = Whisper { exercise: false, cry: cry(safe.token.answer), organisation, about };
    let speaks_after_key = safe.capabilities.speaks_after_key;
    let key = StepToken { kind: CallbackKind::WhisperKey, ..safe.token.clone() };
    DeskWords { voice: &voice, whisper, must_confirm, speaks_after_key }.plan(moment, key)
}

impl SafePlan<'_> {
    fn has_tried(&self, desk: &DeskCall) -> bool {
        self.token.tried & bit(desk.position) != 0
    }

    /// The first desk that was not tried, nor its number under another name. A place without a bit could never be marked
    /// as tried, and our own line would ring itself.
    fn next_desk(&self) -> Option<&DeskCall> {
        let number_tried = |phone: &PhoneNumber| self.desks.iter().any(|desk| desk.phone == *phone && self.has_tried(desk));
        let can_be_tried = |desk: &&DeskCall| {
            bit(desk.position) != 0 && desk.phone != *self.line_number && !self.has_tried(desk) && !number_tried(&desk.phone)
        };
        self.desks.iter().find(can_be_tried)
    }

    fn dial(&self, desk: &DeskCall) -> Verb {
        let token = |kind| StepToken {
            kind,
            leg: self.token.leg.saturating_add(1),
            tried: self.token.tried | bit(desk.position),
            ..self.token.clone()
        };
        Verb::Dial {
            phone: desk.phone.clone(),
            caller_id: self.line_number.clone(),
            ring_seconds: desk.ring_seconds,
            time_limit_seconds: TALK_SECONDS_MAX,
            whisper: self.capabilities.confirm.then(|| token(CallbackKind::Whisper)),
            leg_status: token(CallbackKind::LegStatus),
            then: token(CallbackKind::SafePlan),
        }
    }
}
