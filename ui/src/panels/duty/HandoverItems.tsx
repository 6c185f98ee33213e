// What is open and goes over to the next shift: alarms, events, those who were sent, matters. Each is noted by the
// outgoing officer and seen by the incoming one.

import { For, Match, Show, Switch } from 'solid-js';
import type { DutyItemDto, DutyItemKindDto, HandoverDto } from '../../generated/wire';
import { useCases } from '../../state/cases';
import { useDesk } from '../../state/desk';
import { openTarget, useDuty } from '../../state/duty';
import { ITEM_KINDS, isNoted } from '../../state/duty_sheet';
import { t, word } from '../../state/texts';
import { age, moment, quantity } from '../../state/time';

export function HandoverItems(props: { handover: HandoverDto }) {
  const { handing } = useDuty();
  const of = (kind: DutyItemKindDto) => props.handover.items.filter((item) => item.kind === kind);
  const isWritten = () => handing.step() === 'check' || handing.step() === 'sign_out';
  // Matters that are still being written stand on the sheet beside.
  const kinds = () => ITEM_KINDS.filter((kind) => of(kind).length > 0 && !(kind === 'note' && isWritten()));
  return (
    <div class="handover-items scrolls" role="region" aria-label={t('handover.items')} tabindex="0">
      <For
        each={kinds()}
        fallback={
          <div class="blank">
            <strong>{t('handover.items_none')}</strong>
            <span class="hint">{t('handover.items_none_hint')}</span>
          </div>
        }
      >
        {(kind) => (
          <section aria-label={word('duty.item', kind)}>
            <header class="handover-kind">
              <h3 class="num">
                {word('duty.item', kind)} {quantity(of(kind).length, 0)}
              </h3>
              <MarkAll items={of(kind)} />
            </header>
            <ul>
              <For each={of(kind)}>{(item) => <Item item={item} />}</For>
            </ul>
          </section>
        )}
      </For>
    </div>
  );
}

/** Marks a whole kind, for whoever has the turn. */
function MarkAll(props: { items: readonly DutyItemDto[] }) {
  const desk = useDesk();
  const { handing } = useDuty();
  const unnoted = () => props.items.filter((item) => !isNoted(item, handing.sheet()));
  const unseen = () => props.items.filter((item) => !handing.seen().has(item.id));
  const isWritten = () => handing.step() === 'check' || handing.step() === 'sign_out';
  return (
    <Show when={desk.live()}>
      <Show when={isWritten() && unnoted().length > 0}>
        <button
          type="button"
          class="quiet num"
          onClick={() => handing.write({ noted: [...handing.sheet().noted, ...unnoted().map((item) => item.id)] })}
        >
          {t('handover.note_all', { n: unnoted().length })}
        </button>
      </Show>
      <Show when={handing.step() === 'sign_in' && unseen().length > 0}>
        <button
          type="button"
          class="quiet num"
          onClick={() =>
            handing.setSeen(
              unseen().map((item) => item.id),
              true,
            )
          }
        >
          {t('handover.see_all', { n: unseen().length })}
        </button>
      </Show>
    </Show>
  );
}

function Item(props: { item: DutyItemDto }) {
  const desk = useDesk();
  const cases = useCases();
  const { handing } = useDuty();
  const isOpen = () => desk.live() && (handing.step() === 'check' || handing.step() === 'sign_out');
  return (
    <li class="handover-item">
      <Switch fallback={<span class="handover-what">{props.item.title}</span>}>
        <Match when={desk.live() && handing.step() === 'sign_in'}>
          <label class="duty-check handover-what">
            <input
              type="checkbox"
              checked={handing.seen().has(props.item.id)}
              onChange={(event) => handing.setSeen([props.item.id], event.currentTarget.checked)}
            />
            <span>{props.item.title}</span>
          </label>
        </Match>
        <Match when={isOpen() && !props.item.is_acknowledged}>
          <label class="duty-check handover-what">
            <input
              type="checkbox"
              checked={isNoted(props.item, handing.sheet())}
              onChange={() => handing.toggleNoted(props.item.id)}
            />
            <span>{props.item.title}</span>
          </label>
        </Match>
      </Switch>
      <span class="handover-state" classList={{ open: isOpen() && !isNoted(props.item, handing.sheet()) }}>
        <Switch>
          <Match when={handing.step() === 'sign_in'}>
            {handing.seen().has(props.item.id) ? t('handover.seen') : t('handover.unseen')}
          </Match>
          <Match when={isOpen()}>
            {isNoted(props.item, handing.sheet()) ? t('handover.noted') : t('handover.unnoted')}
          </Match>
        </Switch>
      </span>
      <span class="num hint" title={moment(props.item.since)}>
        {age(desk.now(), props.item.since)}
      </span>
      <Show when={props.item.target} fallback={<span />}>
        {(target) => (
          <button
            type="button"
            class="quiet"
            aria-label={t('duty.open_name', { name: props.item.title })}
            onClick={() => openTarget(desk, cases.openById, target())}
          >
            {t('duty.open_it')}
          </button>
        )}
      </Show>
    </li>
  );
}
