// Small pieces of the duty pages: a field that never disturbs an input method, and what is said where nothing is shown.

import { createEffect, type JSX, Show } from 'solid-js';
import { t } from '../../state/texts';

/**
 * A field for words. It is the browser's own while it is written in: what comes from elsewhere is put into it only when
 * it differs, so that an input method keeps its half-made words. With `onSend` Enter sends; Shift+Enter begins a line.
 */
export function Words(props: {
  label: string;
  value: string;
  rows: number;
  most: number;
  isFirst?: boolean;
  onInput: (text: string) => void;
  onSend?: () => void;
  /** What Esc does; without it Esc closes what is in front. */
  onGiveUp?: () => void;
}) {
  let field: HTMLTextAreaElement | undefined;
  // Some browsers end the composition before they tell of the Enter that ended it.
  let isComposing = false;
  createEffect(() => {
    const wanted = props.value;
    if (field !== undefined && !isComposing && field.value !== wanted) {
      field.value = wanted;
    }
  });
  return (
    <textarea
      class="strip-field duty-words"
      rows={props.rows}
      maxlength={props.most}
      aria-label={props.label}
      placeholder={props.label}
      ref={(element) => {
        field = element;
        if (props.isFirst === true) {
          queueMicrotask(() => element.focus());
        }
      }}
      onInput={(event) => props.onInput(event.currentTarget.value)}
      onCompositionStart={() => {
        isComposing = true;
      }}
      onCompositionEnd={() => {
        setTimeout(() => {
          isComposing = false;
        });
      }}
      onKeyDown={(event) => {
        if (event.isComposing || isComposing || event.shiftKey) {
          return;
        }
        const act = event.key === 'Enter' ? props.onSend : event.key === 'Escape' ? props.onGiveUp : undefined;
        if (act !== undefined) {
          event.preventDefault();
          act();
        }
      }}
    />
  );
}

/** What stands where there is nothing yet: being read, or why not, with the way to try again. */
export function Waiting(props: { failure: string | undefined; onRetry: () => void }): JSX.Element {
  return (
    <Show
      when={props.failure}
      fallback={
        <div class="blank" aria-busy="true">
          <span class="hint">{t('duty.loading')}</span>
        </div>
      }
    >
      {(message) => (
        <div class="blank" role="alert">
          <strong>{t('duty.failed', { message: message() })}</strong>
          <span class="hint">{t('duty.failed_hint')}</span>
          <button type="button" onClick={() => props.onRetry()}>
            {t('app.retry')}
          </button>
        </div>
      )}
    </Show>
  );
}
