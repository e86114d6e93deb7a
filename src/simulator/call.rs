//! One call from its order to its end: fetches documents and obeys them as Twilio would.
//!
//! Each call is one task. It holds a `Busy` whenever it acts and gives it up only to sleep, so that a jumping clock never
//! runs past it; whatever reaches it from outside brings a `Busy` along.

use crate::model::clock::Busy;
use crate::model::phone::PhoneNumber;
use crate::simulator::document::{self, Element};
use crate::simulator::observation::What;
use crate::simulator::phones::{Reaction, Ring};
use crate::simulator::post::{Webhook, body, parameters};
use crate::simulator::provider::{CallEntry, Interrupt, Provider};
use chrono::TimeDelta;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Twilio ends a call after this many redirects and documents; a loop in a document must not run for ever here either.
const DOCUMENTS_MAX: usize = 60;
/// How long a line stays up in silence when the request for its next document was lost.
const LOST_SECONDS_MAX: f64 = 3_600.0;

/// An order as the REST interface took it.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// The first document.
    pub url: String,
    /// Asked for where `url` fails.
    pub fallback_url: Option<String>,
    /// Progress of the line.
    pub status_callback: Option<String>,
    /// Which progress.
    pub status_events: Vec<String>,
    /// Asynchronous machine detection.
    pub machine_callback: Option<String>,
    /// How long it may ring.
    pub ring_seconds: u32,
}

/// Why the obeying of a document stopped early.
enum Stop {
    /// Another document takes over.
    Redirect(String),
    /// The line is over.
    Ended,
}

/// What an input led to.
enum Input {
    Key(char),
    Words(String, u8),
    Nothing,
}

struct Line {
    provider: Arc<Provider>,
    sid: String,
    /// The person's phone.
    phone: PhoneNumber,
    /// Our line.
    ours: PhoneNumber,
    /// From and To as they stand in webhooks.
    from: String,
    to: String,
    direction: &'static str,
    order: Order,
    reactions: VecDeque<Reaction>,
    patience_seconds: Option<u32>,
    interrupts: mpsc::UnboundedReceiver<(Interrupt, Busy)>,
    busy: Busy,
    sequence: u32,
    answered_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl Provider {
    /// Takes an order and dials. Returns the call's id at once.
    pub fn place(self: &Arc<Self>, to: &PhoneNumber, from: &PhoneNumber, order: Order) -> String {
        let (ring, reactions) = self.next_ring(to);
        let line = self.line(to, from, from.e164().to_owned(), to.e164().to_owned(), "outbound-api", order, reactions);
        let sid = line.sid.clone();
        self.tasks.spawn(line.dial(ring));
        sid
    }

    /// A person rings one of our lines. `shown` is what the line sees as caller: the number, or a word such as `anonymous`.
    pub fn ring_in(self: &Arc<Self>, person: &PhoneNumber, shown: &str, to: &PhoneNumber) -> Option<String> {
        let base = self.config.lines.get(to)?;
        let (_, reactions) = self.next_ring(person);
        let order = Order { url: format!("{base}/voice"), status_callback: Some(format!("{base}/status")), ..Order::default() };
        let line = self.line(person, to, shown.to_owned(), to.e164().to_owned(), "inbound", order, reactions);
        let sid = line.sid.clone();
        self.observe(&sid, person, What::Dials);
        self.tasks.spawn(line.come_in());
        Some(sid)
    }

    /// A person writes to one of our lines; the reply arrives at their phone.
    pub async fn text_in(self: &Arc<Self>, person: &PhoneNumber, to: &PhoneNumber, body: &str) {
        let Some(base) = self.config.lines.get(to).cloned() else { return };
        let busy = self.config.clock.busy();
        let sid = self.fresh_sid("SM");
        self.observe(&sid, person, What::Writes(body.to_owned()));
        let pairs = parameters(&[
            ("AccountSid", &self.config.account_sid),
            ("ApiVersion", "2010-04-01"),
            ("Body", body),
            ("From", person.e164()),
            ("MessageSid", &sid),
            ("NumMedia", "0"),
            ("NumSegments", "1"),
            ("SmsMessageSid", &sid),
            ("SmsSid", &sid),
            ("SmsStatus", "received"),
            ("To", to.e164()),
        ]);
        let url = format!("{base}/message");
        let Some(answer) = self.post(&sid, person, Webhook { url: &url, parameters: pairs, fallback_url: None }).await else {
            return;
        };
        match document::read(&answer) {
            Ok(verbs) => {
                for verb in verbs.into_iter().filter(|verb| verb.name == "Message") {
                    self.observe(&sid, person, What::ReceivesText(verb.text));
                }
            }
            Err(fault) => self.observe(&sid, person, What::Fault(fault)),
        }
        drop(busy);
    }

    #[expect(clippy::too_many_arguments, reason = "a line is what its order says; a builder would only rename these")]
    fn line(
        self: &Arc<Self>,
        phone: &PhoneNumber,
        ours: &PhoneNumber,
        from: String,
        to: String,
        direction: &'static str,
        order: Order,
        reactions: Vec<Reaction>,
    ) -> Line {
        let sid = self.fresh_sid("CA");
        let (sender, interrupts) = mpsc::unbounded_channel();
        let start_time = self.config.clock.now().to_rfc2822();
        self.enter(&sid, CallEntry { to: to.clone(), from: from.clone(), status: "queued", start_time, interrupts: sender });
        let patience_seconds = self.phone(phone).and_then(|phone| phone.patience_seconds);
        Line {
            provider: Arc::clone(self),
            sid,
            phone: phone.clone(),
            ours: ours.clone(),
            from,
            to,
            direction,
            order,
            reactions: reactions.into(),
            patience_seconds,
            interrupts,
            busy: self.config.clock.busy(),
            sequence: 0,
            answered_at: None,
        }
    }
}

impl Line {
    fn observe(&self, what: What) {
        self.provider.observe(&self.sid, &self.phone, what);
    }

    /// Sleeps, unless something reaches the call from outside before.
    async fn wait(&mut self, seconds: f64) -> Result<(), Interrupt> {
        #[expect(clippy::cast_possible_truncation, reason = "seconds of a call, as milliseconds")]
        let moment = self.provider.config.clock.now() + TimeDelta::milliseconds((seconds * 1000.0) as i64);
        let busy = std::mem::take(&mut self.busy);
        let clock = self.provider.config.clock.clone();
        tokio::select! {
            biased;
            Some((interrupt, busy)) = self.interrupts.recv() => { self.busy = busy; Err(interrupt) }
            busy = clock.sleep_until(busy, moment) => { self.busy = busy; Ok(()) }
        }
    }

    async fn pause(&mut self, seconds: f64) -> Result<(), Stop> {
        self.wait(seconds).await.map_err(|interrupt| self.stopped_by(interrupt))
    }

    fn stopped_by(&self, interrupt: Interrupt) -> Stop {
        match interrupt {
            Interrupt::Redirect { url } => Stop::Redirect(url),
            Interrupt::EndedByRest => Stop::Ended,
            Interrupt::HungUp => {
                self.observe(What::HangsUp);
                Stop::Ended
            }
        }
    }

    /// The parameters of every voice webhook.
    fn parameters(&self, status: &str) -> Vec<(String, String)> {
        parameters(&[
            ("AccountSid", &self.provider.config.account_sid),
            ("ApiVersion", "2010-04-01"),
            ("CallSid", &self.sid),
            ("CallStatus", status),
            ("Called", &self.to),
            ("Caller", &self.from),
            ("Direction", self.direction),
            ("From", &self.from),
            ("To", &self.to),
        ])
    }

    async fn report(&mut self, event: &str, status: &str, extra: &[(&str, &str)]) {
        let Some(url) = self.order.status_callback.clone() else { return };
        let wanted = if self.order.status_events.is_empty() {
            event == "completed"
        } else {
            self.order.status_events.iter().any(|e| e == event)
        };
        if !wanted {
            return;
        }
        let mut pairs = self.parameters(status);
        pairs.extend(parameters(&[("CallbackSource", "call-progress-events"), ("SequenceNumber", &self.sequence.to_string())]));
        pairs.push(("Timestamp".to_owned(), self.provider.config.clock.now().to_rfc2822()));
        pairs.extend(parameters(extra));
        self.sequence += 1;
        self.provider.post(&self.sid, &self.phone, Webhook { url: &url, parameters: pairs, fallback_url: None }).await;
    }

    async fn end(&mut self, status: &'static str) {
        self.provider.set_status(&self.sid, status);
        self.observe(What::Ended(status));
        let seconds = self.answered_at.map_or(0, |at| (self.provider.config.clock.now() - at).num_seconds());
        let extra = seconds.to_string();
        let extra = if status == "completed" { vec![("CallDuration", extra.as_str())] } else { Vec::new() };
        self.report("completed", status, &extra).await;
    }

    async fn dial(mut self, ring: Ring) {
        self.report("initiated", "initiated", &[]).await;
        self.provider.set_status(&self.sid, "ringing");
        self.observe(What::Rings);
        self.report("ringing", "ringing", &[]).await;
        let limit = if self.order.ring_seconds == 0 { 60 } else { self.order.ring_seconds };
        let (after, who) = match ring {
            Ring::Answers { after_seconds } => (after_seconds, Some(("human", "a person"))),
            Ring::TakenForMachine { after_seconds } => (after_seconds, Some(("machine", "a person"))),
            Ring::Voicemail { after_seconds, .. } => (after_seconds, Some(("machine", "a machine"))),
            Ring::Fax { after_seconds } => (after_seconds, Some(("fax", "a fax"))),
            Ring::Busy => (2, None),
            Ring::Unroutable => (1, None),
            Ring::NoAnswer => (limit + 1, None),
        };
        if let Err(interrupt) = self.wait(f64::from(after.min(limit))).await {
            // Ended by REST while it rang.
            let status = if interrupt == Interrupt::EndedByRest { "canceled" } else { "no-answer" };
            return self.end(status).await;
        }
        match who {
            None if ring == Ring::Busy => return self.end("busy").await,
            None if ring == Ring::Unroutable => return self.end("failed").await,
            Some((kind, person)) if after <= limit => {
                self.observe(What::PicksUp { who: person });
                self.answered_at = Some(self.provider.config.clock.now());
                self.provider.set_status(&self.sid, "in-progress");
                self.report("answered", "in-progress", &[]).await;
                self.detect(kind, &ring);
            }
            Some(_) | None => return self.end("no-answer").await,
        }
        if matches!(ring, Ring::Voicemail { .. } | Ring::Fax { .. }) {
            self.reactions.clear();
        }
        self.obey_documents().await;
        self.end("completed").await;
    }

    async fn come_in(mut self) {
        self.provider.set_status(&self.sid, "ringing");
        let refused = self.obey_documents().await;
        self.end(if refused { "busy" } else { "completed" }).await;
    }

    /// Asynchronous machine detection: a notice some seconds later, in a task of its own.
    fn detect(&self, kind: &'static str, ring: &Ring) {
        let Some(url) = self.order.machine_callback.clone() else { return };
        let mut notices = Vec::new();
        match ring {
            Ring::Voicemail { greeting_seconds, .. } => {
                if self.provider.config.reports_machine_start {
                    notices.push((2, "machine_start"));
                }
                notices.push((*greeting_seconds, "machine_end_beep"));
            }
            Ring::TakenForMachine { .. } => notices.push((2, "machine_start")),
            Ring::Fax { .. } => notices.push((3, "fax")),
            Ring::Answers { .. } | Ring::Busy | Ring::NoAnswer | Ring::Unroutable => {
                notices.push((4, if kind == "human" { "human" } else { "unknown" }))
            }
        }
        let (provider, sid, phone) = (Arc::clone(&self.provider), self.sid.clone(), self.phone.clone());
        let (answered, mut busy) = (provider.config.clock.now(), provider.config.clock.busy());
        self.provider.tasks.spawn(async move {
            for (after, by) in notices {
                busy = provider
                    .config
                    .clock
                    .sleep_until(std::mem::take(&mut busy), answered + TimeDelta::seconds(i64::from(after)))
                    .await;
                if provider.call(&sid).is_none_or(|call| call.status != "in-progress") {
                    return;
                }
                let pairs = parameters(&[
                    ("AccountSid", &provider.config.account_sid),
                    ("AnsweredBy", by),
                    ("CallSid", &sid),
                    ("MachineDetectionDuration", &(u64::from(after) * 1000).to_string()),
                ]);
                provider.post(&sid, &phone, Webhook { url: &url, parameters: pairs, fallback_url: None }).await;
            }
        });
    }

    /// Fetches and obeys one document after the other. True: the call was refused before it was answered.
    async fn obey_documents(&mut self) -> bool {
        let mut url = self.order.url.clone();
        let mut extra = Vec::new();
        for _ in 0..DOCUMENTS_MAX {
            let status = if self.direction == "inbound" && self.answered_at.is_none() { "ringing" } else { "in-progress" };
            let mut pairs = self.parameters(status);
            pairs.append(&mut extra);
            if self.provider.loses(&body(&pairs)) {
                // Nobody asks for the next document, and the line stays up in silence until something reaches it.
                match self.wait(LOST_SECONDS_MAX).await.map_err(|interrupt| self.stopped_by(interrupt)) {
                    Err(Stop::Redirect(next)) => {
                        url = next;
                        continue;
                    }
                    Ok(()) | Err(Stop::Ended) => return false,
                }
            }
            let fallback = self.order.fallback_url.clone();
            let answer = self
                .provider
                .post(&self.sid, &self.phone, Webhook { url: &url, parameters: pairs, fallback_url: fallback.as_deref() })
                .await;
            let verbs = match answer.map(|answer| document::read(&answer)) {
                Some(Ok(verbs)) => verbs,
                Some(Err(fault)) => {
                    self.observe(What::Fault(fault));
                    return false;
                }
                None => return false,
            };
            if verbs.first().is_some_and(|verb| verb.name == "Reject") {
                return true;
            }
            if self.answered_at.is_none() {
                self.answered_at = Some(self.provider.config.clock.now());
                self.provider.set_status(&self.sid, "in-progress");
            }
            match self.obey(&verbs).await {
                Ok(Some((next, parameters))) => (url, extra) = (next, parameters),
                Ok(None) | Err(Stop::Ended) => return false,
                Err(Stop::Redirect(next)) => url = next,
            }
        }
        self.observe(What::Fault("11215: too many documents in one call".to_owned()));
        false
    }

    /// Obeys the verbs of one document. Some: the next document and what is sent along.
    async fn obey(&mut self, verbs: &[Element]) -> Result<Option<(String, Vec<(String, String)>)>, Stop> {
        for verb in verbs {
            match verb.name.as_str() {
                "Say" => {
                    let seconds = self.hear(verb);
                    self.pause(seconds).await?;
                }
                "Pause" => self.pause(f64::from(verb.number("length").unwrap_or(1))).await?,
                "Gather" => {
                    if let Some(next) = self.gather(verb).await? {
                        return Ok(Some(next));
                    }
                }
                "Dial" => return self.forward(verb).await.map(Some),
                "Redirect" => return Ok(Some((verb.text.trim().to_owned(), Vec::new()))),
                "Hangup" => return Ok(None),
                _ => {
                    self.observe(What::Fault(format!("<{}> cannot be obeyed here", verb.name)));
                    return Ok(None);
                }
            }
        }
        Ok(None)
    }

    fn hear(&self, say: &Element) -> f64 {
        self.observe(What::Hears { text: say.text.clone(), language: say.attribute("language").unwrap_or("en-US").to_owned() });
        spoken_seconds(&say.text)
    }

    /// A gather: words that a key interrupts, then a wait.
    async fn gather(&mut self, verb: &Element) -> Result<Option<(String, Vec<(String, String)>)>, Stop> {
        let mut spoken = 0.0;
        for child in &verb.children {
            spoken += if child.name == "Say" { self.hear(child) } else { f64::from(child.number("length").unwrap_or(1)) };
        }
        let speech = verb.attribute("input").is_some_and(|input| input.contains("speech"));
        let input = self.react(spoken, verb.number("timeout").unwrap_or(5), speech).await?;
        let action = verb.attribute("action").unwrap_or(&self.order.url).to_owned();
        let parameters = match input {
            Input::Key(key) => parameters(&[("Digits", &key.to_string()), ("msg", "Gather End")]),
            Input::Words(text, percent) => {
                parameters(&[("SpeechResult", &text), ("Confidence", &format!("{:.2}", f64::from(percent) / 100.0))])
            }
            Input::Nothing if verb.attribute("actionOnEmptyResult") == Some("true") => {
                parameters(&[("Digits", ""), ("SpeechResult", "")])
            }
            Input::Nothing => return Ok(None),
        };
        Ok(Some((action, parameters)))
    }

    /// What the person does at this gather.
    async fn react(&mut self, spoken_seconds: f64, timeout_seconds: u32, speech: bool) -> Result<Input, Stop> {
        let patience = f64::from(timeout_seconds);
        match self.reactions.pop_front().unwrap_or(Reaction::Silence) {
            Reaction::Key { key, after_seconds } if f64::from(after_seconds) < spoken_seconds + patience => {
                self.pause(f64::from(after_seconds)).await?;
                self.observe(What::Presses(key));
                Ok(Input::Key(key))
            }
            Reaction::Words { text, confidence_percent, after_seconds } if speech && after_seconds < timeout_seconds => {
                self.pause(spoken_seconds + f64::from(after_seconds)).await?;
                self.observe(What::Says(text.clone()));
                // The recogniser waits for the end of the words.
                self.pause(1.0).await?;
                Ok(Input::Words(text, confidence_percent))
            }
            Reaction::HangUp { after_seconds } => {
                self.pause(f64::from(after_seconds)).await?;
                self.observe(What::HangsUp);
                Err(Stop::Ended)
            }
            Reaction::Key { .. } | Reaction::Words { .. } | Reaction::Silence => {
                self.pause(spoken_seconds + patience).await?;
                self.observe(What::StaysSilent);
                Ok(Input::Nothing)
            }
        }
    }

    /// A forward to one desk.
    async fn forward(&mut self, dial: &Element) -> Result<(String, Vec<(String, String)>), Stop> {
        let Some(number) = dial.children.first() else {
            self.observe(What::Fault("13223: <Dial> without a number".to_owned()));
            return Err(Stop::Ended);
        };
        let Some(desk) = PhoneNumber::from_e164(number.text.trim()) else {
            self.observe(What::Fault("13223: <Dial> without a number in E.164".to_owned()));
            return Err(Stop::Ended);
        };
        if dial.attribute("callerId") != Some(self.ours.e164()) {
            self.observe(What::Fault("21210: the caller id is not our line".to_owned()));
        }
        let action = dial.attribute("action").unwrap_or(&self.order.url).to_owned();
        let leg = self.provider.fresh_sid("CA");
        let (status, talked, stop) = self.ring_desk(&leg, &desk, number, dial.number("timeout").unwrap_or(30)).await;
        self.provider.observe(&self.sid, &desk, What::DialEnded { desk: desk.clone(), status, talked_seconds: talked });
        let mut pairs = parameters(&[
            ("DialCallSid", &leg),
            ("DialCallStatus", status),
            ("DialCallDuration", &talked.to_string()),
            ("DialBridged", if talked > 0 { "true" } else { "false" }),
        ]);
        let Some(stop) = stop else { return Ok((action, pairs)) };
        // The action of an interrupted forward is still asked for; what it answers is not obeyed any more.
        let line_status = if matches!(stop, Stop::Ended) { "completed" } else { "in-progress" };
        let mut all = self.parameters(line_status);
        all.append(&mut pairs);
        self.provider.post(&self.sid, &self.phone, Webhook { url: &action, parameters: all, fallback_url: None }).await;
        Err(stop)
    }

    async fn report_leg(&self, leg: &str, desk: &PhoneNumber, number: &Element, status: &str, sequence: u32) {
        let Some(url) = number.attribute("statusCallback") else { return };
        let event = match status {
            "initiated" | "ringing" => status,
            "in-progress" => "answered",
            _ => "completed",
        };
        let wanted = number.attribute("statusCallbackEvent").unwrap_or("completed");
        if !wanted.split(' ').any(|wanted| wanted == event) {
            return;
        }
        let pairs = self.leg_parameters(
            leg,
            desk,
            status,
            &[("CallbackSource", "call-progress-events"), ("SequenceNumber", &sequence.to_string())],
        );
        self.provider.post(&self.sid, desk, Webhook { url, parameters: pairs, fallback_url: None }).await;
    }

    fn leg_parameters(&self, leg: &str, desk: &PhoneNumber, status: &str, extra: &[(&str, &str)]) -> Vec<(String, String)> {
        let mut pairs = parameters(&[
            ("AccountSid", &self.provider.config.account_sid),
            ("ApiVersion", "2010-04-01"),
            ("CallSid", leg),
            ("CallStatus", status),
            ("Called", desk.e164()),
            ("Caller", self.ours.e164()),
            ("Direction", "outbound-dial"),
            ("From", self.ours.e164()),
            ("ParentCallSid", &self.sid),
            ("To", desk.e164()),
        ]);
        pairs.extend(parameters(extra));
        pairs
    }

    /// Rings a desk, reads it its whisper, lets the two talk. The dial's status, seconds talked, and why the call stopped.
    async fn ring_desk(
        &mut self,
        leg: &str,
        desk: &PhoneNumber,
        number: &Element,
        timeout_seconds: u32,
    ) -> (&'static str, u32, Option<Stop>) {
        let (ring, reactions) = self.provider.next_ring(desk);
        self.report_leg(leg, desk, number, "initiated", 0).await;
        self.provider.observe(&self.sid, desk, What::DeskRings);
        self.report_leg(leg, desk, number, "ringing", 1).await;
        let (after, who) = match ring {
            Ring::Answers { after_seconds } | Ring::TakenForMachine { after_seconds } => (after_seconds, "a person"),
            Ring::Voicemail { after_seconds, .. } => (after_seconds, "a machine"),
            Ring::Fax { after_seconds } => (after_seconds, "a fax"),
            Ring::Busy => (1, ""),
            Ring::Unroutable => (1, ""),
            Ring::NoAnswer => (timeout_seconds + 1, ""),
        };
        let rings = after.min(timeout_seconds);
        let given_up = self.patience_seconds.filter(|patience| *patience < rings);
        if let Err(stop) = self.pause(f64::from(given_up.unwrap_or(rings))).await {
            self.report_leg(leg, desk, number, "canceled", 2).await;
            return ("canceled", 0, Some(stop));
        }
        if given_up.is_some() {
            self.observe(What::HangsUp);
            self.report_leg(leg, desk, number, "canceled", 2).await;
            return ("canceled", 0, Some(Stop::Ended));
        }
        let failed = match ring {
            Ring::Busy => Some("busy"),
            Ring::Unroutable => Some("failed"),
            Ring::Answers { .. } | Ring::TakenForMachine { .. } | Ring::Voicemail { .. } | Ring::Fax { .. } | Ring::NoAnswer => {
                (after > timeout_seconds).then_some("no-answer")
            }
        };
        if let Some(status) = failed {
            self.report_leg(leg, desk, number, status, 2).await;
            return (status, 0, None);
        }
        self.provider.observe(&self.sid, desk, What::PicksUp { who });
        self.report_leg(leg, desk, number, "in-progress", 2).await;
        let reactions = if matches!(ring, Ring::Answers { .. }) { reactions } else { Vec::new() };
        let bridged = match number.attribute("url") {
            Some(url) => self.whisper(leg, desk, url.to_owned(), reactions.into()).await,
            None => Ok(true),
        };
        let (talked, stop) = match bridged {
            Ok(true) => self.talk(desk).await,
            Ok(false) => (0, None),
            Err(stop) => (0, Some(stop)),
        };
        self.report_leg(leg, desk, number, "completed", 3).await;
        ("completed", talked, stop)
    }

    /// Reads the desk its document. True: the lines meet.
    async fn whisper(
        &mut self,
        leg: &str,
        desk: &PhoneNumber,
        first: String,
        mut reactions: VecDeque<Reaction>,
    ) -> Result<bool, Stop> {
        let mut next = Some((first, Vec::new()));
        for _ in 0..DOCUMENTS_MAX {
            let Some((url, extra)) = next.take() else { return Ok(true) };
            let mut pairs = self.leg_parameters(leg, desk, "in-progress", &[]);
            pairs.extend(extra);
            let Some(answer) =
                self.provider.post(&self.sid, desk, Webhook { url: &url, parameters: pairs, fallback_url: None }).await
            else {
                return Ok(false);
            };
            let verbs = match document::read(&answer) {
                Ok(verbs) => verbs,
                Err(fault) => {
                    self.provider.observe(&self.sid, desk, What::Fault(fault));
                    return Ok(false);
                }
            };
            for verb in &verbs {
                match verb.name.as_str() {
                    "Say" => self.desk_hears(desk, verb).await?,
                    "Pause" => self.pause(f64::from(verb.number("length").unwrap_or(1))).await?,
                    "Gather" => {
                        for say in verb.children.iter().filter(|child| child.name == "Say") {
                            self.desk_hears(desk, say).await?;
                        }
                        match reactions.pop_front() {
                            Some(Reaction::Key { key, .. }) => {
                                self.provider.observe(&self.sid, desk, What::Presses(key));
                                let action = verb.attribute("action").unwrap_or(&url).to_owned();
                                next = Some((action, parameters(&[("Digits", &key.to_string())])));
                                break;
                            }
                            Some(Reaction::HangUp { .. }) => {
                                self.provider.observe(&self.sid, desk, What::HangsUp);
                                return Ok(false);
                            }
                            Some(Reaction::Words { .. } | Reaction::Silence) | None => {}
                        }
                        self.pause(f64::from(verb.number("timeout").unwrap_or(5))).await?;
                    }
                    "Hangup" => return Ok(false),
                    _ => {
                        self.provider.observe(&self.sid, desk, What::Fault(format!("<{}> has no place in a whisper", verb.name)));
                        return Ok(false);
                    }
                }
            }
        }
        Ok(next.is_none())
    }

    async fn desk_hears(&mut self, desk: &PhoneNumber, say: &Element) -> Result<(), Stop> {
        let language = say.attribute("language").unwrap_or("en-US").to_owned();
        self.provider.observe(&self.sid, desk, What::Hears { text: say.text.clone(), language });
        self.pause(spoken_seconds(&say.text)).await
    }

    async fn talk(&mut self, desk: &PhoneNumber) -> (u32, Option<Stop>) {
        self.provider.observe(&self.sid, desk, What::Connected { desk: desk.clone() });
        let begin = self.provider.config.clock.now();
        let seconds = self.provider.phone(desk).map_or(20, |phone| phone.talk_seconds);
        let stop = self.pause(f64::from(seconds)).await.err();
        let talked = (self.provider.config.clock.now() - begin).num_seconds().max(1);
        (u32::try_from(talked).unwrap_or(u32::MAX), stop)
    }
}

/// How long words take: 0.055 s a character, as the project's words are measured.
fn spoken_seconds(text: &str) -> f64 {
    u32::try_from(text.chars().count()).map_or(60.0, |characters| 0.3 + f64::from(characters) * 0.055)
}
