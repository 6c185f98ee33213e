// How the sample city answers work with the twin: finding, colouring, tools, cuts, the sun, bookmarks.
//
// Plausible, not exact: rules belong to Rust. A tool takes each click as a point and tells what a ruler would.

import type {
  AttributeDto,
  BookmarkDto,
  ColourByDto,
  ConditionDto,
  FindDto,
  FindPageDto,
  FoundRowDto,
  LegendDto,
  MeasuredDto,
  MemoryDto,
  MinimapDto,
  ShowDto,
  SunDto,
  ToolDto,
  ToolKindDto,
  TwinNote,
} from '../../generated/wire';
import { DAY, HOUR } from '../../state/time';
import type { Result, WorkBackend } from '../backend';
import { type FakeCity, noise } from './city';

/** Metres per pixel of the sketch. */
const METRES_PER_PX = 1.6;
const METRES_PER_DEG = 111_000;
const WEST = 117.17;
const NORTH = 34.255;

export interface FakeBuilding {
  id: string;
  name: string;
  height: number;
  levels: number;
  use: string;
  lon: number;
  lat: number;
}

const USES = ['住宅', '办公', '商业', '学校'];

/** Forty buildings of the sample city. */
export const BUILDINGS: FakeBuilding[] = Array.from({ length: 40 }, (_, i) => {
  const levels = 3 + Math.floor(noise(i, 91) * 40);
  return {
    id: `w${1000 + i}`,
    name: i % 3 === 0 ? `彭城大厦 ${i / 3 + 1} 座` : '',
    height: Math.round(levels * 31) / 10,
    levels,
    use: USES[i % USES.length] ?? '住宅',
    lon: WEST + 0.03 * noise(i, 92),
    lat: NORTH - 0.02 * noise(i, 93),
  };
});

export class FakeWork {
  private tool: ToolKindDto | undefined;
  private points: [number, number][] = [];
  private kept: BookmarkDto[] = [];
  private budget = 1024;

  constructor(
    private readonly city: FakeCity,
    private readonly empty: boolean,
    private readonly calls: string[],
    private readonly tell: (note: TwinNote) => void,
    private readonly shown: () => number,
  ) {}

  backend(): WorkBackend {
    const done = <T>(call: string, value: T): Promise<Result<T>> => {
      this.calls.push(call);
      return Promise.resolve({ ok: true, value });
    };
    return {
      find: (ask) => done(`find ${ask.text}`, this.find(ask)),
      showFound: (ask, how) => {
        const rows = this.matches(ask).filter((row) => row.target.kind === 'feature');
        return done(`showFound ${how} ${rows.length}`, rows.length);
      },
      showFeatures: (ids, how: ShowDto) => done(`showFeatures ${how} ${ids.join(' ')}`, undefined),
      showAll: () => done('showAll', undefined),
      attributes: (featureClass) => done(`attributes ${featureClass}`, this.empty ? [] : ATTRIBUTES),
      colourBy: (ask) => {
        const legend = ask === undefined ? null : legendOf(ask);
        if (legend !== null && legend.entries.length === 0) {
          this.calls.push('colourBy refused');
          return Promise.resolve({ ok: false, error: { code: 'bad_request', message: '没有数值' } });
        }
        return done(`colourBy ${ask?.attribute ?? 'nothing'}`, legend);
      },
      tool: (tool) => {
        this.use(tool);
        return done(`tool ${tool.act}${tool.act === 'start' ? ` ${tool.tool.kind}` : ''}`, undefined);
      },
      setClips: (clips) => done(`setClips ${clips.cuts.length} ${clips.trench?.depth_m ?? 'none'}`, undefined),
      trenchAlong: (id) => {
        const line = [placeOf([100, 200]), placeOf([260, 200])];
        queueMicrotask(() => this.tell({ kind: 'sketched', sketch: { kind: 'trench', line } }));
        return done(`trenchAlong ${id}`, undefined);
      },
      setUnderground: (underground) => done(`setUnderground ${underground.on} ${underground.opacity}`, undefined),
      setLook: (look) => done(`setLook ${look.style} ${look.quality}`, sunAt(look.time ?? this.shown())),
      setTileBudget: (mib) => {
        this.budget = mib;
        return done(`setTileBudget ${mib}`, undefined);
      },
      sun: (time) => done('sun', sunAt(time ?? this.shown())),
      setCompare: (compare) =>
        done(`setCompare ${compare.mode}${compare.mode === 'swipe' ? ` ${compare.at.toFixed(2)}` : ''}`, undefined),
      compareChoices: () =>
        done('compareChoices', [
          { folder: '/data/xuzhou-2024', name_zh: '徐州市', name_en: 'Xuzhou', epoch: '2024-06-30' },
          { folder: '/data/xuzhou-plan', name_zh: '徐州市规划方案', name_en: 'Xuzhou plan', epoch: '' },
        ]),
      openCompared: (folder) => {
        if (folder?.includes('none') === true) {
          this.calls.push(`openCompared ${folder}`);
          return Promise.resolve({ ok: false, error: { code: 'bad_request', message: `${folder}: catalogue.json` } });
        }
        const choice =
          folder === undefined ? null : { folder, name_zh: '徐州市', name_en: 'Xuzhou', epoch: '2024-06-30' };
        return done(`openCompared ${folder ?? 'nothing'}`, choice);
      },
      bookmarks: () => done('bookmarks', this.kept),
      saveBookmarks: (bookmarks) => {
        this.kept = bookmarks;
        return done(`saveBookmarks ${bookmarks.map((one) => one.title).join(',')}`, undefined);
      },
      askView: () => {
        const view = { target: placeOf([400, 300]), distance_m: 900, heading_deg: 18, pitch_deg: 40 };
        queueMicrotask(() => this.tell({ kind: 'view', view }));
        return done('askView', undefined);
      },
      goToPlace: (view) => done(`goToPlace ${view.target[0].toFixed(4)} ${view.target[1].toFixed(4)}`, undefined),
      minimap: () => done('minimap', this.empty ? NO_MAP : sampleMap()),
    };
  }

  /** The sample city's model wants some six hundred MiB. */
  memory(): MemoryDto {
    const used_mib = this.empty ? 0 : Math.min(624, this.budget);
    return { used_mib, budget_mib: this.budget, is_short: used_mib === this.budget };
  }

  /** True when a tool took the click. */
  click(at: [number, number]): boolean {
    if (this.tool === undefined) {
      return false;
    }
    this.points.push(at);
    if (this.tool.kind === 'point') {
      this.tool = undefined;
      this.tell({ kind: 'sketched', sketch: { kind: 'point', at: placeOf(at) } });
      return true;
    }
    const pairs = this.tool.kind === 'height' || this.tool.kind === 'slope';
    this.tellMeasured(pairs && this.points.length === 2);
    return true;
  }

  private use(command: ToolDto): void {
    if (command.act === 'start') {
      this.tool = command.tool;
      this.points = [];
    } else if (command.act === 'undo') {
      this.points.pop();
      this.tellMeasured(false);
    } else if (command.act === 'cancel') {
      this.tool = undefined;
      this.points = [];
    } else if (this.tool !== undefined && this.points.length >= 2) {
      const kind = this.tool.kind;
      const ring = this.points.map(placeOf);
      const first = ring[0] ?? [0, 0, 0];
      if (kind === 'clip_polygon' || kind === 'ring') {
        this.tell({ kind: 'sketched', sketch: { kind: 'ring', cuts: kind === 'clip_polygon', ring } });
      } else if (kind === 'section_box') {
        const half_m: [number, number, number] = [80, 60, 40];
        this.tell({ kind: 'sketched', sketch: { kind: 'box', centre: first, half_m, heading_deg: 0 } });
      } else if (kind === 'trench') {
        this.tell({ kind: 'sketched', sketch: { kind: 'trench', line: ring } });
      } else if (kind === 'path') {
        this.tell({ kind: 'sketched', sketch: { kind: 'path', line: ring } });
      } else {
        this.tellMeasured(true);
      }
      this.tool = undefined;
    }
  }

  private tellMeasured(done: boolean): void {
    const kind = this.tool?.kind;
    const isMeasure =
      kind === 'distance' || kind === 'area' || kind === 'height' || kind === 'slope' || kind === 'volume';
    if (isMeasure) {
      this.tell({ kind: 'measured', values: measured(kind, this.points), points: this.points.map(placeOf), done });
      if (done) {
        this.tool = undefined;
      }
    }
  }

  private find(ask: FindDto): FindPageDto {
    const all = this.matches({ ...ask, sorts: [] });
    const counts = new Map<string, number>();
    for (const row of all) {
      counts.set(sortOf(row), (counts.get(sortOf(row)) ?? 0) + 1);
    }
    const rows = all.filter((row) => ask.sorts.length === 0 || ask.sorts.includes(sortOf(row)));
    return {
      total: rows.length,
      rows: rows.slice(ask.offset, ask.offset + ask.limit),
      sorts: [...counts].sort().map(([sort, count]) => ({ sort, count })),
      understood: typedConditions(ask.text),
    };
  }

  private matches(ask: FindDto): FoundRowDto[] {
    const conditions = [...typedConditions(ask.text), ...ask.conditions];
    const words = ask.text.split(/\s+/).filter((word) => word !== '' && !/[<>=≥≤~]/.test(word));
    const near = ask.place !== null && ask.place.kind !== 'ring';
    const features = this.empty
      ? []
      : BUILDINGS.filter((b) => words.every((w) => b.name.includes(w) || b.id === w || b.use.includes(w)))
          .filter((b) => conditions.every((condition) => holds(b, condition)))
          .map(
            (b, i): FoundRowDto => ({
              target: { kind: 'feature', id: b.id },
              name: b.name,
              kind: 'building',
              distance_m: near ? 40 + 30 * i : null,
              values: conditions.map((condition) => String(attributeOf(b, condition.key) ?? '')),
            }),
          );
    const live =
      conditions.length > 0
        ? []
        : this.city.sensors
            .filter((s) => words.every((w) => s.name.includes(w)))
            .map(
              (s): FoundRowDto => ({
                target: { kind: 'thing', id: s.id },
                name: s.name,
                kind: s.kind,
                distance_m: null,
                values: [],
              }),
            );
    const rows = [...features, ...live].filter((row) => ask.sorts.length === 0 || ask.sorts.includes(sortOf(row)));
    return near ? rows.slice(0, 9) : rows;
  }
}

const NO_MAP: MinimapDto = { bounds: [WEST, NORTH - 0.02, WEST + 0.03, NORTH], width: 0, height: 0, cells: '' };

const ATTRIBUTES: AttributeDto[] = [
  { key: 'height', label: '高度', unit: 'm', is_number: true, count: 40, distinct: 31 },
  { key: 'levels', label: '层数', unit: '', is_number: true, count: 40, distinct: 28 },
  { key: 'use', label: '用途', unit: '', is_number: false, count: 40, distinct: 4 },
];

const RAMP: [number, number, number][] = [
  [1, 25, 89],
  [28, 90, 98],
  [104, 123, 62],
  [210, 147, 67],
  [253, 183, 188],
];

function sortOf(row: FoundRowDto): string {
  return row.target.kind === 'feature' ? 'building' : row.target.kind;
}

function typedConditions(text: string): ConditionDto[] {
  return text.split(/\s+/).flatMap((token): ConditionDto[] => {
    const match = /^([^<>=≥≤~]+)(>=|<=|>|<|=|~)(.+)$/.exec(token);
    const comparison = {
      '>=': 'at_least',
      '<=': 'at_most',
      '>': 'greater',
      '<': 'less',
      '=': 'equal',
      '~': 'contains',
    };
    const sign = match?.[2] as keyof typeof comparison | undefined;
    return match?.[1] === undefined || match[3] === undefined || sign === undefined
      ? []
      : [{ key: match[1], comparison: comparison[sign] as ConditionDto['comparison'], value: match[3] }];
  });
}

function attributeOf(building: FakeBuilding, key: string): string | number | undefined {
  switch (key) {
    case '高度':
    case 'height':
      return building.height;
    case '层数':
    case 'levels':
      return building.levels;
    case '用途':
    case 'use':
      return building.use;
    default:
      return undefined;
  }
}

function holds(building: FakeBuilding, condition: ConditionDto): boolean {
  const value = attributeOf(building, condition.key);
  if (value === undefined) {
    return false;
  }
  const [left, right] = [Number(value), Number.parseFloat(condition.value)];
  switch (condition.comparison) {
    case 'equal':
      return String(value) === condition.value;
    case 'different':
      return String(value) !== condition.value;
    case 'less':
      return left < right;
    case 'at_most':
      return left <= right;
    case 'greater':
      return left > right;
    case 'at_least':
      return left >= right;
    case 'contains':
      return String(value).includes(condition.value);
    case 'known':
      return true;
  }
}

function legendOf(ask: ColourByDto): LegendDto {
  const info = ATTRIBUTES.find((one) => one.key === ask.attribute);
  const base = { title: info?.label ?? ask.attribute, unit: info?.unit ?? '', without: 3 };
  const colour = (i: number, n: number) => RAMP[Math.round((i / Math.max(1, n - 1)) * (RAMP.length - 1))] ?? [0, 0, 0];
  if (ask.classing === 'values') {
    const entries = USES.map((word, i) => ({ colour: colour(i, USES.length), from: null, to: null, word, count: 10 }));
    return { ...base, entries };
  }
  if (info?.is_number !== true) {
    return { ...base, entries: [] };
  }
  const values = BUILDINGS.map((b) => Number(attributeOf(b, ask.attribute))).sort((a, b) => a - b);
  const entries = Array.from({ length: ask.classes }, (_, i) => {
    const part = values.slice((i * values.length) / ask.classes, ((i + 1) * values.length) / ask.classes);
    return { colour: colour(i, ask.classes), from: part[0] ?? 0, to: part.at(-1) ?? 0, word: '', count: part.length };
  });
  return { ...base, entries };
}

function placeOf([x, y]: [number, number]): [number, number, number] {
  return [WEST + (x * METRES_PER_PX) / 92_000, NORTH - (y * METRES_PER_PX) / METRES_PER_DEG, 0];
}

function measured(kind: ToolKindDto['kind'], points: [number, number][]): MeasuredDto[] {
  const pairs = points.slice(1).map((point, i) => [points[i] ?? point, point] as const);
  const length = pairs.reduce((sum, [a, b]) => sum + Math.hypot(b[0] - a[0], b[1] - a[1]), 0) * METRES_PER_PX;
  const area =
    Math.abs(
      points.reduce((sum, [x, y], i) => {
        const [nextX, nextY] = points[(i + 1) % points.length] ?? [0, 0];
        return sum + (x * nextY - nextX * y) / 2;
      }, 0),
    ) *
    METRES_PER_PX ** 2;
  if (points.length < 2) {
    return [];
  }
  switch (kind) {
    case 'distance':
      return [
        { quantity: 'level', value: length, unit: 'm' },
        { quantity: 'direct', value: length * 1.01, unit: 'm' },
      ];
    case 'area':
      return [
        { quantity: 'area', value: area, unit: 'm²' },
        { quantity: 'perimeter', value: length, unit: 'm' },
      ];
    case 'volume':
      return [{ quantity: 'volume', value: area * 12, unit: 'm³' }];
    default:
      return [
        { quantity: 'height', value: 24.5, unit: 'm' },
        { quantity: 'degrees', value: 11.2, unit: '°' },
        { quantity: 'percent', value: 19.8, unit: '%' },
      ];
  }
}

/** A sun that rises at six and sets at six, by Shanghai's clock. */
function sunAt(time: number): SunDto {
  const midnight = Math.floor((time + 8 * HOUR) / DAY) * DAY - 8 * HOUR;
  const hour = (time - midnight) / HOUR;
  return {
    time,
    azimuth_deg: (hour * 15) % 360,
    altitude_deg: 55 * Math.sin(((hour - 6) / 12) * Math.PI),
    rise_and_set: [midnight + 6 * HOUR, midnight + 18 * HOUR],
    noon: midnight + 12 * HOUR,
  };
}

function sampleMap(): MinimapDto {
  const [width, height] = [96, 78];
  let cells = '';
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const river = Math.abs(row - 58 + 6 * Math.sin(column / 14)) < 3;
      const road = row === 26 || column === 32 || column === 64;
      cells += river
        ? 'w'
        : road
          ? 'r'
          : noise(Math.floor(column / 8) * 31 + Math.floor(row / 8), 61) < 0.14
            ? 'g'
            : '.';
    }
  }
  return { bounds: NO_MAP.bounds, width, height, cells };
}
