//! The test binary: one for all integration tests.

/// What several tests share.
mod support;

/// The corpora of calls, on the pure functions.
mod scenarios;
mod tidy;
