// The desktop's backend: commands and channels of the Tauri host. The only file that knows Tauri.

import { Channel, invoke } from '@tauri-apps/api/core';
import type {
  AlarmActedDto,
  AlarmDetailDto,
  AlarmGroupDto,
  AlarmLoadDto,
  AlarmPageDto,
  AlarmPastDto,
  AlarmViewDto,
  ApiError,
  AttributeDto,
  BookmarkDto,
  BranchDto,
  Card,
  CityChoiceDto,
  ConflictDto,
  DeskUpdate,
  ExportDto,
  FenceDto,
  FilterCheckDto,
  FilterFieldDto,
  FindPageDto,
  Found,
  LayersDto,
  LegendDto,
  MinimapDto,
  MomentDto,
  OutboxItemDto,
  RecordingDto,
  RuleDto,
  RuleTrialDto,
  SeriesChoiceDto,
  SourceDto,
  Start,
  SunDto,
  Timeline,
  Trend,
  TwinNote,
} from '../generated/wire';
import type { AlarmsBackend, Backend, HistoryBackend, LayersBackend, Result, Span, Stop, SyncBackend } from './backend';
import { casesBackend } from './cases';
import { dutyBackend } from './duty';
import { plansBackend } from './plans';
import { videoBackend } from './video';
import { windowsBackend } from './windows';

export function tauriBackend(): Backend {
  return {
    start: () => command<Start>('start'),
    watch: (onUpdate) => follow<DeskUpdate>('watch_desk', onUpdate),
    watchTwin: (onNote) => follow<TwinNote>('watch_twin', onNote),
    card: (target) => command<Card>('card', { target }),
    timeline: (span, bins) =>
      command<Timeline>('timeline', { ...wholeMillis(span), bins: Math.max(1, Math.round(bins)) }),
    search: (text, near) => command<Found[]>('search', { text, near: near ?? null }),
    foldTexts: (texts) => command<string[]>('fold_texts', { texts }),
    setClock: (clock) => command('set_clock', { clock }),
    acknowledge: (alarmId) => command('acknowledge', { alarmId }),
    setLayer: (name, on) => command('set_layer', { name, on }),
    setLanguage: (language) => command('set_language', { language }),
    select: (target) => command('select_target', { target: target ?? null }),
    flyTo: (target) => command('fly_to', { target }),
    goToView: (name) => command('go_to_view', { name }),
    setViewport: (viewport) => command('set_viewport', { viewport }),
    gesture: (gestures) => command('gesture', { gestures }),
    ready: () => command('ui_ready'),
    find: (ask) => command<FindPageDto>('find', { ask }),
    showFound: (ask, how) => command<number>('show_found', { ask, how }),
    showFeatures: (ids, how) => command('show_features', { ids, how }),
    showAll: () => command('show_all'),
    attributes: (featureClass) => command<AttributeDto[]>('attributes', { class: featureClass }),
    colourBy: (ask) => command<LegendDto | null>('colour_by', { ask: ask ?? null }),
    tool: (tool) => command('tool', { tool }),
    setClips: (clips) => command('set_clips', { clips }),
    trenchAlong: (id) => command('trench_along', { id }),
    setUnderground: (underground) => command('set_underground', { underground }),
    setLook: (look) => command<SunDto>('set_look', { look }),
    setTileBudget: (mib) => command('set_tile_budget', { mib }),
    sun: (time) => command<SunDto>('sun', { time: time === undefined ? null : Math.round(time) }),
    setCompare: (compare) => command('set_compare', { compare }),
    compareChoices: () => command<CityChoiceDto[]>('compare_choices'),
    openCompared: (folder) => command<CityChoiceDto | null>('open_compared', { folder: folder ?? null }),
    bookmarks: () => command<BookmarkDto[]>('bookmarks'),
    saveBookmarks: (bookmarks) => command('save_bookmarks', { bookmarks }),
    askView: () => command('ask_view'),
    goToPlace: (view) => command('go_to_place', { view }),
    minimap: () => command<MinimapDto>('minimap'),
    ...history(),
    ...sync(),
    ...layers(),
    ...alarms(),
    ...casesBackend(command),
    ...plansBackend(command),
    ...dutyBackend(command),
    ...videoBackend(command),
    ...windowsBackend(command, follow),
  };
}

function history(): HistoryBackend {
  return {
    setKnowledge: (knowledge) => command('set_knowledge', { knowledge }),
    stepTo: (kind, forward) => command<number | null>('step_to', { kind, forward }),
    trends: (ids, span, pixels) =>
      command<Trend[]>('trends', { ids, ...wholeMillis(span), pixels: Math.max(1, Math.round(pixels)) }),
    seriesChoices: (text) => command<SeriesChoiceDto[]>('series_choices', { text }),
    moments: () => command<MomentDto[]>('moments'),
    saveMoment: (title, time, view) =>
      command<MomentDto>('save_moment', { title, time: Math.round(time), view: view ?? null }),
    renameMoment: (id, title) => command('rename_moment', { id, title }),
    deleteMoment: (id) => command('delete_moment', { id }),
    recordings: () => command<RecordingDto[]>('recordings'),
    saveRecording: (span, name) => command<RecordingDto>('save_recording', { ...wholeMillis(span), name }),
    verifyRecording: (path) => command<RecordingDto>('verify_recording', { path }),
    deleteRecording: (path) => command('delete_recording', { path }),
    exportSeries: (ids, span, format) => command<ExportDto>('export_series', { ids, ...wholeMillis(span), format }),
    setHistoryLimits: (days, bytes) =>
      command('set_history_limits', { days: Math.round(days), bytes: Math.round(bytes) }),
    branches: () => command<BranchDto[]>('branches'),
    branchHere: (title, time) => command<BranchDto>('branch_here', { title, time: Math.round(time) }),
    deleteBranch: (id) => command('delete_branch', { id }),
    assume: (branch, series, value, time) => command('assume', { branch, series, value, time: Math.round(time) }),
  };
}

function sync(): SyncBackend {
  return {
    sources: () => command<SourceDto[]>('sources'),
    outbox: () => command<OutboxItemDto[]>('outbox'),
    conflicts: () => command<ConflictDto[]>('conflicts'),
    settleConflict: (id, choice) => command('settle_conflict', { id, choice }),
    retryFact: (id) => command('retry_fact', { id }),
    withdrawFact: (id) => command('withdraw_fact', { id }),
    changeEvent: (eventId, status, note) =>
      command<OutboxItemDto>('change_event', { eventId, status: status ?? null, note }),
    shareView: (on) => command('share_view', { on }),
    followView: (name) => command('follow_view', { name: name ?? null }),
  };
}

function layers(): LayersBackend {
  return {
    layers: () => command<LayersDto>('layers'),
    changeLayer: (change) => command('change_layer', { change }),
    checkFilter: (layer, text) => command<FilterCheckDto>('check_filter', { layer, text }),
    filterFields: () => command<FilterFieldDto[]>('filter_fields'),
    fences: () => command<FenceDto[]>('fences'),
    drawFence: (fence) => command('draw_fence', { fence }),
    dropFence: (id) => command('drop_fence', { id }),
    watchPerformance: (on) => command('watch_performance', { on }),
  };
}

function alarms(): AlarmsBackend {
  return {
    alarms: (query) => command<AlarmPageDto>('alarms', { query }),
    alarm: (id) => command<AlarmDetailDto>('alarm', { id }),
    actOnAlarms: (pick, act) => command<AlarmActedDto>('act_on_alarms', { pick, act }),
    silenceAlarms: () => command('silence_alarms'),
    alarmLoad: (span) => command<AlarmLoadDto>('alarm_load', { ...wholeMillis(span) }),
    alarmPast: (id) => command<AlarmPastDto>('alarm_past', { id }),
    alarmGroups: () => command<AlarmGroupDto[]>('alarm_groups'),
    suppressGroup: (id, seconds, reason) => command('suppress_group', { id, forS: seconds, reason }),
    releaseGroup: (id) => command('release_group', { id }),
    alarmRules: () => command<RuleDto[]>('alarm_rules'),
    switchRule: (id, on) => command('switch_rule', { id, on }),
    tryRule: (id, span) => command<RuleTrialDto>('try_rule', { id, ...wholeMillis(span) }),
    alarmViews: () => command<AlarmViewDto[]>('alarm_views'),
    saveAlarmViews: (views) => command('save_alarm_views', { views }),
  };
}

/** Times cross as whole milliseconds. */
function wholeMillis(span: Span): Span {
  return { from: Math.round(span.from), to: Math.round(span.to) };
}

async function command<T>(name: string, args: Record<string, unknown> = {}): Promise<Result<T>> {
  try {
    return { ok: true, value: await invoke<T>(name, args) };
  } catch (reason) {
    return { ok: false, error: apiError(reason) };
  }
}

/** A refusal as the host words it; anything else (a missing command, a lost host) in the same shape. */
function apiError(reason: unknown): ApiError {
  if (typeof reason === 'object' && reason !== null && 'code' in reason && 'message' in reason) {
    return reason as ApiError;
  }
  return { code: 'bad_request', message: String(reason) };
}

function follow<T>(name: string, onMessage: (message: T) => void): Stop {
  let listening = true;
  const channel = new Channel<T>();
  channel.onmessage = (message) => {
    if (listening) {
      onMessage(message);
    }
  };
  void command(name, { channel }).then((result) => {
    if (!result.ok) {
      console.error(`${name}: ${result.error.message}`);
    }
  });
  return () => {
    listening = false;
  };
}
