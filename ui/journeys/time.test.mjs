// Through time at the desk: scrubbing, what was known then, steps, ranges, curves, moments, recordings, branches.

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

/** Drags over the track from one share of its width to another. */
async function drag(page, from, to) {
  const track = await page.locator('.track').boundingBox();
  const y = track.y + Math.min(60, track.height * 0.6);
  await page.mouse.move(track.x + track.width * from, y);
  await page.mouse.down();
  await page.mouse.move(track.x + track.width * to, y, { steps: 10 });
  await page.mouse.up();
}

async function markRange(page, from, to) {
  await page.keyboard.down('Shift');
  await drag(page, from, to);
  await page.keyboard.up('Shift');
  await page.getByRole('region', { name: '所选时段' }).waitFor();
}

const shown = async (page) => (await page.locator('.moment-time').innerText()).trim();

test('scrubbing says in four places that this is not now, and live alarms go on', async () => {
  const page = await ui.open();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await drag(page, 0.9, 0.6);
  await page.locator('.past-frame').first().waitFor();
  const time = await shown(page);
  assert.match(await page.locator('.past-bar').innerText(), new RegExp(`回放[\\s\\S]*${time}[\\s\\S]*当时所知`));
  assert.match(await page.locator('.moment').innerText(), /回放[\s\S]*已暂停[\s\S]*当时所知/);
  assert.match(await page.locator('.card-past').innerText(), /回放/);
  assert.match(await page.locator('.track-head.past').innerText(), new RegExp(time));
  await page.getByRole('button', { name: /实时告警 \d+/ }).click();
  await page.locator('.past-frame').first().waitFor({ state: 'detached' });
  await page.locator('.card-title h2').waitFor();
  await page.close();
});

test('what was known then and what is known now differ by what was learnt since', async () => {
  const page = await ui.open();
  await drag(page, 0.9, 0.62);
  await page.getByText(/此后得知 \d+ 条/).waitFor();
  await page.keyboard.press('2');
  const count = async () => Number(await page.getByRole('grid', { name: '事件' }).getAttribute('aria-rowcount'));
  const settled = async () => {
    for (let before = -1, now = await count(); ; before = now, now = await count()) {
      if (now === before) return now;
      await page.waitForTimeout(300);
    }
  };
  const then = await settled();
  await page.getByRole('button', { name: '现在所知' }).click();
  await page.waitForFunction(
    (before) => Number(document.querySelector('.rows')?.getAttribute('aria-rowcount')) > before,
    then,
  );
  await page.keyboard.press('Shift+K');
  await page.waitForTimeout(700);
  assert.equal(await settled(), then);
  await page.close();
});

test('keys step by event and by alarm, in both directions', async () => {
  const page = await ui.open();
  await page.keyboard.press('Comma');
  await page.locator('.moment').waitFor();
  const first = await shown(page);
  await page.keyboard.press('Comma');
  await page.waitForFunction((before) => document.querySelector('.moment-time')?.textContent !== before, first);
  const second = await shown(page);
  assert.ok(second < first, `${second} is not before ${first}`);
  await page.keyboard.press('Period');
  await page.waitForFunction((before) => document.querySelector('.moment-time')?.textContent === before, first);
  await page.keyboard.press('Shift+Comma');
  await page.waitForFunction((before) => document.querySelector('.moment-time')?.textContent !== before, first);
  await page.close();
});

test('it plays backwards, faster by a key, and stands at a typed time', async () => {
  const page = await ui.open();
  await page.keyboard.press('Shift+G');
  await page.getByRole('textbox', { name: '转到时刻' }).fill('12:00');
  await page.keyboard.press('Enter');
  await page.getByText('12:00:00').first().waitFor();
  await page.getByRole('button', { name: '倒放' }).click();
  await page.waitForTimeout(1300);
  assert.match(await page.locator('.moment').innerText(), /11:5\d:\d\d[\s\S]*倒放 ×60/);
  await page.keyboard.press('Space');
  await page.getByText('已暂停').first().waitFor();
  await page.keyboard.press('BracketRight');
  assert.equal(await page.locator('.rate-open').innerText(), '×\u221210');
  await page.close();
});

test('a marked range says its length, plays in a loop and is taken back by Escape', async () => {
  const page = await ui.open();
  await markRange(page, 0.5, 0.52);
  assert.match(await page.locator('.strip').innerText(), /\d+ 分/);
  await page.getByRole('button', { name: '×1000' }).click();
  await page.getByRole('region', { name: '所选时段' }).getByRole('button', { name: '循环播放' }).click();
  await page.waitForTimeout(2600);
  assert.match(await page.locator('.moment').innerText(), /循环/);
  const head = await page.locator('.track-head').boundingBox();
  const range = await page.locator('.track-range').boundingBox();
  assert.ok(head.x >= range.x - 3 && head.x <= range.x + range.width + 3, 'the playhead left its range');
  await page.keyboard.press('Escape');
  await page.locator('.track-range').waitFor({ state: 'detached' });
  await page.close();
});

test('series of two units are charted one under the other; a drag zooms, a click sets the clock', async () => {
  const page = await ui.open();
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.locator('.trend-add').click();
  await page.locator('.add-series input').fill('泵站前池');
  await page.locator('.series-found .palette-row').first().click();
  await page.locator('.trends-row .u-over').nth(1).waitFor();
  const over = await page.locator('.trends-row .u-over').first().boundingBox();
  const y = over.y + over.height / 2;
  await page.mouse.move(over.x + over.width * 0.5, y);
  await page.waitForTimeout(200);
  assert.match(await page.locator('.trends-entry').first().innerText(), /\d+/);
  await page.mouse.down();
  await page.mouse.move(over.x + over.width * 0.7, y, { steps: 6 });
  await page.mouse.up();
  await page.getByRole('button', { name: '缩放复原' }).waitFor();
  await page.waitForTimeout(500);
  assert.equal(await page.locator('.past-frame').count(), 0);
  await page.mouse.click(over.x + over.width * 0.4, y);
  await page.locator('.past-frame').first().waitFor();
  const line = await page.locator('.clock-line').first().boundingBox();
  assert.ok(Math.abs(line.x - (over.x + over.width * 0.4)) < 8, 'the line is not at the moment clicked');
  await page.close();
});

test('a moment is marked under a name, lies over the track, is gone to and removed with a way back', async () => {
  const page = await ui.open();
  await drag(page, 0.9, 0.4);
  await page.keyboard.press('Shift+M');
  const field = page.getByRole('textbox', { name: '名称' });
  await field.fill('值得再看');
  await page.keyboard.press('Enter');
  const mark = page.getByRole('button', { name: '转到 值得再看' });
  await mark.waitFor();
  const time = await shown(page);
  await page.keyboard.press('r');
  await page.locator('.past-frame').first().waitFor({ state: 'detached' });
  await mark.click();
  await page.locator('.moment').waitFor();
  assert.equal(await shown(page), time);
  await mark.press('Delete');
  await mark.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: '撤销' }).click();
  await mark.waitFor();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('值得再看');
  await page.getByRole('option').first().waitFor();
  await page.close();
});

test('a range becomes a recording, which is checked', async () => {
  const page = await ui.open();
  await markRange(page, 0.5, 0.55);
  await page.getByRole('button', { name: '存为录像' }).click();
  await page.getByRole('textbox', { name: '录像名称' }).first().fill('早高峰');
  await page.keyboard.press('Enter');
  const row = page.locator('.recording').filter({ hasText: '早高峰' });
  await row.getByText('未校验').waitFor({ timeout: 10_000 });
  await row.getByRole('button', { name: '校验 早高峰' }).click();
  await row.getByText('校验无误').waitFor({ timeout: 10_000 });
  await page.close();
});

test('the planner branches, assumes a value, and the frame is teal until it leaves', async () => {
  const page = await ui.open('?mode=planner');
  await drag(page, 0.1, 0.97);
  await page.keyboard.press('Shift+T');
  await page.getByRole('tab', { name: '分支' }).click();
  await page.locator('.drawer form button[type="submit"]').click();
  await page.locator('.past-frame.branch').first().waitFor();
  assert.match(await page.locator('.past-bar').innerText(), /推演 分支/);
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.locator('.assume input').fill('42');
  await page.getByRole('button', { name: '假定' }).click();
  await page.locator('.reading').getByText('推算').waitFor({ timeout: 5000 });
  await page.getByRole('button', { name: '离开分支' }).click();
  await page.locator('.past-frame.branch').first().waitFor({ state: 'detached' });
  await page.close();
});

test('the wall says that it shows the past, and has only the way back', async () => {
  const page = await ui.open('?mode=wall');
  await page.keyboard.press('Space');
  await page.locator('.moment').waitFor();
  assert.match(await page.locator('.moment').innerText(), /回放[\s\S]*已暂停[\s\S]*当时所知[\s\S]*实时告警 \d+/);
  assert.equal(await page.locator('.wall button').count(), 1);
  await page.keyboard.press('r');
  await page.locator('.moment').waitFor({ state: 'detached' });
  await page.close();
});

test('no page threw, logged an error or broke the content security policy', () => {
  assert.deepEqual(ui.faults, []);
});
