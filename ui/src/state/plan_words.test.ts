import { expect, test } from 'vitest';
import type { DispatchDto, PlanRunStepDto } from '../generated/wire';
import { answerWords, areaWords, deskRefusalWords, dueTone, dueWords } from './plan_words';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;

const step = (change: Partial<PlanRunStepDto> = {}): PlanRunStepDto => ({
  step: {
    id: 'road',
    text: '设围挡',
    role: 'department',
    within_s: 1800,
    after: null,
    from: 'four',
    contacts: [],
    needs_evidence: false,
    is_optional: false,
  },
  mark: null,
  is_called: true,
  due_at: null,
  is_overdue: false,
  refused: null,
  may_skip: true,
  ...change,
});

test('a timer says how long there is, and how long it is over', () => {
  const check = (due: number | null, tone: string, words: string) => {
    const one = step({ due_at: due });
    expect([dueTone(one, NOW), dueWords(one, NOW)], String(due)).toEqual([tone, words]);
  };
  check(NOW + 20 * MINUTE, 'running', '还有 20 分');
  check(NOW + 5 * MINUTE, 'soon', '还有 5 分');
  check(NOW - 3 * MINUTE, 'over', '超时 3 分');
  check(null, 'none', '30 分内');
});

test('what is done, or not called, has no timer', () => {
  const mark = { kind: 'done' as const, at: NOW, by: '李敏', note: '', evidence: [] };
  for (const one of [step({ mark, due_at: NOW - 1 }), step({ is_called: false, due_at: NOW - 1 })]) {
    expect([dueTone(one, NOW), dueWords(one, NOW)]).toEqual(['none', '']);
  }
});

test('the time to answer runs only while nobody has answered', () => {
  const sent: DispatchDto = {
    id: 'd1',
    case: 'c1',
    to: { kind: 'team', id: 't', name: '一队' },
    task: '关阀',
    sent_at: NOW - 8 * MINUTE,
    sent_by: '李敏',
    answer_by: NOW + 2 * MINUTE,
    state: 'sent',
    is_open: true,
    is_unanswered: false,
    history: [],
    may: [],
    contact: { name: '', phone: '' },
  };
  expect(answerWords(sent, NOW)).toBe('2 分内应答');
  expect(answerWords(sent, NOW + 6 * MINUTE)).toBe('超时 4 分未应答');
  expect(answerWords({ ...sent, state: 'on_scene' }, NOW + 6 * MINUTE)).toBe('');
});

test('a refusal is told in words, and an unknown one as the host has it', () => {
  const refused = { code: 'plan.marked', roles: [], by: '李敏', what: 'road', message: 'ticked' };
  expect(deskRefusalWords(refused)).toContain('李敏');
  expect(deskRefusalWords({ ...refused, code: 'plan.of_another_world' })).toBe('ticked');
});

test('areas are told in the unit that one can imagine', () => {
  expect(areaWords(640)).toBe('640 m²');
  expect(areaWords(125_000)).toBe('12.5 公顷');
  expect(areaWords(3_141_593)).toBe('3.14 km²');
});
