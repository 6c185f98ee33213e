//! Areas of governance as a layer paints them: what lies in each, how bad that is, and how old.

use super::{
    faults::ShapeFault,
    grids::{AreasOfLevel, GridAreas},
    plans::{AreaPaintPlan, ShapePlan},
    rows::{Age, Shown, prefix_of, thing_age},
};
use cim_geo::Geodetic;
use cim_layers::{
    Why,
    field::{Classes, classes, part_of},
    layer::{GridLevel, LayerCount, LayerLook, Paint},
    points::class_of,
};
use cim_model::{Alarm, EventStatus, Freshness, Severity};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// How high areas lie over the ground, metres.
pub(super) const AREAS_UP_M: f32 = 0.6;

/// Something that is counted where it lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Lying {
    /// Longitude and latitude, degrees.
    place: [f64; 2],
    /// How bad it is: 0 normal to 4 critical.
    class: u8,
    age: Age,
}

/// What an area is coloured by.
#[derive(Debug)]
pub(super) enum Figure {
    /// How many of `items` lie in it. Where all `devices` in it have long been silent, nobody knows whether that still
    /// holds.
    Count {
        items: Arc<Vec<Lying>>,
        devices: Option<Arc<Vec<Lying>>>,
    },
    Residents,
    Homes,
    Buildings,
    /// Nobody knows.
    Unknown(String),
}

/// What is said of an area.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct AreaCell {
    /// The figure; NaN where nobody knows it.
    pub(super) value: f64,
    /// How bad the worst in it is: 0 normal to 4 critical.
    pub(super) class: u8,
    /// Of the freshest in it; `None` where nobody reports.
    pub(super) age: Option<Age>,
    /// Devices are in it, and all have long been silent.
    is_silent: bool,
}

/// The areas of a layer with what is said of each.
#[derive(Debug)]
pub(super) struct AreasReading {
    /// All areas of the city.
    pub(super) grids: Arc<GridAreas>,
    /// Which of them the layer shows.
    pub(super) level: GridLevel,
    /// What is said of each of these.
    pub(super) cells: Vec<AreaCell>,
    /// True where areas have states.
    pub(super) has_states: bool,
    /// The classes that values were put into.
    pub(super) classes: Option<Classes>,
}

impl Figure {
    /// The figure called `figure`, with all that it takes. `devices` are all of the city.
    pub(super) fn new(
        figure: &str,
        shown: &Shown<'_>,
        alarms: &[&Alarm],
        devices: impl FnOnce() -> Arc<Vec<Lying>>,
    ) -> Self {
        match figure {
            "alarms" => {
                let devices = devices();
                Self::Count {
                    items: Arc::new(alarming(shown, alarms, &devices)),
                    devices: Some(devices),
                }
            }
            "events" => Self::Count {
                items: Arc::new(events(shown)),
                devices: None,
            },
            "devices" => {
                let devices = devices();
                Self::Count {
                    items: Arc::clone(&devices),
                    devices: Some(devices),
                }
            }
            "residents" => Self::Residents,
            "homes" => Self::Homes,
            "buildings" => Self::Buildings,
            other => Self::Unknown(other.to_owned()),
        }
    }
}

/// All devices of the city, in the order of their rows. `late` are the sources that are late as a whole.
pub(super) fn devices(shown: &Shown<'_>, late: &BTreeSet<String>) -> Vec<Lying> {
    let things = shown.state.things().iter().zip(0..);
    things
        .map(|(known, row)| {
            let source = prefix_of(known.thing.id.as_str());
            let is_late = source.is_some_and(|source| late.contains(source));
            let (class, age) = thing_age(shown, row, is_late);
            Lying {
                place: flat(known.thing.position),
                class,
                age,
            }
        })
        .collect()
}

/// Devices in alarm: one with two alarms counts once, with the worse.
fn alarming(shown: &Shown<'_>, alarms: &[&Alarm], devices: &[Lying]) -> Vec<Lying> {
    let mut worst: BTreeMap<u32, Severity> = BTreeMap::new();
    for alarm in alarms {
        if let Some(row) = shown.state.thing_row(alarm.thing.as_str()) {
            let known = worst.entry(row).or_insert(alarm.severity);
            *known = (*known).max(alarm.severity);
        }
    }
    let found = worst.into_iter().filter_map(|(row, severity)| {
        let device = devices.get(row as usize)?;
        Some(Lying {
            class: class_of(severity),
            ..*device
        })
    });
    found.collect()
}

/// Events that are real and not closed.
fn events(shown: &Shown<'_>) -> Vec<Lying> {
    let open = shown
        .events
        .shown()
        .filter(|event| event.standing.is_real() && event.status != EventStatus::Closed);
    open.map(|event| Lying {
        place: flat(event.position),
        class: class_of(event.level.shown_as()),
        age: Age {
            freshness: Freshness::Fresh,
            why: Why::NotAged,
            at: Some(event.happened_at.0),
        },
    })
    .collect()
}

fn flat(place: Geodetic) -> [f64; 2] {
    [place.lon_deg, place.lat_deg]
}

/// The areas of a level in their colours, and what is said of each. `origin` is the city's.
pub(super) fn shape(
    grids: &Arc<GridAreas>,
    level: GridLevel,
    figure: &Figure,
    look: &LayerLook,
    origin: Geodetic,
) -> Result<(ShapePlan, AreasReading), ShapeFault> {
    if let Figure::Unknown(figure) = figure {
        return Err(ShapeFault::NoFigure(figure.clone()));
    }
    let own = grids.of(level).ok_or(ShapeFault::NoAreas(level))?;
    let has_states = matches!(figure, Figure::Count { .. });
    let cells = cells_of(own, figure);
    let values: Vec<f64> = cells.iter().map(|cell| cell.value).collect();
    let plan = look.classes.as_ref();
    let classes = plan
        .filter(|_| matches!(look.paint, Paint::ByValue { .. }))
        .map(|plan| classes(&values, &plan.classing, usize::from(plan.count)))
        .transpose()
        .map_err(ShapeFault::Field)?;
    let paints: Result<Vec<AreaPaintPlan>, ShapeFault> = cells
        .iter()
        .map(|cell| paint_of(cell, has_states, &look.paint, classes.as_ref()))
        .collect();
    let shape = ShapePlan::Areas {
        origin,
        shapes: Arc::clone(&own.outlines),
        paints: paints?.into(),
        up_m: AREAS_UP_M,
    };
    let reading = AreasReading {
        grids: Arc::clone(grids),
        level,
        cells,
        has_states,
        classes,
    };
    Ok((shape, reading))
}

/// What is said of each area of a level.
fn cells_of(own: &AreasOfLevel, figure: &Figure) -> Vec<AreaCell> {
    let cell = |value: f64| AreaCell {
        value,
        class: 0,
        age: None,
        is_silent: false,
    };
    let areas = own.areas.iter();
    match figure {
        Figure::Residents => areas.map(|area| cell(area.residents)).collect(),
        Figure::Homes => areas.map(|area| cell(area.homes)).collect(),
        Figure::Buildings => areas.map(|area| cell(area.buildings)).collect(),
        Figure::Unknown(_) => areas.map(|_| cell(f64::NAN)).collect(),
        Figure::Count { items, devices } => {
            let mut cells: Vec<AreaCell> = areas.map(|_| cell(0.0)).collect();
            for item in items.iter() {
                for number in own.at(item.place) {
                    if let Some(cell) = cells.get_mut(number as usize) {
                        cell.value += 1.0;
                        cell.class = cell.class.max(item.class);
                        cell.hear(item.age);
                    }
                }
            }
            if let Some(devices) = devices {
                ask_devices(own, devices, &mut cells);
            }
            cells
        }
    }
}

/// Notes how old what devices say is, also of those that are not counted.
fn ask_devices(own: &AreasOfLevel, devices: &[Lying], cells: &mut [AreaCell]) {
    for device in devices {
        for number in own.at(device.place) {
            if let Some(cell) = cells.get_mut(number as usize) {
                cell.hear(device.age);
            }
        }
    }
    for cell in cells {
        let freshest = cell.age.map(|age| age.freshness);
        cell.is_silent = freshest == Some(Freshness::Missing);
    }
}

impl AreaCell {
    /// Something in it is so old; the freshest counts, and of equally fresh ones the newest.
    fn hear(&mut self, age: Age) {
        let is_better = |known: Age| {
            (age.freshness, std::cmp::Reverse(age.at))
                < (known.freshness, std::cmp::Reverse(known.at))
        };
        if self.age.is_none_or(is_better) {
            self.age = Some(age);
        }
    }
}

fn paint_of(
    cell: &AreaCell,
    has_states: bool,
    paint: &Paint,
    classes: Option<&Classes>,
) -> Result<AreaPaintPlan, ShapeFault> {
    let value = cell.value;
    let colour = match paint {
        Paint::ByState if has_states => None,
        Paint::ByState => return Err(ShapeFault::NoStates),
        Paint::ByAttribute { .. } => return Err(ShapeFault::NoTexts),
        Paint::Plain(colour) => Some(*colour),
        Paint::ByValue { ramp, from, to, .. } => Some(match classes {
            Some(classes) => {
                let class = classes.of(value).unwrap_or_default();
                ramp.class_srgb8(class, classes.count())
            }
            None => ramp.srgb8(part_of(value, f64::from(*from), f64::from(*to))),
        }),
    };
    Ok(AreaPaintPlan {
        colour: colour.filter(|_| value.is_finite()),
        class: cell.class,
        no_data: !value.is_finite(),
        silent: cell.is_silent,
        ..AreaPaintPlan::default()
    })
}

impl AreasReading {
    /// What is said of an area that holds a place (longitude and latitude): the area's number, and what.
    pub(super) fn at(&self, place: [f64; 2]) -> Option<(u32, &AreaCell)> {
        let number = self.grids.of(self.level)?.at(place).next()?;
        Some((number, self.cells.get(number as usize)?))
    }

    /// How many areas there are, how bad and how old, and when the newest value in them held.
    pub(super) fn count(&self) -> (LayerCount, Option<i64>) {
        let mut count = LayerCount::default();
        let mut newest: Option<i64> = None;
        for cell in &self.cells {
            count.all += 1;
            if !cell.value.is_finite() {
                continue;
            }
            count.shown += 1;
            newest = newest.max(cell.age.and_then(|age| age.at));
            let by_class = count.by_class.get_mut(usize::from(cell.class));
            if let Some(by_class) = by_class.filter(|_| self.has_states) {
                *by_class += 1;
            }
            match cell.age.map(|age| age.freshness) {
                None | Some(Freshness::Fresh) => {}
                Some(Freshness::Late) => count.late += 1,
                Some(Freshness::Missing) => count.missing += 1,
            }
        }
        (count, newest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::grids::tests::square;
    use cim_layers::{
        field::{Classing, RampId},
        layer::{ClassesPlan, LayerKind},
    };

    const ORIGIN: Geodetic = Geodetic {
        lon_deg: 0.0,
        lat_deg: 0.0,
        height_m: 0.0,
    };

    /// Four cells of 0.01° from west to east with 10, 20, 30 and 1 000 residents.
    fn grids() -> Arc<GridAreas> {
        let areas = [10.0, 20.0, 30.0, 1_000.0].into_iter().zip(0..);
        let areas = areas.map(|(residents, number)| square(f64::from(number) * 0.01, residents));
        Arc::new(GridAreas::new(areas.collect(), ORIGIN))
    }

    fn lying(lon: f64, class: u8, freshness: Freshness) -> Lying {
        Lying {
            place: [lon, 0.005],
            class,
            age: Age {
                freshness,
                why: Why::DeviceSilent,
                at: Some(7),
            },
        }
    }

    fn counted(items: Vec<Lying>, devices: Vec<Lying>) -> Figure {
        Figure::Count {
            items: Arc::new(items),
            devices: Some(Arc::new(devices)),
        }
    }

    fn look(paint: Paint) -> LayerLook {
        LayerLook {
            paint,
            ..LayerLook::of(LayerKind::Areas)
        }
    }

    fn by_value() -> Paint {
        Paint::ByValue {
            ramp: RampId::Cividis,
            from: 0.0,
            to: 100.0,
            unit: "人".to_owned(),
        }
    }

    #[track_caller]
    fn paints(figure: &Figure, look: &LayerLook) -> (Vec<AreaPaintPlan>, AreasReading) {
        let made = shape(&grids(), GridLevel::Cell, figure, look, ORIGIN);
        let (shape, reading) = made.expect("a shape");
        let ShapePlan::Areas { paints, .. } = shape else {
            panic!("areas: {shape:?}");
        };
        (paints.to_vec(), reading)
    }

    #[test]
    fn by_state_an_area_is_as_bad_as_the_worst_in_it() {
        let items = vec![
            lying(0.005, 2, Freshness::Fresh),
            lying(0.006, 4, Freshness::Fresh),
        ];
        let figure = counted(items.clone(), items);
        let (paints, reading) = paints(&figure, &look(Paint::ByState));
        let first = paints.first().expect("an area");
        assert_eq!((first.colour, first.class), (None, 4));
        assert_eq!(paints.get(1).map(|paint| paint.class), Some(0));
        let (number, cell) = reading.at([0.005, 0.005]).expect("an area");
        assert_eq!((number, cell.value as u32, cell.class), (0, 2, 4));
        let (count, newest) = reading.count();
        assert_eq!((count.shown, count.by_class), (4, [3, 0, 0, 0, 1, 0]));
        assert_eq!(newest, Some(7));
    }

    #[test]
    fn a_figure_without_states_is_not_painted_as_if_it_had_some() {
        let look = look(Paint::ByState);
        let made = shape(&grids(), GridLevel::Cell, &Figure::Residents, &look, ORIGIN);
        assert_eq!(made.expect_err("no states"), ShapeFault::NoStates);
    }

    #[test]
    fn an_area_whose_devices_are_all_silent_says_so_and_one_voice_is_enough() {
        let devices = vec![
            lying(0.005, 0, Freshness::Missing),
            lying(0.015, 0, Freshness::Missing),
            lying(0.016, 0, Freshness::Late),
        ];
        let (paints, reading) = paints(&counted(Vec::new(), devices), &look(by_value()));
        let silent: Vec<bool> = paints.iter().map(|paint| paint.silent).collect();
        assert_eq!(silent, [true, false, false, false]);
        let (count, _) = reading.count();
        assert_eq!((count.late, count.missing), (1, 1));
    }

    #[test]
    fn classes_give_each_area_the_colour_that_the_legend_has() {
        let mut look = look(by_value());
        look.classes = Some(ClassesPlan {
            classing: Classing::Jenks,
            count: 2,
        });
        let (paints, reading) = paints(&Figure::Residents, &look);
        let classes = reading.classes.as_ref().expect("classes");
        assert_eq!(classes.range(0), Some([10.0, 30.0]));
        let colours = classes.colours(RampId::Cividis);
        let painted: Vec<_> = paints.iter().filter_map(|paint| paint.colour).collect();
        let expected: Vec<_> = [0, 0, 0, 1]
            .into_iter()
            .filter_map(|class: usize| colours.get(class).copied())
            .collect();
        assert_eq!(painted, expected);
    }
}
