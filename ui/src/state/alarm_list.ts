// The rows of the alarm list: read by window, held while somebody points at them, counted by severity.
//
// The host orders and filters; here is only what is in sight, with room around it.

import { type Accessor, batch, createEffect, createMemo, createSignal, on, onCleanup } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import type { AlarmPageDto, AlarmQueryDto, DeskAlarmDto } from '../generated/wire';
import { ALL_ALARMS, isSameQuery } from './alarm_query';
import { changesSince, heldOffset, type Place, placesOf, type RowSpan, windowAround } from './alarm_window';
import { type Desk, everyAtMost } from './desk';
import { type Held, hold, inHeldOrder } from './held_order';
import { language } from './texts';

/** After a change of alarms the rows are read again at once, but not more often than this. */
const READ_MILLIS = 250;
/** Values and ages move without any alarm changing. */
const VALUES_MILLIS = 1000;
/** Rows beyond the held ones, so that what came and what left can be told apart. */
const HELD_SPARE_ROWS = 200;
/** What is in sight before the list has said so. */
const FIRST_SIGHT_ROWS = 40;

export interface AlarmRows {
  query: Accessor<AlarmQueryDto>;
  setQuery(query: AlarmQueryDto): void;
  /** Every place of the list; those out of the window are not known. */
  places: Accessor<Place[]>;
  /** The known rows, in order. */
  known: Accessor<readonly DeskAlarmDto[]>;
  /** Where the first of them stands. */
  offset: Accessor<number>;
  total: Accessor<number>;
  /** How many there are by severity, whatever severities are chosen. */
  counts: Accessor<[number, number, number, number]>;
  /** False until the first answer. */
  answered: Accessor<boolean>;
  failure: Accessor<string | undefined>;
  /** Changes that wait because somebody points at the list. */
  waiting: Accessor<number>;
  /** Keeps the rows fresh while the caller is there. Call inside a component. */
  watch(): void;
  /** The list says which rows are in sight. */
  see(first: number, last: number): void;
  /** Rows keep their places from now on. */
  hold(): void;
  release(): void;
  /** Reads again now. */
  read(): void;
}

interface Standing {
  offset: number;
  total: number;
}

/** The alarm list of `desk`. Call inside a Solid root. */
export function createAlarmRows(desk: Desk): AlarmRows {
  const [query, keepQuery] = createSignal<AlarmQueryDto>({ ...ALL_ALARMS });
  const [sight, setSight] = createSignal({ first: 0, last: FIRST_SIGHT_ROWS });
  const span = createMemo(() => windowAround(sight().first, sight().last), undefined, {
    equals: (a: RowSpan, b: RowSpan) => a.offset === b.offset && a.count === b.count,
  });
  const [page, setPage] = createStore<{ rows: DeskAlarmDto[] }>({ rows: [] });
  const [newest, setNewest] = createSignal<Standing & { reachesEnd: boolean }>({
    offset: 0,
    total: 0,
    reachesEnd: true,
  });
  const [held, setHeld] = createSignal<{ order: Held<DeskAlarmDto>; at: Standing; span: RowSpan }>();
  const [counts, setCounts] = createSignal<[number, number, number, number]>([0, 0, 0, 0]);
  const [answered, setAnswered] = createSignal(false);
  const [failure, setFailure] = createSignal<string>();
  /** By how many rows the held list stands above the newest one. */
  let shift = 0;
  /** Somebody points at the rows: they keep their places as soon as there are any. */
  let isPointed = false;
  let lookers = 0;
  let turn = 0;
  let taken = 0;

  const known = createMemo((): readonly DeskAlarmDto[] => {
    const order = held()?.order;
    return order === undefined ? page.rows.slice() : inHeldOrder(order, page.rows);
  });
  const standing = (): Standing => held()?.at ?? newest();
  const places = createMemo(() => placesOf(standing().total, standing().offset, known()));
  const waiting = createMemo(() => {
    const order = held()?.order;
    return order === undefined ? 0 : changesSince(order.last, page.rows, newest().reachesEnd);
  });

  function holdNow(at: Standing, of: RowSpan): void {
    setHeld({ order: hold(page.rows), at, span: of });
  }
  function take(answer: AlarmPageDto, asked: RowSpan, wanted: number): void {
    const shown = known();
    const from = standing().offset;
    const keeper = held();
    batch(() => {
      setPage('rows', reconcile(answer.rows, { key: 'id' }));
      setNewest({
        offset: answer.offset,
        total: answer.total,
        reachesEnd: answer.offset + answer.rows.length >= answer.total || answer.rows.length < wanted,
      });
      if (keeper !== undefined && (keeper.span.offset !== asked.offset || keeper.span.count !== asked.count)) {
        // Scrolled on: other rows are held from now on, at places where those still in sight do not move.
        const offset = Math.max(0, heldOffset(shown, from, answer.rows) ?? answer.offset - shift);
        shift = answer.offset - offset;
        holdNow({ offset, total: Math.max(answer.total - shift, offset + answer.rows.length) }, asked);
      } else if (keeper === undefined && isPointed) {
        holdNow({ offset: answer.offset, total: answer.total }, asked);
      }
    });
  }
  function read(): void {
    turn += 1;
    const mine = turn;
    const asked = query();
    const wanted = span();
    const isHeld = held() !== undefined;
    const offset = Math.max(0, wanted.offset + (isHeld ? shift : 0));
    const count = wanted.count + (isHeld ? HELD_SPARE_ROWS : 0);
    void desk.backend.alarms({ ...asked, offset, count }).then((result) => {
      // An answer to an older question is of no use.
      if (mine < taken || asked !== query()) {
        return;
      }
      taken = mine;
      setFailure(result.ok ? undefined : result.error.message);
      if (result.ok) {
        setAnswered(true);
        take(result.value, wanted, count);
        if (asked.severities.length === 0) {
          setCounts(result.value.by_severity);
        }
      }
    });
    if (asked.severities.length > 0) {
      void desk.backend.alarms({ ...asked, severities: [], offset: 0, count: 0 }).then((result) => {
        if (result.ok && asked === query()) {
          setCounts(result.value.by_severity);
        }
      });
    }
  }
  function readIfSeen(): void {
    if (lookers > 0) {
      read();
    }
  }
  everyAtMost(READ_MILLIS, () => [desk.update.alarm_board.revision, desk.update.city, language(), span()], readIfSeen);
  everyAtMost(VALUES_MILLIS, () => desk.update.now, readIfSeen);
  // Another question is another list: it begins at its top and is read at once.
  createEffect(on(query, readIfSeen, { defer: true }));

  return {
    query,
    setQuery(wanted) {
      if (!isSameQuery(wanted, query())) {
        batch(() => {
          shift = 0;
          setHeld(undefined);
          setSight({ first: 0, last: FIRST_SIGHT_ROWS });
          keepQuery({ ...wanted, offset: 0, count: 0 });
        });
      }
    },
    places,
    known,
    offset: () => standing().offset,
    total: () => standing().total,
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
      if (shift !== 0) {
        // Held rows stood elsewhere than the newest: what is read next is held.
        shift = 0;
        setHeld(undefined);
        read();
      } else if (answered()) {
        const { offset, total } = newest();
        holdNow({ offset, total }, span());
      }
    },
    release() {
      isPointed = false;
      shift = 0;
      setHeld(undefined);
      readIfSeen();
    },
    read,
  };
}
