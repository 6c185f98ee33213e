// What a hand does to the picture, as gestures for the twin.
//
// Pointer and wheel events come in; once per frame the gestures since the last frame go out, drags merged into one.
// Decides nothing about cameras: that is the twin's business.

import type { GestureDto } from '../../generated/wire';

/** A press that moved less than this is a click. */
const CLICK_PX = 4;
/** Hover is reported at most this often. */
const HOVER_MILLIS = 100;
/** Pixels of a high-resolution wheel that make a notch, and lines of a coarse one. */
const NOTCH_PX = 100;
const NOTCH_LINES = 3;
/** One frame never zooms by more notches than this, however fast the wheel spins. */
const MAX_NOTCHES = 5;
/** A finger that rests for so long asks what is there. */
const LONG_PRESS_MILLIS = 500;
/** Corners of a lasso: how far apart, px, and how many before every other one goes. */
const LASSO_STEP_PX = 3;
const LASSO_MOST = 512;

type Point = [number, number];

/** What is being drawn around things. */
export type Region = { kind: 'box'; from: Point; to: Point } | { kind: 'lasso'; points: Point[] };

export interface WheelLike {
  deltaY: number;
  deltaMode: number;
}

/** Notches of a wheel event; positive is nearer. */
export function notchesOf(wheel: WheelLike): number {
  const perNotch = wheel.deltaMode === 0 ? NOTCH_PX : wheel.deltaMode === 1 ? NOTCH_LINES : 1;
  return -wheel.deltaY / perNotch;
}

/** Gathers gestures of one frame. */
export class GestureBatch {
  private waiting: GestureDto[] = [];

  pan(from: Point, to: Point): void {
    const last = this.waiting.at(-1);
    if (last?.kind === 'pan') {
      last.to = to;
    } else {
      this.waiting.push({ kind: 'pan', from, to });
    }
  }

  orbit(by: Point): void {
    const last = this.waiting.at(-1);
    if (last?.kind === 'orbit') {
      last.by = [last.by[0] + by[0], last.by[1] + by[1]];
    } else {
      this.waiting.push({ kind: 'orbit', by });
    }
  }

  zoom(at: Point, notches: number): void {
    const last = this.waiting.at(-1);
    const sum = (last?.kind === 'zoom' ? last.notches : 0) + notches;
    const held = Math.max(-MAX_NOTCHES, Math.min(MAX_NOTCHES, sum));
    if (last?.kind === 'zoom') {
      last.at = at;
      last.notches = held;
    } else {
      this.waiting.push({ kind: 'zoom', at, notches: held });
    }
  }

  pick(at: Point): void {
    this.waiting.push({ kind: 'pick', at });
  }

  here(at: Point): void {
    this.waiting.push({ kind: 'here', at });
  }

  /** A lasso of fewer than three corners holds nothing. */
  select(region: Region, add: boolean): void {
    if (region.kind === 'box') {
      this.waiting.push({ kind: 'select_box', from: region.from, to: region.to, add });
    } else if (region.points.length > 2) {
      this.waiting.push({ kind: 'select_lasso', points: region.points, add });
    }
  }

  pinch(step: PinchStep): void {
    const last = this.waiting.at(-1);
    if (last?.kind === 'pinch') {
      last.to = step.to;
      last.scale *= step.scale;
      last.turn_deg += step.turn_deg;
    } else {
      this.waiting.push({ kind: 'pinch', ...step });
    }
  }

  hover(at: Point | null): void {
    this.waiting = this.waiting.filter((gesture) => gesture.kind !== 'hover');
    this.waiting.push({ kind: 'hover', at });
  }

  take(): GestureDto[] {
    const taken = this.waiting;
    this.waiting = [];
    return taken;
  }
}

export interface PinchStep {
  from: Point;
  to: Point;
  scale: number;
  turn_deg: number;
}

/** What two fingers did between two moments; `undefined` while they lie on each other. */
export function pinchOf(before: [Point, Point], after: [Point, Point]): PinchStep | undefined {
  const middle = ([a, b]: [Point, Point]): Point => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  const apart = ([a, b]: [Point, Point]) => Math.hypot(b[0] - a[0], b[1] - a[1]);
  const angle = ([a, b]: [Point, Point]) => (Math.atan2(b[1] - a[1], b[0] - a[0]) * 180) / Math.PI;
  if (apart(before) < 1 || apart(after) < 1) {
    return undefined;
  }
  // The shorter way round: fingers never turn by half a circle between two moments.
  const turn = ((angle(after) - angle(before) + 540) % 360) - 180;
  return { from: middle(before), to: middle(after), scale: apart(after) / apart(before), turn_deg: turn };
}

interface Drag {
  pointer: number;
  kind: 'pan' | 'orbit' | 'box' | 'lasso';
  /** The right button: without a move it asks what is there. */
  isRight: boolean;
  began: Point;
  last: Point;
  moved: boolean;
  /** What a lasso went along. */
  path: Point[];
  /** Corners of a lasso must be so far apart by now, px. */
  step: number;
}

function dragOf(event: PointerEvent, at: Point): Drag {
  const isMain = event.button === 0;
  const kind = !isMain ? 'orbit' : event.shiftKey ? (event.ctrlKey ? 'lasso' : 'box') : event.ctrlKey ? 'orbit' : 'pan';
  const isRight = event.button === 2;
  return {
    pointer: event.pointerId,
    kind,
    isRight,
    began: at,
    last: at,
    moved: false,
    path: [at],
    step: LASSO_STEP_PX,
  };
}

/** Lengthens a lasso; a long one keeps its form with fewer corners. */
function lengthen(drag: Drag, at: Point): void {
  const last = drag.path.at(-1) ?? drag.began;
  if (Math.hypot(at[0] - last[0], at[1] - last[1]) < drag.step) {
    return;
  }
  drag.path.push(at);
  if (drag.path.length > LASSO_MOST) {
    drag.path = drag.path.filter((_, i) => i % 2 === 0);
    drag.step *= 2;
  }
}

function regionOf(drag: Drag): Region | undefined {
  switch (drag.kind) {
    case 'box':
      return { kind: 'box', from: drag.began, to: drag.last };
    case 'lasso':
      return { kind: 'lasso', points: drag.path };
    default:
      return undefined;
  }
}

/** What else the hand may do. */
export interface Hand {
  /** Shows what is being drawn; `undefined` when nothing is any more. */
  onRegion?(region: Region | undefined): void;
  /** True when the next region is added to what is selected. */
  isAdding?(): boolean;
}

/** Follows the pointer over `element`; returns how to stop. */
export function followGestures(
  element: HTMLElement,
  send: (gestures: GestureDto[]) => void,
  hand: Hand = {},
): () => void {
  const batch = new GestureBatch();
  let drag: Drag | undefined;
  const fingers = new Map<number, Point>();
  let frame: number | undefined;
  let hovered = 0;
  let pointed: Point | undefined;
  let press: ReturnType<typeof setTimeout> | undefined;

  function soon(): void {
    frame ??= requestAnimationFrame(() => {
      frame = undefined;
      const gestures = batch.take();
      if (gestures.length > 0) {
        send(gestures);
      }
    });
  }
  function pointOf(event: MouseEvent): Point {
    const area = element.getBoundingClientRect();
    return [event.clientX - area.left, event.clientY - area.top];
  }
  /** True for the ground itself, false for a float that lies on it. */
  function onGround(event: Event): boolean {
    return event.target instanceof Element && event.target.closest('[data-float]') === null;
  }

  function down(event: PointerEvent): void {
    if (event.pointerType === 'touch' && onGround(event) && fingers.size < 2) {
      fingers.set(event.pointerId, pointOf(event));
      element.setPointerCapture(event.pointerId);
      if (fingers.size === 2) {
        // A second finger: no drag any more, and no click when the first is lifted.
        endDrag();
        return;
      }
    }
    if (drag !== undefined || !onGround(event)) {
      return;
    }
    const at = pointOf(event);
    drag = dragOf(event, at);
    if (event.pointerType === 'touch') {
      press = setTimeout(() => {
        endDrag();
        batch.here(at);
        soon();
      }, LONG_PRESS_MILLIS);
    }
    element.setPointerCapture(event.pointerId);
    element.focus({ preventScroll: true });
  }

  /** Whatever was begun is over; nothing comes of it. */
  function endDrag(): void {
    clearTimeout(press);
    if (drag !== undefined && regionOf(drag) !== undefined) {
      hand.onRegion?.(undefined);
    }
    drag = undefined;
  }

  function movePinch(event: PointerEvent, at: Point): void {
    const before = [...fingers.values()];
    fingers.set(event.pointerId, at);
    const after = [...fingers.values()];
    const step = pinchOf(before as [Point, Point], after as [Point, Point]);
    if (step !== undefined) {
      batch.pinch(step);
      soon();
    }
  }

  function move(event: PointerEvent): void {
    const at = pointOf(event);
    if (fingers.size === 2) {
      if (fingers.has(event.pointerId)) {
        movePinch(event, at);
      }
      return;
    }
    if (drag === undefined) {
      pointed = at;
      if (onGround(event) && event.timeStamp - hovered >= HOVER_MILLIS) {
        hovered = event.timeStamp;
        batch.hover(at);
        soon();
      }
      return;
    }
    if (event.pointerId !== drag.pointer) {
      return;
    }
    drag.moved ||= Math.hypot(at[0] - drag.began[0], at[1] - drag.began[1]) >= CLICK_PX;
    if (drag.moved) {
      clearTimeout(press);
      dragTo(drag, at);
    }
  }

  function dragTo(begun: Drag, at: Point): void {
    if (begun.kind === 'pan') {
      batch.pan(begun.last, at);
    } else if (begun.kind === 'orbit') {
      batch.orbit([at[0] - begun.last[0], at[1] - begun.last[1]]);
    } else if (begun.kind === 'lasso') {
      lengthen(begun, at);
    }
    begun.last = at;
    const region = regionOf(begun);
    if (region === undefined) {
      soon();
    } else {
      hand.onRegion?.(region);
    }
  }

  function up(event: PointerEvent): void {
    fingers.delete(event.pointerId);
    if (drag === undefined || event.pointerId !== drag.pointer) {
      return;
    }
    const ended = drag;
    endDrag();
    if (event.type !== 'pointerup') {
      return;
    }
    const region = regionOf(ended);
    if (ended.moved && region !== undefined) {
      batch.select(region, event.altKey || hand.isAdding?.() === true);
    } else if (!ended.moved && (ended.kind === 'pan' || ended.kind === 'box')) {
      batch.pick(pointOf(event));
    } else if (!ended.moved && ended.isRight) {
      batch.here(pointOf(event));
    } else {
      return;
    }
    soon();
  }

  function leave(): void {
    if (drag === undefined) {
      batch.hover(null);
      soon();
    }
  }

  function wheel(event: WheelEvent): void {
    if (onGround(event)) {
      event.preventDefault();
      batch.zoom(pointOf(event), notchesOf(event));
      soon();
    }
  }

  /** The menu key asks what is under the pointer; Escape gives a region up. */
  function key(event: KeyboardEvent): void {
    if (event.key === 'Escape' && drag !== undefined && regionOf(drag) !== undefined) {
      event.preventDefault();
      endDrag();
    } else if (onGround(event) && (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey))) {
      event.preventDefault();
      batch.here(pointed ?? [element.clientWidth / 2, element.clientHeight / 2]);
      soon();
    }
  }

  const noMenu = (event: Event) => event.preventDefault();
  element.addEventListener('pointerdown', down);
  element.addEventListener('pointermove', move);
  element.addEventListener('pointerup', up);
  element.addEventListener('pointercancel', up);
  element.addEventListener('pointerleave', leave);
  element.addEventListener('wheel', wheel, { passive: false });
  element.addEventListener('contextmenu', noMenu);
  element.addEventListener('keydown', key);
  return () => {
    clearTimeout(press);
    if (frame !== undefined) {
      cancelAnimationFrame(frame);
    }
    element.removeEventListener('pointerdown', down);
    element.removeEventListener('pointermove', move);
    element.removeEventListener('pointerup', up);
    element.removeEventListener('pointercancel', up);
    element.removeEventListener('pointerleave', leave);
    element.removeEventListener('wheel', wheel);
    element.removeEventListener('contextmenu', noMenu);
    element.removeEventListener('keydown', key);
  };
}
