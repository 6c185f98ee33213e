// The box or the lasso while it is drawn. The picture leaves rectangular holes only: a box is four bars, a lasso a row
// of dots.

import './here.css';
import { createEffect, Index } from 'solid-js';
import { cover, touch } from '../../state/covers';
import { type Drawn, usePointing } from '../../state/pointing';

const BAR_PX = 2;
const DOT_PX = 5;
/** Holes cost; a lasso of any length shows so many dots. */
const MOST_DOTS = 48;

export interface Bar {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The rectangles that show a region. */
export function barsOf(drawn: Drawn): Bar[] {
  return drawn.kind === 'box' ? boxBars(drawn.from, drawn.to) : lassoDots(drawn.points);
}

function boxBars(from: [number, number], to: [number, number]): Bar[] {
  const [left, right] = [Math.min(from[0], to[0]), Math.max(from[0], to[0])];
  const [top, bottom] = [Math.min(from[1], to[1]), Math.max(from[1], to[1])];
  const width = right - left;
  const height = bottom - top;
  return [
    { x: left, y: top, width, height: BAR_PX },
    { x: left, y: bottom - BAR_PX, width, height: BAR_PX },
    { x: left, y: top, width: BAR_PX, height },
    { x: right - BAR_PX, y: top, width: BAR_PX, height },
  ];
}

function lassoDots(points: readonly [number, number][]): Bar[] {
  const step = Math.max(1, Math.ceil(points.length / MOST_DOTS));
  return points
    .filter((_, i) => i % step === 0 || i === points.length - 1)
    .map(([x, y]) => ({ x: x - DOT_PX / 2, y: y - DOT_PX / 2, width: DOT_PX, height: DOT_PX }));
}

export function RegionOutline() {
  const pointing = usePointing();
  const bars = () => {
    const drawn = pointing.drawn();
    return drawn === undefined ? [] : barsOf(drawn);
  };
  return (
    <Index each={bars()}>
      {(bar) => (
        <div
          class="region-bar"
          ref={(element) => {
            createEffect(() => {
              const { x, y, width, height } = bar();
              element.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
              element.style.width = `${Math.max(1, Math.round(width))}px`;
              element.style.height = `${Math.max(1, Math.round(height))}px`;
              touch();
            });
            cover(element);
          }}
        />
      )}
    </Index>
  );
}
