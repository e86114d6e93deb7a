//! The engine: what every use case needs, made once at the start. No globals; tests make as many as they like.

use crate::app::pace::Pace;
use crate::app::under_way::UnderWay;
use crate::model::answer::Answer;
use crate::model::clock::{Busy, Clock};
use crate::model::ids::{IdSource, LineId};
use crate::model::token::StepToken;
use crate::outbound::carrier::Carrier;
use crate::outbound::mail::Mailer;
use crate::store::Store;
use crate::store::journal::Journal;
use crate::store::seal::Keys;
use crate::store::snapshot::SettingsMemory;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use tokio::sync::Notify;
use tokio_util::task::TaskTracker;

/// What the engine is made of.
#[derive(Debug)]
pub struct App {
    /// The memory.
    pub store: Store,
    /// The memory of calls.
    pub journal: Journal,
    /// Settings, lines and accounts in memory.
    pub settings: SettingsMemory,
    /// Seals tokens and secrets.
    pub keys: Keys,
    /// The time.
    pub clock: Clock,
    /// Fresh ids.
    pub ids: IdSource,
    /// REST requests.
    pub carrier: Carrier,
    /// Mails.
    pub mailer: Mailer,
    /// What providers call and sign, without a slash at the end.
    pub public_url: String,
    /// Where help is written that could not be recorded; None: nowhere (a temporary database).
    pub spool: Option<PathBuf>,
    /// Tasks that the end waits for.
    pub tasks: TaskTracker,
    /// Wakes whoever runs jobs.
    pub work: WorkBell,
    /// How fast orders follow each other.
    pub pace: Pace,
    /// What was begun and is not finished.
    pub under_way: UnderWay,
    /// Refused webhooks of late, line by line (promise 7).
    pub refused: Mutex<HashMap<LineId, Vec<chrono::DateTime<chrono::Utc>>>>,
    /// What the words of deliveries mean, where that is given (`replay --words-as-given`).
    pub words_given: WordsGiven,
}

impl App {
    /// Seals a token for a URL of that line.
    #[must_use]
    pub fn seal(&self, token: &StepToken, line: &LineId) -> String {
        self.keys.seal_token(token, line)
    }
}

/// Tells whoever runs jobs that there are new ones. Carries a [`Busy`], so that a jumping clock waits for the work.
#[derive(Debug, Default)]
pub struct WorkBell {
    notify: Notify,
    busy: Mutex<Option<Busy>>,
}

impl WorkBell {
    /// Rings.
    pub fn ring(&self, clock: &Clock) {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| clock.busy());
        self.notify.notify_one();
    }

    /// Waits until it rings.
    pub async fn heard(&self) -> Busy {
        self.notify.notified().await;
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }
}

/// Meanings handed in per delivery, so that a replay tests the rules and not the understanding of words.
#[derive(Debug, Default)]
pub struct WordsGiven(Mutex<Option<Answer>>);

impl WordsGiven {
    /// The meaning of the words of the delivery that comes next; None: they are understood as always.
    pub fn set(&self, answer: Option<Answer>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = answer;
    }

    /// What is given now.
    #[must_use]
    pub fn get(&self) -> Option<Answer> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
