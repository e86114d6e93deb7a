//! What several tests share.

/// The scenarios of the corpora as data, and how they are compared.
pub(crate) mod scenario;
/// The world that a scenario plays in, in memory.
pub(crate) mod world;
/// The strict checker of call-control documents.
pub(crate) mod twiml_check;
