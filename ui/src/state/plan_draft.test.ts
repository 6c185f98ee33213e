import { beforeEach, expect, test } from 'vitest';
import {
  type AskDraft,
  blankAsk,
  type CastDraft,
  dropDraft,
  evidenceOf,
  isAskComplete,
  keepDraft,
  keptDraft,
  recipients,
  type SendDraft,
} from './plan_draft';

const NOW = 1_800_000_000_000;
const HOUR = 3_600_000;

const ask = (change: Partial<AskDraft> = {}): AskDraft => ({
  ...blankAsk('c1', 'skip', 'road', '设围挡'),
  form: 'ask',
  text: '现场已有围挡',
  at: NOW,
  ...change,
});

const send = (change: Partial<SendDraft> = {}): SendDraft => ({
  form: 'send',
  caseId: 'c1',
  to: { kind: 'team', id: 'forces/water-1', name: '供水抢修队' },
  task: '关阀',
  answerWithinS: 600,
  at: NOW,
  ...change,
});

const cast = (change: Partial<CastDraft> = {}): CastDraft => ({
  form: 'cast',
  caseId: 'c1',
  area: [
    [117.18, 34.24],
    [117.19, 34.24],
    [117.19, 34.25],
  ],
  channel: 'broadcast',
  text: '请绕行',
  message: '',
  at: NOW,
  ...change,
});

beforeEach(() => localStorage.clear());

test('each form is there again until it is dropped', () => {
  keepDraft('ask', ask());
  keepDraft('send', send());
  keepDraft('cast', cast());
  expect(keptDraft('ask', NOW + HOUR)).toEqual(ask());
  expect(keptDraft('send', NOW + HOUR)).toEqual(send());
  expect(keptDraft('cast', NOW + HOUR)).toEqual(cast());
  dropDraft('ask');
  expect(keptDraft('ask', NOW + HOUR)).toBeUndefined();
  expect(keptDraft('send', NOW + HOUR)).toEqual(send());
});

test('nothing, and what is old, is not brought back', () => {
  keepDraft('ask', ask({ text: ' ' }));
  keepDraft('send', send({ task: '' }));
  keepDraft('cast', cast());
  expect(keptDraft('ask', NOW)).toBeUndefined();
  expect(keptDraft('send', NOW)).toBeUndefined();
  expect(keptDraft('cast', NOW + 13 * HOUR)).toBeUndefined();
});

test('what is no draft of its form is passed over', () => {
  const others = [ask({ evidence: [3] as never }), cast()].map((draft) => JSON.stringify(draft));
  for (const text of ['', '{', '[]', '"x"', '{"form":"ask","caseId":"c1","at":1}', ...others]) {
    localStorage.setItem('citymirror.plan_draft.ask', text);
    expect(keptDraft('ask', NOW), text).toBeUndefined();
  }
  localStorage.setItem('citymirror.plan_draft.cast', JSON.stringify({ ...cast(), area: [[1, 'x']] }));
  expect(keptDraft('cast', NOW)).toBeUndefined();
});

test('reasons, evidence and recipients are asked for where they are needed', () => {
  const check = (change: Partial<AskDraft>, expected: boolean) =>
    expect(isAskComplete(ask(change)), JSON.stringify(change)).toBe(expected);
  check({ act: 'skip', text: '' }, false);
  check({ act: 'tick', text: '' }, true);
  check({ act: 'tick', text: '', needsEvidence: true }, false);
  check({ act: 'tick', text: '', needsEvidence: true, reference: ' 照片 12 ' }, true);
  check({ act: 'tick', text: '', needsEvidence: true, evidence: ['ab12'] }, true);
  check({ act: 'message', text: '停水', to: '' }, false);
  check({ act: 'message', text: '停水', to: '云龙社区' }, true);
  check({ act: 'recall', text: '' }, false);
  check({ act: 'arrive', text: '' }, true);
});

test('a line of names is taken apart at any comma', () => {
  expect(recipients('水务局、城管局，交警, a;b ；')).toEqual(['水务局', '城管局', '交警', 'a', 'b']);
  expect(recipients('  ')).toEqual([]);
  expect(evidenceOf(ask({ evidence: ['ab'], reference: ' 12 ' }))).toEqual(['ab', '12']);
});
