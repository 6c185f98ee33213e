// What of the cases is picked: the current row, or a choice of several.

import { type Accessor, batch, createEffect, createSignal, on } from 'solid-js';
import type { CaseRowDto } from '../generated/wire';
import type { ForMove } from './case_acts';
import { type CaseRows, isKnownCase, MOST_CASES } from './case_list';
import type { Desk } from './desk';

export interface CasePicking {
  /** The row that keys act on. */
  current: Accessor<string | undefined>;
  setCurrent(id: string | undefined): void;
  /** What the pointer is on. */
  point(id: string | undefined): void;
  isChosen(id: string): boolean;
  hasChosen: Accessor<boolean>;
  /** What is chosen; else the current row. */
  picked: Accessor<ForMove | undefined>;
  move(by: number): void;
  extend(by: number): void;
  toggle(row: CaseRowDto): void;
  toggleCurrent(): void;
  chooseTo(row: CaseRowDto): void;
  /** All that the list's filter answers, as many as can be chosen. */
  chooseAll(): void;
  clear(): void;
  /** The current row, else the one under the pointer. */
  rowOfKeys(): CaseRowDto | undefined;
}

/** What is picked of `list`. Call inside a Solid root. */
export function createCasePicking(desk: Desk, list: CaseRows): CasePicking {
  const [current, setCurrent] = createSignal<string>();
  const [chosen, setChosen] = createSignal<ReadonlyMap<string, CaseRowDto>>(new Map());
  const [pointed, point] = createSignal<string>();
  /** The row with which the choice began. */
  let anchor: string | undefined;

  function clear(): void {
    anchor = undefined;
    setChosen(new Map());
  }
  // A choice is made among the rows that one sees.
  createEffect(on(list.query, clear, { defer: true }));

  const placeOf = (id: string | undefined) =>
    id === undefined ? -1 : list.places().findIndex((place) => place.id === id);
  const rowOfKeys = () =>
    list.known().find((row) => row.id === current()) ?? list.known().find((row) => row.id === pointed());

  function neighbour(by: number): CaseRowDto | undefined {
    const places = list.places();
    const at = placeOf(current());
    const next = at < 0 ? (by > 0 ? 0 : places.length - 1) : Math.min(places.length - 1, Math.max(0, at + by));
    const place = places[next];
    return place !== undefined && isKnownCase(place) ? place : undefined;
  }
  function toggle(row: CaseRowDto): void {
    const next = new Map(chosen());
    if (!next.delete(row.id)) {
      next.set(row.id, row);
      anchor = row.id;
    }
    batch(() => {
      setChosen(next);
      setCurrent(row.id);
    });
  }
  function chooseTo(row: CaseRowDto): void {
    const to = placeOf(row.id);
    const begin = placeOf(anchor ?? current());
    const from = begin < 0 ? to : begin;
    anchor ??= current() ?? row.id;
    const rows = list
      .places()
      .slice(Math.min(from, to), Math.max(from, to) + 1)
      .filter(isKnownCase);
    batch(() => {
      setChosen(new Map(rows.map((one) => [one.id, one])));
      setCurrent(row.id);
    });
  }

  return {
    current,
    setCurrent,
    point,
    isChosen: (id) => chosen().has(id),
    hasChosen: () => chosen().size > 0,
    picked() {
      const one = rowOfKeys();
      const rows = chosen().size > 0 ? newestOf(chosen(), list.known()) : one === undefined ? [] : [one];
      return rows.length === 0 ? undefined : { ids: rows.map((row) => row.id), name: rows[0]?.title ?? '', rows };
    },
    move(by) {
      const next = neighbour(by);
      if (next !== undefined) {
        setCurrent(next.id);
      }
    },
    extend(by) {
      const row = neighbour(by);
      if (row !== undefined) {
        chooseTo(row);
      }
    },
    toggle,
    toggleCurrent() {
      const row = rowOfKeys();
      if (row !== undefined) {
        toggle(row);
      }
    },
    chooseTo,
    chooseAll() {
      const asked = list.query();
      void desk.backend.cases({ ...asked, offset: 0, count: MOST_CASES }).then((result) => {
        if (!result.ok) {
          desk.attempt(Promise.resolve(result));
        } else if (asked === list.query()) {
          setChosen(new Map(result.value.rows.map((row) => [row.id, row])));
        }
      });
    },
    clear,
    rowOfKeys,
  };
}

/** The chosen rows with their newest contents where they are known. */
function newestOf(chosen: ReadonlyMap<string, CaseRowDto>, known: readonly CaseRowDto[]): CaseRowDto[] {
  const newest = new Map(known.map((row) => [row.id, row]));
  return [...chosen.values()].map((row) => newest.get(row.id) ?? row);
}
