import { expect, test } from 'vitest';
import type { LonLat } from '../backend/plans';
import { cellFor, pointAlong, ringArea, routeParts } from './coverage_area';

/** A square of about a kilometre at the equator. */
const KILOMETRE: LonLat[] = [
  [0, 0],
  [0.008983, 0],
  [0.008983, 0.008983],
  [0, 0.008983],
];

test('a ring is as large as it is, whichever way it was drawn', () => {
  expect(ringArea(KILOMETRE) / 1e6).toBeCloseTo(1, 2);
  expect(ringArea([...KILOMETRE].reverse()) / 1e6).toBeCloseTo(1, 2);
  expect(ringArea([])).toBe(0);
});

test('cells are as fine as was chosen until the area is too large for them', () => {
  expect(cellFor(1e6, 1)).toBe(1);
  expect(cellFor(1e6, 0.5)).toBe(1);
  expect(cellFor(40e6, 1)).toBe(5);
  expect(cellFor(1e12, 1)).toBe(50);
});

test('a route falls into what is seen and what is not', () => {
  expect(routeParts(100, [{ from_m: 20, to_m: 50 }])).toEqual([
    { from: 0, to: 0.2, isSeen: true },
    { from: 0.2, to: 0.5, isSeen: false },
    { from: 0.5, to: 1, isSeen: true },
  ]);
  expect(routeParts(100, [{ from_m: 0, to_m: 100 }])).toEqual([{ from: 0, to: 1, isSeen: false }]);
  expect(routeParts(0, [])).toEqual([]);
});

test('a place along a path lies on it', () => {
  const path: LonLat[] = [
    [0, 0],
    [0.008983, 0],
    [0.008983, 0.008983],
  ];
  expect(pointAlong(path, 0)).toEqual([0, 0]);
  expect(pointAlong(path, 1500)?.[1]).toBeCloseTo(0.0045, 3);
  expect(pointAlong(path, 99_999)).toEqual([0.008983, 0.008983]);
  expect(pointAlong([], 5)).toBeUndefined();
});
