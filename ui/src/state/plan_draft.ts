// What is being written about plans, dispatches and broadcasts, kept on this machine until it is sent or given up: a
// crash loses no word of it.

import type { LonLat } from '../backend/plans';
import type { ChannelDto, DispatchStepDto, PartyRefDto } from '../generated/wire';

const PLACE = 'citymirror.plan_draft';
/** What was begun in an earlier shift is of no use. */
const MOST_AGE_MILLIS = 12 * 60 * 60 * 1000;

/** What a text is asked for. */
export const PLAN_ASKS = ['tick', 'skip', 'untick', 'respond', 'stop', 'message'] as const;
export const DISPATCH_ASKS = [
  'acknowledge',
  'refuse',
  'arrive',
  'finish',
  'recall',
] as const satisfies readonly DispatchStepDto[];
export type AskAct = (typeof PLAN_ASKS)[number] | DispatchStepDto;

/** A note, a reason, or a message with those whom it is for. */
export interface AskDraft {
  form: 'ask';
  caseId: string;
  act: AskAct;
  /** The step, the response, the message or the assignment. */
  about: string;
  /** What that is called. */
  name: string;
  text: string;
  /** To whom a message goes, in words. */
  to: string;
  /** Digests of pictures and documents that show it. */
  evidence: string[];
  /** What else shows it: the number of a photo, a recording or a sheet. */
  reference: string;
  /** It counts only with evidence. */
  needsEvidence: boolean;
  /** When it was last written to, UTC milliseconds. */
  at: number;
}

/** Somebody who is being sent. */
export interface SendDraft {
  form: 'send';
  caseId: string;
  to: PartyRefDto | null;
  task: string;
  answerWithinS: number;
  at: number;
}

/** A broadcast within an area. */
export interface CastDraft {
  form: 'cast';
  caseId: string;
  area: LonLat[];
  channel: ChannelDto;
  text: string;
  /** The message of the plan that it is; empty for a text of one's own. */
  message: string;
  at: number;
}

export interface PlanDrafts {
  ask: AskDraft;
  send: SendDraft;
  cast: CastDraft;
}
export type FormName = keyof PlanDrafts;

/** Acts that are not possible without words. */
const NEED_WORDS: readonly AskAct[] = ['skip', 'untick', 'respond', 'stop', 'message', 'refuse', 'recall'];

/** True when nothing is lacking; the host has the last word. */
export function isAskComplete(draft: AskDraft): boolean {
  const hasWords = draft.text.trim() !== '' || !NEED_WORDS.includes(draft.act);
  const hasEvidence = !draft.needsEvidence || evidenceOf(draft).length > 0;
  return hasWords && hasEvidence && (draft.act !== 'message' || recipients(draft.to).length > 0);
}

/** Everything that shows it. */
export function evidenceOf(draft: AskDraft): string[] {
  return [...draft.evidence, draft.reference.trim()].filter((one) => one !== '');
}

/** What is asked before anything is written. */
export function blankAsk(caseId: string, act: AskAct, about: string, name: string): Omit<AskDraft, 'form' | 'at'> {
  return { caseId, act, about, name, text: '', to: '', evidence: [], reference: '', needsEvidence: false };
}

/** Whom a line of names means. */
export function recipients(line: string): string[] {
  return line
    .split(/[,，;；、\n]/)
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

export function keepDraft<F extends FormName>(form: F, draft: PlanDrafts[F]): void {
  try {
    localStorage.setItem(`${PLACE}.${form}`, JSON.stringify(draft));
  } catch {
    // A page without storage keeps it only while it is open.
  }
}

export function dropDraft(form: FormName): void {
  try {
    localStorage.removeItem(`${PLACE}.${form}`);
  } catch {
    // Nothing was kept then.
  }
}

/** The draft that was neither sent nor given up; `undefined` when nothing was written, or long ago. */
export function keptDraft<F extends FormName>(form: F, now: number): PlanDrafts[F] | undefined {
  const draft = read(form);
  return isDraft(form, draft) && wordsOf(draft).trim() !== '' && now - draft.at < MOST_AGE_MILLIS ? draft : undefined;
}

function read(form: FormName): unknown {
  try {
    return JSON.parse(localStorage.getItem(`${PLACE}.${form}`) ?? 'null') as unknown;
  } catch {
    return undefined;
  }
}

function wordsOf(draft: PlanDrafts[FormName]): string {
  switch (draft.form) {
    case 'ask':
    case 'cast':
      return draft.text;
    case 'send':
      return draft.task;
  }
}

function isDraft<F extends FormName>(form: F, value: unknown): value is PlanDrafts[F] {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const draft = value as Partial<AskDraft> & Partial<Omit<SendDraft, 'form' | 'to'>> & Partial<Omit<CastDraft, 'form'>>;
  const isOwn = (value as { form?: unknown }).form === form;
  if (!isOwn || typeof draft.caseId !== 'string' || typeof draft.at !== 'number') {
    return false;
  }
  switch (form) {
    case 'ask':
      return isAsk(draft);
    case 'send':
      return typeof draft.task === 'string' && typeof draft.answerWithinS === 'number';
    case 'cast':
      return typeof draft.text === 'string' && typeof draft.message === 'string' && isRing(draft.area);
    default:
      return false;
  }
}

function isAsk(draft: Partial<AskDraft>): boolean {
  const texts = [draft.about, draft.name, draft.text, draft.to, draft.reference];
  return (
    [...PLAN_ASKS, ...DISPATCH_ASKS].some((act) => act === draft.act) &&
    texts.every((text) => typeof text === 'string') &&
    typeof draft.needsEvidence === 'boolean' &&
    Array.isArray(draft.evidence) &&
    draft.evidence.every((one) => typeof one === 'string')
  );
}

function isRing(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every((at: unknown) => Array.isArray(at) && at.length === 2 && at.every((one) => Number.isFinite(one)))
  );
}
