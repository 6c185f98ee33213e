// The catalogue of cameras, their health and the rights to them, in a real browser over the sample city.

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

async function openVideo(tab = 'catalogue', query = '', size = undefined) {
  const page = await ui.open(query, size);
  await page.evaluate(() => localStorage.clear());
  await page.keyboard.press('7');
  await page.locator(`#video-tab-${tab}`).click();
  await page.locator('.video-body').waitFor();
  return page;
}

const rows = (page) => page.locator('.channel-row:not([aria-busy])');
const found = (page) => page.locator('.channel-found');

test('keys lead through the tree: a division opens, a street narrows the list, a channel opens its sheet', async () => {
  const page = await openVideo();
  await rows(page).first().waitFor();
  const tree = page.getByRole('tree', { name: '行政区划' });
  await tree.focus();
  for (const key of ['ArrowDown', 'ArrowRight']) {
    await page.keyboard.press(key);
  }
  await page.getByRole('treeitem', { name: /云龙区/ }).waitFor();
  for (const key of ['ArrowRight', 'ArrowDown', 'ArrowRight', 'ArrowRight', 'Enter']) {
    await page.keyboard.press(key);
    await page.waitForTimeout(200);
  }
  await page.locator('.channel-under').waitFor();
  assert.doesNotMatch(await found(page).innerText(), /^1200/);
  await page.keyboard.press('ArrowLeft');
  await page.getByRole('treeitem', { expanded: true }).first().waitFor();
  await page.close();
});

test('a long list is drawn only where it is seen, and its end is a key away', async () => {
  const page = await openVideo();
  await rows(page).first().waitFor();
  const list = page.getByRole('grid', { name: '摄像机列表' });
  assert.equal(await list.getAttribute('aria-rowcount'), '1200');
  assert.ok((await page.locator('.channel-row').count()) < 80);
  await list.focus();
  await page.keyboard.press('End');
  await page.locator('.channel-row[aria-rowindex="1200"]').waitFor();
  await page.close();
});

test('pinyin finds a camera, and what was typed is marked in its name', async () => {
  const page = await openVideo();
  await page.getByRole('searchbox', { name: '查找摄像机' }).fill('huaihai');
  await page.locator('.channel-name mark').first().waitFor();
  const names = await page.locator('.channel-name').allInnerTexts();
  assert.ok(
    names.slice(0, 5).every((name) => name.includes('淮海')),
    names.slice(0, 5).join(),
  );
  await page.close();
});

test('an area drawn on the twin narrows the list, and the page is back afterwards', async () => {
  const page = await openVideo();
  await rows(page).first().waitFor();
  await page.locator('.channel-search').getByRole('button', { name: /^筛选/ }).click();
  await page.getByRole('button', { name: '画范围' }).click();
  await page.waitForTimeout(300);
  const area = await page.locator('.picture').boundingBox();
  for (const [x, y] of [
    [0.35, 0.35],
    [0.65, 0.35],
    [0.65, 0.65],
    [0.35, 0.65],
  ]) {
    await page.mouse.click(area.x + area.width * x, area.y + area.height * y);
    await page.waitForTimeout(80);
  }
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /范围已限定/ }).waitFor();
  await page.waitForFunction(() => !document.querySelector('.channel-found')?.textContent?.startsWith('1200'));
  await page.close();
});

test('the map of channels zooms by the wheel, and a click opens a channel or looks closer', async () => {
  const page = await openVideo();
  await rows(page).first().waitFor();
  await page.locator('.channel-search .choices-row').getByRole('button', { name: '地图' }).click();
  const canvas = page.locator('.channel-map canvas');
  await canvas.waitFor();
  await page.waitForTimeout(800);
  const shot = () => canvas.evaluate((element) => element.toDataURL());
  const before = await shot();
  const area = await canvas.boundingBox();
  await page.mouse.move(area.x + area.width / 2, area.y + area.height / 2);
  await page.mouse.wheel(0, -400);
  await page.waitForTimeout(600);
  assert.notEqual(await shot(), before);
  await page.close();
});

test('a table becomes channels: columns, a try, the import, and back again', async () => {
  const page = await openVideo();
  await rows(page).first().waitFor();
  await page.locator('.channel-search').getByRole('button', { name: '导入' }).click();
  await page.getByRole('textbox', { name: '文件位置' }).fill('/data/cameras.csv');
  await page.keyboard.press('Enter');
  await page.getByRole('combobox', { name: '安装位置 对应的字段' }).selectOption('Address');
  await page.getByRole('button', { name: '试算' }).click();
  await page.getByText('还没有改动目录').waitFor();
  assert.match(await page.locator('.import-counts').innerText(), /新增\s*12/);
  assert.match(await page.locator('.import-rejects').innerText(), /18 digits/);
  await page.locator('.import-foot').getByRole('button', { name: '导入' }).click();
  await page.getByRole('button', { name: '撤销这次导入' }).waitFor();
  await page.getByRole('button', { name: '完成' }).click();
  await page.waitForFunction(() => document.querySelector('.channel-found')?.textContent?.startsWith('1212'));
  await page.close();
});

test('cameras are graded together; the one that is secret is left and told', async () => {
  const page = await openVideo();
  await page.getByRole('searchbox', { name: '查找摄像机' }).fill('涉密');
  await page.waitForFunction(() => document.querySelector('.channel-name')?.textContent?.includes('涉密'));
  await page.locator('.channel-choose input').first().click();
  await page.getByRole('button', { name: '分类分级' }).click();
  await page.getByRole('combobox', { name: '类别' }).selectOption('1');
  await page.getByRole('button', { name: /改为这样/ }).click();
  await page.getByText(/1 路未改/).waitFor();
  await page.close();
});

test('a repair is ordered and closed', async () => {
  const page = await openVideo('health');
  await page.getByRole('button', { name: '派修' }).first().click();
  await page.getByRole('textbox', { name: /说明/ }).fill('已联系厂商');
  await page.keyboard.press('Enter');
  await page.getByText('维修中 王建国').first().waitFor();
  await page.getByRole('button', { name: '修好了' }).first().click();
  await page.keyboard.press('Enter');
  await page.getByText('已修复 王建国').first().waitFor();
  await page.close();
});

test('the matrix shows what a role may do, and a grant lets somebody look until it ends', async () => {
  const page = await openVideo('rights');
  const table = page.locator('.rights-table');
  await table.waitFor();
  assert.ok((await table.locator('[data-mark="limited"]').count()) > 0);
  await page.locator('.rights-views button').nth(1).click();
  await page.getByText('有效').first().waitFor();
  assert.match(await page.locator('.grants-table').innerText(), /已到期/);
  await page.close();
});

test('what was looked at stands in the log at once', async () => {
  const page = await openVideo('rights');
  await page.locator('.rights-views button').nth(2).click();
  await page.locator('.audit-table').waitFor();
  await page.getByRole('combobox', { name: '做了什么' }).selectOption('camera_work');
  await page.getByText('没有查看记录').waitFor();
  await page.locator('#video-tab-health').click();
  await page.getByRole('button', { name: '派修' }).first().click();
  await page.keyboard.press('Enter');
  await page
    .getByText(/维修中/)
    .first()
    .waitFor();
  await page.locator('#video-tab-rights').click();
  await page.getByRole('combobox', { name: '做了什么' }).selectOption('camera_work');
  await page.locator('.audit-table').getByText('王建国').first().waitFor();
  await page.close();
});

test('the page stands in a window of its own', async () => {
  const page = await ui.open('?panel=video');
  await page.locator('.video-page').waitFor();
  await rows(page).first().waitFor();
  await page.locator('#video-tab-health').click();
  await page.locator('.health-figures').waitFor();
  await page.close();
});

test('an empty catalogue says why and what to do', async () => {
  const page = await openVideo('catalogue', '?fake=empty');
  await page.getByText('目录里还没有摄像机').waitFor();
  await page.close();
});

test('no page threw, logged an error or broke the content security policy', () => {
  assert.deepEqual(ui.faults, []);
});
