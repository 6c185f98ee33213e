// Draws the timeline's track: gaps, alarm density, event marks, what people did, ticks. The playhead is HTML above it.

import type { Span } from '../../backend/backend';
import type { EventRow, KnownGapDto, Timeline } from '../../generated/wire';
import { ALARMING } from '../../state/severity';
import { isReal } from '../../state/standing';
import { dateWords, shortTime } from '../../state/time';
import { fractionOf, isMidnight, ticks } from './view';

export interface Track {
  width: number;
  height: number;
  /** Screen pixels per design pixel. */
  scale: number;
  view: Span;
  /** What came back last; may cover another stretch while the view moves. */
  timeline: Timeline | undefined;
  role: (name: string) => string;
  font: string;
}

/** Heights, design px. The lane of event marks lies under the playhead's label, beside it where there is no room. */
const LANE_TOP = 22;
const LANE_TOP_LOW = 3;
const LOW_TRACK = 90;
const LANE_HEIGHT = 14;
const AXIS_HEIGHT = 20;
const ACTION_HEIGHT = 7;

/** Which part of the track lies at a height: event marks, what people did, or the rest. */
export function laneAt(height: number, scale: number, y: number): 'events' | 'actions' | 'rest' {
  const top = (height < LOW_TRACK * scale ? LANE_TOP_LOW : LANE_TOP) * scale;
  if (y >= top - 2 * scale && y <= top + (LANE_HEIGHT + 2) * scale) {
    return 'events';
  }
  const bottom = height - AXIS_HEIGHT * scale;
  return y > bottom - (ACTION_HEIGHT + 2) * scale && y < bottom + 2 * scale ? 'actions' : 'rest';
}

function laneTop(track: Track): number {
  return (track.height < LOW_TRACK * track.scale ? LANE_TOP_LOW : LANE_TOP) * track.scale;
}

export function drawTrack(pen: CanvasRenderingContext2D, track: Track): void {
  pen.clearRect(0, 0, track.width, track.height);
  const top = laneTop(track) + LANE_HEIGHT * track.scale;
  const bottom = track.height - AXIS_HEIGHT * track.scale;
  if (track.timeline !== undefined) {
    drawGaps(pen, track, track.timeline.gaps, laneTop(track), bottom);
    drawKnownGaps(pen, track, track.timeline.known_gaps, top, bottom);
  }
  drawAxis(pen, track, bottom);
  if (track.timeline !== undefined) {
    drawAlarms(pen, track, track.timeline, top, bottom);
    drawActions(pen, track, track.timeline, bottom);
    drawEvents(pen, track, track.timeline);
  }
}

function xOf(track: Track, time: number): number {
  return fractionOf(track.view, time) * track.width;
}

function drawAxis(pen: CanvasRenderingContext2D, track: Track, bottom: number): void {
  const scale = track.scale;
  pen.strokeStyle = track.role('--line');
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(0, Math.round(bottom) + 0.5);
  pen.lineTo(track.width, Math.round(bottom) + 0.5);
  pen.font = track.font;
  pen.textBaseline = 'middle';
  pen.textAlign = 'center';
  pen.fillStyle = track.role('--text-2');
  for (const at of ticks(track.view, track.width, 84 * scale)) {
    const x = Math.round(xOf(track, at)) + 0.5;
    pen.moveTo(x, bottom);
    pen.lineTo(x, bottom + 4 * scale);
    const label = isMidnight(at) ? dateWords(at) : shortTime(at);
    const half = pen.measureText(label).width / 2;
    if (x - half >= 2 && x + half <= track.width - 2) {
      pen.fillText(label, x, bottom + 10 * scale);
    }
  }
  pen.stroke();
}

function drawGaps(
  pen: CanvasRenderingContext2D,
  track: Track,
  gaps: readonly [number, number][],
  top: number,
  bottom: number,
): void {
  pen.save();
  pen.beginPath();
  let any = false;
  for (const [begin, end] of gaps) {
    const from = xOf(track, begin);
    // Narrower than this nobody would see it.
    const width = Math.max(2, xOf(track, end) - from);
    if (from < track.width && from + width > 0) {
      pen.rect(from, top, width, bottom - top);
      any = true;
    }
  }
  if (any) {
    pen.clip();
    pen.fillStyle = track.role('--ground-0');
    pen.fillRect(0, top, track.width, bottom - top);
    pen.strokeStyle = track.role('--line');
    pen.lineWidth = 1;
    pen.beginPath();
    const step = 7 * track.scale;
    for (let x = -(bottom - top); x < track.width; x += step) {
      pen.moveTo(x, bottom);
      pen.lineTo(x + bottom - top, top);
    }
    pen.stroke();
  }
  pen.restore();
}

/** Where a known gap stands: hatched while it can still be mended, thin where samples came, solid where nothing will. */
function drawKnownGaps(
  pen: CanvasRenderingContext2D,
  track: Track,
  gaps: readonly KnownGapDto[],
  top: number,
  bottom: number,
): void {
  for (const gap of gaps) {
    const from = xOf(track, gap.from);
    const width = Math.max(2, xOf(track, gap.until) - from);
    if (gap.state === 'filled' || from >= track.width || from + width <= 0) {
      continue;
    }
    pen.save();
    pen.beginPath();
    // Samples were fetched: the curve can be read, so only its foot is marked.
    const height = gap.state === 'sampled' ? 3 * track.scale : bottom - top;
    pen.rect(from, bottom - height, width, height);
    pen.clip();
    if (gap.state === 'lost' || gap.state === 'sampled') {
      pen.fillStyle = track.role(gap.state === 'lost' ? '--line' : '--text-3');
      pen.fillRect(from, bottom - height, width, height);
    } else {
      pen.strokeStyle = track.role('--text-3');
      pen.lineWidth = 1;
      // Denser while it is being mended.
      const step = (gap.state === 'filling' ? 4 : 8) * track.scale;
      pen.beginPath();
      for (let x = from - height; x < from + width; x += step) {
        pen.moveTo(x, bottom);
        pen.lineTo(x + height, bottom - height);
      }
      pen.stroke();
    }
    pen.restore();
  }
}

function drawAlarms(
  pen: CanvasRenderingContext2D,
  track: Track,
  timeline: Timeline,
  top: number,
  bottom: number,
): void {
  const bins = timeline.alarms.length;
  const width = (timeline.to - timeline.from) / Math.max(1, bins);
  const most = Math.max(4, ...timeline.alarms.map((bin) => bin.reduce((sum, n) => sum + n, 0)));
  const perAlarm = (bottom - top - 2) / most;
  for (const [i, bin] of timeline.alarms.entries()) {
    const from = xOf(track, timeline.from + i * width);
    const to = xOf(track, timeline.from + (i + 1) * width);
    let y = bottom;
    for (const [s, severity] of ALARMING.entries()) {
      const count = bin[s] ?? 0;
      if (count > 0) {
        const height = Math.max(2, count * perAlarm);
        pen.fillStyle = track.role(`--${severity}`);
        pen.fillRect(from + 0.5, y - height, Math.max(1.5, to - from - 1), height);
        y -= height;
      }
    }
  }
}

/** What people did: short strokes that stand on the axis. */
function drawActions(pen: CanvasRenderingContext2D, track: Track, timeline: Timeline, bottom: number): void {
  pen.beginPath();
  for (const action of timeline.actions) {
    const x = Math.round(xOf(track, action.time)) + 0.5;
    pen.moveTo(x, bottom);
    pen.lineTo(x, bottom - ACTION_HEIGHT * track.scale);
  }
  pen.strokeStyle = track.role('--text-1');
  pen.lineWidth = 1.5 * track.scale;
  pen.stroke();
}

function drawEvents(pen: CanvasRenderingContext2D, track: Track, timeline: Timeline): void {
  const y = laneTop(track) + (LANE_HEIGHT / 2) * track.scale;
  // Gravest last, so that it lies on top; exercises first, under everything real.
  const rank = (event: EventRow) => (isReal(event) ? 1 : -10) * (1 + ALARMING.length - severityRank(event));
  for (const event of [...timeline.events].sort((a, b) => rank(a) - rank(b))) {
    drawMark(pen, track, xOf(track, event.happened_at), y, event);
  }
}

function severityRank(event: EventRow): number {
  const at = (ALARMING as readonly string[]).indexOf(event.severity);
  return at < 0 ? ALARMING.length : at;
}

function drawMark(pen: CanvasRenderingContext2D, track: Track, x: number, y: number, event: EventRow): void {
  const r = 5 * track.scale;
  pen.beginPath();
  switch (event.severity) {
    case 'critical':
      pen.moveTo(x, y - r);
      pen.lineTo(x + r, y);
      pen.lineTo(x, y + r);
      pen.lineTo(x - r, y);
      break;
    case 'high':
      pen.moveTo(x, y - r);
      pen.lineTo(x + r, y + r * 0.8);
      pen.lineTo(x - r, y + r * 0.8);
      break;
    case 'medium':
      pen.rect(x - r * 0.75, y - r * 0.75, r * 1.5, r * 1.5);
      break;
    default:
      pen.arc(x, y, r * 0.75, 0, 2 * Math.PI);
  }
  pen.closePath();
  // Hollow: an event is something that happened, an alarm is something that still is.
  pen.fillStyle = track.role('--ground-1');
  pen.fill();
  pen.strokeStyle = track.role(isReal(event) ? `--${event.severity}` : '--exercise');
  pen.lineWidth = 1.5 * track.scale;
  pen.stroke();
}
