//! What analysis layers say of a place on the ground: of the area, pipe or road there, or the value of a raster.
//!
//! Whatever made the picture of a layer leaves a [`Reading`] behind, so that picture, card, legend and counts say the same.

use super::{
    Layers,
    areas::AreasReading,
    hover::{digits, severity_word, why_word},
    lines::Sight,
    panel::unit_words,
    pipes::PipesReading,
    plans::GroundPlace,
    roads::RoadsReading,
    rows::Age,
};
use crate::{live::Live, wire::FieldDto};
use cim_geo::LocalFrame;
use cim_layers::{
    field::{Classes, Raster},
    layer::{LayerCount, LayerPlan, Paint},
};
use std::sync::Arc;

/// The unit of water's depth.
const DEPTH_UNIT: &str = "m";

/// What a layer's picture says in numbers.
#[derive(Debug)]
pub(super) struct Reading {
    of: Of,
    /// What the layer counts.
    pub(super) count: LayerCount,
    /// When the newest value used held, UTC milliseconds; `None` where nobody knows.
    pub(super) newest: Option<i64>,
}

#[derive(Debug)]
enum Of {
    Areas(AreasReading),
    Pipes(PipesReading),
    Roads(RoadsReading),
    Raster(Arc<Raster>),
    /// How deep water stands, metres.
    Depths(Arc<Raster>),
}

/// Where somebody points: longitude and latitude, and how they look there.
#[derive(Clone, Copy, Debug)]
struct Spot {
    place: [f64; 2],
    sight: Sight,
    reach_m: f64,
}

impl Reading {
    /// What areas say.
    pub(super) fn of_areas(areas: AreasReading) -> Self {
        let (count, newest) = areas.count();
        Self {
            of: Of::Areas(areas),
            count,
            newest,
        }
    }

    /// What pipes say.
    pub(super) fn of_pipes(pipes: PipesReading) -> Self {
        let (count, newest) = pipes.count();
        Self {
            of: Of::Pipes(pipes),
            count,
            newest,
        }
    }

    /// What roads say.
    pub(super) fn of_roads(roads: RoadsReading) -> Self {
        let (count, newest) = roads.count();
        Self {
            of: Of::Roads(roads),
            count,
            newest,
        }
    }

    /// What a raster says; `newest` is when the newest value in it held.
    pub(super) fn of_raster(raster: Arc<Raster>, newest: Option<i64>) -> Self {
        Self {
            count: cells_with(&raster, f32::is_finite),
            of: Of::Raster(raster),
            newest,
        }
    }

    /// What a raster of depths says, metres: dry ground says nothing.
    pub(super) fn of_depths(raster: Arc<Raster>, newest: Option<i64>) -> Self {
        Self {
            count: cells_with(&raster, |depth_m| depth_m > 0.0),
            of: Of::Depths(raster),
            newest,
        }
    }

    /// The classes that areas were put into.
    pub(super) fn classes(&self) -> Option<&Classes> {
        match &self.of {
            Of::Areas(areas) => areas.classes.as_ref(),
            Of::Pipes(_) | Of::Roads(_) | Of::Raster(_) | Of::Depths(_) => None,
        }
    }

    /// What the layer `plan` says of a place; `None` where it says nothing.
    fn at(&self, plan: &LayerPlan, spot: Spot, live: &Live) -> Option<FieldDto> {
        let field = FieldDto {
            layer: plan.name.in_language(&live.language).to_owned(),
            kind: plan.look.kind.as_str().to_owned(),
            name: String::new(),
            code: String::new(),
            medium: String::new(),
            value: None,
            unit: unit_words(unit_of(plan), &live.language),
            severity: None,
            at: None,
            why: None,
        };
        match &self.of {
            Of::Areas(areas) => area_at(areas, spot, live, field),
            Of::Pipes(pipes) => pipe_at(pipes, spot, live, field),
            Of::Roads(roads) => road_at(roads, spot, live, field),
            Of::Raster(raster) => value_at(raster, spot).map(|value| FieldDto {
                value: Some(digits(value)),
                at: self.newest,
                ..field
            }),
            Of::Depths(raster) => {
                let depth_m = value_at(raster, spot).filter(|depth_m| *depth_m > 0.0)?;
                Some(FieldDto {
                    value: Some(digits(depth_m)),
                    unit: DEPTH_UNIT.to_owned(),
                    at: self.newest,
                    ..field
                })
            }
        }
    }
}

/// The cells of a raster, and those whose value counts.
fn cells_with(raster: &Raster, counts: impl Fn(f32) -> bool) -> LayerCount {
    let shown = raster.values.iter().filter(|value| counts(**value));
    LayerCount {
        all: raster.values.len() as u32,
        shown: shown.count() as u32,
        ..LayerCount::default()
    }
}

fn value_at(raster: &Raster, spot: Spot) -> Option<f64> {
    let [east, north, _] = spot.sight.at;
    let value = raster.at([east as f32, north as f32]);
    value.is_finite().then(|| f64::from(value))
}

fn area_at(areas: &AreasReading, spot: Spot, live: &Live, field: FieldDto) -> Option<FieldDto> {
    let (number, cell) = areas.at(spot.place)?;
    let level = areas.grids.of(areas.level)?;
    let area = level.areas.get(number as usize)?;
    let severity = areas.has_states.then(|| severity_word(cell.class));
    Some(FieldDto {
        name: area.name_in(&live.language).to_owned(),
        code: area.code.clone(),
        value: cell.value.is_finite().then(|| digits(cell.value)),
        severity: severity.map(str::to_owned),
        ..aged(field, cell.age)
    })
}

fn pipe_at(pipes: &PipesReading, spot: Spot, live: &Live, field: FieldDto) -> Option<FieldDto> {
    let pipe = pipes.map.nearest(&pipes.medium, spot.sight, spot.reach_m)?;
    let said = pipe.said(&pipes.said);
    let feature = pipe
        .feature()
        .and_then(|id| live.city.as_ref()?.feature(id));
    let name = feature.map(|feature| feature.name_in(&live.language));
    let name = name.filter(|name| !name.is_empty()).unwrap_or(pipe.id());
    let field = FieldDto {
        name: name.to_owned(),
        medium: pipe.medium.clone(),
        ..field
    };
    Some(measured(field, said.class, said.value, said.age))
}

fn road_at(roads: &RoadsReading, spot: Spot, live: &Live, field: FieldDto) -> Option<FieldDto> {
    let (line, said) = roads.at(spot.sight, spot.reach_m)?;
    let field = FieldDto {
        name: roads.map.name_of(line, &live.language)?,
        ..field
    };
    Some(measured(field, said.class, said.value.clone(), said.age))
}

/// What a meter at a line says of it: its value in its own unit. Where nobody measures there is neither value nor state.
fn measured(
    field: FieldDto,
    class: u8,
    value: Option<(f64, String)>,
    age: Option<Age>,
) -> FieldDto {
    let (value, unit) = match value {
        Some((value, unit)) => (Some(digits(value)), unit),
        None => (None, String::new()),
    };
    FieldDto {
        value,
        unit,
        severity: age.map(|_| severity_word(class).to_owned()),
        ..aged(field, age)
    }
}

fn aged(field: FieldDto, age: Option<Age>) -> FieldDto {
    FieldDto {
        at: age.and_then(|age| age.at),
        why: age.map(|age| why_word(age.freshness, age.why).to_owned()),
        ..field
    }
}

/// The unit of a layer's values: as its legend says it, or else its colours.
pub(super) fn unit_of(plan: &LayerPlan) -> &str {
    let legend = plan.legend.as_ref().map(|legend| legend.unit.as_str());
    let paint = match &plan.look.paint {
        Paint::ByValue { unit, .. } => unit.as_str(),
        _ => "",
    };
    legend.filter(|unit| !unit.is_empty()).unwrap_or(paint)
}

impl Layers {
    /// What the layers that are drawn at a place say of it, in their order.
    pub(crate) fn fields_at(&self, ground: &GroundPlace, live: &Live) -> Vec<FieldDto> {
        let Some(origin) = self.origin else {
            return Vec::new();
        };
        let at = LocalFrame::new(origin).enu_from_geodetic(ground.place);
        let spot = Spot {
            place: [ground.place.lon_deg, ground.place.lat_deg],
            sight: Sight {
                at: [at.east_m, at.north_m, at.up_m],
                lean: ground.lean,
            },
            reach_m: ground.reach_m,
        };
        let fields = ground.layers.iter().filter_map(|number| {
            let mut sheets = self.sheets.iter();
            let sheet = sheets.find(|sheet| sheet.plan.number == *number)?;
            let plan = self.tree.plan(&sheet.members.first()?.id)?;
            self.shapes.reading(*number)?.at(plan, spot, live)
        });
        fields.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_layers::{
        field::{Grid, RampId},
        layer::{LayerKind, LayerLook, LayerSource, LegendPlan},
    };

    #[test]
    fn a_unit_is_the_legends_or_else_the_colours() {
        let source = LayerSource::Raster {
            file: "rain.json".to_owned(),
        };
        let mut plan = LayerPlan::new("rain", source, LayerLook::of(LayerKind::Heat));
        assert_eq!(unit_of(&plan), "");
        plan.look.paint = Paint::ByValue {
            ramp: RampId::Batlow,
            from: 0.0,
            to: 1.0,
            unit: "cm".to_owned(),
        };
        assert_eq!(unit_of(&plan), "cm");
        plan.legend = Some(LegendPlan {
            unit: "dm".to_owned(),
            ..LegendPlan::default()
        });
        assert_eq!(unit_of(&plan), "dm");
    }

    #[test]
    fn a_raster_counts_the_cells_that_have_a_value() {
        let grid = Grid {
            columns: 2,
            rows: 1,
            min: [0.0, 0.0],
            step_m: 10.0,
        };
        let raster = |values| Arc::new(Raster::new(&grid, values).expect("a raster"));
        let rain = Reading::of_raster(raster(vec![0.0, f32::NAN]), Some(4));
        assert_eq!((rain.count.all, rain.count.shown), (2, 1));
        assert_eq!(rain.newest, Some(4));
        let water = Reading::of_depths(raster(vec![0.0, 1.5]), None);
        assert_eq!(water.count.shown, 1, "dry ground is no water");
    }
}
