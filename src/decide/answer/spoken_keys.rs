//! Keys that are spoken or typed: "two", "press two", "not two, one" (labelling rule 8).
//!
//! A number is a key only where nothing but numbers, words about keys and corrections is said.

use super::hits::Heard;
use super::lexicon::role;
use super::token::{Shape, Stop};
use crate::model::answer::{Answer, Understood};

/// A text of only keys (rule 14); blanks are ignored. `None` if it has anything else.
pub(super) fn typed(text: &str) -> Option<Understood> {
    let keys: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let digits: String = keys.iter().filter(|c| c.is_ascii_digit()).collect();
    let only_keys = keys.iter().all(|c| c.is_ascii_digit() || matches!(c, '*' | '#'));
    (only_keys && !digits.is_empty()).then(|| understood(keys_mean(&digits), &digits))
}

/// What pressed keys mean (rule 9).
fn keys_mean(digits: &str) -> Answer {
    let mut each = digits.chars();
    let first = each.next().unwrap_or('0');
    if digits.contains('2') || ["110", "911", "999"].iter().any(|number| digits.ends_with(number)) {
        Answer::Help
    } else if each.any(|digit| digit != first) {
        Answer::Unclear
    } else {
        match first {
            '1' => Answer::Safe,
            '3' => Answer::Medical,
            '4' => Answer::Travel,
            _ => Answer::Unclear,
        }
    }
}

fn understood(answer: Answer, keys: &str) -> Understood {
    let says = if answer == Answer::Unclear { "is no key that was offered" } else { "is the key" };
    let what = if answer == Answer::Unclear { String::new() } else { format!(" for {}", answer.as_str()) };
    Understood { answer, because: vec![format!("'{keys}' {says}{what}")] }
}

/// One spoken number of a language.
#[derive(Debug, Clone, Copy)]
struct Spoken {
    digits: u16,
    negated: bool,
}

/// The key that was spoken, if nothing else was said. Languages may disagree: help wins, then medical.
pub(super) fn spoken(heard: &Heard<'_>) -> Option<Understood> {
    let count = heard.tokens.list.len();
    if count == 0 || count > TOKENS_MAX {
        return None;
    }
    let languages = (0_u8..64).filter(|language| heard.languages & (1 << language) != 0);
    let answers: Vec<Answer> = languages.filter_map(|language| spoken_in(heard, language)).collect();
    let order = [Answer::Help, Answer::Medical, Answer::Travel, Answer::Safe, Answer::Unclear];
    let answer = order.into_iter().find(|answer| answers.contains(answer))?;
    Some(understood(answer, &heard.tokens.phrase(0, count)))
}

/// Longer sentences do not only name a key.
const TOKENS_MAX: usize = 24;

fn spoken_in(heard: &Heard<'_>, language: u8) -> Option<Answer> {
    let mut all: Vec<Spoken> = Vec::new();
    let mut negated = false;
    let mut typed = String::new();
    for (at, token) in heard.tokens.list.iter().enumerate() {
        let roles = heard.roles(language, at);
        if token.shape == Shape::Number {
            typed.push_str(heard.tokens.at(at));
            let answer = keys_mean(heard.tokens.at(at));
            all.push(Spoken { digits: bit_of(answer), negated });
            negated = false;
        } else if roles & role::KEYS != 0 {
            all.push(Spoken { digits: roles & role::KEYS, negated });
            negated = false;
        } else if roles & role::CORRECTION != 0 {
            all.iter_mut().for_each(|one| one.negated = true);
        } else if roles & role::NEGATION_AFTER != 0
            && token.stop == Stop::None
            && !negated
            && all.last().is_some_and(|last| !last.negated)
            && roles & role::NEGATION == 0
        {
            if let Some(last) = all.last_mut() {
                last.negated = true;
            }
        } else if roles & role::NEGATION != 0 {
            // "la dos no, la uno": a negation right before a pause belongs to what stands before it, and "no, the two" denies nothing.
            let next = heard.tokens.list.get(at + 1);
            let pause = next.is_none_or(|next| next.stop != Stop::None);
            match all.last_mut() {
                Some(last) if pause && (token.stop == Stop::None || next.is_some()) => last.negated = true,
                Some(_) | None => negated = !pause,
            }
        } else if roles & (role::KEY_WORD | role::FILLER | role::BUT) == 0 {
            return None;
        }
    }
    if all.is_empty() {
        return None;
    }
    let chosen: Vec<u16> = all.iter().filter(|one| !one.negated).map(|one| one.digits).collect();
    let several = chosen.iter().any(|digits| Some(digits) != chosen.first());
    let corrected = all.iter().any(|one| one.negated);
    let last = *chosen.last()?;
    if all.len() == 2 && !corrected && all.first().is_some_and(|first| first.digits == role::NUMBER) && several {
        // "twenty two" is no key.
        return Some(Answer::Unclear);
    }
    if typed.chars().count() == 3 && all.len() == 3 && keys_mean(&typed) == Answer::Help {
        return Some(Answer::Help);
    }
    Some(if several && !corrected {
        if chosen.iter().any(|digits| digits & role::TWO != 0) { Answer::Help } else { Answer::Unclear }
    } else {
        answer_of(last)
    })
}

fn bit_of(answer: Answer) -> u16 {
    match answer {
        Answer::Safe => role::ONE,
        Answer::Help => role::TWO,
        Answer::Medical => role::THREE,
        Answer::Travel => role::FOUR,
        Answer::Unclear | Answer::Silence => role::NUMBER,
    }
}

/// A word that may be several numbers is the one that is safest to follow.
fn answer_of(digits: u16) -> Answer {
    let table =
        [(role::TWO, Answer::Help), (role::THREE, Answer::Medical), (role::FOUR, Answer::Travel), (role::ONE, Answer::Safe)];
    table.into_iter().find(|(bit, _)| digits & bit != 0).map_or(Answer::Unclear, |(_, answer)| answer)
}
