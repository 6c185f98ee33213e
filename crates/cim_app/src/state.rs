//! What every device says, in columns: one row per datastream, one list of rows per thing.
//!
//! Holds the catalogue of devices and cameras, the newest readings, and, while the clock stands in the past,
//! the readings of that moment. Knows nothing of alarms, lists or symbols: they ask [`State::shown`].

use cim_geo::Geodetic;
use cim_model::{
    Camera, CameraId, Datastream, DatastreamId, Freshness, Observation, Quality, Reading, Severity,
    Thing, ThingId, UtcMillis,
};
use cim_video::{Catalogue as CameraCatalogue, Near};
use std::collections::BTreeMap;

/// The period assumed of a source that promises none, seconds.
const DEFAULT_PERIOD_S: f64 = 60.0;

/// How finely the past can be told, seconds: older history is kept by the minute.
const PAST_RESOLUTION_S: f64 = 60.0;

/// How far ahead of the desk's clock a value may lie before it is taken for an error, seconds.
const MAX_AHEAD_S: f64 = 300.0;

/// Marks a row without a reading.
const NEVER: i64 = i64::MIN;

/// A device and the rows of its series.
#[derive(Clone, Debug)]
pub(crate) struct ThingRow {
    /// The device.
    pub(crate) thing: Thing,
    /// Rows of its datastreams.
    pub(crate) series: Vec<u32>,
}

/// A datastream and the row of its device.
#[derive(Clone, Debug)]
pub(crate) struct SeriesRow {
    /// The series.
    pub(crate) datastream: Datastream,
    /// Row of its device; `None` until the hub has told of it.
    pub(crate) thing: Option<u32>,
}

/// One reading per datastream, column by column.
#[derive(Clone, Debug, Default)]
pub(crate) struct Readings {
    value: Vec<f64>,
    happened_at: Vec<i64>,
    quality: Vec<Quality>,
    /// How finely these readings tell time, seconds.
    resolution_s: f64,
}

impl Readings {
    /// The reading in `row`.
    pub(crate) fn get(&self, row: u32) -> Option<Reading> {
        let row = row as usize;
        let happened_at = *self.happened_at.get(row)?;
        if happened_at == NEVER {
            return None;
        }
        Some(Reading {
            happened_at: UtcMillis(happened_at),
            value: *self.value.get(row)?,
            quality: *self.quality.get(row)?,
        })
    }

    /// True when no row has a reading.
    pub(crate) fn is_empty(&self) -> bool {
        self.happened_at.iter().all(|at| *at == NEVER)
    }

    /// The newest moment in any row.
    pub(crate) fn newest(&self) -> Option<UtcMillis> {
        self.happened_at
            .iter()
            .copied()
            .filter(|at| *at != NEVER)
            .max()
            .map(UtcMillis)
    }

    fn grow_to(&mut self, rows: usize) {
        if self.happened_at.len() < rows {
            self.value.resize(rows, 0.0);
            self.happened_at.resize(rows, NEVER);
            self.quality.resize(rows, Quality::Good);
        }
    }

    fn put(&mut self, row: u32, observation: &Observation) {
        let row = row as usize;
        self.grow_to(row + 1);
        self.value[row] = observation.value;
        self.happened_at[row] = observation.happened_at.0;
        self.quality[row] = observation.quality;
    }
}

/// What became of an observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Applied {
    /// It is the newest of its series, which has this row.
    Newest(u32),
    /// A newer or the same one is there already.
    Older,
    /// Its series is not in the catalogue.
    UnknownSeries,
    /// It claims to come from the future.
    Ahead,
}

/// The catalogue and the readings.
#[derive(Default)]
pub(crate) struct State {
    things: Vec<ThingRow>,
    series: Vec<SeriesRow>,
    /// `None` before the first camera.
    cameras: Option<CameraCatalogue>,
    thing_rows: BTreeMap<ThingId, u32>,
    series_rows: BTreeMap<DatastreamId, u32>,
    camera_rows: BTreeMap<CameraId, u32>,
    live: Readings,
    past: Option<Readings>,
    changed: ChangedThings,
    catalogue_generation: u64,
}

impl State {
    /// Every device, by row.
    pub(crate) fn things(&self) -> &[ThingRow] {
        &self.things
    }

    /// Every series, by row.
    pub(crate) fn series(&self) -> &[SeriesRow] {
        &self.series
    }

    /// Every camera, by row.
    pub(crate) fn cameras(&self) -> &[Camera] {
        match &self.cameras {
            Some(cameras) => cameras.cameras(),
            None => &[],
        }
    }

    /// The cameras nearest to `place`, those that see it first.
    pub(crate) fn cameras_near(
        &self,
        place: Geodetic,
        how_many: usize,
        within_m: f64,
    ) -> Vec<Near<'_>> {
        self.cameras
            .as_ref()
            .map(|cameras| cameras.nearest(place, how_many, within_m))
            .unwrap_or_default()
    }

    /// Counts up whenever devices, series or cameras change.
    pub(crate) fn catalogue_generation(&self) -> u64 {
        self.catalogue_generation
    }

    /// Row of the device with this id.
    pub(crate) fn thing_row(&self, id: &str) -> Option<u32> {
        self.thing_rows.get(&ThingId::new(id)).copied()
    }

    /// Row of the camera with this id.
    pub(crate) fn camera_row(&self, id: &str) -> Option<u32> {
        self.camera_rows.get(&CameraId::new(id)).copied()
    }

    /// Row of the series with this id.
    pub(crate) fn series_row(&self, id: &DatastreamId) -> Option<u32> {
        self.series_rows.get(id).copied()
    }

    /// The device in `row`.
    pub(crate) fn thing(&self, row: u32) -> Option<&ThingRow> {
        self.things.get(row as usize)
    }

    /// The series in `row`.
    pub(crate) fn series_at(&self, row: u32) -> Option<&SeriesRow> {
        self.series.get(row as usize)
    }

    /// When the newest observation of all held.
    pub(crate) fn newest(&self) -> Option<UtcMillis> {
        self.live.newest()
    }

    /// The readings at the moment shown.
    pub(crate) fn readings(&self) -> &Readings {
        self.past.as_ref().unwrap_or(&self.live)
    }

    /// The reading of the series in `row` at the moment shown.
    pub(crate) fn shown(&self, row: u32) -> Option<Reading> {
        self.readings().get(row)
    }

    /// True while the readings of a past moment are shown.
    pub(crate) fn shows_past(&self) -> bool {
        self.past.is_some()
    }

    /// Adds what is new and replaces what is known; nothing is forgotten, so rows stay where they are.
    pub(crate) fn apply_catalogue(
        &mut self,
        things: Vec<Thing>,
        datastreams: Vec<Datastream>,
        cameras: Vec<Camera>,
    ) {
        let things_differ = self.apply_things(things);
        let series_differ = self.apply_series(datastreams);
        let cameras_differ = self.apply_cameras(cameras);
        // A hub tells its whole catalogue again after every break; mostly nothing is new.
        if things_differ || series_differ || cameras_differ {
            self.tie_series_to_things();
            self.live.grow_to(self.series.len());
            self.changed.grow_to(self.things.len());
            self.changed.all = true;
            self.catalogue_generation += 1;
        }
    }

    /// Takes one observation into the newest readings. Allocates nothing for a series that is known.
    pub(crate) fn apply_observation(
        &mut self,
        observation: &Observation,
        now: UtcMillis,
    ) -> Applied {
        let Some(row) = self.series_rows.get(&observation.datastream).copied() else {
            return Applied::UnknownSeries;
        };
        if is_ahead(observation, now) {
            return Applied::Ahead;
        }
        if self
            .live
            .get(row)
            .is_some_and(|known| known.happened_at >= observation.happened_at)
        {
            return Applied::Older;
        }
        self.live.put(row, observation);
        if self.past.is_none()
            && let Some(thing) = self
                .series
                .get(row as usize)
                .and_then(|series| series.thing)
        {
            self.changed.mark(thing);
        }
        Applied::Newest(row)
    }

    /// Shows the readings of a past moment instead of the newest ones.
    pub(crate) fn show_past(&mut self, observations: &[Observation]) {
        self.past = Some(self.readings_of(observations));
        self.changed.all = true;
    }

    /// Shows the newest readings again.
    pub(crate) fn show_live(&mut self) {
        if self.past.take().is_some() {
            self.changed.all = true;
        }
    }

    /// `observations` of a past moment in columns; those of unknown series are left out.
    pub(crate) fn readings_of(&self, observations: &[Observation]) -> Readings {
        let mut readings = Readings {
            resolution_s: PAST_RESOLUTION_S,
            ..Readings::default()
        };
        readings.grow_to(self.series.len());
        for observation in observations {
            if let Some(row) = self.series_rows.get(&observation.datastream) {
                readings.put(*row, observation);
            }
        }
        readings
    }

    /// How old the reading of the series in `row` is, as seen at `moment`.
    pub(crate) fn freshness(&self, readings: &Readings, row: u32, moment: UtcMillis) -> Freshness {
        let (Some(series), Some(reading)) = (self.series_at(row), readings.get(row)) else {
            return Freshness::Missing;
        };
        let promised = series.datastream.period_s;
        let promised = if promised.is_finite() && promised > 0.0 {
            promised
        } else {
            DEFAULT_PERIOD_S
        };
        let period_s = promised.max(readings.resolution_s);
        Freshness::of_age(moment.seconds_since(reading.happened_at), period_s)
    }

    /// How bad the reading of the series in `row` is.
    pub(crate) fn severity(&self, readings: &Readings, row: u32) -> Severity {
        let (Some(series), Some(reading)) = (self.series_at(row), readings.get(row)) else {
            return Severity::Normal;
        };
        series
            .datastream
            .limits
            .met_by(reading.value)
            .map_or(Severity::Normal, |(severity, _)| severity)
    }

    /// How bad a device is, by its worst series, and how old, by its freshest one.
    pub(crate) fn thing_state(
        &self,
        readings: &Readings,
        row: u32,
        moment: UtcMillis,
    ) -> (Severity, Freshness) {
        let mut state = (Severity::Normal, Freshness::Missing);
        let Some(thing) = self.thing(row) else {
            return state;
        };
        for series in &thing.series {
            state.0 = state.0.max(self.severity(readings, *series));
            state.1 = state.1.min(self.freshness(readings, *series, moment));
        }
        state
    }

    /// The devices whose shown readings changed since the last call.
    pub(crate) fn take_changed(&mut self) -> Changed {
        self.changed.take()
    }

    /// True when something differs from what was known.
    fn apply_things(&mut self, things: Vec<Thing>) -> bool {
        let mut differ = false;
        for thing in things {
            if let Some(row) = self.thing_rows.get(&thing.id).copied() {
                if let Some(known) = self.things.get_mut(row as usize)
                    && known.thing != thing
                {
                    known.thing = thing;
                    differ = true;
                }
            } else {
                self.thing_rows
                    .insert(thing.id.clone(), self.things.len() as u32);
                self.things.push(ThingRow {
                    thing,
                    series: Vec::new(),
                });
                differ = true;
            }
        }
        differ
    }

    /// True when something differs from what was known.
    fn apply_series(&mut self, datastreams: Vec<Datastream>) -> bool {
        let mut differ = false;
        for datastream in datastreams {
            if let Some(row) = self.series_rows.get(&datastream.id).copied() {
                if let Some(known) = self.series.get_mut(row as usize)
                    && known.datastream != datastream
                {
                    known.datastream = datastream;
                    differ = true;
                }
            } else {
                self.series_rows
                    .insert(datastream.id.clone(), self.series.len() as u32);
                self.series.push(SeriesRow {
                    datastream,
                    thing: None,
                });
                differ = true;
            }
        }
        differ
    }

    /// True when something differs from what was known.
    fn apply_cameras(&mut self, cameras: Vec<Camera>) -> bool {
        let is_known = |camera: &Camera| {
            let row = self.camera_rows.get(&camera.id);
            row.and_then(|row| self.cameras().get(*row as usize)) == Some(camera)
        };
        if cameras.iter().all(is_known) {
            return false;
        }
        let mut all: Vec<Camera> = self.cameras().to_vec();
        for camera in cameras {
            let row = self.camera_rows.get(&camera.id).copied();
            if let Some(known) = row.and_then(|row| all.get_mut(row as usize)) {
                *known = camera;
            } else {
                self.camera_rows.insert(camera.id.clone(), all.len() as u32);
                all.push(camera);
            }
        }
        self.cameras = Some(CameraCatalogue::new(all));
        true
    }

    fn tie_series_to_things(&mut self) {
        for thing in &mut self.things {
            thing.series.clear();
        }
        for (row, series) in self.series.iter_mut().enumerate() {
            series.thing = self.thing_rows.get(&series.datastream.thing).copied();
            if let Some(thing) = series
                .thing
                .and_then(|thing| self.things.get_mut(thing as usize))
            {
                thing.series.push(row as u32);
            }
        }
    }
}

/// True when a value claims to come from the future: taken up, it would hide the ones that come next.
pub(crate) fn is_ahead(observation: &Observation, now: UtcMillis) -> bool {
    observation.happened_at.seconds_since(now) > MAX_AHEAD_S
}

/// Which devices changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Changed {
    /// All may have.
    All,
    /// Those in these rows.
    Rows(Vec<u32>),
}

/// Collects the rows of changed devices, each once.
#[derive(Debug, Default)]
struct ChangedThings {
    all: bool,
    rows: Vec<u32>,
    marked: Vec<bool>,
}

impl ChangedThings {
    fn grow_to(&mut self, things: usize) {
        if self.marked.len() < things {
            self.marked.resize(things, false);
            // Room for every device at once, so that marking never allocates.
            self.rows.reserve(things.saturating_sub(self.rows.len()));
        }
    }

    fn mark(&mut self, row: u32) {
        if let Some(marked) = self.marked.get_mut(row as usize)
            && !*marked
        {
            *marked = true;
            self.rows.push(row);
        }
    }

    fn take(&mut self) -> Changed {
        self.marked.fill(false);
        let rows = std::mem::replace(&mut self.rows, Vec::with_capacity(self.marked.len()));
        if std::mem::take(&mut self.all) {
            Changed::All
        } else {
            Changed::Rows(rows)
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use cim_model::{Limits, SensorKind};

    /// A gas sensor `t<n>` with the series `d<n>`: promised every second, medium above 10.
    pub(crate) fn gas_sensor(n: u32) -> (Thing, Datastream) {
        let thing = Thing {
            id: ThingId::new(format!("t{n}")),
            name: format!("Chamber {n}"),
            description: String::new(),
            kind: SensorKind::Gas,
            position: Geodetic {
                lon_deg: 121.5,
                lat_deg: 31.2,
                height_m: 0.0,
            },
            properties: Vec::new(),
        };
        let datastream = Datastream {
            id: DatastreamId::new(format!("d{n}")),
            thing: thing.id.clone(),
            name: "Methane".to_owned(),
            observed_property: "methane".to_owned(),
            unit: "%LEL".to_owned(),
            period_s: 1.0,
            limits: Limits {
                above_medium: Some(10.0),
                ..Limits::default()
            },
        };
        (thing, datastream)
    }

    /// A state with `count` gas sensors.
    pub(crate) fn state_of(count: u32) -> State {
        let (things, datastreams) = (0..count).map(gas_sensor).unzip();
        let mut state = State::default();
        state.apply_catalogue(things, datastreams, Vec::new());
        state
    }

    /// A value of the series `d<n>`.
    pub(crate) fn observed(n: u32, millis: i64, value: f64) -> Observation {
        Observation {
            datastream: DatastreamId::new(format!("d{n}")),
            happened_at: UtcMillis(millis),
            value,
            quality: Quality::Good,
        }
    }

    const NOW: UtcMillis = UtcMillis(100_000);

    #[test]
    fn the_newest_value_stays_whatever_order_values_come_in() {
        let mut state = state_of(1);
        assert_eq!(
            state.apply_observation(&observed(0, 2_000, 2.0), NOW),
            Applied::Newest(0)
        );
        assert_eq!(
            state.apply_observation(&observed(0, 1_000, 1.0), NOW),
            Applied::Older
        );
        assert_eq!(state.shown(0).map(|reading| reading.value), Some(2.0));
    }

    #[test]
    fn a_value_from_the_future_is_refused_so_that_it_cannot_hide_the_next_ones() {
        let mut state = state_of(1);
        assert_eq!(
            state.apply_observation(&observed(0, 100_000_000, 2.0), NOW),
            Applied::Ahead
        );
        assert_eq!(state.shown(0), None);
    }

    #[test]
    fn only_devices_that_changed_are_told_and_each_once() {
        let mut state = state_of(3);
        assert_eq!(state.take_changed(), Changed::All);
        state.apply_observation(&observed(1, 1_000, 1.0), NOW);
        state.apply_observation(&observed(1, 2_000, 1.0), NOW);
        assert_eq!(state.take_changed(), Changed::Rows(vec![1]));
        assert_eq!(state.take_changed(), Changed::Rows(Vec::new()));
    }

    #[test]
    fn the_past_is_shown_while_new_values_arrive_behind_it() {
        let mut state = state_of(1);
        state.apply_observation(&observed(0, 50_000, 5.0), NOW);
        state.show_past(&[observed(0, 10_000, 1.0)]);
        state.apply_observation(&observed(0, 60_000, 6.0), NOW);
        assert_eq!(state.shown(0).map(|reading| reading.value), Some(1.0));
        state.show_live();
        assert_eq!(state.shown(0).map(|reading| reading.value), Some(6.0));
    }

    #[test]
    fn a_catalogue_told_again_changes_nothing() {
        let mut state = state_of(2);
        let before = state.catalogue_generation();
        let (things, datastreams) = (0..2).map(gas_sensor).unzip();
        state.apply_catalogue(things, datastreams, Vec::new());
        assert_eq!(state.catalogue_generation(), before);
        let (thing, datastream) = gas_sensor(1);
        let renamed = Thing {
            name: "Chamber by the river".to_owned(),
            ..thing
        };
        state.apply_catalogue(vec![renamed], vec![datastream], Vec::new());
        assert_eq!(state.catalogue_generation(), before + 1);
        assert_eq!(state.things().len(), 2);
    }

    #[test]
    fn a_series_waits_for_its_device() {
        let (thing, datastream) = gas_sensor(0);
        let mut state = State::default();
        state.apply_catalogue(Vec::new(), vec![datastream], Vec::new());
        assert_eq!(state.series()[0].thing, None);
        state.apply_catalogue(vec![thing], Vec::new(), Vec::new());
        assert_eq!(state.series()[0].thing, Some(0));
        assert_eq!(state.things()[0].series, vec![0]);
    }

    #[test]
    fn a_device_is_as_bad_as_its_worst_series_and_as_fresh_as_its_freshest() {
        let mut state = state_of(1);
        state.apply_observation(&observed(0, 100_000, 12.0), NOW);
        let seen = state.thing_state(state.readings(), 0, UtcMillis(101_000));
        assert_eq!(seen, (Severity::Medium, Freshness::Fresh));
        let later = state.thing_state(state.readings(), 0, UtcMillis(200_000));
        assert_eq!(later, (Severity::Medium, Freshness::Missing));
    }
}
