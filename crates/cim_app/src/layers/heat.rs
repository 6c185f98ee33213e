//! Heat maps of what the rows of a layer say: how dense they lie, or what they measure between them.

use super::plans::ShapePlan;
use cim_geo::{Geodetic, LocalFrame};
use cim_layers::{
    field::{FieldError, Grid, RampId, heat, idw},
    layer::{HeatOf, LayerLook, Paint},
    told::RampScale,
};
use std::sync::Arc;

/// Cells along the longer side of a raster.
const CELLS: f32 = 256.0;
/// A cell is no smaller than this, metres.
const LEAST_CELL_M: f32 = 5.0;
/// What lies farther from the city's origin than this does not stretch the raster, metres.
const FARTHEST_M: f32 = 100_000.0;
/// Smallest part of a density that is coloured: below it lies nothing.
const LEAST_PART: f32 = 0.005;

/// The heat of `samples` (places and what they weigh or measure) over the city at `origin`.
pub(super) fn raster(
    samples: &[(Geodetic, f32)],
    look: &LayerLook,
    origin: Geodetic,
) -> Result<ShapePlan, FieldError> {
    let frame = LocalFrame::new(origin);
    let points: Vec<([f32; 2], f32)> = samples
        .iter()
        .map(|(place, weight)| {
            let at = frame.enu_from_geodetic(*place);
            ([at.east_m as f32, at.north_m as f32], *weight)
        })
        .filter(|([east, north], _)| east.abs() < FARTHEST_M && north.abs() < FARTHEST_M)
        .collect();
    let scale = scale_of(&look.paint);
    if points.is_empty() {
        return Ok(ShapePlan::Nothing);
    }
    let around = [f32::MAX, f32::MAX, f32::MIN, f32::MIN];
    let [west, south, east, north] =
        points
            .iter()
            .fold(around, |[w, s, e, n], ([east, north], _)| {
                [w.min(*east), s.min(*north), e.max(*east), n.max(*north)]
            });
    let reach = look.radius_m.max(1.0);
    let side = (east - west).max(north - south) + 2.0 * reach;
    let step_m = (side / CELLS).max(LEAST_CELL_M);
    let grid = Grid::covering(
        [west - reach, south - reach],
        [east + reach, north + reach],
        step_m,
    )?;
    let raster = match look.heat {
        HeatOf::Density => {
            let mut raster = heat(points.iter().copied(), reach, &grid)?;
            let least = (scale.to - scale.from).abs() * LEAST_PART;
            for value in &mut raster.values {
                if *value < least {
                    *value = f32::NAN;
                }
            }
            raster
        }
        HeatOf::Value { power } => idw(&points, power, reach, &grid)?,
    };
    Ok(ShapePlan::Heat {
        origin,
        raster: Arc::new(raster),
        scale,
        steps: 0,
    })
}

/// The colours of a paint by value; those of any other go from 0 to 1.
pub(super) fn scale_of(paint: &Paint) -> RampScale {
    match paint {
        Paint::ByValue { ramp, from, to, .. } => RampScale {
            ramp: *ramp,
            from: *from,
            to: *to,
        },
        _ => RampScale {
            ramp: RampId::default(),
            from: 0.0,
            to: 1.0,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_layers::layer::LayerKind;

    const ORIGIN: Geodetic = Geodetic {
        lon_deg: 121.5,
        lat_deg: 31.2,
        height_m: 0.0,
    };

    fn look() -> LayerLook {
        LayerLook {
            radius_m: 300.0,
            paint: Paint::ByValue {
                ramp: RampId::Batlow,
                from: 0.0,
                to: 40.0,
                unit: "个/km²".to_owned(),
            },
            ..LayerLook::of(LayerKind::Heat)
        }
    }

    #[test]
    fn density_is_highest_where_most_lies_and_nothing_is_coloured_far_away() {
        let near = Geodetic {
            lon_deg: 121.51,
            ..ORIGIN
        };
        let samples = [(ORIGIN, 1.0), (ORIGIN, 1.0), (ORIGIN, 1.0), (near, 1.0)];
        let made = raster(&samples, &look(), ORIGIN).expect("a raster");
        let ShapePlan::Heat { raster, .. } = made else {
            panic!("a raster: {made:?}");
        };
        let (here, there) = (raster.at([0.0, 0.0]), raster.at([953.0, 0.0]));
        assert!(here > 2.0 * there && there > 0.0, "{here} {there}");
        assert!(raster.value(0, 0).is_nan(), "beyond every reach");
    }

    #[test]
    fn nothing_makes_no_heat() {
        assert_eq!(raster(&[], &look(), ORIGIN), Ok(ShapePlan::Nothing));
    }
}
