//! What is cut out of the city, as the shaders read it, and the walls and the floor of an open trench.

use bevy::math::{DVec2, DVec3};
use bytemuck::{Pod, Zeroable, bytes_of, cast_slice};
use cim_scene::{Clips, Cut, Keep, MAX_CUT_CORNERS, MAX_CUTS, MAX_TRENCH_POINTS, Trench};

/// `Cut` of the shaders.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
struct CutRow {
    centre: [f32; 4],
    half: [f32; 4],
    axis: [f32; 4],
    kind: [u32; 4],
}

/// `Cuts` of the shaders, apart from the points that follow it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
struct CutsHead {
    counts: [u32; 4],
    trench: [f32; 4],
    cuts: [CutRow; MAX_CUTS],
}

/// Points that the table has room for.
const POINTS: usize = MAX_CUTS * MAX_CUT_CORNERS + MAX_TRENCH_POINTS;
/// Bytes of the table; always the same, so that its buffer is made once.
pub(crate) const CUTS_BYTES: usize = size_of::<CutsHead>() + POINTS * size_of::<[f32; 2]>();

/// The table of cuts; empty for none.
pub(crate) fn cuts_table(clips: Option<&Clips>) -> Vec<u8> {
    let mut head = CutsHead::default();
    let mut points: Vec<[f32; 2]> = Vec::new();
    if let Some(clips) = clips {
        for (row, cut) in head.cuts.iter_mut().zip(&clips.cuts) {
            *row = row_of(cut, &mut points);
            head.counts[0] += 1;
        }
        if let Some(trench) = &clips.trench {
            head.counts[1] = points.len() as u32;
            points.extend(trench.line.iter().take(MAX_TRENCH_POINTS).map(single));
            head.counts[2] = points.len() as u32 - head.counts[1];
            head.trench = [
                (trench.width_m * 0.5) as f32,
                trench.depth_m as f32,
                0.0,
                0.0,
            ];
        }
    }
    let mut bytes = Vec::with_capacity(CUTS_BYTES);
    bytes.extend_from_slice(bytes_of(&head));
    bytes.extend_from_slice(cast_slice(&points));
    bytes.resize(CUTS_BYTES, 0);
    bytes
}

fn row_of(cut: &Cut, points: &mut Vec<[f32; 2]>) -> CutRow {
    match cut {
        Cut::Box {
            centre,
            half,
            heading_deg,
            keep,
        } => {
            let (sin, cos) = heading_deg.to_radians().sin_cos();
            CutRow {
                centre: four(*centre),
                half: four(*half),
                axis: [sin as f32, cos as f32, 0.0, 0.0],
                kind: [0, u32::from(*keep == Keep::Inside), 0, 0],
            }
        }
        Cut::Polygon {
            ring,
            bottom_m,
            top_m,
            keep,
        } => {
            let first = points.len() as u32;
            points.extend(ring.iter().take(MAX_CUT_CORNERS).map(single));
            CutRow {
                axis: [0.0, 0.0, *bottom_m as f32, *top_m as f32],
                kind: [
                    1,
                    u32::from(*keep == Keep::Inside),
                    first,
                    points.len() as u32 - first,
                ],
                ..CutRow::default()
            }
        }
    }
}

fn single(point: &DVec2) -> [f32; 2] {
    point.as_vec2().to_array()
}

fn four(vector: DVec3) -> [f32; 4] {
    vector.as_vec3().extend(0.0).to_array()
}

/// A corner of the trench: metres east, north, up of the city's origin.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(crate) struct TrenchVertex {
    pub(crate) position: [f32; 3],
    pub(crate) normal: [f32; 3],
}

/// Where two stretches meet, the sides may stick out by this many half widths.
const MITRE_LIMIT: f64 = 2.0;

/// Walls, floor and ends of a trench, as triangles.
pub(crate) fn trench_mesh(trench: &Trench) -> Vec<TrenchVertex> {
    let mut line: Vec<DVec2> = Vec::with_capacity(trench.line.len());
    for point in trench.line.iter().take(MAX_TRENCH_POINTS) {
        if line.last().is_none_or(|last| last.distance(*point) > 0.01) {
            line.push(*point);
        }
    }
    let (half, depth) = (trench.width_m * 0.5, trench.depth_m);
    let directions: Vec<DVec2> = line
        .windows(2)
        .filter_map(|pair| match pair {
            [from, to] => (*to - *from).try_normalize(),
            _ => None,
        })
        .collect();
    let (Some(first), Some(last)) = (directions.first(), directions.last()) else {
        return Vec::new();
    };
    // The ends reach as far as the opening does, half a width beyond the line.
    let (first, last) = (*first, *last);
    if let Some(point) = line.first_mut() {
        *point -= first * half;
    }
    if let Some(point) = line.last_mut() {
        *point += last * half;
    }
    let sides: Vec<[DVec2; 2]> = line
        .iter()
        .enumerate()
        .map(|(row, point)| {
            let before = row.checked_sub(1).and_then(|row| directions.get(row));
            let after = directions.get(row);
            let aside = sideways(before.or(after), after.or(before), half);
            [*point + aside, *point - aside]
        })
        .collect();
    let mut mesh = Vec::new();
    for pair in sides.windows(2) {
        let [[left, right], [next_left, next_right]] = pair else {
            continue;
        };
        push_wall(&mut mesh, *left, *next_left, depth);
        push_wall(&mut mesh, *next_right, *right, depth);
        let floor = [*left, *right, *next_right, *next_left].map(|at| at.extend(-depth));
        push_quad(&mut mesh, floor, DVec3::Z);
    }
    if let (Some([left, right]), Some([end_left, end_right])) = (sides.first(), sides.last()) {
        push_wall(&mut mesh, *right, *left, depth);
        push_wall(&mut mesh, *end_left, *end_right, depth);
    }
    mesh
}

/// From the line to its left side where two stretches meet.
fn sideways(before: Option<&DVec2>, after: Option<&DVec2>, half: f64) -> DVec2 {
    let (Some(before), Some(after)) = (before, after) else {
        return DVec2::ZERO;
    };
    let sum = before.perp() + after.perp();
    match sum.try_normalize() {
        Some(mitre) => mitre * ((2.0 / sum.length()).min(MITRE_LIMIT) * half),
        None => after.perp() * half,
    }
}

/// A wall from the ground down, facing to the right of its way.
fn push_wall(mesh: &mut Vec<TrenchVertex>, from: DVec2, to: DVec2, depth: f64) {
    let normal = -(to - from).perp().normalize_or_zero();
    let quad = [
        from.extend(0.0),
        to.extend(0.0),
        to.extend(-depth),
        from.extend(-depth),
    ];
    push_quad(mesh, quad, normal.extend(0.0));
}

fn push_quad(mesh: &mut Vec<TrenchVertex>, [a, b, c, d]: [DVec3; 4], normal: DVec3) {
    let normal = normal.as_vec3().to_array();
    mesh.extend([a, b, c, a, c, d].map(|at| TrenchVertex {
        position: at.as_vec3().to_array(),
        normal,
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trench() -> Trench {
        Trench {
            line: vec![
                DVec2::new(0.0, 0.0),
                DVec2::new(20.0, 0.0),
                DVec2::new(20.0, 10.0),
            ],
            width_m: 0.6,
            depth_m: 2.0,
        }
    }

    #[test]
    fn the_table_has_the_shaders_layout() {
        assert_eq!(size_of::<CutRow>(), 64);
        assert_eq!(size_of::<CutsHead>(), 32 + 8 * 64);
        assert_eq!(cuts_table(None), vec![0; CUTS_BYTES]);
    }

    #[test]
    fn cuts_and_trench_stand_in_the_table() {
        let clips = Clips {
            revision: 1,
            cuts: vec![
                Cut::Box {
                    centre: DVec3::new(1.0, 2.0, 3.0),
                    half: DVec3::ONE,
                    heading_deg: 90.0,
                    keep: Keep::Outside,
                },
                Cut::Polygon {
                    ring: vec![DVec2::ZERO, DVec2::X, DVec2::Y],
                    bottom_m: -1.0,
                    top_m: 8.0,
                    keep: Keep::Inside,
                },
            ],
            trench: Some(trench()),
        };
        let table = cuts_table(Some(&clips));
        let head: CutsHead = bytemuck::pod_read_unaligned(&table[..size_of::<CutsHead>()]);
        assert_eq!(head.counts, [2, 3, 3, 0]);
        assert!((head.trench[0] - 0.3).abs() < 1e-6);
        assert_eq!(head.cuts[0].kind, [0, 0, 0, 0]);
        assert!((head.cuts[0].axis[0] - 1.0).abs() < 1e-6);
        assert_eq!(head.cuts[1].kind, [1, 1, 0, 3]);
        assert_eq!(table.len(), CUTS_BYTES);
    }

    #[test]
    fn the_trench_is_as_wide_and_deep_as_it_says_and_its_walls_look_inwards() {
        let mesh = trench_mesh(&trench());
        // Two stretches with two walls and a floor each, two ends; six corners a quad.
        assert_eq!(mesh.len(), 8 * 6);
        let lowest = mesh
            .iter()
            .map(|corner| corner.position[2])
            .fold(0.0, f32::min);
        assert!((lowest + 2.0).abs() < 1e-6);
        let south_wall = mesh
            .iter()
            .filter(|corner| (corner.position[1] + 0.3).abs() < 1e-5)
            .filter(|corner| corner.normal[1].abs() > 0.9);
        for corner in south_wall {
            assert!(corner.normal[1] > 0.9, "{corner:?}");
        }
    }

    #[test]
    fn a_line_without_length_gives_no_trench() {
        let point = Trench {
            line: vec![DVec2::ONE; 3],
            width_m: 0.6,
            depth_m: 2.0,
        };
        assert!(trench_mesh(&point).is_empty());
    }
}
