// What of the alarm list is picked: the current row, a choice of several, or all that a filter answers.

import { type Accessor, batch, createEffect, createMemo, createSignal, on } from 'solid-js';
import type { AlarmLineDto, AlarmPickDto, AlarmQueryDto, DeskAlarmDto } from '../generated/wire';
import type { AlarmRows } from './alarm_list';
import type { Flood, Opening } from './alarm_opening';
import { ALL_ALARMS, whole } from './alarm_query';
import { isKnown } from './alarm_window';
import { sumOfCounts } from './alarm_words';
import type { Desk } from './desk';

/** A range is taken up to so many rows; for more there is "all". */
const MOST_RANGE = 1000;

/** What the keys and the act bar act on. */
export interface Picked {
  pick: AlarmPickDto;
  count: number;
  /** What is known of them; not all of a query. */
  rows: readonly DeskAlarmDto[];
  /** What the first of them is called. */
  name: string;
}

/** What alarms can have in common with the one that is picked. */
export type Likeness = 'kind' | 'area' | 'rule' | 'cause';

export interface Picking {
  /** The row, or the line of a flood, that keys act on. */
  current: Accessor<string | undefined>;
  setCurrent(id: string | undefined): void;
  /** What the pointer is on. */
  point(id: string | undefined): void;
  isChosen(id: string): boolean;
  /** Several are chosen, or all. */
  hasPicked: Accessor<boolean>;
  picked: Accessor<Picked | undefined>;
  move(by: number): void;
  /** Takes the next row into the choice. */
  extend(by: number): void;
  toggle(row: DeskAlarmDto): void;
  toggleCurrent(): void;
  /** From where the choice began to `row`. */
  chooseTo(row: DeskAlarmDto): void;
  /** All that the list's filter answers. */
  chooseAll(): void;
  /** All that have something in common with `row`. */
  chooseLike(row: DeskAlarmDto, likeness: Likeness): void;
  clear(): void;
  /** The current row, else the one under the pointer. */
  rowOfKeys(): DeskAlarmDto | undefined;
  lineOfKeys(): AlarmLineDto | undefined;
}

/** What is picked of `list`. Call inside a Solid root. */
export function createPicking(desk: Desk, list: AlarmRows, flood: Flood, opening: Opening): Picking {
  const [current, setCurrent] = createSignal<string>();
  const [chosen, setChosen] = createSignal<ReadonlyMap<string, DeskAlarmDto>>(new Map());
  const [all, setAll] = createSignal<{ query: AlarmQueryDto; count: number; name: string; isList: boolean }>();
  const [pointed, point] = createSignal<string>();
  /** The row with which the choice began. */
  let anchor: string | undefined;

  function clear(): void {
    anchor = undefined;
    batch(() => {
      setChosen(new Map());
      setAll(undefined);
    });
  }
  // A choice is made among the rows that one sees.
  createEffect(on(list.query, clear, { defer: true }));

  const lines = () => desk.update.alarm_board.lines;
  const placeOf = (id: string | undefined) =>
    id === undefined ? -1 : list.places().findIndex((place) => place.id === id);
  const rowOfKeys = () =>
    list.known().find((row) => row.id === current()) ?? list.known().find((row) => row.id === pointed());
  const lineOfKeys = () =>
    flood.inLines()
      ? (lines().find((line) => line.id === current()) ?? lines().find((line) => line.id === pointed()))
      : undefined;

  const picked = createMemo((): Picked | undefined => {
    const everything = all();
    if (everything !== undefined) {
      const { query, count, name } = everything;
      return { pick: { of: 'query', query }, count, rows: [], name };
    }
    const line = lineOfKeys();
    if (line !== undefined) {
      const query = { ...ALL_ALARMS, line: line.id };
      return { pick: { of: 'query', query }, count: sumOfCounts(line.counts), rows: [], name: line.name };
    }
    const row = rowOfKeys();
    const rows = chosen().size > 0 ? newestOf(chosen(), list.known()) : row === undefined ? [] : [row];
    const first = rows[0];
    if (first !== undefined) {
      return { pick: { of: 'ids', ids: rows.map((one) => one.id) }, count: rows.length, rows, name: first.name };
    }
    const opened = opening.opened();
    return opened === undefined ? undefined : { pick: { of: 'ids', ids: [opened] }, count: 1, rows: [], name: '' };
  });

  /** The row `by` places from the current one, where it is known. */
  function neighbour(by: number): DeskAlarmDto | undefined {
    const places = list.places();
    const at = placeOf(current());
    const next = at < 0 ? (by > 0 ? 0 : places.length - 1) : Math.min(places.length - 1, Math.max(0, at + by));
    const place = places[next];
    return place !== undefined && isKnown(place) ? place : undefined;
  }
  function toggle(row: DeskAlarmDto): void {
    const next = new Map(chosen());
    if (!next.delete(row.id)) {
      next.set(row.id, row);
      anchor = row.id;
    }
    batch(() => {
      setAll(undefined);
      setChosen(next);
      setCurrent(row.id);
    });
  }
  function chooseTo(row: DeskAlarmDto): void {
    const to = placeOf(row.id);
    const begin = placeOf(anchor ?? current());
    const from = begin < 0 ? to : begin;
    anchor ??= current() ?? row.id;
    const offset = Math.min(from, to);
    const count = Math.min(MOST_RANGE, Math.abs(from - to) + 1);
    const seen = list
      .places()
      .slice(offset, offset + count)
      .filter(isKnown);
    batch(() => {
      setAll(undefined);
      setChosen(new Map(seen.map((one) => [one.id, one])));
      setCurrent(row.id);
    });
    if (seen.length < count) {
      // Part of the range lies out of the window.
      const asked = list.query();
      void desk.backend.alarms({ ...asked, offset, count }).then((result) => {
        if (result.ok && asked === list.query() && current() === row.id) {
          setChosen(new Map(result.value.rows.map((one) => [one.id, one])));
        }
      });
    }
  }
  function chooseQuery(query: AlarmQueryDto, name: string, isList: boolean): void {
    void desk.backend.alarms({ ...query, offset: 0, count: 0 }).then((result) => {
      if (result.ok) {
        batch(() => {
          setChosen(new Map());
          setAll({ query: whole(query), count: result.value.total, name, isList });
        });
      } else {
        desk.attempt(Promise.resolve(result));
      }
    });
  }

  return {
    current,
    setCurrent,
    point,
    isChosen: (id) => all()?.isList === true || chosen().has(id),
    hasPicked: () => all() !== undefined || chosen().size > 0,
    picked,
    move(by) {
      if (flood.inLines()) {
        const at = lines().findIndex((line) => line.id === current());
        const next = at < 0 ? (by > 0 ? 0 : lines().length - 1) : Math.min(lines().length - 1, Math.max(0, at + by));
        setCurrent(lines()[next]?.id);
        return;
      }
      const next = neighbour(by);
      if (next !== undefined) {
        setCurrent(next.id);
      }
    },
    extend(by) {
      const row = neighbour(by);
      if (!flood.inLines() && row !== undefined) {
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
    chooseAll: () => chooseQuery(list.query(), '', true),
    chooseLike: (row, likeness) => chooseQuery(likeQuery(row, likeness), row.name, false),
    clear,
    rowOfKeys,
    lineOfKeys,
  };
}

/** The chosen rows with their newest contents where they are known. */
function newestOf(chosen: ReadonlyMap<string, DeskAlarmDto>, known: readonly DeskAlarmDto[]): DeskAlarmDto[] {
  const newest = new Map(known.filter((row) => chosen.has(row.id)).map((row) => [row.id, row]));
  return [...chosen.values()].map((row) => newest.get(row.id) ?? row);
}

function likeQuery(row: DeskAlarmDto, likeness: Likeness): AlarmQueryDto {
  switch (likeness) {
    case 'kind':
      return { ...ALL_ALARMS, kinds: [row.sensor_kind] };
    case 'area':
      return { ...ALL_ALARMS, areas: [row.area] };
    case 'rule':
      return { ...ALL_ALARMS, text: row.rule };
    case 'cause':
      return { ...ALL_ALARMS, cause: row.cause ?? row.id };
  }
}
