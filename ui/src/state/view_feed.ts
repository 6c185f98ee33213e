// One picture of a camera: opened when somebody looks, followed picture by picture, closed when nobody does.
//
// The host decides who may look and decodes what is foreign; what comes here are JPEG files of its own.

import { type Accessor, createEffect, createMemo, createSignal, on, onCleanup } from 'solid-js';
import type { Backend } from '../backend/backend';
import type { ViewFrame } from '../backend/video_frame';
import type { OpenedViewDto, VideoRefusalDto, ViewStateKindDto } from '../generated/wire';

/** Whoever looks away for a moment does not lose the picture. */
const LEAVE_MILLIS = 1500;
/** A host that answers at once is not asked more often than that. */
const LEAST_MILLIS = 15;
/** Without a newer picture. */
const QUIET_MILLIS = 100;
/** While nothing can be expected. */
const BROKEN_MILLIS = 1000;
/** A picture this much before the moment asked for shows it. */
const NEAR_MILLIS = 200;

/** What is to be seen. */
export interface Wanted {
  camera: string;
  /** The moment, UTC milliseconds; `undefined` is live. */
  at: number | undefined;
  /** The clock stands: one picture is enough. */
  isStill: boolean;
  width: number;
  fps: number;
  purpose: string;
}

/** How a picture stands: `idle` when none is wanted, `refused` when the host says no. */
export type FeedState = ViewStateKindDto | 'idle' | 'refused';

/** What writes over a picture: who looks, and when. */
export type Stamp = () => string;

export interface Feed {
  state: Accessor<FeedState>;
  /** The host's number of it, while it is open. */
  view: Accessor<number | undefined>;
  opened: Accessor<OpenedViewDto | undefined>;
  refused: Accessor<VideoRefusalDto | undefined>;
  /** Why it could not even be asked for. */
  failure: Accessor<string | undefined>;
  /** When the picture shown was taken; `undefined` where the stream does not say. */
  pictureAt: Accessor<number | undefined>;
  /** Pictures shown since it was opened. */
  pictures: Accessor<number>;
  /** It begins anew in so many milliseconds. */
  restartInMs: Accessor<number>;
  /** Asks again. */
  retry(): void;
  /** Shows its pictures on `canvas` for as long as the caller is there. Call inside a component. */
  show(canvas: HTMLCanvasElement, stamp: Stamp): void;
  /** It stays open although nobody looks here: it is shown in the twin. */
  setKept(on: boolean): void;
}

/** Follows what `wanted` asks for. Call inside a Solid root. */
export function createFeed(
  backend: Pick<Backend, 'openView' | 'viewFrame' | 'closeView'>,
  wanted: Accessor<Wanted | undefined>,
): Feed {
  const [state, setState] = createSignal<FeedState>('idle');
  const [opened, setOpened] = createSignal<OpenedViewDto>();
  const [refused, setRefused] = createSignal<VideoRefusalDto>();
  const [failure, setFailure] = createSignal<string>();
  const [pictureAt, setPictureAt] = createSignal<number>();
  const [pictures, setPictures] = createSignal(0);
  const [restartInMs, setRestartInMs] = createSignal(0);
  const [view, setView] = createSignal<number>();
  const [tries, setTries] = createSignal(0);
  const [isKept, setKept] = createSignal(false);
  const screens = createScreens();
  let shownCamera: string | undefined;

  const asked = createMemo(() => (screens.isSeen() || isKept() ? wanted() : undefined), undefined, {
    equals: sameWanted,
  });
  createEffect(
    on([asked, tries], ([now]) => {
      // The last picture of a camera stays until another camera takes its place.
      if (now !== undefined && now.camera !== shownCamera) {
        shownCamera = now.camera;
        screens.clear();
        setPictures(0);
        setPictureAt(undefined);
      }
      setRefused(undefined);
      setFailure(undefined);
      setRestartInMs(0);
      setView(undefined);
      setState(now === undefined ? 'idle' : 'connecting');
      if (now !== undefined) {
        onCleanup(begin(now));
      } else {
        setOpened(undefined);
      }
    }),
  );

  /** Opens it and follows its pictures; returns what ends that. */
  function begin(now: Wanted): () => void {
    let isOver = false;
    let mine: number | undefined;
    const close = (one: number) => void backend.closeView(one);
    async function run(): Promise<void> {
      const { camera, at, width, fps, purpose } = now;
      const draft = { camera, at: at === undefined ? null : Math.round(at), width, fps, purpose };
      const result = await backend.openView(draft);
      const made = result.ok ? (result.value.view ?? undefined) : undefined;
      if (isOver) {
        if (made !== undefined) {
          close(made);
        }
        return;
      }
      if (!result.ok) {
        setFailure(result.error.message);
        setState('failed');
        return;
      }
      setOpened(result.value);
      if (made === undefined) {
        setRefused(result.value.refused ?? undefined);
        setState('refused');
        return;
      }
      mine = made;
      setView(made);
      await follow(made, now, () => isOver);
    }
    void run();
    return () => {
      isOver = true;
      if (mine !== undefined) {
        close(mine);
      }
    };
  }
  async function follow(one: number, now: Wanted, isOver: () => boolean): Promise<void> {
    let after = 0;
    while (!isOver()) {
      await screens.seen();
      if (isOver()) {
        return;
      }
      const askedAt = performance.now();
      const result = await backend.viewFrame(one, after);
      if (isOver()) {
        return;
      }
      if (!result.ok) {
        setFailure(result.error.message);
        setState('failed');
        return;
      }
      const frame = result.value;
      const isNew = frame.seq !== after && frame.jpeg.length > 0;
      after = frame.seq;
      if (isNew) {
        await screens.paint(frame, isOver);
      }
      if (isOver()) {
        return;
      }
      setState(frame.state);
      setRestartInMs(frame.restartInMs);
      if (isNew) {
        setPictureAt(frame.pictureAt);
        setPictures((count) => count + 1);
      }
      if (frame.state === 'closed') {
        setView(undefined);
        return;
      }
      if (isNew && now.isStill && hasReached(frame, now)) {
        return;
      }
      await pause(pauseAfter(frame, isNew, now.fps, performance.now() - askedAt));
    }
  }

  return {
    state,
    view,
    opened,
    refused,
    failure,
    pictureAt,
    pictures,
    restartInMs,
    retry: () => setTries(tries() + 1),
    show: screens.show,
    setKept,
  };
}

function sameWanted(a: Wanted | undefined, b: Wanted | undefined): boolean {
  return (
    a?.camera === b?.camera &&
    a?.at === b?.at &&
    a?.isStill === b?.isStill &&
    a?.width === b?.width &&
    a?.fps === b?.fps &&
    a?.purpose === b?.purpose
  );
}

/** True when a picture shows the moment asked for; a stream that does not say when is believed. */
export function hasReached(frame: Pick<ViewFrame, 'pictureAt'>, now: Pick<Wanted, 'at'>): boolean {
  return now.at === undefined || frame.pictureAt === undefined || frame.pictureAt >= now.at - NEAR_MILLIS;
}

/** How long to wait before the next question. */
export function pauseAfter(frame: Pick<ViewFrame, 'state'>, isNew: boolean, fps: number, tookMillis: number): number {
  if (isNew) {
    return Math.max(LEAST_MILLIS, 1000 / fps - tookMillis);
  }
  const isBroken = frame.state === 'failed' || frame.state === 'restarting';
  return Math.max(LEAST_MILLIS, (isBroken ? BROKEN_MILLIS : QUIET_MILLIS) - tookMillis);
}

function pause(millis: number): Promise<void> {
  return new Promise((done) => setTimeout(done, millis));
}

interface Screen {
  canvas: HTMLCanvasElement;
  stamp: Stamp;
}

/** The canvases on which a picture is shown, and whether anybody can see one of them. */
function createScreens() {
  const [seen, setSeen] = createSignal<ReadonlySet<HTMLCanvasElement>>(new Set<HTMLCanvasElement>());
  const screens = new Set<Screen>();
  let waiting: (() => void)[] = [];

  function put(canvas: HTMLCanvasElement, isIn: boolean): void {
    const next = new Set(seen());
    if (isIn) {
      next.add(canvas);
    } else {
      next.delete(canvas);
    }
    setSeen(next);
    if (isIn) {
      const woken = waiting;
      waiting = [];
      for (const wake of woken) {
        wake();
      }
    }
  }
  return {
    isSeen: () => seen().size > 0,
    /** Resolves when somebody looks. */
    seen: () => (seen().size > 0 ? Promise.resolve() : new Promise<void>((wake) => waiting.push(wake))),
    clear() {
      for (const { canvas } of screens) {
        canvas.width = 0;
      }
    },
    async paint(frame: ViewFrame, isOver: () => boolean): Promise<void> {
      // What a browser cannot decode is no picture; the next one may be.
      const bitmap =
        typeof createImageBitmap === 'function'
          ? await createImageBitmap(new Blob([frame.jpeg], { type: 'image/jpeg' })).catch(() => undefined)
          : undefined;
      if (bitmap === undefined) {
        return;
      }
      // Another camera may have taken the canvas while this picture was decoded.
      if (!isOver()) {
        for (const screen of screens) {
          paintOn(screen, bitmap);
        }
      }
      bitmap.close();
    },
    show(canvas: HTMLCanvasElement, stamp: Stamp): void {
      const screen = { canvas, stamp };
      screens.add(screen);
      const stop = followSight(canvas, (isIn) => put(canvas, isIn));
      onCleanup(() => {
        screens.delete(screen);
        stop();
      });
    },
  };
}

/** Tells whether `element` can be seen: in sight, on a page in front. What is out of sight for a while is told late. */
function followSight(element: Element, tell: (isIn: boolean) => void): () => void {
  // Not opened before it is known: a look that nobody took would be written down.
  let isInSight: boolean | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  function update(): void {
    clearTimeout(timer);
    if (isInSight === true && !document.hidden) {
      tell(true);
    } else {
      timer = setTimeout(() => tell(false), LEAVE_MILLIS);
    }
  }
  const sights = new IntersectionObserver((entries) => {
    isInSight = entries.at(-1)?.isIntersecting ?? isInSight;
    update();
  });
  // A page that never tells of sights has drawn what there is by the second frame.
  let frame = requestAnimationFrame(() => {
    frame = requestAnimationFrame(() => {
      isInSight ??= element.checkVisibility();
      update();
    });
  });
  sights.observe(element);
  document.addEventListener('visibilitychange', update);
  return () => {
    clearTimeout(timer);
    cancelAnimationFrame(frame);
    sights.disconnect();
    document.removeEventListener('visibilitychange', update);
    // Another page of the same may show it next.
    setTimeout(() => tell(false), LEAVE_MILLIS);
  };
}

/** The picture as large as it came, with who looks and when written over it. */
function paintOn({ canvas, stamp }: Screen, bitmap: ImageBitmap): void {
  if (canvas.width !== bitmap.width || canvas.height !== bitmap.height) {
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
  }
  const pen = canvas.getContext('2d', { alpha: false });
  if (!pen) {
    return;
  }
  pen.drawImage(bitmap, 0, 0);
  drawStamp(pen, stamp(), bitmap.width, bitmap.height);
}

/** Over the middle and at the foot: a part of the picture alone still says whose look it was. */
function drawStamp(pen: CanvasRenderingContext2D, words: string, width: number, height: number): void {
  const size = Math.max(11, Math.round(height * 0.042));
  pen.save();
  pen.font = `${size}px "CityMirror Sans", "Noto Sans SC", sans-serif`;
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  pen.lineWidth = Math.max(1.5, size / 7);
  pen.strokeStyle = 'rgb(0 0 0 / 45%)';
  pen.fillStyle = 'rgb(255 255 255 / 55%)';
  for (const [x, y, turn] of [
    [0.3, 0.34, -0.35],
    [0.7, 0.66, -0.35],
  ] as const) {
    pen.save();
    pen.translate(width * x, height * y);
    pen.rotate(turn);
    pen.globalAlpha = 0.45;
    pen.strokeText(words, 0, 0);
    pen.fillText(words, 0, 0);
    pen.restore();
  }
  pen.globalAlpha = 1;
  pen.textAlign = 'right';
  pen.fillStyle = 'rgb(255 255 255 / 85%)';
  pen.strokeText(words, width - size / 2, height - size);
  pen.fillText(words, width - size / 2, height - size);
  pen.restore();
}
