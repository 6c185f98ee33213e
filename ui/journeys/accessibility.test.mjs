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
