//! `cim bench`: figures, each beside what limits it, or beside a peer, in the same run.

mod decode;
mod figure;
mod memory;
mod peers;
mod tiles;
mod twin;

use crate::Failure;
use clap::{Args, ValueEnum};
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
}

/// Measure.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// What to measure.
    name: Name,
    /// The city folder (twin, tiles).
    #[arg(long, value_name = "DIR")]
    city: Option<PathBuf>,
    /// A tileset in place of the city's (tiles).
    #[arg(long, value_name = "TILESET.JSON")]
    tileset: Option<PathBuf>,
    /// Live sensors, all changing once a second (twin).
    #[arg(long, default_value_t = 2_000)]
    sensors: u32,
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
    /// Measure CesiumJS, 3DTilesRendererJS and loaders.gl in the same run (tiles).
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
    /// Print one JSON object per figure.
    #[arg(long)]
    json: bool,
}

impl Bench {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        match self.name {
            Name::Twin => twin::TwinBench {
                city: self.city.ok_or("--city DIR is missing")?,
                sensors: self.sensors,
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
            Name::TileMemory => memory::run(self.budget << 20, self.steps, self.json),
        }
    }
}
