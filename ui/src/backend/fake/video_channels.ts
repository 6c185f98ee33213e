// The cameras of the sample city: those that stand in it, and many more in its districts, in two trees.
//
// Plausible, not exact: identities have the parts of GB/T 28181, but nobody delivered them.

import type { VideoFieldDto, VideoStatusDto, VideoTreeDto, VideoWordDto } from '../../generated/wire';
import { either } from '../../state/texts';
import { DAY, HOUR, MINUTE } from '../../state/time';
import { type FakeCity, noise } from './city';

export interface FakeChannel {
  id: string;
  name: string;
  lon: number;
  lat: number;
  status: VideoStatusDto;
  faults: string[];
  ptz: number;
  category: number;
  /** 1 is the gravest. */
  grade: number;
  isSecret: boolean;
  /** The street below its district. */
  division: string;
  organisation: string;
  address: string;
  tags: string[];
  owner: string;
  source: string;
  since: number;
  heardAt: number;
  outages: number;
  movedM: number | null;
  azimuth: number;
  fov: number;
  range: number;
  /** Nobody said where it looks. */
  isAssumed: boolean;
  clips: [number, number][];
}

/** A group of one of the trees. */
export interface FakeGroup {
  id: string;
  name: string;
  parent: string;
  kind: 'division' | 'business' | 'organisation';
  isImplied: boolean;
}

const CHANNELS = 1200;
const SOURCE_NAMES = ['市级共享平台', '城管视频专网'] as const;
const OWNERS = ['徐州市公安局', '徐州市城管局', '徐州水务', '交警支队'] as const;

const DISTRICTS: readonly [code: string, zh: string, en: string, streets: readonly string[]][] = [
  ['320302', '鼓楼区', 'Gulou', ['黄楼街道', '丰财街道', '琵琶街道', '牌楼街道']],
  ['320303', '云龙区', 'Yunlong', ['彭城街道', '子房街道', '黄山街道', '骆驼山街道', '大郭庄街道']],
  ['320311', '泉山区', 'Quanshan', ['王陵街道', '永安街道', '湖滨街道', '段庄街道']],
  ['320305', '贾汪区', 'Jiawang', ['老矿街道', '夏桥街道']],
];
const BUSINESS: readonly [id: string, zh: string, en: string, parts: readonly string[]][] = [
  ['32030000002150000001', '公共安全', 'Public safety', ['重点场所', '治安卡口', '学校周边']],
  ['32030000002150000002', '城市管理', 'City management', ['主次干道', '背街小巷', '农贸市场']],
  ['32030000002150000003', '防汛排涝', 'Drainage', ['下穿通道', '河道水位']],
];
const ROADS = ['解放路', '淮海路', '中山路', '建国路', '和平路', '复兴路', '民主路', '大同街', '湖北路', '矿山路'];
const SPOTS = ['路口', '公交站', '地下通道', '广场', '小学门口', '医院西门', '桥面', '商场北门', '菜场', '河岸'];
const KINDS = ['球机', '枪机', '半球', '卡口', '全景'];
const TAGS = ['积水点', '学校', '医院', '重点路口', '景区'];

const ROOT = '320300';

export function groupsOf(tree: VideoTreeDto): FakeGroup[] {
  if (tree === 'business') {
    return BUSINESS.flatMap(([id, zh, en, parts], i) => [
      { id, name: either({ zh, en }), parent: '', kind: 'business' as const, isImplied: false },
      ...parts.map((name, j): FakeGroup => {
        const own = `3203000000216000${i + 1}${String(j + 1).padStart(3, '0')}`;
        return { id: own, name, parent: id, kind: 'organisation', isImplied: false };
      }),
    ]);
  }
  const root: FakeGroup = {
    id: ROOT,
    name: either({ zh: '徐州市', en: 'Xuzhou' }),
    parent: '',
    kind: 'division',
    isImplied: false,
  };
  return [
    root,
    ...DISTRICTS.flatMap(([code, zh, en, streets], i): FakeGroup[] => [
      { id: code, name: either({ zh, en }), parent: ROOT, kind: 'division', isImplied: i === 3 },
      ...streets.map(
        (name, j): FakeGroup => ({
          id: `${code}${String(j + 1).padStart(2, '0')}`,
          name,
          parent: code,
          kind: 'division',
          isImplied: false,
        }),
      ),
    ]),
  ];
}

function statusOf(i: number): VideoStatusDto {
  const chance = noise(i, 301);
  return chance < 0.9
    ? 'on'
    : chance < 0.965
      ? 'off'
      : chance < 0.98
        ? 'video_lost'
        : chance < 0.99
          ? 'defect'
          : 'unknown';
}

function pick<T>(list: readonly T[], seed: number, salt: number): T {
  return list[Math.floor(noise(seed, salt) * list.length)] ?? (list[0] as T);
}

/** The channels of `city`: its own cameras first. */
export function channelsOf(city: FakeCity): FakeChannel[] {
  if (city.cameras.length === 0) {
    return [];
  }
  const own = city.cameras.map((camera, i): FakeChannel => {
    const made = channel(i, city.now);
    return {
      ...made,
      id: camera.id,
      name: camera.name,
      lon: camera.lon,
      lat: camera.lat,
      status: camera.on ? 'on' : 'off',
      faults: [],
      category: camera.category,
      grade: 3,
      isSecret: false,
      azimuth: camera.azimuth,
      fov: camera.fov,
      range: camera.range,
      isAssumed: false,
      division: i % 2 === 0 ? '32030301' : '32030302',
    };
  });
  const others = Array.from({ length: CHANNELS - own.length }, (_, i) => channel(i + own.length, city.now));
  return [...own, ...others];
}

function channel(i: number, now: number): FakeChannel {
  const [code, , , streets] = pick(DISTRICTS, i, 302);
  const street = Math.floor(noise(i, 303) * streets.length);
  const group = Math.floor(noise(i, 304) * BUSINESS.length);
  const part = Math.floor(noise(i, 305) * (BUSINESS[group]?.[3].length ?? 1));
  const road = pick(ROADS, i, 306);
  const grade =
    noise(i, 307) < 0.02 ? 1 : noise(i, 307) < 0.12 ? 2 : noise(i, 307) < 0.85 ? 3 : noise(i, 307) < 0.95 ? 4 : 0;
  const isSecret = i % 173 === 40;
  const status = statusOf(i);
  const faults = status === 'on' && noise(i, 308) < 0.03 ? [pick(['late', 'moved', 'image_fault'], i, 309)] : [];
  return {
    id: `${code}00${i % 3 === 0 ? '11' : '05'}132${i % 2}${String(100_001 + i).slice(-6)}`,
    name: `${isSecret ? '涉密 ' : ''}${road}${pick(SPOTS, i, 310)}${pick(KINDS, i, 311)} ${String(i + 1).padStart(4, '0')}`,
    lon: 117.17 + 0.06 * (noise(i, 312) - 0.25),
    lat: 34.235 + 0.045 * (noise(i, 313) - 0.25),
    status,
    faults,
    ptz: [1, 3, 2, 3, 4][i % 5] ?? 0,
    category: noise(i, 314) < 0.06 ? 0 : 1 + Math.floor(noise(i, 315) * 3),
    grade: isSecret ? 1 : grade,
    isSecret,
    division: `${code}${String(street + 1).padStart(2, '0')}`,
    organisation: `3203000000216000${group + 1}${String(part + 1).padStart(3, '0')}`,
    address: `${road} ${10 + (i % 190)} 号`,
    tags: noise(i, 316) < 0.2 ? [pick(TAGS, i, 317)] : [],
    owner: pick(OWNERS, i, 318),
    source: pick(SOURCE_NAMES, i, 319),
    since: now - (status === 'on' ? 12 * DAY : (2 + 300 * noise(i, 320)) * HOUR),
    heardAt: now - (status === 'on' ? 20_000 : (2 + 300 * noise(i, 320)) * HOUR),
    outages: Math.floor(noise(i, 321) * (status === 'on' ? 3 : 9)),
    movedM: faults.includes('moved') ? 60 + 200 * noise(i, 322) : null,
    azimuth: Math.floor(360 * noise(i, 323)),
    fov: 55 + Math.floor(40 * noise(i, 324)),
    range: 80 + Math.floor(140 * noise(i, 325)),
    isAssumed: noise(i, 326) < 0.4,
    clips:
      i % 4 === 3
        ? []
        : [0, 1, 2].map((n): [number, number] => [now - (n + 1) * HOUR, now - (n + 1) * HOUR + 20 * MINUTE]),
  };
}

export const sourceNames: readonly string[] = SOURCE_NAMES;
export const tagNames: readonly string[] = TAGS;

export function words(rows: readonly (readonly [code: string, zh: string, en: string])[]): VideoWordDto[] {
  return rows.map(([code, zh, en]) => ({ code, name: either({ zh, en }) }));
}

export const PTZ_TYPES = [
  ['1', '球机', 'Dome'],
  ['2', '半球', 'Half dome'],
  ['3', '固定枪机', 'Fixed'],
  ['4', '遥控枪机', 'Remote'],
] as const;
export const CATEGORIES = [
  ['1', '一类', 'Class 1'],
  ['2', '二类', 'Class 2'],
  ['3', '三类', 'Class 3'],
] as const;
export const GRADES = [
  ['1', '核心', 'Core'],
  ['2', '敏感', 'Sensitive'],
  ['3', '内部', 'Internal'],
  ['4', '公开', 'Public'],
] as const;

/** The identity in its parts. */
export function codeOf(id: string): VideoFieldDto[] {
  const industry = id.slice(8, 10) === '11' ? { zh: '公安', en: 'Police' } : { zh: '其他公共', en: 'Other public' };
  const parts: [string, string, string, string, string][] = [
    ['Region', '行政区划', 'Region', id.slice(0, 8), id.slice(0, 6)],
    ['Industry', '行业', 'Industry', id.slice(8, 10), either(industry)],
    ['Type', '类型', 'Type', id.slice(10, 13), either({ zh: '网络摄像机', en: 'Network camera' })],
    ['Network', '网络', 'Network', id.slice(13, 14), either({ zh: '监控专网', en: 'Video network' })],
    ['Serial', '序号', 'Serial', id.slice(14), id.slice(14)],
  ];
  return parts.map(([field, zh, en, raw, value]) => ({
    field,
    label: either({ zh, en }),
    raw,
    value,
    is_assumed: false,
  }));
}

export function fieldsOf(one: FakeChannel): VideoFieldDto[] {
  const ptz = PTZ_TYPES.find(([code]) => code === String(one.ptz));
  const rows: [string, string, string, string, string][] = [
    ['Manufacturer', '厂商', 'Manufacturer', '示例厂商', '示例厂商'],
    ['CivilCode', '行政区', 'Civil code', one.division, one.division],
    ['Address', '安装地址', 'Address', one.address, one.address],
    [
      'Secrecy',
      '保密属性',
      'Secrecy',
      one.isSecret ? '1' : '0',
      either(one.isSecret ? { zh: '涉密', en: 'Secret' } : { zh: '不涉密', en: 'Not secret' }),
    ],
    ['PTZType', '云台类型', 'PTZ type', String(one.ptz), ptz === undefined ? '' : either({ zh: ptz[1], en: ptz[2] })],
    ['RoomType', '室内外', 'Room', '1', either({ zh: '室外', en: 'Outdoor' })],
    ['UseType', '用途', 'Use', '1', either({ zh: '治安', en: 'Security' })],
    ['SupplyLightType', '补光', 'Light', '2', either({ zh: '红外补光', en: 'Infrared' })],
    ['DirectionType', '方向', 'Direction', '3', either({ zh: '南', en: 'South' })],
    ['Resolution', '分辨率', 'Resolution', '6', '1920 × 1080'],
    ['ManagementUnit', '管理单位', 'Managed by', one.owner, one.owner],
  ];
  return rows.map(([field, zh, en, raw, value]) => ({
    field,
    label: either({ zh, en }),
    raw,
    value,
    is_assumed: false,
  }));
}
