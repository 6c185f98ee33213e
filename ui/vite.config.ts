// How the UI is built, served and tested.
//
// The fonts and the texts live in `../assets`, because Rust uses them too; nothing is copied into this folder.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import solid from 'vite-plugin-solid';
import { defineConfig } from 'vitest/config';

const locales = fileURLToPath(new URL('../assets/locales', import.meta.url));
const fontFolder = fileURLToPath(new URL('../assets/fonts', import.meta.url));
const fontNames = ['NotoSansSC-Regular.ttf', 'NotoSansSC-Bold.ttf'];

/** Serves and bundles the fonts as `/fonts/<name>`; without the files the UI falls back to the system's. */
function cityFonts(): Plugin {
  return {
    name: 'city-fonts',
    configureServer(server) {
      server.middlewares.use('/fonts', (request, response, next) => {
        const name = fontNames.find((known) => request.url === `/${known}`);
        if (name === undefined || !existsSync(`${fontFolder}/${name}`)) {
          next();
          return;
        }
        response.setHeader('Content-Type', 'font/ttf');
        response.end(readFileSync(`${fontFolder}/${name}`));
      });
    },
    generateBundle() {
      for (const name of fontNames) {
        if (existsSync(`${fontFolder}/${name}`)) {
          this.emitFile({ type: 'asset', fileName: `fonts/${name}`, source: readFileSync(`${fontFolder}/${name}`) });
        } else {
          this.warn(`assets/fonts/${name} is missing: the UI will use the system's font`);
        }
      }
    },
  };
}

export default defineConfig({
  plugins: [solid(), cityFonts()],
  resolve: { alias: { '@locales': locales } },
  server: { host: '127.0.0.1', port: 5173, strictPort: true, fs: { allow: ['.', '../assets'] } },
  preview: { host: '127.0.0.1' },
  build: { target: 'safari17', reportCompressedSize: false, assetsInlineLimit: 0 },
  test: {
    environment: 'happy-dom',
    setupFiles: ['src/fixtures/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    restoreMocks: true,
    // What a test waits for ends it; this only ends one that hangs, also on a machine that builds beside.
    testTimeout: 30_000,
  },
});
