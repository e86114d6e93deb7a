//! What is heard over HTTP: the public listener for webhooks, the private one for people and programs. Layer 5.

/// Accepts connections and ends without dropping one in mid-answer.
pub mod listen;
/// The public listener: what providers post.
pub mod webhooks;
