// Two epochs or two plans in one picture.

import { createResource, createSignal, For, Show } from 'solid-js';
import { useDesk } from '../../state/desk';
import { either, t, word } from '../../state/texts';
import { useTools } from '../../state/tools';
import { Choices, Slider } from './parts';

const MODES = ['off', 'swipe', 'split'] as const;

export function CompareTool() {
  const desk = useDesk();
  const tools = useTools();
  const [folder, setFolder] = createSignal('');
  const [failure, setFailure] = createSignal<string>();
  const [choices] = createResource(async () => {
    const result = await desk.backend.compareChoices();
    return result.ok ? result.value : [];
  });
  const open = (wanted: string | undefined) => {
    void tools.openCompared(wanted).then(setFailure);
  };
  const title = (city: { name_zh: string; name_en: string; epoch: string }) =>
    [either({ zh: city.name_zh, en: city.name_en }), city.epoch].filter((part) => part !== '').join(' · ');
  return (
    <Show
      when={tools.compared()}
      fallback={
        <>
          <p>{t('compare.choose')}</p>
          <For
            each={choices()}
            fallback={<p class="hint">{choices.loading ? t('compare.looking') : t('compare.none')}</p>}
          >
            {(city) => (
              <button type="button" class="tool-wide" title={city.folder} onClick={() => open(city.folder)}>
                {title(city)}
              </button>
            )}
          </For>
          <form
            class="tool-form"
            onSubmit={(event) => {
              event.preventDefault();
              open(folder().trim());
            }}
          >
            <label class="tool-field">
              <span>{t('compare.folder')}</span>
              <input
                type="text"
                autocomplete="off"
                spellcheck={false}
                value={folder()}
                placeholder={t('compare.folder_hint')}
                onInput={(event) => setFolder(event.currentTarget.value)}
              />
            </label>
            <button type="submit" disabled={folder().trim() === ''}>
              {t('compare.open')}
            </button>
          </form>
          <Show when={failure()}>
            {(message) => (
              <p class="tool-failure" role="alert">
                {t('compare.failed', { message: message() })}
              </p>
            )}
          </Show>
        </>
      }
    >
      {(city) => (
        <>
          <dl class="facts">
            <dt>{t('compare.left')}</dt>
            <dd>{either({ zh: desk.start.city_zh, en: desk.start.city_en })}</dd>
            <dt>{t('compare.right')}</dt>
            <dd>{title(city())}</dd>
          </dl>
          <Choices
            label={t('compare.mode')}
            options={MODES}
            words={(mode) => word('compare_mode', mode)}
            value={tools.compare().mode}
            onChoose={(mode) => tools.setCompare(mode === 'swipe' ? { mode, at: 0.5 } : { mode })}
          />
          <Show when={swipeOf(tools.compare())}>
            {(swipe) => (
              <Slider
                label={t('compare.line')}
                text={`${Math.round(swipe().at * 100)}%`}
                min={0}
                max={1}
                step={0.01}
                value={swipe().at}
                onInput={(at) => tools.setCompare({ mode: 'swipe', at })}
              />
            )}
          </Show>
          <button type="button" class="tool-wide" onClick={() => open(undefined)}>
            {t('compare.close')}
          </button>
        </>
      )}
    </Show>
  );
}

function swipeOf(compare: { mode: string; at?: number }): { at: number } | undefined {
  return compare.mode === 'swipe' && compare.at !== undefined ? { at: compare.at } : undefined;
}
