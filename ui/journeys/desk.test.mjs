// A shift at the desk, in a real browser over the sample city.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { serveUi } from './page.mjs';

let ui;
before(async () => {
  ui = await serveUi();
});
after(async () => {
  await ui?.close();
});

test('the desk loads: city, clock, alarms, events, timeline, layers, and nothing is refused or thrown', async () => {
  const page = await ui.open();
  await page.getByRole('heading', { name: '徐州市' }).waitFor();
  assert.match(await page.locator('.topbar-time').innerText(), /^14:0\d:\d\d$/);
  assert.equal(await page.getByRole('row').first().locator('.row-what').innerText(), '云龙湖地下管廊 5 段');
  for (const name of ['燃气', '摄像机', '建筑']) {
    assert.equal(await page.getByRole('switch', { name, exact: true }).getAttribute('aria-checked'), 'true');
  }
  assert.deepEqual(ui.faults, []);
  await page.close();
});

test('the bundled font is in use', async () => {
  const page = await ui.open();
  assert.equal(await page.evaluate(() => document.fonts.check('14px "CityMirror Sans"', '城')), true);
  assert.match(await page.evaluate(() => getComputedStyle(document.body).fontFamily), /^"?CityMirror Sans/);
  await page.close();
});

test('values move by themselves', async () => {
  const page = await ui.open();
  const values = () => page.locator('.row-value').allInnerTexts();
  const earlier = (await values()).join();
  await page.waitForTimeout(6500);
  assert.notEqual((await values()).join(), earlier);
  await page.close();
});

test('the row under the pointer stays where it is while alarms arrive', async () => {
  const page = await ui.open();
  const row = page.getByRole('row').nth(5);
  await row.hover();
  const name = await row.locator('.row-what').innerText();
  const box = await row.boundingBox();
  await page.getByRole('button', { name: /有 \d+ 条更新/ }).waitFor({ timeout: 30_000 });
  const same = page.getByRole('row').filter({ hasText: name }).first();
  assert.deepEqual(await same.boundingBox(), box);
  await page.close();
});

test('a row opens its card, with value, trend, cameras and a picture', async () => {
  const page = await ui.open();
  await page.getByRole('row').first().click();
  const card = page.getByRole('complementary', { name: '所选对象' });
  await card.getByRole('heading', { name: '云龙湖地下管廊 5 段' }).waitFor();
  assert.match(await card.locator('.reading-value').innerText(), /5\d\.\d\s*%LEL/);
  await card.locator('.u-over').waitFor();
  await page.locator('.view-canvas[data-pictures]:not([data-pictures="0"])').first().waitFor();
  await card.getByRole('button', { name: '复制' }).click();
  await card.getByRole('button', { name: '已复制' }).waitFor();
  await page.close();
});

test('a click on a symbol in the picture selects it', async () => {
  const page = await ui.open();
  const area = await page.locator('.picture').boundingBox();
  const symbol = await page.evaluate(async () => {
    // The sketch draws its symbols at fixed places; look for an alarm's red on the canvas.
    const canvas = document.querySelector('canvas.sketch');
    const pen = canvas.getContext('2d');
    const { data, width } = pen.getImageData(0, 0, canvas.width, canvas.height);
    for (let i = 0; i < data.length; i += 4) {
      if (data[i] === 255 && data[i + 1] === 77 && data[i + 2] === 79) {
        const at = i / 4 + 3 * width;
        return [(at % width) / devicePixelRatio, Math.floor(at / width) / devicePixelRatio];
      }
    }
    return undefined;
  });
  assert.ok(symbol, 'no alarm on the sketch');
  await page.mouse.click(area.x + symbol[0], area.y + symbol[1]);
  await page.locator('.card-title h2').waitFor();
  assert.ok(['云龙湖地下管廊 5 段', '解放南路泵站前池'].includes(await page.locator('.card-title h2').innerText()));
  await page.close();
});

test('the whole desk works by keyboard alone', async () => {
  const page = await ui.open();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.locator('.card-title h2').waitFor();
  await page.keyboard.press('a');
  await page.getByRole('row').first().getByText('已确认').waitFor();
  await page.keyboard.press('2');
  await page.getByRole('grid', { name: '事件' }).waitFor();
  await page.keyboard.press('l');
  await page.getByRole('switch', { name: '燃气', exact: true }).waitFor({ state: 'detached' });
  await page.keyboard.press('Control+k');
  await page.keyboard.type('电视塔');
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.card-title h2', { hasText: '电视塔' }).waitFor();
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: '按键' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await page.getByText('未选对象').waitFor();
  await page.close();
});

test('Tab reaches every region and never gets stuck', async () => {
  const page = await ui.open();
  const regions = new Set();
  for (let i = 0; i < 90; i += 1) {
    await page.keyboard.press('Tab');
    const region = await page.evaluate(() => {
      const at = document.activeElement;
      const outline = getComputedStyle(at).outlineWidth;
      return at === document.body
        ? 'body'
        : `${at.closest('.topbar, .lists, .twin, .card, .timeline')?.classList[0]} ${outline}`;
    });
    regions.add(region);
  }
  for (const region of ['topbar', 'lists', 'twin', 'timeline']) {
    assert.ok(regions.has(`${region} 2px`), `${region} is not reached with a ring: ${[...regions]}`);
  }
  await page.close();
});

test('dragging the timeline shows the past in an amber frame, and returning to live is one click', async () => {
  const page = await ui.open();
  const track = await page.locator('.track').boundingBox();
  await page.mouse.move(track.x + track.width * 0.9, track.y + 60);
  await page.mouse.down();
  await page.mouse.move(track.x + track.width * 0.5, track.y + 60, { steps: 12 });
  await page.mouse.up();
  await page.locator('.past-frame').first().waitFor();
  assert.match(await page.locator('.moment').innerText(), /回放[\s\S]*0[12]:\d\d:\d\d[\s\S]*已暂停/);
  await page.getByRole('button', { name: /返回实时/ }).click();
  await page.locator('.past-frame').first().waitFor({ state: 'detached' });
  await page.close();
});

test('the wheel zooms the timeline at the pointer and the whole comes back', async () => {
  const page = await ui.open();
  const track = await page.locator('.track').boundingBox();
  await page.mouse.move(track.x + track.width * 0.8, track.y + 60);
  for (let i = 0; i < 6; i += 1) {
    await page.mouse.wheel(0, -120);
  }
  const whole = page.getByRole('button', { name: /看全部/ });
  await whole.waitFor();
  await whole.click();
  await whole.waitFor({ state: 'detached' });
  await page.close();
});

test('offline is said in words', async () => {
  const page = await ui.open('?fake=offline');
  await page.getByText(/^离线 \d+ 秒，显示的是 14:03:15 的数据$/).waitFor();
  await page.close();
});

test('the English desk has no Chinese but what the city itself wrote', async () => {
  const page = await ui.open('?lang=en');
  await page.getByRole('tab', { name: /Alarms/ }).waitFor();
  const chinese = await page.evaluate(() => {
    // Names of devices, people, marked moments and the language switch are the city's own.
    const own = '.row-what, .alarm-news, .topbar-operator, .topbar-languages, .card, .palette, .moments-lane';
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      if (/[\u4e00-\u9fff]/.test(node.data) && node.parentElement.closest(own) === null) {
        found.push(node.data);
      }
    }
    return found;
  });
  assert.deepEqual(chinese, []);
  await page.close();
});

test('no page threw, logged an error or broke the content security policy', () => {
  assert.deepEqual(ui.faults, []);
});
