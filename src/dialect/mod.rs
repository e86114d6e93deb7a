//! How each provider speaks. Bytes in, values out, and back: synchronous, pure, no sockets, no clock.
//!
//! Adding a provider is one file or folder here, one line in `ALL` and one folder of fixtures.

use crate::model::capabilities::Capabilities;
use crate::model::event::{Event, LineFound};
use crate::model::ids::ProviderCallId;
use crate::model::phone::PhoneNumber;
use crate::model::plan::Plan;
use crate::model::token::StepToken;
use secrecy::SecretString;

/// A caller's number, unless it is withheld.
pub mod caller;
/// Forms on the wire.
pub mod form;
/// XML documents.
pub mod xml;

/// Twilio (TwiML).
pub mod twilio;

/// Signed requests as lines of a file.
pub mod vectors;

/// Every dialect there is.
pub static ALL: &[&dyn Dialect] = &[&twilio::Twilio];

/// The dialect of that name (`twilio`).
#[must_use]
pub fn by_name(name: &str) -> Option<&'static dyn Dialect> {
    ALL.iter().copied().find(|dialect| dialect.name() == name)
}

/// A request as it arrived: nothing decoded, nothing rebuilt.
#[derive(Debug, Clone)]
pub struct RawRequest {
    /// `GET` or `POST`.
    pub method: String,
    /// The public base URL of the configuration (`ASSISTLINE_PUBLIC_URL`), without a slash at the end: what providers sign.
    pub public_url: String,
    /// The request target as it stood in the request line: path and query, byte for byte.
    pub target: String,
    /// Header names in small letters, and values as bytes.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

impl RawRequest {
    /// The first value of a header (name in small letters), if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(header, _)| header == name)?;
        std::str::from_utf8(value).ok()
    }
}

/// A secret that signs webhooks; several are held at once for rotation.
#[derive(Debug, Clone)]
pub struct WebhookSecret {
    /// The key's name, where the provider has named keys (Twilio's shared keys).
    pub key: Option<String>,
    /// The secret itself.
    pub secret: SecretString,
}

/// Our rights at an account: for REST requests.
#[derive(Debug, Clone)]
pub struct AccountAccess {
    /// Credentials by name, as the account's `credentials` hold them.
    pub credentials: std::collections::BTreeMap<String, SecretString>,
    /// Another base URL than the provider's own (a region, a simulator), without a slash at the end.
    pub api_base_url: Option<String>,
    /// The provider's region (`ie1`).
    pub region: Option<String>,
}

/// Why a webhook was not understood. The sender's fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// The account holds no secret to check with.
    #[error("the account has no webhook secret, so nothing can be checked")]
    NoSecret,
    /// No signature came.
    #[error("the request carries no signature")]
    Unsigned,
    /// The signature does not fit.
    #[error("the signature does not fit the request: {0}")]
    BadSignature(&'static str),
    /// A field is missing.
    #[error("the request lacks {0}")]
    Missing(&'static str),
    /// A field has a value that it cannot have.
    #[error("{0} has a value that it cannot have")]
    BadValue(&'static str),
}

/// What one webhook said.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// The provider's id of the traveller's line (for a leg's callback: of the parent; where the provider leaves the parent
    /// out, the leg's own, so that it equals `leg`). For a text: the message's id.
    pub call: ProviderCallId,
    /// The provider's id of the desk's leg, where the callback is about one.
    pub leg: Option<ProviderCallId>,
    /// The provider's id of our account, where it says so.
    pub account: Option<String>,
    /// What happened, in order; may be empty (progress that moves nothing).
    pub events: Vec<Event>,
    /// Does the provider wait for a document?
    pub waits: bool,
    /// What names the delivery (Twilio's idempotency token), if the provider has such a thing.
    pub delivery: Option<String>,
    /// The parameters that make the delivery what it is, without timestamps and without what a provider adds when it
    /// retries or falls back: hashed by `app` where there is no delivery name.
    pub fingerprint: Vec<(String, String)>,
}

/// What `parse` is told beside the request.
#[derive(Debug, Clone, Copy)]
pub struct ParseContext<'a> {
    /// The open token of the URL; None: `/voice`, `/message` or a status without a token.
    pub token: Option<&'a StepToken>,
    /// The desk's number that the token's leg stands for.
    pub desk: Option<&'a PhoneNumber>,
    /// Is it the `/message` URL?
    pub message: bool,
}

/// URLs for the documents and orders of one line.
pub struct Callbacks<'a> {
    /// Public base URL, without a slash at the end.
    pub public_url: &'a str,
    /// The line.
    pub line: &'a str,
    /// Seals a token.
    pub seal: &'a dyn Fn(&StepToken) -> String,
}

impl Callbacks<'_> {
    /// The URL of a token: below `step`, or below `status` where the provider waits for no document.
    #[must_use]
    pub fn url(&self, token: &StepToken) -> String {
        let folder = if token.kind.is_status() { "status" } else { "step" };
        format!("{}/webhooks/{}/{folder}/{}", self.public_url, self.line, (self.seal)(token))
    }
}

/// A reply to a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// 200 or 204.
    pub status: u16,
    /// The content type, where there is a body.
    pub content_type: &'static str,
    /// The document.
    pub body: String,
}

/// A status call to be placed.
#[derive(Debug, Clone)]
pub struct CallOrder {
    /// The traveller's number.
    pub to: PhoneNumber,
    /// Our line's number.
    pub from: PhoneNumber,
    /// How long it may ring, in seconds.
    pub ring_seconds: u16,
    /// The token of the first document.
    pub answered: StepToken,
    /// The token of the line's progress.
    pub status: StepToken,
    /// The token of machine detection.
    pub machine: StepToken,
    /// The URL that the provider asks when ours does not answer; None: our own first document's.
    pub fallback_url: Option<String>,
}

/// A request of ours to the provider's REST interface.
#[derive(Debug, Clone)]
pub struct ProviderRequest {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The whole URL.
    pub url: String,
    /// Headers without the credentials.
    pub headers: Vec<(&'static str, String)>,
    /// User and password for HTTP Basic.
    pub basic: Option<(String, SecretString)>,
    /// The body.
    pub body: String,
}

/// What the provider answered.
#[derive(Debug, Clone)]
pub struct ProviderResponse {
    /// The HTTP status.
    pub status: u16,
    /// `Retry-After` in seconds, if it was given.
    pub retry_after_seconds: Option<u32>,
    /// The body.
    pub body: Vec<u8>,
}

/// Whose fault a refusal is, and what may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CarrierErrorKind {
    /// Too many requests: never processed, safe to repeat after a pause.
    Throttled,
    /// No answer, or the provider's fault: the call may or may not exist, look first.
    Unreachable,
    /// This number cannot be called or texted: the attempt failed.
    Refused,
    /// A fault of our account or line (credentials, credit, rights, our own number): burns no attempt, alerts the operator.
    Account,
    /// No such call, or it is not in a state to be changed.
    NoSuchCall,
    /// An answer that cannot be read.
    Unintelligible,
}

/// A request that did not do what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind:?} (code {code})")]
pub struct CarrierError {
    /// Whose fault, and what may be done.
    pub kind: CarrierErrorKind,
    /// The provider's code, or the HTTP status; never its text, which may hold numbers.
    pub code: u32,
    /// How long to wait at least, where the provider says so.
    pub retry_after_seconds: Option<u32>,
}

/// One call as a look-up at the provider shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundCall {
    /// The provider's id.
    pub id: ProviderCallId,
    /// How it stands.
    pub line: LineFound,
    /// When the provider took the order, where it says so: a search by day also finds older calls of that day.
    pub created_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// How one provider speaks.
pub trait Dialect: Send + Sync {
    /// The name of the API (`twilio`).
    fn name(&self) -> &'static str;
    /// Does the provider sign its webhooks? Then an account without a webhook secret is refused (field case F03).
    fn signs(&self) -> bool;
    /// Credentials without which nothing works.
    fn needed_credentials(&self) -> &'static [&'static str];
    /// What it can do.
    fn capabilities(&self) -> &'static Capabilities;
    /// Is the request authentic? Over the bytes as received, behind the public URL of the configuration.
    ///
    /// # Errors
    /// Says what is wrong; nothing of the request may be believed then.
    fn verify(&self, request: &RawRequest, secrets: &[WebhookSecret]) -> Result<(), WebhookError>;
    /// What did it say? Only after `verify`.
    ///
    /// # Errors
    /// A field that is missing or cannot be read.
    fn parse(&self, request: &RawRequest, context: &ParseContext<'_>) -> Result<Heard, WebhookError>;
    /// The document for a plan. Cannot fail.
    fn render(&self, plan: &Plan, callbacks: &Callbacks<'_>) -> Reply;
    /// The reply where nothing waits for a document.
    fn acknowledge(&self) -> Reply;
    /// Places a status call.
    fn place_call(&self, order: &CallOrder, access: &AccountAccess, callbacks: &Callbacks<'_>) -> ProviderRequest;
    /// Reads the answer to `place_call`.
    ///
    /// # Errors
    /// Whose fault it is and what may be done.
    fn read_placed(&self, response: &ProviderResponse) -> Result<ProviderCallId, CarrierError>;
    /// Redirects a running call to a fresh step.
    fn change_call(
        &self,
        call: &ProviderCallId,
        to: &StepToken,
        access: &AccountAccess,
        callbacks: &Callbacks<'_>,
    ) -> ProviderRequest;
    /// Ends a call in any state.
    fn end_call(&self, call: &ProviderCallId, access: &AccountAccess) -> ProviderRequest;
    /// Withdraws a call that nobody has answered yet; one that was answered meanwhile goes on (a query was stopped).
    fn cancel_call(&self, call: &ProviderCallId, access: &AccountAccess) -> ProviderRequest;
    /// Asks how a call stands.
    fn find_call(&self, call: &ProviderCallId, access: &AccountAccess) -> ProviderRequest;
    /// Asks for calls to a number since a moment: an order whose reply was lost.
    fn find_calls_to(&self, to: &PhoneNumber, since: chrono::DateTime<chrono::Utc>, access: &AccountAccess) -> ProviderRequest;
    /// Reads the answer to `find_call` (one) or `find_calls_to` (any number).
    ///
    /// # Errors
    /// Whose fault it is and what may be done.
    fn read_found(&self, response: &ProviderResponse) -> Result<Vec<FoundCall>, CarrierError>;
    /// Sends a text.
    fn send_message(&self, to: &PhoneNumber, from: &PhoneNumber, text: &str, access: &AccountAccess) -> ProviderRequest;
    /// Reads the answer to `change_call`, `end_call`, `cancel_call` and `send_message`.
    ///
    /// # Errors
    /// Whose fault it is and what may be done.
    fn read_done(&self, response: &ProviderResponse) -> Result<(), CarrierError>;
}
