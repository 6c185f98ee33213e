//! Holds the UI's types to the wire types: `ui/src/generated/wire.ts` must be what Rust says now.
//!
//! `UPDATE=1 cargo test -p cim_app --test bindings` writes it anew.

use cim_app::wire;
use std::path::Path;
use ts_rs::{Config, TS};

const HEADER: &str = "// The wire types, generated from `crates/cim_app/src/wire.rs`. Do not edit.\n\
                      // `UPDATE=1 cargo test -p cim_app --test bindings` writes this file anew.\n";

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "how the generated file is asked for is the test's own business"
)]
fn the_ui_has_the_same_types() {
    let path = Path::new(".").join("../../ui/src/generated/wire.ts");
    let now = bindings();
    if std::env::var_os("UPDATE").is_some() {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).expect("the folder of the generated types");
        }
        std::fs::write(&path, &now).expect("the generated types");
        return;
    }
    let there = std::fs::read_to_string(&path)
        .unwrap_or_default()
        .replace("\r\n", "\n");
    assert!(
        there == now,
        "{} is not what Rust says; run `UPDATE=1 cargo test -p cim_app --test bindings`",
        path.display()
    );
}

#[test]
fn moments_cross_as_plain_numbers() {
    let text = bindings();
    assert!(text.contains("since: number"), "{text}");
    assert!(
        !text.contains("bigint"),
        "a moment in milliseconds fits a number"
    );
}

/// Every wire type, in the order of their names.
fn bindings() -> String {
    let mut types = work_types();
    types.extend(time_types());
    types.extend(sync_types());
    types.extend(layer_types());
    types.extend(alarm_types());
    types.extend(case_types());
    types.extend(plan_types());
    types.extend(duty_types());
    types.extend(video_types());
    types.extend(seeing_types());
    types.extend([
        declaration::<wire::AlarmRow>(),
        declaration::<wire::ApiError>(),
        declaration::<wire::CameraDto>(),
        declaration::<wire::Card>(),
        declaration::<wire::ClipDto>(),
        declaration::<wire::ConnectionDto>(),
        declaration::<wire::DeskUpdate>(),
        declaration::<wire::ErrorCode>(),
        declaration::<wire::EventRow>(),
        declaration::<wire::FigureDto>(),
        declaration::<wire::Found>(),
        declaration::<wire::FreshnessDto>(),
        declaration::<wire::GestureDto>(),
        declaration::<wire::LayerDto>(),
        declaration::<wire::LimitDto>(),
        declaration::<wire::Mode>(),
        declaration::<wire::NearCameraDto>(),
        declaration::<wire::NearSightDto>(),
        declaration::<wire::PanelDto>(),
        declaration::<wire::PickDto>(),
        declaration::<wire::ProblemDto>(),
        declaration::<wire::ScreenDto>(),
        declaration::<wire::SeriesDto>(),
        declaration::<wire::SeverityDto>(),
        declaration::<wire::Start>(),
        declaration::<wire::Target>(),
        declaration::<wire::TwinNote>(),
        declaration::<wire::ViewDto>(),
        declaration::<wire::ViewportDto>(),
        declaration::<wire::WindowNoteDto>(),
    ]);
    types.sort();
    let mut text = HEADER.to_owned();
    for (_, declaration) in types {
        text.push('\n');
        text.push_str(&declaration);
        text.push('\n');
    }
    text
}

/// The types about time.
fn time_types() -> Vec<(String, String)> {
    vec![
        declaration::<wire::ActionDto>(),
        declaration::<wire::BranchDto>(),
        declaration::<wire::ClockDto>(),
        declaration::<wire::DamageDto>(),
        declaration::<wire::ExportDto>(),
        declaration::<wire::ExportFormatDto>(),
        declaration::<wire::HistoryDto>(),
        declaration::<wire::KnowledgeDto>(),
        declaration::<wire::LiveAlarmsDto>(),
        declaration::<wire::MomentDto>(),
        declaration::<wire::QualityWordDto>(),
        declaration::<wire::RecordingDto>(),
        declaration::<wire::SeriesChoiceDto>(),
        declaration::<wire::StepKindDto>(),
        declaration::<wire::TaskDto>(),
        declaration::<wire::Timeline>(),
        declaration::<wire::Trend>(),
    ]
}

/// The types about sources and the exchange with the hub.
fn sync_types() -> Vec<(String, String)> {
    vec![
        declaration::<wire::ChoiceDto>(),
        declaration::<wire::ConflictDto>(),
        declaration::<wire::ExerciseDto>(),
        declaration::<wire::FactStateDto>(),
        declaration::<wire::FieldChangeDto>(),
        declaration::<wire::GapStateDto>(),
        declaration::<wire::HoldsDto>(),
        declaration::<wire::KnownGapDto>(),
        declaration::<wire::OutboxDto>(),
        declaration::<wire::OutboxItemDto>(),
        declaration::<wire::PhaseDto>(),
        declaration::<wire::PresenceDto>(),
        declaration::<wire::SharedViewDto>(),
        declaration::<wire::SourceDto>(),
        declaration::<wire::SourceLayerDto>(),
        declaration::<wire::SourceStateDto>(),
        declaration::<wire::SourcesDto>(),
        declaration::<wire::StandingDto>(),
        declaration::<wire::VersionDto>(),
    ]
}

/// The types of the alarm desk.
fn alarm_types() -> Vec<(String, String)> {
    vec![
        declaration::<wire::AlarmActDto>(),
        declaration::<wire::AlarmActedDto>(),
        declaration::<wire::AlarmBeforeDto>(),
        declaration::<wire::AlarmBoardDto>(),
        declaration::<wire::AlarmDetailDto>(),
        declaration::<wire::AlarmGroupDto>(),
        declaration::<wire::AlarmGroupHandDto>(),
        declaration::<wire::AlarmGroupWindowDto>(),
        declaration::<wire::AlarmHiddenDto>(),
        declaration::<wire::AlarmLineDto>(),
        declaration::<wire::AlarmLineWhyDto>(),
        declaration::<wire::AlarmLoadDto>(),
        declaration::<wire::AlarmNearDto>(),
        declaration::<wire::AlarmOrderDto>(),
        declaration::<wire::AlarmPageDto>(),
        declaration::<wire::AlarmPastDto>(),
        declaration::<wire::AlarmPastRowDto>(),
        declaration::<wire::AlarmPickDto>(),
        declaration::<wire::AlarmPlanDto>(),
        declaration::<wire::AlarmQueryDto>(),
        declaration::<wire::AlarmRefusedDto>(),
        declaration::<wire::AlarmStateDto>(),
        declaration::<wire::AlarmStepDto>(),
        declaration::<wire::AlarmSuppressedByDto>(),
        declaration::<wire::AlarmViewDto>(),
        declaration::<wire::DeskAlarmDto>(),
        declaration::<wire::LoadFiguresDto>(),
        declaration::<wire::LoadTopDto>(),
        declaration::<wire::RuleDto>(),
        declaration::<wire::RuleExampleDto>(),
        declaration::<wire::RuleTrialDto>(),
    ]
}

/// The types about layers.
fn layer_types() -> Vec<(String, String)> {
    vec![
        declaration::<wire::FenceDto>(),
        declaration::<wire::FieldDto>(),
        declaration::<wire::FilterCheckDto>(),
        declaration::<wire::FilterFieldDto>(),
        declaration::<wire::HereDto>(),
        declaration::<wire::HereItemDto>(),
        declaration::<wire::HoverDto>(),
        declaration::<wire::LayerChangeDto>(),
        declaration::<wire::LayerLegendDto>(),
        declaration::<wire::LayerLegendStepDto>(),
        declaration::<wire::LayerPaintDto>(),
        declaration::<wire::LayerRampDto>(),
        declaration::<wire::LayerRowDto>(),
        declaration::<wire::LayerSetDto>(),
        declaration::<wire::LayerSizeDto>(),
        declaration::<wire::LayerStyleDto>(),
        declaration::<wire::LayersDto>(),
        declaration::<wire::PerformanceDto>(),
        declaration::<wire::RampLegendDto>(),
        declaration::<wire::SelectionDto>(),
        declaration::<wire::TreeRowDto>(),
    ]
}

/// The types for working with the twin.
fn work_types() -> Vec<(String, String)> {
    vec![
        declaration::<wire::AttributeDto>(),
        declaration::<wire::BookmarkDto>(),
        declaration::<wire::CityChoiceDto>(),
        declaration::<wire::ClassingDto>(),
        declaration::<wire::ClipsDto>(),
        declaration::<wire::ColourByDto>(),
        declaration::<wire::CompareDto>(),
        declaration::<wire::ComparisonDto>(),
        declaration::<wire::ConditionDto>(),
        declaration::<wire::CutDto>(),
        declaration::<wire::FindDto>(),
        declaration::<wire::FindPageDto>(),
        declaration::<wire::FoundRowDto>(),
        declaration::<wire::KeepDto>(),
        declaration::<wire::LegendDto>(),
        declaration::<wire::LegendEntryDto>(),
        declaration::<wire::LookDto>(),
        declaration::<wire::MeasuredDto>(),
        declaration::<wire::MemoryDto>(),
        declaration::<wire::MinimapDto>(),
        declaration::<wire::OriginDto>(),
        declaration::<wire::PlaceFilterDto>(),
        declaration::<wire::QualityDto>(),
        declaration::<wire::RampDto>(),
        declaration::<wire::RelatedDto>(),
        declaration::<wire::ShowDto>(),
        declaration::<wire::SketchDto>(),
        declaration::<wire::SortCountDto>(),
        declaration::<wire::StepDto>(),
        declaration::<wire::StyleDto>(),
        declaration::<wire::SunDto>(),
        declaration::<wire::ToolDto>(),
        declaration::<wire::ToolKindDto>(),
        declaration::<wire::TrenchDto>(),
        declaration::<wire::UndergroundDto>(),
        declaration::<wire::ViewPlaceDto>(),
    ]
}

/// A type's name and its declaration. Moments cross as `number`: milliseconds fit 53 bits for 285 000 years.
fn declaration<T: TS>() -> (String, String) {
    let config = Config::new().with_large_int("number");
    let docs = T::docs().unwrap_or_default();
    (
        T::name(&config),
        format!("{docs}export {}", T::decl(&config)),
    )
}

/// The types of the event desk.
fn case_types() -> Vec<(String, String)> {
    vec![
        declaration::<wire::CaseActDto>(),
        declaration::<wire::CaseActedDto>(),
        declaration::<wire::CaseAssignmentDto>(),
        declaration::<wire::CaseAttachmentDto>(),
        declaration::<wire::CaseCategoryDto>(),
        declaration::<wire::CaseClockDto>(),
        declaration::<wire::CaseDetailDto>(),
        declaration::<wire::CaseDraftDto>(),
        declaration::<wire::CaseEntryDto>(),
        declaration::<wire::CaseEntryKindDto>(),
        declaration::<wire::CaseLightDto>(),
        declaration::<wire::CaseLikeDto>(),
        declaration::<wire::CaseLinkDto>(),
        declaration::<wire::CaseMoveDto>(),
        declaration::<wire::CaseOrderDto>(),
        declaration::<wire::CasePageDto>(),
        declaration::<wire::CasePartyDto>(),
        declaration::<wire::CaseQueryDto>(),
        declaration::<wire::CaseRatingDto>(),
        declaration::<wire::CaseRefusedDto>(),
        declaration::<wire::CaseReportDto>(),
        declaration::<wire::CaseReportedDto>(),
        declaration::<wire::CaseRoleDto>(),
        declaration::<wire::CaseRowDto>(),
        declaration::<wire::CaseStageDto>(),
        declaration::<wire::CaseTablesDto>(),
        declaration::<wire::CaseTieDto>(),
        declaration::<wire::CaseTitleDto>(),
        declaration::<wire::CaseUndoDto>(),
        declaration::<wire::CaseViewDto>(),
        declaration::<wire::CasesActedDto>(),
        declaration::<wire::DraftCheckDto>(),
        declaration::<wire::EventBoardDto>(),
        declaration::<wire::LoopStepDto>(),
    ]
}

/// The types of plans, dispatches and pictures.
fn plan_types() -> Vec<(String, String)> {
    vec![
        declaration::<wire::BroadcastDraftDto>(),
        declaration::<wire::BroadcastDto>(),
        declaration::<wire::BroadcastedDto>(),
        declaration::<wire::ChannelDto>(),
        declaration::<wire::ContactDto>(),
        declaration::<wire::DeskRefusalDto>(),
        declaration::<wire::DispatchChoiceDto>(),
        declaration::<wire::DispatchDraftDto>(),
        declaration::<wire::DispatchDto>(),
        declaration::<wire::DispatchEntryDto>(),
        declaration::<wire::DispatchKindDto>(),
        declaration::<wire::DispatchStateDto>(),
        declaration::<wire::DispatchStepDto>(),
        declaration::<wire::DispatchedDto>(),
        declaration::<wire::DispatchesDto>(),
        declaration::<wire::MarkDto>(),
        declaration::<wire::MarkShapeDto>(),
        declaration::<wire::PartyRefDto>(),
        declaration::<wire::PictureActDto>(),
        declaration::<wire::PictureActedDto>(),
        declaration::<wire::PictureDto>(),
        declaration::<wire::PlanActDto>(),
        declaration::<wire::PlanActedDto>(),
        declaration::<wire::PlanDto>(),
        declaration::<wire::PlanLevelDto>(),
        declaration::<wire::PlanMarkDto>(),
        declaration::<wire::PlanMarkKindDto>(),
        declaration::<wire::PlanNeedDto>(),
        declaration::<wire::PlanOfferDto>(),
        declaration::<wire::PlanProgressDto>(),
        declaration::<wire::PlanRunDto>(),
        declaration::<wire::PlanRunMessageDto>(),
        declaration::<wire::PlanRunNeedDto>(),
        declaration::<wire::PlanRunStepDto>(),
        declaration::<wire::PlanStateDto>(),
        declaration::<wire::PlanStepDto>(),
        declaration::<wire::PlanTemplateDto>(),
        declaration::<wire::ReachDto>(),
        declaration::<wire::ReachGroupDto>(),
        declaration::<wire::ReachKindDto>(),
        declaration::<wire::ReachedCountDto>(),
        declaration::<wire::ReachedDto>(),
        declaration::<wire::ResourceDto>(),
        declaration::<wire::ResourceKindDto>(),
        declaration::<wire::ResponseDto>(),
        declaration::<wire::ResponseSetDto>(),
        declaration::<wire::SentMessageDto>(),
        declaration::<wire::TakenDto>(),
        declaration::<wire::WarnAreaDto>(),
    ]
}

/// The types of the duty desk.
fn duty_types() -> Vec<(String, String)> {
    vec![
        declaration::<wire::AnalysisByDto>(),
        declaration::<wire::AnalysisDto>(),
        declaration::<wire::AnalysisQueryDto>(),
        declaration::<wire::AnalysisRowDto>(),
        declaration::<wire::AnalysisTableDto>(),
        declaration::<wire::CaseFiguresDto>(),
        declaration::<wire::DutyBoardDto>(),
        declaration::<wire::DutyEntryDto>(),
        declaration::<wire::DutyFigureDto>(),
        declaration::<wire::DutyItemDto>(),
        declaration::<wire::DutyItemKindDto>(),
        declaration::<wire::DutyOpenDto>(),
        declaration::<wire::DutyPageDto>(),
        declaration::<wire::DutyQueryDto>(),
        declaration::<wire::DutyShiftDto>(),
        declaration::<wire::DutySourceDto>(),
        declaration::<wire::DutyStruckDto>(),
        declaration::<wire::HandoverActDto>(),
        declaration::<wire::HandoverActedDto>(),
        declaration::<wire::HandoverDto>(),
        declaration::<wire::HandoverReturnDto>(),
        declaration::<wire::HandoverRowDto>(),
        declaration::<wire::HandoverSignatureDto>(),
        declaration::<wire::HandoverStateDto>(),
        declaration::<wire::RepeatPlaceDto>(),
        declaration::<wire::ReportFileDto>(),
        declaration::<wire::ReportFormatDto>(),
        declaration::<wire::ReportOfDto>(),
    ]
}

/// The types of the video index: catalogue, rights, moments.
fn video_types() -> Vec<(String, String)> {
    vec![
        declaration::<wire::VideoActedDto>(),
        declaration::<wire::VideoAttributeDto>(),
        declaration::<wire::VideoAuditDto>(),
        declaration::<wire::VideoAuditPageDto>(),
        declaration::<wire::VideoAuditQueryDto>(),
        declaration::<wire::VideoBoardDto>(),
        declaration::<wire::VideoChannelDto>(),
        declaration::<wire::VideoCountDto>(),
        declaration::<wire::VideoFieldDto>(),
        declaration::<wire::VideoGrantDraftDto>(),
        declaration::<wire::VideoGrantDto>(),
        declaration::<wire::VideoGrantStateDto>(),
        declaration::<wire::VideoHealthByDto>(),
        declaration::<wire::VideoHealthDto>(),
        declaration::<wire::VideoHealthRowDto>(),
        declaration::<wire::VideoKindDto>(),
        declaration::<wire::VideoMappingDto>(),
        declaration::<wire::VideoMomentDto>(),
        declaration::<wire::VideoMomentPageDto>(),
        declaration::<wire::VideoMomentQueryDto>(),
        declaration::<wire::VideoNodeDto>(),
        declaration::<wire::VideoNodeKindDto>(),
        declaration::<wire::VideoPageDto>(),
        declaration::<wire::VideoPathDto>(),
        declaration::<wire::VideoPointDto>(),
        declaration::<wire::VideoPointsDto>(),
        declaration::<wire::VideoPresetDto>(),
        declaration::<wire::VideoProposalDto>(),
        declaration::<wire::VideoQueryDto>(),
        declaration::<wire::VideoRateDto>(),
        declaration::<wire::VideoRefusalDto>(),
        declaration::<wire::VideoRightDto>(),
        declaration::<wire::VideoRowDto>(),
        declaration::<wire::VideoStatusDto>(),
        declaration::<wire::VideoTablesDto>(),
        declaration::<wire::VideoTreeDto>(),
        declaration::<wire::VideoTreePageDto>(),
        declaration::<wire::VideoVolumeDto>(),
        declaration::<wire::VideoWordDto>(),
        declaration::<wire::VideoWorkActDto>(),
        declaration::<wire::VideoWorkDto>(),
        declaration::<wire::VideoWorkStateDto>(),
        declaration::<wire::VideoWorksDto>(),
    ]
}

/// The types about seeing: coverage, pictures, mosaics.
fn seeing_types() -> Vec<(String, String)> {
    vec![
        declaration::<wire::CalibrationDto>(),
        declaration::<wire::CalibrationFieldDto>(),
        declaration::<wire::CalibrationPointDto>(),
        declaration::<wire::CoverageAreaDto>(),
        declaration::<wire::CoverageDto>(),
        declaration::<wire::ImportChangeDto>(),
        declaration::<wire::ImportFieldDto>(),
        declaration::<wire::ImportRejectDto>(),
        declaration::<wire::ImportReportDto>(),
        declaration::<wire::LaneDto>(),
        declaration::<wire::LanesDto>(),
        declaration::<wire::LanesQueryDto>(),
        declaration::<wire::MomentImportDto>(),
        declaration::<wire::MosaicCellDto>(),
        declaration::<wire::MosaicDto>(),
        declaration::<wire::MosaicFollowsDto>(),
        declaration::<wire::MosaicForDto>(),
        declaration::<wire::ObstaclesDto>(),
        declaration::<wire::OpenedViewDto>(),
        declaration::<wire::PtzActDto>(),
        declaration::<wire::RightsCellDto>(),
        declaration::<wire::RightsMatrixDto>(),
        declaration::<wire::RouteCoverageDto>(),
        declaration::<wire::RouteGapDto>(),
        declaration::<wire::SightDto>(),
        declaration::<wire::SightScoreDto>(),
        declaration::<wire::SightTargetDto>(),
        declaration::<wire::SightsDto>(),
        declaration::<wire::SnapshotDto>(),
        declaration::<wire::SnapshotTakenDto>(),
        declaration::<wire::SuggestAskDto>(),
        declaration::<wire::SuggestionDto>(),
        declaration::<wire::SuggestionsDto>(),
        declaration::<wire::ViewDraftDto>(),
        declaration::<wire::ViewStateDto>(),
        declaration::<wire::ViewStateKindDto>(),
    ]
}
