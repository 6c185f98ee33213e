//! The camera under a hand, without an app.

use super::reach::LEAST_PITCH_RAD;
use super::*;

fn camera() -> OrbitCamera {
    OrbitCamera {
        viewport: Viewport::new(1280, 720, 1.0),
        ..OrbitCamera::default()
    }
}

fn rest(camera: &mut OrbitCamera) {
    camera.was_dragged = false;
    for _ in 0..200 {
        camera.advance(1.0 / 60.0);
    }
    assert!(!camera.moving());
}

#[test]
fn the_spring_does_not_depend_on_the_frame_rate() {
    let (once, _) = spring(10.0, -3.0, 0.1);
    let (half, speed) = spring(10.0, -3.0, 0.05);
    let (twice, _) = spring(half, speed, 0.05);
    assert!((once - twice).abs() < 1e-9);
    assert!(spring(1.0, 0.0, 0.12).0 < 0.06);
}

#[test]
fn a_zoom_holds_the_point_under_the_cursor_on_the_whole_way() {
    let mut camera = camera();
    let at = [900.0, 500.0];
    let held = camera.ground_at(at).expect("ground");
    camera.zoom(at, 3.0);
    for _ in 0..60 {
        camera.advance(1.0 / 60.0);
        let seen = camera.project(held).expect("in front");
        assert!((seen.px[0] - at[0]).abs() < 0.05 && (seen.px[1] - at[1]).abs() < 0.05);
    }
    assert!(camera.view().distance_m < 1_200.0);
}

#[test]
fn the_eye_never_comes_below_two_metres() {
    let mut camera = camera();
    camera.zoom([640.0, 360.0], 1e9);
    camera.orbit([0.0, -1e9]);
    for _ in 0..100 {
        camera.advance(0.01);
        assert!(camera.eye().z >= LEAST_EYE_HEIGHT_M - 1e-9);
    }
    assert!((camera.view().distance_m - NEAREST_M).abs() < 0.01);
}

#[test]
fn zooming_out_ends_at_six_radii_and_near_the_city() {
    let mut camera = camera();
    camera.pan([0.0, 700.0], [1279.0, 700.0]);
    camera.zoom([10.0, 700.0], -1e9);
    rest(&mut camera);
    assert!((camera.view().distance_m - 6_000.0).abs() < 1.0);
    assert!(camera.view().target.length() <= 1_500.0 + 1e-6);
}

#[test]
fn a_turn_north_takes_the_short_way() {
    let mut camera = camera();
    camera.go_to(
        View {
            heading_rad: 350.0 * DEGREE,
            ..camera.view()
        },
        Move::Jump,
    );
    camera.obey(&TwinCommand::North, &City::default());
    rest(&mut camera);
    assert!((camera.view().heading_rad - TAU).abs() < 1e-9);
    assert!(camera.view().heading_deg() < 1e-6);
}

#[test]
fn taking_hold_of_a_flying_camera_leaves_it_where_it_is() {
    let mut camera = camera();
    camera.go_to(
        View {
            target: DVec3::new(800.0, 0.0, 0.0),
            ..camera.view()
        },
        Move::Ease,
    );
    camera.advance(0.2);
    let caught = camera.view().target;
    camera.orbit([4.0, 0.0]);
    rest(&mut camera);
    assert!(camera.view().target.distance(caught) < 1e-6);
    assert!(caught.x > 0.0 && caught.x < 800.0);
}

#[test]
fn a_drag_above_the_horizon_still_slides() {
    let mut camera = camera();
    camera.go_to(
        View {
            pitch_rad: LEAST_PITCH_RAD,
            ..camera.view()
        },
        Move::Jump,
    );
    camera.pan([600.0, 2.0], [640.0, 2.0]);
    assert!(camera.view().target.x < -1.0);
    assert!(camera.view().target.is_finite());
}

#[test]
fn two_fingers_keep_what_they_hold() {
    let mut camera = camera();
    let from = [500.0, 420.0];
    let to = [560.0, 450.0];
    let held = camera.ground_at(from).expect("ground");
    camera.pinch(&Pinch {
        from,
        to,
        scale: 1.5,
        turn_deg: 20.0,
    });
    let seen = camera.project(held).expect("in front");
    assert!((seen.px[0] - to[0]).abs() < 0.05 && (seen.px[1] - to[1]).abs() < 0.05);
    assert!((camera.view().heading_rad + 20.0 * DEGREE).abs() < 1e-9);
    assert!((camera.view().distance_m - 1_200.0).abs() < 1e-6);
}

#[test]
fn keys_go_turn_and_zoom() {
    let mut camera = camera();
    let before = camera.view();
    camera.step(KeyStep::Ahead);
    camera.step(KeyStep::Right);
    rest(&mut camera);
    assert!(camera.view().target.y > 100.0 && camera.view().target.x > 100.0);
    camera.step(KeyStep::TurnRight);
    camera.step(KeyStep::LookUp);
    camera.step(KeyStep::Nearer);
    rest(&mut camera);
    assert!(camera.view().heading_rad > before.heading_rad);
    assert!(camera.view().pitch_rad < before.pitch_rad);
    assert!(camera.view().distance_m < before.distance_m);
}

#[test]
fn leaving_underground_mode_brings_the_eye_up_again() {
    let mut camera = camera();
    camera.allow_below(true);
    camera.go_to(
        View {
            target: DVec3::new(0.0, 0.0, -20.0),
            distance_m: 15.0,
            heading_rad: 0.0,
            pitch_rad: 0.1,
        },
        Move::Jump,
    );
    assert!(camera.eye().z < -15.0);
    camera.allow_below(false);
    rest(&mut camera);
    assert!(camera.eye().z >= LEAST_EYE_HEIGHT_M - 1e-9);
}

#[test]
fn each_half_of_a_split_picture_sees_the_middle_of_the_view() {
    let mut camera = OrbitCamera {
        viewport: Viewport {
            width_px: 1_000.0,
            height_px: 600.0,
            scale: 1.0,
        },
        ..OrbitCamera::default()
    };
    let whole = camera.ray_through([500.0, 300.0]).expect("a ray");
    camera.is_split = true;
    for x in [250.0, 750.0] {
        let half = camera.ray_through([x, 300.0]).expect("a ray");
        assert!(half.dir.distance(whole.dir) < 1e-9, "at {x}");
    }
}
