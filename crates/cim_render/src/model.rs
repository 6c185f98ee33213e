//! The city models in the picture: which tiles are loaded and shown, and their meshes for picking.
//!
//! [`cim_tiles::TileStream`] reads on threads of its own and decides what to load, show and drop; the main world keeps the
//! meshes; `device` uploads what is shown. The second slot holds another epoch or plan, to compare with.

use crate::{
    city::{class_bit, is_flat},
    frame::shown_classes,
    openings::{Openings, first_seen},
};
use bevy::{
    app::{App, Plugin, PreUpdate, Update},
    ecs::prelude::{
        DetectChanges, DetectChangesMut, IntoScheduleConfigs, Local, Message, MessageReader,
        MessageWriter, Res, ResMut, Resource,
    },
    math::DVec3,
};
use cim_geo::{Enu, LocalFrame};
use cim_scene::{
    AskCorners, City, CityLook, Clips, Compare, FOV_Y_RAD, FeatureCorners, FeatureHit,
    FeatureStyles, FollowSystems, LayerSwitches, NeedsFrame, OrbitCamera, PickFeature, PickPurpose,
    Picked, Quality, SceneSystems, Show, Skyline, Underground,
};
use cim_tiles::{
    Budget, CameraMotion, FeatureClass, FolderSource, Hit, PlacedMesh, Placement, Problem,
    StreamOptions, StreamStatus, TileFeature, TileId, TileSource, TileStream, ViewState,
};
use std::{path::Path, sync::Arc};

/// Screen-space error up to which a tile is good enough, physical px, where a request states none. On a soft device it is the
/// usual of 3D Tiles viewers: each finer tile costs corners that a processor has to place.
const SOFT_ERROR_PX: f64 = 16.0;
/// The same on a common graphics card: half as much again of detail, for about twice the tiles.
const STANDARD_ERROR_PX: f64 = 12.0;
/// The same for the best picture: what is still missing is smaller than a letter of the desk.
const HIGH_ERROR_PX: f64 = 8.0;
/// Threads that read and parse tiles.
const WORKERS: usize = 2;
/// What others take of the budget counts in steps of so many bytes.
const TAKEN_STEP: usize = 16 << 20;
/// Problems kept for the desk; older ones go.
const MAX_PROBLEMS: usize = 20;
/// How far ahead of a moving camera tiles are fetched, seconds.
const LOOK_AHEAD_S: f64 = 1.5;
/// Cities that can be compared.
pub(crate) const SLOTS: usize = 2;

/// Shows the city models.
pub(crate) struct CityModelPlugin;

impl Plugin for CityModelPlugin {
    fn build(&self, app: &mut App) {
        app.add_message::<OpenTiles>()
            .init_resource::<CityModel>()
            .add_systems(PreUpdate, (open_tiles, look_for_tiles).chain())
            .add_systems(
                Update,
                (
                    choose_tiles
                        .after(SceneSystems::Camera)
                        .before(SceneSystems::Pick),
                    answer_picks.in_set(SceneSystems::Answers),
                    answer_corners
                        .after(FollowSystems::Ask)
                        .before(FollowSystems::Tell),
                ),
            );
    }
}

/// Show this tileset instead of the one shown so far.
#[derive(Message, Clone, Debug)]
pub struct OpenTiles {
    /// 0 for the city, 1 for the epoch or plan that it is compared with.
    pub slot: usize,
    /// Where its files come from, and the tileset's path there; `None` shows nothing in this slot.
    pub tileset: Option<(Arc<dyn TileSource>, String)>,
    /// Where it stands; `None` for what `placement.json` beside it says, and otherwise ECEF.
    pub placement: Option<Placement>,
    /// Error on screen up to which a tile is good enough, physical px; `None` for what the quality of the look asks for.
    pub max_error_px: Option<f64>,
}

impl OpenTiles {
    /// Shows the city model of a folder: `tileset.json` and what it names.
    pub fn city(folder: &Path) -> Self {
        let source: Arc<dyn TileSource> = Arc::new(FolderSource::new(folder.to_path_buf()));
        Self {
            slot: 0,
            tileset: Some((source, "tileset.json".to_owned())),
            placement: None,
            max_error_px: None,
        }
    }

    /// Shows the city model of a folder beside the first one.
    pub fn compared(folder: &Path) -> Self {
        Self {
            slot: 1,
            ..Self::city(folder)
        }
    }

    /// Shows nothing in the second slot any more.
    pub fn nothing_compared() -> Self {
        Self {
            slot: 1,
            tileset: None,
            placement: None,
            max_error_px: None,
        }
    }
}

/// How far the city model is, for the desk.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TileStatus {
    /// Tiles in the picture.
    pub shown: u32,
    /// Tiles that the view wants and that are not there yet.
    pub missing: u32,
    /// True when nothing more is to come for this view.
    pub complete: bool,
    /// What the loaded tiles weigh, in memory and on the device, bytes.
    pub bytes: u64,
    /// What they may weigh, bytes.
    pub budget_bytes: u64,
    /// True when the view needs more than that and is coarser than asked for.
    pub short_of_memory: bool,
}

/// The city models that are open.
#[derive(Resource)]
pub struct CityModel {
    slots: [Option<OpenModel>; SLOTS],
    waiting: Vec<OpenTiles>,
    budget: Budget,
    /// What others take of the budget, bytes.
    taken: usize,
    problems: Vec<Problem>,
    /// Counts changes of what is shown; the renderer redraws the city when it differs.
    revision: u64,
    /// Counts the models opened in each slot: tile numbers of an earlier one mean nothing.
    eras: [u64; SLOTS],
}

struct OpenModel {
    stream: TileStream,
    /// The city's frame that the tiles were placed in.
    generation: u32,
    /// What was asked for, to open it again when the frame changes.
    request: OpenTiles,
}

impl Default for CityModel {
    fn default() -> Self {
        Self {
            slots: [None, None],
            waiting: Vec::new(),
            budget: Budget::default(),
            taken: 0,
            problems: Vec::new(),
            revision: 0,
            eras: [0; SLOTS],
        }
    }
}

impl CityModel {
    /// How far the models are, all slots together.
    pub fn status(&self) -> TileStatus {
        let mut all = TileStatus {
            complete: self.waiting.is_empty(),
            budget_bytes: self.budget.max_bytes as u64,
            ..TileStatus::default()
        };
        for open in self.slots.iter().flatten() {
            let StreamStatus {
                shown,
                missing,
                complete,
                bytes,
                short_of_memory,
                ..
            } = open.stream.status();
            all.shown += shown as u32;
            all.missing += missing as u32;
            all.complete &= complete;
            all.bytes += bytes as u64;
            all.short_of_memory |= short_of_memory;
        }
        all.complete &= self.slots.iter().any(Option::is_some);
        all
    }

    /// What loaded tiles may weigh from now on.
    pub fn set_budget(&mut self, budget: Budget) {
        self.budget = budget;
        self.share_budget();
    }

    /// What live layers take on the device is not there for tiles; half of the budget always is.
    pub(crate) fn set_taken(&mut self, bytes: u64) {
        // In steps, so that tiles do not come and go with every change.
        let taken = usize::try_from(bytes).unwrap_or(usize::MAX) / TAKEN_STEP * TAKEN_STEP;
        if self.taken != taken {
            self.taken = taken;
            self.share_budget();
        }
    }

    /// What could not be used so far; the list is handed over.
    pub fn take_problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }

    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    pub(crate) fn era(&self, slot: usize) -> u64 {
        self.eras.get(slot).copied().unwrap_or_default()
    }

    /// The meshes to draw.
    pub(crate) fn shown(&self, slot: usize) -> impl Iterator<Item = (TileId, &Arc<PlacedMesh>)> {
        self.slots
            .get(slot)
            .into_iter()
            .flatten()
            .flat_map(|open| open.stream.shown())
    }

    /// The shown tile of the first slot that holds the feature with this id, and its number there.
    pub(crate) fn find(&self, id: &str) -> Option<(u32, u32)> {
        self.shown(0).find_map(|(tile, placed)| {
            let features = &placed.mesh.features;
            let feature = features.iter().position(|feature| feature.id == id)?;
            Some((tile.0, feature as u32))
        })
    }

    /// True when the tile's mesh is in memory.
    pub(crate) fn holds(&self, slot: usize, tile: u32) -> bool {
        self.slots
            .get(slot)
            .and_then(Option::as_ref)
            .is_some_and(|open| open.stream.get(TileId(tile)).is_some())
    }

    /// Two cities share what one may take.
    fn share_budget(&mut self) {
        let open = self.slots.iter().flatten().count().max(1);
        let whole = self.budget.max_bytes;
        let each = Budget {
            max_bytes: whole.saturating_sub(self.taken).max(whole / 2) / open,
        };
        for open in self.slots.iter_mut().flatten() {
            open.stream.set_budget(each);
        }
    }

    fn open(&mut self, request: OpenTiles, frame: &LocalFrame, generation: u32, quality: Quality) {
        let slot = request.slot;
        self.revision += 1;
        if let Some(era) = self.eras.get_mut(slot) {
            *era += 1;
        }
        let stream = request.tileset.as_ref().map(|(source, path)| {
            let placement = match &request.placement {
                Some(placement) => *placement,
                None => Placement::beside(source.as_ref())?.unwrap_or_default(),
            };
            let options = StreamOptions {
                budget: self.budget,
                workers: WORKERS,
                max_sse_px: request.max_error_px.unwrap_or(error_px(quality)),
                placement,
                ..StreamOptions::new(*frame)
            };
            TileStream::open(Arc::clone(source), path, options)
        });
        let opened = match stream {
            None => None,
            Some(Ok(stream)) => Some(OpenModel {
                stream,
                generation,
                request,
            }),
            Some(Err(error)) => {
                self.report(Problem {
                    source: error.file().to_owned(),
                    place: error.place().to_owned(),
                    reason: error.to_string(),
                });
                None
            }
        };
        if let Some(room) = self.slots.get_mut(slot) {
            *room = opened;
        }
        self.share_budget();
    }

    /// Streams whose request states no error follow the quality.
    fn follow(&mut self, quality: Quality) {
        for open in self.slots.iter_mut().flatten() {
            if open.request.max_error_px.is_none() {
                open.stream.set_max_sse(error_px(quality));
            }
        }
    }

    pub(crate) fn report(&mut self, problem: Problem) {
        tracing::warn!(
            source = problem.source,
            place = problem.place,
            reason = problem.reason,
            "a tile or a layer is left out"
        );
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        }
    }
}

/// Error on screen up to which a tile is good enough in this quality, physical px.
fn error_px(quality: Quality) -> f64 {
    match quality {
        Quality::Soft => SOFT_ERROR_PX,
        Quality::Standard => STANDARD_ERROR_PX,
        Quality::High => HIGH_ERROR_PX,
    }
}

fn open_tiles(mut messages: MessageReader<OpenTiles>, mut model: ResMut<CityModel>) {
    for request in messages.read() {
        model.waiting.retain(|earlier| earlier.slot != request.slot);
        model.waiting.push(request.clone());
    }
}

fn look_for_tiles(model: Res<CityModel>, mut needs: ResMut<NeedsFrame>) {
    let arrived = |open: &OpenModel| open.stream.wants_update();
    if !model.waiting.is_empty() || model.slots.iter().flatten().any(arrived) {
        needs.ask();
    }
}

/// What the last choice was made for.
#[derive(Default)]
struct Seen {
    camera: u64,
    eye: Option<DVec3>,
    quality: Option<Quality>,
}

fn choose_tiles(
    camera: Res<OrbitCamera>,
    city: Res<City>,
    compare: Res<Compare>,
    look: Res<CityLook>,
    step: Res<cim_scene::FrameStep>,
    mut seen: Local<Seen>,
    mut model: ResMut<CityModel>,
    mut skyline: ResMut<Skyline>,
    mut needs: ResMut<NeedsFrame>,
) {
    let Some(frame) = city.frame() else { return };
    let generation = city.generation();
    let model = model.bypass_change_detection();
    reopen_for(model, generation);
    if seen.quality.replace(look.quality) != Some(look.quality) {
        model.follow(look.quality);
    }
    for request in std::mem::take(&mut model.waiting) {
        model.open(request, frame, generation, look.quality);
        needs.ask();
    }
    let viewport = camera.viewport();
    if viewport.width_px < 1.0 || viewport.height_px < 1.0 {
        return;
    }
    let moved = std::mem::replace(&mut seen.camera, camera.revision()) != camera.revision();
    let view = view_state(&camera, frame, *compare);
    let velocity = seen.eye.replace(view.position).map_or(DVec3::ZERO, |last| {
        (view.position - last) / step.seconds.max(1e-3)
    });
    let motion = camera.moving().then_some(CameraMotion {
        velocity_m_s: velocity,
        look_ahead_s: LOOK_AHEAD_S,
    });
    let mut changed = false;
    let mut problems = Vec::new();
    for open in model.slots.iter_mut().flatten() {
        if moved || compare.is_changed() || open.stream.wants_update() {
            changed |= open.stream.update(&view, motion);
            problems.extend(open.stream.take_problems());
        }
    }
    for problem in problems {
        model.report(problem);
    }
    if changed {
        model.revision += 1;
        needs.ask();
        let highest_m = highest(model);
        skyline.set_if_neq(Skyline { highest_m });
    }
}

/// A city with another origin has another frame: everything is placed anew.
fn reopen_for(model: &mut CityModel, generation: u32) {
    let mut again = Vec::new();
    for slot in &mut model.slots {
        if let Some(open) = slot.take_if(|open| open.generation != generation) {
            again.push(open.request);
        }
    }
    for request in again {
        if !model.waiting.iter().any(|later| later.slot == request.slot) {
            model.waiting.push(request);
        }
    }
}

/// The highest roof in the picture, metres above the city's ground.
fn highest(model: &CityModel) -> f64 {
    model
        .shown(0)
        .flat_map(|(_, placed)| &placed.mesh.features)
        .map(|feature| f64::from(feature.height_m))
        .fold(0.0, f64::max)
}

fn view_state(camera: &OrbitCamera, frame: &LocalFrame, compare: Compare) -> ViewState {
    let view = camera.view();
    let viewport = camera.viewport();
    let ecef = |enu: DVec3| {
        let point = frame.ecef_from_enu(Enu {
            east_m: enu.x,
            north_m: enu.y,
            up_m: enu.z,
        });
        DVec3::new(point.x_m, point.y_m, point.z_m)
    };
    let eye = ecef(view.eye());
    let width_px = match compare {
        Compare::Split => viewport.width_px / 2.0,
        Compare::Off | Compare::Swipe { .. } => viewport.width_px,
    };
    ViewState {
        position: eye,
        direction: (ecef(view.eye() + view.forward()) - eye).normalize(),
        up: (ecef(view.eye() + view.up()) - eye).normalize(),
        fov_y_rad: FOV_Y_RAD,
        viewport_px: [width_px, viewport.height_px],
    }
}

/// Finds the feature under a ray, for clicks and hovering. What is hidden, cut away or of a layer that is off lets the ray
/// through; the ground is asked for as it is, whatever is drawn of it.
fn answer_picks(
    mut questions: MessageReader<PickFeature>,
    mut hits: MessageWriter<FeatureHit>,
    model: Res<CityModel>,
    styles: Res<FeatureStyles>,
    underground: Res<Underground>,
    clips: Res<Clips>,
    switches: Res<LayerSwitches>,
) {
    let openings = Openings {
        clips: &clips,
        is_underground: underground.on,
    };
    let drawn = shown_classes(&switches);
    for question in questions.read() {
        let purpose = question.purpose;
        let wanted = |class: FeatureClass, feature: Option<&TileFeature>| {
            is_meant(class, purpose)
                && (purpose == PickPurpose::Ground || drawn & class_bit(class) != 0)
                && openings.may_show(class)
                && feature.is_none_or(|one| styles.of(one, class).show == Show::Normal)
        };
        let met = first_seen(
            question.origin,
            question.dir,
            |from| {
                let met = nearest_hit(&model, from, question.dir, &wanted)?;
                Some((f64::from(met.hit.distance_m), met))
            },
            |met: &Met<'_>, at| openings.shows(met.hit.class, purpose, question.origin, at),
        );
        let what = met.as_ref().and_then(|(_, met)| {
            let found = met.placed.mesh.features.get(met.hit.feature as usize)?;
            Some(Picked::Feature {
                tile: met.tile.0,
                feature: met.hit.feature,
                id: found.id.clone(),
                name: found.name.clone(),
            })
        });
        hits.write(FeatureHit {
            question: question.question,
            what,
            at: met.as_ref().map(|(at, _)| *at),
            normal: met
                .as_ref()
                .map(|(_, met)| DVec3::from_array(met.hit.normal.map(f64::from))),
        });
    }
}

/// Where a ray meets a tile.
struct Met<'a> {
    hit: Hit,
    tile: TileId,
    placed: &'a PlacedMesh,
}

/// What a ray meets first of what is wanted in the city.
fn nearest_hit<'a>(
    model: &'a CityModel,
    origin: DVec3,
    dir: DVec3,
    wanted: &impl Fn(FeatureClass, Option<&TileFeature>) -> bool,
) -> Option<Met<'a>> {
    let mut nearest: Option<Met<'a>> = None;
    for (tile, placed) in model.shown(0) {
        let mesh = &placed.mesh;
        let from = (origin - DVec3::from_array(mesh.centre)).as_vec3();
        let hit = mesh.pick_where(
            from.to_array(),
            dir.as_vec3().to_array(),
            |class, feature| wanted(class, mesh.features.get(feature as usize)),
        );
        if let Some(hit) = hit
            && nearest
                .as_ref()
                .is_none_or(|least| hit.distance_m < least.hit.distance_m)
        {
            nearest = Some(Met { hit, tile, placed });
        }
    }
    nearest
}

/// What a question is about: clicks and hovering mean what stands on the ground or lies below it; measuring means whatever is
/// seen, or the ground alone.
fn is_meant(class: FeatureClass, purpose: PickPurpose) -> bool {
    match purpose {
        PickPurpose::Ground => is_flat(class),
        PickPurpose::Point => true,
        PickPurpose::Pick | PickPurpose::Hover => !is_flat(class),
    }
}

/// Gives the corners of a feature, for tools that follow it.
fn answer_corners(
    mut questions: MessageReader<AskCorners>,
    mut answers: MessageWriter<FeatureCorners>,
    model: Res<CityModel>,
) {
    for AskCorners { id } in questions.read() {
        let mut corners = Vec::new();
        for (_, placed) in model.shown(0) {
            let mesh = &placed.mesh;
            let centre = DVec3::from_array(mesh.centre);
            let Some(row) = mesh.features.iter().position(|feature| feature.id == *id) else {
                continue;
            };
            let own = mesh.classes.iter().flat_map(|class| &class.vertices);
            corners.extend(
                own.filter(|vertex| vertex.feature as usize == row)
                    .map(|vertex| centre + DVec3::from_array(vertex.position.map(f64::from))),
            );
        }
        answers.write(FeatureCorners {
            id: id.clone(),
            corners,
        });
    }
}
