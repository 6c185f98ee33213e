// What the colours and shapes of a layer mean: classes with shape and word, or a ramp with its ticks.

import { createEffect, For, Match, Show, Switch } from 'solid-js';
import type { LayerLegendDto, LayerLegendStepDto, RampLegendDto, SeverityDto } from '../../generated/wire';
import { OldMark, Shape } from '../../parts/Shape';
import { shareOf } from '../../state/layer_list';
import { ALARMING } from '../../state/severity';
import { t } from '../../state/texts';
import { plainNumber } from '../../state/time';

export function LayerLegend(props: { legend: LayerLegendDto }) {
  const isBlank = () => !props.legend.is_by_state && props.legend.ramp === null && props.legend.steps.length === 0;
  return (
    <Show when={!isBlank()}>
      <Legend legend={props.legend} />
    </Show>
  );
}

function Legend(props: { legend: LayerLegendDto }) {
  return (
    <section class="layer-legend" aria-label={t('layers.legend')}>
      <h3>
        {props.legend.title === '' ? t('layers.legend') : props.legend.title}
        <Show when={props.legend.unit !== ''}>
          <span class="unit">{props.legend.unit}</span>
        </Show>
      </h3>
      <Show when={props.legend.is_by_state}>
        <StateLegend />
      </Show>
      <Show when={props.legend.ramp}>{(ramp) => <Ramp ramp={ramp()} />}</Show>
      <Show when={props.legend.steps.length > 0}>
        <ul>
          <For each={props.legend.steps}>{(step) => <Step step={step} />}</For>
        </ul>
      </Show>
    </section>
  );
}

/** The severities, and what age does to them; the same for every layer that is coloured by state. */
function StateLegend() {
  const severities: readonly SeverityDto[] = [...ALARMING, 'normal'];
  return (
    <ul class="state-legend">
      <For each={severities}>
        {(severity) => (
          <li>
            <Shape severity={severity} quiet />
            <span>{t(`severity.${severity}`)}</span>
          </li>
        )}
      </For>
      <li class="old">
        <Shape severity="normal" quiet />
        <span>{t('layers.legend_late')}</span>
      </li>
      <li>
        <OldMark />
        <span>{t('layers.legend_missing')}</span>
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
