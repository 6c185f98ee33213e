import { expect, test } from 'vitest';
import { boundsOf, caseFilterCount, isSameCases, OPEN_CASES, realnessOf, standingsOf } from './case_query';
import { caseRefusalWords, dueWords, toneOf } from './case_words';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;

test('a deadline is told as what is left or what is over, and a clock that stands as that', () => {
  expect(dueWords({ light: 'green', due_at: NOW + 12 * MINUTE }, NOW)).toBe('剩 12 分');
  expect(dueWords({ light: 'red', due_at: NOW - 65 * MINUTE }, NOW)).toBe('超 1 小时 5 分');
  expect(dueWords({ light: 'stopped', due_at: null }, NOW)).toBe('停表');
  expect(dueWords({ light: null, due_at: null }, NOW)).toBe('');
});

test('the lights differ in shape, not only in colour', () => {
  const tones = (['escalated', 'red', 'yellow', 'green'] as const).map(toneOf);
  expect(new Set(tones).size).toBe(4);
});

test('each reason of a refusal stands once', () => {
  const refused = ['not_now', 'not_now', 'no_reason'].map((reason, i) => ({ id: `e${i}`, reason }));
  expect(caseRefusalWords(refused, 3)).toBe('3 件未执行：这一步现在还不能做、要写原因');
});

test('real ones, exercises and both are three different questions', () => {
  for (const choice of ['all', 'real', 'unreal'] as const) {
    expect(realnessOf({ standings: standingsOf(choice) })).toBe(choice);
  }
});

test('a filter is counted once, and a window is no part of a question', () => {
  expect(caseFilterCount(OPEN_CASES)).toBe(0);
  expect(caseFilterCount({ ...OPEN_CASES, text: '积水', levels: ['I', 'II'] })).toBe(2);
  expect(isSameCases(OPEN_CASES, { ...OPEN_CASES, offset: 40, count: 80 })).toBe(true);
  expect(isSameCases(OPEN_CASES, { ...OPEN_CASES, lights: ['red'] })).toBe(false);
});

test('what lies in the picture is a box around its corners', () => {
  expect(
    boundsOf([
      [117.2, 34.3],
      [117.1, 34.2],
      [117.3, 34.25],
    ]),
  ).toEqual([117.1, 34.2, 117.3, 34.3]);
  expect(boundsOf([])).toBeNull();
});
