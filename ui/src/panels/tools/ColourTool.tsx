// Colouring features by an attribute: which, with which colours, in which classes.

import { createEffect, createResource, createSignal, For, on, Show } from 'solid-js';
import type { AttributeDto, ClassingDto, RampDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { t, word } from '../../state/texts';
import { quantity } from '../../state/time';
import { useTools } from '../../state/tools';
import { Choices, Slider } from './parts';

const FEATURE_CLASSES = ['building', 'pipe', 'road', 'green'] as const;
const RAMPS: readonly RampDto[] = ['batlow', 'cividis', 'vik', 'categories'];
const CLASSINGS: readonly ClassingDto[] = ['quantile', 'natural', 'equal', 'values'];

export function ColourTool() {
  const desk = useDesk();
  const tools = useTools();
  const [featureClass, setFeatureClass] = createSignal<(typeof FEATURE_CLASSES)[number]>('building');
  const [attribute, setAttribute] = createSignal<AttributeDto>();
  const [ramp, setRamp] = createSignal<RampDto>('batlow');
  const [classing, setClassing] = createSignal<ClassingDto>('quantile');
  const [classes, setClasses] = createSignal(5);
  const [failure, setFailure] = createSignal<string>();
  const [attributes] = createResource(featureClass, async (wanted) => {
    const result = await desk.backend.attributes(wanted);
    setFailure(result.ok ? undefined : result.error.message);
    return result.ok ? result.value : [];
  });
  createEffect(on(featureClass, () => setAttribute(undefined), { defer: true }));
  function choose(key: string): void {
    const one = attributes()?.find((known) => known.key === key);
    setAttribute(one);
    if (one !== undefined && !one.is_number) {
      setRamp('categories');
      setClassing('values');
    } else if (one !== undefined && classing() === 'values') {
      setRamp('batlow');
      setClassing('quantile');
    }
  }
  createEffect(
    on(
      [attribute, ramp, classing, classes],
      ([one, colours, method, count]) => {
        if (one === undefined) {
          return;
        }
        const ask = {
          class: featureClass(),
          attribute: one.key,
          ramp: colours,
          classing: method,
          classes: count,
        };
        void tools.colourBy(ask).then(setFailure);
      },
      { defer: true },
    ),
  );
  const methods = () => (attribute()?.is_number === false ? (['values'] as const) : CLASSINGS);
  return (
    <>
      <Choices
        label={t('colour.class')}
        options={FEATURE_CLASSES}
        words={(one) => word('class', one)}
        value={featureClass()}
        onChoose={setFeatureClass}
      />
      <label class="tool-field">
        <span>{t('colour.attribute')}</span>
        <select value={attribute()?.key ?? ''} onChange={(event) => choose(event.currentTarget.value)}>
          <option value="">{attributes.loading ? t('colour.loading') : t('colour.choose')}</option>
          <For each={attributes()}>
            {(one) => (
              <option value={one.key}>
                {one.label} ({quantity(one.count)})
              </option>
            )}
          </For>
        </select>
      </label>
      <Show when={!attributes.loading && attributes()?.length === 0 && failure() === undefined}>
        <p class="hint">{t('colour.empty', { name: word('class', featureClass()) })}</p>
      </Show>
      <Show when={attribute()}>
        <Choices
          label={t('colour.ramp')}
          options={RAMPS}
          words={(one) => word('ramp', one)}
          value={ramp()}
          onChoose={setRamp}
        />
        <Choices
          label={t('colour.classing')}
          options={methods()}
          words={(one) => word('classing', one)}
          value={classing()}
          onChoose={setClassing}
        />
        <Slider
          label={t('colour.classes')}
          text={String(classes())}
          min={2}
          max={9}
          step={1}
          value={classes()}
          onInput={setClasses}
        />
      </Show>
      <Show when={failure()}>
        {(message) => (
          <p class="tool-failure" role="alert">
            {t('colour.failed', { message: message() })}
          </p>
        )}
      </Show>
      <Show when={tools.legend()}>
        <button
          type="button"
          class="tool-wide"
          onClick={() => {
            setAttribute(undefined);
            void tools.colourBy(undefined).then(setFailure);
          }}
        >
          {t('colour.clear')}
        </button>
      </Show>
      <Feature />
    </>
  );
}

/** What becomes of the selected feature alone. */
function Feature() {
  const desk = useDesk();
  const tools = useTools();
  const id = () => {
    const target = desk.selected();
    return target?.kind === 'feature' ? target.id : undefined;
  };
  return (
    <fieldset class="choices">
      <legend>{t('colour.selected')}</legend>
      <div class="choices-row">
        <For each={['isolate', 'ghost', 'hide'] as const}>
          {(how) => (
            <button type="button" disabled={id() === undefined} onClick={() => tools.showFeature(id() ?? '', how)}>
              {word('show', how)}
            </button>
          )}
        </For>
        <button type="button" disabled={tools.standsOut() === 0} onClick={() => tools.showAll()}>
          {t('show.all')}
        </button>
      </div>
    </fieldset>
  );
}
