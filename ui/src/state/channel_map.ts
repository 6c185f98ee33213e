// What a map of channels shows: which stretch of the earth, and how places on it and points on the screen belong together. Pure.

export type Bounds = [west: number, south: number, east: number, north: number];

export interface MapSize {
  width: number;
  height: number;
}

/** All that a national catalogue may lie in. */
export const EVERYWHERE: Bounds = [-180, -85, 180, 85];
/** The least that is shown, degrees of latitude: about 50 m. */
const LEAST_DEG = 0.0005;
/** Room around what is fitted, as a share of it. */
const MARGIN = 0.06;

/** How many degrees of longitude are as long as one of latitude. */
function stretchAt(lat: number): number {
  return 1 / Math.max(0.05, Math.cos((lat * Math.PI) / 180));
}

/** The smallest stretch of a map of `size` that has all of `bounds` in it. */
export function fitted(bounds: Bounds, size: MapSize): Bounds {
  const [west, south, east, north] = bounds;
  const middle: [number, number] = [(west + east) / 2, (south + north) / 2];
  const stretch = stretchAt(middle[1]);
  const aspect = size.width / Math.max(1, size.height);
  const tall = Math.max(
    LEAST_DEG,
    (north - south) * (1 + 2 * MARGIN),
    ((east - west) * (1 + 2 * MARGIN)) / stretch / aspect,
  );
  return around(middle, tall, aspect);
}

function around([lon, lat]: [number, number], tall: number, aspect: number): Bounds {
  const wide = tall * aspect * stretchAt(lat);
  return [lon - wide / 2, lat - tall / 2, lon + wide / 2, lat + tall / 2];
}

/** The stretch after a turn of the wheel: the place at `share` of the map stays where it is. */
export function zoomed(view: Bounds, factor: number, share: [number, number]): Bounds {
  const [west, south, east, north] = view;
  const lon = west + (east - west) * share[0];
  const lat = north - (north - south) * share[1];
  const by = Math.min(Math.max(factor, LEAST_DEG / (north - south)), 340 / (east - west));
  return [lon - (lon - west) * by, lat - (lat - south) * by, lon + (east - lon) * by, lat + (north - lat) * by];
}

/** The stretch after it was dragged by shares of the map. */
export function moved(view: Bounds, [dx, dy]: [number, number]): Bounds {
  const [west, south, east, north] = view;
  const lon = -(east - west) * dx;
  const lat = (north - south) * dy;
  return [west + lon, south + lat, east + lon, north + lat];
}

/** All places whose points on a grid of `cells` by `cells` over `bounds` lie in `around`: a point stands for its whole cell. */
export function spreadBy(around: Bounds, bounds: Bounds, cells: number): Bounds {
  const wide = (bounds[2] - bounds[0]) / cells;
  const tall = (bounds[3] - bounds[1]) / cells;
  return [around[0] - wide, around[1] - tall, around[2] + wide, around[3] + tall];
}

/** Where a place lies on the map, in its pixels. */
export function onMap(view: Bounds, size: MapSize, [lon, lat]: readonly [number, number]): [number, number] {
  const [west, south, east, north] = view;
  return [((lon - west) / (east - west)) * size.width, ((north - lat) / (north - south)) * size.height];
}

/** What all of `places` lie in. */
export function boundsAround(places: readonly { lon: number; lat: number }[]): Bounds | undefined {
  const first = places[0];
  if (first === undefined) {
    return undefined;
  }
  const bounds: Bounds = [first.lon, first.lat, first.lon, first.lat];
  for (const { lon, lat } of places) {
    bounds[0] = Math.min(bounds[0], lon);
    bounds[1] = Math.min(bounds[1], lat);
    bounds[2] = Math.max(bounds[2], lon);
    bounds[3] = Math.max(bounds[3], lat);
  }
  return bounds;
}
