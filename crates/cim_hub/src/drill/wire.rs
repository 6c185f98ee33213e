//! One HTTP/1.1 request over the simulated network, on a connection of its own whose bytes may be spoilt on the way.

use super::{HTTP_PORT, HUB};
use cim_sync::exchange::wire::WireRequest;
use cim_sync::exchange::{Failure, content_digest};
use http_body_util::BodyExt as _;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::rt::{Read, ReadBufCursor, Write};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::JoinSet;
use turmoil::net::TcpStream;

/// Bytes taken from or given to the network at once.
const PART: usize = 4096;

/// Where bytes of one connection are spoilt, counted from its first byte; never when there is no place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spoil {
    /// On the way to the hub.
    pub(super) sent: Option<u64>,
    /// On the way back.
    pub(super) received: Option<u64>,
    /// Which bit is flipped, 0 to 7.
    pub(super) bit: u8,
}

/// What the hub answered.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) digest: Option<String>,
    pub(super) body: Bytes,
}

/// Asks the hub once.
pub(super) async fn ask(request: WireRequest, spoil: Spoil) -> Result<Reply, Failure> {
    let gone = |_error| Failure::Unreachable;
    let stream = TcpStream::connect((HUB, HTTP_PORT)).await;
    let stream = SpoiltStream::new(stream.map_err(gone)?, spoil);
    let cut = |_error: hyper::Error| Failure::Unreachable;
    let (mut sender, connection) = http1::handshake::<_, String>(stream).await.map_err(cut)?;
    // The connection ends with the question.
    let mut tasks = JoinSet::new();
    tasks.spawn_local(connection);
    let mut question = hyper::Request::builder()
        .method(request.method)
        .uri(request.target.as_str())
        .header("host", HUB);
    let body = request.body.unwrap_or_default();
    if !body.is_empty() {
        question = question
            .header("content-type", "application/json")
            .header("content-digest", content_digest(body.as_bytes()));
    }
    let question = question
        .body(body)
        .map_err(|error| Failure::Refused(400, error.to_string()))?;
    let answer = sender.send_request(question).await.map_err(cut)?;
    let status = answer.status().as_u16();
    let digest = answer.headers().get("content-digest");
    let digest = digest.and_then(|digest| digest.to_str().ok());
    let digest = digest.map(str::to_owned);
    let body = answer.into_body().collect().await.map_err(cut)?;
    Ok(Reply {
        status,
        digest,
        body: body.to_bytes(),
    })
}

/// A connection that flips a bit.
struct SpoiltStream {
    stream: TcpStream,
    sent: Flip,
    received: Flip,
}

/// One direction of it.
struct Flip {
    at: Option<u64>,
    mask: u8,
    passed: u64,
}

impl Flip {
    fn new(at: Option<u64>, bit: u8) -> Self {
        Self {
            at,
            mask: 1 << (bit & 7),
            passed: 0,
        }
    }

    /// Spoils `bytes`, the next ones to pass.
    fn spoil(&self, bytes: &mut [u8]) {
        let place = self.at.and_then(|at| at.checked_sub(self.passed));
        let place = place.and_then(|place| usize::try_from(place).ok());
        if let Some(byte) = place.and_then(|place| bytes.get_mut(place)) {
            *byte ^= self.mask;
        }
    }

    fn pass(&mut self, count: usize) {
        self.passed = self.passed.saturating_add(count as u64);
    }
}

impl SpoiltStream {
    fn new(stream: TcpStream, spoil: Spoil) -> Self {
        Self {
            stream,
            sent: Flip::new(spoil.sent, spoil.bit),
            received: Flip::new(spoil.received, spoil.bit),
        }
    }
}

impl Read for SpoiltStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut cursor: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let mut part = [0_u8; PART];
        let room = cursor.remaining().min(PART);
        let Some(part) = part.get_mut(..room) else {
            return Poll::Ready(Ok(()));
        };
        let mut buffer = ReadBuf::new(part);
        let stream = Pin::new(&mut this.stream);
        ready!(AsyncRead::poll_read(stream, cx, &mut buffer))?;
        let bytes = buffer.filled_mut();
        this.received.spoil(bytes);
        this.received.pass(bytes.len());
        cursor.put_slice(bytes);
        Poll::Ready(Ok(()))
    }
}

impl Write for SpoiltStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let mut part: Vec<u8> = bytes.iter().copied().take(PART).collect();
        this.sent.spoil(&mut part);
        let stream = Pin::new(&mut this.stream);
        let written = ready!(AsyncWrite::poll_write(stream, cx, &part))?;
        this.sent.pass(written);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_flush(Pin::new(&mut self.get_mut().stream), cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_shutdown(Pin::new(&mut self.get_mut().stream), cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_byte_at_the_place_is_spoilt_also_in_a_later_part() {
        let mut flip = Flip::new(Some(5), 0);
        let mut first = *b"abcd";
        flip.spoil(&mut first);
        assert_eq!(&first, b"abcd");
        flip.pass(4);
        let mut second = *b"efgh";
        flip.spoil(&mut second);
        assert_eq!(&second, b"eggh");
        flip.pass(4);
        let mut third = *b"ijkl";
        flip.spoil(&mut third);
        assert_eq!(&third, b"ijkl");
    }
}
