// The event desk: the list, what is picked of it, what is done to it, the report that is being written, and the case whose page
// is open.
//
// The host decides what is a case, when it is due and who may do what; refusals are told as they come.

import { type Accessor, createContext, createEffect, createMemo, createSignal, on, useContext } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import type {
  ApiError,
  CaseDetailDto,
  CaseMoveDto,
  CaseRowDto,
  CaseTablesDto,
  CaseViewDto,
  Target,
} from '../generated/wire';
import type { Acts } from './acts';
import { type BoardView, keepBoardView, keptBoardView } from './board';
import { type CaseActing, createCaseActing, type ForMove } from './case_acts';
import { type CaseRows, createCaseRows } from './case_list';
import { type CasePicking, createCasePicking } from './case_picking';
import { wholeCases } from './case_query';
import { type CaseReporting, createCaseReporting } from './case_report';
import { type BarMove, isBarMove, refusalWord } from './case_words';
import { type Desk, everyAtMost } from './desk';
import { language, t, word } from './texts';

/** How often the open page is read again at most: after a change, and as its clocks run. */
const READ_MILLIS = 500;
const CLOCKS_MILLIS = 2000;
/** From where a case is looked at that has no pin to fly to, metres and degrees. */
const LOOK = { distance_m: 600, pitch_deg: 50 } as const;

export interface Cases extends CasePicking, CaseActing, CaseReporting, CaseViews, CaseOpening {
  list: CaseRows;
  /** Categories, roles, parties; read once and again in another language. */
  tables: Accessor<CaseTablesDto | undefined>;
  /** What a role is called. */
  roleName(word: string): string;
  /** In which role, and for which party, the person acts from now on. */
  setActor(role: string, party: string | undefined): void;
  /** Asks about a move for what is picked. */
  askPicked(move: BarMove): void;
  /** Asks about the move that usually comes next: of `of`, or of what is picked. */
  askUsual(of?: ForMove): void;
  boardView: Accessor<BoardView>;
  setBoardView(view: BoardView): void;
  filtersOpen: Accessor<boolean>;
  setFiltersOpen(open: boolean): void;
  /** The list gives its search field here. */
  setFinder(find: (() => void) | undefined): void;
  find(): void;
  /** Closes what is in front; false when nothing was. */
  back(): boolean;
}

const CasesContext = createContext<Cases>();
export const CasesProvider = CasesContext.Provider;

export function useCases(): Cases {
  const cases = useContext(CasesContext);
  if (cases === undefined) {
    throw new Error('useCases outside CasesProvider');
  }
  return cases;
}

/** The event desk of `desk`. Call inside a Solid root. */
export function createCases(desk: Desk, acts: Pick<Acts, 'setTab'>): Cases {
  const list = createCaseRows(desk);
  const opening = createOpening(desk, list);
  const changed = () => {
    list.read();
    opening.readDetail();
  };
  const picking = createCasePicking(desk, list);
  const acting = createCaseActing(desk, changed);
  const reporting = createCaseReporting(desk, (came) => {
    opening.openById(came.id);
    list.read();
  });
  const tables = createTables(desk);
  const [filtersOpen, setFiltersOpen] = createSignal(false);
  const [boardView, showBoardView] = createSignal<BoardView>(keptBoardView());
  let finder: (() => void) | undefined;
  if (acting.isKept()) {
    // What was being written is beside the list of events.
    acts.setTab('events');
  }

  /** What keys act on: a choice, the open page, the current row. */
  function picked(): ForMove | undefined {
    const detail = opening.detail();
    return picking.hasChosen() || detail === undefined || detail.row.id !== picking.current()
      ? (picking.picked() ?? (detail === undefined ? undefined : ofRow(detail.row)))
      : ofRow(detail.row);
  }
  // What was opened in the twin or by its name is the current row too.
  createEffect(
    on(opening.opened, (id) => {
      if (id !== undefined) {
        picking.setCurrent(id);
      }
    }),
  );
  async function askUsual(of: ForMove): Promise<void> {
    const result = await desk.backend.caseDetail(of.ids[0] ?? '');
    if (!result.ok) {
      desk.attempt(Promise.resolve(result));
      return;
    }
    const { moves, row } = result.value;
    const usual = usualOf(moves);
    if (usual !== undefined) {
      acting.ask(usual, of.ids.length === 1 ? ofRow(row) : of);
      return;
    }
    const refused = moves.find((move) => move.is_usual);
    desk.say(
      refused === undefined
        ? t('cases.nothing_next')
        : t('cases.not_next', {
            move: word('event.move', refused.word),
            reason: refusalWord(refused.refusal ?? ''),
          }),
    );
  }

  return {
    ...picking,
    ...acting,
    ...reporting,
    ...opening,
    ...tables,
    ...createViews(desk, list),
    list,
    askPicked(move) {
      const found = picked();
      if (found !== undefined) {
        acting.ask(move, found);
      }
    },
    askUsual(of) {
      const found = of ?? picked();
      if (found !== undefined) {
        void askUsual(found);
      }
    },
    boardView,
    setBoardView(view) {
      keepBoardView(view);
      showBoardView(view);
    },
    filtersOpen,
    setFiltersOpen,
    setFinder(find) {
      finder = find;
    },
    find: () => finder?.(),
    back() {
      if (acting.asked() !== undefined) {
        acting.giveUp();
      } else if (reporting.report() !== undefined) {
        reporting.giveUpReport();
      } else if (picking.hasChosen()) {
        picking.clear();
      } else {
        return false;
      }
      return true;
    },
  };
}

function ofRow(row: CaseRowDto): ForMove {
  return { ids: [row.id], name: row.title, rows: [row] };
}

/** The move that usually comes next and is allowed. */
export function usualOf(moves: readonly CaseMoveDto[]): BarMove | undefined {
  const found = moves.find((move) => move.is_usual && move.refusal === null && isBarMove(move.word));
  return found !== undefined && isBarMove(found.word) ? found.word : undefined;
}

export interface CaseOpening {
  /** The case whose page stands in the card: the event that is selected. */
  opened: Accessor<string | undefined>;
  /** Everything around it. */
  detail: Accessor<CaseDetailDto | undefined>;
  /** Why there is no page of it. */
  detailFailure: Accessor<ApiError | undefined>;
  readDetail(): void;
  /** Shows a case: its page in the card, its place in the twin. */
  open(row: Pick<CaseRowDto, 'id' | 'place'>): void;
  openById(id: string): void;
  close(): void;
}

function createOpening(desk: Desk, list: CaseRows): CaseOpening {
  const [held, setHeld] = createStore<{ detail?: CaseDetailDto }>({});
  const [failure, setFailure] = createSignal<ApiError>();
  const opened = createMemo(() => {
    const target = desk.selected();
    return target?.kind === 'event' ? target.id : undefined;
  });
  let asked = 0;

  function read(): void {
    asked += 1;
    const mine = asked;
    const id = opened();
    if (id === undefined || desk.mode === 'wall') {
      return;
    }
    void desk.backend.caseDetail(id).then((result) => {
      // An answer about another case, or overtaken by a newer one, is dropped.
      if (mine !== asked) {
        return;
      }
      setFailure(result.ok ? undefined : result.error);
      if (result.ok) {
        setHeld('detail', reconcile(result.value, { key: 'id' }));
      }
    });
  }
  createEffect(
    on([opened, language], () => {
      setFailure(undefined);
      read();
    }),
  );
  let seen = '';
  function readIfChanged(): void {
    const moment = desk.past() ? desk.update.shown : Math.floor(desk.update.now / CLOCKS_MILLIS);
    const now = `${desk.update.event_board.revision} ${desk.past()} ${moment}`;
    if (now !== seen) {
      seen = now;
      read();
    }
  }
  everyAtMost(
    READ_MILLIS,
    () => [desk.update.event_board.revision, desk.past(), desk.update.shown, desk.update.now],
    readIfChanged,
  );
  function open(row: Pick<CaseRowDto, 'id' | 'place'>): void {
    const target: Target = { kind: 'event', id: row.id };
    if (row.place === null || desk.update.events.some((event) => event.id === row.id)) {
      desk.selectAndFly(target);
      return;
    }
    desk.select(target);
    const [lon, lat] = row.place;
    desk.attempt(
      desk.backend.goToPlace({ target: [lon, lat, 0], heading_deg: Math.round(desk.twin.heading()), ...LOOK }),
    );
  }
  return {
    opened,
    detail: () => (held.detail !== undefined && held.detail.row.id === opened() ? held.detail : undefined),
    detailFailure: failure,
    readDetail: read,
    open,
    openById(id) {
      const row = list.known().find((one) => one.id === id);
      if (row !== undefined) {
        open(row);
        return;
      }
      void desk.backend.caseDetail(id).then((result) => {
        if (result.ok) {
          open(result.value.row);
        } else {
          desk.attempt(Promise.resolve(result));
        }
      });
    },
    close: () => desk.select(undefined),
  };
}

function createTables(desk: Desk) {
  const [tables, setTables] = createSignal<CaseTablesDto>();
  createEffect(
    on([language, () => desk.update.city], () => {
      void desk.backend.caseTables().then((result) => {
        if (result.ok) {
          setTables(result.value);
        }
      });
    }),
  );
  return {
    tables,
    roleName: (role: string) => tables()?.roles.find((one) => one.id === role)?.name ?? role,
    setActor(role: string, party: string | undefined) {
      desk.attempt(desk.backend.setActor(role, party));
    },
  };
}

export interface CaseViews {
  views: Accessor<CaseViewDto[]>;
  readViews(): void;
  useView(view: CaseViewDto): void;
  /** Keeps the filter of now; one of the same name gives way. */
  keepView(name: string): void;
  dropView(name: string): void;
}

function createViews(desk: Desk, list: CaseRows): CaseViews {
  const [views, setViews] = createSignal<CaseViewDto[]>([]);
  function save(wanted: CaseViewDto[]): void {
    setViews(wanted);
    desk.attempt(desk.backend.saveCaseViews(wanted));
  }
  return {
    views,
    readViews() {
      void desk.backend.caseViews().then((result) => {
        if (result.ok) {
          setViews(result.value);
        } else {
          desk.attempt(Promise.resolve(result));
        }
      });
    },
    useView: (view) => list.setQuery(view.query),
    keepView(name) {
      const before = views();
      save([...before.filter((view) => view.name !== name), { name, query: wholeCases(list.query()) }]);
      desk.say(t('alarms.view_kept', { name }), { words: t('alarms.undo'), run: () => save(before) });
    },
    dropView(name) {
      const before = views();
      save(before.filter((view) => view.name !== name));
      desk.say(t('alarms.view_dropped', { name }), { words: t('alarms.undo'), run: () => save(before) });
    },
  };
}
