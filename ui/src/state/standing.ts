// What is real and what is not, and how sources stand: words and orders. Pure.
//
// An exercise, a test, a draft or a system message (CAP 1.2, 3.2.1) is shown, but never counted, coloured or heard as real.

import type { EventRow, SourceDto, SourceStateDto, SourcesDto, Target } from '../generated/wire';
import { word } from './texts';

/** The worst first: what a person should see before anything else. */
export const WORST_FIRST = [
  'failing',
  'silent',
  'late',
  'skewed',
  'starting',
  'good',
  'off',
] as const satisfies readonly SourceStateDto[];

/** States that somebody should do something about, the worst first. */
const TROUBLED = ['failing', 'silent', 'late', 'skewed'] as const;
export type Troubled = (typeof TROUBLED)[number];

export function isReal(event: Pick<EventRow, 'standing'>): boolean {
  return event.standing === 'actual';
}

/** The title as it may stand anywhere: nobody takes an exercise for real. */
export function titleOf(event: Pick<EventRow, 'standing' | 'title'>): string {
  return isReal(event) ? event.title : `${markOf(event)}${event.title}`;
}

/** `【演练】`, and nothing for what is real. */
export function markOf(event: Pick<EventRow, 'standing'>): string {
  return isReal(event) ? '' : word('standing_mark', event.standing);
}

/** The name of something found, with the mark of an event that is not real. */
export function markedName(name: string, target: Target, events: readonly EventRow[]): string {
  const event = target.kind === 'event' ? events.find((one) => one.id === target.id) : undefined;
  return event === undefined ? name : `${markOf(event)}${name}`;
}

/** The worst first; within a state by name, so that rows keep their places. */
export function sortedSources(sources: readonly SourceDto[]): SourceDto[] {
  const rank = (state: SourceStateDto) => WORST_FIRST.indexOf(state);
  return [...sources].sort(
    (a, b) => rank(a.state) - rank(b.state) || a.name.localeCompare(b.name, 'zh-CN') || a.id.localeCompare(b.id),
  );
}

/** How many sources stand in a state; those that are starting are the rest. */
export function countOf(sources: SourcesDto, state: SourceStateDto): number {
  return state === 'starting'
    ? sources.total - sources.good - sources.late - sources.silent - sources.skewed - sources.failing - sources.off
    : sources[state];
}

/** The troubled states that have sources, the worst first. */
export function troubles(sources: SourcesDto): { state: Troubled; count: number }[] {
  return TROUBLED.map((state) => ({ state, count: countOf(sources, state) })).filter((one) => one.count > 0);
}
