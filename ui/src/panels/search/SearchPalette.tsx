// Finds anything in the city by name or code, and marked moments by their titles, and goes there.

import './search.css';
import { createEffect, createMemo, createSignal, For, on, onCleanup, Show } from 'solid-js';
import type { Found, MomentDto } from '../../generated/wire';
import { useActs } from '../../state/acts';
import { cover } from '../../state/covers';
import { useDesk } from '../../state/desk';
import { useHistory } from '../../state/history';
import { markedName } from '../../state/standing';
import { t, word } from '../../state/texts';
import { moment } from '../../state/time';

/** Quiet time after a keystroke before the city is asked. */
const PAUSE_MILLIS = 120;
/** Marked moments beside what the city answers. */
const MOST_MOMENTS = 5;

type Entry = { kind: 'found'; found: Found } | { kind: 'moment'; moment: MomentDto };

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
  const history = useHistory();
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

  const entries = createMemo((): Entry[] => {
    const answers = found();
    const wanted = text().trim().toLowerCase();
    return answers === undefined
      ? []
      : [
          ...answers.map((one): Entry => ({ kind: 'found', found: one })),
          ...history
            .moments()
            .filter((one) => one.title.toLowerCase().includes(wanted))
            .slice(-MOST_MOMENTS)
            .map((one): Entry => ({ kind: 'moment', moment: one })),
        ];
  });
  function choose(entry: Entry | undefined): void {
    if (entry !== undefined) {
      acts.setSearching(false);
      if (entry.kind === 'moment') {
        history.goTo(entry.moment);
      } else {
        desk.selectAndFly(entry.found.target);
      }
    }
  }
  const nameOf = (entry: Entry) =>
    entry.kind === 'moment'
      ? entry.moment.title
      : entry.found.name === ''
        ? t('card.unnamed', { kind: word('kind', entry.found.kind) })
        : markedName(entry.found.name, entry.found.target, desk.update.events);
  const hintOf = (entry: Entry) =>
    entry.kind === 'moment'
      ? `${t('moments.kind')} ${moment(entry.moment.time).slice(0, 11)}`
      : word('kind', entry.found.kind);
  function onKey(event: KeyboardEvent): void {
    const count = entries().length;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const by = event.key === 'ArrowDown' ? 1 : -1;
      setAt(count === 0 ? 0 : (at() + by + count) % count);
    } else if (event.key === 'Enter' && !event.isComposing) {
      event.preventDefault();
      choose(entries()[at()]);
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
        aria-expanded={entries().length > 0}
        aria-controls="palette-results"
        aria-activedescendant={entries().length > 0 ? `found-${at()}` : undefined}
        placeholder={t('search.placeholder')}
        autocomplete="off"
        spellcheck={false}
        value={text()}
        ref={(element) => queueMicrotask(() => element.focus())}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKey}
      />
      <div id="palette-results" role="listbox" aria-label={t('search.button')} class="palette-results scrolls">
        <For each={entries()}>
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
              <span class="ellipsis">{nameOf(entry)}</span>
              <span class="hint num">{hintOf(entry)}</span>
            </div>
          )}
        </For>
      </div>
      <Show when={failure()}>
        {(message) => <p class="palette-words">{t('search.failed', { message: message() })}</p>}
      </Show>
      <Show when={found() !== undefined && entries().length === 0}>
        <p class="palette-words" role="status">
          {t('search.empty', { text: text().trim() })}
        </p>
      </Show>
      <p class="palette-foot hint">{text().trim() === '' ? t('search.hint') : t('search.keys')}</p>
    </div>
  );
}
