//! `cim bench store`: how fast history takes observations in and plays them, and what one weighs.
//!
//! Everything is durable when it counts: each frame is on disk when `append` returns. Making up the readings is not timed.

use super::{
    at_least, at_most,
    cache::{FIRST_MS, Place, open_city, plain_write, weight},
    figure::Figure,
    readings::Readings,
};
use crate::{
    Failure,
    counting::allocated_during,
    host::{end_progress, instant, progress, runtime},
    stretch::{open_cache, values_in},
};
use cim_disk::{PlainRow, insert_rows};
use cim_model::UtcMillis;
use cim_store::{Columns, Knowledge, Row, Store};
use serde_json::json;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

const MEASURE: &str = "store";
/// Rows written one frame after the other, and by plain SQLite.
const ROWS: usize = 1_000_000;
/// Rows of a frame, and of a transaction of the peer.
const FRAME: usize = 10_000;
/// Each sensor reports once a second.
const PERIOD_MS: f64 = 1_000.0;
/// Observations before anything is counted: buffers have their size then, and the file has room for its log.
const WARM_UP: u64 = 3_000_000;
/// Observations over which allocations are counted: every group is sealed at least once meanwhile.
const COUNTED: u64 = 3_000_000;
/// City time of a frame of playback at 300 times real time and 50 frames a second.
const PLAYED_STEP_MS: i64 = 6_000;

/// Measures the history.
pub(super) struct StoreBench {
    pub(super) sensors: u32,
    /// Observations timed as chunks.
    pub(super) observations: u64,
    pub(super) dir: Option<PathBuf>,
    pub(super) is_kept: bool,
    pub(super) json: bool,
}

/// What one stretch of writing took.
#[derive(Clone, Copy, Debug, Default)]
struct Written {
    rows: u64,
    frames: u64,
    took: Duration,
}

impl StoreBench {
    pub(super) fn run(&self) -> Result<bool, Failure> {
        let place = Place::new(self.dir.as_deref(), "citymirror-bench-store", self.is_kept)?;
        // What an earlier run left would be counted as written now.
        for name in ["rows", "chunks"] {
            let folder = place.join(name);
            if folder.exists() {
                std::fs::remove_dir_all(folder)?;
            }
        }
        let figures = runtime()?.block_on(async {
            let mut figures = vec![self.rows(&place).await?];
            figures.extend(self.chunks(&place).await?);
            Ok::<Vec<Figure>, Failure>(figures)
        })?;
        end_progress();
        for figure in &figures {
            figure.tell(self.json);
        }
        Ok(figures.iter().all(Figure::holds))
    }

    /// Single frames against prepared inserts of plain SQLite.
    async fn rows(&self, place: &Place) -> Result<Figure, Failure> {
        let folder = place.join("rows");
        let (store, numbers) = open_city(&folder, self.sensors).await?;
        let mut readings = Readings::new(self.sensors, FIRST_MS, PERIOD_MS);
        let (mut all, mut step) = (Vec::with_capacity(ROWS), Vec::new());
        while all.len() < ROWS {
            readings.step(&numbers, &mut step);
            all.extend_from_slice(&step);
        }
        all.truncate(ROWS);
        progress("rows: into the history");
        let before = weight(&folder)?;
        let begun = instant();
        for frame in all.chunks(FRAME) {
            store.history().append(frame).await?;
        }
        let ours = begun.elapsed();
        let bytes = weight(&folder)?.saturating_sub(before);
        store.close().await;

        progress("rows: into plain SQLite");
        let file = place.join("raw.db");
        // Its log lies beside it under two more names.
        for ending in ["db", "db-wal", "db-shm"] {
            std::fs::remove_file(file.with_extension(ending)).ok();
        }
        let plain: Vec<PlainRow> = all
            .iter()
            .map(|row| (i64::from(row.series), row.happened_at, row.value, 0))
            .collect();
        let begun = instant();
        insert_rows(&file, &plain, FRAME)?;
        let theirs = begun.elapsed();
        let limit = plain_write(&place.join("plain"), bytes, (ROWS / FRAME) as u64)?;
        Ok(Figure {
            measure: MEASURE,
            name: format!("durable rows, {FRAME} a frame"),
            value: per_s(ROWS as u64, ours),
            unit: "rows/s",
            limit: Some(per_s(ROWS as u64, limit)),
            peer: Some(("SQLite inserts".into(), per_s(ROWS as u64, theirs))),
            must: Some(0.8),
            goal: Some(1.0),
            is_rate: true,
            notes: vec![("rows", json!(ROWS)), ("bytes", json!(bytes))],
        })
    }

    /// Appending and sealing together, what an observation weighs and allocates, and playing it all.
    async fn chunks(&self, place: &Place) -> Result<Vec<Figure>, Failure> {
        let folder = place.join("chunks");
        let mut readings = Readings::new(self.sensors, FIRST_MS, PERIOD_MS);
        let (store, numbers) = open_city(&folder, self.sensors).await?;
        let warm = write(&store, &mut readings, &numbers, WARM_UP).await?;
        seal_all(&store, &readings).await?;
        store.close().await;
        let history = folder.join("history");
        let before = weight(&history)?;

        let store = open_cache(&folder).await?;
        let mut written = write(&store, &mut readings, &numbers, self.observations).await?;
        let (counted, allocated) =
            allocated_during(write(&store, &mut readings, &numbers, COUNTED)).await;
        let counted = counted?;
        let sealed = seal_all(&store, &readings).await?;
        written.took += counted.took + sealed;
        written.rows += counted.rows;
        written.frames += counted.frames;
        store.close().await;

        let after = weight(&history)?;
        let bytes = after.saturating_sub(before);
        let limit = plain_write(&place.join("plain"), bytes, written.frames)?;
        let all = warm.rows + written.rows;
        let sample = vec![
            ("observations", json!(written.rows)),
            ("sensors", json!(self.sensors)),
        ];
        let mut rate = at_least(
            MEASURE,
            "durable observations, sealed into chunks".into(),
            per_s(written.rows, written.took),
            2_000_000.0,
            5_000_000.0,
        );
        rate.unit = "obs/s";
        rate.limit = Some(per_s(written.rows, limit));
        rate.notes.clone_from(&sample);
        let mut size = at_most(
            MEASURE,
            "weight of an observation on disk".into(),
            bytes as f64 / written.rows.max(1) as f64,
            4.0,
            3.0,
        );
        size.unit = "B";
        size.notes = sample;
        size.notes
            .push(("with_free_pages_b", json!(after as f64 / all.max(1) as f64)));
        let mut heap = at_most(
            MEASURE,
            // What is left belongs to frames and chunks: SQL statements, a chunk's bytes. No loop over observations allocates.
            "heap allocations per observation, sealing included".into(),
            allocated.count as f64 / counted.rows.max(1) as f64,
            0.01,
            0.001,
        );
        heap.unit = "";
        heap.notes = vec![
            ("observations", json!(counted.rows)),
            ("frames", json!(counted.frames)),
            ("allocations", json!(allocated.count)),
            ("bytes", json!(allocated.bytes)),
        ];
        let played = self.playback(&folder, all, readings.now_ms()).await?;
        Ok(vec![rate, size, heap, played, self.memory(&numbers)])
    }

    /// Plays everything that was written, frame by frame.
    async fn playback(&self, folder: &Path, written: u64, end_ms: i64) -> Result<Figure, Failure> {
        let store = open_cache(folder).await?;
        let history = store.history();
        let mut columns = Columns::new();
        let mut rows: Vec<Row> = Vec::new();
        let end = UtcMillis(end_ms + PERIOD_MS as i64);
        let (mut at, mut seen) = (UtcMillis(FIRST_MS - 1), 0_u64);
        let span_s = end.seconds_since(at);
        let mut slowest = Duration::ZERO;
        let begun = instant();
        while at < end {
            let next = UtcMillis((at.0 + PLAYED_STEP_MS).min(end.0));
            let frame = instant();
            history.changes_between(at, next, &mut rows).await?;
            for row in &rows {
                columns.set(row);
            }
            slowest = slowest.max(frame.elapsed());
            seen += rows.len() as u64;
            at = next;
        }
        let took = begun.elapsed();
        let mut asked = Columns::new();
        store.state_at(end, Knowledge::Now, &mut asked).await?;
        let is_equal = store.state_hash(&asked) == store.state_hash(&columns);
        store.close().await;
        if seen != written || !is_equal {
            return Err(format!(
                "playing skips: {seen} of {written} changes seen, the state at the end is {}",
                if is_equal { "the same" } else { "another" }
            )
            .into());
        }
        let mut figure = at_least(
            MEASURE,
            "playback, no change skipped".into(),
            span_s / took.as_secs_f64().max(1e-9),
            300.0,
            1_000.0,
        );
        figure.unit = "× real time";
        figure.notes = vec![
            ("changes", json!(seen)),
            ("changes_per_city_second", json!(seen as f64 / span_s)),
            ("slowest_frame_ms", json!(slowest.as_secs_f64() * 1_000.0)),
        ];
        Ok(figure)
    }

    /// Latest state in columns, without a disk.
    fn memory(&self, numbers: &[u32]) -> Figure {
        const STEPS: usize = 100;
        let mut readings = Readings::new(self.sensors, FIRST_MS, PERIOD_MS);
        let mut columns = Columns::new();
        let (mut rows, mut count, mut took) = (Vec::new(), 0, Duration::ZERO);
        for _ in 0..STEPS {
            readings.step(numbers, &mut rows);
            let begun = instant();
            for row in &rows {
                columns.put(row);
            }
            took += begun.elapsed();
            count += rows.len() as u64;
        }
        Figure {
            measure: MEASURE,
            name: "latest state in columns, in memory".into(),
            value: per_s(count, took),
            unit: "obs/s",
            is_rate: true,
            notes: vec![("series", json!(values_in(&columns)))],
            ..Figure::default()
        }
    }
}

/// Appends and seals, as the desk does, until `count` observations are written. City time is the wall time.
async fn write(
    store: &Store,
    readings: &mut Readings,
    numbers: &[u32],
    count: u64,
) -> Result<Written, Failure> {
    let mut written = Written::default();
    let mut rows = Vec::new();
    while written.rows < count {
        readings.step(numbers, &mut rows);
        let begun = instant();
        store.history().append(&rows).await?;
        store
            .history()
            .seal(UtcMillis(readings.now_ms()), false)
            .await?;
        written.took += begun.elapsed();
        written.rows += rows.len() as u64;
        written.frames += 1;
        if written.frames.is_multiple_of(20) {
            progress(&format!("chunks: {} of {count}", written.rows));
        }
    }
    Ok(written)
}

async fn seal_all(store: &Store, readings: &Readings) -> Result<Duration, Failure> {
    let begun = instant();
    store
        .history()
        .seal(UtcMillis(readings.now_ms()), true)
        .await?;
    Ok(begun.elapsed())
}

fn per_s(count: u64, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64().max(1e-9)
}
