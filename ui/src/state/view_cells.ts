// The cells of a mosaic: how many, which camera where, what becomes of them when others are wanted. Pure.

import type { MosaicCellDto, MosaicDto, MosaicFollowsDto } from '../generated/wire';

export const MOSAIC_SIZES = [1, 4, 9, 16] as const;
export type MosaicSize = (typeof MOSAIC_SIZES)[number];
export const MOST_CELLS = 16;

/** What goes into a cell. */
export interface CameraRef {
  camera: string;
  name: string;
}

export interface Cell extends CameraRef {
  /** Its place, from 0. */
  id: number;
  /** The preset to go to; 0 for none. */
  preset: number;
  /** The person here may not look. */
  isDenied: boolean;
  /** Somebody here filled or emptied it: what follows an event leaves it alone. */
  byHand: boolean;
}

/** What is kept of a mosaic beside its cells. */
export interface MosaicHead {
  id: string;
  name: string;
  isShared: boolean;
  isMine: boolean;
  by: string;
}

export const NO_HEAD: MosaicHead = { id: '', name: '', isShared: false, isMine: true, by: '' };

export function emptyCells(): Cell[] {
  return Array.from({ length: MOST_CELLS }, (_, id) => emptyCell(id));
}

export function emptyCell(id: number): Cell {
  return { id, camera: '', name: '', preset: 0, isDenied: false, byHand: false };
}

/** The size of a word or number that came from elsewhere. */
export function sizeOf(raw: number): MosaicSize {
  return MOSAIC_SIZES.find((size) => raw <= size) ?? 16;
}

/** The cells of a mosaic, with empty ones to the end. */
export function cellsOf(cells: readonly MosaicCellDto[]): Cell[] {
  return emptyCells().map((blank, id) => {
    const cell = cells[id];
    return cell === undefined
      ? blank
      : { id, camera: cell.camera, name: cell.name, preset: cell.preset, isDenied: cell.is_denied, byHand: false };
  });
}

/**
 * `wanted` laid into cells so that a camera that stays keeps its place: nobody loses the picture that they look at because
 * another came nearer.
 */
export function arranged(before: readonly Cell[], wanted: readonly MosaicCellDto[], size: number): Cell[] {
  const cells = emptyCells();
  const left = wanted.filter((one) => one.camera !== '' || one.is_denied).slice(0, size);
  for (const cell of before.slice(0, size)) {
    const at = left.findIndex((one) => one.camera !== '' && one.camera === cell.camera);
    if (at >= 0) {
      const [kept] = left.splice(at, 1);
      cells[cell.id] = { ...cell, name: kept?.name ?? cell.name, isDenied: kept?.is_denied ?? false };
    } else if (cell.byHand) {
      cells[cell.id] = { ...cell };
    }
  }
  for (const one of left) {
    const free = cells.find((cell) => cell.id < size && cell.camera === '' && !cell.isDenied && !cell.byHand);
    if (free !== undefined) {
      cells[free.id] = { ...free, camera: one.camera, name: one.name, preset: one.preset, isDenied: one.is_denied };
    }
  }
  return cells;
}

/** The cell that the next camera goes into: an empty one, else the current one. */
export function nextCell(cells: readonly Cell[], size: number, current: number): number {
  return (
    cells.find((cell) => cell.id < size && cell.camera === '' && !cell.isDenied)?.id ?? Math.min(current, size - 1)
  );
}

/** The least size that holds so many. */
export function roomFor(count: number): MosaicSize {
  return sizeOf(Math.max(1, count));
}

/** A mosaic as it is kept. */
export function mosaicOf(
  head: MosaicHead,
  cells: readonly Cell[],
  size: MosaicSize,
  follows: MosaicFollowsDto,
  event: string | undefined,
): MosaicDto {
  return {
    id: head.id,
    name: head.name,
    size,
    cells: cells.slice(0, size).map((cell) => ({
      camera: cell.camera,
      name: cell.name,
      preset: cell.preset,
      is_denied: cell.isDenied,
    })),
    follows,
    event: event ?? null,
    is_shared: head.isShared,
    by: head.by,
    saved_at: 0,
    is_mine: head.isMine,
    at: null,
    refused: null,
  };
}

/** The cell to which an arrow leads from `at`. */
export function stepped(at: number, size: MosaicSize, key: string): number {
  const side = Math.sqrt(size);
  const [column, row] = [at % side, Math.floor(at / side)];
  switch (key) {
    case 'ArrowLeft':
      return column > 0 ? at - 1 : at;
    case 'ArrowRight':
      return column < side - 1 ? at + 1 : at;
    case 'ArrowUp':
      return row > 0 ? at - side : at;
    case 'ArrowDown':
      return row < side - 1 ? at + side : at;
    default:
      return at;
  }
}
