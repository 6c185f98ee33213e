// The cases of the sample city: those of its events, and some that only the desk knows, each somewhere else in the loop.

import type { CaseActDto, CaseCategoryDto, CasePartyDto, CaseRoleDto } from '../../generated/wire';
import { either } from '../../state/texts';
import { HOUR, MINUTE } from '../../state/time';
import { type FakeReport, type FakeStep, type Phase, phaseMs } from './case_engine';
import { type CityEvent, type FakeCity, noise } from './city';

export const PARTIES: CasePartyDto[] = [
  { kind: 'department', id: 'emergency', name: '应急管理局' },
  { kind: 'department', id: 'urban', name: '城市管理局' },
  { kind: 'team', id: 'urban/patrol-1', name: '城管一中队' },
  { kind: 'department', id: 'municipal', name: '市政设施处' },
  { kind: 'team', id: 'municipal/crew-2', name: '市政抢修二队' },
  { kind: 'department', id: 'water', name: '徐州水务' },
  { kind: 'team', id: 'water/crew-1', name: '供水抢修一队' },
  { kind: 'team', id: 'water/drain-1', name: '排水抢险一队' },
  { kind: 'department', id: 'gas', name: '燃气公司' },
  { kind: 'team', id: 'gas/crew-1', name: '燃气抢修一队' },
  { kind: 'department', id: 'traffic', name: '交警支队' },
  { kind: 'person', id: 'traffic/zhao', name: '赵志强' },
  { kind: 'department', id: 'greenery', name: '园林中心' },
];

/** Word, code, name and group in Chinese, name in English. */
const CATEGORY_ROWS: readonly [string, string, string, string, string][] = [
  ['road_waterlogging', '0406', '道路积水', '突发事件', 'Road flooding'],
  ['gas_leak', '0403', '燃气泄漏', '突发事件', 'Gas leak'],
  ['burst_main', '0402', '自来水管破裂', '突发事件', 'Burst water main'],
  ['road_damage', '0110', '道路破损', '市容环境', 'Road damage'],
  ['manhole_missing', '2101', '井盖缺失', '扩展事件', 'Missing cover'],
  ['garbage', '0102', '暴露垃圾', '市容环境', 'Exposed garbage'],
  ['street_stall', '0504', '占道经营', '街面秩序', 'Street vending'],
  ['illegal_parking', '0505', '机动车乱停放', '街面秩序', 'Wrong parking'],
  ['light_out', '2102', '路灯损坏', '扩展事件', 'Street light'],
  ['tree_down', '2103', '树木倒伏', '扩展事件', 'Tree down'],
  ['traffic_accident', '2104', '交通事故', '扩展事件', 'Traffic accident'],
  ['traffic_jam', '2105', '交通拥堵', '扩展事件', 'Traffic jam'],
  ['noise_complaint', '0301', '施工扰民', '施工管理', 'Construction noise'],
  ['construction_dust', '0302', '工地扬尘', '施工管理', 'Construction dust'],
  ['other', '2199', '其他事件', '扩展事件', 'Other'],
];

/** Categories, in the language that is shown. */
export function categories(): CaseCategoryDto[] {
  return CATEGORY_ROWS.map(([word, code, zh, group, en]) => ({ word, code, name: either({ zh, en }), group }));
}

const ROLE_ROWS: readonly [string, string, string, boolean][] = [
  ['department', '责任部门', 'Department', true],
  ['duty_officer', '值班员', 'Duty officer', false],
  ['leader_on_duty', '带班领导', 'Leader on duty', false],
  ['shift_leader', '值班长', 'Shift leader', false],
  ['team', '处置队伍', 'Team', true],
];

export function roles(): CaseRoleDto[] {
  return ROLE_ROWS.map(([id, zh, en, needs_party]) => ({ id, name: either({ zh, en }), needs_party }));
}

export const SOURCES = ['officer', 'hotline', 'grid_worker', 'patrol', 'citizen', 'other'];

/** Who usually has what. */
const HOLDERS: Record<string, string> = {
  road_waterlogging: 'water/drain-1',
  gas_leak: 'gas/crew-1',
  burst_main: 'water/crew-1',
  road_damage: 'municipal/crew-2',
  manhole_missing: 'municipal',
  garbage: 'urban/patrol-1',
  street_stall: 'urban/patrol-1',
  illegal_parking: 'traffic',
  light_out: 'municipal',
  tree_down: 'greenery',
  traffic_accident: 'traffic/zhao',
  traffic_jam: 'traffic',
  noise_complaint: 'urban',
  construction_dust: 'urban',
};

type Goal =
  | 'collected'
  | 'registered'
  | 'assigned'
  | 'handling'
  | 'suspended'
  | 'handled'
  | 'verified'
  | 'rated'
  | 'closed';

/** Cases that only the desk knows: what, category, level, source, how far, and how much of its clock is used. */
const OWN: [string, string, string, string, Goal, number][] = [
  ['中山南路 DN600 给水管爆裂，路面冒水', 'burst_main', 'II', 'hotline', 'handling', 1.35],
  ['复兴路小区居民闻到燃气味', 'gas_leak', 'II', 'hotline', 'assigned', 0.9],
  ['金山桥下凹式立交积水 15 厘米', 'road_waterlogging', 'III', 'officer', 'handling', 0.86],
  ['矿山路人行道塌陷', 'road_damage', 'III', 'grid_worker', 'handling', 2.3],
  ['和平路与解放路口井盖移位', 'manhole_missing', 'III', 'citizen', 'registered', 1.6],
  ['夹河街垃圾桶满溢，沿街有异味', 'garbage', 'IV', 'hotline', 'handled', 0.4],
  ['户部山夜市占道经营', 'street_stall', 'IV', 'grid_worker', 'verified', 0.2],
  ['泉山森林公园树木倒伏压断护栏', 'tree_down', 'III', 'patrol', 'handling', 0.35],
  ['奎园小区地下车库进水', 'road_waterlogging', 'III', 'hotline', 'suspended', 0.5],
  ['三环南路渣土车撒漏', 'construction_dust', 'IV', 'patrol', 'rated', 0.3],
  ['民主北路机动车占用盲道', 'illegal_parking', 'IV', 'citizen', 'collected', 0.5],
  ['煤港路工地夜间打桩', 'noise_complaint', 'IV', 'hotline', 'assigned', 0.6],
  ['津浦西路路灯整段不亮', 'light_out', 'IV', 'grid_worker', 'handling', 1.1],
  ['段庄广场两车追尾', 'traffic_accident', 'III', 'officer', 'closed', 0],
];

/** What runs in a stage; where nothing stands it is the handling. */
const WAITING: Partial<Record<Goal, Phase>> = {
  collected: 'assign',
  registered: 'assign',
  assigned: 'receive',
  handled: 'verify',
  verified: 'rate',
};

const OFFICER = { by: '李敏', role: 'duty_officer', party: null, item: '' };

export interface FakeCase {
  id: string;
  steps: FakeStep[];
}

/** All cases that there are, and those that will be reported while somebody watches. */
export function sampleCases(city: FakeCity): FakeCase[] {
  const ofCity = city.events.map((event, i) => caseOf(city, event, i));
  return [...ofCity, ...(city.events.length === 0 ? [] : OWN.map((row, i) => ownCase(city, row, i)))];
}

function reportOf(
  id: string,
  event: Pick<CityEvent, 'title' | 'category' | 'level' | 'from' | 'source' | 'lon' | 'lat' | 'standing'>,
): FakeReport {
  const number = Number(id.replace(/\D/g, ''));
  return {
    id: `r-${id}`,
    case: id,
    source: event.source,
    number: event.source === 'hotline' ? `2026112100${String(number).padStart(4, '0')}` : '',
    title: event.title,
    text: TEXTS[number % TEXTS.length] ?? '',
    reporter: event.source === 'hotline' ? '张女士' : '',
    place: [event.lon, event.lat],
    happened_at: Math.round(event.from),
    at: Math.round(event.from),
    by: event.source,
    moved_to: null,
    category: event.category,
    level: event.level,
    standing: event.standing ?? 'actual',
    links: [],
  };
}

const TEXTS = [
  '来电人称已影响通行，请尽快处理。',
  '现场暂无人员受伤。',
  '',
  '附近为学校，下午放学前需处理完毕。',
  '第二次反映，希望给个答复。',
];

/** An event of the city with the steps that its status asks for. */
function caseOf(city: FakeCity, event: CityEvent, i: number): FakeCase {
  const { now } = city;
  const since = now - event.handledFrom;
  const inWork: Goal =
    i % 5 === 4 ? 'verified' : i % 5 === 2 && since < HOUR ? 'handled' : since < 20 * MINUTE ? 'assigned' : 'handling';
  const isNew = event.handledFrom > now;
  const goal: Goal = event.closedFrom <= now ? 'closed' : !isNew ? inWork : i % 2 === 0 ? 'collected' : 'registered';
  const last = event.closedFrom <= now ? event.closedFrom : Math.min(now - MINUTE, event.handledFrom);
  return { id: event.id, steps: stepsTo(event.id, reportOf(event.id, event), goal, event.from, last) };
}

function ownCase(city: FakeCity, row: (typeof OWN)[number], i: number): FakeCase {
  const [title, category, level, source, goal, used] = row;
  const id = `c${i + 1}`;
  const phase = WAITING[goal] ?? 'handle';
  // The clock began so long ago that as much of it is used; what came before was done in good time.
  const last = city.now - used * phaseMs(phase, level) - (goal === 'closed' ? 3 * HOUR : 0);
  const isFirst = goal === 'collected' || goal === 'registered';
  const from = isFirst ? last : last - (12 + 30 * noise(i, 61)) * MINUTE;
  const report = reportOf(id, {
    title,
    category,
    level: level as CityEvent['level'],
    from,
    source,
    lon: 117.17 + 0.03 * (0.1 + 0.8 * noise(i, 62)),
    lat: 34.235 + 0.02 * (0.1 + 0.8 * noise(i, 63)),
  });
  const steps = stepsTo(id, report, goal, from, last);
  if (id === 'c4') {
    steps.push(step(id, steps.length, city.now - 40 * MINUTE, { act: 'urge', text: '已超时，请说明原因', rung: 1 }));
  }
  if (id === 'c1') {
    const told = { id: 'r-c1b', source: 'grid_worker', number: '', title: '给水管漏水，人行道被淹' };
    const more = { ...report, ...told, at: Math.round(last) };
    steps.push(step(id, steps.length, last + MINUTE, { act: 'join', report: more }));
  }
  return { id, steps };
}

function step(id: string, n: number, at: number, act: FakeStep['act']): FakeStep {
  return { ...OFFICER, id: `${id}-${n}`, at: Math.round(at), act };
}

/** Steps from the report to `goal`: those in between evenly, the last at `last`. */
function stepsTo(id: string, report: FakeReport, goal: Goal, from: number, last: number): FakeStep[] {
  const party = HOLDERS[report.category] ?? 'urban';
  const acts: CaseActDto[] = [];
  const path: [Goal, CaseActDto[]][] = [
    ['registered', [{ act: 'register', category: '' }]],
    ['assigned', [{ act: 'assign', party, note: '请尽快到场' }]],
    ['handling', [{ act: 'receive' }, { act: 'arrive', text: '已到现场' }]],
    ['handled', [{ act: 'handle', text: '已处置，现场恢复' }]],
    ['verified', [{ act: 'verify', text: '现场照片属实' }]],
    ['rated', [{ act: 'rate', score: 4, text: '处理及时' }]],
    ['closed', [{ act: 'close', text: '已恢复正常' }]],
  ];
  if (goal !== 'collected') {
    for (const [stage, of] of path) {
      acts.push(...of);
      if (stage === goal || (goal === 'suspended' && stage === 'handling')) {
        break;
      }
    }
  }
  if (goal === 'suspended') {
    acts.push({ act: 'suspend', reason: '等待物业提供图纸' });
  }
  const at = (n: number) => from + ((last - from) * n) / Math.max(1, acts.length);
  return [
    step(id, 0, from, { act: 'report', report }),
    ...acts.map((act, n) => step(id, n + 1, Math.max(from + n + 1, at(n + 1)), act)),
  ];
}
