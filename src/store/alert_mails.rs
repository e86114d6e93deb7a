//! Mails about alerts: each is written down before it begins, in one step with a look at the alert. So none begins for an
//! alert that somebody has taken or that is settled, whoever is quicker.

use crate::model::ids::{AlertId, OrganisationId};
use crate::store::columns::{MaybeMicros, Micros, micros};
use crate::store::db::{list, run, write_tx};
use crate::store::{Store, StoreError};
use chrono::{DateTime, Utc};

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MailOutcome {
    /// On its way; or the process ended before it knew.
    Sending,
    /// The mail server has it.
    Sent,
    /// Not for the moment: no answer, or a passing fault.
    Failed,
    /// The mailbox does not exist, or will not have it.
    Refused,
}

impl MailOutcome {
    /// The word of the column.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Refused => "refused",
        }
    }
}

impl TryFrom<String> for MailOutcome {
    type Error = String;
    fn try_from(word: String) -> Result<Self, String> {
        [Self::Sending, Self::Sent, Self::Failed, Self::Refused]
            .into_iter()
            .find(|outcome| outcome.as_str() == word)
            .ok_or_else(|| "not an outcome of a mail".to_owned())
    }
}

/// One mail: to one recipient, in one round of telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailKey {
    /// About which alert.
    pub alert: AlertId,
    /// 0: when it was raised; then each repeat.
    pub round: u32,
    /// The recipient's place in the order of telling, from 0.
    pub recipient: u32,
}

/// A mail as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AlertMailRow {
    /// 0: when the alert was raised; then each repeat.
    #[sqlx(try_from = "i64")]
    pub round: u32,
    /// The recipient's place in the order of telling, from 0.
    #[sqlx(try_from = "i64")]
    pub recipient: u32,
    /// How often it was tried.
    #[sqlx(try_from = "i64")]
    pub tries: u32,
    /// What became of it.
    #[sqlx(try_from = "String")]
    pub outcome: MailOutcome,
    /// When the last try began.
    #[sqlx(try_from = "Micros")]
    pub began_at: DateTime<Utc>,
    /// When that was known.
    #[sqlx(rename = "ended_at", try_from = "MaybeMicros")]
    pub sent_at: Option<DateTime<Utc>>,
}

/// Touches the alert's row only where it is open. It waits for whoever is changing it, so a mail begins before the alert
/// is taken, or not at all.
const HOLD_OPEN: &str = "update alerts set state = state where id = $1 and state = 'open'";

impl Store {
    /// Writes down that a mail begins: may it? Not where the alert is not open any more, or this mail was sent before.
    ///
    /// # Errors
    /// The database's.
    pub async fn begin_mail(
        &self,
        mail: MailKey,
        organisation: Option<&OrganisationId>,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        write_tx!(&self.db, |link| {
            if run!(link, HOLD_OPEN, mail.alert)? == 0 {
                return Ok(false);
            }
            let begun = run!(
                link,
                "insert into alert_mails (alert, round, recipient, organisation, tries, outcome, began_at) \
                 select row_id, $2, $3, $4, 1, 'sending', $5 from alerts where id = $1 \
                 on conflict (alert, round, recipient) do update set tries = alert_mails.tries + 1, outcome = 'sending', \
                 began_at = excluded.began_at, ended_at = null where alert_mails.outcome <> 'sent'",
                mail.alert,
                i64::from(mail.round),
                i64::from(mail.recipient),
                organisation,
                micros(at)
            )?;
            Ok(begun > 0)
        })
    }

    /// Writes down what became of a mail.
    ///
    /// # Errors
    /// The database's.
    pub async fn end_mail(&self, mail: MailKey, outcome: MailOutcome, at: DateTime<Utc>) -> Result<(), StoreError> {
        write_tx!(&self.db, |link| run!(
            link,
            "update alert_mails set outcome = $4, ended_at = $5 where round = $2 and recipient = $3 \
             and alert = (select row_id from alerts where id = $1)",
            mail.alert,
            i64::from(mail.round),
            i64::from(mail.recipient),
            outcome.as_str(),
            micros(at)
        )
        .map(drop))
    }

    /// The mails about an alert, in the order of telling.
    ///
    /// # Errors
    /// The database's.
    pub async fn alert_mails(&self, alert: AlertId) -> Result<Vec<AlertMailRow>, StoreError> {
        list!(
            &self.db,
            AlertMailRow,
            "select m.round, m.recipient, m.tries, m.outcome, m.began_at, m.ended_at from alert_mails m \
             join alerts a on a.row_id = m.alert where a.id = $1 order by m.round, m.recipient",
            alert
        )
    }
}
