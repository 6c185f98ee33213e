// The layers of the sample city, what lies at a point of its sketch, and how its picture does.
//
// As the scene pack of every city has them. Nothing here is used on the desktop.

import type {
  FenceDto,
  FilterCheckDto,
  FilterFieldDto,
  FreshnessDto,
  GestureDto,
  HereItemDto,
  HoverDto,
  LayerChangeDto,
  LayerLegendDto,
  LayerRowDto,
  LayersDto,
  PerformanceDto,
  SelectionDto,
  SeverityDto,
  Target,
  TreeRowDto,
  TwinNote,
} from '../../generated/wire';
import { language } from '../../state/texts';
import { SECOND } from '../../state/time';
import type { LayersBackend, Result } from '../backend';
import { type FakeCity, noise, type Sensor, severityAt } from './city';
import { BATLOW, changedStyle, packStyle, RAMPS, type Style, styleDto, styleWords, symbolLegend } from './layer_styles';

const CLASSES = ['normal', 'low', 'medium', 'high', 'critical'] as const satisfies readonly SeverityDto[];
const MANY = 160;
const PERFORMANCE_MILLIS = 500;

/** Id, name, groups, system, kind of drawing, kind of its devices. */
type Plan = [id: string, name: string, path: string[], system: string, kind: string, devices?: string];

const SENSING = '感知';
const PLANS: readonly Plan[] = [
  ['events', '事件', ['事件'], '事件业务中台', 'points'],
  ['people', '人员', ['力量'], '网格治理', 'points'],
  ['vehicles', '车辆', ['力量'], '城市运行管理服务', 'points'],
  ['vehicle-trails', '车辆轨迹', ['力量'], '城市运行管理服务', 'trails'],
  ['sensors-gas', '燃气', [SENSING, '安全'], '城市生命线', 'points', 'gas'],
  ['sensors-structural', '结构', [SENSING, '安全'], '城市生命线', 'points', 'structural'],
  ['sensors-manhole', '井盖', [SENSING, '安全'], '城市运行管理服务', 'points', 'manhole'],
  ['sensors-water-level', '水位', [SENSING, '环境'], '智慧水利', 'points', 'water_level'],
  ['sensors-air', '空气', [SENSING, '环境'], '生态环境', 'points', 'air'],
  ['sensors-noise', '噪声', [SENSING, '环境'], '生态环境', 'points', 'noise'],
  ['sensors-traffic', '交通', [SENSING, '出行'], '智慧交通', 'points', 'traffic'],
  ['sensors-parking', '停车', [SENSING, '出行'], '城市运行管理服务', 'points', 'parking'],
  ['cameras', '摄像机', ['视频'], '统一视频目录', 'points'],
  ['pipes-gas', '燃气管', ['地下管线'], '城市生命线', 'flow'],
  ['pipes-water', '供水管', ['地下管线'], '城市生命线', 'flow'],
  ['noise-heat', '噪声热力', ['分析'], '生态环境', 'heat'],
  ['grid-alarms', '网格告警', ['治理'], '网格治理', 'areas'],
  ['fences', '电子围栏', ['治理'], '网格治理', 'fences'],
  ['place-names', '地名', ['底图'], 'CIM 基础平台', 'labels'],
  ['city-buildings', '建筑', ['底图'], 'CIM 基础平台', 'city'],
  ['city-roads', '道路', ['底图'], 'CIM 基础平台', 'city'],
  ['city-water', '水体', ['底图'], 'CIM 基础平台', 'city'],
  ['city-green', '绿地', ['底图'], 'CIM 基础平台', 'city'],
];
const HIDDEN_AT_FIRST = ['noise-heat', 'grid-alarms', 'vehicle-trails', 'place-names'];
const CITY_COUNTS: Record<string, number> = {
  'city-buildings': 1450,
  'city-roads': 612,
  'city-water': 9,
  'city-green': 57,
  'place-names': 84,
};

/** What people who read English call it. Systems keep their names. */
const ENGLISH: Readonly<Record<string, string>> = {
  事件: 'Events',
  力量: 'Field force',
  人员: 'People',
  车辆: 'Vehicles',
  车辆轨迹: 'Vehicle trails',
  感知: 'Sensing',
  安全: 'Safety',
  燃气: 'Gas',
  结构: 'Structural',
  井盖: 'Manholes',
  环境: 'Environment',
  水位: 'Water level',
  空气: 'Air',
  噪声: 'Noise',
  出行: 'Mobility',
  交通: 'Traffic',
  停车: 'Parking',
  视频: 'Video',
  摄像机: 'Cameras',
  地下管线: 'Pipelines',
  燃气管: 'Gas pipes',
  供水管: 'Water pipes',
  分析: 'Analysis',
  噪声热力: 'Noise heat map',
  治理: 'Governance',
  网格告警: 'Alarms by grid',
  电子围栏: 'Geofences',
  底图: 'Base map',
  地名: 'Place names',
  建筑: 'Buildings',
  道路: 'Roads',
  水体: 'Water',
  绿地: 'Green space',
  名称: 'name',
  类型: 'kind',
  最新值: 'newest value',
  级别: 'level',
  值龄: 'age',
  迟到: 'late',
  缺失: 'missing',
};

function called(chinese: string): string {
  return language() === 'en' ? (ENGLISH[chinese] ?? chinese) : chinese;
}

const FIELDS: readonly FilterFieldDto[] = [
  field('name', '名称', 'text'),
  field('kind', '类型', 'word', ['gas', 'air', 'noise', 'water_level', 'traffic']),
  field('value', '最新值', 'number'),
  field('severity', '级别', 'level', [...CLASSES]),
  field('age', '值龄', 'seconds'),
  field('late', '迟到', 'flag'),
  field('missing', '缺失', 'flag'),
];

function field(name: string, words: string, kind: string, choices: string[] = []): FilterFieldDto {
  return { name, words, kind, unit: null, choices };
}

interface Choice {
  shown: boolean;
  opacity: number;
  filter: string | null;
  stand: string;
  gather: string;
  style: Style;
}

/** What the layers need of the desk around them. */
export interface FakeLayersHost {
  city: FakeCity;
  calls: string[];
  kind: 'normal' | 'empty' | 'many';
  shown(): number;
  freshness(sensor: Sensor): FreshnessDto;
  /** What is drawn within reach of a point of the sketch, nearest first. */
  near(at: [number, number]): { target: Target; name: string }[];
  /** What is drawn within a ring of points of the sketch. */
  within(ring: [number, number][]): { target: Target; name: string }[];
  isOffline(): boolean;
  tell(note: TwinNote): void;
  pulse(): void;
}

export class FakeLayers {
  private readonly plans: readonly Plan[];
  private order: string[];
  private choices = new Map<string, Choice>();
  private readonly sets = new Map<string, { order: string[]; choices: Map<string, Choice> }>();
  private readonly fences = new Map<string, FenceDto>();
  private density = 'normal';
  private changes = 0;
  private selected: { target: Target; name: string }[] = [];
  private timer: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly host: FakeLayersHost) {
    const more = Array.from({ length: MANY }, (_, i): Plan => {
      const n = String(i + 1).padStart(3, '0');
      return [`pack-${n}`, `专题 ${n}`, ['专题', `第 ${Math.floor(i / 20) + 1} 组`], '专题平台', 'points'];
    });
    this.plans = host.kind === 'empty' ? [] : host.kind === 'many' ? [...PLANS, ...more] : PLANS;
    this.order = this.plans.map(([id]) => id);
    this.choices = this.firstChoices();
  }

  /** Changes when `layers` would answer something else; ages and counts move it each second. */
  revision(): number {
    return this.changes * 100_000 + (Math.floor(this.host.shown() / SECOND) % 100_000);
  }

  backend(): LayersBackend {
    const done = (call: string): Promise<Result<void>> => {
      this.host.calls.push(call);
      queueMicrotask(() => this.host.pulse());
      return Promise.resolve({ ok: true, value: undefined });
    };
    return {
      // A copy: whoever reads it may keep it and change it.
      layers: () => Promise.resolve({ ok: true, value: structuredClone(this.layers()) }),
      changeLayer: (change) => {
        this.host.calls.push(`changeLayer ${words(change)}`);
        const refusal = this.change(change);
        this.changes += 1;
        queueMicrotask(() => this.host.pulse());
        return Promise.resolve(
          refusal === undefined
            ? { ok: true, value: undefined }
            : { ok: false, error: { code: 'bad_request', message: refusal } },
        );
      },
      checkFilter: (layer, text) => Promise.resolve({ ok: true, value: this.check(layer, text) }),
      filterFields: () =>
        Promise.resolve({ ok: true, value: FIELDS.map((one) => ({ ...one, words: called(one.words) })) }),
      fences: () => Promise.resolve({ ok: true, value: structuredClone([...this.fences.values()]) }),
      drawFence: (fence) => {
        if (fence.ring.length < 3) {
          this.host.calls.push('drawFence refused');
          return Promise.resolve({ ok: false, error: { code: 'bad_request', message: '围栏至少有三个角' } });
        }
        this.fences.delete(fence.name);
        this.fences.set(fence.name, fence);
        this.changes += 1;
        return done(`drawFence ${fence.name} ${fence.ring.length} ${fence.dwell_s ?? 'none'}`);
      },
      dropFence: (id) => {
        this.fences.delete(id);
        this.changes += 1;
        return done(`dropFence ${id}`);
      },
      watchPerformance: (on) => {
        clearInterval(this.timer);
        if (on) {
          let n = 0;
          this.timer = setInterval(() => {
            n += 1;
            this.host.tell({ kind: 'performance', performance: performanceAt(n) });
          }, PERFORMANCE_MILLIS);
        }
        return done(`watchPerformance ${on}`);
      },
    };
  }

  /** True when the gesture was about what lies in the picture. */
  obey(gesture: GestureDto): boolean {
    switch (gesture.kind) {
      case 'here': {
        const items = this.host.near(gesture.at).map((one) => this.item(one));
        const more = Math.max(0, items.length - 50);
        this.host.tell({ kind: 'here', here: { items: items.slice(0, 50), more, fields: [] } });
        return true;
      }
      case 'select_box': {
        const [[x0, y0], [x1, y1]] = [gesture.from, gesture.to];
        const ring: [number, number][] = [
          [x0, y0],
          [x1, y0],
          [x1, y1],
          [x0, y1],
        ];
        this.select(ring, gesture.add);
        return true;
      }
      case 'select_lasso':
        this.select(gesture.points, gesture.add);
        return true;
      case 'clear_selection':
        this.selected = [];
        this.tellSelection();
        return true;
      default:
        return false;
    }
  }

  /** What the hover card says of a target. */
  hover(found: { target: Target; name: string }): HoverDto {
    const sensor = this.sensor(found.target);
    if (sensor === undefined) {
      const { kind } = found.target;
      return { name: found.name, kind, value: null, unit: '', at: null, why: null, severity: 'normal' };
    }
    const isOld = this.host.freshness(sensor) !== 'fresh';
    return {
      name: sensor.name,
      kind: sensor.kind,
      value: sensor.base.toFixed(1),
      unit: sensor.unit,
      at: this.host.shown() - (isOld ? 420 : 3) * SECOND,
      why: this.host.isOffline() ? 'hub_gone' : isOld ? 'device_silent' : 'fresh',
      severity: severityAt(this.host.city, sensor, this.host.shown()),
    };
  }

  private firstChoices(): Map<string, Choice> {
    return new Map(this.plans.map(([id]) => [id, firstChoice(id)]));
  }

  private change(change: LayerChangeDto): string | undefined {
    switch (change.do) {
      case 'show':
        return this.put(change.id, { shown: change.on });
      case 'show_branch':
        for (const [id, , path, system] of this.plans) {
          const own = change.by === 'system' ? [system] : path;
          if (change.path.every((name, i) => own[i] === name)) {
            this.put(id, { shown: change.on });
          }
        }
        return undefined;
      case 'opacity':
        return this.put(change.id, { opacity: change.opacity });
      case 'filter': {
        const check = change.text === null ? undefined : this.check(change.id, change.text);
        return check?.ok === false ? check.message : this.put(change.id, { filter: change.text });
      }
      case 'move': {
        const rest = this.order.filter((id) => id !== change.id);
        const at = change.before === null ? rest.length : rest.indexOf(change.before);
        if (at < 0) {
          return `没有图层 ${change.before}`;
        }
        this.order = [...rest.slice(0, at), change.id, ...rest.slice(at)];
        return undefined;
      }
      case 'stand':
        return this.put(change.id, { stand: change.stand });
      case 'gather':
        return this.put(change.id, { gather: change.gather });
      case 'paint':
      case 'size':
      case 'own_style':
        return this.restyle(change);
      case 'save_set':
        this.sets.set(change.name, { order: [...this.order], choices: structuredClone(this.choices) });
        return undefined;
      case 'use_set': {
        const set = this.sets.get(change.name);
        if (set === undefined) {
          return `没有组合 ${change.name}`;
        }
        this.order = [...set.order];
        this.choices = structuredClone(set.choices);
        return undefined;
      }
      case 'drop_set':
        this.sets.delete(change.name);
        return undefined;
      case 'density':
        this.density = change.density;
        return undefined;
      case 'reset':
        this.order = this.plans.map(([id]) => id);
        this.choices = this.firstChoices();
        this.density = 'normal';
        return undefined;
    }
  }

  private put(id: string, values: Partial<Choice>): string | undefined {
    const known = this.choices.get(id);
    if (known === undefined) {
      return `没有图层 ${id}`;
    }
    this.choices.set(id, { ...known, ...values });
    return undefined;
  }

  private restyle(change: Extract<LayerChangeDto, { do: 'paint' | 'size' | 'own_style' }>): string | undefined {
    const kind = this.plans.find(([id]) => id === change.id)?.[4];
    const known = this.choices.get(change.id);
    if (known === undefined || kind !== 'points') {
      return known === undefined ? `没有图层 ${change.id}` : '只有符号层可以选样式';
    }
    const style = changedStyle(known.style, change, this.devices(change.id));
    return typeof style === 'string' ? style : this.put(change.id, { style });
  }

  /** Enough of the language to judge the panel by: a field, a sign, a value. */
  private check(layer: string, text: string): FilterCheckDto {
    const name = /^\s*(?:not\s+)?([^\s<>=!~]+)/.exec(text);
    const known = FIELDS.find((one) => one.name === name?.[1]);
    if (known === undefined) {
      const at = text.length - text.trimStart().length;
      return { ok: false, column: at + 1, message: `没有字段「${name?.[1] ?? ''}」`, hits: null };
    }
    const isWhole = known.kind === 'flag' || /(?:<=|>=|!=|[<>=~])\s*\S/.test(text);
    if (!isWhole) {
      return { ok: false, column: [...text].length + 1, message: '这里缺少比较符和值', hits: null };
    }
    const count = this.devices(layer).filter((sensor) => this.fits(sensor, known.name)).length;
    return { ok: true, column: null, message: '', hits: count };
  }

  private fits(sensor: Sensor, name: string): boolean {
    return name === 'severity' ? severityAt(this.host.city, sensor, this.host.shown()) !== 'normal' : true;
  }

  private devices(layer: string): Sensor[] {
    const kind = this.plans.find(([id]) => id === layer)?.[5];
    return this.host.city.sensors.filter((sensor) => sensor.kind === kind);
  }

  private layers(): LayersDto {
    const rows = this.order.flatMap((id) => {
      const plan = this.plans.find(([one]) => one === id);
      return plan === undefined ? [] : [this.row(plan)];
    });
    return {
      revision: this.revision(),
      rows,
      by_kind: tree(rows, (row) => row.path),
      by_system: tree(rows, (row) => [row.system]),
      sets: [...this.sets].map(([name, set]) => ({
        name,
        shown: [...set.choices.values()].filter((choice) => choice.shown).length,
      })),
      density: this.density,
      ramps: [...RAMPS],
    };
  }

  private row([id, chinese, path, system, kind, devices]: Plan): LayerRowDto {
    const name = called(chinese);
    const { style, ...choice } = this.choices.get(id) ?? firstChoice(id);
    const shown = this.host.shown();
    const sensors = this.devices(id);
    const byClass = CLASSES.map(
      (severity) => sensors.filter((sensor) => severityAt(this.host.city, sensor, shown) === severity).length,
    );
    const fresh = sensors.map((sensor) => this.host.freshness(sensor));
    const count = devices === undefined ? this.countOf(id) : sensors.length;
    const [normal = 0, low = 0, medium = 0, high = 0, critical = 0] = byClass;
    const isLive = kind !== 'city' && kind !== 'labels' && kind !== 'fences';
    return {
      id,
      number: this.plans.findIndex(([one]) => one === id),
      name,
      path,
      system,
      kind,
      ...choice,
      count,
      in_view: isLive ? Math.ceil(count * 0.7) : null,
      drawn: isLive ? Math.ceil(count * 0.4) : null,
      by_class: [devices === undefined ? count : normal, low, medium, high, critical, 0],
      late: fresh.filter((one) => one === 'late').length,
      missing: fresh.filter((one) => one === 'missing').length,
      newest_at: isLive ? shown - (1 + (this.order.indexOf(id) % 9)) * SECOND : null,
      filter_error: null,
      legend: kind === 'points' ? symbolLegend(name, style, sensors) : legendOf(name, kind),
      can_style: kind === 'points',
      style: kind === 'points' ? styleDto(style, sensors) : null,
      about: devices === undefined || language() === 'en' ? '' : `${path.at(-1) ?? ''}类设备的最新值。`,
      problem: id === 'pipes-water' ? '没有管网文件 networks.json' : null,
    };
  }

  private countOf(id: string): number {
    const { city } = this.host;
    switch (id) {
      case 'cameras':
        return city.cameras.length;
      case 'fences':
        return this.fences.size;
      case 'events':
        return city.events.filter((event) => event.from <= this.host.shown()).length;
      default:
        return CITY_COUNTS[id] ?? Math.round(20 + 200 * noise(id.length, id.charCodeAt(0)));
    }
  }

  private sensor(target: Target): Sensor | undefined {
    return target.kind === 'thing' ? this.host.city.sensors.find((one) => one.id === target.id) : undefined;
  }

  private item(found: { target: Target; name: string }): HereItemDto {
    const hover = this.hover(found);
    return { target: found.target, name: found.name, kind: hover.kind, severity: hover.severity, at: hover.at };
  }

  private select(ring: [number, number][], add: boolean): void {
    const found = this.host.within(ring);
    const kept = add ? this.selected : [];
    const isKnown = (one: { target: Target }) =>
      kept.some((known) => known.target.kind === one.target.kind && known.target.id === one.target.id);
    this.selected = [...kept, ...found.filter((one) => !isKnown(one))];
    this.tellSelection();
  }

  private tellSelection(): void {
    const items = this.selected.map((one) => this.item(one));
    const rank = (item: HereItemDto) => CLASSES.findIndex((severity) => severity === item.severity);
    const count = (severity: SeverityDto) => items.filter((item) => (item.severity ?? 'normal') === severity).length;
    const kinds = [...new Set(items.map((item) => item.kind))];
    const selection: SelectionDto = {
      total: items.length,
      by_kind: kinds.map((kind): [string, number] => [kind, items.filter((item) => item.kind === kind).length]),
      by_class: [count('normal'), count('low'), count('medium'), count('high'), count('critical'), 0],
      late: this.selected.filter((one) => {
        const sensor = this.sensor(one.target);
        return sensor !== undefined && this.host.freshness(sensor) !== 'fresh';
      }).length,
      names: items.sort((a, b) => rank(b) - rank(a)).slice(0, 200),
    };
    this.host.tell({ kind: 'selection', selection });
  }
}

function tree(rows: readonly LayerRowDto[], pathOf: (row: LayerRowDto) => string[]): TreeRowDto[] {
  const result: TreeRowDto[] = [];
  const add = (inside: readonly LayerRowDto[], above: string[]): void => {
    const depth = above.length;
    const names = [...new Set(inside.flatMap((row) => pathOf(row)[depth] ?? []))];
    for (const name of names) {
      const below = inside.filter((row) => pathOf(row)[depth] === name);
      const on = below.filter((row) => row.shown).length;
      const path = [...above, name];
      result.push({
        depth,
        path,
        name: called(name),
        layer: null,
        shown: on === 0 ? 'none' : on === below.length ? 'all' : 'some',
        count: below.reduce((sum, row) => sum + row.count, 0),
      });
      add(below, path);
    }
    for (const row of inside.filter((one) => pathOf(one).length === depth)) {
      const { id, name, count } = row;
      result.push({ depth, path: above, name, layer: id, shown: row.shown ? 'all' : 'none', count });
    }
  };
  add(rows, []);
  return result;
}

function firstChoice(id: string): Choice {
  return {
    shown: !HIDDEN_AT_FIRST.includes(id),
    opacity: 1,
    filter: null,
    stand: 'on',
    gather: 'symbols',
    style: packStyle(),
  };
}

function legendOf(name: string, kind: string): LayerLegendDto {
  if (kind === 'heat') {
    const ticks: [number, string][] = [
      [40, '40'],
      [55, '55'],
      [70, '70'],
      [85, '85 dB(A)'],
    ];
    const ramp = { stops: BATLOW, from: 40, to: 85, ticks };
    return { title: name, unit: 'dB(A)', is_by_state: false, steps: [], ramp };
  }
  const step = (colour: string, label: string, from: number | null, to: number | null) => ({ colour, label, from, to });
  if (kind === 'areas') {
    const steps = [
      step('#011959', '', null, 2),
      step('#39695e', '', 2, 5),
      step('#c09036', '', 5, 10),
      step('#faccfa', '', 10, null),
    ];
    return { title: name, unit: '个', is_by_state: false, steps, ramp: null };
  }
  if (kind === 'flow') {
    const steps = [step('#20b8a6', '有流动', null, null), step('#748596', '不动或不知', null, null)];
    return { title: name, unit: 'm/s', is_by_state: false, steps, ramp: null };
  }
  return { title: '', unit: '', is_by_state: false, steps: [], ramp: null };
}

function performanceAt(n: number): PerformanceDto {
  const isBusy = n % 40 > 24;
  const p50 = isBusy ? 34 : 18 + 4 * noise(n, 5);
  const p95 = isBusy ? 58 + 8 * noise(n, 6) : 27 + 6 * noise(n, 6);
  return {
    frame_ms_p50: p50,
    frame_ms_p95: p95,
    frames_per_s: 1000 / p50,
    tiles_shown: 42,
    tiles_waiting: isBusy ? 3 : 0,
    upload_bytes_per_s: Math.round(180_000 + 40_000 * noise(n, 7)),
    gpu_bytes: 612 * 1024 ** 2,
    gpu_limit_bytes: 1024 ** 3,
    quality: isBusy ? 'soft' : 'standard',
    wanted: 'standard',
    adapter: 'llvmpipe (LLVM 19.1.7, 256 bits)',
    queue_ms: 4 + 6 * noise(n, 8),
    lost: 0,
  };
}

function words(change: LayerChangeDto): string {
  switch (change.do) {
    case 'show':
      return `show ${change.id} ${change.on}`;
    case 'show_branch':
      return `show_branch ${change.by} ${change.path.join('/')} ${change.on}`;
    case 'opacity':
      return `opacity ${change.id} ${change.opacity}`;
    case 'filter':
      return `filter ${change.id} ${change.text ?? 'none'}`;
    case 'move':
      return `move ${change.id} ${change.before ?? 'last'}`;
    case 'stand':
      return `stand ${change.id} ${change.stand}`;
    case 'gather':
      return `gather ${change.id} ${change.gather}`;
    case 'paint':
    case 'size':
    case 'own_style':
      return styleWords(change);
    case 'save_set':
    case 'use_set':
    case 'drop_set':
      return `${change.do} ${change.name}`;
    case 'density':
      return `density ${change.density}`;
    case 'reset':
      return 'reset';
  }
}
