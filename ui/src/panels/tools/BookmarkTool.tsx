// Kept views with notes: keep, go, rename, reorder, delete, undo.

import { createSignal, For, onMount, Show } from 'solid-js';
import type { BookmarkDto } from '../../generated/wire';
import { MAX_BOOKMARKS, moved, renamed, without } from '../../state/bookmarks';
import { useDesk } from '../../state/desk';
import { t } from '../../state/texts';
import { moment } from '../../state/time';
import { useTools } from '../../state/tools';

export function BookmarkTool() {
  const desk = useDesk();
  const tools = useTools();
  const [title, setTitle] = createSignal('');
  const [note, setNote] = createSignal('');
  const [edited, setEdited] = createSignal<string>();
  onMount(() => {
    if (tools.bookmarks() === undefined) {
      tools.readBookmarks();
    }
  });
  const list = () => tools.bookmarks() ?? [];
  function save(): void {
    const words = title().trim() === '' ? t('bookmark.untitled', { n: list().length + 1 }) : title().trim();
    const id = edited();
    if (id === undefined) {
      tools.keepView(words, note().trim());
    } else {
      tools.keep(renamed(list(), id, words, note().trim()));
    }
    setEdited(undefined);
    setTitle('');
    setNote('');
  }
  function edit(one: BookmarkDto): void {
    setEdited(one.id);
    setTitle(one.title);
    setNote(one.note);
  }
  return (
    <>
      <form
        class="tool-form"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <label class="tool-field">
          <span>{t('bookmark.title')}</span>
          <input
            type="text"
            maxlength={80}
            autocomplete="off"
            value={title()}
            onInput={(event) => setTitle(event.currentTarget.value)}
          />
        </label>
        <label class="tool-field">
          <span>{t('bookmark.note')}</span>
          <textarea rows={2} maxlength={2000} value={note()} onInput={(event) => setNote(event.currentTarget.value)} />
        </label>
        <div class="tool-acts">
          <button type="submit" disabled={edited() === undefined && list().length >= MAX_BOOKMARKS}>
            {edited() === undefined ? t('bookmark.keep') : t('bookmark.rename')}
          </button>
          <Show when={edited() !== undefined}>
            <button type="button" onClick={() => setEdited(undefined)}>
              {t('tool.cancel')}
            </button>
          </Show>
          <Show when={tools.undoKeep()}>
            {(undo) => (
              <button type="button" onClick={() => undo()()}>
                {t('tool.undo')}
              </button>
            )}
          </Show>
        </div>
      </form>
      <ol class="bookmarks" aria-label={t('tool.bookmarks')}>
        <For each={list()} fallback={<li class="hint">{t('bookmark.empty')}</li>}>
          {(one, i) => (
            <li class="bookmark">
              <button type="button" class="bookmark-go" onClick={() => desk.attempt(desk.backend.goToPlace(one.view))}>
                <span class="ellipsis">{one.title}</span>
                <span class="num hint">{moment(one.kept_at).slice(0, 11)}</span>
              </button>
              <Show when={one.note !== ''}>
                <p class="bookmark-note">{one.note}</p>
              </Show>
              <div class="tool-acts bookmark-acts">
                <button
                  type="button"
                  class="quiet"
                  aria-label={t('bookmark.up', { title: one.title })}
                  disabled={i() === 0}
                  onClick={() => tools.keep(moved(list(), one.id, -1))}
                >
                  ↑
                </button>
                <button
                  type="button"
                  class="quiet"
                  aria-label={t('bookmark.down', { title: one.title })}
                  disabled={i() === list().length - 1}
                  onClick={() => tools.keep(moved(list(), one.id, 1))}
                >
                  ↓
                </button>
                <button
                  type="button"
                  class="quiet"
                  aria-label={t('bookmark.edit_name', { title: one.title })}
                  onClick={() => edit(one)}
                >
                  {t('bookmark.edit')}
                </button>
                <button
                  type="button"
                  class="quiet"
                  aria-label={t('bookmark.delete_name', { title: one.title })}
                  onClick={() => tools.keep(without(list(), one.id))}
                >
                  {t('bookmark.delete')}
                </button>
              </div>
            </li>
          )}
        </For>
      </ol>
    </>
  );
}
