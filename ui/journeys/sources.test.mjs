// Sources, edits, exercises and other desks, in a real browser over the sample city in trouble.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { serveUi } from './page.mjs';

const SIZES = [
  [1366, 768],
  [1920, 1080],
  [3840, 2160],
];

let ui;
before(async () => {
  ui = await serveUi();
});
after(async () => {
  await ui?.close();
});

const board = (page) => page.getByRole('region', { name: '数据源与同步' });

test('a late and a dead source: the pill says the worst, the board says why and what to do', async () => {
  const page = await ui.open('?fake=sync');
  await page.getByRole('button', { name: /在线\s*静默 1/ }).click();
  await board(page).getByText('12 个数据源：8 正常 · 1 静默 · 1 迟到 · 1 时钟偏差 · 1 停用').waitFor();
  const states = await board(page).locator('.source-state').allInnerTexts();
  assert.deepEqual(states.slice(0, 3), ['静默', '迟到', '时钟偏差']);
  await board(page)
    .getByRole('button', { name: /道路积水.*迟到/ })
    .click();
  await board(page).getByText('应每 10 秒一次，已 95 秒没有新值').waitFor();
  await board(page).getByText('cim source test water').waitFor();
  // The bars have their lengths through the CSSOM, which the content security policy allows.
  const late = await board(page).locator('.layer-late').boundingBox();
  const fresh = await board(page).locator('.layer-fresh').boundingBox();
  assert.ok(late.width > 20 && fresh.width > 20, `late ${late.width}, fresh ${fresh.width}`);
  await page.close();
});

test('a state is told by its shape and its word, not by colour alone', async () => {
  const page = await ui.open('?fake=sync');
  await page.keyboard.press('d');
  await page.locator('.source').first().waitFor();
  const marks = await page.evaluate(() =>
    [...document.querySelectorAll('.source')].map((row) => [
      row.dataset.state,
      row.querySelector('.source-mark').innerHTML,
      row.querySelector('.source-state').textContent,
    ]),
  );
  for (const index of [1, 2]) {
    const seen = new Map(marks.map((row) => [row[0], row[index]]));
    assert.equal(new Set(seen.values()).size, seen.size, `column ${index}`);
  }
  await page.close();
});

test('a refused edit is loud until it is withdrawn, and covers nothing', async () => {
  const page = await ui.open('?fake=sync');
  const bar = page.locator('.desk-bar[data-kind="refused"]');
  assert.match(await bar.innerText(), /中枢拒收了 1 条改动/);
  const [barBox, picture] = [await bar.boundingBox(), await page.locator('.picture').boundingBox()];
  assert.ok(barBox.y + barBox.height <= picture.y + 1);
  await bar.getByRole('button', { name: '查看' }).click();
  await page.getByRole('button', { name: /^放弃对/ }).click();
  await page.getByText('放弃后不再发送').getByRole('button', { name: '放弃' }).click();
  await bar.waitFor({ state: 'detached' });
  await board(page).getByText('已撤回').waitFor();
  await page.close();
});

test('a conflict is settled with both versions in sight', async () => {
  const page = await ui.open('?fake=sync');
  await page.getByRole('button', { name: /冲突 1/ }).click();
  const table = board(page).getByRole('table');
  assert.match(await table.innerText(), /我的[\s\S]*王建国[\s\S]*对方的[\s\S]*李敏/);
  await board(page).getByRole('button', { name: '采用我的' }).click();
  await board(page).getByText('现以我的为准').waitFor();
  await page.getByRole('button', { name: /冲突 1/ }).waitFor({ state: 'detached' });
  await page.close();
});

test('an exercise stays quiet: no severity colour, no count, no tone, no banner on the wall', async () => {
  const page = await ui.open('?fake=sync', [1920, 1080], (one) =>
    one.addInitScript(() => {
      window.tones = 0;
      const start = OscillatorNode.prototype.start;
      OscillatorNode.prototype.start = function counted(...times) {
        window.tones += 1;
        return start.apply(this, times);
      };
    }),
  );
  // What stands already may sound; what is silenced leaves the exercise alone to be heard.
  await page.keyboard.press('Shift+S');
  const before = await page.evaluate(() => window.tones);
  await page.keyboard.press('2');
  const drill = page.getByRole('row').filter({ hasText: '下游河道决口' });
  await drill.waitFor({ timeout: 10_000 });
  await page.waitForTimeout(1500);
  assert.equal(await page.evaluate(() => window.tones), before);
  assert.match(await drill.innerText(), /【演练】/);
  const colours = await drill.evaluate((row) => [
    getComputedStyle(row.querySelector('.shape')).color,
    getComputedStyle(document.querySelector('.counts .tone-critical')).color,
  ]);
  assert.notEqual(colours[0], colours[1]);
  const stripe = await drill.evaluate((row) => getComputedStyle(row, '::before').backgroundImage);
  assert.match(stripe, /repeating-linear-gradient/);
  await page.close();

  const wall = await ui.open('?fake=sync&mode=wall');
  await wall.waitForTimeout(6000);
  assert.equal(await wall.getByRole('alert').count(), 0);
  await wall.getByText('演练进行中').waitFor();
  assert.match(await wall.locator('.wall-events h2').innerText(), /事件\s*\d+\s*演练等 4/);
  await wall.close();
});

test('sources, outbox, desks and an event are worked by keyboard alone', async () => {
  const page = await ui.open('?fake=sync');
  await page.keyboard.press('d');
  await page.waitForFunction(() => document.activeElement?.classList.contains('source-row'));
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.getByText('先看来源是否繁忙、网络是否拥塞，再运行').waitFor();
  await page.keyboard.press('Shift+D');
  await page.getByRole('region', { name: '冲突' }).waitFor();
  await page.getByRole('button', { name: '保留现状' }).focus();
  await page.keyboard.press('Enter');
  await board(page).getByText('已看过').waitFor();
  await page.keyboard.press('p');
  await page.getByRole('button', { name: '跟随 李敏' }).focus();
  await page.keyboard.press('Space');
  await page.getByText('正在跟随 李敏 的视角').waitFor();
  await page.keyboard.press('Escape');
  await board(page).waitFor({ state: 'detached' });
  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.press('2');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.locator('.case-moves').waitFor();
  await page.keyboard.press('w');
  await page.getByRole('textbox', { name: '写一句备注' }).fill('已联系现场');
  await page.keyboard.press('Enter');
  await page.getByText('备注已记下').waitFor();
  await page.getByText('待同步').first().waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: '按键' }).getByText('待发与冲突').waitFor();
  await page.close();
});

test('the first sync says its phase and leaves the picture free', async () => {
  const page = await ui.open('?fake=first&lang=en', [1366, 768]);
  await page.getByText(/^Syncing \w+ from the hub$/).waitFor({ timeout: 8000 });
  const bar = await page.locator('.desk-bar[data-kind="catching-up"]').boundingBox();
  const picture = await page.locator('.picture').boundingBox();
  assert.ok(bar.y + bar.height <= picture.y + 1);
  await page.close();
});

test('a known gap has words under the pointer', async () => {
  const page = await ui.open('?fake=sync');
  const track = await page.locator('.track').boundingBox();
  const words = new Set();
  for (let x = 0.3; x < 1; x += 0.004) {
    await page.mouse.move(track.x + track.width * x, track.y + track.height * 0.55);
    words.add(await page.locator('.track-pointer').innerText());
  }
  const all = [...words].join('\n');
  for (const part of [/井盖平台.*未补、缺 1840 条/, /正在补、缺 920 条/, /空气质量.*只有抽样/, /补不回、缺 310 条/]) {
    assert.match(all, part);
  }
  await page.close();
});

/** Visible elements of `selector` that lie on each other, or beyond the window. */
function misplaced(page, selector) {
  return page.evaluate((wanted) => {
    const boxes = [...document.querySelectorAll(wanted)]
      .filter((element) => element.checkVisibility())
      .map((element) => ({ name: element.className, box: element.getBoundingClientRect() }));
    const wrong = boxes
      .filter(({ box }) => box.right > window.innerWidth + 0.5 || box.bottom > window.innerHeight + 0.5)
      .map(({ name }) => `${name} is outside`);
    for (const [i, { name, box: a }] of boxes.entries()) {
      for (const { name: other, box: b } of boxes.slice(i + 1)) {
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 1.5 && down > 1.5) {
          wrong.push(`${name} lies on ${other}`);
        }
      }
    }
    return boxes.length > 1 ? wrong : [`nothing is there: ${wanted}`];
  }, selector);
}

/** What a screen reader could not say: controls without a name, ids that occur twice, fields without a label. */
function unnamed(page) {
  return page.evaluate(() => {
    const named = (element) =>
      (element.getAttribute('aria-label') ?? element.textContent ?? '').trim() !== '' ||
      (element.getAttribute('title') ?? '') !== '' ||
      (element.labels?.length ?? 0) > 0;
    const controls = [...document.querySelectorAll('button, input, select, [role="switch"], [role="tab"], progress')]
      .filter((element) => element.checkVisibility() && !named(element))
      .map((element) => element.outerHTML.slice(0, 80));
    const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
    return [...controls, ...ids.filter((id, i) => ids.indexOf(id) !== i)];
  });
}

for (const size of SIZES) {
  for (const lang of ['zh-CN', 'en']) {
    for (const [key, parts] of [
      ['d', '.sync-summary, .source-head, .source-list'],
      ['Shift+D', '.sync-half > *'],
      ['p', '.sync-half > *'],
    ]) {
      test(`${key} in ${lang} at ${size.join('×')}: everything lies side by side and has a name`, async () => {
        const page = await ui.open(`?fake=sync&lang=${lang}`, size);
        await page.keyboard.press('2');
        await page.keyboard.press('j');
        await page.keyboard.press('Enter');
        await page.waitForTimeout(300);
        await page.keyboard.press(key);
        await page.locator('.drawer').waitFor();
        await page.waitForTimeout(1300);
        assert.deepEqual(
          await misplaced(page, '.topbar, .desk-bar, .lists, .twin, .desk > .card, .drawer, .timeline'),
          [],
        );
        assert.deepEqual(await misplaced(page, '.topbar > *:not(.topbar-space)'), []);
        for (const kind of ['exercise', 'refused']) {
          assert.deepEqual(await misplaced(page, `.desk-bar[data-kind="${kind}"] > *`), []);
        }
        assert.deepEqual(await misplaced(page, '.picture .float'), []);
        assert.deepEqual(await misplaced(page, '.drawer-head > *'), []);
        assert.deepEqual(await misplaced(page, parts), []);
        assert.deepEqual(await unnamed(page), []);
        const cells = await page.evaluate(() =>
          [...document.querySelectorAll('.source-row > *')]
            .filter((cell) => cell.scrollWidth > cell.clientWidth + 1 && !cell.classList.contains('source-name'))
            .map((cell) => cell.textContent),
        );
        assert.deepEqual(cells, []);
        await page.close();
      });
    }
  }
  for (const lang of ['zh-CN', 'en']) {
    test(`wall in ${lang} at ${size.join('×')}: the sources have their own board and nothing is cut`, async () => {
      const page = await ui.open(`?fake=sync&mode=wall&lang=${lang}`, size);
      await page.waitForTimeout(1500);
      assert.deepEqual(
        await misplaced(
          page,
          '.wall-title, .wall-vitals, .wall-twin, .wall-alarms, .wall-events, .wall-sources, .wall-tour',
        ),
        [],
      );
      const cut = await page.evaluate(() =>
        [...document.querySelectorAll('.wall-list h2, .wall-sources h2, .wall-sources li, .wall-title')]
          .filter((element) => element.scrollWidth > element.clientWidth + 1)
          .map((element) => element.textContent),
      );
      assert.deepEqual(cut, []);
      await page.close();
    });
  }
}

test('the English board has no Chinese but what the sources and people are called', async () => {
  const page = await ui.open('?fake=sync&lang=en');
  for (const key of ['d', 'Shift+D', 'p']) {
    await page.keyboard.press(key);
    await page.locator('.drawer').waitFor();
    await page.waitForTimeout(1200);
    const chinese = await page.evaluate(() => {
      const own =
        '.source-name, .subject, .fact-words, .fact-reason, .fact-main, .conflict-table, .initials, .topbar-operator, .topbar-languages';
      const walker = document.createTreeWalker(document.querySelector('.desk'), NodeFilter.SHOW_TEXT);
      const found = [];
      for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
        const place = node.parentElement;
        if (/[\u4e00-\u9fff]/.test(node.data) && place.closest('.topbar, .drawer') && !place.closest(own)) {
          found.push(node.data);
        }
      }
      return found;
    });
    assert.deepEqual(chinese, [], key);
  }
  await page.close();
});

test('no page threw, logged an error or broke the content security policy', () => {
  assert.deepEqual(ui.faults, []);
});
