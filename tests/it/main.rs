//! The test binary: one for all integration tests, in reading order.

#![expect(clippy::expect_used, clippy::panic, reason = "a test says by failing what it expected, in its helpers as well")]

/// What several tests share.
mod support;

/// The corpora of calls, on the pure functions.
mod scenarios;
/// What answers mean, language by language.
mod understanding;
/// How each provider speaks.
mod dialect;
/// How numbers are read.
mod numbers;
/// The memory: one story over all of it.
mod store_story;
/// The rules of the house.
mod tidy;
