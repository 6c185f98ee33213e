// The wall and the planner, in a real browser over the sample city.

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

/** Font sizes of everything that shows text, px, with the text. */
function sizes(page) {
  return page.evaluate(() => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      if (node.data.trim() !== '' && node.parentElement.checkVisibility()) {
        found.push([Number.parseFloat(getComputedStyle(node.parentElement).fontSize), node.data.trim()]);
      }
    }
    return found;
  });
}

for (const [width, height, least] of [
  [1920, 1080, 24],
  [3840, 2160, 48],
]) {
  test(`on a ${width}×${height} wall nothing is smaller than ${least} px`, async () => {
    const page = await ui.open('?mode=wall', [width, height]);
    const small = (await sizes(page)).filter(([px]) => px < least - 0.01);
    assert.deepEqual(small, []);
    await page.close();
  });
}

test('the wall has seven figures, no cursor and no scroll bar', async () => {
  const page = await ui.open('?mode=wall');
  assert.equal(await page.locator('.figure').count(), 7);
  assert.equal(await page.evaluate(() => getComputedStyle(document.querySelector('.figure')).cursor), 'none');
  const scrolls = await page.evaluate(
    () =>
      [...document.querySelectorAll('.wall *')].filter((element) =>
        /auto|scroll/.test(getComputedStyle(element).overflowY),
      ).length,
  );
  assert.equal(scrolls, 0);
  await page.close();
});

test('no figure, row or heading of the wall is cut, in either language', async () => {
  for (const query of ['?mode=wall', '?mode=wall&lang=en']) {
    const page = await ui.open(query);
    const cut = await page.evaluate(() =>
      [...document.querySelectorAll('.figure, .wall-list h2, .wall-title')]
        .filter(
          (element) => element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1,
        )
        .map((element) => element.textContent),
    );
    assert.deepEqual(cut, [], query);
    await page.close();
  }
});

test('a new level II event takes the wall with a banner', async () => {
  const page = await ui.open('?mode=wall');
  await page.getByRole('alert').waitFor({ timeout: 60_000 });
  assert.match(await page.getByRole('alert').innerText(), /突发事件[\s\S]*重大[\s\S]*云龙湖下穿通道积水 22 厘米/);
  assert.match(await page.locator('.wall-tour').innerText(), /突发，\d+ 秒后返回巡览/);
  await page.close();
});

test('the planner opens a recording paused at its beginning and plays it with Space', async () => {
  const page = await ui.open('?mode=planner');
  await page.getByText('没有中枢：打开的是本地录像').waitFor();
  assert.match(await page.locator('.moment').innerText(), /录像[\s\S]*11-20[\s\S]*14:03:27[\s\S]*已暂停/);
  await page.keyboard.press('Space');
  await page.waitForTimeout(2200);
  assert.match(await page.locator('.moment').innerText(), /14:0[4-6]:\d\d[\s\S]*播放 ×60/);
  const timeline = await page.locator('.timeline').boundingBox();
  assert.equal(Math.round(timeline.height), 224);
  await page.close();
});

test('no page threw, logged an error or broke the content security policy', () => {
  assert.deepEqual(ui.faults, []);
});
