// The channels that a question answers: words, filters, the rows in sight, what is chosen of them, and what is done to those.

import { type Accessor, createEffect, createMemo, createSignal, on, untrack } from 'solid-js';
import type { VideoQueryDto, VideoRowDto } from '../generated/wire';
import { type Desk, everyAtMost } from './desk';
import { createPaged } from './paged';
import { language, t } from './texts';
import { quantity } from './time';

/** Rows of a page. */
const PAGE_ROWS = 200;
/** The host gives so many rows at once. */
const MOST_ROWS = 500;
/** The list is read again at most so often. */
const READ_MILLIS = 1000;
/** So many channels are chosen at once. */
export const MOST_CHOSEN = 5000;

export type VideoFilter = Omit<VideoQueryDto, 'offset' | 'limit'>;

export const ALL_CHANNELS: VideoFilter = {
  text: '',
  node: null,
  tree: 'civil',
  area: [],
  bounds: null,
  tags: [],
  statuses: [],
  ptz_types: [],
  categories: [],
  grades: [],
  has_place: null,
  sources: [],
};

/** How many filters beside the words narrow the list. */
export function filterCount(filter: VideoFilter): number {
  const lists = [filter.tags, filter.statuses, filter.ptz_types, filter.categories, filter.grades, filter.sources];
  const single = [filter.area.length > 0, filter.bounds !== null, filter.has_place !== null];
  return lists.filter((list) => list.length > 0).length + single.filter((is) => is).length;
}

export function isNarrowed(filter: VideoFilter): boolean {
  return filter.text !== '' || filter.node !== null || filterCount(filter) > 0;
}

/** `list` with `one`, or without it when it was there. */
export function withOrWithout<T>(list: readonly T[], one: T): T[] {
  return list.includes(one) ? list.filter((other) => other !== one) : [...list, one];
}

export interface VideoList {
  filter: Accessor<VideoFilter>;
  /** Narrows or widens; the list begins at its top. */
  change(change: Partial<VideoFilter>): void;
  showAll(): void;
  /** The name of the node that narrows the list. */
  nodeName: Accessor<string>;
  /** Narrows the list to what is under a node of a tree. */
  under(node: { id: string; name: string } | undefined, tree: VideoFilter['tree']): void;
  total: Accessor<number | undefined>;
  /** False when more answer than `total` says. */
  isTotalExact: Accessor<boolean>;
  rowAt(index: number): VideoRowDto | undefined;
  want(first: number, last: number): void;
  failure: Accessor<string | undefined>;
  read(): void;

  current: Accessor<number | undefined>;
  setCurrent(index: number | undefined): void;
  step(by: number): void;

  chosen: Accessor<ReadonlySet<string>>;
  toggle(index: number): void;
  /** Everything from where the choice began. */
  chooseTo(index: number): void;
  /** All that answer, up to `MOST_CHOSEN`. */
  chooseAll(): Promise<void>;
  clear(): void;
}

/** The channels of `desk`, read while `isSeen`. Call inside a Solid root. */
export function createVideoList(desk: Desk, isSeen: Accessor<boolean>): VideoList {
  const [filter, setFilter] = createSignal<VideoFilter>(ALL_CHANNELS);
  const [nodeName, setNodeName] = createSignal('');
  const [isTotalExact, setTotalExact] = createSignal(true);
  const [current, setCurrent] = createSignal<number>();
  const paged = createPaged<VideoRowDto>(PAGE_ROWS, async (offset, limit) => {
    const result = await desk.backend.videoSearch({ ...untrack(filter), offset, limit });
    if (!result.ok) {
      return result;
    }
    setTotalExact(result.value.is_total_exact);
    return { ok: true, value: { total: result.value.total, rows: result.value.rows } };
  });
  const choosing = createChoosing(desk, filter, paged.at);

  createEffect(
    on(
      [filter, language, () => desk.update.city],
      () => {
        setCurrent(undefined);
        paged.reset();
      },
      { defer: true },
    ),
  );
  // Whoever looks first is shown the beginning; later looks find it there.
  createEffect(on(isSeen, (is) => is && paged.want(0, 1)));
  const beat = createMemo(() => `${desk.update.video.catalogue_revision} ${desk.update.video.desk_revision}`);
  let seen = beat();
  everyAtMost(
    READ_MILLIS,
    () => [beat(), isSeen()],
    () => {
      const now = untrack(beat);
      if (now !== seen && untrack(isSeen)) {
        seen = now;
        untrack(paged.refresh);
      }
    },
  );

  return {
    filter,
    change: (change) => setFilter({ ...filter(), ...change }),
    showAll() {
      setNodeName('');
      setFilter(ALL_CHANNELS);
    },
    nodeName,
    under(node, tree) {
      setNodeName(node?.name ?? '');
      setFilter({ ...filter(), node: node?.id ?? null, tree });
    },
    total: paged.total,
    isTotalExact,
    rowAt: paged.at,
    want: paged.want,
    failure: paged.failure,
    read: paged.reset,
    current,
    setCurrent,
    step(by) {
      const last = (paged.total() ?? 0) - 1;
      const at = current();
      if (last >= 0) {
        setCurrent(at === undefined ? 0 : Math.min(last, Math.max(0, at + by)));
      }
    },
    ...choosing,
  };
}

type Choosing = Pick<VideoList, 'chosen' | 'toggle' | 'chooseTo' | 'chooseAll' | 'clear'>;

function createChoosing(
  desk: Desk,
  filter: Accessor<VideoFilter>,
  rowAt: (index: number) => VideoRowDto | undefined,
): Choosing {
  const [chosen, setChosen] = createSignal<ReadonlySet<string>>(new Set());
  let began: number | undefined;
  // A choice that was overtaken by another one is dropped.
  let round = 0;
  createEffect(
    on(
      filter,
      () => {
        began = undefined;
        round += 1;
      },
      { defer: true },
    ),
  );

  /** The identities of these rows, and how many there are in all; `undefined` when it was overtaken or refused. */
  async function idsOf(from: number, to: number): Promise<{ ids: string[]; total: number } | undefined> {
    const wanted = filter();
    round += 1;
    const mine = round;
    const ids: string[] = [];
    let total = to;
    for (let offset = from; offset < Math.min(to, total); offset += MOST_ROWS) {
      const limit = Math.min(MOST_ROWS, to - offset);
      const result = await desk.backend.videoSearch({ ...wanted, offset, limit });
      if (mine !== round) {
        return undefined;
      }
      if (!result.ok) {
        desk.attempt(Promise.resolve(result));
        return undefined;
      }
      total = result.value.total;
      ids.push(...result.value.rows.map((row) => row.id));
      if (result.value.rows.length === 0) {
        break;
      }
    }
    return { ids, total };
  }

  function add(ids: readonly string[]): void {
    setChosen(new Set([...chosen(), ...ids].slice(0, MOST_CHOSEN)));
  }

  return {
    chosen,
    toggle(index) {
      const row = rowAt(index);
      if (row === undefined) {
        return;
      }
      const next = new Set(chosen());
      if (!next.delete(row.id)) {
        next.add(row.id);
      }
      round += 1;
      began = index;
      setChosen(next);
    },
    chooseTo(index) {
      const from = Math.min(began ?? index, index);
      const to = Math.min(Math.max(began ?? index, index) + 1, from + MOST_CHOSEN);
      const rows = Array.from({ length: to - from }, (_, at) => rowAt(from + at)).filter((row) => row !== undefined);
      if (rows.length === to - from) {
        round += 1;
        add(rows.map((row) => row.id));
        return;
      }
      // Rows between may never have been in sight.
      void idsOf(from, to).then((found) => found !== undefined && add(found.ids));
    },
    async chooseAll() {
      const found = await idsOf(0, MOST_CHOSEN);
      if (found === undefined) {
        return;
      }
      setChosen(new Set(found.ids));
      if (found.total > found.ids.length) {
        desk.say(t('video.chosen_most', { n: quantity(found.ids.length, 0), total: quantity(found.total, 0) }));
      }
    },
    clear() {
      round += 1;
      began = undefined;
      setChosen(new Set<string>());
    },
  };
}
