// How large type must be to be read from where people sit. Pure.

/** The size that reads without effort, minutes of arc; never below `LEAST_ARC_MINUTES`. */
const ARC_MINUTES = 25;
/** Smallest type at 1920×1080 when nobody has said how far people sit. */
const DESIGN_LEAST_PX = 24;
const DESIGN_HEIGHT_PX = 1080;

export interface Viewing {
  /** From eye to wall, metres. */
  distanceM: number;
  /** From one pixel to the next, metres. */
  pitchM: number;
}

/** Height of the smallest type on the wall, px. */
export function smallestTypePx(windowHeightPx: number, viewing: Viewing | undefined): number {
  if (viewing !== undefined && viewing.distanceM > 0 && viewing.pitchM > 0) {
    const angle = ((ARC_MINUTES / 60) * Math.PI) / 180;
    return (2 * viewing.distanceM * Math.tan(angle / 2)) / viewing.pitchM;
  }
  return (DESIGN_LEAST_PX * windowHeightPx) / DESIGN_HEIGHT_PX;
}

/** The wall's place, from the page's address: `?distance=8&pitch=0.0012`. */
export function viewingOf(search: string): Viewing | undefined {
  const query = new URLSearchParams(search);
  const distanceM = Number(query.get('distance'));
  const pitchM = Number(query.get('pitch'));
  return distanceM > 0 && pitchM > 0 ? { distanceM, pitchM } : undefined;
}
