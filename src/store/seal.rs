//! Seals step tokens for callback URLs, and secrets for the database.
//!
//! A token is encrypted and authenticated deterministically (AES-256-GCM-SIV with a fixed nonce: misuse-resistant, so equal
//! tokens give equal bytes and nothing else is revealed). A repeat therefore renders the same document, and nobody reads
//! an answer or a person in a proxy's log. The line is associated data: a token of one line is worthless on another.

use crate::model::answer::Answer;
use crate::model::event::Direction;
use crate::model::ids::{CallId, LineId, TravellerRow};
use crate::model::language::LanguageTag;
use crate::model::limits;
use crate::model::token::{CallbackKind, StepToken};
use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use hkdf::Hkdf;
use sha2::Sha256;
use std::io::Write;
use std::path::Path;
use uuid::Uuid;

/// The first byte of a token's plain form. Neighbouring versions of the program read each other's tokens.
const TOKEN_FORMAT: u8 = 1;
/// Tokens are made with one nonce: determinism is wanted, and GCM-SIV bears it.
const TOKEN_NONCE: [u8; 12] = [0; 12];

/// Why a token was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not ours, of another line, or changed on the way.
    #[error("the token is not one of this line")]
    Foreign,
    /// Of a format that this version does not know.
    #[error("the token has an unknown format")]
    Format,
    /// Too old.
    #[error("the token has expired")]
    Expired,
}

/// The keys of the installation, derived from the one secret key.
#[derive(Clone)]
pub struct Keys {
    tokens: Aes256GcmSiv,
    secrets: Aes256GcmSiv,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

impl Keys {
    /// Derives the keys from the installation's secret.
    #[must_use]
    pub fn derive(secret: &[u8]) -> Self {
        let hkdf = Hkdf::<Sha256>::new(Some(b"assistline"), secret);
        let key = |purpose: &[u8]| {
            let mut bytes = [0_u8; 32];
            // HKDF refuses only outputs over 255 hashes; 32 bytes are one.
            let expanded = hkdf.expand(purpose, &mut bytes);
            debug_assert!(expanded.is_ok());
            Aes256GcmSiv::new(&bytes.into())
        };
        Self { tokens: key(b"step tokens 1"), secrets: key(b"stored secrets 1") }
    }

    /// Reads the secret key file, or makes one at the first start (32 random bytes as hex, readable by its owner only).
    ///
    /// # Errors
    /// A file that cannot be read, made, or holds fewer than 32 bytes.
    pub fn from_file(path: &Path) -> std::io::Result<Self> {
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let secret =
                    hex::decode(text.trim()).map_err(|error| std::io::Error::new(std::io::ErrorKind::InvalidData, error))?;
                if secret.len() < 32 {
                    return Err(std::io::Error::new(
                        std::io::ErrorKind::InvalidData,
                        "the secret key needs at least 64 hex digits",
                    ));
                }
                Ok(Self::derive(&secret))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::make_file(path),
            Err(error) => Err(error),
        }
    }

    fn make_file(path: &Path) -> std::io::Result<Self> {
        let mut secret = [0_u8; 32];
        getrandom::fill(&mut secret).map_err(std::io::Error::other)?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(path) {
            Ok(mut file) => {
                file.write_all(hex::encode(secret).as_bytes())?;
                file.sync_all()?;
                Ok(Self::derive(&secret))
            }
            // Another process was quicker: its key counts.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Self::from_file(path),
            Err(error) => Err(error),
        }
    }

    /// Seals a token for a URL of that line: at most [`limits::TOKEN_CHARS_MAX`] characters of base64url.
    #[must_use]
    pub fn seal_token(&self, token: &StepToken, line: &LineId) -> String {
        let plain = write_token(token);
        let payload = Payload { msg: &plain, aad: line.as_str().as_bytes() };
        // Encryption fails only for messages of gigabytes.
        let sealed = self.tokens.encrypt(Nonce::from_slice(&TOKEN_NONCE), payload).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(sealed)
    }

    /// Opens a token that came in a URL of that line.
    ///
    /// # Errors
    /// Foreign, unreadable or expired.
    pub fn open_token(&self, sealed: &str, line: &LineId, now: DateTime<Utc>) -> Result<StepToken, TokenError> {
        if sealed.len() > limits::TOKEN_CHARS_MAX {
            return Err(TokenError::Foreign);
        }
        let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_error| TokenError::Foreign)?;
        let payload = Payload { msg: &bytes, aad: line.as_str().as_bytes() };
        let plain = self.tokens.decrypt(Nonce::from_slice(&TOKEN_NONCE), payload).map_err(|_error| TokenError::Foreign)?;
        let token = read_token(&plain).ok_or(TokenError::Format)?;
        let age = now - token.issued_at;
        if age > TimeDelta::hours(limits::TOKEN_HOURS_MAX) { Err(TokenError::Expired) } else { Ok(token) }
    }

    /// Seals a secret for the database; `owner` (the account) is bound to it.
    ///
    /// # Errors
    /// Where the system has no randomness.
    pub fn seal_secret(&self, secret: &[u8], owner: &str) -> std::io::Result<Vec<u8>> {
        let mut nonce = [0_u8; 12];
        getrandom::fill(&mut nonce).map_err(std::io::Error::other)?;
        let payload = Payload { msg: secret, aad: owner.as_bytes() };
        let sealed = self.secrets.encrypt(Nonce::from_slice(&nonce), payload);
        let sealed = sealed.map_err(|_error| std::io::Error::other("the secret could not be sealed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens a secret from the database. None: it was sealed with another key or for another owner.
    #[must_use]
    pub fn open_secret(&self, sealed: &[u8], owner: &str) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_at_checked(12)?;
        self.secrets.decrypt(Nonce::from_slice(nonce), Payload { msg: sealed, aad: owner.as_bytes() }).ok()
    }
}

/// The token in bytes: fixed places first, the language last.
fn write_token(token: &StepToken) -> Vec<u8> {
    let mut out = Vec::with_capacity(72);
    out.push(TOKEN_FORMAT);
    out.extend(token.call.0.as_bytes());
    out.extend(token.step.to_be_bytes());
    out.push(token.leg);
    out.push(place(&CallbackKind::ALL, token.kind));
    let answer = token.answer.map_or(0, |answer| place(&Answer::ALL, answer) + 1);
    out.push(u8::from(token.direction == Direction::Inbound) | u8::from(token.heard) << 1 | answer << 2);
    out.push(token.ask);
    let mut keys = token.keys.bytes().rev().take(2).collect::<Vec<_>>();
    keys.resize(2, 0);
    out.extend(keys);
    out.extend(token.tried.to_be_bytes());
    out.extend(token.version.to_be_bytes());
    // Seconds since 1970 as 32 bits reach to the year 2106.
    out.extend(u32::try_from(token.issued_at.timestamp()).unwrap_or(0).to_be_bytes());
    out.extend(token.traveller.map_or(0, |row| row.0).to_be_bytes());
    out.extend(token.language.as_str().bytes());
    out
}

fn place<T: PartialEq>(all: &[T], one: T) -> u8 {
    all.iter().position(|each| *each == one).and_then(|place| u8::try_from(place).ok()).unwrap_or(0)
}

fn read_token(bytes: &[u8]) -> Option<StepToken> {
    let mut rest = bytes;
    let [TOKEN_FORMAT] = take::<1>(&mut rest)? else { return None };
    let call = CallId(Uuid::from_bytes(take(&mut rest)?));
    let step = u32::from_be_bytes(take(&mut rest)?);
    let [leg, kind, flags, ask] = take(&mut rest)?;
    let keys: [u8; 2] = take(&mut rest)?;
    let tried = u32::from_be_bytes(take(&mut rest)?);
    let version = u32::from_be_bytes(take(&mut rest)?);
    let issued_at = DateTime::from_timestamp(i64::from(u32::from_be_bytes(take(&mut rest)?)), 0)?;
    let traveller = i64::from_be_bytes(take(&mut rest)?);
    let answer = match flags >> 2 {
        0 => None,
        place => Some(*Answer::ALL.get(usize::from(place) - 1)?),
    };
    Some(StepToken {
        call,
        step,
        leg,
        kind: *CallbackKind::ALL.get(usize::from(kind))?,
        direction: if flags & 1 == 1 { Direction::Inbound } else { Direction::Outbound },
        traveller: (traveller != 0).then_some(TravellerRow(traveller)),
        language: LanguageTag::new(std::str::from_utf8(rest).ok()?)?,
        ask,
        heard: flags & 2 == 2,
        keys: keys.iter().rev().filter(|key| **key != 0).map(|key| char::from(*key)).collect(),
        answer,
        tried,
        version,
        issued_at,
    })
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(name: &str) -> LineId {
        LineId::new(name).unwrap()
    }

    prop_compose! {
        fn tokens()(
            call in any::<u128>(), step in any::<u32>(), leg in any::<u8>(), kind in 0..CallbackKind::ALL.len(), inbound in any::<bool>(),
            traveller in proptest::option::of(1..i64::MAX), language in "[a-z]{2}|[a-z]{2}-[A-Z]{2}|[a-z]{2}-[A-Z][a-z]{3}-[A-Z]{2}",
            ask in 0..4_u8, heard in any::<bool>(), keys in "[0-9*#]{0,2}", answer in proptest::option::of(0..Answer::ALL.len()),
            tried in any::<u32>(), version in any::<u32>(), seconds in 1_700_000_000_i64..4_000_000_000,
        ) -> StepToken {
            StepToken {
                call: CallId(Uuid::from_u128(call)), step, leg, kind: CallbackKind::ALL[kind],
                direction: if inbound { Direction::Inbound } else { Direction::Outbound },
                traveller: traveller.map(TravellerRow), language: LanguageTag::new(&language).unwrap(), ask, heard, keys,
                answer: answer.map(|place| Answer::ALL[place]), tried, version, issued_at: DateTime::from_timestamp(seconds, 0).unwrap(),
            }
        }
    }

    proptest! {
        #[test]
        fn a_token_comes_back_as_it_was_and_only_on_its_line(token in tokens()) {
            let keys = Keys::derive(b"a secret of the installation, any length");
            let sealed = keys.seal_token(&token, &line("berlin"));
            prop_assert!(sealed.len() <= limits::TOKEN_CHARS_MAX, "{} characters", sealed.len());
            prop_assert_eq!(&sealed, &keys.seal_token(&token, &line("berlin")), "a repeat renders the same bytes");
            prop_assert_eq!(keys.open_token(&sealed, &line("berlin"), token.issued_at).unwrap(), token.clone());
            prop_assert_eq!(keys.open_token(&sealed, &line("paris"), token.issued_at), Err(TokenError::Foreign));
            let other = Keys::derive(b"another secret");
            prop_assert_eq!(other.open_token(&sealed, &line("berlin"), token.issued_at), Err(TokenError::Foreign));
            let later = token.issued_at + TimeDelta::hours(limits::TOKEN_HOURS_MAX) + TimeDelta::seconds(1);
            prop_assert_eq!(keys.open_token(&sealed, &line("berlin"), later), Err(TokenError::Expired));
        }

        #[test]
        fn one_changed_character_is_refused(token in tokens(), at in any::<prop::sample::Index>()) {
            let keys = Keys::derive(b"a secret of the installation, any length");
            let sealed = keys.seal_token(&token, &line("berlin"));
            let at = at.index(sealed.len() - 1);
            let changed = if sealed.as_bytes()[at] == b'A' { "B" } else { "A" };
            let bent = format!("{}{changed}{}", &sealed[..at], &sealed[at + 1..]);
            prop_assert_eq!(keys.open_token(&bent, &line("berlin"), token.issued_at), Err(TokenError::Foreign));
        }

        #[test]
        fn anything_is_opened_without_a_panic(text in ".{0,300}") {
            let keys = Keys::derive(b"a secret of the installation, any length");
            prop_assert!(keys.open_token(&text, &line("berlin"), DateTime::UNIX_EPOCH).is_err());
        }
    }

    #[test]
    fn a_stored_secret_belongs_to_its_account() {
        let keys = Keys::derive(b"a secret of the installation, any length");
        let sealed = keys.seal_secret(b"auth token", "main").unwrap();
        assert_eq!(keys.open_secret(&sealed, "main").unwrap(), b"auth token");
        assert_eq!(keys.open_secret(&sealed, "other"), None);
        assert_eq!(keys.open_secret(&sealed[..5], "main"), None);
    }

    #[test]
    fn the_key_file_is_made_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/secret.key");
        let first = Keys::from_file(&path).unwrap();
        let sealed = first.seal_secret(b"x", "main").unwrap();
        assert_eq!(Keys::from_file(&path).unwrap().open_secret(&sealed, "main").unwrap(), b"x");
        std::fs::write(&path, "abcd").unwrap();
        assert!(Keys::from_file(&path).unwrap_err().to_string().contains("64 hex digits"));
    }
}
