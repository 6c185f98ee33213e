// Pictures, sight lines, blind spots and moments in a real browser over the sample city.

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

/** The page of video with one of its tabs in front; what an earlier test kept is gone. */
async function openTab(tab, size) {
  const page = await ui.open('', size);
  await page.evaluate(() => localStorage.clear());
  await page.keyboard.press('7');
  await page.locator(`#video-tab-${tab}`).click();
  return page;
}

/** Waits until so many pictures are painted, each with more than one colour on it. */
async function waitForPictures(page, count) {
  await page.waitForFunction(
    (wanted) => {
      const painted = [...document.querySelectorAll('.view-canvas')].filter((canvas) => {
        if (canvas.width < 16 || canvas.height < 9) {
          return false;
        }
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return new Set(new Uint32Array(data.buffer)).size > 8;
      });
      return painted.length >= wanted;
    },
    count,
    { timeout: 10_000 },
  );
}

async function pickCameras(page, count) {
  const rows = page.locator('.pick-camera[aria-pressed="false"]:not(.denied)');
  for (let i = 0; i < count; i += 1) {
    await rows.first().click();
  }
}

async function clickPicture(page, parts) {
  const area = await page.locator('.picture').boundingBox();
  for (const [x, y] of parts) {
    await page.mouse.click(area.x + area.width * x, area.y + area.height * y);
    await page.waitForTimeout(80);
  }
}

/** Fails when the cells are not side by side or reach out of the mosaic. */
async function checkCells(page, count) {
  const boxes = await page.locator('.view-cell').evaluateAll((cells) =>
    cells.map((cell) => {
      const { x, y, width, height } = cell.getBoundingClientRect();
      return { x, y, width, height };
    }),
  );
  assert.equal(boxes.length, count);
  const outer = await page.locator('.mosaic').boundingBox();
  for (const [i, a] of boxes.entries()) {
    assert.ok(a.width > 60 && a.height > 30, `cell ${i} is ${a.width}×${a.height}`);
    assert.ok(a.x >= outer.x - 1 && a.x + a.width <= outer.x + outer.width + 1, `cell ${i} reaches out`);
    for (const b of boxes.slice(i + 1)) {
      const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
      const along = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
      assert.ok(across <= 1.5 || along <= 1.5, 'two cells lie on each other');
    }
  }
}

test('a click on an event brings the first picture within a second and a half', async () => {
  const page = await ui.open();
  await page.keyboard.press('2');
  const row = page.getByRole('row', { name: /金山桥/ }).first();
  await row.waitFor();
  const begun = Date.now();
  await row.click();
  await page.keyboard.press('Enter');
  await page.locator('.card .view-canvas:not([data-pictures="0"])').first().waitFor();
  const took = Date.now() - begun;
  assert.ok(took < 1500, `${took} ms`);
  await waitForPictures(page, 1);
  await page.close();
});

for (const size of [
  [1366, 768],
  [1920, 1080],
]) {
  test(`mosaics of 4, 9 and 16 at ${size.join('×')}: pictures run, cells lie side by side`, async () => {
    const page = await openTab('mosaic', size);
    await pickCameras(page, 4);
    await waitForPictures(page, 3);
    await checkCells(page, 4);
    await page.getByRole('button', { name: '9 画面' }).click();
    await pickCameras(page, 5);
    await checkCells(page, 9);
    await page.getByRole('button', { name: '16 画面' }).click();
    await checkCells(page, 16);
    await page.close();
  });
}

test('pictures go on, carry who looks and when, and stop when the page is closed', async () => {
  const page = await openTab('mosaic');
  await pickCameras(page, 1);
  await waitForPictures(page, 1);
  const count = () => page.locator('.view-canvas').first().getAttribute('data-pictures').then(Number);
  const first = await count();
  await page.waitForTimeout(800);
  assert.ok((await count()) > first, 'the picture stands still');
  await page.keyboard.press('Escape');
  await page.locator('.mosaic').waitFor({ state: 'detached' });
  await page.close();
});

test('a camera is dragged from the list into a cell, and the mosaic is kept and shown again', async () => {
  const page = await openTab('mosaic');
  await page.locator('.pick-camera:not(.denied)').nth(2).dragTo(page.locator('#view-cell-3'));
  await page.locator('#view-cell-3 .view-canvas').waitFor();
  await page.getByRole('button', { name: '保存', exact: true }).click();
  await page.getByRole('textbox', { name: '名称' }).fill('早高峰');
  await page.getByRole('checkbox', { name: '共享给所有席位' }).check();
  await page.keyboard.press('Enter');
  await page.getByText('已保存画面墙「早高峰」').waitFor();
  await page.getByRole('button', { name: '清空' }).click();
  await page.locator('#view-cell-3 .view-canvas').waitFor({ state: 'detached' });
  await page.getByRole('combobox', { name: '已存的画面墙' }).selectOption({ index: 1 });
  await page.locator('#view-cell-3 .view-canvas').waitFor();
  await page.close();
});

test('a snapshot is kept with a reason and revealed only with one', async () => {
  const page = await openTab('mosaic');
  await pickCameras(page, 1);
  await waitForPictures(page, 1);
  await page.getByRole('button', { name: '这一路' }).click();
  await page.getByRole('textbox', { name: '事由，可不填' }).fill('占道经营取证');
  await page.getByRole('button', { name: /^快照 S/ }).click();
  await page.getByText('快照已留存').waitFor();
  await page.getByRole('button', { name: '快照', exact: true }).click();
  await page.locator('.snapshots .pick-camera').first().click();
  await page.getByText('占道经营取证').waitFor();
  const reveal = page.getByRole('button', { name: '去除遮盖' });
  if ((await reveal.count()) > 0) {
    await reveal.click();
    const form = page.getByRole('dialog', { name: '去除遮盖' });
    assert.ok(await form.getByRole('button', { name: /去除遮盖/ }).isDisabled());
    await form.getByRole('textbox').fill('核对嫌疑车牌');
    await page.keyboard.press('Enter');
    await page.getByText('已去除遮盖').waitFor();
  }
  await page.close();
});

test('the whole screen shows pictures only, and Escape leaves it', async () => {
  const page = await openTab('mosaic');
  await pickCameras(page, 1);
  await page.locator('#view-cell-0').focus();
  await page.keyboard.press('f');
  const box = await page.locator('.mosaic.full').boundingBox();
  assert.deepEqual([box.x, box.y, box.width, box.height], [0, 0, 1920, 1080]);
  await page.getByRole('button', { name: /退出全屏/ }).click();
  await page.locator('.mosaic.full').waitFor({ state: 'detached' });
  await page.close();
});

test('who sees a point: clicked in the twin, ranked, with what stands in the way', async () => {
  const page = await openTab('coverage');
  await page.getByRole('button', { name: '点一处' }).click();
  await page.locator('.page.folded').waitFor();
  await page.getByText('在城市里点要看的地方').waitFor();
  await clickPicture(page, [[0.5, 0.5]]);
  const list = page.getByRole('region', { name: '看得见的摄像机' });
  await list
    .getByText(/被.+遮挡/)
    .first()
    .waitFor();
  await list.getByRole('button', { name: '看画面' }).first().click();
  await waitForPictures(page, 1);
  await page.close();
});

test('blind spots, a route and further cameras answer about what was drawn', async () => {
  const page = await openTab('coverage');
  await page.getByRole('button', { name: '盲区图' }).click();
  await page.getByRole('button', { name: '圈范围' }).click();
  await clickPicture(page, [
    [0.3, 0.3],
    [0.7, 0.3],
    [0.6, 0.7],
  ]);
  await page.keyboard.press('Enter');
  await page.getByRole('list', { name: '几台看得见' }).waitFor();
  await page.getByRole('button', { name: '补点建议' }).click();
  await page.getByRole('button', { name: '用上次的范围' }).click();
  await page.getByRole('region', { name: '补点建议' }).getByRole('row').nth(1).waitFor();
  await page.getByRole('button', { name: '巡线' }).click();
  await page.getByRole('button', { name: '画路线' }).click();
  await clickPicture(page, [
    [0.2, 0.6],
    [0.7, 0.4],
  ]);
  await page.keyboard.press('Enter');
  await page.getByText('看不到的路段').waitFor();
  await page.close();
});

test('four points in image and twin calibrate a camera', async () => {
  const page = await openTab('mosaic');
  await pickCameras(page, 1);
  await waitForPictures(page, 1);
  await page.getByRole('button', { name: '这一路' }).click();
  await page.getByRole('button', { name: '标定', exact: true }).click();
  await waitForPictures(page, 1);
  const plane = page.locator('.calibration-plane');
  for (const [i, [x, y]] of [
    [0.2, 0.3],
    [0.8, 0.3],
    [0.2, 0.6],
    [0.75, 0.65],
  ].entries()) {
    const area = await plane.boundingBox();
    await plane.click({ position: { x: area.width * x, y: area.height * y } });
    await page.getByText(`在城市里点出画面上的第 ${i + 1} 点`).waitFor();
    await clickPicture(page, [[0.3 + 0.1 * i, 0.5]]);
  }
  await page.getByText(/均方根误差/).waitFor();
  await page.getByRole('button', { name: '采用' }).click();
  await page.getByText(/标定已采用/).waitFor();
  await page.close();
});

test('a moment leads clock and cameras there; its lanes stand on the timeline', async () => {
  const page = await openTab('moments');
  await page.locator('.moment-lane').first().waitFor();
  await page.getByRole('button', { name: '跳到' }).first().click();
  await page.locator('.past-frame').first().waitFor();
  await page.locator('.view[data-past="true"] .view-canvas:not([data-pictures="0"])').first().waitFor();
  await page.close();
});

test('no page threw or logged an error', () => {
  assert.deepEqual(ui.faults, []);
});
