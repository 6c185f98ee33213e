// Which HTML lies above the native picture.
//
// The picture is a window of its own above the page; it leaves holes where a cover is. Every float, menu and dialog
// that can lie over the viewport registers itself here, and one report per frame goes to the backend when it changed.

import { onCleanup } from 'solid-js';
import type { Backend } from '../backend/backend';
import type { ViewportDto } from '../generated/wire';

const covers = new Set<HTMLElement>();
const listeners = new Set<() => void>();
let resizes: ResizeObserver | undefined;

/** Use as `ref`: while `element` is in the page, the picture leaves a hole for it. */
export function cover(element: HTMLElement): void {
  covers.add(element);
  resizes ??= new ResizeObserver(touch);
  resizes.observe(element);
  touch();
  onCleanup(() => {
    covers.delete(element);
    resizes?.unobserve(element);
    touch();
  });
}

/** Says that a cover may have moved without changing its size. */
export function touch(): void {
  for (const listener of listeners) {
    listener();
  }
}

/** Reports `viewport` and its covers to `backend` until cleaned up. */
export function reportViewport(viewport: HTMLElement, backend: Backend): void {
  let frame: number | undefined;
  let reported = '';

  function report(): void {
    frame = undefined;
    const dto = measured(viewport);
    const text = JSON.stringify(dto);
    if (text !== reported) {
      reported = text;
      void backend.setViewport(dto);
    }
  }
  function soon(): void {
    frame ??= requestAnimationFrame(report);
  }

  const sizes = new ResizeObserver(soon);
  sizes.observe(viewport);
  sizes.observe(document.documentElement);
  // A float that opens elsewhere, or a bar that pushes the viewport down, changes the tree or a class somewhere.
  const moves = new MutationObserver(soon);
  moves.observe(document.body, {
    childList: true,
    subtree: true,
    attributes: true,
    attributeFilter: ['class', 'style', 'hidden', 'open'],
  });
  window.addEventListener('resize', soon);
  window.addEventListener('scroll', soon, true);
  listeners.add(soon);
  soon();
  onCleanup(() => {
    if (frame !== undefined) {
      cancelAnimationFrame(frame);
    }
    sizes.disconnect();
    moves.disconnect();
    window.removeEventListener('resize', soon);
    window.removeEventListener('scroll', soon, true);
    listeners.delete(soon);
  });
}

function measured(viewport: HTMLElement): ViewportDto {
  const area = viewport.getBoundingClientRect();
  const holes = [...covers]
    .map((element) => overlap(area, element.getBoundingClientRect()))
    .filter((hole) => hole !== undefined);
  return {
    x: area.x,
    y: area.y,
    width: area.width,
    height: area.height,
    scale: window.devicePixelRatio || 1,
    cards: holes,
  };
}

interface Rect {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** The part of `area` that `rect` hides, relative to `area`; whole pixels outwards, so that no edge shines through. */
export function overlap(area: Rect, rect: Rect): [number, number, number, number] | undefined {
  const left = Math.max(area.left, Math.floor(rect.left));
  const top = Math.max(area.top, Math.floor(rect.top));
  const right = Math.min(area.right, Math.ceil(rect.right));
  const bottom = Math.min(area.bottom, Math.ceil(rect.bottom));
  if (right <= left || bottom <= top) {
    return undefined;
  }
  return [left - area.left, top - area.top, right - left, bottom - top];
}
