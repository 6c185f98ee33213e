//! What hands do with the camera: drag, turn, zoom, two fingers, keys.

use super::{
    OrbitCamera,
    reach::{DEGREE, NEAREST_M},
};
use crate::View;
use bevy_math::DVec3;
use std::f64::consts::TAU;

/// Distance left after one notch of zooming in.
const ZOOM_PER_NOTCH: f64 = 0.85;
/// More notches than this in one command are cut off.
const MOST_NOTCHES: f64 = 40.0;
/// Turn per CSS pixel of dragging, radians.
const ORBIT_PER_PX_RAD: f64 = 0.25 * DEGREE;
/// Ground farther away than this many distances of the camera is too near the horizon to be dragged by.
const DRAGGABLE_DISTANCES: f64 = 12.0;
/// The largest change of size that one move of two fingers can mean.
const MOST_PINCH: f64 = 8.0;
/// A step by key goes this part of the distance to the target, but at least [`LEAST_STEP_M`].
const STEP_DISTANCES: f64 = 0.12;
const LEAST_STEP_M: f64 = 1.5;
/// A turn by key, radians.
const STEP_TURN_RAD: f64 = 6.0 * DEGREE;
/// Notches of the wheel that a zoom by key is worth.
const STEP_NOTCHES: f32 = 1.5;

/// A step of the camera by key. Arrows go, Shift and arrows turn, + and − zoom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyStep {
    /// To the left of the picture.
    Left,
    /// To the right of the picture.
    Right,
    /// Where the camera looks, over the ground.
    Ahead,
    /// Away from where the camera looks, over the ground.
    Back,
    /// The camera turns to the left.
    TurnLeft,
    /// The camera turns to the right.
    TurnRight,
    /// The camera looks farther up.
    LookUp,
    /// The camera looks farther down.
    LookDown,
    /// Nearer to the middle of the picture.
    Nearer,
    /// Farther from the middle of the picture.
    Farther,
}

/// What two fingers did since the event before, px from the viewport's top left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pinch {
    /// Where the middle between the fingers was.
    pub from: [f32; 2],
    /// Where it is now.
    pub to: [f32; 2],
    /// How many times as far apart the fingers are now.
    pub scale: f32,
    /// How far they turned, clockwise on the screen, degrees.
    pub turn_deg: f32,
}

impl OrbitCamera {
    pub(super) fn pan(&mut self, from: [f32; 2], to: [f32; 2]) {
        let Some(by) = self.dragged_by(from, to) else {
            return;
        };
        self.stop_flying();
        // Dragging is direct: the shown view moves with the pointer, and a zoom that still eases goes on.
        self.hold(|view| View {
            target: view.target + by,
            ..view
        });
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
        let ahead = down / self.shown.pitch_rad.sin().abs().max(0.1);
        Some(self.level_ahead() * ahead - self.shown.right() * right)
    }

    fn draggable_ground(&self, px: [f32; 2]) -> Option<DVec3> {
        let farthest_m = self.shown.distance_m * DRAGGABLE_DISTANCES;
        let eye = self.shown.eye();
        self.ground_at(px)
            .filter(|ground| ground.distance(eye) < farthest_m)
    }

    /// Where the camera looks, over the ground: a unit vector.
    fn level_ahead(&self) -> DVec3 {
        let (sin_heading, cos_heading) = self.shown.heading_rad.sin_cos();
        DVec3::new(sin_heading, cos_heading, 0.0)
    }

    pub(super) fn orbit(&mut self, by: [f32; 2]) {
        if !by.iter().all(|number| number.is_finite()) {
            return;
        }
        self.stop_flying();
        let [right, down] =
            by.map(|px| (f64::from(px) / self.viewport.scale * ORBIT_PER_PX_RAD).clamp(-TAU, TAU));
        self.turn(right, down);
    }

    fn turn(&mut self, right_rad: f64, down_rad: f64) {
        self.goal.heading_rad += right_rad;
        self.goal.pitch_rad += down_rad;
        self.goal = self.reach.keep(self.goal);
    }

    pub(super) fn zoom(&mut self, at: [f32; 2], notches: f32) {
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

    /// Two fingers hold two points of the ground: the picture moves, grows and turns with them, without easing.
    pub(super) fn pinch(&mut self, pinch: &Pinch) {
        let Pinch {
            from,
            to,
            scale,
            turn_deg,
        } = *pinch;
        let is_sound = scale.is_finite() && scale > 0.0 && turn_deg.is_finite();
        if !is_sound || self.viewport.focal_px().is_none() {
            return;
        }
        self.pan(from, to);
        self.stop_flying();
        let wanted_m = self.shown.distance_m / f64::from(scale).clamp(1.0 / MOST_PINCH, MOST_PINCH);
        let factor = wanted_m.clamp(NEAREST_M, self.reach.farthest_m()) / self.shown.distance_m;
        // The picture turns clockwise when the camera turns the other way.
        let turn_rad = -f64::from(turn_deg).to_radians();
        let held = self.draggable_ground(to).unwrap_or(self.shown.target);
        let (sin, cos) = turn_rad.sin_cos();
        self.hold(|view| {
            let off = (view.target - held) * factor;
            // Clockwise, as headings go.
            let turned = DVec3::new(off.x * cos + off.y * sin, off.y * cos - off.x * sin, off.z);
            View {
                target: held + turned,
                distance_m: view.distance_m * factor,
                heading_rad: view.heading_rad + turn_rad,
                pitch_rad: view.pitch_rad,
            }
        });
    }

    /// Moves goal and shown view alike, as a hand that holds the picture does.
    fn hold(&mut self, moved: impl Fn(View) -> View) {
        let before = self.shown;
        self.goal = self.reach.keep(moved(self.goal));
        self.shown = self.reach.keep(moved(self.shown));
        self.was_dragged = true;
        if self.shown != before {
            self.revision += 1;
        }
    }

    pub(super) fn step(&mut self, step: KeyStep) {
        self.stop_flying();
        let way_m = (self.goal.distance_m * STEP_DISTANCES).max(LEAST_STEP_M);
        let middle = [
            (self.viewport.width_px * 0.5) as f32,
            (self.viewport.height_px * 0.5) as f32,
        ];
        match step {
            KeyStep::Left => self.go(-self.shown.right() * way_m),
            KeyStep::Right => self.go(self.shown.right() * way_m),
            KeyStep::Ahead => self.go(self.level_ahead() * way_m),
            KeyStep::Back => self.go(-self.level_ahead() * way_m),
            KeyStep::TurnLeft => self.turn(-STEP_TURN_RAD, 0.0),
            KeyStep::TurnRight => self.turn(STEP_TURN_RAD, 0.0),
            KeyStep::LookUp => self.turn(0.0, -STEP_TURN_RAD),
            KeyStep::LookDown => self.turn(0.0, STEP_TURN_RAD),
            KeyStep::Nearer => self.zoom(middle, STEP_NOTCHES),
            KeyStep::Farther => self.zoom(middle, -STEP_NOTCHES),
        }
    }

    fn go(&mut self, by: DVec3) {
        self.goal.target += by;
        self.goal = self.reach.keep(self.goal);
    }
}
