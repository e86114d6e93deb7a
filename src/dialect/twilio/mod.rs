//! Twilio (TwiML): the model for every provider of the same family.
//!
//! `verify` believes, `parse` translates, `render` writes, `rest` asks; `languages` and `errors` are tables.
//! Credentials of an account: `account_sid` with `auth_token`, or with `api_key_sid` and `api_key_secret`.

use crate::dialect::{
    AccountAccess, CallOrder, Callbacks, CarrierError, Dialect, FoundCall, Heard, ParseContext, ProviderRequest,
    ProviderResponse, RawRequest, Reply, WebhookError, WebhookSecret,
};
use crate::model::capabilities::Capabilities;
use crate::model::ids::ProviderCallId;
use crate::model::phone::PhoneNumber;
use crate::model::plan::Plan;
use crate::model::token::StepToken;

/// Whose fault a refusal is.
mod errors;
/// Languages, voices, recognisers.
mod languages;
/// Is it authentic?
mod verify;

/// What did it say?
mod parse;
/// A plan as a document.
mod render;

/// Requests to the REST interface.
mod rest;

/// The dialect.
pub struct Twilio;

static CAPABILITIES: Capabilities = Capabilities {
    speech: true,
    confirm: true,
    speaks_after_key: true,
    machine_detection: true,
    change_call: true,
    texts: true,
    languages: languages::LANGUAGES,
};

impl Dialect for Twilio {
    fn name(&self) -> &'static str {
        "twilio"
    }

    fn signs(&self) -> bool {
        true
    }

    fn needed_credentials(&self) -> &'static [&'static str] {
        &["account_sid"]
    }

    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn verify(&self, request: &RawRequest, secrets: &[WebhookSecret]) -> Result<(), WebhookError> {
        verify::verify(request, secrets)
    }

    fn parse(&self, request: &RawRequest, context: &ParseContext<'_>) -> Result<Heard, WebhookError> {
        parse::parse(request, context)
    }

    fn render(&self, plan: &Plan, callbacks: &Callbacks<'_>) -> Reply {
        render::render(plan, callbacks)
    }

    fn acknowledge(&self) -> Reply {
        render::acknowledge()
    }

    fn place_call(&self, order: &CallOrder, access: &AccountAccess, callbacks: &Callbacks<'_>) -> ProviderRequest {
        let answered_url = callbacks.url(&order.answered);
        let order = rest::Order {
            to: order.to.e164(),
            from: order.from.e164(),
            ring_seconds: order.ring_seconds,
            answered_url: &answered_url,
            fallback_url: order.fallback_url.as_ref().unwrap_or(&answered_url),
            status_url: &callbacks.url(&order.status),
            machine_url: &callbacks.url(&order.machine),
        };
        order.request(access)
    }

    fn read_placed(&self, response: &ProviderResponse) -> Result<ProviderCallId, CarrierError> {
        rest::read_placed(response)
    }

    fn change_call(
        &self,
        call: &ProviderCallId,
        to: &StepToken,
        access: &AccountAccess,
        callbacks: &Callbacks<'_>,
    ) -> ProviderRequest {
        rest::redirect(call, &callbacks.url(to), access)
    }

    fn end_call(&self, call: &ProviderCallId, access: &AccountAccess) -> ProviderRequest {
        rest::end(call, access)
    }

    fn cancel_call(&self, call: &ProviderCallId, access: &AccountAccess) -> ProviderRequest {
        rest::cancel(call, access)
    }

    fn find_call(&self, call: &ProviderCallId, access: &AccountAccess) -> ProviderRequest {
        rest::find(call, access)
    }

    fn find_calls_to(&self, to: &PhoneNumber, since: chrono::DateTime<chrono::Utc>, access: &AccountAccess) -> ProviderRequest {
        rest::find_to(to.e164(), since, access)
    }

    fn read_found(&self, response: &ProviderResponse) -> Result<Vec<FoundCall>, CarrierError> {
        rest::read_found(response)
    }

    fn send_message(&self, to: &PhoneNumber, from: &PhoneNumber, text: &str, access: &AccountAccess) -> ProviderRequest {
        rest::message(to.e164(), from.e164(), &render::message_text(text), access)
    }

    fn read_done(&self, response: &ProviderResponse) -> Result<(), CarrierError> {
        rest::read_done(response)
    }
}
