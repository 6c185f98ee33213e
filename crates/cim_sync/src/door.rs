//! The HTTP client: one small set of questions, each with a limit on time and size.
//!
//! The token goes to the hub's own origin only; another host is never followed to. Sizes are counted after unpacking, so that a
//! packed answer cannot grow without bound. Bodies carry `Content-Digest` (RFC 9530), and an answer's is checked when it has one.

use crate::{
    Rejection, SyncError,
    access::{Access, AccessError, shown},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use reqwest::{
    Client, Method, RequestBuilder, Response, StatusCode, Url,
    header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH},
    redirect::{Action, Attempt, Policy},
};
use sha2::{Digest, Sha256};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;

/// How large a page may be.
pub(crate) const PAGE_MAX_BYTES: usize = 64 * 1024 * 1024;
/// How large a file of a city may be.
pub(crate) const FILE_MAX_BYTES: usize = 256 * 1024 * 1024;
/// How much of a refusal's text is repeated, in characters.
const REASON_MAX_CHARS: usize = 200;
/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_millis(1500);
/// How long an answer may pause.
const READ_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a small answer may take from the question to its last byte.
const PATIENCE: Duration = Duration::from_secs(30);
/// Large answers may take longer than [`PATIENCE`]: as long as their greatest size takes at so many bytes per second.
const SLOWEST_BYTES_PER_S: usize = 512 * 1024;
/// How long an answer to "are you there?" may take. With [`crate::session::HEARTBEAT_EVERY`], a hub that hangs is noticed within 5 s.
const HEARTBEAT_TIMEOUT: Duration = Duration::from_millis(1250);
const MAX_REDIRECTS: usize = 3;
/// RFC 9530, section 2.
const CONTENT_DIGEST: &str = "content-digest";

/// The header in which the hub says where the next question goes on.
const CURSOR: &str = "cim-cursor";

/// The HTTP client. Cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    client: Client,
    access: Arc<Access>,
    /// The hub's address; only its origin is told the token.
    home: Option<Url>,
    patience: Duration,
}

/// An answer that is no failure of the server's and no question of identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// HTTP status: 2xx, 304, or 4xx other than 401 and 403.
    pub(crate) status: u16,
    /// The version of the content, when the server names one.
    pub(crate) etag: Option<String>,
    /// Where the next question goes on (`cim-cursor`), when the server names it.
    pub(crate) cursor: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Door {
    /// A client that is nobody in particular.
    pub(crate) fn new() -> Result<Self, SyncError> {
        Self::with_access(&Access::default())
    }

    /// A client that is who `access` says. Its token is told to nobody before [`Self::at_home`].
    pub(crate) fn with_access(access: &Access) -> Result<Self, SyncError> {
        let plain_ok = access.plain_ok;
        let client = Client::builder()
            .user_agent("CityMirror")
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(READ_TIMEOUT)
            .redirect(Policy::custom(move |attempt| redirected(attempt, plain_ok)))
            .tls_backend_preconfigured(access.client_config()?)
            .no_proxy()
            .build()
            .map_err(SyncError::NoClient)?;
        Ok(Self {
            client,
            access: Arc::new(access.clone()),
            home: None,
            patience: PATIENCE,
        })
    }

    /// The same client, which tells its token to the origin of `home` and to no other.
    #[must_use]
    pub(crate) fn at_home(self, home: &Url) -> Self {
        Self {
            home: Some(home.clone()),
            ..self
        }
    }

    /// What lies at `address`, refused when it is larger than `limit`.
    pub(crate) async fn get(&self, address: &Url, limit: usize) -> Result<Vec<u8>, SyncError> {
        let answer = self.get_any(address, limit).await?;
        good(answer, address).map(|answer| answer.body)
    }

    /// The same, with where the next question goes on.
    pub(crate) async fn get_page(
        &self,
        address: &Url,
        limit: usize,
    ) -> Result<(Vec<u8>, Option<String>), SyncError> {
        let answer = self.get_any(address, limit).await?;
        good(answer, address).map(|answer| (answer.body, answer.cursor))
    }

    /// The answer of `address` with its body still to come; an error when it is no success. Whoever asks bounds size and time.
    pub(crate) async fn open(&self, address: &Url) -> Result<Response, SyncError> {
        self.access.permits(address)?;
        let request = self.with_token(self.client.get(address.clone()), address);
        let response = request
            .send()
            .await
            .map_err(|source| failed(address, source))?;
        if response.status().is_success() {
            Ok(response)
        } else {
            Err(refused(response.status(), address))
        }
    }

    /// What `address` answers, also when it is 4xx: some refusals say more than their number.
    pub(crate) async fn get_any(&self, address: &Url, limit: usize) -> Result<Answer, SyncError> {
        self.ask(self.client.get(address.clone()), address, limit)
            .await
    }

    /// What lies at `address` and its version, or `None` when it is still the version `etag`.
    pub(crate) async fn get_if_changed(
        &self,
        address: &Url,
        etag: Option<&str>,
        limit: usize,
    ) -> Result<Option<(Bytes, Option<String>)>, SyncError> {
        let mut request = self.client.get(address.clone());
        if let Some(etag) = etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        let answer = self.ask(request, address, limit).await?;
        if answer.status == StatusCode::NOT_MODIFIED.as_u16() {
            return Ok(None);
        }
        let answer = good(answer, address)?;
        Ok(Some((answer.body.into(), answer.etag)))
    }

    /// Puts `body`; returns the answer's body.
    pub(crate) async fn put(
        &self,
        address: &Url,
        body: Bytes,
        content_type: &str,
    ) -> Result<Bytes, SyncError> {
        let answer = self.send(Method::PUT, address, body, content_type).await?;
        good(answer, address).map(|answer| answer.body.into())
    }

    /// Sends `body` by `method`; the answer may be 4xx.
    pub(crate) async fn send(
        &self,
        method: Method,
        address: &Url,
        body: Bytes,
        content_type: &str,
    ) -> Result<Answer, SyncError> {
        let request = self
            .client
            .request(method, address.clone())
            .header(CONTENT_TYPE, content_type)
            .header(CONTENT_DIGEST, digest_of(&body))
            .body(body);
        self.ask(request, address, PAGE_MAX_BYTES).await
    }

    /// Asks whether anybody is at `address`. Any answer will do that is not the server's own failure.
    pub(crate) async fn knock(&self, address: &Url) -> Result<(), SyncError> {
        self.access.permits(address)?;
        let request = self.client.get(address.clone()).timeout(HEARTBEAT_TIMEOUT);
        let response = self
            .with_token(request, address)
            .send()
            .await
            .map_err(|source| failed(address, source))?;
        if response.status().is_server_error() {
            Err(refused(response.status(), address))
        } else {
            Ok(())
        }
    }

    async fn ask(
        &self,
        request: RequestBuilder,
        address: &Url,
        limit: usize,
    ) -> Result<Answer, SyncError> {
        self.access.permits(address)?;
        let request = self.with_token(request, address);
        let patience = self.patience + Duration::from_secs((limit / SLOWEST_BYTES_PER_S) as u64);
        match timeout(patience, answer(request, address, limit)).await {
            Ok(answer) => answer,
            Err(_elapsed) => Err(AccessError::TooSlow {
                seconds: patience.as_secs(),
                address: shown(address),
            }
            .into()),
        }
    }

    fn with_token(&self, request: RequestBuilder, address: &Url) -> RequestBuilder {
        let is_home = |home: &Url| home.origin() == address.origin();
        match &self.access.token {
            Some(token) if self.home.as_ref().is_some_and(is_home) => request.bearer_auth(token),
            _ => request,
        }
    }
}

/// Follows within the host that was asked, and never from an encrypted answer to a readable one.
fn redirected(attempt: Attempt<'_>, plain_ok: bool) -> Action {
    let (next, before) = (attempt.url(), attempt.previous());
    if before.len() > MAX_REDIRECTS {
        return attempt.error("it leads on and on");
    }
    let Some(asked) = before.last() else {
        return attempt.follow();
    };
    let address = shown(asked);
    if next.host_str() != asked.host_str() {
        let to = next.host_str().unwrap_or("nowhere").to_owned();
        return attempt.error(AccessError::OtherHost { to, address });
    }
    let access = Access {
        plain_ok: plain_ok && asked.scheme() != "https",
        ..Access::default()
    };
    match access.permits(next) {
        Ok(()) if asked.scheme() == "https" && next.scheme() != "https" => {
            attempt.error(AccessError::PlainText { address })
        }
        Ok(()) => attempt.follow(),
        Err(error) => attempt.error(error),
    }
}

async fn answer(request: RequestBuilder, address: &Url, limit: usize) -> Result<Answer, SyncError> {
    let mut response = request
        .send()
        .await
        .map_err(|source| failed(address, source))?;
    let status = response.status();
    if !(status.is_success() || status.is_client_error() || status == StatusCode::NOT_MODIFIED) {
        return Err(refused(status, address));
    }
    let headers = response.headers().clone();
    let body = body_of(&mut response, address, limit).await?;
    match status {
        StatusCode::UNAUTHORIZED => Err(AccessError::Unknown {
            address: shown(address),
        }
        .into()),
        StatusCode::FORBIDDEN => Err(AccessError::Forbidden {
            reason: reason_in(&body),
            address: shown(address),
        }
        .into()),
        _ => {
            check_digest(&headers, &body, address)?;
            let text = |name: &str| {
                let value = headers.get(name).and_then(|value| value.to_str().ok());
                value.map(str::to_owned)
            };
            Ok(Answer {
                status: status.as_u16(),
                etag: text(ETAG.as_str()),
                cursor: text(CURSOR),
                body,
            })
        }
    }
}

async fn body_of(
    response: &mut Response,
    address: &Url,
    limit: usize,
) -> Result<Vec<u8>, SyncError> {
    let too_large = || SyncError::TooLarge {
        limit,
        address: address.to_string(),
    };
    if response
        .content_length()
        .is_some_and(|length| length > limit as u64)
    {
        return Err(too_large());
    }
    let mut body = Vec::new();
    while let Some(part) = response
        .chunk()
        .await
        .map_err(|source| failed(address, source))?
    {
        if body.len() + part.len() > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&part);
    }
    Ok(body)
}

/// Why there is no answer, or not all of it.
pub(crate) fn failed(address: &Url, source: reqwest::Error) -> SyncError {
    match AccessError::of(&source, &shown(address)) {
        Some(error) => error.into(),
        None => SyncError::Unreachable {
            source: source.without_url(),
            address: address.to_string(),
        },
    }
}

fn refused(status: StatusCode, address: &Url) -> SyncError {
    SyncError::Refused {
        status: status.as_u16(),
        address: address.to_string(),
    }
}

fn good(answer: Answer, address: &Url) -> Result<Answer, SyncError> {
    if (200..300).contains(&answer.status) {
        Ok(answer)
    } else {
        Err(SyncError::Refused {
            status: answer.status,
            address: address.to_string(),
        })
    }
}

/// What a refusal says of itself: its `message` or `reason`, as the rest of a sentence.
fn reason_in(body: &[u8]) -> String {
    let value: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let text = value.as_ref().and_then(|value| {
        let said = value.get("message").or_else(|| value.get("reason"));
        said.and_then(serde_json::Value::as_str)
    });
    text.map_or_else(String::new, |text| {
        let text: String = text.chars().take(REASON_MAX_CHARS).collect();
        format!(", {text}")
    })
}

/// `Content-Digest` of `body`: RFC 9530, section 2, by SHA-256.
fn digest_of(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(body)))
}

/// Refuses content that is not the one that its digest speaks of. An answer that came packed is left alone: the digest is that of
/// the packed bytes (RFC 9530, section 2), which are gone by now, and so is its length.
fn check_digest(headers: &HeaderMap, body: &[u8], address: &Url) -> Result<(), SyncError> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(said) = text(CONTENT_DIGEST) else {
        return Ok(());
    };
    let is_whole =
        text(CONTENT_LENGTH.as_str()).is_some_and(|length| length.parse() == Ok(body.len()));
    // A dictionary of digests (RFC 8941); the others are weaker or unknown here.
    let said = said
        .split(',')
        .map(str::trim)
        .find(|digest| digest.starts_with("sha-256="));
    match said {
        Some(said) if is_whole && said != digest_of(body) => Err(AccessError::Digest {
            address: shown(address),
        }
        .into()),
        _ => Ok(()),
    }
}

/// The address that `text` spells, with a path that ends in `/` so that others can be joined to it.
pub(crate) fn folder_address(text: &str) -> Result<Url, SyncError> {
    let bad = |reason: &str| SyncError::BadAddress {
        reason: reason.to_owned(),
        address: text.to_owned(),
    };
    let mut address = Url::parse(text).map_err(|error| bad(&error.to_string()))?;
    if !is_http(&address) {
        return Err(bad("https://… or http://… is expected"));
    }
    address.set_query(None);
    address.set_fragment(None);
    if !address.path().ends_with('/') {
        let path = format!("{}/", address.path());
        address.set_path(&path);
    }
    Ok(address)
}

/// Whether `address` is one of a server that this client can ask.
pub(crate) fn is_http(address: &Url) -> bool {
    matches!(address.scheme(), "http" | "https") && address.host_str().is_some()
}

/// The address `relative` to `base`; `base` ends in `/`.
pub(crate) fn join(base: &Url, relative: &str) -> Result<Url, SyncError> {
    base.join(relative).map_err(|error| SyncError::BadAddress {
        reason: error.to_string(),
        address: relative.to_owned(),
    })
}

/// A rejection of an answer as an error.
pub(crate) fn not_understood(address: &Url, rejection: Rejection) -> SyncError {
    SyncError::NotUnderstood {
        rejection,
        address: address.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };

    #[test]
    fn an_address_ends_as_a_folder_whatever_was_typed() {
        for (text, expected) in [
            ("http://127.0.0.1:8090", Some("http://127.0.0.1:8090/")),
            (
                "http://hub/FROST/v1.1?x=1#y",
                Some("http://hub/FROST/v1.1/"),
            ),
            ("https://hub", Some("https://hub/")),
            ("http://[::1]:8090", Some("http://[::1]:8090/")),
            ("ftp://hub", None),
            ("hub:8090", None),
            ("", None),
        ] {
            let found = folder_address(text).ok().map(|address| address.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    /// A server that gives `answer` to whoever asks, and tells what it was asked.
    async fn server(host: &str, answer: Vec<u8>) -> (Url, tokio::sync::mpsc::Receiver<String>) {
        let listener = TcpListener::bind((host, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (tell, told) = tokio::sync::mpsc::channel(64);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut asked = vec![0; 65_536];
                let count = stream.read(&mut asked).await.unwrap_or(0);
                let text = String::from_utf8_lossy(asked.get(..count).unwrap_or_default());
                // A test that does not care has let go of its end.
                tell.try_send(text.to_lowercase()).unwrap_or_default();
                stream.write_all(&answer).await.unwrap_or_default();
                stream.shutdown().await.unwrap_or_default();
                // What is left unread would reset the connection.
                while stream.read(&mut asked).await.is_ok_and(|count| count > 0) {}
            }
        });
        let url = Url::parse(&format!("http://{address}/a")).expect("an address");
        (url, told)
    }

    fn http(status: &str, headers: &str, body: &str) -> Vec<u8> {
        format!(
            "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n{body}",
            body.len()
        )
        .into_bytes()
    }

    fn known(home: &Url) -> Door {
        let access = Access {
            token: Some("secret-token".to_owned()),
            ..Access::default()
        };
        Door::with_access(&access).expect("a client").at_home(home)
    }

    #[tokio::test]
    async fn the_token_goes_home_and_nowhere_else() {
        let (home, mut asked) = server("127.0.0.1", http("200 OK", "", "yes")).await;
        let (away, mut asked_away) = server("127.0.0.1", http("200 OK", "", "yes")).await;
        let door = known(&home);
        assert_eq!(door.get(&home, 100).await.expect("an answer"), b"yes");
        door.get(&away, 100).await.expect("an answer");
        let (first, second) = (asked.recv().await, asked_away.recv().await);
        assert!(first.is_some_and(|text| text.contains("authorization: bearer secret-token")));
        assert!(second.is_some_and(|text| !text.contains("secret-token")));
    }

    #[tokio::test]
    async fn a_server_that_leads_to_another_host_is_not_followed() {
        let (there, mut asked) = server("127.0.0.1", http("200 OK", "", "stolen")).await;
        let elsewhere = format!(
            "location: http://localhost:{}/\r\n",
            there.port().unwrap_or(0)
        );
        let (home, _) = server("127.0.0.1", http("302 Found", &elsewhere, "")).await;
        let error = known(&home)
            .get(&home, 100)
            .await
            .expect_err("another host");
        assert!(error.to_string().contains("another host"), "{error}");
        assert!(asked.try_recv().is_err());
        let within = format!("location: {there}\r\n");
        let (home, _) = server("127.0.0.1", http("302 Found", &within, "")).await;
        assert_eq!(
            known(&home).get(&home, 100).await.expect("followed"),
            b"stolen"
        );
        let text = asked.recv().await.expect("asked");
        assert!(!text.contains("secret-token"), "{text}");
    }

    #[tokio::test]
    async fn plain_text_to_another_machine_is_refused_before_anything_is_sent() {
        let door = Door::new().expect("a client");
        let address = Url::parse("http://192.0.2.1/").expect("an address");
        for error in [
            door.get(&address, 100).await.expect_err("plain text"),
            door.knock(&address).await.expect_err("plain text"),
        ] {
            assert!(error.to_string().contains("plain text"), "{error}");
        }
    }

    #[tokio::test]
    async fn an_ipv6_address_is_asked_like_any_other() {
        if TcpListener::bind(("::1", 0)).await.is_err() {
            println!("skipped: this machine has no IPv6");
            return;
        }
        let (home, mut asked) = server("::1", http("200 OK", "", "six")).await;
        let door = known(&home);
        assert_eq!(door.get(&home, 100).await.expect("an answer"), b"six");
        let text = asked.recv().await.expect("asked");
        assert!(
            text.contains("host: [::1]:") && text.contains("secret-token"),
            "{text}"
        );
    }

    #[tokio::test]
    async fn identity_is_refused_in_plain_words() {
        let (home, _) = server("127.0.0.1", http("401 Unauthorized", "", "")).await;
        let error = known(&home).get(&home, 100).await.expect_err("401");
        assert!(
            error.to_string().contains("does not know this desk"),
            "{error}"
        );
        let body = r#"{"message":"the role operator is needed"}"#;
        let (home, _) = server("127.0.0.1", http("403 Forbidden", "", body)).await;
        let error = known(&home).get(&home, 100).await.expect_err("403");
        assert!(
            error.to_string().contains("the role operator is needed"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn content_that_was_changed_on_the_way_is_refused() {
        let good = format!("content-digest: {}\r\n", digest_of(b"yes"));
        let (home, _) = server("127.0.0.1", http("200 OK", &good, "yes")).await;
        assert!(known(&home).get(&home, 100).await.is_ok());
        let (home, _) = server("127.0.0.1", http("200 OK", &good, "yez")).await;
        let error = known(&home).get(&home, 100).await.expect_err("changed");
        assert!(error.to_string().contains("Content-Digest"), "{error}");
        // RFC 9530, appendix D, of the same JSON text.
        assert_eq!(
            digest_of(b"{\"hello\": \"world\"}\n"),
            "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"
        );
    }

    #[tokio::test]
    async fn what_is_sent_carries_its_digest_and_a_refusal_keeps_its_body() {
        let (home, mut asked) = server("127.0.0.1", http("409 Conflict", "", "restored")).await;
        let body = Bytes::from_static(b"{}");
        let door = known(&home);
        let answer = door
            .send(Method::POST, &home, body.clone(), "application/json")
            .await
            .expect("an answer");
        assert_eq!(
            (answer.status, answer.body.as_slice()),
            (409, &b"restored"[..])
        );
        let text = asked.recv().await.expect("asked");
        assert!(
            text.contains(&format!(
                "content-digest: {}",
                digest_of(b"{}").to_lowercase()
            )),
            "{text}"
        );
        let error = door.put(&home, body, "application/json").await;
        assert!(matches!(error, Err(SyncError::Refused { status: 409, .. })));
    }

    #[tokio::test]
    async fn a_version_that_is_known_is_not_fetched_again() {
        let (home, mut asked) = server(
            "127.0.0.1",
            b"HTTP/1.1 304 Not Modified\r\nconnection: close\r\n\r\n".to_vec(),
        )
        .await;
        let found = known(&home)
            .get_if_changed(&home, Some("\"v1\""), 100)
            .await
            .expect("an answer");
        assert_eq!(found, None);
        let text = asked.recv().await.expect("asked");
        assert!(text.contains("if-none-match: \"v1\""), "{text}");
        let (home, _) = server("127.0.0.1", http("200 OK", "etag: \"v2\"\r\n", "new")).await;
        let found = known(&home)
            .get_if_changed(&home, Some("\"v1\""), 100)
            .await
            .expect("an answer");
        assert_eq!(
            found,
            Some((Bytes::from_static(b"new"), Some("\"v2\"".to_owned())))
        );
    }

    /// Answers with one byte now and then, which keeps the connection from looking idle.
    async fn drip(mut stream: TcpStream) {
        // Bytes before the question would be no answer to it.
        let mut question = [0; 1_024];
        stream.read(&mut question).await.unwrap_or_default();
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n";
        stream.write_all(head).await.unwrap_or_default();
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    #[tokio::test]
    async fn an_answer_that_never_ends_is_left_and_a_large_one_is_cut() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(drip(stream));
            }
        });
        let address = Url::parse(&format!("http://{address}/")).expect("an address");
        let mut door = Door::new().expect("a client");
        door.patience = Duration::from_millis(400);
        let error = door.get(&address, 100).await.expect_err("endless");
        assert!(error.to_string().contains("not complete"), "{error}");
        // A connection of its own: the former one still brings what nobody reads.
        let mut door = Door::new().expect("a client");
        door.patience = Duration::from_secs(5);
        let error = door.get(&address, 10).await.expect_err("large");
        assert!(
            matches!(error, SyncError::TooLarge { limit: 10, .. }),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_small_answer_that_unpacks_to_a_large_one_is_cut() {
        // 100 000 zeros, packed by gzip -9.
        let packed = STANDARD.decode(ZEROS_GZIP).expect("base64");
        let mut answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            packed.len()
        )
        .into_bytes();
        answer.extend_from_slice(&packed);
        let (home, _) = server("127.0.0.1", answer).await;
        let door = known(&home);
        let error = door.get(&home, 50_000).await.expect_err("large");
        assert!(matches!(error, SyncError::TooLarge { .. }), "{error}");
        let whole = door.get(&home, 200_000).await.expect("whole");
        assert_eq!(whole.len(), 100_000);
    }

    const ZEROS_GZIP: &str = "H4sIAAAAAAACA+3BMQEAAADCoErrn84aHkABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAArwaFwk3FoIYBAA==";
}
