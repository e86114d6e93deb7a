//! What several tests share.

/// The world that a scenario plays in, in memory.
pub(crate) mod world;
/// The strict checker of call-control documents.
pub(crate) mod twiml_check;
/// The private listener in the process.
pub(crate) mod office;
