//! What stands in the way: the city's solids as triangles in one frame, and what a line of sight meets among them.

use super::bvh::{Bvh, Met};
use super::triangle::{Segment, Triangle};
use cim_geo::{Bounds, Enu, Geodetic, LocalFrame};
use cim_tiles::FeatureClass;
use glam::Vec3;

/// Triangles beyond this are left out, and counted: 320 MB of them, and half as much of tree.
pub const MAX_TRIANGLES: usize = 8_000_000;

/// Mean radius of the Earth, metres: how far level ground sinks below the frame's plane.
const EARTH_RADIUS_M: f64 = 6.371e6;

/// Ground is looked for from so far above and below the frame's plane, metres.
const HIGHEST_M: f32 = 9_000.0;

/// A thing that can be in the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ObstacleFeature {
    /// Its identity in the city; empty where the file knows none.
    pub id: String,
    /// What people call it; may be empty.
    pub name: String,
    /// Kind word of the source, for instance `building` or `pole`; may be empty.
    pub kind: String,
    /// What it is.
    pub class: FeatureClass,
}

/// What is in the way of a line of sight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block {
    /// Row of [`Obstacles::features`].
    pub feature: u32,
    /// Where the line meets it first; height above the ellipsoid.
    pub at: Geodetic,
    /// From the lens to there, metres.
    pub distance_m: f32,
}

/// Whether a line of sight is free.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clearness {
    /// Nothing is in the way.
    Clear,
    /// Something is.
    Blocked(Block),
    /// Nothing known is in the way, but one of the two ends lies beyond what was loaded.
    Unknown,
}

impl Clearness {
    /// True for [`Clearness::Clear`].
    pub fn is_clear(&self) -> bool {
        matches!(self, Self::Clear)
    }
}

/// A line of sight and what became of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SightLine {
    /// The lens; height above the ellipsoid.
    pub from: Geodetic,
    /// The target; height above the ellipsoid.
    pub to: Geodetic,
    /// Whether it is free.
    pub clear: Clearness,
}

/// The city's solids, ready for lines of sight. Share it as an `Arc`.
#[derive(Clone, Debug)]
pub struct Obstacles {
    frame: LocalFrame,
    /// What was loaded: west, south, east, north in metres of the frame; `None` for nothing.
    covered: Option<[f64; 4]>,
    features: Vec<ObstacleFeature>,
    bvh: Bvh,
    /// The class that the ground is taken from; `None` for level ground.
    ground_class: Option<FeatureClass>,
}

impl Obstacles {
    /// Nothing is known: every line is [`Clearness::Unknown`].
    pub fn none(frame: LocalFrame) -> Self {
        Self {
            frame,
            covered: None,
            features: Vec::new(),
            bvh: Bvh::default(),
            ground_class: None,
        }
    }

    /// Triangles with corners in metres east, north and up of `frame`, each with the row of its feature. Without `bounds`
    /// the whole plane counts as known. Triangles with corners that are no numbers, with a row beyond `features` or beyond
    /// [`MAX_TRIANGLES`] are left out.
    pub fn from_triangles(
        frame: LocalFrame,
        bounds: Option<Bounds>,
        features: Vec<ObstacleFeature>,
        triangles: Vec<([[f32; 3]; 3], u32)>,
    ) -> Self {
        let known = triangles
            .into_iter()
            .filter(|(_, feature)| (*feature as usize) < features.len())
            .take(MAX_TRIANGLES);
        let triangles: Vec<Triangle> = known
            .map(|(corners, feature)| Triangle::new(corners.map(Vec3::from_array), feature))
            .collect();
        Self::of_parts(frame, bounds, features, triangles)
    }

    pub(crate) fn of_parts(
        frame: LocalFrame,
        bounds: Option<Bounds>,
        features: Vec<ObstacleFeature>,
        triangles: Vec<Triangle>,
    ) -> Self {
        let covered = match bounds {
            Some(bounds) => rectangle_of(&frame, &bounds),
            None => Some([
                f64::NEG_INFINITY,
                f64::NEG_INFINITY,
                f64::INFINITY,
                f64::INFINITY,
            ]),
        };
        let bvh = Bvh::new(triangles);
        // A city of models that do not say what they are stands on the lowest of them.
        let ground_class = [FeatureClass::Ground, FeatureClass::Model]
            .into_iter()
            .find(|class| features.iter().any(|feature| feature.class == *class));
        Self {
            frame,
            covered,
            features,
            bvh,
            ground_class,
        }
    }

    /// The same with nothing known farther than that beside its triangles; without triangles nothing is known at all.
    pub(crate) fn known_around(self, margin_m: f64) -> Self {
        let mut around = [
            f64::INFINITY,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NEG_INFINITY,
        ];
        let triangles = self.bvh.triangles().iter();
        for corner in triangles.flat_map(Triangle::corners) {
            let (east, north) = (f64::from(corner.x), f64::from(corner.y));
            around = [
                around[0].min(east),
                around[1].min(north),
                around[2].max(east),
                around[3].max(north),
            ];
        }
        let [west, south, east, north] = around;
        let is_any = around.iter().all(|side| side.is_finite());
        Self {
            covered: is_any.then_some([
                west - margin_m,
                south - margin_m,
                east + margin_m,
                north + margin_m,
            ]),
            ..self
        }
    }

    /// The same with nothing known to be complete: free lines are [`Clearness::Unknown`].
    pub(crate) fn incomplete(self) -> Self {
        Self {
            covered: None,
            ..self
        }
    }

    /// The frame that everything inside is measured in.
    pub fn frame(&self) -> &LocalFrame {
        &self.frame
    }

    /// Triangles in the tree.
    pub fn triangle_count(&self) -> usize {
        self.bvh.triangles().len()
    }

    /// True when nothing is in the way of anything.
    pub fn is_empty(&self) -> bool {
        self.triangle_count() == 0
    }

    /// What it takes in memory, about.
    pub fn bytes(&self) -> usize {
        let texts: usize = self
            .features
            .iter()
            .map(|one| {
                size_of::<ObstacleFeature>() + one.id.len() + one.name.len() + one.kind.len()
            })
            .sum();
        self.bvh.bytes() + texts
    }

    /// The things that can be in the way; [`Block::feature`] is a row of them.
    pub fn features(&self) -> &[ObstacleFeature] {
        &self.features
    }

    /// True when the solids around a place were loaded.
    pub fn covers(&self, place: Geodetic) -> bool {
        let Enu {
            east_m, north_m, ..
        } = self.frame.enu_from_geodetic(on_ellipsoid(place));
        self.covers_plane(east_m, north_m)
    }

    /// Where the ground is at a place, metres up in the frame: relief where the city has it, the lowest surface where all
    /// that it has are models of no class, the ellipsoid otherwise.
    pub fn ground_m(&self, place: Geodetic) -> f64 {
        let at = self.frame.enu_from_geodetic(on_ellipsoid(place));
        f64::from(self.ground_at(at.east_m as f32, at.north_m as f32))
    }

    /// A place whose height is above the ground, in the frame: metres east, north and up.
    pub fn enu_of(&self, place: Geodetic) -> [f32; 3] {
        self.place(place).to_array()
    }

    /// A place of the frame; its height is above the ellipsoid.
    pub fn geodetic_of(&self, enu: [f32; 3]) -> Geodetic {
        let [east_m, north_m, up_m] = enu.map(f64::from);
        self.frame
            .geodetic_from_enu(Enu::new(east_m, north_m, up_m))
    }

    /// The line of sight between two places with heights above the ground.
    pub fn sight_line(&self, from: Geodetic, to: Geodetic) -> SightLine {
        let (lens, target) = (self.place(from), self.place(to));
        SightLine {
            from: self.geodetic_of(lens.to_array()),
            to: self.geodetic_of(target.to_array()),
            clear: self.clearness(lens, target),
        }
    }

    pub(crate) fn bvh(&self) -> &Bvh {
        &self.bvh
    }

    pub(crate) fn class_of(&self, feature: u32) -> Option<FeatureClass> {
        Some(self.features.get(feature as usize)?.class)
    }

    pub(crate) fn ground_class(&self) -> Option<FeatureClass> {
        self.ground_class
    }

    pub(crate) fn place(&self, place: Geodetic) -> Vec3 {
        let foot = self.frame.enu_from_geodetic(on_ellipsoid(place));
        let (east, north) = (foot.east_m as f32, foot.north_m as f32);
        Vec3::new(
            east,
            north,
            self.ground_at(east, north) + place.height_m as f32,
        )
    }

    /// Where the ground is, up in the frame.
    pub(crate) fn ground_at(&self, east: f32, north: f32) -> f32 {
        let relief = self.ground_class.and_then(|class| {
            // The highest of relief, but the lowest of models: above that are their roofs.
            let side = if class == FeatureClass::Ground {
                1.0
            } else {
                -1.0
            };
            let from = Vec3::new(east, north, side * HIGHEST_M);
            let line = Segment::ray(from, Vec3::Z * -side, 0.0, 2.0 * HIGHEST_M);
            let is_ground = |feature| self.class_of(feature) == Some(class);
            let met = self.bvh.first(&line, is_ground)?;
            Some(line.at(met.along).z)
        });
        relief.unwrap_or_else(|| level_ground(east, north))
    }

    /// Whether a lens sees a target, both in the frame.
    pub(crate) fn clearness(&self, lens: Vec3, target: Vec3) -> Clearness {
        let Some(line) = Segment::between(lens, target) else {
            return self.free(lens, target);
        };
        match self.bvh.first(&line, |_| true) {
            Some(Met { along, feature }) => Clearness::Blocked(Block {
                feature,
                at: self.geodetic_of(line.at(along).to_array()),
                distance_m: along * line.way.length(),
            }),
            None => self.free(lens, target),
        }
    }

    /// Whether anything known is between a lens and a target.
    pub(crate) fn is_blocked(&self, lens: Vec3, target: Vec3) -> bool {
        Segment::between(lens, target).is_some_and(|line| self.bvh.is_met(&line))
    }

    /// What a line is that meets nothing.
    fn free(&self, lens: Vec3, target: Vec3) -> Clearness {
        let is_known = [lens, target]
            .iter()
            .all(|end| self.covers_plane(f64::from(end.x), f64::from(end.y)));
        if is_known {
            Clearness::Clear
        } else {
            Clearness::Unknown
        }
    }

    fn covers_plane(&self, east_m: f64, north_m: f64) -> bool {
        self.covered.is_some_and(|[west, south, east, north]| {
            (west..=east).contains(&east_m) && (south..=north).contains(&north_m)
        })
    }
}

/// How far up level ground is in the frame: it bends away, 8 cm at 1 km.
pub(crate) fn level_ground(east: f32, north: f32) -> f32 {
    let (east, north) = (f64::from(east), f64::from(north));
    (-(east * east + north * north) / (2.0 * EARTH_RADIUS_M)) as f32
}

/// The rectangle of the frame's plane that holds the bounds; `None` for empty ones.
pub(crate) fn rectangle_of(frame: &LocalFrame, bounds: &Bounds) -> Option<[f64; 4]> {
    if bounds.is_empty() {
        return None;
    }
    let mut around = [
        f64::INFINITY,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NEG_INFINITY,
    ];
    for lon_deg in [bounds.west_deg, bounds.east_deg] {
        for lat_deg in [bounds.south_deg, bounds.north_deg] {
            let at = frame.enu_from_geodetic(Geodetic::new(lon_deg, lat_deg, 0.0));
            around[0] = around[0].min(at.east_m);
            around[1] = around[1].min(at.north_m);
            around[2] = around[2].max(at.east_m);
            around[3] = around[3].max(at.north_m);
        }
    }
    around.iter().all(|side| side.is_finite()).then_some(around)
}

fn on_ellipsoid(place: Geodetic) -> Geodetic {
    Geodetic {
        height_m: 0.0,
        ..place
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::town::{add_block, feature, place_at, square};

    /// A block 20 m high, 40 m to 60 m north of the origin.
    fn one_block(bounds: Option<Bounds>) -> Obstacles {
        let mut triangles = Vec::new();
        add_block(&mut triangles, [-10.0, 40.0], [10.0, 60.0], 0.0, 20.0, 0);
        let features = vec![feature("b1", FeatureClass::Building)];
        Obstacles::from_triangles(
            LocalFrame::new(place_at(0.0, 0.0, 0.0)),
            bounds,
            features,
            triangles,
        )
    }

    #[test]
    fn a_block_hides_what_is_behind_it_and_says_where() {
        let obstacles = one_block(None);
        let line = obstacles.sight_line(place_at(0.0, 0.0, 8.0), place_at(0.0, 100.0, 1.0));
        let Clearness::Blocked(block) = line.clear else {
            panic!("{line:?}");
        };
        assert_eq!(obstacles.features()[block.feature as usize].id, "b1");
        assert!((block.distance_m - 40.1).abs() < 0.1, "{block:?}");
        let at = obstacles.frame().enu_from_geodetic(block.at);
        assert!((at.north_m - 40.0).abs() < 0.01 && (at.up_m - 5.2).abs() < 0.01);
    }

    #[test]
    fn over_it_and_beside_it_the_line_is_free() {
        let obstacles = one_block(None);
        for (from, to) in [
            (place_at(0.0, 0.0, 30.0), place_at(0.0, 100.0, 25.0)),
            (place_at(-40.0, 0.0, 8.0), place_at(-40.0, 100.0, 1.0)),
            (place_at(0.0, 0.0, 8.0), place_at(0.0, 39.0, 1.0)),
        ] {
            assert!(obstacles.sight_line(from, to).clear.is_clear());
        }
    }

    #[test]
    fn beyond_what_was_loaded_nothing_is_known_but_what_is_met_counts() {
        let mut bounds = Bounds::EMPTY;
        for (east, north) in [(-50.0, -50.0), (50.0, 150.0)] {
            let corner = place_at(east, north, 0.0);
            bounds.extend(corner.lon_deg, corner.lat_deg);
        }
        let obstacles = one_block(Some(bounds));
        let from = place_at(-40.0, 0.0, 8.0);
        let clear =
            |east: f64, north: f64| obstacles.sight_line(from, place_at(east, north, 1.0)).clear;
        assert!(clear(-40.0, 100.0).is_clear());
        assert_eq!(clear(-90.0, 100.0), Clearness::Unknown);
        assert!(matches!(clear(90.0, 130.0), Clearness::Blocked(_)));
        let nothing = Obstacles::none(*obstacles.frame());
        assert_eq!(nothing.sight_line(from, from).clear, Clearness::Unknown);
        assert!(nothing.is_empty() && !nothing.covers(from) && nothing.bytes() == 0);
    }

    #[test]
    fn a_city_is_known_as_far_as_it_reaches() {
        let known = one_block(None).known_around(25.0);
        for (east, north, expected) in [
            (0.0, 50.0, true),
            (34.0, 50.0, true),
            (36.0, 50.0, false),
            (0.0, 14.0, false),
        ] {
            assert_eq!(known.covers(place_at(east, north, 0.0)), expected);
        }
        let frame = LocalFrame::new(place_at(0.0, 0.0, 0.0));
        let empty = Obstacles::from_triangles(frame, None, Vec::new(), Vec::new());
        assert!(!empty.known_around(25.0).covers(place_at(0.0, 0.0, 0.0)));
    }

    #[test]
    fn heights_are_above_relief_where_the_city_has_it() {
        let mut triangles = Vec::new();
        square(&mut triangles, [-100.0, -100.0], [100.0, 100.0], 12.0, 0);
        add_block(&mut triangles, [-10.0, -10.0], [10.0, 10.0], 12.0, 30.0, 1);
        let features = vec![
            feature("g", FeatureClass::Ground),
            feature("b", FeatureClass::Building),
        ];
        let frame = LocalFrame::new(place_at(0.0, 0.0, 0.0));
        let obstacles = Obstacles::from_triangles(frame, None, features, triangles);
        let up = |east: f64, height_m: f64| obstacles.enu_of(place_at(east, 0.0, height_m))[2];
        assert!((up(50.0, 3.0) - 15.0).abs() < 0.01, "{}", up(50.0, 3.0));
        assert!((up(0.0, 3.0) - 15.0).abs() < 0.01, "a roof is no ground");
        assert!((obstacles.ground_m(place_at(2_000.0, 0.0, 0.0)) + 0.314).abs() < 0.01);
    }

    #[test]
    fn triangles_without_a_feature_are_left_out() {
        let mut triangles = Vec::new();
        square(&mut triangles, [0.0, 0.0], [1.0, 1.0], 0.0, 7);
        let frame = LocalFrame::new(place_at(0.0, 0.0, 0.0));
        let obstacles = Obstacles::from_triangles(frame, None, Vec::new(), triangles);
        assert_eq!(obstacles.triangle_count(), 0);
    }
}
