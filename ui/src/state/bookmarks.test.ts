import { expect, test } from 'vitest';
import type { ViewPlaceDto } from '../generated/wire';
import { moved, renamed, withNew, without } from './bookmarks';

const view: ViewPlaceDto = { target: [117.2, 34.2, 0], distance_m: 800, heading_deg: 0, pitch_deg: 40 };
const three = ['a', 'b', 'c'].reduce(
  (list, title) => withNew(list, view, title, '', 1),
  [] as ReturnType<typeof moved>,
);
const titles = (list: ReturnType<typeof moved>) => list.map((one) => one.title).join('');

test('a bookmark keeps its id while others come and go', () => {
  expect(three.map((one) => one.id)).toEqual(['b1', 'b2', 'b3']);
  expect(withNew(without(three, 'b2'), view, 'd', '', 1).at(-1)?.id).toBe('b4');
});

test('bookmarks move by places and not beyond the ends', () => {
  expect(titles(moved(three, 'b3', -1))).toBe('acb');
  expect(titles(moved(three, 'b1', 2))).toBe('bca');
  expect(titles(moved(three, 'b1', -1))).toBe('abc');
  expect(titles(moved(three, 'b9', 1))).toBe('abc');
});

test('other words change one bookmark only', () => {
  const list = renamed(three, 'b2', 'x', 'note');
  expect(titles(list)).toBe('axc');
  expect(list[1]?.note).toBe('note');
});
