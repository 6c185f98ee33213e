// Areas and places of plans: a ring around a place, and where a mark is. Pure.

import type { LonLat } from '../backend/plans';
import type { MarkShapeDto } from '../generated/wire';

const METRES_PER_DEG = 111_320;
/** So many corners look round. */
const CORNERS = 36;

/** A ring around a place. */
export function circle([lon, lat]: LonLat, radiusM: number): LonLat[] {
  const shrink = Math.cos((lat * Math.PI) / 180);
  return Array.from({ length: CORNERS }, (_, i): LonLat => {
    const turn = (i / CORNERS) * 2 * Math.PI;
    const across = (radiusM * Math.sin(turn)) / (METRES_PER_DEG * shrink);
    return [lon + across, lat + (radiusM * Math.cos(turn)) / METRES_PER_DEG];
  });
}

/** Where a mark is: all its points. */
export function placesOf(shape: MarkShapeDto): LonLat[] {
  switch (shape.of) {
    case 'point':
    case 'text':
      return [shape.at];
    case 'line':
      return shape.points;
    case 'area':
      return shape.ring;
  }
}

/** Longitude and latitude of what was drawn. */
export function flat(points: readonly [number, number, number][]): LonLat[] {
  return points.map(([lon, lat]): LonLat => [lon, lat]);
}
