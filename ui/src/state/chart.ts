// What the trend panel charts: which series, over which stretch. The curves themselves come from the backend.

import { type Accessor, createMemo, createSignal } from 'solid-js';
import type { Span } from '../backend/backend';
import type { QualityWordDto, Trend } from '../generated/wire';
import type { Desk } from './desk';
import { DAY, HOUR, MINUTE } from './time';

/** More curves nobody can tell apart. */
export const MOST_SERIES = 12;
/** Colours that are told apart with any colour vision; further series take them again, dashed. */
export const SERIES_COLOURS = 6;
/** Nobody needs to look at less. */
const LEAST_SPAN = MINUTE;

export interface Charted {
  id: string;
  name: string;
  unit: string;
}

/** Stretches by name. */
export const STRETCHES = [
  { millis: HOUR, words: 'chart.range_1h' },
  { millis: 6 * HOUR, words: 'chart.range_6h' },
  { millis: DAY, words: 'chart.range_24h' },
  { millis: 7 * DAY, words: 'chart.range_7d' },
  { millis: 30 * DAY, words: 'chart.range_30d' },
  { millis: 365 * DAY, words: 'chart.range_1y' },
] as const;

export type Stretch = { kind: 'last'; millis: number } | { kind: 'marked' } | { kind: 'custom'; span: Span };

export interface Chart {
  series: Accessor<Charted[]>;
  /** False when there are too many already. */
  add(series: Charted): boolean;
  remove(id: string): void;
  clear(): void;
  stretch: Accessor<Stretch>;
  setStretch(stretch: Stretch): void;
  /** Takes the zoom back. */
  widen(): void;
  span: Accessor<Span>;
}

export function createChart(desk: Desk): Chart {
  const [series, setSeries] = createSignal<Charted[]>([]);
  const [stretch, keepStretch] = createSignal<Stretch>({ kind: 'last', millis: 6 * HOUR });
  let before: Stretch = { kind: 'last', millis: 6 * HOUR };
  const span = createMemo(() => spanOf(stretch(), desk.range(), desk.shown(), desk.end()), undefined, {
    equals: (a, b) => a.from === b.from && a.to === b.to,
  });
  return {
    series,
    add(one) {
      if (series().some((known) => known.id === one.id)) {
        return true;
      }
      if (series().length >= MOST_SERIES) {
        return false;
      }
      setSeries([...series(), one]);
      return true;
    },
    remove: (id) => setSeries(series().filter((one) => one.id !== id)),
    clear: () => setSeries([]),
    stretch,
    setStretch(wanted) {
      if (wanted.kind !== 'custom') {
        before = wanted;
      }
      keepStretch(
        wanted.kind === 'custom' && wanted.span.to - wanted.span.from < LEAST_SPAN
          ? {
              kind: 'custom',
              span: {
                from: (wanted.span.from + wanted.span.to - LEAST_SPAN) / 2,
                to: (wanted.span.from + wanted.span.to + LEAST_SPAN) / 2,
              },
            }
          : wanted,
      );
    },
    widen: () => keepStretch(before),
    span,
  };
}

/**
 * The stretch to chart. "The last six hours" turn like pages: the one that holds the moment shown, counted back from the
 * end, so that playing moves the line over a chart that stands still.
 */
export function spanOf(stretch: Stretch, marked: Span | undefined, shown: number, end: number): Span {
  if (stretch.kind === 'custom') {
    return stretch.span;
  }
  if (stretch.kind === 'marked' && marked !== undefined) {
    return marked;
  }
  const millis = stretch.kind === 'last' ? stretch.millis : 6 * HOUR;
  const last = Math.ceil(end / MINUTE) * MINUTE;
  const pages = Math.max(0, Math.floor((last - shown) / millis));
  const to = last - pages * millis;
  return { from: to - millis, to };
}

/** Which colour and dash a series has: its place in the list. */
export function markOf(index: number): { colour: number; isDashed: boolean } {
  return { colour: index % SERIES_COLOURS, isDashed: index >= SERIES_COLOURS };
}

/** Trends by unit, in the order in which units first occur: a row of the panel each. */
export function rowsOf(trends: readonly Trend[]): { unit: string; trends: Trend[] }[] {
  const rows: { unit: string; trends: Trend[] }[] = [];
  for (const trend of trends) {
    const row = rows.find((known) => known.unit === trend.unit);
    if (row === undefined) {
      rows.push({ unit: trend.unit, trends: [trend] });
    } else {
      row.trends.push(trend);
    }
  }
  return rows;
}

export interface Bucket {
  mean: number | null;
  min: number | null;
  max: number | null;
  worst: QualityWordDto;
}

/** The bucket of `trend` that holds `time`; `undefined` outside. */
export function bucketAt(trend: Trend, span: Span, time: number): Bucket | undefined {
  if (time < span.from || time > span.to) {
    return undefined;
  }
  let low = 0;
  let high = trend.times.length;
  // Times are the ends of buckets: the first end at or after the moment.
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((trend.times[middle] ?? 0) < time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  const at = Math.min(low, trend.times.length - 1);
  return at < 0
    ? undefined
    : {
        mean: trend.means[at] ?? null,
        min: trend.mins[at] ?? null,
        max: trend.maxs[at] ?? null,
        worst: trend.worst[at] ?? 'missing',
      };
}

/**
 * The columns of several trends over one common row of times: max, min and mean of each in turn. `null` is a gap of the
 * series; `undefined` means only that another series has a bucket there.
 */
export function joined(trends: readonly Trend[]): { times: number[]; columns: (number | null | undefined)[][] } {
  const times = [...new Set(trends.flatMap((trend) => trend.times))].sort((a, b) => a - b);
  const places = new Map(times.map((time, i) => [time, i]));
  const columns = trends.flatMap((trend) => {
    const empty = () => new Array<number | null | undefined>(times.length).fill(undefined);
    const [maxs, mins, means] = [empty(), empty(), empty()];
    for (const [i, time] of trend.times.entries()) {
      const at = places.get(time) ?? 0;
      maxs[at] = trend.maxs[i] ?? null;
      mins[at] = trend.mins[i] ?? null;
      means[at] = trend.means[i] ?? null;
    }
    return [maxs, mins, means];
  });
  return { times, columns };
}

export interface Stretched {
  from: number;
  to: number;
  quality: QualityWordDto;
}

/** Neighbouring buckets of one quality, put together; good ones are left out. */
export function qualityBands(trend: Trend, span: Span): Stretched[] {
  const bands: Stretched[] = [];
  let from = span.from;
  for (const [i, to] of trend.times.entries()) {
    const quality = trend.worst[i] ?? 'missing';
    const last = bands.at(-1);
    if (last !== undefined && last.quality === quality && last.to === from) {
      last.to = to;
    } else if (quality !== 'good') {
      bands.push({ from, to, quality });
    }
    from = to;
  }
  return bands;
}
