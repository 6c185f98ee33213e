// What is seen of an area: the sheet lies in the twin, its legend and figures stand here, and the largest blind spots are gone to.

import { For, Show } from 'solid-js';
import type { LonLat } from '../../backend/plans';
import type { CoverageDto } from '../../generated/wire';
import { useCoverage } from '../../state/coverage';
import { useDesk } from '../../state/desk';
import { t } from '../../state/texts';
import { quantity } from '../../state/time';
import { percent } from '../../state/video_words';
import { visit } from '../plans/parts';
import { Answer, Figure, SeeingFields, Unsure } from './parts';
import { useSketcher } from './sketch';

export function MapView() {
  const desk = useDesk();
  const coverage = useCoverage();
  const sketcher = useSketcher();
  return (
    <>
      <div class="views-bar">
        <button
          type="button"
          aria-pressed={sketcher.draws('map_ring')}
          disabled={coverage.map.busy()}
          onClick={() => sketcher.ring('map_ring', coverage.mapRing)}
        >
          {t('sight.map_ring')}
        </button>
        <button
          type="button"
          disabled={coverage.map.busy() || desk.twin.footprint().length < 3}
          onClick={() => coverage.mapRing(desk.twin.footprint().map(([lon, lat]): LonLat => [lon, lat]))}
        >
          {t('sight.map_view')}
        </button>
        <SeeingFields hasCell />
        <span class="views-space" />
        <Show when={coverage.ring()}>
          {(ring) => (
            <button type="button" disabled={coverage.map.busy()} onClick={() => coverage.mapRing(ring())}>
              {t('sight.again')}
            </button>
          )}
        </Show>
        <Show when={coverage.map.value() !== undefined || coverage.map.words() !== undefined}>
          <button type="button" class="quiet" onClick={() => coverage.clearMap()}>
            {t('sight.clear_map')}
          </button>
        </Show>
      </div>
      <Answer
        of={coverage.map}
        empty={t('sight.map_empty')}
        hint={t('sight.map_hint')}
        onStop={() => coverage.clearMap()}
      >
        {(map) => <MapFigures map={map()} />}
      </Answer>
    </>
  );
}

function MapFigures(props: { map: CoverageDto }) {
  const desk = useDesk();
  const map = () => props.map;
  return (
    <div class="sight-scroll scrolls" role="region" tabindex="0" aria-label={t('sight.map_figures')}>
      <div class="sight-figures">
        <Figure label={t('sight.seen_share')} value={percent(map().seen_share)} />
        <Figure label={t('sight.blind')} value={quantity(map().blind_m2, 0)} unit="m²" isLacking={map().blind_m2 > 0} />
        <Figure label={t('sight.area')} value={quantity(map().area_m2, 0)} unit="m²" />
        <Figure label={t('sight.cameras')} value={quantity(map().cameras, 0)} />
      </div>
      <Unsure isWithObstacles={map().is_with_obstacles} />
      <CountLegend map={map()} />
      <p class="hint num">
        {t('sight.map_made', {
          columns: quantity(map().size[0], 0),
          rows: quantity(map().size[1], 0),
          cell: map().area.cell_m,
          ms: quantity(map().took_ms, 0),
        })}
      </p>
      <h3>{t('sight.spots')}</h3>
      <ol class="sight-spots">
        <For each={map().blind_spots} fallback={<li class="hint">{t('sight.spots_none')}</li>}>
          {([lon, lat, m2], i) => (
            <li>
              <button type="button" class="quiet" onClick={() => visit(desk, [[lon, lat]])}>
                <span class="num">{i() + 1}</span>
                <span class="num">
                  {lon.toFixed(5)}, {lat.toFixed(5)}
                </span>
                <span class="num">
                  {quantity(m2, 0)}
                  <span class="unit">m²</span>
                </span>
              </button>
            </li>
          )}
        </For>
      </ol>
    </div>
  );
}

/** How much is seen by how many cameras, in the colours of the sheet. */
function CountLegend(props: { map: CoverageDto }) {
  const most = () => Math.max(1, ...props.map.by_count_m2);
  const label = (count: number) =>
    count === 0
      ? t('sight.by_none')
      : count === props.map.by_count_m2.length - 1
        ? t('sight.by_more', { n: count })
        : t('sight.by_n', { n: count });
  return (
    <ul class="sight-counts" aria-label={t('sight.legend')}>
      <For each={props.map.by_count_m2}>
        {(m2, count) => (
          <li>
            <span class="sight-swatch" data-count={Math.min(5, count())} />
            <span>{label(count())}</span>
            <progress max="1" value={m2 / most()} aria-label={label(count())} />
            <span class="num">
              {quantity(m2, 0)}
              <span class="unit">m²</span>
            </span>
            <span class="num hint">{percent(props.map.area_m2 > 0 ? m2 / props.map.area_m2 : 0)}</span>
          </li>
        )}
      </For>
    </ul>
  );
}
