//! Tells what happens, call by call: what the traveller hears and does, what the engine decides and why, who is connected.
//! A call is told when it is over, so that two that run at once are not mixed.

use super::cast::Cast;
use crate::app::engine::App;
use crate::app::scenario;
use crate::cli::output;
use crate::model::ids::{AccountId, ProviderCallId};
use crate::model::phone::PhoneNumber;
use crate::simulator::observation::{Observation, What};
use anyhow::Result;
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Tells the demo.
pub(super) struct Teller {
    names: HashMap<PhoneNumber, String>,
    app: Arc<App>,
    start: DateTime<Utc>,
    xml: bool,
    /// What was seen of calls that are not over.
    seen: HashMap<String, Vec<Observation>>,
    /// How many calls to each traveller were told.
    calls: HashMap<PhoneNumber, u32>,
}

/// One line of a story.
struct Line {
    at: DateTime<Utc>,
    text: String,
}

/// Reasons in one line, each closed as a sentence.
fn sentences(because: &[String]) -> String {
    let closed = |reason: &String| if reason.ends_with(['.', '!', '?']) { reason.clone() } else { format!("{reason}.") };
    because.iter().map(closed).collect::<Vec<_>>().join(" ")
}

impl Teller {
    /// A teller.
    #[must_use]
    pub(super) fn new(cast: &Cast, app: Arc<App>, start: DateTime<Utc>, xml: bool) -> Self {
        Self { names: cast.names.clone(), app, start, xml, seen: HashMap::new(), calls: HashMap::new() }
    }

    /// Tells until the provider is gone.
    ///
    /// # Errors
    /// Where standard output cannot be written.
    pub(super) async fn tell(mut self, mut observations: mpsc::UnboundedReceiver<Observation>) -> Result<()> {
        while let Some(observation) = observations.recv().await {
            let call = observation.call.clone();
            let over = matches!(observation.what, What::Ended(_))
                || (call.starts_with("SM") && matches!(observation.what, What::ReceivesText(_)));
            self.seen.entry(call.clone()).or_default().push(observation);
            if over {
                self.tell_call(&call).await?;
            }
        }
        Ok(())
    }

    async fn tell_call(&mut self, call: &str) -> Result<()> {
        let Some(seen) = self.seen.remove(call) else { return Ok(()) };
        let Some(first) = seen.first() else { return Ok(()) };
        let phone = first.phone.clone();
        let name = self.name(&phone);
        let what = if call.starts_with("SM") {
            "text".to_owned()
        } else if seen.iter().any(|observation| observation.what == What::Dials) {
            "calls the emergency line".to_owned()
        } else {
            let calls = self.calls.entry(phone.clone()).or_default();
            *calls += 1;
            format!("status call, attempt {calls}")
        };
        output::line(&format!(
            "\n── {name} · {what} {}",
            "─".repeat(60_usize.saturating_sub(name.chars().count() + what.chars().count()))
        ))?;
        let mut lines: Vec<Line> = seen.iter().filter_map(|observation| self.line_of(observation, &phone)).collect();
        lines.extend(self.decisions(call).await);
        lines.sort_by_key(|line| line.at);
        for line in lines {
            output::line(&format!("{} {}", self.clock(line.at), line.text))?;
        }
        Ok(())
    }

    fn name(&self, phone: &PhoneNumber) -> String {
        self.names.get(phone).cloned().unwrap_or_else(|| phone.masked())
    }

    fn clock(&self, at: DateTime<Utc>) -> String {
        let seconds = (at - self.start).num_seconds().max(0);
        format!("{:>3}:{:02}", seconds / 60, seconds % 60)
    }

    fn line_of(&self, observation: &Observation, traveller: &PhoneNumber) -> Option<Line> {
        let desk = observation.phone != *traveller;
        let who = if desk { format!("    {}: ", self.name(&observation.phone)) } else { "  ".to_owned() };
        let text = match &observation.what {
            What::Rings => "rings".to_owned(),
            What::PicksUp { who } => format!("{who} picks up"),
            What::Dials => "dials the emergency number".to_owned(),
            What::Hears { text, language } => format!("hears ({language}): {text}"),
            What::Presses(key) => format!("presses {key}"),
            What::Says(words) => format!("says: {words}"),
            What::StaysSilent => "presses no key and says nothing".to_owned(),
            What::DeskRings => "rings".to_owned(),
            What::Connected { .. } => "CONNECTED with the traveller".to_owned(),
            What::DialEnded { status, talked_seconds, .. } if *talked_seconds > 0 => {
                format!("{status}, talked {talked_seconds} s")
            }
            What::DialEnded { status, .. } => format!("{status}, no talk"),
            What::HangsUp => "hangs up".to_owned(),
            What::Ended(status) => format!("line ended ({status})"),
            What::Writes(text) => format!("writes: {text}"),
            What::ReceivesText(text) => format!("receives: {text}"),
            What::Fault(fault) => format!("FAULT: {fault}"),
            What::Exchange { request, response } if self.xml => format!("{request}\n{response}"),
            What::Exchange { .. } => return None,
        };
        Some(Line { at: observation.at, text: format!("{who}{text}") })
    }

    /// What the engine decided, from its journal.
    async fn decisions(&self, call: &str) -> Vec<Line> {
        let Some(account) = AccountId::new("simulated") else { return Vec::new() };
        let steps = if call.starts_with("SM") {
            let delivery = crate::app::delivery::of_text(&account, call);
            self.app.journal.delivery(delivery).await.ok().flatten().into_iter().collect()
        } else {
            let known = self.app.journal.find_call(&account, &ProviderCallId(call.to_owned())).await.ok().flatten();
            match known {
                Some(known) => self.app.journal.steps(known).await.unwrap_or_default(),
                None => Vec::new(),
            }
        };
        let worth_telling = steps.into_iter().filter(|step| !step.telephone.is_empty() || !step.effects.is_empty());
        let told = worth_telling.map(|step| {
            let actions = scenario::actions(&step.telephone, &step.effects, |_| "the traveller".to_owned());
            let done: Vec<String> = actions.iter().map(|action| self.words_of(action)).collect();
            let because = sentences(&step.because);
            Line { at: step.at, text: format!("        engine {}\n               because: {because}", done.join("; ")) }
        });
        told.collect()
    }

    fn words_of(&self, action: &scenario::Action) -> String {
        use scenario::Action;
        match action {
            Action::Prompt { language, attempt, .. } => format!("asks ({language}, time {attempt})"),
            Action::Forward { role, phone, must_confirm, .. } => {
                let name = PhoneNumber::from_e164(phone).map_or_else(|| role.clone(), |phone| self.name(&phone));
                let confirm = if *must_confirm { ", which must press 1" } else { "" };
                format!("FORWARDS to {name}{confirm}")
            }
            Action::Say { key } => format!("says {key}"),
            Action::HangUp => "hangs up".to_owned(),
            Action::ReplySms { .. } => "replies with the emergency number".to_owned(),
            Action::Record { status, .. } => format!("records {status}"),
            Action::Alert { kind, severity } => format!("raises the alert {kind} ({severity})"),
            Action::Retry { after_minutes } => format!("plans another attempt, {after_minutes} min after the first"),
            Action::Refuse => "refuses the call as busy".to_owned(),
            Action::Nothing => "does nothing new".to_owned(),
        }
    }
}
