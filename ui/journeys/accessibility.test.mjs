// The main screens of the desk in both languages: nothing keeps out who reads with another sense or a weaker eye.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { faultsOf } from './accessibility.mjs';
import { serveUi } from './page.mjs';

let ui;
before(async () => {
  ui = await serveUi();
});
after(async () => {
  await ui?.close();
});

const press =
  (...keys) =>
  async (page) => {
    for (const key of keys) {
      await page.keyboard.press(key);
    }
  };

/** The event board in another of its views. */
const board = (button) => async (page) => {
  await page.keyboard.press('3');
  await page.locator(button).click();
};

/** The duty page in another of its views. */
const duty = (nth) => async (page) => {
  await page.keyboard.press('4');
  await page.locator(`.duty-views button:nth-of-type(${nth})`).click();
};

/** A tab of the video page, and something in it. */
const video = (tab, then) => async (page) => {
  await page.keyboard.press('7');
  await page.locator(`#video-tab-${tab}`).click();
  await then?.(page);
};

/** A tab of the first event's page. */
const tabOf = (tab) => async (page) => {
  for (const key of ['2', 'j', 'Enter']) {
    await page.keyboard.press(key);
  }
  await page.locator(`#case-tab-${tab}`).click();
};

const SCREENS = [
  ['the desk', '', press()],
  ['an alarm with its page', '', press('j', 'Enter')],
  ['several alarms and what can be done to them', '', press('j', 'Shift+ArrowDown')],
  ['the form of a reason', '', press('j', 'h')],
  ['filters and views', '', press('Shift+F')],
  ['a flood', 'fake=flood', press('j')],
  ['the members of a flood', 'fake=flood', press('e')],
  ['the load', '', press('F4')],
  ['the rules', '', press('Shift+F4')],
  ['the events', '', press('2', 'j', 'Enter')],
  ['the events without their desk', 'fake=plain', press('2')],
  ['several events and what can be done to them', '', press('2', 'j', 'Shift+ArrowDown')],
  ['the move of an event', '', press('2', 'j', 'Enter', 'w')],
  ['the filters of the events', '', press('2', 'Shift+F')],
  ['a new event', '', press('Shift+N')],
  ['the event board', '', press('3')],
  ['the columns of the event board', '', board('.board-views button:nth-of-type(2)')],
  ['the map of the event board', '', board('.board-views button:nth-of-type(3)')],
  ...['timeline', 'reports', 'plan', 'dispatch', 'picture', 'files'].map((tab) => [
    `the ${tab} of an event`,
    '',
    tabOf(tab),
  ]),
  ['the duty log', '', press('4')],
  ['the handover', '', duty(2)],
  ['earlier handovers', '', duty(3)],
  ['the analysis', '', press('5')],
  ['the plans', '', press('6')],
  ['the catalogue', '', video('catalogue')],
  [
    'the filters of the catalogue',
    '',
    video('catalogue', (page) => page.locator('.channel-search > button').first().click()),
  ],
  ['a channel with its sheet', '', video('catalogue', (page) => page.locator('.channel-row').first().click())],
  ['channels that are chosen', '', video('catalogue', (page) => page.locator('.channel-choose input').first().click())],
  [
    'the map of channels',
    '',
    video('catalogue', (page) => page.locator('.channel-search .choices-row button').nth(1).click()),
  ],
  ['an import', '', video('catalogue', (page) => page.locator('.channel-search > button').last().click())],
  ['the mosaic', '', video('mosaic')],
  ['who sees what', '', video('coverage')],
  ['moments of cameras', '', video('moments')],
  ['the health of cameras', '', video('health')],
  ['the rights matrix', '', video('rights')],
  ['grants', '', video('rights', (page) => page.locator('.rights-views button').nth(1).click())],
  ['the audit log', '', video('rights', (page) => page.locator('.rights-views button').nth(2).click())],
  ['who acts here', '', (page) => page.locator('.actor-button').click()],
  ['the keys', '', press('?')],
  ['an empty desk', 'fake=empty', press()],
];

for (const language of ['zh-CN', 'en']) {
  for (const [name, query, act] of SCREENS) {
    test(`${name} in ${language}`, async () => {
      const page = await ui.open(`?lang=${language}${query === '' ? '' : `&${query}`}`, [1366, 768]);
      // What blinks is dim half of the time; without motion it is underlined.
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await act(page);
      await page.waitForTimeout(800);
      assert.deepEqual(await faultsOf(page), []);
      await page.close();
    });
  }
}
