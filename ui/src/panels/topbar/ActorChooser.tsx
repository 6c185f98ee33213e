// Who acts at this desk, in which role and for which party: it decides what may be done to an event.

import { createSignal, createUniqueId, For, Show } from 'solid-js';
import { useCases } from '../../state/cases';
import { cover } from '../../state/covers';
import { useDesk } from '../../state/desk';
import { useDuty } from '../../state/duty';
import { t } from '../../state/texts';

export function ActorChooser() {
  const desk = useDesk();
  const cases = useCases();
  const duty = useDuty();
  const [isOpen, setOpen] = createSignal(false);
  const name = createUniqueId();
  let wrapper: HTMLSpanElement | undefined;
  const board = () => desk.update.event_board;
  const roles = () => cases.tables()?.roles ?? [];
  const role = () => roles().find((one) => one.id === board().role);
  const needsParty = () => role()?.needs_party === true;
  const close = (event: FocusEvent) => {
    if (!(event.relatedTarget instanceof Node && wrapper?.contains(event.relatedTarget))) {
      setOpen(false);
    }
  };
  return (
    <span
      class="actor"
      ref={(element) => {
        wrapper = element;
      }}
      onFocusOut={close}
    >
      <button
        type="button"
        class="quiet actor-button"
        aria-expanded={isOpen()}
        aria-controls={name}
        title={`${role()?.name ?? ''} ${board().party_name} ${t('actor.open')}`.trim()}
        onClick={() => setOpen(!isOpen())}
        onKeyDown={(event) => {
          if (event.key === 'Escape' && isOpen()) {
            event.preventDefault();
            setOpen(false);
          }
        }}
      >
        <span class="topbar-operator">
          <span class="hint">{t('topbar.operator')}</span> {duty.operator()}
        </span>
        <Show when={role()}>
          {(one) => (
            <span class="actor-role ellipsis">
              {board().party_name === '' ? one().name : `${one().name} · ${board().party_name}`}
            </span>
          )}
        </Show>
      </button>
      <Show when={isOpen()}>
        <section class="actor-popover" id={name} ref={cover} aria-label={t('actor.title')} tabindex="-1">
          <p class="hint">{t('actor.hint')}</p>
          <label class="tool-field">
            <span>{t('actor.role')}</span>
            <select
              value={board().role}
              onChange={(event) => cases.setActor(event.currentTarget.value, board().party ?? undefined)}
              onKeyDown={(event) => {
                if (event.key === 'Escape') {
                  event.preventDefault();
                  setOpen(false);
                }
              }}
            >
              <For each={roles()}>
                {(one) => (
                  <option value={one.id} selected={one.id === board().role}>
                    {one.name}
                  </option>
                )}
              </For>
            </select>
          </label>
          <label class="tool-field">
            <span>{t('actor.party')}</span>
            <select
              value={board().party ?? ''}
              onChange={(event) => {
                const party = event.currentTarget.value;
                cases.setActor(board().role, party === '' ? undefined : party);
              }}
            >
              <option value="">{t('actor.no_party')}</option>
              <For each={cases.tables()?.parties ?? []}>
                {(one) => (
                  <option value={one.id} selected={one.id === board().party}>
                    {one.name}
                  </option>
                )}
              </For>
            </select>
          </label>
          <Show when={needsParty() && board().party === null}>
            <p role="status">{t('actor.needs_party')}</p>
          </Show>
          <For each={cases.tables()?.problems ?? []}>{(problem) => <p class="hint">{problem}</p>}</For>
        </section>
      </Show>
    </span>
  );
}
