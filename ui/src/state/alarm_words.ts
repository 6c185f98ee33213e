// How alarms, what is done to them and what refuses it are put into words and orders. Pure.

import type { AlarmActDto, AlarmRefusedDto, AlarmStateDto, DeskAlarmDto, SeverityDto } from '../generated/wire';
import { ALARMING } from './severity';
import { type TextKey, t, word } from './texts';
import { joined } from './time';

export type ActWord = AlarmActDto['act'];

/** The acts of the act bar, the usual ones first. */
export const ACTS = ['acknowledge', 'comment', 'shelve', 'confirm', 'out_of_service', 'reset'] as const;
export type BarAct = (typeof ACTS)[number];

/** The keys of the acts, as keycaps show them. */
export const ACT_KEYS: Record<BarAct, string> = {
  acknowledge: 'A',
  comment: 'W',
  shelve: 'H',
  confirm: 'Y',
  out_of_service: 'Q',
  reset: 'Shift+R',
};

/** The way back of an act that has one. */
export const WAY_BACK: Partial<Record<BarAct, ActWord>> = { shelve: 'unshelve', out_of_service: 'in_service' };

/** States in which an act means something; the host decides. Acts that are not here mean something in every state. */
const FITTING: Partial<Record<ActWord, readonly AlarmStateDto[]>> = {
  acknowledge: ['unacknowledged', 'returned_unacknowledged', 'shelved', 'suppressed'],
  confirm: ['unconfirmed'],
  shelve: ['unacknowledged', 'acknowledged', 'returned_unacknowledged', 'unconfirmed', 'latched'],
  unshelve: ['shelved'],
  in_service: ['out_of_service'],
  reset: ['latched'],
};

/** True when `act` means something for an alarm; one that somebody acknowledged is not acknowledged twice. */
export function fits(act: ActWord, row: Pick<DeskAlarmDto, 'state' | 'acknowledged_by'>): boolean {
  if (act === 'out_of_service') {
    return row.state !== 'out_of_service';
  }
  const isTaken = act === 'acknowledge' && row.acknowledged_by !== null;
  return !isTaken && FITTING[act]?.includes(row.state) !== false;
}

const DONE: Record<ActWord, TextKey> = {
  acknowledge: 'alarm_done.acknowledge',
  confirm: 'alarm_done.confirm',
  comment: 'alarm_done.comment',
  shelve: 'alarm_done.shelve',
  unshelve: 'alarm_done.unshelve',
  out_of_service: 'alarm_done.out_of_service',
  in_service: 'alarm_done.in_service',
  reset: 'alarm_done.reset',
};

/** `已确认 12 条`. */
export function doneWords(act: ActWord, n: number): string {
  return t(DONE[act], { n });
}

/** Why alarms refused, each reason once, with how many it kept. */
export function refusalWords(refused: readonly AlarmRefusedDto[], count: number): string {
  const reasons = new Set(refused.map((one) => word('alarm_refusal', one.reason.split('.').at(-1) ?? one.reason)));
  return t('alarms.refused', { n: count, reasons: joined([...reasons]) });
}

/** What the row is about besides its name: what is measured or which rule, and where. */
export function aboutWords(row: Pick<DeskAlarmDto, 'rule' | 'sensor_kind'>): string {
  return row.rule === '' ? word('kind', row.sensor_kind) : row.rule;
}

/** The worst severity with any, of critical, high, medium, low. */
export function worstOfCounts(counts: readonly number[]): SeverityDto {
  return ALARMING.find((_, i) => (counts[i] ?? 0) > 0) ?? 'normal';
}

export function sumOfCounts(counts: readonly number[]): number {
  return counts.reduce((sum, n) => sum + n, 0);
}
