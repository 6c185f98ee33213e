// What every chart over time shares: axes, limits as lines, stretches of doubtful or missing values, the clock's line.
//
// Knows uPlot and colours by role; where values come from is the panels' business.

import uPlot from 'uplot';

export type Role = (name: string) => string;
export type Tone = 'critical' | 'high' | 'medium' | 'low' | 'normal';
export type Doubt = 'good' | 'late' | 'missing' | 'estimated' | 'suspect';

export interface Line {
  value: number;
  severity: Tone;
}

export interface Band {
  from: number;
  to: number;
  quality: Doubt;
}

/** Colours by role and the font of `element`. */
export function inkOf(element: HTMLElement, scale: number): { role: Role; font: string } {
  const style = getComputedStyle(element);
  return {
    role: (name) => style.getPropertyValue(name).trim(),
    font: `${Math.round(11 * scale)}px ${style.fontFamily}`,
  };
}

/** Asia/Shanghai for people, milliseconds inside. */
export const CITY_TIME = {
  ms: 1,
  tzDate: (millis: number) => uPlot.tzDate(new Date(millis), 'Asia/Shanghai'),
} as const;

/** The two axes; a chart of several rows gives all of them the same width on the left. */
export function axesOf(
  ink: { role: Role; font: string },
  scale: number,
  words: { time: (at: number) => string; value: (value: number) => string },
  leftPx: number,
): uPlot.Axis[] {
  const { role, font } = ink;
  const grid = { stroke: role('--line'), width: 1 };
  return [
    {
      font,
      stroke: role('--text-2'),
      grid: { show: false },
      ticks: { ...grid, size: 4 },
      size: 24 * scale,
      gap: 3,
      space: 64 * scale,
      values: (_, splits) => splits.map(words.time),
    },
    {
      font,
      stroke: role('--text-2'),
      grid: { ...grid, stroke: role('--ground-3') },
      ticks: { show: false },
      size: leftPx * scale,
      gap: 4,
      space: 30 * scale,
      values: (_, splits) => splits.map(words.value),
    },
  ];
}

/** The values with a little air, and the first limit above them, so that a person sees how far it is. */
export function valueRange(least: number | null, most: number | null, limits: readonly Line[]): [number, number] {
  const low = least ?? 0;
  const top = most ?? 1;
  const next = limits
    .map((limit) => limit.value)
    .filter((value) => value > top)
    .sort((a, b) => a - b)[0];
  const high = next === undefined ? top : Math.max(top, next);
  const air = Math.max((high - low) * 0.08, Math.abs(high) * 0.02, 0.05);
  return [low >= 0 && low < high * 0.4 ? 0 : low - air, high + air];
}

/**
 * Shades doubtful stretches over the part of the height from `top` to `bottom`, 0 to 1. What is missing or late is
 * hatched: nothing is known there, which is not the same as nothing happened.
 */
export function drawBands(plot: uPlot, bands: readonly Band[], role: Role, [top, bottom]: [number, number]): void {
  const pen = plot.ctx;
  const area = plot.bbox;
  const y = area.top + area.height * top;
  const height = area.height * (bottom - top);
  for (const band of bands) {
    const from = Math.max(area.left, plot.valToPos(band.from, 'x', true));
    const to = Math.min(area.left + area.width, plot.valToPos(band.to, 'x', true));
    if (to <= from) {
      continue;
    }
    pen.save();
    pen.beginPath();
    pen.rect(from, y, to - from, height);
    pen.clip();
    if (band.quality === 'suspect' || band.quality === 'estimated') {
      pen.globalAlpha = band.quality === 'suspect' ? 0.22 : 0.16;
      pen.fillStyle = role(band.quality === 'suspect' ? '--medium' : '--select');
      pen.fillRect(from, y, to - from, height);
    } else {
      hatch(pen, from, to, y, height, role(band.quality === 'late' ? '--line' : '--text-3'));
    }
    pen.restore();
  }
}

function hatch(
  pen: CanvasRenderingContext2D,
  from: number,
  to: number,
  y: number,
  height: number,
  colour: string,
): void {
  pen.strokeStyle = colour;
  pen.lineWidth = 1;
  pen.beginPath();
  for (let x = from - height - ((from - height) % 8); x < to; x += 8) {
    pen.moveTo(x, y + height);
    pen.lineTo(x + height, y);
  }
  pen.stroke();
}

/** Limits as dashed lines in the colour of their severity, with `words` at the right end where there are any. */
export function drawLimits(
  plot: uPlot,
  limits: readonly Line[],
  ink: { role: Role; font: string },
  words: (limit: Line) => string,
): void {
  const pen = plot.ctx;
  const { left, top, width, height } = plot.bbox;
  pen.save();
  pen.lineWidth = Math.max(1, devicePixelRatio);
  pen.font = ink.font;
  pen.textAlign = 'right';
  pen.textBaseline = 'bottom';
  for (const limit of limits) {
    const y = Math.round(plot.valToPos(limit.value, 'y', true));
    if (y < top || y > top + height) {
      continue;
    }
    pen.strokeStyle = ink.role(`--${limit.severity}`);
    pen.setLineDash([6, 4]);
    pen.beginPath();
    pen.moveTo(left, y);
    pen.lineTo(left + width, y);
    pen.stroke();
    const text = words(limit);
    if (text !== '' && y - top > 12) {
      pen.fillStyle = pen.strokeStyle;
      pen.fillText(text, left + width - 4, y - 1);
    }
  }
  pen.restore();
}

/** A line over the plot that can be moved without drawing the plot again. */
export function clockLine(plot: uPlot, className: string): (at: number | undefined) => void {
  const line = document.createElement('div');
  line.className = className;
  plot.over.append(line);
  return (at) => {
    const x = at === undefined ? Number.NaN : plot.valToPos(at, 'x');
    const isInside = x >= 0 && x <= plot.over.clientWidth;
    line.style.display = isInside ? '' : 'none';
    if (isInside) {
      line.style.left = `${x}px`;
    }
  };
}
