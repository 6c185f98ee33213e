// Working with the twin, in a real browser over the sample city: find, measure, colour, cut, sun, bookmarks, compare.

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

/** Clicks into the picture at parts of its size where no float lies. */
async function clickPicture(page, parts) {
  const area = await page.locator('.picture').boundingBox();
  for (const [x, y] of parts) {
    await page.mouse.click(area.x + area.width * x, area.y + area.height * y);
    await page.waitForTimeout(80);
  }
}

test('find: conditions, what is found is isolated, a row is flown to, all is shown again', async () => {
  const page = await ui.open();
  await page.keyboard.press('f');
  await page.getByRole('searchbox', { name: '查询城市对象' }).fill('高度>50');
  await page.locator('.found-row').first().waitFor();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /高度 > 50/ }).waitFor();
  await page.getByRole('button', { name: '只看这些' }).click();
  await page.locator('.stands-out').waitFor();
  await page.locator('.found-row').first().click();
  await page.locator('.card-title h2').waitFor();
  await page.getByText('CIM2').waitFor();
  await page.locator('.stands-out').getByRole('button', { name: '全部显示' }).click();
  await page.locator('.stands-out').waitFor({ state: 'detached' });
  await page.close();
});

test('find: a drawn area limits the query', async () => {
  const page = await ui.open();
  await page.keyboard.press('f');
  await page.getByRole('combobox', { name: '范围' }).selectOption('ring');
  await clickPicture(page, [
    [0.5, 0.3],
    [0.7, 0.3],
    [0.7, 0.5],
  ]);
  await page.keyboard.press('Enter');
  await page.getByText(/找到 .* 个/).waitFor();
  await page.close();
});

test('measure: clicks, Ctrl+Z, a double click ends it, Escape leaves', async () => {
  const page = await ui.open();
  await page.keyboard.press('m');
  await page.getByRole('button', { name: '距离' }).click();
  await clickPicture(page, [
    [0.5, 0.3],
    [0.6, 0.3],
    [0.6, 0.5],
  ]);
  const long = await page.locator('.measured').innerText();
  await page.keyboard.press('Control+z');
  await page.waitForTimeout(150);
  assert.notEqual(await page.locator('.measured').innerText(), long);
  await page.getByRole('button', { name: /完成/ }).click();
  await page.getByRole('button', { name: '再量一次' }).waitFor();
  await page.keyboard.press('Escape');
  await page.locator('.tool-panel').waitFor({ state: 'detached' });
  await page.close();
});

test('style: an attribute colours the city and the legend says how', async () => {
  const page = await ui.open();
  await page.keyboard.press('c');
  await page.getByRole('combobox', { name: '属性' }).selectOption('height');
  const legend = page.getByRole('region', { name: '着色图例' });
  await legend.waitFor();
  assert.equal(await legend.getByRole('listitem').count(), 6);
  await page.getByRole('button', { name: '自然断点' }).click();
  await page.getByRole('slider', { name: /级数/ }).fill('3');
  await page.waitForTimeout(200);
  assert.equal(await legend.getByRole('listitem').count(), 4);
  await page.close();
});

test('clip: a polygon cuts, a trench opens along what is selected', async () => {
  const page = await ui.open();
  await page.keyboard.press('x');
  await page.getByRole('button', { name: '多边形' }).click();
  await clickPicture(page, [
    [0.5, 0.3],
    [0.6, 0.3],
    [0.6, 0.5],
  ]);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: '多边形 1 留外部' }).click();
  await page.getByRole('button', { name: '全部移除' }).click();
  await page.getByText('没有剖切').waitFor();
  await page.close();
});

test('sun: the slider moves it, and it plays through the day', async () => {
  const page = await ui.open();
  await page.keyboard.press('v');
  await page.getByRole('button', { name: '日景' }).click();
  await page.keyboard.press('s');
  const hour = page.locator('.tool-panel').getByRole('slider', { name: /时刻/ });
  await hour.fill('720');
  await page.getByText('55.0°').waitFor();
  await page.getByRole('button', { name: '播放一天' }).click();
  await page.waitForTimeout(800);
  assert.ok(Number(await hour.inputValue()) > 720);
  await page.close();
});

test('bookmarks: keep with a note, reorder, delete, undo', async () => {
  const page = await ui.open();
  await page.keyboard.press('b');
  for (const title of ['泵站', '大桥']) {
    await page.getByRole('textbox', { name: '名称' }).fill(title);
    await page.getByRole('textbox', { name: '备注' }).fill('夜间巡查');
    await page.getByRole('button', { name: '保存当前视角' }).click();
    await page.locator('.bookmark', { hasText: title }).waitFor();
  }
  await page.getByRole('button', { name: '上移 大桥' }).click();
  assert.match(await page.locator('.bookmark').first().innerText(), /大桥/);
  await page.getByRole('button', { name: '删除 泵站' }).click();
  assert.equal(await page.locator('.bookmark').count(), 1);
  await page.getByRole('button', { name: '撤销' }).click();
  assert.equal(await page.locator('.bookmark').count(), 2);
  await page.close();
});

test('compare: the line between two cities is dragged, and the comparison ended', async () => {
  const page = await ui.open();
  await page.keyboard.press('o');
  await page.getByRole('button', { name: /2024-06-30/ }).click();
  const line = page.locator('.swipe-line');
  const before = await line.boundingBox();
  await page.mouse.move(before.x + 2, before.y + 200);
  await page.mouse.down();
  await page.mouse.move(before.x + 122, before.y + 200, { steps: 6 });
  await page.mouse.up();
  const after = await line.boundingBox();
  assert.ok(Math.abs(after.x - before.x - 120) < 8, `moved by ${after.x - before.x}`);
  await page.getByRole('button', { name: '结束对比' }).click();
  await line.waitFor({ state: 'detached' });
  await page.close();
});

test('no page threw, logged an error or broke the content security policy', () => {
  assert.deepEqual(ui.faults, []);
});
