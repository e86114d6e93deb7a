//! Where the time of day comes from. Tests, the demo and the simulator own theirs.
//!
//! Four kinds: the time of day; a faster one; one that its owner moves; and one that jumps to the next moment somebody
//! waits for as soon as nobody is busy (`--speed max`). Whoever acts holds a `Busy` while it acts.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// A clock that can be handed around. All times are UTC, cut to microseconds (PostgreSQL keeps no more).
#[derive(Debug, Clone)]
pub enum Clock {
    /// The time of day.
    Real,
    /// Runs so many times as fast as real time; made with [`Clock::fast`].
    Fast(Arc<Mutex<Pace>>),
    /// Moves only when its owner moves it, or by jumps where it was made with [`Clock::jumping`].
    Owned(Arc<Owned>),
}

/// The inside of a faster clock.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Where it started.
    start: DateTime<Utc>,
    /// When that was, in real time.
    since: Instant,
    /// How many seconds pass in one real second.
    speed: u32,
}

impl Pace {
    fn now(&self) -> DateTime<Utc> {
        let micros = i64::try_from(self.since.elapsed().as_micros()).unwrap_or(i64::MAX).saturating_mul(i64::from(self.speed));
        self.start + TimeDelta::microseconds(micros)
    }
}

/// The inside of an owned clock.
#[derive(Debug)]
pub struct Owned {
    inner: Mutex<OwnedTime>,
    /// Does it jump to the next sleeper when nobody is busy?
    jumps: bool,
}

#[derive(Debug)]
struct OwnedTime {
    now: DateTime<Utc>,
    busy: usize,
    serial: u64,
    sleepers: BTreeMap<(DateTime<Utc>, u64), oneshot::Sender<Busy>>,
}

/// Proof that somebody acts: a jumping clock stands still while one is held. Costs nothing on other clocks.
#[derive(Debug, Default)]
pub struct Busy(Option<Arc<Owned>>);

impl Clone for Busy {
    fn clone(&self) -> Self {
        self.0.as_ref().map_or_else(Self::default, Owned::busy)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some(clock) = self.0.take() {
            clock.rest();
        }
    }
}

impl Owned {
    fn lock(&self) -> MutexGuard<'_, OwnedTime> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn busy(self: &Arc<Self>) -> Busy {
        self.lock().busy += 1;
        Busy(Some(Arc::clone(self)))
    }

    /// One is busy no more. If that was the last, the clock jumps, and whoever waited for that moment is busy now.
    fn rest(self: &Arc<Self>) {
        let mut time = self.lock();
        time.busy = time.busy.saturating_sub(1);
        while self.jumps && time.busy == 0 {
            let Some(((at, _), sleeper)) = time.sleepers.pop_first() else { return };
            time.now = time.now.max(at);
            time.busy += 1;
            drop(time);
            // A sleeper that was given up hands its share back; its drop must not jump while this loop runs.
            match sleeper.send(Busy(Some(Arc::clone(self)))) {
                Ok(()) => return,
                Err(mut unwanted) => unwanted.0 = None,
            }
            time = self.lock();
            time.busy = time.busy.saturating_sub(1);
        }
    }

    /// Moves the clock and wakes whoever waited for a moment that is past now.
    fn move_to(self: &Arc<Self>, moment: DateTime<Utc>) {
        let mut woken = Vec::new();
        {
            let mut time = self.lock();
            time.now = moment;
            while let Some(entry) = time.sleepers.first_entry() {
                if entry.key().0 > moment {
                    break;
                }
                woken.push(entry.remove());
                time.busy += 1;
            }
        }
        for sleeper in woken {
            drop(sleeper.send(Busy(Some(Arc::clone(self)))));
        }
    }
}

impl Clock {
    /// A clock that only its owner moves.
    #[must_use]
    pub fn owned(start: DateTime<Utc>) -> Self {
        Self::made(start, false)
    }

    /// A clock that jumps to the next moment somebody waits for as soon as nobody is busy.
    #[must_use]
    pub fn jumping(start: DateTime<Utc>) -> Self {
        Self::made(start, true)
    }

    fn made(start: DateTime<Utc>, jumps: bool) -> Self {
        let time = OwnedTime { now: start.trunc_subsecs(6), busy: 0, serial: 0, sleepers: BTreeMap::new() };
        Self::Owned(Arc::new(Owned { inner: Mutex::new(time), jumps }))
    }

    /// A clock that starts at `start` and runs `speed` times as fast.
    #[must_use]
    pub fn fast(start: DateTime<Utc>, speed: u32) -> Self {
        Self::Fast(Arc::new(Mutex::new(Pace { start, since: Instant::now(), speed: speed.max(1) })))
    }

    /// From now on it runs so many times as fast; only a clock made with [`Clock::fast`] does, any other stays as it is.
    pub fn set_speed(&self, speed: u32) {
        if let Self::Fast(pace) = self {
            let mut pace = pace.lock().unwrap_or_else(PoisonError::into_inner);
            *pace = Pace { start: pace.now(), since: Instant::now(), speed: speed.max(1) };
        }
    }

    /// The time by this clock.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the time of day")]
        let now = match self {
            Self::Real => Utc::now(),
            Self::Fast(pace) => pace.lock().unwrap_or_else(PoisonError::into_inner).now(),
            Self::Owned(owned) => owned.lock().now,
        };
        now.trunc_subsecs(6)
    }

    /// Moves an owned clock, forth or back; any other clock stays as it is.
    pub fn advance(&self, by: TimeDelta) {
        if let Self::Owned(owned) = self {
            let moment = owned.lock().now + by;
            owned.move_to(moment);
        }
    }

    /// Says that somebody acts from now until the value is dropped.
    #[must_use]
    pub fn busy(&self) -> Busy {
        match self {
            Self::Real | Self::Fast(_) => Busy::default(),
            Self::Owned(owned) => owned.busy(),
        }
    }

    /// Gives up `busy` and sleeps until `moment` by this clock; whoever is woken is busy again. At once if it is past.
    pub async fn sleep_until(&self, busy: Busy, moment: DateTime<Utc>) -> Busy {
        match self {
            Self::Real | Self::Fast(_) => self.sleep_real(moment).await,
            Self::Owned(owned) => {
                let woken = {
                    let mut time = owned.lock();
                    if moment <= time.now {
                        return busy;
                    }
                    let (wake, woken) = oneshot::channel();
                    time.serial += 1;
                    let serial = time.serial;
                    time.sleepers.insert((moment, serial), wake);
                    woken
                };
                drop(busy);
                // The sender lives in the clock as long as we do; if it is gone all the same, nothing is left to wait for.
                woken.await.unwrap_or_default()
            }
        }
    }

    /// Sleeps in slices: the wall clock may jump, and nothing may oversleep because of it (field case F18).
    async fn sleep_real(&self, moment: DateTime<Utc>) -> Busy {
        const SLICE: Duration = Duration::from_secs(1);
        loop {
            let speed = match self {
                Self::Fast(pace) => pace.lock().unwrap_or_else(PoisonError::into_inner).speed,
                Self::Real | Self::Owned(_) => 1,
            };
            let left = (moment - self.now()).to_std().unwrap_or_default() / speed;
            if left.is_zero() {
                return Busy::default();
            }
            tokio::time::sleep(left.min(SLICE)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    #[tokio::test]
    async fn a_jumping_clock_moves_only_when_nobody_is_busy() {
        let clock = Clock::jumping(start());
        let busy = clock.busy();
        let hour = start() + TimeDelta::hours(1);
        let sleeper = {
            let clock = clock.clone();
            async move { clock.sleep_until(Busy::default(), hour).await }
        };
        let mut sleeper = Box::pin(sleeper);
        assert!(tokio::time::timeout(Duration::from_millis(20), &mut sleeper).await.is_err());
        assert_eq!(clock.now(), start());
        drop(busy);
        let woken = sleeper.await;
        assert_eq!(clock.now(), hour);
        drop(woken);
        assert_eq!(clock.now(), hour, "nobody waits any more, so it stands");
    }

    #[tokio::test]
    async fn a_sleeper_that_was_given_up_does_not_stop_the_clock() {
        let clock = Clock::jumping(start());
        let busy = clock.busy();
        for minutes in [1, 2] {
            let waiting = clock.sleep_until(Busy::default(), start() + TimeDelta::minutes(minutes));
            assert!(tokio::time::timeout(Duration::from_millis(5), waiting).await.is_err());
        }
        let last = {
            let clock = clock.clone();
            async move { clock.sleep_until(Busy::default(), start() + TimeDelta::minutes(3)).await }
        };
        let mut last = Box::pin(last);
        assert!(tokio::time::timeout(Duration::from_millis(5), &mut last).await.is_err());
        drop(busy);
        drop(last.await);
        assert_eq!(clock.now(), start() + TimeDelta::minutes(3));
    }

    #[tokio::test]
    async fn an_owned_clock_wakes_those_whose_moment_has_come() {
        let clock = Clock::owned(start());
        let mut sleeper = Box::pin(clock.sleep_until(Busy::default(), start() + TimeDelta::minutes(5)));
        assert!(tokio::time::timeout(Duration::from_millis(5), &mut sleeper).await.is_err());
        clock.advance(TimeDelta::minutes(4));
        assert!(tokio::time::timeout(Duration::from_millis(5), &mut sleeper).await.is_err());
        clock.advance(TimeDelta::minutes(1));
        sleeper.await;
    }
}
