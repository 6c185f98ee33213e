//! `cim torture`: the store is killed, its disk fails, its files are flipped, the graphics device is lost; nothing acknowledged
//! may be lost and no wrong value may ever be shown.

mod child;
mod expected;
mod faults;
mod flips;
mod gpu;
mod kill;
mod plan;
mod power;
mod store;
mod sync;

pub(crate) use child::Child;

use crate::{
    Failure,
    host::{end_progress, print, say},
};
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};

/// Mistreat the product, and see whether anything is lost.
#[derive(Debug, Args)]
pub(crate) struct Torture {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The history on disk.
    Store(StoreTrials),
    /// Desks and a hub on a network in which everything breaks.
    Sync(sync::SyncTrials),
    /// The graphics device is lost while the desk goes on.
    Gpu(gpu::GpuTrials),
}

/// Which trials, and how many of each.
#[derive(Debug, Args)]
struct StoreTrials {
    /// Kill it so many times, at random moments and at named places.
    #[arg(long, value_name = "N")]
    kills: Option<u32>,
    /// Cut its power so many times: unsynced writes are dropped, torn, reordered.
    #[arg(long, value_name = "N")]
    power: Option<u32>,
    /// Let the first N operations on its files fail, one in each run.
    #[arg(long, value_name = "N")]
    faults: Option<u32>,
    /// Flip a byte of its files so many times.
    #[arg(long, value_name = "N")]
    flips: Option<u32>,
    /// Where the random numbers start. A failing seed comes again with `--seed S` and a count of 1.
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// Where the files go; a folder among the system's temporary ones by default. What failed stays there.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Print one JSON object for each kind of trial.
    #[arg(long)]
    json: bool,
}

/// What came of some trials of one kind.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Trials made.
    pub(crate) runs: u64,
    /// Things that were acknowledged and are not there.
    pub(crate) lost: u64,
    /// Things that are there more often than they were written.
    pub(crate) doubled: u64,
    /// Things that are there and were never written, or not like this.
    pub(crate) wrong: u64,
    /// Trials after which the last state took too long to be readable.
    pub(crate) slow: u64,
    /// The seeds of the trials that failed.
    pub(crate) failing_seeds: Vec<u64>,
    /// Anything else that belongs to it.
    pub(crate) notes: Vec<(String, Value)>,
}

/// A kind of trial: how many, the first seed, where its files go.
type Trial = fn(u32, u64, &Path) -> Result<Outcome, Failure>;

impl Torture {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        match self.what {
            What::Store(trials) => trials.run(),
            What::Sync(trials) => trials.run(),
            What::Gpu(trials) => trials.run(),
        }
    }
}

impl StoreTrials {
    fn run(&self) -> Result<bool, Failure> {
        let kinds: [(&str, Option<u32>, Trial); 4] = [
            ("kills", self.kills, store::run),
            ("power", self.power, power::run),
            ("faults", self.faults, faults::run),
            ("flips", self.flips, flips::run),
        ];
        if kinds.iter().all(|(_, count, _)| count.is_none()) {
            return Err("say what to do: --kills N, --power N, --faults N or --flips N".into());
        }
        let usual = std::env::temp_dir().join(format!("citymirror-torture-{}", std::process::id()));
        let folder = self.dir.as_ref().unwrap_or(&usual);
        let mut holds = true;
        for (kind, count, trial) in kinds {
            let Some(count) = count else { continue };
            let own = folder.join(kind);
            std::fs::create_dir_all(&own)?;
            let outcome = trial(count, self.seed, &own);
            end_progress();
            let outcome = outcome?;
            outcome.tell(kind, self.json);
            holds &= outcome.holds() && outcome.runs > 0;
        }
        if holds && self.dir.is_none() {
            std::fs::remove_dir_all(folder)?;
        } else if !holds {
            say(&format!("what is left of it: {}", folder.display()));
        }
        Ok(holds)
    }
}

impl Outcome {
    /// True when nothing was lost, invented, doubled or late.
    pub(crate) fn holds(&self) -> bool {
        self.lost == 0
            && self.doubled == 0
            && self.wrong == 0
            && self.slow == 0
            && self.failing_seeds.is_empty()
    }

    fn tell(&self, kind: &str, as_json: bool) {
        let mut told = Map::new();
        let mut put = |key: &str, value: Value| {
            told.insert(key.to_owned(), value);
        };
        put("trial", json!(kind));
        put("runs", json!(self.runs));
        put("lost", json!(self.lost));
        put("doubled", json!(self.doubled));
        put("wrong", json!(self.wrong));
        put("slow", json!(self.slow));
        put("failing_seeds", json!(self.failing_seeds));
        put("ok", json!(self.holds()));
        for (name, value) in &self.notes {
            put(name, value.clone());
        }
        if as_json {
            print(&Value::Object(told).to_string());
            return;
        }
        let parts: Vec<String> = told
            .iter()
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        print(&parts.join("   "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_lost_row_is_enough_to_fail() {
        let mut outcome = Outcome {
            runs: 300,
            ..Outcome::default()
        };
        assert!(outcome.holds());
        outcome.lost = 1;
        assert!(!outcome.holds());
    }
}
