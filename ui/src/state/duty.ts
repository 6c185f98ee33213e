// Being on duty: who is, what stands in the log, and how the shift is handed over.

import { type Accessor, createContext, createEffect, createMemo, createSignal, on, useContext } from 'solid-js';
import type { DutyBoardDto, Target } from '../generated/wire';
import { type Desk, everyAtMost } from './desk';
import { createHanding, type Handing } from './duty_handover';
import { createDutyLog, type DutyLog } from './duty_log';
import { language } from './texts';
import { HOUR } from './time';

export const DUTY_VIEWS = ['log', 'handover', 'handovers'] as const;
export type DutyView = (typeof DUTY_VIEWS)[number];

/** How often the board is read again by itself. */
const READ_MILLIS = 30_000;
/** The longest shift that is looked back on before the host has said when this one began. */
const SHIFT_MILLIS = 12 * HOUR;

export interface Duty {
  /** Who is on duty and what is open; `undefined` until it is known. */
  board: Accessor<DutyBoardDto | undefined>;
  boardFailure: Accessor<string | undefined>;
  readBoard(): void;
  /** Who sits here: another one after a handover. */
  operator: Accessor<string>;
  view: Accessor<DutyView>;
  setView(view: DutyView): void;
  log: DutyLog;
  handing: Handing;
}

const DutyContext = createContext<Duty>();
export const DutyProvider = DutyContext.Provider;

export function useDuty(): Duty {
  const duty = useContext(DutyContext);
  if (duty === undefined) {
    throw new Error('useDuty outside DutyProvider');
  }
  return duty;
}

/** The duty of `desk`. Call inside a Solid root. */
export function createDuty(desk: Desk): Duty {
  const [board, setBoard] = createSignal<DutyBoardDto>();
  const [boardFailure, setBoardFailure] = createSignal<string>();
  const [view, setView] = createSignal<DutyView>('log');
  let asked = 0;

  function readBoard(): void {
    asked += 1;
    const mine = asked;
    void desk.backend.dutyBoard().then((result) => {
      if (mine !== asked) {
        return;
      }
      setBoardFailure(result.ok ? undefined : result.error.message);
      if (result.ok) {
        setBoard(result.value);
      }
    });
  }
  // Nobody is on duty at a wall.
  if (desk.mode !== 'wall') {
    createEffect(on(language, readBoard));
    const beat = createMemo(() =>
      [desk.update.event_board.revision, desk.update.duty_revision, Math.floor(desk.update.now / READ_MILLIS)].join(
        ' ',
      ),
    );
    everyAtMost(5000, beat, readBoard);
  }
  const openedAt = desk.now();
  const since = createMemo(() => board()?.since ?? openedAt - SHIFT_MILLIS);
  const log = createDutyLog(desk, since, readBoard);
  const handing = createHanding(desk, () => {
    readBoard();
    log.read();
  });
  return {
    board,
    boardFailure,
    readBoard,
    operator: () => board()?.operator ?? desk.start.operator,
    view,
    setView,
    log,
    handing,
  };
}

/** What an entry or an open item is about, in front: an event's page, or the thing in the twin. */
export function openTarget(desk: Desk, openCase: (id: string) => void, target: Target): void {
  if (target.kind === 'event') {
    openCase(target.id);
  } else {
    desk.selectAndFly({ ...target });
  }
}
