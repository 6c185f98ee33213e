// Where further cameras would help most, in the order in which to build them, with what each would add.

import { For, Show } from 'solid-js';
import type { SuggestionsDto } from '../../generated/wire';
import { useCoverage } from '../../state/coverage';
import { useDesk } from '../../state/desk';
import { t, word } from '../../state/texts';
import { quantity } from '../../state/time';
import { assumedWords, percent } from '../../state/video_words';
import { visit } from '../plans/parts';
import { Answer, NumberField, SeeingFields, Unsure } from './parts';
import { useSketcher } from './sketch';

const COUNTS = [1, 3, 5, 10, 20] as const;

export function SuggestView() {
  const coverage = useCoverage();
  const sketcher = useSketcher();
  return (
    <>
      <div class="views-bar">
        <button
          type="button"
          aria-pressed={sketcher.draws('map_ring')}
          disabled={coverage.suggestions.busy()}
          onClick={() => sketcher.ring('map_ring', coverage.suggest)}
        >
          {t('sight.suggest_ring')}
        </button>
        <Show when={coverage.ring()}>
          {(ring) => (
            <button type="button" disabled={coverage.suggestions.busy()} onClick={() => coverage.suggest(ring())}>
              {t('sight.suggest_same')}
            </button>
          )}
        </Show>
        <NumberField
          label={t('sight.suggest_count')}
          options={COUNTS}
          words={(one) => String(one)}
          value={coverage.count()}
          onChoose={coverage.setCount}
        />
        <SeeingFields hasCell />
      </div>
      <Answer
        of={coverage.suggestions}
        empty={t('sight.suggest_empty')}
        hint={t('sight.suggest_hint')}
        onStop={() => coverage.stopSuggesting()}
      >
        {(suggestions) => <Suggestions of={suggestions()} />}
      </Answer>
    </>
  );
}

function Suggestions(props: { of: SuggestionsDto }) {
  const desk = useDesk();
  return (
    <>
      <p class="views-note num" role="status">
        {t('sight.suggest_before', { share: percent(props.of.seen_share) })}
      </p>
      <Unsure isWithObstacles={props.of.is_with_obstacles} />
      <div class="sight-scroll scrolls" role="region" tabindex="0" aria-label={t('sight.suggest_list')}>
        <table class="page-table">
          <thead>
            <tr>
              <th scope="col">{t('sight.suggest_order')}</th>
              <th scope="col">{t('sight.suggest_place')}</th>
              <th scope="col">{t('sight.suggest_view')}</th>
              <th scope="col">{t('sight.suggest_gain')}</th>
              <th scope="col">{t('sight.seen_share')}</th>
            </tr>
          </thead>
          <tbody>
            <For
              each={props.of.rows}
              fallback={
                <tr>
                  <td class="hint" colspan="5">
                    {t('sight.suggest_none')}
                  </td>
                </tr>
              }
            >
              {(row, i) => (
                <tr>
                  <td class="num">{i() + 1}</td>
                  <th scope="row">
                    <button
                      type="button"
                      class="quiet num"
                      onClick={() => visit(desk, [[row.volume.lens[0], row.volume.lens[1]]])}
                    >
                      {word('sight.stands_on', row.stands_on)} · {row.volume.lens[0].toFixed(5)},{' '}
                      {row.volume.lens[1].toFixed(5)}
                    </button>
                  </th>
                  <td class="num" title={assumedWords(row.volume)}>
                    {t('sight.suggest_height', { m: quantity(row.volume.lens[2], 1) })}{' '}
                    {t('sight.suggest_looks', {
                      azimuth: Math.round(row.volume.azimuth_deg),
                      tilt: Math.round(row.volume.tilt_deg),
                      fov: Math.round(row.volume.fov_h_deg),
                    })}
                  </td>
                  <td class="num">
                    +{quantity(row.gain_m2, 0)}
                    <span class="unit">m²</span>
                  </td>
                  <td class="num">{percent(row.seen_share)}</td>
                </tr>
              )}
            </For>
          </tbody>
        </table>
      </div>
    </>
  );
}
