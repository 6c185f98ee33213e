//! The desk: what a person can ask of the product, without a window.
//!
//! A handle, cheap to clone. One task behind it (the keeper) joins sync and store; the methods here answer from
//! what that task keeps in memory, and ask the store only for stretches of history.

mod alarms;
mod branches;
mod cases;
mod duty;
mod files;
mod layers;
mod names;
mod plans;
mod sync;
mod time;
mod video;
mod work;

pub(crate) use files::safe_name;

use crate::{
    actions::{Action, switching},
    card,
    choices::{CHOICES, Choices, usual_budget_mib},
    city::LabelText,
    clock::start_of_recording,
    error::AppError,
    exchange::EVENT_OBJECT,
    keeper::{CITY_FOLDER, Keeper, Work, keep},
    live::Live,
    search::Names,
    texts,
    video_desk::{SETTLED, VideoDesk},
    wire::{
        Card, ConnectionDto, DeskUpdate, LayerDto, MemoryDto, Mode, Start, Target, ViewDto,
        ViewPlaceDto,
    },
};
use cim_event::Move;
use cim_geo::Geodetic;
use cim_model::{Layer, TimeSource, UtcMillis};
use cim_store::{Branch, Cached, Fact, Keep, Store, StoreError};
use cim_sync::{
    HubAddress, Member, Settings, SyncHandle, Update, access::Access, sources::SourceConfig,
};
use cim_tiles::{Catalogue, SavedView};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    runtime::Handle,
    sync::{mpsc, watch},
    task::JoinHandle,
};

/// How many messages of sync wait for the desk. When they are that many, sync waits.
const MAX_UPDATES_WAITING: usize = 256;

/// The folder inside the cache into which the hub's city is downloaded.
const CITY_IN_CACHE: &str = "city";

/// How far back a desk that opens looks for alarms that are still there, and asks its hub for values that it missed.
const LOOK_BACK: Duration = Duration::from_hours(24);

/// How far back a desk that opens reads what was done about cases and shifts; what is still open is read however old it is.
const CASES_BACK: Duration = Duration::from_hours(30 * 24);

/// What the facts of cases and of the duty desk are about: from the first up to, but not including, the second.
const ABOUT_CASES: [(&str, &str); 2] = [(EVENT_OBJECT, "event;"), ("duty:", "duty;")];

/// So many facts about one case are read.
const MOST_CASE_FACTS: u32 = 20_000;

/// What the facts of the video desk are about.
const ABOUT_VIDEO: [(&str, &str); 2] = [("camera:", "camera;"), ("video:", "video;")];

/// The setting under which the store remembers when it was begun, UTC milliseconds.
const BEGUN_AT: &str = "begun_at";

/// How a desk is set up.
#[derive(Clone)]
pub struct DeskSettings {
    /// The folder of the cache; made when absent.
    pub cache: PathBuf,
    /// The hub; `None` opens the cache as a recording.
    pub hub: Option<HubAddress>,
    /// The folder of the city; `None` takes the hub's, or the one that was downloaded last.
    pub city: Option<PathBuf>,
    /// How the desk is used.
    pub mode: Mode,
    /// `zh-CN` or `en`.
    pub language: String,
    /// Who sits here.
    pub operator: String,
    /// How the hub knows that it may talk to us, and how we know that it is the hub.
    pub access: Access,
    /// Sources beside the hub.
    pub sources: Vec<SourceConfig>,
    /// Where the present moment comes from.
    pub time: Arc<dyn TimeSource>,
}

/// The desk. All clones are the same desk; when the last one is dropped it closes, and nobody waits for it.
#[derive(Clone)]
pub struct Desk {
    shared: Arc<Shared>,
}

struct Shared {
    settings: DeskSettings,
    keeper: Arc<Keeper>,
    names: Names,
    stop: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Desk {
    /// Opens the cache and shows what it holds, then follows the hub, if there is one. Call it on `runtime`.
    pub async fn open(settings: DeskSettings, runtime: Handle) -> Result<Self, AppError> {
        check_language(&settings.language)?;
        let now = settings.time.now();
        let mut opened = OpenedStore::open(&settings.cache, now).await?;
        let newest = opened.cached.newest;
        let remembered = opened.city_folder.take();
        let video = open_video(&settings.cache, &mut opened, &runtime).await?;
        let problems = video.problems().to_vec();
        let live = first_live(&settings, &mut opened, now);
        let keeper = Arc::new(Keeper::new(
            Arc::clone(&settings.time),
            opened.store,
            runtime.clone(),
            live,
            (opened.keep, video),
        ));
        for problem in problems {
            let mut live = keeper.live();
            live.add_problem(now, "video".to_owned(), String::new(), problem);
        }
        if let Some(folder) = settings.city.clone().or(remembered) {
            keeper.open_city(folder).await;
        }
        // The first update is complete before anybody looks at it.
        keeper.refresh().await;

        let (sender, updates) = mpsc::channel(MAX_UPDATES_WAITING);
        let member = keeper.member(&settings).await;
        let sync = start_sync(&settings, newest, member, sender, &runtime);
        let (stop, stopped) = watch::channel(false);
        let task = runtime.spawn(keep(
            Arc::clone(&keeper),
            Work {
                updates,
                sync,
                stop: stopped,
            },
        ));
        let shared = Shared {
            settings,
            keeper,
            names: Names::default(),
            stop,
            task: Mutex::new(Some(task)),
        };
        let shared = Arc::new(shared);
        video::keep::begin(&shared);
        Ok(Self { shared })
    }

    /// Stops following the hub, writes down what is left, closes the cache, and waits for all that.
    pub async fn close(&self) {
        self.leave_video().await;
        self.shared.stop.send_replace(true);
        let task = self
            .shared
            .task
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(task) = task
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the desk did not close well");
        }
    }

    /// Takes a message as if sync had brought it: for recordings, drills and tests.
    pub async fn apply(&self, update: Update) {
        self.shared.keeper.apply(update).await;
    }

    /// Brings everything shown up to the present moment. The desk does so by itself five times a second.
    pub async fn refresh(&self) {
        if let Err(error) = self.take_cameras().await {
            tracing::warn!(%error, "cameras are not taken up");
        }
        self.shared.keeper.refresh().await;
    }

    /// The lists, counts and figures as they change: at most five a second, at least one.
    pub fn watch(&self) -> watch::Receiver<Arc<DeskUpdate>> {
        self.shared.keeper.watch()
    }

    /// Everything that the UI needs before its first picture. `twin` is true; the host knows better where it is not.
    pub fn start(&self) -> Start {
        let settings = &self.shared.settings;
        let now = settings.time.now();
        let live = self.shared.keeper.live();
        let catalogue = live.city.as_ref().map(|city| city.catalogue());
        Start {
            city_zh: catalogue.map_or_else(
                || live.hub_name.clone(),
                |catalogue| catalogue.name.zh.clone(),
            ),
            city_en: catalogue.map_or_else(
                || live.hub_name.clone(),
                |catalogue| catalogue.name.en.clone(),
            ),
            mode: settings.mode,
            language: live.language.clone(),
            hub_url: live.hub_url.clone(),
            views: live
                .city
                .iter()
                .flat_map(|city| city.views())
                .map(view_dto)
                .collect(),
            layers: Layer::ALL
                .into_iter()
                .map(|layer| layer_dto(&live, layer))
                .chain(work::class_layers(&live))
                .collect(),
            origin: catalogue.map(|catalogue| [catalogue.origin.lon_deg, catalogue.origin.lat_deg]),
            is_synthetic: catalogue.is_some_and(|catalogue| catalogue.is_synthetic),
            operator: live.operator().to_owned(),
            attribution: catalogue
                .map(|catalogue| catalogue.attribution.clone())
                .unwrap_or_default(),
            history_from: live.history_from.unwrap_or(now).0,
            twin: true,
            look: live.look,
            budget_mib: live.budget_mib.unwrap_or_else(usual_budget_mib),
        }
    }

    /// What the window is called.
    pub fn window_title(&self) -> String {
        let start = self.start();
        let city = if start.language == "en" {
            &start.city_en
        } else {
            &start.city_zh
        };
        texts::window_title(&start.language, city)
    }

    /// The card of `target` at the moment shown.
    pub fn card(&self, target: &Target) -> Result<Card, AppError> {
        let now = self.shared.settings.time.now();
        let known = card::card(&self.shared.keeper.live(), target, now);
        let other = if known.is_err() {
            self.camera_of_catalogue(target)
        } else {
            None
        };
        let mut card = match other {
            Some(camera) => card::camera_card(&self.shared.keeper.live(), &camera),
            None => known?,
        };
        self.tell_sights(&mut card);
        Ok(card)
    }

    /// Draws a layer, or leaves it out, as `switch` says; its count is not looked at.
    pub fn set_layer(&self, switch: &LayerDto) -> Result<Layer, AppError> {
        let layer = Layer::from_word(&switch.name).ok_or_else(|| AppError::NotFound {
            what: "layer",
            id: switch.name.clone(),
        })?;
        let mut live = self.shared.keeper.live();
        if live.shows_layer(layer) != switch.on {
            if switch.on {
                live.show_layer(layer);
            } else {
                live.hide_layer(layer);
            }
            drop(live);
            self.note_action(switching(layer, switch.on));
        }
        Ok(layer)
    }

    /// Somebody went to the saved view of this name. The host says so: the camera is the twin's.
    pub fn note_view(&self, name: &str) {
        self.note_action(Action::View(name, String::new()));
    }

    /// Somebody went to exactly this place. The host says so.
    pub fn note_place(&self, place: &ViewPlaceDto) {
        // A place is a few finite numbers; without them the fact says at least that somebody went somewhere.
        let body = serde_json::to_string(place).unwrap_or_default();
        self.note_action(Action::View("", body));
    }

    fn note_action(&self, action: Action<'_>) {
        let now = self.shared.settings.time.now();
        let mut live = self.shared.keeper.live();
        let fact = action.fact(now, live.operator());
        live.tell_fact(fact);
    }

    /// Who sits here now: whoever opened the desk, or took it over since.
    pub(crate) fn operator(&self) -> String {
        self.shared.keeper.live().operator().to_owned()
    }

    /// True while the layer is drawn.
    pub fn shows_layer(&self, layer: Layer) -> bool {
        self.shared.keeper.live().shows_layer(layer)
    }

    /// The language that the desk speaks: `zh-CN` or `en`.
    pub fn language(&self) -> String {
        self.shared.keeper.live().language.clone()
    }

    /// Speaks another language: `zh-CN` or `en`.
    pub fn set_language(&self, language: &str) -> Result<(), AppError> {
        check_language(language)?;
        let mut live = self.shared.keeper.live();
        language.clone_into(&mut live.language);
        live.layers.note_language();
        live.changed = true;
        Ok(())
    }

    /// The twin's tiles: how many are shown, how many are wanted. The next update tells the UI.
    pub fn note_tiles(&self, shown: u32, wanted: u32) {
        let mut live = self.shared.keeper.live();
        if live.tiles != [shown, wanted] {
            live.tiles = [shown, wanted];
            live.changed = true;
        }
    }

    /// What the twin's tiles take and may take, bytes, and whether the view is coarser for it. The next update tells
    /// the UI.
    pub fn note_memory(&self, bytes: u64, budget_bytes: u64, is_short: bool) {
        let mib = |bytes: u64| u32::try_from(bytes >> 20).unwrap_or(u32::MAX);
        let memory = MemoryDto {
            used_mib: mib(bytes),
            budget_mib: mib(budget_bytes),
            is_short,
        };
        let mut live = self.shared.keeper.live();
        if live.memory != memory {
            live.memory = memory;
            live.changed = true;
        }
    }

    /// Shows that something in the host's own hands was broken, for instance a tile: which file, where in it, why.
    pub fn note_problem(&self, source: &str, place: &str, reason: &str) {
        let now = self.shared.settings.time.now();
        let mut live = self.shared.keeper.live();
        live.add_problem(now, source.to_owned(), place.to_owned(), reason.to_owned());
    }

    /// Where `target` is, and how much of the picture it deserves, metres.
    pub fn place_of(&self, target: &Target) -> Option<(Geodetic, f64)> {
        let known = card::place_of(&self.shared.keeper.live(), target);
        known.or_else(|| {
            let camera = self.camera_of_catalogue(target)?;
            Some(card::place_of_camera(&camera))
        })
    }

    /// What people call `target`; `None` when it has no name or is not there.
    pub fn name_of(&self, target: &Target) -> Option<String> {
        card::name_of(&self.shared.keeper.live(), target)
    }

    /// The folder of the city, once it is complete.
    pub fn city_folder(&self) -> Option<PathBuf> {
        self.shared
            .keeper
            .live()
            .city
            .as_ref()
            .map(|city| city.folder().to_owned())
    }

    /// What the city says of itself.
    pub fn catalogue(&self) -> Option<Arc<Catalogue>> {
        let live = self.shared.keeper.live();
        live.city.as_ref().map(|city| Arc::clone(city.catalogue()))
    }

    /// The city's saved views.
    pub fn views(&self) -> Vec<SavedView> {
        self.shared
            .keeper
            .live()
            .city
            .as_ref()
            .map(|city| city.views().to_vec())
            .unwrap_or_default()
    }

    /// The names on the map in the desk's language, the most important first; at most [`crate::MAX_LABELS`].
    pub fn labels(&self) -> Vec<LabelText> {
        let live = self.shared.keeper.live();
        live.city
            .as_ref()
            .map(|city| city.labels(&live.language))
            .unwrap_or_default()
    }
}

/// The store with all that a desk begins with.
struct OpenedStore {
    store: Store,
    notes: Vec<String>,
    cached: Cached,
    facts: Vec<Fact>,
    /// What keeps alarms out of the list, however old.
    held: Vec<Fact>,
    /// What was done about cases and shifts.
    cases: Vec<Fact>,
    /// What was done about cameras.
    video: Vec<Fact>,
    /// What of that holds until somebody changes it, as it was remembered.
    settled: String,
    city_folder: Option<PathBuf>,
    choices: Choices,
    keep: Keep,
    branches: Vec<Branch>,
    begun_at: UtcMillis,
}

impl OpenedStore {
    async fn open(folder: &Path, now: UtcMillis) -> Result<Self, StoreError> {
        let (store, mut notes) = Store::open(folder).await?;
        match Self::read(store.clone(), now).await {
            Ok(mut opened) => {
                opened.notes.append(&mut notes);
                Ok(opened)
            }
            // Damage deep in the file shows only when it is read: the next opening finds it and begins anew.
            Err(StoreError::Damaged { .. }) => {
                store.close().await;
                let (store, again) = Store::open(folder).await?;
                notes.extend(again);
                let mut opened = Self::read(store, now).await?;
                opened.notes.append(&mut notes);
                Ok(opened)
            }
            Err(error) => Err(error),
        }
    }

    async fn read(store: Store, now: UtcMillis) -> Result<Self, StoreError> {
        let cached = store.load().await?;
        // A recording's facts are as old as the recording.
        let until = cached.newest.map_or(now, |newest| newest.min(now));
        let facts = store
            .facts_since(until.plus_seconds(-LOOK_BACK.as_secs_f64()))
            .await?;
        let city_folder = store.setting(CITY_FOLDER).await?.map(PathBuf::from);
        let kept = store.setting(CHOICES).await?.unwrap_or_default();
        let mut notes = Vec::new();
        let choices = if kept.is_empty() {
            Choices::default()
        } else {
            serde_json::from_str(&kept).unwrap_or_else(|error| {
                notes.push(format!("the look of the twin is not remembered: {error}"));
                Choices::default()
            })
        };
        let mut held = Vec::new();
        for id in &choices.alarms.holds {
            held.extend(store.fact(id).await?);
        }
        let back = until.plus_seconds(-CASES_BACK.as_secs_f64());
        let cases = case_facts(&store, &choices, back).await?;
        let mut video = Vec::new();
        for (first, end) in ABOUT_VIDEO {
            video.extend(store.facts_about_since(first, end, back).await?);
        }
        let settled = store.setting(SETTLED).await?.unwrap_or_default();
        let keep = time::kept_limits(&store).await?;
        let branches = store.branches().await?;
        let begun_at = begun_at(&store, now).await?;
        Ok(Self {
            store,
            notes,
            cached,
            facts,
            held,
            cases,
            video,
            settled,
            city_folder,
            choices,
            keep,
            branches,
            begun_at,
        })
    }
}

/// What was done about cases and shifts since `back`; everything about the cases that were still open, and about those of which
/// only the end is as young as that. In the order in which it happened.
async fn case_facts(
    store: &Store,
    choices: &Choices,
    back: UtcMillis,
) -> Result<Vec<Fact>, StoreError> {
    let mut facts = Vec::new();
    for (first, end) in ABOUT_CASES {
        facts.extend(store.facts_about_since(first, end, back).await?);
    }
    let open = choices.cases.open.iter();
    let mut older: BTreeSet<String> = open.map(|id| format!("{EVENT_OBJECT}{id}")).collect();
    older.extend(begun_before(&facts));
    for first in older {
        let end = format!("{first}\u{0}");
        facts.extend(store.facts_about(&first, &end, MOST_CASE_FACTS).await?);
    }
    facts.sort_by(|a, b| (a.happened_at, &a.id).cmp(&(b.happened_at, &b.id)));
    facts.dedup_by(|a, b| a.id == b.id);
    Ok(facts)
}

/// The cases of which `facts` tell steps, and not how they began.
fn begun_before(facts: &[Fact]) -> Vec<String> {
    let steps = || {
        facts.iter().filter_map(|fact| {
            let movement = Move::from_verb(&fact.verb)?;
            Some((movement, fact.subject.as_str()))
        })
    };
    let stepped: BTreeSet<&str> = steps().map(|(_, subject)| subject).collect();
    let reports = steps().filter(|(movement, _)| *movement == Move::Report);
    let reported: BTreeSet<&str> = reports.map(|(_, subject)| subject).collect();
    let missing = stepped.difference(&reported);
    missing.map(|subject| (*subject).to_owned()).collect()
}

/// When the cache was begun; remembered the first time.
async fn begun_at(store: &Store, now: UtcMillis) -> Result<UtcMillis, StoreError> {
    let kept = store.setting(BEGUN_AT).await?;
    if let Some(begun) = kept.and_then(|kept| kept.parse().ok()) {
        return Ok(UtcMillis(begun));
    }
    // A cache that cannot be written is shown all the same.
    if let Err(error) = store.put_setting(BEGUN_AT, &now.0.to_string()).await {
        tracing::warn!(%error, "when the cache was begun is not remembered");
    }
    Ok(now)
}

/// The video desk with what was known of cameras; its files are read aside.
async fn open_video(
    cache: &Path,
    opened: &mut OpenedStore,
    runtime: &Handle,
) -> Result<VideoDesk, AppError> {
    let cache = cache.to_owned();
    let settled = std::mem::take(&mut opened.settled);
    let facts = std::mem::take(&mut opened.video);
    let read = runtime.spawn_blocking(move || VideoDesk::open(&cache, &settled, &facts));
    read.await.map_err(|cause| AppError::Unfinished {
        what: "reading what is known of cameras",
        cause,
    })
}

/// What the desk shows before anybody has brought anything new.
fn first_live(settings: &DeskSettings, opened: &mut OpenedStore, now: UtcMillis) -> Live {
    let stretch = (opened.cached.oldest, opened.cached.newest);
    let connection = if settings.hub.is_some() {
        ConnectionDto::Connecting
    } else {
        ConnectionDto::NoHub
    };
    let hub_url = settings.hub.as_ref().map(|hub| hub.http.clone());
    let mut live = Live::new(settings.language.clone(), connection, hub_url);
    live.begun_at = opened.begun_at;
    // Rules come before alarms: what nobody watches any more is not taken up.
    let mut problems = live.take_rules();
    problems.extend(live.take_plans());
    live.alarms.remember(&opened.choices.alarms);
    live.event_desk.remember(
        &opened.choices.cases,
        &settings.operator,
        &settings.language,
    );
    let events = opened.cached.events.clone();
    let told = (opened.facts.as_slice(), opened.held.as_slice());
    live.apply_cached(std::mem::take(&mut opened.cached), told, now);
    live.restore_cases(&opened.cases, &events, now);
    // Whoever took the desk over before it was closed still has it.
    let operator = live.event_desk.duty.who_sits(&settings.operator, now);
    live.set_operator(&operator);
    live.state.learn_numbers(|id| opened.store.number_of(id));
    live.branches = opened
        .branches
        .iter()
        .map(|branch| (branch.id.clone(), branch.from))
        .collect();
    opened.choices.apply(&mut live);
    for note in &opened.notes {
        live.add_problem(now, "cache".to_owned(), String::new(), note.clone());
    }
    for problem in problems {
        live.add_problem(now, problem.source, problem.place, problem.reason);
    }
    if settings.hub.is_none()
        && settings.mode == Mode::Planner
        && let (Some(oldest), Some(newest)) = stretch
    {
        live.clock = start_of_recording(oldest, newest);
    }
    live
}

/// Starts to follow the hub, if there is one.
fn start_sync(
    settings: &DeskSettings,
    newest: Option<UtcMillis>,
    member: Member,
    updates: mpsc::Sender<Update>,
    runtime: &Handle,
) -> Option<SyncHandle> {
    let _on_runtime = runtime.enter();
    let Some(address) = settings.hub.clone() else {
        let sources = settings.sources.clone();
        return (!sources.is_empty())
            .then(|| cim_sync::start_without_hub(sources, Arc::clone(&settings.time), updates));
    };
    let mut sync = Settings::new(address);
    sync.access = settings.access.clone();
    sync.sources.clone_from(&settings.sources);
    sync.member = Some(member);
    // A city that was given is not the hub's to replace.
    sync.tile_folder = settings
        .city
        .is_none()
        .then(|| settings.cache.join(CITY_IN_CACHE));
    sync.since = newest;
    sync.history = LOOK_BACK;
    // Any number will do, as long as desks that start together do not come back together.
    sync.seed = settings.time.now().0.unsigned_abs();
    Some(cim_sync::start(sync, Arc::clone(&settings.time), updates))
}

fn check_language(language: &str) -> Result<(), AppError> {
    if texts::speaks(language) {
        return Ok(());
    }
    Err(AppError::BadRequest {
        what: "the language",
        found: language.to_owned(),
        reason: "the desk speaks zh-CN and en",
    })
}

fn check_stretch(from: i64, to: i64) -> Result<(), AppError> {
    if from < to {
        return Ok(());
    }
    Err(AppError::BadRequest {
        what: "the end of the stretch",
        found: to.to_string(),
        reason: "it lies after the beginning",
    })
}

fn view_dto(view: &SavedView) -> ViewDto {
    ViewDto {
        name: view.name.clone(),
        title_zh: view.title_zh.clone(),
        title_en: view.title_en.clone(),
    }
}

fn layer_dto(live: &Live, layer: Layer) -> LayerDto {
    let counts = live.city.as_ref().map(|city| &city.catalogue().counts);
    let count = match layer {
        Layer::Sensors => live.state.things().len() as u64,
        Layer::Cameras => {
            let channels = live.state.channel_points().count();
            live.state.shown_cameras().count() as u64 + u64::from(channels)
        }
        Layer::Events => live.events.rows().len() as u64,
        Layer::Labels => live.city.as_ref().map_or(0, |city| city.label_count()) as u64,
        Layer::Buildings => counts.map_or(0, |counts| counts.buildings),
        Layer::Roads => counts.map_or(0, |counts| counts.roads + counts.rail),
        Layer::Water => counts.map_or(0, |counts| counts.water),
        Layer::Green => counts.map_or(0, |counts| counts.green),
    };
    LayerDto {
        name: layer.as_str().to_owned(),
        on: live.shows_layer(layer),
        count: u32::try_from(count).unwrap_or(u32::MAX),
    }
}
