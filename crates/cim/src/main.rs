//! The headless host: import, check, snapshot, record, play, hub, simulate, video, bench, torture. The way scripts, tests and other
//! people use us.
//!
//! Results go to stdout (`--json`: one object or JSON lines), everything else to stderr. The exit code is 0 only when what
//! was asked for holds.

mod bench;
mod certificates;
mod check;
mod counting;
mod crowd;
mod dice;
mod export;
mod generate;
mod host;
mod hub;
mod import;
mod live;
mod look;
mod play;
mod record;
mod region;
mod rules;
mod simulate;
mod snapshot;
mod soak;
mod source;
mod state;
mod stretch;
mod torture;
mod verify;
mod video;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// CityMirror without a window.
#[derive(Debug, Parser)]
#[command(name = "cim", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Bring city data in: GeoJSON and OSM files become a city folder with 3D Tiles.
    Import(import::Import),
    /// Check a city folder, a tileset or a tile.
    Check(check::Check),
    /// Invent a whole district: buildings, roads, pipes, sensors and cameras.
    GenerateCity(generate::GenerateCity),
    /// Keep a part of a city on this machine, verified by hash.
    Region(region::Region),
    /// Draw the twin into a PNG, without a window.
    Snapshot(snapshot::Snapshot),
    /// Serve a city hub on this machine.
    Hub(hub::HubCommand),
    /// Make an authority with certificates for a hub and its desks, for closed networks and drills.
    Certificates(certificates::Certificates),
    /// List and test the sources beside the hub.
    Source(source::SourceCommand),
    /// Publish a city's worth of sensors, cameras and events to a hub.
    Simulate(simulate::SimulateCommand),
    /// Follow a hub into a cache for a while; make a recording of it or of a stretch of a cache.
    Record(record::Record),
    /// Open a recording: what is in it, its states, playing it.
    Play(play::Play),
    /// Check a recording.
    Verify(verify::Verify),
    /// Write a stretch of a cache as CSV, Parquet or a recording.
    Export(export::Export),
    /// Say what a cache holds.
    State(state::State),
    /// Check rules of alarms, or try them on what was.
    Rules(rules::RulesCommand),
    /// Cameras: their catalogue, what they see, who may look.
    Video(video::VideoCommand),
    /// Measure.
    Bench(bench::Bench),
    /// Mistreat it, and see whether anything is lost.
    Torture(torture::Torture),
    /// Run it for hours, and see whether it grows.
    Soak(soak::Soak),
    /// The part of `torture store` that gets killed.
    #[command(hide = true)]
    TortureStoreChild(torture::Child),
    /// The part of `bench video` whose memory is measured.
    #[command(hide = true)]
    BenchVideoImport(bench::ImportChild),
}

/// Why a command failed, in one sentence and its causes.
type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("CITYMIRROR_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn")),
        )
        .with_writer(std::io::stderr)
        .init();
    let done = match Arguments::parse().command {
        Command::Import(command) => command.run(),
        Command::Check(command) => command.run(),
        Command::GenerateCity(command) => command.run(),
        Command::Region(command) => command.run(),
        Command::Snapshot(command) => command.run(),
        Command::Hub(command) => command.run(),
        Command::Certificates(command) => command.run(),
        Command::Source(command) => command.run(),
        Command::Simulate(command) => command.run(),
        Command::Record(command) => command.run(),
        Command::Play(command) => command.run(),
        Command::Verify(command) => command.run(),
        Command::Export(command) => command.run(),
        Command::State(command) => command.run(),
        Command::Rules(command) => command.run(),
        Command::Video(command) => command.run(),
        Command::Bench(command) => command.run(),
        Command::Torture(command) => command.run(),
        Command::Soak(command) => command.run(),
        Command::TortureStoreChild(command) => command.run(),
        Command::BenchVideoImport(command) => command.run(),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            host::say(&format!("error: {failure}"));
            let mut cause = failure.source();
            while let Some(inner) = cause {
                host::say(&format!("  because: {inner}"));
                cause = inner.source();
            }
            ExitCode::FAILURE
        }
    }
}
