//! The doors `/api/changes` and `/api/facts`.

use super::page::{MAX_PAGE, Page};
use super::store::{Change, ChangeKind, LedgerStore};
use super::{Ledger, check_content_digest, content_digest};
use crate::error::HubError;
use axum::Router;
use axum::body::Bytes;
use axum::extract::Query;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// Facts in one request.
const MAX_FACTS: usize = 500;
/// The largest request, in bytes.
const MAX_REQUEST: usize = 1024 * 1024;
/// The longest name of a desk, in characters.
const MAX_DESK: usize = 200;
/// Changes on a page that doesn't say.
const PAGE: usize = 500;

/// What a door answers: JSON text and its HTTP status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body, JSON.
    pub body: String,
}

/// The routes of the ledger. `published` is called with each change that a request appended, after it was written.
pub(crate) fn ledger_router<S, P>(ledger: Arc<Ledger<S>>, published: P) -> Router
where
    S: LedgerStore + 'static,
    P: Fn(&Change) + Clone + Send + Sync + 'static,
{
    let handler = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| {
        let ledger = Arc::clone(&ledger);
        let published = published.clone();
        async move {
            let door = Door {
                ledger: &ledger,
                published: &published,
            };
            door.over_http(&method, &uri, &headers, &body).await
        }
    };
    Router::new()
        .route("/api/changes", any(handler.clone()))
        .route("/api/facts", any(handler))
}

/// The doors, without HTTP around them.
pub(super) struct Door<'d, S, P> {
    pub(super) ledger: &'d Ledger<S>,
    pub(super) published: &'d P,
}

#[derive(Deserialize)]
struct ChangesQuery {
    after: Option<u64>,
    chain: Option<String>,
    limit: Option<usize>,
    kinds: Option<String>,
}

impl<S: LedgerStore, P: Fn(&Change) + Sync> Door<'_, S, P> {
    async fn over_http(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Response {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        // A browser sends a page's request to another site without asking first.
        let origin = text(header::ORIGIN.as_str()).and_then(|origin| origin.split_once("://"));
        let foreign = origin.is_some_and(|(_, host)| Some(host) != text(header::HOST.as_str()));
        let reply = if foreign && method != Method::GET {
            refused(403, "pages of another site may read here, not write")
        } else {
            let target = uri.path_and_query().map_or("/", |target| target.as_str());
            self.answer(method.as_str(), target, text("content-digest"), body)
                .await
        };
        let status =
            StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let fields = [
            ("content-type", "application/json".to_owned()),
            ("content-digest", content_digest(reply.body.as_bytes())),
        ];
        let allowed = if uri.path() == "/api/facts" {
            "POST"
        } else {
            "GET, HEAD"
        };
        let mut response = (status, fields, reply.body).into_response();
        if status == StatusCode::METHOD_NOT_ALLOWED {
            let allowed = HeaderValue::from_static(allowed);
            response.headers_mut().insert(header::ALLOW, allowed);
        }
        response
    }

    /// Answers one request.
    pub(super) async fn answer(
        &self,
        method: &str,
        target: &str,
        digest: Option<&str>,
        body: &[u8],
    ) -> Reply {
        let path = target.split('?').next().unwrap_or_default();
        match (method, path) {
            ("GET" | "HEAD", "/api/changes") => self.changes(target).await,
            ("POST", "/api/facts") => {
                if let Some(Err(reason)) = digest.map(|field| check_content_digest(field, body)) {
                    return refused(400, &reason);
                }
                self.facts(body).await
            }
            (_, "/api/changes" | "/api/facts") => refused(405, "this method is not served here"),
            _ => refused(404, "there is nothing here"),
        }
    }

    async fn changes(&self, target: &str) -> Reply {
        let query = match changes_query(target) {
            Ok(query) => query,
            Err(reason) => return refused(400, &reason),
        };
        let kinds: Result<Vec<ChangeKind>, String> = match query.kinds.as_deref() {
            None | Some("") => Ok(ChangeKind::ALL.to_vec()),
            Some(words) => words
                .split(',')
                .map(|word| {
                    ChangeKind::from_word(word)
                        .ok_or_else(|| format!("kinds: there is no kind {word:?}"))
                })
                .collect(),
        };
        let kinds = match kinds {
            Ok(kinds) => kinds,
            Err(reason) => return refused(400, &reason),
        };
        let chain = query.chain.as_deref().filter(|chain| !chain.is_empty());
        let limit = query.limit.unwrap_or(PAGE).min(MAX_PAGE);
        let page = self
            .ledger
            .changes(query.after.unwrap_or(0), chain, limit, &kinds)
            .await;
        match page {
            Ok(Page::Items(body)) => Reply { status: 200, body },
            Ok(Page::Restored(body)) => Reply { status: 409, body },
            Err(err) => failed(&err),
        }
    }

    async fn facts(&self, body: &[u8]) -> Reply {
        let (desk, items) = match read_request(body) {
            Ok(request) => request,
            Err(reply) => return reply,
        };
        match self.ledger.accept(&desk, &items).await {
            Ok(accepted) => {
                for change in &accepted.changes {
                    (self.published)(change);
                }
                let body = json!({
                    "epoch": accepted.epoch, "newest": accepted.newest, "items": accepted.outcomes
                });
                Reply {
                    status: 200,
                    body: body.to_string(),
                }
            }
            Err(err) => failed(&err),
        }
    }
}

fn changes_query(target: &str) -> Result<ChangesQuery, String> {
    let uri = target
        .parse::<Uri>()
        .map_err(|err| format!("the address cannot be read: {err}"))?;
    let Query(query) = Query::<ChangesQuery>::try_from_uri(&uri).map_err(|err| err.body_text())?;
    Ok(query)
}

fn read_request(body: &[u8]) -> Result<(String, Vec<Value>), Reply> {
    if body.len() > MAX_REQUEST {
        let reason = format!("{} bytes; {MAX_REQUEST} are allowed", body.len());
        return Err(refused(413, &reason));
    }
    let mut request: Value = serde_json::from_slice(body).map_err(|err| {
        let place = format!("line {}, column {}", err.line(), err.column());
        refused(400, &format!("no JSON, {place}: {err}"))
    })?;
    let desk = request.get("desk").and_then(Value::as_str).unwrap_or("");
    if desk.is_empty() || desk.chars().count() > MAX_DESK || desk.contains(char::is_control) {
        let reason = format!(
            "desk: a name of up to {MAX_DESK} characters without control characters is expected"
        );
        return Err(refused(400, &reason));
    }
    let desk = desk.to_owned();
    let Some(Value::Array(items)) = request.get_mut("facts").map(Value::take) else {
        return Err(refused(400, "facts: a list is expected"));
    };
    if items.len() > MAX_FACTS {
        let reason = format!("facts: {} of them; {MAX_FACTS} are allowed", items.len());
        return Err(refused(413, &reason));
    }
    Ok((desk, items))
}

/// An error in the form of all doors; `reason` is where desks read it.
fn refused(status: u16, reason: &str) -> Reply {
    let body = json!({ "code": status, "type": "error", "message": reason, "reason": reason });
    Reply {
        status,
        body: body.to_string(),
    }
}

fn failed(err: &HubError) -> Reply {
    tracing::error!(error = err as &dyn std::error::Error, "the ledger fails");
    refused(500, "the hub cannot do this at the moment")
}
