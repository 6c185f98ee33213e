//! `cim torture store --faults`: one operation on the store's files fails, each way in turn, each operation in turn.
//!
//! What the store refuses stays in the caller's hands; once the disk is well it is taken, at the latest at the second try.
//! What was acknowledged is there after reopening. Nothing panics.

use super::{
    Outcome,
    power::workload::{self, Act, Found, Truth},
};
use crate::{
    Failure as Trouble,
    host::{progress, runtime, say},
};
use cim_disk::{Failure, Watch};
use cim_store::{Columns, Knowledge, Store, StoreError};
use serde_json::json;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

/// Acts of one run.
const ACTS: u64 = 60;
/// Acts that go on while the disk fails.
const ACTS_WHILE_FAILING: u64 = 6;
/// Tries that a refused act may need once the disk is well.
const TRIES: u32 = 2;

/// What one run showed.
#[derive(Debug, Default)]
struct Run {
    found: Found,
    /// True when the failure was met at all.
    is_met: bool,
    /// Acts that the store refused.
    refused: u64,
    /// Errors that name another trouble than the disk has.
    misnamed: u64,
    /// Acts that were refused again by a disk that is well.
    stuck: u64,
}

/// Lets `count` operations fail, from that of `seed` on.
pub(super) fn run(count: u32, seed: u64, dir: &Path) -> Result<Outcome, Trouble> {
    cim_disk::register()?;
    let runtime = runtime()?;
    let folder = dir.join("work");
    let totals = runtime.block_on(count_operations(&folder))?;
    let mut outcome = Outcome::default();
    let (mut unmet, mut refused, mut misnamed, mut stuck, mut panicked) = (0, 0, 0, 0, 0);
    for n in 0..u64::from(count) {
        progress(&format!("failing operation {n} of {count}"));
        let own = seed.wrapping_add(n);
        let kinds = Failure::ALL.len() as u64;
        let Some(&(failure, total)) = totals.get((own % kinds) as usize) else {
            continue;
        };
        let nth = 1 + (own / kinds) % total.max(1);
        outcome.runs += 1;
        let ran = catch_unwind(AssertUnwindSafe(|| {
            runtime.block_on(one(&folder, own, nth, failure))
        }));
        let is_sound = match ran {
            Ok(Ok(run)) => {
                unmet += u64::from(!run.is_met);
                refused += run.refused;
                misnamed += run.misnamed;
                stuck += run.stuck;
                outcome.add(&run.found, own) && run.misnamed + run.stuck == 0
            }
            Ok(Err(error)) => {
                outcome.wrong += 1;
                say(&format!("seed {own}, {failure:?} at {nth}: {error}"));
                false
            }
            Err(_) => {
                panicked += 1;
                false
            }
        };
        if !is_sound {
            outcome.failing_seeds.push(own);
        }
    }
    workload::clear(&folder)?;
    outcome.notes = vec![
        ("not_met".into(), json!(unmet)),
        ("refused".into(), json!(refused)),
        ("misnamed".into(), json!(misnamed)),
        ("stuck".into(), json!(stuck)),
        ("panicked".into(), json!(panicked)),
    ];
    Ok(outcome)
}

/// How many operations of a run could fail, by the way to fail.
async fn count_operations(folder: &Path) -> Result<[(Failure, u64); 6], Trouble> {
    workload::clear(folder)?;
    let watch = Watch::new(folder)?;
    let (store, _) = Store::open_on(folder, Some(cim_disk::NAME.to_owned())).await?;
    let series = workload::begin(&store).await?;
    let before = Failure::ALL.map(|failure| watch.operations_of(failure));
    let mut truth = Truth::default();
    for number in 0..ACTS {
        let act = workload::act(0, number, &series);
        workload::perform(&store, &mut truth, number, &act).await?;
    }
    let mut totals = Failure::ALL.map(|failure| (failure, watch.operations_of(failure)));
    for ((_, total), before) in totals.iter_mut().zip(before) {
        *total -= before;
    }
    store.close().await;
    Ok(totals)
}

/// One run, in which the `nth` operation that can fail that way does.
async fn one(folder: &Path, seed: u64, nth: u64, failure: Failure) -> Result<Run, Trouble> {
    workload::clear(folder)?;
    let watch = Watch::new(folder)?;
    let (store, _) = Store::open_on(folder, Some(cim_disk::NAME.to_owned())).await?;
    let series = workload::begin(&store).await?;
    let mut run = Run::default();
    let mut truth = Truth::default();
    let mut waiting: Vec<(u64, Act)> = Vec::new();
    let mut failed_acts = 0;
    watch.fail_at(nth, failure);
    for number in 0..ACTS {
        let act = workload::act(seed, number, &series);
        if let Err(error) = workload::perform(&store, &mut truth, number, &act).await {
            run.note(&error, failure, seed);
            waiting.push((number, act));
        }
        if !watch.has_failed() {
            continue;
        }
        look_while_failing(&store, &truth, number, &mut run).await;
        failed_acts += 1;
        if failed_acts == ACTS_WHILE_FAILING {
            watch.heal();
        }
        if failed_acts >= ACTS_WHILE_FAILING {
            run.stuck += take_waiting(&store, &mut truth, &mut waiting, seed).await;
        }
    }
    run.is_met = watch.has_failed();
    watch.heal();
    run.stuck += take_waiting(&store, &mut truth, &mut waiting, seed).await;
    store.close().await;
    drop(watch);

    let (store, notes) = Store::open(folder).await?;
    let shown_wrong = run.found.wrong;
    run.found = workload::compare(&store, &truth, notes, |_| true).await;
    run.found.wrong += shown_wrong;
    store.close().await;
    if failure == Failure::ShortRead && !run.found.named.is_empty() {
        // The disk lied about what it holds: setting that aside, by name, is right.
        run.found.lost = 0;
    }
    Ok(run)
}

impl Run {
    fn note(&mut self, error: &StoreError, failure: Failure, seed: u64) {
        self.refused += 1;
        let is_right = match failure {
            Failure::Full => error.is_full(),
            // Half a read looks like anything.
            Failure::ShortRead => true,
            _ => !error.is_full() && !error.is_damage(),
        };
        if !is_right {
            self.misnamed += 1;
            say(&format!("seed {seed}: {failure:?} is told as: {error}"));
        }
    }
}

/// The state while the disk fails: it may be refused, never wrong.
async fn look_while_failing(store: &Store, truth: &Truth, number: u64, run: &mut Run) {
    let mut columns = Columns::new();
    let moment = workload::now(number);
    if store
        .state_at(moment, Knowledge::Now, &mut columns)
        .await
        .is_ok()
    {
        let wrong = truth.wrong_in(&columns);
        run.found.wrong += wrong;
    }
}

/// Does what was refused, in order. How many acts a disk that is well refused to the end.
async fn take_waiting(
    store: &Store,
    truth: &mut Truth,
    waiting: &mut Vec<(u64, Act)>,
    seed: u64,
) -> u64 {
    let mut stuck = 0;
    for (number, act) in waiting.drain(..) {
        let mut tried = 0;
        while let Err(error) = workload::perform(store, truth, number, &act).await {
            tried += 1;
            if tried == TRIES {
                say(&format!("seed {seed}: still refused: {error}"));
                stuck += 1;
                break;
            }
        }
    }
    stuck
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_fail_is_survived() {
        let dir = std::env::temp_dir().join(format!("cim-faults-{}", std::process::id()));
        let outcome = run(12, 0, &dir).expect("the trial runs");
        assert_eq!(outcome.runs, 12);
        assert!(outcome.holds(), "{outcome:?}");
        std::fs::remove_dir_all(&dir).expect("removed");
    }
}
