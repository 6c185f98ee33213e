// A long list that the host gives in pages: what is in sight is asked for, and only some pages are kept.
//
// Knows nothing of what a row is.

import { type Accessor, createSignal } from 'solid-js';
import type { Result } from '../backend/backend';

/** So many pages are kept at once; those farthest from what is in sight go first. */
const MOST_PAGES = 48;

export interface Page<T> {
  total: number;
  rows: T[];
}

export interface Paged<T> {
  /** Rows altogether; `undefined` until the first answer. */
  total: Accessor<number | undefined>;
  /** A row, where its page is there. */
  at(index: number): T | undefined;
  /** Where a row is that answers, among those that are there. */
  find(test: (row: T) => boolean): number | undefined;
  /** Rows from `first` up to `last` are in sight: asks for what is missing of them. */
  want(first: number, last: number): void;
  /** Asks again for what is in sight; what is shown stays until the answer comes. */
  refresh(): void;
  /** Another list: its beginning is asked for, and what is shown goes when the answer comes. */
  reset(): void;
  failure: Accessor<string | undefined>;
}

/** A list of which `load` gives `limit` rows from `offset`. */
export function createPaged<T>(
  limit: number,
  load: (offset: number, limit: number) => Promise<Result<Page<T>>>,
): Paged<T> {
  const [total, setTotal] = createSignal<number>();
  const [failure, setFailure] = createSignal<string>();
  const [version, setVersion] = createSignal(0);
  const pages = new Map<number, readonly T[]>();
  const asked = new Set<number>();
  let sight: [number, number] = [0, 0];
  let generation = 0;
  let isStale = false;

  function ask(page: number): void {
    asked.add(page);
    const mine = generation;
    void load(page * limit, limit).then((result) => {
      // An answer about another list is dropped.
      if (mine !== generation) {
        return;
      }
      setFailure(result.ok ? undefined : result.error.message);
      if (!result.ok) {
        asked.delete(page);
        return;
      }
      if (isStale) {
        isStale = false;
        pages.clear();
      }
      pages.set(page, result.value.rows);
      setTotal(result.value.total);
      dropFarthest();
      setVersion((count) => count + 1);
    });
  }
  function dropFarthest(): void {
    const middle = (sight[0] + sight[1]) / 2;
    while (pages.size > MOST_PAGES) {
      const farthest = [...pages.keys()].reduce((a, b) => (Math.abs(a - middle) >= Math.abs(b - middle) ? a : b));
      pages.delete(farthest);
      asked.delete(farthest);
    }
  }
  function askSight(): void {
    for (let page = sight[0]; page <= sight[1]; page += 1) {
      if (!asked.has(page)) {
        ask(page);
      }
    }
  }
  return {
    total,
    at(index) {
      version();
      return pages.get(Math.floor(index / limit))?.[index % limit];
    },
    find(test) {
      version();
      for (const [page, rows] of pages) {
        const at = rows.findIndex(test);
        if (at >= 0) {
          return page * limit + at;
        }
      }
      return undefined;
    },
    want(first, last) {
      sight = [Math.floor(Math.max(0, first) / limit), Math.floor(Math.max(0, last - 1, first) / limit)];
      askSight();
    },
    refresh() {
      generation += 1;
      asked.clear();
      for (const page of [...pages.keys()]) {
        if (page < sight[0] || page > sight[1]) {
          pages.delete(page);
        }
      }
      askSight();
    },
    reset() {
      generation += 1;
      asked.clear();
      isStale = true;
      setFailure(undefined);
      ask(0);
      askSight();
    },
    failure,
  };
}
