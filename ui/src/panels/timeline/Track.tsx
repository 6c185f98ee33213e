// The track: a stretch of history at a glance, and the handle on the clock.
//
// Drag scrubs, Shift and drag marks a range, the wheel zooms at the pointer, arrows step. A click on a mark goes there.

import { createEffect, createMemo, createSignal, For, on, onCleanup, onMount, Show } from 'solid-js';
import type { Span } from '../../backend/backend';
import type { Timeline } from '../../generated/wire';
import { everyAtMost, useDesk } from '../../state/desk';
import { useHistory } from '../../state/history';
import { createScale } from '../../state/scale';
import { t } from '../../state/texts';
import { clockTime, DAY, HOUR, MINUTE, moment, monthDay, SECOND, shortTime } from '../../state/time';
import { drawTrack } from './draw';
import { MomentLanes } from './MomentLanes';
import { MomentsLane } from './MomentsLane';
import { type Pointed, pointedAt, wordsOf } from './pointed';
import { following, fractionOf, lengthOf, panned, timeAt, zoomed } from './view';

/** How often the track is read again while time runs. */
const READ_MILLIS = 10_000;
/** Quiet time after a zoom before the track is read. */
const SETTLE_MILLIS = 150;
const PX_PER_BIN = 5;
/** A notch of the wheel changes the length by this factor. */
const ZOOM_STEP = 1.25;
/** A shorter drag was meant as a click. */
const LEAST_RANGE_PX = 3;
const LENGTHS = [
  { millis: HOUR, words: 'time.zoom_1h' },
  { millis: 7 * DAY, words: 'time.zoom_7d' },
] as const;

/** Nothing: the last day. */
type Zoom = Span | 'whole' | undefined;

export function TrackArea() {
  const desk = useDesk();
  const history = useHistory();
  const scale = createScale();
  const [fontsReady, setFontsReady] = createSignal(false);
  const [size, setSize] = createSignal<[number, number]>([800, 100], {
    equals: (a, b) => a[0] === b[0] && a[1] === b[1],
  });
  const [zoom, setZoom] = createSignal<Zoom>();
  const [timeline, setTimeline] = createSignal<Timeline>();
  const [failure, setFailure] = createSignal<string>();
  const [pointed, setPointed] = createSignal<Pointed>();
  const [draft, setDraft] = createSignal<Span>();
  let box: HTMLDivElement | undefined;
  let canvas: HTMLCanvasElement | undefined;
  let hand: { pointer: number; brushFrom: number | undefined } | undefined;
  let hasFollowed = false;
  let asked = 0;

  // The whole moves on once a minute, so that the track is not redrawn for every second.
  const edge = createMemo(() => Math.ceil(desk.end() / MINUTE) * MINUTE);
  const ahead = () => (desk.hasHub() ? edge() + 10 * MINUTE : desk.end());
  const whole = createMemo((): Span => {
    const from = desk.hasHub() ? Math.min(desk.oldest(), edge() - DAY) : desk.oldest();
    return { from: Math.min(from, ahead() - HOUR), to: ahead() };
  });
  const lastDay = createMemo((): Span => (desk.hasHub() ? { from: edge() - DAY, to: ahead() } : whole()));
  const view = createMemo((): Span => {
    const wanted = zoom();
    return wanted === undefined ? lastDay() : wanted === 'whole' ? whole() : wanted;
  });
  // What has not happened yet is neither a gap nor quiet.
  const known = createMemo((): Span => ({ from: view().from, to: Math.min(view().to, edge()) }));

  function read(): void {
    const wanted = known();
    if (lengthOf(wanted) <= 0) {
      return;
    }
    asked += 1;
    const mine = asked;
    const px = size()[0] * (lengthOf(wanted) / lengthOf(view()));
    void desk.backend.timeline(wanted, Math.max(10, Math.round(px / (PX_PER_BIN * scale())))).then((result) => {
      if (mine === asked) {
        setFailure(result.ok ? undefined : result.error.message);
        if (result.ok) {
          setTimeline(result.value);
          history.noticeMoments(result.value.moments);
        }
      }
    });
  }
  // What was missed while the hub was away is there once the desk follows it again.
  const connection = createMemo(() => desk.update.connection.state);
  createEffect(
    on([known, size, connection], () => {
      const timer = setTimeout(read, SETTLE_MILLIS);
      onCleanup(() => clearTimeout(timer));
    }),
  );
  everyAtMost(READ_MILLIS, () => desk.update.now, read);
  // A step or a typed time may lead out of sight: the view goes along, and comes back with the return to live.
  createEffect(
    on([desk.shown, desk.live], ([shown, live], before) => {
      // Whoever looked elsewhere while it plays is left in peace.
      const isJump = !desk.playing() || (before !== undefined && following(view(), whole(), before[0]) === undefined);
      if (live && hasFollowed) {
        hasFollowed = false;
        setZoom(undefined);
      } else if (!live && hand === undefined && isJump) {
        const moved = following(view(), whole(), shown);
        if (moved !== undefined) {
          hasFollowed = true;
          setZoom(moved);
        }
      }
    }),
  );

  onMount(() => {
    if (box === undefined) {
      return;
    }
    const element = box;
    const sizes = new ResizeObserver(() => setSize([element.clientWidth, element.clientHeight]));
    sizes.observe(element);
    element.addEventListener('wheel', onWheel, { passive: false });
    onCleanup(() => sizes.disconnect());
    // What a canvas wrote before the fonts were there does not change by itself.
    void document.fonts?.ready.then(() => setFontsReady(true));
  });
  createEffect(() => {
    const pen = canvas?.getContext('2d');
    if (canvas === undefined || !pen) {
      return;
    }
    fontsReady();
    const [width, height] = size();
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    const style = getComputedStyle(canvas);
    const role = (name: string) => style.getPropertyValue(name).trim();
    const font = `${Math.round(12 * scale())}px ${style.fontFamily}`;
    drawTrack(pen, { width, height, scale: scale(), view: view(), timeline: timeline(), role, font });
  });

  function show(wanted: Span | undefined): void {
    hasFollowed = false;
    const fits = wanted === undefined || lengthOf(wanted) >= lengthOf(whole());
    setZoom(fits ? (lengthOf(whole()) > lengthOf(lastDay()) ? 'whole' : undefined) : wanted);
  }
  function zoomBy(fraction: number, factor: number): void {
    show(zoomed(view(), whole(), fraction, factor));
  }
  /** `millis` up to now, or around the past moment that is shown. */
  function showLength(millis: number): void {
    const to = desk.past() ? desk.shown() + millis / 2 : edge() + millis / 50;
    show(panned({ from: to - millis, to }, whole(), 0));
  }
  function fractionAt(event: MouseEvent): number {
    const area = box?.getBoundingClientRect();
    return area === undefined || area.width === 0
      ? 0
      : Math.min(1, Math.max(0, (event.clientX - area.left) / area.width));
  }
  function pointedBy(event: MouseEvent): Pointed {
    const top = box?.getBoundingClientRect().top ?? 0;
    const time = timeAt(view(), fractionAt(event));
    return pointedAt(timeline(), view(), size(), scale(), time, event.clientY - top);
  }
  function onWheel(event: WheelEvent): void {
    event.preventDefault();
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      show(panned(view(), whole(), Math.sign(event.deltaX || event.deltaY) * 0.1));
    } else {
      zoomBy(fractionAt(event), event.deltaY > 0 ? ZOOM_STEP : 1 / ZOOM_STEP);
    }
  }
  function onKey(event: KeyboardEvent): void {
    const steps: Record<string, number> = {
      ArrowLeft: event.shiftKey ? -10 * MINUTE : -MINUTE,
      ArrowRight: event.shiftKey ? 10 * MINUTE : MINUTE,
      PageDown: -HOUR,
      PageUp: HOUR,
    };
    const step = steps[event.key];
    if (event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    if (step !== undefined) {
      event.preventDefault();
      desk.scrubTo(desk.shown() + step);
    } else if (event.key === ' ') {
      event.preventDefault();
      desk.togglePlay();
    } else if (event.key === '+' || event.key === '=' || event.key === '-') {
      event.preventDefault();
      const at = Math.min(1, Math.max(0, fractionOf(view(), desk.shown())));
      zoomBy(at, event.key === '-' ? ZOOM_STEP : 1 / ZOOM_STEP);
    }
  }
  function onDown(event: PointerEvent & { currentTarget: HTMLElement }): void {
    if (event.button !== 0) {
      return;
    }
    event.currentTarget.setPointerCapture(event.pointerId);
    const at = pointedBy(event);
    const isBrush = event.shiftKey || history.brushing();
    hand = { pointer: event.pointerId, brushFrom: isBrush ? at.time : undefined };
    if (!isBrush) {
      desk.scrubTo(at.mark?.time ?? at.time);
      if (at.mark?.event !== undefined) {
        desk.select({ kind: 'event', id: at.mark.event });
        // A mark is gone to, not dragged.
        hand = undefined;
      }
    }
  }
  function onMove(event: PointerEvent): void {
    const at = pointedBy(event);
    setPointed(at);
    if (hand === undefined || event.pointerId !== hand.pointer) {
      return;
    }
    const from = hand.brushFrom;
    if (from === undefined) {
      desk.scrubTo(at.time);
    } else {
      setDraft({ from: Math.min(from, at.time), to: Math.max(from, at.time) });
    }
  }
  function onUp(): void {
    const marked = draft();
    hand = undefined;
    setDraft(undefined);
    if (marked === undefined) {
      return;
    }
    history.setBrushing(false);
    const to = Math.min(marked.to, desk.end());
    const from = Math.max(marked.from, desk.oldest());
    if (((to - from) / lengthOf(view())) * size()[0] >= LEAST_RANGE_PX && to - from >= SECOND) {
      desk.setRange({ from: Math.round(from), to: Math.round(to) });
    }
  }

  const head = () => fractionOf(view(), desk.shown());
  const range = () => draft() ?? desk.range();
  const isZoomed = () => zoom() !== undefined;
  return (
    <div class="track-side">
      <MomentsLane view={view()} width={size()[0]} scale={scale()} />
      <div
        class="track"
        classList={{ brushing: history.brushing(), 'on-mark': pointed()?.mark?.event !== undefined }}
        role="slider"
        tabindex="0"
        aria-label={t('time.slider')}
        aria-valuemin={Math.round(desk.oldest())}
        aria-valuemax={Math.round(desk.end())}
        aria-valuenow={Math.round(desk.shown())}
        aria-valuetext={desk.past() ? moment(desk.shown()) : t('time.live')}
        ref={(element) => {
          box = element;
        }}
        onKeyDown={onKey}
        onPointerDown={onDown}
        onPointerMove={onMove}
        onPointerUp={onUp}
        onPointerCancel={onUp}
        onPointerLeave={() => setPointed(undefined)}
      >
        <canvas
          ref={(element) => {
            canvas = element;
          }}
        />
        <Show when={range()}>
          {(marked) => (
            <div
              class="track-range"
              style={{
                left: `${fractionOf(view(), marked().from) * 100}%`,
                width: `${(lengthOf(marked()) / lengthOf(view())) * 100}%`,
              }}
            />
          )}
        </Show>
        <Show when={pointed()}>
          {(at) => (
            <div class="track-pointer" style={{ left: `${fractionOf(view(), at().time) * 100}%` }}>
              <span class="num" classList={{ left: fractionOf(view(), at().time) > 0.6 }}>
                {lengthOf(view()) > 2 * DAY ? moment(at().time).slice(0, 11) : shortTime(at().time)} {wordsOf(at())}
              </span>
            </div>
          )}
        </Show>
        <Show when={head() >= 0 && head() <= 1}>
          <div
            class="track-head"
            classList={{ past: desk.past(), branch: desk.branch() !== undefined }}
            style={{ left: `${head() * 100}%` }}
          >
            <span class="num" classList={{ left: head() > 0.9, right: head() < 0.06 }}>
              {clockTime(desk.shown())}
            </span>
          </div>
        </Show>
        <fieldset
          class="track-zoom"
          classList={{ zoomed: isZoomed() }}
          onPointerDown={(event) => event.stopPropagation()}
        >
          <legend class="hidden-words">{t('time.zoom')}</legend>
          <Show when={isZoomed()}>
            <button type="button" class="num" onClick={() => setZoom(undefined)}>
              {t('time.last_day')}
            </button>
          </Show>
          <For each={LENGTHS}>
            {(length) => (
              <Show when={length.millis < lengthOf(whole())}>
                <button type="button" class="num track-length" onClick={() => showLength(length.millis)}>
                  {t(length.words)}
                </button>
              </Show>
            )}
          </For>
          <Show when={zoom() !== 'whole' && lengthOf(view()) < lengthOf(whole())}>
            <button type="button" class="num" onClick={() => show(undefined)}>
              {t('time.whole')}
            </button>
          </Show>
        </fieldset>
        <Show when={failure()}>
          {(message) => (
            <p class="track-words" role="alert">
              {t('time.failed', { message: message() })}
            </p>
          )}
        </Show>
        <span class="hidden-words">{monthDay(desk.shown())}</span>
      </div>
      <MomentLanes view={view()} width={size()[0]} scale={scale()} />
    </div>
  );
}
