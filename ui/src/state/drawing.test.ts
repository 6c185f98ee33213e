import { expect, test } from 'vitest';
import type { MarkShapeDto, SketchDto } from '../generated/wire';
import { colourOf, freshMark, PENS, type Pen, penOf, shapeOf, toolOf } from './drawing';
import { circle, placesOf } from './plan_area';

const LINE: SketchDto = {
  kind: 'path',
  line: [
    [117.1, 34.2, 40],
    [117.2, 34.3, 41],
  ],
};
const RING: SketchDto = {
  kind: 'ring',
  cuts: false,
  ring: [
    [117.1, 34.2, 40],
    [117.2, 34.2, 40],
    [117.2, 34.3, 40],
  ],
};
const POINT: SketchDto = { kind: 'point', at: [117.1, 34.2, 40] };

test('what each pen draws becomes a shape of two dimensions', () => {
  const check = (pen: Pen, sketch: SketchDto, expected: MarkShapeDto | undefined) =>
    expect(shapeOf(pen, 'fire', sketch), pen).toEqual(expected);
  check('point', POINT, { of: 'point', at: [117.1, 34.2], symbol: 'fire' });
  check('text', POINT, { of: 'text', at: [117.1, 34.2] });
  const points: [number, number][] = [
    [117.1, 34.2],
    [117.2, 34.3],
  ];
  check('line', LINE, { of: 'line', points, is_arrow: false });
  check('arrow', LINE, { of: 'line', points, is_arrow: true });
  check('area', RING, {
    of: 'area',
    ring: [
      [117.1, 34.2],
      [117.2, 34.2],
      [117.2, 34.3],
    ],
  });
  check('area', LINE, undefined);
  check('point', RING, undefined);
});

test('a mark leads back to its pen, and its tool collects what it needs', () => {
  const tools = Object.fromEntries(PENS.map((pen) => [pen, toolOf(pen).kind]));
  expect(tools).toEqual({ point: 'point', text: 'point', line: 'path', arrow: 'path', area: 'ring' });
  const sketches: Record<Pen, SketchDto> = { point: POINT, text: POINT, line: LINE, arrow: LINE, area: RING };
  for (const pen of PENS) {
    const shape = shapeOf(pen, 'flag', sketches[pen]);
    expect(shape === undefined ? undefined : penOf(shape)).toBe(pen);
  }
});

test('every mark has an identity of its own, and an unknown colour is white', () => {
  const shape: MarkShapeDto = { of: 'text', at: [117.1, 34.2] };
  const ids = new Set(Array.from({ length: 50 }, () => freshMark(shape, '集结', 'red').id));
  expect(ids.size).toBe(50);
  expect(Math.max(...[...ids].map((id) => id.length))).toBeLessThanOrEqual(64);
  expect(colourOf('blue')).toBe('blue');
  expect(colourOf('mauve')).toBe('white');
});

test('a ring around a place is as wide as it says', () => {
  const ring = circle([117.2, 34.25], 500);
  const lats = ring.map(([, lat]) => lat);
  expect((Math.max(...lats) - Math.min(...lats)) * 111_320).toBeCloseTo(1000, 0);
  expect(placesOf({ of: 'area', ring })).toEqual(ring);
  expect(placesOf({ of: 'text', at: [1, 2] })).toEqual([[1, 2]]);
});
