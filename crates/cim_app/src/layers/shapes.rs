//! What layers show that is no point: heat, areas with figures, pipes, rasters, fences, and names that alarm.
//!
//! What it needs is collected while the desk is held; the work is done aside, at most every two seconds for a layer and
//! only while the layer is shown and something changed.

use super::{
    Layers,
    columns::RowColumns,
    fences::FenceBook,
    grids::{self, GridArea},
    heat,
    pipes::{self, Pipe, Said, flow_m3_s},
    plans::{AreaPaintPlan, LayerChanges, ShapePlan},
    raster_file,
    rows::{Family, Rows, Shown, ThingTable, takes},
    sheet::Sheet,
};
use cim_geo::{Geodetic, LocalFrame};
use cim_layers::{
    field::{FieldError, FloodMesh, RampId, contours, part_of},
    layer::{GridLevel, HeatOf, LayerKind, LayerLook, LayerSource, Paint},
    motion::fence::FenceShape,
    points::class_of,
};
use cim_model::{Alarm, ThingClass};
use cim_tiles::Problem;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Seconds between two makings of one shape.
const EVERY_S: i64 = 2;
/// How high areas lie over the ground, metres.
const AREAS_UP_M: f32 = 0.6;
/// The property by which a device names the pipe or node that it stands at.
const ASSET: &str = "asset";

/// What is known of shapes.
#[derive(Default)]
pub(crate) struct Shapes {
    folder: Option<PathBuf>,
    /// Counts cities: what was worked out for another one is thrown away.
    city: u64,
    /// Counts changes of what shapes are made of.
    news: u64,
    grids: Option<Arc<Vec<GridArea>>>,
    pipes: Option<Arc<Vec<Pipe>>>,
    asked: BTreeMap<u16, Asked>,
    ready: Vec<(u16, ShapePlan)>,
    /// What went wrong last, by layer.
    pub(super) problems: BTreeMap<u16, String>,
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
    Heat(Vec<(Geodetic, f32)>),
    Grids {
        folder: PathBuf,
        known: Option<Arc<Vec<GridArea>>>,
        level: GridLevel,
        figure: Figure,
    },
    Pipes {
        folder: PathBuf,
        known: Option<Arc<Vec<Pipe>>>,
        medium: String,
        said: BTreeMap<String, Said>,
        /// The lines are there: only their states are told.
        is_told: bool,
    },
    Raster(PathBuf),
}

/// What an area is coloured by.
enum Figure {
    /// How many of these places lie in it.
    Count(Vec<[f64; 2]>),
    Residents,
    Homes,
    Buildings,
    /// Nobody knows.
    Unknown(String),
}

/// Work that is done.
pub(crate) struct Made {
    number: u16,
    city: u64,
    shape: Result<ShapePlan, String>,
    grids: Option<Arc<Vec<GridArea>>>,
    pipes: Option<Arc<Vec<Pipe>>>,
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
        self.news += 1;
    }

    /// Something that shapes are made of may have changed.
    pub(super) fn note_news(&mut self, has_news: bool) {
        self.news += u64::from(has_news);
    }

    /// Takes what was worked out.
    pub(super) fn take(&mut self, made: Made) {
        if made.city != self.city {
            return;
        }
        if let Some(asked) = self.asked.get_mut(&made.number) {
            asked.is_running = false;
        }
        self.grids = made.grids.or(self.grids.take());
        self.pipes = made.pipes.or(self.pipes.take());
        match made.shape {
            Ok(shape) => {
                self.problems.remove(&made.number);
                self.ready.push((made.number, shape));
            }
            Err(reason) => {
                self.problems.insert(made.number, reason);
            }
        }
    }

    /// True when the shape of the layer `number` is to be made again.
    fn is_due(&self, number: u16, second: i64) -> bool {
        self.asked.get(&number).is_none_or(|asked| {
            !asked.is_running
                && asked.news != self.news
                && (second.saturating_sub(asked.second)).abs() >= EVERY_S
        })
    }
}

impl Layers {
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
                self.shapes.asked.remove(&number);
                self.shapes.rows.remove(&number);
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
            let Some(origin) = self.origin.filter(|_| self.shapes.is_due(number, second)) else {
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

/// What has to be done for a layer's shape, with all that it takes; `None` for one that needs no work, or cannot be
/// made.
fn work_of(
    sheet: &mut Sheet,
    shown: &Shown<'_>,
    (table, fences): (&ThingTable, &FenceBook),
    (shapes, alarms, pack): (&mut Shapes, &[&Alarm], Option<PathBuf>),
) -> Option<Work> {
    let source = sheet.members.first()?.source.clone();
    match source {
        LayerSource::Grids { level, figure } => Some(Work::Grids {
            folder: shapes.folder.clone()?,
            known: shapes.grids.clone(),
            level,
            figure: figure_of(&figure, shown, alarms),
        }),
        LayerSource::Assets { medium } => Some(Work::Pipes {
            folder: shapes.folder.clone()?,
            known: shapes.pipes.clone(),
            medium,
            said: said_of_pipes(shown),
            is_told: sheet.is_shaped,
        }),
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
) -> Vec<(Geodetic, f32)> {
    let Some(member) = sheet.members.first() else {
        return Vec::new();
    };
    let (family, generation) = match &member.source {
        LayerSource::Events { .. } => (Family::Events, shown.events.set_generation()),
        LayerSource::Cameras => (Family::Cameras, shown.state.cameras_generation()),
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
        return Vec::new();
    };
    let columns = RowColumns {
        shown,
        family,
        rows,
        schema: &table.schema,
        fences,
    };
    let is_density = sheet.plan.look.heat == HeatOf::Density;
    let mut samples = Vec::new();
    for row in 0..rows.len() {
        let is_taken = member
            .filter
            .as_ref()
            .is_none_or(|filter| filter.takes(&columns, row));
        let now = rows.now(family, shown, row).state;
        let Some(place) = rows
            .place(family, shown, row)
            .filter(|_| is_taken && now.is_shown())
        else {
            continue;
        };
        let weight = if is_density { 1.0 } else { now.value };
        if weight.is_finite() {
            samples.push((place, weight));
        }
    }
    samples
}

fn figure_of(figure: &str, shown: &Shown<'_>, alarms: &[&Alarm]) -> Figure {
    let place = |place: Geodetic| [place.lon_deg, place.lat_deg];
    match figure {
        "alarms" => {
            // Devices in alarm: one with two alarms counts once.
            let rows: std::collections::BTreeSet<u32> = alarms
                .iter()
                .filter_map(|alarm| shown.state.thing_row(alarm.thing.as_str()))
                .collect();
            let things = rows.into_iter().filter_map(|row| shown.state.thing(row));
            Figure::Count(things.map(|row| place(row.thing.position)).collect())
        }
        "events" => Figure::Count(
            shown
                .events
                .shown()
                .filter(|event| {
                    event.standing.is_real() && event.status != cim_model::EventStatus::Closed
                })
                .map(|event| place(event.position))
                .collect(),
        ),
        "devices" => Figure::Count(
            shown
                .state
                .things()
                .iter()
                .map(|row| place(row.thing.position))
                .collect(),
        ),
        "residents" => Figure::Residents,
        "homes" => Figure::Homes,
        "buildings" => Figure::Buildings,
        other => Figure::Unknown(other.to_owned()),
    }
}

/// What devices say of the pipes and nodes that they stand at, by the name of these.
fn said_of_pipes(shown: &Shown<'_>) -> BTreeMap<String, Said> {
    let mut said: BTreeMap<String, Said> = BTreeMap::new();
    let readings = shown.state.readings();
    for row in shown.state.things() {
        let mut properties = row.thing.properties.iter();
        let Some((_, asset)) = properties.find(|(key, _)| key == ASSET) else {
            continue;
        };
        let known = said.entry(asset.clone()).or_default();
        for series in &row.series {
            let severity = shown.state.severity(readings, *series);
            known.class = known.class.max(class_of(severity));
            let unit = shown.state.series_at(*series);
            let flow = readings
                .get(*series)
                .zip(unit)
                .and_then(|(reading, series)| flow_m3_s(reading.value, &series.datastream.unit));
            known.flow_m3_s = flow.unwrap_or(known.flow_m3_s);
        }
    }
    said
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
        let (mut grids, mut pipes) = (None, None);
        let shape = match self.work {
            Work::Heat(samples) => {
                heat::raster(&samples, &self.look, self.origin).map_err(|error| error.to_string())
            }
            Work::Grids {
                folder,
                known,
                level,
                figure,
            } => known
                .map_or_else(|| grids::read(&folder).map(Arc::new), Ok)
                .map_or_else(
                    |problem| Err(problem.to_string()),
                    |areas| {
                        grids = Some(Arc::clone(&areas));
                        areas_shape(&areas, level, &figure, &self.look.paint, self.origin)
                    },
                ),
            Work::Pipes {
                folder,
                known,
                medium,
                said,
                is_told,
            } => known
                .map_or_else(|| pipes::read(&folder).map(Arc::new), Ok)
                .map_or_else(
                    |problem| Err(problem.to_string()),
                    |all| {
                        pipes = Some(Arc::clone(&all));
                        Ok(flow_shape(&all, &medium, &said, is_told, self.origin))
                    },
                ),
            Work::Raster(path) => raster_shape(&path, &self.look, self.origin),
        };
        Made {
            number: self.number,
            city: self.city,
            shape,
            grids,
            pipes,
        }
    }
}

fn areas_shape(
    areas: &[GridArea],
    level: GridLevel,
    figure: &Figure,
    paint: &Paint,
    origin: Geodetic,
) -> Result<ShapePlan, String> {
    if let Figure::Unknown(figure) = figure {
        return Err(format!("there is no figure `{figure}` of areas"));
    }
    let frame = LocalFrame::new(origin);
    let own: Vec<&GridArea> = areas.iter().filter(|area| area.level == level).collect();
    let (mut shapes, mut paints) = (Vec::new(), Vec::new());
    for area in own {
        let corners = area.ring.iter().map(|[lon, lat]| {
            let at = frame.enu_from_geodetic(Geodetic::new(*lon, *lat, 0.0));
            [at.east_m as f32, at.north_m as f32]
        });
        shapes.push(FenceShape::Polygon {
            outer: corners.collect(),
            holes: Vec::new(),
        });
        let value = match figure {
            Figure::Count(places) => {
                places.iter().filter(|place| area.holds(**place)).count() as f64
            }
            Figure::Residents => area.residents,
            Figure::Homes => area.homes,
            Figure::Buildings => area.buildings,
            Figure::Unknown(_) => f64::NAN,
        };
        paints.push(paint_of(value, paint));
    }
    if shapes.is_empty() {
        return Err(format!(
            "the city has no areas of the level {}",
            level.as_str()
        ));
    }
    Ok(ShapePlan::Areas {
        origin,
        shapes: shapes.into(),
        paints: paints.into(),
        up_m: AREAS_UP_M,
    })
}

fn paint_of(value: f64, paint: &Paint) -> AreaPaintPlan {
    let colour = match paint {
        Paint::Plain(colour) => *colour,
        Paint::ByValue { ramp, from, to, .. } => {
            ramp.srgb8(part_of(value, f64::from(*from), f64::from(*to)))
        }
        _ => RampId::default().srgb8(value.clamp(0.0, 1.0) as f32),
    };
    AreaPaintPlan {
        colour: value.is_finite().then_some(colour),
        no_data: !value.is_finite(),
        ..AreaPaintPlan::default()
    }
}

fn flow_shape(
    pipes: &[Pipe],
    medium: &str,
    said: &BTreeMap<String, Said>,
    is_told: bool,
    origin: Geodetic,
) -> ShapePlan {
    let own = pipes
        .iter()
        .filter(|pipe| medium.is_empty() || pipe.medium == medium);
    if is_told {
        let states = own.zip(0..).map(|(pipe, line)| {
            let (speed, state) = pipe.now(said);
            (line, speed, state)
        });
        return ShapePlan::FlowStates(states.collect());
    }
    let frame = LocalFrame::new(origin);
    ShapePlan::Flow {
        origin,
        lines: own.map(|pipe| pipe.line(&frame, said)).collect(),
    }
}

fn raster_shape(path: &Path, look: &LayerLook, origin: Geodetic) -> Result<ShapePlan, String> {
    let file = raster_file::read(path, origin).map_err(|problem: Problem| problem.to_string())?;
    let told = |error: FieldError| format!("{}: {error}", path.display());
    let scale = heat::scale_of(&look.paint);
    match look.kind {
        LayerKind::Contours => Ok(ShapePlan::Contours {
            origin,
            lines: contours(&file.raster, &look.levels).map_err(told)?.into(),
            scale,
        }),
        LayerKind::Surface if file.ground.is_some() => {
            let ground = file.ground.unwrap_or_else(|| file.raster.clone());
            let mesh = FloodMesh::new(&file.raster, &ground).map_err(told)?;
            Ok(ShapePlan::Water {
                origin,
                deepest_m: mesh.deepest_m(),
                mesh: Arc::new(mesh),
            })
        }
        _ => Ok(ShapePlan::Heat {
            origin,
            raster: Arc::new(file.raster),
            scale,
            steps: 0,
        }),
    }
}
