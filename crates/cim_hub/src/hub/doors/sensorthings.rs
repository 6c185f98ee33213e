//! The SensorThings door: HTTP in front of the service. What it changes reaches the ledger through the notes.

use super::{answered, base_of, from_here};
use crate::hub::HubState;
use crate::sensorthings::{Act, Answer, Refusal, Request, Service};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// Every request below `/v1.1`.
pub(super) async fn sensorthings(
    State(state): State<Arc<HubState>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    answered(served(&state, &method, &uri, &headers, &body).await)
}

async fn served(
    state: &HubState,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response, Refusal> {
    let path = uri.path().strip_prefix("/v1.1").unwrap_or_default();
    let act = match *method {
        Method::GET | Method::HEAD => Act::Read,
        Method::POST => Act::Create,
        Method::PATCH => Act::Change,
        Method::PUT => Act::Replace,
        Method::DELETE => Act::Remove,
        _ => {
            return Err(Refusal {
                allow: Service::allowed(path),
                ..Refusal::not_here(format!("{method} is not served"))
            });
        }
    };
    if act != Act::Read {
        from_here(headers)?;
    }
    let base = format!("{}/v1.1", base_of(headers, state));
    let request = Request {
        act,
        path,
        query: uri.query().unwrap_or_default(),
        body,
        base: &base,
    };
    let writing = if act == Act::Read || Service::is_about_observations(&request) {
        None
    } else {
        Some(state.notes.begin(&state.store, state.service.now()).await?)
    };
    let answer = state.service.answer(request).await;
    if writing.is_some() {
        drop(writing);
        state.changed.notify_one();
    }
    let answer = answer.map_err(|refusal| Refusal {
        allow: if refusal.status == 405 {
            Service::allowed(path)
        } else {
            refusal.allow
        },
        ..refusal
    })?;
    Ok(match answer {
        Answer::Found(value) => Json(value).into_response(),
        Answer::Written(text) => {
            ([(header::CONTENT_TYPE, "application/json")], text).into_response()
        }
        Answer::Bare(text) => text.into_response(),
        Answer::Nothing => StatusCode::NO_CONTENT.into_response(),
        Answer::Done => StatusCode::OK.into_response(),
        Answer::Created { body, address } => {
            let mut response = (StatusCode::CREATED, Json(body)).into_response();
            if let Some(address) = address.and_then(|address| HeaderValue::from_str(&address).ok())
            {
                response.headers_mut().insert(header::LOCATION, address);
            }
            response
        }
    })
}
