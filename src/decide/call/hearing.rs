//! Keys and words of the traveller: what one event means, and where it leads.

use super::answers::{Said, after_forward, after_the_end, in_last_words, to_the_question};
use super::work::Work;
use crate::decide::{answer, keys, text};
use crate::model::answer::Answer;
use crate::model::call_state::Phase;
use crate::model::event::Speech;

/// The traveller pressed keys or spoke; both None: nothing was heard in time.
pub(super) fn gathered(work: &mut Work<'_>, digits: Option<&str>, speech: Option<&Speech>) {
    let said = understand(work, digits.filter(|digits| !digits.is_empty()), speech);
    if work.was_forwarded() {
        return after_forward(work, said);
    }
    match (work.state.phase, said) {
        (Phase::LastWords, said) => in_last_words(work, said),
        (Phase::Over, said) => after_the_end(work, said),
        (Phase::Placing | Phase::Asking | Phase::Forwarding, Some(said)) => to_the_question(work, said),
        (Phase::Placing | Phase::Asking | Phase::Forwarding, None) => {
            work.because("A machine was detected, so words and silence are ignored.")
        }
    }
}

/// What the event means (rules 9 to 13). None: words or silence that a detected machine may have made (rules 22, 23).
fn understand(work: &mut Work<'_>, digits: Option<&str>, speech: Option<&Speech>) -> Option<Said> {
    let by_words = digits.is_none();
    let after_machine = work.state.machine;
    if after_machine && by_words {
        return None;
    }
    let keys = digits.map(|pressed| press(work, pressed));
    let mut words = speech.map(|speech| words(work, speech));
    if after_machine {
        // The key proves a human, but the words of this event may be the greeting's: only help and medical are believed.
        words = words.filter(|answer| matches!(answer, Answer::Help | Answer::Medical));
    }
    let answer = keys::together(keys, words);
    if answer == Answer::Silence {
        work.because("Nothing was heard.");
    }
    work.state.last_heard = Some(answer);
    Some(Said { answer, by_words })
}

fn press(work: &mut Work<'_>, pressed: &str) -> Answer {
    let meaning = keys::meaning(pressed, &work.state.keys);
    work.state.keys = keys::remember(&work.state.keys, pressed);
    work.state.key_pressed = true;
    work.state.machine = false;
    work.because(match meaning {
        Answer::Safe => "Key 1 means safe.",
        Answer::Help => "Key 2, or an emergency number keyed, means help.",
        Answer::Medical => "Key 3 means medical.",
        Answer::Travel => "Key 4 means travel.",
        Answer::Unclear | Answer::Silence => "The keys have no meaning, but they are a sign of a human.",
    });
    meaning
}

/// What the words mean. Help is taken at any confidence, anything else only where the recogniser was sure (rule 11).
fn words(work: &mut Work<'_>, speech: &Speech) -> Answer {
    let readable = text::has_letter_or_digit(&speech.text) || text::has_sign(&speech.text);
    if !readable {
        work.because("Words without a letter or digit are silence.");
        return Answer::Silence;
    }
    if let Some(meaning) = work.facts.words_mean {
        work.because("The meaning of the words was given.");
        return meaning;
    }
    let understood = answer::words(&speech.text, &text::centre_names(work.facts.settings));
    work.because_all(understood.because);
    let doubted = !speech.confidence.is_good() && !matches!(understood.answer, Answer::Help | Answer::Silence);
    if doubted {
        work.because("The recogniser was unsure, so only help would count.");
    }
    if doubted { Answer::Unclear } else { understood.answer }
}
