//! Texts.

use crate::decide::Facts;
use crate::model::language::LanguageTag;
use crate::model::plan::{Plan, Verb};
use crate::wording::{Text, TextKind, Words};

/// A text as a plan: the reply to a text, or one that we send. In the wanted language where there are words for it, else
/// in the organisation's next.
#[must_use]
pub fn text(kind: TextKind, language: &LanguageTag, facts: &Facts<'_>) -> Plan {
    let text = Text {
        kind,
        exercise: facts.query.is_some_and(|query| query.exercise),
        organisation: &facts.settings.spoken_name,
        number: facts.emergency_number,
    };
    let words = Words::for_writing(language, &facts.settings.languages);
    Plan::new(vec![Verb::Message { text: text.write(words) }])
}
