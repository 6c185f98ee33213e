// The one clock as the UI sees it: which rates there are, and which moment is shown between two updates of the host.
//
// The host owns the clock. What the person has just asked for counts until the host answers, so that a drag never jumps back.

import { createSignal, onCleanup } from 'solid-js';
import type { Span } from '../backend/backend';
import type { ClockDto, DeskUpdate } from '../generated/wire';

export type Playing = Extract<ClockDto, { mode: 'playing' }>;

/** How fast history can play, seconds of city time per second, in the order in which keys step through them. */
export const RATES = [-60, -10, -1, 1, 10, 60, 300, 1000] as const;
/** Those with a button of their own. */
export const FORWARD_RATES = [1, 10, 60, 300, 1000] as const;
/** The rate that a desk opens with. */
export const FIRST_RATE = 60;
/** So near to an end there is nothing left to play. */
const END_MILLIS = 1000;
/** An answer that does not come is given up; then the host's clock counts again. */
const GIVE_UP_MILLIS = 1500;
/** Four ticks a second: a second's change is never late by more than a quarter. */
const TICK_MILLIS = 250;

/** The next rate up (1) or down (-1); at the ends it stays. */
export function steppedRate(rate: number, by: 1 | -1): number {
  if (by > 0) {
    return RATES.find((known) => known > rate) ?? rate;
  }
  return RATES.findLast((known) => known < rate) ?? rate;
}

/** The rate that plays the other way: the same speed if there is one, else the fastest. */
export function reversedRate(rate: number): number {
  const wanted = -rate;
  return RATES.find((known) => known === wanted) ?? (wanted < 0 ? RATES[0] : (RATES.at(-1) ?? 1));
}

/** `×60`, `×−10`. */
export function rateText(rate: number): string {
  return `×${String(rate).replace('-', '\u2212')}`;
}

/** Plays `range` from `at`; from its very end it begins again at `again`. */
export function playFrom(at: number, rate: number, range: Span, looping: boolean, again: number): Playing {
  const isOver = rate > 0 ? at >= range.to - END_MILLIS : at <= range.from + END_MILLIS;
  const isOutside = at < range.from || at > range.to;
  const first = isOver ? again : isOutside ? (rate > 0 ? range.from : range.to) : at;
  return {
    mode: 'playing',
    from: Math.round(first),
    rate,
    start: Math.round(range.from),
    until: Math.round(range.to),
    looping,
  };
}

/** The moment that `clock` shows `passed` milliseconds after it showed `base`. */
export function playedTo(clock: Playing, base: number, passed: number): number {
  const at = base + clock.rate * Math.max(0, passed);
  const length = clock.until - clock.start;
  if (!clock.looping || length <= 0) {
    return Math.min(clock.until, Math.max(clock.start, at));
  }
  const into = (at - clock.start) % length;
  return clock.start + (into < 0 ? into + length : into);
}

/** Playing has come to its end and stands still. */
export function isOver(clock: ClockDto, shown: number): boolean {
  return clock.mode === 'playing' && !clock.looping && (clock.rate > 0 ? shown >= clock.until : shown <= clock.start);
}

/** Time between updates: the host's wall time and the moment shown run on by themselves. */
export function tickingTime(update: DeskUpdate) {
  const [elapsed, setElapsed] = createSignal(0);
  const [ahead, setAhead] = createSignal<{ clock: ClockDto; shown: number; now: number }>();
  let anchored = performance.now();
  const timer = setInterval(() => setElapsed(performance.now() - anchored), TICK_MILLIS);
  onCleanup(() => clearInterval(timer));

  const clock = () => ahead()?.clock ?? update.clock;
  const now = () => update.now + elapsed();
  const shown = () => {
    const wanted = ahead();
    const running = wanted?.clock ?? update.clock;
    switch (running.mode) {
      case 'live':
        return now();
      case 'at':
      case 'branch':
        return running.time;
      case 'playing':
        return wanted === undefined
          ? playedTo(running, update.shown, elapsed())
          : playedTo(running, wanted.shown, now() - wanted.now);
    }
  };
  return {
    now,
    shown,
    clock,
    anchor() {
      anchored = performance.now();
      setElapsed(0);
      const wanted = ahead();
      if (wanted !== undefined && (answers(update.clock, wanted.clock) || update.now - wanted.now > GIVE_UP_MILLIS)) {
        setAhead(undefined);
      }
    },
    expect(wanted: ClockDto) {
      setAhead({ clock: wanted, shown: firstMoment(wanted, update.now), now: now() });
    },
  };
}

function firstMoment(clock: ClockDto, now: number): number {
  switch (clock.mode) {
    case 'live':
      return now;
    case 'playing':
      return clock.from;
    case 'at':
    case 'branch':
      return clock.time;
  }
}

function answers(got: ClockDto, wanted: ClockDto): boolean {
  if (got.mode === 'at' && wanted.mode === 'at') {
    return Math.abs(got.time - wanted.time) <= 1;
  }
  if (got.mode === 'branch' && wanted.mode === 'branch') {
    return got.id === wanted.id && Math.abs(got.time - wanted.time) <= 1;
  }
  if (got.mode === 'playing' && wanted.mode === 'playing') {
    return got.rate === wanted.rate && got.from === wanted.from && got.looping === wanted.looping;
  }
  return got.mode === wanted.mode;
}
