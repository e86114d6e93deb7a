//! Answers that many resources give: made or changed, a page of a list, a word that not everybody may see.

use crate::model::answer::Answer;
use crate::model::ids::is_slug;
use crate::settings::requests::invalid_id;
use crate::web::error::ApiError;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// What is shown in place of a medical answer.
pub const ANSWERED: &str = "answered";

/// 200.
#[must_use]
pub fn ok(body: Value) -> Response {
    Json(body).into_response()
}

/// 201 with its address where it is new, else 200.
#[must_use]
pub fn put(is_new: bool, address: &str, body: Value) -> Response {
    if is_new { created(address, body) } else { ok(body) }
}

/// 201 with its address.
#[must_use]
pub fn created(address: &str, body: Value) -> Response {
    let mut response = (StatusCode::CREATED, Json(body)).into_response();
    if let Ok(address) = HeaderValue::from_str(address) {
        response.headers_mut().insert(header::LOCATION, address);
    }
    response
}

/// A page of a list: `rows` has one entry more than `limit` where the list goes on.
#[must_use]
pub fn page<T>(name: &str, mut rows: Vec<T>, limit: i64, cursor: impl Fn(&T) -> String, shown: impl FnMut(T) -> Value) -> Value {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let goes_on = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| goes_on).map(cursor);
    let rows: Vec<Value> = rows.into_iter().map(shown).collect();
    let mut body = Map::new();
    body.insert(name.to_owned(), Value::Array(rows));
    body.insert("next".to_owned(), json!(next));
    Value::Object(body)
}

/// A row number as a cursor; anything else stands nowhere in the list.
///
/// # Errors
/// 422.
pub fn row_cursor(after: Option<&str>) -> Result<Option<i64>, ApiError> {
    let number = after.map(|text| text.parse::<i64>().map_err(|_| ApiError::Invalid(invalid_id("after"))));
    number.transpose()
}

/// The id of a path that is about to be made.
///
/// # Errors
/// 422 where it is none.
pub fn new_id<T>(text: &str, name: &str, new: impl Fn(&str) -> Option<T>) -> Result<T, ApiError> {
    new(text).filter(|_| is_slug(text)).ok_or_else(|| ApiError::Invalid(invalid_id(name)))
}

/// An answer as whoever looks may see it.
#[must_use]
pub const fn answer_word(answer: Answer, sees_people: bool) -> &'static str {
    match answer {
        Answer::Medical if !sees_people => ANSWERED,
        Answer::Safe | Answer::Help | Answer::Medical | Answer::Travel | Answer::Unclear | Answer::Silence => answer.as_str(),
    }
}

/// The same body with more fields.
#[must_use]
pub fn with(mut body: Value, more: Value) -> Value {
    if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
        body.extend(more);
    }
    body
}
