// What is around an alarm: things near it in space or along a network, its steps, and the same alarm before.

import { For, Show } from 'solid-js';
import type { AlarmBeforeDto, AlarmNearDto, AlarmStepDto } from '../../generated/wire';
import { Shape } from '../../parts/Shape';
import { useDesk } from '../../state/desk';
import { t, word } from '../../state/texts';
import { distance, duration, joined, moment, SECOND } from '../../state/time';

/** Rules act by themselves. */
const RULE = 'rule:';

export function AlarmNear(props: { rows: readonly AlarmNearDto[]; empty: string }) {
  const desk = useDesk();
  return (
    <Show when={props.rows.length > 0} fallback={<p class="hint">{props.empty}</p>}>
      <ul class="near">
        <For each={props.rows}>
          {(one) => (
            <li>
              <button
                type="button"
                class="quiet near-row"
                title={word('kind', one.kind)}
                onClick={() => desk.selectAndFly({ ...one.target })}
              >
                <Shape severity={one.severity} />
                <span class="ellipsis near-name">{one.name}</span>
                <span class="num near-words">{one.value === '' ? word('kind', one.kind) : one.value}</span>
                <span class="num near-distance">{distance(one.distance_m)}</span>
              </button>
            </li>
          )}
        </For>
      </ul>
    </Show>
  );
}

/** Oldest first, as they happened. */
export function AlarmSteps(props: { steps: readonly AlarmStepDto[] }) {
  const by = (step: AlarmStepDto) => (step.by.startsWith(RULE) || step.by === '' ? '' : step.by);
  return (
    <ol class="alarm-steps">
      <For each={props.steps} fallback={<li class="hint">{t('alarm_card.steps_none')}</li>}>
        {(step) => (
          <li>
            <span class="num hint">{moment(step.at)}</span>
            <span class="alarm-step">
              <Show when={step.severity}>{(severity) => <Shape severity={severity()} />}</Show>
              <span>
                {by(step)} {word('verb', step.verb)}
              </span>
            </span>
            <Show when={step.note !== ''}>
              <span class="alarm-note">{step.note}</span>
            </Show>
          </li>
        )}
      </For>
    </ol>
  );
}

export function AlarmBefore(props: { rows: readonly AlarmBeforeDto[] }) {
  const words = (one: AlarmBeforeDto) =>
    joined([
      one.for_s === null ? '' : t('alarm_card.lasted', { time: duration(one.for_s * SECOND) }),
      one.acknowledged_after_s === null
        ? t('alarm_card.never_acknowledged')
        : t('alarm_card.acknowledged_after', { time: duration(one.acknowledged_after_s * SECOND) }),
    ]);
  return (
    <ul class="alarm-steps">
      <For each={props.rows} fallback={<li class="hint">{t('alarm_card.before_none')}</li>}>
        {(one) => (
          <li>
            <span class="num hint">{moment(one.since)}</span>
            <span class="alarm-step num">
              <Shape severity={one.severity} />
              <span>{words(one)}</span>
            </span>
            <Show when={one.comment !== ''}>
              <span class="alarm-note">{one.comment}</span>
            </Show>
          </li>
        )}
      </For>
    </ul>
  );
}
