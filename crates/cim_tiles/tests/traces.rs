//! Which tiles are shown, fetched and dropped on a flight, over explicit, implicit and nested trees.
//!
//! Scripted flights are compared with `tests/traces/*.txt`; `UPDATE=1 cargo test -p cim_tiles --test traces` writes them
//! anew. Random flights hold what every flight has to hold: no hole, no two tiles in one place, no more than the budget.
//! Nothing is read from disk and there are no threads: tiles arrive some frames after they were asked for.

#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

use cim_geo::LocalFrame;
use cim_tiles::{
    Arrival, Branch, Budget, CameraMotion, News, Part, Refine, Selection, Selector, Subtree,
    SyntheticOptions, SyntheticSource, TileId, TileLife, Tileset, Urgency, ViewState, Weight,
};
use glam::DVec3;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// What every tile weighs on scripted flights, bytes; tiles of random flights weigh 10 to 40 000.
const TILE_BYTES: usize = 100;
/// What a branch counts; its real size would tie the traces to the size of a struct.
const BRANCH_BYTES: usize = 50;
const MAX_SSE_PX: f64 = 16.0;

/// A square of a hand-made quadtree.
#[derive(Clone, Copy)]
struct Square {
    centre: [f64; 2],
    half_m: f64,
    error_m: f64,
    /// Levels below it.
    below: u32,
}

/// A tile and all below it, named by its corner. `leaf` is the ending of what the finest tiles hold.
fn quadtree_json(square: Square, leaf: &str) -> Value {
    let Square {
        centre: [x, y],
        half_m,
        error_m,
        below,
    } = square;
    let quarters = if below == 0 { 0..0 } else { 0..4_u32 };
    let children: Vec<Value> = quarters
        .map(|quarter| {
            let step = half_m / 2.0;
            let east = if quarter.is_multiple_of(2) {
                -step
            } else {
                step
            };
            let north = if quarter < 2 { -step } else { step };
            let quarter = Square {
                centre: [x + east, y + north],
                half_m: step,
                error_m: if below == 1 { 0.0 } else { error_m / 2.0 },
                below: below - 1,
            };
            quadtree_json(quarter, leaf)
        })
        .collect();
    let ending = if below == 0 { leaf } else { "glb" };
    json!({
        "boundingVolume": {"box": [x, y, 0.0, half_m, 0.0, 0.0, 0.0, half_m, 0.0, 0.0, 0.0, 0.0]},
        "geometricError": error_m,
        "content": {"uri": format!("{half_m}_{x}_{y}.{ending}")},
        "children": children,
    })
}

/// A quadtree over 1024 m.
fn explicit(refine: Refine, below: u32, leaf: &str) -> Tileset {
    let square = Square {
        centre: [0.0; 2],
        half_m: 512.0,
        error_m: 64.0,
        below,
    };
    let mut root = quadtree_json(square, leaf);
    let word = match refine {
        Refine::Add => "ADD",
        Refine::Replace => "REPLACE",
    };
    if let Some(root) = root.as_object_mut() {
        root.insert("refine".to_owned(), json!(word));
    }
    let text = json!({"asset": {"version": "1.1"}, "geometricError": 128.0, "root": root});
    Tileset::from_json(text.to_string().as_bytes(), "explicit.json").expect("a tileset")
}

/// What stands in place of a tile that holds an external tileset: its square again, with four quarters.
fn external(tileset: &Tileset, at: TileId, uri: &str) -> Tileset {
    let bounds = tileset.tile(at).expect("a tile").bounds.oriented_box();
    let square = Square {
        centre: [bounds.centre_m.x, bounds.centre_m.y],
        half_m: bounds.half_axes_m.x_axis.x,
        error_m: 16.0,
        below: 1,
    };
    let root = quadtree_json(square, "glb");
    let text = json!({"asset": {"version": "1.1"}, "geometricError": 32.0, "root": root});
    Tileset::from_json(text.to_string().as_bytes(), uri).expect("a tileset")
}

/// Six levels over 1600 m, three to a subtree.
fn hills() -> SyntheticSource {
    SyntheticSource::new(SyntheticOptions {
        levels: 6,
        grid: 26,
        texture_px: 0,
        root_size_m: 1_600.0,
        ..SyntheticOptions::default()
    })
}

/// A generator as in Numerical Recipes; tests need no better one.
struct Dice(u32);

impl Dice {
    fn roll(&mut self, sides: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 16) % sides
    }
}

/// Something on its way.
#[derive(Clone, Copy)]
struct OnTheWay {
    due: u32,
    reserved_bytes: usize,
}

/// One camera over one tree.
struct Flight {
    tileset: Tileset,
    selector: Selector,
    budget: Budget,
    source: SyntheticSource,
    /// The frame that views are given in, when it is not the tileset's own.
    frame: Option<LocalFrame>,
    now: u32,
    on_the_way: BTreeMap<(TileId, Part), OnTheWay>,
    /// Decides about delays, weights and failures; without it all is even.
    dice: Option<Dice>,
    may_fail: bool,
}

impl Flight {
    fn over(tileset: Tileset, max_bytes: usize) -> Self {
        let budget = Budget { max_bytes };
        Self {
            tileset,
            selector: Selector::new(budget),
            budget,
            source: hills(),
            frame: None,
            now: 0,
            on_the_way: BTreeMap::new(),
            dice: None,
            may_fail: true,
        }
    }

    fn over_hills(max_bytes: usize) -> Self {
        let tileset = Tileset::open(&hills(), "tileset.json").expect("a tileset");
        Self {
            frame: Some(hills().frame()),
            ..Self::over(tileset, max_bytes)
        }
    }

    /// Lets arrive what is due, selects, and does what the selection says.
    fn step(&mut self, view: &ViewState, motion: Option<&CameraMotion>) -> Selection {
        self.now += 1;
        self.deliver();
        let view = match &self.frame {
            Some(frame) => view.ecef_from_enu(frame),
            None => *view,
        };
        let selection = self
            .selector
            .select(&self.tileset, &view, motion, MAX_SSE_PX);
        self.check(&selection, &view);
        for (id, part) in &selection.drop {
            self.selector
                .release(&mut self.tileset, *id, *part)
                .expect("what may be dropped");
        }
        for (id, part) in &selection.cancel {
            self.on_the_way.remove(&(*id, *part));
            self.note(*id, *part, News::Gone);
        }
        for request in &selection.load {
            let reserved_bytes = request.reserved_bytes;
            self.note(request.tile, request.part, News::Asked { reserved_bytes });
            let delay = match &mut self.dice {
                Some(dice) => 1 + dice.roll(8),
                None => 1 + request.tile.0 % 3,
            };
            let on_the_way = OnTheWay {
                due: self.now + delay,
                reserved_bytes,
            };
            self.on_the_way
                .insert((request.tile, request.part), on_the_way);
        }
        assert!(self.selector.booked_bytes() <= self.budget.ceiling_bytes());
        selection
    }

    #[track_caller]
    fn note(&mut self, id: TileId, part: Part, news: News) {
        self.selector
            .note(&self.tileset, id, part, news)
            .expect("a step that a tile can take");
    }

    fn deliver(&mut self) {
        let due: Vec<((TileId, Part), OnTheWay)> = self
            .on_the_way
            .iter()
            .filter(|(_, one)| one.due <= self.now)
            .map(|(key, one)| (*key, *one))
            .collect();
        for ((id, part), one) in due {
            self.on_the_way.remove(&(id, part));
            let news = self.arrival(id, part, one.reserved_bytes);
            self.note(id, part, news);
            assert!(self.selector.booked_bytes() <= self.budget.ceiling_bytes());
        }
    }

    /// What becomes of a part that arrives.
    fn arrival(&mut self, id: TileId, part: Part, reserved_bytes: usize) -> News {
        let fails = match &mut self.dice {
            Some(dice) => self.may_fail && id != Tileset::ROOT && dice.roll(12) == 0,
            None => false,
        };
        if fails {
            return News::Failed;
        }
        let tile = self.tileset.tile(id).expect("a tile that was asked for");
        if part == Part::Branch {
            let uri = tile.branch.as_ref().expect("a branch").uri.clone();
            let subtree = Subtree::open(&self.source, &uri).expect("a subtree");
            return self.attach(id, Branch::Subtree(subtree));
        }
        let uri = tile.contents.first().expect("a content").uri.clone();
        let is_tileset = Path::new(&uri)
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        if is_tileset {
            let inner = external(&self.tileset, id, &uri);
            return self.attach(id, Branch::Tileset(Box::new(inner)));
        }
        // A tile weighs the same whenever it comes.
        let weight = match &self.dice {
            Some(_) => 10_000 + (id.0 as usize).wrapping_mul(7_919) % 30_000,
            None => TILE_BYTES,
        };
        let others = self.selector.booked_bytes().saturating_sub(reserved_bytes);
        if weight > reserved_bytes && others + weight > self.budget.ceiling_bytes() {
            return News::TooLarge(Weight::solid(weight));
        }
        News::Here(Arrival::drawable(Weight::solid(weight)))
    }

    fn attach(&mut self, id: TileId, branch: Branch) -> News {
        self.tileset.attach(id, branch).expect("it can be attached");
        News::Here(Arrival::tiles(BRANCH_BYTES))
    }

    /// What holds in every frame.
    fn check(&self, selection: &Selection, view: &ViewState) {
        let shown = |id: TileId| selection.show.binary_search(&id).is_ok();
        for id in &selection.show {
            assert!(
                self.selector.life(*id, Part::Content).is_here(),
                "frame {}: tile {id} is shown and not here",
                self.now
            );
        }
        let root = self.tileset.tile(Tileset::ROOT).expect("a root");
        if root.refine == Refine::Add {
            return;
        }
        let first = self.first_with_content();
        let root_is_here = first.is_some_and(|id| self.selector.life(id, Part::Content).is_here());
        let frustum = view.frustum();
        let leaves = self
            .tileset
            .tiles()
            .filter(|tile| tile.children.is_empty() && frustum.sees(&tile.bounds));
        for leaf in leaves {
            let mut covers = 0;
            let mut above = Some(leaf.id);
            while let Some(id) = above {
                covers += u32::from(shown(id));
                above = self.tileset.tile(id).and_then(|tile| tile.parent);
            }
            let (now, leaf) = (self.now, leaf.id);
            assert!(covers <= 1, "frame {now}: {covers} tiles cover leaf {leaf}");
            assert!(
                covers == 1 || !root_is_here,
                "frame {now}: a hole at leaf {leaf}"
            );
        }
    }

    /// The root, or the first tile below it when the root only leads to a subtree.
    fn first_with_content(&self) -> Option<TileId> {
        let mut id = Tileset::ROOT;
        loop {
            let tile = self.tileset.tile(id)?;
            if !tile.contents.is_empty() {
                return Some(id);
            }
            id = *tile.children.first()?;
        }
    }
}

/// Looks straight down, north up, 90° wide: from height h it sees h metres to every side.
fn above(east: f64, north: f64, height: f64) -> ViewState {
    ViewState {
        position: DVec3::new(east, north, height),
        direction: DVec3::NEG_Z,
        up: DVec3::Y,
        fov_y_rad: std::f64::consts::FRAC_PI_2,
        viewport_px: [1000.0, 1000.0],
    }
}

fn words(words: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = words.collect();
    if words.is_empty() {
        "-".to_owned()
    } else {
        words.join(" ")
    }
}

/// `7` for the content of tile 7, `7^` for its branch, `7+` for what only lies ahead.
fn named(id: TileId, part: Part) -> String {
    match part {
        Part::Content => id.to_string(),
        Part::Branch => format!("{id}^"),
    }
}

fn line(flight: &Flight, view: &ViewState, selection: &Selection) -> String {
    let loads = selection.load.iter().map(|request| {
        let ahead = match request.urgency {
            Urgency::Now => "",
            Urgency::Ahead => "+",
        };
        format!("{}{ahead}", named(request.tile, request.part))
    });
    let pairs = |pairs: &[(TileId, Part)]| words(pairs.iter().map(|(id, part)| named(*id, *part)));
    let mut text = format!(
        "{:>3} | eye {:.0} {:.0} {:.0} | show {} | load {} | cancel {} | drop {} | {} bytes",
        flight.now,
        view.position.x,
        view.position.y,
        view.position.z,
        words(selection.show.iter().map(ToString::to_string)),
        words(loads),
        pairs(&selection.cancel),
        pairs(&selection.drop),
        flight.selector.used_bytes(),
    );
    if selection.short_of_memory {
        write!(text, " | short, {:.1} px", selection.effective_sse_px).expect("a string grows");
    }
    if selection.complete {
        text.push_str(" | complete");
    }
    text
}

/// Flies along `path` and compares what happens with the file of that name.
#[track_caller]
fn check_trace(name: &str, mut flight: Flight, path: &[(ViewState, Option<CameraMotion>)]) {
    let mut text = String::new();
    for (view, motion) in path {
        let selection = flight.step(view, motion.as_ref());
        text.push_str(&line(&flight, view, &selection));
        text.push('\n');
    }
    compare(name, &text);
}

#[track_caller]
#[expect(
    clippy::disallowed_methods,
    reason = "the person who runs the test decides whether traces are written"
)]
fn compare(name: &str, text: &str) {
    let file = Path::new(".")
        .join("tests/traces")
        .join(format!("{name}.txt"));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, text).expect("a folder that can be written");
        return;
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        kept.replace("\r\n", "\n") == text,
        "{} is not what happens now; run `UPDATE=1 cargo test -p cim_tiles --test traces`, read \
         the difference, and keep it if it is right. Now:\n{text}",
        file.display()
    );
}

/// Steps from one view to another, both included, without motion.
fn way(from: ViewState, to: ViewState, steps: u32) -> Vec<(ViewState, Option<CameraMotion>)> {
    (0..=steps)
        .map(|step| {
            let share = f64::from(step) / f64::from(steps);
            let view = ViewState {
                position: from.position.lerp(to.position, share),
                ..from
            };
            (view, None)
        })
        .collect()
}

fn waiting(at: ViewState, frames: u32) -> Vec<(ViewState, Option<CameraMotion>)> {
    (0..frames).map(|_| (at, None)).collect()
}

#[test]
fn down_to_the_ground_and_back_over_tiles_that_replace() {
    let high = above(10.0, 10.0, 1_500.0);
    let low = above(-300.0, -200.0, 120.0);
    let mut path = waiting(high, 4);
    path.extend(way(high, low, 6));
    path.extend(waiting(low, 4));
    path.extend(way(low, high, 4));
    path.extend(waiting(high, 3));
    let flight = Flight::over(explicit(Refine::Replace, 2, "glb"), 1 << 30);
    check_trace("replace_down_and_back", flight, &path);
}

#[test]
fn eastward_over_tiles_that_add_with_an_eye_on_what_comes() {
    let motion = CameraMotion {
        velocity_m_s: DVec3::new(150.0, 0.0, 0.0),
        look_ahead_s: 2.0,
    };
    let path: Vec<(ViewState, Option<CameraMotion>)> =
        way(above(-450.0, 40.0, 90.0), above(450.0, 40.0, 90.0), 9)
            .into_iter()
            .map(|(view, _)| (view, Some(motion)))
            .collect();
    let flight = Flight::over(explicit(Refine::Add, 3, "glb"), 1 << 30);
    check_trace("add_eastward", flight, &path);
}

#[test]
fn from_hill_to_hill_with_little_memory() {
    let west = above(-600.0, -600.0, 500.0);
    let east = above(600.0, 600.0, 500.0);
    let mut path = waiting(west, 12);
    path.extend(way(west, east, 6));
    path.extend(waiting(east, 12));
    let flight = Flight::over_hills(30 * TILE_BYTES);
    check_trace("implicit_little_memory", flight, &path);
}

#[test]
fn into_an_external_tileset_and_out_again() {
    let outside = above(0.0, 0.0, 900.0);
    let inside = above(-380.0, -380.0, 100.0);
    let far = above(380.0, 380.0, 100.0);
    let mut path = waiting(outside, 5);
    path.extend(waiting(inside, 7));
    path.extend(waiting(far, 7));
    let flight = Flight::over(explicit(Refine::Replace, 2, "json"), 14 * TILE_BYTES);
    check_trace("external_in_and_out", flight, &path);
}

#[test]
fn a_sudden_turn_gives_up_what_is_still_on_its_way() {
    let there = above(-384.0, -384.0, 60.0);
    let back = above(384.0, 384.0, 60.0);
    let mut path = waiting(above(0.0, 0.0, 1_000.0), 4);
    path.extend(waiting(there, 1));
    path.extend(waiting(back, 6));
    let mut flight = Flight::over(explicit(Refine::Replace, 4, "glb"), 1 << 30);
    flight.selector.set_max_in_flight(4);
    check_trace("sudden_turn", flight, &path);
}

/// Flies about at random while tiles come late, in odd order, heavier than booked, and some not at all.
fn fly_at_random(mut flight: Flight, seed: u32, reach_m: f64) {
    flight.dice = Some(Dice(seed));
    let mut dice = Dice(seed.wrapping_mul(77) + 1);
    let mut place = |span: f64| f64::from(dice.roll(2_001)) / 1_000.0 * span - span;
    let mut view = above(0.0, 0.0, 700.25);
    for frame in 0..400 {
        let motion = if frame % 3 == 0 {
            // A jump, as when somebody picks a saved view.
            let height = 60.25 + 1.2 * (place(reach_m) + reach_m) / 2.0;
            view = above(place(reach_m), place(reach_m), height);
            None
        } else {
            let step = DVec3::new(place(60.0), place(60.0), 0.0);
            view.position += step;
            Some(CameraMotion {
                velocity_m_s: step * 30.0,
                look_ahead_s: 0.1,
            })
        };
        // Motions are given along the axes of the tree, as views are.
        let motion = motion.filter(|_| flight.frame.is_none());
        flight.step(&view, motion.as_ref());
        if frame % 50 == 49 {
            flight.selector.retry_failed(&flight.tileset);
        }
    }
    flight.may_fail = false;
    flight.selector.retry_failed(&flight.tileset);
    let rest = above(13.0, 7.0, 400.25);
    let comes_to_rest = (0..400).any(|_| flight.step(&rest, None).complete);
    assert!(comes_to_rest, "seed {seed}: still loading after 400 frames");
}

#[test]
fn random_flights_over_explicit_tiles_have_no_holes_and_keep_to_the_budget() {
    for seed in 1..=6 {
        let tileset = explicit(Refine::Replace, 3, "glb");
        fly_at_random(Flight::over(tileset, 500_000), seed, 512.0);
    }
}

#[test]
fn random_flights_over_tiles_that_add_keep_to_the_budget() {
    for seed in 1..=6 {
        let tileset = explicit(Refine::Add, 3, "glb");
        fly_at_random(Flight::over(tileset, 400_000), seed, 512.0);
    }
}

#[test]
fn random_flights_over_external_tilesets_have_no_holes_and_keep_to_the_budget() {
    for seed in 1..=6 {
        let tileset = explicit(Refine::Replace, 2, "json");
        fly_at_random(Flight::over(tileset, 500_000), seed, 512.0);
    }
}

#[test]
fn random_flights_over_implicit_tiles_have_no_holes_and_keep_to_the_budget() {
    for seed in 1..=4 {
        fly_at_random(Flight::over_hills(700_000), seed, 700.0);
    }
}

#[test]
fn what_failed_is_not_asked_for_again_by_itself() {
    let mut flight = Flight::over(explicit(Refine::Replace, 2, "glb"), 1 << 30);
    let view = above(0.0, 0.0, 1_000.0);
    let first = flight.step(&view, None);
    assert!(first.load.iter().any(|request| request.tile == TileId(3)));
    flight.on_the_way.remove(&(TileId(3), Part::Content));
    flight.note(TileId(3), Part::Content, News::Failed);
    for _ in 0..10 {
        let selection = flight.step(&view, None);
        assert!(
            selection
                .load
                .iter()
                .all(|request| request.tile != TileId(3))
        );
    }
    assert_eq!(
        flight.selector.life(TileId(3), Part::Content),
        TileLife::Failed
    );
}
