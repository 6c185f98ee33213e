// The two trees of the catalogue as one long list of lines: what is open, what is in sight, what keys do.
//
// A branch is read in pages as it comes into sight; what is under a node is counted by the host.

import { type Accessor, createEffect, createMemo, createSignal, on, untrack } from 'solid-js';
import type { VideoNodeDto, VideoTreeDto } from '../generated/wire';
import { type Desk, everyAtMost } from './desk';
import { createPaged, type Paged } from './paged';
import { language } from './texts';
import { lineCount, lineOf, type OpenRow, type Stretch, stretchAt, stretchesOf } from './tree_lines';

export const VIDEO_TREES = ['civil', 'business'] as const satisfies readonly VideoTreeDto[];

/** Lines of a page of a branch. */
const PAGE_ROWS = 100;
/** A tree is read again at most so often. */
const READ_MILLIS = 2000;
/** The roots have no node above them. */
export const ROOTS = '';

/** One line of the tree; `node` is missing until its page is there. */
export interface TreeLine {
  depth: number;
  node: VideoNodeDto | undefined;
  branch: string;
  index: number;
}

export interface VideoTree {
  tree: Accessor<VideoTreeDto>;
  setTree(tree: VideoTreeDto): void;
  lines: Accessor<number>;
  lineAt(line: number): TreeLine | undefined;
  want(first: number, last: number): void;
  isOpen(node: string): boolean;
  /** Opens a group, or closes it. */
  toggle(line: number): void;
  current: Accessor<number | undefined>;
  setCurrent(line: number | undefined): void;
  /** One line up or down, within the list. */
  step(by: number): void;
  /** Opens what is closed; an open group leads to its first row. */
  unfold(): void;
  /** Closes what is open; what has nothing open leads to its group. */
  fold(): void;
  isKnown: Accessor<boolean>;
  failure: Accessor<string | undefined>;
  read(): void;
}

interface Place {
  branch: string;
  index: number;
}

/** The trees of `desk`, read while `isSeen`. Call inside a Solid root. */
export function createVideoTree(desk: Desk, isSeen: Accessor<boolean>): VideoTree {
  const [tree, setTree] = createSignal<VideoTreeDto>('civil');
  const [opened, setOpened] = createSignal<ReadonlyMap<string, Place>>(new Map());
  const [current, setCurrent] = createSignal<number>();
  let branches = new Map<string, Paged<VideoNodeDto>>();
  let sight: [number, number] = [0, 0];

  function branch(node: string): Paged<VideoNodeDto> {
    const known = branches.get(node);
    if (known !== undefined) {
      return known;
    }
    const of = tree();
    const made = createPaged<VideoNodeDto>(PAGE_ROWS, (offset, limit) =>
      desk.backend.videoTree(of, node, offset, limit),
    );
    branches.set(node, made);
    made.want(0, 1);
    return made;
  }
  /** Where an open group stands now: names come and go above it. */
  function openOf(node: string): OpenRow[] {
    const rows = branch(node);
    return [...opened()]
      .filter(([, place]) => place.branch === node)
      .flatMap(([id, place]) => {
        const there = rows.at(place.index);
        const index = there === undefined || there.id === id ? place.index : rows.find((row) => row.id === id);
        return index === undefined ? [] : [{ id, index }];
      })
      .sort((a, b) => a.index - b.index);
  }
  // Nothing is asked for before somebody looks.
  const wasSeen = createMemo<boolean>((before) => before || isSeen(), false);
  const stretches = createMemo((): Stretch[] =>
    wasSeen()
      ? stretchesOf(
          ROOTS,
          // A branch that is being read shows one line.
          (node) => branch(node).total() ?? 1,
          openOf,
        )
      : [],
  );
  function lineAt(line: number): TreeLine | undefined {
    const stretch = stretchAt(stretches(), line);
    if (stretch === undefined) {
      return undefined;
    }
    const index = stretch.first + line - stretch.at;
    return { depth: stretch.depth, node: branch(stretch.branch).at(index), branch: stretch.branch, index };
  }
  function want(first: number, last: number): void {
    sight = [first, last];
    for (const stretch of stretches()) {
      const from = Math.max(first, stretch.at) - stretch.at;
      const to = Math.min(last, stretch.at + stretch.count) - stretch.at;
      if (to > from) {
        branch(stretch.branch).want(stretch.first + from, stretch.first + to);
      }
    }
  }
  function forget(): void {
    branches = new Map();
    setOpened(new Map());
    setCurrent(undefined);
  }
  function toggle(line: number): void {
    const at = lineAt(line);
    if (at?.node === undefined || at.node.kind === 'channel') {
      return;
    }
    const { id } = at.node;
    const next = new Map(opened());
    if (next.has(id)) {
      close(next, id);
    } else {
      next.set(id, { branch: at.branch, index: at.index });
    }
    setOpened(next);
  }
  /** With a group everything in it closes. */
  function close(from: Map<string, Place>, node: string): void {
    from.delete(node);
    for (const [id, place] of [...from]) {
      if (place.branch === node) {
        close(from, id);
      }
    }
  }
  const lines = () => lineCount(stretches());
  function step(by: number): void {
    const at = current();
    setCurrent(at === undefined ? 0 : Math.min(lines() - 1, Math.max(0, at + by)));
  }
  function refresh(): void {
    for (const one of branches.values()) {
      one.refresh();
    }
    want(...sight);
  }
  // Another language has other names, another city other channels.
  createEffect(on([language, () => desk.update.city], forget, { defer: true }));
  let seen = desk.update.video.catalogue_revision;
  everyAtMost(
    READ_MILLIS,
    () => [desk.update.video.catalogue_revision, isSeen()],
    () => {
      const revision = untrack(() => desk.update.video.catalogue_revision);
      if (revision !== seen && untrack(isSeen)) {
        seen = revision;
        untrack(refresh);
      }
    },
  );

  return {
    tree,
    setTree(wanted) {
      if (wanted !== tree()) {
        setTree(wanted);
        forget();
      }
    },
    lines,
    lineAt,
    want,
    isOpen: (node) => opened().has(node),
    toggle,
    current,
    setCurrent,
    step,
    unfold() {
      const line = current();
      const node = line === undefined ? undefined : lineAt(line)?.node;
      if (line === undefined || node === undefined || node.kind === 'channel') {
        return;
      }
      if (opened().has(node.id)) {
        step(1);
      } else {
        toggle(line);
      }
    },
    fold() {
      const line = current();
      const at = line === undefined ? undefined : lineAt(line);
      if (line === undefined || at === undefined) {
        return;
      }
      if (at.node !== undefined && opened().has(at.node.id)) {
        toggle(line);
        return;
      }
      const above = opened().get(at.branch);
      if (above !== undefined) {
        setCurrent(lineOf(stretches(), above.branch, above.index));
      }
    },
    isKnown: () => branch(ROOTS).total() !== undefined,
    failure: () => branch(ROOTS).failure(),
    read: () => branch(ROOTS).reset(),
  };
}
