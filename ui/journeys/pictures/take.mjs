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
/** Back to where the sample's late reports had not come yet. */
const scrub = async (page, share) => {
  const track = await page.locator('.track').boundingBox();
  await page.mouse.click(track.x + track.width * share, track.y + 60);
  await page.waitForTimeout(700);
};
/** Opens a drawer and waits for what it reads. */
const drawer = (key) => async (page) => {
  await page.keyboard.press(key);
  await page.waitForTimeout(900);
};
const laptop = [1366, 768];
/** The first event's page with one of its tabs in front. */
const eventTab = (tab) => async (page) => {
  await page.keyboard.press('2');
  await page.waitForTimeout(300);
  await select(page);
  await page.locator(`#case-tab-${tab}`).click();
  await page.waitForTimeout(700);
};
/** A page above the twin, and something in it. */
const pageOf = (key, button) => async (page) => {
  await page.keyboard.press(key);
  if (button !== undefined) {
    await page.locator(button).click();
  }
  await page.waitForTimeout(900);
};
const eventScreens = [
  ['event', eventTab('overview')],
  ['event-log', eventTab('timeline')],
  ['event-plan', eventTab('plan')],
  ['event-dispatch', eventTab('dispatch')],
  ['event-picture', eventTab('picture')],
  ['event-new', drawer('Shift+N')],
  ['event-board', pageOf('3', '.board-views button:nth-of-type(1)')],
  ['event-columns', pageOf('3', '.board-views button:nth-of-type(2)')],
  ['event-map', pageOf('3', '.board-views button:nth-of-type(3)')],
  ['duty', pageOf('4')],
  ['duty-handover', pageOf('4', '.duty-views button:nth-of-type(2)')],
  ['analysis', pageOf('5')],
  ['plans', pageOf('6')],
  ['video-catalogue', pageOf('7')],
  [
    'video-channel',
    async (page) => {
      await page.keyboard.press('7');
      await page.locator('.tree-fold').first().click();
      await page.waitForTimeout(400);
      await page.locator('.channel-row').nth(3).click();
      await page.waitForTimeout(700);
    },
  ],
  [
    'video-map',
    async (page) => {
      await page.keyboard.press('7');
      await page.locator('.channel-search .choices-row button').nth(1).click();
      await page.waitForTimeout(1200);
    },
  ],
  [
    'video-import',
    async (page) => {
      await page.keyboard.press('7');
      await page.locator('.channel-search > button').last().click();
      await page.locator('.import-file input').fill('/data/cameras.csv');
      await page.keyboard.press('Enter');
      await page.locator('.import-columns').waitFor();
      await page.locator('.import-foot button').last().click();
      await page.waitForTimeout(700);
    },
  ],
  ['video-health', pageOf('7', '#video-tab-health')],
  ['video-rights', pageOf('7', '#video-tab-rights')],
  [
    'video-grants',
    async (page) => {
      await page.keyboard.press('7');
      await page.locator('.channel-choose input').nth(2).click();
      await page.locator('.chosen-bar .tool-acts button').last().click();
      await page.waitForTimeout(700);
    },
  ],
  [
    'video-audit',
    async (page) => {
      await page.keyboard.press('7');
      await page.locator('#video-tab-rights').click();
      await page.locator('.rights-views button').last().click();
      await page.waitForTimeout(900);
    },
  ],
];
/** Each screen of the event desk in both languages and at both usual sizes. */
const events = eventScreens.flatMap(([name, act]) =>
  ['zh-CN', 'en'].flatMap((lang) =>
    [laptop, fullHd].map((size) => [`${name}-${lang}-${size[0]}`, `?lang=${lang}`, size, act]),
  ),
);
const pictures = [
  ...events,
  ['alarms-zh', '', laptop, select],
  ['alarms-en', '?lang=en', laptop, select],
  ['alarms-flood', '?fake=flood', fullHd],
  ['alarms-flood-en', '?fake=flood&lang=en', laptop],
  [
    'alarms-filters',
    '',
    laptop,
    async (page) => {
      await page.keyboard.press('Shift+F');
      await page.keyboard.press('j');
      await page.keyboard.press('Shift+ArrowDown');
      await page.waitForTimeout(400);
    },
  ],
  [
    'alarms-shelve',
    '',
    fullHd,
    async (page) => {
      await page.keyboard.press('j');
      await page.keyboard.press('h');
      await page.waitForTimeout(300);
    },
  ],
  ['alarms-load', '', fullHd, drawer('F4')],
  ['alarms-load-en', '?lang=en', laptop, drawer('F4')],
  ['alarms-rules', '', fullHd, drawer('Shift+F4')],
  ['alarms-rules-en', '?lang=en', laptop, drawer('Shift+F4')],
  ['desk-zh', '', fullHd, select],
  ['desk-zh-empty-card', '', fullHd],
  ['desk-en', '?lang=en', fullHd, select],
  [
    'sync-sources',
    '?fake=sync',
    fullHd,
    async (page) => {
      await page.keyboard.press('d');
      await page.waitForTimeout(1500);
      await page.keyboard.press('Enter');
      await page.waitForTimeout(300);
    },
  ],
  [
    'sync-outbox',
    '?fake=sync&lang=en',
    [1366, 768],
    async (page) => {
      await page.keyboard.press('2');
      await select(page);
      await page.keyboard.press('Shift+D');
      await page.waitForTimeout(1500);
    },
  ],
  ['sync-wall', '?fake=sync&mode=wall', fullHd, (page) => page.waitForTimeout(6000)],
  ['sync-first', '?fake=first&lang=en', fullHd, (page) => page.waitForTimeout(6000)],
  [
    'layers-page',
    '',
    fullHd,
    async (page) => {
      await page.locator('.layer-open', { hasText: '噪声热力' }).first().click();
      await page.keyboard.press('F2');
      await page.waitForTimeout(700);
    },
  ],
  [
    'layers-card-en',
    '?lang=en',
    [1366, 768],
    async (page) => {
      await select(page);
      await page.locator('.layer-open', { hasText: 'Gas' }).first().click();
      await page.waitForTimeout(400);
    },
  ],
  [
    'layers-selection',
    '',
    fullHd,
    async (page) => {
      const area = await page.locator('.picture').boundingBox();
      await page.keyboard.down('Shift');
      await page.mouse.move(area.x + area.width * 0.3, area.y + area.height * 0.2);
      await page.mouse.down();
      await page.mouse.move(area.x + area.width * 0.7, area.y + area.height * 0.6, { steps: 5 });
      await page.mouse.up();
      await page.keyboard.up('Shift');
      await page.waitForTimeout(700);
    },
  ],
  [
    'performance',
    '',
    fullHd,
    async (page) => {
      await page.keyboard.press('F3');
      await page.waitForTimeout(16_000);
    },
  ],
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
  ['time-scrubbed-then', '', fullHd, (page) => scrub(page, 0.62)],
  [
    'time-scrubbed-now',
    '',
    fullHd,
    async (page) => {
      await scrub(page, 0.62);
      await page.keyboard.press('Shift+K');
      await page.waitForTimeout(700);
    },
  ],
  [
    'time-weeks',
    '',
    fullHd,
    async (page) => {
      await page.getByRole('button', { name: '看全部' }).click();
      await page.waitForTimeout(900);
    },
  ],
  [
    'time-range',
    '?lang=en',
    fullHd,
    async (page) => {
      const track = await page.locator('.track').boundingBox();
      await page.keyboard.down('Shift');
      await page.mouse.move(track.x + track.width * 0.5, track.y + 60);
      await page.mouse.down();
      await page.mouse.move(track.x + track.width * 0.6, track.y + 60, { steps: 4 });
      await page.mouse.up();
      await page.keyboard.up('Shift');
      await page.waitForTimeout(400);
    },
  ],
  ...[
    ['time-chart', '', fullHd],
    ['time-chart-laptop-en', '?lang=en', [1366, 768]],
  ].map(([name, query, size]) => [
    name,
    query,
    size,
    async (page) => {
      await select(page);
      await page.locator('.trend-add').click();
      for (const words of ['泵站前池', '下穿通道', '阀门井']) {
        await page.locator('.add-series input').fill(words);
        await page.locator('.series-found .palette-row').first().click();
      }
      await scrub(page, 0.8);
      await page.waitForTimeout(900);
    },
  ]),
  [
    'time-recordings',
    '',
    fullHd,
    async (page) => {
      await page.keyboard.press('Shift+T');
      await page.getByRole('tab', { name: '录像' }).click();
      await page.waitForTimeout(400);
    },
  ],
  [
    'time-storage-diskfull',
    '?fake=diskfull',
    fullHd,
    async (page) => {
      await page.keyboard.press('Shift+T');
      await page.getByRole('tab', { name: '历史存储' }).click();
      await page.waitForTimeout(400);
    },
  ],
  [
    'time-branch',
    '?mode=planner',
    fullHd,
    async (page) => {
      await scrub(page, 0.97);
      await page.keyboard.press('Shift+T');
      await page.getByRole('tab', { name: '分支' }).click();
      await page.locator('.drawer form button[type="submit"]').click();
      await select(page);
    },
  ],
  [
    'wall-past',
    '?mode=wall',
    fullHd,
    async (page) => {
      await page.keyboard.press('Space');
      await page.waitForTimeout(600);
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
