//! The city model in the picture: which tiles are loaded and shown, and their meshes for picking.
//!
//! Files are read and parsed on worker threads; the main world keeps the meshes; `device` uploads what is shown.
//! `cim_tiles` decides what to load, show and drop.

use bevy::{
    app::{App, Plugin, PreUpdate, Update},
    ecs::prelude::{
        DetectChangesMut, IntoScheduleConfigs, Local, Message, MessageReader, MessageWriter, Res,
        ResMut, Resource,
    },
    math::DVec3,
};
use cim_geo::{Enu, LocalFrame};
use cim_scene::{
    City, FOV_Y_RAD, FeatureHit, NeedsFrame, OrbitCamera, PickFeature, Picked, SceneSystems,
};
use cim_tiles::{Budget, Problem, Selector, TileId, TileLife, TileMesh, Tileset, ViewState};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
};

/// Screen-space error up to which a tile is good enough, physical px.
const MAX_ERROR_PX: f64 = 24.0;
/// What loaded tiles may weigh in memory, bytes.
const MAX_BYTES: usize = 1 << 30;
/// Threads that read and parse tiles.
const WORKERS: usize = 2;
/// Tiles asked for at once. More would only delay what the camera needs next.
const MAX_IN_FLIGHT: usize = 32;
/// Problems kept for the desk; older ones go.
const MAX_PROBLEMS: usize = 20;

/// Shows the city model of a folder.
pub(crate) struct CityModelPlugin;

impl Plugin for CityModelPlugin {
    fn build(&self, app: &mut App) {
        app.add_message::<OpenTiles>()
            .init_resource::<CityModel>()
            .add_systems(PreUpdate, (open_tiles, receive_tiles).chain())
            .add_systems(
                Update,
                (
                    choose_tiles
                        .after(SceneSystems::Camera)
                        .before(SceneSystems::Pick),
                    answer_picks.in_set(SceneSystems::Answers),
                ),
            );
    }
}

/// Show the city model of this folder (`tileset.json` and what it names), instead of the one shown so far.
#[derive(Message, Clone, Debug)]
pub struct OpenTiles(pub PathBuf);

/// How far the city model is, for the desk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TileStatus {
    /// Tiles in the picture.
    pub shown: u32,
    /// Tiles that the view wants and that are not there yet.
    pub missing: u32,
    /// True when nothing more is to come for this view.
    pub complete: bool,
    /// What the loaded tiles weigh, bytes.
    pub bytes: u64,
}

/// The city model that is open.
#[derive(Resource, Default)]
pub struct CityModel {
    open: Option<OpenModel>,
    problems: Vec<Problem>,
    /// Counts changes of what is shown; the renderer redraws the city when it differs.
    revision: u64,
    /// Counts the models opened: tile numbers of an earlier one mean nothing.
    era: u64,
}

struct OpenModel {
    folder: PathBuf,
    tileset: Tileset,
    selector: Selector,
    loaded: BTreeMap<u32, Arc<TileMesh>>,
    shown: Vec<TileId>,
    in_flight: usize,
    status: TileStatus,
    requests: SyncSender<Request>,
    results: Mutex<Receiver<Loaded>>,
    /// Tiles whose content cannot be read at all, not told yet.
    unusable: Vec<Problem>,
    /// Selection runs again when this is set: the camera moved, or a tile arrived.
    is_stale: bool,
}

struct Request {
    tile: TileId,
    path: PathBuf,
}

struct Loaded {
    tile: TileId,
    mesh: Result<TileMesh, Problem>,
}

impl CityModel {
    /// How far the model is.
    pub fn status(&self) -> TileStatus {
        self.open
            .as_ref()
            .map(|open| open.status)
            .unwrap_or_default()
    }

    /// The folder that is open.
    pub fn folder(&self) -> Option<&Path> {
        self.open.as_ref().map(|open| open.folder.as_path())
    }

    /// What could not be used so far; the list is handed over.
    pub fn take_problems(&mut self) -> Vec<Problem> {
        std::mem::take(&mut self.problems)
    }

    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    pub(crate) fn era(&self) -> u64 {
        self.era
    }

    /// The meshes to draw.
    pub(crate) fn shown(&self) -> impl Iterator<Item = (TileId, &Arc<TileMesh>)> {
        self.open.iter().flat_map(|open| {
            open.shown
                .iter()
                .filter_map(|tile| Some((*tile, open.loaded.get(&tile.0)?)))
        })
    }

    /// The shown tile that holds the feature with this id, and its number there.
    pub(crate) fn find(&self, id: &str) -> Option<(u32, u32)> {
        self.shown().find_map(|(tile, mesh)| {
            let feature = mesh.features.iter().position(|feature| feature.id == id)?;
            Some((tile.0, feature as u32))
        })
    }

    /// True when the tile's mesh is in memory.
    pub(crate) fn holds(&self, tile: u32) -> bool {
        self.open
            .as_ref()
            .is_some_and(|open| open.loaded.contains_key(&tile))
    }

    fn report(&mut self, problem: Problem) {
        tracing::warn!(
            source = problem.source,
            place = problem.place,
            reason = problem.reason,
            "a tile is left out"
        );
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        }
    }
}

fn open_tiles(mut messages: MessageReader<OpenTiles>, mut model: ResMut<CityModel>) {
    let Some(OpenTiles(folder)) = messages.read().last() else {
        return;
    };
    if model.folder() == Some(folder.as_path()) {
        return;
    }
    model.revision += 1;
    model.era += 1;
    match OpenModel::open(folder) {
        Ok((open, problems)) => {
            model.open = Some(open);
            for problem in problems {
                model.report(problem);
            }
        }
        Err(problem) => {
            model.open = None;
            model.report(problem);
        }
    }
}

impl OpenModel {
    fn open(folder: &Path) -> Result<(Self, Vec<Problem>), Problem> {
        let path = folder.join("tileset.json");
        let mut tileset = Tileset::read(&path).map_err(|err| problem_of(&path, &err))?;
        let problems = std::mem::take(&mut tileset.problems);
        let (requests, todo) = sync_channel::<Request>(MAX_IN_FLIGHT);
        let (done, results) = sync_channel::<Loaded>(MAX_IN_FLIGHT);
        let todo = Arc::new(Mutex::new(todo));
        for worker in 0..WORKERS {
            let (todo, done) = (Arc::clone(&todo), done.clone());
            // The threads end by themselves when the model is dropped and their channel closes.
            let spawned = thread::Builder::new()
                .name(format!("tiles-{worker}"))
                .spawn(move || read_tiles(&todo, &done));
            if let Err(err) = spawned {
                return Err(Problem {
                    source: "tiles".into(),
                    place: format!("worker {worker}"),
                    reason: err.to_string(),
                });
            }
        }
        let selector = Selector::new(
            tileset.tiles.len(),
            Budget {
                max_bytes: MAX_BYTES,
            },
        );
        let open = Self {
            folder: folder.to_path_buf(),
            tileset,
            selector,
            loaded: BTreeMap::new(),
            shown: Vec::new(),
            in_flight: 0,
            status: TileStatus::default(),
            requests,
            results: Mutex::new(results),
            unusable: Vec::new(),
            is_stale: true,
        };
        Ok((open, problems))
    }

    /// Takes over what the workers finished; what is broken is returned.
    fn receive(&mut self) -> Vec<Problem> {
        let mut problems = std::mem::take(&mut self.unusable);
        let arrived: Vec<Loaded> = match self.results.lock() {
            Ok(results) => results.try_iter().collect(),
            Err(_) => Vec::new(),
        };
        for Loaded { tile, mesh } in arrived {
            self.in_flight = self.in_flight.saturating_sub(1);
            self.is_stale = true;
            match mesh {
                Ok(mesh) => {
                    self.note(tile, TileLife::Ready, mesh.bytes);
                    self.loaded.insert(tile.0, Arc::new(mesh));
                }
                Err(problem) => {
                    self.note(tile, TileLife::Failed, 0);
                    problems.push(problem);
                }
            }
        }
        problems
    }

    /// Tells the selector how a tile fares.
    fn note(&mut self, tile: TileId, life: TileLife, bytes: usize) {
        if let Err(err) = self.selector.note(tile, life, bytes) {
            tracing::error!(%err, "a tile took a step that its life does not allow");
        }
    }

    /// Selects for `view`; true when what is shown changed.
    fn select(&mut self, view: &ViewState) -> bool {
        let selection = self.selector.select(&self.tileset, view, MAX_ERROR_PX);
        let mut waiting = 0;
        for tile in &selection.load {
            let path = match self.tileset.content_path(*tile) {
                Ok(Some(path)) => path,
                Ok(None) => continue,
                Err(err) => {
                    self.note(*tile, TileLife::Fetching, 0);
                    self.note(*tile, TileLife::Failed, 0);
                    self.unusable.push(problem_of(Path::new(err.file()), &err));
                    continue;
                }
            };
            if self.in_flight >= MAX_IN_FLIGHT {
                waiting += 1;
                continue;
            }
            let request = Request { tile: *tile, path };
            match self.requests.try_send(request) {
                Ok(()) => {
                    self.in_flight += 1;
                    self.note(*tile, TileLife::Fetching, 0);
                }
                Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => waiting += 1,
            }
        }
        for tile in &selection.drop {
            self.note(*tile, TileLife::Unloaded, 0);
            self.loaded.remove(&tile.0);
        }
        let changed = selection.show != self.shown;
        self.shown = selection.show;
        self.is_stale = false;
        self.status = TileStatus {
            shown: self.shown.len() as u32,
            missing: (self.in_flight + waiting) as u32,
            complete: selection.complete && self.in_flight == 0 && waiting == 0,
            bytes: self.loaded.values().map(|mesh| mesh.bytes as u64).sum(),
        };
        changed
    }
}

fn receive_tiles(mut model: ResMut<CityModel>, mut needs: ResMut<NeedsFrame>) {
    let Some(open) = &mut model.bypass_change_detection().open else {
        return;
    };
    let problems = open.receive();
    let is_stale = open.is_stale;
    for problem in problems {
        model.report(problem);
    }
    if is_stale {
        needs.ask();
    }
}

fn choose_tiles(
    camera: Res<OrbitCamera>,
    city: Res<City>,
    mut seen: Local<(u64, u32)>,
    mut model: ResMut<CityModel>,
    mut needs: ResMut<NeedsFrame>,
) {
    let now = (camera.revision(), city.generation());
    let moved = std::mem::replace(&mut *seen, now) != now;
    let model = model.bypass_change_detection();
    let (Some(open), Some(frame)) = (&mut model.open, city.frame()) else {
        return;
    };
    let viewport = camera.viewport();
    if !(moved || open.is_stale) || viewport.width_px < 1.0 || viewport.height_px < 1.0 {
        return;
    }
    if open.select(&view_state(&camera, frame)) {
        model.revision += 1;
        needs.ask();
    }
}

fn view_state(camera: &OrbitCamera, frame: &LocalFrame) -> ViewState {
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
    ViewState {
        position: eye,
        direction: (ecef(view.eye() + view.forward()) - eye).normalize(),
        up: (ecef(view.eye() + view.up()) - eye).normalize(),
        fov_y_rad: FOV_Y_RAD,
        viewport_px: [viewport.width_px, viewport.height_px],
    }
}

/// Finds the building under a ray, for clicks and hovering.
fn answer_picks(
    mut questions: MessageReader<PickFeature>,
    mut hits: MessageWriter<FeatureHit>,
    model: Res<CityModel>,
) {
    for question in questions.read() {
        let mut nearest: Option<(f32, u32, u32)> = None;
        for (tile, mesh) in model.shown() {
            let centre = DVec3::from_array(mesh.centre_enu);
            let origin = (question.origin - centre).as_vec3().to_array();
            let hit = mesh.pick(origin, question.dir.as_vec3().to_array());
            if let Some((distance, feature)) = hit
                && nearest.is_none_or(|(least, _, _)| distance < least)
            {
                nearest = Some((distance, tile.0, feature));
            }
        }
        let what = nearest.and_then(|(_, tile, feature)| {
            let found = model
                .open
                .as_ref()?
                .loaded
                .get(&tile)?
                .features
                .get(feature as usize)?;
            Some(Picked::Feature {
                tile,
                feature,
                id: found.id.clone(),
                name: found.name.clone(),
            })
        });
        hits.write(FeatureHit {
            question: question.question,
            what,
        });
    }
}

fn read_tiles(todo: &Mutex<Receiver<Request>>, done: &SyncSender<Loaded>) {
    loop {
        let request = match todo.lock() {
            Ok(todo) => todo.recv(),
            Err(_) => return,
        };
        let Ok(Request { tile, path }) = request else {
            return;
        };
        let mesh = read_tile(&path);
        if done.send(Loaded { tile, mesh }).is_err() {
            return;
        }
    }
}

fn read_tile(path: &Path) -> Result<TileMesh, Problem> {
    let bytes = std::fs::read(path).map_err(|err| Problem {
        source: path.display().to_string(),
        place: "file".into(),
        reason: err.to_string(),
    })?;
    cim_tiles::read_glb(&bytes, &path.display().to_string()).map_err(|err| problem_of(path, &err))
}

fn problem_of(path: &Path, err: &cim_tiles::TileError) -> Problem {
    Problem {
        source: path.display().to_string(),
        place: String::new(),
        reason: err.to_string(),
    }
}
