// The list of layers as the panel shows it: trees, order, what a change does to it at once. Pure.
//
// The host decides what a change comes to; until it has answered, the panel shows what was asked for.

import type {
  LayerChangeDto,
  LayerRampDto,
  LayerRowDto,
  LayerStyleDto,
  LayersDto,
  SeverityDto,
  TreeRowDto,
} from '../generated/wire';

/** A row of a tree, with an identity that survives its next reading. */
export interface TreeItem {
  id: string;
  depth: number;
  name: string;
  path: string[];
  /** The layer; `null` for a branch. */
  layer: string | null;
  shown: string;
  count: number;
}

/** How the panel lists layers: by what they are, by the system that they serve, by what lies upon what. */
export const GROUPINGS = ['kind', 'system', 'order'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** Kinds of layers without things of their own: nothing to count, nothing for a filter to choose from. */
export const ROWLESS: readonly string[] = ['surface', 'contours', 'city', 'labels', 'areas', 'flow', 'fences'];

/** True when `count` says something of these layers. */
export function isCounted(rows: readonly LayerRowDto[], count: number): boolean {
  return count > 0 || rows.some((row) => !ROWLESS.includes(row.kind));
}

export interface LayerList {
  rows: LayerRowDto[];
  by_kind: TreeItem[];
  by_system: TreeItem[];
  /** Without branches, uppermost first. */
  by_order: TreeItem[];
  sets: { id: string; name: string; shown: number }[];
  density: string;
  /** What layers can be coloured with. */
  ramps: LayerRampDto[];
}

export const NO_LAYERS: LayerList = {
  rows: [],
  by_kind: [],
  by_system: [],
  by_order: [],
  sets: [],
  density: 'normal',
  ramps: [],
};

/** What the wire says, with identities. */
export function layerList(dto: LayersDto): LayerList {
  return {
    rows: dto.rows,
    by_kind: dto.by_kind.map(treeItem),
    by_system: dto.by_system.map(treeItem),
    by_order: ordered(dto.rows),
    sets: dto.sets.map((set) => ({ ...set, id: set.name })),
    density: dto.density,
    ramps: dto.ramps,
  };
}

function treeItem(row: TreeRowDto): TreeItem {
  const path = row.path.join('/');
  return { ...row, id: row.layer === null ? `branch:${path}` : `layer:${path}:${row.layer}` };
}

/** The items of one grouping, branches before their leaves. */
export function itemsOf(list: LayerList, grouping: Grouping): TreeItem[] {
  switch (grouping) {
    case 'kind':
      return list.by_kind;
    case 'system':
      return list.by_system;
    case 'order':
      return list.by_order;
  }
}

function ordered(rows: readonly LayerRowDto[]): TreeItem[] {
  return rows.map((row) => ({
    id: `order:${row.id}`,
    depth: 0,
    name: row.name,
    path: row.path,
    layer: row.id,
    shown: row.shown ? 'all' : 'none',
    count: row.count,
  }));
}

/** Items that are not in a closed branch; with words, the layers whose name or branch has them. */
export function visibleItems(items: readonly TreeItem[], closed: ReadonlySet<string>, words: string): TreeItem[] {
  const wanted = words.trim().toLowerCase();
  return wanted === '' ? openItems(items, closed) : foundItems(items, wanted);
}

function openItems(items: readonly TreeItem[], closed: ReadonlySet<string>): TreeItem[] {
  const result: TreeItem[] = [];
  let hiddenBelow = Number.POSITIVE_INFINITY;
  for (const item of items) {
    if (item.depth > hiddenBelow) {
      continue;
    }
    hiddenBelow = item.layer === null && closed.has(item.id) ? item.depth : Number.POSITIVE_INFINITY;
    result.push(item);
  }
  return result;
}

function foundItems(items: readonly TreeItem[], wanted: string): TreeItem[] {
  const kept = new Set<TreeItem>();
  const above: TreeItem[] = [];
  for (const item of items) {
    above.length = Math.min(above.length, item.depth);
    const isFound = [...above, item].some((one) => one.name.toLowerCase().includes(wanted));
    if (item.layer === null) {
      above.push(item);
    } else if (isFound) {
      for (const branch of above) {
        kept.add(branch);
      }
      kept.add(item);
    }
  }
  return items.filter((item) => kept.has(item));
}

/** The layers below an item; the item's own for a leaf. */
export function layersBelow(items: readonly TreeItem[], item: TreeItem): string[] {
  if (item.layer !== null) {
    return [item.layer];
  }
  const start = items.findIndex((one) => one.id === item.id);
  const layers: string[] = [];
  for (const one of items.slice(start + 1)) {
    if (one.depth <= item.depth) {
      break;
    }
    if (one.layer !== null) {
      layers.push(one.layer);
    }
  }
  return layers;
}

/** What can be said of some layers together. */
export interface Sum {
  worst: SeverityDto;
  late: number;
  newest: number | null;
}

const BY_CLASS = ['normal', 'low', 'medium', 'high', 'critical'] as const satisfies readonly SeverityDto[];

/** The worst state that anything has; what is not real does not count. */
export function worstOf(byClass: readonly number[]): SeverityDto {
  for (let i = BY_CLASS.length - 1; i > 0; i -= 1) {
    if ((byClass[i] ?? 0) > 0) {
      return BY_CLASS[i] ?? 'normal';
    }
  }
  return 'normal';
}

export function sumOf(rows: readonly LayerRowDto[]): Sum {
  const byClass = BY_CLASS.map((_, i) => rows.reduce((sum, row) => sum + (row.by_class[i] ?? 0), 0));
  return {
    worst: worstOf(byClass),
    late: rows.reduce((sum, row) => sum + row.late + row.missing, 0),
    newest: rows.reduce<number | null>(
      (newest, row) => (row.newest_at === null ? newest : Math.max(newest ?? row.newest_at, row.newest_at)),
      null,
    ),
  };
}

/**
 * Before which layer another one has to go to move by one place, `null` for undermost; `undefined` when it stands at that
 * end already.
 */
export function neighbour(rows: readonly LayerRowDto[], id: string, by: -1 | 1): string | null | undefined {
  const at = rows.findIndex((row) => row.id === id);
  const to = at + by;
  if (at < 0 || to < 0 || to >= rows.length) {
    return undefined;
  }
  return rows[by < 0 ? to : to + 1]?.id ?? null;
}

/** The list as it will be when the host has taken `change`. */
export function withChange(list: LayerList, change: LayerChangeDto): LayerList {
  const next = changed(list, change);
  return { ...next, by_order: ordered(next.rows) };
}

function changed(list: LayerList, change: LayerChangeDto): LayerList {
  switch (change.do) {
    case 'show':
      return shownAs(list, [change.id], change.on);
    case 'show_branch': {
      const items = change.by === 'system' ? list.by_system : list.by_kind;
      const path = change.path.join('/');
      const branch = items.find((item) => item.layer === null && item.path.join('/') === path);
      return branch === undefined ? list : shownAs(list, layersBelow(items, branch), change.on);
    }
    case 'opacity':
      return edited(list, change.id, { opacity: change.opacity });
    case 'stand':
      return edited(list, change.id, { stand: change.stand });
    case 'gather':
      return edited(list, change.id, { gather: change.gather });
    case 'paint':
      return styled(list, change.id, { paint: change.paint });
    case 'size':
      return styled(list, change.id, { size: change.size });
    case 'move':
      return { ...list, rows: moved(list.rows, change.id, change.before) };
    case 'drop_set':
      return { ...list, sets: list.sets.filter((set) => set.name !== change.name) };
    case 'density':
      return { ...list, density: change.density };
    default:
      // What a filter, a set or a reset comes to is the host's to say.
      return list;
  }
}

function edited(list: LayerList, id: string, values: Partial<LayerRowDto>): LayerList {
  return { ...list, rows: list.rows.map((row) => (row.id === id ? { ...row, ...values } : row)) };
}

function styled(list: LayerList, id: string, values: Partial<LayerStyleDto>): LayerList {
  const style = list.rows.find((row) => row.id === id)?.style ?? null;
  return style === null ? list : edited(list, id, { style: { ...style, ...values, is_own: false } });
}

function shownAs(list: LayerList, ids: readonly string[], on: boolean): LayerList {
  const rows = list.rows.map((row) => (ids.includes(row.id) ? { ...row, shown: on } : row));
  const shown = new Set(rows.filter((row) => row.shown).map((row) => row.id));
  return { ...list, rows, by_kind: resettled(list.by_kind, shown), by_system: resettled(list.by_system, shown) };
}

function resettled(items: readonly TreeItem[], shown: ReadonlySet<string>): TreeItem[] {
  return items.map((item) => {
    const layers = layersBelow(items, item);
    const on = layers.filter((id) => shown.has(id)).length;
    return { ...item, shown: on === 0 ? 'none' : on === layers.length ? 'all' : 'some' };
  });
}

function moved(rows: readonly LayerRowDto[], id: string, before: string | null): LayerRowDto[] {
  const row = rows.find((one) => one.id === id);
  if (row === undefined || id === before) {
    return [...rows];
  }
  const rest = rows.filter((one) => one.id !== id);
  const at = before === null ? rest.length : rest.findIndex((one) => one.id === before);
  return at < 0 ? [...rows] : [...rest.slice(0, at), row, ...rest.slice(at)];
}

/** A text parted at a column, characters from 1: what stands before, the character itself, what follows. */
export function atColumn(text: string, column: number): [string, string, string] {
  const characters = [...text];
  const at = Math.min(Math.max(0, column - 1), characters.length);
  return [characters.slice(0, at).join(''), characters[at] ?? '', characters.slice(at + 1).join('')];
}

/** `share` of the way from `from` to `to`, 0 to 1, for a mark on a ramp. */
export function shareOf(value: number, from: number, to: number): number {
  return from === to ? 0 : Math.min(1, Math.max(0, (value - from) / (to - from)));
}
