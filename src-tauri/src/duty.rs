//! What the UI may call on duty: the log, the handover, the analysis and their files. Each command is a few lines: unwrap the
//! state, call `cim_app`.

use crate::commands::Shared;
use cim_app::wire::{
    AnalysisDto, AnalysisQueryDto, ApiError, DutyBoardDto, DutyEntryDto, DutyPageDto, DutyQueryDto,
    HandoverActDto, HandoverActedDto, HandoverDto, HandoverRowDto, ReportFileDto, ReportFormatDto,
    ReportOfDto,
};

/// Who is on duty, and what is open.
#[tauri::command]
pub(crate) async fn duty_board(desktop: Shared<'_>) -> Result<DutyBoardDto, ApiError> {
    Ok(desktop.desk().duty_board())
}

/// A window into the duty log.
#[tauri::command]
pub(crate) async fn duty_log(
    desktop: Shared<'_>,
    query: DutyQueryDto,
) -> Result<DutyPageDto, ApiError> {
    desktop
        .desk()
        .duty_log(&query)
        .await
        .map_err(ApiError::from)
}

/// Writes an entry by hand.
#[tauri::command]
pub(crate) async fn write_duty(
    desktop: Shared<'_>,
    text: String,
    subject: String,
) -> Result<DutyEntryDto, ApiError> {
    desktop
        .desk()
        .write_duty(&text, &subject)
        .await
        .map_err(ApiError::from)
}

/// Strikes an entry and writes another one in its place.
#[tauri::command]
pub(crate) async fn correct_duty(
    desktop: Shared<'_>,
    entry: String,
    text: String,
    reason: String,
) -> Result<DutyEntryDto, ApiError> {
    desktop
        .desk()
        .correct_duty(&entry, &text, &reason)
        .await
        .map_err(ApiError::from)
}

/// Strikes an entry.
#[tauri::command]
pub(crate) async fn strike_duty(
    desktop: Shared<'_>,
    entry: String,
    reason: String,
) -> Result<(), ApiError> {
    desktop
        .desk()
        .strike_duty(&entry, &reason)
        .await
        .map_err(ApiError::from)
}

/// A handover; without a name the one under way, or as it would be written now.
#[tauri::command]
pub(crate) async fn handover(
    desktop: Shared<'_>,
    id: Option<String>,
) -> Result<HandoverDto, ApiError> {
    desktop
        .desk()
        .handover(id.as_deref())
        .map_err(ApiError::from)
}

/// Does an act of a handover.
#[tauri::command]
pub(crate) async fn act_on_handover(
    desktop: Shared<'_>,
    id: String,
    act: HandoverActDto,
) -> Result<HandoverActedDto, ApiError> {
    desktop
        .desk()
        .act_on_handover(&id, &act)
        .await
        .map_err(ApiError::from)
}

/// The handovers that were written.
#[tauri::command]
pub(crate) async fn handovers(desktop: Shared<'_>) -> Result<Vec<HandoverRowDto>, ApiError> {
    Ok(desktop.desk().handovers())
}

/// What the cases of a time amount to.
#[tauri::command]
pub(crate) async fn analysis(
    desktop: Shared<'_>,
    query: AnalysisQueryDto,
) -> Result<AnalysisDto, ApiError> {
    desktop
        .desk()
        .analysis(&query)
        .await
        .map_err(ApiError::from)
}

/// Writes a report to a file.
#[tauri::command]
pub(crate) async fn export_report(
    desktop: Shared<'_>,
    of: ReportOfDto,
    format: ReportFormatDto,
    path: Option<String>,
) -> Result<ReportFileDto, ApiError> {
    desktop
        .desk()
        .export_report(&of, format, path)
        .await
        .map_err(ApiError::from)
}
