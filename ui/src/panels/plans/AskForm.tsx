// Asks for what an act on a plan or an assignment needs: a note, a reason, evidence, the text of a message and to whom.
//
// The fields are the browser's own while they are written in, so that an input method keeps its half-made words.

import { For, onCleanup, Show } from 'solid-js';
import { useCases } from '../../state/cases';
import { usePages } from '../../state/pages';
import { type AskAct, type AskDraft, isAskComplete } from '../../state/plan_draft';
import { usePlans } from '../../state/plans';
import { t, word } from '../../state/texts';
import { composed, formKeys } from './parts';

/** As the host takes it. */
const TEXT_MOST = 1000;
const REFERENCE_MOST = 200;

/** The form of one of `acts` for a case, if it is asked for; `about` limits it to one step, message or assignment. */
export function AskForm(props: { caseId: string; acts: readonly AskAct[]; about?: string }) {
  const plans = usePlans();
  const draft = () => {
    const now = plans.ask.draft();
    const isMine =
      now !== undefined &&
      now.caseId === props.caseId &&
      props.acts.includes(now.act) &&
      (props.about === undefined || props.about === now.about);
    return isMine ? now : undefined;
  };
  // Another act has fields of its own.
  const key = () => {
    const now = draft();
    return now === undefined ? undefined : `${now.act} ${now.about}`;
  };
  return (
    <Show when={key()} keyed>
      <Show when={draft()}>{(known) => <Fields draft={known()} />}</Show>
    </Show>
  );
}

function Fields(props: { draft: AskDraft }) {
  const plans = usePlans();
  const before = document.activeElement;
  onCleanup(() => {
    if (before instanceof HTMLElement && before.isConnected) {
      before.focus({ preventScroll: true });
    }
  });
  const isFirstFocus = !plans.ask.isKept();
  const title = () => word('plan.ask', props.draft.act);
  const label = () => word('plan.ask_text', props.draft.act);
  return (
    <div class="plan-form" role="dialog" aria-label={title()} onKeyDown={formKeys(plans.sendAsk, plans.ask.giveUp)}>
      <p class="plan-form-head">
        <strong>{title()}</strong>
        <span class="ellipsis">{props.draft.name}</span>
      </p>
      <Show when={plans.ask.isKept()}>
        <p class="hint" role="status">
          {t('alarms.kept')}
        </p>
      </Show>
      <Show when={props.draft.needsEvidence}>
        <Evidence draft={props.draft} />
      </Show>
      <textarea
        class="strip-field"
        rows={props.draft.act === 'message' ? 4 : 2}
        maxlength={TEXT_MOST}
        aria-label={label()}
        placeholder={label()}
        ref={(element) => {
          element.value = props.draft.text;
          if (isFirstFocus) {
            queueMicrotask(() => element.focus());
          }
        }}
        onInput={(event) => plans.ask.write({ text: event.currentTarget.value })}
        onCompositionEnd={composed}
      />
      <Show when={props.draft.act === 'message'}>
        <input
          type="text"
          class="strip-field"
          autocomplete="off"
          maxlength={TEXT_MOST}
          aria-label={t('plan.message_to')}
          placeholder={t('plan.message_to')}
          ref={(element) => {
            element.value = props.draft.to;
          }}
          onInput={(event) => plans.ask.write({ to: event.currentTarget.value })}
          onCompositionEnd={composed}
        />
        <p class="hint">{t('plan.no_gateway')}</p>
      </Show>
      <div class="tool-acts">
        <button
          type="button"
          classList={{ danger: props.draft.act === 'stop' }}
          disabled={plans.busy() || !isAskComplete(props.draft)}
          onClick={() => plans.sendAsk()}
        >
          {title()} <kbd>Enter</kbd>
        </button>
        <button type="button" onClick={() => plans.ask.giveUp()}>
          {t('range.cancel')} <kbd>Esc</kbd>
        </button>
      </div>
    </div>
  );
}

/** What shows that a step was done: files of the event, or the number of something that is kept elsewhere. */
function Evidence(props: { draft: AskDraft }) {
  const plans = usePlans();
  const cases = useCases();
  const pages = usePages();
  const files = () => cases.detail()?.attachments ?? [];
  function toggle(digest: string): void {
    const { evidence } = props.draft;
    plans.ask.write({
      evidence: evidence.includes(digest) ? evidence.filter((one) => one !== digest) : [...evidence, digest],
    });
  }
  return (
    <fieldset class="plan-evidence">
      <legend>{t('plan.evidence')}</legend>
      <For
        each={files()}
        fallback={
          <p class="hint">
            {t('plan.evidence_none')}{' '}
            <button type="button" class="quiet" onClick={() => pages.setCaseTab('files')}>
              {t('plan.evidence_add')}
            </button>
          </p>
        }
      >
        {(file) => (
          <label class="plan-check">
            <input
              type="checkbox"
              checked={props.draft.evidence.includes(file.digest)}
              onChange={() => toggle(file.digest)}
            />
            <span class="ellipsis">{file.name}</span>
          </label>
        )}
      </For>
      <input
        type="text"
        class="strip-field"
        autocomplete="off"
        maxlength={REFERENCE_MOST}
        aria-label={t('plan.evidence_reference')}
        placeholder={t('plan.evidence_reference')}
        ref={(element) => {
          element.value = props.draft.reference;
        }}
        onInput={(event) => plans.ask.write({ reference: event.currentTarget.value })}
        onCompositionEnd={composed}
      />
    </fieldset>
  );
}
