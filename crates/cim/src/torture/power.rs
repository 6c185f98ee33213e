//! `cim torture store --power`: a store works on a disk that records everything; then its power is cut, over and over, at
//! random moments of that record, and what is left is opened.
//!
//! Every acknowledged row and fact must be there, since the store makes them durable before it acknowledges. The work is the
//! same for a seed, its record only nearly (SQLite salts its logs): what failed is therefore kept beside the trial's files.

pub(super) mod workload;

use super::Outcome;
use crate::{
    Failure,
    host::{progress, runtime, say},
};
use cim_disk::{Image, Trace, Watch, image};
use cim_store::Store;
use serde_json::json;
use std::{collections::BTreeSet, path::Path};
use workload::{Found, Truth};

/// Power cuts of one record.
const CUTS_PER_RECORD: u64 = 100;
/// Transactions of a record.
const ACTS: u64 = 200;

/// What a store did, and what it was told.
struct Recorded {
    number: u64,
    trace: Trace,
    truth: Truth,
}

/// Cuts the power `count` times; the first cut has the seed `seed`.
pub(super) fn run(count: u32, seed: u64, dir: &Path) -> Result<Outcome, Failure> {
    cim_disk::register()?;
    let runtime = runtime()?;
    let mut outcome = Outcome::default();
    let (mut unopened, mut named) = (0_u64, 0_u64);
    let mut recorded: Option<Recorded> = None;
    let cut = dir.join("cut");
    for n in 0..u64::from(count) {
        progress(&format!("power cut {n} of {count}"));
        let own = seed.wrapping_add(n);
        let number = own / CUTS_PER_RECORD;
        let current = match recorded.take() {
            Some(current) if current.number == number => current,
            _ => runtime.block_on(record(number, &dir.join("work")))?,
        };
        let image = image(&current.trace, own);
        workload::clear(&cut)?;
        std::fs::create_dir_all(&cut)?;
        image.write_to(&cut)?;
        outcome.runs += 1;
        let is_sound = match runtime.block_on(look(&cut, &image, &current.truth)) {
            Ok(found) => {
                named += u64::from(!found.named.is_empty());
                // A power cut changes no fact: its words count like values.
                outcome.wrong += found.changed_facts;
                outcome.add(&found, own) && found.changed_facts == 0
            }
            Err(error) => {
                unopened += 1;
                say(&format!("seed {own}: {error}"));
                false
            }
        };
        if !is_sound {
            outcome.failing_seeds.push(own);
            let kept = dir.join(format!("failed-{own}"));
            workload::clear(&kept)?;
            std::fs::create_dir_all(&kept)?;
            image.write_to(&kept)?;
        }
        recorded = Some(current);
    }
    workload::clear(&cut)?;
    workload::clear(&dir.join("work"))?;
    outcome.notes.push(("unopened".into(), json!(unopened)));
    outcome.notes.push(("named".into(), json!(named)));
    Ok(outcome)
}

/// Lets a store work on the recording disk, from its first byte to its closing.
async fn record(number: u64, folder: &Path) -> Result<Recorded, Failure> {
    workload::clear(folder)?;
    let watch = Watch::new(folder)?;
    watch.record()?;
    let (store, _) = Store::open_on(folder, Some(cim_disk::NAME.to_owned())).await?;
    let series = workload::begin(&store).await?;
    let mut truth = Truth::default();
    for act in 0..ACTS {
        let doing = workload::act(number, act, &series);
        workload::perform(&store, &mut truth, act, &doing).await?;
        watch.mark(act);
    }
    store.close().await;
    Ok(Recorded {
        number,
        trace: watch.take(),
        truth,
    })
}

/// Opens what a cut left on the platform's own disk.
async fn look(folder: &Path, image: &Image, truth: &Truth) -> Result<Found, Failure> {
    let marks: BTreeSet<u64> = image.marks.iter().copied().collect();
    let (store, notes) = Store::open(folder).await?;
    let found = workload::compare(&store, truth, notes, |act| marks.contains(&act)).await;
    store.close().await;
    Ok(found)
}

impl Outcome {
    /// Adds what was found in one trial; true when nothing is lost, doubled or wrong, and every question was answered.
    pub(super) fn add(&mut self, found: &Found, seed: u64) -> bool {
        self.lost += found.lost;
        self.doubled += found.doubled;
        self.wrong += found.wrong;
        let is_sound = found.lost + found.doubled + found.wrong == 0 && found.refused.is_empty();
        if !is_sound {
            say(&format!(
                "seed {seed}: lost {}, doubled {}, wrong {}; {}; named {:?}; refused {:?}",
                found.lost,
                found.doubled,
                found.wrong,
                found.first.as_deref().unwrap_or_default(),
                found.named,
                found.refused
            ));
        }
        is_sound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_power_cuts_lose_nothing() {
        let dir = std::env::temp_dir().join(format!("cim-power-{}", std::process::id()));
        let outcome = run(20, 0, &dir).expect("the trial runs");
        assert_eq!(outcome.runs, 20);
        assert!(outcome.holds(), "{outcome:?}");
        std::fs::remove_dir_all(&dir).expect("removed");
    }
}
