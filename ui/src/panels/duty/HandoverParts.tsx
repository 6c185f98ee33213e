// What several steps of a handover show: the figures of the shift, and what was signed.

import { For } from 'solid-js';
import type { HandoverDto } from '../../generated/wire';
import { grouped } from '../../state/duty_sheet';
import { t, word } from '../../state/texts';
import { quantity } from '../../state/time';

export function Figures(props: { handover: HandoverDto }) {
  return (
    <section aria-label={t('handover.figures')}>
      <dl class="handover-figures num">
        <For each={props.handover.figures}>
          {(figure) => (
            <div>
              <dt>{word('duty.figure', figure.word)}</dt>
              <dd>{quantity(figure.count, 0)}</dd>
            </div>
          )}
        </For>
      </dl>
    </section>
  );
}

/** What was signed, as a number that two people can compare. */
export function Proof(props: { proof: string; records: number }) {
  return (
    <p class="handover-proof">
      <span class="hint num">{t('handover.proof', { n: quantity(props.records, 0) })}</span>
      <code class="num">{grouped(props.proof)}</code>
    </p>
  );
}
