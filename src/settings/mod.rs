//! The organisation's settings as a document: what was typed (`draft`), every complaint about it (`check`), what it
//! means (`Settings`), and what changed between two versions (`diff`). Layer 1: no I/O.

/// How one phone number is read as people type it.
pub mod number;
/// The numbering plans of the world.
mod number_plan;
/// What reading a number can come to.
pub mod number_reading;
/// The text of a number, until only digits are left.
mod number_text;
/// What settings mean: valid by construction.
pub mod valid;

pub use valid::Settings;
