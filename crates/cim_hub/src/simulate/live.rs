//! The present: every device reports once a period over MQTT, all of them spread evenly over it.
//!
//! When a report is due follows from the start and its number, so the pace doesn't drift however late a tick comes.

use super::drills::Drill;
use super::faults::{FaultPlan, Truth, reports};
use super::sender::{Outgoing, send};
use super::setup::Device;
use cim_model::{SensorKind, TimeSource, UtcMillis};
use rumqttc::AsyncClient;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The most values per second of one process.
pub(crate) const MOST_PER_S: f64 = 20_000.0;
/// The fewest.
pub(crate) const LEAST_PER_S: f64 = 0.000_1;
/// How often is looked for devices whose turn has come.
const TICK: Duration = Duration::from_millis(25);
/// The same when values travel in batches.
const BATCH_TICK: Duration = Duration::from_secs(1);
/// How long reports of a kind are held back that is to be late, seconds.
const LATE_S: f64 = 180.0;
/// Turns that were missed for so long, and for two periods, are left out.
const PATIENCE_MS: i64 = 5000;
/// Reports that are held back at the same time; beyond it the oldest are sent at once.
const MAX_HELD: usize = 100_000;

/// Whose turn it is: the `n`th report is the `n mod devices`th device's.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turns {
    /// When the first report is due.
    pub(crate) start: UtcMillis,
    /// Between two reports of a device.
    pub(crate) period_ms: f64,
    /// How many devices take turns.
    pub(crate) devices: u64,
}

impl Turns {
    /// How many reports are due up to `now`.
    fn due(&self, now: UtcMillis) -> u64 {
        let elapsed = now.0.saturating_sub(self.start.0).max(0) as f64;
        (elapsed * self.devices as f64 / self.period_ms) as u64
    }

    /// When the `n`th report is due.
    fn moment(&self, n: u64) -> UtcMillis {
        UtcMillis(self.start.0 + (n as f64 * self.period_ms / self.devices as f64) as i64)
    }

    /// The device of the `n`th report.
    fn device(&self, n: u64) -> usize {
        usize::try_from(n % self.devices.max(1)).unwrap_or(0)
    }
}

/// Makes reports of devices when their turn comes, as faults, drills and late lines leave them.
pub(crate) struct Reporter<'d> {
    /// The devices.
    pub(crate) devices: &'d [Device],
    /// Whose turn it is when.
    pub(crate) turns: Turns,
    /// Faults, when there are to be some.
    pub(crate) faults: Option<FaultPlan>,
    /// Where the truth about them goes.
    pub(crate) truth: Option<Truth>,
    /// The drill that is on.
    pub(crate) drill: Option<Drill>,
    /// Kinds whose reports come late.
    pub(crate) late: Vec<SensorKind>,
    /// Kinds that report nothing.
    pub(crate) dead: Vec<SensorKind>,
    /// Reports that are held back, by when they are sent.
    held: BTreeMap<(UtcMillis, u64), Outgoing>,
    next: u64,
    order: u64,
}

impl<'d> Reporter<'d> {
    /// Reports without faults and drills.
    pub(crate) fn new(devices: &'d [Device], turns: Turns) -> Self {
        Self {
            devices,
            turns,
            faults: None,
            truth: None,
            drill: None,
            late: Vec::new(),
            dead: Vec::new(),
            held: BTreeMap::new(),
            next: 0,
            order: 0,
        }
    }

    /// What is to be sent now, in this order.
    pub(crate) fn due(&mut self, now: UtcMillis) -> Vec<Outgoing> {
        let due = self.turns.due(now);
        let in_a_while = self.turns.due(UtcMillis(self.turns.start.0 + PATIENCE_MS));
        if due.saturating_sub(self.next) > in_a_while.max(2 * self.turns.devices) {
            // Far behind: the broker was away. Missed turns are left out.
            self.next = due - self.turns.devices;
        }
        let turns = self.next..due;
        self.next = due.max(self.next);
        self.hold(turns);
        let later = self.held.split_off(&(UtcMillis(now.0 + 1), 0));
        let mut sent: Vec<Outgoing> = std::mem::replace(&mut self.held, later)
            .into_values()
            .collect();
        while self.held.len() > MAX_HELD {
            sent.extend(self.held.pop_first().map(|(_, value)| value));
        }
        sent
    }

    fn hold(&mut self, turns: Range<u64>) {
        for n in turns {
            let Some(device) = self.devices.get(self.turns.device(n)) else {
                continue;
            };
            let kind = super::kinds::sheet(device.model.quantity).kind;
            if self.dead.contains(&kind) {
                continue;
            }
            let moment = self.turns.moment(n);
            let fault = self
                .faults
                .as_ref()
                .and_then(|plan| plan.at(device, moment));
            if let (Some(fault), Some(truth)) = (&fault, self.truth.as_mut()) {
                truth.tell(device, fault);
            }
            let drill = self.drill;
            let moved = |at: UtcMillis| {
                let sample = device.model.report(at)?;
                Some(drill.map_or((sample, false), |drill| drill.moved(device, at, sample)))
            };
            let is_exercise = moved(moment).is_some_and(|(_, is_moved)| is_moved);
            let value_at = |at: UtcMillis| moved(at).map(|(sample, _)| sample);
            let late_s = if self.late.contains(&kind) {
                LATE_S
            } else {
                0.0
            };
            let turn = n / self.turns.devices.max(1);
            for report in reports(fault.as_ref(), moment, turn, self.turns.period_ms, value_at) {
                let value = Outgoing {
                    datastream: device.datastream,
                    time: report.time,
                    sample: report.sample,
                    is_exercise,
                };
                self.order += 1;
                self.held
                    .insert((report.sent_at.plus_seconds(late_s), self.order), value);
            }
        }
    }
}

/// Publishes until stopped.
pub(crate) async fn publish(
    mut reporter: Reporter<'_>,
    batch: bool,
    client: &AsyncClient,
    time: Arc<dyn TimeSource>,
    mut stop: watch::Receiver<bool>,
) {
    let mut ticks = tokio::time::interval(if batch { BATCH_TICK } else { TICK });
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let values = reporter.due(time.now());
        tokio::select! {
            () = send(&values, batch, client) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::kinds::Quantity;
    use super::super::model::{Model, mix};
    use super::*;

    const START: UtcMillis = UtcMillis(1_760_000_000_000);

    fn devices(count: i64) -> Vec<Device> {
        (0..count)
            .map(|n| {
                let mut model = Model::new(Quantity::Sound, mix(5, n.cast_unsigned()), 1, 0);
                model.has_own_faults = false;
                Device::at(n, model)
            })
            .collect()
    }

    fn turns(devices: &[Device], per_s: f64) -> Turns {
        Turns {
            start: START,
            period_ms: 1000.0 * devices.len() as f64 / per_s,
            devices: devices.len() as u64,
        }
    }

    #[test]
    fn every_device_has_one_turn_in_a_period() {
        let turns = Turns {
            start: UtcMillis(1000),
            period_ms: 5000.0,
            devices: 2000,
        };
        assert_eq!(turns.due(UtcMillis(1000)), 0);
        assert_eq!(turns.due(UtcMillis(6000)), 2000);
        assert_eq!(turns.moment(2000), UtcMillis(6000));
        assert_eq!(turns.device(2001), 1);
        let first = turns.moment(7);
        assert!((turns.moment(2007).seconds_since(first) - 5.0).abs() < 0.002);
    }

    #[test]
    fn the_pace_does_not_drift_however_unevenly_time_passes() {
        for per_s in [MOST_PER_S, 33.3, 0.05] {
            let devices = devices(100);
            let mut reporter = Reporter::new(&devices, turns(&devices, per_s));
            let (seconds, mut sent) = (if per_s > 1000.0 { 20 } else { 2000 }, 0);
            for n in 1..=seconds {
                let shaken = (mix(1, n) % 400).cast_signed();
                sent += reporter
                    .due(UtcMillis(START.0 + n.cast_signed() * 1000 - shaken))
                    .len();
            }
            sent += reporter.due(START.plus_seconds(seconds as f64)).len();
            let wanted = (per_s * seconds as f64).floor();
            assert!((sent as f64 - wanted).abs() <= 1.0, "{sent} of {wanted}");
        }
    }

    #[test]
    fn twenty_thousand_values_a_second_are_made_by_enough_devices() {
        let devices = devices(20_000);
        let mut reporter = Reporter::new(&devices, turns(&devices, MOST_PER_S));
        let sent: usize = (1..=80)
            .map(|tick| reporter.due(UtcMillis(START.0 + tick * 25)).len())
            .sum();
        assert_eq!(sent, 40_000);
    }

    #[test]
    fn the_same_seed_and_start_give_the_same_messages() {
        let devices = devices(50);
        let run = |seed: u64| {
            let mut reporter = Reporter::new(&devices, turns(&devices, 10.0));
            reporter.faults = Some(FaultPlan { rate: 0.6, seed });
            let mut sent = Vec::new();
            for n in 1..=1200 {
                sent.extend(reporter.due(START.plus_seconds(f64::from(n))));
            }
            sent
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    }

    #[test]
    fn a_late_kind_comes_minutes_later_with_its_true_time_and_a_dead_one_never() {
        let devices = devices(10);
        let mut reporter = Reporter::new(&devices, turns(&devices, 10.0));
        reporter.late = vec![SensorKind::Noise];
        assert!(reporter.due(START.plus_seconds(1.5)).is_empty());
        let mut sent = Vec::new();
        for n in 2..200 {
            sent.extend(reporter.due(START.plus_seconds(f64::from(n))));
        }
        assert!(!sent.is_empty());
        assert!(
            sent.iter()
                .all(|value| value.time < START.plus_seconds(20.0))
        );
        reporter.dead = vec![SensorKind::Noise];
        reporter.held.clear();
        assert!(reporter.due(START.plus_seconds(900.0)).is_empty());
    }
}
