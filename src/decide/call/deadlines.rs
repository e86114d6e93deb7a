//! The time for what a call waits for is over (promise 8). The provider was asked how the line stands.

use super::answers::{Said, ask, question_seconds, to_the_question};
use super::detection::leave_message;
use super::ends::line_status;
use super::forwarding::{abandon, call_next_desk, forward_seconds, set_aside};
use super::work::Work;
use crate::model::answer::Answer;
use crate::model::call_state::Phase;
use crate::model::effect::{Effect, TelephoneAction};
use crate::model::event::{LineFound, LineStatus};
use crate::model::limits;

/// A deadline has passed. One that the state no longer has is stale and moves nothing.
pub(super) fn passed(work: &mut Work<'_>, serial: u32, line: LineFound) {
    if work.state.deadline.as_ref().is_none_or(|deadline| deadline.serial != serial) {
        return work.because("The deadline was met or moved before.");
    }
    work.wait(None);
    match work.state.phase {
        Phase::Placing => placing(work, line),
        Phase::Asking => asking(work, line),
        Phase::Forwarding => forwarding(work, line),
        Phase::LastWords => last_words(work, line),
        Phase::Over => work.because("The call is over."),
    }
}

fn placing(work: &mut Work<'_>, line: LineFound) {
    match line {
        LineFound::Ended(status) => line_status(work, an_end(status, LineStatus::NoAnswer)),
        LineFound::Up => {
            work.because("The line is up, but its first document was never asked for.");
            ask(work);
        }
        LineFound::NotYetAnswered => no_answer_in_time(work),
        LineFound::Unknown if look_again(work) => {}
        LineFound::Unknown => no_answer_in_time(work),
    }
}

/// The attempt has its result. The line is not known to have ended: whoever still picks up is asked all the same.
fn no_answer_in_time(work: &mut Work<'_>) {
    work.because("Nobody picked up in time.");
    line_status(work, LineStatus::NoAnswer);
    work.state.line_ended = false;
}

fn asking(work: &mut Work<'_>, line: LineFound) {
    match line {
        LineFound::Ended(status) => line_status(work, an_end(status, LineStatus::Completed)),
        LineFound::Unknown if look_again(work) => {}
        LineFound::Unknown => line_status(work, LineStatus::Completed),
        LineFound::Up | LineFound::NotYetAnswered if work.state.machine => leave_message(work),
        LineFound::Up | LineFound::NotYetAnswered => {
            work.because("No answer came in time, which stands for silence.");
            work.state.last_heard = Some(Answer::Silence);
            to_the_question(work, Said { answer: Answer::Silence, by_words: true });
        }
    }
}

fn forwarding(work: &mut Work<'_>, line: LineFound) {
    let up = match line {
        LineFound::Ended(_) => false,
        LineFound::Up => !work.state.line_ended,
        LineFound::NotYetAnswered | LineFound::Unknown if look_again(work) => return,
        LineFound::NotYetAnswered | LineFound::Unknown => false,
    };
    let confirmed = work.state.forward.as_ref().is_some_and(|forward| forward.confirmed);
    set_aside(work, up);
    match (up, confirmed) {
        (true, true) => {
            work.because("The desk has had the call and its result is missing, so the line is ended.");
            work.hang_up();
        }
        (true, false) => {
            work.because("The forward brought no connection in time, so the next desk is called.");
            call_next_desk(work);
        }
        (false, true) => {
            work.because("The desk has had the call and the line has ended.");
            work.state.line_ended = true;
            work.go(Phase::Over, None);
        }
        (false, false) => abandon(work),
    }
}

fn last_words(work: &mut Work<'_>, line: LineFound) {
    match line {
        LineFound::Ended(_) => line_status(work, LineStatus::Completed),
        // Long last words may still be spoken, and until they end help can be asked for.
        LineFound::Up | LineFound::NotYetAnswered if work.state.looks < limits::LOOKS_MAX => wait_for_another_look(work),
        LineFound::Up | LineFound::NotYetAnswered => {
            work.because("The last words are over and the line is still up, so it is ended.");
            work.hang_up();
        }
        LineFound::Unknown if look_again(work) => {}
        LineFound::Unknown => line_status(work, LineStatus::Completed),
    }
}

/// The provider does not know the call or did not answer: it is asked again, and the operator is told once. Returns false
/// when it was asked often enough.
fn look_again(work: &mut Work<'_>) -> bool {
    if work.state.looks >= limits::LOOKS_MAX {
        work.because("The provider was asked often enough, so the line counts as ended.");
        return false;
    }
    if work.state.looks == 0 {
        work.ledger.write(Effect::CallUnknown);
    }
    work.ledger.write(Effect::LookUpCall);
    wait_for_another_look(work);
    true
}

fn wait_for_another_look(work: &mut Work<'_>) {
    work.because("The provider is asked again.");
    work.state.looks += 1;
    work.wait(Some(limits::LOOK_AGAIN_SECONDS));
}

/// A look-up that calls progress an end is read as the end that fits.
const fn an_end(status: LineStatus, otherwise: LineStatus) -> LineStatus {
    match status {
        LineStatus::Completed | LineStatus::Busy | LineStatus::NoAnswer | LineStatus::Failed => status,
        LineStatus::Initiated | LineStatus::Ringing | LineStatus::InProgress => otherwise,
    }
}

/// The provider fetches the document that our own redirect named: the newest of the call, judged again now. What it begins
/// takes its time from now on.
pub(super) fn document_fetched(work: &mut Work<'_>) {
    work.state.change_pending = false;
    work.because("The provider fetches the document of our own redirect.");
    let document = work.state.document.clone();
    if document.is_empty() {
        return work.act(TelephoneAction::HangUp);
    }
    for action in document {
        work.act(action);
    }
    match work.state.phase {
        Phase::Placing | Phase::Over => {}
        Phase::Asking => work.wait(Some(question_seconds())),
        Phase::Forwarding => {
            let ring =
                work.state.forward.as_ref().filter(|forward| !forward.answered).map(|forward| forward_seconds(&forward.desk));
            if ring.is_some() {
                work.wait(ring);
            }
        }
        Phase::LastWords => work.wait(Some(limits::LAST_WORDS_SECONDS_MAX)),
    }
}
