// Small pieces of the coverage: what stands instead of an answer, what counts as seen, figures.

import { For, type JSX, Show } from 'solid-js';
import { type Answered, useCoverage } from '../../state/coverage';
import { CELLS_M } from '../../state/coverage_area';
import { t } from '../../state/texts';
import { plainNumber } from '../../state/time';

/** The answer, or that it is being worked out, or why there is none, or how one asks. */
export function Answer<T>(props: {
  of: Answered<T>;
  empty: string;
  hint: string;
  /** Gives up what is being worked out, where that can be. */
  onStop?: () => void;
  children: (value: () => T) => JSX.Element;
}) {
  return (
    <>
      <Show when={props.of.busy() && props.of.value() !== undefined}>
        <p class="views-note" aria-busy="true">
          {t('sight.working_before')}
          <Stop onStop={props.onStop} />
        </p>
      </Show>
      <Show
        when={props.of.value()}
        fallback={
          <Show
            when={props.of.busy()}
            fallback={
              <Show
                when={props.of.words()}
                fallback={
                  <div class="blank">
                    <strong>{props.empty}</strong>
                    <span class="hint">{props.hint}</span>
                  </div>
                }
              >
                {(words) => (
                  <div class="blank" role="alert">
                    <strong>{words()}</strong>
                    <span class="hint">{props.hint}</span>
                  </div>
                )}
              </Show>
            }
          >
            <div class="blank" aria-busy="true">
              <span class="hint">{t('sight.working')}</span>
              <Stop onStop={props.onStop} />
            </div>
          </Show>
        }
      >
        {(value) => props.children(value)}
      </Show>
    </>
  );
}

function Stop(props: { onStop: (() => void) | undefined }) {
  return (
    <Show when={props.onStop}>
      <button type="button" onClick={() => props.onStop?.()}>
        {t('sight.stop')}
      </button>
    </Show>
  );
}

const HEIGHTS_M = [0.5, 1, 1.5, 1.7, 3] as const;
/** Pixels on a metre: something is there, a person, what a person does, who it is (IEC 62676-4: 25, 62, 125, 250). */
const PIXELS = [10, 20, 25, 62, 125, 250] as const;

/** How fine, at which height, from how many pixels on. */
export function SeeingFields(props: { hasCell: boolean }) {
  const coverage = useCoverage();
  return (
    <>
      <Show when={props.hasCell}>
        <NumberField
          label={t('sight.cell')}
          options={CELLS_M}
          words={(one) => `${plainNumber(one)} m`}
          value={coverage.seeing().cell_m}
          onChoose={(cell_m) => coverage.setSeeing({ cell_m })}
        />
        <NumberField
          label={t('sight.height')}
          options={HEIGHTS_M}
          words={(one) => `${plainNumber(one)} m`}
          value={coverage.seeing().height_m}
          onChoose={(height_m) => coverage.setSeeing({ height_m })}
        />
      </Show>
      <NumberField
        label={t('sight.pixels')}
        options={PIXELS}
        words={(one) => `${one} px/m`}
        value={coverage.seeing().min_pixels}
        onChoose={(min_pixels) => coverage.setSeeing({ min_pixels })}
      />
      <label class="plan-check">
        <input
          type="checkbox"
          checked={coverage.seeing().is_online_only}
          onChange={(event) => coverage.setSeeing({ is_online_only: event.currentTarget.checked })}
        />
        <span>{t('sight.online_only')}</span>
      </label>
    </>
  );
}

export function NumberField(props: {
  label: string;
  options: readonly number[];
  words: (option: number) => string;
  value: number;
  onChoose: (option: number) => void;
}) {
  return (
    <label class="sight-field">
      <span>{props.label}</span>
      <select
        aria-label={props.label}
        onChange={(event) => {
          const chosen = props.options[event.currentTarget.selectedIndex];
          if (chosen !== undefined) {
            props.onChoose(chosen);
          }
        }}
      >
        <For each={props.options}>
          {(one) => (
            <option value={one} selected={one === props.value}>
              {props.words(one)}
            </option>
          )}
        </For>
      </select>
    </label>
  );
}

/** Which cameras count, and that nobody knows what stands in the way, where that is so. */
export function Unsure(props: { isWithObstacles: boolean }) {
  return (
    <p class="views-note">
      {t('sight.by_rights')}
      <Show when={!props.isWithObstacles}>
        {' · '}
        <strong class="sight-unsure">{t('sight.without_obstacles')}</strong>
      </Show>
    </p>
  );
}

/** One large figure with its name. */
export function Figure(props: { label: string; value: string; unit?: string; isLacking?: boolean }) {
  return (
    <div class="sight-figure" classList={{ lacking: props.isLacking === true }}>
      <span class="hint">{props.label}</span>
      <span class="num sight-value">
        {props.value}
        <Show when={props.unit}>{(unit) => <span class="unit">{unit()}</span>}</Show>
      </span>
    </div>
  );
}
