//! Drills: desks and a hub on a simulated network in which everything breaks, replayed exactly from a seed.
//!
//! One hub and some desks run the real ledger with its real doors, and the real [`Exchange`](cim_sync::exchange::Exchange);
//! only the network, the disks and the clocks are simulated ([turmoil]). After a while everything is mended; then
//! nothing may be lost, nothing doubled, and all have the same.
//!
//! [`run_drill`] builds a runtime of its own: call it outside of one.

mod check;
mod desk;
mod hub;
mod plan;
mod run;
mod wire;

use cim_model::{TimeSource, UtcMillis};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

pub use run::{DrillSettings, run_drill};

/// The hub's name on the simulated network.
const HUB: &str = "hub";
/// Its HTTP door.
const HTTP_PORT: u16 = 8090;
/// Where desks hear the live road.
const DESK_PORT: u16 = 9000;
/// When everything is mended, in milliseconds after the start.
const HEAL_MS: i64 = 76_000;
/// 2026-01-01T00:00:00Z in UTC milliseconds: where the right time begins, give or take a minute.
const START_MS: i64 = 1_767_225_600_000;

fn desk_name(index: usize) -> String {
    format!("desk-{index}")
}

/// What came of one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DrillReport {
    /// The seed that decided everything.
    pub seed: u64,
    /// What is not where it should be: facts, observations.
    pub lost: Vec<String>,
    /// What is there more than once.
    pub doubled: Vec<String>,
    /// What is there and should not be, or differs, or took too long.
    pub wrong: Vec<String>,
    /// A hash over everything that happened, in order. The same seed gives the same.
    pub trace_hash: u64,
    /// What happened, line by line; empty unless it was asked for.
    pub trace: Vec<String>,
    /// How many facts officers made.
    pub facts: u64,
    /// How many observations the sources reported.
    pub observations: u64,
    /// Simulated milliseconds between the mending and the moment in which all had the same; `None` when they never had.
    pub healed_ms: Option<u64>,
}

impl DrillReport {
    /// Whether nothing was lost, doubled or wrong.
    pub fn holds(&self) -> bool {
        self.lost.is_empty() && self.doubled.is_empty() && self.wrong.is_empty()
    }

    /// All complaints in one line.
    pub fn complaints(&self) -> String {
        let of = |word: &str, list: &[String]| {
            let list = list.iter().map(|what| format!("{word}: {what}"));
            list.collect::<Vec<_>>()
        };
        let mut all = of("lost", &self.lost);
        all.extend(of("doubled", &self.doubled));
        all.extend(of("wrong", &self.wrong));
        all.join("; ")
    }
}

/// The right time of a run.
#[derive(Debug)]
struct Moments {
    start: i64,
    since_start: AtomicI64,
    healed: AtomicBool,
}

impl Moments {
    fn new(offset_ms: i64) -> Self {
        Self {
            start: START_MS + offset_ms,
            since_start: AtomicI64::new(0),
            healed: AtomicBool::new(false),
        }
    }

    fn since_start_ms(&self) -> i64 {
        self.since_start.load(Ordering::Relaxed)
    }

    fn set(&self, since_start_ms: i64) {
        self.since_start.store(since_start_ms, Ordering::Relaxed);
    }

    /// Whether nothing breaks any more.
    fn is_healed(&self) -> bool {
        self.healed.load(Ordering::Relaxed)
    }

    fn heal(&self) {
        self.healed.store(true, Ordering::Relaxed);
    }
}

impl TimeSource for Moments {
    fn now(&self) -> UtcMillis {
        UtcMillis(self.start + self.since_start_ms())
    }
}

/// What happened.
#[derive(Debug)]
struct Trace {
    hash: u64,
    lines: Option<Vec<String>>,
}

impl Trace {
    fn new(keeps_lines: bool) -> Self {
        Self {
            hash: 0xcbf2_9ce4_8422_2325,
            lines: keeps_lines.then(Vec::new),
        }
    }

    fn note(&mut self, time: &Moments, text: &str) {
        let line = format!("{:9.3} {text}", time.since_start_ms() as f64 / 1_000.0);
        // FNV-1a, 64 bits.
        for byte in line.bytes().chain([b'\n']) {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        if let Some(lines) = &mut self.lines {
            lines.push(line);
        }
    }
}
