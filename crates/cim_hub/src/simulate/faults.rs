//! Faults of devices and of their lines, drawn from the seed, with the truth about them kept in a file.
//!
//! Whether a device is at fault at a moment is a pure function, so a detector can be judged against the file on any machine.

use super::model::{Sample, mix, unit};
use super::setup::Device;
use crate::error::SimulateError;
use crate::iso::iso_from_millis;
use cim_model::UtcMillis;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

const MINUTE_MS: i64 = 60_000;
/// A device has at most one fault within a window of this length.
const WINDOW_MS: i64 = 60 * MINUTE_MS;
/// Windows whose faults were told are remembered so long.
const TOLD_WINDOWS: i64 = 3;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FaultKind {
    /// The value of the beginning is repeated.
    Stuck,
    /// The value goes away steadily.
    Drift,
    /// Some values jump far.
    Spikes,
    /// Nothing is reported.
    Silence,
    /// Reports arrive late, with their true time.
    Late,
    /// The device's clock is wrong: reports arrive in time, with another time.
    ClockSkew,
    /// Reports arrive twice.
    Duplicate,
    /// Every other report arrives after the one that follows it.
    OutOfOrder,
    /// The value is in another unit.
    WrongUnit,
}

impl FaultKind {
    /// Every kind.
    pub(crate) const ALL: [Self; 9] = [
        Self::Stuck,
        Self::Drift,
        Self::Spikes,
        Self::Silence,
        Self::Late,
        Self::ClockSkew,
        Self::Duplicate,
        Self::OutOfOrder,
        Self::WrongUnit,
    ];

    /// The word in the file of the truth.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Stuck => "stuck",
            Self::Drift => "drift",
            Self::Spikes => "spikes",
            Self::Silence => "silence",
            Self::Late => "late",
            Self::ClockSkew => "clock_skew",
            Self::Duplicate => "duplicate",
            Self::OutOfOrder => "out_of_order",
            Self::WrongUnit => "wrong_unit",
        }
    }
}

/// One fault of one device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fault {
    /// What goes wrong.
    pub(crate) kind: FaultKind,
    /// When it begins.
    pub(crate) begins: UtcMillis,
    /// When it is over.
    pub(crate) ends: UtcMillis,
    /// How much: share of the value per hour for a drift, factor for spikes and units, seconds for late reports and clocks.
    pub(crate) amount: f64,
}

/// A report on its way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Report {
    /// When it is sent.
    pub(crate) sent_at: UtcMillis,
    /// The time that it carries.
    pub(crate) time: UtcMillis,
    /// What it says.
    pub(crate) sample: Sample,
}

/// How often devices have faults.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FaultPlan {
    /// Faults per device and hour, 0 to 1.
    pub(crate) rate: f64,
    /// The same seed gives the same faults.
    pub(crate) seed: u64,
}

impl FaultPlan {
    /// The fault that a device has at a moment.
    pub(crate) fn at(&self, device: &Device, moment: UtcMillis) -> Option<Fault> {
        let seed = mix(mix(self.seed, 0xFA17), device.model.seed);
        let shift = (unit(mix(seed, 1)) * WINDOW_MS as f64) as i64;
        let window = (moment.0 + shift).div_euclid(WINDOW_MS);
        let draw = |purpose: u64| unit(mix(mix(seed, purpose), window.cast_unsigned()));
        if draw(2) >= self.rate {
            return None;
        }
        let length = 10 * MINUTE_MS + (draw(3) * 30.0 * MINUTE_MS as f64) as i64;
        let begins = window * WINDOW_MS - shift + (draw(4) * (WINDOW_MS - length) as f64) as i64;
        let fault = Fault {
            kind: kind_of(draw(5)),
            begins: UtcMillis(begins),
            ends: UtcMillis(begins + length),
            amount: amount_of(kind_of(draw(5)), draw(6)),
        };
        (fault.begins..fault.ends)
            .contains(&moment)
            .then_some(fault)
    }
}

fn kind_of(drawn: f64) -> FaultKind {
    let index = (drawn * FaultKind::ALL.len() as f64) as usize;
    FaultKind::ALL
        .get(index)
        .copied()
        .unwrap_or(FaultKind::Stuck)
}

fn amount_of(kind: FaultKind, drawn: f64) -> f64 {
    let sign = if drawn < 0.5 { -1.0 } else { 1.0 };
    match kind {
        FaultKind::Drift => sign * (0.3 + 0.9 * drawn),
        FaultKind::Spikes => 3.0 + 9.0 * drawn,
        FaultKind::Late => (30.0 + 270.0 * drawn).round(),
        // A zone, a battery that ran out, or a date of the factory.
        FaultKind::ClockSkew => match drawn {
            d if d < 0.3 => 28_800.0,
            d if d < 0.6 => -420.0,
            d if d < 0.85 => 180.0,
            _ => -3.2e8,
        },
        FaultKind::WrongUnit => {
            if drawn < 0.5 {
                1000.0
            } else {
                0.001
            }
        }
        FaultKind::Stuck | FaultKind::Silence | FaultKind::Duplicate | FaultKind::OutOfOrder => 0.0,
    }
}

/// What is sent instead of the report of a moment; `value_at` is the device without the fault, `turn` counts its reports.
pub(crate) fn reports(
    fault: Option<&Fault>,
    moment: UtcMillis,
    turn: u64,
    period_ms: f64,
    value_at: impl Fn(UtcMillis) -> Option<Sample>,
) -> Vec<Report> {
    let kind = fault.map(|fault| fault.kind);
    let taken_at = match fault {
        Some(fault) if fault.kind == FaultKind::Stuck => fault.begins,
        _ => moment,
    };
    let Some(mut sample) = value_at(taken_at).filter(|_| kind != Some(FaultKind::Silence)) else {
        return Vec::new();
    };
    let (mut sent_at, mut time) = (moment, moment);
    if let Some(fault) = fault {
        match fault.kind {
            FaultKind::Drift => {
                let hours = moment.seconds_since(fault.begins) / 3600.0;
                sample.value += fault.amount * hours * sample.value.abs().max(1.0);
            }
            FaultKind::Spikes if mix(turn, 5).is_multiple_of(4) => {
                sample.value = fault.amount * (sample.value.abs() + 1.0);
            }
            FaultKind::WrongUnit => sample.value *= fault.amount,
            FaultKind::Late => sent_at = moment.plus_seconds(fault.amount),
            FaultKind::ClockSkew => time = moment.plus_seconds(fault.amount),
            FaultKind::OutOfOrder if turn.is_multiple_of(2) => {
                sent_at = moment.plus_seconds(1.5 * period_ms / 1000.0);
            }
            _ => {}
        }
        sample.value = (sample.value * 1e6).round() / 1e6;
    }
    let report = Report {
        sent_at,
        time,
        sample,
    };
    if kind == Some(FaultKind::Duplicate) {
        vec![report, report]
    } else {
        vec![report]
    }
}

/// The file of the truth: one JSON object a line for every fault, written when it first shows.
#[derive(Debug)]
pub(crate) struct Truth {
    file: File,
    path: PathBuf,
    /// Faults that were written, by datastream.
    told: BTreeMap<i64, UtcMillis>,
    is_broken: bool,
}

impl Truth {
    /// Begins a file anew.
    pub(crate) fn create(path: &Path) -> Result<Self, SimulateError> {
        let file = File::create(path).map_err(|err| SimulateError::File {
            what: "file of the truth",
            reason: err.to_string(),
            path: path.to_path_buf(),
        })?;
        Ok(Self {
            file,
            path: path.to_path_buf(),
            told: BTreeMap::new(),
            is_broken: false,
        })
    }

    /// Writes a fault of a device unless it is written already. A file that cannot be written is logged once.
    pub(crate) fn tell(&mut self, device: &Device, fault: &Fault) {
        if self.told.get(&device.datastream) == Some(&fault.begins) {
            return;
        }
        let line = json!({
            "at": iso_from_millis(fault.begins),
            "until": iso_from_millis(fault.ends),
            "fault": fault.kind.as_str(),
            "amount": fault.amount,
            "device": device.code,
            "datastream": device.datastream
        });
        if let Err(err) = writeln!(self.file, "{line}")
            && !self.is_broken
        {
            self.is_broken = true;
            tracing::warn!(reason = %err, path = %self.path.display(), "the truth about faults is not written");
        }
        self.told.insert(device.datastream, fault.begins);
        let oldest = UtcMillis(fault.begins.0 - TOLD_WINDOWS * WINDOW_MS);
        if self.told.len().is_multiple_of(10_000) {
            self.told.retain(|_, begins| *begins >= oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::kinds::Quantity;
    use super::super::model::Model;
    use super::*;
    use cim_model::Quality;
    use serde_json::Value;

    const START: UtcMillis = UtcMillis(1_760_000_000_000);

    fn device(number: i64) -> Device {
        let model = Model::new(Quantity::Sound, mix(9, number.cast_unsigned()), 1, 0);
        Device::at(number, model)
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "a source is asked by a function of this shape"
    )]
    fn plain(moment: UtcMillis) -> Option<Sample> {
        Some(Sample {
            value: 50.0 + (moment.0 / 1000 % 7) as f64,
            quality: Quality::Good,
        })
    }

    fn sent(kind: FaultKind, amount: f64) -> Vec<Report> {
        let fault = Fault {
            kind,
            begins: START,
            ends: START.plus_seconds(1800.0),
            amount,
        };
        (1..40_u64)
            .flat_map(|turn| {
                let moment = START.plus_seconds(turn as f64 * 5.0);
                reports(Some(&fault), moment, turn, 5000.0, plain)
            })
            .collect()
    }

    #[test]
    fn every_kind_of_fault_shows_in_what_is_sent() {
        let healthy: Vec<Report> = (1..40_u64)
            .flat_map(|turn| {
                reports(
                    None,
                    START.plus_seconds(turn as f64 * 5.0),
                    turn,
                    5000.0,
                    plain,
                )
            })
            .collect();
        assert_eq!(healthy.len(), 39);
        for kind in FaultKind::ALL {
            assert_ne!(sent(kind, amount_of(kind, 0.9)), healthy, "{kind:?}");
        }
        assert!(sent(FaultKind::Silence, 0.0).is_empty());
        assert_eq!(sent(FaultKind::Duplicate, 0.0).len(), 78);
        let stuck = sent(FaultKind::Stuck, 0.0);
        assert!(
            stuck
                .windows(2)
                .all(|pair| pair[0].sample == pair[1].sample)
        );
        let late = sent(FaultKind::Late, 60.0);
        assert!(
            late.iter()
                .all(|report| report.sent_at.seconds_since(report.time) > 59.0)
        );
        let skewed = sent(FaultKind::ClockSkew, -420.0);
        assert!(skewed.iter().all(|report| report.time < report.sent_at));
        let mut order = sent(FaultKind::OutOfOrder, 0.0);
        order.sort_by_key(|report| report.sent_at);
        assert!(order.windows(2).any(|pair| pair[0].time > pair[1].time));
    }

    #[test]
    fn every_kind_of_fault_is_in_the_truth_with_its_moment_and_only_once() {
        let path = std::env::temp_dir().join(format!("citymirror-truth-{}", std::process::id()));
        let plan = FaultPlan { rate: 0.5, seed: 3 };
        let mut truth = Truth::create(&path).expect("a file");
        let devices: Vec<Device> = (0..60).map(device).collect();
        for minute in 0..180 {
            let moment = START.plus_seconds(f64::from(minute) * 60.0);
            for device in &devices {
                if let Some(fault) = plan.at(device, moment) {
                    truth.tell(device, &fault);
                }
            }
        }
        let text = std::fs::read_to_string(&path).expect("lines");
        std::fs::remove_file(&path).expect("removed");
        let lines: Vec<Value> = text
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        for kind in FaultKind::ALL {
            assert!(
                lines.iter().any(|line| line["fault"] == kind.as_str()),
                "{kind:?}"
            );
        }
        let mut told = std::collections::BTreeSet::new();
        for line in &lines {
            let at = line["at"]
                .as_str()
                .and_then(crate::iso::millis_from_iso)
                .expect("a moment");
            let number = line["datastream"].as_i64().expect("a number");
            let found = plan.at(&device(number), at).expect("a fault at its moment");
            assert_eq!(found.kind.as_str(), line["fault"].as_str().expect("a word"));
            assert_eq!(
                plan.at(&device(number), UtcMillis(at.0 - 1)),
                None,
                "and not before"
            );
            assert!(told.insert((number, at)), "told once");
        }
    }

    #[test]
    fn about_so_many_devices_are_at_fault_as_were_asked_for() {
        let plan = FaultPlan { rate: 0.2, seed: 1 };
        let at_fault = (0..4000)
            .filter(|n| plan.at(&device(*n), START).is_some())
            .count();
        // A fault lasts 25 minutes of its hour on average.
        assert!((200..470).contains(&at_fault), "{at_fault}");
    }
}
