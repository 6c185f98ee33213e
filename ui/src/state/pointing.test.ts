import { expect, test } from 'vitest';
import { severityOf, viewOf } from './pointing';

test('a view holds everything that is selected, and never comes too near', () => {
  expect(viewOf([])).toBeUndefined();
  expect(viewOf([{ lon: 117.2, lat: 34.2 }])).toEqual({ target: [117.2, 34.2, 0], distance_m: 250, pitch_deg: 55 });
  const wide = viewOf([
    { lon: 117.1, lat: 34.2 },
    { lon: 117.2, lat: 34.3 },
  ]);
  expect(wide?.target[0]).toBeCloseTo(117.15, 6);
  // A tenth of a degree is 11.1 km along and 9.2 km across.
  expect(wide?.distance_m).toBeGreaterThan(14_400);
  expect(wide?.distance_m).toBeLessThan(21_000);
});

test('a severity that nobody knows is none', () => {
  expect([severityOf('high'), severityOf(null), severityOf('ufo')]).toEqual(['high', 'normal', 'normal']);
});
