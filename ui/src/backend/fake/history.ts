// How the sample city answers work with history: marked moments, steps, curves, recordings, branches, limits.
//
// Plausible, not exact: rules belong to Rust. Long work takes a second and says how far it is.

import type {
  BranchDto,
  ClockDto,
  HistoryDto,
  KnowledgeDto,
  LimitDto,
  MomentDto,
  QualityWordDto,
  RecordingDto,
  StepKindDto,
  TaskDto,
  Trend,
  ViewPlaceDto,
} from '../../generated/wire';
import { DAY, HOUR, MINUTE, SECOND } from '../../state/time';
import type { HistoryBackend, Result, Span } from '../backend';
import { FAKE_NOW, type FakeCity, gapAt, inGap, limitOf, noise, type Sensor, valueAt } from './city';

const GIB = 2 ** 30;
const BUCKETS = 240;
/** Long work: so many steps, each so long. */
const TASK = { steps: 5, millis: 200 } as const;

/** What the sample desk lends to its history. */
export interface FakeHost {
  city: FakeCity;
  calls: string[];
  isEmpty: boolean;
  /** The disk refuses. */
  isDiskFull: boolean;
  isPlanner: boolean;
  now(): number;
  shown(): number;
  setClock(clock: ClockDto): void;
  pulse(): void;
}

export class FakeHistory {
  knowledge: KnowledgeDto = 'then';
  task: TaskDto | null = null;
  private kept: MomentDto[];
  private files: RecordingDto[];
  private ways: BranchDto[] = [];
  private limits = { days: 30, bytes: 20 * GIB };
  private readonly assumed = new Map<string, { value: number; time: number }>();
  private counter = 0;

  constructor(private readonly host: FakeHost) {
    this.kept = host.isEmpty ? [] : host.isPlanner ? MOMENTS.slice(0, 1) : [...MOMENTS];
    this.files = host.isEmpty ? [] : [...RECORDINGS];
  }

  /** The first moment that history holds. */
  get from(): number {
    return FAKE_NOW - (this.host.isPlanner ? 1 : HISTORY_DAYS) * DAY;
  }

  dto(): HistoryDto {
    return {
      from: this.host.isEmpty ? null : this.from,
      days: this.host.isPlanner ? 1 : HISTORY_DAYS,
      bytes: 3.4 * GIB,
      keep_days: this.limits.days,
      keep_bytes: this.limits.bytes,
      damaged: this.host.isEmpty
        ? []
        : [{ from: FAKE_NOW - 3 * DAY, to: FAKE_NOW - 3 * DAY + MINUTE, series: 512, reason: '校验和不符' }],
      memory_only: this.host.isDiskFull,
      waiting: this.host.isDiskFull ? 41_200 : 0,
      reason: this.host.isDiskFull ? '磁盘已满' : '',
    };
  }

  moments(): MomentDto[] {
    return this.kept;
  }

  /** What somebody set by hand for a series, in the branch that is shown. */
  assumedValue(series: string): { value: number; time: number } | undefined {
    return this.assumed.get(series);
  }

  backend(): HistoryBackend {
    const { host } = this;
    const done = <T>(call: string, value: T): Promise<Result<T>> => {
      host.calls.push(call);
      queueMicrotask(() => host.pulse());
      return Promise.resolve({ ok: true, value });
    };
    return {
      setKnowledge: (knowledge) => {
        this.knowledge = knowledge;
        return done(`setKnowledge ${knowledge}`, undefined);
      },
      stepTo: (kind, forward) => {
        const found = this.next(kind, forward);
        if (found !== null) {
          host.setClock({ mode: 'at', time: found });
        }
        return done(`stepTo ${kind} ${forward}`, found);
      },
      trends: (ids, span, pixels) => Promise.resolve(this.trends(ids, span, pixels)),
      seriesChoices: (text) => Promise.resolve({ ok: true, value: this.choices(text) }),
      moments: () => Promise.resolve({ ok: true, value: this.kept }),
      saveMoment: (title, time, view) => done(`saveMoment ${title}`, this.saveMoment(title, time, view)),
      renameMoment: (id, title) => {
        this.kept = this.kept.map((one) => (one.id === id ? { ...one, title } : one));
        return done(`renameMoment ${id} ${title}`, undefined);
      },
      deleteMoment: (id) => {
        this.kept = this.kept.filter((one) => one.id !== id);
        return done(`deleteMoment ${id}`, undefined);
      },
      recordings: () => Promise.resolve({ ok: true, value: this.files }),
      saveRecording: (span, name) => this.run('recording', name, () => this.saveRecording(span, name)),
      verifyRecording: (path) => this.run('verify', path, () => this.verify(path)),
      deleteRecording: (path) => {
        this.files = this.files.filter((one) => one.path !== path);
        return done(`deleteRecording ${path}`, undefined);
      },
      exportSeries: (ids, span, format) =>
        this.run('export', format, () => {
          host.calls.push(`exportSeries ${ids.join(' ')} ${format} ${Math.round((span.to - span.from) / SECOND)}`);
          const series = ids.length === 0 ? host.city.sensors.length : ids.length;
          const rows = Math.round(((span.to - span.from) / (10 * SECOND)) * series);
          return { ok: true, value: { path: `/cache/exports/20261121-1403.${format}`, rows } };
        }),
      setHistoryLimits: (days, bytes) => {
        this.limits = { days, bytes };
        return done(`setHistoryLimits ${days} ${bytes}`, undefined);
      },
      branches: () => Promise.resolve({ ok: true, value: this.ways }),
      branchHere: (title, time) => {
        this.counter += 1;
        const made = { id: `w${this.counter}`, title, from: time, author: '王建国' };
        this.ways = [...this.ways, made];
        return done(`branchHere ${title}`, made);
      },
      deleteBranch: (id) => {
        this.ways = this.ways.filter((one) => one.id !== id);
        return done(`deleteBranch ${id}`, undefined);
      },
      assume: (branch, series, value, time) => {
        this.assumed.set(series, { value, time });
        return done(`assume ${branch} ${series} ${value}`, undefined);
      },
    };
  }

  private next(kind: StepKindDto, forward: boolean): number | null {
    const { city } = this.host;
    const shown = this.host.shown();
    const end = this.host.now();
    const times = {
      event: () => city.events.map((event) => event.from),
      alarm: () => city.episodes.map((episode) => episode.from),
      moment: () => this.kept.map((one) => one.time),
    }[kind]();
    const fits = times.filter((time) => time <= end && (forward ? time > shown + SECOND : time < shown - SECOND));
    return fits.length === 0 ? null : Math.round(forward ? Math.min(...fits) : Math.max(...fits));
  }

  private choices(text: string) {
    const wanted = text.trim().toLowerCase();
    return this.host.city.sensors
      .filter((sensor) => sensor.name.toLowerCase().includes(wanted))
      .slice(0, 20)
      .map((sensor) => ({ id: sensor.id, name: `${sensor.name} · 实时值`, unit: sensor.unit, thing: sensor.id }));
  }

  private trends(ids: string[], span: Span, pixels: number): Result<Trend[]> {
    const trends: Trend[] = [];
    for (const id of ids) {
      const sensor = this.host.city.sensors.find((one) => one.id === id.replace('-battery', ''));
      if (sensor === undefined) {
        return { ok: false, error: { code: 'not_found', message: id } };
      }
      trends.push(this.trend(id, sensor, span, pixels));
    }
    return { ok: true, value: trends };
  }

  private trend(id: string, sensor: Sensor, span: Span, pixels: number): Trend {
    const { city } = this.host;
    const isBattery = id.endsWith('-battery');
    const count = Math.min(Math.max(2, pixels), BUCKETS);
    const result: Trend = {
      id,
      name: `${sensor.name} · ${isBattery ? '电池' : '实时值'}`,
      unit: isBattery ? '%' : sensor.unit,
      limits: isBattery ? [] : limitsOf(sensor),
      times: [],
      means: [],
      mins: [],
      maxs: [],
      worst: [],
    };
    for (let i = 1; i <= count; i += 1) {
      const end = span.from + ((span.to - span.from) * i) / count;
      const found = inGap(city.now, end) ? undefined : valueAt(city, sensor, end);
      const isSilent = found === undefined || end - found.happenedAt > 10 * sensor.period * SECOND;
      const isUnknown = isSilent || end > this.host.now();
      const value = isBattery ? 86 : (found?.value ?? 0);
      const spread = isBattery ? 0 : Math.min(sensor.swing * 0.18, value);
      result.times.push(Math.round(end));
      result.means.push(isUnknown ? null : value);
      result.mins.push(isUnknown ? null : value - spread);
      result.maxs.push(isUnknown ? null : value + spread);
      result.worst.push(isUnknown ? 'missing' : qualityAt(sensor, end));
    }
    return result;
  }

  private saveMoment(title: string, time: number, view: ViewPlaceDto | undefined): MomentDto {
    this.counter += 1;
    const saved: MomentDto = {
      id: `m${100 + this.counter}`,
      time: Math.round(time),
      title,
      author: '王建国',
      view: view ?? null,
      thumbnail: thumbnail(this.counter),
    };
    this.kept = [...this.kept, saved];
    return saved;
  }

  private saveRecording(span: Span, name: string): Result<RecordingDto> {
    this.host.calls.push(`saveRecording ${name} ${Math.round((span.to - span.from) / SECOND)}`);
    const observations = Math.round((span.to - span.from) / SECOND) * 38;
    const saved: RecordingDto = {
      name,
      path: `/cache/recordings/${name}.mcap`,
      from: span.from,
      to: span.to,
      bytes: observations * 4,
      observations,
      problems: [],
      is_verified: false,
    };
    this.files = [saved, ...this.files.filter((one) => one.path !== saved.path)];
    return { ok: true, value: saved };
  }

  private verify(path: string): Result<RecordingDto> {
    this.host.calls.push(`verifyRecording ${path}`);
    const known = this.files.find((one) => one.path === path);
    if (known === undefined) {
      return { ok: false, error: { code: 'not_found', message: path } };
    }
    const checked = { ...known, is_verified: true };
    this.files = this.files.map((one) => (one.path === path ? checked : one));
    return { ok: true, value: checked };
  }

  private async run<T>(what: string, name: string, act: () => Result<T>): Promise<Result<T>> {
    for (let done = 0; done < TASK.steps; done += 1) {
      this.task = { what, name, done, total: TASK.steps };
      this.host.pulse();
      await new Promise((resolve) => setTimeout(resolve, TASK.millis));
    }
    this.task = null;
    const result = act();
    this.host.pulse();
    return result;
  }
}

const HISTORY_DAYS = 14;

/** Limits of a sensor that has any. */
export function limitsOf(sensor: Sensor): LimitDto[] {
  return sensor.kind === 'parking'
    ? []
    : (['medium', 'high', 'critical'] as const).map((severity) => ({ value: limitOf(sensor, severity), severity }));
}

/** Some sensors are doubtful or filled in for a while. */
export function qualityAt(sensor: Sensor, at: number): QualityWordDto {
  const chance = noise(Number(sensor.id) + 700, Math.floor(at / (20 * MINUTE)));
  return chance < 0.05 ? 'suspect' : chance < 0.09 ? 'estimated' : 'good';
}

/** Stretches of `span` without any observation. */
export function gapsIn(now: number, span: Span, silentFrom: number | undefined): [number, number][] {
  const gaps: [number, number][] = [];
  for (let at = span.from; at < span.to; at += MINUTE) {
    const gap = gapAt(now, at);
    if (gap !== undefined && gaps.at(-1)?.[1] !== Math.round(Math.min(gap.to, span.to))) {
      gaps.push([Math.round(Math.max(gap.from, span.from)), Math.round(Math.min(gap.to, span.to))]);
    }
  }
  if (silentFrom !== undefined && silentFrom < span.to) {
    gaps.push([Math.round(Math.max(silentFrom, span.from)), Math.round(span.to)]);
  }
  return gaps;
}

/** A small picture of a city at some hour. */
function thumbnail(seed: number): string {
  const blocks = Array.from({ length: 9 }, (_, i) => {
    const height = 6 + Math.floor(noise(seed, i) * 22);
    return `<rect x="${i * 7 + 1}" y="${36 - height}" width="6" height="${height}" fill="#${i % 2 === 0 ? '2a3540' : '3b4855'}"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="36"><rect width="64" height="36" fill="#10161c"/>${blocks.join('')}<circle cx="${8 + seed * 9}" cy="12" r="3" fill="#ff9a1f"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

const VIEW: ViewPlaceDto = { target: [117.186, 34.244, 30], distance_m: 420, heading_deg: 18, pitch_deg: 32 };

const MOMENTS: MomentDto[] = [
  {
    id: 'm1',
    time: FAKE_NOW - 5.5 * HOUR,
    title: '08:33 下穿通道开始积水',
    author: '李敏',
    view: VIEW,
    thumbnail: thumbnail(1),
  },
  {
    id: 'm2',
    time: FAKE_NOW - 5.4 * HOUR,
    title: '08:39 泵站启动',
    author: '李敏',
    view: VIEW,
    thumbnail: thumbnail(3),
  },
  { id: 'm3', time: FAKE_NOW - 2 * HOUR, title: '12:03 交接班', author: '王建国', view: null, thumbnail: null },
];

const RECORDINGS: RecordingDto[] = [
  {
    name: '暴雨演练',
    path: '/cache/recordings/暴雨演练.mcap',
    from: FAKE_NOW - 3 * DAY,
    to: FAKE_NOW - 3 * DAY + 2 * HOUR,
    bytes: 41_200_000,
    observations: 10_300_000,
    problems: [],
    is_verified: true,
  },
  {
    name: '管廊告警',
    path: '/cache/recordings/管廊告警.mcap',
    from: FAKE_NOW - 9 * DAY,
    to: FAKE_NOW - 9 * DAY + 30 * MINUTE,
    bytes: 6_800_000,
    observations: 1_710_000,
    problems: ['字节 4 194 304：校验和不符'],
    is_verified: true,
  },
];
