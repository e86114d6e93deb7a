//! Tells a call as it happens on the traveller's phone: what is done there becomes the script of the simulated phone, what
//! is heard and who is connected is looked for afterwards, in this order.

use crate::support::test_app::{LINE, TestApp, phone};
use assistline::model::phone::PhoneNumber;
use assistline::simulator::observation::{Observation, What};
use assistline::simulator::phones::{Phone, Reaction, Ring};

/// One thing that is expected, in order.
#[derive(Debug, Clone)]
enum Expected {
    Hears(PhoneNumber, String),
    Rings(PhoneNumber),
    Connected(PhoneNumber),
    Ended(&'static str),
}

/// One call in the telling.
pub(crate) struct Story<'a> {
    app: &'a TestApp,
    number: PhoneNumber,
    after_seconds: u32,
    reactions: Vec<Reaction>,
    patience_seconds: Option<u32>,
    ring: Option<Ring>,
    /// None: we ring them, as this traveller.
    rings_in: Option<(&'a str, &'a str)>,
    traveller: &'a str,
    expected: Vec<Expected>,
}

/// What was seen of a call that was told.
pub(crate) struct Told {
    /// The provider's id.
    pub(crate) sid: String,
    /// What was seen of it.
    pub(crate) seen: Vec<Observation>,
}

impl TestApp {
    /// A phone, told about.
    pub(crate) fn traveller<'a>(&'a self, id: &'a str, number: &str) -> Story<'a> {
        Story {
            app: self,
            number: phone(number),
            after_seconds: 4,
            reactions: Vec::new(),
            patience_seconds: None,
            ring: None,
            rings_in: None,
            traveller: id,
            expected: Vec::new(),
        }
    }
}

impl<'a> Story<'a> {
    /// We ring them, for a status query.
    pub(crate) fn is_called(self) -> Self {
        self
    }

    /// They ring the emergency number; the line sees this as caller.
    pub(crate) fn rings_us_as(mut self, shown: &'a str) -> Self {
        self.rings_in = Some((shown, LINE));
        self
    }

    /// They ring another number.
    pub(crate) fn rings(mut self, shown: &'a str, line: &'a str) -> Self {
        self.rings_in = Some((shown, line));
        self
    }

    /// What picks up instead of a person.
    pub(crate) fn is_answered_by(mut self, ring: Ring) -> Self {
        self.ring = Some(ring);
        self
    }

    /// These words come, somewhere in what is heard next.
    pub(crate) fn hears(mut self, words: &str) -> Self {
        self.expected.push(Expected::Hears(self.number.clone(), words.to_owned()));
        self
    }

    /// A desk hears these words next.
    pub(crate) fn desk_hears(mut self, desk: &str, words: &str) -> Self {
        self.expected.push(Expected::Hears(phone(desk), words.to_owned()));
        self
    }

    /// Presses a key at the next gather.
    pub(crate) fn presses(mut self, key: char) -> Self {
        self.reactions.push(Reaction::key(key));
        self
    }

    /// Speaks at the next gather.
    pub(crate) fn says(mut self, words: &str) -> Self {
        self.reactions.push(Reaction::words(words));
        self
    }

    /// Does nothing at the next gather.
    pub(crate) fn stays_silent(mut self) -> Self {
        self.reactions.push(Reaction::Silence);
        self
    }

    /// Hangs up in the next gather.
    pub(crate) fn hangs_up(mut self) -> Self {
        self.reactions.push(Reaction::HangUp { after_seconds: 2 });
        self
    }

    /// Hangs up so long after a desk began to ring.
    pub(crate) fn gives_up_after(mut self, seconds: u32) -> Self {
        self.patience_seconds = Some(seconds);
        self
    }

    /// A desk begins to ring next.
    pub(crate) fn rings_at(mut self, desk: &str) -> Self {
        self.expected.push(Expected::Rings(phone(desk)));
        self
    }

    /// The two lines meet next.
    pub(crate) fn is_forwarded_to(mut self, desk: &str) -> Self {
        self.expected.push(Expected::Connected(phone(desk)));
        self
    }

    /// The line ends so.
    pub(crate) fn ends(mut self, status: &'static str) -> Self {
        self.expected.push(Expected::Ended(status));
        self
    }

    /// The phone's script is set and the call begins; nothing is looked for yet.
    pub(crate) async fn begin(&self) -> Option<String> {
        let mut script = Phone::person(self.after_seconds, self.reactions.clone());
        script.patience_seconds = self.patience_seconds;
        if let Some(ring) = &self.ring {
            script.rings = vec![ring.clone()];
        }
        self.app.provider.set_phone(&self.number, script);
        match self.rings_in {
            Some((shown, line)) => self.app.provider.ring_in(&self.number, shown, &phone(line)),
            None => {
                self.app.asks(&[self.traveller]).await;
                None
            }
        }
    }

    /// Plays the whole call and looks for what was expected.
    pub(crate) async fn tell(self) -> Told {
        let before = self.app.seen().len();
        let sid = self.begin().await;
        self.app.until_quiet().await;
        self.look(before, sid)
    }

    /// Looks for what was expected in what was seen since `before`.
    pub(crate) fn look(&self, before: usize, sid: Option<String>) -> Told {
        let seen = self.app.seen().split_off(before);
        let first =
            || seen.iter().find(|observation| observation.phone == self.number).map(|observation| observation.call.clone());
        let sid = sid.or_else(first).expect("a call");
        let seen: Vec<Observation> = seen.into_iter().filter(|observation| observation.call == sid).collect();
        let mut rest = seen.iter();
        for expected in &self.expected {
            assert!(
                rest.any(|observation| expected.is(observation)),
                "{expected:?} does not come in its place in {}",
                shown(&seen)
            );
        }
        let faults = self.app.faults();
        assert!(faults.is_empty(), "{faults:?} in {}", shown(&seen));
        Told { sid, seen }
    }
}

impl Expected {
    fn is(&self, observation: &Observation) -> bool {
        match (self, &observation.what) {
            (Self::Hears(number, words), What::Hears { text, .. }) => *number == observation.phone && text.contains(words),
            (Self::Rings(desk), What::DeskRings) => *desk == observation.phone,
            (Self::Connected(desk), What::Connected { desk: connected }) => desk == connected,
            (Self::Ended(status), What::Ended(ended)) => status == ended,
            _ => false,
        }
    }
}

impl Told {
    /// All desks that rang, in order.
    pub(crate) fn desks(&self) -> Vec<String> {
        let rings = self.seen.iter().filter(|observation| observation.what == What::DeskRings);
        rings.map(|observation| observation.phone.e164().to_owned()).collect()
    }

    /// The documents that were answered, in order.
    pub(crate) fn documents(&self) -> Vec<String> {
        let answers = self.seen.iter().filter_map(|observation| match &observation.what {
            What::Exchange { response, .. } => response.split_once('\n').map(|(_, document)| document.to_owned()),
            _ => None,
        });
        answers.collect()
    }

    /// Was anybody connected?
    pub(crate) fn is_connected(&self) -> bool {
        self.seen.iter().any(|observation| matches!(observation.what, What::Connected { .. }))
    }

    /// Everything that this phone heard.
    pub(crate) fn heard_by(&self, number: &str) -> String {
        let number = phone(number);
        let words =
            self.seen.iter().filter(|observation| observation.phone == number).filter_map(|observation| {
                match &observation.what {
                    What::Hears { text, .. } => Some(text.as_str()),
                    _ => None,
                }
            });
        words.collect::<Vec<_>>().join(" | ")
    }
}

fn shown(seen: &[Observation]) -> String {
    let lines = seen
        .iter()
        .filter(|observation| !matches!(observation.what, What::Exchange { .. }))
        .map(|observation| format!("\n  {} {} {:?}", observation.at.format("%T"), observation.phone.e164(), observation.what));
    lines.collect()
}
