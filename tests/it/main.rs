//! The test binary: one for all integration tests.

#![expect(clippy::expect_used, clippy::panic, reason = "a test says by failing what it expected, in its helpers as well")]

/// What several tests lean on.
mod support;

/// How each provider speaks.
mod dialect;
