// Asks for what a move needs: a reason, to whom, how much more time. What is written is kept on the machine until it is sent or
// given up, and no word of an input method is put back into a field while it is composed.

import { For, Match, onCleanup, Show, Switch } from 'solid-js';
import { type Field, fieldsOf, isComplete, type MoveDraft } from '../../state/case_draft';
import { useCases } from '../../state/cases';
import { LEVELS } from '../../state/severity';
import { t, word } from '../../state/texts';
import { duration, MINUTE } from '../../state/time';
import { Choices } from '../tools/parts';
import { pickedWords } from './EventActs';
import { CasePicker, PartyPicker } from './Pickers';

/** As the host takes it. */
const TEXT_MOST = 2000;
/** How much more time is given, minutes. */
const EXTENSIONS = ['30', '60', '120', '480', '1440'] as const;
const SCORES = ['1', '2', '3', '4', '5'] as const;
const RUNGS = ['1', '2'] as const;

export function MoveForm() {
  const cases = useCases();
  const before = document.activeElement;
  onCleanup(() => {
    if (before instanceof HTMLElement && before.isConnected) {
      before.focus({ preventScroll: true });
    }
  });
  // Another move, or the same of another case, has fields of its own.
  const key = () => {
    const asked = cases.asked();
    return asked === undefined ? undefined : `${asked.move} ${asked.ids.join(' ')} ${asked.step}`;
  };
  return (
    <Show when={key()} keyed>
      <Show when={cases.asked()}>{(draft) => <Form draft={draft()} />}</Show>
    </Show>
  );
}

function Form(props: { draft: MoveDraft }) {
  const cases = useCases();
  const fields = () => fieldsOf(props.draft.move);
  const title = () => word('event.move', props.draft.move);
  // Some browsers end the composition before they tell of the Enter that ended it.
  let isComposing = false;
  return (
    <div
      class="event-acts move-form"
      role="dialog"
      aria-label={title()}
      onCompositionStart={() => {
        isComposing = true;
      }}
      onCompositionEnd={() => {
        setTimeout(() => {
          isComposing = false;
        });
      }}
      onKeyDown={(event) => {
        const isElsewhere = event.target instanceof HTMLButtonElement || event.defaultPrevented;
        if (event.key === 'Enter' && !event.shiftKey && !isElsewhere && !event.isComposing && !isComposing) {
          event.preventDefault();
          cases.send();
        }
      }}
    >
      <p class="event-picked">
        <strong>{title()}</strong>
        <span class="ellipsis num">{pickedWords(props.draft)}</span>
      </p>
      <Show when={cases.isKept()}>
        <p class="hint" role="status">
          {t('alarms.kept')}
        </p>
      </Show>
      <Show when={props.draft.move === 'receive' || props.draft.move === 'resume'}>
        <p class="hint">{word('event.ask', props.draft.move)}</p>
      </Show>
      <For each={fields()}>{(field, i) => <FieldOf field={field} draft={props.draft} isFirst={i() === 0} />}</For>
      <div class="tool-acts">
        <button
          type="button"
          class="move-send"
          disabled={cases.busy() || !isComplete(props.draft)}
          ref={(element) => {
            if (fields().length === 0) {
              queueMicrotask(() => element.focus());
            }
          }}
          onClick={() => cases.send()}
        >
          {title()} <kbd>Enter</kbd>
        </button>
        <button type="button" onClick={() => cases.giveUp()}>
          {t('range.cancel')} <kbd>Esc</kbd>
        </button>
      </div>
    </div>
  );
}

function FieldOf(props: { field: Field; draft: MoveDraft; isFirst: boolean }) {
  const cases = useCases();
  const write = cases.write;
  const likely = () => {
    const detail = cases.detail();
    return detail !== undefined && props.draft.ids.includes(detail.row.id) ? detail.likely_same : [];
  };
  return (
    <Switch>
      <Match when={props.field === 'text' || props.field === 'reason'}>
        <Text draft={props.draft} isFirst={props.isFirst} />
      </Match>
      <Match when={props.field === 'party'}>
        <PartyPicker party={props.draft.party} onChoose={(party) => write({ party })} />
      </Match>
      <Match when={props.field === 'category'}>
        <label class="tool-field">
          <span>{t('card.category')}</span>
          <select
            value={props.draft.category}
            ref={(element) => {
              if (props.isFirst) {
                queueMicrotask(() => element.focus());
              }
            }}
            onChange={(event) => write({ category: event.currentTarget.value })}
          >
            <option value="">{t('case.as_reported')}</option>
            <For each={cases.tables()?.categories ?? []}>
              {(one) => (
                <option value={one.word} selected={one.word === props.draft.category}>
                  {one.name} {one.code}
                </option>
              )}
            </For>
          </select>
        </label>
      </Match>
      <Match when={props.field === 'level'}>
        <Choices
          label={t('card.level')}
          options={LEVELS}
          words={(one) => t(`level.${one}`)}
          value={LEVELS.find((one) => one === props.draft.level)}
          onChoose={(level) => write({ level })}
        />
      </Match>
      <Match when={props.field === 'minutes'}>
        <Choices
          label={t('case.more_time')}
          options={EXTENSIONS}
          words={(one) => duration(Number(one) * MINUTE)}
          value={EXTENSIONS.find((one) => Number(one) === props.draft.minutes)}
          onChoose={(one) => write({ minutes: Number(one) })}
        />
      </Match>
      <Match when={props.field === 'score'}>
        <Choices
          label={t('case.score')}
          options={SCORES}
          words={(one) => word('event.score', one)}
          value={SCORES.find((one) => Number(one) === props.draft.score)}
          onChoose={(one) => write({ score: Number(one) })}
        />
      </Match>
      <Match when={props.field === 'rung'}>
        <Choices
          label={t('case.rung')}
          options={RUNGS}
          words={(one) => word('event.rung', one)}
          value={RUNGS.find((one) => Number(one) === props.draft.rung)}
          onChoose={(one) => write({ rung: Number(one) })}
        />
      </Match>
      <Match when={props.field === 'case' || props.field === 'parent'}>
        <CasePicker
          label={props.field === 'case' ? t('case.merge_into') : t('case.part_of')}
          chosen={props.draft.other}
          chosenName={props.draft.otherName}
          without={props.draft.ids}
          likely={likely()}
          onChoose={(other, otherName) => write({ other, otherName })}
        />
        <Show when={props.field === 'parent'}>
          <p class="hint">{t('case.alone_hint')}</p>
        </Show>
      </Match>
    </Switch>
  );
}

function Text(props: { draft: MoveDraft; isFirst: boolean }) {
  const cases = useCases();
  const isFirstFocus = props.isFirst && !cases.isKept();
  const label = () => word('event.ask', props.draft.move);
  return (
    <textarea
      class="strip-field"
      rows={2}
      maxlength={TEXT_MOST}
      aria-label={label()}
      placeholder={label()}
      ref={(element) => {
        element.value = props.draft.text;
        if (isFirstFocus) {
          queueMicrotask(() => element.focus());
        }
      }}
      onInput={(event) => cases.write({ text: event.currentTarget.value })}
    />
  );
}
