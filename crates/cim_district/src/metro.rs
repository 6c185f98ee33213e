//! Metro line 1 along the grid's line 1: two bored tunnels in the west, a ramp, a viaduct in the east, stations every 800 m.

use crate::feature::{Face, Feature, Form, Pipe};
use crate::names::Name;
use crate::parts::{District, Parts, Station};
use crate::plan::{CELL_M, METRO_LINE, RoadClass, Way};
use crate::plane::{Frame, Rect, beside_line};
use crate::solids::Solid;
use cim_import::SurfaceRole;
use cim_tiles::FeatureClass;
use glam::{DVec2, DVec3};

/// Height of the rails underground and on the viaduct, metres.
const RAILS_M: (f64, f64) = (-17.0, 9.5);
/// Lines between which the ramp rises, at 3.3 %.
const RAMP: (f64, f64) = (2.0, 4.0);
/// Half the distance between the two tracks, underground and on the viaduct, metres.
const TRACKS_M: (f64, f64) = (7.0, 2.1);
/// Diameter of a bored tunnel, metres.
const BORE_M: f64 = 6.2;
/// Metres between two corners of the line.
const STEP_M: f64 = 20.0;

/// The share of the ramp that lies behind at `u`.
fn ramp_share(u: f64) -> f64 {
    ((u / CELL_M - RAMP.0) / (RAMP.1 - RAMP.0)).clamp(0.0, 1.0)
}

/// Height of the rails at `u`.
pub(crate) fn rails_m(u: f64) -> f64 {
    RAILS_M.0 + (RAILS_M.1 - RAILS_M.0) * ramp_share(u)
}

/// True when line `i` crosses the metro at a station.
pub(crate) fn has_station(i: i32) -> bool {
    i.rem_euclid(2) == 0
}

/// True when the station on line `i` is below ground.
pub(crate) fn is_underground(i: i32) -> bool {
    f64::from(i) <= RAMP.0
}

/// What the station on line `i` is called.
pub(crate) fn station_name(district: &District, i: i32) -> Name {
    if i == 0 {
        return Name::new("云湖站", "Yunhu Station");
    }
    district.street(Way::SouthNorth, i).with("站", "Station")
}

/// The identity of the station on line `i`.
pub(crate) fn station_id(i: i32) -> String {
    format!("m{}", District::tag(i, METRO_LINE))
}

/// Adds the line from the crossing (i, j) to the next, and the station there.
pub(crate) fn add(district: &District, i: i32, j: i32, parts: &mut Parts) {
    if j != METRO_LINE {
        return;
    }
    if i < district.quotas.extent.east {
        add_stretch(district, i, parts);
    }
    if has_station(i) {
        add_station(district, i, parts);
    }
}

fn add_stretch(district: &District, i: i32, parts: &mut Parts) {
    let tag = District::tag(i, METRO_LINE);
    let v = f64::from(METRO_LINE) * CELL_M;
    let pieces = (CELL_M / STEP_M) as u32;
    let middle: Vec<(f64, DVec2)> = (0..=pieces)
        .map(|n| {
            let u = f64::from(i) * CELL_M + f64::from(n) * STEP_M;
            (u, district.ground.at(u, v))
        })
        .collect();
    let flat: Vec<DVec2> = middle.iter().map(|(_, at)| *at).collect();
    // Where it lies open, the tracks themselves are drawn.
    if rails_m(f64::from(i) * CELL_M) < 0.0 {
        parts.features.push(
            Feature::new(
                format!("ml{tag}"),
                FeatureClass::Rail,
                "subway",
                Form::Line(flat.clone()),
            )
            .named(&Name::new("地铁1号线", "Metro Line 1"))
            .tag("railway", "subway")
            .tag("tunnel", "yes"),
        );
    }
    let bores: Vec<Pipe> = [-1.0, 1.0]
        .into_iter()
        .filter_map(|side| bore(&middle, &flat, side))
        .collect();
    if !bores.is_empty() {
        parts.features.push(
            Feature::new(
                format!("mt{tag}"),
                FeatureClass::Tunnel,
                "metro_tunnel",
                Form::Tubes(bores),
            )
            .named(&Name::new("地铁1号线隧道", "Metro Line 1 Tunnel"))
            .tag("diameter", format!("{BORE_M:.1}"))
            .tag("start_date", "2016"),
        );
    }
    let viaduct = viaduct(&middle, &flat);
    if !viaduct.faces.is_empty() {
        parts.features.push(
            Feature::new(
                format!("mv{tag}"),
                FeatureClass::Bridge,
                "viaduct",
                Form::Faces(viaduct.faces),
            )
            .named(&Name::new("地铁1号线高架", "Metro Line 1 Viaduct"))
            .tag("bridge", "yes")
            .tag("start_date", "2018"),
        );
        parts.features.push(
            Feature::new(
                format!("mr{tag}"),
                FeatureClass::Rail,
                "light_rail",
                Form::Faces(tracks(&middle, &flat)),
            )
            .named(&Name::new("地铁1号线", "Metro Line 1")),
        );
    }
}

/// The tunnel of one track, as far as it lies below ground.
fn bore(middle: &[(f64, DVec2)], flat: &[DVec2], side: f64) -> Option<Pipe> {
    let line: Vec<DVec3> = middle
        .iter()
        .enumerate()
        .filter(|(_, (u, _))| rails_m(*u) < -5.5)
        .filter_map(|(n, (u, _))| {
            let half = TRACKS_M.0 + (TRACKS_M.1 + 1.8 - TRACKS_M.0) * ramp_share(*u);
            let at = beside_line(flat, side * half).get(n).copied()?;
            Some(at.extend(rails_m(*u) + 2.2))
        })
        .collect();
    (line.len() > 1).then_some(Pipe {
        line,
        diameter_m: BORE_M,
    })
}

/// The trough of the ramp, the deck, and its piers.
fn viaduct(middle: &[(f64, DVec2)], flat: &[DVec2]) -> Solid {
    const HALF_M: f64 = 4.9;
    let mut solid = Solid::default();
    let (left, right) = (beside_line(flat, HALF_M), beside_line(flat, -HALF_M));
    for (n, pair) in middle.windows(2).enumerate() {
        let [(from, _), (to, _)] = pair else { continue };
        let (low, high) = (rails_m(*from) - 0.4, rails_m(*to) - 0.4);
        if low < -5.5 {
            continue;
        }
        let corner = |side: &[DVec2], at: usize| side.get(at).copied().unwrap_or_default();
        let ring = [
            corner(&right, n),
            corner(&right, n + 1),
            corner(&left, n + 1),
            corner(&left, n),
        ];
        // Level pieces, a hand's width of step between them on the ramp.
        let top = 0.5 * (low + high);
        solid.prism(&ring, top - 1.6, top);
        solid.underside(&ring, top - 1.6);
        // On the ramp the walls of the trough reach the street, on the viaduct they are parapets.
        let wall_top = (top + 1.5).max(0.9);
        let [a, b, c, d] = ring;
        let inwards = (d - a).normalize_or_zero() * 0.3;
        solid.prism(&[a, b, b + inwards, a + inwards], top, wall_top);
        solid.prism(&[c, d, d - inwards, c - inwards], top, wall_top);
        // A pier at every second corner, between the carriageways.
        if n % 2 == 0 && top > 3.0 {
            let along = (b - a).normalize_or(DVec2::X);
            let pier = Rect {
                centre: 0.5 * (a + d),
                along,
                half_along: 0.9,
                half_across: 1.1,
            };
            solid.walls(&pier.ring(), -2.0, top - 3.0);
            let head = Rect {
                half_across: 3.4,
                half_along: 1.1,
                ..pier
            };
            solid.frustum(&pier.ring(), top - 3.0, &head.ring(), top - 1.6);
        }
    }
    solid
}

/// The two tracks where the line lies open.
fn tracks(middle: &[(f64, DVec2)], flat: &[DVec2]) -> Vec<Face> {
    let mut faces = Vec::new();
    for side in [-1.0, 1.0] {
        let left = beside_line(flat, side * TRACKS_M.1 + 0.9);
        let right = beside_line(flat, side * TRACKS_M.1 - 0.9);
        for (n, pair) in middle.windows(2).enumerate() {
            let [(from, _), (to, _)] = pair else { continue };
            let height = 0.5 * (rails_m(*from) + rails_m(*to));
            if height < -5.0 {
                continue;
            }
            let corner = |line: &[DVec2], at: usize| {
                line.get(at).copied().unwrap_or_default().extend(height)
            };
            faces.push(Face {
                ring: vec![
                    corner(&right, n),
                    corner(&right, n + 1),
                    corner(&left, n + 1),
                    corner(&left, n),
                ],
                role: SurfaceRole::Roof,
            });
        }
    }
    faces
}

fn add_station(district: &District, i: i32, parts: &mut Parts) {
    let (u, v) = (f64::from(i) * CELL_M, f64::from(METRO_LINE) * CELL_M);
    let frame = district.ground.frame(u, v);
    let name = station_name(district, i);
    let id = station_id(i);
    let rails = rails_m(u);
    let mut solid = Solid::default();
    let class = if is_underground(i) {
        let hall = frame.rect(0.0, 0.0, 184.0, 22.0);
        solid.prism(&hall.corners(), rails - 1.6, rails + 6.8);
        solid.underside(&hall.ring(), rails - 1.6);
        FeatureClass::Tunnel
    } else {
        platforms(&mut solid, &frame, rails);
        FeatureClass::Bridge
    };
    parts.features.push(
        Feature::new(id.clone(), class, "station", Form::Faces(solid.faces))
            .named(&name)
            .tag("public_transport", "station")
            .tag("operator", "云湖轨道交通（虚构）")
            .tag("start_date", "2018"),
    );
    for (letter, east, north) in [
        ("a", 62.0, 1.0),
        ("b", 62.0, -1.0),
        ("c", -62.0, 1.0),
        ("d", -62.0, -1.0),
    ] {
        parts
            .features
            .push(entrance(district, i, &id, letter, DVec2::new(east, north)));
    }
    parts.features.push(
        Feature::new(
            format!("{id}-p"),
            FeatureClass::Rail,
            "station",
            Form::Point(frame.origin),
        )
        .named(&name)
        .tag("railway", "station")
        .tag("station", "subway"),
    );
    parts.stations.push(Station {
        id,
        kind: "metro",
        name,
        at: frame.origin,
        height_m: rails,
    });
}

/// Platforms beside the viaduct under a curved roof.
fn platforms(solid: &mut Solid, frame: &Frame, rails: f64) {
    for side in [-1.0, 1.0] {
        let platform = frame.rect(0.0, side * 7.2, 124.0, 4.4);
        solid.prism(&platform.corners(), rails - 1.2, rails + 1.0);
        solid.underside(&platform.ring(), rails - 1.2);
        for post in -3..=3 {
            let at = frame.rect(f64::from(post) * 18.0, side * 9.2, 0.5, 0.5);
            solid.walls(&at.corners(), 0.0, rails + 5.0);
        }
    }
    // Three strips of roof, each higher towards the middle.
    let strip = |north: f64, depth: f64| frame.rect(0.0, north, 128.0, depth);
    for (north, depth, height) in [(-7.4, 5.4, 5.0), (0.0, 9.6, 6.6), (7.4, 5.4, 5.0)] {
        let roof = strip(north, depth);
        solid.prism(&roof.corners(), rails + height, rails + height + 0.5);
        solid.underside(&roof.ring(), rails + height);
    }
}

/// A glass house over stairs, on the pavement.
fn entrance(district: &District, i: i32, station: &str, letter: &str, side: DVec2) -> Feature {
    let class = RoadClass::of(Way::WestEast, METRO_LINE);
    // Between the kerb and the boundary line.
    let across = 0.5 * (0.5 * class.carriageway_m() + class.half_corridor_m());
    let at = DVec2::new(
        f64::from(i) * CELL_M + side.x,
        f64::from(METRO_LINE) * CELL_M + side.y * across,
    );
    let frame = district.ground.frame(at.x, at.y);
    let mut solid = Solid::default();
    let house = frame.rect(0.0, 0.0, 11.0, 4.4);
    solid.walls(&house.corners(), 0.0, 3.0);
    solid.slope(
        &house.grown(0.4).corners(),
        3.0,
        &house.scaled(0.8).corners(),
        3.7,
    );
    let word = letter.to_ascii_uppercase();
    let name = station_name(district, i);
    Feature::new(
        format!("{station}-{letter}"),
        FeatureClass::Furniture,
        "subway_entrance",
        Form::Faces(solid.faces),
    )
    .named(&Name::new(
        format!("{}{word}口", name.zh),
        format!("{} Exit {word}", name.en),
    ))
    .part_of(station)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_dives_and_rises_no_steeper_than_trains_climb() {
        let mut before = rails_m(-900.0);
        for step in -44..60 {
            let here = rails_m(20.0 * f64::from(step));
            assert!((here - before).abs() / 20.0 <= 0.035);
            before = here;
        }
        assert!(rails_m(0.0) < -16.0 && rails_m(2_000.0) > 9.0);
    }
}
