//! Areas of governance with a figure each: `grids.json` of the city.

use cim_layers::layer::GridLevel;
use cim_tiles::Problem;
use serde::Deserialize;
use std::{io::Read as _, path::Path};

/// The city's file of areas.
const FILE: &str = "grids.json";
/// The longest such file, bytes.
const MOST_BYTES: u64 = 64 << 20;

/// An area.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GridArea {
    pub(super) level: GridLevel,
    pub(super) residents: f64,
    pub(super) homes: f64,
    pub(super) buildings: f64,
    /// Longitudes and latitudes, degrees.
    pub(super) ring: Vec<[f64; 2]>,
    /// West, south, east, north.
    bounds: [f64; 4],
}

impl GridArea {
    /// True when the place lies inside, the border of west and south included.
    pub(super) fn holds(&self, [lon, lat]: [f64; 2]) -> bool {
        let [west, south, east, north] = self.bounds;
        if lon < west || lon > east || lat < south || lat > north {
            return false;
        }
        let next = self.ring.iter().skip(1).chain(self.ring.first());
        let crossed = self.ring.iter().zip(next).filter(|(a, b)| {
            let ([ax, ay], [bx, by]) = (**a, **b);
            (ay > lat) != (by > lat) && lon < ax + (lat - ay) / (by - ay) * (bx - ax)
        });
        crossed.count() % 2 == 1
    }
}

#[derive(Deserialize)]
struct GridsJson {
    #[serde(default)]
    items: Vec<ItemJson>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ItemJson {
    level: String,
    population: f64,
    homes: f64,
    buildings: f64,
    polygon: Vec<[f64; 2]>,
}

/// The areas of the city in `folder`.
pub(super) fn read(folder: &Path) -> Result<Vec<GridArea>, Problem> {
    let bytes = bytes_of(&folder.join(FILE), MOST_BYTES)?;
    areas_of(&bytes).map_err(|error| Problem {
        source: folder.join(FILE).display().to_string(),
        place: format!("line {} column {}", error.line(), error.column()),
        reason: error.to_string(),
    })
}

/// The whole of a file that has at most `most` bytes.
pub(super) fn bytes_of(path: &Path, most: u64) -> Result<Vec<u8>, Problem> {
    let problem = |reason: String| Problem {
        source: path.display().to_string(),
        place: String::new(),
        reason,
    };
    let file = std::fs::File::open(path).map_err(|error| problem(error.to_string()))?;
    let mut bytes = Vec::new();
    file.take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| problem(error.to_string()))?;
    if bytes.len() as u64 > most {
        return Err(problem(format!("it is larger than {most} bytes")));
    }
    Ok(bytes)
}

fn areas_of(bytes: &[u8]) -> Result<Vec<GridArea>, serde_json::Error> {
    let grids: GridsJson = serde_json::from_slice(bytes)?;
    let areas = grids.items.into_iter().filter_map(|item| {
        let level = match item.level.as_str() {
            "district" => GridLevel::District,
            "sub_district" => GridLevel::SubDistrict,
            "community" => GridLevel::Community,
            "grid" | "cell" => GridLevel::Cell,
            _ => return None,
        };
        let around = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
        let bounds = item
            .polygon
            .iter()
            .fold(around, |[w, s, e, n], [lon, lat]| {
                [w.min(*lon), s.min(*lat), e.max(*lon), n.max(*lat)]
            });
        (item.polygon.len() >= 3).then_some(GridArea {
            level,
            residents: item.population,
            homes: item.homes,
            buildings: item.buildings,
            ring: item.polygon,
            bounds,
        })
    });
    Ok(areas.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_lies_in_the_area_that_surrounds_it() {
        let text = r#"{"items":[{"level":"grid","population":12,
            "polygon":[[0,0],[2,0],[2,2],[1,1],[0,2]]},{"level":"street","polygon":[]}]}"#;
        let areas = areas_of(text.as_bytes()).expect("areas");
        let [area] = areas.as_slice() else {
            panic!("one area: {areas:?}");
        };
        assert!(area.holds([0.2, 0.5]) && area.holds([1.8, 1.0]));
        assert!(!area.holds([1.0, 1.5]) && !area.holds([3.0, 1.0]));
        assert_eq!((area.level, area.residents), (GridLevel::Cell, 12.0));
    }

    #[test]
    fn a_city_without_areas_says_so() {
        let problem = read(Path::new("no/such/city")).expect_err("no file");
        assert!(problem.source.ends_with(FILE), "{problem:?}");
    }
}
