// On duty in a real browser over the sample city: an officer reads and writes the log, hands the shift over, and looks at
// what the cases of the last days amount to.

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

const SIZES = [
  [1366, 768],
  [1920, 1080],
  [3840, 2160],
];

const log = (page) => page.getByRole('region', { name: '值班日志' });
const sheet = (page) => page.getByRole('region', { name: '交班单' });

async function openHandover(page) {
  await page.keyboard.press('4');
  await page.getByRole('button', { name: '交接班', exact: true }).click();
  await sheet(page).waitFor();
}

/** What is cut off or lies over something in the page above the twin; empty when nothing does. */
async function cutOff(page) {
  return page.evaluate(() => {
    const area = document.querySelector('.page').getBoundingClientRect();
    return [...document.querySelectorAll('.page button, .page .page-tools > *, .page h3, .page dd')]
      .filter((element) => {
        const box = element.getBoundingClientRect();
        const isWide = element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflow !== 'hidden';
        return box.width > 0 && (box.left < area.left - 1 || box.right > area.right + 1 || isWide);
      })
      .map((element) => `${element.className} ${element.textContent}`);
  });
}

test('the log: sources and words narrow it, an entry is written and taken back', async () => {
  const page = await ui.open('', [1366, 768]);
  await page.keyboard.press('4');
  await log(page).getByRole('row').nth(3).waitFor();
  await page.getByRole('button', { name: /^手记 \d+/ }).click();
  await page.waitForFunction(() =>
    [...document.querySelectorAll('.log-table tbody .log-source')].every((cell) => cell.textContent === '手记'),
  );
  assert.match(await log(page).innerText(), /72 cm[\s\S]*划去：读错水尺/);
  await page.getByRole('textbox', { name: '记一条日志' }).fill('泵站值守人员已到岗');
  await page.keyboard.press('Enter');
  await log(page).getByText('泵站值守人员已到岗').waitFor();
  await page.getByRole('button', { name: '撤销' }).click();
  await log(page).locator('del', { hasText: '泵站值守人员已到岗' }).waitFor();
  await page.close();
});

test('an entry that was not sent is there again after a reload', async () => {
  const page = await ui.open();
  await page.keyboard.press('4');
  await page.getByRole('textbox', { name: '记一条日志' }).fill('雨势加大');
  await page.reload();
  await page.locator('.desk').waitFor();
  await page.keyboard.press('4');
  const field = page.getByRole('textbox', { name: '记一条日志' });
  assert.equal(await field.inputValue(), '雨势加大');
  await field.fill('');
  await page.close();
});

test('a shift is handed over: both officers sign what they saw, and the other one sits here', async () => {
  const page = await ui.open();
  await openHandover(page);
  const draft = page.getByRole('button', { name: '生成交班单' });
  assert.ok(await draft.isDisabled());
  // Each goes away once nothing of its kind is left to take note of.
  for (const all = page.getByRole('button', { name: /^都已知悉/ }); (await all.count()) > 0; ) {
    await all.first().click();
  }
  await sheet(page).getByRole('button', { name: '周海燕' }).click();
  await sheet(page).getByRole('textbox', { name: '要让接班人知道的情况' }).fill('今夜有短时强降雨');
  await sheet(page).getByRole('textbox', { name: '还要继续办的事，一条一件' }).fill('九点前回电应急局');
  await page.keyboard.press('Enter');
  await draft.click();
  await page.getByRole('button', { name: '王建国 签字交班' }).click();
  const name = page.getByRole('textbox', { name: '接班人在此写自己的姓名' });
  await name.waitFor();
  const boxes = page.getByRole('region', { name: '未结事项' }).getByRole('checkbox');
  for (let i = 0; i < (await boxes.count()); i += 1) {
    await boxes.nth(i).check();
  }
  await name.fill('周海燕');
  await page.getByRole('button', { name: '签字接班' }).click();
  assert.match(await sheet(page).innerText(), /SHA-256[\s\S]*[0-9a-f]{8} [0-9a-f]{8}/);
  await page.getByRole('button', { name: '换班，周海燕 当班' }).click();
  await page.getByText('已换班，当班：周海燕').waitFor();
  await page.getByRole('button', { name: '导出', exact: true }).click();
  await page.getByRole('button', { name: 'PDF' }).click();
  await page.getByText(/handover-2026-11-21\.pdf/).waitFor();
  await page.close();
});

test('the analysis: charts, groups, and a repeat place leads the twin there', async () => {
  const page = await ui.open();
  await page.keyboard.press('5');
  const body = page.getByRole('region', { name: '事件分析' });
  await body.locator('.u-over').waitFor();
  await page.getByRole('button', { name: '90 天' }).click();
  await body.getByRole('img', { name: /^90 天/ }).waitFor();
  await page.getByRole('button', { name: '部门' }).click();
  await body.getByText('水务局').first().waitFor();
  await body.locator('.analysis-map .analysis-mark').first().waitFor();
  await body.getByTitle('飞到这里').first().click();
  assert.deepEqual(ui.faults, []);
  await page.close();
});

for (const language of ['zh-CN', 'en']) {
  for (const [width, height] of SIZES) {
    test(`nothing is cut off at ${width}×${height} in ${language}`, async () => {
      const page = await ui.open(`?lang=${language}`, [width, height]);
      await page.keyboard.press('4');
      await page.locator('.log-table').waitFor();
      assert.deepEqual(await cutOff(page), []);
      await page.locator('.duty-views button').nth(1).click();
      await page.locator('.handover-side').waitFor();
      assert.deepEqual(await cutOff(page), []);
      await page.locator('.duty-views button').nth(2).click();
      await page.locator('.handover-list').waitFor();
      assert.deepEqual(await cutOff(page), []);
      await page.keyboard.press('5');
      await page.locator('.analysis-totals').waitFor();
      assert.deepEqual(await cutOff(page), []);
      await page.close();
    });
  }
}
