import { expect, test } from 'vitest';
import { stripPath } from './PerformancePanel';

test('the newest frame time stands at the right edge, and what is too long stays within the strip', () => {
  expect(stripPath([])).toBe('');
  expect(stripPath([60, 0, 500])).toBe('M177 20.0L178 40.0L179 0.0');
});
