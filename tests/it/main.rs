//! The test binary: one for all integration tests.

/// The language files.
mod wording;
