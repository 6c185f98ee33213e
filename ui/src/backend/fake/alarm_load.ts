// The load figures, rules and trials of the sample city. Deterministic; nothing here is measured.

import type { AlarmLoadDto, LoadFiguresDto, LoadTopDto, RuleDto, RuleTrialDto } from '../../generated/wire';
import { ALARMING } from '../../state/severity';
import { either } from '../../state/texts';
import { DAY, HOUR, MINUTE, SECOND } from '../../state/time';
import type { Span } from '../backend';
import { type FakeCity, limitOf, noise } from './city';

const TEN_MINUTES = 10 * MINUTE;
const MOST_BINS = 4_320;
/** What the sample calls a flood: more than this in ten minutes. */
const FLOOD = 10;

export function fakeLoad(city: FakeCity, span: Span): AlarmLoadDto {
  const bins = city.sensors.length === 0 ? 0 : Math.min(MOST_BINS, Math.round((span.to - span.from) / TEN_MINUTES));
  const before = Array.from({ length: bins }, (_, i) => alarmsIn(span.from + i * TEN_MINUTES));
  // Consequences and what chatters are told once.
  const after = before.map((n, i) => (n > 12 ? Math.round(n / 5) + 2 : Math.floor(n * (0.35 + 0.2 * noise(i, 72)))));
  const rows = city.sensors.slice(0, 10).map(
    (sensor, i): LoadTopDto => ({
      target: { kind: 'thing', id: sensor.id },
      name: sensor.name,
      rule: i === 3 ? ruleName('gas-rise') : '',
      count: Math.round((bins * (11 - i)) / 60) + 1,
      share: (11 - i) / 160,
    }),
  );
  return {
    ...span,
    before: figuresOf(before, 14, 9),
    after: figuresOf(after, 2, 3),
    ten_minutes: after,
    ten_minutes_before: before,
    top: bins === 0 ? [] : rows,
    chattering: bins === 0 ? [] : rows.slice(2, 4),
    stale: bins === 0 ? [] : rows.slice(6, 9),
  };
}

/** Rush hours and one burst in the morning are busy. */
function alarmsIn(at: number): number {
  const hour = Math.floor(((at + 8 * HOUR) % DAY) / HOUR);
  const busy = (hour >= 7 && hour <= 9) || (hour >= 17 && hour <= 19) ? 5 : 2;
  const slot = Math.floor(at / TEN_MINUTES);
  const isBurst = hour === 8 && Math.floor((at % HOUR) / TEN_MINUTES) < 2;
  return Math.floor(busy * noise(slot, 71) * 2) + (isBurst ? 38 + Math.floor(10 * noise(slot, 73)) : 0);
}

function figuresOf(bins: readonly number[], chattering: number, stale: number): LoadFiguresDto {
  const count = bins.reduce((sum, n) => sum + n, 0);
  const tens = Math.max(1, bins.length);
  const over = bins.filter((n) => n > FLOOD).length;
  return {
    count,
    per_ten_minutes: count / tens,
    worst_ten_minutes: Math.max(0, ...bins),
    per_hour: (count / tens) * 6,
    per_day: (count / tens) * 144,
    flood_share: over / tens,
    floods: bins.filter((n, i) => n > FLOOD && (bins[i - 1] ?? 0) <= FLOOD).length,
    over_ten_share: over / tens,
    mix: [0.02, 0.09, 0.24, 0.65],
    acknowledged_p50_s: count === 0 ? null : 74,
    acknowledged_p95_s: count === 0 ? null : 560,
    chattering,
    stale,
  };
}

interface FakeRule {
  id: string;
  kind: string;
  name: { zh: string; en: string };
  about: { zh: string; en: string };
  conditions: number;
  active: number;
}

const RULES: FakeRule[] = [
  {
    id: 'limits',
    kind: 'limits',
    name: { zh: '设备自带限值', en: 'Limits of the devices' },
    about: {
      zh: '每台设备登记的四级限值，回差 2 %。',
      en: 'The four limits that each device is registered with; dead-band 2 %.',
    },
    conditions: 236,
    active: 17,
  },
  {
    id: 'gas-rise',
    kind: 'rate',
    name: { zh: '阀门井可燃气体连续升高', en: 'Gas rises in a valve chamber' },
    about: {
      zh: '10 分钟内升高 5 %LEL 以上，还没有到限值。先看上游阀门，再派人到场。',
      en: 'More than 5 %LEL in 10 minutes, below the limit. Look at the valve upstream, then send somebody.',
    },
    conditions: 14,
    active: 1,
  },
  {
    id: 'pressure-drop',
    kind: 'rate',
    name: { zh: '管网压力骤降', en: 'Pressure drops in a main' },
    about: { zh: '5 分钟内下降 20 % 以上，可能爆管。', en: 'More than 20 % in 5 minutes: a main may have burst.' },
    conditions: 32,
    active: 0,
  },
  {
    id: 'level-unusual',
    kind: 'deviation',
    name: { zh: '积水与常日不符', en: 'Unusual water level' },
    about: {
      zh: '比上周同一时刻的平均高出三个标准差。',
      en: 'Three standard deviations above the mean of the same hour last week.',
    },
    conditions: 28,
    active: 0,
  },
  {
    id: 'sensor-stuck',
    kind: 'stuck',
    name: { zh: '数值不变', en: 'A value stands still' },
    about: { zh: '30 分钟里数值一点没有变。', en: 'No change at all for 30 minutes.' },
    conditions: 236,
    active: 2,
  },
  {
    id: 'sensor-missing',
    kind: 'missing',
    name: { zh: '没有数据', en: 'No data' },
    about: { zh: '超过十个上报周期没有数据。', en: 'Nothing for more than ten reporting periods.' },
    conditions: 236,
    active: 4,
  },
  {
    id: 'crane-out',
    kind: 'fence',
    name: { zh: '吊车出围栏', en: 'A crane leaves its fence' },
    about: {
      zh: '工地车辆离开划定的范围超过 2 分钟。',
      en: 'A site vehicle outside its area for more than 2 minutes.',
    },
    conditions: 6,
    active: 0,
  },
  {
    id: 'area-flooded',
    kind: 'count',
    name: { zh: '一个街道多处积水', en: 'Water in many places of one district' },
    about: { zh: '15 分钟内同一街道 3 处以上积水。', en: 'Three places or more in one district within 15 minutes.' },
    conditions: 6,
    active: 0,
  },
  {
    id: 'manhole-open',
    kind: 'combination',
    name: { zh: '井盖打开', en: 'An open manhole' },
    about: { zh: '倾角越限而且没有登记的作业。', en: 'Tilted beyond its limit, and no work is registered there.' },
    conditions: 120,
    active: 1,
  },
];

/** What a rule is called; empty for a device's own limits. */
export function ruleName(id: string): string {
  const rule = RULES.find((one) => one.id === id);
  return rule === undefined || id === 'limits' ? '' : either(rule.name);
}

export function ruleAbout(id: string): string {
  const rule = RULES.find((one) => one.id === id);
  return rule === undefined || id === 'limits' ? '' : either(rule.about);
}

/** The rules in the language of the desk; those in `off` are switched off. */
export function fakeRules(off: ReadonlySet<string>): RuleDto[] {
  return RULES.map((rule) => ({
    ...rule,
    name: either(rule.name),
    about: either(rule.about),
    pack: 'city',
    is_on: !off.has(rule.id),
  }));
}

export function fakeTrial(city: FakeCity, rule: RuleDto, span: Span): RuleTrialDto {
  const days = (span.to - span.from) / DAY;
  const row = RULES.findIndex((one) => one.id === rule.id);
  const raised = rule.id === 'sensor-stuck' ? 0 : Math.round(days * (1 + row / 4) + 1);
  const burst = Math.round(span.to - days * DAY * 0.3);
  return {
    rule: rule.id,
    name: rule.name,
    raised,
    in_burst: Math.min(3, raised),
    burst_at: raised === 0 ? null : burst,
    chattering: raised > 10 ? 1 : 0,
    examples: Array.from({ length: Math.min(5, raised) }, (_, i) => {
      const sensor = city.sensors[(row * 7 + i * 3) % Math.max(1, city.sensors.length)];
      const severity = ALARMING[i % 3] ?? 'low';
      return {
        name: sensor?.name ?? '',
        at: i < 3 ? burst + i * 40 * SECOND : Math.round(span.from + (i * (span.to - span.from)) / 7),
        value: sensor === undefined ? 0 : limitOf(sensor, severity) * 1.04,
        severity,
      };
    }),
  };
}
