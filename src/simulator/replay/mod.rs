//! A provider that says what a scenario says: each event becomes the request that Twilio would send, signed, over HTTP, to
//! the URLs of the orders and documents it has received. It obeys no document; it reads them, so that a decision which did
//! not reach the telephone is seen.

/// What was said between the two, as it is saved.
pub mod exchange;
/// Takes our REST requests and answers them as Twilio does.
pub mod order_book;
/// One line as the provider sees it, and the parameters of its requests.
mod line;
/// Does a document do what was decided?
mod verdict;
/// Plays a scenario over HTTP.
pub mod wire;
