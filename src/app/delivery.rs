//! What names a delivery, so that a repeat is known (rule 28): a hash of where it came to and what it said.
//!
//! The same step with the same parameters is a repeat, whatever the provider's own name for it and however late; what a
//! provider adds when it retries or falls back does not count (the dialect leaves it out). A text is one delivery per
//! account and message.

use crate::dialect::Heard;
use crate::model::ids::AccountId;
use crate::store::journal::DeliveryId;
use sha2::{Digest, Sha256};

/// The delivery of a voice webhook. `place`: the route and, where there is one, the sealed token; `part`: which of its
/// events, from 0.
#[must_use]
pub fn of_call(account: &AccountId, place: &str, heard: &Heard, part: u8) -> DeliveryId {
    let mut pairs: Vec<&(String, String)> = heard.fingerprint.iter().collect();
    pairs.sort_unstable();
    let mut hash = hasher(account, place);
    hash.update([part]);
    for (name, value) in pairs {
        feed(&mut hash, name);
        feed(&mut hash, value);
    }
    cut(hash)
}

/// The delivery of a text.
#[must_use]
pub fn of_text(account: &AccountId, message: &str) -> DeliveryId {
    let mut hash = hasher(account, "message");
    feed(&mut hash, message);
    cut(hash)
}

/// A delivery that is named by hand: a replayed scenario's event.
#[must_use]
pub fn named(name: &str) -> DeliveryId {
    let mut hash = Sha256::new();
    feed(&mut hash, name);
    cut(hash)
}

fn hasher(account: &AccountId, place: &str) -> Sha256 {
    let mut hash = Sha256::new();
    feed(&mut hash, account.as_str());
    feed(&mut hash, place);
    hash
}

/// Lengths stand before texts, so that no two different lists feed the same bytes.
fn feed(hash: &mut Sha256, text: &str) {
    hash.update((text.len() as u64).to_be_bytes());
    hash.update(text.as_bytes());
}

fn cut(hash: Sha256) -> DeliveryId {
    let mut id = [0; 16];
    id.copy_from_slice(&hash.finalize()[..16]);
    DeliveryId(id)
}
