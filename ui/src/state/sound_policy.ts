// When an alarm is heard. Pure: what the host says is to be heard, what was heard before, and what was silenced here.
//
// The host decides what rings and what silences it; here is only when a tone is played. Only live alarms come in, so that
// nothing of a past moment ever sounds.

import type { LiveAlarmsDto, SeverityDto } from '../generated/wire';

export type Tone = 'critical' | 'high';

/** A critical alarm is heard again until somebody acknowledges or silences it. */
export const REPEAT_MILLIS = 10_000;
/** In a flood, the same tone is heard at most so often. */
const LEAST_PAUSE_MILLIS = 2_000;

/** What rings: the worst severity that is to be heard. */
export type Audible = SeverityDto | null;

export interface Ear {
  /** What was to be heard when it last listened; `undefined` before it ever did. */
  audible: Audible | undefined;
  /** Unacknowledged alarms then. */
  counts: { critical: number; high: number };
  /** The newest alarm that it knows. */
  newest: { id: string; since: number } | undefined;
  /** Silenced here; the host has not said so yet. */
  silenced: boolean;
  /** What was heard last, and when, UTC milliseconds. */
  last: { tone: Tone; at: number } | undefined;
}

export const NEW_EAR: Ear = {
  audible: undefined,
  counts: { critical: 0, high: 0 },
  newest: undefined,
  silenced: false,
  last: undefined,
};

/** What is heard at `now`, when `audible` is to be heard of the alarms that stand then. */
export function listen(
  ear: Ear,
  alarms: LiveAlarmsDto,
  audible: Audible,
  now: number,
): { ear: Ear; tone: Tone | undefined } {
  const counts = { critical: alarms.counts[0], high: alarms.counts[1] };
  const newest = alarms.newest;
  const isUnheard =
    newest !== null && newest.id !== ear.newest?.id && newest.since >= (ear.newest?.since ?? Number.NEGATIVE_INFINITY);
  // Whoever opens a desk hears what is critical; lesser alarms are in the list.
  const newCritical =
    audible === 'critical' &&
    (ear.audible !== 'critical' ||
      counts.critical > ear.counts.critical ||
      (isUnheard && newest.severity === 'critical'));
  const newHigh =
    ear.audible !== undefined &&
    (audible === 'critical' || audible === 'high') &&
    (counts.high > ear.counts.high ||
      (isUnheard && newest.severity === 'high') ||
      (audible === 'high' && ear.audible !== 'high' && ear.audible !== 'critical'));

  const heard: Ear = {
    audible,
    counts,
    newest: newest === null ? ear.newest : { id: newest.id, since: newest.since },
    silenced: ear.silenced && audible !== null && !newCritical,
    last: ear.last,
  };
  const tone = toneOf(heard, newCritical, newHigh, now);
  return { ear: tone === undefined ? heard : { ...heard, last: { tone, at: now } }, tone };
}

function toneOf(ear: Ear, newCritical: boolean, newHigh: boolean, now: number): Tone | undefined {
  const passed = ear.last === undefined ? Number.POSITIVE_INFINITY : Math.abs(now - ear.last.at);
  if (newCritical && (ear.last?.tone !== 'critical' || passed >= LEAST_PAUSE_MILLIS)) {
    return 'critical';
  }
  if (isSounding(ear) && passed >= REPEAT_MILLIS) {
    return 'critical';
  }
  return newHigh && passed >= LEAST_PAUSE_MILLIS ? 'high' : undefined;
}

/** True while a critical alarm is heard again and again. */
export function isSounding(ear: Ear): boolean {
  return ear.audible === 'critical' && !ear.silenced;
}

/** Silences what rings at once; what the host lets ring after that is heard again. */
export function silence(ear: Ear): Ear {
  return { ...ear, silenced: ear.audible === 'critical' };
}

/** The host did not take the silence. */
export function unsilence(ear: Ear): Ear {
  return { ...ear, silenced: false };
}
