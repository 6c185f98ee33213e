// What the palette lists and in which order. The host finds what the city has; what the UI itself offers is found here.
//
// Pure but for `createSpellings`, which asks the host once for the pinyin of each text.

import { type Accessor, createSignal, untrack } from 'solid-js';
import type { Backend } from '../backend/backend';
import type { Found, SeverityDto, Target } from '../generated/wire';
import type { Recent } from './recent';
import { LIES, matchWords } from './spelling';

/** Groups in the order in which equally good ones stand. */
export const GROUPS = [
  'recent',
  'feature',
  'thing',
  'camera',
  'event',
  'view',
  'bookmark',
  'moment',
  'layer',
  'panel',
  'action',
] as const;
export type GroupName = (typeof GROUPS)[number];

/** So many of what the UI offers are listed in a group. */
const MOST_OF_A_GROUP = 8;
/** So many of what was used last are listed before anything is typed. */
const MOST_RECENT_SHOWN = 8;
/** So many texts are spelt at once. */
const MOST_SPELT = 2000;

/** One entry of the palette. */
export interface Entry {
  id: string;
  group: GroupName;
  title: string;
  /** What tells it from others of its title; may be empty. */
  hint: string;
  /** Keys that do the same. */
  keys: readonly string[];
  /** A switch and how it stands. */
  on: boolean | undefined;
  severity: SeverityDto;
  /** Where in the title the words lie that were typed, UTF-16 units. */
  matched: readonly (readonly [number, number])[];
  run(): void;
  recent: Recent;
}

/** Something that the UI itself offers. */
export interface Own {
  entry: Entry;
  /** Other words by which it is found: its title in the other language, a note. */
  also: string[];
}

export interface EntryGroup {
  name: GroupName;
  entries: Entry[];
}

/** An entry that the UI offers; what it lacks is empty. */
export function own(
  group: GroupName,
  id: string,
  title: string,
  run: () => void,
  more: Partial<Own & Entry> = {},
): Own {
  const entry: Entry = {
    id: `${group}:${id}`,
    group,
    title,
    hint: more.hint ?? '',
    keys: more.keys ?? [],
    on: more.on,
    severity: 'normal',
    matched: [],
    run,
    recent: { id: `${group}:${id}`, title, kind: '', target: null },
  };
  return { entry, also: more.also ?? [] };
}

/** An entry of something in the city. */
export function ofCity(
  target: Target,
  words: { title: string; kind: string; hint: string },
  found: Pick<Found, 'matched' | 'severity'> | undefined,
  run: () => void,
): Entry {
  const id = `${target.kind}:${target.id}`;
  return {
    id,
    group: target.kind,
    title: words.title,
    hint: words.hint,
    keys: [],
    on: undefined,
    severity: found?.severity ?? 'normal',
    matched: found?.matched ?? [],
    run,
    recent: { id, title: words.title, kind: words.kind, target },
  };
}

/** Which of `all` answer to what was typed, the best first: those used last before others that lie as well. */
export function foundOwn(
  all: readonly Own[],
  typed: string,
  spelt: ReadonlyMap<string, string>,
  recent: readonly Recent[],
): { entry: Entry; lies: number }[] {
  const used = (entry: Entry) => {
    const at = recent.findIndex((one) => one.id === entry.id);
    return at < 0 ? recent.length : at;
  };
  const found: { entry: Entry; lies: number }[] = [];
  for (const { entry, also } of all) {
    const match = matchWords(entry.title, spelt.get(entry.title), typed);
    if (match !== undefined) {
      found.push({ entry: { ...entry, matched: match.ranges }, lies: match.lies });
      continue;
    }
    const other = also.find((text) => matchWords(text, spelt.get(text), typed) !== undefined);
    if (other !== undefined) {
      found.push({ entry: { ...entry, hint: entry.hint === '' ? other : entry.hint }, lies: LIES.inside });
    }
  }
  return found.sort(
    (a, b) => a.lies - b.lies || used(a.entry) - used(b.entry) || a.entry.title.length - b.entry.title.length,
  );
}

/** The groups to show: that of the best entry first; what the city has before what the UI offers where both are as good. */
export function grouped(city: readonly Entry[], offered: readonly { entry: Entry; lies: number }[]): EntryGroup[] {
  const groups = new Map<GroupName, { entries: Entry[]; best: number }>();
  const put = (entry: Entry, lies: number, most: number) => {
    const group = groups.get(entry.group) ?? { entries: [], best: lies };
    if (group.entries.length < most) {
      group.entries.push(entry);
    }
    groups.set(entry.group, { ...group, best: Math.min(group.best, lies) });
  };
  for (const entry of city) {
    put(entry, liesOf(entry), Number.POSITIVE_INFINITY);
  }
  for (const { entry, lies } of offered) {
    put(entry, lies + 0.5, MOST_OF_A_GROUP);
  }
  // The order within the city is the host's: its groups stand as they first came. Sorting keeps that among equals.
  return [...groups].sort(([, a], [, b]) => a.best - b.best).map(([name, { entries }]) => ({ name, entries }));
}

/** What the host told of an answer says how well it lies; a code has no place in the title and is as good as a beginning. */
function liesOf(entry: Entry): number {
  const [from, to] = entry.matched[0] ?? [0, 0];
  if (from > 0) {
    return LIES.word;
  }
  return to === entry.title.length ? LIES.whole : LIES.beginning;
}

/** What was used last, as it is now; what is not offered any more is left out. */
export function recentEntries(
  recent: readonly Recent[],
  all: readonly Own[],
  inCity: (recent: Recent, target: Target) => Entry,
): Entry[] {
  const now = recent.map((one) =>
    one.target === null ? all.find((other) => other.entry.id === one.id)?.entry : inCity(one, one.target),
  );
  return now
    .filter((entry) => entry !== undefined)
    .slice(0, MOST_RECENT_SHOWN)
    .map((entry) => ({ ...entry, group: 'recent' as const }));
}

export interface Spellings {
  known: Accessor<ReadonlyMap<string, string>>;
  /** Asks the host for the pinyin of texts that have none yet. */
  learn(texts: readonly string[]): void;
}

/** The pinyin of the UI's texts. Without it, or until it is there, they are found as they are written. */
export function createSpellings(backend: Backend): Spellings {
  const [known, setKnown] = createSignal<ReadonlyMap<string, string>>(new Map());
  const asked = new Set<string>();
  return {
    known,
    learn(texts) {
      const missing = [...new Set(texts)].filter((text) => text !== '' && !asked.has(text)).slice(0, MOST_SPELT);
      if (missing.length === 0) {
        return;
      }
      for (const text of missing) {
        asked.add(text);
      }
      void backend.foldTexts(missing).then((result) => {
        const spelt = result.ok ? result.value : [];
        const pairs = missing.map((text, i): [string, string] => [text, spelt[i] ?? '']);
        setKnown(new Map([...untrack(known), ...pairs]));
      });
    },
  };
}
