import { expect, test } from 'vitest';
import { panelOf } from './panels';

test('only a known panel stands alone', () => {
  expect(panelOf('?fake=flood&panel=card')).toBe('card');
  expect(panelOf('?panel=castle')).toBeUndefined();
  expect(panelOf('')).toBeUndefined();
});
