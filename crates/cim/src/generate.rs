//! `cim generate-city`: the model district 云湖新区, invented and the same for the same seed.

use crate::{
    Failure,
    host::{end_progress, print, progress, say},
};
use cim_district::{DistrictRequest, MOST_BUILDINGS, generate};
use cim_import::Progress;
use clap::Args;
use std::path::PathBuf;

/// Make the model district: streets, buildings, green, metro, pipes, devices and cameras. Everything is invented.
#[derive(Debug, Args)]
pub(crate) struct GenerateCity {
    /// The same seed gives the same district on every machine.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Exactly how many buildings.
    #[arg(long, default_value_t = 12_000, value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST_BUILDINGS)))]
    buildings: u32,
    /// The city folder to make; replaced when it is one already.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Print the report as one JSON object on one line.
    #[arg(long)]
    json: bool,
}

impl GenerateCity {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        let request = DistrictRequest {
            seed: self.seed,
            buildings: self.buildings,
            out: self.out,
        };
        let report = generate(&request, &mut |step: Progress| {
            let of = if step.total > 0 {
                format!(" of {}", step.total)
            } else {
                String::new()
            };
            progress(&format!("{} {}{of}", step.stage, step.done));
        });
        end_progress();
        let report = report?;
        if self.json {
            print(&serde_json::to_string(&report)?);
            return Ok(true);
        }
        print(&serde_json::to_string_pretty(&report)?);
        say(&format!(
            "the district (synthetic data) is in {}",
            request.out.display()
        ));
        Ok(true)
    }
}
