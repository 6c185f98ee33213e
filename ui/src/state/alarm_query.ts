// Which alarms are listed: the query that asks for all, what it is narrowed by, and what it leaves out. Pure.

import type { AlarmHiddenDto, AlarmOrderDto, AlarmQueryDto, AlarmStateDto } from '../generated/wire';

/** Asks for everything that wants attention, worst first. */
export const ALL_ALARMS: AlarmQueryDto = {
  text: '',
  severities: [],
  states: [],
  kinds: [],
  rules: [],
  areas: [],
  cause: null,
  suppressed_by: null,
  group: null,
  line: null,
  order: 'worst',
  offset: 0,
  count: 0,
};

export const ORDERS = ['worst', 'newest', 'oldest', 'area'] as const satisfies readonly AlarmOrderDto[];

/** In the order in which an alarm goes through them. */
export const STATES = [
  'unacknowledged',
  'acknowledged',
  'returned_unacknowledged',
  'unconfirmed',
  'latched',
  'shelved',
  'suppressed',
  'out_of_service',
  'settled',
] as const satisfies readonly AlarmStateDto[];

/** Why an alarm is not in the list. */
export const HIDDEN = [
  'shelved',
  'consequences',
  'suppressed',
  'out_of_service',
] as const satisfies readonly (keyof AlarmHiddenDto)[];
export type Hidden = (typeof HIDDEN)[number];

/** Lists what is hidden for that reason; a consequence is suppressed by its cause. */
export function hiddenQuery(which: Hidden): AlarmQueryDto {
  switch (which) {
    case 'consequences':
      return { ...ALL_ALARMS, states: ['suppressed'], suppressed_by: 'cause' };
    case 'suppressed':
      return { ...ALL_ALARMS, states: ['suppressed'], suppressed_by: 'group' };
    default:
      return { ...ALL_ALARMS, states: [which] };
  }
}

/** The query without its window: what a view keeps and what an act is for. */
export function whole(query: AlarmQueryDto): AlarmQueryDto {
  return { ...query, offset: 0, count: 0 };
}

/** How many filters narrow the list; the severities have their own strip. */
export function filterCount(query: AlarmQueryDto): number {
  return [
    query.text.trim() !== '',
    query.states.length > 0,
    query.kinds.length > 0,
    query.rules.length > 0,
    query.areas.length > 0,
    query.cause !== null,
    query.suppressed_by !== null || query.group !== null,
  ].filter((one) => one).length;
}

/** True when anything is left out that asks for attention. */
export function isNarrowed(query: AlarmQueryDto): boolean {
  return filterCount(query) > 0 || query.severities.length > 0 || query.line !== null;
}

export function isSameQuery(a: AlarmQueryDto, b: AlarmQueryDto): boolean {
  return JSON.stringify(whole(a)) === JSON.stringify(whole(b));
}

/** The list with `one`, or without it when it was there. */
export function toggled<T>(list: readonly T[], one: T): T[] {
  return list.includes(one) ? list.filter((other) => other !== one) : [...list, one];
}
