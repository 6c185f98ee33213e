import en from '@locales/en.json';
import zh from '@locales/zh-CN.json';
import { afterEach, expect, test } from 'vitest';
import { setLanguage, t, word } from './texts';

const tables: Record<string, Record<string, string>> = { 'zh-CN': zh, en };
const sources = import.meta.glob('../**/*.{ts,tsx}', { query: '?raw', import: 'default', eager: true }) as Record<
  string,
  string
>;

const variables = (text: string) => [...text.matchAll(/%\{(\w+)\}/g)].map((match) => match[1]).sort();

afterEach(() => setLanguage('zh-CN'));

test('both languages have the same keys', () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
});

test('both languages use the same variables', () => {
  for (const [key, text] of Object.entries(zh)) {
    expect(variables(tables.en?.[key] ?? ''), key).toEqual(variables(text));
  }
});

test('no text is empty except units that a language does not write', () => {
  for (const [name, table] of Object.entries(tables)) {
    const empty = Object.entries(table).filter(([key, text]) => text === '' && !key.startsWith('unit.'));
    expect(empty, name).toEqual([]);
  }
});

test('every key that the UI asks for exists', () => {
  const asked = Object.entries(sources)
    .filter(([path]) => !path.includes('.test.'))
    .flatMap(([, source]) => [...source.matchAll(/\bt\('([\w.]+)'/g)].map((match) => match[1] ?? ''));
  expect(asked.length).toBeGreaterThan(100);
  expect(asked.filter((key) => !(key in zh))).toEqual([]);
});

test('no Chinese is written into the panels', () => {
  const offending = Object.entries(sources).filter(
    ([path, source]) =>
      (path.includes('/panels/') || path.includes('/parts/')) &&
      !path.includes('.test.') &&
      /[\u4e00-\u9fff]/.test(source.replaceAll("'中'", '')),
  );
  expect(offending.map(([path]) => path)).toEqual([]);
});

test('texts are plain: no exclamation marks', () => {
  expect(Object.values({ ...zh, ...en }).filter((text) => /[!！]/.test(text))).toEqual([]);
});

test('variables are filled and unknown words pass through', () => {
  expect(t('offline.bar', { age: '12 秒', time: '14:03:27' })).toBe('离线 12 秒，显示的是 14:03:27 的数据');
  expect(word('category', 'ufo_landing')).toBe('ufo_landing');
  setLanguage('en');
  expect(word('category', 'gas_leak')).toBe('Gas leak');
});
