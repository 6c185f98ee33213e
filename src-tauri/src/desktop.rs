//! What the windows share: the desk, the twin once it has a surface, and the channels to the UI, one of each kind a window.

use crate::{ready::Ready, windows::Windows};
use cim_app::{
    AppError, Desk,
    wire::{
        ApiError, CityChoiceDto, DeskUpdate, ErrorCode, GestureDto, LayerDto, LookDto, Start,
        SunDto, Target, TwinNote,
    },
};
use cim_model::Layer;
use cim_render::{CityTwin, OpenTiles, TwinMessage, TwinReport};
use cim_scene::{Move, TwinCommand, wall_text_scale, wall_text_scale_by_height};
use cim_stage::{
    FEED_EVERY, OtherTiles, Stage, command_of_gesture, command_of_look, command_of_place,
    fly_command, note_of_output, picked_of, switch_command, view_command,
};
use cim_viewport::{ChildSurface, FrameStats, Picture, Size, Twin, TwinInput};
use std::{
    collections::BTreeMap,
    fmt::Display,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tauri::{WindowEvent, ipc::Channel};
use tokio::{runtime::Handle, task::AbortHandle};

/// The label of the window with the twin in it.
pub(crate) const MAIN_WINDOW: &str = "main";
/// How wide the picture of a marked moment is, px.
const THUMBNAIL_WIDTH: u32 = 240;
/// How long the twin may take to hand out its picture.
const THUMBNAIL_PATIENCE: Duration = Duration::from_secs(3);
/// How often a shared view is told.
const SHARE_EVERY: Duration = Duration::from_millis(500);
/// How often a followed view is looked at.
const FOLLOW_EVERY: Duration = Duration::from_millis(250);
/// How long the UI's first question waits for a first city before it is answered without one.
const FIRST_CITY: Duration = Duration::from_secs(20);

/// The desktop's shared state.
pub(crate) struct Desktop {
    desk: Desk,
    runtime: Handle,
    twin: Mutex<TwinState>,
    /// Where each window hears the twin.
    notes: Mutex<BTreeMap<String, Channel<TwinNote>>>,
    /// What sends each window the desk's updates.
    updates: Mutex<BTreeMap<String, AbortHandle>>,
    windows: Windows,
    ready: Ready,
    scale: Mutex<f64>,
    /// The UI asked where the twin looks, and waits for the answer.
    asked_for_view: AtomicBool,
    /// The UI shows how the twin performs.
    watches_performance: AtomicBool,
    shown: Shown,
    /// How high the wall is, CSS px; `None` for a desk.
    wall_height_px: Mutex<Option<f64>>,
}

/// What is shown besides what the desk knows, and where.
pub(crate) struct Shown {
    /// A tileset in place of the city's own.
    pub(crate) tiles: Option<OtherTiles>,
    /// How far people sit from the screen and how far its pixels are apart, metres.
    pub(crate) viewing_m: Option<(f64, f64)>,
}

enum TwinState {
    /// No surface yet; the newest size is kept.
    Waiting(Option<Size>),
    Running {
        twin: Twin<CityTwin>,
        feed: AbortHandle,
    },
    Failed(String),
    Stopped,
}

impl Desktop {
    pub(crate) fn new(
        desk: Desk,
        runtime: Handle,
        ready: Ready,
        shown: Shown,
        windows: Windows,
    ) -> Self {
        Self {
            desk,
            runtime,
            twin: Mutex::new(TwinState::Waiting(None)),
            notes: Mutex::default(),
            updates: Mutex::default(),
            windows,
            ready,
            scale: Mutex::new(1.0),
            asked_for_view: AtomicBool::new(false),
            watches_performance: AtomicBool::new(false),
            shown,
            wall_height_px: Mutex::new(None),
        }
    }

    pub(crate) fn desk(&self) -> &Desk {
        &self.desk
    }

    pub(crate) fn windows(&self) -> &Windows {
        &self.windows
    }

    /// The wall is so high, CSS px. To be said before the twin starts.
    pub(crate) fn note_wall_height(&self, height_px: f64) {
        *lock(&self.wall_height_px) = Some(height_px);
    }

    /// Something happened to a window. On the main thread, from within the toolkit.
    pub(crate) fn window_event(self: &Arc<Self>, label: &str, event: &WindowEvent) {
        if self.windows.follow(label, event) {
            let (desktop, label) = (Arc::clone(self), label.to_owned());
            self.runtime.spawn(async move { desktop.forget(&label) });
        }
    }

    /// The window called `label` is gone: nothing is sent to it any more.
    fn forget(&self, label: &str) {
        if let Some(task) = lock(&self.updates).remove(label) {
            task.abort();
        }
        drop(lock(&self.notes).remove(label));
        self.windows.forget(label);
    }

    /// Everything before the first picture. Waits a while for the first city, so that the UI begins with its name.
    pub(crate) async fn start(&self) -> Start {
        let waits = Duration::from_millis(100);
        let mut waited = Duration::ZERO;
        let mut watch = self.desk.watch();
        loop {
            let mut start = self.desk.start();
            let is_named = !start.city_zh.is_empty();
            let is_alone = start.hub_url.is_none();
            let is_offline = matches!(
                watch.borrow_and_update().connection,
                cim_app::wire::ConnectionDto::Offline { .. }
            );
            if is_named || is_alone || is_offline || waited >= FIRST_CITY {
                start.twin = !matches!(*lock(&self.twin), TwinState::Failed(_));
                return start;
            }
            tokio::time::sleep(waits).await;
            waited += waits;
        }
    }

    /// The native child is there: the twin can start.
    pub(crate) fn surface_appeared(self: &Arc<Self>, window: u64) {
        let mut state = lock(&self.twin);
        let TwinState::Waiting(size) = &*state else {
            return;
        };
        let size = size.unwrap_or(Size {
            width: 640,
            height: 400,
            scale: 1.0,
        });
        match self.start_twin(window, size) {
            Ok(started) => *state = started,
            Err(reason) => {
                drop(state);
                self.twin_failed(reason);
            }
        }
    }

    fn start_twin(self: &Arc<Self>, window: u64, size: Size) -> Result<TwinState, String> {
        let window = u32::try_from(window)
            .map_err(|err| format!("window {window:#x} is not an X11 number: {err}"))?;
        let surface = ChildSurface::x11(window).map_err(|err| err.to_string())?;
        let (report, failed) = (Arc::downgrade(self), Arc::downgrade(self));
        let guest = CityTwin::new(move |news| {
            if let Some(desktop) = report.upgrade() {
                desktop.twin_reported(news);
            }
        });
        let twin = Twin::start(guest, surface, size, move |err| {
            if let Some(desktop) = failed.upgrade() {
                desktop.twin_failed(err.to_string());
            }
        })
        .map_err(|err| err.to_string())?;
        self.ready.follow(twin.shared_stats());
        let feed = self
            .runtime
            .spawn(feed(
                self.stage(f64::from(size.scale)),
                twin.input(),
                twin.shared_stats(),
            ))
            .abort_handle();
        if self.watches_performance.load(Ordering::Relaxed) {
            let asked = TwinMessage::Scene(TwinCommand::WatchPerformance(true));
            twin.input().send(asked);
        }
        Ok(TwinState::Running { twin, feed })
    }

    /// A stage for a twin that knows nothing: it tells everything, also what was chosen before. `scale` is physical px per CSS px.
    fn stage(&self, scale: f64) -> Stage {
        let mut stage = Stage::new(self.desk.clone());
        if let Some(tiles) = &self.shown.tiles {
            stage = stage.with_tiles(tiles.clone());
        }
        let text_scale = match (self.shown.viewing_m, *lock(&self.wall_height_px)) {
            (Some((distance_m, pixel_m)), _) => Some(wall_text_scale(distance_m, pixel_m, scale)),
            (None, Some(height_px)) => Some(wall_text_scale_by_height(height_px)),
            (None, None) => None,
        };
        match text_scale {
            Some(text_scale) => stage.with_text_scale(text_scale),
            None => stage,
        }
    }

    /// The twin cannot be drawn; the UI says so, everything else goes on.
    pub(crate) fn twin_failed(&self, reason: String) {
        tracing::error!(reason, "the twin cannot be drawn");
        self.note(TwinNote::Failed {
            reason: reason.clone(),
        });
        *lock(&self.twin) = TwinState::Failed(reason);
    }

    fn twin_reported(&self, news: TwinReport) {
        let tiles = news.tiles;
        self.desk
            .note_tiles(tiles.shown, tiles.shown + tiles.missing);
        self.desk
            .note_memory(tiles.bytes, tiles.budget_bytes, tiles.short_of_memory);
        for problem in &news.problems {
            self.desk
                .note_problem(&problem.source, &problem.place, &problem.reason);
        }
        let scale = *lock(&self.scale);
        for output in news.outputs {
            let Some(note) = note_of_output(&self.desk, output, scale) else {
                continue;
            };
            if let TwinNote::View { view } = &note {
                self.desk.share_place(view);
                if !self.asked_for_view.swap(false, Ordering::Relaxed) {
                    continue;
                }
            }
            self.note(note);
        }
        self.ready
            .twin_is(news.is_settled && tiles.shown > 0, &self.desk);
    }

    fn note(&self, note: TwinNote) {
        for (window, channel) in &*lock(&self.notes) {
            if is_for(window, &note)
                && let Err(err) = channel.send(note.clone())
            {
                tracing::debug!(%err, window, "a window does not listen to the twin any more");
            }
        }
    }

    /// The UI wants to know where the twin looks.
    pub(crate) fn ask_view(&self) {
        self.asked_for_view.store(true, Ordering::Relaxed);
        self.send(TwinCommand::AskView);
    }

    /// The UI shows how the twin performs, or no longer.
    pub(crate) fn watch_performance(&self, on: bool) {
        self.watches_performance.store(on, Ordering::Relaxed);
        self.send(TwinCommand::WatchPerformance(on));
    }

    /// Shares where the twin looks with those who follow, until it is told to stop.
    pub(crate) fn share_view(self: &Arc<Self>, on: bool) {
        let shared_already = self.desk.shares_view();
        self.desk.share_view(on);
        if !on || shared_already {
            return;
        }
        let desktop = Arc::downgrade(self);
        self.runtime.spawn(async move {
            while let Some(desktop) = desktop.upgrade() {
                if !desktop.desk.shares_view() {
                    break;
                }
                desktop.send(TwinCommand::AskView);
                drop(desktop);
                tokio::time::sleep(SHARE_EVERY).await;
            }
        });
    }

    /// Looks where a shared view looks, until another or none is followed.
    pub(crate) fn follow_view(self: &Arc<Self>, name: Option<String>) -> Result<(), AppError> {
        self.desk.follow_view(name.clone())?;
        let Some(name) = name else {
            return Ok(());
        };
        let desktop = Arc::downgrade(self);
        self.runtime.spawn(async move {
            let mut shown = None;
            while let Some(desktop) = desktop.upgrade() {
                if !desktop.desk.follows(&name) {
                    break;
                }
                let Some((at, place)) = desktop.desk.followed_place() else {
                    break;
                };
                if shown != Some(at) {
                    shown = Some(at);
                    desktop.send(command_of_place(&place));
                }
                drop(desktop);
                tokio::time::sleep(FOLLOW_EVERY).await;
            }
        });
        Ok(())
    }

    /// The picture has another size.
    pub(crate) fn resize_twin(&self, size: Size) {
        match &mut *lock(&self.twin) {
            TwinState::Waiting(kept) => *kept = Some(size),
            TwinState::Running { twin, .. } => {
                twin.input().resize(size);
            }
            TwinState::Failed(_) | TwinState::Stopped => {}
        }
    }

    /// Physical px per CSS px, as the UI sees it.
    pub(crate) fn note_scale(&self, scale: f64) {
        if scale.is_finite() && scale > 0.0 {
            *lock(&self.scale) = scale;
        }
    }

    pub(crate) fn send(&self, command: TwinCommand) {
        self.send_message(TwinMessage::Scene(command));
    }

    /// A small picture of the twin as it stands, as JPEG; `None` when the twin has none to give.
    pub(crate) async fn thumbnail(&self) -> Option<Vec<u8>> {
        let picture = match &*lock(&self.twin) {
            TwinState::Running { twin, .. } => twin.input().capture(),
            _ => return None,
        };
        let made = tokio::task::spawn_blocking(move || {
            let picture = picture.recv_timeout(THUMBNAIL_PATIENCE).ok()?;
            jpeg_of(picture)
        });
        made.await.ok().flatten()
    }

    fn send_message(&self, message: TwinMessage) {
        if let TwinState::Running { twin, .. } = &*lock(&self.twin)
            && !twin.input().send(message)
        {
            tracing::warn!("the twin is too far behind to take a command");
        }
    }

    /// Chooses how the twin looks. It is told at once: a slider wants to be followed.
    pub(crate) fn set_look(&self, look: LookDto) -> SunDto {
        let sun = self.desk.set_look(look);
        self.send(command_of_look(look, sun));
        sun
    }

    /// Opens a second city to compare with, or none.
    pub(crate) async fn open_compared(
        &self,
        folder: Option<String>,
    ) -> Result<Option<CityChoiceDto>, ApiError> {
        let Some(folder) = folder else {
            self.send_message(TwinMessage::OpenTiles(OpenTiles::nothing_compared()));
            return Ok(None);
        };
        let choice = self.desk.city_at(folder).await.map_err(ApiError::from)?;
        let place = std::path::Path::new(&choice.folder);
        self.send_message(TwinMessage::OpenTiles(OpenTiles::compared(place)));
        Ok(Some(choice))
    }

    pub(crate) fn gesture(&self, gestures: &[GestureDto]) {
        let scale = *lock(&self.scale);
        for gesture in gestures {
            self.send(command_of_gesture(gesture, scale));
        }
    }

    pub(crate) fn select(&self, target: Option<&Target>) {
        self.send(TwinCommand::Select(
            target.and_then(|target| picked_of(&self.desk, target)),
        ));
    }

    pub(crate) fn fly_to(&self, target: &Target) -> Result<(), ApiError> {
        let command = fly_command(&self.desk, target).ok_or_else(|| ApiError {
            code: ErrorCode::NotFound,
            message: format!("{target:?}"),
        })?;
        self.send(command);
        Ok(())
    }

    pub(crate) fn go_to_view(&self, name: &str) -> Result<(), ApiError> {
        let views = self.desk.views();
        let view = views
            .iter()
            .find(|view| view.name == name)
            .ok_or_else(|| ApiError {
                code: ErrorCode::NotFound,
                message: format!("view {name}"),
            })?;
        self.desk.note_view(name);
        self.send(view_command(view, Move::Ease));
        Ok(())
    }

    pub(crate) fn set_layer(&self, name: &str, on: bool) -> Result<(), ApiError> {
        if Layer::from_word(name).is_none() {
            // The stage tells the twin of classes, with all other styles.
            return self.desk.switch_class(name, on).map_err(ApiError::from);
        }
        let layer = self
            .desk
            .set_layer(&LayerDto {
                name: name.to_owned(),
                on,
                count: 0,
            })
            .map_err(ApiError::from)?;
        self.send(switch_command(layer, on));
        Ok(())
    }

    /// Sends the updates to `window`, until it is closed or asks anew: a channel into a closed window takes everything for good.
    pub(crate) fn watch_desk(&self, window: &str, channel: Channel<DeskUpdate>) {
        let mut updates = self.desk.watch();
        updates.mark_changed();
        let sends = self.runtime.spawn(async move {
            while updates.changed().await.is_ok() {
                let update = DeskUpdate::clone(&updates.borrow_and_update());
                if channel.send(update).is_err() {
                    break;
                }
            }
        });
        let before = lock(&self.updates).insert(window.to_owned(), sends.abort_handle());
        if let Some(before) = before {
            before.abort();
        }
    }

    pub(crate) fn watch_twin(&self, window: &str, channel: Channel<TwinNote>) {
        if let TwinState::Failed(reason) = &*lock(&self.twin)
            && let Err(err) = channel.send(TwinNote::Failed {
                reason: reason.clone(),
            })
        {
            tracing::debug!(%err, "the UI does not listen to the twin");
        }
        lock(&self.notes).insert(window.to_owned(), channel);
    }

    pub(crate) fn ui_is_ready(self: &Arc<Self>) {
        self.ready.ui_is(&self.desk);
        // The hub may be the last to be ready.
        let desktop = Arc::downgrade(self);
        let mut updates = self.desk.watch();
        self.runtime.spawn(async move {
            while updates.changed().await.is_ok() {
                match desktop.upgrade() {
                    Some(desktop) if !desktop.ready.check(&desktop.desk) => {}
                    _ => break,
                }
            }
        });
    }

    /// The first picture, milliseconds after the program began.
    pub(crate) fn first_picture_ms(&self) -> Option<u128> {
        self.ready.first_frame_ms()
    }

    /// Stops the twin and waits for it: the window may go afterwards. Returns its frame times.
    pub(crate) fn stop_twin(&self) -> FrameStats {
        let state = std::mem::replace(&mut *lock(&self.twin), TwinState::Stopped);
        match state {
            TwinState::Running { twin, feed } => {
                feed.abort();
                let stats = twin.stats();
                drop(twin);
                stats
            }
            TwinState::Waiting(_) | TwinState::Failed(_) | TwinState::Stopped => {
                FrameStats::default()
            }
        }
    }
}

/// `picture` made small, as JPEG.
fn jpeg_of(picture: Picture) -> Option<Vec<u8>> {
    let Picture {
        width,
        height,
        rgba,
    } = picture;
    let whole = image::RgbaImage::from_raw(width, height, rgba)?;
    let small_height = (THUMBNAIL_WIDTH * height / width.max(1)).max(1);
    let small = image::imageops::thumbnail(&whole, THUMBNAIL_WIDTH, small_height);
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 80)
        .encode_image(&image::DynamicImage::ImageRgba8(small).to_rgb8())
        .ok()?;
    Some(bytes)
}

/// Tells the twin what changed at the desk: what lives thirty times a second, everything else a few times a second.
///
/// A twin that is busy with what it was told last is told nothing: it gets the newest state afterwards, and the person's gestures
/// find room in the queue.
async fn feed(mut stage: Stage, twin: TwinInput<TwinMessage>, stats: Arc<Mutex<FrameStats>>) {
    let mut ticks = tokio::time::interval(FEED_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    // How many passes the twin had made when it was told something last.
    let mut told_at = None;
    loop {
        ticks.tick().await;
        let passes = lock(&stats).passes();
        if told_at == Some(passes) {
            stage.pass_round();
            continue;
        }
        let messages = stage.feed();
        told_at = (!messages.is_empty()).then_some(passes);
        let mut messages = messages.into_iter();
        for message in messages.by_ref() {
            if let Err(message) = twin.try_send(message) {
                stage.keep(message);
                break;
            }
        }
        for message in messages {
            stage.keep(message);
        }
    }
}

/// Whether a window is told. What is under the hand in the picture is for the window with the picture; the others hear from it
/// what is picked.
fn is_for(window: &str, note: &TwinNote) -> bool {
    let is_of_the_picture = matches!(
        note,
        TwinNote::Picked { .. } | TwinNote::Hovering { .. } | TwinNote::Here { .. }
    );
    window == MAIN_WINDOW || !is_of_the_picture
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A refusal that the UI can only show.
pub(crate) fn refused(reason: &dyn Display) -> ApiError {
    ApiError {
        code: ErrorCode::BadRequest,
        message: reason.to_string(),
    }
}
