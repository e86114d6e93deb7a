//! The test binary: one for all integration tests.

/// What several tests lean on.
mod support;

/// How each provider speaks.
mod dialect;
