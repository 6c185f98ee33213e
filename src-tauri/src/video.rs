//! What the UI may call about cameras. Each command is a few lines: unwrap the state, call `cim_app`.

use crate::commands::Shared;
use cim_app::wire::{
    ApiError, CalibrationDto, CalibrationPointDto, CoverageAreaDto, CoverageDto, ImportReportDto,
    LanesDto, LanesQueryDto, MomentImportDto, MosaicDto, MosaicForDto, OpenedViewDto, PtzActDto,
    RightsMatrixDto, RouteCoverageDto, SightTargetDto, SightsDto, SnapshotDto, SnapshotTakenDto,
    SuggestAskDto, SuggestionsDto, VideoActedDto, VideoAuditPageDto, VideoAuditQueryDto,
    VideoBoardDto, VideoChannelDto, VideoGrantDraftDto, VideoGrantDto, VideoHealthByDto,
    VideoHealthDto, VideoMappingDto, VideoMomentPageDto, VideoMomentQueryDto, VideoPageDto,
    VideoPointsDto, VideoPresetDto, VideoProposalDto, VideoQueryDto, VideoRightDto, VideoTablesDto,
    VideoTreeDto, VideoTreePageDto, VideoWorkActDto, VideoWorksDto, ViewDraftDto, ViewStateDto,
};
use tauri::ipc::Response;

/// How the video index stands.
#[tauri::command]
pub(crate) async fn video_board(desktop: Shared<'_>) -> Result<VideoBoardDto, ApiError> {
    Ok(desktop.desk().video_board())
}

/// Everything that the video pages choose from.
#[tauri::command]
pub(crate) async fn video_tables(desktop: Shared<'_>) -> Result<VideoTablesDto, ApiError> {
    Ok(desktop.desk().video_tables())
}

/// A window into the lines of a node.
#[tauri::command]
pub(crate) async fn video_tree(
    desktop: Shared<'_>,
    tree: VideoTreeDto,
    node: String,
    offset: u32,
    limit: u32,
) -> Result<VideoTreePageDto, ApiError> {
    let told = desktop.desk().video_tree(tree, &node, offset, limit);
    told.map_err(ApiError::from)
}

/// A window into the channels that answer.
#[tauri::command]
pub(crate) async fn video_search(
    desktop: Shared<'_>,
    query: VideoQueryDto,
) -> Result<VideoPageDto, ApiError> {
    Ok(desktop.desk().video_search(&query))
}

/// Channels as points of a map.
#[tauri::command]
pub(crate) async fn video_points(
    desktop: Shared<'_>,
    query: VideoQueryDto,
    columns: u32,
    rows: u32,
) -> Result<VideoPointsDto, ApiError> {
    Ok(desktop.desk().video_points(&query, columns, rows))
}

/// Everything about one channel.
#[tauri::command]
pub(crate) async fn video_channel(
    desktop: Shared<'_>,
    id: String,
) -> Result<VideoChannelDto, ApiError> {
    let told = desktop.desk().video_channel(&id);
    told.map_err(ApiError::from)
}

/// What a file is, and how its columns would become fields.
#[tauri::command]
pub(crate) async fn propose_mapping(
    desktop: Shared<'_>,
    path: String,
) -> Result<VideoProposalDto, ApiError> {
    let told = desktop.desk().propose_mapping(&path).await;
    told.map_err(ApiError::from)
}

/// Takes a catalogue in, or says what it would change.
#[tauri::command]
pub(crate) async fn import_channels(
    desktop: Shared<'_>,
    path: String,
    mapping: Option<VideoMappingDto>,
    dry_run: bool,
) -> Result<ImportReportDto, ApiError> {
    let told = desktop
        .desk()
        .import_channels(&path, mapping, dry_run)
        .await;
    told.map_err(ApiError::from)
}

/// Takes the last import back.
#[tauri::command]
pub(crate) async fn undo_import(desktop: Shared<'_>) -> Result<VideoActedDto, ApiError> {
    let told = desktop.desk().undo_import().await;
    told.map_err(ApiError::from)
}

/// Gives channels a category and a grade.
#[tauri::command]
pub(crate) async fn grade_channels(
    desktop: Shared<'_>,
    ids: Vec<String>,
    category: Option<u8>,
    grade: Option<u8>,
) -> Result<VideoActedDto, ApiError> {
    let told = desktop.desk().grade_channels(&ids, category, grade).await;
    told.map_err(ApiError::from)
}

/// Puts tags on channels and takes others off.
#[tauri::command]
pub(crate) async fn tag_channels(
    desktop: Shared<'_>,
    ids: Vec<String>,
    add: Vec<String>,
    remove: Vec<String>,
) -> Result<VideoActedDto, ApiError> {
    let told = desktop.desk().tag_channels(&ids, &add, &remove).await;
    told.map_err(ApiError::from)
}

/// Health by division or owner.
#[tauri::command]
pub(crate) async fn video_health(
    desktop: Shared<'_>,
    by: VideoHealthByDto,
) -> Result<VideoHealthDto, ApiError> {
    Ok(desktop.desk().video_health(by))
}

/// A window into the work list.
#[tauri::command]
pub(crate) async fn video_works(
    desktop: Shared<'_>,
    offset: u32,
    limit: u32,
) -> Result<VideoWorksDto, ApiError> {
    Ok(desktop.desk().video_works(offset, limit))
}

/// Opens or closes a repair.
#[tauri::command]
pub(crate) async fn act_on_video_work(
    desktop: Shared<'_>,
    act: VideoWorkActDto,
) -> Result<VideoActedDto, ApiError> {
    let told = desktop.desk().act_on_video_work(&act).await;
    told.map_err(ApiError::from)
}

/// The matrix of rights.
#[tauri::command]
pub(crate) async fn rights_matrix(desktop: Shared<'_>) -> Result<RightsMatrixDto, ApiError> {
    Ok(desktop.desk().rights_matrix())
}

/// Whether something may be done with a camera.
#[tauri::command]
pub(crate) async fn ask_right(
    desktop: Shared<'_>,
    id: String,
    action: String,
    purpose: String,
) -> Result<VideoRightDto, ApiError> {
    let told = desktop.desk().ask_right(&id, &action, &purpose);
    told.map_err(ApiError::from)
}

/// Every temporary grant.
#[tauri::command]
pub(crate) async fn video_grants(desktop: Shared<'_>) -> Result<Vec<VideoGrantDto>, ApiError> {
    Ok(desktop.desk().video_grants())
}

/// Gives a right for a while.
#[tauri::command]
pub(crate) async fn give_grant(
    desktop: Shared<'_>,
    draft: VideoGrantDraftDto,
) -> Result<VideoActedDto, ApiError> {
    let told = desktop.desk().give_grant(&draft).await;
    told.map_err(ApiError::from)
}

/// Takes a grant back.
#[tauri::command]
pub(crate) async fn revoke_grant(
    desktop: Shared<'_>,
    id: String,
    reason: String,
) -> Result<VideoActedDto, ApiError> {
    let told = desktop.desk().revoke_grant(&id, &reason).await;
    told.map_err(ApiError::from)
}

/// Who looked at what, when and why.
#[tauri::command]
pub(crate) async fn video_audit(
    desktop: Shared<'_>,
    query: VideoAuditQueryDto,
) -> Result<VideoAuditPageDto, ApiError> {
    let told = desktop.desk().video_audit(&query).await;
    told.map_err(ApiError::from)
}

/// Who sees something.
#[tauri::command]
pub(crate) async fn who_sees(
    desktop: Shared<'_>,
    target: SightTargetDto,
) -> Result<SightsDto, ApiError> {
    let told = desktop.desk().who_sees(&target).await;
    told.map_err(ApiError::from)
}

/// Draws who sees something; nothing without a target.
#[tauri::command]
pub(crate) async fn show_sight_lines(
    desktop: Shared<'_>,
    target: Option<SightTargetDto>,
) -> Result<SightsDto, ApiError> {
    let told = desktop.desk().show_sight_lines(target.as_ref()).await;
    told.map_err(ApiError::from)
}

/// Draws what cameras see.
#[tauri::command]
pub(crate) async fn show_volumes(
    desktop: Shared<'_>,
    ids: Vec<String>,
) -> Result<VideoActedDto, ApiError> {
    let told = desktop.desk().show_volumes(&ids).await;
    told.map_err(ApiError::from)
}

/// How an area is covered.
#[tauri::command]
pub(crate) async fn coverage(
    desktop: Shared<'_>,
    area: CoverageAreaDto,
) -> Result<CoverageDto, ApiError> {
    let told = desktop.desk().coverage(&area).await;
    told.map_err(ApiError::from)
}

/// The sheet is not drawn any more.
#[tauri::command]
pub(crate) async fn clear_coverage(desktop: Shared<'_>) -> Result<(), ApiError> {
    desktop.desk().clear_coverage();
    Ok(())
}

/// How much of a route is seen.
#[tauri::command]
pub(crate) async fn route_coverage(
    desktop: Shared<'_>,
    path: Vec<[f64; 2]>,
    min_pixels: f64,
    is_online_only: bool,
) -> Result<RouteCoverageDto, ApiError> {
    let desk = desktop.desk();
    let told = desk.route_coverage(&path, min_pixels, is_online_only).await;
    told.map_err(ApiError::from)
}

/// Further cameras that would help.
#[tauri::command]
pub(crate) async fn suggest_cameras(
    desktop: Shared<'_>,
    ask: SuggestAskDto,
) -> Result<SuggestionsDto, ApiError> {
    let told = desktop.desk().suggest_cameras(&ask).await;
    told.map_err(ApiError::from)
}

/// What points say of how a camera stands.
#[tauri::command]
pub(crate) async fn calibrate(
    desktop: Shared<'_>,
    id: String,
    points: Vec<CalibrationPointDto>,
    save: bool,
) -> Result<CalibrationDto, ApiError> {
    let told = desktop.desk().calibrate(&id, &points, save).await;
    told.map_err(ApiError::from)
}

/// Brings the calibration before back.
#[tauri::command]
pub(crate) async fn undo_calibration(
    desktop: Shared<'_>,
    id: String,
) -> Result<CalibrationDto, ApiError> {
    let told = desktop.desk().undo_calibration(&id).await;
    told.map_err(ApiError::from)
}

/// Keeps a preset.
#[tauri::command]
pub(crate) async fn save_preset(
    desktop: Shared<'_>,
    id: String,
    preset: VideoPresetDto,
) -> Result<VideoActedDto, ApiError> {
    let told = desktop.desk().save_preset(&id, &preset).await;
    told.map_err(ApiError::from)
}

/// A preset is not kept any more.
#[tauri::command]
pub(crate) async fn delete_preset(
    desktop: Shared<'_>,
    id: String,
    number: u32,
) -> Result<VideoActedDto, ApiError> {
    let told = desktop.desk().delete_preset(&id, number).await;
    told.map_err(ApiError::from)
}

/// A window into clips and detections.
#[tauri::command]
pub(crate) async fn video_moments(
    desktop: Shared<'_>,
    query: VideoMomentQueryDto,
) -> Result<VideoMomentPageDto, ApiError> {
    Ok(desktop.desk().video_moments(&query))
}

/// Moments by kind along the timeline.
#[tauri::command]
pub(crate) async fn moment_lanes(
    desktop: Shared<'_>,
    query: LanesQueryDto,
) -> Result<LanesDto, ApiError> {
    Ok(desktop.desk().moment_lanes(&query))
}

/// Takes a file of JSON lines in.
#[tauri::command]
pub(crate) async fn import_moments(
    desktop: Shared<'_>,
    path: String,
) -> Result<MomentImportDto, ApiError> {
    let told = desktop.desk().import_moments(&path).await;
    told.map_err(ApiError::from)
}

/// Goes to a moment, with the cameras around it.
#[tauri::command]
pub(crate) async fn go_to_moment(
    desktop: Shared<'_>,
    id: String,
    size: u32,
) -> Result<MosaicDto, ApiError> {
    let told = desktop.desk().go_to_moment(&id, size).await;
    told.map_err(ApiError::from)
}

/// Opens a picture of a camera.
#[tauri::command]
pub(crate) async fn open_view(
    desktop: Shared<'_>,
    draft: ViewDraftDto,
) -> Result<OpenedViewDto, ApiError> {
    let told = desktop.desk().open_view(&draft).await;
    told.map_err(ApiError::from)
}

/// How every open view stands.
#[tauri::command]
pub(crate) async fn video_views(desktop: Shared<'_>) -> Result<Vec<ViewStateDto>, ApiError> {
    Ok(desktop.desk().video_views())
}

/// Closes a view.
#[tauri::command]
pub(crate) async fn close_view(desktop: Shared<'_>, view: u32) -> Result<(), ApiError> {
    let told = desktop.desk().close_view(view).await;
    told.map_err(ApiError::from)
}

/// The mosaics that are kept.
#[tauri::command]
pub(crate) async fn mosaics(desktop: Shared<'_>) -> Result<Vec<MosaicDto>, ApiError> {
    Ok(desktop.desk().mosaics())
}

/// Keeps a mosaic.
#[tauri::command]
pub(crate) async fn save_mosaic(
    desktop: Shared<'_>,
    mosaic: MosaicDto,
) -> Result<VideoActedDto, ApiError> {
    let told = desktop.desk().save_mosaic(&mosaic).await;
    told.map_err(ApiError::from)
}

/// A mosaic is not kept any more.
#[tauri::command]
pub(crate) async fn delete_mosaic(
    desktop: Shared<'_>,
    id: String,
) -> Result<VideoActedDto, ApiError> {
    let told = desktop.desk().delete_mosaic(&id).await;
    told.map_err(ApiError::from)
}

/// The nearest healthy cameras that see something.
#[tauri::command]
pub(crate) async fn mosaic_for(
    desktop: Shared<'_>,
    ask: MosaicForDto,
) -> Result<MosaicDto, ApiError> {
    let told = desktop.desk().mosaic_for(&ask).await;
    told.map_err(ApiError::from)
}

/// Keeps the newest picture of a view.
#[tauri::command]
pub(crate) async fn snapshot(
    desktop: Shared<'_>,
    view: u32,
    reason: String,
) -> Result<SnapshotTakenDto, ApiError> {
    let told = desktop.desk().snapshot(view, &reason).await;
    told.map_err(ApiError::from)
}

/// The pictures that were kept.
#[tauri::command]
pub(crate) async fn snapshots(
    desktop: Shared<'_>,
    camera: Option<String>,
) -> Result<Vec<SnapshotDto>, ApiError> {
    let told = desktop.desk().snapshots(camera.as_deref()).await;
    told.map_err(ApiError::from)
}

/// A kept picture, masked.
#[tauri::command]
pub(crate) async fn snapshot_picture(
    desktop: Shared<'_>,
    digest: String,
) -> Result<SnapshotTakenDto, ApiError> {
    let told = desktop.desk().snapshot_picture(&digest).await;
    told.map_err(ApiError::from)
}

/// A kept picture with what was masked in it.
#[tauri::command]
pub(crate) async fn reveal(
    desktop: Shared<'_>,
    digest: String,
    reason: String,
) -> Result<SnapshotTakenDto, ApiError> {
    let told = desktop.desk().reveal(&digest, &reason).await;
    told.map_err(ApiError::from)
}

/// Keeps the last seconds of a view.
#[tauri::command]
pub(crate) async fn save_clip(
    desktop: Shared<'_>,
    view: u32,
    reason: String,
) -> Result<VideoActedDto, ApiError> {
    let told = desktop.desk().save_clip(view, &reason).await;
    told.map_err(ApiError::from)
}

/// Steers a camera.
#[tauri::command]
pub(crate) async fn ptz(
    desktop: Shared<'_>,
    camera: String,
    act: PtzActDto,
) -> Result<VideoActedDto, ApiError> {
    let told = desktop.desk().ptz(&camera, &act).await;
    told.map_err(ApiError::from)
}

/// Drapes a picture over what its camera sees.
#[tauri::command]
pub(crate) async fn drape(
    desktop: Shared<'_>,
    view: u32,
    on: bool,
) -> Result<VideoActedDto, ApiError> {
    let told = desktop.desk().drape(view, on).await;
    told.map_err(ApiError::from)
}

/// Hangs a picture above its camera.
#[tauri::command]
pub(crate) async fn picture_above(
    desktop: Shared<'_>,
    view: u32,
    on: bool,
) -> Result<VideoActedDto, ApiError> {
    let told = desktop.desk().picture_above(view, on).await;
    told.map_err(ApiError::from)
}

/// The newest picture of a view after number `after`: a header of 32 bytes, then the picture.
#[tauri::command]
pub(crate) async fn view_frame(
    desktop: Shared<'_>,
    view: u32,
    after: u32,
) -> Result<Response, ApiError> {
    Ok(Response::new(desktop.desk().view_frame(view, after).await))
}
