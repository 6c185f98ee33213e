// What is done to cases: a move is asked about beside the case, made, told, and taken back where that is possible.

import { type Accessor, createSignal } from 'solid-js';
import type { ApiError, CaseActDto, CaseActedDto, CaseRowDto, CasesActedDto } from '../generated/wire';
import { type AskedMove, actOf, dropMove, isComplete, keepMove, keptMove, type MoveDraft } from './case_draft';
import { caseRefusalWords, refusalWord } from './case_words';
import type { Desk } from './desk';
import { t, word } from './texts';

/** What a new extension is for, minutes. */
const FIRST_EXTENSION_MIN = 120;

/** The cases that a move is for. */
export interface ForMove {
  ids: string[];
  name: string;
  rows: readonly CaseRowDto[];
}

export interface CaseActing {
  asked: Accessor<MoveDraft | undefined>;
  /** What is asked about was found on this machine, not begun now. */
  isKept: Accessor<boolean>;
  ask(move: AskedMove, of: ForMove, more?: Partial<MoveDraft>): void;
  write(change: Partial<MoveDraft>): void;
  /** Makes the move that is asked about. */
  send(): void;
  giveUp(): void;
  /** Does an act to cases at once. Resolves to true when any of them took it. */
  act(ids: string[], act: CaseActDto): Promise<boolean>;
  /** Takes back a step; asks for a reason where one is needed. */
  takeBack(of: ForMove, step: { step: string; needs_reason: boolean }): void;
  busy: Accessor<boolean>;
}

/** Acts on the cases of `desk`; `changed` is told of every act that was taken. Call inside a Solid root. */
export function createCaseActing(desk: Desk, changed: () => void): CaseActing {
  const kept = desk.mode === 'wall' ? undefined : keptMove(Date.now());
  const [asked, setAsked] = createSignal<MoveDraft | undefined>(kept);
  const [isKept, setIsKept] = createSignal(kept !== undefined);
  const [running, setRunning] = createSignal(0);

  function nameOf(ids: readonly string[]): ForMove {
    return { ids: [...ids], name: '', rows: [] };
  }
  /** Says what came of one act, with the way back where there is one. */
  function tell(move: string, acted: CaseActedDto): void {
    const back = { step: acted.step, needs_reason: acted.undo_needs_reason };
    desk.say(
      doneWords(move, 1),
      acted.undo_until === null
        ? undefined
        : { words: t('alarms.undo'), run: () => takeBack(nameOf([acted.id]), back) },
    );
  }
  function tellMany(move: string, came: CasesActedDto): void {
    const refused = came.refused_count === 0 ? '' : caseRefusalWords(came.refused, came.refused_count);
    if (came.done.length === 0 && refused !== '') {
      refuse(refused);
      return;
    }
    const back = came.done.filter((one) => one.undo_until !== null && !one.undo_needs_reason);
    desk.say(
      [doneWords(move, came.done.length), refused].filter((part) => part !== '').join(' '),
      back.length === 0 || back.length < came.done.length
        ? undefined
        : {
            words: t('alarms.undo'),
            run: () => {
              for (const one of back) {
                takeBack(nameOf([one.id]), { step: one.step, needs_reason: false });
              }
            },
          },
    );
  }
  function refuse(message: string): void {
    desk.attempt(Promise.resolve({ ok: false, error: { code: 'bad_request', message } }));
  }
  async function counted<T>(work: Promise<T>): Promise<T> {
    setRunning(running() + 1);
    const value = await work;
    setRunning(running() - 1);
    return value;
  }
  async function act(ids: string[], wanted: CaseActDto): Promise<boolean> {
    const [first, ...others] = ids;
    if (first === undefined) {
      return false;
    }
    if (others.length === 0) {
      const result = await counted(desk.backend.actOnCase(first, wanted));
      if (!result.ok) {
        refuse(refusalOf(result.error));
        return false;
      }
      tell(wanted.act, result.value);
    } else {
      const result = await counted(desk.backend.actOnCases(ids, wanted));
      if (!result.ok) {
        desk.attempt(Promise.resolve(result));
        return false;
      }
      tellMany(wanted.act, result.value);
      changed();
      return result.value.done.length > 0 || result.value.refused_count === 0;
    }
    changed();
    return true;
  }
  async function undo(id: string, step: string, reason: string): Promise<boolean> {
    const result = await counted(desk.backend.undoCaseStep(id, step, reason));
    if (result.ok) {
      desk.say(t('cases.taken_back'));
      changed();
    } else {
      refuse(refusalOf(result.error));
    }
    return result.ok;
  }
  function takeBack(of: ForMove, back: { step: string; needs_reason: boolean }): void {
    const id = of.ids[0];
    if (id === undefined) {
      return;
    }
    if (back.needs_reason) {
      ask('undo', of, { step: back.step });
    } else {
      void undo(id, back.step, '');
    }
  }
  function ask(move: AskedMove, of: ForMove, more: Partial<MoveDraft> = {}): void {
    const row = of.rows[0];
    setIsKept(false);
    setAsked({
      move,
      ids: of.ids,
      name: of.name,
      text: '',
      party: '',
      category: of.rows.length === 1 ? (row?.category ?? '') : '',
      level: of.rows.length === 1 ? (row?.level ?? '') : '',
      minutes: FIRST_EXTENSION_MIN,
      score: 0,
      rung: 1,
      other: '',
      otherName: '',
      step: '',
      at: Date.now(),
      ...more,
    });
  }
  function send(): void {
    const draft = asked();
    if (draft === undefined || running() > 0 || !isComplete(draft)) {
      return;
    }
    const wanted = actOf(draft);
    const first = draft.ids[0] ?? '';
    // The form stays until the host has taken it: nothing written is lost to a refusal.
    const made = wanted === undefined ? undo(first, draft.step, draft.text.trim()) : act(draft.ids, wanted);
    void made.then((isTaken) => {
      if (isTaken && asked()?.ids === draft.ids && asked()?.move === draft.move) {
        dropMove();
        setAsked(undefined);
      }
    });
  }

  return {
    asked,
    isKept,
    ask,
    write(change) {
      const draft = asked();
      if (draft !== undefined) {
        const next = { ...draft, ...change, at: Date.now() };
        keepMove(next);
        setAsked(next);
      }
    },
    send,
    giveUp() {
      dropMove();
      setAsked(undefined);
    },
    act,
    takeBack,
    busy: () => running() > 0,
  };
}

/** `已交办 3 件`. */
function doneWords(move: string, n: number): string {
  const done = word('event.done', move);
  return n === 1 ? done : t('cases.done_many', { done, n });
}

/** A refusal is a word that the texts have; anything else stands as the host put it. */
function refusalOf(error: ApiError): string {
  return error.code === 'refused' ? refusalWord(error.message) : error.message;
}
