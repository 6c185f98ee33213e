//! The river with its banks, walls and bridges, and the small bridges over the canal.

use crate::feature::{Face, Feature, Form, Pipe};
use crate::layout::{CANAL_HALF_M, canal_u};
use crate::names::Name;
use crate::parts::{District, Parts};
use crate::plan::{CANAL_COLUMN, CELL_M, RIVER_ROW, RoadClass, Way};
use crate::plane::{Rect, Span, beside_line, spaced, wave};
use crate::solids::Solid;
use cim_import::{ModelKind, SurfaceRole};
use cim_tiles::FeatureClass;
use glam::{DVec2, DVec3};

/// Metres between two corners of a bank.
const STEP_M: f64 = 25.0;
/// How high a bridge rises over the river, metres.
const RISE_M: f64 = 6.2;
/// Thickness of a deck, metres.
const DECK_M: f64 = 1.5;
/// Segments of a deck.
const SEGMENTS: u32 = 24;

/// The river's two banks at `u`, in the design grid: south and north.
pub(crate) fn banks(u: f64) -> (f64, f64) {
    let middle = (f64::from(RIVER_ROW) + 0.5) * CELL_M + 50.0 * wave(u / 2_900.0 + 0.15);
    let half = 78.0 + 12.0 * wave(u / 1_700.0);
    (middle - half, middle + half)
}

/// Adds the river of a cell, its walls and its green banks.
pub(crate) fn add(district: &District, i: i32, j: i32, parts: &mut Parts) {
    if j != RIVER_ROW {
        return;
    }
    let tag = District::tag(i, j);
    let west = f64::from(i) * CELL_M;
    let pieces = (CELL_M / STEP_M) as u32;
    let along: Vec<f64> = (0..=pieces).map(|n| west + f64::from(n) * STEP_M).collect();
    let bank = |shift: f64, is_north: bool| -> Vec<DVec2> {
        along
            .iter()
            .map(|u| {
                let (south, north) = banks(*u);
                let v = if is_north {
                    north + shift
                } else {
                    south - shift
                };
                district.ground.at(*u, v)
            })
            .collect()
    };
    let ring = |first: Vec<DVec2>, second: Vec<DVec2>| -> Vec<DVec2> {
        first.into_iter().chain(second.into_iter().rev()).collect()
    };
    let area = |id: String, class, kind, outer| {
        let inner = Vec::new();
        Feature::new(id, class, kind, Form::Area { outer, inner })
    };
    let name = Name::new("云水河", "Yunshui River");
    parts.features.push(
        area(
            format!("w{tag}"),
            FeatureClass::Water,
            "river",
            ring(bank(0.0, false), bank(0.0, true)),
        )
        .tag("natural", "water")
        .tag("water", "river")
        .named(&name),
    );
    for (is_north, word) in [(false, "s"), (true, "n")] {
        let line = bank(1.4, is_north);
        parts
            .features
            .push(embankment(format!("e{tag}-{word}"), &line, 2.6, 1.6));
        let walk = bank(12.0, is_north);
        parts.features.push(
            Feature::new(
                format!("l{tag}-{word}"),
                FeatureClass::Road,
                "footway",
                Form::Line(walk.clone()),
            )
            .tag("highway", "footway")
            .tag("width", "5.0")
            .tag(
                "name",
                if is_north {
                    "北岸绿道"
                } else {
                    "南岸绿道"
                },
            )
            .tag(
                "name:en",
                if is_north {
                    "North Bank Greenway"
                } else {
                    "South Bank Greenway"
                },
            ),
        );
        add_bank_green(district, i, is_north, &bank(3.0, is_north), parts);
        add_bank_trees(district, i, is_north, &tag, parts);
    }
    if i == CANAL_COLUMN {
        add_canal_mouth(district, &tag, parts);
    }
}

/// The boundary line of the street along a bank, in the design grid.
fn street_edge(is_north: bool) -> f64 {
    let line = if is_north { RIVER_ROW + 1 } else { RIVER_ROW };
    let half = RoadClass::of(Way::WestEast, line).half_corridor_m();
    let middle = f64::from(line) * CELL_M;
    if is_north {
        middle - half
    } else {
        middle + half
    }
}

/// Lawn between a bank and its street, open where the canal comes in.
fn add_bank_green(district: &District, i: i32, is_north: bool, bank: &[DVec2], parts: &mut Parts) {
    let tag = District::tag(i, RIVER_ROW);
    let west = f64::from(i) * CELL_M;
    let edge = street_edge(is_north);
    let last = bank.len().saturating_sub(1);
    let at_canal = i == CANAL_COLUMN && is_north;
    // The corners next to the canal's mouth end the two halves.
    let mouth = ((canal_u() - west) / STEP_M) as usize;
    let ranges = if at_canal {
        vec![(0, mouth.saturating_sub(1)), (mouth + 1, last)]
    } else {
        vec![(0, last)]
    };
    for (n, (from, to)) in ranges.into_iter().enumerate() {
        let Some(corners) = bank.get(from..=to) else {
            continue;
        };
        let street = (from..=to).map(|k| district.ground.at(west + k as f64 * STEP_M, edge));
        let mut outer: Vec<DVec2> = corners.to_vec();
        let mut back: Vec<DVec2> = street.collect();
        back.reverse();
        outer.append(&mut back);
        let word = if is_north { "n" } else { "s" };
        parts.features.push(
            Feature::new(
                format!("g{tag}-{word}{n}"),
                FeatureClass::Green,
                "park",
                Form::Area {
                    outer,
                    inner: Vec::new(),
                },
            )
            .tag("leisure", "park")
            .tag(
                "name",
                if is_north {
                    "北岸公园"
                } else {
                    "南岸公园"
                },
            )
            .tag(
                "name:en",
                if is_north {
                    "North Bank Park"
                } else {
                    "South Bank Park"
                },
            ),
        );
    }
}

fn add_bank_trees(district: &District, i: i32, is_north: bool, tag: &str, parts: &mut Parts) {
    let west = f64::from(i) * CELL_M;
    let edge = street_edge(is_north);
    let models: Vec<crate::feature::Model> = (0..26)
        .filter_map(|n| {
            let u = west + 8.0 + 15.0 * f64::from(n);
            let (south, north) = banks(u);
            let bank = if is_north { north } else { south };
            // Between the walk and the street, in two wavering rows.
            let share = if n % 2 == 0 { 0.45 } else { 0.72 };
            let v = bank + (edge - bank) * share;
            let near_canal = i == CANAL_COLUMN && (u - canal_u()).abs() < CANAL_HALF_M + 5.0;
            let near_bridge = (u - west) < 34.0 || (u - west) > CELL_M - 34.0;
            (!near_canal && !near_bridge).then(|| {
                let at = district.ground.at(u, v);
                crate::feature::Model::standing(ModelKind::Tree, at, DVec2::Y)
            })
        })
        .collect();
    let word = if is_north { "n" } else { "s" };
    parts.features.push(Feature::new(
        format!("t{tag}-{word}"),
        FeatureClass::Tree,
        "tree",
        Form::Models(models),
    ));
}

/// The last stretch of the canal, from the street on the north bank to the river.
fn add_canal_mouth(district: &District, tag: &str, parts: &mut Parts) {
    let (_, north) = banks(canal_u());
    let span = Span {
        west: canal_u() - CANAL_HALF_M,
        south: north - 4.0,
        east: canal_u() + CANAL_HALF_M,
        north: f64::from(RIVER_ROW + 1) * CELL_M,
    };
    let form = Form::Area {
        outer: district.ground.outline(span, 20.0),
        inner: Vec::new(),
    };
    parts.features.push(
        Feature::new(format!("w{tag}-c"), FeatureClass::Water, "canal", form)
            .tag("natural", "water")
            .tag("water", "canal")
            .tag("name", "锦云河")
            .tag("name:en", "Jinyun Canal"),
    );
}

/// A wall along a line.
pub(crate) fn embankment(id: String, line: &[DVec2], width: f64, height: f64) -> Feature {
    let mut solid = Solid::default();
    wall_along(&mut solid, line, width, height);
    Feature::new(
        id,
        FeatureClass::Bridge,
        "embankment",
        Form::Faces(solid.faces),
    )
}

/// Two sides and a top along a line, from the ground up.
fn wall_along(solid: &mut Solid, line: &[DVec2], width: f64, height: f64) {
    let right = beside_line(line, -0.5 * width);
    let left = beside_line(line, 0.5 * width);
    let ring: Vec<DVec2> = right.into_iter().chain(left.into_iter().rev()).collect();
    solid.prism(&ring, 0.0, height);
}

/// Parapets where a street or lane of the given width crosses the canal.
pub(crate) fn small_bridge(district: &District, id: String, at: DVec2, width: f64) -> Feature {
    let frame = district.ground.frame(at.x, at.y);
    let mut solid = Solid::default();
    for side in [-1.0, 1.0] {
        let north = side * (0.5 * width + 0.2);
        let parapet = frame.rect(0.0, north, 2.0 * CANAL_HALF_M + 5.0, 0.4);
        solid.block(&parapet, 0.0, 1.1);
        for end in [-1.0, 1.0] {
            let post = frame.rect(end * (CANAL_HALF_M + 2.5), north, 0.9, 0.9);
            solid.block(&post, 0.0, 1.6);
        }
    }
    Feature::new(id, FeatureClass::Bridge, "bridge", Form::Faces(solid.faces)).tag("bridge", "yes")
}

/// The line of a bridge over the river with the deck's height at each corner.
pub(crate) fn deck_line(district: &District, i: i32) -> Vec<DVec3> {
    let (south, north) = (street_edge(false), street_edge(true));
    (0..=SEGMENTS)
        .map(|n| {
            let share = f64::from(n) / f64::from(SEGMENTS);
            // Level at both ends.
            let rise = 16.0 * share * share * (1.0 - share) * (1.0 - share);
            district
                .ground
                .at(f64::from(i) * CELL_M, south + (north - south) * share)
                .extend(0.02 + RISE_M * rise)
        })
        .collect()
}

/// The identity of the bridge on line `i`.
pub(crate) fn bridge_id(i: i32) -> String {
    format!("br{}", District::tag(i, RIVER_ROW))
}

/// What the bridge on line `i` is called.
pub(crate) fn bridge_name(district: &District, i: i32) -> Name {
    if i == 0 {
        return Name::new("云湖大桥", "Yunhu Bridge");
    }
    district.street(Way::SouthNorth, i).with("大桥", "Bridge")
}

/// Adds the bridge on line `i`: deck, piers, and pylons with stays or arches on the great ones.
pub(crate) fn add_bridge(district: &District, i: i32, parts: &mut Parts) {
    let class = RoadClass::of(Way::SouthNorth, i);
    let half = 0.5 * class.carriageway_m() + 3.5;
    let deck = deck_line(district, i);
    let flat: Vec<DVec2> = deck.iter().map(|at| at.truncate()).collect();
    let (left, right) = (beside_line(&flat, half), beside_line(&flat, -half));
    let mut solid = Solid::default();
    for (n, pair) in deck.windows(2).enumerate() {
        let [from, to] = pair else { continue };
        let corner = |side: &[DVec2], at: usize, height: f64| {
            side.get(at).copied().unwrap_or_default().extend(height)
        };
        add_deck_segment(
            &mut solid,
            [
                corner(&right, n, from.z),
                corner(&right, n + 1, to.z),
                corner(&left, n + 1, to.z),
                corner(&left, n, from.z),
            ],
        );
    }
    add_piers(&mut solid, &deck, half);
    if i == 0 {
        add_pylons(&mut solid, &deck, half);
    }
    let id = bridge_id(i);
    let name = bridge_name(district, i);
    parts.features.push(
        Feature::new(
            id.clone(),
            FeatureClass::Bridge,
            "bridge",
            Form::Faces(solid.faces),
        )
        .named(&name)
        .tag("bridge", "yes")
        .tag("width", format!("{:.1}", 2.0 * half))
        .tag("start_date", "2014"),
    );
    let cables = if i == 0 {
        stays(&deck, half)
    } else if i.rem_euclid(4) == 0 {
        arches(&deck, half)
    } else {
        Vec::new()
    };
    if !cables.is_empty() {
        parts.features.push(
            Feature::new(
                format!("{id}-c"),
                FeatureClass::Bridge,
                "cable",
                Form::Tubes(cables),
            )
            .part_of(&id),
        );
    }
    parts
        .features
        .push(carriageway(district, i, &deck).part_of(&id));
}

/// Top, underside, sides and parapets of a piece of deck; corners from the right, counter-clockwise.
fn add_deck_segment(solid: &mut Solid, [a, b, c, d]: [DVec3; 4]) {
    let down = DVec3::new(0.0, 0.0, -DECK_M);
    let up = DVec3::new(0.0, 0.0, 1.1);
    let inwards = (d - a).normalize_or_zero() * 0.3;
    let mut face = |role, ring: Vec<DVec3>| solid.faces.push(Face { ring, role });
    face(SurfaceRole::Roof, vec![a, b, c, d]);
    face(
        SurfaceRole::Other,
        vec![a + down, d + down, c + down, b + down],
    );
    face(SurfaceRole::Wall, vec![a + down, b + down, b + up, a + up]);
    face(SurfaceRole::Wall, vec![c + down, d + down, d + up, c + up]);
    // The inner sides of the parapets.
    face(
        SurfaceRole::Wall,
        vec![b + inwards, a + inwards, a + inwards + up, b + inwards + up],
    );
    face(
        SurfaceRole::Wall,
        vec![d - inwards, c - inwards, c - inwards + up, d - inwards + up],
    );
    face(
        SurfaceRole::Roof,
        vec![a + up, b + up, b + inwards + up, a + inwards + up],
    );
    face(
        SurfaceRole::Roof,
        vec![c + up, d + up, d - inwards + up, c - inwards + up],
    );
}

/// The direction of a deck at its corner `n`.
fn along_at(deck: &[DVec3], n: usize) -> DVec2 {
    let last = n.saturating_sub(1);
    match (deck.get(last), deck.get(n + 1).or(deck.get(n))) {
        (Some(from), Some(to)) => (to.truncate() - from.truncate()).normalize_or(DVec2::Y),
        _ => DVec2::Y,
    }
}

fn add_piers(solid: &mut Solid, deck: &[DVec3], half: f64) {
    for (n, at) in deck.iter().enumerate() {
        if n % 3 != 0 || at.z < 2.5 {
            continue;
        }
        let pier = Rect {
            centre: at.truncate(),
            along: along_at(deck, n),
            half_along: 1.4,
            half_across: 0.72 * half,
        };
        solid.block(&pier, -4.0, at.z - DECK_M);
    }
}

/// Corners of the deck at which pylons stand.
const PYLONS: [usize; 2] = [8, 16];
/// Height of the pylons, metres.
const PYLON_M: f64 = 82.0;

fn add_pylons(solid: &mut Solid, deck: &[DVec3], half: f64) {
    for n in PYLONS {
        let Some(at) = deck.get(n) else { continue };
        let along = along_at(deck, n);
        for side in [-1.0, 1.0] {
            let leg = Rect {
                centre: at.truncate() + along.perp() * (side * (half + 2.2)),
                along,
                half_along: 2.6,
                half_across: 1.8,
            };
            solid.block(&leg, -4.0, 30.0);
            solid.frustum(&leg.ring(), 30.0, &leg.scaled(0.55).ring(), PYLON_M);
        }
        for (foot, top) in [(at.z - 4.0, at.z - DECK_M), (44.0, 47.0), (70.0, 73.0)] {
            let beam = Rect {
                centre: at.truncate(),
                along,
                half_along: 1.4,
                half_across: half + 2.2,
            };
            solid.block(&beam, foot, top);
            solid.underside(&beam.ring(), foot);
        }
    }
}

/// Stays from the pylons to both edges of the deck.
fn stays(deck: &[DVec3], half: f64) -> Vec<Pipe> {
    let mut cables = Vec::new();
    for n in PYLONS {
        let Some(foot) = deck.get(n) else { continue };
        let along = along_at(deck, n);
        for (step, distance) in (1_u32..).zip([1_usize, 2, 3, 4, 5, 6, 7]) {
            for target in [n.checked_sub(distance), n.checked_add(distance)] {
                let Some(anchor) = target.and_then(|at| deck.get(at)) else {
                    continue;
                };
                for side in [-1.0, 1.0] {
                    let across = along.perp() * side;
                    let top = foot.truncate() + across * (half + 1.6);
                    let low = anchor.truncate() + across * (half - 0.2);
                    cables.push(Pipe {
                        line: vec![
                            low.extend(anchor.z + 0.6),
                            top.extend(PYLON_M - 30.0 + 3.9 * f64::from(step)),
                        ],
                        diameter_m: 0.34,
                    });
                }
            }
        }
    }
    cables
}

/// Two ribs over the middle of the deck, with hangers.
fn arches(deck: &[DVec3], half: f64) -> Vec<Pipe> {
    const FROM: usize = 6;
    const TO: usize = 18;
    let mut ribs = Vec::new();
    for side in [-1.0, 1.0] {
        let mut rib = Vec::new();
        for n in FROM..=TO {
            let Some(at) = deck.get(n) else { continue };
            let share = (n - FROM) as f64 / (TO - FROM) as f64;
            let edge = at.truncate() + along_at(deck, n).perp() * (side * (half - 0.2));
            let top = at.z + 0.5 + 108.0 * share * (1.0 - share);
            rib.push(edge.extend(top));
            if top > at.z + 4.0 {
                ribs.push(Pipe {
                    line: vec![edge.extend(at.z), edge.extend(top)],
                    diameter_m: 0.22,
                });
            }
        }
        ribs.push(Pipe {
            line: rib,
            diameter_m: 1.7,
        });
    }
    ribs
}

/// The carriageway on a bridge, a hand above the deck.
fn carriageway(district: &District, i: i32, deck: &[DVec3]) -> Feature {
    let class = RoadClass::of(Way::SouthNorth, i);
    let half = 0.5 * class.carriageway_m();
    let flat: Vec<DVec2> = deck.iter().map(|at| at.truncate()).collect();
    let (left, right) = (beside_line(&flat, half), beside_line(&flat, -half));
    let lifted = |side: &[DVec2], n: usize| {
        let height = deck.get(n).map_or(0.0, |at| at.z) + 0.06;
        side.get(n).copied().unwrap_or_default().extend(height)
    };
    let faces = (0..deck.len().saturating_sub(1))
        .map(|n| Face {
            ring: vec![
                lifted(&right, n),
                lifted(&right, n + 1),
                lifted(&left, n + 1),
                lifted(&left, n),
            ],
            role: SurfaceRole::Roof,
        })
        .collect();
    Feature::new(
        format!("r{}b", District::tag(i, RIVER_ROW)),
        FeatureClass::Road,
        class.word(),
        Form::Faces(faces),
    )
    .named(&district.street(Way::SouthNorth, i))
    .tag("highway", class.word())
    .tag("road:class", class.word_zh())
    .tag("bridge", "yes")
}

/// Places along a bridge, for lamps and devices.
pub(crate) fn posts(district: &District, i: i32) -> Vec<(DVec3, DVec2)> {
    let deck = deck_line(district, i);
    let flat: Vec<DVec2> = deck.iter().map(|at| at.truncate()).collect();
    spaced(&flat, 30.0, 30.0, 60.0)
        .into_iter()
        .map(|(at, along)| {
            let height = deck
                .iter()
                .min_by(|a, b| {
                    let away = |corner: &DVec3| corner.truncate().distance(at);
                    away(a).total_cmp(&away(b))
                })
                .map_or(0.0, |nearest| nearest.z);
            (at.extend(height), along)
        })
        .collect()
}
