// The load of a position against what EEMUA 191 and ISA-18.2-2016 hold a person to: figures, targets, verdicts. Pure.

import type { AlarmLoadDto, LoadFiguresDto } from '../generated/wire';
import { type TextKey, t } from './texts';
import { DAY, duration, HOUR, plainNumber, quantity, SECOND } from './time';

/** What can be looked at. */
export const SPANS = [
  { millis: 8 * HOUR, words: 'load.last_8h' },
  { millis: DAY, words: 'load.last_24h' },
  { millis: 7 * DAY, words: 'load.last_7d' },
] as const satisfies readonly { millis: number; words: TextKey }[];

/** More than this in ten minutes nobody can work through: ISA-18.2-2016, table 7. */
export const FLOOD_LIMIT = 10;

/** Shares that priorities should have, critical, high, medium and low: EEMUA 191's 80/15/5 with a fourth level below 1 %. */
export const MIX_TARGET = [0.01, 0.05, 0.15, 0.8] as const;

export type Verdict = 'good' | 'near' | 'over' | 'none';

export interface LoadLine {
  key: string;
  name: string;
  before: string;
  after: string;
  target: string;
  verdict: Verdict;
}

interface Measure {
  key: 'per_ten' | 'worst_ten' | 'per_hour' | 'per_day' | 'over_ten' | 'flood_share' | 'chattering' | 'stale';
  of: (figures: LoadFiguresDto) => number;
  /** As it should be, and what is still bearable. */
  target: number;
  limit: number;
  isShare?: boolean;
}

/** ISA-18.2-2016 and EEMUA 191, per operator position. */
const MEASURES: readonly Measure[] = [
  { key: 'per_ten', of: (one) => one.per_ten_minutes, target: 1, limit: 2 },
  { key: 'worst_ten', of: (one) => one.worst_ten_minutes, target: FLOOD_LIMIT, limit: FLOOD_LIMIT },
  { key: 'per_hour', of: (one) => one.per_hour, target: 6, limit: 12 },
  { key: 'per_day', of: (one) => one.per_day, target: 150, limit: 300 },
  { key: 'over_ten', of: (one) => one.over_ten_share, target: 0.01, limit: 0.01, isShare: true },
  { key: 'flood_share', of: (one) => one.flood_share, target: 0.01, limit: 0.01, isShare: true },
  { key: 'chattering', of: (one) => one.chattering, target: 0, limit: 0 },
  { key: 'stale', of: (one) => one.stale, target: 4, limit: 4 },
];

/** The figures as lines: what would have come, what came, and what a person can bear. */
export function loadLines(load: AlarmLoadDto): LoadLine[] {
  return [
    {
      key: 'count',
      name: t('load.count'),
      before: quantity(load.before.count, 0),
      after: quantity(load.after.count, 0),
      target: '',
      verdict: 'none',
    },
    ...MEASURES.map((measure): LoadLine => {
      const words = (value: number) => (measure.isShare === true ? percent(value) : figure(value));
      return {
        key: measure.key,
        name: t(`load.${measure.key}`),
        before: words(measure.of(load.before)),
        after: words(measure.of(load.after)),
        target: measure.isShare === true ? `< ${percent(measure.target)}` : `≤ ${plainNumber(measure.target)}`,
        verdict: verdictOf(measure.of(load.after), measure.target, measure.limit),
      };
    }),
    {
      key: 'acknowledged',
      name: t('load.acknowledged'),
      before: '—',
      after: `${secondsWords(load.after.acknowledged_p50_s)} / ${secondsWords(load.after.acknowledged_p95_s)}`,
      target: '',
      verdict: 'none',
    },
  ];
}

export function verdictOf(value: number, target: number, limit: number): Verdict {
  return value <= target ? 'good' : value <= limit ? 'near' : 'over';
}

/** `12 %`, and one digit below ten. */
export function percent(share: number): string {
  const value = Math.round(share * 1000) / 10;
  return `${value >= 10 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1)} %`;
}

function figure(value: number): string {
  return quantity(value, Number.isInteger(value) || value >= 100 ? 0 : 1);
}

function secondsWords(seconds: number | null): string {
  return seconds === null ? '—' : duration(seconds * SECOND);
}

/** The height of the chart, in alarms: room above the limit, and above the worst. */
export function barTop(bins: readonly number[]): number {
  return Math.max(FLOOD_LIMIT * 1.5, ...bins);
}

/** Bars of `bins` on a drawing as wide as there are bins and `height` high. */
export function barPath(bins: readonly number[], top: number, height: number, keep: (n: number) => boolean): string {
  return bins
    .map((n, i) => {
      const tall = (Math.min(n, top) / top) * height;
      return n > 0 && keep(n) ? `M${i} ${height}V${(height - tall).toFixed(1)}h0.8V${height}Z` : '';
    })
    .join('');
}
