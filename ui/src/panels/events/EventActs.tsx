// What can be done to what is picked of the list: the next step of one case, and what means the same for many at once.

import { For, Show } from 'solid-js';
import type { ForMove } from '../../state/case_acts';
import { BULK_MOVES, MOVE_KEYS } from '../../state/case_words';
import { useCases } from '../../state/cases';
import { t } from '../../state/texts';
import { quantity } from '../../state/time';

export function EventActs() {
  const cases = useCases();
  // What is only pointed at is opened by a click; the bar is for what was chosen on purpose.
  const picked = () => (cases.hasChosen() || cases.current() !== undefined ? cases.picked() : undefined);
  return (
    <Show when={picked()}>
      {(found) => (
        <section class="event-acts" aria-label={t('alarms.acts')}>
          <p class="event-picked" role="status">
            <span class="ellipsis num">{pickedWords(found())}</span>
            <Show when={cases.hasChosen()}>
              <button type="button" class="quiet" onClick={() => cases.clear()}>
                {t('alarms.clear')} <kbd>Esc</kbd>
              </button>
            </Show>
          </p>
          <div class="tool-acts">
            <button type="button" disabled={cases.busy()} aria-keyshortcuts="A" onClick={() => cases.askUsual(found())}>
              {t('cases.next')} <kbd>A</kbd>
            </button>
            <For each={BULK_MOVES}>
              {(move) => (
                <button
                  type="button"
                  disabled={cases.busy()}
                  aria-keyshortcuts={MOVE_KEYS[move]}
                  onClick={() => cases.ask(move, found())}
                >
                  {t(`event.move.${move}`)}
                  <Show when={MOVE_KEYS[move]}>{(key) => <kbd>{key()}</kbd>}</Show>
                </button>
              )}
            </For>
          </div>
          <div class="event-widen">
            <button type="button" class="quiet num" aria-keyshortcuts="Control+A" onClick={() => cases.chooseAll()}>
              {t('alarms.choose_all', { n: quantity(cases.list.total(), 0) })}
            </button>
          </div>
        </section>
      )}
    </Show>
  );
}

/** One by its name, several by their number. */
export function pickedWords(picked: Pick<ForMove, 'ids' | 'name'>): string {
  return picked.ids.length === 1 && picked.name !== ''
    ? picked.name
    : t('cases.picked', { n: quantity(picked.ids.length, 0) });
}
