// Finds anything in the city by name or code, and goes there.

import './search.css';
import { createEffect, createSignal, For, on, onCleanup, Show } from 'solid-js';
import type { Found } from '../../generated/wire';
import { useActs } from '../../state/acts';
import { cover } from '../../state/covers';
import { useDesk } from '../../state/desk';
import { t, word } from '../../state/texts';

/** Quiet time after a keystroke before the city is asked. */
const PAUSE_MILLIS = 120;

export function SearchPalette() {
  const acts = useActs();
  return (
    <Show when={acts.searching()}>
      <Palette />
    </Show>
  );
}

function Palette() {
  const desk = useDesk();
  const acts = useActs();
  const [text, setText] = createSignal('');
  const [found, setFound] = createSignal<Found[]>();
  const [failure, setFailure] = createSignal<string>();
  const [at, setAt] = createSignal(0);
  const before = document.activeElement;
  let box: HTMLDivElement | undefined;
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
        void desk.backend.search(wanted.trim()).then((result) => {
          // A slower answer to an older question is of no use.
          if (mine !== asked) {
            return;
          }
          setFailure(result.ok ? undefined : result.error.message);
          setFound(result.ok ? result.value : undefined);
          setAt(0);
        });
      }, PAUSE_MILLIS);
      onCleanup(() => clearTimeout(timer));
    }),
  );
  onCleanup(() => {
    if (before instanceof HTMLElement && before.isConnected) {
      before.focus({ preventScroll: true });
    }
  });

  function choose(entry: Found | undefined): void {
    if (entry !== undefined) {
      acts.setSearching(false);
      desk.selectAndFly(entry.target);
    }
  }
  function onKey(event: KeyboardEvent): void {
    const count = found()?.length ?? 0;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const by = event.key === 'ArrowDown' ? 1 : -1;
      setAt(count === 0 ? 0 : (at() + by + count) % count);
    } else if (event.key === 'Enter' && !event.isComposing) {
      event.preventDefault();
      choose(found()?.[at()]);
    }
  }

  return (
    <div
      class="palette"
      role="dialog"
      aria-label={t('search.label')}
      ref={(element) => {
        box = element;
        cover(element);
      }}
      onFocusOut={(event) => {
        if (event.relatedTarget instanceof Node && box?.contains(event.relatedTarget) !== true) {
          acts.setSearching(false);
        }
      }}
    >
      <input
        type="text"
        role="combobox"
        aria-label={t('search.label')}
        aria-expanded={(found()?.length ?? 0) > 0}
        aria-controls="palette-results"
        aria-activedescendant={(found()?.length ?? 0) > 0 ? `found-${at()}` : undefined}
        placeholder={t('search.placeholder')}
        autocomplete="off"
        spellcheck={false}
        value={text()}
        ref={(element) => queueMicrotask(() => element.focus())}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKey}
      />
      <div id="palette-results" role="listbox" aria-label={t('search.button')} class="palette-results scrolls">
        <For each={found()}>
          {(entry, i) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above holds the focus and the keys.
            <div
              class="palette-row"
              classList={{ current: i() === at() }}
              role="option"
              id={`found-${i()}`}
              aria-selected={i() === at()}
              onPointerMove={() => setAt(i())}
              onClick={() => choose(entry)}
            >
              <span class="ellipsis">
                {entry.name === '' ? t('card.unnamed', { kind: word('kind', entry.kind) }) : entry.name}
              </span>
              <span class="hint">{word('kind', entry.kind)}</span>
            </div>
          )}
        </For>
      </div>
      <Show when={failure()}>
        {(message) => <p class="palette-words">{t('search.failed', { message: message() })}</p>}
      </Show>
      <Show when={found()?.length === 0}>
        <p class="palette-words" role="status">
          {t('search.empty', { text: text().trim() })}
        </p>
      </Show>
      <p class="palette-foot hint">{text().trim() === '' ? t('search.hint') : t('search.keys')}</p>
    </div>
  );
}
