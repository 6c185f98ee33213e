//! What the UI may call about alarms and their rules. Each command is a few lines: unwrap the state, call `cim_app`.

use crate::commands::Shared;
use cim_app::wire::{
    AlarmActDto, AlarmActedDto, AlarmDetailDto, AlarmGroupDto, AlarmLoadDto, AlarmPageDto,
    AlarmPastDto, AlarmPickDto, AlarmQueryDto, AlarmViewDto, ApiError, RuleDto, RuleTrialDto,
};

/// A window into the alarms that a query answers.
#[tauri::command]
pub(crate) async fn alarms(
    desktop: Shared<'_>,
    query: AlarmQueryDto,
) -> Result<AlarmPageDto, ApiError> {
    Ok(desktop.desk().alarms(&query))
}

/// Everything around one alarm.
#[tauri::command]
pub(crate) async fn alarm(desktop: Shared<'_>, id: String) -> Result<AlarmDetailDto, ApiError> {
    desktop.desk().alarm(&id).await.map_err(ApiError::from)
}

/// What was before that an alarm is like.
#[tauri::command]
pub(crate) async fn alarm_past(desktop: Shared<'_>, id: String) -> Result<AlarmPastDto, ApiError> {
    desktop.desk().alarm_past(&id).await.map_err(ApiError::from)
}

/// The suppression groups.
#[tauri::command]
pub(crate) async fn alarm_groups(desktop: Shared<'_>) -> Result<Vec<AlarmGroupDto>, ApiError> {
    Ok(desktop.desk().alarm_groups())
}

/// Suppresses a group for a time.
#[tauri::command]
pub(crate) async fn suppress_group(
    desktop: Shared<'_>,
    id: String,
    for_s: f64,
    reason: String,
) -> Result<(), ApiError> {
    desktop
        .desk()
        .suppress_group(&id, for_s, &reason)
        .await
        .map_err(ApiError::from)
}

/// Takes back what suppresses a group by hand.
#[tauri::command]
pub(crate) async fn release_group(desktop: Shared<'_>, id: String) -> Result<(), ApiError> {
    desktop
        .desk()
        .release_group(&id)
        .await
        .map_err(ApiError::from)
}

/// Does something to many alarms, each for itself.
#[tauri::command]
pub(crate) async fn act_on_alarms(
    desktop: Shared<'_>,
    pick: AlarmPickDto,
    act: AlarmActDto,
) -> Result<AlarmActedDto, ApiError> {
    desktop
        .desk()
        .act_on_alarms(&pick, &act)
        .await
        .map_err(ApiError::from)
}

/// Silences what rings; a worse one rings again.
#[tauri::command]
pub(crate) async fn silence_alarms(desktop: Shared<'_>) -> Result<(), ApiError> {
    desktop.desk().silence_alarms();
    Ok(())
}

/// How much the officer had to take.
#[tauri::command]
pub(crate) async fn alarm_load(
    desktop: Shared<'_>,
    from: i64,
    to: i64,
) -> Result<AlarmLoadDto, ApiError> {
    desktop
        .desk()
        .alarm_load(from, to)
        .await
        .map_err(ApiError::from)
}

/// The rules.
#[tauri::command]
pub(crate) async fn alarm_rules(desktop: Shared<'_>) -> Result<Vec<RuleDto>, ApiError> {
    Ok(desktop.desk().rules())
}

/// Switches a rule on or off.
#[tauri::command]
pub(crate) async fn switch_rule(desktop: Shared<'_>, id: String, on: bool) -> Result<(), ApiError> {
    desktop.desk().switch_rule(&id, on).map_err(ApiError::from)
}

/// What a rule would have raised in a stretch of this desk's own history.
#[tauri::command]
pub(crate) async fn try_rule(
    desktop: Shared<'_>,
    id: String,
    from: i64,
    to: i64,
) -> Result<RuleTrialDto, ApiError> {
    desktop
        .desk()
        .try_rule(&id, from, to)
        .await
        .map_err(ApiError::from)
}

/// The kept filters of the alarm list.
#[tauri::command]
pub(crate) async fn alarm_views(desktop: Shared<'_>) -> Result<Vec<AlarmViewDto>, ApiError> {
    desktop.desk().alarm_views().await.map_err(ApiError::from)
}

/// Keeps these filters instead of those before.
#[tauri::command]
pub(crate) async fn save_alarm_views(
    desktop: Shared<'_>,
    views: Vec<AlarmViewDto>,
) -> Result<(), ApiError> {
    desktop
        .desk()
        .save_alarm_views(views)
        .await
        .map_err(ApiError::from)
}
