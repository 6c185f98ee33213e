import { expect, test } from 'vitest';
import type { AlarmQueryDto } from '../generated/wire';
import { ALL_ALARMS, filterCount, HIDDEN, hiddenQuery, isNarrowed, isSameQuery, toggled, whole } from './alarm_query';

function check(change: Partial<AlarmQueryDto>, filters: number, isNarrow: boolean) {
  const query = { ...ALL_ALARMS, ...change };
  expect(filterCount(query), JSON.stringify(change)).toBe(filters);
  expect(isNarrowed(query), JSON.stringify(change)).toBe(isNarrow);
}

test('a filter is counted once, and order is none', () => {
  check({}, 0, false);
  check({ order: 'newest' }, 0, false);
  check({ text: '  ' }, 0, false);
  check({ text: '泵站' }, 1, true);
  check({ severities: ['critical', 'high'] }, 0, true);
  check({ states: ['shelved'], areas: ['云龙湖街道'], kinds: ['gas'], rules: ['r'], cause: 'a1' }, 5, true);
  check({ line: 'area-1' }, 0, true);
});

test('whatever is hidden has a list of its own', () => {
  expect(HIDDEN.map((which) => hiddenQuery(which).states)).toEqual([
    ['shelved'],
    ['suppressed'],
    ['suppressed'],
    ['out_of_service'],
  ]);
});

test('consequences and what a group keeps away are listed apart', () => {
  expect(hiddenQuery('consequences').suppressed_by).toBe('cause');
  expect(hiddenQuery('suppressed').suppressed_by).toBe('group');
  expect(hiddenQuery('shelved').suppressed_by).toBeNull();
  check({ group: 'works' }, 1, true);
});

test('a window makes no other query', () => {
  expect(isSameQuery({ ...ALL_ALARMS, offset: 400, count: 200 }, ALL_ALARMS)).toBe(true);
  expect(isSameQuery({ ...ALL_ALARMS, text: 'x' }, ALL_ALARMS)).toBe(false);
  expect(whole({ ...ALL_ALARMS, offset: 400, count: 200 })).toEqual(ALL_ALARMS);
});

test('what is there goes, what is not comes', () => {
  expect(toggled(['a', 'b'], 'a')).toEqual(['b']);
  expect(toggled(['a'], 'b')).toEqual(['a', 'b']);
});
