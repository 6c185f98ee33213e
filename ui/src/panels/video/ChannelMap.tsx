// The channels that answer, as points on a map: those that stand together are one point, which grows with their number.
//
// The host thins them; here they are drawn over the city's raster. The list beside says the same in words.

import { createEffect, createResource, createSignal, on, onCleanup, onMount, Show, untrack } from 'solid-js';
import type { MinimapDto, VideoPointDto } from '../../generated/wire';
import {
  type Bounds,
  boundsAround,
  EVERYWHERE,
  fitted,
  type MapSize,
  moved,
  onMap,
  spreadBy,
  zoomed,
} from '../../state/channel_map';
import { everyAtMost, useDesk } from '../../state/desk';
import { t } from '../../state/texts';
import { quantity } from '../../state/time';
import { useVideo } from '../../state/video';
import { drawGround } from '../twin/Minimap';

/** Quiet time after a move before points are asked for. */
const PAUSE_MILLIS = 120;
/** The same points are read again at most so often. */
const READ_MILLIS = 3000;
/** Side of a cell of the grid by which the host thins, CSS px. */
const CELL_PX = 14;
/** Cells of the grid when the whole catalogue is looked for. */
const COARSE = 240;
/** From the earth to a city's streets. */
const LOOKS = 3;
const WHEEL_STEP = 1.3;
/** A press that moves less is a click, px. */
const CLICK_PX = 4;

export function ChannelMap() {
  const desk = useDesk();
  const video = useVideo();
  const [size, setSize] = createSignal<MapSize>({ width: 0, height: 0 });
  const [view, setView] = createSignal<Bounds>();
  const [points, setPoints] = createSignal<readonly VideoPointDto[]>([]);
  const [total, setTotal] = createSignal<number>();
  const [ground] = createResource(
    () => desk.update.city,
    async () => {
      const result = await desk.backend.minimap();
      return result.ok && result.value.width > 0 ? result.value : undefined;
    },
  );
  let box: HTMLDivElement | undefined;
  let canvas: HTMLCanvasElement | undefined;
  let asked = 0;
  let framed = 0;

  async function pointsIn(bounds: Bounds, columns: number, rows: number) {
    const query = { ...video.list.filter(), bounds, offset: 0, limit: 1 };
    const result = await desk.backend.videoPoints(query, columns, rows);
    if (!result.ok) {
      desk.attempt(Promise.resolve(result));
      return undefined;
    }
    return result.value;
  }
  /** Shows all that answer. */
  async function frameAll(): Promise<void> {
    framed += 1;
    const mine = framed;
    let bounds = EVERYWHERE;
    let around: Bounds | undefined;
    let known: number | undefined;
    // A city is one point among those of the earth, so each answer is looked into more closely.
    for (let look = 0; look < LOOKS; look += 1) {
      const found = await pointsIn(bounds, COARSE, COARSE);
      if (mine !== framed) {
        return;
      }
      known ??= found?.total;
      const closer = found === undefined ? undefined : boundsAround(found.points);
      if (closer === undefined) {
        break;
      }
      around = closer;
      bounds = spreadBy(closer, bounds, COARSE);
    }
    setTotal(known);
    setPoints([]);
    setView(around === undefined ? undefined : fitted(around, size()));
  }
  async function read(bounds: Bounds): Promise<void> {
    asked += 1;
    const mine = asked;
    const { width, height } = size();
    const cells = (px: number) => Math.max(1, Math.round(px / CELL_PX));
    const found = await pointsIn(bounds, cells(width), cells(height));
    if (found !== undefined && mine === asked) {
      setPoints(found.points);
    }
  }
  onMount(() => {
    if (box === undefined) {
      return;
    }
    const element = box;
    const measure = () => setSize({ width: element.clientWidth || 600, height: element.clientHeight || 300 });
    const sizes = new ResizeObserver(measure);
    sizes.observe(element);
    onCleanup(() => sizes.disconnect());
    measure();
    void frameAll();
  });
  createEffect(on(video.list.filter, () => void frameAll(), { defer: true }));
  // Statuses come and go: the points are read again, and the person stays where they look.
  everyAtMost(
    READ_MILLIS,
    () => video.board().catalogue_revision,
    () => {
      const bounds = untrack(view);
      if (bounds !== undefined) {
        void untrack(() => read(bounds));
      }
    },
  );
  createEffect(
    on([view, size], ([bounds]) => {
      if (bounds === undefined) {
        return;
      }
      const timer = setTimeout(() => void read(bounds), PAUSE_MILLIS);
      onCleanup(() => clearTimeout(timer));
    }),
  );
  createEffect(() => {
    const pen = canvas?.getContext('2d');
    const bounds = view();
    if (pen && bounds !== undefined) {
      draw(pen, bounds, size(), points(), ground(), video.detail.value()?.row.place ?? undefined);
    }
  });

  const shareOf = (event: MouseEvent, element: HTMLElement): [number, number] => {
    const area = element.getBoundingClientRect();
    return [(event.clientX - area.left) / area.width, (event.clientY - area.top) / area.height];
  };
  function zoom(factor: number, share: [number, number] = [0.5, 0.5]): void {
    const bounds = view();
    if (bounds !== undefined) {
      setView(zoomed(bounds, factor, share));
    }
  }
  /** One channel opens; many are looked at more closely. */
  function pick(share: [number, number]): void {
    const bounds = view();
    const at: [number, number] = [share[0] * size().width, share[1] * size().height];
    const found = bounds === undefined ? undefined : nearest(points(), bounds, size(), at);
    if (found === undefined) {
      return;
    }
    if (found.id !== null) {
      video.openChannel(found.id);
    } else {
      zoom(1 / (WHEEL_STEP * WHEEL_STEP * WHEEL_STEP), share);
    }
  }
  function press(event: PointerEvent & { currentTarget: HTMLCanvasElement }): void {
    const element = event.currentTarget;
    const from = view();
    const start = shareOf(event, element);
    let far = 0;
    element.setPointerCapture(event.pointerId);
    const onMove = (next: PointerEvent) => {
      const to = shareOf(next, element);
      far = Math.max(far, Math.hypot(next.clientX - event.clientX, next.clientY - event.clientY));
      if (from !== undefined && far > CLICK_PX) {
        setView(moved(from, [to[0] - start[0], to[1] - start[1]]));
      }
    };
    const onUp = () => {
      element.removeEventListener('pointermove', onMove);
      if (far <= CLICK_PX) {
        pick(start);
      }
    };
    element.addEventListener('pointermove', onMove);
    element.addEventListener('pointerup', onUp, { once: true });
  }
  return (
    <div
      class="channel-map"
      ref={(element) => {
        box = element;
      }}
    >
      <Show
        when={view() !== undefined || total() === undefined}
        fallback={
          <div class="blank">
            <strong>{t('video.map_empty')}</strong>
            <span class="hint">{t('video.map_empty_hint')}</span>
          </div>
        }
      >
        <canvas
          role="img"
          aria-label={t('video.map_label', { n: quantity(total() ?? 0, 0) })}
          width={Math.round(size().width * ratio())}
          height={Math.round(size().height * ratio())}
          ref={(element) => {
            canvas = element;
            onCleanup(() => {
              canvas = undefined;
            });
          }}
          onPointerDown={press}
          onWheel={(event) => {
            event.preventDefault();
            zoom(event.deltaY > 0 ? WHEEL_STEP : 1 / WHEEL_STEP, shareOf(event, event.currentTarget));
          }}
        />
        <div class="channel-map-acts">
          <button
            type="button"
            aria-label={t('video.map_in')}
            title={t('video.map_in')}
            onClick={() => zoom(1 / WHEEL_STEP)}
          >
            +
          </button>
          <button
            type="button"
            aria-label={t('video.map_out')}
            title={t('video.map_out')}
            onClick={() => zoom(WHEEL_STEP)}
          >
            −
          </button>
          <button type="button" onClick={() => void frameAll()}>
            {t('video.map_fit')}
          </button>
        </div>
        <p class="channel-map-legend num">
          {t('video.map_total', { n: quantity(total() ?? 0, 0) })} <span class="hint">{t('video.map_legend')}</span>
        </p>
      </Show>
    </div>
  );
}

function ratio(): number {
  return window.devicePixelRatio || 1;
}

/** A point grows with the number of channels, but never covers its neighbours. */
function radiusOf(point: VideoPointDto): number {
  return Math.min(CELL_PX / 2, 2.6 + Math.log10(point.count) * 2);
}

function nearest(
  points: readonly VideoPointDto[],
  view: Bounds,
  size: MapSize,
  at: [number, number],
): VideoPointDto | undefined {
  let best: VideoPointDto | undefined;
  let least = CELL_PX;
  for (const point of points) {
    const [x, y] = onMap(view, size, [point.lon, point.lat]);
    const far = Math.hypot(x - at[0], y - at[1]);
    if (far < least) {
      best = point;
      least = far;
    }
  }
  return best;
}

function draw(
  pen: CanvasRenderingContext2D,
  view: Bounds,
  size: MapSize,
  points: readonly VideoPointDto[],
  ground: MinimapDto | undefined,
  opened: [number, number] | undefined,
): void {
  const style = getComputedStyle(pen.canvas);
  const role = (name: string) => style.getPropertyValue(name).trim();
  pen.setTransform(ratio(), 0, 0, ratio(), 0, 0);
  pen.fillStyle = role('--picture');
  pen.fillRect(0, 0, size.width, size.height);
  if (ground !== undefined) {
    const [west, south, east, north] = ground.bounds;
    const [left, top] = onMap(view, size, [west, north]);
    const [right, bottom] = onMap(view, size, [east, south]);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(rasterOf(ground), left, top, right - left, bottom - top);
  }
  pen.lineWidth = 1.5;
  for (const point of points) {
    const [x, y] = onMap(view, size, [point.lon, point.lat]);
    const colour = role(point.online * 2 < point.count ? '--medium' : '--text-1');
    pen.beginPath();
    pen.arc(x, y, radiusOf(point), 0, 2 * Math.PI);
    pen.fillStyle = colour;
    pen.strokeStyle = colour;
    if (point.online === 0) {
      pen.stroke();
    } else {
      pen.fill();
    }
  }
  if (opened !== undefined) {
    const [x, y] = onMap(view, size, opened);
    pen.strokeStyle = role('--select');
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(x, y, CELL_PX / 2 + 2, 0, 2 * Math.PI);
    pen.stroke();
  }
}

const rasters = new WeakMap<MinimapDto, HTMLCanvasElement>();

/** The city's raster as a picture, made once. */
function rasterOf(map: MinimapDto): HTMLCanvasElement {
  const known = rasters.get(map);
  if (known !== undefined) {
    return known;
  }
  const made = document.createElement('canvas');
  made.width = map.width;
  made.height = map.height;
  const pen = made.getContext('2d');
  if (pen) {
    drawGround(pen, map);
  }
  rasters.set(map, made);
  return made;
}
