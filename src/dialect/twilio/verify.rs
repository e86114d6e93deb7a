//! Is a webhook from Twilio? HMAC over the URL as it was configured and the decoded form (`X-Twilio-Signature`).
//!
//! Source: Twilio docs "Webhooks security" and "Webhook shared keys"; Python package twilio 9.13.0 `request_validator.py`.
//! Fixtures: `tests/data/twilio/webhooks.jsonl`. Invariant: what this checks is what `parse` reads, nothing more.

use crate::dialect::form;
use crate::dialect::{RawRequest, WebhookError, WebhookSecret};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use subtle::ConstantTimeEq;

/// Is the request authentic with one of these secrets?
pub(super) fn verify(request: &RawRequest, secrets: &[WebhookSecret]) -> Result<(), WebhookError> {
    // With an empty secret anybody could sign.
    let held: Vec<&WebhookSecret> = secrets.iter().filter(|secret| !secret.secret.expose_secret().is_empty()).collect();
    if held.is_empty() {
        return Err(WebhookError::NoSecret);
    }
    let signature =
        header_bytes(request, "x-twilio-signature").filter(|value| !value.is_empty()).ok_or(WebhookError::Unsigned)?;
    let scheme = Scheme::of(request)?;
    let keys: Vec<&WebhookSecret> = held.into_iter().filter(|secret| scheme.may_use(secret)).collect();
    if keys.is_empty() {
        return Err(WebhookError::BadSignature("it is made with a key that the account does not hold"));
    }
    let bodies = signed_bodies(request)?;
    let mut fits = false;
    for url in signed_urls(request) {
        for body in &bodies {
            for key in &keys {
                let expected = scheme.algorithm.sign(key.secret.expose_secret(), url.as_bytes(), body);
                fits |= bool::from(expected.as_bytes().ct_eq(signature));
            }
        }
    }
    if fits {
        Ok(())
    } else {
        Err(WebhookError::BadSignature("no secret of the account signs this URL with these parameters so"))
    }
}

/// A header's first value as bytes: a signature need not be text to be wrong.
fn header_bytes<'a>(request: &'a RawRequest, name: &str) -> Option<&'a [u8]> {
    request.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_slice())
}

/// The hash under the signature.
#[derive(Clone, Copy)]
enum Algorithm {
    Sha1,
    Sha256,
}

impl Algorithm {
    /// The signature of a string that comes in two parts, in base64 with padding.
    fn sign(self, secret: &str, url: &[u8], body: &[u8]) -> String {
        match self {
            Self::Sha1 => STANDARD.encode(mac::<Hmac<Sha1>>(secret, url, body)),
            Self::Sha256 => STANDARD.encode(mac::<Hmac<Sha256>>(secret, url, body)),
        }
    }
}

fn mac<M: Mac + KeyInit>(secret: &str, url: &[u8], body: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length; were it not so, an empty code would fit no signature.
    M::new_from_slice(secret.as_bytes())
        .map(|mac| mac.chain_update(url).chain_update(body).finalize().into_bytes().to_vec())
        .unwrap_or_default()
}

/// How the request says that it is signed: `key=webhooks_sharedkey_…,algorithm=HMAC_SHA256`, or nothing at all.
struct Scheme<'a> {
    algorithm: Algorithm,
    key: Option<&'a str>,
}

impl<'a> Scheme<'a> {
    fn of(request: &'a RawRequest) -> Result<Self, WebhookError> {
        const UNREADABLE: WebhookError = WebhookError::BadSignature("its settings header is no text");
        const UNKNOWN: WebhookError = WebhookError::BadSignature("its algorithm is not known here");
        let settings = header_bytes(request, "x-twilio-webhooks-signature-settings").unwrap_or_default();
        let settings = std::str::from_utf8(settings).ok().ok_or(UNREADABLE)?;
        let setting = |name: &str| {
            let mut pairs = settings.split(',').filter_map(|pair| pair.split_once('='));
            pairs.find(|(field, _)| field.trim() == name).map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
        };
        let algorithm = match setting("algorithm") {
            None | Some("HMAC_SHA1") => Algorithm::Sha1,
            Some("HMAC_SHA256") => Algorithm::Sha256,
            Some(_) => return Err(UNKNOWN),
        };
        Ok(Self { algorithm, key: setting("key") })
    }

    /// A secret with a name signs only under its name; one without a name is tried for every request.
    fn may_use(&self, secret: &WebhookSecret) -> bool {
        secret.key.is_none() || secret.key.as_deref() == self.key
    }
}

/// What of the body is signed behind the URL: nothing for GET and JSON, the sorted form else. A form with bytes that are
/// no UTF-8 is tried as it is and as the SDKs would read it; either way `parse` reads the same text.
fn signed_bodies(request: &RawRequest) -> Result<Vec<Vec<u8>>, WebhookError> {
    if request.method == "GET" {
        return Ok(vec![Vec::new()]);
    }
    if is_json(request) {
        return check_body_hash(request).map(|()| vec![Vec::new()]);
    }
    let pairs = form::decode_bytes(&request.body);
    let lossy = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned().into_bytes();
    let as_text = pairs.iter().map(|(name, value)| (lossy(name), lossy(value))).collect();
    let mut bodies = vec![concatenated(pairs), concatenated(as_text)];
    bodies.dedup();
    Ok(bodies)
}

/// Does the request carry JSON, which is signed by its hash in the query?
pub(super) fn is_json(request: &RawRequest) -> bool {
    let kind = request.header("content-type").unwrap_or_default().to_ascii_lowercase();
    kind.starts_with("application/json")
}

/// Names by byte value, each once with its different values in order, without any separator.
fn concatenated(pairs: Vec<(Vec<u8>, Vec<u8>)>) -> Vec<u8> {
    let mut grouped: BTreeMap<Vec<u8>, BTreeSet<Vec<u8>>> = BTreeMap::new();
    for (name, value) in pairs {
        grouped.entry(name).or_default().insert(value);
    }
    let mut text = Vec::new();
    for (name, values) in &grouped {
        for value in values {
            text.extend_from_slice(name);
            text.extend_from_slice(value);
        }
    }
    text
}

/// A JSON body is covered by `bodySHA256` in the signed query, and by nothing where that is missing.
fn check_body_hash(request: &RawRequest) -> Result<(), WebhookError> {
    let query = form::Fields::read(query(&request.target).as_bytes());
    let Some(stated) = query.filled("bodySHA256") else {
        return Err(WebhookError::BadSignature("a JSON body without bodySHA256 is covered by nothing"));
    };
    let actual = hex::encode(Sha256::digest(&request.body));
    if bool::from(actual.as_bytes().ct_eq(stated.as_bytes())) {
        Ok(())
    } else {
        Err(WebhookError::BadSignature("the JSON body is not the one that bodySHA256 names"))
    }
}

/// The query of a request target, without its question mark.
pub(super) fn query(target: &str) -> &str {
    target.split_once('?').map_or("", |(_, query)| query)
}

/// Every spelling of the URL that Twilio may have signed. The path and query stand byte for byte as they came; the rest
/// comes from the configuration, never from `Host`. https drops the port for voice and keeps it for messages, and both
/// SDKs also try the scheme's own port: so the port is tried as configured, left out, and added.
fn signed_urls(request: &RawRequest) -> Vec<String> {
    let base = Base::of(&request.public_url);
    let target = origin_form(&request.target);
    // A proxy may keep the prefix of the public URL or take it away.
    let mut paths = vec![format!("{}{target}", base.path)];
    if !base.path.is_empty() && target.strip_prefix(base.path).is_some_and(|rest| rest.starts_with('/')) {
        paths.push(target.to_owned());
    }
    let authorities = base.authorities();
    let spell = |path: &String| authorities.iter().map(|host| format!("{}{host}{path}", base.scheme)).collect::<Vec<_>>();
    paths.iter().flat_map(spell).collect()
}

/// The target as clients send it to a server; one that names a host (as to a proxy) loses it.
fn origin_form(target: &str) -> &str {
    match target.split_once("://") {
        Some((scheme, rest)) if !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            rest.find(['/', '?']).and_then(|at| rest.get(at..)).unwrap_or("/")
        }
        _ => target,
    }
}

/// The configured public URL in its parts. User name, password and fragment are never signed.
struct Base<'a> {
    /// With its `://`.
    scheme: &'a str,
    host: &'a str,
    port: Option<&'a str>,
    path: &'a str,
}

impl<'a> Base<'a> {
    fn of(public_url: &'a str) -> Self {
        let url = public_url.split_once('#').map_or(public_url, |(url, _)| url);
        let (scheme, rest) = url.split_at(url.find("://").map_or(0, |at| at + 3));
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let authority = authority.rsplit_once('@').map_or(authority, |(_, authority)| authority);
        let port = authority.rsplit_once(':').filter(|(_, port)| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()));
        let (host, port) = port.map_or((authority, None), |(host, port)| (host, Some(port)));
        Self { scheme, host, port, path }
    }

    fn authorities(&self) -> Vec<String> {
        let host = self.host.to_owned();
        match self.port {
            Some(port) => vec![format!("{host}:{port}"), host],
            None if self.scheme == "http://" => vec![format!("{host}:80"), host],
            None => vec![format!("{host}:443"), host],
        }
    }
}

#[cfg(test)]
mod tests;
