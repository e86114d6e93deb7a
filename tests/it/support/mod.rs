//! What several integration tests lean on.

pub(crate) mod twiml_check;
