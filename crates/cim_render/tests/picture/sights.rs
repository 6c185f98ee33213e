//! What cameras see: pictures, light and coverage lie on what is there, and not behind it.

use super::{
    PLACE, Scene, at, is_near,
    live::{GROUND, free, mixed, moved},
    off,
};
use cim_geo::Geodetic;
use cim_layers::{
    field::Grid,
    sight::{
        CoverageSheet, DepthMap, Drape, NO_COUNT, PicturePlan, Rgba, SightEnd, SightLine,
        SightVolume, Taken, VideoStage, ViewPose,
    },
};
use cim_render::Uploaded;
use cim_scene::{Move, TwinCommand};
use cim_viewport::Picture;
use std::sync::Arc;

/// The left and the right half of the camera's picture.
const LEFT: [u8; 3] = [0xE0, 0x30, 0x20];
const RIGHT: [u8; 3] = [0x20, 0x60, 0xE0];
const WIDTH: u32 = 64;
const HEIGHT: u32 = 36;
const OPACITY: f32 = 0.9;
/// Where the lens is, metres east, north and up of `PLACE`: it looks east at the tower, down at the ground before it.
const LENS: [f64; 3] = [-85.7, 0.0, 20.0];
/// Half the tower's width from west to east and from south to north, and its height, metres.
const TOWER: [f64; 3] = [28.56, 33.3, 100.0];
/// The camera that the tests look at.
const VIEW: u32 = 7;

/// A place so many metres east, north and up of `PLACE`.
fn place([east_m, north_m, up_m]: [f64; 3]) -> Geodetic {
    // At this latitude a degree is 95 200 m wide and 110 900 m high.
    off(east_m / 95_200.0, north_m / 110_900.0, up_m)
}

fn pose() -> ViewPose {
    ViewPose {
        lens: place(LENS),
        azimuth_deg: 90.0,
        tilt_deg: 20.0,
        roll_deg: 0.0,
        fov_h_deg: 90.0,
        fov_v_deg: 60.0,
        range_m: 320.0,
    }
}

/// How far the lens sees in a direction, metres: to the tower or the ground.
fn cast(direction: [f64; 3]) -> f64 {
    let [_, _, rise] = direction;
    let to_ground = if rise < 0.0 {
        LENS[2] / -rise
    } else {
        f64::INFINITY
    };
    // In at the last of the slabs' near sides, out at the first of their far ones.
    let low = [-TOWER[0], -TOWER[1], 0.0];
    let ways = LENS.into_iter().zip(direction);
    let (mut enter, mut leave) = (0.0_f64, f64::INFINITY);
    for ((low, high), (from, step)) in low.into_iter().zip(TOWER).zip(ways) {
        let [one, other] = [low, high].map(|side| (side - from) / step);
        enter = enter.max(one.min(other));
        leave = leave.min(one.max(other));
    }
    if enter < leave {
        to_ground.min(enter)
    } else {
        to_ground
    }
}

fn depth() -> Arc<DepthMap> {
    let (columns, rows) = (96_u32, 64_u32);
    let axes = pose().axes();
    let [half_width, half_height] = pose().half_size();
    let mut metres = Vec::new();
    for row in 0..rows {
        for column in 0..columns {
            let x = ((f64::from(column) + 0.5) / f64::from(columns) * 2.0 - 1.0) * half_width;
            let y = (1.0 - (f64::from(row) + 0.5) / f64::from(rows) * 2.0) * half_height;
            let ray: [f64; 3] = std::array::from_fn(|axis| {
                axes.forward[axis] + axes.right[axis] * x + axes.up[axis] * y
            });
            let length = ray.iter().map(|part| part * part).sum::<f64>().sqrt();
            // A hair off the axes, so that no slab is divided by nothing.
            metres.push(cast(ray.map(|part| part / length + 1e-9)) as f32);
        }
    }
    Arc::new(DepthMap {
        columns,
        rows,
        metres,
    })
}

fn pixels(left: [u8; 3], right: [u8; 3]) -> Arc<Rgba> {
    let mut bytes = Vec::new();
    for _ in 0..HEIGHT {
        for column in 0..WIDTH {
            let [red, green, blue] = if column < WIDTH / 2 { left } else { right };
            bytes.extend([red, green, blue, u8::MAX]);
        }
    }
    Arc::new(Rgba {
        width: WIDTH,
        height: HEIGHT,
        bytes,
    })
}

fn draped() -> PicturePlan {
    PicturePlan {
        view: VIEW,
        pose: pose(),
        drape: Some(Drape {
            depth: depth(),
            opacity: OPACITY,
        }),
        is_above: false,
        taken: Taken::Live,
    }
}

fn showing(plan: PicturePlan) -> VideoStage {
    VideoStage {
        revision: 1,
        pictures: Arc::from([plan]),
        ..VideoStage::default()
    }
}

impl Scene {
    fn show_picture(&mut self, plan: PicturePlan) -> Picture {
        self.tell(TwinCommand::SetSight(showing(plan)));
        self.tell_pixels(1, LEFT, RIGHT);
        self.rest();
        self.picture()
    }

    fn tell_pixels(&mut self, seq: u64, left: [u8; 3], right: [u8; 3]) {
        self.tell(TwinCommand::SetPixels {
            view: VIEW,
            seq,
            pixels: pixels(left, right),
        });
    }

    /// The colour at a place so many metres east, north and up.
    fn colour(&self, picture: &Picture, enu: [f64; 3]) -> [u8; 3] {
        at(picture, self.pixel_of(place(enu)))
    }
}

/// Ground before the tower, to the left and to the right of the camera; ground behind the tower, and beyond beside it.
const BEFORE_LEFT: [f64; 3] = [-50.0, 12.0, 0.0];
const BEFORE_RIGHT: [f64; 3] = [-50.0, -12.0, 0.0];
const BEHIND: [f64; 3] = [60.0, 0.0, 0.0];
const BEYOND: [f64; 3] = [60.0, 110.0, 0.0];

#[test]
fn a_picture_lies_on_what_the_camera_sees_and_not_behind_the_tower() {
    let Some(mut scene) = Scene::open("draped") else {
        return;
    };
    let before = scene.picture();
    let after = scene.show_picture(draped());
    for (enu, colour) in [(BEFORE_LEFT, LEFT), (BEFORE_RIGHT, RIGHT), (BEYOND, LEFT)] {
        let wanted = mixed(GROUND, colour, f64::from(OPACITY));
        let found = scene.colour(&after, enu);
        assert!(is_near(found, wanted, 20), "{enu:?}: {found:?}, {wanted:?}");
    }
    for enu in [BEHIND, [-50.0, 80.0, 0.0], [-120.0, 0.0, 0.0]] {
        let (was, is) = (scene.colour(&before, enu), scene.colour(&after, enu));
        assert!(is_near(is, was, 3), "{enu:?}: {was:?} became {is:?}");
    }
}

#[test]
fn a_picture_lies_on_the_wall_that_the_camera_looks_at() {
    let Some(mut scene) = Scene::open("wall") else {
        return;
    };
    scene.tell(TwinCommand::GoToView {
        target: PLACE,
        distance_m: 400.0,
        heading_deg: 70.0,
        pitch_deg: 25.0,
        how: Move::Jump,
    });
    scene.settle();
    let after = scene.show_picture(draped());
    let wall = |north| scene.colour(&after, [-TOWER[0], north, 10.0]);
    for (north, colour) in [(15.0, LEFT), (-15.0, RIGHT)] {
        let found = wall(north);
        assert!(is_near(found, colour, 48), "{north} m north: {found:?}");
    }
}

#[test]
fn a_new_frame_is_brought_over_once_and_takes_the_place_of_the_one_before() {
    let Some(mut scene) = Scene::open("frames") else {
        return;
    };
    scene.show_picture(draped());
    let uploaded = |scene: &Scene| *scene.twin.app().world().resource::<Uploaded>();
    let before = uploaded(&scene);
    for seq in 2..5 {
        scene.tell_pixels(seq, RIGHT, LEFT);
    }
    let picture = scene.picture();
    let wanted = mixed(GROUND, RIGHT, f64::from(OPACITY));
    let found = scene.colour(&picture, BEFORE_LEFT);
    assert!(is_near(found, wanted, 20), "{found:?}, not {wanted:?}");
    let after = uploaded(&scene);
    assert_eq!(
        after.shapes - before.shapes,
        u64::from(WIDTH * HEIGHT * 4),
        "three frames came within one of the twin's"
    );
    assert_eq!(after.tiles, before.tiles);
}

#[test]
fn after_the_loss_of_a_device_pictures_and_coverage_are_there_again() {
    let Some(mut scene) = Scene::open("sight-loss") else {
        return;
    };
    let stage = VideoStage {
        sheet: Some(sheet(&[(100, 3)])),
        ..showing(PicturePlan {
            is_above: true,
            ..draped()
        })
    };
    scene.tell(TwinCommand::SetSight(stage));
    scene.tell_pixels(1, LEFT, RIGHT);
    scene.rest();
    let before = scene.picture();
    scene.lose_device();
    let after = scene.picture();
    for enu in [BEFORE_LEFT, BEFORE_RIGHT, BEHIND, [190.0, 10.0, 0.0]] {
        let (was, is) = (scene.colour(&before, enu), scene.colour(&after, enu));
        assert!(is_near(is, was, 2), "{enu:?}: {was:?} became {is:?}");
    }
}

#[test]
fn a_picture_above_its_camera_has_a_border_that_says_when_it_is_from() {
    let Some(mut scene) = Scene::open("above") else {
        return;
    };
    let picture = scene.show_picture(PicturePlan {
        drape: None,
        is_above: true,
        taken: Taken::Recorded,
        ..draped()
    });
    let lens = scene.pixel_of(place(LENS));
    // From afar it is 128 px wide and 72 px high, on a stem of 28 px with a border of 2 px.
    for (across, colour) in [(-30, LEFT), (30, RIGHT)] {
        let found = at(&picture, moved(lens, across, -66));
        assert!(is_near(found, colour, 6), "{across} px: {found:?}");
    }
    let is_amber = |up: i32| is_near(at(&picture, moved(lens, 20, -up)), [0xE6, 0xA7, 0x00], 8);
    assert!((26..33).any(is_amber), "there is no border");
    let beside = at(&picture, moved(lens, 80, -66));
    assert!(
        !is_near(beside, RIGHT, 40) && !is_near(beside, LEFT, 40),
        "it is wider than it should be: {beside:?}"
    );
}

#[test]
fn light_falls_where_a_camera_sees_and_nowhere_else() {
    let Some(mut scene) = Scene::open("light") else {
        return;
    };
    let before = scene.picture();
    let lit = |is_selected| VideoStage {
        volumes: Arc::from([SightVolume {
            pose: pose(),
            is_selected,
            is_assumed: false,
            depth: Some(depth()),
        }]),
        ..VideoStage::default()
    };
    scene.tell(TwinCommand::SetSight(lit(true)));
    scene.rest();
    let after = scene.picture();
    let blue = |picture: &Picture, enu| i32::from(scene.colour(picture, enu)[2]);
    for enu in [BEFORE_LEFT, BEYOND] {
        let (was, is) = (blue(&before, enu), blue(&after, enu));
        assert!(is > was + 40, "{enu:?}: {was} became {is}");
    }
    let (was, is) = (blue(&before, BEHIND), blue(&after, BEHIND));
    assert!((is - was).abs() < 4, "behind the tower {was} became {is}");

    scene.tell(TwinCommand::SetSight(VideoStage::default()));
    scene.rest();
    let gone = scene.picture();
    let left = at(&gone, scene.pixel_of(place(BEFORE_LEFT)));
    assert!(is_near(left, GROUND, 14), "it is still lit: {left:?}");
}

/// Cells of a metre from 140 m to 240 m east of the tower: columns up to each of these have its count.
fn sheet(columns: &[(usize, u8)]) -> Arc<CoverageSheet> {
    let count_of = |column: usize| {
        let mut steps = columns.iter();
        steps
            .find(|(end, _)| column < *end)
            .map_or(NO_COUNT, |(_, count)| *count)
    };
    Arc::new(CoverageSheet {
        origin: PLACE,
        grid: Grid {
            columns: 100,
            rows: 100,
            min: [140.0, -50.0],
            step_m: 1.0,
        },
        counts: (0..100 * 100).map(|cell| count_of(cell % 100)).collect(),
        most: 5,
        opacity: 0.6,
    })
}

#[test]
fn coverage_has_its_legends_colours_and_blind_spots_are_striped() {
    let Some(mut scene) = Scene::open("coverage") else {
        return;
    };
    scene.go_to_free_ground();
    let sheet = sheet(&[(30, 0), (60, 3)]);
    let legend = sheet.legend();
    scene.tell(TwinCommand::SetSight(VideoStage {
        sheet: Some(sheet),
        ..VideoStage::default()
    }));
    scene.rest();
    let picture = scene.picture();
    // The city is painted in encoded values.
    let painted = |colour: [u8; 3]| -> [u8; 3] {
        std::array::from_fn(|channel| {
            let (below, above) = (f32::from(GROUND[channel]), f32::from(colour[channel]));
            (below + (above - below) * 0.6).round() as u8
        })
    };
    let seen = painted(legend[3].colour);
    let found = at(&picture, scene.pixel_of(free(0.0, 0.0)));
    assert!(is_near(found, seen, 16), "{found:?}, not {seen:?}");
    let nobody = at(&picture, scene.pixel_of(free(25.0, 0.0)));
    assert!(is_near(nobody, GROUND, 14), "nobody asked: {nobody:?}");
    let reds: Vec<u8> = (0..48)
        .map(|step| {
            let north = f64::from(step) * 0.25 - 6.0;
            at(&picture, scene.pixel_of(free(-33.0, north)))[0]
        })
        .collect();
    let (least, most) = (reds.iter().min(), reds.iter().max());
    let (least, most) = (*least.expect("some"), *most.expect("some"));
    assert!(most > least + 40, "there are no stripes: {reds:?}");
    assert!(least > GROUND[0] + 15, "a blind spot is clear: {reds:?}");
}

#[test]
fn coverage_lies_on_roofs_and_not_on_walls() {
    let Some(mut scene) = Scene::open("roofs") else {
        return;
    };
    let before = scene.picture();
    let over_all = CoverageSheet {
        origin: PLACE,
        grid: Grid {
            columns: 20,
            rows: 20,
            min: [-100.0, -100.0],
            step_m: 10.0,
        },
        counts: vec![5; 400],
        most: 5,
        opacity: 0.7,
    };
    scene.tell(TwinCommand::SetSight(VideoStage {
        sheet: Some(Arc::new(over_all)),
        ..VideoStage::default()
    }));
    scene.rest();
    let after = scene.picture();
    let change = |enu| {
        let (was, is) = (scene.colour(&before, enu), scene.colour(&after, enu));
        i32::from(is[0]) - i32::from(was[0])
    };
    let roof = change([0.0, 0.0, TOWER[2]]);
    assert!(roof > 40, "the roof's red grew by {roof}");
    let wall = change([0.0, -TOWER[1], 50.0]);
    assert!(wall.abs() < 6, "the wall's red grew by {wall}");
    let outside = change([-140.0, 0.0, 0.0]);
    assert!(outside.abs() < 4, "outside red grew by {outside}");
}

#[test]
fn a_clear_sight_is_green_and_a_blocked_one_red_up_to_what_blocks_it() {
    const GREEN: [u8; 3] = [0x2D, 0xBE, 0x8D];
    const RED: [u8; 3] = [0xE8, 0x5D, 0x3A];
    let Some(mut scene) = Scene::open("lines") else {
        return;
    };
    let target = [60.0, -100.0, 2.0];
    let line = |to, end| SightLine {
        from: place(LENS),
        to: place(to),
        end,
    };
    let hit = [-TOWER[0], 0.0, 13.0];
    scene.tell(TwinCommand::SetSight(VideoStage {
        lines: Arc::from([
            line(target, SightEnd::Clear),
            line([60.0, 0.0, 2.0], SightEnd::Blocked(place(hit))),
        ]),
        ..VideoStage::default()
    }));
    scene.rest();
    let picture = scene.picture();
    let has = |enu: [f64; 3], colour: [u8; 3]| {
        let px = scene.pixel_of(place(enu));
        let around = (-2..=2).flat_map(|across| (-2..=2).map(move |down| [across, down]));
        around
            .map(|[across, down]| at(&picture, moved(px, across, down)))
            .any(|found| is_near(found, colour, 36))
    };
    let between = |from: [f64; 3], to: [f64; 3]| -> [f64; 3] {
        std::array::from_fn(|axis| (from[axis] + to[axis]) * 0.5)
    };
    assert!(has(between(LENS, target), GREEN), "the clear line");
    assert!(has(target, GREEN), "the mark at its end");
    assert!(has(between(LENS, hit), RED), "the line to what blocks");
    assert!(!has(between(hit, [60.0, 0.0, 2.0]), RED), "beyond it");
}
