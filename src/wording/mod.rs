//! All words for people: what travellers, desks and duty officers hear and read. Layer 1: no I/O.
//!
//! A message (`Message`, `Text`) is a list of whole sentences; the sentences of a language stand in one
//! file below `words/`, and `messages.json` says which sentences a message may hold, in which order and how long it may be.
//!
//! Invariant: nothing here fails and nothing here is silent. A language without a usable file is spoken in the
//! organisation's next one, then in English, and a placeholder is always replaced.

/// Names and other people's words, made fit to be spoken and written.
pub mod clean;
/// How long words take to speak.
pub mod estimate;
/// Every sentence there is, by name.
pub mod sentence;
/// A language file, read and checked.
pub mod words;
/// Phone numbers in groups, written and spoken.
pub mod number;
/// `messages.json`: order, limits and longest parameters.
pub mod rules;
/// What is spoken.
pub mod message;
/// What is sent as a text.
pub mod text;
/// What is sent as a mail.
pub mod mail;

pub use message::Message;
pub use text::{Text, TextKind};
pub use words::Words;

use crate::model::phone::PhoneNumber;

/// Reads all files and tables of words and numbers now, so that no caller waits for it. For the start of a process.
pub fn warm_up() {
    let number = PhoneNumber::from_e164("+493023125010");
    let numbers = number.iter().map(|number| number::spoken(number, Words::english()).len()).sum::<usize>();
    std::hint::black_box((numbers, rules::names().count(), Words::all().count()));
}
