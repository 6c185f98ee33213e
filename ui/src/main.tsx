// Starts the UI: the desktop's backend inside Tauri, the sample city in a browser.

import './locale';
import './theme.css';
import { render } from 'solid-js/web';
import { App } from './app';
import type { Backend } from './backend/backend';

async function chooseBackend(): Promise<Backend> {
  if ('__TAURI_INTERNALS__' in window) {
    return (await import('./backend/tauri')).tauriBackend();
  }
  const { fakeBackend, fakeSettings } = await import('./backend/fake');
  return fakeBackend(fakeSettings(location.search));
}

const root = document.getElementById('root');
if (root === null) {
  throw new Error('index.html lacks #root');
}
// No `await` at the top level: a chunk that is imported meanwhile would wait for this module, and this module for it.
void chooseBackend().then((backend) => render(() => <App backend={backend} />, root));
