import { beforeEach, expect, test } from 'vitest';
import {
  actOf,
  BLANK_REPORT,
  dropMove,
  dropReport,
  isComplete,
  keepMove,
  keepReport,
  keptMove,
  keptReport,
  type MoveDraft,
} from './case_draft';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;

const draft = (change: Partial<MoveDraft> = {}): MoveDraft => ({
  move: 'assign',
  ids: ['e7'],
  name: '给水管爆裂',
  text: '请先关阀',
  party: 'water/crew-1',
  category: '',
  level: '',
  minutes: 120,
  score: 0,
  rung: 1,
  other: '',
  otherName: '',
  step: '',
  at: NOW,
  ...change,
});

beforeEach(() => localStorage.clear());

test('a move that was begun is there again until it is dropped', () => {
  keepMove(draft());
  expect(keptMove(NOW + HOUR)).toEqual(draft());
  dropMove();
  expect(keptMove(NOW + HOUR)).toBeUndefined();
});

test('a report that was begun is there again with all its fields', () => {
  keepReport({ draft: { ...BLANK_REPORT, title: '路面冒水', place: [117.2, 34.2] }, alarm: '', begun: NOW, at: NOW });
  expect(keptReport(NOW)?.draft).toEqual({ ...BLANK_REPORT, title: '路面冒水', place: [117.2, 34.2] });
  dropReport();
  expect(keptReport(NOW)).toBeUndefined();
});

test('nothing, what is old, and what is no draft is not brought back', () => {
  keepMove(draft({ text: ' ' }));
  expect(keptMove(NOW)).toBeUndefined();
  keepMove(draft());
  expect(keptMove(NOW + 13 * HOUR)).toBeUndefined();
  for (const text of ['', '{', '[]', '"x"', '{"move":"fly","ids":["e1"]}', '{"move":"assign","ids":[]}']) {
    localStorage.setItem('citymirror.case_move', text);
    expect(keptMove(NOW), text).toBeUndefined();
    localStorage.setItem('citymirror.case_report', text);
    expect(keptReport(NOW), text).toBeUndefined();
  }
});

test('a move is complete when it has what it needs, and becomes its act', () => {
  const check = (change: Partial<MoveDraft>, complete: boolean, act: unknown) => {
    const made = draft(change);
    expect(isComplete(made), made.move).toBe(complete);
    expect(actOf(made), made.move).toEqual(act);
  };
  check({}, true, { act: 'assign', party: 'water/crew-1', note: '请先关阀' });
  check({ party: '' }, false, { act: 'assign', party: '', note: '请先关阀' });
  check({ move: 'return', text: '  ' }, false, { act: 'return', reason: '' });
  check({ move: 'rate' }, false, { act: 'rate', score: 0, text: '请先关阀' });
  check({ move: 'extend', text: '等配件' }, true, { act: 'extend', minutes: 120, reason: '等配件' });
  check({ move: 'merge', other: 'e9' }, true, { act: 'merge', into: 'e9' });
  check({ move: 'set_parent' }, true, { act: 'set_parent', parent: null });
  check({ move: 'register' }, true, { act: 'register', category: '' });
  check({ move: 'receive' }, true, { act: 'receive' });
  check({ move: 'undo', text: '点错了' }, true, undefined);
});
