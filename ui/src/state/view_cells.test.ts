import { expect, test } from 'vitest';
import type { MosaicCellDto } from '../generated/wire';
import { arranged, type Cell, cellsOf, emptyCells, mosaicOf, NO_HEAD, nextCell, sizeOf, stepped } from './view_cells';

const wanted = (...cameras: string[]): MosaicCellDto[] =>
  cameras.map((camera) => ({ camera, name: camera, preset: 0, is_denied: false }));
const names = (cells: readonly Cell[], size: number) => cells.slice(0, size).map((cell) => cell.camera);

test('a camera that stays keeps its cell when others come and go', () => {
  const before = cellsOf(wanted('a', 'b', 'c', 'd'));
  expect(names(arranged(before, wanted('x', 'c', 'a', 'y'), 4), 4)).toEqual(['a', 'x', 'c', 'y']);
  expect(names(arranged(before, wanted('c'), 4), 4)).toEqual(['', '', 'c', '']);
});

test('what somebody put in or took out stays so while an event is followed', () => {
  const before = cellsOf(wanted('a', 'own', '', 'd')).map((cell) => ({
    ...cell,
    byHand: cell.id === 1 || cell.id === 2,
  }));
  expect(names(arranged(before, wanted('x', 'y', 'a', 'z'), 4), 4)).toEqual(['a', 'own', '', 'x']);
});

test('no more cameras than cells', () => {
  expect(
    names(arranged(emptyCells(), wanted('a', 'b', 'c', 'd', 'e'), 4), 16).filter((one) => one !== ''),
  ).toHaveLength(4);
});

test('a cell that may not be looked at stays where it is, and is not filled', () => {
  const denied = [{ camera: '', name: '', preset: 0, is_denied: true }, ...wanted('a')];
  const cells = arranged(emptyCells(), denied, 4);
  expect(cells[0]?.isDenied).toBe(true);
  expect(names(cells, 2)).toEqual(['', 'a']);
  expect(nextCell(cells, 4, 0)).toBe(2);
});

test('the next camera goes into the first empty cell, else into the current one', () => {
  const cells = cellsOf(wanted('a', '', 'c', 'd'));
  expect(nextCell(cells, 4, 3)).toBe(1);
  expect(nextCell(cellsOf(wanted('a', 'b', 'c', 'd')), 4, 3)).toBe(3);
});

test('a number of pictures becomes the mosaic that holds them', () => {
  expect([0, 1, 2, 5, 9, 10, 99].map(sizeOf)).toEqual([1, 1, 4, 9, 9, 16, 16]);
});

test('arrows lead from cell to cell and stop at the edge', () => {
  expect(stepped(0, 9, 'ArrowRight')).toBe(1);
  expect(stepped(2, 9, 'ArrowRight')).toBe(2);
  expect(stepped(4, 9, 'ArrowUp')).toBe(1);
  expect(stepped(7, 9, 'ArrowDown')).toBe(7);
  expect(stepped(7, 9, 'x')).toBe(7);
});

test('what is kept of a mosaic are its cells in their places', () => {
  const kept = mosaicOf({ ...NO_HEAD, name: '早高峰' }, cellsOf(wanted('a', 'b')), 4, 'event', 'e1');
  expect(kept.cells.map((cell) => cell.camera)).toEqual(['a', 'b', '', '']);
  expect(kept).toMatchObject({ id: '', name: '早高峰', size: 4, follows: 'event', event: 'e1', is_shared: false });
});
