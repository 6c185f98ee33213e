//! Saved views of a fresh city: something to look at before anybody has saved one.

use crate::classify::Class;
use crate::outline::plane_of;
use crate::shape::{CityFeature, plane_box};
use cim_geo::{Enu, LocalFrame};
use serde::Serialize;
use std::collections::BTreeMap;

/// The vertical field of view that distances are made for, degrees.
const FIELD_OF_VIEW_DEG: f64 = 45.0;
/// Width over height of the window that distances are made for.
const ASPECT: f64 = 16.0 / 9.0;
/// Buildings left out on each side when the core is framed: a lone farm must not push the city away.
const STRAGGLERS: f64 = 0.02;
/// Side of the squares in which the densest quarter is sought, metres.
const QUARTER_M: f64 = 250.0;

/// A view, as `views.json` has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct View {
    name: &'static str,
    title_zh: &'static str,
    title_en: &'static str,
    /// What is looked at, WGS 84; height in metres.
    lon: f64,
    lat: f64,
    height_m: f64,
    distance_m: f64,
    /// Where the camera looks, clockwise from north.
    heading_deg: f64,
    /// How far it looks down, degrees below the horizon.
    pitch_deg: f64,
}

/// The views of a city. `whole` is the plane's rectangle around everything: west, south, east, north.
pub(crate) fn views_of(features: &[CityFeature], frame: &LocalFrame, whole: [f64; 4]) -> Vec<View> {
    let core = core_box(features, frame).unwrap_or(whole);
    let (width, depth) = (core[2] - core[0], core[3] - core[1]);
    let middle = [
        f64::midpoint(core[0], core[2]),
        f64::midpoint(core[1], core[3]),
    ];
    let place = |at: [f64; 2]| {
        let place = frame.geodetic_from_enu(Enu::new(at[0], at[1], 0.0));
        (place.lon_deg, place.lat_deg)
    };
    let (lon, lat) = place(middle);
    // The nearer of the two distances at which height or width of the picture is just filled.
    let half_angle = (FIELD_OF_VIEW_DEG / 2.0).to_radians().tan();
    let fills = (depth / 2.0 / half_angle).min(width / 2.0 / half_angle / ASPECT);

    let mut views = vec![
        View {
            name: "overview",
            title_zh: "全城",
            title_en: "Overview",
            lon,
            lat,
            height_m: 0.0,
            distance_m: rounded((0.55 * width.hypot(depth)).max(200.0)),
            heading_deg: 45.0,
            pitch_deg: 35.0,
        },
        View {
            name: "plan",
            title_zh: "俯视",
            title_en: "From above",
            lon,
            lat,
            height_m: 0.0,
            distance_m: rounded(fills.max(200.0)),
            heading_deg: 0.0,
            pitch_deg: 80.0,
        },
    ];
    if let Some((tallest, height_m)) = tallest(features) {
        views.insert(
            1,
            View {
                name: "landmark",
                title_zh: "地标",
                title_en: "Landmark",
                lon: tallest.at[0],
                lat: tallest.at[1],
                height_m: height_m / 2.0,
                distance_m: rounded((2.2 * height_m).max(250.0)),
                heading_deg: 45.0,
                pitch_deg: 18.0,
            },
        );
    }
    if let Some((lon, lat)) = densest_quarter(features, frame).map(place) {
        views.push(View {
            name: "street",
            title_zh: "街区",
            title_en: "Street",
            lon,
            lat,
            height_m: 10.0,
            distance_m: 320.0,
            heading_deg: 30.0,
            pitch_deg: 14.0,
        });
    }
    views
}

fn buildings(features: &[CityFeature]) -> impl Iterator<Item = &CityFeature> {
    features
        .iter()
        .filter(|feature| matches!(feature.class, Class::Building | Class::BuildingPart))
}

/// The rectangle around all buildings but the outermost few.
fn core_box(features: &[CityFeature], frame: &LocalFrame) -> Option<[f64; 4]> {
    let middles: Vec<[f64; 2]> = buildings(features)
        .map(|feature| plane_of(frame, feature.at))
        .collect();
    let range = |axis: usize| -> Option<(f64, f64)> {
        let mut values: Vec<f64> = middles
            .iter()
            .filter_map(|at| at.get(axis).copied())
            .collect();
        values.sort_by(f64::total_cmp);
        let aside = (values.len() as f64 * STRAGGLERS) as usize;
        Some((
            *values.get(aside)?,
            *values.get(values.len().checked_sub(1 + aside)?)?,
        ))
    };
    let ((west, east), (south, north)) = (range(0)?, range(1)?);
    (east - west > 50.0 && north - south > 50.0).then_some([west, south, east, north])
}

fn tallest(features: &[CityFeature]) -> Option<(&CityFeature, f64)> {
    buildings(features)
        .filter_map(|feature| Some((feature, feature.heights?.height_m)))
        .max_by(|a, b| a.1.total_cmp(&b.1))
}

/// The middle of the square with the most floor space in it.
fn densest_quarter(features: &[CityFeature], frame: &LocalFrame) -> Option<[f64; 2]> {
    let mut quarters: BTreeMap<(i64, i64), f64> = BTreeMap::new();
    for feature in buildings(features) {
        let (Some(heights), Some(b)) = (feature.heights, plane_box(feature, frame)) else {
            continue;
        };
        let at = [f64::midpoint(b[0], b[2]), f64::midpoint(b[1], b[3])];
        let key = (
            (at[0] / QUARTER_M).floor() as i64,
            (at[1] / QUARTER_M).floor() as i64,
        );
        // Towers fill the picture by themselves; a street lives from its ordinary houses.
        *quarters.entry(key).or_default() += feature.area_m2() * heights.height_m.min(60.0);
    }
    let ((x, y), _) = quarters.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))?;
    Some([(x as f64 + 0.5) * QUARTER_M, (y as f64 + 0.5) * QUARTER_M])
}

fn rounded(metres: f64) -> f64 {
    metres.round()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_geo::Geodetic;

    #[test]
    fn a_city_without_buildings_still_has_an_overview() {
        let frame = LocalFrame::new(Geodetic::new(121.5, 31.24, 0.0));
        let views = views_of(&[], &frame, [-1_000.0, -500.0, 1_000.0, 500.0]);
        assert_eq!(
            views.iter().map(|view| view.name).collect::<Vec<_>>(),
            vec!["overview", "plan"]
        );
        assert!((views[0].lon - 121.5).abs() < 1e-9);
        assert!(
            (views[0].distance_m - 1_230.0).abs() < 1.0,
            "{}",
            views[0].distance_m
        );
        // 2 000 m of width fill a 16:9 picture from 1 358 m, 1 000 m of depth from 1 207 m.
        assert!(
            (views[1].distance_m - 1_207.0).abs() < 1.0,
            "{}",
            views[1].distance_m
        );
    }
}
