//! A text has come in: judge it, store it, reply with the emergency number (rule 27).

use crate::app::delivery;
use crate::app::engine::App;
use crate::app::facts::Gathered;
use crate::app::take_webhook::{WebhookReply, document};
use crate::decide::speak;
use crate::decide::text::{self, TextDecision};
use crate::dialect::Heard;
use crate::model::answer::Answer;
use crate::model::effect::{ReplyKind, TelephoneAction};
use crate::model::event::Event;
use crate::model::ids::CallId;
use crate::model::language::choose_language;
use crate::model::limits;
use crate::model::phone::PhoneNumber;
use crate::model::plan::Plan;
use crate::store::StoreError;
use crate::store::journal::{DeliveryId, StepWrite};
use crate::store::snapshot::Line;
use crate::store::spool::{self, Unrecorded};
use crate::wording::TextKind;
use std::sync::Arc;
use std::time::Duration;

/// What a text led to.
#[derive(Debug, Clone)]
pub struct TextAnswered {
    /// The reply's kind, or nothing.
    pub telephone: Vec<TelephoneAction>,
    /// What became durable; empty for a repeat.
    pub effects: Vec<crate::model::effect::Effect>,
    /// The reply.
    pub plan: Plan,
}

/// The id under which a text stands in the journal.
#[must_use]
pub fn message_id(delivery: DeliveryId) -> CallId {
    CallId(uuid::Builder::from_custom_bytes(delivery.0).into_uuid())
}

impl App {
    /// Takes a text that came as a webhook.
    pub(crate) async fn take_text(&self, line: &Arc<Line>, heard: &Heard) -> WebhookReply {
        let Some(event @ Event::SmsReceived { .. }) = heard.events.first() else {
            return WebhookReply::Document(line.account.dialect.acknowledge());
        };
        let delivery = delivery::of_text(&line.account.id, &heard.call.0);
        let deadline = Duration::from_millis(limits::STORE_MS_MAX);
        let judged = tokio::time::timeout(deadline, self.judge_text(line, event, delivery)).await;
        let plan = match judged {
            Ok(Ok(answered)) => answered.plan,
            Ok(Err(_)) | Err(_) => match self.unstored_reply(line, event, message_id(delivery)) {
                Some(plan) => plan,
                None => return WebhookReply::NobodyToCall,
            },
        };
        if plan.verbs.is_empty() {
            return WebhookReply::Document(line.account.dialect.acknowledge());
        }
        document(self, line, &plan)
    }

    /// Judges a text and makes it durable.
    ///
    /// # Errors
    /// The store's.
    pub async fn judge_text(&self, line: &Arc<Line>, event: &Event, delivery: DeliveryId) -> Result<TextAnswered, StoreError> {
        for _ in 0..limits::DECISIONS_MAX {
            if let Some(stored) = self.journal.delivery(delivery).await? {
                let plan = stored.plan.unwrap_or_default();
                return Ok(TextAnswered { telephone: stored.telephone, effects: Vec::new(), plan });
            }
            let Event::SmsReceived { caller, called, text } = event else { return Err(StoreError::Corrupt) };
            let message = message_id(delivery);
            let (decision, plan, gathered) = self.decide_text(line, caller.as_ref(), called, text, message).await?;
            let mut write = StepWrite::new(message, 1, event.kind(), self.clock.now());
            write.delivery = Some(delivery);
            write.organisation = gathered.as_ref().and_then(|gathered| gathered.line.organisation.clone());
            write.event = Some(event.clone());
            write.telephone.clone_from(&decision.telephone);
            write.effects.clone_from(&decision.effects);
            write.because.clone_from(&decision.because);
            write.plan = Some(plan.clone());
            write.people =
                gathered.iter().flat_map(|gathered| &gathered.people).map(|person| (person.row, person.revision)).collect();
            match self.journal.write(write).await {
                Ok(_) => {
                    self.work.ring(&self.clock);
                    return Ok(TextAnswered { telephone: decision.telephone, effects: decision.effects, plan });
                }
                Err(StoreError::Conflict(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Busy)
    }

    async fn decide_text(
        &self,
        line: &Arc<Line>,
        caller: Option<&PhoneNumber>,
        called: &PhoneNumber,
        text: &str,
        message: CallId,
    ) -> Result<(TextDecision, Plan, Option<Gathered>), StoreError> {
        let snapshot = self.settings.now();
        let line = if *called == line.number { Some(line) } else { snapshot.line_with_number(&line.account.id, called) };
        let organisation = line.and_then(|line| line.organisation.as_ref()).and_then(|id| snapshot.organisations.get(id));
        let Some((line, organisation)) = line.zip(organisation) else {
            return Ok((text::to_nobody(message, self.ids.fresh()), Plan::default(), None));
        };
        let mut gathered = Gathered::from_memory(self, &snapshot, line, Arc::clone(&organisation.active));
        gathered.people = self.travellers_with_phone(&organisation.id, caller).await?;
        let query = gathered.people.first().and_then(|person| person.query.as_ref()).map(|part| part.query);
        let wanted = gathered.people.first().and_then(|person| person.language.clone());
        let language = choose_language(wanted.as_ref(), &gathered.settings.settings.languages);
        gathered.query = self.query_facts(query, &language).await?;
        let facts = gathered.facts();
        let decision = text::judge(message, text, &facts);
        let reply = decision.telephone.iter().find_map(|action| match action {
            TelephoneAction::ReplyText { kind } => Some(*kind),
            TelephoneAction::Prompt { .. }
            | TelephoneAction::Forward { .. }
            | TelephoneAction::Say { .. }
            | TelephoneAction::HangUp
            | TelephoneAction::Refuse => None,
        });
        let plan = reply.map(|kind| speak::text(TextKind::Reply(kind), &language, &facts)).unwrap_or_default();
        Ok((decision, plan, Some(gathered)))
    }

    /// Nothing can be stored: the writer is told, and a cry for help stands in the spool.
    fn unstored_reply(&self, line: &Arc<Line>, event: &Event, message: CallId) -> Option<Plan> {
        let Event::SmsReceived { called, text, .. } = event else { return None };
        let snapshot = self.settings.now();
        let line = if *called == line.number { line } else { snapshot.line_with_number(&line.account.id, called)? };
        let organisation = line.organisation.as_ref().and_then(|id| snapshot.organisations.get(id))?;
        let gathered = Gathered::from_memory(self, &snapshot, line, Arc::clone(&organisation.active));
        let facts = gathered.facts();
        let answer = text::meaning(text, &facts).answer;
        tracing::error!(line = %line.id, "A text could not be recorded: the memory does not answer");
        if let (Answer::Help | Answer::Medical, Some(folder)) = (answer, &self.spool) {
            let entry = Unrecorded {
                at: self.clock.now(),
                call: message,
                line: line.id.clone(),
                organisation: line.organisation.clone(),
                traveller: None,
            };
            if let Err(error) = spool::append(folder, &entry) {
                tracing::error!(%error, "Nor could it be written to the spool");
            }
        }
        let language = choose_language(None, &gathered.settings.settings.languages);
        Some(speak::text(TextKind::Reply(ReplyKind::NotSaved), &language, &facts))
    }
}
