//! Playing a whole recording, frame by frame, as a desk does, and counting what it shows.

use super::import;
use crate::{
    Failure,
    host::{end_progress, instant, progress},
    stretch::{open_or_make_cache, print_object},
};
use cim_model::UtcMillis;
use cim_recording::{Player, Summary};
use cim_store::{Columns, Knowledge, Row, Store};
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Frames per second of wall time; each shows what changed since the one before.
const FRAMES_PER_S: u32 = 50;
/// The share of the rate that must be reached: the last frame is seldom a whole one.
const ENOUGH: f64 = 0.95;

/// Plays `file` at `rate` and tells how it went: from the cache that it was imported into, or from one of its own. True
/// when nothing was left out and the rate was reached.
pub(super) async fn play(
    file: &Path,
    imported: Option<(&Path, &Summary)>,
    rate: f64,
    as_json: bool,
) -> Result<bool, Failure> {
    let scratch = Scratch::default();
    let (folder, in_file) = if let Some((folder, summary)) = imported {
        (folder, summary.observations)
    } else {
        let summary = import(file, scratch.path()).await?;
        (scratch.path(), summary.observations)
    };
    let store = open_or_make_cache(folder).await?;
    let played = play_through(&store, Player::open(file)?.span(), (rate, in_file)).await;
    store.close().await;
    end_progress();
    let (told, holds) = played?;
    print_object(&told, as_json)?;
    Ok(holds)
}

async fn play_through(
    store: &Store,
    (from, to): (UtcMillis, UtcMillis),
    (rate, in_file): (f64, u64),
) -> Result<(Value, bool), Failure> {
    // A cache that was not new may hold more than the recording.
    let in_cache = count(store, (from, to)).await?;
    let mut columns = Columns::new();
    store.state_at(from, Knowledge::Now, &mut columns).await?;
    let frame_ms = (1_000.0 * rate / f64::from(FRAMES_PER_S)).max(1.0);
    let begun = instant();
    let mut rows: Vec<Row> = Vec::new();
    let (mut shown, mut seen, mut frames) = (from, 0_u64, 0_u32);
    let mut slowest = Duration::ZERO;
    while shown < to {
        frames += 1;
        // From the start, not from the frame before: rounding must not add up.
        let due = from.0.saturating_add((frame_ms * f64::from(frames)) as i64);
        let next = UtcMillis(due.clamp(shown.0 + 1, to.0));
        let frame = instant();
        store
            .history()
            .changes_between(shown, next, &mut rows)
            .await?;
        seen += rows.len() as u64;
        for row in &rows {
            columns.set(row);
        }
        slowest = slowest.max(frame.elapsed());
        shown = next;
        if frames.is_multiple_of(FRAMES_PER_S) {
            progress(&format!("playing: {}", crate::stretch::iso(shown)));
        }
        wait_for_frame(begun, frames).await;
    }
    let took_s = begun.elapsed().as_secs_f64().max(1e-9);
    let achieved = to.seconds_since(from) / took_s;
    let mut end = Columns::new();
    store.state_at(to, Knowledge::Now, &mut end).await?;
    let (folded, asked) = (store.state_hash(&columns), store.state_hash(&end));
    let is_complete = seen == in_cache && seen >= in_file && folded == asked;
    let holds = is_complete && achieved >= rate * ENOUGH;
    let told = json!({
        "rate": rate,
        "achieved": achieved,
        "seconds": to.seconds_since(from),
        "frames": frames,
        "slowest_frame_ms": slowest.as_secs_f64() * 1_000.0,
        "changes_seen": seen,
        "changes_in_cache": in_cache,
        "changes_in_file": in_file,
        "is_state_equal": folded == asked,
        "hash": format!("{folded:016x}"),
        "ok": holds,
    });
    Ok((told, holds))
}

/// How many changes lie in `(from, to]`, counted in windows that have nothing to do with the frames.
async fn count(store: &Store, (from, to): (UtcMillis, UtcMillis)) -> Result<u64, Failure> {
    const WINDOW_MS: i64 = 61_000;
    let mut rows = Vec::new();
    let (mut at, mut found) = (from, 0);
    while at < to {
        let next = UtcMillis(at.0.saturating_add(WINDOW_MS).min(to.0));
        store.history().changes_between(at, next, &mut rows).await?;
        found += rows.len() as u64;
        at = next;
    }
    Ok(found)
}

/// Waits until the frame after `frames` is due; not at all when playing is behind.
async fn wait_for_frame(begun: Instant, frames: u32) {
    let due = Duration::from_secs(1) * frames / FRAMES_PER_S;
    let left = due.saturating_sub(begun.elapsed());
    if !left.is_zero() {
        tokio::time::sleep(left).await;
    }
}

/// A cache for the time of playing; removed at the end.
struct Scratch(PathBuf);

impl Default for Scratch {
    fn default() -> Self {
        Self(std::env::temp_dir().join(format!("citymirror-play-{}", std::process::id())))
    }
}

impl Scratch {
    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Absent when the recording was imported elsewhere.
        std::fs::remove_dir_all(&self.0).ok();
    }
}
