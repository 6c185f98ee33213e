// How cases, their clocks and what refuses a move are put into words, shapes and orders. Pure.

import type { CaseActDto, CaseLightDto, CaseRefusedDto, CaseRowDto, SeverityDto } from '../generated/wire';
import { t, word } from './texts';
import { duration, joined } from './time';

export type MoveWord = CaseActDto['act'];

/** The keys of moves that are made often; `A` is the one that usually comes next. */
export const KEYED_MOVES = { comment: 'W', urge: 'H', return: 'Y', set_level: 'Q' } as const satisfies Partial<
  Record<MoveWord, string>
>;
export const MOVE_KEYS: Partial<Record<MoveWord, string>> = KEYED_MOVES;

/** Moves in the order in which the menu shows them. */
export const MOVES = [
  'register',
  'assign',
  'receive',
  'arrive',
  'handle',
  'verify',
  'send_back',
  'rate',
  'close',
  'urge',
  'return',
  'extend',
  'suspend',
  'resume',
  'cancel',
  'reopen',
  'archive',
  'merge',
  'unmerge',
  'set_parent',
  'set_level',
  'set_category',
  'comment',
] as const satisfies readonly MoveWord[];
export type BarMove = (typeof MOVES)[number];

/** Moves that mean the same for many cases at once. */
export const BULK_MOVES = [
  'assign',
  'urge',
  'comment',
  'set_level',
  'merge',
  'set_parent',
  'cancel',
] as const satisfies readonly BarMove[];

export function isBarMove(raw: string): raw is BarMove {
  return (MOVES as readonly string[]).includes(raw);
}

/** `剩 12 分`, `超时 1 小时 5 分`, `停表`; nothing where nothing is due. */
export function dueWords(row: Pick<CaseRowDto, 'light' | 'due_at'>, now: number): string {
  if (row.light === null) {
    return '';
  }
  if (row.light === 'stopped' || row.due_at === null) {
    return word('event.light', 'stopped');
  }
  const left = row.due_at - now;
  return left >= 0 ? t('case.left', { time: duration(left) }) : t('case.over', { time: duration(-left) });
}

/** What is due and how much time is left: `处置 剩 12 分`. */
export function dueSentence(row: Pick<CaseRowDto, 'light' | 'due_at' | 'due_phase'>, now: number): string {
  const due = dueWords(row, now);
  return due === '' ? '' : `${word('event.phase', row.due_phase ?? '')} ${due}`.trim();
}

/** How loud a light is, by shape and colour: twice overdue, overdue, soon due; everything else is not news. */
export function toneOf(light: CaseLightDto | null): SeverityDto {
  switch (light) {
    case 'escalated':
      return 'critical';
    case 'red':
      return 'high';
    case 'yellow':
      return 'medium';
    default:
      return 'normal';
  }
}

/** Why cases refused, each reason once, with how many it kept. */
export function caseRefusalWords(refused: readonly CaseRefusedDto[], count: number): string {
  const reasons = new Set(refused.map((one) => refusalWord(one.reason)));
  return t('cases.refused', { n: count, reasons: joined([...reasons]) });
}

/** Why something is refused. */
export function refusalWord(reason: string): string {
  return word('event.refusal', reason);
}

/** Who has it; or that nobody has. */
export function holderWords(row: Pick<CaseRowDto, 'holder'>): string {
  return row.holder?.name ?? t('case.nobody');
}

/** What makes a case more than one report: quiet words, and nothing of what it has none. */
export function countMarks(row: CaseRowDto): { word: string; hint: string }[] {
  const marks: [number, string, string][] = [
    [row.reports > 1 ? row.reports : 0, t('case.mark_reports', { n: row.reports }), t('case.reports')],
    [row.urges, t('case.mark_urges', { n: row.urges }), t('event.move.urge')],
    [row.children, t('case.mark_children', { n: row.children }), t('case.children')],
    [row.merged, t('case.mark_merged', { n: row.merged }), t('case.merged')],
  ];
  return marks.filter(([n]) => n > 0).map(([, text, hint]) => ({ word: text, hint }));
}
