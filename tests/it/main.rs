//! The test binary: one for all integration tests, in reading order.

mod tidy;
