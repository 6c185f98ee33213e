import { expect, test } from 'vitest';
import type { Trend } from '../generated/wire';
import { bucketAt, joined, markOf, qualityBands, rowsOf, spanOf } from './chart';
import { HOUR, MINUTE } from './time';

function trend(id: string, unit: string, times: number[], means: (number | null)[]): Trend {
  return {
    id,
    unit,
    name: id,
    times,
    means,
    mins: means,
    maxs: means,
    limits: [],
    worst: means.map((mean) => (mean === null ? 'missing' : 'good')),
  };
}

test('the chart stands still while the line moves, and turns the page at its edge', () => {
  const end = 100 * HOUR;
  const six = { kind: 'last', millis: 6 * HOUR } as const;
  expect(spanOf(six, undefined, end, end)).toEqual({ from: 94 * HOUR, to: 100 * HOUR });
  expect(spanOf(six, undefined, 95 * HOUR, end)).toEqual({ from: 94 * HOUR, to: 100 * HOUR });
  expect(spanOf(six, undefined, 93 * HOUR, end)).toEqual({ from: 88 * HOUR, to: 94 * HOUR });
});

test('the marked range is charted, and without one the last six hours', () => {
  const marked = { from: HOUR, to: 2 * HOUR };
  expect(spanOf({ kind: 'marked' }, marked, 50 * HOUR, 60 * HOUR)).toEqual(marked);
  expect(spanOf({ kind: 'marked' }, undefined, 60 * HOUR, 60 * HOUR).to).toBe(60 * HOUR);
});

test('one row a unit, in the order of first use', () => {
  const rows = rowsOf([trend('a', 'cm', [], []), trend('b', '%', [], []), trend('c', 'cm', [], [])]);
  expect(rows.map((row) => [row.unit, row.trends.map((one) => one.id)])).toEqual([
    ['cm', ['a', 'c']],
    ['%', ['b']],
  ]);
});

test('series of different buckets share one row of times, and gaps stay gaps', () => {
  const { times, columns } = joined([trend('a', '', [1, 3], [10, null]), trend('b', '', [2, 3], [20, 30])]);
  expect(times).toEqual([1, 2, 3]);
  expect(columns[2]).toEqual([10, undefined, null]);
  expect(columns[5]).toEqual([undefined, 20, 30]);
});

test('a moment reads the bucket that ends at or after it', () => {
  const span = { from: 0, to: 4 * MINUTE };
  const one = trend('a', '', [MINUTE, 2 * MINUTE, 4 * MINUTE], [1, 2, null]);
  expect(bucketAt(one, span, 90_000)?.mean).toBe(2);
  expect(bucketAt(one, span, 3 * MINUTE)).toMatchObject({ mean: null, worst: 'missing' });
  expect(bucketAt(one, span, 5 * MINUTE)).toBeUndefined();
  expect(bucketAt(trend('a', '', [], []), span, 0)).toBeUndefined();
});

test('neighbouring buckets of one quality are one band', () => {
  const one = { ...trend('a', '', [1, 2, 3, 4], [1, 1, 1, 1]) };
  one.worst = ['suspect', 'suspect', 'good', 'late'];
  expect(qualityBands(one, { from: 0, to: 4 })).toEqual([
    { from: 0, to: 2, quality: 'suspect' },
    { from: 3, to: 4, quality: 'late' },
  ]);
});

test('beyond six, colours come again with a dash', () => {
  expect(markOf(5)).toEqual({ colour: 5, isDashed: false });
  expect(markOf(6)).toEqual({ colour: 0, isDashed: true });
});
