// A backend in the browser: a deterministic sample city for tests, journeys and pictures.
//
// Used where no Tauri host is. The address chooses: `?fake=offline|empty|flood|broken`, `?mode=desk|wall|planner`, `?lang=en`.

import type {
  AlarmRow,
  Card,
  ClockDto,
  ConnectionDto,
  DeskUpdate,
  EventRow,
  FigureDto,
  Found,
  FreshnessDto,
  GestureDto,
  LayerDto,
  Mode,
  NearCameraDto,
  Start,
  Target,
  Timeline,
  Trend,
  TwinNote,
  ViewportDto,
} from '../generated/wire';
import { ALARMING } from '../state/severity';
import { DAY, HOUR, SECOND } from '../state/time';
import type { Backend, Result, Span } from './backend';
import {
  type CityEvent,
  type Episode,
  FAKE_NOW,
  type FakeCamera,
  type FakeCity,
  fakeCity,
  floodEpisodes,
  inGap,
  limitOf,
  type Sensor,
  severityAt,
  valueAt,
} from './fake/city';
import clipUrl from './fake/clip.webm?url';
import { createSketch } from './fake/picture';
import { BUILDINGS, FakeWork } from './fake/work';

export interface FakeSettings {
  state: 'normal' | 'offline' | 'empty' | 'flood' | 'broken';
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
const SHOWN_ALARMS = 500;

/** Settings from the page's address. */
export function fakeSettings(search: string): FakeSettings {
  const query = new URLSearchParams(search);
  const one = <T extends string>(name: string, words: readonly T[], otherwise: T): T =>
    words.find((known) => known === query.get(name)) ?? otherwise;
  return {
    state: one('fake', ['normal', 'offline', 'empty', 'flood', 'broken'], 'normal'),
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
  private readonly acknowledged = new Map<string, string>();
  private readonly began = performance.now();
  private readonly sketch;
  private clock: ClockDto = { mode: 'live' };
  private clockSetAt = FAKE_NOW;
  private offlineSince: number | undefined;
  private heading = 18;
  private timer: ReturnType<typeof setInterval> | undefined;
  private layers: LayerDto[];
  private readonly work: FakeWork;

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
    this.layers = counts.map(([name, count]) => ({ name, on: name !== 'labels', count }));
  }

  backend(): FakeBackend {
    const done = (call: string): Promise<Result<void>> => {
      this.calls.push(call);
      return Promise.resolve({ ok: true, value: undefined });
    };
    return {
      ...this.work.backend(),
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
      card: (target) => Promise.resolve(this.card(target)),
      trend: (id, span, pixels) => Promise.resolve(this.trend(id, span, pixels)),
      timeline: (span, bins) => Promise.resolve({ ok: true, value: this.timeline(span, bins) }),
      search: (text) => Promise.resolve({ ok: true, value: this.search(text) }),
      setClock: (clock) => {
        this.clock = clock;
        this.clockSetAt = this.now();
        queueMicrotask(() => this.pulse());
        return done(`setClock ${JSON.stringify(clock)}`);
      },
      acknowledge: (alarmId) => {
        this.acknowledged.set(alarmId, '王建国');
        queueMicrotask(() => this.pulse());
        return done(`acknowledge ${alarmId}`);
      },
      setLayer: (name, on) => {
        this.layers = this.layers.map((layer) => (layer.name === name ? { ...layer, on } : layer));
        return done(`setLayer ${name} ${on}`);
      },
      setLanguage: (language) => done(`setLanguage ${language}`),
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

  private now(): number {
    return FAKE_NOW + (performance.now() - this.began);
  }

  private shown(): number {
    switch (this.clock.mode) {
      case 'live':
        return this.offlineSince ?? this.now();
      case 'at':
        return this.clock.time;
      case 'playing':
        return Math.min(this.clock.until, this.clock.from + this.clock.rate * (this.now() - this.clockSetAt));
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
      operator: '王建国',
      attribution: '© OpenStreetMap contributors',
      history_from: FAKE_NOW - DAY,
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
    if (gesture.kind === 'pick') {
      if (this.work.click(gesture.at)) {
        return;
      }
      this.tell({ kind: 'picked', target: this.sketch.targetAt(gesture.at)?.target ?? null });
    } else if (gesture.kind === 'hover') {
      const found = gesture.at === null ? undefined : this.sketch.targetAt(gesture.at);
      this.tell({ kind: 'hovering', name: found?.name ?? null, at: gesture.at ?? [0, 0] });
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
      alarm_counts: [0, 1, 2, 3].map((i) => alarms.filter((a) => a.severity === ALARMING[i]).length) as [
        number,
        number,
        number,
        number,
      ],
      events: this.eventsBetween(0, shown),
      figures: empty ? [] : this.figures(shown, alarms),
      things: this.city.sensors.length,
      things_late: late,
      city: 1,
      observations_per_second:
        this.offlineSince !== undefined || empty ? 0 : 38 + Math.floor((this.now() / SECOND) % 5),
      queued: this.offlineSince === undefined ? 0 : this.acknowledged.size,
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
    };
  }

  private alarmsAt(shown: number): AlarmRow[] {
    return this.city.episodes
      .filter((episode) => episode.from <= shown && shown < episode.until)
      .map((episode) => this.alarmRow(episode, shown))
      .sort(
        (a, b) => ALARMING.indexOf(a.severity as never) - ALARMING.indexOf(b.severity as never) || b.since - a.since,
      );
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
      acknowledged_by: this.acknowledged.get(episode.id) ?? episode.acknowledgedBy,
      freshness: reading.freshness,
    };
  }

  private reading(
    sensor: Sensor,
    shown: number,
  ): { value: number | null; happenedAt: number | null; freshness: FreshnessDto } {
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
      .sort((a, b) => b.from - a.from)
      .map((event) => eventRow(event, to));
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
      figure('events_open', 'count', 0, (t) => this.eventsBetween(0, t).filter((e) => e.status !== 'closed').length),
      figure('traffic_flow', 'vehicles_per_hour', 0, (t) => mean('traffic', t)),
      figure('pm25', 'µg/m³', 0, (t) => mean('air', t)),
      { ...figure('water_level_max', 'cm', 0, highest), severity: 'critical' },
      figure('noise', 'dB(A)', 1, (t) => mean('noise', t)),
      figure('sensors_online', 'count', 0, online),
    ];
  }

  private card(target: Target): Result<Card> {
    const shown = this.shown();
    const blank = { series: [], camera: null, event: null, cameras: [], attributes: [], origin: null, related: [] };
    const building = target.kind === 'feature' ? BUILDINGS.find((one) => one.id === target.id) : undefined;
    if (building !== undefined) {
      const { id, name, lon, lat } = building;
      const next = BUILDINGS.find((one) => one.id === `w${Number(id.slice(1)) + 1}`);
      const attributes: [string, string][] = [
        ['类别', '建筑'],
        ['高度', `${building.height} m`],
        ['高度来源', '实测或标注'],
        ['层数', String(building.levels)],
        ['用途', building.use],
      ];
      return {
        ok: true,
        value: {
          ...blank,
          target,
          name,
          kind: 'building',
          code: id,
          lon,
          lat,
          cameras: this.near(lon, lat),
          attributes,
          origin: {
            source: '徐州市基础测绘 1:500',
            licence: '内部使用',
            epoch: '2025-06-30',
            cim_level: 'CIM2',
            crs: 'EPSG:4548',
            is_synthetic: false,
          },
          related:
            next === undefined
              ? []
              : [{ target: { kind: 'feature', id: next.id }, name: next.name, kind: 'building_part', is_whole: false }],
        },
      };
    }
    const sensor = target.kind === 'thing' ? this.city.sensors.find((s) => s.id === target.id) : undefined;
    if (sensor !== undefined) {
      const reading = this.reading(sensor, shown);
      const { name, kind, code, lon, lat, unit } = sensor;
      const limits = (['medium', 'high', 'critical'] as const).map((severity) => ({
        value: limitOf(sensor, severity),
        severity,
      }));
      const severity = severityAt(this.city, sensor, shown);
      const series = [
        {
          id: sensor.id,
          name: '实时值',
          unit,
          value: reading.value,
          happened_at: reading.happenedAt,
          freshness: reading.freshness,
          severity,
          limits: kind === 'parking' ? [] : limits,
        },
        {
          id: `${sensor.id}-battery`,
          name: '电池',
          unit: '%',
          value: 86,
          happened_at: reading.happenedAt,
          freshness: reading.freshness,
          severity: 'normal' as const,
          limits: [],
        },
      ];
      const attributes: [string, string][] = [
        ['厂商', '示例仪表'],
        ['型号', `CM-${kind.toUpperCase()}-2`],
        ['安装', '2025-04-18'],
        ['上报周期', `${sensor.period} s`],
        ['权属', '市城市管理局'],
        ['网格', '320302 003 012 005'],
      ];
      return {
        ok: true,
        value: { ...blank, target, name, kind, code, lon, lat, series, cameras: this.near(lon, lat), attributes },
      };
    }
    const camera = target.kind === 'camera' ? this.city.cameras.find((c) => c.id === target.id) : undefined;
    if (camera !== undefined) {
      const { name, id, lon, lat } = camera;
      const attributes: [string, string][] = [
        ['协议', 'GB/T 28181-2022'],
        ['行业', '社会治安'],
      ];
      return {
        ok: true,
        value: {
          ...blank,
          target,
          name,
          kind: 'camera',
          code: id,
          lon,
          lat,
          camera: cameraDto(camera),
          cameras: [],
          attributes,
        },
      };
    }
    const event = target.kind === 'event' ? this.city.events.find((e) => e.id === target.id) : undefined;
    if (event !== undefined) {
      const { title, id, lon, lat } = event;
      const attributes: [string, string][] = [
        ['办理时限', '1 小时'],
        ['责任单位', '市政管理处'],
      ];
      return {
        ok: true,
        value: {
          ...blank,
          target,
          name: title,
          kind: 'event',
          code: `SJ20261121${id.padStart(6, '0')}`,
          lon,
          lat,
          event: eventRow(event, shown),
          cameras: this.near(lon, lat),
          attributes,
        },
      };
    }
    return { ok: false, error: { code: 'not_found', message: `${target.kind} ${target.id}` } };
  }

  private near(lon: number, lat: number): NearCameraDto[] {
    return this.city.cameras
      .map((camera) => ({ camera, distance: Math.hypot((camera.lon - lon) * 91_800, (camera.lat - lat) * 111_000) }))
      .sort((a, b) => a.distance - b.distance)
      .slice(0, 4)
      .map(({ camera, distance }, i) => ({
        id: camera.id,
        name: camera.name,
        distance_m: distance,
        in_view: i < 2,
        camera: cameraDto(camera),
      }));
  }

  private trend(id: string, span: Span, pixels: number): Result<Trend> {
    const sensor = this.city.sensors.find((s) => s.id === id.replace('-battery', ''));
    if (sensor === undefined) {
      return { ok: false, error: { code: 'not_found', message: id } };
    }
    const count = Math.min(Math.max(2, pixels), 240);
    const result: Trend = { id, times: [], means: [], mins: [], maxs: [] };
    for (let i = 1; i <= count; i += 1) {
      const end = span.from + ((span.to - span.from) * i) / count;
      const found = inGap(this.city.now, end) ? undefined : valueAt(this.city, sensor, end);
      const silent = found === undefined || end - found.happenedAt > 10 * sensor.period * SECOND || end > this.now();
      const value = id.endsWith('-battery') ? 86 : (found?.value ?? 0);
      const spread = id.endsWith('-battery') ? 0 : Math.min(sensor.swing * 0.18, value);
      result.times.push(Math.round(end));
      result.means.push(silent ? null : value);
      result.mins.push(silent ? null : value - spread);
      result.maxs.push(silent ? null : value + spread);
    }
    return { ok: true, value: result };
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
    const silent = this.city.sensors.length === 0;
    const observations = Array.from({ length: bins }, (_, i) => {
      const middle = span.from + (i + 0.5) * width;
      return silent || inGap(this.city.now, middle) || middle > (this.offlineSince ?? this.now()) ? 0 : 40;
    });
    return { ...span, alarms, observations, events: this.eventsBetween(span.from, Math.min(span.to, this.now())) };
  }

  private search(text: string): Found[] {
    const wanted = text.trim().toLowerCase();
    const all: (Found & { code: string })[] = [
      ...this.city.sensors.map((s) => ({
        target: { kind: 'thing', id: s.id } as Target,
        name: s.name,
        kind: s.kind,
        code: s.code,
      })),
      ...this.city.cameras.map((c) => ({
        target: { kind: 'camera', id: c.id } as Target,
        name: c.name,
        kind: 'camera',
        code: c.id,
      })),
      ...this.city.events
        .filter((e) => e.from <= this.now())
        .map((e) => ({ target: { kind: 'event', id: e.id } as Target, name: e.title, kind: 'event', code: e.id })),
    ];
    return all
      .filter((found) => wanted !== '' && (found.name.toLowerCase().includes(wanted) || found.code.startsWith(wanted)))
      .slice(0, 12)
      .map(({ target, name, kind }) => ({ target, name, kind }));
  }
}

function eventRow(event: CityEvent, at: number): EventRow {
  const severity = ({ I: 'critical', II: 'high', III: 'medium', IV: 'low' } as const)[event.level];
  const status = at >= event.closedFrom ? 'closed' : at >= event.handledFrom ? 'handling' : 'reported';
  const { id, title, category, level, source } = event;
  return { id, title, category, level, severity, status, happened_at: event.from, source };
}

function cameraDto(camera: FakeCamera) {
  const from = FAKE_NOW - 20 * 60 * SECOND;
  const url = camera.clip === 'broken' ? 'http://127.0.0.1:9/clips/gone.webm' : new URL(clipUrl, location.href).href;
  return {
    on: camera.on,
    azimuth_deg: camera.azimuth,
    fov_deg: camera.fov,
    range_m: camera.range,
    category: camera.category,
    clips: camera.clip === 'none' ? [] : [{ url, from, to: from + 60 * SECOND }],
  };
}

function words(target: Target | undefined): string {
  return target === undefined ? 'nothing' : `${target.kind} ${target.id}`;
}
