//! Errors of the private listener as `application/problem+json` (RFC 9457). The only file that knows its status codes.
//!
//! Invariant: what is ours to mend is logged here, once, and shown without a word of its inside.

use crate::app::add_location::AddLocationError;
use crate::app::save_account::SaveAccountError;
use crate::app::save_line::SaveLineError;
use crate::app::save_operations_centre::SaveOperationsCentreError;
use crate::app::save_settings::SaveSettingsError;
use crate::app::save_traveller::SaveTravellerError;
use crate::app::start_status_query::StatusQueryError;
use crate::app::tokens::{AccessError, CreateTokenError};
use crate::model::ids::Version;
use crate::settings::{DocumentError, Problem};
use crate::store::StoreError;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// Why a request got no answer of its own.
#[derive(Debug)]
pub enum ApiError {
    /// 400: the request cannot be read.
    Unreadable(String),
    /// 401: no token, or nobody's.
    NoToken,
    /// 403: the role is too low.
    RoleTooLow(AccessError),
    /// 404: no such thing, or not for them.
    NotFound,
    /// 405: the resource has no such method.
    NoSuchMethod,
    /// 409: something stands in the way; the fields say what.
    Conflict {
        /// What, in one sentence.
        title: &'static str,
        /// What a program needs to go on.
        fields: Map<String, Value>,
    },
    /// 412: another version is active than the one that was expected.
    VersionMoved {
        /// The active one.
        current: Option<Version>,
        /// The expected one, as it was sent.
        yours: Value,
    },
    /// 413: too large.
    TooLarge,
    /// 415: not JSON.
    NotJson,
    /// 422: everything that is wrong.
    Invalid(Vec<Problem>),
    /// 422: the key was used for another request.
    KeyUsed,
    /// 500 or 503: ours.
    Store(StoreError),
    /// 500: the secrets of an account cannot be opened, or nothing can be sealed.
    Secrets(&'static str),
}

impl ApiError {
    /// A conflict.
    #[must_use]
    pub fn conflict(title: &'static str, fields: Value) -> Self {
        let fields = if let Value::Object(fields) = fields { fields } else { Map::new() };
        Self::Conflict { title, fields }
    }

    fn parts(self) -> (StatusCode, &'static str, String, Map<String, Value>) {
        let none = Map::new;
        let with = |fields: Value| if let Value::Object(fields) = fields { fields } else { Map::new() };
        match self {
            Self::Unreadable(detail) => (StatusCode::BAD_REQUEST, "unreadable", detail, none()),
            Self::NoToken => {
                let title = "A token is needed: Authorization: Bearer TOKEN (assistline token create makes one)";
                (StatusCode::UNAUTHORIZED, "no_token", title.to_owned(), none())
            }
            Self::RoleTooLow(error) => (StatusCode::FORBIDDEN, "role_too_low", error.to_string(), none()),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found", "There is no such thing here".to_owned(), none()),
            Self::NoSuchMethod => {
                let title = "The resource has no such method; Allow names those it has";
                (StatusCode::METHOD_NOT_ALLOWED, "no_such_method", title.to_owned(), none())
            }
            Self::Conflict { title, fields } => (StatusCode::CONFLICT, "conflict", title.to_owned(), fields),
            Self::VersionMoved { current, yours } => {
                let title = "Another version is active than the one that you have seen";
                let fields = with(json!({"current": current, "yours": yours}));
                (StatusCode::PRECONDITION_FAILED, "version_moved", title.to_owned(), fields)
            }
            Self::TooLarge => {
                let title = "The body is larger than 1 MiB";
                (StatusCode::PAYLOAD_TOO_LARGE, "too_large", title.to_owned(), none())
            }
            Self::NotJson => {
                let title = "The body must be JSON: Content-Type: application/json";
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", title.to_owned(), none())
            }
            Self::Invalid(problems) => {
                let title = match problems.len() {
                    1 => "One thing is wrong".to_owned(),
                    count => format!("{count} things are wrong"),
                };
                let fields = with(json!({"problems": problems}));
                (StatusCode::UNPROCESSABLE_ENTITY, "invalid", title, fields)
            }
            Self::KeyUsed => {
                let title = "This Idempotency-Key was used for another request";
                (StatusCode::UNPROCESSABLE_ENTITY, "key_used", title.to_owned(), with(json!({"problems": []})))
            }
            Self::Store(error) => ours(error),
            Self::Secrets(title) => (StatusCode::INTERNAL_SERVER_ERROR, "secrets", title.to_owned(), none()),
        }
    }
}

fn ours(error: StoreError) -> (StatusCode, &'static str, String, Map<String, Value>) {
    let none = Map::new;
    match error {
        StoreError::NotFound => (StatusCode::NOT_FOUND, "not_found", "There is no such thing here".to_owned(), none()),
        StoreError::Conflict(what) => {
            let title = format!("{what} has changed meanwhile, or is already there; look again");
            (StatusCode::CONFLICT, "conflict", title, none())
        }
        StoreError::Busy | StoreError::Down => {
            tracing::error!(%error, "A request of the private listener could not be served");
            let title = "The database cannot be used at the moment; try again";
            (StatusCode::SERVICE_UNAVAILABLE, "unavailable", title.to_owned(), none())
        }
        StoreError::Corrupt => {
            tracing::error!(%error, "A request of the private listener could not be served");
            (StatusCode::INTERNAL_SERVER_ERROR, "internal", "An error of ours; the log says more".to_owned(), none())
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code, title, fields) = self.parts();
        let mut body = Map::new();
        body.insert("type".to_owned(), json!(format!("/docs#{code}")));
        body.insert("title".to_owned(), json!(title));
        body.insert("status".to_owned(), json!(status.as_u16()));
        body.extend(fields);
        let mut response = (status, Json(Value::Object(body))).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<AccessError> for ApiError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Foreign => Self::NotFound,
            AccessError::RoleTooLow(_) | AccessError::InstallationOnly => Self::RoleTooLow(error),
        }
    }
}

impl From<DocumentError> for ApiError {
    fn from(error: DocumentError) -> Self {
        Self::Unreadable(error.to_string())
    }
}

impl From<SaveSettingsError> for ApiError {
    fn from(error: SaveSettingsError) -> Self {
        match error {
            SaveSettingsError::Invalid(problems) => Self::Invalid(problems),
            SaveSettingsError::NothingActive => Self::NotFound,
            SaveSettingsError::VersionMoved { current } => Self::VersionMoved { current, yours: Value::Null },
            SaveSettingsError::OtherPlanned(rows) => {
                let planned: Vec<Value> =
                    rows.iter().map(|row| json!({"version": row.version, "activates_at": row.activates_at})).collect();
                Self::conflict("Another version is planned; say planned=keep or planned=cancel", json!({"planned": planned}))
            }
            SaveSettingsError::NeedsConfirm { codes, warnings } => Self::conflict(
                "This needs your confirmation; say confirm= with these codes",
                json!({"confirm": codes, "warnings": warnings}),
            ),
            SaveSettingsError::Store(error) => Self::Store(error),
        }
    }
}

impl From<SaveOperationsCentreError> for ApiError {
    fn from(error: SaveOperationsCentreError) -> Self {
        match error {
            SaveOperationsCentreError::Invalid(problems) => Self::Invalid(problems),
            SaveOperationsCentreError::NeedsConfirm(codes) => {
                Self::conflict("This needs your confirmation; say confirm= with these codes", json!({"confirm": codes}))
            }
            SaveOperationsCentreError::Store(error) => Self::Store(error),
        }
    }
}

impl From<SaveAccountError> for ApiError {
    fn from(error: SaveAccountError) -> Self {
        match error {
            SaveAccountError::Invalid(problems) => Self::Invalid(problems),
            SaveAccountError::Locked => Self::Secrets(
                "The stored secrets cannot be opened with this secret key file, so none can be kept; enter all of them again",
            ),
            SaveAccountError::NoRandomness => Self::Secrets("The secrets could not be sealed"),
            SaveAccountError::Store(error) => Self::Store(error),
        }
    }
}

impl From<SaveLineError> for ApiError {
    fn from(error: SaveLineError) -> Self {
        match error {
            SaveLineError::Invalid(problems) => Self::Invalid(problems),
            SaveLineError::Store(error) => Self::Store(error),
        }
    }
}

impl From<SaveTravellerError> for ApiError {
    fn from(error: SaveTravellerError) -> Self {
        match error {
            SaveTravellerError::Invalid(problems) => Self::Invalid(problems),
            SaveTravellerError::Store(error) => Self::Store(error),
        }
    }
}

impl From<AddLocationError> for ApiError {
    fn from(error: AddLocationError) -> Self {
        match error {
            AddLocationError::Invalid(problems) => Self::Invalid(problems),
            AddLocationError::Store(error) => Self::Store(error),
        }
    }
}

impl From<StatusQueryError> for ApiError {
    fn from(error: StatusQueryError) -> Self {
        match error {
            StatusQueryError::Invalid(problems) => Self::Invalid(problems),
            StatusQueryError::NothingActive => {
                Self::conflict("The organisation has no active settings, so nobody could take a call", json!({}))
            }
            StatusQueryError::Over => Self::conflict("The status query is over", json!({})),
            StatusQueryError::Store(error) => Self::Store(error),
        }
    }
}

impl From<CreateTokenError> for ApiError {
    fn from(error: CreateTokenError) -> Self {
        match error {
            CreateTokenError::UnknownOrganisation => Self::Invalid(crate::settings::requests::unknown_name("organisation")),
            CreateTokenError::NoRandomness => Self::Secrets("The system has no random numbers"),
            CreateTokenError::Store(error) => Self::Store(error),
        }
    }
}
