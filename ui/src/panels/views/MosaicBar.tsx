// Above the mosaic: how many pictures, what they follow, for what one looks, and which mosaics are kept.

import { createSignal, For, Show } from 'solid-js';
import { useDesk } from '../../state/desk';
import { t, word } from '../../state/texts';
import { MOSAIC_SIZES } from '../../state/view_cells';
import { FOLLOWS, useViews } from '../../state/views';
import { formKeys } from '../plans/parts';
import { PurposeField } from './CameraPicture';

const NAME_MOST = 40;

export function MosaicBar() {
  const desk = useDesk();
  const views = useViews();
  const [naming, setNaming] = createSignal(false);
  return (
    <>
      <div class="views-bar">
        <fieldset class="choices-row">
          <legend class="hidden-words">{t('view.size')}</legend>
          <For each={MOSAIC_SIZES}>
            {(size) => (
              <button
                type="button"
                class="num"
                aria-pressed={views.size() === size}
                aria-label={t('view.size_n', { n: size })}
                onClick={() => views.setSize(size)}
              >
                {size}
              </button>
            )}
          </For>
        </fieldset>
        <fieldset class="choices-row">
          <legend class="hidden-words">{t('view.follows')}</legend>
          <For each={FOLLOWS}>
            {(follows) => (
              <button
                type="button"
                aria-pressed={views.follows() === follows}
                title={t(`view.follows_${follows}_hint`)}
                onClick={() => views.setFollows(follows)}
              >
                {t(`view.follows_${follows}`)}
              </button>
            )}
          </For>
        </fieldset>
        <PurposeField />
        <span class="views-space" />
        <Kept />
        <button type="button" aria-pressed={naming()} onClick={() => setNaming(!naming())}>
          {t('view.save')}
        </button>
        <button type="button" onClick={() => views.setFull(true)}>
          {t('view.full')} <kbd>F</kbd>
        </button>
        <button type="button" class="quiet" onClick={() => views.clearAll()}>
          {t('view.clear_all')}
        </button>
        <button
          type="button"
          class="quiet"
          aria-pressed={views.side() !== undefined}
          onClick={() => views.setSide(views.side() === undefined ? 'pick' : undefined)}
        >
          {t('view.side')}
        </button>
      </div>
      <Show when={naming()}>
        <SaveForm onClose={() => setNaming(false)} />
      </Show>
      <Show when={views.follows() === 'event'}>
        <p class="views-note" role="status">
          {views.event() === undefined ? t('view.event_pick') : (views.eventWords() ?? t('view.event_follows'))}
        </p>
      </Show>
      <Show when={!desk.update.video.has_helper}>
        <p class="views-note lacking" role="alert">
          {t('view.no_helper')}
        </p>
      </Show>
    </>
  );
}

/** The mosaics that are kept: one's own, and those that others share. */
function Kept() {
  const views = useViews();
  const words = (mosaic: { name: string; is_mine: boolean; is_shared: boolean; by: string }) =>
    mosaic.is_mine
      ? mosaic.is_shared
        ? t('view.kept_shared', { name: mosaic.name })
        : mosaic.name
      : t('view.kept_by', { name: mosaic.name, by: mosaic.by });
  return (
    <>
      <select
        aria-label={t('view.kept')}
        onChange={(event) => {
          const chosen = views.saved().find((one) => one.id === event.currentTarget.value);
          if (chosen !== undefined) {
            views.use(chosen);
          }
        }}
      >
        <option value="" selected={views.head().id === ''}>
          {views.saved().length === 0 ? t('view.kept_none') : t('view.kept')}
        </option>
        <For each={views.saved()}>
          {(mosaic) => (
            <option value={mosaic.id} selected={mosaic.id === views.head().id}>
              {words(mosaic)} · {word('view.follows_word', mosaic.follows)}
            </option>
          )}
        </For>
      </select>
      <Show when={views.head().id !== '' && views.head().isMine}>
        <button type="button" class="quiet" onClick={() => void views.remove()}>
          {t('view.kept_delete')}
        </button>
      </Show>
    </>
  );
}

function SaveForm(props: { onClose: () => void }) {
  const views = useViews();
  const [name, setName] = createSignal(views.head().name);
  const [isShared, setShared] = createSignal(views.head().isShared);
  async function send(): Promise<void> {
    if (name().trim() !== '' && (await views.save(name().trim(), isShared()))) {
      props.onClose();
    }
  }
  return (
    <div
      class="views-save"
      role="group"
      aria-label={t('view.save_title')}
      onKeyDown={formKeys(
        () => void send(),
        () => props.onClose(),
      )}
    >
      <input
        type="text"
        class="strip-field"
        maxlength={NAME_MOST}
        autocomplete="off"
        aria-label={t('view.save_name')}
        placeholder={t('view.save_name')}
        value={name()}
        ref={(element) => queueMicrotask(() => element.focus())}
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <label class="plan-check">
        <input type="checkbox" checked={isShared()} onChange={(event) => setShared(event.currentTarget.checked)} />
        <span>{t('view.save_shared')}</span>
      </label>
      <button type="button" disabled={name().trim() === ''} onClick={() => void send()}>
        {t('view.save_do')} <kbd>Enter</kbd>
      </button>
      <button type="button" class="quiet" onClick={() => props.onClose()}>
        {t('tool.cancel')} <kbd>Esc</kbd>
      </button>
    </div>
  );
}
