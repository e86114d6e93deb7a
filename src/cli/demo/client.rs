//! The config API as a client sees it.

use anyhow::{Context, Result, bail};
use reqwest::Method;
use serde_json::Value;

/// A client with the demo's admin token.
#[derive(Debug, Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    /// `http://127.0.0.1:8081`.
    pub(super) base: String,
    /// The admin token.
    pub(super) token: String,
}

impl Client {
    /// A client.
    ///
    /// # Errors
    /// Where TLS cannot be set up.
    pub(super) fn new(base: String, token: String) -> Result<Self> {
        let http = reqwest::Client::builder().no_proxy().build().context("no HTTP client")?;
        Ok(Self { http, base, token })
    }

    /// GETs a document.
    ///
    /// # Errors
    /// Anything but a success, with the API's own words.
    pub(super) async fn get(&self, path: &str) -> Result<Value> {
        self.send(Method::GET, path, None).await
    }

    /// PUTs a document.
    ///
    /// # Errors
    /// As `get`.
    pub(super) async fn put(&self, path: &str, body: &Value) -> Result<Value> {
        self.send(Method::PUT, path, Some(body)).await
    }

    /// POSTs a document.
    ///
    /// # Errors
    /// As `get`.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.send(Method::POST, path, Some(body)).await
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base)).bearer_auth(&self.token);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        let response = request.send().await.with_context(|| format!("{method} {path}"))?;
        let status = response.status();
        let text = response.text().await.with_context(|| format!("{method} {path}"))?;
        if !status.is_success() {
            bail!("{method} {path} answered {status}: {text}");
        }
        if text.is_empty() { Ok(Value::Null) } else { serde_json::from_str(&text).with_context(|| format!("{method} {path}")) }
    }
}
