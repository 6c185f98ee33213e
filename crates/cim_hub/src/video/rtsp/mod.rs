//! A small RTSP 1.0 server (RFC 2326) for the pictures, with RTP in the connection itself, on 127.0.0.1 only.

mod digest;
mod message;
mod session;

use super::VideoServer;
use crate::error::HubError;
use bytes::{Buf, BytesMut};
use message::{Answer, Front, front};
use session::Session;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

/// Connections at a time; another one is closed at once.
const MOST_CONNECTIONS: usize = 64;
/// How long a client may take to take what it is sent.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a client may be silent that watches nothing. One that watches shows by reading that it is there.
const SILENCE: Duration = Duration::from_mins(1);
/// Pause after the system refused to accept.
const REFUSED_PAUSE: Duration = Duration::from_millis(200);

/// Opens the door; it closes when `stop` says so.
pub(crate) async fn open(
    server: Arc<VideoServer>,
    port: u16,
    stop: watch::Receiver<bool>,
) -> Result<(SocketAddr, JoinHandle<()>), HubError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let failed = |error: io::Error| HubError::Address {
        door: "RTSP",
        reason: error.to_string(),
        address,
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    server.set_rtsp(address);
    Ok((address, tokio::spawn(accept(listener, server, stop))))
}

async fn accept(listener: TcpListener, server: Arc<VideoServer>, mut stop: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut connections = JoinSet::new();
    let mut number = 0_u32;
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_ended) = connections.join_next() => continue,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "an RTSP connection is not accepted");
                tokio::time::sleep(REFUSED_PAUSE).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            continue;
        };
        number = number.wrapping_add(1);
        let session = Session::new(Arc::clone(&server), server.names(number), number);
        connections.spawn(async move {
            if let Err(error) = serve(stream, session).await {
                tracing::debug!(%error, "an RTSP connection broke");
            }
            drop(place);
        });
    }
}

/// Speaks with one client until it goes or the pictures end.
async fn serve(mut stream: TcpStream, mut session: Session) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (mut reader, mut writer) = stream.split();
    let mut buffer = BytesMut::with_capacity(4096);
    loop {
        let packets = tokio::select! {
            read = timeout(SILENCE, reader.read_buf(&mut buffer)) => match read {
                Ok(Ok(0)) => return Ok(()),
                Ok(Ok(_)) => None,
                Ok(Err(error)) => return Err(error),
                Err(_silent) if session.is_playing() => None,
                Err(_silent) => return Ok(()),
            },
            packets = session.packets() => match packets {
                Some(packets) => Some(packets),
                None => return Ok(()),
            },
        };
        if let Some(packets) = packets {
            send(&mut writer, &packets).await?;
            continue;
        }
        let (answers, is_over) = answers(&mut buffer, &mut session).await;
        send(&mut writer, &answers).await?;
        if is_over {
            return Ok(());
        }
    }
}

/// The answers to every whole request in the buffer; true when the connection ends with them.
async fn answers(buffer: &mut BytesMut, session: &mut Session) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    loop {
        match front(buffer) {
            Ok(Front::Incomplete) => return (bytes, false),
            Ok(Front::Packet(length)) => buffer.advance(length),
            Ok(Front::Request(request, length)) => {
                buffer.advance(length);
                let (answer, is_over) = session.answer(&request).await;
                let cseq = request.header("cseq").unwrap_or("0");
                bytes.extend(answer.bytes(cseq));
                if is_over {
                    return (bytes, true);
                }
            }
            Err(reason) => {
                let answer = Answer::new(400).of_kind("text/plain; charset=utf-8", reason);
                bytes.extend(answer.bytes("0"));
                return (bytes, true);
            }
        }
    }
}

async fn send(writer: &mut (impl AsyncWriteExt + Unpin), bytes: &[u8]) -> io::Result<()> {
    match timeout(PATIENCE, writer.write_all(bytes)).await {
        Ok(written) => written,
        Err(_slow) => Err(io::Error::from(io::ErrorKind::TimedOut)),
    }
}
