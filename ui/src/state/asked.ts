// Something that is asked of the host, kept, and asked again when it may have become another.

import { type Accessor, createSignal, untrack } from 'solid-js';
import type { Result } from '../backend/backend';
import { everyAtMost } from './desk';

/** How often it is asked again at most. */
const READ_MILLIS = 1000;

export interface Asked<T> {
  /** `undefined` until the first answer; what was answered last stays while it is asked again. */
  value: Accessor<T | undefined>;
  /** Why the last question had no answer. */
  failure: Accessor<string | undefined>;
  read(): void;
}

/** Asks now and whenever what `when` reads has changed. Call inside a Solid root. */
export function createAsked<T>(when: () => unknown, ask: () => Promise<Result<T>>): Asked<T> {
  const [value, setValue] = createSignal<T>();
  const [failure, setFailure] = createSignal<string>();
  let asked = 0;
  function read(): void {
    asked += 1;
    const mine = asked;
    void untrack(ask).then((result) => {
      // An answer that was overtaken by a newer one is dropped.
      if (mine !== asked) {
        return;
      }
      setFailure(result.ok ? undefined : result.error.message);
      if (result.ok) {
        setValue(() => result.value);
      }
    });
  }
  everyAtMost(READ_MILLIS, when, read);
  return { value, failure, read };
}
