import { beforeEach, expect, test } from 'vitest';
import { isText, keptAt } from './duty_draft';
import { isNarrowed, isSendable, type LogFilter, PAGE_ROWS, queryOf } from './duty_log';
import { DAY, HOUR } from './time';

const FILTER: LogFilter = {
  span: 'shift',
  text: '',
  sources: [],
  hidesStruck: false,
  isOldestFirst: false,
  offset: 0,
};

beforeEach(() => localStorage.clear());

test('a span ends at the moment asked for; the shift begins when the host said', () => {
  const to = 100 * DAY;
  expect(queryOf(FILTER, to - 3 * HOUR, to).from).toBe(to - 3 * HOUR);
  // A past moment from before the shift still has a stretch.
  expect(queryOf(FILTER, to + HOUR, to).from).toBeLessThan(to);
  expect(queryOf({ ...FILTER, span: 'week' }, 0, to)).toMatchObject({ from: 93 * DAY, to, count: PAGE_ROWS });
});

test('only what leaves something out narrows', () => {
  expect(isNarrowed({ ...FILTER, span: 'month', isOldestFirst: true })).toBe(false);
  for (const change of [{ text: '水' }, { sources: ['hand' as const] }, { hidesStruck: true }]) {
    expect(isNarrowed({ ...FILTER, ...change }), JSON.stringify(change)).toBe(true);
  }
});

test('a correction needs a text and a reason, striking only a reason', () => {
  expect(isSendable({ entry: 'd', act: 'correct', text: '22 cm', reason: ' ' })).toBe(false);
  expect(isSendable({ entry: 'd', act: 'correct', text: ' ', reason: '读错' })).toBe(false);
  expect(isSendable({ entry: 'd', act: 'correct', text: '22 cm', reason: '读错' })).toBe(true);
  expect(isSendable({ entry: 'd', act: 'strike', text: '', reason: '重复' })).toBe(true);
});

test('a draft is found again within a shift, and only when it is one', () => {
  let now = 0;
  const draft = keptAt('test', isText, () => now);
  expect(draft.kept()).toBeUndefined();
  draft.keep('水位还在涨');
  now = 11 * HOUR;
  expect(draft.kept()).toBe('水位还在涨');
  now = 13 * HOUR;
  expect(draft.kept()).toBeUndefined();
  now = 0;
  draft.drop();
  expect(draft.kept()).toBeUndefined();
  for (const broken of ['{', 'null', '{"at":0}', '{"at":0,"value":7}', '{"at":"0","value":"x"}']) {
    localStorage.setItem('citymirror.test', broken);
    expect(draft.kept(), broken).toBeUndefined();
  }
});
