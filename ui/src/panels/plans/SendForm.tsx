// Sends a department, a team or a person: who, what they are to do, and within which time they have to answer.

import { createMemo, createSignal, For, onCleanup, Show } from 'solid-js';
import type { DispatchChoiceDto } from '../../generated/wire';
import { arrivalWords } from '../../state/plan_words';
import { usePlans } from '../../state/plans';
import { t, word } from '../../state/texts';
import { Choices } from '../tools/parts';
import { composed, formKeys } from './parts';

/** As the host takes it. */
const TASK_MOST = 600;
/** So many of those who can be sent are shown: a list that one reads at a glance. */
const MOST_SHOWN = 6;
/** Seconds within which they have to answer. */
const ANSWERS = ['300', '600', '1800', '3600'] as const;

export function SendForm(props: { choices: readonly DispatchChoiceDto[] }) {
  const plans = usePlans();
  const before = document.activeElement;
  onCleanup(() => {
    if (before instanceof HTMLElement && before.isConnected) {
      before.focus({ preventScroll: true });
    }
  });
  const draft = () => plans.send.draft();
  const isFirstFocus = !plans.send.isKept();
  const isReady = () => {
    const now = draft();
    return now !== undefined && now.to !== null && now.task.trim() !== '' && !plans.busy();
  };
  const hasParty = draft()?.to !== null;
  return (
    <div
      class="plan-form"
      role="dialog"
      aria-label={t('dispatch.begin')}
      onKeyDown={formKeys(plans.sendSend, plans.send.giveUp)}
    >
      <Show when={plans.send.isKept()}>
        <p class="hint" role="status">
          {t('alarms.kept')}
        </p>
      </Show>
      <Who choices={props.choices} isFirst={isFirstFocus && !hasParty} />
      <textarea
        class="strip-field"
        rows={2}
        maxlength={TASK_MOST}
        aria-label={t('dispatch.task')}
        placeholder={t('dispatch.task')}
        ref={(element) => {
          element.value = draft()?.task ?? '';
          if (isFirstFocus && hasParty) {
            queueMicrotask(() => element.focus());
          }
        }}
        onInput={(event) => plans.send.write({ task: event.currentTarget.value })}
        onCompositionEnd={composed}
      />
      <Choices
        label={t('dispatch.answer_within')}
        options={ANSWERS}
        words={(one) => t(`dispatch.answer_${one}`)}
        value={ANSWERS.find((one) => Number(one) === draft()?.answerWithinS)}
        onChoose={(one) => plans.send.write({ answerWithinS: Number(one) })}
      />
      <div class="tool-acts">
        <button type="button" disabled={!isReady()} onClick={() => plans.sendSend()}>
          {t('dispatch.send')} <kbd>Enter</kbd>
        </button>
        <button type="button" onClick={() => plans.send.giveUp()}>
          {t('range.cancel')} <kbd>Esc</kbd>
        </button>
      </div>
    </div>
  );
}

/** Who is sent: by a part of the name, the soonest first. */
function Who(props: { choices: readonly DispatchChoiceDto[]; isFirst: boolean }) {
  const plans = usePlans();
  const [text, setText] = createSignal('');
  const to = () => plans.send.draft()?.to ?? null;
  const found = createMemo(() => {
    const words = text().toLowerCase();
    return props.choices.filter((one) => `${one.party.name} ${one.party.id}`.toLowerCase().includes(words));
  });
  const facts = (one: DispatchChoiceDto) =>
    [
      one.resource === null ? word('dispatch.kind', one.party.kind) : arrivalWords(one.resource),
      one.open > 0 ? t('dispatch.open_n', { n: one.open }) : '',
    ]
      .filter((part) => part !== '')
      .join(' · ');
  return (
    <div class="dispatch-who">
      <Show when={to()}>{(party) => <p class="plan-form-head">{t('dispatch.to', { name: party().name })}</p>}</Show>
      <input
        type="text"
        class="strip-field"
        autocomplete="off"
        spellcheck={false}
        aria-label={t('dispatch.who')}
        placeholder={t('dispatch.who')}
        ref={(element) => {
          if (props.isFirst) {
            queueMicrotask(() => element.focus());
          }
        }}
        onInput={(event) => {
          if (!event.isComposing) {
            setText(event.currentTarget.value.trim());
          }
        }}
        onCompositionEnd={(event) => {
          composed();
          setText(event.currentTarget.value.trim());
        }}
        onKeyDown={(event) => {
          const first = found()[0];
          // Enter in this field chooses; the form is sent from the others.
          if (event.key === 'Enter' && !event.isComposing && event.keyCode !== 229 && first !== undefined) {
            event.preventDefault();
            event.stopPropagation();
            plans.send.write({ to: { ...first.party } });
          }
        }}
      />
      <ul class="dispatch-choices" aria-label={t('dispatch.who_list')}>
        <For each={found().slice(0, MOST_SHOWN)} fallback={<li class="hint">{t('dispatch.who_none')}</li>}>
          {(one) => (
            <li>
              <button
                type="button"
                class="quiet dispatch-choice"
                aria-pressed={to()?.id === one.party.id}
                onClick={() => plans.send.write({ to: { ...one.party } })}
              >
                <span class="ellipsis">{one.party.name}</span>
                <span class="hint num ellipsis">{facts(one)}</span>
              </button>
            </li>
          )}
        </For>
      </ul>
      <Show when={found().length > MOST_SHOWN}>
        <p class="hint num">{t('dispatch.who_more', { n: found().length - MOST_SHOWN })}</p>
      </Show>
    </div>
  );
}
