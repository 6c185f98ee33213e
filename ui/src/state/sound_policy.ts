// When an alarm is heard. Pure: what stands, what was heard before, and what the person silenced decide.
//
// Only live alarms come in here, so that nothing of a past moment ever sounds.

import type { LiveAlarmsDto } from '../generated/wire';

export type Tone = 'critical' | 'high';

/** A critical alarm is heard again until somebody acknowledges or silences it. */
export const REPEAT_MILLIS = 10_000;
/** In a flood, the same tone is heard at most so often. */
const LEAST_PAUSE_MILLIS = 2_000;

export interface Ear {
  /** Unacknowledged alarms when it last listened; `undefined` before it ever did. */
  counts: { critical: number; high: number } | undefined;
  /** The newest alarm that it knows. */
  newest: { id: string; since: number } | undefined;
  /** The critical alarms that stand were silenced. */
  silenced: boolean;
  /** What was heard last, and when, UTC milliseconds. */
  last: { tone: Tone; at: number } | undefined;
}

export const NEW_EAR: Ear = { counts: undefined, newest: undefined, silenced: false, last: undefined };

/** What is heard at `now` of the alarms that stand then. */
export function listen(ear: Ear, alarms: LiveAlarmsDto, now: number): { ear: Ear; tone: Tone | undefined } {
  const counts = { critical: alarms.counts[0], high: alarms.counts[1] };
  const newest = alarms.newest;
  const isUnheard =
    newest !== null && newest.id !== ear.newest?.id && newest.since >= (ear.newest?.since ?? Number.NEGATIVE_INFINITY);
  // Whoever opens a desk hears what is critical; lesser alarms are in the list.
  const newCritical =
    counts.critical > (ear.counts?.critical ?? 0) ||
    (isUnheard && newest.severity === 'critical' && counts.critical > 0);
  const newHigh =
    ear.counts !== undefined && (counts.high > ear.counts.high || (isUnheard && newest.severity === 'high'));

  const silenced = ear.silenced && counts.critical > 0 && !newCritical;
  const heard: Ear = {
    counts,
    newest: newest === null ? ear.newest : { id: newest.id, since: newest.since },
    silenced,
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
  return (ear.counts?.critical ?? 0) > 0 && !ear.silenced;
}

/** Silences what stands; a newer or graver alarm is heard again. */
export function silence(ear: Ear): Ear {
  return { ...ear, silenced: (ear.counts?.critical ?? 0) > 0 };
}
