//! The test binary: one for all integration tests, in reading order.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    clippy::wrong_self_convention,
    reason = "a test says by failing what it expected, in its helpers as well, and speaks like a call"
)]

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
/// The commands.
mod cli;
/// The private listener.
mod api;
/// Whole calls through the simulated provider.
mod calls;
/// Webhooks over the wire.
mod webhooks;
/// What breaks behind us.
mod faults;
/// The rules of the house.
mod tidy;
