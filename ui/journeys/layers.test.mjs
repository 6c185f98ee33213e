// The layers and what is under the hand, in a real browser over the sample city.

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

const eye = (page, name, role = 'switch') => page.getByRole(role, { name, exact: true });
const orderOf = (page) => page.locator('.layers .layer-row .layer-open').allInnerTexts();

test('an eye hides a layer, its branch is then half shown, and takes all of its layers', async () => {
  const page = await ui.open();
  const branch = eye(page, '安全', 'checkbox');
  await eye(page, '燃气').click();
  await page.waitForTimeout(200);
  assert.equal(await eye(page, '燃气').getAttribute('aria-checked'), 'false');
  assert.equal(await branch.getAttribute('aria-checked'), 'mixed');
  await branch.click();
  await page.waitForTimeout(1500);
  assert.equal(await eye(page, '燃气').getAttribute('aria-checked'), 'true');
  assert.equal(await branch.getAttribute('aria-checked'), 'true');
  await page.close();
});

test('the tree by system, a search, and keys through the tree', async () => {
  const page = await ui.open();
  await page.getByRole('button', { name: '系统', exact: true }).click();
  await eye(page, '城市生命线', 'checkbox').waitFor();
  await page.getByRole('searchbox', { name: '查找图层' }).fill('噪声');
  await page.waitForTimeout(100);
  assert.deepEqual(await orderOf(page), ['生态环境', '噪声', '噪声热力']);
  await page.getByRole('searchbox', { name: '查找图层' }).fill('');
  const tree = page.getByRole('tree', { name: '图层树' });
  await tree.focus();
  await page.keyboard.press('ArrowDown');
  const all = (await orderOf(page)).length;
  await page.keyboard.press('ArrowLeft');
  await page.waitForTimeout(100);
  assert.ok((await orderOf(page)).length < all);
  await page.keyboard.press('ArrowRight');
  await page.waitForTimeout(100);
  assert.equal((await orderOf(page)).length, all);
  await page.close();
});

test('the order changes by Alt and an arrow, and by a drag', async () => {
  const page = await ui.open();
  await page.getByRole('button', { name: '叠放', exact: true }).click();
  await page.waitForTimeout(200);
  const before = await orderOf(page);
  const tree = page.getByRole('tree', { name: '图层树' });
  await tree.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Alt+ArrowDown');
  await page.waitForTimeout(300);
  assert.deepEqual((await orderOf(page)).slice(0, 2), [before[1], before[0]]);
  const from = await page.locator('.layer-row').nth(3).boundingBox();
  const to = await page.locator('.layer-row').nth(0).boundingBox();
  await page.mouse.move(from.x + 80, from.y + 10);
  await page.mouse.down();
  await page.mouse.move(to.x + 80, to.y + 10, { steps: 6 });
  await page.mouse.up();
  await page.waitForTimeout(300);
  assert.equal((await orderOf(page))[0], before[3]);
  await page.close();
});

test('a filter is checked while it is typed: the fault is marked, the hits are counted, Enter uses it', async () => {
  const page = await ui.open();
  await page.locator('.layer-open', { hasText: '燃气' }).first().click();
  const field = page.getByRole('textbox', { name: '过滤' });
  await field.fill('水压 > 3');
  await page.getByText('没有字段「水压」').waitFor();
  assert.equal(await page.locator('.filter-where mark').innerText(), '水');
  assert.equal(await page.getByRole('button', { name: /^使用/ }).isDisabled(), true);
  await field.fill('severity >= low');
  await page.getByText(/现有 \d+ 个符合/).waitFor();
  await field.press('Enter');
  await page.getByRole('button', { name: '全部图层' }).click();
  await page.locator('.layer-row', { hasText: '燃气' }).locator('.layer-filtered').first().waitFor();
  await page.close();
});

test('a set of layers is saved, used again and deleted; all goes back to how the city comes', async () => {
  const page = await ui.open();
  await page.keyboard.press('F2');
  const sets = page.getByRole('region', { name: '图层组合' });
  await sets.getByRole('textbox', { name: '组合名称' }).fill('夜班');
  await sets.getByRole('button', { name: '保存', exact: true }).click();
  await sets.getByText('夜班').waitFor();
  const drawn = page.locator('.layers-page');
  await drawn.getByRole('switch', { name: '燃气', exact: true }).click();
  await sets.getByRole('button', { name: /夜班 / }).first().click();
  await page.waitForTimeout(700);
  assert.equal(await drawn.getByRole('switch', { name: '燃气', exact: true }).getAttribute('aria-checked'), 'true');
  await sets.getByRole('button', { name: '删除组合 夜班' }).click();
  await sets.getByRole('button', { name: '删除', exact: true }).click();
  await sets.getByText('还没有保存的组合').waitFor();
  await sets.getByRole('button', { name: '恢复默认' }).click();
  await sets.getByRole('button', { name: '恢复', exact: true }).click();
  await page.close();
});

test('the legend of symbols: every age with a drawing of its own, and a sign that says why', async () => {
  const page = await ui.open();
  await page.locator('.layer-open', { hasText: '燃气' }).first().click();
  const legend = page.locator('.layers').getByRole('region', { name: '图例' });
  const ages = legend.getByRole('list', { name: '旧值怎么画' });
  await ages.waitFor();
  assert.deepEqual(await ages.getByRole('listitem').allInnerTexts(), [
    '变淡，右下有小钟：迟到',
    '空心：缺失',
    '外面一圈断线：移动的，不再上报',
    '左下横杠：源迟到',
    '左下缺口的圆：设备静默',
    '左下叉：中枢断开',
  ]);
  for (const why of ['source_late', 'device_silent', 'hub_gone']) {
    const sample = await ages.locator(`.point-sample[data-why="${why}"]`).boundingBox();
    assert.ok(sample.width >= 20, `${why} is ${sample.width} px wide`);
  }
  const strength = await ages
    .locator('.point-sample[data-aged="late"] .point-body')
    .first()
    .evaluate((element) => getComputedStyle(element).opacity);
  assert.equal(strength, '0.55');
  await page.close();
});

test('a layer is coloured by an attribute and made larger, by keys alone: the legend follows, a reset goes back', async () => {
  const page = await ui.open('', [1366, 768]);
  await page.locator('.layer-open', { hasText: '燃气' }).first().click();
  const card = page.locator('.layers');
  const style = card.getByRole('region', { name: '样式' });
  const legend = card.getByRole('region', { name: '图例' });
  const attribute = style.getByRole('button', { name: '属性', exact: true });
  await attribute.focus();
  const before = await attribute.boundingBox();
  await page.keyboard.press('Enter');
  await legend.getByText('水务集团').waitFor();
  const after = await attribute.boundingBox();
  assert.deepEqual([after.x, after.y], [before.x, before.y], 'what is used stays where it is');
  assert.equal(await attribute.getAttribute('aria-pressed'), 'true');
  const colours = await legend
    .locator('.glyph')
    .evaluateAll((glyphs) => glyphs.map((glyph) => getComputedStyle(glyph).color));
  assert.equal(new Set(colours).size, 4, colours.join(' '));
  await style.getByRole('combobox', { name: '属性' }).selectOption('district');
  await legend.getByText('云龙区').waitFor();
  const size = style.getByRole('slider', { name: /大小/ });
  await size.focus();
  await page.keyboard.press('ArrowRight');
  await style.getByText('25 像素').waitFor();
  await style.getByRole('button', { name: '数值', exact: true }).click();
  await style.getByRole('combobox', { name: '色带' }).selectOption('cividis');
  await legend.locator('.ramp-bar').waitFor();
  const fits = await style.evaluate((element) => element.scrollWidth <= element.clientWidth);
  assert.ok(fits, 'nothing is wider than the card');
  await style.getByRole('button', { name: '恢复默认样式' }).click();
  await style.getByText('24 像素').waitFor();
  await legend.locator('.ramp-bar').waitFor({ state: 'detached' });
  await page.close();
});

test('a geofence: corners by clicks, Backspace takes one back, Enter ends; it is named, listed, deleted, brought back', async () => {
  const page = await ui.open();
  await page.getByRole('button', { name: '画围栏' }).click();
  const panel = page.getByRole('region', { name: '围栏', exact: true });
  await panel.getByText('Enter 或双击结束').waitFor();
  const area = await page.locator('.picture').boundingBox();
  for (const [x, y] of [
    [0.5, 0.3],
    [0.6, 0.3],
    [0.6, 0.5],
    [0.5, 0.5],
  ]) {
    await page.mouse.click(area.x + area.width * x, area.y + area.height * y);
    await page.waitForTimeout(80);
  }
  await page.keyboard.press('Backspace');
  await page.keyboard.press('Enter');
  await panel.getByText('画好了，3 个角').waitFor();
  await panel.getByRole('textbox', { name: '名称' }).fill('北门工地');
  await panel.getByRole('spinbutton', { name: /停留提示/ }).fill('10');
  await page.keyboard.press('Enter');
  await panel.getByText('3 个角 · 停留 10 分钟').waitFor();
  await panel.getByRole('button', { name: '删除围栏 北门工地' }).click();
  await panel.getByText('还没有画过围栏').waitFor();
  await page.locator('.notice').getByRole('button', { name: '撤销' }).click();
  await panel.getByText('北门工地').waitFor();
  await panel.getByRole('button', { name: '画围栏' }).click();
  await page.keyboard.press('Escape');
  await panel.getByRole('button', { name: '画围栏' }).waitFor();
  await page.close();
});

test('very many layers: only those in sight are drawn', async () => {
  const page = await ui.open('?fake=layers');
  await page.keyboard.press('F2');
  await page.locator('.layers-page .layer-row').first().waitFor();
  const drawn = await page.locator('.layers-page .layer-row').count();
  assert.ok(drawn > 5 && drawn < 60, `${drawn} rows are drawn`);
  await page.close();
});

test('a box selects: the panel counts, lists, flies there; Escape clears', async () => {
  const page = await ui.open();
  const area = await page.locator('.picture').boundingBox();
  await page.keyboard.down('Shift');
  await page.mouse.move(area.x + area.width * 0.3, area.y + area.height * 0.2);
  await page.mouse.down();
  await page.mouse.move(area.x + area.width * 0.7, area.y + area.height * 0.6, { steps: 5 });
  await page.mouse.up();
  await page.keyboard.up('Shift');
  const summary = page.getByRole('region', { name: '框选的对象' });
  await summary.waitFor();
  assert.match(await summary.innerText(), /\d+ 个对象/);
  await page.locator('.selection-row').first().click();
  await page.locator('.card-title h2').waitFor();
  await summary.getByRole('button', { name: '看全部所选' }).click();
  await page.keyboard.press('Escape');
  await summary.waitFor({ state: 'detached' });
  await page.close();
});

test('the right button lists what is there; arrows and Enter choose', async () => {
  const page = await ui.open();
  const area = await page.locator('.picture').boundingBox();
  const here = page.getByRole('region', { name: '此处有什么' });
  for (const [x, y] of [
    [0.5, 0.4],
    [0.55, 0.5],
    [0.45, 0.3],
    [0.6, 0.45],
  ]) {
    await page.mouse.click(area.x + area.width * x, area.y + area.height * y, { button: 'right' });
    await here.waitFor();
    if ((await here.locator('.here-item').count()) > 0) {
      break;
    }
  }
  await here.locator('.here-item').first().waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await here.waitFor({ state: 'detached' });
  await page.locator('.card-title h2').waitFor();
  await page.close();
});

test('performance: frame times move, and a lower quality says why', async () => {
  const page = await ui.open();
  await page.keyboard.press('F3');
  await page.locator('.performance-strip').waitFor();
  await page.getByText('与所选一致').waitFor();
  await page.getByText(/画质已自动降低/).waitFor({ timeout: 20_000 });
  await page.close();
});

test('no page threw, logged an error or broke the content security policy', () => {
  assert.deepEqual(ui.faults, []);
});
