//! What the UI may call about what lives over the city: layers, filters, and how the twin performs. Each command is a few lines:
//! unwrap the state, call `cim_app` or the twin.

use crate::commands::Shared;
use cim_app::wire::{
    ApiError, FenceDto, FilterCheckDto, FilterFieldDto, LayerChangeDto, LayersDto,
};

/// Every layer, its tree, its legend and its counts.
#[tauri::command]
pub(crate) async fn layers(desktop: Shared<'_>) -> Result<LayersDto, ApiError> {
    Ok(desktop.desk().layers())
}

/// Changes how layers are shown.
#[tauri::command]
pub(crate) async fn change_layer(
    desktop: Shared<'_>,
    change: LayerChangeDto,
) -> Result<(), ApiError> {
    desktop.desk().change_layer(&change).map_err(ApiError::from)
}

/// Says what is wrong with a filter, or how much it takes.
#[tauri::command]
pub(crate) async fn check_filter(
    desktop: Shared<'_>,
    layer: String,
    text: String,
) -> Result<FilterCheckDto, ApiError> {
    Ok(desktop.desk().check_filter(&layer, &text))
}

/// The fields that filters may name.
#[tauri::command]
pub(crate) async fn filter_fields(desktop: Shared<'_>) -> Result<Vec<FilterFieldDto>, ApiError> {
    Ok(desktop.desk().filter_fields())
}

/// The areas that were drawn here.
#[tauri::command]
pub(crate) async fn fences(desktop: Shared<'_>) -> Result<Vec<FenceDto>, ApiError> {
    Ok(desktop.desk().fences())
}

/// Watches an area from now on.
#[tauri::command]
pub(crate) async fn draw_fence(desktop: Shared<'_>, fence: FenceDto) -> Result<(), ApiError> {
    desktop.desk().draw_fence(&fence).map_err(ApiError::from)
}

/// Watches an area that was drawn here no more.
#[tauri::command]
pub(crate) async fn drop_fence(desktop: Shared<'_>, id: String) -> Result<(), ApiError> {
    desktop.desk().drop_fence(&id).map_err(ApiError::from)
}

/// Tells how the twin performs twice a second, or stops.
#[tauri::command]
pub(crate) async fn watch_performance(desktop: Shared<'_>, on: bool) -> Result<(), ApiError> {
    desktop.watch_performance(on);
    Ok(())
}
