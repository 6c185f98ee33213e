// How the event board shows the cases: as a list, in columns by step, or on the map. The choice is kept on this machine.

import { type Accessor, createEffect, createSignal, on, onCleanup } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import type { CaseQueryDto, CaseRowDto, LoopStepDto } from '../generated/wire';
import type { CaseRows } from './case_list';
import { LOOP_STEPS } from './case_query';
import { type Desk, everyAtMost } from './desk';
import { language } from './texts';

export const BOARD_VIEWS = ['list', 'columns', 'map'] as const;
export type BoardView = (typeof BOARD_VIEWS)[number];

const PLACE = 'citymirror.event_board';
const READ_MILLIS = 1000;
/** Cards of a column; for the rest there is the list. */
const MOST_CARDS = 60;

export function keptBoardView(): BoardView {
  try {
    const kept = localStorage.getItem(PLACE);
    return BOARD_VIEWS.find((one) => one === kept) ?? 'list';
  } catch {
    return 'list';
  }
}

export function keepBoardView(view: BoardView): void {
  try {
    localStorage.setItem(PLACE, view);
  } catch {
    // A page without storage begins with the list each time.
  }
}

/** One column: the most urgent cases of a step, and how many there are. */
export interface BoardColumn {
  id: LoopStepDto;
  total: number;
  rows: CaseRowDto[];
}

export interface BoardColumns {
  columns: readonly BoardColumn[];
  failure: Accessor<string | undefined>;
  answered: Accessor<boolean>;
}

/** The columns of what `list` asks for, kept fresh while the caller is there. Call inside a component. */
export function createColumns(desk: Desk, list: CaseRows): BoardColumns {
  const [held, setHeld] = createStore<{ columns: BoardColumn[] }>({
    columns: LOOP_STEPS.map((id) => ({ id, total: 0, rows: [] })),
  });
  const [failure, setFailure] = createSignal<string>();
  const [answered, setAnswered] = createSignal(false);
  let asked = 0;
  let isGone = false;
  onCleanup(() => {
    isGone = true;
  });
  function read(): void {
    asked += 1;
    const mine = asked;
    const query = list.query();
    const one = async (id: LoopStepDto): Promise<BoardColumn | string> => {
      const result = await desk.backend.cases(columnQuery(query, id));
      return result.ok ? { id, total: result.value.total, rows: result.value.rows } : result.error.message;
    };
    void Promise.all(LOOP_STEPS.map(one)).then((answers) => {
      if (mine !== asked || isGone) {
        return;
      }
      const columns = answers.filter((answer) => typeof answer !== 'string');
      setAnswered(true);
      setFailure(answers.find((answer) => typeof answer === 'string'));
      if (columns.length === LOOP_STEPS.length) {
        setHeld('columns', reconcile(columns, { key: 'id' }));
      }
    });
  }
  everyAtMost(
    READ_MILLIS,
    () => [desk.update.event_board.revision, desk.update.now, desk.update.shown, desk.past(), language()],
    read,
  );
  createEffect(on(list.query, read, { defer: true }));
  return {
    get columns() {
      return held.columns;
    },
    failure,
    answered,
  };
}

/** What a column asks for; a column that the filter leaves out asks for nothing that there is. */
export function columnQuery(query: CaseQueryDto, step: LoopStepDto): CaseQueryDto {
  const isOut = query.steps.length > 0 && !query.steps.includes(step);
  const order = step === 'analyse' ? 'newest' : query.order;
  return { ...query, stages: [], steps: [step], order, offset: 0, count: isOut ? 0 : MOST_CARDS };
}
