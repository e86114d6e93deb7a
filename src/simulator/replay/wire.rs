//! Plays a scenario over HTTP: every event as the request that Twilio would send, to the newest URL that fits it. What the
//! engine decided is read from its journal; what it said, from its documents.

use crate::app::change_call::AboutCall;
use crate::app::engine::App;
use crate::app::judge_step::JOB_CHANGE_CALL;
use crate::app::replay_scenario::{
    Difference, REPLAY_LINE, REPLAY_SECRET, Replay, ReplayAccount, ReplayError, attempt_number, difference,
};
use crate::app::scenario::{self, Action, Kind, ProviderEvent, Scenario, Step, What};
use crate::dialect::{Dialect, ProviderRequest};
use crate::model::event::{DialOutcome, Event, LineStatus};
use crate::model::limits;
use crate::outbound::carrier::Carrier;
use crate::simulator::document::{self, Element};
use crate::simulator::post::parameters;
use crate::simulator::replay::exchange::{ExchangeLog, RequestText};
use crate::simulator::replay::line::{self, Line, Request};
use crate::simulator::replay::order_book::OrderBook;
use crate::simulator::replay::verdict;
use crate::simulator::signer;
use crate::store::journal::StoredStep;
use chrono::TimeDelta;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The base of all URLs that are signed, whatever port is behind them.
pub const REPLAY_PUBLIC_URL: &str = "https://replay.example";
/// Its host.
const PUBLIC_HOST: &str = "replay.example";
/// The name under which due jobs are claimed.
const WORKER: &str = "replay";
/// Rows that one step may add to the journal; a few are usual.
const ROWS_MAX: i64 = 100;

/// How a replay over a provider ended.
#[derive(Debug, Clone, PartialEq)]
pub enum WireResult {
    /// As it should.
    Ok,
    /// Something differs.
    Differs(Difference),
    /// It cannot happen at this provider.
    Skipped {
        /// What the provider lacks.
        lacks: &'static str,
    },
}

/// Where a replay over a provider runs.
#[derive(Debug, Clone)]
pub struct Wiring {
    /// The engine.
    pub app: Arc<App>,
    /// Where its public router listens: `http://127.0.0.1:port`.
    pub engine_base: String,
    /// Where our REST requests go, and where they are recorded.
    pub rest_base: String,
    /// What takes them.
    pub order_book: OrderBook,
    /// What is said is written down here.
    pub log: ExchangeLog,
}

/// Replays one scenario in a provider's dialect.
///
/// # Errors
/// A scenario that cannot be, the memory's, or an answer that no provider understands.
pub async fn replay_over(
    wiring: &Wiring,
    dialect: &dyn Dialect,
    scenario: &Scenario,
    words_as_given: bool,
) -> Result<WireResult, ReplayError> {
    scenario::check_words(scenario)?;
    if let Some(lacks) = lacking(dialect, scenario) {
        return Ok(WireResult::Skipped { lacks });
    }
    let account = ReplayAccount { provider: dialect.name().to_owned(), api_base_url: Some(wiring.rest_base.clone()) };
    let replay = Replay::prepare(&wiring.app, scenario, words_as_given, &account).await?;
    let mut wire = Wire::new(wiring, scenario, replay);
    wire.begin().await?;
    for (index, step) in scenario.steps.iter().enumerate() {
        wiring.log.begin_step(index + 1);
        wire.step = index + 1;
        let Some(actual) = wire.play(step).await? else {
            return Ok(WireResult::Skipped { lacks: "a key of a desk that is asked for none" });
        };
        if !scenario::same(&step.engine, &actual) {
            return Ok(WireResult::Differs(difference(Some(index + 1), &step.engine, &actual)));
        }
    }
    let end = wire.replay.end().await?;
    Ok(if end == scenario.end { WireResult::Ok } else { WireResult::Differs(difference(None, &scenario.end, &end)) })
}

/// What of the scenario this provider cannot do.
fn lacking(dialect: &dyn Dialect, scenario: &Scenario) -> Option<&'static str> {
    let can = dialect.capabilities();
    let events = scenario.steps.iter().filter_map(|step| step.provider.as_ref());
    events.map(|event| &event.what).find_map(|what| match what {
        What::Gathered { speech: Some(_), .. } if !can.speech => Some("speech"),
        What::TargetConfirmed { .. } | What::TargetDeclined { .. } if !can.confirm => Some("confirm"),
        What::AnsweredBy { .. } if !can.machine_detection => Some("machine_detection"),
        What::AnsweredBy { .. } if !can.change_call => Some("change_call"),
        What::SmsReceived { .. } if !can.texts => Some("texts"),
        What::Gathered { .. }
        | What::TargetConfirmed { .. }
        | What::TargetDeclined { .. }
        | What::AnsweredBy { .. }
        | What::SmsReceived { .. }
        | What::CallAnswered { .. }
        | What::DialResult { .. }
        | What::CallStatus { .. } => None,
    })
}

/// A delivery as it was made: to be made again, byte for byte.
#[derive(Debug, Clone)]
struct Delivery {
    /// None: no provider could send it.
    request: Option<Request>,
    token: String,
    /// The telephone actions that it led to.
    decided: Vec<Action>,
    /// Do they reach the telephone in the answer, or over a redirect?
    by_redirect: bool,
    /// The answer.
    document: Vec<Element>,
}

impl Delivery {
    /// One that no provider could make.
    const fn impossible() -> Self {
        Self { request: None, token: String::new(), decided: Vec::new(), by_redirect: false, document: Vec::new() }
    }
}

/// What an event becomes.
enum Made {
    Request(Request),
    /// No provider could send it.
    Nothing,
}

struct Wire<'a> {
    wiring: &'a Wiring,
    scenario: &'a Scenario,
    replay: Replay,
    step: usize,
    carrier: Carrier,
    lines: HashMap<String, Line>,
    deliveries: HashMap<String, Delivery>,
    /// Requests made so far, without what differs between two that say the same.
    sent: HashSet<Request>,
    tokens: u64,
    /// The newest row of the journal that is known.
    last_row: i64,
}

impl<'a> Wire<'a> {
    fn new(wiring: &'a Wiring, scenario: &'a Scenario, replay: Replay) -> Self {
        let carrier = wiring.app.carrier.clone();
        Self {
            wiring,
            scenario,
            replay,
            step: 0,
            carrier,
            lines: HashMap::new(),
            deliveries: HashMap::new(),
            sent: HashSet::new(),
            tokens: 0,
            last_row: 0,
        }
    }

    fn ours(&self) -> &'a str {
        &self.scenario.organisation.emergency_number
    }

    /// What happens before the first step: attempt 1 is placed; where the scenario begins otherwise, it has failed.
    async fn begin(&mut self) -> Result<(), ReplayError> {
        self.wiring.log.begin_step(0);
        if self.replay.has_query() {
            self.place("out-1", 1).await?;
            if self.scenario.situation.kind != Kind::OutboundStatusCall {
                let request = self.call_status("out-1", LineStatus::NoAnswer);
                if let Made::Request(request) = request {
                    let token = self.fresh_token();
                    self.post(&request, &token).await?;
                }
            }
        }
        self.new_rows().await.map(drop)
    }

    fn fresh_token(&mut self) -> String {
        self.tokens += 1;
        format!("00000000-0000-4000-8000-{:012x}", self.tokens)
    }

    /// Plays one step. None: it cannot happen at this provider, and the scenario needs that it does.
    async fn play(&mut self, step: &Step) -> Result<Option<Vec<Action>>, ReplayError> {
        if let Some(event) = &step.administrator {
            self.replay.administrate(event).await?;
            return Ok(Some(vec![Action::Nothing]));
        }
        let event = step.provider.as_ref().ok_or_else(|| ReplayError::Scenario("a step without an event".to_owned()))?;
        self.replay.give_words(step);
        if let Some(delivery) = self.deliveries.get(&event.id).cloned() {
            return self.deliver_again(&delivery).await.map(Some);
        }
        self.place_what_begins(event).await?;
        self.ask_desk_first(event).await?;
        let request = match self.request(event)? {
            Made::Request(request) => Some(request),
            Made::Nothing => None,
        };
        let Some(request) = request else {
            self.deliveries.insert(event.id.clone(), Delivery::impossible());
            let needed = step.engine.iter().any(|action| *action != Action::Nothing);
            return Ok((!needed).then(|| vec![Action::Nothing]));
        };
        self.deliver(event, request).await.map(Some)
    }

    /// An attempt is placed at its first event, over REST.
    async fn place_what_begins(&mut self, event: &ProviderEvent) -> Result<(), ReplayError> {
        let Some(name) = event.call.as_deref().filter(|name| !self.lines.contains_key(*name)) else { return Ok(()) };
        match attempt_number(name)? {
            Some(attempt) => self.place(name, attempt).await,
            None => {
                let (from, to) = match &event.what {
                    What::CallAnswered { caller, called, .. } => (shown(caller.as_deref()), called.clone()),
                    What::Gathered { .. }
                    | What::DialResult { .. }
                    | What::TargetConfirmed { .. }
                    | What::TargetDeclined { .. }
                    | What::CallStatus { .. }
                    | What::AnsweredBy { .. }
                    | What::SmsReceived { .. } => (shown(None), self.ours().to_owned()),
                };
                let mut line = Line::new(self.wiring.order_book.fresh_sid("CA"), true, from, to);
                line.url = hook("voice");
                line.status_callback = hook("status");
                line.machine_callback = hook("status");
                self.lines.insert(name.to_owned(), line);
                Ok(())
            }
        }
    }

    async fn place(&mut self, name: &str, attempt: u8) -> Result<(), ReplayError> {
        let before = self.wiring.order_book.orders();
        self.wiring.app.place_call(&self.replay.attempt(attempt)?).await?;
        let order = self.wiring.order_book.order_after(before);
        let order = order.ok_or_else(|| ReplayError::Scenario(format!("{name} is not planned")))?;
        let mut line = Line::new(order.sid, false, order.from, order.to);
        line.url = order.url;
        line.status_callback = order.status_callback;
        line.machine_callback = order.machine_callback;
        self.lines.insert(name.to_owned(), line);
        Ok(())
    }

    /// A desk's document is asked for before its key, and before anything that would come too late for it: a desk that
    /// answers has heard it by then.
    async fn ask_desk_first(&mut self, event: &ProviderEvent) -> Result<(), ReplayError> {
        let Some(name) = event.call.as_deref() else { return Ok(()) };
        let Some(leg) = self.lines.get(name).and_then(|line| line.leg(line.dialling.as_deref()?)) else { return Ok(()) };
        let concerns = match &event.what {
            What::TargetConfirmed { phone } | What::TargetDeclined { phone } | What::DialResult { phone, .. } => {
                *phone == leg.desk
            }
            What::CallStatus { .. } => true,
            What::CallAnswered { .. } | What::Gathered { .. } | What::AnsweredBy { .. } | What::SmsReceived { .. } => false,
        };
        if !concerns || leg.whisper_fetched || !self.answers_from_here(name, &leg.desk) {
            return Ok(());
        }
        let leg = leg.clone();
        let Some((url, line)) = leg.whisper.clone().zip(self.lines.get(name)) else { return Ok(()) };
        let request = Request { url, parameters: line.of_leg(&leg, &[]) };
        let token = self.fresh_token();
        let verbs = self.post(&request, &token).await?;
        if let Some(leg) = self.lines.get_mut(name).and_then(|line| line.leg_mut(&leg.desk)) {
            leg.whisper_fetched = true;
            let gather = verbs.iter().find(|verb| verb.name == "Gather");
            leg.key_url = gather.and_then(|gather| gather.attribute("action")).map(str::to_owned);
        }
        Ok(())
    }

    /// Does the desk answer in this step or a later one?
    fn answers_from_here(&self, call: &str, desk: &str) -> bool {
        let coming = self.scenario.steps.iter().skip(self.step.saturating_sub(1)).filter_map(|step| step.provider.as_ref());
        coming.filter(|event| event.call.as_deref() == Some(call)).any(|event| match &event.what {
            What::TargetConfirmed { phone } | What::TargetDeclined { phone } => phone == desk,
            What::DialResult { phone, result, .. } => phone == desk && *result == DialOutcome::Completed,
            What::CallAnswered { .. }
            | What::Gathered { .. }
            | What::CallStatus { .. }
            | What::AnsweredBy { .. }
            | What::SmsReceived { .. } => false,
        })
    }

    /// The request that an event becomes.
    fn request(&mut self, event: &ProviderEvent) -> Result<Made, ReplayError> {
        let name = event.call.as_deref().unwrap_or_default();
        let Some(line) = self.lines.get(name) else {
            return Ok(match &event.what {
                What::SmsReceived { caller, called, text } => self.text(caller.as_deref(), called, text),
                What::CallAnswered { .. }
                | What::Gathered { .. }
                | What::DialResult { .. }
                | What::TargetConfirmed { .. }
                | What::TargetDeclined { .. }
                | What::CallStatus { .. }
                | What::AnsweredBy { .. } => return Err(ReplayError::Scenario("an event without a call".to_owned())),
            });
        };
        let made = match &event.what {
            What::CallAnswered { .. } => {
                let status = if line.inbound { "ringing" } else { "in-progress" };
                self.unless_sent(Request { url: line.url.clone(), parameters: line.standard(status) })
            }
            What::Gathered { digits, speech, confidence } => {
                let mut parameters = line.step(&[]);
                parameters.extend(line::gathered(digits.as_deref(), speech.as_deref(), confidence.as_ref()));
                // The newest question; where the same was said to it before, an older one, whose delivery comes late.
                let candidates =
                    line.gathers.iter().rev().map(|url| Request { url: url.clone(), parameters: parameters.clone() });
                candidates.into_iter().find(|request| !self.sent.contains(request)).map_or(Made::Nothing, Made::Request)
            }
            What::DialResult { phone, result, duration_s } => match line.leg(phone) {
                Some(leg) => {
                    let mut parameters = line.step(&[]);
                    parameters.extend(line::dial_ended(leg, *result, *duration_s));
                    self.unless_sent(Request { url: leg.action.clone(), parameters })
                }
                None => Made::Nothing,
            },
            What::TargetConfirmed { phone } => self.key(line, phone, "1"),
            What::TargetDeclined { phone } => self.key(line, phone, "2"),
            What::CallStatus { status } => self.call_status(name, *status),
            What::AnsweredBy { by } => {
                self.unless_sent(Request { url: line.machine_callback.clone(), parameters: line.detection(*by) })
            }
            What::SmsReceived { .. } => return Err(ReplayError::Scenario("a text has no call".to_owned())),
        };
        Ok(made)
    }

    /// A request that was made before under another name is no new event: no provider sends it.
    fn unless_sent(&self, request: Request) -> Made {
        if self.sent.contains(&request) { Made::Nothing } else { Made::Request(request) }
    }

    fn key(&self, line: &Line, desk: &str, key: &str) -> Made {
        let Some((leg, url)) = line.leg(desk).and_then(|leg| Some((leg, leg.key_url.clone()?))) else { return Made::Nothing };
        self.unless_sent(Request { url, parameters: line.of_leg(leg, &[("Digits", key)]) })
    }

    fn call_status(&mut self, name: &str, status: LineStatus) -> Made {
        let now = self.wiring.app.clock.now();
        let Some(line) = self.lines.get_mut(name) else { return Made::Nothing };
        let parameters = line.progress(line::call_status(status), now);
        Made::Request(Request { url: line.status_callback.clone(), parameters })
    }

    fn text(&self, caller: Option<&str>, called: &str, text: &str) -> Made {
        let sid = self.wiring.order_book.fresh_sid("SM");
        let from = shown(caller);
        let parameters = parameters(&[
            ("ToCountry", ""),
            ("SmsMessageSid", &sid),
            ("NumMedia", "0"),
            ("SmsSid", &sid),
            ("SmsStatus", "received"),
            ("Body", text),
            ("To", called),
            ("NumSegments", "1"),
            ("MessageSid", &sid),
            ("AccountSid", crate::app::replay_scenario::REPLAY_ACCOUNT_SID),
            ("From", &from),
            ("ApiVersion", "2010-04-01"),
        ]);
        Made::Request(Request { url: hook("message"), parameters })
    }

    /// Delivers an event for the first time and says what it led to.
    async fn deliver(&mut self, event: &ProviderEvent, request: Request) -> Result<Vec<Action>, ReplayError> {
        let token = self.fresh_token();
        self.sent.insert(request.clone());
        let verbs = self.post(&request, &token).await?;
        let name = event.call.clone().unwrap_or_default();
        let dialling = self.lines.get(&name).and_then(|line| line.dialling.clone());
        self.note_line(&name, &event.what, &verbs);
        let rows = self.new_rows().await?;
        let redirected = self.follow_redirects(&name).await?;
        let decided = self.decided(&rows);
        let by_redirect = redirected.is_some();
        let telephone = decided.iter().filter(|action| is_telephone(action)).cloned().collect();
        let delivery = Delivery { request: Some(request), token, decided: telephone, by_redirect, document: verbs.clone() };
        self.deliveries.insert(event.id.clone(), delivery);
        let document = redirected.unwrap_or(verbs);
        Ok(self.happened(decided, &document, dialling.as_deref()))
    }

    /// The same delivery once more. The decision is the old one; what the journal says beside it was decided anew.
    async fn deliver_again(&mut self, delivery: &Delivery) -> Result<Vec<Action>, ReplayError> {
        let Some(request) = &delivery.request else { return Ok(vec![Action::Nothing]) };
        let verbs = self.post(request, &delivery.token).await?;
        if verbs != delivery.document {
            return Err(self.unanswered("a repeat of a delivery was answered in another way"));
        }
        let rows = self.new_rows().await?;
        let mut actual = self.decided(&rows);
        actual.retain(|action| *action != Action::Nothing);
        actual.extend(delivery.decided.iter().cloned());
        if delivery.by_redirect {
            // Its document went out by the redirect, and a repeat sends no second one.
            return Ok(if actual.is_empty() { vec![Action::Nothing] } else { actual });
        }
        let dialling = verdict::dialled(&verbs).pop();
        Ok(self.happened(actual, &verbs, dialling.as_deref()))
    }

    fn happened(&self, decided: Vec<Action>, verbs: &[Element], dialling: Option<&str>) -> Vec<Action> {
        verdict::happened(decided, verbs, dialling, self.ours(), self.ours())
    }

    /// What the rows decided. The document of a redirect says what another row decided.
    fn decided(&self, rows: &[StoredStep]) -> Vec<Action> {
        let fetched = |row: &&StoredStep| !matches!(row.event, Some(Event::DocumentFetched));
        let telephone: Vec<_> = rows.iter().filter(fetched).flat_map(|row| row.telephone.clone()).collect();
        let effects: Vec<_> = rows.iter().flat_map(|row| row.effects.clone()).collect();
        self.replay.actions(&telephone, &effects)
    }

    async fn new_rows(&mut self) -> Result<Vec<StoredStep>, ReplayError> {
        let rows = self.wiring.app.journal.steps_after(self.last_row, ROWS_MAX).await?;
        self.last_row = rows.last().map_or(self.last_row, |row| row.row_id);
        Ok(rows)
    }

    /// Takes note of what an event says of its line, and of the URLs in its document.
    fn note_line(&mut self, name: &str, what: &What, verbs: &[Element]) {
        let order_book = &self.wiring.order_book;
        let Some(line) = self.lines.get_mut(name) else { return };
        let about_a_leg = matches!(what, What::TargetConfirmed { .. } | What::TargetDeclined { .. });
        if !about_a_leg {
            line.learn(verbs, || order_book.fresh_sid("CA"));
        }
        match what {
            What::CallAnswered { .. } => order_book.set_status(&line.sid, "in-progress"),
            What::CallStatus { status } => line.ended = Some(line::call_status(*status)),
            // `canceled` means that the traveller's line has ended.
            What::DialResult { result: DialOutcome::Canceled, .. } => line.ended = line.ended.or(Some("completed")),
            What::DialResult { .. }
            | What::Gathered { .. }
            | What::TargetConfirmed { .. }
            | What::TargetDeclined { .. }
            | What::AnsweredBy { .. }
            | What::SmsReceived { .. } => {}
        }
        if let Some(status) = line.ended {
            order_book.set_status(&line.sid, status);
        }
    }

    /// Runs what the step left to be done, and fetches the document that a redirect names. Some: that document.
    async fn follow_redirects(&mut self, name: &str) -> Result<Option<Vec<Element>>, ReplayError> {
        let app = &self.wiring.app;
        let now = app.clock.now();
        let lease = TimeDelta::seconds(limits::JOB_LEASE_SECONDS);
        for job in app.store.claim_jobs(WORKER, now, lease, limits::JOBS_AT_ONCE_MAX).await? {
            if job.kind == JOB_CHANGE_CALL {
                let about: AboutCall = serde_json::from_str(&job.payload)
                    .map_err(|error| ReplayError::Scenario(format!("a job that cannot be read: {error}")))?;
                app.change_call(&about).await?;
            }
            // Mails, call-backs and repeats are off.
            app.store.finish_job(&job, WORKER, now).await?;
        }
        let mut document = None;
        for (sid, url) in self.wiring.order_book.take_redirects() {
            let Some(line) = self.lines.get(name).filter(|line| line.sid == sid) else {
                return Err(self.unanswered("a redirect of a call that this step is not about"));
            };
            let request = Request { url, parameters: line.step(&[]) };
            let token = self.fresh_token();
            let verbs = self.post(&request, &token).await?;
            let order_book = &self.wiring.order_book;
            if let Some(line) = self.lines.get_mut(name) {
                line.learn(&verbs, || order_book.fresh_sid("CA"));
            }
            self.new_rows().await?;
            document = Some(verbs);
        }
        Ok(document)
    }

    fn unanswered(&self, says: impl Into<String>) -> ReplayError {
        ReplayError::Answer { step: self.step, says: says.into() }
    }

    /// Posts a signed request and reads the document that comes back; an empty one where there is none.
    async fn post(&self, request: &Request, token: &str) -> Result<Vec<Element>, ReplayError> {
        let path = request.url.strip_prefix(REPLAY_PUBLIC_URL).filter(|path| path.starts_with('/'));
        let path = path.ok_or_else(|| self.unanswered(format!("a URL that is not ours: {}", request.url)))?;
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&request.parameters).finish();
        let headers = [
            ("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8".to_owned()),
            ("User-Agent", "TwilioProxy/1.1".to_owned()),
            ("Accept", "*/*".to_owned()),
            ("I-Twilio-Idempotency-Token", token.to_owned()),
            ("X-Twilio-Signature", signer::sign(&request.url, &request.parameters, REPLAY_SECRET)),
        ];
        let shown: Vec<(String, String)> = headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let sent = ProviderRequest {
            method: "POST",
            url: format!("{}{path}", self.wiring.engine_base),
            headers: headers.into_iter().chain([("Host", PUBLIC_HOST.to_owned())]).collect(),
            basic: None,
            body: body.clone(),
        };
        let answer = self.carrier.send(sent).await.map_err(|error| self.unanswered(format!("no answer: {error}")))?;
        let text = String::from_utf8(answer.body).map_err(|error| self.unanswered(error.to_string()))?;
        let saved = RequestText { method: "POST", target: path, host: PUBLIC_HOST, headers: &shown, body: &body };
        self.wiring.log.add_webhook(&saved, &text);
        match answer.status {
            204 => Ok(Vec::new()),
            200 if text.is_empty() => Ok(Vec::new()),
            200 => document::read(&text).map_err(|fault| self.unanswered(fault)),
            status => Err(self.unanswered(format!("11200: the webhook was answered with {status}"))),
        }
    }
}

/// What happens on a telephone, and is repeated when a delivery is.
fn is_telephone(action: &Action) -> bool {
    match action {
        Action::Prompt { .. }
        | Action::Forward { .. }
        | Action::Say { .. }
        | Action::HangUp
        | Action::ReplySms { .. }
        | Action::Refuse => true,
        Action::Record { .. } | Action::Alert { .. } | Action::Retry { .. } | Action::Nothing => false,
    }
}

/// A caller as Twilio shows it.
fn shown(caller: Option<&str>) -> String {
    caller.unwrap_or("anonymous").to_owned()
}

/// One of our line's URLs without a token.
fn hook(name: &str) -> String {
    format!("{REPLAY_PUBLIC_URL}/webhooks/{REPLAY_LINE}/{name}")
}
