// The sheet that the outgoing officer fills in: figures of the shift, who takes over, what is to be known, matters that
// go on. Once it is written and nothing is missing, it is signed here.

import { createSignal, For, Show } from 'solid-js';
import type { HandoverDto } from '../../generated/wire';
import { useDuty } from '../../state/duty';
import { gapOf, isChanged, MATTER_MOST, NOTE_MOST, unnoted } from '../../state/duty_sheet';
import { t, word } from '../../state/texts';
import { Figures, Proof } from './HandoverParts';
import { Words } from './parts';

const NAME_MOST = 40;

export function HandoverSheet(props: { handover: HandoverDto }) {
  const { handing } = useDuty();
  const isWritten = () => props.handover.state === 'drafted';
  const gap = () => gapOf(props.handover, handing.sheet());
  const gapWords = () => {
    const found = gap();
    return found === 'noted'
      ? t('handover.gap_noted', { n: unnoted(props.handover, handing.sheet()).length })
      : found === undefined
        ? ''
        : t(`handover.gap_${found}`);
  };
  return (
    <>
      <Figures handover={props.handover} />
      <Show when={handing.isKept()}>
        <p class="hint" role="status">
          {t('alarms.kept')}
        </p>
      </Show>
      <Incoming handover={props.handover} />
      <div class="tool-field">
        <span>{t('handover.note')}</span>
        <Words
          label={t('handover.note_hint')}
          value={handing.sheet().note}
          rows={3}
          most={NOTE_MOST}
          onInput={(note) => handing.write({ note })}
        />
      </div>
      <Matters />
      <p class="handover-gap" role="status">
        {gapWords()}
      </p>
      <div class="tool-acts">
        <button type="button" disabled={handing.busy() || gap() !== undefined} onClick={() => handing.draft()}>
          {isWritten() ? t('handover.draft_again') : t('handover.draft')}
        </button>
        <Show when={isWritten() && isChanged(props.handover, handing.sheet())}>
          <span class="hint">{t('handover.changed')}</span>
        </Show>
      </div>
      <Show when={handing.step() === 'sign_out'}>
        <section class="handover-sign" aria-label={word('handover.step', 'sign_out')}>
          <p>{t('handover.statement_out')}</p>
          <Proof proof={props.handover.proof} records={props.handover.records} />
          <div class="tool-acts">
            <button type="button" class="primary" disabled={handing.busy()} onClick={() => handing.signOut()}>
              {t('handover.sign_out', { name: props.handover.outgoing })}
            </button>
          </div>
        </section>
      </Show>
    </>
  );
}

/** Who takes over: whom the roster names, or any other name. */
function Incoming(props: { handover: HandoverDto }) {
  const { handing } = useDuty();
  return (
    <fieldset class="choices">
      <legend>{t('handover.incoming')}</legend>
      <div class="choices-row handover-names">
        <For each={props.handover.candidates}>
          {(name) => (
            <button
              type="button"
              aria-pressed={handing.sheet().incoming === name}
              onClick={() => handing.write({ incoming: name })}
            >
              {name}
            </button>
          )}
        </For>
        <input
          type="text"
          class="strip-field"
          autocomplete="off"
          maxlength={NAME_MOST}
          aria-label={t('handover.incoming_name')}
          placeholder={t('handover.incoming_name')}
          value={handing.sheet().incoming}
          onInput={(event) => handing.write({ incoming: event.currentTarget.value })}
        />
      </div>
    </fieldset>
  );
}

/** Matters by hand: each becomes an open item of the next shift. */
function Matters() {
  const { handing } = useDuty();
  const [text, setText] = createSignal('');
  const matters = () => handing.sheet().matters;
  function add(): void {
    const wanted = text().trim();
    if (wanted !== '') {
      handing.write({ matters: [...matters(), wanted] });
      setText('');
    }
  }
  return (
    <fieldset class="choices handover-matters">
      <legend>{t('handover.matters')}</legend>
      <ul aria-label={t('handover.matters')}>
        <For each={matters()}>
          {(matter, i) => (
            <li>
              <span>{matter}</span>
              <button
                type="button"
                class="quiet"
                aria-label={t('handover.matter_drop', { name: matter })}
                onClick={() => handing.write({ matters: matters().filter((_, at) => at !== i()) })}
              >
                {t('recordings.remove')}
              </button>
            </li>
          )}
        </For>
      </ul>
      <form
        class="handover-matter"
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <Words label={t('handover.matter')} value={text()} rows={1} most={MATTER_MOST} onInput={setText} onSend={add} />
        <button type="submit" disabled={text().trim() === ''}>
          {t('handover.matter_add')}
        </button>
      </form>
    </fieldset>
  );
}
