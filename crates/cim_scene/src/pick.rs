//! What the person has picked and what the pointer is over.
//!
//! Points are found by their distance on the screen (`live::find`), names by their text. For everything else the question goes out as a [`PickFeature`]
//! ray to whoever holds the meshes, and comes back as a [`FeatureHit`]. Draws nothing.

use crate::{
    CameraSystems, City, GroundSight, Labels, LiveLayers, LiveSystems, OrbitCamera, Picked,
    ShownLabels, Tool, ToolSystems, TwinCommand, TwinOutput,
    live::{
        find::{FoundCluster, FoundWhat, find, way_into},
        here_in,
    },
};
use bevy_app::{App, Plugin, Update};
use bevy_ecs::prelude::{
    IntoScheduleConfigs, Message, MessageReader, MessageWriter, Res, ResMut, Resource, SystemSet,
};
use bevy_math::DVec3;
use cim_model::PointKey;

/// Keeps [`Selected`] and [`Hovered`].
pub struct PickPlugin;

impl Plugin for PickPlugin {
    fn build(&self, app: &mut App) {
        app.add_message::<PickFeature>()
            .add_message::<FeatureHit>()
            .init_resource::<Selected>()
            .init_resource::<Hovered>()
            .init_resource::<City>()
            .init_resource::<Questions>()
            .init_resource::<Tool>()
            .init_resource::<LiveLayers>()
            .init_resource::<Labels>()
            .init_resource::<ShownLabels>()
            .add_systems(
                Update,
                (
                    find_under_pointer
                        .in_set(PickSystems::Ask)
                        .after(CameraSystems)
                        .after(LiveSystems::Look)
                        .after(ToolSystems::Ask),
                    take_answers
                        .in_set(PickSystems::Choose)
                        .after(PickSystems::Ask),
                ),
            );
    }
}

/// Systems that decide what is selected and hovered. Answer [`PickFeature`] between the two.
#[derive(SystemSet, Clone, Debug, Hash, PartialEq, Eq)]
pub enum PickSystems {
    /// Looks for points and asks for features.
    Ask,
    /// Takes the answers. Run after this set to see the frame's final choice.
    Choose,
}

/// How near to the pointer a point's middle has to be, CSS px.
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
    /// The way of the sight under the pointer.
    sight: DVec3,
    /// Where the pointer was when the desk last heard of it.
    told_at: [f32; 2],
    /// True while the desk knows of a place on the ground.
    told_ground: bool,
}

impl Questions {
    /// The number of another question.
    pub(crate) fn another(&mut self) -> u32 {
        self.asked = self.asked.wrapping_add(1);
        self.asked
    }
}

fn find_under_pointer(
    mut commands: MessageReader<'_, '_, TwinCommand>,
    live: Res<'_, LiveLayers>,
    mut camera: ResMut<'_, OrbitCamera>,
    labels: Res<'_, Labels>,
    shown: Res<'_, ShownLabels>,
    tool: Res<'_, Tool>,
    mut questions: ResMut<'_, Questions>,
    mut selected: ResMut<'_, Selected>,
    mut hovered: ResMut<'_, Hovered>,
    mut outputs: MessageWriter<'_, TwinOutput>,
    mut rays: MessageWriter<'_, PickFeature>,
) {
    let names = (&*labels, &*shown);
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
                let under = Under::at(&live, &camera, names, *at);
                questions.pick = ask(under, PickPurpose::Pick, &mut questions, &mut rays);
                if let Under::Cluster(cluster) = under
                    && let Some(here) = open_cluster(&live, &mut camera, &cluster, *at)
                {
                    outputs.write(here);
                }
                if questions.pick.is_none() {
                    let what = under.what(&labels);
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
        Some(at) if !tool.is_active() => Under::at(&live, &camera, names, at),
        Some(_) | None => Under::Nothing,
    };
    if let Some(at) = at.filter(|at| at[0].is_finite() && at[1].is_finite()) {
        questions.pointer = at;
    }
    questions.hover = ask(under, PickPurpose::Hover, &mut questions, &mut rays);
    if let Under::Ray { dir, .. } = under {
        questions.sight = dir;
    }
    if questions.hover.is_none() {
        let what = under.what(&labels);
        hover_over((what, None), &mut hovered, &mut questions, &mut outputs);
    }
}

/// The ground at a pixel where the sight goes along `dir` and meets something at `met`, or else the plane of the ground.
/// `None` where no layer says anything of it, and above the horizon.
pub(crate) fn ground_at(
    (live, camera, city): (&LiveLayers, &OrbitCamera, &City),
    px: [f32; 2],
    dir: DVec3,
    met: Option<DVec3>,
) -> Option<GroundSight> {
    let layers = live.grounds();
    if layers.is_empty() {
        return None;
    }
    let at = met.or_else(|| camera.ground_at(px))?;
    let lean = [dir.x / dir.z, dir.y / dir.z];
    Some(GroundSight {
        place: city.geodetic_from_enu(at)?,
        // A level sight leans without end.
        lean: lean.map(|metres| if metres.is_finite() { metres } else { 0.0 }),
        metres_per_px: camera.eye().distance(at) / camera.viewport().focal_px()?,
        layers,
    })
}

/// What a look at a pixel finds.
#[derive(Clone, Copy, Debug)]
enum Under {
    Point(PointKey),
    Cluster(FoundCluster),
    /// No point; this label, which names a feature.
    Name(u32),
    /// No point and no name; perhaps a feature along this ray.
    Ray {
        origin: DVec3,
        dir: DVec3,
    },
    Nothing,
}

impl Under {
    /// What lies at a pixel of the picture. Which classes of features are drawn is known to whoever follows the ray.
    fn at(
        live: &LiveLayers,
        camera: &OrbitCamera,
        (labels, shown): (&Labels, &ShownLabels),
        at: [f32; 2],
    ) -> Self {
        if let Some(found) = find(live, camera, at, 1).first() {
            return match found.what {
                FoundWhat::Point(key) => Self::Point(key),
                FoundWhat::Cluster(cluster) => Self::Cluster(cluster),
            };
        }
        let scale = camera.viewport().scale as f32;
        if let Some(index) = shown.under(labels, scale, camera.in_view(at)) {
            return Self::Name(index);
        }
        camera
            .ray_through(at)
            .map_or(Self::Nothing, |ray| Self::Ray {
                origin: ray.origin,
                dir: ray.dir,
            })
    }

    /// What is there without asking anybody.
    fn what(self, labels: &Labels) -> Option<Picked> {
        match self {
            Self::Point(key) => Some(Picked::Point(key)),
            Self::Name(index) => labels.named(index).map(|(id, name)| Picked::Feature {
                // Which tile holds it is the renderer's to find.
                tile: u32::MAX,
                feature: u32::MAX,
                id: id.to_owned(),
                name: name.to_owned(),
            }),
            Self::Cluster(_) | Self::Ray { .. } | Self::Nothing => None,
        }
    }
}

/// Flies into a cluster until it splits; where no distance splits it, what it holds is to be told.
fn open_cluster(
    live: &LiveLayers,
    camera: &mut OrbitCamera,
    cluster: &FoundCluster,
    at: [f32; 2],
) -> Option<TwinOutput> {
    let Some((middle, distance_m)) = way_into(live, camera, cluster) else {
        return Some(here_in(live, cluster, at));
    };
    camera.fly_into(middle, distance_m);
    None
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
    (what, ground): (Option<Picked>, Option<GroundSight>),
    hovered: &mut ResMut<'_, Hovered>,
    questions: &mut Questions,
    outputs: &mut MessageWriter<'_, TwinOutput>,
) {
    let at = questions.pointer;
    let is_other = hovered.0 != what;
    // Bits, so that the comparison is exact on purpose.
    let has_moved = at.map(f32::to_bits) != questions.told_at.map(f32::to_bits);
    let has_ground = ground.is_some();
    let has_more = questions.told_ground != has_ground;
    if is_other || has_more || ((what.is_some() || has_ground) && has_moved) {
        questions.told_at = at;
        questions.told_ground = has_ground;
        outputs.write(TwinOutput::Hovering {
            what: what.clone(),
            at,
            ground,
        });
    }
    if is_other {
        hovered.0 = what;
    }
}

fn take_answers(
    mut hits: MessageReader<'_, '_, FeatureHit>,
    live: Res<'_, LiveLayers>,
    camera: Res<'_, OrbitCamera>,
    city: Res<'_, City>,
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
            let (px, dir) = (questions.pointer, questions.sight);
            let ground = ground_at((&*live, &*camera, &*city), px, dir, hit.at);
            let found = (hit.what.clone(), ground);
            hover_over(found, &mut hovered, &mut questions, &mut outputs);
        }
    }
}
