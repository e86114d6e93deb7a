//! A telephony provider in the process, for the demo and the tests: takes our REST call orders, fetches our documents over
//! real HTTP with real signatures, obeys them as Twilio would, presses keys and speaks. Layer 5.
//!
//! It shares no code with `dialect`: it signs and reads documents with its own, checked against the same SDK-made
//! fixtures, so that both halves cannot err alike.

/// One call from its order to its end.
pub mod call;
/// Reads call-control documents, strictly.
pub mod document;
/// What can be seen from outside: for the demo and for tests.
pub mod observation;
/// The phones of the simulated world: who answers, and what they do.
pub mod phones;
/// Posts signed webhooks, with retries.
pub mod post;
/// The provider itself: accounts, calls, clocks.
pub mod provider;
/// The REST interface.
pub mod rest;
/// Signs webhooks as Twilio does.
pub mod signer;
