//! The tree of governance: district, sub-districts 街道, communities 社区, grid cells 网格, with their codes.
//!
//! A code has 15 digits: division 6 (GB/T 2260) + sub-district 3 + community 3 + grid cell 3. The division is one that is
//! not in use, since the district is invented.

use crate::names::{Name, numeral, stem_of_cell};
use crate::parts::District;
use crate::plan::{CELL_M, number_of};
use crate::plane::Span;
use glam::DVec2;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

/// The division of the district's codes; not assigned.
pub(crate) const DIVISION: u32 = 320_399;
/// Cells along one side of a sub-district.
const SUB_DISTRICT: i32 = 6;
/// Cells along one side of a community.
const COMMUNITY: i32 = 2;
/// Numbers of stems from here on belong to sub-districts, and from the second on to communities; below are cells.
const STEMS_OF: (u32, u32) = (20_000, 30_000);

/// Who and what is in a grid cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Census {
    pub(crate) buildings: u32,
    pub(crate) homes: u32,
    pub(crate) residents: u32,
}

impl Census {
    pub(crate) fn add(&mut self, other: Self) {
        self.buildings += other.buildings;
        self.homes += other.homes;
        self.residents += other.residents;
    }
}

/// The code of the grid cell that is half a cell of the plan: 0 in the west, 1 in the east.
pub(crate) fn cell_code(i: i32, j: i32, half: u32) -> String {
    let within = (j.rem_euclid(COMMUNITY) * COMMUNITY + i.rem_euclid(COMMUNITY)).unsigned_abs();
    format!("{}{:03}", community_code(i, j), 2 * within + half + 1)
}

fn community_code(i: i32, j: i32) -> String {
    let column = i.rem_euclid(SUB_DISTRICT) / COMMUNITY;
    let row = j.rem_euclid(SUB_DISTRICT) / COMMUNITY;
    let number = row * (SUB_DISTRICT / COMMUNITY) + column + 1;
    format!("{}{number:03}", sub_district_code(i, j))
}

fn sub_district_code(i: i32, j: i32) -> String {
    format!("{DIVISION:06}{:03}", sub_district_number(i, j) + 1)
}

fn sub_district_number(i: i32, j: i32) -> u32 {
    number_of(i.div_euclid(SUB_DISTRICT), j.div_euclid(SUB_DISTRICT))
}

/// The code of the grid cell at a place of the plane.
pub(crate) fn grid_at(district: &District, at: DVec2) -> String {
    let design = district.ground.design_of(at) / CELL_M;
    let (i, j) = (design.x.floor(), design.y.floor());
    cell_code(i as i32, j as i32, u32::from(design.x - i >= 0.5))
}

/// One node of the tree, as `grids.json` lists it.
#[derive(Debug, Serialize)]
struct Item<'a> {
    code: &'a str,
    level: &'static str,
    parent: &'a str,
    name: &'a str,
    name_en: &'a str,
    buildings: u32,
    homes: u32,
    population: u32,
    /// Longitude and latitude, closed.
    polygon: Vec<[f64; 2]>,
}

/// Writes the tree as `grids.json`: parents before their children.
pub(crate) fn write(
    district: &District,
    census: &BTreeMap<String, Census>,
    to: &mut dyn Write,
) -> io::Result<()> {
    let extent = district.quotas.extent;
    writeln!(
        to,
        "{{\"format\":1,\"is_synthetic\":true,\"division\":\"{DIVISION}\",\"items\":["
    )?;
    let whole = Span {
        west: f64::from(extent.west) * CELL_M,
        south: f64::from(extent.south) * CELL_M,
        east: f64::from(extent.east) * CELL_M,
        north: f64::from(extent.north) * CELL_M,
    };
    let division = DIVISION.to_string();
    let name = Name::new("云湖新区（虚构）", "Yunhu New District (synthetic)");
    write_item(
        district,
        census,
        to,
        ("district", division.as_str(), ""),
        &name,
        whole,
    )?;
    let mut known = BTreeSet::new();
    for (i, j) in extent.cells() {
        let street = sub_district_code(i, j);
        if known.insert(street.clone()) {
            let stem = stem_of_cell(district.seed, STEMS_OF.0 + sub_district_number(i, j));
            let name = stem.with("街道", "Sub-district");
            let span = block_span(extent_of(i, j, SUB_DISTRICT), whole);
            let node = ("sub_district", street.as_str(), division.as_str());
            write_next(district, census, to, node, &name, span)?;
        }
        let community = community_code(i, j);
        if known.insert(community.clone()) {
            let own = (i.rem_euclid(SUB_DISTRICT) / COMMUNITY)
                + (j.rem_euclid(SUB_DISTRICT) / COMMUNITY) * (SUB_DISTRICT / COMMUNITY);
            let number = sub_district_number(i, j) * 9 + own.unsigned_abs();
            let stem = stem_of_cell(district.seed, STEMS_OF.1 + number);
            let name = stem.with("社区", "Community");
            let span = block_span(extent_of(i, j, COMMUNITY), whole);
            let node = ("community", community.as_str(), street.as_str());
            write_next(district, census, to, node, &name, span)?;
        }
        for half in 0..2 {
            write_grid_cell(district, census, to, (i, j, half), &community)?;
        }
    }
    writeln!(to, "\n]}}")
}

fn write_grid_cell(
    district: &District,
    census: &BTreeMap<String, Census>,
    to: &mut dyn Write,
    (i, j, half): (i32, i32, u32),
    community: &str,
) -> io::Result<()> {
    let code = cell_code(i, j, half);
    let number = code
        .get(12..)
        .and_then(|digits| digits.parse().ok())
        .unwrap_or_default();
    let name = Name::new(
        format!("第{}网格", numeral(number)),
        format!("Grid {number}"),
    );
    let west = (f64::from(i) + 0.5 * f64::from(half)) * CELL_M;
    let south = f64::from(j) * CELL_M;
    let span = Span {
        west,
        south,
        east: west + 0.5 * CELL_M,
        north: south + CELL_M,
    };
    write_next(
        district,
        census,
        to,
        ("grid", code.as_str(), community),
        &name,
        span,
    )
}

/// The square of `side` cells that a cell belongs to.
fn extent_of(i: i32, j: i32, side: i32) -> Span {
    let metres = |n: i32| f64::from(n * side) * CELL_M;
    let (column, row) = (i.div_euclid(side), j.div_euclid(side));
    Span {
        west: metres(column),
        south: metres(row),
        east: metres(column + 1),
        north: metres(row + 1),
    }
}

/// What of a square lies in the district.
fn block_span(square: Span, whole: Span) -> Span {
    Span {
        west: square.west.max(whole.west),
        south: square.south.max(whole.south),
        east: square.east.min(whole.east),
        north: square.north.min(whole.north),
    }
}

fn write_next(
    district: &District,
    census: &BTreeMap<String, Census>,
    to: &mut dyn Write,
    node: (&'static str, &str, &str),
    name: &Name,
    span: Span,
) -> io::Result<()> {
    writeln!(to, ",")?;
    write_item(district, census, to, node, name, span)
}

fn write_item(
    district: &District,
    census: &BTreeMap<String, Census>,
    to: &mut dyn Write,
    (level, code, parent): (&'static str, &str, &str),
    name: &Name,
    span: Span,
) -> io::Result<()> {
    let mut sum = Census::default();
    // Codes of one parent stand together: they begin with its code.
    for (_, own) in census
        .range(code.to_owned()..)
        .take_while(|(own, _)| own.starts_with(code))
    {
        sum.add(*own);
    }
    let mut polygon: Vec<[f64; 2]> = district
        .ground
        .outline(span, 200.0)
        .iter()
        .map(|at| district.map.lon_lat(*at))
        .collect();
    polygon.extend(polygon.first().copied());
    let item = Item {
        code,
        level,
        parent,
        name: &name.zh,
        name_en: &name.en,
        buildings: sum.buildings,
        homes: sum.homes,
        population: sum.residents,
        polygon,
    };
    serde_json::to_writer(to, &item).map_err(io::Error::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn codes_have_fifteen_digits_and_no_two_are_the_same() {
        let mut codes = BTreeSet::new();
        for i in -40..40 {
            for j in -40..40 {
                for half in 0..2 {
                    let code = cell_code(i, j, half);
                    assert!(code.len() == 15 && code.bytes().all(|b| b.is_ascii_digit()));
                    assert!(codes.insert(code.clone()), "{code}");
                }
            }
        }
    }

    #[test]
    fn the_tree_hangs_together_and_its_numbers_add_up() {
        let district = District::plan(1, 300).expect("a small district");
        let census: BTreeMap<String, Census> = district
            .quotas
            .extent
            .cells()
            .map(|(i, j)| {
                let one = Census {
                    buildings: 2,
                    homes: 5,
                    residents: 13,
                };
                (cell_code(i, j, 1), one)
            })
            .collect();
        let mut bytes = Vec::new();
        write(&district, &census, &mut bytes).expect("written");
        let tree: Value = serde_json::from_slice(&bytes).expect("JSON");
        let items = tree["items"].as_array().expect("a list");
        let population = |level: &str| -> u64 {
            items
                .iter()
                .filter(|item| item["level"] == level)
                .filter_map(|item| item["population"].as_u64())
                .sum()
        };
        let cells = census.len() as u64;
        for level in ["district", "sub_district", "community", "grid"] {
            assert_eq!(population(level), 13 * cells, "{level}");
        }
        let codes: BTreeSet<&str> = items
            .iter()
            .filter_map(|item| item["code"].as_str())
            .collect();
        for item in items {
            let parent = item["parent"].as_str().expect("text");
            assert!(parent.is_empty() || codes.contains(parent), "{item}");
        }
    }
}
