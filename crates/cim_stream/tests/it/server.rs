//! Servers that do what a test tells them.

use cim_model::{TimeSource as _, UtcMillis};
use cim_stream::pattern::{
    Pattern, PatternEncoder, Sample, Track, fragment, init_segment, length_prefixed,
};
use cim_stream::picture::Rgb;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

/// What a server does with each connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    /// Sent at once.
    pub(crate) first: Vec<u8>,
    /// Sent again and again after that.
    pub(crate) again: Vec<u8>,
    /// How often.
    pub(crate) every: Duration,
    /// Whether the connection stays open when there is nothing to send again.
    pub(crate) is_held: bool,
}

impl Script {
    /// An answer of HTTP with `body`, and the end.
    pub(crate) fn answer(kind: &str, body: &[u8]) -> Self {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n");
        Self {
            first: [head.as_bytes(), body].concat(),
            ..Self::default()
        }
    }

    /// Only a head.
    pub(crate) fn head(head: &str) -> Self {
        Self {
            first: head.as_bytes().to_vec(),
            ..Self::default()
        }
    }

    pub(crate) fn then(mut self, again: &[u8], every: Duration) -> Self {
        self.again = again.to_vec();
        self.every = every;
        self
    }

    pub(crate) fn held(mut self) -> Self {
        self.is_held = true;
        self
    }
}

/// Serves `script` to everybody; the address's authority.
pub(crate) async fn serve(script: Script) -> String {
    serve_by(move |_| script.clone()).await
}

/// Serves to each request what `script` says of its first line.
pub(crate) async fn serve_by(script: impl Fn(&str) -> Script + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    serve_on(listener, script)
}

/// The same on a port that is there.
pub(crate) fn serve_on(
    listener: TcpListener,
    script: impl Fn(&str) -> Script + Send + Sync + 'static,
) -> String {
    let at = listener.local_addr().expect("an address").to_string();
    let script = std::sync::Arc::new(script);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let script = std::sync::Arc::clone(&script);
            tokio::spawn(async move {
                // The helper may be gone at any moment: that is what is tried.
                act(stream, script.as_ref()).await.ok();
            });
        }
    });
    at
}

async fn act(mut stream: TcpStream, script: &impl Fn(&str) -> Script) -> std::io::Result<()> {
    let request = read_head(&mut stream).await?;
    let script = script(request.lines().next().unwrap_or(""));
    stream.write_all(&script.first).await?;
    while !script.again.is_empty() {
        stream.write_all(&script.again).await?;
        sleep(script.every).await;
    }
    if script.is_held {
        std::future::pending::<()>().await;
    }
    stream.shutdown().await
}

/// A request up to its empty line.
pub(crate) async fn read_head(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

/// The present moment.
pub(crate) fn now() -> UtcMillis {
    crate::Clock.now()
}

/// A small test stream: 384 × 216, ten pictures a second, the first a key picture.
pub(crate) struct Stream {
    pub(crate) track: Track,
    pub(crate) samples: Vec<Sample>,
    pub(crate) nals: Vec<Vec<Vec<u8>>>,
}

impl Stream {
    /// `count` pictures of camera `number`, the first taken at `from`.
    pub(crate) fn of(number: u32, from: UtcMillis, count: i64) -> Self {
        let pattern = Pattern::new(number, "", None);
        let mut encoder = PatternEncoder::new(10, 1500).expect("an encoder");
        let (mut samples, mut all) = (Vec::new(), Vec::new());
        for place in 0..count {
            let picture = half(&pattern.draw(UtcMillis(from.0 + place * 100)));
            let frame = encoder.encode(&picture, false).expect("a picture");
            samples.push(Sample {
                nals: length_prefixed(&frame.nals),
                duration: 100,
                composition_offset: 0,
                is_key: frame.is_key,
            });
            all.push(frame.nals);
        }
        let (sps, pps) = encoder.parameter_sets().expect("parameter sets");
        let track = Track {
            width: 384,
            height: 216,
            timescale: 1000,
            sps: sps.to_vec(),
            pps: pps.to_vec(),
        };
        Self {
            track,
            samples,
            nals: all,
        }
    }

    /// All of it as a head and one fragment a picture.
    pub(crate) fn fragments(&self, from: UtcMillis) -> Vec<u8> {
        let mut bytes = init_segment(&self.track);
        for (place, sample) in (0_u32..).zip(&self.samples) {
            let time = u64::from(place) * 100;
            let wall = Some(UtcMillis(from.0 + time as i64));
            bytes.extend(fragment(
                place + 1,
                time,
                std::slice::from_ref(sample),
                wall,
            ));
        }
        bytes
    }
}

/// The picture at half its size: every second pixel.
fn half(picture: &Rgb) -> Rgb {
    let (width, height) = (picture.width() / 2, picture.height() / 2);
    let mut bytes = Vec::new();
    for y in 0..height {
        for x in 0..width {
            bytes.extend(picture.pixel(2 * x, 2 * y));
        }
    }
    Rgb::new(width, height, bytes).expect("a picture")
}
