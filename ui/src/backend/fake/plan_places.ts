// Places of the sample's plans: rings, how large they are, and who is within.

import type { ReachGroupDto, ReachKindDto } from '../../generated/wire';
import { either } from '../../state/texts';
import type { LonLat } from '../plans';
import { noise } from './city';
import type { Words } from './plan_data';

const WEST = 117.172;
const SOUTH = 34.237;
const WIDTH_DEG = 0.026;
const HEIGHT_DEG = 0.016;
const METRES_PER_DEG = 111_320;
const MOST_MEMBERS = 200;

/** A place of the sample city that belongs to a name. */
export function scattered(name: string, seed = 0): LonLat {
  const sum = [...name].reduce((total, letter) => (total * 31 + (letter.codePointAt(0) ?? 0)) % 1_000_003, seed);
  return [WEST + WIDTH_DEG * noise(sum, 71), SOUTH + HEIGHT_DEG * noise(sum, 72)];
}

/** The straight line, metres. */
export function metresBetween(a: LonLat, b: LonLat): number {
  const across = (a[0] - b[0]) * METRES_PER_DEG * Math.cos((a[1] * Math.PI) / 180);
  return Math.hypot(across, (a[1] - b[1]) * METRES_PER_DEG);
}

/** True when a place lies within a ring. */
export function isWithin([x, y]: LonLat, ring: readonly LonLat[]): boolean {
  let isInside = false;
  for (const [i, [ax, ay]] of ring.entries()) {
    const [bx, by] = ring[(i + 1) % ring.length] ?? [ax, ay];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) {
      isInside = !isInside;
    }
  }
  return isInside;
}

/** How large a ring is, square metres. */
export function areaOf(ring: readonly LonLat[]): number {
  const lat = ring[0]?.[1] ?? 0;
  const twice = ring.reduce((sum, [ax, ay], i) => {
    const [bx, by] = ring[(i + 1) % ring.length] ?? [ax, ay];
    return sum + (ax * by - bx * ay);
  }, 0);
  return (Math.abs(twice) / 2) * METRES_PER_DEG ** 2 * Math.cos((lat * Math.PI) / 180);
}

/** West, south, east, north. */
export function boundsOf(ring: readonly LonLat[]): [number, number, number, number] {
  const lons = ring.map(([lon]) => lon);
  const lats = ring.map(([, lat]) => lat);
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}

/** Who of a kind is within a ring; every ninth has not reported for a while, every twentieth never. */
export function reachOf(
  all: { kind: ReachKindDto; count: number; name: Words },
  ring: readonly LonLat[],
): ReachGroupDto {
  const moves = all.kind === 'person' || all.kind === 'vehicle';
  const every = Array.from({ length: all.count }, (_, i) => ({
    id: `${all.kind}-${i + 1}`,
    name: `${either(all.name)} ${String(i + 1).padStart(2, '0')}`,
    target: null,
    place: scattered(all.kind, i * 7919),
    is_late: moves && i % 9 === 4,
  }));
  const known = every.filter((_, i) => !moves || i % 20 !== 7);
  const inside = known.filter((one) => isWithin(one.place, ring));
  return {
    kind: all.kind,
    inside: inside.length,
    late: inside.filter((one) => one.is_late).length,
    nowhere: every.length - known.length,
    members: inside.slice(0, MOST_MEMBERS),
  };
}
