// Everything the UI needs from outside itself. Panels know this interface and nothing below it.
//
// `tauri.ts` is the desk's own implementation, `fake.ts` the one for a browser and for tests.

import type {
  AlarmActDto,
  AlarmActedDto,
  AlarmDetailDto,
  AlarmGroupDto,
  AlarmLoadDto,
  AlarmPageDto,
  AlarmPastDto,
  AlarmPickDto,
  AlarmQueryDto,
  AlarmViewDto,
  ApiError,
  AttributeDto,
  BookmarkDto,
  BranchDto,
  Card,
  ChoiceDto,
  CityChoiceDto,
  ClipsDto,
  ClockDto,
  ColourByDto,
  CompareDto,
  ConflictDto,
  DeskUpdate,
  ExportDto,
  ExportFormatDto,
  FenceDto,
  FilterCheckDto,
  FilterFieldDto,
  FindDto,
  FindPageDto,
  Found,
  GestureDto,
  KnowledgeDto,
  LayerChangeDto,
  LayersDto,
  LegendDto,
  LookDto,
  MinimapDto,
  MomentDto,
  OutboxItemDto,
  RecordingDto,
  RuleDto,
  RuleTrialDto,
  SeriesChoiceDto,
  ShowDto,
  SourceDto,
  Start,
  StepKindDto,
  SunDto,
  Target,
  Timeline,
  ToolDto,
  Trend,
  TwinNote,
  UndergroundDto,
  ViewPlaceDto,
  ViewportDto,
} from '../generated/wire';
import type { CasesBackend } from './cases';
import type { DutyBackend } from './duty';
import type { PlansBackend } from './plans';
import type { VideoBackend } from './video';
import type { WindowsBackend } from './windows';

/** What a command came to. Commands never throw. */
export type Result<T> = { ok: true; value: T } | { ok: false; error: ApiError };

/** Calls a command of the host. */
export type Command = <T>(name: string, args?: Record<string, unknown>) => Promise<Result<T>>;

/** Ends a watch. */
export type Stop = () => void;

/** A stretch of city time, UTC milliseconds. */
export interface Span {
  from: number;
  to: number;
}

export interface Backend
  extends WorkBackend,
    HistoryBackend,
    SyncBackend,
    LayersBackend,
    AlarmsBackend,
    CasesBackend,
    PlansBackend,
    DutyBackend,
    VideoBackend,
    WindowsBackend {
  /** What the first picture needs. */
  start(): Promise<Result<Start>>;
  /** Calls `onUpdate` with everything the lists and boards show, a few times a second, when something changed. */
  watch(onUpdate: (update: DeskUpdate) => void): Stop;
  /** Calls `onNote` with what the twin tells: picks, hover, camera, failure. */
  watchTwin(onNote: (note: TwinNote) => void): Stop;
  /** The card of `target` at the moment shown. */
  card(target: Target): Promise<Result<Card>>;
  /** Alarm density, gaps and events of a stretch. */
  timeline(span: Span, bins: number): Promise<Result<Timeline>>;
  /**
   * The best answers, at most 50, the best first; `near` is where the person looks, longitude and latitude. An empty text finds
   * nothing and makes the host ready for what will be typed.
   */
  search(text: string, near: [number, number] | undefined): Promise<Result<Found[]>>;
  /** The pinyin of each text, letter by letter: `zhong,chong|qing` of 重庆. */
  foldTexts(texts: string[]): Promise<Result<string[]>>;
  setClock(clock: ClockDto): Promise<Result<void>>;
  acknowledge(alarmId: string): Promise<Result<void>>;
  setLayer(name: string, on: boolean): Promise<Result<void>>;
  setLanguage(language: string): Promise<Result<void>>;
  /** Marks `target` in the twin; `undefined` clears the mark. */
  select(target: Target | undefined): Promise<Result<void>>;
  flyTo(target: Target): Promise<Result<void>>;
  goToView(name: string): Promise<Result<void>>;
  /** Where the picture is and which HTML covers it; at most once per frame, only when it changed. */
  setViewport(viewport: ViewportDto): Promise<Result<void>>;
  /** What a person did to the twin since the last frame, in order. */
  gesture(gestures: GestureDto[]): Promise<Result<void>>;
  /** The UI has painted its first update. */
  ready(): Promise<Result<void>>;
  /** Paints into the viewport element where no native twin does. Absent on the desktop. */
  readonly picture?: (element: HTMLElement) => Stop;
}

/** Working with the twin. */
export interface WorkBackend {
  /** Everything that answers, a page at a time. */
  find(ask: FindDto): Promise<Result<FindPageDto>>;
  /** Isolates, colours, fades or hides all that answers; says how many features those are. */
  showFound(ask: FindDto, how: ShowDto): Promise<Result<number>>;
  showFeatures(ids: string[], how: ShowDto): Promise<Result<void>>;
  /** Takes back what was isolated, faded and hidden. */
  showAll(): Promise<Result<void>>;
  /** What features of a class can be coloured by. */
  attributes(featureClass: string): Promise<Result<AttributeDto[]>>;
  /** Colours features by an attribute; `undefined` takes the colours back. */
  colourBy(ask: ColourByDto | undefined): Promise<Result<LegendDto | null>>;
  /** Takes up, uses or puts away a tool; what comes of it is told as notes of the twin. */
  tool(tool: ToolDto): Promise<Result<void>>;
  setClips(clips: ClipsDto): Promise<Result<void>>;
  /** The line of a trench along a feature is told as a sketch. */
  trenchAlong(id: string): Promise<Result<void>>;
  setUnderground(underground: UndergroundDto): Promise<Result<void>>;
  /** Returns the sun that shines then. */
  setLook(look: LookDto): Promise<Result<SunDto>>;
  /** What the city model may take, MiB. */
  setTileBudget(mib: number): Promise<Result<void>>;
  /** The sun at a moment; `undefined` for the moment shown. */
  sun(time: number | undefined): Promise<Result<SunDto>>;
  setCompare(compare: CompareDto): Promise<Result<void>>;
  compareChoices(): Promise<Result<CityChoiceDto[]>>;
  /** Opens a second city; `undefined` closes it. */
  openCompared(folder: string | undefined): Promise<Result<CityChoiceDto | null>>;
  bookmarks(): Promise<Result<BookmarkDto[]>>;
  saveBookmarks(bookmarks: BookmarkDto[]): Promise<Result<void>>;
  /** The view is told as a note of the twin. */
  askView(): Promise<Result<void>>;
  goToPlace(view: ViewPlaceDto): Promise<Result<void>>;
  minimap(): Promise<Result<MinimapDto>>;
}

/** The alarm desk of the present. */
export interface AlarmsBackend {
  /** A window into the alarms that answer; asked for again when `DeskUpdate.alarm_board.revision` changed. */
  alarms(query: AlarmQueryDto): Promise<Result<AlarmPageDto>>;
  /** Everything around one alarm. */
  alarm(id: string): Promise<Result<AlarmDetailDto>>;
  /** Does one act to each; those that refuse it are told, and the rest is done. */
  actOnAlarms(pick: AlarmPickDto, act: AlarmActDto): Promise<Result<AlarmActedDto>>;
  /** Silences what rings; a worse alarm rings again. */
  silenceAlarms(): Promise<Result<void>>;
  /** Load figures of a stretch, before and after suppression. */
  alarmLoad(span: Span): Promise<Result<AlarmLoadDto>>;
  /** What was before at the device of an alarm and near it, and how it ended. */
  alarmPast(id: string): Promise<Result<AlarmPastDto>>;
  alarmGroups(): Promise<Result<AlarmGroupDto[]>>;
  /** Keeps the members of a group away for a time. */
  suppressGroup(id: string, seconds: number, reason: string): Promise<Result<void>>;
  releaseGroup(id: string): Promise<Result<void>>;
  alarmRules(): Promise<Result<RuleDto[]>>;
  switchRule(id: string, on: boolean): Promise<Result<void>>;
  /** What a rule would have done; nothing is raised. */
  tryRule(id: string, span: Span): Promise<Result<RuleTrialDto>>;
  /** Kept filters of the alarm list. */
  alarmViews(): Promise<Result<AlarmViewDto[]>>;
  saveAlarmViews(views: AlarmViewDto[]): Promise<Result<void>>;
}

/** What lives over the city, and how the picture does. */
export interface LayersBackend {
  /** Every layer with its counts; asked for again when `DeskUpdate.layers_revision` changed. */
  layers(): Promise<Result<LayersDto>>;
  changeLayer(change: LayerChangeDto): Promise<Result<void>>;
  /** What a filter would come to for a layer; nothing changes. */
  checkFilter(layer: string, text: string): Promise<Result<FilterCheckDto>>;
  filterFields(): Promise<Result<FilterFieldDto[]>>;
  /** The geofences that were drawn here, oldest first. */
  fences(): Promise<Result<FenceDto[]>>;
  /** Watches an area from now on; a fence of the same name gives way. Who comes and goes becomes a row of the events. */
  drawFence(fence: FenceDto): Promise<Result<void>>;
  /** Watches it no more. A drawn fence is known by its name. */
  dropFence(id: string): Promise<Result<void>>;
  /** While on, the twin tells how it does twice a second. */
  watchPerformance(on: boolean): Promise<Result<void>>;
}

/** What comes from the sources, what goes to the hub, and the other desks there. */
export interface SyncBackend {
  sources(): Promise<Result<SourceDto[]>>;
  /** What people did here, newest first; at most 500. */
  outbox(): Promise<Result<OutboxItemDto[]>>;
  conflicts(): Promise<Result<ConflictDto[]>>;
  /** Keeps what holds, or makes a new edit with the values of one version. */
  settleConflict(id: string, choice: ChoiceDto): Promise<Result<void>>;
  /** Sends a refused fact again. */
  retryFact(id: string): Promise<Result<void>>;
  /** Takes a fact back that the hub has not accepted; it stays in history as withdrawn. */
  withdrawFact(id: string): Promise<Result<void>>;
  /** A new fact about an event: another status, a note, or both. */
  changeEvent(eventId: string, status: EventStatus | undefined, note: string): Promise<Result<OutboxItemDto>>;
  /** Shares this desk's camera and clock, or ends it. */
  shareView(on: boolean): Promise<Result<void>>;
  /** Follows a shared camera and clock; `undefined` lets go. */
  followView(name: string | undefined): Promise<Result<void>>;
}

/** How far an event has come. */
export type EventStatus = 'reported' | 'handling' | 'closed';

/** History, and the one clock through it. */
export interface HistoryBackend {
  /** What a past moment is seen with. */
  setKnowledge(knowledge: KnowledgeDto): Promise<Result<void>>;
  /** Shows the next event, alarm or marked moment and says when it is; `null` when there is none. */
  stepTo(kind: StepKindDto, forward: boolean): Promise<Result<number | null>>;
  /** The same stretch of at most 12 series, reduced to `pixels` buckets each. */
  trends(ids: string[], span: Span, pixels: number): Promise<Result<Trend[]>>;
  /** Series whose name has `text` in it; at most 20. */
  seriesChoices(text: string): Promise<Result<SeriesChoiceDto[]>>;
  moments(): Promise<Result<MomentDto[]>>;
  saveMoment(title: string, time: number, view: ViewPlaceDto | undefined): Promise<Result<MomentDto>>;
  renameMoment(id: string, title: string): Promise<Result<void>>;
  deleteMoment(id: string): Promise<Result<void>>;
  recordings(): Promise<Result<RecordingDto[]>>;
  /** Runs long: `DeskUpdate.task` says how far it is. */
  saveRecording(span: Span, name: string): Promise<Result<RecordingDto>>;
  /** Runs long: `DeskUpdate.task` says how far it is. */
  verifyRecording(path: string): Promise<Result<RecordingDto>>;
  deleteRecording(path: string): Promise<Result<void>>;
  /** Writes series to a file; an empty list is all of them. */
  exportSeries(ids: string[], span: Span, format: ExportFormatDto): Promise<Result<ExportDto>>;
  /** How many days and bytes of history stay. */
  setHistoryLimits(days: number, bytes: number): Promise<Result<void>>;
  branches(): Promise<Result<BranchDto[]>>;
  /** Begins a what-if at `time`. */
  branchHere(title: string, time: number): Promise<Result<BranchDto>>;
  deleteBranch(id: string): Promise<Result<void>>;
  /** Sets a value by hand in a branch. */
  assume(branch: string, series: string, value: number, time: number): Promise<Result<void>>;
}
