//! How fast the orders of an account may follow each other: its calls per second, and pauses after faults. A pause stops
//! the account's queue and burns nobody's attempt.
//!
//! Invariant: all of it is in memory: after a restart an account that still refuses says so again.

use crate::model::ids::AccountId;
use crate::model::limits;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The pace of all accounts.
#[derive(Debug, Default)]
pub struct Pace(Mutex<HashMap<AccountId, Queue>>);

/// The queue of one account.
#[derive(Debug, Clone, Copy)]
struct Queue {
    /// When the next order may go.
    next_at: DateTime<Utc>,
    /// Nothing goes before.
    paused_until: DateTime<Utc>,
    /// Orders without an answer, in a row.
    unanswered: u32,
}

impl Default for Queue {
    fn default() -> Self {
        Self { next_at: DateTime::<Utc>::MIN_UTC, paused_until: DateTime::<Utc>::MIN_UTC, unanswered: 0 }
    }
}

impl Pace {
    fn lock(&self) -> MutexGuard<'_, HashMap<AccountId, Queue>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When the account may take its next order; a moment in the past: now.
    #[must_use]
    pub fn ready_at(&self, account: &AccountId) -> DateTime<Utc> {
        self.lock().get(account).map_or(DateTime::<Utc>::MIN_UTC, |queue| queue.next_at.max(queue.paused_until))
    }

    /// Takes the turn of one order: false where its time has not come. A fast account may make up for a tenth of a second
    /// in which nobody looked.
    pub fn take_turn(&self, account: &AccountId, calls_per_second: f64, now: DateTime<Utc>) -> bool {
        let mut queues = self.lock();
        let queue = queues.entry(account.clone()).or_default();
        if queue.next_at.max(queue.paused_until) > now {
            return false;
        }
        let apart = apart(calls_per_second);
        let earliest = if apart < CATCH_UP { now - CATCH_UP } else { now };
        queue.next_at = queue.next_at.max(earliest) + apart;
        true
    }

    /// No order goes for so long.
    pub fn pause(&self, account: &AccountId, now: DateTime<Utc>, seconds: i64) {
        let mut queues = self.lock();
        let queue = queues.entry(account.clone()).or_default();
        queue.paused_until = queue.paused_until.max(now + TimeDelta::seconds(seconds));
    }

    /// An order got no answer: the next one waits, longer each time.
    pub fn unanswered(&self, account: &AccountId, now: DateTime<Utc>) {
        let times = {
            let mut queues = self.lock();
            let queue = queues.entry(account.clone()).or_default();
            queue.unanswered = queue.unanswered.saturating_add(1);
            queue.unanswered
        };
        let seconds = limits::UNREACHABLE_PAUSE_SECONDS << times.saturating_sub(1).min(8);
        self.pause(account, now, seconds.min(limits::ACCOUNT_FAULT_PAUSE_SECONDS));
    }

    /// The provider answers.
    pub fn answered(&self, account: &AccountId) {
        if let Some(queue) = self.lock().get_mut(account) {
            queue.unanswered = 0;
        }
    }
}

/// How much an account may make up for.
const CATCH_UP: TimeDelta = TimeDelta::milliseconds(100);

/// From one order to the next. An account with a number that is none is called once a second.
fn apart(calls_per_second: f64) -> TimeDelta {
    let seconds = if calls_per_second.is_finite() && calls_per_second > 0.0 { 1.0 / calls_per_second } else { 1.0 };
    let apart = std::time::Duration::try_from_secs_f64(seconds).ok().and_then(|apart| TimeDelta::from_std(apart).ok());
    apart.unwrap_or(TimeDelta::hours(1)).min(TimeDelta::hours(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap() + TimeDelta::milliseconds(ms)
    }

    fn turns(pace: &Pace, calls_per_second: f64, ms: i64) -> usize {
        let account = AccountId::new("main").unwrap();
        (0..1_000).take_while(|_| pace.take_turn(&account, calls_per_second, at(ms))).count()
    }

    #[test]
    fn orders_are_as_far_apart_as_the_account_says() {
        let pace = Pace::default();
        assert_eq!(turns(&pace, 1.0, 0), 1);
        assert_eq!(turns(&pace, 1.0, 999), 0);
        assert_eq!(turns(&pace, 1.0, 1_000), 1);
        assert_eq!(turns(&pace, 1.0, 60_000), 1, "nothing is saved up");
        assert_eq!(turns(&Pace::default(), 0.1, 0), 1);
    }

    #[test]
    fn a_fast_account_keeps_its_rate_when_looked_at_now_and_then() {
        let pace = Pace::default();
        let total: usize = (0..100).map(|look| turns(&pace, 100.0, look * 50)).sum();
        assert!((495..=515).contains(&total), "{total} in 5 s at 100 a second");
    }

    #[test]
    fn a_number_that_is_none_is_once_a_second() {
        for rate in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(apart(rate), TimeDelta::seconds(1), "{rate}");
        }
        assert_eq!(apart(1e-300), TimeDelta::hours(1));
    }

    #[test]
    fn pauses_hold_the_queue_and_grow_while_nobody_answers() {
        let pace = Pace::default();
        let account = AccountId::new("main").unwrap();
        pace.pause(&account, at(0), 90);
        pace.pause(&account, at(0), 5);
        assert_eq!(pace.ready_at(&account), at(90_000), "a shorter pause ends no longer one");
        let pace = Pace::default();
        for seconds in [5, 10, 20, 40, 60, 60] {
            pace.unanswered(&account, at(0));
            assert_eq!(pace.ready_at(&account), at(seconds * 1_000));
        }
        pace.answered(&account);
        pace.unanswered(&account, at(100_000));
        assert_eq!(pace.ready_at(&account), at(105_000));
        assert_eq!(pace.ready_at(&AccountId::new("other").unwrap()), DateTime::<Utc>::MIN_UTC);
    }
}
