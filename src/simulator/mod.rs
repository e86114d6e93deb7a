//! A telephony provider in the process, for the demo and the tests: takes our REST call orders, fetches our documents over
//! real HTTP with real signatures, obeys them as Twilio would, presses keys and speaks. Layer 5.
//!
//! It shares no code with `dialect`: it signs and reads documents with its own, checked against the same SDK-made
//! fixtures, so that both halves cannot err alike.

/// The phones of the simulated world: who answers, and what they do.
pub mod phones;
/// Signs webhooks as Twilio does.
pub mod signer;
/// Reads call-control documents, strictly.
pub mod document;
/// What can be seen from outside: for the demo and for tests.
pub mod observation;
/// The provider itself: accounts, calls, clocks.
pub mod provider;
/// Posts signed webhooks, with retries.
pub mod post;
/// One call from its order to its end.
pub mod call;
/// The REST interface.
pub mod rest;
/// A provider that says what a scenario says.
pub mod replay;
