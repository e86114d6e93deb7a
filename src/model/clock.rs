//! Where the time of day comes from. Tests, the demo and the simulator own theirs.
//!
//! Four kinds: the time of day; a faster one; one that its owner moves; and one that jumps to the next moment somebody
//! waits for as soon as nobody is busy (`--speed max`). Whoever acts holds a [`Busy`] while it acts.
//!
//! Invariant: no clock ever goes back. Times of the database are made from [`Clock::now`], so if it followed a wall clock
//! that is set back by two hours, everything that waits would wait two hours longer (field case F18). It goes on instead, a
//! tenth slower than the wall clock, until that has caught up; [`Clock::lead`] says how far ahead it is.

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
    /// Starts at a moment and runs `speed` times as fast as real time.
    Fast {
        /// Where it started.
        start: DateTime<Utc>,
        /// When it started, in real time.
        since: Instant,
        /// How many seconds pass in one real second.
        speed: u32,
    },
    /// Moves only when its owner moves it, or by jumps where it was made with [`Clock::jumping`].
    Owned(Arc<Owned>),
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
    /// How far `now` is ahead of the wall clock, since that was set back.
    lead: TimeDelta,
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

    /// Moves the wall clock, and with it the time if that goes forth. Wakes whoever waited for a moment that is past now.
    fn move_by(self: &Arc<Self>, by: TimeDelta) {
        let mut woken = Vec::new();
        {
            let mut time = self.lock();
            let wall = time.now - time.lead + by;
            let moment = steady(time.now, by.max(TimeDelta::zero()), wall);
            (time.now, time.lead) = (moment, moment - wall);
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

/// The newest time that [`Clock::Real`] has told, and when that was.
static TOLD: Mutex<Option<(DateTime<Utc>, Instant)>> = Mutex::new(None);

/// The time after `passed`, where `told` was the time and the wall clock shows `wall`: that, unless it has been set back.
fn steady(told: DateTime<Utc>, passed: TimeDelta, wall: DateTime<Utc>) -> DateTime<Utc> {
    wall.max(told + passed - passed / 10)
}

/// The time of day by the wall clock, and the time that goes on when it is set back.
fn real_time() -> (DateTime<Utc>, DateTime<Utc>) {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the time of day")]
    let wall = Utc::now();
    let at = Instant::now();
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    let now = told.map_or(wall, |(told, since)| {
        let passed = TimeDelta::from_std(at.saturating_duration_since(since)).unwrap_or_default();
        steady(told, passed, wall)
    });
    *told = Some((now, at));
    (wall, now)
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
        let time =
            OwnedTime { now: start.trunc_subsecs(6), lead: TimeDelta::zero(), busy: 0, serial: 0, sleepers: BTreeMap::new() };
        Self::Owned(Arc::new(Owned { inner: Mutex::new(time), jumps }))
    }

    /// A clock that starts at `start` and runs `speed` times as fast.
    #[must_use]
    pub fn fast(start: DateTime<Utc>, speed: u32) -> Self {
        Self::Fast { start, since: Instant::now(), speed: speed.max(1) }
    }

    /// The time by this clock.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        let now = match self {
            Self::Real => real_time().1,
            Self::Fast { start, since, speed } => {
                let micros = i64::try_from(since.elapsed().as_micros()).unwrap_or(i64::MAX).saturating_mul(i64::from(*speed));
                *start + TimeDelta::microseconds(micros)
            }
            Self::Owned(owned) => owned.lock().now,
        };
        now.trunc_subsecs(6)
    }

    /// Moves the wall clock behind an owned clock, forth or back (the time itself never goes back); any other clock stays
    /// as it is.
    pub fn advance(&self, by: TimeDelta) {
        if let Self::Owned(owned) = self {
            owned.move_by(by);
        }
    }

    /// How far this clock is ahead of the wall clock, because that was set back.
    #[must_use]
    pub fn lead(&self) -> TimeDelta {
        match self {
            Self::Real => {
                let (wall, now) = real_time();
                now - wall
            }
            Self::Fast { .. } => TimeDelta::zero(),
            Self::Owned(owned) => owned.lock().lead,
        }
    }

    /// Makes the time at least `moment`: what the memory holds was written by then, so a wall clock that shows less was set
    /// back while nothing ran. A [`Clock::Fast`] stays as it is.
    pub fn go_on_from(&self, moment: DateTime<Utc>) {
        match self {
            Self::Real => {
                let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
                if told.is_none_or(|(told, _)| told < moment) {
                    *told = Some((moment, Instant::now()));
                }
            }
            Self::Fast { .. } => {}
            Self::Owned(owned) => {
                let behind = moment - owned.lock().now;
                if behind > TimeDelta::zero() {
                    let mut time = owned.lock();
                    time.now += behind;
                    time.lead += behind;
                }
            }
        }
    }

    /// Says that somebody acts from now until the value is dropped.
    #[must_use]
    pub fn busy(&self) -> Busy {
        match self {
            Self::Real | Self::Fast { .. } => Busy::default(),
            Self::Owned(owned) => owned.busy(),
        }
    }

    /// Gives up `busy` and sleeps until `moment` by this clock; whoever is woken is busy again. At once if it is past.
    pub async fn sleep_until(&self, busy: Busy, moment: DateTime<Utc>) -> Busy {
        match self {
            Self::Real => self.sleep_real(moment, 1).await,
            Self::Fast { speed, .. } => self.sleep_real(moment, *speed).await,
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
    async fn sleep_real(&self, moment: DateTime<Utc>, speed: u32) -> Busy {
        const SLICE: Duration = Duration::from_secs(1);
        loop {
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

    #[test]
    fn a_wall_clock_that_is_set_back_delays_nothing_by_that_much() {
        let clock = Clock::owned(start());
        clock.advance(TimeDelta::hours(-2));
        assert_eq!((clock.now(), clock.lead()), (start(), TimeDelta::hours(2)));
        clock.advance(TimeDelta::seconds(100));
        assert_eq!(clock.now(), start() + TimeDelta::seconds(90), "it goes on, a tenth slower");
        clock.advance(TimeDelta::hours(20));
        assert_eq!(clock.lead(), TimeDelta::zero(), "by then the wall clock has caught up");
        assert_eq!(clock.now(), start() + TimeDelta::hours(18) + TimeDelta::seconds(100));
        clock.advance(TimeDelta::hours(1));
        assert_eq!(clock.now(), start() + TimeDelta::hours(19) + TimeDelta::seconds(100), "forth it follows at once");
    }

    #[test]
    fn the_time_goes_on_from_what_the_memory_holds() {
        let clock = Clock::owned(start());
        clock.go_on_from(start() - TimeDelta::hours(1));
        assert_eq!((clock.now(), clock.lead()), (start(), TimeDelta::zero()));
        clock.go_on_from(start() + TimeDelta::hours(1));
        assert_eq!((clock.now(), clock.lead()), (start() + TimeDelta::hours(1), TimeDelta::hours(1)));
    }

    #[tokio::test]
    async fn the_time_of_day_never_goes_back() {
        let first = Clock::Real.now();
        assert!(Clock::Real.now() >= first);
        assert!(Clock::Real.lead() < TimeDelta::seconds(1));
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
