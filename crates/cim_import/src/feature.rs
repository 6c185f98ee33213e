//! A feature as its source has it: tags and a shape in longitude and latitude. Nothing is decided about it yet.

use std::collections::BTreeMap;

/// Longitude and latitude, degrees.
pub(crate) type LonLat = [f64; 2];

/// An area with its holes; rings may repeat their first point at the end.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Area {
    pub(crate) outer: Vec<LonLat>,
    pub(crate) inner: Vec<Vec<LonLat>>,
}

/// What a feature looks like on the map.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    Points(Vec<LonLat>),
    Lines(Vec<Vec<LonLat>>),
    Areas(Vec<Area>),
}

impl Shape {
    /// Any one position; `None` when there is none.
    pub(crate) fn first(&self) -> Option<LonLat> {
        match self {
            Self::Points(points) => points.first().copied(),
            Self::Lines(lines) => lines.iter().flatten().next().copied(),
            Self::Areas(areas) => areas.iter().flat_map(|area| &area.outer).next().copied(),
        }
    }

    /// Every position, rings and parts in a row.
    pub(crate) fn positions(&self) -> Vec<LonLat> {
        match self {
            Self::Points(points) => points.clone(),
            Self::Lines(lines) => lines.iter().flatten().copied().collect(),
            Self::Areas(areas) => areas
                .iter()
                .flat_map(|area| area.outer.iter().copied())
                .collect(),
        }
    }
}

/// A source's keys and values, as text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tags(pub(crate) BTreeMap<String, String>);

impl Tags {
    /// The value of `key`, unless empty.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0
            .get(key)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// The first value that any of `keys` has, whatever the case of the source's keys.
    pub(crate) fn first_of(&self, keys: &[&str]) -> Option<&str> {
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
    pub(crate) fn says(&self, key: &str) -> bool {
        self.get(key)
            .is_some_and(|value| !matches!(value, "no" | "false" | "0" | "False" | "No"))
    }

    /// True when `key` has one of `values`.
    pub(crate) fn is_one_of(&self, key: &str, values: &[&str]) -> bool {
        self.get(key).is_some_and(|value| values.contains(&value))
    }

    /// The name to show: Chinese first.
    pub(crate) fn name(&self) -> &str {
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
    pub(crate) fn name_en(&self) -> &str {
        ["name:en", "name_en", "int_name"]
            .iter()
            .find_map(|key| self.get(key))
            .unwrap_or_default()
    }
}

/// What a file's name suggests about features that say nothing of themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Hint {
    #[default]
    None,
    Buildings,
    Roads,
    Rail,
    Water,
    Green,
    Points,
}

impl Hint {
    /// Reads a file's name.
    pub(crate) fn of_file_name(name: &str) -> Self {
        let name = name.to_lowercase();
        let table: [(Self, &[&str]); 6] = [
            (
                Self::Buildings,
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
                Self::Rail,
                &["rail", "metro", "subway", "铁路", "地铁", "轨道"],
            ),
            (
                Self::Roads,
                &["road", "street", "highway", "道路", "路网", "街"],
            ),
            (Self::Water, &["water", "river", "lake", "水系", "河", "湖"]),
            (
                Self::Green,
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
            (Self::Points, &["poi", "point", "place", "兴趣点", "地名"]),
        ];
        table
            .iter()
            .find(|(_, words)| words.iter().any(|word| name.contains(word)))
            .map_or(Self::None, |(hint, _)| *hint)
    }
}

/// A feature as its source has it.
#[derive(Clone, Debug)]
pub(crate) struct RawFeature {
    /// As the source spells it: `w123` for an OpenStreetMap way.
    pub(crate) id: String,
    /// File, and feature index or id, for messages.
    pub(crate) place: String,
    pub(crate) tags: Tags,
    pub(crate) shape: Shape,
    pub(crate) hint: Hint,
}

#[cfg(test)]
impl Tags {
    /// Tags written as pairs.
    pub(crate) fn of(pairs: &[(&str, &str)]) -> Self {
        Self(
            pairs
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect(),
        )
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
        assert_eq!(Hint::of_file_name("city"), Hint::None);
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
