//! What a verified webhook of Twilio said, in the words of the trade.
//!
//! Source: Twilio docs "TwiML for Programmable Voice", "`Dial`", "Answering Machine Detection", "Twilio's request to your
//! incoming message webhook URL". Fixtures: `twiml-fixtures/twilio`. The token says what a callback is about, its
//! parameters say the rest. Parameters and values that nobody knows yet never fail a request; ids of another form do,
//! because the signature does not tell where a name ends and its value begins.

use crate::dialect::caller::caller_number;
use crate::dialect::form::Fields;
use crate::dialect::twilio::verify;
use crate::dialect::{Heard, ParseContext, RawRequest, WebhookError};
use crate::model::event::{AnsweredBy, Confidence, DialOutcome, Direction, Event, LineStatus, Speech};
use crate::model::ids::ProviderCallId;
use crate::model::phone::PhoneNumber;
use crate::model::token::CallbackKind;

/// What does the request say? Only after `verify`.
pub(super) fn parse(request: &RawRequest, context: &ParseContext<'_>) -> Result<Heard, WebhookError> {
    let webhook = Webhook { fields: fields(request), delivery: delivery(request) };
    let Some(token) = context.token else {
        return without_token(request, context, &webhook);
    };
    match token.kind {
        CallbackKind::Answered => webhook.arrival(Direction::Outbound),
        CallbackKind::Question | CallbackKind::LastWords => webhook.gathered(),
        CallbackKind::DialResult => {
            webhook.dial_result(Some(context.desk.ok_or(WebhookError::Missing("the desk of its token"))?))
        }
        CallbackKind::SafePlan => webhook.dial_result(context.desk),
        CallbackKind::Whisper => webhook.whisper(context.desk),
        CallbackKind::WhisperKey => webhook.whisper_key(context.desk),
        CallbackKind::Redirect => webhook.document_fetched(),
        CallbackKind::LineStatus => webhook.line_status(),
        CallbackKind::LegStatus => webhook.leg_status(context.desk),
        CallbackKind::Machine => webhook.machine(),
    }
}

/// `/voice`, `/message`, and `/status` of calls and texts that we placed without a token or not at all.
fn without_token(request: &RawRequest, context: &ParseContext<'_>, webhook: &Webhook) -> Result<Heard, WebhookError> {
    let fields = &webhook.fields;
    let received = fields.filled("SmsStatus").is_none_or(|status| status == "received" || status == "receiving");
    if context.message && received && fields.filled("MessageStatus").is_none() {
        return webhook.message();
    }
    if context.message || fields.filled("MessageStatus").is_some() {
        return webhook.message_status();
    }
    let path = request.target.split('?').next().unwrap_or_default();
    let progress = path.ends_with("/status") || fields.get("CallbackSource") == Some("call-progress-events");
    match (progress, fields.filled("ParentCallSid"), fields.filled("CallStatus")) {
        (false, _, _) => webhook.arrival(Direction::Inbound),
        (true, None, None) => webhook.machine(),
        (true, None, Some(_)) => webhook.line_status(),
        (true, Some(_), _) => webhook.leg_status(None),
    }
}

/// The parameters that the signature covers: of GET the query, else the form in the body; JSON has none.
fn fields(request: &RawRequest) -> Fields {
    if request.method == "GET" {
        Fields::read(verify::query(&request.target).as_bytes())
    } else if verify::is_json(request) {
        Fields::default()
    } else {
        Fields::read(&request.body)
    }
}

/// The same for all retries of one delivery (a UUID, not signed).
fn delivery(request: &RawRequest) -> Option<String> {
    let name = request.header("i-twilio-idempotency-token")?;
    ((1..=100).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic())).then(|| name.to_owned())
}

/// A request's parameters, and the name of its delivery.
struct Webhook {
    fields: Fields,
    delivery: Option<String>,
}

/// What makes a delivery of a document what it is. Not `CallStatus`: a fallback asks again with a later one, and the end
/// of a line has its own callback.
const DOCUMENT: [&str; 12] = [
    "CallSid",
    "ParentCallSid",
    "From",
    "To",
    "Direction",
    "Digits",
    "SpeechResult",
    "Confidence",
    "DialCallSid",
    "DialCallStatus",
    "DialBridged",
    "DialCallDuration",
];
/// What makes a notice what it is.
const NOTICE: [&str; 4] = ["CallSid", "ParentCallSid", "CallStatus", "AnsweredBy"];
/// What makes a text what it is.
const MESSAGE: [&str; 5] = ["MessageSid", "From", "To", "Body", "MessageStatus"];

impl Webhook {
    fn heard(&self, call: ProviderCallId, events: Vec<Event>, waits: bool, names: &[&str]) -> Result<Heard, WebhookError> {
        let fingerprint = names.iter().filter_map(|name| Some(((*name).to_owned(), self.fields.filled(name)?.to_owned())));
        Ok(Heard {
            call,
            leg: None,
            account: self.fields.filled("AccountSid").map(|sid| id("AccountSid", &["AC"], sid)).transpose()?,
            events,
            waits,
            delivery: self.delivery.clone(),
            fingerprint: fingerprint.collect(),
        })
    }

    fn call_id(&self) -> Result<ProviderCallId, WebhookError> {
        let sid = self.fields.filled("CallSid").ok_or(WebhookError::Missing("CallSid"))?;
        id("CallSid", &["CA"], sid).map(ProviderCallId)
    }

    /// A step on the traveller's line. Where Twilio asks although the line has ended, that comes first: what was heard
    /// then still counts, but nothing may be dialled for a line that is gone (rules 20 and 26).
    fn step(&self, mut events: Vec<Event>) -> Result<Heard, WebhookError> {
        if let Some(end) = self.line_end() {
            events.retain(|event| !matches!(event, Event::Gathered { digits: None, speech: None }));
            events.insert(0, end);
        }
        self.heard(self.call_id()?, events, true, &DOCUMENT)
    }

    fn line_end(&self) -> Option<Event> {
        let status = self.fields.get("CallStatus").and_then(line_status)?;
        is_end(status).then_some(Event::CallStatus { status })
    }

    /// The first document of a call. A call's arrival makes it known, so its end, if it has one already, comes behind.
    fn arrival(&self, expected: Direction) -> Result<Heard, WebhookError> {
        let to = self.fields.filled("To").ok_or(WebhookError::Missing("To"))?;
        let called = PhoneNumber::from_e164(to).ok_or(WebhookError::BadValue("To"))?;
        let caller = caller_number(self.fields.get("From").unwrap_or_default());
        let outbound = self.fields.get("Direction").is_some_and(|direction| direction.starts_with("outbound"));
        let direction = if outbound { Direction::Outbound } else { expected };
        let mut events = vec![Event::CallAnswered { direction, caller, called }];
        // Only synchronous detection, which we never ask for, reports here.
        events.extend(self.fields.filled("AnsweredBy").map(|by| Event::AnsweredBy { by: answered_by(by) }));
        events.extend(self.line_end());
        self.heard(self.call_id()?, events, true, &DOCUMENT)
    }

    /// The result of a `Gather`. Empty `Digits` and no words: nothing was heard in time.
    fn gathered(&self) -> Result<Heard, WebhookError> {
        let confidence = Confidence::from_wire(self.fields.get("Confidence"));
        let speech = self.fields.filled("SpeechResult").map(|text| Speech { text: text.to_owned(), confidence });
        self.step(vec![Event::Gathered { digits: self.digits(), speech }])
    }

    /// Keys as the trade knows them. Any other sign was a key as well, one without a meaning, and proves a human.
    fn digits(&self) -> Option<String> {
        let keys = self.fields.filled("Digits")?.chars();
        Some(keys.map(|key| if key.is_ascii_digit() || key == '#' { key } else { '*' }).collect())
    }

    /// The end of a forward.
    fn dial_result(&self, desk: Option<&PhoneNumber>) -> Result<Heard, WebhookError> {
        let (result, duration_seconds) = self.outcome();
        let event = desk.map(|phone| Event::DialResult { phone: phone.clone(), result, duration_seconds });
        let mut heard = self.step(event.into_iter().collect())?;
        // Absent after a conference; only for the record, so a strange one fails nothing.
        let leg = self.fields.filled("DialCallSid").and_then(|sid| id("DialCallSid", &["CA"], sid).ok());
        heard.leg = leg.map(ProviderCallId);
        Ok(heard)
    }

    /// How the forward ended, and how long the two talked. `completed` proves no conversation, `DialBridged` does, and
    /// `DialCallDuration` counts the whisper as well. What nobody knows yet is a failure: the next desk is called.
    fn outcome(&self) -> (DialOutcome, Option<u32>) {
        let bridged = match self.fields.get("DialBridged") {
            Some("true") => Some(true),
            Some("false") => Some(false),
            _ => None,
        };
        let result = match self.fields.get("DialCallStatus") {
            // `answered` is what a conference says.
            Some("completed" | "answered") => DialOutcome::Completed,
            Some("busy") => DialOutcome::Busy,
            Some("no-answer") => DialOutcome::NoAnswer,
            Some("canceled") => DialOutcome::Canceled,
            _ if bridged == Some(true) => DialOutcome::Completed,
            _ => DialOutcome::Failed,
        };
        let seconds = self.fields.get("DialCallDuration").and_then(|seconds| seconds.parse::<u32>().ok());
        let talked = match (bridged, result) {
            (Some(true), _) => Some(seconds.unwrap_or(1).max(1)),
            (Some(false), _)
            | (None, DialOutcome::Busy | DialOutcome::NoAnswer | DialOutcome::Failed | DialOutcome::Canceled) => Some(0),
            (None, DialOutcome::Completed) => seconds.filter(|seconds| *seconds == 0),
        };
        (result, talked)
    }

    /// A document that our redirect of the running call named.
    fn document_fetched(&self) -> Result<Heard, WebhookError> {
        self.step(vec![Event::DocumentFetched])
    }

    /// The desk's leg asks for its document: somebody, or a machine, has picked up.
    fn whisper(&self, desk: Option<&PhoneNumber>) -> Result<Heard, WebhookError> {
        let phone = self.desk(desk).ok_or(WebhookError::Missing("the desk of its token"))?;
        self.leg(vec![Event::LegAnswered { phone }], true, &DOCUMENT)
    }

    /// The desk's key: 1 takes the call, another one declines it, none says nothing.
    fn whisper_key(&self, desk: Option<&PhoneNumber>) -> Result<Heard, WebhookError> {
        let phone = self.desk(desk).ok_or(WebhookError::Missing("the desk of its token"))?;
        let event = self.digits().map(|keys| match keys.trim_matches('1') {
            "" => Event::TargetConfirmed { phone },
            _ => Event::TargetDeclined { phone },
        });
        self.leg(event.into_iter().collect(), true, &DOCUMENT)
    }

    /// Progress of a desk's leg. `CallSid` is the leg's here, and `canceled` means that it was withdrawn before an answer.
    fn leg_status(&self, desk: Option<&PhoneNumber>) -> Result<Heard, WebhookError> {
        let event = self.desk(desk).and_then(|phone| match self.fields.get("CallStatus")? {
            "in-progress" => Some(Event::LegAnswered { phone }),
            "completed" | "busy" | "no-answer" | "failed" => Some(Event::LegEnded { phone, withdrawn: false }),
            "canceled" => Some(Event::LegEnded { phone, withdrawn: true }),
            _ => None,
        });
        self.leg(event.into_iter().collect(), false, &NOTICE)
    }

    /// A request of a leg: it names its parent, and that is the call.
    fn leg(&self, events: Vec<Event>, waits: bool, names: &[&str]) -> Result<Heard, WebhookError> {
        let leg = self.call_id()?;
        let parent = self.fields.filled("ParentCallSid").map(|sid| id("ParentCallSid", &["CA"], sid)).transpose()?;
        let call = parent.map_or_else(|| leg.clone(), ProviderCallId);
        Ok(Heard { leg: Some(leg), ..self.heard(call, events, waits, names)? })
    }

    /// The desk: the one that the token stands for; where that is not known, the number that the leg has rung.
    fn desk(&self, desk: Option<&PhoneNumber>) -> Option<PhoneNumber> {
        desk.cloned().or_else(|| PhoneNumber::from_e164(self.fields.get("To")?))
    }

    /// Progress of the traveller's line.
    fn line_status(&self) -> Result<Heard, WebhookError> {
        let status = self.fields.get("CallStatus").and_then(line_status);
        let events = status.map(|status| Event::CallStatus { status }).into_iter().collect();
        self.heard(self.call_id()?, events, false, &NOTICE)
    }

    /// Asynchronous machine detection.
    fn machine(&self) -> Result<Heard, WebhookError> {
        let by = self.fields.filled("AnsweredBy").ok_or(WebhookError::Missing("AnsweredBy"))?;
        self.heard(self.call_id()?, vec![Event::AnsweredBy { by: answered_by(by) }], false, &NOTICE)
    }

    fn message_id(&self) -> Result<ProviderCallId, WebhookError> {
        let names = ["MessageSid", "SmsSid", "SmsMessageSid"];
        let sid = names.iter().find_map(|name| self.fields.filled(name)).ok_or(WebhookError::Missing("MessageSid"))?;
        id("MessageSid", &["SM", "MM"], sid).map(ProviderCallId)
    }

    /// A text has come in. `OptOutType` changes nothing here: its words are judged like any others, and a STOP is no answer.
    fn message(&self) -> Result<Heard, WebhookError> {
        let to = self.fields.filled("To").ok_or(WebhookError::Missing("To"))?;
        let called = PhoneNumber::from_e164(to).ok_or(WebhookError::BadValue("To"))?;
        let caller = caller_number(self.fields.get("From").unwrap_or_default());
        let text = self.fields.get("Body").unwrap_or_default().to_owned();
        self.text_delivery(vec![Event::SmsReceived { caller, called, text }], true)
    }

    /// Progress of a text that we sent: it moves nothing.
    fn message_status(&self) -> Result<Heard, WebhookError> {
        self.text_delivery(Vec::new(), false)
    }

    /// A text is one delivery per message, whatever the token of the request (nyaruka/courier#225).
    fn text_delivery(&self, events: Vec<Event>, waits: bool) -> Result<Heard, WebhookError> {
        let heard = self.heard(self.message_id()?, events, waits, &MESSAGE)?;
        let delivery = if waits { Some(heard.call.0.clone()) } else { heard.delivery };
        Ok(Heard { delivery, ..heard })
    }
}

/// An id of Twilio's: two letters that tell its kind, then 32 hexadecimal digits.
fn id(name: &'static str, kinds: &[&str], text: &str) -> Result<String, WebhookError> {
    let digits = kinds.iter().find_map(|kind| text.strip_prefix(kind));
    let fits = digits.is_some_and(|digits| digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit()));
    if fits { Ok(text.to_owned()) } else { Err(WebhookError::BadValue(name)) }
}

/// `CallStatus`, in webhooks and in REST answers; None: a value that nobody knows yet.
pub(super) fn line_status(text: &str) -> Option<LineStatus> {
    match text {
        "queued" | "initiated" => Some(LineStatus::Initiated),
        "ringing" => Some(LineStatus::Ringing),
        "in-progress" => Some(LineStatus::InProgress),
        "completed" => Some(LineStatus::Completed),
        "busy" => Some(LineStatus::Busy),
        "no-answer" | "canceled" => Some(LineStatus::NoAnswer),
        "failed" => Some(LineStatus::Failed),
        _ => None,
    }
}

/// Has the line ended?
pub(super) const fn is_end(status: LineStatus) -> bool {
    match status {
        LineStatus::Initiated | LineStatus::Ringing | LineStatus::InProgress => false,
        LineStatus::Completed | LineStatus::Busy | LineStatus::NoAnswer | LineStatus::Failed => true,
    }
}

/// `AnsweredBy`: with `DetectMessageEnd` the end of a greeting comes as a beep, a silence or something else.
fn answered_by(text: &str) -> AnsweredBy {
    match text {
        "human" => AnsweredBy::Human,
        "fax" => AnsweredBy::Fax,
        _ if text.starts_with("machine_end") => AnsweredBy::MachineEndBeep,
        _ if text.starts_with("machine") => AnsweredBy::MachineStart,
        _ => AnsweredBy::Unknown,
    }
}

#[cfg(test)]
mod tests;
