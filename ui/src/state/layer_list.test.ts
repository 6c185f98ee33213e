import { expect, test } from 'vitest';
import type { LayerRowDto, LayersDto } from '../generated/wire';
import {
  atColumn,
  isCounted,
  itemsOf,
  layerList,
  neighbour,
  sumOf,
  visibleItems,
  withChange,
  worstOf,
} from './layer_list';

const row = (id: string, more: Partial<LayerRowDto> = {}): LayerRowDto => ({
  id,
  number: 0,
  name: id,
  path: [],
  system: '',
  kind: 'points',
  shown: true,
  opacity: 1,
  count: 10,
  in_view: null,
  drawn: null,
  by_class: [10, 0, 0, 0, 0, 0],
  late: 0,
  missing: 0,
  newest_at: null,
  filter: null,
  filter_error: null,
  legend: { title: '', unit: '', is_by_state: true, steps: [], ramp: null },
  can_style: true,
  style: {
    paint: { by: 'state' },
    size: { value: 22, unit: 'px' },
    is_own: true,
    has_values: true,
    attributes: [],
  },
  stand: 'on',
  gather: 'symbols',
  about: '',
  problem: null,
  ...more,
});

const dto = (): LayersDto => ({
  revision: 1,
  rows: [row('events'), row('gas'), row('noise'), row('roads', { shown: false })],
  by_kind: [
    { depth: 0, path: ['感知'], name: '感知', layer: null, shown: 'all', count: 20 },
    { depth: 1, path: ['感知', '安全'], name: '安全', layer: null, shown: 'all', count: 10 },
    { depth: 2, path: ['感知', '安全'], name: '燃气', layer: 'gas', shown: 'all', count: 10 },
    { depth: 1, path: ['感知'], name: '噪声', layer: 'noise', shown: 'all', count: 10 },
    { depth: 0, path: [], name: '事件', layer: 'events', shown: 'all', count: 10 },
    { depth: 0, path: [], name: '道路', layer: 'roads', shown: 'none', count: 10 },
  ],
  by_system: [],
  sets: [],
  density: 'normal',
  ramps: [],
});
const names = (items: { name: string }[]) => items.map((item) => item.name);
const shown = (items: { name: string; shown: string }[]) => items.map((item) => `${item.name} ${item.shown}`);

test('a closed branch hides what is below it and nothing else', () => {
  const items = layerList(dto()).by_kind;
  expect(names(visibleItems(items, new Set(), ''))).toEqual(['感知', '安全', '燃气', '噪声', '事件', '道路']);
  expect(names(visibleItems(items, new Set(['branch:感知/安全']), ''))).toEqual([
    '感知',
    '安全',
    '噪声',
    '事件',
    '道路',
  ]);
  expect(names(visibleItems(items, new Set(['branch:感知']), ''))).toEqual(['感知', '事件', '道路']);
});

test('a search finds layers by their own name and by their branch, even in closed ones', () => {
  const items = layerList(dto()).by_kind;
  expect(names(visibleItems(items, new Set(['branch:感知']), '燃'))).toEqual(['感知', '安全', '燃气']);
  expect(names(visibleItems(items, new Set(), '感知'))).toEqual(['感知', '安全', '燃气', '噪声']);
  expect(visibleItems(items, new Set(), '月球')).toEqual([]);
});

test('a layer that is hidden leaves its branches half shown, and a branch takes all of its layers', () => {
  const list = layerList(dto());
  const one = withChange(list, { do: 'show', id: 'gas', on: false });
  expect(shown(one.by_kind).slice(0, 4)).toEqual(['感知 some', '安全 none', '燃气 none', '噪声 all']);
  const all = withChange(one, { do: 'show_branch', by: 'kind', path: ['感知'], on: false });
  expect(shown(all.by_kind).slice(0, 4)).toEqual(['感知 none', '安全 none', '燃气 none', '噪声 none']);
  expect(all.rows.filter((one) => one.shown).map((one) => one.id)).toEqual(['events']);
});

test('a layer moves by one place and stops at the ends', () => {
  const { rows } = layerList(dto());
  expect(neighbour(rows, 'gas', -1)).toBe('events');
  expect(neighbour(rows, 'gas', 1)).toBe('roads');
  expect(neighbour(rows, 'noise', 1)).toBeNull();
  expect(neighbour(rows, 'events', -1)).toBeUndefined();
  expect(neighbour(rows, 'roads', 1)).toBeUndefined();
});

test('the order is shown at once; an unknown place changes nothing', () => {
  const list = layerList(dto());
  const order = (before: string | null) =>
    withChange(list, { do: 'move', id: 'noise', before }).rows.map((one) => one.id);
  expect(order('events')).toEqual(['noise', 'events', 'gas', 'roads']);
  expect(order(null)).toEqual(['events', 'gas', 'roads', 'noise']);
  expect(order('nowhere')).toEqual(['events', 'gas', 'noise', 'roads']);
  expect(names(itemsOf(list, 'order'))).toEqual(['events', 'gas', 'noise', 'roads']);
});

test('a style shows at once and is then chosen by a person; a layer without one has none', () => {
  const list = layerList({ ...dto(), rows: [row('gas'), row('roads', { can_style: false, style: null })] });
  const size = { value: 30, unit: 'px' };
  const larger = withChange(list, { do: 'size', id: 'gas', size });
  const painted = withChange(larger, { do: 'paint', id: 'gas', paint: { by: 'attribute', name: 'owner' } });
  expect(painted.rows[0]?.style).toMatchObject({ size, paint: { by: 'attribute', name: 'owner' }, is_own: false });
  expect(withChange(list, { do: 'size', id: 'roads', size }).rows[1]?.style).toBeNull();
});

test('the worst state counts, but an exercise does not', () => {
  expect(worstOf([5, 0, 2, 0, 0, 9])).toBe('medium');
  expect(worstOf([5, 0, 0, 0, 0, 9])).toBe('normal');
  const sum = sumOf([row('a', { late: 2, missing: 1, newest_at: 7 }), row('b', { by_class: [0, 0, 0, 1, 0, 0] })]);
  expect(sum).toEqual({ worst: 'high', late: 3, newest: 7 });
});

test('a column is counted in characters, also behind the last one', () => {
  expect(atColumn('名称 ~ 泵', 3)).toEqual(['名称', ' ', '~ 泵']);
  expect(atColumn('值 >', 5)).toEqual(['值 >', '', '']);
});

test('a layer of pipes or areas has no count of its own; one of things has, also none', () => {
  const pipes = row('pipes', { kind: 'flow', count: 0 });
  expect(isCounted([pipes], 0)).toBe(false);
  expect(isCounted([pipes, row('gas')], 0)).toBe(true);
  expect(isCounted([row('city', { kind: 'city' })], 1450)).toBe(true);
});
