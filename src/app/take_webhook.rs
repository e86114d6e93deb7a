//! A webhook's trip: verify, parse, judge, store, render. Whatever breaks behind the signature, a voice webhook gets valid
//! call control within `limits::ANSWER_MS_MAX` (promise 3).

use crate::app::answer_safely::Unstored;
use crate::app::delivery;
use crate::app::engine::App;
use crate::app::from_token::is_ahead;
use crate::app::judge_step::{Incoming, Wanted};
use crate::app::missed::Delivered;
use crate::decide::speak::DeskMoment;
use crate::dialect::{Callbacks, Heard, ParseContext, RawRequest, Reply, WebhookError};
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
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

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
    /// The call; None: the provider reports on one that nobody here knows.
    call: Option<CallId>,
    /// What happened, with its names.
    events: Vec<Delivered>,
}

/// Takes one webhook. It is taken to its end even where the provider hangs up meanwhile; a panic yields the safe plan.
pub async fn take_webhook(app: &Arc<App>, line: &str, route: WebhookRoute, request: RawRequest) -> WebhookReply {
    let line = match admit(app, line, &route, &request).await {
        Ok(line) => line,
        Err(reply) => return reply,
    };
    let trip = {
        let (app, line, route) = (Arc::clone(app), Arc::clone(&line), route.clone());
        async move { take_verified(&app, &line, &route, &request).await }
    };
    guarded(app, &line, &route, trip).await
}

/// The line, if the request is its provider's.
async fn admit(app: &Arc<App>, line: &str, route: &WebhookRoute, request: &RawRequest) -> Result<Arc<Line>, WebhookReply> {
    let line = LineId::new(line).and_then(|id| app.settings.now().lines.get(&id).cloned());
    let line = line.ok_or(WebhookReply::UnknownLine)?;
    if line.account.secrets.is_empty() {
        tracing::error!(line = %line.id, "A webhook cannot be checked: the account's secrets cannot be read");
        return Err(WebhookReply::NobodyToCall);
    }
    let verified = catch_unwind(AssertUnwindSafe(|| line.account.dialect.verify(request, &line.account.secrets)));
    match verified {
        Ok(Ok(())) => Ok(line),
        Ok(Err(error)) => {
            note_refused(app, &line, route, request, error).await;
            Err(WebhookReply::Refused)
        }
        Err(_) => {
            tracing::error!(line = %line.id, "A webhook could not be checked for an error of ours");
            Err(WebhookReply::NobodyToCall)
        }
    }
}

/// Notes a refusal. Whoever waits for the reply does not wait for a slow memory; the note is made all the same.
async fn note_refused(app: &Arc<App>, line: &Arc<Line>, route: &WebhookRoute, request: &RawRequest, error: WebhookError) {
    let (noting, line, route, request) = (Arc::clone(app), Arc::clone(line), route.clone(), request.clone());
    let noted = app.tasks.spawn(async move { noting.note_refused_webhook(&line, &route, &request, &error).await });
    if tokio::time::timeout(Duration::from_millis(limits::REFUSED_NOTE_MS_MAX), noted).await.is_err() {
        tracing::warn!("The note of a refused webhook takes long");
    }
}

/// Runs the trip of a verified webhook in a task of its own. Where it panics or takes too long, the safe plan answers.
pub async fn guarded(
    app: &Arc<App>,
    line: &Arc<Line>,
    route: &WebhookRoute,
    trip: impl Future<Output = WebhookReply> + Send + 'static,
) -> WebhookReply {
    let trip = app.tasks.spawn(trip);
    match tokio::time::timeout(Duration::from_millis(limits::TRIP_MS_MAX), trip).await {
        Ok(Ok(reply)) => return reply,
        Ok(Err(_)) => tracing::error!(line = %line.id, "An error of ours broke the trip of a webhook"),
        Err(_) => tracing::error!(line = %line.id, "The trip of a webhook took too long"),
    }
    if !route.waits() {
        return WebhookReply::NobodyToCall;
    }
    let last_resort = catch_unwind(AssertUnwindSafe(|| {
        let token = route.token().and_then(|sealed| app.keys.open_token(sealed, &line.id, app.clock.now()).ok());
        safely(app, line, None, token.as_ref(), &[])
    }));
    last_resort.unwrap_or(WebhookReply::NobodyToCall)
}

impl WebhookRoute {
    /// Does a caller wait for a document?
    const fn waits(&self) -> bool {
        match self {
            Self::Voice | Self::Step(_) => true,
            Self::Status(_) | Self::Message => false,
        }
    }

    fn token(&self) -> Option<&String> {
        match self {
            Self::Step(token) | Self::Status(Some(token)) => Some(token),
            Self::Voice | Self::Status(None) | Self::Message => None,
        }
    }

    /// Names the place of a delivery.
    fn place(&self) -> String {
        match self {
            Self::Step(token) => format!("step/{token}"),
            Self::Status(Some(token)) => format!("status/{token}"),
            Self::Status(None) => "status".to_owned(),
            Self::Voice => "voice".to_owned(),
            Self::Message => "message".to_owned(),
        }
    }
}

/// A webhook whose signature fits: read, judge, store, render, all within one deadline.
async fn take_verified(app: &App, line: &Arc<Line>, route: &WebhookRoute, request: &RawRequest) -> WebhookReply {
    let deadline = Instant::now() + Duration::from_millis(limits::STORE_MS_MAX);
    let token = match route.token().map(|sealed| app.keys.open_token(sealed, &line.id, app.clock.now())) {
        None => None,
        Some(Ok(token)) if token.kind.is_status() != route.waits() => Some(token),
        // Signed by the provider all the same: a caller waits, and gets the safe plan.
        Some(opened) => {
            let error = opened.err().map_or_else(String::new, |error| error.to_string());
            tracing::warn!(line = %line.id, error, "A verified webhook brought a token that cannot be used here");
            return unreadable(app, line, route, None);
        }
    };
    let desk = match &token {
        Some(token) if token.leg > 0 => desk_of_leg(app, line, token, deadline).await,
        _ => None,
    };
    let context = ParseContext { token: token.as_ref(), desk: desk.as_ref(), message: *route == WebhookRoute::Message };
    let heard = match line.account.dialect.parse(request, &context) {
        Ok(heard) => heard,
        Err(error) => {
            tracing::warn!(line = %line.id, %error, "A verified webhook cannot be understood");
            return unreadable(app, line, route, token.as_ref());
        }
    };
    if *route == WebhookRoute::Message {
        return app.take_text(line, &heard).await;
    }
    let line = called_line(app, line, token.as_ref(), &heard);
    let mut read = read(line, token, heard, route);
    let judged = match timeout_at(deadline, judge(app, &mut read)).await {
        Ok(judged) => judged,
        Err(_) => Err(StoreError::Busy),
    };
    match judged {
        Ok(Some(plan)) => document(app, &read.line, &plan),
        Ok(None) => WebhookReply::Document(read.line.account.dialect.acknowledge()),
        Err(StoreError::Conflict("the provider's id of the call")) => {
            app.note_foreign_token(&read.line);
            WebhookReply::Refused
        }
        Err(error) => {
            tracing::error!(line = %read.line.id, %error, "A webhook could not be stored");
            unstored(app, &read, route)
        }
    }
}

/// Nothing can be stored: the caller gets the safe plan. A provider that waits for no document may try again; what it said
/// is kept until it can be stored.
fn unstored(app: &App, read: &Read, route: &WebhookRoute) -> WebhookReply {
    if read.heard.waits && route.waits() {
        return safely(app, &read.line, read.call, read.token.as_ref(), &read.events);
    }
    if let Some(call) = read.call {
        for delivered in &read.events {
            app.missed.keep(call, &read.line, delivered);
        }
        app.work.ring(&app.clock);
    }
    WebhookReply::NobodyToCall
}

/// A verified webhook that cannot be read: a caller gets the safe plan all the same.
fn unreadable(app: &App, line: &Arc<Line>, route: &WebhookRoute, token: Option<&StepToken>) -> WebhookReply {
    if route.waits() { safely(app, line, None, token, &[]) } else { WebhookReply::Unreadable }
}

/// The line that was called: one application URL may serve many numbers of one account.
fn called_line(app: &App, line: &Arc<Line>, token: Option<&StepToken>, heard: &Heard) -> Arc<Line> {
    let called = match (token, heard.events.first()) {
        (None, Some(Event::CallAnswered { called, .. })) => called,
        _ => return Arc::clone(line),
    };
    let other = app.settings.now().line_with_number(&line.account.id, called).filter(|_| *called != line.number).cloned();
    other.unwrap_or_else(|| Arc::clone(line))
}

fn read(line: Arc<Line>, token: Option<StepToken>, heard: Heard, route: &WebhookRoute) -> Read {
    let seen = seen(token.as_ref(), &heard);
    let place = route.place();
    let deliveries = (0_u8..).zip(&heard.events).map(|(part, event)| Delivered {
        event: event.clone(),
        delivery: delivery::of_call(&line.account.id, &place, &heard, part),
        seen: seen.clone(),
        token: token.clone(),
    });
    let events = deliveries.collect();
    let call = match (&token, route) {
        (Some(token), _) => Some(token.call),
        (None, WebhookRoute::Voice) => Some(CallId(call_id_of(&line, &heard))),
        (None, _) => None,
    };
    Read { line, token, heard, call, events }
}

/// The number of the desk that a token's leg stands for: from the call's state, else from the settings by its place.
async fn desk_of_leg(app: &App, line: &Arc<Line>, token: &StepToken, deadline: Instant) -> Option<PhoneNumber> {
    let known = timeout_at(deadline, app.journal.call(token.call)).await;
    let state = known.ok().and_then(Result::ok).flatten().and_then(|known| known.state);
    match state.filter(|state| !is_ahead(token, state)).and_then(|state| desk_in_state(&state, token.leg)) {
        Some(desk) => Some(desk),
        None => app.desk_of_token(line, token),
    }
}

fn desk_in_state(state: &CallState, leg: u8) -> Option<PhoneNumber> {
    let forwards = state.forward.iter().chain(&state.replaced);
    let running = forwards.into_iter().find(|forward| forward.leg == leg).map(|forward| forward.desk.phone.clone());
    // Numbers are tried once each, in the order of the legs.
    running.or_else(|| state.tried.get(usize::from(leg).checked_sub(1)?).cloned())
}

/// Judges what was heard. Some: the document that the provider waits for.
async fn judge(app: &App, read: &mut Read) -> Result<Option<Plan>, StoreError> {
    // The provider's id names a call that has no token here. Whoever knows nothing of it is told of an arrival only.
    let found = match read.token {
        Some(_) => None,
        None => app.journal.find_call(&read.line.account.id, &read.heard.call).await?,
    };
    let Some(call) = found.or(read.call) else {
        tracing::info!(line = %read.line.id, "The provider reports on a call that is not known here");
        return Ok(None);
    };
    read.call = Some(call);
    app.catch_up(call).await?;
    if !read.heard.waits && app.journal.call(call).await?.is_none() {
        return Ok(None); // it was never stored, and its progress alone says nothing about it
    }
    let mut plan = None;
    for delivered in &read.events {
        let incoming = Incoming {
            call,
            line: Arc::clone(&read.line),
            event: delivered.event.clone(),
            delivery: Some(delivered.delivery),
            seen: delivered.seen.clone(),
            wanted: wanted(read, Some(&delivered.event)),
        };
        plan = Some(app.judge_heard(&incoming, read.token.as_ref()).await?.plan);
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

/// The id of a call that comes in is made from the provider's, so that two deliveries of one arrival begin one call.
fn call_id_of(line: &Line, heard: &Heard) -> uuid::Uuid {
    let name = delivery::of_text(&line.account.id, &format!("call {}", heard.call.0));
    uuid::Builder::from_custom_bytes(name.0).into_uuid()
}

fn seen(token: Option<&StepToken>, heard: &Heard) -> Vec<SeenId> {
    let leg = token.map_or(0, |token| token.leg);
    let mut seen = Vec::new();
    // A leg's callback that does not name its parent says nothing about the traveller's line.
    if heard.leg.as_ref() != Some(&heard.call) {
        seen.push(SeenId { leg: 0, id: heard.call.clone() });
    }
    if let Some(id) = heard.leg.clone().filter(|_| leg > 0) {
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

fn safely(app: &App, line: &Arc<Line>, call: Option<CallId>, token: Option<&StepToken>, heard: &[Delivered]) -> WebhookReply {
    app.note_safe_plan(line, token);
    let plan = app.answer_safely(Unstored { line, call, token, heard });
    plan.map_or(WebhookReply::NobodyToCall, |plan| document(app, line, &plan))
}

/// A plan as a document of the line's provider.
pub(crate) fn document(app: &App, line: &Line, plan: &Plan) -> WebhookReply {
    let seal = |token: &StepToken| app.seal(token, &line.id);
    let callbacks = Callbacks { public_url: &app.public_url, line: line.id.as_str(), seal: &seal };
    WebhookReply::Document(line.account.dialect.render(plan, &callbacks))
}
