// The plans of the sample city, who can be sent, and what stands around: fictional like the rest of it.

import type {
  ChannelDto,
  DispatchKindDto,
  PlanDto,
  ReachKindDto,
  ResourceKindDto,
  ResponseDto,
} from '../../generated/wire';
import { either } from '../../state/texts';

export interface Words {
  zh: string;
  en: string;
}

interface FakeStep {
  id: string;
  text: Words;
  role: string;
  within?: number;
  after?: string;
  from?: ResponseDto;
  contacts?: [Words, string][];
  evidence?: boolean;
  optional?: boolean;
}

interface FakeNeed {
  kind: ResourceKindDto;
  what: string;
  name: Words;
  count: number;
  within: number;
}

interface FakeMessage {
  id: string;
  channel: ChannelDto;
  name: Words;
  text: Words;
}

export interface FakePlan {
  id: string;
  name: Words;
  about: Words;
  categories: string[];
  radius?: number;
  steps: FakeStep[];
  needs: FakeNeed[];
  messages: FakeMessage[];
}

const FIRE: [Words, string] = [{ zh: '消防', en: 'Fire' }, '119'];
const POLICE: [Words, string] = [{ zh: '公安', en: 'Police' }, '110'];

export const PLANS: readonly FakePlan[] = [
  {
    id: 'gas-leak',
    name: { zh: '燃气泄漏处置', en: 'Gas leak' },
    about: { zh: '先疏散、禁火、关阀，后抢修。', en: 'People out, no sparks, valves closed; then repair.' },
    categories: ['gas_leak'],
    radius: 200,
    steps: [
      {
        id: 'alert',
        text: { zh: '通知燃气公司、消防、公安', en: 'Tell the gas company, fire and police' },
        role: 'duty_officer',
        within: 180,
        contacts: [FIRE, POLICE],
      },
      {
        id: 'arrive',
        text: { zh: '抢险队到场检测浓度', en: 'The crew is there and measures' },
        role: 'team',
        within: 1800,
        evidence: true,
      },
      {
        id: 'cordon',
        text: { zh: '划警戒区，禁火断电', en: 'Cordon off, no fire, power off' },
        role: 'department',
        within: 1800,
      },
      { id: 'valve', text: { zh: '关闭上游阀门', en: 'Close the upstream valve' }, role: 'team', within: 1800 },
      {
        id: 'evacuate',
        text: { zh: '疏散警戒区内人员', en: 'Bring everybody out of the cordon' },
        role: 'leader_on_duty',
        within: 900,
        from: 'three',
      },
      {
        id: 'traffic',
        text: { zh: '周边道路管制', en: 'Close the roads around' },
        role: 'department',
        within: 900,
        from: 'two',
      },
      {
        id: 'repair',
        text: { zh: '堵漏抢修，通风', en: 'Seal, repair, let air in' },
        role: 'team',
        after: 'valve',
        evidence: true,
      },
    ],
    needs: [
      { kind: 'team', what: 'gas_crew', name: { zh: '燃气抢险队', en: 'Gas crew' }, count: 1, within: 15_000 },
      { kind: 'vehicle', what: 'fire_engine', name: { zh: '消防车', en: 'Fire engine' }, count: 2, within: 10_000 },
      { kind: 'vehicle', what: 'ambulance', name: { zh: '救护车', en: 'Ambulance' }, count: 1, within: 15_000 },
    ],
    messages: [
      {
        id: 'evacuate',
        channel: 'broadcast',
        name: { zh: '疏散广播', en: 'Evacuation' },
        text: {
          zh: '{place}发生燃气泄漏，请{area}内人员立即向上风方向撤离，禁止明火和开关电器。',
          en: 'Gas leak at {place}: leave {area} upwind now. No flames, no switches.',
        },
      },
      {
        id: 'crew',
        channel: 'sms',
        name: { zh: '出动通知', en: 'Call-out' },
        text: {
          zh: '{time} {place}燃气泄漏，浓度{value}，请立即出动。联系{officer} {phone}',
          en: '{time} {place}: gas leak, {value}. Set out now. Contact {officer} {phone}',
        },
      },
    ],
  },
  {
    id: 'road-flooding',
    name: { zh: '道路积水处置', en: 'Flooded road' },
    about: { zh: '下穿通道积水 27 cm 封闭。', en: 'An underpass is closed at 27 cm of water.' },
    categories: ['road_flooding', 'road_waterlogging'],
    radius: 500,
    steps: [
      {
        id: 'confirm',
        text: { zh: '调看摄像机和液位，核实积水', en: 'Look at cameras and levels: is there water?' },
        role: 'duty_officer',
        within: 300,
      },
      {
        id: 'send',
        text: { zh: '通知排水抢险队到场', en: 'Send the drainage crew' },
        role: 'duty_officer',
        within: 600,
        contacts: [[{ zh: '排水值班室', en: 'Drainage duty room' }, '0516-8000 2010']],
      },
      {
        id: 'arrive',
        text: { zh: '到场，设警示', en: 'Arrive and set up warnings' },
        role: 'team',
        within: 3600,
        after: 'send',
        evidence: true,
      },
      {
        id: 'pump',
        text: { zh: '开泵或调移动泵车抽排', en: 'Start pumps or bring a mobile one' },
        role: 'team',
        within: 3600,
        after: 'arrive',
      },
      {
        id: 'close',
        text: { zh: '封闭下穿通道，交警分流', en: 'Close the underpass; police divert traffic' },
        role: 'department',
        within: 900,
        from: 'three',
        contacts: [[{ zh: '交警', en: 'Traffic police' }, '122']],
      },
      {
        id: 'signs',
        text: { zh: '发布情报板和广播绕行提示', en: 'Signs and radio tell the detour' },
        role: 'duty_officer',
        within: 900,
        from: 'three',
        optional: true,
      },
      {
        id: 'warn',
        text: { zh: '向圈内人员发布预警', en: 'Warn everybody within the area' },
        role: 'leader_on_duty',
        within: 900,
        from: 'two',
      },
      { id: 'reopen', text: { zh: '退水后清淤、恢复通行', en: 'Clean up and reopen' }, role: 'team', evidence: true },
    ],
    needs: [
      {
        kind: 'team',
        what: 'drainage_crew',
        name: { zh: '排水抢险队', en: 'Drainage crew' },
        count: 1,
        within: 15_000,
      },
      { kind: 'vehicle', what: 'pump_truck', name: { zh: '移动泵车', en: 'Pump truck' }, count: 2, within: 20_000 },
      { kind: 'store', what: 'sandbags', name: { zh: '防汛沙袋库', en: 'Sandbag store' }, count: 1, within: 15_000 },
    ],
    messages: [
      {
        id: 'detour',
        channel: 'sign',
        name: { zh: '绕行提示', en: 'Detour' },
        text: { zh: '{place}积水，请绕行', en: 'Water at {place}: please take another way' },
      },
      {
        id: 'crew',
        channel: 'sms',
        name: { zh: '出动通知', en: 'Call-out' },
        text: {
          zh: '{time} {place}积水，液位{value}，请立即出动。联系{officer}',
          en: '{time} {place}: water, level {value}. Set out now. Contact {officer}',
        },
      },
    ],
  },
  {
    id: 'burst-main',
    name: { zh: '供水爆管处置', en: 'Burst main' },
    about: { zh: '先关阀止水，再抢修，保重点用户。', en: 'Close the valves, then repair; tankers where needed.' },
    categories: ['burst_main', 'road_damage'],
    steps: [
      {
        id: 'confirm',
        text: { zh: '核对压力、流量，定位爆点', en: 'Check pressure and flow, find the burst' },
        role: 'duty_officer',
        within: 300,
      },
      {
        id: 'valves',
        text: { zh: '关闭上下游阀门', en: 'Close the valves up- and downstream' },
        role: 'team',
        within: 1800,
        evidence: true,
      },
      {
        id: 'road',
        text: { zh: '设围挡，交通引导', en: 'Fence off, guide the traffic' },
        role: 'department',
        within: 1800,
      },
      {
        id: 'notice',
        text: { zh: '发布停水通知', en: 'Tell where the water is off' },
        role: 'duty_officer',
        within: 1800,
        after: 'valves',
      },
      {
        id: 'restore',
        text: { zh: '恢复供水，告知居民', en: 'Water on again, people are told' },
        role: 'duty_officer',
      },
    ],
    needs: [
      { kind: 'team', what: 'water_crew', name: { zh: '供水抢修队', en: 'Water crew' }, count: 1, within: 20_000 },
      { kind: 'vehicle', what: 'excavator', name: { zh: '挖掘机', en: 'Excavator' }, count: 1, within: 30_000 },
    ],
    messages: [
      {
        id: 'off',
        channel: 'sms',
        name: { zh: '停水通知', en: 'Water off' },
        text: {
          zh: '因{place}供水管道抢修，{area}自{time}起停水，预计{value}恢复。',
          en: 'Repairs at {place}: no water in {area} from {time}, expected back {value}.',
        },
      },
    ],
  },
  {
    id: 'missing-cover',
    name: { zh: '井盖缺失处置', en: 'Missing manhole cover' },
    about: { zh: '2 小时内防护，24 小时内修复。', en: 'Made safe within 2 hours, repaired within 24.' },
    categories: ['missing_cover', 'manhole_missing'],
    steps: [
      {
        id: 'owner',
        text: { zh: '核实井盖权属单位', en: 'Find out whose cover it is' },
        role: 'duty_officer',
        within: 900,
      },
      {
        id: 'protect',
        text: { zh: '现场防护：围挡、警示灯', en: 'Make it safe: barrier and lamp' },
        role: 'grid_worker',
        within: 7200,
        evidence: true,
      },
      { id: 'repair', text: { zh: '补装井盖', en: 'Put a cover on' }, role: 'team', within: 86_400, evidence: true },
    ],
    needs: [
      {
        kind: 'team',
        what: 'municipal_crew',
        name: { zh: '市政养护队', en: 'Municipal crew' },
        count: 1,
        within: 15_000,
      },
      {
        kind: 'store',
        what: 'manhole_covers',
        name: { zh: '井盖备件库', en: 'Store of covers' },
        count: 1,
        within: 30_000,
      },
    ],
    messages: [
      {
        id: 'crew',
        channel: 'app',
        name: { zh: '派工单', en: 'Work order' },
        text: { zh: '{place}{title}，请于{time}前完成防护。', en: '{place}: {title}. Make it safe by {time}.' },
      },
    ],
  },
];

/** The lowest response first. */
export const RESPONSE_ORDER: readonly ResponseDto[] = ['four', 'three', 'two', 'one'];

const LEVELS: readonly { response: ResponseDto; from: string; by: string; about: Words }[] = [
  {
    response: 'four',
    from: 'IV',
    by: 'shift_leader',
    about: { zh: '值班长组织处置', en: 'The shift leader organises the handling' },
  },
  {
    response: 'three',
    from: 'III',
    by: 'shift_leader',
    about: { zh: '增派力量，通报相关部门', en: 'More forces, departments are told' },
  },
  {
    response: 'two',
    from: 'II',
    by: 'leader_on_duty',
    about: { zh: '带班领导指挥，部门到场', en: 'The leader on duty commands, departments are on the spot' },
  },
  {
    response: 'one',
    from: 'I',
    by: 'leader_on_duty',
    about: { zh: '全市联动，报请上级', en: 'The whole city acts, the higher level is asked' },
  },
];

/** A plan as the host tells it, in the language of now. */
export function planDto(plan: FakePlan): PlanDto {
  return {
    id: plan.id,
    name: either(plan.name),
    about: either(plan.about),
    source: either({ zh: '示例预案，以本地预案为准', en: 'A sample; the plan of the city holds' }),
    pack: 'city',
    categories: plan.categories,
    closing_needs_evidence: true,
    levels: LEVELS.map((one) => ({
      response: one.response,
      from_level: one.from,
      by_role: one.by,
      about: either(one.about),
    })),
    steps: plan.steps.map((step) => ({
      id: step.id,
      text: either(step.text),
      role: step.role,
      within_s: step.within ?? null,
      after: step.after ?? null,
      from: step.from ?? 'four',
      contacts: (step.contacts ?? []).map(([name, phone]) => ({ name: either(name), phone })),
      needs_evidence: step.evidence === true,
      is_optional: step.optional === true,
    })),
    needs: plan.needs.map((need) => ({
      kind: need.kind,
      what: need.what,
      name: either(need.name),
      count: need.count,
      within_m: need.within,
    })),
    messages: plan.messages.map((one) => ({
      id: one.id,
      channel: one.channel,
      name: either(one.name),
      text: either(one.text),
    })),
    warn_radius_m: plan.radius ?? null,
    warn_fence: '',
  };
}

export interface FakeResource {
  id: string;
  kind: ResourceKindDto;
  name: Words;
  can: string[];
  place: [number, number];
  count: number;
  contact: [Words, string];
  party: { kind: DispatchKindDto; id: string };
  /** On the road already, metres a second on the way. */
  speed: number;
  ready: number;
}

function resource(
  id: string,
  kind: ResourceKindDto,
  name: Words,
  can: string[],
  place: [number, number],
  more: { count?: number; contact: [Words, string]; ready?: number },
): FakeResource {
  const speed = kind === 'store' ? 8 : 11;
  return {
    id,
    kind,
    name,
    can,
    place,
    count: more.count ?? 1,
    contact: more.contact,
    party: { kind: 'team', id: `forces/${id}` },
    speed,
    ready: more.ready ?? 120,
  };
}

function person(zh: string, en: string, phone: string): [Words, string] {
  return [{ zh, en }, phone];
}

export const RESOURCES: readonly FakeResource[] = [
  resource('drain-1', 'team', { zh: '排水抢险一队', en: 'Drainage crew 1' }, ['drainage_crew'], [117.181, 34.247], {
    contact: person('赵磊', 'Zhao Lei', '138-0000-2011'),
  }),
  resource('drain-2', 'team', { zh: '排水抢险二队', en: 'Drainage crew 2' }, ['drainage_crew'], [117.196, 34.239], {
    contact: person('钱伟', 'Qian Wei', '138-0000-2012'),
    ready: 300,
  }),
  resource('gas-1', 'team', { zh: '燃气抢险队', en: 'Gas crew' }, ['gas_crew'], [117.176, 34.251], {
    contact: person('孙强', 'Sun Qiang', '138-0000-3011'),
  }),
  resource('water-1', 'team', { zh: '供水抢修队', en: 'Water crew' }, ['water_crew'], [117.189, 34.253], {
    contact: person('李涛', 'Li Tao', '138-0000-4011'),
  }),
  resource('street-1', 'team', { zh: '市政养护队', en: 'Municipal crew' }, ['municipal_crew'], [117.192, 34.244], {
    contact: person('周洁', 'Zhou Jie', '138-0000-5011'),
  }),
  resource('pump-1', 'vehicle', { zh: '移动泵车 01', en: 'Pump truck 01' }, ['pump_truck'], [117.184, 34.241], {
    contact: person('吴军', 'Wu Jun', '138-0000-2101'),
    ready: 60,
  }),
  resource('fire-1', 'vehicle', { zh: '消防车 泉山 3', en: 'Fire engine 3' }, ['fire_engine'], [117.179, 34.243], {
    count: 2,
    contact: person('消防指挥中心', 'Fire control', '119'),
    ready: 60,
  }),
  resource('aid-1', 'vehicle', { zh: '救护车 07', en: 'Ambulance 07' }, ['ambulance'], [117.194, 34.25], {
    contact: person('急救中心', 'Ambulance control', '120'),
    ready: 60,
  }),
  resource('dig-1', 'vehicle', { zh: '挖掘机 12', en: 'Excavator 12' }, ['excavator'], [117.173, 34.237], {
    contact: person('郑勇', 'Zheng Yong', '138-0000-4101'),
    ready: 900,
  }),
  resource('bags-1', 'store', { zh: '防汛沙袋库', en: 'Sandbag store' }, ['sandbags'], [117.178, 34.238], {
    count: 4000,
    contact: person('库管员', 'Store keeper', '0516-8000 2020'),
    ready: 600,
  }),
  resource('covers-1', 'store', { zh: '井盖备件库', en: 'Store of covers' }, ['manhole_covers'], [117.198, 34.246], {
    count: 60,
    contact: person('库管员', 'Store keeper', '0516-8000 5020'),
    ready: 600,
  }),
];

export const DEPARTMENTS: readonly { id: string; name: Words; phone: string }[] = [
  { id: 'water', name: { zh: '市水务局', en: 'Water bureau' }, phone: '0516-8000 2000' },
  { id: 'urban', name: { zh: '市城管局', en: 'Urban management bureau' }, phone: '0516-8000 5000' },
  { id: 'gas', name: { zh: '燃气集团', en: 'Gas company' }, phone: '0516-8000 3000' },
  { id: 'police', name: { zh: '交警支队', en: 'Traffic police' }, phone: '122' },
];

/** Who and what is anywhere in the sample city, by kind. */
export const AROUND: readonly { kind: ReachKindDto; count: number; name: Words }[] = [
  { kind: 'person', count: 46, name: { zh: '网格员', en: 'Grid worker' } },
  { kind: 'vehicle', count: 18, name: { zh: '作业车', en: 'Service car' } },
  { kind: 'speaker', count: 24, name: { zh: '应急广播', en: 'Loudspeaker' } },
  { kind: 'sign', count: 9, name: { zh: '情报板', en: 'Road sign' } },
];
