//! Roofs: flat ones, with a parapet where the house is large enough to have one, and the shapes of OpenStreetMap's
//! `roof:shape`.
//!
//! A shaped roof is a set of planes, each over a convex piece of the rectangle around the outline; the outline cuts them,
//! and its walls end where they meet them. Cones, pyramids and domes are the outline drawn together towards its middle.

use super::{Facing, Part, normal_of};
use crate::feature::{LonLat, Tags};
use crate::outline::{Outline, Plane, edges};
use crate::site::Site;
use crate::values::{Heights, STOREY_M, length_m, number};
use geo::{BooleanOps, LineString, Polygon, TriangulateEarcut};
use std::f64::consts::FRAC_PI_2;

/// A flat roof on a house as large and high as this has a parapet.
const PARAPET_FROM_M2: f64 = 80.0;
/// See [`PARAPET_FROM_M2`].
const PARAPET_FROM_M: f64 = 9.0;
/// How high a parapet stands over the roof, metres.
const PARAPET_M: f64 = 0.9;
/// A roof takes no more of a house's height than this.
const MOST_OF_HEIGHT: f64 = 0.9;
/// A roof without a height of its own takes no more than this of the house.
const USUAL_SHARE: f64 = 0.5;
/// The slope of a roof that says nothing: 30°.
const USUAL_SLOPE: f64 = 0.577;
/// Pieces of half a barrel.
const BARREL_STEPS: u32 = 4;
/// Steps of a dome.
const DOME_STEPS: u32 = 5;

/// What stands on a house's walls.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Roof {
    Flat {
        top_m: f64,
    },
    Parapet {
        top_m: f64,
        deck_m: f64,
    },
    /// Planes over pieces of the plane; heights above ground.
    Facets(Vec<Facet>),
    /// The outline drawn together: share of its size, and height above ground.
    Rings {
        eave_m: f64,
        rings: Vec<[f64; 2]>,
    },
}

/// One plane of a roof.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Facet {
    /// The convex piece that it covers, in the plane.
    region: Vec<Plane>,
    /// Height above ground = `slope · (at − foot) + foot_m`.
    slope: Plane,
    foot: Plane,
    foot_m: f64,
}

impl Facet {
    fn height_at(&self, at: Plane) -> f64 {
        self.foot_m
            + self.slope[0] * (at[0] - self.foot[0])
            + self.slope[1] * (at[1] - self.foot[1])
    }

    /// How far `at` lies outside of the region, metres; negative inside.
    fn outside_m(&self, at: Plane) -> f64 {
        edges(&self.region)
            .filter_map(|(a, b)| {
                let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
                let length = dx.hypot(dy);
                // The region turns counter-clockwise: its outside is on the right. A region may end in a point.
                (length > 1.0e-9).then(|| (dy * (at[0] - a[0]) - dx * (at[1] - a[1])) / length)
            })
            .fold(f64::NEG_INFINITY, f64::max)
    }
}

impl Roof {
    /// The roof of a house with this outline and these heights.
    pub(crate) fn of(tags: &Tags, outline: &Outline, heights: Heights) -> Self {
        let top_m = heights.height_m;
        let stands_m = top_m - heights.min_height_m;
        let flat = || {
            if outline.area_m2 >= PARAPET_FROM_M2 && stands_m >= PARAPET_FROM_M {
                Self::Parapet {
                    top_m,
                    deck_m: top_m - PARAPET_M,
                }
            } else {
                Self::Flat { top_m }
            }
        };
        let Some(shape) = tags.first_of(&["roof:shape", "building:roof:shape", "roof_shape"])
        else {
            return flat();
        };
        // A courtyard's ridges go round corners that the tag says nothing of.
        if outline.plane.len() != 1 {
            return flat();
        }
        let Some(rectangle) = Rectangle::around(tags, outline) else {
            return flat();
        };
        let roof_m = roof_height(tags, shape, &rectangle, stands_m);
        if roof_m < 0.1 {
            return flat();
        }
        let eave_m = top_m - roof_m;
        match shape {
            "gabled" | "gable" | "pitched" | "saltbox" => {
                Self::Facets(rectangle.strips(eave_m, &[(0.0, 0.0), (1.0, roof_m)]))
            }
            "gambrel" => Self::Facets(
                rectangle.strips(eave_m, &[(0.0, 0.0), (0.35, 0.65 * roof_m), (1.0, roof_m)]),
            ),
            "round" | "barrel" => Self::Facets(rectangle.strips(eave_m, &barrel(roof_m))),
            "hipped" | "hip" | "half-hipped" | "half_hipped" | "side_hipped" => {
                Self::Facets(rectangle.hips(eave_m, roof_m))
            }
            "mansard" => Self::Facets(rectangle.mansard(eave_m, roof_m)),
            "skillion" | "lean_to" | "mono_pitched" => {
                Self::Facets(rectangle.skillion(tags, eave_m, roof_m))
            }
            "pyramidal" | "pyramid" | "cone" | "conical" | "tented" => {
                rings(outline, eave_m, &[[1.0, 0.0], [0.0, roof_m]]).unwrap_or_else(flat)
            }
            "dome" => rings(outline, eave_m, &dome(roof_m)).unwrap_or_else(flat),
            "onion" => {
                let steps = [
                    [1.0, 0.0],
                    [1.12, 0.15],
                    [1.1, 0.3],
                    [0.8, 0.5],
                    [0.4, 0.7],
                    [0.12, 0.85],
                    [0.0, 1.0],
                ]
                .map(|[share, height]| [share, height * roof_m]);
                rings(outline, eave_m, &steps).unwrap_or_else(flat)
            }
            _ => flat(),
        }
    }
}

/// Half an arc from the eave to the ridge: share of the way, and height.
fn barrel(roof_m: f64) -> Vec<(f64, f64)> {
    (0..=BARREL_STEPS)
        .map(|step| {
            let share = f64::from(step) / f64::from(BARREL_STEPS);
            (share, roof_m * (1.0 - (1.0 - share).powi(2)).sqrt())
        })
        .collect()
}

/// A quarter of a circle from the eave to the top: share of the outline's size, and height.
fn dome(roof_m: f64) -> Vec<[f64; 2]> {
    (0..=DOME_STEPS)
        .map(|step| {
            let angle = f64::from(step) / f64::from(DOME_STEPS) * FRAC_PI_2;
            // The cosine of a right angle is not quite 0.
            let share = if step == DOME_STEPS { 0.0 } else { angle.cos() };
            [share, roof_m * angle.sin()]
        })
        .collect()
}

/// How much of the house's height is roof.
fn roof_height(tags: &Tags, shape: &str, rectangle: &Rectangle, stands_m: f64) -> f64 {
    let half_width = rectangle.half[1];
    let stated = tags.get("roof:height").and_then(length_m);
    let by_levels = tags
        .get("roof:levels")
        .and_then(number)
        .filter(|levels| *levels > 0.0)
        .map(|levels| levels * STOREY_M);
    let by_angle = tags
        .get("roof:angle")
        .and_then(number)
        .filter(|angle| (1.0..80.0).contains(angle))
        .map(|angle| angle.to_radians().tan() * half_width);
    let usual = match shape {
        "dome" | "onion" | "round" | "barrel" => half_width,
        "skillion" | "lean_to" | "mono_pitched" => 0.3 * half_width,
        _ => USUAL_SLOPE * half_width,
    };
    stated
        .or(by_levels)
        .or(by_angle)
        .unwrap_or(usual.min(USUAL_SHARE * stands_m))
        .min(MOST_OF_HEIGHT * stands_m)
}

/// The outline drawn together; `None` where its middle lies outside of it.
fn rings(outline: &Outline, eave_m: f64, steps: &[[f64; 2]]) -> Option<Roof> {
    let middle = middle_of(outline)?;
    outline.contains(middle).then(|| Roof::Rings {
        eave_m,
        rings: steps
            .iter()
            .map(|[share, height_m]| [*share, eave_m + height_m])
            .collect(),
    })
}

/// The mean of the outer ring's corners.
fn middle_of(outline: &Outline) -> Option<Plane> {
    let ring = outline.plane.first().filter(|ring| !ring.is_empty())?;
    let sum = ring
        .iter()
        .fold([0.0, 0.0], |sum, at| [sum[0] + at[0], sum[1] + at[1]]);
    Some(sum.map(|part| part / ring.len() as f64))
}

/// The rectangle around an outline whose long side follows the outline's longest edge or its ridge.
struct Rectangle {
    middle: Plane,
    /// Along the ridge, of length 1; across is a quarter turn counter-clockwise.
    along: Plane,
    /// Half the length along, half the width across, metres.
    half: Plane,
}

impl Rectangle {
    fn around(tags: &Tags, outline: &Outline) -> Option<Self> {
        let ring = outline.plane.first()?;
        let longest = edges(ring).max_by(|x, y| {
            let length = |(a, b): &(Plane, Plane)| (a[0] - b[0]).hypot(a[1] - b[1]);
            length(x).total_cmp(&length(y))
        })?;
        let (dx, dy) = (longest.1[0] - longest.0[0], longest.1[1] - longest.0[1]);
        let length = dx.hypot(dy);
        if length < 0.1 {
            return None;
        }
        let by_edge = Self::along(ring, [dx / length, dy / length]);
        let is_long = by_edge.half[0] >= by_edge.half[1];
        let is_across = tags.get("roof:orientation") == Some("across");
        let turned = if is_long == is_across {
            Self::along(ring, [-by_edge.along[1], by_edge.along[0]])
        } else {
            by_edge
        };
        (turned.half[0] > 0.5 && turned.half[1] > 0.5).then_some(turned)
    }

    fn along(ring: &[Plane], along: Plane) -> Self {
        let mut low = [f64::INFINITY; 2];
        let mut high = [f64::NEG_INFINITY; 2];
        for at in ring {
            let uv = [
                at[0] * along[0] + at[1] * along[1],
                at[1] * along[0] - at[0] * along[1],
            ];
            low = [low[0].min(uv[0]), low[1].min(uv[1])];
            high = [high[0].max(uv[0]), high[1].max(uv[1])];
        }
        let middle = [
            f64::midpoint(low[0], high[0]),
            f64::midpoint(low[1], high[1]),
        ];
        Self {
            middle: [
                middle[0] * along[0] - middle[1] * along[1],
                middle[0] * along[1] + middle[1] * along[0],
            ],
            along,
            half: [(high[0] - low[0]) / 2.0, (high[1] - low[1]) / 2.0],
        }
    }

    /// The point `u` metres along and `v` metres across from the middle.
    fn at(&self, u: f64, v: f64) -> Plane {
        [
            self.middle[0] + u * self.along[0] - v * self.along[1],
            self.middle[1] + u * self.along[1] + v * self.along[0],
        ]
    }

    /// A plane over the region between `corners` (along, across), `rise` metres up per metre along and across from
    /// `foot`, where it is `foot_m` high.
    fn facet(&self, corners: &[[f64; 2]], foot: [f64; 2], rise: [f64; 2], foot_m: f64) -> Facet {
        Facet {
            region: corners.iter().map(|at| self.at(at[0], at[1])).collect(),
            slope: [
                rise[0] * self.along[0] - rise[1] * self.along[1],
                rise[0] * self.along[1] + rise[1] * self.along[0],
            ],
            foot: self.at(foot[0], foot[1]),
            foot_m,
        }
    }

    /// Strips along the ridge: `profile` says from the eave (0) to the ridge (1) how high the roof is.
    fn strips(&self, eave_m: f64, profile: &[(f64, f64)]) -> Vec<Facet> {
        // A little more than the outline, so that no corner falls off the edge.
        let u = self.half[0] + 1.0;
        let half = self.half[1];
        let mut facets = Vec::with_capacity(2 * profile.len());
        for (a, b) in profile.iter().zip(profile.iter().skip(1)) {
            let (va, vb) = (-half + a.0 * half, -half + b.0 * half);
            let rise = (b.1 - a.1) / (vb - va).max(f64::EPSILON);
            let low = if a.0 <= 0.0 { va - 1.0 } else { va };
            facets.push(self.facet(
                &[[-u, low], [u, low], [u, vb], [-u, vb]],
                [0.0, va],
                [0.0, rise],
                eave_m + a.1,
            ));
            facets.push(self.facet(
                &[[-u, -vb], [u, -vb], [u, -low], [-u, -low]],
                [0.0, -va],
                [0.0, -rise],
                eave_m + a.1,
            ));
        }
        facets
    }

    /// Four planes of one slope.
    fn hips(&self, eave_m: f64, roof_m: f64) -> Vec<Facet> {
        self.hips_to(eave_m, roof_m, self.half[0].min(self.half[1]))
    }

    /// Steep on all sides, nearly flat on top.
    fn mansard(&self, eave_m: f64, roof_m: f64) -> Vec<Facet> {
        let [hu, hv] = self.half;
        let run = 0.3 * hu.min(hv);
        let mut facets = self.hips_to(eave_m, roof_m, run);
        let (tu, tv) = (hu - run, hv - run);
        facets.push(self.facet(
            &[[-tu, -tv], [tu, -tv], [tu, tv], [-tu, tv]],
            [0.0, 0.0],
            [0.0, 0.0],
            eave_m + roof_m,
        ));
        facets
    }

    /// Four planes that end `run` metres inside of the eaves.
    fn hips_to(&self, eave_m: f64, roof_m: f64, run: f64) -> Vec<Facet> {
        let [hu, hv] = self.half;
        let rise = roof_m / run.max(f64::EPSILON);
        // Beyond the eaves the regions go on along their own diagonals.
        let (tu, tv, u, v) = (hu - run, hv - run, hu + 1.0, hv + 1.0);
        vec![
            self.facet(
                &[[-u, -v], [u, -v], [tu, -tv], [-tu, -tv]],
                [0.0, -hv],
                [0.0, rise],
                eave_m,
            ),
            self.facet(
                &[[u, v], [-u, v], [-tu, tv], [tu, tv]],
                [0.0, hv],
                [0.0, -rise],
                eave_m,
            ),
            self.facet(
                &[[-u, v], [-u, -v], [-tu, -tv], [-tu, tv]],
                [-hu, 0.0],
                [rise, 0.0],
                eave_m,
            ),
            self.facet(
                &[[u, -v], [u, v], [tu, tv], [tu, -tv]],
                [hu, 0.0],
                [-rise, 0.0],
                eave_m,
            ),
        ]
    }

    /// One plane, down towards `roof:direction` or across.
    fn skillion(&self, tags: &Tags, eave_m: f64, roof_m: f64) -> Vec<Facet> {
        let down = tags
            .get("roof:direction")
            .and_then(number)
            .map(|degrees| [degrees.to_radians().sin(), degrees.to_radians().cos()]);
        // Which way is up, as shares along and across.
        let up = down.map_or([0.0, 1.0], |down| {
            [
                -(down[0] * self.along[0] + down[1] * self.along[1]),
                -(down[1] * self.along[0] - down[0] * self.along[1]),
            ]
        });
        let reach = (up[0].abs() * self.half[0] + up[1].abs() * self.half[1]).max(0.1);
        let (u, v) = (self.half[0] + 1.0, self.half[1] + 1.0);
        vec![self.facet(
            &[[-u, -v], [u, -v], [u, v], [-u, v]],
            [-up[0] * reach, -up[1] * reach],
            [
                up[0] * roof_m / (2.0 * reach),
                up[1] * roof_m / (2.0 * reach),
            ],
            eave_m,
        )]
    }
}

impl Part {
    /// Walls that end at a roof of planes.
    pub(super) fn walls_under(
        &mut self,
        site: &Site,
        outline: &Outline,
        base_m: f64,
        facets: &[Facet],
    ) {
        for (places, plane) in outline.rings.iter().zip(&outline.plane) {
            for (places, plane) in edges(places).zip(edges(plane)) {
                self.wall_under(site, places, plane, base_m, facets);
            }
        }
    }

    /// One wall in as many pieces as there are planes over it.
    fn wall_under(
        &mut self,
        site: &Site,
        places: (LonLat, LonLat),
        plane: (Plane, Plane),
        base_m: f64,
        facets: &[Facet],
    ) {
        // The ends of the edge keep the source's own coordinates.
        let place = |share: f64| {
            if share <= 0.0 {
                places.0
            } else if share >= 1.0 {
                places.1
            } else {
                between(places.0, places.1, share)
            }
        };
        let cuts = cuts_of(plane.0, plane.1, facets);
        for (from, to) in cuts.iter().zip(cuts.iter().skip(1)) {
            let on = |share: f64| between(plane.0, plane.1, share);
            let (near, far) = (on(*from), on(*to));
            let tops = facet_over(on(f64::midpoint(*from, *to)), facets)
                .map_or([base_m; 2], |facet| {
                    [facet.height_at(near), facet.height_at(far)]
                })
                .map(|top| top.max(base_m));
            self.wall(site, [place(*from), place(*to)], [near, far], base_m, tops);
        }
    }

    /// The planes of a roof, cut by the outline.
    pub(super) fn facets(&mut self, site: &Site, outline: &Outline, facets: &[Facet]) {
        let whole = outline.polygon();
        for facet in facets {
            let line: Vec<(f64, f64)> = facet.region.iter().map(|at| (at[0], at[1])).collect();
            let region = Polygon::new(LineString::from(line), Vec::new());
            let normal = facet_normal(facet);
            for piece in whole.intersection(&region) {
                let triangulation = piece.earcut_triangles_raw();
                let first = self.next_index();
                for at in &triangulation.vertices {
                    let height = facet.height_at(*at);
                    self.corner(site.above_ground(site.place(*at), height), normal);
                }
                self.take_triangles(
                    &triangulation.vertices,
                    &triangulation.triangle_indices,
                    first,
                    Facing::Up,
                );
            }
        }
    }

    /// The outline drawn together towards its middle, step by step.
    pub(super) fn rings(
        &mut self,
        site: &Site,
        outline: &Outline,
        eave_m: f64,
        rings: &[[f64; 2]],
    ) {
        let (Some(middle), Some(ring)) = (middle_of(outline), outline.plane.first()) else {
            return;
        };
        let at = |corner: Plane, share: f64, height_m: f64| {
            let drawn = [
                middle[0] + (corner[0] - middle[0]) * share,
                middle[1] + (corner[1] - middle[1]) * share,
            ];
            site.above_ground(site.place(drawn), height_m.max(eave_m))
        };
        for (low, high) in rings.iter().zip(rings.iter().skip(1)) {
            for (a, b) in edges(ring) {
                let (al, bl) = (at(a, low[0], low[1]), at(b, low[0], low[1]));
                let (ah, bh) = (at(a, high[0], high[1]), at(b, high[0], high[1]));
                if high[0] <= 0.0 {
                    self.triangle([al, bl, ah]);
                } else if let Some(normal) = normal_of([al, bl, bh]) {
                    self.quad([al, bl, bh, ah], normal);
                }
            }
        }
    }
}

/// The point at a share of the way from `a` to `b`.
fn between(a: [f64; 2], b: [f64; 2], share: f64) -> [f64; 2] {
    [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share]
}

/// Where an edge crosses from one plane of a roof to the next: shares of its length, 0 and 1 included.
fn cuts_of(a: Plane, b: Plane, facets: &[Facet]) -> Vec<f64> {
    const NEAR: f64 = 1.0e-6;
    let mut cuts = vec![0.0, 1.0];
    for (c, d) in facets.iter().flat_map(|facet| edges(&facet.region)) {
        let (abx, aby, cdx, cdy) = (b[0] - a[0], b[1] - a[1], d[0] - c[0], d[1] - c[1]);
        let across = abx * cdy - aby * cdx;
        if across.abs() < 1.0e-9 {
            continue;
        }
        let share = ((c[0] - a[0]) * cdy - (c[1] - a[1]) * cdx) / across;
        let other = ((c[0] - a[0]) * aby - (c[1] - a[1]) * abx) / across;
        if share > NEAR && share < 1.0 - NEAR && (-NEAR..=1.0 + NEAR).contains(&other) {
            cuts.push(share);
        }
    }
    cuts.sort_by(f64::total_cmp);
    cuts.dedup_by(|x, y| (*x - *y).abs() < NEAR);
    cuts
}

/// The plane that covers a point, or the one nearest to it.
fn facet_over(at: Plane, facets: &[Facet]) -> Option<&Facet> {
    facets
        .iter()
        .min_by(|x, y| x.outside_m(at).total_cmp(&y.outside_m(at)))
}

fn facet_normal(facet: &Facet) -> [f32; 3] {
    let size = (facet.slope[0].powi(2) + facet.slope[1].powi(2) + 1.0).sqrt();
    [
        (-facet.slope[0] / size) as f32,
        (-facet.slope[1] / size) as f32,
        (1.0 / size) as f32,
    ]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{check_normals, outline, part, site, volume};
    use super::*;
    use crate::values::heights_of;

    /// The volume of a 30 × 10 m house, 12 m high, its roof 4 m of that.
    #[track_caller]
    fn check_volume(shape: &str, expected_m3: f64) {
        let house = outline(&[[0.0, 0.0], [30.0, 0.0], [30.0, 10.0], [0.0, 10.0]], &[]);
        let tags = Tags::of(&[
            ("height", "12"),
            ("roof:shape", shape),
            ("roof:height", "4"),
        ]);
        let roof = Roof::of(&tags, &house, heights_of(&tags).0);
        let mut walls = part();
        walls.building(&site(), &house, 0.0, &roof);
        check_normals(&walls);
        // The ground is left open; at height 0 it takes nothing off the volume.
        let measured = volume(&walls);
        assert!(
            (measured - expected_m3).abs() < 2.0,
            "{shape}: {measured} m³, expected {expected_m3}"
        );
    }

    #[test]
    fn roofs_hold_what_their_shapes_say() {
        let walls = 300.0 * 8.0;
        check_volume("gabled", walls + 600.0);
        // A prism in the middle and two half pyramids.
        check_volume(
            "hipped",
            walls + 20.0 * 10.0 * 4.0 / 2.0 + 10.0 * 10.0 * 4.0 / 3.0,
        );
        check_volume("skillion", walls + 600.0);
        check_volume("pyramidal", walls + 400.0);
        // Two strips on each side: 0.35 × 5 m up to 2.6 m, the rest up to 4 m.
        check_volume("gambrel", walls + 2.0 * 30.0 * (1.75 * 1.3 + 3.25 * 3.3));
        check_volume("flat", walls + 1_200.0 - 300.0 * PARAPET_M);
    }

    #[test]
    fn every_shape_looks_outwards() {
        let corner = outline(
            &[
                [0.0, 0.0],
                [30.0, 0.0],
                [30.0, 10.0],
                [10.0, 10.0],
                [10.0, 25.0],
                [0.0, 25.0],
            ],
            &[],
        );
        for shape in [
            "gabled",
            "hipped",
            "half-hipped",
            "mansard",
            "round",
            "skillion",
            "dome",
            "onion",
            "cone",
            "unheard-of",
        ] {
            let tags = Tags::of(&[("height", "12"), ("roof:shape", shape)]);
            let roof = Roof::of(&tags, &corner, heights_of(&tags).0);
            let mut house = part();
            house.building(&site(), &corner, 0.0, &roof);
            check_normals(&house);
            let highest = house
                .positions
                .iter()
                .map(|at| at[2])
                .fold(f64::NEG_INFINITY, f64::max);
            assert!(highest < 12.01 && highest > 10.0, "{shape}: {highest}");
        }
    }

    #[test]
    fn a_small_or_low_house_has_no_parapet() {
        let roof = |size: f64, height: &str| {
            let house = outline(&[[0.0, 0.0], [size, 0.0], [size, size], [0.0, size]], &[]);
            let tags = Tags::of(&[("height", height)]);
            Roof::of(&tags, &house, heights_of(&tags).0)
        };
        assert!(matches!(roof(8.0, "30"), Roof::Flat { .. }));
        assert!(matches!(roof(20.0, "6"), Roof::Flat { .. }));
        assert!(matches!(roof(20.0, "30"), Roof::Parapet { .. }));
    }
}
