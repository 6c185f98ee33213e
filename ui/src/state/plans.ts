// Plans at work, who is sent, who is told something, and the picture of an event: what is written, done and read.
//
// The host decides what a plan calls for and who may do what; a refusal comes with its reason and is told in words.

import { type Accessor, createContext, createEffect, createSignal, on, useContext } from 'solid-js';
import type { Result } from '../backend/backend';
import type {
  DeskRefusalDto,
  DispatchedDto,
  DispatchStepDto,
  PictureActDto,
  PictureActedDto,
  PictureDto,
  PlanActDto,
} from '../generated/wire';
import { type Desk, everyAtMost, throttled } from './desk';
import {
  type AskDraft,
  blankAsk,
  type CastDraft,
  DISPATCH_ASKS,
  dropDraft,
  evidenceOf,
  type FormName,
  isAskComplete,
  keepDraft,
  keptDraft,
  type PlanDrafts,
  recipients,
  type SendDraft,
} from './plan_draft';
import { deskRefusalWords } from './plan_words';
import { language, t, word } from './texts';

/** How often what is shown is read again at most, and how often because its clocks run. */
const READ_MILLIS = 500;
const CLOCKS_MILLIS = 5000;
/** A keystroke of a form is kept at most so often. */
const KEEP_MILLIS = 300;

/** A form that is open at most once. */
export interface Form<D> {
  draft: Accessor<D | undefined>;
  /** What is in it was found on this machine, not begun now. */
  isKept: Accessor<boolean>;
  open(draft: Omit<D, 'form' | 'at'>): void;
  write(change: Partial<D>): void;
  giveUp(): void;
}

/** What of a form is needed to close it. */
type Closable = { draft: Accessor<{ at: number } | undefined>; giveUp(): void };

export interface Plans {
  ask: Form<AskDraft>;
  send: Form<SendDraft>;
  cast: Form<CastDraft>;
  busy: Accessor<boolean>;
  /** Counts up whenever something was done here. */
  changes: Accessor<number>;
  /** Does an act on the plan of a case at once. */
  act(caseId: string, act: PlanActDto): Promise<boolean>;
  /** Writes a step of an assignment down. */
  step(id: string, step: DispatchStepDto, note: string): Promise<boolean>;
  /** Does what is asked about. */
  sendAsk(): void;
  /** Sends who is chosen. */
  sendSend(): void;
  /** Writes the broadcast down; it cannot be taken back. */
  sendCast(): void;
  draw(caseId: string, act: PictureActDto): Promise<PictureDto | undefined>;
  undoDrawing(caseId: string): Promise<PictureDto | undefined>;
  redoDrawing(caseId: string): Promise<PictureDto | undefined>;
}

const PlansContext = createContext<Plans>();
export const PlansProvider = PlansContext.Provider;

export function usePlans(): Plans {
  const plans = useContext(PlansContext);
  if (plans === undefined) {
    throw new Error('usePlans outside PlansProvider');
  }
  return plans;
}

/** The plans of `desk`. Call inside a Solid root. */
export function createPlans(desk: Desk): Plans {
  const { backend } = desk;
  const ask = createForm(desk, 'ask');
  const send = createForm(desk, 'send');
  const cast = createForm(desk, 'cast');
  const [running, setRunning] = createSignal(0);
  const [changes, setChanges] = createSignal(0);

  /** Runs one act; a refusal is told, and what came of it is `undefined` then. */
  async function run<T extends { refused: DeskRefusalDto | null }>(work: Promise<Result<T>>): Promise<T | undefined> {
    setRunning(running() + 1);
    const result = await work;
    setRunning(running() - 1);
    if (!result.ok) {
      desk.attempt(Promise.resolve(result));
      return undefined;
    }
    const { refused } = result.value;
    if (refused !== null) {
      const error = { code: 'bad_request' as const, message: deskRefusalWords(refused) };
      desk.attempt(Promise.resolve({ ok: false, error }));
      return undefined;
    }
    setChanges(changes() + 1);
    return result.value;
  }
  async function act(caseId: string, wanted: PlanActDto): Promise<boolean> {
    const came = await run(backend.actOnPlan(caseId, wanted));
    if (came !== undefined) {
      desk.say(t(`plan.done_${wanted.act}`));
    }
    return came !== undefined;
  }
  async function step(id: string, wanted: DispatchStepDto, note: string): Promise<boolean> {
    const came = await run(backend.dispatchStep(id, wanted, note));
    if (came !== undefined) {
      desk.say(t('dispatch.step_done', { name: came.dispatch?.to.name ?? '', state: doneState(came) }));
    }
    return came !== undefined;
  }
  /** Closes a form when what it asked for was done, and nothing else was begun in it meanwhile. */
  function closeAfter(form: Closable, began: number, work: Promise<boolean>): void {
    void work.then((isDone) => {
      if (isDone && form.draft()?.at === began) {
        form.giveUp();
      }
    });
  }
  async function sendDraft(draft: SendDraft): Promise<boolean> {
    const { to } = draft;
    if (to === null) {
      return false;
    }
    const wanted = { to, task: draft.task.trim(), answer_within_s: draft.answerWithinS };
    const came = await run(backend.dispatch(draft.caseId, wanted));
    if (came === undefined) {
      return false;
    }
    const made = came.dispatch;
    // What was sent is taken back with a reason: it asks for one.
    const back =
      made === null
        ? undefined
        : { words: t('dispatch.step.recall'), run: () => ask.open(blankAsk(draft.caseId, 'recall', made.id, to.name)) };
    desk.say(t('dispatch.sent', { name: to.name }), back);
    return true;
  }
  async function sendCastDraft(draft: CastDraft): Promise<boolean> {
    const { area, channel, message } = draft;
    const came = await run(backend.broadcast(draft.caseId, { area, channel, text: draft.text.trim(), message }));
    if (came !== undefined) {
      desk.say(t('dispatch.cast_done', { channel: word('channel', channel) }));
    }
    return came !== undefined;
  }
  const drawn = async (work: Promise<Result<PictureActedDto>>) => (await run(work))?.picture;

  return {
    ask,
    send,
    cast,
    busy: () => running() > 0,
    changes,
    act,
    step,
    sendAsk() {
      const draft = ask.draft();
      if (draft !== undefined && running() === 0 && isAskComplete(draft)) {
        const wanted = planActOf(draft);
        const asStep = DISPATCH_ASKS.find((one) => one === draft.act);
        if (asStep !== undefined) {
          closeAfter(ask, draft.at, step(draft.about, asStep, draft.text.trim()));
        } else if (wanted !== undefined) {
          closeAfter(ask, draft.at, act(draft.caseId, wanted));
        }
      }
    },
    sendSend() {
      const draft = send.draft();
      if (draft !== undefined && running() === 0 && draft.to !== null && draft.task.trim() !== '') {
        closeAfter(send, draft.at, sendDraft(draft));
      }
    },
    sendCast() {
      const draft = cast.draft();
      if (draft !== undefined && running() === 0 && draft.text.trim() !== '') {
        closeAfter(cast, draft.at, sendCastDraft(draft));
      }
    },
    draw: (caseId, wanted) => drawn(backend.draw(caseId, wanted)),
    undoDrawing: (caseId) => drawn(backend.undoDrawing(caseId)),
    redoDrawing: (caseId) => drawn(backend.redoDrawing(caseId)),
  };
}

function doneState(came: DispatchedDto): string {
  return came.dispatch === null ? '' : word('dispatch.state', came.dispatch.state);
}

/** The act of a draft; `undefined` for a step of an assignment. */
export function planActOf(draft: AskDraft): PlanActDto | undefined {
  const text = draft.text.trim();
  switch (draft.act) {
    case 'tick':
      return { act: 'tick', step: draft.about, note: text, evidence: evidenceOf(draft) };
    case 'skip':
    case 'untick':
      return { act: draft.act, step: draft.about, reason: text };
    case 'respond': {
      const response = RESPONSES.find((one) => one === draft.about);
      return response === undefined ? undefined : { act: 'respond', response, reason: text };
    }
    case 'stop':
      return { act: 'stop', reason: text };
    case 'message':
      return { act: 'send', message: draft.about, text, to: recipients(draft.to) };
    case 'acknowledge':
    case 'refuse':
    case 'arrive':
    case 'finish':
    case 'recall':
      return undefined;
  }
}

/** The lowest response first. */
export const RESPONSES = ['four', 'three', 'two', 'one'] as const;

function createForm<F extends FormName>(desk: Desk, form: F): Form<PlanDrafts[F]> {
  const kept = desk.mode === 'wall' ? undefined : keptDraft(form, Date.now());
  const [draft, setDraft] = createSignal<PlanDrafts[F] | undefined>(kept);
  const [isKept, setIsKept] = createSignal(kept !== undefined);
  const keep = throttled(KEEP_MILLIS, (wanted: PlanDrafts[F]) => keepDraft(form, wanted));
  function hold(wanted: PlanDrafts[F]): void {
    setDraft(() => wanted);
    keep.call(wanted);
  }
  return {
    draft,
    isKept,
    open(wanted) {
      setIsKept(false);
      hold({ ...wanted, form, at: Date.now() } as unknown as PlanDrafts[F]);
    },
    write(change) {
      const now = draft();
      if (now !== undefined) {
        hold({ ...now, ...change, at: Date.now() });
      }
    },
    giveUp() {
      keep.cancel();
      dropDraft(form);
      setDraft(() => undefined);
    },
  };
}

export interface CaseRead {
  /** Why it cannot be read. */
  failure: Accessor<string | undefined>;
  read(): void;
}

/**
 * Reads something about a case for as long as the caller is there: at once, after every change, and as its clocks run.
 * An answer that was overtaken is dropped. Call inside a component.
 */
export function followCase<T>(
  desk: Desk,
  plans: Plans,
  caseId: Accessor<string>,
  ask: (id: string) => Promise<Result<T>>,
  take: (value: T, id: string) => void,
): CaseRead {
  const [failure, setFailure] = createSignal<string>();
  let asked = 0;
  function read(): void {
    asked += 1;
    const mine = asked;
    const id = caseId();
    void ask(id).then((result) => {
      if (mine !== asked) {
        return;
      }
      setFailure(result.ok ? undefined : result.error.message);
      if (result.ok) {
        take(result.value, id);
      }
    });
  }
  createEffect(on([caseId, language, plans.changes], read));
  let seen = '';
  everyAtMost(
    READ_MILLIS,
    () => [desk.update.event_board.revision, desk.past(), desk.update.shown, desk.update.now],
    () => {
      const moment = desk.past() ? desk.update.shown : Math.floor(desk.update.now / CLOCKS_MILLIS);
      const now = `${desk.update.event_board.revision} ${desk.past()} ${moment}`;
      if (now !== seen) {
        const isFirst = seen === '';
        seen = now;
        if (!isFirst) {
          read();
        }
      }
    },
  );
  return { failure, read };
}
