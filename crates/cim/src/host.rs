//! What every command shares: the machine's clock, the runtime, and how to print.

use cim_model::{TimeSource, UtcMillis};
use std::{
    io::{IsTerminal, Write},
    path::PathBuf,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

/// The machine's clock.
pub(crate) struct MachineClock;

impl TimeSource for MachineClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the host is where the present comes from"
    )]
    fn now(&self) -> UtcMillis {
        let since_1970 = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        UtcMillis(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
    }
}

/// The present, for measuring durations.
#[expect(clippy::disallowed_methods, reason = "the host measures")]
pub(crate) fn instant() -> Instant {
    Instant::now()
}

/// The runtime that network and store need.
pub(crate) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
}

/// A line for whoever reads results.
pub(crate) fn print(line: &str) {
    let mut out = std::io::stdout().lock();
    // A reader that went away is no error of ours.
    if writeln!(out, "{line}").and_then(|()| out.flush()).is_err() {
        std::process::exit(0);
    }
}

/// A line for the person.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stderr().lock();
    if writeln!(out, "{line}").is_err() {
        std::process::exit(1);
    }
}

/// Progress on one line of a terminal; silent elsewhere.
pub(crate) fn progress(line: &str) {
    let mut out = std::io::stderr().lock();
    if out.is_terminal()
        && write!(out, "\r\x1b[2K{line}")
            .and_then(|()| out.flush())
            .is_err()
    {
        std::process::exit(1);
    }
}

/// Clears the progress line.
pub(crate) fn end_progress() {
    progress("");
}

/// Resolves when the person or the system asks the program to end.
pub(crate) async fn asked_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminated) = signal(SignalKind::terminate()) else {
            interrupted.await.unwrap_or_default();
            return;
        };
        tokio::select! {
            _ = interrupted => {}
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    interrupted.await.unwrap_or_default();
}

/// The folder of the scene packs that came with the program; `None` when it has none.
pub(crate) fn scenes_beside_program() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let scenes = program.parent()?.join("scenes");
    scenes.is_dir().then_some(scenes)
}

/// Reads `WIDTHxHEIGHT`.
pub(crate) fn size(text: &str) -> Result<(u32, u32), String> {
    let parsed = text
        .split_once('x')
        .and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    parsed
        .filter(|(width, height)| (16..=16_384).contains(width) && (16..=16_384).contains(height))
        .ok_or_else(|| format!("'{text}' is not a size like 1280x720"))
}
