//! What the UI may call about cases. Each command is a few lines: unwrap the state, call `cim_app`.

use crate::commands::Shared;
use cim_app::wire::{
    ApiError, CaseActDto, CaseActedDto, CaseDetailDto, CaseDraftDto, CasePageDto, CaseQueryDto,
    CaseReportedDto, CaseTablesDto, CaseViewDto, CasesActedDto, DraftCheckDto,
};

/// A window into the cases that a query answers.
#[tauri::command]
pub(crate) async fn cases(
    desktop: Shared<'_>,
    query: CaseQueryDto,
) -> Result<CasePageDto, ApiError> {
    Ok(desktop.desk().cases(&query))
}

/// Everything around one case.
#[tauri::command]
pub(crate) async fn case_detail(
    desktop: Shared<'_>,
    id: String,
) -> Result<CaseDetailDto, ApiError> {
    desktop.desk().case(&id).await.map_err(ApiError::from)
}

/// Does something to a case.
#[tauri::command]
pub(crate) async fn act_on_case(
    desktop: Shared<'_>,
    id: String,
    act: CaseActDto,
) -> Result<CaseActedDto, ApiError> {
    desktop
        .desk()
        .act_on_case(&id, &act)
        .await
        .map_err(ApiError::from)
}

/// Does something to many cases, each for itself.
#[tauri::command]
pub(crate) async fn act_on_cases(
    desktop: Shared<'_>,
    ids: Vec<String>,
    act: CaseActDto,
) -> Result<CasesActedDto, ApiError> {
    desktop
        .desk()
        .act_on_cases(&ids, &act)
        .await
        .map_err(ApiError::from)
}

/// Takes in what somebody tells.
#[tauri::command]
pub(crate) async fn report_case(
    desktop: Shared<'_>,
    draft: CaseDraftDto,
) -> Result<CaseReportedDto, ApiError> {
    desktop
        .desk()
        .report_case(&draft)
        .await
        .map_err(ApiError::from)
}

/// What a draft would be the same as.
#[tauri::command]
pub(crate) async fn check_draft(
    desktop: Shared<'_>,
    draft: CaseDraftDto,
) -> Result<DraftCheckDto, ApiError> {
    desktop.desk().check_draft(&draft).map_err(ApiError::from)
}

/// Makes an event of an alarm.
#[tauri::command]
pub(crate) async fn case_from_alarm(
    desktop: Shared<'_>,
    alarm: String,
    draft: CaseDraftDto,
) -> Result<CaseReportedDto, ApiError> {
    desktop
        .desk()
        .case_from_alarm(&alarm, &draft)
        .await
        .map_err(ApiError::from)
}

/// Takes back the newest step of a case.
#[tauri::command]
pub(crate) async fn undo_case_step(
    desktop: Shared<'_>,
    id: String,
    step: String,
    reason: String,
) -> Result<CaseActedDto, ApiError> {
    desktop
        .desk()
        .undo_case_step(&id, &step, &reason)
        .await
        .map_err(ApiError::from)
}

/// Categories, roles, departments, levels, sources.
#[tauri::command]
pub(crate) async fn case_tables(desktop: Shared<'_>) -> Result<CaseTablesDto, ApiError> {
    Ok(desktop.desk().case_tables())
}

/// As whom the person at the desk acts.
#[tauri::command]
pub(crate) async fn set_actor(
    desktop: Shared<'_>,
    role: String,
    party: Option<String>,
) -> Result<(), ApiError> {
    desktop
        .desk()
        .set_actor(&role, party.as_deref())
        .map_err(ApiError::from)
}

/// The kept filters of the event board.
#[tauri::command]
pub(crate) async fn case_views(desktop: Shared<'_>) -> Result<Vec<CaseViewDto>, ApiError> {
    desktop.desk().case_views().await.map_err(ApiError::from)
}

/// Keeps these filters instead of those before.
#[tauri::command]
pub(crate) async fn save_case_views(
    desktop: Shared<'_>,
    views: Vec<CaseViewDto>,
) -> Result<(), ApiError> {
    desktop
        .desk()
        .save_case_views(views)
        .await
        .map_err(ApiError::from)
}

/// Keeps a file, given in base64, and ties it to a case.
#[tauri::command]
pub(crate) async fn attach_to_case(
    desktop: Shared<'_>,
    id: String,
    name: String,
    media_type: String,
    base64: String,
    is_evidence: bool,
) -> Result<CaseActedDto, ApiError> {
    desktop
        .desk()
        .attach_to_case(&id, (&name, &media_type), base64, is_evidence)
        .await
        .map_err(ApiError::from)
}

/// The bytes of an attachment, in base64.
#[tauri::command]
pub(crate) async fn attachment(desktop: Shared<'_>, digest: String) -> Result<String, ApiError> {
    desktop
        .desk()
        .attachment(&digest)
        .await
        .map_err(ApiError::from)
}
