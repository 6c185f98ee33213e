//! The camera that the person moves: pan, orbit, zoom to the cursor, flights.
//!
//! Gestures move a *goal*; the view that is shown follows it like a critically damped spring, or along an arc when it flies.
//! All of it is a function of the commands and of [`FrameStep`]; no clock is read. How a view becomes a picture is `view`'s.

use crate::{
    City, CitySystems, Move, Projected, TwinCommand, TwinOutput, View, Viewport, WorldRay,
};
use bevy_app::{App, Plugin, Update};
use bevy_ecs::prelude::{
    IntoScheduleConfigs, Local, MessageReader, MessageWriter, Res, ResMut, Resource, SystemSet,
};
use bevy_math::{DVec2, DVec3, Mat4};
use cim_geo::Geodetic;
use std::f64::consts::{FRAC_PI_4, PI, TAU};

/// Keeps [`OrbitCamera`].
pub struct CameraPlugin;

impl Plugin for CameraPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<FrameStep>()
            .init_resource::<OrbitCamera>()
            .add_systems(
                Update,
                (move_camera, tell_camera)
                    .chain()
                    .in_set(CameraSystems)
                    .after(CitySystems),
            );
    }
}

/// Systems that move the camera. Run after this set to see the frame's final view.
#[derive(SystemSet, Clone, Debug, Hash, PartialEq, Eq)]
pub struct CameraSystems;

/// How much time this frame stands for. The host sets it before every update; after a rest, a usual frame's time.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct FrameStep {
    /// Seconds since the frame before.
    pub seconds: f64,
}

impl Default for FrameStep {
    fn default() -> Self {
        Self {
            seconds: 1.0 / 60.0,
        }
    }
}

impl FrameStep {
    /// The longest step that counts; what is slower just moves more slowly.
    const LONGEST_S: f64 = 1.0;

    /// The step in seconds, between 0 and 1; 0 when the host gave no number.
    pub fn clamped(self) -> f64 {
        if self.seconds.is_finite() {
            self.seconds.clamp(0.0, Self::LONGEST_S)
        } else {
            0.0
        }
    }
}

const DEGREE: f64 = PI / 180.0;
const LEAST_PITCH_RAD: f64 = 5.0 * DEGREE;
const LARGEST_PITCH_RAD: f64 = 89.0 * DEGREE;
/// A flight to a thing ends looking down at least, and at most, this far.
const FLIGHT_PITCH_RAD: [f64; 2] = [25.0 * DEGREE, 60.0 * DEGREE];
const NEAREST_M: f64 = 20.0;
/// A flight to a small thing stays this far away, so that its surroundings are seen.
const NEAREST_FLIGHT_M: f64 = 120.0;
/// The eye stays at least this high above ground, metres.
const LEAST_EYE_HEIGHT_M: f64 = 2.0;
/// The target may be at most this high, metres: the tallest towers.
const HIGHEST_TARGET_M: f64 = 1_000.0;
/// Per second: 95 % of the way to the goal is done after 120 ms.
const SPRING_RATE: f64 = 4.74 / 0.12;
/// Offsets below this share of the distance, and angles below it in radians, count as arrived: less than a tenth of a pixel.
const ARRIVED: f64 = 2e-5;
/// Distance left after one notch of zooming in.
const ZOOM_PER_NOTCH: f64 = 0.85;
/// More notches than this in one command are cut off.
const MOST_NOTCHES: f64 = 40.0;
/// Turn per CSS pixel of dragging, radians.
const ORBIT_PER_PX_RAD: f64 = 0.25 * DEGREE;
/// Ground farther away than this many distances of the camera is too near the horizon to be dragged by.
const DRAGGABLE_DISTANCES: f64 = 12.0;
/// Shortest and longest flight, seconds.
const FLIGHT_S: [f64; 2] = [0.4, 0.9];
/// How often a moving camera is told to the desk, seconds.
const TELL_EVERY_S: f64 = 0.1;

/// The camera, orbiting a point of the city.
#[derive(Resource, Debug)]
pub struct OrbitCamera {
    goal: View,
    shown: View,
    /// Speed of each number of `shown` (see [`numbers`]), per second.
    velocity: [f64; 6],
    flight: Option<Flight>,
    viewport: Viewport,
    reach: Reach,
    city: u32,
    was_dragged: bool,
    revision: u64,
}

impl Default for OrbitCamera {
    fn default() -> Self {
        let reach = Reach { radius_m: 1_000.0 };
        let view = reach.overview();
        Self {
            goal: view,
            shown: view,
            velocity: [0.0; 6],
            flight: None,
            viewport: Viewport::default(),
            reach,
            city: 0,
            was_dragged: false,
            revision: 0,
        }
    }
}

impl OrbitCamera {
    /// The view to draw.
    pub fn view(&self) -> View {
        self.shown
    }

    /// The view that the camera is on its way to; equal to [`OrbitCamera::view`] at rest.
    pub fn goal(&self) -> View {
        self.goal
    }

    /// The picture's size.
    pub fn viewport(&self) -> Viewport {
        self.viewport
    }

    /// Where the eye is, metres east, north and up.
    pub fn eye(&self) -> DVec3 {
        self.shown.eye()
    }

    /// The ray from the eye through a pixel; `None` without a viewport or for a pixel that is not a number.
    pub fn ray_through(&self, px: [f32; 2]) -> Option<WorldRay> {
        self.shown.ray_through(&self.viewport, px)
    }

    /// The point of the ground plane under a pixel; `None` above the horizon.
    pub fn ground_at(&self, px: [f32; 2]) -> Option<DVec3> {
        self.shown.ground_at(&self.viewport, px)
    }

    /// The pixel that shows a point (metres east, north and up); `None` beside or behind the eye.
    pub fn project(&self, enu: DVec3) -> Option<Projected> {
        self.shown.project(&self.viewport, enu)
    }

    /// Clip space (reversed depth, far plane at infinity) from a point in render space relative to the eye.
    pub fn clip_from_relative(&self) -> Mat4 {
        self.shown.clip_from_relative(&self.viewport)
    }

    /// Metres per physical pixel at the target; 0 without a viewport.
    pub fn metres_per_px(&self) -> f64 {
        self.viewport
            .focal_px()
            .map_or(0.0, |focal_px| self.shown.distance_m / focal_px)
    }

    /// True while the camera eases, flies or is being dragged: the host keeps drawing.
    pub fn moving(&self) -> bool {
        self.was_dragged || self.flight.is_some() || self.shown != self.goal
    }

    /// Counts every change of the shown view or the viewport.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    fn obey(&mut self, command: &TwinCommand, city: &City) {
        match command {
            TwinCommand::OpenCity { .. } => self.look_at_city(city),
            TwinCommand::FlyTo { place, size_m } => self.fly_to(*place, *size_m, city),
            TwinCommand::GoToView {
                target,
                distance_m,
                heading_deg,
                pitch_deg,
                how,
            } => {
                if let Some(target) = city.enu_from_geodetic(*target) {
                    let view = View {
                        target,
                        distance_m: *distance_m,
                        heading_rad: heading_deg.to_radians(),
                        pitch_rad: pitch_deg.to_radians(),
                    };
                    self.go_to(view, *how);
                }
            }
            TwinCommand::Pan { from, to } => self.pan(*from, *to),
            TwinCommand::Orbit { by } => self.orbit(*by),
            TwinCommand::Zoom { at, notches } => self.zoom(*at, *notches),
            TwinCommand::North => {
                self.stop_flying();
                self.goal.heading_rad = (self.goal.heading_rad / TAU).round() * TAU;
            }
            TwinCommand::Resize {
                width,
                height,
                scale,
            } => {
                let viewport = Viewport::new(*width, *height, *scale);
                if self.viewport != viewport {
                    self.viewport = viewport;
                    self.revision += 1;
                }
            }
            _ => {}
        }
    }

    /// Takes the whole of a newly opened city into view.
    fn look_at_city(&mut self, city: &City) {
        if self.city != city.generation() {
            self.city = city.generation();
            self.reach = Reach {
                radius_m: city.radius_m(),
            };
            self.go_to(self.reach.overview(), Move::Jump);
        }
    }

    fn fly_to(&mut self, place: Geodetic, size_m: f64, city: &City) {
        let Some(target) = city.enu_from_geodetic(place) else {
            return;
        };
        let size_m = if size_m.is_finite() {
            size_m.max(0.0)
        } else {
            0.0
        };
        let view = View {
            target,
            distance_m: (size_m * 2.5).max(NEAREST_FLIGHT_M),
            heading_rad: self.shown.heading_rad,
            pitch_rad: self
                .shown
                .pitch_rad
                .clamp(FLIGHT_PITCH_RAD[0], FLIGHT_PITCH_RAD[1]),
        };
        self.go_to(view, Move::Ease);
    }

    fn go_to(&mut self, view: View, how: Move) {
        if !numbers(&view).iter().all(|number| number.is_finite()) {
            return;
        }
        let mut view = self.reach.keep(view);
        self.velocity = [0.0; 6];
        match how {
            Move::Jump => {
                self.flight = None;
                self.goal = view;
                if self.shown != view {
                    self.shown = view;
                    self.revision += 1;
                }
            }
            Move::Ease => {
                // The short way round.
                let turn = (view.heading_rad - self.shown.heading_rad + PI).rem_euclid(TAU) - PI;
                view.heading_rad = self.shown.heading_rad + turn;
                self.goal = view;
                self.flight = Some(Flight::between(self.shown, view));
            }
        }
    }

    fn pan(&mut self, from: [f32; 2], to: [f32; 2]) {
        let Some(by) = self.dragged_by(from, to) else {
            return;
        };
        self.stop_flying();
        // Dragging is direct: the shown view moves with the pointer, and a zoom that still eases goes on.
        let before = self.shown;
        self.goal.target += by;
        self.shown.target += by;
        self.goal = self.reach.keep(self.goal);
        self.shown = self.reach.keep(self.shown);
        self.was_dragged = true;
        if self.shown != before {
            self.revision += 1;
        }
    }

    /// How far the target has to move so that what was under `from` comes to lie under `to`.
    fn dragged_by(&self, from: [f32; 2], to: [f32; 2]) -> Option<DVec3> {
        let focal_px = self.viewport.focal_px()?;
        if !from.iter().chain(&to).all(|number| number.is_finite()) {
            return None;
        }
        if let (Some(start), Some(end)) = (self.draggable_ground(from), self.draggable_ground(to)) {
            return Some(start - end);
        }
        // Near or above the horizon there is no ground to hold on to: slide as if at the target.
        let metres_per_px = self.shown.distance_m / focal_px;
        let right = (f64::from(to[0]) - f64::from(from[0])) * metres_per_px;
        let down = (f64::from(to[1]) - f64::from(from[1])) * metres_per_px;
        let ahead = down / self.shown.pitch_rad.sin().max(0.1);
        let (sin_heading, cos_heading) = self.shown.heading_rad.sin_cos();
        let level_ahead = DVec3::new(sin_heading, cos_heading, 0.0);
        Some(level_ahead * ahead - self.shown.right() * right)
    }

    fn draggable_ground(&self, px: [f32; 2]) -> Option<DVec3> {
        let farthest_m = self.shown.distance_m * DRAGGABLE_DISTANCES;
        let eye = self.shown.eye();
        self.ground_at(px)
            .filter(|ground| ground.distance(eye) < farthest_m)
    }

    fn orbit(&mut self, by: [f32; 2]) {
        if !by.iter().all(|number| number.is_finite()) {
            return;
        }
        self.stop_flying();
        let [right, down] =
            by.map(|px| (f64::from(px) / self.viewport.scale * ORBIT_PER_PX_RAD).clamp(-TAU, TAU));
        self.goal.heading_rad += right;
        self.goal.pitch_rad += down;
        self.goal = self.reach.keep(self.goal);
    }

    fn zoom(&mut self, at: [f32; 2], notches: f32) {
        if !notches.is_finite() || self.viewport.focal_px().is_none() {
            return;
        }
        self.stop_flying();
        let notches = f64::from(notches).clamp(-MOST_NOTCHES, MOST_NOTCHES);
        let wanted_m = self.goal.distance_m * ZOOM_PER_NOTCH.powf(notches);
        let distance_m = wanted_m.clamp(NEAREST_M, self.reach.farthest_m());
        let factor = distance_m / self.goal.distance_m;
        // The whole view shrinks about the point under the cursor, so that this point stays where it is in the picture, on
        // the way as well: target and distance follow the same spring and keep their proportion.
        let held = self
            .goal
            .ground_at(&self.viewport, at)
            .unwrap_or(self.goal.target);
        self.goal.target = held + (self.goal.target - held) * factor;
        self.goal.distance_m = distance_m;
        self.goal = self.reach.keep(self.goal);
    }

    /// A person who takes hold of the camera in flight has it from where it is.
    fn stop_flying(&mut self) {
        if self.flight.take().is_some() {
            self.goal = self.shown;
            self.velocity = [0.0; 6];
        }
    }

    /// Moves the shown view on by a frame.
    fn advance(&mut self, seconds: f64) {
        let before = self.shown;
        if let Some(mut flight) = self.flight.take() {
            flight.elapsed_s += seconds;
            if flight.elapsed_s >= flight.duration_s {
                self.shown = self.goal;
            } else {
                self.shown = self.reach.keep(flight.view());
                self.flight = Some(flight);
            }
        } else if self.shown != self.goal {
            self.follow_goal(seconds);
        }
        if self.shown != before {
            self.revision += 1;
        }
    }

    fn follow_goal(&mut self, seconds: f64) {
        let mut shown = numbers(&self.shown);
        let goal = numbers(&self.goal);
        let mut has_arrived = true;
        for (index, ((number, goal), velocity)) in shown
            .iter_mut()
            .zip(goal)
            .zip(&mut self.velocity)
            .enumerate()
        {
            let (offset, speed) = spring(*number - goal, *velocity, seconds);
            *number = goal + offset;
            *velocity = speed;
            let unit = if index < 4 { self.goal.distance_m } else { 1.0 };
            has_arrived &= offset.abs() + speed.abs() / SPRING_RATE < ARRIVED * unit;
        }
        if has_arrived {
            self.shown = self.goal;
            self.velocity = [0.0; 6];
        } else {
            self.shown = self.reach.keep(view_of(shown));
        }
    }
}

/// The six numbers of a view: target east, north, up, distance, heading, pitch.
fn numbers(view: &View) -> [f64; 6] {
    let View {
        target,
        distance_m,
        heading_rad,
        pitch_rad,
    } = *view;
    [
        target.x,
        target.y,
        target.z,
        distance_m,
        heading_rad,
        pitch_rad,
    ]
}

/// The view of six numbers.
fn view_of(numbers: [f64; 6]) -> View {
    let [east, north, up, distance_m, heading_rad, pitch_rad] = numbers;
    View {
        target: DVec3::new(east, north, up),
        distance_m,
        heading_rad,
        pitch_rad,
    }
}

/// Offset from the goal and speed after `seconds` of a critically damped spring; exact for steps of any length.
fn spring(offset: f64, speed: f64, seconds: f64) -> (f64, f64) {
    let decay = (-SPRING_RATE * seconds).exp();
    let carry = speed + SPRING_RATE * offset;
    (
        (offset + carry * seconds) * decay,
        (speed - SPRING_RATE * carry * seconds) * decay,
    )
}

/// Where the camera may go.
#[derive(Clone, Copy, Debug)]
struct Reach {
    /// Radius of the city, metres.
    radius_m: f64,
}

impl Reach {
    fn farthest_m(self) -> f64 {
        self.radius_m * 6.0
    }

    /// The whole city from the south.
    fn overview(self) -> View {
        View {
            target: DVec3::ZERO,
            distance_m: self.radius_m * 1.8,
            heading_rad: 0.0,
            pitch_rad: FRAC_PI_4,
        }
    }

    /// The nearest allowed view.
    fn keep(self, view: View) -> View {
        let distance_m = view.distance_m.clamp(NEAREST_M, self.farthest_m());
        let level = DVec2::new(view.target.x, view.target.y).clamp_length_max(self.radius_m * 1.5);
        let height_m = view.target.z.clamp(0.0, HIGHEST_TARGET_M);
        let pitch_rad = view.pitch_rad.clamp(LEAST_PITCH_RAD, LARGEST_PITCH_RAD);
        // Look down more steeply where the eye would come too near to the ground.
        let least_sine = ((LEAST_EYE_HEIGHT_M - height_m) / distance_m).clamp(0.0, 1.0);
        View {
            target: DVec3::new(level.x, level.y, height_m),
            distance_m,
            heading_rad: view.heading_rad,
            pitch_rad: pitch_rad.max(least_sine.asin()),
        }
    }
}

/// A way from one view to another.
#[derive(Clone, Copy, Debug)]
struct Flight {
    from: View,
    to: View,
    elapsed_s: f64,
    duration_s: f64,
    /// How much farther than both ends the camera is half way, metres.
    rise_m: f64,
}

impl Flight {
    fn between(from: View, to: View) -> Self {
        let travel_m = from.target.distance(to.target);
        let travel = travel_m / from.distance_m.max(to.distance_m);
        let zoom = (to.distance_m / from.distance_m).ln().abs();
        let turn = (to.heading_rad - from.heading_rad).abs() / PI;
        let effort = (travel / 4.0 + zoom / 4.0 + turn / 2.0).clamp(0.0, 1.0);
        let [shortest_s, longest_s] = FLIGHT_S;
        Self {
            from,
            to,
            elapsed_s: 0.0,
            duration_s: shortest_s + (longest_s - shortest_s) * effort,
            rise_m: travel_m * 0.3,
        }
    }

    /// The view at the time flown so far: slow at both ends, highest in the middle.
    fn view(&self) -> View {
        let time = (self.elapsed_s / self.duration_s).clamp(0.0, 1.0);
        let way = time * time * time * (time * (time * 6.0 - 15.0) + 10.0);
        let between = |from: f64, to: f64| from + (to - from) * way;
        View {
            target: self.from.target.lerp(self.to.target, way),
            distance_m: between(self.from.distance_m.ln(), self.to.distance_m.ln()).exp()
                + self.rise_m * 4.0 * way * (1.0 - way),
            heading_rad: between(self.from.heading_rad, self.to.heading_rad),
            pitch_rad: between(self.from.pitch_rad, self.to.pitch_rad),
        }
    }
}

fn move_camera(
    mut commands: MessageReader<'_, '_, TwinCommand>,
    step: Res<'_, FrameStep>,
    city: Res<'_, City>,
    mut camera: ResMut<'_, OrbitCamera>,
) {
    camera.was_dragged = false;
    for command in commands.read() {
        camera.obey(command, &city);
    }
    camera.advance(step.clamped());
}

/// What the desk was told last, and how long ago.
#[derive(Default)]
struct Told {
    revision: u64,
    since_s: f64,
}

fn tell_camera(
    mut told: Local<'_, Told>,
    step: Res<'_, FrameStep>,
    camera: Res<'_, OrbitCamera>,
    mut outputs: MessageWriter<'_, TwinOutput>,
) {
    told.since_s += step.clamped();
    let is_news = told.revision != camera.revision();
    if is_news && (told.since_s >= TELL_EVERY_S || !camera.moving()) {
        *told = Told {
            revision: camera.revision(),
            since_s: 0.0,
        };
        outputs.write(TwinOutput::CameraMoved {
            heading_deg: camera.view().heading_deg(),
            metres_per_px: camera.metres_per_px(),
        });
    }
}

#[cfg(test)]
mod tests {
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
    fn a_flight_rises_on_its_way_and_takes_longer_for_more() {
        let from = View {
            target: DVec3::ZERO,
            distance_m: 300.0,
            heading_rad: 0.0,
            pitch_rad: 0.7,
        };
        let near = View {
            target: DVec3::new(50.0, 0.0, 0.0),
            ..from
        };
        let far = View {
            target: DVec3::new(900.0, 0.0, 0.0),
            ..from
        };
        let short = Flight::between(from, near);
        let mut long = Flight::between(from, far);
        assert!(
            short.duration_s >= 0.4 && short.duration_s < long.duration_s && long.duration_s <= 0.9
        );
        long.elapsed_s = long.duration_s / 2.0;
        assert!(long.view().distance_m > 500.0);
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
}
