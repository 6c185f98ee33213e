import { expect, test } from 'vitest';
import type { AlarmStateDto } from '../generated/wire';
import { type ActWord, doneWords, fits, refusalWords, sumOfCounts, worstOfCounts } from './alarm_words';
import { setLanguage } from './texts';

function check(act: ActWord, state: AlarmStateDto, by: string | null, expected: boolean) {
  expect(fits(act, { state, acknowledged_by: by }), `${act} ${state}`).toBe(expected);
}

test('an act is offered where it means something', () => {
  check('acknowledge', 'unacknowledged', null, true);
  check('acknowledge', 'returned_unacknowledged', null, true);
  check('acknowledge', 'acknowledged', '李敏', false);
  check('acknowledge', 'shelved', '李敏', false);
  check('comment', 'settled', null, true);
  check('shelve', 'shelved', null, false);
  check('unshelve', 'shelved', null, true);
  check('confirm', 'unconfirmed', '李敏', true);
  check('confirm', 'acknowledged', '李敏', false);
  check('out_of_service', 'shelved', null, true);
  check('out_of_service', 'out_of_service', null, false);
  check('in_service', 'out_of_service', null, true);
  check('reset', 'latched', '李敏', true);
});

test('a reason is said once, in words, whether the host names it short or in full', () => {
  const refused = [
    { id: 'a', reason: 'already_acknowledged' },
    { id: 'b', reason: 'refusal.alarm.already_acknowledged' },
    { id: 'c', reason: 'shelving_time' },
  ];
  expect(refusalWords(refused, 120)).toBe('120 条未执行：已有人确认、搁置时间超过规定');
  expect(doneWords('shelve', 3)).toBe('已搁置 3 条');
  setLanguage('en');
  expect(refusalWords(refused.slice(2), 1)).toBe('Not done for 1: longer than it may be shelved');
});

test('the worst that occurs stands for many', () => {
  expect(worstOfCounts([0, 2, 9, 1])).toBe('high');
  expect(worstOfCounts([0, 0, 0, 0])).toBe('normal');
  expect(sumOfCounts([1, 2, 3, 4])).toBe(10);
});
