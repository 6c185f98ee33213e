//! What the UI may call about plans, dispatches, broadcasts and pictures. Each command is a few lines: unwrap the state, call
//! `cim_app`.

use crate::commands::Shared;
use cim_app::wire::{
    ApiError, BroadcastDraftDto, BroadcastedDto, DispatchDraftDto, DispatchStepDto, DispatchedDto,
    DispatchesDto, PictureActDto, PictureActedDto, PictureDto, PlanActDto, PlanActedDto, PlanDto,
    PlanOfferDto, PlanRunDto, ReachDto,
};

/// Every plan.
#[tauri::command]
pub(crate) async fn all_plans(desktop: Shared<'_>) -> Result<Vec<PlanDto>, ApiError> {
    Ok(desktop.desk().all_plans())
}

/// The plans that serve a case.
#[tauri::command]
pub(crate) async fn plans_for(
    desktop: Shared<'_>,
    case: String,
) -> Result<Vec<PlanOfferDto>, ApiError> {
    desktop
        .desk()
        .plans_for(&case)
        .await
        .map_err(ApiError::from)
}

/// The plans that serve events of a category.
#[tauri::command]
pub(crate) async fn plans_about(
    desktop: Shared<'_>,
    category: String,
    level: String,
) -> Result<Vec<PlanOfferDto>, ApiError> {
    let plans = desktop.desk().plans_about(&category, &level);
    plans.map_err(ApiError::from)
}

/// The plan of a case at work.
#[tauri::command]
pub(crate) async fn plan_run(
    desktop: Shared<'_>,
    case: String,
) -> Result<Option<PlanRunDto>, ApiError> {
    desktop.desk().plan_run(&case).await.map_err(ApiError::from)
}

/// Does something with the plan of a case.
#[tauri::command]
pub(crate) async fn act_on_plan(
    desktop: Shared<'_>,
    case: String,
    act: PlanActDto,
) -> Result<PlanActedDto, ApiError> {
    let acted = desktop.desk().act_on_plan(&case, &act).await;
    acted.map_err(ApiError::from)
}

/// Who was sent for a case, and who can be.
#[tauri::command]
pub(crate) async fn dispatches(
    desktop: Shared<'_>,
    case: String,
) -> Result<DispatchesDto, ApiError> {
    desktop
        .desk()
        .dispatches(&case)
        .await
        .map_err(ApiError::from)
}

/// Sends somebody.
#[tauri::command]
pub(crate) async fn dispatch(
    desktop: Shared<'_>,
    case: String,
    draft: DispatchDraftDto,
) -> Result<DispatchedDto, ApiError> {
    let sent = desktop.desk().dispatch(&case, &draft).await;
    sent.map_err(ApiError::from)
}

/// Writes down what happens to an assignment.
#[tauri::command]
pub(crate) async fn dispatch_step(
    desktop: Shared<'_>,
    id: String,
    step: DispatchStepDto,
    note: String,
) -> Result<DispatchedDto, ApiError> {
    let stepped = desktop.desk().dispatch_step(&id, step, &note).await;
    stepped.map_err(ApiError::from)
}

/// Who is inside of an area.
#[tauri::command]
pub(crate) async fn reach(desktop: Shared<'_>, area: Vec<[f64; 2]>) -> Result<ReachDto, ApiError> {
    desktop.desk().reach(&area).map_err(ApiError::from)
}

/// Writes down a broadcast within an area.
#[tauri::command]
pub(crate) async fn broadcast(
    desktop: Shared<'_>,
    case: String,
    draft: BroadcastDraftDto,
) -> Result<BroadcastedDto, ApiError> {
    let sent = desktop.desk().broadcast(&case, &draft).await;
    sent.map_err(ApiError::from)
}

/// The picture of a case.
#[tauri::command]
pub(crate) async fn picture(desktop: Shared<'_>, case: String) -> Result<PictureDto, ApiError> {
    desktop.desk().picture(&case).await.map_err(ApiError::from)
}

/// Draws on the picture of a case.
#[tauri::command]
pub(crate) async fn draw(
    desktop: Shared<'_>,
    case: String,
    act: PictureActDto,
) -> Result<PictureActedDto, ApiError> {
    let drawn = desktop.desk().draw(&case, &act).await;
    drawn.map_err(ApiError::from)
}

/// Takes back what was drawn last.
#[tauri::command]
pub(crate) async fn undo_drawing(
    desktop: Shared<'_>,
    case: String,
) -> Result<PictureActedDto, ApiError> {
    let undone = desktop.desk().undo_drawing(&case).await;
    undone.map_err(ApiError::from)
}

/// Does again what was taken back last.
#[tauri::command]
pub(crate) async fn redo_drawing(
    desktop: Shared<'_>,
    case: String,
) -> Result<PictureActedDto, ApiError> {
    let done = desktop.desk().redo_drawing(&case).await;
    done.map_err(ApiError::from)
}

/// Shows the picture of a case in the twin, or none.
#[tauri::command]
pub(crate) async fn show_picture(
    desktop: Shared<'_>,
    case: Option<String>,
) -> Result<(), ApiError> {
    let shown = desktop.desk().show_picture(case.as_deref());
    shown.map_err(ApiError::from)
}
