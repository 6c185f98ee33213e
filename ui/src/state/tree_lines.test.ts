import { expect, test } from 'vitest';
import { lineCount, lineOf, type OpenRow, stretchAt, stretchesOf } from './tree_lines';

const ROWS: Record<string, number> = { '': 3, a: 150_000, b: 2 };

function linesOf(open: Record<string, OpenRow[]>) {
  return stretchesOf(
    '',
    (branch) => ROWS[branch] ?? 0,
    (branch) => open[branch] ?? [],
  );
}

test('a closed tree shows its roots', () => {
  const lines = linesOf({});
  expect(lineCount(lines)).toBe(3);
  expect(stretchAt(lines, 2)).toMatchObject({ branch: '', depth: 0 });
});

test('a branch of 150 000 rows costs as many stretches as there are gaps, not rows', () => {
  const lines = linesOf({ '': [{ id: 'a', index: 1 }], a: [{ id: 'b', index: 9 }] });
  expect(lineCount(lines)).toBe(3 + 150_000 + 2);
  expect(lines.length).toBe(5);
});

test('a line says which branch it belongs to and which of its rows it is', () => {
  const lines = linesOf({ '': [{ id: 'a', index: 1 }] });
  const stretch = stretchAt(lines, 2);
  expect(stretch).toMatchObject({ branch: 'a', depth: 1, first: 0, at: 2 });
  expect(stretchAt(lines, 150_002)).toMatchObject({ branch: '', first: 2 });
  expect(stretchAt(lines, 150_003)).toBeUndefined();
});

test('the line of a row is found again', () => {
  const lines = linesOf({ '': [{ id: 'a', index: 0 }] });
  expect(lineOf(lines, 'a', 7)).toBe(8);
  expect(lineOf(lines, '', 2)).toBe(150_002);
});

test('an open row that is not there any more shows nothing', () => {
  expect(lineCount(linesOf({ '': [{ id: 'a', index: 12 }] }))).toBe(3);
});
