import { expect, test } from 'vitest';
import type { AlarmRow, LiveAlarmsDto, SeverityDto } from '../generated/wire';
import { type Ear, isSounding, listen, NEW_EAR, REPEAT_MILLIS, silence, type Tone } from './sound_policy';

function standing(critical: number, high: number, newest?: [string, SeverityDto, number]): LiveAlarmsDto {
  const row =
    newest === undefined
      ? null
      : ({ id: newest[0], severity: newest[1], since: newest[2], name: newest[0] } as unknown as AlarmRow);
  return { counts: [critical, high, 0, 0], newest: row };
}

/** Listens at each moment in turn and says what was heard. */
function heard(ear: Ear, moments: [number, LiveAlarmsDto][]): { ear: Ear; tones: (Tone | undefined)[] } {
  const tones: (Tone | undefined)[] = [];
  let now = ear;
  for (const [at, alarms] of moments) {
    const step = listen(now, alarms, at);
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

test('silenced stays silent until a newer or graver alarm comes', () => {
  const first = heard(NEW_EAR, [[0, standing(1, 0, ['a', 'critical', 0])]]).ear;
  const { ear, tones } = heard(silence(first), [
    [11_000, standing(1, 0, ['a', 'critical', 0])],
    [30_000, standing(1, 1, ['a', 'critical', 0])],
    [31_000, standing(1, 1, ['a', 'critical', 0])],
    [40_000, standing(2, 1, ['c', 'critical', 39_000])],
  ]);
  expect(tones).toEqual([undefined, 'high', undefined, 'critical']);
  expect(isSounding(ear)).toBe(true);
});

test('one alarm that replaces another at the same moment is still new', () => {
  const first = heard(NEW_EAR, [[0, standing(1, 0, ['a', 'critical', 0])]]).ear;
  expect(heard(silence(first), [[9_000, standing(1, 0, ['b', 'critical', 8_000])]]).tones).toEqual(['critical']);
});

test('a flood is one tone, not a hundred', () => {
  const moments = Array.from({ length: 20 }, (_, i): [number, LiveAlarmsDto] => [
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
