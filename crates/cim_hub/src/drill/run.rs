//! One run: builds the network, lets the plan happen, mends everything, and looks.

use super::check;
use super::desk::{Briefing, Desk, follow};
use super::hub::{SharedHub, event, serve};
use super::plan::{EVENTS, Fault, Plan};
use super::{DrillReport, HEAL_MS, HUB, Moments, Trace, desk_name};
use crate::ledger::MemoryHub;
use cim_model::TimeSource;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use turmoil::{Builder, Sim};

/// Simulated milliseconds of one step.
const TICK_MS: i64 = 25;
/// The usual time of a message on its way, in milliseconds.
const LATENCY_MS: (u64, u64) = (2, 40);
/// How long after the mending all must have the same: five seconds, and the longest pause between two attempts.
const PATIENCE_MS: i64 = 35_000;
/// How often that is looked at.
const LOOK_MS: i64 = 250;

/// How a drill goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrillSettings {
    /// How many desks there are; at least one.
    pub desks: usize,
    /// Whether the report says all that happened, line by line.
    pub keeps_trace: bool,
}

impl Default for DrillSettings {
    fn default() -> Self {
        Self {
            desks: 3,
            keeps_trace: false,
        }
    }
}

/// Does the run that belongs to `seed`. Builds a runtime of its own: call it outside of one.
pub fn run_drill(seed: u64, settings: DrillSettings) -> DrillReport {
    let outcome = catch_unwind(AssertUnwindSafe(|| run(seed, settings)));
    let broken = |what: String| DrillReport {
        seed,
        wrong: vec![what],
        ..DrillReport::default()
    };
    match outcome {
        Ok(Ok(report)) => report,
        Ok(Err(error)) => broken(format!("the run broke off: {error}")),
        Err(panic) => {
            let words = panic.downcast_ref::<String>().map(String::as_str);
            let words = words.or_else(|| panic.downcast_ref::<&str>().copied());
            broken(format!("panic: {}", words.unwrap_or("without words")))
        }
    }
}

/// A run that is going on.
struct Running {
    sim: Sim<'static>,
    time: Arc<Moments>,
    trace: Rc<RefCell<Trace>>,
    hub: SharedHub,
    desks: Vec<Rc<RefCell<Desk>>>,
    hub_is_up: bool,
    desk_is_up: Vec<bool>,
}

fn run(seed: u64, settings: DrillSettings) -> turmoil::Result<DrillReport> {
    let plan = Plan::new(seed, settings.desks);
    let mut running = Running::begin(seed, settings, &plan)?;
    for (at, fault) in &plan.faults {
        running.until(*at)?;
        running.happen(*fault);
    }
    running.until(HEAL_MS)?;
    running.heal();
    let settled = check::settled(running.time.now());
    let mut report = DrillReport {
        seed,
        ..DrillReport::default()
    };
    while running.time.since_start_ms() < HEAL_MS + PATIENCE_MS {
        running.until(running.time.since_start_ms() + LOOK_MS)?;
        if report.healed_ms.is_none() && check::are_in_step(&running.hub, &running.desks) {
            let took = running.time.since_start_ms() - HEAL_MS;
            report.healed_ms = Some(took.unsigned_abs());
        }
        if report.healed_ms.is_some() && check::have_compared(&running.desks, settled) {
            break;
        }
    }
    check::look(&mut report, &running.hub, &running.desks, &plan, settled)?;
    let mut trace = running.trace.borrow_mut();
    trace.note(&running.time, &format!("ends: {}", report.complaints()));
    trace.note(&running.time, &running.hub.disk().memory.state_hash());
    report.trace_hash = trace.hash;
    report.trace = trace.lines.take().unwrap_or_default();
    drop(trace);
    Ok(report)
}

impl Running {
    fn begin(seed: u64, settings: DrillSettings, plan: &Plan) -> turmoil::Result<Self> {
        let time = Arc::new(Moments::new(plan.offset_ms));
        let trace = Rc::new(RefCell::new(Trace::new(settings.keeps_trace)));
        let clock: Arc<dyn TimeSource> = Arc::<Moments>::clone(&time);
        let memory = MemoryHub::new("life-1", clock);
        let runtime = tokio::runtime::Builder::new_current_thread().build()?;
        for id in EVENTS {
            runtime.block_on(memory.put_event(id, &event(id, time.now())))?;
        }
        let hub = SharedHub::new(memory);
        let mut sim = Builder::new()
            .epoch(SystemTime::UNIX_EPOCH + Duration::from_millis(time.now().0.unsigned_abs()))
            .simulation_duration(Duration::from_hours(1))
            .tick_duration(Duration::from_millis(TICK_MS.unsigned_abs()))
            .min_message_latency(Duration::from_millis(LATENCY_MS.0))
            .max_message_latency(Duration::from_millis(LATENCY_MS.1))
            .fail_rate(0.0)
            .repair_rate(0.2)
            .tcp_capacity(1024)
            .udp_capacity(1024)
            .enable_random_order()
            .rng_seed(seed)
            .build();
        let count = plan.acts.len();
        let (of_hub, of_time, of_trace) = (hub.clone(), Arc::clone(&time), Rc::clone(&trace));
        sim.host(HUB, move || {
            serve(
                of_hub.clone(),
                Arc::clone(&of_time),
                count,
                seed,
                Rc::clone(&of_trace),
            )
        });
        let mut desks = Vec::with_capacity(count);
        for index in 0..count {
            let desk = Rc::new(RefCell::new(Desk::new(index, seed, plan)));
            let briefing = Briefing {
                index,
                desk: Rc::clone(&desk),
                time: Arc::clone(&time),
                trace: Rc::clone(&trace),
                patience: Duration::from_millis(plan.patience_ms),
                doubled: plan.doubled,
                spoilt: plan.spoilt,
                starts_anew: plan.starts_anew,
            };
            sim.host(desk_name(index), move || follow(briefing.clone()));
            desks.push(desk);
        }
        Ok(Self {
            sim,
            time,
            trace,
            hub,
            desk_is_up: vec![true; desks.len()],
            desks,
            hub_is_up: true,
        })
    }

    /// Time passes.
    fn until(&mut self, ms: i64) -> turmoil::Result {
        while self.time.since_start_ms() < ms {
            self.sim.step()?;
            let now = self.sim.elapsed().as_millis() as i64;
            self.time.set(now);
        }
        Ok(())
    }

    fn happen(&mut self, fault: Fault) {
        let line = format!("{fault:?}");
        self.trace.borrow_mut().note(&self.time, &line);
        match fault {
            Fault::Partition(desk) => self.sim.partition(HUB, desk_name(desk)),
            Fault::Deaf(desk) => self.sim.partition_oneway(HUB, desk_name(desk)),
            Fault::Hold(desk) => self.sim.hold(HUB, desk_name(desk)),
            Fault::Mend(desk) => self.mend(desk),
            Fault::Loss(thousandths) => {
                self.sim.set_fail_rate(f64::from(thousandths) / 1_000.0);
            }
            Fault::Slow(desk, ms) => self.set_latency(desk, ms),
            Fault::CrashHub => self.crash_hub(),
            Fault::StartHub => self.start_hub(),
            Fault::BackUp => self.hub.back_up(),
            Fault::RestoreHub => {
                self.crash_hub();
                if self.hub.restore() {
                    self.trace
                        .borrow_mut()
                        .note(&self.time, "the hub is restored");
                }
            }
            Fault::CrashDesk(desk) => self.crash_desk(desk),
            Fault::StartDesk(desk) => self.start_desk(desk),
            Fault::Jump(desk, by_ms) => {
                if let Some(desk) = self.desks.get(desk) {
                    desk.borrow_mut().ahead_ms += by_ms;
                }
            }
        }
    }

    /// Everything is mended and runs.
    fn heal(&mut self) {
        self.time.heal();
        self.trace
            .borrow_mut()
            .note(&self.time, "everything is mended");
        self.sim.set_fail_rate(0.0);
        for desk in 0..self.desks.len() {
            self.mend(desk);
            self.set_latency(desk, LATENCY_MS.0);
            self.start_desk(desk);
        }
        self.start_hub();
    }

    fn mend(&self, desk: usize) {
        // What was held goes on; what was cut is whole.
        self.sim.release(HUB, desk_name(desk));
        self.sim.repair(HUB, desk_name(desk));
    }

    fn set_latency(&self, desk: usize, ms: u64) {
        let least = Duration::from_millis(ms);
        self.sim.set_link_latency(HUB, desk_name(desk), least);
        let most = Duration::from_millis(ms + LATENCY_MS.1);
        self.sim
            .set_link_max_message_latency(HUB, desk_name(desk), most);
    }

    fn crash_hub(&mut self) {
        if self.hub_is_up {
            self.sim.crash(HUB);
            self.hub_is_up = false;
        }
    }

    fn start_hub(&mut self) {
        if !self.hub_is_up {
            self.sim.bounce(HUB);
            self.hub_is_up = true;
        }
    }

    fn crash_desk(&mut self, desk: usize) {
        if let Some(up) = self.desk_is_up.get_mut(desk).filter(|up| **up) {
            *up = false;
            self.sim.crash(desk_name(desk));
        }
    }

    fn start_desk(&mut self, desk: usize) {
        if let Some(up) = self.desk_is_up.get_mut(desk).filter(|up| !**up) {
            *up = true;
            self.sim.bounce(desk_name(desk));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_or_doubled_and_all_have_the_same_in_the_end() {
        for seed in 0..10 {
            let report = run_drill(seed, DrillSettings::default());
            assert!(report.holds(), "seed {seed}: {}", report.complaints());
            assert!(report.facts > 10 && report.observations > 100, "{report:?}");
        }
    }

    #[test]
    fn the_same_seed_happens_the_same_way() {
        let settings = DrillSettings {
            keeps_trace: true,
            ..DrillSettings::default()
        };
        let (one, two) = (run_drill(3, settings), run_drill(3, settings));
        assert_eq!(one.trace, two.trace);
        assert_eq!(one, two);
        assert_ne!(one.trace_hash, run_drill(4, settings).trace_hash);
    }
}
