//! What the UI may call about time: stepping, charts, moments, recordings, branches. Each command is two lines: unwrap the
//! state, call `cim_app`.

use crate::commands::Shared;
use cim_app::wire::{
    ApiError, BranchDto, ExportDto, ExportFormatDto, KnowledgeDto, MomentDto, RecordingDto,
    SeriesChoiceDto, StepKindDto, Trend, ViewPlaceDto,
};

/// Sees past moments with the knowledge of then, or of now.
#[tauri::command]
pub(crate) async fn set_knowledge(
    desktop: Shared<'_>,
    knowledge: KnowledgeDto,
) -> Result<(), ApiError> {
    desktop.desk().set_knowledge(knowledge);
    Ok(())
}

/// Goes to the next event, alarm or moment, or to the one before.
#[tauri::command]
pub(crate) async fn step_to(
    desktop: Shared<'_>,
    kind: StepKindDto,
    forward: bool,
) -> Result<Option<i64>, ApiError> {
    desktop
        .desk()
        .step_to(kind, forward)
        .await
        .map_err(ApiError::from)
}

/// The data of charts.
#[tauri::command]
pub(crate) async fn trends(
    desktop: Shared<'_>,
    ids: Vec<String>,
    from: i64,
    to: i64,
    pixels: u32,
) -> Result<Vec<Trend>, ApiError> {
    desktop
        .desk()
        .trends(ids, from, to, pixels)
        .await
        .map_err(ApiError::from)
}

/// Series by name, for a chart.
#[tauri::command]
pub(crate) async fn series_choices(
    desktop: Shared<'_>,
    text: String,
) -> Result<Vec<SeriesChoiceDto>, ApiError> {
    Ok(desktop.desk().series_choices(&text))
}

/// Saves a moment.
#[tauri::command]
pub(crate) async fn save_moment(
    desktop: Shared<'_>,
    title: String,
    time: i64,
    view: Option<ViewPlaceDto>,
) -> Result<MomentDto, ApiError> {
    let picture = desktop.thumbnail().await;
    desktop
        .desk()
        .save_moment(title, time, view, picture)
        .await
        .map_err(ApiError::from)
}

/// Gives a moment another title.
#[tauri::command]
pub(crate) async fn rename_moment(
    desktop: Shared<'_>,
    id: String,
    title: String,
) -> Result<(), ApiError> {
    desktop
        .desk()
        .rename_moment(&id, title)
        .await
        .map_err(ApiError::from)
}

/// Forgets a moment.
#[tauri::command]
pub(crate) async fn delete_moment(desktop: Shared<'_>, id: String) -> Result<(), ApiError> {
    desktop
        .desk()
        .delete_moment(&id)
        .await
        .map_err(ApiError::from)
}

/// Every saved moment.
#[tauri::command]
pub(crate) async fn moments(desktop: Shared<'_>) -> Result<Vec<MomentDto>, ApiError> {
    desktop.desk().moments().await.map_err(ApiError::from)
}

/// The recordings in the cache.
#[tauri::command]
pub(crate) async fn recordings(desktop: Shared<'_>) -> Result<Vec<RecordingDto>, ApiError> {
    desktop.desk().recordings().await.map_err(ApiError::from)
}

/// Writes a stretch to a recording.
#[tauri::command]
pub(crate) async fn save_recording(
    desktop: Shared<'_>,
    from: i64,
    to: i64,
    name: String,
) -> Result<RecordingDto, ApiError> {
    desktop
        .desk()
        .save_recording(from, to, name)
        .await
        .map_err(ApiError::from)
}

/// Reads a recording whole, and says what is wrong with it.
#[tauri::command]
pub(crate) async fn verify_recording(
    desktop: Shared<'_>,
    path: String,
) -> Result<RecordingDto, ApiError> {
    desktop
        .desk()
        .verify_recording(&path)
        .await
        .map_err(ApiError::from)
}

/// Deletes a recording.
#[tauri::command]
pub(crate) async fn delete_recording(desktop: Shared<'_>, path: String) -> Result<(), ApiError> {
    desktop
        .desk()
        .delete_recording(&path)
        .await
        .map_err(ApiError::from)
}

/// Writes values to a table.
#[tauri::command]
pub(crate) async fn export_series(
    desktop: Shared<'_>,
    ids: Vec<String>,
    from: i64,
    to: i64,
    format: ExportFormatDto,
) -> Result<ExportDto, ApiError> {
    desktop
        .desk()
        .export_series(ids, from, to, format)
        .await
        .map_err(ApiError::from)
}

/// Chooses how much of the past is kept.
#[tauri::command]
pub(crate) async fn set_history_limits(
    desktop: Shared<'_>,
    days: u32,
    bytes: u64,
) -> Result<(), ApiError> {
    desktop
        .desk()
        .set_history_limits(days, bytes)
        .await
        .map_err(ApiError::from)
}

/// Every branch.
#[tauri::command]
pub(crate) async fn branches(desktop: Shared<'_>) -> Result<Vec<BranchDto>, ApiError> {
    desktop.desk().branches().await.map_err(ApiError::from)
}

/// Makes a branch.
#[tauri::command]
pub(crate) async fn branch_here(
    desktop: Shared<'_>,
    title: String,
    time: i64,
) -> Result<BranchDto, ApiError> {
    desktop
        .desk()
        .branch_here(title, time)
        .await
        .map_err(ApiError::from)
}

/// Forgets a branch.
#[tauri::command]
pub(crate) async fn delete_branch(desktop: Shared<'_>, id: String) -> Result<(), ApiError> {
    desktop
        .desk()
        .delete_branch(&id)
        .await
        .map_err(ApiError::from)
}

/// Assumes a value in a branch.
#[tauri::command]
pub(crate) async fn assume(
    desktop: Shared<'_>,
    branch: String,
    series: String,
    value: f64,
    time: i64,
) -> Result<(), ApiError> {
    desktop
        .desk()
        .assume(&branch, &series, value, time)
        .await
        .map_err(ApiError::from)
}
