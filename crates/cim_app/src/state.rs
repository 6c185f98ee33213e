//! What every device says, in columns: one row per datastream, one list of rows per thing.
//!
//! Holds the catalogue of devices and cameras, the newest readings, and, while the clock stands in the past,
//! the readings of that moment. Knows nothing of alarms, lists or layers: they ask
//! [`State::readings`].

use crate::{
    changed::{Changed, ChangedThings},
    readings::{NO_NUMBER, Readings},
    search::code_of,
    video_desk::ChannelPoints,
};
use cim_geo::Geodetic;
use cim_model::{
    Camera, CameraId, CameraStatus, Datastream, DatastreamId, Freshness, QualityWord, Reading,
    Severity, Thing, ThingId, UtcMillis,
};
use cim_store::{Columns, Row, Seen};
use cim_video::{Catalogue as CameraCatalogue, Near};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The period assumed of a source that promises none, seconds.
const DEFAULT_PERIOD_S: f64 = 60.0;

/// How far ahead of the desk's clock a value may lie before it is taken for an error, seconds.
pub(crate) const MAX_AHEAD_S: f64 = 300.0;

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

/// What became of an observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Applied {
    /// It is the newest of its series, which has this row.
    Newest(u32),
    /// A newer or the same one is there already, in this row.
    Older(u32),
    /// Its series is not in the catalogue.
    UnknownSeries,
    /// It claims to come from the future.
    Ahead,
}

/// The catalogue and the readings.
pub(crate) struct State {
    things: Vec<ThingRow>,
    series: Vec<SeriesRow>,
    /// `None` before the first camera.
    cameras: Option<CameraCatalogue>,
    thing_rows: BTreeMap<ThingId, u32>,
    series_rows: BTreeMap<DatastreamId, u32>,
    /// Series whose device is not known yet.
    untied: Vec<u32>,
    /// A series moved to another device.
    tied_anew: bool,
    camera_rows: BTreeMap<CameraId, u32>,
    /// Cameras that are not there for whoever sits at the desk, by row.
    hidden_cameras: BTreeSet<u32>,
    /// Channels that only the catalogue of video has, as whoever sits at the desk may see them.
    channels: Arc<ChannelPoints>,
    /// The newest readings, by row.
    live: Columns,
    /// What the twin has seen of them.
    seen: Seen,
    /// The store's number of each series, by row.
    numbers: Vec<u32>,
    /// The row of each series, by the store's number.
    rows_by_number: Vec<u32>,
    /// The readings of the past moment, by the store's numbers; out of date while the newest are shown.
    past: Columns,
    shows_past: bool,
    /// In a branch, where it leaves the past.
    held_from: Option<UtcMillis>,
    /// What is known of cameras at the past moment, by row; `None` where they were as they are.
    past_cameras: Vec<Option<CameraStatus>>,
    changed: ChangedThings,
    /// When the oldest reading came that was not asked for yet.
    waiting_since: Option<UtcMillis>,
    /// Devices that are told at another place than before.
    moved: ChangedThings,
    catalogue_generation: u64,
    things_generation: u64,
    cameras_generation: u64,
    channels_generation: u64,
    renames: u64,
}

impl Default for State {
    fn default() -> Self {
        Self {
            things: Vec::new(),
            series: Vec::new(),
            cameras: None,
            thing_rows: BTreeMap::new(),
            series_rows: BTreeMap::new(),
            camera_rows: BTreeMap::new(),
            hidden_cameras: BTreeSet::new(),
            channels: Arc::default(),
            live: Columns::new(),
            seen: Seen::default(),
            numbers: Vec::new(),
            rows_by_number: Vec::new(),
            past: Columns::new(),
            shows_past: false,
            held_from: None,
            past_cameras: Vec::new(),
            changed: ChangedThings::default(),
            waiting_since: None,
            moved: ChangedThings::default(),
            untied: Vec::new(),
            tied_anew: false,
            catalogue_generation: 0,
            things_generation: 0,
            cameras_generation: 0,
            channels_generation: 0,
            renames: 0,
        }
    }
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

    /// Every camera, by row: also those that are not there for whoever sits at the desk.
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
        let Some(cameras) = &self.cameras else {
            return Vec::new();
        };
        let most = how_many.saturating_add(self.hidden_cameras.len());
        let near = cameras.nearest(place, most, within_m).into_iter();
        let shown = near.filter(|near| self.shows_camera(near.index as u32));
        shown.take(how_many).collect()
    }

    /// The cameras that are there for whoever sits at the desk, with their rows.
    pub(crate) fn shown_cameras(&self) -> impl Iterator<Item = (u32, &Camera)> {
        let all = (0_u32..).zip(self.cameras());
        all.filter(|(row, _)| self.shows_camera(*row))
    }

    /// True when the camera in `row` is there for whoever sits at the desk.
    pub(crate) fn shows_camera(&self, row: u32) -> bool {
        !self.hidden_cameras.contains(&row)
    }

    /// These cameras are not there for whoever sits at the desk; true when they are others than before.
    pub(crate) fn hide_cameras(&mut self, rows: BTreeSet<u32>) -> bool {
        let is_other = self.hidden_cameras != rows;
        self.hidden_cameras = rows;
        self.cameras_generation += u64::from(is_other);
        is_other
    }

    /// Counts up whenever devices, series or cameras change.
    pub(crate) fn catalogue_generation(&self) -> u64 {
        self.catalogue_generation
    }

    /// Counts up whenever devices or series change; not when a device only moves.
    pub(crate) fn things_generation(&self) -> u64 {
        self.things_generation
    }

    /// Counts up whenever cameras change.
    pub(crate) fn cameras_generation(&self) -> u64 {
        self.cameras_generation
    }

    /// The channels that only the catalogue of video has, as whoever sits at the desk may see them.
    pub(crate) fn channel_points(&self) -> &Arc<ChannelPoints> {
        &self.channels
    }

    /// Other channels are there than before.
    pub(crate) fn place_channels(&mut self, points: Arc<ChannelPoints>) {
        self.channels = points;
        self.channels_generation += 1;
    }

    /// Counts up whenever what is drawn of cameras changes: the hub's, or channels that only the catalogue has.
    pub(crate) fn drawn_cameras_generation(&self) -> u64 {
        self.cameras_generation + self.channels_generation
    }

    /// Counts up whenever a known device or camera is called otherwise, or gets another code. New ones are behind the others.
    pub(crate) fn renames(&self) -> u64 {
        self.renames
    }

    /// Row of the device with this id.
    pub(crate) fn row_of_thing(&self, id: &ThingId) -> Option<u32> {
        self.thing_rows.get(id).copied()
    }

    /// Row of the device with this id.
    pub(crate) fn thing_row(&self, id: &str) -> Option<u32> {
        self.row_of_thing(&ThingId::new(id))
    }

    /// Row of the camera with this id, when it is there for whoever sits at the desk.
    pub(crate) fn camera_row(&self, id: &str) -> Option<u32> {
        let row = self.camera_rows.get(&CameraId::new(id)).copied();
        row.filter(|row| self.shows_camera(*row))
    }

    /// The camera with this id, also when the desk does not show it: whoever asks has looked at the rights.
    pub(crate) fn camera_called(&self, id: &str) -> Option<&Camera> {
        let row = self.camera_rows.get(&CameraId::new(id))?;
        self.cameras().get(*row as usize)
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
    pub(crate) fn readings(&self) -> Readings<'_> {
        if self.shows_past {
            self.past_readings(&self.past).holding_from(self.held_from)
        } else {
            self.live_readings()
        }
    }

    /// The newest readings, whatever is shown.
    pub(crate) fn live_readings(&self) -> Readings<'_> {
        Readings::by_row(&self.live)
    }

    /// `columns` as the store gave them, seen by row.
    pub(crate) fn past_readings<'a>(&'a self, columns: &'a Columns) -> Readings<'a> {
        Readings::by_number(columns, &self.numbers)
    }

    /// True while the readings of a past moment are shown.
    pub(crate) fn shows_past(&self) -> bool {
        self.shows_past
    }

    /// The store's number of the series in `row`; `None` until the store knows it.
    pub(crate) fn number(&self, row: u32) -> Option<u32> {
        self.numbers
            .get(row as usize)
            .copied()
            .filter(|number| *number != NO_NUMBER)
    }

    /// The row of the series that the store numbers so.
    pub(crate) fn row_of_number(&self, number: u32) -> Option<u32> {
        self.rows_by_number
            .get(number as usize)
            .copied()
            .filter(|row| *row != NO_NUMBER)
    }

    /// Asks `number_of` for the numbers of series that have none yet.
    pub(crate) fn learn_numbers(&mut self, number_of: impl Fn(&DatastreamId) -> Option<u32>) {
        self.numbers.resize(self.series.len(), NO_NUMBER);
        for (row, series) in self.series.iter().enumerate() {
            let Some(known) = self.numbers.get_mut(row) else {
                break;
            };
            if *known != NO_NUMBER {
                continue;
            }
            let Some(number) = number_of(&series.datastream.id) else {
                continue;
            };
            *known = number;
            let place = number as usize;
            if self.rows_by_number.len() <= place {
                self.rows_by_number.resize(place + 1, NO_NUMBER);
            }
            if let Some(slot) = self.rows_by_number.get_mut(place) {
                *slot = row as u32;
            }
        }
    }

    /// What people call the series in `row`: its device, then itself.
    pub(crate) fn series_name(&self, row: u32) -> String {
        let Some(series) = self.series_at(row) else {
            return String::new();
        };
        match series.thing.and_then(|thing| self.thing(thing)) {
            Some(thing) => format!("{} · {}", thing.thing.name, series.datastream.name),
            None => series.datastream.name.clone(),
        }
    }

    /// Everything of the catalogue, as a store takes it.
    pub(crate) fn catalogue(&self) -> (Vec<Thing>, Vec<Datastream>, Vec<Camera>) {
        (
            self.things.iter().map(|row| row.thing.clone()).collect(),
            self.series
                .iter()
                .map(|row| row.datastream.clone())
                .collect(),
            self.cameras().to_vec(),
        )
    }

    /// The readings of the past moment as the store gave them.
    pub(crate) fn past_columns(&self) -> &Columns {
        &self.past
    }

    /// True when the store has not numbered every series: it could not take the catalogue.
    pub(crate) fn lacks_numbers(&self) -> bool {
        self.numbers.len() < self.series.len() || self.numbers.contains(&NO_NUMBER)
    }

    /// Whether the camera in `row` delivers at the moment shown.
    pub(crate) fn camera_status(&self, row: usize) -> CameraStatus {
        let then = self.past_cameras.get(row).copied().flatten();
        let now = || self.cameras().get(row).map(|camera| camera.status);
        then.filter(|_| self.shows_past)
            .or_else(now)
            .unwrap_or(CameraStatus::Off)
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
            self.tie_series();
            self.live.grow_to(self.series.len());
            self.numbers.resize(self.series.len(), NO_NUMBER);
            self.changed.grow_to(self.things.len());
            self.moved.grow_to(self.things.len());
            self.catalogue_generation += 1;
        }
        if things_differ || series_differ {
            self.changed.mark_all();
            self.things_generation += 1;
        }
        self.cameras_generation += u64::from(cameras_differ);
    }

    /// Takes one observation as [`State::take_reading`] does, by the name of its series.
    #[cfg(test)]
    pub(crate) fn take_known(
        &mut self,
        observation: &cim_model::Observation,
        now: UtcMillis,
        known_at: UtcMillis,
    ) -> Applied {
        let Some(row) = self.series_rows.get(&observation.datastream).copied() else {
            return Applied::UnknownSeries;
        };
        let reading = Reading {
            happened_at: observation.happened_at,
            value: observation.value,
            quality: observation.quality,
        };
        self.take_reading(row, reading, now, known_at)
    }

    /// Takes what the series in `row` read, known since `known_at`, into the newest readings. Allocates nothing.
    pub(crate) fn take_reading(
        &mut self,
        row: u32,
        reading: Reading,
        now: UtcMillis,
        known_at: UtcMillis,
    ) -> Applied {
        if is_ahead(reading.happened_at, now) {
            return Applied::Ahead;
        }
        let is_newest = self.live.put(&Row {
            series: row,
            quality: reading.quality,
            happened_at: reading.happened_at.0,
            known_at: known_at.0,
            value: reading.value,
        });
        if is_newest {
            self.waiting_since.get_or_insert(now);
            Applied::Newest(row)
        } else {
            Applied::Older(row)
        }
    }

    /// Shows the readings of a past moment instead of the newest ones. `columns` gets what was shown before, to be used
    /// again. With `held_from`, in a branch, every value is taken to hold from then on.
    pub(crate) fn show_past(&mut self, columns: &mut Columns, held_from: Option<UtcMillis>) {
        std::mem::swap(&mut self.past, columns);
        self.shows_past = true;
        self.held_from = held_from;
        self.changed.mark_all();
    }

    /// What cameras were like at the past moment; the others were as they are.
    pub(crate) fn show_past_cameras(&mut self, states: &[(CameraId, CameraStatus)]) {
        self.past_cameras.clear();
        self.past_cameras.resize(self.camera_rows.len(), None);
        for (id, status) in states {
            let row = self.camera_rows.get(id).map(|row| *row as usize);
            if let Some(slot) = row.and_then(|row| self.past_cameras.get_mut(row)) {
                *slot = Some(*status);
            }
        }
    }

    /// Shows the newest readings again.
    pub(crate) fn show_live(&mut self) {
        if std::mem::take(&mut self.shows_past) {
            self.changed.mark_all();
        }
    }

    /// How old the reading of the series in `row` is, as seen at `moment`.
    pub(crate) fn freshness(
        &self,
        readings: Readings<'_>,
        row: u32,
        moment: UtcMillis,
    ) -> Freshness {
        let (Some(series), Some(reading)) = (self.series_at(row), readings.get(row)) else {
            return Freshness::Missing;
        };
        let period_s = usable_period_s(series.datastream.period_s);
        Freshness::of_age(readings.age_s(&reading, moment), period_s)
    }

    /// Quality and freshness of the reading of the series in `row`, as seen at `moment`, in one word.
    pub(crate) fn word(&self, readings: Readings<'_>, row: u32, moment: UtcMillis) -> QualityWord {
        readings.get(row).map_or(QualityWord::Missing, |reading| {
            QualityWord::of(reading.quality, self.freshness(readings, row, moment))
        })
    }

    /// How bad the reading of the series in `row` is.
    pub(crate) fn severity(&self, readings: Readings<'_>, row: u32) -> Severity {
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
        readings: Readings<'_>,
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
        let Self {
            live,
            seen,
            series,
            changed,
            shows_past,
            ..
        } = self;
        let is_live = !*shows_past;
        live.changes_since(seen, |row| {
            let thing = series.get(row as usize).and_then(|series| series.thing);
            if let Some(thing) = thing.filter(|_| is_live) {
                changed.mark(thing);
            }
        });
        changed.take()
    }

    /// When the oldest reading came that has been taken in since the last call; `None` without one, and while the past is
    /// shown. To be asked together with [`State::take_changed`].
    pub(crate) fn take_waiting_since(&mut self) -> Option<UtcMillis> {
        let shows_past = self.shows_past;
        self.waiting_since.take().filter(|_| !shows_past)
    }

    /// The devices that are told at another place since the last call.
    pub(crate) fn take_moved(&mut self) -> Vec<u32> {
        match self.moved.take() {
            Changed::Rows(rows) => rows,
            Changed::All => Vec::new(),
        }
    }

    /// True when something differs from what was known, places aside: a source of vehicles tells them anew at each
    /// report, and the catalogue is the same.
    fn apply_things(&mut self, things: Vec<Thing>) -> bool {
        let mut differ = false;
        for thing in things {
            if let Some(row) = self.thing_rows.get(&thing.id).copied() {
                let Some(known) = self.things.get_mut(row as usize) else {
                    continue;
                };
                if known.thing.position != thing.position {
                    known.thing.position = thing.position;
                    self.moved.mark(row);
                }
                if known.thing != thing {
                    let is_renamed =
                        known.thing.name != thing.name || code_of(&known.thing) != code_of(&thing);
                    self.renames += u64::from(is_renamed);
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
                    self.tied_anew |= known.datastream.thing != datastream.thing;
                    known.datastream = datastream;
                    differ = true;
                }
            } else {
                self.series_rows
                    .insert(datastream.id.clone(), self.series.len() as u32);
                self.untied.push(self.series.len() as u32);
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
                self.renames += u64::from(known.name != camera.name);
                *known = camera;
            } else {
                self.camera_rows.insert(camera.id.clone(), all.len() as u32);
                all.push(camera);
            }
        }
        self.cameras = Some(CameraCatalogue::new(all));
        true
    }

    /// Gives the series that have no device yet to theirs. A series that moved to another makes all be given anew.
    fn tie_series(&mut self) {
        if std::mem::take(&mut self.tied_anew) {
            for thing in &mut self.things {
                thing.series.clear();
            }
            self.untied = (0..self.series.len() as u32).collect();
        }
        let (things, thing_rows, all) = (&mut self.things, &self.thing_rows, &mut self.series);
        self.untied.retain(|row| {
            let Some(series) = all.get_mut(*row as usize) else {
                return false;
            };
            series.thing = thing_rows.get(&series.datastream.thing).copied();
            let thing = series
                .thing
                .and_then(|thing| things.get_mut(thing as usize));
            match thing {
                Some(thing) => {
                    thing.series.push(*row);
                    false
                }
                None => true,
            }
        });
    }
}

/// How often a source reports, seconds; a usual pause where it promises nothing that makes sense.
pub(crate) fn usable_period_s(promised: f64) -> f64 {
    if promised.is_finite() && promised > 0.0 {
        promised
    } else {
        DEFAULT_PERIOD_S
    }
}

/// True when a value claims to come from the future: taken up, it would hide the ones that come next.
pub(crate) fn is_ahead(happened_at: UtcMillis, now: UtcMillis) -> bool {
    happened_at.seconds_since(now) > MAX_AHEAD_S
}

#[cfg(test)]
pub(crate) mod tests;
