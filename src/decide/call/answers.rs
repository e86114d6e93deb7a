//! What follows from an answer: the first one that counts, and those that come after it or too late.

use super::forwarding::call_next_desk;
use super::work::Work;
use crate::decide::ledger::{Weight, status_of};
use crate::model::alert::{AlertKind, Severity};
use crate::model::answer::Answer;
use crate::model::call_state::Phase;
use crate::model::effect::{SayKey, Status, TelephoneAction};
use crate::model::limits;

/// What was heard in one event.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said {
    /// What it means.
    pub(super) answer: Answer,
    /// Was no key pressed in it?
    pub(super) by_words: bool,
}

/// Takes an answer that can be acted on (rule 15). Silence is none.
pub(super) fn take(work: &mut Work<'_>, said: Said) {
    match said.answer {
        Answer::Safe if work.is_shared() => safe_from_shared_phone(work),
        Answer::Safe => safe(work, said.by_words),
        Answer::Help => forward(work, Answer::Help, Some(AlertKind::Help)),
        Answer::Medical => forward(work, Answer::Medical, Some(AlertKind::Medical)),
        Answer::Travel => forward(work, Answer::Travel, None),
        Answer::Unclear | Answer::Silence => forward(work, Answer::Unclear, Some(AlertKind::Unclear)),
    }
}

fn safe(work: &mut Work<'_>, by_words: bool) {
    if work.facts.durable {
        work.because("Safe ends the question; the goodbye can be interrupted.");
        work.state.answer = Some(Answer::Safe);
        work.ledger.record_answer(Answer::Safe);
        work.end_attempt(Status::Safe);
        note_spoken_safe(work, by_words);
    } else {
        work.because("Nothing can be stored now, so safe is not accepted, and the caller hears it.");
    }
    work.say(SayKey::GoodbyeSafe);
    work.hang_up_after_last_words();
}

/// Rule 4: it proves nothing about any of them.
fn safe_from_shared_phone(work: &mut Work<'_>) {
    work.because("Several travellers share the number, so safe proves nothing.");
    work.state.answer = Some(Answer::Safe);
    work.ledger.record_unclear(Weight::Light);
    work.say(SayKey::EmergencyNumber);
    work.hang_up_after_last_words();
}

fn forward(work: &mut Work<'_>, answer: Answer, alert: Option<AlertKind>) {
    work.state.answer = Some(answer);
    if answer == Answer::Unclear {
        work.ledger.record_unclear(Weight::Full);
        work.ledger.settle_query();
    } else {
        work.ledger.record_answer(answer);
    }
    work.end_attempt(status_of(answer));
    if let Some(kind) = alert {
        work.ledger.raise(kind, Severity::High, false);
    }
    call_next_desk(work);
}

/// Pure silence to the end on an outbound call (rule 8): a person must look at it now.
pub(super) fn silent_to_the_end(work: &mut Work<'_>) {
    work.because("Nothing was heard to the end, so a person must look at it.");
    if work.end_attempt(Status::NoAnswer) {
        work.ledger.record(Status::NoAnswer);
        if work.ledger.open_part(work.state.query).is_some() {
            work.ledger.raise(AlertKind::Unreached, Severity::High, false);
        }
    }
    work.say(SayKey::EmergencyNumber);
    work.hang_up_after_last_words();
}

/// Last words (rule 15a): an answer that was not given before is handled like a first one, anything else ends the pause.
pub(super) fn in_last_words(work: &mut Work<'_>, said: Option<Said>) {
    let said_before = work.state.answer == Some(Answer::Safe);
    match said {
        Some(said @ Said { answer: Answer::Help | Answer::Medical | Answer::Travel, .. }) => take(work, said),
        Some(said @ Said { answer: Answer::Safe, .. }) if !said_before => take(work, said),
        Some(_) | None => {
            work.because("The last words are interrupted by nothing new, so the line is ended.");
            if work.state.pauses >= limits::LAST_PAUSES_MAX {
                work.because("That was the last pause.");
            }
            work.hang_up_after_last_words();
        }
    }
}

/// An answer while desks are called, or after that (rule 21): only help and medical after travel still count.
pub(super) fn after_forward(work: &mut Work<'_>, said: Option<Said>) {
    match said.map(|said| said.answer) {
        Some(answer @ (Answer::Help | Answer::Medical)) if work.is_about_travel() => {
            work.because("Help was asked for after a booking question; nobody is called for it in this call.");
            cry_for_help(work, answer);
        }
        Some(_) | None => work.because("A forward has begun, so further keys and words are ignored."),
    }
}

/// An answer after the end of the call (rule 26): it counts and cannot be forwarded.
pub(super) fn after_the_end(work: &mut Work<'_>, said: Option<Said>) {
    let Some(said) = said else { return work.because("The call is over.") };
    match said.answer {
        Answer::Help | Answer::Medical => {
            work.because("Help was asked for after the end of the call, so nobody is called.");
            cry_for_help(work, said.answer);
        }
        Answer::Safe if work.is_shared() => {
            work.because("Several travellers share the number, so safe proves nothing.");
            work.ledger.record_unclear(Weight::Light);
        }
        Answer::Safe if !work.facts.durable => work.because("Nothing can be stored now, so safe is not accepted."),
        Answer::Safe => {
            work.because("An answer after the end of the call still counts.");
            work.ledger.record_answer(Answer::Safe);
            note_spoken_safe(work, said.by_words);
        }
        Answer::Travel => {
            work.because("An answer after the end of the call still counts.");
            work.ledger.record_answer(Answer::Travel);
        }
        Answer::Unclear | Answer::Silence => work.because("The call is over."),
    }
}

fn cry_for_help(work: &mut Work<'_>, answer: Answer) {
    let kind = if answer == Answer::Medical { AlertKind::Medical } else { AlertKind::Help };
    work.ledger.record_answer(answer);
    work.ledger.raise(kind, Severity::Critical, false);
}

/// A machine's greeting can say safe: what words alone said, machine detection takes back (rule 22).
fn note_spoken_safe(work: &mut Work<'_>, by_words: bool) {
    work.state.safe_by_words = by_words && !work.state.key_pressed;
}

/// Puts the question for the first time, or once more (rules 6 and 8).
pub(super) fn ask(work: &mut Work<'_>) {
    work.because(if work.state.ask == 0 { "The question is put." } else { "The question is put again." });
    let settings = work.facts.settings;
    let offered = [
        (Answer::Safe, true),
        (Answer::Help, true),
        (Answer::Medical, settings.medical_provider.is_some()),
        (Answer::Travel, settings.travel_provider.is_some()),
    ];
    let choices = offered.into_iter().filter(|(_, entered)| *entered).map(|(answer, _)| answer).collect();
    work.state.ask = work.state.ask.saturating_add(1);
    work.act(TelephoneAction::Prompt { choices, language: work.state.language.clone(), ask: work.state.ask });
    work.go(Phase::Asking, Some(question_seconds()));
}

/// How long an answer may take: the question, the time to answer, and the provider's own time.
pub(super) fn question_seconds() -> u32 {
    limits::QUESTION_SECONDS_MAX + u32::from(limits::QUESTION_WAIT_SECONDS) + limits::ASKING_GRACE_SECONDS
}

/// An answer to the question that was understood, or not (rule 8).
pub(super) fn to_the_question(work: &mut Work<'_>, said: Said) {
    match said.answer {
        Answer::Safe | Answer::Help | Answer::Medical | Answer::Travel => return take(work, said),
        Answer::Unclear => work.state.heard = true,
        Answer::Silence => {}
    }
    if work.state.ask < work.facts.settings.status_call.max_prompts {
        ask(work);
    } else if work.state.heard || !work.is_outbound() {
        work.because("The question was put often enough and the caller was not understood, so a person takes the call.");
        take(work, Said { answer: Answer::Unclear, ..said });
    } else {
        silent_to_the_end(work);
    }
}
