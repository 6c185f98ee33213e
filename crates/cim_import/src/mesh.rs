//! Triangles: walls and roofs, ground areas, ribbons along lines.
//!
//! Every corner is placed by its own longitude, latitude and height through the exact frame, so that tops stand above their
//! bases as the Earth has them, not as a flat drawing would. Faces share no corners: the look is flat-shaded.

use crate::feature::LonLat;
use crate::outline::{Outline, Plane, edges};
use crate::shape::{Body, CityFeature};
use cim_geo::{Geodetic, LocalFrame};
use geo::TriangulateEarcut;

/// A corner where two stretches of a ribbon meet may stick out by this many half widths.
const MITRE_LIMIT: f64 = 2.0;
/// Stretches shorter than this have no direction, metres.
const SHORTEST_STRETCH_M: f64 = 0.01;
/// A part that hangs higher than this gets an underside, metres.
const HANGING_M: f64 = 0.3;

/// Triangles in the city's frame: east, north, up.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Mesh {
    pub(crate) positions: Vec<[f64; 3]>,
    pub(crate) normals: Vec<[f32; 3]>,
    pub(crate) indices: Vec<u32>,
}

impl Mesh {
    /// The mesh of a feature; empty for one that is not drawn.
    pub(crate) fn of(feature: &CityFeature, frame: &LocalFrame) -> Self {
        let mut mesh = Self::default();
        if !feature.is_drawn {
            return mesh;
        }
        match &feature.body {
            Body::Nothing => {}
            Body::Outlines(outlines) => {
                for outline in outlines {
                    match feature.heights {
                        Some(heights) => {
                            mesh.extrude(frame, outline, heights.min_height_m, heights.height_m);
                        }
                        None => mesh.lid(frame, outline, 0.0, Facing::Up),
                    }
                }
            }
            Body::Ribbon { lines, width_m } => {
                for line in lines {
                    mesh.ribbon(frame, line, *width_m);
                }
            }
        }
        mesh
    }

    /// Walls from `base_m` to `top_m`, a roof, and an underside for what hangs.
    fn extrude(&mut self, frame: &LocalFrame, outline: &Outline, base_m: f64, top_m: f64) {
        for (places, plane) in outline.rings.iter().zip(&outline.plane) {
            for ((a, b), (pa, pb)) in edges(places).zip(edges(plane)) {
                self.wall(frame, [a, b], [pa, pb], base_m, top_m);
            }
        }
        self.lid(frame, outline, top_m, Facing::Up);
        if base_m > HANGING_M {
            self.lid(frame, outline, base_m, Facing::Down);
        }
    }

    /// One wall. Outer rings turn counter-clockwise and holes clockwise, so the outside is always on the right.
    fn wall(
        &mut self,
        frame: &LocalFrame,
        places: [LonLat; 2],
        plane: [Plane; 2],
        base_m: f64,
        top_m: f64,
    ) {
        let (dx, dy) = (plane[1][0] - plane[0][0], plane[1][1] - plane[0][1]);
        let length = dx.hypot(dy);
        if length < f64::EPSILON {
            return;
        }
        let normal = [(dy / length) as f32, (-dx / length) as f32, 0.0];
        let first = self.next_index();
        for (place, height) in [
            (places[0], base_m),
            (places[1], base_m),
            (places[1], top_m),
            (places[0], top_m),
        ] {
            self.corner(enu(frame, place, height), normal);
        }
        self.indices
            .extend([0, 1, 2, 0, 2, 3].map(|offset: u32| first + offset));
    }

    /// The outline's area at one height.
    fn lid(&mut self, frame: &LocalFrame, outline: &Outline, height_m: f64, facing: Facing) {
        let triangulation = outline.polygon().earcut_triangles_raw();
        let places: Vec<LonLat> = outline.rings.iter().flatten().copied().collect();
        let first = self.next_index();
        let normal = [0.0, 0.0, if facing == Facing::Up { 1.0 } else { -1.0 }];
        for place in &places {
            self.corner(enu(frame, *place, height_m), normal);
        }
        for triangle in triangulation.triangle_indices.chunks_exact(3) {
            let &[a, b, c] = triangle else { continue };
            let corners = [a, b, c].map(|index| {
                triangulation
                    .vertices
                    .get(index)
                    .copied()
                    .unwrap_or_default()
            });
            let turn = (corners[1][0] - corners[0][0]) * (corners[2][1] - corners[0][1])
                - (corners[2][0] - corners[0][0]) * (corners[1][1] - corners[0][1]);
            let ordered = if (turn > 0.0) == (facing == Facing::Up) {
                [a, b, c]
            } else {
                [a, c, b]
            };
            self.indices
                .extend(ordered.map(|index| first + index as u32));
        }
    }

    /// A flat band along a line, its corners mitred.
    fn ribbon(&mut self, frame: &LocalFrame, line: &[LonLat], width_m: f64) {
        let mut points: Vec<[f64; 3]> = Vec::with_capacity(line.len());
        for place in line {
            let at = enu(frame, *place, 0.0);
            if points
                .last()
                .is_none_or(|last| (last[0] - at[0]).hypot(last[1] - at[1]) >= SHORTEST_STRETCH_M)
            {
                points.push(at);
            }
        }
        if points.len() < 2 {
            return;
        }
        let directions: Vec<Plane> = points
            .windows(2)
            .map(|pair| {
                let (dx, dy) = (pair[1][0] - pair[0][0], pair[1][1] - pair[0][1]);
                let length = dx.hypot(dy);
                [dx / length, dy / length]
            })
            .collect();
        let is_loop = points.len() > 3 && points.first() == points.last();
        let first = self.next_index();
        for (index, at) in points.iter().enumerate() {
            let after = directions
                .get(index)
                .or_else(|| directions.first().filter(|_| is_loop));
            let before = if index == 0 {
                directions.last().filter(|_| is_loop)
            } else {
                directions.get(index - 1)
            };
            let side = sideways(before.or(after), after.or(before), width_m / 2.0);
            self.corner([at[0] + side[0], at[1] + side[1], at[2]], [0.0, 0.0, 1.0]);
            self.corner([at[0] - side[0], at[1] - side[1], at[2]], [0.0, 0.0, 1.0]);
        }
        for stretch in 0..directions.len() as u32 {
            let at = first + 2 * stretch;
            // Left, right, next right; left, next right, next left.
            self.indices
                .extend([at, at + 1, at + 3, at, at + 3, at + 2]);
        }
    }

    fn next_index(&self) -> u32 {
        self.positions.len() as u32
    }

    fn corner(&mut self, at: [f64; 3], normal: [f32; 3]) {
        self.positions.push(at);
        self.normals.push(normal);
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Facing {
    Up,
    Down,
}

fn enu(frame: &LocalFrame, place: LonLat, height_m: f64) -> [f64; 3] {
    let e = frame.enu_from_geodetic(Geodetic::new(place[0], place[1], height_m));
    [e.east_m, e.north_m, e.up_m]
}

/// From the line to its left edge where two stretches meet.
fn sideways(before: Option<&Plane>, after: Option<&Plane>, half_width: f64) -> Plane {
    let (Some(before), Some(after)) = (before, after) else {
        return [0.0, 0.0];
    };
    let left = |d: &Plane| [-d[1], d[0]];
    let (a, b) = (left(before), left(after));
    let sum = [a[0] + b[0], a[1] + b[1]];
    let length_squared = sum[0] * sum[0] + sum[1] * sum[1];
    if length_squared < 1e-9 {
        // Straight back: no mitre has a direction.
        return [b[0] * half_width, b[1] * half_width];
    }
    // The mitre is 2 / |a + b|² times the sum; limited, so that sharp corners do not shoot out.
    let length = length_squared.sqrt();
    let mitre = (2.0 / length).min(MITRE_LIMIT) * half_width;
    [sum[0] / length * mitre, sum[1] / length * mitre]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feature::Area;
    use crate::outline::outlines_of;
    use cim_geo::Enu;

    fn frame() -> LocalFrame {
        LocalFrame::new(Geodetic::new(121.5, 31.24, 0.0))
    }

    fn place(east: f64, north: f64) -> LonLat {
        let g = frame().geodetic_from_enu(Enu::new(east, north, 0.0));
        [g.lon_deg, g.lat_deg]
    }

    fn house() -> Outline {
        let ring = |corners: &[Plane]| {
            corners
                .iter()
                .map(|p| place(p[0], p[1]))
                .collect::<Vec<_>>()
        };
        let area = Area {
            outer: ring(&[
                [0.0, 0.0],
                [0.0, 20.0],
                [20.0, 20.0],
                [20.0, 0.0],
                [0.0, 0.0],
            ]),
            inner: vec![ring(&[
                [5.0, 5.0],
                [5.0, 15.0],
                [15.0, 15.0],
                [15.0, 5.0],
                [5.0, 5.0],
            ])],
        };
        outlines_of(&area, &frame()).0.remove(0)
    }

    /// Six times the volume that a closed mesh holds; negative when its faces look inwards.
    fn six_volumes(mesh: &Mesh) -> f64 {
        mesh.indices
            .chunks_exact(3)
            .map(|t| {
                let [a, b, c] = [t[0], t[1], t[2]].map(|i| mesh.positions[i as usize]);
                a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0])
                    + a[2] * (b[0] * c[1] - b[1] * c[0])
            })
            .sum()
    }

    #[test]
    fn walls_roof_and_underside_close_around_the_right_volume_and_look_outwards() {
        let mut mesh = Mesh::default();
        mesh.extrude(&frame(), &house(), 10.0, 40.0);
        // 300 m² with the courtyard taken off, 30 m high.
        assert!(
            (six_volumes(&mesh) / 6.0 - 9_000.0).abs() < 2.0,
            "{}",
            six_volumes(&mesh) / 6.0
        );
        for t in mesh.indices.chunks_exact(3) {
            let [a, b, c] = [t[0], t[1], t[2]].map(|i| mesh.positions[i as usize]);
            let u = [b[0] - a[0], b[1] - a[1], b[2] - a[2]];
            let v = [c[0] - a[0], c[1] - a[1], c[2] - a[2]];
            let face = [
                u[1] * v[2] - u[2] * v[1],
                u[2] * v[0] - u[0] * v[2],
                u[0] * v[1] - u[1] * v[0],
            ];
            let normal = mesh.normals[t[0] as usize];
            let along: f64 = face.iter().zip(normal).map(|(f, n)| f * f64::from(n)).sum();
            assert!(along > 0.0, "a face looks away from its normal");
        }
    }

    #[test]
    fn a_ribbon_is_as_long_and_wide_as_it_should_be_and_looks_up() {
        let mut mesh = Mesh::default();
        mesh.ribbon(
            &frame(),
            &[place(0.0, 0.0), place(100.0, 0.0), place(100.0, 50.0)],
            6.0,
        );
        let area: f64 = mesh
            .indices
            .chunks_exact(3)
            .map(|t| {
                let [a, b, c] = [t[0], t[1], t[2]].map(|i| mesh.positions[i as usize]);
                ((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2.0
            })
            .inspect(|piece| assert!(*piece > 0.0))
            .sum();
        assert!((area - 900.0).abs() < 1.0, "{area}");
    }

    #[test]
    fn a_hairpin_does_not_shoot_out() {
        let mut mesh = Mesh::default();
        mesh.ribbon(
            &frame(),
            &[
                place(0.0, 0.0),
                place(100.0, 0.0),
                place(0.0, 1.0),
                place(0.0, 1.0),
            ],
            6.0,
        );
        assert!(
            mesh.positions
                .iter()
                .all(|p| p[0].abs() < 110.0 && p[1].abs() < 10.0)
        );
        let mut empty = Mesh::default();
        empty.ribbon(&frame(), &[place(0.0, 0.0), place(0.0, 0.0)], 6.0);
        assert!(empty.indices.is_empty());
    }
}
