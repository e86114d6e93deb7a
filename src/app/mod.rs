//! What the engine does, one thing a file, each named by a verb phrase. Layer 4.
