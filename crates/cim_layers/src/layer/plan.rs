//! A layer's definition: what it holds, which of it is shown, how, and what the legend says; and the scene pack around
//! it.

use super::{Filter, LayerId, LayerLook, Paint, Words};
use cim_model::SensorKind;
use std::{cmp::Reverse, fmt};

/// How deep groups may lie in each other.
pub const MOST_GROUPS: usize = 8;

/// A layer as a scene pack defines it, or as a person changed it.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerPlan {
    /// Identity.
    pub id: LayerId,
    /// What people call it.
    pub name: Words,
    /// A sentence about it; may be empty.
    pub about: Words,
    /// Where it stands in the tree of kinds, from the root: `["sensing", "water"]`. The pack names the groups.
    pub group: Vec<String>,
    /// The system of the city's plans that it serves; empty for none.
    pub system: String,
    /// What it holds.
    pub source: LayerSource,
    /// Which of it is shown; everything where there is none.
    pub filter: Option<Filter>,
    /// How it is drawn.
    pub look: LayerLook,
    /// Exceptions from the look; the first that takes a row counts.
    pub rules: Vec<StyleRule>,
    /// What the legend says; where there is none, the look says it itself.
    pub legend: Option<LegendPlan>,
    /// Shown when the desk opens.
    pub shown: bool,
    /// While the eye is nearer than this to what it looks at, it is not drawn; metres.
    pub nearest_m: f32,
    /// While the eye is so far from what it looks at, or farther, it is not drawn; metres, infinite for no limit.
    pub farthest_m: f32,
}

impl LayerPlan {
    /// A layer called `id` of all that `source` has, with `look`, shown, without a name.
    pub fn new(id: impl AsRef<str>, source: LayerSource, look: LayerLook) -> Self {
        Self {
            id: LayerId::new(id),
            name: Words::default(),
            about: Words::default(),
            group: Vec::new(),
            system: String::new(),
            source,
            filter: None,
            look,
            rules: Vec::new(),
            legend: None,
            shown: true,
            nearest_m: 0.0,
            farthest_m: f32::INFINITY,
        }
    }
}

/// What a layer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayerSource {
    /// Sensing devices.
    Things {
        /// Of these kinds; of every kind where none is named.
        kinds: Vec<SensorKind>,
        /// That report one of these properties, as the hub names them; any where none is named.
        properties: Vec<String>,
    },
    /// Cameras.
    Cameras,
    /// Events.
    Events {
        /// Of these types; of every type where none is named.
        types: Vec<String>,
    },
    /// Vehicles.
    Vehicles,
    /// People in the field.
    People,
    /// Pipes and what belongs to them, with their states.
    Assets {
        /// What flows there: `water`, `gas`, `drainage`, `sewage`, `heat`, …; everything where it is empty.
        medium: String,
    },
    /// Areas of governance.
    Grids {
        /// Which level.
        level: GridLevel,
        /// Which figure of each area: `alarms`, `events`, `residents`, or another that the desk computes.
        figure: String,
    },
    /// A raster of the pack.
    Raster {
        /// Its path within the pack.
        file: String,
    },
    /// Whatever a source of the desk brings.
    Feed {
        /// The source's identity in `sources.toml`.
        source: String,
    },
    /// Features of the city's tiles; in a layer of flows its named roads, which are of the class `roads`.
    City {
        /// Of these classes: `buildings`, `roads`, `water`, `green`, …
        classes: Vec<String>,
    },
}

impl LayerSource {
    /// The words of all sources in files.
    pub const WORDS: [&'static str; 10] = [
        "things", "cameras", "events", "vehicles", "people", "assets", "grids", "raster", "feed",
        "city",
    ];

    /// The word in files.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Things { .. } => "things",
            Self::Cameras => "cameras",
            Self::Events { .. } => "events",
            Self::Vehicles => "vehicles",
            Self::People => "people",
            Self::Assets { .. } => "assets",
            Self::Grids { .. } => "grids",
            Self::Raster { .. } => "raster",
            Self::Feed { .. } => "feed",
            Self::City { .. } => "city",
        }
    }
}

/// A level of governance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GridLevel {
    /// 区县.
    District,
    /// 街道, 镇.
    SubDistrict,
    /// 社区, 村.
    Community,
    /// 网格.
    Cell,
}

impl GridLevel {
    /// Every level, largest first.
    pub const ALL: [Self; 4] = [
        Self::District,
        Self::SubDistrict,
        Self::Community,
        Self::Cell,
    ];

    /// The word in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::District => "district",
            Self::SubDistrict => "sub_district",
            Self::Community => "community",
            Self::Cell => "cell",
        }
    }
}

/// How rows that a filter takes are coloured differently.
#[derive(Clone, Debug, PartialEq)]
pub struct StyleRule {
    /// Which rows.
    pub when: Filter,
    /// In which colours.
    pub paint: Paint,
    /// What the legend calls them.
    pub label: Words,
}

/// What a legend says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LegendPlan {
    /// Its heading.
    pub title: Words,
    /// The unit of its numbers; may be empty.
    pub unit: String,
}

/// A scene pack: what its `pack.toml` says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PackPlan {
    /// Identity; the name of its folder.
    pub id: String,
    /// What people call it.
    pub name: Words,
    /// A sentence about it; may be empty.
    pub about: Words,
    /// Its version (<https://semver.org>).
    pub version: String,
    /// The systems of the city's plans that it serves, with their names.
    pub systems: Vec<(String, Words)>,
    /// West, south, east, north in degrees (WGS 84 / CGCS2000), where the pack is made for a place.
    pub area_deg: Option<[f64; 4]>,
    /// The coordinate reference system of its files, `EPSG:4490`; empty where they have none.
    pub crs: String,
    /// Its layers, uppermost first.
    pub layers: Vec<LayerId>,
    /// The names of the groups that its layers stand in.
    pub groups: Vec<(String, Words)>,
}

impl PackPlan {
    /// Puts `layers` into the pack's order and gives each its drawing order, uppermost highest. Layers that the pack
    /// does not name come last: of these the one with the highest drawing order first, equal ones as they stand.
    pub fn arrange(&self, layers: &mut [LayerPlan]) {
        layers.sort_by_key(|layer| {
            let place = self.layers.iter().position(|id| *id == layer.id);
            let order = place.map_or(layer.look.order, |_| 0);
            (place.unwrap_or(usize::MAX), Reverse(order))
        });
        let count = i16::try_from(layers.len()).unwrap_or(i16::MAX);
        for (layer, order) in layers.iter_mut().zip((1..=count).rev()) {
            layer.look.order = order;
        }
    }
}

/// Something in a definition that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerProblem {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The layer's identity; empty where it is not known, and in `pack.toml`.
    pub layer: String,
    /// The key, with the tables that it lies in: `look.paint.ramp`.
    pub key: String,
    /// What is wrong with it.
    pub reason: String,
    /// True when the layer (or the pack) is taken all the same: the key was passed over.
    pub is_passed_over: bool,
}

impl fmt::Display for LayerProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        if !self.layer.is_empty() {
            write!(f, "layer {}: ", self.layer)?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.reason)
    }
}
