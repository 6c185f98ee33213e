import { expect, test } from 'vitest';
import type { DeskAlarmDto } from '../generated/wire';
import { changesSince, heldOffset, isKnown, MOST_ROWS, placesOf, windowAround } from './alarm_window';

const rows = (...ids: string[]) => ids.map((id) => ({ id }) as DeskAlarmDto);

function checkWindow(first: number, last: number, expected: [offset: number, count: number]) {
  const { offset, count } = windowAround(first, last);
  expect([offset, count]).toEqual(expected);
}

test('a window has room around what is in sight and moves in steps', () => {
  checkWindow(0, 20, [0, 120]);
  checkWindow(5, 25, [0, 120]);
  checkWindow(1000, 1030, [920, 200]);
  checkWindow(1010, 1040, [920, 200]);
  expect(windowAround(0, 100_000).count).toBe(MOST_ROWS);
});

test('every place has a row or waits for one', () => {
  const places = placesOf(5, 2, rows('a', 'b'));
  expect(places.map((place) => (isKnown(place) ? place.id : '?'))).toEqual(['?', '?', 'a', 'b', '?']);
  expect(placesOf(1, 0, rows('a', 'b'))).toHaveLength(1);
});

test('a place that waits stays the same place, so that nothing is drawn anew', () => {
  expect(placesOf(9, 0, [])[7]).toBe(placesOf(12, 0, rows('a'))[7]);
});

test('rows that were in sight keep their places when others came above them', () => {
  expect(heldOffset(rows('c', 'd', 'e'), 20, rows('d', 'e', 'f'))).toBe(21);
  expect(heldOffset(rows('c', 'd'), 20, rows('x', 'y', 'c'))).toBe(18);
  expect(heldOffset(rows('c'), 20, rows('x'))).toBeUndefined();
});

function checkChanges(held: string[], newest: string[], reachesEnd: boolean, expected: number) {
  expect(changesSince(new Map(held.map((id) => [id, id])), rows(...newest), reachesEnd)).toBe(expected);
}

test('what came among the held rows and what left them is counted, what lies behind them is not', () => {
  checkChanges(['a', 'b'], ['a', 'b'], true, 0);
  checkChanges(['a', 'b'], ['new', 'a', 'b'], false, 1);
  checkChanges(['a', 'b', 'c'], ['a', 'c'], true, 1);
  checkChanges(['a', 'b'], ['a', 'b', 'further', 'down'], false, 0);
  checkChanges(['a', 'b'], ['a', 'b', 'at the end'], true, 1);
});
