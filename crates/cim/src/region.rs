//! `cim region`: a part of a city, fetched completely, verified by hash and used without a network.

use crate::{
    Failure,
    host::{end_progress, print, progress, runtime, say},
};
use cim_app::open_tile_source;
use cim_geo::Bounds;
use cim_tiles::{RegionRequest, pack, verify};
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::PathBuf;

/// Keep a part of a city on this machine.
#[derive(Debug, Args)]
pub(crate) struct Region {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Fetch every tile of a region; run again, it goes on where it stopped.
    Pack(Pack),
    /// Compare a packed region with its hashes.
    Verify(Verify),
}

#[derive(Debug, Args)]
struct Pack {
    /// A city folder, a tileset.json, an archive (.3tz, .3dtiles), or http://…/tileset.json.
    source: String,
    /// The folder to fill.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The region: west, south, east, north in degrees. Everything by default.
    #[arg(long, value_name = "W,S,E,N", value_parser = bounds, allow_hyphen_values = true)]
    bounds: Option<Bounds>,
    /// The finest detail wanted, as geometric error in metres; 0 for all there is.
    #[arg(long, value_name = "METRES", default_value_t = 0.0)]
    max_error: f64,
    /// Print the report as one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Verify {
    /// The packed folder.
    dir: PathBuf,
    /// Print the verdict as one JSON object.
    #[arg(long)]
    json: bool,
}

impl Region {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        match self.task {
            Task::Pack(task) => task.run(),
            Task::Verify(task) => task.run(),
        }
    }
}

impl Pack {
    fn run(self) -> Result<bool, Failure> {
        let runtime = runtime()?;
        let (source, path) = open_tile_source(&self.source, None, runtime.handle())?;
        let request = RegionRequest {
            bounds: self.bounds.unwrap_or(Bounds {
                west_deg: -180.0,
                south_deg: -90.0,
                east_deg: 180.0,
                north_deg: 90.0,
            }),
            max_error_m: self.max_error,
        };
        let report = pack(source.as_ref(), &path, &request, &self.out, &mut |step| {
            progress(&format!("{} files, {} MiB", step.files, step.bytes >> 20));
        });
        end_progress();
        let report = report?;
        let problems: Vec<_> = report
            .problems
            .iter()
            .map(|problem| json!({"path": problem.source, "at": problem.place, "what": problem.reason}))
            .collect();
        if self.json {
            print(&json!({"out": self.out, "tiles": report.progress.tiles, "files": report.progress.files, "bytes": report.progress.bytes, "kept": report.progress.kept, "problems": problems}).to_string());
        } else {
            for problem in &report.problems {
                print(&format!(
                    "{}: {}: {}",
                    problem.source, problem.place, problem.reason
                ));
            }
            say(&format!(
                "{} tiles in {} files, {} bytes: {}",
                report.progress.tiles,
                report.progress.files,
                report.progress.bytes,
                self.out.display()
            ));
        }
        Ok(report.problems.is_empty())
    }
}

impl Verify {
    fn run(self) -> Result<bool, Failure> {
        let verdict = verify(&self.dir)?;
        let told: Vec<(&str, &str)> = verdict
            .missing
            .iter()
            .map(|file| (file.as_str(), "missing"))
            .chain(
                verdict
                    .changed
                    .iter()
                    .map(|file| (file.as_str(), "changed")),
            )
            .collect();
        if self.json {
            let problems: Vec<_> = told
                .iter()
                .map(|(at, what)| json!({"at": at, "what": what}))
                .collect();
            print(
                &json!({
                    "files": verdict.files, "bytes": verdict.bytes, "ok": verdict.is_whole(),
                    "was_whole": verdict.was_whole, "problems": problems,
                })
                .to_string(),
            );
        } else {
            for (file, what) in &told {
                print(&format!("{file}: {what}"));
            }
            if !verdict.was_whole {
                print("not everything could be fetched when the region was packed");
            }
            say(&format!("{} files, {} bytes", verdict.files, verdict.bytes));
        }
        Ok(verdict.is_whole())
    }
}

/// Reads `west,south,east,north`.
fn bounds(text: &str) -> Result<Bounds, String> {
    let numbers: Vec<f64> = text
        .split(',')
        .map(|number| number.trim().parse::<f64>())
        .collect::<Result<_, _>>()
        .map_err(|err| format!("'{text}' is not west,south,east,north: {err}"))?;
    match numbers.as_slice() {
        [west, south, east, north] if south < north && west < east => Ok(Bounds {
            west_deg: *west,
            south_deg: *south,
            east_deg: *east,
            north_deg: *north,
        }),
        _ => Err(format!("'{text}' is not west,south,east,north in degrees")),
    }
}
