//! Every judgement of the house: pure, total, and each says why.
//!
//! Invariant: nothing here does I/O, reads a clock or makes an id; time and ids arrive as arguments. Nothing here fails:
//! doubt is an outcome.

use crate::model::answer::Answer;
use crate::model::call_state::CallState;
use crate::model::capabilities::Capabilities;
use crate::model::effect::{Effect, TelephoneAction};
use crate::model::phone::PhoneNumber;
use crate::model::plan::Plan;
use crate::model::traveller::Person;
use crate::settings::Settings;
use uuid::Uuid;

/// What words mean.
pub mod answer;
/// Settings, people and facts for the tests of this folder.
#[cfg(test)]
mod fixture;
/// What keys mean.
pub mod keys;
/// Is a desk open now?
pub mod hours;
/// Which desks, in which order, and why.
pub mod route;
/// How effects change travellers' files.
pub mod apply;
/// What an answer, a connection or an end leads to in the files.
mod ledger;
/// Texts: what they mean and what is replied.
pub mod text;
/// The step function of a call.
pub mod call;
/// What is said: the plan for a decision.
pub mod speak;

/// The status query that a call was placed for, as far as words need it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueryFacts {
    /// The incident in the language of the call, if it has a text there.
    pub incident: Option<String>,
    /// Is it an exercise?
    pub exercise: bool,
}

/// The facts that a judgement may look at. All of them come from memory or from one read before the step.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// The settings version of the call.
    pub settings: &'a Settings,
    /// The line's own number: caller id of every forward.
    pub line_number: &'a PhoneNumber,
    /// The organisation's ONE emergency number (rule 1), as travellers are told it.
    pub emergency_number: &'a PhoneNumber,
    /// The travellers of the call, in the order of `CallState::travellers`.
    pub people: &'a [Person],
    /// The query of the call.
    pub query: Option<&'a QueryFacts>,
    /// What the line's provider can do.
    pub capabilities: &'a Capabilities,
    /// Does the line forward at once, without a question (`inbound` of the line)? Then as this answer.
    pub inbound: Option<Answer>,
    /// Is the caller one of our own lines (a desk that diverts to us)? Then the call is refused as busy.
    pub caller_is_ours: bool,
    /// What the words of this delivery mean, where that is given (`replay --words-as-given`): only the rules are tested.
    pub words_mean: Option<Answer>,
    /// Can what this step decides be stored? If not, safe is not accepted, and the caller hears it (promise 4).
    pub durable: bool,
    /// A fresh id of this step; the ids of alerts are made from it.
    pub seed: Uuid,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The state after the step.
    pub state: CallState,
    /// What is done on the telephone, in this order. Empty: `nothing`.
    pub telephone: Vec<TelephoneAction>,
    /// What becomes durable with the step, in this order.
    pub effects: Vec<Effect>,
    /// The document, where the step makes a new one.
    pub plan: Option<Plan>,
    /// Why, in short sentences for the duty officer, without numbers and without the caller's words.
    pub because: Vec<String>,
}

/// Reads lexicons, language files and numbering plans, so that the first caller does not wait for them.
pub fn warm_up() {
    crate::wording::warm_up();
    drop(answer::words("ok", &[]));
}
