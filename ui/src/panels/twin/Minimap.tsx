// The city from above with what the picture shows of it. Drawn once from the city's raster; a click goes there.

import { createEffect, createResource, Show } from 'solid-js';
import type { MinimapDto } from '../../generated/wire';
import { cover } from '../../state/covers';
import { useDesk } from '../../state/desk';
import { t } from '../../state/texts';
import { useTools } from '../../state/tools';

/** The map's roles as colours: ground, water, green, road, track, building. */
const COLOURS: Record<string, [number, number, number]> = {
  '.': [22, 30, 38],
  w: [12, 42, 58],
  g: [20, 44, 32],
  r: [62, 78, 92],
  t: [84, 72, 92],
  b: [42, 53, 64],
};
/** Where a click leads: how far the camera stands away, metres, and how far it looks down, degrees. */
const VISIT = { distance_m: 900, pitch_deg: 45 } as const;

export function Minimap() {
  const desk = useDesk();
  const tools = useTools();
  return (
    <section class="float minimap" data-float ref={cover} aria-label={t('minimap.title')}>
      <button
        type="button"
        class="quiet minimap-head"
        aria-expanded={tools.minimapOn()}
        aria-keyshortcuts="G"
        onClick={() => tools.setMinimapOn(!tools.minimapOn())}
      >
        {t('minimap.title')} <kbd>G</kbd>
      </button>
      <Show when={tools.minimapOn() && desk.twin.failure() === undefined}>
        <MapCanvas />
      </Show>
    </section>
  );
}

function MapCanvas() {
  const desk = useDesk();
  const [map] = createResource(
    () => desk.update.city,
    async () => {
      const result = await desk.backend.minimap();
      return result.ok ? result.value : undefined;
    },
  );
  const drawable = () => {
    const known = map();
    return known !== undefined && known.width > 0 ? known : undefined;
  };
  return (
    <Show
      when={drawable()}
      fallback={<p class="blank hint">{map.loading ? t('minimap.loading') : t('minimap.empty')}</p>}
    >
      {(known) => <Canvas map={known()} />}
    </Show>
  );
}

function Canvas(props: { map: MinimapDto }) {
  const desk = useDesk();
  let canvas: HTMLCanvasElement | undefined;
  createEffect(() => {
    const pen = canvas?.getContext('2d');
    if (pen) {
      draw(pen, props.map, desk.twin.footprint(), desk.twin.eye());
    }
  });
  function visit(event: MouseEvent & { currentTarget: HTMLCanvasElement }): void {
    const area = event.currentTarget.getBoundingClientRect();
    const [west, south, east, north] = props.map.bounds;
    const lon = west + ((event.clientX - area.left) / area.width) * (east - west);
    const lat = north - ((event.clientY - area.top) / area.height) * (north - south);
    desk.attempt(
      desk.backend.goToPlace({ ...VISIT, target: [lon, lat, 0], heading_deg: Math.round(desk.twin.heading()) }),
    );
  }
  return (
    <canvas
      role="img"
      aria-label={t('minimap.label')}
      width={props.map.width}
      height={props.map.height}
      ref={(element) => {
        canvas = element;
      }}
      onClick={visit}
    />
  );
}

/** The city from above, and nothing on it. */
export function drawGround(pen: CanvasRenderingContext2D, map: MinimapDto): void {
  const image = pen.createImageData(map.width, map.height);
  for (let i = 0; i < map.cells.length; i += 1) {
    const [r, g, b] = COLOURS[map.cells[i] ?? '.'] ?? [22, 30, 38];
    image.data.set([r, g, b, 255], i * 4);
  }
  pen.putImageData(image, 0, 0);
}

function draw(
  pen: CanvasRenderingContext2D,
  map: MinimapDto,
  footprint: [number, number][],
  eye: [number, number] | undefined,
): void {
  drawGround(pen, map);
  const line = getComputedStyle(pen.canvas).getPropertyValue('--select') || '#4da3ff';
  pen.strokeStyle = line;
  pen.fillStyle = line;
  pen.lineWidth = Math.max(1, map.width / 110);
  const corners = footprint.map((place) => cellOf(map, place));
  if (corners.length > 2) {
    pen.beginPath();
    for (const [x, y] of corners) {
      pen.lineTo(x, y);
    }
    pen.closePath();
    pen.globalAlpha = 0.16;
    pen.fill();
    pen.globalAlpha = 1;
    pen.stroke();
  }
  if (eye !== undefined) {
    const [x, y] = cellOf(map, eye);
    pen.beginPath();
    pen.arc(x, y, map.width / 60, 0, 2 * Math.PI);
    pen.fill();
  }
}

/** Column and row of a place. */
export function cellOf(map: MinimapDto, [lon, lat]: [number, number]): [number, number] {
  const [west, south, east, north] = map.bounds;
  return [((lon - west) / (east - west)) * map.width, ((north - lat) / (north - south)) * map.height];
}
