//! The test binary: one for all integration tests.
mod wording;
