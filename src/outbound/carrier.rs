//! Sends a dialect's REST requests to the provider. One attempt each: whether to try again is judged elsewhere.
//!
//! Invariant: no URL, body or credential of a request appears in an error or a log line (field case F23).

use crate::dialect::{CarrierError, CarrierErrorKind, ProviderRequest, ProviderResponse};
use crate::model::limits;
use reqwest::header::RETRY_AFTER;
use secrecy::ExposeSecret;
use std::time::Duration;

/// The client for all accounts; cheap to clone.
#[derive(Debug, Clone)]
pub struct Carrier {
    client: reqwest::Client,
}

impl Carrier {
    /// A client with its own connection pool.
    ///
    /// # Errors
    /// Where TLS cannot be set up.
    pub fn new() -> Result<Self, reqwest::Error> {
        // Another part of the process may have chosen one before: then that one serves us as well.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_millis(limits::CARRIER_CONNECT_MS_MAX))
            .timeout(Duration::from_millis(limits::CARRIER_MS_MAX))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("assistline/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client })
    }

    /// Sends one request and reads the whole answer.
    ///
    /// # Errors
    /// `Unreachable`: no whole answer came, so the request may or may not have been carried out.
    pub async fn send(&self, request: ProviderRequest) -> Result<ProviderResponse, CarrierError> {
        let method = if request.method == "GET" { reqwest::Method::GET } else { reqwest::Method::POST };
        let mut builder = self.client.request(method, &request.url);
        for (name, value) in &request.headers {
            builder = builder.header(*name, value);
        }
        if let Some((user, password)) = &request.basic {
            builder = builder.basic_auth(user, Some(password.expose_secret()));
        }
        let mut response = builder.body(request.body).send().await.map_err(|error| unreachable_because(&error))?;
        let status = response.status().as_u16();
        let retry_after =
            response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).and_then(|text| text.trim().parse().ok());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unreachable_because(&error))? {
            if body.len() + chunk.len() > limits::CARRIER_BODY_BYTES_MAX {
                return Err(CarrierError {
                    kind: CarrierErrorKind::Unintelligible,
                    code: u32::from(status),
                    retry_after_seconds: None,
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(ProviderResponse { status, retry_after_seconds: retry_after, body })
    }
}

fn unreachable_because(error: &reqwest::Error) -> CarrierError {
    // The error's text holds the URL; only its kind is told.
    tracing::warn!(timeout = error.is_timeout(), connect = error.is_connect(), "A request to the provider got no whole answer");
    CarrierError { kind: CarrierErrorKind::Unreachable, code: 0, retry_after_seconds: None }
}
