//! The progress of a desk's leg. While the line is up it moves no call; it shows that an alert is being answered, and
//! moves the deadline of the forward (DESIGN 5).

use super::forwarding::{abandon, open_again, set_aside};
use super::work::Work;
use crate::model::call_state::Forward;
use crate::model::effect::Effect;
use crate::model::limits;
use crate::model::phone::PhoneNumber;

/// Somebody, or a machine, has picked up at the desk.
pub(super) fn answered(work: &mut Work<'_>, phone: &PhoneNumber) {
    let Some(forward) = current(work, phone) else { return };
    let again = std::mem::replace(&mut forward.answered, true);
    let (over, confirmed, must_confirm) = (forward.leg_ended, forward.confirmed, forward.desk.must_confirm);
    if again || over || confirmed {
        return work.because("The leg's answer is known already, or late.");
    }
    work.because("The desk has picked up, so the alert is being answered.");
    for id in work.ledger.alerts_for_a_desk(work.is_about_travel()) {
        work.ledger.write(Effect::AlertBeingAnswered { id });
    }
    let wait = if must_confirm {
        limits::WHISPER_SECONDS_MAX + limits::FORWARD_GRACE_SECONDS
    } else {
        limits::TALK_SECONDS_MAX + limits::TALK_GRACE_SECONDS
    };
    work.wait(Some(wait));
}

/// The desk's leg has ended. `withdrawn`: before it was answered, because the traveller's line ended or by ourselves.
pub(super) fn ended(work: &mut Work<'_>, phone: &PhoneNumber, withdrawn: bool) {
    let own_doing = work.state.change_pending;
    let Some(forward) = current(work, phone) else { return };
    if std::mem::replace(&mut forward.leg_ended, true) {
        return work.because("The leg had ended already.");
    }
    let (was_answered, confirmed) = (forward.answered, forward.confirmed);
    if withdrawn && !confirmed && !own_doing {
        work.because("The leg was withdrawn, which stands for the end of the traveller's line.");
        set_aside(work, false);
        return abandon(work);
    }
    if was_answered && !confirmed {
        open_again(work);
    }
    if ends_the_forward(work) {
        return end_of_line(work);
    }
    work.because("The leg has ended; the result of the forward is still to come.");
    work.wait(Some(limits::LEG_RESULT_SECONDS_MAX));
}

/// The traveller's line is known to have ended while a forward has no result: it is waited for, unless its leg has ended
/// too (rule 20).
pub(super) fn line_ended(work: &mut Work<'_>) {
    work.state.line_ended = true;
    if ends_the_forward(work) {
        end_of_line(work);
    } else {
        work.because("The line has ended; the result of the forward decides.");
    }
}

fn end_of_line(work: &mut Work<'_>) {
    set_aside(work, false);
    abandon(work);
}

/// Does the end of the leg stand for the result? Once the line has ended it does, but not where the desk has the call, or
/// may have it (picked up, and need not confirm): there the provider's proof is waited for, up to the deadline.
fn ends_the_forward(work: &Work<'_>) -> bool {
    let may_have_talked = |forward: &Forward| forward.confirmed || (forward.answered && !forward.desk.must_confirm);
    let state = &work.state;
    state.line_ended && state.forward.as_ref().is_some_and(|forward| forward.leg_ended && !may_have_talked(forward))
}

fn current<'w>(work: &'w mut Work<'_>, phone: &PhoneNumber) -> Option<&'w mut Forward> {
    if work.state.forward.as_ref().is_none_or(|forward| forward.desk.phone != *phone) {
        work.because("That desk is not being called now.");
        return None;
    }
    work.state.forward.as_mut()
}
