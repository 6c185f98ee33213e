//! From what a source says to what the city holds: features with clean outlines, heights and names.

use crate::classify::{Class, Verdict};
use crate::feature::{Area, LonLat, RawFeature, Shape, Tags};
use crate::ledger::Ledger;
use crate::outline::{Outline, outlines_of, plane_of};
use crate::values::{Heights, heights_of, length_m, number};
use cim_geo::LocalFrame;

/// Metres of road per marked lane, edges shared out.
const LANE_M: f64 = 3.25;
/// Widths outside of these are slips of the pen, metres.
const SANE_WIDTH_M: std::ops::RangeInclusive<f64> = 0.5..=80.0;

/// A feature of the city.
#[derive(Clone, Debug)]
pub(crate) struct CityFeature {
    pub(crate) id: String,
    pub(crate) place: String,
    pub(crate) class: Class,
    pub(crate) kind: String,
    pub(crate) tags: Tags,
    /// Its middle.
    pub(crate) at: LonLat,
    pub(crate) body: Body,
    /// Buildings and parts only.
    pub(crate) heights: Option<Heights>,
    /// False for features that are kept without a mesh.
    pub(crate) is_drawn: bool,
}

/// What a feature's mesh is made from.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Nothing,
    Outlines(Vec<Outline>),
    Ribbon {
        lines: Vec<Vec<LonLat>>,
        width_m: f64,
    },
}

impl CityFeature {
    /// Its outlines; none for lines and points.
    pub(crate) fn outlines(&self) -> &[Outline] {
        match &self.body {
            Body::Outlines(outlines) => outlines,
            Body::Nothing | Body::Ribbon { .. } => &[],
        }
    }

    /// Square metres of its outlines.
    pub(crate) fn area_m2(&self) -> f64 {
        self.outlines().iter().map(|outline| outline.area_m2).sum()
    }
}

/// Shapes one feature; `None` when it was dropped, which the ledger then knows.
pub(crate) fn shape(
    raw: RawFeature,
    verdict: Verdict,
    frame: &LocalFrame,
    ledger: &mut Ledger,
) -> Option<CityFeature> {
    let RawFeature {
        id,
        place,
        tags,
        shape,
        ..
    } = raw;
    let Verdict {
        class,
        kind,
        is_drawn,
    } = verdict;
    let is_building = matches!(class, Class::Building | Class::BuildingPart);
    let shape = match shape {
        // A building drawn as a line was meant as its outline.
        Shape::Lines(lines) if is_building => Shape::Areas(
            lines
                .into_iter()
                .map(|outer| Area {
                    outer,
                    inner: Vec::new(),
                })
                .collect(),
        ),
        other => other,
    };
    let first = shape.first()?;
    let (body, at) = match shape {
        Shape::Points(_) => (Body::Nothing, first),
        Shape::Lines(lines) => {
            let at = middle_of_line(&lines).unwrap_or(first);
            if class == Class::Point {
                (Body::Nothing, at)
            } else {
                ribbon(lines, at, class, &kind, &tags)
            }
        }
        Shape::Areas(areas) => {
            let Some(outlines) = clean_outlines(&areas, frame, &place, ledger) else {
                ledger.drop("no ring of it bounds an area", &place);
                return None;
            };
            let at = outlines
                .iter()
                .max_by(|a, b| a.area_m2.total_cmp(&b.area_m2))
                .map_or(first, Outline::middle);
            (
                if class == Class::Point {
                    Body::Nothing
                } else {
                    Body::Outlines(outlines)
                },
                at,
            )
        }
    };
    let heights = is_building.then(|| {
        let (heights, repair) = heights_of(&tags);
        if let Some(sentence) = repair {
            ledger.repair(sentence, &place);
        }
        heights
    });
    let has_body = !matches!(body, Body::Nothing);
    Some(CityFeature {
        id,
        place,
        class,
        kind,
        tags,
        at,
        body,
        heights,
        is_drawn: is_drawn && has_body,
    })
}

/// The clean outlines of a feature's areas; `None` when nothing is left.
fn clean_outlines(
    areas: &[Area],
    frame: &LocalFrame,
    place: &str,
    ledger: &mut Ledger,
) -> Option<Vec<Outline>> {
    let mut outlines = Vec::new();
    let mut sentence = None;
    for area in areas {
        let (clean, cleaning) = outlines_of(area, frame);
        if clean.is_empty() {
            sentence = sentence.or(Some("one of its polygons bounds no area; left out"));
        }
        sentence = sentence.or(cleaning.sentence());
        outlines.extend(clean);
    }
    if outlines.is_empty() {
        return None;
    }
    if let Some(sentence) = sentence {
        ledger.repair(sentence, place);
    }
    Some(outlines)
}

fn ribbon(
    lines: Vec<Vec<LonLat>>,
    at: LonLat,
    class: Class,
    kind: &str,
    tags: &Tags,
) -> (Body, LonLat) {
    (
        Body::Ribbon {
            lines,
            width_m: width_of(class, kind, tags),
        },
        at,
    )
}

/// The corner nearest to the middle of the longest line.
fn middle_of_line(lines: &[Vec<LonLat>]) -> Option<LonLat> {
    let longest = lines.iter().max_by_key(|line| line.len())?;
    if longest.len() == 2 {
        let (a, b) = (longest.first()?, longest.last()?);
        return Some([f64::midpoint(a[0], b[0]), f64::midpoint(a[1], b[1])]);
    }
    longest.get(longest.len() / 2).copied()
}

/// How wide a line is drawn, metres: what the tags say, else what its kind usually has.
pub(crate) fn width_of(class: Class, kind: &str, tags: &Tags) -> f64 {
    let usual = match (class, kind.trim_end_matches("_link")) {
        (Class::Rail, _) => return 2.4,
        (Class::Water, "river") => 20.0,
        (Class::Water, "canal") => 12.0,
        (Class::Water, _) => 3.0,
        (_, "motorway") => 18.0,
        (_, "trunk") => 16.0,
        (_, "primary" | "major_road" | "highway") => 14.0,
        (_, "secondary" | "medium_road") => 11.0,
        (_, "tertiary") => 9.0,
        (_, "service" | "living_street" | "track") => 4.0,
        (_, "pedestrian" | "pier") => 5.0,
        (_, "footway" | "path" | "steps" | "cycleway" | "bridleway" | "trail" | "via_ferrata") => {
            2.0
        }
        _ => 6.5,
    };
    let stated = tags
        .get("width")
        .and_then(length_m)
        .filter(|width| SANE_WIDTH_M.contains(width));
    let by_lanes = tags
        .get("lanes")
        .and_then(number)
        .map(|lanes| lanes * LANE_M)
        .filter(|width| SANE_WIDTH_M.contains(width));
    stated
        .or(by_lanes.filter(|_| class == Class::Road))
        .unwrap_or(usual)
}

/// The rectangle of the plane that holds a feature's body: west, south, east, north; `None` without a body.
pub(crate) fn plane_box(feature: &CityFeature, frame: &LocalFrame) -> Option<[f64; 4]> {
    let mut bounds = [
        f64::INFINITY,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NEG_INFINITY,
    ];
    let mut take = |p: [f64; 2]| {
        bounds = [
            bounds[0].min(p[0]),
            bounds[1].min(p[1]),
            bounds[2].max(p[0]),
            bounds[3].max(p[1]),
        ];
    };
    match &feature.body {
        Body::Nothing => return None,
        Body::Outlines(outlines) => outlines
            .iter()
            .filter_map(|o| o.plane.first())
            .flatten()
            .for_each(|p| take(*p)),
        Body::Ribbon { lines, .. } => lines
            .iter()
            .flatten()
            .for_each(|p| take(plane_of(frame, *p))),
    }
    (bounds[0] <= bounds[2]).then_some(bounds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feature::Hint;
    use cim_geo::Geodetic;

    #[test]
    fn a_road_is_as_wide_as_it_says_or_as_its_kind() {
        let width =
            |pairs: &[(&str, &str)]| width_of(Class::Road, "primary_link", &Tags::of(pairs));
        assert!((width(&[]) - 14.0).abs() < 1e-9);
        assert!((width(&[("lanes", "4")]) - 13.0).abs() < 1e-9);
        assert!((width(&[("width", "22 m"), ("lanes", "4")]) - 22.0).abs() < 1e-9);
        assert!((width(&[("width", "9000")]) - 14.0).abs() < 1e-9);
    }

    #[test]
    fn a_building_drawn_as_a_line_gets_walls_and_one_without_an_area_is_dropped() {
        let frame = LocalFrame::new(Geodetic::new(121.5, 31.24, 0.0));
        let verdict = || Verdict {
            class: Class::Building,
            kind: "building".into(),
            is_drawn: true,
        };
        let raw = |line: Vec<LonLat>| RawFeature {
            id: "f0".into(),
            place: "here".into(),
            tags: Tags::default(),
            shape: Shape::Lines(vec![line]),
            hint: Hint::None,
        };
        let mut ledger = Ledger::default();
        let square = vec![
            [121.5, 31.24],
            [121.501, 31.24],
            [121.501, 31.241],
            [121.5, 31.241],
        ];
        let feature = shape(raw(square), verdict(), &frame, &mut ledger).expect("an outline");
        assert!(feature.area_m2() > 9_000.0 && feature.is_drawn);
        assert_eq!(ledger.counts.repaired, 1);
        assert!(
            shape(
                raw(vec![[121.5, 31.24], [121.501, 31.24]]),
                verdict(),
                &frame,
                &mut ledger
            )
            .is_none()
        );
        assert_eq!(ledger.dropped().len(), 1);
    }
}
