//! What cameras see, taken from the desk.

use super::*;
use crate::{CityPlugin, DrawRole, Drawings, FrameStep, NeedsFrame, ScenePlugin};
use cim_geo::Geodetic;
use cim_layers::{
    field::Grid,
    sight::{SightEnd, SightLine},
};

const PLACE: Geodetic = Geodetic {
    lon_deg: 121.5,
    lat_deg: 31.24,
    height_m: 0.0,
};

fn pose() -> ViewPose {
    ViewPose {
        lens: Geodetic {
            height_m: 10.0,
            ..PLACE
        },
        azimuth_deg: 90.0,
        tilt_deg: 0.0,
        roll_deg: 0.0,
        fov_h_deg: 60.0,
        fov_v_deg: 40.0,
        range_m: 100.0,
    }
}

fn depth(metres: f32) -> Arc<DepthMap> {
    Arc::new(DepthMap {
        columns: 4,
        rows: 2,
        metres: vec![metres; 8],
    })
}

fn pixels(width: u32) -> Arc<Rgba> {
    Arc::new(Rgba {
        width,
        height: 1,
        bytes: vec![9; width as usize * 4],
    })
}

fn plan(view: u32) -> PicturePlan {
    PicturePlan {
        view,
        pose: pose(),
        drape: Some(Drape {
            depth: depth(50.0),
            opacity: 0.8,
        }),
        is_above: true,
        taken: Taken::Live,
    }
}

fn showing(pictures: &[PicturePlan]) -> VideoStage {
    VideoStage {
        revision: 1,
        pictures: Arc::from(pictures),
        ..VideoStage::default()
    }
}

fn open() -> App {
    let mut app = App::new();
    app.add_message::<TwinCommand>()
        .add_plugins((CityPlugin, SightPlugin));
    tell(
        &mut app,
        TwinCommand::OpenCity {
            origin: PLACE,
            radius_m: 500.0,
        },
    );
    app
}

/// Sends a command and runs a frame.
fn tell(app: &mut App, command: TwinCommand) {
    app.world_mut().write_message(command);
    app.update();
}

fn sights(app: &App) -> &Sights {
    app.world().resource::<Sights>()
}

fn set_pixels(view: u32, seq: u64, width: u32) -> TwinCommand {
    TwinCommand::SetPixels {
        view,
        seq,
        pixels: pixels(width),
    }
}

#[test]
fn a_pictures_pixels_stay_when_its_camera_turns_and_go_with_it() {
    let mut app = open();
    tell(&mut app, TwinCommand::SetSight(showing(&[plan(3)])));
    tell(&mut app, set_pixels(3, 7, 5));
    let turned = PicturePlan {
        pose: ViewPose {
            azimuth_deg: 0.0,
            ..pose()
        },
        ..plan(3)
    };
    tell(&mut app, TwinCommand::SetSight(showing(&[turned])));
    let picture = &sights(&app).pictures[0];
    assert!((picture.pose.forward - DVec3::Y).length() < 1e-9);
    assert_eq!(
        (picture.seq, picture.pixels.as_ref()),
        (7, Some(&pixels(5)))
    );

    tell(&mut app, TwinCommand::SetSight(showing(&[])));
    tell(&mut app, TwinCommand::SetSight(showing(&[plan(3)])));
    assert_eq!(sights(&app).pictures[0].pixels, None);
}

#[test]
fn pixels_of_no_picture_or_of_a_wrong_size_change_nothing() {
    let mut app = open();
    tell(&mut app, TwinCommand::SetSight(showing(&[plan(3)])));
    let mut broken = Arc::unwrap_or_clone(pixels(5));
    broken.width = 4_000_000_000;
    tell(
        &mut app,
        TwinCommand::SetPixels {
            view: 3,
            seq: 1,
            pixels: Arc::new(broken),
        },
    );
    tell(&mut app, set_pixels(4, 1, 5));
    assert_eq!(sights(&app).pictures[0].pixels, None);
    tell(&mut app, set_pixels(3, 1, 5));
    assert_eq!(sights(&app).pictures[0].seq, 1);
}

#[test]
fn a_picture_leaves_the_citys_paint_alone_and_a_light_does_not() {
    let mut app = open();
    let before = sights(&app).paint_revision;
    tell(&mut app, TwinCommand::SetSight(showing(&[plan(1)])));
    tell(&mut app, set_pixels(1, 1, 5));
    assert_eq!(sights(&app).paint_revision, before);
    let lit = VideoStage {
        volumes: Arc::from([SightVolume {
            pose: pose(),
            is_selected: true,
            is_assumed: false,
            depth: Some(depth(50.0)),
        }]),
        ..showing(&[plan(1)])
    };
    tell(&mut app, TwinCommand::SetSight(lit));
    assert_eq!(sights(&app).paint_revision, before + 1);
    assert_eq!(sights(&app).lights.len(), 1);
}

#[test]
fn what_makes_no_sense_is_left_out_and_only_nine_pictures_are_shown() {
    let mut app = open();
    let mut plans: Vec<PicturePlan> = (0..12).map(plan).collect();
    plans[0].pose.fov_h_deg = 360.0;
    plans[1].drape = Some(Drape {
        depth: Arc::new(DepthMap {
            columns: 9,
            rows: 9,
            metres: Vec::new(),
        }),
        opacity: 1.0,
    });
    tell(&mut app, TwinCommand::SetSight(showing(&plans)));
    let pictures = &sights(&app).pictures;
    assert_eq!(pictures.len(), MOST_PICTURES);
    assert_eq!((pictures[0].view, &pictures[0].drape), (1, &None));
}

#[test]
fn a_sheet_is_placed_by_its_own_origin() {
    let mut app = open();
    let sheet = CoverageSheet {
        origin: Geodetic {
            lon_deg: 121.501,
            ..PLACE
        },
        grid: Grid {
            columns: 2,
            rows: 1,
            min: [5.0, -3.0],
            step_m: 1.0,
        },
        counts: vec![0, 1],
        most: 5,
        opacity: 0.5,
    };
    let stage = VideoStage {
        sheet: Some(Arc::new(sheet)),
        ..showing(&[])
    };
    tell(&mut app, TwinCommand::SetSight(stage));
    let placed = sights(&app).sheet.as_ref().expect("a sheet");
    assert!((placed.min - DVec2::new(100.2, -3.0)).length() < 0.5);
}

/// The lines that are drawn for a stage.
fn lines(stage: &VideoStage) -> Vec<DrawnLine> {
    lines_of(stage, open().world().resource::<City>())
}

fn sight_lines(end: SightEnd) -> Vec<DrawnLine> {
    lines(&VideoStage {
        lines: Arc::from([SightLine {
            from: PLACE,
            to: Geodetic {
                lon_deg: 121.501,
                ..PLACE
            },
            end,
        }]),
        ..VideoStage::default()
    })
}

#[test]
fn a_blocked_sight_goes_on_broken_behind_what_blocks_it() {
    let at = Geodetic {
        lon_deg: 121.5005,
        ..PLACE
    };
    let drawn = sight_lines(SightEnd::Blocked(at));
    let (broken, whole) = (&drawn[0], &drawn[2]);
    assert!(broken.is_dashed && !whole.is_dashed);
    assert!(broken.points[0].distance(whole.points[1]) < 1e-9);
    assert!((whole.points[1].x - 47.6).abs() < 0.5);
    assert_ne!(broken.role, whole.role);

    let clear = sight_lines(SightEnd::Clear);
    assert!(clear.iter().all(|line| !line.is_dashed));
    let unknown = sight_lines(SightEnd::Unknown);
    assert!(unknown[0].is_dashed);
}

#[test]
fn a_view_ends_where_it_hits_something_and_an_assumed_one_is_broken() {
    let view = |depth, is_assumed| {
        lines(&VideoStage {
            volumes: Arc::from([SightVolume {
                pose: pose(),
                is_selected: true,
                is_assumed,
                depth,
            }]),
            ..VideoStage::default()
        })
    };
    let reach_m = |line: &DrawnLine| line.points[0].distance(line.points[1]);
    let free = view(None, true);
    assert!((reach_m(&free[0]) - 100.0).abs() < 1e-6);
    assert!(free[0].is_dashed && free[0].role == DrawRole::Select);
    let hit = view(Some(depth(40.0)), false);
    assert!((reach_m(&hit[0]) - 40.0).abs() < 1e-6);
    assert!(hit[4].is_closed && hit[4].points.len() == 64);
    let endless = view(Some(depth(f32::INFINITY)), false);
    assert!((reach_m(&endless[0]) - 100.0).abs() < 1e-6);
}

fn take_frame(app: &mut App) -> bool {
    app.world_mut().resource_mut::<NeedsFrame>().take()
}

/// Whether an update without commands asks for a frame.
fn needs_frame(app: &mut App) -> bool {
    app.update();
    take_frame(app)
}

#[test]
fn sight_lines_are_drawn_with_the_other_drawings_and_ask_for_a_frame() {
    let mut app = App::new();
    app.add_plugins(ScenePlugin);
    app.insert_resource(FrameStep { seconds: 0.1 });
    tell(
        &mut app,
        TwinCommand::OpenCity {
            origin: PLACE,
            radius_m: 500.0,
        },
    );
    for _ in 0..60 {
        needs_frame(&mut app);
    }
    let stage = VideoStage {
        lines: Arc::from([SightLine {
            from: PLACE,
            to: pose().lens,
            end: SightEnd::Clear,
        }]),
        ..showing(&[plan(1)])
    };
    tell(&mut app, TwinCommand::SetSight(stage));
    assert_eq!(app.world().resource::<Drawings>().lines.len(), 3);
    assert!(take_frame(&mut app));
    assert!(!needs_frame(&mut app), "nothing changed");
    tell(&mut app, set_pixels(1, 1, 5));
    assert!(take_frame(&mut app), "a new frame of a picture");
    tell(&mut app, set_pixels(1, 1, 5));
    assert!(!take_frame(&mut app), "the same frame again");
    tell(&mut app, set_pixels(9, 1, 5));
    assert!(!take_frame(&mut app), "pixels of no picture");
}
