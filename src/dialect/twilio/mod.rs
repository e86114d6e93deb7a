//! Twilio (TwiML).

/// The dialect.
pub struct Twilio;
