// How the symbols of a layer are coloured and how large they are, chosen by a person instead of the pack.
//
// The size comes first: what a choice of colours opens and closes lies below everything else.

import { createSignal, For, Match, Show, Switch } from 'solid-js';
import type { LayerPaintDto, LayerRowDto, LayerSizeDto, LayerStyleDto } from '../../generated/wire';
import { useLayers } from '../../state/layers';
import { t, word } from '../../state/texts';
import { plainNumber } from '../../state/time';
import { Slider } from '../tools/parts';

const PAINTS = ['state', 'value', 'attribute'] as const;
type By = (typeof PAINTS)[number];
type ValuePaint = Extract<LayerPaintDto, { by: 'value' }>;

const UNITS = ['px', 'm'] as const;
type Unit = (typeof UNITS)[number];
/** What the host takes, and what a unit begins with. */
const SIZES: Record<Unit, { min: number; max: number; usual: number }> = {
  px: { min: 6, max: 40, usual: 22 },
  m: { min: 1, max: 200, usual: 10 },
};

export function LayerStyle(props: { row: LayerRowDto; style: LayerStyleDto }) {
  const layers = useLayers();
  return (
    <section class="layer-style" aria-label={t('layers.style')}>
      <header>
        <h3>{t('layers.style')}</h3>
        <button
          type="button"
          class="quiet"
          aria-label={t('layers.style_reset_name')}
          disabled={props.style.is_own}
          onClick={() => layers.change({ do: 'own_style', id: props.row.id })}
        >
          {t('layers.style_reset')}
        </button>
      </header>
      <SymbolSize id={props.row.id} size={props.style.size} />
      <Colours row={props.row} style={props.style} />
    </section>
  );
}

function Colours(props: { row: LayerRowDto; style: LayerStyleDto }) {
  const layers = useLayers();
  const paint = (wanted: LayerPaintDto) => layers.change({ do: 'paint', id: props.row.id, paint: wanted });
  const value = () => (props.style.paint.by === 'value' ? props.style.paint : undefined);
  const attribute = () => (props.style.paint.by === 'attribute' ? props.style.paint.name : undefined);
  /** Why a choice cannot be made; the present one always can. */
  function refusal(by: By): string | undefined {
    if (by === props.style.paint.by) {
      return undefined;
    }
    if (by === 'value' && !props.style.has_values) {
      return t('layers.style_no_values');
    }
    return by === 'attribute' && props.style.attributes.length === 0 ? t('layers.style_no_attributes') : undefined;
  }
  function choose(by: By): void {
    const first = props.style.attributes[0];
    if (by === props.style.paint.by) {
      return;
    }
    if (by === 'state') {
      paint({ by });
    } else if (by === 'value') {
      paint({ by, ramp: layers.list.ramps[0]?.name ?? 'batlow', range: null });
    } else if (first !== undefined) {
      paint({ by, name: first.name });
    }
  }
  return (
    <>
      <fieldset class="choices">
        <legend>{t('layers.style_by')}</legend>
        <div class="choices-row">
          <For each={PAINTS}>
            {(by) => (
              <button
                type="button"
                aria-pressed={props.style.paint.by === by}
                disabled={refusal(by) !== undefined}
                title={refusal(by) ?? ''}
                onClick={() => choose(by)}
              >
                {word('layer_paint', by)}
              </button>
            )}
          </For>
        </div>
      </fieldset>
      <Switch>
        <Match when={value()}>
          {(chosen) => <ValueColours paint={chosen()} unit={props.row.legend.unit} onPaint={paint} />}
        </Match>
        <Match when={attribute()}>
          {(name) => (
            <AttributeColours
              name={name()}
              style={props.style}
              onName={(wanted) => paint({ by: 'attribute', name: wanted })}
            />
          )}
        </Match>
        <Match when={props.style.paint.by === 'plain'}>
          <p class="hint">{t('layers.style_plain')}</p>
        </Match>
      </Switch>
      <p class="hint">{props.style.paint.by === 'state' ? t('layers.style_state') : t('layers.style_shape')}</p>
    </>
  );
}

function AttributeColours(props: { name: string; style: LayerStyleDto; onName: (name: string) => void }) {
  /** A pack may have chosen what is not offered. */
  const options = () => {
    const offered = props.style.attributes.map((one) => ({ name: one.name, words: one.words }));
    return offered.some((one) => one.name === props.name)
      ? offered
      : [{ name: props.name, words: props.name }, ...offered];
  };
  return (
    <label class="tool-field">
      <span>{t('layers.style_attribute')}</span>
      <select onChange={(event) => props.onName(event.currentTarget.value)}>
        <For each={options()}>
          {(one) => (
            <option value={one.name} selected={one.name === props.name}>
              {one.words}
            </option>
          )}
        </For>
      </select>
    </label>
  );
}

function ValueColours(props: { paint: ValuePaint; unit: string; onPaint: (paint: LayerPaintDto) => void }) {
  const layers = useLayers();
  const [isWrong, setWrong] = createSignal(false);
  let from: HTMLInputElement | undefined;
  let to: HTMLInputElement | undefined;
  const stops = () => layers.list.ramps.find((ramp) => ramp.name === props.paint.ramp)?.stops ?? [];
  const ask = (ramp: string, range: [number, number] | null) => props.onPaint({ by: 'value', ramp, range });
  function chooseRamp(ramp: string): void {
    const { range } = props.paint;
    ask(ramp, range === null ? null : [range[0], range[1]]);
  }
  /** Both ends count together: while they are in the wrong order, nothing is sent. */
  function send(): void {
    const [low, high] = [from?.valueAsNumber ?? Number.NaN, to?.valueAsNumber ?? Number.NaN];
    setWrong(!(low < high));
    if (low < high) {
      ask(props.paint.ramp, [low, high]);
    }
  }
  function follow(): void {
    setWrong(false);
    ask(props.paint.ramp, null);
  }
  return (
    <>
      <label class="tool-field">
        <span>{t('layers.style_ramp')}</span>
        <span class="layer-ramp">
          <select onChange={(event) => chooseRamp(event.currentTarget.value)}>
            <For each={layers.list.ramps}>
              {(ramp) => (
                <option value={ramp.name} selected={ramp.name === props.paint.ramp}>
                  {word('ramp', ramp.name)}
                </option>
              )}
            </For>
          </select>
          <svg class="ramp-preview" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
            <For each={stops()}>
              {(colour, i) => (
                <rect
                  x={100 * (i() / stops().length)}
                  y="0"
                  width={100 / stops().length + 0.2}
                  height="8"
                  fill={colour}
                />
              )}
            </For>
          </svg>
        </span>
      </label>
      <div class="layer-range">
        <label class="tool-field">
          <span>
            {t('layers.style_from')}
            <Show when={props.unit !== ''}>
              <span class="unit">{props.unit}</span>
            </Show>
          </span>
          <input
            type="number"
            class="num"
            step="any"
            aria-invalid={isWrong()}
            value={props.paint.range?.[0] ?? ''}
            ref={(element) => {
              from = element;
            }}
            onChange={send}
          />
        </label>
        <label class="tool-field">
          <span>{t('layers.style_to')}</span>
          <input
            type="number"
            class="num"
            step="any"
            aria-invalid={isWrong()}
            value={props.paint.range?.[1] ?? ''}
            ref={(element) => {
              to = element;
            }}
            onChange={send}
          />
        </label>
        <button type="button" title={t('layers.style_auto_hint')} onClick={follow}>
          {t('layers.style_auto')}
        </button>
      </div>
      <Show when={isWrong()}>
        <p class="tool-failure" role="alert">
          {t('layers.style_range_wrong')}
        </p>
      </Show>
    </>
  );
}

function SymbolSize(props: { id: string; size: LayerSizeDto }) {
  const layers = useLayers();
  const unit = (): Unit => (props.size.unit === 'm' ? 'm' : 'px');
  const choose = (wanted: Unit) => {
    if (wanted !== unit()) {
      layers.change({ do: 'size', id: props.id, size: { value: SIZES[wanted].usual, unit: wanted } });
    }
  };
  return (
    <div class="layer-size">
      <Slider
        label={t('layers.style_size')}
        text={`${plainNumber(props.size.value)} ${word('layer_unit', unit())}`}
        min={SIZES[unit()].min}
        max={SIZES[unit()].max}
        step={1}
        value={props.size.value}
        onInput={(value) => layers.setSize(props.id, { value, unit: unit() })}
      />
      <div class="layer-units" role="group" aria-label={t('layers.style_unit')}>
        <For each={UNITS}>
          {(one) => (
            <button
              type="button"
              aria-pressed={unit() === one}
              title={one === 'm' ? t('layers.style_metres_hint') : ''}
              onClick={() => choose(one)}
            >
              {word('layer_unit', one)}
            </button>
          )}
        </For>
      </div>
    </div>
  );
}
