//! The nouns of the trade. No I/O, no clock, no randomness: layer 0 of the house.
//!
//! Invariant: nothing here reads a socket, a file, the environment or the time of day, and nothing here has a
//! wire format of a provider. What derives `serde` here is written only to our own, versioned journal.

/// Alerts: facts that a human must look at.
pub mod alert;
/// What a caller or a text message means.
pub mod answer;
/// One call as the journal remembers it.
pub mod call_state;
/// What the line of a provider can and cannot do, as data.
pub mod capabilities;
/// Where the time of day comes from.
pub mod clock;
/// Desks: whoever a call can be forwarded to.
pub mod desk;
/// What a judgement leads to beside the document for the caller.
pub mod effect;
/// What happened, in the provider-neutral words of the trade.
pub mod event;
/// Identifiers, and where fresh ones come from.
pub mod ids;
/// Language tags.
pub mod language;
/// Every bound of the house, with its reason.
pub mod limits;
/// Phone numbers: E.164, printed masked.
pub mod phone;
/// Call control as a list of verbs.
pub mod plan;
/// The step token: what a callback URL carries.
pub mod token;
/// Travellers as the judgement sees them.
pub mod traveller;
