//! Sends mails: over SMTP, into a folder (`file:///…`), or into memory for tests and the demo. One attempt each, within
//! [`limits::MAIL_MS_MAX`]: whether and when to try again is judged elsewhere.
//!
//! Invariants: each mail has a connection of its own, so one that the server has closed meanwhile is no trap (field case
//! F20). No address, password or word of the server appears in an error or a log line (field case F23).

use crate::model::limits;
use chrono::{DateTime, Utc};
use lettre::address::AddressError;
use lettre::message::header::{ContentTransferEncoding, HeaderName, HeaderValue};
use lettre::message::{Body, Mailbox as Sender};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Who sends where a folder takes the mails and nobody is named.
const SENDER_OF_A_FOLDER: &str = "assistline <assistline@localhost>";

/// What the configuration says about mails.
#[derive(Debug, Clone, Default)]
pub struct MailConfig {
    /// `ASSISTLINE_SMTP_URL`: `smtp://user:password@host:587`, `smtps://…`, or `file:///folder`. `?tls=required`,
    /// `opportunistic` or `none` says how a plain `smtp://` is secured; left out: required where a password is sent to
    /// another machine, else whatever the server offers.
    pub smtp_url: Option<SecretString>,
    /// `ASSISTLINE_MAIL_FROM`: `alerts@acme.example` or `ACME alerts <alerts@acme.example>`.
    pub from: Option<String>,
    /// `ASSISTLINE_PAGES_URL`: where people reach the pages, without a slash at the end; mails link there.
    pub pages_url: Option<String>,
}

/// What is wrong with the configuration of mails. Never holds the URL: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MailConfigError {
    /// A URL that cannot be read.
    #[error("ASSISTLINE_SMTP_URL cannot be read: write smtp://user:password@host:587, smtps://… or file:///folder")]
    BadUrl,
    /// A server, and nobody who sends.
    #[error("ASSISTLINE_MAIL_FROM is missing: mail servers want a sender, like alerts@acme.example")]
    NoSender,
    /// A sender that is no address.
    #[error("ASSISTLINE_MAIL_FROM is no mail address: write alerts@acme.example or ACME alerts <alerts@acme.example>")]
    BadSender,
}

/// Why a mail was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// The address is none.
    #[error("the recipient's address is no mail address")]
    Malformed,
    /// The mailbox does not exist or will not have it (the server's code): another try changes nothing.
    #[error("the mail server refuses it (code {0})")]
    Refused(u16),
    /// A passing fault (the server's code).
    #[error("the mail server cannot take it for the moment (code {0})")]
    Postponed(u16),
    /// Our own credentials, the sender or TLS are not accepted (the server's code; 0: TLS).
    #[error("the mail server does not accept us: check user, password and TLS of ASSISTLINE_SMTP_URL (code {0})")]
    NotAccepted(u16),
    /// No whole answer: it may have been taken.
    #[error("the mail server cannot be reached, or hung up")]
    Unreachable,
    /// No answer in time: it may have been taken.
    #[error("the mail server gave no answer in time")]
    TimedOut,
    /// The folder cannot be written.
    #[error("the folder of the mails cannot be written")]
    Folder,
    /// No mail server is set.
    #[error("no mail server is set (ASSISTLINE_SMTP_URL)")]
    Nobody,
}

impl MailError {
    /// Would the same mail meet the same refusal?
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Malformed | Self::Refused(_))
    }
}

/// A mail to one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The recipient's name.
    pub name: String,
    /// The recipient's address, as typed.
    pub address: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub body: String,
    /// Names the mail: sent twice, a mailbox can show it once. Letters, digits, `.` and `-`.
    pub id: String,
    /// Names what it is about, so that reminders stand together.
    pub thread: String,
    /// Is it urgent?
    pub urgent: bool,
    /// When it is sent.
    pub at: DateTime<Utc>,
}

/// Sends mails; cheap to clone.
#[derive(Debug, Clone)]
pub struct Mailer {
    way: Way,
    from: Option<Arc<Sender>>,
    pages_url: Option<Arc<str>>,
    time_limit: Duration,
}

#[derive(Clone)]
enum Way {
    Nobody,
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(Arc<Path>),
    Memory(Arc<MailMemory>),
}

impl std::fmt::Debug for Way {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Nobody => "Nobody",
            Self::Smtp(_) => "Smtp",
            Self::Folder(_) => "Folder",
            Self::Memory(_) => "Memory",
        })
    }
}

impl Mailer {
    /// A mailer as configured. Without a URL it tells nobody: see [`Mailer::tells_nobody`].
    ///
    /// # Errors
    /// A URL or a sender that cannot be used.
    pub fn new(config: &MailConfig) -> Result<Self, MailConfigError> {
        let way = match &config.smtp_url {
            None => Way::Nobody,
            Some(url) => way_of(url.expose_secret())?,
        };
        let from = match (&config.from, &way) {
            (Some(from), _) => Some(from.parse::<Sender>().map_err(|_bad: AddressError| MailConfigError::BadSender)?),
            (None, Way::Smtp(_)) => return Err(MailConfigError::NoSender),
            (None, Way::Nobody | Way::Folder(_) | Way::Memory(_)) => SENDER_OF_A_FOLDER.parse().ok(),
        };
        Ok(Self {
            way,
            from: from.map(Arc::new),
            pages_url: config.pages_url.as_deref().map(Arc::from),
            time_limit: Duration::from_millis(limits::MAIL_MS_MAX),
        })
    }

    /// A mailer without a mail server: every mail fails.
    #[must_use]
    pub fn to_nobody() -> Self {
        Self { way: Way::Nobody, from: None, pages_url: None, time_limit: Duration::from_millis(limits::MAIL_MS_MAX) }
    }

    /// A mailer that keeps its mails in memory, for tests and the demo.
    #[must_use]
    pub fn in_memory() -> (Self, Arc<MailMemory>) {
        let memory = Arc::new(MailMemory::default());
        let way = Way::Memory(Arc::clone(&memory));
        let from = SENDER_OF_A_FOLDER.parse().ok().map(Arc::new);
        (Self { way, from, ..Self::to_nobody() }, memory)
    }

    /// The same with another time limit for a mail.
    #[must_use]
    pub const fn with_time_limit(mut self, time_limit: Duration) -> Self {
        self.time_limit = time_limit;
        self
    }

    /// Is there no mail server? Then alerts are told to nobody, and somebody should know.
    #[must_use]
    pub const fn tells_nobody(&self) -> bool {
        matches!(self.way, Way::Nobody)
    }

    /// Where people reach the pages, if that is known.
    #[must_use]
    pub fn pages_url(&self) -> Option<&str> {
        self.pages_url.as_deref()
    }

    /// Sends one mail: back when the server has it.
    ///
    /// # Errors
    /// Why not, in classes that say whether another try can help.
    pub async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        let Some(from) = &self.from else { return Err(MailError::Nobody) };
        let message = compose(letter, from)?;
        let sent = tokio::time::timeout(self.time_limit, async {
            match &self.way {
                Way::Nobody => Err(MailError::Nobody),
                Way::Smtp(transport) => transport.send(message).await.map(drop).map_err(|error| classify(&error)),
                Way::Folder(folder) => write_file(folder, letter, &message.formatted()).await,
                Way::Memory(memory) => memory.take(letter).await,
            }
        });
        sent.await.unwrap_or(Err(MailError::TimedOut))
    }
}

/// Reads the URL of a mail server or folder.
fn way_of(url: &str) -> Result<Way, MailConfigError> {
    if let Some(folder) = url.strip_prefix("file://") {
        return if folder.starts_with('/') { Ok(Way::Folder(Path::new(folder).into())) } else { Err(MailConfigError::BadUrl) };
    }
    if !url.starts_with("smtp://") && !url.starts_with("smtps://") {
        return Err(MailConfigError::BadUrl);
    }
    let plain = url.starts_with("smtp://");
    let (url, asked) = match url.split_once('?') {
        Some((url, "tls=none")) => (url.to_owned(), Some("none")),
        Some((_, "tls=required" | "tls=opportunistic")) => (url.to_owned(), Some("named")),
        Some(_) => return Err(MailConfigError::BadUrl),
        None => (url.to_owned(), None),
    };
    let url = match asked {
        // The port must not depend on whether TLS is asked for: a relay without one listens on 25.
        None if plain => {
            format!("{}?tls={}", with_port(&url), if sends_a_password_abroad(&url) { "required" } else { "opportunistic" })
        }
        Some(_) | None => url,
    };
    let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&url).map_err(|_unreadable| MailConfigError::BadUrl)?;
    Ok(Way::Smtp(builder.timeout(Some(Duration::from_millis(limits::MAIL_MS_MAX))).build()))
}

fn host_and_port(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    rest.split('/').next().unwrap_or_default()
}

/// Names the port of a URL that leaves it out: 587 with a password, 25 without.
fn with_port(url: &str) -> String {
    let place = host_and_port(url);
    let bare = place.rsplit_once(']').map_or(place, |(_, behind)| behind);
    if place.is_empty() || bare.contains(':') {
        return url.to_owned();
    }
    let port = if has_password(url) { 587 } else { 25 };
    match url.rsplit_once(place) {
        Some((before, behind)) => format!("{before}{place}:{port}{behind}"),
        None => url.to_owned(),
    }
}

fn has_password(url: &str) -> bool {
    url.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@')).is_some_and(|(user, _)| user.contains(':'))
}

fn sends_a_password_abroad(url: &str) -> bool {
    let place = host_and_port(url);
    let here = ["localhost", "127.0.0.1", "[::1]"];
    has_password(url) && !here.iter().any(|host| place == *host || place.starts_with(&format!("{host}:")))
}

fn compose(letter: &Letter, from: &Sender) -> Result<Message, MailError> {
    let address: Address = letter.address.parse().map_err(|_bad: AddressError| MailError::Malformed)?;
    let host = from.email.domain();
    let mut message = Message::builder()
        .from(from.clone())
        .to(Sender::new(Some(letter.name.clone()), address))
        .date(letter.at.into())
        .message_id(Some(format!("<{}@{host}>", letter.id)))
        .references(format!("<{}@{host}>", letter.thread))
        .subject(letter.subject.clone())
        .body(text_body(&letter.body))
        .map_err(|_incomplete| MailError::Malformed)?;
    let mut header = |name, value: &str| {
        message.headers_mut().insert_raw(HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned()));
    };
    header("Content-Type", "text/plain; charset=utf-8");
    // RFC 3834: nobody's holiday note answers it.
    header("Auto-Submitted", "auto-generated");
    if letter.urgent {
        header("Importance", "high");
        header("X-Priority", "1");
    }
    Ok(message)
}

/// As it is where it is ASCII (RFC 5322 allows 998 characters a line), so that a link stays whole; else quoted-printable,
/// so that no relay has to convert it.
fn text_body(text: &str) -> Body {
    const LINE_CHARS_MAX: usize = 998;
    let plain = text.is_ascii() && text.lines().all(|line| line.len() <= LINE_CHARS_MAX);
    let mut wire: String = text.lines().collect::<Vec<_>>().join("\r\n");
    wire.push_str("\r\n");
    if plain {
        return Body::dangerous_pre_encoded(wire.into_bytes(), ContentTransferEncoding::SevenBit);
    }
    Body::new_with_encoding(wire, ContentTransferEncoding::QuotedPrintable).unwrap_or_else(Body::new)
}

fn classify(error: &lettre::transport::smtp::Error) -> MailError {
    let code = error.status().map_or(0, u16::from);
    if error.is_timeout() {
        MailError::TimedOut
    } else if matches!(code, 530 | 534 | 535 | 538) || error.is_tls() || error.is_client() {
        MailError::NotAccepted(code)
    } else if error.is_permanent() {
        MailError::Refused(code)
    } else if error.is_transient() {
        MailError::Postponed(code)
    } else {
        MailError::Unreachable
    }
}

/// Written beside and renamed: whoever reads the folder never sees half a mail.
async fn write_file(folder: &Path, letter: &Letter, mail: &[u8]) -> Result<(), MailError> {
    let name = format!("{}-{}", letter.at.format("%Y%m%dT%H%M%S%6f"), letter.id);
    let (beside, path): (PathBuf, PathBuf) = (folder.join(format!(".{name}.new")), folder.join(format!("{name}.eml")));
    let written = async {
        tokio::fs::create_dir_all(folder).await?;
        tokio::fs::write(&beside, mail).await?;
        tokio::fs::rename(&beside, &path).await
    };
    written.await.map_err(|error| {
        tracing::error!(kind = ?error.kind(), "A mail could not be written into the folder of the mails");
        MailError::Folder
    })
}

/// What a mailbox in memory does with mails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MailboxMood {
    /// It takes them.
    Takes,
    /// It does not exist (550).
    Refuses,
    /// Not now (451).
    Postpones,
    /// It never answers.
    Hangs,
}

/// Mails in memory.
#[derive(Debug, Default)]
pub struct MailMemory {
    sent: Mutex<Vec<Letter>>,
    moods: Mutex<HashMap<String, MailboxMood>>,
}

impl MailMemory {
    /// All mails that were taken, in order.
    #[must_use]
    pub fn sent(&self) -> Vec<Letter> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says what the mailbox of that address does from now on.
    pub fn set_mood(&self, address: &str, mood: MailboxMood) {
        self.moods.lock().unwrap_or_else(PoisonError::into_inner).insert(address.to_owned(), mood);
    }

    async fn take(&self, letter: &Letter) -> Result<(), MailError> {
        let mood = self.moods.lock().unwrap_or_else(PoisonError::into_inner).get(&letter.address).copied();
        match mood.unwrap_or(MailboxMood::Takes) {
            MailboxMood::Takes => {
                self.sent.lock().unwrap_or_else(PoisonError::into_inner).push(letter.clone());
                Ok(())
            }
            MailboxMood::Refuses => Err(MailError::Refused(550)),
            MailboxMood::Postpones => Err(MailError::Postponed(451)),
            MailboxMood::Hangs => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(address: &str) -> Letter {
        Letter {
            name: "Bereitschaft Müller".to_owned(),
            address: address.to_owned(),
            subject: "ACME: Es wurde um Hilfe gebeten – Übung".to_owned(),
            body: "Grüße\n\nhttps://pages.example/organisations/acme/alerts?state=open\n".to_owned(),
            id: "a.0.1".to_owned(),
            thread: "a".to_owned(),
            urgent: true,
            at: DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
        }
    }

    fn mailer(url: &str) -> Result<Mailer, MailConfigError> {
        Mailer::new(&MailConfig {
            smtp_url: Some(url.to_owned().into()),
            from: Some("ACME <alerts@acme.example>".to_owned()),
            pages_url: None,
        })
    }

    #[tokio::test]
    async fn a_folder_gets_whole_mails() {
        let folder = tempfile::tempdir().unwrap();
        let mailer = mailer(&format!("file://{}/new/mails", folder.path().display())).unwrap();
        mailer.send(&letter("duty@acme.example")).await.unwrap();
        let files: Vec<_> =
            std::fs::read_dir(folder.path().join("new/mails")).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.len(), 1);
        assert!(files[0].to_string_lossy().ends_with("20260921T141320000000-a.0.1.eml"), "{files:?}");
        let text = std::fs::read_to_string(&files[0]).unwrap();
        for part in [
            "From: ACME <alerts@acme.example>",
            "duty@acme.example>",
            "Message-ID: <a.0.1@acme.example>",
            "References: <a@acme.example>",
            "Auto-Submitted: auto-generated",
            "Importance: high",
            "Content-Type: text/plain; charset=utf-8",
            "Date: Mon, 21 Sep 2026 14:13:20 +0000",
            "\r\nGr=C3=BC=C3=9Fe\r\n\r\n",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
        assert!(text.is_ascii(), "no relay has to convert it");
    }

    #[test]
    fn a_link_in_an_english_mail_stays_whole() {
        let from: Sender = "alerts@acme.example".parse().unwrap();
        let link = format!("https://pages.example/{}?state=open", "x".repeat(100));
        let letter = Letter { subject: "Help".to_owned(), body: format!("Take it:\n{link}\n"), ..letter("duty@acme.example") };
        let text = String::from_utf8(compose(&letter, &from).unwrap().formatted()).unwrap();
        assert!(text.contains(&format!("\r\n{link}\r\n")), "{text}");
        assert!(text.contains("Content-Transfer-Encoding: 7bit"), "{text}");
    }

    #[tokio::test]
    async fn what_is_no_address_is_refused_for_good() {
        let (mailer, memory) = Mailer::in_memory();
        for address in ["", "duty", "duty@", "a@b@c", "duty@acme.example\r\nBcc: x@y.example"] {
            assert_eq!(mailer.send(&letter(address)).await, Err(MailError::Malformed), "{address:?}");
        }
        assert!(memory.sent().is_empty());
        assert!(MailError::Malformed.is_final() && !MailError::TimedOut.is_final());
    }

    #[tokio::test]
    async fn a_mailbox_that_hangs_costs_its_time_limit_and_no_more() {
        let (mailer, memory) = Mailer::in_memory();
        let mailer = mailer.with_time_limit(Duration::from_millis(20));
        memory.set_mood("b@acme.example", MailboxMood::Hangs);
        assert_eq!(mailer.send(&letter("b@acme.example")).await, Err(MailError::TimedOut));
        assert_eq!(mailer.send(&letter("a@acme.example")).await, Ok(()));
    }

    #[test]
    fn a_password_goes_to_another_machine_only_over_tls() {
        assert!(sends_a_password_abroad("smtp://anna:secret@mail.example:587"));
        assert!(!sends_a_password_abroad("smtp://anna:secret@localhost:2525"));
        assert!(!sends_a_password_abroad("smtp://mail.example"));
        assert_eq!(with_port("smtp://anna:secret@mail.example"), "smtp://anna:secret@mail.example:587");
        assert_eq!(with_port("smtp://mail.example/hello"), "smtp://mail.example:25/hello");
        assert_eq!(with_port("smtp://[::1]"), "smtp://[::1]:25");
        assert_eq!(with_port("smtp://[::1]:2525"), "smtp://[::1]:2525");
    }

    #[test]
    fn urls_that_are_none_are_refused_without_being_told() {
        for url in ["imap://x", "smtp://", "smtp://host?tls=maybe", "smtp://host:port", "file://relative/folder", ""] {
            assert_eq!(mailer(url).map(|_| ()), Err(MailConfigError::BadUrl), "{url}");
        }
        for url in ["smtp://host", "smtp://host?tls=none", "smtps://u:p@host", "smtp://u:p@host:25?tls=required", "file:///tmp/x"]
        {
            assert!(mailer(url).is_ok_and(|mailer| !mailer.tells_nobody()), "{url}");
        }
        let shown = format!("{:?}", mailer("smtps://anna:hunter2@host").unwrap());
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    #[tokio::test]
    async fn without_a_server_nobody_is_told() {
        let mailer = Mailer::new(&MailConfig::default()).unwrap();
        assert!(mailer.tells_nobody());
        assert_eq!(mailer.send(&letter("duty@acme.example")).await, Err(MailError::Nobody));
    }
}
