//! The organisation's settings as a document: what was typed (`draft`), every complaint about it (`check`), what it
//! means (`Settings`), and what changed between two versions (`diff`). Layer 1: no I/O. The modules stand here in their
//! order; each imports only what stands above it.

/// What settings mean: valid by construction.
pub mod valid;

/// The numbering plans of the world.
mod number_plan;

/// What reading a number can come to.
pub mod number_reading;

/// The text of a number, until only digits are left.
mod number_text;

/// How one phone number is read as people type it.
pub mod number;

/// What fields are called when a person reads about them.
pub mod field_names;

/// Every sentence about what was typed.
pub mod problems;

/// The text of a document: JSON, no field twice.
pub mod document;

/// What was typed, read field by field.
mod draft;

/// Countries of the world.
mod countries;

/// Periods of retention.
pub mod period;

/// Office hours as they are typed.
mod hours;

/// Desks, recipients and their numbers as they are typed.
mod desks;

/// What a document is checked against.
pub mod context;

/// What a save would change for the worse.
mod consequences;

/// The way from what was typed to what it means.
pub mod check;

/// The other documents: accounts, lines, travellers, status queries, organisations.
pub mod bodies;

/// Small requests: parameters of a save, activations, tokens, locations, lists.
pub mod requests;

/// What changed between two documents.
pub mod diff;

/// JSON merge patch.
pub mod merge;

pub use check::{Checked, CheckedOperationsCentre, check, check_operations_centre, defaults};
pub use context::{Active, CheckContext};
pub use desks::RING_SECONDS_DEFAULT;
pub use diff::{Difference, differences};
pub use document::{DocumentError, read_document};
pub use field_names::Tongue;
pub use merge::merge;
pub use number::read_number;
pub use number_reading::{NumberReading, NumberRefusal, NumberRole, NumberWarning};
pub use problems::{Problem, Problems};
pub use valid::{OperationsCentreSettings, Settings, emergency_number};
