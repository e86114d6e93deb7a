//! The test binary: one for all integration tests.

/// What several tests share.
mod support;

/// The corpora of calls, on the pure functions.
mod scenarios;

/// What holds for any settings and any events.
mod properties;
