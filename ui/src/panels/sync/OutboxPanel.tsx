// What was done here and where it stands with the hub: the list of edits, and beside it the conflicts.

import './sync.css';
import { createSignal, For, Show } from 'solid-js';
import type { FieldChangeDto, OutboxItemDto, Target } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { useSync } from '../../state/sync';
import { t, word } from '../../state/texts';
import { age, joined } from '../../state/time';
import { Conflicts } from './Conflicts';

export function OutboxPanel() {
  const desk = useDesk();
  const list = useSync().watchOutbox();
  const words = () =>
    desk.update.outbox.waiting === 0
      ? t('outbox.none_waiting')
      : t('outbox.waiting', { n: desk.update.outbox.waiting });
  return (
    <div class="drawer-page sync-page sync-halves">
      <section class="sync-half" aria-label={t('outbox.title')}>
        <h3>
          {t('outbox.title')} <span class="num hint">{words()}</span>
        </h3>
        <Show when={list.failure()}>
          {(message) => (
            <p class="hint" role="alert">
              {t('outbox.failed', { message: message() })}
            </p>
          )}
        </Show>
        <ul class="drawer-list scrolls" aria-label={t('outbox.title')}>
          <For
            each={list.rows}
            fallback={<li class="hint">{list.known() ? t('outbox.empty') : t('sources.loading')}</li>}
          >
            {(item) => <Item item={item} />}
          </For>
        </ul>
      </section>
      <Conflicts />
    </div>
  );
}

/** A field and its new value. */
export function changeWords(change: FieldChangeDto): string {
  return t('outbox.change', { field: word('field', change.field), value: valueWords(change) });
}

export function valueWords(change: FieldChangeDto): string {
  return change.field === 'status' ? word('status', change.value) : change.value;
}

/** The name of what was changed; leads to its card where there is one. */
export function Subject(props: { name: string; target: Target | null }) {
  const desk = useDesk();
  return (
    <Show when={props.target} fallback={<span class="ellipsis">{props.name}</span>}>
      {(target) => (
        <button
          type="button"
          class="quiet subject ellipsis"
          title={t('outbox.open_card')}
          onClick={() => desk.selectAndFly(target())}
        >
          {props.name}
        </button>
      )}
    </Show>
  );
}

function Item(props: { item: OutboxItemDto }) {
  const desk = useDesk();
  const sync = useSync();
  const [asking, setAsking] = createSignal(false);
  const isOpen = () => props.item.state === 'waiting' || props.item.state === 'refused';
  const what = () => `${word('verb', props.item.verb)} ${joined(props.item.changes.map(changeWords))}`;
  return (
    <li class="fact" data-state={props.item.state}>
      <span class="fact-state">{word('fact_state', props.item.state)}</span>
      <span class="fact-main">
        <Subject name={props.item.subject_name || props.item.subject} target={props.item.target} />
        <span class="fact-words">
          <span>
            {props.item.author} {what()}
          </span>
          <span class="num hint">{age(desk.now(), props.item.happened_at)}</span>
          <Show when={props.item.tries > 1 || (props.item.tries > 0 && props.item.state !== 'accepted')}>
            <span class="num hint">{t('outbox.tries', { n: props.item.tries })}</span>
          </Show>
        </span>
        <Show when={props.item.reason !== ''}>
          <span class="fact-reason">{t('outbox.reason', { reason: props.item.reason })}</span>
        </Show>
      </span>
      <Show when={isOpen()}>
        <Show
          when={asking()}
          fallback={
            <span class="fact-acts">
              <Show when={props.item.state === 'refused' || props.item.tries > 0}>
                <button
                  type="button"
                  aria-label={t('outbox.retry_name', { name: props.item.subject_name })}
                  onClick={() => sync.retry(props.item)}
                >
                  {t('outbox.retry')}
                </button>
              </Show>
              <button
                type="button"
                class="quiet"
                aria-label={t('outbox.drop_name', { name: props.item.subject_name })}
                onClick={() => setAsking(true)}
              >
                {t('outbox.drop')}
              </button>
            </span>
          }
        >
          <span class="asking fact-asking" role="alert">
            {t('outbox.drop_sure')}
            <button
              type="button"
              class="danger"
              onClick={() => {
                setAsking(false);
                sync.withdraw(props.item);
              }}
            >
              {t('outbox.drop')}
            </button>
            <button type="button" onClick={() => setAsking(false)}>
              {t('range.cancel')}
            </button>
          </span>
        </Show>
      </Show>
    </li>
  );
}
