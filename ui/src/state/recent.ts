// What the palette was used for last, the newest first. Remembered by the page; a page without storage forgets it.

import type { Target } from '../generated/wire';

const SETTING = 'citymirror.recent';
/** So many are remembered. */
export const MOST_RECENT = 12;

export interface Recent {
  /** The entry of the palette. */
  id: string;
  /** Its words when it was used; those of something that the UI itself offers are made anew. */
  title: string;
  /** Kind word of something in the city; empty for everything else. */
  kind: string;
  /** Where it leads, for something in the city. */
  target: Target | null;
}

/** The list after `one` was used. */
export function withRecent(list: readonly Recent[], one: Recent): Recent[] {
  return [one, ...list.filter((other) => other.id !== one.id)].slice(0, MOST_RECENT);
}

export function readRecent(): Recent[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(SETTING) ?? '[]');
    return Array.isArray(kept) ? kept.filter(isRecent).slice(0, MOST_RECENT) : [];
  } catch {
    return [];
  }
}

export function keepRecent(list: readonly Recent[]): void {
  try {
    localStorage.setItem(SETTING, JSON.stringify(list));
  } catch {
    // Nothing else depends on it.
  }
}

/** What another version, or another hand, may have left there is looked at before it is believed. */
function isRecent(value: unknown): value is Recent {
  if (typeof value !== 'object' || value === null || !('id' in value && 'title' in value && 'kind' in value)) {
    return false;
  }
  const texts = [value.id, value.title, value.kind].every((text) => typeof text === 'string');
  const target = 'target' in value ? value.target : undefined;
  return texts && (target === null || isTarget(target));
}

function isTarget(value: unknown): value is Target {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    'id' in value &&
    typeof value.id === 'string' &&
    ['thing', 'camera', 'event', 'feature'].some((kind) => kind === value.kind)
  );
}
