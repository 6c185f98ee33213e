//! The tool in the person's hand: measuring, and drawing rings, lines and boxes with clicks.
//!
//! While a tool is at work it takes clicks and the pointer for itself; each becomes a [`PickFeature`] ray, and its point is
//! where the ray meets a feature or else the ground plane. What comes out is told as [`TwinOutput::Measured`] and
//! [`TwinOutput::Sketched`]. The steps of collecting are in `collect`, what is drawn meanwhile in `draw`.

mod collect;
mod draw;
mod height;

use crate::{
    CameraSystems, City, DrawingSystems, FeatureHit, MeasureKind, OrbitCamera, PickFeature,
    PickPurpose, PickSystems, TwinCommand, TwinOutput, WorldRay, drawings::ToolDrawings,
    pick::Questions,
};
use bevy_app::{App, Plugin, Update};
use bevy_ecs::prelude::{
    IntoScheduleConfigs, MessageReader, MessageWriter, Res, ResMut, Resource, SystemSet,
};
use bevy_math::DVec3;
use cim_geo::Geodetic;
use collect::Collecting;
use height::Profile;
use std::collections::VecDeque;

/// Keeps [`Tool`].
pub struct ToolPlugin;

impl Plugin for ToolPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Tool>()
            .init_resource::<Questions>()
            .init_resource::<ToolDrawings>()
            .add_systems(
                Update,
                (
                    ask_points
                        .in_set(ToolSystems::Ask)
                        .in_set(PickSystems::Ask)
                        .after(CameraSystems),
                    take_points
                        .in_set(ToolSystems::Take)
                        .in_set(PickSystems::Choose)
                        .after(PickSystems::Ask)
                        .before(DrawingSystems),
                ),
            );
    }
}

/// Systems of the tool. [`PickFeature`] is answered between the two.
#[derive(SystemSet, Clone, Debug, Hash, PartialEq, Eq)]
pub enum ToolSystems {
    /// Takes clicks and asks what they meet. Run after this set to know whether a tool is at work.
    Ask,
    /// Takes the points and tells what came of them.
    Take,
}

/// Two clicks nearer than this are one, CSS px: the second of a double click ends a line and is no point of it.
const SAME_PLACE_PX: f64 = 4.0;
/// Clicks that wait for their answer; more are dropped.
const MOST_WAITING: usize = 16;

/// What a tool does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ToolKind {
    /// Measures.
    Measure(MeasureKind),
    /// Draws something for the desk.
    Sketch(SketchKind),
}

/// What is drawn for the desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SketchKind {
    /// A ring that cuts the city.
    ClipPolygon,
    /// A box that cuts the city: two corners on the ground, then its height.
    SectionBox,
    /// The middle line of a trench.
    Trench,
    /// A ring that watches over a place.
    Geofence,
    /// Any line.
    Line,
    /// One place.
    Point,
}

/// What the person does with the tool, apart from clicks and moves of the pointer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ToolCommand {
    /// Takes up a tool, and puts away the one before.
    Start(ToolKind),
    /// All points are there (Enter, a double click). A tool that needs more points, or whose ring crosses itself, goes on.
    Finish,
    /// Takes back the newest point.
    Undo,
    /// Puts the tool away, or wipes off what a finished one has left in the picture.
    Cancel,
}

/// What was drawn for the desk; heights are metres above the ellipsoid at the city's origin, as clicked.
#[derive(Clone, Debug, PartialEq)]
pub enum Sketch {
    /// A ring; the first corner is not repeated.
    Ring {
        /// What it is for.
        kind: SketchKind,
        /// Its corners.
        ring: Vec<Geodetic>,
    },
    /// A line.
    Line {
        /// What it is for.
        kind: SketchKind,
        /// Its points.
        line: Vec<Geodetic>,
    },
    /// One place.
    Point {
        /// Where.
        at: Geodetic,
    },
    /// An upright box.
    Box {
        /// Its middle.
        centre: Geodetic,
        /// Half its sides, metres: across, along its heading, up.
        half_m: [f64; 3],
        /// Where its second side points, clockwise from north, degrees.
        heading_deg: f64,
    },
}

/// The tool in the person's hand.
#[derive(Resource, Debug, Default)]
pub struct Tool {
    collecting: Option<Collecting>,
    /// Clicks whose points are not known yet, in order.
    clicks: VecDeque<Waiting>,
    hover: Option<Waiting>,
    last_click: Option<[f32; 2]>,
    is_finish_due: bool,
    profile: Option<Profile>,
    /// Its drawings are not what it holds.
    is_stale: bool,
    city: u32,
}

/// A pixel whose point is not known yet.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    question: u32,
    /// Where its ray meets the ground plane.
    ground: Option<DVec3>,
    is_answered: bool,
    point: Option<DVec3>,
}

impl Tool {
    /// What it does; `None` while there is no tool.
    pub fn kind(&self) -> Option<ToolKind> {
        self.collecting.as_ref().map(Collecting::kind)
    }

    /// True while a tool takes clicks for itself.
    pub fn is_active(&self) -> bool {
        self.collecting.is_some()
    }

    /// True while an answer is to come.
    pub(crate) fn is_waiting(&self) -> bool {
        self.profile.is_some()
    }

    fn start(&mut self, kind: ToolKind, heading_rad: f64, city: u32) {
        *self = Self {
            collecting: Some(Collecting::new(kind, heading_rad)),
            is_stale: true,
            city,
            ..Self::default()
        };
    }

    fn cancel(&mut self) {
        *self = Self {
            is_stale: true,
            ..Self::default()
        };
    }

    fn undo(&mut self) {
        self.last_click = None;
        self.is_finish_due = false;
        if self.clicks.pop_back().is_none()
            && let Some(collecting) = &mut self.collecting
        {
            collecting.undo();
            self.is_stale = true;
        }
    }

    /// Takes a click: the ray to ask about, if its point is not known at once.
    fn click(&mut self, at: [f32; 2], camera: &OrbitCamera) -> Option<(DVec3, DVec3)> {
        let scale = camera.viewport().scale;
        let is_again = self.last_click.is_some_and(|last| {
            f64::from(last[0] - at[0]).hypot(f64::from(last[1] - at[1])) < SAME_PLACE_PX * scale
        });
        if is_again || self.is_finish_due || self.clicks.len() >= MOST_WAITING {
            return None;
        }
        let ray = camera.ray_through(at)?;
        let collecting = self.collecting.as_mut()?;
        self.last_click = Some(at);
        if collecting.wants_height() {
            if let Some(point) = collecting.height_along(&ray) {
                self.is_finish_due = collecting.add(point);
                self.is_stale = true;
            }
            return None;
        }
        Some((ray.origin, ray.dir))
    }

    /// Takes the pointer's place: the ray to ask about, if its point is not known at once.
    fn point_at(&mut self, at: Option<[f32; 2]>, camera: &OrbitCamera) -> Option<(DVec3, DVec3)> {
        let collecting = self.collecting.as_mut()?;
        let ray = at.and_then(|at| camera.ray_through(at));
        self.hover = None;
        let Some(ray) = ray else {
            self.is_stale |= collecting.hover(None);
            return None;
        };
        if collecting.wants_height() {
            let point = collecting.height_along(&ray);
            self.is_stale |= collecting.hover(point);
            return None;
        }
        Some((ray.origin, ray.dir))
    }

    /// Takes an answer to one of its questions.
    fn take(&mut self, hit: &FeatureHit) {
        if let Some(profile) = &mut self.profile {
            profile.take(hit.question, hit.at);
        }
        for click in &mut self.clicks {
            if click.question == hit.question {
                click.is_answered = true;
                click.point = hit.at.or(click.ground);
            }
        }
        let Some(collecting) = &mut self.collecting else {
            return;
        };
        if let Some(hover) = self.hover.take_if(|hover| hover.question == hit.question) {
            self.is_stale |= collecting.hover(hit.at.or(hover.ground));
        }
        while let Some(click) = self.clicks.pop_front_if(|click| click.is_answered) {
            if let Some(point) = click.point.filter(|_| !self.is_finish_due) {
                self.is_finish_due = collecting.add(point);
                self.is_stale = true;
            }
        }
    }
}

fn ask_points(
    mut commands: MessageReader<'_, '_, TwinCommand>,
    camera: Res<'_, OrbitCamera>,
    city: Res<'_, City>,
    mut tool: ResMut<'_, Tool>,
    mut questions: ResMut<'_, Questions>,
    mut rays: MessageWriter<'_, PickFeature>,
) {
    if tool.is_active() && tool.city != city.generation() {
        tool.cancel();
    }
    let mut ask = |(origin, dir): (DVec3, DVec3)| {
        let question = questions.another();
        rays.write(PickFeature {
            question,
            origin,
            dir,
            purpose: PickPurpose::Point,
        });
        Waiting {
            question,
            ground: WorldRay { origin, dir }.ground(),
            is_answered: false,
            point: None,
        }
    };
    // The pointer may rest at many places within a frame; only the last counts.
    let mut hover = None;
    for command in commands.read() {
        match command {
            TwinCommand::Tool(ToolCommand::Start(kind)) if city.frame().is_some() => {
                tool.start(*kind, camera.view().heading_rad, city.generation());
            }
            TwinCommand::Tool(ToolCommand::Cancel) => tool.cancel(),
            TwinCommand::Tool(ToolCommand::Undo) => tool.undo(),
            TwinCommand::Tool(ToolCommand::Finish) if tool.is_active() => tool.is_finish_due = true,
            TwinCommand::Pick { at } if tool.is_active() => {
                if let Some(click) = tool.click(*at, &camera) {
                    tool.clicks.push_back(ask(click));
                }
            }
            TwinCommand::Hover { at } => hover = Some(*at),
            _ => {}
        }
    }
    if let Some(at) = hover
        && let Some(ray) = tool.point_at(at, &camera)
    {
        tool.hover = Some(ask(ray));
    }
}

fn take_points(
    mut hits: MessageReader<'_, '_, FeatureHit>,
    city: Res<'_, City>,
    mut tool: ResMut<'_, Tool>,
    mut questions: ResMut<'_, Questions>,
    mut drawn: ResMut<'_, ToolDrawings>,
    mut rays: MessageWriter<'_, PickFeature>,
    mut outputs: MessageWriter<'_, TwinOutput>,
) {
    for hit in hits.read() {
        tool.take(hit);
    }
    let points_before = drawn.points;
    if tool.is_stale {
        tool.is_stale = false;
        draw::draw(tool.collecting.as_ref(), &mut drawn);
    }
    if let Some(mut profile) = tool.profile.take() {
        if !profile.is_complete() {
            tool.profile = Some(profile);
            return;
        }
        if let Some(output) = profile.measured(&city) {
            outputs.write(output);
        }
        return;
    }
    let Some(collecting) = &tool.collecting else {
        return;
    };
    let is_done = tool.is_finish_due && tool.clicks.is_empty();
    if is_done && collecting.is_complete() {
        let collecting = tool.collecting.take();
        tool.is_finish_due = false;
        let asking = (&mut *questions, &mut rays);
        finish(
            collecting,
            &mut tool,
            &city,
            asking,
            &mut drawn,
            &mut outputs,
        );
    } else {
        tool.is_finish_due &= !is_done;
        let collecting = tool.collecting.as_ref();
        if let Some(output) = collecting
            .filter(|collecting| collecting.points().len() != points_before)
            .and_then(|collecting| collecting.preview(&city))
        {
            outputs.write(output);
        }
    }
}

/// Ends the work of a tool: tells its result, or first asks for the ground below a measured way.
fn finish(
    collecting: Option<Collecting>,
    tool: &mut Tool,
    city: &City,
    (questions, rays): (&mut Questions, &mut MessageWriter<'_, PickFeature>),
    drawn: &mut ToolDrawings,
    outputs: &mut MessageWriter<'_, TwinOutput>,
) {
    let Some(mut collecting) = collecting else {
        return;
    };
    collecting.hover(None);
    match collecting.kind() {
        ToolKind::Measure(kind) => {
            // What was measured stays in the picture until the next tool, or until it is wiped off.
            draw::draw(Some(&collecting), drawn);
            if kind == MeasureKind::Distance {
                let profile = Profile::below(collecting.points(), || questions.another());
                for question in profile.questions() {
                    rays.write(question);
                }
                tool.profile = Some(profile);
                return;
            }
        }
        ToolKind::Sketch(_) => draw::draw(None, drawn),
    }
    if let Some(output) = collecting.result(city) {
        outputs.write(output);
    }
}

#[cfg(test)]
mod tests;
