import { expect, test } from 'vitest';
import { hold, inHeldOrder, updatesSince } from './held_order';

const rows = (...ids: string[]) => ids.map((id) => ({ id, value: 1 }));

function check(held: string[], newest: string[], expected: { order: string[]; updates: number }) {
  const order = hold(rows(...held));
  expect(inHeldOrder(order, rows(...newest)).map((row) => row.id)).toEqual(expected.order);
  expect(updatesSince(order, rows(...newest))).toBe(expected.updates);
}

test('a new row waits and is counted', () => {
  check(['a', 'b'], ['new', 'a', 'b'], { order: ['a', 'b'], updates: 1 });
});

test('a row that left keeps its place until release', () => {
  check(['a', 'b', 'c'], ['a', 'c'], { order: ['a', 'b', 'c'], updates: 1 });
});

test('a row that only moved is no update', () => {
  check(['a', 'b'], ['b', 'a'], { order: ['a', 'b'], updates: 0 });
});

test('a held row shows its newest contents', () => {
  const order = hold([{ id: 'a', value: 1 }]);
  expect(inHeldOrder(order, [{ id: 'a', value: 2 }])).toEqual([{ id: 'a', value: 2 }]);
});
