//! The city's tiles as obstacles: the finest tiles over an area, their solids as triangles in one frame.

use super::obstacles::{MAX_TRIANGLES, ObstacleFeature, Obstacles, rectangle_of};
use super::triangle::Triangle;
use cim_geo::{Bounds, LocalFrame};
use cim_tiles::{
    Branch, ClassMesh, ContentKind, FeatureClass, Instance, Placement, Primitive, Problem,
    ReadOptions, Refine, Subtree, Tile, TileContent, TileError, TileId, TileMesh, TileSource,
    Tileset, Volume, place, read_content_with, read_resource,
};
use glam::{DMat4, DVec3, DVec4, Vec3};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// Problems that are told; later ones are only counted in the last of them.
const MAX_PROBLEMS: usize = 200;

/// So far beyond its outermost triangle nothing of a city is missing, metres.
const KNOWN_AROUND_M: f64 = 250.0;

/// Of one city, so many tiles are looked at.
const MAX_TILES: usize = 2_000_000;

/// Which part of a city becomes obstacles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoadOptions {
    /// What lies within; `None` for the whole tileset.
    pub bounds: Option<Bounds>,
    /// Whether trees are in the way. Their crowns are drawn denser than they are.
    pub trees: bool,
    /// Whether lamps, poles and walls are in the way. Most are thinner than what they hide.
    pub furniture: bool,
    /// Tiles that are wrong by no more than this are not refined, metres.
    pub detail_m: f64,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            bounds: None,
            trees: false,
            furniture: false,
            detail_m: 0.5,
        }
    }
}

impl LoadOptions {
    fn takes(&self, class: FeatureClass) -> bool {
        match class {
            FeatureClass::Building
            | FeatureClass::Bridge
            | FeatureClass::Ground
            | FeatureClass::Model => true,
            FeatureClass::Tree => self.trees,
            FeatureClass::Furniture => self.furniture,
            FeatureClass::Water
            | FeatureClass::Green
            | FeatureClass::Road
            | FeatureClass::Rail
            | FeatureClass::Tunnel
            | FeatureClass::Pipe => false,
        }
    }
}

/// How far the loading is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Loading {
    /// Tiles whose content has been read.
    pub tiles_read: usize,
    /// Tiles known of so far; grows while subtrees are read.
    pub tiles_known: usize,
    /// Triangles so far.
    pub triangles: usize,
}

/// What came of a city.
#[derive(Debug)]
pub struct Loaded {
    /// The obstacles; those read so far when it was cancelled, and then free lines are unknown ones.
    pub obstacles: Obstacles,
    /// What could not be read, and was left out.
    pub problems: Vec<Problem>,
    /// True when the caller stopped it.
    pub was_cancelled: bool,
    /// Triangles that had no room.
    pub left_out: usize,
}

/// A step of the walk through the tree.
enum Step {
    Look(TileId),
    /// Everything below is done.
    Forget(TileId),
}

/// The city while it is read.
struct Reader<'a> {
    source: &'a dyn TileSource,
    options: &'a LoadOptions,
    enu_from_ecef: DMat4,
    ecef_from_enu: DMat4,
    /// West, south, east, north on the frame's plane.
    rectangle: Option<[f64; 4]>,
    features: Vec<ObstacleFeature>,
    rows: BTreeMap<(FeatureClass, String), u32>,
    triangles: Vec<Triangle>,
    problems: Vec<Problem>,
    untold: usize,
    left_out: usize,
    tiles_read: usize,
}

impl Obstacles {
    /// Reads the finest tiles of the tileset at `tileset` of a source (usually `tileset.json`) where they meet the bounds,
    /// and builds the tree over their buildings, bridges, relief and models without a class.
    ///
    /// Stands where its `placement.json` says, if it has one. `progress` is called after each tile; when it breaks, what has
    /// been read so far becomes the obstacles. Reads 5 to 20 MB/s of tiles, and takes about a second for the tree over a
    /// million triangles: to be called on a thread of its own. Fails only when the tileset itself cannot be read.
    pub fn from_city(
        source: &dyn TileSource,
        tileset: &str,
        frame: LocalFrame,
        wanted: &LoadOptions,
        progress: &mut dyn FnMut(Loading) -> ControlFlow<()>,
    ) -> Result<Loaded, TileError> {
        let mut tree = Tileset::open(source, tileset)?;
        if let Some(placement) = Placement::beside(source)? {
            tree.set_placement(&placement)?;
        }
        let ecef_from_enu = frame.ecef_from_enu_matrix();
        let mut reader = Reader {
            source,
            options: wanted,
            enu_from_ecef: ecef_from_enu.inverse(),
            ecef_from_enu,
            rectangle: wanted
                .bounds
                .and_then(|bounds| rectangle_of(&frame, &bounds)),
            features: Vec::new(),
            rows: BTreeMap::new(),
            triangles: Vec::new(),
            problems: std::mem::take(&mut tree.problems),
            untold: 0,
            left_out: 0,
            tiles_read: 0,
        };
        let was_cancelled = reader.walk(&mut tree, progress).is_break();
        reader.tell_untold();
        let Reader {
            features,
            triangles,
            problems,
            left_out,
            ..
        } = reader;
        let mut obstacles = Self::of_parts(frame, wanted.bounds, features, triangles);
        if wanted.bounds.is_none() {
            obstacles = obstacles.known_around(KNOWN_AROUND_M);
        }
        Ok(Loaded {
            obstacles: if was_cancelled {
                obstacles.incomplete()
            } else {
                obstacles
            },
            problems,
            was_cancelled,
            left_out,
        })
    }
}

impl Reader<'_> {
    fn walk(
        &mut self,
        tree: &mut Tileset,
        progress: &mut dyn FnMut(Loading) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut steps = vec![Step::Look(Tileset::ROOT)];
        let mut looked_at = 0;
        while let Some(step) = steps.pop() {
            let id = match step {
                Step::Look(id) => id,
                Step::Forget(id) => {
                    tree.detach(id);
                    continue;
                }
            };
            looked_at += 1;
            if looked_at > MAX_TILES {
                self.tell(Problem {
                    source: self.source.name(),
                    place: format!("tile {id}"),
                    reason: format!("more than {MAX_TILES} tiles; those behind are left out"),
                });
                break;
            }
            if !tree.tile(id).is_some_and(|tile| self.meets(&tile.bounds)) {
                continue;
            }
            self.grow(tree, id);
            self.tile(tree, id);
            if tree.is_attached(id) {
                steps.push(Step::Forget(id));
            }
            if let Some(tile) = tree.tile(id)
                && self.is_refined(tree, tile)
            {
                steps.extend(tile.children.iter().rev().copied().map(Step::Look));
            }
            progress(Loading {
                tiles_read: self.tiles_read,
                tiles_known: tree.tile_count(),
                triangles: self.triangles.len(),
            })?;
        }
        ControlFlow::Continue(())
    }

    /// Hangs below a tile what its subtree or its external tilesets describe.
    fn grow(&mut self, tree: &mut Tileset, id: TileId) {
        let Some(tile) = tree.tile(id) else {
            return;
        };
        let branch = tile.branch.clone();
        let is_tileset = |uri: &&String| ContentKind::of_path(uri) == ContentKind::Tileset;
        let uris = tile.contents.iter().map(|content| &content.uri);
        let tilesets: Vec<String> = uris.filter(is_tileset).cloned().collect();
        if let Some(branch) = branch {
            let subtree = Subtree::open(self.source, &branch.uri);
            self.attach(tree, id, subtree.map(Branch::Subtree));
        }
        for uri in tilesets {
            let other = Tileset::open(self.source, &uri);
            self.attach(
                tree,
                id,
                other.map(|other| Branch::Tileset(Box::new(other))),
            );
        }
    }

    fn attach(&mut self, tree: &mut Tileset, id: TileId, branch: Result<Branch, TileError>) {
        if let Err(error) = branch.and_then(|branch| tree.attach(id, branch)) {
            self.tell(Problem::from(&error));
        }
        for problem in std::mem::take(&mut tree.problems) {
            self.tell(problem);
        }
    }

    /// Whether the children of a tile are looked at.
    fn is_refined(&self, tree: &Tileset, tile: &Tile) -> bool {
        let is_fine = tile.geometric_error_m <= self.options.detail_m;
        let has_mesh = tile
            .contents
            .iter()
            .any(|content| ContentKind::of_path(&content.uri) != ContentKind::Tileset);
        let is_met = tile
            .children
            .iter()
            .filter_map(|child| tree.tile(*child))
            .any(|child| self.meets(&child.bounds));
        is_met && (!is_fine || !has_mesh || tile.refine == Refine::Add)
    }

    /// Reads what a tile draws, unless its children are drawn instead.
    fn tile(&mut self, tree: &mut Tileset, id: TileId) {
        let Some(tile) = tree.tile(id) else {
            return;
        };
        if tile.refine == Refine::Replace && self.is_refined(tree, tile) {
            return;
        }
        let matrix = self.enu_from_ecef * tile.transform;
        let options = ReadOptions {
            images: false,
            ..ReadOptions::with_up_axis(tree.gltf_up_axis(id))
        };
        let is_mesh = |uri: &&String| ContentKind::of_path(uri) != ContentKind::Tileset;
        let uris = tile.contents.iter().map(|content| &content.uri);
        let uris: Vec<String> = uris.filter(is_mesh).cloned().collect();
        for uri in uris {
            let mut problems = Vec::new();
            let read = read_resource(self.source, &uri).and_then(|bytes| {
                read_content_with(&bytes, &uri, self.source, options, &mut problems)
            });
            for problem in problems {
                self.tell(problem);
            }
            match read {
                Ok(TileContent::Mesh(mesh)) => {
                    self.tiles_read += 1;
                    self.mesh(mesh, &matrix);
                }
                // A tileset under another name.
                Ok(TileContent::Tileset(other)) => {
                    self.attach(tree, id, Ok(Branch::Tileset(other)));
                }
                Err(error) => self.tell(Problem::from(&error)),
            }
        }
    }

    fn mesh(&mut self, mut mesh: TileMesh, enu_from_tile: &DMat4) {
        mesh.classes.retain(|class| {
            class.primitive == Primitive::Triangles && self.options.takes(class.class)
        });
        place(&mut mesh, enu_from_tile);
        let centre = DVec3::from_array(mesh.centre);
        let mut rows: BTreeMap<(FeatureClass, u32), u32> = BTreeMap::new();
        for class in &mesh.classes {
            if class.instances.is_empty() {
                self.class(&mesh, class, None, centre, &mut rows);
            }
            for instance in &class.instances {
                self.class(&mesh, class, Some(instance), centre, &mut rows);
            }
        }
    }

    /// The triangles of one class, as they are or where one copy stands.
    fn class(
        &mut self,
        mesh: &TileMesh,
        class: &ClassMesh,
        instance: Option<&Instance>,
        centre: DVec3,
        rows: &mut BTreeMap<(FeatureClass, u32), u32>,
    ) {
        let (triangles, _) = class.indices.as_chunks::<3>();
        for corners in triangles {
            let vertices = corners.map(|corner| class.vertices.get(corner as usize));
            let [Some(a), Some(b), Some(c)] = vertices else {
                continue;
            };
            let places = [a, b, c].map(|vertex| {
                let place = DVec3::from_array(vertex.position.map(f64::from));
                let place = instance.map_or(place, |copy| placed(copy, place));
                (centre + place).as_vec3()
            });
            if !self.is_inside(places) {
                continue;
            }
            if self.triangles.len() >= MAX_TRIANGLES {
                self.left_out += 1;
                continue;
            }
            let feature = instance.map_or(a.feature, |copy| copy.feature);
            let row = *rows
                .entry((class.class, feature))
                .or_insert_with(|| self.row_of(mesh, class.class, feature));
            self.triangles.push(Triangle::new(places, row));
        }
    }

    /// The row of a tile's feature among all: the same thing in several tiles has one.
    fn row_of(&mut self, mesh: &TileMesh, class: FeatureClass, feature: u32) -> u32 {
        let known = mesh.features.get(feature as usize);
        let id = known.map(|one| one.id.clone()).unwrap_or_default();
        let next = self.features.len() as u32;
        let row = *self.rows.entry((class, id.clone())).or_insert(next);
        if row == next {
            self.features.push(ObstacleFeature {
                id,
                name: known.map(|one| one.name.clone()).unwrap_or_default(),
                kind: known.map(|one| one.kind.clone()).unwrap_or_default(),
                class,
            });
        }
        row
    }

    /// Whether a tile's volume may reach into the rectangle.
    fn meets(&self, volume: &Volume) -> bool {
        let Some([west, south, east, north]) = self.rectangle else {
            return true;
        };
        let middle = self.enu_from_ecef.transform_point3(volume.centre_m());
        let reach = |axis: DVec4| volume.extent_along_m(axis.truncate());
        let (across, along) = (
            reach(self.ecef_from_enu.x_axis),
            reach(self.ecef_from_enu.y_axis),
        );
        middle.x + across >= west
            && middle.x - across <= east
            && middle.y + along >= south
            && middle.y - along <= north
    }

    fn is_inside(&self, [a, b, c]: [Vec3; 3]) -> bool {
        let Some(rectangle) = self.rectangle else {
            return true;
        };
        let [west, south, east, north] = rectangle.map(|side| side as f32);
        let (low, high) = (a.min(b).min(c), a.max(b).max(c));
        high.x >= west && low.x <= east && high.y >= south && low.y <= north
    }

    fn tell(&mut self, problem: Problem) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        } else {
            self.untold += 1;
        }
    }

    fn tell_untold(&mut self) {
        if self.untold > 0 {
            self.problems.push(Problem {
                source: self.source.name(),
                place: "further on".to_owned(),
                reason: format!("{} more problems", self.untold),
            });
        }
    }
}

/// A corner of what is copied, where the copy stands.
fn placed(copy: &Instance, corner: DVec3) -> DVec3 {
    let [x, y, z] = copy.rows.map(|row| {
        let [a, b, c, shift] = row.map(f64::from);
        a * corner.x + b * corner.y + c * corner.z + shift
    });
    DVec3::new(x, y, z)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_geo::{Enu, Geodetic};
    use cim_tiles::{SyntheticOptions, SyntheticSource};

    /// Hills 1 600 m wide in 64 fine tiles of 200 m.
    fn hills() -> SyntheticSource {
        SyntheticSource::new(SyntheticOptions {
            levels: 4,
            grid: 17,
            texture_px: 0,
            root_size_m: 1_600.0,
            ..SyntheticOptions::default()
        })
    }

    fn bounds_around(source: &SyntheticSource, half_m: f64) -> Bounds {
        let mut bounds = Bounds::EMPTY;
        for side in [-half_m, half_m] {
            let corner = source.frame().geodetic_from_enu(Enu::new(side, side, 0.0));
            bounds.extend(corner.lon_deg, corner.lat_deg);
        }
        bounds
    }

    fn load(source: &SyntheticSource, options: &LoadOptions) -> (Loaded, Vec<Loading>) {
        let mut told = Vec::new();
        let loaded = Obstacles::from_city(
            source,
            "tileset.json",
            source.frame(),
            options,
            &mut |loading| {
                told.push(loading);
                ControlFlow::Continue(())
            },
        );
        (loaded.expect("a tileset"), told)
    }

    #[test]
    fn the_finest_tiles_become_the_ground() {
        let source = hills();
        let (loaded, told) = load(
            &source,
            &LoadOptions {
                detail_m: 0.0,
                ..LoadOptions::default()
            },
        );
        assert_eq!(loaded.problems, []);
        assert_eq!(told.last().map(|loading| loading.tiles_read), Some(64));
        assert_eq!(loaded.obstacles.triangle_count(), 64 * 16 * 16 * 2);
        let covers = |east_m: f64| {
            let place = Enu::new(east_m, 0.0, 0.0);
            let place = source.frame().geodetic_from_enu(place);
            loaded.obstacles.covers(place)
        };
        assert!(covers(700.0) && !covers(3_000.0));
        for (east_m, north_m) in [(0.0, 0.0), (-612.0, 437.0), (333.0, -700.0)] {
            let place = source
                .frame()
                .geodetic_from_enu(Enu::new(east_m, north_m, 0.0));
            let found = loaded.obstacles.ground_m(place);
            let expected = SyntheticSource::height_m(east_m, north_m);
            assert!((found - expected).abs() < 0.3, "{found} is not {expected}");
        }
    }

    #[test]
    fn only_what_meets_the_bounds_is_read() {
        let source = hills();
        let bounds = bounds_around(&source, 90.0);
        let (loaded, told) = load(
            &source,
            &LoadOptions {
                bounds: Some(bounds),
                detail_m: 0.0,
                ..LoadOptions::default()
            },
        );
        // Four tiles meet at the middle; those around them are taken where their boxes are wider than they are.
        let read = told.last().map_or(0, |loading| loading.tiles_read);
        assert!((4..=16).contains(&read), "{read}");
        let far = source
            .frame()
            .geodetic_from_enu(Enu::new(700.0, 700.0, 0.0));
        assert!(!loaded.obstacles.covers(far));
        assert!(loaded.obstacles.covers(Geodetic {
            height_m: 0.0,
            ..source.options().origin
        }));
    }

    #[test]
    fn coarse_tiles_are_enough_when_they_are_right_enough() {
        let source = hills();
        let (loaded, told) = load(
            &source,
            &LoadOptions {
                detail_m: 1_000.0,
                ..LoadOptions::default()
            },
        );
        assert_eq!(told.last().map(|loading| loading.tiles_read), Some(1));
        assert_eq!(loaded.obstacles.triangle_count(), 16 * 16 * 2);
    }

    #[test]
    fn a_person_can_stop_it() {
        let source = hills();
        let loaded = Obstacles::from_city(
            &source,
            "tileset.json",
            source.frame(),
            &LoadOptions::default(),
            &mut |_| ControlFlow::Break(()),
        );
        let loaded = loaded.expect("a tileset");
        assert!(loaded.was_cancelled && !loaded.obstacles.covers(source.options().origin));
        let missing = Obstacles::from_city(
            &source,
            "no.json",
            source.frame(),
            &LoadOptions::default(),
            &mut |_| ControlFlow::Continue(()),
        );
        assert!(missing.is_err());
    }
}
