// How much of the time of a deadline is used, as a ring that fills; its colour and its words say the same.

import { Show } from 'solid-js';
import type { CaseLightDto, CaseRowDto } from '../../generated/wire';
import { dueWords, toneOf } from '../../state/case_words';
import { useDesk } from '../../state/desk';
import { word } from '../../state/texts';

const RADIUS = 7.5;
const AROUND = 2 * Math.PI * RADIUS;

/** `used` is 1 at the deadline; beyond it the ring is full. */
export function ClockRing(props: { light: CaseLightDto | null; used: number | null }) {
  const filled = () => Math.min(1, Math.max(0, props.used ?? 0)) * AROUND;
  return (
    <svg class={`clock-ring tone-${toneOf(props.light)}`} viewBox="0 0 20 20" aria-hidden="true">
      <circle cx="10" cy="10" r={RADIUS} fill="none" stroke="currentColor" stroke-width="3" stroke-opacity="0.3" />
      <Show
        when={props.light !== 'stopped'}
        fallback={<path d="M8 7v6M12 7v6" fill="none" stroke="currentColor" stroke-width="2" />}
      >
        <circle
          cx="10"
          cy="10"
          r={RADIUS}
          fill="none"
          stroke="currentColor"
          stroke-width="3"
          stroke-dasharray={`${filled()} ${AROUND}`}
          transform="rotate(-90 10 10)"
        />
      </Show>
    </svg>
  );
}

/** The ring with its words: what is due and how long there is, or how long it is over. */
export function Due(props: { row: CaseRowDto; withPhase?: boolean }) {
  const desk = useDesk();
  const now = () => (desk.past() ? desk.shown() : desk.now());
  return (
    <Show when={props.row.light !== null}>
      <span class="due num" data-light={props.row.light} title={word('event.light', props.row.light ?? '')}>
        <ClockRing light={props.row.light} used={props.row.used} />
        <span>
          <Show when={props.withPhase === true}>{word('event.phase', props.row.due_phase ?? '')} </Show>
          {dueWords(props.row, now())}
        </span>
      </span>
    </Show>
  );
}
