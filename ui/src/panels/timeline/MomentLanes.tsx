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
      <Lanes lanes={lanes()} of={held()} view={props.view} width={props.width} />
    </Show>
  );
}

/** Where the pointer is: which lane, which moment. */
interface Pointed {
  lane: number;
  time: number;
}

/** One button lies over all lanes, because a lane alone is too low to be hit; keys choose the lane. */
function Lanes(props: { lanes: readonly LaneDto[]; of: LanesDto | undefined; view: Span; width: number }) {
  const desk = useDesk();
  const [pointed, setPointed] = createSignal<Pointed>();
  const [chosen, setChosen] = createSignal(0);
  const span = (): Span => ({ from: props.of?.from ?? 0, to: props.of?.to ?? 0 });
  const current = () => Math.min(chosen(), props.lanes.length - 1);

  function pointedBy(event: MouseEvent & { currentTarget: HTMLElement }): Pointed {
    const area = event.currentTarget.getBoundingClientRect();
    const share = (at: number, length: number) => (length === 0 ? 0 : Math.min(1, Math.max(0, at / length)));
    const down = share(event.clientY - area.top, area.height);
    return {
      lane: Math.min(props.lanes.length - 1, Math.floor(down * props.lanes.length)),
      time: timeAt(props.view, share(event.clientX - area.left, area.width)),
    };
  }
  /** Leads the clock to the nearest moment of the chosen lane before or after what is shown. */
  function step(by: 1 | -1): void {
    const counts = props.lanes[current()]?.counts ?? [];
    const bin = lengthOf(span()) / Math.max(1, counts.length);
    let i = Math.floor((desk.shown() - span().from) / bin) + by;
    while (i >= 0 && i < counts.length) {
      if ((counts[i] ?? 0) > 0) {
        desk.scrubTo(span().from + (i + 0.5) * bin);
        return;
      }
      i += by;
    }
  }
  function onKey(event: KeyboardEvent): void {
    const along = { ArrowRight: 1, ArrowLeft: -1 }[event.key] as 1 | -1 | undefined;
    const across = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (along !== undefined) {
      step(along);
    } else if (across !== undefined) {
      setChosen(Math.min(props.lanes.length - 1, Math.max(0, current() + across)));
    } else {
      return;
    }
    event.preventDefault();
  }
  return (
    <div class="moment-lanes">
      <ul aria-label={t('moment_find.lanes_region')}>
        <Index each={props.lanes}>
          {(lane, i) => (
            <Lane
              lane={lane()}
              span={span()}
              at={pointed()?.lane === i ? pointed()?.time : undefined}
              isChosen={current() === i}
              view={props.view}
              width={props.width}
            />
          )}
        </Index>
      </ul>
      <button
        type="button"
        class="quiet moment-lanes-bar"
        aria-label={laneWords(props.lanes[current()])}
        title={t('moment_find.lane_hint')}
        onPointerMove={(event) => setPointed(pointedBy(event))}
        onPointerLeave={() => setPointed(undefined)}
        onClick={(event) => {
          // A click by key has no place: it leads to the next one.
          if (event.detail === 0) {
            step(1);
          } else {
            desk.scrubTo(pointedBy(event).time);
          }
        }}
        onKeyDown={onKey}
      />
    </div>
  );
}

function laneWords(lane: LaneDto | undefined): string {
  const n = lane?.counts.reduce((sum, count) => sum + count, 0) ?? 0;
  return t('moment_find.lane', { name: lane?.name ?? '', n: quantity(n, 0) });
}

function Lane(props: {
  lane: LaneDto;
  span: Span;
  at: number | undefined;
  isChosen: boolean;
  view: Span;
  width: number;
}) {
  let canvas: HTMLCanvasElement | undefined;
  /** How many lie at a moment. */
  const countAt = (time: number) => {
    const bin = Math.floor(((time - props.span.from) / lengthOf(props.span)) * props.lane.counts.length);
    return props.lane.counts[bin] ?? 0;
  };
  createEffect(() => {
    const pen = canvas?.getContext('2d');
    if (canvas === undefined || !pen || lengthOf(props.span) <= 0) {
      return;
    }
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(props.width * ratio);
    canvas.height = Math.round(canvas.clientHeight * ratio);
    pen.fillStyle = getComputedStyle(canvas).color;
    const most = Math.max(1, ...props.lane.counts);
    const bin = lengthOf(props.span) / Math.max(1, props.lane.counts.length);
    for (const [i, count] of props.lane.counts.entries()) {
      if (count > 0) {
        const from = fractionOf(props.view, props.span.from + i * bin) * canvas.width;
        const to = fractionOf(props.view, props.span.from + (i + 1) * bin) * canvas.width;
        // A single one is to be seen too.
        pen.globalAlpha = 0.3 + 0.7 * Math.sqrt(count / most);
        pen.fillRect(from, 0, Math.max(ratio, to - from - ratio / 2), canvas.height);
      }
    }
  });
  const words = () =>
    props.at === undefined
      ? laneWords(props.lane)
      : t('moment_find.lane_at', { name: props.lane.name, time: shortTime(props.at), n: countAt(props.at) });
  return (
    <li class="moment-lane" classList={{ chosen: props.isChosen }}>
      <canvas
        ref={(element) => {
          canvas = element;
        }}
      />
      <span class="moment-lane-words num">{words()}</span>
    </li>
  );
}
