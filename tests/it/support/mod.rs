//! What several tests share.

/// The world that a scenario plays in, in memory.
pub(crate) mod world;
/// The strict checker of call-control documents.
pub(crate) mod twiml_check;
/// A provider that does as it is told.
pub(crate) mod carrier;
/// A whole engine for one test.
pub(crate) mod house;
/// A mail server that does as it is told.
pub(crate) mod smtp;
