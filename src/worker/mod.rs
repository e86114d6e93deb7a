//! Keeps time: runs what is due, wakes for what comes. Layer 5.

/// The loop that runs due work.
pub mod timekeeper;
