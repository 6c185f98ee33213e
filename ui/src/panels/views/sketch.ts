// Points, paths and rings that the tabs of video ask for in the twin. While they are drawn the page folds and gives it its room.

import { createEffect, on, onCleanup } from 'solid-js';
import type { LonLat } from '../../backend/plans';
import type { SketchDto } from '../../generated/wire';
import { usePages } from '../../state/pages';
import { flat } from '../../state/plan_area';
import { useTools } from '../../state/tools';

/** What is drawn for whom; the hint of each says what to do. */
export const SKETCH_OWNERS = ['see_point', 'see_path', 'see_ring', 'map_ring', 'route', 'moment_ring', 'pair'] as const;
export type SketchOwner = (typeof SKETCH_OWNERS)[number];

export interface Sketcher {
  point(owner: SketchOwner, take: (at: [number, number, number]) => void): void;
  path(owner: SketchOwner, take: (path: LonLat[]) => void): void;
  ring(owner: SketchOwner, take: (ring: LonLat[]) => void): void;
  /** Whose points are collected now. */
  draws(owner: SketchOwner): boolean;
}

/** Draws for the caller; what is half drawn is given up with it. Call inside a component. */
export function useSketcher(): Sketcher {
  const tools = useTools();
  const pages = usePages();
  const isOurs = () => SKETCH_OWNERS.some((one) => one === tools.drawsFor());
  // However the drawing ends, the page is there again.
  let isFolded = false;
  createEffect(
    on(isOurs, (draws) => {
      if (!draws && isFolded) {
        isFolded = false;
        pages.setFolded(false);
      }
    }),
  );
  onCleanup(() => {
    if (isOurs()) {
      tools.cancel();
    }
  });
  function draw(owner: SketchOwner, kind: 'point' | 'path' | 'ring', take: (sketch: SketchDto) => void): void {
    tools.draw(owner, { kind }, take);
    // A pair needs the image beside the twin.
    if (owner !== 'pair' && pages.page() !== undefined) {
      isFolded = true;
      pages.setFolded(true);
    }
  }
  return {
    point: (owner, take) =>
      draw(owner, 'point', (sketch) => {
        if (sketch.kind === 'point') {
          take(sketch.at);
        }
      }),
    path: (owner, take) =>
      draw(owner, 'path', (sketch) => {
        if (sketch.kind === 'path') {
          take(flat(sketch.line));
        }
      }),
    ring: (owner, take) =>
      draw(owner, 'ring', (sketch) => {
        if (sketch.kind === 'ring') {
          take(flat(sketch.ring));
        }
      }),
    draws: (owner) => tools.drawsFor() === owner,
  };
}
