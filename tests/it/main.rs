//! The test binary: one for all integration tests, in reading order.

/// What several tests share.
mod support;

/// The corpora of calls, on the pure functions.
mod scenarios;
/// What answers mean, language by language.
mod understanding;
/// How numbers are read.
mod numbers;
/// The rules of the house.
mod tidy;
