//! What this process has begun and not finished: deadlines that are being judged, errands, mails, orders at a provider.
//! It keeps one look from starting what another has started, and tells who waits when all of it is done.

use crate::model::ids::{CallId, QueryId};
use crate::model::limits;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// All of it.
#[derive(Debug)]
pub struct UnderWay {
    /// Everything that was started, whatever it is.
    pub work: Counted<()>,
    /// Orders of a query: from their claim until the provider's answer is written down.
    pub orders: Counted<QueryId>,
    deadlines: Mutex<HashSet<(CallId, u32)>>,
    errands: Arc<Semaphore>,
    mails: Arc<Semaphore>,
}

impl Default for UnderWay {
    fn default() -> Self {
        Self {
            work: Counted::default(),
            orders: Counted::default(),
            deadlines: Mutex::default(),
            errands: Arc::new(Semaphore::new(limits::ERRANDS_AT_ONCE_MAX)),
            mails: Arc::new(Semaphore::new(limits::MAILS_AT_ONCE_MAX)),
        }
    }
}

impl UnderWay {
    /// Begins with a deadline: false where that was done before.
    pub fn begin_deadline(&self, call: CallId, serial: u32) -> bool {
        self.deadlines.lock().unwrap_or_else(PoisonError::into_inner).insert((call, serial))
    }

    /// The deadline was judged, or could not be.
    pub fn end_deadline(&self, call: CallId, serial: u32) {
        self.deadlines.lock().unwrap_or_else(PoisonError::into_inner).remove(&(call, serial));
    }

    /// How many errands may begin.
    #[must_use]
    pub fn errands_free(&self) -> usize {
        self.errands.available_permits()
    }

    /// How many mails may begin.
    #[must_use]
    pub fn mails_free(&self) -> usize {
        self.mails.available_permits()
    }

    /// The place of one errand; none is left where [`UnderWay::errands_free`] said so.
    #[must_use]
    pub fn errand(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.errands).try_acquire_owned().ok()
    }

    /// The place of one mail.
    #[must_use]
    pub fn mail(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.mails).try_acquire_owned().ok()
    }
}

/// Counts what is under way, by a name.
#[derive(Debug)]
pub struct Counted<Name>(Arc<Inner<Name>>);

#[derive(Debug)]
struct Inner<Name> {
    counts: Mutex<HashMap<Name, usize>>,
    ended: Notify,
}

impl<Name> Default for Counted<Name> {
    fn default() -> Self {
        Self(Arc::new(Inner { counts: Mutex::default(), ended: Notify::new() }))
    }
}

impl<Name: Eq + Hash + Copy> Counted<Name> {
    /// One more begins; it ends when the value is dropped.
    #[must_use]
    pub fn begin(&self, name: Name) -> Begun<Name> {
        *self.0.counts.lock().unwrap_or_else(PoisonError::into_inner).entry(name).or_default() += 1;
        Begun { of: Arc::clone(&self.0), name }
    }

    /// Waits until none of that name is under way.
    pub async fn none_left(&self, name: Name) {
        loop {
            let ended = self.0.ended.notified();
            tokio::pin!(ended);
            // Listens before it looks, so that no end is missed.
            ended.as_mut().enable();
            if !self.0.counts.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&name) {
                return;
            }
            ended.await;
        }
    }
}

/// Something is under way until this is dropped.
#[derive(Debug)]
pub struct Begun<Name: Eq + Hash + Copy> {
    of: Arc<Inner<Name>>,
    name: Name,
}

impl<Name: Eq + Hash + Copy> Drop for Begun<Name> {
    fn drop(&mut self) {
        let mut counts = self.of.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.name) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.name);
                self.of.ended.notify_waiters();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn who_waits_is_told_when_the_last_one_ends() {
        let counted: Counted<u8> = Counted::default();
        counted.none_left(1).await;
        let (first, second, other) = (counted.begin(1), counted.begin(1), counted.begin(2));
        drop(first);
        assert!(tokio::time::timeout(Duration::from_millis(5), counted.none_left(1)).await.is_err());
        drop(second);
        counted.none_left(1).await;
        drop(other);
        counted.none_left(2).await;
    }

    #[test]
    fn a_deadline_is_begun_once() {
        let under_way = UnderWay::default();
        let call = CallId(uuid::Uuid::from_u128(1));
        assert!(under_way.begin_deadline(call, 1));
        assert!(!under_way.begin_deadline(call, 1));
        assert!(under_way.begin_deadline(call, 2));
        under_way.end_deadline(call, 1);
        assert!(under_way.begin_deadline(call, 1));
    }
}
