// Words that the alarms must have, and the door to every other filter.

import { createEffect, on, onCleanup, Show } from 'solid-js';
import { filterCount } from '../../state/alarm_query';
import { useAlarms } from '../../state/alarms';
import { t } from '../../state/texts';

/** Quiet time after a keystroke before the list is asked for. */
const PAUSE_MILLIS = 200;

export function AlarmSearch() {
  const alarms = useAlarms();
  const { list } = alarms;
  let field: HTMLInputElement | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  onCleanup(() => {
    clearTimeout(timer);
    alarms.setFinder(undefined);
  });

  function use(text: string): void {
    clearTimeout(timer);
    list.setQuery({ ...list.query(), text: text.trim() });
  }
  function later(text: string): void {
    clearTimeout(timer);
    timer = setTimeout(() => use(text), PAUSE_MILLIS);
  }
  // A view or "show all" changes the words too; what is being typed stays as it is.
  createEffect(
    on(
      () => list.query().text,
      (text) => {
        if (field !== undefined && field.value.trim() !== text) {
          field.value = text;
        }
      },
    ),
  );

  return (
    <div class="alarm-search">
      <input
        type="search"
        class="strip-field"
        autocomplete="off"
        spellcheck={false}
        aria-label={t('alarms.search')}
        aria-keyshortcuts="/"
        placeholder={t('alarms.search_hint')}
        ref={(element) => {
          field = element;
          alarms.setFinder(() => {
            element.focus();
            element.select();
          });
        }}
        onInput={(event) => {
          // Letters that an input method still turns into words are no words yet.
          if (!event.isComposing) {
            later(event.currentTarget.value);
          }
        }}
        onCompositionEnd={(event) => later(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.isComposing) {
            return;
          }
          if (event.key === 'Enter') {
            event.preventDefault();
            use(event.currentTarget.value);
          } else if (event.key === 'Escape') {
            event.preventDefault();
            event.currentTarget.value = '';
            use('');
            event.currentTarget.blur();
          }
        }}
      />
      <button
        type="button"
        aria-expanded={alarms.filtersOpen()}
        aria-keyshortcuts="Shift+F"
        onClick={() => alarms.setFiltersOpen(!alarms.filtersOpen())}
      >
        {t('alarms.filters')}
        <Show when={filterCount(list.query()) > 0}>
          {' '}
          <span class="num badge">{filterCount(list.query())}</span>
        </Show>
      </button>
    </div>
  );
}
