// Plans, dispatches, broadcasts and pictures of an event, in a real browser over the sample city.

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

/** The event of a title in the list, with one of its tabs in front. */
async function showTab(page, title, tab) {
  await page.keyboard.press('2');
  await page.getByRole('searchbox', { name: '查找事件' }).fill(title);
  await page
    .getByRole('row', { name: new RegExp(title) })
    .first()
    .click();
  await page.keyboard.press('Enter');
  await page.locator(`#case-tab-${tab}`).click();
}

/** A desk with that in front; what another test left half written is gone. */
async function openTab(title, tab, size) {
  const page = await ui.open('', size);
  await page.evaluate(() => localStorage.clear());
  await showTab(page, title, tab);
  return page;
}

async function clickPicture(page, parts) {
  const area = await page.locator('.picture').boundingBox();
  for (const [x, y] of parts) {
    await page.mouse.click(area.x + area.width * x, area.y + area.height * y);
    await page.waitForTimeout(80);
  }
}

test('a plan runs: started, ticked, a level ordered, somebody sent, and the sheet is printed', async () => {
  const page = await openTab('金山桥', 'plan');
  await page.getByRole('button', { name: '启动预案 道路积水处置' }).click();
  await page.getByRole('button', { name: '完成 调看摄像机和液位，核实积水', exact: true }).click();
  await page.getByText('完成 1/5 步').waitFor();
  await page.getByRole('button', { name: '三级响应' }).click();
  await page.getByRole('dialog', { name: '下令响应' }).getByRole('textbox').fill('水位上涨');
  await page.keyboard.press('Enter');
  await page.getByText('完成 1/7 步').waitFor();
  await page.getByRole('button', { name: '派遣 排水抢险一队' }).click();
  await page.getByRole('dialog', { name: '派遣' }).getByRole('textbox', { name: '做什么' }).press('Enter');
  await page.locator('.dispatch', { hasText: '待应答' }).waitFor();
  await page.getByRole('button', { name: '签收 排水抢险一队' }).click();
  await page.locator('.dispatch', { hasText: '已签收' }).waitFor();
  await page.locator('#case-tab-plan').click();
  await page.getByText('已派出').first().waitFor();
  await page.close();
});

test('a broadcast: the area is drawn on the twin, who is inside is counted, and it is confirmed', async () => {
  const page = await openTab('金山桥', 'dispatch');
  await page.getByRole('button', { name: '区域广播' }).click();
  await page.getByRole('button', { name: '在孪生上画范围' }).click();
  await clickPicture(page, [
    [0.3, 0.3],
    [0.7, 0.3],
    [0.7, 0.7],
    [0.3, 0.7],
  ]);
  await page.keyboard.press('Enter');
  await page.getByRole('list', { name: '圈内' }).waitFor();
  const form = page.getByRole('dialog', { name: '区域广播' });
  await form.getByRole('button', { name: '情报板' }).click();
  await form.getByRole('textbox').fill('前方积水，请绕行');
  await page.keyboard.press('Enter');
  await page
    .getByRole('alertdialog')
    .getByRole('button', { name: /再改改/ })
    .click();
  await page.getByRole('alertdialog').waitFor({ state: 'detached' });
  await form.getByRole('textbox').press('Enter');
  await page
    .getByRole('alertdialog')
    .getByRole('button', { name: /确定广播/ })
    .click();
  await page.getByRole('region', { name: '广播记录' }).getByText('前方积水，请绕行').waitFor();
  await page.close();
});

test('what is half written about a broadcast survives a crash', async () => {
  const page = await openTab('金山桥', 'dispatch');
  await page.getByRole('button', { name: '区域广播' }).click();
  await page.getByRole('dialog', { name: '区域广播' }).getByRole('textbox').fill('车库进水，请移车');
  await page.waitForTimeout(500);
  await page.reload();
  await page.locator('.desk').waitFor();
  await page.waitForTimeout(700);
  await showTab(page, '金山桥', 'dispatch');
  const form = page.getByRole('dialog', { name: '区域广播' });
  assert.equal(await form.getByRole('textbox').inputValue(), '车库进水，请移车');
  await form.getByRole('textbox').press('Escape');
  await form.waitFor({ state: 'detached' });
  await page.close();
});

test('a picture: area and text are drawn, taken back by the keys, and a mark is renamed', async () => {
  const page = await openTab('金山桥', 'picture');
  await page.keyboard.press('Alt+a');
  await clickPicture(page, [
    [0.4, 0.3],
    [0.6, 0.3],
    [0.6, 0.5],
  ]);
  await page.keyboard.press('Enter');
  await page.getByRole('region', { name: '标绘 1 个' }).waitFor();
  await page.getByRole('textbox', { name: '文字' }).fill('集结点');
  await page.keyboard.press('Enter');
  await clickPicture(page, [[0.5, 0.6]]);
  await page.getByRole('region', { name: '标绘 2 个' }).waitFor();
  await page.keyboard.press('Control+z');
  await page.getByRole('region', { name: '标绘 1 个' }).waitFor();
  await page.keyboard.press('Control+y');
  await page.getByRole('button', { name: '改 集结点' }).click();
  await page.getByRole('list', { name: '标绘清单' }).getByRole('textbox').fill('二号集结点');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: '删除 二号集结点' }).click();
  await page.getByRole('region', { name: '标绘 1 个' }).waitFor();
  await page.close();
});

for (const size of [
  [1366, 768],
  [1920, 1080],
  [3840, 2160],
]) {
  for (const tab of ['plan', 'dispatch', 'picture']) {
    test(`no word is cut or lies on another: ${tab} at ${size.join('×')}`, async () => {
      const page = await openTab('金山桥', tab, size);
      const start = page.getByRole('button', { name: '启动预案 道路积水处置' });
      if (tab === 'plan') {
        await start.click();
        await page.getByText('完成 0/5 步').waitFor();
      } else if (tab === 'dispatch') {
        await page.getByRole('button', { name: '区域广播' }).click();
      }
      const wide = await page.locator('.case-tab').evaluate((element) => element.scrollWidth - element.clientWidth);
      assert.ok(wide <= 0, `${wide} px too wide`);
      await page.close();
    });
  }
}

test('the plans of the city stand on a page of their own', async () => {
  const page = await ui.open('', [1366, 768]);
  await page.keyboard.press('6');
  await page.getByRole('searchbox', { name: '按名称、类别查找预案' }).fill('井盖');
  await page.getByRole('region', { name: '井盖缺失处置' }).waitFor();
  assert.equal(await page.locator('.plans-row').count(), 1);
  await page.close();
});

test('no page threw, logged an error or broke the content security policy', () => {
  assert.deepEqual(ui.faults, []);
});
