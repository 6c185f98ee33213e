//! Panels in windows of their own: opens them, remembers where they stood, and tells every window what the others do.
//!
//! Such a window shows the same page with `?panel=<word>` and has no twin in it: the twin stays in the main window, whose child it
//! is. The moment shown is the desk's, so all windows have it; what is picked goes from one window to the others here.

mod places;

use crate::{
    commands::Shared,
    desktop::{Desktop, MAIN_WINDOW, lock, refused},
};
use cim_app::wire::{ApiError, Mode, PanelDto, PickDto, ScreenDto, Target, WindowNoteDto};
use places::{Kept, LEAST, Place, Screen, opening};
use std::{
    collections::BTreeMap,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};
use tauri::{
    AppHandle, LogicalPosition, LogicalSize, Manager, Monitor, PhysicalPosition, PhysicalSize,
    WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent, ipc::Channel, window::Color,
};

/// The window-state file, in the cache.
pub(crate) const WINDOWS_FILE: &str = "windows.json";
/// More than the window-state file can have.
const MOST_FILE_BYTES: u64 = 64 * 1024;
/// More than an id has.
const MOST_ID_BYTES: usize = 1024;
/// What the labels of panels' windows begin with; `capabilities/desk.json` names them so.
const LABEL_START: &str = "panel-";
/// Ground 0, until the page has painted.
const GROUND: Color = Color(13, 18, 23, 255);

/// Which panels stand in windows of their own, and who listens.
pub(crate) struct Windows {
    file: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    kept: BTreeMap<PanelDto, Kept>,
    /// Physical px per logical px of each open window.
    scales: BTreeMap<PanelDto, f64>,
    listeners: BTreeMap<String, Channel<WindowNoteDto>>,
    pick: PickDto,
    language: String,
    /// The program ends: what closes now is open again next time.
    is_leaving: bool,
}

impl Windows {
    /// What `file` remembers; nothing when there is none.
    pub(crate) fn open(file: PathBuf, language: String) -> Self {
        let kept = places::read(&text_of(&file));
        Self {
            file,
            state: Mutex::new(State {
                kept,
                language,
                ..State::default()
            }),
        }
    }

    /// The panels that stood open when the program ended; from now on they count as closed.
    fn take_open(&self) -> Vec<PanelDto> {
        let mut state = lock(&self.state);
        let open = state.torn();
        for kept in state.kept.values_mut() {
            kept.is_open = false;
        }
        open
    }

    /// At least one panel stands in a window of its own.
    pub(crate) fn has_any(&self) -> bool {
        lock(&self.state).kept.values().any(|kept| kept.is_open)
    }

    fn place_of(&self, panel: PanelDto) -> Option<Place> {
        lock(&self.state).kept.get(&panel).map(|kept| kept.place)
    }

    fn opened(&self, panel: PanelDto, place: Place, scale: f64) {
        let mut state = lock(&self.state);
        state.kept.insert(
            panel,
            Kept {
                place,
                is_open: true,
            },
        );
        state.scales.insert(panel, scale.max(0.1));
    }

    /// Follows what happens to a window; true when a panel is back in the main window. Asks the toolkit nothing: it is called from
    /// within it.
    pub(crate) fn follow(&self, label: &str, event: &WindowEvent) -> bool {
        let Some(panel) = panel_of(label) else {
            return false;
        };
        let mut state = lock(&self.state);
        match event {
            WindowEvent::Moved(position) => state.moved(panel, *position),
            WindowEvent::Resized(size) => state.resized(panel, *size),
            WindowEvent::ScaleFactorChanged { scale_factor, .. } => {
                state.scales.insert(panel, scale_factor.max(0.1));
            }
            WindowEvent::CloseRequested { .. } | WindowEvent::Destroyed => {
                return state.closed(panel);
            }
            _ => {}
        }
        false
    }

    /// The window called `label` is gone, and listens no more.
    pub(crate) fn forget(&self, label: &str) {
        let gone = lock(&self.state).listeners.remove(label);
        drop(gone);
        self.save();
        self.tell_layout();
    }

    /// The program ends: what is open now is open again next time.
    pub(crate) fn leave(&self) {
        lock(&self.state).is_leaving = true;
        self.save();
    }

    /// Writes where the windows stand. A desk without this file only opens them elsewhere.
    pub(crate) fn save(&self) {
        let text = places::written(&lock(&self.state).kept);
        if let Err(err) = std::fs::write(&self.file, text) {
            tracing::warn!(%err, file = %self.file.display(), "where the windows stand cannot be kept");
        }
    }

    /// Another language was chosen.
    pub(crate) fn speak(&self, language: &str) {
        language.clone_into(&mut lock(&self.state).language);
        self.tell_layout();
    }

    /// Tells every window how the desk is laid out.
    pub(crate) fn tell_layout(&self) {
        let (note, listeners) = {
            let state = lock(&self.state);
            (state.layout(), state.listeners.clone())
        };
        for channel in listeners.values() {
            tell(channel, note.clone());
        }
    }

    /// One window listens from now on, in place of what it listened with before.
    fn listen(&self, label: &str, channel: Channel<WindowNoteDto>) {
        let (layout, pick) = {
            let mut state = lock(&self.state);
            state.listeners.insert(label.to_owned(), channel.clone());
            (state.layout(), state.pick.clone())
        };
        tell(&channel, layout);
        tell(&channel, WindowNoteDto::Picked { pick });
    }

    /// The window called `label` picked something: the others are told.
    fn picked(&self, label: &str, pick: PickDto) {
        let others: Vec<Channel<WindowNoteDto>> = {
            let mut state = lock(&self.state);
            state.pick = pick.clone();
            let others = state.listeners.iter().filter(|(one, _)| *one != label);
            others.map(|(_, channel)| channel.clone()).collect()
        };
        for channel in &others {
            tell(channel, WindowNoteDto::Picked { pick: pick.clone() });
        }
    }
}

impl State {
    fn torn(&self) -> Vec<PanelDto> {
        let open = self.kept.iter().filter(|(_, kept)| kept.is_open);
        open.map(|(panel, _)| *panel).collect()
    }

    fn layout(&self) -> WindowNoteDto {
        WindowNoteDto::Layout {
            torn: self.torn(),
            language: self.language.clone(),
        }
    }

    fn scale(&self, panel: PanelDto) -> f64 {
        self.scales.get(&panel).copied().unwrap_or(1.0)
    }

    fn moved(&mut self, panel: PanelDto, position: PhysicalPosition<i32>) {
        let position: LogicalPosition<f64> = position.to_logical(self.scale(panel));
        if let Some(kept) = self.kept.get_mut(&panel)
            && kept.is_open
        {
            kept.place.x = position.x;
            kept.place.y = position.y;
        }
    }

    fn resized(&mut self, panel: PanelDto, size: PhysicalSize<u32>) {
        let size: LogicalSize<f64> = size.to_logical(self.scale(panel));
        // A window that was put away has no size worth keeping.
        if let Some(kept) = self.kept.get_mut(&panel)
            && kept.is_open
            && size.width >= LEAST.0
            && size.height >= LEAST.1
        {
            kept.place.width = size.width;
            kept.place.height = size.height;
        }
    }

    /// True when it was open and is not any more.
    fn closed(&mut self, panel: PanelDto) -> bool {
        if self.is_leaving {
            return false;
        }
        self.scales.remove(&panel);
        match self.kept.get_mut(&panel) {
            Some(kept) if kept.is_open => {
                kept.is_open = false;
                true
            }
            _ => false,
        }
    }
}

/// Opens the panels that stood in windows of their own when the program ended.
pub(crate) fn reopen(app: &AppHandle, desktop: &Arc<Desktop>) {
    if is_wall(desktop) {
        return;
    }
    for panel in desktop.windows().take_open() {
        if let Err(err) = open_panel(app, desktop, panel, None) {
            let panel = panel.as_str();
            tracing::warn!(
                panel,
                reason = err.message,
                "a window cannot be opened again"
            );
        }
    }
}

/// Tells from now on what the other windows do.
#[tauri::command]
pub(crate) async fn watch_windows(
    window: WebviewWindow,
    desktop: Shared<'_>,
    channel: Channel<WindowNoteDto>,
) -> Result<(), ApiError> {
    desktop.windows().listen(window.label(), channel);
    Ok(())
}

/// The screens of this machine.
#[tauri::command]
pub(crate) async fn screens(app: AppHandle) -> Result<Vec<ScreenDto>, ApiError> {
    let primary = app.primary_monitor().map_err(|err| refused(&err))?;
    let primary = primary.as_ref().map(id_of);
    let main = main_place(&app);
    let monitors = app.available_monitors().map_err(|err| refused(&err))?;
    let screen = |monitor: &Monitor| {
        let id = id_of(monitor);
        let size = monitor.size();
        ScreenDto {
            is_primary: primary.as_ref() == Some(&id),
            has_main: main.is_some_and(|main| whole_of(monitor).holds_middle_of(&main)),
            id,
            name: monitor.name().cloned().unwrap_or_default(),
            width: size.width,
            height: size.height,
        }
    };
    Ok(monitors.iter().map(screen).collect())
}

/// Puts a panel into a window of its own, on a screen or where it stood last; brings it to the front where it has one.
#[tauri::command]
pub(crate) async fn tear_off(
    app: AppHandle,
    desktop: Shared<'_>,
    panel: PanelDto,
    screen: Option<String>,
) -> Result<(), ApiError> {
    if is_wall(&desktop) {
        return Err(refused(&"nobody sits at a wall: its parts stay together"));
    }
    open_panel(&app, &desktop, panel, screen.as_deref())
}

/// Closes a panel's window: the panel is back in the main window.
#[tauri::command]
pub(crate) async fn bring_back(app: AppHandle, panel: PanelDto) -> Result<(), ApiError> {
    match app.get_webview_window(&label_of(panel)) {
        Some(window) => window.close().map_err(|err| refused(&err)),
        None => Ok(()),
    }
}

/// One window has picked something, or nothing any more: the others show it too.
#[tauri::command]
pub(crate) async fn tell_pick(
    window: WebviewWindow,
    desktop: Shared<'_>,
    pick: PickDto,
) -> Result<(), ApiError> {
    let longest = ids_of(&pick).map(str::len).max().unwrap_or(0);
    if longest > MOST_ID_BYTES {
        return Err(refused(&format!(
            "an id of {longest} bytes; the longest has {MOST_ID_BYTES}"
        )));
    }
    desktop.windows().picked(window.label(), pick);
    Ok(())
}

fn open_panel(
    app: &AppHandle,
    desktop: &Arc<Desktop>,
    panel: PanelDto,
    screen: Option<&str>,
) -> Result<(), ApiError> {
    let label = label_of(panel);
    let kept = desktop.windows().place_of(panel);
    let place = opening(panel, screen, kept, &screens_of(app), main_place(app));
    if let Some(window) = app.get_webview_window(&label) {
        return raise(&window, screen.map(|_| place)).map_err(|err| refused(&err));
    }
    let address = format!("index.html?panel={}", panel.as_str());
    let window = WebviewWindowBuilder::new(app, &label, WebviewUrl::App(address.into()))
        .title(desktop.desk().window_title())
        .position(place.x, place.y)
        .inner_size(place.width, place.height)
        .min_inner_size(LEAST.0, LEAST.1)
        .background_color(GROUND)
        .on_document_title_changed(|window, title| {
            // The page knows the panel's name in the language that is shown.
            if let Err(err) = window.set_title(&title) {
                tracing::debug!(%err, "a window keeps its title");
            }
        })
        .build()
        .map_err(|err| refused(&err))?;
    let scale = window.scale_factor().unwrap_or(1.0);
    desktop.windows().opened(panel, place, scale);
    desktop.windows().save();
    desktop.windows().tell_layout();
    Ok(())
}

/// Brings a window to the front, at another place where one was asked for.
fn raise(window: &WebviewWindow, place: Option<Place>) -> tauri::Result<()> {
    if let Some(place) = place {
        window.set_position(LogicalPosition::new(place.x, place.y))?;
        window.set_size(LogicalSize::new(place.width, place.height))?;
    }
    window.unminimize()?;
    window.set_focus()
}

fn is_wall(desktop: &Desktop) -> bool {
    desktop.desk().start().mode == Mode::Wall
}

/// Where the main window stands, as far as the system says.
fn main_place(app: &AppHandle) -> Option<Place> {
    let window = app.get_webview_window(MAIN_WINDOW)?;
    let scale = window.scale_factor().ok()?;
    let (position, size) = (window.outer_position().ok()?, window.outer_size().ok()?);
    Some(logical(position, size, scale))
}

fn screens_of(app: &AppHandle) -> Vec<Screen> {
    let monitors = app.available_monitors().unwrap_or_else(|err| {
        tracing::warn!(%err, "the screens are not known");
        Vec::new()
    });
    let screen = |monitor: &Monitor| {
        let area = monitor.work_area();
        Screen {
            id: id_of(monitor),
            area: logical(area.position, area.size, monitor.scale_factor()),
        }
    };
    monitors.iter().map(screen).collect()
}

/// Two screens of one make have one name; they never have one place.
fn id_of(monitor: &Monitor) -> String {
    let position = monitor.position();
    format!("{},{}", position.x, position.y)
}

fn whole_of(monitor: &Monitor) -> Place {
    logical(*monitor.position(), *monitor.size(), monitor.scale_factor())
}

fn logical(position: PhysicalPosition<i32>, size: PhysicalSize<u32>, scale: f64) -> Place {
    let scale = scale.max(0.1);
    let position: LogicalPosition<f64> = position.to_logical(scale);
    let size: LogicalSize<f64> = size.to_logical(scale);
    Place {
        x: position.x,
        y: position.y,
        width: size.width,
        height: size.height,
    }
}

fn label_of(panel: PanelDto) -> String {
    format!("{LABEL_START}{}", panel.as_str())
}

fn panel_of(label: &str) -> Option<PanelDto> {
    let word = label.strip_prefix(LABEL_START)?;
    PanelDto::ALL
        .into_iter()
        .find(|panel| panel.as_str() == word)
}

fn ids_of(pick: &PickDto) -> impl Iterator<Item = &str> {
    let target = pick.target.as_ref().map(|target| match target {
        Target::Thing { id }
        | Target::Camera { id }
        | Target::Event { id }
        | Target::Feature { id } => id.as_str(),
    });
    target.into_iter().chain(pick.alarm.as_deref())
}

fn tell(channel: &Channel<WindowNoteDto>, note: WindowNoteDto) {
    if let Err(err) = channel.send(note) {
        tracing::debug!(%err, "a window does not listen any more");
    }
}

fn text_of(file: &Path) -> String {
    let mut text = String::new();
    let read =
        File::open(file).and_then(|file| file.take(MOST_FILE_BYTES).read_to_string(&mut text));
    match read {
        Ok(_) => text,
        Err(err) => {
            if err.kind() != std::io::ErrorKind::NotFound {
                tracing::warn!(%err, file = %file.display(), "where the windows stood is not known");
            }
            String::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place {
        x: 10.0,
        y: 20.0,
        width: 800.0,
        height: 600.0,
    };

    fn with_alarms_torn_off(scale: f64) -> Windows {
        // Nothing is written: the file is in no folder.
        let windows = Windows::open(PathBuf::new(), "en".to_owned());
        windows.opened(PanelDto::Alarms, PLACE, scale);
        windows
    }

    #[test]
    fn a_window_that_was_moved_and_sized_is_remembered_so() {
        let windows = with_alarms_torn_off(2.0);
        let moved = WindowEvent::Moved(PhysicalPosition::new(400, 100));
        assert!(!windows.follow("panel-alarms", &moved));
        windows.follow(
            "panel-alarms",
            &WindowEvent::Resized(PhysicalSize::new(1000, 900)),
        );
        windows.follow(
            "panel-alarms",
            &WindowEvent::Resized(PhysicalSize::new(1, 1)),
        );
        let wanted = Place {
            x: 200.0,
            y: 50.0,
            width: 500.0,
            height: 450.0,
        };
        assert_eq!(windows.place_of(PanelDto::Alarms), Some(wanted));
    }

    #[test]
    fn a_window_that_a_person_closed_stays_closed_and_one_that_ended_with_the_desk_opens_again() {
        let windows = with_alarms_torn_off(1.0);
        assert!(windows.follow("panel-alarms", &WindowEvent::Destroyed));
        assert!(!windows.follow("panel-alarms", &WindowEvent::Destroyed));
        assert!(!windows.has_any() && windows.take_open().is_empty());

        let windows = with_alarms_torn_off(1.0);
        windows.leave();
        assert!(!windows.follow("panel-alarms", &WindowEvent::Destroyed));
        assert_eq!(windows.take_open(), [PanelDto::Alarms]);
        assert!(!windows.has_any());
    }

    #[test]
    fn only_panels_windows_are_panels() {
        for panel in PanelDto::ALL {
            assert_eq!(panel_of(&label_of(panel)), Some(panel));
        }
        assert_eq!(panel_of("main"), None);
        assert_eq!(panel_of("panel-castle"), None);
        let windows = with_alarms_torn_off(1.0);
        assert!(!windows.follow("main", &WindowEvent::Destroyed) && windows.has_any());
    }

    #[test]
    fn who_else_listens_hears_what_one_window_picked() {
        let windows = Windows::open(PathBuf::new(), "en".to_owned());
        let heard = Arc::new(Mutex::new(Vec::new()));
        for label in ["main", "panel-alarms"] {
            let heard = Arc::clone(&heard);
            let channel = Channel::new(move |body| {
                if let tauri::ipc::InvokeResponseBody::Json(text) = body {
                    lock(&heard).push(format!("{label} {text}"));
                }
                Ok(())
            });
            windows.listen(label, channel);
        }
        lock(&heard).clear();
        let pick = PickDto {
            target: Some(Target::Thing { id: "7".to_owned() }),
            alarm: None,
        };
        windows.picked("panel-alarms", pick);
        let heard = lock(&heard);
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert!(
            heard
                .iter()
                .all(|line| line.starts_with("main ") && line.contains("\"7\""))
        );
    }
}
