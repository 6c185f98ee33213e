//! Which devices, cameras and events are the rows of a layer, and what each of them says at the moment shown.
//!
//! A row is looked at by number: but for an event's category, no text is compared, and nothing is allocated while it reports.

use crate::{
    events::Events,
    state::{State, usable_period_s},
    video_desk::ChannelPoints,
};
use cim_geo::Geodetic;
use cim_layers::{
    CLASS_UNREAL, EventMark, PointState, SHAPE_CAMERA, SHAPE_DOT, SHAPE_EVENT, SHAPE_PERSON,
    SHAPE_VEHICLE, Why,
    layer::{LayerSource, Schema, filter},
    points::{class_of, sensor_shape},
};
use cim_model::{
    CameraStatus, Datastream, Event, EventId, EventStatus, Freshness, Severity, ThingClass,
    UtcMillis,
};
use cim_sync::sources::{SourceHealth, SourceState};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// No row, no series.
pub(super) const NONE: u32 = u32::MAX;
/// Marks a channel that only the catalogue of video has among the hub's cameras.
const CHANNEL: u32 = 1 << 31;
/// Between a source's identity and those of its things.
const SOURCE_MARK: char = ':';
/// A heading belongs to a place when it was told within so many seconds of it.
const HEADING_S: f64 = 1.0;
/// Names of properties that filters and paints may ask for; more are not offered.
const MOST_PROPERTIES: usize = 64;

/// What is shown: the city's state at one moment.
#[derive(Clone, Copy)]
pub(crate) struct Shown<'a> {
    /// Devices, cameras and readings.
    pub(crate) state: &'a State,
    /// Events of the moment.
    pub(crate) events: &'a Events,
    /// The moment.
    pub(crate) moment: UtcMillis,
    /// True while the present is shown and the hub does not answer.
    pub(crate) hub_gone: bool,
}

/// What the rows of a layer are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    /// Devices that stand.
    Things,
    /// Cameras.
    Cameras,
    /// Events.
    Events,
    /// Vehicles and people: devices that move.
    Movers(ThingClass),
    /// Nothing: the layer has no rows.
    Shape,
}

/// Series of longitude, latitude, speed and heading.
type Axes = [u32; 4];

/// A device that moves.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mover {
    /// Its row.
    pub(super) thing: u32,
    axes: Axes,
}

impl Mover {
    /// True when it reports its place; the others are placed by the catalogue alone.
    pub(super) fn reports(&self) -> bool {
        let [lon, ..] = self.axes;
        lon != NONE
    }

    /// Where it was reported last, and when; `None` while only one half of the place has arrived.
    pub(super) fn fix(&self, shown: &Shown<'_>) -> Option<(Geodetic, UtcMillis)> {
        fix_of(shown, self.axes)
    }

    /// The same, or where the catalogue has one that does not report: it is there since now.
    pub(super) fn place(&self, shown: &Shown<'_>) -> Option<(Geodetic, UtcMillis)> {
        if self.reports() {
            return self.fix(shown);
        }
        let known = shown.state.thing(self.thing)?;
        Some((known.thing.position, shown.moment))
    }
}

/// What is known of all devices at once, as of one catalogue.
#[derive(Debug, Default)]
pub(super) struct ThingTable {
    made_from: Option<u64>,
    classes: Vec<ThingClass>,
    /// The devices that move, by their rows.
    movers: Vec<Mover>,
    /// The fields that filters and paints may ask for.
    pub(super) schema: Schema,
}

impl ThingTable {
    /// Looks at the devices again when there are others; true when it did.
    pub(super) fn learn(&mut self, state: &State) -> bool {
        let generation = Some(state.things_generation());
        if self.made_from == generation {
            return false;
        }
        self.made_from = generation;
        self.classes.clear();
        self.movers.clear();
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for (row, thing) in state.things().iter().zip(0..) {
            let axes = axes_of(state, &row.series);
            let class = match row.thing.class() {
                ThingClass::Device if axes.is_some() => ThingClass::Vehicle,
                said => said,
            };
            if class != ThingClass::Device {
                let axes = axes.unwrap_or([NONE; 4]);
                self.movers.push(Mover { thing, axes });
            }
            self.classes.push(class);
            if names.len() < MOST_PROPERTIES {
                names.extend(row.thing.properties.iter().map(|(key, _)| key.as_str()));
            }
        }
        let mut schema = Schema::live();
        for name in names.into_iter().take(MOST_PROPERTIES) {
            schema = schema.with(name, filter::FieldKind::Text, name, name);
        }
        self.schema = schema;
        true
    }

    /// What the device in `row` is on the map.
    pub(super) fn class(&self, row: u32) -> ThingClass {
        self.classes.get(row as usize).copied().unwrap_or_default()
    }

    /// The devices that move, by their rows.
    pub(super) fn movers(&self) -> &[Mover] {
        &self.movers
    }

    /// The device in `row`, if it moves.
    pub(super) fn mover(&self, row: u32) -> Option<&Mover> {
        if self.class(row) == ThingClass::Device {
            return None;
        }
        let place = self.movers.binary_search_by_key(&row, |one| one.thing);
        self.movers.get(place.ok()?)
    }
}

/// What a row says at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Now {
    /// Its state, without a tint.
    pub(super) state: PointState,
    /// When it was seen last, UTC milliseconds; `None` for never.
    pub(super) seen: Option<i64>,
    /// How often it promises to report, seconds; infinite for what never ages.
    pub(super) period_s: f32,
}

/// How old what something says is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Age {
    pub(super) freshness: Freshness,
    pub(super) why: Why,
    /// When it was seen last, UTC milliseconds; `None` for never.
    pub(super) at: Option<i64>,
}

/// The rows of a layer.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// What each is: the row of a device, of a camera, of an event. Channels are marked, and behind the hub's cameras.
    pub(super) of: Vec<u32>,
    /// The channels among them: as they were when the rows were made.
    pub(super) channels: Arc<ChannelPoints>,
    /// The events, where rows are events.
    pub(super) events: Vec<EventId>,
    /// The row of each device.
    row_of: Vec<u32>,
    /// Which of the sheet's layers each belongs to.
    pub(super) member: Vec<u8>,
    /// The series whose value each shows.
    pub(super) value: Vec<u32>,
    /// Series of places, where rows move.
    pub(super) axes: Vec<Axes>,
    /// Rows whose source is late.
    pub(super) late: Vec<bool>,
}

impl Rows {
    /// How many there are.
    pub(super) fn len(&self) -> u32 {
        self.of.len() as u32
    }

    /// The row of the device `thing`.
    pub(super) fn of_thing(&self, thing: u32) -> Option<u32> {
        let row = self.row_of.get(thing as usize).copied()?;
        (row != NONE).then_some(row)
    }

    /// The channel of row `row`, where it is one that only the catalogue of video has.
    pub(super) fn channel(&self, row: u32) -> Option<u32> {
        let of = self.of.get(row as usize).copied()?;
        let channel = (of & CHANNEL != 0).then_some(of & !CHANNEL);
        channel.filter(|channel| *channel < self.channels.count())
    }

    /// The row of the camera `id`, which is in row `of_hub` of the hub's if it is one of them.
    pub(super) fn of_camera(&self, id: &str, of_hub: Option<u32>) -> Option<u32> {
        let row_of = |of: u32| self.of.binary_search(&of).ok().map(|at| at as u32);
        let of_channel = || self.channels.row(id).map(|channel| channel | CHANNEL);
        let known = of_hub.and_then(row_of);
        known.or_else(|| of_channel().and_then(row_of))
    }

    /// The rows of `family`; `member_of` says which of the sheet's layers takes a device or an event, if any does, and
    /// the properties whose value it shows.
    pub(super) fn collect<'a>(
        family: Family,
        shown: &Shown<'_>,
        table: &ThingTable,
        member_of: impl Fn(u32) -> Option<(u8, &'a [String])>,
    ) -> Self {
        let mut rows = Self::default();
        let state = shown.state;
        match family {
            Family::Shape => {}
            Family::Cameras => {
                rows.of = state.shown_cameras().map(|(row, _)| row).collect();
                rows.channels = Arc::clone(state.channel_points());
                let channels = 0..rows.channels.count();
                rows.of.extend(channels.map(|channel| channel | CHANNEL));
            }
            Family::Events => {
                for (event, row) in shown.events.rows().iter().zip(0..) {
                    if member_of(row).is_some() {
                        rows.of.push(row);
                        rows.events.push(event.id.clone());
                    }
                }
            }
            Family::Things | Family::Movers(_) => {
                rows.row_of = vec![NONE; state.things().len()];
                for thing in 0..state.things().len() as u32 {
                    if let Some((member, properties)) =
                        member_of(thing).filter(|_| suits(family, table.class(thing)))
                    {
                        rows.put(state, thing, member, properties, family);
                    }
                }
            }
        }
        rows.member.resize(rows.of.len(), 0);
        rows.late.resize(rows.of.len(), false);
        rows
    }

    fn put(
        &mut self,
        state: &State,
        thing: u32,
        member: u8,
        properties: &[String],
        family: Family,
    ) {
        let series = state
            .thing(thing)
            .map(|row| row.series.as_slice())
            .unwrap_or_default();
        if let Some(row) = self.row_of.get_mut(thing as usize) {
            *row = self.of.len() as u32;
        }
        self.of.push(thing);
        self.member.push(member);
        self.value.push(value_series(state, series, properties));
        if family != Family::Things {
            self.axes.push(axes_of(state, series).unwrap_or([NONE; 4]));
        }
    }

    /// What row `row` says.
    pub(super) fn now(&self, family: Family, shown: &Shown<'_>, row: u32) -> Now {
        let Some(of) = self.of.get(row as usize).copied() else {
            return Now::NOTHING;
        };
        let late = self.late.get(row as usize).copied().unwrap_or_default();
        let value = self.value.get(row as usize).copied().unwrap_or(NONE);
        match family {
            Family::Shape => Now::NOTHING,
            Family::Cameras => {
                let is_on = match self.channel(row) {
                    Some(channel) => self.channels.is_on(channel),
                    None => shown.state.camera_status(of as usize) == CameraStatus::On,
                };
                camera_now(shown, is_on)
            }
            Family::Events => {
                let event = self.events.get(row as usize);
                event_now(shown, event.and_then(|id| shown.events.find(id)))
            }
            Family::Things => {
                let kind = shown.state.thing(of).map(|row| row.thing.kind);
                let shape = sensor_shape(kind.unwrap_or_default());
                thing_now(shown, of, value, shape, late)
            }
            Family::Movers(ThingClass::Person) => thing_now(shown, of, value, SHAPE_PERSON, late),
            Family::Movers(_) => thing_now(shown, of, value, SHAPE_VEHICLE, late),
        }
    }

    /// Where row `row` is at the moment shown.
    pub(super) fn place(&self, family: Family, shown: &Shown<'_>, row: u32) -> Option<Geodetic> {
        let of = self.of.get(row as usize).copied()?;
        match family {
            Family::Shape => None,
            Family::Cameras => match self.channel(row) {
                Some(channel) => self.channels.place(channel),
                None => Some(shown.state.cameras().get(of as usize)?.position),
            },
            Family::Events => Some(shown.events.find(self.events.get(row as usize)?)?.position),
            Family::Things => Some(shown.state.thing(of)?.thing.position),
            Family::Movers(_) => match self.fix(shown, row) {
                Some((place, _)) => Some(place),
                None => Some(shown.state.thing(of)?.thing.position),
            },
        }
    }

    /// Where row `row` was reported last, and when: its longitude and latitude of one moment. `None` while only one of
    /// the two has arrived.
    pub(super) fn fix(&self, shown: &Shown<'_>, row: u32) -> Option<(Geodetic, UtcMillis)> {
        fix_of(shown, self.axes.get(row as usize).copied()?)
    }

    /// How fast row `row` was reported to be, metres per second.
    pub(super) fn speed_mps(&self, shown: &Shown<'_>, row: u32) -> Option<f32> {
        let [_, _, series, _] = self.axes.get(row as usize).copied()?;
        let reading = shown.state.readings().get(series)?;
        let unit = &shown.state.series_at(series)?.datastream.unit;
        let per_second = if unit == "km/h" { 3.6 } else { 1.0 };
        Some((reading.value / per_second) as f32)
    }

    /// Where row `row` was reported to head at the moment `at`, degrees clockwise from north. `None` where nobody said so
    /// then: an older heading would turn it back.
    pub(super) fn heading_deg(&self, shown: &Shown<'_>, row: u32, at: UtcMillis) -> Option<f32> {
        let [.., series] = self.axes.get(row as usize).copied()?;
        let reading = shown.state.readings().get(series)?;
        let unit = &shown.state.series_at(series)?.datastream.unit;
        let degrees = if unit == "rad" {
            reading.value.to_degrees()
        } else {
            reading.value
        };
        let is_of_then = reading.happened_at.seconds_since(at).abs() <= HEADING_S;
        (is_of_then && degrees.is_finite()).then_some(degrees as f32)
    }
}

/// Where a device was reported last, and when: its longitude and latitude of one moment. `None` while only one of the two
/// has arrived.
fn fix_of(shown: &Shown<'_>, [lon, lat, ..]: Axes) -> Option<(Geodetic, UtcMillis)> {
    let readings = shown.state.readings();
    let (lon, lat) = (readings.get(lon)?, readings.get(lat)?);
    let is_place = (-180.0..=180.0).contains(&lon.value) && (-90.0..=90.0).contains(&lat.value);
    (is_place && lon.happened_at == lat.happened_at).then_some((
        Geodetic {
            lon_deg: lon.value,
            lat_deg: lat.value,
            height_m: 0.0,
        },
        lon.happened_at,
    ))
}

impl Now {
    /// What a row says that is no more.
    pub(super) const NOTHING: Self = Self {
        state: PointState {
            packed: cim_layers::SHAPE_NONE as u32,
            value: f32::NAN,
        },
        seen: None,
        period_s: f32::INFINITY,
    };

    /// When it was seen, seconds since `epoch`; NaN for never.
    pub(super) fn seen_s(&self, epoch: UtcMillis) -> f32 {
        self.seen
            .map_or(f32::NAN, |seen| UtcMillis(seen).seconds_since(epoch) as f32)
    }
}

/// True when a device of `class` may be a row of `family`.
fn suits(family: Family, class: ThingClass) -> bool {
    match family {
        Family::Things => class == ThingClass::Device,
        Family::Movers(moves) => class == moves,
        _ => false,
    }
}

/// True when the layer's source holds the device in `row`.
pub(super) fn takes(source: &LayerSource, state: &State, row: u32) -> bool {
    let Some(known) = state.thing(row) else {
        return false;
    };
    match source {
        LayerSource::Things { kinds, properties } => {
            let reports = |series: &u32| {
                let series = state.series_at(*series);
                series.is_some_and(|series| {
                    properties.contains(&series.datastream.observed_property)
                        || properties.contains(&series.datastream.name)
                })
            };
            (kinds.is_empty() || kinds.contains(&known.thing.kind))
                && (properties.is_empty() || known.series.iter().any(reports))
        }
        LayerSource::Feed { source } => prefix_of(known.thing.id.as_str()) == Some(source.as_str()),
        LayerSource::Vehicles | LayerSource::People => true,
        _ => false,
    }
}

/// True when the layer's source holds the event in `row`.
pub(super) fn takes_event(source: &LayerSource, events: &Events, row: u32) -> bool {
    match source {
        LayerSource::Events { types } => {
            let event = events.rows().get(row as usize);
            types.is_empty() || event.is_some_and(|event| types.contains(&event.category))
        }
        _ => false,
    }
}

/// The source that an identity is from, where it says so.
pub(super) fn prefix_of(id: &str) -> Option<&str> {
    Some(id.split_once(SOURCE_MARK)?.0)
}

/// The sources that are late as a whole.
pub(super) fn late_sources(sources: &BTreeMap<String, SourceHealth>) -> BTreeSet<String> {
    let is_late = |health: &SourceHealth| {
        matches!(
            health.state,
            SourceState::Late | SourceState::Silent | SourceState::Failing
        )
    };
    sources
        .iter()
        .filter(|(_, health)| is_late(health))
        .map(|(id, _)| id.clone())
        .collect()
}

/// The series whose value a device shows: the first of `properties`, or the first that is no place.
pub(super) fn value_series(state: &State, series: &[u32], properties: &[String]) -> u32 {
    let suits = |row: &&u32| {
        state.series_at(**row).is_some_and(|series| {
            let datastream = &series.datastream;
            if properties.is_empty() {
                axis_of(datastream).is_none_or(|axis| axis == Axis::Speed)
            } else {
                properties.contains(&datastream.observed_property)
                    || properties.contains(&datastream.name)
            }
        })
    };
    series.iter().find(suits).copied().unwrap_or(NONE)
}

/// What a series says of a moving thing's place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Axis {
    Lon,
    Lat,
    Speed,
    Heading,
}

fn axis_of(datastream: &Datastream) -> Option<Axis> {
    // Sources of moving features put the device's name before the series'; what is observed is the bare word then.
    let said = [datastream.name.trim(), datastream.observed_property.trim()];
    let is = |words: [&str; 3]| {
        let mut words = words.iter();
        words.any(|word| said.iter().any(|name| name.eq_ignore_ascii_case(word)))
    };
    if is(["lon", "longitude", "经度"]) {
        Some(Axis::Lon)
    } else if is(["lat", "latitude", "纬度"]) {
        Some(Axis::Lat)
    } else if is(["speed", "velocity", "速度"]) {
        Some(Axis::Speed)
    } else if is(["heading", "course", "航向"]) {
        Some(Axis::Heading)
    } else {
        None
    }
}

/// The series of longitude, latitude, speed and heading; `None` without the first two.
fn axes_of(state: &State, series: &[u32]) -> Option<Axes> {
    let find = |axis: Axis| {
        let mut rows = series.iter().copied();
        rows.find(|row| {
            let series = state.series_at(*row);
            series.is_some_and(|series| axis_of(&series.datastream) == Some(axis))
        })
    };
    Some([
        find(Axis::Lon)?,
        find(Axis::Lat)?,
        find(Axis::Speed).unwrap_or(NONE),
        find(Axis::Heading).unwrap_or(NONE),
    ])
}

fn thing_now(shown: &Shown<'_>, row: u32, value: u32, shape: u8, late: bool) -> Now {
    let state = shown.state;
    let readings = state.readings();
    let mut severity = Severity::Normal;
    // Of all series the freshest counts; of equally fresh ones, that which stays so for longest.
    let mut best: Option<(Freshness, f64, f64, f64)> = None;
    let series = state
        .thing(row)
        .map(|row| row.series.as_slice())
        .unwrap_or_default();
    for series in series {
        let (Some(reading), Some(known)) = (readings.get(*series), state.series_at(*series)) else {
            continue;
        };
        let period_s = usable_period_s(known.datastream.period_s);
        let age_s = readings.age_s(&reading, shown.moment);
        let freshness = Freshness::of_age(age_s, period_s);
        let left_s = 3.0 * period_s - age_s;
        severity = severity.max(state.severity(readings, *series));
        let is_better = best.is_none_or(|(known, left, ..)| (known, -left) > (freshness, -left_s));
        if is_better {
            best = Some((freshness, left_s, age_s, period_s));
        }
    }
    let point = PointState::new(shape, class_of(severity)).with_value(
        readings
            .get(value)
            .map_or(f32::NAN, |reading| reading.value as f32),
    );
    let Some((freshness, _, age_s, period_s)) = best else {
        let why = why(Freshness::Missing, shown, late);
        return Now {
            state: point.with_freshness(Freshness::Missing).with_why(why),
            seen: None,
            period_s: f32::INFINITY,
        };
    };
    Now {
        state: point
            .with_freshness(freshness)
            .with_why(why(freshness, shown, late)),
        // In a branch values hold from where it leaves the past: they are seen later than they happened.
        seen: Some(shown.moment.0 - (age_s * 1_000.0).round() as i64),
        period_s: period_s as f32,
    }
}

/// How bad a device is (0 normal to 4 critical), and how old the freshest that it says; `late` when its source is late.
pub(super) fn thing_age(shown: &Shown<'_>, row: u32, late: bool) -> (u8, Age) {
    let now = thing_now(shown, row, NONE, SHAPE_DOT, late);
    let age = Age {
        freshness: now.state.freshness(),
        why: now.state.why(),
        at: now.seen,
    };
    (now.state.class(), age)
}

/// How old what a series says is; `None` while it has said nothing. `late` when its source is late.
pub(super) fn series_age(shown: &Shown<'_>, series: u32, late: bool) -> Option<Age> {
    let readings = shown.state.readings();
    let (reading, known) = (readings.get(series)?, shown.state.series_at(series)?);
    let age_s = readings.age_s(&reading, shown.moment);
    let period_s = usable_period_s(known.datastream.period_s);
    let freshness = Freshness::of_age(age_s, period_s);
    Some(Age {
        freshness,
        why: why(freshness, shown, late),
        at: Some(shown.moment.0 - (age_s * 1_000.0).round() as i64),
    })
}

fn why(freshness: Freshness, shown: &Shown<'_>, late: bool) -> Why {
    match freshness {
        Freshness::Fresh => Why::NotAged,
        _ if shown.hub_gone => Why::HubGone,
        _ if late => Why::SourceLate,
        _ => Why::DeviceSilent,
    }
}

fn camera_now(shown: &Shown<'_>, is_on: bool) -> Now {
    let point = PointState::new(SHAPE_CAMERA, 0);
    if is_on {
        return Now {
            state: point,
            seen: Some(shown.moment.0),
            period_s: f32::INFINITY,
        };
    }
    Now {
        state: point.with_freshness(Freshness::Missing).with_why(why(
            Freshness::Missing,
            shown,
            false,
        )),
        seen: None,
        period_s: f32::INFINITY,
    }
}

fn event_now(shown: &Shown<'_>, event: Option<&Event>) -> Now {
    let Some(event) = event else {
        return Now::NOTHING;
    };
    let class = if event.standing.is_real() {
        class_of(event.level.shown_as())
    } else {
        CLASS_UNREAL
    };
    let stands = event.status != EventStatus::Closed && shown.events.shows(&event.id);
    Now {
        state: PointState::new(SHAPE_EVENT, class)
            .with_mark(EventMark::of_category(&event.category))
            .with_shown(stands),
        seen: Some(event.happened_at.0),
        period_s: f32::INFINITY,
    }
}
