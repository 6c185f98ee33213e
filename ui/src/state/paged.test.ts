import { createRoot } from 'solid-js';
import { expect, test } from 'vitest';
import { createPaged, type Page } from './paged';

function listOf(total: number) {
  const asked: [number, number][] = [];
  let name = 'row';
  const paged = createRoot(() =>
    createPaged<string>(100, async (offset, limit) => {
      asked.push([offset, limit]);
      const rows = Array.from(
        { length: Math.max(0, Math.min(limit, total - offset)) },
        (_, i) => `${name} ${offset + i}`,
      );
      const value: Page<string> = { total, rows };
      return { ok: true, value };
    }),
  );
  return {
    paged,
    asked,
    rename(wanted: string) {
      name = wanted;
    },
    settle: () => new Promise((resolve) => setTimeout(resolve)),
  };
}

test('only the pages in sight are asked for, and each once', async () => {
  const { paged, asked, settle } = listOf(150_000);
  paged.want(0, 40);
  paged.want(0, 45);
  await settle();
  paged.want(149_980, 150_000);
  await settle();
  expect(asked).toEqual([
    [0, 100],
    [149_900, 100],
  ]);
  expect(paged.total()).toBe(150_000);
  expect(paged.at(149_999)).toBe('row 149999');
  expect(paged.at(5000)).toBeUndefined();
});

test('far pages are forgotten before memory fills', async () => {
  const { paged, settle } = listOf(1_000_000);
  for (let page = 0; page < 60; page += 1) {
    paged.want(page * 100, page * 100 + 50);
    await settle();
  }
  expect(paged.at(0)).toBeUndefined();
  expect(paged.at(5950)).toBe('row 5950');
});

test('a refresh keeps what is shown until the answer comes', async () => {
  const { paged, settle, rename } = listOf(300);
  paged.want(0, 40);
  await settle();
  rename('other');
  paged.refresh();
  expect(paged.at(3)).toBe('row 3');
  await settle();
  expect(paged.at(3)).toBe('other 3');
});

test('another list is read at its top and where it is seen, and the rest is forgotten', async () => {
  const { paged, settle, rename } = listOf(300);
  paged.want(100, 140);
  await settle();
  paged.want(200, 240);
  await settle();
  rename('other');
  paged.reset();
  await settle();
  expect(paged.at(0)).toBe('other 0');
  expect(paged.at(210)).toBe('other 210');
  expect(paged.at(110)).toBeUndefined();
});

test('a failure is told, and the page is asked for again', async () => {
  let isBroken = true;
  const paged = createRoot(() =>
    createPaged<string>(10, async () =>
      isBroken
        ? { ok: false, error: { code: 'bad_request', message: 'gone' } }
        : { ok: true, value: { total: 1, rows: ['there'] } },
    ),
  );
  paged.want(0, 5);
  await new Promise((resolve) => setTimeout(resolve));
  expect(paged.failure()).toBe('gone');
  isBroken = false;
  paged.want(0, 5);
  await new Promise((resolve) => setTimeout(resolve));
  expect(paged.failure()).toBeUndefined();
  expect(paged.at(0)).toBe('there');
});
