// The rows of the event desk: read by window, held while somebody points at them. The list at the left or the board shows them;
// the host orders and filters.

import { type Accessor, batch, createEffect, createMemo, createSignal, on, onCleanup } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import type { CasePageDto, CaseQueryDto, CaseRowDto } from '../generated/wire';
import { MOST_ROWS, type RowSpan, windowAround } from './alarm_window';
import { isSameCases, OPEN_CASES, wholeCases } from './case_query';
import { type Desk, everyAtMost } from './desk';
import { type Held, hold, inHeldOrder, updatesSince } from './held_order';
import { language } from './texts';

/** After a change of cases the rows are read again at once, but not more often than this. */
const READ_MILLIS = 250;
/** Clocks run without any case changing. */
const CLOCKS_MILLIS = 2000;
/** What is in sight before a list has said so. */
const FIRST_SIGHT_ROWS = 60;

/** A place whose row is not known yet. */
export interface UnknownCase {
  id: string;
  isUnknown: true;
}
export type CasePlace = CaseRowDto | UnknownCase;

export function isKnownCase(place: CasePlace): place is CaseRowDto {
  return !('isUnknown' in place);
}

/** How many answer, in all and by what they can be narrowed to. */
export type CaseCounts = Pick<CasePageDto, 'total' | 'by_step' | 'by_light' | 'by_level'>;

export interface CaseRows {
  query: Accessor<CaseQueryDto>;
  setQuery(query: CaseQueryDto): void;
  /** Every place of the list; those out of the window are not known. */
  places: Accessor<CasePlace[]>;
  known: Accessor<readonly CaseRowDto[]>;
  total: Accessor<number>;
  /** Of what the query answers without its lights and steps, so that buttons count what they lead to. */
  counts: Accessor<CaseCounts>;
  /** False until the first answer. */
  answered: Accessor<boolean>;
  failure: Accessor<string | undefined>;
  /** Changes that wait because somebody points at the list. */
  waiting: Accessor<number>;
  /** Keeps the rows fresh while the caller is there. Call inside a component. */
  watch(): void;
  see(first: number, last: number): void;
  hold(): void;
  release(): void;
  read(): void;
}

const NO_COUNTS: CaseCounts = {
  total: 0,
  by_step: [0, 0, 0, 0, 0, 0],
  by_light: [0, 0, 0, 0, 0],
  by_level: [0, 0, 0, 0],
};

/** The cases of `desk` that its query answers. Call inside a Solid root. */
export function createCaseRows(desk: Desk): CaseRows {
  const [query, keepQuery] = createSignal<CaseQueryDto>({ ...OPEN_CASES });
  const [sight, setSight] = createSignal({ first: 0, last: FIRST_SIGHT_ROWS });
  const span = createMemo(() => windowAround(sight().first, sight().last), undefined, {
    equals: (a: RowSpan, b: RowSpan) => a.offset === b.offset && a.count === b.count,
  });
  const [page, setPage] = createStore<{ rows: CaseRowDto[] }>({ rows: [] });
  const [standing, setStanding] = createSignal({ offset: 0, total: 0 });
  const [held, setHeld] = createSignal<{ order: Held<CaseRowDto>; offset: number; total: number }>();
  const [counts, setCounts] = createSignal<CaseCounts>(NO_COUNTS);
  const [answered, setAnswered] = createSignal(false);
  const [failure, setFailure] = createSignal<string>();
  let isPointed = false;
  let lookers = 0;
  let turn = 0;
  let taken = 0;

  const known = createMemo((): readonly CaseRowDto[] => {
    const kept = held();
    return kept === undefined ? page.rows.slice() : inHeldOrder(kept.order, page.rows);
  });
  const shown = () => held() ?? standing();
  const places = createMemo(() => casePlaces(shown().total, shown().offset, known()));
  const waiting = createMemo(() => {
    const kept = held();
    return kept === undefined ? 0 : updatesSince(kept.order, page.rows);
  });

  function holdNow(): void {
    setHeld({ order: hold(page.rows), ...standing() });
  }
  function take(answer: CasePageDto): void {
    batch(() => {
      const isElsewhere = held() !== undefined && held()?.offset !== answer.offset;
      setPage('rows', reconcile(answer.rows, { key: 'id' }));
      setStanding({ offset: answer.offset, total: answer.total });
      setAnswered(true);
      // Scrolled on: other rows are in sight, and they are the ones that keep their places now.
      if (isPointed && (isElsewhere || held() === undefined)) {
        holdNow();
      }
    });
  }
  function read(): void {
    turn += 1;
    const mine = turn;
    const asked = query();
    void desk.backend.cases({ ...asked, ...span() }).then((result) => {
      // An answer to an older question is of no use.
      if (mine < taken || asked !== query()) {
        return;
      }
      taken = mine;
      setFailure(result.ok ? undefined : result.error.message);
      if (result.ok) {
        take(result.value);
      }
    });
    void desk.backend.cases({ ...asked, lights: [], steps: [], stages: [], offset: 0, count: 0 }).then((result) => {
      if (result.ok && asked === query()) {
        const { total, by_step, by_light, by_level } = result.value;
        setCounts({ total, by_step, by_light, by_level });
      }
    });
  }
  function readIfSeen(): void {
    if (lookers > 0) {
      read();
    }
  }
  everyAtMost(
    READ_MILLIS,
    () => [desk.update.event_board.revision, desk.update.city, language(), desk.past(), span()],
    readIfSeen,
  );
  everyAtMost(CLOCKS_MILLIS, () => [desk.update.now, desk.update.shown], readIfSeen);
  // Another question is another list: it begins at its top and is read at once.
  createEffect(on(query, readIfSeen, { defer: true }));

  return {
    query,
    setQuery(wanted) {
      if (!isSameCases(wanted, query())) {
        batch(() => {
          setHeld(undefined);
          setSight({ first: 0, last: FIRST_SIGHT_ROWS });
          keepQuery(wholeCases(wanted));
        });
      }
    },
    places,
    known,
    total: () => shown().total,
    counts,
    answered,
    failure,
    waiting,
    watch() {
      lookers += 1;
      onCleanup(() => {
        lookers -= 1;
      });
      read();
    },
    see: (first, last) => setSight({ first, last: Math.max(last, first + FIRST_SIGHT_ROWS) }),
    hold() {
      isPointed = true;
      if (answered()) {
        holdNow();
      }
    },
    release() {
      isPointed = false;
      setHeld(undefined);
    },
    read,
  };
}

const blanks: UnknownCase[] = [];

/** All `total` places, with `rows` from `offset` on. */
export function casePlaces(total: number, offset: number, rows: readonly CaseRowDto[]): CasePlace[] {
  while (blanks.length < total) {
    blanks.push({ id: `case-place-${blanks.length}`, isUnknown: true });
  }
  const places: CasePlace[] = blanks.slice(0, total);
  for (const [i, row] of rows.entries()) {
    if (offset + i < total) {
      places[offset + i] = row;
    }
  }
  return places;
}

/** As many rows as the host gives at once for a view of all: the columns, a choice of everything. */
export const MOST_CASES = Math.max(MOST_ROWS, 1000);
