//! The nouns of the trade. No I/O, no clock, no randomness: layer 0 of the house.
//!
//! Invariant: nothing here reads a socket, a file, the environment or the time of day, and nothing here has a
//! wire format of a provider. What derives `serde` here is written only to our own, versioned journal.

/// What a caller or a text message means.
pub mod answer;
/// Phone numbers: E.164, printed masked.
pub mod phone;
/// Language tags.
pub mod language;
/// Where the time of day comes from.
pub mod clock;
/// Identifiers, and where fresh ones come from.
pub mod ids;
/// Every bound of the house, with its reason.
pub mod limits;
/// Desks: whoever a call can be forwarded to.
pub mod desk;
/// What happened, in the provider-neutral words of the trade.
pub mod event;
/// Alerts: facts that a human must look at.
pub mod alert;
/// What a judgement leads to beside the document for the caller.
pub mod effect;
/// What the line of a provider can and cannot do, as data.
pub mod capabilities;
/// The step token: what a callback URL carries.
pub mod token;
/// Call control as a list of verbs.
pub mod plan;
/// Travellers as the judgement sees them.
pub mod traveller;
/// One call as the journal remembers it.
pub mod call_state;
/// Who may do what on the private listener.
pub mod access;
