// A backend in the browser: a deterministic sample city for tests, journeys and pictures.
//
// Used where no Tauri host is. The address chooses: `?fake=offline|empty|flood|storm|broken|diskfull|sync|first|layers|plain`, `?mode=desk|wall|planner`, `?lang=en`,
// `?panel=alarms` and so on for a panel alone.

import type {
  AlarmRow,
  ClockDto,
  ConnectionDto,
  DeskUpdate,
  EventRow,
  FigureDto,
  Found,
  GestureDto,
  LayerDto,
  Mode,
  Start,
  Target,
  Timeline,
  TwinNote,
  ViewportDto,
} from '../generated/wire';
import { playedTo } from '../state/clock';
import { ALARMING } from '../state/severity';
import { matchWords } from '../state/spelling';
import { DAY, HOUR, MINUTE, SECOND } from '../state/time';
import type { Backend, Result, Span } from './backend';
import { FakeAlarms } from './fake/alarms';
import { cardOf, type Reading } from './fake/card';
import { FakeCases } from './fake/cases';
import {
  type Episode,
  FAKE_NOW,
  type FakeCity,
  fakeCity,
  floodEpisodes,
  inGap,
  knownFrom,
  limitOf,
  noise,
  type Sensor,
  valueAt,
} from './fake/city';
import { FakeDuty } from './fake/duty';
import { FakeHistory, gapsIn } from './fake/history';
import { FakeLayers } from './fake/layers';
import { createSketch } from './fake/picture';
import { spelt } from './fake/pinyin';
import { FakePlans } from './fake/plans';
import { FakeSync } from './fake/sync';
import { FakeVideo } from './fake/video';
import { FakeWindows } from './fake/windows';
import { FakeWork } from './fake/work';

export interface FakeSettings {
  /**
   * `sync`: sources in trouble, an exercise, other desks, edits that were refused; `first`: the first catching up;
   * `layers`: a pack with very many layers; `flood`: hundreds of alarms after a burst main; `storm`: fifty thousand;
   * `plain`: the event desk cannot be read.
   */
  state:
    | 'normal'
    | 'offline'
    | 'empty'
    | 'flood'
    | 'storm'
    | 'broken'
    | 'diskfull'
    | 'sync'
    | 'first'
    | 'layers'
    | 'plain';
  mode: Mode;
  language: string;
}

/** What a test may look at and do besides being a backend. */
export interface FakeBackend extends Backend {
  /** Every command in order, for instance `acknowledge a1`. */
  readonly calls: string[];
  readonly viewports: ViewportDto[];
  /** Cuts the hub off, or brings it back. */
  setOffline(offline: boolean): void;
  /** Sends an update at once. */
  pulse(): void;
  tellTwin(note: TwinNote): void;
}

const UPDATE_MILLIS = 500;
/** Who sits here when the sample begins. */
const OPERATOR = '王建国';
const SHOWN_ALARMS = 500;
/** How long the first catching up takes in the sample. */
const FIRST_SYNC_MILLIS = 30_000;

/** Settings from the page's address. */
export function fakeSettings(search: string): FakeSettings {
  const query = new URLSearchParams(search);
  const one = <T extends string>(name: string, words: readonly T[], otherwise: T): T =>
    words.find((known) => known === query.get(name)) ?? otherwise;
  return {
    state: one(
      'fake',
      ['normal', 'offline', 'empty', 'flood', 'storm', 'broken', 'diskfull', 'sync', 'first', 'layers', 'plain'],
      'normal',
    ),
    mode: one('mode', ['desk', 'wall', 'planner'], 'desk'),
    language: query.get('lang') ?? 'zh-CN',
  };
}

export function fakeBackend(settings: FakeSettings): FakeBackend {
  const city = fakeCity(FAKE_NOW);
  if (settings.state === 'flood') {
    city.episodes.push(...floodEpisodes(FAKE_NOW, city.sensors));
  }
  if (settings.state === 'empty') {
    Object.assign(city, { sensors: [], episodes: [], events: [], cameras: [] });
  }
  return new FakeDesk(city, settings).backend();
}

class FakeDesk {
  private readonly calls: string[] = [];
  private readonly viewports: ViewportDto[] = [];
  private readonly watchers = new Set<(update: DeskUpdate) => void>();
  private readonly twinWatchers = new Set<(note: TwinNote) => void>();
  private readonly began = performance.now();
  private readonly sketch;
  private clock: ClockDto = { mode: 'live' };
  private clockSetAt = FAKE_NOW;
  private offlineSince: number | undefined;
  private heading = 18;
  private timer: ReturnType<typeof setInterval> | undefined;
  private layers: LayerDto[];
  private readonly work: FakeWork;
  private readonly history: FakeHistory;
  private readonly sync: FakeSync;
  private readonly live: FakeLayers;
  private readonly alarms: FakeAlarms;
  private readonly cases: FakeCases;
  private readonly plans: FakePlans;
  private readonly duty: FakeDuty;
  private readonly windows: FakeWindows;
  private readonly video: FakeVideo;

  constructor(
    private readonly city: FakeCity,
    private readonly settings: FakeSettings,
  ) {
    this.sketch = createSketch(city);
    this.offlineSince = settings.state === 'offline' ? FAKE_NOW - 12 * SECOND : undefined;
    const counts: [string, number][] = [
      ['sensors', city.sensors.length],
      ['cameras', city.cameras.length],
      ['events', city.events.length],
      ['labels', 84],
      ['buildings', settings.state === 'empty' ? 0 : 1450],
      ['roads', 612],
      ['water', 9],
      ['green', 57],
      ['bridge', settings.state === 'empty' ? 0 : 6],
      ['pipe', settings.state === 'empty' ? 0 : 1830],
    ];
    this.work = new FakeWork(
      city,
      settings.state === 'empty',
      this.calls,
      (note) => this.tell(note),
      () => this.shown(),
    );
    this.history = new FakeHistory({
      city,
      calls: this.calls,
      isEmpty: settings.state === 'empty',
      isDiskFull: settings.state === 'diskfull',
      isPlanner: settings.mode === 'planner',
      now: () => this.now(),
      shown: () => this.shown(),
      setClock: (clock) => {
        this.setClock(clock);
        this.windows.tellClock(clock);
      },
      pulse: () => this.pulse(),
    });
    this.sync = new FakeSync({
      city,
      calls: this.calls,
      kind: settings.state === 'sync' ? 'troubled' : settings.state === 'empty' ? 'empty' : 'normal',
      hasHub: settings.mode !== 'planner',
      now: () => this.now(),
      offlineSince: () => this.offlineSince,
      pulse: () => this.pulse(),
    });
    this.live = new FakeLayers({
      city,
      calls: this.calls,
      kind: settings.state === 'layers' ? 'many' : settings.state === 'empty' ? 'empty' : 'normal',
      shown: () => this.shown(),
      freshness: (sensor) => this.reading(sensor, this.shown()).freshness,
      near: (at) => this.sketch.near(at),
      within: (ring) => this.sketch.within(ring),
      isOffline: () => this.offlineSince !== undefined,
      tell: (note) => this.tell(note),
      pulse: () => this.pulse(),
    });
    this.alarms = new FakeAlarms({
      city,
      calls: this.calls,
      kind: (['flood', 'storm', 'empty'] as const).find((one) => one === settings.state) ?? 'normal',
      now: () => this.now(),
      reading: (sensor, at) => this.reading(sensor, at),
      acknowledged: (episode) => this.sync.acknowledged(episode),
      pulse: () => this.pulse(),
    });
    this.cases = new FakeCases({
      city,
      calls: this.calls,
      kind: (['empty', 'plain'] as const).find((one) => one === settings.state) ?? 'normal',
      operator: () => this.duty.operator(),
      now: () => this.now(),
      shown: () => this.shown(),
      isPast: () => this.clock.mode !== 'live',
      told: (verb, id, title) => this.sync.told(verb, id, title),
      waits: (item) => this.sync.waits(item),
      more: (id) => this.plans.timelineOf(id),
      pulse: () => this.pulse(),
    });
    const others = {
      city,
      calls: this.calls,
      operator: OPERATOR,
      cases: { titleOf: (id: string) => this.cases.titleOf(id), ids: () => this.cases.ids() },
      now: () => this.now(),
      pulse: () => this.pulse(),
    };
    this.plans = new FakePlans({
      ...others,
      cases: { ...others.cases, categoryOf: (id) => this.cases.categoryOf(id) },
      role: () => this.cases.actingRole(),
      isPast: () => this.clock.mode !== 'live',
    });
    this.duty = new FakeDuty(others);
    this.video = new FakeVideo({
      city,
      calls: this.calls,
      operator: () => this.duty.operator(),
      role: () => this.cases.actingRole(),
      now: () => this.now(),
      isPast: () => this.clock.mode !== 'live',
      setTime: (time) => {
        this.setClock({ mode: 'at', time });
        this.windows.tellClock(this.clock);
      },
      pulse: () => this.pulse(),
    });
    this.windows = new FakeWindows({
      calls: this.calls,
      language: settings.language,
      clock: () => this.clock,
      followClock: (clock) => this.setClock(clock),
    });
    city.from = this.history.from;
    this.layers = counts.map(([name, count]) => ({ name, on: name !== 'labels', count }));
  }

  backend(): FakeBackend {
    const done = (call: string): Promise<Result<void>> => {
      this.calls.push(call);
      return Promise.resolve({ ok: true, value: undefined });
    };
    return {
      ...this.work.backend(),
      ...this.history.backend(),
      ...this.sync.backend(),
      ...this.live.backend(),
      ...this.alarms.backend(),
      ...this.cases.backend(),
      ...this.plans.backend(),
      ...this.duty.backend(),
      ...this.video.backend(),
      ...this.windows.backend(),
      calls: this.calls,
      viewports: this.viewports,
      setOffline: (offline) => {
        this.offlineSince = offline ? this.now() : undefined;
        this.pulse();
      },
      pulse: () => this.pulse(),
      tellTwin: (note) => this.tell(note),
      start: () =>
        Promise.resolve(
          this.settings.state === 'broken'
            ? { ok: false, error: { code: 'cache_unusable', message: '缓存目录不可写 /var/cache/citymirror' } }
            : { ok: true, value: this.start() },
        ),
      watch: (onUpdate) => this.watch(onUpdate),
      watchTwin: (onNote) => {
        this.twinWatchers.add(onNote);
        queueMicrotask(() => onNote(this.camera()));
        return () => this.twinWatchers.delete(onNote);
      },
      card: (target) =>
        Promise.resolve(
          cardOf(target, {
            city: this.city,
            shown: this.shown(),
            reading: (sensor) => this.reading(sensor, this.shown()),
            eventAt: (event, at) => this.sync.eventAt(event, at),
            isAssumed: (series) => this.clock.mode === 'branch' && this.history.assumedValue(series) !== undefined,
          }),
        ),
      timeline: (span, bins) => Promise.resolve({ ok: true, value: this.timeline(span, bins) }),
      search: (text) => Promise.resolve({ ok: true, value: this.search(text) }),
      foldTexts: (texts) => Promise.resolve({ ok: true, value: texts.map(spelt) }),
      setClock: (clock) => {
        this.setClock(clock);
        this.windows.tellClock(clock);
        return done(`setClock ${JSON.stringify(clock)}`);
      },
      acknowledge: (alarmId) => {
        this.alarms.acknowledge(alarmId);
        queueMicrotask(() => this.pulse());
        return done(`acknowledge ${alarmId}`);
      },
      setLayer: (name, on) => {
        this.layers = this.layers.map((layer) => (layer.name === name ? { ...layer, on } : layer));
        return done(`setLayer ${name} ${on}`);
      },
      setLanguage: (language) => {
        this.windows.speak(language);
        return done(`setLanguage ${language}`);
      },
      select: (target) => {
        this.sketch.mark(target);
        return done(`select ${words(target)}`);
      },
      flyTo: (target) => done(`flyTo ${words(target)}`),
      goToView: (name) => done(`goToView ${name}`),
      setViewport: (viewport) => {
        this.viewports.push(viewport);
        return done('setViewport');
      },
      gesture: (gestures) => {
        for (const gesture of gestures) {
          this.obey(gesture);
        }
        return done(`gesture ${gestures.map((gesture) => gesture.kind).join(' ')}`);
      },
      ready: () => done('ready'),
      picture: (element) => this.sketch.attach(element),
    };
  }

  private setClock(clock: ClockDto): void {
    this.clock = clock;
    this.clockSetAt = this.now();
    queueMicrotask(() => this.pulse());
  }

  private now(): number {
    return FAKE_NOW + (performance.now() - this.began);
  }

  private shown(): number {
    switch (this.clock.mode) {
      case 'live':
        return this.offlineSince ?? this.now();
      case 'at':
      case 'branch':
        return this.clock.time;
      case 'playing':
        return playedTo(this.clock, this.clock.from, this.now() - this.clockSetAt);
    }
  }

  private start(): Start {
    return {
      city_zh: '徐州市',
      city_en: 'Xuzhou',
      mode: this.settings.mode,
      language: this.settings.language,
      hub_url: this.settings.mode === 'planner' ? null : 'http://127.0.0.1:8090',
      views: [
        { name: 'overview', title_zh: '全城', title_en: 'City' },
        { name: 'centre', title_zh: '彭城广场', title_en: 'Pengcheng Square' },
        { name: 'lake', title_zh: '云龙湖', title_en: 'Yunlong Lake' },
        { name: 'river', title_zh: '故黄河', title_en: 'Old Yellow River' },
      ],
      layers: this.layers,
      origin: [117.185, 34.245],
      is_synthetic: false,
      operator: this.duty.operator(),
      attribution: '© OpenStreetMap contributors',
      history_from: this.history.from,
      twin: true,
      look: null,
      budget_mib: this.work.memory().budget_mib,
    };
  }

  private watch(onUpdate: (update: DeskUpdate) => void): () => void {
    this.watchers.add(onUpdate);
    queueMicrotask(() => onUpdate(this.update()));
    this.timer ??= setInterval(() => this.pulse(), UPDATE_MILLIS);
    return () => {
      this.watchers.delete(onUpdate);
      if (this.watchers.size === 0) {
        clearInterval(this.timer);
        this.timer = undefined;
      }
    };
  }

  private pulse(): void {
    const update = this.update();
    for (const watcher of this.watchers) {
      watcher(update);
    }
    this.sketch.draw(update.shown);
  }

  private tell(note: TwinNote): void {
    for (const watcher of this.twinWatchers) {
      watcher(note);
    }
  }

  private obey(gesture: GestureDto): void {
    if (this.live.obey(gesture)) {
      return;
    }
    if (gesture.kind === 'pick') {
      if (this.work.click(gesture.at)) {
        return;
      }
      this.tell({ kind: 'picked', target: this.sketch.targetAt(gesture.at)?.target ?? null });
    } else if (gesture.kind === 'hover') {
      const found = gesture.at === null ? undefined : this.sketch.targetAt(gesture.at);
      const hover = found === undefined ? null : this.live.hover(found);
      this.tell({ kind: 'hovering', name: found?.name ?? null, at: gesture.at ?? [0, 0], hover, fields: [] });
    } else if (gesture.kind === 'north') {
      this.heading = 0;
      this.tell(this.camera());
    } else if (gesture.kind === 'orbit') {
      this.heading = (this.heading + gesture.by[0] / 4 + 360) % 360;
      this.tell(this.camera());
    } else if (gesture.kind === 'pinch') {
      this.heading = (this.heading + gesture.turn_deg + 360) % 360;
      this.tell(this.camera());
    }
  }

  private camera(): TwinNote {
    return {
      kind: 'camera',
      heading_deg: this.heading,
      metres_per_px: 1.6,
      eye: [117.185, 34.238, 620],
      footprint: [
        [117.178, 34.25],
        [117.192, 34.25],
        [117.19, 34.241],
        [117.18, 34.241],
      ],
    };
  }

  private connection(): ConnectionDto {
    if (this.settings.mode === 'planner') {
      return { state: 'no_hub' };
    }
    if (this.offlineSince !== undefined) {
      const wait = 15 * SECOND;
      const nextTry = Math.ceil((this.now() + 1) / wait) * wait;
      return { state: 'offline', since: this.offlineSince, reason: 'connection refused', next_try: nextTry };
    }
    const passed = this.now() - FAKE_NOW;
    if (this.settings.state === 'first' && passed < FIRST_SYNC_MILLIS) {
      const phases = ['things', 'cameras', 'events', 'history', 'newest'] as const;
      const share = passed / FIRST_SYNC_MILLIS;
      const phase = phases[Math.floor(share * phases.length)] ?? 'newest';
      return { state: 'catching_up', done: Math.floor(share * 48_000), total: 48_000, phase };
    }
    return { state: 'live' };
  }

  private update(): DeskUpdate {
    const shown = this.shown();
    const alarms = this.alarmsAt(shown);
    const late = this.city.sensors.filter((s) => this.reading(s, shown).freshness !== 'fresh').length;
    const empty = this.city.sensors.length === 0;
    return {
      now: this.now(),
      shown,
      clock: this.clock,
      connection: this.connection(),
      newest: empty ? null : (this.offlineSince ?? (this.settings.mode === 'planner' ? FAKE_NOW : this.now())),
      alarms: alarms.slice(0, SHOWN_ALARMS),
      alarm_counts:
        this.clock.mode === 'live' && this.settings.mode === 'desk' ? this.alarms.counts() : countsOf(alarms),
      events: this.eventsBetween(0, shown),
      knowledge: this.history.knowledge,
      learnt_later: this.clock.mode === 'live' ? 0 : this.learntLater(shown),
      live_alarms: this.liveAlarms(),
      history: this.history.dto(),
      task: this.history.task,
      figures: empty ? [] : this.figures(shown, alarms),
      things: this.city.sensors.length,
      things_late: late,
      city: 1,
      observations_per_second:
        this.offlineSince !== undefined || empty ? 0 : 38 + Math.floor((this.now() / SECOND) % 5),
      ...this.sync.summary(shown),
      problems: empty
        ? []
        : [
            {
              at: FAKE_NOW - 41 * SECOND,
              source: 'v1.1/Datastreams(37)/Observations',
              place: 'result',
              reason: '不是数字："n/a"',
            },
            {
              at: FAKE_NOW - 19 * 60 * SECOND,
              source: 'tiles/4_9_6.glb',
              place: 'meshes[0].primitives[2]',
              reason: '索引超出顶点数（1204 > 1188）',
            },
          ],
      tiles: empty ? [0, 0] : [42, 42],
      memory: this.work.memory(),
      layers_revision: this.live.revision(),
      alarm_board: this.alarms.board(),
      event_board: this.eventBoard(),
      duty_revision: this.duty.revision(),
      video: this.video.board(),
    };
  }

  /** What a plan, a dispatch or a picture changes is news of the event desk too. */
  private eventBoard(): DeskUpdate['event_board'] {
    const board = this.cases.board();
    return { ...board, revision: board.revision + this.plans.revision() };
  }

  private alarmsAt(shown: number): AlarmRow[] {
    return this.city.episodes
      .filter((episode) => episode.from <= shown && shown < episode.until)
      .map((episode) => this.alarmRow(episode, shown))
      .sort(
        (a, b) => ALARMING.indexOf(a.severity as never) - ALARMING.indexOf(b.severity as never) || b.since - a.since,
      );
  }

  private liveAlarms(): DeskUpdate['live_alarms'] {
    const open =
      this.settings.mode === 'planner' ? [] : this.alarmsAt(this.now()).filter((row) => row.acknowledged_by === null);
    const count = (severity: AlarmRow['severity']) => open.filter((row) => row.severity === severity).length;
    return { counts: [count('critical'), count('high'), count('medium'), count('low')], newest: open[0] ?? null };
  }

  private learntLater(shown: number): number {
    return this.city.events.filter((event) => event.from <= shown && knownFrom(this.city.now, event) > shown).length;
  }

  private alarmRow(episode: Episode, shown: number): AlarmRow {
    const reading = this.reading(episode.sensor, shown);
    return {
      id: episode.id,
      thing_id: episode.sensor.id,
      name: episode.sensor.name,
      sensor_kind: episode.sensor.kind,
      severity: episode.severity,
      value: reading.value ?? 0,
      limit: limitOf(episode.sensor, episode.severity),
      unit: episode.sensor.unit,
      since: episode.from,
      active: true,
      acknowledged_by: this.alarms.acknowledgedBy(episode.id),
      freshness: reading.freshness,
    };
  }

  private reading(sensor: Sensor, shown: number): Reading {
    const assumed = this.clock.mode === 'branch' ? this.history.assumedValue(sensor.id) : undefined;
    if (assumed !== undefined && assumed.time <= shown) {
      return { value: assumed.value, happenedAt: assumed.time, freshness: 'fresh' };
    }
    const found = valueAt(this.city, sensor, Math.min(shown, this.offlineSince ?? shown));
    if (found === undefined) {
      return { value: null, happenedAt: null, freshness: 'missing' };
    }
    // Live, age counts from now, also while the hub is away; an hour ago counts from then.
    const seenAt = this.clock.mode === 'live' && shown > this.shown() - SECOND ? this.now() : shown;
    const seconds = (seenAt - found.happenedAt) / SECOND;
    const freshness =
      seconds <= 3 * sensor.period + 1 ? 'fresh' : seconds <= 10 * sensor.period + 1 ? 'late' : 'missing';
    return { value: found.value, happenedAt: found.happenedAt, freshness };
  }

  private eventsBetween(from: number, to: number): EventRow[] {
    return this.city.events
      .filter((event) => event.from >= from && event.from <= to)
      .filter((event) => this.history.knowledge === 'now' || knownFrom(this.city.now, event) <= to)
      .sort((a, b) => b.from - a.from)
      .map((event) => this.sync.eventAt(event, to));
  }

  private figures(shown: number, alarms: AlarmRow[]): FigureDto[] {
    const mean = (kind: string, at: number): number | null => {
      const values = this.city.sensors
        .filter((s) => s.kind === kind)
        .map((s) => valueAt(this.city, s, at)?.value)
        .filter((v) => v !== undefined);
      return values.length === 0 ? null : values.reduce((sum, v) => sum + v, 0) / values.length;
    };
    const highest = (at: number) =>
      Math.max(
        ...this.city.sensors.filter((s) => s.kind === 'water_level').map((s) => valueAt(this.city, s, at)?.value ?? 0),
      );
    const online = (at: number) => this.city.sensors.filter((s) => this.reading(s, at).freshness === 'fresh').length;
    const asOf = Math.floor(Math.min(shown, this.offlineSince ?? shown) / SECOND) * SECOND;
    const figure = (name: string, unit: string, digits: number, at: (t: number) => number | null): FigureDto => ({
      name,
      value: at(shown),
      unit,
      digits,
      hour_ago: at(shown - HOUR),
      severity: 'normal',
      as_of: asOf,
    });
    const worst = alarms[0]?.severity ?? 'normal';
    return [
      { ...figure('alarms_active', 'count', 0, (t) => this.alarmsAt(t).length), severity: worst },
      figure(
        'events_open',
        'count',
        0,
        (t) => this.eventsBetween(0, t).filter((e) => e.status !== 'closed' && e.standing === 'actual').length,
      ),
      figure('traffic_flow', 'vehicles_per_hour', 0, (t) => mean('traffic', t)),
      figure('pm25', 'µg/m³', 0, (t) => mean('air', t)),
      { ...figure('water_level_max', 'cm', 0, highest), severity: 'critical' },
      figure('noise', 'dB(A)', 1, (t) => mean('noise', t)),
      figure('sensors_online', 'count', 0, online),
    ];
  }

  private timeline(span: Span, bins: number): Timeline {
    const width = (span.to - span.from) / bins;
    const alarms = Array.from({ length: bins }, (): [number, number, number, number] => [0, 0, 0, 0]);
    for (const episode of this.city.episodes) {
      const bin = alarms[Math.floor((episode.from - span.from) / width)];
      if (bin !== undefined && episode.from <= this.now()) {
        bin[ALARMING.indexOf(episode.severity)] = (bin[ALARMING.indexOf(episode.severity)] ?? 0) + 1;
      }
    }
    // Older days are only sketched: some alarms in every hour, more of them by day.
    for (let at = Math.floor(span.from / HOUR) * HOUR; at < this.city.now - DAY; at += HOUR) {
      const bin =
        at < this.city.from || inGap(this.city.now, at) ? undefined : alarms[Math.floor((at - span.from) / width)];
      const chance = noise(Math.floor(at / HOUR), 77);
      if (bin !== undefined && chance > 0.45) {
        const rank = chance > 0.97 ? 0 : chance > 0.88 ? 1 : chance > 0.7 ? 2 : 3;
        bin[rank] = (bin[rank] ?? 0) + 1 + Math.floor(chance * 3);
      }
    }
    const silent = this.city.sensors.length === 0;
    const observations = Array.from({ length: bins }, (_, i) => {
      const middle = span.from + (i + 0.5) * width;
      return silent || inGap(this.city.now, middle) || middle > (this.offlineSince ?? this.now()) ? 0 : 40;
    });
    const end = Math.min(span.to, this.now());
    return {
      ...span,
      alarms,
      observations,
      events: this.eventsBetween(span.from, end),
      gaps: silent ? [[span.from, span.to]] : gapsIn(this.city.now, { from: span.from, to: end }, this.offlineSince),
      actions: this.city.episodes
        .filter(
          (one) => one.acknowledgedBy !== null && one.from + 2 * MINUTE > span.from && one.from + 2 * MINUTE < end,
        )
        .map((one) => ({
          time: Math.round(one.from + 2 * MINUTE),
          known_at: Math.round(one.from + 2 * MINUTE),
          author: one.acknowledgedBy ?? '',
          verb: 'alarm_acknowledged',
          subject: one.sensor.name,
        })),
      moments: this.history.moments().filter((one) => one.time >= span.from && one.time < span.to),
      known_gaps: this.sync.gaps({ from: span.from, to: end }),
    };
  }

  private search(text: string): Found[] {
    const alarms = this.alarmsAt(this.shown());
    const all: Omit<Found, 'matched'>[] = [
      ...this.city.sensors.map((s) => ({
        target: { kind: 'thing', id: s.id } as Target,
        name: s.name,
        kind: s.kind,
        hint: s.code,
        severity: alarms.find((alarm) => alarm.thing_id === s.id)?.severity ?? 'normal',
      })),
      ...this.city.cameras.map((c) => ({
        target: { kind: 'camera', id: c.id } as Target,
        name: c.name,
        kind: 'camera',
        hint: c.id,
        severity: 'normal' as const,
      })),
      ...this.city.events
        .filter((e) => e.from <= this.now())
        .map((e) => ({
          target: { kind: 'event', id: e.id } as Target,
          name: e.title,
          kind: 'event',
          hint: e.id,
          severity: 'normal' as const,
        })),
    ];
    const found = all.flatMap((one) => {
      const match = matchWords(one.name, spelt(one.name), text);
      const isCode = text.trim() !== '' && one.hint.toLowerCase().startsWith(text.trim().toLowerCase());
      return match === undefined && !isCode
        ? []
        : [{ lies: match?.lies ?? 1, found: { ...one, matched: match?.ranges ?? [] } }];
    });
    return found
      .sort((a, b) => a.lies - b.lies)
      .slice(0, 50)
      .map((one) => one.found);
  }
}

function countsOf(alarms: readonly AlarmRow[]): [number, number, number, number] {
  const count = (severity: AlarmRow['severity']) => alarms.filter((row) => row.severity === severity).length;
  return [count('critical'), count('high'), count('medium'), count('low')];
}

function words(target: Target | undefined): string {
  return target === undefined ? 'nothing' : `${target.kind} ${target.id}`;
}
