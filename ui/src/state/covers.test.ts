import { expect, test } from 'vitest';
import { overlap } from './covers';

const viewport = { left: 360, top: 48, right: 1520, bottom: 968 };

test('a float inside is reported relative to the picture, in whole pixels outwards', () => {
  expect(overlap(viewport, { left: 372.4, top: 60.2, right: 500.1, bottom: 90 })).toEqual([12, 12, 129, 30]);
});

test('a dialog that sticks out is cut to the picture', () => {
  expect(overlap(viewport, { left: 200, top: 0, right: 400, bottom: 100 })).toEqual([0, 0, 40, 52]);
});

test('what lies beside the picture makes no hole', () => {
  expect(overlap(viewport, { left: 0, top: 0, right: 360, bottom: 500 })).toBeUndefined();
});
