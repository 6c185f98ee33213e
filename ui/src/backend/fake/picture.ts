// A quiet sketch of a city where the desktop has its native twin: enough to judge the floats against, and to pick on.

import type { Target } from '../../generated/wire';
import type { Stop } from '../backend';
import { type FakeCity, noise, severityAt, sketchPlace } from './city';

const COLOURS = {
  ground: '#10161C',
  block: '#161E26',
  road: '#1E2933',
  water: '#0C2A3A',
  green: '#14251D',
  building: '#2A3540',
  text: '#748596',
  normal: '#8A9AA9',
  low: '#67B7F7',
  medium: '#F2D24B',
  high: '#FF9A1F',
  critical: '#FF4D4F',
  select: '#4DA3FF',
} as const;

/** A click meets what is nearer. */
const REACH_PX = 18;

export interface Sketch {
  attach(element: HTMLElement): Stop;
  /** The nearest thing within reach of a point of the element, px. */
  targetAt(point: [number, number]): { target: Target; name: string } | undefined;
  /** Everything within reach of a point, nearest first. */
  near(point: [number, number]): { target: Target; name: string }[];
  /** Everything within a ring, px. */
  within(ring: readonly [number, number][]): { target: Target; name: string }[];
  mark(target: Target | undefined): void;
  /** Draws the state at `shown`. */
  draw(shown: number): void;
}

interface Symbol {
  target: Target;
  name: string;
  lon: number;
  lat: number;
}

export function createSketch(city: FakeCity): Sketch {
  const symbols: Symbol[] = [
    ...city.sensors.map((s): Symbol => ({ target: { kind: 'thing', id: s.id }, name: s.name, lon: s.lon, lat: s.lat })),
    ...city.cameras.map(
      (c): Symbol => ({ target: { kind: 'camera', id: c.id }, name: c.name, lon: c.lon, lat: c.lat }),
    ),
  ];
  let canvas: HTMLCanvasElement | undefined;
  let size: [number, number] = [0, 0];
  let marked: Target | undefined;
  let at = city.now;

  function place(symbol: Symbol): [number, number] {
    const [x, y] = sketchPlace(symbol.lon, symbol.lat);
    return [x * size[0], y * size[1]];
  }

  function draw(shown: number): void {
    at = shown;
    const pen = canvas?.getContext('2d');
    if (canvas === undefined || !pen) {
      return;
    }
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(size[0] * ratio);
    canvas.height = Math.round(size[1] * ratio);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawGround(pen, size);
    for (const symbol of symbols) {
      drawSymbol(pen, place(symbol), symbol.target, colourOf(symbol.target));
    }
    const ring = symbols.find((s) => s.target.kind === marked?.kind && s.target.id === marked?.id);
    if (ring !== undefined) {
      const [x, y] = place(ring);
      pen.strokeStyle = COLOURS.select;
      pen.lineWidth = 2;
      pen.beginPath();
      pen.arc(x, y, 11, 0, 2 * Math.PI);
      pen.stroke();
    }
  }

  function near(point: [number, number], reach: number): { target: Target; name: string }[] {
    return symbols
      .map((symbol) => {
        const [x, y] = place(symbol);
        return { symbol, away: Math.hypot(point[0] - x, point[1] - y) };
      })
      .filter((one) => one.away < reach)
      .sort((a, b) => a.away - b.away)
      .map((one) => bare(one.symbol));
  }

  function colourOf(target: Target): string {
    const sensor = target.kind === 'thing' ? city.sensors.find((s) => s.id === target.id) : undefined;
    return sensor === undefined ? COLOURS.normal : COLOURS[severityAt(city, sensor, at)];
  }

  return {
    attach(element) {
      const own = document.createElement('canvas');
      own.className = 'sketch';
      canvas = own;
      element.prepend(own);
      const resizes = new ResizeObserver(() => {
        size = [element.clientWidth, element.clientHeight];
        draw(at);
      });
      resizes.observe(element);
      return () => {
        resizes.disconnect();
        own.remove();
        canvas = undefined;
      };
    },
    targetAt: (point) => near(point, REACH_PX)[0],
    near: (point) => near(point, 3 * REACH_PX),
    within: (ring) => symbols.filter((symbol) => isWithin(place(symbol), ring)).map(bare),
    mark(target) {
      marked = target;
      draw(at);
    },
    draw,
  };
}

function bare({ target, name }: Symbol): { target: Target; name: string } {
  return { target, name };
}

/** Even-odd: a ray to the left crosses the ring an odd number of times. */
function isWithin([x, y]: [number, number], ring: readonly [number, number][]): boolean {
  let inside = false;
  for (const [i, [x1, y1]] of ring.entries()) {
    const [x0, y0] = ring[(i + ring.length - 1) % ring.length] ?? [x1, y1];
    if (y1 > y !== y0 > y && x < x1 + ((y - y1) / (y0 - y1)) * (x0 - x1)) {
      inside = !inside;
    }
  }
  return inside;
}

function drawGround(pen: CanvasRenderingContext2D, [w, h]: [number, number]): void {
  pen.fillStyle = COLOURS.ground;
  pen.fillRect(0, 0, w, h);
  const columns = 9;
  const rows = 6;
  for (let c = 0; c < columns; c += 1) {
    for (let r = 0; r < rows; r += 1) {
      const x = (c * w) / columns;
      const y = (r * h) / rows;
      const kind = noise(c * 31 + r, 61);
      pen.fillStyle = kind < 0.1 ? COLOURS.green : COLOURS.block;
      pen.fillRect(x + 4, y + 4, w / columns - 8, h / rows - 8);
      if (kind < 0.1) {
        continue;
      }
      pen.fillStyle = COLOURS.building;
      for (let b = 0; b < 7; b += 1) {
        const seed = c * 1000 + r * 100 + b;
        const bw = (w / columns) * (0.12 + 0.16 * noise(seed, 62));
        const bh = (h / rows) * (0.12 + 0.2 * noise(seed, 63));
        const bx = x + 10 + (w / columns - bw - 20) * noise(seed, 64);
        const by = y + 10 + (h / rows - bh - 20) * noise(seed, 65);
        pen.globalAlpha = 0.45 + 0.4 * noise(seed, 66);
        pen.fillRect(bx, by, bw, bh);
        pen.globalAlpha = 1;
      }
    }
  }
  pen.strokeStyle = COLOURS.water;
  pen.lineWidth = h * 0.07;
  pen.beginPath();
  pen.moveTo(-20, h * 0.78);
  pen.bezierCurveTo(w * 0.3, h * 0.55, w * 0.55, h * 0.95, w + 20, h * 0.6);
  pen.stroke();
  pen.strokeStyle = COLOURS.road;
  pen.lineWidth = 5;
  pen.beginPath();
  pen.moveTo(0, h / 3);
  pen.lineTo(w, h / 3);
  pen.moveTo(w / 3, 0);
  pen.lineTo(w / 3, h);
  pen.moveTo((2 * w) / 3, 0);
  pen.lineTo((2 * w) / 3, h);
  pen.stroke();
}

function drawSymbol(pen: CanvasRenderingContext2D, [x, y]: [number, number], target: Target, colour: string): void {
  pen.fillStyle = colour;
  pen.strokeStyle = COLOURS.ground;
  pen.lineWidth = 2;
  pen.beginPath();
  if (target.kind === 'camera') {
    pen.moveTo(x, y - 6);
    pen.lineTo(x + 5, y + 5);
    pen.lineTo(x - 5, y + 5);
    pen.closePath();
  } else {
    pen.arc(x, y, colour === COLOURS.normal ? 4 : 6, 0, 2 * Math.PI);
  }
  pen.stroke();
  pen.fill();
}
