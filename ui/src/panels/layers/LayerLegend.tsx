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
const WEAKENED = ['columns', 'rings'];

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
            <For each={props.legend.steps}>{(step) => <Step step={step} />}</For>
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
      </section>
    </Show>
  );
}

/** The classes of symbols. The worst and what is not real keep their own colour whatever paints the layer. */
function PointStates(props: { isByState: boolean }) {
  const severities = (): readonly SeverityDto[] => (props.isByState ? [...ALARMING, 'normal'] : ['critical', 'high']);
  return (
    <ul class="state-legend">
      <For each={severities()}>
        {(severity) => (
          <li>
            <PointSample severity={severity} />
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

function Step(props: { step: LayerLegendStepDto }) {
  const range = () => {
    const { from, to } = props.step;
    if (from === null) {
      return to === null ? '' : `≤ ${plainNumber(to)}`;
    }
    return to === null ? `> ${plainNumber(from)}` : `${plainNumber(from)} – ${plainNumber(to)}`;
  };
  return (
    <li>
      <Glyph shape={props.step.shape} colour={props.step.colour} />
      <span class="num ellipsis">{props.step.label === '' ? range() : props.step.label}</span>
    </li>
  );
}

/** The shape that stands for a class, in its colour; a swatch for areas and everything without a shape of its own. */
function Glyph(props: { shape: string | null; colour: string }) {
  return (
    <svg
      class="glyph"
      viewBox="0 0 16 16"
      aria-hidden="true"
      ref={(element) => createEffect(() => element.style.setProperty('color', props.colour))}
    >
      <Switch fallback={<rect x="1" y="3" width="14" height="10" fill="currentColor" />}>
        <Match when={props.shape === 'circle' || props.shape === 'dot'}>
          <circle cx="8" cy="8" r="5" fill="currentColor" />
        </Match>
        <Match when={props.shape === 'ring'}>
          <circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="2.5" />
        </Match>
        <Match when={props.shape === 'triangle'}>
          <path d="M8 1.5 15 14.5H1Z" fill="currentColor" />
        </Match>
        <Match when={props.shape === 'diamond'}>
          <path d="M8 0.5 15.5 8 8 15.5 0.5 8Z" fill="currentColor" />
        </Match>
        <Match when={props.shape === 'line'}>
          <path d="M0 8h16" stroke="currentColor" stroke-width="3" />
        </Match>
        <Match when={props.shape === 'arrow'}>
          <path d="M0 8h11M8 3l6 5-6 5" fill="none" stroke="currentColor" stroke-width="2.5" />
        </Match>
        <Match when={props.shape === 'column'}>
          <path d="M5 1h6v14H5Z" fill="currentColor" />
        </Match>
      </Switch>
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
          {([value]) => <path d={`M${at(value)} 5v3`} stroke="currentColor" stroke-width="0.6" />}
        </For>
      </svg>
      <div class="ramp-ticks num">
        <For each={props.ramp.ticks}>
          {([value, text]) => (
            <span data-place={anchor(value)} style={{ left: `${at(value)}%` }}>
              {text}
            </span>
          )}
        </For>
      </div>
    </div>
  );
}
