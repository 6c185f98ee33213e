// The moment shown, in large type, while it is not now: what kind, when, how it runs, and with whose knowledge.

import { type JSX, Show } from 'solid-js';
import { cover } from '../../state/covers';
import { useDesk } from '../../state/desk';
import { knowingWords, pastHow, pastKind } from '../../state/past';
import { t } from '../../state/texts';
import { clockTime, dateWords } from '../../state/time';

export function MomentCard(props: { children?: JSX.Element }) {
  const desk = useDesk();
  return (
    <Show when={desk.past()}>
      <section
        class="float moment"
        classList={{ branch: desk.branch() !== undefined }}
        data-float
        ref={cover}
        aria-label={t('time.slider')}
      >
        <span class="moment-kind">{pastKind(desk)}</span>
        <span class="moment-date num">{dateWords(desk.shown())}</span>
        <time class="moment-time num">{clockTime(desk.shown())}</time>
        <span class="moment-how num">{pastHow(desk)}</span>
        <span class="moment-knowing">{knowingWords(desk)}</span>
        {props.children}
      </section>
    </Show>
  );
}
