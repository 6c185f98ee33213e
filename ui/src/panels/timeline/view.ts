// Which stretch of time the timeline shows. Pure.

import type { Span } from '../../backend/backend';
import { DAY, MINUTE, ZONE_OFFSET } from '../../state/time';

/** Nobody needs to look at less. */
const LEAST_SPAN = 5 * MINUTE;

export function lengthOf(span: Span): number {
  return span.to - span.from;
}

/** The moment at a fraction of the width. */
export function timeAt(span: Span, fraction: number): number {
  return span.from + lengthOf(span) * fraction;
}

/** The fraction of the width at a moment. */
export function fractionOf(span: Span, time: number): number {
  return (time - span.from) / lengthOf(span);
}

/** `view` with `factor` times its length, the moment at `fraction` staying where it is; `undefined` for the whole. */
export function zoomed(view: Span, whole: Span, fraction: number, factor: number): Span | undefined {
  const length = Math.max(LEAST_SPAN, lengthOf(view) * factor);
  if (length >= lengthOf(whole)) {
    return undefined;
  }
  const from = timeAt(view, fraction) - length * fraction;
  return inside({ from, to: from + length }, whole);
}

/** `view` moved by a fraction of its length. */
export function panned(view: Span, whole: Span, by: number): Span {
  const shift = lengthOf(view) * by;
  return inside({ from: view.from + shift, to: view.to + shift }, whole);
}

function inside(span: Span, whole: Span): Span {
  const length = lengthOf(span);
  const from = Math.max(whole.from, Math.min(span.from, whole.to - length));
  return { from, to: from + length };
}

const STEPS_MINUTES = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080, 20_160, 40_320];
const WEEK = 7 * DAY;
/** Weeks begin on Monday; the epoch was a Thursday. */
const FIRST_MONDAY = 4 * DAY;

/** Round moments to label, at most one per `leastPx`: minutes, hours, days, then weeks from Monday. */
export function ticks(span: Span, widthPx: number, leastPx: number): number[] {
  const most = Math.max(1, Math.floor(widthPx / leastPx));
  const minutes = STEPS_MINUTES.find((one) => lengthOf(span) / (one * MINUTE) <= most);
  const step = (minutes ?? STEPS_MINUTES.at(-1) ?? 1440) * MINUTE;
  const result: number[] = [];
  // Shanghai is a whole number of hours from UTC; steps longer than that count from its midnight.
  const offset = ZONE_OFFSET - (step % WEEK === 0 ? FIRST_MONDAY : 0);
  for (let at = Math.ceil((span.from + offset) / step) * step - offset; at <= span.to; at += step) {
    result.push(at);
  }
  return result;
}

/** True at midnight in Shanghai: the tick then names the day. */
export function isMidnight(at: number): boolean {
  return (at + ZONE_OFFSET) % DAY === 0;
}

/** The window of the same length around `time`, if `view` does not hold it. */
export function following(view: Span, whole: Span, time: number): Span | undefined {
  if (time >= view.from && time <= view.to) {
    return undefined;
  }
  const half = lengthOf(view) / 2;
  return inside({ from: time - half, to: time + half }, whole);
}

/** What lies nearest to `x` within `reachPx`; of several as near, the last. */
export function nearest<T>(items: readonly T[], xOf: (item: T) => number, x: number, reachPx: number): T | undefined {
  let best: T | undefined;
  let least = reachPx;
  for (const item of items) {
    const away = Math.abs(xOf(item) - x);
    if (away <= least) {
      best = item;
      least = away;
    }
  }
  return best;
}

export interface Stack<T> {
  /** Where its first item is, px. */
  x: number;
  items: T[];
}

/** Items that would lie on each other in one stack: none begins within `widthPx` of another stack's first. */
export function stacked<T>(items: readonly T[], xOf: (item: T) => number, widthPx: number): Stack<T>[] {
  const stacks: Stack<T>[] = [];
  for (const item of [...items].sort((a, b) => xOf(a) - xOf(b))) {
    const last = stacks.at(-1);
    if (last !== undefined && xOf(item) - last.x < widthPx) {
      last.items.push(item);
    } else {
      stacks.push({ x: xOf(item), items: [item] });
    }
  }
  return stacks;
}
