//! Kills: a child writes, is killed at a random moment or at a named place, and the cache is opened again and compared.
//!
//! A cache lives through [`LIVES`] kills, so that recoveries pile up. Run `r` is life `r % LIVES` of cache `r / LIVES`: a
//! run is replayed by its number alone, the lives before it included.

use super::{
    Outcome,
    child::numbers,
    expected::{Expected, Found, Verdict},
    kill::{Order, live},
    plan,
};
use crate::{
    Failure,
    dice::Dice,
    host::{instant, progress, runtime, say},
};
use cim_model::UtcMillis;
use cim_store::{Columns, Knowledge, Store, faults};
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};
use tokio::runtime::Runtime;

/// Kills that one cache lives through.
const LIVES: u64 = 10;
/// Caches worked on at a time.
const WORKERS: usize = 2;
/// After opening a cache, the last state must be readable within this.
const READABLE_WITHIN: Duration = Duration::from_secs(1);
/// Acknowledgements before a kill, at most.
const MOST_ACKNOWLEDGEMENTS: u64 = 40;
/// How long after the last of them the kill comes, at most, µs: a few times what a transaction takes.
const LATEST_US: u64 = 12_000;

/// Kills `count` times, from run `seed` on, in the folder `dir`.
pub(super) fn run(count: u32, seed: u64, dir: &Path) -> Result<Outcome, Failure> {
    let begun = instant();
    let trial = Trial {
        dir: dir.to_owned(),
        first: seed,
        end: seed.saturating_add(u64::from(count)),
        next_cache: AtomicU64::new(seed / LIVES),
        is_broken: AtomicBool::new(false),
        tally: Mutex::default(),
    };
    let shared = &trial;
    thread::scope(|scope| {
        let workers = (0..WORKERS).map(|number| {
            thread::Builder::new()
                .name(format!("torture-{number}"))
                .spawn_scoped(scope, move || shared.work())
        });
        let workers: Vec<_> = workers.collect();
        for worker in workers {
            let done = worker.map_err(|err| err.to_string())?.join();
            done.map_err(|_panic| "a worker panicked".to_owned())??;
        }
        Ok::<(), String>(())
    })?;
    let tally = trial
        .tally
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    Ok(tally.outcome(begun.elapsed()))
}

/// What all workers share.
struct Trial {
    dir: PathBuf,
    /// The first run that counts.
    first: u64,
    /// The run before which to stop.
    end: u64,
    next_cache: AtomicU64,
    is_broken: AtomicBool,
    tally: Mutex<Tally>,
}

#[derive(Default)]
struct Tally {
    outcome: Outcome,
    died_at_points: u64,
    readable_ms: Vec<f64>,
}

impl Trial {
    fn work(&self) -> Result<(), String> {
        let worked = self.work_through();
        if worked.is_err() {
            self.is_broken.store(true, Ordering::Relaxed);
        }
        // A boxed error cannot leave its thread; its words can.
        worked.map_err(|err| err.to_string())
    }

    fn work_through(&self) -> Result<(), Failure> {
        let runtime = runtime()?;
        while !self.is_broken.load(Ordering::Relaxed) {
            let cache = self.next_cache.fetch_add(1, Ordering::Relaxed);
            if cache.saturating_mul(LIVES) >= self.end {
                break;
            }
            self.wear_out(cache, &runtime)?;
        }
        Ok(())
    }

    /// All lives of one cache; stops at the first that fails, and leaves its files then.
    fn wear_out(&self, cache: u64, runtime: &Runtime) -> Result<(), Failure> {
        let folder = self.dir.join(format!("cache-{cache}"));
        let log = self.dir.join(format!("cache-{cache}.log"));
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        let mut expected = Expected::new(cache);
        for run in cache * LIVES..self.end.min((cache + 1) * LIVES) {
            let order = order_of(run, cache, expected.next());
            let lived = live(&order, &folder, &log)?;
            expected.acknowledge(lived.next);
            let (mut verdict, readable) = runtime.block_on(inspect(&folder, &expected));
            if lived.gave_up {
                let said = fs::read_to_string(&log).unwrap_or_default();
                verdict.blame(|| format!("the child gave up: {}", said.trim()));
            }
            if run >= self.first {
                self.count(run, &verdict, readable, lived.died_at_point);
            }
            if !verdict.holds() {
                let first = verdict.first.unwrap_or_default();
                say(&format!(
                    "run {run} ({order:?}) in {}: {first}",
                    folder.display()
                ));
                return Ok(());
            }
        }
        fs::remove_dir_all(&folder)?;
        Ok(fs::remove_file(&log)?)
    }

    fn count(&self, run: u64, verdict: &Verdict, readable: Duration, died_at_point: bool) {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = &mut tally.outcome;
        outcome.runs += 1;
        outcome.lost += verdict.lost;
        outcome.doubled += verdict.doubled;
        outcome.wrong += verdict.wrong;
        let is_slow = readable > READABLE_WITHIN;
        outcome.slow += u64::from(is_slow);
        if is_slow || !verdict.holds() {
            outcome.failing_seeds.push(run);
        }
        let runs = outcome.runs;
        tally.died_at_points += u64::from(died_at_point);
        tally.readable_ms.push(readable.as_secs_f64() * 1_000.0);
        if runs.is_multiple_of(10) {
            progress(&format!("{runs} of {} kills", self.end - self.first));
        }
    }
}

impl Tally {
    fn outcome(mut self, took: Duration) -> Outcome {
        self.readable_ms.sort_by(f64::total_cmp);
        let mut outcome = self.outcome;
        outcome.failing_seeds.sort_unstable();
        let runs_per_s = outcome.runs as f64 / took.as_secs_f64().max(1e-9);
        let at = |share: f64| crate::bench::quantile(&self.readable_ms, share);
        outcome.notes = vec![
            ("died_at_points".into(), json!(self.died_at_points)),
            ("readable_p50_ms".into(), json!(at(0.5))),
            ("readable_p99_ms".into(), json!(at(0.99))),
            ("readable_max_ms".into(), json!(at(1.0))),
            ("runs_per_s".into(), json!(runs_per_s)),
        ];
        outcome
    }
}

/// When and where the child of a run dies.
fn order_of(run: u64, cache: u64, from: u64) -> Order {
    let mut dice = Dice::at(run, 0x6b69_6c6c);
    let points = faults::POINTS.iter().filter(|point| {
        // A new cache has nothing to migrate.
        !point.starts_with("in_migration")
    });
    let points: Vec<&&str> = points.collect();
    let point = points.get(dice.below(points.len() as u64) as usize);
    let nth = 1 + dice.below(20);
    let fail = point
        .filter(|_| run.is_multiple_of(2))
        .map(|point| format!("{point}:{nth}"));
    // A place is given time to be reached.
    let patience = if fail.is_some() { 2 } else { 1 };
    Order {
        seed: cache,
        from,
        fail,
        acknowledgements: dice.below(MOST_ACKNOWLEDGEMENTS * patience),
        later: Duration::from_micros(dice.below(LATEST_US)),
    }
}

/// Opens the cache, measures until the last state is there, compares everything, and asks the store what it thinks itself.
async fn inspect(folder: &Path, expected: &Expected) -> (Verdict, Duration) {
    let begun = instant();
    let mut readable = Duration::ZERO;
    let judged = async {
        let (store, notes) = Store::open(folder).await?;
        let mut state = Columns::new();
        let end = plan::now(expected.next() + 10);
        store.state_at(end, Knowledge::Now, &mut state).await?;
        readable = begun.elapsed();
        let mut verdict = match find(&store, end).await {
            Ok(found) => expected.judge(&found, &state),
            Err(err) => {
                let mut verdict = Verdict::default();
                verdict.blame(|| err.to_string());
                verdict
            }
        };
        let problems = store.check().await?;
        for problem in notes.iter().chain(&problems) {
            verdict.blame(|| problem.clone());
        }
        store.close().await;
        Ok::<Verdict, Failure>(verdict)
    };
    let verdict = judged.await.unwrap_or_else(|err| {
        let mut verdict = Verdict::default();
        verdict.lose(|| format!("the cache cannot be read: {err}"));
        verdict
    });
    (verdict, readable)
}

/// Everything that is in the cache.
async fn find(store: &Store, end: UtcMillis) -> Result<Found, Failure> {
    let mut found = Found {
        numbers: numbers(store),
        facts: store.facts_since(UtcMillis(i64::MIN)).await?,
        events: store.load().await?.events,
        ..Found::default()
    };
    let before = UtcMillis(plan::START - cim_store::DAY_MS);
    let history = store.history();
    history
        .changes_between(before, end, &mut found.rows)
        .await?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_runs_die_at_a_named_place_and_every_place_has_its_turn() {
        let orders: Vec<Order> = (0..600).map(|run| order_of(run, run / LIVES, 0)).collect();
        let at_places = orders.iter().filter(|order| order.fail.is_some()).count();
        assert_eq!(at_places, 300);
        for point in faults::POINTS
            .iter()
            .filter(|p| !p.starts_with("in_migration"))
        {
            let named = |order: &&Order| {
                let fail = order.fail.as_deref();
                fail.is_some_and(|fail| fail.split(':').next() == Some(point))
            };
            assert!(orders.iter().any(|order| named(&order)), "{point}");
        }
    }

    #[test]
    fn a_run_is_the_same_when_it_is_replayed() {
        assert_eq!(order_of(42, 4, 17), order_of(42, 4, 17));
        assert_ne!(order_of(42, 4, 17), order_of(43, 4, 17));
    }
}
