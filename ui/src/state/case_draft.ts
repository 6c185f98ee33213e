// What is being written about cases, kept on this machine until it is sent or given up: a crash loses no word of it. Pure but
// for the machine's storage.

import type { CaseActDto, CaseDraftDto } from '../generated/wire';
import type { BarMove } from './case_words';

const MOVE_PLACE = 'citymirror.case_move';
const REPORT_PLACE = 'citymirror.case_report';
/** What was begun in an earlier shift is of no use. */
const MOST_AGE_MILLIS = 12 * 60 * 60 * 1000;

/** What is asked for: a move, or the reason for taking a step back. */
export type AskedMove = BarMove | 'undo';

/** A move that is being written. Only what the move asks for is used. */
export interface MoveDraft {
  move: AskedMove;
  ids: string[];
  /** What the first of them is called. */
  name: string;
  text: string;
  party: string;
  category: string;
  level: string;
  minutes: number;
  score: number;
  rung: number;
  /** Another case: into which one is merged, or of which one it is part; empty for none. */
  other: string;
  /** What the other case is called. */
  otherName: string;
  /** The step that is taken back. */
  step: string;
  /** When it was last written to, UTC milliseconds. */
  at: number;
}

/** What a move asks for. */
export type Field =
  | 'text'
  | 'reason'
  | 'party'
  | 'category'
  | 'level'
  | 'minutes'
  | 'score'
  | 'rung'
  | 'case'
  | 'parent';

const FIELDS: Record<AskedMove, readonly Field[]> = {
  register: ['category'],
  assign: ['party', 'text'],
  receive: [],
  arrive: ['text'],
  handle: ['text'],
  verify: ['text'],
  send_back: ['reason'],
  rate: ['score', 'text'],
  close: ['text'],
  urge: ['rung', 'text'],
  return: ['reason'],
  extend: ['minutes', 'reason'],
  suspend: ['reason'],
  resume: [],
  cancel: ['reason'],
  reopen: ['reason'],
  archive: ['text'],
  merge: ['case'],
  unmerge: ['reason'],
  set_parent: ['parent'],
  set_level: ['level', 'reason'],
  set_category: ['category'],
  comment: ['reason'],
  undo: ['reason'],
};

export function fieldsOf(move: AskedMove): readonly Field[] {
  return FIELDS[move];
}

/** True when nothing is lacking that the move needs; the host has the last word. */
export function isComplete(draft: MoveDraft): boolean {
  return FIELDS[draft.move].every((field) => {
    switch (field) {
      case 'reason':
        return draft.text.trim() !== '';
      case 'party':
        return draft.party !== '';
      case 'case':
        return draft.other !== '';
      case 'category':
        return draft.move === 'register' || draft.category !== '';
      case 'level':
        return draft.level !== '';
      case 'minutes':
        return draft.minutes > 0;
      case 'score':
        return draft.score > 0;
      default:
        return true;
    }
  });
}

/** The act of a draft; `undefined` for the reason of taking a step back, which is no act of its own. */
export function actOf(draft: MoveDraft): CaseActDto | undefined {
  const text = draft.text.trim();
  const { move } = draft;
  switch (move) {
    case 'register':
    case 'set_category':
      return { act: move, category: draft.category };
    case 'assign':
      return { act: move, party: draft.party, note: text };
    case 'receive':
    case 'resume':
      return { act: move };
    case 'arrive':
    case 'handle':
    case 'verify':
    case 'close':
    case 'archive':
    case 'comment':
      return { act: move, text };
    case 'send_back':
    case 'return':
    case 'suspend':
    case 'cancel':
    case 'reopen':
    case 'unmerge':
      return { act: move, reason: text };
    case 'rate':
      return { act: move, score: draft.score, text };
    case 'urge':
      return { act: move, text, rung: draft.rung };
    case 'extend':
      return { act: move, minutes: draft.minutes, reason: text };
    case 'merge':
      return { act: move, into: draft.other };
    case 'set_parent':
      return { act: move, parent: draft.other === '' ? null : draft.other };
    case 'set_level':
      return { act: move, level: draft.level, reason: text };
    case 'undo':
      return undefined;
  }
}

export function keepMove(draft: MoveDraft): void {
  keep(MOVE_PLACE, draft);
}

export function dropMove(): void {
  drop(MOVE_PLACE);
}

/** The move that was neither made nor given up; `undefined` when nothing was written for it, or long ago. */
export function keptMove(now: number): MoveDraft | undefined {
  const draft = kept(MOVE_PLACE);
  return isMove(draft) && draft.text.trim() !== '' && now - draft.at < MOST_AGE_MILLIS ? draft : undefined;
}

/** A report that is being written. */
export interface ReportDraft {
  draft: CaseDraftDto;
  /** The alarm that it is made of; empty for none. */
  alarm: string;
  /** When it was begun: tells one report from the next. */
  begun: number;
  at: number;
}

export const BLANK_REPORT: CaseDraftDto = {
  number: '',
  source: 'officer',
  title: '',
  text: '',
  reporter: '',
  category: '',
  level: 'IV',
  place: null,
  happened_at: null,
  standing: 'actual',
  links: [],
  join: null,
  is_alone: false,
};

export function keepReport(report: ReportDraft): void {
  keep(REPORT_PLACE, report);
}

export function dropReport(): void {
  drop(REPORT_PLACE);
}

/** The report that was neither sent nor given up. */
export function keptReport(now: number): ReportDraft | undefined {
  const report = kept(REPORT_PLACE);
  const isOfUse =
    isReport(report) && `${report.draft.title}${report.draft.text}`.trim() !== '' && now - report.at < MOST_AGE_MILLIS;
  return isOfUse ? { ...report, draft: { ...BLANK_REPORT, ...report.draft } } : undefined;
}

function keep(place: string, what: unknown): void {
  try {
    localStorage.setItem(place, JSON.stringify(what));
  } catch {
    // A page without storage keeps it only while it is open.
  }
}

function drop(place: string): void {
  try {
    localStorage.removeItem(place);
  } catch {
    // Nothing was kept then.
  }
}

function kept(place: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(place) ?? 'null') as unknown;
  } catch {
    return undefined;
  }
}

function isMove(value: unknown): value is MoveDraft {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const draft = value as Partial<MoveDraft>;
  const texts = [draft.name, draft.text, draft.party, draft.category, draft.level, draft.other, draft.otherName];
  const figures = [draft.minutes, draft.score, draft.rung, draft.at];
  return (
    typeof draft.move === 'string' &&
    draft.move in FIELDS &&
    Array.isArray(draft.ids) &&
    draft.ids.length > 0 &&
    typeof draft.step === 'string' &&
    texts.every((one) => typeof one === 'string') &&
    figures.every((one) => typeof one === 'number')
  );
}

function isReport(value: unknown): value is ReportDraft {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const report = value as Partial<ReportDraft>;
  return (
    typeof report.at === 'number' &&
    typeof report.begun === 'number' &&
    typeof report.alarm === 'string' &&
    typeof report.draft === 'object' &&
    report.draft !== null &&
    typeof report.draft.title === 'string' &&
    typeof report.draft.text === 'string' &&
    Array.isArray(report.draft.links ?? [])
  );
}
