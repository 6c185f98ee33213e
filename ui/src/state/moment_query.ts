// What is asked of the clips and detections, and whether their lanes stand on the timeline. Pure but for what is kept.

import type { Span } from '../backend/backend';
import type { LonLat } from '../backend/plans';
import type { VideoMomentQueryDto } from '../generated/wire';
import { DAY, HOUR } from './time';
import type { CameraRef } from './view_cells';

export const MOMENT_SPANS = ['hour', 'day', 'week', 'range', 'all'] as const;
export type MomentSpan = (typeof MOMENT_SPANS)[number];
const SPAN_MILLIS: Record<'hour' | 'day' | 'week', number> = { hour: HOUR, day: DAY, week: 7 * DAY };

/** Rows of a page. */
export const PAGE_MOMENTS = 100;

export interface MomentFilter {
  span: MomentSpan;
  kinds: readonly string[];
  /** All of these: attribute and value. */
  attributes: readonly [string, string][];
  cameras: readonly CameraRef[];
  area: readonly LonLat[];
  /** How sure at least, 0 to 1. */
  confidence: number;
  offset: number;
}

export const ALL_MOMENTS: MomentFilter = {
  span: 'day',
  kinds: [],
  attributes: [],
  cameras: [],
  area: [],
  confidence: 0,
  offset: 0,
};

/** True when the filter leaves something out. */
export function isNarrow(filter: MomentFilter): boolean {
  return (
    filter.kinds.length > 0 ||
    filter.attributes.length > 0 ||
    filter.cameras.length > 0 ||
    filter.area.length > 0 ||
    filter.confidence > 0
  );
}

/** The stretch of a filter, up to `end`; `undefined` for all. A marked range that is none yet is the last day. */
export function stretchOf(span: MomentSpan, end: number, range: Span | undefined): Span | undefined {
  switch (span) {
    case 'all':
      return undefined;
    case 'range':
      return range ?? { from: end - DAY, to: end };
    default:
      return { from: end - SPAN_MILLIS[span], to: end };
  }
}

export function momentQuery(filter: MomentFilter, end: number, range: Span | undefined): VideoMomentQueryDto {
  const stretch = stretchOf(filter.span, end, range);
  return {
    area: filter.area.map(([lon, lat]): [number, number] => [lon, lat]),
    from: stretch === undefined ? null : Math.round(stretch.from),
    to: stretch === undefined ? null : Math.round(stretch.to),
    kinds: [...filter.kinds],
    attributes: filter.attributes.map(([name, value]): [string, string] => [name, value]),
    cameras: filter.cameras.map((one) => one.camera),
    min_confidence: filter.confidence === 0 ? null : filter.confidence,
    offset: filter.offset,
    limit: PAGE_MOMENTS,
  };
}

const PLACE = 'citymirror.moment_lanes';

/** Shown until somebody puts them away. */
export function keptLanesOn(): boolean {
  try {
    return localStorage.getItem(PLACE) !== 'off';
  } catch {
    return true;
  }
}

export function keepLanesOn(on: boolean): void {
  try {
    localStorage.setItem(PLACE, on ? 'on' : 'off');
  } catch {
    // A page without storage begins with the lanes each time.
  }
}
