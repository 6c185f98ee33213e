import { expect, test } from 'vitest';
import type { AlarmRow, LiveAlarmsDto, SeverityDto } from '../generated/wire';
import {
  type Audible,
  type Ear,
  isSounding,
  listen,
  NEW_EAR,
  REPEAT_MILLIS,
  silence,
  type Tone,
  unsilence,
} from './sound_policy';

interface Heard {
  alarms: LiveAlarmsDto;
  audible: Audible;
}

/** So many unacknowledged alarms, of which the worst rings unless `audible` says otherwise. */
function standing(critical: number, high: number, newest?: [string, SeverityDto, number], audible?: Audible): Heard {
  const row =
    newest === undefined
      ? null
      : ({ id: newest[0], severity: newest[1], since: newest[2], name: newest[0] } as unknown as AlarmRow);
  const worst = critical > 0 ? 'critical' : high > 0 ? 'high' : null;
  return { alarms: { counts: [critical, high, 0, 0], newest: row }, audible: audible === undefined ? worst : audible };
}

/** Listens at each moment in turn and says what was heard. */
function heard(ear: Ear, moments: [number, Heard][]): { ear: Ear; tones: (Tone | undefined)[] } {
  const tones: (Tone | undefined)[] = [];
  let now = ear;
  for (const [at, { alarms, audible }] of moments) {
    const step = listen(now, alarms, audible, at);
    now = step.ear;
    tones.push(step.tone);
  }
  return { ear: now, tones };
}

test('a desk that opens over a critical alarm is heard, over a high one it is not', () => {
  expect(heard(NEW_EAR, [[0, standing(1, 0, ['a', 'critical', 0])]]).tones).toEqual(['critical']);
  expect(heard(NEW_EAR, [[0, standing(0, 3, ['b', 'high', 0])]]).tones).toEqual([undefined]);
});

test('a critical alarm repeats every ten seconds until it is acknowledged', () => {
  const on = standing(1, 0, ['a', 'critical', 0]);
  const { ear, tones } = heard(NEW_EAR, [
    [0, on],
    [5_000, on],
    [REPEAT_MILLIS, on],
    [2 * REPEAT_MILLIS, on],
    [3 * REPEAT_MILLIS, standing(0, 0)],
  ]);
  expect(tones).toEqual(['critical', undefined, 'critical', 'critical', undefined]);
  expect(isSounding(ear)).toBe(false);
});

test('a new high alarm is heard once, with its own tone', () => {
  const { tones } = heard(NEW_EAR, [
    [0, standing(0, 0)],
    [1_000, standing(0, 1, ['a', 'high', 900])],
    [20_000, standing(0, 1, ['a', 'high', 900])],
  ]);
  expect(tones).toEqual([undefined, 'high', undefined]);
});

test('what the host silenced is not heard, however many stand, until it lets them ring again', () => {
  const { ear, tones } = heard(NEW_EAR, [
    [0, standing(1, 0, ['a', 'critical', 0], null)],
    [11_000, standing(2, 1, ['b', 'critical', 10_000], null)],
    [30_000, standing(3, 1, ['c', 'critical', 29_000])],
  ]);
  expect(tones).toEqual([undefined, undefined, 'critical']);
  expect(isSounding(ear)).toBe(true);
});

test('silenced here is silent at once, before the host has said so, and heard again when the host refuses', () => {
  const first = heard(NEW_EAR, [[0, standing(1, 0, ['a', 'critical', 0])]]).ear;
  const on = standing(1, 0, ['a', 'critical', 0]);
  expect(heard(silence(first), [[11_000, on]]).tones).toEqual([undefined]);
  expect(heard(unsilence(silence(first)), [[11_000, on]]).tones).toEqual(['critical']);
});

test('one alarm that replaces another at the same moment is still new', () => {
  const first = heard(NEW_EAR, [[0, standing(1, 0, ['a', 'critical', 0])]]).ear;
  expect(heard(silence(first), [[9_000, standing(1, 0, ['b', 'critical', 8_000])]]).tones).toEqual(['critical']);
});

test('a flood is one tone, not a hundred', () => {
  const moments = Array.from({ length: 20 }, (_, i): [number, Heard] => [
    i * 100,
    standing(0, i, [`a${i}`, 'high', i * 100]),
  ]);
  expect(heard(NEW_EAR, moments).tones.filter((tone) => tone !== undefined).length).toBeLessThanOrEqual(1);
});

test('the wall clock may jump without a burst of tones', () => {
  const on = standing(1, 0, ['a', 'critical', 0]);
  const year = 365 * 86_400_000;
  expect(
    heard(NEW_EAR, [
      [0, on],
      [10 * year, on],
      [10 * year + 500, on],
      [0, on],
      [500, on],
    ]).tones,
  ).toEqual(['critical', 'critical', undefined, 'critical', undefined]);
});
