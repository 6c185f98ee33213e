// What is being written on duty, kept on this machine until it is sent or given up: a crash loses no word.

/** A draft from an earlier shift is of no use. */
const MOST_AGE_MILLIS = 12 * 60 * 60 * 1000;

/** One thing that is written: an entry, a change of one, the sheet of a handover. */
export interface Kept<T> {
  keep(value: T): void;
  drop(): void;
  /** What was neither sent nor given up; `undefined` when there is none, or only a very old one. */
  kept(): T | undefined;
}

/** A draft under `place`; what `isDraft` does not know is no draft. */
export function keptAt<T>(place: string, isDraft: (value: unknown) => value is T, now = Date.now): Kept<T> {
  const key = `citymirror.${place}`;
  return {
    keep(value) {
      try {
        localStorage.setItem(key, JSON.stringify({ at: now(), value }));
      } catch {
        // A page without storage keeps it only while it is open.
      }
    },
    drop() {
      try {
        localStorage.removeItem(key);
      } catch {
        // Nothing was kept then.
      }
    },
    kept() {
      try {
        const stored = JSON.parse(localStorage.getItem(key) ?? 'null') as unknown;
        return isStored(stored) && now() - stored.at < MOST_AGE_MILLIS && isDraft(stored.value)
          ? stored.value
          : undefined;
      } catch {
        return undefined;
      }
    },
  };
}

function isStored(value: unknown): value is { at: number; value: unknown } {
  return (
    typeof value === 'object' && value !== null && 'at' in value && typeof value.at === 'number' && 'value' in value
  );
}

export function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
