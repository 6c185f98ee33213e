//! `cim bench ingest`: how many observations a second the hub's PostgreSQL takes in and keeps safe, beside what the
//! same server takes by bare `COPY` in the same run.

use super::figure::Figure;
use crate::{
    Failure,
    dice::Dice,
    host::{end_progress, instant, progress, runtime, say},
};
use cim_hub::{IngestProbe, StoreAddress, TrialServer};
use cim_model::UtcMillis;
use serde_json::json;

/// Sources that report once a minute.
const SERIES: i64 = 20_000;
/// Rows of one batch: what a hub gathers while it stores the batch before.
const BATCH: usize = 10_000;
/// Batches that are measured, and batches before them that are not: the first ones make partitions and warm caches.
const BATCHES: usize = 200;
const WARM_UP: usize = 20;
/// Processes that store at once.
const WRITERS: usize = 2;
/// Noon of 22 November 2026.
const FIRST_MS: i64 = 1_795_348_800_000;
/// What must be stored, and what should be, observations a second.
const MUST: f64 = 50_000.0;
const GOAL: f64 = 100_000.0;

/// Measures how fast the hub's PostgreSQL takes observations in.
pub(crate) struct IngestBench {
    /// An empty database; without one a private server is started.
    pub(crate) url: Option<String>,
    pub(crate) json: bool,
}

impl IngestBench {
    /// Measures, prints, and says whether the figure is as good as it must be.
    pub(crate) fn run(self) -> Result<bool, Failure> {
        runtime()?.block_on(self.measure())
    }

    async fn measure(self) -> Result<bool, Failure> {
        let (server, url) = if let Some(url) = self.url {
            (None, url)
        } else {
            let folder =
                std::env::temp_dir().join(format!("cim-bench-ingest-{}", std::process::id()));
            let server = match TrialServer::start(&folder, true) {
                Ok(server) => server,
                Err(reason) => {
                    say(&format!("skipped: {reason}"));
                    return Ok(true);
                }
            };
            let url = server.make_database("city")?;
            (Some(server), url)
        };
        let address = StoreAddress::from_url(&url).ok_or("--database-url is not postgres://…")?;
        let mut probes = Vec::new();
        for _ in 0..WRITERS {
            probes.push(IngestProbe::open(&address).await?);
        }
        let batches: Vec<Batch> = batches();
        let hub = take_in(&probes, &batches).await?;
        let bare = copy(&probes, &batches).await?;
        let read = read(&probes).await?;
        for probe in probes {
            probe.close().await?;
        }
        drop(server);
        let rows = (BATCHES * BATCH) as f64;
        let ingest = Figure {
            measure: "ingest",
            name: "hub ingest, PostgreSQL, durable".to_owned(),
            value: hub,
            unit: "obs/s",
            limit: Some(bare),
            peer: Some(("must".to_owned(), MUST)),
            must: Some(1.0),
            goal: Some(GOAL / MUST),
            is_rate: true,
            notes: vec![
                ("rows", json!(rows)),
                ("writers", json!(WRITERS)),
                ("batch", json!(BATCH)),
                ("of_bare_copy", json!(hub / bare.max(1.0))),
            ],
        };
        let reading = Figure {
            measure: "ingest",
            name: "reading them back, page by page".to_owned(),
            value: read,
            unit: "obs/s",
            is_rate: true,
            ..Figure::default()
        };
        ingest.tell(self.json);
        reading.tell(self.json);
        Ok(ingest.holds())
    }
}

type Batch = Vec<(i64, i64, f64)>;

/// What sources send minute after minute, in the order of the moments.
fn batches() -> Vec<Batch> {
    let mut dice = Dice::new(11);
    let mut number = 0_i64;
    let mut made = Vec::with_capacity(WARM_UP + BATCHES);
    for _ in 0..WARM_UP + BATCHES {
        let mut batch = Vec::with_capacity(BATCH);
        for _ in 0..BATCH {
            let (minute, series) = (number / SERIES, number % SERIES);
            let time = FIRST_MS + minute * 60_000 + series * 3;
            // Values as instruments give them: two decimals.
            batch.push((series + 1, time, dice.millis_below(10_000) as f64 / 100.0));
            number += 1;
        }
        made.push(batch);
    }
    made
}

/// Stores the batches, `WRITERS` at a time, and gives the rate.
async fn take_in(probes: &[IngestProbe], batches: &[Batch]) -> Result<f64, Failure> {
    let (warm, measured) = batches.split_at_checked(WARM_UP).ok_or("too few batches")?;
    let first = probes.first().ok_or("no writer")?;
    for batch in warm {
        first.append(batch).await?;
    }
    let begun = instant();
    let mut stored = 0;
    for (done, some) in measured.chunks(WRITERS).enumerate() {
        let [one, two] = probes else {
            return Err("two writers are measured".into());
        };
        let (left, right) = match some {
            [left, right] => tokio::try_join!(one.append(left), two.append(right))?,
            [left] => (one.append(left).await?, 0),
            _ => (0, 0),
        };
        stored += left + right;
        if done % 10 == 0 {
            progress(&format!("{stored} observations stored"));
        }
    }
    end_progress();
    let expected = (measured.len() * BATCH) as u64;
    if stored != expected {
        return Err(format!("{stored} of {expected} observations were stored").into());
    }
    Ok(stored as f64 / begun.elapsed().as_secs_f64())
}

/// Copies the same batches into a table without an index, and gives the rate.
async fn copy(probes: &[IngestProbe], batches: &[Batch]) -> Result<f64, Failure> {
    let measured = batches.get(WARM_UP..).unwrap_or_default();
    let [one, two] = probes else {
        return Err("two writers are measured".into());
    };
    let begun = instant();
    let mut copied = 0;
    for some in measured.chunks(WRITERS) {
        let (left, right) = match some {
            [left, right] => tokio::try_join!(one.copy_bare(left), two.copy_bare(right))?,
            [left] => (one.copy_bare(left).await?, None),
            _ => (None, None),
        };
        copied += left.unwrap_or_default() + right.unwrap_or_default();
    }
    Ok(copied as f64 / begun.elapsed().as_secs_f64())
}

async fn read(probes: &[IngestProbe]) -> Result<f64, Failure> {
    let first = probes.first().ok_or("no writer")?;
    let begun = instant();
    let rows = first
        .read_all(UtcMillis(FIRST_MS), UtcMillis(FIRST_MS + 86_400_000))
        .await?;
    Ok(rows as f64 / begun.elapsed().as_secs_f64())
}
