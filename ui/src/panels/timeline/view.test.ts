import { expect, test } from 'vitest';
import { DAY, HOUR, MINUTE } from '../../state/time';
import { fractionOf, panned, ticks, timeAt, zoomed } from './view';

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
