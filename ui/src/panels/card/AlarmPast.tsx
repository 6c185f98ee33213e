// What an alarm asks for beyond itself: the plans for the event that it makes, and what was before at its device and near it.

import { createEffect, createSignal, For, on, Show } from 'solid-js';
import type { AlarmDetailDto, AlarmPastDto, AlarmPastRowDto, CaseLikeDto } from '../../generated/wire';
import { Shape } from '../../parts/Shape';
import { useAlarms } from '../../state/alarms';
import { useCases } from '../../state/cases';
import { useDesk } from '../../state/desk';
import { usePages } from '../../state/pages';
import { language, t, word } from '../../state/texts';
import { distance, duration, joined, moment, SECOND } from '../../state/time';

/** Makes an event of the alarm: the report is filled in from it. */
export function MakeEvent(props: { detail: AlarmDetailDto }) {
  const desk = useDesk();
  const cases = useCases();
  return (
    <button
      type="button"
      disabled={desk.past()}
      title={t('alarm_card.make_event_hint', { category: props.detail.event_category_name })}
      onClick={() => {
        cases.caseFromAlarm(props.detail.row);
        cases.writeReport({ category: props.detail.event_category });
      }}
    >
      {t('alarm_card.make_event')}
    </button>
  );
}

export function AlarmPlans(props: { detail: AlarmDetailDto }) {
  const pages = usePages();
  return (
    <>
      <p class="hint">{t('alarm_card.plans_for', { category: props.detail.event_category_name })}</p>
      <ul class="near">
        <For each={props.detail.plans} fallback={<li class="hint">{t('alarm_card.plans_none')}</li>}>
          {(plan) => (
            <li>
              <button type="button" class="quiet near-row" title={plan.about} onClick={() => pages.open('plans')}>
                <span class="ellipsis near-name">{plan.name}</span>
                <span class="num near-distance">{t('alarm_card.plan_steps', { n: plan.steps })}</span>
              </button>
            </li>
          )}
        </For>
      </ul>
    </>
  );
}

/** Read once for each alarm: what was before does not change while somebody looks. */
export function AlarmPast(props: { id: string }) {
  const desk = useDesk();
  const alarms = useAlarms();
  const cases = useCases();
  const [past, setPast] = createSignal<AlarmPastDto>();
  const [failure, setFailure] = createSignal<string>();
  createEffect(
    on([() => props.id, language], ([id]) => {
      setPast(undefined);
      setFailure(undefined);
      void desk.backend.alarmPast(id).then((result) => {
        if (props.id !== id) {
          return;
        }
        if (result.ok) {
          setPast(result.value);
        } else {
          setFailure(result.error.message);
        }
      });
    }),
  );
  return (
    <Show
      when={past()}
      fallback={
        <p class="hint" aria-busy={failure() === undefined}>
          {failure() ?? t('card.loading')}
        </p>
      }
    >
      {(known) => (
        <>
          <h3 class="near-head">{t('alarm_card.past_alarms')}</h3>
          <ul class="alarm-steps">
            <For each={known().alarms} fallback={<li class="hint">{t('alarm_card.past_alarms_none')}</li>}>
              {(one) => (
                <li>
                  <span class="num hint">{moment(one.since)}</span>
                  <span class="alarm-step num">
                    <Shape severity={one.severity} />
                    <button type="button" class="quiet" onClick={() => alarms.openById(one.id)}>
                      {one.name}
                    </button>
                    <span>{endWords(one)}</span>
                  </span>
                  <Show when={one.comment !== ''}>
                    <span class="alarm-note">{one.comment}</span>
                  </Show>
                </li>
              )}
            </For>
          </ul>
          <h3 class="near-head">{t('alarm_card.past_cases')}</h3>
          <ul class="alarm-steps">
            <For each={known().cases} fallback={<li class="hint">{t('alarm_card.past_cases_none')}</li>}>
              {(one) => (
                <li>
                  <span class="num hint">{moment(one.happened_at)}</span>
                  <span class="alarm-step num">
                    <button type="button" class="quiet" onClick={() => cases.openById(one.id)}>
                      {one.title}
                    </button>
                    <span>{caseWords(one)}</span>
                  </span>
                  <Show when={one.outcome !== ''}>
                    <span class="alarm-note">{one.outcome}</span>
                  </Show>
                </li>
              )}
            </For>
          </ul>
        </>
      )}
    </Show>
  );
}

function endWords(one: AlarmPastRowDto): string {
  return joined([
    one.for_s === null ? t('alarm_card.still_active') : t('alarm_card.lasted', { time: duration(one.for_s * SECOND) }),
    one.acknowledged_after_s === null
      ? t('alarm_card.never_acknowledged')
      : t('alarm_card.acknowledged_after', { time: duration(one.acknowledged_after_s * SECOND) }),
  ]);
}

function caseWords(one: CaseLikeDto): string {
  return joined([
    word('event.stage', one.stage),
    one.took_s === null ? '' : t('alarm_card.case_took', { time: duration(one.took_s * SECOND) }),
    one.distance_m === null ? '' : distance(one.distance_m),
  ]);
}
