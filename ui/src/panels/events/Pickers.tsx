// Choosing a party, and choosing another case, by typing a part of the name.

import { createEffect, createMemo, createSignal, createUniqueId, For, on, onCleanup, Show } from 'solid-js';
import type { CasePartyDto, CaseRowDto } from '../../generated/wire';
import { Shape } from '../../parts/Shape';
import { OPEN_CASES } from '../../state/case_query';
import { useCases } from '../../state/cases';
import { useDesk } from '../../state/desk';
import { t, word } from '../../state/texts';

/** So many of the answers are shown: a list that one reads at a glance. */
const MOST_SHOWN = 8;
/** Quiet time after a keystroke before the cases are asked for. */
const PAUSE_MILLIS = 200;

interface Choice {
  id: string;
  name: string;
  hint: string;
}

/** A field with a list of what answers it. Arrows move, Enter chooses. */
function ChoiceField(props: {
  label: string;
  placeholder: string;
  choices: readonly Choice[];
  chosen: string;
  isFirst: boolean;
  onType: (text: string) => void;
  onChoose: (choice: Choice) => void;
}) {
  const [at, setAt] = createSignal(0);
  const name = createUniqueId();
  createEffect(on([() => props.choices], () => setAt(0), { defer: true }));
  function onKey(event: KeyboardEvent): void {
    if (event.isComposing || event.keyCode === 229) {
      return;
    }
    const count = props.choices.length;
    const choice = props.choices[at()];
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setAt(count === 0 ? 0 : (at() + (event.key === 'ArrowDown' ? 1 : count - 1)) % count);
    } else if (event.key === 'Enter' && choice !== undefined && choice.id !== props.chosen) {
      event.preventDefault();
      event.stopPropagation();
      props.onChoose(choice);
    }
  }
  return (
    <div class="pick">
      <input
        type="text"
        class="strip-field"
        role="combobox"
        autocomplete="off"
        spellcheck={false}
        aria-label={props.label}
        aria-autocomplete="list"
        aria-expanded={props.choices.length > 0}
        aria-controls={name}
        aria-activedescendant={props.choices.length === 0 ? undefined : `${name}-${at()}`}
        placeholder={props.placeholder}
        ref={(element) => {
          if (props.isFirst) {
            queueMicrotask(() => element.focus());
          }
        }}
        onInput={(event) => {
          if (!event.isComposing) {
            props.onType(event.currentTarget.value.trim());
          }
        }}
        onCompositionEnd={(event) => props.onType(event.currentTarget.value.trim())}
        onKeyDown={onKey}
      />
      <div id={name} class="pick-list" role="listbox" aria-label={props.label}>
        <For each={props.choices}>
          {(choice, i) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field above holds the focus and the keys.
            <div
              class="pick-row"
              classList={{ current: i() === at() }}
              role="option"
              id={`${name}-${i()}`}
              aria-selected={choice.id === props.chosen}
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => props.onChoose(choice)}
            >
              <span class="ellipsis">{choice.name}</span>
              <span class="hint ellipsis">{choice.hint}</span>
            </div>
          )}
        </For>
      </div>
    </div>
  );
}

/** To whom a case is given. */
export function PartyPicker(props: { party: string; onChoose: (id: string) => void }) {
  const cases = useCases();
  const [text, setText] = createSignal('');
  const parties = () => cases.tables()?.parties ?? [];
  const chosen = () => parties().find((one) => one.id === props.party);
  const choices = createMemo(() => {
    const words = text().toLowerCase();
    return parties()
      .filter((one) => `${one.name} ${one.id}`.toLowerCase().includes(words))
      .slice(0, MOST_SHOWN)
      .map((one) => ({ id: one.id, name: one.name, hint: partyHint(one, parties()) }));
  });
  return (
    <div class="pick-part">
      <Show when={chosen()}>{(one) => <p class="pick-chosen">{t('case.to', { name: one().name })}</p>}</Show>
      <ChoiceField
        label={t('case.holder')}
        placeholder={t('case.party_hint')}
        choices={choices()}
        chosen={props.party}
        isFirst
        onType={setText}
        onChoose={(one) => props.onChoose(one.id)}
      />
    </div>
  );
}

/** The kind, and to whom a team or a person belongs. */
function partyHint(party: CasePartyDto, all: readonly CasePartyDto[]): string {
  const above = all.find((one) => party.id.startsWith(`${one.id}/`));
  return above === undefined ? word('party', party.kind) : `${word('party', party.kind)} · ${above.name}`;
}

/** Another open case; `likely` stand first while nothing is typed. */
export function CasePicker(props: {
  label: string;
  chosen: string;
  chosenName: string;
  without: readonly string[];
  likely: readonly { id: string; title: string }[];
  onChoose: (id: string, name: string) => void;
}) {
  const desk = useDesk();
  const [text, setText] = createSignal('');
  const [found, setFound] = createSignal<readonly CaseRowDto[]>([]);
  let asked = 0;
  createEffect(
    on(text, (wanted) => {
      asked += 1;
      const mine = asked;
      const timer = setTimeout(() => {
        void desk.backend.cases({ ...OPEN_CASES, text: wanted, count: 2 * MOST_SHOWN }).then((result) => {
          if (mine === asked && result.ok) {
            setFound(result.value.rows);
          }
        });
      }, PAUSE_MILLIS);
      onCleanup(() => clearTimeout(timer));
    }),
  );
  const choices = createMemo((): Choice[] => {
    const likely = text() === '' ? props.likely.map((one) => ({ ...one, hint: t('case.likely') })) : [];
    const others = found().map((row) => ({
      id: row.id,
      title: row.title,
      hint: `${word('event.stage', row.stage)} · ${row.category_name}`,
    }));
    return [...likely, ...others.filter((row) => !likely.some((one) => one.id === row.id))]
      .filter((one) => !props.without.includes(one.id))
      .slice(0, MOST_SHOWN)
      .map((one) => ({ id: one.id, name: one.title, hint: one.hint }));
  });
  return (
    <div class="pick-part">
      <Show when={props.chosen !== ''}>
        <p class="pick-chosen">
          <Shape severity="normal" quiet /> {props.chosenName}
        </p>
      </Show>
      <ChoiceField
        label={props.label}
        placeholder={t('case.other_hint')}
        choices={choices()}
        chosen={props.chosen}
        isFirst
        onType={setText}
        onChoose={(one) => props.onChoose(one.id, one.name)}
      />
    </div>
  );
}
