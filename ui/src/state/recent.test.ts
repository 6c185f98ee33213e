import { afterEach, expect, test } from 'vitest';
import { keepRecent, MOST_RECENT, type Recent, readRecent, withRecent } from './recent';

const pump: Recent = { id: 'thing:19', title: '泵站前池', kind: 'water_level', target: { kind: 'thing', id: '19' } };
const north: Recent = { id: 'action:north', title: '转到正北', kind: '', target: null };

afterEach(() => localStorage.removeItem('citymirror.recent'));

test('what was used comes first, once, and the oldest goes', () => {
  expect(withRecent([pump, north], north)).toEqual([north, pump]);
  const many = Array.from({ length: 30 }, (_, i) => ({ ...north, id: `action:${i}` }));
  const list = many.reduce<Recent[]>((kept, one) => withRecent(kept, one), []);
  expect(list.length).toBe(MOST_RECENT);
  expect(list[0]?.id).toBe('action:29');
});

test('it is remembered, and what is no list of ours is passed over', () => {
  keepRecent([pump, north]);
  expect(readRecent()).toEqual([pump, north]);
  const elsewhere = { ...pump, target: { kind: 'moon', id: '1' } };
  localStorage.setItem('citymirror.recent', JSON.stringify([{ id: 1 }, elsewhere, north]));
  expect(readRecent()).toEqual([north]);
  localStorage.setItem('citymirror.recent', '{');
  expect(readRecent()).toEqual([]);
});
