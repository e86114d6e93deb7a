//! The process's configuration: file < environment < flags. Every problem is reported at once. ("Settings" are something
//! else: an organisation's routing table.)

use crate::outbound::mail::{MailConfig, Mailer};
use anyhow::{Context, Result, bail};
use clap::Args;
use config::{Config as Sources, Environment, File, FileFormat};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Flags that every command takes; each beats the environment, which beats the file.
#[derive(Debug, Clone, Default, Args)]
pub struct ConfigFlags {
    /// Configuration file [default: ./assistline.toml where it exists]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Database, as `sqlite://PATH` [default: assistline.db in the state directory]
    #[arg(long, global = true, value_name = "URL")]
    pub database_url: Option<String>,
    /// Folder for database, secret key, last-known-good settings [default: ./assistline-data]
    #[arg(long, global = true, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Typed {
    database_url: Option<String>,
    listen: Option<String>,
    admin_listen: Option<String>,
    public_url: Option<String>,
    admin_token: Option<SecretString>,
    state_dir: Option<PathBuf>,
    secret_key_file: Option<PathBuf>,
    smtp_url: Option<SecretString>,
    mail_from: Option<String>,
    pages_url: Option<String>,
    log: Option<String>,
}

/// The configuration of the process, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the database is: `sqlite://…` or `postgres://…`. May hold a password: never printed.
    pub database_url: SecretString,
    /// The public listener.
    pub listen: SocketAddr,
    /// The private listener.
    pub admin_listen: SocketAddr,
    /// What providers call and sign, without a slash at the end. None: not set; no status call can be placed.
    pub public_url: Option<String>,
    /// The first token of the installation.
    pub admin_token: Option<SecretString>,
    /// Folder of the state.
    pub state_dir: PathBuf,
    /// The secret key.
    pub secret_key_file: PathBuf,
    /// How alerts are told by mail; for [`Mailer::new`].
    pub mail: MailConfig,
    /// `tracing` filter.
    pub log: String,
}

impl Config {
    /// Reads file, environment and flags.
    ///
    /// # Errors
    /// One error that names every problem and its cure.
    pub fn load(flags: &ConfigFlags) -> Result<Self> {
        let mut sources = Sources::builder();
        match &flags.config {
            Some(path) => sources = sources.add_source(File::from(path.as_path()).format(FileFormat::Toml)),
            None => {
                sources = sources.add_source(File::from(Path::new("assistline.toml")).format(FileFormat::Toml).required(false))
            }
        }
        sources = sources.add_source(Environment::with_prefix("ASSISTLINE").prefix_separator("_").try_parsing(false));
        let read = sources.build().context("cannot read the configuration")?;
        let mut typed: Typed = read.try_deserialize().context("the configuration has a mistake")?;
        typed.database_url = flags.database_url.clone().or(typed.database_url);
        typed.state_dir = flags.state_dir.clone().or(typed.state_dir);
        typed.check()
    }
}

impl Typed {
    fn check(self) -> Result<Config> {
        let mut problems = Vec::new();
        let mut address = |name: &str, typed: Option<String>, default: &str| {
            let text = typed.unwrap_or_else(|| default.to_owned());
            text.parse::<SocketAddr>().unwrap_or_else(|_error| {
                problems.push(format!("{name} is '{text}': it needs an address and a port, like {default}"));
                SocketAddr::from(([127, 0, 0, 1], 0))
            })
        };
        let listen = address("ASSISTLINE_LISTEN", self.listen, "127.0.0.1:8080");
        let admin_listen = address("ASSISTLINE_ADMIN_LISTEN", self.admin_listen, "127.0.0.1:8081");
        let state_dir = self.state_dir.unwrap_or_else(|| PathBuf::from("assistline-data"));
        let database_url = self.database_url.unwrap_or_else(|| format!("sqlite://{}", state_dir.join("assistline.db").display()));
        if !["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| database_url.starts_with(scheme)) {
            problems.push("ASSISTLINE_DATABASE_URL begins with neither sqlite:// nor postgres://".to_owned());
        }
        let public_url = self.public_url.map(|url| url.trim_end_matches('/').to_owned());
        if let Some(problem) = public_url.as_deref().and_then(public_url_problem) {
            problems.push(problem);
        }
        if self.admin_token.as_ref().is_some_and(|token| token.expose_secret().chars().count() < 16) {
            problems.push("ASSISTLINE_ADMIN_TOKEN is too short: at least 16 characters".to_owned());
        }
        let pages_url = self.pages_url.map(|url| url.trim_end_matches('/').to_owned());
        if pages_url.as_deref().is_some_and(|url| !url.starts_with("https://") && !url.starts_with("http://")) {
            problems.push("ASSISTLINE_PAGES_URL begins with neither https:// nor http://".to_owned());
        }
        let mail = MailConfig { smtp_url: self.smtp_url, from: self.mail_from, pages_url };
        // Only looked at: the problem names the setting and never the URL, which may hold a password.
        if let Err(problem) = Mailer::new(&mail) {
            problems.push(problem.to_string());
        }
        if !problems.is_empty() {
            bail!("{}", problems.join("\n"));
        }
        Ok(Config {
            database_url: database_url.into(),
            listen,
            admin_listen,
            public_url,
            admin_token: self.admin_token,
            secret_key_file: self.secret_key_file.unwrap_or_else(|| state_dir.join("secret.key")),
            state_dir,
            mail,
            log: self.log.unwrap_or_else(|| "info".to_owned()),
        })
    }
}

/// What is wrong with a public URL. Providers refuse host names with an underscore (reference: TwiML rules) and wildcards.
fn public_url_problem(url: &str) -> Option<String> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let Some(rest) = rest else {
        return Some(format!("ASSISTLINE_PUBLIC_URL is '{url}': it begins with https:// (http:// only for tests)"));
    };
    let host = rest.split('/').next().unwrap_or_default();
    if host.is_empty() || host.contains('_') || host.starts_with("0.0.0.0") || host.starts_with("[::]") {
        return Some(format!(
            "ASSISTLINE_PUBLIC_URL has the host '{host}': it needs a name that the provider can reach, without _"
        ));
    }
    rest.contains(['?', '#']).then(|| "ASSISTLINE_PUBLIC_URL holds ? or #: leave out everything behind the path".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(typed: Typed) -> String {
        typed.check().map_or_else(|error| error.to_string(), |config| format!("ok {}", config.listen))
    }

    #[test]
    fn defaults_work() {
        let config = Typed::default().check().unwrap();
        assert_eq!(config.database_url.expose_secret(), "sqlite://assistline-data/assistline.db");
        assert_eq!(config.secret_key_file, Path::new("assistline-data/secret.key"));
        assert!(config.public_url.is_none());
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let told = check(Typed {
            listen: Some("8080".into()),
            public_url: Some("example.org".into()),
            admin_token: Some("short".into()),
            database_url: Some("mysql://x".into()),
            ..Typed::default()
        });
        for name in ["ASSISTLINE_LISTEN", "ASSISTLINE_PUBLIC_URL", "ASSISTLINE_ADMIN_TOKEN", "ASSISTLINE_DATABASE_URL"] {
            assert!(told.contains(name), "{told}");
        }
        assert!(!told.contains("short\""), "a secret is not told");
    }

    #[test]
    fn a_mail_server_needs_a_sender_and_a_password_is_never_told() {
        let mail = |url: &str, from: Option<&str>| {
            check(Typed { smtp_url: Some(url.to_owned().into()), mail_from: from.map(str::to_owned), ..Typed::default() })
        };
        assert!(mail("smtp://mail.example:25", Some("alerts@acme.example")).starts_with("ok"));
        assert!(mail("file:///var/mails", None).starts_with("ok"), "a folder takes mails of any sender");
        assert!(mail("smtp://mail.example:25", None).contains("ASSISTLINE_MAIL_FROM"));
        assert!(mail("smtp://mail.example:25", Some("acme")).contains("ASSISTLINE_MAIL_FROM"));
        let told = mail("imap://anna:hunter2@mail.example", Some("alerts@acme.example"));
        assert!(told.contains("ASSISTLINE_SMTP_URL") && !told.contains("hunter2"), "{told}");
        let told = mail("smtp://anna:hunter2@:x", Some("alerts@acme.example"));
        assert!(told.contains("ASSISTLINE_SMTP_URL") && !told.contains("hunter2"), "{told}");
    }

    #[test]
    fn a_public_url_that_no_provider_can_reach_is_refused() {
        for url in ["http://[::]:8081", "https://my_host.example", "https://", "https://a.example/?x=1", "ftp://a.example"] {
            assert!(public_url_problem(url).is_some(), "{url}");
        }
        assert_eq!(public_url_problem("https://calls.example.org/base"), None);
        assert_eq!(
            Typed { public_url: Some("https://a.example/".into()), ..Typed::default() }.check().unwrap().public_url.unwrap(),
            "https://a.example"
        );
    }
}
