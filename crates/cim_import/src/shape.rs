//! From what a source says to what the city holds: features with clean outlines or surfaces, heights and names.

use crate::classify::{Class, Verdict};
use crate::codec::Decided;
use crate::feature::{Area, LonLat, ModelKind, PlacedModel, Shape, SourceFeature, Tags, Tube};
use crate::ledger::Ledger;
use crate::outline::{Cleaning, Outline, outlines_of};
use crate::site::Site;
use crate::solid::{Solid, solid_of};
use crate::values::{Heights, diameter_m, heights_of, heights_of_model, length_m, number};
use cim_tiles::CimLevel;

/// Metres of road per marked lane, edges shared out.
const LANE_M: f64 = 3.25;
/// Widths outside of these are slips of the pen, metres.
const SANE_WIDTH_M: std::ops::RangeInclusive<f64> = 0.5..=80.0;
/// How far a road is lifted for each layer that it lies above the ground, metres.
const LAYER_M: f64 = 5.0;
/// Nothing is lifted higher, metres.
const HIGHEST_LAYER_M: f64 = 40.0;
/// How deep a pipe lies that does not say, metres below ground.
pub(crate) const PIPE_DEPTH_M: f64 = 1.5;
/// How thick a pipe is that does not say, metres.
pub(crate) const PIPE_DIAMETER_M: f64 = 0.3;

/// A feature of the city.
#[derive(Clone, Debug)]
pub(crate) struct CityFeature {
    pub(crate) id: String,
    pub(crate) class: Class,
    pub(crate) kind: String,
    pub(crate) tags: Tags,
    /// Its middle.
    pub(crate) at: LonLat,
    /// Height of the ground under it, in the sources' vertical datum.
    pub(crate) ground_m: f64,
    pub(crate) body: Body,
    /// Buildings and parts only.
    pub(crate) heights: Option<Heights>,
    /// What its shape earns the city.
    pub(crate) level: CimLevel,
    /// False for features that are kept without a mesh.
    pub(crate) is_drawn: bool,
}

/// What a feature's mesh is made from.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Nothing,
    Outlines(Vec<Outline>),
    Ribbon(Ribbon),
    Solid(Solid),
    /// Heights in the sources' vertical datum.
    Tubes(Vec<Tube>),
    /// Heights in the sources' vertical datum.
    Models(Vec<PlacedModel>),
}

/// A band along lines.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ribbon {
    pub(crate) lines: Vec<Vec<LonLat>>,
    pub(crate) width_m: f64,
    /// How far it is lifted over the ground in its middle; 0 for what lies on it.
    pub(crate) lift_m: f64,
}

impl CityFeature {
    /// Its outlines; none for lines, points and models.
    pub(crate) fn outlines(&self) -> &[Outline] {
        match &self.body {
            Body::Outlines(outlines) => outlines,
            _ => &[],
        }
    }

    /// Square metres of its outlines, or of the ground under its model.
    pub(crate) fn area_m2(&self) -> f64 {
        match &self.body {
            Body::Outlines(outlines) => outlines.iter().map(|outline| outline.area_m2).sum(),
            Body::Solid(solid) => solid.ground_area_m2,
            _ => 0.0,
        }
    }

    /// True when it stands in the city with walls.
    pub(crate) fn is_raised_building(&self) -> bool {
        self.heights.is_some() && !matches!(self.body, Body::Nothing)
    }
}

/// Shapes one feature; `None` when it was dropped, which the ledger then knows.
///
/// Called for the same feature once for each pass over the working files; only the first one's ledger counts.
pub(crate) fn shape(decided: Decided, site: &Site, ledger: &mut Ledger) -> Option<CityFeature> {
    let Decided {
        feature,
        verdict,
        is_from_ground,
    } = decided;
    let SourceFeature {
        id,
        place,
        tags,
        shape,
        level,
        ..
    } = feature;
    let Verdict {
        class,
        kind,
        is_drawn,
    } = verdict;
    let Some(first) = shape.first() else {
        ledger.drop("the feature has no geometry", &place);
        return None;
    };
    let lift_m = if is_from_ground { site.ground_m() } else { 0.0 };
    let shaper = Shaper {
        class,
        kind: &kind,
        tags: &tags,
        place: &place,
        site,
        lift_m,
    };
    let Some(shaped) = shaper.body(shape, first, ledger) else {
        ledger.drop("no ring of it bounds an area", &place);
        return None;
    };
    let heights = shaper.heights(&shaped.body, ledger);
    let own_level = level_of(class, &shaped.body);
    let has_body = !matches!(shaped.body, Body::Nothing);
    Some(CityFeature {
        id,
        class,
        kind,
        at: shaped.at,
        ground_m: shaped.ground_m.unwrap_or(site.ground_m()),
        body: shaped.body,
        heights,
        level: level.unwrap_or(own_level),
        is_drawn: is_drawn && has_body,
        tags,
    })
}

/// The level that a body without a level of its own earns (see [`CimLevel`]).
fn level_of(class: Class, body: &Body) -> CimLevel {
    match body {
        Body::Solid(_) if class.is_building() => CimLevel::Cim3,
        Body::Outlines(_) if class.is_building() => CimLevel::Cim2,
        _ => CimLevel::Cim1,
    }
}

struct Shaped {
    body: Body,
    at: LonLat,
    ground_m: Option<f64>,
}

/// What is known of a feature while its body is made.
struct Shaper<'a> {
    class: Class,
    kind: &'a str,
    tags: &'a Tags,
    place: &'a str,
    site: &'a Site,
    /// What is added to the source's heights.
    lift_m: f64,
}

impl Shaper<'_> {
    /// The body; `None` when nothing is left of it.
    fn body(&self, shape: Shape, first: LonLat, ledger: &mut Ledger) -> Option<Shaped> {
        let (body, at) = match shape {
            Shape::Points(points) => (self.of_points(&points), first),
            // A building drawn as a line was meant as its outline.
            Shape::Lines(lines) if self.class.is_building() => {
                let areas: Vec<Area> = lines
                    .into_iter()
                    .map(|outer| Area {
                        outer,
                        inner: Vec::new(),
                    })
                    .collect();
                self.of_areas(&areas, first, ledger)?
            }
            Shape::Lines(lines) => {
                let at = middle_of_line(&lines).unwrap_or(first);
                (self.of_lines(lines), at)
            }
            Shape::Areas(areas) => self.of_areas(&areas, first, ledger)?,
            Shape::Surfaces(surfaces) => {
                let solid = solid_of(
                    surfaces,
                    self.class,
                    self.lift_m,
                    self.site,
                    self.place,
                    ledger,
                )?;
                let (at, low_m) = (solid.at, solid.low_m);
                return Some(Shaped {
                    body: Body::Solid(solid),
                    at,
                    ground_m: Some(low_m),
                });
            }
            Shape::Tubes(tubes) => (self.of_tubes(tubes)?, first),
            Shape::Placed(mut models) => {
                for model in &mut models {
                    model.at[2] += self.lift_m;
                }
                (Body::Models(models), first)
            }
        };
        let body = if self.class.look().is_some() {
            body
        } else {
            Body::Nothing
        };
        Some(Shaped {
            body,
            at,
            ground_m: None,
        })
    }

    fn of_points(&self, points: &[LonLat]) -> Body {
        let model = match self.class {
            Class::Tree if self.tags.get("leaf_type") == Some("needleleaved") => ModelKind::Conifer,
            Class::Tree => ModelKind::Tree,
            Class::Furniture if self.kind.contains("lamp") || self.kind.contains('灯') => {
                ModelKind::Lamp
            }
            Class::Furniture => ModelKind::Pole,
            _ => return Body::Nothing,
        };
        let scale = match (model, self.tags.get("height").and_then(length_m)) {
            (ModelKind::Conifer, Some(height)) => height / 10.0,
            (ModelKind::Tree, Some(height)) => height / 8.0,
            _ => 1.0,
        };
        Body::Models(
            points
                .iter()
                .map(|at| PlacedModel {
                    at: [at[0], at[1], self.site.ground_m()],
                    heading_deg: 0.0,
                    scale: scale.clamp(0.3, 4.0),
                    model,
                })
                .collect(),
        )
    }

    fn of_lines(&self, lines: Vec<Vec<LonLat>>) -> Body {
        if self.class == Class::Pipe {
            let is_above = matches!(self.tags.get("location"), Some("overground" | "overhead"));
            let depth_m = self
                .tags
                .first_of(&["depth", "埋深"])
                .and_then(length_m)
                .unwrap_or(if is_above { -1.0 } else { PIPE_DEPTH_M });
            let diameter_m = self
                .tags
                .first_of(&["diameter", "管径"])
                .and_then(diameter_m)
                .unwrap_or(PIPE_DIAMETER_M);
            let height_m = self.site.ground_m() - depth_m;
            return Body::Tubes(
                lines
                    .into_iter()
                    .map(|line| Tube {
                        line: line.iter().map(|at| [at[0], at[1], height_m]).collect(),
                        diameter_m,
                    })
                    .collect(),
            );
        }
        Body::Ribbon(Ribbon {
            lines,
            width_m: width_of(self.class, self.kind, self.tags),
            lift_m: lift_of(self.class, self.tags),
        })
    }

    fn of_tubes(&self, mut tubes: Vec<Tube>) -> Option<Body> {
        for tube in &mut tubes {
            for at in &mut tube.line {
                at[2] += self.lift_m;
            }
            tube.line.dedup();
            if !(tube.diameter_m.is_finite() && tube.diameter_m > 0.0) {
                tube.diameter_m = PIPE_DIAMETER_M;
            }
        }
        tubes.retain(|tube| tube.line.len() >= 2);
        (!tubes.is_empty()).then_some(Body::Tubes(tubes))
    }

    fn of_areas(
        &self,
        areas: &[Area],
        first: LonLat,
        ledger: &mut Ledger,
    ) -> Option<(Body, LonLat)> {
        let outlines = self.clean_outlines(areas, ledger)?;
        let at = outlines
            .iter()
            .max_by(|a, b| a.area_m2.total_cmp(&b.area_m2))
            .map_or(first, Outline::middle);
        Some((Body::Outlines(outlines), at))
    }

    /// The clean outlines of a feature's areas; `None` when nothing is left.
    fn clean_outlines(&self, areas: &[Area], ledger: &mut Ledger) -> Option<Vec<Outline>> {
        let mut outlines = Vec::new();
        let mut cleaning = Cleaning::default();
        let mut is_one_lost = false;
        for area in areas {
            let (clean, own_cleaning) = outlines_of(area, self.site.frame());
            is_one_lost |= clean.is_empty();
            cleaning = cleaning.and(own_cleaning);
            outlines.extend(clean);
        }
        if outlines.is_empty() {
            return None;
        }
        for sentence in cleaning.sentences() {
            ledger.repair(sentence, self.place);
        }
        if is_one_lost {
            ledger.repair("one of its polygons bounds no area; left out", self.place);
        }
        Some(outlines)
    }

    fn heights(&self, body: &Body, ledger: &mut Ledger) -> Option<Heights> {
        if !self.class.is_building() {
            return None;
        }
        if let Body::Solid(solid) = body {
            return Some(heights_of_model(self.tags, solid.high_m - solid.low_m));
        }
        let (heights, repair) = heights_of(self.tags);
        if let Some(sentence) = repair {
            ledger.repair(sentence, self.place);
        }
        Some(heights)
    }
}

/// How far a road or railway is lifted over the ground, metres: 5 for each layer of a bridge.
fn lift_of(class: Class, tags: &Tags) -> f64 {
    let is_bridge = matches!(class, Class::Road | Class::Rail)
        && (tags.says("bridge") || tags.says("is_bridge"));
    if !is_bridge && class != Class::Bridge {
        return 0.0;
    }
    let layer = tags.get("layer").and_then(number).unwrap_or(1.0);
    (layer.max(1.0) * LAYER_M).min(HIGHEST_LAYER_M)
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
        (Class::Furniture, _) => 0.4,
        (Class::Bridge, _) | (Class::Water, "canal") => 12.0,
        (Class::Water, "river") => 20.0,
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
pub(crate) fn plane_box(feature: &CityFeature, site: &Site) -> Option<[f64; 4]> {
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
            .filter_map(|outline| outline.plane.first())
            .flatten()
            .for_each(|p| take(*p)),
        Body::Ribbon(ribbon) => ribbon
            .lines
            .iter()
            .flatten()
            .for_each(|at| take(site.plane(*at))),
        Body::Solid(solid) => {
            for at in solid.faces.iter().flat_map(|face| &face.rings).flatten() {
                take(site.plane([at[0], at[1]]));
            }
        }
        Body::Tubes(tubes) => tubes
            .iter()
            .flat_map(|tube| &tube.line)
            .for_each(|at| take(site.plane([at[0], at[1]]))),
        Body::Models(models) => models
            .iter()
            .for_each(|model| take(site.plane([model.at[0], model.at[1]]))),
    }
    (bounds[0] <= bounds[2]).then_some(bounds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feature::Hint;
    use cim_geo::Geodetic;

    fn decided(class: Class, kind: &str, pairs: &[(&str, &str)], shape: Shape) -> Decided {
        Decided {
            feature: SourceFeature {
                id: "f0".into(),
                place: "here".into(),
                tags: Tags::of(pairs),
                shape,
                hint: Hint::None,
                level: None,
                parent: None,
            },
            verdict: Verdict {
                class,
                kind: kind.into(),
                is_drawn: true,
            },
            is_from_ground: true,
        }
    }

    fn site() -> Site {
        Site::new(Geodetic::new(121.5, 31.24, 4.0))
    }

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
    fn a_bridge_is_lifted_by_its_layer_and_a_road_lies_on_the_ground() {
        let lift = |pairs: &[(&str, &str)]| lift_of(Class::Road, &Tags::of(pairs));
        assert!(lift(&[("layer", "2")]).abs() < 1e-9);
        assert!((lift(&[("bridge", "yes")]) - 5.0).abs() < 1e-9);
        assert!((lift(&[("bridge", "viaduct"), ("layer", "2")]) - 10.0).abs() < 1e-9);
        assert!((lift(&[("bridge", "yes"), ("layer", "900")]) - 40.0).abs() < 1e-9);
    }

    #[test]
    fn a_building_drawn_as_a_line_gets_walls_and_one_without_an_area_is_dropped() {
        let line =
            |line: Vec<LonLat>| decided(Class::Building, "building", &[], Shape::Lines(vec![line]));
        let mut ledger = Ledger::default();
        let square = vec![
            [121.5, 31.24],
            [121.501, 31.24],
            [121.501, 31.241],
            [121.5, 31.241],
        ];
        let feature = shape(line(square), &site(), &mut ledger).expect("an outline");
        assert!(feature.area_m2() > 9_000.0 && feature.is_drawn);
        assert_eq!((ledger.counts.repaired, feature.level), (1, CimLevel::Cim2));
        let nothing = line(vec![[121.5, 31.24], [121.501, 31.24]]);
        assert!(shape(nothing, &site(), &mut ledger).is_none());
        assert_eq!(ledger.dropped().len(), 1);
    }

    #[test]
    fn a_pipe_lies_as_deep_and_is_as_thick_as_it_says() {
        let pipe = decided(
            Class::Pipe,
            "gas",
            &[("diameter", "500"), ("depth", "2.2")],
            Shape::Lines(vec![vec![[121.5, 31.24], [121.501, 31.24]]]),
        );
        let feature = shape(pipe, &site(), &mut Ledger::default()).expect("a pipe");
        let Body::Tubes(tubes) = &feature.body else {
            panic!("{:?}", feature.body)
        };
        assert!((tubes[0].diameter_m - 0.5).abs() < 1e-9);
        // The ground lies at 4 m.
        assert!((tubes[0].line[0][2] - 1.8).abs() < 1e-9);
    }

    #[test]
    fn heights_that_count_from_the_ground_are_lifted_onto_it() {
        let lamp = decided(
            Class::Furniture,
            "lamp",
            &[],
            Shape::Placed(vec![PlacedModel {
                at: [121.5, 31.24, 0.5],
                heading_deg: 0.0,
                scale: 1.0,
                model: ModelKind::Lamp,
            }]),
        );
        let feature = shape(lamp, &site(), &mut Ledger::default()).expect("a lamp");
        let Body::Models(models) = &feature.body else {
            panic!("{:?}", feature.body)
        };
        assert!((models[0].at[2] - 4.5).abs() < 1e-9);
        assert!(plane_box(&feature, &site()).expect("a place")[0].abs() < 1e-6);
    }
}
