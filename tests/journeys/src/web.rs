//! JSON over HTTP, as `curl` would do it, and waiting for something to become true.

use reqwest::Method;
use reqwest::blocking::Client;
use serde_json::Value;
use std::net::TcpStream;
use std::time::{Duration, Instant};
use xtask::Outcome;

/// How long an answer may take. The first one of a window that is drawn in software is slow.
const ANSWER_WITHIN: Duration = Duration::from_mins(2);
/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Asks for JSON.
pub struct Web {
    client: Client,
}

/// An answer: its status code and its body.
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The body, or null where it is no JSON.
    pub body: Value,
}

impl Web {
    /// Without proxies: everything is on this machine.
    pub fn new() -> Outcome<Self> {
        // The client wants to know how it would encrypt, although nothing here is; whoever asks first has said it.
        let _already_said = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().timeout(ANSWER_WITHIN).no_proxy().build();
        client
            .map(|client| Self { client })
            .map_err(|err| format!("no HTTP client: {err}"))
    }

    /// What the server says to `GET url`; fails unless it says 200.
    pub fn get(&self, url: &str) -> Outcome<Value> {
        let answer = self.ask(Method::GET, url, None)?;
        if answer.status == 200 {
            Ok(answer.body)
        } else {
            Err(format!("GET {url}: {} {}", answer.status, answer.body))
        }
    }

    /// What the server says to `POST url`, whatever it is.
    pub fn post(&self, url: &str, body: &Value) -> Outcome<Answer> {
        self.ask(Method::POST, url, Some(body))
    }

    /// `DELETE url`.
    pub fn delete(&self, url: &str) -> Outcome<Answer> {
        self.ask(Method::DELETE, url, None)
    }

    fn ask(&self, method: Method, url: &str, body: Option<&Value>) -> Outcome<Answer> {
        let failed = |err: reqwest::Error| format!("{method} {url}: {err}");
        let mut request = self.client.request(method.clone(), url);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().map_err(failed)?;
        let status = response.status().as_u16();
        let text = response.text().map_err(failed)?;
        Ok(Answer {
            status,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
        })
    }
}

/// Waits until `look` sees something, and returns what it saw and how long it took.
pub fn wait_until<T>(
    what: &str,
    within: Duration,
    mut look: impl FnMut() -> Outcome<Option<T>>,
) -> Outcome<(T, Duration)> {
    let begun = Instant::now();
    loop {
        if let Some(seen) = look()? {
            return Ok((seen, begun.elapsed()));
        }
        if begun.elapsed() > within {
            return Err(format!("{what}: not within {} s", within.as_secs()));
        }
        std::thread::sleep(LOOK_EVERY);
    }
}

/// Waits until somebody listens on `port` of this machine.
pub(crate) fn wait_for_port(who: &str, port: u16) -> Outcome {
    let listens = || Ok(TcpStream::connect(("127.0.0.1", port)).ok().map(drop));
    wait_until(
        &format!("{who} listens on port {port}"),
        Duration::from_secs(30),
        listens,
    )
    .map(drop)
}
