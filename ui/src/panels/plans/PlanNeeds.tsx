// What a plan needs on the spot, with who can come, in the order in which they would be there.

import { createSignal, For, Show } from 'solid-js';
import type { PlanRunDto, PlanRunNeedDto, ResourceDto } from '../../generated/wire';
import { useDesk } from '../../state/desk';
import { usePages } from '../../state/pages';
import { arrivalWords, countWords, needWords } from '../../state/plan_words';
import { usePlans } from '../../state/plans';
import { t } from '../../state/texts';
import { age } from '../../state/time';
import { Part, visit } from './parts';

/** So many of those who can come are shown at first. */
const FIRST_SHOWN = 2;
/** Seconds within which somebody who is sent has to answer, unless another time is chosen. */
export const USUAL_ANSWER_S = 600;

export function PlanNeeds(props: { caseId: string; run: PlanRunDto }) {
  return (
    <Show when={props.run.needs.length > 0}>
      <Part title={t('plan.needs')}>
        <ul class="plan-needs">
          <For each={props.run.needs}>
            {(need) => <Need caseId={props.caseId} need={need} maySend={props.run.may_send} />}
          </For>
        </ul>
      </Part>
    </Show>
  );
}

function Need(props: { caseId: string; need: PlanRunNeedDto; maySend: boolean }) {
  const [isWide, setWide] = createSignal(false);
  const shown = () => (isWide() ? props.need.offers : props.need.offers.slice(0, FIRST_SHOWN));
  return (
    <li class="plan-need">
      <p class="plan-line">
        <strong>{props.need.need.name}</strong>
        <span class="num">{countWords(props.need.need.kind, props.need.need.count)}</span>
        <span class="num plan-need-state" classList={{ lacking: props.need.missing > 0 }}>
          {needWords(props.need)}
        </span>
      </p>
      <ul>
        <For each={shown()} fallback={<li class="hint">{t('plan.need_nobody')}</li>}>
          {(one) => <Offer caseId={props.caseId} offer={one} need={props.need} maySend={props.maySend} />}
        </For>
      </ul>
      <Show when={props.need.offers.length > FIRST_SHOWN}>
        <button type="button" class="quiet" aria-expanded={isWide()} onClick={() => setWide(!isWide())}>
          {isWide() ? t('plan.fewer') : t('plan.more', { n: props.need.offers.length - FIRST_SHOWN })}
        </button>
      </Show>
    </li>
  );
}

function Offer(props: { caseId: string; offer: ResourceDto; need: PlanRunNeedDto; maySend: boolean }) {
  const desk = useDesk();
  const plans = usePlans();
  const pages = usePages();
  function send(): void {
    const { name } = props.need.need;
    plans.send.open({
      caseId: props.caseId,
      to: { ...props.offer.party },
      task: t('dispatch.task_for', { what: name }),
      answerWithinS: USUAL_ANSWER_S,
    });
    pages.setCaseTab('dispatch');
  }
  return (
    <li class="plan-force" classList={{ away: !props.offer.is_available }}>
      <button
        type="button"
        class="quiet plan-force-name"
        title={t('plan.fly')}
        onClick={() => visit(desk, [props.offer.place])}
      >
        <span class="ellipsis">{props.offer.name}</span>
      </button>
      <button
        type="button"
        aria-label={t('plan.send_name', { name: props.offer.name })}
        disabled={!props.maySend || !props.offer.is_available}
        onClick={send}
      >
        {t('dispatch.send')}
      </button>
      <span class="hint num plan-force-facts">{factsOf(props.offer, desk.now())}</span>
    </li>
  );
}

/** How soon it is there, who answers, how old the report of its place is, and whether it is free. */
function factsOf(offer: ResourceDto, now: number): string {
  return [
    offer.is_available ? '' : t('plan.not_free'),
    arrivalWords(offer),
    `${offer.contact.name} ${offer.contact.phone}`.trim(),
    offer.seen_at === null ? '' : age(now, offer.seen_at),
  ]
    .filter((part) => part !== '')
    .join(' · ');
}
