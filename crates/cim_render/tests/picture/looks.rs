//! Styles and tools: what each of them must change in a picture, and what it must leave alone.

use super::{Scene, at, is_near, off, pipe};
use cim_scene::{
    ClipPlan, Compare, Keep, Move, Paint, PlannedCut, PlannedTrench, Quality, Show, Style,
    StyleRule, StyleRules, Sun, TwinCommand, Underground,
};
use cim_tiles::FeatureClass;

fn look(style: Style, quality: Quality, azimuth_deg: f64, altitude_deg: f64) -> TwinCommand {
    TwinCommand::SetLook {
        style,
        quality,
        sun: Sun {
            azimuth_deg,
            altitude_deg,
        },
    }
}

fn brightness([red, green, blue]: [u8; 3]) -> i32 {
    i32::from(red) + i32::from(green) + i32::from(blue)
}

fn spread(colour: [u8; 3]) -> u8 {
    let most = colour.iter().max().copied().unwrap_or_default();
    most - colour.iter().min().copied().unwrap_or_default()
}

impl Scene {
    /// Looks at the tower's south wall from near by.
    fn go_near(&mut self) {
        self.tell(TwinCommand::GoToView {
            target: off(0.0, -0.0003, 40.0),
            distance_m: 160.0,
            heading_deg: 0.0,
            pitch_deg: 8.0,
            how: Move::Jump,
        });
        self.settle();
    }

    /// The mean brightness of a patch of a wall, windows and all.
    fn wall_brightness(&mut self) -> i32 {
        let picture = self.picture();
        let [x, y] = self.pixel_of(off(0.0, -0.0003, 50.0));
        let patch = (x - 8..x + 8).flat_map(|x| (y - 8..y + 8).map(move |y| [x, y]));
        patch
            .map(|pixel| brightness(at(&picture, pixel)))
            .sum::<i32>()
            / 256
    }

    fn is_roof_drawn(&mut self, roof: [u8; 3]) -> bool {
        let picture = self.picture();
        is_near(at(&picture, self.pixel_of(off(0.0, 0.0, 100.0))), roof, 8)
    }

    fn roof(&mut self) -> [u8; 3] {
        let picture = self.picture();
        at(&picture, self.pixel_of(off(0.0, 0.0, 100.0)))
    }
}

#[test]
fn a_wall_is_brighter_when_the_sun_shines_on_it() {
    let Some(mut scene) = Scene::open("sun") else {
        return;
    };
    scene.tell(look(Style::Day, Quality::Soft, 180.0, 40.0));
    scene.settle();
    let lit = scene.wall_brightness();
    scene.tell(look(Style::Day, Quality::Soft, 0.0, 40.0));
    scene.settle();
    let shaded = scene.wall_brightness();
    assert!(lit > shaded + 45, "{lit} in the sun, {shaded} in the shade");
}

#[test]
fn the_tower_throws_its_shadow_away_from_the_sun() {
    let Some(mut scene) = Scene::open("shadow") else {
        return;
    };
    let west_and_east = |scene: &mut Scene| {
        let picture = scene.picture();
        [-0.0010, 0.0010].map(|east| brightness(at(&picture, scene.pixel_of(off(east, 0.0, 0.0)))))
    };
    scene.tell(look(Style::Day, Quality::Standard, 90.0, 30.0));
    scene.settle();
    let [west, east] = west_and_east(&mut scene);
    assert!(west + 60 < east, "morning: west {west}, east {east}");
    scene.tell(look(Style::Day, Quality::High, 270.0, 30.0));
    scene.settle();
    let [west, east] = west_and_east(&mut scene);
    assert!(east + 60 < west, "evening: west {west}, east {east}");
    // A soft device draws the same moment without shadows.
    scene.tell(look(Style::Day, Quality::Soft, 270.0, 30.0));
    scene.settle();
    let [west, east] = west_and_east(&mut scene);
    assert!((west - east).abs() < 30, "soft: west {west}, east {east}");
}

#[test]
fn the_white_model_is_near_grey_and_bright() {
    let Some(mut scene) = Scene::open("white") else {
        return;
    };
    scene.tell(look(Style::White, Quality::Soft, 160.0, 45.0));
    scene.settle();
    let picture = scene.picture();
    for place in [
        off(0.0, 0.0, 100.0),
        off(0.0, -0.0003, 50.0),
        off(0.002, 0.001, 0.0),
        off(-0.003, 0.0, 0.0),
    ] {
        let colour = at(&picture, scene.pixel_of(place));
        assert!(spread(colour) < 28, "{place:?} is {colour:?}");
        assert!(brightness(colour) > 3 * 110, "{place:?} is {colour:?}");
    }
}

#[test]
fn by_night_few_windows_are_lit_and_by_day_none() {
    let Some(mut scene) = Scene::open("windows") else {
        return;
    };
    let lit_windows = |scene: &mut Scene| {
        let picture = scene.picture();
        let pixels = picture.rgba.chunks_exact(4);
        let warm = pixels.filter(|pixel| pixel[0] > 105 && pixel[0] > pixel[2].saturating_add(20));
        warm.count() as f64 / f64::from(picture.width * picture.height)
    };
    scene.go_near();
    let night = lit_windows(&mut scene);
    assert!(
        night > 0.000_5 && night < 0.08,
        "{:.2} % of the picture is lit",
        night * 100.0
    );
    scene.tell(look(Style::Night, Quality::Soft, 180.0, 40.0));
    scene.settle();
    let noon = lit_windows(&mut scene);
    assert!(noon < 0.000_1, "{:.2} % is lit at noon", noon * 100.0);
}

#[test]
fn day_night_and_white_differ_and_the_sky_is_brighter_by_day() {
    let Some(mut scene) = Scene::open("styles") else {
        return;
    };
    let mut grounds = Vec::new();
    for style in [Style::Night, Style::Day, Style::White] {
        scene.tell(look(style, Quality::Soft, 150.0, 45.0));
        scene.settle();
        let picture = scene.picture();
        grounds.push(at(&picture, scene.pixel_of(off(0.002, 0.001, 0.0))));
    }
    assert!(brightness(grounds[0]) + 200 < brightness(grounds[1]));
    assert!(!is_near(grounds[1], grounds[2], 6), "{grounds:?}");
}

#[test]
fn a_hidden_building_shows_the_ground_and_a_ghost_lets_it_through() {
    let Some(mut scene) = Scene::open("hidden") else {
        return;
    };
    let rules = |show, paint| {
        TwinCommand::SetStyles(StyleRules {
            rules: vec![StyleRule {
                class: Some(FeatureClass::Building),
                show,
                paint,
                ..StyleRule::default()
            }],
            ..StyleRules::default()
        })
    };
    let roof = scene.roof();
    scene.tell(rules(Show::Hidden, None));
    scene.settle();
    let bare = scene.roof();
    let picture = scene.picture();
    let foot = at(&picture, scene.pixel_of(off(0.0, 0.0, 0.0)));
    assert!(
        is_near(foot, [0x10, 0x16, 0x1C], 12),
        "the foot is {foot:?}"
    );
    assert!(
        !is_near(bare, roof, 12),
        "the roof is still there: {bare:?}"
    );

    scene.tell(rules(Show::Ghost, None));
    scene.settle();
    let ghost = scene.roof();
    assert!(
        brightness(ghost) > brightness(bare) + 8 && brightness(ghost) + 30 < brightness(roof),
        "roof {roof:?}, ghost {ghost:?}, ground {bare:?}"
    );

    scene.tell(rules(Show::Normal, Some(Paint::Plain([0xE0, 0x20, 0x20]))));
    scene.settle();
    let red = scene.roof();
    assert!(
        i32::from(red[0]) > i32::from(red[2]) + 80,
        "the painted roof is {red:?}"
    );
}

#[test]
fn a_section_box_takes_away_exactly_what_is_inside() {
    let Some(mut scene) = Scene::open("box") else {
        return;
    };
    let roof = scene.roof();
    let picture = scene.picture();
    let low = off(0.0, -0.0003, 30.0);
    let (low_wall, high_wall) = (
        at(&picture, scene.pixel_of(low)),
        at(&picture, scene.pixel_of(off(0.0, -0.0003, 90.0))),
    );
    let cut = |keep| {
        TwinCommand::SetClips(ClipPlan {
            cuts: vec![PlannedCut::Box {
                centre: off(0.0, 0.0, 100.0),
                half_m: [60.0, 60.0, 40.0],
                heading_deg: 20.0,
                keep,
            }],
            trench: None,
        })
    };
    scene.tell(cut(Keep::Outside));
    scene.settle();
    assert!(!scene.is_roof_drawn(roof), "the roof is still drawn");
    let picture = scene.picture();
    let kept = at(&picture, scene.pixel_of(low));
    assert!(
        is_near(kept, low_wall, 14),
        "the lower wall: {low_wall:?} → {kept:?}"
    );

    scene.tell(cut(Keep::Inside));
    scene.settle();
    assert!(scene.is_roof_drawn(roof), "the roof is gone");
    let picture = scene.picture();
    let kept = at(&picture, scene.pixel_of(off(0.0, -0.0003, 90.0)));
    assert!(
        is_near(kept, high_wall, 14),
        "the upper wall: {high_wall:?} → {kept:?}"
    );
}

#[test]
fn a_prism_cuts_between_its_corners_alone() {
    let Some(mut scene) = Scene::open("prism") else {
        return;
    };
    let roof = scene.roof();
    let ring = |east: f64| {
        vec![
            off(east - 0.001, -0.001, 0.0),
            off(east + 0.001, -0.001, 0.0),
            off(east + 0.001, 0.001, 0.0),
            off(east - 0.001, 0.001, 0.0),
        ]
    };
    for (east, is_drawn) in [(0.0, false), (0.01, true)] {
        scene.tell(TwinCommand::SetClips(ClipPlan {
            cuts: vec![PlannedCut::Polygon {
                ring: ring(east),
                bottom_m: -5.0,
                top_m: 200.0,
                keep: Keep::Outside,
            }],
            trench: None,
        }));
        scene.settle();
        assert_eq!(scene.is_roof_drawn(roof), is_drawn, "prism at {east}");
    }
}

#[test]
fn a_trench_opens_the_view_to_a_pipe_and_underground_mode_to_all() {
    let Some(mut scene) = pipe::scene("pipe") else {
        return;
    };
    let is_red = |scene: &mut Scene, east: f64| {
        let picture = scene.picture();
        let colour = at(&picture, scene.pixel_of(off(east, 0.0, pipe::TOP_M)));
        i32::from(colour[0]) > i32::from(colour[1]) + 25
    };
    scene.settle();
    assert!(
        !is_red(&mut scene, 0.0),
        "the pipe is seen through the ground"
    );

    // Ten metres to either side of the middle.
    let reach = 0.000_1;
    scene.tell(TwinCommand::SetClips(ClipPlan {
        cuts: Vec::new(),
        trench: Some(PlannedTrench {
            line: vec![off(-reach, 0.0, 0.0), off(reach, 0.0, 0.0)],
            width_m: 4.0,
            depth_m: 2.5,
        }),
    }));
    scene.settle();
    assert!(is_red(&mut scene, 0.0), "the trench does not show the pipe");
    assert!(
        !is_red(&mut scene, 0.000_2),
        "the pipe is seen where the ground is closed"
    );

    scene.tell(TwinCommand::SetClips(ClipPlan::default()));
    scene.tell(TwinCommand::SetUnderground(Underground {
        on: true,
        opacity: 0.25,
    }));
    scene.settle();
    assert!(is_red(&mut scene, 0.000_2), "underground shows no pipe");
}

#[test]
fn a_swipe_shows_each_city_on_its_side() {
    let Some(mut scene) = Scene::open("swipe") else {
        return;
    };
    let roof = scene.roof();
    scene.tell(TwinCommand::SetCompare(Compare::Swipe { at: 0.9 }));
    scene.settle();
    assert!(scene.is_roof_drawn(roof), "the city has gone from its side");
    // Nothing is open to compare with: its side is bare.
    scene.tell(TwinCommand::SetCompare(Compare::Swipe { at: 0.1 }));
    scene.settle();
    assert!(!scene.is_roof_drawn(roof), "the city is on both sides");

    // In a split, the middle of the view stands in the middle of the left half.
    scene.tell(TwinCommand::SetCompare(Compare::Split));
    scene.settle();
    let picture = scene.picture();
    let [x, y] = scene.pixel_of(off(0.0, 0.0, 100.0));
    let moved = at(&picture, [x - picture.width / 4, y]);
    assert!(is_near(moved, roof, 8), "the roof {roof:?} is {moved:?}");
}

#[test]
fn contact_is_shaded_at_the_foot_of_a_wall() {
    let Some(mut scene) = Scene::open("contact") else {
        return;
    };
    scene.tell(look(Style::White, Quality::Soft, 180.0, -20.0));
    scene.go_near();
    let picture = scene.picture();
    let foot = brightness(at(&picture, scene.pixel_of(off(0.0, -0.000_31, 0.0))));
    let open = brightness(at(&picture, scene.pixel_of(off(0.0, -0.000_5, 0.0))));
    assert!(foot + 20 < open, "foot {foot}, open ground {open}");
}
