//! What is said, and what the provider does meanwhile: the plan for a decision, for a caller whom the rules have nothing
//! new for, for a desk, for a text, and for the worst case.
//!
//! Promises: every plan for the traveller's line ends in a next step or a hang-up. What a plan says is what the decision
//! does. The plan depends on nothing but its arguments, so a repeat gets the same words.

use crate::decide::Facts;
use crate::model::call_state::CallState;
use crate::model::effect::{Effect, TelephoneAction};
use crate::model::event::Event;
use crate::model::plan::{Plan, Verb};
use crate::wording::estimate;
use chrono::{DateTime, Utc};

/// The desk's line, before the lines meet.
mod desk;
/// The worst case (promise 3).
mod safe_plan;
/// Texts.
mod text;
/// Step tokens made from the state of a call.
mod token;
/// The traveller's line.
mod traveller;
/// In which language is spoken and listened.
mod voice;

pub use desk::{DeskMoment, whisper};
pub use safe_plan::{SafePlan, safe_plan, safe_whisper};
pub use text::text;
pub use traveller::{plan, waiting};

/// A call as it stands after a step, and what its words depend on beside it.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// The facts of the judgement.
    pub facts: &'a Facts<'a>,
    /// The state after the step.
    pub state: &'a CallState,
    /// The step whose document this is.
    pub step: u32,
    /// The time of the step.
    pub now: DateTime<Utc>,
}

/// A step that has been judged and wants its words.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    /// The call after the step.
    pub standing: Standing<'a>,
    /// What happened.
    pub event: &'a Event,
    /// What is done on the telephone.
    pub telephone: &'a [TelephoneAction],
    /// What becomes durable with it.
    pub effects: &'a [Effect],
}

/// How long the provider may be busy with a plan before it reports: the words as estimated, the waits and the pauses, in
/// whole seconds, rounded up. The deadline of asking is this and its grace (DESIGN 5).
#[must_use]
pub fn seconds(plan: &Plan) -> u32 {
    plan.verbs.iter().map(verb_ms).fold(0_u32, u32::saturating_add).div_ceil(1000)
}

fn verb_ms(verb: &Verb) -> u32 {
    match verb {
        Verb::Say(spoken) => estimate::text_ms(&spoken.text),
        Verb::Pause { seconds } => u32::from(*seconds) * 1000,
        Verb::Gather { say, wait_seconds, .. } => {
            let words = say.iter().map(|spoken| estimate::text_ms(&spoken.text)).fold(0_u32, u32::saturating_add);
            words.saturating_add(u32::from(*wait_seconds) * 1000)
        }
        Verb::Dial { ring_seconds, .. } => u32::from(*ring_seconds) * 1000,
        Verb::Play { .. } | Verb::Redirect { .. } | Verb::Reject | Verb::Hangup | Verb::Connect | Verb::Message { .. } => 0,
    }
}

#[cfg(test)]
mod tests;
