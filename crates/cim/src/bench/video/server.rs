//! `cim video pattern` as a program of its own: its pictures are another machine's work, and what they cost is told apart.

use crate::{Failure, live::cpu_seconds_of};
use cim_stream::{SourceKind, StreamAddress};
use serde::Deserialize;
use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Stdio},
};

/// What it says when it is ready is no longer, bytes.
const MOST_BYTES: u64 = 1 << 20;

/// A server of test pictures; ends with this.
pub(super) struct Server {
    child: Child,
    ready: Ready,
}

#[derive(Debug, Default, Deserialize)]
struct Ready {
    http: String,
    cameras: Vec<Camera>,
}

#[derive(Debug, Deserialize)]
struct Camera {
    id: String,
    number: u32,
}

impl Server {
    /// Starts one with so many cameras and pictures a second; its files lie in `folder`.
    pub(super) fn start(folder: &Path, cameras: u32, fps: u32) -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["video", "pattern", "--json"])
            .args(["--cameras", &cameras.to_string()])
            .args(["--fps", &fps.to_string()])
            .arg("--dir")
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let said = child.stdout.take();
        let mut server = Self {
            child,
            ready: Ready::default(),
        };
        let mut line = String::new();
        let said = said.ok_or("the server of test pictures says nothing")?;
        BufReader::new(said).take(MOST_BYTES).read_line(&mut line)?;
        server.ready = serde_json::from_str(&line)
            .map_err(|err| format!("the server of test pictures did not start: {err}: {line}"))?;
        Ok(server)
    }

    /// Where the picture of each camera is, and its number in the picture.
    pub(super) fn streams(&self) -> impl Iterator<Item = (StreamAddress, u32)> + '_ {
        let Ready { http, cameras } = &self.ready;
        cameras.iter().map(move |camera| {
            let url = format!("{http}/video/{}/stream.mp4", camera.id);
            let address = StreamAddress::new(SourceKind::Fmp4, url, true);
            (address, camera.number)
        })
    }

    /// Seconds of processors that it has used.
    pub(super) fn cpu_s(&self) -> Result<f64, Failure> {
        cpu_seconds_of(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended already is what is wanted.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
