//! Bodies and parameters of requests: JSON of at most 1 MiB, no field twice; parameters of a URL as an object of texts.

use crate::model::limits;
use crate::settings::bodies::CheckedBody;
use crate::settings::read_document;
use crate::web::error::ApiError;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt, Limited};
use serde_json::{Map, Value};

/// A body of JSON. None at all is an empty object, for requests that need nothing to be said.
#[derive(Debug)]
pub struct JsonBody(pub Value);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let bytes = read_all(body).await?;
        if bytes.is_empty() {
            return Ok(Self(Value::Object(Map::new())));
        }
        if !is_json(&parts.headers) {
            return Err(ApiError::NotJson);
        }
        let text = std::str::from_utf8(&bytes).map_err(|error| ApiError::Unreadable(format!("not UTF-8: {error}")))?;
        Ok(Self(read_document(text)?))
    }
}

/// Reads a whole body.
///
/// # Errors
/// It is larger than a body may be, or did not come to its end.
pub async fn read_all(body: axum::body::Body) -> Result<Vec<u8>, ApiError> {
    match Limited::new(body, limits::API_BODY_BYTES_MAX).collect().await {
        Ok(body) => Ok(body.to_bytes().to_vec()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(ApiError::TooLarge),
        Err(_) => Err(ApiError::Unreadable("the body did not come to its end".to_owned())),
    }
}

/// No type at all is taken for JSON; `application/merge-patch+json` is JSON as well.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return true };
    let kind = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// The parameters of a URL as an object; numbers where a number is wanted.
#[derive(Debug)]
pub struct Parameters(pub Value);

/// Parameters that are whole numbers.
const NUMBERS: [&str; 4] = ["limit", "version", "from", "to"];

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let mut object = Map::new();
        for (name, text) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            let number = text.parse::<i64>().ok().filter(|_| NUMBERS.contains(&name.as_ref()));
            let value = number.map_or_else(|| Value::String(text.clone().into_owned()), Value::from);
            if object.insert(name.clone().into_owned(), value).is_some() {
                return Err(ApiError::Unreadable(format!("the parameter {name} stands there twice")));
            }
        }
        Ok(Self(Value::Object(object)))
    }
}

/// What was checked, or everything that is wrong with it.
///
/// # Errors
/// 422.
pub fn valid<T>(checked: CheckedBody<T>) -> Result<T, ApiError> {
    let CheckedBody { body, problems, .. } = checked;
    body.ok_or(ApiError::Invalid(problems))
}
