//! The call is connected to desks, one after the other, until one takes it (rules 16 to 20).

use super::work::Work;
use crate::decide::route::{self, Excluded};
use crate::model::alert::{AlertKind, Severity};
use crate::model::answer::Answer;
use crate::model::call_state::{Forward, Phase};
use crate::model::desk::DeskCall;
use crate::model::effect::{Effect, SayKey, Status, TelephoneAction};
use crate::model::event::DialOutcome;
use crate::model::limits;
use crate::model::phone::PhoneNumber;

/// Calls the next desk that was not tried yet; none left: all have failed (rule 19).
pub(super) fn call_next_desk(work: &mut Work<'_>) {
    let answer = work.state.answer.unwrap_or(Answer::Unclear);
    let excluded =
        Excluded { traveller: work.state.traveller_phone.as_ref(), tried: &work.state.tried, lines: &[work.facts.line_number] };
    let route = route::desks(work.facts.settings, answer, work.now, &excluded);
    match route.stops.into_iter().next() {
        Some(stop) => {
            work.because_all(stop.because);
            ring(work, stop.desk);
        }
        None => give_up(work),
    }
}

fn ring(work: &mut Work<'_>, desk: DeskCall) {
    let state = &mut work.state;
    state.legs = state.legs.saturating_add(1);
    state.tried.push(desk.phone.clone());
    state.tried_mask |= 1_u32.checked_shl(u32::from(desk.position.0)).unwrap_or(0);
    let wait = forward_seconds(&desk);
    state.forward = Some(Forward {
        leg: state.legs,
        desk: desk.clone(),
        answered: false,
        confirmed: false,
        leg_ended: false,
        replaced: false,
    });
    work.act(TelephoneAction::Forward { desk });
    work.go(Phase::Forwarding, Some(wait));
}

/// How long a forward may take to its result, or to its leg's answer.
pub(super) fn forward_seconds(desk: &DeskCall) -> u32 {
    u32::from(desk.ring_seconds) + limits::WHISPER_SECONDS_MAX + limits::FORWARD_GRACE_SECONDS
}

/// All desks failed (rule 19).
fn give_up(work: &mut Work<'_>) {
    work.because("No desk is left.");
    work.ledger.record(Status::NotConnected);
    let about_travel = work.is_about_travel();
    let severity = if about_travel { Severity::Warning } else { Severity::Critical };
    work.ledger.raise(AlertKind::NotConnected, severity, about_travel);
    work.say(SayKey::CallbackPromise);
    work.say(SayKey::EmergencyNumber);
    work.hang_up();
}

/// The traveller's line ended before a desk took the call (rule 20).
pub(super) fn abandon(work: &mut Work<'_>) {
    work.because("The traveller's line ended before a desk took the call.");
    work.ledger.record(Status::Abandoned);
    if !work.is_about_travel() {
        work.ledger.raise(AlertKind::NotConnected, Severity::Critical, false);
    }
    work.state.line_ended = true;
    work.go(Phase::Over, None);
}

/// A desk has taken the call (rule 17).
pub(super) fn connect(work: &mut Work<'_>) {
    work.state.connected = true;
    let about_travel = work.is_about_travel();
    work.ledger.record_connection(about_travel);
}

/// The desk pressed 1 (rule 17): it counts at once, for every desk, once.
pub(super) fn confirmed(work: &mut Work<'_>, phone: &PhoneNumber) {
    let replaced = work.state.replaced.iter_mut().filter(|forward| forward.replaced);
    let Some(forward) = work.state.forward.iter_mut().chain(replaced).find(|forward| forward.desk.phone == *phone) else {
        return work.because("That desk is not being called now.");
    };
    if std::mem::replace(&mut forward.confirmed, true) {
        return work.because("The desk had confirmed already.");
    }
    let talks = !forward.replaced && !forward.leg_ended;
    work.because("The desk confirmed by its key, so it has taken the call.");
    connect(work);
    if talks {
        work.wait(Some(limits::TALK_SECONDS_MAX + limits::TALK_GRACE_SECONDS));
    }
}

/// The desk pressed another key: the engine moves on when the forward has its result (rule 18).
pub(super) fn declined(work: &mut Work<'_>) {
    work.because("The desk declined; the next step comes with the result of the forward.");
}

/// A forward has ended (rules 17, 18, 20).
pub(super) fn dial_result(work: &mut Work<'_>, phone: &PhoneNumber, result: DialOutcome, duration_seconds: Option<u32>) {
    let Some(forward) = work.state.forward.take_if(|forward| forward.desk.phone == *phone) else {
        return result_of_former_forward(work, phone, result, duration_seconds);
    };
    let never_talked = duration_seconds == Some(0);
    let line_ended = work.state.line_ended || result == DialOutcome::Canceled;
    if forward.confirmed && !never_talked {
        return finish(work, line_ended);
    }
    if forward.confirmed {
        raise_again(work);
    } else if result == DialOutcome::Completed && !forward.desk.must_confirm && !never_talked {
        work.because("The two talked, so the desk has taken the call.");
        connect(work);
        return finish(work, line_ended);
    }
    let cut_off = matches!(result, DialOutcome::Canceled | DialOutcome::Completed) && !forward.leg_ended;
    if cut_off && work.state.change_pending && !work.state.line_ended {
        // A redirect that was sent before this forward began interrupts it: fetched, it rings the desk again; lost, the
        // deadline decides.
        work.because("Our own redirect ended this forward; it proves nothing about the line.");
        work.state.forward = Some(Forward { confirmed: false, ..forward });
        return;
    }
    if forward.answered && !forward.leg_ended {
        open_again(work);
    }
    if line_ended {
        return abandon(work);
    }
    work.because(failure(result, forward.desk.must_confirm));
    call_next_desk(work);
}

/// A forward that was replaced by our own redirect, or whose result was missing, brings one after all. Only a connection
/// counts: it is recorded and settles. `canceled` is then not the end of the line.
fn result_of_former_forward(work: &mut Work<'_>, phone: &PhoneNumber, result: DialOutcome, duration_seconds: Option<u32>) {
    let Some(place) = work.state.replaced.iter().position(|forward| forward.desk.phone == *phone) else {
        return work.because("That desk is not being called now.");
    };
    let former = work.state.replaced.remove(place);
    // After our own redirect an unknown duration is no proof: the provider reports what we cut off as completed.
    let talked = duration_seconds.map_or(!former.replaced, |seconds| seconds > 0);
    match (former.confirmed, talked) {
        (true, _) if duration_seconds == Some(0) => {
            raise_again(work);
            go_on_without(work);
        }
        (true, _) => work.because("The desk had confirmed, and its connection is recorded already."),
        (false, true) if result == DialOutcome::Completed && !former.desk.must_confirm => {
            work.because("A desk that was called before had the call after all.");
            connect(work);
        }
        (false, _) => work.because("A forward that was given up before brings no connection."),
    }
}

/// Nobody has the traveller after all: on to the next desk, unless one is being called already.
fn go_on_without(work: &mut Work<'_>) {
    match work.state.forward {
        Some(_) => {}
        None if work.state.line_ended => abandon(work),
        None => call_next_desk(work),
    }
}

/// The current forward's result is missing and something else stands for it: it is kept aside, for a connection may still
/// be reported. `redirected`: we cut it off ourselves.
pub(super) fn set_aside(work: &mut Work<'_>, redirected: bool) {
    if let Some(forward) = work.state.forward.take() {
        if forward.answered && !forward.leg_ended {
            open_again(work);
        }
        work.state.replaced.push(Forward { replaced: redirected, ..forward });
    }
}

/// The alerts of this call are open again, because nobody answers them any more.
pub(super) fn open_again(work: &mut Work<'_>) {
    for id in work.ledger.alerts_for_a_desk(work.is_about_travel()) {
        work.ledger.write(Effect::AlertOpenAgain { id });
    }
}

/// The forward is over and a desk had the call.
fn finish(work: &mut Work<'_>, line_ended: bool) {
    if line_ended {
        work.because("The line has ended too.");
        work.state.line_ended = true;
        work.go(Phase::Over, None);
    } else {
        work.because("The desk has had the call, so the line is ended.");
        work.hang_up();
    }
}

/// The two were never connected although the desk confirmed: the alert of the answer stands again (rule 17).
pub(super) fn raise_again(work: &mut Work<'_>) {
    work.because("The desk confirmed, but the two never talked, so the alert stands again.");
    work.state.connected = false;
    let kind = match work.state.answer {
        Some(Answer::Help) => AlertKind::Help,
        Some(Answer::Medical) => AlertKind::Medical,
        Some(Answer::Unclear) => AlertKind::Unclear,
        Some(Answer::Travel | Answer::Safe | Answer::Silence) | None => return,
    };
    work.ledger.raise(kind, Severity::High, false);
}

const fn failure(result: DialOutcome, must_confirm: bool) -> &'static str {
    match result {
        DialOutcome::Completed if must_confirm => "The desk did not confirm by its key, so it has not taken the call.",
        DialOutcome::Completed => "The two never talked, so the desk has not taken the call.",
        DialOutcome::Busy => "The desk is engaged.",
        DialOutcome::NoAnswer => "The desk did not answer.",
        DialOutcome::Failed => "The desk could not be reached.",
        DialOutcome::Canceled => "The forward was withdrawn.",
    }
}
