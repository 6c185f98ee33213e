import { expect, test } from 'vitest';
import { isOver, type Playing, playedTo, playFrom, reversedRate, steppedRate } from './clock';
import { HOUR, MINUTE } from './time';

const day = { from: 0, to: 24 * HOUR };

test('keys step through the rates and stay at the ends', () => {
  expect([60, 300, 1000].map((rate) => steppedRate(rate, 1))).toEqual([300, 1000, 1000]);
  expect([10, 1, -1, -10, -60].map((rate) => steppedRate(rate, -1))).toEqual([1, -1, -10, -60, -60]);
});

test('a rate without its reverse plays back as fast as there is', () => {
  expect(reversedRate(60)).toBe(-60);
  expect(reversedRate(1000)).toBe(-60);
  expect(reversedRate(-10)).toBe(10);
});

test('from its end a range begins again, in either direction', () => {
  expect(playFrom(24 * HOUR, 60, day, false, HOUR).from).toBe(HOUR);
  expect(playFrom(0, -60, day, false, 24 * HOUR).from).toBe(24 * HOUR);
  expect(playFrom(3 * HOUR, 60, day, false, HOUR)).toEqual({
    mode: 'playing',
    from: 3 * HOUR,
    rate: 60,
    start: 0,
    until: 24 * HOUR,
    looping: false,
  });
});

test('outside of its range playing begins at the near side of its way', () => {
  const range = { from: HOUR, to: 2 * HOUR };
  expect(playFrom(0, 10, range, true, HOUR).from).toBe(HOUR);
  expect(playFrom(5 * HOUR, -10, range, true, 2 * HOUR).from).toBe(2 * HOUR);
});

function playing(rate: number, looping: boolean): Playing {
  return { mode: 'playing', from: HOUR, rate, start: HOUR, until: 2 * HOUR, looping };
}

test('playing stops at its end and says so', () => {
  expect(playedTo(playing(60, false), HOUR, 2 * MINUTE)).toBe(2 * HOUR);
  expect(isOver(playing(60, false), 2 * HOUR)).toBe(true);
  expect(playedTo(playing(-60, false), 1.5 * HOUR, 10 * MINUTE)).toBe(HOUR);
  expect(isOver(playing(-60, false), HOUR)).toBe(true);
  expect(isOver(playing(60, true), 2 * HOUR)).toBe(false);
});

test('a loop goes on from the other end, in either direction', () => {
  expect(playedTo(playing(60, true), 1.5 * HOUR, MINUTE)).toBe(1.5 * HOUR);
  expect(playedTo(playing(60, true), 1.75 * HOUR, MINUTE / 2)).toBe(1.25 * HOUR);
  expect(playedTo(playing(-60, true), 1.25 * HOUR, MINUTE / 2)).toBe(1.75 * HOUR);
});
