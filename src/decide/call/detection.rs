//! Machine detection (rules 21 to 23): a machine is never safe, and never a traveller reached.

use super::ends::not_reached;
use super::work::Work;
use crate::decide::ledger::Weight;
use crate::model::alert::{AlertKind, Severity};
use crate::model::call_state::Phase;
use crate::model::effect::{SayKey, Status};
use crate::model::event::AnsweredBy;

/// Machine detection has decided.
pub(super) fn answered_by(work: &mut Work<'_>, by: AnsweredBy) {
    if matches!(by, AnsweredBy::Human | AnsweredBy::Unknown) {
        return work.because("A human, or an open guess, changes nothing.");
    }
    if !work.is_outbound() || work.state.key_pressed || work.was_forwarded() {
        return work.because("Machine detection is ignored on inbound calls, after a key and after a forward.");
    }
    work.state.machine = true;
    if work.state.safe_by_words {
        return take_back(work);
    }
    match work.state.phase {
        Phase::Placing | Phase::Asking => machine(work, by),
        Phase::Forwarding | Phase::LastWords | Phase::Over => {
            work.because("The call had its answer or its end already; from now on words could be the machine's.");
        }
    }
}

fn machine(work: &mut Work<'_>, by: AnsweredBy) {
    match by {
        AnsweredBy::MachineStart => work.because("A machine's greeting: wait for the beep."),
        AnsweredBy::MachineEndBeep => leave_message(work),
        AnsweredBy::Fax => {
            work.because("A fax has answered.");
            work.hang_up();
            not_reached(work, Status::Fax);
        }
        AnsweredBy::Human | AnsweredBy::Unknown => {}
    }
}

/// The greeting is over: the message with the emergency number, and the traveller counts as not reached.
pub(super) fn leave_message(work: &mut Work<'_>) {
    work.because("A machine has answered; it gets the message with the emergency number.");
    work.say(SayKey::VoicemailMessage);
    work.hang_up();
    not_reached(work, Status::Voicemail);
}

/// A greeting is no proof of safety: a safe by words alone is taken back, once (rule 22).
fn take_back(work: &mut Work<'_>) {
    if std::mem::replace(&mut work.state.taken_back, true) {
        return work.because("The spoken safe was taken back already.");
    }
    work.because("Words alone said safe and a machine was detected, so safe is taken back and a person must look at it.");
    work.ledger.record_unclear(Weight::Full);
    work.ledger.raise(AlertKind::Unclear, Severity::High, false);
}
