//! What the UI may call to work with the twin. Each command is two lines: unwrap the state, call `cim_app` or the twin.

use crate::commands::Shared;
use cim_app::wire::{
    ApiError, AttributeDto, BookmarkDto, CityChoiceDto, ClipsDto, ColourByDto, CompareDto, FindDto,
    FindPageDto, LegendDto, LookDto, MinimapDto, ShowDto, SunDto, ToolDto, UndergroundDto,
    ViewPlaceDto,
};
use cim_scene::TwinCommand;
use cim_stage::{
    command_of_clips, command_of_compare, command_of_place, command_of_tool, command_of_underground,
};

/// Everything that answers a question.
#[tauri::command]
pub(crate) async fn find(desktop: Shared<'_>, ask: FindDto) -> Result<FindPageDto, ApiError> {
    desktop.desk().find(ask).await.map_err(ApiError::from)
}

/// Isolates, colours, fades or hides all that answers a question.
#[tauri::command]
pub(crate) async fn show_found(
    desktop: Shared<'_>,
    ask: FindDto,
    how: ShowDto,
) -> Result<u32, ApiError> {
    desktop
        .desk()
        .show_found(ask, how)
        .await
        .map_err(ApiError::from)
}

/// Isolates, colours, fades or hides features.
#[tauri::command]
pub(crate) async fn show_features(
    desktop: Shared<'_>,
    ids: Vec<String>,
    how: ShowDto,
) -> Result<(), ApiError> {
    desktop.desk().show_features(ids, how);
    Ok(())
}

/// Takes back what was isolated, faded and hidden.
#[tauri::command]
pub(crate) async fn show_all(desktop: Shared<'_>) -> Result<(), ApiError> {
    desktop.desk().show_all();
    Ok(())
}

/// What features of a class can be coloured by.
#[tauri::command]
pub(crate) async fn attributes(
    desktop: Shared<'_>,
    class: String,
) -> Result<Vec<AttributeDto>, ApiError> {
    desktop
        .desk()
        .attributes(class)
        .await
        .map_err(ApiError::from)
}

/// Colours features by an attribute, or not.
#[tauri::command]
pub(crate) async fn colour_by(
    desktop: Shared<'_>,
    ask: Option<ColourByDto>,
) -> Result<Option<LegendDto>, ApiError> {
    desktop.desk().colour_by(ask).await.map_err(ApiError::from)
}

/// Takes up, uses or puts away a tool.
#[tauri::command]
pub(crate) async fn tool(desktop: Shared<'_>, tool: ToolDto) -> Result<(), ApiError> {
    desktop.send(command_of_tool(&tool));
    Ok(())
}

/// Cuts the city.
#[tauri::command]
pub(crate) async fn set_clips(desktop: Shared<'_>, clips: ClipsDto) -> Result<(), ApiError> {
    desktop.send(command_of_clips(&clips));
    Ok(())
}

/// Asks for the line of a trench along a feature.
#[tauri::command]
pub(crate) async fn trench_along(desktop: Shared<'_>, id: String) -> Result<(), ApiError> {
    desktop.send(TwinCommand::TrenchAlong { id });
    Ok(())
}

/// Looks below ground, or not.
#[tauri::command]
pub(crate) async fn set_underground(
    desktop: Shared<'_>,
    underground: UndergroundDto,
) -> Result<(), ApiError> {
    desktop.send(command_of_underground(underground));
    Ok(())
}

/// Chooses how the twin looks.
#[tauri::command]
pub(crate) async fn set_look(desktop: Shared<'_>, look: LookDto) -> Result<SunDto, ApiError> {
    Ok(desktop.set_look(look))
}

/// Chooses what the city model may take, MiB.
#[tauri::command]
pub(crate) async fn set_tile_budget(desktop: Shared<'_>, mib: u32) -> Result<(), ApiError> {
    // The stage tells the twin, with everything else that outlives it.
    desktop.desk().set_budget_mib(mib).map_err(ApiError::from)
}

/// The sun at a moment.
#[tauri::command]
pub(crate) async fn sun(desktop: Shared<'_>, time: Option<i64>) -> Result<SunDto, ApiError> {
    Ok(desktop.desk().sun(time))
}

/// Shares the picture between two cities, or not.
#[tauri::command]
pub(crate) async fn set_compare(desktop: Shared<'_>, compare: CompareDto) -> Result<(), ApiError> {
    desktop.send(command_of_compare(compare));
    Ok(())
}

/// Cities beside the open one.
#[tauri::command]
pub(crate) async fn compare_choices(desktop: Shared<'_>) -> Result<Vec<CityChoiceDto>, ApiError> {
    desktop
        .desk()
        .compare_choices()
        .await
        .map_err(ApiError::from)
}

/// Opens a second city to compare with, or none.
#[tauri::command]
pub(crate) async fn open_compared(
    desktop: Shared<'_>,
    folder: Option<String>,
) -> Result<Option<CityChoiceDto>, ApiError> {
    desktop.open_compared(folder).await
}

/// The kept views.
#[tauri::command]
pub(crate) async fn bookmarks(desktop: Shared<'_>) -> Result<Vec<BookmarkDto>, ApiError> {
    desktop.desk().bookmarks().await.map_err(ApiError::from)
}

/// Keeps views instead of those before.
#[tauri::command]
pub(crate) async fn save_bookmarks(
    desktop: Shared<'_>,
    bookmarks: Vec<BookmarkDto>,
) -> Result<(), ApiError> {
    desktop
        .desk()
        .save_bookmarks(bookmarks)
        .await
        .map_err(ApiError::from)
}

/// Asks the twin for its view; the answer comes as a note.
#[tauri::command]
pub(crate) async fn ask_view(desktop: Shared<'_>) -> Result<(), ApiError> {
    desktop.ask_view();
    Ok(())
}

/// Flies to exactly this view.
#[tauri::command]
pub(crate) async fn go_to_place(desktop: Shared<'_>, view: ViewPlaceDto) -> Result<(), ApiError> {
    desktop.desk().note_place(&view);
    desktop.send(command_of_place(&view));
    Ok(())
}

/// The city from above.
#[tauri::command]
pub(crate) async fn minimap(desktop: Shared<'_>) -> Result<MinimapDto, ApiError> {
    desktop.desk().minimap().await.map_err(ApiError::from)
}
