import { expect, test } from 'vitest';
import type { AnalysisByDto, AnalysisDto, CaseFiguresDto } from '../generated/wire';
import { type AnalysisFilter, analysisQuery, isAnalysisNarrowed } from './analysis';
import {
  dayBegin,
  daysOf,
  dayText,
  groupName,
  hoursOf,
  leftOut,
  secondsWords,
  spanOf,
  totalLines,
} from './analysis_figures';
import { DAY, HOUR } from './time';

/** 2026-11-21 14:03:27 in Shanghai. */
const NOW = Date.UTC(2026, 10, 21, 6, 3, 27);
/** Its midnight. */
const TODAY = Date.UTC(2026, 10, 20, 16);

function figures(cases: number, overdue = 0): CaseFiguresDto {
  return {
    cases,
    closed: cases - overdue,
    overdue,
    overdue_share: cases === 0 ? 0 : overdue / cases,
    reopened: 1,
    response_p50_s: 600,
    response_p90_s: null,
    closing_p50_s: 7500,
    closing_p90_s: 200_000,
  };
}

function analysis(by: AnalysisByDto, groups: [string, number, number][], total = groups.length): AnalysisDto {
  const rows = groups.map(([group, cases, late]) => ({ group, name: group, figures: figures(cases, late) }));
  return {
    from: TODAY - 2 * DAY,
    to: NOW,
    total: figures(40, 4),
    tables: [{ by, rows, total }],
    repeats: [],
    repeats_total: 0,
  };
}

test('a span is whole days of the city, today up to now', () => {
  expect(spanOf('week', NOW)).toEqual({ from: TODAY - 6 * DAY, to: NOW + 1 });
});

test('a day of a date field begins at midnight in the city', () => {
  expect(dayBegin('2026-11-21')).toBe(TODAY);
  expect(dayText(TODAY)).toBe('2026-11-21');
  expect(dayText(TODAY + DAY - 1)).toBe('2026-11-21');
  for (const wrong of ['', '2026-13-01', '21.11.2026', '2026-11']) {
    expect(dayBegin(wrong), wrong).toBeUndefined();
  }
});

test('days of one’s own may be chosen in any order, and the last one is in it', () => {
  const filter: AnalysisFilter = {
    span: { from: TODAY, to: TODAY - 3 * DAY },
    categories: ['gas_leak'],
    levels: [],
    departments: [],
    hasExercises: false,
  };
  const query = analysisQuery(filter, NOW);
  expect(query).toMatchObject({ from: TODAY - 3 * DAY, to: TODAY + DAY, categories: ['gas_leak'] });
  expect(isAnalysisNarrowed(filter)).toBe(true);
  expect(isAnalysisNarrowed({ ...filter, categories: [], hasExercises: true })).toBe(false);
});

test('hours and days without a case are noughts', () => {
  const hours = hoursOf(
    analysis('hour', [
      ['08', 5, 1],
      ['23', 2, 0],
    ]),
  );
  expect(hours.cases).toHaveLength(24);
  expect([hours.cases[7], hours.cases[8], hours.overdue[8], hours.cases[23]]).toEqual([0, 5, 1, 2]);
  const days = daysOf(analysis('day', [['2026-11-20', 3, 2]]));
  expect(days.cases).toEqual([0, 3, 0]);
  expect(days.overdue).toEqual([0, 2, 0]);
  expect(days.times[0]).toBe(TODAY - 2 * DAY + 12 * HOUR);
});

test('groups are called as people do', () => {
  const row = (group: string, name = group) => ({ group, name, figures: figures(1) });
  expect(groupName('hour', row('08'))).toBe('08:00');
  expect(groupName('weekday', row('7'))).toBe('周日');
  expect(groupName('weekday', row('1'))).toBe('周一');
  expect(groupName('department', row('water', '水务局'))).toBe('水务局');
  expect(groupName('grid', row('', ''))).toBe('未知');
});

test('what is beyond the list is counted', () => {
  expect(leftOut(analysis('grid', [['a', 1, 0]], 500), 'grid')).toBe(499);
  expect(leftOut(analysis('grid', [['a', 1, 0]]), 'level')).toBe(0);
});

test('the totals are few, and say what nothing came to', () => {
  const lines = totalLines(figures(40, 4));
  expect(lines.length).toBeLessThanOrEqual(7);
  expect(lines.find((line) => line.key === 'response')?.value).toBe('10 分 / —');
  expect(lines.find((line) => line.key === 'closed')?.value).toBe('90 %');
  expect(totalLines(figures(0)).find((line) => line.key === 'closed')?.value).toBe('0 %');
  expect(secondsWords(7500)).toBe('2 小时 5 分');
});
