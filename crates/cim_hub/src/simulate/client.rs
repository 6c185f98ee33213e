//! The simulator's way to the hub: HTTP requests with reasons when they fail.

use super::SimulateSettings;
use crate::error::SimulateError;
use reqwest::{Certificate, RequestBuilder, Url};
use serde_json::Value;
use std::time::Duration;

/// How long the hub may take to answer.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often a request that failed on the way is tried.
const TRIES: u32 = 5;
/// The pause before it is tried again; it doubles each time.
const PAUSE: Duration = Duration::from_millis(250);

/// A hub, as its client sees it.
#[derive(Clone)]
pub(crate) struct HubClient {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

impl HubClient {
    /// A client of the hub that the settings name. Plain text goes to this machine only, unless the settings allow more.
    pub(crate) fn new(settings: &SimulateSettings) -> Result<Self, SimulateError> {
        let base = settings.hub.trim_end_matches('/').to_owned();
        let failed = |reason: String| SimulateError::Hub {
            what: "a client",
            reason,
            url: base.clone(),
        };
        let access = &settings.access;
        if access.certificate.is_some() {
            return Err(SimulateError::Setting {
                name: "certificate",
                reason: "the simulator shows no certificate of its own; use a token".to_owned(),
            });
        }
        let address = Url::parse(&base).map_err(|err| failed(err.to_string()))?;
        access
            .permits(&address)
            .map_err(|err| failed(err.to_string()))?;
        let mut builder = reqwest::Client::builder().timeout(PATIENCE);
        if let Some(path) = &access.authority {
            let unusable = |reason: String| SimulateError::File {
                what: "authority",
                reason,
                path: path.clone(),
            };
            let pem = std::fs::read(path).map_err(|err| unusable(err.to_string()))?;
            let found =
                Certificate::from_pem_bundle(&pem).map_err(|err| unusable(err.to_string()))?;
            builder = builder.tls_certs_only(found);
        }
        let http = builder.build().map_err(|err| failed(err.to_string()))?;
        Ok(Self {
            http,
            token: access.token.clone(),
            base,
        })
    }

    /// Reads JSON. `path` begins with `/`, or is a whole address from a link.
    pub(crate) async fn get(&self, path: &str, what: &'static str) -> Result<Value, SimulateError> {
        let url = self.url(path);
        self.tried(what, &url, || self.known(self.http.get(&url), &url))
            .await
            .map(|(body, _)| body)
    }

    /// Creates something, and gives the answer with the address of what was created.
    pub(crate) async fn post(
        &self,
        path: &str,
        body: &Value,
        what: &'static str,
    ) -> Result<(Value, Option<String>), SimulateError> {
        let url = self.url(path);
        self.tried(what, &url, || {
            self.known(self.http.post(&url).json(body), &url)
        })
        .await
    }

    /// Creates something from a text of another kind than JSON.
    pub(crate) async fn post_text(
        &self,
        path: &str,
        text: &str,
        kind: &'static str,
        what: &'static str,
    ) -> Result<(), SimulateError> {
        let url = self.url(path);
        let request = || {
            let request = self.http.post(&url).header("content-type", kind);
            self.known(request.body(text.to_owned()), &url)
        };
        self.tried(what, &url, request).await.map(|_answer| ())
    }

    /// Changes something.
    pub(crate) async fn patch(
        &self,
        path: &str,
        body: &Value,
        what: &'static str,
    ) -> Result<(), SimulateError> {
        let url = self.url(path);
        let request = || self.known(self.http.patch(&url).json(body), &url);
        self.tried(what, &url, request).await.map(|_answer| ())
    }

    /// The token is told to the hub's own address only.
    fn known(&self, request: RequestBuilder, url: &str) -> RequestBuilder {
        let rest = url.strip_prefix(&self.base);
        match &self.token {
            Some(token) if rest.is_some_and(|rest| rest.starts_with('/')) => {
                request.bearer_auth(token)
            }
            _ => request,
        }
    }

    fn url(&self, path: &str) -> String {
        if path.starts_with('/') {
            format!("{}{path}", self.base)
        } else {
            path.to_owned()
        }
    }

    async fn tried(
        &self,
        what: &'static str,
        url: &str,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<(Value, Option<String>), SimulateError> {
        let failed = |reason: String| SimulateError::Hub {
            what,
            reason,
            url: url.to_owned(),
        };
        let mut pause = PAUSE;
        let mut last = String::new();
        for _ in 0..TRIES {
            match request().send().await {
                Ok(response) => return answer(response).await.map_err(failed),
                Err(err) => last = err.to_string(),
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Err(failed(last))
    }
}

async fn answer(response: reqwest::Response) -> Result<(Value, Option<String>), String> {
    let status = response.status();
    let location = response
        .headers()
        .get("location")
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let bytes = response.bytes().await.map_err(|err| err.to_string())?;
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if status.is_success() {
        return Ok((body, location));
    }
    let message = body
        .get("message")
        .and_then(Value::as_str)
        .unwrap_or_default();
    Err(format!("{status} {message}"))
}
