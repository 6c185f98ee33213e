//! What layers show that is no point: heat, areas with figures, pipes, roads, rasters, fences, and names that alarm.
//!
//! What it needs is collected while the desk is held; the work is done aside, at most every two seconds for a layer and
//! only while the layer is shown and something changed.

use super::{
    Layers, MANY_THINGS,
    areas::{self, AREAS_UP_M, Figure, Lying},
    columns::RowColumns,
    faults::ShapeFault,
    fences::FenceBook,
    grids::{self, GridAreas},
    ground::Reading,
    heat,
    pipes::{self, PipeMap, PipesReading, Said},
    plans::{AreaPaintPlan, LayerChanges, ShapePlan},
    raster_file,
    roads::{self, RoadMap, RoadWork},
    rows::{Family, Rows, Shown, ThingTable, takes},
    sheet::Sheet,
};
use crate::city::City;
use cim_geo::Geodetic;
use cim_layers::{
    field::{FieldError, FloodMesh, contours},
    layer::{GridLevel, HeatOf, LayerKind, LayerLook, LayerSource},
};
use cim_model::{Alarm, ThingClass};
use cim_tiles::Problem;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

/// Seconds between two makings of one shape.
const EVERY_S: i64 = 2;
/// Seconds after which a shape is made again although nothing came: what it is made of grows old.
const AGE_EVERY_S: i64 = 10;
/// Seconds between two looks at how old all devices are, for areas: few devices, and many.
const DEVICES_EVERY_S: [i64; 2] = [2, 10];

/// What is known of shapes.
#[derive(Default)]
pub(crate) struct Shapes {
    folder: Option<PathBuf>,
    /// The city's features, where they were read.
    model: Option<Arc<City>>,
    /// Counts cities: what was worked out for another one is thrown away.
    city: u64,
    /// Counts changes of what shapes are made of.
    news: u64,
    grids: Option<Arc<GridAreas>>,
    pipes: Option<Arc<PipeMap>>,
    roads: Option<Arc<RoadMap>>,
    asked: BTreeMap<u16, Asked>,
    ready: Vec<(u16, ShapePlan)>,
    /// What the pictures say in numbers, by layer.
    readings: BTreeMap<u16, Reading>,
    /// How areas are painted in the twin, by layer.
    paints: BTreeMap<u16, Arc<[AreaPaintPlan]>>,
    /// All devices as areas see them, and the second of that look.
    devices: Option<(i64, Arc<Vec<Lying>>)>,
    /// What went wrong last, by layer.
    pub(super) problems: BTreeMap<u16, ShapeFault>,
    /// Rows of heat maps, by layer, and the generation that they are from.
    rows: BTreeMap<u16, (u64, Rows)>,
    /// The news and the second of the last look at the names.
    label_look: (u64, i64),
}

/// When a shape was asked for.
struct Asked {
    second: i64,
    news: u64,
    is_running: bool,
}

/// Work to be done aside.
pub(crate) struct Job {
    number: u16,
    city: u64,
    origin: Geodetic,
    look: LayerLook,
    work: Work,
}

enum Work {
    Heat(Samples),
    Grids {
        folder: PathBuf,
        known: Option<Arc<GridAreas>>,
        level: GridLevel,
        figure: Figure,
    },
    Pipes {
        folder: PathBuf,
        known: Option<Arc<PipeMap>>,
        medium: String,
        said: BTreeMap<String, Said>,
        /// The lines are there: only their states are told.
        is_told: bool,
    },
    Roads(RoadWork),
    Raster(PathBuf),
}

/// What a heat map is made of.
#[derive(Default)]
struct Samples {
    /// Places, and what they weigh or measure.
    places: Vec<(Geodetic, f32)>,
    /// When the newest of them was seen, UTC milliseconds.
    newest: Option<i64>,
}

/// Work that is done.
pub(crate) struct Made {
    number: u16,
    city: u64,
    shape: Result<(ShapePlan, Option<Reading>), ShapeFault>,
    grids: Option<Arc<GridAreas>>,
    pipes: Option<Arc<PipeMap>>,
    roads: Option<Arc<RoadMap>>,
}

impl Shapes {
    /// Another city is open.
    pub(super) fn open_city(&mut self, folder: &Path) {
        *self = Self {
            folder: Some(folder.to_owned()),
            city: self.city + 1,
            news: self.news + 1,
            ..Self::default()
        };
    }

    /// The twin begins anew: every shape is told once more.
    pub(super) fn forget_twin(&mut self) {
        self.asked.clear();
        self.ready.clear();
        self.paints.clear();
        self.news += 1;
    }

    /// Another moment is shown: devices are as old as they were then.
    pub(super) fn forget_ages(&mut self) {
        self.devices = None;
    }

    /// What the picture of a layer says in numbers; `None` while it is not shown.
    pub(super) fn reading(&self, number: u16) -> Option<&Reading> {
        self.readings.get(&number)
    }

    /// A layer is not shown any more.
    fn forget(&mut self, number: u16) {
        self.asked.remove(&number);
        self.rows.remove(&number);
        self.readings.remove(&number);
        self.paints.remove(&number);
    }

    /// All devices as areas see them, looked at again now and then.
    fn devices(
        &mut self,
        shown: &Shown<'_>,
        late: &BTreeSet<String>,
        second: i64,
    ) -> Arc<Vec<Lying>> {
        let [few, many] = DEVICES_EVERY_S;
        let is_many = shown.state.things().len() > MANY_THINGS;
        let every_s = if is_many { many } else { few };
        let known = self.devices.as_ref();
        let known = known.filter(|(last, devices)| {
            second.saturating_sub(*last).abs() < every_s
                && devices.len() == shown.state.things().len()
        });
        if let Some((_, devices)) = known {
            return Arc::clone(devices);
        }
        let devices = Arc::new(areas::devices(shown, late));
        self.devices = Some((second, Arc::clone(&devices)));
        devices
    }

    /// Something that shapes are made of may have changed.
    pub(super) fn note_news(&mut self, has_news: bool) {
        self.news += u64::from(has_news);
    }

    /// Takes what was worked out; the layer that it is of, where its numbers are others now.
    pub(super) fn take(&mut self, made: Made) -> Option<u16> {
        if made.city != self.city {
            return None;
        }
        self.grids = made.grids.or(self.grids.take());
        self.pipes = made.pipes.or(self.pipes.take());
        self.roads = made.roads.or(self.roads.take());
        let number = made.number;
        // One that is asked for no more is not shown any more.
        let asked = self.asked.get_mut(&number)?;
        asked.is_running = false;
        match made.shape {
            Ok((shape, reading)) => {
                self.problems.remove(&number);
                match reading {
                    Some(reading) => self.readings.insert(number, reading),
                    None => self.readings.remove(&number),
                };
                if self.is_other(number, &shape) {
                    self.ready.push((number, shape));
                }
            }
            Err(fault) => {
                self.readings.remove(&number);
                self.problems.insert(number, fault);
            }
        }
        Some(number)
    }

    /// True for a shape that the twin does not have: areas that are painted as they were cost it nothing.
    fn is_other(&mut self, number: u16, shape: &ShapePlan) -> bool {
        let ShapePlan::Areas { paints, .. } = shape else {
            return true;
        };
        let before = self.paints.insert(number, Arc::clone(paints));
        before.as_ref() != Some(paints)
    }

    /// True when the shape of the layer `number` is to be made again; one that ages also when nothing came.
    fn is_due(&self, number: u16, second: i64, ages: bool) -> bool {
        self.asked.get(&number).is_none_or(|asked| {
            let passed_s = second.saturating_sub(asked.second).abs();
            let has_news = asked.news != self.news && passed_s >= EVERY_S;
            !asked.is_running && (has_news || (ages && passed_s >= AGE_EVERY_S))
        })
    }
}

impl Layers {
    /// Takes the features of the city that is open: its roads are among them.
    pub(crate) fn set_model(&mut self, city: Arc<City>) {
        self.shapes.model = Some(city);
    }

    /// Asks for shapes that are due, and tells those that are ready.
    pub(super) fn shape(
        &mut self,
        shown: &Shown<'_>,
        alarms: &[&Alarm],
        second: i64,
        out: &mut LayerChanges,
    ) -> Vec<Job> {
        let fences = self.fences.revision();
        let has_new_fences = std::mem::replace(&mut self.seen.fences, fences) != fences;
        let packs = self.packs_if_needed();
        let mut jobs = Vec::new();
        for sheet in &mut self.sheets {
            let number = sheet.plan.number;
            if sheet.family != Family::Shape {
                continue;
            }
            if !sheet.is_shown() {
                sheet.is_shaped = false;
                self.shapes.forget(number);
                continue;
            }
            if sheet.plan.look.kind == LayerKind::Fences {
                if has_new_fences || !sheet.is_shaped {
                    sheet.is_shaped = true;
                    out.shapes
                        .push((number, fence_shape(&self.fences, self.origin)));
                }
                continue;
            }
            let is_due = self.shapes.is_due(number, second, ages(sheet));
            let Some(origin) = self.origin.filter(|_| is_due) else {
                continue;
            };
            let folder = packs
                .iter()
                .find(|(id, _)| *id == sheet.plan.id)
                .and_then(|(_, folder)| folder.clone());
            let Some(work) = work_of(
                sheet,
                shown,
                (&self.table, &self.fences),
                (&mut self.shapes, alarms, folder),
                (&self.seen.late, second),
            ) else {
                continue;
            };
            let asked = Asked {
                second,
                news: self.shapes.news,
                is_running: true,
            };
            self.shapes.asked.insert(number, asked);
            jobs.push(Job {
                number,
                city: self.shapes.city,
                origin,
                look: sheet.plan.look.clone(),
                work,
            });
        }
        self.tell_ready(out);
        jobs
    }

    /// Tells the shapes that were worked out.
    fn tell_ready(&mut self, out: &mut LayerChanges) {
        let ready = std::mem::take(&mut self.shapes.ready);
        for (number, shape) in ready {
            let mut sheets = self.sheets.iter_mut();
            let sheet = sheets.find(|sheet| sheet.plan.number == number && sheet.is_shown());
            if let Some(sheet) = sheet {
                sheet.is_shaped |= matches!(shape, ShapePlan::Flow { .. });
                out.shapes.push((number, shape));
            }
        }
    }

    /// The folders of the packs of raster layers that are shown.
    fn packs_if_needed(&self) -> Vec<(cim_layers::layer::LayerId, Option<PathBuf>)> {
        let needs = |sheet: &&Sheet| {
            let mut members = sheet.members.iter();
            sheet.is_shown()
                && !sheet.is_shaped
                && members.any(|member| matches!(member.source, LayerSource::Raster { .. }))
        };
        let mut found: Vec<_> = self
            .sheets
            .iter()
            .filter(needs)
            .map(|sheet| (sheet.plan.id.clone(), None))
            .collect();
        if !found.is_empty() {
            let packs = self.packs();
            for (id, folder) in &mut found {
                *folder = super::packs::folder_of(&packs, id).map(Path::to_owned);
            }
        }
        found
    }

    /// True when the names that alarm are to be looked for again; at most as often as shapes. `second` is the wall
    /// clock's.
    pub(crate) fn is_label_look_due(&mut self, second: i64) -> bool {
        let (news, last) = self.shapes.label_look;
        let is_due = news != self.shapes.news && second.saturating_sub(last).abs() >= EVERY_S;
        if is_due {
            self.shapes.label_look = (self.shapes.news, second);
        }
        is_due
    }
}

/// True when the picture changes while nothing is reported.
fn ages(sheet: &Sheet) -> bool {
    let is_of_devices = |source: &LayerSource| {
        matches!(
            source,
            LayerSource::Grids { .. } | LayerSource::Assets { .. } | LayerSource::City { .. }
        )
    };
    let mut members = sheet.members.iter();
    members.any(|member| is_of_devices(&member.source) || member.filter_ages)
}

/// What has to be done for a layer's shape, with all that it takes; `None` for one that needs no work, or cannot be
/// made.
fn work_of(
    sheet: &mut Sheet,
    shown: &Shown<'_>,
    (table, fences): (&ThingTable, &FenceBook),
    (shapes, alarms, pack): (&mut Shapes, &[&Alarm], Option<PathBuf>),
    (late, second): (&BTreeSet<String>, i64),
) -> Option<Work> {
    let source = sheet.members.first()?.source.clone();
    match source {
        LayerSource::Grids { level, figure } => Some(Work::Grids {
            folder: shapes.folder.clone()?,
            known: shapes.grids.clone(),
            level,
            figure: Figure::new(&figure, shown, alarms, || {
                shapes.devices(shown, late, second)
            }),
        }),
        LayerSource::Assets { medium } => Some(Work::Pipes {
            folder: shapes.folder.clone()?,
            known: shapes.pipes.clone(),
            medium,
            said: pipes::said(shown, late),
            is_told: sheet.is_shaped,
        }),
        LayerSource::City { classes } if sheet.plan.look.kind == LayerKind::Flow => {
            Some(Work::Roads(RoadWork {
                city: shapes.model.clone()?,
                known: shapes.roads.clone(),
                classes,
                detectors: roads::detectors(shown, table, late),
                is_told: sheet.is_shaped,
            }))
        }
        LayerSource::Raster { file } => {
            if sheet.is_shaped {
                return None;
            }
            sheet.is_shaped = true;
            Some(Work::Raster(pack?.join(file)))
        }
        _ if sheet.plan.look.kind == LayerKind::Heat => {
            Some(Work::Heat(samples(sheet, shown, table, fences, shapes)))
        }
        _ => None,
    }
}

/// Places and values of the rows that a heat map is made of.
fn samples(
    sheet: &Sheet,
    shown: &Shown<'_>,
    table: &ThingTable,
    fences: &FenceBook,
    shapes: &mut Shapes,
) -> Samples {
    let mut samples = Samples::default();
    let Some(member) = sheet.members.first() else {
        return samples;
    };
    let (family, generation) = match &member.source {
        LayerSource::Events { .. } => (Family::Events, shown.events.set_generation()),
        LayerSource::Cameras => (Family::Cameras, shown.state.drawn_cameras_generation()),
        LayerSource::Vehicles => (
            Family::Movers(ThingClass::Vehicle),
            shown.state.things_generation(),
        ),
        LayerSource::People => (
            Family::Movers(ThingClass::Person),
            shown.state.things_generation(),
        ),
        _ => (Family::Things, shown.state.things_generation()),
    };
    let number = sheet.plan.number;
    let known = shapes.rows.get(&number).map(|(known, _)| *known);
    if known != Some(generation) {
        let properties: &[String] = match &member.source {
            LayerSource::Things { properties, .. } => properties,
            _ => &[],
        };
        let rows = Rows::collect(family, shown, table, |row| {
            let is_in = match family {
                Family::Events => super::rows::takes_event(&member.source, shown.events, row),
                _ => takes(&member.source, shown.state, row),
            };
            is_in.then_some((0, properties))
        });
        shapes.rows.insert(number, (generation, rows));
    }
    let Some((_, rows)) = shapes.rows.get(&number) else {
        return samples;
    };
    let columns = RowColumns {
        shown,
        family,
        rows,
        schema: &table.schema,
        fences,
    };
    let is_density = sheet.plan.look.heat == HeatOf::Density;
    for row in 0..rows.len() {
        let is_taken = member
            .filter
            .as_ref()
            .is_none_or(|filter| filter.takes(&columns, row));
        let said = rows.now(family, shown, row);
        let now = said.state;
        let Some(place) = rows
            .place(family, shown, row)
            .filter(|_| is_taken && now.is_shown())
        else {
            continue;
        };
        let weight = if is_density { 1.0 } else { now.value };
        if weight.is_finite() {
            samples.places.push((place, weight));
            samples.newest = samples.newest.max(said.seen);
        }
    }
    samples
}

fn fence_shape(fences: &FenceBook, origin: Option<Geodetic>) -> ShapePlan {
    let Some(origin) = origin.filter(|_| !fences.shapes().is_empty()) else {
        return ShapePlan::Nothing;
    };
    let paint = AreaPaintPlan {
        fence: true,
        ..AreaPaintPlan::default()
    };
    ShapePlan::Areas {
        origin,
        shapes: Arc::from(fences.shapes()),
        paints: vec![paint; fences.shapes().len()].into(),
        up_m: AREAS_UP_M,
    }
}

impl Job {
    /// Does the work. Reads files: not for a thread that must not wait.
    pub(crate) fn run(self) -> Made {
        let (mut read_grids, mut read_pipes, mut read_roads) = (None, None, None);
        let (origin, look) = (self.origin, &self.look);
        let shape = match self.work {
            Work::Heat(samples) => heat_shape(&samples, look, origin),
            Work::Grids {
                folder,
                known,
                level,
                figure,
            } => {
                let read = || grids::read(&folder).map(|all| Arc::new(GridAreas::new(all, origin)));
                let all = known.map_or_else(read, Ok).map_err(ShapeFault::of_file);
                all.and_then(|all| {
                    read_grids = Some(Arc::clone(&all));
                    let (shape, reading) = areas::shape(&all, level, &figure, look, origin)?;
                    Ok((shape, Some(Reading::of_areas(reading))))
                })
            }
            Work::Pipes {
                folder,
                known,
                medium,
                said,
                is_told,
            } => {
                let read = || pipes::read(&folder).map(|all| Arc::new(PipeMap::new(all, origin)));
                let all = known.map_or_else(read, Ok).map_err(ShapeFault::of_file);
                all.map(|map| {
                    read_pipes = Some(Arc::clone(&map));
                    let shape = map.shape(&medium, &said, is_told, origin);
                    let said = Arc::new(said);
                    let reading = Reading::of_pipes(PipesReading { map, medium, said });
                    (shape, Some(reading))
                })
            }
            Work::Roads(work) => work.run(origin).map(|(shape, reading)| {
                read_roads = Some(Arc::clone(&reading.map));
                (shape, Some(Reading::of_roads(reading)))
            }),
            Work::Raster(path) => raster_shape(&path, look, origin),
        };
        Made {
            number: self.number,
            city: self.city,
            shape,
            grids: read_grids,
            pipes: read_pipes,
            roads: read_roads,
        }
    }
}

/// A picture and what it says in numbers, or why there is none.
type Shaped = Result<(ShapePlan, Option<Reading>), ShapeFault>;

fn heat_shape(samples: &Samples, look: &LayerLook, origin: Geodetic) -> Shaped {
    let shape = heat::raster(&samples.places, look, origin).map_err(ShapeFault::Field)?;
    let reading = match &shape {
        ShapePlan::Heat { raster, .. } => {
            Some(Reading::of_raster(Arc::clone(raster), samples.newest))
        }
        _ => None,
    };
    Ok((shape, reading))
}

fn raster_shape(path: &Path, look: &LayerLook, origin: Geodetic) -> Shaped {
    let file = raster_file::read(path, origin).map_err(ShapeFault::of_file)?;
    let told = |error: FieldError| {
        ShapeFault::BadFile(Problem {
            source: path.display().to_string(),
            place: String::new(),
            reason: error.to_string(),
        })
    };
    let scale = heat::scale_of(&look.paint);
    let raster = Arc::new(file.raster);
    let shape = match (look.kind, &file.ground) {
        (LayerKind::Contours, _) => ShapePlan::Contours {
            origin,
            lines: contours(&raster, &look.levels).map_err(told)?.into(),
            scale,
        },
        (LayerKind::Surface, Some(ground)) => {
            let mesh = FloodMesh::new(&raster, ground).map_err(told)?;
            ShapePlan::Water {
                origin,
                deepest_m: mesh.deepest_m(),
                mesh: Arc::new(mesh),
            }
        }
        _ => ShapePlan::Heat {
            origin,
            raster: Arc::clone(&raster),
            scale,
            steps: 0,
        },
    };
    let reading = match shape {
        ShapePlan::Water { .. } => Reading::of_depths(raster, file.at),
        _ => Reading::of_raster(raster, file.at),
    };
    Ok((shape, Some(reading)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(shapes: &mut Shapes, second: i64) {
        let asked = Asked {
            second,
            news: shapes.news,
            is_running: false,
        };
        shapes.asked.insert(20, asked);
    }

    #[test]
    fn what_ages_is_made_again_although_nothing_came() {
        let mut shapes = Shapes::default();
        assert!(shapes.is_due(20, 100, false), "never made");
        asked(&mut shapes, 100);
        assert!(!shapes.is_due(20, 109, true));
        assert!(shapes.is_due(20, 110, true));
        assert!(!shapes.is_due(20, 900, false), "a raster does not age");
        shapes.note_news(true);
        assert!(!shapes.is_due(20, 101, false));
        assert!(shapes.is_due(20, 102, false));
    }

    #[test]
    fn areas_that_are_painted_as_they_were_are_not_told_again() {
        let mut shapes = Shapes::default();
        let areas = |class: u8| ShapePlan::Areas {
            origin: Geodetic::new(121.5, 31.2, 0.0),
            shapes: Arc::from([]),
            paints: Arc::from([AreaPaintPlan {
                class,
                ..AreaPaintPlan::default()
            }]),
            up_m: AREAS_UP_M,
        };
        let mut made = |shape: ShapePlan| {
            asked(&mut shapes, 100);
            let made = Made {
                number: 20,
                city: 0,
                shape: Ok((shape, None)),
                grids: None,
                pipes: None,
                roads: None,
            };
            assert_eq!(shapes.take(made), Some(20));
            std::mem::take(&mut shapes.ready).len()
        };
        assert_eq!(made(areas(1)), 1);
        assert_eq!(made(areas(1)), 0);
        assert_eq!(made(areas(3)), 1);
    }
}
