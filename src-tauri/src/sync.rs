//! What the UI may call about sources, the exchange with the hub, and the others who work with it. Each command is a few lines:
//! unwrap the state, call `cim_app`.

use crate::commands::Shared;
use cim_app::wire::{ApiError, ChoiceDto, ConflictDto, OutboxItemDto, SourceDto};

/// The sources, worst first.
#[tauri::command]
pub(crate) async fn sources(desktop: Shared<'_>) -> Result<Vec<SourceDto>, ApiError> {
    Ok(desktop.desk().sources())
}

/// The facts that the hub is to have, or has got.
#[tauri::command]
pub(crate) async fn outbox(desktop: Shared<'_>) -> Result<Vec<OutboxItemDto>, ApiError> {
    desktop.desk().outbox().await.map_err(ApiError::from)
}

/// Where two people changed the same.
#[tauri::command]
pub(crate) async fn conflicts(desktop: Shared<'_>) -> Result<Vec<ConflictDto>, ApiError> {
    desktop.desk().conflicts().await.map_err(ApiError::from)
}

/// Ends a conflict.
#[tauri::command]
pub(crate) async fn settle_conflict(
    desktop: Shared<'_>,
    id: String,
    choice: ChoiceDto,
) -> Result<(), ApiError> {
    desktop
        .desk()
        .settle_conflict(&id, choice)
        .await
        .map_err(ApiError::from)
}

/// Sends a refused fact once more.
#[tauri::command]
pub(crate) async fn retry_fact(desktop: Shared<'_>, id: String) -> Result<(), ApiError> {
    desktop.desk().retry_fact(&id).await.map_err(ApiError::from)
}

/// Takes back a fact that the hub does not have.
#[tauri::command]
pub(crate) async fn withdraw_fact(desktop: Shared<'_>, id: String) -> Result<(), ApiError> {
    desktop
        .desk()
        .withdraw_fact(&id)
        .await
        .map_err(ApiError::from)
}

/// Changes an event's status, adds a note, or both.
#[tauri::command]
pub(crate) async fn change_event(
    desktop: Shared<'_>,
    event_id: String,
    status: Option<String>,
    note: String,
) -> Result<OutboxItemDto, ApiError> {
    desktop
        .desk()
        .change_event(&event_id, status.as_deref(), &note)
        .await
        .map_err(ApiError::from)
}

/// Shares this desk's view, or stops.
#[tauri::command]
pub(crate) async fn share_view(desktop: Shared<'_>, on: bool) -> Result<(), ApiError> {
    desktop.share_view(on);
    Ok(())
}

/// Follows a shared view, or none.
#[tauri::command]
pub(crate) async fn follow_view(desktop: Shared<'_>, name: Option<String>) -> Result<(), ApiError> {
    desktop.follow_view(name).map_err(ApiError::from)
}
