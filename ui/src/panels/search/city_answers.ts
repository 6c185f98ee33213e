// Asks the host while somebody types, and makes entries of its answers.

import { type Accessor, createEffect, createMemo, createSignal, on, onCleanup } from 'solid-js';
import type { Found, Target } from '../../generated/wire';
import { type Desk, sameTarget } from '../../state/desk';
import { type Entry, ofCity } from '../../state/palette';
import type { Recent } from '../../state/recent';
import { markedName } from '../../state/standing';
import { t, word } from '../../state/texts';
import { moment } from '../../state/time';

/** Quiet time after a keystroke before the city is asked. */
const PAUSE_MILLIS = 60;
/** An answer that takes longer is worth a word: the names of a city are being read for the first time. */
const SLOW_MILLIS = 400;

export interface CityAnswers {
  entries: Accessor<Entry[]>;
  /** The newest question has no answer yet. */
  asking: Accessor<boolean>;
  isSlow: Accessor<boolean>;
  failure: Accessor<string | undefined>;
  /** An input method composes: nothing is asked until it is done. */
  setComposing(on: boolean): void;
}

/** The answers to `typed`. Call inside a component. */
export function createCityAnswers(desk: Desk, typed: Accessor<string>): CityAnswers {
  const [found, setFound] = createSignal<Found[]>([]);
  const [failure, setFailure] = createSignal<string>();
  const [asking, setAsking] = createSignal(false);
  const [isSlow, setSlow] = createSignal(false);
  const [composing, setComposing] = createSignal(false);
  let asked = 0;

  createEffect(
    on([typed, composing], ([wanted, isComposing]) => {
      asked += 1;
      const mine = asked;
      setSlow(false);
      setAsking(wanted !== '');
      if (wanted === '') {
        setFound([]);
        setFailure(undefined);
      }
      if (wanted === '' || isComposing) {
        return;
      }
      const timer = setTimeout(() => {
        void desk.backend.search(wanted, desk.twin.eye()).then((result) => {
          // A slower answer to an older question is of no use.
          if (mine === asked) {
            setFailure(result.ok ? undefined : result.error.message);
            setFound(result.ok ? result.value : []);
            setAsking(false);
            setSlow(false);
          }
        });
      }, PAUSE_MILLIS);
      const slow = setTimeout(() => setSlow(asking()), SLOW_MILLIS);
      onCleanup(() => {
        clearTimeout(timer);
        clearTimeout(slow);
      });
    }),
  );
  return {
    entries: createMemo(() => found().map((one) => entryOf(desk, one))),
    asking,
    isSlow,
    failure,
    setComposing,
  };
}

/** Something in the city that was used before: its words of then, and how it stands now. */
export function knownInCity(desk: Desk, recent: Recent, target: Target): Entry {
  const title = markedName(recent.title, target, desk.update.events);
  const words = { title, kind: recent.kind, hint: word('kind', recent.kind) };
  const alarm = desk.update.alarms.find((row) => sameTarget({ kind: 'thing', id: row.thing_id }, target));
  const entry = ofCity(target, words, { matched: [], severity: alarm?.severity ?? 'normal' }, () =>
    desk.selectAndFly(target),
  );
  // The mark of what is not real is made anew each time.
  return { ...entry, recent };
}

function entryOf(desk: Desk, found: Found): Entry {
  const plain = found.name === '' ? t('card.unnamed', { kind: word('kind', found.kind) }) : found.name;
  const title = markedName(plain, found.target, desk.update.events);
  const added = title.length - plain.length;
  const matched = found.matched.map(([from, to]): [number, number] => [from + added, to + added]);
  const words = { title, kind: found.kind, hint: hintOf(desk, found) };
  const entry = ofCity(found.target, words, { matched, severity: found.severity }, () =>
    desk.selectAndFly(found.target),
  );
  return { ...entry, recent: { ...entry.recent, title: plain } };
}

/** The kind, and what tells it from others of its name; of an event when it happened. */
function hintOf(desk: Desk, found: Found): string {
  const isEvent = found.target.kind === 'event';
  const event = isEvent ? desk.update.events.find((one) => one.id === found.target.id) : undefined;
  const more = event === undefined ? found.hint : moment(event.happened_at).slice(0, 11);
  return [word('kind', found.kind), more].filter((text) => text !== '').join(' · ');
}
