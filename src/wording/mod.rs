//! All words for people: what travellers, desks and duty officers hear and read. Layer 1: no I/O.
//!
//! A message ([`message::Message`], [`text::Text`]) is a list of whole sentences; the sentences of a language stand in one
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

pub use message::Message;
pub use text::{Text, TextKind};
pub use words::Words;
