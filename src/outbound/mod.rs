//! Client sockets: what we ask of others. Layer 3.

/// REST requests to telephony providers.
pub mod carrier;
/// Mails.
pub mod mail;
