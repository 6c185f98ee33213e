// A window into a list that is too long to have: which rows to ask for, and where the known ones stand. Pure.
//
// While somebody points at the list its rows stay where they are; whatever is read meanwhile is laid at the same places.

import type { DeskAlarmDto } from '../generated/wire';

/** A place whose row is not known yet. */
export interface Unknown {
  id: string;
  isUnknown: true;
}
export type Place = DeskAlarmDto | Unknown;

export interface RowSpan {
  offset: number;
  count: number;
}

/** Rows asked for above and below what is in sight. */
const SPARE_ROWS = 80;
/** Windows begin and end at multiples of it, so that scrolling a little asks for nothing. */
const STEP_ROWS = 40;
/** What is asked for at once. */
export const MOST_ROWS = 400;

export function isKnown(place: Place): place is DeskAlarmDto {
  return !('isUnknown' in place);
}

/** The window around the rows from `first` to `last`. */
export function windowAround(first: number, last: number): RowSpan {
  const offset = Math.max(0, Math.floor((first - SPARE_ROWS) / STEP_ROWS) * STEP_ROWS);
  const end = Math.ceil((last + SPARE_ROWS) / STEP_ROWS) * STEP_ROWS;
  return { offset, count: Math.min(MOST_ROWS, Math.max(STEP_ROWS, end - offset)) };
}

const blanks: Unknown[] = [];

/** All `total` places, with `rows` from `offset` on. */
export function placesOf(total: number, offset: number, rows: readonly DeskAlarmDto[]): Place[] {
  while (blanks.length < total) {
    blanks.push({ id: `place-${blanks.length}`, isUnknown: true });
  }
  const places: Place[] = blanks.slice(0, total);
  for (const [i, row] of rows.entries()) {
    if (offset + i < total) {
      places[offset + i] = row;
    }
  }
  return places;
}

/**
 * Where newly read rows begin so that those that were shown already keep their places; `undefined` when none of them was.
 * `shown` stand from `offset` on.
 */
export function heldOffset(
  shown: readonly DeskAlarmDto[],
  offset: number,
  rows: readonly DeskAlarmDto[],
): number | undefined {
  const placeOf = new Map(shown.map((row, i) => [row.id, offset + i]));
  for (const [i, row] of rows.entries()) {
    const place = placeOf.get(row.id);
    if (place !== undefined) {
      return place - i;
    }
  }
  return undefined;
}

/**
 * How many rows came among the held ones or left them. `reachesEnd` says that nothing comes after `rows`: what is new
 * behind the last held row has come too, and was not only out of the window.
 */
export function changesSince(
  held: ReadonlyMap<string, unknown>,
  rows: readonly { id: string }[],
  reachesEnd: boolean,
): number {
  const newest = new Set(rows.map((row) => row.id));
  const left = [...held.keys()].filter((id) => !newest.has(id)).length;
  const lastHeld = rows.reduce((last, row, i) => (held.has(row.id) ? i : last), -1);
  const came = rows.filter((row, i) => (reachesEnd || i <= lastHeld) && !held.has(row.id)).length;
  return came + left;
}
