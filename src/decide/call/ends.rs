//! The traveller's line ends, before or after it was answered (rules 20, 23, 24).

use super::legs;
use super::work::Work;
use crate::model::alert::{AlertKind, Severity};
use crate::model::call_state::Phase;
use crate::model::effect::{Effect, Status};
use crate::model::event::LineStatus;

/// The provider reports how the traveller's line stands. Progress moves nothing.
pub(super) fn line_status(work: &mut Work<'_>, status: LineStatus) {
    let Some(result) = result_of(status) else { return work.because("Progress of the line moves nothing.") };
    match work.state.phase {
        // After it was answered a line can only end, whatever the provider calls it.
        Phase::Placing | Phase::Asking => {
            let result = if work.state.phase == Phase::Asking { Status::HungUp } else { result };
            work.state.line_ended = true;
            work.go(Phase::Over, None);
            if work.is_outbound() {
                let result = ended_without_answer(work, result);
                not_reached(work, result);
            } else {
                hung_up_inbound(work);
            }
        }
        Phase::Forwarding => legs::line_ended(work),
        Phase::LastWords | Phase::Over => {
            work.because("The call had its answer or its end already.");
            work.state.line_ended = true;
            work.go(Phase::Over, None);
        }
    }
}

/// An attempt did not reach the traveller (rule 23): the next one is planned, or somebody is told.
pub(super) fn not_reached(work: &mut Work<'_>, result: Status) {
    if !work.end_attempt(result) {
        return work.because("The attempt had its result already.");
    }
    work.ledger.record(result);
    let attempt = work.state.attempt;
    let Some((traveller, part)) = work.ledger.open_part(work.state.query) else {
        return work.because("The status query is settled for the traveller, so nothing more is planned.");
    };
    if part.placed > attempt || part.planned.is_some() {
        return work.because("Another attempt is under way already.");
    }
    let (query, entry) = (part.query, part.retry_minutes.get(usize::from(attempt)).copied());
    match entry {
        Some(after_minutes) => {
            work.because("The traveller was not reached, so the next attempt is planned.");
            work.ledger.write(Effect::Retry { query, traveller, attempt: attempt.saturating_add(1), after_minutes });
        }
        None => {
            work.because("The traveller was not reached and the attempts are used up.");
            work.ledger.raise(AlertKind::Unreached, Severity::High, false);
        }
    }
}

/// An inbound caller hung up before any answer (rule 24).
fn hung_up_inbound(work: &mut Work<'_>) {
    if !work.end_attempt(Status::HungUp) {
        return;
    }
    work.because("The caller hung up before any answer.");
    work.ledger.record(Status::HungUp);
    work.ledger.raise(AlertKind::HungUp, Severity::Warning, false);
}

/// Rule 22: a line that ended after a machine's greeting, without a beep, was a machine.
fn ended_without_answer(work: &mut Work<'_>, otherwise: Status) -> Status {
    if work.state.machine {
        work.because("The line ended after a machine's greeting.");
        Status::Voicemail
    } else {
        otherwise
    }
}

/// The result that an end stands for; None: it is no end.
const fn result_of(status: LineStatus) -> Option<Status> {
    match status {
        LineStatus::Initiated | LineStatus::Ringing | LineStatus::InProgress => None,
        LineStatus::Completed => Some(Status::HungUp),
        LineStatus::Busy => Some(Status::Busy),
        LineStatus::NoAnswer => Some(Status::NoAnswer),
        LineStatus::Failed => Some(Status::Failed),
    }
}
