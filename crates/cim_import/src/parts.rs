//! Buildings and their parts: where parts are drawn, the outline around them is not (OSM "Simple 3D Buildings").
//!
//! An outline whose parts cover at least [`COVERED`] of it keeps its record and its place in the counts but gets no walls.
//! With less than that, both are drawn, since leaving the outline out would leave a hole in the city.

use crate::classify::Class;
use crate::ledger::Ledger;
use crate::outline::{Outline, plane_of};
use crate::shape::{CityFeature, plane_box};
use cim_geo::LocalFrame;
use geo::{Area, BooleanOps, MultiPolygon, Polygon, unary_union};
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};
use std::collections::BTreeMap;

/// How much of an outline its parts must cover to replace it.
pub(crate) const COVERED: f64 = 0.6;

/// Gives parts the heights that they leave to their building, and takes the walls from buildings that parts replace.
pub(crate) fn settle_parts(features: &mut [CityFeature], frame: &LocalFrame, ledger: &mut Ledger) {
    let parts_of = parts_by_building(features, frame);
    for (building, parts) in parts_of {
        inherit_heights(features, building, &parts);
        if covered_share(features, building, &parts) >= COVERED
            && let Some(feature) = features.get_mut(building)
        {
            feature.is_drawn = false;
            ledger.counts.replaced_by_parts += 1;
        }
    }
}

/// The parts whose middle lies in each building's outline, by index.
fn parts_by_building(features: &[CityFeature], frame: &LocalFrame) -> BTreeMap<usize, Vec<usize>> {
    let boxes: Vec<GeomWithData<Rectangle<[f64; 2]>, usize>> = features
        .iter()
        .enumerate()
        .filter(|(_, feature)| feature.class == Class::Building)
        .filter_map(|(index, feature)| {
            let b = plane_box(feature, frame)?;
            Some(GeomWithData::new(
                Rectangle::from_corners([b[0], b[1]], [b[2], b[3]]),
                index,
            ))
        })
        .collect();
    let tree = RTree::bulk_load(boxes);
    let mut parts_of: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, part) in features
        .iter()
        .enumerate()
        .filter(|(_, feature)| feature.class == Class::BuildingPart)
    {
        let at = plane_of(frame, part.at);
        // Where outlines nest, the part belongs to the smallest around it.
        let owner = tree
            .locate_in_envelope_intersecting(&AABB::from_point(at))
            .map(|candidate| candidate.data)
            .filter_map(|building| features.get(building).map(|feature| (building, feature)))
            .filter(|(_, feature)| {
                feature
                    .outlines()
                    .iter()
                    .any(|outline| outline.contains(at))
            })
            .min_by(|a, b| a.1.area_m2().total_cmp(&b.1.area_m2()).then(a.0.cmp(&b.0)))
            .map(|(building, _)| building);
        if let Some(building) = owner {
            parts_of.entry(building).or_default().push(index);
        }
    }
    parts_of
}

fn inherit_heights(features: &mut [CityFeature], building: usize, parts: &[usize]) {
    let Some(own) = features
        .get(building)
        .and_then(|feature| feature.heights)
        .filter(|own| own.source != "default")
    else {
        return;
    };
    for part in parts {
        if let Some(heights) = features
            .get_mut(*part)
            .and_then(|feature| feature.heights.as_mut())
            && heights.source == "default"
            && own.height_m > heights.min_height_m
        {
            heights.height_m = own.height_m;
            heights.source = own.source;
        }
    }
}

fn covered_share(features: &[CityFeature], building: usize, parts: &[usize]) -> f64 {
    let Some(outline) = features
        .get(building)
        .filter(|feature| feature.area_m2() > 0.0)
    else {
        return 0.0;
    };
    let outline_polygons =
        MultiPolygon::new(outline.outlines().iter().map(Outline::polygon).collect());
    let part_polygons: Vec<Polygon<f64>> = parts
        .iter()
        .filter_map(|part| features.get(*part))
        .filter(|part| part.is_drawn)
        .flat_map(|part| part.outlines().iter().map(Outline::polygon))
        .collect();
    if part_polygons.is_empty() {
        return 0.0;
    }
    // Parts stand on top of each other: their ground counts once.
    let ground: MultiPolygon<f64> = unary_union(&part_polygons);
    ground.intersection(&outline_polygons).unsigned_area() / outline.area_m2()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify::Verdict;
    use crate::feature::{Area as RawArea, Hint, LonLat, RawFeature, Shape, Tags};
    use crate::shape::shape;
    use cim_geo::{Enu, Geodetic};

    fn block(
        class: Class,
        west: f64,
        east: f64,
        pairs: &[(&str, &str)],
        frame: &LocalFrame,
    ) -> CityFeature {
        let corner = |e: f64, n: f64| -> LonLat {
            let g = frame.geodetic_from_enu(Enu::new(e, n, 0.0));
            [g.lon_deg, g.lat_deg]
        };
        let outer = vec![
            corner(west, 0.0),
            corner(east, 0.0),
            corner(east, 10.0),
            corner(west, 10.0),
            corner(west, 0.0),
        ];
        let raw = RawFeature {
            id: "x".into(),
            place: "here".into(),
            tags: Tags::of(pairs),
            shape: Shape::Areas(vec![RawArea {
                outer,
                inner: Vec::new(),
            }]),
            hint: Hint::None,
        };
        let verdict = Verdict {
            class,
            kind: "building".into(),
            is_drawn: true,
        };
        shape(raw, verdict, frame, &mut Ledger::default()).expect("an outline")
    }

    #[test]
    fn parts_replace_the_outline_that_they_cover_and_not_one_that_they_do_not() {
        let frame = LocalFrame::new(Geodetic::new(121.5, 31.24, 0.0));
        let mut features = vec![
            block(Class::Building, 0.0, 100.0, &[("height", "80")], &frame),
            // Two storeys of the same ground count once.
            block(Class::BuildingPart, 0.0, 70.0, &[("height", "40")], &frame),
            block(
                Class::BuildingPart,
                0.0,
                70.0,
                &[("min_height", "40")],
                &frame,
            ),
            block(Class::Building, 200.0, 300.0, &[], &frame),
            block(
                Class::BuildingPart,
                200.0,
                240.0,
                &[("height", "40")],
                &frame,
            ),
        ];
        let mut ledger = Ledger::default();
        settle_parts(&mut features, &frame, &mut ledger);
        let drawn: Vec<bool> = features.iter().map(|feature| feature.is_drawn).collect();
        assert_eq!(drawn, vec![false, true, true, true, true]);
        assert_eq!(ledger.counts.replaced_by_parts, 1);
        let upper = features[2].heights.expect("a part has heights");
        assert!(
            (upper.height_m - 80.0).abs() < 1e-9 && upper.source == "tag",
            "{upper:?}"
        );
    }
}
