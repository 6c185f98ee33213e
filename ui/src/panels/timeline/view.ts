// Which stretch of time the timeline shows. Pure.

import type { Span } from '../../backend/backend';
import { MINUTE } from '../../state/time';

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

const STEPS_MINUTES = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440];

/** Round moments to label, at most one per `leastPx`. */
export function ticks(span: Span, widthPx: number, leastPx: number): number[] {
  const most = Math.max(1, Math.floor(widthPx / leastPx));
  const step = (STEPS_MINUTES.find((minutes) => lengthOf(span) / (minutes * MINUTE) <= most) ?? 1440) * MINUTE;
  const result: number[] = [];
  // Shanghai is a whole number of hours from UTC; steps longer than that count from its midnight.
  const offset = 8 * 60 * MINUTE;
  for (let at = Math.ceil((span.from + offset) / step) * step - offset; at <= span.to; at += step) {
    result.push(at);
  }
  return result;
}
