// What the cases of a time amount to, as lines and bars: stretches, gaps filled with noughts, words for seconds. Pure.

import type { AnalysisByDto, AnalysisDto, AnalysisRowDto, CaseFiguresDto } from '../generated/wire';
import { percent } from './alarm_load';
import { t, word } from './texts';
import { DAY, duration, quantity, SECOND, ZONE_OFFSET } from './time';

export const ANALYSIS_SPANS = ['week', 'month', 'quarter', 'year'] as const;
export type AnalysisSpan = (typeof ANALYSIS_SPANS)[number];
const SPAN_DAYS: Record<AnalysisSpan, number> = { week: 7, month: 30, quarter: 90, year: 365 };

/** What the table can be grouped by, the most asked for first. */
export const BY: readonly AnalysisByDto[] = [
  'category',
  'department',
  'level',
  'community',
  'grid',
  'hour',
  'weekday',
  'day',
];

/** Where the figures of a place are looked at: so far away, metres and degrees. */
export const VISIT = { distance_m: 500, pitch_deg: 50 } as const;

/** Whole days in the city, so that every day of the chart is a whole one; the last is the day of `now`. */
export function spanOf(span: AnalysisSpan, now: number): { from: number; to: number } {
  const tomorrow = (Math.floor((now + ZONE_OFFSET) / DAY) + 1) * DAY - ZONE_OFFSET;
  return { from: tomorrow - SPAN_DAYS[span] * DAY, to: Math.min(tomorrow, Math.round(now) + 1) };
}

/** The begin of a day that a person chose, `2026-11-21`; `undefined` for what is no day. */
export function dayBegin(text: string): number | undefined {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return Number.isFinite(at) ? at - ZONE_OFFSET : undefined;
}

/** The day of a moment as a date field has it. */
export function dayText(at: number): string {
  return new Date(at + ZONE_OFFSET).toISOString().slice(0, 10);
}

/** `3 分`, or a dash where nothing came to that. */
export function secondsWords(seconds: number | null): string {
  return seconds === null ? '—' : duration(seconds * SECOND);
}

export function rowsBy(analysis: AnalysisDto, by: AnalysisByDto): readonly AnalysisRowDto[] {
  return analysis.tables.find((table) => table.by === by)?.rows ?? [];
}

/** How many groups there are beyond those that are listed. */
export function leftOut(analysis: AnalysisDto, by: AnalysisByDto): number {
  const table = analysis.tables.find((one) => one.by === by);
  return table === undefined ? 0 : Math.max(0, table.total - table.rows.length);
}

/** What a group is called: hours as times, what is unknown in words. */
export function groupName(by: AnalysisByDto, row: AnalysisRowDto): string {
  if (by === 'hour') {
    return `${row.group}:00`;
  }
  if (by === 'weekday') {
    return word('weekday', row.group === '7' ? '0' : row.group);
  }
  const name = row.name === '' ? row.group : row.name;
  return name === '' ? t('analysis.unknown') : name;
}

/** Cases and those too late, for each hour of the day; hours without any are noughts. */
export function hoursOf(analysis: AnalysisDto): { cases: number[]; overdue: number[] } {
  const rows = rowsBy(analysis, 'hour');
  const at = (hour: number) => rows.find((row) => Number(row.group) === hour)?.figures;
  const hours = Array.from({ length: 24 }, (_, hour) => at(hour));
  return { cases: hours.map((one) => one?.cases ?? 0), overdue: hours.map((one) => one?.overdue ?? 0) };
}

export interface Days {
  /** The middle of each day, UTC milliseconds. */
  times: number[];
  cases: number[];
  overdue: number[];
}

/** The same for each day of the stretch. */
export function daysOf(analysis: AnalysisDto): Days {
  const rows = new Map(rowsBy(analysis, 'day').map((row) => [row.group, row.figures]));
  const count = Math.min(400, Math.max(1, Math.ceil((analysis.to - analysis.from) / DAY)));
  const begins = Array.from({ length: count }, (_, i) => analysis.from + i * DAY);
  const of = (at: number): CaseFiguresDto | undefined => rows.get(dayText(at));
  return {
    times: begins.map((at) => at + DAY / 2),
    cases: begins.map((at) => of(at)?.cases ?? 0),
    overdue: begins.map((at) => of(at)?.overdue ?? 0),
  };
}

/** The figures of all cases, at most seven, in the order in which they are read. */
export function totalLines(total: CaseFiguresDto): { key: string; name: string; value: string }[] {
  const closed = total.cases === 0 ? 0 : total.closed / total.cases;
  return [
    { key: 'cases', name: t('analysis.cases'), value: quantity(total.cases, 0) },
    { key: 'closed', name: t('analysis.closed_share'), value: percent(closed) },
    { key: 'overdue', name: t('analysis.overdue_share'), value: percent(total.overdue_share) },
    { key: 'reopened', name: t('analysis.reopened'), value: quantity(total.reopened, 0) },
    {
      key: 'response',
      name: t('analysis.response'),
      value: `${secondsWords(total.response_p50_s)} / ${secondsWords(total.response_p90_s)}`,
    },
    {
      key: 'closing',
      name: t('analysis.closing'),
      value: `${secondsWords(total.closing_p50_s)} / ${secondsWords(total.closing_p90_s)}`,
    },
  ];
}
