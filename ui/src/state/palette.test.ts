import { expect, test } from 'vitest';
import { type Entry, foundOwn, grouped, ofCity, own, recentEntries } from './palette';
import type { Recent } from './recent';

const nothing = () => {};
const spelt = new Map([
  ['转到正北', 'zhuan,zhuai|dao|zheng|bei'],
  ['图层卡片', 'tu|ceng|ka,qia|pian'],
]);
const north = own('action', 'north', '转到正北', nothing, { also: ['North up'], keys: ['N'] });
const layers = own('panel', 'layers_card', '图层卡片', nothing);
const view = own('view', 'lake', '云龙湖', nothing, { also: ['Yunlong Lake'] });
const all = [north, layers, view];

function place(id: string, title: string, matched: [number, number][]): Entry {
  const words = { title, kind: 'water_level', hint: '' };
  return ofCity({ kind: 'thing', id }, words, { matched, severity: 'normal' }, nothing);
}

const titles = (typed: string, recent: Recent[] = []) =>
  foundOwn(all, typed, spelt, recent).map(({ entry }) => entry.title);

test('offers are found by Chinese, pinyin and English', () => {
  expect(titles('正北')).toEqual(['转到正北']);
  expect(titles('zdzb')).toEqual(['转到正北']);
  expect(titles('tuceng')).toEqual(['图层卡片']);
  expect(titles('lake')).toEqual(['云龙湖']);
  expect(titles('moon')).toEqual([]);
});

test('what was found by other words says by which', () => {
  const [found] = foundOwn(all, 'north', spelt, []);
  expect(found?.entry.hint).toBe('North up');
  expect(found?.entry.matched).toEqual([]);
});

test('what was used last comes before what lies as well', () => {
  const plain = [own('view', 'a', '湖东', nothing), own('view', 'b', '湖西', nothing)];
  const used = (recent: Recent[]) => foundOwn(plain, '湖', spelt, recent).map(({ entry }) => entry.id);
  expect(used([])).toEqual(['view:a', 'view:b']);
  expect(used([{ id: 'view:b', title: '湖西', kind: '', target: null }])).toEqual(['view:b', 'view:a']);
});

test('the city comes before offers that are as good, and after those that are better', () => {
  const lake = { entry: view.entry, lies: 0 };
  const names = (city: Entry[], lies: number) => grouped(city, [{ ...lake, lies }]).map((group) => group.name);
  expect(names([place('1', '云龙湖水位', [[0, 3]])], 1)).toEqual(['thing', 'view']);
  expect(names([place('1', '云龙湖水位', [[0, 3]])], 0)).toEqual(['view', 'thing']);
  expect(names([place('1', '云龙湖', [[0, 3]])], 0)).toEqual(['thing', 'view']);
  expect(names([place('1', '大云龙湖', [[1, 4]])], 1)).toEqual(['view', 'thing']);
  expect(names([place('1', '泵站', [])], 1)).toEqual(['thing', 'view']);
});

test('recent entries are as they are now, and what is gone is left out', () => {
  const recent: Recent[] = [
    { id: 'view:lake', title: 'old words', kind: '', target: null },
    { id: 'view:gone', title: '没有了', kind: '', target: null },
    { id: 'thing:1', title: '泵站', kind: 'water_level', target: { kind: 'thing', id: '1' } },
  ];
  const entries = recentEntries(recent, all, (one) => place('1', one.title, []));
  expect(entries.map((entry) => [entry.group, entry.title])).toEqual([
    ['recent', '云龙湖'],
    ['recent', '泵站'],
  ]);
});
