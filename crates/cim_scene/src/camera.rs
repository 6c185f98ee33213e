//! The camera that the person moves: pan, orbit, zoom to the cursor, flights.
//!
//! Gestures move a *goal*; the view that is shown follows it like a critically damped spring, or along an arc when it flies.
//! All of it is a function of the commands and of [`FrameStep`]; no clock is read. How a view becomes a picture is `view`'s.
//! What hands do is in `gestures`, where the camera may go in `reach`, its flights in `flight`, what the desk hears in `tell`.

mod flight;
mod gestures;
mod reach;
mod tell;

#[cfg(test)]
mod tests;

pub use gestures::{KeyStep, Pinch};

use crate::{
    City, CitySystems, Compare, Move, Projected, TwinCommand, Underground, UndergroundSystems,
    View, Viewport, WorldRay,
};
use bevy_app::{App, Plugin, Update};
use bevy_ecs::prelude::{IntoScheduleConfigs, MessageReader, Res, ResMut, Resource, SystemSet};
use bevy_math::{DVec3, Mat4};
use cim_geo::Geodetic;
use flight::Flight;
use reach::{DEGREE, LEAST_EYE_HEIGHT_M, NEAREST_M, Reach};
use std::f64::consts::{PI, TAU};

/// Keeps [`OrbitCamera`].
pub struct CameraPlugin;

impl Plugin for CameraPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<FrameStep>()
            .init_resource::<OrbitCamera>()
            .init_resource::<Skyline>()
            .init_resource::<Underground>()
            .add_systems(
                Update,
                (move_camera, tell::tell_camera, tell::answer_view)
                    .chain()
                    .in_set(CameraSystems)
                    .after(CitySystems)
                    .after(UndergroundSystems),
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

/// A flight to a thing ends looking down at least, and at most, this far.
const FLIGHT_PITCH_RAD: [f64; 2] = [25.0 * DEGREE, 60.0 * DEGREE];
/// A flight to a small thing stays this far away, so that its surroundings are seen.
const NEAREST_FLIGHT_M: f64 = 120.0;
/// Per second: 95 % of the way to the goal is done after 120 ms.
const SPRING_RATE: f64 = 4.74 / 0.12;
/// Offsets below this share of the distance, and angles below it in radians, count as arrived: less than a tenth of a pixel.
const ARRIVED: f64 = 2e-5;

/// How high the roofs of the city are; flights pass above them. Whoever holds the meshes writes it.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct Skyline {
    /// The highest roof, metres above ground.
    pub highest_m: f64,
}

/// Skylines above this are cut off, metres: higher than any tower.
const HIGHEST_SKYLINE_M: f64 = 1_000.0;

impl Default for Skyline {
    fn default() -> Self {
        Self { highest_m: 100.0 }
    }
}

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
    skyline_m: f64,
    /// True while two cities stand side by side: each half of the picture shows the middle half of the view.
    is_split: bool,
    city: u32,
    was_dragged: bool,
    revision: u64,
}

impl Default for OrbitCamera {
    fn default() -> Self {
        let reach = Reach {
            radius_m: 1_000.0,
            is_underground: false,
        };
        let view = reach.overview();
        Self {
            goal: view,
            shown: view,
            velocity: [0.0; 6],
            flight: None,
            viewport: Viewport::default(),
            reach,
            skyline_m: 0.0,
            is_split: false,
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
        self.shown.ray_through(&self.viewport, self.in_view(px))
    }

    /// The point of the ground plane under a pixel; `None` above the horizon.
    pub fn ground_at(&self, px: [f32; 2]) -> Option<DVec3> {
        self.shown.ground_at(&self.viewport, self.in_view(px))
    }

    /// The pixel of the whole view that is seen at a pixel of the picture: another one only while two cities stand side by
    /// side ([`Compare::Split`]).
    pub fn in_view(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        if !self.is_split {
            return [x, y];
        }
        let quarter = self.viewport.width_px as f32 / 4.0;
        let is_left = x < 2.0 * quarter;
        [if is_left { x + quarter } else { x - quarter }, y]
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
            TwinCommand::Pinch(pinch) => self.pinch(pinch),
            TwinCommand::Step(step) => self.step(*step),
            TwinCommand::Overview => self.go_to(self.reach.overview(), Move::Ease),
            TwinCommand::StandAt { place, heading_deg } => {
                self.stand_at(*place, *heading_deg, city);
            }
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
            self.reach.radius_m = city.radius_m();
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

    /// Flies until a point (metres east, north and up) is so far away, metres; it looks on as it does now.
    pub(crate) fn fly_into(&mut self, target: DVec3, distance_m: f64) {
        let view = View {
            target,
            distance_m,
            ..self.shown
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
                self.flight = Some(Flight::between(self.shown, view, self.skyline_m));
            }
        }
    }

    /// Sets the eye down in the street.
    fn stand_at(&mut self, place: Geodetic, heading_deg: f64, city: &City) {
        let Some(foot) = city.enu_from_geodetic(place) else {
            return;
        };
        let heading_rad = heading_deg.to_radians();
        let level_ahead = DVec3::new(heading_rad.sin(), heading_rad.cos(), 0.0);
        let eye = foot + DVec3::Z * LEAST_EYE_HEIGHT_M;
        let view = View {
            target: eye + level_ahead * NEAREST_M,
            distance_m: NEAREST_M,
            heading_rad,
            pitch_rad: 0.0,
        };
        self.go_to(view, Move::Ease);
    }

    /// Lets the camera below ground, or brings it up again.
    fn allow_below(&mut self, is_underground: bool) {
        if self.reach.is_underground == is_underground {
            return;
        }
        self.reach.is_underground = is_underground;
        self.goal = self.reach.keep(self.goal);
        if !is_underground && self.shown != self.reach.keep(self.shown) {
            self.go_to(self.goal, Move::Ease);
        }
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

fn move_camera(
    mut commands: MessageReader<'_, '_, TwinCommand>,
    step: Res<'_, FrameStep>,
    city: Res<'_, City>,
    skyline: Res<'_, Skyline>,
    underground: Res<'_, Underground>,
    compare: Option<Res<'_, Compare>>,
    mut camera: ResMut<'_, OrbitCamera>,
) {
    camera.was_dragged = false;
    camera.is_split = compare.is_some_and(|compare| *compare == Compare::Split);
    camera.skyline_m = if skyline.highest_m.is_finite() {
        skyline.highest_m.clamp(0.0, HIGHEST_SKYLINE_M)
    } else {
        0.0
    };
    camera.allow_below(underground.on);
    for command in commands.read() {
        camera.obey(command, &city);
    }
    camera.advance(step.clamped());
}
