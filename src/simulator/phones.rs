//! The phones of the simulated world, as data: who answers after how long, and what is done then. Times are in seconds of
//! the simulated clock.

/// What happens when a phone is rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ring {
    /// A person picks up.
    Answers {
        /// After this long.
        after_seconds: u32,
    },
    /// A machine picks up, plays a greeting and beeps.
    Voicemail {
        /// After this long.
        after_seconds: u32,
        /// How long the greeting lasts.
        greeting_seconds: u32,
    },
    /// A person picks up, and machine detection takes the first words for a greeting.
    TakenForMachine {
        /// After this long.
        after_seconds: u32,
    },
    /// A fax picks up.
    Fax {
        /// After this long.
        after_seconds: u32,
    },
    /// Engaged.
    Busy,
    /// Rings in vain.
    NoAnswer,
    /// Cannot be routed.
    Unroutable,
}

/// What a person does at one gather.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reaction {
    /// Presses one key, even while the words are still spoken.
    Key {
        /// The key.
        key: char,
        /// Counted from the first word.
        after_seconds: u32,
    },
    /// Speaks once the words are over.
    Words {
        /// What the recogniser hears.
        text: String,
        /// How sure it is, in percent.
        confidence_percent: u8,
        /// Counted from the last word.
        after_seconds: u32,
    },
    /// Does nothing.
    Silence,
    /// Hangs up.
    HangUp {
        /// Counted from the first word.
        after_seconds: u32,
    },
}

impl Reaction {
    /// A key after three seconds.
    #[must_use]
    pub const fn key(key: char) -> Self {
        Self::Key { key, after_seconds: 3 }
    }

    /// Words a second after the prompt.
    #[must_use]
    pub fn words(text: &str) -> Self {
        Self::Words { text: text.to_owned(), confidence_percent: 90, after_seconds: 1 }
    }
}

/// One phone and the person (or machine) behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    /// What happens when it is rung: one entry a call, the last one for all further calls.
    pub rings: Vec<Ring>,
    /// What is done at each gather of a call, in order; silence afterwards. One list a call, the last one for all further.
    pub reactions: Vec<Vec<Reaction>>,
    /// As a desk: how long it talks before it hangs up.
    pub talk_seconds: u32,
    /// As a traveller: hangs up this long after the forward began, if no desk is there yet.
    pub patience_seconds: Option<u32>,
}

impl Phone {
    /// A person who picks up after `after_seconds` and does these things.
    #[must_use]
    pub fn person(after_seconds: u32, reactions: Vec<Reaction>) -> Self {
        Self {
            rings: vec![Ring::Answers { after_seconds }],
            reactions: vec![reactions],
            talk_seconds: 20,
            patience_seconds: None,
        }
    }

    /// A phone on which nobody does anything but what `ring` says.
    #[must_use]
    pub fn ringing(ring: Ring) -> Self {
        Self { rings: vec![ring], reactions: vec![Vec::new()], talk_seconds: 20, patience_seconds: None }
    }

    /// The ring and the reactions of the call number `call`, from 0.
    #[must_use]
    pub fn on_call(&self, call: usize) -> (Ring, Vec<Reaction>) {
        let ring = self.rings.get(call).or(self.rings.last()).cloned().unwrap_or(Ring::NoAnswer);
        let reactions = self.reactions.get(call).or(self.reactions.last()).cloned().unwrap_or_default();
        (ring, reactions)
    }
}
