//! The test binary: one for all integration tests, in reading order.

#![expect(clippy::expect_used, clippy::panic, reason = "a test says by failing what it expected, in its helpers as well")]

/// What several tests share.
mod support;

/// The corpora of calls, on the pure functions.
mod scenarios;
/// What holds for any settings and any sequence of events.
mod properties;
/// What answers mean, language by language.
mod understanding;
/// What people hear and read.
mod wording;
/// How each provider speaks.
mod dialect;
/// How numbers are read.
#[cfg(test)]
mod numbers;
/// What settings mean.
#[cfg(test)]
mod settings;
/// The memory: one story over all of it.
mod store_story;
/// Work that waits: attempts, orders, deadlines.
#[cfg(test)]
mod work;
/// Alerts are told to people.
#[cfg(test)]
mod alerts;
/// The rules of the house.
mod tidy;
