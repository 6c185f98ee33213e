//! What the person has picked and what the pointer is over.
//!
//! Symbols are found here, by their distance on the screen. For everything else the question goes out as a [`PickFeature`]
//! ray to whoever holds the meshes, and comes back as a [`FeatureHit`]. Draws nothing.

use crate::{
    CameraSystems, LayerSwitches, OrbitCamera, Picked, SHAPE_CAMERA, SHAPE_EVENT, SymbolSystems,
    Symbols, Tool, ToolSystems, TwinCommand, TwinOutput, View, Viewport, view::Projector,
};
use bevy_app::{App, Plugin, Update};
use bevy_ecs::prelude::{
    IntoScheduleConfigs, Message, MessageReader, MessageWriter, Res, ResMut, Resource, SystemSet,
};
use bevy_math::DVec3;
use cim_model::{Layer, SymbolKey};

/// Keeps [`Selected`] and [`Hovered`].
pub struct PickPlugin;

impl Plugin for PickPlugin {
    fn build(&self, app: &mut App) {
        app.add_message::<PickFeature>()
            .add_message::<FeatureHit>()
            .init_resource::<Selected>()
            .init_resource::<Hovered>()
            .init_resource::<Questions>()
            .init_resource::<Tool>()
            .add_systems(
                Update,
                (
                    find_under_pointer
                        .in_set(PickSystems::Ask)
                        .after(CameraSystems)
                        .after(SymbolSystems)
                        .after(ToolSystems::Ask),
                    (take_answers, mark_symbols)
                        .chain()
                        .in_set(PickSystems::Choose)
                        .after(PickSystems::Ask),
                ),
            );
    }
}

/// Systems that decide what is selected and hovered. Answer [`PickFeature`] between the two.
#[derive(SystemSet, Clone, Debug, Hash, PartialEq, Eq)]
pub enum PickSystems {
    /// Looks for symbols and asks for features.
    Ask,
    /// Takes the answers. Run after this set to see the frame's final choice.
    Choose,
}

/// How near to the pointer a symbol's middle has to be, CSS px.
pub const PICK_RADIUS_PX: f64 = 14.0;

/// What is selected.
#[derive(Resource, Debug, Default, PartialEq, Eq)]
pub struct Selected(pub Option<Picked>);

/// What the pointer is over.
#[derive(Resource, Debug, Default, PartialEq, Eq)]
pub struct Hovered(pub Option<Picked>);

/// What the answer to a [`PickFeature`] is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PickPurpose {
    /// A click.
    Pick,
    /// The pointer rests.
    Hover,
    /// A tool takes a point of whatever the ray meets: every class counts, also the relief.
    Point,
    /// How high the ground is: only relief, water, green, roads and rails count.
    Ground,
}

/// Asks which feature a ray meets first, and where. Answer every one of them, also when it meets nothing, with a [`FeatureHit`].
#[derive(Message, Clone, Copy, Debug, PartialEq)]
pub struct PickFeature {
    /// To be repeated in the answer: late answers to old questions are dropped.
    pub question: u32,
    /// Where the ray begins, metres east, north and up of the city's origin.
    pub origin: DVec3,
    /// Where it goes, a unit vector.
    pub dir: DVec3,
    /// What it is for.
    pub purpose: PickPurpose,
}

/// The answer to a [`PickFeature`].
#[derive(Message, Clone, Debug, PartialEq)]
pub struct FeatureHit {
    /// The question that it answers.
    pub question: u32,
    /// What the ray meets first.
    pub what: Option<Picked>,
    /// Where it meets it, metres east, north and up; `None` when it meets nothing.
    pub at: Option<DVec3>,
    /// The outward direction of the surface there, a unit vector, where it is known.
    pub normal: Option<DVec3>,
}

/// Questions that wait for their answer, and where the pointer is.
#[derive(Resource, Debug, Default)]
pub(crate) struct Questions {
    asked: u32,
    pick: Option<u32>,
    hover: Option<u32>,
    pointer: [f32; 2],
    /// Where the pointer was when the desk last heard of it.
    told_at: [f32; 2],
}

impl Questions {
    /// The number of another question.
    pub(crate) fn another(&mut self) -> u32 {
        self.asked = self.asked.wrapping_add(1);
        self.asked
    }
}

/// The shown symbol nearest to a pixel, if one is near enough. Events go before cameras before sensors at the same distance.
fn nearest_symbol(
    symbols: &Symbols,
    view: &View,
    viewport: &Viewport,
    at: [f32; 2],
) -> Option<SymbolKey> {
    let projector = Projector::new(view, viewport)?;
    let radius_px = PICK_RADIUS_PX * viewport.scale;
    let mut best: Option<(u32, u8, f64, u32)> = None;
    for row in 0..symbols.rows() {
        if !symbols.is_visible(row) {
            continue;
        }
        let Some(seen) = symbols
            .position(row)
            .and_then(|position| projector.project_render(position))
        else {
            continue;
        };
        let above_px = middle_above_px(symbols.shape(row)) * viewport.scale;
        let apart_px =
            f64::from(seen.px[0] - at[0]).hypot(f64::from(seen.px[1] - at[1]) - above_px);
        // Asked this way round, a NaN is not near.
        let is_near = apart_px <= radius_px;
        if !is_near {
            continue;
        }
        // Whole pixels: what a person cannot tell apart counts as equal.
        let found = (
            apart_px as u32,
            order_of(symbols.shape(row)),
            seen.depth_m,
            row,
        );
        if best.is_none_or(|best| found < best) {
            best = Some(found);
        }
    }
    best.map(|(_, _, _, row)| SymbolKey(row))
}

/// How far above its place a symbol's middle is drawn, CSS px: a pin stands on its tip.
fn middle_above_px(shape: u8) -> f64 {
    if shape == SHAPE_EVENT { 20.0 } else { 0.0 }
}

fn order_of(shape: u8) -> u8 {
    match shape {
        SHAPE_EVENT => 0,
        SHAPE_CAMERA => 1,
        _ => 2,
    }
}

fn find_under_pointer(
    mut commands: MessageReader<'_, '_, TwinCommand>,
    symbols: Res<'_, Symbols>,
    camera: Res<'_, OrbitCamera>,
    switches: Res<'_, LayerSwitches>,
    tool: Res<'_, Tool>,
    mut questions: ResMut<'_, Questions>,
    mut selected: ResMut<'_, Selected>,
    mut hovered: ResMut<'_, Hovered>,
    mut outputs: MessageWriter<'_, TwinOutput>,
    mut rays: MessageWriter<'_, PickFeature>,
) {
    let has_buildings = switches.is_shown(Layer::Buildings);
    let look = |at: [f32; 2]| {
        let key = nearest_symbol(
            &symbols,
            &camera.view(),
            &camera.viewport(),
            camera.in_view(at),
        );
        match (key, camera.ray_through(at)) {
            (Some(key), _) => Under::Symbol(key),
            (None, Some(ray)) if has_buildings => Under::Ray {
                origin: ray.origin,
                dir: ray.dir,
            },
            _ => Under::Nothing,
        }
    };
    // The pointer may rest at many places within a frame; only the last counts.
    let mut hover = None;
    for command in commands.read() {
        match command {
            TwinCommand::Select(what) => {
                questions.pick = None;
                choose(&mut selected, what.clone());
            }
            // A tool that is at work takes the clicks for itself.
            TwinCommand::Pick { at } if !tool.is_active() => {
                let under = look(*at);
                questions.pick = ask(under, PickPurpose::Pick, &mut questions, &mut rays);
                if questions.pick.is_none() {
                    let what = under.symbol();
                    choose(&mut selected, what.clone());
                    outputs.write(TwinOutput::Picked(what));
                }
            }
            TwinCommand::Hover { at } => hover = Some(*at),
            _ => {}
        }
    }
    let Some(at) = hover else { return };
    let under = match at {
        Some(at) if !tool.is_active() => look(at),
        Some(_) | None => Under::Nothing,
    };
    if let Some(at) = at.filter(|at| at[0].is_finite() && at[1].is_finite()) {
        questions.pointer = at;
    }
    questions.hover = ask(under, PickPurpose::Hover, &mut questions, &mut rays);
    if questions.hover.is_none() {
        hover_over(under.symbol(), &mut hovered, &mut questions, &mut outputs);
    }
}

/// What a look at a pixel finds.
#[derive(Clone, Copy, Debug)]
enum Under {
    Symbol(SymbolKey),
    /// No symbol; perhaps a feature along this ray.
    Ray {
        origin: DVec3,
        dir: DVec3,
    },
    Nothing,
}

impl Under {
    fn symbol(self) -> Option<Picked> {
        match self {
            Self::Symbol(key) => Some(Picked::Symbol(key)),
            Self::Ray { .. } | Self::Nothing => None,
        }
    }
}

/// Asks for a feature where there is a ray; the number of the question, if there was one.
fn ask(
    under: Under,
    purpose: PickPurpose,
    questions: &mut Questions,
    rays: &mut MessageWriter<'_, PickFeature>,
) -> Option<u32> {
    let Under::Ray { origin, dir } = under else {
        return None;
    };
    let question = questions.another();
    rays.write(PickFeature {
        question,
        origin,
        dir,
        purpose,
    });
    Some(question)
}

/// Selects, and marks the resource as changed only when it is.
fn choose(selected: &mut ResMut<'_, Selected>, what: Option<Picked>) {
    if selected.0 != what {
        selected.0 = what;
    }
}

fn hover_over(
    what: Option<Picked>,
    hovered: &mut ResMut<'_, Hovered>,
    questions: &mut Questions,
    outputs: &mut MessageWriter<'_, TwinOutput>,
) {
    let at = questions.pointer;
    let is_other = hovered.0 != what;
    // Bits, so that the comparison is exact on purpose.
    let has_moved = at.map(f32::to_bits) != questions.told_at.map(f32::to_bits);
    if is_other || (what.is_some() && has_moved) {
        questions.told_at = at;
        outputs.write(TwinOutput::Hovering {
            what: what.clone(),
            at,
        });
    }
    if is_other {
        hovered.0 = what;
    }
}

fn take_answers(
    mut hits: MessageReader<'_, '_, FeatureHit>,
    mut questions: ResMut<'_, Questions>,
    mut selected: ResMut<'_, Selected>,
    mut hovered: ResMut<'_, Hovered>,
    mut outputs: MessageWriter<'_, TwinOutput>,
) {
    for hit in hits.read() {
        if questions.pick == Some(hit.question) {
            questions.pick = None;
            choose(&mut selected, hit.what.clone());
            outputs.write(TwinOutput::Picked(hit.what.clone()));
        } else if questions.hover == Some(hit.question) {
            questions.hover = None;
            hover_over(hit.what.clone(), &mut hovered, &mut questions, &mut outputs);
        }
    }
}

fn mark_symbols(
    selected: Res<'_, Selected>,
    hovered: Res<'_, Hovered>,
    mut symbols: ResMut<'_, Symbols>,
) {
    let key_of = |what: &Option<Picked>| match what {
        Some(Picked::Symbol(key)) => Some(*key),
        Some(Picked::Feature { .. }) | None => None,
    };
    symbols.mark_rows(key_of(&selected.0), key_of(&hovered.0));
}
