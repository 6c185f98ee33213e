// The handover of a shift: a sheet is written, both officers sign it, and the other one sits here.

import { type Accessor, createEffect, createMemo, createSignal, on, untrack } from 'solid-js';
import { createStore, reconcile } from 'solid-js/store';
import type { HandoverActDto, HandoverDto, HandoverRowDto } from '../generated/wire';
import { type Desk, everyAtMost } from './desk';
import { isText, isTexts, keptAt } from './duty_draft';
import { gapOf, isNoted, isSheet, type Sheet, type SheetStep, sheetOf, signGap, stepOf } from './duty_sheet';
import { language, t } from './texts';

export interface Handing {
  /** The handover that is shown; `undefined` until it is known. */
  handover: Accessor<HandoverDto | undefined>;
  failure: Accessor<string | undefined>;
  /** The one that is shown is of earlier: it is only read. */
  isEarlier: Accessor<boolean>;
  /** Shows an earlier handover; `undefined` shows the one under way. */
  show(id: string | undefined): void;
  read(): void;
  /** Reads as long as the caller is there. Call inside a component. */
  watch(): void;
  sheet: Accessor<Sheet>;
  /** The sheet is from before the last start. */
  isKept: Accessor<boolean>;
  write(change: Partial<Omit<Sheet, 'handover'>>): void;
  toggleNoted(id: string): void;
  step: Accessor<SheetStep>;
  /** Open items that the incoming officer has seen, by identity. */
  seen: Accessor<ReadonlySet<string>>;
  setSeen(ids: readonly string[], isSeen: boolean): void;
  /** Under which name the incoming officer signs. */
  officer: Accessor<string>;
  setOfficer(name: string): void;
  /** Writes the sheet, or writes it anew. */
  draft(): void;
  signOut(): void;
  signIn(): void;
  sendBack(reason: string): Promise<boolean>;
  complete(): void;
  busy: Accessor<boolean>;

  /** Handovers that were written, the newest first. */
  rows: Accessor<HandoverRowDto[] | undefined>;
  rowsFailure: Accessor<string | undefined>;
  readRows(): void;
}

/** How often the sheet is read again by itself: alarms and events go on. */
const READ_MILLIS = 10_000;

const EMPTY: Sheet = { handover: '', incoming: '', note: '', matters: [], noted: [] };
const sheetDraft = keptAt('handover_sheet', isSheet);
const seenDraft = keptAt('handover_seen', isMarks);

/** What the incoming officer has seen of the sheet with this check value. */
interface Marks {
  proof: string;
  seen: string[];
}

function isMarks(value: unknown): value is Marks {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const marks = value as Partial<Marks>;
  return isText(marks.proof) && isTexts(marks.seen);
}

/** The handovers of `desk`; `onActed` hears who sits here after an act. Call inside a Solid root. */
export function createHanding(desk: Desk, onActed: (operator: string) => void): Handing {
  // A store, so that a form stays while what is around it is read again.
  const [known, setKnown] = createStore<{ handover: HandoverDto | undefined }>({ handover: undefined });
  const [failure, setFailure] = createSignal<string>();
  const [wanted, setWanted] = createSignal<string>();
  const [sheet, setSheet] = createSignal<Sheet>(EMPTY);
  const [isKept, setKept] = createSignal(false);
  const [seen, setSeenIds] = createSignal<ReadonlySet<string>>(new Set());
  const [officer, setOfficer] = createSignal('');
  const [running, setRunning] = createSignal(0);
  const [rows, setRows] = createSignal<HandoverRowDto[]>();
  const [rowsFailure, setRowsFailure] = createSignal<string>();
  let asked = 0;

  function take(next: HandoverDto): void {
    const isOther = known.handover?.id !== next.id || known.handover.state !== next.state;
    setKnown('handover', reconcile(next, { key: 'id' }));
    if (sheet().handover !== next.id) {
      const kept = sheetDraft.kept();
      const isSame = kept?.handover === next.id && (next.state === 'open' || next.state === 'drafted');
      setSheet(isSame && kept !== undefined ? kept : sheetOf(next));
      setKept(isSame);
    }
    if (isOther) {
      const marks = next.state === 'signed_by_outgoing' ? seenDraft.kept() : undefined;
      setSeenIds(new Set(marks?.proof === next.proof ? marks.seen : []));
      setOfficer('');
    }
  }
  function read(): void {
    asked += 1;
    const mine = asked;
    void desk.backend.handover(wanted()).then((result) => {
      if (mine !== asked) {
        return;
      }
      setFailure(result.ok ? undefined : result.error.message);
      if (result.ok) {
        take(result.value);
      }
    });
  }
  function readRows(): void {
    void desk.backend.handovers().then((result) => {
      setRowsFailure(result.ok ? undefined : result.error.message);
      if (result.ok) {
        setRows(result.value);
      }
    });
  }
  function setAndKeep(next: Sheet): void {
    setSheet(next);
    sheetDraft.keep(next);
  }
  async function run(act: HandoverActDto): Promise<boolean> {
    const { handover } = known;
    if (handover === undefined || running() > 0) {
      return false;
    }
    setRunning(running() + 1);
    const result = await desk.backend.actOnHandover(handover.id, act);
    setRunning(running() - 1);
    if (!result.ok) {
      desk.attempt(Promise.resolve(result));
      read();
      return false;
    }
    // What was asked for before is older than what came of the act.
    asked += 1;
    take(result.value.handover);
    onActed(result.value.operator);
    readRows();
    return true;
  }
  const step = createMemo<SheetStep>(() => (known.handover === undefined ? 'check' : stepOf(known.handover, sheet())));

  return {
    handover: () => known.handover,
    failure,
    isEarlier: () => wanted() !== undefined,
    show(id) {
      setWanted(id);
      setKnown('handover', undefined);
      setSheet(EMPTY);
      read();
    },
    read,
    watch() {
      const isDone = () => wanted() === undefined && known.handover?.state === 'done';
      createEffect(on(language, () => (isDone() ? undefined : read())));
      const beat = createMemo(() =>
        [
          desk.update.event_board.revision,
          desk.update.duty_revision,
          desk.update.alarm_board.revision,
          Math.floor(desk.update.now / READ_MILLIS),
        ].join(' '),
      );
      // What was closed here stays in front until somebody begins the next one.
      everyAtMost(2000, beat, () => untrack(() => (isDone() ? undefined : read())));
    },
    sheet,
    isKept,
    write: (change) => setAndKeep({ ...sheet(), ...change }),
    toggleNoted(id) {
      const { noted } = sheet();
      setAndKeep({ ...sheet(), noted: noted.includes(id) ? noted.filter((one) => one !== id) : [...noted, id] });
    },
    step,
    seen,
    setSeen(ids, isSeen) {
      const next = new Set(seen());
      for (const id of ids) {
        if (isSeen) {
          next.add(id);
        } else {
          next.delete(id);
        }
      }
      setSeenIds(next);
      seenDraft.keep({ proof: known.handover?.proof ?? '', seen: [...next] });
    },
    officer,
    setOfficer,
    draft() {
      const { handover } = known;
      if (handover === undefined || gapOf(handover, sheet()) !== undefined) {
        return;
      }
      const { incoming, note, matters } = sheet();
      // What was noted on an earlier sheet is told again: the host lists everything anew.
      const acknowledged = handover.items.filter((item) => isNoted(item, sheet())).map((item) => item.id);
      void run({ act: 'draft', incoming: incoming.trim(), note: note.trim(), acknowledged, notes: [...matters] }).then(
        (isDone) => {
          if (isDone && known.handover !== undefined) {
            setAndKeep({ ...sheetOf(known.handover), noted: sheet().noted });
            desk.say(t('handover.drafted'));
          }
        },
      );
    },
    signOut() {
      const proof = known.handover?.proof ?? '';
      void run({ act: 'sign_out', statement: t('handover.statement_out'), proof }).then((isDone) => {
        if (isDone) {
          sheetDraft.drop();
          desk.say(t('handover.signed_out'));
        }
      });
    },
    signIn() {
      const { handover } = known;
      if (handover !== undefined && signGap(handover, seen(), officer()) === undefined) {
        void run({
          act: 'sign_in',
          officer: officer().trim(),
          statement: t('handover.statement_in'),
          proof: handover.proof,
          seen: [...seen()],
        });
      }
    },
    sendBack: (reason) => run({ act: 'return', officer: known.handover?.incoming ?? '', reason: reason.trim() }),
    complete() {
      void run({ act: 'complete' }).then((isDone) => {
        if (isDone) {
          desk.say(t('handover.completed', { name: known.handover?.incoming ?? '' }));
        }
      });
    },
    busy: () => running() > 0,
    rows,
    rowsFailure,
    readRows,
  };
}
