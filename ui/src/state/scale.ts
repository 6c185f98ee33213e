// How large one `rem` is, for the few places that count in pixels: virtual rows and canvases.
//
// The desk is drawn for 1920×1080 at 16 px per rem; `theme.css` raises it on very large windows, the wall computes it.

import { createSignal, onCleanup } from 'solid-js';

const DESIGN_REM_PX = 16;
/** As the style sheets have it: a laptop's window is no higher. */
const LOW_WINDOW_PX = 850;

/** Screen pixels per pixel of the 1920×1080 drawing; follows the window. Call inside a Solid root. */
export function createScale(): () => number {
  const [scale, setScale] = createSignal(read());
  const onResize = () => setScale(read());
  window.addEventListener('resize', onResize);
  onCleanup(() => window.removeEventListener('resize', onResize));
  return scale;
}

/** True in a low window: what is in sight of it is packed more densely. Call inside a Solid root. */
export function createIsLow(): () => boolean {
  const isLowNow = () => window.innerHeight <= LOW_WINDOW_PX;
  const [isLow, setIsLow] = createSignal(isLowNow());
  const onResize = () => setIsLow(isLowNow());
  window.addEventListener('resize', onResize);
  onCleanup(() => window.removeEventListener('resize', onResize));
  return isLow;
}

function read(): number {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return Number.isFinite(rem) && rem > 0 ? rem / DESIGN_REM_PX : 1;
}
