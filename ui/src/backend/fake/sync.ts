// What the sample city says of its sources, of what waits for the hub, and of the other desks.
//
// `troubled` has one of everything that a person should notice: a late and a dead source, a wrong clock, an exercise, a
// refused edit, a conflict. Nothing here is used on the desktop.

import type {
  ConflictDto,
  DeskUpdate,
  EventRow,
  FieldChangeDto,
  KnownGapDto,
  OutboxItemDto,
  PresenceDto,
  SharedViewDto,
  SourceDto,
  SourceStateDto,
  SourcesDto,
  Target,
} from '../../generated/wire';
import { WORST_FIRST } from '../../state/standing';
import { DAY, HOUR, MINUTE, SECOND } from '../../state/time';
import type { EventStatus, Result, Span, SyncBackend } from '../backend';
import { eventRow } from './card';
import type { CityEvent, Episode, FakeCity } from './city';

const OPERATOR = '王建国';
const COLLEAGUE = '李敏';
/** So long the sample's hub takes to answer. */
const ANSWER_MILLIS = 1500;

export interface FakeSyncHost {
  city: FakeCity;
  calls: string[];
  kind: 'normal' | 'troubled' | 'empty';
  hasHub: boolean;
  now(): number;
  /** Since when the hub is away; the newest moment that live can show. */
  offlineSince(): number | undefined;
  pulse(): void;
}

export class FakeSync {
  private items: OutboxItemDto[] = [];
  private readonly sentFrom = new Map<string, number>();
  private conflictList: ConflictDto[] = [];
  private readonly changed = new Map<string, { status: EventStatus; at: number; item: string }>();
  private followed: string | undefined;
  private sharing = false;
  private made = 0;

  constructor(private readonly host: FakeSyncHost) {
    if (host.kind === 'troubled') {
      host.city.events.push(...drills(host.city.now));
      this.items = oldItems(host.city.now);
      this.conflictList = [sampleConflict(host.city.now)];
    }
  }

  backend(): SyncBackend {
    const done = (call: string): Promise<Result<void>> => {
      this.host.calls.push(call);
      queueMicrotask(() => this.host.pulse());
      return Promise.resolve({ ok: true, value: undefined });
    };
    return {
      sources: () => Promise.resolve({ ok: true, value: this.sources() }),
      outbox: () => Promise.resolve({ ok: true, value: structuredClone(this.items) }),
      conflicts: () => Promise.resolve({ ok: true, value: structuredClone(this.conflictList) }),
      settleConflict: (id, choice) => {
        this.settle(id, choice);
        return done(`settleConflict ${id} ${choice}`);
      },
      retryFact: (id) => {
        this.put(id, { state: 'waiting', reason: '' });
        this.sentFrom.set(id, this.host.now());
        return done(`retryFact ${id}`);
      },
      withdrawFact: (id) => {
        this.put(id, { state: 'withdrawn' });
        return done(`withdrawFact ${id}`);
      },
      changeEvent: (eventId, status, note) => {
        this.host.calls.push(`changeEvent ${eventId} ${status ?? 'none'} ${note}`.trim());
        const event = this.host.city.events.find((one) => one.id === eventId);
        if (event === undefined) {
          return Promise.resolve({ ok: false, error: { code: 'not_found', message: `event ${eventId}` } });
        }
        const changes: FieldChangeDto[] = [];
        if (status !== undefined) {
          changes.push({ field: 'status', value: status });
        }
        if (note !== '') {
          changes.push({ field: 'note', value: note });
        }
        const item = this.add('event_changed', { kind: 'event', id: eventId }, event.title, changes);
        if (status !== undefined) {
          this.changed.set(eventId, {
            status,
            at: this.host.offlineSince() ?? this.host.now(),
            item: item.id,
          });
        }
        queueMicrotask(() => this.host.pulse());
        return Promise.resolve({ ok: true, value: structuredClone(item) });
      },
      shareView: (on) => {
        this.sharing = on;
        return done(`shareView ${on}`);
      },
      followView: (name) => {
        this.followed = name;
        return done(`followView ${name ?? 'nothing'}`);
      },
    };
  }

  /** Somebody acknowledged an alarm: a fact like any other. */
  acknowledged(episode: Episode | undefined): void {
    if (episode !== undefined) {
      this.add('alarm_acknowledged', { kind: 'thing', id: episode.sensor.id }, episode.sensor.name, []);
    }
  }

  /** A step of a case was written down: a fact like any other. Its item. */
  told(verb: string, id: string, title: string): string {
    return this.add(verb, { kind: 'event', id }, title, []).id;
  }

  /** Whether an item still waits for the hub. */
  waits(item: string): boolean {
    const found = this.items.find((one) => one.id === item);
    return found?.state === 'waiting' || found?.state === 'sending';
  }

  /** An event as it stood at a moment, with what was changed here. */
  eventAt(event: CityEvent, at: number): EventRow {
    const row = eventRow(event, at);
    const change = this.changed.get(event.id);
    if (change === undefined || at < change.at) {
      return row;
    }
    const item = this.items.find((one) => one.id === change.item);
    return { ...row, status: change.status, unsynced: item?.state === 'waiting' || item?.state === 'sending' };
  }

  /** What an update says of all this. */
  summary(shown: number): Pick<DeskUpdate, 'sources' | 'outbox' | 'presence' | 'shared' | 'exercise' | 'queued'> {
    this.answer();
    const open = this.items.filter((one) => one.state === 'waiting' || one.state === 'sending');
    const drill = this.host.city.events.filter((one) => one.standing === 'exercise' && one.from <= shown);
    return {
      queued: open.length,
      sources: totals(this.sources()),
      outbox: {
        waiting: open.length,
        refused: this.items.filter((one) => one.state === 'refused').length,
        conflicts: this.conflictList.filter((one) => !one.seen).length,
        oldest_waiting: open.at(-1)?.happened_at ?? null,
      },
      presence: this.presence(),
      shared: this.shared(),
      exercise: drill.length === 0 ? null : { events: drill.length, title: '2026 年防汛综合演练' },
    };
  }

  gaps(span: Span): KnownGapDto[] {
    if (this.host.kind !== 'troubled') {
      return [];
    }
    const { now } = this.host.city;
    const all: KnownGapDto[] = [
      { source: '井盖平台', from: now - 3 * HOUR, until: now - 2.6 * HOUR, state: 'found', missing: 1840 },
      { source: '井盖平台', from: now - 5 * HOUR, until: now - 4.5 * HOUR, state: 'filling', missing: 920 },
      { source: '空气质量', from: now - 11 * HOUR, until: now - 10 * HOUR, state: 'sampled', missing: null },
      { source: '道路积水', from: now - 14 * HOUR, until: now - 13.5 * HOUR, state: 'lost', missing: 310 },
    ];
    return all.filter((gap) => gap.until > span.from && gap.from < span.to);
  }

  private sources(): SourceDto[] {
    if (this.host.kind === 'empty' || !this.host.hasHub) {
      return [];
    }
    const states: SourceStateDto[] =
      this.host.kind === 'troubled'
        ? ['good', 'good', 'late', 'good', 'silent', 'good', 'skewed', 'good', 'good', 'good', 'off', 'good']
        : [];
    return SOURCES.map((row, i) => sourceOf(row, i, states[i] ?? 'good', this.host.now()));
  }

  /** The hub answers what has waited long enough. */
  private answer(): void {
    for (const item of this.items) {
      const from = this.sentFrom.get(item.id);
      if (from === undefined || (item.state !== 'waiting' && item.state !== 'sending')) {
        continue;
      }
      if (this.host.offlineSince() !== undefined) {
        this.sentFrom.set(item.id, this.host.now());
      } else if (this.host.now() - from >= ANSWER_MILLIS) {
        this.put(item.id, { state: 'accepted', tries: item.tries + 1 });
        this.sentFrom.delete(item.id);
      }
    }
  }

  private add(verb: string, target: Target, name: string, changes: FieldChangeDto[]): OutboxItemDto {
    this.made += 1;
    const item: OutboxItemDto = {
      id: `n${this.made}`,
      subject: `${target.kind}:${target.id}`,
      subject_name: name,
      target,
      verb,
      author: OPERATOR,
      happened_at: Math.round(this.host.now()),
      state: 'waiting',
      tries: 0,
      reason: '',
      changes,
    };
    this.items = [item, ...this.items];
    this.sentFrom.set(item.id, this.host.now());
    return item;
  }

  private put(id: string, change: Partial<OutboxItemDto>): void {
    this.items = this.items.map((one) => (one.id === id ? { ...one, ...change } : one));
  }

  private settle(id: string, choice: string): void {
    const conflict = this.conflictList.find((one) => one.id === id);
    if (conflict === undefined) {
      return;
    }
    if (choice === 'mine' || choice === 'theirs') {
      this.add('event_changed', conflict.target ?? { kind: 'event', id: 'e9' }, conflict.subject_name, [
        ...conflict[choice].changes,
      ]);
    }
    const holds = choice === 'mine' || choice === 'theirs' ? choice : conflict.holds;
    this.conflictList = this.conflictList.map((one) => (one.id === id ? { ...one, holds, seen: true } : one));
  }

  private presence(): PresenceDto[] {
    if (!this.host.hasHub || this.host.offlineSince() !== undefined) {
      return [];
    }
    const { now } = this.host.city;
    const self = {
      desk: 'desk-01',
      operator: OPERATOR,
      mode: 'desk',
      since: now - 5 * HOUR,
      last_seen: this.host.now(),
    };
    const others =
      this.host.kind === 'troubled'
        ? [
            { desk: 'desk-02', operator: COLLEAGUE, mode: 'desk', since: now - 2 * HOUR, last_seen: now },
            { desk: 'wall-01', operator: '指挥大厅', mode: 'wall', since: now - 3 * DAY, last_seen: now },
          ]
        : [];
    return [{ ...self, is_self: true }, ...others.map((one) => ({ ...one, is_self: false }))];
  }

  private shared(): SharedViewDto[] {
    if (this.host.kind !== 'troubled') {
      return [];
    }
    const { now } = this.host.city;
    const own: SharedViewDto[] = this.sharing
      ? [{ name: 'desk-01', by: OPERATOR, at: Math.round(this.host.now()), followed: false }]
      : [];
    return [{ name: 'desk-02', by: COLLEAGUE, at: now - 20 * SECOND, followed: this.followed === 'desk-02' }, ...own];
  }
}

/** Id, name, kind, address, layers. */
const SOURCES: [string, string, string, string, string[]][] = [
  ['hub', '城市中枢', 'sensorthings', 'https://hub.example:8090/v1.1', ['traffic', 'noise', 'structural']],
  ['air', '空气质量', 'sensorthings', 'https://air.example/v1.1', ['air']],
  ['water', '道路积水', 'mqtt', 'mqtts://water.example:8883', ['water_level']],
  ['gas', '燃气公司', 'mqtt', 'mqtts://gas.example:8883', ['gas']],
  ['manhole', '井盖平台', 'csv', 'https://manhole.example/latest.csv', ['manhole']],
  ['bridges', '桥梁监测', 'sensorthings', 'https://bridge.example/v1.1', ['structural']],
  ['parking', '停车平台', 'geojson', 'https://park.example/places.geojson', ['parking']],
  ['video', '视频共享平台', 'gb28181', 'https://video.example/catalogue.xml', ['cameras']],
  ['alerts', '预警发布中心', 'cap', 'https://alert.example/cap.atom', ['events']],
  ['hotline', '12345 热线', 'features', 'https://hotline.example/ogcapi', ['events']],
  ['buses', '公交轨迹', 'mf_json', 'https://bus.example/trails.json', ['vehicles']],
  ['tiles', '城市模型', 'tiles', 'https://tiles.example/tileset.json', ['buildings']],
];

function sourceOf(
  [id, name, kind, address, layers]: (typeof SOURCES)[number],
  i: number,
  state: SourceStateDto,
  now: number,
): SourceDto {
  const behind: Partial<Record<SourceStateDto, number>> = { late: 95 * SECOND, silent: 27 * MINUTE, off: 3 * HOUR };
  const arrived = Math.round(now - (behind[state] ?? (i % 4) * SECOND));
  const reasons: Partial<Record<SourceStateDto, string>> = {
    late: '应每 10 秒一次，已 95 秒没有新值',
    silent: 'HTTP 503 Service Unavailable',
    skewed: '观测时间比本机快 312 秒',
  };
  const many = 6 + 5 * i;
  const missing = state === 'silent' ? many : 0;
  const late = state === 'late' ? Math.ceil(many / 2) : 0;
  return {
    id,
    name,
    kind,
    address,
    state,
    since: state === 'good' ? now - 5 * HOUR : arrived,
    last_arrival: arrived,
    last_happened: arrived - 400,
    skew_s: state === 'skewed' ? 312 : 0.2,
    items: 12_400 + 310 * i,
    per_minute: state === 'silent' || state === 'off' ? 0 : 6 + 4.5 * i,
    rejected: state === 'late' ? 14 : 0,
    period_s: 10,
    reason: reasons[state] ?? '',
    layers: layers.map((layer) => ({ layer, fresh: many - late - missing, late, missing })),
  };
}

function totals(sources: readonly SourceDto[]): SourcesDto {
  const count = (state: SourceStateDto) => sources.filter((one) => one.state === state).length;
  return {
    total: sources.length,
    good: count('good'),
    late: count('late'),
    silent: count('silent'),
    skewed: count('skewed'),
    failing: count('failing'),
    off: count('off'),
    worst: WORST_FIRST.find((state) => count(state) > 0) ?? 'good',
  };
}

function drills(now: number): CityEvent[] {
  const base = { category: 'road_waterlogging', source: 'simulator', lon: 117.184, lat: 34.246 };
  const open = { handledFrom: now + DAY, closedFrom: now + DAY };
  return [
    {
      ...base,
      ...open,
      id: 'x1',
      title: '云龙湖大坝溢流，转移下游群众',
      level: 'I',
      from: now - 4 * MINUTE,
      standing: 'exercise',
    },
    { ...base, ...open, id: 'x2', title: '泵站停电', level: 'II', from: now - 9 * MINUTE, standing: 'exercise' },
    { ...base, ...open, id: 'x4', title: '预警链路检查', level: 'I', from: now - 2 * MINUTE, standing: 'test' },
    // One that begins while somebody watches: it must stay as quiet as the others.
    { ...base, ...open, id: 'x5', title: '下游河道决口', level: 'I', from: now + 3 * SECOND, standing: 'exercise' },
  ];
}

function oldItems(now: number): OutboxItemDto[] {
  const item = { author: OPERATOR, tries: 1, reason: '' };
  const event = (id: string): Pick<OutboxItemDto, 'subject' | 'target'> => ({
    subject: `event:${id}`,
    target: { kind: 'event', id },
  });
  return [
    {
      ...item,
      ...event('e8'),
      id: 'f3',
      subject_name: '和平路路面塌陷约 2 平方米',
      verb: 'event_changed',
      happened_at: now - 6 * MINUTE,
      state: 'refused',
      tries: 2,
      reason: '状态 closed 需要办结单号',
      changes: [{ field: 'status', value: 'closed' }],
    },
    {
      ...item,
      ...event('e9'),
      id: 'f2',
      subject_name: '建国西路雨水井盖缺失',
      verb: 'event_changed',
      happened_at: now - 18 * MINUTE,
      state: 'conflict',
      changes: [{ field: 'status', value: 'handling' }],
    },
    {
      ...item,
      id: 'f1',
      subject: 'a5',
      subject_name: '中山北路大桥 2 号墩',
      target: { kind: 'thing', id: '54' },
      verb: 'alarm_acknowledged',
      happened_at: now - 23 * MINUTE,
      state: 'accepted',
      changes: [],
    },
  ];
}

function sampleConflict(now: number): ConflictDto {
  return {
    id: 'k1',
    subject: 'event:e9',
    subject_name: '建国西路雨水井盖缺失',
    target: { kind: 'event', id: 'e9' },
    mine: {
      id: 'f2',
      author: OPERATOR,
      desk: 'desk-01',
      happened_at: now - 18 * MINUTE,
      known_at: now - 18 * MINUTE,
      changes: [
        { field: 'status', value: 'handling' },
        { field: 'note', value: '已派市政二队' },
      ],
    },
    theirs: {
      id: 'g7',
      author: COLLEAGUE,
      desk: 'desk-02',
      happened_at: now - 15 * MINUTE,
      known_at: now - 14 * MINUTE,
      changes: [{ field: 'status', value: 'closed' }],
    },
    holds: 'theirs',
    at: now - 14 * MINUTE,
    seen: false,
  };
}
