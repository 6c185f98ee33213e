// What is being written about alarms, kept on this machine until it is sent or given up: a crash loses no reason.

import type { AlarmPickDto } from '../generated/wire';

const PLACE = 'citymirror.alarm_draft';
/** A draft from an earlier shift is of no use. */
const MOST_AGE_MILLIS = 12 * 60 * 60 * 1000;

/** Acts that take a text. */
export const WRITTEN = ['comment', 'shelve', 'out_of_service'] as const;
export type Written = (typeof WRITTEN)[number];

export interface Draft {
  act: Written;
  pick: AlarmPickDto;
  /** How many alarms it is for. */
  count: number;
  /** What the first of them is called. */
  name: string;
  text: string;
  /** How long to shelve, seconds; `null` until it is back. */
  forSeconds: number | null;
  /** When it was last written to, UTC milliseconds. */
  at: number;
}

export function keepDraft(draft: Draft): void {
  try {
    localStorage.setItem(PLACE, JSON.stringify(draft));
  } catch {
    // A page without storage keeps it only while it is open.
  }
}

export function dropDraft(): void {
  try {
    localStorage.removeItem(PLACE);
  } catch {
    // Nothing was kept then.
  }
}

/** The draft that was neither sent nor given up; `undefined` when there is none, or only an empty or very old one. */
export function keptDraft(now: number): Draft | undefined {
  try {
    const draft = JSON.parse(localStorage.getItem(PLACE) ?? 'null') as unknown;
    return isDraft(draft) && draft.text.trim() !== '' && now - draft.at < MOST_AGE_MILLIS ? draft : undefined;
  } catch {
    return undefined;
  }
}

function isDraft(value: unknown): value is Draft {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  const draft = value as Partial<Draft>;
  return (
    WRITTEN.some((act) => act === draft.act) &&
    typeof draft.text === 'string' &&
    typeof draft.at === 'number' &&
    typeof draft.count === 'number' &&
    typeof draft.name === 'string' &&
    typeof draft.pick === 'object' &&
    draft.pick !== null &&
    (draft.pick.of === 'ids' ? Array.isArray(draft.pick.ids) : draft.pick.of === 'query')
  );
}
