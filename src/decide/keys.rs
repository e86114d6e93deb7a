//! What keys mean (rules 9, 10 and 14). Keys are ASCII `0`-`9`, `*` and `#`.
//!
//! Invariant: every press of a key is a sign of a human, also where it means nothing; so there is no silence here.

use crate::model::answer::Answer;
use crate::model::limits::KEYS_KEPT;

/// Emergency numbers that are recognised as the last three keys of a call. 112 is not among them: a 2 is help anyway.
const EMERGENCY_NUMBERS: [&str; 3] = ["110", "911", "999"];

/// What the keys of one event mean, given the earlier keys of the same call (rule 9).
///
/// `*` and `#` are dropped first. A 2 anywhere is help, and so is an emergency number as the last three keys of the call.
#[must_use]
pub fn meaning(pressed: &str, earlier: &str) -> Answer {
    let keys = digits(pressed);
    let Some(first) = keys.chars().next() else { return Answer::Unclear };
    if keys.contains('2') || ends_in_emergency_number(&keys, earlier) {
        return Answer::Help;
    }
    if keys.chars().any(|key| key != first) {
        return Answer::Unclear;
    }
    match first {
        '1' => Answer::Safe,
        '3' => Answer::Medical,
        '4' => Answer::Travel,
        _ => Answer::Unclear,
    }
}

/// The keys of a call after one more event: the last ones that an emergency number could still need.
#[must_use]
pub fn remember(earlier: &str, pressed: &str) -> String {
    let all: Vec<char> = earlier.chars().chain(digits(pressed).chars()).collect();
    let surplus = all.len().saturating_sub(KEYS_KEPT);
    all.into_iter().skip(surplus).collect()
}

/// Keys and words of one event together (rule 10): help wins if either says it, then medical; else the key, if it has a
/// meaning; else the words. None: no key was pressed, nothing was said.
#[must_use]
pub fn together(keys: Option<Answer>, words: Option<Answer>) -> Answer {
    let says = |answer| keys == Some(answer) || words == Some(answer);
    match (keys, words) {
        _ if says(Answer::Help) => Answer::Help,
        _ if says(Answer::Medical) => Answer::Medical,
        (Some(key), _) if key != Answer::Unclear => key,
        (Some(_), None | Some(Answer::Silence)) => Answer::Unclear,
        (_, Some(words)) => words,
        (None, None) => Answer::Silence,
    }
}

/// The keys of a text that consists of nothing else (rule 14): blanks are ignored, digits of other scripts and keycap
/// signs count as the key they show. None: there is something else in it, or nothing at all.
#[must_use]
pub fn of_text(text: &str) -> Option<String> {
    let mut keys = String::new();
    for sign in text.chars().filter(|sign| !is_blank(*sign)) {
        keys.push(key(sign)?);
    }
    (!keys.is_empty()).then_some(keys)
}

/// Blanks, and what turns a digit into a keycap sign (variation selector 16, combining enclosing keycap).
fn is_blank(sign: char) -> bool {
    sign.is_whitespace() || matches!(sign, '\u{FE0F}' | '\u{20E3}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{FEFF}')
}

/// The key that a sign shows.
fn key(sign: char) -> Option<char> {
    /// The zeros of the scripts whose digits people type: full-width, Arabic, Persian, Devanagari, Bengali, Thai.
    const ZEROS: [char; 6] = ['\u{FF10}', '\u{0660}', '\u{06F0}', '\u{0966}', '\u{09E6}', '\u{0E50}'];
    if sign.is_ascii_digit() || matches!(sign, '*' | '#') {
        return Some(sign);
    }
    let values = ZEROS.iter().filter_map(|zero| u32::from(sign).checked_sub(u32::from(*zero)));
    values.filter_map(|value| char::from_digit(value, 10)).next()
}

fn digits(pressed: &str) -> String {
    pressed.chars().filter(char::is_ascii_digit).collect()
}

fn ends_in_emergency_number(keys: &str, earlier: &str) -> bool {
    let call = format!("{earlier}{keys}");
    EMERGENCY_NUMBERS.iter().any(|number| call.ends_with(number))
}

#[cfg(test)]
mod tests;
