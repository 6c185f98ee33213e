// Which moment pictures show while the clock moves: all of them begin at the same one, and begin anew only when they would fall
// out of step. Pure.

/** How the clock stands. */
export interface ClockNow {
  mode: 'live' | 'standing' | 'playing';
  /** The moment shown, UTC milliseconds. */
  shown: number;
  /** Seconds of city time a second. */
  rate: number;
}

/** From which moment on pictures are shown. */
export interface Anchor {
  /** `undefined` is live. */
  at: number | undefined;
  /** The clock stands there. */
  isStill: boolean;
  /** When that was decided, wall time: a recording then plays a second a second. */
  since: number;
}

/** So far a picture may be from the clock, milliseconds of wall time at the clock's rate. */
const STEP_MILLIS = 2000;

export const LIVE: Anchor = { at: undefined, isStill: false, since: 0 };

/** What is to be shown now; `before` itself while it still holds. */
export function anchored(before: Anchor, clock: ClockNow, wall: number): Anchor {
  switch (clock.mode) {
    case 'live':
      return before.at === undefined ? before : LIVE;
    case 'standing':
      return before.isStill && before.at === clock.shown ? before : { at: clock.shown, isStill: true, since: wall };
    case 'playing': {
      if (before.at !== undefined && !before.isStill) {
        const shows = before.at + (wall - before.since);
        if (Math.abs(clock.shown - shows) <= STEP_MILLIS * Math.max(1, Math.abs(clock.rate))) {
          return before;
        }
      }
      return { at: clock.shown, isStill: false, since: wall };
    }
  }
}

/** How far a picture is from the clock, milliseconds; `undefined` where nobody can say. */
export function outOfStep(pictureAt: number | undefined, shown: number): number | undefined {
  return pictureAt === undefined ? undefined : pictureAt - shown;
}
