import { expect, test } from 'vitest';
import { type Anchor, anchored, LIVE, outOfStep } from './view_clock';

const NOON = 1_000_000_000;
const playing: Anchor = { at: NOON, isStill: false, since: 5000 };

/** What pictures show when the clock stands at `shown` at wall time `wall`. */
function check(before: Anchor, mode: 'live' | 'standing' | 'playing', shown: number, wall: number, rate = 1): Anchor {
  return anchored(before, { mode, shown, rate }, wall);
}

test('in the present everything is live', () => {
  expect(check(LIVE, 'live', NOON, 0)).toBe(LIVE);
  expect(check(playing, 'live', NOON, 9000)).toEqual(LIVE);
});

test('a clock that stands shows one moment, and another one when it was moved', () => {
  const still = check(LIVE, 'standing', NOON, 10);
  expect(still).toEqual({ at: NOON, isStill: true, since: 10 });
  expect(check(still, 'standing', NOON, 99)).toBe(still);
  expect(check(still, 'standing', NOON + 1, 99).at).toBe(NOON + 1);
});

test('a recording that plays along is left alone; a jump opens it anew', () => {
  expect(check(playing, 'playing', NOON + 3000, 8500)).toBe(playing);
  expect(check(playing, 'playing', NOON + 60_000, 8500)).toEqual({ at: NOON + 60_000, isStill: false, since: 8500 });
  expect(check(playing, 'playing', NOON - 3000, 8500).at).toBe(NOON - 3000);
});

test('a clock that runs fast opens it anew every other second, not with every tick', () => {
  expect(check(playing, 'playing', NOON + 60_000, 6000, 60)).toBe(playing);
  expect(check(playing, 'playing', NOON + 180_000, 8000, 60).at).toBe(NOON + 180_000);
});

test('playing after standing begins a recording', () => {
  const still: Anchor = { at: NOON, isStill: true, since: 0 };
  expect(check(still, 'playing', NOON, 100)).toEqual({ at: NOON, isStill: false, since: 100 });
});

test('how far a picture is from the clock is said only where the stream says its time', () => {
  expect(outOfStep(NOON + 1500, NOON)).toBe(1500);
  expect(outOfStep(undefined, NOON)).toBeUndefined();
});
