// How long the scale bar is and what it says. Pure.

export interface ScaleBar {
  metres: number;
  px: number;
}

/** The longest bar of 1, 2 or 5 times a power of ten metres that fits into `maxPx`. */
export function scaleBar(metresPerPx: number, maxPx: number): ScaleBar | undefined {
  if (!(metresPerPx > 0) || !Number.isFinite(metresPerPx)) {
    return undefined;
  }
  const most = metresPerPx * maxPx;
  const power = 10 ** Math.floor(Math.log10(most));
  const metres = [5, 2, 1].map((step) => step * power).find((candidate) => candidate <= most) ?? power;
  return { metres, px: metres / metresPerPx };
}
