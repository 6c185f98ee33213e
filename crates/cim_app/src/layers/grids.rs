//! Areas of governance with a figure each: `grids.json` of the city.

use cim_geo::{Geodetic, LocalFrame};
use cim_layers::{layer::GridLevel, motion::fence::FenceShape};
use cim_tiles::Problem;
use serde::Deserialize;
use std::{collections::BTreeMap, io::Read as _, path::Path, sync::Arc};

/// The city's file of areas.
const FILE: &str = "grids.json";
/// The longest such file, bytes.
const MOST_BYTES: u64 = 64 << 20;
/// A lookup has at most so many fields along a side.
const MOST_FIELDS: usize = 256;
/// An area that covers more fields than this is in none of them: it is looked at wherever somebody asks.
const WIDE_FIELDS: usize = 256;

/// An area.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GridArea {
    pub(super) level: GridLevel,
    /// Its code, such as that of a grid cell; may be empty.
    pub(super) code: String,
    name: String,
    name_en: String,
    pub(super) residents: f64,
    pub(super) homes: f64,
    pub(super) buildings: f64,
    /// Longitudes and latitudes, degrees.
    pub(super) ring: Vec<[f64; 2]>,
    /// West, south, east, north.
    bounds: [f64; 4],
}

impl GridArea {
    /// What people call it in `language`; the Chinese name where there is no English one. May be empty.
    pub(super) fn name_in(&self, language: &str) -> &str {
        if language == "en" && !self.name_en.is_empty() {
            &self.name_en
        } else {
            &self.name
        }
    }

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

/// All areas of a city by level, and where to look for those at a place.
#[derive(Debug)]
pub(super) struct GridAreas {
    levels: BTreeMap<GridLevel, AreasOfLevel>,
}

/// The areas of one level. An area's number is its place among them.
#[derive(Debug)]
pub(super) struct AreasOfLevel {
    /// The areas.
    pub(super) areas: Vec<GridArea>,
    /// Their outlines, metres east and north of the city's origin.
    pub(super) outlines: Arc<[FenceShape]>,
    lookup: Lookup,
}

impl GridAreas {
    /// The areas of a city at `origin`.
    pub(super) fn new(areas: Vec<GridArea>, origin: Geodetic) -> Self {
        let mut by_level: BTreeMap<GridLevel, Vec<GridArea>> = BTreeMap::new();
        for area in areas {
            by_level.entry(area.level).or_default().push(area);
        }
        let frame = LocalFrame::new(origin);
        let levels = by_level.into_iter().map(|(level, areas)| {
            let outlines = areas.iter().map(|area| outline_of(area, &frame));
            let of_level = AreasOfLevel {
                outlines: outlines.collect(),
                lookup: Lookup::new(&areas),
                areas,
            };
            (level, of_level)
        });
        Self {
            levels: levels.collect(),
        }
    }

    /// The areas of a level; `None` where the city has none.
    pub(super) fn of(&self, level: GridLevel) -> Option<&AreasOfLevel> {
        self.levels.get(&level)
    }
}

/// What the areas around places are called: the street or town, then the smallest area.
#[derive(Debug)]
pub(crate) struct AreaNames {
    areas: GridAreas,
}

impl AreaNames {
    /// The areas of the city in `folder`, which lies at `origin`; `None` where it has no such file.
    pub(crate) fn read(folder: &Path, origin: Geodetic) -> Result<Option<Self>, Problem> {
        if !folder.join(FILE).exists() {
            return Ok(None);
        }
        let areas = GridAreas::new(read(folder)?, origin);
        Ok(Some(Self { areas }))
    }

    /// What people call the areas around `place`, Chinese and English; empty where there are none.
    pub(crate) fn at(&self, place: Geodetic) -> [String; 2] {
        let flat = [place.lon_deg, place.lat_deg];
        let at = |level: GridLevel| {
            let of = self.areas.of(level)?;
            of.areas.get(of.at(flat).next()? as usize)
        };
        let small = at(GridLevel::Cell).or_else(|| at(GridLevel::Community));
        ["zh-CN", "en"].map(|language| {
            let named = |area: &GridArea| {
                let name = area.name_in(language);
                let name = if name.is_empty() {
                    area.code.as_str()
                } else {
                    name
                };
                name.to_owned()
            };
            let street = at(GridLevel::SubDistrict).map(named);
            let parts: Vec<String> = street.into_iter().chain(small.map(named)).collect();
            parts.join(" ")
        })
    }
}

impl AreasOfLevel {
    /// The numbers of the areas that hold a place (longitude and latitude). Costs the areas near it, not all.
    pub(super) fn at(&self, place: [f64; 2]) -> impl Iterator<Item = u32> {
        let near = self.lookup.near(place).iter().chain(&self.lookup.wide);
        near.copied().filter(move |number| {
            let area = self.areas.get(*number as usize);
            area.is_some_and(|area| area.holds(place))
        })
    }
}

fn outline_of(area: &GridArea, frame: &LocalFrame) -> FenceShape {
    let corners = area.ring.iter().map(|[lon, lat]| {
        let at = frame.enu_from_geodetic(Geodetic::new(*lon, *lat, 0.0));
        [at.east_m as f32, at.north_m as f32]
    });
    FenceShape::Polygon {
        outer: corners.collect(),
        holes: Vec::new(),
    }
}

/// Which areas may hold a place: a field of a net over all of them names those whose bounds it meets.
#[derive(Debug, Default)]
struct Lookup {
    west: f64,
    south: f64,
    /// Fields to a degree of longitude and latitude.
    per_deg: [f64; 2],
    /// Fields along a side.
    side: usize,
    /// Row by row from the south, each from the west.
    fields: Vec<Vec<u32>>,
    /// Areas that are too wide for the net.
    wide: Vec<u32>,
}

impl Lookup {
    fn new(areas: &[GridArea]) -> Self {
        let around = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
        let [west, south, east, north] = areas.iter().fold(around, |[w, s, e, n], area| {
            let [west, south, east, north] = area.bounds;
            [w.min(west), s.min(south), e.max(east), n.max(north)]
        });
        let side = ((areas.len() as f64).sqrt().ceil() as usize).clamp(1, MOST_FIELDS);
        let per_deg = [east - west, north - south].map(|span| {
            let per = side as f64 / span;
            if per.is_finite() && per > 0.0 {
                per
            } else {
                0.0
            }
        });
        let mut lookup = Self {
            west,
            south,
            per_deg,
            side,
            fields: vec![Vec::new(); side * side],
            wide: Vec::new(),
        };
        for (area, number) in areas.iter().zip(0..) {
            lookup.put(area.bounds, number);
        }
        lookup
    }

    fn put(&mut self, [west, south, east, north]: [f64; 4], number: u32) {
        let (first, last) = (self.field_of([west, south]), self.field_of([east, north]));
        let across = (last[0] - first[0] + 1) * (last[1] - first[1] + 1);
        if across > WIDE_FIELDS {
            self.wide.push(number);
            return;
        }
        for row in first[1]..=last[1] {
            for column in first[0]..=last[0] {
                if let Some(field) = self.fields.get_mut(row * self.side + column) {
                    field.push(number);
                }
            }
        }
    }

    /// The field of a place, from the west and from the south; the nearest one for a place beyond the net.
    fn field_of(&self, [lon, lat]: [f64; 2]) -> [usize; 2] {
        let last = self.side.saturating_sub(1);
        let field = |way: f64, per: f64| ((way * per).max(0.0) as usize).min(last);
        [
            field(lon - self.west, self.per_deg[0]),
            field(lat - self.south, self.per_deg[1]),
        ]
    }

    /// The areas whose bounds may hold a place, but for the wide ones.
    fn near(&self, place: [f64; 2]) -> &[u32] {
        let [column, row] = self.field_of(place);
        let field = self.fields.get(row * self.side + column);
        field.map(Vec::as_slice).unwrap_or_default()
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
    code: String,
    level: String,
    name: String,
    name_en: String,
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

/// What is wrong with a file as a whole.
pub(super) fn problem_of(path: &Path, reason: String) -> Problem {
    Problem {
        source: path.display().to_string(),
        place: "the whole file".to_owned(),
        reason,
    }
}

/// The whole of a file that has at most `most` bytes.
pub(crate) fn bytes_of(path: &Path, most: u64) -> Result<Vec<u8>, Problem> {
    let problem = |reason| problem_of(path, reason);
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
            code: item.code,
            name: item.name,
            name_en: item.name_en,
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
pub(super) mod tests {
    use super::*;

    /// A cell of 0.01° that begins at `west`, at the equator.
    pub(in crate::layers) fn square(west: f64, residents: f64) -> GridArea {
        let (east, north) = (west + 0.01, 0.01);
        GridArea {
            level: GridLevel::Cell,
            code: format!("{west:.2}"),
            name: "网格".to_owned(),
            name_en: String::new(),
            residents,
            homes: 0.0,
            buildings: 0.0,
            ring: vec![[west, 0.0], [east, 0.0], [east, north], [west, north]],
            bounds: [west, 0.0, east, north],
        }
    }

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
    fn a_place_finds_its_areas_among_ten_thousand_without_looking_at_all() {
        let cell = |number: u32| {
            let (west, south) = (f64::from(number % 100), f64::from(number / 100));
            let ring = vec![
                [west, south],
                [west + 1.0, south],
                [west + 1.0, south + 1.0],
                [west, south + 1.0],
            ];
            GridArea {
                ring,
                bounds: [west, south, west + 1.0, south + 1.0],
                ..square(west, 0.0)
            }
        };
        let mut areas: Vec<GridArea> = (0..10_000).map(cell).collect();
        let mut whole = cell(0);
        whole.ring = vec![[0.0, 0.0], [100.0, 0.0], [100.0, 100.0], [0.0, 100.0]];
        whole.bounds = [0.0, 0.0, 100.0, 100.0];
        areas.push(whole);
        let origin = Geodetic::new(50.0, 50.0, 0.0);
        let grids = GridAreas::new(areas, origin);
        let cells = grids.of(GridLevel::Cell).expect("cells");
        let found: Vec<u32> = cells.at([17.5, 42.25]).collect();
        assert_eq!(found, [4_217, 10_000]);
        assert_eq!(cells.at([117.5, 42.25]).count(), 0);
        assert!(cells.lookup.near([17.5, 42.25]).len() <= 4);
        assert!(grids.of(GridLevel::Community).is_none());
    }

    #[test]
    fn a_place_is_called_after_the_areas_around_it() {
        let names = AreaNames {
            areas: GridAreas::new(vec![square(0.0, 12.0)], Geodetic::default()),
        };
        let at = |lon: f64| names.at(Geodetic::new(lon, 0.005, 0.0));
        assert_eq!(at(0.005), ["网格".to_owned(), "网格".to_owned()]);
        assert_eq!(at(0.5), [String::new(), String::new()]);
        let none = AreaNames::read(Path::new("no/such/city"), Geodetic::default());
        assert!(none.expect("no file is no mistake").is_none());
    }

    #[test]
    fn a_city_without_areas_says_so() {
        let problem = read(Path::new("no/such/city")).expect_err("no file");
        assert!(problem.source.ends_with(FILE), "{problem:?}");
    }
}
