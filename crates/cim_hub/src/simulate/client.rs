//! The simulator's way to the hub: HTTP requests with reasons when they fail.

use super::SimulateSettings;
use crate::error::SimulateError;
use serde_json::Value;
use std::time::Duration;

/// How long the hub may take to answer.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often a request that failed on the way is tried.
const TRIES: u32 = 5;
/// The pause before it is tried again; it doubles each time.
const PAUSE: Duration = Duration::from_millis(250);

/// A hub, as its client sees it.
#[derive(Clone, Debug)]
pub(crate) struct HubClient {
    http: reqwest::Client,
    base: String,
}

impl HubClient {
    /// A client of the hub that the settings name.
    pub(crate) fn new(settings: &SimulateSettings) -> Result<Self, SimulateError> {
        let base = settings.hub.trim_end_matches('/').to_owned();
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            .build()
            .map_err(|err| SimulateError::Hub {
                what: "a client",
                reason: err.to_string(),
                url: base.clone(),
            })?;
        Ok(Self { http, base })
    }

    /// Reads JSON. `path` begins with `/`, or is a whole address from a link.
    pub(crate) async fn get(&self, path: &str, what: &'static str) -> Result<Value, SimulateError> {
        let url = self.url(path);
        self.tried(what, &url, || self.http.get(&url))
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
        self.tried(what, &url, || self.http.post(&url).json(body))
            .await
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
        request: impl Fn() -> reqwest::RequestBuilder,
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
