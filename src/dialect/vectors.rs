//! Signed webhook requests as lines of a file: what `verify-webhook` reads and the tests judge by.
//!
//! One JSON object a line. Read are `id`, `provider` (else the id up to its first `-`), `method`, `url` or
//! `configuredUrl`, `target`, `headers` (name to text, or to a list of texts), `body`, `secrets` (texts, or
//! `{"key", "secret"}`), `now` and `accept`; anything else is for people.

use crate::dialect::{RawRequest, WebhookSecret, by_name};
use secrecy::SecretString;
use serde_json::Value;

/// A request, what the engine holds to check it, and what is expected.
#[derive(Debug, Clone)]
pub struct Vector {
    /// Its name.
    pub id: String,
    /// The provider that it claims to come from.
    pub provider: String,
    /// What arrives, behind the scheme and host that were configured.
    pub request: RawRequest,
    /// The secrets held.
    pub secrets: Vec<WebhookSecret>,
    /// Unix time of the check, where the scheme has a time.
    pub now: Option<i64>,
    /// Must it be accepted? None: not said, or the engine's choice.
    pub accept: Option<bool>,
}

/// A line that is no such request.
#[derive(Debug, thiserror::Error)]
pub enum VectorError {
    /// It is no JSON.
    #[error("the line is not JSON")]
    Json(#[from] serde_json::Error),
    /// A field is missing or of another kind.
    #[error("the line lacks {0}")]
    Missing(&'static str),
}

/// What was found out about a vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Is the request authentic?
    pub accepted: bool,
    /// Why, for people.
    pub because: String,
}

/// Reads one line.
///
/// # Errors
/// The line is not JSON, or lacks its id, provider or URL.
pub fn read_vector(line: &str) -> Result<Vector, VectorError> {
    let line: Value = serde_json::from_str(line)?;
    let text = |name: &str| line.get(name).and_then(Value::as_str);
    let id = text("id").ok_or(VectorError::Missing("id"))?;
    let provider = text("provider").or_else(|| id.split_once('-').map(|(provider, _)| provider));
    let url = text("configuredUrl").or_else(|| text("url")).ok_or(VectorError::Missing("url"))?;
    let (public_url, rest) = split_url(url);
    let target = text("target").unwrap_or_else(|| rest.split('#').next().unwrap_or_default());
    let request = RawRequest {
        method: text("method").unwrap_or("POST").to_owned(),
        public_url: public_url.to_owned(),
        target: if target.is_empty() { "/".to_owned() } else { target.to_owned() },
        headers: headers(line.get("headers")),
        body: text("body").unwrap_or_default().as_bytes().to_vec(),
    };
    Ok(Vector {
        id: id.to_owned(),
        provider: provider.ok_or(VectorError::Missing("provider"))?.to_owned(),
        request,
        secrets: secrets(line.get("secrets")),
        now: line.get("now").and_then(Value::as_i64),
        accept: line.get("accept").and_then(Value::as_bool),
    })
}

/// Judges a vector by its provider's dialect.
#[must_use]
pub fn judge(vector: &Vector) -> Verdict {
    let Some(dialect) = by_name(&vector.provider) else {
        return Verdict { accepted: false, because: format!("there is no dialect of that name yet: {}", vector.provider) };
    };
    match dialect.verify(&vector.request, &vector.secrets) {
        Ok(()) => Verdict { accepted: true, because: "the signature fits the URL and the parameters".to_owned() },
        Err(error) => Verdict { accepted: false, because: error.to_string() },
    }
}

/// Scheme with host, and the rest from the path on.
fn split_url(url: &str) -> (&str, &str) {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(host..).and_then(|rest| rest.find(['/', '?', '#'])).map_or(url.len(), |at| host + at);
    url.split_at(end)
}

fn headers(value: Option<&Value>) -> Vec<(String, Vec<u8>)> {
    let mut headers = Vec::new();
    for (name, value) in value.and_then(Value::as_object).into_iter().flatten() {
        let several = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        let texts = several.iter().filter_map(Value::as_str);
        headers.extend(texts.map(|text| (name.to_ascii_lowercase(), text.as_bytes().to_vec())));
    }
    headers
}

fn secrets(value: Option<&Value>) -> Vec<WebhookSecret> {
    let one = |value: &Value| {
        let key = value.get("key").and_then(Value::as_str).map(str::to_owned);
        let secret = value.as_str().or_else(|| value.get("secret").and_then(Value::as_str))?;
        Some(WebhookSecret { key, secret: SecretString::from(secret) })
    };
    value.and_then(Value::as_array).into_iter().flatten().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_whole() {
        let vector = read_vector(
            r#"{"id":"twilio-x","method":"GET","url":"https://a.example:8443/p?q=1","target":"/p?q=1","headers":{"X-A":"1","X-B":["2","3"]},
                "secrets":["s1",{"key":"k","secret":"s2"}],"now":5,"accept":null,"verdicts":{}}"#,
        )
        .expect("reads");
        assert_eq!((vector.id.as_str(), vector.provider.as_str()), ("twilio-x", "twilio"));
        assert_eq!(vector.request.public_url, "https://a.example:8443");
        assert_eq!(vector.request.target, "/p?q=1");
        let header = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
        assert_eq!(vector.request.headers, [header("x-a", "1"), header("x-b", "2"), header("x-b", "3")]);
        assert_eq!(vector.secrets.iter().map(|secret| secret.key.as_deref()).collect::<Vec<_>>(), [None, Some("k")]);
        assert_eq!((vector.now, vector.accept), (Some(5), None));
    }

    #[test]
    fn a_target_that_is_not_said_comes_from_the_url() {
        let target = |url: &str| read_vector(&format!(r#"{{"id":"twilio-x","url":"{url}"}}"#)).expect("reads").request.target;
        assert_eq!(target("https://a.example/p?q=1#rc=2"), "/p?q=1");
        assert_eq!(target("https://a.example"), "/");
    }

    #[test]
    fn a_provider_without_a_dialect_is_not_accepted_and_says_so() {
        let vector = read_vector(r#"{"id":"jambonz-answered","provider":"jambonz","url":"https://a.example/","secrets":["x"]}"#);
        let verdict = judge(&vector.expect("reads"));
        assert!(!verdict.accepted);
        assert_eq!(verdict.because, "there is no dialect of that name yet: jambonz");
    }

    #[test]
    fn what_is_no_vector_is_an_error() {
        for line in ["", "[]", "{}", "{\"id\":\"x\"}", "{\"id\":\"x\",\"url\":\"https://a.example/\"}"] {
            assert!(read_vector(line).is_err(), "{line}");
        }
    }
}
