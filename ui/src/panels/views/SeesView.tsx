// Who sees this: the place is clicked in the twin or taken from what is selected; the answer ranks, with what stands in the way.

import { createSignal, Show } from 'solid-js';
import type { SightDto, SightsDto, SightTargetDto } from '../../generated/wire';
import { KeptRows } from '../../parts/KeptRows';
import { useAlarms } from '../../state/alarms';
import { useCoverage } from '../../state/coverage';
import { useDesk } from '../../state/desk';
import { t, word } from '../../state/texts';
import { distance, quantity } from '../../state/time';
import { percent } from '../../state/video_words';
import { roomFor } from '../../state/view_cells';
import { dragCamera } from '../../state/view_drag';
import { useViews } from '../../state/views';
import { LockSign } from './CameraPicture';
import { Answer, NumberField } from './parts';
import { SightMark } from './SightMark';
import { useSketcher } from './sketch';

/** 0 stands for the place as it was clicked: a roof, a wall. */
const HEIGHTS_M = [1, 1.7, 0] as const;

export function SeesView() {
  const desk = useDesk();
  const alarms = useAlarms();
  const coverage = useCoverage();
  const sketcher = useSketcher();
  const [height, setHeight] = createSignal<number>(HEIGHTS_M[0]);
  /** What is selected, as a place to look at. */
  const selected = (): SightTargetDto | undefined => {
    const target = desk.selected();
    const alarm = alarms.opened();
    if (target?.kind === 'event' || target?.kind === 'thing') {
      return { kind: target.kind, id: target.id };
    }
    return alarm === undefined ? undefined : { kind: 'alarm', id: alarm };
  };
  function point(): void {
    sketcher.point('see_point', ([lon, lat, up]) =>
      coverage.see(
        height() === 0
          ? { kind: 'point', lon, lat, height_m: up, is_absolute: true }
          : { kind: 'point', lon, lat, height_m: height(), is_absolute: false },
      ),
    );
  }
  return (
    <>
      <div class="views-bar">
        <button type="button" aria-pressed={sketcher.draws('see_point')} onClick={point}>
          {t('sight.pick_point')}
        </button>
        <button
          type="button"
          aria-pressed={sketcher.draws('see_path')}
          onClick={() => sketcher.path('see_path', (path) => coverage.see({ kind: 'path', path }))}
        >
          {t('sight.pick_path')}
        </button>
        <button
          type="button"
          aria-pressed={sketcher.draws('see_ring')}
          onClick={() => sketcher.ring('see_ring', (ring) => coverage.see({ kind: 'area', ring }))}
        >
          {t('sight.pick_ring')}
        </button>
        <button
          type="button"
          disabled={selected() === undefined}
          title={t('sight.pick_selected_hint')}
          onClick={() => {
            const target = selected();
            if (target !== undefined) {
              coverage.see(target);
            }
          }}
        >
          {t('sight.pick_selected')}
        </button>
        <NumberField
          label={t('sight.height')}
          options={HEIGHTS_M}
          words={(one) => (one === 0 ? t('sight.height_clicked') : t('sight.height_above', { m: one }))}
          value={height()}
          onChoose={setHeight}
        />
        <span class="views-space" />
        <Show when={coverage.target() !== undefined}>
          <button type="button" onClick={() => coverage.again()}>
            {t('sight.again')}
          </button>
          <button type="button" class="quiet" onClick={() => coverage.clearSights()}>
            {t('sight.clear_lines')}
          </button>
        </Show>
      </div>
      <Answer of={coverage.sights} empty={t('sight.sees_empty')} hint={t('sight.sees_hint')}>
        {(sights) => <Sights sights={sights()} />}
      </Answer>
    </>
  );
}

function Sights(props: { sights: SightsDto }) {
  const desk = useDesk();
  const coverage = useCoverage();
  const views = useViews();
  /** The best of them as a mosaic. */
  async function showBest(): Promise<void> {
    const target = coverage.target();
    const seeing = props.sights.rows.filter((row) => row.is_clear && row.is_healthy && row.can_look).length;
    if (target !== undefined) {
      const ask = { target: copyOf(target), size: roomFor(Math.min(9, seeing)), is_allowed_only: true };
      const mosaic = await views.acted(desk.backend.mosaicFor(ask));
      if (mosaic !== undefined) {
        views.use(mosaic);
        views.show('mosaic');
      }
    }
  }
  return (
    <>
      <p class="views-note num" role="status">
        {t('sight.sees_counts', { clear: props.sights.clear, blocked: props.sights.blocked })}
        <Show when={props.sights.denied > 0}> · {t('sight.sees_denied', { n: props.sights.denied })}</Show>
        {' · '}
        {t('sight.took', { ms: quantity(props.sights.took_ms, 1) })}
        <Show when={!props.sights.is_with_obstacles}>
          {' · '}
          <strong class="sight-unsure">{t('sight.without_obstacles')}</strong>
        </Show>
        <button type="button" disabled={props.sights.clear === 0} onClick={() => void showBest()}>
          {t('sight.show_best')}
        </button>
      </p>
      <div class="sight-scroll scrolls" role="region" tabindex="0" aria-label={t('sight.sees_list')}>
        <Show when={props.sights.rows.length > 0} fallback={<p class="views-blank">{t('sight.sees_none')}</p>}>
          <table class="page-table">
            <thead>
              <tr>
                <th scope="col">{t('sight.col_camera')}</th>
                <th scope="col">{t('sight.col_sees')}</th>
                <th scope="col">{t('sight.col_distance')}</th>
                <th scope="col">{t('sight.col_pixels')}</th>
                <th scope="col">{t('sight.col_angle')}</th>
                <th scope="col">{t('sight.col_why')}</th>
                <th scope="col">
                  <span class="hidden-words">{t('sight.col_acts')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              <KeptRows rows={props.sights.rows} keyOf={(row) => `${row.id} ${row.preset}`}>
                {(row) => <Row row={row()} />}
              </KeptRows>
            </tbody>
          </table>
        </Show>
      </div>
    </>
  );
}

function Row(props: { row: SightDto }) {
  const desk = useDesk();
  const views = useViews();
  const row = () => props.row;
  const ref = () => ({ camera: row().id, name: row().name });
  const canLook = () => (desk.past() ? row().can_play_back : row().can_look);
  return (
    <tr
      classList={{ blocked: !row().is_clear }}
      draggable={canLook()}
      onDragStart={(event) => dragCamera(event, ref())}
    >
      <th scope="row">
        <button type="button" class="quiet" onClick={() => desk.selectAndFly({ kind: 'camera', id: row().id })}>
          {row().name}
        </button>
        <Show when={!row().is_healthy}>
          <span class="hint"> {t('sight.unhealthy')}</span>
        </Show>
        <Show when={row().is_assumed}>
          <span class="hint" title={t('sight.assumed_hint')}>
            {' '}
            {t('sight.assumed')}
          </span>
        </Show>
      </th>
      <td>
        <SightMark isClear={row().is_clear} /> {seesWords(row())}
      </td>
      <td class="num">{distance(row().distance_m)}</td>
      <td class="num">{quantity(row().pixels, 0)} px/m</td>
      <td class="num">{Math.round(row().incidence_deg)}°</td>
      <td class="sight-parts num" title={partsWords(row())}>
        <meter min="0" max="1" value={row().score} aria-label={partsWords(row())} /> {Math.round(row().score * 100)}
      </td>
      <td>
        <Show
          when={canLook()}
          fallback={
            <span class="hint">
              <LockSign /> {t('view.cell_denied')}
            </span>
          }
        >
          <button type="button" onClick={() => views.look(ref())}>
            {t('view.look')}
          </button>
        </Show>
      </td>
    </tr>
  );
}

/** Sees all or a share of it, is blocked by what, or sees it from which preset. */
function seesWords(row: SightDto): string {
  if (row.is_clear && row.preset !== null) {
    return row.preset === 0 ? t('sight.by_turning') : t('sight.by_preset', { n: row.preset });
  }
  if (row.is_clear) {
    return row.share >= 0.995 ? t('sight.clear') : t('sight.clear_share', { share: percent(row.share) });
  }
  const by = row.blocked_by_name || row.blocked_by;
  return by === '' ? t('sight.blocked') : t('sight.blocked_by', { name: by });
}

/** Why it stands where it stands: every part of the score with its weight. */
function partsWords(row: SightDto): string {
  return row.parts
    .map((part) =>
      t('sight.part', {
        name: word('sight.part_of', part.part),
        value: Math.round(part.value * 100),
        weight: Math.round(part.weight * 100),
      }),
    )
    .join('\n');
}

function copyOf(target: SightTargetDto): SightTargetDto {
  return JSON.parse(JSON.stringify(target)) as SightTargetDto;
}
