//! What is heard over HTTP: the public listener for webhooks, the private one for people and programs. Layer 5.

/// Accepts connections and ends without dropping one in mid-answer.
pub mod listen;
/// The public listener: what providers post.
pub mod webhooks;
/// Errors of the private listener.
pub mod error;
/// Bodies and parameters of requests.
pub mod body;
/// `If-Match` and `ETag`.
pub mod tags;
/// Who asks.
pub mod auth;
/// Repeats under an `Idempotency-Key`.
pub mod repeats;
/// The resources, one file each.
pub mod api;
/// Every route of the API on one page.
pub mod routes;
/// The API's document.
pub mod openapi;
/// All routes of the private listener.
pub mod private;
