// Panels in windows of their own, in a real browser: they open, show the same desk, and come back.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { faultsOf } from './accessibility.mjs';
import { serveUi } from './page.mjs';

const PANELS = ['alarms', 'events', 'card', 'timeline', 'drawer', 'duty', 'analysis', 'plans', 'video'];

let ui;
before(async () => {
  ui = await serveUi();
});
after(async () => {
  await ui?.close();
});

/** Presses the button called `name` and gives the window that opens. */
async function tornOff(page, name) {
  const [popup] = await Promise.all([
    page.waitForEvent('popup'),
    page.getByRole('button', { name, exact: true }).click(),
  ]);
  await popup.locator('.torn').waitFor();
  return popup;
}

test('the alarm list on a screen of its own: what is opened there is shown here, and closing brings it back', async () => {
  const page = await ui.open();
  const popup = await tornOff(page, '告警列表：在独立窗口打开');
  await page.getByText('告警列表在独立窗口里').waitFor();
  assert.equal(await popup.locator('.twin, .topbar').count(), 0);
  await popup.locator('.alarm-rows .row').first().waitFor();
  await popup.keyboard.press('j');
  await popup.keyboard.press('j');
  await popup.keyboard.press('Enter');
  const card = page.getByRole('complementary', { name: '所选对象' });
  await card.getByRole('heading', { name: '解放南路泵站前池' }).waitFor();
  await popup.close();
  await page.locator('.alarm-rows .row').first().waitFor();
  await page.close();
});

test('all windows show the same moment, and each says that it is the past', async () => {
  const page = await ui.open();
  const popup = await tornOff(page, '告警列表：在独立窗口打开');
  await popup.keyboard.press('Comma');
  for (const one of [popup, page]) {
    await one.locator('.past-frame').first().waitFor({ state: 'attached' });
  }
  await page.keyboard.press('Home');
  for (const one of [popup, page]) {
    await one.locator('.past-frame').first().waitFor({ state: 'detached' });
  }
  await page.close();
});

test('the twin gets the room of what stands elsewhere', async () => {
  const page = await ui.open();
  const before = await page.locator('.twin').boundingBox();
  for (const name of ['告警列表', '事件看板', '所选对象', '时间轴']) {
    await page.keyboard.press('Shift+W');
    await tornOff(page, `${name}：放到屏幕 2`);
    await page.bringToFront();
  }
  await page.locator('.desk[data-torn="alarms events card timeline"]').waitFor();
  const alone = await page.locator('.twin').boundingBox();
  assert.ok(alone.width > before.width + 600 && alone.height > before.height + 60, JSON.stringify([before, alone]));
  await page.close();
});

test('the menu says where panels are, and brings them back by key', async () => {
  const page = await ui.open('?lang=en');
  await page.keyboard.press('Shift+W');
  const menu = page.getByRole('region', { name: 'Windows' });
  const popup = await tornOff(page, 'Timeline: put on Screen 2');
  await page.bringToFront();
  await page.keyboard.press('Shift+W');
  await menu.waitFor();
  assert.deepEqual(await faultsOf(page), []);
  const closed = popup.waitForEvent('close');
  await menu.getByRole('button', { name: 'Timeline: back to the main window' }).press('Enter');
  await closed;
  await page.locator('.timeline').waitFor({ state: 'visible' });
  await page.keyboard.press('Escape');
  await menu.waitFor({ state: 'detached' });
  await page.close();
});

for (const panel of PANELS) {
  test(`${panel} alone: nothing overflows in either language, and nobody is kept out`, async () => {
    for (const [query, size] of [
      ['', [1366, 768]],
      ['&lang=en', [1000, 700]],
    ]) {
      const page = await ui.open(`?panel=${panel}${query}`, size);
      await page.locator(`.torn[data-panel="${panel}"]`).waitFor();
      const over = await page.evaluate(() => [
        document.documentElement.scrollWidth - window.innerWidth,
        document.documentElement.scrollHeight - window.innerHeight,
      ]);
      assert.ok(over[0] <= 0 && over[1] <= 0, `${panel} overflows by ${over}`);
      assert.deepEqual(await faultsOf(page), []);
      await page.close();
    }
  });
}

test('no page threw or logged an error', () => {
  assert.deepEqual(ui.faults, []);
});
