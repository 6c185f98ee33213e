import { expect, test } from 'vitest';
import type { AlarmLoadDto, LoadFiguresDto } from '../generated/wire';
import { barPath, barTop, loadLines, percent, verdictOf } from './alarm_load';

const figures = (change: Partial<LoadFiguresDto> = {}): LoadFiguresDto => ({
  count: 480,
  per_ten_minutes: 1.2,
  worst_ten_minutes: 9,
  per_hour: 7,
  per_day: 170,
  flood_share: 0,
  floods: 0,
  over_ten_share: 0.004,
  mix: [0.01, 0.05, 0.15, 0.79],
  acknowledged_p50_s: 74,
  acknowledged_p95_s: null,
  chattering: 0,
  stale: 7,
  ...change,
});

const load = (before: Partial<LoadFiguresDto>, after: Partial<LoadFiguresDto>): AlarmLoadDto => ({
  from: 0,
  to: 1,
  before: figures(before),
  after: figures(after),
  ten_minutes: [],
  ten_minutes_before: [],
  top: [],
  chattering: [],
  stale: [],
});

test('the verdict is about what the officer had, not about what was taken away', () => {
  const lines = new Map(loadLines(load({ worst_ten_minutes: 55 }, {})).map((line) => [line.key, line]));
  expect(lines.get('worst_ten')).toMatchObject({ before: '55', after: '9', target: '≤ 10', verdict: 'good' });
  expect(lines.get('per_ten')).toMatchObject({ after: '1.2', verdict: 'near' });
  expect(lines.get('over_ten')).toMatchObject({ after: '0.4 %', target: '< 1 %', verdict: 'good' });
  expect(lines.get('stale')?.verdict).toBe('over');
  expect(lines.get('acknowledged')?.after).toBe('1 分 / —');
});

test('a figure is within its target, near the limit, or over it', () => {
  expect([1, 1.5, 2, 2.1].map((value) => verdictOf(value, 1, 2))).toEqual(['good', 'near', 'near', 'over']);
});

test('shares have a digit where it matters', () => {
  expect([0, 0.004, 0.05, 0.126, 1].map(percent)).toEqual(['0 %', '0.4 %', '5 %', '13 %', '100 %']);
});

test('bars leave room above the limit, and an empty ten minutes has none', () => {
  expect(barTop([1, 2])).toBe(15);
  expect(barTop([40])).toBe(40);
  expect(barPath([0, 15], 15, 60, () => true)).toBe('M1 60V0.0h0.8V60Z');
  expect(barPath([12], 15, 60, (n) => n > 12)).toBe('');
});
