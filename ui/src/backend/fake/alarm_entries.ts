// The alarms of the sample city as the alarm desk keeps them: those of its episodes, some that are away, and floods.

import type { AlarmLineDto, AlarmLineWhyDto, AlarmStateDto, AlarmStepDto } from '../../generated/wire';
import { ALARMING, type Alarming } from '../../state/severity';
import { HOUR, MINUTE, SECOND } from '../../state/time';
import { stepOf } from './alarm_detail';
import { type Episode, type FakeCity, limitOf, noise, type Sensor } from './city';

export interface Entry extends Episode {
  name: string;
  rule: string;
  area: string;
  /** The line of the grouping that it belongs to. */
  line: string;
  /** The alarm that it follows from. */
  cause: string | null;
  consequences: number;
  isGrouped: boolean;
  isOut: boolean;
  shelved: { until: number | null } | undefined;
  needsConfirm: boolean;
  isLatched: boolean;
  isChattering: boolean;
  /** A value of its own, where the device has none that fits. */
  value: number | undefined;
  steps: AlarmStepDto[];
  /** `undefined` before it came. */
  state: AlarmStateDto | undefined;
  /** Its coming back is among the steps. */
  isTold: boolean;
}

const AREAS = ['云龙湖街道', '彭城街道', '和平街道', '黄楼街道', '泰山街道', '子房街道'];
/** What a flood is gathered by: with the cause and the rest fewer than ten lines. */
const GROUPED_AREAS = AREAS.slice(0, 3);
const GROUPED_KINDS = ['traffic', 'air', 'noise'];
const STORM_COUNT = 50_000;
const BURST_CONSEQUENCES = 40;

export function areaOf(sensor: Sensor): string {
  return AREAS[Number(sensor.id) % AREAS.length] ?? '';
}

function entry(episode: Episode, values: Partial<Entry> = {}): Entry {
  const steps = [stepOf(episode.from, 'alarm_raised', 'rule:limits', '', episode.severity)];
  if (episode.acknowledgedBy !== null) {
    steps.push(stepOf(episode.from + 2 * MINUTE, 'alarm_acknowledged', episode.acknowledgedBy, '', null));
  }
  return {
    ...episode,
    name: episode.sensor.name,
    rule: 'limits',
    area: areaOf(episode.sensor),
    line: 'rest',
    cause: null,
    consequences: 0,
    isGrouped: false,
    isOut: false,
    shelved: undefined,
    needsConfirm: false,
    isLatched: false,
    isChattering: false,
    value: undefined,
    steps,
    state: undefined,
    isTold: false,
    ...values,
  };
}

/** Where an alarm of a flood stands: with its area, with its kind, or with the rest. */
function lineOf(sensor: Sensor, area: string, pick: number): string {
  if (pick < 0.6 && GROUPED_AREAS.includes(area)) {
    return `area-${area}`;
  }
  return GROUPED_KINDS.includes(sensor.kind) ? `kind-${sensor.kind}` : 'rest';
}

/** One for each episode; one of those that stand has consequences, another chatters. */
export function entriesOf(episodes: readonly Episode[]): Entry[] {
  return episodes.map((episode, i) => {
    const line = lineOf(episode.sensor, areaOf(episode.sensor), noise(i, 96));
    switch (episode.id) {
      case 'a2':
        return entry(episode, { line, consequences: 12 });
      case 'a8':
        return entry(episode, { line, isChattering: true });
      default:
        return entry(episode, { line });
    }
  });
}

/** What is away, one way or another, and what waits for a last word. */
export function hiddenEntries(city: FakeCity): Entry[] {
  const { now } = city;
  const sensors = city.sensors.filter((sensor) => sensor.kind !== 'parking');
  const made: Entry[] = [];
  const add = (id: string, index: number, severity: Alarming, minutes: number, values: Partial<Entry>) => {
    const sensor = sensors[index % sensors.length];
    if (sensor !== undefined) {
      const times = { from: now - minutes * MINUTE, until: now + 6 * HOUR };
      const episode: Episode = { id, sensor, severity, ...times, acknowledgedBy: '李敏', ...values };
      made.push(entry(episode, { value: limitOf(sensor, severity) * 1.05, ...values }));
    }
  };
  add('s1', 5, 'medium', 190, { shelved: { until: Math.round(now + 25 * MINUTE) } });
  add('s2', 16, 'low', 75, { shelved: { until: null } });
  add('s3', 45, 'medium', 60, { shelved: { until: Math.round(now + 3 * HOUR) } });
  for (let i = 0; i < 12; i += 1) {
    add(`c${i}`, 14 + i * 3, i % 4 === 0 ? 'high' : 'medium', 5.5 - i * 0.2, { cause: 'a2', acknowledgedBy: null });
  }
  add('g1', 20, 'low', 45, { isGrouped: true, acknowledgedBy: null });
  add('g2', 21, 'low', 44, { isGrouped: true, acknowledgedBy: null });
  add('o1', 33, 'medium', 26 * 60, { isOut: true });
  add('u1', 38, 'low', 200, { needsConfirm: true, rule: 'gas-rise', until: now - 160 * MINUTE });
  add('l1', 39, 'low', 210, { isLatched: true, rule: 'manhole-open', until: now - 170 * MINUTE });
  return made;
}

const CAUSE = 'cause-burst';

/** A burst main with its consequences, and the rest of the flood by area and by kind. */
export function burstEntries(city: FakeCity): Entry[] {
  const sensors = city.sensors.filter((sensor) => sensor.kind === 'water_level' || sensor.kind === 'manhole');
  const main = sensors[0];
  if (main === undefined) {
    return [];
  }
  const { now } = city;
  const from = now - 18 * MINUTE;
  const burst = entry(
    { id: 'burst', sensor: main, severity: 'critical', from, until: now + 6 * HOUR, acknowledgedBy: null },
    {
      name: '和平路 DN600 给水干管',
      rule: 'pressure-drop',
      line: CAUSE,
      consequences: BURST_CONSEQUENCES,
      value: 0.12,
    },
  );
  const followers = Array.from({ length: BURST_CONSEQUENCES }, (_, i) => {
    const sensor = sensors[i % sensors.length] ?? main;
    const severity = i % 5 === 0 ? ('high' as const) : ('medium' as const);
    const at = from + (20 + i * 9) * SECOND;
    return entry(
      { id: `burst-${i}`, sensor, severity, from: at, until: now + 6 * HOUR, acknowledgedBy: null },
      { name: `${sensor.name} ${i + 1}`, cause: 'burst', line: CAUSE, value: limitOf(sensor, severity) * 1.1 },
    );
  });
  return [burst, ...followers];
}

/** Fifty thousand alarms within ten minutes. */
export function stormEntries(city: FakeCity): Entry[] {
  const sensors = city.sensors.filter((sensor) => sensor.kind !== 'parking');
  const storm = burstEntries(city);
  for (let i = 0; i < STORM_COUNT; i += 1) {
    const sensor = sensors[i % sensors.length];
    if (sensor === undefined) {
      break;
    }
    const pick = noise(i, 91);
    const severity = ALARMING[pick < 0.01 ? 0 : pick < 0.06 ? 1 : pick < 0.21 ? 2 : 3];
    const from = city.now - 10 * MINUTE * noise(i, 92);
    const area = AREAS[Math.floor(noise(i, 93) * 4)] ?? '';
    storm.push(
      entry(
        { id: `t${i}`, sensor, severity, from, until: city.now + 6 * HOUR, acknowledgedBy: null },
        {
          name: `${sensor.name} ${i + 1}`,
          area,
          line: lineOf(sensor, area, noise(i, 94)),
          value: limitOf(sensor, severity) * (1.02 + 0.2 * noise(i, 95)),
        },
      ),
    );
  }
  return storm;
}

const MOST_LINES = 10;

/** At most ten lines; every alarm is in exactly one. */
export function linesOf(entries: readonly Entry[]): AlarmLineDto[] {
  const lines = new Map<string, AlarmLineDto>();
  for (const one of entries) {
    const known = lines.get(one.line) ?? newLine(one);
    const rank = ALARMING.indexOf(one.severity);
    known.counts[rank] = (known.counts[rank] ?? 0) + 1;
    known.unacknowledged += one.acknowledgedBy === null ? 1 : 0;
    if (one.from < known.since) {
      Object.assign(known, { since: Math.round(one.from), first: one.id, first_name: one.name });
    }
    lines.set(one.line, known);
  }
  const worst = (line: AlarmLineDto) => line.counts.findIndex((n) => n > 0);
  return [...lines.values()]
    .sort((a, b) => Number(b.why === 'cause') - Number(a.why === 'cause') || worst(a) - worst(b) || a.since - b.since)
    .slice(0, MOST_LINES);
}

function newLine(first: Entry): AlarmLineDto {
  const [prefix = 'rest', ...rest] = first.line.split('-');
  const why: AlarmLineWhyDto = isWhy(prefix) ? prefix : 'rest';
  return {
    id: first.line,
    why,
    name: why === 'cause' ? first.name : rest.join('-'),
    counts: [0, 0, 0, 0],
    first: first.id,
    first_name: first.name,
    since: Math.round(first.from),
    unacknowledged: 0,
  };
}

function isWhy(word: string): word is AlarmLineWhyDto {
  return ['cause', 'area', 'kind', 'chattering', 'rest'].includes(word);
}
