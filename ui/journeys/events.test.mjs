// The event desk in a real browser over the sample city: a whole shift, from an alarm to the handover.

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

const card = (page) => page.getByRole('complementary', { name: '所选对象' });
const move = (page, name) => card(page).locator('.case-moves').getByRole('button', { name });
const form = (page, name) => page.getByRole('dialog', { name });

/** Makes a move that comes next, with the text it asks for. */
async function make(page, name, text) {
  await move(page, new RegExp(`^${name}`))
    .first()
    .click();
  const asked = form(page, name);
  await asked.waitFor();
  if (text !== undefined) {
    await asked.getByRole('textbox').last().fill(text);
  }
  await asked.locator('.move-send').click();
  await asked.waitFor({ state: 'detached' });
}

async function waitForStage(page, words) {
  await card(page).locator('.case-state strong', { hasText: words }).waitFor();
}

async function actAs(page, role, party) {
  await page.locator('.actor-button').click();
  await page.getByRole('combobox', { name: '岗位' }).selectOption({ label: role });
  if (party !== undefined) {
    await page.getByRole('combobox', { name: '代表单位' }).selectOption({ label: party });
  }
  await page.locator('.actor-button').click();
}

test('a shift: an alarm becomes an event, is handed on, handled, verified, rated, closed, and the desk is handed over', async () => {
  const page = await ui.open();
  // What happened is told by an officer who has just read the alarm.
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await card(page).getByText('经过').first().waitFor();
  await page.keyboard.press('Shift+N');
  const report = page.getByRole('form', { name: '新事件' });
  await report.getByRole('textbox', { name: '发生了什么' }).fill('云龙湖地下管廊燃气浓度超限');
  await report.getByRole('combobox', { name: '类别' }).selectOption({ label: '交通拥堵' });
  await report.getByRole('button', { name: '较大' }).click();
  await report.getByRole('button', { name: '用所选对象的位置' }).click();
  await report.getByText(/^117\.\d{5}, 34\.\d{5}$/).waitFor();
  const alone = report.getByRole('checkbox', { name: /单独成案/ });
  if ((await alone.count()) > 0) {
    await alone.check();
  }
  await report.getByRole('button', { name: /^提交/ }).click();
  await page.getByText('新事件已记下').waitFor();
  await waitForStage(page, '待立案');

  await make(page, '立案');
  await waitForStage(page, '待交办');
  await move(page, /^交办/).first().click();
  const assign = form(page, '交办');
  await assign.getByRole('combobox', { name: '承办单位' }).fill('交警');
  await assign.getByRole('option', { name: /交警支队/ }).click();
  await assign.getByRole('textbox', { name: '要求，可不填' }).fill('封控现场');
  await page.keyboard.press('Enter');
  await waitForStage(page, '待签收');
  await make(page, '督办', '十分钟内签收');

  await actAs(page, '责任部门', '交警支队');
  await make(page, '签收');
  await waitForStage(page, '处置中');
  await make(page, '到场', '已封控');
  await make(page, '已处置', '已排除险情');
  await waitForStage(page, '待核查');

  await actAs(page, '值班员', '本席');
  await make(page, '核查通过', '现场恢复');
  await waitForStage(page, '待评价');
  await move(page, /^评价/).first().click();
  await form(page, '评价').getByRole('button', { name: '满意', exact: true }).click();
  await form(page, '评价').locator('.move-send').click();
  await waitForStage(page, '待结案');
  await make(page, '结案', '已恢复正常');
  await waitForStage(page, '已结案');

  await card(page).getByRole('tab', { name: /^经过/ }).click();
  const log = await card(page).locator('.case-entries').innerText();
  for (const verb of ['上报了', '立案', '交办给', '督办', '签收', '到场', '处置完毕', '核查通过', '评价', '结案']) {
    assert.ok(log.includes(verb), `${verb} is not in ${log}`);
  }
  // Closing is taken back with a reason, and stays in the log.
  await page.keyboard.press('Control+z');
  await form(page, '撤销').getByRole('textbox').fill('还要补照片');
  await page.keyboard.press('Enter');
  await waitForStage(page, '待交办');

  // The shift ends: what is open is handed over, and both officers sign.
  await page.keyboard.press('4');
  await page.getByRole('button', { name: '交接班', exact: true }).click();
  const sheet = page.getByRole('region', { name: '交班单' });
  await sheet.waitFor();
  // Each goes away once nothing of its kind is left to take note of.
  for (const all = page.getByRole('button', { name: /^都已知悉/ }); (await all.count()) > 0; ) {
    await all.first().click();
  }
  await sheet.getByRole('button', { name: '周海燕' }).click();
  await sheet.getByRole('textbox', { name: '要让接班人知道的情况' }).fill('云龙湖管廊事件待重新交办');
  await page.getByRole('button', { name: '生成交班单' }).click();
  await page.getByRole('button', { name: '王建国 签字交班' }).click();
  const name = page.getByRole('textbox', { name: '接班人在此写自己的姓名' });
  await name.waitFor();
  const boxes = page.getByRole('region', { name: '未结事项' }).getByRole('checkbox');
  for (let i = 0; i < (await boxes.count()); i += 1) {
    await boxes.nth(i).check();
  }
  await name.fill('周海燕');
  await page.getByRole('button', { name: '签字接班' }).click();
  await page.getByRole('button', { name: '换班，周海燕 当班' }).click();
  await page.getByText('已换班，当班：周海燕').waitFor();
  await page.locator('.actor-button', { hasText: '周海燕' }).waitFor();
  await page.close();
});

test('what a role may not do is said before it is tried, and the menu says why for each', async () => {
  const page = await ui.open();
  await page.keyboard.press('2');
  await page.keyboard.press('/');
  await page.keyboard.type('复兴路');
  await page.waitForFunction(() => document.querySelectorAll('.event-rows .row').length === 1);
  await page.locator('.event-rows .row').click();
  await card(page).getByText('「签收」现在不能做：你的岗位不能做这一步').waitFor();
  await card(page).getByRole('button', { name: '更多步骤' }).click();
  const close = card(page).getByRole('button', { name: /^结案/ });
  assert.ok(await close.isDisabled());
  assert.match(await close.innerText(), /现在还不能做/);
  await page.close();
});

test('the board: rows, columns and the map; the twin stays, and gets its room back', async () => {
  for (const size of [
    [1366, 768],
    [1920, 1080],
  ]) {
    const page = await ui.open('', size);
    const before = await page.locator('.picture').boundingBox();
    await page.keyboard.press('3');
    const board = page.getByRole('region', { name: '事件看板' });
    await board.getByRole('button', { name: '列表' }).click();
    await board.getByRole('grid').waitFor();
    await page.waitForTimeout(400);
    const [area, twin] = [await board.boundingBox(), await page.locator('.picture').boundingBox()];
    assert.ok(twin.height >= 100 && area.height > 1.5 * twin.height, JSON.stringify([area, twin]));
    assert.ok(area.y + area.height <= twin.y + 1);
    await board.getByRole('button', { name: '分步' }).click();
    await board.getByRole('region', { name: '集中交办' }).locator('.case-card').first().waitFor();
    await board.locator('.case-card').first().click();
    await card(page).locator('.case-tabs').waitFor();
    await board.getByRole('button', { name: '地图' }).click();
    await page.waitForTimeout(400);
    assert.ok((await page.locator('.picture').boundingBox()).height > 0.7 * before.height);
    await page.keyboard.press('Escape');
    await board.waitFor({ state: 'detached' });
    await page.close();
  }
});

test('a report and a reason that were not sent are there again after a reload', async () => {
  const page = await ui.open();
  await page.keyboard.press('Shift+N');
  await page.getByRole('textbox', { name: '发生了什么' }).fill('桥头积水');
  await page.reload();
  await page.locator('.desk').waitFor();
  assert.equal(await page.getByRole('textbox', { name: '发生了什么' }).inputValue(), '桥头积水');
  await page.keyboard.press('Escape');
  await page.getByText('新事件没有提交').waitFor();
  await page.keyboard.press('2');
  await page.locator('.event-rows .row').nth(2).click();
  await card(page).locator('.case-moves').waitFor();
  await page.keyboard.press('w');
  await page.getByRole('textbox', { name: '写一句备注' }).fill('清运车已在路上');
  await page.reload();
  await page.locator('.desk').waitFor();
  assert.equal(await form(page, '备注').getByRole('textbox').inputValue(), '清运车已在路上');
  await page.keyboard.press('Escape');
  await form(page, '备注').waitFor({ state: 'detached' });
  await page.close();
});

test('an edit made while the hub is away is marked', async () => {
  const page = await ui.open('?fake=offline');
  await page.keyboard.press('2');
  await page.locator('.event-rows .row').first().click();
  await card(page).locator('.case-moves').waitFor();
  await page.keyboard.press('w');
  await page.getByRole('textbox', { name: '写一句备注' }).fill('已联系现场');
  await page.keyboard.press('Enter');
  await page.getByText('备注已记下').waitFor();
  await card(page).locator('.case-state .unsynced').waitFor();
  await page.close();
});

test('a file is attached as evidence and counted', async () => {
  const page = await ui.open();
  await page.keyboard.press('2');
  await page.locator('.event-rows .row').first().click();
  await card(page).getByRole('tab', { name: /^附件/ }).click();
  await card(page)
    .locator('input[type="file"]')
    .setInputFiles({ name: '现场.txt', mimeType: 'text/plain', buffer: Buffer.from('ok') });
  await card(page).locator('.case-file').getByText('现场.txt').waitFor();
  await card(page).locator('.case-file .row-tag').waitFor();
  await page.close();
});

test('no page threw, logged an error or broke the content security policy', () => {
  assert.deepEqual(ui.faults, []);
});
