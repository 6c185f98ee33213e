// Measuring: which quantity, what to click, and the numbers so far.

import { createSignal, For, Show } from 'solid-js';
import type { ToolKindDto } from '../../generated/wire';
import { t, word } from '../../state/texts';
import { quantity } from '../../state/time';
import { useTools } from '../../state/tools';
import { Sketching, Slider } from './parts';

type MeasureName = 'distance' | 'area' | 'height' | 'slope' | 'volume';
const KINDS: readonly MeasureName[] = ['distance', 'area', 'height', 'slope', 'volume'];
const VOLUME_M = { bottom: 0, top: 10, most: 300, least: -60 } as const;

export function MeasureTool() {
  const tools = useTools();
  const [bottom, setBottom] = createSignal<number>(VOLUME_M.bottom);
  const [top, setTop] = createSignal<number>(VOLUME_M.top);
  const [last, setLast] = createSignal<MeasureName>();
  const toolOf = (kind: MeasureName): ToolKindDto =>
    kind === 'volume' ? { kind, bottom_m: bottom(), top_m: Math.max(bottom() + 1, top()) } : { kind };
  const start = (kind: MeasureName) => {
    setLast(kind);
    tools.start(toolOf(kind));
  };
  return (
    <>
      <div class="tool-grid">
        <For each={KINDS}>
          {(kind) => (
            <button type="button" aria-pressed={tools.active()?.kind === kind} onClick={() => start(kind)}>
              {word('measure', kind)}
            </button>
          )}
        </For>
      </div>
      <Show when={last() === 'volume'}>
        <Slider
          label={t('measure.bottom')}
          text={`${bottom()} m`}
          min={VOLUME_M.least}
          max={VOLUME_M.most}
          step={1}
          value={bottom()}
          onInput={setBottom}
        />
        <Slider
          label={t('measure.top')}
          text={`${top()} m`}
          min={VOLUME_M.least}
          max={VOLUME_M.most}
          step={1}
          value={top()}
          onInput={setTop}
        />
      </Show>
      <Sketching words={word('measure_hint', tools.active()?.kind ?? 'distance')} />
      <Show
        when={tools.measured()}
        fallback={
          <Show when={tools.active() === undefined}>
            <p class="hint">{t('measure.empty')}</p>
          </Show>
        }
      >
        {(known) => (
          <>
            <Show when={known().values.length > 0} fallback={<p class="hint">{t('measure.more_points')}</p>}>
              <dl class="facts measured" aria-live="polite">
                <For each={known().values}>
                  {(one) => (
                    <>
                      <dt>{word('quantity', one.quantity)}</dt>
                      <dd class="num">
                        {quantity(one.value, Math.abs(one.value) < 1000 ? 1 : 0)}
                        <span class="unit">{one.unit}</span>
                      </dd>
                    </>
                  )}
                </For>
              </dl>
            </Show>
            <Show when={known().done}>
              <div class="tool-acts">
                <button type="button" onClick={() => start(last() ?? 'distance')}>
                  {t('measure.again')}
                </button>
                <button type="button" onClick={() => tools.cancel()}>
                  {t('measure.clear')}
                </button>
              </div>
            </Show>
          </>
        )}
      </Show>
    </>
  );
}
