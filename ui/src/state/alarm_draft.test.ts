import { beforeEach, expect, test } from 'vitest';
import { type Draft, dropDraft, keepDraft, keptDraft } from './alarm_draft';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;

const draft = (change: Partial<Draft> = {}): Draft => ({
  act: 'shelve',
  pick: { of: 'ids', ids: ['a1'] },
  count: 1,
  name: '泵站前池',
  text: '检修到十五点',
  forSeconds: 3600,
  at: NOW,
  ...change,
});

beforeEach(() => localStorage.clear());

test('what was written is there again until it is dropped', () => {
  keepDraft(draft());
  expect(keptDraft(NOW + HOUR)).toEqual(draft());
  dropDraft();
  expect(keptDraft(NOW + HOUR)).toBeUndefined();
});

test('nothing, and what is old, is not brought back', () => {
  keepDraft(draft({ text: '  ' }));
  expect(keptDraft(NOW)).toBeUndefined();
  keepDraft(draft());
  expect(keptDraft(NOW + 13 * HOUR)).toBeUndefined();
});

test('what is no draft is passed over', () => {
  for (const text of ['', '{', '[]', '"x"', '{"act":"acknowledge","text":"x","at":1}', '{"act":"shelve"}']) {
    localStorage.setItem('citymirror.alarm_draft', text);
    expect(keptDraft(NOW), text).toBeUndefined();
  }
});
