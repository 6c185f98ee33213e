//! HTTP/1.1 to one machine: bounded heads, bounded bodies, redirects only to the same place.

use super::net::{Target, Wire};
use super::shared::Shared;
use crate::address::StreamAddress;
use crate::protocol::{Trouble, TroubleKind};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, LOCATION, RANGE, USER_AGENT,
};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::timeout;
use url::Url;

/// How long an answer's head may take.
const HEAD: Duration = Duration::from_secs(10);
const MOST_REDIRECTS: usize = 3;
const MOST_HEADERS: usize = 64;
/// hyper takes no smaller buffer.
const LEAST_BUFFER: usize = 8192;

/// Asks one machine, over one connection at a time.
pub(crate) struct Http {
    target: Target,
    authorization: Option<String>,
    shared: Rc<Shared>,
    sender: Option<SendRequest<Empty<Bytes>>>,
}

/// An answer whose body is still to come.
pub(crate) struct Answer {
    url: Url,
    response: Response<Incoming>,
    shared: Rc<Shared>,
}

impl Http {
    pub(crate) fn new(address: &StreamAddress, target: Target, shared: Rc<Shared>) -> Self {
        Self {
            authorization: basic(address),
            target,
            shared,
            sender: None,
        }
    }

    /// The stream's own address.
    pub(crate) fn url(&self) -> &Url {
        &self.target.url
    }

    /// `reference` as an address beside `base`, when it is on the same machine.
    pub(crate) fn beside(&self, base: &Url, reference: &str) -> Result<Url, Trouble> {
        let wrong = |words: String| Trouble::new(TroubleKind::Address, words);
        let url = base
            .join(reference)
            .map_err(|error| wrong(error.to_string()))?;
        if self.target.has_same_origin(&url) {
            Ok(url)
        } else {
            let host = url.host_str().unwrap_or("no machine");
            Err(wrong(format!(
                "the stream leads to {}://{host}",
                url.scheme()
            )))
        }
    }

    /// Asks for `url`, or for `range` (first and last byte) of it. Redirects to the same machine are followed.
    pub(crate) async fn get(
        &mut self,
        url: &Url,
        range: Option<(u64, u64)>,
    ) -> Result<Answer, Trouble> {
        let mut url = url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let response = self.ask(&url, range).await?;
            let status = response.status();
            if !status.is_redirection() {
                return accepted(status).map(|()| Answer {
                    url,
                    response,
                    shared: Rc::clone(&self.shared),
                });
            }
            let place = response.headers().get(LOCATION);
            let place = place.and_then(|place| place.to_str().ok());
            let place = place
                .ok_or_else(|| Trouble::new(TroubleKind::Protocol, "a redirect to nowhere"))?;
            url = self.beside(&url, place)?;
        }
        Err(Trouble::new(
            TroubleKind::Hostile,
            "redirects without an end",
        ))
    }

    /// Asks once. A connection that has been used before may have been closed meanwhile: then once more over another.
    async fn ask(
        &mut self,
        url: &Url,
        range: Option<(u64, u64)>,
    ) -> Result<Response<Incoming>, Trouble> {
        if let Some(mut sender) = self.free_sender().await
            && let Ok(Ok(response)) =
                timeout(HEAD, sender.send_request(self.request(url, range)?)).await
        {
            self.sender = Some(sender);
            return Ok(response);
        }
        let mut sender = self.dial().await?;
        let response = timeout(HEAD, sender.send_request(self.request(url, range)?)).await;
        self.sender = Some(sender);
        match response {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(Trouble::new(
                TroubleKind::Protocol,
                format!("the answer cannot be read: {error}"),
            )),
            Err(_) => Err(Trouble::new(TroubleKind::Stalled, "no answer")),
        }
    }

    fn request(
        &self,
        url: &Url,
        range: Option<(u64, u64)>,
    ) -> Result<Request<Empty<Bytes>>, Trouble> {
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let host = match url.port() {
            Some(port) => format!("{}:{port}", url.host_str().unwrap_or("")),
            None => url.host_str().unwrap_or("").to_owned(),
        };
        let mut request = Request::builder()
            .uri(path)
            .header(HOST, host)
            .header(USER_AGENT, "CityMirror");
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        if let Some((first, last)) = range {
            request = request.header(RANGE, format!("bytes={first}-{last}"));
        }
        request
            .body(Empty::new())
            .map_err(|error| Trouble::new(TroubleKind::Address, error.to_string()))
    }

    /// The connection of before, when it is free.
    async fn free_sender(&mut self) -> Option<SendRequest<Empty<Bytes>>> {
        let mut sender = self.sender.take()?;
        let ready = timeout(Duration::from_millis(200), sender.ready()).await;
        matches!(ready, Ok(Ok(()))).then_some(sender)
    }

    async fn dial(&self) -> Result<SendRequest<Empty<Bytes>>, Trouble> {
        let wire: Box<dyn Wire> = self.target.connect().await?;
        let (sender, connection) = http1::Builder::new()
            .max_buf_size(self.target.header_bytes.max(LEAST_BUFFER))
            .max_headers(MOST_HEADERS)
            .handshake(TokioIo::new(wire))
            .await
            .map_err(|error| Trouble::new(TroubleKind::Connect, error.to_string()))?;
        // Ends with the connection; what goes wrong is seen by whoever waits for the answer.
        tokio::spawn(async move { connection.await.ok() });
        Ok(sender)
    }
}

impl Answer {
    /// Where it came from, behind all redirects: what it refers to lies beside that (RFC 3986, 5.1.3).
    pub(crate) fn url(&self) -> &Url {
        &self.url
    }

    /// Whether only the asked part comes.
    pub(crate) fn is_part(&self) -> bool {
        self.response.status() == StatusCode::PARTIAL_CONTENT
    }

    /// The media type, as the server says it.
    pub(crate) fn content_type(&self) -> &str {
        let header = self.response.headers().get(CONTENT_TYPE);
        header.and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// The next bytes of the body; `None` at its end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, Trouble> {
        loop {
            let Some(frame) = self.response.body_mut().frame().await else {
                return Ok(None);
            };
            let frame = frame.map_err(|error| {
                Trouble::new(TroubleKind::Protocol, format!("cut off: {error}"))
            })?;
            let Ok(bytes) = frame.into_data() else {
                continue;
            };
            self.shared.throttle(bytes.len()).await;
            return Ok(Some(bytes));
        }
    }

    /// The whole body, when it has at most `most` bytes.
    pub(crate) async fn whole(mut self, most: usize) -> Result<Bytes, Trouble> {
        let too_large = || {
            Trouble::new(
                TroubleKind::TooLarge,
                format!("an answer of more than {most} bytes"),
            )
        };
        let length = self.response.headers().get(CONTENT_LENGTH);
        let length = length
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.parse::<u64>().ok());
        if length.is_some_and(|length| length > most as u64) {
            return Err(too_large());
        }
        let mut body = BytesMut::new();
        while let Some(bytes) = self.chunk().await? {
            if body.len() + bytes.len() > most {
                return Err(too_large());
            }
            body.extend_from_slice(&bytes);
        }
        Ok(body.freeze())
    }
}

/// The header for HTTP's basic authentication (RFC 7617).
pub(crate) fn basic(address: &StreamAddress) -> Option<String> {
    let user = address.user.as_ref()?;
    let password = address.password.as_deref().unwrap_or("");
    let both = STANDARD.encode(format!("{user}:{password}"));
    Some(format!("Basic {both}"))
}

fn accepted(status: StatusCode) -> Result<(), Trouble> {
    let told = |kind| Err(Trouble::new(kind, format!("the server says {status}")));
    match status.as_u16() {
        200 | 206 => Ok(()),
        401 | 403 => told(TroubleKind::Denied),
        404 | 410 => told(TroubleKind::NotFound),
        _ => told(TroubleKind::Protocol),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::SourceKind;

    #[test]
    fn a_name_and_a_password_become_one_header() {
        let mut address = StreamAddress::new(SourceKind::Mp4, "http://h/", false);
        assert_eq!(basic(&address), None);
        address.user = Some("Aladdin".to_owned());
        address.password = Some("open sesame".to_owned());
        // The example of RFC 7617, 2.
        assert_eq!(
            basic(&address).as_deref(),
            Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
        );
    }

    #[test]
    fn statuses_are_told_apart() {
        let kind = |status: u16| {
            let status = StatusCode::from_u16(status).expect("a status");
            accepted(status).err().map(|trouble| trouble.kind)
        };
        assert_eq!(kind(200), None);
        assert_eq!(kind(403), Some(TroubleKind::Denied));
        assert_eq!(kind(404), Some(TroubleKind::NotFound));
        assert_eq!(kind(503), Some(TroubleKind::Protocol));
    }
}
