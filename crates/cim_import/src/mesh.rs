//! Triangles: walls and roofs, ground areas, ribbons along lines, pipes, models.
//!
//! Every corner is placed by its own longitude, latitude and height through the exact frame, so that tops stand above their
//! bases as the Earth has them, not as a flat drawing would. Faces share no corners where they meet at an edge: the look is
//! flat-shaded.

mod models;
mod ribbon;
mod roof;
mod solid;
mod tube;

pub(crate) use models::{model_part, reach_m};

use crate::bridges::Bridges;
use crate::classify::Class;
use crate::feature::{LonLat, ModelKind};
use crate::outline::{Outline, Plane, edges};
use crate::shape::{Body, CityFeature};
use crate::site::Site;
use crate::solid::{cross, length};
use cim_tiles::FeatureClass;
use geo::TriangulateEarcut;
use roof::Roof;
use std::sync::Arc;

/// A part that hangs higher than this gets an underside, metres.
const HANGING_M: f64 = 0.3;
/// How thick the deck of a bridge's own area is, metres.
const SLAB_M: f64 = 1.2;
/// How high a bridge's own area lies, metres.
const BRIDGE_AREA_M: f64 = 5.0;

/// How a part of a mesh looks: parts with the same look become one primitive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Look {
    pub(crate) class: FeatureClass,
    /// The image on it.
    pub(crate) image: Option<Arc<str>>,
    /// True when its corners have colours of their own.
    pub(crate) is_coloured: bool,
}

impl Look {
    /// As its class is styled.
    pub(crate) fn plain(class: FeatureClass) -> Self {
        Self {
            class,
            image: None,
            is_coloured: false,
        }
    }
}

/// Triangles of one look in the city's frame: east, north, up.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    pub(crate) look: Look,
    pub(crate) positions: Vec<[f64; 3]>,
    pub(crate) normals: Vec<[f32; 3]>,
    /// One for each corner where the look has an image; the origin at the upper left, as glTF has it.
    pub(crate) coordinates: Vec<[f32; 2]>,
    /// One for each corner where the look is coloured.
    pub(crate) colours: Vec<[u8; 4]>,
    pub(crate) indices: Vec<u32>,
}

/// A small model that stands somewhere.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Standing {
    pub(crate) model: ModelKind,
    /// East, north, up.
    pub(crate) at: [f64; 3],
    pub(crate) heading_deg: f64,
    pub(crate) scale: f64,
}

/// What is drawn of one feature.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Mesh {
    pub(crate) parts: Vec<Part>,
    pub(crate) standing: Vec<Standing>,
}

impl Mesh {
    /// The mesh of a feature; empty for one that is not drawn.
    pub(crate) fn of(feature: &CityFeature, site: &Site, bridges: &Bridges) -> Self {
        let mut mesh = Self::default();
        let Some(class) = feature.class.look().filter(|_| feature.is_drawn) else {
            return mesh;
        };
        match &feature.body {
            Body::Nothing => {}
            Body::Outlines(outlines) => {
                for outline in outlines {
                    mesh.area(feature, outline, class, site);
                }
            }
            Body::Ribbon(ribbon) => mesh.take_ribbon(ribbon, class, site, bridges),
            Body::Solid(solid) => mesh.take_solid(solid, feature.class, class),
            Body::Tubes(tubes) => {
                let part = mesh.part(Look::plain(class));
                for tube in tubes {
                    part.take_tube(tube, site);
                }
            }
            Body::Models(models) => {
                mesh.standing.extend(models.iter().map(|model| Standing {
                    model: model.model,
                    at: site.in_space(model.at),
                    heading_deg: model.heading_deg,
                    scale: model.scale,
                }));
            }
        }
        mesh.parts.retain(|part| !part.indices.is_empty());
        mesh
    }

    /// True when there is nothing to draw.
    pub(crate) fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.standing.is_empty()
    }

    /// The part with this look, made when it is not there yet.
    pub(crate) fn part(&mut self, look: Look) -> &mut Part {
        let row = self
            .parts
            .iter()
            .position(|part| part.look == look)
            .unwrap_or_else(|| {
                self.parts.push(Part::new(look));
                self.parts.len() - 1
            });
        // The row was found or made just above.
        &mut self.parts[row]
    }

    fn area(&mut self, feature: &CityFeature, outline: &Outline, class: FeatureClass, site: &Site) {
        let part = self.part(Look::plain(class));
        match (feature.heights, feature.class) {
            (Some(heights), _) => {
                let roof = Roof::of(&feature.tags, outline, heights);
                part.building(site, outline, heights.min_height_m, &roof);
            }
            (None, Class::Bridge) => {
                part.walls(site, outline, BRIDGE_AREA_M - SLAB_M, BRIDGE_AREA_M);
                part.lid(site, outline, BRIDGE_AREA_M, Facing::Up);
                part.lid(site, outline, BRIDGE_AREA_M - SLAB_M, Facing::Down);
            }
            (None, _) => part.lid(site, outline, 0.0, Facing::Up),
        }
    }
}

/// Which way a flat face looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Facing {
    Up,
    Down,
}

impl Part {
    pub(crate) fn new(look: Look) -> Self {
        Self {
            look,
            positions: Vec::new(),
            normals: Vec::new(),
            coordinates: Vec::new(),
            colours: Vec::new(),
            indices: Vec::new(),
        }
    }

    /// Walls, roof, and an underside for what hangs.
    fn building(&mut self, site: &Site, outline: &Outline, base_m: f64, roof: &Roof) {
        match roof {
            Roof::Flat { top_m } => {
                self.walls(site, outline, base_m, *top_m);
                self.lid(site, outline, *top_m, Facing::Up);
            }
            Roof::Parapet { top_m, deck_m } => {
                self.walls(site, outline, base_m, *top_m);
                self.inner_walls(site, outline, *deck_m, *top_m);
                self.lid(site, outline, *deck_m, Facing::Up);
            }
            Roof::Facets(facets) => {
                self.walls_under(site, outline, base_m, facets);
                self.facets(site, outline, facets);
            }
            Roof::Rings { eave_m, rings } => {
                self.walls(site, outline, base_m, *eave_m);
                self.rings(site, outline, *eave_m, rings);
            }
        }
        if base_m > HANGING_M {
            self.lid(site, outline, base_m, Facing::Down);
        }
    }

    /// Walls around an outline, from `base_m` to `top_m` above the ground.
    fn walls(&mut self, site: &Site, outline: &Outline, base_m: f64, top_m: f64) {
        for (places, plane) in outline.rings.iter().zip(&outline.plane) {
            for ((a, b), (pa, pb)) in edges(places).zip(edges(plane)) {
                self.wall(site, [a, b], [pa, pb], base_m, [top_m, top_m]);
            }
        }
    }

    /// The inner side of a parapet: the same walls seen from the roof.
    fn inner_walls(&mut self, site: &Site, outline: &Outline, deck_m: f64, top_m: f64) {
        for (places, plane) in outline.rings.iter().zip(&outline.plane) {
            for ((a, b), (pa, pb)) in edges(places).zip(edges(plane)) {
                self.wall(site, [b, a], [pb, pa], deck_m, [top_m, top_m]);
            }
        }
    }

    /// One wall. Outer rings turn counter-clockwise and holes clockwise, so the outside is always on the right.
    pub(crate) fn wall(
        &mut self,
        site: &Site,
        places: [LonLat; 2],
        plane: [Plane; 2],
        base_m: f64,
        tops_m: [f64; 2],
    ) {
        let (dx, dy) = (plane[1][0] - plane[0][0], plane[1][1] - plane[0][1]);
        let length = dx.hypot(dy);
        if length < f64::EPSILON {
            return;
        }
        let normal = [(dy / length) as f32, (-dx / length) as f32, 0.0];
        let corners = [
            site.above_ground(places[0], base_m),
            site.above_ground(places[1], base_m),
            site.above_ground(places[1], tops_m[1]),
            site.above_ground(places[0], tops_m[0]),
        ];
        self.quad(corners, normal);
    }

    /// The outline's area at one height above the ground.
    pub(crate) fn lid(&mut self, site: &Site, outline: &Outline, height_m: f64, facing: Facing) {
        let triangulation = outline.polygon().earcut_triangles_raw();
        let places: Vec<LonLat> = outline.rings.iter().flatten().copied().collect();
        let first = self.next_index();
        let normal = [0.0, 0.0, if facing == Facing::Up { 1.0 } else { -1.0 }];
        for place in &places {
            self.corner(site.above_ground(*place, height_m), normal);
        }
        self.take_triangles(
            &triangulation.vertices,
            &triangulation.triangle_indices,
            first,
            facing,
        );
    }

    /// Triangles of a flat drawing whose corners are `first` and those after it, turned to look the right way.
    pub(crate) fn take_triangles(
        &mut self,
        drawing: &[[f64; 2]],
        triangles: &[usize],
        first: u32,
        facing: Facing,
    ) {
        for triangle in triangles.chunks_exact(3) {
            let &[a, b, c] = triangle else { continue };
            let [pa, pb, pc] =
                [a, b, c].map(|index| drawing.get(index).copied().unwrap_or_default());
            let turn = (pb[0] - pa[0]) * (pc[1] - pa[1]) - (pc[0] - pa[0]) * (pb[1] - pa[1]);
            let ordered = if (turn > 0.0) == (facing == Facing::Up) {
                [a, b, c]
            } else {
                [a, c, b]
            };
            self.indices
                .extend(ordered.map(|index| first + index as u32));
        }
    }

    /// Four corners counter-clockwise seen from where `normal` points.
    pub(crate) fn quad(&mut self, corners: [[f64; 3]; 4], normal: [f32; 3]) {
        let first = self.next_index();
        for corner in corners {
            self.corner(corner, normal);
        }
        self.indices
            .extend([0, 1, 2, 0, 2, 3].map(|offset: u32| first + offset));
    }

    /// Three corners counter-clockwise seen from outside; nothing for a sliver.
    pub(crate) fn triangle(&mut self, corners: [[f64; 3]; 3]) {
        let Some(normal) = normal_of(corners) else {
            return;
        };
        let first = self.next_index();
        for corner in corners {
            self.corner(corner, normal);
        }
        self.indices
            .extend([0, 1, 2].map(|offset: u32| first + offset));
    }

    pub(crate) fn next_index(&self) -> u32 {
        self.positions.len() as u32
    }

    pub(crate) fn corner(&mut self, at: [f64; 3], normal: [f32; 3]) {
        self.positions.push(at);
        self.normals.push(normal);
    }
}

/// The direction that three corners look in; `None` when they lie in a line.
pub(crate) fn normal_of(corners: [[f64; 3]; 3]) -> Option<[f32; 3]> {
    let away = |at: [f64; 3]| [0, 1, 2].map(|axis: usize| at[axis] - corners[0][axis]);
    let across = cross(away(corners[1]), away(corners[2]));
    let size = length(across);
    (size > 1.0e-9).then(|| across.map(|part| (part / size) as f32))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::feature::{Area, Tags};
    use crate::outline::outlines_of;
    use crate::values::heights_of;
    use cim_geo::{Enu, Geodetic};

    pub(crate) fn site() -> Site {
        Site::new(Geodetic::new(121.5, 31.24, 0.0))
    }

    pub(crate) fn place(east: f64, north: f64) -> LonLat {
        let g = site().frame().geodetic_from_enu(Enu::new(east, north, 0.0));
        [g.lon_deg, g.lat_deg]
    }

    pub(crate) fn part() -> Part {
        Part::new(Look::plain(FeatureClass::Building))
    }

    pub(crate) fn outline(outer: &[Plane], holes: &[&[Plane]]) -> Outline {
        let ring = |corners: &[Plane]| {
            let mut ring: Vec<LonLat> = corners.iter().map(|p| place(p[0], p[1])).collect();
            ring.extend(ring.first().copied());
            ring
        };
        let area = Area {
            outer: ring(outer),
            inner: holes.iter().map(|hole| ring(hole)).collect(),
        };
        outlines_of(&area, site().frame()).0.remove(0)
    }

    fn courtyard() -> Outline {
        outline(
            &[[0.0, 0.0], [0.0, 20.0], [20.0, 20.0], [20.0, 0.0]],
            &[&[[5.0, 5.0], [5.0, 15.0], [15.0, 15.0], [15.0, 5.0]]],
        )
    }

    /// The volume that a closed part holds; negative when its faces look inwards.
    pub(crate) fn volume(part: &Part) -> f64 {
        let six: f64 = part
            .indices
            .chunks_exact(3)
            .map(|t| {
                let [a, b, c] = [t[0], t[1], t[2]].map(|i| part.positions[i as usize]);
                let across = cross(b, c);
                a[0] * across[0] + a[1] * across[1] + a[2] * across[2]
            })
            .sum();
        six / 6.0
    }

    /// Fails when a face looks away from its corners' normals.
    #[track_caller]
    pub(crate) fn check_normals(part: &Part) {
        for t in part.indices.chunks_exact(3) {
            let corners = [t[0], t[1], t[2]].map(|i| part.positions[i as usize]);
            let Some(face) = normal_of(corners) else {
                continue;
            };
            let normal = part.normals[t[0] as usize];
            let along: f32 = face.iter().zip(normal).map(|(f, n)| f * n).sum();
            assert!(along > 0.0, "a face looks away from its normal");
        }
    }

    #[test]
    fn walls_roof_and_underside_close_around_the_right_volume_and_look_outwards() {
        let mut part = part();
        part.building(&site(), &courtyard(), 10.0, &Roof::Flat { top_m: 40.0 });
        // 300 m² with the courtyard taken off, 30 m high.
        assert!((volume(&part) - 9_000.0).abs() < 2.0, "{}", volume(&part));
        check_normals(&part);
    }

    #[test]
    fn a_parapet_takes_its_inside_off_the_volume() {
        let mut part = part();
        let tags = Tags::of(&[("height", "40"), ("min_height", "10")]);
        let roof = Roof::of(&tags, &courtyard(), heights_of(&tags).0);
        part.building(&site(), &courtyard(), 10.0, &roof);
        assert!(
            (volume(&part) - 300.0 * 29.1).abs() < 2.0,
            "{}",
            volume(&part)
        );
        check_normals(&part);
    }

    #[test]
    fn parts_with_one_look_are_one_part() {
        let mut mesh = Mesh::default();
        mesh.part(Look::plain(FeatureClass::Road))
            .corner([0.0; 3], [0.0; 3]);
        mesh.part(Look::plain(FeatureClass::Bridge));
        mesh.part(Look::plain(FeatureClass::Road))
            .corner([0.0; 3], [0.0; 3]);
        assert_eq!(mesh.parts.len(), 2);
        assert_eq!(mesh.parts[0].positions.len(), 2);
    }
}
