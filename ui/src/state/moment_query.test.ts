import { expect, test } from 'vitest';
import { ALL_MOMENTS, isNarrow, momentQuery, PAGE_MOMENTS } from './moment_query';
import { DAY, HOUR } from './time';

const END = 1_700_000_000_000;

test('the stretch ends at the moment shown', () => {
  expect(momentQuery(ALL_MOMENTS, END, undefined)).toMatchObject({ from: END - DAY, to: END, limit: PAGE_MOMENTS });
  expect(momentQuery({ ...ALL_MOMENTS, span: 'hour' }, END, undefined).from).toBe(END - HOUR);
  expect(momentQuery({ ...ALL_MOMENTS, span: 'all' }, END, undefined)).toMatchObject({ from: null, to: null });
});

test('a marked range is asked for; without one the last day', () => {
  const filter = { ...ALL_MOMENTS, span: 'range' as const };
  expect(momentQuery(filter, END, { from: 10.4, to: 20.6 })).toMatchObject({ from: 10, to: 21 });
  expect(momentQuery(filter, END, undefined).from).toBe(END - DAY);
});

test('a filter says what it leaves out', () => {
  expect(isNarrow(ALL_MOMENTS)).toBe(false);
  const filter = { ...ALL_MOMENTS, cameras: [{ camera: 'c1', name: '甲' }], confidence: 0.7 };
  expect(isNarrow(filter)).toBe(true);
  expect(momentQuery(filter, END, undefined)).toMatchObject({ cameras: ['c1'], min_confidence: 0.7 });
});
