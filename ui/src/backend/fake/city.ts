// The sample city behind the fake backend: sixty sensors, cameras, a day of alarms and events.
//
// Deterministic: everything follows from the seed and the moment asked for. Nothing here is used on the desktop.

import type { SeverityDto, StandingDto } from '../../generated/wire';
import { ALARMING, type Alarming } from '../../state/severity';
import { DAY, HOUR, MINUTE, SECOND } from '../../state/time';

/** 2026-11-21 14:03:27 in Shanghai, a Saturday. */
export const FAKE_NOW = Date.UTC(2026, 10, 21, 6, 3, 27);

export interface Sensor {
  id: string;
  name: string;
  kind: string;
  code: string;
  lon: number;
  lat: number;
  unit: string;
  base: number;
  swing: number;
  /** Medium, high, critical. */
  limits: [number, number, number];
  /** Seconds between values. */
  period: number;
  /** Never reports again after this moment. */
  silentFrom: number | undefined;
}

export interface Episode {
  id: string;
  sensor: Sensor;
  severity: Alarming;
  from: number;
  until: number;
  acknowledgedBy: string | null;
}

export interface CityEvent {
  id: string;
  title: string;
  category: string;
  level: 'I' | 'II' | 'III' | 'IV';
  from: number;
  handledFrom: number;
  closedFrom: number;
  source: string;
  lon: number;
  lat: number;
  /** Actual unless stated. */
  standing?: StandingDto;
}

export interface FakeCamera {
  id: string;
  name: string;
  on: boolean;
  azimuth: number;
  fov: number;
  range: number;
  category: number;
  lon: number;
  lat: number;
  clip: 'plays' | 'broken' | 'none';
}

export interface FakeCity {
  now: number;
  /** Nothing is known before. */
  from: number;
  sensors: Sensor[];
  episodes: Episode[];
  events: CityEvent[];
  cameras: FakeCamera[];
}

const WEST = 117.17;
const SOUTH = 34.235;
const WIDTH_DEG = 0.03;
const HEIGHT_DEG = 0.02;

/** Place on the sketch, 0…1 from west and from north. */
export function sketchPlace(lon: number, lat: number): [number, number] {
  return [(lon - WEST) / WIDTH_DEG, 1 - (lat - SOUTH) / HEIGHT_DEG];
}

/** Even noise in 0…1 for a pair of integers. */
export function noise(a: number, b: number): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b ^ 0x7f4a7c15, 0xc2b2ae35);
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  h ^= h >>> 12;
  return (h >>> 0) / 2 ** 32;
}

const STREETS = ['解放南路', '中山北路', '淮海东路', '和平路', '云龙湖', '建国西路', '黄河南路', '彭城广场'];

interface KindRow {
  kind: string;
  unit: string;
  base: number;
  swing: number;
  limits: [number, number, number];
  period: number;
  places: string[];
}

const KINDS: KindRow[] = [
  {
    kind: 'traffic',
    unit: 'vehicles_per_hour',
    base: 860,
    swing: 320,
    limits: [1400, 1700, 2000],
    period: 5,
    places: ['北口', '南口', '西进口', '东进口', '立交匝道', '隧道北', '隧道南', '高架下'],
  },
  {
    kind: 'air',
    unit: 'µg/m³',
    base: 46,
    swing: 14,
    limits: [75, 115, 150],
    period: 60,
    places: ['国控点', '小学', '医院', '工地北门', '公交站', '社区', '公园', '车站'],
  },
  {
    kind: 'water_level',
    unit: 'cm',
    base: 4,
    swing: 2,
    limits: [10, 20, 27],
    period: 10,
    places: ['下穿通道', '铁路涵洞', '泵站前池', '河道断面', '地铁口', '桥下', '停车场入口', '低洼路段'],
  },
  {
    kind: 'noise',
    unit: 'dB(A)',
    base: 56,
    swing: 6,
    limits: [70, 75, 80],
    period: 5,
    places: ['住宅区', '学校门口', '夜市', '工地', '医院', '广场', '路段', '车站'],
  },
  {
    kind: 'parking',
    unit: 'places',
    base: 120,
    swing: 60,
    limits: [-1, -2, -3],
    period: 30,
    places: ['地下车库', '路内泊位', '商场', '医院', '公园', '市政停车楼', '车站', '体育馆'],
  },
  {
    kind: 'gas',
    unit: '%LEL',
    base: 2.4,
    swing: 1.2,
    limits: [10, 25, 50],
    period: 5,
    places: [
      '阀门井 07',
      '地下管廊 3 段',
      '餐饮后巷',
      '阀门井 12',
      '调压站',
      '地下管廊 5 段',
      '污水井 21',
      '阀门井 30',
    ],
  },
  {
    kind: 'manhole',
    unit: '°',
    base: 1.2,
    swing: 0.6,
    limits: [10, 20, 30],
    period: 30,
    places: [
      '雨水井 018',
      '污水井 102',
      '电力井 044',
      '通信井 009',
      '雨水井 077',
      '燃气井 031',
      '热力井 012',
      '雨水井 120',
    ],
  },
  {
    kind: 'structural',
    unit: '%',
    base: 52,
    swing: 8,
    limits: [80, 90, 100],
    period: 10,
    places: ['大桥 2 号墩', '人行天桥', '高架 K3+200', '电视塔', '大桥跨中', '广告塔', '体育馆屋盖', '连廊'],
  },
];

function sensors(now: number): Sensor[] {
  const list: Sensor[] = [];
  for (const [k, row] of KINDS.entries()) {
    const count = k < 4 ? 8 : 7;
    for (let i = 0; i < count; i += 1) {
      const n = list.length;
      list.push({
        id: String(n + 1),
        name: `${STREETS[(i * 3 + k) % STREETS.length]}${row.places[i]}`,
        kind: row.kind,
        code: `320302${String(k + 21).padStart(2, '0')}${String(1000 + n * 37).padStart(8, '0')}`,
        lon: WEST + WIDTH_DEG * (0.06 + 0.88 * noise(n, 1)),
        lat: SOUTH + HEIGHT_DEG * (0.08 + 0.84 * noise(n, 2)),
        unit: row.unit,
        base: row.base * (0.8 + 0.4 * noise(n, 3)),
        swing: row.swing,
        limits: row.limits,
        period: row.period,
        silentFrom: n % 19 === 11 ? now - 7 * MINUTE : undefined,
      });
    }
  }
  return list;
}

/** Which sensors alarm at the sample's now: index, severity, minutes since, acknowledged. */
const STANDING: [number, Alarming, number, boolean][] = [
  [44, 'critical', 1.3, false],
  [18, 'critical', 6, false],
  [20, 'high', 0.4, false],
  [12, 'high', 11, false],
  [53, 'high', 24, true],
  [40, 'high', 48, true],
  [8, 'medium', 0.7, false],
  [28, 'medium', 5, false],
  [46, 'medium', 14, false],
  [3, 'medium', 22, true],
  [30, 'medium', 37, true],
  [22, 'medium', 66, true],
  [55, 'medium', 95, true],
  [10, 'low', 3, false],
  [25, 'low', 9, false],
  [33, 'low', 31, true],
  [58, 'low', 52, true],
  [14, 'low', 130, true],
];

function episodes(now: number, list: Sensor[]): Episode[] {
  const result: Episode[] = [];
  const add = (index: number, severity: Alarming, from: number, until: number, by: string | null) => {
    const sensor = list[index % list.length];
    if (sensor !== undefined && sensor.kind !== 'parking') {
      result.push({ id: `a${result.length + 1}`, sensor, severity, from, until, acknowledgedBy: by });
    }
  };
  for (const [index, severity, minutes, acknowledged] of STANDING) {
    add(index, severity, now - minutes * MINUTE, now + 6 * HOUR, acknowledged ? '王建国' : null);
  }
  // What comes while somebody watches: one every twenty seconds, some of them grave.
  for (let i = 0; i < 180; i += 1) {
    const pick = noise(i, 11);
    const severity: Alarming = i % 12 === 5 ? 'critical' : pick < 0.25 ? 'high' : pick < 0.65 ? 'medium' : 'low';
    const from = now + (8 + i * 20) * SECOND;
    add(Math.floor(noise(i, 12) * list.length), severity, from, from + (40 + 200 * noise(i, 13)) * SECOND, null);
  }
  // The past day, busier in the rush hours.
  for (let i = 0; i < 220; i += 1) {
    const at = noise(i, 21);
    const from = now - DAY + at * (DAY - 20 * MINUTE);
    const hour = Math.floor(((from + 8 * HOUR) % DAY) / HOUR);
    const busy = (hour >= 7 && hour <= 9) || (hour >= 17 && hour <= 19) ? 1 : 0.4;
    if (noise(i, 22) > busy || inGap(now, from)) {
      continue;
    }
    const pick = noise(i, 23);
    const severity = ALARMING[pick < 0.06 ? 0 : pick < 0.24 ? 1 : pick < 0.6 ? 2 : 3];
    const until = Math.min(from + (4 + 30 * noise(i, 24)) * MINUTE, now - MINUTE);
    add(Math.floor(noise(i, 25) * list.length), severity, from, until, '李敏');
  }
  return result;
}

/** More alarms at once than the list holds, as in a storm. */
export function floodEpisodes(now: number, list: Sensor[]): Episode[] {
  const result: Episode[] = [];
  for (let i = 0; i < 600; i += 1) {
    const pick = noise(i, 31);
    const severity: Alarming = pick < 0.06 ? 'critical' : pick < 0.28 ? 'high' : pick < 0.68 ? 'medium' : 'low';
    const sensor = list[Math.floor(noise(i, 32) * list.length)];
    if (sensor !== undefined && sensor.kind !== 'parking') {
      const from = now - (5 + 2400 * noise(i, 33)) * SECOND;
      result.push({
        id: `f${i}`,
        sensor,
        severity,
        from,
        until: now + 6 * HOUR,
        acknowledgedBy: noise(i, 34) < 0.2 ? '王建国' : null,
      });
    }
  }
  return result;
}

const TITLES: [string, string, CityEvent['level'], string][] = [
  ['云龙湖下穿通道积水 22 厘米', 'road_waterlogging', 'II', 'sensor'],
  ['和平路路面塌陷约 2 平方米', 'road_damage', 'III', 'grid_worker'],
  ['建国西路雨水井盖缺失', 'manhole_missing', 'III', 'hotline'],
  ['餐饮后巷疑似燃气泄漏', 'gas_leak', 'II', 'sensor'],
  ['彭城广场占道经营 6 处', 'street_stall', 'IV', 'grid_worker'],
  ['黄河南路垃圾满溢', 'garbage', 'IV', 'hotline'],
  ['中山北路连续 5 盏路灯不亮', 'light_out', 'IV', 'patrol'],
  ['解放南路北口两车相撞', 'traffic_accident', 'III', 'camera'],
  ['淮海东路拥堵 1.2 公里', 'traffic_jam', 'IV', 'camera'],
  ['工地夜间施工扰民', 'noise_complaint', 'IV', 'citizen'],
  ['行道树倒伏压线', 'tree_down', 'III', 'hotline'],
  ['地铁口共享单车淤积', 'bike_pileup', 'IV', 'grid_worker'],
];

function events(now: number): CityEvent[] {
  const list: CityEvent[] = [];
  for (let i = 0; i < 44; i += 1) {
    const row = TITLES[i % TITLES.length];
    if (row === undefined) {
      continue;
    }
    const [title, category, level, source] = row;
    // Newest first around now, some still to come while somebody watches.
    const from = i < 6 ? now + (35 + i * 55) * SECOND : now - (3 + (i - 6) * 24 + 16 * noise(i, 41)) * MINUTE;
    if (inGap(now, from)) {
      continue;
    }
    list.push({
      id: `e${i + 1}`,
      title,
      category,
      level,
      from,
      handledFrom: from + (6 + 10 * noise(i, 42)) * MINUTE,
      closedFrom: from + (90 + 240 * noise(i, 43)) * MINUTE,
      source,
      lon: WEST + WIDTH_DEG * (0.1 + 0.8 * noise(i, 44)),
      lat: SOUTH + HEIGHT_DEG * (0.1 + 0.8 * noise(i, 45)),
    });
  }
  return list;
}

function cameras(): FakeCamera[] {
  return Array.from({ length: 24 }, (_, i) => ({
    id: `320302001113200${String(10001 + i).padStart(5, '0')}`,
    name: `${STREETS[i % STREETS.length]}${['枪机', '球机', '全景', '卡口'][i % 4]} ${String(i + 1).padStart(2, '0')}`,
    on: i % 9 !== 4,
    azimuth: Math.floor(360 * noise(i, 51)),
    fov: 60 + Math.floor(40 * noise(i, 52)),
    range: 120 + Math.floor(140 * noise(i, 53)),
    category: 1 + (i % 3),
    lon: WEST + WIDTH_DEG * (0.05 + 0.9 * noise(i, 54)),
    lat: SOUTH + HEIGHT_DEG * (0.08 + 0.84 * noise(i, 55)),
    clip: i % 7 === 3 ? 'broken' : i % 5 === 4 ? 'none' : 'plays',
  }));
}

export function fakeCity(now: number): FakeCity {
  const list = sensors(now);
  return {
    now,
    from: now - 14 * DAY,
    sensors: list,
    episodes: episodes(now, list),
    events: events(now),
    cameras: cameras(),
  };
}

/** The sample's hub was down for a while in the morning, and for longer five days ago. */
export function gapAt(now: number, at: number): { from: number; to: number } | undefined {
  return [
    { from: now - 8.2 * HOUR, to: now - 7.4 * HOUR },
    { from: now - 5.3 * DAY, to: now - 5.1 * DAY },
  ].find((gap) => at > gap.from && at < gap.to);
}

export function inGap(now: number, at: number): boolean {
  return gapAt(now, at) !== undefined;
}

/** When the desk came to know of an event: some reports of the hotline arrive hours late. */
export function knownFrom(now: number, event: CityEvent): number {
  const isLate = Number(event.id.slice(1)) % 3 === 0 && event.from < now - 4 * HOUR;
  return isLate ? event.from + 3 * HOUR : event.from;
}

/** The value of a sensor at a moment; `undefined` before it spoke, in the gap, or after it fell silent. */
export function valueAt(city: FakeCity, sensor: Sensor, at: number): { value: number; happenedAt: number } | undefined {
  const step = sensor.period * SECOND;
  let happenedAt = Math.floor(at / step) * step;
  if (sensor.silentFrom !== undefined && happenedAt > sensor.silentFrom) {
    happenedAt = Math.floor(sensor.silentFrom / step) * step;
  }
  const gap = gapAt(city.now, happenedAt);
  if (gap !== undefined) {
    happenedAt = Math.floor(gap.from / step) * step;
  }
  if (happenedAt < city.from) {
    return undefined;
  }
  return { value: rawValue(city, sensor, happenedAt), happenedAt };
}

function rawValue(city: FakeCity, sensor: Sensor, at: number): number {
  const n = Number(sensor.id);
  const day = Math.sin(((at % DAY) / DAY) * 2 * Math.PI + n);
  const hour = Math.sin((at / (47 * MINUTE)) * 2 * Math.PI + 2 * n);
  const jitter = noise(n, Math.floor(at / (sensor.period * SECOND)) | 0) - 0.5;
  let value = sensor.base + sensor.swing * (0.5 * day + 0.3 * hour + 0.35 * jitter);
  for (const episode of city.episodes) {
    if (episode.sensor !== sensor || at < episode.from - 8 * MINUTE || at > episode.until) {
      continue;
    }
    // Climbs for eight minutes before the limit is met.
    const climb = Math.min(1, (at - episode.from + 8 * MINUTE) / (8 * MINUTE));
    const peak = limitOf(sensor, episode.severity) * 1.06 + sensor.swing * 0.25 * (jitter + 0.5);
    value = Math.max(value, value + (peak - value) * climb);
  }
  if (sensor.kind === 'parking') {
    return Math.max(0, Math.round(value));
  }
  return sensor.unit === 'vehicles_per_hour' ? Math.max(0, Math.round(value)) : Math.max(0, value);
}

export function limitOf(sensor: Sensor, severity: Alarming): number {
  const [medium, high, critical] = sensor.limits;
  switch (severity) {
    case 'critical':
      return critical;
    case 'high':
      return high;
    case 'medium':
      return medium;
    case 'low':
      return medium * 0.8;
  }
}

export function severityAt(city: FakeCity, sensor: Sensor, at: number): SeverityDto {
  for (const severity of ALARMING) {
    if (city.episodes.some((e) => e.sensor === sensor && e.severity === severity && e.from <= at && at < e.until)) {
      return severity;
    }
  }
  return 'normal';
}
