//! Sources of a journey: a table that is written anew each second, and a server of one map layer that falls silent or dies.

use crate::headless::MachineClock;
use cim_model::TimeSource;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread::{Builder, JoinHandle, sleep};
use std::time::Duration;
use xtask::Outcome;

/// How often a table is written.
const WRITE_EVERY: Duration = Duration::from_secs(1);
/// How often a server looks for somebody who asks, and whether it should end.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// How long a client may take to say what it wants.
const LISTEN_FOR: Duration = Duration::from_secs(2);
/// The longest question that is read.
const MAX_QUESTION: usize = 8 * 1024;

/// Something that goes on beside the journey until it is dropped.
#[derive(Debug)]
struct Beside {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Beside {
    fn start(name: &str, work: impl FnOnce(&AtomicBool) + Send + 'static) -> Outcome<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = Builder::new()
            .name(name.to_owned())
            .spawn(move || work(&stopped))
            .map_err(|err| format!("no thread for {name}: {err}"))?;
        Ok(Self {
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has said so already.
            thread.join().ok();
        }
    }
}

/// A table (CSV) of one gauge, whose value is of this second, until it is dropped.
#[derive(Debug)]
pub struct Feed {
    _beside: Beside,
}

impl Feed {
    /// Writes `file` now and each second from now on.
    pub fn start(file: &Path) -> Outcome<Self> {
        write_table(file)?;
        let file = file.to_owned();
        let beside = Beside::start("table", move |stop| {
            while !stop.load(Ordering::SeqCst) {
                sleep(WRITE_EVERY);
                // Whoever reads the table finds out when it is not written any more.
                write_table(&file).ok();
            }
        })?;
        Ok(Self { _beside: beside })
    }
}

fn write_table(file: &Path) -> Outcome {
    let now = MachineClock.now().0;
    let level = 2.0 + (now / 1000 % 10) as f64 / 10.0;
    let text = format!("id,name,lon,lat,level,ts\nw1,水位 1,24.945,60.17,{level},{now}\n");
    // Never half a table.
    let fresh: PathBuf = file.with_extension("new");
    fs::write(&fresh, text)
        .and_then(|()| fs::rename(&fresh, file))
        .map_err(|err| format!("{err}: {}", file.display()))
}

/// A server of one map layer (GeoJSON) on this machine, there until it is dropped: then nobody answers any more.
#[derive(Debug)]
pub struct WebFeed {
    port: u16,
    /// The moment that its value is of; 0 for the present.
    frozen_at: Arc<AtomicI64>,
    _beside: Beside,
}

impl WebFeed {
    /// Starts one on a free port.
    pub fn start() -> Outcome<Self> {
        let failed = |err: std::io::Error| format!("no server on 127.0.0.1: {err}");
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        let frozen_at = Arc::new(AtomicI64::new(0));
        let frozen = Arc::clone(&frozen_at);
        let beside = Beside::start("map layer", move |stop| {
            while !stop.load(Ordering::SeqCst) {
                match listener.accept() {
                    Ok((client, _)) => {
                        // Whoever hangs up early gets nothing, and the next one is served.
                        answer(client, frozen.load(Ordering::SeqCst)).ok();
                    }
                    Err(_nobody_asks) => sleep(LOOK_EVERY),
                }
            }
        })?;
        Ok(Self {
            port,
            frozen_at,
            _beside: beside,
        })
    }

    /// Where the layer is.
    pub fn url(&self) -> String {
        self.address("layer.geojson")
    }

    /// Where something of this name would be.
    pub fn address(&self, name: &str) -> String {
        format!("http://127.0.0.1:{}/{name}", self.port)
    }

    /// From now on it answers, and its value stays what it is.
    pub fn freeze(&self) {
        self.frozen_at.store(MachineClock.now().0, Ordering::SeqCst);
    }
}

fn answer(mut client: TcpStream, frozen_at: i64) -> std::io::Result<()> {
    client.set_nonblocking(false)?;
    client.set_read_timeout(Some(LISTEN_FOR))?;
    let mut question = Vec::new();
    let mut part = [0; 1024];
    while !question.windows(4).any(|end| end == b"\r\n\r\n") && question.len() < MAX_QUESTION {
        let read = client.read(&mut part)?;
        if read == 0 {
            return Ok(());
        }
        question.extend_from_slice(part.get(..read).unwrap_or_default());
    }
    let (status, body) = if question.starts_with(b"GET /layer.geojson ") {
        let now = MachineClock.now().0;
        (
            "200 OK",
            layer(if frozen_at == 0 { now } else { frozen_at }),
        )
    } else {
        ("404 Not Found", String::new())
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/geo+json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    client.write_all(head.as_bytes())?;
    client.write_all(body.as_bytes())
}

/// One pump with one value of the moment `at`, UTC milliseconds.
fn layer(at: i64) -> String {
    let level = 1.0 + (at / 1000 % 10) as f64 / 10.0;
    format!(
        r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","id":"p1","geometry":{{"type":"Point","coordinates":[24.946,60.171]}},"properties":{{"name":"泵 1","level":{level},"ts":{at}}}}}]}}"#
    )
}
