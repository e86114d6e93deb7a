//! Mails about alerts: who is asked for help from, what happened in one sentence, where it is taken, the emergency number.
//!
//! Invariant: no mail tells anything medical, and none holds a name, a place, or what was said (DESIGN 6): whoever reads
//! it on a locked phone learns that somebody must act, and no more. A language without a file is told in English.

use crate::model::alert::AlertKind;
use crate::model::language::LanguageTag;
use crate::model::phone::PhoneNumber;
use crate::wording::number;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use std::sync::LazyLock;

/// The sentences of one language.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sentences {
    language: String,
    exercise: String,
    help: String,
    unclear: String,
    not_connected: String,
    unreached: String,
    hung_up: String,
    unknown_called_number: String,
    webhooks_refused: String,
    account_fault: String,
    call_unknown: String,
    mail_failed: String,
    reply_failed: String,
    help_unrecorded: String,
    raised: String,
    line: String,
    link: String,
    path: String,
    number: String,
    repeats: String,
    reminder: String,
    why: String,
    installation: String,
}

/// Every language file, English first.
static FILES: [&str; 2] = [include_str!("mail/en.json"), include_str!("mail/de.json")];
/// What could be read of them; no test lets one through that could not.
static ALL: LazyLock<Vec<Sentences>> =
    LazyLock::new(|| FILES.iter().filter_map(|text| serde_json::from_str(text).ok()).collect());

/// Where an alert is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhereToTake {
    /// A page.
    Page(String),
    /// The path of the API, where no pages' address is known.
    Path(String),
}

/// What a mail about an alert tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertMail<'a> {
    /// The organisation's name; None: it is the operator's.
    pub organisation: Option<&'a str>,
    /// What happened. `Medical` is told as help.
    pub kind: AlertKind,
    /// Is the query of the call an exercise?
    pub exercise: bool,
    /// When it was raised.
    pub raised_at: DateTime<Utc>,
    /// In whose time that is told.
    pub time_zone: Tz,
    /// The line that an operator alert is about.
    pub line: Option<&'a str>,
    /// The number that travellers are told.
    pub emergency_number: Option<&'a PhoneNumber>,
    /// Where it is taken.
    pub take: &'a WhereToTake,
    /// How often it was told before.
    pub round: u32,
    /// Minutes between repeats.
    pub repeat_minutes: u16,
}

/// A mail's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailWords {
    /// The subject.
    pub subject: String,
    /// The text, lines ended by `\n`.
    pub body: String,
}

/// The words of a mail, in the recipient's language if there is one, else in English.
#[must_use]
pub fn alert(mail: &AlertMail<'_>, language: &LanguageTag) -> MailWords {
    let of_language = ALL.iter().find(|words| words.language == language.primary());
    let Some(words) = of_language.or_else(|| ALL.first()) else {
        return bare(mail);
    };
    let what = words.what(mail.kind);
    let exercise = if mail.exercise { format!("{}: ", words.exercise) } else { String::new() };
    let organisation = mail.organisation.unwrap_or(&words.installation);
    let time = mail.raised_at.with_timezone(&mail.time_zone).format("%Y-%m-%d %H:%M %Z");
    let mut paragraphs = vec![format!("{organisation}\n{exercise}{what}.")];
    let mut facts = vec![words.raised.replace("{time}", &time.to_string())];
    facts.extend(mail.line.map(|line| words.line.replace("{line}", line)));
    facts.extend(mail.emergency_number.map(|phone| words.number.replace("{number}", &number::written(phone))));
    paragraphs.push(facts.join("\n"));
    paragraphs.push(match mail.take {
        WhereToTake::Page(url) => format!("{}\n{url}", words.link),
        WhereToTake::Path(path) => format!("{}\n{path}", words.path),
    });
    let repeats = words.repeats.replace("{minutes}", &mail.repeat_minutes.to_string());
    let reminder = if mail.round > 0 { words.reminder.replace("{count}", &mail.round.to_string()) + " " } else { String::new() };
    paragraphs.push(format!("{reminder}{repeats}"));
    paragraphs.push(words.why.replace("{organisation}", organisation));
    let from = mail.organisation.unwrap_or("assistline");
    MailWords { subject: format!("{exercise}{from}: {what}"), body: paragraphs.join("\n\n") + "\n" }
}

/// Without any file (no test lets that through) a mail still says whose alert it is and where.
fn bare(mail: &AlertMail<'_>) -> MailWords {
    let (WhereToTake::Page(place) | WhereToTake::Path(place)) = mail.take;
    let subject = format!("{}: help", mail.organisation.unwrap_or("assistline"));
    MailWords { body: format!("{subject}\n{place}\n"), subject }
}

impl Sentences {
    fn what(&self, kind: AlertKind) -> &str {
        match kind {
            AlertKind::Help | AlertKind::Medical => &self.help,
            AlertKind::Unclear => &self.unclear,
            AlertKind::NotConnected => &self.not_connected,
            AlertKind::Unreached => &self.unreached,
            AlertKind::HungUp => &self.hung_up,
            AlertKind::UnknownCalledNumber => &self.unknown_called_number,
            AlertKind::WebhooksRefused => &self.webhooks_refused,
            AlertKind::AccountFault => &self.account_fault,
            AlertKind::CallUnknown => &self.call_unknown,
            AlertKind::MailFailed => &self.mail_failed,
            AlertKind::ReplyFailed => &self.reply_failed,
            AlertKind::HelpUnrecorded => &self.help_unrecorded,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(kind: AlertKind, take: &WhereToTake) -> AlertMail<'_> {
        AlertMail {
            organisation: Some("ACME GmbH"),
            kind,
            exercise: false,
            raised_at: DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
            time_zone: Tz::Europe__Berlin,
            line: None,
            emergency_number: None,
            take,
            round: 0,
            repeat_minutes: 5,
        }
    }

    fn page() -> WhereToTake {
        WhereToTake::Page("https://pages.example/x".to_owned())
    }

    fn language(tag: &str) -> LanguageTag {
        LanguageTag::new(tag).unwrap()
    }

    #[test]
    fn every_file_can_be_read_and_keeps_every_placeholder() {
        assert_eq!(ALL.len(), FILES.len());
        let english: serde_json::Value = serde_json::from_str(FILES[0]).unwrap();
        for file in FILES {
            let words: serde_json::Value = serde_json::from_str(file).unwrap();
            for (name, sentence) in english.as_object().unwrap() {
                let holes = |text: &str| text.matches('{').count();
                let (theirs, ours) = (words[name].as_str().unwrap(), sentence.as_str().unwrap());
                assert_eq!(holes(theirs), holes(ours), "{name}");
                assert!(!theirs.trim().is_empty(), "{name}");
            }
        }
    }

    #[test]
    fn a_mail_tells_whose_what_since_when_and_where() {
        let phone = PhoneNumber::from_e164("+493023125010");
        let take = page();
        let told = alert(&AlertMail { emergency_number: phone.as_ref(), ..mail(AlertKind::Help, &take) }, &language("de-AT"));
        assert_eq!(told.subject, "ACME GmbH: Es wurde um Hilfe gebeten");
        for part in ["ACME GmbH", "2026-09-21 16:13 CEST", "+49 30 23125010", "https://pages.example/x", "alle 5 Minuten"] {
            assert!(told.body.contains(part), "{part} in\n{}", told.body);
        }
        assert!(!told.body.contains('{'), "{}", told.body);
        let told = alert(&AlertMail { round: 2, exercise: true, ..mail(AlertKind::Unreached, &take) }, &language("fr"));
        assert_eq!(told.subject, "Exercise: ACME GmbH: A traveller could not be reached");
        assert!(told.body.contains("This is reminder 2."), "{}", told.body);
    }

    #[test]
    fn medical_is_told_as_help_word_for_word() {
        for tag in ["de", "en"] {
            let (help, medical) = (AlertKind::Help, AlertKind::Medical);
            let take = page();
            assert_eq!(alert(&mail(help, &take), &language(tag)), alert(&mail(medical, &take), &language(tag)));
        }
    }

    #[test]
    fn every_kind_has_its_own_sentence() {
        for words in ALL.iter() {
            let mut told: Vec<&str> = AlertKind::ALL.into_iter().map(|kind| words.what(kind)).collect();
            told.sort_unstable();
            told.dedup();
            assert_eq!(told.len(), AlertKind::ALL.len() - 1, "only help and medical are told alike");
        }
    }

    #[test]
    fn the_operator_is_told_of_the_installation() {
        let take = WhereToTake::Path("POST /v1/alerts/x/take".to_owned());
        let mail = AlertMail { organisation: None, line: Some("berlin"), ..mail(AlertKind::AccountFault, &take) };
        let told = alert(&mail, &language("en"));
        assert_eq!(told.subject, "assistline: The telephony provider refuses our orders");
        assert!(told.body.contains("Line: berlin") && told.body.contains("POST /v1/alerts/x/take"), "{}", told.body);
    }
}
