// Saved sets of layers, how many names the picture shows, and the way back to how the city comes.

import { createSignal, For, Show } from 'solid-js';
import { useLayers } from '../../state/layers';
import { t, word } from '../../state/texts';
import { Choices } from '../tools/parts';

const DENSITIES = ['few', 'normal', 'many'] as const;
const NAME_MOST = 40;

export function LayerSets() {
  const layers = useLayers();
  const [name, setName] = createSignal('');
  const [asking, setAsking] = createSignal<string>();
  const isTaken = () => layers.list.sets.some((set) => set.name === name().trim());
  return (
    <section class="layer-sets" aria-label={t('layers.sets')}>
      <h3>{t('layers.sets')}</h3>
      <ul>
        <For each={layers.list.sets} fallback={<li class="hint">{t('layers.sets_none')}</li>}>
          {(set) => (
            <li class="tool-item">
              <Show
                when={asking() === set.name}
                fallback={
                  <>
                    <button
                      type="button"
                      class="quiet layer-set"
                      title={t('layers.set_use')}
                      onClick={() => layers.change({ do: 'use_set', name: set.name })}
                    >
                      <span class="ellipsis">{set.name}</span>
                      <span class="hint num">{t('layers.set_shown', { n: set.shown })}</span>
                    </button>
                    <button
                      type="button"
                      class="quiet"
                      aria-label={t('layers.set_drop_name', { name: set.name })}
                      onClick={() => setAsking(set.name)}
                    >
                      ×
                    </button>
                  </>
                }
              >
                <span class="asking" role="alert">
                  {t('layers.set_sure')}
                  <button
                    type="button"
                    class="danger"
                    onClick={() => {
                      setAsking(undefined);
                      layers.change({ do: 'drop_set', name: set.name });
                    }}
                  >
                    {t('layers.set_drop')}
                  </button>
                  <button type="button" onClick={() => setAsking(undefined)}>
                    {t('range.cancel')}
                  </button>
                </span>
              </Show>
            </li>
          )}
        </For>
      </ul>
      <form
        class="layer-set-form"
        onSubmit={(event) => {
          event.preventDefault();
          const wanted = name().trim();
          if (wanted !== '') {
            layers.change({ do: 'save_set', name: wanted });
            setName('');
          }
        }}
      >
        <input
          type="text"
          class="layer-search"
          aria-label={t('layers.set_name')}
          placeholder={t('layers.set_name')}
          maxlength={NAME_MOST}
          autocomplete="off"
          value={name()}
          onInput={(event) => setName(event.currentTarget.value)}
        />
        <button type="submit" disabled={name().trim() === ''}>
          {isTaken() ? t('layers.set_replace') : t('layers.set_save')}
        </button>
      </form>
      <Choices
        label={t('layers.density')}
        options={DENSITIES}
        words={(density) => word('layer_density', density)}
        value={DENSITIES.find((density) => density === layers.list.density)}
        onChoose={(density) => layers.change({ do: 'density', density })}
      />
      <Reset />
    </section>
  );
}

function Reset() {
  const layers = useLayers();
  const [asking, setAsking] = createSignal(false);
  return (
    <Show
      when={asking()}
      fallback={
        <button type="button" class="tool-wide" onClick={() => setAsking(true)}>
          {t('layers.reset')}
        </button>
      }
    >
      <span class="asking" role="alert">
        {t('layers.reset_sure')}
        <button
          type="button"
          onClick={() => {
            setAsking(false);
            layers.change({ do: 'reset' });
          }}
        >
          {t('layers.reset_do')}
        </button>
        <button type="button" onClick={() => setAsking(false)}>
          {t('range.cancel')}
        </button>
      </span>
    </Show>
  );
}
