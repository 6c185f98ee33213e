// What is known of an event, and the acts of whoever handles it: another status, a note.
//
// The new status shows at once, with a mark until the hub has it; for ten seconds one click asks for the old one again.

import { createEffect, createSignal, For, on, Show } from 'solid-js';
import type { EventStatus } from '../../backend/backend';
import type { EventRow } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { isReal } from '../../state/standing';
import { UNDO_MILLIS, useSync } from '../../state/sync';
import { t, word } from '../../state/texts';
import { age } from '../../state/time';

/** The longest note that is sent. */
const NOTE_LENGTH = 500;

/** What can be asked for in each state, the usual next step first. */
const NEXT: Record<EventStatus, readonly EventStatus[]> = {
  reported: ['handling', 'closed'],
  handling: ['closed', 'reported'],
  closed: ['handling', 'reported'],
};

export function EventFacts(props: { event: EventRow }) {
  const desk = useDesk();
  const sync = useSync();
  return (
    <>
      <Show when={!isReal(props.event)}>
        <p class="unreal-note" role="note">
          {word('standing_note', props.event.standing)}
        </p>
      </Show>
      <dl class="facts card-facts">
        <dt>{t('card.level')}</dt>
        <dd>{word('level', props.event.level)}</dd>
        <dt>{t('card.category')}</dt>
        <dd>{word('category', props.event.category)}</dd>
        <dt>{t('card.status')}</dt>
        <dd>
          {word('status', sync.statusOf(props.event))}
          <Show when={desk.live() && sync.isUnsynced(props.event)}>
            {' '}
            <span class="unsynced">{t('event.unsynced')}</span>
          </Show>
        </dd>
        <dt>{t('card.happened_at')}</dt>
        <dd class="num">{age(desk.shown(), props.event.happened_at)}</dd>
        <dt>{t('card.reported_by')}</dt>
        <dd>{word('source', props.event.source)}</dd>
      </dl>
      <Show when={desk.live()} fallback={<p class="hint card-acts">{t('event.past')}</p>}>
        <EventActs event={props.event} />
      </Show>
    </>
  );
}

function EventActs(props: { event: EventRow }) {
  const desk = useDesk();
  const sync = useSync();
  const [note, setNote] = createSignal('');
  createEffect(
    on(
      () => props.event.id,
      () => setNote(''),
    ),
  );
  const next = () => NEXT[sync.statusOf(props.event) as EventStatus] ?? NEXT.reported;
  const left = () => {
    const edit = sync.undoable(props.event);
    return edit === undefined ? 0 : Math.max(1, Math.ceil((edit.at + UNDO_MILLIS - desk.now()) / 1000));
  };
  function send(): void {
    const { event } = props;
    const words = note().trim();
    void sync.addNote(event, words).then((taken) => {
      if (taken && note().trim() === words && props.event.id === event.id) {
        setNote('');
      }
    });
  }
  return (
    <div class="card-acts">
      <div class="event-status">
        <For each={next()}>
          {(status) => (
            <button type="button" onClick={() => sync.changeStatus(props.event, status)}>
              {t(`event.to_${status}`)}
            </button>
          )}
        </For>
        <Show when={left() > 0}>
          <button type="button" class="quiet num" onClick={() => sync.undo(props.event)}>
            {t('event.undo', { n: left() })}
          </button>
        </Show>
      </div>
      <form
        class="event-note"
        onSubmit={(event) => {
          event.preventDefault();
          if (note().trim() !== '') {
            send();
          }
        }}
      >
        <input
          type="text"
          class="strip-field"
          autocomplete="off"
          maxlength={NOTE_LENGTH}
          aria-label={t('event.note')}
          placeholder={t('event.note')}
          value={note()}
          onInput={(event) => setNote(event.currentTarget.value)}
        />
        <button type="submit" disabled={note().trim() === ''}>
          {t('event.note_add')}
        </button>
      </form>
    </div>
  );
}
