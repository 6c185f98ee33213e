//! What the UI may call. Each command is two lines: unwrap the state, call `cim_app` or the twin.

use crate::{desktop::Desktop, embedding};
use cim_app::wire::{
    ApiError, Card, ClockDto, DeskUpdate, Found, GestureDto, Start, Target, Timeline, TwinNote,
    ViewportDto,
};
use std::sync::Arc;
use tauri::{AppHandle, State, WebviewWindow, ipc::Channel};

/// The desktop, as every command gets it.
pub(crate) type Shared<'a> = State<'a, Arc<Desktop>>;

/// Everything before the first picture.
#[tauri::command]
pub(crate) async fn start(desktop: Shared<'_>) -> Result<Start, ApiError> {
    Ok(desktop.start().await)
}

/// The card of a target.
#[tauri::command]
pub(crate) async fn card(desktop: Shared<'_>, target: Target) -> Result<Card, ApiError> {
    desktop.desk().card(&target).map_err(ApiError::from)
}

/// The timeline's data.
#[tauri::command]
pub(crate) async fn timeline(
    desktop: Shared<'_>,
    from: i64,
    to: i64,
    bins: u32,
) -> Result<Timeline, ApiError> {
    desktop
        .desk()
        .timeline(from, to, bins)
        .await
        .map_err(ApiError::from)
}

/// Things, cameras, events and features by name.
#[tauri::command]
pub(crate) async fn search(
    desktop: Shared<'_>,
    text: String,
    near: Option<[f64; 2]>,
) -> Result<Vec<Found>, ApiError> {
    desktop
        .desk()
        .search(text, near)
        .await
        .map_err(ApiError::from)
}

/// The pinyin of the UI's own texts.
#[tauri::command]
pub(crate) async fn fold_texts(texts: Vec<String>) -> Result<Vec<String>, ApiError> {
    cim_app::fold_texts(&texts).map_err(ApiError::from)
}

/// Moves the clock.
#[tauri::command]
pub(crate) async fn set_clock(desktop: Shared<'_>, clock: ClockDto) -> Result<(), ApiError> {
    desktop.desk().set_clock(clock).map_err(ApiError::from)
}

/// Acknowledges an alarm.
#[tauri::command]
pub(crate) async fn acknowledge(desktop: Shared<'_>, alarm_id: String) -> Result<(), ApiError> {
    desktop
        .desk()
        .acknowledge(&alarm_id)
        .await
        .map_err(ApiError::from)
}

/// Shows or hides a layer.
#[tauri::command]
pub(crate) async fn set_layer(desktop: Shared<'_>, name: String, on: bool) -> Result<(), ApiError> {
    desktop.set_layer(&name, on)
}

/// Changes the language.
#[tauri::command]
pub(crate) async fn set_language(desktop: Shared<'_>, language: String) -> Result<(), ApiError> {
    desktop.desk().set_language(&language)?;
    desktop.windows().speak(&language);
    Ok(())
}

/// Selects something in the twin, or nothing.
#[tauri::command]
pub(crate) async fn select_target(
    desktop: Shared<'_>,
    target: Option<Target>,
) -> Result<(), ApiError> {
    desktop.select(target.as_ref());
    Ok(())
}

/// Flies to something.
#[tauri::command]
pub(crate) async fn fly_to(desktop: Shared<'_>, target: Target) -> Result<(), ApiError> {
    desktop.fly_to(&target)
}

/// Goes to a saved view.
#[tauri::command]
pub(crate) async fn go_to_view(desktop: Shared<'_>, name: String) -> Result<(), ApiError> {
    desktop.go_to_view(&name)
}

/// Where the picture belongs.
#[tauri::command]
pub(crate) async fn set_viewport(
    app: AppHandle,
    desktop: Shared<'_>,
    viewport: ViewportDto,
) -> Result<(), ApiError> {
    desktop.note_scale(viewport.scale);
    app.run_on_main_thread(move || embedding::place(&viewport))
        .map_err(|err| crate::desktop::refused(&err))
}

/// What the person did in the picture.
#[tauri::command]
pub(crate) async fn gesture(
    desktop: Shared<'_>,
    gestures: Vec<GestureDto>,
) -> Result<(), ApiError> {
    desktop.gesture(&gestures);
    Ok(())
}

/// The UI shows its first update.
#[tauri::command]
pub(crate) async fn ui_ready(desktop: Shared<'_>) -> Result<(), ApiError> {
    desktop.ui_is_ready();
    Ok(())
}

/// Sends what the lists show, from now on.
#[tauri::command]
pub(crate) async fn watch_desk(
    window: WebviewWindow,
    desktop: Shared<'_>,
    channel: Channel<DeskUpdate>,
) -> Result<(), ApiError> {
    desktop.watch_desk(window.label(), channel);
    Ok(())
}

/// Sends what the twin tells, from now on.
#[tauri::command]
pub(crate) async fn watch_twin(
    window: WebviewWindow,
    desktop: Shared<'_>,
    channel: Channel<TwinNote>,
) -> Result<(), ApiError> {
    desktop.watch_twin(window.label(), channel);
    Ok(())
}
