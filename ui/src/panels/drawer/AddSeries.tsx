// Finds series by name and adds them to the chart.

import { createEffect, createSignal, For, on, onCleanup, Show } from 'solid-js';
import type { SeriesChoiceDto } from '../../generated/wire';
import { MOST_SERIES } from '../../state/chart';
import { useDesk } from '../../state/desk';
import { useHistory } from '../../state/history';
import { t } from '../../state/texts';
import { unitWords } from '../../state/time';

/** Quiet time after a keystroke before the city is asked. */
const PAUSE_MILLIS = 120;

export function AddSeries() {
  const desk = useDesk();
  const { chart } = useHistory();
  const [text, setText] = createSignal('');
  const [found, setFound] = createSignal<SeriesChoiceDto[]>();
  const [at, setAt] = createSignal(0);
  let asked = 0;
  createEffect(
    on(text, (wanted) => {
      asked += 1;
      const mine = asked;
      if (wanted.trim() === '') {
        setFound(undefined);
        return;
      }
      const timer = setTimeout(() => {
        void desk.backend.seriesChoices(wanted.trim()).then((result) => {
          if (mine === asked) {
            setFound(result.ok ? result.value : []);
            setAt(0);
          }
        });
      }, PAUSE_MILLIS);
      onCleanup(() => clearTimeout(timer));
    }),
  );
  const isFull = () => chart.series().length >= MOST_SERIES;
  const isCharted = (id: string) => chart.series().some((one) => one.id === id);
  function add(one: SeriesChoiceDto | undefined): void {
    if (one !== undefined && chart.add({ id: one.id, name: one.name, unit: one.unit })) {
      setText('');
    }
  }
  function onKey(event: KeyboardEvent): void {
    const count = found()?.length ?? 0;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setAt(count === 0 ? 0 : (at() + (event.key === 'ArrowDown' ? 1 : -1) + count) % count);
    } else if (event.key === 'Enter' && !event.isComposing) {
      event.preventDefault();
      add(found()?.[at()]);
    } else if (event.key === 'Escape' && text() !== '') {
      event.preventDefault();
      setText('');
    }
  }
  return (
    <div class="add-series">
      <input
        type="text"
        class="strip-field"
        role="combobox"
        aria-label={t('chart.find')}
        aria-expanded={(found()?.length ?? 0) > 0}
        aria-controls="series-found"
        placeholder={isFull() ? t('chart.full') : t('chart.find')}
        disabled={isFull()}
        autocomplete="off"
        spellcheck={false}
        value={text()}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKey}
      />
      <div id="series-found" role="listbox" aria-label={t('chart.find')} class="series-found scrolls">
        <For each={found()}>
          {(one, i) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above holds the focus and the keys.
            <div
              class="palette-row"
              classList={{ current: i() === at() }}
              role="option"
              aria-selected={i() === at()}
              aria-disabled={isCharted(one.id)}
              onPointerMove={() => setAt(i())}
              onClick={() => add(one)}
            >
              <span class="ellipsis">{one.name}</span>
              <span class="hint">{isCharted(one.id) ? t('chart.charted') : unitWords(one.unit)}</span>
            </div>
          )}
        </For>
      </div>
      <Show when={found()?.length === 0}>
        <p class="hint">{t('chart.none')}</p>
      </Show>
    </div>
  );
}
