// Places where the same happens again: on a map of the city and as a list, each leading the twin there.

import { createResource, For, Show } from 'solid-js';
import type { AnalysisDto, MinimapDto, RepeatPlaceDto } from '../../generated/wire';
import { useAnalysis } from '../../state/analysis';
import { useCases } from '../../state/cases';
import { useDesk } from '../../state/desk';
import { t } from '../../state/texts';
import { monthDay, quantity } from '../../state/time';
import { cellOf, drawGround } from '../twin/Minimap';

/** So many places have their number on the map; more would lie on each other. */
const MOST_MARKED = 30;

export function RepeatPlaces(props: { analysis: AnalysisDto }) {
  return (
    <section class="analysis-repeats" aria-label={t('analysis.repeats')}>
      <h3>
        {t('analysis.repeats')} <span class="num hint">{quantity(props.analysis.repeats_total, 0)}</span>
      </h3>
      <Show
        when={props.analysis.repeats.length > 0}
        fallback={
          <div class="blank">
            <strong>{t('analysis.repeats_none')}</strong>
            <span class="hint">{t('analysis.repeats_hint')}</span>
          </div>
        }
      >
        <Places places={props.analysis.repeats} />
        <div class="analysis-places scrolls" role="region" aria-label={t('analysis.repeats')} tabindex="0">
          <ol>
            <For each={props.analysis.repeats}>{(place, i) => <Place place={place} number={i() + 1} />}</For>
          </ol>
        </div>
        <Show when={props.analysis.repeats_total > props.analysis.repeats.length}>
          <p class="hint num">
            {t('analysis.beyond', {
              n: quantity(props.analysis.repeats_total - props.analysis.repeats.length, 0),
            })}
          </p>
        </Show>
      </Show>
    </section>
  );
}

function Place(props: { place: RepeatPlaceDto; number: number }) {
  const analysis = useAnalysis();
  const cases = useCases();
  return (
    <li class="analysis-place num">
      <span class="analysis-mark" classList={{ none: props.number > MOST_MARKED }}>
        {props.number}
      </span>
      <button
        type="button"
        class="quiet ellipsis"
        title={t('analysis.fly')}
        onClick={() => analysis.flyTo(props.place)}
      >
        {props.place.name}
      </button>
      <strong>{t('analysis.times', { n: quantity(props.place.cases, 0) })}</strong>
      <span class="hint">
        {monthDay(props.place.first)} – {monthDay(props.place.last)}
      </span>
      <Show when={props.place.ids[0]} fallback={<span />}>
        {(newest) => (
          <button
            type="button"
            class="quiet"
            aria-label={t('analysis.newest_name', { name: props.place.name, n: props.number })}
            onClick={() => cases.openById(newest())}
          >
            {t('analysis.newest')}
          </button>
        )}
      </Show>
    </li>
  );
}

/** The places on the city's raster; the list says the same in words. */
function Places(props: { places: readonly RepeatPlaceDto[] }) {
  const desk = useDesk();
  const [map] = createResource(
    () => desk.update.city,
    async () => {
      const result = await desk.backend.minimap();
      return result.ok && result.value.width > 0 ? result.value : undefined;
    },
  );
  return (
    <Show when={map()}>
      {(known) => (
        <div
          class="analysis-map"
          role="img"
          aria-label={t('analysis.map', { n: Math.min(MOST_MARKED, props.places.length) })}
        >
          <Ground map={known()} />
          {/* The worst lies on top. */}
          <For each={props.places.slice(0, MOST_MARKED).reverse()}>
            {(place, i) => (
              <Mark
                map={known()}
                place={place}
                number={Math.min(MOST_MARKED, props.places.length) - i()}
                most={props.places[0]?.cases ?? 1}
              />
            )}
          </For>
        </div>
      )}
    </Show>
  );
}

function Ground(props: { map: MinimapDto }) {
  return (
    <canvas
      width={props.map.width}
      height={props.map.height}
      ref={(element) => {
        const pen = element.getContext('2d');
        if (pen) {
          drawGround(pen, props.map);
        }
      }}
    />
  );
}

/** A disk whose area says how many cases; outside the city there is none. */
function Mark(props: { map: MinimapDto; place: RepeatPlaceDto; number: number; most: number }) {
  const at = () => cellOf(props.map, props.place.position);
  const isInside = () => {
    const [x, y] = at();
    return x >= 0 && x <= props.map.width && y >= 0 && y <= props.map.height;
  };
  const size = () => `${(0.875 + 0.875 * Math.sqrt(props.place.cases / props.most)).toFixed(3)}rem`;
  return (
    <Show when={isInside()}>
      <span
        class="analysis-mark num"
        style={{
          left: `${((100 * at()[0]) / props.map.width).toFixed(2)}%`,
          top: `${((100 * at()[1]) / props.map.height).toFixed(2)}%`,
          width: size(),
          height: size(),
        }}
      >
        {props.number}
      </span>
    </Show>
  );
}
