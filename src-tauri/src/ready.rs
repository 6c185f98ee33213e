//! When the first view is complete, and how long that took: for scripts, screenshots and measurements.

use cim_app::{Desk, wire::ConnectionDto};
use cim_viewport::FrameStats;
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

/// Watches for the first complete view.
pub(crate) struct Ready {
    file: Option<PathBuf>,
    started: Instant,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    stats: Option<Arc<Mutex<FrameStats>>>,
    ui: bool,
    twin: bool,
    told: bool,
    first_frame_ms: Option<u128>,
}

impl Ready {
    /// `started` is when the program began.
    pub(crate) fn new(file: Option<PathBuf>, started: Instant) -> Self {
        Self {
            file,
            started,
            seen: Mutex::new(Seen::default()),
        }
    }

    /// Where frame times are.
    pub(crate) fn follow(&self, stats: Arc<Mutex<FrameStats>>) {
        self.with(|seen| seen.stats = Some(stats));
    }

    /// The UI shows its first update.
    pub(crate) fn ui_is(&self, desk: &Desk) {
        self.with(|seen| seen.ui = true);
        self.check(desk);
    }

    /// Whether the twin shows its view completely. Frames with tiles count as pictures.
    pub(crate) fn twin_is(&self, settled: bool, desk: &Desk) {
        let since_start = self.started.elapsed().as_millis();
        self.with(|seen| {
            seen.twin = settled;
            seen.first_frame_ms.get_or_insert(since_start);
        });
        self.check(desk);
    }

    /// The first picture, milliseconds after the program began.
    pub(crate) fn first_frame_ms(&self) -> Option<u128> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .first_frame_ms
    }

    /// Writes the file once everything is there. True when there is nothing more to wait for.
    pub(crate) fn check(&self, desk: &Desk) -> bool {
        let Some(file) = &self.file else { return true };
        let update = desk.watch().borrow().clone();
        let is_current = matches!(
            update.connection,
            ConnectionDto::Live | ConnectionDto::NoHub | ConnectionDto::Offline { .. }
        );
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.told || !seen.ui || !seen.twin || !is_current || update.things == 0 {
            return seen.told;
        }
        seen.told = true;
        let stats = seen
            .stats
            .as_ref()
            .and_then(|stats| stats.lock().ok())
            .map(|stats| stats.clone());
        let content = json!({
            "ready_ms": self.started.elapsed().as_millis(),
            "first_picture_ms": seen.first_frame_ms,
            "first_frame_after_surface_ms": stats.and_then(|stats| stats.first_after()).map(|time| time.as_millis()),
            "things": update.things,
        });
        drop(seen);
        write(file, &content);
        true
    }

    fn with(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Writes a small JSON file in one step, so that whoever waits for it never reads half of it.
pub(crate) fn write(file: &Path, content: &serde_json::Value) {
    let unfinished = file.with_extension("part");
    let written = std::fs::write(&unfinished, format!("{content}\n"))
        .and_then(|()| std::fs::rename(&unfinished, file));
    if let Err(err) = written {
        tracing::error!(%err, file = %file.display(), "a report cannot be written");
    }
}
