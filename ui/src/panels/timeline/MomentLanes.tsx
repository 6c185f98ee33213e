// Clips and detections under the track: a lane for each kind, the denser the stronger. A click goes to the moment.

import { createEffect, createMemo, createSignal, Index, on, onCleanup, Show } from 'solid-js';
import type { Span } from '../../backend/backend';
import type { LaneDto, LanesDto } from '../../generated/wire';
import { everyAtMost, useDesk } from '../../state/desk';
import { createIsLow } from '../../state/scale';
import { language, t } from '../../state/texts';
import { quantity, shortTime } from '../../state/time';
import { useVideoMoments } from '../../state/video_moments';
import { fractionOf, lengthOf, timeAt } from './view';

/** Quiet time after a zoom before the lanes are read, and how often they are read again. */
const SETTLE_MILLIS = 250;
const READ_MILLIS = 10_000;
const PX_PER_BIN = 4;
const MOST_BINS = 1000;
/** The liveliest kinds have lanes; a low window has room for two. */
const MOST_LANES = 4;
const LOW_LANES = 2;

export function MomentLanes(props: { view: Span; width: number; scale: number }) {
  const desk = useDesk();
  const moments = useVideoMoments();
  const isLow = createIsLow();
  const [held, setHeld] = createSignal<LanesDto>();
  let asked = 0;
  const isOn = createMemo(() => moments.lanesOn() && desk.update.video.moments > 0);
  const bins = () => Math.min(MOST_BINS, Math.max(10, Math.round(props.width / (PX_PER_BIN * props.scale))));

  function read(): void {
    if (!isOn()) {
      return;
    }
    asked += 1;
    const mine = asked;
    const { area, cameras, kinds } = moments.filter();
    const ask = {
      from: Math.round(props.view.from),
      to: Math.round(props.view.to),
      bins: bins(),
      area: area.map(([lon, lat]): [number, number] => [lon, lat]),
      cameras: cameras.map((one) => one.camera),
      kinds: [...kinds],
    };
    void desk.backend.momentLanes(ask).then((result) => {
      if (mine === asked && result.ok) {
        setHeld(result.value);
      }
    });
  }
  createEffect(
    on([isOn, () => props.view, bins, moments.filter, language], () => {
      const timer = setTimeout(read, SETTLE_MILLIS);
      onCleanup(() => clearTimeout(timer));
    }),
  );
  everyAtMost(READ_MILLIS, () => desk.update.video.moments_revision, read);
  const lanes = () => (isOn() ? (held()?.lanes ?? []).slice(0, isLow() ? LOW_LANES : MOST_LANES) : []);
  return (
    <Show when={lanes().length > 0}>
      <ul class="moment-lanes" aria-label={t('moment_find.lanes_region')}>
        {/* By place: what is read again must not take the focus from a lane. */}
        <Index each={lanes()}>
          {(lane) => <Lane lane={lane()} of={held()} view={props.view} width={props.width} />}
        </Index>
      </ul>
    </Show>
  );
}

function Lane(props: { lane: LaneDto; of: LanesDto | undefined; view: Span; width: number }) {
  const desk = useDesk();
  const [at, setAt] = createSignal<number>();
  let canvas: HTMLCanvasElement | undefined;
  const span = (): Span => ({ from: props.of?.from ?? 0, to: props.of?.to ?? 0 });
  const total = () => props.lane.counts.reduce((sum, n) => sum + n, 0);
  /** How many lie at a moment. */
  const countAt = (time: number) => {
    const bin = Math.floor(((time - span().from) / lengthOf(span())) * props.lane.counts.length);
    return props.lane.counts[bin] ?? 0;
  };
  createEffect(() => {
    const pen = canvas?.getContext('2d');
    if (canvas === undefined || !pen || lengthOf(span()) <= 0) {
      return;
    }
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(props.width * ratio);
    canvas.height = Math.round(canvas.clientHeight * ratio);
    pen.fillStyle = getComputedStyle(canvas).color;
    const most = Math.max(1, ...props.lane.counts);
    const bin = lengthOf(span()) / Math.max(1, props.lane.counts.length);
    for (const [i, count] of props.lane.counts.entries()) {
      if (count > 0) {
        const from = fractionOf(props.view, span().from + i * bin) * canvas.width;
        const to = fractionOf(props.view, span().from + (i + 1) * bin) * canvas.width;
        // A single one is to be seen too.
        pen.globalAlpha = 0.3 + 0.7 * Math.sqrt(count / most);
        pen.fillRect(from, 0, Math.max(ratio, to - from - ratio / 2), canvas.height);
      }
    }
  });
  function timeOf(event: MouseEvent & { currentTarget: HTMLElement }): number {
    const area = event.currentTarget.getBoundingClientRect();
    const share = area.width === 0 ? 0 : (event.clientX - area.left) / area.width;
    return timeAt(props.view, Math.min(1, Math.max(0, share)));
  }
  /** The nearest moment of the lane before or after `time`. */
  function step(from: number, by: 1 | -1): number | undefined {
    const bin = lengthOf(span()) / Math.max(1, props.lane.counts.length);
    let i = Math.floor((from - span().from) / bin) + by;
    while (i >= 0 && i < props.lane.counts.length) {
      if ((props.lane.counts[i] ?? 0) > 0) {
        return span().from + (i + 0.5) * bin;
      }
      i += by;
    }
    return undefined;
  }
  const words = () => {
    const time = at();
    return time === undefined
      ? t('moment_find.lane', { name: props.lane.name, n: quantity(total(), 0) })
      : t('moment_find.lane_at', { name: props.lane.name, time: shortTime(time), n: countAt(time) });
  };
  return (
    <li class="moment-lane">
      <button
        type="button"
        class="quiet moment-lane-bar"
        aria-label={t('moment_find.lane', { name: props.lane.name, n: quantity(total(), 0) })}
        title={t('moment_find.lane_hint')}
        onPointerMove={(event) => setAt(timeOf(event))}
        onPointerLeave={() => setAt(undefined)}
        onClick={(event) => {
          // A click by key has no place: it leads to the next one.
          const wanted = event.detail === 0 ? step(desk.shown(), 1) : timeOf(event);
          if (wanted !== undefined) {
            desk.scrubTo(wanted);
          }
        }}
        onKeyDown={(event) => {
          const by = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : undefined;
          const wanted = by === undefined ? undefined : step(desk.shown(), by);
          if (by !== undefined) {
            event.preventDefault();
          }
          if (wanted !== undefined) {
            desk.scrubTo(wanted);
          }
        }}
      >
        <canvas
          ref={(element) => {
            canvas = element;
          }}
        />
        <span class="moment-lane-words num">{words()}</span>
      </button>
    </li>
  );
}
