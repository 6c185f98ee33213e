//! `cim bench`: figures, each beside what limits it, or beside a peer, in the same run.

mod cache;
mod decode;
mod desk;
mod figure;
mod ingest;
mod latency;
mod layers;
mod mcap_peer;
mod memory;
mod peers;
mod readings;
mod search;
mod seek;
mod store;
mod sync;
mod tiles;
mod twin;
mod video;
mod year;

pub(crate) use video::ImportChild;

use crate::Failure;
use clap::{Args, ValueEnum};
use figure::Figure;
use std::path::PathBuf;

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Name {
    /// Frame times of the twin over a city, with live sensors.
    Twin,
    /// Time until all tiles of a fixed view are shown, and megabytes of tiles decoded per second.
    Tiles,
    /// The most memory that a flight through a tileset of 100 GB takes.
    TileMemory,
    /// Writing history: rows and chunks a second, bytes and allocations per observation, playback.
    Store,
    /// Asking history: the state of a city at a random moment of a day, and a chart of a year.
    Seek,
    /// How fast the desk takes in what its hub sends.
    Sync,
    /// How many observations a second the hub's PostgreSQL takes in.
    Ingest,
    /// The live layers: changes, looks, picks, heat maps, names, panned pictures of many points, rest, a burst of events.
    Layers,
    /// From a sensor's message at the broker's socket to the changed pixel.
    Latency,
    /// Finding by name while somebody types: Chinese, pinyin, English, codes.
    Search,
    /// The alarm and event desk: a message to its row and its sound, floods, rules, an event's page, names.
    Desk,
    /// The video index: catalogues of a million channels, who sees a place, blind spots, mosaics, first pictures, rights.
    Video,
}

/// Measure.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// What to measure.
    name: Name,
    /// The city folder (twin, tiles); the model district by default (video).
    #[arg(long, value_name = "DIR")]
    city: Option<PathBuf>,
    /// A tileset in place of the city's (tiles).
    #[arg(long, value_name = "TILESET.JSON")]
    tileset: Option<PathBuf>,
    /// Sensors: 2 000 live ones by default (twin), 20 000 (store), 100 000 (seek).
    #[arg(long, value_name = "N")]
    sensors: Option<u32>,
    /// Observations that are written: 10 million by default (store), 100 million (seek).
    #[arg(long, value_name = "N")]
    observations: Option<u64>,
    /// Length of the chart's year, days (seek).
    #[arg(long, value_name = "DAYS", default_value_t = 366)]
    days: u32,
    /// Where measuring may write; among the system's temporary folders by default (store, seek, video).
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Keep what was written, and use it again the next time (seek).
    #[arg(long)]
    keep: bool,
    /// Size of the picture.
    #[arg(long, value_name = "WxH", default_value = "1280x720", value_parser = crate::host::size)]
    size: (u32, u32),
    /// Error on screen up to which a tile is good enough, px (tiles).
    #[arg(long, value_name = "PX", default_value_t = 16.0)]
    sse: f64,
    /// Where the eye looks, clockwise from north, degrees (tiles).
    #[arg(long, value_name = "DEG", default_value_t = 180.0)]
    heading: f64,
    /// How far it looks down, degrees (tiles).
    #[arg(long, value_name = "DEG", default_value_t = 20.0)]
    pitch: f64,
    /// Measure in the same run: CesiumJS, 3DTilesRendererJS and loaders.gl (tiles), deck.gl (layers).
    #[arg(long)]
    peers: bool,
    /// Where the peers are: the repository's folder tests/peers, with its packages installed.
    #[arg(long, value_name = "DIR", default_value = "tests/peers")]
    peers_dir: PathBuf,
    /// What tiles may weigh, MiB (tile-memory).
    #[arg(long, value_name = "MIB", default_value_t = 512)]
    budget: usize,
    /// Steps of the flight (tile-memory).
    #[arg(long, default_value_t = 2_000)]
    steps: u32,
    /// Points in the panned pictures, 100 000 by default (layers); names, 1 million by default (search, desk).
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    count: Option<u32>,
    /// Ten million points, too (layers).
    #[arg(long)]
    large: bool,
    /// Shorter stretches: ten seconds of burst, five of rest (layers); a tenth of the alarms and names (desk), of everything (video).
    #[arg(long)]
    quick: bool,
    /// Messages a second (latency).
    #[arg(long, value_name = "PER_S", default_value_t = 20_000.0)]
    rate: f64,
    /// How long it is measured, seconds (latency).
    #[arg(long, value_name = "S", default_value_t = 30)]
    seconds: u32,
    /// Only this part (sync, layers, desk, video).
    #[arg(long, value_name = "PART")]
    part: Option<String>,
    /// A PostgreSQL database; a private one is started otherwise (ingest).
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Print one JSON object per figure.
    #[arg(long)]
    json: bool,
}

impl Bench {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        match self.name {
            Name::Twin => twin::TwinBench {
                city: self.city.ok_or("--city DIR is missing")?,
                sensors: self.sensors.unwrap_or(2_000),
                size: self.size,
                json: self.json,
            }
            .run(),
            Name::Tiles => {
                let tileset = match (self.tileset, self.city) {
                    (Some(tileset), _) => tileset,
                    (None, Some(city)) => city.join("tileset.json"),
                    (None, None) => return Err("--tileset or --city is missing".into()),
                };
                let bench = tiles::TilesBench {
                    tileset,
                    size: self.size,
                    sse: self.sse,
                    heading_deg: self.heading,
                    pitch_deg: self.pitch,
                    peers: self.peers.then_some(self.peers_dir),
                    json: self.json,
                };
                let shown = bench.run()?;
                let decoded = decode::run(&bench)?;
                Ok(shown && decoded)
            }
            Name::Sync => sync::SyncBench {
                json: self.json,
                part: self.part,
            }
            .run(),
            Name::Ingest => ingest::IngestBench {
                url: self.database_url,
                json: self.json,
            }
            .run(),
            Name::Layers | Name::Latency | Name::Desk | Name::Video => self.run_live(),
            Name::Search => search::SearchBench {
                count: self.count.unwrap_or(1_000_000),
                json: self.json,
            }
            .run(),
            Name::TileMemory => memory::run(self.budget << 20, self.steps, self.json),
            Name::Store => store::StoreBench {
                sensors: self.sensors.unwrap_or(20_000).max(1),
                observations: self.observations.unwrap_or(10_000_000),
                dir: self.dir,
                is_kept: self.keep,
                json: self.json,
            }
            .run(),
            Name::Seek => seek::SeekBench {
                sensors: self.sensors.unwrap_or(100_000).max(1),
                observations: self.observations.unwrap_or(100_000_000),
                days: self.days.max(2),
                dir: self.dir,
                is_kept: self.keep,
                json: self.json,
            }
            .run(),
        }
    }
}

impl Bench {
    /// The benches of what lives over the city and at the desk.
    fn run_live(self) -> Result<bool, Failure> {
        if self.name == Name::Video {
            return video::VideoBench {
                city: self.city,
                size: self.size,
                dir: self.dir,
                is_quick: self.quick,
                part: self.part,
                json: self.json,
            }
            .run();
        }
        if self.name == Name::Desk {
            return desk::DeskBench {
                count: self.count.unwrap_or(1_000_000),
                is_quick: self.quick,
                part: self.part,
                json: self.json,
            }
            .run();
        }
        if self.name == Name::Latency {
            return latency::LatencyBench {
                per_s: self.rate.clamp(100.0, 100_000.0),
                seconds: self.seconds.max(1),
                size: self.size,
                json: self.json,
            }
            .run();
        }
        layers::LayersBench {
            count: self.count.unwrap_or(100_000),
            size: self.size,
            is_large: self.large,
            is_quick: self.quick,
            peers: self.peers.then_some(self.peers_dir),
            part: self.part,
            json: self.json,
        }
        .run()
    }
}

/// The value below which the `share` of `sorted` lies; 0 when there is none.
pub(crate) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let place = (share * last as f64).round() as usize;
    sorted.get(place.min(last)).copied().unwrap_or_default()
}

/// A figure that may be `most` and should be `goal`.
fn at_most(measure: &'static str, name: String, value: f64, most: f64, goal: f64) -> Figure {
    Figure {
        measure,
        name,
        value,
        peer: Some(("the most allowed".into(), most)),
        must: Some(1.0),
        goal: Some(goal / most),
        ..Figure::default()
    }
}

/// A figure that must be at least `least` and should be `goal`.
fn at_least(measure: &'static str, name: String, value: f64, least: f64, goal: f64) -> Figure {
    Figure {
        is_rate: true,
        peer: Some(("the least allowed".into(), least)),
        ..at_most(measure, name, value, least, goal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_one_of_the_values() {
        let sorted = [1.0, 2.0, 3.0, 4.0, 50.0];
        let at = |share| quantile(&sorted, share) as i32;
        assert_eq!((at(0.0), at(0.5), at(0.99), at(1.0)), (1, 3, 50, 50));
        assert_eq!(quantile(&[], 0.5) as i32, 0);
    }

    #[test]
    fn allowed_is_a_limit_on_the_side_that_hurts() {
        assert!(at_most("m", "time".into(), 59.0, 60.0, 20.0).holds());
        assert!(!at_most("m", "time".into(), 61.0, 60.0, 20.0).holds());
        assert!(at_least("m", "rate".into(), 301.0, 300.0, 1_000.0).holds());
        assert!(!at_least("m", "rate".into(), 299.0, 300.0, 1_000.0).holds());
    }
}
