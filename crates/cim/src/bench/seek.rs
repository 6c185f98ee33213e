//! `cim bench seek`: the state of a whole city at a random moment of a day, the same question to an MCAP file, and charts.
//!
//! The day is written through the store's normal path. A question is *cold* when nothing of its chunks is unpacked yet and
//! *warm* when it was asked just before; the system may have the files in its memory either way.

use super::{
    at_most,
    cache::{FIRST_MS, Place, open_city, weight},
    figure::Figure,
    mcap_peer::{PeerFile, PeerState, PeerWriter},
    quantile,
    readings::Readings,
    year,
};
use crate::{
    Failure,
    dice::Dice,
    host::{end_progress, instant, progress, runtime, say},
    stretch::{iso, open_cache, values_in},
};
use cim_model::UtcMillis;
use cim_store::{Columns, DAY_MS, HOUR_MS, Knowledge, Row, Store};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const MEASURE: &str = "seek";
/// Random moments that are asked for.
const MOMENTS: u64 = 200;
/// Moments that are asked of the MCAP file too.
const PEER_MOMENTS: u64 = 30;
/// What the MCAP file holds: a quarter of an hour from noon on.
const PEER_FROM: i64 = FIRST_MS + 12 * HOUR_MS;
const PEER_MS: i64 = 15 * 60_000;
/// Every sensor has reported by then; the slow ones do every ten minutes or so.
const SETTLED_MS: i64 = 12 * 60_000;
/// The file that says what a kept folder holds.
const MARK: &str = "made.json";

/// Measures questions to the history.
pub(super) struct SeekBench {
    pub(super) sensors: u32,
    /// Observations of the day.
    pub(super) observations: u64,
    /// Length of the chart's year, days.
    pub(super) days: u32,
    pub(super) dir: Option<PathBuf>,
    pub(super) is_kept: bool,
    pub(super) json: bool,
}

/// The day as it lies on disk.
struct Day {
    folder: PathBuf,
    peer: PathBuf,
    /// Observations in it.
    written: u64,
}

impl SeekBench {
    pub(super) fn run(&self) -> Result<bool, Failure> {
        let name = format!(
            "citymirror-bench-seek-{}-{}",
            self.sensors, self.observations
        );
        let place = Place::new(self.dir.as_deref(), &name, self.is_kept)?;
        let figures = runtime()?.block_on(async {
            let day = self.day(&place).await?;
            let mut figures = self.moments(&day).await?;
            figures.push(self.against_peer(&day).await?);
            figures.extend(year::measure(&place, self.days).await?);
            Ok::<Vec<Figure>, Failure>(figures)
        })?;
        end_progress();
        for figure in &figures {
            figure.tell(self.json);
        }
        Ok(figures.iter().all(Figure::holds))
    }

    /// The day of an earlier run, or a new one.
    async fn day(&self, place: &Place) -> Result<Day, Failure> {
        let (folder, peer) = (place.join("day"), place.join("noon.mcap"));
        let mark = place.join(MARK);
        if let Ok(text) = std::fs::read_to_string(&mark) {
            let made: Value = serde_json::from_str(&text)?;
            let written = made["written"].as_u64().ok_or("made.json names no count")?;
            say(&format!("taken over: {written} observations"));
            return Ok(Day {
                folder,
                peer,
                written,
            });
        }
        if folder.exists() {
            // An earlier run did not get to the end.
            std::fs::remove_dir_all(&folder)?;
        }
        let begun = instant();
        let written = self.make_day(&folder, &peer).await?;
        end_progress();
        let took_s = begun.elapsed().as_secs_f64();
        say(&format!(
            "a day with {written} observations of {} sensors, written in {took_s:.0} s",
            self.sensors
        ));
        std::fs::write(&mark, json!({ "written": written }).to_string())?;
        Ok(Day {
            folder,
            peer,
            written,
        })
    }

    async fn make_day(&self, folder: &Path, peer: &Path) -> Result<u64, Failure> {
        let (store, numbers) = open_city(folder, self.sensors).await?;
        let period_ms = Readings::period_for(self.sensors, self.observations);
        let mut readings = Readings::new(self.sensors, FIRST_MS, period_ms);
        let mut writer = PeerWriter::create(peer)?;
        let mut rows = Vec::new();
        let (mut written, mut rolled) = (0, FIRST_MS);
        let end = FIRST_MS + DAY_MS;
        while readings.now_ms() < end {
            readings.step(&numbers, &mut rows);
            rows.retain(|row| row.happened_at < end);
            store.history().append(&rows).await?;
            let now = UtcMillis(readings.now_ms());
            store.history().seal(now, false).await?;
            if now.0 - rolled >= HOUR_MS {
                store.history().roll(now).await?;
                rolled = now.0;
            }
            for row in rows.iter().filter(|row| is_for_peer(row)) {
                writer.write(row)?;
            }
            written += rows.len() as u64;
            progress(&format!(
                "writing the day: {written} of {}",
                self.observations
            ));
        }
        let over = UtcMillis(end + HOUR_MS);
        store.history().seal(over, true).await?;
        store.history().roll(over).await?;
        store.close().await;
        if writer.finish()? == 0 {
            return Err("nothing was written for the MCAP file".into());
        }
        Ok(written)
    }

    fn sample(&self, day: &Day) -> Vec<(&'static str, Value)> {
        vec![
            ("sensors", json!(self.sensors)),
            ("observations_of_the_day", json!(day.written)),
        ]
    }

    /// The state at random moments.
    async fn moments(&self, day: &Day) -> Result<Vec<Figure>, Failure> {
        let store = open_cache(&day.folder).await?;
        let mut dice = Dice::new(1);
        let mut columns = Columns::new();
        let (mut cold, mut warm) = (Vec::new(), Vec::new());
        for asked in 0..MOMENTS {
            let at = FIRST_MS + SETTLED_MS + dice.millis_below(DAY_MS - SETTLED_MS);
            progress(&format!("moments: {asked} of {MOMENTS}"));
            cold.push(ask(&store, at, &mut columns).await?);
            warm.push(ask(&store, at, &mut columns).await?);
            let values = values_in(&columns);
            if values != self.sensors as usize {
                return Err(format!(
                    "at {} only {values} of {} sensors have a value",
                    iso(UtcMillis(at)),
                    self.sensors
                )
                .into());
            }
        }
        store.close().await;
        let bytes = weight(&day.folder.join("history"))?;
        let mut size = at_most(
            MEASURE,
            "weight of an observation, a whole day with its minutes".into(),
            bytes as f64 / day.written.max(1) as f64,
            4.0,
            3.0,
        );
        size.unit = "B";
        size.notes = self.sample(day);
        let mut figures = vec![size];
        for (name, mut times) in [("cold", cold), ("warm", warm)] {
            times.sort_by(f64::total_cmp);
            let mut figure = at_most(
                MEASURE,
                format!("state at a random moment, {name}, p99"),
                quantile(&times, 0.99),
                60.0,
                20.0,
            );
            figure.unit = "ms";
            figure.notes = self.sample(day);
            figure.notes.extend([
                ("p50_ms", json!(quantile(&times, 0.5))),
                ("max_ms", json!(quantile(&times, 1.0))),
                ("moments", json!(MOMENTS)),
            ]);
            figures.push(figure);
        }
        Ok(figures)
    }

    /// The state at moments after noon, from the history and from the MCAP file; both must say the same.
    async fn against_peer(&self, day: &Day) -> Result<Figure, Failure> {
        let peer = PeerFile::open(&day.peer)?;
        let (store, numbers) = open_city(&day.folder, self.sensors).await?;
        let fast: Vec<u32> = numbers
            .iter()
            .enumerate()
            .filter(|(place, _)| !Readings::is_slow(*place))
            .map(|(_, number)| *number)
            .collect();
        let mut columns = Columns::new();
        let mut state = PeerState::new(numbers.iter().copied().max().unwrap_or(0));
        let mut dice = Dice::new(2);
        let (mut ours, mut theirs, mut fast_theirs, mut read) = (vec![], vec![], vec![], 0);
        for asked in 0..PEER_MOMENTS {
            let at = PEER_FROM + SETTLED_MS + dice.millis_below(PEER_MS - SETTLED_MS);
            progress(&format!("against mcap: {asked} of {PEER_MOMENTS}"));
            ours.push(ask(&store, at, &mut columns).await?);
            let begun = instant();
            peer.state_at(at, &fast, &mut state)?;
            fast_theirs.push(begun.elapsed().as_secs_f64() * 1_000.0);
            let begun = instant();
            read += peer.state_at(at, &numbers, &mut state)?;
            theirs.push(begun.elapsed().as_secs_f64() * 1_000.0);
            compare(&columns, &state, &numbers, at)?;
        }
        store.close().await;
        for times in [&mut ours, &mut theirs, &mut fast_theirs] {
            times.sort_by(f64::total_cmp);
        }
        let mut notes = self.sample(day);
        notes.extend([
            ("mcap_messages_read", json!(read / PEER_MOMENTS)),
            ("mcap_p99_ms", json!(quantile(&theirs, 0.99))),
            ("mcap_with_slow_sensors_ms", json!(quantile(&theirs, 0.5))),
            ("mcap_bytes", json!(peer.bytes())),
            ("p99_ms", json!(quantile(&ours, 0.99))),
        ]);
        Ok(Figure {
            measure: MEASURE,
            // What reports every ten minutes makes the file's reader go back ten minutes. It is left out of the peer's task.
            name: "the same state, from mcap without slow sensors, p50".into(),
            value: quantile(&ours, 0.5),
            unit: "ms",
            peer: Some(("mcap".into(), quantile(&fast_theirs, 0.5))),
            must: Some(1.0 / 5.0),
            goal: Some(1.0 / 10.0),
            notes,
            ..Figure::default()
        })
    }
}

/// How long the state at a moment takes, ms.
async fn ask(store: &Store, at: i64, columns: &mut Columns) -> Result<f64, Failure> {
    let begun = instant();
    store
        .state_at(UtcMillis(at), Knowledge::Now, columns)
        .await?;
    Ok(begun.elapsed().as_secs_f64() * 1_000.0)
}

fn is_for_peer(row: &Row) -> bool {
    (PEER_FROM..PEER_FROM + PEER_MS).contains(&row.happened_at)
}

/// Fails when history and MCAP file tell different states.
fn compare(columns: &Columns, state: &PeerState, numbers: &[u32], at: i64) -> Result<(), Failure> {
    for number in numbers {
        let place = *number as usize;
        let ours = columns.get(*number).map(|reading| {
            (
                reading.happened_at.0,
                reading.value.to_bits(),
                reading.quality,
            )
        });
        let theirs = match (
            state.times.get(place),
            state.values.get(place),
            state.qualities.get(place),
        ) {
            (Some(time), Some(value), Some(quality)) => Some((*time, value.to_bits(), *quality)),
            _ => None,
        };
        if ours != theirs {
            return Err(format!(
                "at {} series {number} is {ours:?} in the history and {theirs:?} in the MCAP file",
                iso(UtcMillis(at))
            )
            .into());
        }
    }
    Ok(())
}
