//! What several tests share.

/// The world that a scenario plays in, in memory.
pub(crate) mod world;
/// The strict checker of call-control documents.
pub(crate) mod twiml_check;
/// The private listener in the process.
pub(crate) mod office;
/// A whole engine with a simulated provider.
pub(crate) mod test_app;
/// Tells a call as it happens on the traveller's phone.
pub(crate) mod traveller;
/// Bare HTTP.
pub(crate) mod wire;
