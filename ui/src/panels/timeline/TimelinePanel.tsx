// The bottom of the desk: a day at a glance, and the handle on the clock.
//
// Drag scrubs, the wheel zooms at the pointer, arrows step. Whatever is chosen goes through the one clock.

import './timeline.css';
import { createEffect, createMemo, createSignal, For, on, onCleanup, onMount, Show } from 'solid-js';
import type { Span } from '../../backend/backend';
import type { Timeline } from '../../generated/wire';
import { everyAtMost, RATES, useDesk } from '../../state/desk';
import { createScale } from '../../state/scale';
import { t } from '../../state/texts';
import { clockTime, DAY, HOUR, MINUTE, moment, monthDay, shortTime } from '../../state/time';
import { drawTrack } from './draw';
import { fractionOf, lengthOf, panned, timeAt, zoomed } from './view';

/** How often the track is read again while time runs. */
const READ_MILLIS = 10_000;
/** Quiet time after a zoom before the track is read. */
const SETTLE_MILLIS = 150;
const PX_PER_BIN = 5;
/** A notch of the wheel changes the length by this factor. */
const ZOOM_STEP = 1.25;

export function TimelinePanel() {
  return (
    <section class="timeline" aria-label={t('time.region')}>
      <Controls />
      <TrackArea />
    </section>
  );
}

function Controls() {
  const desk = useDesk();
  return (
    <div class="timeline-controls">
      <div class="timeline-transport">
        <button
          type="button"
          class="timeline-play"
          aria-keyshortcuts="Space"
          aria-label={desk.past() && !desk.playing() ? t('time.play') : t('time.pause')}
          title={desk.past() && !desk.playing() ? t('time.play') : t('time.pause')}
          onClick={() => desk.togglePlay()}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <Show
              when={desk.past() && !desk.playing()}
              fallback={<path d="M3.5 2.5h3v11h-3zM9.5 2.5h3v11h-3z" fill="currentColor" />}
            >
              <path d="M4 2 13.5 8 4 14Z" fill="currentColor" />
            </Show>
          </svg>
        </button>
        <fieldset class="timeline-rates">
          <legend class="hidden-words">{t('time.rate')}</legend>
          <For each={RATES}>
            {(rate) => (
              <button type="button" class="num" aria-pressed={desk.rate() === rate} onClick={() => desk.setRate(rate)}>
                {t('time.rate_n', { n: rate })}
              </button>
            )}
          </For>
        </fieldset>
        <Show when={!desk.hasHub()}>
          <button type="button" onClick={() => desk.returnToStart()}>
            {t('time.return_start')}
          </button>
        </Show>
      </div>
      <Show
        when={desk.past()}
        fallback={
          <p class="timeline-live">
            <span>{t('time.live')}</span> <span class="hint">{t('time.live_hint')}</span>
          </p>
        }
      >
        <button type="button" class="timeline-return" aria-keyshortcuts="Home R" onClick={() => desk.returnToLive()}>
          {desk.hasHub() ? t('time.return_live') : t('time.return_end')} <kbd>R</kbd>
        </button>
      </Show>
    </div>
  );
}

function TrackArea() {
  const desk = useDesk();
  const scale = createScale();
  const [size, setSize] = createSignal<[number, number]>([800, 100], {
    equals: (a, b) => a[0] === b[0] && a[1] === b[1],
  });
  const [zoom, setZoom] = createSignal<Span>();
  const [timeline, setTimeline] = createSignal<Timeline>();
  const [failure, setFailure] = createSignal<string>();
  const [pointed, setPointed] = createSignal<number>();
  let box: HTMLDivElement | undefined;
  let canvas: HTMLCanvasElement | undefined;
  let dragging: number | undefined;
  let asked = 0;

  // The whole moves on once a minute, so that the track is not redrawn for every second.
  const edge = createMemo(() => Math.ceil(desk.end() / MINUTE) * MINUTE);
  const whole = createMemo((): Span => {
    const to = desk.hasHub() ? edge() + 10 * MINUTE : desk.end();
    const from = desk.hasHub() ? edge() - DAY : desk.start.history_from;
    return { from: Math.min(from, to - HOUR), to };
  });
  const view = createMemo(() => zoom() ?? whole());
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

  onMount(() => {
    if (box === undefined) {
      return;
    }
    const element = box;
    const sizes = new ResizeObserver(() => setSize([element.clientWidth, element.clientHeight]));
    sizes.observe(element);
    element.addEventListener('wheel', onWheel, { passive: false });
    onCleanup(() => sizes.disconnect());
  });
  createEffect(() => {
    const pen = canvas?.getContext('2d');
    if (canvas === undefined || !pen) {
      return;
    }
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

  function fractionAt(event: MouseEvent): number {
    const area = box?.getBoundingClientRect();
    return area === undefined || area.width === 0
      ? 0
      : Math.min(1, Math.max(0, (event.clientX - area.left) / area.width));
  }
  function onWheel(event: WheelEvent): void {
    event.preventDefault();
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      setZoom(
        zoom() === undefined ? undefined : panned(view(), whole(), Math.sign(event.deltaX || event.deltaY) * 0.1),
      );
    } else {
      setZoom(zoomed(view(), whole(), fractionAt(event), event.deltaY > 0 ? ZOOM_STEP : 1 / ZOOM_STEP));
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
    if (step !== undefined) {
      event.preventDefault();
      desk.scrubTo(desk.shown() + step);
    } else if (event.key === ' ') {
      event.preventDefault();
      desk.togglePlay();
    }
  }

  const head = () => fractionOf(view(), desk.shown());
  /** What the bin at `time` holds, in words. */
  const wordsAt = (time: number) => {
    const held = timeline();
    if (held === undefined || time < held.from || time >= held.to) {
      return '';
    }
    const fraction = (time - held.from) / (held.to - held.from);
    const alarms = held.alarms[Math.floor(fraction * held.alarms.length)]?.reduce((sum, n) => sum + n, 0) ?? 0;
    const silent = held.observations[Math.floor(fraction * held.observations.length)] === 0;
    return alarms > 0 ? t('time.alarms_at', { n: alarms }) : silent ? t('time.gap') : '';
  };

  return (
    <div
      class="track"
      role="slider"
      tabindex="0"
      aria-label={t('time.slider')}
      aria-valuemin={desk.start.history_from}
      aria-valuemax={Math.round(desk.end())}
      aria-valuenow={Math.round(desk.shown())}
      aria-valuetext={desk.past() ? moment(desk.shown()) : t('time.live')}
      ref={(element) => {
        box = element;
      }}
      onKeyDown={onKey}
      onPointerDown={(event) => {
        if (event.button === 0) {
          dragging = event.pointerId;
          event.currentTarget.setPointerCapture(event.pointerId);
          desk.scrubTo(timeAt(view(), fractionAt(event)));
        }
      }}
      onPointerMove={(event) => {
        const time = timeAt(view(), fractionAt(event));
        setPointed(time);
        if (event.pointerId === dragging) {
          desk.scrubTo(time);
        }
      }}
      onPointerUp={() => {
        dragging = undefined;
      }}
      onPointerCancel={() => {
        dragging = undefined;
      }}
      onPointerLeave={() => setPointed(undefined)}
    >
      <canvas
        ref={(element) => {
          canvas = element;
        }}
      />
      <Show when={pointed()}>
        {(time) => (
          <div class="track-pointer" style={{ left: `${fractionOf(view(), time()) * 100}%` }}>
            <span class="num" classList={{ left: fractionOf(view(), time()) > 0.85 }}>
              {shortTime(time())} {wordsAt(time())}
            </span>
          </div>
        )}
      </Show>
      <Show when={head() >= 0 && head() <= 1}>
        <div class="track-head" classList={{ past: desk.past() }} style={{ left: `${head() * 100}%` }}>
          <span class="num" classList={{ left: head() > 0.9, right: head() < 0.06 }}>
            {clockTime(desk.shown())}
          </span>
        </div>
      </Show>
      <Show when={zoom()}>
        {(span) => (
          <button
            type="button"
            class="track-whole num"
            onPointerDown={(event) => event.stopPropagation()}
            onClick={() => setZoom(undefined)}
          >
            {shortTime(span().from)}–{shortTime(span().to)} · {t('time.whole')}
          </button>
        )}
      </Show>
      <Show when={failure()}>
        {(message) => (
          <p class="track-words" role="alert">
            {t('time.failed', { message: message() })}
          </p>
        )}
      </Show>
      <span class="hidden-words">{monthDay(desk.shown())}</span>
    </div>
  );
}
