//! The test binary: one for all integration tests.

/// The memory: one story over all of it.
mod store_story;
