// How many megabytes of tiles does loaders.gl decode in a second, on one thread, from memory?
//
// node decode.mjs FOLDER REPEATS
// prints {peer, files, bytes, seconds, mb_s, failed}.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from '@loaders.gl/core';
import { Tiles3DLoader } from '@loaders.gl/3d-tiles';

const [folder, repeats] = process.argv.slice(2);
const files = readdirSync(folder, { recursive: true })
  .filter((name) => /\.(b3dm|glb|i3dm|pnts|cmpt)$/.test(name))
  .map((name) => readFileSync(join(folder, name)))
  .map((bytes) => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
// Textures stay compressed: Node has no decoder, and what is compared is geometry and tables.
const options = { worker: false, gltf: { loadImages: false, loadBuffers: true, decompressMeshes: true }, '3d-tiles': { loadGLTF: true, isTileset: false } };
let failed = 0;
const run = async () => {
  for (const file of files) {
    try {
      await parse(file.slice(0), Tiles3DLoader, options);
    } catch {
      failed += 1;
    }
  }
};
await run();
failed = 0;
const begun = performance.now();
for (let turn = 0; turn < Number(repeats); turn += 1) {
  await run();
}
const seconds = (performance.now() - begun) / 1000;
const bytes = files.reduce((sum, file) => sum + file.byteLength, 0) * Number(repeats);
process.stdout.write(
  `${JSON.stringify({ peer: 'loaders.gl 4.5.4', files: files.length, bytes, seconds, mb_s: bytes / 1e6 / seconds, failed })}\n`,
);
