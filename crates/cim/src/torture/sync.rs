//! `cim torture sync`: desks and a hub on a simulated network in which everything breaks, as often as wanted.

use crate::{
    Failure,
    host::{end_progress, print, progress, say},
};
use cim_hub::{DrillReport, DrillSettings, run_drill};
use clap::Args;
use serde_json::json;
use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

/// One run in so many is done twice, and must happen the same way.
const TWICE_EVERY: u64 = 50;
/// How many failing seeds are named one by one.
const MAX_NAMED: usize = 100;
/// The most runs at the same time.
const MAX_THREADS: usize = 16;

/// How many runs, and of what size.
#[derive(Debug, Args)]
pub(super) struct SyncTrials {
    /// How many seeds are run.
    #[arg(long, value_name = "N", default_value_t = 100)]
    seeds: u64,
    /// The first seed. A failing one comes again with `--seed S --seeds 1 --verbose`.
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// How many desks share the hub.
    #[arg(long, value_name = "K", default_value_t = 3)]
    desks: usize,
    /// Print all that happened in the first run.
    #[arg(long)]
    verbose: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// What came of all runs.
#[derive(Debug, Default)]
struct Tally {
    runs: u64,
    lost: u64,
    doubled: u64,
    wrong: u64,
    facts: u64,
    observations: u64,
    /// Milliseconds until all had the same, one for each run that came to it.
    healed_ms: Vec<u64>,
    /// Seeds that failed, with what is wrong.
    failing: Vec<(u64, String)>,
}

impl SyncTrials {
    /// True when nothing was lost, doubled or wrong.
    pub(super) fn run(&self) -> Result<bool, Failure> {
        if self.seeds == 0 || self.desks == 0 {
            return Err("at least one seed and one desk".into());
        }
        if self.verbose {
            self.show();
        }
        let tally = self.try_all();
        end_progress();
        let mut tally = tally?;
        tally.failing.sort_unstable();
        for (seed, complaints) in tally.failing.iter().take(MAX_NAMED) {
            say(&format!("seed {seed}: {complaints}"));
        }
        tally.tell(self.json);
        Ok(tally.holds())
    }

    fn settings(&self, keeps_trace: bool) -> DrillSettings {
        DrillSettings {
            desks: self.desks,
            keeps_trace,
        }
    }

    fn show(&self) {
        let report = run_drill(self.seed, self.settings(true));
        for line in &report.trace {
            say(line);
        }
    }

    /// Each thread takes the next seed until none is left. Which thread runs a seed changes nothing in it.
    fn try_all(&self) -> Result<Tally, Failure> {
        let next = AtomicU64::new(0);
        let tally = Mutex::new(Tally::default());
        let threads = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            let workers: Vec<_> = (0..threads.min(MAX_THREADS))
                .map(|_| scope.spawn(|| self.work(&next, &tally)))
                .collect();
            for worker in workers {
                worker
                    .join()
                    .map_err(|_panic| "a thread ended with a panic")?;
            }
            Ok::<(), &str>(())
        })?;
        Ok(tally.into_inner().unwrap_or_else(PoisonError::into_inner))
    }

    fn work(&self, next: &AtomicU64, tally: &Mutex<Tally>) {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= self.seeds {
                return;
            }
            let seed = self.seed.wrapping_add(index);
            let mut report = run_drill(seed, self.settings(false));
            if !report.holds() || index.is_multiple_of(TWICE_EVERY) {
                let again = run_drill(seed, self.settings(false));
                if again.trace_hash != report.trace_hash {
                    let words = "the same seed happened in another way".to_owned();
                    report.wrong.push(words);
                }
            }
            let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
            tally.add(&report);
            progress(&format!("{} of {} runs", tally.runs, self.seeds));
        }
    }
}

impl Tally {
    fn add(&mut self, report: &DrillReport) {
        self.runs += 1;
        self.lost += report.lost.len() as u64;
        self.doubled += report.doubled.len() as u64;
        self.wrong += report.wrong.len() as u64;
        self.facts += report.facts;
        self.observations += report.observations;
        self.healed_ms.extend(report.healed_ms);
        if !report.holds() {
            self.failing.push((report.seed, report.complaints()));
        }
    }

    fn holds(&self) -> bool {
        self.runs > 0 && self.failing.is_empty()
    }

    fn tell(&mut self, as_json: bool) {
        self.healed_ms.sort_unstable();
        let middle = self.healed_ms.get(self.healed_ms.len() / 2);
        let longest = self.healed_ms.last();
        let seeds: Vec<u64> = self.failing.iter().map(|(seed, _)| *seed).collect();
        if as_json {
            let told = json!({
                "trial": "sync", "runs": self.runs, "lost": self.lost, "doubled": self.doubled,
                "wrong": self.wrong, "failing_seeds": seeds, "facts": self.facts,
                "observations": self.observations, "healed_ms_median": middle,
                "healed_ms_max": longest, "ok": self.holds()
            });
            print(&told.to_string());
            return;
        }
        let ms = |ms: Option<&u64>| ms.map_or_else(|| "never".to_owned(), |ms| format!("{ms} ms"));
        print(&format!(
            "{} runs, {} facts, {} observations: {} lost, {} doubled, {} wrong; the same everywhere {} after the mending, at most {}; failing seeds: {seeds:?}",
            self.runs,
            self.facts,
            self.observations,
            self.lost,
            self.doubled,
            self.wrong,
            ms(middle),
            ms(longest)
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_lost_fact_is_enough_to_fail_and_its_seed_is_named() {
        let mut tally = Tally::default();
        assert!(!tally.holds(), "nothing was tried");
        let mut report = DrillReport {
            seed: 7,
            ..DrillReport::default()
        };
        tally.add(&report);
        assert!(tally.holds());
        report.lost.push("fact f1".to_owned());
        tally.add(&report);
        assert!(!tally.holds());
        assert_eq!(tally.failing, [(7, "lost: fact f1".to_owned())]);
    }
}
