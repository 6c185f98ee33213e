// The list of kept views: pure changes, with the list before each so that it can be undone.

import type { BookmarkDto, ViewPlaceDto } from '../generated/wire';

/** A city keeps at most so many. */
export const MAX_BOOKMARKS = 200;

/** The list with a new bookmark at its end. */
export function withNew(
  list: readonly BookmarkDto[],
  view: ViewPlaceDto,
  title: string,
  note: string,
  now: number,
): BookmarkDto[] {
  const newest = list.reduce((most, one) => Math.max(most, Number(one.id.slice(1)) || 0), 0);
  return [...list, { id: `b${newest + 1}`, title, note, kept_at: Math.round(now), view }];
}

/** The list with other words for one bookmark. */
export function renamed(list: readonly BookmarkDto[], id: string, title: string, note: string): BookmarkDto[] {
  return list.map((one) => (one.id === id ? { ...one, title, note } : one));
}

export function without(list: readonly BookmarkDto[], id: string): BookmarkDto[] {
  return list.filter((one) => one.id !== id);
}

/** The list with one bookmark `by` places further down; at the ends nothing moves. */
export function moved(list: readonly BookmarkDto[], id: string, by: number): BookmarkDto[] {
  const from = list.findIndex((one) => one.id === id);
  const to = from + by;
  const one = list[from];
  if (one === undefined || to < 0 || to >= list.length) {
    return [...list];
  }
  const rest = list.filter((other) => other.id !== id);
  return [...rest.slice(0, to), one, ...rest.slice(to)];
}
