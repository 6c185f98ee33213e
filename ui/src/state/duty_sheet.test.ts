import { expect, test } from 'vitest';
import type { DutyItemDto, HandoverDto } from '../generated/wire';
import { gapOf, grouped, isChanged, isSheet, type Sheet, sheetOf, signGap, stepOf, unnoted } from './duty_sheet';

function item(id: string, isAcknowledged: boolean, kind: DutyItemDto['kind'] = 'alarm'): DutyItemDto {
  return { kind, id, target: null, title: id, since: 0, is_acknowledged: isAcknowledged };
}

function handover(change: Partial<HandoverDto>): HandoverDto {
  return {
    id: 'h1',
    state: 'open',
    shift: 'day',
    shift_name: '白班',
    from: 0,
    until: 10,
    outgoing: '王建国',
    incoming: '',
    candidates: [],
    items: [item('a', true), item('b', false), item('n', true, 'note')],
    figures: [],
    note: '',
    records: 0,
    proof: '',
    signed_out: null,
    signed_in: null,
    returned: [],
    completed_at: null,
    is_intact: true,
    allowed: [],
    ...change,
  };
}

const sheet = (change: Partial<Sheet>): Sheet => ({ ...sheetOf(handover({})), ...change });

test('what is noted on the sheet counts as well as what somebody acknowledged', () => {
  expect(unnoted(handover({}), sheet({})).map((one) => one.id)).toEqual(['b']);
  expect(unnoted(handover({}), sheet({ noted: ['b'] }))).toEqual([]);
});

test('the sheet says what it still lacks, the first thing first', () => {
  expect(gapOf(handover({}), sheet({ incoming: ' ' }))).toBe('incoming');
  expect(gapOf(handover({}), sheet({ incoming: '王建国' }))).toBe('same');
  expect(gapOf(handover({}), sheet({ incoming: '周海燕' }))).toBe('noted');
  expect(gapOf(handover({}), sheet({ incoming: '周海燕', noted: ['b'] }))).toBeUndefined();
});

test('a sheet that was changed after it was written has to be written anew before anybody signs', () => {
  const items = [item('a', true), item('b', true), item('n', true, 'note')];
  const written = handover({ state: 'drafted', incoming: '周海燕', items });
  expect(stepOf(written, sheetOf(written))).toBe('sign_out');
  const changes: Partial<Sheet>[] = [{ incoming: '孙磊' }, { note: '雨' }, { matters: [] }, { matters: ['n', 'm'] }];
  for (const change of changes) {
    const other = { ...sheetOf(written), ...change };
    expect(isChanged(written, other), JSON.stringify(change)).toBe(true);
    expect(stepOf(written, other)).toBe('check');
  }
  expect(isChanged(written, { ...sheetOf(written), note: ' ' })).toBe(false);
});

test('every state has its step', () => {
  const steps = (['open', 'signed_by_outgoing', 'signed_by_incoming', 'done'] as const).map((state) =>
    stepOf(handover({ state }), sheet({})),
  );
  expect(steps).toEqual(['check', 'sign_in', 'complete', 'done']);
});

test('the incoming officer signs under the own name, and only what was seen', () => {
  const given = handover({ incoming: '周海燕' });
  const all = new Set(['a', 'b', 'n']);
  expect(signGap(given, new Set(['a']), '周海燕')).toBe('seen');
  expect(signGap(given, all, ' ')).toBe('name');
  expect(signGap(given, all, '王建国')).toBe('other');
  expect(signGap(given, all, ' 周海燕 ')).toBeUndefined();
});

test('a kept sheet of another shape is no sheet', () => {
  expect(isSheet(sheet({}))).toBe(true);
  for (const broken of [null, 'x', {}, { ...sheet({}), noted: [1] }, { ...sheet({}), matters: 'x' }]) {
    expect(isSheet(broken), JSON.stringify(broken)).toBe(false);
  }
});

test('a check value is read in groups', () => {
  expect(grouped('0123456789abcdef')).toBe('01234567 89abcdef');
});
