//! The key figures of the city: how many, how much, how bad, and how it was an hour ago.
//!
//! Pure: readings in, figures out. Which figures a wall shows, in which words and colours, is the UI's business.

use crate::{
    readings::Readings,
    state::{SeriesRow, State},
    wire::FigureDto,
};
use cim_model::{CameraStatus, Event, EventStatus, Freshness, SensorKind, Severity, UtcMillis};

/// PM2.5 as an hourly mean, µg/m³: yellow, orange and red of the heavy-pollution scale.
const PM25_LIMITS: [(f64, Severity); 3] = [
    (150.0, Severity::Critical),
    (115.0, Severity::High),
    (75.0, Severity::Medium),
];

/// Noise beside main roads by day, dB(A): GB 3096-2008, class 4a.
const NOISE_LIMITS: [(f64, Severity); 1] = [(70.0, Severity::Medium)];

/// Shares of devices that report, percent: below these somebody should look at the network.
const ONLINE_LIMITS: [(f64, Severity); 2] = [(70.0, Severity::High), (90.0, Severity::Medium)];

/// Pollutants that share the unit of PM2.5 and are something else.
const OTHER_POLLUTANTS: [&str; 4] = ["pm10", "no2", "so2", "o3"];

/// Readings, and the moment at which they are looked at.
#[derive(Clone, Copy)]
pub(crate) struct Look<'a> {
    /// The readings.
    pub(crate) readings: Readings<'a>,
    /// The moment.
    pub(crate) at: UtcMillis,
}

/// How many alarms are active, and the worst of them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ActiveAlarms {
    /// How many.
    pub(crate) count: u32,
    /// The worst.
    pub(crate) worst: Severity,
}

/// The figures at the moment shown. `hour_ago` is absent when history does not reach back that far.
pub(crate) fn figures<'a>(
    state: &State,
    open_events: impl Iterator<Item = &'a Event>,
    active: ActiveAlarms,
    shown: Look<'_>,
    hour_ago: Option<Look<'_>>,
) -> Vec<FigureDto> {
    let hour_ago = hour_ago.filter(|look| !look.readings.is_empty());
    let mut figures = vec![
        FigureDto {
            value: Some(f64::from(active.count)),
            hour_ago: hour_ago.map(|look| f64::from(beyond_limits(state, look))),
            severity: active.worst.into(),
            ..figure("alarms_active", "", 0)
        },
        online(state, shown, hour_ago),
    ];
    for measure in MEASURES {
        // A city counts its vehicles or times them; what nobody measures is not on the board.
        if measure.kind != SensorKind::Traffic || measure.rows(state).next().is_some() {
            figures.push(measure.figure(state, shown, hour_ago));
        }
    }
    figures.push(events_open(open_events));
    figures.push(cameras_online(state));
    figures
}

/// How the values of many series become one.
#[derive(Clone, Copy, PartialEq)]
enum Fold {
    Mean,
    Sum,
    Max,
}

/// A figure made of the series of one kind.
struct Measure {
    name: &'static str,
    digits: u8,
    kind: SensorKind,
    fold: Fold,
    counts: fn(&SeriesRow) -> bool,
    limits: &'static [(f64, Severity)],
}

const MEASURES: [Measure; 6] = [
    Measure {
        name: "pm25",
        digits: 0,
        kind: SensorKind::Air,
        fold: Fold::Mean,
        counts: is_pm25,
        limits: &PM25_LIMITS,
    },
    Measure {
        name: "noise",
        digits: 1,
        kind: SensorKind::Noise,
        fold: Fold::Mean,
        counts: |series| series.datastream.unit.starts_with("dB"),
        limits: &NOISE_LIMITS,
    },
    Measure {
        name: "traffic_flow",
        digits: 0,
        kind: SensorKind::Traffic,
        fold: Fold::Mean,
        // Speeds and occupancies are no flow.
        counts: |series| !series.datastream.unit.contains("km/h") && series.datastream.unit != "%",
        limits: &[],
    },
    Measure {
        name: "traffic_speed",
        digits: 0,
        kind: SensorKind::Traffic,
        fold: Fold::Mean,
        counts: |series| series.datastream.unit.contains("km/h"),
        limits: &[],
    },
    Measure {
        name: "parking_free",
        digits: 0,
        kind: SensorKind::Parking,
        fold: Fold::Sum,
        counts: |series| series.datastream.unit != "%",
        limits: &[],
    },
    Measure {
        name: "water_level_max",
        digits: 2,
        kind: SensorKind::WaterLevel,
        fold: Fold::Max,
        counts: |_| true,
        limits: &[],
    },
];

impl Measure {
    fn figure(&self, state: &State, shown: Look<'_>, hour_ago: Option<Look<'_>>) -> FigureDto {
        // The unit of the first series; series in another unit cannot be added to it.
        let unit = self
            .rows(state)
            .next()
            .and_then(|row| Some(&state.series_at(row)?.datastream.unit));
        let folded = self.fold(state, shown, unit);
        let severity = match self.fold {
            Fold::Max => folded.of_greatest,
            Fold::Mean | Fold::Sum => folded
                .value
                .map_or(Severity::Normal, |value| reached(self.limits, value)),
        };
        FigureDto {
            value: folded.value,
            hour_ago: hour_ago.and_then(|look| self.fold(state, look, unit).value),
            severity: severity.into(),
            as_of: folded.as_of,
            ..figure(self.name, unit.map_or("", String::as_str), self.digits)
        }
    }

    /// Rows of the series that count.
    fn rows<'a>(&'a self, state: &'a State) -> impl Iterator<Item = u32> + 'a {
        let things = state
            .things()
            .iter()
            .filter(move |row| row.thing.kind == self.kind);
        things
            .flat_map(|row| row.series.iter().copied())
            .filter(move |row| state.series_at(*row).is_some_and(self.counts))
    }

    fn fold(&self, state: &State, look: Look<'_>, unit: Option<&String>) -> Folded {
        let mut folded = Folded::default();
        let (mut sum, mut count) = (0.0, 0_u32);
        let mut greatest = f64::NEG_INFINITY;
        for row in self.rows(state) {
            let same_unit = state.series_at(row).map(|series| &series.datastream.unit) == unit;
            let Some(reading) = look
                .readings
                .get(row)
                .filter(|reading| reading.value.is_finite())
            else {
                continue;
            };
            if !same_unit || state.freshness(look.readings, row, look.at) == Freshness::Missing {
                continue;
            }
            sum += reading.value;
            count += 1;
            folded.as_of = folded.as_of.max(Some(reading.happened_at.0));
            if reading.value > greatest {
                greatest = reading.value;
                folded.of_greatest = state.severity(look.readings, row);
            }
        }
        folded.value = match (count, self.fold) {
            (0, _) => None,
            (_, Fold::Mean) => Some(sum / f64::from(count)),
            (_, Fold::Sum) => Some(sum),
            (_, Fold::Max) => Some(greatest),
        };
        folded
    }
}

#[derive(Default)]
struct Folded {
    value: Option<f64>,
    as_of: Option<i64>,
    of_greatest: Severity,
}

fn online(state: &State, shown: Look<'_>, hour_ago: Option<Look<'_>>) -> FigureDto {
    let share = |look: Look<'_>| {
        let reporting = (0..state.things().len() as u32)
            .filter(|row| state.thing_state(look.readings, *row, look.at).1 != Freshness::Missing)
            .count();
        percent(reporting, state.things().len())
    };
    let value = share(shown);
    FigureDto {
        value,
        hour_ago: hour_ago.and_then(share),
        severity: value.map_or(Severity::Normal, online_severity).into(),
        as_of: shown.readings.newest().map(|at| at.0),
        ..figure("sensors_online", "%", 1)
    }
}

fn events_open<'a>(events: impl Iterator<Item = &'a Event>) -> FigureDto {
    let mut count = 0_u32;
    let mut worst = Severity::Normal;
    let mut as_of = None;
    let is_open = |event: &&Event| event.standing.is_real() && event.status != EventStatus::Closed;
    for event in events.filter(is_open) {
        count += 1;
        worst = worst.max(event.level.shown_as());
        as_of = as_of.max(Some(event.known_at.0));
    }
    // Nobody recorded which were open an hour ago.
    FigureDto {
        value: Some(f64::from(count)),
        severity: worst.into(),
        as_of,
        ..figure("events_open", "", 0)
    }
}

fn cameras_online(state: &State) -> FigureDto {
    let rows = || state.shown_cameras().map(|(row, _)| row as usize);
    let on = rows()
        .filter(|row| state.camera_status(*row) == CameraStatus::On)
        .count();
    let value = percent(on, rows().count());
    let severity = value.map_or(Severity::Normal, online_severity).into();
    FigureDto {
        value,
        severity,
        ..figure("cameras_online", "%", 1)
    }
}

/// How many series are beyond a limit.
fn beyond_limits(state: &State, look: Look<'_>) -> u32 {
    let rows = 0..state.series().len() as u32;
    rows.filter(|row| state.severity(look.readings, *row) > Severity::Normal)
        .count() as u32
}

fn figure(name: &str, unit: &str, digits: u8) -> FigureDto {
    FigureDto {
        name: name.to_owned(),
        value: None,
        unit: unit.to_owned(),
        digits,
        hour_ago: None,
        severity: Severity::Normal.into(),
        as_of: None,
    }
}

fn percent(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| 100.0 * part as f64 / whole as f64)
}

/// The severity of the first limit that `value` reaches.
fn reached(limits: &[(f64, Severity)], value: f64) -> Severity {
    limits
        .iter()
        .find(|(limit, _)| value >= *limit)
        .map_or(Severity::Normal, |(_, severity)| *severity)
}

fn online_severity(percent: f64) -> Severity {
    ONLINE_LIMITS
        .iter()
        .find(|(limit, _)| percent < *limit)
        .map_or(Severity::Normal, |(_, severity)| *severity)
}

fn is_pm25(series: &SeriesRow) -> bool {
    // The micro sign, the Greek letter, and what keyboards have.
    let micrograms = matches!(
        series.datastream.unit.as_str(),
        "µg/m³" | "μg/m³" | "µg/m3" | "μg/m3" | "ug/m3"
    );
    let property = &series.datastream.observed_property;
    micrograms
        && !OTHER_POLLUTANTS
            .iter()
            .any(|other| mentions(property, other))
}

/// True when `text` contains `word`, whatever the case of its Latin letters.
fn mentions(text: &str, word: &str) -> bool {
    text.as_bytes()
        .windows(word.len())
        .any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        events::tests::event,
        state::tests::{columns_of, gas_sensor, number, observed},
        wire::SeverityDto,
    };
    use cim_model::{Datastream, EventLevel, Observation, Standing, Thing};

    const NOW: UtcMillis = UtcMillis(10_000_000);

    fn sensor(n: u32, kind: SensorKind, property: &str, unit: &str) -> (Thing, Datastream) {
        let (thing, datastream) = gas_sensor(n);
        let datastream = Datastream {
            observed_property: property.to_owned(),
            unit: unit.to_owned(),
            ..datastream
        };
        (Thing { kind, ..thing }, datastream)
    }

    fn state_with(sensors: Vec<(Thing, Datastream)>, values: &[f64]) -> State {
        let mut state = State::default();
        let (things, datastreams) = sensors.into_iter().unzip();
        state.apply_catalogue(things, datastreams, Vec::new());
        number(&mut state);
        for (n, value) in values.iter().enumerate() {
            state.take_known(&observed(n as u32, NOW.0, *value), NOW, NOW);
        }
        state
    }

    #[track_caller]
    fn check(
        state: &State,
        hour_ago: &[Observation],
        name: &str,
        expected: (Option<f64>, Option<f64>),
    ) -> FigureDto {
        let then = columns_of(state, hour_ago);
        let shown = Look {
            readings: state.readings(),
            at: NOW,
        };
        let before = Look {
            readings: state.past_readings(&then),
            at: NOW.plus_seconds(-3600.0),
        };
        let all = figures(
            state,
            std::iter::empty(),
            ActiveAlarms::default(),
            shown,
            Some(before),
        );
        let found = all
            .into_iter()
            .find(|figure| figure.name == name)
            .expect("a figure of this name");
        assert_eq!((found.value, found.hour_ago), expected, "{name}");
        found
    }

    #[test]
    fn pm25_is_the_mean_of_its_own_series_and_not_of_other_pollutants() {
        let state = state_with(
            vec![
                sensor(0, SensorKind::Air, "PM2.5", "µg/m³"),
                sensor(1, SensorKind::Air, "PM2.5", "µg/m³"),
                sensor(2, SensorKind::Air, "PM10", "µg/m³"),
                sensor(3, SensorKind::Gas, "methane", "µg/m³"),
            ],
            &[70.0, 90.0, 500.0, 500.0],
        );
        let hour_ago = [observed(0, NOW.0 - 3_600_000, 30.0)];
        let found = check(&state, &hour_ago, "pm25", (Some(80.0), Some(30.0)));
        assert_eq!(found.severity, SeverityDto::Medium);
    }

    #[test]
    fn a_value_that_is_missing_does_not_count() {
        let mut state = state_with(
            vec![
                sensor(0, SensorKind::Parking, "free places", ""),
                sensor(1, SensorKind::Parking, "free places", ""),
            ],
            &[40.0],
        );
        state.take_known(&observed(1, NOW.0 - 600_000, 60.0), NOW, NOW);
        check(&state, &[], "parking_free", (Some(40.0), None));
        check(&state, &[], "sensors_online", (Some(50.0), None));
    }

    #[test]
    fn the_highest_water_brings_its_own_severity() {
        let state = state_with(
            vec![
                sensor(0, SensorKind::WaterLevel, "level", "m"),
                sensor(1, SensorKind::WaterLevel, "level", "m"),
                sensor(2, SensorKind::WaterLevel, "level", "cm"),
            ],
            &[2.0, 11.0, 250.0],
        );
        let found = check(&state, &[], "water_level_max", (Some(11.0), None));
        assert_eq!(
            (found.severity, found.unit.as_str()),
            (SeverityDto::Medium, "m")
        );
    }

    #[test]
    fn nothing_reports_nothing_is_said() {
        let state = State::default();
        check(&state, &[], "noise", (None, None));
        check(&state, &[], "sensors_online", (None, None));
        check(&state, &[], "cameras_online", (None, None));
    }

    #[test]
    fn closed_events_are_not_open() {
        let closed = Event {
            status: EventStatus::Closed,
            ..event(1, 0)
        };
        let open = event(2, 0);
        assert_eq!(events_open([&closed, &open].into_iter()).value, Some(1.0));
    }

    #[test]
    fn what_is_not_real_is_in_no_figure_and_gives_none_a_severity() {
        let unreal = [
            Standing::Exercise,
            Standing::System,
            Standing::Test,
            Standing::Draft,
        ];
        let told: Vec<Event> = (1..)
            .zip(unreal)
            .map(|(n, standing)| Event {
                level: EventLevel::I,
                standing,
                ..event(n, 0)
            })
            .collect();
        let figure = events_open(told.iter());
        assert_eq!(
            (figure.value, figure.severity, figure.as_of),
            (Some(0.0), SeverityDto::Normal, None)
        );
        let real = event(9, 5);
        let figure = events_open(told.iter().chain([&real]));
        assert_eq!(
            (figure.value, figure.severity),
            (Some(1.0), SeverityDto::Medium)
        );
    }
}
