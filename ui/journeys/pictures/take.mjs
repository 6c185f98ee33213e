// Takes pictures of the sample desk for looking at: `npm run pictures -- FOLDER [NAME]`. Not a test.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { serveUi } from '../page.mjs';

const folder = process.argv[2] ?? 'pictures';
const only = process.argv[3];
mkdirSync(folder, { recursive: true });

const fullHd = [1920, 1080];
const select = async (page) => {
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.waitForTimeout(900);
};
const pictures = [
  ['desk-zh', '', fullHd, select],
  ['desk-zh-empty-card', '', fullHd],
  ['desk-en', '?lang=en', fullHd, select],
  [
    'desk-event',
    '',
    fullHd,
    async (page) => {
      await page.keyboard.press('2');
      await select(page);
    },
  ],
  [
    'desk-past',
    '',
    fullHd,
    async (page) => {
      await select(page);
      const track = await page.locator('.track').boundingBox();
      await page.mouse.click(track.x + track.width * 0.55, track.y + 60);
      await page.keyboard.press('Space');
      await page.waitForTimeout(900);
    },
  ],
  [
    'desk-search',
    '',
    fullHd,
    async (page) => {
      await page.keyboard.press('Control+k');
      await page.keyboard.type('解放');
      await page.waitForTimeout(600);
    },
  ],
  [
    'desk-help',
    '',
    fullHd,
    async (page) => {
      await page.keyboard.press('?');
      await page.waitForTimeout(300);
    },
  ],
  [
    'desk-health',
    '?fake=flood',
    fullHd,
    async (page) => {
      await page.locator('.health-button').click();
      await page.waitForTimeout(300);
    },
  ],
  ['offline', '?fake=offline', fullHd, select],
  ['flood', '?fake=flood', fullHd, async (page) => page.mouse.move(150, 500)],
  ['empty', '?fake=empty', fullHd],
  ['broken', '?fake=broken', fullHd],
  ['laptop', '', [1366, 768], select],
  ['laptop-en', '?lang=en', [1366, 768]],
  ['uhd', '', [3840, 2160], select],
  ['wall', '?mode=wall', fullHd],
  [
    'wall-banner',
    '?mode=wall',
    fullHd,
    async (page) => {
      await page.locator('.banner').waitFor({ timeout: 150_000 });
      await page.waitForTimeout(800);
    },
  ],
  ['wall-uhd-en', '?mode=wall&lang=en', [3840, 2160]],
  ['planner', '?mode=planner', fullHd, select],
  ['planner-laptop-en', '?mode=planner&lang=en', [1366, 768]],
];

const ui = await serveUi();
for (const [name, query, size, act] of pictures) {
  if (only === undefined || name.startsWith(only)) {
    const page = await ui.open(query, size);
    await act?.(page);
    await page.screenshot({ path: join(folder, `${name}.png`) });
    await page.close();
    console.log(name);
  }
}
if (ui.faults.length > 0) {
  console.log(`faults: ${ui.faults.join('\n')}`);
}
await ui.close();
