// What the colours and shapes of a layer mean: classes with shape and word, or a ramp with its ticks.

import { createEffect, For, Match, Show, Switch } from 'solid-js';
import type { LayerLegendDto, LayerLegendStepDto, RampLegendDto, SeverityDto } from '../../generated/wire';
import { Shape } from '../../parts/Shape';
import { shareOf } from '../../state/layer_list';
import { ALARMING } from '../../state/severity';
import { type TextKey, t } from '../../state/texts';
import { plainNumber } from '../../state/time';
import { type Aged, PointSample } from './PointSample';

/** Kinds that no state colours, whatever their definition says. */
const STATELESS = ['city', 'labels', 'fences', 'surface', 'contours', 'heat'];
/** Kinds whose things are weaker when they are old, and nothing more. */
const WEAKENED = ['columns', 'rings', 'flow'];

export function LayerLegend(props: { kind: string; legend: LayerLegendDto }) {
  const isByState = () => props.legend.is_by_state && !STATELESS.includes(props.kind);
  const isBlank = () =>
    !isByState() &&
    !['points', 'fences', ...WEAKENED].includes(props.kind) &&
    props.legend.ramp === null &&
    props.legend.steps.length === 0;
  return (
    <Show when={!isBlank()}>
      <section class="layer-legend" aria-label={t('layers.legend')}>
        <h3>
          {props.legend.title === '' ? t('layers.legend') : props.legend.title}
          <Show when={props.legend.unit !== ''}>
            <span class="unit">{props.legend.unit}</span>
          </Show>
        </h3>
        <Show when={props.legend.ramp}>{(ramp) => <Ramp ramp={ramp()} />}</Show>
        <Show when={props.legend.steps.length > 0}>
          <ul>
            <For each={props.legend.steps}>{(step) => <Step step={step} isSymbol={props.kind === 'points'} />}</For>
          </ul>
        </Show>
        <Switch>
          <Match when={props.kind === 'points'}>
            <PointStates isByState={isByState()} />
            <PointAges />
          </Match>
          <Match when={props.kind === 'fences'}>
            <FenceLegend />
          </Match>
          <Match when={isByState() || WEAKENED.includes(props.kind)}>
            <PlainStates isByState={isByState()} isWeakened={WEAKENED.includes(props.kind)} />
          </Match>
        </Switch>
        <Show when={props.kind === 'areas'}>
          <AreaHatches />
        </Show>
      </section>
    </Show>
  );
}

/** Classes that something else than the state may paint: their shape alone says the state then. */
const PAINTED: readonly SeverityDto[] = ['medium', 'low', 'normal'];

/** The classes of symbols. The worst and what is not real keep their own colour whatever paints the layer. */
function PointStates(props: { isByState: boolean }) {
  return (
    <ul class="state-legend">
      <For each={[...ALARMING, 'normal'] as const}>
        {(severity) => (
          <li>
            <PointSample severity={severity} isPainted={!props.isByState && PAINTED.includes(severity)} />
            <span>{t(`severity.${severity}`)}</span>
          </li>
        )}
      </For>
      <li>
        <PointSample severity="unreal" />
        <span>{t('layers.legend_unreal')}</span>
      </li>
    </ul>
  );
}

/** What age does to symbols; the same for every layer of them. */
const AGES: readonly [Aged, TextKey][] = [
  [{ how: 'late' }, 'layers.legend_late'],
  [{ how: 'missing' }, 'layers.legend_missing'],
  [{ how: 'missing', isLost: true }, 'layers.legend_lost'],
  [{ how: 'late', why: 'source_late' }, 'layers.legend_source_late'],
  [{ how: 'missing', why: 'device_silent' }, 'layers.legend_device_silent'],
  [{ how: 'late', why: 'hub_gone' }, 'layers.legend_hub_gone'],
];

function PointAges() {
  return (
    <ul class="age-legend" aria-label={t('layers.legend_ages')}>
      <For each={AGES}>
        {([aged, key]) => (
          <li>
            <PointSample severity="normal" aged={aged} />
            <span>{t(key)}</span>
          </li>
        )}
      </For>
    </ul>
  );
}

/** States as colours of what is no symbol. */
function PlainStates(props: { isByState: boolean; isWeakened: boolean }) {
  return (
    <ul class="state-legend">
      <Show when={props.isByState}>
        <For each={[...ALARMING, 'normal'] as const}>
          {(severity) => (
            <li>
              <Shape severity={severity} quiet />
              <span>{t(`severity.${severity}`)}</span>
            </li>
          )}
        </For>
      </Show>
      <Show when={props.isWeakened}>
        <For each={[['late', 'layers.legend_weaker'] as const, ['missing', 'layers.legend_weakest'] as const]}>
          {([how, key]) => (
            <li>
              <svg class="glyph tone-normal weakened" viewBox="0 0 16 16" aria-hidden="true" data-aged={how}>
                <path d="M5 1h6v14H5Z" fill="currentColor" />
              </svg>
              <span>{t(key)}</span>
            </li>
          )}
        </For>
      </Show>
    </ul>
  );
}

/** Hatched areas: nobody knows, or nobody knows any more. */
const HATCHES = [
  ['tone-low', 'layers.legend_silent'],
  ['tone-normal', 'layers.legend_no_data'],
] as const;

function AreaHatches() {
  return (
    <ul class="age-legend">
      <For each={HATCHES}>
        {([tone, key]) => (
          <li>
            <svg class={`glyph ${tone}`} viewBox="0 0 16 16" aria-hidden="true">
              <path d="M1 8 8 1M1 15 15 1M8 15 15 8" fill="none" stroke="currentColor" stroke-width="2" />
            </svg>
            <span>{t(key)}</span>
          </li>
        )}
      </For>
    </ul>
  );
}

function FenceLegend() {
  return (
    <ul>
      <li>
        <svg class="glyph fence-sample" viewBox="0 0 16 16" aria-hidden="true">
          <path d="M1.5 4 9 1.5 14.5 7 12 14 3 12.5Z" />
        </svg>
        <span>{t('layers.legend_fence')}</span>
      </li>
    </ul>
  );
}

function Step(props: { step: LayerLegendStepDto; isSymbol: boolean }) {
  const range = () => {
    const { from, to } = props.step;
    if (from === null) {
      return to === null ? '' : `≤ ${plainNumber(to)}`;
    }
    return to === null ? `> ${plainNumber(from)}` : `${plainNumber(from)} – ${plainNumber(to)}`;
  };
  return (
    <li>
      <Swatch isRound={props.isSymbol} colour={props.step.colour} />
      <span class="num ellipsis" title={props.step.label}>
        {props.step.label === '' ? range() : props.step.label}
      </span>
    </li>
  );
}

/** A colour: round as a quiet symbol, or square for areas and lines. The shape of symbols is their state's. */
function Swatch(props: { isRound: boolean; colour: string }) {
  return (
    <svg
      class="glyph"
      viewBox="0 0 16 16"
      aria-hidden="true"
      ref={(element) => createEffect(() => element.style.setProperty('color', props.colour))}
    >
      <Show when={props.isRound} fallback={<rect x="1" y="3" width="14" height="10" fill="currentColor" />}>
        <circle cx="8" cy="8" r="6" fill="currentColor" />
      </Show>
    </svg>
  );
}

function Ramp(props: { ramp: RampLegendDto }) {
  const stops = () => {
    const { stops: colours } = props.ramp;
    return colours.map((colour, i) => ({ colour, at: colours.length < 2 ? 0 : i / (colours.length - 1) }));
  };
  const at = (value: number) => 100 * shareOf(value, props.ramp.from, props.ramp.to);
  /** The ends keep their words within the card. */
  const anchor = (value: number) => (at(value) < 8 ? 'first' : at(value) > 92 ? 'last' : 'between');
  return (
    <div class="ramp">
      <svg class="ramp-bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
        <For each={stops()}>
          {(stop, i) => (
            <rect
              x={100 * (i() / stops().length)}
              y="0"
              width={100 / stops().length + 0.2}
              height="8"
              fill={stop.colour}
            />
          )}
        </For>
        <For each={props.ramp.ticks}>
          {(tick) => <path d={`M${at(tick[0])} 5v3`} stroke="currentColor" stroke-width="0.6" />}
        </For>
      </svg>
      <div class="ramp-ticks num">
        <For each={props.ramp.ticks}>
          {(tick) => (
            <span data-place={anchor(tick[0])} style={{ left: `${at(tick[0])}%` }}>
              {tick[1]}
            </span>
          )}
        </For>
      </div>
    </div>
  );
}
