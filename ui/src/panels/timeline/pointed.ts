// What lies under the pointer on the track, and how it is said. Pure but for the words.

import type { Span } from '../../backend/backend';
import type { KnownGapDto, Timeline } from '../../generated/wire';
import { titleOf } from '../../state/standing';
import { t, word } from '../../state/texts';
import { duration, joined, moment, quantity, shortTime } from '../../state/time';
import { laneAt } from './draw';
import { fractionOf, nearest } from './view';

/** A mark catches the pointer from so far, design px. */
const REACH_PX = 7;

export interface Pointed {
  time: number;
  mark: { time: number; words: string; event: string | undefined } | undefined;
  gap: [number, number] | undefined;
  /** What a source is known to miss then. */
  missing: KnownGapDto[];
  alarms: number;
}

export function pointedAt(
  timeline: Timeline | undefined,
  view: Span,
  [width, height]: [number, number],
  scale: number,
  time: number,
  y: number,
): Pointed {
  if (timeline === undefined || time < timeline.from || time >= timeline.to) {
    return { time, mark: undefined, gap: undefined, missing: [], alarms: 0 };
  }
  const xOf = (at: number) => fractionOf(view, at) * width;
  const bin = Math.floor(((time - timeline.from) / (timeline.to - timeline.from)) * timeline.alarms.length);
  return {
    time,
    mark: markAt(timeline, laneAt(height, scale, y), xOf, xOf(time), REACH_PX * scale),
    missing: timeline.known_gaps.filter((gap) => time >= gap.from && time < gap.until),
    gap: timeline.gaps.find(([from, to]) => time >= from && time < to),
    alarms: timeline.alarms[bin]?.reduce((sum, n) => sum + n, 0) ?? 0,
  };
}

function markAt(
  timeline: Timeline,
  lane: ReturnType<typeof laneAt>,
  xOf: (time: number) => number,
  x: number,
  reach: number,
): Pointed['mark'] {
  if (lane === 'events') {
    const event = nearest(timeline.events, (one) => xOf(one.happened_at), x, reach);
    return event === undefined
      ? undefined
      : {
          time: event.happened_at,
          words: `${shortTime(event.happened_at)} ${titleOf(event)} · ${word('level', event.level)}`,
          event: event.id,
        };
  }
  if (lane === 'actions') {
    const action = nearest(timeline.actions, (one) => xOf(one.time), x, reach);
    return action === undefined
      ? undefined
      : {
          time: action.time,
          words: `${action.author} ${word('verb', action.verb)} ${action.subject}`,
          event: undefined,
        };
  }
  return undefined;
}

/** What is said beside the pointer's time. */
export function wordsOf(at: Pointed): string {
  if (at.mark !== undefined) {
    return at.mark.words;
  }
  if (at.missing.length > 0) {
    return at.missing.map(missingWords).join(' · ');
  }
  if (at.gap !== undefined) {
    const [from, to] = at.gap;
    return t('time.gap_words', { from: moment(from), to: moment(to), length: duration(to - from) });
  }
  return at.alarms > 0 ? t('time.alarms_at', { n: at.alarms }) : '';
}

/** Which source, from when to when, what becomes of it, and how much is missing. */
function missingWords(gap: KnownGapDto): string {
  const where = t('time.known_gap', { source: gap.source, from: moment(gap.from), to: moment(gap.until) });
  return joined([
    where,
    word('gap_state', gap.state),
    gap.missing === null ? '' : t('time.known_gap_missing', { n: quantity(gap.missing) }),
  ]);
}
