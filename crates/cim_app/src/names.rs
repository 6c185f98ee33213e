//! Which names deserve a place on the map: the names of areas, and buildings that are more than a number in their block.

use cim_geo::Geodetic;
use cim_tiles::Problem;
use serde::Deserialize;
use std::{io::Read, path::Path};

/// The file of a city folder that lists its sub-districts and communities.
const GRIDS: &str = "grids.json";
/// The largest such file that is read, bytes.
const MAX_GRIDS_BYTES: u64 = 64 << 20;
/// Levels whose names are on the map, the widest first.
const LEVELS: [&str; 2] = ["sub_district", "community"];
/// What follows the number of a house in its block, in Chinese.
const HOUSE_WORDS: [&str; 12] = [
    "号楼",
    "号栋",
    "号幢",
    "号座",
    "号院",
    "号商铺",
    "号仓库",
    "号厂房",
    "栋",
    "幢",
    "座",
    "号",
];
/// What stands before the number of a house in its block, in English.
const HOUSE_WORDS_EN: [&str; 8] = [
    "building",
    "block",
    "house",
    "shop",
    "shops",
    "warehouse",
    "hall",
    "unit",
];

/// An area with a name.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Area {
    /// Its name in Chinese.
    pub(crate) name: String,
    /// Its name in English; may be empty.
    pub(crate) name_en: String,
    /// Its middle.
    pub(crate) middle: Geodetic,
}

/// True for the name of a house that is one of many in its block: 「凤根花园22号楼」, "Fenggen Garden Building 22".
pub(crate) fn is_numbered(name: &str) -> bool {
    let name = name.trim();
    let before_word = HOUSE_WORDS.iter().find_map(|word| name.strip_suffix(*word));
    if before_word.is_some_and(|rest| rest.trim_end().ends_with(is_digit)) {
        return true;
    }
    let mut words = name.split_whitespace().rev();
    let is_number = words
        .next()
        .is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    is_number
        && words.next().is_some_and(|word| {
            HOUSE_WORDS_EN
                .iter()
                .any(|known| word.eq_ignore_ascii_case(known))
        })
}

/// ASCII digits, and those of Chinese typography.
fn is_digit(letter: char) -> bool {
    letter.is_ascii_digit() || ('０'..='９').contains(&letter)
}

/// The sub-districts and then the communities of the city in `folder`; none where it has no such file.
pub(crate) fn read_areas(folder: &Path) -> Result<Vec<Area>, Problem> {
    let path = folder.join(GRIDS);
    let file = match std::fs::File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(problem(&path, String::new(), error.to_string())),
    };
    let mut bytes = Vec::new();
    file.take(MAX_GRIDS_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| problem(&path, String::new(), error.to_string()))?;
    if bytes.len() as u64 > MAX_GRIDS_BYTES {
        let reason = "it is larger than 64 MiB".to_owned();
        return Err(problem(&path, String::new(), reason));
    }
    areas_of(&bytes).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        problem(&path, place, error.to_string())
    })
}

fn areas_of(bytes: &[u8]) -> Result<Vec<Area>, serde_json::Error> {
    let grids: GridsJson = serde_json::from_slice(bytes)?;
    let mut areas: Vec<(usize, Area)> = grids
        .items
        .into_iter()
        .filter_map(|item| {
            let level = LEVELS.iter().position(|level| *level == item.level)?;
            let middle = middle_of(&item.polygon)?;
            let area = Area {
                name: item.name,
                name_en: item.name_en,
                middle,
            };
            (!area.name.is_empty()).then_some((level, area))
        })
        .collect();
    areas.sort_by_key(|(level, _)| *level);
    Ok(areas.into_iter().map(|(_, area)| area).collect())
}

/// The centre of gravity of a ring of longitudes and latitudes; `None` for one that encloses nothing.
fn middle_of(ring: &[[f64; 2]]) -> Option<Geodetic> {
    let [lon0, lat0] = *ring.first()?;
    let next = ring.iter().skip(1).chain(ring.first());
    let (mut doubled_area, mut east, mut north) = (0.0, 0.0, 0.0);
    // From the first corner on: degrees are large and an area of the city is small.
    for (a, b) in ring.iter().zip(next) {
        let ([ax, ay], [bx, by]) = (*a, *b);
        let (ax, ay, bx, by) = (ax - lon0, ay - lat0, bx - lon0, by - lat0);
        let cross = ax * by - bx * ay;
        doubled_area += cross;
        east += (ax + bx) * cross;
        north += (ay + by) * cross;
    }
    let middle = Geodetic {
        lon_deg: lon0 + east / (3.0 * doubled_area),
        lat_deg: lat0 + north / (3.0 * doubled_area),
        height_m: 0.0,
    };
    (middle.lon_deg.is_finite() && middle.lat_deg.is_finite()).then_some(middle)
}

fn problem(path: &Path, place: String, reason: String) -> Problem {
    Problem {
        source: path.display().to_string(),
        place,
        reason,
    }
}

#[derive(Debug, Deserialize)]
struct GridsJson {
    #[serde(default)]
    items: Vec<ItemJson>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ItemJson {
    level: String,
    name: String,
    name_en: String,
    polygon: Vec<[f64; 2]>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_house_of_a_block_is_numbered_and_a_landmark_is_not() {
        for name in [
            "凤根花园22号楼",
            "12 号楼",
            "月墨广场３栋",
            "金辉雅苑147号院",
            "荷坊花园2号商铺",
            "建国西路29号",
            "Fenggen Garden Building 22",
            "Huazhi Garden Shops 6",
            "block 7",
        ] {
            assert!(is_numbered(name), "{name}");
        }
        for name in [
            "上海中心大厦",
            "国贸三期",
            "苏宁广场A座",
            "Tower 42",
            "101",
            "8号桥创意园",
            "银座",
            "",
        ] {
            assert!(!is_numbered(name), "{name}");
        }
    }

    #[test]
    fn sub_districts_come_before_communities_and_stand_in_their_middle() {
        let text = r#"{"format":1,"items":[
            {"level":"district","name":"云湖新区","polygon":[[117,34],[118,34],[118,35],[117,34]]},
            {"level":"community","name":"大秀远社区","polygon":[[117,34],[117.2,34],[117.2,34.2],[117,34.2],[117,34]]},
            {"level":"sub_district","name":"上雅阁街道","name_en":"Shang Yage Sub-district",
             "polygon":[[117,34],[117.4,34],[117.4,34.2],[117,34.2]]},
            {"level":"community","name":"点","polygon":[[117,34]]}]}"#;
        let areas = areas_of(text.as_bytes()).expect("areas");
        let names: Vec<&str> = areas.iter().map(|area| area.name.as_str()).collect();
        assert_eq!(names, ["上雅阁街道", "大秀远社区"]);
        let middle = areas.first().expect("an area").middle;
        assert!((middle.lon_deg - 117.2).abs() < 1e-9 && (middle.lat_deg - 34.1).abs() < 1e-9);
        assert!(areas_of(b"{\"items\":[{\"level\":7}]}").is_err());
    }

    #[test]
    fn a_city_without_areas_has_none() {
        assert_eq!(read_areas(Path::new("no/such/city")), Ok(Vec::new()));
    }
}
