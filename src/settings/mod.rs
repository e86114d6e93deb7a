//! The organisation's settings as a document: what was typed (`draft`), every complaint about it (`check`), what it
//! means (`Settings`), and what changed between two versions (`diff`). Layer 1: no I/O.

/// What settings mean: valid by construction.
pub mod valid;

pub use valid::Settings;
