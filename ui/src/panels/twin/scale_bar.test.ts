import { expect, test } from 'vitest';
import { scaleBar } from './scale_bar';

test('the bar is the longest round length that fits', () => {
  expect(scaleBar(1.6, 140)).toEqual({ metres: 200, px: 125 });
  expect(scaleBar(0.01, 140)?.metres).toBe(1);
  expect(scaleBar(40, 140)?.metres).toBe(5000);
});

test('an unknown scale draws no bar', () => {
  expect(scaleBar(0, 140)).toBeUndefined();
  expect(scaleBar(Number.NaN, 140)).toBeUndefined();
});
