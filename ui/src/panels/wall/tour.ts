// The wall's tour of saved views, and what interrupts it. Pure: time comes in, acts go out.
//
//            next view every 30 s
//           ┌──────┐
//           ▼      │
//  ──► touring ────┘ ──── something grave ───► interrupted ──┐ something graver still: again
//           ▲                                     │    ▲     │
//           └──────────── 20 s are over ──────────┘    └─────┘

import type { AlarmRow, EventRow, Target } from '../../generated/wire';
import { isReal } from '../../state/standing';

/** How long one view stays. */
export const VIEW_MILLIS = 30_000;
/** How long an interruption stays. */
export const INTERRUPTION_MILLIS = 20_000;

/** Something grave enough for everybody in the room to look at. */
export type Interruption =
  | { id: string; kind: 'alarm'; alarm: AlarmRow }
  | { id: string; kind: 'event'; event: EventRow };

export type Tour =
  | { state: 'touring'; view: number; since: number }
  | { state: 'interrupted'; view: number; since: number; by: Interruption };

export type TourAct = { act: 'view'; index: number } | { act: 'fly'; target: Target };

export interface TourStep {
  tour: Tour;
  acts: TourAct[];
}

export function startTour(now: number, views: number): TourStep {
  return { tour: { state: 'touring', view: 0, since: now }, acts: views > 0 ? [{ act: 'view', index: 0 }] : [] };
}

/** The tour at `now`; `grave` is what became grave since the last step, newest last. */
export function stepTour(tour: Tour, now: number, views: number, grave: readonly Interruption[]): TourStep {
  const newest = grave.at(-1);
  if (newest !== undefined) {
    return {
      tour: { state: 'interrupted', view: tour.view, since: now, by: newest },
      acts: [{ act: 'fly', target: targetOf(newest) }],
    };
  }
  switch (tour.state) {
    case 'interrupted':
      return now - tour.since < INTERRUPTION_MILLIS ? { tour, acts: [] } : toView(tour.view, now, views);
    case 'touring':
      return now - tour.since < VIEW_MILLIS ? { tour, acts: [] } : toView(tour.view + 1, now, views);
  }
}

/** How far the tour has come with what it shows, 0…1. */
export function progressOf(tour: Tour, now: number): number {
  const whole = tour.state === 'touring' ? VIEW_MILLIS : INTERRUPTION_MILLIS;
  return Math.min(1, Math.max(0, (now - tour.since) / whole));
}

export function targetOf(interruption: Interruption): Target {
  return interruption.kind === 'alarm'
    ? { kind: 'thing', id: interruption.alarm.thing_id }
    : { kind: 'event', id: interruption.event.id };
}

/** Remembers what the wall has seen, and tells what is new and grave. What stood there at the beginning is not news. */
export class GraveNews {
  private seen: Set<string> | undefined;

  since(alarms: readonly AlarmRow[], events: readonly EventRow[]): Interruption[] {
    const grave: Interruption[] = [
      ...events
        // An exercise is in the list; it never takes the wall.
        .filter((event) => (event.level === 'I' || event.level === 'II') && event.status !== 'closed' && isReal(event))
        .map((event): Interruption => ({ id: `event ${event.id}`, kind: 'event', event: { ...event } })),
      ...alarms
        .filter((alarm) => alarm.severity === 'critical' && alarm.active)
        .map((alarm): Interruption => ({ id: `alarm ${alarm.id}`, kind: 'alarm', alarm: { ...alarm } })),
    ];
    const before = this.seen;
    // Only what is still there needs to be remembered: an alarm that comes back is news again.
    this.seen = new Set(grave.map((one) => one.id));
    return before === undefined ? [] : grave.filter((one) => !before.has(one.id));
  }
}

function toView(view: number, now: number, views: number): TourStep {
  const index = views === 0 ? 0 : view % views;
  return { tour: { state: 'touring', view: index, since: now }, acts: views > 0 ? [{ act: 'view', index }] : [] };
}
