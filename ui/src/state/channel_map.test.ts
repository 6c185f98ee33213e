import { expect, test } from 'vitest';
import { type Bounds, boundsAround, fitted, moved, onMap, spreadBy, zoomed } from './channel_map';

const SIZE = { width: 800, height: 400 };
const VIEW: Bounds = [117, 34, 117.4, 34.2];

test('what is fitted lies inside, with the shape of the map', () => {
  const view = fitted([117.1, 34.1, 117.11, 34.2], SIZE);
  for (const place of [
    [117.1, 34.1],
    [117.11, 34.2],
  ] as const) {
    const [x, y] = onMap(view, SIZE, place);
    expect(x).toBeGreaterThan(0);
    expect(x).toBeLessThan(800);
    expect(y).toBeGreaterThan(0);
    expect(y).toBeLessThan(400);
  }
});

test('zooming keeps the place under the pointer', () => {
  const before = onMap(VIEW, SIZE, [117.1, 34.05]);
  const view = zoomed(VIEW, 0.5, [before[0] / SIZE.width, before[1] / SIZE.height]);
  const after = onMap(view, SIZE, [117.1, 34.05]);
  expect(after[0]).toBeCloseTo(before[0], 6);
  expect(after[1]).toBeCloseTo(before[1], 6);
});

test('one channel alone is still a stretch that can be drawn', () => {
  const bounds = boundsAround([{ lon: 117, lat: 34 }]);
  expect(bounds).toEqual([117, 34, 117, 34]);
  const view = fitted(bounds ?? VIEW, SIZE);
  expect(view[2]).toBeGreaterThan(view[0]);
  expect(view[3]).toBeGreaterThan(view[1]);
});

test('a drag to the right shows what lies to the west', () => {
  expect(moved(VIEW, [0.25, 0])[0]).toBeCloseTo(116.9, 6);
});

test('no channels have no bounds', () => {
  expect(boundsAround([])).toBeUndefined();
});

test('a point of a coarse grid stands for its whole cell', () => {
  expect(spreadBy([117, 34, 117, 34], [-180, -85, 180, 85], 240)).toEqual([
    117 - 1.5,
    34 - 170 / 240,
    117 + 1.5,
    34 + 170 / 240,
  ]);
});
