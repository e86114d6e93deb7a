//! Who asks: a bearer token, known by its hash. Without one nothing below `/v1` answers anything but 401.

use crate::app::engine::App;
use crate::app::tokens::Identity;
use crate::model::access::Right;
use crate::model::ids::OrganisationId;
use crate::web::error::ApiError;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Lets a request through whose token is known, with its holder.
pub async fn known_only(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let busy = app.clock.busy();
    let Some(token) = bearer(request.headers()) else { return ApiError::NoToken.into_response() };
    match app.authenticate(token).await {
        Ok(Some(identity)) => {
            request.extensions_mut().insert(identity);
            let response = next.run(request).await;
            drop(busy);
            response
        }
        Ok(None) => ApiError::NoToken.into_response(),
        Err(error) => ApiError::Store(error).into_response(),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

/// Whoever asks.
#[derive(Debug, Clone)]
pub struct Caller(pub Identity);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Identity>().cloned().map(Self).ok_or(ApiError::NoToken)
    }
}

impl Caller {
    /// The organisation of a path, if they may do this there.
    ///
    /// # Errors
    /// 404 for another organisation's, 403 where the role is too low.
    pub fn organisation(&self, id: &str, right: Right) -> Result<OrganisationId, ApiError> {
        let organisation = OrganisationId::new(id).ok_or(ApiError::NotFound)?;
        self.0.in_organisation(&organisation, right)?;
        Ok(organisation)
    }

    /// May they do this in the installation?
    ///
    /// # Errors
    /// 403.
    pub fn installation(&self, right: Right) -> Result<(), ApiError> {
        Ok(self.0.in_installation(right)?)
    }
}
