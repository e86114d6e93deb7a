//! The memory of the house. Layer 3.

/// Seals step tokens and stored secrets.
pub mod seal;
