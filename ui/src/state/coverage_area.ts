// Rings and routes of coverage: how large they are, how fine their cells may be, what is left out of a route. Pure.

import type { LonLat } from '../backend/plans';
import type { RouteGapDto } from '../generated/wire';

const METRES_PER_DEG = 111_320;

/** Sides of a cell that can be chosen, metres. */
export const CELLS_M = [0.5, 1, 2, 5, 10, 20, 50] as const;
/** More cells than this take longer than a person waits. */
const MOST_CELLS = 2_000_000;

/** The area of a ring on the ground, m². */
export function ringArea(ring: readonly LonLat[]): number {
  const first = ring[0];
  if (first === undefined) {
    return 0;
  }
  const across = METRES_PER_DEG * Math.cos((first[1] * Math.PI) / 180);
  let twice = 0;
  for (const [i, [lon, lat]] of ring.entries()) {
    const [nextLon, nextLat] = ring[(i + 1) % ring.length] ?? first;
    // From the first corner: at city size, degrees leave too few digits otherwise.
    const [x, y] = [(lon - first[0]) * across, (lat - first[1]) * METRES_PER_DEG];
    const [u, v] = [(nextLon - first[0]) * across, (nextLat - first[1]) * METRES_PER_DEG];
    twice += x * v - u * y;
  }
  return Math.abs(twice) / 2;
}

/** The cell that is used for an area when `wanted` was chosen: as fine as can be waited for. */
export function cellFor(areaM2: number, wanted: number): number {
  const coarsest = CELLS_M[CELLS_M.length - 1] ?? wanted;
  return CELLS_M.find((cell) => cell >= wanted && areaM2 / (cell * cell) <= MOST_CELLS) ?? coarsest;
}

/** A stretch of a route, as a share of its length. */
export interface RoutePart {
  from: number;
  to: number;
  isSeen: boolean;
}

/** A route in the stretches that somebody sees and those that nobody does. */
export function routeParts(lengthM: number, gaps: readonly RouteGapDto[]): RoutePart[] {
  const parts: RoutePart[] = [];
  let at = 0;
  for (const gap of gaps) {
    if (gap.from_m > at) {
      parts.push({ from: at / lengthM, to: gap.from_m / lengthM, isSeen: true });
    }
    parts.push({ from: gap.from_m / lengthM, to: gap.to_m / lengthM, isSeen: false });
    at = gap.to_m;
  }
  if (at < lengthM) {
    parts.push({ from: at / lengthM, to: 1, isSeen: true });
  }
  return lengthM > 0 ? parts : [];
}

/** The point of a path `alongM` metres from its beginning. */
export function pointAlong(path: readonly LonLat[], alongM: number): LonLat | undefined {
  let left = alongM;
  for (const [i, at] of path.entries()) {
    const next = path[i + 1];
    if (next === undefined) {
      return at;
    }
    const across = METRES_PER_DEG * Math.cos((at[1] * Math.PI) / 180);
    const length = Math.hypot((next[0] - at[0]) * across, (next[1] - at[1]) * METRES_PER_DEG);
    if (length >= left && length > 0) {
      const share = left / length;
      return [at[0] + (next[0] - at[0]) * share, at[1] + (next[1] - at[1]) * share];
    }
    left -= length;
  }
  return undefined;
}
