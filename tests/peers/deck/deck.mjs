// How long does deck.gl take for a picture of many points, and for a change of some of them?
//
// node deck/deck.mjs FOLDER WIDTHxHEIGHT [FRAMES [UPDATES [PICTURE.png]]]
// FOLDER holds what `cim bench layers --peers` wrote: view.json, places.f32 (east, north, up), colours.u8 (RGBA),
// rows.u32 (what changes) and fresh.u8 (to which colours). Prints one JSON object:
// {peer, points, pan_ms, pan_frames_per_s, update_ms, canvas, …}.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { serve } from '../server.mjs';

const [folder, size, frames = '12', updates = '7', picture] = process.argv.slice(2);
const peers = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(peers, 'node_modules');
const view = JSON.parse(readFileSync(join(folder, 'view.json'), 'utf8'));
const { version } = JSON.parse(readFileSync(join(modules, '@deck.gl/core/package.json'), 'utf8'));
const [width, height] = size.split('x').map(Number);
const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => path && existsSync(path),
);

const server = await serve({ task: resolve(folder), peers, modules });
const browser = await chromium.launch({
  executablePath,
  args: [
    '--no-sandbox',
    '--use-gl=angle',
    '--use-angle=swiftshader',
    '--enable-unsafe-swiftshader',
    '--ignore-gpu-blocklist',
    // A picture is shown as soon as it is drawn.
    '--disable-frame-rate-limit',
    '--disable-gpu-vsync',
  ],
});
try {
  const page = await browser.newPage({ viewport: { width, height }, deviceScaleFactor: 1 });
  page.setDefaultTimeout(300_000);
  page.on('pageerror', (error) => process.stderr.write(`deck.gl ${version}: ${error.message}\n`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.location().url.endsWith('/favicon.ico')) {
      process.stderr.write(`deck.gl ${version}: ${message.text()}\n`);
    }
  });
  await page.goto(`${server.url}/peers/deck/deck.html`);
  await page.waitForFunction(() => window.isReady === true);
  const result = await page.evaluate((task) => window.measure(task), {
    base: `${server.url}/task`,
    view,
    frames: Number(frames),
    updates: Number(updates),
    radius_px: view.dot_px / 2,
  });
  if (picture) {
    await page.screenshot({ path: picture });
  }
  process.stdout.write(`${JSON.stringify({ peer: `deck.gl ${version}`, ...result })}\n`);
} finally {
  await browser.close();
  server.close();
}
