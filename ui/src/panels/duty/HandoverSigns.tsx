// The signatures of a handover: the incoming officer signs or sends it back, the desk changes hands, and what was
// signed is shown with its check value.

import { createSignal, Show } from 'solid-js';
import type { HandoverDto, HandoverSignatureDto } from '../../generated/wire';
import { useDuty } from '../../state/duty';
import { signGap } from '../../state/duty_sheet';
import { t, word } from '../../state/texts';
import { moment, quantity } from '../../state/time';
import { Figures, Proof } from './HandoverParts';
import { Words } from './parts';

const NAME_MOST = 40;
const REASON_MOST = 300;

/** The incoming officer's turn. */
export function SignIn(props: { handover: HandoverDto }) {
  const { handing } = useDuty();
  const gap = () => signGap(props.handover, handing.seen(), handing.officer());
  const left = () => props.handover.items.filter((item) => !handing.seen().has(item.id)).length;
  const gapWords = () => {
    const found = gap();
    return found === undefined
      ? ''
      : t(`handover.sign_gap_${found}`, { n: quantity(left(), 0), name: props.handover.incoming });
  };
  return (
    <>
      <Given handover={props.handover} />
      <section class="handover-sign" aria-label={word('handover.step', 'sign_in')}>
        <p>{t('handover.statement_in')}</p>
        <form
          class="handover-signing"
          onSubmit={(event) => {
            event.preventDefault();
            handing.signIn();
          }}
        >
          <input
            type="text"
            class="strip-field"
            autocomplete="off"
            maxlength={NAME_MOST}
            aria-label={t('handover.officer')}
            placeholder={t('handover.officer')}
            value={handing.officer()}
            onInput={(event) => handing.setOfficer(event.currentTarget.value)}
          />
          <button type="submit" class="primary" disabled={handing.busy() || gap() !== undefined}>
            {t('handover.sign_in')}
          </button>
        </form>
        <p class="handover-gap num" role="status">
          {gapWords()}
        </p>
      </section>
      <SendBack />
    </>
  );
}

function SendBack() {
  const { handing } = useDuty();
  const [isOpen, setOpen] = createSignal(false);
  const [reason, setReason] = createSignal('');
  function send(): void {
    if (reason().trim() !== '' && !handing.busy()) {
      void handing.sendBack(reason());
    }
  }
  return (
    <section class="handover-back" aria-label={t('handover.send_back')}>
      <button type="button" aria-expanded={isOpen()} onClick={() => setOpen(!isOpen())}>
        {t('handover.send_back')}
      </button>
      <Show when={isOpen()}>
        <Words
          label={t('handover.send_back_reason')}
          value={reason()}
          rows={2}
          most={REASON_MOST}
          isFirst
          onInput={setReason}
          onSend={send}
        />
        <button type="button" disabled={handing.busy() || reason().trim() === ''} onClick={send}>
          {t('handover.send_back_do')} <kbd>Enter</kbd>
        </button>
      </Show>
    </section>
  );
}

/** Both have signed: the desk changes hands, which cannot be taken back. */
export function Complete(props: { handover: HandoverDto }) {
  const { handing } = useDuty();
  return (
    <>
      <Given handover={props.handover} />
      <Show when={props.handover.signed_in}>
        {(signature) => <Signature role={t('handover.incoming')} signature={signature()} />}
      </Show>
      <section class="handover-sign" aria-label={word('handover.step', 'complete')}>
        <p>{t('handover.complete_hint', { name: props.handover.incoming })}</p>
        <div class="tool-acts">
          <button type="button" class="primary" disabled={handing.busy()} onClick={() => handing.complete()}>
            {t('handover.complete', { name: props.handover.incoming })}
          </button>
        </div>
      </section>
    </>
  );
}

export function Done(props: { handover: HandoverDto }) {
  const { handing } = useDuty();
  return (
    <>
      <p class="handover-done num" role="status">
        <strong>
          {t('handover.done', {
            outgoing: props.handover.outgoing,
            incoming: props.handover.incoming,
            time: moment(props.handover.completed_at ?? props.handover.until),
          })}
        </strong>
      </p>
      <Given handover={props.handover} />
      <Show when={props.handover.signed_in}>
        {(signature) => <Signature role={t('handover.incoming')} signature={signature()} />}
      </Show>
      <Show when={!handing.isEarlier()}>
        <div class="tool-acts">
          <button type="button" onClick={() => handing.show(undefined)}>
            {t('handover.next')}
          </button>
        </div>
      </Show>
    </>
  );
}

/** What the outgoing officer gave: figures, the note, the signature. */
function Given(props: { handover: HandoverDto }) {
  return (
    <>
      <Figures handover={props.handover} />
      <Show when={props.handover.note !== ''}>
        <section class="handover-note" aria-label={t('handover.note')}>
          <h3>{t('handover.note')}</h3>
          <p>{props.handover.note}</p>
        </section>
      </Show>
      <Show when={props.handover.signed_out}>
        {(signature) => <Signature role={t('handover.outgoing')} signature={signature()} />}
      </Show>
      <Proof proof={props.handover.proof} records={props.handover.records} />
    </>
  );
}

function Signature(props: { role: string; signature: HandoverSignatureDto }) {
  return (
    <section class="handover-signature" aria-label={props.role}>
      <p>
        <span class="hint">{props.role}</span> <strong>{props.signature.name}</strong>{' '}
        <span class="num">{moment(props.signature.at)}</span>
      </p>
      <p class="hint">{props.signature.statement}</p>
    </section>
  );
}
