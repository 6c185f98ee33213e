//! What a feature is: decided from its tags, its shape and, last, its file's name.
//!
//! Two dialects are spoken here: OpenStreetMap's keys (`building`, `highway`, `natural` …), and one word in `kind`, `class`
//! or `type`, as map tiles and exports have it. A `class` that is a class word of the tiles decides by itself. Where all
//! are silent, the file's name decides, and for shapes in space the shape.

use crate::feature::{Hint, Shape, SourceFeature, SurfaceRole, Tags};
use crate::values::{HEIGHT_KEYS, LEVEL_KEYS, number};
use crate::words::{
    CARRIED, GREENS, INTEREST_KEYS, KIND_KEYS, RAILS, ROAD_LAYERS, ROADS, ROADSIDE, STOPS,
    STRUCTURES, WATERS, WATERWAYS,
};
use cim_tiles::FeatureClass;

/// What a feature is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Building,
    BuildingPart,
    Road,
    Rail,
    Water,
    Green,
    Ground,
    Bridge,
    Tunnel,
    Pipe,
    Tree,
    Furniture,
    Point,
    /// Repeats an area: a label point, a border line.
    Label,
    /// Nothing that the twin has a use for.
    Other,
}

impl Class {
    /// Every class, in the order of its number.
    pub(crate) const ALL: [Self; 15] = [
        Self::Building,
        Self::BuildingPart,
        Self::Road,
        Self::Rail,
        Self::Water,
        Self::Green,
        Self::Ground,
        Self::Bridge,
        Self::Tunnel,
        Self::Pipe,
        Self::Tree,
        Self::Furniture,
        Self::Point,
        Self::Label,
        Self::Other,
    ];

    /// How it is drawn; parts are buildings to the eye. `None` for what is never drawn.
    pub(crate) fn look(self) -> Option<FeatureClass> {
        match self {
            Self::Building | Self::BuildingPart => Some(FeatureClass::Building),
            Self::Road => Some(FeatureClass::Road),
            Self::Rail => Some(FeatureClass::Rail),
            Self::Water => Some(FeatureClass::Water),
            Self::Green => Some(FeatureClass::Green),
            Self::Ground => Some(FeatureClass::Ground),
            Self::Bridge => Some(FeatureClass::Bridge),
            Self::Tunnel => Some(FeatureClass::Tunnel),
            Self::Pipe => Some(FeatureClass::Pipe),
            Self::Tree => Some(FeatureClass::Tree),
            Self::Furniture => Some(FeatureClass::Furniture),
            Self::Point | Self::Label | Self::Other => None,
        }
    }

    /// The class word in the table of attributes.
    pub(crate) fn word(self) -> &'static str {
        self.look().map_or("point", FeatureClass::as_str)
    }

    /// True for buildings and their parts.
    pub(crate) fn is_building(self) -> bool {
        matches!(self, Self::Building | Self::BuildingPart)
    }

    /// The class that is drawn as `look`; [`FeatureClass::Model`] is no class of features.
    fn drawn_as(look: FeatureClass) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|class| class.look() == Some(look))
    }
}

/// A kind longer than this is a sentence and no kind, bytes.
const LONGEST_KIND: usize = 48;

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
pub(crate) fn classify(feature: &SourceFeature) -> Verdict {
    let geometry = match &feature.shape {
        Shape::Points(_) => Geometry::Point,
        Shape::Lines(_) => Geometry::Line,
        Shape::Areas(_) => Geometry::Area,
        Shape::Surfaces(_) | Shape::Tubes(_) | Shape::Placed(_) => return in_space(feature),
    };
    let tags = &feature.tags;
    let word = KIND_KEYS
        .iter()
        .find_map(|key| tags.get(key))
        .map(str::to_lowercase);
    by_openstreetmap(tags, geometry)
        .or_else(|| {
            // A flat tunnel has no depth to be drawn at.
            by_class_word(feature).map(|verdict| {
                let is_tunnel = verdict.class == Class::Tunnel;
                verdict.hidden_if(is_tunnel || is_underground(tags))
            })
        })
        .or_else(|| by_word(word.as_deref()?, tags, geometry, feature.hint))
        .or_else(|| by_hint(feature.hint, word.as_deref(), geometry))
        .unwrap_or_else(|| by_what_is_left(word.as_deref(), tags, geometry))
}

/// A `class` that is one of the tiles' class words.
fn by_class_word(feature: &SourceFeature) -> Option<Verdict> {
    let word = feature.tags.get("class")?;
    let look = FeatureClass::ALL
        .into_iter()
        .find(|look| look.as_str() == word)?;
    Some(of_class(Class::drawn_as(look)?, feature))
}

/// A feature of a class that is known; its kind is what it says itself, else the class's word.
fn of_class(class: Class, feature: &SourceFeature) -> Verdict {
    let tags = &feature.tags;
    let says_part = tags.says("building:part") || tags.get("kind") == Some("building_part");
    if class.is_building() {
        return if says_part || feature.parent.is_some() {
            Verdict::new(Class::BuildingPart, "building_part")
        } else {
            Verdict::new(Class::Building, "building")
        };
    }
    let own = ["kind", "highway", "railway", "type", "function"]
        .iter()
        .find_map(|key| tags.get(key))
        .filter(|kind| kind.len() <= LONGEST_KIND);
    let by_model = match &feature.shape {
        Shape::Placed(models) => models.first().map(|model| model.model.as_str()),
        _ => None,
    };
    Verdict::new(class, own.or(by_model).unwrap_or(class.word()))
}

/// Surfaces, tubes and placed models.
fn in_space(feature: &SourceFeature) -> Verdict {
    let tags = &feature.tags;
    let by_key = || {
        [
            ("building", Class::Building),
            ("building:part", Class::BuildingPart),
            ("highway", Class::Road),
            ("railway", Class::Rail),
            ("bridge", Class::Bridge),
            ("tunnel", Class::Tunnel),
        ]
        .into_iter()
        .find(|(key, _)| tags.says(key))
        .map(|(_, class)| class)
    };
    let by_shape = || match &feature.shape {
        Shape::Tubes(_) => Class::Pipe,
        Shape::Placed(models) => models
            .first()
            .and_then(|model| Class::drawn_as(model.model.class()))
            .unwrap_or(Class::Other),
        Shape::Surfaces(surfaces) => {
            let has = |role| surfaces.iter().any(|surface| surface.role == role);
            if has(SurfaceRole::Roof) || has(SurfaceRole::Wall) {
                Class::Building
            } else {
                Class::Furniture
            }
        }
        Shape::Points(_) | Shape::Lines(_) | Shape::Areas(_) => Class::Other,
    };
    if let Some(verdict) = by_class_word(feature) {
        return verdict;
    }
    let class = feature
        .hint
        .class()
        .and_then(Class::drawn_as)
        .or_else(by_key)
        .unwrap_or_else(by_shape);
    of_class(class, feature)
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
    if tags.get("natural") == Some("tree") && geometry == Geometry::Point {
        return Some(Verdict::new(Class::Tree, "tree").hidden_if(is_buried(tags)));
    }
    if tags.get("man_made") == Some("pipeline") && geometry == Geometry::Line {
        return Some(Verdict::new(
            Class::Pipe,
            tags.get("substance").unwrap_or("pipeline"),
        ));
    }
    // The roads on it draw its deck; its own outline is for the record.
    if tags.get("man_made") == Some("bridge") && geometry == Geometry::Area {
        return Some(Verdict::new(Class::Bridge, "bridge").hidden_if(true));
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
        (Hint::Ground, Geometry::Area) => Some(Verdict::new(Class::Ground, &kind("ground"))),
        (Hint::Bridges, Geometry::Area | Geometry::Line) => {
            Some(Verdict::new(Class::Bridge, &kind("bridge")))
        }
        (Hint::Tunnels, Geometry::Area | Geometry::Line) => {
            Some(Verdict::new(Class::Tunnel, &kind("tunnel")).hidden_if(true))
        }
        (Hint::Pipes, Geometry::Line) => Some(Verdict::new(Class::Pipe, &kind("pipe"))),
        (Hint::Trees, Geometry::Point) => Some(Verdict::new(Class::Tree, &kind("tree"))),
        (Hint::Furniture, Geometry::Point | Geometry::Line) => {
            Some(Verdict::new(Class::Furniture, &kind("furniture")))
        }
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
mod tests;
