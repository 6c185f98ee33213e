// Words that the events must have, the door to every other filter, and a new event.

import { createEffect, on, onCleanup, Show } from 'solid-js';
import { caseFilterCount } from '../../state/case_query';
import { useCases } from '../../state/cases';
import { t } from '../../state/texts';

/** Quiet time after a keystroke before the list is asked for. */
const PAUSE_MILLIS = 200;

export function EventSearch() {
  const cases = useCases();
  const { list } = cases;
  let field: HTMLInputElement | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  onCleanup(() => {
    clearTimeout(timer);
    cases.setFinder(undefined);
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
    <div class="event-search">
      <input
        type="search"
        class="strip-field"
        autocomplete="off"
        spellcheck={false}
        aria-label={t('cases.search')}
        aria-keyshortcuts="/"
        placeholder={t('cases.search_hint')}
        ref={(element) => {
          field = element;
          cases.setFinder(() => {
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
        aria-expanded={cases.filtersOpen()}
        aria-keyshortcuts="Shift+F"
        onClick={() => cases.setFiltersOpen(!cases.filtersOpen())}
      >
        {t('alarms.filters')}
        <Show when={caseFilterCount(list.query()) > 0}>
          {' '}
          <span class="num badge">{caseFilterCount(list.query())}</span>
        </Show>
      </button>
      <button type="button" aria-keyshortcuts="Shift+N" title={t('cases.new_hint')} onClick={() => cases.newCase()}>
        {t('cases.new')}
      </button>
    </div>
  );
}
