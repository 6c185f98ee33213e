import { expect, test } from 'vitest';
import type { EventRow, SourceDto, SourcesDto } from '../generated/wire';
import { countOf, markedName, sortedSources, titleOf, troubles } from './standing';

const source = (id: string, state: SourceDto['state']) => ({ id, name: id, state }) as SourceDto;
const sources = (given: Partial<SourcesDto>): SourcesDto => ({
  total: 0,
  good: 0,
  late: 0,
  silent: 0,
  skewed: 0,
  failing: 0,
  off: 0,
  worst: 'good',
  ...given,
});

test('the worst source comes first, and equals by name', () => {
  const rows = [
    source('d', 'good'),
    source('c', 'off'),
    source('b', 'late'),
    source('a', 'good'),
    source('e', 'failing'),
  ];
  expect(sortedSources(rows).map((one) => one.id)).toEqual(['e', 'b', 'a', 'd', 'c']);
});

test('troubles are what somebody should look at: a source that is switched off is none', () => {
  expect(troubles(sources({ total: 5, good: 2, late: 1, silent: 1, off: 1 }))).toEqual([
    { state: 'silent', count: 1 },
    { state: 'late', count: 1 },
  ]);
});

test('what is in no other state is starting', () => {
  expect(countOf(sources({ total: 5, good: 2, silent: 1 }), 'starting')).toBe(2);
});

test('no title of an exercise, a test, a draft or a system message can be taken for real', () => {
  const titled = (standing: EventRow['standing']) => titleOf({ standing, title: '溃坝' });
  expect(titled('actual')).toBe('溃坝');
  expect(titled('exercise')).toBe('【演练】溃坝');
  expect(titled('test')).toBe('【测试】溃坝');
  expect(titled('draft')).toBe('【草稿】溃坝');
  expect(titled('system')).toBe('【系统】溃坝');
});

test('what a search finds carries the mark of an event that is not real', () => {
  const events = [{ id: 'x1', standing: 'exercise' }] as EventRow[];
  expect(markedName('溃坝', { kind: 'event', id: 'x1' }, events)).toBe('【演练】溃坝');
  expect(markedName('溃坝', { kind: 'event', id: 'e1' }, events)).toBe('溃坝');
  expect(markedName('水尺', { kind: 'thing', id: 'x1' }, events)).toBe('水尺');
});
