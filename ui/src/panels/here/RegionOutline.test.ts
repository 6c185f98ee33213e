import { expect, test } from 'vitest';
import { barsOf } from './RegionOutline';

test('a box is framed by four bars, whichever corner it began at', () => {
  const bars = barsOf({ kind: 'box', from: [50, 40], to: [10, 20] });
  expect(bars).toEqual([
    { x: 10, y: 20, width: 40, height: 2 },
    { x: 10, y: 38, width: 40, height: 2 },
    { x: 10, y: 20, width: 2, height: 20 },
    { x: 48, y: 20, width: 2, height: 20 },
  ]);
});

test('a lasso of any length shows a bounded number of dots, with its end', () => {
  const points = Array.from({ length: 500 }, (_, i): [number, number] => [i, 2 * i]);
  const dots = barsOf({ kind: 'lasso', points });
  expect(dots.length).toBeLessThanOrEqual(50);
  expect(dots.at(-1)).toEqual({ x: 496.5, y: 995.5, width: 5, height: 5 });
});
