// Asks for the reason or the comment of an act, or whether somebody is sure.
//
// The field is the browser's own while it is written in: nothing is put back into it, so that an input method keeps its
// half-made words. What is written is kept on the machine until it is sent or given up.

import { Match, onCleanup, Show, Switch } from 'solid-js';
import type { Asked } from '../../state/alarm_acts';
import type { Draft } from '../../state/alarm_draft';
import { useAlarms } from '../../state/alarms';
import { t } from '../../state/texts';
import { quantity } from '../../state/time';
import { Choices } from '../tools/parts';
import { pickedWords } from './ActBar';

/** As the host takes it. */
const TEXT_MOST = 2000;

/** How long to shelve, seconds; `back` until the condition is back. */
const SHELVINGS = ['900', '3600', '14400', '28800', 'back'] as const;

export function AlarmForm() {
  const alarms = useAlarms();
  const before = document.activeElement;
  onCleanup(() => {
    if (before instanceof HTMLElement && before.isConnected) {
      before.focus({ preventScroll: true });
    }
  });
  const text = () => {
    const at = alarms.asked();
    return at?.kind === 'text' ? at : undefined;
  };
  const sure = () => {
    const at = alarms.asked();
    return at?.kind === 'sure' ? at : undefined;
  };
  return (
    <Switch>
      <Match when={sure()}>{(at) => <Sure asked={at()} />}</Match>
      <Match when={text() !== undefined}>
        {/* Another act has a field of its own. */}
        <Show when={text()?.draft.pick} keyed>
          <Show when={text()}>{(at) => <Reason draft={at().draft} isKept={at().isKept} />}</Show>
        </Show>
      </Match>
    </Switch>
  );
}

function Sure(props: { asked: Extract<Asked, { kind: 'sure' }> }) {
  const alarms = useAlarms();
  return (
    <div class="alarm-acts alarm-form" role="alertdialog" aria-label={t('alarms.sure_title')}>
      <p class="num">
        {t('alarms.sure', {
          act: t(`alarm_act.${props.asked.act.act}`),
          picked: pickedWords(props.asked.picked),
        })}
      </p>
      <div class="tool-acts">
        <button
          type="button"
          class="danger"
          ref={(element) => queueMicrotask(() => element.focus())}
          onClick={() => alarms.send()}
        >
          {t(`alarm_act.${props.asked.act.act}`)} <kbd>Enter</kbd>
        </button>
        <button type="button" onClick={() => alarms.giveUp()}>
          {t('range.cancel')} <kbd>Esc</kbd>
        </button>
      </div>
    </div>
  );
}

function Reason(props: { draft: Draft; isKept: boolean }) {
  const alarms = useAlarms();
  const isFirstFocus = !props.isKept;
  const about = () =>
    props.draft.count === 1 && props.draft.name !== ''
      ? props.draft.name
      : t('alarms.picked', { n: quantity(props.draft.count, 0) });
  // Some browsers end the composition before they tell of the Enter that ended it.
  let isComposing = false;
  const shelving = () => SHELVINGS.find((one) => one === String(props.draft.forSeconds ?? 'back'));
  return (
    <div class="alarm-acts alarm-form" role="dialog" aria-label={t(`alarm_act.${props.draft.act}`)}>
      <p class="alarm-picked">
        <strong>{t(`alarm_act.${props.draft.act}`)}</strong>
        <span class="ellipsis num">{about()}</span>
      </p>
      <Show when={props.isKept}>
        <p class="hint" role="status">
          {t('alarms.kept')}
        </p>
      </Show>
      <Show when={props.draft.act === 'shelve'}>
        <Choices
          label={t('alarms.shelve_for')}
          options={SHELVINGS}
          words={(one) => t(`shelve_for.${one}`)}
          value={shelving()}
          onChoose={(one) => alarms.write({ forSeconds: one === 'back' ? null : Number(one) })}
        />
      </Show>
      <textarea
        class="strip-field"
        rows={2}
        maxlength={TEXT_MOST}
        aria-label={t(`alarm_ask.${props.draft.act}`)}
        placeholder={t(`alarm_ask.${props.draft.act}`)}
        ref={(element) => {
          element.value = props.draft.text;
          if (isFirstFocus) {
            queueMicrotask(() => element.focus());
          }
        }}
        onInput={(event) => alarms.write({ text: event.currentTarget.value })}
        onCompositionStart={() => {
          isComposing = true;
        }}
        onCompositionEnd={() => {
          setTimeout(() => {
            isComposing = false;
          });
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && !isComposing) {
            event.preventDefault();
            alarms.send();
          }
        }}
      />
      <div class="tool-acts">
        <button type="button" disabled={alarms.busy() || props.draft.text.trim() === ''} onClick={() => alarms.send()}>
          {t(`alarm_act.${props.draft.act}`)} <kbd>Enter</kbd>
        </button>
        <button type="button" onClick={() => alarms.giveUp()}>
          {t('range.cancel')} <kbd>Esc</kbd>
        </button>
      </div>
    </div>
  );
}
