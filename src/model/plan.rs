//! Call control as a list of verbs. `decide` writes it, a dialect renders it.
//!
//! Invariant: a plan for the traveller's line ends in a next step or a hang-up (`Plan::has_dead_end`).

use crate::model::language::LanguageTag;
use crate::model::phone::PhoneNumber;
use crate::model::token::StepToken;
use serde::{Deserialize, Serialize};

/// Words to be spoken in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spoken {
    /// Whole sentences.
    pub text: String,
    /// In which language.
    pub language: LanguageTag,
}

/// What a gather listens to beside keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listen {
    /// The recogniser's language.
    pub language: LanguageTag,
    /// Words that are likely.
    pub hints: Vec<String>,
}

/// One instruction to the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verb")]
pub enum Verb {
    /// Speak.
    Say(Spoken),
    /// Play a recorded file.
    Play {
        /// Where it lies (https).
        url: String,
    },
    /// Silence.
    Pause {
        /// How long.
        seconds: u8,
    },
    /// Speak and wait for ONE key or for words; a key interrupts the words.
    Gather {
        /// What is spoken meanwhile.
        say: Vec<Spoken>,
        /// Words are understood too.
        listen: Option<Listen>,
        /// How long to wait after the last word.
        wait_seconds: u8,
        /// Is nothing heard a result that is sent to `then`? Otherwise the plan goes on behind the gather.
        report_silence: bool,
        /// Where the result goes.
        then: StepToken,
    },
    /// Connect to a desk. Always the last verb.
    Dial {
        /// The desk's number.
        phone: PhoneNumber,
        /// Our own line.
        caller_id: PhoneNumber,
        /// How long it may ring.
        ring_seconds: u16,
        /// How long they may talk.
        time_limit_seconds: u32,
        /// The document for the desk before the lines meet.
        whisper: Option<StepToken>,
        /// Where the progress of the desk's leg goes.
        leg_status: StepToken,
        /// Where the result goes.
        then: StepToken,
    },
    /// Go on with another document.
    Redirect {
        /// Which.
        to: StepToken,
    },
    /// Refuse an incoming call as busy, without answering it.
    Reject,
    /// End the line.
    Hangup,
    /// Let the lines meet: the last verb of a document for a desk that has the call now. Never in a document for the
    /// traveller's line, where nothing would follow.
    Connect,
    /// Answer a text.
    Message {
        /// The words.
        text: String,
    },
}

/// What a provider is told to do, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Plan {
    /// The verbs.
    pub verbs: Vec<Verb>,
}

impl Plan {
    /// A plan of these verbs.
    #[must_use]
    pub const fn new(verbs: Vec<Verb>) -> Self {
        Self { verbs }
    }

    /// Would the caller be left without a next step or a hang-up? An empty plan, or one whose last verb is only
    /// spoken, played, waited or gathered without a report of silence, has a dead end.
    #[must_use]
    pub fn has_dead_end(&self) -> bool {
        match self.verbs.last() {
            None | Some(Verb::Say(_) | Verb::Play { .. } | Verb::Pause { .. }) => true,
            Some(Verb::Gather { report_silence, .. }) => !report_silence,
            Some(
                Verb::Dial { .. } | Verb::Redirect { .. } | Verb::Reject | Verb::Hangup | Verb::Connect | Verb::Message { .. },
            ) => false,
        }
    }
}
