import { expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../state/time';
import { following, fractionOf, isMidnight, nearest, panned, stacked, ticks, timeAt, zoomed } from './view';

const whole = { from: 0, to: DAY };

test('zooming keeps the moment under the pointer', () => {
  const before = timeAt(whole, 0.3);
  const view = zoomed(whole, whole, 0.3, 0.5);
  expect(view && fractionOf(view, before)).toBeCloseTo(0.3);
});

test('zooming out far enough shows the whole again', () => {
  expect(zoomed({ from: HOUR, to: 23 * HOUR }, whole, 0.5, 1.25)).toBeUndefined();
});

test('nobody can zoom into less than five minutes', () => {
  const view = zoomed({ from: 0, to: 6 * MINUTE }, whole, 0.5, 0.1);
  expect(view && view.to - view.from).toBe(5 * MINUTE);
});

test('panning stops at the edges', () => {
  expect(panned({ from: HOUR, to: 2 * HOUR }, whole, -5)).toEqual({ from: 0, to: HOUR });
  expect(panned({ from: HOUR, to: 2 * HOUR }, whole, 50)).toEqual({ from: 23 * HOUR, to: DAY });
});

test('ticks are round in Shanghai and never crowd', () => {
  const marks = ticks(whole, 800, 84);
  expect(marks.length).toBeLessThanOrEqual(10);
  expect(marks.every((at) => (at + 8 * HOUR) % (3 * HOUR) === 0)).toBe(true);
});

test('over weeks the ticks are days, then Mondays', () => {
  const end = Date.UTC(2026, 10, 21);
  const fortnight = ticks({ from: end - 14 * DAY, to: end }, 1500, 84);
  expect(fortnight.length).toBeGreaterThan(10);
  expect(fortnight.every(isMidnight)).toBe(true);
  const year = ticks({ from: end - 365 * DAY, to: end }, 1500, 84);
  expect(year.length).toBeLessThanOrEqual(18);
  expect(year.every((at) => new Date(at + 8 * HOUR).getUTCDay() === 1)).toBe(true);
  expect(ticks({ from: end - 4000 * DAY, to: end }, 300, 84).length).toBeGreaterThan(0);
});

test('the view follows a moment that it does not hold, and stays for one that it does', () => {
  expect(following({ from: 0, to: HOUR }, whole, 30 * MINUTE)).toBeUndefined();
  expect(following({ from: 0, to: HOUR }, whole, 10 * HOUR)).toEqual({ from: 9.5 * HOUR, to: 10.5 * HOUR });
  expect(following({ from: 0, to: HOUR }, whole, 24 * HOUR)).toEqual({ from: 23 * HOUR, to: DAY });
});

test('pictures that are near lie in one stack, in the order of time', () => {
  const stacks = stacked([100, 10, 40, 61, 130], (x) => x, 50);
  expect(stacks).toEqual([
    { x: 10, items: [10, 40] },
    { x: 61, items: [61, 100] },
    { x: 130, items: [130] },
  ]);
});

test('a click takes the nearest mark within reach', () => {
  expect(nearest([10, 20, 30], (x) => x, 23, 7)).toBe(20);
  expect(nearest([10, 20, 30], (x) => x, 40, 7)).toBeUndefined();
});
