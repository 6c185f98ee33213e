// A plan whole, as its action card has it: levels, steps, what is needed, messages.

import './plans.css';
import { For, Show } from 'solid-js';
import type { PlanDto, PlanStepDto } from '../../generated/wire';
import { countWords } from '../../state/plan_words';
import { t, word } from '../../state/texts';
import { distance, duration, joined, SECOND } from '../../state/time';
import { createCategoryNames } from './parts';

export function PlanSheet(props: { plan: PlanDto }) {
  const categoryName = createCategoryNames();
  const warns = () => props.plan.warn_radius_m !== null || props.plan.warn_fence !== '';
  return (
    <div class="plan-sheet">
      <Show when={props.plan.about !== ''}>
        <p>{props.plan.about}</p>
      </Show>
      <h4>{t('plan.steps')}</h4>
      <ol class="plan-sheet-steps">
        <For each={props.plan.steps}>
          {(step) => (
            <li>
              <span>{step.text}</span>
              <span class="hint num">{stepFacts(step)}</span>
            </li>
          )}
        </For>
      </ol>
      <Show when={props.plan.needs.length > 0}>
        <h4>{t('plan.needs')}</h4>
        <ul class="plan-sheet-list">
          <For each={props.plan.needs}>
            {(need) => (
              <li>
                <span>{need.name}</span>
                <span class="hint num">
                  {countWords(need.kind, need.count)}
                  <Show when={need.within_m}>
                    {(metres) => <> · {t('plan.within_m', { far: distance(metres()) })}</>}
                  </Show>
                </span>
              </li>
            )}
          </For>
        </ul>
      </Show>
      <h4>{t('plan.levels')}</h4>
      <ul class="plan-sheet-list">
        <For each={props.plan.levels}>
          {(level) => (
            <li>
              <span>
                {word('response', level.response)} <span class="hint">{level.about}</span>
              </span>
              <span class="hint">
                {t('plan.level_from', {
                  level: word('level', level.from_level),
                  role: word('role', level.by_role),
                })}
              </span>
            </li>
          )}
        </For>
      </ul>
      <Show when={props.plan.messages.length > 0}>
        <h4>{t('plan.messages')}</h4>
        <ul class="plan-sheet-texts">
          <For each={props.plan.messages}>
            {(message) => (
              <li>
                <span class="hint">
                  {word('channel', message.channel)} · {message.name}
                </span>
                <span>{message.text}</span>
              </li>
            )}
          </For>
        </ul>
      </Show>
      <Show when={warns()}>
        <p>
          {props.plan.warn_radius_m === null
            ? t('plan.warn_fence', { name: props.plan.warn_fence })
            : t('plan.warn_radius', { far: distance(props.plan.warn_radius_m) })}
        </p>
      </Show>
      <p class="hint">
        {joined([
          ...props.plan.categories.map(categoryName),
          props.plan.closing_needs_evidence ? t('plan.closing_evidence') : '',
        ])}
      </p>
      <Show when={props.plan.source !== ''}>
        <p class="hint">{t('plan.source', { source: props.plan.source })}</p>
      </Show>
    </div>
  );
}

/** Who, within what time, from which response on, and whether it has to be shown. */
export function stepFacts(step: PlanStepDto): string {
  return [
    word('role', step.role),
    step.within_s === null ? '' : t('plan.within', { time: duration(step.within_s * SECOND) }),
    step.from === 'four' ? '' : t('plan.from', { response: word('response', step.from) }),
    step.needs_evidence ? t('plan.needs_evidence') : '',
    step.is_optional ? t('plan.optional') : '',
  ]
    .filter((part) => part !== '')
    .join(' · ');
}
