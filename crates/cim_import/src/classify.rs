//! What a feature is: decided from its tags, its shape and, last, its file's name.
//!
//! Two dialects are spoken here: OpenStreetMap's keys (`building`, `highway`, `natural` …), and one word in `kind`, `class`
//! or `type`, as map tiles and exports have it. Where both are silent, the file's name decides.

use crate::feature::{Hint, RawFeature, Shape, Tags};
use crate::values::{HEIGHT_KEYS, LEVEL_KEYS, number};
use crate::words::{
    CARRIED, GREENS, INTEREST_KEYS, KIND_KEYS, RAILS, ROAD_LAYERS, ROADS, ROADSIDE, STOPS,
    STRUCTURES, WATERS, WATERWAYS,
};

/// What a feature is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Building,
    BuildingPart,
    Road,
    Rail,
    Water,
    Green,
    Point,
    /// Repeats an area: a label point, a border line.
    Label,
    /// Nothing that the twin has a use for.
    Other,
}

/// A feature's class, its kind within the class, and whether it is to be seen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Verdict {
    pub(crate) class: Class,
    pub(crate) kind: String,
    /// False for what lies underground or hangs in the air: it has attributes but no mesh.
    pub(crate) is_drawn: bool,
}

impl Verdict {
    fn new(class: Class, kind: &str) -> Self {
        Self {
            class,
            kind: kind.to_owned(),
            is_drawn: true,
        }
    }

    fn hidden_if(mut self, is_hidden: bool) -> Self {
        self.is_drawn = self.is_drawn && !is_hidden;
        self
    }
}

/// Decides what `feature` is.
pub(crate) fn classify(feature: &RawFeature) -> Verdict {
    let geometry = match &feature.shape {
        Shape::Points(_) => Geometry::Point,
        Shape::Lines(_) => Geometry::Line,
        Shape::Areas(_) => Geometry::Area,
    };
    let tags = &feature.tags;
    let word = KIND_KEYS
        .iter()
        .find_map(|key| tags.get(key))
        .map(str::to_lowercase);
    by_openstreetmap(tags, geometry)
        .or_else(|| by_word(word.as_deref()?, tags, geometry, feature.hint))
        .or_else(|| by_hint(feature.hint, word.as_deref(), geometry))
        .unwrap_or_else(|| by_what_is_left(word.as_deref(), tags, geometry))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Geometry {
    Point,
    Line,
    Area,
}

/// OpenStreetMap's own keys.
fn by_openstreetmap(tags: &Tags, geometry: Geometry) -> Option<Verdict> {
    // Both tags: a building that is its own only part. It counts as a building.
    if tags.says("building") {
        return Some(Verdict::new(Class::Building, "building").hidden_if(is_buried(tags)));
    }
    if tags.says("building:part") {
        return Some(Verdict::new(Class::BuildingPart, "building_part").hidden_if(is_buried(tags)));
    }
    if let Some(highway) = tags.get("highway") {
        return Some(road_verdict(highway, tags, geometry));
    }
    if let Some(railway) = tags.get("railway") {
        let verdict = match geometry {
            Geometry::Line if RAILS.contains(&railway) => {
                Verdict::new(Class::Rail, railway).hidden_if(is_underground(tags))
            }
            _ if STOPS.contains(&railway) && railway != "platform" => {
                Verdict::new(Class::Point, railway)
            }
            _ => Verdict::new(Class::Other, railway),
        };
        return Some(verdict);
    }
    if geometry == Geometry::Line
        && let Some(waterway) = tags
            .get("waterway")
            .filter(|value| WATERWAYS.contains(value))
    {
        return Some(Verdict::new(Class::Water, waterway).hidden_if(is_underground(tags)));
    }
    if geometry == Geometry::Area
        && let Some(verdict) = ground_verdict(tags)
    {
        return Some(verdict);
    }
    if tags.get("route") == Some("ferry") && geometry == Geometry::Line {
        return Some(Verdict::new(Class::Road, "ferry").hidden_if(true));
    }
    interest_verdict(tags, geometry)
}

fn road_verdict(highway: &str, tags: &Tags, geometry: Geometry) -> Verdict {
    match geometry {
        Geometry::Point if ROADSIDE.contains(&highway) => Verdict::new(Class::Point, highway),
        Geometry::Line if ROADS.contains(&highway) && !tags.says("area") => {
            Verdict::new(Class::Road, highway).hidden_if(is_underground(tags))
        }
        _ => Verdict::new(Class::Other, highway),
    }
}

/// Water and green areas.
fn ground_verdict(tags: &Tags) -> Option<Verdict> {
    if tags.is_one_of("natural", &["water", "bay"]) || tags.says("water") {
        return Some(
            Verdict::new(Class::Water, tags.get("water").unwrap_or("water"))
                .hidden_if(is_underground(tags)),
        );
    }
    for (key, values) in [
        (
            "waterway",
            &["riverbank", "dock", "river", "canal", "stream"][..],
        ),
        ("landuse", &["reservoir", "basin", "pond"][..]),
        ("leisure", &["swimming_pool"][..]),
        ("amenity", &["fountain"][..]),
    ] {
        if let Some(value) = tags.get(key).filter(|value| values.contains(value)) {
            return Some(Verdict::new(Class::Water, value).hidden_if(is_underground(tags)));
        }
    }
    ["leisure", "landuse", "natural"]
        .iter()
        .find_map(|key| tags.get(key).filter(|value| GREENS.contains(value)))
        .map(|value| Verdict::new(Class::Green, value))
}

/// What people look for on a map. A `kind` beside the key is another dialect's word for the same and is asked first.
fn interest_verdict(tags: &Tags, geometry: Geometry) -> Option<Verdict> {
    if geometry == Geometry::Line || tags.get("kind").is_some() {
        return None;
    }
    if let Some(value) = tags
        .get("man_made")
        .filter(|value| STRUCTURES.contains(value))
    {
        return Some(Verdict::new(Class::Point, value));
    }
    let (key, value) = INTEREST_KEYS
        .iter()
        .find_map(|key| Some((*key, tags.get(key)?)))?;
    let kind = if matches!(value, "yes" | "true") {
        key
    } else {
        value
    };
    // Parking spaces and squares without a name are ground, not a place that anybody looks for.
    if geometry == Geometry::Area
        && tags.name().is_empty()
        && matches!(value, "parking" | "bicycle_parking" | "parking_space")
    {
        return Some(Verdict::new(Class::Other, kind));
    }
    Some(Verdict::new(Class::Point, kind))
}

/// One word that says it all.
fn by_word(word: &str, tags: &Tags, geometry: Geometry, hint: Hint) -> Option<Verdict> {
    let detail = tags.get("kind_detail").unwrap_or(word);
    // Map tiles repeat an area's border as lines and its name at a point.
    let is_border = geometry == Geometry::Line && tags.says("boundary");
    let is_label = geometry == Geometry::Point && tags.says("label_placement");
    let is_area_word = WATERS.contains(&word) || GREENS.contains(&word);
    if (is_border || is_label) && is_area_word {
        return Some(Verdict::new(Class::Label, word));
    }
    match word {
        "building" | "buildings" | "building_part" | "building:part" | "building_outline" => {
            return Some(building_verdict(word, geometry));
        }
        "address" | "entrance" => return Some(Verdict::new(Class::Other, word)),
        _ => {}
    }
    match geometry {
        Geometry::Line => line_verdict(word, detail, tags),
        // In a file of buildings a word is the building's use, not the ground's.
        Geometry::Area if hint == Hint::Buildings => {
            Some(Verdict::new(Class::Building, "building"))
        }
        Geometry::Area if WATERS.contains(&word) => Some(Verdict::new(Class::Water, word)),
        Geometry::Area if GREENS.contains(&word) => Some(Verdict::new(Class::Green, word)),
        Geometry::Area if STOPS.contains(&word) => Some(Verdict::new(Class::Point, word)),
        Geometry::Area => None,
        Geometry::Point => Some(Verdict::new(Class::Point, word)),
    }
}

/// In this dialect a building is an area; its point is where map tiles put the label.
fn building_verdict(word: &str, geometry: Geometry) -> Verdict {
    match geometry {
        Geometry::Point => Verdict::new(Class::Label, word),
        _ if word.contains("part") => Verdict::new(Class::BuildingPart, "building_part"),
        _ => Verdict::new(Class::Building, "building"),
    }
}

fn line_verdict(word: &str, detail: &str, tags: &Tags) -> Option<Verdict> {
    if RAILS.contains(&word) {
        // Map tiles draw metro lines without saying how deep they run.
        let is_deep = [word, detail]
            .iter()
            .any(|w| matches!(*w, "subway" | "metro"))
            && !is_raised(tags);
        return Some(Verdict::new(Class::Rail, detail).hidden_if(is_deep || is_underground(tags)));
    }
    if CARRIED.contains(&word) || CARRIED.contains(&detail) {
        return Some(Verdict::new(Class::Road, word).hidden_if(true));
    }
    if ROADS.contains(&word) || ROAD_LAYERS.contains(&word) {
        return Some(Verdict::new(Class::Road, detail).hidden_if(is_underground(tags)));
    }
    if WATERWAYS.contains(&word) {
        return Some(Verdict::new(Class::Water, word).hidden_if(is_underground(tags)));
    }
    if STOPS.contains(&word) {
        return Some(Verdict::new(Class::Point, word));
    }
    None
}

/// The file's name, for features that say nothing else.
fn by_hint(hint: Hint, word: Option<&str>, geometry: Geometry) -> Option<Verdict> {
    let kind = |default: &'static str| word.unwrap_or(default).to_owned();
    match (hint, geometry) {
        (Hint::Buildings, Geometry::Area | Geometry::Line) => {
            Some(Verdict::new(Class::Building, "building"))
        }
        (Hint::Roads, Geometry::Line) => Some(Verdict::new(Class::Road, &kind("road"))),
        (Hint::Rail, Geometry::Line) => Some(Verdict::new(Class::Rail, &kind("rail"))),
        (Hint::Water, Geometry::Area | Geometry::Line) => {
            Some(Verdict::new(Class::Water, &kind("water")))
        }
        (Hint::Green, Geometry::Area) => Some(Verdict::new(Class::Green, &kind("green"))),
        (Hint::Points, Geometry::Point) => Some(Verdict::new(Class::Point, &kind("point"))),
        _ => None,
    }
}

/// An area with a height can only be a building; a point with a name is a place.
fn by_what_is_left(word: Option<&str>, tags: &Tags, geometry: Geometry) -> Verdict {
    let stands = || {
        tags.first_of(HEIGHT_KEYS)
            .or_else(|| tags.first_of(LEVEL_KEYS))
            .is_some_and(|text| number(text).is_some())
    };
    match geometry {
        Geometry::Area if word.is_none() && stands() => Verdict::new(Class::Building, "building"),
        Geometry::Point if word.is_none() && !tags.name().is_empty() => {
            Verdict::new(Class::Point, "place")
        }
        _ => Verdict::new(Class::Other, word.unwrap_or_default()),
    }
}

fn is_raised(tags: &Tags) -> bool {
    tags.says("bridge")
        || tags.says("is_bridge")
        || tags
            .get("layer")
            .and_then(number)
            .is_some_and(|layer| layer > 0.0)
}

fn is_underground(tags: &Tags) -> bool {
    tags.says("tunnel")
        || tags.says("is_tunnel")
        || is_buried(tags)
        || tags
            .get("layer")
            .and_then(number)
            .is_some_and(|layer| layer < 0.0)
}

fn is_buried(tags: &Tags) -> bool {
    tags.get("location") == Some("underground")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feature::Area;

    fn point() -> Shape {
        Shape::Points(vec![[0.0, 0.0]])
    }

    fn line() -> Shape {
        Shape::Lines(vec![vec![[0.0, 0.0], [1.0, 1.0]]])
    }

    fn area() -> Shape {
        Shape::Areas(vec![Area::default()])
    }

    #[track_caller]
    fn check(
        shape: Shape,
        hint: Hint,
        pairs: &[(&str, &str)],
        class: Class,
        kind: &str,
        is_drawn: bool,
    ) {
        let feature = RawFeature {
            id: "x".into(),
            place: "here".into(),
            tags: Tags::of(pairs),
            shape,
            hint,
        };
        assert_eq!(
            classify(&feature),
            Verdict {
                class,
                kind: kind.into(),
                is_drawn
            },
            "{pairs:?}"
        );
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of cases")]
    fn openstreetmap_keys_are_understood() {
        check(
            area(),
            Hint::None,
            &[("building", "yes")],
            Class::Building,
            "building",
            true,
        );
        check(
            point(),
            Hint::None,
            &[("building", "kiosk")],
            Class::Building,
            "building",
            true,
        );
        check(
            area(),
            Hint::None,
            &[("building", "no"), ("leisure", "park")],
            Class::Green,
            "park",
            true,
        );
        check(
            area(),
            Hint::None,
            &[("building:part", "yes")],
            Class::BuildingPart,
            "building_part",
            true,
        );
        check(
            line(),
            Hint::None,
            &[("highway", "primary")],
            Class::Road,
            "primary",
            true,
        );
        check(
            line(),
            Hint::None,
            &[("highway", "primary"), ("tunnel", "yes")],
            Class::Road,
            "primary",
            false,
        );
        check(
            line(),
            Hint::None,
            &[("highway", "footway"), ("area", "yes")],
            Class::Other,
            "footway",
            true,
        );
        check(
            point(),
            Hint::None,
            &[("highway", "traffic_signals")],
            Class::Point,
            "traffic_signals",
            true,
        );
        check(
            line(),
            Hint::None,
            &[("railway", "tram")],
            Class::Rail,
            "tram",
            true,
        );
        check(
            line(),
            Hint::None,
            &[("railway", "rail"), ("layer", "-1")],
            Class::Rail,
            "rail",
            false,
        );
        check(
            line(),
            Hint::None,
            &[("waterway", "river")],
            Class::Water,
            "river",
            true,
        );
        check(
            area(),
            Hint::None,
            &[("natural", "water"), ("water", "lake")],
            Class::Water,
            "lake",
            true,
        );
        check(
            area(),
            Hint::None,
            &[("landuse", "forest")],
            Class::Green,
            "forest",
            true,
        );
        check(
            point(),
            Hint::None,
            &[("amenity", "cafe")],
            Class::Point,
            "cafe",
            true,
        );
        check(
            area(),
            Hint::None,
            &[("landuse", "residential")],
            Class::Other,
            "",
            true,
        );
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of cases")]
    fn the_kinds_of_map_tiles_are_understood() {
        check(
            area(),
            Hint::Buildings,
            &[("kind", "building")],
            Class::Building,
            "building",
            true,
        );
        check(
            area(),
            Hint::Buildings,
            &[("kind", "building_part")],
            Class::BuildingPart,
            "building_part",
            true,
        );
        check(
            point(),
            Hint::Buildings,
            &[("kind", "building"), ("label_placement", "true")],
            Class::Label,
            "building",
            true,
        );
        check(
            point(),
            Hint::Buildings,
            &[("kind", "address")],
            Class::Other,
            "address",
            true,
        );
        check(
            line(),
            Hint::Roads,
            &[("kind", "major_road"), ("kind_detail", "trunk")],
            Class::Road,
            "trunk",
            true,
        );
        check(
            line(),
            Hint::Roads,
            &[
                ("kind", "minor_road"),
                ("kind_detail", "service"),
                ("is_tunnel", "true"),
            ],
            Class::Road,
            "service",
            false,
        );
        check(
            line(),
            Hint::Roads,
            &[("kind", "ferry")],
            Class::Road,
            "ferry",
            false,
        );
        check(
            line(),
            Hint::Roads,
            &[("kind", "rail"), ("kind_detail", "subway")],
            Class::Rail,
            "subway",
            false,
        );
        check(
            line(),
            Hint::None,
            &[("kind", "subway")],
            Class::Rail,
            "subway",
            false,
        );
        check(
            area(),
            Hint::None,
            &[("kind", "station")],
            Class::Point,
            "station",
            true,
        );
        check(
            line(),
            Hint::Water,
            &[("kind", "water"), ("boundary", "true")],
            Class::Label,
            "water",
            true,
        );
        check(
            area(),
            Hint::Water,
            &[("kind", "riverbank")],
            Class::Water,
            "riverbank",
            true,
        );
        check(
            area(),
            Hint::None,
            &[("kind", "natural_wood"), ("natural", "wood")],
            Class::Green,
            "wood",
            true,
        );
        check(
            area(),
            Hint::None,
            &[("kind", "earth")],
            Class::Other,
            "earth",
            true,
        );
        check(
            line(),
            Hint::None,
            &[("kind", "county")],
            Class::Other,
            "county",
            true,
        );
        check(
            point(),
            Hint::None,
            &[("kind", "residential"), ("label_placement", "true")],
            Class::Point,
            "residential",
            true,
        );
    }

    #[test]
    fn a_silent_feature_is_what_its_file_is_called() {
        check(
            area(),
            Hint::Buildings,
            &[],
            Class::Building,
            "building",
            true,
        );
        check(
            area(),
            Hint::Buildings,
            &[("class", "residential")],
            Class::Building,
            "building",
            true,
        );
        check(
            line(),
            Hint::Roads,
            &[("name", "中山东一路")],
            Class::Road,
            "road",
            true,
        );
        check(area(), Hint::Water, &[], Class::Water, "water", true);
        check(
            area(),
            Hint::None,
            &[("height", "18")],
            Class::Building,
            "building",
            true,
        );
        check(
            area(),
            Hint::None,
            &[("population", "18")],
            Class::Other,
            "",
            true,
        );
    }
}
