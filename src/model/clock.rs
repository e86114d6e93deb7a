//! Where the time of day comes from. Tests, the demo and the simulator own theirs.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// A clock that can be handed around. All times are UTC, cut to microseconds (PostgreSQL keeps no more).
#[derive(Debug, Clone)]
pub enum Clock {
    /// The time of day.
    Real,
    /// Starts at a moment and runs `speed` times as fast as real time.
    Fast {
        /// Where it started.
        start: DateTime<Utc>,
        /// When it started, in real time.
        since: Instant,
        /// How many seconds pass in one real second.
        speed: u32,
    },
    /// Moves only when its owner moves it.
    Owned(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    /// A clock that its owner moves.
    #[must_use]
    pub fn owned(start: DateTime<Utc>) -> Self {
        Self::Owned(Arc::new(Mutex::new(start.trunc_subsecs(6))))
    }

    /// A clock that starts now and runs `speed` times as fast.
    #[must_use]
    pub fn fast(start: DateTime<Utc>, speed: u32) -> Self {
        Self::Fast { start, since: Instant::now(), speed: speed.max(1) }
    }

    /// The time by this clock.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the time of day")]
        let now = match self {
            Self::Real => Utc::now(),
            Self::Fast { start, since, speed } => {
                let micros = i64::try_from(since.elapsed().as_micros()).unwrap_or(i64::MAX).saturating_mul(i64::from(*speed));
                *start + TimeDelta::microseconds(micros)
            }
            Self::Owned(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        };
        now.trunc_subsecs(6)
    }

    /// Moves an owned clock; any other clock stays as it is.
    pub fn advance(&self, by: TimeDelta) {
        if let Self::Owned(at) = self {
            let mut at = at.lock().unwrap_or_else(PoisonError::into_inner);
            *at += by;
        }
    }

    /// How long to sleep in real time until `moment` by this clock; zero if it is past. None: only its owner moves it.
    #[must_use]
    pub fn real_time_until(&self, moment: DateTime<Utc>) -> Option<std::time::Duration> {
        let left = (moment - self.now()).to_std().unwrap_or_default();
        match self {
            Self::Real => Some(left),
            Self::Fast { speed, .. } => Some(left / *speed),
            Self::Owned(_) => None,
        }
    }
}
