//! A webhook's trip: verify, parse, judge, store, render. Whatever breaks behind the signature, a voice webhook gets valid
//! call control within [`limits::ANSWER_MS_MAX`] (promise 3).

use crate::app::answer_safely::Unstored;
use crate::app::delivery;
use crate::app::engine::App;
use crate::app::judge_step::{Incoming, Wanted};
use crate::decide::speak::DeskMoment;
use crate::dialect::{Callbacks, Heard, ParseContext, RawRequest, Reply};
use crate::model::call_state::CallState;
use crate::model::event::Event;
use crate::model::ids::{CallId, LineId};
use crate::model::limits;
use crate::model::phone::PhoneNumber;
use crate::model::plan::Plan;
use crate::model::token::{CallbackKind, StepToken};
use crate::store::StoreError;
use crate::store::journal::SeenId;
use crate::store::snapshot::Line;
use std::sync::Arc;
use std::time::Duration;

/// Which URL of the public listener it came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookRoute {
    /// `/webhooks/{line}/voice`: a call arrives.
    Voice,
    /// `/webhooks/{line}/step/{token}`: the next step of a call.
    Step(String),
    /// `/webhooks/{line}/status[/{token}]`: progress.
    Status(Option<String>),
    /// `/webhooks/{line}/message`: a text.
    Message,
}

/// What a webhook is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebhookReply {
    /// A document, or an acknowledgement.
    Document(Reply),
    /// The signature does not fit (403).
    Refused,
    /// There is no such line (404).
    UnknownLine,
    /// A verified status or message that cannot be read (400).
    Unreadable,
    /// Secrets that cannot be read, or no desk known (503): the provider's fallback takes the call.
    NobodyToCall,
}

/// A verified webhook, read.
struct Read {
    line: Arc<Line>,
    token: Option<StepToken>,
    heard: Heard,
    /// Route and sealed token: names the place of the delivery.
    place: String,
}

/// Takes one webhook.
pub async fn take_webhook(app: &App, line: &str, route: WebhookRoute, request: RawRequest) -> WebhookReply {
    let Some(line) = LineId::new(line).and_then(|id| app.settings.now().lines.get(&id).cloned()) else {
        return WebhookReply::UnknownLine;
    };
    if line.account.secrets.is_empty() {
        tracing::error!(line = %line.id, "A webhook cannot be checked: the account's secrets cannot be read");
        return WebhookReply::NobodyToCall;
    }
    if let Err(error) = line.account.dialect.verify(&request, &line.account.secrets) {
        app.note_refused_webhook(&line, &route, &request, &error).await;
        return WebhookReply::Refused;
    }
    let voice = matches!(route, WebhookRoute::Voice | WebhookRoute::Step(_));
    let deadline = Duration::from_millis(limits::STORE_MS_MAX);
    let read = match tokio::time::timeout(deadline, read(app, &line, &route, &request)).await {
        Ok(Ok(read)) => read,
        Ok(Err(Unread(token))) if voice => return safely(app, &line, token.as_ref(), &[]),
        Err(_) if voice => return safely(app, &line, None, &[]),
        Ok(Err(Unread(_))) | Err(_) => return WebhookReply::Unreadable,
    };
    if route == WebhookRoute::Message {
        return app.take_text(&read.line, &read.heard).await;
    }
    if read.token.as_ref().is_some_and(|token| token.kind == CallbackKind::SafePlan) {
        app.note_safe_plan(&read.line, read.token.as_ref());
        return safely(app, &read.line, read.token.as_ref(), &read.heard.events);
    }
    let judged = tokio::time::timeout(deadline, judge(app, &read)).await;
    match judged {
        Ok(Ok(Some(plan))) => document(app, &read.line, &plan),
        Ok(Ok(None)) => WebhookReply::Document(read.line.account.dialect.acknowledge()),
        Ok(Err(StoreError::Conflict(_))) => {
            app.note_foreign_token(&read.line);
            WebhookReply::Refused
        }
        Ok(Err(_)) | Err(_) if voice => safely(app, &read.line, read.token.as_ref(), &read.heard.events),
        // The provider does not wait for a document; an error makes it try again.
        Ok(Err(_)) | Err(_) => WebhookReply::NobodyToCall,
    }
}

/// A verified webhook that cannot be understood; the token, where that could be read.
struct Unread(Option<StepToken>);

async fn read(app: &App, line: &Arc<Line>, route: &WebhookRoute, request: &RawRequest) -> Result<Read, Unread> {
    let (sealed, place) = match route {
        WebhookRoute::Step(token) => (Some(token), format!("step/{token}")),
        WebhookRoute::Status(Some(token)) => (Some(token), format!("status/{token}")),
        WebhookRoute::Status(None) => (None, "status".to_owned()),
        WebhookRoute::Voice => (None, "voice".to_owned()),
        WebhookRoute::Message => (None, "message".to_owned()),
    };
    let token = match sealed.map(|sealed| app.keys.open_token(sealed, &line.id, app.clock.now())) {
        None => None,
        Some(Ok(token)) => Some(token),
        // Signed by the provider all the same: a caller waits, and gets the safe plan.
        Some(Err(error)) => {
            tracing::warn!(line = %line.id, %error, "A verified webhook brought a token that cannot be read");
            return Err(Unread(None));
        }
    };
    let desk = match &token {
        Some(token) if token.leg > 0 => desk_of_leg(app, token).await,
        _ => None,
    };
    let context = ParseContext { token: token.as_ref(), desk: desk.as_ref(), message: *route == WebhookRoute::Message };
    match line.account.dialect.parse(request, &context) {
        Ok(heard) => Ok(Read { line: Arc::clone(line), token, heard, place }),
        Err(error) => {
            tracing::warn!(line = %line.id, %error, "A verified webhook cannot be understood");
            Err(Unread(token))
        }
    }
}

/// The number of the desk that a token's leg stands for: from the call's state, else from the settings by its place.
async fn desk_of_leg(app: &App, token: &StepToken) -> Option<PhoneNumber> {
    let known = app.journal.call(token.call).await.ok().flatten().and_then(|known| known.state);
    if let Some(state) = known {
        return desk_in_state(&state, token.leg);
    }
    // No memory: the desk is the last one that the token counts as tried, in the document's own order.
    let snapshot = app.settings.now();
    let organisations = snapshot.organisations.values();
    let settings = organisations.filter_map(|organisation| organisation.versions.get(&token.version)).next()?;
    let desks = settings.settings.desks();
    desks
        .iter()
        .rev()
        .find(|(_, place, _)| token.tried & (1_u32.checked_shl(u32::from(place.0)).unwrap_or(0)) != 0)
        .map(|(_, _, desk)| desk.phone.clone())
}

fn desk_in_state(state: &CallState, leg: u8) -> Option<PhoneNumber> {
    let forwards = state.forward.iter().chain(&state.replaced);
    let running = forwards.into_iter().find(|forward| forward.leg == leg).map(|forward| forward.desk.phone.clone());
    // Numbers are tried once each, in the order of the legs.
    running.or_else(|| state.tried.get(usize::from(leg).checked_sub(1)?).cloned())
}

/// Judges what was heard. Some: the document that the provider waits for.
async fn judge(app: &App, read: &Read) -> Result<Option<Plan>, StoreError> {
    let call = call_of(app, read).await?;
    let mut plan = None;
    for (part, event) in (0_u8..).zip(&read.heard.events) {
        let incoming = Incoming {
            call,
            line: Arc::clone(&read.line),
            event: event.clone(),
            delivery: Some(delivery::of_call(&read.line.account.id, &read.place, &read.heard, part)),
            seen: seen(read),
            wanted: wanted(read, Some(event)),
        };
        plan = Some(app.judge_step(&incoming).await?.plan);
    }
    if !read.heard.waits {
        return Ok(None);
    }
    match plan {
        Some(plan) => Ok(Some(plan)),
        // Nothing that moves the call, and a document is waited for: that of the state.
        None => app.document_of_call(call, &read.line, &wanted(read, None)).await.map(Some),
    }
}

/// Which call it is: the token says so, else the provider's id; a call that nobody knows begins.
async fn call_of(app: &App, read: &Read) -> Result<CallId, StoreError> {
    if let Some(token) = &read.token {
        return Ok(token.call);
    }
    let known = app.journal.find_call(&read.line.account.id, &read.heard.call).await?;
    Ok(known.unwrap_or_else(|| CallId(call_id_of(&read.line, &read.heard))))
}

/// The id of a call that comes in is made from the provider's, so that two deliveries of one arrival begin one call.
fn call_id_of(line: &Line, heard: &Heard) -> uuid::Uuid {
    let name = delivery::of_text(&line.account.id, &format!("call {}", heard.call.0));
    uuid::Builder::from_custom_bytes(name.0).into_uuid()
}

fn seen(read: &Read) -> Vec<SeenId> {
    let leg = read.token.as_ref().map_or(0, |token| token.leg);
    let mut seen = Vec::new();
    // A leg's callback that does not name its parent says nothing about the traveller's line.
    if read.heard.leg.as_ref() != Some(&read.heard.call) {
        seen.push(SeenId { leg: 0, id: read.heard.call.clone() });
    }
    if let Some(id) = read.heard.leg.clone().filter(|_| leg > 0) {
        seen.push(SeenId { leg, id });
    }
    seen
}

fn wanted(read: &Read, event: Option<&Event>) -> Wanted {
    let leg = read.token.as_ref().map_or(0, |token| token.leg);
    match (read.token.as_ref().map(|token| token.kind), event) {
        _ if !read.heard.waits => Wanted::Nothing,
        (Some(CallbackKind::Whisper), _) => Wanted::Desk { leg, moment: DeskMoment::Answered },
        (Some(CallbackKind::WhisperKey), Some(Event::TargetConfirmed { .. })) => {
            Wanted::Desk { leg, moment: DeskMoment::Confirmed }
        }
        (Some(CallbackKind::WhisperKey), _) => Wanted::Desk { leg, moment: DeskMoment::Declined },
        _ => Wanted::Traveller,
    }
}

fn safely(app: &App, line: &Arc<Line>, token: Option<&StepToken>, events: &[Event]) -> WebhookReply {
    let plan = app.answer_safely(Unstored { line, token, events });
    plan.map_or(WebhookReply::NobodyToCall, |plan| document(app, line, &plan))
}

/// A plan as a document of the line's provider.
pub(crate) fn document(app: &App, line: &Line, plan: &Plan) -> WebhookReply {
    let seal = |token: &StepToken| app.seal(token, &line.id);
    let callbacks = Callbacks { public_url: &app.public_url, line: line.id.as_str(), seal: &seal };
    WebhookReply::Document(line.account.dialect.render(plan, &callbacks))
}
