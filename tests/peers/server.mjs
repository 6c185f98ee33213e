// Serves folders of this machine to this machine, so that every program loads the same tiles the same way.

import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
};

/** Serves `roots`, an object from first path step to folder, on a free port of 127.0.0.1. */
export async function serve(roots) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://127.0.0.1');
    const [, first, ...rest] = decodeURIComponent(pathname).split('/');
    const root = roots[first];
    const file = root && join(root, normalize(rest.join('/')));
    if (!file?.startsWith(root) || (file !== root && !file.startsWith(root + sep))) {
      response.writeHead(404).end();
      return;
    }
    try {
      const { size } = statSync(file);
      response.writeHead(200, {
        'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
        'content-length': size,
        'cache-control': 'no-store',
      });
      createReadStream(file).pipe(response);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
