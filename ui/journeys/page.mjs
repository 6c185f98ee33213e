// Opens the built UI in a real browser for the journeys: one preview server and one Chromium per file.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { preview } from 'vite';

/** As strict as the desktop's: nothing inline, nothing from elsewhere but clips of the hub. */
const policy =
  "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; media-src 'self' http:";

const root = fileURLToPath(new URL('..', import.meta.url));

/** A served UI: `open(query, size, before)` gives a page that has painted; `close()` ends browser and server. */
export async function serveUi() {
  const server = await preview({
    root,
    preview: { port: 0, host: '127.0.0.1', headers: { 'Content-Security-Policy': policy } },
    logLevel: 'error',
  });
  const address = server.httpServer.address();
  const base = `http://127.0.0.1:${address.port}/`;
  const profile = mkdtempSync(join(tmpdir(), 'citymirror-ui-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-sync',
      '--no-first-run',
      '--autoplay-policy=no-user-gesture-required',
    ],
    permissions: ['clipboard-read', 'clipboard-write'],
    viewport: null,
  });
  const faults = [];
  return {
    /** Errors that any page threw or logged so far. */
    faults,
    async open(query = '', [width, height] = [1920, 1080], before = undefined) {
      const page = await context.newPage();
      await before?.(page);
      await page.setViewportSize({ width, height });
      page.on('pageerror', (error) => faults.push(String(error)));
      page.on('console', (message) => {
        // A clip that is meant to be missing is the sample's own doing.
        if (message.type() === 'error' && !message.text().includes('net::ERR')) {
          faults.push(message.text());
        }
      });
      await page.goto(base + query);
      await page.locator('.desk, .wall, .torn, .opening').first().waitFor();
      await page.evaluate(() => document.fonts.ready);
      await page.waitForTimeout(700);
      return page;
    },
    async close() {
      await context.close();
      await server.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}
