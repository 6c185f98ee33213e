// The regions at the sizes that control rooms have: nothing overflows, nothing overlaps, the picture gets its holes.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { serveUi } from './page.mjs';

const SIZES = [
  [1366, 768],
  [1920, 1080],
  [3840, 2160],
];

let ui;
before(async () => {
  ui = await serveUi();
});
after(async () => {
  await ui?.close();
});

/** Neighbouring buttons share a border line of one pixel. */
function overlaps(a, b) {
  return (
    Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x) > 1.5 &&
    Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y) > 1.5
  );
}

/** Fails with the names of visible elements of `selector` that lie on each other. */
async function checkApart(page, selector) {
  const boxes = await page.evaluate(
    (wanted) =>
      [...document.querySelectorAll(wanted)]
        .filter((element) => element.checkVisibility())
        .map((element) => {
          const { x, y, width, height } = element.getBoundingClientRect();
          return { name: element.className, x, y, width, height };
        }),
    selector,
  );
  assert.ok(boxes.length > 1, selector);
  for (const [i, a] of boxes.entries()) {
    for (const b of boxes.slice(i + 1)) {
      assert.ok(!overlaps(a, b), `${a.name} lies on ${b.name}`);
    }
  }
}

/** Fails when `inner` reaches out of `outer`. */
async function checkWithin(page, inner, outer) {
  const [a, b] = await Promise.all([
    page.locator(inner).first().boundingBox(),
    page.locator(outer).first().boundingBox(),
  ]);
  const isWithin =
    a.x >= b.x - 1 && a.y >= b.y - 1 && a.x + a.width <= b.x + b.width + 1 && a.y + a.height <= b.y + b.height + 1;
  assert.ok(isWithin, `${inner} reaches out of ${outer}: ${JSON.stringify([a, b])}`);
}

async function checkInside(page) {
  const [width, height] = await page.evaluate(() => [
    document.documentElement.scrollWidth - window.innerWidth,
    document.documentElement.scrollHeight - window.innerHeight,
  ]);
  assert.ok(width <= 0 && height <= 0, `overflows by ${width}×${height}`);
  const out = await page.evaluate(() =>
    [
      ...document.querySelectorAll(
        '.topbar > *, .timeline-controls *, .card-head *, .counts *, .desk-bar > *, .wall-title > *',
      ),
    ]
      .filter((element) => element.checkVisibility() && element.clientWidth > 1)
      .filter((element) => {
        const box = element.getBoundingClientRect();
        return box.right > window.innerWidth + 0.5 || box.bottom > window.innerHeight + 0.5;
      })
      .map((element) => element.className),
  );
  assert.deepEqual(out, []);
}

for (const size of SIZES) {
  for (const query of ['', '?lang=en', '?fake=offline', '?mode=planner', '?mode=planner&lang=en', '?fake=flood']) {
    test(`desk ${query || 'plain'} at ${size.join('×')}: regions and floats lie side by side`, async () => {
      const page = await ui.open(query, size);
      await page.keyboard.press('2');
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await page.waitForTimeout(400);
      if (query === '' || query === '?lang=en') {
        await page.keyboard.press('Space');
        await page.locator('.moment').waitFor();
      }
      await checkInside(page);
      await checkApart(page, '.topbar, .desk-bar, .lists, .twin, .desk > .card, .timeline');
      await checkApart(page, '.topbar > *:not(.topbar-space)');
      await checkApart(page, '.picture .float');
      await checkApart(page, '.timeline-controls button, .timeline-live');
      await page.close();
    });
  }
  for (const [key, query] of [
    ['f', ''],
    ['c', '?lang=en'],
    ['s', '?mode=planner'],
    ['m', ''],
    ['x', '?lang=en'],
    ['b', ''],
  ]) {
    test(`tool ${key} ${query} at ${size.join('×')}: its panel lies beside the other floats and inside the picture`, async () => {
      const page = await ui.open(query, size);
      await page.keyboard.press('2');
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await page.keyboard.press(key);
      await page.locator('.tool-panel').waitFor();
      if (key === 'c') {
        await page.locator('.tool-panel select').selectOption('height');
        await page.locator('.colour-legend').waitFor();
      }
      await page.waitForTimeout(300);
      await checkApart(page, '.picture .float');
      const [panel, picture] = await Promise.all([
        page.locator('.tool-panel').boundingBox(),
        page.locator('.picture').boundingBox(),
      ]);
      assert.ok(panel.height > 120, `the panel is only ${panel.height} high`);
      assert.ok(panel.y + panel.height <= picture.y + picture.height && panel.x >= picture.x);
      await page.close();
    });
  }
  for (const query of ['', '?lang=en', '?mode=planner', '?fake=diskfull&lang=en']) {
    test(`history ${query || 'plain'} at ${size.join('×')}: drawer, strip and bars lie beside everything else`, async () => {
      const page = await ui.open(query, size);
      // Now there are alarms to select, whatever the past moment has.
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await page.waitForTimeout(500);
      const track = await page.locator('.track').boundingBox();
      await page.mouse.click(track.x + track.width * 0.97, track.y + track.height * 0.6);
      await page.locator('.past-bar').waitFor();
      // The planner's moment may have no alarm to select: then the chart opens empty.
      const add = page.locator('.trend-add');
      await ((await add.count()) > 0 ? add.click() : page.keyboard.press('t'));
      await page.locator('.drawer').waitFor();
      await page.keyboard.press('Shift+G');
      await page.locator('.strip').first().waitFor();
      await page.waitForTimeout(500);
      await checkInside(page);
      await checkApart(page, '.topbar, .desk-bar, .lists, .twin, .desk > .card, .drawer, .timeline');
      await checkApart(page, '.topbar > *:not(.topbar-space)');
      await checkApart(page, '.past-bar > *:not(.past-space)');
      await checkApart(page, '.picture .float');
      await checkApart(page, '.timeline-controls button, .timeline-live');
      await checkApart(page, '.drawer-head > *, .trends-side, .trends-head, .trends-rows, .trends-legend');
      await page.close();
    });
  }
  for (const query of ['', '?lang=en', '?fake=layers', '?mode=planner&lang=en']) {
    test(`layers ${query || 'plain'} at ${size.join('×')}: card, page and performance lie beside everything else`, async () => {
      const page = await ui.open(query, size);
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      await page.locator('.layer-row').first().waitFor();
      await checkApart(page, '.picture .float');
      // A very long tree draws only what is in sight.
      const noise = query.includes('lang=en') ? 'Noise heat map' : '噪声热力';
      const layer = query === '?fake=layers' ? '人员' : noise;
      await page.locator('.layer-open', { hasText: layer }).first().click();
      await page.locator('.layers .layer-details').waitFor();
      await checkApart(page, '.picture .float');
      await checkWithin(page, '.layers', '.picture');
      await checkWithin(page, '.layers-body', '.layers');
      for (const key of ['F2', 'F3']) {
        await page.keyboard.press(key);
        await page.locator(key === 'F2' ? '.layers-page' : '.performance-strip').waitFor();
        await page.waitForTimeout(300);
        await checkInside(page);
        await checkApart(page, '.topbar, .desk-bar, .lists, .twin, .desk > .card, .drawer, .timeline');
        await checkApart(page, '.picture .float');
        await checkApart(page, key === 'F2' ? '.layers-page > *' : '.performance-page > *');
      }
      await page.close();
    });
  }
  for (const language of ['zh-CN', 'en']) {
    test(`pages and the page of an event in ${language} at ${size.join('×')} lie beside everything else`, async () => {
      const page = await ui.open(`?lang=${language}`, size);
      for (const key of ['2', 'j', 'Enter']) {
        await page.keyboard.press(key);
      }
      await page.locator('.case-tabs').waitFor();
      await checkApart(page, '.case-tabs > *');
      await checkApart(page, '.case-moves .tool-acts > *');
      await checkWithin(page, '.case-tabs > :last-child', '.case-tabs');
      for (const key of ['3', '4', '5', '6', '7']) {
        await page.keyboard.press(key);
        await page.locator('.page-inside').waitFor();
        await page.waitForTimeout(300);
        await checkInside(page);
        await checkApart(page, '.topbar, .desk-bar, .lists, .page, .twin, .desk > .card, .timeline');
        await checkApart(page, '.topbar > *:not(.topbar-space)');
        await checkApart(page, '.page-head > *:not(.page-space), .page-tools > *');
        // Of what floats in the picture only the scale is left.
        await checkWithin(page, '.picture .float:visible', '.picture');
      }
      await page.close();
    });
  }
  for (const language of ['zh-CN', 'en']) {
    test(`the tabs of the video page in ${language} at ${size.join('×')} lie beside everything else`, async () => {
      const page = await ui.open(`?lang=${language}`, size);
      await page.keyboard.press('7');
      for (const tab of ['catalogue', 'mosaic', 'coverage', 'moments', 'health', 'rights']) {
        await page.locator(`#video-tab-${tab}`).click();
        await page.waitForTimeout(400);
        await checkInside(page);
        await checkApart(page, '.topbar, .desk-bar, .lists, .page, .twin, .desk > .card, .timeline');
        await checkApart(page, '.page-head > *:not(.page-space), .video-head > *');
        await checkWithin(page, '.video-body > *', '.video-body');
      }
      await page.locator('#video-tab-catalogue').click();
      await page.locator('.channel-row').first().click();
      await page.locator('.sheet-head').waitFor();
      await checkApart(page, '.catalogue > *');
      await checkApart(page, '.sheet-head .tool-acts > *');
      await page.close();
    });
  }
  test(`wall at ${size.join('×')}: boards lie side by side`, async () => {
    const page = await ui.open('?mode=wall', size);
    await checkInside(page);
    await checkApart(page, '.wall-title, .wall-vitals, .wall-twin, .wall-alarms, .wall-events, .wall-tour');
    await page.close();
  });
}

test('no page threw, logged an error or broke the content security policy', () => {
  assert.deepEqual(ui.faults, []);
});
