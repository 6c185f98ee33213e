//! The city model beside the live data: its catalogue, its features by id, its saved views and the names on the map.
//!
//! Reads a city folder once, whole; meshes are `cim_tiles`' and the twin's business.

use crate::{
    error::with_causes,
    minimap,
    names::{Area, is_numbered, read_areas},
    road_path::{NamedRoad, named_roads, road_path},
    search::fold,
    wire::MinimapDto,
};
use cim_geo::Geodetic;
use cim_tiles::{
    Catalogue, FeatureRecord, Problem, SavedView, TileError, read_attributes, read_views,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

/// How many names are on the map at most: districts and places first, then roads, landmarks, other buildings.
pub const MAX_LABELS: usize = 6_000;

/// How many of them may name roads, so that landmarks keep room.
const MAX_ROAD_LABELS: usize = 250;

/// How many of them name landmarks; other buildings come after all of these, and are named near by only.
const MAX_LANDMARK_LABELS: usize = 60;

/// How many of the landmarks may be houses that are only a number in their block: the tallest ones.
const MAX_NUMBERED_LABELS: usize = 12;

/// Kinds of points that name a part of the city, the widest first.
const PLACE_KINDS: [&str; 12] = [
    "city",
    "district",
    "borough",
    "county",
    "town",
    "suburb",
    "quarter",
    "neighbourhood",
    "macrohood",
    "village",
    "island",
    "locality",
];

/// Kinds of roads whose names are on the map, the most important first.
const MAJOR_ROADS: [&str; 6] = [
    "motorway",
    "trunk",
    "primary",
    "major_road",
    "secondary",
    "tertiary",
];

/// A name on the map.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelText {
    /// The name, in the desk's language.
    pub text: String,
    /// Where it stands; height above ground in metres (a landmark's name is on its roof).
    pub position: Geodetic,
    /// 0 districts and places, 1 roads, 2 landmarks, 3 other buildings; a smaller one wins where two would overlap.
    pub rank: u8,
    /// The line that it is written along: a road's; `None` for a name beside its place.
    pub path: Option<Vec<Geodetic>>,
    /// The feature that it names; `None` for an area of governance.
    pub feature: Option<String>,
}

/// A feature of the city model, as the card, the search and the map need it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Feature {
    pub(crate) id: String,
    /// `building`, `building_part`, `road`, `rail`, `water`, `green`, `point`.
    pub(crate) class: String,
    /// Kind within the class, for instance `primary`.
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) name_en: String,
    pub(crate) lon_deg: f64,
    pub(crate) lat_deg: f64,
    pub(crate) height_m: Option<f64>,
    /// `tag`, `levels`, `default`, or empty.
    pub(crate) height_source: String,
    pub(crate) levels: Option<f64>,
    pub(crate) min_height_m: Option<f64>,
    /// Height of the ground under it, metres.
    pub(crate) ground_m: f64,
    /// The feature that it is a part of; may be empty.
    pub(crate) parent: String,
    pub(crate) tags: BTreeMap<String, String>,
    /// Both names as the search compares them, one a line.
    pub(crate) folded_names: String,
    /// The id as the search compares it.
    pub(crate) folded_id: String,
    /// Everything else that the source says, as the search compares it, one a line.
    pub(crate) folded_tags: String,
}

impl Feature {
    /// What people call it in `language`; the Chinese name where there is no English one. May be empty.
    pub(crate) fn name_in(&self, language: &str) -> &str {
        if language == "en" && !self.name_en.is_empty() {
            &self.name_en
        } else {
            &self.name
        }
    }

    /// Where it is, `height_m` above ground.
    pub(crate) fn position_at(&self, height_m: f64) -> Geodetic {
        Geodetic {
            lon_deg: self.lon_deg,
            lat_deg: self.lat_deg,
            height_m,
        }
    }

    /// How much of the picture it deserves when somebody flies there, metres.
    pub(crate) fn size_m(&self) -> f64 {
        const LEAST_M: f64 = 60.0;
        const ROAD_M: f64 = 300.0;
        match self.class.as_str() {
            "road" | "rail" | "water" | "green" => ROAD_M,
            _ => self.height_m.unwrap_or(0.0).max(LEAST_M),
        }
    }
}

/// A city folder, read.
#[derive(Debug)]
pub(crate) struct City {
    folder: PathBuf,
    catalogue: Arc<Catalogue>,
    views: Vec<SavedView>,
    features: Vec<Feature>,
    by_id: BTreeMap<String, u32>,
    /// Rows of the parts of each feature that has some.
    parts: BTreeMap<String, Vec<u32>>,
    /// How many features of each class there are.
    class_counts: BTreeMap<String, u32>,
    /// Sub-districts and communities.
    areas: Vec<Area>,
    label_count: usize,
    minimap: OnceLock<MinimapDto>,
}

impl City {
    /// Reads the city in `folder`. What is broken in its tables is left out and told in the second part.
    pub(crate) fn read(folder: &Path) -> Result<(Self, Vec<Problem>), TileError> {
        let catalogue = Catalogue::read(folder)?;
        // Without attributes or views the city is still a city.
        let mut problems = Vec::new();
        let records = match read_attributes(folder) {
            Ok((records, broken)) => {
                problems.extend(broken);
                records
            }
            Err(error) => {
                problems.push(problem_of(&error));
                Vec::new()
            }
        };
        let views = read_views(folder).unwrap_or_else(|error| {
            problems.push(problem_of(&error));
            Vec::new()
        });
        let areas = read_areas(folder).unwrap_or_else(|problem| {
            problems.push(problem);
            Vec::new()
        });
        let features = records.into_iter().map(feature_of).collect();
        Ok((
            Self::new(folder.to_owned(), catalogue, views, features, areas),
            problems,
        ))
    }

    /// Where it lies.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What it says of itself.
    pub(crate) fn catalogue(&self) -> &Arc<Catalogue> {
        &self.catalogue
    }

    /// Its saved views.
    pub(crate) fn views(&self) -> &[SavedView] {
        &self.views
    }

    /// Every feature.
    pub(crate) fn features(&self) -> &[Feature] {
        &self.features
    }

    /// The feature with this id.
    pub(crate) fn feature(&self, id: &str) -> Option<&Feature> {
        self.features.get(*self.by_id.get(id)? as usize)
    }

    /// The parts of a feature.
    pub(crate) fn parts_of(&self, id: &str) -> impl Iterator<Item = &Feature> {
        let rows = self.parts.get(id).map(Vec::as_slice).unwrap_or_default();
        rows.iter()
            .filter_map(|row| self.features.get(*row as usize))
    }

    /// How many features of a class there are.
    pub(crate) fn class_count(&self, class: &str) -> u32 {
        self.class_counts.get(class).copied().unwrap_or(0)
    }

    /// The city from above. The first call reads tiles: not for a thread that must not wait.
    pub(crate) fn minimap(&self) -> &MinimapDto {
        self.minimap
            .get_or_init(|| minimap::minimap(&self.folder, &self.catalogue))
    }

    /// The roads for vehicles that have a name, by their names.
    pub(crate) fn roads(&self) -> Vec<NamedRoad> {
        named_roads(self.named("road"))
    }

    /// How many names are on the map.
    pub(crate) fn label_count(&self) -> usize {
        self.label_count
    }

    /// The names on the map in `language`, the most important first; at most [`MAX_LABELS`].
    pub(crate) fn labels(&self, language: &str) -> Vec<LabelText> {
        let mut labels = self.place_labels(language);
        labels.extend(self.road_labels(language).into_iter().take(MAX_ROAD_LABELS));
        labels.extend(self.building_labels(language));
        labels.truncate(MAX_LABELS);
        labels
    }

    fn new(
        folder: PathBuf,
        catalogue: Catalogue,
        views: Vec<SavedView>,
        features: Vec<Feature>,
        areas: Vec<Area>,
    ) -> Self {
        let rows = features.iter().enumerate();
        let by_id = rows
            .map(|(row, feature)| (feature.id.clone(), row as u32))
            .collect();
        let mut parts: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        let mut class_counts: BTreeMap<String, u32> = BTreeMap::new();
        for (row, feature) in features.iter().enumerate() {
            if !feature.parent.is_empty() {
                let known = parts.entry(feature.parent.clone()).or_default();
                known.push(row as u32);
            }
            if let Some(count) = class_counts.get_mut(&feature.class) {
                *count += 1;
            } else {
                class_counts.insert(feature.class.clone(), 1);
            }
        }
        let catalogue = Arc::new(catalogue);
        let mut city = Self {
            folder,
            catalogue,
            views,
            features,
            by_id,
            parts,
            class_counts,
            areas,
            label_count: 0,
            minimap: OnceLock::new(),
        };
        // Which names there are depends on no language, and making them is work.
        city.label_count = city.labels("zh-CN").len();
        city
    }

    fn named<'a>(&'a self, class: &'a str) -> impl Iterator<Item = &'a Feature> {
        self.features
            .iter()
            .filter(move |feature| feature.class == class && !feature.name.is_empty())
    }

    fn place_labels(&self, language: &str) -> Vec<LabelText> {
        let mut places: Vec<(usize, &Feature)> = self
            .named("point")
            .filter_map(|feature| Some((place_in(&PLACE_KINDS, &feature.kind)?, feature)))
            .collect();
        places.sort_by_key(|(width, _)| *width);
        let mut labels: Vec<LabelText> = places
            .into_iter()
            .map(|(_, feature)| label(feature, language, 0.0, 0))
            .collect();
        labels.extend(self.areas.iter().map(|area| LabelText {
            text: if language == "en" && !area.name_en.is_empty() {
                area.name_en.clone()
            } else {
                area.name.clone()
            },
            position: area.middle,
            rank: 0,
            path: None,
            feature: None,
        }));
        labels
    }

    /// One label a name, at the middle one of the pieces that bear it.
    fn road_labels(&self, language: &str) -> Vec<LabelText> {
        let mut roads: BTreeMap<&str, (usize, Vec<&Feature>)> = BTreeMap::new();
        for feature in self.named("road") {
            let Some(importance) = place_in(&MAJOR_ROADS, &feature.kind) else {
                continue;
            };
            let road = roads
                .entry(&feature.name)
                .or_insert((importance, Vec::new()));
            road.0 = road.0.min(importance);
            road.1.push(feature);
        }
        let mut roads: Vec<(usize, Vec<&Feature>)> = roads.into_values().collect();
        // Of equally important roads, those of many pieces are the long ones.
        roads.sort_by_key(|(importance, pieces)| (*importance, std::cmp::Reverse(pieces.len())));
        let label_of = |pieces: &[&Feature]| {
            let middle = middle_of(pieces)?;
            Some(LabelText {
                path: road_path(pieces),
                ..label(middle, language, 0.0, 1)
            })
        };
        roads
            .iter()
            .filter_map(|(_, pieces)| label_of(pieces))
            .collect()
    }

    /// Named buildings, the highest first, each name once; parts of a building give way to it. The highest are
    /// landmarks, and come first. Houses that are only a number in their block would crowd these: of them only the few
    /// tallest are landmarks.
    fn building_labels(&self, language: &str) -> Vec<LabelText> {
        let height = |feature: &Feature| feature.height_m.unwrap_or(0.0);
        let mut buildings: Vec<&Feature> = self
            .named("building")
            .filter(|feature| feature.kind != "building_part")
            .collect();
        buildings.sort_by(|a, b| height(b).total_cmp(&height(a)));
        let mut names = BTreeSet::new();
        buildings.retain(|feature| names.insert(feature.name.as_str()));
        let (mut known, mut numbered) = (0, 0);
        let (landmarks, others): (Vec<&Feature>, Vec<&Feature>) =
            buildings.into_iter().partition(|feature| {
                let is_number = is_numbered(&feature.name) || is_numbered(&feature.name_en);
                numbered += usize::from(is_number);
                let is_landmark =
                    known < MAX_LANDMARK_LABELS && !(is_number && numbered > MAX_NUMBERED_LABELS);
                known += usize::from(is_landmark);
                is_landmark
            });
        let landmarks = landmarks.into_iter().map(|feature| (feature, 2));
        landmarks
            .chain(others.into_iter().map(|feature| (feature, 3)))
            .map(|(feature, rank)| label(feature, language, height(feature), rank))
            .collect()
    }
}

fn problem_of(error: &TileError) -> Problem {
    Problem {
        source: error.file().to_owned(),
        place: error.place().to_owned(),
        reason: with_causes(error),
    }
}

fn feature_of(record: FeatureRecord) -> Feature {
    Feature {
        folded_names: fold(&format!("{}\n{}", record.name, record.name_en)),
        folded_id: fold(&record.id),
        folded_tags: folded_values(&record.tags),
        id: record.id,
        class: record.class,
        kind: record.kind,
        name: record.name,
        name_en: record.name_en,
        lon_deg: record.lon,
        lat_deg: record.lat,
        height_m: record.height_m,
        height_source: record.height_source,
        levels: record.levels,
        min_height_m: record.min_height_m,
        ground_m: record.ground_m,
        parent: record.parent,
        tags: record.tags,
    }
}

/// The values of `tags` as the search compares them, one a line.
fn folded_values(tags: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    for value in tags.values() {
        text.push_str(&fold(value));
        text.push('\n');
    }
    text
}

fn place_in(kinds: &[&str], kind: &str) -> Option<usize> {
    kinds.iter().position(|known| *known == kind)
}

/// The piece nearest to the middle of them all.
fn middle_of<'a>(pieces: &[&'a Feature]) -> Option<&'a Feature> {
    let count = pieces.len() as f64;
    let lon = pieces.iter().map(|piece| piece.lon_deg).sum::<f64>() / count;
    let lat = pieces.iter().map(|piece| piece.lat_deg).sum::<f64>() / count;
    // Degrees will do: only which is nearest matters, and roads are short.
    let away = |piece: &Feature| (piece.lon_deg - lon).hypot(piece.lat_deg - lat);
    pieces
        .iter()
        .copied()
        .min_by(|a, b| away(a).total_cmp(&away(b)))
}

fn label(feature: &Feature, language: &str, height_m: f64, rank: u8) -> LabelText {
    LabelText {
        text: feature.name_in(language).to_owned(),
        position: feature.position_at(height_m),
        rank,
        path: None,
        feature: Some(feature.id.clone()),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A feature with these names; the middle of Lujiazui.
    pub(crate) fn feature(id: &str, class: &str, name: &str, name_en: &str) -> Feature {
        Feature {
            id: id.to_owned(),
            class: class.to_owned(),
            kind: class.to_owned(),
            name: name.to_owned(),
            name_en: name_en.to_owned(),
            lon_deg: 121.5,
            lat_deg: 31.24,
            height_m: None,
            height_source: String::new(),
            levels: None,
            min_height_m: None,
            ground_m: 0.0,
            parent: String::new(),
            tags: BTreeMap::new(),
            folded_names: fold(&format!("{name}\n{name_en}")),
            folded_id: fold(id),
            folded_tags: String::new(),
        }
    }

    /// A city of these features.
    pub(crate) fn city_of(features: Vec<Feature>) -> City {
        City::new(
            PathBuf::from("city"),
            Catalogue::default(),
            Vec::new(),
            features,
            Vec::new(),
        )
    }

    fn road(id: &str, kind: &str, name: &str, lon_deg: f64) -> Feature {
        Feature {
            kind: kind.to_owned(),
            lon_deg,
            ..feature(id, "road", name, "")
        }
    }

    fn tower(id: &str, name: &str, height_m: f64) -> Feature {
        Feature {
            height_m: Some(height_m),
            ..feature(id, "building", name, "")
        }
    }

    #[track_caller]
    fn check(features: Vec<Feature>, expected: &[&str]) {
        let labels = city_of(features).labels("zh-CN");
        let texts: Vec<&str> = labels.iter().map(|label| label.text.as_str()).collect();
        assert_eq!(texts, expected);
    }

    #[test]
    fn districts_come_before_roads_and_roads_before_landmarks() {
        let district = Feature {
            kind: "suburb".to_owned(),
            ..feature("n1", "point", "陆家嘴", "")
        };
        check(
            vec![
                tower("w1", "环球金融中心", 492.0),
                road("w2", "primary", "世纪大道", 121.5),
                district,
            ],
            &["陆家嘴", "世纪大道", "环球金融中心"],
        );
    }

    #[test]
    fn a_road_has_one_label_in_its_middle() {
        let pieces = vec![
            road("w1", "primary", "世纪大道", 121.50),
            road("w2", "primary", "世纪大道", 121.52),
            road("w3", "primary", "世纪大道", 121.51),
        ];
        let labels = city_of(pieces).labels("zh-CN");
        assert_eq!(labels.len(), 1);
        assert_eq!(
            labels.first().map(|label| label.position.lon_deg),
            Some(121.51)
        );
    }

    #[test]
    fn the_highest_landmark_comes_first_with_its_name_on_the_roof() {
        let towers = vec![
            tower("w1", "金茂大厦", 420.0),
            tower("w2", "上海中心大厦", 632.0),
        ];
        let labels = city_of(towers).labels("zh-CN");
        assert_eq!(labels[0].text, "上海中心大厦");
        assert_eq!((labels[0].position.height_m, labels[0].rank), (632.0, 2));
    }

    #[test]
    fn what_has_no_name_and_small_ways_are_not_on_the_map() {
        let part = Feature {
            kind: "building_part".to_owned(),
            ..tower("w3", "裙楼", 30.0)
        };
        check(vec![part], &[]);
        check(
            vec![tower("w1", "", 100.0), road("w2", "footway", "小径", 121.5)],
            &[],
        );
    }

    #[test]
    fn there_are_never_too_many_names() {
        let places = (0..7_000).map(|n| Feature {
            kind: "suburb".to_owned(),
            ..feature(&format!("n{n}"), "point", &format!("地名{n}"), "")
        });
        assert_eq!(city_of(places.collect()).labels("en").len(), MAX_LABELS);
        let towers = (0..1_000).map(|n| tower(&format!("w{n}"), &format!("大厦{n}"), 30.0));
        let city = city_of(towers.collect());
        let labels = city.labels("zh-CN");
        let landmarks = labels.iter().filter(|label| label.rank == 2);
        assert_eq!(landmarks.count(), MAX_LANDMARK_LABELS);
        assert_eq!(city.label_count(), 1_000, "the others are named near by");
    }

    #[test]
    fn of_numbered_houses_only_the_tallest_are_landmarks() {
        let mut houses: Vec<Feature> = (0..100_u32)
            .map(|n| {
                let name = format!("凤根花园{n}号楼");
                tower(&format!("w{n}"), &name, f64::from(n))
            })
            .collect();
        houses.push(tower("w200", "市图书馆", 24.0));
        let labels = city_of(houses).labels("zh-CN");
        assert_eq!(labels.len(), 101);
        assert_eq!(labels[0].text, "凤根花园99号楼");
        assert_eq!(labels[MAX_NUMBERED_LABELS].text, "市图书馆");
        assert_eq!(labels[MAX_NUMBERED_LABELS].rank, 2);
        assert_eq!(labels[MAX_NUMBERED_LABELS + 1].rank, 3);
        assert_eq!(labels[0].feature.as_deref(), Some("w99"));
    }

    #[test]
    fn areas_stand_after_places_and_before_roads() {
        let mut city = city_of(vec![road("w2", "primary", "世纪大道", 121.5)]);
        city.areas = vec![Area {
            name: "上雅阁街道".to_owned(),
            name_en: "Shang Yage Sub-district".to_owned(),
            middle: Geodetic::new(121.5, 31.2, 0.0),
        }];
        let labels = city.labels("en");
        assert_eq!(
            (labels[0].text.as_str(), labels[0].rank),
            ("Shang Yage Sub-district", 0)
        );
        assert_eq!(labels[1].rank, 1);
    }

    #[test]
    fn a_folder_without_a_city_says_so() {
        assert!(City::read(Path::new("no/such/city")).is_err());
    }
}
