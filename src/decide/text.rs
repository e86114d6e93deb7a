//! What a text means and what follows (rules 12, 14, 27, 29). Never a call: who writes may be unable to speak.

use crate::decide::ledger::{Ledger, Weight};
use crate::decide::{Facts, answer, keys};
use crate::model::alert::{AlertKind, Severity};
use crate::model::answer::{Answer, Understood};
use crate::model::effect::{Effect, ReplyKind, TelephoneAction};
use crate::model::ids::{CallId, TravellerRow};
use crate::settings::Settings;
use uuid::Uuid;

/// What was decided about a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextDecision {
    /// What it means.
    pub answer: Answer,
    /// The reply, or nothing.
    pub telephone: Vec<TelephoneAction>,
    /// What becomes durable, in this order.
    pub effects: Vec<Effect>,
    /// Why, in short sentences without the writer's words.
    pub because: Vec<String>,
}

/// Judges a text to a line of an organisation. `facts.people` are all travellers with the writer's number, none for an
/// unknown or withheld one; `facts.settings` is the active version; `message` stands for the call in alerts.
#[must_use]
pub fn judge(message: CallId, text: &str, facts: &Facts<'_>) -> TextDecision {
    let understood = meaning(text, facts);
    let travellers: Vec<TravellerRow> = facts.people.iter().map(|person| person.row).collect();
    let mut ledger = Ledger::new(message, facts.seed, &travellers, facts.people, Vec::new());
    let mut because = understood.because;
    let reply = follow(understood.answer, &mut ledger, facts, &mut because);
    let (effects, _) = ledger.close();
    TextDecision { answer: understood.answer, telephone: vec![TelephoneAction::ReplyText { kind: reply }], effects, because }
}

/// A text to a number of no organisation (rule 2): somebody must look, nobody is answered.
#[must_use]
pub fn to_nobody(message: CallId, seed: Uuid) -> TextDecision {
    let mut ledger = Ledger::new(message, seed, &[], &[], Vec::new());
    ledger.raise(AlertKind::UnknownCalledNumber, Severity::High, false);
    let because = vec!["The number that was written to belongs to no organisation.".to_owned()];
    TextDecision { answer: Answer::Unclear, telephone: Vec::new(), effects: ledger.close().0, because }
}

/// What a text means: keys by themselves (rule 14), signs where there is neither letter nor digit (rule 12), else words.
/// Never silence: somebody wrote.
#[must_use]
pub fn meaning(text: &str, facts: &Facts<'_>) -> Understood {
    let because = |sentence: &str| vec![sentence.to_owned()];
    if let Some(pressed) = keys::of_text(text) {
        let answer = keys::meaning(&pressed, "");
        return Understood { answer, because: because("The text consists of keys alone.") };
    }
    if !has_letter_or_digit(text) {
        let answer = sign(text);
        return Understood { answer, because: because("The text has neither letter nor digit, so its signs are taken.") };
    }
    if let Some(answer) = facts.words_mean {
        return Understood { answer: not_silence(answer), because: because("The meaning of the words was given.") };
    }
    let Understood { answer, because } = answer::words(text, &centre_names(facts.settings));
    Understood { answer: not_silence(answer), because }
}

/// Is there anything in it that can be read as a word or a number?
pub(super) fn has_letter_or_digit(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

/// The names by which people ask for the operations centre (rule 13).
pub(super) fn centre_names(settings: &Settings) -> Vec<&str> {
    let centre = settings.operations_centre.iter();
    centre.flat_map(|centre| std::iter::once(&centre.desk.name).chain(&centre.former_names)).map(String::as_str).collect()
}

/// Is one of the signs in it that have a meaning (rule 12)?
pub(super) fn has_sign(text: &str) -> bool {
    sign(text) != Answer::Unclear
}

/// The first of the signs that applies (rule 12).
fn sign(text: &str) -> Answer {
    let has = |signs: &[char]| text.contains(signs);
    if has(&['🆘', '🚨']) {
        Answer::Help
    } else if has(&['🚑', '🏥']) {
        Answer::Medical
    } else if has(&['👍', '👌', '✅']) {
        Answer::Safe
    } else {
        Answer::Unclear
    }
}

const fn not_silence(answer: Answer) -> Answer {
    match answer {
        Answer::Silence => Answer::Unclear,
        Answer::Safe | Answer::Help | Answer::Medical | Answer::Travel | Answer::Unclear => answer,
    }
}

fn follow(answer: Answer, ledger: &mut Ledger, facts: &Facts<'_>, because: &mut Vec<String>) -> ReplyKind {
    match answer {
        Answer::Help | Answer::Medical => {
            let kind = if answer == Answer::Medical { AlertKind::Medical } else { AlertKind::Help };
            ledger.record_answer(answer);
            ledger.raise(kind, Severity::Critical, false);
            because.push("Help was asked for by text and nobody is with the traveller.".to_owned());
            if answer == Answer::Medical { ReplyKind::Medical } else { ReplyKind::Help }
        }
        Answer::Travel => {
            ledger.record_answer(answer);
            ReplyKind::Travel
        }
        Answer::Safe if facts.people.len() > 1 => {
            ledger.record_unclear(Weight::Light);
            because.push("Several travellers share the number, so safe proves nothing.".to_owned());
            ReplyKind::SharedPhone
        }
        Answer::Safe if !facts.durable => {
            because.push("Nothing can be stored now, so safe is not accepted.".to_owned());
            ReplyKind::NotSaved
        }
        Answer::Safe => {
            ledger.record_answer(answer);
            ReplyKind::Safe
        }
        Answer::Unclear | Answer::Silence => {
            let added = ledger.help_is_open();
            ledger.record_unclear(Weight::Light);
            if added { ReplyKind::Added } else { ReplyKind::Unclear }
        }
    }
}

#[cfg(test)]
mod tests;
