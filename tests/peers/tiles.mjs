// How long do CesiumJS and 3DTilesRendererJS take until every tile of a fixed view is shown?
//
// node tiles.mjs FOLDER TILESET.json WIDTHxHEIGHT SSE VIEW.json [PICTURES [cesium|three]]
// prints one JSON object per program: {peer, shown_ms, tiles, frame_ms, canvas, complete}.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { serve } from './server.mjs';

const [folder, tileset, size, sse, viewFile, pictures, only] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const view = JSON.parse(readFileSync(viewFile, 'utf8'));
const [width, height] = size.split('x').map(Number);
const executablePath = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => path && existsSync(path),
);

const server = await serve({
  tiles: resolve(folder),
  peers: here,
  cesium: join(here, 'node_modules/cesium/Build/Cesium'),
  modules: join(here, 'node_modules'),
});
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'],
});
try {
  for (const [peer, name] of [
    ['cesium', 'CesiumJS 1.145.0'],
    ['three', '3DTilesRendererJS 0.5.3'],
  ]) {
    if (only && only !== peer) {
      continue;
    }
    const page = await browser.newPage({ viewport: { width, height }, deviceScaleFactor: 1 });
    page.on('pageerror', (error) => process.stderr.write(`${name}: ${error.message}\n`));
    await page.goto(`${server.url}/peers/${peer}.html`);
    await page.waitForFunction(() => window.isReady === true);
    const result = await page.evaluate((task) => window.show(task), {
      tileset: `${server.url}/tiles/${tileset}`,
      view,
      sse: Number(sse),
      frames: 5,
    });
    if (pictures && pictures !== '-') {
      await page.screenshot({ path: join(pictures, `${peer}-${size}.png`) });
    }
    process.stdout.write(`${JSON.stringify({ peer: name, ...result })}\n`);
    await page.close();
  }
} finally {
  await browser.close();
  server.close();
}
