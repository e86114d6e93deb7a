//! The private listener in the process, on a database of its own: requests are handed to the router, no socket is opened.

use assistline::app::engine::App;
use assistline::app::open_engine::{EngineParts, open_engine};
use assistline::app::tokens::ensure_admin_token;
use assistline::model::clock::Clock;
use assistline::model::ids::IdSource;
use assistline::outbound::carrier::Carrier;
use assistline::store::Store;
use assistline::store::seal::Keys;
use assistline::web::private;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// The admin token of every office.
pub(crate) const ADMIN: &str = "admin-token-of-the-test";

/// A private listener and its engine.
pub(crate) struct Office {
    /// The engine.
    pub(crate) app: Arc<App>,
    router: Router,
    stop: CancellationToken,
}

impl Drop for Office {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// What came back.
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: StatusCode,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body as text.
    pub(crate) text: String,
    asked: String,
}

impl Answer {
    /// It has this status: its body as JSON (null where there is none).
    #[track_caller]
    pub(crate) fn is(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}: {}", self.asked, self.text);
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }
}

fn template() -> PathBuf {
    std::env::temp_dir().join(format!("assistline-office-{}.db", std::process::id()))
}

impl Office {
    /// Opens an empty one.
    pub(crate) async fn open() -> Self {
        let parts = EngineParts {
            store: Store::open_template_copy(&template()).await.expect("a database"),
            keys: Keys::derive(b"keys of the tests"),
            clock: Clock::owned(chrono::DateTime::from_timestamp(1_790_000_000, 0).expect("a time")),
            ids: IdSource::Random,
            carrier: Carrier::new().expect("a client"),
            public_url: "https://calls.example".to_owned(),
            state_dir: None,
        };
        let (app, writer) = open_engine(parts).await.expect("an engine");
        let stop = CancellationToken::new();
        app.tasks.spawn(writer.run(stop.clone()));
        ensure_admin_token(&app, &ADMIN.into()).await.expect("a token");
        Self { router: private::router(Arc::clone(&app)), app, stop }
    }

    /// One with an operations centre, an account, the organisations acme and beta, and a line of acme.
    pub(crate) async fn furnished() -> Self {
        let office = Self::open().await;
        office.put("/v1/operations-centre", json!({"name": "Crisis24", "phone": "+493023125001"})).await.is(201);
        office.put("/v1/accounts/main", Self::account()).await.is(201);
        office.put("/v1/organisations/acme", Self::organisation()).await.is(201);
        let beta = json!({"name": "Beta SA", "country": "FR", "time_zone": "Europe/Paris", "languages": ["fr"]});
        office.put("/v1/organisations/beta", beta).await.is(201);
        let line = json!({"account": "main", "number": "+493023125099", "organisation": "acme"});
        office.put("/v1/lines/berlin", line).await.is(201);
        office
    }

    /// A good account.
    pub(crate) fn account() -> Value {
        json!({
            "provider": "twilio",
            "credentials": {"account_sid": "AC1", "auth_token": "secret-token"},
            "webhook_secrets": ["secret-token"],
        })
    }

    /// A good organisation.
    pub(crate) fn organisation() -> Value {
        json!({"name": "ACME GmbH", "country": "DE", "time_zone": "Europe/Berlin", "languages": ["de", "en"]})
    }

    /// Makes a token.
    pub(crate) async fn token(&self, role: &str, organisation: Option<&str>, name: &str) -> String {
        let made = self.post("/v1/tokens", json!({"role": role, "organisation": organisation, "name": name})).await.is(201);
        made["token"].as_str().expect("a token").to_owned()
    }

    /// Sends a request.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let asked = format!("{} {}", request.method(), request.uri());
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        Answer { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&body).into_owned(), asked }
    }

    /// Sends JSON with a token and more headers.
    pub(crate) async fn ask(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"));
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.send(request.body(body).expect("a request")).await
    }

    /// As admin of the installation.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(ADMIN, "GET", path, None, &[]).await
    }

    /// As admin of the installation.
    pub(crate) async fn put(&self, path: &str, body: Value) -> Answer {
        self.ask(ADMIN, "PUT", path, Some(&body), &[]).await
    }

    /// As admin of the installation.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.ask(ADMIN, "POST", path, Some(&body), &[]).await
    }
}
