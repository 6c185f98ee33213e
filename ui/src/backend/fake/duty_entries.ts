// What stands in the duty log of the sample city: alarms, events, acts, the desk itself, and what officers wrote.

import type { DutyEntryDto, DutySourceDto, DutyStruckDto, Target } from '../../generated/wire';
import { either } from '../../state/texts';
import { DAY, HOUR, MINUTE, ZONE_OFFSET } from '../../state/time';
import type { FakeCity } from './city';

/** In the order of `DutyPageDto.by_source`. */
export const SOURCES: readonly DutySourceDto[] = ['alarm', 'event', 'act', 'system', 'hand'];

/** Who writes what nobody wrote. */
export const DESK = 'desk';

export interface FakeEntry {
  id: string;
  at: number;
  by: string;
  source: DutySourceDto;
  subject: string;
  target: Target | null;
  text: { zh: string; en: string };
  corrects: string | null;
  struck: DutyStruckDto | null;
}

export function entryDto(entry: FakeEntry): DutyEntryDto {
  return {
    ...entry,
    text: either(entry.text),
    is_changeable: entry.source === 'hand' && entry.struck === null,
  };
}

/** When the day shift of the day of `now` begins, and how the shift that runs is called. */
export function shiftAt(now: number): { id: 'day' | 'night'; from: number; until: number } {
  const midnight = Math.floor((now + ZONE_OFFSET) / DAY) * DAY - ZONE_OFFSET;
  const eight = midnight + 8 * HOUR;
  if (now < eight) {
    return { id: 'night', from: eight - 12 * HOUR, until: eight };
  }
  return now < eight + 12 * HOUR
    ? { id: 'day', from: eight, until: eight + 12 * HOUR }
    : { id: 'night', from: eight + 12 * HOUR, until: eight + 24 * HOUR };
}

/** Everything that the sample log has and will have, by time. */
export function entriesOf(city: FakeCity, operator: string): FakeEntry[] {
  const from = shiftAt(city.now).from;
  const isEmpty = city.sensors.length === 0;
  const entries = [
    plain('d-begin', from, 'system', '白班开始，值班员王建国、李敏', 'Day shift begins: 王建国, 李敏'),
    ...(isEmpty ? [] : [...alarmEntries(city, operator), ...eventEntries(city), ...systemEntries(city.now)]),
    ...(isEmpty ? [] : handEntries(city.now, operator)),
  ];
  return entries.sort((a, b) => a.at - b.at);
}

function plain(id: string, at: number, source: DutySourceDto, zh: string, en: string, by = DESK): FakeEntry {
  return { id, at, by, source, subject: '', target: null, text: { zh, en }, corrects: null, struck: null };
}

const WORDS = { critical: { zh: '紧急', en: 'Critical' }, high: { zh: '重要', en: 'High' } } as const;

function alarmEntries(city: FakeCity, operator: string): FakeEntry[] {
  return city.episodes.slice(0, 400).flatMap((one) => {
    if (one.severity !== 'critical' && one.severity !== 'high') {
      return [];
    }
    const { name, id } = one.sensor;
    const words = WORDS[one.severity];
    const about = { subject: one.id, target: { kind: 'thing', id } as const };
    const raised = plain(`d-${one.id}`, one.from, 'alarm', `${words.zh}告警：${name}`, `${words.en} alarm: ${name}`);
    const taken = plain(
      `d-${one.id}-a`,
      one.from + 2 * MINUTE,
      'act',
      `确认告警：${name}`,
      `Acknowledged: ${name}`,
      operator,
    );
    return (one.acknowledgedBy === null ? [raised] : [raised, taken]).map((entry) => ({ ...entry, ...about }));
  });
}

function eventEntries(city: FakeCity): FakeEntry[] {
  return city.events.flatMap((event) => {
    const about = { subject: event.id, target: { kind: 'event', id: event.id } as const };
    return [
      {
        ...plain(`d-${event.id}`, event.from, 'event', `上报：${event.title}`, `Reported: ${event.title}`),
        ...about,
      },
      {
        ...plain(`d-${event.id}-h`, event.handledFrom, 'event', `交办：${event.title}`, `Assigned: ${event.title}`),
        ...about,
      },
    ];
  });
}

function systemEntries(now: number): FakeEntry[] {
  return [
    plain('d-s1', now - 4 * HOUR, 'system', '与中枢的连接中断', 'Connection to the hub lost'),
    plain('d-s2', now - 4 * HOUR + 3 * MINUTE, 'system', '连接恢复，补齐 1 240 条', 'Connected again, 1 240 caught up'),
    plain('d-s3', now - 96 * MINUTE, 'system', '数据源「水务」11 分钟没有数据', 'Source “water” silent for 11 minutes'),
    plain(
      'd-s4',
      now - 52 * MINUTE,
      'alarm',
      '告警归并：和平路 DN600 给水干管，共 12 条',
      'Alarms grouped: DN600 main in Heping Road, 12',
    ),
  ];
}

function handEntries(now: number, operator: string): FakeEntry[] {
  const hand = (id: string, before: number, zh: string, en: string) =>
    plain(id, now - before * MINUTE, 'hand', zh, en, operator);
  const wrong = hand('d-h2', 190, '云龙湖下穿通道水深 72 cm，已通知排水队。', 'Underpass 72 cm deep; crew told.');
  return [
    hand(
      'd-h1',
      281,
      '接市应急局电话：今夜有短时强降雨，要求加密巡查下穿通道。',
      'Call from the emergency bureau: heavy showers tonight, check the underpasses more often.',
    ),
    { ...wrong, struck: { at: now - 184 * MINUTE, by: operator, reason: '读错水尺' } },
    {
      ...hand('d-h3', 184, '云龙湖下穿通道水深 22 cm，已通知排水队。', 'Underpass 22 cm deep; crew told.'),
      corrects: 'd-h2',
    },
    hand('d-h4', 42, '排水队 3 人到场，潜水泵已开。', 'Drainage crew of 3 on site, pump running.'),
  ];
}
