//! What crosses to the UI. TypeScript's side is generated from here (`ui/src/generated/wire.ts`).
//!
//! Ids cross as text, times as milliseconds since 1970 UTC in a `number`, positions as degrees.
//! Numbers cross unformatted; the UI adds words and digits, never meaning.

mod alarms;
mod case_acts;
mod cases;
mod duty;
mod find;
mod layers;
mod plans;
mod sync;
mod time;
mod tools;
mod video;
mod windows;

pub use alarms::{
    AlarmActDto, AlarmActedDto, AlarmBeforeDto, AlarmBoardDto, AlarmDetailDto, AlarmGroupDto,
    AlarmGroupHandDto, AlarmGroupWindowDto, AlarmHiddenDto, AlarmLineDto, AlarmLineWhyDto,
    AlarmLoadDto, AlarmNearDto, AlarmOrderDto, AlarmPageDto, AlarmPastDto, AlarmPastRowDto,
    AlarmPickDto, AlarmPlanDto, AlarmQueryDto, AlarmRefusedDto, AlarmStateDto, AlarmStepDto,
    AlarmSuppressedByDto, AlarmViewDto, DeskAlarmDto, LoadFiguresDto, LoadTopDto, RuleDto,
    RuleExampleDto, RuleTrialDto,
};
pub use case_acts::{
    CaseActDto, CaseActedDto, CaseDraftDto, CaseRefusedDto, CaseReportedDto, CaseTieDto,
    CasesActedDto, DraftCheckDto,
};
pub use cases::{
    CaseAssignmentDto, CaseAttachmentDto, CaseCategoryDto, CaseClockDto, CaseDetailDto,
    CaseEntryDto, CaseEntryKindDto, CaseLightDto, CaseLikeDto, CaseLinkDto, CaseMoveDto,
    CaseOrderDto, CasePageDto, CasePartyDto, CaseQueryDto, CaseRatingDto, CaseReportDto,
    CaseRoleDto, CaseRowDto, CaseStageDto, CaseTablesDto, CaseTitleDto, CaseUndoDto, CaseViewDto,
    EventBoardDto, LoopStepDto,
};
pub use duty::{
    AnalysisByDto, AnalysisDto, AnalysisQueryDto, AnalysisRowDto, AnalysisTableDto, CaseFiguresDto,
    DutyBoardDto, DutyEntryDto, DutyFigureDto, DutyItemDto, DutyItemKindDto, DutyOpenDto,
    DutyPageDto, DutyQueryDto, DutyShiftDto, DutySourceDto, DutyStruckDto, HandoverActDto,
    HandoverActedDto, HandoverDto, HandoverReturnDto, HandoverRowDto, HandoverSignatureDto,
    HandoverStateDto, RepeatPlaceDto, ReportFileDto, ReportFormatDto, ReportOfDto,
};
pub use find::{
    AttributeDto, ClassingDto, ColourByDto, ComparisonDto, ConditionDto, FindDto, FindPageDto,
    FoundRowDto, LegendDto, LegendEntryDto, PlaceFilterDto, RampDto, ShowDto, SortCountDto,
};
pub use layers::{
    FenceDto, FieldDto, FilterCheckDto, FilterFieldDto, HereDto, HereItemDto, HoverDto,
    LayerChangeDto, LayerLegendDto, LayerLegendStepDto, LayerPaintDto, LayerRampDto, LayerRowDto,
    LayerSetDto, LayerSizeDto, LayerStyleDto, LayersDto, PerformanceDto, RampLegendDto,
    SelectionDto, TreeRowDto,
};
pub use plans::{
    BroadcastDraftDto, BroadcastDto, BroadcastedDto, ChannelDto, ContactDto, DeskRefusalDto,
    DispatchChoiceDto, DispatchDraftDto, DispatchDto, DispatchEntryDto, DispatchKindDto,
    DispatchStateDto, DispatchStepDto, DispatchedDto, DispatchesDto, MarkDto, MarkShapeDto,
    PartyRefDto, PictureActDto, PictureActedDto, PictureDto, PlanActDto, PlanActedDto, PlanDto,
    PlanLevelDto, PlanMarkDto, PlanMarkKindDto, PlanNeedDto, PlanOfferDto, PlanProgressDto,
    PlanRunDto, PlanRunMessageDto, PlanRunNeedDto, PlanRunStepDto, PlanStateDto, PlanStepDto,
    PlanTemplateDto, ReachDto, ReachGroupDto, ReachKindDto, ReachedCountDto, ReachedDto,
    ResourceDto, ResourceKindDto, ResponseDto, ResponseSetDto, SentMessageDto, TakenDto,
    WarnAreaDto,
};
pub use sync::{
    ChoiceDto, ConflictDto, ExerciseDto, FactStateDto, FieldChangeDto, GapStateDto, HoldsDto,
    KnownGapDto, OutboxDto, OutboxItemDto, PhaseDto, PresenceDto, SharedViewDto, SourceDto,
    SourceLayerDto, SourceStateDto, SourcesDto, StandingDto, VersionDto,
};
pub use time::{
    ActionDto, BranchDto, ClockDto, DamageDto, ExportDto, ExportFormatDto, HistoryDto,
    KnowledgeDto, LiveAlarmsDto, MomentDto, QualityWordDto, RecordingDto, SeriesChoiceDto,
    StepKindDto, TaskDto, Timeline, Trend,
};
pub use tools::{
    BookmarkDto, CityChoiceDto, ClipsDto, CompareDto, CutDto, KeepDto, LookDto, MeasuredDto,
    MemoryDto, MinimapDto, QualityDto, SketchDto, StepDto, StyleDto, SunDto, ToolDto, ToolKindDto,
    TrenchDto, UndergroundDto, ViewPlaceDto,
};
pub use video::{
    CalibrationDto, CalibrationFieldDto, CalibrationPointDto, CoverageAreaDto, CoverageDto,
    ImportChangeDto, ImportFieldDto, ImportRejectDto, ImportReportDto, LaneDto, LanesDto,
    LanesQueryDto, MomentImportDto, MosaicCellDto, MosaicDto, MosaicFollowsDto, MosaicForDto,
    ObstaclesDto, OpenedViewDto, PtzActDto, RightsCellDto, RightsMatrixDto, RouteCoverageDto,
    RouteGapDto, SightDto, SightScoreDto, SightTargetDto, SightsDto, SnapshotDto, SnapshotTakenDto,
    SuggestAskDto, SuggestionDto, SuggestionsDto, VideoActedDto, VideoAttributeDto, VideoAuditDto,
    VideoAuditPageDto, VideoAuditQueryDto, VideoBoardDto, VideoChannelDto, VideoCountDto,
    VideoFieldDto, VideoGrantDraftDto, VideoGrantDto, VideoGrantStateDto, VideoHealthByDto,
    VideoHealthDto, VideoHealthRowDto, VideoKindDto, VideoMappingDto, VideoMomentDto,
    VideoMomentPageDto, VideoMomentQueryDto, VideoNodeDto, VideoNodeKindDto, VideoPageDto,
    VideoPathDto, VideoPointDto, VideoPointsDto, VideoPresetDto, VideoProposalDto, VideoQueryDto,
    VideoRateDto, VideoRefusalDto, VideoRightDto, VideoRowDto, VideoStatusDto, VideoTablesDto,
    VideoTreeDto, VideoTreePageDto, VideoVolumeDto, VideoWordDto, VideoWorkActDto, VideoWorkDto,
    VideoWorkStateDto, VideoWorksDto, ViewDraftDto, ViewStateDto, ViewStateKindDto,
};
pub use windows::{PanelDto, PickDto, ScreenDto, WindowNoteDto};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What the person has picked, or what an entry in a list stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Target {
    /// A sensing device, by its id at the hub.
    Thing {
        /// `ThingId`.
        id: String,
    },
    /// A camera, by its id.
    Camera {
        /// `CameraId`.
        id: String,
    },
    /// An event, by its id.
    Event {
        /// `EventId`.
        id: String,
    },
    /// A feature of the city model (building, road …), by its id in the attribute table.
    Feature {
        /// Feature id, for instance `w123456`.
        id: String,
    },
}

/// How the desk is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// 值班台.
    Desk,
    /// 大屏.
    Wall,
    /// 推演.
    Planner,
}

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words of `cim_model::Severity`")]
pub enum SeverityDto {
    Normal,
    Low,
    Medium,
    High,
    Critical,
}

/// How old a value is, against its promised period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words of `cim_model::Freshness`")]
pub enum FreshnessDto {
    Fresh,
    Late,
    Missing,
}

/// How the desk stands with its hub.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ConnectionDto {
    /// Trying for the first time, or again.
    Connecting,
    /// Fetching what was missed. `done` of `total` entities; `total` is 0 while unknown.
    CatchingUp {
        /// Entities fetched.
        done: u32,
        /// Entities to fetch in all.
        total: u32,
        /// What is being fetched.
        phase: PhaseDto,
    },
    /// Following live.
    Live,
    /// The hub does not answer.
    Offline {
        /// Since when, UTC milliseconds.
        since: i64,
        /// Why, in words for a log line.
        reason: String,
        /// When the next attempt is made, UTC milliseconds.
        next_try: i64,
    },
    /// There is no hub to ask: a recording or a cache is open.
    NoHub,
}

/// A saved view of the twin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ViewDto {
    /// Name for commands, for instance `overview`.
    pub name: String,
    /// What people call it, in Chinese.
    pub title_zh: String,
    /// What people call it, in English.
    pub title_en: String,
}

/// Everything that the UI needs before its first picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Start {
    /// Name of the city in Chinese, then in English.
    pub city_zh: String,
    /// Name of the city in English.
    pub city_en: String,
    /// How the desk is used.
    pub mode: Mode,
    /// `zh-CN` or `en`.
    pub language: String,
    /// Address of the hub, for clips; `None` without one.
    pub hub_url: Option<String>,
    /// Saved views.
    pub views: Vec<ViewDto>,
    /// Layers with their switches.
    pub layers: Vec<LayerDto>,
    /// Longitude and latitude of the city's origin; `None` without a city.
    pub origin: Option<[f64; 2]>,
    /// True for an invented city.
    pub is_synthetic: bool,
    /// Who sits here.
    pub operator: String,
    /// Attribution of the city model, as its licence asks.
    pub attribution: String,
    /// The oldest moment that history can show, UTC milliseconds.
    pub history_from: i64,
    /// False where the twin cannot be drawn inside the window; the UI then says why.
    pub twin: bool,
    /// How the twin looks; `None` until somebody chose.
    pub look: Option<LookDto>,
    /// What the city model may take, MiB.
    pub budget_mib: u32,
}

/// One layer's switch. Layers beyond `cim_model::Layer` are classes of the city: `bridge`, `tunnel`, `pipe` …
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LayerDto {
    /// `Layer::as_str`, or a class word.
    pub name: String,
    /// Whether it is drawn.
    pub on: bool,
    /// How many things it holds.
    pub count: u32,
}

/// One row of the alarm list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct AlarmRow {
    /// `AlarmId`.
    pub id: String,
    /// The device that raised it.
    pub thing_id: String,
    /// What the device is called.
    pub name: String,
    /// `SensorKind::as_str`.
    pub sensor_kind: String,
    /// How bad.
    pub severity: SeverityDto,
    /// Newest value.
    pub value: f64,
    /// The limit that was met.
    pub limit: f64,
    /// Unit of both.
    pub unit: String,
    /// Since when, UTC milliseconds.
    pub since: i64,
    /// False once the value came back.
    pub active: bool,
    /// Who acknowledged it, if anybody.
    pub acknowledged_by: Option<String>,
    /// Whether the newest value is old.
    pub freshness: FreshnessDto,
}

/// One row of the event list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct EventRow {
    /// `EventId`.
    pub id: String,
    /// What happened.
    pub title: String,
    /// Category word.
    pub category: String,
    /// `I` … `IV`.
    pub level: String,
    /// The severity whose colour it borrows.
    pub severity: SeverityDto,
    /// `reported`, `handling`, `closed`.
    pub status: String,
    /// When it happened, UTC milliseconds.
    pub happened_at: i64,
    /// Who reported it.
    pub source: String,
    /// Whether it is real.
    pub standing: StandingDto,
    /// True while a change of ours waits for the hub.
    pub unsynced: bool,
}

/// A key figure for the wall and the count strip.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct FigureDto {
    /// Name for texts: `figure.<name>` in the locale files.
    pub name: String,
    /// The value now; `None` when nothing reports.
    pub value: Option<f64>,
    /// Its unit; may be empty.
    pub unit: String,
    /// Digits after the point.
    pub digits: u8,
    /// The value an hour ago, for the trend arrow.
    pub hour_ago: Option<f64>,
    /// How bad it is.
    pub severity: SeverityDto,
    /// When the newest contributing value held, UTC milliseconds.
    pub as_of: Option<i64>,
}

/// What the lists, the top bar and the boards show; sent whole a few times a second, only when something changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct DeskUpdate {
    /// Wall time of the host, UTC milliseconds.
    pub now: i64,
    /// The moment shown, UTC milliseconds.
    pub shown: i64,
    /// How time runs.
    pub clock: ClockDto,
    /// How the desk stands with its hub.
    pub connection: ConnectionDto,
    /// When the newest observation held, UTC milliseconds.
    pub newest: Option<i64>,
    /// Alarms that need attention at the moment shown, worst first, newest first; at most 500. What is shelved, suppressed
    /// or out of service is not among them; [`AlarmBoardDto::hidden`] counts it.
    pub alarms: Vec<AlarmRow>,
    /// How many alarms need attention, by severity: critical, high, medium, low.
    pub alarm_counts: [u32; 4],
    /// Events known at the moment shown, newest first; at most 500.
    pub events: Vec<EventRow>,
    /// Key figures.
    pub figures: Vec<FigureDto>,
    /// Things, of them late or missing.
    pub things: u32,
    /// Things whose newest value is late or missing.
    pub things_late: u32,
    /// Observations applied in the last full second.
    pub observations_per_second: u32,
    /// Counts the cities opened so far: when it changes, what [`Start`] said of the city is to be asked again.
    pub city: u32,
    /// Facts of ours that the hub has not got yet.
    pub queued: u32,
    /// What arrived broken, newest first; at most 20.
    pub problems: Vec<ProblemDto>,
    /// Twin: tiles shown, tiles wanted.
    pub tiles: [u32; 2],
    /// Twin: what the city model takes.
    pub memory: MemoryDto,
    /// Which knowledge a past moment is seen with.
    pub knowledge: KnowledgeDto,
    /// Values, facts and events that became known after the moment shown; 0 live.
    pub learnt_later: u32,
    /// The alarms of the present.
    pub live_alarms: LiveAlarmsDto,
    /// How the alarm desk stands; of the present, also while the past is shown.
    pub alarm_board: AlarmBoardDto,
    /// How the event desk stands; of the present, also while the past is shown.
    pub event_board: EventBoardDto,
    /// Counts up whenever the duty log or a handover changed.
    pub duty_revision: f64,
    /// How the video index stands.
    pub video: VideoBoardDto,
    /// What is kept of the past.
    pub history: HistoryDto,
    /// The long work under way.
    pub task: Option<TaskDto>,
    /// The sources, counted by state.
    pub sources: SourcesDto,
    /// How full the outbox is.
    pub outbox: OutboxDto,
    /// Who is at the hub, this desk first.
    pub presence: Vec<PresenceDto>,
    /// What others share.
    pub shared: Vec<SharedViewDto>,
    /// An exercise or a test that is on.
    pub exercise: Option<ExerciseDto>,
    /// Counts up whenever the layer panel has something new; it is fetched on its own.
    pub layers_revision: f64,
}

/// Something that arrived broken and was left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ProblemDto {
    /// When, UTC milliseconds.
    pub at: i64,
    /// Which file, topic or address.
    pub source: String,
    /// Where in it.
    pub place: String,
    /// Why it could not be used.
    pub reason: String,
}

/// The card of what is selected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Card {
    /// What it is about.
    pub target: Target,
    /// What people call it; may be empty for unnamed buildings.
    pub name: String,
    /// Kind word: a `SensorKind`, `camera`, `event`, or a feature kind (`building`, `road` …).
    pub kind: String,
    /// Identity code, for copying.
    pub code: String,
    /// Where it is, degrees.
    pub lon: f64,
    /// Where it is, degrees.
    pub lat: f64,
    /// Its series with their values at the moment shown; for sensing devices.
    pub series: Vec<SeriesDto>,
    /// The camera's own facts.
    pub camera: Option<CameraDto>,
    /// The event's own facts.
    pub event: Option<EventRow>,
    /// Nearest cameras, best first; at most 4.
    pub cameras: Vec<NearCameraDto>,
    /// Everything else known, in order; values with their units.
    pub attributes: Vec<[String; 2]>,
    /// Where what is known of a feature comes from; `None` for everything that is not of the city model.
    pub origin: Option<OriginDto>,
    /// The feature that it is a part of, and its own parts; at most 30.
    pub related: Vec<RelatedDto>,
}

/// Where what is known of a feature comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OriginDto {
    /// The data.
    pub source: String,
    /// Their licence; may be empty.
    pub licence: String,
    /// The date that they show; empty when nobody said.
    pub epoch: String,
    /// CIM level of the city's best content, `CIM1` … `CIM7`.
    pub cim_level: String,
    /// Coordinate reference system of the source.
    pub crs: String,
    /// True for an invented city.
    pub is_synthetic: bool,
}

/// A feature that another one belongs to, or has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RelatedDto {
    /// The feature.
    pub target: Target,
    /// What people call it; may be empty.
    pub name: String,
    /// Kind word.
    pub kind: String,
    /// True for the whole that the card's feature is a part of.
    pub is_whole: bool,
}

/// A series of a device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SeriesDto {
    /// `DatastreamId`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Unit; may be empty.
    pub unit: String,
    /// Value at the moment shown.
    pub value: Option<f64>,
    /// When it held, UTC milliseconds.
    pub happened_at: Option<i64>,
    /// Whether it is old.
    pub freshness: FreshnessDto,
    /// How bad.
    pub severity: SeverityDto,
    /// Limits to draw in the chart.
    pub limits: Vec<LimitDto>,
    /// Quality and freshness in one word.
    pub quality: QualityWordDto,
    /// When the desk came to know the value, UTC milliseconds.
    pub known_at: Option<i64>,
}

/// A limit line of a chart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LimitDto {
    /// Where.
    pub value: f64,
    /// What it means to meet it.
    pub severity: SeverityDto,
}

/// A camera with its clips.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CameraDto {
    /// True when it delivers.
    pub on: bool,
    /// Where it looks, degrees clockwise from north.
    pub azimuth_deg: f64,
    /// Field of view, degrees.
    pub fov_deg: f64,
    /// Useful range, metres.
    pub range_m: f64,
    /// 1, 2 or 3.
    pub category: u8,
    /// Clips, newest first.
    pub clips: Vec<ClipDto>,
}

/// A clip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ClipDto {
    /// Where it plays from: an absolute address.
    pub url: String,
    /// First moment, UTC milliseconds.
    pub from: i64,
    /// Last moment, UTC milliseconds.
    pub to: i64,
}

/// Whether a camera really sees a place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NearSightDto {
    /// What stands in the way was not considered: the city's obstacles are not there (yet).
    #[default]
    Unknown,
    /// Nothing stands in the way.
    Clear,
    /// Something stands in the way, or it looks elsewhere.
    Blocked,
}

/// A camera near the selected place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct NearCameraDto {
    /// `CameraId`.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// How far, metres.
    pub distance_m: f64,
    /// True when the place lies within its field of view and range (buildings in the way are not considered).
    pub in_view: bool,
    /// Whether it really sees the place, with buildings in the way.
    pub sight: NearSightDto,
    /// The person at the desk may look through it now.
    pub can_look: bool,
    /// The camera itself.
    pub camera: CameraDto,
}

/// One answer of the search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Found {
    /// What it stands for.
    pub target: Target,
    /// What people call it.
    pub name: String,
    /// Kind word, as in [`Card::kind`].
    pub kind: String,
    /// What tells it from others of its name: address or code; may be empty.
    pub hint: String,
    /// Where in the name the words lie that were typed: begin and end in UTF-16 units, in order. Empty where something else
    /// answered: a code, or the name in another language.
    pub matched: Vec<[u32; 2]>,
    /// The worst that alarms there; normal for everything but devices.
    pub severity: SeverityDto,
}

/// Where the UI's viewport element is, in CSS pixels of the window, and what HTML covers it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ViewportDto {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
    /// Device pixels per CSS pixel.
    pub scale: f64,
    /// HTML above the picture, relative to the viewport element: x, y, width, height.
    pub cards: Vec<[f64; 4]>,
}

/// What a person does to the twin, in CSS pixels of the viewport element.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum GestureDto {
    /// Drag with the primary button: the ground follows the pointer.
    Pan {
        /// From, px.
        from: [f64; 2],
        /// To, px.
        to: [f64; 2],
    },
    /// Drag with the secondary button, or with Ctrl: look around.
    Orbit {
        /// Moved by, px.
        by: [f64; 2],
    },
    /// Wheel: nearer (positive) or farther, towards the pointer.
    Zoom {
        /// Where, px.
        at: [f64; 2],
        /// Notches.
        notches: f64,
    },
    /// A click.
    Pick {
        /// Where, px.
        at: [f64; 2],
    },
    /// The pointer rests here; `None` when it left.
    Hover {
        /// Where, px.
        at: Option<[f64; 2]>,
    },
    /// Two fingers hold the picture.
    Pinch {
        /// Where the middle between them was, px.
        from: [f64; 2],
        /// Where it is now, px.
        to: [f64; 2],
        /// How many times as far apart they are now.
        scale: f64,
        /// How far they turned, clockwise on the screen, degrees.
        turn_deg: f64,
    },
    /// A step by key.
    Step {
        /// Which.
        step: StepDto,
    },
    /// North up.
    North,
    /// All of the city.
    Overview,
    /// Asks what lies here.
    Here {
        /// Where, px.
        at: [f64; 2],
    },
    /// Selects everything in a box.
    SelectBox {
        /// One corner, px.
        from: [f64; 2],
        /// The other corner, px.
        to: [f64; 2],
        /// True to add to what is selected.
        add: bool,
    },
    /// Selects everything in a loop.
    SelectLasso {
        /// Its corners, px.
        points: Vec<[f64; 2]>,
        /// True to add to what is selected.
        add: bool,
    },
    /// Selects nothing.
    ClearSelection,
}

/// Something that the twin tells the UI.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TwinNote {
    /// The person picked something, or nothing.
    Picked {
        /// What.
        target: Option<Target>,
    },
    /// What lies under the pointer, for the hover card.
    Hovering {
        /// What people call it; `None` for nothing.
        name: Option<String>,
        /// Where, px of the viewport element.
        at: [f64; 2],
        /// More about it, where it is a live thing.
        hover: Option<HoverDto>,
        /// What layers say of the ground there, the uppermost first.
        fields: Vec<FieldDto>,
    },
    /// What lies at a place that was asked about.
    Here {
        /// The list.
        here: HereDto,
    },
    /// What was selected together.
    Selection {
        /// What it is.
        selection: SelectionDto,
    },
    /// How the twin gets on; while somebody watches.
    Performance {
        /// The figures.
        performance: PerformanceDto,
    },
    /// Where the camera looks, for compass and scale bar.
    Camera {
        /// Clockwise from north, degrees.
        heading_deg: f64,
        /// Metres per CSS pixel at the middle of the picture.
        metres_per_px: f64,
        /// Where the eye is: longitude, latitude, height.
        eye: [f64; 3],
        /// Longitudes and latitudes of the corners of the seen ground; empty when none is seen.
        footprint: Vec<[f64; 2]>,
    },
    /// A measuring tool has another point, or is done.
    Measured {
        /// What can be said of the points.
        values: Vec<MeasuredDto>,
        /// The points: longitude, latitude, height.
        points: Vec<[f64; 3]>,
        /// True when the tool is done.
        done: bool,
    },
    /// The person has drawn something.
    Sketched {
        /// What.
        sketch: SketchDto,
    },
    /// The view, as it was asked for.
    View {
        /// The view.
        view: ViewPlaceDto,
    },
    /// The twin cannot be drawn.
    Failed {
        /// Why.
        reason: String,
    },
}

/// Why a command was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// There is no such thing (any more).
    NotFound,
    /// The cache cannot be read or written.
    CacheUnusable,
    /// What was sent makes no sense.
    BadRequest,
    /// An act on a case is not allowed; the message is the word of the refusal: `event.refusal.<word>` in the texts.
    Refused,
}

/// A refused command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ApiError {
    /// What the UI may switch on.
    pub code: ErrorCode,
    /// What to show.
    pub message: String,
}
