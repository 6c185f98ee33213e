//! What a layer holds besides points, in the frame of the open city: rasters, contours, areas, flows, columns, rings, water.

use super::layer::{BarWork, LiveLayer};
use super::plan::{AreaPaintPlan, LayerShape};
use crate::City;
use bevy_math::DVec3;
use cim_geo::{Enu, Geodetic, LocalFrame};
use cim_layers::{
    PointState,
    field::{Contour, FloodMesh, Raster},
    motion::{
        FURTHEST_M,
        bars::{BarRow, Bars},
        fence::FenceShape,
        flow::{Flow, FlowLine},
    },
    told::{FlowLinePlan, RampScale},
};
use std::sync::Arc;

/// What a layer holds besides points. Coordinates are metres east, north and up of the open city's origin.
#[derive(Default)]
pub enum ShapeState {
    /// Nothing.
    #[default]
    Nothing,
    /// A raster of values.
    Heat(HeatShape),
    /// Lines of equal value.
    Contours(ContourShape),
    /// Areas, or fences.
    Areas(AreaShape),
    /// Pipes or roads with arrows.
    Flow(Flow),
    /// Columns or rings; a bar is a row.
    Bars(Bars),
    /// A surface of water.
    Water(WaterShape),
    /// The ways of the points: see [`LiveLayer::trails`].
    Trails,
}

/// A raster of values.
#[derive(Clone, Debug)]
pub struct HeatShape {
    /// The values.
    pub raster: Arc<Raster>,
    /// Their colours.
    pub scale: RampScale,
    /// How many colours there are; 0 for all.
    pub steps: u8,
}

/// Lines of equal value.
#[derive(Clone, Debug)]
pub struct ContourShape {
    /// The lines.
    pub lines: Arc<[Contour]>,
    /// Their colours by level; `None` for the look's one.
    pub scale: Option<RampScale>,
    /// Their height, metres.
    pub up_m: f32,
}

/// Areas, or fences.
#[derive(Clone, Debug)]
pub struct AreaShape {
    /// Where they lie. An area that cannot be drawn has no corners.
    pub shapes: Arc<[FenceShape]>,
    /// How they are painted; those without a paint are hidden.
    pub paints: Arc<[AreaPaintPlan]>,
    /// Their height, metres.
    pub up_m: f32,
}

/// A surface of water.
#[derive(Clone, Debug)]
pub struct WaterShape {
    /// The surface.
    pub mesh: Arc<FloodMesh>,
    /// The depth at the end of the legend, metres.
    pub deepest_m: f32,
}

impl LiveLayer {
    /// Takes what the layer holds besides points.
    pub(super) fn set_shape(&mut self, shape: &LayerShape, city: &City) {
        if let LayerShape::FlowStates(states) = shape {
            self.set_flow_states(states);
            return;
        }
        let same_areas = self.has_same_areas(shape);
        self.told = shape.clone();
        if same_areas
            && let (LayerShape::Areas { paints, .. }, ShapeState::Areas(areas)) =
                (shape, &mut self.shape)
        {
            areas.paints = Arc::clone(paints);
            self.paints_revision += 1;
            return;
        }
        self.place_shape(city);
    }

    /// Makes the shape from what the desk told, in the frame of the open city.
    pub(super) fn place_shape(&mut self, city: &City) {
        self.shape_revision += 1;
        self.paints_revision += 1;
        let mut fault = None;
        self.shape = made(&self.told, city, &mut fault).unwrap_or_else(|whole| {
            fault = Some(whole);
            ShapeState::Nothing
        });
        self.fault = fault;
        if matches!(self.shape, ShapeState::Bars(_)) {
            self.bars = BarWork::Rows;
        }
    }

    /// Brings the shape into the frame of the city that is open now. What flows keeps its states.
    pub(super) fn move_shape(&mut self, city: &City) {
        let before = std::mem::take(&mut self.shape);
        self.place_shape(city);
        let (ShapeState::Flow(before), ShapeState::Flow(flow)) = (&before, &mut self.shape) else {
            return;
        };
        for line in 0..before.lines() {
            let first = before.segments_of(line).start as usize;
            if let Some(segment) = before.segments().get(first) {
                let state = PointState {
                    packed: segment.packed,
                    value: segment.value,
                };
                flow.change(line, segment.speed, state);
            }
        }
    }

    /// Brings columns and rings up to date with the points as they stand at `now`, seconds since the epoch.
    pub(super) fn settle_bars(&mut self, now: f32) {
        let work = std::mem::take(&mut self.bars);
        if work == BarWork::Done {
            return;
        }
        let states: Vec<(u32, u32, PointState)> = match self.shape {
            ShapeState::Bars(_) => self.bar_states().collect(),
            _ => return,
        };
        let ShapeState::Bars(bars) = &mut self.shape else {
            return;
        };
        if work == BarWork::States {
            for (row, _, state) in states {
                bars.change(row, state);
            }
            return;
        }
        let set = &self.set;
        let rows: Vec<BarRow> = states
            .into_iter()
            .map(|(_, slot, state)| BarRow {
                at: set.place_at(slot, now),
                state,
            })
            .collect();
        if let Err(error) = bars.replace(&rows) {
            self.fault = Some(error.to_string());
        }
    }

    fn set_flow_states(&mut self, states: &[(u32, f32, PointState)]) {
        let ShapeState::Flow(flow) = &mut self.shape else {
            return;
        };
        for (line, speed, state) in states {
            flow.change(*line, *speed, *state);
        }
    }

    /// True when a shape has the areas that the layer has, so that only their paints can be new.
    fn has_same_areas(&self, shape: &LayerShape) -> bool {
        match (&self.told, shape) {
            (
                LayerShape::Areas {
                    origin: had_origin,
                    shapes: had,
                    up_m: had_up_m,
                    ..
                },
                LayerShape::Areas {
                    origin,
                    shapes,
                    up_m,
                    ..
                },
            ) => {
                Arc::ptr_eq(had, shapes)
                    && had_origin == origin
                    && had_up_m.to_bits() == up_m.to_bits()
            }
            _ => false,
        }
    }
}

/// The shape in the frame of the open city; nothing without a city. What is wrong with all of it, or in `fault` with a part of
/// it, in English.
fn made(told: &LayerShape, city: &City, fault: &mut Option<String>) -> Result<ShapeState, String> {
    let shift = |origin: &Geodetic| Shift::between(*origin, city);
    Ok(match told {
        LayerShape::Nothing | LayerShape::FlowStates(_) => ShapeState::Nothing,
        LayerShape::Trails => ShapeState::Trails,
        LayerShape::Heat {
            origin,
            raster,
            scale,
            steps,
        } => {
            raster.check().map_err(|error| error.to_string())?;
            shift(origin).map_or(ShapeState::Nothing, |shift| {
                ShapeState::Heat(HeatShape {
                    raster: shift.raster(raster),
                    scale: *scale,
                    steps: *steps,
                })
            })
        }
        LayerShape::Contours {
            origin,
            lines,
            scale,
            up_m,
        } => shift(origin).map_or(ShapeState::Nothing, |shift| {
            ShapeState::Contours(ContourShape {
                lines: shift.contours(lines),
                scale: *scale,
                up_m: finite_or_zero(*up_m),
            })
        }),
        LayerShape::Areas {
            origin,
            shapes,
            paints,
            up_m,
        } => shift(origin).map_or(ShapeState::Nothing, |shift| {
            ShapeState::Areas(AreaShape {
                shapes: shift.areas(shapes),
                paints: Arc::clone(paints),
                up_m: finite_or_zero(*up_m),
            })
        }),
        LayerShape::Flow { origin, lines } => shift(origin).map_or(ShapeState::Nothing, |shift| {
            let (flow, problem) = shift.flow(lines);
            *fault = problem;
            ShapeState::Flow(flow)
        }),
        LayerShape::Bars {
            scale,
            limits,
            own_limits,
        } => {
            let bars = Bars::new(*scale, limits).map_err(|error| error.to_string())?;
            ShapeState::Bars(bars.with_own_limits(own_limits))
        }
        LayerShape::Water {
            origin,
            mesh,
            deepest_m,
        } => {
            check_mesh(mesh)?;
            shift(origin).map_or(ShapeState::Nothing, |shift| {
                ShapeState::Water(WaterShape {
                    mesh: shift.mesh(mesh),
                    deepest_m: *deepest_m,
                })
            })
        }
    })
}

fn finite_or_zero(metres: f32) -> f32 {
    if metres.is_finite() { metres } else { 0.0 }
}

fn check_mesh(mesh: &FloodMesh) -> Result<(), String> {
    let count = mesh.places.len();
    let has_corners = mesh.indices.iter().all(|index| (*index as usize) < count);
    if mesh.depths.len() == count && has_corners && mesh.indices.len().is_multiple_of(3) {
        Ok(())
    } else {
        Err(format!(
            "a water surface of {count} places has {} depths and {} indices, or an index beyond its places",
            mesh.depths.len(),
            mesh.indices.len()
        ))
    }
}

/// The way from the frame of a shape into that of the open city.
struct Shift<'a> {
    /// `None` when the frames are the same.
    from: Option<LocalFrame>,
    city: &'a City,
}

impl<'a> Shift<'a> {
    /// `None` without a city, or for an origin that is no place.
    fn between(origin: Geodetic, city: &'a City) -> Option<Self> {
        let frame = city.frame()?;
        city.enu_from_geodetic(origin)?;
        let is_same = frame.origin() == origin;
        Some(Self {
            from: (!is_same).then(|| LocalFrame::new(origin)),
            city,
        })
    }

    /// A place in the city's frame; NaN for what is no place of a city.
    fn place(&self, [east, north, up]: [f32; 3]) -> [f32; 3] {
        let enu = DVec3::new(f64::from(east), f64::from(north), f64::from(up));
        let moved = match &self.from {
            Some(from) if enu.is_finite() => {
                let place = from.geodetic_from_enu(Enu::new(enu.x, enu.y, enu.z));
                self.city.enu_from_geodetic(place)
            }
            Some(_) => None,
            None => Some(enu),
        };
        moved
            .filter(|enu| enu.is_finite() && enu.abs().max_element() <= f64::from(FURTHEST_M))
            .map_or([f32::NAN; 3], |enu| enu.as_vec3().to_array())
    }

    fn plan_place(&self, [east, north]: [f32; 2]) -> [f32; 2] {
        let [east, north, _] = self.place([east, north, 0.0]);
        [east, north]
    }

    /// A raster keeps its directions: it is moved by the way that its middle moves.
    fn raster(&self, raster: &Arc<Raster>) -> Arc<Raster> {
        if self.from.is_none() {
            return Arc::clone(raster);
        }
        let grid = raster.grid();
        let ([west, south], [east, north]) = (grid.min, grid.max());
        let middle = [(west + east) * 0.5, (south + north) * 0.5];
        let [to_east, to_north] = self.plan_place(middle);
        let mut moved = Raster::clone(raster);
        moved.min = [west + to_east - middle[0], south + to_north - middle[1]];
        if moved.check().is_err() {
            moved = Raster::clone(raster);
        }
        Arc::new(moved)
    }

    /// Lines with a point that is nowhere are left out.
    fn contours(&self, contours: &Arc<[Contour]>) -> Arc<[Contour]> {
        let is_sound = |contour: &Contour| {
            contour.level.is_finite() && contour.lines.iter().all(|line| is_finite(line))
        };
        if self.from.is_none() && contours.iter().all(is_sound) {
            return Arc::clone(contours);
        }
        contours
            .iter()
            .filter(|contour| contour.level.is_finite())
            .map(|contour| Contour {
                level: contour.level,
                lines: contour
                    .lines
                    .iter()
                    .map(|line| self.line(line))
                    .filter(|line| is_finite(line))
                    .collect(),
            })
            .collect()
    }

    /// Areas keep their numbers: one with a corner that is nowhere becomes one without corners.
    fn areas(&self, shapes: &Arc<[FenceShape]>) -> Arc<[FenceShape]> {
        if self.from.is_none() && shapes.iter().all(is_sound_area) {
            return Arc::clone(shapes);
        }
        shapes
            .iter()
            .map(|shape| {
                let moved = self.area(shape);
                if is_sound_area(&moved) {
                    moved
                } else {
                    FenceShape::Polygon {
                        outer: Vec::new(),
                        holes: Vec::new(),
                    }
                }
            })
            .collect()
    }

    fn area(&self, shape: &FenceShape) -> FenceShape {
        match shape {
            FenceShape::Polygon { outer, holes } => FenceShape::Polygon {
                outer: self.line(outer),
                holes: holes.iter().map(|hole| self.line(hole)).collect(),
            },
            FenceShape::Circle { middle, radius_m } => FenceShape::Circle {
                middle: self.plan_place(*middle),
                radius_m: *radius_m,
            },
            FenceShape::Corridor { line, width_m } => FenceShape::Corridor {
                line: self.line(line),
                width_m: *width_m,
            },
        }
    }

    fn line(&self, line: &[[f32; 2]]) -> Vec<[f32; 2]> {
        line.iter().map(|place| self.plan_place(*place)).collect()
    }

    /// Lines with a fault have no segments; the first fault is told.
    fn flow(&self, lines: &[FlowLinePlan]) -> (Flow, Option<String>) {
        let places: Vec<Vec<[f32; 3]>> = lines
            .iter()
            .map(|line| line.places.iter().map(|place| self.place(*place)).collect())
            .collect();
        let mut flow = Flow::default();
        let lines = lines.iter().zip(&places).map(|(line, places)| FlowLine {
            places,
            width_m: line.width_m,
            speed: line.speed,
            state: line.state,
        });
        let problems = flow.replace(lines);
        let problem = problems
            .first()
            .map(|first| format!("{first}; so many lines have a fault: {}", problems.len()));
        (flow, problem)
    }

    fn mesh(&self, mesh: &Arc<FloodMesh>) -> Arc<FloodMesh> {
        let is_sound = mesh.places.as_flattened().iter().all(|n| n.is_finite());
        if self.from.is_none() && is_sound {
            return Arc::clone(mesh);
        }
        let places: Vec<[f32; 3]> = mesh.places.iter().map(|place| self.place(*place)).collect();
        let is_placed = |index: &u32| {
            let place = places.get(*index as usize);
            place.is_some_and(|place| place.iter().all(|n| n.is_finite()))
        };
        let indices = mesh
            .indices
            .chunks_exact(3)
            .filter(|corners| corners.iter().all(is_placed))
            .flatten()
            .copied()
            .collect();
        // Places without a triangle only have to be numbers.
        let places = places
            .iter()
            .map(|place| place.map(finite_or_zero))
            .collect();
        Arc::new(FloodMesh {
            places,
            depths: mesh.depths.clone(),
            indices,
        })
    }
}

fn is_finite(line: &[[f32; 2]]) -> bool {
    line.as_flattened().iter().all(|metres| metres.is_finite())
}

fn is_sound_area(shape: &FenceShape) -> bool {
    match shape {
        FenceShape::Polygon { outer, holes } => {
            is_finite(outer) && holes.iter().all(|hole| is_finite(hole))
        }
        FenceShape::Circle { middle, radius_m } => {
            is_finite(&[*middle]) && radius_m.is_finite() && *radius_m > 0.0
        }
        FenceShape::Corridor { line, width_m } => {
            is_finite(line) && width_m.is_finite() && *width_m > 0.0
        }
    }
}
