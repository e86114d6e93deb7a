//! Tells people about an alert by mail: the first recipient at once, again every few minutes until somebody takes it, each
//! time one recipient more, at last those of the installation. A mailbox that refuses or hangs passes its turn to the next
//! at once (field case F21).
//!
//! Invariants: which mails were sent stands in the database and nowhere else, so a restart goes on where it stopped. The
//! clock of the repeats runs from the raising of the alert, whatever happens in between. Logs hold places in the order of
//! telling, never addresses.

use crate::app::engine::App;
use crate::model::alert::{AlertKind, AlertState, Severity};
use crate::model::ids::AlertId;
use crate::model::limits;
use crate::model::phone::PhoneNumber;
use crate::outbound::mail::{Letter, MailError};
use crate::settings;
use crate::settings::valid::Recipient;
use crate::store::StoreError;
use crate::store::alert_mails::{AlertMailRow, MailKey, MailOutcome};
use crate::store::alerts::AlertRow;
use crate::wording::mail::{self, AlertMail, WhereToTake};
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Minutes between repeats of an operator alert.
const OPERATOR_REPEAT_MINUTES: u16 = 5;

/// An alert and whom it is told.
#[derive(Debug)]
struct Telling {
    alert: AlertRow,
    /// The organisation's name.
    name: Option<String>,
    time_zone: Tz,
    emergency_number: Option<PhoneNumber>,
    exercise: bool,
    take: WhereToTake,
    repeat_minutes: u16,
    /// Everybody with an address, in the order of telling.
    people: Vec<Recipient>,
}

/// What became of one mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    Taken,
    Failed,
    /// The alert is not open any more: the mail was not begun.
    NotBegun,
}

impl App {
    /// Does what is due for an alert. Returns when it is to be looked at again; None: nothing is left to tell.
    ///
    /// # Errors
    /// The store's.
    pub async fn tell_recipients(self: &Arc<Self>, id: AlertId) -> Result<Option<DateTime<Utc>>, StoreError> {
        let alert = match self.store.alert(id).await {
            Ok(alert) => alert,
            Err(StoreError::NotFound) => return Ok(None),
            Err(error) => return Err(error),
        };
        match alert.state {
            AlertState::Taken | AlertState::Settled => return Ok(None),
            AlertState::BeingAnswered => {
                return Ok(Some(self.clock.now() + TimeDelta::seconds(limits::ALERT_LOOK_SECONDS)));
            }
            AlertState::Open => {}
        }
        let telling = Arc::new(self.gather_telling(alert).await?);
        let round = telling.round(self.clock.now());
        if self.mailer.tells_nobody() || telling.people.is_empty() {
            tracing::error!(alert = %id, kind = telling.alert.kind.as_str(), "An alert is told to nobody by mail: {}", self.why_nobody());
            return Ok(Some(telling.round_at(round + 1)));
        }
        let mails = self.store.alert_mails(id).await?;
        let mut reach = telling.reach(round, &mails);
        let mut turn = telling.due_mails(round, reach, &mails, self.clock.now());
        for _ in 0..limits::TURNS_AT_ONCE_MAX {
            let results = self.send_turn(&telling, round, &turn).await?;
            if results.iter().any(|(_, sent)| *sent == Sent::NotBegun) {
                return Ok(Some(self.clock.now())); // somebody has it, or a desk talks: look again
            }
            let newest_failed = results.iter().any(|(place, sent)| place + 1 == reach && *sent == Sent::Failed);
            if !newest_failed || reach >= telling.people.len() {
                break;
            }
            turn = vec![reach];
            reach += 1;
        }
        let mails = self.store.alert_mails(id).await?;
        Ok(Some(telling.look_again_at(round, reach, &mails)))
    }

    const fn why_nobody(&self) -> &'static str {
        if self.mailer.tells_nobody() {
            "set ASSISTLINE_SMTP_URL and ASSISTLINE_MAIL_FROM"
        } else {
            "enter recipients with a mail address in the settings and at the operations centre"
        }
    }

    async fn gather_telling(&self, alert: AlertRow) -> Result<Telling, StoreError> {
        let snapshot = self.settings.now();
        let organisation = alert.organisation.as_ref().and_then(|id| snapshot.organisations.get(id));
        let rules = organisation.map(|organisation| &organisation.active.settings.alerts);
        let mut people = rules.map(|rules| rules.recipients.clone()).unwrap_or_default();
        people.extend(self.recipients_of_the_installation().await?);
        people.retain(|person| person.email.is_some());
        let exercise = match alert.query {
            Some(query) => self.store.query(query).await.is_ok_and(|query| query.exercise),
            None => false,
        };
        let take = self.where_to_take(&alert);
        Ok(Telling {
            name: organisation
                .map(|organisation| organisation.active.settings.name.clone())
                .or_else(|| alert.organisation.as_ref().map(ToString::to_string)),
            time_zone: organisation.map_or(Tz::UTC, |organisation| organisation.active.settings.time_zone),
            emergency_number: organisation.and_then(|organisation| organisation.emergency_number()),
            repeat_minutes: rules.map_or(OPERATOR_REPEAT_MINUTES, |rules| rules.repeat_minutes.max(1)),
            exercise,
            take,
            people,
            alert,
        })
    }

    /// Whoever gets what no organisation's recipient takes.
    async fn recipients_of_the_installation(&self) -> Result<Vec<Recipient>, StoreError> {
        let Some(row) = self.store.operations_centre().await? else { return Ok(Vec::new()) };
        let document = serde_json::from_str(&row.document).ok();
        let checked = document.and_then(|document| settings::check_operations_centre(&document, &[], None, &[]).settings);
        if checked.is_none() {
            tracing::error!("The operations centre cannot be read, so its recipients are told nothing");
        }
        Ok(checked.map(|checked| checked.recipients).unwrap_or_default())
    }

    fn where_to_take(&self, alert: &AlertRow) -> WhereToTake {
        let folder = alert.organisation.as_ref().map_or_else(String::new, |id| format!("/organisations/{id}"));
        match self.mailer.pages_url() {
            Some(pages) => WhereToTake::Page(format!("{pages}{folder}/alerts?state=open#{}", alert.id)),
            None => WhereToTake::Path(format!("POST /v1{folder}/alerts/{}/take", alert.id)),
        }
    }

    /// Sends the mails of one turn, side by side.
    async fn send_turn(
        self: &Arc<Self>,
        telling: &Arc<Telling>,
        round: u32,
        turn: &[usize],
    ) -> Result<Vec<(usize, Sent)>, StoreError> {
        let mut mails = JoinSet::new();
        for place in turn.iter().copied() {
            let (app, telling) = (Arc::clone(self), Arc::clone(telling));
            mails.spawn(async move { (place, app.send_mail(&telling, round, place).await) });
        }
        let mut results = Vec::with_capacity(turn.len());
        let mut failed = None;
        while let Some(ended) = mails.join_next().await {
            match ended {
                Ok((place, Ok(sent))) => results.push((place, sent)),
                Ok((_, Err(error))) => failed = Some(error),
                Err(_panicked) => failed = Some(StoreError::Busy),
            }
        }
        failed.map_or(Ok(results), Err)
    }

    async fn send_mail(&self, telling: &Telling, round: u32, place: usize) -> Result<Sent, StoreError> {
        let Some(letter) = telling.letter(round, place, self.clock.now()) else { return Ok(Sent::Failed) };
        let alert = &telling.alert;
        let key = MailKey { alert: alert.id, round, recipient: u32::try_from(place).unwrap_or(u32::MAX) };
        if !self.store.begin_mail(key, alert.organisation.as_ref(), self.clock.now()).await? {
            return Ok(Sent::NotBegun);
        }
        let result = self.mailer.send(&letter).await;
        let outcome = match result {
            Ok(()) => MailOutcome::Sent,
            Err(error) if error.is_final() => MailOutcome::Refused,
            Err(_) => MailOutcome::Failed,
        };
        self.store.end_mail(key, outcome, self.clock.now()).await?;
        metrics::counter!("assistline_alert_mails_total", "outcome" => outcome.as_str()).increment(1);
        match result {
            Ok(()) => {
                tracing::info!(alert = %alert.id, round, recipient = place + 1, "An alert was told by mail");
                Ok(Sent::Taken)
            }
            Err(error) => {
                self.note_failed_mail(telling, place, error).await;
                Ok(Sent::Failed)
            }
        }
    }

    /// A mail that could not be delivered is a fault that somebody must mend: once for each recipient.
    async fn note_failed_mail(&self, telling: &Telling, place: usize, error: MailError) {
        let whose = telling.alert.organisation.as_ref().map_or("installation", |id| id.as_str());
        tracing::error!(alert = %telling.alert.id, organisation = whose, recipient = place + 1, %error, "An alert could not be told by mail; it is tried again");
        self.tell_operator(AlertKind::MailFailed, Severity::High, None, &format!("{whose}:{place}")).await;
    }
}

impl Telling {
    /// The repeat that the time stands in: 0 until the first one is due.
    fn round(&self, now: DateTime<Utc>) -> u32 {
        let minutes = (now - self.alert.raised_at).num_minutes() / i64::from(self.repeat_minutes);
        u32::try_from(minutes.max(0)).unwrap_or(u32::MAX)
    }

    fn round_at(&self, round: u32) -> DateTime<Utc> {
        self.alert.raised_at + TimeDelta::minutes(i64::from(round) * i64::from(self.repeat_minutes))
    }

    /// How many recipients are told in this round: one more than in the last one, and whoever a turn was passed to.
    fn reach(&self, round: u32, mails: &[AlertMailRow]) -> usize {
        let highest = |of: &dyn Fn(u32) -> bool| {
            mails
                .iter()
                .filter(|mail| of(mail.round))
                .map(|mail| mail.recipient)
                .max()
                .and_then(|place| usize::try_from(place).ok())
        };
        let by_time = usize::try_from(round).unwrap_or(usize::MAX).saturating_add(1);
        let by_last_round = highest(&|of| of < round).map_or(1, |place| place + 2);
        let begun = highest(&|of| of == round).map_or(0, |place| place + 1);
        let mut reach = by_time.max(by_last_round).max(begun).min(self.people.len());
        while reach < self.people.len()
            && mail_of(mails, round, reach - 1)
                .is_some_and(|mail| matches!(mail.outcome, MailOutcome::Failed | MailOutcome::Refused))
        {
            reach += 1;
        }
        reach
    }

    /// Whose mails of this round are due now.
    fn due_mails(&self, round: u32, reach: usize, mails: &[AlertMailRow], now: DateTime<Utc>) -> Vec<usize> {
        let due = |place: &usize| match mail_of(mails, round, *place) {
            None => true,
            Some(mail) => again_at(mail).is_some_and(|at| at <= now),
        };
        (0..reach).filter(due).collect()
    }

    /// When the alert is to be looked at again: at its next repeat, or before, where a mail is to be tried again or a turn
    /// is still to be passed on.
    fn look_again_at(&self, round: u32, reach: usize, mails: &[AlertMailRow]) -> DateTime<Utc> {
        let again = (0..reach).filter_map(|place| mail_of(mails, round, place)).filter_map(again_at).min();
        let next_round = self.round_at(round.saturating_add(1));
        let passed_on = self.reach(round, mails) > reach;
        let soonest = if passed_on { self.alert.raised_at } else { next_round };
        again.map_or(soonest, |again| again.min(soonest))
    }

    fn letter(&self, round: u32, place: usize, at: DateTime<Utc>) -> Option<Letter> {
        let person = self.people.get(place)?;
        let told = AlertMail {
            organisation: self.name.as_deref(),
            kind: self.alert.kind,
            exercise: self.exercise,
            raised_at: self.alert.raised_at,
            time_zone: self.time_zone,
            line: self.alert.line.as_ref().filter(|_| self.alert.organisation.is_none()).map(|line| line.as_str()),
            emergency_number: self.emergency_number.as_ref(),
            take: &self.take,
            round,
            repeat_minutes: self.repeat_minutes,
        };
        let words = mail::alert(&told, &person.language);
        Some(Letter {
            name: person.name.clone(),
            address: person.email.clone()?,
            subject: words.subject,
            body: words.body,
            id: format!("{}.{round}.{place}", self.alert.id),
            thread: self.alert.id.to_string(),
            urgent: self.alert.severity >= Severity::High,
            at,
        })
    }
}

fn mail_of(mails: &[AlertMailRow], round: u32, place: usize) -> Option<&AlertMailRow> {
    mails.iter().find(|mail| mail.round == round && usize::try_from(mail.recipient) == Ok(place))
}

/// When a mail is to be tried again within its round; None: it is sent, or another try changes nothing. One that was on
/// its way when the process ended may have been sent: a mailbox shows it once, by its id.
fn again_at(mail: &AlertMailRow) -> Option<DateTime<Utc>> {
    match mail.outcome {
        MailOutcome::Sent | MailOutcome::Refused => None,
        MailOutcome::Failed | MailOutcome::Sending => {
            let doubled = limits::MAIL_AGAIN_SECONDS << mail.tries.saturating_sub(1).min(8);
            Some(mail.sent_at.unwrap_or(mail.began_at) + TimeDelta::seconds(doubled.min(limits::MAIL_AGAIN_SECONDS_MAX)))
        }
    }
}
