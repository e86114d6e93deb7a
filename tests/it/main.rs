//! The test binary: one for all integration tests.

#[cfg(test)]
mod numbers;
#[cfg(test)]
mod settings;
