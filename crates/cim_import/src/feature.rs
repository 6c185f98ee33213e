//! A feature as its source has it: tags and a shape on the ellipsoid. Nothing is decided about it yet.
//!
//! Readers of files and generators of cities hand these to [`crate::import_from`]. Coordinates are WGS 84 / CGCS2000
//! longitude and latitude in degrees by then; heights are metres, see [`crate::HeightsFrom`].

use cim_tiles::{CimLevel, FeatureClass};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Longitude and latitude, degrees.
pub type LonLat = [f64; 2];

/// A feature as its source has it.
///
/// What it becomes follows from its tags (OpenStreetMap's keys, or a word in `class` or `kind`), then its hint. A `class`
/// tag that is one of [`FeatureClass`]'s words decides by itself, and `kind` then says which kind within the class.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceFeature {
    /// Identity as the source spells it: `w123` for an OpenStreetMap way. A second feature with the same id becomes `id~2`.
    pub id: String,
    /// File, and feature index or id, for messages.
    pub place: String,
    /// Its keys and values.
    pub tags: Tags,
    /// What it looks like.
    pub shape: Shape,
    /// What its file or its reader suggests it is.
    pub hint: Hint,
    /// The CIM level of its shape where the source knows better than its shape tells; `None` for flat shapes.
    pub level: Option<CimLevel>,
    /// The id of the feature that it is a part of, where the source says so.
    pub parent: Option<String>,
}

/// What a feature looks like.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Places without extent.
    Points(Vec<LonLat>),
    /// Lines on the ground.
    Lines(Vec<Vec<LonLat>>),
    /// Areas on the ground; buildings are raised to their height.
    Areas(Vec<Area>),
    /// Polygons in space.
    Surfaces(Vec<Surface>),
    /// Pipes, cables, ducts.
    Tubes(Vec<Tube>),
    /// Many equal small models: trees, lamps, manholes.
    Placed(Vec<PlacedModel>),
}

/// An area with its holes; rings may repeat their first point at the end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Area {
    /// Around the area, in any direction.
    pub outer: Vec<LonLat>,
    /// Around its holes.
    pub inner: Vec<Vec<LonLat>>,
}

/// A polygon in space.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Surface {
    /// Longitude, latitude in degrees and height in metres; the first ring is the outer one and turns counter-clockwise
    /// seen from outside. Rings may repeat their first point at the end.
    pub rings: Vec<Vec<[f64; 3]>>,
    /// What it is of its feature.
    pub role: SurfaceRole,
    /// Red, green, blue, opacity as sRGB where the source states a colour.
    pub colour: Option<[u8; 4]>,
    /// The picture on it.
    pub texture: Option<SurfaceTexture>,
}

/// What a surface is of its feature (CityGML 3.0, `ThematicSurface`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SurfaceRole {
    /// Roof.
    Roof,
    /// Wall.
    Wall,
    /// Footprint; lies on the ground and is not drawn where it looks down.
    Ground,
    /// Closes what is open in the world; not drawn.
    Closure,
    /// Anything else.
    #[default]
    Other,
}

/// The picture on a surface.
#[derive(Clone, Debug, PartialEq)]
pub struct SurfaceTexture {
    /// Path of the image file (PNG, JPEG or WebP). One that is not absolute counts from the folder of the first source.
    pub image: Arc<str>,
    /// One pair for each corner of each ring, 0 to 1, the origin at the lower left (CityGML, OpenGL).
    pub coordinates: Vec<Vec<[f32; 2]>>,
}

/// A pipe, cable or duct.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tube {
    /// Its axis: longitude, latitude in degrees, height in metres.
    pub line: Vec<[f64; 3]>,
    /// Outer diameter, metres.
    pub diameter_m: f64,
}

/// One of many equal small models.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlacedModel {
    /// Its foot: longitude, latitude in degrees, height in metres.
    pub at: [f64; 3],
    /// Where its front looks, clockwise from north, degrees.
    pub heading_deg: f64,
    /// Times its usual size; trees are 8 m, conifers 10 m, lamps and poles 9 m high at 1.
    pub scale: f64,
    /// Which model.
    pub model: ModelKind,
}

/// The small models that the import can place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ModelKind {
    /// Broad-leaved tree, 8 m.
    Tree,
    /// Conifer, 10 m.
    Conifer,
    /// Street lamp, 9 m.
    Lamp,
    /// Manhole cover, 0.8 m across.
    Manhole,
    /// Valve, 0.6 m.
    Valve,
    /// Pole for cameras and signals, 9 m.
    Pole,
    /// Fire hydrant, 0.9 m.
    Hydrant,
    /// Pump, 1.5 m.
    Pump,
    /// Tank, 10 m across.
    Tank,
}

impl ModelKind {
    /// Every kind, in the order of its number.
    pub const ALL: [Self; 9] = [
        Self::Tree,
        Self::Conifer,
        Self::Lamp,
        Self::Manhole,
        Self::Valve,
        Self::Pole,
        Self::Hydrant,
        Self::Pump,
        Self::Tank,
    ];

    /// The class that a feature of such models has when nothing else says.
    pub fn class(self) -> FeatureClass {
        match self {
            Self::Tree | Self::Conifer => FeatureClass::Tree,
            Self::Lamp | Self::Pole => FeatureClass::Furniture,
            Self::Manhole | Self::Valve | Self::Hydrant | Self::Pump | Self::Tank => {
                FeatureClass::Pipe
            }
        }
    }

    /// The kind word that a feature of such models has when nothing else says.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tree => "tree",
            Self::Conifer => "conifer",
            Self::Lamp => "lamp",
            Self::Manhole => "manhole",
            Self::Valve => "valve",
            Self::Pole => "pole",
            Self::Hydrant => "hydrant",
            Self::Pump => "pump",
            Self::Tank => "tank",
        }
    }
}

/// What a file's name or a reader suggests about features that say nothing of themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hint {
    /// Nothing.
    #[default]
    None,
    /// Buildings.
    Buildings,
    /// Roads and paths.
    Roads,
    /// Railways.
    Rail,
    /// Water.
    Water,
    /// Parks, woods, grass.
    Green,
    /// Points of interest.
    Points,
    /// Relief and paved ground.
    Ground,
    /// Bridges.
    Bridges,
    /// Tunnels.
    Tunnels,
    /// Pipes, cables, ducts and what belongs to them.
    Pipes,
    /// Single trees.
    Trees,
    /// Lamps, poles, walls.
    Furniture,
}

impl Hint {
    /// Every hint, in the order of its number.
    pub(crate) const ALL: [Self; 13] = [
        Self::None,
        Self::Buildings,
        Self::Roads,
        Self::Rail,
        Self::Water,
        Self::Green,
        Self::Points,
        Self::Ground,
        Self::Bridges,
        Self::Tunnels,
        Self::Pipes,
        Self::Trees,
        Self::Furniture,
    ];

    /// Reads a file's name.
    pub fn of_file_name(name: &str) -> Self {
        const TABLE: [(Hint, &[&str]); 12] = [
            (Hint::Bridges, &["bridge", "桥"]),
            (Hint::Tunnels, &["tunnel", "隧道", "地下通道"]),
            (
                Hint::Buildings,
                &[
                    "building",
                    "bldg",
                    "footprint",
                    "jianzhu",
                    "建筑",
                    "房屋",
                    "楼",
                ],
            ),
            (
                Hint::Pipes,
                &["pipe", "管线", "管网", "给水", "排水", "燃气", "热力"],
            ),
            (
                Hint::Rail,
                &["rail", "metro", "subway", "铁路", "地铁", "轨道"],
            ),
            (Hint::Trees, &["street_tree", "行道树", "树木"]),
            (
                Hint::Roads,
                &["road", "street", "highway", "道路", "路网", "街"],
            ),
            // Behind the streets, which have a tree in their name.
            (Hint::Trees, &["tree"]),
            (Hint::Water, &["water", "river", "lake", "水系", "河", "湖"]),
            (
                Hint::Green,
                &[
                    "green",
                    "park",
                    "vegetation",
                    "forest",
                    "grass",
                    "绿地",
                    "公园",
                    "植被",
                ],
            ),
            (
                Hint::Furniture,
                &["furniture", "lamp", "lighting", "路灯", "部件"],
            ),
            (Hint::Points, &["poi", "point", "place", "兴趣点", "地名"]),
        ];
        let name = name.to_lowercase();
        TABLE
            .iter()
            .find(|(_, words)| words.iter().any(|word| name.contains(word)))
            .map_or(Self::None, |(hint, _)| *hint)
    }

    /// The class that it suggests; `None` for nothing and for points.
    pub fn class(self) -> Option<FeatureClass> {
        match self {
            Self::None | Self::Points => None,
            Self::Buildings => Some(FeatureClass::Building),
            Self::Roads => Some(FeatureClass::Road),
            Self::Rail => Some(FeatureClass::Rail),
            Self::Water => Some(FeatureClass::Water),
            Self::Green => Some(FeatureClass::Green),
            Self::Ground => Some(FeatureClass::Ground),
            Self::Bridges => Some(FeatureClass::Bridge),
            Self::Tunnels => Some(FeatureClass::Tunnel),
            Self::Pipes => Some(FeatureClass::Pipe),
            Self::Trees => Some(FeatureClass::Tree),
            Self::Furniture => Some(FeatureClass::Furniture),
        }
    }
}

impl Shape {
    /// Any one position; `None` when there is none.
    pub fn first(&self) -> Option<LonLat> {
        match self {
            Self::Points(points) => points.first().copied(),
            Self::Lines(lines) => lines.iter().flatten().next().copied(),
            Self::Areas(areas) => areas.iter().flat_map(|area| &area.outer).next().copied(),
            Self::Surfaces(_) | Self::Tubes(_) | Self::Placed(_) => {
                let mut first = None;
                self.each_raised(&mut |at| {
                    first = first.or(Some([at[0], at[1]]));
                });
                first
            }
        }
    }

    /// Calls `take` with every position on the map; holes left out.
    pub fn each_position(&self, take: &mut dyn FnMut(LonLat)) {
        match self {
            Self::Points(points) => points.iter().for_each(|at| take(*at)),
            Self::Lines(lines) => lines.iter().flatten().for_each(|at| take(*at)),
            Self::Areas(areas) => areas
                .iter()
                .flat_map(|area| &area.outer)
                .for_each(|at| take(*at)),
            Self::Surfaces(_) | Self::Tubes(_) | Self::Placed(_) => {
                self.each_raised(&mut |at| take([at[0], at[1]]));
            }
        }
    }

    /// Calls `take` with every position in space: none for points, lines and areas.
    pub fn each_raised(&self, take: &mut dyn FnMut([f64; 3])) {
        match self {
            Self::Points(_) | Self::Lines(_) | Self::Areas(_) => {}
            Self::Surfaces(surfaces) => surfaces
                .iter()
                .flat_map(|surface| &surface.rings)
                .flatten()
                .for_each(|at| take(*at)),
            Self::Tubes(tubes) => tubes
                .iter()
                .flat_map(|tube| &tube.line)
                .for_each(|at| take(*at)),
            Self::Placed(models) => models.iter().for_each(|model| take(model.at)),
        }
    }
}

/// A source's keys and values, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(pub BTreeMap<String, String>);

impl Tags {
    /// Tags written as pairs.
    pub fn of(pairs: &[(&str, &str)]) -> Self {
        Self(
            pairs
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    /// Sets `key` to `value`.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.0.insert(key.to_owned(), value.into());
    }

    /// The value of `key`, unless empty.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0
            .get(key)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// The first value that any of `keys` has, whatever the case of the source's keys.
    pub fn first_of(&self, keys: &[&str]) -> Option<&str> {
        keys.iter().find_map(|key| {
            self.get(key).or_else(|| {
                self.0
                    .iter()
                    .find(|(own, value)| own.eq_ignore_ascii_case(key) && !value.trim().is_empty())
                    .map(|(_, value)| value.trim())
            })
        })
    }

    /// True when `key` has a value other than no.
    pub fn says(&self, key: &str) -> bool {
        self.get(key)
            .is_some_and(|value| !matches!(value, "no" | "false" | "0" | "False" | "No"))
    }

    /// True when `key` has one of `values`.
    pub(crate) fn is_one_of(&self, key: &str, values: &[&str]) -> bool {
        self.get(key).is_some_and(|value| values.contains(&value))
    }

    /// The name to show: Chinese first.
    pub fn name(&self) -> &str {
        [
            "name:zh",
            "name:zh-Hans",
            "name:zh_cn",
            "name",
            "名称",
            "NAME",
            "Name",
        ]
        .iter()
        .find_map(|key| self.get(key))
        .unwrap_or_default()
    }

    /// The English name, empty without one.
    pub fn name_en(&self) -> &str {
        ["name:en", "name_en", "int_name"]
            .iter()
            .find_map(|key| self.get(key))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_hints_at_what_is_inside() {
        assert_eq!(Hint::of_file_name("Xuzhou_Buildings_2024"), Hint::Buildings);
        assert_eq!(Hint::of_file_name("徐州道路"), Hint::Roads);
        assert_eq!(Hint::of_file_name("railways"), Hint::Rail);
        assert_eq!(Hint::of_file_name("给水管线"), Hint::Pipes);
        assert_eq!(Hint::of_file_name("street_trees"), Hint::Trees);
        assert_eq!(Hint::of_file_name("trees"), Hint::Trees);
        assert_eq!(Hint::of_file_name("streets"), Hint::Roads);
        assert_eq!(Hint::of_file_name("city"), Hint::None);
    }

    #[test]
    fn hints_and_models_are_listed_by_their_number() {
        for (number, hint) in Hint::ALL.into_iter().enumerate() {
            assert_eq!(hint as usize, number);
        }
        for (number, model) in ModelKind::ALL.into_iter().enumerate() {
            assert_eq!(model as usize, number);
        }
    }

    #[test]
    fn a_chinese_name_comes_first() {
        let tags = Tags::of(&[
            ("name", "Shanghai Tower"),
            ("name:zh", "上海中心大厦"),
            ("name:en", "Shanghai Tower"),
        ]);
        assert_eq!(
            (tags.name(), tags.name_en()),
            ("上海中心大厦", "Shanghai Tower")
        );
    }
}
